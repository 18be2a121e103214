/* SPDX-License-Identifier: Apache-2.0 */
#include "token/jwt.h"

#include "base/codec.h"
#include "token/token_int.h"

/* A NumericDate beyond the year 9999 is nonsense, and sums with a leeway stay far from overflow. */
#define TIME_S_MAX 253402300799LL

/* ---- step 1: the parts ---- */

bool
gh_jwt_is_shaped(struct gh_str s)
{
    size_t header = gh_b64url_span(s), payload;

    if (header == 0 || header == s.n || s.p[header] != '.')
        return false;
    s = gh_str_sub(s, header + 1, s.n);
    payload = gh_b64url_span(s);
    if (payload == s.n || s.p[payload] != '.')
        return false;
    s = gh_str_sub(s, payload + 1, s.n);
    return gh_b64url_span(s) == s.n;
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
    if (!gh_str_cut(&header, &sig, '.') || !gh_str_cut(&payload, &sig, '.') || sig.p == NULL || header.n == 0)
        return gh_fail(err, GH_BAD, 0, "not three parts");
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

/* ---- step 3: the claims, in one walk over the payload ---- */

enum { N_TEXTS = 15 };

struct reading {
    struct gh_claims *out;
    struct gh_arena *arena;
    const struct gh_json *json;
    struct gh_str texts[N_TEXTS]; /* by row of the claim table */
};

struct claim {
    struct gh_str name;
    enum gh_rc (*read)(struct reading *r, const struct claim *row, gh_json_ref v);
    size_t place; /* in struct gh_claims */
};

static enum gh_rc read_text(struct reading *r, const struct claim *row, gh_json_ref v);
static enum gh_rc read_time(struct reading *r, const struct claim *row, gh_json_ref v);
static enum gh_rc read_aud(struct reading *r, const struct claim *row, gh_json_ref v);
static enum gh_rc read_amr(struct reading *r, const struct claim *row, gh_json_ref v);
static enum gh_rc read_acrs(struct reading *r, const struct claim *row, gh_json_ref v);
static enum gh_rc read_xms_cc(struct reading *r, const struct claim *row, gh_json_ref v);
static enum gh_rc read_groups(struct reading *r, const struct claim *row, gh_json_ref v);
static enum gh_rc read_hasgroups(struct reading *r, const struct claim *row, gh_json_ref v);
static enum gh_rc read_claim_names(struct reading *r, const struct claim *row, gh_json_ref v);
static enum gh_rc read_act(struct reading *r, const struct claim *row, gh_json_ref v);

/* Texts come first. Rows of one place are names of one thing (Entra ID v1, RFC 9068): the first that the token has counts. */
static const struct claim claims[] = {
    // clang-format off
    {GH_STR_INIT("iss"),          read_text,        offsetof(struct gh_claims, iss)},
    {GH_STR_INIT("sub"),          read_text,        offsetof(struct gh_claims, sub)},
    {GH_STR_INIT("oid"),          read_text,        offsetof(struct gh_claims, oid)},
    {GH_STR_INIT("tid"),          read_text,        offsetof(struct gh_claims, tid)},
    {GH_STR_INIT("azp"),          read_text,        offsetof(struct gh_claims, azp)},
    {GH_STR_INIT("appid"),        read_text,        offsetof(struct gh_claims, azp)},
    {GH_STR_INIT("client_id"),    read_text,        offsetof(struct gh_claims, azp)},
    {GH_STR_INIT("jti"),          read_text,        offsetof(struct gh_claims, jti)},
    {GH_STR_INIT("uti"),          read_text,        offsetof(struct gh_claims, jti)},
    {GH_STR_INIT("scp"),          read_text,        offsetof(struct gh_claims, scp)},
    {GH_STR_INIT("scope"),        read_text,        offsetof(struct gh_claims, scp)},
    {GH_STR_INIT("idtyp"),        read_text,        offsetof(struct gh_claims, idtyp)},
    {GH_STR_INIT("acr"),          read_text,        offsetof(struct gh_claims, acr)},
    {GH_STR_INIT("deviceid"),     read_text,        offsetof(struct gh_claims, deviceid)},
    {GH_STR_INIT("ipaddr"),       read_text,        offsetof(struct gh_claims, ipaddr)},
    {GH_STR_INIT("exp"),          read_time,        offsetof(struct gh_claims, exp_s)},
    {GH_STR_INIT("nbf"),          read_time,        offsetof(struct gh_claims, nbf_s)},
    {GH_STR_INIT("iat"),          read_time,        offsetof(struct gh_claims, iat_s)},
    {GH_STR_INIT("auth_time"),    read_time,        offsetof(struct gh_claims, auth_time_s)},
    {GH_STR_INIT("aud"),          read_aud,         0},
    {GH_STR_INIT("amr"),          read_amr,         0},
    {GH_STR_INIT("acrs"),         read_acrs,        0},
    {GH_STR_INIT("xms_cc"),       read_xms_cc,      0},
    {GH_STR_INIT("groups"),       read_groups,      0},
    {GH_STR_INIT("hasgroups"),    read_hasgroups,   0},
    {GH_STR_INIT("_claim_names"), read_claim_names, 0},
    {GH_STR_INIT("act"),          read_act,         0},
    // clang-format on
};

enum { N_CLAIMS = sizeof(claims) / sizeof(claims[0]) };

static void *
place_of(struct reading *r, const struct claim *row)
{
    return (char *)r->out + row->place;
}

static enum gh_rc
plain_text(struct gh_str *out, struct reading *r, gh_json_ref v)
{
    enum gh_rc rc = gh_json_str(out, r->arena, r->json, v);

    return rc == GH_OK && !gh_token_is_plain(*out) ? GH_BAD : rc;
}

static enum gh_rc
read_text(struct reading *r, const struct claim *row, gh_json_ref v)
{
    return plain_text(&r->texts[row - claims], r, v);
}

/* NumericDate, RFC 7519 section 2; whole seconds only. */
static enum gh_rc
read_time(struct reading *r, const struct claim *row, gh_json_ref v)
{
    int64_t *time_s = place_of(r, row);

    return gh_json_i64(time_s, r->json, v) == GH_OK && *time_s >= 0 && *time_s <= TIME_S_MAX ? GH_OK : GH_BAD;
}

/* GH_LIMIT: more than `max`. */
static enum gh_rc
read_texts(struct gh_str *items, size_t *n, size_t max, struct reading *r, gh_json_ref list)
{
    enum gh_rc rc;

    if (gh_json_type(r->json, list) != GH_JSON_ARRAY)
        return GH_BAD;
    for (gh_json_ref v = gh_json_first(r->json, list); v != GH_JSON_NO; v = gh_json_next(r->json, list, v)) {
        if (*n == max)
            return GH_LIMIT;
        if ((rc = plain_text(&items[(*n)++], r, v)) != GH_OK)
            return rc;
    }
    return GH_OK;
}

/* RFC 7519 section 4.1.3: a list, or one text alone. */
static enum gh_rc
read_aud(struct reading *r, const struct claim *row, gh_json_ref v)
{
    (void)row;
    if (gh_json_type(r->json, v) != GH_JSON_STRING)
        return read_texts(r->out->aud, &r->out->n_aud, GH_TOKEN_AUD_MAX, r, v);
    r->out->n_aud = 1;
    return plain_text(&r->out->aud[0], r, v);
}

static enum gh_rc
read_amr(struct reading *r, const struct claim *row, gh_json_ref v)
{
    (void)row;
    return read_texts(r->out->amr, &r->out->n_amr, sizeof(r->out->amr) / sizeof(r->out->amr[0]), r, v);
}

/* A list, or one text alone, as some issuers write a list of one. */
static enum gh_rc
read_acrs(struct reading *r, const struct claim *row, gh_json_ref v)
{
    (void)row;
    if (gh_json_type(r->json, v) != GH_JSON_STRING)
        return read_texts(r->out->acrs, &r->out->n_acrs, sizeof(r->out->acrs) / sizeof(r->out->acrs[0]), r, v);
    r->out->n_acrs = 1;
    return plain_text(&r->out->acrs[0], r, v);
}

static bool
is_cp1(struct reading *r, gh_json_ref v)
{
    struct gh_str s;

    return gh_json_str(&s, r->arena, r->json, v) == GH_OK && gh_str_eq_ci(s, GH_STR("cp1"));
}

static enum gh_rc
read_xms_cc(struct reading *r, const struct claim *row, gh_json_ref v)
{
    (void)row;
    r->out->is_cp1 = is_cp1(r, v);
    if (gh_json_type(r->json, v) == GH_JSON_ARRAY)
        for (gh_json_ref e = gh_json_first(r->json, v); e != GH_JSON_NO; e = gh_json_next(r->json, v, e))
            r->out->is_cp1 = r->out->is_cp1 || is_cp1(r, e);
    return GH_OK;
}

static enum gh_rc
read_groups(struct reading *r, const struct claim *row, gh_json_ref v)
{
    enum gh_rc rc = read_texts(r->out->groups, &r->out->n_groups, GH_TOKEN_GROUPS_MAX, r, v);

    (void)row;
    if (rc == GH_LIMIT)
        r->out->groups_overflow = true;
    return rc == GH_LIMIT ? GH_OK : rc;
}

/* The issuer left the groups out: this marker in the implicit flow, _claim_names.groups in all others. */
static enum gh_rc
read_hasgroups(struct reading *r, const struct claim *row, gh_json_ref v)
{
    (void)row;
    if (gh_json_type(r->json, v) != GH_JSON_FALSE)
        r->out->groups_overflow = true;
    return GH_OK;
}

static enum gh_rc
read_claim_names(struct reading *r, const struct claim *row, gh_json_ref v)
{
    (void)row;
    if (gh_json_get(r->json, v, GH_STR("groups")) != GH_JSON_NO)
        r->out->groups_overflow = true;
    return GH_OK;
}

/* RFC 8693 section 4.1: who acts now stands outermost; what is nested tells of earlier ones, and decides nothing. */
static enum gh_rc
read_act(struct reading *r, const struct claim *row, gh_json_ref v)
{
    gh_json_ref sub = gh_json_get(r->json, v, GH_STR("sub"));

    (void)row;
    if (gh_json_type(r->json, v) != GH_JSON_OBJECT)
        return GH_BAD;
    return sub == GH_JSON_NO ? GH_OK : plain_text(&r->out->act_sub, r, sub);
}

static const struct claim *
claim_named(struct gh_str name)
{
    for (size_t i = 0; i < N_CLAIMS; i++)
        if (gh_str_eq(name, claims[i].name))
            return &claims[i];
    return NULL;
}

static enum gh_rc
read_claims(struct reading *r, struct gh_err *err)
{
    for (gh_json_ref v = gh_json_first(r->json, 0); v != GH_JSON_NO; v = gh_json_next(r->json, 0, v)) {
        const struct claim *row;
        struct gh_str name;
        enum gh_rc rc;

        if ((rc = gh_json_key(&name, r->arena, r->json, v)) != GH_OK)
            return gh_fail(err, rc, 0, "name of a claim could not be read");
        row = claim_named(name);
        if (row == NULL || gh_json_type(r->json, v) == GH_JSON_NULL)
            continue;
        if ((rc = row->read(r, row, v)) != GH_OK)
            return gh_fail(err, rc, 0, "a claim has the wrong type, control characters or too many items");
    }
    return GH_OK;
}

static void
settle(struct reading *r)
{
    for (size_t i = 0; i < N_TEXTS; i++) {
        struct gh_str *place = place_of(r, &claims[i]);

        if (place->n == 0)
            *place = r->texts[i];
    }
    if (r->out->groups_overflow) /* part of a list would be a guess */
        r->out->n_groups = 0;
}

enum gh_rc
gh_jwt_claims(struct gh_claims *out, struct gh_arena *a, struct gh_str payload, struct gh_err *err)
{
    struct gh_json j;
    struct reading r = {.out = out, .arena = a, .json = &j};
    enum gh_rc rc;

    memset(out, 0, offsetof(struct gh_claims, marks));
    if ((rc = gh_json_parse(&j, a, payload, err)) != GH_OK)
        return rc == GH_MORE ? GH_BAD : rc;
    if (gh_json_type(&j, 0) != GH_JSON_OBJECT)
        return gh_fail(err, GH_BAD, 0, "claims are no object");
    if ((rc = read_claims(&r, err)) != GH_OK)
        return rc;
    settle(&r);
    if (out->iss.n == 0 || out->exp_s == 0)
        return gh_fail(err, GH_BAD, 0, "token has no iss or no exp");
    return GH_OK;
}

/* ---- claims that an issuer's map names ---- */

static gh_json_ref
at_path(const struct gh_json *j, struct gh_str path)
{
    gh_json_ref v = 0;
    struct gh_str name;

    while (v != GH_JSON_NO && gh_str_cut(&name, &path, '\n'))
        v = gh_json_get(j, v, name);
    return v;
}

static enum gh_rc
add_mark(struct gh_claims *out, struct gh_arena *a, const struct gh_json *j, size_t path, gh_json_ref v)
{
    enum gh_json_type type = gh_json_type(j, v);
    struct gh_str value = gh_json_raw(j, v);

    if (type == GH_JSON_OBJECT || type == GH_JSON_ARRAY || type == GH_JSON_NULL)
        return GH_OK; /* says nothing that a rule could compare */
    if (type == GH_JSON_STRING && gh_json_str(&value, a, j, v) != GH_OK)
        return GH_NOMEM;
    if (!gh_token_is_plain(value))
        return GH_BAD;
    if (out->n_marks == GH_TOKEN_MARKS_MAX)
        out->marks_overflow = true;
    else
        out->marks[out->n_marks++] = (struct gh_mark){path, value};
    return GH_OK;
}

static enum gh_rc
add_marks(struct gh_claims *out, struct gh_arena *a, const struct gh_json *j, size_t path, gh_json_ref v)
{
    enum gh_rc rc = GH_OK;

    if (gh_json_type(j, v) != GH_JSON_ARRAY)
        return add_mark(out, a, j, path, v);
    for (gh_json_ref e = gh_json_first(j, v); rc == GH_OK && e != GH_JSON_NO; e = gh_json_next(j, v, e))
        rc = add_mark(out, a, j, path, e);
    return rc;
}

enum gh_rc
gh_jwt_marks(struct gh_claims *out, struct gh_arena *a, struct gh_str payload, const struct gh_str *paths, size_t n_paths,
    uint64_t asked, struct gh_err *err)
{
    struct gh_json j;
    enum gh_rc rc = gh_json_parse(&j, a, payload, err);

    out->n_marks = 0;
    out->marks_overflow = false;
    out->marks_asked = asked;
    for (size_t i = 0; rc == GH_OK && i < n_paths; i++) {
        gh_json_ref v = at_path(&j, paths[i]);
        if (v != GH_JSON_NO && (rc = add_marks(out, a, &j, i, v)) != GH_OK)
            return gh_fail(err, rc, 0, "a claim that the issuer's map names has control characters");
    }
    if (out->marks_overflow) /* part of a list would be a guess */
        out->n_marks = 0;
    return rc == GH_MORE ? GH_BAD : rc;
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
