/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/p256.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "base/spki.h"

enum { FIELD_BYTES = 32, DER_BYTES_MAX = 72 };

static bool
take_numbers(struct gh_p256 *out, EVP_PKEY *pair)
{
    BIGNUM *secret = NULL;
    size_t n = 0;
    bool done;

    done = EVP_PKEY_get_bn_param(pair, OSSL_PKEY_PARAM_PRIV_KEY, &secret) == 1 &&
           BN_bn2binpad(secret, out->secret, GH_P256_PRIVATE_BYTES) == GH_P256_PRIVATE_BYTES &&
           EVP_PKEY_get_octet_string_param(pair, OSSL_PKEY_PARAM_PUB_KEY, out->point, sizeof(out->point), &n) == 1 &&
           n == GH_P256_POINT_BYTES && out->point[0] == 4;
    BN_clear_free(secret);
    return done;
}

enum gh_rc
gh_p256_make(struct gh_p256 *out)
{
    EVP_PKEY *pair = EVP_EC_gen("P-256");
    bool done = pair != NULL && take_numbers(out, pair);

    EVP_PKEY_free(pair);
    if (done)
        return GH_OK;
    gh_wipe(out, sizeof(*out));
    ERR_clear_error();
    return GH_BUG;
}

/* OpenSSL wants the secret number in the machine's byte order; the copy is wiped by the caller. */
static EVP_PKEY *
load(const struct gh_p256 *key, unsigned char *number)
{
    char group[] = "P-256";
    unsigned char point[GH_P256_POINT_BYTES];
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    EVP_PKEY *pair = NULL;
    OSSL_PARAM params[4];

    for (size_t i = 0; i < GH_P256_PRIVATE_BYTES; i++)
        number[i] = key->secret[__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? GH_P256_PRIVATE_BYTES - 1 - i : i];
    memcpy(point, key->point, sizeof(point));
    params[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0);
    params[1] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point));
    params[2] = OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, number, GH_P256_PRIVATE_BYTES);
    params[3] = OSSL_PARAM_construct_end();
    if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 || EVP_PKEY_fromdata(ctx, &pair, EVP_PKEY_KEYPAIR, params) != 1)
        pair = NULL;
    EVP_PKEY_CTX_free(ctx);
    return pair;
}

/* DER -> R || S of fixed size. */
static bool
flatten(uint8_t sig[GH_P256_SIG_BYTES], const unsigned char *der, size_t n)
{
    ECDSA_SIG *parsed = d2i_ECDSA_SIG(NULL, &der, (long)n);
    bool done = parsed != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(parsed), sig, FIELD_BYTES) == FIELD_BYTES &&
                BN_bn2binpad(ECDSA_SIG_get0_s(parsed), sig + FIELD_BYTES, FIELD_BYTES) == FIELD_BYTES;

    ECDSA_SIG_free(parsed);
    return done;
}

enum gh_rc
gh_p256_sign(uint8_t sig[GH_P256_SIG_BYTES], const struct gh_p256 *key, struct gh_str msg)
{
    unsigned char number[GH_P256_PRIVATE_BYTES], der[DER_BYTES_MAX];
    EVP_PKEY *pair = load(key, number);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    size_t n = sizeof(der);
    bool done = pair != NULL && ctx != NULL && EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, pair) == 1 &&
                EVP_DigestSign(ctx, der, &n, (const unsigned char *)msg.p, msg.n) == 1 && flatten(sig, der, n);

    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(pair);
    gh_wipe(number, sizeof(number));
    if (!done)
        ERR_clear_error();
    return done ? GH_OK : GH_BUG;
}

enum gh_rc
gh_p256_put_spki(struct gh_buf *out, const struct gh_p256 *key)
{
    struct gh_spki spki = {.kind = GH_KEY_EC,
        .bits = 256,
        .x = gh_str(key->point + 1, FIELD_BYTES),
        .y = gh_str(key->point + 1 + FIELD_BYTES, FIELD_BYTES)};

    return gh_spki_put(out, &spki);
}
