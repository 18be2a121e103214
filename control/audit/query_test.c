/* SPDX-License-Identifier: Apache-2.0 */
/* Answers about the chain: filters, pages in both directions, head, key, and the lines of each export. */
#include <stdio.h>
#include <stdlib.h>

#include "base/codec.h"
#include "control/audit/audit_testing.h"
#include "control/audit/export.h"
#include "control/audit/query.h"
#include "wire/json.h"

static const struct {
    const char *name, *value;
} * args; /* of the query under test; ends with a NULL name */

static struct gh_str
arg(void *ctx, const char *name)
{
    (void)ctx;
    for (size_t i = 0; args[i].name != NULL; i++) {
        if (strcmp(args[i].name, name) == 0)
            return gh_str_z(args[i].value);
    }
    return (struct gh_str){NULL, 0};
}

/* 25 records: request ids r1..r25, every fifth refused; heads behind 10 and 20. */
static void
fill(struct testing *t)
{
    struct testing_worker w = {0};
    char id[16];

    testing_worker_open(&w, t, 9, 1);
    for (int i = 1; i <= 25; i++) {
        (void)snprintf(id, sizeof id, "r%d", i);
        testing_put(&w, i % 5 == 0 ? GH_RECORD_REFUSED : GH_RECORD_CLOSE, id);
        if (i % 10 == 0) {
            testing_drain(t);
            gh_audit_sign(t->au, true);
        }
    }
    testing_drain(t);
    testing_worker_close(&w);
}

/* "r1 r2 ... next=2 last=25" */
static void
answer(char *out, size_t n, struct testing *t, const void *query)
{
    struct gh_audit_query q;
    struct gh_err err = {0};
    struct gh_buf b;
    struct gh_json j;
    gh_json_ref list;
    gh_auto_arena a;
    int64_t next = -1, last = -1;
    size_t k = 0;

    gh_arena_init(&a, gh_heap(), 64u << 20);
    gh_buf_init(&b, &a, GH_AUDIT_ANSWER_MAX);
    args = query;
    assert_int_equal(gh_audit_query_read(&q, arg, NULL, &err), GH_OK);
    assert_int_equal(gh_audit_query_records(&b, t->store, &q), GH_OK);
    assert_int_equal(gh_json_parse(&j, &a, gh_buf_str(&b), NULL), GH_OK);
    list = gh_json_get(&j, 0, GH_STR("value"));
    out[0] = '\0';
    for (gh_json_ref v = gh_json_first(&j, list); v != GH_JSON_NO; v = gh_json_next(&j, list, v)) {
        struct gh_str id = {NULL, 0};

        assert_int_equal(gh_json_opt_str(&id, &a, &j, v, "request_id"), GH_OK);
        k += (size_t)snprintf(out + k, n - k, "%.*s ", (int)id.n, id.p);
    }
    assert_int_equal(gh_json_opt_i64(&next, &j, 0, "next"), GH_OK);
    assert_int_equal(gh_json_opt_i64(&last, &j, 0, "last"), GH_OK);
    (void)snprintf(out + k, n - k, "next=%lld last=%lld", (long long)next, (long long)last);
}

static void
test_pages(void **state)
{
    static const struct {
        const char *args[5][2], *want;
    } cases[] = {
        {{{"limit", "3"}}, "r1 r2 r3 next=3 last=25"},
        {{{"limit", "3"}, {"after", "22"}}, "r23 r24 r25 next=-1 last=25"},
        {{{"limit", "3"}, {"after", "25"}}, "next=-1 last=25"},
        {{{"limit", "3"}, {"after", "99"}}, "next=-1 last=25"},
        {{{"limit", "3"}, {"order", "newest"}}, "r25 r24 r23 next=23 last=25"},
        {{{"limit", "3"}, {"order", "newest"}, {"before", "23"}}, "r22 r21 r20 next=20 last=25"},
        {{{"limit", "3"}, {"order", "newest"}, {"before", "3"}}, "r2 r1 next=-1 last=25"},
        {{{"limit", "3"}, {"order", "newest"}, {"before", "1"}}, "next=-1 last=25"},
        {{{"limit", "3"}, {"order", "newest"}, {"after", "24"}}, "r25 next=-1 last=25"},
        {{{"kind", "refused"}}, "r5 r10 r15 r20 r25 next=-1 last=25"},
        {{{"kind", "refused,admin"}, {"limit", "2"}}, "r5 r10 next=10 last=25"},
        {{{"kind", "admin"}}, "next=-1 last=25"},
        {{{"caller", "nobody"}}, "next=-1 last=25"},
        {{{"caller", "gatehouse:somebody"}, {"limit", "1"}}, "r1 next=1 last=25"},
        {{{"since", "2999-01-01T00:00:00Z"}}, "next=-1 last=25"},
        {{{"since", "2001-01-01T00:00:00Z"}, {"limit", "2"}}, "r1 r2 next=2 last=25"},
    };
    struct testing *t = *state;
    char got[512];

    fill(t);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        answer(got, sizeof got, t, cases[i].args);
        if (strcmp(got, cases[i].want) != 0)
            fail_msg("case %zu: got %s, want %s", i, got, cases[i].want);
    }
}

/* A record that was drained late is still found by its own time. */
static void
test_since_of_a_late_record(void **state)
{
    struct testing *t = *state;
    struct testing_worker late = {0};
    char since[40], mem[GH_RECORD_BYTES_MAX], got[256];
    struct gh_record_writer rw;
    struct gh_str r;
    struct gh_buf b;

    fill(t);
    testing_worker_open(&late, t, 77, 1);
    gh_record_begin(&rw, mem, GH_RECORD_REFUSED, 77, 1, 1000);
    gh_record_text(&rw, GH_FIELD_REQUEST_ID, GH_STR("old"));
    assert_int_equal(gh_record_end(&r, &rw), GH_OK);
    testing_write(&late, r);
    testing_drain(t);
    gh_buf_init_fixed(&b, since, sizeof since - 1);
    gh_time_put(&b, 900);
    since[b.n] = '\0';
    answer(got, sizeof got, t, (const char *const[][2]){{"since", since}, {"kind", "refused"}, {NULL, NULL}});
    assert_string_equal(got, "r5 r10 r15 r20 r25 old next=-1 last=26");
    b.n = 0;
    gh_time_put(&b, 2000);
    since[b.n] = '\0';
    answer(got, sizeof got, t, (const char *const[][2]){{"since", since}, {"kind", "refused"}, {NULL, NULL}});
    assert_string_equal(got, "r5 r10 r15 r20 r25 next=-1 last=26");
    testing_worker_close(&late);
}

static void
test_bad_parameters(void **state)
{
    static const char *const bad[][2] = {{"after", "x"}, {"after", "-1"}, {"after", ""}, {"limit", "1001"}, {"limit", "01"},
        {"since", "yesterday"}, {"kind", "opened"}, {"kind", "open,,close"}, {"order", "up"}, {"before", "99999999999999999999"}};
    (void)state;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const char *one[][2] = {{bad[i][0], bad[i][1]}, {NULL, NULL}};
        struct gh_audit_query q;
        struct gh_err err = {0};

        args = (const void *)one;
        if (gh_audit_query_read(&q, arg, NULL, &err) != GH_BAD || err.what == NULL)
            fail_msg("accepted: %s=%s", bad[i][0], bad[i][1]);
    }
}

static void
test_head_and_key(void **state)
{
    struct testing *t = *state;
    struct gh_chain_head h;
    struct gh_pubkey *key;
    struct gh_json j;
    struct gh_buf b;
    gh_auto_arena a;
    int64_t n = 0;

    gh_arena_init(&a, gh_heap(), 1u << 20);
    gh_buf_init(&b, &a, 65536);
    assert_int_equal(gh_audit_query_head(&b, t->store, testing_installation), GH_OK);
    assert_true(gh_str_eq(gh_buf_str(&b), GH_STR("{\"head\":null,\"last\":0,\"unsigned\":0}")));
    fill(t);
    b.n = 0;
    assert_int_equal(gh_audit_query_head(&b, t->store, testing_installation), GH_OK);
    assert_int_equal(gh_json_parse(&j, &a, gh_buf_str(&b), NULL), GH_OK);
    assert_int_equal(gh_json_opt_i64(&n, &j, 0, "unsigned"), GH_OK);
    assert_int_equal(n, 5);
    assert_int_equal(gh_chain_head_read(&h, &a, gh_json_raw(&j, gh_json_get(&j, 0, GH_STR("head"))), NULL), GH_OK);
    assert_int_equal(gh_pubkey_read_der(&key, testing_signer_spki(t->signer), NULL), GH_OK);
    assert_int_equal(gh_chain_head_verify(&h, key), GH_OK);
    gh_pubkey_free(key);
    b.n = 0;
    assert_int_equal(gh_audit_query_key(&b, t->store), GH_OK);
    assert_true(gh_str_starts(gh_buf_str(&b), GH_STR("-----BEGIN PUBLIC KEY-----\n")));
    assert_true(gh_str_ends(gh_buf_str(&b), GH_STR("\n-----END PUBLIC KEY-----\n")));
}

static size_t
export_lines(struct testing *t, const char *format, uint64_t after, void (*check)(struct gh_str line))
{
    struct gh_audit_export *x;
    struct gh_str rest, line;
    struct gh_buf b;
    gh_auto_arena a;
    size_t n = 0, before;

    gh_arena_init(&a, gh_heap(), 64u << 20);
    gh_buf_init(&b, &a, GH_AUDIT_CHUNK_MAX);
    assert_int_equal(gh_audit_export_new(&x, t->store, testing_installation, gh_str_z(format), after, NULL), GH_OK);
    do {
        before = b.n;
        assert_int_equal(gh_audit_export_next(x, &b), GH_OK);
    } while (b.n > before);
    gh_audit_export_free(x);
    for (rest = gh_buf_str(&b); gh_str_cut(&line, &rest, '\n') && (line.n > 0 || rest.n > 0); n++)
        check(line);
    return n;
}

static void
check_json(struct gh_str line)
{
    gh_auto_arena a;
    struct gh_json j;

    gh_arena_init(&a, gh_heap(), 16u << 20);
    assert_int_equal(gh_json_parse(&j, &a, line, NULL), GH_OK);
}

static void
check_ocsf(struct gh_str line)
{
    gh_auto_arena a;
    struct gh_json j;
    int64_t class_uid = 0, type_uid = 0, activity = 0;

    gh_arena_init(&a, gh_heap(), 16u << 20);
    assert_int_equal(gh_json_parse(&j, &a, line, NULL), GH_OK);
    assert_int_equal(gh_json_opt_i64(&class_uid, &j, 0, "class_uid"), GH_OK);
    assert_int_equal(gh_json_opt_i64(&type_uid, &j, 0, "type_uid"), GH_OK);
    assert_int_equal(gh_json_opt_i64(&activity, &j, 0, "activity_id"), GH_OK);
    assert_int_equal(class_uid, 6003);
    assert_int_equal(type_uid, class_uid * 100 + activity);
}

static void
check_cef(struct gh_str line)
{
    assert_true(gh_str_starts(line, GH_STR("CEF:0|Gatehouse|Gatehouse|1|")));
    assert_true(gh_str_find(line, GH_STR("suser=gatehouse:somebody")) != SIZE_MAX);
}

static void
test_exports(void **state)
{
    struct testing *t = *state;
    struct gh_audit_export *x;
    struct gh_err err = {0};

    assert_int_equal(export_lines(t, "", 0, check_json), 2); /* an empty chain has a beginning and an end */
    fill(t);
    assert_int_equal(export_lines(t, "jsonl", 0, check_json), 1 + 25 + 2 + 1);
    assert_int_equal(export_lines(t, "jsonl", 15, check_json), 1 + 10 + 1 + 1);
    assert_int_equal(export_lines(t, "jsonl", 25, check_json), 2);
    assert_int_equal(export_lines(t, "ocsf", 0, check_ocsf), 25);
    assert_int_equal(export_lines(t, "cef", 20, check_cef), 5);
    assert_int_equal(gh_audit_export_new(&x, t->store, testing_installation, GH_STR("xml"), 0, &err), GH_BAD);
    assert_int_equal(gh_audit_export_new(&x, t->store, testing_installation, GH_STR("jsonl"), 26, &err), GH_BAD);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, testing_set_up, testing_tear_down)

int
main(void)
{
    static const struct CMUnitTest tests[] = {TEST(test_pages), TEST(test_since_of_a_late_record), TEST(test_bad_parameters),
        TEST(test_head_and_key), TEST(test_exports)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
