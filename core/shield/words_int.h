/* SPDX-License-Identifier: Apache-2.0 */
/* What words.c (reading), words_run.c, words_plain.c and words_note.c (reading ordinary text fast), words_mend.c, words_odd.c and words_segment.c
 * (mending) share. */
#ifndef GH_SHIELD_WORDS_INT_H
#define GH_SHIELD_WORDS_INT_H

#include "shield/words.h"

#define GH_WORDS_FORM_MAX  16 /* most bytes that one byte is written with: "\\U0001F600" and the like          */
#define GH_WORDS_CHUNK_MAX 40 /* longest run without spaces that is looked at for digits among letters        */
#define GH_WORDS_RUN_BYTES 12 /* shortest run without spaces that can be base64 or the like                    */
#define GH_WORDS_APART     4  /* single letters in a row that are one thing                                    */
#define GH_WORDS_UNSPACED  14 /* shortest word that nobody knows which may be several without spaces            */

struct gh_words_reader {
    struct gh_words *w;
    const struct gh_lexicon *lexicon;
    const uint8_t *p;
    size_t n;
    const uint32_t *map;
    uint32_t base;
    /* the word that is open */
    struct gh_word now;
    char *letters;
    uint32_t n_letters, at, end;
    bool is_open, has_lower, has_letter, has_hidden;
    uint8_t is_mixed; /* 1: Latin letters, 2: such as look Latin, 4: others */
    char latin[GH_WORD_LETTERS_MAX];
    /* between words */
    uint32_t signs, singles; /* singles: words of one letter, the last ones in a row */
    uint8_t n_signs, flags;
    /* the run without spaces that is open: n_chunk is 0 between two */
    uint32_t chunk_first, chunk_at, n_chunk;
    bool has_chunk_letter, has_chunk_odd;
    char chunk[GH_WORDS_CHUNK_MAX];
};

static inline uint32_t gh_words_source(const struct gh_words_reader *r, uint32_t i) { return r->map != NULL ? r->map[i] : r->base + i; }

/* Where in the given text byte i - 1 ends. What stands behind it there may come from somewhere else here. */
static inline uint32_t gh_words_source_end(const struct gh_words_reader *r, uint32_t i)
{
    if (r->map == NULL || i == 0)
        return gh_words_source(r, i);
    return r->map[i] > r->map[i - 1] && r->map[i] - r->map[i - 1] <= GH_WORDS_FORM_MAX ? r->map[i] : r->map[i - 1] + 1;
}

static inline void gh_words_note_sign(struct gh_words *w, uint8_t c) { gh_signs_put(&w->signs, c); }

/* The word there is not GH_WORD_PLAIN; those before it were noted. */
static inline void gh_words_note_rare(struct gh_words *w, uint32_t i) { w->rare[w->n_rare++] = i; }

static inline void gh_words_note_single(struct gh_words_reader *r, bool is_single)
{
    r->singles = is_single ? r->singles + 1 : 0;
    r->w->has_apart |= r->singles >= GH_WORDS_APART;
}

/* Between two runs without spaces, at byte i: reads ordinary ASCII text as far as it goes, with the outcome that byte after byte has. Where it
 * ends: r->n, or a run that is left to be read so. */
size_t gh_words_run(struct gh_words_reader *r, size_t i);

/* A run without spaces, bytes [from, to), no shorter than GH_WORDS_RUN_BYTES: what may it be? */
void gh_words_note_run(struct gh_words_reader *r, size_t from, size_t to);

/* Writes `n` folded letters as a word's text, with a space before and behind; the offset. There is always room: see cap_text. */
uint32_t gh_words_put_text(struct gh_words *w, const char *p, size_t n);

/* What is known of the word at that place, of a word that was written so and is no part of a longer run. */
static inline void gh_words_take_known(struct gh_word *x, const struct gh_lexicon_known *k, uint32_t place)
{
    x->hash = k->hash;
    x->concept = k->concept;
    x->frequency = k->frequency;
    x->plain = k->plain;
    x->script = k->script;
    x->known = (uint16_t)place;
}

/* The place of the word with these letters, of no other script, among the known ones, or 0; p is readable 8 bytes beyond. */
static inline uint32_t gh_words_known_at(const struct gh_lexicon *l, const char *p, size_t n)
{
    uint64_t v, more = 0;

    if (n > GH_LEXICON_KNOWN_LETTERS || l->known == NULL)
        return 0;
    memcpy(&v, p, 8);
    if (n > 8)
        memcpy(&more, p + 8, 8);
    return gh_lexicon_known_at(l, gh_lexicon_first(v, n < 8 ? n : 8), n > 8 ? gh_lexicon_first(more, n - 8) : 0);
}

/* Looks the word up by its letters and fills hash, concept, frequency, and its place among the known ones. */
void gh_words_look_up(const struct gh_lexicon *l, struct gh_words *w, struct gh_word *x);

/* The same of a word with that hash that is not among the known ones; p: its letters. */
void gh_words_find(const struct gh_lexicon *l, const char *p, struct gh_word *x);

/* All that is mended when the words are read; `text` is what they were read from. */
void gh_words_mend(const struct gh_lexicon *l, struct gh_words *w);

/* Of all that: words that the lexicon does not know, in one that it knows. */
void gh_words_mend_odd(const struct gh_lexicon *l, struct gh_words *w);
/* One of them by itself, whatever stands around it; whether it is another word now. */
bool gh_words_mend_one(const struct gh_lexicon *l, struct gh_words *w, struct gh_word *x);

/* Digits and signs for letters: the words from `first` on came from one run without spaces, `raw` (folded to ASCII). Maybe they become one. */
void gh_words_mend_leet(const struct gh_lexicon *l, struct gh_words *w, uint32_t first, const char *raw, size_t n, uint32_t at, uint32_t end);

/* Cuts n letters (at most GH_WORDS_SEGMENT_MAX, readable 8 bytes beyond) into words at least cost: ends[] receives where each ends; how many. */
#define GH_WORDS_SEGMENT_MAX 512
#define GH_WORDS_PIECE_MAX   16 /* longest word that they are cut into */
size_t gh_words_segment(const struct gh_lexicon *l, const char *p, size_t n, uint16_t *ends);

#endif
