/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shield/lexicon: the words that the model knows, part of the model file: which are ordinary words (so that what is written oddly can be
 * told from them and mended), and which stand for an idea of an attack ("ignore", "previous", "instructions") in any language. One
 * open table of 32-bit hashes; the spaces of keys are kept apart by their type.
 */
#ifndef GH_SHIELD_LEXICON_H
#define GH_SHIELD_LEXICON_H

#include "base/arena.h"

enum gh_lexicon_type { GH_LEXICON_WORD = 1, /* the whole word                                                   */
                       GH_LEXICON_STEM,     /* its beginning                                                    */
                       GH_LEXICON_PHRASE,   /* two to four words, or two to eight letters of a script without spaces */
                       GH_LEXICON_JUMBLE,   /* first letter, sorted inner ones, last: value is an offset of the word's text */
                       GH_LEXICON_LACKS };  /* the word with one letter left out: value as of JUMBLE            */

struct gh_lexicon_slot {
    uint32_t key;   /* 0: free */
    uint32_t value; /* concept in bits 0-7, frequency (0 to 15, log scale) in bits 8-11; or of texts: offset << 6 | length */
};

/*
 * A word of at most GH_LEXICON_KNOWN_LETTERS Latin letters with all that it gives by itself: what a scan would else look up and add up each time
 * that it meets it. Most are words that the lexicon knows; some it does not know, nor takes for another one: they are strange, names, say. Made
 * when the model is opened (gh_lexicon_know); the file has their letters alone.
 */
struct gh_lexicon_known {
    uint64_t letters[2]; /* as they stand in memory, 0 behind them; 0, 0: free        */
    uint32_t hash;       /* gh_lexicon_hash of them                                   */
    uint8_t concept;     /* as gh_words_look_up finds them; 0 and 0: the word is strange */
    uint8_t frequency;
    uint8_t plain;       /* enum gh_word_plain                                        */
    uint8_t script;      /* 0: Latin                                                  */
    int16_t sum[4];      /* for each kind, the weights of the features that need no other word (feature.h): as many as it has letters */
};

#define GH_LEXICON_GATE_BITS 4096u  /* at least; a power of two */
#define GH_LEXICON_PAIR_BITS 65536u /* of the gate before phrases, at most */
#define GH_LEXICON_KNOWN_LETTERS 16u
#define GH_LEXICON_KNOWN_BITS 16     /* places for them: 32 bytes each                        */
#define GH_LEXICON_KNOWN_MAX 40000u  /* of them, those that are taken at most                 */
#define GH_LEXICON_SEEN_WORDS 16384u /* of 64 bits, of the gates before the slots: one bit is a key's */

struct gh_lexicon {
    const struct gh_lexicon_slot *slots;
    uint32_t mask;             /* number of slots - 1, a power of two; slots NULL: nothing is known */
    const uint8_t *stem_gate;  /* GH_LEXICON_GATE_BITS bits: some stem begins with these three letters   */
    const uint8_t *pair_gate;  /* some phrase ends with this pair: pair_mask + 1 bits                  */
    uint32_t pair_mask;
    const char *texts;
    uint32_t n_texts;
    /* Short cuts, which change no answer; NULL: without. */
    const uint64_t *seen;                  /* GH_LEXICON_SEEN_WORDS: a clear bit says that no slot has such a key */
    const uint64_t *slips;                 /* as many: that no slot has such a hash as GH_LEXICON_LACKS, nor as a word with an idea */
    const struct gh_lexicon_known *known;  /* 1 << GH_LEXICON_KNOWN_BITS places; [0] is no word's: it says nothing   */
};

/* The first n of eight letters, n at most 8, 0 behind them. */
static inline uint64_t gh_lexicon_first(uint64_t v, size_t n)
{
    static const uint64_t masks[9] = {0, UINT64_C(0xff), UINT64_C(0xffff), UINT64_C(0xffffff), UINT64_C(0xffffffff),
        UINT64_C(0xffffffffff), UINT64_C(0xffffffffffff), UINT64_C(0xffffffffffffff), UINT64_MAX};

    return v & masks[n];
}

static inline uint32_t gh_lexicon_fold(uint64_t h)
{
    h *= UINT64_C(0xff51afd7ed558ccd);
    return (uint32_t)(h >> 32) ^ (uint32_t)(h >> 11 & 0xffff);
}

static inline uint64_t gh_lexicon_start(size_t n, uint32_t script) { return (n + 1) * UINT64_C(0x9e3779b97f4a7c15) ^ script; }

static inline uint64_t gh_lexicon_eight(uint64_t h, uint64_t v)
{
    h = (h ^ v) * UINT64_C(0xff51afd7ed558ccd);
    return h ^ h >> 29;
}

/* Of a folded word (one byte a letter, see words.h); `script` keeps words of different scripts apart. `p` is readable 8 bytes beyond. */
static inline uint32_t gh_lexicon_hash(const char *p, size_t n, uint32_t script)
{
    uint64_t h = gh_lexicon_start(n, script), v;

    for (; n > 8; p += 8, n -= 8) {
        memcpy(&v, p, 8);
        h = gh_lexicon_eight(h, v);
    }
    memcpy(&v, p, 8);
    return gh_lexicon_fold(h ^ gh_lexicon_first(v, n));
}

/* The same of at most eight letters, and of nine to sixteen, that stand in numbers, with 0 behind them. */
static inline uint32_t gh_lexicon_hash8(uint64_t v, size_t n, uint32_t script)
{
    return gh_lexicon_fold(gh_lexicon_start(n, script) ^ v);
}
static inline uint32_t gh_lexicon_hash16(uint64_t v, uint64_t more, size_t n, uint32_t script)
{
    return gh_lexicon_fold(gh_lexicon_eight(gh_lexicon_start(n, script), v) ^ more);
}

static inline uint32_t gh_lexicon_pair(uint32_t a, uint32_t b)
{
    uint64_t h = ((uint64_t)a << 32 | b) * UINT64_C(0xc4ceb9fe1a85ec53);

    return (uint32_t)(h >> 32) ^ (uint32_t)h >> 7;
}

#define GH_LEXICON_KEY 0x9e3779b9u /* times the type: how far the spaces of keys are apart */

static inline uint32_t gh_lexicon_key(uint32_t hash, enum gh_lexicon_type type)
{
    return (hash * 5u + (uint32_t)type * GH_LEXICON_KEY) | 1u;
}

/* Which of the gate's words a key is in, and its bit there. The lowest bit of keys is always set. */
static inline uint32_t gh_lexicon_seen_at(uint32_t key) { return key >> 7 & (GH_LEXICON_SEEN_WORDS - 1); }
static inline uint32_t gh_lexicon_seen_bit(uint32_t key) { return key >> 1 & 63; }

/* Whether a slot may have the hash as LACKS, or as WORD with an idea. Keys are five times the hash and something, but for the lowest bit. */
static inline uint32_t gh_lexicon_slip_of(uint32_t hash) { return hash * 5u >> 12; }
static inline bool gh_lexicon_may_slip(const struct gh_lexicon *l, uint32_t hash)
{
    uint32_t i = gh_lexicon_slip_of(hash);

    return l->slips == NULL || (l->slips[i >> 6] >> (i & 63) & 1) != 0;
}

/* Whether a slot may have the key. */
static inline bool gh_lexicon_may_have(const struct gh_lexicon *l, uint32_t key)
{
    return l->seen != NULL ? (l->seen[gh_lexicon_seen_at(key)] >> gh_lexicon_seen_bit(key) & 1) != 0 : l->slots != NULL;
}

/* The value under the key, or 0: no entry has the value 0. */
uint32_t gh_lexicon_under(const struct gh_lexicon *l, uint32_t key);

static inline uint32_t gh_lexicon_find(const struct gh_lexicon *l, uint32_t hash, enum gh_lexicon_type type)
{
    uint32_t key = gh_lexicon_key(hash, type);

    return gh_lexicon_may_have(l, key) ? gh_lexicon_under(l, key) : 0;
}

/* Where the search for the word with these letters begins. */
static inline uint32_t gh_lexicon_known_first(uint64_t v, uint64_t more)
{
    return (uint32_t)((v ^ (more << 32 | more >> 32)) * UINT64_C(0x9e3779b97f4a7c15) >> (64 - GH_LEXICON_KNOWN_BITS));
}

/* The word of Latin letters among these known ones, or the first, which is none: its first eight letters and the next eight, 0 behind them. */
static inline const struct gh_lexicon_known *gh_lexicon_known_in(const struct gh_lexicon_known *known, uint64_t v, uint64_t more)
{
    uint32_t i = gh_lexicon_known_first(v, more);

    while (((known[i].letters[0] ^ v) | (known[i].letters[1] ^ more)) != 0) { /* there are free places: GH_LEXICON_KNOWN_MAX */
        if (known[i].letters[0] == 0)
            return known;
        i = (i + 1) & ((1u << GH_LEXICON_KNOWN_BITS) - 1);
    }
    return &known[i];
}

/* Its place among them, or 0. The words were made known. */
static inline uint32_t gh_lexicon_known_at(const struct gh_lexicon *l, uint64_t v, uint64_t more)
{
    return (uint32_t)(gh_lexicon_known_in(l->known, v, more) - l->known);
}

static inline bool gh_lexicon_bit(const uint8_t *bits, uint32_t i) { return (bits[i >> 3] >> (i & 7) & 1) != 0; }

/* Some stem may begin with these three letters. */
static inline bool gh_lexicon_stem_gate(const struct gh_lexicon *l, uint32_t three)
{
    return gh_lexicon_bit(l->stem_gate, three & (GH_LEXICON_GATE_BITS - 1));
}

static inline uint32_t gh_lexicon_three(const char *p)
{
    return ((uint32_t)(uint8_t)p[0] | (uint32_t)(uint8_t)p[1] << 8 | (uint32_t)(uint8_t)p[2] << 16) * 0x9e3779b1u >> 20;
}

/*
 * Makes the short cuts in the arena, 2.2 MiB: for words of up to three letters, and for those whose letters the lexicon holds. `weight`: of
 * each kind, by feature. GH_NOMEM.
 */
GH_MUST_USE enum gh_rc gh_lexicon_know(struct gh_lexicon *l, struct gh_arena *a, const int8_t *const weight[3]);

/* The hash of a word whose inner letters may stand in any order, n >= 4; p as for gh_lexicon_hash. */
uint32_t gh_lexicon_jumble(const char *p, size_t n);

#endif
