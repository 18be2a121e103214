/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shield/train: makes the model file out of records. One thread, one order, one seed: the same records give the same bytes on one machine.
 * Features come from core/shield itself.
 *
 *   records -> which may be trained on (licence) -> lexicon -> features -> weights -> thresholds (benign text that is not trained on) -> file
 */
#ifndef GH_SHIELD_TRAIN_H
#define GH_SHIELD_TRAIN_H

#include "shield/model.h"
#include "shield/scan.h"

struct train_record {
    struct gh_str id, source, licence, lang, attack, text;
    enum gh_shield_kind kind;
    enum gh_shield_class class_; /* GH_SHIELD_NONE: benign                          */
    bool is_attack;
    bool is_made;     /* by train_augment: no threshold comes of it          */
    bool may_train;   /* the licence allows it; else it is for validation    */
    float weight;
    uint32_t group;   /* of the source, for leaving sources out              */
    /* features: views one after the other */
    uint32_t view, n_views;
};

/* Words of one view: ids[off[i], off[i + 1]) are the features of word i, off has n + 1 places; start: the words that begin a sentence, and n. */
struct train_view {
    const uint32_t *ids, *off, *text_ids, *start;
    uint32_t n, n_text, n_start;
};

struct train_set {
    struct train_record *record;
    size_t n, cap;
    struct train_view *view;
    size_t n_views, cap_views;
    struct gh_arena arena;
    uint8_t digest[GH_SHA256_BYTES]; /* of all texts and labels that may be trained on */
};

/* Each file is JSON Lines. Records that are of no use (harmful questions, raw tasks) are left out. Exits on failure. */
void train_read(struct train_set *s, const char *path);
void train_augment(struct train_set *s);
void train_digest(struct train_set *s);

/* The lexicon as the model file has it. */
struct train_lexicon {
    struct gh_lexicon l;
    struct gh_lexicon_slot *slots;
    uint8_t *stem_gate, *pair_gate;
    struct gh_buf texts;
};
void train_lexicon_make(struct train_lexicon *out, struct train_set *s, const char *path);

void train_features(struct train_set *s, const struct gh_lexicon *l);

struct train_weights {
    float *shared;                  /* GH_FEATURES                                     */
    float *of_kind[GH_SHIELD_KINDS];
    float bias[GH_SHIELD_KINDS];
};

struct train_options {
    int epochs, runs;   /* runs: from different beginnings; their mean is told less by chance than one */
    float rate, margin, decay, drop;
    const char *hold;   /* a source that is left out, or NULL                           */
};
/* Zeros. */
void train_weights_make(struct train_weights *w);
/* Into zeros. */
void train_fit(struct train_weights *w, const struct train_set *s, const struct train_options *o);

/* The root of how many features a window has, by which its sum is divided. */
float train_root(enum gh_shield_kind kind, uint32_t features);

/* The window with the greatest sum, with weights as they are. */
struct train_best {
    float z;
    uint32_t view, from, to, n;
};
struct train_best train_score(const struct train_weights *w, const struct train_set *s, const struct train_record *r);

void train_report(const struct train_set *s, const float *z, const float threshold[GH_SHIELD_KINDS]);

struct train_model {
    struct train_weights w;
    int8_t *linear[GH_SHIELD_KINDS];
    int8_t *classes;
    struct gh_model_kind kind[GH_SHIELD_KINDS];
    float scale; /* of weights: a sum of the first stage is 16 * scale times its float form */
    struct gh_str section[GH_MODEL_SECTIONS];
};
void train_classes(struct train_model *m, const struct train_set *s);
void train_quantise(struct train_model *m);
struct gh_str train_slots_as_bytes(struct gh_arena *a, const struct train_lexicon *l);
void train_write(const char *path, struct train_model *m, const struct train_set *s, const char *version);

/* finish.c: the second stage goes into a model that has none; its threshold comes from benign text that was never trained on. */
void train_finish(struct train_set *s, const char *first, const char *net, const char *out, const char *version);
void train_stages(const struct train_set *s, const struct gh_shield_model *m);
struct gh_shield_model *train_open(struct gh_arena *a, const char *path, struct gh_str *bytes);
void train_curve(struct gh_model_curve *c, float threshold, float slope, float unit);
bool train_is_measure(const struct train_record *r);

/* quantile.c: the value that a share of texts are over, each source counting the same however many texts it has. */
struct train_scored {
    float z, share; /* share: set here */
    uint32_t group; /* of its source   */
};
float train_quantile(struct train_scored *v, size_t n, double share);

void train_windows(const struct train_set *s, const struct gh_shield_model *m, const char *path);

_Noreturn void train_die(const char *what, const char *about);
void *train_alloc(size_t n, size_t size);

#endif
