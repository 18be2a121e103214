/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control/publish/project: from resources to rows of the snapshot. One function makes the row of a (section, key) from the store; the
 * base is that function over all keys, an overlay is that function over the keys that a change touched. So they cannot disagree.
 *
 * Adding a section is adding a row to the table in project.c: how its row is made, and how its keys are found. Which keys a resource
 * touches stands in the table of project_keys.c, by type.
 */
#ifndef GH_CONTROL_PUBLISH_PROJECT_H
#define GH_CONTROL_PUBLISH_PROJECT_H

#include "control/config.h"
#include "control/store/store.h"
#include "policy/snapshot.h"

#define GH_PROJECT_GROUPS_MAX 480 /* groups of one principal: leaves room in GH_PRINCIPALS_MAX for its own names and token groups */
#define GH_PROJECT_KEY_MAX 1024    /* longest key of a row: GH_RESOURCE_PATH_MAX * 2 */
#define GH_PROJECT_KEYS_FOREVER_MS INT64_C(253402300799000) /* own keys have no age limit: year 9999 */

/*
 * What a walk over all rows holds, so that a row need not look it up again: the identity at which it is just now, whose body was read (path.p
 * NULL: none); the member at which it is, with the groups that hold him (member.p NULL: none); and which groups are members of groups: most
 * are not, and are asked for by each of their members (nested NULL: not known).
 */
struct gh_props;
struct gh_strs;
struct gh_project_hand {
    struct gh_str path, alias;
    const struct gh_props *props;
    struct gh_str member;
    const struct gh_strs *holders;
    const struct gh_strs *nested; /* in rising order */
};

struct gh_project_env {
    struct gh_store_tx *tx;
    const struct gh_config *config;
    /* Checked addresses "1.2.3.4:443" of a host as last resolved, into the arena; none known: *n = 0. */
    enum gh_rc (*addresses)(void *ctx, struct gh_str **out, size_t *n, struct gh_arena *a, struct gh_str host, uint16_t port);
    void *ctx;
    struct gh_project_hand *hand; /* gh_project_each writes it, gh_project_row reads it; NULL: rows are made one by one */
};

struct gh_project_row {
    bool exists; /* else: a tombstone */
    struct gh_snap_value v[GH_SNAP_FIELDS_MAX];
};

/* Everything in *out lives in `a` or is borrowed from env->config. */
GH_MUST_USE enum gh_rc gh_project_row(struct gh_project_row *out, const struct gh_project_env *env, struct gh_arena *a,
    enum gh_snap_section section, struct gh_str key);

/* A key that exists, or might have changed; lent for the call. */
typedef enum gh_rc gh_project_key_fn(void *ctx, enum gh_snap_section section, struct gh_str key);

/* All keys of a section, each at least once. */
GH_MUST_USE enum gh_rc gh_project_each(const struct gh_project_env *env, struct gh_arena *a, enum gh_snap_section section, gh_project_key_fn *fn,
    void *ctx);

/*
 * The keys whose rows depend on the resource at `path` as it stands in the store now. A writer asks before and after its change, in one
 * transaction; a key that was named by both is touched too (its content may differ) but for the members of a group: a principal that
 * is a member before and after is not affected.
 */
GH_MUST_USE enum gh_rc gh_project_touched(struct gh_store_tx *tx, struct gh_arena *a, enum gh_resource type, struct gh_str path,
    gh_project_key_fn *fn, void *ctx);

/* Setting that holds an issuer's keys: le64 time until which they are believed, then the JWKS text. */
#define GH_PROJECT_ISSUER_KEYS "issuer-keys:" /* and the resource path; own issuer: "/issuers/gatehouse" */

/* Rows for vault's CREDENTIALS: packed fields of every backend that sends a secret. */
GH_MUST_USE enum gh_rc gh_project_credentials(struct gh_buf *out, struct gh_store_tx *tx, struct gh_arena *a);

#endif
