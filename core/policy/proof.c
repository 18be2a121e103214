/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/proof.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

const char *const gh_proof_words[GH_PROOF_COUNT] = {
#define WORD(name, word) word,
    GH_PROOF_LIST(WORD)
#undef WORD
};

uint64_t
gh_proof_find(struct gh_str word)
{
    for (size_t i = 0; i < GH_PROOF_COUNT; i++)
        if (gh_str_eq(word, gh_str_z(gh_proof_words[i])))
            return UINT64_C(1) << i;
    return 0;
}

/* ---- strengths ---- */

/* Methods that are two factors in one, then those that are the second beside a password or a federated first. */
#define PHISHING_RESISTANT "windowsHelloForBusiness|fido2|x509CertificateMultiFactor"
#define PASSWORDLESS       PHISHING_RESISTANT "|deviceBasedPush"
#define SECOND(first)                                                                                                              \
    "|" first ",microsoftAuthenticatorPush|" first ",softwareOath|" first ",hardwareOath|" first ",sms|" first ",voice"

const struct gh_strength gh_strengths[] = {
    {"00000000-0000-0000-0000-000000000002", "Multifactor authentication",
        PASSWORDLESS "|temporaryAccessPassOneTime|temporaryAccessPassMultiUse|federatedMultiFactor" SECOND("password")
            SECOND("federatedSingleFactor")},
    {"00000000-0000-0000-0000-000000000003", "Passwordless MFA", PASSWORDLESS},
    {"00000000-0000-0000-0000-000000000004", "Phishing-resistant MFA", PHISHING_RESISTANT},
    {NULL, NULL, NULL},
};

uint64_t
gh_strength_combination(struct gh_str s)
{
    uint64_t bits = 0;
    struct gh_str word;

    while (gh_str_cut(&word, &s, ',')) {
        uint64_t bit = gh_proof_find(word);
        if ((bit & GH_PROOF_METHODS) == 0)
            return 0;
        bits |= bit;
    }
    return bits;
}

bool
gh_strength_has(uint64_t proofs, uint64_t combination)
{
    if ((proofs & GH_PROOF_BIT(MFA)) != 0)
        proofs |= GH_PROOF_BIT(FEDERATED_MULTI);
    return combination != 0 && (proofs & combination) == combination;
}

bool
gh_strength_reached(uint64_t proofs, const char *combinations)
{
    struct gh_str rest = gh_str_z(combinations), one;

    while (gh_str_cut(&one, &rest, '|'))
        if (gh_strength_has(proofs, gh_strength_combination(one)))
            return true;
    return false;
}

/* The same as reaching the first built-in strength, which its test holds, without reading words: it is asked on every request. */
static bool
is_multifactor(uint64_t proofs)
{
    const uint64_t whole = GH_PROOF_BIT(HELLO) | GH_PROOF_BIT(FIDO2) | GH_PROOF_BIT(X509_MULTI) | GH_PROOF_BIT(DEVICE_PUSH) |
                           GH_PROOF_BIT(PASS_ONCE) | GH_PROOF_BIT(PASS_MULTI) | GH_PROOF_BIT(FEDERATED_MULTI) | GH_PROOF_BIT(MFA),
                   first = GH_PROOF_BIT(PASSWORD) | GH_PROOF_BIT(FEDERATED_SINGLE),
                   second = GH_PROOF_BIT(PUSH) | GH_PROOF_BIT(SOFTWARE_OATH) | GH_PROOF_BIT(HARDWARE_OATH) | GH_PROOF_BIT(SMS) |
                            GH_PROOF_BIT(VOICE);

    return (proofs & whole) != 0 || ((proofs & first) != 0 && (proofs & second) != 0);
}

/* ---- what a token proves ---- */

static bool
has(const struct gh_str *items, size_t n, struct gh_str value)
{
    for (size_t i = 0; i < n; i++)
        if (gh_str_eq(items[i], value))
            return true;
    return false;
}

static bool
says(const struct gh_claims *c, uint64_t claim, struct gh_str value)
{
    if (claim == GH_PROOF_CLAIM_ACR)
        return gh_str_eq(c->acr, value);
    if (claim == GH_PROOF_CLAIM_AMR)
        return has(c->amr, c->n_amr, value);
    if (claim == GH_PROOF_CLAIM_ACRS)
        return has(c->acrs, c->n_acrs, value);
    for (size_t i = 0; i < c->n_marks; i++)
        if (c->marks[i].path == claim - GH_PROOF_CLAIM_PATH && gh_str_eq(c->marks[i].value, value))
            return true;
    return false;
}

uint64_t
gh_proofs_of(const struct gh_claims *c, const struct gh_snap_rec *issuer)
{
    uint64_t proofs = 0;
    size_t n = c->acr.n + c->n_amr + c->n_acrs + c->n_marks == 0 ? 0 : gh_snap_count(issuer, GH_ISSUER_PROOFS);

    for (size_t i = 0; i < n; i++) {
        struct gh_snap_rec rule = gh_snap_row(issuer, GH_ISSUER_PROOFS, i);
        if (says(c, gh_snap_u64(&rule, GH_PROOF_CLAIM), gh_snap_str(&rule, GH_PROOF_VALUE)))
            proofs |= gh_snap_u64(&rule, GH_PROOF_MEANS);
    }
    return is_multifactor(proofs) ? proofs | GH_PROOF_BIT(MFA) : proofs;
}
