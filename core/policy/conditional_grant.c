/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy asks for: grant controls, authentication strengths, session controls. */
#include "policy/conditional_int.h"
#include "policy/resource.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

enum {
    TEXT_MAX = 256,
    EVERY_TIME_S = 300 /* Graph's everyTime: a sign-in within five minutes */,
    HOUR_S = 3600,
    HOURS_MAX = 24 * 365
};

static enum gh_rc
read_operator(struct gh_cond_reader *r, gh_json_ref v)
{
    struct gh_str s;
    enum gh_rc rc = gh_cond_text(&s, r, v, TEXT_MAX);

    if (rc == GH_OK && gh_str_eq(s, GH_STR("OR")))
        r->policy->flags |= GH_COND_HAS_OR;
    else if (rc == GH_OK && !gh_str_eq(s, GH_STR("AND")))
        rc = gh_cond_bad(r, v, "operator is AND or OR");
    return rc;
}

static const char *
why_refused(struct gh_str control)
{
    static const struct {
        const char *name, *why;
    } rows[] = {
        {"approvedApplication", "approvedApplication is not supported: nothing here tells applications of a phone"},
        {"compliantApplication", "compliantApplication is not supported: nothing here tells applications of a phone"},
        {"passwordChange", "passwordChange is not supported: passwords are the issuer's"},
        {"riskRemediation", "riskRemediation is not supported: it is the issuer's"},
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        if (gh_str_eq(control, gh_str_z(rows[i].name)))
            return rows[i].why;
    return "builtInControls has block, mfa, compliantDevice, domainJoinedDevice";
}

static enum gh_rc
read_controls(struct gh_cond_reader *r, gh_json_ref list)
{
    const uint64_t known = GH_PROOF_BIT(MFA) | GH_PROOF_BIT(COMPLIANT_DEVICE) | GH_PROOF_BIT(JOINED_DEVICE);
    struct gh_str s;
    enum gh_rc rc;

    if (gh_json_type(r->json, list) != GH_JSON_ARRAY)
        return gh_cond_bad(r, list, "builtInControls is a list");
    for (gh_json_ref v = gh_json_first(r->json, list); v != GH_JSON_NO; v = gh_json_next(r->json, list, v)) {
        if ((rc = gh_cond_text(&s, r, v, TEXT_MAX)) != GH_OK)
            return rc;
        if (gh_str_eq(s, GH_STR("block")))
            r->policy->flags |= GH_COND_HAS_BLOCK;
        else if ((gh_proof_find(s) & known) != 0)
            r->policy->grants |= gh_proof_find(s);
        else
            return gh_cond_bad(r, v, why_refused(s));
    }
    return GH_OK;
}

static enum gh_rc
strength_id(struct gh_cond_reader *r, gh_json_ref v)
{
    enum gh_rc rc = gh_cond_text(&r->policy->strength, r, v, TEXT_MAX);

    return rc == GH_OK && !gh_resource_name_is_valid(r->policy->strength)
               ? gh_cond_bad(r, v, "not the id of an authentication strength")
               : rc;
}

/* Only the id counts: the rest is what that strength says, as Graph shows it in answers. */
static enum gh_rc
read_strength(struct gh_cond_reader *r, gh_json_ref v)
{
    static const struct gh_cond_member members[] = {
        {"id", strength_id, NULL},
        {"displayName", NULL, NULL},
        {"description", NULL, NULL},
        {"policyType", NULL, NULL},
        {"requirementsSatisfied", NULL, NULL},
        {"allowedCombinations", NULL, NULL},
        {"createdDateTime", NULL, NULL},
        {"modifiedDateTime", NULL, NULL},
        {"combinationConfigurations", NULL,
            "combinationConfigurations is not supported: the issuer alone knows which keys were used"},
    };
    enum gh_rc rc = gh_cond_walk(r, v, members, COUNT(members), "authenticationStrength has a member that is not known here");

    return rc == GH_OK && r->policy->strength.n == 0 ? gh_cond_bad(r, v, "authenticationStrength has an id") : rc;
}

enum gh_rc
gh_cond_read_grants(struct gh_cond_reader *r, gh_json_ref v)
{
    static const struct gh_cond_member members[] = {
        {"operator", read_operator, NULL},
        {"builtInControls", read_controls, NULL},
        {"authenticationStrength", read_strength, NULL},
        {"customAuthenticationFactors", NULL, "customAuthenticationFactors is not supported: use claimsMap of the issuer"},
        {"termsOfUse", NULL, "termsOfUse is not supported: nothing here shows them"},
    };
    enum gh_rc rc = gh_cond_walk(r, v, members, COUNT(members), "grantControls has a member that is not known here");
    const struct gh_cond_policy *p = r->policy;

    if (rc == GH_OK && (p->flags & GH_COND_HAS_BLOCK) != 0 && (p->grants != 0 || p->strength.n > 0))
        return gh_cond_bad(r, v, "block stands alone");
    return rc;
}

/* ---- session ---- */

struct frequency {
    bool is_enabled, is_every_time, is_days;
    int64_t value;
};

static enum gh_rc
frequency_words(struct frequency *f, const struct gh_cond_reader *r, gh_json_ref v)
{
    struct gh_str type = GH_STR("hours"), interval = GH_STR("timeBased"), who = GH_STR("primaryAndSecondaryAuthentication");

    if (gh_json_opt_bool(&f->is_enabled, r->json, v, "isEnabled") != GH_OK ||
        gh_json_opt_i64(&f->value, r->json, v, "value") != GH_OK || gh_json_opt_str(&type, r->arena, r->json, v, "type") != GH_OK ||
        gh_json_opt_str(&interval, r->arena, r->json, v, "frequencyInterval") != GH_OK ||
        gh_json_opt_str(&who, r->arena, r->json, v, "authenticationType") != GH_OK)
        return gh_cond_bad(r, v, "signInFrequency: isEnabled, value, type, frequencyInterval, authenticationType");
    f->is_days = gh_str_eq(type, GH_STR("days"));
    f->is_every_time = gh_str_eq(interval, GH_STR("everyTime"));
    if (!f->is_days && !gh_str_eq(type, GH_STR("hours")))
        return gh_cond_bad(r, v, "type of signInFrequency is hours or days");
    if (!f->is_every_time && !gh_str_eq(interval, GH_STR("timeBased")))
        return gh_cond_bad(r, v, "frequencyInterval is timeBased or everyTime");
    return gh_str_eq(who, GH_STR("primaryAndSecondaryAuthentication"))
               ? GH_OK
               : gh_cond_bad(r, v, "authenticationType of signInFrequency: tokens tell one time for all factors");
}

static enum gh_rc
read_frequency(struct gh_cond_reader *r, gh_json_ref v)
{
    static const struct gh_cond_member members[] = {{"isEnabled", NULL, NULL}, {"value", NULL, NULL}, {"type", NULL, NULL},
        {"frequencyInterval", NULL, NULL}, {"authenticationType", NULL, NULL}};
    struct frequency f = {.is_enabled = true};
    enum gh_rc rc = gh_cond_walk(r, v, members, COUNT(members), "signInFrequency has a member that is not known here");

    if (rc != GH_OK || (rc = frequency_words(&f, r, v)) != GH_OK || !f.is_enabled)
        return rc;
    int64_t hours = f.is_days ? f.value * 24 : f.value;
    if (f.value > HOURS_MAX || (!f.is_every_time && (f.value < 1 || hours > HOURS_MAX)))
        return gh_cond_bad(r, v, "value of signInFrequency is 1 hour to 365 days");
    r->policy->max_age_s = f.is_every_time ? EVERY_TIME_S : (uint64_t)hours * HOUR_S;
    return GH_OK;
}

/* A control that is there and switched off asks for nothing. */
static enum gh_rc
refuse_enabled(const struct gh_cond_reader *r, gh_json_ref v, const char *why)
{
    return gh_json_type(r->json, gh_json_get(r->json, v, GH_STR("isEnabled"))) == GH_JSON_FALSE ? GH_OK : gh_cond_bad(r, v, why);
}

#define REFUSED(name, why)                                                                                                         \
    static enum gh_rc name(struct gh_cond_reader *r, gh_json_ref v)                                                                \
    {                                                                                                                              \
        return refuse_enabled(r, v, why);                                                                                          \
    }

REFUSED(read_enforced, "applicationEnforcedRestrictions is not supported: it is SharePoint's and Exchange's")
REFUSED(read_cloud, "cloudAppSecurity is not supported: calls are inspected by their endpoint's own controls")
REFUSED(read_persistent, "persistentBrowser is not supported: sessions of browsers are the issuer's")
REFUSED(read_secure, "secureSignInSession is not supported: sign-in sessions are the issuer's")

enum gh_rc
gh_cond_read_session(struct gh_cond_reader *r, gh_json_ref v)
{
    static const struct gh_cond_member members[] = {
        {"signInFrequency", read_frequency, NULL},
        {"applicationEnforcedRestrictions", read_enforced, NULL},
        {"cloudAppSecurity", read_cloud, NULL},
        {"persistentBrowser", read_persistent, NULL},
        {"secureSignInSession", read_secure, NULL},
        {"disableResilienceDefaults", NULL, "disableResilienceDefaults is not supported: there are none to disable"},
        {"continuousAccessEvaluation", NULL, "continuousAccessEvaluation is not supported: every request is evaluated"},
        {"globalSecureAccessFilteringProfile", NULL, "globalSecureAccessFilteringProfile is not supported"},
    };

    return gh_cond_walk(r, v, members, COUNT(members), "sessionControls has a member that is not known here");
}

/* ---- strengths ---- */

enum gh_rc
gh_cond_strength_read(
    struct gh_cond_strength *out, struct gh_arena *a, const struct gh_json *j, gh_json_ref combinations, struct gh_err *err)
{
    struct gh_cond_reader r = {a, j, err, NULL};
    struct gh_str s;
    enum gh_rc rc;

    out->n = 0;
    if (gh_json_type(j, combinations) != GH_JSON_ARRAY || gh_json_first(j, combinations) == GH_JSON_NO)
        return gh_cond_bad(&r, combinations, "allowedCombinations is a list of combinations of methods");
    for (gh_json_ref v = gh_json_first(j, combinations); v != GH_JSON_NO; v = gh_json_next(j, combinations, v)) {
        if ((rc = gh_cond_text(&s, &r, v, TEXT_MAX)) != GH_OK)
            return rc;
        if (out->n == GH_COND_COMBINATIONS_MAX)
            return gh_fail(err, GH_LIMIT, j->nodes[v].at, "too many combinations in one authentication strength");
        if ((out->combinations[out->n++] = gh_strength_combination(s)) == 0)
            return gh_cond_bad(&r, v, "a combination has methods as Graph names them, joined by commas");
    }
    return GH_OK;
}
