/* SPDX-License-Identifier: Apache-2.0 */
/* For tests and benches alone: rows of a snapshot by their meaning. The first failure stays in `rc`. */
#ifndef GH_POLICY_SNAPSHOT_MAKER_H
#define GH_POLICY_SNAPSHOT_MAKER_H

#include "policy/role.h"
#include "policy/snapshot.h"

struct gh_maker {
    struct gh_arena *arena;
    struct gh_snap_writer *writer;
    enum gh_rc rc;
};

struct gh_maker_grant {
    const char *id, *scope, *role;
    uint64_t start_ms, end_ms;
};

struct gh_maker_denial {
    const char *id, *scope;
    bool is_here;
    struct gh_role_bits bits;
    struct gh_str condition; /* program */
    const struct gh_str *excluded;
    size_t n_excluded;
};

static inline struct gh_maker
gh_maker_new(struct gh_arena *a, uint64_t generation, bool is_overlay)
{
    struct gh_snap_meta meta = {.generation = generation, .base_generation = is_overlay ? 1 : generation, .made_ms = 1,
        .is_overlay = is_overlay};
    struct gh_maker m = {.arena = a};

    memcpy(meta.installation, "installation-one", sizeof(meta.installation));
    m.rc = gh_snap_writer_new(&m.writer, a, &meta);
    return m;
}

static inline void
gh_maker_put(struct gh_maker *m, enum gh_snap_section section, struct gh_str key, const struct gh_snap_value *values)
{
    if (m->rc == GH_OK)
        m->rc = gh_snap_put(m->writer, section, key, values);
}

/* The key of two parts. */
static inline struct gh_str
gh_maker_key(struct gh_maker *m, struct gh_str one, struct gh_str two)
{
    struct gh_buf b;

    gh_buf_init(&b, m->arena, GH_SNAP_KEY_BYTES_MAX);
    gh_snap_key(&b, (const struct gh_str[]){one, two}, 2);
    if (m->rc == GH_OK)
        m->rc = b.rc;
    return gh_buf_str(&b);
}

static inline void
gh_maker_role(struct gh_maker *m, struct gh_str id, struct gh_str name, const struct gh_role_bits *bits)
{
    uint8_t stored[GH_ROLE_STORED_BYTES];

    gh_role_store(stored, bits);
    gh_maker_put(m, GH_SNAP_ROLE, id, (const struct gh_snap_value[GH_ROLE_N]){{.str = name}, {.str = gh_str(stored, sizeof(stored))}});
}

/* A role of which a part is given on a condition alone. */
static inline void
gh_maker_role_def(struct gh_maker *m, struct gh_str id, const struct gh_role_def *def)
{
    struct gh_snap_value parts[GH_ROLE_PARTS_MAX * GH_ROLE_PART_N] = {{.n = 0}};
    uint8_t stored[GH_ROLE_STORED_BYTES], part_bits[GH_ROLE_PARTS_MAX][GH_ROLE_STORED_BYTES];

    for (size_t i = 0; i < def->n_parts; i++) {
        gh_role_store(part_bits[i], &def->parts[i].bits);
        parts[i * GH_ROLE_PART_N + GH_ROLE_PART_BITS].str = gh_str(part_bits[i], GH_ROLE_STORED_BYTES);
        parts[i * GH_ROLE_PART_N + GH_ROLE_PART_CONDITION].str = def->parts[i].condition;
    }
    gh_role_store(stored, &def->bits);
    gh_maker_put(m, GH_SNAP_ROLE, id,
        (const struct gh_snap_value[GH_ROLE_N]){[GH_ROLE_NAME] = {.str = def->name}, [GH_ROLE_BITS] = {.str = gh_str(stored, sizeof(stored))},
            [GH_ROLE_PARTS] = {.recs = parts, .n = def->n_parts}});
}

static inline void
gh_maker_builtin_roles(struct gh_maker *m)
{
    for (size_t i = 0; i < gh_role_builtin_count && m->rc == GH_OK; i++) {
        struct gh_role_def def;

        if ((m->rc = gh_role_read(&def, m->arena, gh_str_z(gh_role_builtins[i].json), NULL)) == GH_OK)
            gh_maker_role_def(m, def.id, &def);
    }
}

static inline void
gh_maker_identity(struct gh_maker *m, struct gh_str key, struct gh_str path, bool is_enabled, uint64_t valid_from_ms)
{
    gh_maker_put(m, GH_SNAP_IDENTITY, key,
        (const struct gh_snap_value[GH_IDENTITY_N]){{.str = path}, {.u64 = is_enabled ? GH_IDENTITY_FLAG_ENABLED : 0}, {.str = GH_STR("user")}, {.u64 = valid_from_ms}});
}

static inline void
gh_maker_membership(struct gh_maker *m, struct gh_str key, const struct gh_str *groups, size_t n)
{
    gh_maker_put(m, GH_SNAP_MEMBERSHIP, key, (const struct gh_snap_value[GH_MEMBERSHIP_N]){{.list = groups, .n = n}});
}

/* conditions: a program for each grant; NULL: none has one. */
static inline void
gh_maker_assign_if(struct gh_maker *m, struct gh_str key, const struct gh_maker_grant *grants, const struct gh_str *conditions, size_t n)
{
    struct gh_snap_value *v = gh_arena_take_array(m->arena, n * GH_GRANT_N, sizeof(*v));

    if (v == NULL) {
        m->rc = GH_NOMEM;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        v[i * GH_GRANT_N + GH_GRANT_ID].str = gh_str_z(grants[i].id);
        v[i * GH_GRANT_N + GH_GRANT_SCOPE].str = gh_str_z(grants[i].scope);
        v[i * GH_GRANT_N + GH_GRANT_ROLE].str = gh_str_z(grants[i].role);
        v[i * GH_GRANT_N + GH_GRANT_START_MS].u64 = grants[i].start_ms;
        v[i * GH_GRANT_N + GH_GRANT_END_MS].u64 = grants[i].end_ms;
        if (conditions != NULL)
            v[i * GH_GRANT_N + GH_GRANT_CONDITION].str = conditions[i];
    }
    struct gh_snap_value row[GH_ASSIGNMENT_N] = {{.recs = v, .n = n}};
    gh_maker_put(m, GH_SNAP_ASSIGNMENT, key, row);
}

static inline void
gh_maker_assign(struct gh_maker *m, struct gh_str key, const struct gh_maker_grant *grants, size_t n)
{
    gh_maker_assign_if(m, key, grants, NULL, n);
}

/* What is denied to a principal, to "*" or to "?". */
static inline void
gh_maker_deny(struct gh_maker *m, struct gh_str key, const struct gh_maker_denial *denials, size_t n)
{
    struct gh_snap_value *v = gh_arena_take_array(m->arena, n * GH_DENIAL_N, sizeof(*v));
    uint8_t(*bits)[GH_ROLE_STORED_BYTES] = gh_arena_take_array(m->arena, n, sizeof(*bits));

    if (v == NULL || bits == NULL) {
        m->rc = GH_NOMEM;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        gh_role_store(bits[i], &denials[i].bits);
        v[i * GH_DENIAL_N + GH_DENIAL_ID].str = gh_str_z(denials[i].id);
        v[i * GH_DENIAL_N + GH_DENIAL_SCOPE].str = gh_str_z(denials[i].scope);
        v[i * GH_DENIAL_N + GH_DENIAL_IS_HERE].u64 = denials[i].is_here;
        v[i * GH_DENIAL_N + GH_DENIAL_BITS].str = gh_str(bits[i], sizeof(bits[i]));
        v[i * GH_DENIAL_N + GH_DENIAL_CONDITION].str = denials[i].condition;
        v[i * GH_DENIAL_N + GH_DENIAL_EXCLUDED] = (struct gh_snap_value){.list = denials[i].excluded, .n = denials[i].n_excluded};
    }
    struct gh_snap_value row[GH_DENY_N] = {{.recs = v, .n = n}};
    gh_maker_put(m, GH_SNAP_DENY, key, row);
}

/* The finished file, believed; NULL with m->rc set. */
static inline const struct gh_snap_file *
gh_maker_finish(struct gh_maker *m)
{
    struct gh_snap_file *file = NULL;
    struct gh_str bytes;

    if (m->rc == GH_OK)
        m->rc = gh_snap_finish(&bytes, m->writer);
    if (m->rc == GH_OK)
        m->rc = gh_snap_verify(&file, m->arena, bytes, NULL, NULL);
    return file;
}

#endif
