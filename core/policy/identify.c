/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/identify_int.h"
#include "policy/resource.h"

// clang-format off
#define TEXT_ROW(name, text) [GH_IDENTIFY_##name] = text,
static const char *const texts[GH_IDENTIFY_COUNT] = {GH_IDENTIFY_LIST(TEXT_ROW)};
// clang-format on

const char *
gh_identify_text(enum gh_identify why)
{
    return (unsigned)why < GH_IDENTIFY_COUNT ? texts[why] : texts[GH_IDENTIFY_INTERNAL];
}

/* ---- principals ---- */

bool
gh_identify_add(struct gh_caller *c, struct gh_str principal)
{
    for (size_t i = 0; i < c->n_principals; i++)
        if (gh_str_eq(c->principals[i], principal))
            return true;
    if (c->n_principals == GH_PRINCIPALS_MAX) {
        c->groups_unknown = true;
        return false;
    }
    c->principals[c->n_principals++] = principal;
    return true;
}

/* Groups of every principal that stands there already; rows of memberships hold all levels, so groups of groups need no second look. */
void
gh_identify_add_groups(struct gh_inquiry *q)
{
    struct gh_caller *c = q->out;
    size_t n_named = c->n_principals;

    for (size_t i = 0; i < n_named; i++) {
        struct gh_snap_rec membership;

        if (!gh_snap_find(&membership, q->env->snap, GH_SNAP_MEMBERSHIP, c->principals[i]))
            continue;
        c->groups_unknown = c->groups_unknown || gh_snap_u64(&membership, GH_MEMBERSHIP_IS_CUT) != 0;
        for (size_t g = 0; g < gh_snap_count(&membership, GH_MEMBERSHIP_GROUPS); g++)
            if (!gh_identify_add(c, gh_snap_item(&membership, GH_MEMBERSHIP_GROUPS, g)))
                return;
    }
}

enum gh_identify
gh_identify_settle(struct gh_inquiry *q, struct gh_str principal, bool must_exist, int64_t issued_ms)
{
    struct gh_snap_rec identity;
    uint64_t valid_from_ms;

    q->out->name = principal;
    gh_identify_add(q->out, principal);
    if (!gh_snap_find(&identity, q->env->snap, GH_SNAP_IDENTITY, principal))
        return must_exist ? GH_IDENTIFY_UNKNOWN_PRINCIPAL : GH_IDENTIFY_OK;
    if ((gh_snap_u64(&identity, GH_IDENTITY_FLAGS) & GH_IDENTITY_FLAG_ENABLED) == 0)
        return GH_IDENTIFY_DISABLED;
    valid_from_ms = gh_snap_u64(&identity, GH_IDENTITY_VALID_FROM_MS);
    if (valid_from_ms > INT64_MAX || issued_ms < (int64_t)valid_from_ms)
        return GH_IDENTIFY_REVOKED;
    gh_identify_add(q->out, gh_snap_str(&identity, GH_IDENTITY_PATH));
    q->out->is_user = !q->out->is_key && gh_str_eq(gh_snap_str(&identity, GH_IDENTITY_KIND), GH_STR("user"));
    q->out->sort = q->out->is_user ? GH_CALLER_USER : GH_CALLER_WORKLOAD;
    q->out->is_emergency = (gh_snap_u64(&identity, GH_IDENTITY_FLAGS) & GH_IDENTITY_FLAG_EMERGENCY) != 0;
    return GH_IDENTIFY_OK;
}

/* ---- API keys ---- */

static enum gh_identify
check_key_scope(struct gh_inquiry *q, struct gh_str scope)
{
    char mem[GH_RESOURCE_PATH_MAX];
    struct gh_buf path;

    if (q->place->ws.n == 0)
        return GH_IDENTIFY_WRONG_SCOPE;
    gh_buf_init_fixed(&path, mem, sizeof(mem));
    gh_buf_putz(&path, "/workspaces/");
    gh_buf_put(&path, q->place->ws);
    if (q->place->ep.n > 0) {
        gh_buf_putz(&path, "/endpoints/");
        gh_buf_put(&path, q->place->ep);
    }
    return gh_scope_covers(scope, gh_buf_str(&path)) ? GH_IDENTIFY_OK : GH_IDENTIFY_WRONG_SCOPE;
}

static enum gh_identify
find_key(struct gh_snap_rec *row, struct gh_inquiry *q, struct gh_str key)
{
    uint8_t digest[GH_SHA256_BYTES];
    struct gh_str id;

    if (gh_apikey_read(&id, key) != GH_OK)
        return GH_IDENTIFY_MALFORMED;
    q->out->credential_id = id;
    if (gh_sha256(digest, key) != GH_OK)
        return GH_IDENTIFY_INTERNAL;
    if (!gh_snap_find(row, q->env->snap, GH_SNAP_API_KEY, id) ||
        !gh_str_eq_ct(gh_str(digest, sizeof(digest)), gh_snap_str(row, GH_API_KEY_SHA256)))
        return GH_IDENTIFY_UNKNOWN_KEY;
    return GH_IDENTIFY_OK;
}

static enum gh_identify
identify_key(struct gh_inquiry *q, struct gh_str key)
{
    struct gh_snap_rec row;
    enum gh_identify why;
    uint64_t expires_ms;

    q->out->is_key = true;
    q->out->sort = GH_CALLER_WORKLOAD;
    q->out->issuer = GH_STR("key");
    if (!q->place->keys_allowed)
        return GH_IDENTIFY_KEYS_OFF;
    if ((why = find_key(&row, q, key)) != GH_IDENTIFY_OK ||
        (why = check_key_scope(q, gh_snap_str(&row, GH_API_KEY_SCOPE))) != GH_IDENTIFY_OK)
        return why;
    expires_ms = gh_snap_u64(&row, GH_API_KEY_EXPIRES_MS);
    if (expires_ms > INT64_MAX || q->env->now_ms >= (int64_t)expires_ms)
        return GH_IDENTIFY_EXPIRED;
    q->out->expires_ms = (int64_t)expires_ms;
    if ((why = gh_identify_settle(q, gh_snap_str(&row, GH_API_KEY_PRINCIPAL), true, INT64_MAX)) != GH_IDENTIFY_OK)
        return why;
    /* Another issuer's groups stand in its tokens alone. */
    q->out->groups_unknown = !gh_str_starts(q->out->name, GH_STR(GH_OWN_PRINCIPALS));
    gh_identify_add_groups(q);
    return GH_IDENTIFY_OK;
}

/* ---- which credential ---- */

/* RFC 6750 section 2.1: "Bearer", one or more spaces, the token. */
static enum gh_identify
bearer_value(struct gh_str *out, struct gh_str authorization)
{
    struct gh_str scheme = gh_str_sub(authorization, 0, 7);

    if (!gh_str_eq_ci(scheme, GH_STR("bearer ")))
        return GH_IDENTIFY_MALFORMED;
    *out = gh_str_sub(authorization, scheme.n, authorization.n);
    while (out->n > 0 && out->p[0] == ' ')
        *out = gh_str_sub(*out, 1, out->n);
    return out->n > 0 && out->n <= GH_TOKEN_BYTES_MAX ? GH_IDENTIFY_OK : GH_IDENTIFY_MALFORMED;
}

static enum gh_identify
identify(struct gh_inquiry *q, const struct gh_credentials *cred)
{
    struct gh_str bearer;
    enum gh_identify why;

    if (cred->has_duplicates || (cred->authorization.n > 0 && cred->api_key.n > 0))
        return GH_IDENTIFY_TWO_CREDENTIALS;
    if (cred->api_key.n > 0)
        return identify_key(q, cred->api_key);
    if (cred->authorization.n == 0)
        return GH_IDENTIFY_NO_CREDENTIAL;
    if ((why = bearer_value(&bearer, cred->authorization)) != GH_IDENTIFY_OK)
        return why;
    return gh_jwt_is_shaped(bearer) ? gh_identify_token(q, bearer) : identify_key(q, bearer);
}

void
gh_identify(struct gh_caller *out, struct gh_arena *a, const struct gh_identify_env *env, const struct gh_credentials *cred,
    const struct gh_place *place)
{
    struct gh_inquiry q = {out, a, env, place};

    memset(out, 0, offsetof(struct gh_caller, principals));
    out->why = identify(&q, cred);
    if (out->why != GH_IDENTIFY_OK) /* who is not identified stands for nobody */
        out->n_principals = 0;
}

/* As a token would name him: by issuer and subject. */
static struct gh_str
name_of(const struct gh_snap *snap, struct gh_str principal)
{
    struct gh_snap_rec identity;

    if (!gh_snap_find(&identity, snap, GH_SNAP_IDENTITY, principal) || gh_snap_str(&identity, GH_IDENTITY_ALIAS).n == 0)
        return principal;
    return gh_snap_str(&identity, GH_IDENTITY_ALIAS);
}

void
gh_identify_as(
    struct gh_caller *out, const struct gh_snap *snap, struct gh_str principal, const struct gh_str *groups, size_t n_groups)
{
    const struct gh_identify_env env = {.snap = snap};
    struct gh_inquiry q = {.out = out, .env = &env};

    memset(out, 0, offsetof(struct gh_caller, principals));
    out->why = gh_identify_settle(&q, name_of(snap, principal), false, INT64_MAX);
    out->issuer = gh_str_sub(out->name, 0, gh_str_chr(out->name, ':'));
    for (size_t i = 0; i < n_groups; i++)
        gh_identify_add(out, groups[i]);
    gh_identify_add_groups(&q);
    if (out->why != GH_IDENTIFY_OK)
        out->n_principals = 0;
}
