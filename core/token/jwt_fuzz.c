/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Properties: no bytes but the signed ones verify under the keys of the RFC examples (the signature itself may have a second form: R, N - S);
 * what is read stays within its bounds and is free of control characters.
 */
#include "fuzz.h"

#include "base/codec.h"
#include "jose_vectors.h"
#include "sweeps.h"
#include "token/jwt.h"

static const struct golden {
    const char *spki, *signed_part;
} goldens[] = {
    {RFC7515_A2_SPKI, RFC7515_A2_SIGNED},
    {RFC7515_A3_SPKI, RFC7515_A3_SIGNED},
    {RFC7515_A4_SPKI, RFC7515_A4_SIGNED},
    {RFC8037_A4_SPKI, RFC8037_A4_SIGNED},
};

enum { GOLDENS = sizeof(goldens) / sizeof(goldens[0]) };

static struct gh_pubkey *keys[GOLDENS];

static void
load_keys(struct gh_arena *a)
{
    for (size_t i = 0; i < GOLDENS && keys[i] == NULL; i++) {
        struct gh_str der;

        gh_fuzz_check(gh_b64url_decode(&der, a, gh_str_z(goldens[i].spki)) == GH_OK);
        gh_fuzz_check(gh_pubkey_read_der(&keys[i], der, NULL) == GH_OK);
    }
}

static void
check_text(struct gh_str s)
{
    for (size_t i = 0; i < s.n; i++)
        gh_fuzz_check((unsigned char)s.p[i] >= 0x20 && s.p[i] != 0x7f);
}

static void
check_claims(struct gh_arena *a, struct gh_str payload)
{
    struct gh_claims c;

    if (gh_jwt_claims(&c, a, payload, NULL) != GH_OK)
        return;
    gh_fuzz_check(c.iss.n > 0 && c.exp_s > 0 && c.nbf_s >= 0 && c.iat_s >= 0);
    gh_fuzz_check(c.n_aud <= GH_TOKEN_AUD_MAX && c.n_groups <= GH_TOKEN_GROUPS_MAX);
    gh_fuzz_check(!c.groups_overflow || c.n_groups == 0);
    check_text(c.iss);
    check_text(c.sub);
    check_text(c.oid);
    for (size_t i = 0; i < c.n_groups; i++)
        check_text(c.groups[i]);
}

static void
check_token(struct gh_arena *a, struct gh_str token)
{
    struct gh_jwt jwt;

    if (gh_jwt_split(&jwt, a, token, NULL) != GH_OK)
        return;
    gh_fuzz_check(gh_jwt_is_shaped(token) && jwt.alg != GH_ALG_NONE && jwt.sig.n > 0);
    check_text(jwt.kid);
    check_claims(a, jwt.payload);
    for (size_t i = 0; i < GOLDENS; i++)
        if (gh_jwt_verify(&jwt, keys[i], GH_ALG_NONE, NULL) == GH_OK)
            gh_fuzz_check(gh_str_eq(jwt.signed_part, gh_str_z(goldens[i].signed_part)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gh_arena a = gh_test_arena();

    load_keys(&a);
    check_token(&a, gh_str(data, size));
    check_claims(&a, gh_str(data, size)); /* the payload by itself, so that mutations reach it unencoded */
    gh_arena_fini(&a);
    return 0;
}
