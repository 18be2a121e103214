/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include <stdio.h>

#include "policy/snapshot_reseal.h"

static const uint8_t home[16] = "installation-one", other[16] = "installation-two";

#define S(lit)                                                                                                                     \
    {                                                                                                                              \
        .str = GH_STR_INIT(lit)                                                                                                    \
    }
#define U(n)                                                                                                                       \
    {                                                                                                                              \
        .u64 = (n)                                                                                                                 \
    }
#define L(list_)                                                                                                                   \
    {                                                                                                                              \
        .list = (list_), .n = sizeof(list_) / sizeof((list_)[0])                                                                   \
    }

static struct gh_snap_meta
meta_of(uint64_t generation, uint64_t base, bool is_overlay, bool is_credentials)
{
    struct gh_snap_meta meta = {.generation = generation,
        .base_generation = base,
        .made_ms = 1700000000123,
        .is_overlay = is_overlay,
        .is_credentials = is_credentials};

    memcpy(meta.installation, home, sizeof(home));
    return meta;
}

static struct gh_snap_writer *
writer(struct gh_arena *a, struct gh_snap_meta meta)
{
    struct gh_snap_writer *w;

    assert_int_equal(gh_snap_writer_new(&w, a, &meta), GH_OK);
    return w;
}

static struct gh_str
finish(struct gh_snap_writer *w)
{
    struct gh_str file;

    assert_int_equal(gh_snap_finish(&file, w), GH_OK);
    return file;
}

static const struct gh_snap_file *
verify(struct gh_arena *a, struct gh_str bytes)
{
    struct gh_snap_file *file;
    struct gh_err err = {0};
    enum gh_rc rc = gh_snap_verify(&file, a, bytes, home, &err);

    if (rc != GH_OK)
        fail_msg("verify: %d at %u: %s", (int)rc, err.at, err.what);
    return file;
}

/* A base with something in each kind of field. */
static enum gh_rc
put_golden(struct gh_snap_writer *w)
{
    static const struct gh_str audiences[] = {GH_STR_INIT("api://one"), GH_STR_INIT("api://two")}, names[] = {GH_STR_INIT("echo")};
    static const struct gh_snap_value grants[] = {S("/roleAssignments/a"), S("/workspaces/demo"), S("role-1"), U(0), U(0), S(""),
        S("/roleAssignments/b"), S("/workspaces/demo"), S("role-2"), U(5), U(9), S("")};
    const struct gh_snap_value endpoint[GH_ENDPOINT_N] = {U(1), L(audiences), U(1), U(0), U(4096), L(names)};
    const struct gh_snap_value assignment[GH_ASSIGNMENT_N] = {{.recs = grants, .n = 2}};
    const struct gh_snap_value identity[GH_IDENTITY_N] = {S("/identities/x"), U(1), S("user"), U(77)};
    const struct gh_snap_value deployment[GH_DEPLOYMENT_N] = {S(""), S("echo")};
    enum gh_rc rc;

    if ((rc = gh_snap_put(w, GH_SNAP_ENDPOINT, GH_STR("demo\0chat"), endpoint)) != GH_OK ||
        (rc = gh_snap_put(w, GH_SNAP_ASSIGNMENT, GH_STR("/identities/x"), assignment)) != GH_OK ||
        (rc = gh_snap_put(w, GH_SNAP_IDENTITY, GH_STR("/identities/x"), identity)) != GH_OK ||
        (rc = gh_snap_put(w, GH_SNAP_IDENTITY, GH_STR("gatehouse:x"), identity)) != GH_OK)
        return rc;
    return gh_snap_put(w, GH_SNAP_DEPLOYMENT, GH_STR("demo\0chat\0echo"), deployment);
}

static struct gh_str
golden(struct gh_arena *a)
{
    struct gh_snap_writer *w = writer(a, meta_of(7, 7, false, false));

    assert_int_equal(put_golden(w), GH_OK);
    return finish(w);
}

#define assert_str(s, lit) assert_true(gh_str_eq(s, GH_STR(lit)))

static void
reads_what_was_written(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_snap snap;
    struct gh_snap_rec r, g;

    (void)state;
    assert_int_equal(gh_snap_join(&snap, verify(&a, golden(&a)), NULL), GH_OK);
    assert_int_equal(gh_snap_file_meta(snap.base)->generation, 7);
    assert_true(gh_snap_find_v(&r, &snap, GH_SNAP_ENDPOINT, (const struct gh_str[]){GH_STR("demo"), GH_STR("chat")}, 2));
    assert_int_equal(gh_snap_u64(&r, GH_ENDPOINT_ENABLED), 1);
    assert_int_equal(gh_snap_u64(&r, GH_ENDPOINT_MAX_BODY_BYTES), 4096);
    assert_int_equal(gh_snap_count(&r, GH_ENDPOINT_AUDIENCES), 2);
    assert_str(gh_snap_item(&r, GH_ENDPOINT_AUDIENCES, 1), "api://two");
    assert_int_equal(gh_snap_item(&r, GH_ENDPOINT_AUDIENCES, 2).n, 0);
    assert_str(gh_snap_item(&r, GH_ENDPOINT_DEPLOYMENTS, 0), "echo");
    assert_true(gh_snap_find(&r, &snap, GH_SNAP_ASSIGNMENT, GH_STR("/identities/x")));
    assert_int_equal(gh_snap_count(&r, GH_ASSIGNMENT_GRANTS), 2);
    g = gh_snap_row(&r, GH_ASSIGNMENT_GRANTS, 1);
    assert_str(gh_snap_str(&g, GH_GRANT_ID), "/roleAssignments/b");
    assert_str(gh_snap_str(&g, GH_GRANT_SCOPE), "/workspaces/demo");
    assert_int_equal(gh_snap_u64(&g, GH_GRANT_END_MS), 9);
    assert_null(gh_snap_row(&r, GH_ASSIGNMENT_GRANTS, 2).row);
    assert_true(gh_snap_find(&r, &snap, GH_SNAP_DEPLOYMENT, GH_STR("demo\0chat\0echo")));
    assert_int_equal(gh_snap_str(&r, GH_DEPLOYMENT_MODEL).n, 0);
    assert_str(gh_snap_str(&r, GH_DEPLOYMENT_BACKEND), "echo");
    gh_arena_fini(&a);
}

static void
misuse_reads_empty(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_snap snap = {verify(&a, golden(&a)), NULL};
    struct gh_snap_rec r, none = {NULL, NULL, GH_SNAP_ENDPOINT};

    (void)state;
    assert_true(gh_snap_find(&r, &snap, GH_SNAP_IDENTITY, GH_STR("gatehouse:x")));
    assert_int_equal(gh_snap_u64(&r, GH_IDENTITY_PATH), 0);
    assert_int_equal(gh_snap_str(&r, GH_IDENTITY_FLAGS).n, 0);
    assert_int_equal(gh_snap_str(&r, 99).n, 0);
    assert_int_equal(gh_snap_count(&r, GH_IDENTITY_KIND), 0);
    assert_int_equal(gh_snap_u64(&none, GH_ENDPOINT_ENABLED), 0);
    gh_arena_fini(&a);
}

static void
absent_keys(void **state)
{
    static const struct {
        const char *name;
        struct gh_str parts[3];
        size_t n;
    } rows[] = {
        {"empty", {GH_STR_INIT("")}, 1},
        {"prefix", {GH_STR_INIT("demo")}, 1},
        {"other", {GH_STR_INIT("demo"), GH_STR_INIT("chat2")}, 2},
        {"one part with NUL is not two parts", {GH_STR_INIT("demo\0chat")}, 1},
        {"empty second", {GH_STR_INIT("demo"), GH_STR_INIT("")}, 2},
        {"third", {GH_STR_INIT("demo"), GH_STR_INIT("chat"), GH_STR_INIT("")}, 3},
    };
    struct gh_arena a = gh_test_arena();
    struct gh_snap snap = {verify(&a, golden(&a)), NULL};
    char *longest = gh_arena_take(&a, 20000);
    struct gh_snap_rec r;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (gh_snap_find_v(&r, &snap, GH_SNAP_ENDPOINT, rows[i].parts, rows[i].n) || r.row != NULL)
            fail_msg("%s: found", rows[i].name);
    memset(longest, 'x', 20000);
    assert_false(gh_snap_find_v(&r, &snap, GH_SNAP_ENDPOINT, (const struct gh_str[]){gh_str(longest, 20000), GH_STR("x")}, 2));
    assert_false(gh_snap_find(&r, &snap, GH_SNAP_ENDPOINT, gh_str(longest, 20000)));
    gh_arena_fini(&a);
}

/* ---- overlay ---- */

static struct gh_snap
with_overlay(struct gh_arena *a)
{
    const struct gh_snap_value changed[GH_IDENTITY_N] = {S("/identities/x"), U(0), S("user"), U(99)};
    const struct gh_snap_value revoked[GH_REVOKED_N] = {U(123)};
    struct gh_snap_writer *w = writer(a, meta_of(8, 7, true, false));
    struct gh_snap snap;

    assert_int_equal(gh_snap_put(w, GH_SNAP_IDENTITY, GH_STR("gatehouse:x"), changed), GH_OK);
    assert_int_equal(gh_snap_put(w, GH_SNAP_IDENTITY, GH_STR("gatehouse:new"), changed), GH_OK);
    assert_int_equal(gh_snap_put(w, GH_SNAP_IDENTITY, GH_STR("/identities/x"), NULL), GH_OK);
    assert_int_equal(gh_snap_put(w, GH_SNAP_IDENTITY, GH_STR("/identities/never"), NULL), GH_OK);
    assert_int_equal(gh_snap_put(w, GH_SNAP_REVOKED, GH_STR("iss\0jti"), revoked), GH_OK);
    assert_int_equal(gh_snap_join(&snap, verify(a, golden(a)), verify(a, finish(w))), GH_OK);
    return snap;
}

static void
overlay_replaces_and_removes(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_snap snap = with_overlay(&a);
    struct gh_snap_rec r;

    (void)state;
    assert_true(gh_snap_find(&r, &snap, GH_SNAP_IDENTITY, GH_STR("gatehouse:x")));
    assert_int_equal(gh_snap_u64(&r, GH_IDENTITY_VALID_FROM_MS), 99);
    assert_false(gh_snap_find(&r, &snap, GH_SNAP_IDENTITY, GH_STR("/identities/x")));
    assert_null(r.row);
    assert_true(gh_snap_find(&r, &snap, GH_SNAP_IDENTITY, GH_STR("gatehouse:new")));
    assert_true(gh_snap_find(&r, &snap, GH_SNAP_REVOKED, GH_STR("iss\0jti")));
    assert_true(gh_snap_find(&r, &snap, GH_SNAP_ENDPOINT, GH_STR("demo\0chat")));
    gh_arena_fini(&a);
}

static void
each_row_once(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_snap snap = with_overlay(&a);
    struct gh_snap_rec r;
    struct gh_str key;
    size_t it = 0, n = 0;

    (void)state;
    for (; gh_snap_each(&r, &key, &it, &snap, GH_SNAP_IDENTITY); n++)
        assert_true(gh_str_eq(key, GH_STR("gatehouse:x")) || gh_str_eq(key, GH_STR("gatehouse:new")));
    assert_int_equal(n, 2);
    it = 0;
    assert_true(gh_snap_each(&r, NULL, &it, &snap, GH_SNAP_ENDPOINT));
    assert_false(gh_snap_each(&r, NULL, &it, &snap, GH_SNAP_ENDPOINT));
    it = 0;
    assert_false(gh_snap_each(&r, NULL, &it, &snap, GH_SNAP_ROLE));
    gh_arena_fini(&a);
}

static void
only_what_belongs_together(void **state)
{
    struct gh_arena a = gh_test_arena();
    const struct gh_snap_file *base = verify(&a, golden(&a));
    const struct gh_snap_file *right = verify(&a, finish(writer(&a, meta_of(8, 7, true, false))));
    const struct gh_snap_file *wrong = verify(&a, finish(writer(&a, meta_of(8, 6, true, false))));
    struct gh_snap_file *foreign;
    struct gh_snap_meta meta = meta_of(8, 7, true, false);
    struct gh_snap snap;

    (void)state;
    memcpy(meta.installation, other, sizeof(other));
    assert_int_equal(gh_snap_verify(&foreign, &a, finish(writer(&a, meta)), NULL, NULL), GH_OK);
    assert_int_equal(gh_snap_join(&snap, base, right), GH_OK);
    assert_int_equal(gh_snap_join(&snap, base, wrong), GH_BAD);
    assert_int_equal(gh_snap_join(&snap, base, foreign), GH_BAD);
    assert_int_equal(gh_snap_join(&snap, base, base), GH_BAD);
    assert_int_equal(gh_snap_join(&snap, right, NULL), GH_BAD);
    assert_int_equal(gh_snap_join(&snap, NULL, right), GH_BAD);
    assert_null(snap.base);
    gh_arena_fini(&a);
}

/* ---- the writer refuses ---- */

static void
writer_refuses(void **state)
{
    static const struct gh_snap_value workspace[GH_WORKSPACE_N] = {U(1)},
                                      credential[GH_CREDENTIAL_N] = {S("authorization"), S("x")}, grant[GH_GRANT_N] = {S("x")};
    static const struct {
        const char *name;
        bool is_overlay, is_credentials;
        enum gh_snap_section section;
        struct gh_str key;
        const struct gh_snap_value *values;
        enum gh_rc first, second; /* of the same put, twice */
    } rows[] = {
        {"a key twice", false, false, GH_SNAP_WORKSPACE, GH_STR_INIT("demo"), workspace, GH_OK, GH_BAD},
        {"a tombstone in a base", false, false, GH_SNAP_WORKSPACE, GH_STR_INIT("demo"), NULL, GH_BAD, GH_BAD},
        {"a tombstone twice", true, false, GH_SNAP_WORKSPACE, GH_STR_INIT("demo"), NULL, GH_OK, GH_BAD},
        {"an empty key", false, false, GH_SNAP_WORKSPACE, GH_STR_INIT(""), workspace, GH_BAD, GH_BAD},
        {"a credential in a base", false, false, GH_SNAP_CREDENTIAL, GH_STR_INIT("x"), credential, GH_BAD, GH_BAD},
        {"a credential in its file", false, true, GH_SNAP_CREDENTIAL, GH_STR_INIT("x"), credential, GH_OK, GH_BAD},
        {"a workspace in a credential file", false, true, GH_SNAP_WORKSPACE, GH_STR_INIT("x"), workspace, GH_BAD, GH_BAD},
        {"an inner section", false, false, GH_SNAP_GRANT, GH_STR_INIT("x"), grant, GH_BAD, GH_BAD},
        {"no section", false, false, GH_SNAP_NONE, GH_STR_INIT("x"), grant, GH_BAD, GH_BAD},
        {"behind the last section", false, false, GH_SNAP_SECTION_COUNT, GH_STR_INIT("x"), grant, GH_BAD, GH_BAD},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct gh_arena a = gh_test_arena();
        uint64_t base = rows[i].is_overlay ? 1 : 2;
        struct gh_snap_writer *w = writer(&a, meta_of(2, base, rows[i].is_overlay, rows[i].is_credentials));
        enum gh_rc first = gh_snap_put(w, rows[i].section, rows[i].key, rows[i].values);
        enum gh_rc second = gh_snap_put(w, rows[i].section, rows[i].key, rows[i].values);
        struct gh_str file;

        if (first != rows[i].first || second != rows[i].second)
            fail_msg("%s: %d then %d", rows[i].name, (int)first, (int)second);
        assert_int_equal(gh_snap_finish(&file, w), GH_BAD); /* spoilt */
        gh_arena_fini(&a);
    }
}

static void
longest_key(void **state)
{
    static const struct gh_snap_value workspace[GH_WORKSPACE_N] = {U(1)};
    char key[GH_SNAP_KEY_BYTES_MAX + 1];
    struct gh_arena a = gh_test_arena();
    struct gh_snap_writer *w = writer(&a, meta_of(1, 1, false, false));
    struct gh_snap snap = {NULL, NULL};
    struct gh_snap_rec r;

    (void)state;
    memset(key, 'k', sizeof(key));
    assert_int_equal(gh_snap_put(w, GH_SNAP_WORKSPACE, gh_str(key, GH_SNAP_KEY_BYTES_MAX), workspace), GH_OK);
    snap.base = verify(&a, finish(w));
    assert_true(gh_snap_find(&r, &snap, GH_SNAP_WORKSPACE, gh_str(key, GH_SNAP_KEY_BYTES_MAX)));
    assert_int_equal(gh_snap_put(w, GH_SNAP_WORKSPACE, gh_str(key, GH_SNAP_KEY_BYTES_MAX + 1), workspace), GH_BAD);
    gh_arena_fini(&a);
}

/* ---- many rows ---- */

static struct gh_str
numbered(char mem[24], unsigned i)
{
    struct gh_buf b;

    gh_buf_init_fixed(&b, mem, 24);
    gh_buf_putz(&b, "gatehouse:");
    gh_buf_put_u64(&b, i);
    return gh_buf_str(&b);
}

static void
many_rows(void **state)
{
    enum { N = 20000 };
    struct gh_arena a = gh_test_arena();
    struct gh_snap_writer *w = writer(&a, meta_of(1, 1, false, false));
    struct gh_snap snap = {NULL, NULL};
    struct gh_snap_rec r;
    char mem[24];

    (void)state;
    for (unsigned i = 0; i < N; i++) {
        const struct gh_snap_value v[GH_IDENTITY_N] = {{.str = numbered(mem, i)}, U(1), S("user"), U(i)};

        assert_int_equal(gh_snap_put(w, GH_SNAP_IDENTITY, v[0].str, v), GH_OK);
    }
    snap.base = verify(&a, finish(w));
    for (unsigned i = 0; i < N; i++) {
        assert_true(gh_snap_find(&r, &snap, GH_SNAP_IDENTITY, numbered(mem, i)));
        assert_int_equal(gh_snap_u64(&r, GH_IDENTITY_VALID_FROM_MS), i);
        assert_true(gh_str_eq(gh_snap_str(&r, GH_IDENTITY_PATH), numbered(mem, i)));
        assert_str(gh_snap_str(&r, GH_IDENTITY_KIND), "user");
    }
    for (unsigned i = N; i < 2 * N; i++)
        assert_false(gh_snap_find(&r, &snap, GH_SNAP_IDENTITY, numbered(mem, i)));
    gh_arena_fini(&a);
}

/* SipHash-1-3 of 0, 1, ... under the key 00 01 .. 0f: vectors of its reference implementation. */
static void
long_hash_vectors(void **state)
{
    static const struct {
        size_t n;
        uint64_t want;
    } rows[] = {{0, 0xabac0158050fc4dc}, {1, 0xc9f49bf37d57ca93}, {2, 0x82cb9b024dc7d44d}, {3, 0x8bf80ab8e7ddf7fb},
        {4, 0xcf75576088d38328}};
    struct gh_snap_keys keys;
    uint8_t in[64];

    (void)state;
    for (uint8_t i = 0; i < 64; i++)
        in[i] = i;
    gh_snap_keys_make(&keys, in);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(gh_snap_hash_long(&keys, gh_str(in, rows[i].n)), rows[i].want);
}

/* The same sum, written down as UMAC's authors do: words of the padded text, then the length, then one more product. */
static uint64_t
plain_hash(const struct gh_snap_keys *k, const uint8_t *p, size_t n)
{
    uint64_t word[GH_SNAP_NH_BYTES / 8 + 2] = {0};
    size_t n_words = 0, at = 0;
    gh_snap_wide sum = 0;

    for (; n - at > 16; at += 8)
        memcpy(&word[n_words++], p + at, 8);
    if (n_words % 2 == 1) { /* pairs of words before the last sixteen bytes, which may begin inside a pair */
        memcpy(&word[n_words++], p + at, 8);
        at += 8;
    }
    if (n >= 16) {
        memcpy(&word[n_words], p + n - 16, 8);
        memcpy(&word[n_words + 1], p + n - 8, 8);
    } else {
        gh_snap_hash_short(&word[n_words], p, n);
    }
    for (size_t i = 0; i < n_words + 2; i += 2)
        sum += (gh_snap_wide)(word[i] + k->pair[i]) * (word[i + 1] + k->pair[i + 1]);
    sum += (gh_snap_wide)k->length[0] * n;
    sum = (gh_snap_wide)((uint64_t)sum + k->last[0]) * ((uint64_t)(sum >> 64) + k->last[1]);
    return (uint64_t)sum ^ (uint64_t)(sum >> 64);
}

/* Of texts of each length; and each bit of each counts: another bit, or a byte more, is another hash. */
static void
hash_tells_texts_apart(void **state)
{
    uint8_t seed[GH_SNAP_SEED_BYTES] = {1}, text[GH_SNAP_NH_BYTES + 4];
    struct gh_snap_keys keys;

    (void)state;
    gh_snap_keys_make(&keys, seed);
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (uint8_t)(i * 37 + 11);
    for (size_t n = 0; n <= sizeof(text); n++) {
        uint64_t whole = gh_snap_hash(&keys, gh_str(text, n));

        assert_true(n > GH_SNAP_NH_BYTES || whole == plain_hash(&keys, text, n));
        assert_true(n == 0 || whole != gh_snap_hash(&keys, gh_str(text, n - 1)));
        for (size_t bit = 0; bit < n * 8; bit++) {
            text[bit / 8] = (uint8_t)(text[bit / 8] ^ 1u << bit % 8);
            assert_true(whole != gh_snap_hash(&keys, gh_str(text, n)));
            text[bit / 8] = (uint8_t)(text[bit / 8] ^ 1u << bit % 8);
        }
    }
}

/* Names that differ little, as names do, under two seeds: no bit of the hash leans, and what collides under one does not under the other. */
static void
hash_spreads_names(void **state)
{
    enum { N = 20000 };
    static unsigned char low[2][1 << 16];
    uint8_t seed[GH_SNAP_SEED_BYTES] = {0};
    unsigned ones[64] = {0}, twice[2] = {0}, both = 0;
    char mem[32];

    (void)state;
    memset(low, 0, sizeof(low));
    for (unsigned i = 0; i < N; i++) {
        int n = snprintf(mem, sizeof(mem), "/groups/team-%u", i);
        bool is_taken[2];

        for (uint8_t s = 0; s < 2; s++) {
            struct gh_snap_keys keys;
            seed[0] = s;
            gh_snap_keys_make(&keys, seed);
            uint64_t hash = gh_snap_hash(&keys, gh_str(mem, (size_t)n));
            for (unsigned bit = 0; s == 0 && bit < 64; bit++)
                ones[bit] += (unsigned)(hash >> bit & 1);
            is_taken[s] = low[s][hash & 0xffff]++ > 0;
            twice[s] += is_taken[s];
        }
        both += is_taken[0] && is_taken[1];
    }
    for (unsigned bit = 0; bit < 64; bit++)
        assert_in_range(ones[bit], N / 2 - 500, N / 2 + 500); /* seven standard deviations */
    /* of 20,000 thrown into 65,536 places 2,763 fall on another */
    assert_in_range(twice[0], 2500, 3050);
    assert_in_range(twice[1], 2500, 3050);
    assert_in_range(both, 380, 620); /* 500 if they are independent */
}

/* ---- damage ---- */

static void
put_rec(struct gh_buf *out, const struct gh_snap_rec *r)
{
    const struct gh_snap_schema *schema = &gh_snap_schemas[r->section];

    for (unsigned f = 0; f < schema->n_fields; f++) {
        gh_buf_put_u64(out, gh_snap_u64(r, f));
        gh_buf_put(out, gh_snap_str(r, f));
        for (size_t i = 0; i < gh_snap_count(r, f); i++) {
            struct gh_snap_rec inner = gh_snap_row(r, f, i);

            gh_buf_put(out, gh_snap_item(r, f, i));
            for (unsigned g = 0; inner.row != NULL && g < GH_GRANT_N; g++) {
                gh_buf_put_u64(out, gh_snap_u64(&inner, g));
                gh_buf_put(out, gh_snap_str(&inner, g));
            }
        }
    }
}

static enum gh_rc
parse(struct gh_buf *meaning, struct gh_arena *a, struct gh_str in)
{
    struct gh_snap snap = {NULL, NULL};
    struct gh_snap_file *file;
    enum gh_rc rc = gh_snap_verify(&file, a, in, home, NULL);

    if (rc != GH_OK)
        return rc;
    snap.base = file;
    for (unsigned s = GH_SNAP_NONE + 1; s < GH_SNAP_SECTION_COUNT; s++) {
        struct gh_snap_rec r;
        struct gh_str key;

        for (size_t it = 0; gh_snap_each(&r, &key, &it, &snap, (enum gh_snap_section)s);) {
            gh_buf_put(meaning, key);
            put_rec(meaning, &r);
        }
    }
    return GH_OK;
}

static void
sweeps(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_str file = golden(&a);

    (void)state;
    gh_test_mangle(parse, file, true);
    gh_test_oom(parse, file);
    gh_test_page(parse, file);
    gh_arena_fini(&a);
}

/* The writer under failing memory: the input is only a reason to run. */
static enum gh_rc
write_golden(struct gh_buf *meaning, struct gh_arena *a, struct gh_str in)
{
    struct gh_snap_meta meta = meta_of(7, 7, false, false);
    struct gh_snap_writer *w;
    struct gh_str file;
    enum gh_rc rc;

    (void)in;
    if ((rc = gh_snap_writer_new(&w, a, &meta)) != GH_OK || (rc = put_golden(w)) != GH_OK ||
        (rc = gh_snap_finish(&file, w)) != GH_OK)
        return rc;
    gh_buf_put(meaning, file);
    return GH_OK;
}

static void
writer_without_memory(void **state)
{
    (void)state;
    gh_test_oom(write_golden, GH_STR("x"));
}

static void
foreign_files(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_str file = golden(&a);
    struct gh_snap_file *out;
    uint8_t *bytes = gh_arena_take(&a, file.n);

    (void)state;
    assert_int_equal(gh_snap_verify(&out, &a, file, other, NULL), GH_DOWN);
    assert_null(out);
    memcpy(bytes, file.p, file.n);
    bytes[72] ^= 1; /* digest of the tables */
    assert_true(gh_snap_reseal(bytes, file.n));
    assert_int_equal(gh_snap_verify(&out, &a, gh_str(bytes, file.n), home, NULL), GH_DOWN);
    assert_int_equal(gh_snap_verify(&out, &a, gh_str(bytes, GH_SNAP_BYTES_MAX + 1ul), home, NULL), GH_LIMIT);
    gh_arena_fini(&a);
}

/* Each byte of the golden file, set to values that break offsets, with the digests made right again: refused or harmless. */
static void
resealed_damage(void **state)
{
    static const uint8_t values[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
    struct gh_arena a = gh_test_arena();
    struct gh_str file = golden(&a);
    uint8_t *bytes = gh_arena_take(&a, file.n);

    (void)state;
    for (size_t at = 8; at < file.n; at++) {
        for (size_t v = 0; v < sizeof(values); v++) {
            struct gh_arena b = gh_test_arena();
            struct gh_buf meaning;

            memcpy(bytes, file.p, file.n);
            bytes[at] = values[v];
            (void)gh_snap_reseal(bytes, file.n);
            gh_buf_init(&meaning, &b, 1u << 20);
            if (parse(&meaning, &b, gh_str(bytes, file.n)) == GH_OK)
                assert_int_equal(meaning.rc, GH_OK);
            gh_arena_fini(&b);
        }
    }
    gh_arena_fini(&a);
}

static uint8_t *
section_of(uint8_t *file, enum gh_snap_section section, uint32_t *n_rows, uint32_t *n_slots)
{
    uint64_t at = GH_SNAP_SECTIONS_AT;

    for (unsigned s = GH_SNAP_NONE + 1;; s++) {
        uint8_t *entry = file + GH_SNAP_HEADER_BYTES + (s - 1) * GH_SNAP_ENTRY_BYTES;

        *n_rows = gh_snap_le32(entry);
        *n_slots = gh_snap_le32(entry + 4);
        if (s == (unsigned)section)
            return file + at;
        at += gh_snap_part_bytes((enum gh_snap_section)s, *n_rows, *n_slots, gh_snap_le32(entry + 8));
    }
}

/* Two rows with one list: each check of it would be paid again. */
static void
shared_lists(void **state)
{
    static const struct gh_str long_list[64] = {GH_STR_INIT("")};
    const struct gh_snap_value endpoint[GH_ENDPOINT_N] = {[GH_ENDPOINT_AUDIENCES] = L(long_list)};
    struct gh_arena a = gh_test_arena();
    struct gh_snap_writer *w = writer(&a, meta_of(7, 7, false, false));
    struct gh_snap_file *out;
    uint32_t n_rows, n_slots;
    struct gh_str file;
    uint8_t *row;

    (void)state;
    assert_int_equal(gh_snap_put(w, GH_SNAP_ENDPOINT, GH_STR("a"), endpoint), GH_OK);
    file = finish(w);
    uint8_t *bytes = gh_arena_take(&a, file.n);
    memcpy(bytes, file.p, file.n);
    row = section_of(bytes, GH_SNAP_ENDPOINT, &n_rows, &n_slots) + GH_SNAP_ROW_HEAD_BYTES;
    memcpy(row + 8 * GH_ENDPOINT_DEPLOYMENTS, row + 8 * GH_ENDPOINT_AUDIENCES, 8);
    assert_true(gh_snap_reseal(bytes, file.n));
    assert_int_equal(gh_snap_verify(&out, &a, gh_str(bytes, file.n), home, NULL), GH_BAD);
    gh_arena_fini(&a);
}

/* Named lies of a file whose digests are right. `at` counts from the section's first row. */
static void
resealed_lies(void **state)
{
    static const struct {
        const char *name;
        enum gh_snap_section section;
        size_t at;
        uint32_t value;
    } rows[] = {
        {"key behind the heap", GH_SNAP_IDENTITY, 0, 0x7fffffff},
        {"key without length", GH_SNAP_IDENTITY, 4, 0},
        {"tombstone in a base", GH_SNAP_IDENTITY, 4, 13 | 1 << 16},
        {"unknown flag", GH_SNAP_IDENTITY, 4, 13 | 2 << 16},
        {"string behind the heap", GH_SNAP_IDENTITY, 8, 0x7fffffff},
        {"string longer than the heap", GH_SNAP_IDENTITY, 12, 0xffffffff},
        {"list behind the heap", GH_SNAP_ENDPOINT, 16, 0xfffffff0},
        {"list longer than the heap", GH_SNAP_ENDPOINT, 20, 0x20000000},
        {"grants behind the last", GH_SNAP_ASSIGNMENT, 8, 3},
        {"more grants than there are", GH_SNAP_ASSIGNMENT, 12, 3},
        {"grant with a key", GH_SNAP_GRANT, 4, 1},
    };
    struct gh_arena a = gh_test_arena();
    struct gh_str file = golden(&a);
    uint8_t *bytes = gh_arena_take(&a, file.n), *p;
    struct gh_snap_file *out;
    uint32_t n_rows, n_slots;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        memcpy(bytes, file.p, file.n);
        p = section_of(bytes, rows[i].section, &n_rows, &n_slots) + rows[i].at;
        for (size_t b = 0; b < 4; b++)
            p[b] = (uint8_t)(rows[i].value >> (8 * b));
        assert_true(gh_snap_reseal(bytes, file.n));
        if (gh_snap_verify(&out, &a, gh_str(bytes, file.n), home, NULL) != GH_BAD)
            fail_msg("%s: believed", rows[i].name);
    }
    for (uint8_t number = 0; number < 3; number++) { /* every slot the same: none of a row, one too often, of no row */
        memcpy(bytes, file.p, file.n);
        p = section_of(bytes, GH_SNAP_ENDPOINT, &n_rows, &n_slots) + n_rows * gh_snap_row_bytes(GH_SNAP_ENDPOINT);
        assert_int_equal(n_rows, 1);
        for (size_t s = 0; s < n_slots; s++)
            p[4 * s] = number;
        assert_true(gh_snap_reseal(bytes, file.n));
        assert_int_equal(gh_snap_verify(&out, &a, gh_str(bytes, file.n), home, NULL), GH_BAD);
    }
    gh_arena_fini(&a);
}

/* ---- current ---- */

static void
current_round_trip(void **state)
{
    struct gh_snap_current in = {.base_generation = 1,
                               .overlay_generation = 2,
                               .credentials_generation = 3,
                               .now_ms = 1700000000123},
                           out;
    uint8_t bytes[GH_SNAP_CURRENT_BYTES];

    (void)state;
    memcpy(in.installation, home, sizeof(home));
    gh_snap_current_put(bytes, &in);
    assert_int_equal(gh_snap_current_read(&out, gh_str(bytes, sizeof(bytes))), GH_OK);
    assert_memory_equal(&in, &out, sizeof(in));
    for (size_t bit = 0; bit < 8 * sizeof(bytes); bit++) {
        bytes[bit / 8] = (uint8_t)(bytes[bit / 8] ^ 1u << bit % 8);
        assert_int_equal(gh_snap_current_read(&out, gh_str(bytes, sizeof(bytes))), GH_BAD);
        assert_int_equal(out.base_generation, 0);
        bytes[bit / 8] = (uint8_t)(bytes[bit / 8] ^ 1u << bit % 8);
    }
    for (size_t n = 0; n < sizeof(bytes); n++)
        assert_int_equal(gh_snap_current_read(&out, gh_str(bytes, n)), GH_BAD);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_was_written),
        cmocka_unit_test(misuse_reads_empty),
        cmocka_unit_test(absent_keys),
        cmocka_unit_test(overlay_replaces_and_removes),
        cmocka_unit_test(each_row_once),
        cmocka_unit_test(only_what_belongs_together),
        cmocka_unit_test(writer_refuses),
        cmocka_unit_test(longest_key),
        cmocka_unit_test(many_rows),
        cmocka_unit_test(long_hash_vectors),
        cmocka_unit_test(hash_tells_texts_apart),
        cmocka_unit_test(hash_spreads_names),
        cmocka_unit_test(sweeps),
        cmocka_unit_test(writer_without_memory),
        cmocka_unit_test(foreign_files),
        cmocka_unit_test(resealed_damage),
        cmocka_unit_test(resealed_lies),
        cmocka_unit_test(shared_lists),
        cmocka_unit_test(current_round_trip),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
