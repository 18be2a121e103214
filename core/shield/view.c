/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shield/view: which readings there are. Sinks are bounded by the piece; forms within forms are followed once more (GH_SHIELD_DEPTH_MAX),
 * by decoding what was decoded.
 */
#include "shield/view.h"

#include "shield/decode.h"

#define ESCAPES_MANY     8 /* and in any                                             */
#define SHORT_TEXT_BYTES 512
#define VIEW_MIN         4 /* bytes */

const char *const gh_view_names[GH_VIEWS] = {
#define ROW(name, text) text,
    GH_VIEW_LIST(ROW)
#undef ROW
};

static enum gh_rc
sink_make(struct gh_sink *k, struct gh_arena *scratch, uint32_t cap)
{
    *k = (struct gh_sink){.cap = cap};
    k->p = gh_arena_take_raw(scratch, cap);
    k->map = gh_arena_take_raw(scratch, (cap + 1u) * sizeof *k->map);
    if (k->p == NULL || k->map == NULL)
        return GH_NOMEM;
    k->map[0] = 0;
    return GH_OK;
}

static struct gh_source
source_of(const struct gh_sink *k)
{
    return (struct gh_source){.p = (const uint8_t *)k->p, .n = k->n, .map = k->map};
}

static enum gh_rc
add_view(struct gh_views *out, struct gh_arena *scratch, const struct gh_lexicon *l, enum gh_view_id id, const struct gh_sink *k)
{
    struct gh_view *v = &out->view[out->n];

    if (k->n < VIEW_MIN || out->n == GH_SHIELD_VIEWS_MAX)
        return GH_OK;
    *v = (struct gh_view){.id = id, .text = gh_str(k->p, k->n), .map = k->map};
    out->n++;
    return gh_words_read(&v->words, scratch, l, v->text, v->map, 0);
}

static bool
is_escaped(uint32_t found, uint32_t n)
{
    return found >= ESCAPES_MANY || (found >= GH_DECODE_ESCAPES_MIN && n <= SHORT_TEXT_BYTES);
}

struct sinks {
    struct gh_sink escapes, again, decoded, deeper, hidden, joined, rotated, reversed;
};

static enum gh_rc
sinks_make(struct sinks *s, struct gh_arena *scratch, uint32_t n)
{
    struct gh_sink *const all[] = {
        &s->escapes, &s->again, &s->decoded, &s->deeper, &s->hidden, &s->joined, &s->rotated, &s->reversed};
    uint32_t cap = n + 64 < GH_SHIELD_DECODED_MAX / 8 ? n + 64 : GH_SHIELD_DECODED_MAX / 8;

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (sink_make(all[i], scratch, cap) != GH_OK)
            return GH_NOMEM;
    return GH_OK;
}

/* Escapes of the text; and if what comes out has escapes, of that. */
static struct gh_sink *
unescape(struct sinks *s, const struct gh_source *in)
{
    struct gh_source once;

    if (!is_escaped(gh_decode_escapes(&s->escapes, in), in->n)) {
        s->escapes.n = 0;
        return &s->escapes;
    }
    once = source_of(&s->escapes);
    return is_escaped(gh_decode_escapes(&s->again, &once), once.n) ? &s->again : &s->escapes;
}

enum gh_rc
gh_views_read(struct gh_views *out, struct gh_arena *scratch, const struct gh_lexicon *lexicon, struct gh_str text, uint32_t base)
{
    struct gh_source in = {.p = (const uint8_t *)text.p, .n = (uint32_t)text.n, .base = base}, inner;
    const struct gh_words *plain = &out->view[0].words;
    struct gh_sink *escapes;
    struct sinks s;
    uint32_t n_deeper;
    enum gh_rc rc;

    out->n = 1;
    out->view[0] = (struct gh_view){.id = GH_VIEW_PLAIN, .text = text};
    if ((rc = gh_words_read(&out->view[0].words, scratch, lexicon, text, NULL, base)) != GH_OK)
        return rc;
    if (text.n < VIEW_MIN)
        return GH_OK;
    if ((rc = sinks_make(&s, scratch, in.n)) != GH_OK)
        return rc;
    in.words = plain;
    escapes = unescape(&s, &in);
    gh_decode_hidden(&s.hidden, &in);
    gh_decode_runs(&s.decoded, &in);
    gh_decode_words(&s.decoded, lexicon, plain);
    inner = source_of(escapes);
    if (inner.n > 0)
        gh_decode_runs(&s.decoded, &inner);
    inner = source_of(&s.hidden);
    if (inner.n > 0)
        gh_decode_runs(&s.decoded, &inner);
    if ((rc = gh_decode_joined(&s.joined, scratch, &in)) != GH_OK)
        return rc;
    gh_decode_rotated(&s.rotated, &s.reversed, lexicon, plain);
    if ((rc = add_view(out, scratch, lexicon, GH_VIEW_UNESCAPED, escapes)) != GH_OK ||
        (rc = add_view(out, scratch, lexicon, GH_VIEW_DECODED, &s.decoded)) != GH_OK)
        return rc;
    if (s.decoded.n > 0) {
        inner = source_of(&s.decoded);
        gh_decode_runs(&s.deeper, &inner);
        n_deeper = s.deeper.n;
        if (!is_escaped(gh_decode_escapes(&s.deeper, &inner), inner.n))
            s.deeper.n = n_deeper;
        gh_decode_rotated(&s.rotated, &s.reversed, lexicon, &out->view[out->n - 1].words);
    }
    if ((rc = add_view(out, scratch, lexicon, GH_VIEW_DECODED, &s.deeper)) != GH_OK ||
        (rc = add_view(out, scratch, lexicon, GH_VIEW_HIDDEN, &s.hidden)) != GH_OK ||
        (rc = add_view(out, scratch, lexicon, GH_VIEW_JOINED, &s.joined)) != GH_OK ||
        (rc = add_view(out, scratch, lexicon, GH_VIEW_ROTATED, &s.rotated)) != GH_OK)
        return rc;
    return add_view(out, scratch, lexicon, GH_VIEW_REVERSED, &s.reversed);
}
