/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control/rest/bodies: for tests alone: every body that says something about access, each to its own door, in a house that was made for them. Nothing
 * that is asked here stays: writes are dry runs, and a request for a role is only validated. One table for the fuzz target and for the sweeps.
 */
#ifndef GH_CONTROL_REST_BODIES_TESTING_H
#define GH_CONTROL_REST_BODIES_TESTING_H

#include "control/rest/call.h"
#include "control/testing.h"

struct gh_test_body {
    char letter; /* the first byte of an input of the fuzz target */
    enum gh_surface surface;
    enum gh_method method;
    const char *path, *query;
    enum gh_resource type; /* of which nothing may come or go */
    const char *golden;    /* a body that is taken; with escapes in its texts, so that reading each of them takes memory */
};
extern const struct gh_test_body gh_test_bodies[];
extern const size_t gh_test_bodies_n;

/* The house with what the bodies name: ann (an Owner, eligible for a role), a workspace, a review in progress. Without vault. */
struct gh_test_house *gh_test_bodies_house(void);

/* One body to its door, with memory of `a` alone for all that is read of it: the status; the answer is added to *answer. A management body comes from
 * the owner, all others from ann. Ends the process (fuzz.h) when something was kept. */
unsigned gh_test_bodies_ask(struct gh_buf *answer, struct gh_test_house *h, struct gh_arena *a, const struct gh_test_body *b, struct gh_str body);

#endif
