/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/guidance_facts: what a running installation says of itself through its management API, gathered once for all proofs; and the
 * evidence that a proof finds in it. Nothing here is secret: the API shows no secret's value.
 */
#ifndef GH_CLI_GUIDANCE_FACTS_H
#define GH_CLI_GUIDANCE_FACTS_H

#include <jansson.h>

#include "cli/access.h"

/* X(member, collection below each workspace or NULL, collection at the top or NULL) */
#define GH_FACT_LIST(X)                                                                                          \
    X(workspaces, NULL, "/workspaces") X(endpoints, "/endpoints", NULL) X(backends, "/backends", NULL)           \
    X(secrets, "/secrets", NULL) X(keys, "/apiKeys", NULL) X(connections, "/privateConnections", NULL)           \
    X(rules, "/outboundRules", NULL) X(listeners, NULL, "/listeners") X(issuers, NULL, "/issuers")               \
    X(identities, NULL, "/identities") X(groups, NULL, "/groups") X(roles, NULL, "/roleDefinitions")             \
    X(assignments, NULL, "/roleAssignments") X(eligibilities, NULL, "/roleEligibilities")                         \
    X(conditions, NULL, "/conditionalAccess") X(requests, NULL, "/roleRequests") X(assessments, NULL, "/assessments")                                \
    X(reviews, NULL, "/accessReviews")                                                                           \
    X(calls, NULL, "/audit/records?kind=close&order=newest&limit=50")                                            \
    X(acts, NULL, "/audit/records?kind=admin&order=newest&limit=200")

/* Arrays of objects as the API gives them; NULL: whoever asks may not see it. */
struct gh_facts {
#define GH_FACT_MEMBER(name, below, top) json_t *name;
    GH_FACT_LIST(GH_FACT_MEMBER)
#undef GH_FACT_MEMBER
    json_t *deployments; /* of all endpoints               */
    json_t *status;      /* properties of /status, or NULL */
    json_t *head;        /* /audit/head, or NULL           */
};

/* Exit status; why it is not GH_EXIT_DONE was told. _free gives everything back, also after a failure. */
GH_MUST_USE int gh_facts_gather(struct gh_facts *out, struct gh_access *x);
void gh_facts_free(struct gh_facts *f);

/* Of an object: a property, or NULL; its path. */
const json_t *gh_fact(const json_t *object, const char *property);
const char *gh_fact_text(const json_t *object, const char *property); /* "" if it is no string */
const char *gh_fact_id(const json_t *object);

struct gh_guidance_proof {
    json_t *lines; /* array of strings */
};
void gh_guidance_proof_say(struct gh_guidance_proof *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define GH_PROOF_NAMES_MAX 5 /* objects that one line names; the rest is counted */

typedef bool gh_fact_test(const json_t *object);
/* How many of `list` the test holds for; if any, a line "WHAT: id, id and N more". NULL list: 0. */
size_t gh_guidance_proof_name(struct gh_guidance_proof *e, const json_t *list, gh_fact_test *test, const char *what);

#endif
