/* SPDX-License-Identifier: Apache-2.0 */
/* Maps of issuers: the presets, and the reader of `claimsMap`. */
#include "policy/proof.h"

#include "base/crypto.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

enum { SEGMENTS_MAX = 4, NAME_MAX_BYTES = 128, VALUE_MAX_BYTES = 256 };

/*
 * What is known of each provider's words, and nothing that is guessed: an `acr` whose meaning the operator chose (Keycloak's levels), or an
 * authentication context (Entra ID's c1..c99), is a rule that he adds. A path is a claim beside acr, amr, acrs.
 */
struct preset_row {
    const char *presets; /* names, each between bars */
    enum gh_proof_claim claim;
    const char *path, *value;
    uint64_t means;
};

// clang-format off
#define ROW(presets, claim, value, means) {presets, GH_PROOF_CLAIM_##claim, NULL, value, means}
#define AT(presets, path, value, means)   {presets, GH_PROOF_CLAIM_PATH, path, value, means}
#define B GH_PROOF_BIT
static const struct preset_row preset_rows[] = {
    /* RFC 8176; Entra ID's v1 tokens, Keycloak's amr mapper and Okta use its words */
    ROW("|rfc8176|google|keycloak|okta|entra|gatehouse|", AMR, "mfa", B(MFA)),
    ROW("|rfc8176|google|keycloak|okta|entra|gatehouse|", AMR, "pwd", B(PASSWORD)),
    ROW("|rfc8176|google|keycloak|okta|gatehouse|",       AMR, "otp", B(SOFTWARE_OATH)),
    ROW("|rfc8176|google|keycloak|okta|gatehouse|",       AMR, "sms", B(SMS)),
    ROW("|rfc8176|google|keycloak|okta|gatehouse|",       AMR, "tel", B(VOICE)),
    /* Entra ID: learn.microsoft.com, access token claims; signin_state is an optional claim */
    ROW("|entra|gatehouse|", AMR, "fido",    B(FIDO2)),
    ROW("|entra|",           AMR, "ngcmfa",  B(MFA)),
    ROW("|entra|",           AMR, "mngcmfa", B(MFA)),
    ROW("|entra|",           AMR, "fed",     B(FEDERATED_SINGLE)),
    AT("|entra|", "signin_state", "dvc_cmp",  B(COMPLIANT_DEVICE)),
    AT("|entra|", "signin_state", "dvc_dmjd", B(JOINED_DEVICE)),
    /* Okta: developer.okta.com, step-up authentication using ACR values */
    ROW("|okta|", ACR, "urn:okta:loa:2fa:any", B(MFA)),
    ROW("|okta|", ACR, "phr",                  B(MFA) | B(FIDO2)),
    ROW("|okta|", ACR, "phrh",                 B(MFA) | B(FIDO2)),
    /* the installation's own tokens name the flow */
    AT("|gatehouse|", "transfer_method", "deviceCodeFlow",         B(DEVICE_CODE)),
    AT("|gatehouse|", "transfer_method", "authenticationTransfer", B(TRANSFER)),
};
// clang-format on

static bool
is_of(const struct preset_row *row, struct gh_str name)
{
    size_t at = gh_str_find(gh_str_z(row->presets), name);

    return name.n > 0 && memchr(name.p, '|', name.n) == NULL && at != SIZE_MAX && row->presets[at - 1] == '|' &&
           row->presets[at + name.n] == '|'; /* a list begins and ends with the sign that no name has */
}

/* ---- a map in the making ---- */

static enum gh_rc
add_path(unsigned *claim, struct gh_proof_map *m, struct gh_str path)
{
    size_t i = 0;

    while (i < m->n_paths && !gh_str_eq(m->paths[i], path))
        i++;
    if (i == GH_PROOF_PATHS_MAX)
        return GH_LIMIT;
    if (i == m->n_paths)
        m->paths[m->n_paths++] = path;
    *claim = GH_PROOF_CLAIM_PATH + (unsigned)i;
    return GH_OK;
}

static enum gh_rc
add_rule(struct gh_proof_map *m, unsigned claim, struct gh_str value, uint64_t means)
{
    if (m->n_rules == GH_PROOF_RULES_MAX)
        return GH_LIMIT;
    m->rules[m->n_rules++] = (struct gh_proof_rule){claim, value, means};
    return GH_OK;
}

/* Names the list of paths: eight bytes of a digest, never 0 for one that is not empty. */
static enum gh_rc
seal(struct gh_proof_map *m)
{
    const uint64_t flows = GH_PROOF_BIT(DEVICE_CODE) | GH_PROOF_BIT(TRANSFER);
    struct gh_str parts[2 * GH_PROOF_PATHS_MAX];
    uint8_t hash[GH_SHA256_BYTES];
    enum gh_rc rc;

    for (size_t i = 0; i < m->n_rules; i++)
        m->tells_flow = m->tells_flow || (m->rules[i].means & flows) != 0;
    for (size_t i = 0; i < m->n_paths; i++) {
        parts[2 * i] = m->paths[i];
        parts[2 * i + 1] = gh_str("", 1);
    }
    if (m->n_paths == 0)
        return GH_OK;
    if ((rc = gh_sha256_v(hash, parts, 2 * m->n_paths)) != GH_OK)
        return rc;
    memcpy(&m->paths_id, hash, sizeof(m->paths_id));
    m->paths_id |= 1;
    return GH_OK;
}

static enum gh_rc
add_preset(struct gh_proof_map *m, struct gh_str name)
{
    bool is_known = false;
    enum gh_rc rc = GH_OK;

    for (size_t i = 0; i < COUNT(preset_rows) && rc == GH_OK; i++) {
        const struct preset_row *row = &preset_rows[i];
        unsigned claim = row->claim;
        if (!is_of(row, name))
            continue;
        is_known = true;
        if (row->path != NULL)
            rc = add_path(&claim, m, gh_str_z(row->path));
        if (rc == GH_OK)
            rc = add_rule(m, claim, gh_str_z(row->value), row->means);
    }
    return is_known ? rc : GH_BAD;
}

enum gh_rc
gh_proof_map_preset(struct gh_proof_map *out, struct gh_str name)
{
    enum gh_rc rc;

    *out = (struct gh_proof_map){0};
    rc = add_preset(out, name);
    return rc == GH_OK ? seal(out) : rc;
}

/* ---- claimsMap ---- */

struct reader {
    struct gh_proof_map *out;
    struct gh_arena *arena;
    const struct gh_json *json;
    struct gh_err *err;
};

static enum gh_rc
bad(const struct reader *r, gh_json_ref v, const char *what)
{
    return gh_fail(r->err, GH_BAD, v == GH_JSON_NO ? 0 : r->json->nodes[v].at, what);
}

static enum gh_rc
plain_text(struct gh_str *out, const struct reader *r, gh_json_ref v, size_t max)
{
    if (gh_json_str(out, r->arena, r->json, v) != GH_OK || out->n == 0 || out->n > max)
        return bad(r, v, "a text is expected, neither empty nor too long");
    for (size_t i = 0; i < out->n; i++)
        if ((unsigned char)out->p[i] < 0x20 || out->p[i] == 0x7f)
            return bad(r, v, "control characters");
    return GH_OK;
}

/* ["a", "b"] -> "a\nb" */
static enum gh_rc
read_path(struct gh_str *out, const struct reader *r, gh_json_ref list)
{
    struct gh_str name;
    struct gh_buf b;
    size_t n = 0;
    enum gh_rc rc;

    gh_buf_init(&b, r->arena, (size_t)SEGMENTS_MAX * (NAME_MAX_BYTES + 1));
    for (gh_json_ref v = gh_json_first(r->json, list); v != GH_JSON_NO; v = gh_json_next(r->json, list, v)) {
        if (n++ == SEGMENTS_MAX)
            return bad(r, list, "a claim has at most four names from the top of the token down");
        if ((rc = plain_text(&name, r, v, NAME_MAX_BYTES)) != GH_OK)
            return rc;
        if (b.n > 0)
            gh_buf_putc(&b, '\n');
        gh_buf_put(&b, name);
    }
    *out = gh_buf_str(&b);
    if (b.rc != GH_OK)
        return b.rc;
    return n > 0 ? GH_OK : bad(r, list, "a claim has at least one name");
}

static const char *const known_claims[] = {
    [GH_PROOF_CLAIM_ACR] = "acr",
    [GH_PROOF_CLAIM_AMR] = "amr",
    [GH_PROOF_CLAIM_ACRS] = "acrs",
};

static enum gh_rc
read_claim(unsigned *claim, const struct reader *r, gh_json_ref v)
{
    struct gh_str path;
    enum gh_rc rc = gh_json_type(r->json, v) == GH_JSON_ARRAY ? read_path(&path, r, v) : plain_text(&path, r, v, NAME_MAX_BYTES);

    if (rc != GH_OK)
        return rc;
    for (*claim = 0; *claim < COUNT(known_claims); (*claim)++)
        if (gh_str_eq(path, gh_str_z(known_claims[*claim])))
            return GH_OK;
    rc = add_path(claim, r->out, path);
    return rc == GH_OK ? GH_OK : gh_fail(r->err, rc, r->json->nodes[v].at, "too many different claims");
}

static enum gh_rc
read_means(uint64_t *means, const struct reader *r, gh_json_ref list)
{
    struct gh_str word;

    *means = 0;
    for (gh_json_ref v = gh_json_first(r->json, list); v != GH_JSON_NO; v = gh_json_next(r->json, list, v)) {
        uint64_t bit = gh_json_str(&word, r->arena, r->json, v) == GH_OK ? gh_proof_find(word) : 0;
        if (bit == 0)
            return bad(r, v, "means mfa, compliantDevice, domainJoinedDevice, deviceCodeFlow, authenticationTransfer or methods");
        *means |= bit;
    }
    return *means != 0 && gh_json_type(r->json, list) == GH_JSON_ARRAY ? GH_OK : bad(r, list, "means is a list of words");
}

/* The members of an object, each of which must be one of `names`. */
static enum gh_rc
read_members(gh_json_ref *found, const char *const *names, size_t n, const struct reader *r, gh_json_ref object)
{
    struct gh_str key;
    size_t k;

    if (gh_json_type(r->json, object) != GH_JSON_OBJECT)
        return bad(r, object, "an object is expected");
    for (k = 0; k < n; k++)
        found[k] = GH_JSON_NO;
    for (gh_json_ref v = gh_json_first(r->json, object); v != GH_JSON_NO; v = gh_json_next(r->json, object, v)) {
        if (gh_json_key(&key, r->arena, r->json, v) != GH_OK)
            return bad(r, v, "a name could not be read");
        for (k = 0; k < n && !gh_str_eq(key, gh_str_z(names[k])); k++)
            ;
        if (k == n)
            return bad(r, v, "a member that is not known here");
        found[k] = v;
    }
    return GH_OK;
}

static enum gh_rc
read_rule(const struct reader *r, gh_json_ref rule)
{
    static const char *const names[] = {"claim", "values", "means"};
    gh_json_ref at[COUNT(names)];
    struct gh_str value;
    uint64_t means;
    unsigned claim;
    enum gh_rc rc;

    if ((rc = read_members(at, names, COUNT(names), r, rule)) != GH_OK)
        return rc;
    if ((rc = read_claim(&claim, r, at[0])) != GH_OK || (rc = read_means(&means, r, at[2])) != GH_OK)
        return rc;
    if (gh_json_type(r->json, at[1]) != GH_JSON_ARRAY || gh_json_first(r->json, at[1]) == GH_JSON_NO)
        return bad(r, rule, "values is a list of texts");
    for (gh_json_ref v = gh_json_first(r->json, at[1]); v != GH_JSON_NO; v = gh_json_next(r->json, at[1], v)) {
        if ((rc = plain_text(&value, r, v, VALUE_MAX_BYTES)) != GH_OK)
            return rc;
        if ((rc = add_rule(r->out, claim, value, means)) != GH_OK)
            return gh_fail(r->err, rc, r->json->nodes[v].at, "too many values in one map");
    }
    return GH_OK;
}

enum gh_rc
gh_proof_map_read(struct gh_proof_map *out, struct gh_arena *a, const struct gh_json *j, gh_json_ref map, struct gh_err *err)
{
    static const char *const names[] = {"preset", "rules", "noTransferFlows"};
    const struct reader r = {out, a, j, err};
    gh_json_ref at[COUNT(names)];
    struct gh_str preset;
    enum gh_rc rc;

    *out = (struct gh_proof_map){0};
    if ((rc = read_members(at, names, COUNT(names), &r, map)) != GH_OK)
        return rc;
    if (at[0] != GH_JSON_NO &&
        (gh_json_str(&preset, a, j, at[0]) != GH_OK || gh_str_eq(preset, GH_STR("gatehouse")) || add_preset(out, preset) != GH_OK))
        return bad(&r, at[0], "preset is entra, keycloak, okta, google or rfc8176");
    if (at[1] != GH_JSON_NO && gh_json_type(j, at[1]) != GH_JSON_ARRAY)
        return bad(&r, at[1], "rules is a list");
    for (gh_json_ref v = gh_json_first(j, at[1]); v != GH_JSON_NO; v = gh_json_next(j, at[1], v))
        if ((rc = read_rule(&r, v)) != GH_OK)
            return rc;
    if (gh_json_opt_bool(&out->tells_flow, j, map, "noTransferFlows") != GH_OK)
        return bad(&r, at[2], "noTransferFlows is true or false");
    return seal(out);
}
