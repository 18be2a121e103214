/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shield/train: the weights of the first stage. Logistic loss on the window of each record that has the greatest sum (so that an attack need
 * not say where it stands, and a benign text is benign in each of its windows), a margin on benign text, AdaGrad steps. The weight of a
 * feature for a kind is a shared one and one of its own.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "train.h"

#define ANOTHER 0.35f /* weight of a window that is not the best one */

static uint64_t
next_random(uint64_t *state)
{
    uint64_t x = *state;

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return *state = x;
}

static float
weight_of(const struct train_weights *w, enum gh_shield_kind kind, uint32_t id)
{
    return w->shared[id] + w->of_kind[kind][id];
}

/* As gh_window_sum has it. */
float
train_root(enum gh_shield_kind kind, uint32_t features)
{
    float square = sqrtf((float)features + 1);

    return kind == GH_SHIELD_USER ? square : sqrtf(square);
}

/* The sum of one window. */
static float
score_window(const struct train_weights *w, enum gh_shield_kind kind, const struct train_view *v, const struct train_best *b)
{
    float sum = 0;

    for (uint32_t i = 0; i < v->n_text; i++)
        sum += weight_of(w, kind, v->text_ids[i]);
    for (uint32_t k = v->off[b->from]; k < v->off[b->to]; k++)
        sum += weight_of(w, kind, v->ids[k]);
    return sum / train_root(kind, b->n) + w->bias[kind];
}

static struct train_best
score_view(const struct train_weights *w, enum gh_shield_kind kind, const struct train_view *v)
{
    static float sums[GH_SHIELD_DECODED_MAX];
    struct train_best best = {.z = -1e9f};
    float whole = 0, sum = 0;

    for (uint32_t i = 0; i < v->n_text; i++)
        whole += weight_of(w, kind, v->text_ids[i]);
    sums[0] = 0;
    for (uint32_t i = 0; i < v->n; i++) {
        for (uint32_t k = v->off[i]; k < v->off[i + 1]; k++)
            sum += weight_of(w, kind, v->ids[k]);
        sums[i + 1] = sum;
    }
    for (uint32_t i = 0, n = gh_window_count(v->n); i < n + v->n_start; i++) {
        struct gh_window x = i < n ? gh_window_at(v->n, i) : (struct gh_window){v->start[i - n], v->start[i - n + 1]};
        uint32_t count = v->off[x.to] - v->off[x.from] + v->n_text;
        float z = (sums[x.to] - sums[x.from] + whole) / train_root(kind, count) + w->bias[kind];

        if (z > best.z && (i < n || gh_window_is_sentence(kind, x.from, x.to)))
            best = (struct train_best){z, 0, x.from, x.to, count};
    }
    return best;
}

struct train_best
train_score(const struct train_weights *w, const struct train_set *s, const struct train_record *r)
{
    struct train_best best = {.z = -1e9f};

    for (uint32_t k = 0; k < r->n_views; k++) {
        struct train_best b = score_view(w, r->kind, &s->view[r->view + k]);

        b.view = r->view + k;
        if (b.z > best.z)
            best = b;
    }
    return best;
}

static bool
is_left_out(const struct train_record *r, const struct train_options *o)
{
    return o->hold != NULL && gh_str_eq(r->source, gh_str_z(o->hold));
}

struct fit {
    struct train_weights *w;
    float *g_shared, *g_kind[GH_SHIELD_KINDS], g_bias[GH_SHIELD_KINDS];
    const struct train_options *o;
    uint64_t random;
};

static void
step_weight(struct fit *f, enum gh_shield_kind kind, uint32_t id, float g)
{
    float *w = &f->w->shared[id], *own = &f->w->of_kind[kind][id], gw = g + f->o->decay * *w, go = g + 4 * f->o->decay * *own;

    f->g_shared[id] += gw * gw;
    *w -= f->o->rate * gw / (1e-3f + sqrtf(f->g_shared[id]));
    f->g_kind[kind][id] += go * go;
    *own -= 0.5f * f->o->rate * go / (1e-3f + sqrtf(f->g_kind[kind][id]));
}

/* One step along the gradient of one window; features are left out at random, so that no single one is relied upon. */
static void
step_window(struct fit *f, const struct train_set *s, const struct train_record *r, struct train_best b, float g)
{
    const struct train_view *v = &s->view[b.view];
    float scaled = g / train_root(r->kind, b.n);
    uint32_t keep = (uint32_t)((1 - f->o->drop) * 65536);

    for (uint32_t k = v->off[b.from]; k < v->off[b.to]; k++)
        if ((next_random(&f->random) >> 40 & 0xffff) < keep)
            step_weight(f, r->kind, v->ids[k], scaled);
    for (uint32_t k = 0; k < v->n_text; k++)
        step_weight(f, r->kind, v->text_ids[k], scaled);
    f->g_bias[r->kind] += g * g;
    f->w->bias[r->kind] -= f->o->rate * g / (1 + sqrtf(f->g_bias[r->kind]));
}

/* A jailbreak is one from end to end: any window of it says so a little. Of other attacks one sentence may be all. */
static void
step_another(struct fit *f, const struct train_set *s, const struct train_record *r, struct train_best b)
{
    const struct train_view *v = &s->view[b.view];
    uint32_t n = gh_window_count(v->n);
    struct gh_window x = gh_window_at(v->n, (uint32_t)(next_random(&f->random) % n));

    if (n == 1)
        return;
    b = (struct train_best){0, b.view, x.from, x.to, v->off[x.to] - v->off[x.from] + v->n_text};
    b.z = score_window(f->w, r->kind, v, &b);
    step_window(f, s, r, b, ANOTHER * (1 / (1 + expf(-b.z)) - 1) * r->weight);
}

static void
step_record(struct fit *f, const struct train_set *s, const struct train_record *r)
{
    struct train_best b = train_score(f->w, s, r);
    float p, g;

    if (b.z < -1e8f)
        return;
    if (r->is_attack) {
        p = 1 / (1 + expf(-b.z));
        g = (p - 1) * r->weight;
    } else {
        p = 1 / (1 + expf(-(b.z + f->o->margin)));
        g = p * r->weight;
    }
    if (fabsf(g) > 1e-3f)
        step_window(f, s, r, b, g);
    if (r->class_ == GH_SHIELD_JAILBREAK && r->kind == GH_SHIELD_USER)
        step_another(f, s, r, b);
}

/* One run from nothing: `seed` chooses the order of the records and the features that are left out. */
static void
run(struct train_weights *w, const struct train_set *s, const struct train_options *o, uint64_t seed)
{
    struct fit f = {.w = w, .o = o, .random = UINT64_C(88172645463325252) + seed * UINT64_C(0x9e3779b97f4a7c15)};
    uint32_t *order = train_alloc(s->n, sizeof *order), n = 0;

    memset(w->shared, 0, GH_FEATURES * sizeof(float));
    f.g_shared = train_alloc(GH_FEATURES, sizeof(float));
    for (size_t k = 0; k < GH_SHIELD_KINDS; k++) {
        memset(w->of_kind[k], 0, GH_FEATURES * sizeof(float));
        w->bias[k] = -2;
        f.g_kind[k] = train_alloc(GH_FEATURES, sizeof(float));
    }
    for (size_t i = 0; i < s->n; i++)
        if (s->record[i].may_train && !is_left_out(&s->record[i], o))
            order[n++] = (uint32_t)i;
    for (int e = 0; e < o->epochs; e++) {
        for (uint32_t i = n; i > 1; i--) {
            uint32_t j = (uint32_t)(next_random(&f.random) % i), t = order[i - 1];
            order[i - 1] = order[j];
            order[j] = t;
        }
        for (uint32_t i = 0; i < n; i++)
            step_record(&f, s, &s->record[order[i]]);
    }
    free(f.g_shared);
    for (size_t k = 0; k < GH_SHIELD_KINDS; k++)
        free(f.g_kind[k]);
    free(order);
}

static void
add(float *to, const float *from, int runs)
{
    for (size_t i = 0; i < GH_FEATURES; i++)
        to[i] += from[i] / (float)runs;
}

void
train_weights_make(struct train_weights *w)
{
    w->shared = train_alloc(GH_FEATURES, sizeof(float));
    for (size_t k = 0; k < GH_SHIELD_KINDS; k++)
        w->of_kind[k] = train_alloc(GH_FEATURES, sizeof(float));
}

void
train_fit(struct train_weights *w, const struct train_set *s, const struct train_options *o)
{
    struct train_weights one = {0};

    train_weights_make(&one);
    for (int i = 0; i < o->runs; i++) {
        run(&one, s, o, (uint64_t)i);
        add(w->shared, one.shared, o->runs);
        for (size_t k = 0; k < GH_SHIELD_KINDS; k++) {
            add(w->of_kind[k], one.of_kind[k], o->runs);
            w->bias[k] += one.bias[k] / (float)o->runs;
        }
    }
    free(one.shared);
    for (size_t k = 0; k < GH_SHIELD_KINDS; k++)
        free(one.of_kind[k]);
}
