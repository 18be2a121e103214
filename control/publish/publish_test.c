/* SPDX-License-Identifier: Apache-2.0 */
/* Overlays say what a base built anew would say; generations rise; groups in circles; files that nobody names are removed. */
#include "control/testing.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "control/publish/project_int.h"
#include "host/host.h"
#include "policy/conditional.h"
#include "policy/decide.h"

#define WAIT_MS 5000

static int
set_up(void **state)
{
    *state = gh_test_house_open(NULL);
    return 0;
}

static int
tear_down(void **state)
{
    gh_test_house_close(*state);
    return 0;
}

/* ---- a view as text, so that two can be compared ---- */

static void
put_row(struct gh_buf *out, const struct gh_snap_rec *r, enum gh_snap_section section)
{
    const struct gh_snap_schema *schema = &gh_snap_schemas[section];
    for (unsigned f = 0; f < schema->n_fields; f++) {
        gh_buf_putc(out, '|');
        if (schema->fields[f].type == GH_SNAP_U64)
            gh_buf_put_u64(out, gh_snap_u64(r, f));
        else if (schema->fields[f].type == GH_SNAP_STR)
            gh_buf_put_hex(out, gh_snap_str(r, f));
        for (size_t i = 0; schema->fields[f].type == GH_SNAP_LIST && i < gh_snap_count(r, f); i++) {
            gh_buf_putc(out, ',');
            gh_buf_put(out, gh_snap_item(r, f, i));
        }
        for (size_t i = 0; schema->fields[f].type == GH_SNAP_RECS && i < gh_snap_count(r, f); i++) {
            struct gh_snap_rec inner = gh_snap_row(r, f, i);
            for (unsigned k = 0; k < gh_snap_schemas[inner.section].n_fields; k++) {
                gh_buf_putc(out, ',');
                gh_buf_put_hex(out, gh_snap_str(&inner, k));
                gh_buf_put_u64(out, gh_snap_u64(&inner, k));
                for (size_t n = 0; n < gh_snap_count(&inner, k); n++)
                    gh_buf_put(out, gh_snap_item(&inner, k, n));
            }
        }
    }
}

static int
by_text(const void *a, const void *b)
{
    return gh_str_cmp(*(const struct gh_str *)a, *(const struct gh_str *)b);
}

static struct gh_str
view_text(struct gh_arena *a, const struct gh_snap *snap)
{
    struct gh_strs rows = {.a = a};
    struct gh_buf all;
    for (int s = GH_SNAP_NONE + 1; s < GH_SNAP_SECTION_COUNT; s++) {
        struct gh_snap_rec rec;
        struct gh_str key;
        size_t it = 0;
        if (gh_snap_schemas[s].is_inner)
            continue; /* rows of others */
        while (gh_snap_each(&rec, &key, &it, snap, (enum gh_snap_section)s)) {
            struct gh_buf row;
            gh_buf_init(&row, a, 65536);
            gh_buf_putz(&row, gh_snap_schemas[s].name);
            gh_buf_putc(&row, ' ');
            gh_buf_put(&row, key);
            put_row(&row, &rec, (enum gh_snap_section)s);
            gh_strs_add(&rows, gh_buf_str(&row));
        }
    }
    qsort(rows.p, rows.n, sizeof(*rows.p), by_text);
    gh_buf_init(&all, a, 4 << 20);
    for (size_t i = 0; i < rows.n; i++) {
        gh_buf_put(&all, rows.p[i]);
        gh_buf_putc(&all, '\n');
    }
    assert_int_equal(all.rc, GH_OK);
    return gh_buf_str(&all);
}

static struct gh_str
now_text(struct gh_test_house *h, bool base_alone)
{
    struct gh_view *v = gh_publish_view(h->c.publish);
    struct gh_snap snap = {v->snap.base, base_alone ? NULL : v->snap.overlay};
    struct gh_str text = view_text(&h->a, &snap);
    gh_view_unref(v);
    return text;
}

static uint64_t
base_generation(struct gh_test_house *h)
{
    struct gh_view *v = gh_publish_view(h->c.publish);
    uint64_t g = gh_snap_file_meta(v->snap.base)->generation;
    gh_view_unref(v);
    return g;
}

static void
wait_for_base(struct gh_test_house *h, uint64_t old)
{
    int64_t until = gh_monotonic_ms() + WAIT_MS;
    while (base_generation(h) == old && gh_monotonic_ms() < until)
        (void)usleep(2000);
    assert_true(base_generation(h) > old);
}

static void
populate(struct gh_test_house *h)
{
    gh_test_house_put(h, "/workspaces/w", "{\"allowApiKeys\":true}");
    gh_test_house_put(h, "/workspaces/w/endpoints/e", "{\"audiences\":[\"a\",\"b\"]}");
    gh_test_house_put(h, "/workspaces/w/backends/b", "{\"url\":\"https://a.example/v1\",\"dialect\":\"openai\",\"auth\":\"none\"}");
    gh_test_house_put(h, "/workspaces/w/endpoints/e/deployments/d", "{\"model\":\"m\",\"backend\":\"b\"}");
    gh_test_house_put(h, "/issuers/idp", "{\"issuer\":\"https://idp.example\",\"tenants\":[\"t\"]}");
    gh_test_house_put(h, "/identities/ann", "{\"kind\":\"user\"}");
    gh_test_house_put(h, "/identities/bob", "{\"kind\":\"user\",\"issuer\":\"idp\",\"subject\":\"1\"}");
    gh_test_house_put(h, "/groups/g", "{\"members\":[\"/identities/ann\",\"idp:1\"]}");
    gh_test_house_put(h, "/groups/h", "{\"members\":[\"/groups/g\"]}");
    gh_test_house_put(h, "/roleDefinitions/11111111-2222-4333-8444-555555555555",
        "{\"roleName\":\"Mine\",\"permissions\":[{\"actions\":[\"*/read\"]}]}");
    gh_test_house_put(h, "/roleAssignments/00000000-0000-4000-8000-0000000000a1",
        "{\"roleDefinitionId\":\"Mine\",\"principalId\":\"/groups/h\",\"scope\":\"/workspaces/w\"}");
    gh_test_house_put(h, "/roleAssignments/00000000-0000-4000-8000-0000000000a2",
        "{\"roleDefinitionId\":\"Reader\",\"principalId\":\"/identities/ann\",\"scope\":\"/"
        "\",\"condition\":\"ActionMatches{'*'}\"}");
    gh_test_house_put(h, "/denyAssignments/00000000-0000-4000-8000-0000000000d1",
        "{\"denyAssignmentName\":\"d\",\"scope\":\"/workspaces/w\",\"permissions\":[{\"actions\":[\"*/"
        "delete\"]},{\"dataActions\":[\"*\"],"
        "\"condition\":\"ActionMatches{'*'}\",\"conditionVersion\":\"2.0\"}],\"principals\":[{\"id\":\"/groups/"
        "g\",\"type\":\"Group\"},"
        "{\"id\":\"idp:3\"}],\"excludePrincipals\":[{\"id\":\"/identities/ann\"}]}");
}

static void
change(struct gh_test_house *h)
{
    static const struct {
        const char *method, *path, *body;
    } steps[] = {
        {"PUT", "/workspaces/w", "{\"properties\":{\"allowApiKeys\":false}}"},
        {"PUT", "/workspaces/w/endpoints/e", "{\"properties\":{\"enabled\":false}}"},
        {"DELETE", "/workspaces/w/endpoints/e/deployments/d", NULL},
        {"DELETE", "/roleAssignments/00000000-0000-4000-8000-0000000000a2", NULL},
        {"PUT", "/denyAssignments/00000000-0000-4000-8000-0000000000d1",
            "{\"denyAssignmentName\":\"d\",\"scope\":\"/workspaces/w\",\"permissions\":[{\"actions\":[\"*\"]}],\"principals\":["
            "{\"id\":\"idp:4\"},{\"id\":\"00000000-0000-0000-0000-000000000000\",\"type\":\"SystemDefined\"}]}"},
        {"PUT", "/identities/ann",
            "{\"properties\":{\"kind\":\"user\",\"customSecurityAttributes\":{\"a\":[\"x\",\"y\"],\"n\":3}}}"},
        {"PUT", "/groups/g", "{\"properties\":{\"members\":[\"/identities/bob\",\"/groups/h\"]}}"},
        {"PUT", "/identities/bob", "{\"properties\":{\"kind\":\"user\",\"issuer\":\"idp\",\"subject\":\"2\"}}"},
        {"PUT", "/issuers/idp", "{\"properties\":{\"issuer\":\"https://idp2.example\"}}"},
        {"PUT", "/roleDefinitions/11111111-2222-4333-8444-555555555555",
            "{\"properties\":{\"roleName\":\"Mine\",\"permissions\":[{\"actions\":[\"*\"]}]}}"},
    };
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        unsigned got = gh_test_house_ask(h, NULL, steps[i].method, steps[i].path, steps[i].body);
        if (got != 200 && got != 204)
            fail_msg("%s %s: %u %s", steps[i].method, steps[i].path, got, h->answer);
    }
}

static void
assert_same(struct gh_str x, struct gh_str y)
{
    if (!gh_str_eq(x, y))
        fail_msg("overlay:\n%.*s\nbase:\n%.*s", (int)x.n, x.p, (int)y.n, y.p);
}

static void
overlay_equals_a_base_built_anew(void **state)
{
    struct gh_test_house *h = *state;
    struct gh_str before = now_text(h, false);
    for (int round = 0; round < 2; round++) {
        if (round == 0)
            populate(h);
        else
            change(h);
        struct gh_str overlay = now_text(h, false);
        assert_false(gh_str_eq(overlay, before));
        assert_false(gh_str_eq(overlay, now_text(h, true)));
        uint64_t old = base_generation(h);
        gh_publish_all(h->c.publish);
        wait_for_base(h, old);
        assert_same(overlay, now_text(h, true));
        assert_same(overlay, now_text(h, false));
        before = overlay;
    }
}

/* ---- groups ---- */

static size_t
groups_of(struct gh_test_house *h, const char *principal)
{
    struct gh_view *v = gh_publish_view(h->c.publish);
    struct gh_snap_rec r;
    size_t n = gh_snap_find(&r, &v->snap, GH_SNAP_MEMBERSHIP, gh_str_z(principal)) ? gh_snap_count(&r, GH_MEMBERSHIP_GROUPS) : 0;
    gh_view_unref(v);
    return n;
}

static bool
is_cut(struct gh_test_house *h, const char *principal)
{
    struct gh_view *v = gh_publish_view(h->c.publish);
    struct gh_snap_rec r;
    bool cut = gh_snap_find(&r, &v->snap, GH_SNAP_MEMBERSHIP, gh_str_z(principal)) && gh_snap_u64(&r, GH_MEMBERSHIP_IS_CUT) != 0;
    gh_view_unref(v);
    return cut;
}

static void
circles_are_harmless(void **state)
{
    struct gh_test_house *h = *state;
    gh_test_house_put(h, "/groups/a", "{\"members\":[\"/groups/c\",\"idp:x\"]}");
    gh_test_house_put(h, "/groups/b", "{\"members\":[\"/groups/a\"]}");
    gh_test_house_put(h, "/groups/c", "{\"members\":[\"/groups/b\",\"/groups/c\"]}");
    assert_int_equal(groups_of(h, "idp:x"), 3);
    assert_int_equal(groups_of(h, "/groups/a"), 3);
    /* Taken out of the innermost, out of all. */
    gh_test_house_put(h, "/groups/a", "{\"members\":[\"/groups/c\"]}");
    assert_int_equal(groups_of(h, "idp:x"), 0);
    /* A cut in the circle: what is above c is c alone. */
    gh_test_house_put(h, "/groups/a", "{\"members\":[\"idp:x\"]}");
    assert_int_equal(groups_of(h, "idp:x"), 3);
    assert_int_equal(groups_of(h, "/groups/c"), 1);
}

static void
depth_has_a_bound(void **state)
{
    struct gh_test_house *h = *state;
    char path[64], members[64];
    for (int i = 0; i < GH_GROUP_DEPTH_MAX + 4; i++) {
        (void)snprintf(path, sizeof(path), "/groups/g%d", i);
        (void)snprintf(members, sizeof(members), i == 0 ? "{\"members\":[\"idp:x\"]}" : "{\"members\":[\"/groups/g%d\"]}", i - 1);
        gh_test_house_put(h, path, members);
    }
    assert_int_equal(groups_of(h, "idp:x"), GH_GROUP_DEPTH_MAX);
    assert_true(is_cut(h, "idp:x")); /* what is denied to any group is denied to him */
    assert_true(is_cut(h, "/groups/g1"));
    assert_false(is_cut(h, "/groups/g8"));
}

/* ---- denials ---- */

/* Under which keys there are how many rows. */
static size_t
denials_of(struct gh_test_house *h, const char *key)
{
    struct gh_view *v = gh_publish_view(h->c.publish);
    struct gh_snap_rec r;
    size_t n = gh_snap_find(&r, &v->snap, GH_SNAP_DENY, gh_str_z(key)) ? gh_snap_count(&r, GH_DENY_DENIALS) : 0;
    gh_view_unref(v);
    return n;
}

static void
denials_stand_by_principal(void **state)
{
    struct gh_test_house *h = *state;
    populate(h);
    assert_int_equal(denials_of(h, "/groups/g"), 2); /* one for what is unconditional, one for the entry with a condition */
    assert_int_equal(denials_of(h, "idp:3"), 2);
    assert_int_equal(denials_of(h, GH_DENY_ANY_GROUP), 2);
    assert_int_equal(denials_of(h, GH_DENY_EVERYONE), 0);
    change(h);
    assert_int_equal(denials_of(h, "/groups/g"), 0);
    assert_int_equal(denials_of(h, GH_DENY_ANY_GROUP), 0);
    assert_int_equal(denials_of(h, "idp:4"), 1);
    assert_int_equal(denials_of(h, GH_DENY_EVERYONE), 1);
    assert_int_equal(gh_test_house_ask(h, NULL, "DELETE", "/denyAssignments/00000000-0000-4000-8000-0000000000d1", NULL), 204);
    assert_int_equal(denials_of(h, GH_DENY_EVERYONE), 0);
}

/* Who stays a member is not made anew when another joins. */
static void
only_who_changes_is_touched(void **state)
{
    struct gh_test_house *h = *state;
    struct gh_touched t;
    struct gh_store_tx *tx;
    struct gh_store_resource r;
    const struct gh_store_link three[] = {
        {GH_STORE_LINK_MEMBER, GH_STR("i:1")}, {GH_STORE_LINK_MEMBER, GH_STR("i:2")}, {GH_STORE_LINK_MEMBER, GH_STR("i:3")}};
    gh_test_house_put(h, "/groups/g", "{\"members\":[\"i:1\",\"i:2\"]}");
    gh_touched_init(&t, &h->a);
    assert_int_equal(gh_store_begin(&tx, h->c.store, GH_STORE_FULL), GH_OK);
    assert_int_equal(gh_touched_before(&t, tx, GH_RESOURCE_GROUP, GH_STR("/groups/g")), GH_OK);
    assert_int_equal(gh_store_resource_get(&r, &h->a, tx, GH_STR("/groups/g")), GH_OK);
    assert_int_equal(gh_store_link_set(tx, GH_STR("/groups/g"), three + 1, 2), GH_OK);
    assert_int_equal(gh_touched_after(&t, tx, GH_RESOURCE_GROUP, GH_STR("/groups/g")), GH_OK);
    gh_store_rollback(tx);
    assert_int_equal(t.n, 2);
    assert_true(gh_str_eq(t.keys[0].key, GH_STR("i:1")));
    assert_true(gh_str_eq(t.keys[1].key, GH_STR("i:3")));
}

/* ---- files ---- */

static size_t
count_files(const struct gh_test_house *h, const char *prefix)
{
    char path[128];
    size_t n = 0;
    (void)snprintf(path, sizeof(path), "%s/snapshot", h->dir);
    DIR *d = opendir(path);
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d)) != NULL;)
        n += strncmp(e->d_name, prefix, strlen(prefix)) == 0;
    (void)closedir(d);
    return n;
}

static void
old_files_go(void **state)
{
    struct gh_test_house *h = *state;
    char properties[64];
    uint64_t generation = 0;
    for (int i = 0; i < 40; i++) {
        (void)snprintf(
            properties, sizeof(properties), "{\"description\":\"%d\",\"allowApiKeys\":%s}", i, i % 2 == 0 ? "true" : "false");
        gh_test_house_put(h, "/workspaces/w", properties);
        struct gh_view *v = gh_publish_view(h->c.publish);
        assert_true(v->generation > generation);
        generation = v->generation;
        gh_view_unref(v);
    }
    assert_true(count_files(h, "overlay-") <= 9);
    assert_true(count_files(h, "base-") <= 3);
    assert_int_equal(count_files(h, "current"), 1);
}

static void
generations_rise_over_a_restart(void **state)
{
    struct gh_test_house *h = *state;
    struct gh_publish *again;
    char dir[128];
    gh_test_house_put(h, "/workspaces/w", "{}");
    struct gh_view *v = gh_publish_view(h->c.publish);
    uint64_t before = v->generation;
    gh_view_unref(v);
    gh_publish_stop(h->c.publish);
    (void)snprintf(dir, sizeof(dir), "%s/snapshot", h->dir);
    const struct gh_publish_config c = {.store = h->c.store, .config = &h->config, .dir = dir};
    assert_int_equal(gh_publish_start(&again, &c), GH_OK);
    h->c.publish = again;
    assert_true(base_generation(h) > before);
}

static void
heartbeat_goes_on(void **state)
{
    struct gh_test_house *h = *state;
    char path[128];
    struct gh_snap_current c[2];
    (void)snprintf(path, sizeof(path), "%s/snapshot/current", h->dir);
    for (int i = 0; i < 2; i++) {
        struct gh_str bytes;
        assert_int_equal(gh_file_read(&bytes, &h->a, -100 /* AT_FDCWD */, path, 1024), GH_OK);
        assert_int_equal(gh_snap_current_read(&c[i], bytes), GH_OK);
        if (i == 0)
            (void)usleep(1200 * 1000);
    }
    assert_true(c[1].now_ms >= c[0].now_ms + 900);
    assert_true(c[1].overlay_generation == c[0].overlay_generation);
}

/* When the overlay is full a new base comes by itself, while changes go on. */
static void
a_full_overlay_becomes_a_base(void **state)
{
    struct gh_test_house *h = *state;
    struct gh_publish *small;
    char dir[128], path[64];
    gh_publish_stop(h->c.publish);
    (void)snprintf(dir, sizeof(dir), "%s/snapshot", h->dir);
    const struct gh_publish_config c = {.store = h->c.store, .config = &h->config, .dir = dir, .overlay_rows = 8};
    assert_int_equal(gh_publish_start(&small, &c), GH_OK);
    h->c.publish = small;
    uint64_t old = base_generation(h);
    for (int i = 0; i < 60; i++) {
        (void)snprintf(path, sizeof(path), "/workspaces/w%d", i);
        gh_test_house_put(h, path, "{}");
    }
    wait_for_base(h, old);
    struct gh_str by_overlay = now_text(h, false);
    for (int i = 0; i < 2; i++) { /* the first may be one that was begun before the last change */
        old = base_generation(h);
        gh_publish_all(h->c.publish);
        wait_for_base(h, old);
    }
    assert_same(by_overlay, now_text(h, true));
}

/* ---- what cannot be read any more ---- */

/* Another body under a path, with the links that it had. */
static void
damage(struct gh_test_house *h, const char *path, const char *body)
{
    gh_auto_store_tx *tx = NULL;
    struct gh_store_resource r;
    assert_int_equal(gh_store_begin(&tx, h->c.store, GH_STORE_FULL), GH_OK);
    assert_int_equal(gh_store_resource_get(&r, &h->a, tx, gh_str_z(path)), GH_OK);
    assert_non_null(r.path.p);
    r.body = gh_str_z(body);
    assert_int_equal(gh_store_resource_put(tx, &r), GH_OK);
    assert_int_equal(gh_store_commit(gh_store_steal(&tx)), GH_OK);
}

static struct gh_caller *
caller_of(struct gh_test_house *h, const struct gh_view *v, const char *who)
{
    struct gh_caller *c = gh_arena_take(&h->a, sizeof(*c));
    assert_non_null(c);
    gh_identify_as(c, &v->snap, gh_str_z(who), NULL, 0);
    return c;
}

static bool
may_read(struct gh_test_house *h, const struct gh_view *v, const char *who)
{
    struct gh_decision d;
    const struct gh_caller *c = caller_of(h, v, who);
    gh_decide(&d, &(const struct gh_question){.snap = &v->snap,
                      .caller = c,
                      .action = GH_ACTION_WORKSPACE_READ,
                      .path = GH_STR("/workspaces/w"),
                      .now_ms = gh_now_ms()});
    return c->why == GH_IDENTIFY_OK && d.verdict == GH_ALLOW;
}

static bool
passes_conditions(struct gh_test_house *h, const struct gh_view *v, const char *who)
{
    struct gh_cond_decision d;
    const struct gh_cond_call call = {.snap = &v->snap,
        .caller = caller_of(h, v, who),
        .now_ms = gh_now_ms(),
        .target = GH_COND_MODELS,
        .path = GH_STR("/workspaces/w")};
    gh_conditional(&d, &call, NULL, 0, false);
    return d.verdict == GH_ALLOW;
}

/* As after an upgrade whose reader is stricter, or a damaged store: what kept people out keeps out at least those, and can be written anew. */
static void
what_cannot_be_read_lets_nobody_in(void **state)
{
#define READER(who) "{\"roleDefinitionId\":\"Reader\",\"principalId\":\"" who "\",\"scope\":\"/\"}"
#define ID(n)       "/roleAssignments/00000000-0000-4000-8000-00000000000" n
#define DENIAL      "/denyAssignments/00000000-0000-4000-8000-000000000004"
#define BLOCKED                                                                                                                    \
    "{\"displayName\":\"p\",\"state\":\"enabled\",\"conditions\":{\"users\":{\"includeUsers\":[\"/identities/bob\"]},"             \
    "\"applications\":{\"includeApplications\":[\"All\"]}},\"grantControls\":{\"operator\":\"OR\",\"builtInControls\":[\"block\"]" \
    "}"
#define DENIED                                                                                                                     \
    "{\"denyAssignmentName\":\"d\",\"permissions\":[{\"actions\":[\"*\"]}],\"scope\":\"/workspaces/w\",\"principals\":[{\"id\":"   \
    "\"/identities/bob\",\"type\":\"User\""
    struct gh_test_house *h = *state;
    gh_test_house_put(h, "/workspaces/w", "{}");
    gh_test_house_put(h, "/issuers/corp", "{\"issuer\":\"https://idp.example\",\"jwksUri\":\"https://192.0.2.1/keys\"}");
    gh_test_house_put(h, "/identities/ann", "{\"kind\":\"user\"}");
    gh_test_house_put(h, "/identities/bob", "{\"kind\":\"user\"}");
    gh_test_house_put(h, "/identities/cy", "{\"kind\":\"user\",\"enabled\":false,\"issuer\":\"corp\",\"subject\":\"cy\"}");
    gh_test_house_put(h, ID("1"), READER("/identities/ann"));
    gh_test_house_put(h, ID("2"), READER("/identities/bob"));
    gh_test_house_put(h, ID("3"), READER("corp:cy"));
    gh_test_house_put(h, DENIAL, DENIED "}]}");
    gh_test_house_put(h, "/conditionalAccess/p", BLOCKED "}");
    damage(h, DENIAL, DENIED ",\"later\":1}]}");
    damage(h, "/conditionalAccess/p", BLOCKED ",\"later\":1}");
    damage(
        h, "/identities/cy", "{\"kind\":\"user\",\"issuer\":\"corp\",\"subject\":\"cy\",\"customSecurityAttributes\":{\"x\":{}}}");
    uint64_t old = base_generation(h);
    gh_publish_all(h->c.publish);
    wait_for_base(h, old);
    struct gh_view *v = gh_publish_view(h->c.publish);
    assert_true(may_read(h, v, "/identities/ann"));
    assert_false(may_read(h, v, "/identities/bob"));
    assert_false(may_read(h, v, "corp:cy"));
    assert_false(passes_conditions(h, v, "/identities/bob"));
    assert_false(passes_conditions(h, v, "/identities/ann")); /* nobody knows that she was not meant */
    gh_view_unref(v);
    gh_test_house_put(h, DENIAL, DENIED "}]}");
    gh_test_house_put(h, "/conditionalAccess/p", BLOCKED "}");
    v = gh_publish_view(h->c.publish);
    assert_true(passes_conditions(h, v, "/identities/ann"));
    assert_false(passes_conditions(h, v, "/identities/bob"));
    assert_false(may_read(h, v, "/identities/bob"));
    gh_view_unref(v);
    damage(h, DENIAL, "["); /* not even JSON */
    old = base_generation(h);
    gh_publish_all(h->c.publish);
    wait_for_base(h, old);
    v = gh_publish_view(h->c.publish);
    assert_false(may_read(h, v, "/identities/bob"));
    gh_view_unref(v);
}

int
main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
    const struct CMUnitTest tests[] = {T(overlay_equals_a_base_built_anew), T(circles_are_harmless), T(depth_has_a_bound),
        T(denials_stand_by_principal), T(only_who_changes_is_touched), T(old_files_go), T(generations_rise_over_a_restart),
        T(heartbeat_goes_on), T(a_full_overlay_becomes_a_base), T(what_cannot_be_read_lets_nobody_in)};
    return cmocka_run_group_tests_name("publish", tests, NULL, NULL);
}
