/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include <stdio.h>

#include "base/cursor.h"
#include "base/str.h"

static const struct {
    const char *text;
    uint64_t max;
    enum gh_rc rc;
    uint64_t value;
} number_cases[] = {
    {"0", 10, GH_OK, 0},
    {"7", 10, GH_OK, 7},
    {"10", 10, GH_OK, 10},
    {"11", 10, GH_LIMIT, 99},
    {"100", 10, GH_LIMIT, 99},
    {"9", 5, GH_LIMIT, 99},
    {"18446744073709551615", UINT64_MAX, GH_OK, UINT64_MAX},
    {"18446744073709551616", UINT64_MAX, GH_LIMIT, 99},
    {"99999999999999999999999", UINT64_MAX, GH_LIMIT, 99},
    {"", 10, GH_BAD, 99},
    {"00", 10, GH_BAD, 99},
    {"01", 10, GH_BAD, 99},
    {"+1", 10, GH_BAD, 99},
    {"-1", 10, GH_BAD, 99},
    {" 1", 10, GH_BAD, 99},
    {"1 ", 10, GH_BAD, 99},
    {"0x1", 10, GH_BAD, 99},
    {"999999999999999999999x", 10, GH_BAD, 99},
};

static void
numbers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(number_cases) / sizeof(*number_cases); i++) {
        uint64_t v = 99;
        enum gh_rc rc = gh_str_u64(&v, gh_str_z(number_cases[i].text), number_cases[i].max);
        if (rc != number_cases[i].rc || v != number_cases[i].value)
            fail_msg("%s up to %llu: got %d, %llu", number_cases[i].text, (unsigned long long)number_cases[i].max, (int)rc,
                (unsigned long long)v);
    }
}

static const struct {
    const char *pattern, *text;
    bool matches;
} glob_cases[] = {
    {"", "", true},
    {"", "a", false},
    {"*", "", true},
    {"*", "a/b", true},
    {"a", "A", true},
    {"a*", "a", true},
    {"*a", "ba", true},
    {"*a", "ab", false},
    {"a*c", "abbbc", true},
    {"a*c", "abbb", false},
    {"a**c", "ac", true},
    {"*/read", "Microsoft.X/y/z/READ", true},
    {"Microsoft.X/*/write", "Microsoft.X/write", false},
    {"Microsoft.X/*/write", "Microsoft.X/a/b/write", true},
    {"*a*b*", "xxbxxaxxb", true},
    {"*a*b*", "xxbxxa", false},
    {"*aab", "aaab", true},
    {"a?c", "abc", false},
};

static void
globs(void **state)
{
    char many[4096], stars[512];

    (void)state;
    for (size_t i = 0; i < sizeof(glob_cases) / sizeof(*glob_cases); i++)
        if (gh_str_glob_ci(gh_str_z(glob_cases[i].pattern), gh_str_z(glob_cases[i].text)) != glob_cases[i].matches)
            fail_msg("%s against %s", glob_cases[i].pattern, glob_cases[i].text);
    memset(many, 'a', sizeof(many)); /* what makes a backtracking matcher exponential */
    for (size_t i = 0; i < sizeof(stars); i++)
        stars[i] = i % 2 == 0 ? '*' : 'a';
    stars[sizeof(stars) - 1] = 'b';
    assert_false(gh_str_glob_ci(gh_str(stars, sizeof(stars)), gh_str(many, sizeof(many))));
}

static void
comparing(void **state)
{
    (void)state;
    assert_true(gh_str_eq(GH_STR(""), gh_str_z(NULL)));
    assert_true(gh_str_eq_ci(GH_STR("aZ[@"), GH_STR("Az[@")));
    assert_false(gh_str_eq_ci(GH_STR("[@"), GH_STR("{`"))); /* 0x20 apart, but no letters */
    assert_false(gh_str_eq_ci(GH_STR("a"), GH_STR("ab")));
    assert_true(gh_str_eq_ct(GH_STR("abc"), GH_STR("abc")));
    assert_false(gh_str_eq_ct(GH_STR("abc"), GH_STR("abd")));
    assert_false(gh_str_eq_ct(GH_STR("abc"), GH_STR("ab")));
    assert_true(gh_str_cmp(GH_STR("a"), GH_STR("ab")) < 0);
    assert_true(gh_str_cmp(GH_STR("b"), GH_STR("ab")) > 0);
    assert_true(gh_str_cmp(GH_STR("\xff"), GH_STR("a")) > 0);
    assert_int_equal(gh_str_cmp(GH_STR(""), GH_STR("")), 0);
    assert_true(gh_str_starts(GH_STR("abc"), GH_STR("ab")) && !gh_str_starts(GH_STR("a"), GH_STR("ab")));
    assert_true(gh_str_ends(GH_STR("abc"), GH_STR("bc")) && !gh_str_ends(GH_STR("c"), GH_STR("bc")));
}

static void
finding(void **state)
{
    (void)state;
    assert_int_equal(gh_str_chr(GH_STR("abc"), 'c'), 2);
    assert_int_equal(gh_str_chr(GH_STR("abc"), 'd'), SIZE_MAX);
    assert_int_equal(gh_str_chr(GH_STR(""), 'd'), SIZE_MAX);
    assert_int_equal(gh_str_find(GH_STR("abcabd"), GH_STR("abd")), 3);
    assert_int_equal(gh_str_find(GH_STR("ab"), GH_STR("abd")), SIZE_MAX);
    assert_int_equal(gh_str_find(GH_STR("ab"), GH_STR("")), 0);
    assert_true(gh_str_eq(gh_str_sub(GH_STR("abc"), 1, SIZE_MAX), GH_STR("bc")));
    assert_true(gh_str_eq(gh_str_sub(GH_STR("abc"), SIZE_MAX, 1), GH_STR("")));
    assert_null(gh_str_sub(gh_str_z(NULL), 1, 1).p);
}

static void
cutting(void **state)
{
    struct gh_str head, rest = GH_STR("a,,b,");

    (void)state;
    assert_true(gh_str_cut(&head, &rest, ',') && gh_str_eq(head, GH_STR("a")));
    assert_true(gh_str_cut(&head, &rest, ',') && gh_str_eq(head, GH_STR("")));
    assert_true(gh_str_cut(&head, &rest, ',') && gh_str_eq(head, GH_STR("b")));
    assert_true(gh_str_cut(&head, &rest, ',') && gh_str_eq(head, GH_STR("")));
    assert_false(gh_str_cut(&head, &rest, ','));
}

static void
cursors(void **state)
{
    struct gh_cursor c = gh_cursor(GH_STR("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\xff"));
    uint8_t u8;
    uint16_t u16;
    uint32_t u32;
    uint64_t u64;
    struct gh_str s;

    (void)state;
    assert_int_equal(gh_cursor_u8(&u8, &c), GH_OK);
    assert_int_equal(gh_cursor_le16(&u16, &c), GH_OK);
    assert_int_equal(gh_cursor_le32(&u32, &c), GH_OK);
    assert_int_equal(gh_cursor_le64(&u64, &c), GH_OK);
    assert_true(u8 == 1 && u16 == 0x0302 && u32 == 0x07060504 && u64 == UINT64_C(0x0f0e0d0c0b0a0908));
    assert_int_equal(gh_cursor_le16(&u16, &c), GH_MORE);
    assert_int_equal(gh_cursor_bytes(&s, &c, 2), GH_MORE);
    assert_int_equal(gh_cursor_bytes(&s, &c, SIZE_MAX), GH_MORE);
    assert_int_equal(gh_cursor_left(&c), 1); /* it moves only on success */
    assert_int_equal(gh_cursor_bytes(&s, &c, 1), GH_OK);
    assert_true(gh_str_eq(s, GH_STR("\xff")));
    assert_int_equal(gh_cursor_bytes(&s, &c, 0), GH_OK);
    assert_int_equal(gh_cursor_u8(&u8, &c), GH_MORE);
}

static void
wiping(void **state)
{
    char secret[] = "secret";

    (void)state;
    gh_wipe(secret, sizeof(secret));
    for (size_t i = 0; i < sizeof(secret); i++)
        assert_int_equal(secret[i], 0);
    gh_wipe(NULL, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers),
        cmocka_unit_test(globs),
        cmocka_unit_test(comparing),
        cmocka_unit_test(finding),
        cmocka_unit_test(cutting),
        cmocka_unit_test(cursors),
        cmocka_unit_test(wiping),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
