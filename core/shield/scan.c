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

/* What a window must be over to come into the list. */
static inline int32_t
least_of(const struct gh_scan_list *l)
{
    return l->n < GH_SCAN_BEST ? INT32_MIN : l->w[GH_SCAN_BEST - 1].sum;
}

/* Keeps the best windows, best first; of two that share most of their words the better one. */
static void
keep(struct gh_scan_list *l, struct gh_scan_window w)
{
    size_t i = l->n;

    if (w.sum <= least_of(l))
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

static int32_t
least_of_both(const struct gh_scan_piece *p)
{
    return least_of(&p->best) < least_of(&p->asked) ? least_of(&p->best) : least_of(&p->asked);
}

static void
keep_window(struct gh_scan_piece *p, size_t view, struct gh_window w, int32_t sum)
{
    struct gh_scan_window found = {.sum = sum, .view = p->views.view[view].id, .view_index = view, .from = w.from, .to = w.to};

    keep(&p->best, found);
    if (w.to - w.from <= GH_NET_WORDS)
        keep(&p->asked, found);
}

static void
judge_windows(struct gh_scan_piece *p, size_t view, struct gh_windows *windows)
{
    struct gh_window w;
    int32_t sum;

    while (gh_window_find(&w, &sum, windows, least_of_both(p)))
        keep_window(p, view, w, sum);
}

static void
judge_sentences(struct gh_scan_piece *p, size_t view, const struct gh_windows *windows)
{
    const struct gh_word *word = p->views.view[view].words.word;
    struct gh_window w = {0, 0};
    int32_t sum;

    for (; w.from < windows->n; w.from = w.to) {
        for (w.to = w.from + 1; w.to < windows->n && (word[w.to].flags & GH_WORD_START) == 0;)
            w.to++;
        if (gh_window_is_sentence(windows->kind, w.from, w.to) && gh_window_is_over(&sum, windows, w, least_of_both(p)))
            keep_window(p, view, w, sum);
    }
}

static enum gh_rc
judge_view(
    struct gh_scan_piece *p, const struct gh_shield_model *m, struct gh_arena *scratch, enum gh_shield_kind kind, size_t view)
{
    const struct gh_words *words = &p->views.view[view].words;
    struct gh_feature_sum *sums = gh_arena_take_raw(scratch, (words->n + 1u) * sizeof *sums);
    struct gh_windows windows = {.sums = sums, .n = words->n, .kind = kind};
    uint32_t ids[GH_FEATURE_TEXT_MAX];

    if (sums == NULL)
        return GH_NOMEM;
    if (words->n == 0)
        return GH_OK;
    gh_feature_add_up(sums, words, m->linear[kind], m->lexicon.known, kind);
    windows.features = (uint32_t)gh_feature_text(ids, words, p->views.view[view].id);
    for (uint32_t i = 0; i < windows.features; i++)
        windows.weights += m->linear[kind][ids[i]];
    judge_windows(p, view, &windows);
    if (kind != GH_SHIELD_USER)
        judge_sentences(p, view, &windows);
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
