/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bearer token on its way to a caller: read, issuer, key, signature, claims, state. That the signature is good, and then what the token
 * says, may come from the cache; everything is judged anew.
 */
#include "policy/identify_int.h"

enum { JTI_MAX = 256, KID_MAX = 512, SUBJECT_MAX = 256 };

/* Own principals begin with this; the local socket's begin with "local:". No issuer from outside may speak for either. */
#define OWN_NAME "gatehouse"
static const struct gh_str reserved_names[] = {GH_STR_INIT(OWN_NAME), GH_STR_INIT("local"), GH_STR_INIT("key")};

struct token {
    struct gh_str text;
    uint8_t id[GH_SHA256_BYTES]; /* of the text */
    struct gh_said said;
    struct gh_claims *claims; /* said.claims */
    struct gh_jwt jwt;        /* unless it is known */
    bool is_known;            /* the cache remembers what it says */
    struct gh_snap_rec issuer;
    bool is_own;
};

static enum gh_identify
why_unread(enum gh_rc rc, enum gh_identify bad)
{
    return rc == GH_NOMEM || rc == GH_BUG ? GH_IDENTIFY_INTERNAL : bad;
}

static bool
is_reserved(struct gh_str name)
{
    for (size_t i = 0; i < sizeof(reserved_names) / sizeof(reserved_names[0]); i++)
        if (gh_str_eq(name, reserved_names[i]))
            return true;
    return false;
}

/* Who made it, by its own word: that chooses the key, and trusts nothing yet. */
static enum gh_identify
find_issuer(struct token *t, struct gh_inquiry *q)
{
    struct gh_snap_rec installation;
    struct gh_str name;

    if (!gh_snap_find(&t->issuer, q->env->snap, GH_SNAP_ISSUER, t->claims->iss))
        return GH_IDENTIFY_UNKNOWN_ISSUER;
    t->is_own = gh_snap_find(&installation, q->env->snap, GH_SNAP_INSTALLATION, GH_STR("installation")) &&
                gh_str_eq(gh_snap_str(&installation, GH_INSTALLATION_ISSUER), t->claims->iss);
    name = gh_snap_str(&t->issuer, GH_ISSUER_NAME);
    if (name.n == 0 || gh_str_chr(name, ':') != SIZE_MAX || (t->is_own ? !gh_str_eq(name, GH_STR(OWN_NAME)) : is_reserved(name)))
        return GH_IDENTIFY_UNKNOWN_ISSUER;
    q->out->issuer = name;
    return GH_IDENTIFY_OK;
}

/* What the token says, read from itself. */
static enum gh_identify
read_anew(struct token *t, struct gh_inquiry *q)
{
    enum gh_rc rc;

    if ((rc = gh_jwt_split(&t->jwt, q->arena, t->text, NULL)) != GH_OK)
        return why_unread(rc, GH_IDENTIFY_MALFORMED);
    t->said.alg = t->jwt.alg;
    t->said.kid = t->jwt.kid;
    if (t->jwt.kid.n <= KID_MAX)
        q->out->kid = t->jwt.kid;
    if ((rc = gh_jwt_claims(t->claims, q->arena, t->jwt.payload, NULL)) != GH_OK)
        return why_unread(rc, GH_IDENTIFY_BAD_CLAIMS);
    return t->claims->jti.n > JTI_MAX ? GH_IDENTIFY_BAD_CLAIMS : GH_IDENTIFY_OK;
}

/* What the token says, by the cache or by itself. */
static enum gh_identify
read_said(struct token *t, struct gh_inquiry *q)
{
    t->is_known = gh_token_cache_said(&t->said, q->env->cache, q->arena, t->id);
    return t->is_known ? GH_IDENTIFY_OK : read_anew(t, q);
}

/* Claims that the issuer's map names beside the usual ones. What is remembered was read by the map as it was then; if that named others,
 * the token is read anew. */
static enum gh_identify
read_marks(struct token *t, struct gh_inquiry *q)
{
    struct gh_str paths[GH_PROOF_PATHS_MAX];
    uint64_t asked = gh_snap_u64(&t->issuer, GH_ISSUER_PATHS_ID);
    size_t n = gh_snap_count(&t->issuer, GH_ISSUER_PATHS);
    enum gh_identify why;
    enum gh_rc rc;

    if (asked == t->claims->marks_asked)
        return GH_IDENTIFY_OK;
    if (t->is_known && (why = read_anew(t, q)) != GH_IDENTIFY_OK)
        return why;
    t->is_known = false;
    n = n < GH_PROOF_PATHS_MAX ? n : GH_PROOF_PATHS_MAX;
    for (size_t i = 0; i < n; i++)
        paths[i] = gh_snap_item(&t->issuer, GH_ISSUER_PATHS, i);
    rc = gh_jwt_marks(t->claims, q->arena, t->jwt.payload, paths, n, asked, NULL);
    return rc == GH_OK ? GH_IDENTIFY_OK : why_unread(rc, GH_IDENTIFY_BAD_CLAIMS);
}

static enum gh_identify
read_token(struct token *t, struct gh_inquiry *q)
{
    enum gh_identify why;

    if ((t->claims = t->said.claims = gh_arena_take_raw(q->arena, sizeof(*t->claims))) == NULL ||
        gh_sha256(t->id, t->text) != GH_OK)
        return GH_IDENTIFY_INTERNAL;
    if ((why = read_said(t, q)) != GH_IDENTIFY_OK)
        return why;
    if (t->said.kid.n <= KID_MAX)
        q->out->kid = t->said.kid;
    if ((why = find_issuer(t, q)) != GH_IDENTIFY_OK)
        return why;
    return read_marks(t, q);
}

/* The signature, by the cache or by the key itself. The key's own algorithm counts in both cases. */
static enum gh_identify
check_signature(struct token *t, struct gh_inquiry *q, const struct gh_snap_rec *key_row)
{
    struct gh_str alg_name = gh_snap_str(key_row, GH_ISSUER_KEY_ALG), digest = gh_snap_str(key_row, GH_ISSUER_KEY_DIGEST);
    enum gh_alg alg = gh_alg_find(alg_name);
    const struct gh_pubkey *key;
    enum gh_rc rc;

    if (digest.n != GH_SHA256_BYTES || (alg == GH_ALG_NONE && alg_name.n > 0))
        return GH_IDENTIFY_INTERNAL;
    if (alg != GH_ALG_NONE && alg != t->said.alg)
        return GH_IDENTIFY_BAD_SIGNATURE;
    if (gh_token_cache_has(q->env->cache, t->id, (const uint8_t *)digest.p)) {
        if (!t->is_known) /* read anew for another map */
            gh_token_cache_put(q->env->cache, t->id, (const uint8_t *)digest.p, &t->said);
        return GH_IDENTIFY_OK;
    }
    if (gh_keyring_get(&key, q->env->keys, (const uint8_t *)digest.p, gh_snap_str(key_row, GH_ISSUER_KEY_SPKI)) != GH_OK)
        return GH_IDENTIFY_INTERNAL;
    if (t->is_known && (rc = gh_jwt_split(&t->jwt, q->arena, t->text, NULL)) != GH_OK) /* known under another key */
        return why_unread(rc, GH_IDENTIFY_MALFORMED);
    if ((rc = gh_jwt_verify(&t->jwt, key, alg, NULL)) != GH_OK)
        return why_unread(rc, GH_IDENTIFY_BAD_SIGNATURE);
    gh_token_cache_put(q->env->cache, t->id, (const uint8_t *)digest.p, &t->said);
    return GH_IDENTIFY_OK;
}

static enum gh_identify
verify_token(struct token *t, struct gh_inquiry *q)
{
    struct gh_snap_rec key_row;
    uint64_t until_ms;

    if (t->said.kid.n == 0 || t->said.kid.n > KID_MAX ||
        !gh_snap_find_v(&key_row, q->env->snap, GH_SNAP_ISSUER_KEY, (const struct gh_str[]){t->claims->iss, t->said.kid}, 2))
        return GH_IDENTIFY_UNKNOWN_KID;
    until_ms = gh_snap_u64(&t->issuer, GH_ISSUER_KEYS_UNTIL_MS);
    if (until_ms <= INT64_MAX && q->env->now_ms >= (int64_t)until_ms)
        return GH_IDENTIFY_KEYS_STALE;
    return check_signature(t, q, &key_row);
}

/* The endpoint's own audiences; without them the issuer's; without these the installation's. At most GH_TOKEN_AUD_MAX of an issuer count. */
static size_t
accepted_audiences(
    const struct gh_str **out, struct gh_str own[GH_TOKEN_AUD_MAX], const struct token *t, const struct gh_inquiry *q)
{
    struct gh_snap_rec installation;
    size_t n = gh_snap_count(&t->issuer, GH_ISSUER_AUDIENCES);

    *out = own;
    if (q->place->n_audiences > 0) {
        *out = q->place->audiences;
        return q->place->n_audiences;
    }
    for (size_t i = 0; i < n && i < GH_TOKEN_AUD_MAX; i++)
        own[i] = gh_snap_item(&t->issuer, GH_ISSUER_AUDIENCES, i);
    if (n > 0)
        return n < GH_TOKEN_AUD_MAX ? n : GH_TOKEN_AUD_MAX;
    if (!gh_snap_find(&installation, q->env->snap, GH_SNAP_INSTALLATION, GH_STR("installation")))
        return 0;
    own[0] = gh_snap_str(&installation, GH_INSTALLATION_AUDIENCE);
    return 1;
}

/* gh_claims_check has refused; this only says for the record which of its reasons it was. */
static enum gh_identify
why_refused(const struct gh_claims *c, int64_t now_s)
{
    if (now_s < c->nbf_s - GH_TOKEN_LEEWAY_S)
        return GH_IDENTIFY_NOT_YET;
    return now_s >= c->exp_s + GH_TOKEN_LEEWAY_S ? GH_IDENTIFY_EXPIRED : GH_IDENTIFY_WRONG_AUDIENCE;
}

static enum gh_identify
check_claims(struct token *t, struct gh_inquiry *q)
{
    const struct gh_str *audiences;
    struct gh_str own[GH_TOKEN_AUD_MAX];
    size_t n_audiences = accepted_audiences(&audiences, own, t, q), n_tenants = gh_snap_count(&t->issuer, GH_ISSUER_TENANTS);
    int64_t now_s = q->env->now_ms / 1000;
    bool is_tenant = n_tenants == 0;
    struct gh_snap_rec revoked;

    if (gh_claims_check(t->claims, t->claims->iss, audiences, n_audiences, now_s, GH_TOKEN_LEEWAY_S, NULL) != GH_OK)
        return why_refused(t->claims, now_s);
    q->out->expires_ms = (t->claims->exp_s + GH_TOKEN_LEEWAY_S) * 1000;
    for (size_t i = 0; i < n_tenants && !is_tenant; i++)
        is_tenant = t->claims->tid.n > 0 && gh_str_eq_ci(t->claims->tid, gh_snap_item(&t->issuer, GH_ISSUER_TENANTS, i));
    if (!is_tenant)
        return GH_IDENTIFY_WRONG_TENANT;
    if (t->claims->jti.n > 0 &&
        gh_snap_find_v(&revoked, q->env->snap, GH_SNAP_REVOKED, (const struct gh_str[]){t->claims->iss, t->claims->jti}, 2))
        return GH_IDENTIFY_REVOKED;
    return GH_IDENTIFY_OK;
}

/* "issuer:subject" in the arena; empty without memory. */
/* "issuer:subject" or "issuer/groups:group": an issuer's name has no slash and no colon, so what its users are called can never be one of
 * its groups. */
static struct gh_str
join(struct gh_arena *a, struct gh_str issuer, struct gh_str separator, struct gh_str subject)
{
    struct gh_buf b;

    gh_buf_init(&b, a, issuer.n + separator.n + subject.n);
    gh_buf_put(&b, issuer);
    gh_buf_put(&b, separator);
    gh_buf_put(&b, subject);
    return gh_buf_str(&b);
}

/* Groups of the token are principals of its issuer. The own issuer names none: its groups are those of the snapshot. */
static enum gh_identify
add_token_groups(struct token *t, struct gh_inquiry *q)
{
    if (t->is_own)
        return GH_IDENTIFY_OK;
    q->out->groups_unknown = q->out->groups_unknown || t->claims->groups_overflow;
    for (size_t i = 0; i < t->claims->n_groups; i++) {
        struct gh_str group = join(q->arena, q->out->issuer, GH_STR("/groups:"), t->claims->groups[i]);

        if (group.n == 0)
            return GH_IDENTIFY_INTERNAL;
        if (t->claims->groups[i].n > 0 && !gh_identify_add(q->out, group))
            break;
    }
    return GH_IDENTIFY_OK;
}

/*
 * On behalf of whom? A token with `act` says it (RFC 8693). One of Entra ID is delegated if it has `scp` and an application that is not the
 * subject itself; elsewhere `scope` stands in tokens of applications too, so only with `oid` does it mean a person.
 */
static enum gh_identify
settle_actor(struct token *t, struct gh_inquiry *q, struct gh_str subject)
{
    const struct gh_claims *c = t->claims;
    bool is_delegated = c->oid.n > 0 && c->scp.n > 0 && !gh_str_eq(c->idtyp, GH_STR("app")) && !gh_str_eq(c->azp, subject);
    struct gh_str actor = c->act_sub.n > 0 ? c->act_sub : is_delegated ? c->azp : GH_STR("");

    if (actor.n == 0)
        return GH_IDENTIFY_OK;
    q->out->is_user = true;
    q->out->actor = join(q->arena, q->out->issuer, GH_STR(":"), actor);
    return q->out->actor.n > 0 ? GH_IDENTIFY_OK : GH_IDENTIFY_INTERNAL;
}

/* A person or a program? The operator's word on the identity counts first; then what such tokens say (protocols.md 5.3, RFC 9068 section 5). */
static enum gh_caller_sort
sort_of(const struct token *t, const struct gh_caller *out, struct gh_str subject)
{
    const struct gh_claims *c = t->claims;

    if (out->sort != GH_CALLER_UNKNOWN)
        return out->sort;
    if (gh_str_eq(c->idtyp, GH_STR("app")))
        return GH_CALLER_WORKLOAD;
    if (out->is_user || gh_str_eq(c->idtyp, GH_STR("user")) || c->n_amr > 0 || c->auth_time_s > 0)
        return GH_CALLER_USER;
    if ((c->oid.n > 0 && c->scp.n == 0 && gh_str_eq(c->oid, c->sub)) || gh_str_eq(c->azp, subject))
        return GH_CALLER_WORKLOAD;
    return GH_CALLER_UNKNOWN;
}

static void
settle_proofs(const struct token *t, struct gh_caller *out)
{
    const struct gh_claims *c = t->claims;

    out->proofs = gh_proofs_of(c, &t->issuer);
    out->is_mfa = (out->proofs & GH_PROOF_BIT(MFA)) != 0;
    out->is_compliant_device = (out->proofs & GH_PROOF_BIT(COMPLIANT_DEVICE)) != 0;
    out->is_joined = (out->proofs & GH_PROOF_BIT(JOINED_DEVICE)) != 0;
    out->is_flow_known = gh_snap_u64(&t->issuer, GH_ISSUER_TELLS_FLOW) != 0 && !c->marks_overflow;
    out->is_cp1 = c->is_cp1;
    out->acrs = c->acrs;
    out->n_acrs = c->n_acrs;
    out->acr = c->acr;
    out->auth_time_ms = c->auth_time_s * 1000;
    out->issued_ms = c->iat_s * 1000;
    out->device_id = c->deviceid;
    out->token_address = c->ipaddr;
    out->client_id = c->azp;
    out->issuer_row = t->issuer;
    out->iss = c->iss;
}

static enum gh_identify
settle_token(struct token *t, struct gh_inquiry *q)
{
    bool is_oid = gh_str_eq(gh_snap_str(&t->issuer, GH_ISSUER_SUBJECT_CLAIM), GH_STR("oid"));
    struct gh_str subject = is_oid ? t->claims->oid : t->claims->sub, principal;
    enum gh_identify why;

    if (subject.n == 0 || subject.n > SUBJECT_MAX)
        return GH_IDENTIFY_BAD_CLAIMS;
    if ((principal = join(q->arena, q->out->issuer, GH_STR(":"), subject)).n == 0)
        return GH_IDENTIFY_INTERNAL;
    if ((why = gh_identify_settle(q, principal, t->is_own, t->claims->iat_s * 1000)) != GH_IDENTIFY_OK ||
        (why = add_token_groups(t, q)) != GH_IDENTIFY_OK || (why = settle_actor(t, q, subject)) != GH_IDENTIFY_OK)
        return why;
    q->out->sort = sort_of(t, q->out, subject);
    settle_proofs(t, q->out);
    gh_identify_add_groups(q);
    return GH_IDENTIFY_OK;
}

enum gh_identify
gh_identify_token(struct gh_inquiry *q, struct gh_str text)
{
    struct token t = {.text = text};
    enum gh_identify why;

    if (!q->place->tokens_allowed)
        return GH_IDENTIFY_TOKENS_OFF;
    if ((why = read_token(&t, q)) != GH_IDENTIFY_OK || (why = verify_token(&t, q)) != GH_IDENTIFY_OK)
        return why;
    q->out->credential_id = t.claims->jti; /* a record names only what a good signature vouches for */
    if ((why = check_claims(&t, q)) != GH_IDENTIFY_OK)
        return why;
    return settle_token(&t, q);
}
