/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/guidance: the recommendations for securing AI workloads, one row each, in the order of the requirements: what it means, how it is done
 * here, how on Azure, and a proof that asks the running installation. docs/guidance.md is made from this table.
 */
#ifndef GH_CLI_GUIDANCE_H
#define GH_CLI_GUIDANCE_H

#include "cli/guidance_facts.h"

enum gh_standing { GH_STANDING_UNTOLD = 0 /* cannot tell */, GH_STANDING_NOT, GH_STANDING_PARTLY, GH_STANDING_IN_FORCE, GH_STANDING_COUNT };
extern const char *const gh_standing_names[GH_STANDING_COUNT]; /* "cannot tell", "not", "partly", "in force" */

struct gh_guidance_row {
    const char *id;    /* of the requirement: "AC-7" */
    const char *title;
    const char *means; /* what is recommended, one or two sentences */
    const char *here;  /* the command that does it, with an example that works when pasted, or why there is none */
    const char *azure; /* the command or property of the service that it is known from */
    /* Looks at the installation and adds its evidence. NULL: this version has nothing that could be in force; `here` says so. */
    enum gh_standing (*prove)(const struct gh_facts *f, struct gh_guidance_proof *e);
};
extern const struct gh_guidance_row gh_guidance_table[];
extern const size_t gh_guidance_count;

#endif
