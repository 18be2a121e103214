/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shield/model: the model file, as gh_shield_open reads it and the trainer (shield/train) writes it. All numbers little endian.
 *
 *   "GHSHIELD" | u32 format | u32 sections | SHA-256 over all other bytes | rows (u32 section, u32 at, u32 bytes) | sections, each at
 *   a multiple of 64
 */
#ifndef GH_SHIELD_MODEL_H
#define GH_SHIELD_MODEL_H

#include "shield/feature.h"
#include "shield/net.h"
#include "shield/shield.h"

#define GH_MODEL_MAGIC "GHSHIELD"
#define GH_MODEL_FORMAT 2u /* 1: features had other numbers */
#define GH_MODEL_HEAD_BYTES 48u
#define GH_MODEL_ROW_BYTES 12u
#define GH_MODEL_VERSION_BYTES 32u
#define GH_MODEL_CURVE 64u
#define GH_MODEL_CLASS_BITS 14

enum gh_model_section { GH_MODEL_INFO = 1, GH_MODEL_LINEAR_USER, GH_MODEL_LINEAR_DOCUMENT, GH_MODEL_LINEAR_TOOL, GH_MODEL_CLASS, GH_MODEL_SLOTS,
                        GH_MODEL_STEM_GATE, GH_MODEL_PAIR_GATE, GH_MODEL_TEXTS, GH_MODEL_NET, GH_MODEL_SECTIONS };

/* A curve from a sum to a probability: GH_MODEL_CURVE values (of 65535) at first, first + step, ...; straight between, flat outside. */
struct gh_model_curve {
    int32_t first, step;
    uint16_t p[GH_MODEL_CURVE];
};

struct gh_model_kind {
    int32_t low, high;           /* sums of the first stage between which the second is asked: [low, high) */
    int32_t mix;                 /* weight of the first stage's sum beside the second's, of 256            */
    uint32_t threshold;          /* of 65535                                                               */
    struct gh_model_curve first; /* of the first stage alone                                              */
    struct gh_model_curve both;  /* of (sum * mix >> 8) + the second stage's                              */
};
/* In the file: low, high, mix, threshold, then of each curve first, step and its values; 4 bytes each but 2 for values. */
#define GH_MODEL_KIND_BYTES (16u + 2u * (8u + 2u * GH_MODEL_CURVE))
#define GH_MODEL_INFO_BYTES (GH_MODEL_VERSION_BYTES + GH_SHA256_BYTES + GH_SHIELD_KINDS * GH_MODEL_KIND_BYTES)

struct gh_shield_model {
    struct gh_shield_model_info info;
    uint8_t training[GH_SHA256_BYTES];     /* digest of the training data                                          */
    struct gh_model_kind kind[GH_SHIELD_KINDS];
    const int8_t *linear[GH_SHIELD_KINDS]; /* GH_FEATURES weights each                                             */
    const int8_t *classes;                 /* (feature >> (GH_FEATURE_BITS - GH_MODEL_CLASS_BITS)) * 8 + class     */
    struct gh_lexicon lexicon;
    struct gh_net net;
};

/* The probability of 65535. */
uint32_t gh_model_curve_at(const struct gh_model_curve *c, int32_t sum);

#endif
