/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP on the two sockets: what is believed only with the edge's seal, what is refused, what is streamed. The client is libcurl. */
#include "control/testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <curl/curl.h>

#include "control/rest/call.h"
#include "control/rest/server.h"
#include "host/host.h"
#include "ipc/edge_header.h"

struct fixture {
    struct gh_test_house *h;
    struct gh_server *management, *local, *closed;
    int fds[3];
    char path[3][128];
    char answer[65536];
    size_t n;
};

enum { MANAGEMENT, LOCAL, CLOSED };

static int
listen_at(char path[128], const char *dir, const char *name)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    (void)snprintf(path, 128, "%s/%s.sock", dir, name);
    (void)snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
    assert_int_equal(listen(fd, 64), 0);
    return fd;
}

static int
set_up(void **state)
{
    static const char *const names[] = {"management", "local", "closed"};
    struct fixture *f = calloc(1, sizeof(*f));
    f->h = gh_test_house_open(NULL);
    memset(f->h->config.edge_key, 7, sizeof(f->h->config.edge_key));
    f->h->config.has_edge_key = true;
    for (int i = 0; i < 3; i++)
        f->fds[i] = listen_at(f->path[i], f->h->dir, names[i]);
    const struct gh_server_config management = {.fd = f->fds[MANAGEMENT], .peers = {geteuid(), geteuid()}};
    const struct gh_server_config local = {.fd = f->fds[LOCAL], .is_local = true, .peers = {geteuid(), 0}};
    const struct gh_server_config closed = {.fd = f->fds[CLOSED], .is_local = true, .peers = {geteuid() + 1, geteuid() + 2}};
    assert_int_equal(gh_server_start(&f->management, &f->h->c, &management), GH_OK);
    assert_int_equal(gh_server_start(&f->local, &f->h->c, &local), GH_OK);
    assert_int_equal(gh_server_start(&f->closed, &f->h->c, &closed), GH_OK);
    *state = f;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *f = *state;
    gh_server_stop(f->management);
    gh_server_stop(f->local);
    gh_server_stop(f->closed);
    gh_test_house_close(f->h);
    free(f);
    return 0;
}

static size_t
take(char *p, size_t size, size_t n, void *ctx)
{
    struct fixture *f = ctx;
    size_t room = sizeof(f->answer) - 1 - f->n, some = size * n < room ? size * n : room;
    memcpy(f->answer + f->n, p, some);
    f->n += some;
    return size * n;
}

/* Status of one request; 0 when the connection is closed without an answer. */
static long
ask(struct fixture *f, int socket, const char *method, const char *target, const char *header, const char *body, size_t n_body)
{
    char url[512];
    long status = 0;
    CURL *c = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, "expect:");
    if (header != NULL)
        headers = curl_slist_append(headers, header);
    (void)snprintf(url, sizeof(url), "http://gatehouse%s", target);
    (void)curl_easy_setopt(c, CURLOPT_URL, url);
    (void)curl_easy_setopt(c, CURLOPT_PATH_AS_IS, 1L);
    (void)curl_easy_setopt(c, CURLOPT_UNIX_SOCKET_PATH, f->path[socket]);
    (void)curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, method);
    (void)curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
    (void)curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take);
    (void)curl_easy_setopt(c, CURLOPT_WRITEDATA, f);
    (void)curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, 10000L);
    if (body != NULL) {
        (void)curl_easy_setopt(c, CURLOPT_POSTFIELDS, body);
        (void)curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, (long)n_body);
    }
    f->n = 0;
    if (curl_easy_perform(c) == CURLE_OK)
        (void)curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
    f->answer[f->n] = '\0';
    curl_slist_free_all(headers);
    curl_easy_cleanup(c);
    return status;
}

static void
the_owner_is_served(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *method, *target, *body;
        long want;
    } rows[] = {
        {"PUT", "/api/workspaces/w", "{\"properties\":{}}", 201},
        {"GET", "/api/workspaces/w", NULL, 200},
        {"GET", "/api/work%73paces/w", NULL, 200},
        {"GET", "/api/workspaces/w%2", NULL, 404},
        {"GET", "/api/workspaces/w%00", NULL, 404},
        {"GET", "/api/workspaces/%2577", NULL, 404}, /* decoded once alone */
        {"GET", "/apiworkspaces/w", NULL, 404},
        {"GET", "/workspaces/w", NULL, 404},
        {"GET", "/api", NULL, 404},
        {"GET", "/api/../api/workspaces/w", NULL, 404},
        {"PATCH", "/api/workspaces/w", "{}", 405},
        {"BREW", "/api/workspaces/w", NULL, 405},
        {"DELETE", "/api/workspaces/w", NULL, 204},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        long got =
            ask(f, LOCAL, rows[i].method, rows[i].target, NULL, rows[i].body, rows[i].body == NULL ? 0 : strlen(rows[i].body));
        if (got != rows[i].want)
            fail_msg("%s %s: %ld %s", rows[i].method, rows[i].target, got, f->answer);
    }
}

static void
another_user_is_not(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(ask(f, CLOSED, "GET", "/api/workspaces", NULL, NULL, 0), 0);
    assert_int_equal(f->n, 0);
}

struct seal {
    const char *name, *method, *target;
    int64_t age_ms;
    uint8_t key;
};

/* With a good seal the request comes as far as being asked for a token, which has other words. */
static void
only_the_edges_seal_is_believed(void **state)
{
    struct fixture *f = *state;
    static const struct seal rows[] = {
        {"good", "GET", "/api/workspaces?top=1", 0, 7},
        {"another method", "PUT", "/api/workspaces?top=1", 0, 7},
        {"another target", "GET", "/api/workspaces", 0, 7},
        {"another key", "GET", "/api/workspaces?top=1", 0, 8},
        {"old", "GET", "/api/workspaces?top=1", 60000, 7},
    };
    assert_int_equal(ask(f, MANAGEMENT, "GET", "/api/workspaces?top=1", NULL, NULL, 0), 401);
    assert_non_null(strstr(f->answer, "did not come through the edge"));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char header[512] = GH_EDGE_HEADER ": ", key[32];
        struct gh_buf b;
        const struct gh_edge_header h = {
            gh_now_ms() - rows[i].age_ms, GH_STR("main"), GH_STR("192.0.2.1"), GH_STR("0123456789abcdef"), GH_STR("")};
        memset(key, rows[i].key, sizeof(key));
        size_t at = strlen(header);
        gh_buf_init_fixed(&b, header + at, sizeof(header) - at - 1);
        assert_int_equal(
            gh_edge_header_put(&b, &h, gh_str(key, sizeof(key)), gh_str_z(rows[i].method), gh_str_z(rows[i].target)), GH_OK);
        assert_int_equal(ask(f, MANAGEMENT, "GET", "/api/workspaces?top=1", header, NULL, 0), 401);
        bool is_sealed = strstr(f->answer, "bearer token") != NULL && strstr(f->answer, "0123456789abcdef") != NULL;
        if (is_sealed != (i == 0))
            fail_msg("%s: %s", rows[i].name, f->answer);
    }
}

static void
the_local_paths_are_local(void **state)
{
    struct fixture *f = *state;
    static const char target[] = "/local/token";
    char header[512] = GH_EDGE_HEADER ": ";
    struct gh_buf b;
    const struct gh_edge_header h = {gh_now_ms(), GH_STR("main"), GH_STR("192.0.2.1"), GH_STR("1"), GH_STR("1.--.2.6.0")};
    size_t at = strlen(header);
    gh_buf_init_fixed(&b, header + at, sizeof(header) - at - 1);
    assert_int_equal(gh_edge_header_put(&b, &h, gh_str(f->h->config.edge_key, 32), GH_STR("POST"), gh_str_z(target)), GH_OK);
    assert_int_equal(ask(f, MANAGEMENT, "POST", target, header, "{}", 2), 404);
    assert_int_equal(ask(f, LOCAL, "POST", "/local/token", NULL, "{}", 2), 400);
}

static void
bodies_have_a_bound(void **state)
{
    struct fixture *f = *state;
    size_t n = GH_CALL_BODY_MAX + 1;
    char *large = malloc(n);
    assert_non_null(large);
    memset(large, ' ', n);
    assert_int_equal(ask(f, LOCAL, "PUT", "/api/workspaces/w", NULL, large, n), 413);
    memcpy(large, "{\"properties\":{}}", 17);
    assert_int_equal(ask(f, LOCAL, "PUT", "/api/workspaces/w", NULL, large, n - 1), 201);
    free(large);
}

static void
the_export_is_streamed(void **state)
{
    struct fixture *f = *state;
    gh_test_house_put(f->h, "/workspaces/w", "{}");
    assert_int_equal(ask(f, LOCAL, "GET", "/api/audit/export", NULL, NULL, 0), 200);
    assert_non_null(strstr(f->answer, "\"type\":\"record\""));
    assert_non_null(strstr(f->answer, "\"type\":\"end\""));
    assert_int_equal(ask(f, LOCAL, "GET", "/api/audit/export?format=none", NULL, NULL, 0), 400);
    assert_int_equal(ask(f, LOCAL, "GET", "/api/audit/export?after=x", NULL, NULL, 0), 400);
}

int
main(void)
{
    assert_int_equal(curl_global_init(CURL_GLOBAL_DEFAULT), CURLE_OK);
#define T(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
    const struct CMUnitTest tests[] = {T(the_owner_is_served), T(another_user_is_not), T(only_the_edges_seal_is_believed),
        T(the_local_paths_are_local), T(bodies_have_a_bound), T(the_export_is_streamed)};
    return cmocka_run_group_tests_name("server", tests, NULL, NULL);
}
