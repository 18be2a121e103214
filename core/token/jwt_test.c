/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include <stdlib.h>

#include "base/codec.h"
#include "jose_vectors.h"
#include "token/jwks.h"
#include "token/jwt.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static struct gh_pubkey *
load_key(struct gh_arena *a, const char *spki)
{
    struct gh_pubkey *key;
    struct gh_str der;

    assert_int_equal(gh_b64url_decode(&der, a, gh_str_z(spki)), GH_OK);
    assert_int_equal(gh_pubkey_read_der(&key, der, NULL), GH_OK);
    return key;
}

/* ---- published vectors ---- */

static const struct vector {
    const char *name, *token, *spki;
    enum gh_alg alg;
    enum gh_rc split;
    bool has_claims;
} vectors[] = {
    {"RFC 7515 A.1, HS256", RFC7515_A1_TOKEN, NULL, GH_ALG_NONE, GH_BAD, false},
    {"RFC 7515 A.2, RS256", RFC7515_A2_TOKEN, RFC7515_A2_SPKI, GH_ALG_RS256, GH_OK, true},
    {"RFC 7515 A.3, ES256", RFC7515_A3_TOKEN, RFC7515_A3_SPKI, GH_ALG_ES256, GH_OK, true},
    {"RFC 7515 A.4, ES512", RFC7515_A4_TOKEN, RFC7515_A4_SPKI, GH_ALG_ES512, GH_OK, false},
    {"RFC 7515 A.5, none", RFC7515_A5_TOKEN, NULL, GH_ALG_NONE, GH_BAD, false},
    {"RFC 8037 A.4, EdDSA", RFC8037_A4_TOKEN, RFC8037_A4_SPKI, GH_ALG_EDDSA, GH_OK, false},
};

static void
check_vector(const struct vector *v)
{
    struct gh_arena a = gh_test_arena();
    struct gh_err err = {GH_OK, 0, NULL};
    struct gh_claims claims;
    struct gh_pubkey *key;
    struct gh_jwt jwt;

    print_message("# %s\n", v->name);
    assert_true(gh_jwt_is_shaped(gh_str_z(v->token)));
    assert_int_equal(gh_jwt_split(&jwt, &a, gh_str_z(v->token), &err), v->split);
    if (v->split == GH_OK) {
        assert_int_equal(jwt.alg, v->alg);
        key = load_key(&a, v->spki);
        assert_int_equal(gh_jwt_verify(&jwt, key, GH_ALG_NONE, NULL), GH_OK);
        assert_int_equal(gh_jwt_verify(&jwt, key, v->alg, NULL), GH_OK);
        assert_int_equal(gh_jwt_verify(&jwt, key, v->alg == GH_ALG_RS256 ? GH_ALG_PS256 : GH_ALG_RS256, NULL), GH_BAD);
        gh_pubkey_free(key);
        key = load_key(&a, OWN_ES384_SPKI); /* another key */
        assert_int_equal(gh_jwt_verify(&jwt, key, GH_ALG_NONE, NULL), GH_BAD);
        gh_pubkey_free(key);
        assert_int_equal(gh_jwt_claims(&claims, &a, jwt.payload, NULL), v->has_claims ? GH_OK : GH_BAD);
    } else {
        assert_non_null(err.what);
    }
    if (v->has_claims) {
        assert_true(gh_str_eq(claims.iss, GH_STR("joe")));
        assert_int_equal(claims.exp_s, 1300819380);
    }
    gh_arena_fini(&a);
}

static void
published_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(vectors); i++)
        check_vector(&vectors[i]);
}

/* ---- step 1 ---- */

static const struct header_case {
    const char *name, *header;
    enum gh_rc rc;
} header_cases[] = {
    {"least", "{\"alg\":\"ES256\"}", GH_OK},
    {"usual", "{\"typ\":\"JWT\",\"alg\":\"RS256\",\"kid\":\"k1\",\"x5t\":\"abc\"}", GH_OK},
    {"typ in lower case", "{\"typ\":\"jwt\",\"alg\":\"RS256\"}", GH_OK},
    {"access token", "{\"typ\":\"at+jwt\",\"alg\":\"PS512\"}", GH_OK},
    {"access token, long", "{\"typ\":\"application/at+jwt\",\"alg\":\"EdDSA\"}", GH_OK},
    {"embedded key is not looked at", "{\"alg\":\"ES256\",\"jwk\":{\"kty\":\"EC\"},\"jku\":\"https://evil.example\"}", GH_OK},
    {"alg by an escape", "{\"alg\":\"ES\\u0032\\u0035\\u0036\"}", GH_OK},
    {"no alg", "{\"typ\":\"JWT\"}", GH_BAD},
    {"alg none", "{\"alg\":\"none\"}", GH_BAD},
    {"alg None", "{\"alg\":\"None\"}", GH_BAD},
    {"alg empty", "{\"alg\":\"\"}", GH_BAD},
    {"alg null", "{\"alg\":null}", GH_BAD},
    {"alg a list", "{\"alg\":[\"ES256\"]}", GH_BAD},
    {"alg HS256", "{\"alg\":\"HS256\"}", GH_BAD},
    {"alg twice", "{\"alg\":\"ES256\",\"alg\":\"none\"}", GH_BAD},
    {"alg twice by an escape", "{\"alg\":\"ES256\",\"\\u0061lg\":\"ES256\"}", GH_BAD},
    {"kid twice", "{\"alg\":\"ES256\",\"kid\":\"a\",\"kid\":\"a\"}", GH_BAD},
    {"kid a number", "{\"alg\":\"ES256\",\"kid\":1}", GH_BAD},
    {"kid with NUL", "{\"alg\":\"ES256\",\"kid\":\"a\\u0000b\"}", GH_BAD},
    {"kid with newline", "{\"alg\":\"ES256\",\"kid\":\"a\\nb\"}", GH_BAD},
    {"crit", "{\"alg\":\"ES256\",\"crit\":[\"exp\"],\"exp\":1}", GH_BAD},
    {"crit empty", "{\"alg\":\"ES256\",\"crit\":[]}", GH_BAD},
    {"crit null", "{\"alg\":\"ES256\",\"crit\":null}", GH_BAD},
    {"b64 (RFC 7797)", "{\"alg\":\"ES256\",\"b64\":false}", GH_BAD},
    {"zip", "{\"alg\":\"ES256\",\"zip\":\"DEF\"}", GH_BAD},
    {"enc", "{\"alg\":\"ES256\",\"enc\":\"A256GCM\"}", GH_BAD},
    {"nested", "{\"alg\":\"ES256\",\"cty\":\"JWT\"}", GH_BAD},
    {"id token of a logout", "{\"alg\":\"ES256\",\"typ\":\"logout+jwt\"}", GH_BAD},
    {"DPoP proof", "{\"alg\":\"ES256\",\"typ\":\"dpop+jwt\"}", GH_BAD},
    {"typ a number", "{\"alg\":\"ES256\",\"typ\":1}", GH_BAD},
    {"no object", "[\"ES256\"]", GH_BAD},
    {"ends early", "{\"alg\":\"ES256\"", GH_BAD},
    {"two values", "{\"alg\":\"ES256\"}{}", GH_BAD},
    {"nothing", "", GH_BAD},
};

/* base64url(header) "." base64url(payload) ".c2ln" */
static struct gh_str
make_token(struct gh_arena *a, struct gh_str header, struct gh_str payload)
{
    struct gh_buf b;

    gh_buf_init(&b, a, 1u << 20);
    gh_b64url_encode(&b, header);
    gh_buf_putc(&b, '.');
    gh_b64url_encode(&b, payload);
    gh_buf_putz(&b, ".c2ln");
    assert_int_equal(b.rc, GH_OK);
    return gh_buf_str(&b);
}

static void
headers(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(header_cases); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_jwt jwt;

        print_message("# %s\n", header_cases[i].name);
        assert_int_equal(
            gh_jwt_split(&jwt, &a, make_token(&a, gh_str_z(header_cases[i].header), GH_STR("{}")), NULL), header_cases[i].rc);
        gh_arena_fini(&a);
    }
}

static const struct shape_case {
    const char *text;
    bool is_shaped;
    enum gh_rc split;
} shape_cases[] = {
    {"eyJhbGciOiJFUzI1NiJ9.e30.c2ln", true, GH_OK},
    {"eyJhbGciOiJFUzI1NiJ9..c2ln", true, GH_OK},
    {"eyJhbGciOiJFUzI1NiJ9.e30.", true, GH_BAD},
    {"eyJhbGciOiJFUzI1NiJ9.e30", false, GH_BAD},
    {"eyJhbGciOiJFUzI1NiJ9.e30.c2ln.", false, GH_BAD},
    {"eyJhbGciOiJFUzI1NiJ9.e30.c2ln.e30.e30", false, GH_BAD}, /* the shape of an encrypted token */
    {".e30.c2ln", false, GH_BAD},
    {"..", false, GH_BAD},
    {"", false, GH_BAD},
    {"eyJhbGciOiJFUzI1NiJ9.e30.c2ln=", false, GH_BAD},
    {"eyJhbGciOiJFUzI1NiJ9.e3 0.c2ln", false, GH_BAD},
    {" eyJhbGciOiJFUzI1NiJ9.e30.c2ln", false, GH_BAD},
    {"eyJhbGciOiJFUzI1NiJ9.e30.c2ln\n", false, GH_BAD},
    {"eyJhbGciOiJFUzI1NiJ9.e30.c2/n", false, GH_BAD},
    {"eyJhbGciOiJFUzI1NiJ9.e31.c2ln", true, GH_BAD},  /* trailing bits are not zero */
    {"eyJhbGciOiJFUzI1NiJ9.e30.c2lnA", true, GH_BAD}, /* no length of base64url */
    {"gh_0123456789ab_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA_00000000", false, GH_BAD},
};

static void
shapes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(shape_cases); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_jwt jwt;

        print_message("# shape %zu\n", i);
        assert_int_equal(gh_jwt_is_shaped(gh_str_z(shape_cases[i].text)), shape_cases[i].is_shaped);
        assert_int_equal(gh_jwt_split(&jwt, &a, gh_str_z(shape_cases[i].text), NULL), shape_cases[i].split);
        gh_arena_fini(&a);
    }
}

static void
sizes(void **state)
{
    static char blank[GH_TOKEN_BYTES_MAX];
    struct gh_arena a = gh_test_arena();
    struct gh_str text = gh_str(blank, sizeof(blank));
    struct gh_jwt jwt;

    (void)state;
    memset(blank, ' ', sizeof(blank));
    memcpy(blank, "{\"alg\":\"ES256\"}", 15);
    assert_int_equal(
        gh_jwt_split(&jwt, &a, make_token(&a, gh_str_sub(text, 0, GH_JWT_HEADER_BYTES_MAX), GH_STR("{}")), NULL), GH_OK);
    assert_int_equal(
        gh_jwt_split(&jwt, &a, make_token(&a, gh_str_sub(text, 0, GH_JWT_HEADER_BYTES_MAX + 1), GH_STR("{}")), NULL), GH_LIMIT);
    assert_int_equal(gh_jwt_split(&jwt, &a, make_token(&a, GH_STR("{\"alg\":\"ES256\"}"), text), NULL), GH_LIMIT);
    gh_arena_fini(&a);
}

/* ---- step 3 ---- */

static const struct claims_case {
    const char *name, *payload;
    enum gh_rc rc;
} claims_cases[] = {
    {"least", "{\"iss\":\"i\",\"exp\":1}", GH_OK},
    {"RFC 7519 section 3.1", "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}", GH_OK},
    {"no iss", "{\"exp\":1}", GH_BAD},
    {"iss empty", "{\"iss\":\"\",\"exp\":1}", GH_BAD},
    {"iss null", "{\"iss\":null,\"exp\":1}", GH_BAD},
    {"iss with NUL", "{\"iss\":\"a\\u0000b\",\"exp\":1}", GH_BAD},
    {"no exp", "{\"iss\":\"i\"}", GH_BAD},
    {"exp text", "{\"iss\":\"i\",\"exp\":\"1\"}", GH_BAD},
    {"exp fraction", "{\"iss\":\"i\",\"exp\":1.5}", GH_BAD},
    {"exp power", "{\"iss\":\"i\",\"exp\":1e9}", GH_BAD},
    {"exp negative", "{\"iss\":\"i\",\"exp\":-1}", GH_BAD},
    {"exp beyond int64", "{\"iss\":\"i\",\"exp\":99999999999999999999}", GH_BAD},
    {"exp beyond year 9999", "{\"iss\":\"i\",\"exp\":253402300800}", GH_BAD},
    {"exp twice", "{\"iss\":\"i\",\"exp\":1,\"exp\":2}", GH_BAD},
    {"sub twice by an escape", "{\"iss\":\"i\",\"exp\":1,\"sub\":\"a\",\"\\u0073ub\":\"b\"}", GH_BAD},
    {"nbf text", "{\"iss\":\"i\",\"exp\":1,\"nbf\":\"now\"}", GH_BAD},
    {"sub a number", "{\"iss\":\"i\",\"exp\":1,\"sub\":7}", GH_BAD},
    {"sub with newline", "{\"iss\":\"i\",\"exp\":1,\"sub\":\"a\\nb\"}", GH_BAD},
    {"scp a list", "{\"iss\":\"i\",\"exp\":1,\"scp\":[\"a\"]}", GH_BAD},
    {"aud text", "{\"iss\":\"i\",\"exp\":1,\"aud\":\"a\"}", GH_OK},
    {"aud list", "{\"iss\":\"i\",\"exp\":1,\"aud\":[\"a\",\"b\"]}", GH_OK},
    {"aud number", "{\"iss\":\"i\",\"exp\":1,\"aud\":1}", GH_BAD},
    {"aud object", "{\"iss\":\"i\",\"exp\":1,\"aud\":{\"a\":\"b\"}}", GH_BAD},
    {"aud mixed list", "{\"iss\":\"i\",\"exp\":1,\"aud\":[\"a\",1]}", GH_BAD},
    {"aud of 17",
        "{\"iss\":\"i\",\"exp\":1,\"aud\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"10\",\"11\",\"12\",\"13\","
        "\"14\","
        "\"15\",\"16\",\"17\"]}",
        GH_LIMIT},
    {"act", "{\"iss\":\"i\",\"exp\":1,\"act\":{\"sub\":\"a\"}}", GH_OK},
    {"act text", "{\"iss\":\"i\",\"exp\":1,\"act\":\"a\"}", GH_BAD},
    {"sub of act a number", "{\"iss\":\"i\",\"exp\":1,\"act\":{\"sub\":7}}", GH_BAD},
    {"sub of act with NUL", "{\"iss\":\"i\",\"exp\":1,\"act\":{\"sub\":\"a\\u0000\"}}", GH_BAD},
    {"groups text", "{\"iss\":\"i\",\"exp\":1,\"groups\":\"g\"}", GH_BAD},
    {"groups nested", "{\"iss\":\"i\",\"exp\":1,\"groups\":[[\"g\"]]}", GH_BAD},
    {"amr text", "{\"iss\":\"i\",\"exp\":1,\"amr\":\"mfa\"}", GH_BAD},
    {"amr of 9", "{\"iss\":\"i\",\"exp\":1,\"amr\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\"]}", GH_LIMIT},
    {"a list", "[]", GH_BAD},
    {"text", "\"iss\"", GH_BAD},
    {"nothing", "", GH_BAD},
    {"trailing", "{\"iss\":\"i\",\"exp\":1} x", GH_BAD},
};

static void
claims_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(claims_cases); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_err err = {GH_OK, 0, NULL};
        struct gh_claims claims;

        print_message("# %s\n", claims_cases[i].name);
        assert_int_equal(gh_jwt_claims(&claims, &a, gh_str_z(claims_cases[i].payload), &err), claims_cases[i].rc);
        assert_int_equal(claims_cases[i].rc == GH_OK, err.what == NULL);
        gh_arena_fini(&a);
    }
}

static struct gh_claims
read_claims(struct gh_arena *a, const char *payload)
{
    struct gh_claims claims;

    assert_int_equal(gh_jwt_claims(&claims, a, gh_str_z(payload), NULL), GH_OK);
    return claims;
}

static void
claims_values(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_claims c =
        read_claims(&a, "{\"iss\":\"https://"
                        "i\",\"sub\":\"s\",\"oid\":\"o\",\"tid\":\"t\",\"azp\":\"p\",\"appid\":\"q\",\"uti\":\"u\",\"scp\":\"x y\","
                        "\"idtyp\":\"app\",\"acr\":\"c1\",\"aud\":[\"a\",\"b\"],\"groups\":[\"g1\",\"g\\u0032\"],\"amr\":[\"pwd\","
                        "\"mfa\"],\"exp\":30,"
                        "\"nbf\":10,\"iat\":20}");

    (void)state;
    assert_true(gh_str_eq(c.iss, GH_STR("https://i")) && gh_str_eq(c.sub, GH_STR("s")) && gh_str_eq(c.oid, GH_STR("o")));
    assert_true(gh_str_eq(c.tid, GH_STR("t")) && gh_str_eq(c.azp, GH_STR("p")) && gh_str_eq(c.jti, GH_STR("u")));
    assert_true(gh_str_eq(c.scp, GH_STR("x y")) && gh_str_eq(c.idtyp, GH_STR("app")) && gh_str_eq(c.acr, GH_STR("c1")));
    assert_int_equal(c.n_aud, 2);
    assert_true(gh_str_eq(c.aud[1], GH_STR("b")));
    assert_int_equal(c.n_groups, 2);
    assert_true(gh_str_eq(c.groups[1], GH_STR("g2")));
    assert_int_equal(c.n_amr, 2);
    assert_false(c.groups_overflow);
    assert_true(c.exp_s == 30 && c.nbf_s == 10 && c.iat_s == 20);

    c = read_claims(&a, "{\"iss\":\"i\",\"exp\":1,\"client_id\":\"c\",\"jti\":\"j\",\"uti\":\"u\",\"scope\":\"z\"}");
    assert_true(gh_str_eq(c.azp, GH_STR("c")) && gh_str_eq(c.jti, GH_STR("j")) && gh_str_eq(c.scp, GH_STR("z")));
    gh_arena_fini(&a);
}

/* Any sign that the issuer left groups out: none of them is believed. */
static void
group_overage(void **state)
{
    static const struct {
        const char *payload;
        bool overflow;
    } cases[] = {
        {"{\"iss\":\"i\",\"exp\":1,\"groups\":[\"g\"],\"hasgroups\":true}", true},
        {"{\"iss\":\"i\",\"exp\":1,\"hasgroups\":\"true\"}", true},
        {"{\"iss\":\"i\",\"exp\":1,\"hasgroups\":false}", false},
        {"{\"iss\":\"i\",\"exp\":1,\"_claim_names\":{\"groups\":\"src1\"},\"_claim_sources\":{\"src1\":{}}}", true},
        {"{\"iss\":\"i\",\"exp\":1,\"_claim_names\":{\"other\":\"src1\"}}", false},
    };
    struct gh_arena a = gh_test_arena();
    struct gh_claims c;
    struct gh_buf b;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        c = read_claims(&a, cases[i].payload);
        assert_int_equal(c.groups_overflow, cases[i].overflow);
        assert_int_equal(c.n_groups, 0);
    }
    for (size_t n = GH_TOKEN_GROUPS_MAX; n <= GH_TOKEN_GROUPS_MAX + 1; n++) {
        gh_buf_init(&b, &a, 65536);
        gh_buf_putz(&b, "{\"iss\":\"i\",\"exp\":1,\"groups\":[\"g\"");
        for (size_t i = 1; i < n; i++)
            gh_buf_putz(&b, ",\"g\"");
        gh_buf_putz(&b, "]}");
        assert_int_equal(gh_jwt_claims(&c, &a, gh_buf_str(&b), NULL), GH_OK);
        assert_int_equal(c.groups_overflow, n > GH_TOKEN_GROUPS_MAX);
        assert_int_equal(c.n_groups, n > GH_TOKEN_GROUPS_MAX ? 0 : n);
    }
    gh_arena_fini(&a);
}

static const struct check_case {
    const char *name, *iss, *aud;
    int64_t now;
    enum gh_rc rc;
} check_cases[] = {
    /* the token: iss "i", aud ["a","b"], nbf 1000, exp 2000; leeway 60 */
    {"good", "i", "a", 1500, GH_OK},
    {"second audience", "i", "b", 1500, GH_OK},
    {"first moment", "i", "a", 940, GH_OK},
    {"a second too early", "i", "a", 939, GH_BAD},
    {"last moment", "i", "a", 2059, GH_OK},
    {"a second too late", "i", "a", 2060, GH_BAD},
    {"long ago", "i", "a", 0, GH_BAD},
    {"other issuer", "I", "a", 1500, GH_BAD},
    {"issuer with a slash", "i/", "a", 1500, GH_BAD},
    {"issuer empty", "", "a", 1500, GH_BAD},
    {"other audience", "i", "c", 1500, GH_BAD},
    {"audience in upper case", "i", "A", 1500, GH_BAD},
    {"audience empty", "i", "", 1500, GH_BAD},
};

static void
claims_checks(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_claims c = read_claims(&a, "{\"iss\":\"i\",\"aud\":[\"a\",\"b\"],\"nbf\":1000,\"exp\":2000}"), none;
    struct gh_str auds[2] = {GH_STR("x"), {NULL, 0}};

    (void)state;
    for (size_t i = 0; i < COUNT(check_cases); i++) {
        print_message("# %s\n", check_cases[i].name);
        auds[1] = gh_str_z(check_cases[i].aud);
        assert_int_equal(
            gh_claims_check(&c, gh_str_z(check_cases[i].iss), auds, 2, check_cases[i].now, 60, NULL), check_cases[i].rc);
    }
    assert_int_equal(gh_claims_check(&c, GH_STR("i"), auds, 0, 1500, 60, NULL), GH_BAD);
    /* neither a token without audience nor a zeroed struct passes, whatever it is asked for */
    c = read_claims(&a, "{\"iss\":\"i\",\"exp\":2000,\"aud\":[\"\"]}");
    auds[1] = GH_STR("");
    assert_int_equal(gh_claims_check(&c, GH_STR("i"), auds, 2, 1500, 60, NULL), GH_BAD);
    memset(&none, 0, sizeof(none));
    assert_int_equal(gh_claims_check(&none, gh_str(NULL, 0), auds, 2, 0, 60, NULL), GH_BAD);
    gh_arena_fini(&a);
}

/* ---- sweeps ---- */

static struct gh_pubkey *sweep_key; /* of RFC 7515 A.3 */

static enum gh_rc
verify_whole(struct gh_buf *meaning, struct gh_arena *a, struct gh_str token)
{
    struct gh_claims claims;
    struct gh_jwt jwt;
    enum gh_rc rc;

    if ((rc = gh_jwt_split(&jwt, a, token, NULL)) != GH_OK || (rc = gh_jwt_verify(&jwt, sweep_key, GH_ALG_NONE, NULL)) != GH_OK ||
        (rc = gh_jwt_claims(&claims, a, jwt.payload, NULL)) != GH_OK)
        return rc;
    gh_buf_put(meaning, claims.iss);
    gh_buf_put_i64(meaning, claims.exp_s);
    return GH_OK;
}

static enum gh_rc
read_header_and_claims(struct gh_buf *meaning, struct gh_arena *a, struct gh_str token)
{
    struct gh_claims c;
    struct gh_jwt jwt;
    enum gh_rc rc;

    if ((rc = gh_jwt_split(&jwt, a, token, NULL)) != GH_OK || (rc = gh_jwt_claims(&c, a, jwt.payload, NULL)) != GH_OK)
        return rc;
    assert_true(jwt.alg != GH_ALG_NONE && c.iss.n > 0 && c.exp_s > 0);
    assert_true(c.n_aud <= GH_TOKEN_AUD_MAX && c.n_groups <= GH_TOKEN_GROUPS_MAX);
    gh_buf_put(meaning, jwt.kid);
    gh_buf_put(meaning, c.iss);
    gh_buf_put(meaning, c.sub);
    return GH_OK;
}

static void
sweeps(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_str own = make_token(&a, GH_STR("{\"alg\":\"ES256\",\"kid\":\"k\\u0031\",\"typ\":\"at+jwt\"}"),
        GH_STR("{\"iss\":\"i\\u0031\",\"sub\":\"\\u0073\",\"aud\":[\"\\u0061\"],\"groups\":[\"\\u0067\"],\"exp\":1}"));

    (void)state;
    sweep_key = load_key(&a, RFC7515_A3_SPKI);
    gh_test_mangle(verify_whole, GH_STR(RFC7515_A3_TOKEN), true);
    gh_test_page(verify_whole, GH_STR(RFC7515_A3_TOKEN));
    gh_test_oom(verify_whole, GH_STR(RFC7515_A3_TOKEN));
    gh_test_mangle(read_header_and_claims, own, false);
    gh_test_page(read_header_and_claims, own);
    gh_test_oom(read_header_and_claims, own);
    gh_pubkey_free(sweep_key);
    gh_arena_fini(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_vectors),
        cmocka_unit_test(headers),
        cmocka_unit_test(shapes),
        cmocka_unit_test(sizes),
        cmocka_unit_test(claims_forms),
        cmocka_unit_test(claims_values),
        cmocka_unit_test(group_overage),
        cmocka_unit_test(claims_checks),
        cmocka_unit_test(sweeps),
    };

    return cmocka_run_group_tests_name("jwt", tests, NULL, NULL);
}
