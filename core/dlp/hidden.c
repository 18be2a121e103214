/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dlp/detect: characters that people do not see and models read: tags, runs of variation selectors, letters broken by zero width, controls
 * that turn the order of display around. What scripts and emoji need of them is none: joiners in Arabic and Indic words, selectors behind
 * an emoji, flags, marks of direction beside letters that are written from right to left.
 */
#include "dlp/detect.h"

enum kind { SEEN = 0, TAG, SELECTOR, ZERO_WIDTH, OVERRIDE, EMBEDDING };

/* The code point at `at`, or 0xfffd with a length of 1; *n 0: it is not all there. */
static uint32_t
code_at(const struct gh_dlp_view *v, size_t at, size_t *n)
{
    const unsigned char *p = (const unsigned char *)v->p + at;
    size_t want = p[0] < 0x80 ? 1 : p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : p[0] >= 0xc0 ? 2 : 1;
    uint32_t cp = want == 1 ? p[0] : p[0] & (0x7fu >> want);

    if (v->n - at < want) {
        *n = 0;
        return 0xfffd;
    }
    for (size_t i = 1; i < want; i++)
        cp = cp << 6 | (p[i] & 0x3f);
    *n = want;
    return cp;
}

/* The one before `at`; 0 if there is none. */
static uint32_t
code_before(const struct gh_dlp_view *v, size_t at)
{
    size_t from = at, n;

    while (from > 0 && at - from < 4) {
        from--;
        if (((unsigned char)v->p[from] & 0xc0) != 0x80)
            return code_at(v, from, &n);
    }
    return 0;
}

static enum kind
kind_of(uint32_t cp)
{
    if (cp >= 0xe0000 && cp <= 0xe007f)
        return TAG;
    if ((cp >= 0xfe00 && cp <= 0xfe0f) || (cp >= 0xe0100 && cp <= 0xe01ef))
        return SELECTOR;
    if (cp == 0x202d || cp == 0x202e)
        return OVERRIDE;
    if ((cp >= 0x202a && cp <= 0x202c) || (cp >= 0x2066 && cp <= 0x2069))
        return EMBEDDING;
    return (cp >= 0x200b && cp <= 0x200d) || (cp >= 0x2060 && cp <= 0x2064) || cp == 0xfeff || cp == 0x180e ? ZERO_WIDTH : SEEN;
}

static bool
is_right_to_left(uint32_t cp)
{
    return (cp >= 0x590 && cp <= 0x8ff) || (cp >= 0xfb1d && cp <= 0xfdff) || (cp >= 0xfe70 && cp <= 0xfefc);
}

static bool
is_latin(uint32_t cp)
{
    return (cp >= '0' && cp <= '9') || (cp >= 'A' && cp <= 'Z') || (cp >= 'a' && cp <= 'z') || (cp >= 0xc0 && cp <= 0x24f);
}

/* Letters of such a script near by: marks of direction have a purpose then. */
static bool
is_among_right_to_left(const struct gh_dlp_view *v, size_t at)
{
    size_t from = at > 64 ? at - 64 : 0, n;

    for (size_t i = from; i < at; i++)
        if (((unsigned char)v->p[i] & 0xc0) == 0xc0 && is_right_to_left(code_at(v, i, &n)))
            return true;
    return false;
}

#define RUN_MAX 9 /* so many in a row hide something, whatever they are */

/* How many there are, RUN_MAX at most, and what follows. */
struct run {
    size_t count, end;
    uint32_t first, next;
    bool is_cut; /* the view ends before one sees what follows */
};

static struct run
run_of(const struct gh_dlp_view *v, size_t at, enum kind kind)
{
    struct run r = {.end = at};
    size_t n;

    while (r.end < v->n && r.count < RUN_MAX) {
        uint32_t cp = code_at(v, r.end, &n);
        if (n == 0)
            break;
        if (kind_of(cp) != kind) {
            r.next = cp;
            return r;
        }
        r.first = r.count++ == 0 ? cp : r.first;
        r.end += n;
    }
    r.is_cut = !v->is_last && r.count < RUN_MAX;
    return r;
}

static bool
is_hiding(const struct gh_dlp_view *v, size_t at, enum kind kind, const struct run *r)
{
    uint32_t before = code_before(v, at);

    switch (kind) {
    case TAG:
        return before != 0x1f3f4 || r->count > 8; /* the black flag: England, Scotland, Wales */
    case SELECTOR:
        return r->count > 2 || (r->first >= 0xe0100 && before < 0x2e80);
    case OVERRIDE:
        return true;
    case EMBEDDING:
        return r->count > 0 && !is_right_to_left(before) && !is_right_to_left(r->next) && !is_among_right_to_left(v, at);
    case ZERO_WIDTH:
        return r->count > 3 || (is_latin(before) && is_latin(r->next));
    case SEEN:
        break;
    }
    return false;
}

enum gh_dlp_verdict
gh_dlp_hidden_judge(struct gh_dlp_match *m, const struct gh_dlp_view *v, size_t at)
{
    size_t n;
    uint32_t cp = code_at(v, at, &n);
    enum kind kind = kind_of(cp);

    m->type = GH_DLP_HIDDEN_TEXT;
    m->at = at;
    if (n == 0)
        return v->is_last ? GH_DLP_NO : GH_DLP_MORE;
    if (kind == SEEN || kind_of(code_before(v, at)) == kind) /* inside a run that was judged at its first */
        return GH_DLP_NO;
    struct run r = run_of(v, at, kind);
    m->end = r.end;
    if (r.is_cut)
        return GH_DLP_MORE;
    if (r.count == RUN_MAX)
        return GH_DLP_OPEN;
    return is_hiding(v, at, kind, &r) ? GH_DLP_FOUND : GH_DLP_NO;
}

size_t
gh_dlp_hidden_body(struct gh_str s)
{
    const struct gh_dlp_view v = {s.p, s.n, 0, true};
    size_t i = 0, n;

    while (i < s.n && kind_of(code_at(&v, i, &n)) != SEEN && n > 0)
        i += n;
    return i;
}
