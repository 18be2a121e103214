/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shield/words: one text as words in one canonical form, in one pass over its bytes: UTF-8 read, letters folded (fold.h), what is
 * invisible dropped and counted; then what was written oddly is mended where the lexicon knows the word that is meant: look-alike
 * letters, digits for letters, letters apart, inner letters scrambled. Each word keeps the bytes that it came from.
 */
#ifndef GH_SHIELD_WORDS_H
#define GH_SHIELD_WORDS_H

#include "base/arena.h"
#include "shield/lexicon.h"

#define GH_WORD_LETTERS_MAX 40 /* letters of one word; longer runs go on as the next word */

enum gh_word_flag {
    GH_WORD_START = 1,     /* first of a sentence or line                             */
    GH_WORD_LINE = 2,      /* first of a line                                         */
    GH_WORD_MENDED = 4,    /* was written oddly                                       */
    GH_WORD_IDEO = 8,      /* one letter of a script without spaces                   */
    GH_WORD_DIGITS = 16,   /* digits alone                                            */
    GH_WORD_CAPS = 32,     /* capitals alone                                          */
    GH_WORD_FOREIGN = 64,  /* letters beyond Latin                                    */
    GH_WORD_LONG = 128     /* part of a longer run                                    */
};

/* Who has to look at a word again. */
enum gh_word_plain {
    GH_WORD_LOOK = 0,     /* whoever looks for words that are more than they seem        */
    GH_WORD_PLAIN,        /* nobody: it is known, and no decoder of words (decode_words.c) begins at it */
    GH_WORD_PLAIN_STRANGE /* no decoder of words, but it is one that the lexicon does not know */
};

struct gh_word {
    uint32_t at, end;   /* bytes of the given text                                     */
    uint32_t text;      /* offset of the folded letters; a space stands before and behind */
    uint32_t hash;
    uint8_t concept;    /* of the lexicon, 0: none                                     */
    uint8_t frequency;  /* of the lexicon, 0: not known                                */
    uint8_t plain;      /* enum gh_word_plain                                          */
    uint8_t script;
    uint16_t before;    /* the signs before it as a hash, 0: none                      */
    uint16_t known;     /* place among the lexicon's gh_lexicon_known, 0: none         */
    uint8_t n;          /* letters                                                     */
    uint8_t flags;      /* enum gh_word_flag                                           */
    uint8_t after;      /* the sign right behind it, ' ' or 0                          */
    uint8_t unused;
};

/* What was met on the way, as numbers of it. */
enum gh_words_count {
    GH_WORDS_HIDDEN = 0, GH_WORDS_HIDDEN_INSIDE, GH_WORDS_TAGS, GH_WORDS_SELECTORS, GH_WORDS_MARKS, GH_WORDS_CONTROLS, GH_WORDS_BAD_UTF8,
    GH_WORDS_LOOKALIKE, GH_WORDS_LEET, GH_WORDS_JOINED, GH_WORDS_JUMBLED, GH_WORDS_SIGNS, GH_WORDS_SYMBOLS, GH_WORDS_LETTERS, GH_WORDS_FOREIGN,
    GH_WORDS_UNKNOWN, GH_WORDS_COUNTS
};

/* Bytes, beside letters, digits, spaces and those that go on with a code point: whether one was met. */
struct gh_signs {
    uint64_t bit[4];
};

static inline void gh_signs_put(struct gh_signs *s, uint8_t c) { s->bit[c >> 6] |= UINT64_C(1) << (c & 63); }
static inline bool gh_signs_has(const struct gh_signs *s, uint8_t c) { return (s->bit[c >> 6] >> (c & 63) & 1) != 0; }

#define GH_WORDS_RUNS 8 /* places apart that are kept: the last one reaches over what comes after */

struct gh_words {
    struct gh_word *word;
    uint32_t n, cap;
    char *text;         /* folded letters                                         */
    uint32_t n_text, cap_text;
    uint32_t count[GH_WORDS_COUNTS];
    uint32_t *rare;     /* words that are not GH_WORD_PLAIN: n_rare of them, in order */
    uint32_t n_rare;
    /* for whoever looks for other forms in the same bytes */
    struct gh_signs signs;
    struct {
        uint32_t from, to;
    } runs[GH_WORDS_RUNS];       /* bytes of the text read: outside of them no run of base64 and its like can be                */
    uint32_t n_runs;
    struct {
        uint32_t from, to;
    } dense;                     /* if has_dense: bytes outside of which there is no such run                                    */
    bool has_dense;              /* a run with many signs in it, as Ascii85 has                                                  */
    bool has_apart;              /* single letters in a row                                                                     */
};

/* `map`: for each byte of `text` the byte of the given text that it came from, and one more for the end; NULL: `base` is added. Takes memory in
 * proportion to the text. GH_NOMEM. */
GH_MUST_USE enum gh_rc gh_words_read(struct gh_words *out, struct gh_arena *scratch, const struct gh_lexicon *lexicon, struct gh_str text,
    const uint32_t *map, uint32_t base);
/* The same without the fast way through ordinary text, for the test that both are one. */
GH_MUST_USE enum gh_rc gh_words_read_bytewise(struct gh_words *out, struct gh_arena *scratch, const struct gh_lexicon *lexicon,
    struct gh_str text, const uint32_t *map, uint32_t base);

#endif
