/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shield/words: what was written oddly is mended, where the lexicon knows the word that is meant. A word that the lexicon does not
 * know in any reading stays as it is, so that ordinary text passes unchanged.
 */
#include "shield/words_int.h"

#include "shield/fold.h"

#define RUN_MAX    GH_WORDS_SEGMENT_MAX
#define RUN_USUAL  24
#define CHOSEN_MAX 4 /* signs of a run that are tried as both of their letters: those behind are the first one */

/* ---- digits and signs for letters ---- */

/* What a digit or sign stands for: the first letter, and another one or the same. Capitals are signs that fold.h writes as such: E is the euro's. */
static const char leet[2][128] = {
    {['0'] = 'o',
        ['1'] = 'i',
        ['2'] = 'z',
        ['3'] = 'e',
        ['4'] = 'a',
        ['5'] = 's',
        ['6'] = 'g',
        ['7'] = 't',
        ['8'] = 'b',
        ['9'] = 'g',
        ['@'] = 'a',
        ['$'] = 's',
        ['!'] = 'i',
        ['|'] = 'l',
        ['+'] = 't',
        ['('] = 'c',
        ['E'] = 'e',
        ['L'] = 'l',
        ['Y'] = 'y',
        ['C'] = 'c'},
    {['0'] = 'o',
        ['1'] = 'l',
        ['2'] = 'z',
        ['3'] = 'e',
        ['4'] = 'a',
        ['5'] = 's',
        ['6'] = 'b',
        ['7'] = 't',
        ['8'] = 'b',
        ['9'] = 'g',
        ['@'] = 'a',
        ['$'] = 's',
        ['!'] = 'l',
        ['|'] = 'i',
        ['+'] = 't',
        ['('] = 'c',
        ['E'] = 'e',
        ['L'] = 'l',
        ['Y'] = 'y',
        ['C'] = 'c'},
};

static inline char
unleet(char c, bool is_second)
{
    char as = (uint8_t)c < 128 ? leet[is_second][(uint8_t)c] : '\0';

    return as != '\0' ? as : c;
}

/* The run as letters; bit k of `choice` is for the k-th sign that stands for two. How many signs were taken for letters, or 0 if
 * something else is among them. *n_choices: how many there are to choose. */
static size_t
unleet_all(char *to, size_t *n_choices, const char *raw, size_t n, unsigned choice)
{
    size_t changed = 0;

    *n_choices = 0;
    for (size_t i = 0; i < n; i++) {
        bool is_open = unleet(raw[i], true) != unleet(raw[i], false);

        to[i] = unleet(raw[i], is_open && *n_choices < CHOSEN_MAX && (choice >> *n_choices & 1) != 0);
        *n_choices += is_open;
        if (to[i] < 'a' || to[i] > 'z')
            return 0;
        changed += to[i] != raw[i];
    }
    return changed;
}

/* The known word that `raw` is in one of its readings, in `pad`; false: none. */
static bool
find_unleet(char pad[GH_WORD_LETTERS_MAX + 8], const struct gh_lexicon *l, const char *raw, size_t n)
{
    size_t n_choices = 0;

    for (unsigned choice = 0; choice < 1u << (n_choices < CHOSEN_MAX ? n_choices : CHOSEN_MAX) || choice == 0; choice++) {
        memset(pad, 0, GH_WORD_LETTERS_MAX + 8);
        if (unleet_all(pad, &n_choices, raw, n, choice) == 0)
            return false;
        if (gh_lexicon_find(l, gh_lexicon_hash(pad, n, 0), GH_LEXICON_WORD) != 0)
            return true;
    }
    return false;
}

void
gh_words_mend_leet(
    const struct gh_lexicon *l, struct gh_words *w, uint32_t first, const char *raw, size_t n, uint32_t at, uint32_t end)
{
    static const char around[] = "\"'([{<*_.,:;-?)]}>";
    char pad[GH_WORD_LETTERS_MAX + 8];
    size_t back = 0;

    for (; n > 0 && memchr(around, raw[0], sizeof around - 1) != NULL; n--)
        raw++, at++;
    for (; n > 0 && memchr(around, raw[n - 1], sizeof around - 1) != NULL; n--)
        back++;
    if (n > GH_WORD_LETTERS_MAX || n < 3)
        return;
    if (!find_unleet(pad, l, raw, n)) {
        if (raw[n - 1] != '!' || n < 4 || !find_unleet(pad, l, raw, --n)) /* the last sign may be a sign after all */
            return;
        back++;
    }
    if (first >= w->cap)
        return;
    struct gh_word x = first < w->n ? w->word[first] : (struct gh_word){0};
    x.text = gh_words_put_text(w, pad, n);
    x.n = (uint8_t)n;
    x.script = 0;
    x.at = at;
    x.end = end > back ? end - (uint32_t)back : end;
    x.flags = (uint8_t)((x.flags & (GH_WORD_START | GH_WORD_LINE)) | GH_WORD_MENDED);
    gh_words_look_up(l, w, &x);
    w->word[first] = x;
    w->n = first + 1;
    while (w->n_rare > 0 && w->rare[w->n_rare - 1] >= first)
        w->n_rare--;
    gh_words_note_rare(w, first); /* as all that was mended */
    w->count[GH_WORDS_LEET]++;
}

/* ---- letters apart ---- */

static bool
is_single(const struct gh_word *x)
{
    return x->n == 1 && (x->flags & GH_WORD_IDEO) == 0;
}

/* The distance at which letters of one word stand: the least one of the run. */
static uint32_t
usual_gap(const struct gh_word *x, size_t n)
{
    uint32_t gap = UINT32_MAX;

    for (size_t i = 1; i < n; i++)
        if (x[i].at - x[i - 1].end < gap)
            gap = x[i].at - x[i - 1].end;
    return gap;
}

/* Letters [from, to) of the run as words to `out`; how many words. */
static uint32_t
put_pieces(const struct gh_lexicon *l, struct gh_words *w, struct gh_word *out, const struct gh_word *x, size_t n)
{
    char letters[RUN_MAX + 8];
    uint16_t ends[RUN_MAX];
    uint32_t k = 0;
    size_t from = 0, n_ends;

    for (size_t i = 0; i < n; i++)
        letters[i] = unleet(w->text[x[i].text], false);
    memset(letters + n, 0, 8);
    n_ends = n <= GH_WORDS_PIECE_MAX && gh_lexicon_find(l, gh_lexicon_hash(letters, n, 0), GH_LEXICON_WORD) != 0
                 ? 1
                 : gh_words_segment(l, letters, n, ends);
    if (n_ends == 1)
        ends[0] = (uint16_t)n;
    for (size_t i = 0; i < n_ends; from = ends[i++]) {
        struct gh_word y = x[from];

        y.n = (uint8_t)(ends[i] - from);
        y.end = x[ends[i] - 1].end;
        y.after = x[ends[i] - 1].after;
        y.script = 0;
        for (size_t m = from; m < ends[i]; m++)
            y.script = x[m].script != 0 ? x[m].script : y.script;
        if (y.n > GH_WORD_LETTERS_MAX)
            y.n = GH_WORD_LETTERS_MAX;
        y.text = gh_words_put_text(w, letters + from, y.n);
        y.flags = (uint8_t)((y.flags & (GH_WORD_START | GH_WORD_LINE)) | GH_WORD_MENDED);
        if (i > 0)
            y.flags &= (uint8_t) ~(GH_WORD_START | GH_WORD_LINE);
        gh_words_look_up(l, w, &y);
        out[k++] = y;
    }
    return k;
}

/* Most of the letters are in words that somebody knows. */
static bool
is_sense(const struct gh_word *x, uint32_t n, size_t letters)
{
    size_t known = 0;

    for (uint32_t i = 0; i < n; i++)
        known += x[i].n >= 3 && (x[i].frequency != 0 || x[i].concept != 0) ? x[i].n : 0;
    return known * 2 >= letters;
}

/* A run of single letters, words[i, i + n): wider gaps part words, the lexicon parts the rest. Writes at most n words; `copy` has room for as many. */
static uint32_t
mend_run_by(
    const struct gh_lexicon *l, struct gh_words *w, struct gh_word *out, const struct gh_word *run, size_t n, struct gh_word *copy)
{
    uint32_t gap = usual_gap(run, n), k = 0;
    size_t from = 0;

    memcpy(copy, run, n * sizeof *run);
    for (size_t i = 1; i <= n; i++)
        if (i == n || copy[i].at - copy[i - 1].end > gap) {
            k += put_pieces(l, w, out + k, copy + from, i - from);
            from = i;
        }
    if (!is_sense(out, k, n)) { /* "a[i] * b[j]" is none */
        memcpy(out, copy, n * sizeof *run);
        return (uint32_t)n;
    }
    w->count[GH_WORDS_JOINED]++;
    return k;
}

static uint32_t __attribute__((noinline))
mend_long_run(const struct gh_lexicon *l, struct gh_words *w, struct gh_word *out, const struct gh_word *run, size_t n)
{
    struct gh_word copy[RUN_MAX];

    return mend_run_by(l, w, out, run, n, copy);
}

/* Most are short: the memory of long ones, which is cleared, costs more than all the rest. */
static uint32_t
mend_run(const struct gh_lexicon *l, struct gh_words *w, struct gh_word *out, const struct gh_word *run, size_t n)
{
    struct gh_word copy[RUN_USUAL];

    return n > RUN_USUAL ? mend_long_run(l, w, out, run, n) : mend_run_by(l, w, out, run, n, copy);
}

static bool
is_mostly_letters(const struct gh_word *x, uint32_t n)
{
    uint32_t letters = 0;

    for (uint32_t i = 0; i < n; i++)
        letters += (x[i].flags & GH_WORD_DIGITS) == 0;
    return letters * 3 >= n * 2;
}

static void
mend_letters_apart(const struct gh_lexicon *l, struct gh_words *w)
{
    uint32_t to = 0;

    for (uint32_t i = 0; i < w->n;) {
        uint32_t n = 0;

        while (i + n < w->n && n < RUN_MAX && is_single(&w->word[i + n]) &&
               (n == 0 || w->word[i + n].at - w->word[i + n - 1].end <= 8))
            n++;
        if (n >= GH_WORDS_APART && is_mostly_letters(&w->word[i], n)) {
            to += mend_run(l, w, &w->word[to], &w->word[i], n);
            i += n;
            continue;
        }
        if (to != i)
            w->word[to] = w->word[i];
        to++;
        i++;
    }
    w->n = to;
}

/* ---- ideas of several words, or of several letters of a script without spaces ---- */

/* The longest phrase that ends with word i: `h` is of its last two words. By a call: the gate lets few pairs through. */
static __attribute__((noinline)) void
find_phrase(const struct gh_lexicon *l, struct gh_words *w, uint32_t i, uint32_t h)
{
    struct gh_word *x = &w->word[i];
    uint32_t longest = (x->flags & GH_WORD_IDEO) != 0 ? 8 : 4, key = gh_lexicon_key(h, GH_LEXICON_PHRASE), v;

    longest = longest <= i + 1 ? longest : i + 1;
    for (uint32_t k = 2; k <= longest; k++) {
        v = gh_lexicon_may_have(l, key) ? gh_lexicon_under(l, key) : 0;
        x->concept = v != 0 ? (uint8_t)v : x->concept;
        h = gh_lexicon_pair(w->word[k < longest ? i - k : i].hash, h);
        key = gh_lexicon_key(h, GH_LEXICON_PHRASE);
    }
}

static void
find_phrases(const struct gh_lexicon *l, struct gh_words *w)
{
    const struct gh_word *const first = w->word, *const end = first + w->n;
    const uint8_t *const gate = l->pair_gate;
    const uint32_t mask = l->pair_mask;
    uint32_t before = w->n > 0 ? first->hash : 0;

    for (const struct gh_word *x = first + 1; x < end; x++) {
        uint32_t h = gh_lexicon_pair(before, x->hash);

        before = x->hash;
        if (gh_lexicon_bit(gate, h & mask))
            find_phrase(l, w, (uint32_t)(x - first), h);
    }
}

/* The rare words anew. */
static void
list_rare(struct gh_words *w)
{
    const struct gh_word *word = w->word;
    uint32_t *rare = w->rare, count = w->n, n = 0;

    for (uint32_t i = 0; i < count; i++) {
        rare[n] = i;
        n += word[i].plain != GH_WORD_PLAIN;
    }
    w->n_rare = n;
}

void
gh_words_mend(const struct gh_lexicon *l, struct gh_words *w)
{
    if (l->slots != NULL && w->has_apart) {
        mend_letters_apart(l, w);
        list_rare(w);
    }
    if (l->slots != NULL) {
        gh_words_mend_odd(l, w);
        find_phrases(l, w);
    }
}
