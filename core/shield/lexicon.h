/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shield/lexicon: the words that the model knows, part of the model file: which are ordinary words (so that what is written oddly can be
 * told from them and mended), and which stand for an idea of an attack ("ignore", "previous", "instructions") in any language. One
 * open table of 32-bit hashes; the spaces of keys are kept apart by their type.
 */
#ifndef GH_SHIELD_LEXICON_H
#define GH_SHIELD_LEXICON_H

#include "base/str.h"

enum gh_lexicon_type { GH_LEXICON_WORD = 1, /* the whole word                                                   */
                       GH_LEXICON_STEM,     /* its beginning                                                    */
                       GH_LEXICON_PHRASE,   /* two to four words, or two to eight letters of a script without spaces */
                       GH_LEXICON_JUMBLE,   /* first letter, sorted inner ones, last: value is an offset of the word's text */
                       GH_LEXICON_LACKS };  /* the word with one letter left out: value as of JUMBLE            */

struct gh_lexicon_slot {
    uint32_t key;   /* 0: free */
    uint32_t value; /* concept in bits 0-7, frequency (0 to 15, log scale) in bits 8-11; or of texts: offset << 6 | length */
};

#define GH_LEXICON_GATE_BITS 4096u

struct gh_lexicon {
    const struct gh_lexicon_slot *slots;
    uint32_t mask;             /* number of slots - 1, a power of two; slots NULL: nothing is known */
    const uint8_t *stem_gate;  /* GH_LEXICON_GATE_BITS bits: some stem begins with these three letters   */
    const uint8_t *pair_gate;  /* some phrase ends with this pair                                      */
    const char *texts;
    uint32_t n_texts;
};

/* Of a folded word (one byte a letter, see words.h); `script` keeps words of different scripts apart. `p` is readable 8 bytes beyond. */
static inline uint32_t gh_lexicon_hash(const char *p, size_t n, uint32_t script)
{
    uint64_t h = (n + 1) * UINT64_C(0x9e3779b97f4a7c15) ^ script, v;

    for (; n > 8; p += 8, n -= 8) {
        memcpy(&v, p, 8);
        h = (h ^ v) * UINT64_C(0xff51afd7ed558ccd);
        h ^= h >> 29;
    }
    memcpy(&v, p, 8);
    h = (h ^ (n == 8 ? v : v & ((UINT64_C(1) << 8 * n) - 1))) * UINT64_C(0xff51afd7ed558ccd);
    return (uint32_t)(h >> 32) ^ (uint32_t)(h >> 11 & 0xffff);
}

static inline uint32_t gh_lexicon_pair(uint32_t a, uint32_t b)
{
    uint64_t h = ((uint64_t)a << 32 | b) * UINT64_C(0xc4ceb9fe1a85ec53);

    return (uint32_t)(h >> 32) ^ (uint32_t)h >> 7;
}

static inline uint32_t gh_lexicon_key(uint32_t hash, enum gh_lexicon_type type)
{
    return (hash * 5u + (uint32_t)type * 0x9e3779b9u) | 1u;
}

/* The value under the key, or 0: no entry has the value 0. */
static inline uint32_t gh_lexicon_find(const struct gh_lexicon *l, uint32_t hash, enum gh_lexicon_type type)
{
    uint32_t key = gh_lexicon_key(hash, type);

    if (l->slots == NULL)
        return 0;
    for (uint32_t i = key >> 3 & l->mask, k = 0; k < 64; i = (i + 1) & l->mask, k++) {
        if (l->slots[i].key == key)
            return l->slots[i].value;
        if (l->slots[i].key == 0)
            return 0;
    }
    return 0;
}

static inline bool gh_lexicon_gate(const uint8_t *gate, uint32_t hash)
{
    return (gate[(hash & (GH_LEXICON_GATE_BITS - 1)) >> 3] >> (hash & 7) & 1) != 0;
}

static inline uint32_t gh_lexicon_three(const char *p)
{
    return ((uint32_t)(uint8_t)p[0] | (uint32_t)(uint8_t)p[1] << 8 | (uint32_t)(uint8_t)p[2] << 16) * 0x9e3779b1u >> 20;
}

/* The hash of a word whose inner letters may stand in any order, n >= 4. */
uint32_t gh_lexicon_jumble(const char *p, size_t n);

#endif
