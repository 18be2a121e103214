/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include <stdlib.h>

#include "base/codec.h"
#include "base/spki.h"
#include "jose_vectors.h"
#include "token/jwks.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define SET(keys)    "{\"keys\":[" keys "]}"
#define EC_NUMBERS   "\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" RFC7515_A3_X "\",\"y\":\"" RFC7515_A3_Y "\""
#define RSA_NUMBERS  "\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"" RFC7515_A2_N "\""
#define OKP_NUMBERS  "\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" RFC8037_A4_X "\""

static const struct set_case {
    const char *name, *json;
    enum gh_rc rc;
    size_t n, n_skipped;
} set_cases[] = {
    // clang-format off
    {"no key", SET(""), GH_OK, 0, 0},
    {"four kinds", SET(RFC7515_A2_JWK "," RFC7515_A3_JWK "," RFC7515_A4_JWK "," RFC8037_A4_JWK), GH_OK, 4, 0},
    {"use sig", SET("{" EC_NUMBERS ",\"use\":\"sig\"}"), GH_OK, 1, 0},
    {"use enc", SET("{" EC_NUMBERS ",\"use\":\"enc\"}"), GH_OK, 0, 1},
    {"use a number", SET("{" EC_NUMBERS ",\"use\":1}"), GH_OK, 0, 1},
    {"key_ops verify", SET("{" EC_NUMBERS ",\"key_ops\":[\"verify\"]}"), GH_OK, 1, 0},
    {"key_ops encrypt", SET("{" EC_NUMBERS ",\"key_ops\":[\"encrypt\"]}"), GH_OK, 0, 1},
    {"key_ops empty", SET("{" EC_NUMBERS ",\"key_ops\":[]}"), GH_OK, 0, 1},
    {"key_ops text", SET("{" EC_NUMBERS ",\"key_ops\":\"verify\"}"), GH_OK, 0, 1},
    {"alg fits", SET("{" EC_NUMBERS ",\"alg\":\"ES256\"}"), GH_OK, 1, 0},
    {"alg of another curve", SET("{" EC_NUMBERS ",\"alg\":\"ES384\"}"), GH_BAD, 0, 0},
    {"alg of another type", SET("{" EC_NUMBERS ",\"alg\":\"RS256\"}"), GH_BAD, 0, 0},
    {"alg unknown", SET("{" EC_NUMBERS ",\"alg\":\"ES256K\"}"), GH_OK, 0, 1},
    {"alg for encryption", SET("{" RSA_NUMBERS ",\"alg\":\"RSA-OAEP\"}"), GH_OK, 0, 1},
    {"alg PS256 on RSA", SET("{" RSA_NUMBERS ",\"alg\":\"PS256\"}"), GH_OK, 1, 0},
    {"alg none", SET("{" EC_NUMBERS ",\"alg\":\"none\"}"), GH_OK, 0, 1},
    {"private EC", SET("{" EC_NUMBERS ",\"d\":\"AA\"}"), GH_BAD, 0, 0},
    {"private RSA beside a good key", SET(RFC7515_A3_JWK ",{" RSA_NUMBERS ",\"p\":\"AA\"}"), GH_BAD, 0, 0},
    {"private though for encryption", SET("{" RSA_NUMBERS ",\"use\":\"enc\",\"d\":null}"), GH_BAD, 0, 0},
    {"symmetric", SET("{\"kty\":\"oct\",\"k\":\"AAAA\"}"), GH_BAD, 0, 0},
    {"unknown type", SET("{\"kty\":\"AKP\",\"pub\":\"AAAA\"}," RFC7515_A3_JWK), GH_OK, 1, 1},
    {"no type", SET("{\"x\":\"AAAA\"}"), GH_OK, 0, 1},
    {"X25519", SET("{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"" RFC8037_A4_X "\"}"), GH_OK, 0, 1},
    {"secp256k1", SET("{\"kty\":\"EC\",\"crv\":\"secp256k1\",\"x\":\"" RFC7515_A3_X "\",\"y\":\"" RFC7515_A3_Y "\"}"), GH_OK, 0, 1},
    {"off the curve", SET("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" RFC7515_A3_X "\",\"y\":\"" RFC7515_A3_X "\"}"), GH_OK, 0, 1},
    {"P-256 numbers as P-384", SET("{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"" RFC7515_A3_X "\",\"y\":\"" RFC7515_A3_Y "\"}"), GH_OK, 0, 1},
    {"EC without y", SET("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" RFC7515_A3_X "\"}"), GH_OK, 0, 1},
    {"x with padding", SET("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" RFC8037_A4_X "=\"}"), GH_OK, 0, 1},
    {"RSA with a leading zero", SET("{\"kty\":\"RSA\",\"e\":\"AAEAAQ\",\"n\":\"" RFC7515_A2_N "\"}"), GH_OK, 0, 1},
    {"RSA exponent 1", SET("{\"kty\":\"RSA\",\"e\":\"AQ\",\"n\":\"" RFC7515_A2_N "\"}"), GH_OK, 0, 1},
    {"RSA too short", SET("{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"" RFC7515_A3_X "\"}"), GH_OK, 0, 1},
    {"one kid twice", SET("{" EC_NUMBERS ",\"kid\":\"k\"},{" RSA_NUMBERS ",\"kid\":\"k\"}"), GH_BAD, 0, 0},
    {"one kid twice by an escape", SET("{" EC_NUMBERS ",\"kid\":\"k\"},{" RSA_NUMBERS ",\"kid\":\"\\u006b\"}"), GH_BAD, 0, 0},
    {"one key twice without kid", SET("{" EC_NUMBERS "},{" EC_NUMBERS "}"), GH_BAD, 0, 0},
    {"kid shared with a key for encryption", SET("{" EC_NUMBERS ",\"kid\":\"k\"},{" RSA_NUMBERS ",\"kid\":\"k\",\"use\":\"enc\"}"), GH_OK, 1, 1},
    {"kid with NUL", SET("{" EC_NUMBERS ",\"kid\":\"a\\u0000b\"}"), GH_OK, 0, 1},
    {"kid a number", SET("{" EC_NUMBERS ",\"kid\":7}"), GH_OK, 0, 1},
    {"member twice", SET("{" EC_NUMBERS ",\"x\":\"" RFC7515_A3_X "\"}"), GH_BAD, 0, 0},
    {"key no object", SET("1"), GH_BAD, 0, 0},
    {"keys an object", "{\"keys\":{}}", GH_BAD, 0, 0},
    {"no keys", "{}", GH_BAD, 0, 0},
    {"a bare key", RFC7515_A3_JWK, GH_BAD, 0, 0},
    {"a list", "[]", GH_BAD, 0, 0},
    {"an HTML page", "<html></html>", GH_BAD, 0, 0},
    {"ends early", "{\"keys\":[", GH_BAD, 0, 0},
    {"nothing", "", GH_BAD, 0, 0},
    // clang-format on
};

static void
sets(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(set_cases); i++) {
        const struct set_case *c = &set_cases[i];
        struct gh_arena a = gh_test_arena();
        struct gh_err err = {GH_OK, 0, NULL};
        struct gh_jwks set;

        print_message("# %s\n", c->name);
        assert_int_equal(gh_jwks_read(&set, &a, gh_str_z(c->json), &err), c->rc);
        assert_int_equal(set.n, c->n);
        assert_int_equal(set.n_skipped, c->n_skipped);
        assert_int_equal(c->rc == GH_OK, err.what == NULL);
        gh_arena_fini(&a);
    }
}

static struct gh_str
b64(struct gh_arena *a, const char *text)
{
    struct gh_str out;

    assert_int_equal(gh_b64url_decode(&out, a, gh_str_z(text)), GH_OK);
    return out;
}

static void
numbers_become_der(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_jwks set;

    (void)state;
    assert_int_equal(
        gh_jwks_read(&set, &a, GH_STR(SET(RFC7515_A2_JWK "," RFC7515_A3_JWK "," RFC7515_A4_JWK "," RFC8037_A4_JWK)), NULL), GH_OK);
    assert_int_equal(set.n, 4);
    assert_true(gh_str_eq(set.keys[0].spki, b64(&a, RFC7515_A2_SPKI)));
    assert_true(gh_str_eq(set.keys[1].spki, b64(&a, RFC7515_A3_SPKI)));
    assert_true(gh_str_eq(set.keys[2].spki, b64(&a, RFC7515_A4_SPKI)));
    assert_true(gh_str_eq(set.keys[3].spki, b64(&a, RFC8037_A4_SPKI)));
    assert_true(gh_str_eq(set.keys[1].kid, GH_STR("a3")));
    assert_int_equal(set.keys[1].alg, GH_ALG_NONE);
    assert_true(gh_str_eq(set.keys[3].kid, GH_STR(RFC8037_A3_THUMBPRINT)));
    gh_arena_fini(&a);
}

/* RFC 7638 section 3.1: the RSA key of its example and its thumbprint. */
static void
rsa_thumbprint(void **state)
{
    static const char key[] =
        SET("{\"kty\":\"RSA\",\"n\":\"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_"
            "BJECPebWKRXjBZC"
            "iFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_"
            "FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-"
            "bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw\",\"e\":\"AQAB\",\"alg\":"
            "\"RS256\"}");
    struct gh_arena a = gh_test_arena();
    struct gh_jwks set;

    (void)state;
    assert_int_equal(gh_jwks_read(&set, &a, gh_str_z(key), NULL), GH_OK);
    assert_int_equal(set.n, 1);
    assert_true(gh_str_eq(set.keys[0].kid, GH_STR("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs")));
    assert_int_equal(set.keys[0].alg, GH_ALG_RS256);
    gh_arena_fini(&a);
}

static void
bounds(void **state)
{
    for (size_t n = GH_JWKS_KEYS_MAX; n <= GH_JWKS_KEYS_MAX + 1; n++) {
        struct gh_arena a = gh_test_arena();
        struct gh_jwks set;
        struct gh_buf b;

        gh_buf_init(&b, &a, GH_JWKS_BYTES_MAX);
        gh_buf_putz(&b, "{\"keys\":[");
        for (size_t i = 0; i < n; i++) {
            gh_buf_putz(&b, i == 0 ? "{" EC_NUMBERS ",\"kid\":\"" : ",{" EC_NUMBERS ",\"kid\":\"");
            gh_buf_put_u64(&b, i);
            gh_buf_putz(&b, "\"}");
        }
        gh_buf_putz(&b, "]}");
        assert_int_equal(gh_jwks_read(&set, &a, gh_buf_str(&b), NULL), n > GH_JWKS_KEYS_MAX ? GH_LIMIT : GH_OK);
        assert_int_equal(set.n, n > GH_JWKS_KEYS_MAX ? 0 : n);
        gh_arena_fini(&a);
    }
    {
        static char blank[GH_JWKS_BYTES_MAX + 1];
        struct gh_arena a = gh_test_arena();
        struct gh_jwks set;

        memset(blank, ' ', sizeof(blank));
        memcpy(blank, "{\"keys\":[]}", 11);
        assert_int_equal(gh_jwks_read(&set, &a, gh_str(blank, sizeof(blank) - 1), NULL), GH_OK);
        assert_int_equal(gh_jwks_read(&set, &a, gh_str(blank, sizeof(blank)), NULL), GH_LIMIT);
        gh_arena_fini(&a);
    }
    (void)state;
}

/* ---- writing ---- */

static void
put_set(struct gh_buf *out, const struct gh_jwks *set)
{
    struct gh_jsonw w;

    gh_jsonw_init(&w, out);
    gh_jsonw_obj(&w);
    gh_jsonw_key(&w, "keys");
    gh_jsonw_arr(&w);
    for (size_t i = 0; i < set->n; i++)
        assert_int_equal(gh_jwk_put(&w, &set->keys[i]), GH_OK);
    gh_jsonw_end(&w, ']');
    gh_jsonw_end(&w, '}');
}

static void
written_is_read(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_jwks set, back;
    struct gh_jwk bad = {.spki = GH_STR("no key")};
    struct gh_jsonw w;
    struct gh_buf b;

    (void)state;
    assert_int_equal(gh_jwks_read(&set, &a,
                         GH_STR(SET(RFC7515_A2_JWK "," RFC7515_A4_JWK "," RFC8037_A4_JWK ",{" EC_NUMBERS ",\"kid\":\"\\\"q\\\"\","
                                                   "\"alg\":\"ES256\"}")),
                         NULL),
        GH_OK);
    assert_int_equal(set.n, 4);
    gh_buf_init(&b, &a, 65536);
    put_set(&b, &set);
    assert_int_equal(gh_jwks_read(&back, &a, gh_buf_str(&b), NULL), GH_OK);
    assert_int_equal(back.n, set.n);
    for (size_t i = 0; i < set.n; i++) {
        assert_true(gh_str_eq(set.keys[i].kid, back.keys[i].kid));
        assert_true(gh_str_eq(set.keys[i].spki, back.keys[i].spki));
        assert_int_equal(set.keys[i].alg, back.keys[i].alg);
    }
    gh_jsonw_init(&w, &b);
    assert_int_equal(gh_jwk_put(&w, &bad), GH_BAD);
    gh_arena_fini(&a);
}

/* ---- sweeps: whatever is accepted holds usable keys under different names ---- */

static enum gh_rc
read_set(struct gh_buf *meaning, struct gh_arena *a, struct gh_str json)
{
    struct gh_jwks set;
    enum gh_rc rc = gh_jwks_read(&set, a, json, NULL);

    for (size_t i = 0; i < set.n; i++) {
        struct gh_pubkey *key;

        assert_int_equal(gh_pubkey_read_der(&key, set.keys[i].spki, NULL), GH_OK);
        assert_true(set.keys[i].alg == GH_ALG_NONE || gh_pubkey_fits(key, set.keys[i].alg));
        assert_true(set.keys[i].kid.n > 0);
        gh_pubkey_free(key);
        for (size_t k = 0; k < i; k++)
            assert_false(gh_str_eq(set.keys[i].kid, set.keys[k].kid));
    }
    if (rc == GH_OK)
        put_set(meaning, &set);
    return rc;
}

static void
sweeps(void **state)
{
    static const char golden[] = SET("{" EC_NUMBERS ",\"k\\u0069d\":\"\\u0031\",\"alg\":\"ES\\u0032\\u0035\\u0036\",\"use\":"
                                     "\"s\\u0069g\",\"key_ops\":[\"v\\u0065rify\"]},{" OKP_NUMBERS "}");

    (void)state;
    gh_test_mangle(read_set, gh_str_z(golden), false);
    gh_test_page(read_set, gh_str_z(golden));
    gh_test_oom(read_set, gh_str_z(golden));
    gh_test_page(read_set, GH_STR(SET(RFC7515_A2_JWK)));
    gh_test_oom(read_set, GH_STR(SET(RFC7515_A2_JWK "," RFC7515_A4_JWK)));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets),
        cmocka_unit_test(numbers_become_der),
        cmocka_unit_test(rsa_thumbprint),
        cmocka_unit_test(bounds),
        cmocka_unit_test(written_is_read),
        cmocka_unit_test(sweeps),
    };

    return cmocka_run_group_tests_name("jwks", tests, NULL, NULL);
}
