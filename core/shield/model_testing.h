/* SPDX-License-Identifier: Apache-2.0 */
/* shield/model_testing: a model for tests and fuzz targets, made of a pattern: every section is there, nothing in it means anything. */
#ifndef GH_SHIELD_MODEL_TESTING_H
#define GH_SHIELD_MODEL_TESTING_H

#include "shield/model.h"

/* A whole file; p is NULL without memory. */
struct gh_str gh_model_testing(struct gh_arena *a);

/* Makes the digest in the bytes (which are ours to write) that of the bytes. */
void gh_model_testing_seal(struct gh_str bytes);

#endif
