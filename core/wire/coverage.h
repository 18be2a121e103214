/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire/coverage: which control runs on which call: the table operation x control. The edge holds every call against it (a control that
 * should have run and did not ends the call), docs/limits.md is written from it, and tests/edge/coverage.test.mjs walks it. A control
 * without a row does not build; a new route falls under the rows that are there.
 */
#ifndef GH_WIRE_COVERAGE_H
#define GH_WIRE_COVERAGE_H

#include "audit/record.h"
#include "wire/dialect.h"

/* When it has to have run: before anything is sent on, or before the answer is. */
enum gh_phase { GH_PHASE_REQUEST = 0, GH_PHASE_ANSWER };

struct gh_cover {
    enum gh_phase phase;
    const char *why_not; /* literal: why it cannot run. NULL: it runs on every such call */
};

/* `is_stream`: the answer is streamed; it means nothing for an operation that does not stream. */
struct gh_cover gh_coverage_of(const struct gh_route_row *row, enum gh_control control, bool is_stream);

/* The first control that runs in this phase, of which `ran` tells neither that it ran nor why not. GH_CONTROL_COUNT: none. */
enum gh_control gh_coverage_missing(const struct gh_route_row *row, const struct gh_controls *ran, bool is_stream, enum gh_phase phase);

#endif
