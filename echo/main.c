/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gatehouse-echo: the demo's model behind HTTP on a loopback socket that the supervisor bound. It trusts nobody and knows nothing; it
 * ends when its line to the supervisor ends.
 */
#include <microhttpd.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"
#include "echo/answer.h"
#include "host/host.h"
#include "ipc/layout.h"
#include "ipc/message.h"

#define ARENA_BYTES (96u << 20) /* a body, its nodes, its answer */
#define IDLE_S      75
#define THREADS     2

struct exchange {
    struct gh_arena a;
    struct gh_buf body;
    struct gh_echo echo;
    bool (*put_event)(struct gh_buf *, struct gh_echo *, size_t);
    size_t next_event;
    struct gh_buf event; /* what of the current event is not sent yet starts at `sent` */
    size_t sent;
    bool is_done;
};

static void
exchange_free(void *p)
{
    struct exchange *x = p;

    if (x == NULL)
        return;
    gh_arena_fini(&x->a);
    free(x);
}

static struct exchange *
exchange_new(void)
{
    struct exchange *x = calloc(1, sizeof(*x));

    if (x == NULL)
        return NULL;
    gh_arena_init(&x->a, gh_heap(), ARENA_BYTES);
    gh_buf_init(&x->body, &x->a, GH_BODY_BYTES_MAX);
    return x;
}

static enum MHD_Result
reply(struct MHD_Connection *c, unsigned status, struct gh_str body)
{
    union {
        const char *in;
        void *out;
    } u = {.in = body.p == NULL ? "" : body.p};
    struct MHD_Response *r = MHD_create_response_from_buffer(body.n, u.out, MHD_RESPMEM_MUST_COPY);

    if (r == NULL)
        return MHD_NO;
    (void)MHD_add_response_header(r, "content-type", "application/json");
    enum MHD_Result done = MHD_queue_response(c, status, r);
    MHD_destroy_response(r);
    return done;
}

static enum MHD_Result
refuse(struct MHD_Connection *c, unsigned status, const char *message)
{
    char mem[512];
    struct gh_buf b;

    gh_buf_init_fixed(&b, mem, sizeof(mem));
    gh_echo_put_error(&b, message, status < 500 ? "invalid_request_error" : "server_error");
    return reply(c, status, gh_buf_str(&b));
}

/* One event a call, so that each travels by itself. */
static ssize_t
next_bytes(void *cls, uint64_t pos, char *to, size_t room)
{
    struct exchange *x = cls;

    (void)pos;
    if (x->sent == x->event.n) {
        x->event.n = x->sent = 0;
        if (!x->put_event(&x->event, &x->echo, x->next_event++))
            return MHD_CONTENT_READER_END_OF_STREAM;
        if (x->event.rc != GH_OK)
            return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    size_t n = x->event.n - x->sent < room ? x->event.n - x->sent : room;
    memcpy(to, x->event.p + x->sent, n);
    x->sent += n;
    return (ssize_t)n;
}

static enum MHD_Result
stream(struct MHD_Connection *c, struct exchange *x)
{
    gh_buf_init(&x->event, &x->a, GH_SSE_EVENT_BYTES_MAX * 8);
    struct MHD_Response *r = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, next_bytes, x, NULL);
    if (r == NULL)
        return MHD_NO;
    (void)MHD_add_response_header(r, "content-type", "text/event-stream");
    (void)MHD_add_response_header(r, "cache-control", "no-cache");
    enum MHD_Result done = MHD_queue_response(c, MHD_HTTP_OK, r);
    MHD_destroy_response(r);
    return done;
}

struct dialect {
    void (*put)(struct gh_buf *, const struct gh_echo *);
    bool (*put_event)(struct gh_buf *, struct gh_echo *, size_t); /* NULL: it does not stream */
};

static enum MHD_Result
say(struct MHD_Connection *c, struct exchange *x, const struct dialect *d)
{
    struct gh_err err = {0};
    struct gh_buf b;

    if (x->body.rc != GH_OK)
        return refuse(c, MHD_HTTP_CONTENT_TOO_LARGE, "the body is too large");
    enum gh_rc rc = gh_echo_read(&x->echo, &x->a, gh_buf_str(&x->body), &err);
    if (rc != GH_OK)
        return refuse(c, MHD_HTTP_BAD_REQUEST, rc == GH_BAD && err.what != NULL ? err.what : "the request is too large");
    gh_random(&x->echo.id, sizeof(x->echo.id));
    x->echo.created_s = gh_now_ms() / 1000;
    x->put_event = d->put_event;
    if (x->echo.is_stream && d->put_event != NULL)
        return stream(c, x);
    gh_buf_init(&b, &x->a, GH_JSON_BYTES_MAX * 4);
    d->put(&b, &x->echo);
    return b.rc == GH_OK ? reply(c, MHD_HTTP_OK, gh_buf_str(&b)) : refuse(c, MHD_HTTP_INTERNAL_SERVER_ERROR, "no memory");
}

static enum MHD_Result
complete(struct MHD_Connection *c, struct exchange *x)
{
    static const struct dialect chat = {gh_echo_put, gh_echo_put_event};
    return say(c, x, &chat);
}

static enum MHD_Result
message(struct MHD_Connection *c, struct exchange *x)
{
    static const struct dialect messages = {gh_echo_put_message, gh_echo_put_message_event};
    return say(c, x, &messages);
}

static enum MHD_Result
respond(struct MHD_Connection *c, struct exchange *x)
{
    static const struct dialect responses = {gh_echo_put_response, gh_echo_put_response_event};
    return say(c, x, &responses);
}

static enum MHD_Result
embed(struct MHD_Connection *c, struct exchange *x)
{
    struct gh_buf b;

    gh_buf_init(&b, &x->a, GH_BODY_BYTES_MAX);
    if (x->body.rc != GH_OK)
        return refuse(c, MHD_HTTP_CONTENT_TOO_LARGE, "the body is too large");
    if (gh_echo_put_embeddings(&b, &x->a, gh_buf_str(&x->body)) != GH_OK)
        return refuse(c, MHD_HTTP_BAD_REQUEST, "input: texts are wanted");
    return reply(c, MHD_HTTP_OK, gh_buf_str(&b));
}

static enum MHD_Result
count(struct MHD_Connection *c, struct exchange *x)
{
    static const struct dialect counts = {gh_echo_put_count, NULL};
    return say(c, x, &counts);
}

static enum MHD_Result
score(struct MHD_Connection *c, struct exchange *x)
{
    struct gh_buf b;

    gh_buf_init(&b, &x->a, GH_BODY_BYTES_MAX + 64);
    if (x->body.rc != GH_OK)
        return refuse(c, MHD_HTTP_CONTENT_TOO_LARGE, "the body is too large");
    if (gh_echo_put_score(&b, &x->a, gh_buf_str(&x->body)) != GH_OK)
        return refuse(c, MHD_HTTP_BAD_REQUEST, "the body is not JSON");
    return reply(c, MHD_HTTP_OK, gh_buf_str(&b));
}

static enum MHD_Result
models(struct MHD_Connection *c, struct exchange *x)
{
    char mem[512];
    struct gh_buf b;

    (void)x;
    gh_buf_init_fixed(&b, mem, sizeof(mem));
    gh_echo_put_models(&b);
    return reply(c, MHD_HTTP_OK, gh_buf_str(&b));
}

static const struct {
    const char *method, *path;
    enum MHD_Result (*answer)(struct MHD_Connection *c, struct exchange *x);
} routes[] = {
    {"POST", "/v1/chat/completions", complete},
    {"POST", "/v1/responses", respond},
    {"POST", "/v1/embeddings", embed},
    {"POST", "/v1/messages", message},
    {"POST", "/v1/messages/count_tokens", count},
    {"POST", "/score", score},
    {"POST", "/invocations", score},
    {"POST", "/v2/models/echo/infer", score},
    {"GET", "/v1/models", models},
};

static enum MHD_Result
answer(struct MHD_Connection *c, struct exchange *x, const char *method, const char *path)
{
    for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
        if (strcmp(routes[i].path, path) == 0 && strcmp(routes[i].method, method) == 0)
            return routes[i].answer(c, x);
    return refuse(c, MHD_HTTP_NOT_FOUND, "there is no such operation");
}

/* libmicrohttpd calls this first with the headers, then for each piece of the body, then once with none. */
static enum MHD_Result
on_request(void *cls, struct MHD_Connection *c, const char *path, const char *method, const char *version, const char *body,
    size_t *n, void **state)
{
    struct exchange *x = *state;

    (void)cls;
    (void)version;
    if (x == NULL) {
        *state = exchange_new();
        return *state == NULL ? MHD_NO : MHD_YES;
    }
    if (*n > 0) {
        gh_buf_put(&x->body, gh_str(body, *n));
        *n = 0;
        return MHD_YES;
    }
    return answer(c, x, method, path);
}

static void
on_completed(void *cls, struct MHD_Connection *c, void **state, enum MHD_RequestTerminationCode why)
{
    (void)cls;
    (void)c;
    (void)why;
    exchange_free(*state);
    *state = NULL;
}

int
main(void)
{
    struct gh_ipc_msg ready = gh_ipc_msg(GH_IPC_READY, 0);
    char byte;

    gh_log_init("gatehouse-echo");
    gh_harden(GH_FD_LISTEN_LOCAL);
    struct MHD_Daemon *d = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC, 0, NULL, NULL, on_request, NULL,
        MHD_OPTION_LISTEN_SOCKET, GH_FD_LISTEN, MHD_OPTION_THREAD_POOL_SIZE, (unsigned)THREADS, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)IDLE_S, MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_END);
    if (d == NULL) {
        gh_log(GH_LOG_ERROR, "cannot serve", GH_KEND);
        return 1;
    }
    gh_ipc_add(&ready, GH_STR("{}"));
    if (gh_ipc_send(GH_FD_SUPERVISOR, &ready) != GH_OK)
        return 1;
    while (recv(GH_FD_SUPERVISOR, &byte, 1, 0) > 0)
        continue; /* there is nothing that it could be told but the end */
    MHD_stop_daemon(d);
    return 0;
}
