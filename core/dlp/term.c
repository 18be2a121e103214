/* SPDX-License-Identifier: Apache-2.0 */
/* dlp/term: terms sorted by their folded bytes; a text is followed through that order character by character. */
#include "dlp/term.h"

#include "base/codec.h"
#include "base/limits.h"
#include "dlp/secret.h"

struct folded {
    struct gh_str text;
    enum gh_dlp_type type;
    bool is_word;
};

struct gh_dlp_terms {
    struct folded *item[2]; /* as they are; folded */
    size_t n[2];
    uint8_t first[2][32]; /* bits: bytes with which one begins */
};

/* ---- folding ---- */

/* One character at `at`: bytes of it in *n (0: it is cut), folded into `out` (4 bytes); 0 when it does not count. */
static size_t
fold(char out[4], size_t *n, const struct gh_dlp_view *v, size_t at)
{
    const unsigned char *p = (const unsigned char *)v->p + at;
    size_t want = p[0] < 0xc0 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    uint32_t cp = want == 1 ? p[0] : p[0] & (0x7fu >> want);
    struct gh_buf b;

    *n = v->n - at < want ? 0 : want;
    if (*n == 0)
        return 0;
    for (size_t i = 1; i < want; i++)
        cp = cp << 6 | (p[i] & 0x3f);
    if (want == 1 && cp >= 0x80) { /* no character: it stands for itself */
        out[0] = (char)cp;
        return 1;
    }
    if (cp >= 0xff01 && cp <= 0xff5e) /* full width */
        cp -= 0xfee0;
    if ((cp >= 0x200b && cp <= 0x200f) || cp == 0xad || cp == 0x2060 || cp == 0xfeff || (cp >= 0xfe00 && cp <= 0xfe0f))
        return 0;
    if (cp == 0xa0 || cp == 0x3000 || (cp >= 0x2000 && cp <= 0x200a) || (cp < 0x80 && memchr(" \t\r\n", (int)cp, 5) != NULL))
        cp = ' ';
    if ((cp >= 'A' && cp <= 'Z') || (cp >= 0xc0 && cp <= 0xde && cp != 0xd7) || (cp >= 0x391 && cp <= 0x3a9) ||
        (cp >= 0x410 && cp <= 0x42f))
        cp += 0x20;
    else if (cp >= 0x400 && cp <= 0x40f)
        cp += 0x50;
    else if (((cp >= 0x100 && cp <= 0x137) || (cp >= 0x14a && cp <= 0x177)) && cp % 2 == 0)
        cp++;
    gh_buf_init_fixed(&b, out, 4);
    if ((cp >= 0xd800 && cp <= 0xdfff) || cp > 0x10ffff)
        cp = 0xfffd;
    gh_utf8_put(&b, cp);
    return b.n;
}

/* Appends a folded character; runs of spaces are one. */
static size_t
append(char *text, size_t n, const char *c, size_t c_n)
{
    if (c_n == 1 && c[0] == ' ' && n > 0 && text[n - 1] == ' ')
        return n;
    memcpy(text + n, c, c_n);
    return n + c_n;
}

enum gh_rc
gh_dlp_term_fold(struct gh_str *out, struct gh_arena *a, struct gh_str s)
{
    const struct gh_dlp_view v = {s.p, s.n, 0, true};
    char text[GH_DLP_TERM_BYTES_MAX * 2], c[4];
    size_t n = 0, step, c_n;

    if (s.n > GH_DLP_TERM_BYTES_MAX)
        return GH_BAD;
    for (size_t i = 0; i < s.n; i += step) {
        c_n = fold(c, &step, &v, i);
        if (step == 0)
            return GH_BAD;
        n = append(text, n, c, c_n);
    }
    return n == 0 || (n == 1 && text[0] == ' ') ? GH_BAD : gh_arena_dup(out, a, gh_str(text, n));
}

/* ---- making ---- */

/* item[i] to where it belongs in the heap of the first n, the greatest of which is at 0. */
static void
sink(struct folded *item, size_t i, size_t n)
{
    struct folded f = item[i];

    for (size_t child; (child = 2 * i + 1) < n; i = child) {
        child += child + 1 < n && gh_str_cmp(item[child].text, item[child + 1].text) < 0;
        if (gh_str_cmp(item[child].text, f.text) <= 0)
            break;
        item[i] = item[child];
    }
    item[i] = f;
}

/* By heap: a call may have a placeholder for each address of a long list. */
static void
sort(struct folded *item, size_t n)
{
    for (size_t i = n / 2; i-- > 0;)
        sink(item, i, n);
    for (size_t i = n; i-- > 1;) {
        struct folded greatest = item[0];
        item[0] = item[i];
        item[i] = greatest;
        sink(item, 0, i);
    }
}

enum gh_rc
gh_dlp_terms_make(struct gh_dlp_terms **out, struct gh_arena *a, const struct gh_dlp_term *terms, size_t n)
{
    struct gh_dlp_terms *t = gh_arena_take(a, sizeof(*t));
    enum gh_rc rc;

    if (t == NULL || (t->item[0] = gh_arena_take_array(a, n, sizeof(*t->item[0]))) == NULL ||
        (t->item[1] = gh_arena_take_array(a, n, sizeof(*t->item[1]))) == NULL)
        return GH_NOMEM;
    for (size_t i = 0; i < n; i++) {
        struct folded f = {.type = terms[i].type, .is_word = terms[i].is_word};
        if (terms[i].text.n == 0 || terms[i].text.n > GH_DLP_TERM_BYTES_MAX)
            return GH_BAD;
        rc = f.is_word ? gh_dlp_term_fold(&f.text, a, terms[i].text) : gh_arena_dup(&f.text, a, terms[i].text);
        if (rc != GH_OK)
            return rc;
        t->item[f.is_word][t->n[f.is_word]++] = f;
        unsigned char c = (unsigned char)f.text.p[0];
        t->first[f.is_word][c / 8] |= (uint8_t)(1u << (c % 8));
    }
    sort(t->item[0], t->n[0]);
    sort(t->item[1], t->n[1]);
    *out = t;
    return GH_OK;
}

/* ---- looking ---- */

static bool
is_first(const uint8_t set[32], unsigned char c)
{
    return (set[c / 8] >> (c % 8) & 1) != 0;
}

/* Of a script that is written without spaces. */
static bool
is_spaceless(unsigned char lead)
{
    return lead >= 0xe1 && lead <= 0xed && lead != 0xe2;
}

bool
gh_dlp_terms_begin(const struct gh_dlp_terms *t, const struct gh_dlp_view *v, size_t at)
{
    unsigned char c = (unsigned char)v->p[at];

    if (is_first(t->first[0], c))
        return true;
    if (t->n[1] == 0 || (c >= 0x80 && c < 0xc0))
        return false;
    if (!is_first(t->first[1], c) && !is_first(t->first[1], (unsigned char)gh_dlp_lower((char)c)) && c < 0xc3)
        return false;
    return gh_dlp_is_start(v, at) || is_spaceless(c) || c == 0xef;
}

struct range {
    size_t from, to;
};

/* The first item in the range whose beginning is not below `text`, or, if is_above, not above it. */
static size_t
bound(const struct folded *item, struct range r, struct gh_str text, bool is_above)
{
    while (r.from < r.to) {
        size_t mid = r.from + (r.to - r.from) / 2;
        int order = gh_str_cmp(gh_str_sub(item[mid].text, 0, text.n), text);
        if (order < 0 || (is_above && order == 0))
            r.from = mid + 1;
        else
            r.to = mid;
    }
    return r.from;
}

/* Of the sorted items those that begin with `text`. */
static struct range
narrow(const struct folded *item, struct range r, struct gh_str text)
{
    return (struct range){bound(item, r, text, false), bound(item, r, text, true)};
}

static bool
is_bounded(const struct gh_dlp_view *v, size_t end, struct gh_str term)
{
    if (end >= v->n || is_spaceless((unsigned char)v->p[end]) || !gh_dlp_is_word_at(v, end))
        return true;
    size_t i = term.n - 1;
    while (i > 0 && ((unsigned char)term.p[i] & 0xc0) == 0x80)
        i--;
    return is_spaceless((unsigned char)term.p[i]) || !gh_dlp_is_word(term.p[i]);
}

/* The longest term that stands there. */
static enum gh_dlp_verdict
judge(struct gh_dlp_match *m, const struct gh_dlp_terms *t, bool is_folded, const struct gh_dlp_view *v, size_t at)
{
    char text[GH_DLP_TERM_BYTES_MAX * 2 + 4], c[4];
    struct range r = {0, t->n[is_folded]};
    enum gh_dlp_verdict best = GH_DLP_NO;
    size_t n = 0, step;

    for (size_t i = at; r.from < r.to; i += step) {
        if (i >= v->n)
            return v->is_last ? best : GH_DLP_MORE;
        size_t c_n = 1;
        step = 1;
        if (is_folded)
            c_n = fold(c, &step, v, i);
        else
            c[0] = v->p[i];
        if (step == 0)
            return v->is_last ? best : GH_DLP_MORE;
        if (n + c_n > sizeof(text) || i - at > 4 * GH_DLP_TERM_BYTES_MAX)
            break;
        n = append(text, n, c, c_n);
        r = narrow(t->item[is_folded], r, gh_str(text, n));
        if (r.from == r.to || t->item[is_folded][r.from].text.n != n)
            continue;
        if (is_folded && i + step >= v->n && !v->is_last)
            return GH_DLP_MORE;
        if (!is_folded || is_bounded(v, i + step, gh_str(text, n))) {
            m->type = t->item[is_folded][r.from].type;
            m->end = i + step;
            best = GH_DLP_FOUND;
        }
        if (r.from + 1 == r.to)
            break;
    }
    return best;
}

enum gh_dlp_verdict
gh_dlp_term_judge(struct gh_dlp_match *m, const struct gh_dlp_terms *t, const struct gh_dlp_view *v, size_t at)
{
    enum gh_dlp_verdict verdict = GH_DLP_NO;

    m->at = at;
    m->type = GH_DLP_BLOCKED_TERM;
    if (t->n[0] > 0 && is_first(t->first[0], (unsigned char)v->p[at]))
        verdict = judge(m, t, false, v, at);
    if (verdict != GH_DLP_NO || t->n[1] == 0 ||
        (!gh_dlp_is_start(v, at) && !is_spaceless((unsigned char)v->p[at]) && (unsigned char)v->p[at] != 0xef))
        return verdict;
    return judge(m, t, true, v, at);
}
