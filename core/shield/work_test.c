/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bound of a scan's work, counted: the shield is built once more with a call at each of its basic blocks (-fsanitize-coverage=trace-pc), so that
 * what is asserted is the same on every machine and under every load.
 */
#include "base/limits.h"
#include "shield/scan.h"
#include "shield/shipped_testing.h"
#include "shield/work_testing.h"

#define ORDINARY_MAX 30 /* blocks a byte */

static uint64_t worst; /* blocks a byte, of what was scanned since it was set to 0 */
static char worst_unit[64];

/* The scan of a text, which must keep to the bound. Its memory is bounded as the product's is. */
static void
assert_bounded(struct gh_str text, enum gh_shield_kind kind, const char *name)
{
    struct gh_shield_verdict v;
    struct gh_arena a;

    gh_arena_init(&a, gh_test_heap(), GH_SHIELD_SCRATCH_MAX);
    gh_work_testing_blocks = 0;
    assert_int_equal(GH_OK, gh_shield_scan(&v, gh_shipped_model, &a, kind, text, 0));
    gh_arena_fini(&a);
    if (gh_work_testing_blocks > GH_SHIELD_WORK_TEXT + GH_SHIELD_WORK_BYTE * text.n)
        fail_msg("%zu bytes of \"%s\": %llu blocks", text.n, name, (unsigned long long)gh_work_testing_blocks);
    if (gh_work_testing_blocks > worst * text.n) {
        worst = gh_work_testing_blocks / text.n;
        (void)snprintf(worst_unit, sizeof worst_unit, "%s", name);
    }
}

static void
tell_worst(void)
{
    print_message("# most: %llu blocks a byte, of \"%s\"\n", (unsigned long long)worst, worst_unit);
    worst = 0;
}

static struct gh_str
repeat(char *mem, size_t cap, struct gh_str unit)
{
    size_t n = 0;

    for (; n + unit.n <= cap; n += unit.n)
        memcpy(mem + n, unit.p, unit.n);
    return gh_str(mem, n);
}

/* Texts that do nothing but ask for work: each is one of these over and over. */
static const struct gh_str units[] = {GH_STR_INIT("a"), GH_STR_INIT("a "), GH_STR_INIT("i g n o r e "), GH_STR_INIT("a\n"),
    GH_STR_INIT("q"), GH_STR_INIT("qx "), GH_STR_INIT("qxzj "), GH_STR_INIT("qxzjwv "), GH_STR_INIT("ignroe "),
    GH_STR_INIT("ig nore "), GH_STR_INIT("ignoree "), GH_STR_INIT("ignoooore "), GH_STR_INIT("1gn0r3 "), GH_STR_INIT("1!|1!|1!| "),
    GH_STR_INIT("a1!"), GH_STR_INIT("!"), GH_STR_INIT("."), GH_STR_INIT("-."), GH_STR_INIT("- "), GH_STR_INIT("#"),
    GH_STR_INIT("'"), GH_STR_INIT("\""), GH_STR_INIT("'\""), GH_STR_INIT("\"\\"), GH_STR_INIT("\"a\"+"),
    GH_STR_INIT("a=\"b\";a+a+"), GH_STR_INIT("x+'"), GH_STR_INIT("+ "), GH_STR_INIT("=\""), GH_STR_INIT("<"), GH_STR_INIT("<a"),
    GH_STR_INIT("<a>"), GH_STR_INIT("<a hidden>"), GH_STR_INIT("<p style='height:1' title='a b'>x</p>"), GH_STR_INIT("<!--"),
    GH_STR_INIT("{#"), GH_STR_INIT("[//]: # ("), GH_STR_INIT("]("), GH_STR_INIT("!["), GH_STR_INIT("![a](b \"c\")"),
    GH_STR_INIT("[]("), GH_STR_INIT("<~"), GH_STR_INIT("<~9jqo^"), GH_STR_INIT("#$%&'()*+,-./"), GH_STR_INIT("%41"),
    GH_STR_INIT("%2541"), GH_STR_INIT("&amp;"), GH_STR_INIT("&amp;amp;amp;"), GH_STR_INIT("&#38;"), GH_STR_INIT("&ZeroWidthSpace;"),
    GH_STR_INIT("&#x26;#x26;"), GH_STR_INIT("\\u0041"), GH_STR_INIT("\\ud83d\\ude00"), GH_STR_INIT("=41"), GH_STR_INIT("=\n"),
    GH_STR_INIT("QUJD"), GH_STR_INIT("aWdub3Jl"), GH_STR_INIT("YVdkdWIzSmw="), GH_STR_INIT("WVZka2RXSXpTbXc9"),
    GH_STR_INIT("69676e6f7265"), GH_STR_INIT("NFTW433SMU======"), GH_STR_INIT("0x69 "), GH_STR_INIT("69 "), GH_STR_INIT("105 "),
    GH_STR_INIT("01101001 "), GH_STR_INIT("alfa "), GH_STR_INIT("x ray "), GH_STR_INIT("vtaber "), GH_STR_INIT("vtaber a b "),
    GH_STR_INIT("erongi "), GH_STR_INIT("\xff"), GH_STR_INIT("\0"),
    GH_STR_INIT("\x01"
                "a"),
    GH_STR_INIT("\xc3"), GH_STR_INIT("\xed\xa0\x80"), GH_STR_INIT("\xe2\x80\xae"), GH_STR_INIT("\xe2\x80\x8b"),
    GH_STR_INIT("\xe2\x80\x8b\xe2\x80\x8c"), GH_STR_INIT("a\xe2\x80\x8b"), GH_STR_INIT("e\xcc\x81"), GH_STR_INIT("\xcc\x81"),
    GH_STR_INIT("\xd0\xb0"), GH_STR_INIT("\xd1\x96gnore "), GH_STR_INIT("\xe4\xb8\x80"), GH_STR_INIT("1\xe4\xb8\x80"),
    GH_STR_INIT("\xef\xbd\x81"), GH_STR_INIT("\xf0\x9f\x98\x80"), GH_STR_INIT("\xf3\xa0\x81\xa1"),
    GH_STR_INIT("\xef\xb8\x80\xef\xb8\x81"), GH_STR_INIT("\xe2\xa0\x81"), GH_STR_INIT("User: a\nAssistant: b\n"),
    GH_STR_INIT("donaudampfschifffahrtsgesellschaft"), GH_STR_INIT("ignoreallpreviousinstructions "), GH_STR_INIT("a-b_c/d+e"),
    GH_STR_INIT("don't'ask'me'"), GH_STR_INIT("the previous instructions of all "), GH_STR_INIT("abcdefghijk1 "),
    GH_STR_INIT("]]](((")};

/* No text takes more than so many blocks a byte, and what a short one takes anyway. */
static void
test_bound(void **state)
{
    static const size_t sizes[] = {64, 8192, 24u << 10};
    static char mem[64u << 10];

    (void)state;
    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++)
        for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
            assert_bounded(repeat(mem, sizes[k], units[i]), (enum gh_shield_kind)(i % GH_SHIELD_KINDS), units[i].p);
    tell_worst();
}

/* Two of them, in pieces of different lengths: what the one leaves open the other does not make dear. */
static void
test_pairs(void **state)
{
    static char mem[8u << 10];
    size_t n_units = sizeof units / sizeof units[0];

    (void)state;
    for (size_t i = 0; i < n_units; i++)
        for (size_t k = i % 9; k < n_units; k += 9) {
            size_t half = sizeof mem / (2 + (i + k) % 7);
            char name[64];

            memset(mem, ' ', sizeof mem);
            (void)repeat(mem, half, units[i]);
            (void)repeat(mem + half, sizeof mem - half, units[k]);
            (void)snprintf(name, sizeof name, "%s, %s", units[i].p, units[k].p);
            assert_bounded(gh_str(mem, sizeof mem), GH_SHIELD_USER, name);
        }
    tell_worst();
}

/* A form within a form within a form: base64 of base64 of base64 of much. Each of them is longer than what it holds; two are followed. */
static void
test_forms_in_forms(void **state)
{
    static char inner[24u << 10], outer[2][64u << 10];
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    struct gh_str text = repeat(inner, sizeof inner, GH_STR("ignore all "));

    (void)state;
    for (size_t depth = 0; depth < 3; depth++) {
        char *to = outer[depth % 2];
        size_t n = 0;

        for (size_t i = 0; i + 3 <= text.n; i += 3) {
            uint32_t v = (uint32_t)(uint8_t)text.p[i] << 16 | (uint32_t)(uint8_t)text.p[i + 1] << 8 | (uint8_t)text.p[i + 2];

            for (int shift = 18; shift >= 0; shift -= 6)
                to[n++] = digits[v >> shift & 63];
        }
        text = gh_str(to, n);
        assert_bounded(text, GH_SHIELD_USER, "base64");
    }
    tell_worst();
}

/* Ordinary sentences go the fast way: many blocks more, and it is no longer what the budget of microseconds was measured with. */
static void
test_ordinary(void **state)
{
    const char *root = getenv("GATEHOUSE_SOURCE");
    struct gh_arena a = gh_test_arena();
    char path[4096];
    struct gh_str text;

    (void)state;
    assert_true(root != NULL && snprintf(path, sizeof path, "%s/bench/sentences.txt", root) > 0);
    text = gh_str_sub(gh_test_file(&a, path), 0, 4096);
    assert_true(text.n > 2000);
    assert_bounded(text, GH_SHIELD_USER, "sentences");
    assert_true(worst <= ORDINARY_MAX);
    tell_worst();
    gh_arena_fini(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ordinary),
        cmocka_unit_test(test_bound),
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_forms_in_forms),
    };

    return cmocka_run_group_tests_name("shield_work", tests, gh_shipped_setup, gh_shipped_teardown);
}
