/* SPDX-License-Identifier: Apache-2.0 */
/* shield/lexicon: what makes the look-ups of a scan short. */
#include "shield/lexicon.h"

#include "shield/decode.h"
#include "shield/feature.h"
#include "shield/words_int.h"

#define ENUMERATED 3u /* words of so many letters are tried, all of them */
#define FREQUENT   10 /* of 15: words that are so frequent come first */
#define KNOWN      (1u << GH_LEXICON_KNOWN_BITS)
#define TEXT_BYTES 64 /* of a word, what is read behind it, and what it is mended to */

typedef int16_t lanes __attribute__((vector_size(16)));
typedef uint8_t bytes __attribute__((vector_size(8)));

/* p[0..n), n at most 8, in rising order: each letter goes to the place that is the number of those before it. */
static void
sort_eight(char *to, const char *p, size_t n)
{
    const lanes places = {0, 1, 2, 3, 4, 5, 6, 7};
    int16_t all[16], rank[8];
    lanes key, ranks = {0}, other;
    bytes letters;

    memcpy(&letters, p, 8);
    key = (__builtin_convertvector(letters, lanes) << 3) | places; /* no two are the same */
    key |= (places >= (int16_t)n) & 0x4000;                        /* what is none goes to the end */
    memcpy(all, &key, 16);
    memcpy(all + 8, &key, 16);
    for (size_t k = 1; k < 8; k++) {
        memcpy(&other, all + k, 16);
        ranks -= key > other;
    }
    memcpy(rank, &ranks, 16);
    for (size_t i = 0; i < 8; i++)
        to[rank[i]] = p[i];
}

uint32_t
gh_lexicon_jumble(const char *p, size_t n)
{
    char pad[GH_WORD_LETTERS_MAX + 16] = {0};

    if (n > GH_WORD_LETTERS_MAX)
        n = GH_WORD_LETTERS_MAX;
    for (size_t i = 0; i < n; i += 8)
        memcpy(pad + i, p + i, 8);
    if (n >= 4 && n <= 10) {
        sort_eight(pad + 1, p + 1, n - 2);
        pad[n - 1] = p[n - 1];
        return gh_lexicon_hash(pad, n, 1);
    }
    for (size_t i = 2; i + 1 < n; i++) { /* insertion: words are short */
        char c = pad[i];
        size_t k = i;

        for (; k > 1 && (uint8_t)pad[k - 1] > (uint8_t)c; k--)
            pad[k] = pad[k - 1];
        pad[k] = c;
    }
    return gh_lexicon_hash(pad, n, 1);
}

uint32_t
gh_lexicon_under(const struct gh_lexicon *l, uint32_t key)
{
    for (uint32_t i = key >> 3 & l->mask, k = 0; k < 64; i = (i + 1) & l->mask, k++) {
        if (l->slots[i].key == key)
            return l->slots[i].value;
        if (l->slots[i].key == 0)
            return 0;
    }
    return 0;
}

struct maker {
    const struct gh_lexicon *l;
    const int8_t *const *weight;
    struct gh_lexicon_known *known;
    uint32_t n;
    uint8_t least;   /* frequency: the frequent words come first, so that they stand where they are looked for */
    bool is_strange; /* the others come last */
};

/* What is to be known of the word text[1..n], a space before and behind it. False: it is not of this round, or it is mended to another one. */
static bool
describe(struct gh_lexicon_known *k, const struct maker *m, char text[TEXT_BYTES], size_t n)
{
    struct gh_words w = {.text = text, .cap_text = TEXT_BYTES};
    struct gh_word x = {.text = 1, .n = (uint8_t)n};
    bool is_strange;

    memcpy(k->letters, text + 1, sizeof k->letters);
    k->letters[0] = gh_lexicon_first(k->letters[0], n < 8 ? n : 8);
    k->letters[1] = n > 8 ? gh_lexicon_first(k->letters[1], n - 8) : 0;
    gh_words_look_up(m->l, &w, &x);
    is_strange = x.frequency == 0 && x.concept == 0;
    if (is_strange != m->is_strange || x.frequency < m->least)
        return false;
    k->hash = x.hash;
    k->concept = x.concept;
    k->frequency = x.frequency;
    if (!gh_decode_words_may_begin(gh_str(text + 1, n)) && (x.frequency != 0 || n < GH_WORDS_UNSPACED))
        k->plain = is_strange ? GH_WORD_PLAIN_STRANGE : GH_WORD_PLAIN;
    for (size_t kind = 0; kind < 3; kind++)
        k->sum[kind] = (int16_t)gh_feature_alone(&w, &x, m->weight[kind]);
    return !is_strange || !gh_words_mend_one(m->l, &w, &x);
}

/* The word text[1..n], a space before and behind it. */
static void
put_known(struct maker *m, char text[TEXT_BYTES], size_t n)
{
    struct gh_lexicon_known k = {.script = 0};
    uint32_t i;

    if (m->n >= GH_LEXICON_KNOWN_MAX || !describe(&k, m, text, n))
        return;
    for (i = gh_lexicon_known_first(k.letters[0], k.letters[1]); m->known[i].letters[0] != 0; i = (i + 1) & (KNOWN - 1))
        if (m->known[i].letters[0] == k.letters[0] && m->known[i].letters[1] == k.letters[1])
            return;
    m->known[i] = k;
    m->n++;
}

/* All words of up to three letters: "a", "b", ... "zzz". */
static void
put_short(struct maker *m)
{
    uint32_t most = 26;

    for (size_t n = 1; n <= ENUMERATED; n++, most *= 26)
        for (uint32_t k = 0; k < most; k++) {
            char text[TEXT_BYTES];
            uint64_t v = 0;

            for (size_t i = 0, rest = k; i < n; i++, rest /= 26)
                v |= (uint64_t)('a' + rest % 26) << 8 * i;
            if (gh_lexicon_find(m->l, gh_lexicon_hash8(v, n, 0), GH_LEXICON_WORD) == 0)
                continue;
            memset(text, ' ', sizeof text);
            for (size_t i = 0; i < n; i++)
                text[1 + i] = (char)(v >> 8 * i & 0xff);
            put_known(m, text, n);
        }
}

/* The words whose letters are there, for what is written oddly to be taken for, or for this alone: spaces part them. */
static void
put_texts(struct maker *m)
{
    const struct gh_lexicon *l = m->l;

    for (uint32_t at = 0, end; at < l->n_texts; at = end + 1) {
        char text[TEXT_BYTES];
        bool is_latin = true;

        for (end = at; end < l->n_texts && l->texts[end] != ' '; end++)
            is_latin &= l->texts[end] >= 'a' && l->texts[end] <= 'z';
        if (!is_latin || end - at < ENUMERATED || end - at > GH_LEXICON_KNOWN_LETTERS)
            continue;
        memset(text, ' ', sizeof text);
        memcpy(text + 1, l->texts + at, end - at);
        put_known(m, text, end - at);
    }
}

/* The gates before the slots. What a slot is for its key does not say: it is taken for all that it may be. */
static void
open_gates(const struct gh_lexicon *l, uint64_t *seen, uint64_t *slips)
{
    for (uint32_t i = 0; i <= l->mask; i++) {
        uint32_t key = l->slots[i].key, value = l->slots[i].value;

        if (key == 0)
            continue;
        seen[gh_lexicon_seen_at(key)] |= UINT64_C(1) << gh_lexicon_seen_bit(key);
        /* The key, and what its lowest bit may have been; a word with an idea, or one that lacks a letter. */
        for (uint32_t k = 0; k < 4; k++) {
            uint32_t type = (k & 2) != 0 ? GH_LEXICON_WORD : GH_LEXICON_LACKS, bit = (key - (k & 1) - type * GH_LEXICON_KEY) >> 12;

            if (type == GH_LEXICON_LACKS || (value & 0xff) != 0)
                slips[bit >> 6] |= UINT64_C(1) << (bit & 63);
        }
    }
}

enum gh_rc
gh_lexicon_know(struct gh_lexicon *l, struct gh_arena *a, const int8_t *const weight[3])
{
    struct maker m = {.l = l, .weight = weight};
    uint64_t *seen = gh_arena_take_array(a, GH_LEXICON_SEEN_WORDS, sizeof *seen);
    uint64_t *slips = gh_arena_take_array(a, GH_LEXICON_SEEN_WORDS, sizeof *slips);

    if (seen == NULL || slips == NULL || (m.known = gh_arena_take_array(a, KNOWN, sizeof *m.known)) == NULL)
        return GH_NOMEM;
    open_gates(l, seen, slips);
    l->seen = seen;
    l->slips = slips;
    m.known[0].letters[0] = UINT64_MAX; /* 0 says that a word is not there */
    for (int round = 0; round < 3; round++) {
        m.least = round == 0 ? FREQUENT : 0;
        m.is_strange = round == 2;
        put_short(&m);
        put_texts(&m);
    }
    l->known = m.known;
    return GH_OK;
}
