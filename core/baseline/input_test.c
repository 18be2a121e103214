/* SPDX-License-Identifier: Apache-2.0 */
/* What is read as which shape, what is refused and where, who belongs to whom; and hostile texts. */
#include "baseline/judge.h"

#include "sweeps.h"

#define S(lit) GH_STR_INIT(lit)
#define SCHEMA "\"$schema\":\"https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#\""

static const struct {
    const char *name;
    struct gh_str text;
    enum gh_rc rc;
    enum gh_input_shape shape;
    uint32_t n, at; /* resources; offset of the refusal */
} cases[] = {
    {"template", S("{" SCHEMA ",\"resources\":[{\"type\":\"A.b/c\",\"name\":\"n\"}]}"), GH_OK, GH_INPUT_TEMPLATE, 1, 0},
    {"symbolic names", S("{" SCHEMA ",\"languageVersion\":\"2.0\",\"resources\":{\"x\":{\"type\":\"A.b/c\",\"name\":\"n\"}}}"),
        GH_OK, GH_INPUT_TEMPLATE, 1, 0},
    {"no schema", S("{\"contentVersion\":\"1\",\"resources\":[]}"), GH_OK, GH_INPUT_TEMPLATE, 0, 0},
    {"byte order mark", S("\xef\xbb\xbf{\"contentVersion\":\"1\",\"resources\":[]}"), GH_OK, GH_INPUT_TEMPLATE, 0, 0},
    {"comments", S("// a\n{\"contentVersion\":\"1\", /* \"*/ \"resources\":[] }"), GH_OK, GH_INPUT_TEMPLATE, 0, 0},
    {"loop", S("{" SCHEMA ",\"resources\":[{\"type\":\"A.b/c\",\"name\":\"n\",\"copy\":{\"name\":\"l\",\"count\":4}}]}"), GH_OK,
        GH_INPUT_TEMPLATE, 4, 0},
    {"loop of nothing", S("{" SCHEMA ",\"resources\":[{\"type\":\"A.b/c\",\"name\":\"n\",\"copy\":{\"name\":\"l\",\"count\":0}}]}"),
        GH_OK, GH_INPUT_TEMPLATE, 0, 0},
    {"loop too long", S("{" SCHEMA ",\"resources\":[{\"type\":\"A.b/c\",\"name\":\"n\",\"copy\":{\"name\":\"l\",\"count\":801}}]}"),
        GH_LIMIT, GH_INPUT_TEMPLATE, 0, 0},
    {"condition false", S("{" SCHEMA ",\"resources\":[{\"type\":\"A.b/c\",\"name\":\"n\",\"condition\":\"[false()]\"}]}"), GH_OK,
        GH_INPUT_TEMPLATE, 0, 0},
    {"list", S("[{\"type\":\"A.b/c\",\"name\":\"n\"}]"), GH_OK, GH_INPUT_LIST, 1, 0},
    {"nested list", S("[{\"type\":\"A.b/c\",\"name\":\"n\",\"resources\":[{\"type\":\"D.e/f\",\"name\":\"m\"}]}]"), GH_OK,
        GH_INPUT_LIST, 2, 0},
    {"other names", S("[{\"ResourceType\":\"A.b/c\",\"ResourceName\":\"n\",\"ResourceId\":\"/x\"}]"), GH_OK, GH_INPUT_LIST, 1, 0},
    {"one resource", S("{\"type\":\"A.b/c\",\"id\":\"/providers/A.b/c/n\"}"), GH_OK, GH_INPUT_RESOURCE, 1, 0},
    {"graph", S("{\"data\":[{\"type\":\"a.b/c\",\"name\":\"n\"}]}"), GH_OK, GH_INPUT_GRAPH, 1, 0},
    {"value", S("{\"value\":[{\"type\":\"a.b/c\",\"name\":\"n\"}]}"), GH_OK, GH_INPUT_GRAPH, 1, 0},
    {"columns", S("{\"data\":{\"columns\":[{\"name\":\"type\"},{\"name\":\"name\"}],\"rows\":[[\"a.b/c\",\"n\"]]}}"), GH_OK,
        GH_INPUT_GRAPH, 1, 0},
    {"empty text", S(""), GH_BAD, GH_INPUT_UNKNOWN, 0, 0},
    {"empty list", S("[]"), GH_BAD, GH_INPUT_LIST, 0, 0},
    {"empty answer", S("{\"data\":[]}"), GH_BAD, GH_INPUT_GRAPH, 0, 0},
    {"empty object", S("{}"), GH_BAD, GH_INPUT_UNKNOWN, 0, 0},
    {"text", S("\"a\""), GH_BAD, GH_INPUT_UNKNOWN, 0, 0},
    {"parameters alone", S("{\"contentVersion\":\"1\",\"parameters\":{}}"), GH_BAD, GH_INPUT_PARAMETERS, 0, 0},
    {"no resource in a list", S("[{\"type\":\"A.b/c\",\"name\":\"n\"},{\"a\":1}]"), GH_BAD, GH_INPUT_LIST, 0, 29},
    {"number in a list", S("[1]"), GH_BAD, GH_INPUT_LIST, 0, 1},
    {"resource without type", S("{" SCHEMA ",\"resources\":[{\"name\":\"n\"}]}"), GH_BAD, GH_INPUT_TEMPLATE, 0, 0},
    {"resources is a text", S("{" SCHEMA ",\"resources\":\"x\"}"), GH_BAD, GH_INPUT_UNKNOWN, 0, 0},
    {"twice", S("[{\"type\":\"A.b/c\",\"type\":\"n\"}]"), GH_BAD, GH_INPUT_UNKNOWN, 0, 17},
    {"bad UTF-8", S("[{\"type\":\"A.b/\xff\"}]"), GH_BAD, GH_INPUT_UNKNOWN, 0, 14},
    {"UTF-16", S("\xff\xfe[\0]\0"), GH_BAD, GH_INPUT_UNKNOWN, 0, 0},
    {"ends early", S("[{\"type\":"), GH_BAD, GH_INPUT_UNKNOWN, 0, 9},
};

static void
shapes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_err err = {.at = 0};
        struct gh_input in;
        enum gh_rc rc = gh_input_read(&in, &a, cases[i].text, NULL, &err);
        if (rc != cases[i].rc || in.shape != cases[i].shape || (rc == GH_OK && in.n_resources != cases[i].n) ||
            (cases[i].at > 0 && err.at != cases[i].at))
            fail_msg("%s: rc %d, shape %d, %u resources, at %u: %s", cases[i].name, (int)rc, (int)in.shape, in.n_resources, err.at,
                err.what == NULL ? "" : err.what);
        gh_arena_fini(&a);
    }
}

/* ---- who belongs to whom: the parent of resource `child` is resource `parent` ---- */

#define RES(type, name, more) "{\"type\":\"" type "\",\"apiVersion\":\"2023-01-01\",\"name\":\"" name "\"" more "}"
#define TEMPLATE(resources)                                                                                                        \
    "{" SCHEMA ",\"contentVersion\":\"1\",\"parameters\":{\"n\":{\"type\":\"string\"}},\"resources\":[" resources "]}"
#define ID "/subscriptions/s/resourceGroups/g/providers/"

static const struct {
    const char *name, *text;
    uint32_t child, parent;
    bool is_extension;
} links[] = {
    {"nesting", TEMPLATE(RES("A.b/c", "p", ",\"resources\":[" RES("d", "q", "") "]")), 1, 0, false},
    {"names", TEMPLATE(RES("A.b/c", "p", "") "," RES("a.B/C/d", "P/q", "")), 1, 0, false},
    {"unknown names", TEMPLATE(RES("A.b/c", "[parameters('n')]", "") "," RES("A.b/c/d", "[concat(parameters('n'), '/x')]", "")), 1,
        0, false},
    {"format", TEMPLATE(RES("A.b/c", "[parameters('n')]", "") "," RES("A.b/c/d", "[format('{0}/{1}', parameters('n'), 'x')]", "")),
        1, 0, false},
    {"scope", TEMPLATE(RES("A.b/c", "p", "") "," RES("Microsoft.Insights/diagnosticSettings", "d", ",\"scope\":\"A.b/c/p\"")), 1, 0,
        true},
    {"scope by resourceId",
        TEMPLATE(RES("A.b/c", "[parameters('n')]", "") "," RES(
            "Microsoft.Insights/diagnosticSettings", "d", ",\"scope\":\"[resourceId('A.b/c', parameters('n'))]\"")),
        1, 0, true},
    {"old scope", TEMPLATE(RES("A.b/c", "p", "") "," RES("A.b/c/providers/diagnosticSettings", "p/Microsoft.Insights/d", "")), 1, 0,
        true},
    {"old scope, nested",
        TEMPLATE(RES("A.b/c", "p", ",\"resources\":[" RES("providers/diagnosticSettings", "Microsoft.Insights/d", "") "]")), 1, 0,
        true},
    {"dependsOn",
        TEMPLATE(RES("A.b/c", "p", "") "," RES("A.b/c/d", "[parameters('n')]", ",\"dependsOn\":[\"[resourceId('A.b/c', 'p')]\"]")),
        1, 0, false},
    {"nobody", TEMPLATE(RES("A.b/c", "p", "") "," RES("A.b/c/d", "z/q", "")), 1, GH_INPUT_NONE, false},
    {"id",
        "[{\"id\":\"" ID "A.b/c/p\",\"type\":\"A.b/c\",\"name\":\"p\"},{\"id\":\"" ID
        "a.b/C/P/d/q\",\"type\":\"a.b/c/d\",\"name\":\"q\"}]",
        1, 0, false},
    {"id of an extension",
        "[{\"id\":\"" ID "A.b/c/p\",\"type\":\"A.b/c\",\"name\":\"p\"},{\"id\":\"" ID
        "A.b/c/p/providers/Microsoft.Insights/diagnosticSettings/d\",\"type\":\"Microsoft.Insights/"
        "diagnosticSettings\",\"name\":\"d\"}]",
        1, 0, true},
    {"a setting of the old kind, in an export",
        "[{\"id\":\"" ID "A.b/c/p\",\"type\":\"A.b/c\",\"name\":\"p\",\"resources\":[{\"type\":\"A.b/c/providers/"
        "diagnosticSettings\",\"name\":\"p/Microsoft.Insights/d\"}]}]",
        1, 0, true},
    {"a subscription, and what it lists",
        "[{\"ResourceType\":\"Microsoft.Subscription\",\"Name\":\"s\",\"resources\":[{\"ResourceType\":\"A.b/"
        "c\",\"Name\":\"p\"}]}]",
        1, 0, true},
    {"another group",
        "[{\"id\":\"" ID "A.b/c/p\",\"type\":\"A.b/c\",\"name\":\"p\"},{\"id\":\"/subscriptions/s/resourceGroups/h/providers/"
        "A.b/c/p/d/q\",\"type\":\"A.b/c/d\",\"name\":\"p/q\"}]",
        1, GH_INPUT_NONE, false},
    {"itself", TEMPLATE(RES("A.b/c", "p", ",\"scope\":\"A.b/c/p\"")), 0, GH_INPUT_NONE, false},
};

static void
parents(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_err err = {.what = ""};
        struct gh_input in;
        if (gh_input_read(&in, &a, gh_str_z(links[i].text), NULL, &err) != GH_OK)
            fail_msg("%s: %s at %u", links[i].name, err.what, err.at);
        if (in.resource[links[i].child].parent != links[i].parent ||
            in.resource[links[i].child].is_extension != links[i].is_extension)
            fail_msg("%s: parent is %u", links[i].name, in.resource[links[i].child].parent);
        gh_arena_fini(&a);
    }
}

/* ---- hostile ---- */

static void
count_results(void *ctx, const struct gh_result *r)
{
    struct gh_buf *meaning = ctx;

    gh_buf_putz(meaning, r->rule->id);
    gh_buf_putz(meaning, gh_outcome_names[r->outcome]);
    gh_buf_put_u64(meaning, r->at);
    gh_buf_putc(meaning, ' ');
}

static enum gh_rc
understand(struct gh_buf *meaning, struct gh_arena *a, struct gh_str text)
{
    struct gh_input *in = gh_arena_take(a, sizeof *in);
    struct gh_baseline_config config;
    enum gh_rc rc;

    if (in == NULL)
        return GH_NOMEM;
    gh_config_init(&config);
    rc = gh_input_read(in, a, text, NULL, NULL);
    return rc == GH_OK ? gh_judge_run(in, &config, count_results, meaning) : rc;
}

static void
sweeps(void **state)
{
    static const char template[] = TEMPLATE(RES("Microsoft.CognitiveServices/accounts", "[parameters('n')]",
        ",\"identity\":{\"type\":\"[if(true(),'SystemAssigned','x')]\"},\"properties\":{\"disableLocalAuth\":\"[not(false())]"
        "\"}") "," RES("Microsoft.Insights/diagnosticSettings", "d",
        ",\"scope\":\"[resourceId('Microsoft.CognitiveServices/accounts', parameters('n'))]\""
        ",\"properties\":{\"workspaceId\":\"w\",\"logs\":[{\"category\":\"Audit\",\"enabled\":true}]}"));
    static const char list[] =
        "[{\"id\":\"" ID "Microsoft.KeyVault/vaults/v\",\"type\":\"Microsoft.KeyVault/vaults\",\"name\":\"v\",\"properties\":"
        "\"{\\\"enablePurgeProtection\\\":true}\"}]";

    (void)state;
    gh_test_mangle(understand, gh_str_z(list), false);
    gh_test_oom(understand, gh_str_z(template));
    gh_test_oom(understand, gh_str_z(list));
    gh_test_page(understand, gh_str_z(list));
}

/* `n` times `part`, between `before` and `after`. */
static enum gh_rc
repeated(const char *before, const char *part, const char *after, unsigned n, unsigned at_most_results)
{
    struct gh_arena a = gh_test_arena();
    struct gh_buf text, meaning;
    enum gh_rc rc;

    gh_buf_init(&text, &a, 32u << 20);
    gh_buf_init(&meaning, &a, 32u << 20);
    gh_buf_putz(&text, before);
    for (unsigned i = 0; i < n; i++)
        gh_buf_putz(&text, part);
    gh_buf_putz(&text, after);
    rc = understand(&meaning, &a, gh_buf_str(&text));
    assert_true(at_most_results == 0 || meaning.n < (size_t)at_most_results * 64);
    gh_arena_fini(&a);
    return rc;
}

static void
hostile(void **state)
{
    (void)state;
    assert_int_equal(repeated("[", "[", "", 1000, 0), GH_LIMIT);
    assert_int_equal(repeated(TEMPLATE(""), " ", "", 100000, 0), GH_OK);
    /* parameters that lead to one another, and loops of loops */
    assert_int_equal(repeated("{" SCHEMA ",\"resources\":[", RES("A.b/c", "[variables('x')]", "") ",",
                         RES("A.b/c", "n", "") "],\"variables\":{\"x\":"
                                               "\"[concat(variables('y'),variables('y'))]\",\"y\":\"[concat(variables('x'))]\"}}",
                         1000, 0),
        GH_OK);
    assert_int_equal(repeated("{" SCHEMA ",\"resources\":[",
                         "{\"type\":\"Microsoft.Resources/deployments\",\"name\":\"d\",\"copy\":{\"count\":800,\"name\":\"l\"},"
                         "\"properties\":{\"template\":{\"resources\":[",
                         "1", 100, 0),
        GH_LIMIT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes), cmocka_unit_test(parents), cmocka_unit_test(sweeps), cmocka_unit_test(hostile)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
