/* SPDX-License-Identifier: Apache-2.0 */
#include "control/rest/provision.h"

#include <stdio.h>

#include "base/codec.h"
#include "base/cursor.h"
#include "base/guid.h"
#include "control/publish/project_int.h"
#include "control/rest/auth.h"
#include "control/rest/local.h"
#include "control/rest/owners.h"
#include "control/rest/resources.h"
#include "control/rest/roles.h"
#include "host/host.h"

#define ARENA_MAX ((size_t)16 << 20)
#define KEY_DAYS  30

#define ROLE_OWNER           GH_OWNER_ID
#define ROLE_SECRETS_OFFICER "b86a8fe4-44ce-4948-aee5-eccb2c155cd7"
#define ROLE_DATA_SCIENTIST  "f6c7c914-8db3-469d-8ca1-694a8f32e121"
#define ROLE_OPENAI_USER     "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd"
#define ROLE_AI_DEVELOPER    "64702f94-c441-49e6-a78b-ef80e0188fee"

struct thing {
    const char *path, *properties;
};

#define ASSIGN(role, principal, scope)                                                                                             \
    "{\"roleDefinitionId\":\"" role "\",\"principalId\":\"" principal "\",\"scope\":\"" scope                                      \
    "\",\"description\":\"made at the first start\"}"

/* Names of the assignments are fixed GUIDs, so that a second start finds them. */
static const struct thing admin_things[] = {
    {"/identities/admin", "{\"kind\":\"user\",\"displayName\":\"Administrator\"}"},
    {"/roleAssignments/67617465-686f-4573-8000-000000000001", ASSIGN(ROLE_OWNER, "/identities/admin", "/")},
    {"/roleAssignments/67617465-686f-4573-8000-000000000002", ASSIGN(ROLE_SECRETS_OFFICER, "/identities/admin", "/")},
};
static const struct thing demo_things[] = {
    {"/identities/demo-admin", "{\"kind\":\"user\",\"displayName\":\"Demo administrator\"}"},
    {"/roleAssignments/67617465-686f-4573-8000-000000000011", ASSIGN(ROLE_OWNER, "/identities/demo-admin", "/")},
    {"/roleAssignments/67617465-686f-4573-8000-000000000012", ASSIGN(ROLE_SECRETS_OFFICER, "/identities/demo-admin", "/")},
    {"/identities/demo-client", "{\"kind\":\"servicePrincipal\",\"displayName\":\"Demo client\"}"},
    {"/groups/data-scientist", "{\"members\":[\"/identities/demo-client\"]}"},
    {"/groups/ai-developer", "{\"members\":[]}"},
    {"/groups/it-administrator", "{\"members\":[]}"},
    {"/workspaces/demo", "{\"description\":\"Demo workspace\",\"allowApiKeys\":true}"},
    {"/workspaces/demo/endpoints/chat",
        "{\"description\":\"Demo endpoint\",\"traffic\":{\"echo-score\":100},\"publicNetworkAccess\":\"Enabled\",\"shield\":{}}"},
    {"/roleAssignments/67617465-686f-4573-8000-000000000021",
        ASSIGN(ROLE_DATA_SCIENTIST, "/groups/data-scientist", "/workspaces/demo")},
    {"/roleAssignments/67617465-686f-4573-8000-000000000022",
        ASSIGN(ROLE_OPENAI_USER, "/groups/data-scientist", "/workspaces/demo")},
    {"/roleAssignments/67617465-686f-4573-8000-000000000023",
        ASSIGN(ROLE_AI_DEVELOPER, "/groups/ai-developer", "/workspaces/demo")},
    {"/roleAssignments/67617465-686f-4573-8000-000000000024",
        ASSIGN("Gatehouse IT Administrator", "/groups/it-administrator", "/workspaces/demo")},
    {"/roleAssignments/67617465-686f-4573-8000-000000000025",
        ASSIGN("Gatehouse Content Safety User", "/groups/data-scientist", "/workspaces/demo")},
};

/* ---- the API's own way, from inside ---- */

struct inside {
    struct gh_arena a;
    struct gh_call call;
};

static void
ask(struct inside *in, struct gh_controller *c, enum gh_method method, const char *path, struct gh_str body)
{
    gh_arena_init(&in->a, gh_heap(), ARENA_MAX);
    in->a.is_secret = true;
    gh_call_init(&in->call, c, &in->a);
    in->call.method = method;
    in->call.path = gh_str_z(path);
    in->call.body = body;
    in->call.is_local = true;
    in->call.request_id = GH_STR("start");
    gh_rest_answer(&in->call);
}

static void
asked(struct inside *in)
{
    gh_rest_done(&in->call);
    gh_arena_fini(&in->a);
}

static enum gh_rc
answer_rc(const struct inside *in)
{
    if (in->call.status >= 200 && in->call.status < 300)
        return GH_OK;
    gh_log(
        GH_LOG_ERROR, "cannot be provisioned", GH_KS("path", in->call.path), GH_KS("answer", gh_buf_str(&in->call.out)), GH_KEND);
    return in->call.status == 503 ? GH_DOWN : GH_BUG;
}

static enum gh_rc
is_there(bool *out, struct gh_controller *c, const char *path)
{
    gh_auto_store_tx *tx = NULL;
    gh_auto_arena a;
    struct gh_store_resource r = {0};
    gh_arena_init(&a, gh_heap(), ARENA_MAX);
    enum gh_rc rc = gh_store_begin(&tx, c->store, GH_STORE_READ);
    if (rc == GH_OK)
        rc = gh_store_resource_get(&r, &a, tx, gh_str_z(path));
    *out = r.path.p != NULL;
    return rc;
}

static enum gh_rc
put(struct gh_controller *c, const char *path, const char *properties)
{
    struct inside in;
    gh_auto_arena a;
    gh_arena_init(&a, gh_heap(), ARENA_MAX);
    ask(&in, c, GH_METHOD_PUT, path, gh_project_path(&a, GH_STR("{\"properties\":"), gh_str_z(properties), GH_STR("}")));
    enum gh_rc rc = answer_rc(&in);
    asked(&in);
    return rc;
}

/* What is there stays as people changed it. */
static enum gh_rc
put_new(struct gh_controller *c, const char *path, const char *properties)
{
    bool exists;
    enum gh_rc rc = is_there(&exists, c, path);
    return rc != GH_OK || exists ? rc : put(c, path, properties);
}

static enum gh_rc
put_all(struct gh_controller *c, const struct thing *things, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        enum gh_rc rc = put_new(c, things[i].path, things[i].properties);
        if (rc != GH_OK)
            return rc;
    }
    return GH_OK;
}

/* ---- always ---- */

/* What people said of the main listener beside its address, as it stands in the store. */
static enum gh_rc
put_rest(struct gh_jsonw *w, struct gh_store_tx *tx, struct gh_arena *a)
{
    const struct gh_resource_row *row = &gh_resource_table[GH_RESOURCE_LISTENER];
    struct gh_props p;
    bool exists;
    enum gh_rc rc = gh_props_load(&p, &exists, a, tx, GH_STR("/listeners/main"));
    if (rc != GH_OK)
        return rc;
    bool has_kind = exists && gh_props_str(&p, "kind", GH_STR("")).n > 0;
    if (!has_kind)
        gh_jsonw_kstr(w, "kind", GH_STR("combined"));
    for (size_t i = 2; exists && i < row->n_props; i++) { /* behind address and port */
        gh_json_ref v = gh_json_get(&p.j, p.root, gh_str_z(row->props[i].name));
        if (v == GH_JSON_NO)
            continue;
        gh_jsonw_key(w, row->props[i].name);
        gh_jsonw_raw(w, gh_json_raw(&p.j, v));
    }
    return GH_OK;
}

/* The main listener is where the supervisor bound it; nobody moves it by the API. */
static enum gh_rc
store_listener(struct gh_store_tx *tx, struct gh_arena *a, const struct gh_config *c, int64_t now_ms)
{
    struct gh_str listen = gh_str_z(c->listen), host;
    struct gh_buf b;
    struct gh_jsonw w;
    size_t colon = listen.n;
    while (colon > 0 && listen.p[colon - 1] != ':')
        colon--;
    host = gh_str_sub(listen, 0, colon - 1);
    if (host.n > 2 && host.p[0] == '[')
        host = gh_str_sub(host, 1, host.n - 2);
    gh_buf_init(&b, a, 1 << 20);
    gh_jsonw_init(&w, &b);
    gh_jsonw_obj(&w);
    gh_jsonw_kstr(&w, "address", host);
    gh_jsonw_ku64(&w, "port", c->listen_addr.port);
    enum gh_rc rc = put_rest(&w, tx, a);
    gh_jsonw_end(&w, '}');
    struct gh_store_resource r = {.path = GH_STR("/listeners/main"),
        .type = GH_RESOURCE_LISTENER,
        .body = gh_buf_str(&b),
        .created_ms = now_ms,
        .updated_ms = now_ms,
        .created_by = GH_STR("system"),
        .updated_by = GH_STR("system")};
    if (rc != GH_OK || b.rc != GH_OK)
        return rc != GH_OK ? rc : b.rc;
    return gh_store_resource_put(tx, &r);
}

enum gh_rc
gh_provision_store(struct gh_controller *c)
{
    gh_auto_arena a;
    gh_auto_store_tx *tx = NULL;
    int64_t now = gh_now_ms();
    gh_arena_init(&a, gh_heap(), ARENA_MAX);
    enum gh_rc rc = gh_store_begin(&tx, c->store, GH_STORE_FULL);
    if (rc == GH_OK)
        rc = gh_roles_seed(tx, &a, now);
    if (rc == GH_OK)
        rc = store_listener(tx, &a, c->config, now);
    return rc == GH_OK ? gh_store_commit(gh_store_steal(&tx)) : rc;
}

struct owner_search {
    struct gh_store_tx *tx;
    struct gh_arena *a;
    struct gh_str name;
    enum gh_rc rc;
};

static bool
is_owner(void *ctx, struct gh_str path, const struct gh_store_link *link)
{
    struct owner_search *s = ctx;
    struct gh_props p, who;
    bool exists, is_there;
    (void)link;
    if ((s->rc = gh_props_load(&p, &exists, s->a, s->tx, path)) != GH_OK)
        return false;
    struct gh_str principal = gh_props_str(&p, "principalId", GH_STR(""));
    bool is_lasting = gh_props_str(&p, "endDateTime", GH_STR("")).n == 0 && gh_props_str(&p, "condition", GH_STR("")).n == 0;
    if (!is_lasting || !gh_str_starts(path, GH_STR("/roleAssignments/")) ||
        !gh_str_eq(gh_props_str(&p, "scope", GH_STR("")), GH_STR("/")) || !gh_str_starts(principal, GH_STR("/identities/")))
        return true;
    if ((s->rc = gh_props_load(&who, &is_there, s->a, s->tx, principal)) != GH_OK)
        return false;
    bool is_own = is_there && gh_str_eq(gh_props_str(&who, "issuer", GH_STR(GH_OWN_ISSUER)), GH_STR(GH_OWN_ISSUER));
    if (is_own && gh_props_bool(&who, "enabled", true))
        s->name = gh_str_sub(principal, sizeof("/identities/") - 1, principal.n);
    return s->name.p == NULL;
}

static enum gh_rc
find_owner(struct gh_str *name, struct gh_controller *c, struct gh_arena *a)
{
    gh_auto_store_tx *tx = NULL;
    enum gh_rc rc = gh_store_begin(&tx, c->store, GH_STORE_READ);
    if (rc != GH_OK)
        return rc;
    struct owner_search s = {.tx = tx, .a = a};
    rc = gh_store_link_to(tx, GH_STORE_LINK_ROLE, GH_STR(ROLE_OWNER), is_owner, &s);
    *name = s.name;
    return rc != GH_OK ? rc : s.rc;
}

/* Under a name that nobody can have taken for something else. */
static enum gh_rc
give_ownership(struct gh_controller *c, struct gh_arena *a)
{
    char guid[GH_GUID_BYTES + 1];
    uint8_t random[16];
    char *path = gh_arena_take(a, 64);
    if (path == NULL)
        return GH_NOMEM;
    gh_random(random, sizeof(random));
    gh_guid_put(guid, random);
    (void)snprintf(path, 64, "/roleAssignments/%s", guid);
    return put(c, path, admin_things[1].properties);
}

enum gh_rc
gh_provision_owner(struct gh_str *name, struct gh_controller *c, struct gh_arena *a)
{
    char properties[160];
    struct gh_buf b;
    enum gh_rc rc = find_owner(name, c, a);
    if (rc != GH_OK || name->p != NULL)
        return rc;
    /* Nobody is left: the identity is (again) there and enabled, and owns. What tokens it had, void ones too, stay void: issue times are whole seconds. */
    gh_buf_init_fixed(&b, properties, sizeof(properties) - 1);
    gh_buf_putz(&b, "{\"kind\":\"user\",\"displayName\":\"Administrator\",\"validFrom\":\"");
    gh_time_put(&b, gh_now_ms() / 1000 * 1000);
    gh_buf_putz(&b, "\"}");
    properties[b.n] = '\0';
    rc = put(c, admin_things[0].path, properties);
    if (rc == GH_OK)
        rc = put_all(c, admin_things + 1, sizeof(admin_things) / sizeof(admin_things[0]) - 1);
    if (rc == GH_OK)
        rc = find_owner(name, c, a);
    if (rc == GH_OK && name->p == NULL)
        rc = give_ownership(c, a);
    *name = GH_STR("admin");
    return rc;
}

/* ---- demo ---- */

/* One model that speaks three families' dialects: a backend for each, whose port is another at each start; the deployment `echo` answers all
 * three by them, and the two others one each. */
static const struct {
    const char *backend, *dialect, *base, *deployment, *properties;
} demo_models[] = {
    {"/workspaces/demo/backends/echo-anthropic", "anthropic", "/v1", "echo-anthropic",
        "{\"model\":\"echo\",\"backend\":\"echo-anthropic\"}"},
    {"/workspaces/demo/backends/echo-score", "scoring", "", "echo-score", "{\"model\":\"echo\",\"backend\":\"echo-score\"}"},
    {"/workspaces/demo/backends/echo", "openai", "/v1", "echo",
        "{\"backends\":[{\"backend\":\"echo\",\"model\":\"echo\"},{\"backend\":\"echo-anthropic\",\"model\":\"echo\"},"
        "{\"backend\":\"echo-score\",\"model\":\"echo\"}]}"},
};

static enum gh_rc
demo_model(struct gh_controller *c, size_t i)
{
    char properties[256], path[128];
    (void)snprintf(properties, sizeof(properties), "{\"url\":\"http://127.0.0.1:%u%s\",\"dialect\":\"%s\",\"auth\":\"none\"}",
        (unsigned)c->config->egress.demo_port, demo_models[i].base, demo_models[i].dialect);
    (void)snprintf(path, sizeof(path), "/workspaces/demo/endpoints/chat/deployments/%s", demo_models[i].deployment);
    enum gh_rc rc = put(c, demo_models[i].backend, properties);
    return rc == GH_OK ? put_new(c, path, demo_models[i].properties) : rc;
}

static enum gh_rc
demo_backend(struct gh_controller *c)
{
    enum gh_rc rc = GH_OK;
    for (size_t i = 0; rc == GH_OK && i < sizeof(demo_models) / sizeof(demo_models[0]); i++)
        rc = demo_model(c, i);
    return rc;
}

enum gh_rc
gh_provision_resources(struct gh_controller *c)
{
    gh_auto_arena a;
    struct gh_str name;
    gh_arena_init(&a, gh_heap(), ARENA_MAX);
    if (!c->config->is_demo)
        return gh_provision_owner(&name, c, &a);
    enum gh_rc rc = put_all(c, demo_things, sizeof(demo_things) / sizeof(demo_things[0]));
    return rc == GH_OK ? demo_backend(c) : rc;
}

struct old_keys {
    struct gh_strs paths;
    int64_t before_ms;
};

static bool
add_path(void *ctx, const struct gh_store_resource *r)
{
    struct old_keys *old = ctx;
    struct gh_props p;
    if (gh_props_open(&p, old->paths.a, r->body) == GH_OK &&
        gh_str_eq(gh_props_str(&p, "owner", GH_STR("")), GH_STR("demo-client")) &&
        gh_str_eq(r->created_by, GH_STR(GH_LOCAL_OWNER)) && r->created_ms < old->before_ms)
        gh_strs_add(&old->paths, r->path);
    return old->paths.rc == GH_OK;
}

/*
 * When this `gatehouse up` began: control may be started again under the same supervisor, and the key in the ready file must then stay good.
 * The edge's key is drawn once for each `up`, so its digest tells one from the other.
 */
static enum gh_rc
run_began(int64_t *ms, struct gh_controller *c, struct gh_arena *a)
{
    gh_auto_store_tx *tx = NULL;
    struct gh_str was;
    struct gh_buf now;
    uint8_t digest[GH_SHA256_BYTES];
    enum gh_rc rc = gh_sha256(digest, gh_str(c->config->edge_key, sizeof(c->config->edge_key)));
    if (rc == GH_OK)
        rc = gh_store_begin(&tx, c->store, GH_STORE_FULL);
    if (rc == GH_OK)
        rc = gh_store_setting_get(&was, a, tx, GH_STR("demo-run"));
    if (rc != GH_OK)
        return rc;
    struct gh_cursor cursor = gh_cursor(gh_str_sub(was, sizeof(digest), 8));
    uint64_t began = 0;
    if (gh_str_eq(gh_str_sub(was, 0, sizeof(digest)), gh_str(digest, sizeof(digest))) && gh_cursor_le64(&began, &cursor) == GH_OK) {
        *ms = (int64_t)began;
        return GH_OK;
    }
    *ms = c->started_ms;
    gh_buf_init(&now, a, sizeof(digest) + 8);
    gh_buf_put(&now, gh_str(digest, sizeof(digest)));
    gh_buf_put_le64(&now, (uint64_t)*ms);
    rc = gh_store_setting_put(tx, GH_STR("demo-run"), gh_buf_str(&now));
    return rc == GH_OK ? gh_store_commit(gh_store_steal(&tx)) : rc;
}

/* Keys that earlier runs of the demo made. */
static enum gh_rc
revoke_demo_keys(struct gh_controller *c, struct gh_arena *a)
{
    gh_auto_store_tx *tx = NULL;
    struct old_keys old = {.paths = {.a = a}};
    enum gh_rc rc = run_began(&old.before_ms, c, a);
    if (rc == GH_OK)
        rc = gh_store_begin(&tx, c->store, GH_STORE_READ);
    if (rc == GH_OK)
        rc = gh_store_resource_list(tx, GH_STR("/workspaces/demo/apiKeys"), GH_STR(""), SIZE_MAX, add_path, &old);
    gh_store_rollback(gh_store_steal(&tx));
    for (size_t i = 0; rc == GH_OK && i < old.paths.n; i++) {
        struct inside in;
        ask(&in, c, GH_METHOD_DELETE, old.paths.p[i].p, GH_STR(""));
        rc = answer_rc(&in);
        asked(&in);
    }
    return rc;
}

static enum gh_rc
demo_key(struct gh_str *out, struct gh_controller *c, struct gh_arena *a)
{
    struct inside in;
    struct gh_json j;
    struct gh_buf expires;
    enum gh_rc rc = revoke_demo_keys(c, a);
    if (rc != GH_OK)
        return rc;
    gh_buf_init(&expires, a, 32);
    gh_time_put(&expires, gh_now_ms() + INT64_C(86400000) * KEY_DAYS);
    struct gh_str body = gh_project_path(a,
        GH_STR("{\"properties\":{\"owner\":\"demo-client\",\"scope\":\"/workspaces/demo/endpoints/chat\",\"expires\":\""),
        gh_buf_str(&expires), GH_STR("\"}}"));
    ask(&in, c, GH_METHOD_POST, "/workspaces/demo/apiKeys", body);
    rc = answer_rc(&in);
    if (rc == GH_OK)
        rc = gh_json_parse(&j, a, gh_buf_str(&in.call.out), NULL);
    if (rc == GH_OK)
        rc = gh_json_str(out, a, &j, gh_json_get(&j, 0, GH_STR("key")));
    if (rc == GH_OK)
        rc = gh_arena_dup(out, a, *out);
    asked(&in);
    return rc;
}

static enum gh_rc
demo_token(struct gh_str *out, struct gh_controller *c, struct gh_arena *a, const char *as)
{
    struct inside in;
    struct gh_json j;
    struct gh_str body = gh_project_path(a, GH_STR("{\"as\":\""), gh_str_z(as), GH_STR("\"}"));
    ask(&in, c, GH_METHOD_POST, "/local/token", body);
    enum gh_rc rc = answer_rc(&in);
    if (rc == GH_OK)
        rc = gh_json_parse(&j, a, gh_buf_str(&in.call.out), NULL);
    if (rc == GH_OK)
        rc = gh_json_str(out, a, &j, gh_json_get(&j, 0, GH_STR("token")));
    if (rc == GH_OK)
        rc = gh_arena_dup(out, a, *out);
    asked(&in);
    return rc;
}

/* ---- ready ---- */

static enum gh_rc
put_demo(struct gh_jsonw *w, struct gh_controller *c, struct gh_arena *a)
{
    static const struct {
        const char *key, *as;
    } tokens[] = {{"admin_token", "demo-admin"}, {"client_token", "demo-client"}};
    struct gh_str key, token;
    gh_jsonw_kstr(w, "workspace", GH_STR("demo"));
    gh_jsonw_kstr(w, "endpoint", GH_STR("chat"));
    gh_jsonw_kstr(w, "deployment", GH_STR("echo"));
    gh_jsonw_kstr(w, "anthropic_model", GH_STR("echo-anthropic"));
    gh_jsonw_kstr(w, "score_model", GH_STR("echo-score"));
    enum gh_rc rc = demo_key(&key, c, a);
    if (rc != GH_OK)
        return rc;
    gh_jsonw_kstr(w, "api_key", key);
    for (size_t i = 0; i < 2; i++)
        if (demo_token(&token, c, a, tokens[i].as) == GH_OK) /* without vault the house opens all the same */
            gh_jsonw_kstr(w, tokens[i].key, token);
    return GH_OK;
}

enum gh_rc
gh_provision_ready(struct gh_buf *out, struct gh_controller *c, struct gh_arena *a)
{
    struct gh_jsonw w;
    enum gh_rc rc = GH_OK;
    gh_jsonw_init(&w, out);
    gh_jsonw_obj(&w);
    if (c->config->is_demo)
        rc = put_demo(&w, c, a);
    gh_jsonw_end(&w, '}');
    return rc != GH_OK ? rc : out->rc;
}
