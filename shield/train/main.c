/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shield_train: see train.h.
 *
 *   shield_train --lexicon FILE --out MODEL [--epochs N] [--runs N] RECORDS...      makes a model with a first stage
 *   shield_train --judge MODEL --windows FILE RECORDS...                            writes what net.py trains the second stage on
 *   shield_train --first MODEL --net FILE --out MODEL RECORDS...                    puts both together
 *   shield_train --judge MODEL RECORDS...                                          says what a model makes of records, by source
 *   shield_train --stages MODEL RECORDS...                                         what each stage says of records not trained on
 */
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "host/host.h"
#include "train.h"

#define RECORDS_MAX 400000u
#define VIEWS_MAX   2000000u
#define ALARMS      0.015 /* share of benign text that is not trained on that may be over the threshold, each source counting the same */

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

static float
quantile(float *v, size_t n, double share)
{
    qsort(v, n, sizeof *v, by_value);
    return n == 0 ? 0 : v[n - 1 - (size_t)((double)n * share)];
}

/* How well attacks of sources that are never trained on are told from benign texts of such: share of the pairs in the right order, and how many
 * are caught when one in a hundred of the benign texts is over. */
static void
compass(const struct train_set *s, const struct train_weights *w)
{
    float *z = train_alloc(s->n, sizeof *z), *benign = train_alloc(s->n, sizeof *benign);
    char *done = train_alloc(s->n, 1);

    for (size_t i = 0; i < s->n; i++)
        z[i] = s->record[i].may_train ? 0 : train_score(w, s, &s->record[i]).z - w->bias[s->record[i].kind];
    for (size_t k = 0; k < GH_SHIELD_KINDS; k++) {
        size_t n = 0;
        float one, half;

        for (size_t i = 0; i < s->n; i++)
            if (!s->record[i].may_train && !s->record[i].is_attack && (size_t)s->record[i].kind == k &&
                !gh_str_eq(s->record[i].source, GH_STR("neuralchemy")))
                benign[n++] = z[i];
        one = quantile(benign, n, 0.01);
        half = quantile(benign, n, 0.003);
        printf("compass %s: %.2f %.2f of %zu |", gh_shield_kind_names[k], (double)one, (double)half, n);
        for (size_t i = 0; i < s->n; i++) {
            size_t all = 0, at_one = 0, at_half = 0;
            double pairs = 0;

            if (s->record[i].may_train || !s->record[i].is_attack || (size_t)s->record[i].kind != k || done[i])
                continue;
            for (size_t j = i; j < s->n; j++) {
                const struct train_record *r = &s->record[j];
                size_t low = 0, high = n;

                if (!r->is_attack || r->may_train || (size_t)r->kind != k || r->class_ != s->record[i].class_ ||
                    !gh_str_eq(r->source, s->record[i].source))
                    continue;
                done[j] = 1;
                all++;
                at_one += z[j] > one;
                at_half += z[j] > half;
                while (low < high) {
                    size_t mid = (low + high) / 2;
                    if (benign[mid] < z[j])
                        low = mid + 1;
                    else
                        high = mid;
                }
                pairs += (double)low / (double)n;
            }
            printf(" %.8s/%s %.3f %.0f%% %.0f%%;", s->record[i].source.p, gh_shield_class_names[s->record[i].class_],
                pairs / (double)all, 100.0 * (double)at_one / (double)all, 100.0 * (double)at_half / (double)all);
        }
        printf("\n");
    }
    free(z);
    free(benign);
    free(done);
}

struct arguments {
    const char *lexicon, *out, *judge, *stages, *windows, *net, *first_stage, *version;
    struct train_options o;
    int first;
};

/* And for which the second stage is asked, by kind: what users write must cost least, documents hide most. */
static const double uncertain[GH_SHIELD_KINDS] = {0.04, 0.10, 0.14};

/* Benign labels of one source contradict one another; hand-written held-out sets are for the judgement at the end. What the pool has as t0_*
 * are prompts with a passage ("output No answer if..."): of users they measure, in a document they would be orders to who reads it. */
bool
train_is_measure(const struct train_record *r)
{
    return !gh_str_eq(r->source, GH_STR("neuralchemy")) && !gh_str_starts(r->source, GH_STR("h_")) &&
           (r->kind == GH_SHIELD_USER || !gh_str_starts(r->source, GH_STR("t0_")));
}

/* Sums of benign texts that the weights have not seen: of the sources that are for validation alone. */
static void
find_thresholds(
    float threshold[GH_SHIELD_KINDS], float low[GH_SHIELD_KINDS], const struct train_set *s, const struct train_weights *w)
{
    struct train_scored *v = train_alloc(s->n, sizeof *v);

    for (size_t k = 0; k < GH_SHIELD_KINDS; k++) {
        size_t n = 0;

        for (size_t i = 0; i < s->n; i++) {
            const struct train_record *r = &s->record[i];

            if (!r->is_attack && !r->may_train && (size_t)r->kind == k && train_is_measure(r))
                v[n++] = (struct train_scored){.z = train_score(w, s, r).z - w->bias[k], .group = r->group};
        }
        threshold[k] = train_quantile(v, n, ALARMS);
        low[k] = train_quantile(v, n, uncertain[k]);
        printf("threshold %s: %.3f, uncertain from %.3f, of %zu benign texts\n", gh_shield_kind_names[k], (double)threshold[k],
            (double)low[k], n);
    }
    free(v);
}

void
train_curve(struct gh_model_curve *c, float threshold, float slope, float unit)
{
    float first = threshold - 8 / slope, step = 16 / slope / (float)(GH_MODEL_CURVE - 1);

    c->first = (int32_t)(first * unit);
    c->step = (int32_t)(step * unit);
    for (size_t i = 0; i < GH_MODEL_CURVE; i++) {
        float z = (float)(c->first + c->step * (int32_t)i) / unit;

        c->p[i] = (uint16_t)(65535 / (1 + expf(-slope * (z - threshold))));
    }
}

static void
make(struct train_set *s, const struct arguments *a)
{
    struct train_lexicon l;
    struct train_model m = {0};
    float threshold[GH_SHIELD_KINDS] = {0}, low[GH_SHIELD_KINDS] = {0};

    train_digest(s);
    train_augment(s);
    train_lexicon_make(&l, s, a->lexicon);
    train_features(s, &l.l);
    train_weights_make(&m.w);
    for (size_t k = 0; k < GH_SHIELD_KINDS; k++)
        m.linear[k] = train_alloc(GH_FEATURES, 1);
    m.classes = train_alloc(8u << GH_MODEL_CLASS_BITS, 1);
    train_fit(&m.w, s, &a->o);
    find_thresholds(threshold, low, s, &m.w);
    compass(s, &m.w);
    train_quantise(&m);
    train_classes(&m, s);
    for (size_t k = 0; k < GH_SHIELD_KINDS; k++) {
        m.kind[k].threshold = 32768;
        m.kind[k].low = (int32_t)(low[k] * 16 * m.scale);
        m.kind[k].high = INT32_MAX;
        m.kind[k].mix = (int32_t)(256 * 256 / (16 * m.scale));
        train_curve(&m.kind[k].first, threshold[k], 2, 16 * m.scale);
        m.kind[k].both = m.kind[k].first;
        m.section[GH_MODEL_LINEAR_USER + k] = gh_str(m.linear[k], GH_FEATURES);
    }
    m.section[GH_MODEL_CLASS] = gh_str(m.classes, 8u << GH_MODEL_CLASS_BITS);
    m.section[GH_MODEL_SLOTS] = train_slots_as_bytes(&s->arena, &l);
    m.section[GH_MODEL_STEM_GATE] = gh_str(l.stem_gate, GH_LEXICON_GATE_BITS / 8);
    m.section[GH_MODEL_PAIR_GATE] = gh_str(l.pair_gate, GH_LEXICON_PAIR_BITS / 8);
    m.section[GH_MODEL_TEXTS] = gh_buf_str(&l.texts);
    train_write(a->out, &m, s, a->version);
}

struct gh_shield_model *
train_open(struct gh_arena *a, const char *path, struct gh_str *bytes)
{
    struct gh_shield_model *m;
    struct gh_err err = {0};

    if (gh_file_read(bytes, a, AT_FDCWD, path, 32u << 20) != GH_OK || gh_shield_open(&m, a, *bytes, &err) != GH_OK)
        train_die(err.what != NULL ? err.what : "cannot be read", path);
    return m;
}

/* The model as it ships, by the same call as the gateway's. */
static void
judge(struct train_set *s, const struct gh_shield_model *m)
{
    struct gh_arena scratch;
    float *z = train_alloc(s->n, sizeof *z);

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

    *a =
        (struct arguments){.version = "1", .o = {.epochs = 5, .runs = 3, .rate = 0.1f, .margin = 1, .decay = 1e-6f, .drop = 0.25f}};
    for (; i + 1 < argc && argv[i][0] == '-'; i += 2) {
        struct gh_str w = gh_str_z(argv[i]);

        if (gh_str_eq(w, GH_STR("--lexicon")))
            a->lexicon = argv[i + 1];
        else if (gh_str_eq(w, GH_STR("--out")))
            a->out = argv[i + 1];
        else if (gh_str_eq(w, GH_STR("--judge")))
            a->judge = argv[i + 1];
        else if (gh_str_eq(w, GH_STR("--stages")))
            a->stages = argv[i + 1];
        else if (gh_str_eq(w, GH_STR("--windows")))
            a->windows = argv[i + 1];
        else if (gh_str_eq(w, GH_STR("--first")))
            a->first_stage = argv[i + 1];
        else if (gh_str_eq(w, GH_STR("--net")))
            a->net = argv[i + 1];
        else if (gh_str_eq(w, GH_STR("--version")))
            a->version = argv[i + 1];
        else if (gh_str_eq(w, GH_STR("--hold")))
            a->o.hold = argv[i + 1];
        else if (gh_str_eq(w, GH_STR("--drop")))
            a->o.drop = (float)number(argv[i + 1]) / 100;
        else if (gh_str_eq(w, GH_STR("--margin")))
            a->o.margin = (float)number(argv[i + 1]) / 100;
        else if (gh_str_eq(w, GH_STR("--rate")))
            a->o.rate = (float)number(argv[i + 1]) / 1000;
        else if (gh_str_eq(w, GH_STR("--decay")))
            a->o.decay = (float)number(argv[i + 1]) * 1e-7f;
        else if (gh_str_eq(w, GH_STR("--runs")))
            a->o.runs = number(argv[i + 1]);
        else if (gh_str_eq(w, GH_STR("--epochs")))
            a->o.epochs = number(argv[i + 1]);
        else
            train_die("no such option", argv[i]);
    }
    a->first = i;
    if (i >= argc || (a->judge == NULL && a->stages == NULL &&
                         (a->out == NULL || (a->lexicon == NULL && (a->net == NULL || a->first_stage == NULL)))))
        train_die("usage: see the first lines of shield/train/main.c", NULL);
}

int
main(int argc, char *argv[])
{
    struct train_set s = {.cap = RECORDS_MAX, .cap_views = VIEWS_MAX};
    struct arguments a;
    struct gh_str bytes;

    read_arguments(&a, argc, argv);
    s.record = train_alloc(s.cap, sizeof *s.record);
    s.view = train_alloc(s.cap_views, sizeof *s.view);
    gh_arena_init(&s.arena, gh_heap(), (size_t)1 << 36);
    for (int i = a.first; i < argc; i++)
        train_read(&s, argv[i]);
    if (s.n == 0)
        train_die("no records", NULL);
    printf("%zu records\n", s.n);
    if (a.stages != NULL) {
        train_stages(&s, train_open(&s.arena, a.stages, &bytes));
    } else if (a.judge != NULL && a.windows != NULL) {
        train_augment(&s);
        train_windows(&s, train_open(&s.arena, a.judge, &bytes), a.windows);
    } else if (a.judge != NULL)
        judge(&s, train_open(&s.arena, a.judge, &bytes));
    else if (a.net != NULL)
        train_finish(&s, a.first_stage, a.net, a.out, a.version);
    else
        make(&s, &a);
    return 0;
}
