/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shield/words: what was written oddly is mended, where the lexicon knows the word that is meant. A word that the lexicon does not
 * know in any reading stays as it is, so that ordinary text passes unchanged.
 */
#include "shield/words_int.h"

#include "shield/fold.h"

#define RUN_MAX   GH_WORDS_SEGMENT_MAX
#define PIECE_MAX 16 /* longest word that a run is cut into               */
#define PARTS_MAX 3  /* pieces of one word                                */

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

        to[i] = unleet(raw[i], is_open && (choice >> *n_choices & 1) != 0);
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

    for (unsigned choice = 0; choice < 1u << (n_choices < 4 ? n_choices : 4) || choice == 0; choice++) {
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
    w->count[GH_WORDS_LEET]++;
}

/* ---- letters apart ---- */

/* Cost of a piece: known words are cheap, the more frequent the cheaper; a single unknown letter is dear. */
static uint32_t
piece_cost(const struct gh_lexicon *l, const char *p, size_t n)
{
    uint32_t v = gh_lexicon_find(l, gh_lexicon_hash(p, n, 0), GH_LEXICON_WORD);

    if (v == 0)
        return n == 1 ? 40 : UINT32_MAX / 4;
    return 26 - (v >> 8 & 15) + (n == 1 ? 12 : 0) + (n == 2 ? 3 : 0);
}

/* Goes on from the best reading of the letters before p, of cost `cost`, with each word that may be next; of equal ones the later begun stays. */
static void
try_pieces(const struct gh_lexicon *l, const char *p, size_t n, uint32_t cost, uint32_t *costs, uint16_t *from, uint16_t at)
{
    for (size_t m = n < PIECE_MAX ? n : PIECE_MAX; m > 0; m--) {
        uint32_t c = cost + piece_cost(l, p, m);

        if (c <= costs[m]) {
            costs[m] = c;
            from[m] = at;
        }
    }
}

size_t
gh_words_segment(const struct gh_lexicon *l, const char *p, size_t n, uint16_t *ends)
{
    uint32_t cost[RUN_MAX + 1];
    uint16_t from[RUN_MAX + 1];
    size_t k = 0;

    for (size_t i = 0; i <= n; i++)
        cost[i] = i == 0 ? 0 : UINT32_MAX / 2;
    for (size_t i = 0; i < n; i++)
        try_pieces(l, p + i, n - i, cost[i], cost + i, from + i, (uint16_t)i);
    for (size_t i = n; i > 0; i = from[i])
        ends[k++] = (uint16_t)i;
    for (size_t i = 0; i < k / 2; i++) {
        uint16_t t = ends[i];
        ends[i] = ends[k - 1 - i];
        ends[k - 1 - i] = t;
    }
    return k;
}

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
    n_ends = n <= PIECE_MAX && piece_cost(l, letters, n) < 40 ? 1 : gh_words_segment(l, letters, n, ends);
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

/* A run of single letters, words[i, i + n): wider gaps part words, the lexicon parts the rest. Writes at most n words. */
static uint32_t
mend_run(const struct gh_lexicon *l, struct gh_words *w, struct gh_word *out, const struct gh_word *run, size_t n)
{
    struct gh_word copy[RUN_MAX];
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

/* ---- one word in pieces, scrambled, misspelt ---- */

static bool
is_odd(const struct gh_word *x)
{
    return x->frequency == 0 && x->concept == 0 && (x->flags & (GH_WORD_IDEO | GH_WORD_DIGITS | GH_WORD_LONG)) == 0;
}

/* Letters from p, which may be read 8 bytes beyond, to where 8 bytes beyond may be written. */
static inline void
copy_letters(char *to, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i += 8)
        memcpy(to + i, p + i, 8);
}

/* "ign ore", "ig-\nnore": unknown pieces that are a known idea together. How many words it takes, 0: none. */
static uint32_t
mend_parts(const struct gh_lexicon *l, struct gh_words *w, uint32_t i)
{
    char pad[GH_WORD_LETTERS_MAX + 16];
    struct gh_word *x = &w->word[i];
    size_t n = 0;

    for (uint32_t k = 1; k < PARTS_MAX && i + k < w->n; k++) {
        const struct gh_word *y = &w->word[i + k];
        uint32_t v;

        if ((y->flags & (GH_WORD_IDEO | GH_WORD_DIGITS)) != 0 || (k == 1 ? x->n : n) + y->n > GH_WORD_LETTERS_MAX ||
            y->script != x->script || y->at - w->word[i + k - 1].end > 3)
            return 0;
        if (k == 1)
            copy_letters(pad, w->text + x->text, n = x->n);
        copy_letters(pad + n, w->text + y->text, y->n);
        n += y->n;
        if (n < 5)
            continue;
        v = gh_lexicon_find(l, gh_lexicon_hash(pad, n, x->script), GH_LEXICON_WORD);
        if ((uint8_t)v == 0)
            continue;
        x->text = gh_words_put_text(w, pad, n);
        x->n = (uint8_t)n;
        x->end = y->end;
        x->after = y->after;
        x->flags |= GH_WORD_MENDED;
        gh_words_look_up(l, w, x);
        w->count[GH_WORDS_JOINED]++;
        return k + 1;
    }
    return 0;
}

static bool
replace(const struct gh_lexicon *l, struct gh_words *w, struct gh_word *x, const char *p, size_t n)
{
    x->text = gh_words_put_text(w, p, n);
    x->n = (uint8_t)n;
    x->script = 0;
    x->flags |= GH_WORD_MENDED;
    gh_words_look_up(l, w, x);
    w->count[GH_WORDS_JUMBLED]++;
    return true;
}

static bool
replace_by(const struct gh_lexicon *l, struct gh_words *w, struct gh_word *x, uint32_t v)
{
    uint32_t at = v >> 6, n = v & 63;

    if (v == 0 || n == 0 || n > GH_WORD_LETTERS_MAX || at > l->n_texts || n > l->n_texts - at)
        return false;
    return replace(l, w, x, l->texts + at, n);
}

/* "ignoooore": runs of one letter are one or two of it. */
static bool
mend_repeats(const struct gh_lexicon *l, struct gh_words *w, struct gh_word *x)
{
    const char *p = w->text + x->text;

    for (size_t keep = 1; keep <= 2; keep++) {
        char pad[GH_WORD_LETTERS_MAX + 8];
        size_t n = 0, run = 0;

        for (size_t i = 0; i < x->n; i++) {
            run = i > 0 && p[i] == p[i - 1] ? run + 1 : 0;
            pad[n] = p[i];
            n += run < keep;
        }
        if (n == x->n)
            return false;
        if (n >= 3 && (uint8_t)gh_lexicon_find(l, gh_lexicon_hash(pad, n, x->script), GH_LEXICON_WORD) != 0)
            return replace(l, w, x, pad, n);
    }
    return false;
}

/* The first n of eight letters, and the rest of them one place nearer, `next` behind the last. */
static inline uint64_t
without(uint64_t letters, uint64_t next, size_t n)
{
    uint64_t before = (UINT64_C(1) << 8 * n) - 1;

    return (letters & before) | ((letters >> 8 | next << 56) & ~before);
}

/* One letter too many, too few, or another one; 6 to 16 letters. */
static bool
mend_slip(const struct gh_lexicon *l, struct gh_words *w, struct gh_word *x)
{
    char pad[24];
    uint64_t letters[2] = {0, 0}, less[2];
    size_t n = x->n - 1u;

    if (replace_by(l, w, x, gh_lexicon_find(l, gh_lexicon_hash(w->text + x->text, x->n, 0), GH_LEXICON_LACKS)))
        return true;
    copy_letters((char *)letters, w->text + x->text, x->n);
    letters[1] = x->n > 8 ? gh_lexicon_first(letters[1], x->n - 8u) : 0;
    letters[0] = gh_lexicon_first(letters[0], x->n);
    for (size_t skip = 0; skip <= n; skip++) {
        uint32_t h, v;

        less[0] = skip < 8 ? without(letters[0], letters[1], skip) : letters[0];
        less[1] = skip < 8 ? letters[1] >> 8 : without(letters[1], 0, skip - 8);
        h = n <= 8 ? gh_lexicon_hash8(less[0], n, 0) : gh_lexicon_hash16(less[0], less[1], n, 0);
        v = gh_lexicon_find(l, h, GH_LEXICON_LACKS);
        if (v != 0 && (v & 63) == x->n && replace_by(l, w, x, v))
            return true;
        v = gh_lexicon_find(l, h, GH_LEXICON_WORD);
        if ((uint8_t)v != 0) {
            memcpy(pad, less, 16);
            return replace(l, w, x, pad, n);
        }
    }
    return false;
}

static void
mend_one(const struct gh_lexicon *l, struct gh_words *w, struct gh_word *x)
{
    if (mend_repeats(l, w, x) || x->n < 4 || x->script != 0)
        return;
    if (replace_by(l, w, x, gh_lexicon_find(l, gh_lexicon_jumble(w->text + x->text, x->n), GH_LEXICON_JUMBLE)))
        return;
    if (x->n >= 6 && x->n <= 16)
        (void)mend_slip(l, w, x);
}

static void
mend_odd(const struct gh_lexicon *l, struct gh_words *w)
{
    uint32_t to = 0;

    for (uint32_t i = 0; i < w->n;) {
        uint32_t took = 1;

        if (is_odd(&w->word[i])) {
            w->count[GH_WORDS_UNKNOWN]++;
            took = mend_parts(l, w, i);
            if (took == 0 && w->word[i].n >= 4)
                mend_one(l, w, &w->word[i]);
            took += took == 0;
        }
        if (to != i)
            w->word[to] = w->word[i];
        to++;
        i += took;
    }
    w->n = to;
}

/* ---- ideas of several words, or of several letters of a script without spaces ---- */

static void
find_phrases(const struct gh_lexicon *l, struct gh_words *w)
{
    for (uint32_t i = 1; i < w->n; i++) {
        uint32_t h = gh_lexicon_pair(w->word[i - 1].hash, w->word[i].hash), v;
        uint32_t longest = (w->word[i].flags & GH_WORD_IDEO) != 0 ? 8 : 4;

        if (!gh_lexicon_gate(l->pair_gate, h))
            continue;
        for (uint32_t k = 2; k <= longest && k <= i + 1; k++) {
            if (k > 2)
                h = gh_lexicon_pair(w->word[i + 1 - k].hash, h);
            if ((v = gh_lexicon_find(l, h, GH_LEXICON_PHRASE)) != 0)
            w->word[i].concept = (uint8_t)v;
        }
    }
}

void
gh_words_mend(const struct gh_lexicon *l, struct gh_words *w)
{
    if (l->slots == NULL)
        return;
    if (w->has_apart)
        mend_letters_apart(l, w);
    mend_odd(l, w);
    find_phrases(l, w);
}
