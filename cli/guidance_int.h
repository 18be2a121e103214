/* SPDX-License-Identifier: Apache-2.0 */
/* cli/guidance_int: what the proofs share. */
#ifndef GH_CLI_GUIDANCE_INT_H
#define GH_CLI_GUIDANCE_INT_H

#include <string.h>

#include "cli/guidance.h"

/* Says that `what` may not be seen by whoever asks: cannot tell. */
enum gh_standing gh_guidance_unseen(struct gh_guidance_proof *e, const char *what);
/* Of a record: whether a control ran (and did not stay "not run"), and the entry's number in the chain. */
bool gh_guidance_ran(const json_t *record, const char *control);
json_int_t gh_guidance_entry(const json_t *record);
/* How many of the newest calls the test holds for. */
size_t gh_guidance_count_calls(const struct gh_facts *f, gh_fact_test *test);

#endif
