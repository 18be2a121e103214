/* SPDX-License-Identifier: Apache-2.0 */
/* The engine by rows of its own: what a condition answers for values that are there, absent, of another kind, unknown. */
#include "baseline/judge.h"

#include "sweeps.h"

static const char *
judged(const char *text, const struct gh_rule *rule)
{
    struct gh_arena a = gh_test_arena();
    struct gh_baseline_config config;
    struct gh_evidence seen;
    struct gh_err err = {.what = ""};
    enum gh_outcome outcome;
    struct gh_input in;

    gh_config_init(&config);
    if (gh_input_read(&in, &a, gh_str_z(text), NULL, &err) != GH_OK)
        fail_msg("%s: %s at %u", text, err.what, err.at);
    outcome = gh_judge_ask(&seen, &in, &config, rule, 0, NULL);
    gh_arena_fini(&a);
    return gh_outcome_names[outcome];
}

static const struct gh_rule key_off = {.id = "T-1", .pass = GH_IF(GH_TRUE("properties.disableLocalAuth", .absent = "false"))};
static const struct gh_rule either = {.id = "T-2",
    .guard = GH_IF(GH_IN("kind", "A|B")),
    .pass = GH_IF(GH_ANY(GH_IN("properties.x", "Deny"), GH_NOT_IN("properties.list[*].y", "bad")))};
static const struct gh_rule set = {.id = "T-3", .pass = GH_IF(GH_SET("properties.x"))};

#define ONE(rest) "[{\"type\":\"T.x/y\",\"name\":\"n\"," rest "}]"

static const struct {
    const char *text;
    const struct gh_rule *rule;
    const char *want;
} cases[] = {
    {ONE("\"properties\":{\"disableLocalAuth\":true}"), &key_off, "pass"},
    {ONE("\"Properties\":{\"DISABLElocalauth\":\"True\"}"), &key_off, "pass"},
    {ONE("\"properties\":{\"disableLocalAuth\":false}"), &key_off, "fail"},
    {ONE("\"properties\":{}"), &key_off, "fail"},
    {ONE("\"properties\":{\"disableLocalAuth\":null}"), &key_off, "fail"},
    {ONE("\"properties\":{\"disableLocalAuth\":[true]}"), &key_off, "unknown"},
    {ONE("\"properties\":{\"disableLocalAuth\":true,\"disablelocalauth\":false}"), &key_off, "unknown"},
    {ONE("\"properties\":[]"), &key_off, "unknown"},
    {ONE("\"sku\":{}"), &key_off, "unknown"},
    {ONE("\"kind\":\"c\",\"properties\":{}"), &either, "n/a"},
    {ONE("\"kind\":\"b\",\"properties\":{\"x\":\"deny\"}"), &either, "pass"},
    {ONE("\"kind\":\"b\",\"properties\":{\"list\":[{\"y\":\"good\"},{\"y\":\"BAD\"}]}"), &either, "fail"},
    {ONE("\"kind\":\"b\",\"properties\":{\"list\":[{\"y\":\"good\"}]}"), &either, "pass"},
    {ONE("\"kind\":\"b\",\"properties\":{\"list\":{\"y\":\"bad\"}}"), &either, "unknown"},
    {ONE("\"properties\":{\"x\":\"\"}"), &set, "fail"},
    {ONE("\"properties\":{\"x\":[]}"), &set, "fail"},
    {ONE("\"properties\":{\"x\":[0]}"), &set, "pass"},
};

static void
outcomes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *got = judged(cases[i].text, cases[i].rule);
        if (strcmp(got, cases[i].want) != 0)
            fail_msg("%s %s: got %s, want %s", cases[i].rule->id, cases[i].text, got, cases[i].want);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(outcomes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
