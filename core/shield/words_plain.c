/* SPDX-License-Identifier: Apache-2.0 */
/* shield/words: words between spaces, as most of a text is: the innermost loop of the reader. */
#include "shield/words_letters.h"

/* So that what most words do stands in a row, with few jumps taken. */
#define RARELY(what) __builtin_expect((what), 0)

void
gh_words_take_unknown(struct gh_word *x, const struct gh_lexicon *l, const char *letters, uint64_t first, uint64_t next)
{
    x->hash = x->n > 8 ? gh_lexicon_hash16(first, next, x->n, 0) : gh_lexicon_hash8(first, x->n, 0);
    gh_words_find(l, letters, x);
}

/* Up to where plain words may begin: what is read of one stands in the text, and there is room for all of them, each being two bytes at least. */
static size_t
plain_end(const struct gh_words_reader *r, size_t i)
{
    const struct gh_words *w = r->w;
    size_t end = r->n - GH_WORDS_PLAIN_ROOM + 1, words = w->cap - w->n - 1u, room = w->cap_text - w->n_text;

    if (room < 64 || w->n >= w->cap)
        return i;
    end = end - i > 2 * words ? i + 2 * words : end;
    return end - i > room - 64 ? i + room - 64 : end;
}

/* What stands behind plain word x, at `at`: a line end, or a sign and what may stand behind one; a space tells nothing. How many bytes, or 0:
 * something else, and x is no plain word. What it says of the word after it is put there. */
static inline __attribute__((always_inline)) uint32_t
take_tail(struct gh_words *w, struct gh_word *x, const uint8_t *at)
{
    const uint8_t kind = gh_words_kinds[at[0]], behind = gh_words_kinds[at[1]];

    if ((kind & GH_KIND_SPACE) != 0)
        return 1;
    x->after = 0;
    x[1].flags = GH_WORD_START | GH_WORD_LINE;
    if ((kind & GH_KIND_LINE) != 0)
        return 1;
    if ((kind & (GH_KIND_SIGN | GH_KIND_ODD | GH_KIND_QUOTE)) != GH_KIND_SIGN || (behind & (GH_KIND_SPACE | GH_KIND_LINE)) == 0)
        return 0;
    if ((behind & GH_KIND_LINE) == 0)
        x[1].flags = (kind & GH_KIND_STARTS) != 0 ? GH_WORD_START : 0;
    x[1].before = (uint16_t)(at[0] | 1);
    x->after = at[0];
    w->count[GH_WORDS_SIGNS]++;
    gh_words_note_sign(w, at[0]);
    return 2;
}

/* Words of at most GH_WORDS_PLAIN_MAX letters between spaces, perhaps with a sign behind them, as most words stand: as far as they go. What is told of a word
 * by the one before it is in it already. */
static inline __attribute__((always_inline)) size_t
read_plain(struct gh_words_reader *r, size_t i, const uint32_t *map)
{
    const uint8_t *p = r->p + i, *const end = r->p + plain_end(r, i);
    const struct gh_lexicon_known *const all_known = r->lexicon->known;
    struct gh_words *const w = r->w;
    struct gh_word *x = w->word + w->n;
    char *to = w->text + w->n_text + 1;
    uint32_t singles = r->singles, most_singles = 0, n_words;

    if (p >= end)
        return i;
    x->before = (uint16_t)(r->n_signs > 0 ? r->signs | 1 : 0);
    x->flags = r->flags;
    while (p < end) {
        const struct gh_words_letters word = gh_words_sixteen_at(p);
        const uint32_t n = word.n, at = (uint32_t)(p - r->p);
        const struct gh_lexicon_known *known;
        uint32_t tail = 1;

        if (RARELY(n - 1 >= GH_WORDS_PLAIN_MAX)) {
            if (n != 0 || *p != ' ')
                break;
            p++;
            continue;
        }
        if (RARELY((word.capitals & (word.capitals - 1)) != 0)) {
            if (n + 1 >= GH_WORDS_RUN_BYTES) /* such a run may be another text */
                break;
            x->flags |= gh_words_are_capitals(&word) ? GH_WORD_CAPS : 0;
        }
        x->after = ' ';
        x[1].before = 0;
        x[1].flags = 0;
        p += n;
        if (RARELY(*p != ' ') && (tail = take_tail(w, x, p)) == 0) {
            p -= n;
            break;
        }
        p += tail;
        gh_words_put_sixteen(to, &word);
        memset(to + n, ' ', 8);
        x->at = map == NULL ? r->base + at : gh_words_source(r, at);
        x->end = map == NULL ? r->base + at + n : gh_words_source_end(r, at + n);
        x->text = (uint32_t)(to - w->text);
        x->n = (uint8_t)n;
        known = gh_words_known_of(all_known, &word);
        gh_words_take_known(x, known, (uint32_t)(known - all_known));
        if (RARELY(known->plain != GH_WORD_PLAIN)) {
            if (known == all_known)
                gh_words_take_unknown(x, r->lexicon, to, word.first, word.next);
            gh_words_note_rare(w, (uint32_t)(x - w->word));
        }
        singles = n == 1 ? singles + 1 : 0;
        if (singles > most_singles)
            most_singles = singles;
        to += n + 1;
        x++;
    }
    n_words = (uint32_t)(x - w->word) - w->n;
    if (n_words == 0)
        return (size_t)(p - r->p);
    w->count[GH_WORDS_LETTERS] += (uint32_t)(to - w->text) - (w->n_text + 1) - n_words;
    w->n = r->chunk_first = w->n + n_words;
    w->n_text = (uint32_t)(to - w->text) - 1;
    w->has_apart |= most_singles >= GH_WORDS_APART;
    r->singles = singles;
    r->flags = x->flags & (GH_WORD_START | GH_WORD_LINE);
    r->n_signs = x->before != 0;
    r->signs = x->before != 0 ? x[-1].after : 0;
    return (size_t)(p - r->p);
}

static size_t
read_plain_given(struct gh_words_reader *r, size_t i)
{
    return read_plain(r, i, NULL);
}

static size_t
read_plain_mapped(struct gh_words_reader *r, size_t i)
{
    return read_plain(r, i, r->map);
}

size_t
gh_words_plain(struct gh_words_reader *r, size_t i)
{
    return r->map == NULL ? read_plain_given(r, i) : read_plain_mapped(r, i);
}
