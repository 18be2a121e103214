/* SPDX-License-Identifier: Apache-2.0 */
/* shield/rotate: runs of words that nobody knows, until they are rotated (all 25 ways), mirrored (Atbash) or read backwards. */
#include "shield/decode.h"

#define RUN_MIN  3  /* words of a run                                       */
#define LOOK_MAX 16 /* words of a run by which its reading is chosen        */
#define RUNS_MAX 6  /* runs of one piece that are looked at                 */
#define READINGS 28 /* as it stands, 25 rotations, Atbash, backwards        */
enum { ATBASH = 26, BACKWARDS = 27 };

#define ONES UINT64_C(0x0101010101010101)

/* Eight letters in one reading; what is none of a to z stays. */
static inline uint64_t
turn(uint64_t v, unsigned reading)
{
    uint64_t low = v & 0x7f * ONES;
    uint64_t is = (low + (0x80 - 'a') * ONES) & ~(low + (0x7f - 'z') * ONES) & ~v & 0x80 * ONES;
    uint64_t letters = (is >> 7) * 0xff, a = 'a' * ONES & letters, k = (v & letters) - a; /* 0 to 25 */

    if (reading == ATBASH) {
        k = (25 * ONES & letters) - k;
    } else {
        k += reading * ONES & letters;
        k -= ((k + (0x80 - 26) * ONES) & is) / 0x80 * 26;
    }
    return (v & ~letters) | (k + a);
}

/* Up to eight letters backwards; 8 bytes can be read, what is behind them comes to be 0. */
static inline uint64_t
turn_around(uint64_t v, size_t n)
{
    return __builtin_bswap64(v) >> (64 - 8 * n);
}

/* The letters of a word, which can be read 8 bytes beyond, in one reading, with 0 behind them. */
static void
read_as(char *to, const char *p, size_t n, unsigned reading)
{
    uint64_t v;

    if (reading == BACKWARDS && n > 0 && n <= 8) {
        memcpy(&v, p, 8);
        v = turn_around(v, n);
        memcpy(to, &v, 8);
        memset(to + n, 0, 8);
        return;
    }
    for (size_t i = 0; i < n && reading == BACKWARDS; i++)
        to[i] = p[n - 1 - i];
    for (size_t i = 0; i < n && reading != BACKWARDS; i += 8) {
        memcpy(&v, p + i, 8);
        v = turn(v, reading);
        memcpy(to + i, &v, 8);
    }
    memset(to + n, 0, 8);
}

/* The hash of the word in one reading. */
static uint32_t
hash_as(const char *p, size_t n, unsigned reading)
{
    char pad[GH_WORD_LETTERS_MAX + 8];
    uint64_t v;

    if (n <= 8) {
        memcpy(&v, p, 8);
        v = reading == BACKWARDS ? turn_around(v, n) : gh_lexicon_first(turn(v, reading), n);
        return gh_lexicon_hash8(v, n, 0);
    }
    read_as(pad, p, n, reading);
    return gh_lexicon_hash(pad, n, 0);
}

/* How well known the words are in one reading. */
static uint32_t
known(const struct gh_lexicon *l, const struct gh_words *w, uint32_t from, uint32_t to, unsigned reading)
{
    uint32_t sum = 0;

    for (uint32_t i = from; i < to && i < from + LOOK_MAX; i++) {
        const struct gh_word *x = &w->word[i];

        if (x->n < 2)
            continue;
        if (gh_lexicon_find(l, hash_as(w->text + x->text, x->n, reading), GH_LEXICON_WORD) != 0)
            sum += x->n;
    }
    return sum;
}

static bool
is_strange(const struct gh_word *x)
{
    return ((x->frequency == 0 && x->concept == 0) || (x->flags & GH_WORD_MENDED) != 0) && x->n >= 3 && x->script == 0 &&
           (x->flags & (GH_WORD_DIGITS | GH_WORD_LONG)) == 0;
}

/* The end of the run of strange words that begins at i; one known word among three strange ones is chance, the second one too ("zoo" is "all"). */
static uint32_t
run_end(const struct gh_words *w, uint32_t i)
{
    const struct gh_word *const past = w->word + w->n, *last = w->word + i;
    uint32_t strange = 0, familiar = 0;

    for (const struct gh_word *x = last; x < past; x++) {
        if (is_strange(x)) {
            strange++;
            last = x;
        } else if (x->n >= 3 && ++familiar * 3 > strange + 2) {
            break;
        }
    }
    return strange >= RUN_MIN ? (uint32_t)(last - w->word) + 1 : i;
}

static void
put_words(struct gh_sink *out, const struct gh_words *w, uint32_t from, uint32_t to, unsigned reading)
{
    char pad[GH_WORD_LETTERS_MAX + 8];

    for (uint32_t i = from; i < to; i++) {
        const struct gh_word *x = &w->word[i];

        read_as(pad, w->text + x->text, x->n, reading);
        for (uint32_t k = 0; k < x->n; k++)
            gh_sink_put(out, pad[k], x->at, x->end);
        gh_sink_put(out, ' ', x->end, x->end);
    }
    gh_sink_part(out);
}

/* The whole run backwards: the last word first. */
static void
put_backwards(struct gh_sink *out, const struct gh_words *w, uint32_t from, uint32_t to)
{
    char pad[GH_WORD_LETTERS_MAX + 8];

    for (uint32_t i = to; i > from; i--) {
        const struct gh_word *x = &w->word[i - 1];

        read_as(pad, w->text + x->text, x->n, BACKWARDS);
        for (uint32_t k = 0; k < x->n; k++)
            gh_sink_put(out, pad[k], x->at, x->end);
        gh_sink_put(out, ' ', x->end, x->end);
    }
    gh_sink_part(out);
}

/* Words of a language that is written in Latin letters have three vowels among ten letters; rotated ones have other letters there. */
static bool
has_vowels(const struct gh_words *w, uint32_t from, uint32_t to)
{
    uint32_t vowels = 0, letters = 0;

    for (uint32_t i = from; i < to && i < from + LOOK_MAX; i++)
        for (uint32_t k = 0; k < w->word[i].n; k++) {
            char c = w->text[w->word[i].text + k];

            vowels += c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u';
            letters++;
        }
    return vowels * 10 >= letters * 3;
}

static void
put_run(struct gh_sink *rotated, struct gh_sink *reversed, const struct gh_lexicon *l, const struct gh_words *w, uint32_t from,
    uint32_t to)
{
    uint32_t letters = 0, best = 0, as_is = known(l, w, from, to, 0);
    unsigned reading = 0;

    for (uint32_t i = from; i < to && i < from + LOOK_MAX; i++)
        letters += w->word[i].n >= 2 ? w->word[i].n : 0;
    for (unsigned r = has_vowels(w, from, to) ? BACKWARDS : 1; r < READINGS; r++) {
        uint32_t k = known(l, w, from, to, r);

        if (k > best) {
            best = k;
            reading = r;
        }
    }
    if (best * 2 < letters || best < 8 || best <= as_is)
        return;
    if (reading != BACKWARDS) {
        put_words(rotated, w, from, to, reading);
        return;
    }
    put_words(reversed, w, from, to, BACKWARDS);
    put_backwards(reversed, w, from, to);
}

void
gh_decode_rotated(struct gh_sink *rotated, struct gh_sink *reversed, const struct gh_lexicon *l, const struct gh_words *w)
{
    uint32_t runs = 0;

    if (l->slots == NULL)
        return;
    for (uint32_t k = 0, next = 0; k < w->n_rare && runs < RUNS_MAX; k++) { /* who is strange is rare */
        uint32_t i = w->rare[k], end;

        if (i < next || !is_strange(&w->word[i]) || (end = run_end(w, i)) - i < RUN_MIN)
            continue;
        put_run(rotated, reversed, l, w, i, end);
        runs++;
        next = end + 1;
    }
}
