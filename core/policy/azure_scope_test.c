/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include "policy/azure_scope.h"

#define SUB "/subscriptions/00000000-0000-0000-0000-000000000001"
#define RG  SUB "/resourceGroups/rg-one"
#define ML  "/providers/Microsoft.MachineLearningServices/workspaces/demo"

static const struct {
    const char *azure, *ours; /* NULL: refused */
} rows[] = {
    {"", "/"},
    {"/", "/"},
    {SUB, "/"},
    {RG, "/"},
    {"/SUBSCRIPTIONS/x/resourcegroups/y", "/"},
    {"/providers/Microsoft.Management/managementGroups/mg", "/"},
    {RG ML, "/workspaces/demo"},
    {SUB ML, "/workspaces/demo"},
    {RG "/Providers/microsoft.machinelearningservices/WORKSPACES/Demo", "/workspaces/Demo"},
    {RG ML "/onlineEndpoints/chat", "/workspaces/demo/endpoints/chat"},
    {RG ML "/onlineEndpoints/chat/deployments/echo", "/workspaces/demo/endpoints/chat/deployments/echo"},
    {RG ML "/connections/b", "/workspaces/demo/backends/b"},
    {RG ML "/outboundRules/r", "/workspaces/demo/outboundRules/r"},
    {RG ML "/privateEndpointConnections/c", "/workspaces/demo/privateConnections/c"},
    {RG "/providers/Microsoft.CognitiveServices/accounts/hub", "/workspaces/hub"},
    {RG "/providers/Microsoft.CognitiveServices/accounts/hub/projects/demo", "/workspaces/demo"},
    {RG "/providers/Microsoft.KeyVault/vaults/demo", "/workspaces/demo"},
    {RG "/providers/Microsoft.KeyVault/vaults/demo/secrets/openai", "/workspaces/demo/secrets/openai"},
    {"/workspaces/demo", "/workspaces/demo"},
    {"/workspaces/demo/endpoints/chat", "/workspaces/demo/endpoints/chat"},
    {"/groups/g", "/groups/g"},

    {"/workspaces", NULL},
    {"/workspaces/demo/", NULL},
    {"/workspaces/demo/endpoints", NULL},
    {"workspaces/demo", NULL},
    {"subscriptions/x", NULL},
    {"/subscriptions", NULL},
    {"/subscriptions/", NULL},
    {"/subscriptions//resourceGroups/y", NULL},
    {SUB "/", NULL},
    {RG "/", NULL},
    {SUB "/resourceGroups", NULL},
    {SUB "/resourceGroups/a/resourceGroups/b", NULL},
    {RG "/providers", NULL},
    {RG "/providers/Microsoft.Storage/storageAccounts/x", NULL},
    {RG "/providers/Microsoft.MachineLearningServices", NULL},
    {RG "/providers/Microsoft.MachineLearningServices/workspaces", NULL},
    {RG "/providers/Microsoft.MachineLearningServices/registries/r", NULL},
    {RG "/providers/Microsoft.MachineLearningServices/workspaces/a%20b", NULL},
    {RG ML "/", NULL},
    {RG ML "/onlineEndpoints", NULL},
    {RG ML "/deployments/d", NULL},
    {RG ML "/jobs/j", NULL},
    {RG "/providers/Microsoft.KeyVault/vaults/demo/keys/k", NULL},
    {"/providers/Microsoft.Management", NULL},
    {"/providers/Microsoft.Management/managementGroups", NULL},
    {"/providers/Microsoft.KeyVault/vaults/demo", NULL},
};

static void
maps(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_err err = {0};
        struct gh_str out;
        enum gh_rc rc = gh_azure_scope(&out, &a, gh_str_z(rows[i].azure), &err);

        if ((rc == GH_OK) != (rows[i].ours != NULL) || (rc == GH_OK && !gh_str_eq(out, gh_str_z(rows[i].ours))))
            fail_msg("%s: %d, %.*s", rows[i].azure, (int)rc, (int)out.n, out.p);
        assert_true(rc == GH_OK || (err.what != NULL && err.at <= strlen(rows[i].azure)));
        gh_arena_fini(&a);
    }
}

static enum gh_rc
parse(struct gh_buf *meaning, struct gh_arena *a, struct gh_str in)
{
    struct gh_str out;
    enum gh_rc rc = gh_azure_scope(&out, a, in, NULL);

    if (rc == GH_OK) {
        assert_true(out.n > 0 && out.p[0] == '/');
        gh_buf_put(meaning, out);
    }
    return rc;
}

static void
sweeps(void **state)
{
    static const struct gh_str golden = GH_STR_INIT(RG ML "/onlineEndpoints/chat/deployments/echo");

    (void)state;
    gh_test_mangle(parse, golden, false);
    gh_test_oom(parse, golden);
    gh_test_page(parse, golden);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(maps),
        cmocka_unit_test(sweeps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
