/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include <stdlib.h>

#include "base/limits.h"
#include "host/host.h"
#include "policy/forwarded.h"
#include "policy/network.h"
#include "supervisor/render.h"

/* One backend row and one listener row; a test replaces one value. */
struct rows {
    const char *upstream, *host, *address, *tls_name, *ca;
    uint64_t port, is_tls, timeout_ms;
    const char *listener, *ip;
    uint64_t listen_port;
    const char *data;
    unsigned workers;
    uint64_t is_unix, proxy_mode, certificates, tls_min;
};
static const struct rows good = {"gh_0123456789abcdef", "api.example.com", "192.0.2.7:443", "", "", 443, 1, 60000, "main",
    "127.0.0.1", 8443, "/var/lib/gatehouse", 2, .is_unix = 0};

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
        [GH_BACKEND_PATH] = str(""),
    };

    assert_int_equal(gh_snap_put(w, GH_SNAP_BACKEND, key, v), GH_OK);
}

static struct gh_snap
snap_of(struct gh_arena *a, const struct rows *r)
{
    struct gh_snap_meta meta = {.generation = 1, .base_generation = 1, .made_ms = 1};
    const struct gh_snap_value listener[GH_LISTENER_N] = {
        [GH_LISTENER_ADDRESS] = str(r->ip),
        [GH_LISTENER_PORT] = u64(r->listen_port),
        [GH_LISTENER_IS_UNIX] = u64(r->is_unix),
        [GH_LISTENER_PROXY_MODE] = u64(r->proxy_mode),
        [GH_LISTENER_CERTIFICATES] = u64(r->certificates),
        [GH_LISTENER_CLIENT_CA] = str(r->certificates == GH_CERTIFICATES_REQUIRED ? "-----PEM-----" : ""),
        [GH_LISTENER_TLS_MIN] = u64(r->tls_min),
    };
    struct gh_snap_writer *w;
    struct gh_snap_file *file;
    struct gh_str bytes;
    struct gh_err err = {0};

    assert_int_equal(gh_snap_writer_new(&w, a, &meta), GH_OK);
    put_backend(w, r, GH_STR("demo\0a"));
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
        "    upstream gh_backends {\n        server 127.0.0.1:9 down;\n        gatehouse_peers;\n    }\n",
        "        listen 127.0.0.1:8443 ssl http2;\n", "        gatehouse_listener main;\n",
        "        location @gh_backend {\n", "            proxy_set_header Host $gatehouse_host;\n", "            proxy_ssl_name $gatehouse_tls_name;\n",
        "            proxy_pass https://gh_backends;\n        }\n    }\n}\n",
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
test_v6(void **state)
{
    gh_auto_arena a;
    struct gh_buf out;
    struct gh_err err = {0};
    struct rows r = good;

    (void)state;
    gh_arena_init(&a, gh_heap(), 32u << 20);
    r.ip = "::1";
    assert_int_equal(render(&out, &a, &r, &err), GH_OK);
    assert_true(has(&out, "listen [::1]:8443 ssl http2;"));
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
        struct rows r[] = {good, good, good};
        r[0].listener = hostile[i];
        r[1].ip = hostile[i];
        r[2].data = hostile[i];
        for (size_t k = 0; k < sizeof(r) / sizeof(r[0]); k++) {
            gh_auto_arena a = {0};
            struct gh_buf out;
            struct gh_err err = {0};
            if (k == 2 && gh_str_eq(gh_str_z(hostile[i]), GH_STR("a@b")))
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
    struct rows r[] = {good, good, good};

    (void)state;
    r[0].listen_port = 65536;
    r[1].listen_port = 0;
    r[2].workers = 0;
    for (size_t k = 0; k < sizeof(r) / sizeof(r[0]); k++) {
        gh_auto_arena a;
        struct gh_buf out;
        struct gh_err err = {0};
        gh_arena_init(&a, gh_heap(), 32u << 20);
        if (render(&out, &a, &r[k], &err) != GH_BAD)
            fail_msg("row %zu is taken", k);
    }
}

/* Whatever a backend is, or becomes: the text stays, and so nginx is not loaded anew. */
static void
test_backends_are_not_in_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
        gh_auto_arena a;
        struct gh_buf one, two;
        struct gh_err err = {0};
        struct rows r = good;
        gh_arena_init(&a, gh_heap(), 64u << 20);
        assert_int_equal(render(&one, &a, &r, &err), GH_OK);
        r.upstream = r.host = r.address = r.tls_name = r.ca = hostile[i];
        r.is_tls = 0;
        r.port = 65536;
        r.timeout_ms = GH_BACKEND_TIMEOUT_MS_MAX + 1;
        assert_int_equal(render(&two, &a, &r, &err), GH_OK);
        assert_true(gh_str_eq(gh_buf_str(&one), gh_buf_str(&two)));
    }
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
    const struct gh_render_env env = {GH_STR("/d"), GH_STR("/m"), GH_STR("/l/x.so"), GH_STR(""), 1, 0, false, false, NULL, NULL};
    gh_buf_init(&out, &a, 1000);
    assert_int_equal(gh_render_conf(&out, &snap, &env, &err), GH_LIMIT);
}

/* What each property of a listener becomes. */
static void
test_listeners(void **state)
{
    static const struct {
        const char *name;
        uint64_t is_unix, proxy_mode, certificates, tls_min;
        const char *has[3], *has_not[3];
    } rows[] = {
        {"plain", 0, GH_PROXY_NONE, 0, 12, {"listen 127.0.0.1:8443 ssl http2;"},
            {"ssl_verify_client", "proxy_protocol", "ssl_protocols TLSv1.3;"}},
        {"header of a proxy", 0, GH_PROXY_X_FORWARDED_FOR, 0, 12, {"listen 127.0.0.1:8443 ssl http2;"},
            {"proxy_protocol", "real_ip"}},
        {"PROXY protocol", 0, GH_PROXY_PROTOCOL, 0, 12, {"listen 127.0.0.1:8443 ssl http2 proxy_protocol;"}, {"real_ip"}},
        {"asks for certificates", 0, 0, GH_CERTIFICATES_REQUESTED, 12, {"ssl_verify_client optional_no_ca;"},
            {"ssl_client_certificate"}},
        {"demands certificates", 0, 0, GH_CERTIFICATES_REQUIRED, 13,
            {"ssl_verify_client on;", "ssl_client_certificate /var/lib/gatehouse/edge/ca/listener-main.pem;",
                "        ssl_protocols TLSv1.3;"},
            {"optional"}},
        {"unix socket", 1, 0, 0, 12, {"listen unix:/var/lib/gatehouse/run/listen/main;"},
            {"listen 127", "ssl http2", "ssl_verify_client"}},
    };
    struct gh_str listener, pem;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        gh_auto_arena a;
        struct rows r = good;
        struct gh_buf out;
        struct gh_err err = {0};
        gh_arena_init(&a, gh_heap(), 64 << 20);
        r.is_unix = rows[i].is_unix;
        r.proxy_mode = rows[i].proxy_mode;
        r.certificates = rows[i].certificates;
        r.tls_min = rows[i].tls_min;
        assert_int_equal(render(&out, &a, &r, &err), GH_OK);
        for (size_t k = 0; k < 3 && rows[i].has[k] != NULL; k++)
            if (!has(&out, rows[i].has[k]))
                fail_msg("%s", rows[i].name);
        for (size_t k = 0; k < 3 && rows[i].has_not[k] != NULL; k++)
            if (gh_str_find(gh_buf_str(&out), gh_str_z(rows[i].has_not[k])) != SIZE_MAX)
                fail_msg("%s: has \"%s\"", rows[i].name, rows[i].has_not[k]);
        struct gh_snap snap = snap_of(&a, &r);
        size_t it = 0;
        assert_int_equal(gh_render_client_ca(&listener, &pem, &it, &snap), r.certificates == GH_CERTIFICATES_REQUIRED);
    }
}

static bool
may_not(void *ctx, struct gh_str listener, const struct gh_snap_rec *row)
{
    (void)ctx;
    (void)listener;
    (void)row;
    return false;
}

/* Without a single listener nothing is rendered: the last good file stays. */
static void
test_left_out(void **state)
{
    gh_auto_arena a;
    struct rows r = good;
    struct gh_buf out;
    struct gh_err err = {0};

    (void)state;
    gh_arena_init(&a, gh_heap(), 64 << 20);
    struct gh_snap snap = snap_of(&a, &r);
    const struct gh_render_env env = {
        .data = GH_STR("/d"), .memory = GH_STR("/m"), .module = GH_STR("/x.so"), .workers = 1, .may_listen = may_not, .ctx = NULL};
    gh_buf_init(&out, &a, GH_RENDER_BYTES_MAX);
    assert_int_equal(gh_render_conf(&out, &snap, &env, &err), GH_BAD);
    assert_string_equal(err.what, "render: no listener");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_listeners),
        cmocka_unit_test(test_left_out),
        cmocka_unit_test(test_v6),
        cmocka_unit_test(test_same_text),
        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_backends_are_not_in_it),
        cmocka_unit_test(test_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
