/* SPDX-License-Identifier: Apache-2.0 */
/* shield/scan: a text in pieces, each in its views, each view in its windows; the greatest sum decides. Whole numbers only. */
#include "shield/scan.h"

const char *const gh_shield_class_names[GH_SHIELD_CLASSES] = {
#define ROW(name, text) text,
    GH_SHIELD_CLASS_LIST(ROW)
#undef ROW
};
const char *const gh_shield_kind_names[GH_SHIELD_KINDS] = {"user", "document", "tool_output"};

size_t
gh_scan_piece_end(struct gh_str text, size_t at)
{
    size_t end;

    if (text.n - at <= GH_SHIELD_PIECE_BYTES)
        return text.n;
    end = at + GH_SHIELD_PIECE_BYTES;
    for (size_t k = 0; k < 256; k++) /* between words, if there is such a place */
        if ((unsigned char)text.p[end - k] <= ' ')
            return end - k;
    return end;
}

size_t
gh_scan_piece_next(size_t at, size_t end)
{
    return end - at > 2 * GH_SHIELD_OVERLAP_BYTES ? end - GH_SHIELD_OVERLAP_BYTES : end;
}

static bool
is_apart(const struct gh_scan_window *a, const struct gh_scan_window *b)
{
    uint32_t from, to;

    if (a->view_index != b->view_index)
        return true;
    from = a->from > b->from ? a->from : b->from;
    to = a->to < b->to ? a->to : b->to;
    return to <= from || (to - from) * 2 < a->to - a->from;
}

static inline bool
is_good(const struct gh_scan_list *l, int32_t sum)
{
    return l->n < GH_SCAN_BEST || sum > l->w[GH_SCAN_BEST - 1].sum;
}

/* Keeps the best windows, best first; of two that share most of their words the better one. */
static void
keep(struct gh_scan_list *l, struct gh_scan_window w)
{
    size_t i = l->n;

    if (!is_good(l, w.sum))
        return;
    for (size_t k = 0; k < l->n; k++)
        if (!is_apart(&w, &l->w[k])) {
            if (l->w[k].sum >= w.sum)
                return;
            memmove(&l->w[k], &l->w[k + 1], (l->n - k - 1) * sizeof w);
            l->n--;
            i = l->n;
            break;
        }
    while (i > 0 && l->w[i - 1].sum < w.sum)
        i--;
    if (l->n == GH_SCAN_BEST)
        l->n--;
    memmove(&l->w[i + 1], &l->w[i], (l->n - i) * sizeof w);
    l->w[i] = w;
    l->n++;
}

/* A view whose words were added up. */
struct judged {
    const struct gh_view *view;
    size_t index;
    enum gh_shield_kind kind;
    struct gh_feature_sum *sums;
    int32_t whole; /* of the features that count in each window */
    uint32_t n_whole;
};

static void
judge_window(struct gh_scan_piece *p, const struct judged *j, struct gh_window w)
{
    int32_t sum = gh_window_sum(j->kind, (int64_t)j->sums[w.to].weights - j->sums[w.from].weights + j->whole,
        j->sums[w.to].features - j->sums[w.from].features + j->n_whole);
    struct gh_scan_window found = {.sum = sum, .view = j->view->id, .view_index = j->index, .from = w.from, .to = w.to};

    if (!is_good(&p->best, sum) && !is_good(&p->asked, sum))
        return;
    keep(&p->best, found);
    if (w.to - w.from <= GH_NET_WORDS)
        keep(&p->asked, found);
}

static enum gh_rc
judge_view(
    struct gh_scan_piece *p, const struct gh_shield_model *m, struct gh_arena *scratch, enum gh_shield_kind kind, size_t index)
{
    const struct gh_view *v = &p->views.view[index];
    uint32_t ids[GH_FEATURE_TEXT_MAX];
    size_t n_ids = gh_feature_text(ids, &v->words, v->id);
    struct judged j = {.view = v,
        .index = index,
        .kind = kind,
        .sums = gh_arena_take_raw(scratch, (v->words.n + 1u) * sizeof *j.sums),
        .n_whole = (uint32_t)n_ids};

    if (j.sums == NULL)
        return GH_NOMEM;
    if (v->words.n == 0)
        return GH_OK;
    gh_feature_add_up(j.sums, &v->words, m->linear[kind], m->lexicon.known, kind);
    for (size_t i = 0; i < n_ids; i++)
        j.whole += m->linear[kind][ids[i]];
    for (uint32_t i = 0, n = gh_window_count(v->words.n); i < n; i++)
        judge_window(p, &j, gh_window_at(v->words.n, i));
    for (uint32_t i = 0, to; kind != GH_SHIELD_USER && i < v->words.n; i = to) {
        for (to = i + 1; to < v->words.n && (v->words.word[to].flags & GH_WORD_START) == 0;)
            to++;
        if (gh_window_is_sentence(kind, i, to))
            judge_window(p, &j, (struct gh_window){i, to});
    }
    return GH_OK;
}

/* The bytes of a window: from the first to the last that any of its words came from; strings that were joined may have stood in another order. */
static void
find_bytes(struct gh_scan_list *l, const struct gh_views *views)
{
    for (size_t k = 0; k < l->n; k++) {
        struct gh_scan_window *w = &l->w[k];
        const struct gh_word *word = views->view[w->view_index].words.word;

        w->at = word[w->from].at;
        w->end = word[w->from].end;
        for (uint32_t i = w->from; i < w->to; i++) {
            w->at = word[i].at < w->at ? word[i].at : w->at;
            w->end = word[i].end > w->end ? word[i].end : w->end;
        }
    }
}

enum gh_rc
gh_scan_piece(struct gh_scan_piece *out, const struct gh_shield_model *m, struct gh_arena *scratch, enum gh_shield_kind kind,
    struct gh_str text, uint32_t base)
{
    enum gh_rc rc = gh_views_read(&out->views, scratch, &m->lexicon, text, base);

    out->best.n = out->asked.n = 0;
    for (size_t i = 0; i < out->views.n && rc == GH_OK; i++)
        rc = judge_view(out, m, scratch, kind, i);
    find_bytes(&out->best, &out->views);
    find_bytes(&out->asked, &out->views);
    return rc;
}
