/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/duration: ISO 8601 durations as Azure writes them: "PT8H", "PT1H30M", "P365D", "P1DT12H", "P2W". Years and months have no fixed length and
 * are refused.
 */
#ifndef GH_BASE_DURATION_H
#define GH_BASE_DURATION_H

#include "base/buf.h"

#define GH_DURATION_MS_MAX (INT64_C(3660) * 24 * 3600 * 1000) /* ten years */

/* GH_BAD: another form, zero, or longer than GH_DURATION_MS_MAX. */
GH_MUST_USE enum gh_rc gh_duration_read(int64_t *ms, struct gh_str s);
/* The shortest form of whole seconds: "PT8H", "P365D". */
void gh_duration_put(struct gh_buf *out, int64_t ms);

#endif
