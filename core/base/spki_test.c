/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include <stdlib.h>

#include "base/codec.h"
#include "base/crypto.h"
#include "base/spki.h"
#include "jose_vectors.h"

static struct gh_str
b64(struct gh_arena *a, const char *text)
{
    struct gh_str out;

    assert_int_equal(gh_b64url_decode(&out, a, gh_str_z(text)), GH_OK);
    return out;
}

static const struct good_key {
    const char *name, *spki;
    enum gh_key_kind kind;
    uint32_t bits;
} good_keys[] = {
    {"RSA 2048", RFC7515_A2_SPKI, GH_KEY_RSA, 2048},
    {"P-256", RFC7515_A3_SPKI, GH_KEY_EC, 256},
    {"P-384", OWN_ES384_SPKI, GH_KEY_EC, 384},
    {"P-521", RFC7515_A4_SPKI, GH_KEY_EC, 521},
    {"Ed25519", RFC8037_A4_SPKI, GH_KEY_ED25519, 256},
};

enum { GOOD_KEYS = sizeof(good_keys) / sizeof(good_keys[0]) };

/* What is read, written again: one encoding for each key. */
static enum gh_rc
read_and_write(struct gh_buf *meaning, struct gh_arena *a, struct gh_str der)
{
    struct gh_spki key;
    enum gh_rc rc = gh_spki_read(&key, der, NULL);
    size_t start = meaning->n;

    (void)a;
    if (rc != GH_OK)
        return rc;
    assert_int_equal(gh_spki_put(meaning, &key), GH_OK);
    assert_true(gh_str_eq(gh_str(meaning->p + start, meaning->n - start), der));
    return GH_OK;
}

static void
round_trip(void **state)
{
    struct gh_arena a = gh_test_arena();

    (void)state;
    for (size_t i = 0; i < GOOD_KEYS; i++) {
        struct gh_str der = b64(&a, good_keys[i].spki);
        struct gh_spki key;

        print_message("# %s\n", good_keys[i].name);
        assert_int_equal(gh_spki_read(&key, der, NULL), GH_OK);
        assert_int_equal(key.kind, good_keys[i].kind);
        assert_int_equal(key.bits, good_keys[i].bits);
        gh_test_mangle(read_and_write, der, false);
        gh_test_page(read_and_write, der);
    }
    gh_arena_fini(&a);
}

/* RSA keys made from the RFC's modulus by one change. `cut` bytes are taken off the modulus. */
static const struct rsa_case {
    const char *name;
    struct gh_str e;
    size_t cut;
    uint8_t last; /* of the modulus, if not 0 */
    enum gh_rc put, read;
} rsa_cases[] = {
    {"as it is", GH_STR_INIT("\x01\x00\x01"), 0, 0, GH_OK, GH_OK},
    {"exponent 3", GH_STR_INIT("\x03"), 0, 0, GH_OK, GH_OK},
    {"exponent 1", GH_STR_INIT("\x01"), 0, 0, GH_OK, GH_BAD},
    {"exponent even", GH_STR_INIT("\x01\x00\x02"), 0, 0, GH_OK, GH_BAD},
    {"exponent of 32 bits", GH_STR_INIT("\xff\xff\xff\xff"), 0, 0, GH_OK, GH_OK},
    {"exponent of 33 bits", GH_STR_INIT("\x01\x01\x01\x01\x01"), 0, 0, GH_BAD, GH_BAD},
    {"no exponent", GH_STR_INIT(""), 0, 0, GH_BAD, GH_BAD},
    {"modulus even", GH_STR_INIT("\x01\x00\x01"), 0, 0xa2, GH_OK, GH_BAD},
    {"modulus of 2040 bits", GH_STR_INIT("\x01\x00\x01"), 1, 0xa1, GH_OK, GH_LIMIT},
    {"modulus of 1024 bits", GH_STR_INIT("\x01\x00\x01"), 128, 0xa1, GH_OK, GH_LIMIT},
};

static void
rsa_bounds(void **state)
{
    struct gh_arena a = gh_test_arena();

    (void)state;
    for (size_t i = 0; i < sizeof(rsa_cases) / sizeof(rsa_cases[0]); i++) {
        const struct rsa_case *c = &rsa_cases[i];
        struct gh_spki key = {.kind = GH_KEY_RSA, .n = b64(&a, RFC7515_A2_N)}, back;
        struct gh_pubkey *pubkey;
        struct gh_buf der;

        print_message("# %s\n", c->name);
        key.n = gh_str_sub(key.n, 0, key.n.n - c->cut);
        key.e = c->e;
        if (c->last != 0)
            ((char *)(uintptr_t)key.n.p)[key.n.n - 1] = (char)c->last;
        gh_buf_init(&der, &a, GH_SPKI_BYTES_MAX);
        assert_int_equal(gh_spki_put(&der, &key), c->put);
        if (c->put != GH_OK)
            continue;
        assert_int_equal(gh_spki_read(&back, gh_buf_str(&der), NULL), c->read);
        assert_int_equal(gh_pubkey_read_der(&pubkey, gh_buf_str(&der), NULL), c->read == GH_OK ? GH_OK : GH_BAD);
        gh_pubkey_free(pubkey);
    }
    gh_arena_fini(&a);
}

static void
rsa_of_8193_bits(void **state)
{
    struct gh_arena a = gh_test_arena();
    char modulus[1025];
    struct gh_spki key = {.kind = GH_KEY_RSA, .n = gh_str(modulus, 1024), .e = GH_STR("\x01\x00\x01")}, back;
    struct gh_buf der;

    (void)state;
    memset(modulus, 0x81, sizeof(modulus));
    gh_buf_init(&der, &a, GH_SPKI_BYTES_MAX);
    assert_int_equal(gh_spki_put(&der, &key), GH_OK);
    assert_int_equal(gh_spki_read(&back, gh_buf_str(&der), NULL), GH_OK);
    assert_int_equal(back.bits, 8192);
    key.n = gh_str(modulus, 1025);
    gh_buf_init(&der, &a, GH_SPKI_BYTES_MAX);
    assert_int_equal(gh_spki_put(&der, &key), GH_BAD);
    gh_arena_fini(&a);
}

/* In base64url, all refused. */
static const struct refused_key {
    const char *name, *spki;
} refused_keys[] = {
    {"secp256k1",
        "MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAEUKrVbU3IfWYuWAXOWD6jQiwm_Q7LK7riOY6shwR02YMAZQ3SdtEQNgZ_i-EZCNjNs0Gcqt50pxKQO8z8GvLw9w"},
    {"P-256 point off the curve", "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEXH8UTNG72bfocs3-"
                                  "257rn0s2ldbqkLJK2KRiMohYjlrg"},
    {"P-256 point compressed", "MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgADf83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"},
    {"X25519", "MCowBQYDK2VuAyEA11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
    {"Ed25519, one byte more", "MCowBQYDK2VwAyEA11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURoA"},
    {"nothing", ""},
};

static void
refused(void **state)
{
    struct gh_arena a = gh_test_arena();

    (void)state;
    for (size_t i = 0; i < sizeof(refused_keys) / sizeof(refused_keys[0]); i++) {
        struct gh_err err = {GH_OK, 0, NULL};
        struct gh_pubkey *key;

        print_message("# %s\n", refused_keys[i].name);
        assert_int_equal(gh_pubkey_read_der(&key, b64(&a, refused_keys[i].spki), &err), GH_BAD);
        assert_null(key);
        assert_non_null(err.what);
    }
    gh_arena_fini(&a);
}

static void
curve_names(void **state)
{
    (void)state;
    assert_int_equal(gh_spki_curve_bits(GH_STR("P-256")), 256);
    assert_int_equal(gh_spki_curve_bits(GH_STR("P-521")), 521);
    assert_int_equal(gh_spki_curve_bits(GH_STR("")), 0);
    assert_int_equal(gh_spki_curve_bits(GH_STR("secp256k1")), 0);
    assert_true(gh_str_eq(gh_spki_curve_name(384), GH_STR("P-384")));
    assert_int_equal(gh_spki_curve_name(255).n, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),
        cmocka_unit_test(rsa_bounds),
        cmocka_unit_test(rsa_of_8193_bits),
        cmocka_unit_test(refused),
        cmocka_unit_test(curve_names),
    };

    return cmocka_run_group_tests_name("spki", tests, NULL, NULL);
}
