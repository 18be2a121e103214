/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include "base/redact.h"

#define KEY "gh_0123456789ab_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ_0a1b2c3d"
#define JWT "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJ4In0.c2lnbmF0dXJl"

static const struct {
    const char *name, *in, *out;
} cases[] = {
    {"plain", "model not found: gpt-4", "model not found: gpt-4"},
    {"empty", "", ""},
    {"UTF-8", "caf\xc3\xa9 \xf0\x9f\x98\x80", "caf\xc3\xa9 \xf0\x9f\x98\x80"},
    {"controls", "a\nb\x1b[31m\x7f", "a\\x0ab\\x1b[31m\\x7f"},
    {"C1 control", "a\xc2\x85z", "a\\xc2\\x85z"},
    {"bad UTF-8", "a\xff\xc3(", "a\\xff\\xc3("},
    {"API key", "key " KEY " is bad", "key [redacted] is bad"},
    {"API key alone", KEY, "[redacted]"},
    {"API key in a word", "x" KEY, "x[redacted]"},
    {"function name", "gh_jwt_read failed", "gh_jwt_read failed"},
    {"sk", "sk-abcdefghijkl", "[redacted]"},
    {"sk project", "(sk-proj-abc_DEF-123)", "([redacted])"},
    {"no sk", "task-force-one met", "task-force-one met"},
    {"sk in a long word", "risk-0123456789012345678901234", "ri[redacted]"},
    {"AKIA", "id=AKIAIOSFODNN7EXAMPLE;", "id=[redacted];"},
    {"JWT", "token=" JWT " x", "token=[redacted] x"},
    {"JWT, percent encoded", "%3D" JWT, "%3D[redacted]"},
    {"bearer", "Authorization: Bearer abc.def", "Authorization: Bearer [redacted]"},
    {"bearer in capitals", "BEARER abc", "BEARER [redacted]"},
    {"basic", "authorization: basic dXNlcjpwYXNz, x", "authorization: basic [redacted], x"},
    {"api-key", "api-key: abc\r", "api-key: [redacted]\\x0d"},
    {"x-api-key", "x-api-key:abc", "x-api-key:[redacted]"},
    {"key in JSON", "{\"api_key\": \"abc\",\"a\":1}", "{\"api_key\": \"[redacted]\",\"a\":1}"},
    {"key with scheme", "api-key: Bearer abc", "api-key: Bearer [redacted]"},
    {"password", "password=hunter2&x=1", "password=[redacted]&x=1"},
    {"password in JSON", "\"Password\":\"hunter2\"", "\"Password\":\"[redacted]\""},
    {"password, no value", "password is wrong", "password is wrong"},
    {"client secret", "client_secret=abc", "client_secret=[redacted]"},
    {"client assertion", "Client_Assertion=abc", "Client_Assertion=[redacted]"},
    {"apikey", "APIKEY=abc", "APIKEY=[redacted]"},
    {"akia in capitals alone", "akiaIOSFODNN7EXAMPLE", "akiaIOSFODNN7EXAMPLE"},
    {"user information", "https://user:pa@ss@host:1/x?y", "https://[redacted]@host:1/x?y"},
    {"no user information", "https://host/x@y", "https://host/x@y"},
    {"PEM", "a -----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY----- b", "a [redacted] b"},
    {"PEM of one kind", "-----BEGIN EC PRIVATE KEY-----\nMIIE\n-----END EC PRIVATE KEY-----", "[redacted]"},
    {"PEM cut", "-----BEGIN PRIVATE KEY-----\nMIIE", "[redacted]"},
    {"certificate", "-----BEGIN CERTIFICATE-----", "-----BEGIN CERTIFICATE-----"},
    {"two", "Bearer a, Bearer b", "Bearer [redacted], Bearer [redacted]"},
};

static void
redacts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char mem[512];
        struct gh_buf b;
        gh_buf_init_fixed(&b, mem, sizeof(mem));
        gh_redact_put(&b, gh_str_z(cases[i].in), 400);
        if (!gh_str_eq(gh_buf_str(&b), gh_str_z(cases[i].out)))
            fail_msg("%s: got %.*s", cases[i].name, (int)b.n, b.p);
    }
}

static const struct {
    const char *in;
    size_t max;
    const char *out;
} cut_cases[] = {
    {"abcdef", 6, "abcdef"},
    {"abcdef", 5, "ab..."},
    {"abcdef", 3, "..."},
    {"abcdef", 2, ".."},
    {"abcdef", 0, ""},
    {"ab\xc3\xa9"
     "def",
        6, "ab..."},
    {"ab\ndef", 8, "ab..."},
    {"a " KEY, 12, "a [redacted]"},
    {"a " KEY, 11, "a ..."},
};

static void
cuts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cut_cases) / sizeof(*cut_cases); i++) {
        char mem[512];
        struct gh_buf b;
        gh_buf_init_fixed(&b, mem, sizeof(mem));
        gh_buf_putz(&b, "> ");
        gh_redact_put(&b, gh_str_z(cut_cases[i].in), cut_cases[i].max);
        if (!gh_str_eq(gh_str_sub(gh_buf_str(&b), 2, SIZE_MAX), gh_str_z(cut_cases[i].out)))
            fail_msg("case %zu: got %.*s", i, (int)b.n, b.p);
    }
}

/* Wherever a canary stands among other text, and however the output is cut, no six bytes of its secret part come out. */
static void
canary(void **state)
{
    static const char *const around[] = {"", " ", "\"", "=", "\n", ",", "/", ":", "\xff", "\xc3\xa9", "&"};
    const struct gh_str secret = GH_STR("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ");

    (void)state;
    for (size_t i = 0; i < sizeof(around) / sizeof(*around); i++)
        for (size_t max = 0; max < 120; max++) {
            char in[256], mem[256];
            struct gh_buf text, b;
            gh_buf_init_fixed(&text, in, sizeof(in));
            gh_buf_init_fixed(&b, mem, sizeof(mem));
            gh_buf_putz(&text, "text");
            gh_buf_putz(&text, around[i]);
            gh_buf_putz(&text, KEY);
            gh_buf_putz(&text, around[i]);
            gh_redact_put(&b, gh_buf_str(&text), max);
            assert_int_equal(b.rc, GH_OK);
            assert_true(b.n <= max);
            for (size_t at = 0; at + 6 <= secret.n; at++)
                assert_int_equal(gh_str_find(gh_buf_str(&b), gh_str_sub(secret, at, 6)), SIZE_MAX);
        }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(redacts), cmocka_unit_test(cuts), cmocka_unit_test(canary)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
