/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include <stdlib.h>

#include "policy/condition.h"
#include "policy/decide.h"
#include "policy/snapshot_maker.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define NOW          1000

static struct gh_caller
caller(const struct gh_str *principals, size_t n)
{
    struct gh_caller c = {.why = GH_IDENTIFY_OK, .n_principals = n};

    for (size_t i = 0; i < n; i++)
        c.principals[i] = principals[i];
    c.name = c.principals[0];
    return c;
}

static struct gh_question
question(const struct gh_snap *snap, const struct gh_caller *c, enum gh_action action, struct gh_str path, int64_t now_ms)
{
    return (struct gh_question){.snap = snap, .caller = c, .action = action, .path = path, .now_ms = now_ms};
}

static void
ask(struct gh_decision *out, const struct gh_snap *snap, const struct gh_caller *c, enum gh_action action, struct gh_str path,
    int64_t now_ms)
{
    struct gh_question q = question(snap, c, action, path, now_ms);

    gh_decide(out, &q);
}

static void
ask_below(struct gh_decision *out, const struct gh_snap *snap, const struct gh_caller *c, enum gh_action action, struct gh_str path,
    int64_t now_ms)
{
    struct gh_question q = question(snap, c, action, path, now_ms);

    gh_decide_below(out, &q);
}

/* ---- personas of the demo, by the groups' assignments ---- */

static struct gh_snap
demo(struct gh_arena *a)
{
    static const struct gh_maker_grant scientist[] = {
        {"/roleAssignments/ds-ml", "/workspaces/demo", "f6c7c914-8db3-469d-8ca1-694a8f32e121", 0, 0},
        {"/roleAssignments/ds-openai", "/workspaces/demo", "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd", 0, 0}};
    static const struct gh_maker_grant developer[] = {
        {"/roleAssignments/dev", "/workspaces/demo", "64702f94-c441-49e6-a78b-ef80e0188fee", 0, 0}};
    static const struct gh_maker_grant administrator[] = {
        {"/roleAssignments/it", "/workspaces/demo", "9eeba23c-ff22-49d2-95a5-fcec7ac49990", 0, 0}};
    struct gh_maker m = gh_maker_new(a, 1, false);
    struct gh_snap snap = {NULL, NULL};

    gh_maker_builtin_roles(&m);
    gh_maker_assign(&m, GH_STR("/groups/data-scientist"), scientist, COUNT(scientist));
    gh_maker_assign(&m, GH_STR("/groups/ai-developer"), developer, COUNT(developer));
    gh_maker_assign(&m, GH_STR("/groups/it-administrator"), administrator, COUNT(administrator));
    snap.base = gh_maker_finish(&m);
    assert_int_equal(m.rc, GH_OK);
    return snap;
}

/* S: data scientist, D: AI developer, I: IT administrator may do it in the workspace. Typed in, not computed. */
static const struct {
    enum gh_action action;
    const char *who;
} matrix[] = {
    {GH_ACTION_CHAT, "SD"},
    {GH_ACTION_MODELS_READ, "SD"},
    {GH_ACTION_WORKSPACE_READ, "I"},
    {GH_ACTION_WORKSPACE_WRITE, "I"},
    {GH_ACTION_WORKSPACE_DELETE, "I"},
    {GH_ACTION_ENDPOINT_READ, "SDI"},
    {GH_ACTION_ENDPOINT_WRITE, "SDI"},
    {GH_ACTION_ENDPOINT_DELETE, "SDI"},
    {GH_ACTION_DEPLOYMENT_READ, "SDI"},
    {GH_ACTION_DEPLOYMENT_WRITE, "SDI"},
    {GH_ACTION_DEPLOYMENT_DELETE, "SDI"},
    {GH_ACTION_BACKEND_READ, "SDI"},
    {GH_ACTION_BACKEND_WRITE, "SDI"},
    {GH_ACTION_BACKEND_DELETE, "SDI"},
    {GH_ACTION_KEY_CREATE, ""},
    {GH_ACTION_KEY_READ, "I"},
    {GH_ACTION_KEY_DELETE, "I"},
    {GH_ACTION_SECRET_READ, ""},
    {GH_ACTION_SECRET_GET, ""},
    {GH_ACTION_SECRET_SET, ""},
    {GH_ACTION_SECRET_DELETE, ""},
    {GH_ACTION_IDENTITY_READ, "I"},
    {GH_ACTION_IDENTITY_WRITE, "I"},
    {GH_ACTION_IDENTITY_DELETE, "I"},
    {GH_ACTION_GROUP_READ, "I"},
    {GH_ACTION_GROUP_WRITE, "I"},
    {GH_ACTION_GROUP_DELETE, "I"},
    {GH_ACTION_ISSUER_READ, "I"},
    {GH_ACTION_ISSUER_WRITE, "I"},
    {GH_ACTION_ISSUER_DELETE, "I"},
    {GH_ACTION_ROLE_DEFINITION_READ, "SDI"},
    {GH_ACTION_ROLE_DEFINITION_WRITE, "I"},
    {GH_ACTION_ROLE_DEFINITION_DELETE, "I"},
    {GH_ACTION_ROLE_ASSIGNMENT_READ, "SDI"},
    {GH_ACTION_ROLE_ASSIGNMENT_WRITE, "I"},
    {GH_ACTION_ROLE_ASSIGNMENT_DELETE, "I"},
    {GH_ACTION_LISTENER_READ, "I"},
    {GH_ACTION_STATUS_READ, "I"},
    {GH_ACTION_AUDIT_READ, "I"},
    {GH_ACTION_AUDIT_HEAD_READ, "I"},
    {GH_ACTION_API_READ, "I"},
    {GH_ACTION_COMPLETIONS, "SD"},
    {GH_ACTION_EMBEDDINGS, "SD"},
    {GH_ACTION_RESPONSE_READ, "SD"},
    {GH_ACTION_RESPONSE_WRITE, "SD"},
    {GH_ACTION_RESPONSE_DELETE, "SD"},
    {GH_ACTION_ENDPOINT_OBSERVE, "I"},
    {GH_ACTION_LISTENER_WRITE, "I"},
    {GH_ACTION_LISTENER_DELETE, "I"},
    {GH_ACTION_CONNECTION_READ, "SDI"},
    {GH_ACTION_CONNECTION_WRITE, "SDI"},
    {GH_ACTION_CONNECTION_DELETE, "SDI"},
    {GH_ACTION_CONNECTION_APPROVE, "I"},
    {GH_ACTION_ASSESSMENT_READ, "I"},
    {GH_ACTION_ASSESSMENT_WRITE, "I"},
    {GH_ACTION_ASSESSMENT_DELETE, "I"},
    {GH_ACTION_SCORE, "SD"},
    {GH_ACTION_OUTBOUND_READ, "SDI"},
    {GH_ACTION_OUTBOUND_WRITE, "SDI"},
    {GH_ACTION_OUTBOUND_DELETE, "SDI"},
    {GH_ACTION_RISK_READ, "I"},
    {GH_ACTION_RISK_DECIDE, "I"},
    {GH_ACTION_WATCHLIST_READ, "I"},
    {GH_ACTION_WATCHLIST_WRITE, "I"},
    {GH_ACTION_WATCHLIST_DELETE, "I"},
    {GH_ACTION_SHIELD_PROMPT, "D"},
    {GH_ACTION_COND_POLICY_READ, "DI"},
    {GH_ACTION_COND_POLICY_WRITE, "I"},
    {GH_ACTION_COND_POLICY_DELETE, "I"},
    {GH_ACTION_COND_PLACE_READ, "DI"},
    {GH_ACTION_COND_PLACE_WRITE, "I"},
    {GH_ACTION_COND_PLACE_DELETE, "I"},
    {GH_ACTION_COND_STRENGTH_READ, "DI"},
    {GH_ACTION_COND_STRENGTH_WRITE, "I"},
    {GH_ACTION_COND_STRENGTH_DELETE, "I"},
    {GH_ACTION_COND_CONTEXT_READ, "DI"},
    {GH_ACTION_COND_CONTEXT_WRITE, "I"},
    {GH_ACTION_COND_CONTEXT_DELETE, "I"},
    {GH_ACTION_ROLE_POLICY_READ, "DI"},
    {GH_ACTION_ROLE_POLICY_WRITE, "I"},
    {GH_ACTION_REVOCATION_READ, "I"},
    {GH_ACTION_REVOCATION_WRITE, "I"},
    {GH_ACTION_REVIEW_READ, "DI"},
    {GH_ACTION_REVIEW_WRITE, "I"},
    {GH_ACTION_REVIEW_DELETE, "I"},
    {GH_ACTION_REVIEW_DECIDE, "I"},
    {GH_ACTION_USE_READ, "I"},
    {GH_ACTION_DENY_READ, "DI"},
    {GH_ACTION_DENY_WRITE, "I"},
    {GH_ACTION_DENY_DELETE, "I"},
    {GH_ACTION_PERMISSION_READ, "DI"},
    {GH_ACTION_PROVIDER_OPERATION_READ, "DI"},
    {GH_ACTION_CONTAIN, "I"},
};

static const struct persona {
    char letter;
    struct gh_str principals[2];
    const char *rules;
} personas[] = {
    {'S', {GH_STR_INIT("gatehouse:ann"), GH_STR_INIT("/groups/data-scientist")}, "/roleAssignments/ds-"},
    {'D', {GH_STR_INIT("gatehouse:bob"), GH_STR_INIT("/groups/ai-developer")}, "/roleAssignments/dev"},
    {'I', {GH_STR_INIT("gatehouse:cyd"), GH_STR_INIT("/groups/it-administrator")}, "/roleAssignments/it"},
};

static void
check_persona(const struct gh_snap *snap, const struct persona *p, enum gh_action action, struct gh_str path, bool may)
{
    struct gh_caller c = caller(p->principals, 2);
    struct gh_decision d;

    ask(&d, snap, &c, action, path, NOW);
    if ((d.verdict == GH_ALLOW) != may)
        fail_msg("%c, action %d, %.*s: verdict %d", p->letter, (int)action, (int)path.n, path.p, (int)d.verdict);
    if (may)
        assert_true(gh_str_starts(d.rule, gh_str_z(p->rules)) && d.role.n > 0);
    else
        assert_true(gh_str_eq(d.rule, GH_STR("default deny")) && d.role.n == 0);
    assert_non_null(d.reason);
}

static void
persona_matrix(void **state)
{
    static const struct gh_str inside[] = {GH_STR_INIT("/workspaces/demo"), GH_STR_INIT("/workspaces/demo/endpoints/chat"),
        GH_STR_INIT("/workspaces/demo/endpoints/chat/deployments/echo")};
    static const struct gh_str outside[] = {GH_STR_INIT("/"), GH_STR_INIT("/workspaces/demo2"), GH_STR_INIT("/workspaces/dem"),
        GH_STR_INIT("/workspaces/other/endpoints/chat/deployments/echo"), GH_STR_INIT("/identities/x"), GH_STR_INIT("")};
    struct gh_arena a = gh_test_arena();
    struct gh_snap snap = demo(&a);

    (void)state;
    assert_int_equal(COUNT(matrix), GH_ACTION_COUNT - 1);
    for (size_t i = 0; i < COUNT(matrix); i++) {
        for (size_t p = 0; p < COUNT(personas); p++) {
            for (size_t s = 0; s < COUNT(inside); s++)
                check_persona(&snap, &personas[p], matrix[i].action, inside[s], strchr(matrix[i].who, personas[p].letter) != NULL);
            for (size_t s = 0; s < COUNT(outside); s++)
                check_persona(&snap, &personas[p], matrix[i].action, outside[s], false);
        }
        assert_int_equal(matrix[i].action, i + 1); /* no action is left out */
    }
    gh_arena_fini(&a);
}

/* ---- single cases ---- */

static struct gh_snap
small(struct gh_arena *a)
{
    static const struct gh_maker_grant ann[] = {{"/roleAssignments/late", "/workspaces/w", "chat", NOW + 1, 0},
        {"/roleAssignments/over", "/workspaces/w", "chat", 0, NOW}, {"/roleAssignments/no-role", "/workspaces/w", "gone", 0, 0},
        {"/roleAssignments/dep", "/workspaces/w/endpoints/e/deployments/d", "chat", NOW, NOW + 1},
        {"/roleAssignments/no-scope", "", "chat", 0, 0}};
    static const struct gh_maker_grant ben[] = {{"/roleAssignments/root", "/", "chat", 0, 0}};
    struct gh_role_bits chat = {{UINT64_C(1) << GH_ACTION_CHAT}};
    struct gh_maker m = gh_maker_new(a, 1, false), over = gh_maker_new(a, 2, true);
    struct gh_snap snap;
    const struct gh_snap_file *base, *overlay;

    gh_maker_role(&m, GH_STR("chat"), GH_STR("Chat"), &chat);
    gh_maker_assign(&m, GH_STR("gatehouse:ann"), ann, COUNT(ann));
    gh_maker_assign(&m, GH_STR("gatehouse:ben"), ben, 1);
    gh_maker_assign(&m, GH_STR("gatehouse:cut"), ben, 1);
    gh_maker_assign(&over, GH_STR("gatehouse:new"), ben, 1);
    gh_maker_put(&over, GH_SNAP_ASSIGNMENT, GH_STR("gatehouse:cut"), NULL);
    base = gh_maker_finish(&m);
    overlay = gh_maker_finish(&over);
    assert_int_equal(m.rc, GH_OK);
    assert_int_equal(over.rc, GH_OK);
    assert_int_equal(gh_snap_join(&snap, base, overlay), GH_OK);
    return snap;
}

static void
single_cases(void **state)
{
    static const struct {
        const char *name;
        struct gh_str who;
        enum gh_action action;
        const char *path;
        int64_t now_ms;
        bool may, may_below;
    } rows[] = {
        {"at the deployment", GH_STR_INIT("gatehouse:ann"), GH_ACTION_CHAT, "/workspaces/w/endpoints/e/deployments/d", NOW, true,
            true},
        {"before its time", GH_STR_INIT("gatehouse:ann"), GH_ACTION_CHAT, "/workspaces/w/endpoints/e/deployments/d", NOW - 1, true,
            true},
        {"another deployment", GH_STR_INIT("gatehouse:ann"), GH_ACTION_CHAT, "/workspaces/w/endpoints/e/deployments/x", NOW, false,
            false},
        {"the endpoint above", GH_STR_INIT("gatehouse:ann"), GH_ACTION_CHAT, "/workspaces/w/endpoints/e", NOW, false, true},
        {"another endpoint", GH_STR_INIT("gatehouse:ann"), GH_ACTION_CHAT, "/workspaces/w/endpoints/x", NOW, false, false},
        {"after the deployment's end", GH_STR_INIT("gatehouse:ann"), GH_ACTION_CHAT, "/workspaces/w/endpoints/e/deployments/d",
            NOW + 1, true, true},
        {"another action", GH_STR_INIT("gatehouse:ann"), GH_ACTION_MODELS_READ, "/workspaces/w/endpoints/e/deployments/d", NOW,
            false, false},
        {"from the root", GH_STR_INIT("gatehouse:ben"), GH_ACTION_CHAT, "/workspaces/w", NOW, true, true},
        {"a path that is none", GH_STR_INIT("gatehouse:ben"), GH_ACTION_CHAT, "workspaces/w", NOW, false, false},
        {"no path", GH_STR_INIT("gatehouse:ben"), GH_ACTION_CHAT, "", NOW, false, false},
        {"no action", GH_STR_INIT("gatehouse:ben"), GH_ACTION_NONE, "/workspaces/w", NOW, false, false},
        {"behind the last action", GH_STR_INIT("gatehouse:ben"), GH_ACTION_COUNT, "/workspaces/w", NOW, false, false},
        {"withdrawn by the overlay", GH_STR_INIT("gatehouse:cut"), GH_ACTION_CHAT, "/workspaces/w", NOW, false, false},
        {"given by the overlay", GH_STR_INIT("gatehouse:new"), GH_ACTION_CHAT, "/workspaces/w", NOW, true, true},
        {"nobody", GH_STR_INIT("gatehouse:zoe"), GH_ACTION_CHAT, "/workspaces/w", NOW, false, false},
        {"a longer name", GH_STR_INIT("gatehouse:benn"), GH_ACTION_CHAT, "/workspaces/w", NOW, false, false},
        {"an empty name", GH_STR_INIT(""), GH_ACTION_CHAT, "/workspaces/w", NOW, false, false},
    };
    struct gh_arena a = gh_test_arena();
    struct gh_snap snap = small(&a);

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct gh_caller c = caller(&rows[i].who, 1);
        struct gh_decision d, below;

        ask(&d, &snap, &c, rows[i].action, gh_str_z(rows[i].path), rows[i].now_ms);
        ask_below(&below, &snap, &c, rows[i].action, gh_str_z(rows[i].path), rows[i].now_ms);
        if ((d.verdict == GH_ALLOW) != rows[i].may || (below.verdict == GH_ALLOW) != rows[i].may_below)
            fail_msg("%s: %d, below %d", rows[i].name, (int)d.verdict, (int)below.verdict);
        c.why = GH_IDENTIFY_REVOKED;
        ask(&d, &snap, &c, rows[i].action, gh_str_z(rows[i].path), rows[i].now_ms);
        assert_int_equal(d.verdict, GH_DENY);
    }
    gh_arena_fini(&a);
}

static void
times_of_grants(void **state)
{
    static const struct {
        const char *name;
        struct gh_maker_grant grant;
        int64_t now_ms;
        bool may;
    } rows[] = {
        {"always", {"/roleAssignments/g", "/", "chat", 0, 0}, NOW, true},
        {"begins now", {"/roleAssignments/g", "/", "chat", NOW, 0}, NOW, true},
        {"begins later", {"/roleAssignments/g", "/", "chat", NOW + 1, 0}, NOW, false},
        {"ends now", {"/roleAssignments/g", "/", "chat", 0, NOW}, NOW, false},
        {"ends later", {"/roleAssignments/g", "/", "chat", 0, NOW + 1}, NOW, true},
        {"begins at the end of time", {"/roleAssignments/g", "/", "chat", UINT64_MAX, 0}, INT64_MAX, false},
        {"a clock before 1970", {"/roleAssignments/g", "/", "chat", 1, 0}, -1, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_role_bits chat = {{UINT64_C(1) << GH_ACTION_CHAT}};
        struct gh_maker m = gh_maker_new(&a, 1, false);
        struct gh_caller c = caller(&(struct gh_str)GH_STR_INIT("gatehouse:ann"), 1);
        struct gh_snap snap = {NULL, NULL};
        struct gh_decision d;

        gh_maker_role(&m, GH_STR("chat"), GH_STR("Chat"), &chat);
        gh_maker_assign(&m, GH_STR("gatehouse:ann"), &rows[i].grant, 1);
        assert_non_null(snap.base = gh_maker_finish(&m));
        ask(&d, &snap, &c, GH_ACTION_CHAT, GH_STR("/workspaces/w"), rows[i].now_ms);
        if ((d.verdict == GH_ALLOW) != rows[i].may)
            fail_msg("%s", rows[i].name);
        gh_arena_fini(&a);
    }
}

static void
zeroed_memory_denies(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_snap snap = small(&a);
    struct gh_caller zero = {0};
    struct gh_decision d = {0};

    (void)state;
    assert_int_equal(d.verdict, GH_DENY);
    ask(&d, &snap, &zero, GH_ACTION_CHAT, GH_STR("/"), NOW);
    assert_int_equal(d.verdict, GH_DENY);
    zero.groups_unknown = true;
    ask(&d, &snap, &zero, GH_ACTION_CHAT, GH_STR("/"), NOW);
    assert_int_equal(d.verdict, GH_DENY);
    assert_non_null(strstr(d.reason, "groups"));
    gh_arena_fini(&a);
}

/* ---- denials and conditions ---- */

#define IS_W     "@Resource[Gatehouse:Workspace] StringEquals 'w'"
#define IS_D     "@Resource[Gatehouse:Deployment] StringEquals 'd'"
#define IS_LOCAL "@Environment[subnet] IpMatch '10.0.0.0/8'"

static struct gh_str
program(struct gh_arena *a, const char *text)
{
    struct gh_str p = {NULL, 0};

    if (text != NULL)
        assert_int_equal(gh_condition_compile(&p, a, gh_str_z(text), NULL), GH_OK);
    return p;
}

static const uint8_t inside[16] = {[10] = 0xff, [11] = 0xff, [12] = 10, [15] = 1}, outside[16] = {[0] = 0x20, [15] = 1};
static const struct gh_attributes from_inside = {.knows_way = true, .ip = inside};
static const struct gh_attributes from_outside = {.knows_way = true, .ip = outside};

/* Ann is in group g and may chat everywhere by a grant of her own, unless the row says otherwise; one denial stands against it. */
static const struct denial_row {
    const char *name;
    const char *holder, *scope, *condition, *excluded; /* of the denial */
    bool is_here;
    const char *path;
    const struct gh_attributes *attributes;
    bool groups_unknown;
    bool may, may_below, is_unsure;
} denial_rows[] = {
    {"none at all", "entra:zoe", "/", NULL, NULL, false, "/workspaces/w", NULL, false, true, true, false},
    {"on the person", "entra:ann", "/", NULL, NULL, false, "/workspaces/w", NULL, false, false, false, false},
    {"on a group of hers", "/groups/g", "/", NULL, NULL, false, "/workspaces/w", NULL, false, false, false, false},
    {"on everyone", "*", "/", NULL, NULL, false, "/workspaces/w", NULL, false, false, false, false},
    {"on everyone but her", "*", "/", NULL, "entra:ann", false, "/workspaces/w", NULL, false, true, true, false},
    {"on everyone but her group", "*", "/", NULL, "/groups/g", false, "/workspaces/w", NULL, false, true, true, false},
    {"on everyone but another", "*", "/", NULL, "entra:zoe", false, "/workspaces/w", NULL, false, false, false, false},
    {"above", "entra:ann", "/workspaces/w", NULL, NULL, false, "/workspaces/w/endpoints/e", NULL, false, false, false, false},
    {"beside", "entra:ann", "/workspaces/v", NULL, NULL, false, "/workspaces/w", NULL, false, true, true, false},
    {"below", "entra:ann", "/workspaces/w/endpoints/e", NULL, NULL, false, "/workspaces/w", NULL, false, true, true, false},
    {"here alone, here", "entra:ann", "/workspaces/w", NULL, NULL, true, "/workspaces/w", NULL, false, false, true, false},
    {"here alone, below", "entra:ann", "/workspaces/w", NULL, NULL, true, "/workspaces/w/endpoints/e", NULL, false, true, true,
        false},
    {"here alone, at the root", "entra:ann", "/", NULL, NULL, true, "/workspaces/w", NULL, false, true, true, false},

    {"its condition holds", "entra:ann", "/", IS_W, NULL, false, "/workspaces/w", NULL, false, false, false, false},
    {"its condition does not", "entra:ann", "/", IS_W, NULL, false, "/workspaces/v", NULL, false, true, true, false},
    {"its condition is not known", "entra:ann", "/", IS_LOCAL, NULL, false, "/workspaces/w", NULL, false, false, false, true},
    {"its condition is known", "entra:ann", "/", IS_LOCAL, NULL, false, "/workspaces/w", &from_outside, false, true, true, false},
    {"its condition is known to hold", "entra:ann", "/", IS_LOCAL, NULL, false, "/workspaces/w", &from_inside, false, false, false,
        false},
    {"its condition is settled further down", "entra:ann", "/", IS_D, NULL, false, "/workspaces/w/endpoints/e", NULL, false, false,
        true, true},

    {"groups unknown: another group", "/groups/h", "/", NULL, NULL, false, "/workspaces/w", NULL, true, false, false, true},
    {"groups known: another group", "/groups/h", "/", NULL, NULL, false, "/workspaces/w", NULL, false, true, true, false},
    {"groups unknown: another person", "entra:zoe", "/", NULL, NULL, false, "/workspaces/w", NULL, true, true, true, false},
    {"groups unknown: another group, not here", "/groups/h", "/workspaces/v", NULL, NULL, false, "/workspaces/w", NULL, true, true,
        true, false},
    {"groups unknown: spared herself", "/groups/h", "/", NULL, "entra:ann", false, "/workspaces/w", NULL, true, true, true, false},
    {"groups unknown: spared by another group", "/groups/h", "/", NULL, "/groups/i", false, "/workspaces/w", NULL, true, false,
        false, true},
};

static struct gh_snap
with_denial(struct gh_arena *a, const struct denial_row *row)
{
    static const struct gh_maker_grant grant = {"/roleAssignments/a", "/", "chat", 0, 0};
    struct gh_role_bits chat = {{UINT64_C(1) << GH_ACTION_CHAT}};
    struct gh_str excluded = gh_str_z(row->excluded);
    struct gh_maker_denial denial = {
        "/denyAssignments/d", row->scope, row->is_here, chat, program(a, row->condition), &excluded, row->excluded != NULL};
    struct gh_maker m = gh_maker_new(a, 1, false);
    struct gh_snap snap = {NULL, NULL};

    gh_maker_role(&m, GH_STR("chat"), GH_STR("Chat"), &chat);
    gh_maker_assign(&m, GH_STR("entra:ann"), &grant, 1);
    gh_maker_deny(&m, gh_str_z(row->holder), &denial, 1);
    if (gh_str_starts(gh_str_z(row->holder), GH_STR("/groups/")))
        gh_maker_deny(&m, GH_STR(GH_DENY_ANY_GROUP), &denial, 1);
    snap.base = gh_maker_finish(&m);
    assert_int_equal(m.rc, GH_OK);
    return snap;
}

static void
denials(void **state)
{
    static const struct gh_str principals[] = {GH_STR_INIT("entra:ann"), GH_STR_INIT("/groups/g")};

    (void)state;
    for (size_t i = 0; i < COUNT(denial_rows); i++) {
        const struct denial_row *row = &denial_rows[i];
        struct gh_arena a = gh_test_arena();
        struct gh_snap snap = with_denial(&a, row);
        struct gh_caller c = caller(principals, 2);
        struct gh_decision d, below;

        c.groups_unknown = row->groups_unknown;
        struct gh_question q = question(&snap, &c, GH_ACTION_CHAT, gh_str_z(row->path), NOW);
        q.attributes = row->attributes;
        gh_decide(&d, &q);
        gh_decide_below(&below, &q);
        if ((d.verdict == GH_ALLOW) != row->may || (below.verdict == GH_ALLOW) != row->may_below || d.is_unsure != row->is_unsure)
            fail_msg("%s: %d (%s), below %d, unsure %d", row->name, (int)d.verdict, d.reason, (int)below.verdict, d.is_unsure);
        assert_true(gh_str_eq(d.rule, row->may ? GH_STR("/roleAssignments/a") : GH_STR("/denyAssignments/d")) || row->is_unsure);
        q.action = GH_ACTION_MODELS_READ; /* what is not denied is not granted either */
        gh_decide(&d, &q);
        assert_true(d.verdict == GH_DENY && gh_str_eq(d.rule, GH_STR("default deny")));
        gh_arena_fini(&a);
    }
}

/* A grant with a condition of its own, of a role of which the same is given on another. */
static void
conditions_of_grants(void **state)
{
    static const struct {
        const char *name, *grant, *role, *path;
        const struct gh_attributes *attributes;
        bool may, may_below, is_unsure;
    } cases[] = {
        {"none", NULL, NULL, "/workspaces/w", NULL, true, true, false},
        {"of the grant, holds", IS_W, NULL, "/workspaces/w", NULL, true, true, false},
        {"of the grant, does not", IS_W, NULL, "/workspaces/v", NULL, false, false, false},
        {"of the role, holds", NULL, IS_W, "/workspaces/w", NULL, true, true, false},
        {"of the role, does not", NULL, IS_W, "/workspaces/v", NULL, false, false, false},
        {"of both", IS_W, IS_LOCAL, "/workspaces/w", &from_inside, true, true, false},
        {"of both, one does not hold", IS_W, IS_LOCAL, "/workspaces/w", &from_outside, false, false, false},
        {"of both, one is not known", IS_W, IS_LOCAL, "/workspaces/w", NULL, false, false, true},
        {"not known, of another action", "!(ActionMatches{'*/chat/*'}) OR " IS_LOCAL, NULL, "/workspaces/w", NULL, false, false,
            true},
        {"of no action that is asked for", "!(ActionMatches{'*/delete'}) OR " IS_LOCAL, NULL, "/workspaces/w", NULL, true, true,
            false},
        {"settled further down", IS_D, NULL, "/workspaces/w/endpoints/e", NULL, false, true, true},
        {"settled here", IS_D, NULL, "/workspaces/w/endpoints/e/deployments/d", NULL, true, true, false},
    };
    static const struct gh_maker_grant grant = {"/roleAssignments/a", "/", "role", 0, 0};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_role_bits chat = {{UINT64_C(1) << GH_ACTION_CHAT}}, none = {{0}};
        struct gh_role_part part = {chat, program(&a, cases[i].role)};
        struct gh_role_def role = {
            GH_STR_INIT("role"), GH_STR_INIT("Role"), cases[i].role == NULL ? chat : none, &part, cases[i].role != NULL};
        struct gh_str condition = program(&a, cases[i].grant);
        struct gh_maker m = gh_maker_new(&a, 1, false);
        struct gh_caller c = caller(&(struct gh_str)GH_STR_INIT("entra:ann"), 1);
        struct gh_snap snap = {NULL, NULL};
        struct gh_decision d, below;

        gh_maker_role_def(&m, GH_STR("role"), &role);
        gh_maker_assign_if(&m, GH_STR("entra:ann"), &grant, &condition, 1);
        assert_non_null(snap.base = gh_maker_finish(&m));
        struct gh_question q = question(&snap, &c, GH_ACTION_CHAT, gh_str_z(cases[i].path), NOW);
        q.attributes = cases[i].attributes;
        gh_decide(&d, &q);
        gh_decide_below(&below, &q);
        if ((d.verdict == GH_ALLOW) != cases[i].may || (below.verdict == GH_ALLOW) != cases[i].may_below ||
            (d.is_unsure != cases[i].is_unsure && !cases[i].may_below))
            fail_msg("%s: %d (%s), below %d, unsure %d", cases[i].name, (int)d.verdict, d.reason, (int)below.verdict, d.is_unsure);
        gh_arena_fini(&a);
    }
}

/* Bytes that are no program in the snapshot: the grant does not count, the denial does. */
static void
damaged_conditions(void **state)
{
    static const struct gh_maker_grant grant = {"/roleAssignments/a", "/", "chat", 0, 0};
    struct gh_arena a = gh_test_arena();
    struct gh_role_bits chat = {{UINT64_C(1) << GH_ACTION_CHAT}};
    struct gh_maker_denial denial = {"/denyAssignments/d", "/", false, chat, GH_STR_INIT("damaged"), NULL, 0};
    struct gh_str condition = GH_STR("damaged");
    struct gh_maker m = gh_maker_new(&a, 1, false);
    struct gh_snap snap = {NULL, NULL};
    struct gh_decision d;

    (void)state;
    gh_maker_role(&m, GH_STR("chat"), GH_STR("Chat"), &chat);
    gh_maker_assign_if(&m, GH_STR("entra:ann"), &grant, &condition, 1);
    gh_maker_assign(&m, GH_STR("entra:ben"), &grant, 1);
    gh_maker_deny(&m, GH_STR("entra:ben"), &denial, 1);
    assert_non_null(snap.base = gh_maker_finish(&m));
    for (unsigned i = 0; i < 2; i++) {
        struct gh_caller c = caller(&(struct gh_str){i == 0 ? "entra:ann" : "entra:ben", 9}, 1);

        ask(&d, &snap, &c, GH_ACTION_CHAT, GH_STR("/workspaces/w"), NOW);
        assert_true(d.verdict == GH_DENY && d.is_unsure);
    }
    gh_arena_fini(&a);
}

/* ---- against a naive judge ---- */

enum { N_PRINCIPALS = 8, N_ROLES = 6, N_GRANTS = 12, QUERIES = 100 };

static uint64_t rng_state;

static unsigned
draw(unsigned n)
{
    rng_state ^= rng_state << 13;
    rng_state ^= rng_state >> 7;
    rng_state ^= rng_state << 17;
    return (unsigned)((rng_state >> 11) % n);
}

/* Names that are prefixes of each other, so that a comparison by bytes alone would show. */
static const char *const tree[] = {"/", "/workspaces/a", "/workspaces/ab", "/workspaces/a/endpoints/e",
    "/workspaces/a/endpoints/ee", "/workspaces/a/endpoints/e/deployments/d", "/workspaces/ab/endpoints/e",
    "/workspaces/ab/endpoints/e/deployments/d"};
static const char *const names[N_PRINCIPALS] = {
    "gatehouse:a", "gatehouse:aa", "entra:a", "/groups/a", "/groups/b", "/identities/a", "entra:b", "/groups/ab"};
static const char *const role_names[N_ROLES] = {"r0", "r1", "r2", "r3", "r4", "r5"};
static const char *const ids[N_GRANTS] = {"/roleAssignments/0", "/roleAssignments/1", "/roleAssignments/2", "/roleAssignments/3",
    "/roleAssignments/4", "/roleAssignments/5", "/roleAssignments/6", "/roleAssignments/7", "/roleAssignments/8",
    "/roleAssignments/9", "/roleAssignments/10", "/roleAssignments/11"};

struct universe {
    struct gh_role_bits roles[N_ROLES];
    struct gh_maker_grant grants[N_PRINCIPALS][N_GRANTS];
    size_t n_grants[N_PRINCIPALS];
};

/* The same question, asked by reading everything with the simplest words. */
static bool
naive_covers(const char *scope, const char *path)
{
    size_t n = strlen(scope);

    return strcmp(scope, "/") == 0 || strcmp(scope, path) == 0 || (strncmp(scope, path, n) == 0 && path[n] == '/');
}

static bool
naive_grant(const struct universe *u, const struct gh_maker_grant *g, unsigned action, const char *path, unsigned now, bool below)
{
    unsigned role = (unsigned)(g->role[1] - '0');

    if (!naive_covers(g->scope, path) && !(below && naive_covers(path, g->scope)))
        return false;
    if (now < g->start_ms || (g->end_ms != 0 && now >= g->end_ms))
        return false;
    return (u->roles[role].w[action / 64] >> (action % 64) & 1) != 0;
}

static void
draw_grants(struct universe *u, unsigned p)
{
    u->n_grants[p] = draw(N_GRANTS);
    for (size_t g = 0; g < u->n_grants[p]; g++)
        u->grants[p][g] = (struct gh_maker_grant){ids[g], tree[draw(COUNT(tree))], role_names[draw(N_ROLES)],
            draw(3) == 0 ? draw(20) : 0, draw(3) == 0 ? 1 + draw(20) : 0};
}

/* Base and overlay; `u` is left as what both together say. */
static struct gh_snap
draw_universe(struct universe *u, struct gh_arena *a)
{
    struct gh_maker base = gh_maker_new(a, 1, false), over = gh_maker_new(a, 2, true);
    const struct gh_snap_file *base_file, *over_file;
    struct gh_snap snap;

    for (unsigned r = 0; r < N_ROLES; r++) {
        u->roles[r] = (struct gh_role_bits){{0}};
        for (unsigned i = GH_ACTION_NONE + 1; i < GH_ACTION_COUNT; i++)
            u->roles[r].w[i / 64] |= (uint64_t)(draw(8) == 0) << (i % 64);
        gh_maker_role(&base, gh_str_z(role_names[r]), gh_str_z(role_names[r]), &u->roles[r]);
    }
    for (unsigned p = 0; p < N_PRINCIPALS; p++) {
        draw_grants(u, p);
        if (u->n_grants[p] > 0)
            gh_maker_assign(&base, gh_str_z(names[p]), u->grants[p], u->n_grants[p]);
        if (draw(3) != 0)
            continue;
        draw_grants(u, p);
        if (u->n_grants[p] > 0)
            gh_maker_assign(&over, gh_str_z(names[p]), u->grants[p], u->n_grants[p]);
        else
            gh_maker_put(&over, GH_SNAP_ASSIGNMENT, gh_str_z(names[p]), NULL);
    }
    base_file = gh_maker_finish(&base);
    over_file = gh_maker_finish(&over);
    assert_int_equal(gh_snap_join(&snap, base_file, over_file), GH_OK);
    return snap;
}

/* Principals of whom nothing is known, so that there are more than fit into one sieve (GH_SNAP_SIFT_MAX). */
static void
add_strangers(struct gh_caller *c)
{
    static const char *const strangers[] = {
        "", "entra:x", "/groups/x", "/groups/abc", "entra/groups:0001", "gatehouse:", "/identities/x"};
    unsigned n = draw(4) == 0 ? draw(24) : 0;

    for (unsigned i = 0; i < n; i++)
        c->principals[c->n_principals++] = gh_str_z(strangers[draw(COUNT(strangers))]);
}

static void
one_query(const struct universe *u, const struct gh_snap *snap, uint64_t seed)
{
    struct gh_caller c = {.why = GH_IDENTIFY_OK};
    unsigned action = 1 + draw(GH_ACTION_COUNT - 1), now = draw(22), set = draw(1u << N_PRINCIPALS);
    const char *path = tree[draw(COUNT(tree))];
    bool below = draw(2) == 0, want = false, names_rule = false;
    struct gh_decision d;

    for (unsigned p = 0; p < N_PRINCIPALS; p++) {
        add_strangers(&c);
        if ((set >> p & 1) != 0)
            c.principals[c.n_principals++] = gh_str_z(names[p]);
    }
    if (below)
        ask_below(&d, snap, &c, (enum gh_action)action, gh_str_z(path), now);
    else
        ask(&d, snap, &c, (enum gh_action)action, gh_str_z(path), now);
    for (unsigned p = 0; p < N_PRINCIPALS; p++) {
        for (size_t g = 0; (set >> p & 1) != 0 && g < u->n_grants[p]; g++) {
            bool allows = naive_grant(u, &u->grants[p][g], action, path, now, below);

            want = want || allows;
            names_rule = names_rule || (allows && gh_str_eq(d.rule, gh_str_z(u->grants[p][g].id)) &&
                                           gh_str_eq(d.role, gh_str_z(u->grants[p][g].role)));
        }
    }
    if ((d.verdict == GH_ALLOW) != want || (want && !names_rule))
        fail_msg("seed %llu: principals %#x, action %u, path %s, now %u, below %d: got %d by %.*s, want %d",
            (unsigned long long)seed, set, action, path, now, below, (int)d.verdict, (int)d.rule.n, d.rule.p, want);
}

/* GATEHOUSE_TEST_ROUNDS: universes to draw, 60 in a normal run; each is asked QUERIES times. */
static void
agrees_with_a_naive_judge(void **state)
{
    const char *text = getenv("GATEHOUSE_TEST_ROUNDS");
    uint64_t rounds = 60;

    (void)state;
    if (text != NULL)
        assert_int_equal(gh_str_u64(&rounds, gh_str_z(text), 1000000), GH_OK);
    for (uint64_t seed = 1; seed <= rounds; seed++) {
        struct gh_arena a = gh_test_arena();
        struct universe u;
        struct gh_snap snap;

        rng_state = seed * UINT64_C(0x9e3779b97f4a7c15);
        snap = draw_universe(&u, &a);
        for (unsigned q = 0; q < QUERIES; q++)
            one_query(&u, &snap, seed);
        gh_arena_fini(&a);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(persona_matrix),
        cmocka_unit_test(single_cases),
        cmocka_unit_test(times_of_grants),
        cmocka_unit_test(zeroed_memory_denies),
        cmocka_unit_test(denials),
        cmocka_unit_test(conditions_of_grants),
        cmocka_unit_test(damaged_conditions),
        cmocka_unit_test(agrees_with_a_naive_judge),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
