/* SPDX-License-Identifier: Apache-2.0 */
/* shield/lexicon: what makes the look-ups of a scan short. */
#include "shield/lexicon.h"

#include "shield/feature.h"
#include "shield/words_int.h"

#define ENUMERATED 3u /* words of so many letters are tried, all of them */
#define KNOWN      (1u << GH_LEXICON_KNOWN_BITS)

uint32_t
gh_lexicon_jumble(const char *p, size_t n)
{
    char pad[GH_WORD_LETTERS_MAX + 8];

    memset(pad, 0, sizeof pad);
    if (n > GH_WORD_LETTERS_MAX)
        n = GH_WORD_LETTERS_MAX;
    memcpy(pad, p, n);
    for (size_t i = 2; i + 1 < n; i++) /* insertion: words are short */
        for (size_t k = i; k > 1 && (uint8_t)pad[k - 1] > (uint8_t)pad[k]; k--) {
            char t = pad[k];
            pad[k] = pad[k - 1];
            pad[k - 1] = t;
        }
    return gh_lexicon_hash(pad, n, 1);
}

struct maker {
    const struct gh_lexicon *l;
    const int8_t *const *weight;
    struct gh_lexicon_known *known;
    uint32_t n;
};

/* The word text[1..n], a space before and behind it, if the lexicon knows it. */
static void
put_known(struct maker *m, char text[32], size_t n)
{
    struct gh_words w = {.text = text, .cap_text = 32};
    struct gh_word x = {.text = 1, .n = (uint8_t)n};
    struct gh_lexicon_known k;
    uint64_t v;
    uint32_t i;

    memcpy(&v, text + 1, 8);
    v = gh_lexicon_first(v, n);
    gh_words_look_up(m->l, &w, &x);
    if ((x.frequency == 0 && x.concept == 0) || m->n >= GH_LEXICON_KNOWN_MAX)
        return;
    k = (struct gh_lexicon_known){.letters = v, .concept = x.concept, .frequency = x.frequency};
    for (size_t kind = 0; kind < 3; kind++)
        k.sum[kind] = (int16_t)gh_feature_alone(&w, &x, m->weight[kind]);
    for (i = x.hash >> (32 - GH_LEXICON_KNOWN_BITS); m->known[i].letters != 0; i = (i + 1) & (KNOWN - 1))
        if (m->known[i].letters == v)
            return;
    m->known[i] = k;
    m->n++;
}

/* All words of up to three letters: "a", "b", ... "zzz". */
static void
put_short(struct maker *m)
{
    char text[32];
    uint32_t most = 26;

    for (size_t n = 1; n <= ENUMERATED; n++, most *= 26)
        for (uint32_t k = 0; k < most; k++) {
            uint32_t rest = k;

            memset(text, ' ', sizeof text);
            for (size_t i = 0; i < n; i++, rest /= 26)
                text[1 + i] = (char)('a' + rest % 26);
            put_known(m, text, n);
        }
}

/* The words whose letters are there, for what is written oddly to be taken for: spaces part them. */
static void
put_texts(struct maker *m)
{
    const struct gh_lexicon *l = m->l;

    for (uint32_t at = 0, end; at < l->n_texts; at = end + 1) {
        char text[32];
        bool is_latin = true;

        for (end = at; end < l->n_texts && l->texts[end] != ' '; end++)
            is_latin &= l->texts[end] >= 'a' && l->texts[end] <= 'z';
        if (!is_latin || end - at <= ENUMERATED || end - at > 8)
            continue;
        memset(text, ' ', sizeof text);
        memcpy(text + 1, l->texts + at, end - at);
        put_known(m, text, end - at);
    }
}

enum gh_rc
gh_lexicon_know(struct gh_lexicon *l, struct gh_arena *a, const int8_t *const weight[3])
{
    struct maker m = {.l = l, .weight = weight};
    uint8_t *seen = gh_arena_take(a, (1u << GH_LEXICON_SEEN_BITS) / 8);

    if (seen == NULL || (m.known = gh_arena_take_array(a, KNOWN, sizeof *m.known)) == NULL)
        return GH_NOMEM;
    for (uint32_t i = 0; i <= l->mask; i++) {
        uint32_t k = l->slots[i].key >> 1 & ((1u << GH_LEXICON_SEEN_BITS) - 1);

        if (l->slots[i].key != 0)
            seen[k >> 3] |= (uint8_t)(1u << (k & 7));
    }
    l->seen = seen;
    m.known[0].letters = UINT64_MAX; /* 0 says that a word is not there */
    put_short(&m);
    put_texts(&m);
    l->known = m.known;
    return GH_OK;
}
