/* SPDX-License-Identifier: Apache-2.0 */
/* Containment is the last resort: what an attacker left behind does not stand in its way, and an ordinary write does not undo it. */
#include "control/testing.h"

#include <stdio.h>

#include "base/codec.h"
#include "host/host.h"

#define KEYS 12000 /* their paths fill more than the report holds */

static int
set_up(void **state)
{
    struct gh_test_house *h = gh_test_house_open(NULL);
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
    static const struct gh_store_link link = {GH_STORE_LINK_PRINCIPAL, GH_STR_INIT("/identities/eve")};
    gh_auto_store_tx *tx = NULL;
    char path[96];
    assert_int_equal(gh_store_begin(&tx, h->c.store, GH_STORE_NORMAL), GH_OK);
    for (unsigned i = 0; i < KEYS; i++) {
        (void)snprintf(path, sizeof(path), "/workspaces/w/apiKeys/a-key-with-a-name-as-long-as-ours-%06u", i);
        struct gh_store_resource r = {.path = gh_str_z(path),
            .type = GH_RESOURCE_API_KEY,
            .body = GH_STR("{\"owner\":\"eve\",\"scope\":\"/workspaces/w\",\"expires\":\"2099-01-01T00:00:00Z\"}"),
            .created_ms = 1,
            .updated_ms = 1,
            .created_by = GH_STR("test"),
            .updated_by = GH_STR("test")};
        assert_int_equal(gh_store_resource_put(tx, &r), GH_OK);
        assert_int_equal(gh_store_link_set(tx, r.path, &link, 1), GH_OK);
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

int
main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(many_keys_do_not_help), T(what_is_not_valid_any_more_is_contained_all_the_same), T(what_is_void_stays_void)};
    return cmocka_run_group_tests_name("contain", tests, NULL, NULL);
}
