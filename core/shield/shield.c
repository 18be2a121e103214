/* SPDX-License-Identifier: Apache-2.0 */
/* shield/shield: the verdict, out of what scan.c found. */
#include "shield/shield.h"

#include "shield/scan.h"

/* Whether the window may be of something that a user pasted below his own words: what he says himself is no indirect attack. */
static bool
may_be_pasted(const struct gh_words *words, const struct gh_scan_window *w)
{
    for (uint32_t i = 1; i <= w->from; i++)
        if ((words->word[i].flags & GH_WORD_LINE) != 0)
            return true;
    return w->view == GH_VIEW_HIDDEN;
}

/* Whether some word of the window was written oddly. */
static bool
is_disguised(const struct gh_words *words, const struct gh_scan_window *w)
{
    for (uint32_t i = w->from; i < w->to; i++)
        if ((words->word[i].flags & GH_WORD_MENDED) != 0)
            return true;
    return false;
}

/* What kind of attack the window is: its features' weights by class. What stands in a document or an answer is indirect, what had to be
 * decoded obfuscated, unless it asks for the instructions. */
static enum gh_shield_class
class_of(const struct gh_shield_model *m, const struct gh_scan_piece *p, const struct gh_scan_window *w, enum gh_shield_kind kind)
{
    const struct gh_words *words = &p->views.view[w->view_index].words;
    struct gh_feature_state state = {0};
    uint32_t ids[GH_FEATURE_WORD_MAX];
    int32_t sum[8] = {0};
    size_t best = GH_SHIELD_JAILBREAK;

    for (uint32_t i = w->from; i < w->to; i++)
        for (size_t j = 0, k = gh_feature_word(ids, &state, words, i); j < k; j++)
            for (size_t c = 0; c < 8; c++)
                sum[c] +=
                    m->classes[(size_t)(ids[j] >> (GH_FEATURE_BITS - GH_MODEL_CLASS_BITS) & ((1u << GH_MODEL_CLASS_BITS) - 1)) * 8 +
                               c];
    if (kind == GH_SHIELD_USER && !may_be_pasted(words, w))
        sum[GH_SHIELD_INDIRECT] = INT32_MIN;
    if (!is_disguised(words, w))
        sum[GH_SHIELD_OBFUSCATED] = INT32_MIN;
    for (size_t c = GH_SHIELD_JAILBREAK; c < GH_SHIELD_CLASSES; c++)
        if (sum[c] > sum[best])
            best = c;
    if (w->view != GH_VIEW_PLAIN && w->view != GH_VIEW_HIDDEN)
        return GH_SHIELD_OBFUSCATED;
    if (kind != GH_SHIELD_USER && best != GH_SHIELD_EXTRACTION)
        return GH_SHIELD_INDIRECT;
    return (enum gh_shield_class)best;
}

/* What the second stage makes of the piece: the greatest of its answers and which window gave it. Units of 1/256. */
static int32_t
ask_net(const struct gh_scan_window **by, const struct gh_shield_model *m, const struct gh_scan_piece *p, enum gh_shield_kind kind)
{
    int32_t best = INT32_MIN, out[GH_NET_OUTPUTS];

    for (size_t i = 0; i < p->asked.n; i++) {
        const struct gh_scan_window *w = &p->asked.w[i];
        struct gh_net_word words[GH_NET_WORDS];
        size_t n = gh_net_words(words, &p->views.view[w->view_index].words, w->from, w->to);

        gh_net_ask(out, &m->net, words, n, (unsigned)kind * 8u + (unsigned)w->view);
        if (out[0] > best) {
            best = out[0];
            *by = w;
        }
    }
    return best;
}

/* The verdict of one piece takes the place of that before it if its score is higher. */
static void
judge(struct gh_shield_verdict *out, const struct gh_shield_model *m, const struct gh_scan_piece *p, enum gh_shield_kind kind)
{
    const struct gh_model_kind *k = &m->kind[kind];
    const struct gh_scan_window *w = &p->best.w[0];
    bool is_uncertain;
    float score;

    if (p->best.n == 0)
        return;
    is_uncertain = m->net.word != NULL && p->asked.n > 0 && w->sum >= k->low && w->sum < k->high;
    if (is_uncertain) {
        int32_t second = ask_net(&w, m, p, kind);

        score = (float)gh_model_curve_at(&k->both, (int32_t)((int64_t)p->best.w[0].sum * k->mix >> 8) + second) / 65535.0f;
        out->is_second_stage = true;
    } else {
        score = (float)gh_model_curve_at(&k->first, w->sum) / 65535.0f;
    }
    if (score < out->score)
        return;
    out->score = score;
    if (score < out->threshold)
        return;
    out->is_attack = true;
    out->class_ = class_of(m, p, w, kind);
    out->at = w->at;
    out->end = w->end;
}

/* Memory of one piece is used again for the next: blocks are taken from `scratch` once. */
#define BLOCKS 48

struct keeper {
    struct gh_arena *scratch;
    struct {
        void *p;
        size_t n;
        bool is_out;
    } block[BLOCKS];
};

static void *
keeper_get(void *ctx, size_t n)
{
    struct keeper *k = ctx;

    for (size_t i = 0; i < BLOCKS; i++) {
        if (k->block[i].is_out || (k->block[i].p != NULL && k->block[i].n < n))
            continue;
        if (k->block[i].p == NULL && (k->block[i].p = gh_arena_take_raw(k->scratch, n)) == NULL)
            return NULL;
        k->block[i].n = k->block[i].n < n ? n : k->block[i].n;
        k->block[i].is_out = true;
        return k->block[i].p;
    }
    return gh_arena_take_raw(k->scratch, n);
}

static void
keeper_put(void *ctx, void *p, size_t n)
{
    struct keeper *k = ctx;

    (void)n;
    for (size_t i = 0; i < BLOCKS; i++)
        if (k->block[i].p == p)
            k->block[i].is_out = false;
}

enum gh_rc
gh_shield_scan(struct gh_shield_verdict *out, const struct gh_shield_model *m, struct gh_arena *scratch, enum gh_shield_kind kind,
    struct gh_str text, float threshold)
{
    struct keeper keeper = {.scratch = scratch};
    struct gh_scan_piece piece;
    struct gh_arena a;
    enum gh_rc rc = GH_OK;

    *out = (struct gh_shield_verdict){.threshold = threshold > 0 ? threshold : m->info.threshold[kind]};
    if (text.n > GH_SHIELD_TEXT_MAX)
        return GH_LIMIT;
    for (size_t at = 0; at < text.n;) {
        size_t end = gh_scan_piece_end(text, at);

        gh_arena_init(&a, (struct gh_alloc){keeper_get, keeper_put, &keeper}, GH_SHIELD_SCRATCH_MAX);
        if ((rc = gh_scan_piece(&piece, m, &a, kind, gh_str_sub(text, at, end - at), (uint32_t)at)) == GH_OK)
            judge(out, m, &piece, kind);
        gh_arena_fini(&a);
        if (rc != GH_OK || end == text.n)
            break;
        at = gh_scan_piece_next(at, end);
    }
    return rc;
}
