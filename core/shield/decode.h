/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shield/decode: other forms in which a text can carry words, each as a function from a source to a sink. Every byte that goes into a sink
 * says which byte of the given text it came from. A sink that is full takes no more: what it holds is judged.
 */
#ifndef GH_SHIELD_DECODE_H
#define GH_SHIELD_DECODE_H

#include "shield/words.h"

struct gh_source {
    const uint8_t *p;
    uint32_t n;
    const uint32_t *map; /* of n + 1 places, or NULL: byte i came from base + i */
    uint32_t base;
    const struct gh_words *words; /* what was read from these bytes, or NULL: by it a decoder tells that it has nothing to do */
};

/* Whether byte c, which gh_signs tells of, is in the source; without words: maybe. */
static inline bool gh_source_has(const struct gh_source *s, uint8_t c) { return s->words == NULL || gh_signs_has(&s->words->signs, c); }

static inline uint32_t gh_source_at(const struct gh_source *s, uint32_t i) { return s->map != NULL ? s->map[i] : s->base + i; }

struct gh_sink {
    char *p;
    uint32_t *map; /* cap + 1 places; [n] is the end of the last byte */
    uint32_t n, cap;
};

static inline void gh_sink_put(struct gh_sink *k, char c, uint32_t at, uint32_t end)
{
    if (k->n >= k->cap)
        return;
    k->p[k->n] = c;
    k->map[k->n++] = at;
    k->map[k->n] = end;
}

/* Code point `cp` as UTF-8. */
void gh_sink_put_cp(struct gh_sink *k, uint32_t cp, uint32_t at, uint32_t end);
/* Ends what was put last, so that words on both sides stay two. */
void gh_sink_part(struct gh_sink *k);

/* unescape.c: percent, entities, \u and \x, quoted-printable. The whole source without them; how many there were. With fewer than the least: 0,
 * and nothing is written. */
#define GH_DECODE_ESCAPES_MIN 3
uint32_t gh_decode_escapes(struct gh_sink *out, const struct gh_source *in);

/* decode.c: runs of base64, base32, hex; Ascii85 in <~ ~>; Braille; Morse. What was found, one after the other. */
void gh_decode_runs(struct gh_sink *out, const struct gh_source *in);

/* decode_words.c: words of the spelling alphabet, pairs of hex digits, groups of eight bits, decimal codes. */
void gh_decode_words(struct gh_sink *out, const struct gh_lexicon *l, const struct gh_words *w);
/* Whether it may begin with a known word of these letters. */
bool gh_decode_words_may_begin(struct gh_str letters);

/* hidden.c: tags, selectors, zero-width bits; comments, attributes and elements that are not shown. */
void gh_decode_hidden(struct gh_sink *out, const struct gh_source *in);

/* join.c: strings that the text puts together; a text of at most GH_SHIELD_PIECE_BYTES. GH_NOMEM. */
GH_MUST_USE enum gh_rc gh_decode_joined(struct gh_sink *out, struct gh_arena *scratch, const struct gh_source *in);

/* rotate.c: runs of unknown words that are known ones when their letters are rotated, mirrored, or read backwards. */
void gh_decode_rotated(struct gh_sink *rotated, struct gh_sink *reversed, const struct gh_lexicon *l, const struct gh_words *w);

#endif
