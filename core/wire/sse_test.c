/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include "base/limits.h"
#include "wire/sse.h"

/* Each event as raw|name|data in hex-free text: `-` where there is no data. CR and LF are shown as r and n. */
static void
put_shown(struct gh_buf *b, struct gh_str s)
{
    for (size_t i = 0; i < s.n; i++)
        gh_buf_putc(b, s.p[i] == '\r' ? 'r' : s.p[i] == '\n' ? 'n' : s.p[i]);
}

static void
feed(struct gh_buf *trace, const struct gh_str *pieces, size_t n)
{
    struct gh_arena a = gh_test_arena();
    struct gh_sse s;
    struct gh_sse_event e;
    enum gh_rc rc = GH_MORE;

    gh_sse_init(&s, &a);
    for (size_t i = 0; i < n && rc == GH_MORE; i++) {
        struct gh_str in = pieces[i];
        while ((rc = gh_sse_feed(&e, &s, &in)) == GH_OK) {
            gh_buf_putc(trace, '[');
            put_shown(trace, e.raw);
            gh_buf_putc(trace, '|');
            put_shown(trace, e.name);
            gh_buf_putc(trace, '|');
            put_shown(trace, e.has_data ? e.data : GH_STR("-"));
            gh_buf_putc(trace, ']');
        }
    }
    gh_buf_putz(trace, rc == GH_MORE ? "rest:" : "failed:");
    put_shown(trace, gh_sse_rest(&s));
    gh_arena_fini(&a);
}

static const struct {
    const char *name;
    struct gh_str in;
    const char *trace;
} cases[] = {
    {"nothing", GH_STR_INIT(""), "rest:"},
    {"one", GH_STR_INIT("data: a\n\n"), "[data: ann||a]rest:"},
    {"two", GH_STR_INIT("data: a\n\ndata: b\n\n"), "[data: ann||a][data: bnn||b]rest:"},
    {"CRLF", GH_STR_INIT("data: a\r\n\r\ndata: b\r\n\r\n"), "[data: arnr||a][ndata: brnr||b]rest:n"},
    {"CR", GH_STR_INIT("data: a\r\rdata: b\r\r"), "[data: arr||a][data: brr||b]rest:"},
    {"mixed", GH_STR_INIT("data: a\r\ndata: b\n\r\n"), "[data: arndata: bnr||anb]rest:n"},
    {"joined", GH_STR_INIT("data: a\ndata: b\ndata:c\n\n"), "[data: andata: bndata:cnn||anbnc]rest:"},
    {"one space alone is taken off", GH_STR_INIT("data:  a\n\n"), "[data:  ann|| a]rest:"},
    {"empty data", GH_STR_INIT("data:\n\ndata\n\n"), "[data:nn||][datann||]rest:"},
    {"two empty lines of data", GH_STR_INIT("data\ndata\n\n"), "[datandatann||n]rest:"},
    {"comment", GH_STR_INIT(": ping\n\n"), "[: pingnn||-]rest:"},
    {"comment between", GH_STR_INIT("data: a\n:x\ndata: b\n\n"), "[data: an:xndata: bnn||anb]rest:"},
    {"name", GH_STR_INIT("event: e\ndata: a\n\ndata: b\n\n"), "[event: endata: ann|e|a][data: bnn||b]rest:"},
    {"last name counts", GH_STR_INIT("event: e\nevent: f\ndata: a\n\n"), "[event: enevent: fndata: ann|f|a]rest:"},
    {"unknown fields", GH_STR_INIT("id: 1\nretry: 2\nDATA: x\ndata: a\n\n"), "[id: 1nretry: 2nDATA: xndata: ann||a]rest:"},
    {"field without colon", GH_STR_INIT("dataa\n\n"), "[dataann||-]rest:"},
    {"blank lines", GH_STR_INIT("\n\ndata: a\n\n"), "[n||-][n||-][data: ann||a]rest:"},
    {"byte order mark",
        GH_STR_INIT("\xef\xbb\xbf"
                    "data: a\n\n"),
        "[\xef\xbb\xbf"
        "data: ann||a]rest:"},
    {"byte order mark twice",
        GH_STR_INIT("\xef\xbb\xbf\xef\xbb\xbf"
                    "data: a\n\n"),
        "[\xef\xbb\xbf\xef\xbb\xbf"
        "data: ann||-]rest:"},
    {"byte order mark later",
        GH_STR_INIT("data: a\n\xef\xbb\xbf"
                    "data: b\n\n"),
        "[data: an\xef\xbb\xbf"
        "data: bnn||a]rest:"},
    {"unfinished", GH_STR_INIT("data: a\n\ndata: b\n"), "[data: ann||a]rest:data: bn"},
    {"colon in data", GH_STR_INIT("data: {\"a\":1}\n\n"), "[data: {\"a\":1}nn||{\"a\":1}]rest:"},
};

static void
events(void **state)
{
    struct gh_arena a = gh_test_arena();

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct gh_buf trace;
        gh_buf_init(&trace, &a, 1u << 20);
        feed(&trace, &cases[i].in, 1);
        if (!gh_str_eq(gh_buf_str(&trace), gh_str_z(cases[i].trace)))
            fail_msg("%s: got %.*s, want %s", cases[i].name, (int)trace.n, trace.p, cases[i].trace);
        if (cases[i].in.n != 0)
            gh_test_splits(feed, cases[i].in);
    }
    gh_arena_fini(&a);
}

static const struct gh_str GOLDEN =
    GH_STR_INIT("\xef\xbb\xbf: hi\r\n\r\nevent: x\r\ndata: {\"a\":1}\r\n\r\ndata: one\rdata: two\r\r"
                "data: three\n\nid: 7\ndata\n\n\ndata: [DONE]\n\n");

/* For the sweeps: the events of the input given whole. */
static enum gh_rc
read_all(struct gh_buf *meaning, struct gh_arena *a, struct gh_str in)
{
    struct gh_sse s;
    struct gh_sse_event e;
    enum gh_rc rc;

    gh_sse_init(&s, a);
    while ((rc = gh_sse_feed(&e, &s, &in)) == GH_OK) {
        gh_buf_put(meaning, e.data);
        gh_buf_putc(meaning, '|');
    }
    return rc == GH_MORE ? GH_OK : rc;
}

static void
sweeps(void **state)
{
    (void)state;
    gh_test_splits(feed, GOLDEN);
    gh_test_mangle(read_all, GOLDEN, false);
    gh_test_oom(read_all, GOLDEN);
    gh_test_page(read_all, GOLDEN);
}

/* Every byte of the input is in exactly one raw, or in the rest. */
static void
raw_is_all(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_buf all;
    struct gh_sse s;
    struct gh_sse_event e;
    struct gh_str in = gh_str_sub(GOLDEN, 0, GOLDEN.n - 5);

    (void)state;
    gh_buf_init(&all, &a, 1u << 20);
    gh_sse_init(&s, &a);
    while (gh_sse_feed(&e, &s, &in) == GH_OK)
        gh_buf_put(&all, e.raw);
    gh_buf_put(&all, gh_sse_rest(&s));
    assert_true(gh_str_eq(gh_buf_str(&all), gh_str_sub(GOLDEN, 0, GOLDEN.n - 5)));
    gh_arena_fini(&a);
}

/* A stream that never ends an event is given up at the bound, and stays given up. */
static void
too_large(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_sse s;
    struct gh_sse_event e;
    char piece[4096];
    struct gh_str in;
    enum gh_rc rc = GH_MORE;
    size_t fed = 0;

    (void)state;
    memset(piece, 'x', sizeof(piece));
    gh_sse_init(&s, &a);
    for (; rc == GH_MORE && fed < 4u << 20; fed += sizeof(piece)) {
        in = gh_str(piece, sizeof(piece));
        rc = gh_sse_feed(&e, &s, &in);
    }
    assert_int_equal(rc, GH_LIMIT);
    assert_int_equal(fed, GH_SSE_EVENT_BYTES_MAX + sizeof(piece));
    in = GH_STR("\n\ndata: a\n\n");
    assert_int_equal(gh_sse_feed(&e, &s, &in), GH_LIMIT);
    gh_arena_fini(&a);
}

/* Memory is that of the largest event, not of all of them. */
static void
long_stream(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_sse s;
    struct gh_sse_event e;
    size_t used = 0;

    (void)state;
    gh_sse_init(&s, &a);
    for (unsigned i = 0; i < 10000; i++) {
        struct gh_str in = GH_STR("data: {\"choices\":[{\"delta\":{\"content\":\"word\"}}]}\n\n");
        assert_int_equal(gh_sse_feed(&e, &s, &in), GH_OK);
        used = i == 0 ? a.used : used;
    }
    assert_int_equal(a.used, used);
    gh_arena_fini(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events),
        cmocka_unit_test(sweeps),
        cmocka_unit_test(raw_is_all),
        cmocka_unit_test(too_large),
        cmocka_unit_test(long_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
