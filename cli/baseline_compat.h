/* SPDX-License-Identifier: Apache-2.0 */
/* baseline_compat: what another tool's rule says of the same resource (--compat), and its names. */
#ifndef GH_CLI_BASELINE_COMPAT_H
#define GH_CLI_BASELINE_COMPAT_H

#include "cli/baseline_out.h"
#include "wire/json.h"

/* "psrule", "checkov", "policy" -> the tool; GH_TOOL_NONE for another word or NULL. */
enum gh_tool gh_baseline_tool(const char *word);
extern const char *const gh_baseline_tool_words[GH_TOOL_COUNT]; /* the same words by tool */
extern const char *const gh_baseline_tool_names[GH_TOOL_COUNT]; /* "PSRule for Azure" ...  */

/* How a relation reads: "same condition", ... */
const char *gh_baseline_relation(char relation);

/* Writes "compat": [{"id", "outcome"}] of a result, for the tool of the report; nothing when it has none. */
void gh_baseline_compat_put(struct gh_jsonw *w, const struct gh_report *rep, const struct gh_report_result *r);

#endif
