/* SPDX-License-Identifier: Apache-2.0 */
/* Containment is the last resort: what an attacker left behind does not stand in its way, and an ordinary write does not undo it. argv[1]: gatehouse-vault. */
#include "control/testing.h"

#include <stdio.h>

#include "base/codec.h"
#include "host/host.h"

#define KEYS 12000 /* their paths fill more than the report holds */

static const char *vault_program;

static int
set_up(void **state)
{
    struct gh_test_house *h = gh_test_house_open(vault_program);
    gh_test_house_put(h, "/workspaces/w", "{\"allowApiKeys\":true}");
    gh_test_house_put(h, "/workspaces/w/endpoints/e", "{}");
    gh_test_house_put(h, "/identities/eve", "{\"kind\":\"user\"}");
    *state = h;
    return 0;
}

static int
tear_down(void **state)
{
    gh_test_house_close(*state);
    return 0;
}

/* As POST would have made them, one by one. */
static void
make_keys(struct gh_test_house *h)
{
    gh_auto_store_tx *tx = NULL;
    char path[96];
    assert_int_equal(gh_store_begin(&tx, h->c.store, GH_STORE_NORMAL), GH_OK);
    for (unsigned i = 0; i < KEYS; i++) {
        (void)snprintf(path, sizeof(path), "/workspaces/w/apiKeys/a-key-with-a-name-as-long-as-ours-%06u", i);
        gh_test_store_row(tx, GH_RESOURCE_API_KEY, path,
            "{\"owner\":\"eve\",\"scope\":\"/workspaces/w\",\"expires\":\"2099-01-01T00:00:00Z\"}", "/identities/eve");
    }
    assert_int_equal(gh_store_commit(gh_store_steal(&tx)), GH_OK);
}

static void
many_keys_do_not_help(void **state)
{
    struct gh_test_house *h = *state;
    make_keys(h);
    gh_test_house_expect(
        h, NULL, "POST", "/containments", "{\"target\":\"/identities/eve\"}", 201, " more: the audit chain has each");
    gh_test_house_expect(h, NULL, "GET", "/workspaces/w/apiKeys", NULL, 200, "\"value\":[]");
    gh_test_house_expect(h, NULL, "GET", "/identities/eve", NULL, 200, "\"enabled\":false");
}

static void
what_is_not_valid_any_more_is_contained_all_the_same(void **state)
{
    struct gh_test_house *h = *state;
    gh_auto_store_tx *tx = NULL;
    struct gh_store_resource r;
    assert_int_equal(gh_store_begin(&tx, h->c.store, GH_STORE_FULL), GH_OK);
    assert_int_equal(gh_store_resource_get(&r, &h->a, tx, GH_STR("/workspaces/w/endpoints/e")), GH_OK);
    r.body = GH_STR("{\"observeUntil\":\"2026-01-01T00:00:00Z\",\"observeControls\":[\"content\"]}"); /* it is over since */
    assert_int_equal(gh_store_resource_put(tx, &r), GH_OK);
    assert_int_equal(gh_store_commit(gh_store_steal(&tx)), GH_OK);
    gh_test_house_expect(h, NULL, "POST", "/containments", "{\"target\":\"/workspaces/w/endpoints/e\"}", 201, "switched off");
}

/* A manifest from before says nothing of validFrom: what it was applied over stays void. */
static void
what_is_void_stays_void(void **state)
{
    struct gh_test_house *h = *state;
    gh_test_house_put(h, "/identities/eve", "{\"kind\":\"user\",\"validFrom\":\"2026-03-01T00:00:00Z\"}");
    gh_test_house_put(h, "/identities/eve", "{\"kind\":\"user\",\"displayName\":\"Eve\"}");
    gh_test_house_expect(h, NULL, "GET", "/identities/eve", NULL, 200, "\"validFrom\":\"2026-03-01T00:00:00Z\"");
    gh_test_house_expect(
        h, NULL, "PUT", "/identities/eve", "{\"kind\":\"user\",\"validFrom\":\"2026-02-01T00:00:00Z\"}", 409, "void");
    gh_test_house_expect(h, NULL, "PUT", "/identities/eve", "{\"kind\":\"user\",\"validFrom\":null}", 200, "2026-03-01");
    gh_test_house_expect(
        h, NULL, "PUT", "/identities/eve", "{\"kind\":\"user\",\"validFrom\":\"2026-04-01T00:00:00Z\"}", 200, "2026-04-01");
}

/* Who may write and contain all, but give no access; and an administrator who may. */
static void
make_people(struct gh_test_house *h, const char **writer, const char **admin)
{
    gh_test_house_put(h, "/identities/writer", "{\"kind\":\"user\"}");
    gh_test_house_put(h, "/identities/admin", "{\"kind\":\"user\"}");
    gh_test_house_put(h, "/roleAssignments/00000000-0000-4000-8000-000000000011",
        "{\"roleDefinitionId\":\"Contributor\",\"principalId\":\"/identities/writer\",\"scope\":\"/\"}");
    gh_test_house_put(h, "/roleAssignments/00000000-0000-4000-8000-000000000012",
        "{\"roleDefinitionId\":\"Owner\",\"principalId\":\"/identities/admin\",\"scope\":\"/\"}");
    *writer = gh_test_house_token(h, "writer");
    *admin = gh_test_house_token(h, "admin");
}

/* Undoing gives access back, and needs the right to give it; once it is undone the target is as any other. */
static void
who_may_write_does_not_undo(void **state)
{
    static const struct {
        const char *path, *off, *on, *other;
    } cases[] = {
        {"/identities/eve", "{\"kind\":\"user\",\"enabled\":false}", "{\"kind\":\"user\",\"enabled\":true}",
            "{\"kind\":\"user\",\"enabled\":false,\"displayName\":\"Eve\"}"},
        {"/workspaces/w/endpoints/e", "{\"enabled\":false}", "{}", "{\"enabled\":false,\"description\":\"x\"}"},
        {"/workspaces/w/backends/b", "{\"url\":\"https://192.0.2.1/\",\"dialect\":\"openai\",\"auth\":\"none\",\"enabled\":false}",
            "{\"url\":\"https://192.0.2.1/\",\"dialect\":\"openai\",\"auth\":\"none\"}",
            "{\"url\":\"https://192.0.2.2/\",\"dialect\":\"openai\",\"auth\":\"none\",\"enabled\":false}"},
    };
    struct gh_test_house *h = *state;
    const char *writer, *admin;
    char body[256];
    make_people(h, &writer, &admin);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *path = cases[i].path;
        gh_test_house_put(h, path, cases[i].on);
        gh_test_house_expect(h, writer, "PUT", path, cases[i].off, 200, NULL); /* what nobody contained is his */
        gh_test_house_expect(h, writer, "PUT", path, cases[i].on, 200, NULL);
        (void)snprintf(body, sizeof(body), "{\"target\":\"%s\"}", path);
        gh_test_house_expect(h, writer, "POST", "/containments", body, 201, NULL); /* the last resort is a Contributor's too */
        gh_test_house_expect(h, writer, "PUT", path, cases[i].on, 403, "right to assign roles");
        gh_test_house_expect(h, writer, "DELETE", path, NULL, 403, "right to assign roles");
        gh_test_house_expect(h, writer, "PUT", path, cases[i].other, 200, NULL);
        gh_test_house_expect(h, writer, "PUT", path, cases[i].on, 403, "right to assign roles");
        gh_test_house_expect(h, admin, "PUT", path, cases[i].on, 200, NULL);
        gh_test_house_expect(h, writer, "PUT", path, cases[i].off, 200, NULL);
        gh_test_house_expect(h, writer, "PUT", path, cases[i].on, 200, NULL);
    }
}

/* Under another name in tokens the old one would be nobody's, and no longer contained. */
static void
a_contained_identity_keeps_its_name(void **state)
{
    struct gh_test_house *h = *state;
    const char *writer, *admin;
    make_people(h, &writer, &admin);
    gh_test_house_put(h, "/issuers/corp", "{\"issuer\":\"https://idp.example\",\"jwksUri\":\"https://192.0.2.1/keys\"}");
    gh_test_house_put(h, "/identities/mal", "{\"kind\":\"user\",\"issuer\":\"corp\",\"subject\":\"m1\"}");
    gh_test_house_expect(h, admin, "POST", "/containments", "{\"target\":\"/identities/mal\"}", 201, NULL);
    gh_test_house_expect(h, writer, "PUT", "/identities/mal",
        "{\"kind\":\"user\",\"issuer\":\"corp\",\"subject\":\"m2\",\"enabled\":false}", 403, "right to assign roles");
}

int
main(int argc, char *argv[])
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
    const struct CMUnitTest tests[] = {T(many_keys_do_not_help), T(what_is_not_valid_any_more_is_contained_all_the_same),
        T(what_is_void_stays_void), T(who_may_write_does_not_undo), T(a_contained_identity_keeps_its_name)};
    vault_program = argc > 1 ? argv[1] : NULL;
    return cmocka_run_group_tests_name("contain", tests, NULL, NULL);
}
