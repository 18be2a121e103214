/* SPDX-License-Identifier: Apache-2.0 */
/* shield/words: letters without spaces, cut into words at least cost. */
#include "shield/words_int.h"

#define RUN_MAX GH_WORDS_SEGMENT_MAX

/* Cost of a piece that is the word under v, or none: known words are cheap, the more frequent the cheaper; a single unknown letter is dear. Of
 * several letters that nobody knows there is no piece: one by one they cost less. */
static inline uint32_t
cost_of(uint32_t v, size_t n)
{
    if (v == 0)
        return n == 1 ? 40 : UINT32_MAX / 4;
    return 26 - (v >> 8 & 15) + (n == 1 ? 12 : 0) + (n == 2 ? 3 : 0);
}

static uint32_t
piece_cost(const struct gh_lexicon *l, const char *p, size_t n)
{
    return cost_of(gh_lexicon_find(l, gh_lexicon_hash(p, n, 0), GH_LEXICON_WORD), n);
}

/* Whether a slot may be of the whole word with hash h: in the lowest bit. */
static inline uint32_t
seen_bit(const uint64_t *seen, uint32_t h)
{
    uint32_t key = gh_lexicon_key(h, GH_LEXICON_WORD);

    return (uint32_t)(seen[gh_lexicon_seen_at(key)] >> gh_lexicon_seen_bit(key));
}

/* How many letters may make a word from p on, as bits: of up to n, GH_WORDS_PIECE_MAX at most. All are asked, which of them it is cannot be foretold. */
static uint32_t
pieces_at(const struct gh_lexicon *l, const char *p, size_t n)
{
    const uint64_t *const seen = l->seen;
    uint64_t letters[2];
    uint32_t may = 0;

    if (seen == NULL)
        return (2u << n) - 2;
    memcpy(letters, p, 8);
    for (size_t m = 1; m <= 8 && m <= n; m++)
        may |= (seen_bit(seen, gh_lexicon_hash8(gh_lexicon_first(letters[0], m), m, 0)) & 1) << m;
    if (n <= 8)
        return may;
    memcpy(letters + 1, p + 8, 8);
    for (size_t m = 9; m <= n; m++)
        may |= (seen_bit(seen, gh_lexicon_hash16(letters[0], gh_lexicon_first(letters[1], m - 8), m, 0)) & 1) << m;
    return may;
}

/* Goes on from the best reading of the letters before p, of cost `cost`, with each word that may be next; of equal ones the later begun stays. */
static void
try_pieces(const struct gh_lexicon *l, const char *p, size_t n, uint32_t cost, uint32_t *costs, uint16_t *from, uint16_t at)
{
    uint32_t may =
        pieces_at(l, p, n < GH_WORDS_PIECE_MAX ? n : GH_WORDS_PIECE_MAX) | 2; /* a single letter is a piece, known or not */

    for (; may != 0; may &= may - 1) {
        size_t m = (size_t)__builtin_ctz(may);
        if (m > n)
            break;
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

    for (size_t i = 0; i <= n; i++) {
        cost[i] = i == 0 ? 0 : UINT32_MAX / 2;
        from[i] = 0; /* each is set below: a piece of one letter always is one */
    }
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
