/* SPDX-License-Identifier: Apache-2.0 */
/*
 * baseline/policy_doc: what a policy document of API Management holds. The documents are XML with C# expressions in attributes and texts
 * (`@(...)`, `@{...}`), which may hold quotes and brackets, and need no escapes in the format rawxml; so this is a scanner over tags, not a parser
 * of XML: it finds elements, their attributes and how deep they are, and gives up on nothing. Comments and CDATA are left out.
 */
#ifndef GH_BASELINE_POLICY_DOC_H
#define GH_BASELINE_POLICY_DOC_H

#include "base/str.h"

struct gh_policy_tag {
    struct gh_str name, attributes;
    struct gh_str text;     /* what stands between this tag and the next one, blanks cut off */
    bool is_end, is_empty;  /* </x>, <x/> */
};

/* The next tag at *at; false at the end. */
bool gh_policy_doc_next(struct gh_policy_tag *out, struct gh_str text, size_t *at);

/* Value of an attribute, without quotes; empty with p NULL when there is none. Names without regard to case. */
struct gh_str gh_policy_doc_attribute(const struct gh_policy_tag *tag, struct gh_str name);

/* What one document holds. */
enum {
    GH_POLICY_ROOT = 1 << 0,      /* <policies>                                              */
    GH_POLICY_BASE = 1 << 1,      /* inbound, backend, outbound and on-error hold <base />    */
    GH_POLICY_INBOUND_BASE = 1 << 2,
    GH_POLICY_CORS = 1 << 3,
    GH_POLICY_CORS_STAR = 1 << 4, /* `*` among its origins, methods or headers               */
    GH_POLICY_AUTHENTICATES = 1 << 5, /* some authentication-*                               */
    GH_POLICY_IDENTITY = 1 << 6,  /* authentication-managed-identity                         */
    GH_POLICY_API_KEY = 1 << 7,   /* set-header api-key that does not delete it              */
    GH_POLICY_VALIDATES = 1 << 8, /* validate-azure-ad-token, validate-jwt                   */
    GH_POLICY_SHIELD = 1 << 9,    /* llm-content-safety with shield-prompt="true"            */
    GH_POLICY_LIMIT = 1 << 10,    /* llm-token-limit, azure-openai-token-limit               */
    GH_POLICY_METRIC = 1 << 11,   /* llm-emit-token-metric, azure-openai-emit-token-metric   */
    GH_POLICY_FRAGMENT = 1 << 12, /* include-fragment                                        */
    GH_POLICY_BROKEN = 1 << 13,   /* elements do not end where they should: what was not found may be there */
};
uint32_t gh_policy_doc_scan(struct gh_str text);

#endif
