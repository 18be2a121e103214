/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include <stdlib.h>

#include "base/limits.h"
#include "host/host.h"
#include "supervisor/render.h"

/* One backend row and one listener row; a test replaces one value. */
struct rows {
    const char *upstream, *host, *address, *tls_name, *ca;
    uint64_t port, is_tls, timeout_ms;
    const char *listener, *ip;
    uint64_t listen_port;
    const char *data;
    unsigned workers;
    bool has_twin;
};
static const struct rows good = {"gh_0123456789abcdef", "api.example.com", "192.0.2.7:443", "", "", 443, 1, 60000, "main",
    "127.0.0.1", 8443, "/var/lib/gatehouse", 2, false};

static struct gh_snap_value
str(const char *z)
{
    return (struct gh_snap_value){.str = gh_str_z(z)};
}

static struct gh_snap_value
u64(uint64_t v)
{
    return (struct gh_snap_value){.u64 = v};
}

static void
put_backend(struct gh_snap_writer *w, const struct rows *r, struct gh_str key)
{
    struct gh_str addresses[] = {gh_str_z(r->address)};
    const struct gh_snap_value v[GH_BACKEND_N] = {
        [GH_BACKEND_UPSTREAM] = str(r->upstream),
        [GH_BACKEND_IS_TLS] = u64(r->is_tls),
        [GH_BACKEND_HOST] = str(r->host),
        [GH_BACKEND_PORT] = u64(r->port),
        [GH_BACKEND_BASE_PATH] = str("/v1"),
        [GH_BACKEND_ADDRESSES] = {.list = addresses, .n = r->address[0] != '\0'},
        [GH_BACKEND_TLS_NAME] = str(r->tls_name),
        [GH_BACKEND_CA_PEM] = str(r->ca),
        [GH_BACKEND_DIALECT] = str("openai"),
        [GH_BACKEND_AUTH] = str("none"),
        [GH_BACKEND_SECRET_VERSION] = str(""),
        [GH_BACKEND_TIMEOUT_MS] = u64(r->timeout_ms),
        [GH_BACKEND_API_VERSION] = str(""),
    };

    assert_int_equal(gh_snap_put(w, GH_SNAP_BACKEND, key, v), GH_OK);
}

static struct gh_snap
snap_of(struct gh_arena *a, const struct rows *r)
{
    struct gh_snap_meta meta = {.generation = 1, .base_generation = 1, .made_ms = 1};
    const struct gh_snap_value listener[GH_LISTENER_N] = {str(r->ip), u64(r->listen_port)};
    struct gh_snap_writer *w;
    struct gh_snap_file *file;
    struct gh_str bytes;
    struct gh_err err = {0};

    assert_int_equal(gh_snap_writer_new(&w, a, &meta), GH_OK);
    put_backend(w, r, GH_STR("demo\0a"));
    if (r->has_twin)
        put_backend(w, r, GH_STR("demo\0b"));
    assert_int_equal(gh_snap_put(w, GH_SNAP_LISTENER, gh_str_z(r->listener), listener), GH_OK);
    assert_int_equal(gh_snap_finish(&bytes, w), GH_OK);
    assert_int_equal(gh_snap_verify(&file, a, bytes, NULL, &err), GH_OK);
    return (struct gh_snap){file, NULL};
}

static enum gh_rc
render(struct gh_buf *out, struct gh_arena *a, const struct rows *r, struct gh_err *err)
{
    struct gh_snap snap = snap_of(a, r);
    const struct gh_render_env env = {.data = gh_str_z(r->data),
        .memory = GH_STR("/dev/shm/gatehouse-1"),
        .module = GH_STR("/usr/lib/gatehouse/ngx_http_gatehouse_module.so"),
        .workers = r->workers};

    gh_buf_init(out, a, GH_RENDER_BYTES_MAX);
    return gh_render_conf(out, &snap, &env, err);
}

static bool
has(const struct gh_buf *b, const char *text)
{
    if (gh_str_find(gh_buf_str(b), gh_str_z(text)) != SIZE_MAX)
        return true;
    print_error("not in the text: %s\n", text);
    return false;
}

static void
test_text(void **state)
{
    gh_auto_arena a;
    struct gh_buf out;
    struct gh_err err = {0};
    struct rows r = good;
    // clang-format off
    static const char *const lines[] = {
        "\ndaemon off;\n", "\nworker_processes 2;\n", "gatehouse_data /var/lib/gatehouse;\n",
        "    upstream gh_0123456789abcdef {\n        server 192.0.2.7:443 max_fails=0;\n        keepalive 32;\n",
        "        gatehouse_guard gh_0123456789abcdef;\n    }\n",
        "        listen 127.0.0.1:8443 ssl http2;\n", "        gatehouse_listener main;\n",
        "        location @gh_0123456789abcdef {\n            gatehouse_backend gh_0123456789abcdef api.example.com 443 https api.example.com;\n",
        "            proxy_read_timeout 60000ms;\n", "            proxy_set_header Host api.example.com;\n", "            proxy_ssl_name api.example.com;\n",
        "            proxy_ssl_trusted_certificate /var/lib/gatehouse/edge/ca/gh_0123456789abcdef.pem;\n",
        "            proxy_pass https://gh_0123456789abcdef;\n",
        "proxy_next_upstream off;", "proxy_pass_request_headers off;", "proxy_ignore_headers X-Accel-Redirect", "proxy_ssl_verify on;", "server_tokens off;",
    };
    // clang-format on

    (void)state;
    gh_arena_init(&a, gh_heap(), 32u << 20);
    r.ca = "-----BEGIN CERTIFICATE-----";
    assert_int_equal(render(&out, &a, &r, &err), GH_OK);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        assert_true(has(&out, lines[i]));
    assert_true(gh_str_find(gh_buf_str(&out), GH_STR("<")) == SIZE_MAX);
}

static void
test_plain_and_v6(void **state)
{
    gh_auto_arena a;
    struct gh_buf out;
    struct gh_err err = {0};
    struct rows r = good;

    (void)state;
    gh_arena_init(&a, gh_heap(), 32u << 20);
    r.is_tls = 0;
    r.host = "localhost";
    r.port = 8081;
    r.address = "[::1]:8081";
    r.ip = "::1";
    assert_int_equal(render(&out, &a, &r, &err), GH_OK);
    assert_true(has(&out, "server [::1]:8081 max_fails=0;"));
    assert_true(has(&out, "listen [::1]:8443 ssl http2;"));
    assert_true(has(&out, "proxy_set_header Host localhost:8081;"));
    assert_true(has(&out, "proxy_pass http://gh_0123456789abcdef;"));
}

static void
test_same_text(void **state)
{
    gh_auto_arena a;
    struct gh_buf one, two;
    struct gh_err err = {0};

    (void)state;
    gh_arena_init(&a, gh_heap(), 64u << 20);
    assert_int_equal(render(&one, &a, &good, &err), GH_OK);
    assert_int_equal(render(&two, &a, &good, &err), GH_OK);
    assert_true(gh_str_eq(gh_buf_str(&one), gh_buf_str(&two)));
}

/* Text that would be a directive, a variable, a comment or another argument, in every place that a row can fill. */
static const char *const hostile[] = {"a;b", "a\nb", "a\rb", "a{b", "a}b", "a$b", "$http_x", "a\"b", "a'b", "a b", "a\tb", "a#b",
    "a\\b", "a<b", "a>b", "a@b", "a/b/../c d", "\xc3\xa9", "a\001b"};

static void
test_hostile(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
        struct rows r[] = {good, good, good, good, good, good, good};
        r[0].upstream = hostile[i];
        r[1].host = hostile[i];
        r[2].address = hostile[i];
        r[3].tls_name = hostile[i];
        r[4].listener = hostile[i];
        r[5].ip = hostile[i];
        r[6].data = hostile[i];
        for (size_t k = 0; k < sizeof(r) / sizeof(r[0]); k++) {
            gh_auto_arena a;
            struct gh_buf out;
            struct gh_err err = {0};
            if (k == 6 && gh_str_eq(gh_str_z(hostile[i]), GH_STR("a@b")))
                continue; /* '@' may stand in a path */
            gh_arena_init(&a, gh_heap(), 32u << 20);
            if (render(&out, &a, &r[k], &err) != GH_BAD)
                fail_msg("place %zu takes \"%s\"", k, hostile[i]);
            assert_non_null(err.what);
        }
    }
}

static void
test_bounds(void **state)
{
    struct rows r[] = {good, good, good, good, good, good, good, good, good};

    (void)state;
    r[0].port = 0;
    r[1].port = 65536;
    r[2].timeout_ms = 0;
    r[3].timeout_ms = GH_BACKEND_TIMEOUT_MS_MAX + 1;
    r[4].listen_port = 65536;
    r[5].workers = 0;
    r[6].upstream = "gh_management";
    r[7].upstream = "gh_0123456789ABCDEF";
    r[8].has_twin = true;
    for (size_t k = 0; k < sizeof(r) / sizeof(r[0]); k++) {
        gh_auto_arena a;
        struct gh_buf out;
        struct gh_err err = {0};
        gh_arena_init(&a, gh_heap(), 32u << 20);
        if (render(&out, &a, &r[k], &err) != GH_BAD)
            fail_msg("row %zu is taken", k);
    }
}

/* A backend that may not be dialled has neither block nor location; the rest stands. */
static void
test_no_address(void **state)
{
    gh_auto_arena a;
    struct gh_buf out;
    struct gh_err err = {0};
    struct rows r = good;

    (void)state;
    gh_arena_init(&a, gh_heap(), 32u << 20);
    r.address = "";
    assert_int_equal(render(&out, &a, &r, &err), GH_OK);
    assert_true(gh_str_find(gh_buf_str(&out), GH_STR("gh_0123456789abcdef")) == SIZE_MAX);
}

static void
test_full(void **state)
{
    gh_auto_arena a;
    struct gh_err err = {0};
    struct gh_buf out;

    (void)state;
    gh_arena_init(&a, gh_heap(), 32u << 20);
    struct gh_snap snap = snap_of(&a, &good);
    const struct gh_render_env env = {GH_STR("/d"), GH_STR("/m"), GH_STR("/l/x.so"), GH_STR(""), 1, 0, false, false};
    gh_buf_init(&out, &a, 1000);
    assert_int_equal(gh_render_conf(&out, &snap, &env, &err), GH_LIMIT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_plain_and_v6),
        cmocka_unit_test(test_same_text),
        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_no_address),
        cmocka_unit_test(test_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
