/* SPDX-License-Identifier: Apache-2.0 */
#include "control/rest/server.h"

#include <stdlib.h>
#include <sys/socket.h>

#include <microhttpd.h>

#include "control/audit/export.h"
#include "control/rest/resources.h"
#include "host/host.h"
#include "ipc/edge_header.h"

#define CONNECTIONS_MAX   256
#define IDLE_S            30u
#define CONNECTION_MEMORY (64u << 10) /* request line and headers: a token is at most 16 KiB */
#define TARGET_MAX        8192
#define STREAM_BLOCK      (64u << 10)
#define REQUEST_ID_BYTES  12
#define ORIGIN_MAX        300
#define CHALLENGE_MAX     4096

struct gh_server {
    struct gh_controller *c;
    struct gh_server_config config;
    struct MHD_Daemon *daemon;
};

struct request { /* from the request line to the last byte of the answer */
    struct gh_arena a;
    struct gh_str target; /* as it stands in the request line */
    struct gh_buf body;
    struct gh_call call;
    bool is_begun, is_too_large;
    struct gh_arena piece_arena; /* of a streamed answer: one piece at a time */
    struct gh_buf piece;
    size_t piece_sent;
};

/* ---- asked ---- */

static void *
on_request_line(void *ctx, const char *target, struct MHD_Connection *connection)
{
    (void)ctx;
    (void)connection;
    struct request *r = calloc(1, sizeof(*r));
    if (r == NULL)
        return NULL;
    gh_arena_init(&r->a, gh_heap(), GH_CALL_ARENA_MAX);
    gh_arena_init(&r->piece_arena, gh_heap(), 4 * (size_t)GH_AUDIT_CHUNK_MAX);
    r->a.is_secret = true;
    if (gh_arena_dup(&r->target, &r->a, gh_str(target, strnlen(target, TARGET_MAX))) != GH_OK)
        r->target = GH_STR("");
    gh_buf_init(&r->body, &r->a, GH_CALL_BODY_MAX);
    return r;
}

static void
on_completed(void *ctx, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode why)
{
    (void)ctx;
    (void)connection;
    (void)why;
    struct request *r = *state;
    *state = NULL;
    if (r == NULL)
        return;
    gh_rest_done(&r->call);
    gh_arena_fini(&r->piece_arena);
    gh_arena_fini(&r->a); /* wiped: it held the body */
    free(r);
}

/* A piece of the body, which is then wiped where libmicrohttpd keeps it: it may be a secret. */
static void
take_body(struct request *r, const char *p, size_t n)
{
    gh_buf_put(&r->body, gh_str(p, n));
    r->is_too_large |= r->body.rc != GH_OK;
    gh_wipe((void *)(uintptr_t)p, n);
}

static struct gh_str
header(struct MHD_Connection *connection, const char *name)
{
    return gh_str_z(MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name));
}

static bool
is_peer_allowed(const struct gh_server *s, struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct ucred peer;
    socklen_t n = sizeof(peer);
    if (info == NULL || getsockopt(info->connect_fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) != 0)
        return false;
    return peer.uid == s->config.peers[0] || peer.uid == s->config.peers[1];
}

/* What the edge saw. Without its seal nothing of the request is believed. */
static bool
read_edge_header(struct request *r, const struct gh_server *s, struct MHD_Connection *connection, const char *method)
{
    const struct gh_config *c = s->c->config;
    struct gh_edge_header h;
    if (!c->has_edge_key)
        return false;
    if (gh_edge_header_read(&h, header(connection, GH_EDGE_HEADER), gh_str(c->edge_key, sizeof(c->edge_key)), gh_str_z(method),
            r->target, gh_now_ms()) != GH_OK)
        return false;
    r->call.request_id = h.request_id;
    r->call.peer = h.peer;
    r->call.listener = h.listener;
    r->call.evidence = h.evidence;
    return true;
}

static void
draw_request_id(struct request *r)
{
    uint8_t id[REQUEST_ID_BYTES];
    struct gh_buf b;
    gh_random(id, sizeof(id));
    gh_buf_init(&b, &r->a, 2 * REQUEST_ID_BYTES);
    gh_buf_put_hex(&b, gh_str(id, sizeof(id)));
    r->call.request_id = gh_buf_str(&b);
}

/* What stands before the path tells the surface. */
static bool
find_surface(struct gh_call *call)
{
    static const enum gh_surface surfaces[] = {GH_SURFACE_MANAGEMENT, GH_SURFACE_ARM, GH_SURFACE_GRAPH};
    for (size_t i = 0; i < sizeof(surfaces) / sizeof(surfaces[0]); i++) {
        struct gh_str base = gh_str_z(gh_call_base(surfaces[i]));
        if (!gh_str_starts(call->path, base) || (call->path.n > base.n && call->path.p[base.n] != '/'))
            continue;
        call->surface = surfaces[i];
        call->path = gh_str_sub(call->path, base.n, call->path.n);
        return true;
    }
    return false;
}

/* "/api/workspaces/x?top=1" -> path behind /api, and query. /local/... stands beside /api, on the local socket alone. */
static bool
read_target(struct request *r, bool is_local)
{
    struct gh_call *call = &r->call;
    struct gh_str query = r->target, path;
    (void)gh_str_cut(&path, &query, '?');
    call->query = query.p == NULL ? GH_STR("") : query;
    if (gh_call_decode(&call->path, &r->a, path, false) != GH_OK)
        return false;
    if (gh_str_starts(call->path, GH_STR("/local/")))
        return is_local;
    return find_surface(call);
}

/* The name under which the caller reached us, if it is one: for links alone. */
static struct gh_str
origin_of(struct request *r, struct gh_str host)
{
    struct gh_buf b;
    for (size_t i = 0; i < host.n; i++) {
        char c = host.p[i];
        bool is_alnum = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!is_alnum && gh_str_chr(GH_STR(".-:[]"), c) == SIZE_MAX)
            return GH_STR("");
    }
    if (host.n == 0 || host.n > ORIGIN_MAX)
        return GH_STR("");
    gh_buf_init(&b, &r->a, sizeof("https://") + host.n);
    gh_buf_putz(&b, "https://");
    gh_buf_put(&b, host);
    return gh_buf_str(&b);
}

static bool has_header_twice(struct MHD_Connection *connection, const char *name);

static bool
fill_call(struct request *r, const struct gh_server *s, struct MHD_Connection *connection, const char *method)
{
    struct gh_call *call = &r->call;
    call->method = gh_method_find(gh_str_z(method));
    call->is_local = s->config.is_local;
    call->if_match = header(connection, MHD_HTTP_HEADER_IF_MATCH);
    call->if_none_match = header(connection, MHD_HTTP_HEADER_IF_NONE_MATCH);
    call->credentials.authorization = header(connection, MHD_HTTP_HEADER_AUTHORIZATION);
    call->credentials.has_duplicates = has_header_twice(connection, MHD_HTTP_HEADER_AUTHORIZATION);
    call->body = gh_buf_str(&r->body);
    if (s->config.is_local)
        draw_request_id(r);
    else if (!read_edge_header(r, s, connection, method))
        return gh_call_problem(call, 401, "this did not come through the edge", GH_STR(""));
    if (!s->config.is_local)
        call->origin = origin_of(r, header(connection, "gatehouse-host"));
    if (!read_target(r, s->config.is_local))
        return gh_call_problem(call, 404, "there is no such path", GH_STR(""));
    return !r->is_too_large || gh_call_problem(call, 413, "the body is too large", GH_STR(""));
}

struct count {
    const char *name;
    unsigned n;
};

static enum MHD_Result
count_header(void *ctx, enum MHD_ValueKind kind, const char *key, const char *value)
{
    struct count *c = ctx;
    (void)kind;
    (void)value;
    c->n += gh_str_eq_ci(gh_str_z(key), gh_str_z(c->name));
    return MHD_YES;
}

static bool
has_header_twice(struct MHD_Connection *connection, const char *name)
{
    struct count c = {name, 0};
    (void)MHD_get_connection_values(connection, MHD_HEADER_KIND, count_header, &c);
    return c.n > 1;
}

/* ---- answered ---- */

static void
add(struct MHD_Response *response, const char *name, const char *value)
{
    if (MHD_add_response_header(response, name, value) != MHD_YES)
        gh_log(GH_LOG_WARN, "header not sent", GH_KS("header", gh_str_z(name)), GH_KEND);
}

static void
add_challenge(struct MHD_Response *response, struct request *r)
{
    struct gh_buf b;
    gh_buf_init(&b, &r->a, CHALLENGE_MAX);
    bool is_plain = r->call.challenge.n == 0; /* a realm would be a tenant to Azure's clients */
    gh_buf_putz(&b, is_plain ? "Bearer realm=\"gatehouse\"" : "Bearer realm=\"\", ");
    gh_buf_put(&b, r->call.challenge);
    gh_buf_putc(&b, '\0');
    add(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, b.rc == GH_OK ? b.p : "Bearer");
}

static void
add_headers(struct MHD_Response *response, struct request *r)
{
    struct gh_call *call = &r->call;
    struct gh_buf b;
    add(response, MHD_HTTP_HEADER_CONTENT_TYPE, call->type);
    add(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    add(response, "x-content-type-options", "nosniff");
    if (call->status == 401)
        add_challenge(response, r);
    if (call->allow != NULL)
        add(response, MHD_HTTP_HEADER_ALLOW, call->allow);
    if (call->revision != 0) {
        gh_buf_init(&b, &r->a, 32);
        gh_call_put_etag(&b, call->revision);
        gh_buf_putc(&b, '\0');
        add(response, MHD_HTTP_HEADER_ETAG, gh_buf_str(&b).p);
    }
    if (call->location.n > 0) {
        gh_buf_init(&b, &r->a, 2048);
        gh_buf_putz(&b, gh_call_base(call->surface));
        gh_buf_put(&b, call->location);
        gh_buf_putc(&b, '\0');
        add(response, MHD_HTTP_HEADER_LOCATION, gh_buf_str(&b).p);
    }
}

/* The next bytes of a streamed answer. A failure cuts the connection, so that nobody takes a part for the whole. */
static ssize_t
next_piece(void *ctx, uint64_t at, char *out, size_t max)
{
    struct request *r = ctx;
    (void)at;
    if (r->piece_sent == r->piece.n) {
        gh_arena_fini(&r->piece_arena);
        gh_buf_init(&r->piece, &r->piece_arena, GH_AUDIT_CHUNK_MAX);
        r->piece_sent = 0;
        if (gh_audit_export_next(r->call.stream, &r->piece) != GH_OK || r->piece.rc != GH_OK)
            return MHD_CONTENT_READER_END_WITH_ERROR;
        if (r->piece.n == 0)
            return MHD_CONTENT_READER_END_OF_STREAM;
    }
    struct gh_str piece = gh_str_sub(gh_buf_str(&r->piece), r->piece_sent, max);
    memcpy(out, piece.p, piece.n);
    r->piece_sent += piece.n;
    return (ssize_t)piece.n;
}

/* The bytes live in the request's arena until on_completed. */
static struct MHD_Response *
response_of(struct request *r)
{
    struct gh_str body = gh_buf_str(&r->call.out);
    if (r->call.stream != NULL && r->call.status == 200)
        return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK, next_piece, r, NULL);
    return MHD_create_response_from_buffer(body.n, (void *)(uintptr_t)body.p, MHD_RESPMEM_PERSISTENT);
}

static enum MHD_Result
answer(struct MHD_Connection *connection, struct request *r)
{
    struct MHD_Response *response = response_of(r);
    if (response == NULL)
        return MHD_NO;
    add_headers(response, r);
    enum MHD_Result result = MHD_queue_response(connection, r->call.status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result
on_request(void *ctx, struct MHD_Connection *connection, const char *url, const char *method, const char *version,
    const char *upload, size_t *upload_n, void **state)
{
    struct gh_server *s = ctx;
    struct request *r = *state;
    (void)url;
    (void)version;
    if (r == NULL || !is_peer_allowed(s, connection))
        return MHD_NO;
    if (!r->is_begun) {
        r->is_begun = true;
        gh_call_init(&r->call, s->c, &r->a);
        return MHD_YES;
    }
    if (*upload_n > 0) {
        take_body(r, upload, *upload_n);
        *upload_n = 0;
        return MHD_YES;
    }
    if (fill_call(r, s, connection, method))
        gh_rest_answer(&r->call);
    return answer(connection, r);
}

/* The target is wanted as it stands; gh_call_decode is the one decoder. */
static size_t
leave_escapes(void *ctx, struct MHD_Connection *connection, char *s)
{
    (void)ctx;
    (void)connection;
    return strlen(s);
}

enum gh_rc
gh_server_start(struct gh_server **out, struct gh_controller *c, const struct gh_server_config *config)
{
    struct gh_server *s = calloc(1, sizeof(*s));
    *out = NULL;
    if (s == NULL)
        return GH_NOMEM;
    s->c = c;
    s->config = *config;
    s->daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC, 0, NULL, NULL, on_request, s,
        MHD_OPTION_LISTEN_SOCKET, config->fd, MHD_OPTION_THREAD_POOL_SIZE, (unsigned)GH_SERVER_THREADS, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_MEMORY, MHD_OPTION_URI_LOG_CALLBACK, on_request_line, NULL, MHD_OPTION_UNESCAPE_CALLBACK, leave_escapes,
        NULL, MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_END);
    if (s->daemon == NULL) {
        free(s);
        return GH_DOWN;
    }
    *out = s;
    return GH_OK;
}

void
gh_server_stop(struct gh_server *s)
{
    if (s == NULL)
        return;
    /* The socket is the supervisor's, for whoever serves next: only who was quiesced leaves it as it is. */
    (void)MHD_quiesce_daemon(s->daemon);
    MHD_stop_daemon(s->daemon);
    free(s);
}
