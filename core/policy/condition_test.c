/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include "policy/condition.h"
#include "policy/decide.h"
#include "policy/snapshot_maker.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define AUTH         "Microsoft.Authorization/roleAssignments:"
#define CUSTOM       "@Principal[Microsoft.Directory/CustomSecurityAttributes/Id:"
#define USER         "53ca6127-db72-4b80-b1b0-d745d6d5456d"
#define NOW_MS       1767225600000 /* 2026-01-01T00:00:00Z */

static const uint8_t ip[16] = {[10] = 0xff, [11] = 0xff, [12] = 10, [13] = 1, [14] = 2, [15] = 3};
static const struct gh_assignment_facts request = {
    GH_STR_INIT(USER), GH_STR_INIT("entra:8e3af657-a8ff-443c-a75c-2fe8c4bcb635"), GH_STR_INIT("User")};
static const struct gh_assignment_facts resource = {
    GH_STR_INIT("8e3af657-a8ff-443c-a75c-2fe8c4bcb635"), GH_STR_INIT("/groups/all"), GH_STR_INIT("")};
static const struct gh_attributes known = {
    true, ip, GH_STR_INIT("main"), GH_STR_INIT("/workspaces/w/privateConnections/p"), &request, &resource};
static const struct gh_attributes by_socket = {.knows_way = true, .listener = GH_STR_INIT("sock")};

struct world {
    struct gh_arena a;
    struct gh_snap snap;
    struct gh_caller caller;
};

static void
world_new(struct world *w)
{
    static const struct gh_str attributes[] = {GH_STR_INIT("project"), GH_STR_INIT("alpha"), GH_STR_INIT("project"),
        GH_STR_INIT("beta"), GH_STR_INIT("level"), GH_STR_INIT("-3"), GH_STR_INIT("cleared"), GH_STR_INIT("true"),
        GH_STR_INIT("until"), GH_STR_INIT("2027-01-01T00:00:00Z"), GH_STR_INIT("odd"), GH_STR_INIT("7x")};
    struct gh_maker m;

    *w = (struct world){.a = gh_test_arena()};
    m = gh_maker_new(&w->a, 1, false);
    gh_maker_put(&m, GH_SNAP_IDENTITY, GH_STR("gatehouse:ann"),
        (const struct gh_snap_value[GH_IDENTITY_N]){
            [GH_IDENTITY_KIND] = {.str = GH_STR("user")}, [GH_IDENTITY_ATTRIBUTES] = {.list = attributes, .n = COUNT(attributes)}});
    w->snap.base = gh_maker_finish(&m);
    assert_int_equal(m.rc, GH_OK);
    w->caller.name = GH_STR("gatehouse:ann");
}

static struct gh_question
question(const struct world *w, const struct gh_attributes *attributes)
{
    return (struct gh_question){&w->snap, &w->caller, GH_ACTION_ROLE_ASSIGNMENT_WRITE,
        GH_STR("/workspaces/w/endpoints/e/deployments/d"), NOW_MS, attributes};
}

static struct gh_str
compile(struct gh_arena *a, const char *text)
{
    struct gh_str program;
    struct gh_err err = {0};

    if (gh_condition_compile(&program, a, gh_str_z(text), &err) != GH_OK)
        fail_msg("%s: at %u: %s", text, err.at, err.what);
    return program;
}

enum { U = GH_HOLDS_UNKNOWN, N = GH_HOLDS_NO, Y = GH_HOLDS_YES, L = GH_HOLDS_LATER };

/* For everything known; for nothing known; for everything below the endpoint. Typed in, not computed. */
static const struct {
    const char *text;
    int known, nothing, below;
} rows[] = {
    {"ActionMatches{'Microsoft.Authorization/roleAssignments/write'}", Y, Y, Y},
    {"ActionMatches{'microsoft.authorization/*/WRITE'}", Y, Y, Y},
    {"ActionMatches{'Microsoft.Storage/x/read'}", N, N, N},
    {"!(ActionMatches{'*'})", N, N, N},
    {"ActionMatches{'*'} AND NOT SubOperationMatches{'Blob.List'}", Y, Y, Y},
    {"SubOperationMatches{'Blob.List'}", N, N, N},

    /* words, ranks, brackets */
    {"actionmatches{'*'} and not ActionMatches{'x'}", Y, Y, Y},
    {"ActionMatches{'*'} OR ActionMatches{'x'} AND ActionMatches{'x'}", Y, Y, Y},
    {"(ActionMatches{'*'} OR ActionMatches{'x'}) AND ActionMatches{'x'}", N, N, N},
    {"!ActionMatches{'x'} AND ActionMatches{'*'}", Y, Y, Y},
    {"!!ActionMatches{'*'}", Y, Y, Y},
    {"NOT NOT NOT ActionMatches{'*'}", N, N, N},
    {"((( ActionMatches{ '*' } )))\n\t", Y, Y, Y},

    /* the delegation example of protocols.md 6.2 */
    {"((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR (@Request[" AUTH
     "RoleDefinitionId] ForAnyOfAnyValues:GuidEquals{" USER "}))",
        Y, U, Y},
    {"@Resource[" AUTH "RoleDefinitionId] ForAnyOfAnyValues:GuidEquals{" USER ", 'acdd72a7-3385-48ef-bd42-f606fba81ae7'}", N, U, N},
    {"@Request[" AUTH "PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase{'user','Group'}", Y, U, Y},
    {"@Resource[" AUTH "PrincipalType] StringEquals 'User'", U, U, U},
    {"@Request[" AUTH "PrincipalId] GuidEquals 8E3AF657-a8ff-443c-a75c-2fe8c4bcb635", Y, U, Y},
    {"@Resource[" AUTH "PrincipalId] GuidEquals 8e3af657-a8ff-443c-a75c-2fe8c4bcb635", U, U,
        U}, /* the name of a group is no GUID */
    {"@Resource[" AUTH "PrincipalId] StringEquals '/groups/all'", Y, U, Y},
    {"@Request[" AUTH "RoleDefinitionId] GuidEquals @Resource[" AUTH "RoleDefinitionId]", N, U, N},
    {"@Request[" AUTH "RoleDefinitionId] GuidNotEquals @Resource[" AUTH "RoleDefinitionId]", Y, U, Y},

    /* what is not known stays so under NOT, and does not spoil what it cannot change */
    {"NOT @Request[" AUTH "PrincipalType] StringEquals 'Group'", Y, U, Y},
    {"@Request[" AUTH "PrincipalType] StringNotEquals 'Group' OR ActionMatches{'*'}", Y, Y, Y},
    {"@Request[" AUTH "PrincipalType] StringNotEquals 'Group' AND ActionMatches{'x'}", N, N, N},
    {"@Request[" AUTH "PrincipalType] StringNotEquals 'Group' AND ActionMatches{'*'}", Y, U, Y},

    /* strings */
    {"@Resource[Gatehouse:Path] StringStartsWith '/workspaces/w/'", Y, Y, L},
    {"@Resource[Gatehouse:Path] StringLike '/workspaces/?/endpoints/*/deployments/d'", Y, Y, L},
    {"@Resource[Gatehouse:Workspace] StringLike 'W'", N, N, N},
    {"@Resource[Gatehouse:Workspace] StringLikeIgnoreCase 'W*'", Y, Y, Y},
    {"@Resource[Gatehouse:Workspace] StringLike '\\*'", N, N, N},
    {"@Resource[Gatehouse:Endpoint] StringEquals 'e'", Y, Y, Y},
    {"@Resource[Gatehouse:Deployment] StringEquals 'd'", Y, Y, L},
    {"@Resource[Gatehouse:Deployment] StringNotEquals 'd'", N, N, L},
    {"NOT Exists @Resource[Gatehouse:Deployment]", N, N, L},
    {"@Resource[Gatehouse:Deployment] StringEquals 'd' AND @Resource[Gatehouse:Endpoint] StringEquals 'x'", N, N, N},
    {"@Resource[Gatehouse:Deployment] StringEquals 'd' OR @Resource[Gatehouse:Endpoint] StringEquals 'e'", Y, Y, Y},
    {"@Resource[Gatehouse:Workspace] ForAnyOfAnyValues:StringStartsWithIgnoreCase{'V','W'}", Y, Y, Y},

    /* principals */
    {"@Principal[Gatehouse:Id] StringEquals 'gatehouse:ann'", Y, Y, Y},
    {"@Principal[Gatehouse:Kind] StringEquals 'user'", Y, Y, Y},
    {CUSTOM "project] ForAnyOfAnyValues:StringEquals{'beta','gamma'}", Y, Y, Y},
    {CUSTOM "project] ForAllOfAnyValues:StringEquals{'beta','gamma'}", N, N, N},
    {CUSTOM "project] ForAllOfAnyValues:StringEquals{'beta','alpha'}", Y, Y, Y},
    {CUSTOM "project] ForAnyOfAllValues:StringEquals{'beta','alpha'}", N, N, N},
    {CUSTOM "project] ForAnyOfAllValues:StringLike{'b*','*a'}", Y, Y, Y},
    {CUSTOM "project] ForAllOfAllValues:StringLike{'*a'}", Y, Y, Y},
    {CUSTOM "project] ForAllOfAllValues:StringLike{'*a','b*'}", N, N, N},
    {CUSTOM "project] StringEquals 'alpha'", U, U, U}, /* two values, no cross product */
    {CUSTOM "absent] StringEquals 'alpha'", U, U, U},
    {CUSTOM "absent] StringNotEquals 'alpha'", U, U, U},
    {CUSTOM "absent] ForAllOfAnyValues:StringEquals{'alpha'}", U, U, U},
    {"Exists " CUSTOM "absent]", N, N, N},
    {"Exists " CUSTOM "PROJECT]", Y, Y, Y},
    {CUSTOM "level] NumericEquals -3", Y, Y, Y},
    {CUSTOM "level] NumericLessThan 0", Y, Y, Y},
    {CUSTOM "level] NumericGreaterThanEquals -2", N, N, N},
    {CUSTOM "level] NumericNotEquals -3", N, N, N},
    {CUSTOM "odd] NumericEquals 7", U, U, U},
    {CUSTOM "odd] NumericNotEquals 7", U, U, U},
    {CUSTOM "cleared] BoolEquals true", Y, Y, Y},
    {CUSTOM "cleared] BoolNotEquals 'true'", N, N, N},
    {CUSTOM "project] ForAnyOfAnyValues:BoolEquals{true}", U, U, U},
    {CUSTOM "until] DateTimeGreaterThan @Environment[UtcNow]", Y, Y, Y},

    /* environment */
    {"@Environment[UtcNow] DateTimeGreaterThan '2025-12-31T23:59:59Z'", Y, Y, Y},
    {"@Environment[UtcNow] DateTimeGreaterThan '2026-01-01T00:00:00.0Z'", N, N, N},
    {"@Environment[UtcNow] DateTimeLessThanEquals 2026-01-01T00:00:00Z", Y, Y, Y},
    {"@Environment[isPrivateLink] BoolEquals true", Y, U, Y},
    {"@Environment[Microsoft.Network/privateEndpoints] StringLike '*/privateConnections/p'", Y, U, Y},
    {"@Environment[subnet] IpMatch '10.1.0.0/16'", Y, U, Y},
    {"@Environment[Microsoft.Network/virtualNetworks/subnets] ForAnyOfAnyValues:IpMatch{'::/0','10.9.0.0/16'}", N, U, N},
    {"@Environment[Gatehouse:Listener] StringEquals 'main'", Y, U, Y},
    {"Exists @Environment[privateEndpoints]", Y, U, Y},
};

static void
means(void **state)
{
    struct world w;

    (void)state;
    world_new(&w);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct gh_question with = question(&w, &known), without = question(&w, NULL), below = with;
        struct gh_str program = compile(&w.a, rows[i].text);

        below.path = GH_STR("/workspaces/w/endpoints/e");
        int got[] = {(int)gh_condition_run(program, &with, false), (int)gh_condition_run(program, &without, false),
            (int)gh_condition_run(program, &below, true)};
        if (got[0] != rows[i].known || got[1] != rows[i].nothing || got[2] != rows[i].below)
            fail_msg("%s: known %d, nothing known %d, below %d", rows[i].text, got[0], got[1], got[2]);
    }
    gh_arena_fini(&w.a);
}

static void
who_has_no_address(void **state)
{
    static const struct {
        const char *text;
        int want;
    } cases[] = {
        {"@Environment[subnet] IpMatch '0.0.0.0/0'", U},
        {"Exists @Environment[subnet]", N},
        {"@Environment[isPrivateLink] BoolEquals false", Y},
        {"Exists @Environment[privateEndpoints]", N},
        {"@Principal[Gatehouse:Kind] StringEquals 'user'", Y},
    };
    struct world w;

    (void)state;
    world_new(&w);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct gh_question q = question(&w, &by_socket);
        if ((int)gh_condition_run(compile(&w.a, cases[i].text), &q, false) != cases[i].want)
            fail_msg("%s", cases[i].text);
    }
    w.caller.name = GH_STR("entra:stranger");
    struct gh_question q = question(&w, &known);
    assert_int_equal(
        gh_condition_run(compile(&w.a, "@Principal[Gatehouse:Kind] StringEquals 'user'"), &q, false), GH_HOLDS_UNKNOWN);
    assert_int_equal(gh_condition_run(compile(&w.a, "Exists " CUSTOM "project]"), &q, false), GH_HOLDS_UNKNOWN);
    gh_arena_fini(&w.a);
}

/* ---- what is refused when it is written, and where ---- */

static void
refused(void **state)
{
    static const struct {
        const char *text;
        uint32_t at;
    } cases[] = {
        {"", 0},
        {"   ", 3},
        {"()", 1},
        {"(ActionMatches{'x'}", 0},
        {"ActionMatches{'x'})", 18},
        {"ActionMatches{'x'} ActionMatches{'x'}", 19},
        {"ActionMatches{'x'} AND", 22},
        {"ActionMatches{'x'} XOR ActionMatches{'x'}", 19},
        {"ActionMatches{'x'} && ActionMatches{'x'}", 19},
        {"AND ActionMatches{'x'}", 0},
        {"!", 1},
        {"ActionMatches{''}", 14},
        {"ActionMatches{x}", 14},
        {"ActionMatches{'x','y'}", 17},
        {"ActionMatches 'x'", 14},
        {"ActionMatches{'x", 14},
        {"SubOperationMatches{}", 20},
        {"Exists 'x'", 7},
        {"@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:name] StringEquals 'x'", 0},
        {"@Subject[Gatehouse:Id] StringEquals 'x'", 0},
        {"@Principal[Gatehouse:Path] StringEquals 'x'", 0},
        /* What a token proves and on what device is no attribute: it never compiles into something that is only not known. */
        {"@Principal[Gatehouse:Mfa] BoolEquals true", 0},
        {"@Principal[amr] ForAnyOfAnyValues:StringEquals{'mfa'}", 0},
        {"@Principal[acrs] StringEquals 'c1'", 0},
        {"@Environment[mfa] BoolEquals true", 0},
        {"@Environment[Gatehouse:Device] StringEquals 'compliant'", 0},
        {"ActionMatches{'*'} AND @Principal[device.isCompliant] BoolEquals true", 23},
        {"NOT (Exists @Environment[deviceid])", 12},
        {"@Environment[country] StringEquals 'DE'", 0},
        {"@Principal[riskLevel] StringEquals 'low'", 0},
        {"@Request[" AUTH "Condition] StringEquals 'x'", 0},
        {CUSTOM "] StringEquals 'x'", 0},
        {"@Resource StringEquals 'x'", 9},
        {"@Resource[Gatehouse:Path StringEquals 'x'", 24},
        {"@Resource[Gatehouse:Path]", 25},
        {"@Resource[Gatehouse:Path] StringMatches 'x'", 26},
        {"@Resource[Gatehouse:Path] ForEachOfAnyValues:StringEquals{'x'}", 26},
        {"@Resource[Gatehouse:Path] ForAnyOfAnyValues:{'x'}", 26},
        {"@Resource[Gatehouse:Path] StringEquals", 38},
        {"@Resource[Gatehouse:Path] StringEquals x", 39},
        {"@Resource[Gatehouse:Path] StringEquals {'x'}", 39},
        {"@Resource[Gatehouse:Path] ForAnyOfAnyValues:StringEquals{}", 57},
        {"@Resource[Gatehouse:Path] ForAnyOfAnyValues:StringEquals{'x',}", 61},
        {"@Resource[Gatehouse:Path] ForAnyOfAnyValues:StringEquals{'x' 'y'}", 61},
        {"@Resource[Gatehouse:Path] NumericEquals 1", 26},
        {"@Resource[Gatehouse:Path] StringEquals @Environment[UtcNow]", 39},
        {"@Environment[UtcNow] DateTimeEquals '2026-13-01T00:00:00Z'", 36},
        {"@Environment[UtcNow] DateTimeEquals 'tomorrow'", 36},
        {"@Environment[isPrivateLink] BoolEquals 1", 39},
        {"@Environment[subnet] IpMatch '10.1.2.3/8'", 29},
        {"@Environment[subnet] StringEquals '/subscriptions/s'", 21},
        {"@Request[" AUTH "RoleDefinitionId] GuidEquals 'Owner'", 78},
        {CUSTOM "level] NumericEquals 1.5", 80},
        {CUSTOM "level] NumericEquals 99999999999999999999", 80},
        {"ActionMatches{'x'} # comment", 19},
        {"@Resource[Gatehouse:Path] StringEquals 'a\nb'", 41},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_str program;
        struct gh_err err = {0};
        enum gh_rc rc = gh_condition_compile(&program, &a, gh_str_z(cases[i].text), &err);

        if (rc != GH_BAD || err.at != cases[i].at || err.what == NULL || program.p != NULL)
            fail_msg("%s: %d at %u (%s)", cases[i].text, (int)rc, err.at, err.what == NULL ? "" : err.what);
        gh_arena_fini(&a);
    }
}

/* Who asks a condition for what a token proves is told where that is asked for. */
static void
points_to_conditional_access(void **state)
{
    static const char *const texts[] = {"@Environment[mfa] BoolEquals true", "@Principal[deviceid] StringEquals 'x'"};

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_str program;
        struct gh_err err = {0};
        assert_int_equal(gh_condition_compile(&program, &a, gh_str_z(texts[i]), &err), GH_BAD);
        assert_non_null(strstr(err.what, "conditional access"));
        gh_arena_fini(&a);
    }
}

static enum gh_rc
repeated(const char *head, const char *unit, size_t n, const char *tail)
{
    struct gh_arena a = gh_test_arena();
    struct gh_buf b;
    struct gh_str program;

    gh_buf_init(&b, &a, 4u << 20);
    gh_buf_putz(&b, head);
    for (size_t i = 0; i < n; i++)
        gh_buf_putz(&b, unit);
    gh_buf_putz(&b, tail);
    enum gh_rc rc = gh_condition_compile(&program, &a, gh_buf_str(&b), NULL);
    gh_arena_fini(&a);
    return rc;
}

static void
bounded(void **state)
{
    (void)state;
    assert_int_equal(repeated("", "!", GH_CONDITION_DEPTH_MAX, "ActionMatches{'x'}"), GH_OK);
    assert_int_equal(repeated("", "!", GH_CONDITION_DEPTH_MAX + 1, "ActionMatches{'x'}"), GH_LIMIT);
    assert_int_equal(repeated("", "(", 5000, "ActionMatches{'x'}"), GH_LIMIT);
    assert_int_equal(repeated("ActionMatches{'x'}", " OR ActionMatches{'x'}", 300, ""), GH_OK); /* long is not deep */
    assert_int_equal(repeated("ActionMatches{'x'}", " OR ActionMatches{'x'}", 400, ""), GH_LIMIT);
    assert_int_equal(repeated("ActionMatches{'", "x", 1u << 20, "'}"), GH_LIMIT); /* 1 MB in one line */
    assert_int_equal(repeated("@Environment[subnet] ForAnyOfAnyValues:IpMatch{'::/0'", ",'::/0'", 1100, "}"), GH_LIMIT);
}

/* A program that is none: never more than unknown. */
static void
damaged_programs(void **state)
{
    struct world w;

    (void)state;
    world_new(&w);
    struct gh_question q = question(&w, &known);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct gh_str program = compile(&w.a, rows[i].text);

        for (size_t n = 1; n < program.n; n++) {
            enum gh_holds got = gh_condition_run(gh_str_sub(program, 0, n), &q, false);
            if (got != GH_HOLDS_UNKNOWN && got != GH_HOLDS_YES && got != GH_HOLDS_NO)
                fail_msg("%s, cut at %zu: %d", rows[i].text, n, (int)got);
        }
    }
    assert_int_equal(gh_condition_run(GH_STR("\x02"), &q, false), GH_HOLDS_UNKNOWN);
    assert_int_equal(gh_condition_run(GH_STR("\x01"), &q, false), GH_HOLDS_UNKNOWN);
    assert_int_equal(gh_condition_run(GH_STR("\x01S&"), &q, false), GH_HOLDS_UNKNOWN);
    assert_int_equal(gh_condition_run(GH_STR("\x01SS"), &q, false), GH_HOLDS_UNKNOWN);
    assert_int_equal(gh_condition_run(GH_STR("\x01Sx"), &q, false), GH_HOLDS_UNKNOWN);
    assert_int_equal(gh_condition_run(GH_STR(""), &q, false), GH_HOLDS_YES);
    gh_arena_fini(&w.a);
}

/* ---- sweeps ---- */

static enum gh_rc
parse(struct gh_buf *meaning, struct gh_arena *a, struct gh_str in)
{
    struct gh_str program;
    struct gh_err err = {0};
    enum gh_rc rc = gh_condition_compile(&program, a, in, &err);

    if (rc == GH_OK)
        gh_buf_put(meaning, program);
    else
        assert_true(program.p == NULL && (rc == GH_NOMEM || (err.what != NULL && err.at <= in.n)));
    return rc;
}

static void
sweeps(void **state)
{
    static const struct gh_str golden = GH_STR_INIT(
        "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'} AND NOT SubOperationMatches{'a'})) OR (@Request[" AUTH
        "RoleDefinitionId] ForAnyOfAnyValues:GuidEquals{" USER "}) OR " CUSTOM
        "a] NumericLessThan -1) AND @Environment[subnet] IpMatch '10.0.0.0/8' AND Exists @Environment[UtcNow]");

    (void)state;
    gh_test_mangle(parse, golden, false);
    gh_test_oom(parse, golden);
    gh_test_page(parse, golden);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(means),
        cmocka_unit_test(who_has_no_address),
        cmocka_unit_test(refused),
        cmocka_unit_test(points_to_conditional_access),
        cmocka_unit_test(bounded),
        cmocka_unit_test(damaged_programs),
        cmocka_unit_test(sweeps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
