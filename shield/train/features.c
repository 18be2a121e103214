/* SPDX-License-Identifier: Apache-2.0 */
/* shield/train: the features of all records, by core/shield itself. A text of several pieces has the views of each. */
#include "train.h"

static struct train_view *
new_view(struct train_set *s)
{
    if (s->n_views == s->cap_views)
        train_die("too many views", NULL);
    return &s->view[s->n_views++];
}

static uint32_t *
copy_ids(struct train_set *s, const uint32_t *ids, size_t n)
{
    uint32_t *p = gh_arena_take_raw(&s->arena, n * sizeof *ids);

    if (p == NULL)
        train_die("no memory", NULL);
    return memcpy(p, ids, n * sizeof *ids);
}

static void
put_view(struct train_set *s, const struct gh_view *v)
{
    static uint32_t ids[GH_SHIELD_DECODED_MAX * 40], off[GH_SHIELD_DECODED_MAX], start[GH_SHIELD_DECODED_MAX];
    struct gh_feature_state state = {0};
    struct train_view *out;
    uint32_t text_ids[GH_FEATURE_TEXT_MAX], n = 0, n_start = 0;

    if (v->words.n == 0)
        return;
    out = new_view(s);
    for (uint32_t i = 0; i < v->words.n; i++) {
        off[i] = n;
        if (i == 0 || (v->words.word[i].flags & GH_WORD_START) != 0)
            start[n_start++] = i;
        if (n + GH_FEATURE_WORD_MAX > sizeof ids / sizeof ids[0])
            train_die("too many features", NULL);
        n += (uint32_t)gh_feature_word(ids + n, &state, &v->words, i);
    }
    off[v->words.n] = n;
    out->n = v->words.n;
    start[n_start] = v->words.n;
    out->n_start = n_start;
    out->start = copy_ids(s, start, n_start + 1u);
    out->ids = copy_ids(s, ids, n);
    out->off = copy_ids(s, off, v->words.n + 1u);
    out->n_text = (uint32_t)gh_feature_text(text_ids, &v->words, v->id);
    out->text_ids = copy_ids(s, text_ids, out->n_text);
}

void
train_features(struct train_set *s, const struct gh_lexicon *l)
{
    for (size_t i = 0; i < s->n; i++) {
        struct train_record *r = &s->record[i];

        r->view = (uint32_t)s->n_views;
        for (size_t at = 0; at < r->text.n;) {
            size_t end = gh_scan_piece_end(r->text, at);
            struct gh_views views;
            struct gh_arena a;

            gh_arena_init(&a, s->arena.alloc, 256u << 20);
            if (gh_views_read(&views, &a, l, gh_str_sub(r->text, at, end - at), (uint32_t)at) != GH_OK)
                train_die("no memory", NULL);
            for (size_t k = 0; k < views.n; k++)
                put_view(s, &views.view[k]);
            gh_arena_fini(&a);
            if (end == r->text.n)
                break;
            at = gh_scan_piece_next(at, end);
        }
        r->n_views = (uint32_t)s->n_views - r->view;
    }
}
