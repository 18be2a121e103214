/* SPDX-License-Identifier: Apache-2.0 */
/* The last Owner: nobody takes him away by the way, whoever contains him on purpose can, and the owner of the data directory always acts. */
#include "control/testing.h"

#include <stdio.h>

#define OWNER            "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
#define GUID(n)          "67617465-686f-4573-8000-0000000000" n
#define GIVE(whom, more) "{\"roleDefinitionId\":\"" OWNER "\",\"principalId\":\"" whom "\",\"scope\":\"/\"" more "}"
#define CONTAIN(more)    "{\"target\":\"/identities/root\",\"reason\":\"stolen\"" more "}"

static const char *vault_program;

/* root is the Owner; soc may contain, and nothing else. */
static struct gh_test_house *
open_house(const char **soc)
{
    struct gh_test_house *h = gh_test_house_open(vault_program);
    for (const char *const *who = (const char *const[]){"root", "second", "soc", NULL}; *who != NULL; who++) {
        char path[64];
        (void)snprintf(path, sizeof(path), "/identities/%s", *who);
        gh_test_house_put(h, path, "{\"kind\":\"user\"}");
    }
    gh_test_house_put(h, "/issuers/corp", "{\"issuer\":\"https://192.0.2.9/corp\",\"audiences\":[\"a\"]}");
    gh_test_house_put(h, "/roleDefinitions/" GUID("f0"),
        "{\"roleName\":\"Responder\",\"permissions\":[{\"actions\":[\"Gatehouse.Installation/*\"]}]}");
    gh_test_house_put(h, "/roleAssignments/" GUID("01"), GIVE("/identities/root", ""));
    gh_test_house_put(h, "/roleAssignments/" GUID("02"),
        "{\"roleDefinitionId\":\"" GUID("f0") "\",\"principalId\":\"/identities/soc\",\"scope\":\"/\"}");
    *soc = gh_test_house_token(h, "soc");
    return h;
}

static void
the_last_owner_is_contained_on_purpose_alone(void **state)
{
    const char *soc, *root;
    struct gh_test_house *h = open_house(&soc);
    (void)state;
    root = gh_test_house_token(h, "root");
    gh_test_house_expect(h, soc, "POST", "/containments?dryRun=true", CONTAIN(""), 409, "--last-owner");
    gh_test_house_expect(h, soc, "POST", "/containments", CONTAIN(""), 409, "last Owner");
    gh_test_house_expect(h, NULL, "POST", "/containments", CONTAIN(",\"lastOwner\":false"), 409, "--data DIR");
    gh_test_house_expect(h, NULL, "PUT", "/identities/root", "{\"kind\":\"user\",\"enabled\":false}", 409, "last Owner");
    gh_test_house_expect(h, NULL, "DELETE", "/roleAssignments/" GUID("01"), NULL, 409, "last Owner");
    gh_test_house_expect(h, root, "GET", "/identities/soc", NULL, 200, NULL);

    /* he is in wrong hands: this is what it is for */
    gh_test_house_expect(h, soc, "POST", "/containments", CONTAIN(",\"lastOwner\":true"), 201, "disabled, and its tokens void");
    gh_test_house_expect(h, root, "GET", "/identities/soc", NULL, 401, NULL);

    /* and the machine's own door is open: to look, to put him back, or to begin anew */
    gh_test_house_expect(h, NULL, "GET", "/identities/root", NULL, 200, "\"enabled\":false");
    gh_test_house_expect(h, NULL, "POST", "/local/recover", "{}", 200, "\"token\"");
    gh_test_house_expect(h, NULL, "GET", "/identities/admin", NULL, 200, "\"validFrom\"");
    const char *admin = gh_test_house_token(h, "admin");
    gh_test_house_expect(h, admin, "PUT", "/identities/second", "{\"kind\":\"user\",\"displayName\":\"Second\"}", 200, NULL);
    gh_test_house_expect(h, root, "GET", "/identities/soc", NULL, 401, NULL);
    gh_test_house_close(h);
}

static void
who_could_come_counts(void **state)
{
    static const struct {
        const char *name, *assignment, *members; /* members: of /groups/g */
        bool is_enabled, counts;
    } cases[] = {
        {"another one", GIVE("/identities/second", ""), "", true, true},
        {"one who is disabled", GIVE("/identities/second", ""), "", false, false},
        {"by his other name", GIVE("gatehouse:second", ""), "", true, true},
        {"by his other name, disabled", GIVE("gatehouse:second", ""), "", false, false},
        {"root again", GIVE("gatehouse:root", ""), "", true, false},
        {"a group of nobody", GIVE("/groups/g", ""), "", true, false},
        {"a group of himself and a disabled one", GIVE("/groups/g", ""), "\"/identities/root\",\"/identities/second\"", false,
            false},
        {"a group in a group", GIVE("/groups/g", ""), "\"/groups/inner\"", true, true},
        {"somebody of another issuer", GIVE("corp:ann", ""), "", true, true},
        {"a group of another issuer", GIVE("corp/groups:admins", ""), "", true, true},
        {"one with an end", GIVE("/identities/second", ",\"endDateTime\":\"2098-01-01T00:00:00Z\""), "", true, false},
        {"one that has not begun", GIVE("/identities/second", ",\"startDateTime\":\"2098-01-01T00:00:00Z\""), "", true, false},
        {"one on a condition",
            GIVE("/identities/second",
                ",\"conditionVersion\":\"2.0\",\"condition\":\"@Environment[Gatehouse:Listener] StringEquals 'x'\""),
            "", true, false},
    };
    const char *soc;
    struct gh_test_house *h = open_house(&soc);
    (void)state;
    gh_test_house_put(h, "/groups/inner", "{\"members\":[\"/identities/second\",\"/groups/g\"]}");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char members[128];
        print_message("# %s\n", cases[i].name);
        (void)snprintf(members, sizeof(members), "{\"members\":[%s]}", cases[i].members);
        gh_test_house_put(h, "/groups/g", members);
        gh_test_house_put(
            h, "/identities/second", cases[i].is_enabled ? "{\"kind\":\"user\"}" : "{\"kind\":\"user\",\"enabled\":false}");
        gh_test_house_put(h, "/roleAssignments/" GUID("03"), cases[i].assignment);
        gh_test_house_expect(h, soc, "POST", "/containments?dryRun=true", CONTAIN(""), cases[i].counts ? 201 : 409, NULL);
        gh_test_house_expect(h, NULL, "DELETE", "/roleAssignments/" GUID("03"), NULL, 204, NULL);
    }
    gh_test_house_expect(h, soc, "POST", "/containments?dryRun=true", "{\"target\":\"/identities/second\"}", 201, NULL);
    gh_test_house_close(h);
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_owner_is_contained_on_purpose_alone),
        cmocka_unit_test(who_could_come_counts),
    };
    vault_program = argc > 1 ? argv[1] : NULL;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
