/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include "policy/role.h"

#define COUNT(table)      (sizeof(table) / sizeof((table)[0]))
#define GUID              "0f0e0d0c-0b0a-0908-0706-050403020100"
#define REST(permissions) "{\"name\":\"" GUID "\",\"properties\":{\"roleName\":\"r\",\"permissions\":" permissions "}}"
#define ML                "Microsoft.MachineLearningServices/workspaces"

/* Actions that a definition allows, as a bit set typed in: twice as many as a uint64_t has. */
__extension__ typedef unsigned __int128 bit_set;
_Static_assert(GH_ACTION_COUNT <= 128, "bit_set has a bit for each action");
static bit_set
bits(const struct gh_role_bits *b)
{
    assert_int_equal(b->w[2] | b->w[3], 0);
    return (bit_set)b->w[1] << 64 | b->w[0];
}
#define BIT(name) ((bit_set)1 << GH_ACTION_##name)
#define CONNECTIONS                                                                                                                \
    (BIT(CONNECTION_READ) | BIT(CONNECTION_WRITE) | BIT(CONNECTION_DELETE) | BIT(OUTBOUND_READ) | BIT(OUTBOUND_WRITE) |            \
        BIT(OUTBOUND_DELETE))
#define MODELS                                                                                                                     \
    (BIT(CHAT) | BIT(MODELS_READ) | BIT(COMPLETIONS) | BIT(EMBEDDINGS) | BIT(RESPONSE_READ) | BIT(RESPONSE_WRITE) |                \
        BIT(RESPONSE_DELETE))
#define ENDPOINTS   (BIT(ENDPOINT_READ) | BIT(ENDPOINT_WRITE) | BIT(ENDPOINT_DELETE))
#define DEPLOYMENTS (BIT(DEPLOYMENT_READ) | BIT(DEPLOYMENT_WRITE) | BIT(DEPLOYMENT_DELETE))

static void
definitions(void **state)
{
    static const struct {
        const char *name, *json;
        bit_set want;
    } rows[] = {
        {"one action", REST("[{\"actions\":[\"" ML "/read\"]}]"), BIT(WORKSPACE_READ)},
        {"case does not count", REST("[{\"actions\":[\"microsoft.machinelearningservices/WORKSPACES/Read\"]}]"),
            BIT(WORKSPACE_READ)},
        {"a star goes over slashes", REST("[{\"actions\":[\"" ML "/onlineEndpoints/*\"]}]"), ENDPOINTS | DEPLOYMENTS | BIT(SCORE)},
        {"a star in the middle wants both slashes", REST("[{\"actions\":[\"" ML "/*/read\"]}]"),
            BIT(ENDPOINT_READ) | BIT(DEPLOYMENT_READ) | BIT(BACKEND_READ) | BIT(CONNECTION_READ) | BIT(OUTBOUND_READ)},
        {"a star is also nothing", REST("[{\"actions\":[\"" ML "/rea*d\"]}]"), BIT(WORKSPACE_READ)},
        {"no star, no prefix", REST("[{\"actions\":[\"" ML "\"]}]"), 0},
        {"notActions subtract", REST("[{\"actions\":[\"" ML "/onlineEndpoints/*\"],\"notActions\":[\"*/deployments/*\"]}]"),
            ENDPOINTS | BIT(SCORE)},
        {"notActions of another entry do not", REST("[{\"actions\":[\"" ML "/read\"]},{\"actions\":[],\"notActions\":[\"*\"]}]"),
            BIT(WORKSPACE_READ)},
        {"entries are joined", REST("[{\"actions\":[\"" ML "/read\"]},{\"actions\":[\"" ML "/write\"]}]"),
            BIT(WORKSPACE_READ) | BIT(WORKSPACE_WRITE)},
        {"actions grant no data action", REST("[{\"actions\":[\"Microsoft.KeyVault/*\",\"Microsoft.CognitiveServices/*\"]}]"),
            BIT(CONNECTION_APPROVE)},
        {"dataActions grant no action", REST("[{\"dataActions\":[\"" ML "/*\"]}]"), 0},
        {"notActions take no data action", REST("[{\"dataActions\":[\"*/models/read\"],\"notActions\":[\"*\"]}]"),
            BIT(MODELS_READ)},
        {"notDataActions take data actions",
            REST("[{\"dataActions\":[\"Microsoft.CognitiveServices/*\"],\"notDataActions\":[\"*/chat/*\"]}]"),
            (MODELS & ~BIT(CHAT)) | BIT(SHIELD_PROMPT)},
        {"null lists, null condition",
            REST("[{\"actions\":[\"" ML "/read\"],\"notActions\":null,\"condition\":null,\"conditionVersion\":null}]"),
            BIT(WORKSPACE_READ)},
        {"no entries", REST("[]"), 0},
        {"id alone",
            "{\"id\":\"/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/0F0E0D0C-0B0A-0908-0706-050403020100\","
            "\"properties\":{\"roleName\":\"r\",\"permissions\":[]}}",
            0},
        {"as the CLI lists",
            "{\"name\":\"" GUID "\",\"roleName\":\"r\",\"roleType\":\"CustomRole\",\"type\":\"x\","
            "\"permissions\":[{\"actions\":[\"" ML "/read\"]}]}",
            BIT(WORKSPACE_READ)},
        {"flat",
            "{\"Name\":\"r\",\"Id\":\"" GUID "\",\"IsCustom\":true,\"Description\":\"\",\"Actions\":[\"" ML "/read\"],"
            "\"NotActions\":[],\"DataActions\":[],\"NotDataActions\":[],\"AssignableScopes\":[\"/\"]}",
            BIT(WORKSPACE_READ)},
        {"flat, lower case", "{\"name\":\"r\",\"id\":\"" GUID "\",\"actions\":[\"" ML "/*\"],\"notActions\":[\"" ML "/*/*\"]}",
            BIT(WORKSPACE_READ) | BIT(WORKSPACE_WRITE) | BIT(WORKSPACE_DELETE)},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_role_def def;
        struct gh_err err = {0};

        if (gh_role_read(&def, &a, gh_str_z(rows[i].json), &err) != GH_OK)
            fail_msg("%s: refused at %u: %s", rows[i].name, err.at, err.what);
        if (bits(&def.bits) != rows[i].want)
            fail_msg("%s: %#llx", rows[i].name, (unsigned long long)bits(&def.bits));
        assert_true(gh_str_eq(def.id, GH_STR(GUID)));
        assert_true(gh_str_eq(def.name, GH_STR("r")));
        gh_arena_fini(&a);
    }
}

static void
refused(void **state)
{
    static const struct {
        const char *name, *json;
    } rows[] = {
        {"not JSON", "{"},
        {"no object", "[]"},
        {"no name", "{\"properties\":{\"permissions\":[]}}"},
        {"flat without name", "{\"Actions\":[]}"},
        {"empty", "{}"},
        {"a condition of another version",
            REST("[{\"actions\":[\"*\"],\"condition\":\"ActionMatches{'x'}\",\"conditionVersion\":\"1.0\"}]")},
        {"a condition of nothing that is known", REST("[{\"actions\":[\"*\"],\"condition\":\"@Resource[x:y] StringEquals 'a'\"}]")},
        {"a condition that is a list", REST("[{\"actions\":[\"*\"],\"condition\":[\"ActionMatches{'x'}\"]}]")},
        {"an empty condition", REST("[{\"actions\":[\"*\"],\"condition\":\"\"}]")},
        {"a condition, other case", REST("[{\"actions\":[\"*\"],\"Condition\":\"x\"}]")},
        {"a condition, flat", "{\"Name\":\"r\",\"Actions\":[\"*\"],\"Condition\":\"x\"}"},
        {"misspelt notActions", REST("[{\"actions\":[\"*\"],\"notAction\":[\"*\"]}]")},
        {"misspelt, flat", "{\"Name\":\"r\",\"Actions\":[\"*\"],\"NotAction\":[\"*\"]}"},
        {"notActions twice in two cases", REST("[{\"actions\":[\"*\"],\"notActions\":[\"*\"],\"NotActions\":[]}]")},
        {"actions twice", REST("[{\"actions\":[\"*\"],\"actions\":[]}]")},
        {"actions a string", REST("[{\"actions\":\"*\"}]")},
        {"action a number", REST("[{\"actions\":[1]}]")},
        {"action empty", REST("[{\"actions\":[\"\"]}]")},
        {"entry a string", REST("[\"*\"]")},
        {"permissions an object", REST("{\"actions\":[\"*\"]}")},
        {"permissions missing", "{\"name\":\"" GUID "\",\"properties\":{\"roleName\":\"r\"}}"},
        {"properties a list", "{\"name\":\"" GUID "\",\"properties\":[]}"},
        {"roleName a number", "{\"properties\":{\"roleName\":1,\"permissions\":[]}}"},
        {"name and id differ", "{\"name\":\"" GUID "\",\"id\":\"/x/1f0e0d0c-0b0a-0908-0706-050403020100\",\"properties\":"
                               "{\"roleName\":\"r\",\"permissions\":[]}}"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_role_def def;
        struct gh_err err = {0};
        enum gh_rc rc = gh_role_read(&def, &a, gh_str_z(rows[i].json), &err);

        if (rc != GH_BAD || err.what == NULL || bits(&def.bits) != 0)
            fail_msg("%s: %d", rows[i].name, (int)rc);
        gh_arena_fini(&a);
    }
}

static void
bounded(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_role_def def;
    struct gh_buf b;

    (void)state;
    gh_buf_init(&b, &a, 1u << 20);
    gh_buf_putz(&b, "{\"Name\":\"r\",\"Actions\":[\"*\"");
    for (unsigned i = 0; i < GH_PATTERNS_MAX; i++)
        gh_buf_putz(&b, ",\"a\"");
    gh_buf_putz(&b, "]}");
    assert_int_equal(gh_role_read(&def, &a, gh_buf_str(&b), NULL), GH_LIMIT);
    assert_int_equal(bits(&def.bits), 0);
    gh_arena_fini(&a);
}

/* ---- built-in roles ---- */

static void
builtins_are_sound(void **state)
{
    (void)state;
    for (size_t i = 0; i < gh_role_builtin_count; i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_role_def def;
        struct gh_err err = {0};

        if (gh_role_read(&def, &a, gh_str_z(gh_role_builtins[i].json), &err) != GH_OK)
            fail_msg("%s: at %u: %s", gh_role_builtins[i].name, err.at, err.what);
        assert_true(gh_str_eq(def.id, gh_str_z(gh_role_builtins[i].id)));
        assert_true(gh_str_eq(def.name, gh_str_z(gh_role_builtins[i].name)));
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(gh_role_builtins[i].id, gh_role_builtins[k].id);
        gh_arena_fini(&a);
    }
}

static const bit_set all_control =
    (((bit_set)1 << GH_ACTION_COUNT) - 2) &
    ~(MODELS | BIT(SHIELD_PROMPT) | BIT(SECRET_READ) | BIT(SECRET_GET) | BIT(SECRET_SET) | BIT(SECRET_DELETE));
#define ROLE_READS (BIT(ROLE_DEFINITION_READ) | BIT(ROLE_ASSIGNMENT_READ))
#define COND_READS (BIT(COND_POLICY_READ) | BIT(COND_PLACE_READ) | BIT(COND_STRENGTH_READ) | BIT(COND_CONTEXT_READ))
#define COND_WRITES                                                                                                                \
    (BIT(COND_POLICY_WRITE) | BIT(COND_POLICY_DELETE) | BIT(COND_PLACE_WRITE) | BIT(COND_PLACE_DELETE) |                           \
        BIT(COND_STRENGTH_WRITE) | BIT(COND_STRENGTH_DELETE) | BIT(COND_CONTEXT_WRITE) | BIT(COND_CONTEXT_DELETE))
/* Microsoft.Authorization/ read, and all else there: conditions of access stand with roles, so that who may not assign these may not undo those */
#define AUTH_READS                                                                                                                 \
    (ROLE_READS | COND_READS | BIT(DENY_READ) | BIT(PERMISSION_READ) | BIT(PROVIDER_OPERATION_READ) | BIT(ROLE_POLICY_READ) |      \
        BIT(REVIEW_READ))
#define DELEGATED (BIT(ROLE_ASSIGNMENT_WRITE) | BIT(ROLE_ASSIGNMENT_DELETE))
#define ROLE_WRITES                                                                                                                \
    (BIT(ROLE_DEFINITION_WRITE) | BIT(ROLE_DEFINITION_DELETE) | DELEGATED | BIT(DENY_WRITE) | BIT(DENY_DELETE) |                   \
        BIT(ROLE_POLICY_WRITE) | BIT(REVIEW_WRITE) | BIT(REVIEW_DELETE) | BIT(REVIEW_DECIDE))
#define BACKENDS (BIT(BACKEND_READ) | BIT(BACKEND_WRITE) | BIT(BACKEND_DELETE))
#define SECRETS  (BIT(SECRET_READ) | BIT(SECRET_GET) | BIT(SECRET_SET) | BIT(SECRET_DELETE))
#define ALL_READS                                                                                                                  \
    (BIT(WORKSPACE_READ) | BIT(ENDPOINT_READ) | BIT(DEPLOYMENT_READ) | BIT(BACKEND_READ) | BIT(KEY_READ) | BIT(IDENTITY_READ) |    \
        BIT(GROUP_READ) | BIT(ISSUER_READ) | AUTH_READS | BIT(LISTENER_READ) | BIT(CONNECTION_READ) | BIT(STATUS_READ) |           \
        BIT(AUDIT_READ) | BIT(AUDIT_HEAD_READ) | BIT(API_READ) | BIT(ASSESSMENT_READ) | BIT(OUTBOUND_READ) | BIT(RISK_READ) |      \
        BIT(WATCHLIST_READ) | BIT(REVOCATION_READ) | BIT(USE_READ))

/* What each built-in role means against our actions, typed in from its definition. */
static void
builtins_mean(void **state)
{
    const struct {
        const char *name;
        bit_set want, on_condition;
    } rows[] = {
        {"Owner", all_control, 0},
        {"Contributor", all_control & ~(ROLE_WRITES | COND_WRITES), 0},
        {"Reader", ALL_READS, 0},
        {"User Access Administrator", ALL_READS | ROLE_WRITES | COND_WRITES, 0},
        {"Role Based Access Control Administrator", ALL_READS | BIT(ROLE_ASSIGNMENT_WRITE) | BIT(ROLE_ASSIGNMENT_DELETE), 0},
        {"AzureML Data Scientist", ENDPOINTS | DEPLOYMENTS | BACKENDS | CONNECTIONS | BIT(SCORE), 0},
        {"AzureML Compute Operator", 0, 0},
        {"AzureML Registry User", 0, 0},
        {"Azure AI Developer",
            ENDPOINTS | DEPLOYMENTS | BACKENDS | CONNECTIONS | BIT(SCORE) | AUTH_READS | MODELS | BIT(SHIELD_PROMPT), 0},
        {"Azure AI User", MODELS | BIT(SHIELD_PROMPT), 0},
        {"Azure AI Project Manager", AUTH_READS | MODELS | BIT(SHIELD_PROMPT), DELEGATED},
        {"Azure AI Account Owner", AUTH_READS | BIT(CONNECTION_APPROVE), DELEGATED},
        {"Cognitive Services User", MODELS | BIT(SHIELD_PROMPT), 0},
        {"Cognitive Services Contributor", AUTH_READS | BIT(CONNECTION_APPROVE), 0},
        {"Cognitive Services OpenAI User", ROLE_READS | MODELS, 0},
        {"Cognitive Services OpenAI Contributor", ROLE_READS | MODELS, 0},
        {"Key Vault Administrator", AUTH_READS | SECRETS, 0},
        {"Key Vault Secrets Officer", AUTH_READS | SECRETS, 0},
        {"Key Vault Secrets User", BIT(SECRET_READ) | BIT(SECRET_GET), 0},
        {"Key Vault Reader", AUTH_READS | BIT(SECRET_READ), 0},
        {"Azure ContainerApps Session Executor", 0, 0},
        {"Gatehouse IT Administrator", all_control & ~(BIT(KEY_CREATE) | BIT(SCORE)), 0},
        {"Gatehouse Content Safety User", BIT(SHIELD_PROMPT), 0},
    };

    (void)state;
    assert_int_equal(COUNT(rows), gh_role_builtin_count);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_role_def def;

        assert_string_equal(gh_role_builtins[i].name, rows[i].name);
        assert_int_equal(gh_role_read(&def, &a, gh_str_z(gh_role_builtins[i].json), NULL), GH_OK);
        for (unsigned k = GH_ACTION_NONE; k < GH_ACTION_COUNT; k++)
            if (gh_role_allows(&def.bits, (enum gh_action)k) != ((rows[i].want >> k & 1) != 0))
                fail_msg("%s: %.*s", rows[i].name, (int)gh_action_table[k].string.n, gh_action_table[k].string.p);
        assert_int_equal(def.n_parts, rows[i].on_condition != 0);
        for (unsigned k = GH_ACTION_NONE; def.n_parts > 0 && k < GH_ACTION_COUNT; k++)
            assert_int_equal(gh_role_allows(&def.parts[0].bits, (enum gh_action)k), (rows[i].on_condition >> k & 1) != 0);
        gh_arena_fini(&a);
    }
}

static void
stored_bits(void **state)
{
    struct gh_role_bits b = {{(uint64_t)(BIT(CHAT) | BIT(AUDIT_HEAD_READ)), 0, 0, UINT64_C(1) << 63}};
    uint8_t stored[GH_ROLE_STORED_BYTES];
    struct gh_str s = gh_str(stored, sizeof(stored));

    (void)state;
    gh_role_store(stored, &b);
    assert_int_equal(stored[0], 2);
    assert_int_equal(stored[5], 1);
    assert_int_equal(stored[31], 0x80);
    for (unsigned k = GH_ACTION_NONE; k < GH_ACTION_COUNT; k++)
        assert_int_equal(gh_role_stored_allows(s, (enum gh_action)k), gh_role_allows(&b, (enum gh_action)k));
    assert_false(gh_role_stored_allows(gh_str(NULL, 0), GH_ACTION_CHAT));
    assert_false(gh_role_stored_allows(gh_str(stored, 5), GH_ACTION_AUDIT_HEAD_READ));
    memset(stored, 0xff, sizeof(stored));
    assert_false(gh_role_stored_allows(s, GH_ACTION_NONE));
    assert_false(gh_role_stored_allows(s, GH_ACTION_COUNT));
}

/* ---- sweeps ---- */

static enum gh_rc
parse(struct gh_buf *meaning, struct gh_arena *a, struct gh_str in)
{
    struct gh_role_def def;
    enum gh_rc rc = gh_role_read(&def, a, in, NULL);

    if (rc != GH_OK)
        return rc;
    gh_buf_put(meaning, def.id);
    gh_buf_put(meaning, def.name);
    gh_buf_put_u64(meaning, def.bits.w[0]);
    assert_int_equal(def.bits.w[0] & 1, 0); /* "no action" is never allowed */
    assert_true(def.name.n > 0 && (def.id.n == 0 || def.id.n == 36));
    return GH_OK;
}

static void
sweeps(void **state)
{
    static const struct gh_str golden =
        GH_STR_INIT("{\"name\":\"" GUID "\",\"properties\":{\"roleName\":\"r\\u00e4\",\"permissions\":[{\"actions\":[\"" ML
                    "/*\"],\"notActions\":[\"*/delete\"],\"dataActions\":[\"*\"],\"condition\":null}]}}");

    (void)state;
    gh_test_mangle(parse, golden, false);
    gh_test_oom(parse, golden);
    gh_test_page(parse, golden);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(definitions),
        cmocka_unit_test(refused),
        cmocka_unit_test(bounded),
        cmocka_unit_test(builtins_are_sound),
        cmocka_unit_test(builtins_mean),
        cmocka_unit_test(stored_bits),
        cmocka_unit_test(sweeps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
