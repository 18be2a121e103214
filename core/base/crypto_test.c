/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include <stdlib.h>

#include "base/codec.h"
#include "base/crypto.h"
#include "base/spki.h"
#include "jose_vectors.h"

static struct gh_str
hex(struct gh_arena *a, const char *text)
{
    struct gh_str out;

    assert_int_equal(gh_hex_decode(&out, a, gh_str_z(text)), GH_OK);
    return out;
}

static struct gh_str
b64(struct gh_arena *a, const char *text)
{
    struct gh_str out;

    assert_int_equal(gh_b64url_decode(&out, a, gh_str_z(text)), GH_OK);
    return out;
}

static void
assert_bytes(const void *got, size_t n, struct gh_str want)
{
    assert_int_equal(n, want.n);
    assert_memory_equal(got, want.p, want.n);
}

/* ---- digests ---- */

static void
digests(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_str abc = GH_STR("abc"), parts[3] = {GH_STR("a"), GH_STR(""), GH_STR("bc")};
    uint8_t out[GH_SHA256_BYTES];

    (void)state;
    /* FIPS 180-2 appendix B.1 */
    assert_int_equal(gh_sha256(out, abc), GH_OK);
    assert_bytes(out, sizeof(out), hex(&a, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    assert_int_equal(gh_sha256_v(out, parts, 3), GH_OK);
    assert_bytes(out, sizeof(out), hex(&a, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    assert_int_equal(gh_sha256(out, gh_str(NULL, 0)), GH_OK);
    assert_bytes(out, sizeof(out), hex(&a, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
    /* RFC 4231 section 4.3 */
    assert_int_equal(gh_hmac_sha256(out, GH_STR("Jefe"), GH_STR("what do ya want for nothing?")), GH_OK);
    assert_bytes(out, sizeof(out), hex(&a, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"));
    assert_int_equal(gh_hmac_sha256(out, gh_str(NULL, 0), gh_str(NULL, 0)), GH_OK);
    assert_bytes(out, sizeof(out), hex(&a, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"));
    /* RFC 4231 sections 4.2, 4.7 and 4.8: a short key, and one that is longer than a block, of a short and of a long text */
    struct gh_str twenty = hex(&a, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b");
    char aa[131];
    memset(aa, 0xaa, sizeof(aa));
    assert_int_equal(gh_hmac_sha256(out, twenty, GH_STR("Hi There")), GH_OK);
    assert_bytes(out, sizeof(out), hex(&a, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"));
    assert_int_equal(
        gh_hmac_sha256(out, gh_str(aa, sizeof(aa)), GH_STR("Test Using Larger Than Block-Size Key - Hash Key First")), GH_OK);
    assert_bytes(out, sizeof(out), hex(&a, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"));
    assert_int_equal(
        gh_hmac_sha256(out, gh_str(aa, sizeof(aa)),
            GH_STR("This is a test using a larger than block-size key and a larger than block-size data. The key needs to "
                   "be hashed before being used by the HMAC algorithm.")),
        GH_OK);
    assert_bytes(out, sizeof(out), hex(&a, "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"));
    gh_arena_fini(&a);
}

/* ---- algorithms ---- */

static void
algorithm_names(void **state)
{
    static const char *const refused[] = {"", "none", "None", "HS256", "HS512", "rs256", "ES256K", "EdDSA ", "ES521", "RSA-OAEP"};
    size_t n = 0;

    (void)state;
    for (enum gh_alg alg = GH_ALG_NONE + 1; alg < GH_ALG_COUNT; alg++, n++)
        assert_int_equal(gh_alg_find(gh_alg_name(alg)), alg);
    assert_int_equal(n, 10);
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        assert_int_equal(gh_alg_find(gh_str_z(refused[i])), GH_ALG_NONE);
    assert_int_equal(gh_alg_name(GH_ALG_NONE).n, 0);
    assert_int_equal(gh_alg_name(GH_ALG_COUNT).n, 0);
}

/* ---- signatures ---- */

static const struct signature {
    const char *name, *spki, *message, *sig;
    enum gh_alg alg;
} signatures[] = {
    {"RFC 7515 A.2", RFC7515_A2_SPKI, RFC7515_A2_SIGNED, RFC7515_A2_SIG, GH_ALG_RS256},
    {"RFC 7515 A.3", RFC7515_A3_SPKI, RFC7515_A3_SIGNED, RFC7515_A3_SIG, GH_ALG_ES256},
    {"RFC 7515 A.4", RFC7515_A4_SPKI, RFC7515_A4_SIGNED, RFC7515_A4_SIG, GH_ALG_ES512},
    {"RFC 8037 A.4", RFC8037_A4_SPKI, RFC8037_A4_SIGNED, RFC8037_A4_SIG, GH_ALG_EDDSA},
    {"own ES384", OWN_ES384_SPKI, "Gatehouse", OWN_ES384_SIG, GH_ALG_ES384},
};

/* The algorithms of the key's own kind; any other must find the key unfit and the signature bad. */
static bool
is_same_family(enum gh_alg a, enum gh_alg b)
{
    bool a_rsa = a <= GH_ALG_PS512, b_rsa = b <= GH_ALG_PS512;

    return a == b || (a_rsa && b_rsa);
}

static void
check_signature(const struct signature *v)
{
    struct gh_arena a = gh_test_arena();
    struct gh_str message = gh_str_z(v->message), sig = b64(&a, v->sig), changed;
    struct gh_pubkey *key;

    print_message("# %s\n", v->name);
    assert_int_equal(gh_pubkey_read_der(&key, b64(&a, v->spki), NULL), GH_OK);
    assert_int_equal(gh_sig_verify(key, v->alg, message, sig), GH_OK);
    for (enum gh_alg alg = GH_ALG_NONE; alg <= GH_ALG_COUNT; alg++) {
        assert_int_equal(gh_pubkey_fits(key, alg), alg != GH_ALG_NONE && alg != GH_ALG_COUNT && is_same_family(alg, v->alg));
        if (alg != v->alg)
            assert_int_equal(gh_sig_verify(key, alg, message, sig), GH_BAD);
    }
    for (size_t i = 0; i <= sig.n; i++) /* every length but the right one */
        assert_int_equal(gh_sig_verify(key, v->alg, message, gh_str_sub(sig, 0, i)), i == sig.n ? GH_OK : GH_BAD);
    assert_int_equal(gh_arena_dup(&changed, &a, sig), GH_OK);
    for (size_t i = 0; i < sig.n; i++) {
        ((char *)(uintptr_t)changed.p)[i] ^= 0x10;
        assert_int_equal(gh_sig_verify(key, v->alg, message, changed), GH_BAD);
        ((char *)(uintptr_t)changed.p)[i] ^= 0x10;
    }
    assert_int_equal(gh_sig_verify(key, v->alg, gh_str_sub(message, 1, message.n), sig), GH_BAD);
    gh_pubkey_free(key);
    gh_arena_fini(&a);
}

static void
signature_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(signatures) / sizeof(signatures[0]); i++)
        check_signature(&signatures[i]);
    assert_false(gh_pubkey_fits(NULL, GH_ALG_ES256));
    gh_pubkey_free(NULL);
}

/* One byte more in front (R || S with a leading zero) or behind is another signature form. */
static void
ecdsa_has_one_size(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_str sig = b64(&a, RFC7515_A3_SIG);
    char padded[66] = {0};
    struct gh_pubkey *key;

    (void)state;
    assert_int_equal(gh_pubkey_read_der(&key, b64(&a, RFC7515_A3_SPKI), NULL), GH_OK);
    memcpy(padded + 1, sig.p, 32);
    memcpy(padded + 34, sig.p + 32, 32);
    assert_int_equal(gh_sig_verify(key, GH_ALG_ES256, GH_STR(RFC7515_A3_SIGNED), gh_str(padded, 66)), GH_BAD);
    memcpy(padded, sig.p, 64);
    assert_int_equal(gh_sig_verify(key, GH_ALG_ES256, GH_STR(RFC7515_A3_SIGNED), gh_str(padded, 64)), GH_OK);
    assert_int_equal(gh_sig_verify(key, GH_ALG_ES256, GH_STR(RFC7515_A3_SIGNED), gh_str(padded, 65)), GH_BAD);
    memset(padded, 0, sizeof(padded));
    assert_int_equal(gh_sig_verify(key, GH_ALG_ES256, GH_STR(RFC7515_A3_SIGNED), gh_str(padded, 64)), GH_BAD);
    memset(padded, 0xff, sizeof(padded));
    assert_int_equal(gh_sig_verify(key, GH_ALG_ES256, GH_STR(RFC7515_A3_SIGNED), gh_str(padded, 64)), GH_BAD);
    gh_pubkey_free(key);
    gh_arena_fini(&a);
}

/* ---- AES-256-GCM ---- */

static void
gcm_vectors(void **state)
{
    struct gh_arena a = gh_test_arena();
    /* test cases 13 and 16 of the specification that NIST SP 800-38D took over */
    struct gh_str key = hex(&a, "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
    struct gh_str nonce = hex(&a, "cafebabefacedbaddecaf888"), aad = hex(&a, "feedfacedeadbeeffeedfacedeadbeefabaddad2");
    struct gh_str plain = hex(&a, "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                                  "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
    struct gh_str sealed = hex(&a, "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                                   "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
                                   "76fc6ece0f4e1768cddf8853bb2d551b");
    static const uint8_t zero[32];
    char memory[128];
    struct gh_buf out;

    (void)state;
    gh_buf_init_fixed(&out, memory, sizeof(memory));
    assert_int_equal(gh_aead_seal(&out, (const uint8_t *)key.p, (const uint8_t *)nonce.p, aad, plain), GH_OK);
    assert_bytes(out.p, out.n, sealed);
    gh_buf_init_fixed(&out, memory, sizeof(memory));
    assert_int_equal(gh_aead_open(&out, (const uint8_t *)key.p, (const uint8_t *)nonce.p, aad, sealed), GH_OK);
    assert_bytes(out.p, out.n, plain);

    gh_buf_init_fixed(&out, memory, sizeof(memory));
    assert_int_equal(gh_aead_seal(&out, zero, zero, gh_str(NULL, 0), gh_str(NULL, 0)), GH_OK);
    assert_bytes(out.p, out.n, hex(&a, "530f8afbc74536b9a963b4f1c4cb738b"));
    gh_buf_init_fixed(&out, memory, sizeof(memory));
    assert_int_equal(gh_aead_open(&out, zero, zero, gh_str(NULL, 0), hex(&a, "530f8afbc74536b9a963b4f1c4cb738b")), GH_OK);
    assert_int_equal(out.n, 0);
    gh_arena_fini(&a);
}

/* Nothing that is not authentic comes out, not even into the buffer's memory. */
static void
gcm_refuses_changes(void **state)
{
    struct gh_arena a = gh_test_arena();
    static const uint8_t key[32] = {1}, other_key[32] = {2}, nonce[12] = {3}, other_nonce[12] = {4};
    struct gh_str plain = GH_STR("a secret of some length"), aad = GH_STR("who, where"), sealed, copy;
    char memory[64];
    struct gh_buf out;

    (void)state;
    gh_buf_init(&out, &a, 64);
    assert_int_equal(gh_aead_seal(&out, key, nonce, aad, plain), GH_OK);
    sealed = gh_buf_str(&out);
    assert_int_equal(gh_arena_dup(&copy, &a, sealed), GH_OK);

    for (size_t i = 0; i < sealed.n; i++) {
        gh_buf_init_fixed(&out, memory, sizeof(memory));
        memset(memory, 0, sizeof(memory));
        ((char *)(uintptr_t)copy.p)[i] ^= 1;
        assert_int_equal(gh_aead_open(&out, key, nonce, aad, copy), GH_BAD);
        ((char *)(uintptr_t)copy.p)[i] ^= 1;
        assert_int_equal(out.n, 0);
        for (size_t k = 0; k < sizeof(memory); k++)
            assert_int_equal(memory[k], 0);
        assert_int_equal(gh_aead_open(&out, key, nonce, aad, gh_str_sub(sealed, 0, i)), GH_BAD);
    }
    gh_buf_init_fixed(&out, memory, sizeof(memory));
    assert_int_equal(gh_aead_open(&out, other_key, nonce, aad, sealed), GH_BAD);
    assert_int_equal(gh_aead_open(&out, key, other_nonce, aad, sealed), GH_BAD);
    assert_int_equal(gh_aead_open(&out, key, nonce, GH_STR("who, wher"), sealed), GH_BAD);
    assert_int_equal(gh_aead_open(&out, key, nonce, aad, sealed), GH_OK);
    assert_bytes(out.p, out.n, plain);

    gh_buf_init_fixed(&out, memory, plain.n + GH_AEAD_TAG_BYTES - 1); /* no room */
    assert_int_equal(gh_aead_seal(&out, key, nonce, aad, plain), GH_LIMIT);
    gh_arena_fini(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests),
        cmocka_unit_test(algorithm_names),
        cmocka_unit_test(signature_vectors),
        cmocka_unit_test(ecdsa_has_one_size),
        cmocka_unit_test(gcm_vectors),
        cmocka_unit_test(gcm_refuses_changes),
    };

    return cmocka_run_group_tests_name("crypto", tests, NULL, NULL);
}
