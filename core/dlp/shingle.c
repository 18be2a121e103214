/* SPDX-License-Identifier: Apache-2.0 */
/* dlp/shingle: words, and three of them in a row as one hash. */
#include "dlp/shingle.h"

#include "base/limits.h"
#include "dlp/secret.h"

#define WORD_MAX 64  /* bytes; what is longer is no word */
#define RUN_MAX  800 /* bytes of so many words with what stands between them */

struct gh_dlp_shingles {
    uint64_t key;
    uint64_t *slot; /* open addressing, 0: empty */
    size_t mask;
};

static uint64_t
mix(uint64_t h, uint64_t v)
{
    h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
    return h ^ h >> 29;
}

static bool
is_spaceless(unsigned char lead)
{
    return lead >= 0xe3 && lead <= 0xed;
}

/* The word at or behind *at: its hash and place. False: none that is whole. A character of a script without spaces is a word. */
static bool
next_word(uint64_t *hash, size_t *begin, size_t *end, uint64_t key, const struct gh_dlp_view *v, size_t at)
{
    size_t i = at;
    uint64_t h = key;

    while (i < v->n && (!gh_dlp_is_word(v->p[i]) || v->p[i] == '_'))
        i++;
    *begin = i;
    if (i < v->n && is_spaceless((unsigned char)v->p[i])) {
        for (*end = i + 3; i < v->n && i < *end; i++)
            h = mix(h, (unsigned char)v->p[i]);
        *hash = h;
        return i == *end;
    }
    for (; i < v->n && gh_dlp_is_word(v->p[i]) && v->p[i] != '_' && i - *begin < WORD_MAX &&
           (i == *begin || !is_spaceless((unsigned char)v->p[i]));
         i++)
        h = mix(h, (unsigned char)gh_dlp_lower(v->p[i]));
    *end = i;
    *hash = h;
    return i > *begin && (i < v->n || v->is_last);
}

static uint64_t
three(uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t h = mix(mix(a, b), c);

    return h == 0 ? 1 : h;
}

static bool
has(const struct gh_dlp_shingles *s, uint64_t h)
{
    for (size_t i = (size_t)h & s->mask; s->slot[i] != 0; i = (i + 1) & s->mask)
        if (s->slot[i] == h)
            return true;
    return false;
}

static void
put(struct gh_dlp_shingles *s, uint64_t h)
{
    size_t i = (size_t)h & s->mask;

    while (s->slot[i] != 0 && s->slot[i] != h)
        i = (i + 1) & s->mask;
    s->slot[i] = h;
}

static size_t
add_text(struct gh_dlp_shingles *s, struct gh_str text)
{
    const struct gh_dlp_view v = {text.p, text.n, 0, true};
    uint64_t a = 0, b = 0, c = 0;
    size_t begin, end = 0, n = 0;

    while (next_word(&c, &begin, &end, s->key, &v, end)) {
        if (++n >= 3)
            put(s, three(a, b, c));
        a = b;
        b = c;
    }
    return n;
}

enum gh_rc
gh_dlp_shingles_make(struct gh_dlp_shingles **out, struct gh_arena *a, uint64_t key, const struct gh_str *texts, size_t n)
{
    struct gh_dlp_shingles *s = gh_arena_take(a, sizeof(*s));
    size_t bytes = 0, slots = 64, words = 0;

    *out = NULL;
    for (size_t i = 0; i < n; i++)
        bytes += texts[i].n;
    if (bytes > GH_DLP_INSTRUCTIONS_MAX)
        bytes = GH_DLP_INSTRUCTIONS_MAX;
    while (slots < bytes)
        slots *= 2;
    if (s == NULL || (s->slot = gh_arena_take_array(a, slots, sizeof(*s->slot))) == NULL)
        return GH_NOMEM;
    s->key = key;
    s->mask = slots - 1;
    for (size_t i = 0; i < n && bytes > 0; i++) {
        struct gh_str t = gh_str_sub(texts[i], 0, bytes);
        size_t here = add_text(s, t);
        words = here > words ? here : words;
        bytes -= t.n;
    }
    if (words >= GH_DLP_SHINGLE_WORDS)
        *out = s;
    return GH_OK;
}

void
gh_dlp_shingles_read(struct gh_dlp_words *w, const struct gh_dlp_shingles *s, const struct gh_dlp_view *v, size_t from,
    void (*add)(void *ctx, enum gh_dlp_detector d, size_t at), void *ctx)
{
    size_t begin, end = w->is_inside && w->inside >= v->base ? (size_t)(w->inside - v->base) : from;
    uint64_t hash;

    w->is_inside = false;
    while (end < v->n) {
        if (!next_word(&hash, &begin, &end, s->key, v, end)) {
            w->is_inside = begin < v->n; /* it is read again when there is more of it */
            w->inside = v->base + begin;
            return;
        }
        w->hash[2] = w->hash[1];
        w->begin[2] = w->begin[1];
        w->hash[1] = w->hash[0];
        w->begin[1] = w->begin[0];
        w->hash[0] = hash;
        w->begin[0] = v->base + begin;
        w->n = w->n < 3 ? w->n + 1 : 3;
        if (w->n == 3 && w->begin[2] >= v->base && has(s, three(w->hash[2], w->hash[1], w->hash[0])))
            add(ctx, GH_DLP_SHINGLE, (size_t)(w->begin[2] - v->base));
    }
}

enum gh_dlp_verdict
gh_dlp_shingle_judge(struct gh_dlp_match *m, const struct gh_dlp_shingles *s, const struct gh_dlp_view *v, size_t at)
{
    uint64_t a = 0, b = 0, c = 0;
    size_t begin, end = at;

    m->type = GH_DLP_INSTRUCTIONS;
    m->at = at;
    for (size_t n = 1; n <= GH_DLP_SHINGLE_WORDS; n++) {
        if (!next_word(&c, &begin, &end, s->key, v, end))
            return v->is_last || v->n - at > RUN_MAX ? GH_DLP_NO : GH_DLP_MORE;
        if (n >= 3 && !has(s, three(a, b, c)))
            return GH_DLP_NO;
        a = b;
        b = c;
    }
    m->end = end;
    return GH_DLP_FOUND;
}
