/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include "base/crypto.h"
#include "ipc/edge_header.h"

#define NOW INT64_C(1767225600000)

static const struct gh_str key = GH_STR_INIT("0123456789abcdef0123456789abcdef");
static const struct gh_str method = GH_STR_INIT("PUT"), target = GH_STR_INIT("/api/workspaces/demo?x=1");
static const struct gh_edge_header golden = {NOW, GH_STR_INIT("main"), GH_STR_INIT("192.0.2.1"), GH_STR_INIT("5f3a"), {NULL, 0}};

static struct gh_str
make(char *mem, size_t n)
{
    struct gh_buf b;

    gh_buf_init_fixed(&b, mem, n);
    assert_int_equal(gh_edge_header_put(&b, &golden, key, method, target), GH_OK);
    return gh_buf_str(&b);
}

static void
test_round_trip(void **state)
{
    char mem[512];
    struct gh_edge_header h;

    (void)state;
    assert_int_equal(gh_edge_header_read(&h, make(mem, sizeof(mem)), key, method, target, NOW + 1000), GH_OK);
    assert_int_equal(h.time_ms, NOW);
    assert_true(gh_str_eq(h.listener, golden.listener));
    assert_true(gh_str_eq(h.peer, golden.peer));
    assert_true(gh_str_eq(h.request_id, golden.request_id));
}

/* The MAC is over exactly these bytes. */
static void
test_mac(void **state)
{
    char mem[512], hex[64];
    uint8_t digest[GH_SHA256_BYTES];
    struct gh_buf b;

    (void)state;
    assert_int_equal(
        gh_hmac_sha256(digest, key, GH_STR("v2\n1767225600000\nmain\n192.0.2.1\n5f3a\n-\nPUT\n/api/workspaces/demo?x=1\n")), GH_OK);
    gh_buf_init_fixed(&b, hex, sizeof(hex));
    gh_buf_put_hex(&b, gh_str(digest, sizeof(digest)));
    struct gh_str value = make(mem, sizeof(mem));
    assert_true(gh_str_ends(value, gh_buf_str(&b)));
    assert_true(gh_str_starts(value, GH_STR("v2;t=1767225600000;l=main;p=192.0.2.1;r=5f3a;c=-;m=")));
}

static void
test_refused(void **state)
{
    char mem[512];
    struct gh_str value = make(mem, sizeof(mem));
    struct gh_edge_header h;

    (void)state;
    assert_int_equal(gh_edge_header_read(&h, value, key, GH_STR("GET"), target, NOW), GH_BAD);
    assert_int_equal(gh_edge_header_read(&h, value, key, method, GH_STR("/api/workspaces/demo"), NOW), GH_BAD);
    assert_int_equal(gh_edge_header_read(&h, value, GH_STR("another key"), method, target, NOW), GH_BAD);
    assert_int_equal(gh_edge_header_read(&h, value, key, method, target, NOW + GH_EDGE_HEADER_SKEW_MS + 1), GH_BAD);
    assert_int_equal(gh_edge_header_read(&h, value, key, method, target, NOW - GH_EDGE_HEADER_SKEW_MS - 1), GH_BAD);
    assert_int_equal(gh_edge_header_read(&h, GH_STR(""), key, method, target, NOW), GH_BAD);
    assert_int_not_equal(gh_edge_header_read(&h, value, GH_STR(""), method, target, NOW), GH_OK);
}

static void
test_parts(void **state)
{
    static const struct gh_str bad[] = {
        GH_STR_INIT(""), GH_STR_INIT("a;b"), GH_STR_INIT("a\nb"), GH_STR_INIT("a b"), GH_STR_INIT("\xc3\xa9")};
    char mem[512];
    struct gh_buf b;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct gh_edge_header h[] = {golden, golden, golden};
        h[0].listener = h[1].peer = h[2].request_id = bad[i];
        for (size_t k = 0; k < 3; k++) {
            gh_buf_init_fixed(&b, mem, sizeof(mem));
            assert_int_equal(gh_edge_header_put(&b, &h[k], key, method, target), GH_BAD);
        }
    }
}

static enum gh_rc
parse(struct gh_buf *meaning, struct gh_arena *a, struct gh_str in)
{
    struct gh_edge_header h;
    enum gh_rc rc = gh_edge_header_read(&h, in, key, method, target, NOW);

    (void)a;
    if (rc != GH_OK)
        return rc;
    gh_buf_put_i64(meaning, h.time_ms);
    gh_buf_put(meaning, h.listener);
    gh_buf_put(meaning, h.peer);
    gh_buf_put(meaning, h.request_id);
    return GH_OK;
}

static void
test_sweeps(void **state)
{
    char mem[512];
    struct gh_str value = make(mem, sizeof(mem));

    (void)state;
    gh_test_mangle(parse, value, true);
    gh_test_page(parse, value);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_mac),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_sweeps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
