/* SPDX-License-Identifier: Apache-2.0 */
#include "token/jwt.h"

#include "base/codec.h"
#include "token/token_int.h"

/* A NumericDate beyond the year 9999 is nonsense, and sums with a leeway stay far from overflow. */
#define TIME_S_MAX 253402300799LL

/* ---- step 1: the parts ---- */

static bool
is_base64url(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

bool
gh_jwt_is_shaped(struct gh_str s)
{
    size_t dots = 0;

    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '.')
            dots++;
        else if (!is_base64url(s.p[i]))
            return false;
    }
    return dots == 2 && s.p[0] != '.';
}

static enum gh_rc
plain_member(struct gh_str *out, struct gh_arena *a, const struct gh_json *j, const char *name)
{
    enum gh_rc rc = gh_json_opt_str(out, a, j, 0, name);

    return rc == GH_OK && !gh_token_is_plain(*out) ? GH_BAD : rc;
}

/* Header members that change what the rest means. We implement none of them, so each refuses the token (RFC 7515 section 4.1.11). */
static const struct gh_str refused_members[] = {
    GH_STR_INIT("crit"),
    GH_STR_INIT("b64"),
    GH_STR_INIT("zip"),
    GH_STR_INIT("enc"),
    GH_STR_INIT("cty"),
};

/* RFC 7519 section 5.1, RFC 9068 section 2.1; media types are compared without regard to case. */
static const struct gh_str accepted_typs[] = {
    GH_STR_INIT(""),
    GH_STR_INIT("JWT"),
    GH_STR_INIT("at+jwt"),
    GH_STR_INIT("application/at+jwt"),
};

static bool
is_accepted_typ(struct gh_str typ)
{
    for (size_t i = 0; i < sizeof(accepted_typs) / sizeof(accepted_typs[0]); i++)
        if (gh_str_eq_ci(typ, accepted_typs[i]))
            return true;
    return false;
}

static enum gh_rc
read_header(struct gh_jwt *out, struct gh_arena *a, struct gh_str text, struct gh_err *err)
{
    struct gh_str alg = {NULL, 0};
    struct gh_json j;
    enum gh_rc rc;

    if (text.n > GH_JWT_HEADER_BYTES_MAX)
        return gh_fail(err, GH_LIMIT, 0, "token header is too long");
    if ((rc = gh_json_parse(&j, a, text, err)) != GH_OK)
        return rc == GH_MORE ? GH_BAD : rc;
    if (gh_json_type(&j, 0) != GH_JSON_OBJECT)
        return gh_fail(err, GH_BAD, 0, "token header is no object");
    for (size_t i = 0; i < sizeof(refused_members) / sizeof(refused_members[0]); i++)
        if (gh_json_get(&j, 0, refused_members[i]) != GH_JSON_NO)
            return gh_fail(err, GH_BAD, 0, "token header has crit, b64, zip, enc or cty");
    if ((rc = gh_json_opt_str(&alg, a, &j, 0, "alg")) != GH_OK || (rc = plain_member(&out->kid, a, &j, "kid")) != GH_OK ||
        (rc = gh_json_opt_str(&out->typ, a, &j, 0, "typ")) != GH_OK)
        return gh_fail(err, rc, 0, "alg, kid or typ of the token header is not plain text");
    if ((out->alg = gh_alg_find(alg)) == GH_ALG_NONE)
        return gh_fail(err, GH_BAD, 0, "token algorithm is missing or not accepted");
    if (!is_accepted_typ(out->typ))
        return gh_fail(err, GH_BAD, 0, "token typ is not accepted");
    return GH_OK;
}

enum gh_rc
gh_jwt_split(struct gh_jwt *out, struct gh_arena *a, struct gh_str token, struct gh_err *err)
{
    struct gh_str header, payload, sig = token;
    enum gh_rc rc;

    *out = (struct gh_jwt){.alg = GH_ALG_NONE};
    if (token.n > GH_TOKEN_BYTES_MAX)
        return gh_fail(err, GH_LIMIT, 0, "token is too long");
    if (!gh_jwt_is_shaped(token))
        return gh_fail(err, GH_BAD, 0, "not three parts of base64url");
    if (!gh_str_cut(&header, &sig, '.') || !gh_str_cut(&payload, &sig, '.'))
        return gh_fail(err, GH_BUG, 0, "token lost its parts");
    if (sig.n == 0)
        return gh_fail(err, GH_BAD, 0, "token has no signature");
    out->signed_part = gh_str_sub(token, 0, header.n + 1 + payload.n);
    if ((rc = gh_b64url_decode(&header, a, header)) != GH_OK || (rc = gh_b64url_decode(&out->payload, a, payload)) != GH_OK ||
        (rc = gh_b64url_decode(&out->sig, a, sig)) != GH_OK)
        return gh_fail(err, rc, 0, "token part is not canonical base64url");
    return read_header(out, a, header, err);
}

/* ---- step 2: the signature ---- */

enum gh_rc
gh_jwt_verify(const struct gh_jwt *jwt, const struct gh_pubkey *key, enum gh_alg key_alg, struct gh_err *err)
{
    enum gh_rc rc;

    if (key_alg != GH_ALG_NONE && key_alg != jwt->alg)
        return gh_fail(err, GH_BAD, 0, "token algorithm is not that of the key");
    if (!gh_pubkey_fits(key, jwt->alg))
        return gh_fail(err, GH_BAD, 0, "key is not for the token's algorithm");
    rc = gh_sig_verify(key, jwt->alg, jwt->signed_part, jwt->sig);
    return rc == GH_OK ? GH_OK : gh_fail(err, rc, 0, "token signature is wrong");
}

/* ---- step 3: the claims ---- */

/* A later row fills a claim that the earlier rows of the same place left empty: Entra ID v1 and RFC 9068 names for one thing. */
static const struct text_claim {
    const char *name;
    size_t place;
} text_claims[] = {
    // clang-format off
    {"iss",       offsetof(struct gh_claims, iss)},
    {"sub",       offsetof(struct gh_claims, sub)},
    {"oid",       offsetof(struct gh_claims, oid)},
    {"tid",       offsetof(struct gh_claims, tid)},
    {"azp",       offsetof(struct gh_claims, azp)},
    {"appid",     offsetof(struct gh_claims, azp)},
    {"client_id", offsetof(struct gh_claims, azp)},
    {"jti",       offsetof(struct gh_claims, jti)},
    {"uti",       offsetof(struct gh_claims, jti)},
    {"scp",       offsetof(struct gh_claims, scp)},
    {"scope",     offsetof(struct gh_claims, scp)},
    {"idtyp",     offsetof(struct gh_claims, idtyp)},
    {"acr",       offsetof(struct gh_claims, acr)},
    // clang-format on
};

static const struct time_claim {
    const char *name;
    size_t place;
} time_claims[] = {
    {"exp", offsetof(struct gh_claims, exp_s)},
    {"nbf", offsetof(struct gh_claims, nbf_s)},
    {"iat", offsetof(struct gh_claims, iat_s)},
};

static enum gh_rc
read_text_claims(struct gh_claims *out, struct gh_arena *a, const struct gh_json *j, struct gh_err *err)
{
    for (size_t i = 0; i < sizeof(text_claims) / sizeof(text_claims[0]); i++) {
        struct gh_str *place = (struct gh_str *)(void *)((char *)out + text_claims[i].place), value = {NULL, 0};
        enum gh_rc rc = plain_member(&value, a, j, text_claims[i].name);

        if (rc != GH_OK)
            return gh_fail(err, rc, 0, "a claim is not plain text");
        if (place->n == 0)
            *place = value;
    }
    return GH_OK;
}

static enum gh_rc
read_time_claims(struct gh_claims *out, const struct gh_json *j, struct gh_err *err)
{
    for (size_t i = 0; i < sizeof(time_claims) / sizeof(time_claims[0]); i++) {
        int64_t *place = (int64_t *)(void *)((char *)out + time_claims[i].place);

        if (gh_json_opt_i64(place, j, 0, time_claims[i].name) != GH_OK || *place < 0 || *place > TIME_S_MAX)
            return gh_fail(err, GH_BAD, 0, "exp, nbf or iat is not whole seconds since 1970");
    }
    return GH_OK;
}

/* A list of strings; a lone string counts as a list of one where `may_be_lone`. GH_LIMIT: more than `max`. */
static enum gh_rc
read_texts(
    struct gh_str *items, size_t *n, size_t max, struct gh_arena *a, const struct gh_json *j, const char *name, bool may_be_lone)
{
    gh_json_ref list = gh_json_get(j, 0, gh_str_z(name));
    enum gh_rc rc;

    *n = 0;
    if (list == GH_JSON_NO || gh_json_type(j, list) == GH_JSON_NULL)
        return GH_OK;
    if (may_be_lone && gh_json_type(j, list) == GH_JSON_STRING) {
        *n = 1;
        rc = gh_json_str(&items[0], a, j, list);
        return rc == GH_OK && !gh_token_is_plain(items[0]) ? GH_BAD : rc;
    }
    if (gh_json_type(j, list) != GH_JSON_ARRAY)
        return GH_BAD;
    for (gh_json_ref v = gh_json_first(j, list); v != GH_JSON_NO; v = gh_json_next(j, list, v)) {
        if (*n == max)
            return GH_LIMIT;
        if ((rc = gh_json_str(&items[*n], a, j, v)) != GH_OK)
            return rc;
        if (!gh_token_is_plain(items[(*n)++]))
            return GH_BAD;
    }
    return GH_OK;
}

/* `"hasgroups": true` (implicit flow) or `_claim_names.groups` (all others): the issuer left the groups out. */
static bool
has_overage_marker(const struct gh_json *j)
{
    gh_json_ref has = gh_json_get(j, 0, GH_STR("hasgroups"));
    gh_json_ref elsewhere = gh_json_get(j, 0, GH_STR("_claim_names"));

    if (has != GH_JSON_NO && gh_json_type(j, has) != GH_JSON_FALSE && gh_json_type(j, has) != GH_JSON_NULL)
        return true;
    return gh_json_get(j, elsewhere, GH_STR("groups")) != GH_JSON_NO;
}

static enum gh_rc
read_lists(struct gh_claims *out, struct gh_arena *a, const struct gh_json *j, struct gh_err *err)
{
    enum gh_rc rc;

    if ((rc = read_texts(out->aud, &out->n_aud, GH_TOKEN_AUD_MAX, a, j, "aud", true)) != GH_OK)
        return gh_fail(err, rc, 0, "aud is not a string or a short list of strings");
    if ((rc = read_texts(out->amr, &out->n_amr, sizeof(out->amr) / sizeof(out->amr[0]), a, j, "amr", false)) != GH_OK)
        return gh_fail(err, rc, 0, "amr is not a short list of strings");
    rc = read_texts(out->groups, &out->n_groups, GH_TOKEN_GROUPS_MAX, a, j, "groups", false);
    if (rc != GH_OK && rc != GH_LIMIT)
        return gh_fail(err, rc, 0, "groups is not a list of strings");
    out->groups_overflow = rc == GH_LIMIT || has_overage_marker(j);
    if (out->groups_overflow) /* part of a list would be a guess */
        out->n_groups = 0;
    return GH_OK;
}

enum gh_rc
gh_jwt_claims(struct gh_claims *out, struct gh_arena *a, struct gh_str payload, struct gh_err *err)
{
    struct gh_json j;
    enum gh_rc rc;

    memset(out, 0, sizeof(*out));
    if ((rc = gh_json_parse(&j, a, payload, err)) != GH_OK)
        return rc == GH_MORE ? GH_BAD : rc;
    if (gh_json_type(&j, 0) != GH_JSON_OBJECT)
        return gh_fail(err, GH_BAD, 0, "claims are no object");
    if ((rc = read_text_claims(out, a, &j, err)) != GH_OK || (rc = read_time_claims(out, &j, err)) != GH_OK ||
        (rc = read_lists(out, a, &j, err)) != GH_OK)
        return rc;
    if (out->iss.n == 0 || out->exp_s == 0)
        return gh_fail(err, GH_BAD, 0, "token has no iss or no exp");
    return GH_OK;
}

static bool
has_audience(const struct gh_claims *c, const struct gh_str *auds, size_t n_auds)
{
    for (size_t i = 0; i < c->n_aud; i++)
        for (size_t k = 0; k < n_auds; k++)
            if (c->aud[i].n > 0 && gh_str_eq(c->aud[i], auds[k]))
                return true;
    return false;
}

enum gh_rc
gh_claims_check(const struct gh_claims *c, struct gh_str iss, const struct gh_str *auds, size_t n_auds, int64_t now_s,
    int64_t leeway_s, struct gh_err *err)
{
    if (c->iss.n == 0 || !gh_str_eq(c->iss, iss))
        return gh_fail(err, GH_BAD, 0, "token is from another issuer");
    if (!has_audience(c, auds, n_auds))
        return gh_fail(err, GH_BAD, 0, "token is for another audience");
    if (now_s < c->nbf_s - leeway_s)
        return gh_fail(err, GH_BAD, 0, "token is not valid yet");
    if (now_s >= c->exp_s + leeway_s)
        return gh_fail(err, GH_BAD, 0, "token has expired");
    return GH_OK;
}
