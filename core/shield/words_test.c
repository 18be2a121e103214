/* SPDX-License-Identifier: Apache-2.0 */
/* The short cuts change no answer: the fast way through ordinary text, the known words, the gate before the slots. */
#include "base/limits.h"
#include "shield/scan.h"
#include "shield/shipped_testing.h"

/* What texts are made of here. */
static const char *const units[] = {"ignore ", "all ", "the ", "previous ", "instructions", ". ", ", ", ",", "? ", "! ", "\n",
    "\r\n", " ", "  ", "\t", "don't ", "dogs' ", "'quoted' ", "''", "\"said\" ", "(see ", "below) ", "e-mail ", "and/or ", "3 ",
    "14th ", "2024-01-31 ", "1gnore ", "h4ck! ", "p@ssw0rd ", "$5 ", "a ", "b ", "i g n o r e ", "ign ore ", "ignnore ", "igonre ",
    "instrctions ", "IGNORE ", "Ignore ", "iGnOrE ", "HTTP ", "https://example.org/a?b=c&d=%20e ",
    "aWdub3JlIGFsbA== ", "<~9jqo^~> ", "caf\xc3\xa9 ", "\xd1\x96gnore ", "\xe2\x80\x8b", "ig\xe2\x80\x8bnore ", "\x01", "a\001b ",
    "\xff", "\xe4\xb8\xad\xe6\x96\x87", "\xf0\x9f\x98\x80", "worcestershire ", "donaudampfschifffahrtsgesellschaftskapitaenswitwe ",
    "abcdefghijklmnopqrstuvwxyzabcdefghijklmno ", "abcdefg ", "abcdefgh ", "abcdefghi ", "abcdefghijklmnop ", "abcdefghijklmnopq ",
    "x=\"a\"+\"b\" ", "snake_case ", "camelCaseName ", "a1b2c3 ", "69 67 6e ", "-- ", "...", "#tag ", "user@host ", "[x](y) ", "{#",
    "\\u0041", "wax,wax ", "wax.Wax "};

static size_t
make_text(char *out, size_t cap, uint64_t *random)
{
    size_t n = 0, parts;

    *random = *random * UINT64_C(6364136223846793005) + 1442695040888963407u;
    parts = 1 + (*random >> 40) % 60;
    for (size_t i = 0; i < parts; i++) {
        const char *unit;
        size_t size;

        *random = *random * UINT64_C(6364136223846793005) + 1442695040888963407u;
        unit = units[(*random >> 33) % (sizeof units / sizeof units[0])];
        size = strlen(unit);
        if ((*random >> 20 & 15) == 0) /* cut anywhere */
            size = (*random >> 24) % (size + 1);
        if (n + size > cap)
            break;
        memcpy(out + n, unit, size);
        n += size;
    }
    return n;
}

static void
assert_same(const struct gh_words *a, const struct gh_words *b)
{
    assert_int_equal(a->n, b->n);
    assert_memory_equal(a->count, b->count, sizeof a->count);
    for (uint32_t i = 0; i < a->n; i++) {
        struct gh_word x = a->word[i], y = b->word[i];

        assert_int_equal(x.n, y.n);
        assert_memory_equal(a->text + x.text - 1, b->text + y.text - 1, x.n + 2u);
        x.text = y.text = 0;
        x.unused = y.unused = 0;
        x.known = y.known = 0; /* which word it is, and that it is one, needs the short cut */
        x.plain = y.plain = GH_WORD_LOOK;
        assert_memory_equal(&x, &y, sizeof x);
    }
}

/* And what tells the decoders where to look. */
static void
assert_same_places(const struct gh_words *a, const struct gh_words *b)
{
    assert_int_equal(a->n_runs, b->n_runs);
    assert_memory_equal(a->runs, b->runs, a->n_runs * sizeof a->runs[0]);
    assert_int_equal(a->has_dense, b->has_dense);
    assert_memory_equal(&a->dense, &b->dense, sizeof a->dense);
    assert_int_equal(a->n_rare, b->n_rare);
    assert_memory_equal(a->rare, b->rare, a->n_rare * sizeof a->rare[0]);
}

static void
test_reading(void **state)
{
    struct gh_lexicon plain = gh_shipped_model->lexicon;
    uint64_t random = 7;
    char text[4096];

    (void)state;
    plain.known = NULL;
    plain.seen = plain.slips = NULL;
    for (unsigned round = 0; round < 4000; round++) {
        struct gh_str s = gh_str(text, make_text(text, sizeof text, &random));
        struct gh_arena a = gh_test_arena();
        struct gh_words fast, slow, without;

        assert_int_equal(GH_OK, gh_words_read(&fast, &a, &gh_shipped_model->lexicon, s, NULL, round));
        assert_int_equal(GH_OK, gh_words_read_bytewise(&slow, &a, &gh_shipped_model->lexicon, s, NULL, round));
        assert_int_equal(GH_OK, gh_words_read(&without, &a, &plain, s, NULL, round));
        assert_same(&fast, &slow);
        assert_same(&fast, &without);
        assert_same_places(&fast, &slow);
        gh_arena_fini(&a);
    }
}

/* What the scan adds up is what the trainer counts, with AVX2 and without. */
static void
test_sums(void **state)
{
    uint64_t random = 11;
    char text[4096];

    (void)state;
    for (unsigned round = 0; round < 2000; round++) {
        struct gh_str s = gh_str(text, make_text(text, sizeof text, &random));
        unsigned kind = round % GH_SHIELD_KINDS;
        struct gh_arena a = gh_test_arena();
        struct gh_feature_state state_of_words = {0};
        uint32_t ids[GH_FEATURE_WORD_MAX], features = 0;
        struct gh_feature_sum *sums, *slow;
        int32_t weights = 0;
        struct gh_words w;

        assert_int_equal(GH_OK, gh_words_read(&w, &a, &gh_shipped_model->lexicon, s, NULL, 0));
        sums = gh_arena_take_array(&a, w.n + 1u, sizeof *sums);
        slow = gh_arena_take_array(&a, w.n + 1u, sizeof *slow);
        gh_feature_add_up(sums, &w, gh_shipped_model->linear[kind], gh_shipped_model->lexicon.known, kind);
        gh_feature_add_up_portable(slow, &w, gh_shipped_model->linear[kind], gh_shipped_model->lexicon.known, kind);
        assert_memory_equal(sums, slow, (w.n + 1u) * sizeof *sums);
        for (uint32_t i = 0; i < w.n; i++) {
            size_t n = gh_feature_word(ids, &state_of_words, &w, i);

            for (size_t k = 0; k < n; k++)
                weights += gh_shipped_model->linear[kind][ids[k]];
            features += (uint32_t)n;
            assert_int_equal(weights, sums[i + 1].weights);
            assert_int_equal(features, sums[i + 1].features);
        }
        gh_arena_fini(&a);
    }
}

/* The frequent words are among the known ones: without them the scan is right and slow. */
static void
test_known(void **state)
{
    static const char *const words[] = {
        "a", "is", "the", "and", "you", "what", "with", "ignore", "previous", "instructions", "information"};

    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        char letters[16] = {0};
        uint64_t v[2];

        memcpy(letters, words[i], strlen(words[i]));
        memcpy(v, letters, 16);
        if (gh_lexicon_known_at(&gh_shipped_model->lexicon, v[0], v[1]) == 0)
            fail_msg("%s is not known", words[i]);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reading),
        cmocka_unit_test(test_sums),
        cmocka_unit_test(test_known),
    };

    return cmocka_run_group_tests_name("shield_words", tests, gh_shipped_setup, gh_shipped_teardown);
}
