/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy/conditional_read: Microsoft Graph's conditionalAccessPolicy, namedLocation and authenticationStrengthPolicy from their JSON, strictly.
 * Every member is known here: what has no meaning on this gateway is refused by name when it is set to anything (null, [], {}, "" and false are
 * nothing), never ignored. Annotations ("@odata...") and what a directory itself adds (id, times) are passed over.
 *
 * One member of `conditions` is our own, days and hours:
 *     "times": {"includeTimes": [{"days": ["monday", ...], "start": "08:00", "end": "18:00", "utcOffset": "+01:00"}], "excludeTimes": [...]}
 * A window whose end is not behind its start goes on into the next day and belongs to the day on which it began. No days: every day.
 */
#ifndef GH_POLICY_CONDITIONAL_READ_H
#define GH_POLICY_CONDITIONAL_READ_H

#include "policy/conditional.h"
#include "wire/json.h"

struct gh_cond_list {
    struct gh_str *p;
    size_t n;
};

struct gh_cond_policy {
    struct gh_str name;
    enum gh_cond_state state;
    uint64_t flags;             /* GH_COND_HAS_*, but for ALL_PLACES' trusted ones, which names below resolve */
    struct gh_cond_list users, not_users, roles, not_roles, workloads, not_workloads;
    uint64_t targets, not_targets;
    struct gh_cond_list paths, not_paths, contexts;
    uint64_t clients, platforms, not_platforms;
    struct gh_cond_list places, not_places; /* names of named locations */
    bool has_trusted, has_not_trusted;      /* AllTrusted among them    */
    struct gh_cond_list filter;             /* conditional_filter.h     */
    uint64_t risks;
    struct gh_cond_list times, not_times;   /* windows, 8 bytes each    */
    uint64_t flows, grants;
    struct gh_str strength;     /* id of an authentication strength; empty: none */
    uint64_t max_age_s;
};

struct gh_cond_place {
    struct gh_str id;           /* set by the caller */
    struct gh_str name;
    bool is_trusted, has_unknown;
    struct gh_str ranges;       /* ranges.h; empty for countries */
    struct gh_str countries;    /* pairs, sorted */
};

struct gh_cond_strength {
    struct gh_str id;           /* set by the caller */
    uint64_t combinations[GH_COND_COMBINATIONS_MAX];
    size_t n;
};

/* GH_BAD, GH_LIMIT: err->what says which member, err->at where. Slices lie in the arena or are borrowed from the document. */
GH_MUST_USE enum gh_rc gh_cond_policy_read(struct gh_cond_policy *out, struct gh_arena *a, const struct gh_json *j, gh_json_ref policy,
    struct gh_err *err);
GH_MUST_USE enum gh_rc gh_cond_place_read(struct gh_cond_place *out, struct gh_arena *a, const struct gh_json *j, gh_json_ref place,
    struct gh_err *err);
/* `combinations`: the array allowedCombinations. */
GH_MUST_USE enum gh_rc gh_cond_strength_read(struct gh_cond_strength *out, struct gh_arena *a, const struct gh_json *j, gh_json_ref combinations,
    struct gh_err *err);

/* What policies name. */
struct gh_cond_names {
    const struct gh_cond_place *places;
    size_t n_places;
    const struct gh_cond_strength *strengths; /* custom ones; those of proof.h are known */
    size_t n_strengths;
};

/* A policy as its row of the snapshot: GH_COND_POLICY_N values. GH_BAD: it names a place or strength that is not there. */
GH_MUST_USE enum gh_rc gh_cond_row(struct gh_snap_value *v, struct gh_arena *a, struct gh_str id, const struct gh_cond_policy *p,
    const struct gh_cond_names *names, struct gh_err *err);
void gh_cond_place_row(struct gh_snap_value *v, const struct gh_cond_place *p);

/* What an application is here (conditional.h): bits of enum gh_cond_target, or a path. False: it is none. */
bool gh_cond_application(uint64_t *targets, bool *is_path, struct gh_str word);

/* A window of `times`: days (bit 0: Monday), minutes of its start and end, minutes that its clock is ahead of UTC. */
bool gh_cond_time_has(struct gh_str window, int64_t now_ms);

#endif
