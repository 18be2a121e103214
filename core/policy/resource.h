/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy/resource: the one table of resource types: path pattern, actions of its operations, and the schema of `properties`. The
 * management API, `apply`, `get` and the edge's own check all read it. Adding a type is adding a row here and a row of handlers in
 * control/rest/handlers.c.
 */
#ifndef GH_POLICY_RESOURCE_H
#define GH_POLICY_RESOURCE_H

#include "policy/action.h"
#include "wire/json.h"

enum gh_resource {
    GH_RESOURCE_NONE = 0,
    GH_RESOURCE_WORKSPACE,       /* /workspaces/{ws}                                  */
    GH_RESOURCE_ENDPOINT,        /* /workspaces/{ws}/endpoints/{ep}                   */
    GH_RESOURCE_DEPLOYMENT,      /* /workspaces/{ws}/endpoints/{ep}/deployments/{dep} */
    GH_RESOURCE_BACKEND,         /* /workspaces/{ws}/backends/{b}                     */
    GH_RESOURCE_SECRET,          /* /workspaces/{ws}/secrets/{s}                      */
    GH_RESOURCE_API_KEY,         /* /workspaces/{ws}/apiKeys/{id}                     */
    GH_RESOURCE_IDENTITY,        /* /identities/{id}                                  */
    GH_RESOURCE_GROUP,           /* /groups/{g}                                       */
    GH_RESOURCE_ISSUER,          /* /issuers/{i}                                      */
    GH_RESOURCE_ROLE_DEFINITION, /* /roleDefinitions/{guid}                           */
    GH_RESOURCE_ROLE_ASSIGNMENT, /* /roleAssignments/{guid}                           */
    GH_RESOURCE_LISTENER,        /* /listeners/{l}; `main` is made by `up`            */
    GH_RESOURCE_OUTBOUND_RULE,   /* /workspaces/{ws}/outboundRules/{r}                */
    GH_RESOURCE_CONNECTION,      /* /workspaces/{ws}/privateConnections/{c}           */
    GH_RESOURCE_ROLE_ELIGIBILITY, /* /roleEligibilities/{guid}                        */
    GH_RESOURCE_ROLE_POLICY,     /* /rolePolicies/{name}                              */
    GH_RESOURCE_ROLE_REQUEST,    /* /roleRequests/{guid}: history, made by the doors  */
    GH_RESOURCE_REVOCATION,      /* /revocations/{id}                                 */
    GH_RESOURCE_CONTAINMENT,     /* /containments/{guid}: made by POST                */
    GH_RESOURCE_STATUS,          /* /status: read-only                                */
    GH_RESOURCE_AUDIT_RECORDS,   /* /audit/records: list only                         */
    GH_RESOURCE_AUDIT_HEAD,      /* /audit/head                                       */
    GH_RESOURCE_AUDIT_KEY,       /* /audit/key                                        */
    GH_RESOURCE_AUDIT_EXPORT,    /* /audit/export                                     */
    GH_RESOURCE_API,             /* /openapi.json: for whoever may read it anywhere   */
    GH_RESOURCE_ACCESS,          /* /access/{check, explain, whoCan, whatCan}: for whoever may read assignments at the scope asked about */
    GH_RESOURCE_ASSESSMENT,      /* /assessments/{id}: made by POST                   */
    GH_RESOURCE_RISK,            /* /risk/{id}: computed from sign-ins, read-only     */
    GH_RESOURCE_RISK_DECISION,   /* /riskDecisions/{id}: a person's word, made by POST */
    GH_RESOURCE_WATCHLIST,       /* /watchlists/{l}: networks and principals of an operator */
    GH_RESOURCE_COND_POLICY,     /* /conditionalAccess/{id}                           */
    GH_RESOURCE_COND_PLACE,      /* /namedLocations/{id}                              */
    GH_RESOURCE_COND_STRENGTH,   /* /authenticationStrengths/{id}                     */
    GH_RESOURCE_COND_CONTEXT,    /* /authenticationContexts/{c1..c99}                 */
    GH_RESOURCE_ACCESS_REVIEW,   /* /accessReviews/{r}                                */
    GH_RESOURCE_REVIEW_INSTANCE, /* /accessReviews/{r}/instances/{n}: made by control */
    GH_RESOURCE_REVIEW_DECISION, /* /accessReviews/{r}/instances/{n}/decisions/{d}: likewise */
    GH_RESOURCE_RECOMMENDATION,  /* /recommendations: list only, computed             */
    GH_RESOURCE_DENY_ASSIGNMENT, /* /denyAssignments/{guid}                           */
    GH_RESOURCE_COUNT
};

enum gh_verb { GH_VERB_READ = 0, GH_VERB_LIST, GH_VERB_WRITE, GH_VERB_DELETE, GH_VERB_COUNT };

enum gh_prop_type { GH_PROP_STRING, GH_PROP_BOOL, GH_PROP_INTEGER, GH_PROP_STRINGS /* array of strings */, GH_PROP_ENUM,
                    GH_PROP_OBJECT /* checked by the type's handler */, GH_PROP_OBJECTS /* array of objects, likewise */,
                    GH_PROP_ANY /* string or object, likewise */ };

enum { GH_PROP_REQUIRED = 1, GH_PROP_SECRET = 2 /* accepted, never returned, never stored in clear */, GH_PROP_READ_ONLY = 4,
       GH_PROP_IMMUTABLE = 8, GH_PROP_TEXT = 16 /* may hold line breaks and tabs: descriptions, PEM */ };

struct gh_prop {
    const char *name;
    enum gh_prop_type type;
    unsigned flags;
    int64_t min, max;      /* of a string: bytes; of an integer: value; of an array: elements */
    const char *choices;   /* GH_PROP_ENUM: "a|b|c"                                            */
    const char *describes; /* one line, for the OpenAPI document and `gatehouse explain`       */
};

struct gh_resource_row {
    const char *name;       /* "endpoint"                                      */
    const char *pattern;    /* "/workspaces/{}/endpoints/{}": the item; NULL if there is a list alone */
    const char *collection; /* "/workspaces/{}/endpoints": NULL if no list     */
    enum gh_action action[GH_VERB_COUNT]; /* GH_ACTION_NONE: not possible (405) */
    const struct gh_prop *props;
    size_t n_props;
    unsigned apply_order;   /* `apply` writes in this order and deletes in reverse; 0: cannot be applied */
    bool is_posted;         /* made by POST to the collection, under a name that control draws: no PUT of the item */
    bool is_scoped_inside;  /* access is decided at the scope that its properties name, which control alone sees   */
};
extern const struct gh_resource_row gh_resource_table[GH_RESOURCE_COUNT];

struct gh_resource_path {
    enum gh_resource type;
    bool is_collection;
    struct gh_str path;     /* without a trailing slash, borrowed             */
    struct gh_str names[4]; /* what each {} matched, in order                 */
    size_t n_names;
};

/* The grammar of names: [A-Za-z0-9][A-Za-z0-9._-]{0,63}. */
bool gh_resource_name_is_valid(struct gh_str name);

/* `path` as below /api, decoded once. GH_BAD: no such type, or a name outside the grammar of wire/route.h. */
GH_MUST_USE enum gh_rc gh_resource_find(struct gh_resource_path *out, struct gh_str path);

/* Action of a method on it; GH_ACTION_NONE if it has none. WRITE belongs to the item, or (is_posted) to the collection. */
enum gh_action gh_resource_action(const struct gh_resource_path *r, enum gh_verb verb);

/* The scope at which access is decided: the item itself; for a collection the resource that holds it ("/" at the top). */
struct gh_str gh_resource_scope(const struct gh_resource_path *r);

/* Whether `scope` is `path` or one of its ancestors, by whole segments; "/" is an ancestor of all. */
bool gh_scope_covers(struct gh_str scope, struct gh_str path);

/* Checks an object of properties against the schema: unknown names, types, bounds, required ones. err->what is a literal, err->at the
 * offset; *name (may be NULL) is the property at fault. Null stands for absent. Read-only properties are accepted and mean nothing.
 * Handlers check what a schema cannot say. */
GH_MUST_USE enum gh_rc gh_resource_check(enum gh_resource type, struct gh_arena *a, const struct gh_json *j, gh_json_ref properties,
    struct gh_str *name, struct gh_err *err);

#endif
