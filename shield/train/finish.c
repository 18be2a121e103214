/* SPDX-License-Identifier: Apache-2.0 */
/* shield/train: a model with its second stage. Weights of the first stage stay; the threshold on both is set by benign text of sources that neither
 * stage was trained on. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "host/host.h"
#include "train.h"

/* Weight of the second stage's odds beside the first one's: of those tried the best for each kind (shield/TRIED.md). */
static const float weight[GH_SHIELD_KINDS] = {0.14f, 0.20f, 0.20f};

/* Share of benign texts never trained on that may be over the threshold of both stages, each source counting the same. */
static const double alarms[GH_SHIELD_KINDS] = {0.0125, 0.0125, 0.020};

/* What both stages say of a text, in units of logarithmic odds: of the piece for which the sum is greatest. */
struct both {
    float first, second, sum;
    bool is_asked;
};

static struct both
both_of(const struct gh_shield_model *m, const struct train_record *r, struct gh_alloc alloc)
{
    struct both out = {-1e9f, -1e9f, -1e9f, false};

    for (size_t at = 0; at < r->text.n;) {
        size_t end = gh_scan_piece_end(r->text, at);
        int32_t answers[GH_NET_OUTPUTS], best = INT32_MIN;
        struct gh_scan_piece p;
        struct gh_arena a;

        gh_arena_init(&a, alloc, 256u << 20);
        if (gh_scan_piece(&p, m, &a, r->kind, gh_str_sub(r->text, at, end - at), (uint32_t)at) != GH_OK)
            train_die("no memory", NULL);
        for (size_t i = 0; i < p.asked.n && p.best.w[0].sum >= m->kind[r->kind].low; i++) {
            const struct gh_scan_window *w = &p.asked.w[i];
            struct gh_net_word words[GH_NET_WORDS];
            size_t n = gh_net_words(words, &p.views.view[w->view_index].words, w->from, w->to);

            gh_net_ask(answers, &m->net, words, n, (unsigned)r->kind * 8u + (unsigned)w->view);
            best = answers[0] > best ? answers[0] : best;
        }
        if (best != INT32_MIN) {
            float first = (float)((int64_t)p.best.w[0].sum * m->kind[r->kind].mix >> 8) / 256, second = (float)best / 256;

            if (first + weight[r->kind] * second > out.sum)
                out = (struct both){first, second, first + weight[r->kind] * second, true};
        }
        gh_arena_fini(&a);
        at = end == r->text.n ? end : gh_scan_piece_next(at, end);
    }
    return out;
}

/* The least value that no more than the share of the texts of this kind are over. */
static float
threshold_of(const struct train_set *s, const struct gh_shield_model *m, enum gh_shield_kind kind)
{
    struct train_scored *v = train_alloc(s->n, sizeof *v);
    size_t n = 0, asked = 0;
    float t;

    for (size_t k = 0; k < s->n; k++) {
        const struct train_record *r = &s->record[k];
        struct both b;

        if (r->is_attack || r->may_train || r->kind != kind || !train_is_measure(r))
            continue;
        b = both_of(m, r, s->arena.alloc);
        asked += b.is_asked;
        v[n++] = (struct train_scored){.z = b.sum, .group = r->group};
    }
    t = train_quantile(v, n, alarms[kind]);
    printf("both stages, %s: threshold %.3f of %zu benign texts, second stage asked for %.2f %%\n", gh_shield_kind_names[kind],
        (double)t, n, n == 0 ? 0 : 100.0 * (double)asked / (double)n);
    free(v);
    return t < -1e8f ? 0 : t;
}

/* One line for each record that was not trained on: attack, kind, source, both stages. */
void
train_stages(const struct train_set *s, const struct gh_shield_model *m)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct train_record *r = &s->record[i];
        struct both b;

        if (r->may_train)
            continue;
        b = both_of(m, r, s->arena.alloc);
        printf("%d %s %.*s %.3f %.3f\n", r->is_attack, gh_shield_kind_names[r->kind], (int)r->source.n, r->source.p,
            (double)b.first, (double)b.second);
    }
}

void
train_finish(struct train_set *s, const char *first, const char *net, const char *out, const char *version)
{
    struct gh_shield_model *m;
    struct train_model made = {0};
    struct gh_str bytes, weights;

    m = train_open(&s->arena, first, &bytes);
    if (gh_file_read(&weights, &s->arena, AT_FDCWD, net, 8u << 20) != GH_OK || gh_net_read(&m->net, weights) != GH_OK ||
        m->net.word == NULL)
        train_die("is no second stage", net);
    for (uint32_t i = 1; i < GH_MODEL_SECTIONS; i++) { /* as the rows of the first file have them; gh_shield_open believed it */
        const uint8_t *row = (const uint8_t *)bytes.p + GH_MODEL_HEAD_BYTES + (i - 1) * GH_MODEL_ROW_BYTES;
        uint32_t v[3];

        memcpy(v, row, sizeof v);
        made.section[i] = gh_str_sub(bytes, v[1], v[2]);
    }
    made.section[GH_MODEL_NET] = weights;
    memcpy(s->digest, m->training, sizeof s->digest);
    for (size_t k = 0; k < GH_SHIELD_KINDS; k++) {
        made.kind[k] = m->kind[k];
        made.kind[k].mix = (int32_t)((float)m->kind[k].mix / weight[k]);
        train_curve(&made.kind[k].both, threshold_of(s, m, (enum gh_shield_kind)k) / weight[k], 2 * weight[k], 256);
    }
    train_write(out, &made, s, version);
}
