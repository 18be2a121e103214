/* SPDX-License-Identifier: Apache-2.0 */
/* A forger with the store in his hands, and what the auditor finds by what he kept. */
#include "cli/verify.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/codec.h"
#include "control/audit/audit_testing.h"
#include "control/audit/export.h"
#include "control/audit/query.h"

#define N 50

enum { NO_PIN = 0, KEY = 1, HEAD_30 = 2, HEAD_LAST = 4 };

static char pem[1024], head_30[1024], head_last[1024];

static void
keep(char *out, size_t n, struct gh_buf *b)
{
    struct gh_str s = gh_buf_str(b);

    assert_true(s.n > 0 && s.n < n);
    memcpy(out, s.p, s.n);
    out[s.n] = '\0';
    b->n = 0;
}

/* Fifty entries, a head behind each tenth, and what an auditor keeps: the key, the head at 30, the last one. */
static int
set_up(void **state)
{
    struct gh_audit_event e = {.kind = GH_RECORD_ADMIN, .caller = GH_STR("local:owner"), .verdict = GH_STR("allow")};
    struct gh_store_tx *tx = NULL;
    struct testing *t;
    struct gh_buf b;
    gh_auto_arena a;

    gh_arena_init(&a, gh_heap(), 1u << 20);
    gh_buf_init(&b, &a, 65536);
    testing_set_up(state);
    t = *state;
    for (int i = 1; i <= N; i++) {
        e.status = (uint64_t)i;
        if (i % 10 == 1)
            assert_int_equal(gh_store_begin(&tx, t->store, GH_STORE_FULL), GH_OK);
        assert_int_equal(gh_audit_admin(t->au, tx, &e), GH_OK);
        if (i % 10 == 0) {
            assert_int_equal(gh_store_commit(tx), GH_OK);
            gh_audit_sign(t->au, true);
        }
        if (i == 30 || i == N) {
            assert_int_equal(gh_audit_query_head(&b, t->store, testing_installation), GH_OK);
            keep(i == N ? head_last : head_30, sizeof head_30, &b);
        }
    }
    assert_int_equal(gh_audit_query_key(&b, t->store), GH_OK);
    keep(pem, sizeof pem, &b);
    return 0;
}

static void
pin(struct gh_verify *v, unsigned pins)
{
    gh_verify_init(v);
    if ((pins & KEY) != 0)
        assert_int_equal(gh_verify_key(v, gh_str_z(pem), true), GH_OK);
    if ((pins & HEAD_30) != 0)
        assert_int_equal(gh_verify_pin(v, gh_str_z(head_30)), GH_OK);
    if ((pins & HEAD_LAST) != 0)
        assert_int_equal(gh_verify_pin(v, gh_str_z(head_last)), GH_OK);
}

static struct gh_verify
by_store(struct testing *t, unsigned pins)
{
    struct gh_store *store;
    struct gh_verify v;

    pin(&v, pins);
    assert_int_equal(gh_store_open_read(&store, t->path, NULL), GH_OK);
    gh_verify_store(&v, store, testing_installation);
    gh_store_close(store);
    gh_verify_fini(&v);
    return v;
}

static void
export_to(char **text, size_t *n, struct testing *t, uint64_t after)
{
    struct gh_audit_export *x;
    FILE *f = open_memstream(text, n);
    gh_auto_arena a;
    struct gh_buf b;

    gh_arena_init(&a, gh_heap(), 64u << 20);
    gh_buf_init(&b, &a, GH_AUDIT_CHUNK_MAX);
    assert_int_equal(gh_audit_export_new(&x, t->store, testing_installation, GH_STR(""), after, NULL), GH_OK);
    do {
        b.n = 0;
        assert_int_equal(gh_audit_export_next(x, &b), GH_OK);
        (void)fwrite(b.p, 1, b.n, f);
    } while (b.n > 0);
    gh_audit_export_free(x);
    (void)fclose(f);
}

static struct gh_verify
by_text(const char *text, size_t n, unsigned pins)
{
    FILE *f = n == 0 ? fopen("/dev/null", "re") : fmemopen((void *)(uintptr_t)text, n, "r");
    struct gh_verify v;

    assert_non_null(f);
    pin(&v, pins);
    gh_verify_export(&v, f);
    (void)fclose(f);
    gh_verify_fini(&v);
    return v;
}

static struct gh_verify
by_export(struct testing *t, unsigned pins)
{
    struct gh_verify v;
    char *text = NULL;
    size_t n = 0;

    export_to(&text, &n, t, 0);
    v = by_text(text, n, pins);
    free(text);
    return v;
}

static void
assert_result(const char *what, const struct gh_verify *v, enum gh_chain_result want, uint64_t bad_n)
{
    if (v->c.result != want || (bad_n != 0 && v->c.bad_n != bad_n))
        fail_msg("%s: got %d at %llu (%s), want %d at %llu", what, (int)v->c.result, (unsigned long long)v->c.bad_n,
            v->c.why == NULL ? "-" : v->c.why, (int)want, (unsigned long long)bad_n);
}

static void
test_intact(void **state)
{
    static const unsigned pins[] = {NO_PIN, KEY, HEAD_30, HEAD_LAST, KEY | HEAD_30 | HEAD_LAST};

    for (size_t i = 0; i < sizeof pins / sizeof pins[0]; i++) {
        struct gh_verify a = by_store(*state, pins[i]), b = by_export(*state, pins[i]);

        assert_result("store", &a, GH_CHAIN_INTACT, 0);
        assert_result("export", &b, GH_CHAIN_INTACT, 0);
        assert_int_equal(a.c.state.n, N);
        assert_int_equal(b.c.last_head_n, N);
    }
}

#define SWAP(x, y)                                                                                                                 \
    "UPDATE chain SET n = 1000 WHERE n = " #x "; UPDATE chain SET n = " #x " WHERE n = " #y "; UPDATE chain SET n = " #y           \
    " WHERE n = 1000;"

static void
test_forged_store(void **state)
{
    static const struct {
        const char *name, *sql;
        unsigned pins;
        enum gh_chain_result want;
        uint64_t bad_n;
    } cases[] = {
        {"edited record", "UPDATE chain SET record = CAST(replace(CAST(record AS TEXT), 'x', 'y') || 'z' AS BLOB) WHERE n = 17",
            NO_PIN, GH_CHAIN_TAMPERED, 17},
        {"edited hash", "UPDATE chain SET hash = (SELECT hash FROM chain WHERE n = 3) WHERE n = 17", NO_PIN, GH_CHAIN_TAMPERED, 17},
        {"removed", "DELETE FROM chain WHERE n = 17", NO_PIN, GH_CHAIN_TAMPERED, 17},
        {"removed, numbers moved up",
            "DELETE FROM chain WHERE n = 17; UPDATE chain SET n = n - 1 WHERE n = 18; UPDATE chain SET n = 18 WHERE n = 19", NO_PIN,
            GH_CHAIN_TAMPERED, 17},
        {"first removed", "DELETE FROM chain WHERE n = 1", NO_PIN, GH_CHAIN_TAMPERED, 1},
        {"exchanged", SWAP(17, 18), NO_PIN, GH_CHAIN_TAMPERED, 17},
        {"repeated",
            "UPDATE chain SET record = (SELECT record FROM chain WHERE n = 17), hash = (SELECT hash FROM chain WHERE n = 17) WHERE "
            "n = 18",
            NO_PIN, GH_CHAIN_TAMPERED, 18},
        {"cut, heads left", "DELETE FROM chain WHERE n > 45", NO_PIN, GH_CHAIN_TAMPERED, 46},
        {"cut with its heads", "DELETE FROM chain WHERE n > 45; DELETE FROM head WHERE n > 45", NO_PIN, GH_CHAIN_INTACT, 0},
        {"cut with its heads, head kept", "DELETE FROM chain WHERE n > 45; DELETE FROM head WHERE n > 45", HEAD_LAST,
            GH_CHAIN_TAMPERED, 46},
        {"cut with its heads, older head kept", "DELETE FROM chain WHERE n > 45; DELETE FROM head WHERE n > 45", KEY | HEAD_30,
            GH_CHAIN_INTACT, 0},
        {"all removed", "DELETE FROM chain; DELETE FROM head", HEAD_30, GH_CHAIN_TAMPERED, 1},
        {"head of other entries", "UPDATE head SET hash = (SELECT hash FROM chain WHERE n = 3) WHERE n = 20", NO_PIN,
            GH_CHAIN_TAMPERED, 20},
        {"head with another's signature", "UPDATE head SET sig = (SELECT sig FROM head WHERE n = 10) WHERE n = 20", KEY,
            GH_CHAIN_TAMPERED, 20},
        {"head with another time", "UPDATE head SET time_ms = time_ms - 1 WHERE n = 20", KEY, GH_CHAIN_TAMPERED, 20},
        {"head without a signature", "UPDATE head SET sig = x'' WHERE n = 20", KEY, GH_CHAIN_TAMPERED, 20},
        {"no heads, key kept", "DELETE FROM head", KEY, GH_CHAIN_UNDECIDED, 0},
        {"no heads", "DELETE FROM head", NO_PIN, GH_CHAIN_INTACT, 0},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        void *fresh;
        struct gh_verify a, b;

        set_up(&fresh);
        testing_exec(fresh, cases[i].sql);
        a = by_store(fresh, cases[i].pins);
        b = by_export(fresh, cases[i].pins);
        assert_result(cases[i].name, &a, cases[i].want, cases[i].bad_n);
        assert_result(cases[i].name, &b, cases[i].want, cases[i].bad_n);
        testing_tear_down(&fresh);
    }
    (void)state;
}

/* The whole chain made again, consistent in itself, its heads signed by `signer`. */
static void
make_again(struct testing *t, struct testing_signer *signer)
{
    struct gh_audit_event e = {.kind = GH_RECORD_ADMIN, .caller = GH_STR("somebody else")};
    struct testing_signer *own = t->signer;

    testing_exec(t, "DELETE FROM chain; DELETE FROM head");
    t->signer = signer;
    for (int i = 1; i <= N; i++) {
        assert_int_equal(gh_audit_admin(t->au, NULL, &e), GH_OK);
        if (i % 10 == 0)
            gh_audit_sign(t->au, true);
    }
    t->signer = own;
}

static void
test_made_again(void **state)
{
    struct testing_signer *other = testing_signer_new();
    struct testing *t = *state;
    struct gh_verify v;

    make_again(t, other);
    v = by_export(t, NO_PIN);
    assert_result("another key, nothing kept", &v, GH_CHAIN_INTACT, 0); /* that is what "not pinned" tells */
    assert_false(v.is_key_given);
    v = by_export(t, KEY);
    assert_result("another key, key kept", &v, GH_CHAIN_TAMPERED, 10);
    v = by_export(t, HEAD_30);
    assert_result("another key, head kept", &v, GH_CHAIN_TAMPERED, 30);
    make_again(t, t->signer);
    v = by_store(t, KEY);
    assert_result("the same key, key kept", &v, GH_CHAIN_INTACT, 0);
    v = by_store(t, KEY | HEAD_30);
    assert_result("the same key, head kept", &v, GH_CHAIN_TAMPERED, 30);
    testing_signer_free(other);
}

static void
test_old_copy(void **state)
{
    struct gh_audit_event e = {.kind = GH_RECORD_ADMIN};
    struct testing *t = *state;
    struct gh_verify v;
    char *old = NULL;
    struct gh_buf b;
    gh_auto_arena a;
    size_t n = 0;

    gh_arena_init(&a, gh_heap(), 1u << 20);
    gh_buf_init(&b, &a, 65536);
    export_to(&old, &n, t, 0);
    assert_int_equal(gh_audit_admin(t->au, NULL, &e), GH_OK);
    gh_audit_sign(t->au, true);
    assert_int_equal(gh_audit_query_head(&b, t->store, testing_installation), GH_OK);
    keep(head_last, sizeof head_last, &b);
    v = by_text(old, n, KEY | HEAD_30);
    assert_result("with an older head", &v, GH_CHAIN_INTACT, 0);
    v = by_text(old, n, KEY | HEAD_LAST);
    assert_result("with a newer head", &v, GH_CHAIN_TAMPERED, N + 1);
    free(old);
}

static void
test_partial_export(void **state)
{
    struct testing *t = *state;
    struct gh_verify v;
    char *text = NULL;
    size_t n = 0;

    export_to(&text, &n, t, 30);
    v = by_text(text, n, KEY | HEAD_30 | HEAD_LAST);
    assert_result("from a kept head on", &v, GH_CHAIN_INTACT, 0);
    v = by_text(text, n, KEY);
    assert_result("begin not pinned", &v, GH_CHAIN_INTACT, 0);
    assert_int_equal(v.after, 30);
    free(text);
    export_to(&text, &n, t, 35);
    v = by_text(text, n, HEAD_30);
    assert_result("the kept head lies before it", &v, GH_CHAIN_UNDECIDED, 30);
    free(text);
}

/* Each line removed, and each line cut in two: never intact under all pins. */
static void
test_lines(void **state)
{
    struct testing *t = *state;
    char *text = NULL, *less;
    size_t n = 0;

    export_to(&text, &n, t, 0);
    less = malloc(n + 1);
    assert_non_null(less);
    for (char *line = text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        size_t before = (size_t)(line - text), behind = n - before - (size_t)(end + 1 - line), half = (size_t)(end - line) / 2;
        bool is_head = strstr(line, "\"head\"") == line + 8;
        struct gh_verify v;

        memcpy(less, text, before);
        memcpy(less + before, end + 1, behind);
        v = by_text(less, before + behind, KEY | HEAD_30 | HEAD_LAST);
        if (v.c.result == GH_CHAIN_INTACT && !is_head) /* a head that is not there proves nothing and hides nothing */
            fail_msg("intact without: %.80s", line);
        v = by_text(text, before + half, KEY | HEAD_30);
        if (v.c.result == GH_CHAIN_INTACT)
            fail_msg("intact when cut in: %.80s", line);
    }
    free(less);
    free(text);
}

/* Every byte of a short export changed: never intact, but in the readable names of the form itself. */
static void
test_bytes(void **state)
{
    struct testing *t = *state;
    struct gh_verify v;
    char *text = NULL;
    size_t n = 0;

    export_to(&text, &n, t, 40);
    for (size_t i = 0; i < n; i++) {
        char was = text[i];

        text[i] = (char)(was ^ 1);
        v = by_text(text, n, KEY | HEAD_LAST);
        if (v.c.result == GH_CHAIN_INTACT)
            fail_msg("byte %zu: %.60s", i, text + (i > 30 ? i - 30 : 0));
        text[i] = was;
    }
    free(text);
}

static void
test_no_export(void **state)
{
    static const char *const texts[] = {"", "not an export\n", "{}\n", "{\"type\":\"record\"}\n", "{\"type\":\"end\",\"n\":0}\n",
        "[]\n", "\n\n", "{\"type\":\"export\",\"version\":2}\n"};
    (void)state;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct gh_verify v = by_text(texts[i], strlen(texts[i]), KEY | HEAD_30);

        assert_result(texts[i], &v, GH_CHAIN_UNDECIDED, 0);
    }
}

static void
test_bad_pins(void **state)
{
    static const char *const keys[] = {"", "x", "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "-----END PUBLIC KEY----------BEGIN PUBLIC KEY-----"};
    static const char *const heads[] = {"", "{}", "{\"head\":null}", "{\"head\":{}}", "[1]"};
    struct gh_verify v;
    (void)state;

    gh_verify_init(&v);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        assert_int_equal(gh_verify_key(&v, gh_str_z(keys[i]), true), GH_BAD);
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++)
        assert_int_equal(gh_verify_pin(&v, gh_str_z(heads[i])), GH_BAD);
    gh_verify_fini(&v);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, testing_tear_down)

int
main(void)
{
    static const struct CMUnitTest tests[] = {TEST(test_intact), TEST(test_forged_store), TEST(test_made_again),
        TEST(test_old_copy), TEST(test_partial_export), TEST(test_lines), TEST(test_bytes), TEST(test_no_export),
        TEST(test_bad_pins)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
