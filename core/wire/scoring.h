/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire/scoring: models that are not generative: a scoring script (/score: any JSON), MLflow's scoring server (/invocations) and KServe's
 * open inference protocol, version 2 (/v2/models/{m}/infer), whose tensors are JSON alone. Functions of struct gh_dialect; see there.
 *
 * The body names no model and nothing is edited: it goes on as it was judged. Every string of it, keys included, is a part of the
 * conversation: what a model is given to read can say anything.
 */
#ifndef GH_WIRE_SCORING_H
#define GH_WIRE_SCORING_H

#include "wire/dialect.h"

GH_MUST_USE enum gh_rc gh_scoring_score_read(struct gh_conv *out, struct gh_arena *a, const struct gh_json *body, struct gh_err *err);
GH_MUST_USE enum gh_rc gh_scoring_mlflow_read(struct gh_conv *out, struct gh_arena *a, const struct gh_json *body, struct gh_err *err);
GH_MUST_USE enum gh_rc gh_scoring_infer_read(struct gh_conv *out, struct gh_arena *a, const struct gh_json *body, struct gh_err *err);
/* GH_BAD where the endpoint would add something. */
GH_MUST_USE enum gh_rc gh_scoring_plan(struct gh_edits *edits, struct gh_arena *a, const struct gh_json *body, const struct gh_conv *conv,
    const struct gh_forward *how);
GH_MUST_USE enum gh_rc gh_scoring_answer(struct gh_answer *out, struct gh_arena *a, struct gh_str text);

#endif
