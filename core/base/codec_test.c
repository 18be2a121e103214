/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include <stdio.h>

#include "base/codec.h"

/* RFC 4648 section 10, then its base16 in our one form (lower case). */
static const struct {
    const char *plain, *b64, *b64url, *hex;
} rfc4648_cases[] = {
    {"", "", "", ""},
    {"f", "Zg==", "Zg", "66"},
    {"fo", "Zm8=", "Zm8", "666f"},
    {"foo", "Zm9v", "Zm9v", "666f6f"},
    {"foob", "Zm9vYg==", "Zm9vYg", "666f6f62"},
    {"fooba", "Zm9vYmE=", "Zm9vYmE", "666f6f6261"},
    {"foobar", "Zm9vYmFy", "Zm9vYmFy", "666f6f626172"},
    {"\xfb\xff\xfe", "+//+", "-__-", "fbfffe"},
};

static void
rfc4648(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rfc4648_cases) / sizeof(*rfc4648_cases); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_str plain = gh_str_z(rfc4648_cases[i].plain), out;
        struct gh_buf b;
        gh_buf_init(&b, &a, 256);
        gh_b64_encode(&b, plain);
        assert_true(gh_str_eq(gh_buf_str(&b), gh_str_z(rfc4648_cases[i].b64)));
        b.n = 0;
        gh_b64url_encode(&b, plain);
        assert_true(gh_str_eq(gh_buf_str(&b), gh_str_z(rfc4648_cases[i].b64url)));
        b.n = 0;
        gh_buf_put_hex(&b, plain);
        assert_true(gh_str_eq(gh_buf_str(&b), gh_str_z(rfc4648_cases[i].hex)));
        assert_int_equal(gh_b64_decode(&out, &a, gh_str_z(rfc4648_cases[i].b64)), GH_OK);
        assert_true(gh_str_eq(out, plain));
        assert_int_equal(gh_b64url_decode(&out, &a, gh_str_z(rfc4648_cases[i].b64url)), GH_OK);
        assert_true(gh_str_eq(out, plain));
        assert_int_equal(gh_hex_decode(&out, &a, gh_str_z(rfc4648_cases[i].hex)), GH_OK);
        assert_true(gh_str_eq(out, plain));
        gh_arena_fini(&a);
    }
}

typedef enum gh_rc (*decode_fn)(struct gh_str *, struct gh_arena *, struct gh_str);

static const struct {
    const char *name;
    decode_fn decode;
    const char *text;
} second_forms[] = {
    {"hex in capitals", gh_hex_decode, "6F"},
    {"half a byte", gh_hex_decode, "6"},
    {"hex with a space", gh_hex_decode, "6f 6"},
    {"url alphabet in base64", gh_b64_decode, "-__-"},
    {"base64 without padding", gh_b64_decode, "Zg"},
    {"too much padding", gh_b64_decode, "Z==="},
    {"only padding", gh_b64_decode, "===="},
    {"padding inside", gh_b64_decode, "Zg==Zm9v"},
    {"bits behind the last byte", gh_b64_decode, "Zh=="},
    {"more bits behind the last byte", gh_b64_decode, "Zm9="},
    {"line end", gh_b64_decode, "Zm9v\n"},
    {"plain alphabet in base64url", gh_b64url_decode, "+//+"},
    {"padding in base64url", gh_b64url_decode, "Zg=="},
    {"one digit", gh_b64url_decode, "Z"},
    {"five digits", gh_b64url_decode, "Zm9vY"},
    {"bits behind, base64url", gh_b64url_decode, "Zh"},
    {"space", gh_b64url_decode, "Zm 9v"},
    {"high byte", gh_b64url_decode, "Zm9\xff"},
};

static void
one_form(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(second_forms) / sizeof(*second_forms); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_str out;
        if (second_forms[i].decode(&out, &a, gh_str_z(second_forms[i].text)) != GH_BAD)
            fail_msg("%s: accepted", second_forms[i].name);
        gh_arena_fini(&a);
    }
}

/* What the decoder accepts, the encoder gives back: for every text of up to four digits of a small alphabet. */
static void
one_text_for_one_value(void **state)
{
    static const char alphabet[] = "AQgw_=-+/9 ";
    const size_t k = sizeof(alphabet) - 1;

    (void)state;
    for (size_t code = 0; code < k * k * k * k; code++) {
        struct gh_arena a = gh_test_arena();
        char text[4] = {alphabet[code % k], alphabet[code / k % k], alphabet[code / k / k % k], alphabet[code / k / k / k]};
        char back[8];
        struct gh_str out;
        struct gh_buf b;
        for (size_t n = 1; n <= 4; n++) {
            gh_buf_init_fixed(&b, back, sizeof(back));
            if (gh_b64url_decode(&out, &a, gh_str(text, n)) == GH_OK) {
                gh_b64url_encode(&b, out);
                assert_true(gh_str_eq(gh_buf_str(&b), gh_str(text, n)));
            }
            gh_buf_init_fixed(&b, back, sizeof(back));
            if (gh_b64_decode(&out, &a, gh_str(text, n)) == GH_OK) {
                gh_b64_encode(&b, out);
                assert_true(gh_str_eq(gh_buf_str(&b), gh_str(text, n)));
            }
        }
        gh_arena_fini(&a);
    }
}

/* Every code point is written in one form, which is read; surrogates are not read. */
static void
utf8_points(void **state)
{
    (void)state;
    for (uint32_t cp = 0; cp <= 0x10ffff; cp++) {
        char mem[4];
        struct gh_buf b;
        bool is_surrogate = cp >= 0xd800 && cp <= 0xdfff;
        gh_buf_init_fixed(&b, mem, sizeof(mem));
        gh_utf8_put(&b, cp);
        if (gh_utf8_is_valid(gh_buf_str(&b)) == is_surrogate || (!is_surrogate && gh_utf8_length(gh_buf_str(&b)) != b.n))
            fail_msg("U+%04X", cp);
        if (b.n > 1 && gh_utf8_is_valid(gh_str_sub(gh_buf_str(&b), 0, b.n - 1)))
            fail_msg("U+%04X cut short is accepted", cp);
    }
}

static const struct {
    const char *text;
    bool is_valid;
} utf8_cases[] = {
    {"", true},
    {"plain text of more than eight bytes", true},
    {"12345678\xc3\xa9", true},
    {"1234567\xc3\xa9", true},
    {"12345678\xc3", false},
    {"\xc0\x80", false},
    {"\xc1\xbf", false},
    {"\xe0\x9f\xbf", false},
    {"\xf0\x8f\xbf\xbf", false},
    {"\xf4\x90\x80\x80", false},
    {"\xf5\x80\x80\x80", false},
    {"\xed\xa0\x80", false},
    {"\x80", false},
    {"\xff", false},
    {"a\xe2\x28\xa1", false},
    {"12345678\x80", false},
};

static void
utf8_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(utf8_cases) / sizeof(*utf8_cases); i++)
        if (gh_utf8_is_valid(gh_str_z(utf8_cases[i].text)) != utf8_cases[i].is_valid)
            fail_msg("case %zu", i);
}

static const struct {
    const char *text;
    int64_t ms;
    const char *written; /* NULL: as read */
} time_cases[] = {
    {"1970-01-01T00:00:00.000Z", 0, NULL},
    {"1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00.000Z"},
    {"1969-12-31T23:59:59.999Z", -1, NULL},
    {"2026-01-31T23:59:59.123Z", INT64_C(1769903999123), NULL},
    {"2000-02-29T12:00:00.1Z", INT64_C(951825600100), "2000-02-29T12:00:00.100Z"},
    {"2024-02-29T00:00:00.123456789Z", INT64_C(1709164800123), "2024-02-29T00:00:00.123Z"},
    {"0000-01-01T00:00:00.000Z", INT64_C(-62167219200000), NULL},
    {"9999-12-31T23:59:59.999Z", INT64_C(253402300799999), NULL},
    {"1900-03-01T00:00:00.000Z", INT64_C(-2203891200000), NULL},
};

static const char *const bad_times[] = {
    "",
    "2026-01-31",
    "2026-01-31T23:59:59",
    "2026-01-31t23:59:59Z",
    "2026-01-31T23:59:59z",
    "2026-01-31 23:59:59Z",
    "2026-01-31T23:59:59+00:00",
    "2026-13-01T00:00:00Z",
    "2026-00-01T00:00:00Z",
    "2026-01-00T00:00:00Z",
    "2026-01-32T00:00:00Z",
    "2026-02-29T00:00:00Z",
    "1900-02-29T00:00:00Z",
    "2026-01-31T24:00:00Z",
    "2026-01-31T23:60:00Z",
    "2026-01-31T23:59:60Z",
    "2026-01-31T23:59:59.Z",
    "2026-01-31T23:59:59.1234567890Z",
    "2026-01-31T23:59:59.1xZ",
    "02026-01-31T23:59:59Z",
    "2026-1-31T23:59:59Z",
    "2026-01-31T23:59:59ZZ",
    "+026-01-31T23:59:59Z",
};

static void
times(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(time_cases) / sizeof(*time_cases); i++) {
        char mem[32];
        struct gh_buf b;
        int64_t ms = 7;
        const char *written = time_cases[i].written != NULL ? time_cases[i].written : time_cases[i].text;
        gh_buf_init_fixed(&b, mem, sizeof(mem));
        assert_int_equal(gh_time_read(&ms, gh_str_z(time_cases[i].text)), GH_OK);
        gh_time_put(&b, ms);
        if (ms != time_cases[i].ms || !gh_str_eq(gh_buf_str(&b), gh_str_z(written)))
            fail_msg("%s: %lld, %.*s", time_cases[i].text, (long long)ms, (int)b.n, b.p);
    }
    for (size_t i = 0; i < sizeof(bad_times) / sizeof(*bad_times); i++) {
        int64_t ms;
        if (gh_time_read(&ms, gh_str_z(bad_times[i])) != GH_BAD)
            fail_msg("%s: accepted", bad_times[i]);
    }
}

/* Each day of the ten thousand years, there and back. */
static void
each_day(void **state)
{
    (void)state;
    for (int64_t day = -719528; day < 2932897; day++) {
        char mem[32];
        struct gh_buf b;
        int64_t back;
        gh_buf_init_fixed(&b, mem, sizeof(mem));
        gh_time_put(&b, day * 86400000);
        if (gh_time_read(&back, gh_buf_str(&b)) != GH_OK || back != day * 86400000)
            fail_msg("day %lld: %.*s", (long long)day, (int)b.n, b.p);
    }
}

static void
times_out_of_range(void **state)
{
    char mem[32];
    struct gh_buf b;
    const int64_t beyond[] = {INT64_MIN, INT64_MAX, INT64_C(253402300800000), INT64_C(-62167219200001)};

    (void)state;
    for (size_t i = 0; i < sizeof(beyond) / sizeof(*beyond); i++) {
        gh_buf_init_fixed(&b, mem, sizeof(mem));
        gh_time_put(&b, beyond[i]);
        assert_int_equal(b.rc, GH_LIMIT);
    }
}

/* RFC 3720 appendix B.4, and the usual check value. */
static void
crc32c(void **state)
{
    unsigned char b[48];
    static const unsigned char read_pdu[48] = {0x01, 0xc0, [16] = 0x14, [22] = 0x04, [27] = 0x14, [31] = 0x18, 0x28, [40] = 0x02};

    (void)state;
    memset(b, 0, 32);
    assert_int_equal(gh_crc32c(0, gh_str(b, 32)), 0x8a9136aa);
    memset(b, 0xff, 32);
    assert_int_equal(gh_crc32c(0, gh_str(b, 32)), 0x62a8ab43);
    for (unsigned i = 0; i < 32; i++)
        b[i] = (unsigned char)i;
    assert_int_equal(gh_crc32c(0, gh_str(b, 32)), 0x46dd794e);
    for (unsigned i = 0; i < 32; i++)
        b[i] = (unsigned char)(31 - i);
    assert_int_equal(gh_crc32c(0, gh_str(b, 32)), 0x113fdb5c);
    assert_int_equal(gh_crc32c(0, gh_str(read_pdu, 48)), 0xd9963a56);
    assert_int_equal(gh_crc32c(0, GH_STR("123456789")), 0xe3069283);
    assert_int_equal(gh_crc32c(0, GH_STR("")), 0);
    for (size_t cut = 0; cut <= 48; cut++)
        assert_int_equal(gh_crc32c(gh_crc32c(0, gh_str(read_pdu, cut)), gh_str(read_pdu + cut, 48 - cut)), 0xd9963a56);
}

/* Every byte at every place, in front of which and behind which all is well. */
static void
the_span_ends_at_the_first_other_byte(void **state)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    char text[40];

    (void)state;
    for (size_t n = 0; n <= sizeof(text); n++) {
        for (size_t i = 0; i < n; i++)
            text[i] = digits[i];
        assert_int_equal(gh_b64url_span(gh_str(text, n)), n);
        for (size_t at = 0; at < n; at++)
            for (unsigned c = 0; c < 256; c++) {
                bool is_digit = c != 0 && strchr(digits, (int)c) != NULL;
                text[at] = (char)c;
                assert_int_equal(gh_b64url_span(gh_str(text, n)), is_digit ? n : at);
                text[at] = digits[at];
            }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_span_ends_at_the_first_other_byte),
        cmocka_unit_test(rfc4648),
        cmocka_unit_test(one_form),
        cmocka_unit_test(one_text_for_one_value),
        cmocka_unit_test(utf8_points),
        cmocka_unit_test(utf8_table),
        cmocka_unit_test(times),
        cmocka_unit_test(each_day),
        cmocka_unit_test(times_out_of_range),
        cmocka_unit_test(crc32c),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
