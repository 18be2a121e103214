/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shield_train: see train.h.
 *
 *   shield_train --lexicon FILE --out MODEL [--folds N] [--epochs N] [--net FILE] RECORDS...   makes a model
 *   shield_train --judge MODEL RECORDS...                                                     says what a model makes of records
 */
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "host/host.h"
#include "train.h"

#define RECORDS_MAX 400000u
#define VIEWS_MAX   2000000u
#define ALARMS      0.004 /* share of benign text of sources left out that may be over the threshold */

_Noreturn void
train_die(const char *what, const char *about)
{
    (void)fprintf(stderr, "shield_train: %s%s%s\n", about != NULL ? about : "", about != NULL ? ": " : "", what);
    exit(1);
}

void *
train_alloc(size_t n, size_t size)
{
    void *p = calloc(n, size);

    if (p == NULL)
        train_die("no memory", NULL);
    return p;
}

static int
by_value(const void *pa, const void *pb)
{
    float a = *(const float *)pa, b = *(const float *)pb;

    return (a > b) - (a < b);
}

/* The value that a share of them is over. */
static float
quantile(float *v, size_t n, double share)
{
    qsort(v, n, sizeof *v, by_value);
    return n == 0 ? 0 : v[n - 1 - (size_t)((double)n * share)];
}

struct arguments {
    const char *lexicon, *out, *judge, *net, *version;
    struct train_options o;
    int first;
};

/* Sums of benign texts that the weights have not seen: of the sources of one fold after another, or of those for validation. */
static void
find_thresholds(float threshold[GH_SHIELD_KINDS], const struct train_set *s, const struct arguments *a)
{
    struct train_weights w;
    float *z[GH_SHIELD_KINDS];
    size_t n[GH_SHIELD_KINDS] = {0};
    int folds = a->o.folds;

    w.shared = train_alloc(GH_FEATURES, sizeof(float));
    for (size_t k = 0; k < GH_SHIELD_KINDS; k++) {
        w.of_kind[k] = train_alloc(GH_FEATURES, sizeof(float));
        z[k] = train_alloc(s->n, sizeof(float));
    }
    for (int fold = 0; fold < folds; fold++) {
        struct train_options o = a->o;

        o.fold = fold;
        train_fit(&w, s, &o);
        for (size_t i = 0; i < s->n; i++)
            if (!s->record[i].is_attack && train_is_left_out(&s->record[i], &o))
                z[s->record[i].kind][n[s->record[i].kind]++] = train_score(&w, s, &s->record[i]).z - w.bias[s->record[i].kind];
    }
    for (size_t k = 0; k < GH_SHIELD_KINDS; k++) {
        threshold[k] = quantile(z[k], n[k], ALARMS);
        printf("threshold %s: %.3f of %zu benign texts\n", gh_shield_kind_names[k], (double)threshold[k], n[k]);
    }
}

static void
make_curve(struct gh_model_curve *c, float threshold, float slope, float scale)
{
    float first = threshold - 8 / slope, step = 16 / slope / (float)(GH_MODEL_CURVE - 1);

    c->first = (int32_t)(first * 16 * scale);
    c->step = (int32_t)(step * 16 * scale);
    for (size_t i = 0; i < GH_MODEL_CURVE; i++) {
        float z = (float)(c->first + c->step * (int32_t)i) / (16 * scale);

        c->p[i] = (uint16_t)(65535 / (1 + expf(-slope * (z - threshold))));
    }
}

static void
make(struct train_set *s, const struct arguments *a)
{
    struct train_lexicon l;
    struct train_model m = {0};
    float threshold[GH_SHIELD_KINDS] = {0};
    struct train_options o = a->o;

    train_digest(s);
    train_lexicon_make(&l, s, a->lexicon);
    train_features(s, &l.l);
    m.w.shared = train_alloc(GH_FEATURES, sizeof(float));
    for (size_t k = 0; k < GH_SHIELD_KINDS; k++) {
        m.w.of_kind[k] = train_alloc(GH_FEATURES, sizeof(float));
        m.linear[k] = train_alloc(GH_FEATURES, 1);
    }
    m.classes = train_alloc(8u << GH_MODEL_CLASS_BITS, 1);
    find_thresholds(threshold, s, a);
    o.folds = 0;
    train_fit(&m.w, s, &o);
    train_quantise(&m);
    train_classes(&m, s);
    for (size_t k = 0; k < GH_SHIELD_KINDS; k++) {
        m.kind[k].threshold = 32768;
        make_curve(&m.kind[k].first, threshold[k], 2, m.scale);
        m.kind[k].both = m.kind[k].first;
    }
    train_write(a->out, &m, &l, s, (struct gh_str){NULL, 0}, a->version);
}

/* The model as it ships, by the same call as the gateway's. */
static void
judge(const struct train_set *s, const char *path)
{
    struct gh_shield_model *m;
    struct gh_arena a, scratch;
    struct gh_err err = {0};
    struct gh_str bytes;
    float *z = train_alloc(s->n, sizeof *z);

    gh_arena_init(&a, s->arena.alloc, 64u << 20);
    if (gh_file_read(&bytes, &a, AT_FDCWD, path, 32u << 20) != GH_OK || gh_shield_open(&m, &a, bytes, &err) != GH_OK)
        train_die(err.what != NULL ? err.what : "cannot be read", path);
    for (size_t i = 0; i < s->n; i++) {
        struct gh_shield_verdict v;

        gh_arena_init(&scratch, s->arena.alloc, GH_SHIELD_SCRATCH_MAX);
        if (gh_shield_scan(&v, m, &scratch, s->record[i].kind, s->record[i].text, 0) != GH_OK)
            train_die("a text cannot be judged", NULL);
        z[i] = v.score;
        gh_arena_fini(&scratch);
    }
    train_report(s, z, m->info.threshold);
}

static int
number(const char *s)
{
    uint64_t v = 0;

    if (s == NULL || gh_str_u64(&v, gh_str_z(s), 1000) != GH_OK)
        train_die("a number is wanted", s);
    return (int)v;
}

static void
read_arguments(struct arguments *a, int argc, char *argv[])
{
    int i = 1;

    *a = (struct arguments){
        .version = "1", .o = {.epochs = 5, .rate = 0.1f, .margin = 1, .decay = 1e-6f, .drop = 0.25f, .folds = 3}};
    for (; i + 1 < argc && argv[i][0] == '-'; i += 2) {
        struct gh_str w = gh_str_z(argv[i]);

        if (gh_str_eq(w, GH_STR("--lexicon")))
            a->lexicon = argv[i + 1];
        else if (gh_str_eq(w, GH_STR("--out")))
            a->out = argv[i + 1];
        else if (gh_str_eq(w, GH_STR("--judge")))
            a->judge = argv[i + 1];
        else if (gh_str_eq(w, GH_STR("--net")))
            a->net = argv[i + 1];
        else if (gh_str_eq(w, GH_STR("--version")))
            a->version = argv[i + 1];
        else if (gh_str_eq(w, GH_STR("--hold")))
            a->o.hold = argv[i + 1];
        else if (gh_str_eq(w, GH_STR("--epochs")))
            a->o.epochs = number(argv[i + 1]);
        else if (gh_str_eq(w, GH_STR("--folds")))
            a->o.folds = number(argv[i + 1]);
        else
            train_die("no such option", argv[i]);
    }
    a->first = i;
    if (i >= argc || (a->judge == NULL && (a->out == NULL || a->lexicon == NULL)))
        train_die("usage: shield_train --lexicon FILE --out MODEL RECORDS... | --judge MODEL RECORDS...", NULL);
}

int
main(int argc, char *argv[])
{
    struct train_set s = {.cap = RECORDS_MAX, .cap_views = VIEWS_MAX};
    struct arguments a;

    read_arguments(&a, argc, argv);
    s.record = train_alloc(s.cap, sizeof *s.record);
    s.view = train_alloc(s.cap_views, sizeof *s.view);
    gh_arena_init(&s.arena, gh_heap(), (size_t)1 << 36);
    for (int i = a.first; i < argc; i++)
        train_read(&s, argv[i]);
    if (s.n == 0)
        train_die("no records", NULL);
    printf("%zu records\n", s.n);
    if (a.judge != NULL)
        judge(&s, a.judge);
    else
        make(&s, &a);
    return 0;
}
