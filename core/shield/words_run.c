/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shield/words: ordinary ASCII text, a run without spaces at a time and its letters eight at a time. It gives what words.c gives byte after
 * byte; a run that it cannot read (other bytes, control characters, words too long) is left to words.c as if it had not been looked at.
 */
#include "shield/words_letters.h"

// clang-format off
#define L GH_KIND_LETTER
#define D (GH_KIND_DIGIT | GH_KIND_ODD)
#define S GH_KIND_SIGN
const uint8_t gh_words_kinds[256] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, GH_KIND_SPACE, GH_KIND_LINE, GH_KIND_LINE, GH_KIND_LINE, GH_KIND_LINE, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    GH_KIND_SPACE, S | GH_KIND_STARTS | GH_KIND_ODD, S, S | GH_KIND_ODD, S | GH_KIND_ODD, S, S, S | GH_KIND_QUOTE, S | GH_KIND_ODD, S, S, S | GH_KIND_ODD, S, S, S | GH_KIND_STARTS, S,
    D, D, D, D, D, D, D, D, D, D, S | GH_KIND_STARTS, S | GH_KIND_STARTS, S, S, S, S | GH_KIND_STARTS,
    S | GH_KIND_ODD, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, S, S, S, S, S,
    S, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, S, S | GH_KIND_ODD, S, S, 0,
};
#undef L
#undef D
#undef S
// clang-format on

/* The run that is being read, and what was there before it. */
struct run {
    size_t i;       /* the byte that is next              */
    uint32_t n_raw; /* letters, digits and signs so far   */
    bool has_letter, has_odd, is_open;
    bool has_other, is_apart; /* a sign that stands for no letter behind a word; and a word behind that: nothing here is one word */
};

static inline uint8_t
kind_at(const struct gh_words_reader *r, size_t i)
{
    return i < r->n ? gh_words_kinds[r->p[i]] : 0;
}

static inline uint64_t
eight_at(const struct gh_words_reader *r, size_t i)
{
    uint64_t v = 0;

    if (r->n - i >= 8)
        memcpy(&v, r->p + i, 8);
    else
        for (size_t k = 0; k < r->n - i; k++)
            v |= (uint64_t)r->p[i + k] << 8 * k;
    return v;
}

/* The word whose n folded letters stand at the end of the text, from byte `at` to `end`: all but what is known of it. */
static inline struct gh_word *
put_word(struct gh_words_reader *r, size_t at, size_t end, uint32_t n, uint8_t flags)
{
    struct gh_words *w = r->w;
    struct gh_word *x = &w->word[w->n++];
    char *letters = w->text + w->n_text + 1;

    letters[-1] = ' ';
    memset(letters + n, ' ', 8);
    x->at = gh_words_source(r, (uint32_t)at);
    x->end = gh_words_source_end(r, (uint32_t)end);
    x->text = w->n_text + 1;
    x->before = (uint16_t)(r->n_signs > 0 ? r->signs | 1 : 0);
    x->n = (uint8_t)n;
    x->flags = (uint8_t)(r->flags | flags);
    x->after = x->script = 0;
    w->n_text += n + 1;
    r->signs = r->n_signs = r->flags = 0;
    gh_words_note_single(r, n == 1);
    return x;
}

/* Whatever word was put last. */
static void
look_up(struct gh_words_reader *r, struct gh_word *x)
{
    gh_words_look_up(r->lexicon, r->w, x);
    if (x->plain != GH_WORD_PLAIN)
        gh_words_note_rare(r->w, r->w->n - 1);
}

/* The same of one of at most GH_WORDS_PLAIN_MAX letters and nothing else. */
static inline void
look_up_letters(struct gh_words_reader *r, struct gh_word *x, const struct gh_words_letters *word)
{
    const struct gh_lexicon *l = r->lexicon;
    const struct gh_lexicon_known *known = gh_words_known_of(l->known, word);

    gh_words_take_known(x, known, (uint32_t)(known - l->known));
    if (known->plain == GH_WORD_PLAIN)
        return;
    if (known == l->known)
        gh_words_take_unknown(x, l, r->w->text + x->text, word->first, word->next);
    gh_words_note_rare(r->w, r->w->n - 1);
}

static inline bool
has_room(const struct gh_words *w)
{
    return w->cap_text - w->n_text >= GH_WORD_LETTERS_MAX + 24 && w->n < w->cap;
}

static inline void
put_sign(struct gh_words_reader *r, uint8_t c)
{
    if ((gh_words_kinds[c] & GH_KIND_STARTS) != 0)
        r->flags |= GH_WORD_START;
    if (r->n_signs < 4) {
        r->signs = (r->signs * 37 + c) & 0xffff;
        r->n_signs++;
    }
    r->w->count[GH_WORDS_SIGNS]++;
    gh_words_note_sign(r->w, c);
}

/* A word of at most GH_WORDS_PLAIN_MAX letters and nothing else, as most are. False: it is another one. */
static inline bool
read_letters(struct gh_words_reader *r, struct run *run)
{
    struct gh_words_letters word;

    if (r->n - run->i < GH_WORDS_PLAIN_ROOM || r->lexicon->known == NULL)
        return false;
    word = gh_words_sixteen_at(r->p + run->i);
    if (word.n - 1 >= GH_WORDS_PLAIN_MAX || (gh_words_kinds[r->p[run->i + word.n]] & (GH_KIND_DIGIT | GH_KIND_QUOTE)) != 0)
        return false;
    gh_words_put_sixteen(r->w->text + r->w->n_text + 1, &word);
    look_up_letters(r, put_word(r, run->i, run->i + word.n, word.n, gh_words_are_capitals(&word) ? GH_WORD_CAPS : 0), &word);
    run->i += word.n;
    run->n_raw += word.n;
    run->has_letter = run->is_open = true;
    run->is_apart |= run->has_other;
    r->w->count[GH_WORDS_LETTERS] += word.n;
    return true;
}

/* Letters and digits, and apostrophes within. False: no such word is read here. */
static bool
read_word(struct gh_words_reader *r, struct run *run)
{
    char *to = r->w->text + r->w->n_text + 1;
    size_t at = run->i, i = at, end = at;
    uint32_t n = 0, n_letters = 0, k;
    bool has_lower = false;
    uint64_t v;

    if (!has_room(r->w))
        return false;
    if (read_letters(r, run))
        return true;
    for (uint8_t kind = GH_KIND_LETTER; (kind & (GH_KIND_LETTER | GH_KIND_DIGIT)) != 0; kind = kind_at(r, i)) {
        v = eight_at(r, i);
        k = gh_words_letters_of(&v, &has_lower);
        memcpy(to + n, &v, 8);
        n += k;
        i += k;
        n_letters += k;
        for (; n <= GH_WORD_LETTERS_MAX && (kind_at(r, i) & GH_KIND_DIGIT) != 0; i++, has_lower = true)
            to[n++] = (char)r->p[i];
        if (n > GH_WORD_LETTERS_MAX)
            return false;
        for (end = (kind_at(r, i) & GH_KIND_LETTER) != 0 ? end : i; (kind_at(r, i) & GH_KIND_QUOTE) != 0; i++)
            gh_words_note_sign(r->w, '\'');
    }
    run->i = i;
    run->n_raw += n;
    run->has_letter |= n_letters > 0;
    run->has_odd |= n_letters < n;
    run->is_apart |= run->has_other;
    run->is_open = true;
    r->w->count[GH_WORDS_LETTERS] += n_letters;
    look_up(r, put_word(r, at, end, n, n_letters == 0 ? GH_WORD_DIGITS : !has_lower && n > 1 ? GH_WORD_CAPS : 0));
    return true;
}

/* The run's letters, digits and signs, folded, without the apostrophes of its words. */
static size_t
raw_of(char out[GH_WORDS_CHUNK_MAX], const uint8_t *p, size_t n)
{
    bool is_open = false;
    size_t k = 0;

    for (size_t i = 0; i < n && k < GH_WORDS_CHUNK_MAX; i++) {
        uint8_t kind = gh_words_kinds[p[i]];

        if ((kind & GH_KIND_QUOTE) != 0 && is_open)
            continue;
        is_open = (kind & (GH_KIND_LETTER | GH_KIND_DIGIT)) != 0;
        out[k++] = (char)((kind & GH_KIND_LETTER) != 0 ? p[i] | 0x20 : p[i]);
    }
    return k;
}

/* The run from `from` on has ended: as close_chunk() in words.c. */
static void
end_run(struct gh_words_reader *r, const struct run *run, size_t from)
{
    char raw[GH_WORDS_CHUNK_MAX];

    if (run->i - from >= GH_WORDS_RUN_BYTES)
        gh_words_note_run(r, from, run->i);
    if (run->has_letter && run->has_odd && !run->is_apart && run->n_raw >= 3 && run->n_raw <= GH_WORDS_CHUNK_MAX)
        gh_words_mend_leet(r->lexicon, r->w, r->chunk_first, raw, raw_of(raw, r->p + from, run->i - from),
            gh_words_source(r, (uint32_t)from), gh_words_source_end(r, (uint32_t)run->i));
    r->chunk_first = r->w->n;
}

/* Any run without spaces: words and signs. Where it ends, or `i` if it is not read here. */
static size_t
read_run(struct gh_words_reader *r, size_t i)
{
    const uint32_t signs_before = r->signs, singles_before = r->singles;
    const uint8_t n_signs_before = r->n_signs, flags_before = r->flags;
    uint32_t n = r->w->n, n_rare = r->w->n_rare, n_text = r->w->n_text, signs = r->w->count[GH_WORDS_SIGNS],
             letters = r->w->count[GH_WORDS_LETTERS];
    struct run run = {.i = i};
    bool is_read = true;
    uint8_t kind;

    while (is_read && ((kind = kind_at(r, run.i)) & (GH_KIND_LETTER | GH_KIND_DIGIT | GH_KIND_SIGN)) != 0) {
        if ((kind & GH_KIND_SIGN) == 0) {
            is_read = read_word(r, &run);
            continue;
        }
        if (run.is_open)
            r->w->word[r->w->n - 1].after = r->p[run.i];
        run.is_open = false;
        run.has_odd |= (kind & GH_KIND_ODD) != 0;
        run.has_other |= (kind & GH_KIND_ODD) == 0 && (run.has_letter || run.has_odd);
        run.n_raw++;
        put_sign(r, r->p[run.i++]);
    }
    if (!is_read || (run.i < r->n && (kind & (GH_KIND_SPACE | GH_KIND_LINE)) == 0)) {
        r->signs = signs_before;
        r->n_signs = n_signs_before;
        r->flags = flags_before;
        r->singles = singles_before;
        r->w->n = n;
        r->w->n_rare = n_rare;
        r->w->n_text = n_text;
        r->w->count[GH_WORDS_SIGNS] = signs;
        r->w->count[GH_WORDS_LETTERS] = letters;
        return i;
    }
    if (run.is_open && run.i < r->n && (kind & GH_KIND_SPACE) != 0)
        r->w->word[r->w->n - 1].after = ' ';
    end_run(r, &run, i);
    return run.i;
}

size_t
gh_words_run(struct gh_words_reader *r, size_t i)
{
    while (i < r->n) {
        uint8_t kind = gh_words_kinds[r->p[i]];
        size_t end;

        if ((kind & GH_KIND_SPACE) != 0) {
            i++;
            continue;
        }
        if ((kind & GH_KIND_LINE) != 0) {
            r->flags |= GH_WORD_START | GH_WORD_LINE;
            i++;
            continue;
        }
        end =
            (kind & GH_KIND_LETTER) != 0 && r->n - i >= GH_WORDS_PLAIN_ROOM && r->lexicon->known != NULL ? gh_words_plain(r, i) : i;
        if (end == i && (end = read_run(r, i)) == i)
            return i;
        i = end;
    }
    return r->n;
}
