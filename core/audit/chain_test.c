/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include "audit/chain.h"
#include "sign.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define TIME         1700000000123

static const uint8_t home[16] = "installation-one", other[16] = "installation-two";

enum { N = 12, HEAD_EVERY = 4 };

/* A chain as it is stored: entries with their hashes, heads at their places, and what an auditor keeps elsewhere. */
struct stored {
    struct gh_arena arena;
    EVP_PKEY *signer;
    struct gh_pubkey *key;
    struct {
        uint64_t n;
        struct gh_str record;
        uint8_t hash[GH_SHA256_BYTES];
    } entry[N];
    size_t n_entries;
    struct gh_chain_head head[N];
    size_t n_heads;
};

static struct gh_chain_head
sign_head(struct stored *s, const struct gh_chain_state *state)
{
    struct gh_chain_head h = {.n = state->n, .time_ms = TIME + (int64_t)state->n};
    char mem[128];
    struct gh_buf b;

    memcpy(h.installation, state->installation, sizeof(h.installation));
    memcpy(h.hash, state->hash, sizeof(h.hash));
    gh_buf_init_fixed(&b, mem, sizeof(mem));
    gh_chain_head_bytes(&b, &h);
    h.sig = gh_test_sign(&s->arena, s->signer, gh_buf_str(&b));
    assert_int_equal(h.sig.n, 64);
    return h;
}

static struct gh_str
record(struct gh_arena *a, uint64_t n, const char *detail)
{
    struct gh_record_writer w;
    struct gh_str out;

    gh_record_begin(&w, gh_arena_take(a, GH_RECORD_BYTES_MAX), GH_RECORD_ADMIN, 1, n, TIME);
    gh_record_text(&w, GH_FIELD_DETAIL, gh_str_z(detail));
    assert_int_equal(gh_record_end(&out, &w), GH_OK);
    return out;
}

/* Hashes and heads over the records that stand there, under the signer at hand: what the writer does, and what a forger can redo. */
static void
seal(struct stored *s)
{
    struct gh_chain_state state;

    s->n_heads = 0;
    assert_int_equal(gh_chain_init(&state, home), GH_OK);
    for (size_t i = 0; i < s->n_entries; i++) {
        assert_int_equal(gh_chain_add(&state, s->entry[i].record), GH_OK);
        s->entry[i].n = state.n;
        memcpy(s->entry[i].hash, state.hash, sizeof(state.hash));
        if (state.n % HEAD_EVERY == 0)
            s->head[s->n_heads++] = sign_head(s, &state);
    }
}

static void
make(struct stored *s)
{
    memset(s, 0, sizeof(*s));
    s->arena = gh_test_arena();
    assert_non_null(s->signer = gh_test_key_new());
    assert_int_equal(gh_pubkey_read_der(&s->key, gh_test_spki(&s->arena, s->signer), NULL), GH_OK);
    for (s->n_entries = 0; s->n_entries < N; s->n_entries++)
        s->entry[s->n_entries].record = record(&s->arena, s->n_entries, "as it was");
    seal(s);
}

static void
drop(struct stored *s)
{
    EVP_PKEY_free(s->signer);
    gh_pubkey_free(s->key);
    gh_arena_fini(&s->arena);
}

/* What `audit verify` does. */
static struct gh_chain_check
verify(const struct stored *s, const struct gh_pubkey *key, const struct gh_chain_head *pin)
{
    struct gh_chain_check c;
    const uint8_t *hash_at = NULL;
    size_t head = 0;

    assert_int_equal(gh_chain_check_init(&c, home), GH_OK);
    for (size_t i = 0; i < s->n_entries; i++) {
        gh_chain_check_entry(&c, s->entry[i].n, s->entry[i].record, s->entry[i].hash);
        for (; head < s->n_heads && s->head[head].n <= s->entry[i].n; head++)
            gh_chain_check_head(&c, &s->head[head], key);
        if (pin != NULL && s->entry[i].n == pin->n)
            hash_at = s->entry[i].hash;
    }
    for (; head < s->n_heads; head++)
        gh_chain_check_head(&c, &s->head[head], key);
    if (pin != NULL)
        gh_chain_check_pin(&c, pin, hash_at, key);
    if (key != NULL)
        gh_chain_check_end(&c);
    return c;
}

/* ---- what a forger does, and what he has ---- */

static void
nothing(struct stored *s)
{
    (void)s;
}

static void
edit(struct stored *s)
{
    s->entry[5].record = record(&s->arena, 5, "as it never was");
}

static void
edit_hash(struct stored *s)
{
    s->entry[5].hash[0] ^= 1;
}

static void
delete_one(struct stored *s)
{
    memmove(&s->entry[5], &s->entry[6], (N - 6) * sizeof(s->entry[0]));
    s->n_entries--;
}

static void
delete_and_renumber(struct stored *s)
{
    delete_one(s);
    for (size_t i = 0; i < s->n_entries; i++)
        s->entry[i].n = i + 1;
}

static void
swap(struct stored *s)
{
    struct gh_str t = s->entry[5].record;

    s->entry[5].record = s->entry[6].record;
    s->entry[6].record = t;
}

static void
reorder(struct stored *s)
{
    __typeof__(s->entry[0]) t = s->entry[5];

    s->entry[5] = s->entry[6];
    s->entry[6] = t;
}

static void
repeat(struct stored *s)
{
    s->entry[6] = s->entry[5];
}

static void
insert(struct stored *s)
{
    memmove(&s->entry[6], &s->entry[5], (N - 6) * sizeof(s->entry[0]));
    s->entry[5].record = record(&s->arena, 99, "slipped in");
}

static void
rehash_after_edit(struct stored *s) /* without the signing key: the heads stay */
{
    struct gh_chain_head heads[N];
    size_t n = s->n_heads;

    memcpy(heads, s->head, sizeof(heads));
    edit(s);
    seal(s);
    memcpy(s->head, heads, sizeof(heads));
    s->n_heads = n;
}

static void
truncate_clean(struct stored *s) /* the last records, and the heads over them */
{
    s->n_entries = 8;
    s->n_heads = 2;
}

static void
truncate_records(struct stored *s)
{
    s->n_entries = 8;
}

static void
truncate_to_nothing(struct stored *s)
{
    s->n_entries = 0;
    s->n_heads = 0;
}

static void
drop_heads(struct stored *s)
{
    s->n_heads = 0;
}

static void
move_head(struct stored *s)
{
    s->head[1].n--;
}

static void
head_of_another_installation(struct stored *s)
{
    memcpy(s->head[1].installation, other, sizeof(other));
}

static void
resign(struct stored *s) /* everything made again, under a key of his own */
{
    EVP_PKEY_free(s->signer);
    s->signer = gh_test_key_new();
    edit(s);
    seal(s);
}

static void
old_copy(struct stored *s) /* as the store was earlier: genuine, and short */
{
    truncate_clean(s);
}

enum { NO_PIN, KEY, HEAD, BOTH, N_PINS };

/* T tampered, I intact as far as can be seen, U undecided: without a pin, with the key, with the last head, with both. */
static const struct {
    const char *name;
    void (*forge)(struct stored *);
    const char *want;
    uint64_t bad_n; /* where it shows in every T of the row; 0: not checked */
} rows[] = {
    {"nothing", nothing, "IIII", 0},
    {"edit", edit, "TTTT", 6},
    {"edit a hash", edit_hash, "TTTT", 6},
    {"delete", delete_one, "TTTT", 6},
    {"delete and renumber", delete_and_renumber, "TTTT", 6},
    {"swap two records", swap, "TTTT", 6},
    {"reorder two entries", reorder, "TTTT", 6},
    {"repeat", repeat, "TTTT", 6},
    {"insert", insert, "TTTT", 6},
    {"edit and hash again", rehash_after_edit, "TTTT", 8},
    {"cut the end", truncate_clean, "IITT", 9},
    {"cut the records, not the heads", truncate_records, "TTTT", 9},
    {"cut all", truncate_to_nothing, "IUTT", 1},
    {"take the heads away", drop_heads, "IUII", 0},
    {"move a head", move_head, "TTTT", 7},
    {"head of another installation", head_of_another_installation, "TTTT", 8},
    {"sign again", resign, "ITTT", 0},
    {"old copy", old_copy, "IITT", 9},
};

static void
forgeries_under_pins(void **state)
{
    static const char letters[] = {[GH_CHAIN_INTACT] = 'I', [GH_CHAIN_TAMPERED] = 'T', [GH_CHAIN_UNDECIDED] = 'U'};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct stored s;
        struct gh_chain_head last;

        make(&s);
        last = s.head[s.n_heads - 1];
        rows[i].forge(&s);
        for (unsigned pin = NO_PIN; pin < N_PINS; pin++) {
            struct gh_chain_check c = verify(&s, pin == KEY || pin == BOTH ? s.key : NULL, pin >= HEAD ? &last : NULL);

            if (letters[c.result] != rows[i].want[pin] || (c.why == NULL) != (c.result == GH_CHAIN_INTACT))
                fail_msg("%s, pin %u: %c at %llu: %s", rows[i].name, pin, letters[c.result], (unsigned long long)c.bad_n,
                    c.why == NULL ? "" : c.why);
            if (c.result == GH_CHAIN_TAMPERED && rows[i].bad_n != 0 && c.bad_n != rows[i].bad_n)
                fail_msg("%s, pin %u: found at %llu: %s", rows[i].name, pin, (unsigned long long)c.bad_n, c.why);
        }
        drop(&s);
    }
}

static void
says_which_end_is_pinned(void **state)
{
    struct gh_chain_check c;
    struct stored s;

    (void)state;
    make(&s);
    c = verify(&s, NULL, NULL);
    assert_false(c.is_key_pinned || c.is_head_pinned);
    assert_int_equal(c.last_head_n, N);
    c = verify(&s, s.key, &s.head[1]);
    assert_true(c.is_key_pinned && c.is_head_pinned);
    assert_int_equal(c.state.n, N);
    drop(&s);
}

static void
a_wrong_pin_is_undecided(void **state)
{
    struct gh_chain_check c;
    struct gh_chain_head pin;
    struct stored s;

    (void)state;
    make(&s);
    pin = s.head[1];
    memcpy(pin.installation, other, sizeof(other));
    c = verify(&s, NULL, &pin);
    assert_int_equal(c.result, GH_CHAIN_UNDECIDED);
    pin = s.head[1];
    pin.time_ms++;
    c = verify(&s, s.key, &pin);
    assert_int_equal(c.result, GH_CHAIN_UNDECIDED);
    drop(&s);
}

/* An export that begins later: its beginning is believed, the rest is checked. */
static void
from_the_middle(void **state)
{
    struct gh_chain_check c;
    struct stored s;

    (void)state;
    make(&s);
    assert_int_equal(gh_chain_check_init(&c, home), GH_OK);
    c.state.n = s.entry[4].n;
    memcpy(c.state.hash, s.entry[4].hash, sizeof(c.state.hash));
    for (size_t i = 5; i < N; i++)
        gh_chain_check_entry(&c, s.entry[i].n, s.entry[i].record, s.entry[i].hash);
    assert_int_equal(c.result, GH_CHAIN_INTACT);
    gh_chain_check_pin(&c, &s.head[0], NULL, s.key); /* a head before the first record */
    assert_int_equal(c.result, GH_CHAIN_UNDECIDED);
    drop(&s);
}

/* Computed apart, from the description in chain.h, with Python's hashlib. */
static void
known_hashes(void **state)
{
    static const struct {
        const char *hash;
        struct gh_str next; /* record that is added behind it */
    } known[] = {
        {"\x0e\x5b\x60\xb1\x0b\x60\xe4\x48\x8e\xb4\xc8\x65\xbc\x30\x8f\xae\x9c\xb9\x45\xc6\xa1\x46\xe6\xda\xee\x99\x40\x71\x43\x79"
         "\x1b\xff",
            GH_STR_INIT("record one")},
        {"\x2f\xf3\x72\x88\x39\x1a\x87\x25\x19\x44\xd3\x2b\xf1\x10\xaf\x88\x27\xc4\x31\x1c\xbe\x1c\xf6\xfa\x64\xd1\xe6\x36\x52\xd2"
         "\x77\x94",
            GH_STR_INIT("")},
        {"\xfa\x0b\x4d\x6f\x35\xa9\x1b\xc8\xff\x85\x63\x64\x4d\x37\xb7\x94\x36\x24\xa3\xfd\xff\xf5\x33\x73\x06\x01\x15\x88\x9e\xcc"
         "\xa9\xe7",
            GH_STR_INIT("")},
    };
    struct gh_chain_state s;

    (void)state;
    assert_int_equal(gh_chain_init(&s, home), GH_OK);
    for (size_t i = 0; i < COUNT(known); i++) {
        assert_int_equal(s.n, i);
        assert_memory_equal(s.hash, known[i].hash, sizeof(s.hash));
        assert_int_equal(gh_chain_add(&s, known[i].next), GH_OK);
    }
}

/* ---- heads as JSON ---- */

static enum gh_rc
parse(struct gh_buf *meaning, struct gh_arena *a, struct gh_str in)
{
    struct gh_chain_head h;
    enum gh_rc rc = gh_chain_head_read(&h, a, in, NULL);

    if (rc == GH_OK)
        gh_chain_head_json(meaning, &h);
    return rc;
}

static void
heads_as_json(void **state)
{
    struct gh_chain_head out;
    struct stored s;
    struct gh_buf b;

    (void)state;
    make(&s);
    gh_buf_init(&b, &s.arena, 4096);
    gh_chain_head_json(&b, &s.head[1]);
    assert_int_equal(gh_chain_head_read(&out, &s.arena, gh_buf_str(&b), NULL), GH_OK);
    assert_int_equal(gh_chain_head_verify(&out, s.key), GH_OK);
    assert_int_equal(out.n, s.head[1].n);
    gh_test_mangle(parse, gh_buf_str(&b), false);
    gh_test_oom(parse, gh_buf_str(&b));
    gh_test_page(parse, gh_buf_str(&b));
    drop(&s);
}

static void
heads_that_are_none(void **state)
{
#define ID   "\"installation\":\"000102030405060708090a0b0c0d0e0f\""
#define HASH "\"hash\":\"000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f\""
    static const char *const bad[] = {"", "[]", "{}", "{" ID "," HASH ",\"n\":1,\"time_ms\":1}",
        "{" ID "," HASH ",\"n\":1,\"time_ms\":1,\"signature\":\"\"}",
        "{" ID "," HASH ",\"n\":-1,\"time_ms\":1,\"signature\":\"AAAA\"}",
        "{" ID "," HASH ",\"n\":\"1\",\"time_ms\":1,\"signature\":\"AAAA\"}",
        "{" ID "," HASH ",\"n\":1,\"time_ms\":1,\"signature\":\"A\"}", "{" ID "," HASH ",\"n\":1,\"signature\":\"AAAA\"}",
        "{" ID ",\"hash\":\"00\",\"n\":1,\"time_ms\":1,\"signature\":\"AAAA\"}",
        "{" HASH ",\"n\":1,\"time_ms\":1,\"signature\":\"AAAA\"}"};
    struct gh_arena a = gh_test_arena();
    struct gh_chain_head h;

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        if (gh_chain_head_read(&h, &a, gh_str_z(bad[i]), NULL) != GH_BAD)
            fail_msg("%s", bad[i]);
    assert_int_equal(
        gh_chain_head_read(&h, &a, GH_STR("{" ID "," HASH ",\"n\":1,\"time_ms\":1,\"signature\":\"AAAA\"}"), NULL), GH_OK);
    gh_arena_fini(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forgeries_under_pins),
        cmocka_unit_test(says_which_end_is_pinned),
        cmocka_unit_test(a_wrong_pin_is_undecided),
        cmocka_unit_test(from_the_middle),
        cmocka_unit_test(known_hashes),
        cmocka_unit_test(heads_as_json),
        cmocka_unit_test(heads_that_are_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
