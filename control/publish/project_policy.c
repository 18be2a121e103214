/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of who may what: issuers and their keys, API keys, identities, memberships, assignments, roles. */
#include "control/publish/project_int.h"

#include "base/codec.h"
#include "base/cursor.h"
#include "control/publish/attributes.h"
#include "policy/proof.h"
#include "policy/role.h"
#include "token/jwks.h"

#define STRS_FIRST 16

void
gh_strs_add(struct gh_strs *l, struct gh_str s)
{
    if (l->rc != GH_OK)
        return;
    if (l->n == l->cap) {
        size_t cap = l->cap == 0 ? STRS_FIRST : l->cap * 2;
        struct gh_str *p = gh_arena_take_array(l->a, cap, sizeof(*p));
        if (p == NULL) {
            l->rc = GH_NOMEM;
            return;
        }
        if (l->n > 0)
            memcpy(p, l->p, l->n * sizeof(*p));
        l->p = p;
        l->cap = cap;
    }
    l->rc = gh_arena_dup(&l->p[l->n], l->a, s);
    l->n += l->rc == GH_OK;
}

bool
gh_strs_has(const struct gh_strs *l, struct gh_str s)
{
    for (size_t i = 0; i < l->n; i++)
        if (gh_str_eq(l->p[i], s))
            return true;
    return false;
}

struct holders {
    struct gh_strs *out;
    struct gh_str prefix;
};

static bool
add_holder(void *ctx, struct gh_str path, const struct gh_store_link *link)
{
    struct holders *h = ctx;
    (void)link;
    if (gh_str_starts(path, h->prefix))
        gh_strs_add(h->out, path);
    return h->out->rc == GH_OK;
}

enum gh_rc
gh_project_holders(
    struct gh_strs *out, struct gh_store_tx *tx, enum gh_store_link_kind kind, struct gh_str target, struct gh_str prefix)
{
    struct holders h = {out, prefix};
    enum gh_rc rc = gh_store_link_to(tx, kind, target, add_holder, &h);
    return rc != GH_OK ? rc : out->rc;
}

/* ---- issuers ---- */

enum gh_rc
gh_project_issuer_path(struct gh_str *path, const struct gh_project_env *env, struct gh_arena *a, struct gh_str iss)
{
    struct gh_strs holders = {.a = a};
    *path = GH_STR("");
    if (env->config != NULL && gh_str_eq(iss, gh_str_z(env->config->issuer))) {
        *path = GH_STR("/issuers/" GH_OWN_ISSUER);
        return GH_OK;
    }
    enum gh_rc rc = gh_project_holders(&holders, env->tx, GH_STORE_LINK_ALIAS, iss, GH_STR("/issuers/"));
    if (rc == GH_OK && holders.n > 0)
        *path = holders.p[0];
    return rc;
}

enum gh_rc
gh_project_issuer_keys(struct gh_str *jwks, uint64_t *until_ms, struct gh_store_tx *tx, struct gh_arena *a, struct gh_str path)
{
    struct gh_str v;
    *jwks = (struct gh_str){NULL, 0};
    *until_ms = 0;
    enum gh_rc rc = gh_store_setting_get(&v, a, tx, gh_project_path(a, GH_STR(GH_PROJECT_ISSUER_KEYS), path));
    if (rc != GH_OK || v.n == 0)
        return rc;
    struct gh_cursor c = gh_cursor(v);
    if (gh_cursor_le64(until_ms, &c) != GH_OK)
        return GH_BAD;
    return gh_cursor_bytes(jwks, &c, gh_cursor_left(&c));
}

/* 0: absent. */
static enum gh_rc
time_of(uint64_t *ms, const struct gh_props *p, const char *name)
{
    struct gh_str s = gh_props_str(p, name, GH_STR(""));
    int64_t t = 0;
    enum gh_rc rc = s.n == 0 ? GH_OK : gh_time_read(&t, s);
    *ms = t < 0 ? 0 : (uint64_t)t;
    return rc;
}

static struct gh_snap_value
text(struct gh_str s)
{
    return (struct gh_snap_value){.str = s};
}

/* What its tokens prove: by its map, which was read when it was written; the own tokens by their preset. */
static enum gh_rc
proofs(struct gh_snap_value *out, struct gh_arena *a, const struct gh_props *p, bool is_own)
{
    struct gh_proof_map *m = gh_arena_take(a, sizeof(*m));
    gh_json_ref map = is_own ? GH_JSON_NO : gh_json_get(&p->j, p->root, GH_STR("claimsMap"));
    enum gh_rc rc = GH_OK;
    if (m == NULL)
        return GH_NOMEM;
    if (is_own)
        rc = gh_proof_map_preset(m, GH_STR(GH_OWN_ISSUER));
    else if (gh_json_type(&p->j, map) == GH_JSON_OBJECT)
        rc = gh_proof_map_read(m, a, &p->j, map, NULL);
    struct gh_snap_value *v = gh_arena_take_array(a, (m->n_rules + 1) * GH_PROOF_N, sizeof(*v));
    if (rc != GH_OK || v == NULL)
        return rc != GH_OK ? rc : GH_NOMEM;
    for (size_t i = 0; i < m->n_rules; i++) {
        v[i * GH_PROOF_N + GH_PROOF_CLAIM].u64 = m->rules[i].claim;
        v[i * GH_PROOF_N + GH_PROOF_VALUE].str = m->rules[i].value;
        v[i * GH_PROOF_N + GH_PROOF_MEANS].u64 = m->rules[i].means;
    }
    out[GH_ISSUER_PATHS] = (struct gh_snap_value){.list = m->paths, .n = m->n_paths};
    out[GH_ISSUER_PATHS_ID].u64 = m->paths_id;
    out[GH_ISSUER_PROOFS] = (struct gh_snap_value){.recs = v, .n = m->n_rules};
    out[GH_ISSUER_TELLS_FLOW].u64 = m->tells_flow;
    return GH_OK;
}

enum gh_rc
gh_project_issuer(struct gh_project_row *out, const struct gh_project_env *env, struct gh_arena *a, const struct gh_str *part)
{
    struct gh_str path, jwks, *audiences = NULL, *tenants = NULL;
    struct gh_props p = {0};
    size_t n_audiences = 0, n_tenants = 0;
    uint64_t until_ms;
    enum gh_rc rc = gh_project_issuer_path(&path, env, a, part[0]);
    if (rc != GH_OK || path.n == 0)
        return rc;
    bool is_own = gh_str_eq(path, GH_STR("/issuers/" GH_OWN_ISSUER));
    if (!is_own && ((rc = gh_props_load(&p, &out->exists, a, env->tx, path)) != GH_OK || !out->exists))
        return rc;
    if ((rc = gh_project_issuer_keys(&jwks, &until_ms, env->tx, a, path)) != GH_OK)
        return rc;
    if (!is_own && (rc = gh_props_list(&audiences, &n_audiences, &p, "audiences")) != GH_OK)
        return rc;
    if (!is_own && (rc = gh_props_list(&tenants, &n_tenants, &p, "tenants")) != GH_OK)
        return rc;
    out->exists = true;
    out->v[GH_ISSUER_NAME] = text(gh_str_sub(path, sizeof("/issuers/") - 1, path.n));
    out->v[GH_ISSUER_AUDIENCES] = (struct gh_snap_value){.list = audiences, .n = n_audiences};
    out->v[GH_ISSUER_SUBJECT_CLAIM] = text(is_own ? GH_STR("sub") : gh_props_str(&p, "subjectClaim", GH_STR("sub")));
    out->v[GH_ISSUER_KEYS_UNTIL_MS].u64 = is_own ? (uint64_t)GH_PROJECT_KEYS_FOREVER_MS : until_ms;
    out->v[GH_ISSUER_TENANTS] = (struct gh_snap_value){.list = tenants, .n = n_tenants};
    return proofs(out->v, a, &p, is_own);
}

/* SHA-256 over iss, kid and key: what the cache of good signatures remembers (token/cache.h). */
static enum gh_rc
key_digest(struct gh_str *out, struct gh_arena *a, struct gh_str iss, const struct gh_jwk *key)
{
    uint8_t *hash = gh_arena_take(a, GH_SHA256_BYTES);
    if (hash == NULL)
        return GH_NOMEM;
    *out = gh_str(hash, GH_SHA256_BYTES);
    return gh_sha256_v(hash, (const struct gh_str[]){iss, GH_STR("\0"), key->kid, GH_STR("\0"), key->spki}, 5);
}

enum gh_rc
gh_project_issuer_key(struct gh_project_row *out, const struct gh_project_env *env, struct gh_arena *a, const struct gh_str *part)
{
    struct gh_str path, jwks, digest = {NULL, 0};
    uint64_t until_ms;
    enum gh_rc rc = gh_project_issuer_path(&path, env, a, part[0]);
    if (rc != GH_OK || path.n == 0)
        return rc;
    if ((rc = gh_project_issuer_keys(&jwks, &until_ms, env->tx, a, path)) != GH_OK || jwks.p == NULL)
        return rc;
    struct gh_jwks *set = gh_arena_take(a, sizeof(*set));
    if (set == NULL)
        return GH_NOMEM;
    if ((rc = gh_jwks_read(set, a, jwks, NULL)) != GH_OK)
        return rc;
    for (size_t i = 0; i < set->n; i++) {
        if (!gh_str_eq(set->keys[i].kid, part[1]))
            continue;
        out->exists = true;
        rc = key_digest(&digest, a, part[0], &set->keys[i]);
        out->v[GH_ISSUER_KEY_ALG] = text(set->keys[i].alg == GH_ALG_NONE ? GH_STR("") : gh_alg_name(set->keys[i].alg));
        out->v[GH_ISSUER_KEY_SPKI] = text(set->keys[i].spki);
        out->v[GH_ISSUER_KEY_DIGEST] = text(digest);
    }
    return rc;
}

/* ---- principals ---- */

struct gh_str
gh_project_alias(const struct gh_props *identity, struct gh_str path)
{
    struct gh_str name = gh_str_sub(path, sizeof("/identities/") - 1, path.n);
    struct gh_str issuer = gh_props_str(identity, "issuer", GH_STR(GH_OWN_ISSUER));
    struct gh_str subject = gh_props_str(identity, "subject", name);
    return gh_project_path(identity->a, issuer, GH_STR(":"), subject);
}

/* The resource that a key of IDENTITY names, by its path or by its alias; *exists false: none. */
static enum gh_rc
load_identity(
    struct gh_props *p, struct gh_str *path, bool *exists, const struct gh_project_env *env, struct gh_arena *a, struct gh_str key)
{
    const struct gh_project_hand *hand = env->hand;
    struct gh_strs holders = {.a = a};
    enum gh_rc rc = GH_OK;
    *path = key;
    if (hand != NULL && hand->path.p != NULL && (gh_str_eq(key, hand->path) || gh_str_eq(key, hand->alias))) {
        *path = hand->path;
        *exists = true;
        *p = *hand->props;
        p->a = a;
        return GH_OK;
    }
    if (!gh_str_starts(key, GH_STR("/identities/"))) {
        rc = gh_project_holders(&holders, env->tx, GH_STORE_LINK_ALIAS, key, GH_STR("/identities/"));
        if (rc != GH_OK || holders.n == 0)
            return rc;
        *path = holders.p[0];
    }
    return gh_props_load(p, exists, a, env->tx, *path);
}

enum gh_rc
gh_project_identity(struct gh_project_row *out, const struct gh_project_env *env, struct gh_arena *a, const struct gh_str *part)
{
    struct gh_props p;
    struct gh_str path;
    const char *why;
    enum gh_rc rc = load_identity(&p, &path, &out->exists, env, a, part[0]);
    if (rc != GH_OK || !out->exists)
        return rc;
    out->v[GH_IDENTITY_PATH] = text(path);
    out->v[GH_IDENTITY_FLAGS].u64 = (gh_props_bool(&p, "enabled", true) ? GH_IDENTITY_FLAG_ENABLED : 0) |
                                    (gh_props_bool(&p, "emergencyAccess", false) ? GH_IDENTITY_FLAG_EMERGENCY : 0);
    out->v[GH_IDENTITY_KIND] = text(gh_props_str(&p, "kind", GH_STR("user")));
    out->v[GH_IDENTITY_ALIAS] = text(gh_project_alias(&p, path));
    if ((rc = time_of(&out->v[GH_IDENTITY_VALID_FROM_MS].u64, &p, "validFrom")) == GH_OK)
        rc = gh_attributes_read(&out->v[GH_IDENTITY_ATTRIBUTES], &p, &why);
    if (rc != GH_BAD && rc != GH_LIMIT)
        return rc;
    /* left out, he would be whom nobody disabled; as another issuer's tokens name him he would be let in */
    out->v[GH_IDENTITY_FLAGS].u64 &= ~(uint64_t)GH_IDENTITY_FLAG_ENABLED;
    return GH_OK;
}

enum gh_rc
gh_project_api_key(struct gh_project_row *out, const struct gh_project_env *env, struct gh_arena *a, const struct gh_str *part)
{
    struct gh_props p, owner;
    struct gh_strs holders = {.a = a};
    struct gh_str hash;
    int64_t expires_ms = 0;
    bool has_owner;
    enum gh_rc rc = gh_project_holders(&holders, env->tx, GH_STORE_LINK_ALIAS, part[0], GH_STR("/workspaces/"));
    if (rc != GH_OK || holders.n == 0)
        return rc;
    if ((rc = gh_props_load(&p, &out->exists, a, env->tx, holders.p[0])) != GH_OK || !out->exists)
        return rc;
    struct gh_str path = gh_project_path(a, GH_STR("/identities/"), gh_props_str(&p, "owner", GH_STR("")));
    if ((rc = gh_props_load(&owner, &has_owner, a, env->tx, path)) != GH_OK)
        return rc;
    out->exists = has_owner;
    if (!has_owner)
        return GH_OK;
    if ((rc = gh_hex_decode(&hash, a, gh_props_str(&p, "sha256", GH_STR("")))) != GH_OK)
        return rc;
    if ((rc = gh_time_read(&expires_ms, gh_props_str(&p, "expires", GH_STR("")))) != GH_OK)
        return rc;
    out->v[GH_API_KEY_SHA256] = text(hash);
    out->v[GH_API_KEY_PRINCIPAL] = text(gh_project_alias(&owner, path));
    out->v[GH_API_KEY_SCOPE] = text(gh_props_str(&p, "scope", GH_STR("")));
    out->v[GH_API_KEY_EXPIRES_MS].u64 = (uint64_t)expires_ms;
    return GH_OK;
}

/* Whether the group could be in another: false only where the walk knows that it is not. */
static bool
may_be_nested(const struct gh_project_hand *hand, struct gh_str group)
{
    const struct gh_strs *nested = hand == NULL ? NULL : hand->nested;
    size_t low = 0, high = nested == NULL ? 0 : nested->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = gh_str_cmp(group, nested->p[middle]);
        if (order == 0)
            return true;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return nested == NULL;
}

/* The groups that hold a member. */
static enum gh_rc
holders_of(struct gh_strs *out, const struct gh_project_env *env, struct gh_str member)
{
    const struct gh_project_hand *hand = env->hand;
    if (hand != NULL && hand->member.p != NULL && gh_str_eq(hand->member, member)) {
        *out = *hand->holders;
        return out->rc;
    }
    return gh_project_holders(out, env->tx, GH_STORE_LINK_MEMBER, member, GH_STR("/groups/"));
}

/*
 * Groups that hold `principal`, and those that hold these, up to GH_GROUP_DEPTH_MAX levels: breadth first over a list without repeats, so a
 * cycle ends by itself. At the bound the rest is left out, and the row says so: what is given to those groups he lacks, what is denied to any
 * group is denied to him.
 */
enum gh_rc
gh_project_membership(struct gh_project_row *out, const struct gh_project_env *env, struct gh_arena *a, const struct gh_str *part)
{
    struct gh_strs groups = {.a = a};
    size_t level_end = 0, at = 0;
    bool is_cut = false;
    for (unsigned depth = 0; depth <= GH_GROUP_DEPTH_MAX; depth++) { /* the last round only looks whether there are more */
        do {
            struct gh_strs holders = {.a = a};
            struct gh_str member = depth == 0 ? part[0] : groups.p[at];
            enum gh_rc rc = GH_OK;
            if (depth == 0 || may_be_nested(env->hand, member))
                rc = holders_of(&holders, env, member);
            if (rc != GH_OK)
                return rc;
            for (size_t i = 0; i < holders.n; i++)
                if (gh_strs_has(&groups, holders.p[i]))
                    continue;
                else if (groups.n < GH_PROJECT_GROUPS_MAX && depth < GH_GROUP_DEPTH_MAX)
                    gh_strs_add(&groups, holders.p[i]);
                else
                    is_cut = true;
            at += depth > 0;
        } while (at < level_end);
        if (groups.n == level_end)
            break;
        level_end = groups.n;
    }
    out->exists = groups.n > 0;
    out->v[GH_MEMBERSHIP_GROUPS] = (struct gh_snap_value){.list = groups.p, .n = groups.n};
    out->v[GH_MEMBERSHIP_IS_CUT].u64 = is_cut;
    return groups.rc;
}

/* ---- grants ---- */

static enum gh_rc
grant(struct gh_snap_value *v, const struct gh_project_env *env, struct gh_arena *a, struct gh_str path)
{
    struct gh_props p;
    bool exists;
    enum gh_rc rc = gh_props_load(&p, &exists, a, env->tx, path);
    if (rc != GH_OK)
        return rc;
    v[GH_GRANT_ID] = text(path);
    v[GH_GRANT_SCOPE] = text(gh_props_str(&p, "scope", GH_STR("")));
    v[GH_GRANT_ROLE] = text(gh_props_str(&p, "roleDefinitionId", GH_STR("")));
    if ((rc = time_of(&v[GH_GRANT_START_MS].u64, &p, "startDateTime")) != GH_OK ||
        (rc = time_of(&v[GH_GRANT_END_MS].u64, &p, "endDateTime")) != GH_OK)
        return rc;
    return gh_project_condition(&v[GH_GRANT_CONDITION].str, &p);
}

enum gh_rc
gh_project_assignment(struct gh_project_row *out, const struct gh_project_env *env, struct gh_arena *a, const struct gh_str *part)
{
    struct gh_strs paths = {.a = a};
    enum gh_rc rc = gh_project_holders(&paths, env->tx, GH_STORE_LINK_PRINCIPAL, part[0], GH_STR("/roleAssignments/"));
    if (rc != GH_OK || paths.n == 0)
        return rc;
    struct gh_snap_value *v = gh_arena_take_array(a, paths.n, GH_GRANT_N * sizeof(*v));
    if (v == NULL)
        return GH_NOMEM;
    for (size_t i = 0; i < paths.n; i++)
        if ((rc = grant(v + i * GH_GRANT_N, env, a, paths.p[i])) != GH_OK)
            return rc;
    out->exists = true;
    out->v[GH_ASSIGNMENT_GRANTS] = (struct gh_snap_value){.recs = v, .n = paths.n};
    return GH_OK;
}

static enum gh_rc
put_bits(struct gh_snap_value *out, struct gh_arena *a, const struct gh_role_bits *bits)
{
    uint8_t *stored = gh_arena_take(a, GH_ROLE_STORED_BYTES);
    if (stored == NULL)
        return GH_NOMEM;
    gh_role_store(stored, bits);
    *out = text(gh_str(stored, GH_ROLE_STORED_BYTES));
    return GH_OK;
}

/* What the role gives on a condition alone. */
static enum gh_rc
parts(struct gh_snap_value *out, struct gh_arena *a, const struct gh_role_def *def)
{
    struct gh_snap_value *v = gh_arena_take_array(a, def->n_parts + 1, GH_ROLE_PART_N * sizeof(*v));
    enum gh_rc rc = v == NULL ? GH_NOMEM : GH_OK;
    for (size_t i = 0; rc == GH_OK && i < def->n_parts; i++) {
        rc = put_bits(&v[i * GH_ROLE_PART_N + GH_ROLE_PART_BITS], a, &def->parts[i].bits);
        v[i * GH_ROLE_PART_N + GH_ROLE_PART_CONDITION] = text(def->parts[i].condition);
    }
    *out = (struct gh_snap_value){.recs = v, .n = def->n_parts};
    return rc;
}

enum gh_rc
gh_project_role(struct gh_project_row *out, const struct gh_project_env *env, struct gh_arena *a, const struct gh_str *part)
{
    struct gh_store_resource r;
    struct gh_role_def *def = gh_arena_take(a, sizeof(*def));
    enum gh_rc rc = gh_store_resource_get(&r, a, env->tx, gh_project_path(a, GH_STR("/roleDefinitions/"), part[0]));
    if (rc != GH_OK || r.path.p == NULL)
        return rc;
    struct gh_str json = gh_project_path(a, GH_STR("{\"name\":\""), part[0], GH_STR("\",\"properties\":"), r.body, GH_STR("}"));
    if (def == NULL || json.p == NULL)
        return GH_NOMEM;
    if ((rc = gh_role_read(def, a, json, NULL)) != GH_OK)
        return rc;
    out->exists = true;
    out->v[GH_ROLE_NAME] = text(def->name);
    rc = put_bits(&out->v[GH_ROLE_BITS], a, &def->bits);
    return rc == GH_OK ? parts(&out->v[GH_ROLE_PARTS], a, def) : rc;
}

/* Anybody who may activate a role, or answer who asks: known at the doors, whether it is in force or not. */
enum gh_rc
gh_project_eligible(struct gh_project_row *out, const struct gh_project_env *env, struct gh_arena *a, const struct gh_str *part)
{
    static const struct gh_str prefixes[] = {GH_STR_INIT("/roleEligibilities/"), GH_STR_INIT("/rolePolicies/")};
    struct gh_strs paths = {.a = a};
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        enum gh_rc rc = gh_project_holders(&paths, env->tx, GH_STORE_LINK_PRINCIPAL, part[0], prefixes[i]);
        if (rc != GH_OK)
            return rc;
    }
    out->exists = paths.n > 0;
    if (paths.n > 0)
        out->v[GH_ELIGIBLE_ID] = text(paths.p[0]);
    return GH_OK;
}

enum gh_rc
gh_project_revoked(struct gh_project_row *out, const struct gh_project_env *env, struct gh_arena *a, const struct gh_str *part)
{
    struct gh_strs holders = {.a = a};
    struct gh_props p;
    struct gh_str alias = gh_project_path(a, part[0], GH_STR(" "), part[1]); /* no URL has a blank */
    enum gh_rc rc = gh_project_holders(&holders, env->tx, GH_STORE_LINK_ALIAS, alias, GH_STR("/revocations/"));
    if (rc != GH_OK || holders.n == 0)
        return rc;
    if ((rc = gh_props_load(&p, &out->exists, a, env->tx, holders.p[0])) != GH_OK || !out->exists)
        return rc;
    rc = time_of(&out->v[GH_REVOKED_UNTIL_MS].u64, &p, "until");
    if (rc != GH_BAD && rc != GH_LIMIT)
        return rc;
    out->v[GH_REVOKED_UNTIL_MS].u64 = INT64_MAX; /* revoked it is, until when nobody knows */
    return GH_OK;
}
