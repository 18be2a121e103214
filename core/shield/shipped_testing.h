/* SPDX-License-Identifier: Apache-2.0 */
/* shield/shipped_testing: the model that ships, for a group of tests: opened before the first of them, given back after the last. */
#ifndef GH_SHIELD_SHIPPED_TESTING_H
#define GH_SHIELD_SHIPPED_TESTING_H

#include <stdio.h>
#include <stdlib.h>

#include "sweeps.h"

#include "shield/model.h"

static struct gh_shield_model *gh_shipped_model;
static struct gh_str gh_shipped_bytes; /* of its file */
static struct gh_arena gh_shipped_arena;

static inline int
gh_shipped_setup(void **state)
{
    const char *root = getenv("GATEHOUSE_SOURCE");
    char path[4096];

    (void)state;
    assert_true(root != NULL && snprintf(path, sizeof path, "%s/shield/model/shield.bin", root) > 0);
    gh_shipped_arena = gh_test_arena();
    gh_shipped_bytes = gh_test_file(&gh_shipped_arena, path);
    assert_non_null(gh_shipped_bytes.p);
    assert_int_equal(GH_OK, gh_shield_open(&gh_shipped_model, &gh_shipped_arena, gh_shipped_bytes, NULL));
    return 0;
}

static inline int
gh_shipped_teardown(void **state)
{
    (void)state;
    gh_arena_fini(&gh_shipped_arena);
    return 0;
}

#endif
