/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shield/shield: is there an attack on the model in this text? Pure: a model and a text in, a verdict out; the same for the same
 * bytes on every machine. The classifier is one layer, not the boundary: what carries no mark of an attack is for permissions and
 * confirmation to stop (docs/threat-model.md).
 *
 *   text -> views (view.h: one pass, bounded) -> features (feature.h) -> first stage, whole text and windows -> second stage on the best
 *   windows, in the uncertain band alone -> score, class, window
 */
#ifndef GH_SHIELD_SHIELD_H
#define GH_SHIELD_SHIELD_H

#include "base/arena.h"
#include "base/crypto.h"

/* What a text is to the model: its thresholds and weights are its own. */
enum gh_shield_kind { GH_SHIELD_USER = 0, GH_SHIELD_DOCUMENT, GH_SHIELD_TOOL_OUTPUT, GH_SHIELD_KINDS };

/* X(name, "as records, policies and `gatehouse shield scan` say it"). Stored in records: append only. */
#define GH_SHIELD_CLASS_LIST(X) X(NONE, "none") X(JAILBREAK, "jailbreak") X(DIRECT, "direct") X(INDIRECT, "indirect") \
    X(EXTRACTION, "extraction") X(OBFUSCATED, "obfuscated")

enum gh_shield_class {
#define GH_SHIELD_ENUM(name, text) GH_SHIELD_##name,
    GH_SHIELD_CLASS_LIST(GH_SHIELD_ENUM)
#undef GH_SHIELD_ENUM
    GH_SHIELD_CLASSES
};
extern const char *const gh_shield_class_names[GH_SHIELD_CLASSES];
extern const char *const gh_shield_kind_names[GH_SHIELD_KINDS]; /* "user", "document", "tool_output" */

struct gh_shield_model; /* verified; borrows the bytes of its file, lives in the arena given to gh_shield_open */

/* Believes the bytes of a model file (which must stay mapped) or says why not: magic, version, digest, sizes. GH_BAD: damaged or of
 * another version. GH_NOMEM. */
GH_MUST_USE enum gh_rc gh_shield_open(struct gh_shield_model **out, struct gh_arena *a, struct gh_str bytes, struct gh_err *err);

struct gh_shield_model_info {
    struct gh_str version;                 /* for records and the model card */
    uint8_t digest[GH_SHA256_BYTES];       /* of the whole file              */
    float threshold[GH_SHIELD_KINDS];      /* shipped defaults, 0 to 1       */
};
const struct gh_shield_model_info *gh_shield_info(const struct gh_shield_model *m);

struct gh_shield_verdict {
    float score;              /* 0 to 1: the attack's probability, calibrated per kind */
    float threshold;          /* that it was held against                              */
    bool is_attack;
    enum gh_shield_class class_; /* GH_SHIELD_NONE unless it is one                     */
    size_t at, end;           /* bytes of the given text that caused it, end exclusive; 0, 0 unless it is one */
    bool is_second_stage;     /* the second stage was asked                            */
};

/* Longest text that is judged at once; what is longer the caller refuses or judges in pieces that overlap. GH_SHIELD_TEXT_MAX in limits.h. */

/*
 * Judges one text. `threshold` 0: the model's own for this kind. Invalid UTF-8, NUL and lone surrogates are judged as they are, never
 * skipped. `scratch` is given back by the caller (bounded: GH_SHIELD_SCRATCH_MAX in limits.h). Work is bounded by the bytes of the text
 * (GH_SHIELD_WORK_BYTE), whatever they are: work_test.c counts it. GH_LIMIT: too long. GH_NOMEM.
 */
GH_MUST_USE enum gh_rc gh_shield_scan(struct gh_shield_verdict *out, const struct gh_shield_model *m, struct gh_arena *scratch,
    enum gh_shield_kind kind, struct gh_str text, float threshold);

#endif
