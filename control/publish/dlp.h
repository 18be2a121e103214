/* SPDX-License-Identifier: Apache-2.0 */
/* control/publish/dlp: the property `dlp` of an endpoint, as policy/dlp_policy.h judges by it: for the check of a write and for the projection
 * alike. */
#ifndef GH_CONTROL_PUBLISH_DLP_H
#define GH_CONTROL_PUBLISH_DLP_H

#include "control/publish/props.h"
#include "policy/dlp_policy.h"

struct gh_dlp_lists {
    struct gh_str *hosts, *terms; /* allowedHosts, blockList */
    size_t n_hosts, n_terms;
    struct gh_str canary;         /* empty: none */
};

/*
 * {"required", "reversible", "wholeWords": bool, "allowedHosts", "blockList": strings, "canary": string, "input", "output": {TYPE | "all": act}}.
 * What an object does not say is as gh_dlp_policy_default says; "all" stands for every type that the object does not name. Absent or null:
 * there is no output guard. A canary stands in the endpoint's own instructions. GH_BAD with a literal in *why.
 */
GH_MUST_USE enum gh_rc gh_dlp_read(struct gh_dlp_policy *out, struct gh_dlp_lists *lists, const struct gh_props *endpoint, const char **why);

#endif
