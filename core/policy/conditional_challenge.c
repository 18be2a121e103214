/* SPDX-License-Identifier: Apache-2.0 */
/* Strengths, and what a client is told to bring. */
#include "base/codec.h"
#include "policy/conditional_int.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Any combination of a strength is enough. */
bool
gh_cond_is_strong(uint64_t proofs, struct gh_str strength)
{
    for (size_t i = 0; i + 8 <= strength.n; i += 8) {
        uint64_t combination = 0;
        for (size_t b = 0; b < 8; b++)
            combination |= (uint64_t)(unsigned char)strength.p[i + b] << 8 * b;
        if (gh_strength_has(proofs, combination))
            return true;
    }
    return false;
}

/* ---- the challenge ---- */

/* The first value of this claim that proves what is wanted; the empty slice: none does. */
static struct gh_str
value_for(const struct gh_snap_rec *issuer, uint64_t claim, uint64_t wanted, struct gh_str strength)
{
    for (size_t i = 0; i < gh_snap_count(issuer, GH_ISSUER_PROOFS); i++) {
        struct gh_snap_rec rule = gh_snap_row(issuer, GH_ISSUER_PROOFS, i);
        uint64_t means = gh_snap_u64(&rule, GH_PROOF_MEANS);
        bool is_enough = strength.n > 0 ? gh_cond_is_strong(means, strength) : (means & wanted) == wanted;
        if (gh_snap_u64(&rule, GH_PROOF_CLAIM) == claim && is_enough)
            return gh_snap_str(&rule, GH_PROOF_VALUE);
    }
    return GH_STR("");
}

static void
put_essential(struct gh_jsonw *w, const char *claim, const char *values, struct gh_str value)
{
    gh_jsonw_key(w, claim);
    gh_jsonw_obj(w);
    gh_jsonw_kbool(w, "essential", true);
    if (value.n > 0 && strcmp(values, "values") == 0) {
        gh_jsonw_key(w, values);
        gh_jsonw_arr(w);
        gh_jsonw_str(w, value);
        gh_jsonw_end(w, ']');
    } else if (value.n > 0) {
        gh_jsonw_kstr(w, values, value);
    }
    gh_jsonw_end(w, '}');
}

/* By preference: an authentication context (Entra ID's way), a level (OpenID Connect's), a method. */
static bool
put_proof(struct gh_jsonw *w, struct gh_buf *acr, const struct gh_cond_decision *d, const struct gh_snap_rec *issuer)
{
    static const struct {
        enum gh_proof_claim claim;
        const char *name, *values;
    } ways[] = {
        {GH_PROOF_CLAIM_ACRS, "acrs", "value"}, {GH_PROOF_CLAIM_ACR, "acr", "values"}, {GH_PROOF_CLAIM_AMR, "amr", "values"}};
    bool has_any = d->unmet == 0;

    for (size_t i = 0; i < COUNT(ways); i++) {
        struct gh_str value = d->unmet == 0 ? GH_STR("") : value_for(issuer, ways[i].claim, d->unmet, d->strength);
        if (value.n == 0)
            continue;
        if (ways[i].claim != GH_PROOF_CLAIM_AMR && acr->n == 0)
            gh_buf_put(acr, value);
        if (!has_any)
            put_essential(w, ways[i].name, ways[i].values, value);
        has_any = true;
    }
    return has_any;
}

bool
gh_conditional_claims(
    struct gh_buf *claims, struct gh_buf *acr, const struct gh_cond_decision *d, const struct gh_caller *caller, int64_t now_ms)
{
    struct gh_jsonw w;
    char mem[24];
    struct gh_buf since;

    if (d->verdict == GH_ALLOW || d->is_blocked || caller->sort == GH_CALLER_WORKLOAD || caller->issuer_row.row == NULL)
        return false;
    gh_jsonw_init(&w, claims);
    gh_jsonw_obj(&w);
    gh_jsonw_key(&w, "access_token");
    gh_jsonw_obj(&w);
    bool has_proof = put_proof(&w, acr, d, &caller->issuer_row);
    if (d->max_age_s > 0) { /* a token from now on, of a sign-in that is told */
        gh_buf_init_fixed(&since, mem, sizeof(mem));
        gh_buf_put_i64(&since, now_ms / 1000);
        put_essential(&w, "nbf", "value", gh_buf_str(&since));
        put_essential(&w, "auth_time", "value", GH_STR(""));
    }
    gh_jsonw_end(&w, '}');
    gh_jsonw_end(&w, '}');
    return has_proof && claims->rc == GH_OK && acr->rc == GH_OK;
}

/* ---- the challenge ---- */

static void
put_param(struct gh_buf *out, const char *name, struct gh_str value)
{
    gh_buf_putz(out, ", ");
    gh_buf_putz(out, name);
    gh_buf_putz(out, "=\"");
    for (size_t i = 0; i < value.n; i++)
        if (value.p[i] >= 0x20 && value.p[i] < 0x7f && value.p[i] != '"' &&
            value.p[i] != '\\') /* a quoted string holds it as it is */
            gh_buf_putc(out, value.p[i]);
    gh_buf_putc(out, '"');
}

static void
put_challenge(
    struct gh_buf *out, struct gh_arena *a, struct gh_str issuer, const char *why, struct gh_str claims, struct gh_str acr)
{
    struct gh_buf coded;

    gh_buf_init(&coded, a, 2048);
    gh_b64_encode(&coded, claims);
    put_param(out, "authorization_uri", issuer);
    put_param(out, "error", GH_STR("insufficient_claims"));
    put_param(out, "error_description", gh_str_z(why));
    put_param(out, "claims", gh_buf_str(&coded));
    if (acr.n > 0)
        put_param(out, "acr_values", acr);
    if (coded.rc != GH_OK)
        out->rc = coded.rc;
}

bool
gh_conditional_challenge(
    struct gh_buf *out, struct gh_arena *a, const struct gh_cond_decision *d, const struct gh_caller *caller, int64_t now_ms)
{
    struct gh_buf claims, acr, age;
    char mem[24];

    gh_buf_init(&claims, a, 1024);
    gh_buf_init(&acr, a, 256);
    if (!caller->is_cp1 || !gh_conditional_claims(&claims, &acr, d, caller, now_ms))
        return false;
    put_challenge(out, a, caller->iss, gh_conditional_needs(d), gh_buf_str(&claims), gh_buf_str(&acr));
    if (d->max_age_s > 0) {
        gh_buf_init_fixed(&age, mem, sizeof(mem));
        gh_buf_put_i64(&age, d->max_age_s);
        put_param(out, "max_age", gh_buf_str(&age));
    }
    return out->rc == GH_OK;
}

/* {"access_token":{"acrs":{"essential":true,"value":"c1"}}} */
static void
put_context(struct gh_buf *claims, struct gh_str context)
{
    struct gh_jsonw w;

    gh_jsonw_init(&w, claims);
    gh_jsonw_obj(&w);
    gh_jsonw_key(&w, "access_token");
    gh_jsonw_obj(&w);
    put_essential(&w, "acrs", "value", context);
    gh_jsonw_end(&w, '}');
    gh_jsonw_end(&w, '}');
}

bool
gh_conditional_challenge_for(
    struct gh_buf *out, struct gh_arena *a, struct gh_str context, const char *why, const struct gh_caller *caller)
{
    const struct gh_cond_decision mfa = {.verdict = GH_DENY, .unmet = GH_PROOF_BIT(MFA)};
    struct gh_buf claims, acr;

    gh_buf_init(&claims, a, 1024);
    gh_buf_init(&acr, a, 256);
    if (!caller->is_cp1 || caller->sort == GH_CALLER_WORKLOAD || caller->issuer_row.row == NULL)
        return false;
    if (context.n > 0)
        put_context(&claims, context);
    else if (!gh_conditional_claims(&claims, &acr, &mfa, caller, 0))
        return false;
    put_challenge(out, a, caller->iss, why, gh_buf_str(&claims), context.n > 0 ? context : gh_buf_str(&acr));
    return claims.rc == GH_OK && acr.rc == GH_OK && out->rc == GH_OK;
}

const char *
gh_conditional_needs(const struct gh_cond_decision *d)
{
    if (d->is_blocked)
        return "Access is blocked by a conditional access policy.";
    if ((d->unmet & GH_PROOF_BIT(MFA)) != 0)
        return d->strength.n > 0 ? "A stronger way to sign in is needed here by a conditional access policy."
                                 : "Multifactor authentication is needed here by a conditional access policy.";
    if ((d->unmet & GH_PROOF_BIT(COMPLIANT_DEVICE)) != 0)
        return "A compliant device is needed here by a conditional access policy.";
    if ((d->unmet & GH_PROOF_BIT(JOINED_DEVICE)) != 0)
        return "A device that is joined to the organisation is needed here by a conditional access policy.";
    return "A more recent sign-in is needed here by a conditional access policy.";
}

/* ---- evidence ---- */

void
gh_cond_evidence_put(struct gh_buf *out, const struct gh_cond_call *call)
{
    bool is_known = call->country_is == GH_COND_COUNTRY_KNOWN;

    gh_buf_put_u64(out, call->country_is);
    gh_buf_putc(out, '.');
    gh_buf_put(out, is_known ? gh_str(call->country, sizeof(call->country)) : GH_STR("--"));
    gh_buf_putc(out, '.');
    gh_buf_put_u64(out, call->client);
    gh_buf_putc(out, '.');
    gh_buf_put_u64(out, call->platform);
    gh_buf_putc(out, '.');
    gh_buf_put_u64(out, call->device_proofs);
    gh_buf_putc(out, '.');
    gh_buf_put(out, call->device.n > 0 ? call->device : GH_STR("-"));
}

/* "certificate:" and 64 hex digits in lower case, as the edge writes it. */
static bool
is_device(struct gh_str s)
{
    struct gh_str hex = gh_str_sub(s, sizeof(GH_COND_CERTIFICATE) - 1, SIZE_MAX);
    bool is_hex = gh_str_starts(s, GH_STR(GH_COND_CERTIFICATE)) && hex.n == 2 * GH_SHA256_BYTES;

    for (size_t i = 0; is_hex && i < hex.n; i++)
        is_hex = gh_str_chr(GH_STR("0123456789abcdef"), hex.p[i]) != SIZE_MAX;
    return is_hex;
}

enum gh_rc
gh_cond_evidence_read(struct gh_cond_call *out, struct gh_str word)
{
    static const uint64_t max[] = {GH_COND_COUNTRY_KNOWN, GH_COND_CLIENT_COUNT - 1, GH_COND_PLATFORM_COUNT - 1,
        GH_PROOF_BIT(COMPLIANT_DEVICE) | GH_PROOF_BIT(JOINED_DEVICE)};
    struct gh_str country = {NULL, 0}, part;
    uint64_t v[COUNT(max)];

    for (size_t i = 0; i < COUNT(max); i++) {
        if (!gh_str_cut(&part, &word, '.') || gh_str_u64(&v[i], part, max[i]) != GH_OK)
            return GH_BAD;
        if (i == 0 && (!gh_str_cut(&country, &word, '.') || country.n != sizeof(out->country)))
            return GH_BAD;
    }
    bool has_device = word.p != NULL && !gh_str_eq(word, GH_STR("-"));
    if (word.p == NULL || (has_device && (!is_device(word) || v[3] == 0)))
        return GH_BAD;
    out->device = has_device ? word : GH_STR("");
    out->country_is = (enum gh_cond_country)v[0];
    memcpy(out->country, country.p, sizeof(out->country));
    out->client = (enum gh_cond_client)v[1];
    out->platform = (enum gh_cond_platform)v[2];
    out->device_proofs = v[3] & max[3];
    return GH_OK;
}
