/* SPDX-License-Identifier: Apache-2.0 */
#include "control/access/access_int.h"
#include "policy/egress.h"
#include "policy/resource.h"

static struct gh_str
value(const struct gh_access *x, const char *name)
{
    return x->ask->value(x->ask->ctx, name);
}

static enum gh_rc
read_action(struct gh_access *x, struct gh_err *err)
{
    x->action = gh_action_find(value(x, "action"));
    if (x->action != GH_ACTION_NONE)
        return GH_OK;
    return gh_fail(err, GH_BAD, 0, value(x, "action").p == NULL ? "the action is missing" : "there is no such action");
}

static enum gh_rc
read_groups(struct gh_access *x, struct gh_err *err)
{
    struct gh_str rest = value(x, "groups"), group;

    while (rest.n > 0) {
        if (!gh_str_cut(&group, &rest, ',')) {
            group = rest;
            rest = GH_STR("");
        }
        if (x->n_groups == GH_ACCESS_GROUPS_MAX)
            return gh_fail(err, GH_BAD, 0, "too many groups");
        x->groups[x->n_groups++] = group;
    }
    return GH_OK;
}

static enum gh_rc
read_word(unsigned *out, struct gh_str word, const char *const *words, unsigned n, const char *why, struct gh_err *err)
{
    *out = 0;
    for (unsigned i = 1; word.n > 0 && i < n; i++)
        if (gh_str_eq_ci(word, gh_str_z(words[i])))
            *out = i;
    return word.n > 0 && *out == 0 ? gh_fail(err, GH_BAD, 0, why) : GH_OK;
}

static enum gh_rc
read_proofs(uint64_t *out, struct gh_str rest, struct gh_err *err)
{
    struct gh_str word;

    *out = 0;
    while (rest.n > 0) {
        if (!gh_str_cut(&word, &rest, ',')) {
            word = rest;
            rest = GH_STR("");
        }
        if (gh_proof_find(word) == 0)
            return gh_fail(
                err, GH_BAD, 0, "proofs has a word that proves nothing: mfa, compliantDevice, domainJoinedDevice, fido2, ...");
        *out |= gh_proof_find(word);
    }
    return GH_OK;
}

static enum gh_rc
read_place(struct gh_access *x, struct gh_err *err)
{
    struct gh_str ip = value(x, "ip"), country = value(x, "country");

    if (ip.n > 0 && gh_ip_read(x->sign_in.ip, ip) != GH_OK)
        return gh_fail(err, GH_BAD, 0, "ip is no address");
    x->sign_in.has_ip = ip.n > 0;
    x->attributes.knows_way = ip.n > 0;
    x->attributes.ip = ip.n > 0 ? x->sign_in.ip : NULL;
    if (country.n == 0)
        return GH_OK;
    if (country.n != sizeof x->sign_in.country)
        return gh_fail(err, GH_BAD, 0, "country is a code of two letters (ISO 3166-1)");
    memcpy(x->sign_in.country, country.p, country.n);
    x->sign_in.country_is = GH_COND_COUNTRY_KNOWN;
    return GH_OK;
}

static enum gh_rc
read_sign_in(struct gh_access *x, struct gh_err *err)
{
    unsigned client, platform;
    enum gh_rc rc = read_place(x, err);

    if (rc == GH_OK)
        rc = read_word(&client, value(x, "client"), gh_cond_client_words, GH_COND_CLIENT_COUNT,
            "client is browser or mobileAppsAndDesktopClients", err);
    if (rc == GH_OK)
        rc = read_word(&platform, value(x, "platform"), gh_cond_platform_words, GH_COND_PLATFORM_COUNT,
            "platform is android, iOS, windows, macOS or linux", err);
    if (rc == GH_OK)
        rc = read_proofs(&x->caller.proofs, value(x, "proofs"), err);
    if (rc != GH_OK)
        return rc;
    x->sign_in.client = (enum gh_cond_client)client;
    x->sign_in.platform = (enum gh_cond_platform)platform;
    return GH_OK;
}

enum gh_rc
gh_access_read(struct gh_access *out, enum gh_access_verb verb, const struct gh_access_ask *ask, struct gh_err *err)
{
    uint64_t proofs;
    enum gh_rc rc;

    memset(out, 0, sizeof *out);
    out->ask = ask;
    out->principal = value(out, "principal");
    out->scope = value(out, "scope");
    out->sign_in.snap = ask->snap;
    out->sign_in.now_ms = ask->now_ms;
    if (verb != GH_ACCESS_WHO_CAN && out->principal.n == 0)
        return gh_fail(err, GH_BAD, 0, "the principal is missing");
    if (verb != GH_ACCESS_WHAT_CAN && (rc = read_action(out, err)) != GH_OK)
        return rc;
    if (verb != GH_ACCESS_WHAT_CAN && (out->scope.n == 0 || out->scope.p[0] != '/'))
        return gh_fail(err, GH_BAD, 0, "the scope is missing: a path, such as /workspaces/demo");
    if ((rc = read_groups(out, err)) != GH_OK || (rc = read_sign_in(out, err)) != GH_OK)
        return rc;
    proofs = out->caller.proofs;
    gh_identify_as(&out->caller, ask->snap, out->principal, out->groups, out->n_groups);
    out->caller.proofs = proofs;
    out->caller.is_mfa = (proofs & GH_PROOF_BIT(MFA)) != 0;
    return GH_OK;
}
