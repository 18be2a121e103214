/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nothing is kept between calls (core has no globals): digests and ciphers are the library's own constant objects, contexts live for one
 * call. Every failure empties OpenSSL's error queue, which the TLS code of the same thread would otherwise take for its own.
 */
#include "base/crypto.h"

#include <limits.h>

#define OPENSSL_SUPPRESS_DEPRECATED /* for SHA256_Init: a digest by EVP looks its algorithm up and allocates, each time */
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>

#include "base/limits.h"
#include "base/spki.h"

/* ---- the table of algorithms ---- */

enum { ECDSA_FIELD_BYTES_MAX = 66, ECDSA_DER_BYTES_MAX = 3 + 2 * (3 + ECDSA_FIELD_BYTES_MAX) };

static const struct alg_row {
    struct gh_str name;
    enum gh_key_kind kind;
    bool is_pss;
    uint32_t curve_bits; /* EC: the only curve that fits */
    size_t field_bytes;  /* EC: size of R and of S       */
    const EVP_MD *(*digest)(void);
} alg_rows[GH_ALG_COUNT] = {
    // clang-format off
    [GH_ALG_RS256] = {GH_STR_INIT("RS256"), GH_KEY_RSA, false, 0, 0, EVP_sha256},
    [GH_ALG_RS384] = {GH_STR_INIT("RS384"), GH_KEY_RSA, false, 0, 0, EVP_sha384},
    [GH_ALG_RS512] = {GH_STR_INIT("RS512"), GH_KEY_RSA, false, 0, 0, EVP_sha512},
    [GH_ALG_PS256] = {GH_STR_INIT("PS256"), GH_KEY_RSA, true, 0, 0, EVP_sha256},
    [GH_ALG_PS384] = {GH_STR_INIT("PS384"), GH_KEY_RSA, true, 0, 0, EVP_sha384},
    [GH_ALG_PS512] = {GH_STR_INIT("PS512"), GH_KEY_RSA, true, 0, 0, EVP_sha512},
    [GH_ALG_ES256] = {GH_STR_INIT("ES256"), GH_KEY_EC, false, 256, 32, EVP_sha256},
    [GH_ALG_ES384] = {GH_STR_INIT("ES384"), GH_KEY_EC, false, 384, 48, EVP_sha384},
    [GH_ALG_ES512] = {GH_STR_INIT("ES512"), GH_KEY_EC, false, 521, 66, EVP_sha512},
    [GH_ALG_EDDSA] = {GH_STR_INIT("EdDSA"), GH_KEY_ED25519, false, 0, 0, NULL},
    // clang-format on
};

enum gh_alg
gh_alg_find(struct gh_str name)
{
    for (enum gh_alg alg = GH_ALG_NONE + 1; alg < GH_ALG_COUNT; alg++)
        if (gh_str_eq(name, alg_rows[alg].name))
            return alg;
    return GH_ALG_NONE;
}

struct gh_str
gh_alg_name(enum gh_alg alg)
{
    return alg > GH_ALG_NONE && alg < GH_ALG_COUNT ? alg_rows[alg].name : GH_STR("");
}

static enum gh_rc
fail(enum gh_rc rc)
{
    ERR_clear_error();
    return rc;
}

static const unsigned char *
bytes(struct gh_str s)
{
    return (const unsigned char *)s.p;
}

/* ---- digests ---- */

enum gh_rc
gh_sha256(uint8_t out[GH_SHA256_BYTES], struct gh_str in)
{
    SHA256_CTX ctx;
    bool is_good = SHA256_Init(&ctx) == 1 && SHA256_Update(&ctx, in.p, in.n) == 1 && SHA256_Final(out, &ctx) == 1;

    return is_good ? GH_OK : fail(GH_BUG);
}

enum gh_rc
gh_sha256_v(uint8_t out[GH_SHA256_BYTES], const struct gh_str *parts, size_t n)
{
    SHA256_CTX ctx;
    bool is_good = SHA256_Init(&ctx) == 1;

    for (size_t i = 0; i < n && is_good; i++)
        is_good = SHA256_Update(&ctx, parts[i].p, parts[i].n) == 1;
    is_good = is_good && SHA256_Final(out, &ctx) == 1;
    gh_wipe(&ctx, sizeof(ctx)); /* a key may be one of the parts */
    return is_good ? GH_OK : fail(GH_BUG);
}

/* RFC 2104. OpenSSL's own looks the algorithm up by its name each time, which takes longer than the digests of all but long texts. */
enum gh_rc
gh_hmac_sha256(uint8_t out[GH_SHA256_BYTES], struct gh_str key, struct gh_str in)
{
    uint8_t inner[SHA256_CBLOCK] = {0}, outer[SHA256_CBLOCK], digest[GH_SHA256_BYTES];
    enum gh_rc rc = GH_OK;

    if (key.n > sizeof(inner))
        rc = gh_sha256(inner, key);
    else if (key.n > 0)
        memcpy(inner, key.p, key.n);
    for (size_t i = 0; i < sizeof(inner); i++) {
        outer[i] = inner[i] ^ 0x5c;
        inner[i] ^= 0x36;
    }
    if (rc == GH_OK)
        rc = gh_sha256_v(digest, (const struct gh_str[]){gh_str(inner, sizeof(inner)), in}, 2);
    if (rc == GH_OK)
        rc = gh_sha256_v(out, (const struct gh_str[]){gh_str(outer, sizeof(outer)), gh_str(digest, sizeof(digest))}, 2);
    gh_wipe(inner, sizeof(inner));
    gh_wipe(outer, sizeof(outer));
    return rc;
}

/* ---- public keys: a struct gh_pubkey is never defined, a pointer to one is OpenSSL's EVP_PKEY ---- */

static EVP_PKEY *
evp(const struct gh_pubkey *key)
{
    return (EVP_PKEY *)(uintptr_t)key; /* verification does not change a key */
}

static EVP_PKEY *
key_from_params(const char *type, OSSL_PARAM *params)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *key = NULL;

    if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 || EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
        key = NULL;
    EVP_PKEY_CTX_free(ctx);
    return key;
}

/* OpenSSL's parameters are in the byte order of the machine, ours in network order. */
static OSSL_PARAM
number_param(const char *name, unsigned char *room, struct gh_str big_endian)
{
    for (size_t i = 0; i < big_endian.n; i++) {
        size_t from = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? big_endian.n - 1 - i : i;

        room[i] = (unsigned char)big_endian.p[from];
    }
    return OSSL_PARAM_construct_BN(name, room, big_endian.n);
}

static EVP_PKEY *
new_rsa(const struct gh_spki *spki)
{
    unsigned char n[GH_RSA_BITS_MAX / 8], e[4];
    OSSL_PARAM params[] = {
        number_param(OSSL_PKEY_PARAM_RSA_N, n, spki->n),
        number_param(OSSL_PKEY_PARAM_RSA_E, e, spki->e),
        OSSL_PARAM_construct_end(),
    };

    return key_from_params("RSA", params);
}

/* Making the point from its bytes proves that it lies on the curve; the curves have cofactor 1, so that is enough. */
static EVP_PKEY *
new_ec(const struct gh_spki *spki)
{
    char group[8];
    unsigned char point[1 + 2 * ECDSA_FIELD_BYTES_MAX];
    struct gh_str name = gh_spki_curve_name(spki->bits);
    OSSL_PARAM params[3];

    memcpy(point, spki->point.p, spki->point.n);
    memcpy(group, name.p, name.n + 1);
    params[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, name.n);
    params[1] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, spki->point.n);
    params[2] = OSSL_PARAM_construct_end();
    return key_from_params("EC", params);
}

static EVP_PKEY *
new_key(const struct gh_spki *spki)
{
    switch (spki->kind) {
    case GH_KEY_RSA:
        return new_rsa(spki);
    case GH_KEY_EC:
        return new_ec(spki);
    case GH_KEY_ED25519:
        return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, bytes(spki->x), spki->x.n);
    case GH_KEY_NONE:
        return NULL;
    }
    return NULL;
}

enum gh_rc
gh_pubkey_read_der(struct gh_pubkey **out, struct gh_str der, struct gh_err *err)
{
    struct gh_spki spki;
    EVP_PKEY *key;
    enum gh_rc rc;

    *out = NULL;
    if ((rc = gh_spki_read(&spki, der, err)) != GH_OK)
        return rc == GH_LIMIT ? GH_BAD : rc;
    if ((key = new_key(&spki)) == NULL)
        return gh_fail(err, fail(GH_BAD), 0, "not a usable public key (point off its curve)");
    *out = (struct gh_pubkey *)key;
    return GH_OK;
}

void
gh_pubkey_free(struct gh_pubkey *key)
{
    EVP_PKEY_free(evp(key));
}

bool
gh_pubkey_fits(const struct gh_pubkey *key, enum gh_alg alg)
{
    static const int types[] = {
        [GH_KEY_NONE] = EVP_PKEY_NONE, [GH_KEY_RSA] = EVP_PKEY_RSA, [GH_KEY_EC] = EVP_PKEY_EC, [GH_KEY_ED25519] = EVP_PKEY_ED25519};
    const struct alg_row *row;

    if (key == NULL || alg <= GH_ALG_NONE || alg >= GH_ALG_COUNT)
        return false;
    row = &alg_rows[alg];
    if (EVP_PKEY_get_base_id(evp(key)) != types[row->kind])
        return false;
    return row->kind != GH_KEY_EC || EVP_PKEY_get_bits(evp(key)) == (int)row->curve_bits;
}

/* ---- signatures ---- */

/* One INTEGER from a number of fixed size; the end of what was written. */
static unsigned char *
put_der_integer(unsigned char *p, struct gh_str number)
{
    size_t skip = 0, n;
    bool sign;

    while (skip + 1 < number.n && number.p[skip] == 0)
        skip++;
    n = number.n - skip;
    sign = (number.p[skip] & 0x80) != 0;
    *p++ = 0x02;
    *p++ = (unsigned char)(n + sign);
    if (sign)
        *p++ = 0;
    memcpy(p, number.p + skip, n);
    return p + n;
}

/* R || S, whose size the caller has checked -> the SEQUENCE that OpenSSL verifies. */
static size_t
ecdsa_to_der(unsigned char out[ECDSA_DER_BYTES_MAX], struct gh_str sig)
{
    unsigned char body[ECDSA_DER_BYTES_MAX], *end, *p = out;
    size_t n;

    end = put_der_integer(body, gh_str_sub(sig, 0, sig.n / 2));
    end = put_der_integer(end, gh_str_sub(sig, sig.n / 2, sig.n / 2));
    n = (size_t)(end - body);
    *p++ = 0x30;
    if (n >= 0x80)
        *p++ = 0x81;
    *p++ = (unsigned char)n;
    memcpy(p, body, n);
    return (size_t)(p - out) + n;
}

static bool
start_verify(EVP_MD_CTX *ctx, const struct gh_pubkey *key, const struct alg_row *row)
{
    EVP_PKEY_CTX *pctx = NULL; /* belongs to ctx */

    if (EVP_DigestVerifyInit(ctx, &pctx, row->digest == NULL ? NULL : row->digest(), NULL, evp(key)) != 1)
        return false;
    if (!row->is_pss)
        return true;
    /* RFC 7518 section 3.5: the salt is as long as the digest, MGF1 uses the same digest (OpenSSL's default) */
    return EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, RSA_PSS_SALTLEN_DIGEST) == 1;
}

enum gh_rc
gh_sig_verify(const struct gh_pubkey *key, enum gh_alg alg, struct gh_str msg, struct gh_str sig)
{
    unsigned char der[ECDSA_DER_BYTES_MAX];
    EVP_MD_CTX *ctx;
    enum gh_rc rc;

    if (!gh_pubkey_fits(key, alg))
        return GH_BAD;
    if (alg_rows[alg].kind == GH_KEY_EC) {
        if (sig.n != 2 * alg_rows[alg].field_bytes)
            return GH_BAD;
        sig = gh_str(der, ecdsa_to_der(der, sig));
    }
    if ((ctx = EVP_MD_CTX_new()) == NULL)
        return fail(GH_NOMEM);
    if (!start_verify(ctx, key, &alg_rows[alg]))
        rc = GH_BUG;
    else
        rc = EVP_DigestVerify(ctx, bytes(sig), sig.n, bytes(msg), msg.n) == 1 ? GH_OK : GH_BAD;
    EVP_MD_CTX_free(ctx);
    return rc == GH_OK ? GH_OK : fail(rc);
}

/* ---- AES-256-GCM ---- */

static bool
start_gcm(EVP_CIPHER_CTX *ctx, bool is_seal, const uint8_t *key, const uint8_t *nonce, struct gh_str aad)
{
    int n;

    /* 12 bytes are the default length of a GCM nonce */
    if (EVP_CipherInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, nonce, is_seal) != 1)
        return false;
    return aad.n == 0 || EVP_CipherUpdate(ctx, NULL, &n, bytes(aad), (int)aad.n) == 1;
}

static bool
run_gcm(EVP_CIPHER_CTX *ctx, unsigned char *out, struct gh_str in)
{
    int n = 0;

    return in.n == 0 || (EVP_CipherUpdate(ctx, out, &n, bytes(in), (int)in.n) == 1 && (size_t)n == in.n);
}

enum gh_rc
gh_aead_seal(struct gh_buf *out, const uint8_t key[GH_AEAD_KEY_BYTES], const uint8_t nonce[GH_AEAD_NONCE_BYTES], struct gh_str aad,
    struct gh_str plain)
{
    EVP_CIPHER_CTX *ctx;
    unsigned char *to;
    bool done;
    int n;

    if (aad.n > INT_MAX || plain.n > INT_MAX - GH_AEAD_TAG_BYTES)
        return GH_LIMIT;
    if ((to = (unsigned char *)gh_buf_reserve(out, plain.n + GH_AEAD_TAG_BYTES)) == NULL)
        return out->rc;
    if ((ctx = EVP_CIPHER_CTX_new()) == NULL)
        return fail(GH_NOMEM);
    done = start_gcm(ctx, true, key, nonce, aad) && run_gcm(ctx, to, plain) && EVP_CipherFinal_ex(ctx, to + plain.n, &n) == 1 &&
           EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, GH_AEAD_TAG_BYTES, to + plain.n) == 1;
    EVP_CIPHER_CTX_free(ctx);
    return done ? GH_OK : fail(GH_BUG);
}

enum gh_rc
gh_aead_open(struct gh_buf *out, const uint8_t key[GH_AEAD_KEY_BYTES], const uint8_t nonce[GH_AEAD_NONCE_BYTES], struct gh_str aad,
    struct gh_str sealed)
{
    struct gh_str text, tag;
    EVP_CIPHER_CTX *ctx;
    unsigned char *to, last[GH_AEAD_TAG_BYTES];
    bool done;
    int n;

    if (sealed.n < GH_AEAD_TAG_BYTES)
        return GH_BAD;
    if (aad.n > INT_MAX || sealed.n > INT_MAX)
        return GH_LIMIT;
    text = gh_str_sub(sealed, 0, sealed.n - GH_AEAD_TAG_BYTES);
    tag = gh_str_sub(sealed, text.n, GH_AEAD_TAG_BYTES);
    if ((to = (unsigned char *)gh_buf_reserve(out, text.n)) == NULL)
        return out->rc;
    if ((ctx = EVP_CIPHER_CTX_new()) == NULL)
        return fail(GH_NOMEM);
    done = start_gcm(ctx, false, key, nonce, aad) && run_gcm(ctx, to, text) &&
           EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, GH_AEAD_TAG_BYTES, (void *)(uintptr_t)tag.p) == 1 &&
           EVP_CipherFinal_ex(ctx, last, &n) == 1;
    EVP_CIPHER_CTX_free(ctx);
    if (done)
        return GH_OK;
    gh_wipe(to, text.n); /* not authentic: nobody may see it */
    out->n -= text.n;
    return fail(GH_BAD);
}
