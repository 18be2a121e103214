/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/scope_set.h"

#include "base/codec.h"

/* What a name is entered as: a scope itself, or something that a scope lies below. Different factors, so that their bits differ. */
#define IS_HERE  UINT64_C(0x9e3779b97f4a7c15)
#define IS_BELOW UINT64_C(0xd6e8feb86659fd93)

/* The word of a name, and its three bits there. */
static uint64_t
bits_of(unsigned *word, uint32_t crc, uint64_t factor)
{
    uint64_t h = ((uint64_t)crc + 1) * factor;

    *word = (unsigned)(h >> 62);
    return UINT64_C(1) << (h >> 56 & 63) | UINT64_C(1) << (h >> 50 & 63) | UINT64_C(1) << (h >> 44 & 63);
}

/* The names of resources above and at a path, from the root on: where each ends, with its checksum. */
struct walk {
    struct gh_str path;
    size_t at; /* end of the last name */
    uint32_t crc;
};

/* The next slash behind `at`, or the end. */
static size_t
part_end(struct gh_str s, size_t at)
{
    const char *p = at + 1 < s.n ? memchr(s.p + at + 1, '/', s.n - at - 1) : NULL;

    return p == NULL ? s.n : (size_t)(p - s.p);
}

/* Two parts on; false if they are not there. */
static bool
next(struct walk *w)
{
    size_t half = part_end(w->path, w->at), end;

    if (half >= w->path.n)
        return false;
    end = part_end(w->path, half);
    w->crc = gh_crc32c(w->crc, gh_str(w->path.p + w->at, end - w->at));
    w->at = end;
    return true;
}

static void
enter(struct gh_scope_set *s, uint32_t crc, uint64_t factor)
{
    unsigned word;
    uint64_t bits = bits_of(&word, crc, factor);

    s->w[word] |= bits;
}

void
gh_scope_set_add(struct gh_scope_set *s, struct gh_str scope)
{
    struct walk w = {.path = scope};

    if (scope.n == 1 && scope.p[0] == '/') {
        enter(s, 0, IS_HERE);
        return;
    }
    if (scope.n > 0 && scope.p[0] == '/') {
        while (next(&w) && w.at < scope.n)
            enter(s, w.crc, IS_BELOW);
        if (w.at == scope.n) {
            enter(s, w.crc, IS_HERE);
            return;
        }
    }
    memset(s->w, 0xff, sizeof(s->w)); /* no name of a resource */
}

static void
ask(struct gh_scope_asks *out, uint32_t crc, uint64_t factor)
{
    if (out->n == GH_SCOPE_ASKS_MAX) {
        out->is_open = true;
        return;
    }
    out->ask[out->n].bits = bits_of(&out->ask[out->n].word, crc, factor);
    out->n++;
}

void
gh_scope_asks_of(struct gh_scope_asks *out, struct gh_str path, bool is_below)
{
    struct walk w = {.path = path};

    out->n = 0;
    out->is_open = path.n == 0 || path.p[0] != '/' || (is_below && path.n == 1);
    if (out->is_open)
        return;
    ask(out, 0, IS_HERE);
    while (next(&w))
        ask(out, w.crc, IS_HERE);
    if (is_below && w.at == path.n)
        ask(out, w.crc, IS_BELOW);
    else if (is_below)
        out->is_open = true;
}
