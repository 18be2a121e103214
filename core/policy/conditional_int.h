/* SPDX-License-Identifier: Apache-2.0 */
/* What the readers of conditional access share: tables of members, and what is refused by name. */
#ifndef GH_POLICY_CONDITIONAL_INT_H
#define GH_POLICY_CONDITIONAL_INT_H

#include "base/limits.h"
#include "policy/conditional_read.h"

struct gh_cond_reader {
    struct gh_arena *arena;
    const struct gh_json *json;
    struct gh_err *err;
    struct gh_cond_policy *policy; /* of the readers of policies */
};

/* A member of an object. `read` NULL: it may stand there and means nothing here. `refuses`: set to anything, it is refused with this text. */
struct gh_cond_member {
    const char *name;
    enum gh_rc (*read)(struct gh_cond_reader *r, gh_json_ref v);
    const char *refuses;
};

GH_MUST_USE enum gh_rc gh_cond_bad(const struct gh_cond_reader *r, gh_json_ref v, const char *what);
/* null, [], {}, "" and false. */
bool gh_cond_is_nothing(const struct gh_cond_reader *r, gh_json_ref v);
/* Walks an object by its table; a member that is not in it is refused with `unknown`. A value that is nothing is not read. */
GH_MUST_USE enum gh_rc gh_cond_walk(struct gh_cond_reader *r, gh_json_ref object, const struct gh_cond_member *members, size_t n, const char *unknown);
/* A text of 1 to `max` bytes without control characters. */
GH_MUST_USE enum gh_rc gh_cond_text(struct gh_str *out, const struct gh_cond_reader *r, gh_json_ref v, size_t max);
/* Calls `one` with each text of an array. */
GH_MUST_USE enum gh_rc gh_cond_each_text(struct gh_cond_reader *r, gh_json_ref list,
    enum gh_rc (*one)(struct gh_cond_reader *r, gh_json_ref v, struct gh_str s));
/* A member that is a list of texts, by the function of one. */
#define LIST_OF(one)                                                    \
    static enum gh_rc one##s(struct gh_cond_reader *r, gh_json_ref v)   \
    {                                                                   \
        return gh_cond_each_text(r, v, one);                            \
    }
/* Room for the elements of a list, behind what it has; GH_LIMIT beyond GH_COND_NAMES_MAX. */
GH_MUST_USE enum gh_rc gh_cond_add(struct gh_cond_list *l, const struct gh_cond_reader *r, gh_json_ref v, struct gh_str s);

/* conditional_challenge.c: whether `proofs` holds all of any combination (le64 each). */
bool gh_cond_is_strong(uint64_t proofs, struct gh_str strength);

/* conditional_index.c: a bit for each policy that could be for the caller: the others are certainly for others. Of a policy beyond these nothing is said. */
#define GH_COND_CANDIDATES 256
_Static_assert(GH_COND_POLICIES_MAX <= GH_COND_CANDIDATES, "a bit for each policy");
/* Into the row of all policies, whose POLICIES are there: whom they name, by name. gh_snap_put makes it. GH_LIMIT: more policies than bits. */
GH_MUST_USE enum gh_rc gh_cond_index(struct gh_snap_value *all, struct gh_arena *a);
void gh_cond_candidates(uint64_t mask[GH_COND_CANDIDATES / 64], const struct gh_snap_rec *all, const struct gh_caller *caller);

/* conditional_when.c */
GH_MUST_USE enum gh_rc gh_cond_read_times(struct gh_cond_reader *r, gh_json_ref v);

/* conditional_from.c */
GH_MUST_USE enum gh_rc gh_cond_read_clients(struct gh_cond_reader *r, gh_json_ref v);
GH_MUST_USE enum gh_rc gh_cond_read_platforms(struct gh_cond_reader *r, gh_json_ref v);
GH_MUST_USE enum gh_rc gh_cond_read_places(struct gh_cond_reader *r, gh_json_ref v);
GH_MUST_USE enum gh_rc gh_cond_read_devices(struct gh_cond_reader *r, gh_json_ref v);

/* conditional_grant.c */
GH_MUST_USE enum gh_rc gh_cond_read_grants(struct gh_cond_reader *r, gh_json_ref v);
GH_MUST_USE enum gh_rc gh_cond_read_session(struct gh_cond_reader *r, gh_json_ref v);

#endif
