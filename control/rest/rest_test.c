/* SPDX-License-Identifier: Apache-2.0 */
/* The management API through gh_rest_answer, with a real store, publisher and vault: good and bad requests as tables. */
#include "control/testing.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/codec.h"
#include "host/host.h"

#define CANARY         "canary-7f3a91"
#define OWNER_ID       "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
#define CONTRIBUTOR_ID "b24988ac-6180-42a0-ab88-20f7382dd24c"

static const char *vault_program;

static int
set_up(void **state)
{
    *state = gh_test_house_open(vault_program);
    return 0;
}

static int
tear_down(void **state)
{
    gh_test_house_close(*state);
    return 0;
}

struct request {
    const char *name, *method, *target, *body;
    unsigned want;
    const char *says; /* NULL: whatever */
};

static void
ask_all(struct gh_test_house *h, const char *token, const struct request *r, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned got = gh_test_house_ask(h, token, r[i].method, r[i].target, r[i].body);
        if (got != r[i].want || (r[i].says != NULL && strstr(h->answer, r[i].says) == NULL))
            fail_msg("%s: want %u %s, got %u %s", r[i].name, r[i].want, r[i].says == NULL ? "" : r[i].says, got, h->answer);
    }
}
#define ASK(h, token, rows) ask_all((h), (token), (rows), sizeof(rows) / sizeof((rows)[0]))

static void
a_resource_lives(void **state)
{
    static const struct request rows[] = {
        {"create", "PUT", "/workspaces/w", "{\"properties\":{\"description\":\"one\"}}", 201, "\"id\":\"/workspaces/w\""},
        {"same again", "PUT", "/workspaces/w", "{ \"properties\" : { \"description\" : \"one\" } }", 200,
            "\"description\":\"one\""},
        {"change", "PUT", "/workspaces/w", "{\"properties\":{\"description\":\"two\"}}", 200, "two"},
        {"the properties alone", "PUT", "/workspaces/w", "{\"description\":\"two\"}", 200, "two"},
        {"get", "GET", "/workspaces/w", NULL, 200, "\"createdBy\":\"local:owner\""},
        {"list", "GET", "/workspaces", NULL, 200, "\"value\":[{\"id\":\"/workspaces/w\""},
        {"child", "PUT", "/workspaces/w/endpoints/e", "{\"properties\":{}}", 201, NULL},
        {"orphan", "PUT", "/workspaces/none/endpoints/e", "{\"properties\":{}}", 404, "would hold it"},
        {"holds others", "DELETE", "/workspaces/w", NULL, 409, "still holds"},
        {"delete child", "DELETE", "/workspaces/w/endpoints/e", NULL, 204, NULL},
        {"delete", "DELETE", "/workspaces/w", NULL, 204, NULL},
        {"delete again", "DELETE", "/workspaces/w", NULL, 404, NULL},
        {"gone", "GET", "/workspaces/w", NULL, 404, NULL},
    };
    ASK(*state, NULL, rows);
}

static void
pools_and_traffic(void **state)
{
    static const char of[] = "/workspaces/w/endpoints/e/deployments/d", at[] = "/workspaces/w/endpoints/e";
    static const char backend[] = "{\"url\":\"https://192.0.2.1\",\"dialect\":\"openai\",\"auth\":\"none\"}";
    static const struct request rows[] = {
        {"workspace", "PUT", "/workspaces/w", "{}", 201, NULL},
        {"backend", "PUT", "/workspaces/w/backends/b1", backend, 201, NULL},
        {"another", "PUT", "/workspaces/w/backends/b2", backend, 201, NULL},
        {"endpoint", "PUT", at, "{\"traffic\":{\"d\":90,\"later\":10}}", 201, "\"later\":10"},
        {"not all of it", "PUT", at, "{\"traffic\":{\"d\":90}}", 400, "100 together"},
        {"more than all", "PUT", at, "{\"traffic\":{\"d\":101}}", 400, "0 to 100"},
        {"a part of a percent", "PUT", at, "{\"traffic\":{\"d\":99.5,\"e\":0.5}}", 400, "0 to 100"},
        {"to no name", "PUT", at, "{\"traffic\":{\"a/b\":100}}", 400, "deployment"},
        {"one backend", "PUT", of, "{\"model\":\"m\",\"backend\":\"b1\"}", 201, NULL},
        {"two", "PUT", of,
            "{\"model\":\"m\",\"backends\":[{\"backend\":\"b1\"},{\"backend\":\"b2\",\"model\":\"n\",\"priority\":1,\"weight\":5}]"
            "}",
            200, "\"priority\":1"},
        {"is used", "DELETE", "/workspaces/w/backends/b2", NULL, 409, of},
        {"one backend twice, two models", "PUT", of,
            "{\"backends\":[{\"backend\":\"b1\",\"model\":\"m\"},{\"backend\":\"b1\",\"model\":\"n\"}]}", 200, NULL},
        {"both forms", "PUT", of, "{\"model\":\"m\",\"backend\":\"b1\",\"backends\":[{\"backend\":\"b2\"}]}", 400, "either"},
        {"neither", "PUT", of, "{\"model\":\"m\"}", 400, "needs a backend"},
        {"no model", "PUT", of, "{\"backend\":\"b1\"}", 400, "needs a model"},
        {"no model for one", "PUT", of, "{\"backends\":[{\"backend\":\"b1\",\"model\":\"m\"},{\"backend\":\"b2\"}]}", 400,
            "needs a model"},
        {"an empty list", "PUT", of, "{\"model\":\"m\",\"backends\":[]}", 400, "backends"},
        {"no backend of that name", "PUT", of, "{\"model\":\"m\",\"backends\":[{\"backend\":\"b1\"},{\"backend\":\"b3\"}]}", 409,
            "b3"},
        {"a key of another table", "PUT", of, "{\"model\":\"m\",\"backends\":[{\"backend\":\"b1\",\"url\":\"https://x\"}]}", 400,
            "alone"},
        {"a negative weight", "PUT", of, "{\"model\":\"m\",\"backends\":[{\"backend\":\"b1\",\"weight\":-1}]}", 400, "weight"},
        {"a path as backend", "PUT", of, "{\"model\":\"m\",\"backends\":[{\"backend\":\"../b1\"}]}", 400, "name a backend"},
        {"retries of a kind", "PUT", of, "{\"model\":\"m\",\"backend\":\"b1\",\"retryOn\":[\"connect\",\"429\"]}", 200, NULL},
        {"retries of none", "PUT", of, "{\"model\":\"m\",\"backend\":\"b1\",\"retryOn\":[]}", 200, NULL},
        {"retries on what is none", "PUT", of, "{\"model\":\"m\",\"backend\":\"b1\",\"retryOn\":[\"always\"]}", 400, "retryOn"},
        {"free again", "DELETE", "/workspaces/w/backends/b2", NULL, 204, NULL},
    };
    ASK(*state, NULL, rows);
}

static void
bad_requests_change_nothing(void **state)
{
    static const struct request rows[] = {
        {"no such path", "GET", "/nothing", NULL, 404, NULL},
        {"no such method", "POST", "/workspaces/w", "{}", 405, NULL},
        {"read-only", "PUT", "/status", "{\"properties\":{}}", 405, NULL},
        {"no body", "PUT", "/workspaces/w", "", 400, NULL},
        {"not JSON", "PUT", "/workspaces/w", "{", 400, "\"at\":"},
        {"array", "PUT", "/workspaces/w", "[]", 400, "object"},
        {"duplicate key", "PUT", "/workspaces/w", "{\"properties\":{\"description\":\"a\",\"description\":\"b\"}}", 400, NULL},
        {"bad UTF-8", "PUT", "/workspaces/w", "{\"properties\":{\"description\":\"\xff\"}}", 400, NULL},
        {"trailing bytes", "PUT", "/workspaces/w", "{\"properties\":{}} x", 400, NULL},
        {"member beside properties", "PUT", "/workspaces/w", "{\"properties\":{},\"id\":\"/workspaces/v\"}", 400, "properties"},
        {"bare property of none", "PUT", "/workspaces/w", "{\"owner\":\"me\"}", 400, "\"about\":\"owner\""},
        {"properties twice removed", "PUT", "/workspaces/w", "{\"properties\":[]}", 400, NULL},
        {"unknown property", "PUT", "/workspaces/w", "{\"properties\":{\"owner\":\"me\"}}", 400, "\"about\":\"owner\""},
        {"wrong type", "PUT", "/workspaces/w", "{\"properties\":{\"allowApiKeys\":\"yes\"}}", 400, "allowApiKeys"},
        {"name with a slash", "PUT", "/workspaces/a%2fb", "{\"properties\":{}}", 404, NULL},
        {"name with dots", "PUT", "/workspaces/..", "{\"properties\":{}}", 404, NULL},
        {"name too long", "PUT", "/workspaces/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "{\"properties\":{}}", 404, NULL},
        {"dry run of a word", "PUT", "/workspaces/w?dryRun=maybe", "{\"properties\":{}}", 400, "dryRun"},
        {"page of none", "GET", "/workspaces?top=0", NULL, 400, "top"},
        {"page too long", "GET", "/workspaces?top=1001", NULL, 400, "top"},
        {"nothing was made", "GET", "/workspaces/w", NULL, 404, NULL},
    };
    ASK(*state, NULL, rows);
}

static void
etags_guard_writes(void **state)
{
    struct gh_test_house *h = *state;
    char etag[32];
    static const char one[] = "{\"properties\":{\"description\":\"1\"}}", two[] = "{\"properties\":{\"description\":\"2\"}}";
    h->if_match = "*";
    assert_int_equal(gh_test_house_ask(h, NULL, "PUT", "/workspaces/w", one), 412);
    h->if_none_match = "*";
    assert_int_equal(gh_test_house_ask(h, NULL, "PUT", "/workspaces/w", one), 201);
    (void)snprintf(etag, sizeof(etag), "\"r%llu\"", (unsigned long long)h->revision);
    h->if_none_match = "*";
    assert_int_equal(gh_test_house_ask(h, NULL, "PUT", "/workspaces/w", two), 412);
    h->if_none_match = etag;
    assert_int_equal(gh_test_house_ask(h, NULL, "GET", "/workspaces/w", NULL), 304);
    h->if_match = etag;
    assert_int_equal(gh_test_house_ask(h, NULL, "PUT", "/workspaces/w", two), 200);
    h->if_match = etag;
    assert_int_equal(gh_test_house_ask(h, NULL, "PUT", "/workspaces/w", one), 412);
    h->if_match = etag;
    assert_int_equal(gh_test_house_ask(h, NULL, "DELETE", "/workspaces/w", NULL), 412);
}

static void
a_dry_run_leaves_no_trace(void **state)
{
    struct gh_test_house *h = *state;
    static const struct request rows[] = {
        {"would create", "PUT", "/workspaces/w?dryRun=true", "{\"properties\":{}}", 201, "\"change\":\"create\""},
        {"not there", "GET", "/workspaces/w", NULL, 404, NULL},
        {"create", "PUT", "/workspaces/w", "{\"properties\":{}}", 201, NULL},
        {"would change nothing", "PUT", "/workspaces/w?dryRun=true", "{\"properties\":{}}", 200, "\"change\":\"none\""},
        {"would update", "PUT", "/workspaces/w?dryRun=true", "{\"properties\":{\"description\":\"x\"}}", 200,
            "\"change\":\"update\""},
        {"would delete", "DELETE", "/workspaces/w?dryRun=true", NULL, 200, "\"change\":\"delete\""},
        {"still there", "GET", "/workspaces/w", NULL, 200, "\"properties\":{}"},
        {"dry run of a secret", "PUT", "/workspaces/w/secrets/s?dryRun=true", "{\"properties\":{\"value\":\"v\"}}", 201, "create"},
        {"no secret", "GET", "/workspaces/w/secrets/s", NULL, 404, NULL},
        {"still checked", "PUT", "/workspaces/w?dryRun=true", "{\"properties\":{\"x\":1}}", 400, NULL},
    };
    ASK(h, NULL, rows);
}

static void
lists_come_in_pages(void **state)
{
    struct gh_test_house *h = *state;
    static const struct request rows[] = {
        {"first", "GET", "/workspaces?top=2", NULL, 200, "\"nextLink\":\"/api/workspaces?top=2&skipToken=w2\""},
        {"last", "GET", "/workspaces?top=2&skipToken=w2", NULL, 200, "\"value\":[{\"id\":\"/workspaces/w3\""},
        {"encoded names", "GET", "/workspaces?t%6fp=1", NULL, 200, "skipToken=w1"},
        {"exactly all", "GET", "/workspaces?top=3", NULL, 200, NULL},
    };
    gh_test_house_put(h, "/workspaces/w1", "{}");
    gh_test_house_put(h, "/workspaces/w2", "{}");
    gh_test_house_put(h, "/workspaces/w3", "{}");
    ASK(h, NULL, rows);
    assert_null(strstr(h->answer, "nextLink"));
}

/* ---- confused deputies ---- */

static void
backends_and_their_secrets(void **state)
{
    struct gh_test_house *h = *state;
#define BACKEND(url, more) "{\"properties\":{\"url\":\"" url "\",\"dialect\":\"openai\"," more "}}"
#define NONE               "\"auth\":\"none\""
#define WITH               "\"auth\":\"bearer\",\"secret\":\"s\""
    static const struct request rows[] = {
        {"secret", "PUT", "/workspaces/w/secrets/s",
            "{\"properties\":{\"value\":\"" CANARY "\",\"hosts\":[\"api.example.com:443\"]}}", 201, "\"version\":"},
        {"host without port", "PUT", "/workspaces/w/secrets/t",
            "{\"properties\":{\"value\":\"v\",\"hosts\":[\"api.example.com\"]}}", 400, "host:port"},
        {"host with a path", "PUT", "/workspaces/w/secrets/t", "{\"properties\":{\"value\":\"v\",\"hosts\":[\"a.example:443/x\"]}}",
            400, "host:port"},
        {"good", "PUT", "/workspaces/w/backends/b", BACKEND("https://api.example.com/v1", WITH), 201, NULL},
        {"other host", "PUT", "/workspaces/w/backends/b", BACKEND("https://evil.example.com/v1", WITH), 409,
            "evil.example.com:443"},
        {"other port", "PUT", "/workspaces/w/backends/b", BACKEND("https://api.example.com:444/v1", WITH), 409, ":444"},
        {"no such secret", "PUT", "/workspaces/w/backends/c",
            BACKEND("https://a.example", "\"auth\":\"bearer\",\"secret\":\"none\""), 409, "does not exist"},
        {"needs a secret", "PUT", "/workspaces/w/backends/c", BACKEND("https://a.example", "\"auth\":\"api-key\""), 400, "secret"},
        {"plain http", "PUT", "/workspaces/w/backends/c", BACKEND("http://a.example", NONE), 400, "https"},
        {"user information", "PUT", "/workspaces/w/backends/c", BACKEND("https://u:p@a.example", NONE), 400, NULL},
        {"query", "PUT", "/workspaces/w/backends/c", BACKEND("https://a.example/?x=1", NONE), 400, NULL},
        {"dot segments", "PUT", "/workspaces/w/backends/c", BACKEND("https://a.example/../x", NONE), 400, NULL},
        {"semicolon", "PUT", "/workspaces/w/backends/c", BACKEND("https://a.example/x;y", NONE), 400, NULL},
        {"newline", "PUT", "/workspaces/w/backends/c", BACKEND("https://a.example/\\nx", NONE), 400, NULL},
        {"dollar", "PUT", "/workspaces/w/backends/c", BACKEND("https://a$host.example", NONE), 400, NULL},
        {"brace in a name", "PUT", "/workspaces/w/backends/c", BACKEND("https://a.example", NONE ",\"tlsServerName\":\"a{b\""), 400,
            "tlsServerName"},
        {"path that goes up", "PUT", "/workspaces/w/backends/c", BACKEND("https://a.example", NONE ",\"path\":\"/a/../b\""), 400,
            "path"},
        {"path with a query", "PUT", "/workspaces/w/backends/c", BACKEND("https://a.example", NONE ",\"path\":\"/a?b\""), 400,
            "path"},
        {"path with another slot", "PUT", "/workspaces/w/backends/c", BACKEND("https://a.example", NONE ",\"path\":\"/{x}\""), 400,
            "path"},
        {"quote in a version", "PUT", "/workspaces/w/backends/c", BACKEND("https://a.example", NONE ",\"apiVersion\":\"1\\\";\""),
            400, "apiVersion"},
        {"no certificate", "PUT", "/workspaces/w/backends/c", BACKEND("https://a.example", NONE ",\"caCertificate\":\"x\""), 400,
            "caCertificate"},
        {"a private key", "PUT", "/workspaces/w/backends/c",
            BACKEND("https://a.example",
                NONE ",\"caCertificate\":\"-----BEGIN PRIVATE KEY-----\\nAAAA\\n-----END PRIVATE KEY-----\\n\""),
            400, NULL},
        {"secret in use", "DELETE", "/workspaces/w/secrets/s", NULL, 409, "/workspaces/w/backends/b"},
        {"deployment", "PUT", "/workspaces/w/endpoints/e/deployments/d", "{\"properties\":{\"model\":\"m\",\"backend\":\"b\"}}",
            201, NULL},
        {"deployment of nothing", "PUT", "/workspaces/w/endpoints/e/deployments/x",
            "{\"properties\":{\"model\":\"m\",\"backend\":\"x\"}}", 409, NULL},
        {"backend in use", "DELETE", "/workspaces/w/backends/b", NULL, 409, "/deployments/d"},
        {"value is never shown", "GET", "/workspaces/w/secrets/s", NULL, 200,
            "\"properties\":{\"hosts\":[\"api.example.com:443\"]}"},
    };
    gh_test_house_put(h, "/workspaces/w", "{}");
    gh_test_house_put(h, "/workspaces/w/endpoints/e", "{}");
    ASK(h, NULL, rows);
    assert_null(strstr(h->answer, CANARY));
}

/* A caller who may write backends but not get the secret cannot have it sent anywhere, not even where it may go. */
static void
a_contributor_is_no_owner(void **state)
{
    struct gh_test_house *h = *state;
    static const struct request rows[] = {
        {"may write a workspace", "PUT", "/workspaces/v", "{\"properties\":{}}", 201, NULL},
        {"may write a backend", "PUT", "/workspaces/w/backends/b", BACKEND("https://api.example.com", NONE), 201, NULL},
        {"not with the secret", "PUT", "/workspaces/w/backends/b", BACKEND("https://api.example.com", WITH), 403,
            "right to get that secret"},
        {"not the secret", "PUT", "/workspaces/w/secrets/s", "{\"properties\":{\"value\":\"x\"}}", 403, NULL},
        {"not an assignment", "PUT", "/roleAssignments/67617465-686f-4573-8000-0000000000aa",
            "{\"properties\":{\"roleDefinitionId\":\"" OWNER_ID "\",\"principalId\":\"gatehouse:con\",\"scope\":\"/\"}}", 403,
            NULL},
        {"not into a group with rights", "PUT", "/groups/admins", "{\"properties\":{\"members\":[\"/identities/con\"]}}", 403,
            "hand out rights"},
        {"nor by a group inside", "PUT", "/groups/inner", "{\"properties\":{\"members\":[\"/identities/con\"]}}", 403,
            "hand out rights"},
        {"into one without", "PUT", "/groups/plain", "{\"properties\":{\"members\":[\"/identities/con\"]}}", 201, NULL},
        {"not an issuer", "PUT", "/issuers/mine", "{\"properties\":{\"issuer\":\"https://idp.example\"}}", 403, NULL},
        {"not who the owner is", "PUT", "/identities/boss",
            "{\"properties\":{\"kind\":\"user\",\"issuer\":\"idp\",\"subject\":\"con\"}}", 403, NULL},
        {"nor who is in the owners' group", "PUT", "/identities/deputy",
            "{\"properties\":{\"kind\":\"user\",\"issuer\":\"idp\",\"subject\":\"con\"}}", 403, "hand out rights"},
        {"not the owner's assignment", "DELETE", "/roleAssignments/67617465-686f-4573-8000-000000000001", NULL, 403, NULL},
    };
    gh_test_house_put(h, "/workspaces/w", "{}");
    gh_test_house_put(h, "/workspaces/w/secrets/s", "{\"value\":\"" CANARY "\",\"hosts\":[\"api.example.com:443\"]}");
    gh_test_house_put(h, "/issuers/idp", "{\"issuer\":\"https://other.example\"}");
    gh_test_house_put(h, "/identities/con", "{\"kind\":\"user\"}");
    gh_test_house_put(h, "/identities/boss", "{\"kind\":\"user\"}");
    gh_test_house_put(h, "/identities/deputy", "{\"kind\":\"user\"}");
    gh_test_house_put(h, "/groups/inner", "{\"members\":[]}");
    gh_test_house_put(h, "/groups/admins", "{\"members\":[\"/groups/inner\",\"/identities/deputy\"]}");
    gh_test_house_put(h, "/roleAssignments/67617465-686f-4573-8000-000000000001",
        "{\"roleDefinitionId\":\"" OWNER_ID "\",\"principalId\":\"/identities/boss\",\"scope\":\"/\"}");
    gh_test_house_put(h, "/roleAssignments/67617465-686f-4573-8000-000000000002",
        "{\"roleDefinitionId\":\"" OWNER_ID "\",\"principalId\":\"/groups/admins\",\"scope\":\"/\"}");
    gh_test_house_put(h, "/roleAssignments/67617465-686f-4573-8000-000000000003",
        "{\"roleDefinitionId\":\"" CONTRIBUTOR_ID "\",\"principalId\":\"/identities/con\",\"scope\":\"/\"}");
    ASK(h, gh_test_house_token(h, "con"), rows);
}

/* Policies of conditional access, and of who approves, are for whom they name: who may not write them does not become somebody else to them. */
static void
a_contributor_escapes_no_policy(void **state)
{
    struct gh_test_house *h = *state;
#define KIND(kind, more) "{\"kind\":\"" kind "\"" more "}"
#define LISTENER(mode, proxies)                                                                                                    \
    "{\"kind\":\"public\",\"address\":\"127.0.0.1\",\"port\":1,\"proxyMode\":" mode ",\"proxies\":[" proxies "]}"
#define LIST(level, networks, principals) "{\"level\":\"" level "\",\"networks\":[" networks "],\"principals\":[" principals "]}"
    static const struct request rows[] = {
        {"not among those whom a policy spares", "PUT", "/groups/spared", "{\"members\":[\"/identities/con\"]}", 403,
            "conditional access"},
        {"nor by a group inside", "PUT", "/groups/within", "{\"members\":[\"/identities/con\"]}", 403, "conditional access"},
        {"nor out of those for whom it is", "PUT", "/groups/watched", "{\"members\":[]}", 403, "conditional access"},
        {"not among those who approve", "PUT", "/groups/approvers", "{\"members\":[\"/identities/con\"]}", 403, "approves"},
        {"not by becoming one who approves", "PUT", "/identities/boss", KIND("user", ",\"issuer\":\"idp\",\"subject\":\"con\""),
            403, "approves"},
        {"not as a program", "PUT", "/identities/con", KIND("servicePrincipal", ""), 403, "policies"},
        {"nor with another issuer's name", "PUT", "/identities/con2",
            KIND("managedIdentity", ",\"issuer\":\"idp\",\"subject\":\"con\""), 403, "policies"},
        {"a program of our own", "PUT", "/identities/bot", KIND("servicePrincipal", ""), 201, NULL},
        {"an account stays what raises alerts", "PUT", "/identities/break", KIND("user", ""), 403, "policies"},
        {"a name for people", "PUT", "/identities/break", KIND("user", ",\"emergencyAccess\":true,\"displayName\":\"B\""), 200,
            NULL},
        {"not a proxy of his own", "PUT", "/listeners/mine", LISTENER("\"xForwardedFor\"", "\"0.0.0.0/0\""), 403, "policies"},
        {"nor one more that is believed", "PUT", "/listeners/front", LISTENER("\"forwarded\"", "\"127.0.0.3\",\"127.0.0.4\""), 403,
            "policies"},
        {"nor by another way of telling", "PUT", "/listeners/front", LISTENER("\"xForwardedFor\"", "\"127.0.0.3\""), 403,
            "policies"},
        {"nor as if the proxy were the caller", "PUT", "/listeners/front", LISTENER("\"none\"", ""), 403, "policies"},
        {"a listener that tells nothing", "PUT", "/listeners/plain", "{\"kind\":\"public\",\"address\":\"127.0.0.1\",\"port\":2}",
            201, NULL},
        {"the same again", "PUT", "/listeners/front", LISTENER("\"forwarded\"", "\"127.0.0.3\""), 200, NULL},
        {"not off the list", "PUT", "/watchlists/bad", LIST("high", "\"203.0.113.0/24\"", ""), 403, "risk fall"},
        {"nor a network", "PUT", "/watchlists/bad", LIST("high", "", "\"/identities/con\""), 403, "risk fall"},
        {"nor lower", "PUT", "/watchlists/bad", LIST("medium", "\"203.0.113.0/24\"", "\"/identities/con\""), 403, "risk fall"},
        {"nor without the list", "DELETE", "/watchlists/bad", NULL, 403, "risk fall"},
        {"no network of his that is well known", "PUT", "/watchlists/his", LIST("none", "\"198.51.100.0/24\"", ""), 403,
            "risk fall"},
        {"nor beside those that are", "PUT", "/watchlists/offices", LIST("none", "\"192.0.2.0/24\",\"198.51.100.0/24\"", ""), 403,
            "risk fall"},
        {"more that is bad", "PUT", "/watchlists/bad",
            LIST("high", "\"198.51.100.7\",\"203.0.113.0/24\"", "\"/identities/boss\",\"/identities/con\""), 200, NULL},
        {"a list of what is bad", "PUT", "/watchlists/more", LIST("low", "\"198.51.100.0/24\"", ""), 201, NULL},
        {"less that is well known", "DELETE", "/watchlists/offices", NULL, 204, NULL},
    };
    gh_test_house_put(h, "/listeners/front", LISTENER("\"forwarded\"", "\"127.0.0.3\""));
    gh_test_house_put(h, "/watchlists/offices", LIST("none", "\"192.0.2.0/24\"", ""));
    gh_test_house_put(h, "/issuers/idp", "{\"issuer\":\"https://other.example\"}");
    gh_test_house_put(h, "/identities/con", KIND("user", ""));
    gh_test_house_put(h, "/identities/boss", KIND("user", ""));
    gh_test_house_put(h, "/watchlists/bad", LIST("high", "\"203.0.113.0/24\"", "\"/identities/con\""));
    gh_test_house_put(h, "/identities/break", KIND("user", ",\"emergencyAccess\":true"));
    gh_test_house_put(h, "/groups/within", "{\"members\":[]}");
    gh_test_house_put(h, "/groups/spared", "{\"members\":[\"/groups/within\"]}");
    gh_test_house_put(h, "/groups/watched", "{\"members\":[\"/identities/con\"]}");
    gh_test_house_put(h, "/groups/approvers", "{\"members\":[\"/identities/boss\"]}");
    gh_test_house_put(h, "/rolePolicies/p",
        "{\"roleDefinitionId\":\"Owner\",\"scope\":\"/\",\"approvalRequired\":true,"
        "\"approvers\":[\"/groups/approvers\",\"/identities/boss\"]}");
    gh_test_house_put(h, "/conditionalAccess/mfa",
        "{\"displayName\":\"m\",\"state\":\"enabledForReportingButNotEnforced\",\"conditions\":{\"users\":{\"includeGroups\":["
        "\"watched\"],"
        "\"excludeGroups\":[\"spared\"]},\"applications\":{\"includeApplications\":[\"All\"]}},"
        "\"grantControls\":{\"operator\":\"OR\",\"builtInControls\":[\"mfa\"]}}");
    gh_test_house_put(h, "/roleAssignments/67617465-686f-4573-8000-000000000003",
        "{\"roleDefinitionId\":\"" CONTRIBUTOR_ID "\",\"principalId\":\"/identities/con\",\"scope\":\"/\"}");
    ASK(h, gh_test_house_token(h, "con"), rows);
}

/* Who gives roles gives them to others: a role that withholds keys and data is not to be filled up by its holder. */
static void
an_it_administrator_does_not_help_himself(void **state)
{
    struct gh_test_house *h = *state;
#define GUID(n)              "67617465-686f-4573-8000-0000000000" n
#define GIVE(role, whom, at) "{\"roleDefinitionId\":\"" role "\",\"principalId\":\"" whom "\",\"scope\":\"" at "\"}"
#define CHATS                "Cognitive Services OpenAI User"
#define CUSTOM               "5a1c0c6e-0000-4000-8000-000000000001"
#define ROLE(data)           "{\"roleName\":\"mine\",\"permissions\":[{\"actions\":[\"*/read\"],\"dataActions\":[" data "]}]}"
    static const struct request rows[] = {
        {"a colleague", "PUT", "/roleAssignments/" GUID("c1"), GIVE(CHATS, "/identities/ann", "/"), 201, NULL},
        {"no data for himself", "PUT", "/roleAssignments/" GUID("c2"), GIVE(CHATS, "/identities/it", "/workspaces/w"), 403,
            "himself"},
        {"nor by his other name", "PUT", "/roleAssignments/" GUID("c3"), GIVE(CHATS, "gatehouse:it", "/"), 403, "himself"},
        {"nor by his group", "PUT", "/roleAssignments/" GUID("c4"), GIVE(CHATS, "/groups/its", "/"), 403, "himself"},
        {"no secrets", "PUT", "/roleAssignments/" GUID("c5"), GIVE("Key Vault Secrets User", "/identities/it", "/"), 403, NULL},
        {"no keys", "PUT", "/roleAssignments/" GUID("c6"), GIVE("Contributor", "/identities/it", "/"), 403, NULL},
        {"nothing that reads alone", "PUT", "/roleAssignments/" GUID("c7"), GIVE("Reader", "/identities/it", "/"), 201, NULL},
        {"not into a group that calls", "PUT", "/groups/callers", "{\"members\":[\"/identities/it\"]}", 403, "himself"},
        {"others into it", "PUT", "/groups/callers", "{\"members\":[\"/identities/ann\"]}", 200, NULL},
        {"a role of his own", "PUT", "/roleDefinitions/" CUSTOM, ROLE(""), 201, NULL},
        {"he takes it", "PUT", "/roleAssignments/" GUID("c8"), GIVE(CUSTOM, "/identities/it", "/"), 201, NULL},
        {"and it stays what it is", "PUT", "/roleDefinitions/" CUSTOM, ROLE("\"*\""), 403, "himself"},
        {"not for a key of another", "POST", "/workspaces/w/apiKeys",
            "{\"owner\":\"ann\",\"scope\":\"/workspaces/w\",\"expires\":\"2027-01-01T00:00:00Z\"}", 403, NULL},
    };
    gh_test_house_put(h, "/workspaces/w", "{\"allowApiKeys\":true}");
    gh_test_house_put(h, "/identities/it", "{\"kind\":\"user\"}");
    gh_test_house_put(h, "/identities/ann", "{\"kind\":\"user\"}");
    gh_test_house_put(h, "/groups/its", "{\"members\":[\"/identities/it\"]}");
    gh_test_house_put(h, "/groups/callers", "{\"members\":[]}");
    gh_test_house_put(h, "/roleAssignments/" GUID("01"), GIVE("Gatehouse IT Administrator", "/groups/its", "/"));
    gh_test_house_put(h, "/roleAssignments/" GUID("02"), GIVE(CHATS, "/groups/callers", "/"));
    ASK(h, gh_test_house_token(h, "it"), rows);
}

/* A key acts as its owner: who may make keys makes his own with that; for others it takes the right to assign roles too. */
static void
a_key_for_another_is_an_assignment(void **state)
{
    struct gh_test_house *h = *state;
    char soon[32], body[256];
    struct gh_buf b;
    static const struct {
        const char *by, *owner;
        unsigned want;
    } rows[] = {{"con", "con", 201}, {"con", "ann", 403}, {"own", "ann", 201}};
    gh_test_house_put(h, "/workspaces/w", "{\"allowApiKeys\":true}");
    gh_test_house_put(h, "/identities/con", "{\"kind\":\"user\"}");
    gh_test_house_put(h, "/identities/own", "{\"kind\":\"user\"}");
    gh_test_house_put(h, "/identities/ann", "{\"kind\":\"user\"}");
    gh_test_house_put(h, "/roleAssignments/" GUID("01"), GIVE("Contributor", "/identities/con", "/workspaces/w"));
    gh_test_house_put(h, "/roleAssignments/" GUID("02"), GIVE("Owner", "/identities/own", "/workspaces/w"));
    gh_buf_init_fixed(&b, soon, sizeof(soon));
    gh_time_put(&b, gh_now_ms() + 86400000);
    gh_buf_putc(&b, '\0');
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        (void)snprintf(
            body, sizeof(body), "{\"owner\":\"%s\",\"scope\":\"/workspaces/w\",\"expires\":\"%s\"}", rows[i].owner, soon);
        unsigned got = gh_test_house_ask(h, gh_test_house_token(h, rows[i].by), "POST", "/workspaces/w/apiKeys", body);
        if (got != rows[i].want)
            fail_msg("%s for %s: %u %s", rows[i].by, rows[i].owner, got, h->answer);
    }
}

/* An owner of one workspace hands out rights there, and there alone; lists show what may be read. */
static void
an_owner_below_stays_below(void **state)
{
    struct gh_test_house *h = *state;
#define ASSIGNMENT(principal, scope)                                                                                               \
    "{\"properties\":{\"roleDefinitionId\":\"Reader\",\"principalId\":\"" principal "\",\"scope\":\"" scope "\"}}"
    static const struct request rows[] = {
        {"at home", "PUT", "/roleAssignments/67617465-686f-4573-8000-0000000000b1", ASSIGNMENT("idp:x", "/workspaces/w"), 201,
            "acdd72a7"},
        {"next door", "PUT", "/roleAssignments/67617465-686f-4573-8000-0000000000b2", ASSIGNMENT("idp:x", "/workspaces/v"), 403,
            NULL},
        {"above", "PUT", "/roleAssignments/67617465-686f-4573-8000-0000000000b3", ASSIGNMENT("idp:x", "/"), 403, NULL},
        {"another's, moved home", "PUT", "/roleAssignments/67617465-686f-4573-8000-0000000000a1",
            ASSIGNMENT("idp:x", "/workspaces/w"), 403, NULL},
        {"another's", "DELETE", "/roleAssignments/67617465-686f-4573-8000-0000000000a1", NULL, 403, NULL},
        {"sees one workspace", "GET", "/workspaces", NULL, 200, "{\"value\":[{\"id\":\"/workspaces/w\""},
        {"sees own assignments", "GET", "/roleAssignments", NULL, 200, "0000000000b1"},
        {"its own", "DELETE", "/roleAssignments/67617465-686f-4573-8000-0000000000b1", NULL, 204, NULL},
    };
    gh_test_house_put(h, "/workspaces/v", "{}");
    gh_test_house_put(h, "/workspaces/w", "{}");
    gh_test_house_put(h, "/identities/low", "{\"kind\":\"user\"}");
    gh_test_house_put(h, "/roleAssignments/67617465-686f-4573-8000-0000000000a1",
        "{\"roleDefinitionId\":\"Reader\",\"principalId\":\"idp:y\",\"scope\":\"/\"}");
    gh_test_house_put(h, "/roleAssignments/67617465-686f-4573-8000-0000000000a2",
        "{\"roleDefinitionId\":\"" OWNER_ID "\",\"principalId\":\"/identities/low\",\"scope\":\"/workspaces/w\"}");
    const char *token = gh_test_house_token(h, "low");
    ASK(h, token, rows);
    assert_int_equal(gh_test_house_ask(h, token, "GET", "/workspaces", NULL), 200);
    assert_null(strstr(h->answer, "/workspaces/v"));
    assert_int_equal(gh_test_house_ask(h, token, "GET", "/roleAssignments", NULL), 200);
    assert_null(strstr(h->answer, "0000000000a1"));
    gh_test_house_put(h, "/roleAssignments/67617465-686f-4573-8000-0000000000a3",
        "{\"roleDefinitionId\":\"Reader\",\"principalId\":\"idp:y\",\"scope\":\"/workspaces/v\"}");
    gh_test_house_put(h, "/roleAssignments/67617465-686f-4573-8000-0000000000a4",
        "{\"roleDefinitionId\":\"Reader\",\"principalId\":\"idp:y\",\"scope\":\"/workspaces/w\"}");
    assert_int_equal(
        gh_test_house_ask(h, token, "GET",
            "/access/explain?principal=idp:y&scope=/workspaces/w&action=Microsoft.MachineLearningServices/workspaces/read", NULL),
        200);
    assert_non_null(strstr(h->answer, "0000000000a1")); /* from above it counts here */
    assert_non_null(strstr(h->answer, "0000000000a4"));
    assert_null(strstr(h->answer, "/workspaces/v"));
}

static void
people_and_rights(void **state)
{
    struct gh_test_house *h = *state;
    static const char id[] = "/roleAssignments/67617465-686f-4573-8000-0000000000c1";
#define ROLE_BODY(name, permissions) "{\"properties\":{\"roleName\":\"" name "\",\"permissions\":[" permissions "]}}"
#define OWN_ROLE                     "11111111-2222-4333-8444-555555555555"
    const struct request rows[] = {
        {"identity", "PUT", "/identities/ann", "{\"properties\":{\"kind\":\"user\"}}", 201, NULL},
        {"own subject", "PUT", "/identities/bob", "{\"properties\":{\"kind\":\"user\",\"subject\":\"ann\"}}", 400, "subject"},
        {"unknown issuer", "PUT", "/identities/bob", "{\"properties\":{\"kind\":\"user\",\"issuer\":\"idp\",\"subject\":\"1\"}}",
            409, NULL},
        {"issuer", "PUT", "/issuers/idp", "{\"properties\":{\"issuer\":\"https://idp.example/t\"}}", 201, NULL},
        {"same URL", "PUT", "/issuers/idp2", "{\"properties\":{\"issuer\":\"https://idp.example/t\"}}", 409, NULL},
        {"own name", "PUT", "/issuers/gatehouse", "{\"properties\":{\"issuer\":\"https://x.example\"}}", 409, NULL},
        {"plain http", "PUT", "/issuers/idp2", "{\"properties\":{\"issuer\":\"http://x.example\"}}", 400, "https"},
        {"keys by http", "PUT", "/issuers/idp2",
            "{\"properties\":{\"issuer\":\"https://x.example\",\"jwksUri\":\"http://x.example/k\"}}", 400, "jwksUri"},
        {"from outside", "PUT", "/identities/bob", "{\"properties\":{\"kind\":\"user\",\"issuer\":\"idp\",\"subject\":\"1\"}}", 201,
            NULL},
        {"same subject", "PUT", "/identities/eve", "{\"properties\":{\"kind\":\"user\",\"issuer\":\"idp\",\"subject\":\"1\"}}", 409,
            NULL},
        {"issuer in use", "DELETE", "/issuers/idp", NULL, 409, "/identities/bob"},
        {"member of no kind", "PUT", "/groups/g", "{\"properties\":{\"members\":[\"ann\"]}}", 400, "\"about\":\"ann\""},
        {"member of a wrong kind", "PUT", "/groups/g", "{\"properties\":{\"members\":[\"/workspaces/w\"]}}", 400, NULL},
        {"group", "PUT", "/groups/g", "{\"properties\":{\"members\":[\"/identities/ann\",\"idp:1\",\"/groups/g\"]}}", 201, NULL},
        {"member stays", "DELETE", "/identities/ann", NULL, 409, "member"},
        {"no such role", "PUT", id, ASSIGNMENT("/groups/g", "/nope"), 400, "scope"},
        {"no such scope", "PUT", id, ASSIGNMENT("/groups/g", "/workspaces/none"), 409, NULL},
        {"no such group", "PUT", id, ASSIGNMENT("/groups/h", "/"), 409, NULL},
        {"principal of no kind", "PUT", id, ASSIGNMENT("ann", "/"), 400, NULL},
        {"assignment by role name", "PUT", id, ASSIGNMENT("/groups/g", "/"), 201,
            "\"roleDefinitionId\":\"acdd72a7-3385-48ef-bd42-f606fba81ae7\""},
        {"again", "PUT", id, ASSIGNMENT("/groups/g", "/"), 200, NULL},
        {"moved", "PUT", id, ASSIGNMENT("/identities/ann", "/"), 409, "cannot be changed"},
        {"group in use", "DELETE", "/groups/g", NULL, 409, "assignments"},
        {"role of no GUID", "PUT", "/roleDefinitions/mine", ROLE_BODY("Mine", "{\"actions\":[\"*/read\"]}"), 400, "GUID"},
        {"role", "PUT", "/roleDefinitions/" OWN_ROLE, ROLE_BODY("Mine", "{\"actions\":[\"*/read\"]}"), 201, NULL},
        {"role with a condition", "PUT", "/roleDefinitions/" OWN_ROLE,
            ROLE_BODY("Mine", "{\"actions\":[\"*\"],\"condition\":\"x\"}"), 400, NULL},
        {"name taken", "PUT", "/roleDefinitions/" OWN_ROLE, ROLE_BODY("OWNER", "{\"actions\":[\"*/read\"]}"), 409, "name"},
        {"built-in", "PUT", "/roleDefinitions/" OWNER_ID, ROLE_BODY("Owner", "{\"actions\":[\"*\"]}"), 409, "built-in"},
        {"built-in goes", "DELETE", "/roleDefinitions/" OWNER_ID, NULL, 409, NULL},
        {"role goes", "DELETE", "/roleDefinitions/" OWN_ROLE, NULL, 204, NULL},
    };
    ASK(h, NULL, rows);
}

static void
the_last_owner_stays(void **state)
{
    struct gh_test_house *h = *state;
    static const struct request rows[] = {
        {"one of two", "DELETE", "/roleAssignments/67617465-686f-4573-8000-000000000001", NULL, 204, NULL},
        {"the last", "DELETE", "/roleAssignments/67617465-686f-4573-8000-000000000002", NULL, 409, "last Owner"},
    };
    gh_test_house_put(h, "/identities/a", "{\"kind\":\"user\"}");
    gh_test_house_put(h, "/roleAssignments/67617465-686f-4573-8000-000000000001",
        "{\"roleDefinitionId\":\"Owner\",\"principalId\":\"/identities/a\",\"scope\":\"/\"}");
    gh_test_house_put(h, "/roleAssignments/67617465-686f-4573-8000-000000000002",
        "{\"roleDefinitionId\":\"Owner\",\"principalId\":\"idp:b\",\"scope\":\"/\"}");
    ASK(h, NULL, rows);
}

static void
keys_are_the_exception(void **state)
{
    struct gh_test_house *h = *state;
#define KEY(owner, scope, expires) "{\"properties\":{\"owner\":\"" owner "\",\"scope\":\"" scope "\",\"expires\":\"" expires "\"}}"
    char soon[32], body[256], id[64];
    struct gh_buf b;
    static const struct request refused[] = {
        {"not allowed", "POST", "/workspaces/shut/apiKeys", KEY("ann", "/workspaces/shut", "2026-12-31T00:00:00Z"), 409,
            "allowApiKeys"},
        {"in the past", "POST", "/workspaces/w/apiKeys", KEY("ann", "/workspaces/w", "2020-01-01T00:00:00Z"), 400,
            "expires|future"},
        {"for ever", "POST", "/workspaces/w/apiKeys", KEY("ann", "/workspaces/w", "2099-01-01T00:00:00Z"), 400, NULL},
        {"no time", "POST", "/workspaces/w/apiKeys", KEY("ann", "/workspaces/w", "tomorrow, or later on"), 400, NULL},
        {"no PUT", "PUT", "/workspaces/w/apiKeys/0123456789ab", KEY("ann", "/workspaces/w", "2026-12-31T00:00:00Z"), 405, NULL},
    };
    gh_test_house_put(h, "/workspaces/shut", "{}");
    gh_test_house_put(h, "/workspaces/w", "{\"allowApiKeys\":true}");
    gh_test_house_put(h, "/identities/ann", "{\"kind\":\"user\"}");
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        unsigned got = gh_test_house_ask(h, NULL, refused[i].method, refused[i].target, refused[i].body);
        if (got != refused[i].want && i > 0) /* the first one's date may have passed by now: then it is 400 */
            fail_msg("%s: %u %s", refused[i].name, got, h->answer);
    }
    gh_buf_init_fixed(&b, soon, sizeof(soon));
    gh_time_put(&b, gh_now_ms() + 86400000);
    gh_buf_putc(&b, '\0');
    static const struct {
        const char *owner, *scope;
        unsigned want;
    } rows[] = {{"nobody", "/workspaces/w", 409}, {"ann", "/workspaces/shut", 400}, {"ann", "/", 400},
        {"ann", "/workspaces/w/endpoints/x", 409}, {"ann", "/workspaces/w", 201}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        (void)snprintf(body, sizeof(body), "{\"properties\":{\"owner\":\"%s\",\"scope\":\"%s\",\"expires\":\"%s\"}}", rows[i].owner,
            rows[i].scope, soon);
        unsigned got = gh_test_house_ask(h, NULL, "POST", "/workspaces/w/apiKeys", body);
        if (got != rows[i].want)
            fail_msg("%s at %s: %u %s", rows[i].owner, rows[i].scope, got, h->answer);
    }
    const char *key = strstr(h->answer, "\"key\":\"gh_");
    assert_non_null(key);
    (void)snprintf(id, sizeof(id), "/workspaces/w/apiKeys/%.12s", key + 10);
    assert_int_equal(gh_test_house_ask(h, NULL, "GET", id, NULL), 200);
    assert_null(strstr(h->answer, "gh_"));
    assert_null(strstr(h->answer, "sha256"));
    assert_non_null(strstr(h->answer, "\"lastUsedAt\":null"));
    struct gh_snap_rec row;
    struct gh_view *view = gh_publish_view(h->c.publish);
    assert_true(gh_snap_find(&row, &view->snap, GH_SNAP_API_KEY, gh_str(id + strlen(id) - 12, 12)));
    assert_int_equal(gh_snap_str(&row, GH_API_KEY_SHA256).n, 32);
    gh_view_unref(view);
    assert_int_equal(gh_test_house_ask(h, NULL, "DELETE", id, NULL), 204);
    view = gh_publish_view(h->c.publish);
    assert_false(gh_snap_find(&row, &view->snap, GH_SNAP_API_KEY, gh_str(id + strlen(id) - 12, 12)));
    gh_view_unref(view);
}

static void
without_vault_the_rest_goes_on(void **state)
{
    struct gh_test_house *h = *state;
    static const struct request rows[] = {
        {"secret", "PUT", "/workspaces/w/secrets/s", "{\"properties\":{\"value\":\"v\"}}", 503, NULL},
        {"token", "POST", "/local/token", "{\"as\":\"ann\"}", 503, NULL},
        {"write", "PUT", "/workspaces/v", "{\"properties\":{}}", 201, NULL},
        {"read", "GET", "/workspaces/v", NULL, 200, NULL},
        {"told", "GET", "/status", NULL, 200, "\"vault\":\"down\""},
    };
    gh_test_house_put(h, "/workspaces/w", "{}");
    gh_test_house_put(h, "/identities/ann", "{\"kind\":\"user\"}");
    gh_test_house_kill_vault(h);
    ASK(h, NULL, rows);
}

/* One that hangs costs the first question its wait; the others are answered at once, and it is met again when it goes on. */
static void
a_vault_that_hangs_holds_nobody_up(void **state)
{
    struct gh_test_house *h = *state;
    static const char secret[] = "{\"properties\":{\"value\":\"v\"}}";
    gh_test_house_put(h, "/workspaces/w", "{}");
    assert_int_equal(kill(h->vault_pid, SIGSTOP), 0);
    assert_int_equal(gh_test_house_ask(h, NULL, "PUT", "/workspaces/w/secrets/s", secret), 503);
    int64_t began = gh_monotonic_ms();
    assert_int_equal(gh_test_house_ask(h, NULL, "PUT", "/workspaces/w/secrets/s", secret), 503);
    gh_test_house_put(h, "/workspaces/w/endpoints/e", "{}");
    assert_true(gh_monotonic_ms() - began < GH_VAULT_WAIT_MS / 2);
    assert_int_equal(kill(h->vault_pid, SIGCONT), 0);
    (void)usleep(1100 * 1000);
    assert_int_equal(gh_test_house_ask(h, NULL, "PUT", "/workspaces/w/secrets/s", secret), 201);
}

static void
strangers_and_tokens(void **state)
{
    struct gh_test_house *h = *state;
    static const struct request rows[] = {
        {"unknown", "POST", "/local/token", "{\"as\":\"nobody\"}", 404, NULL},
        {"disabled", "POST", "/local/token", "{\"as\":\"off\"}", 409, NULL},
        {"too long", "POST", "/local/token", "{\"as\":\"ann\",\"lifetime\":3601}", 400, NULL},
        {"a path", "POST", "/local/token", "{\"as\":\"../x\"}", 400, NULL},
        {"no such thing", "POST", "/local/else", "{}", 404, NULL},
        {"by GET", "GET", "/local/token", NULL, 405, NULL},
    };
    gh_test_house_put(h, "/identities/ann", "{\"kind\":\"user\"}");
    gh_test_house_put(h, "/identities/off", "{\"kind\":\"user\",\"enabled\":false}");
    ASK(h, NULL, rows);
    assert_int_equal(gh_test_house_ask(h, "x", "GET", "/workspaces", NULL), 401);
    const char *token = gh_test_house_token(h, "ann");
    assert_int_equal(gh_test_house_ask(h, token, "GET", "/workspaces", NULL), 403);
    assert_int_equal(gh_test_house_ask(h, token, "POST", "/local/token", "{\"as\":\"ann\"}"), 404);
    gh_test_house_put(h, "/identities/ann", "{\"kind\":\"user\",\"enabled\":false}");
    assert_int_equal(gh_test_house_ask(h, token, "GET", "/workspaces", NULL), 401);
}

struct records {
    size_t n, n_denied;
    bool has_canary;
};

static bool
on_entry(void *ctx, const struct gh_store_entry *e)
{
    struct records *r = ctx;
    struct gh_record rec;
    struct gh_str in = e->record;
    assert_int_equal(gh_record_next(&rec, &in), GH_OK);
    r->n += rec.kind == GH_RECORD_ADMIN;
    r->n_denied += gh_str_eq(gh_record_get(&rec, GH_FIELD_VERDICT), GH_STR("deny"));
    r->has_canary |= gh_str_find(e->record, GH_STR(CANARY)) != SIZE_MAX;
    return true;
}

static struct records
read_records(struct gh_test_house *h)
{
    struct records r = {0};
    struct gh_store_tx *tx;
    assert_int_equal(gh_store_begin(&tx, h->c.store, GH_STORE_READ), GH_OK);
    assert_int_equal(gh_store_chain_each(tx, 1, SIZE_MAX, false, on_entry, &r), GH_OK);
    gh_store_rollback(tx);
    return r;
}

/* Each write has its record, a refusal too; a dry run and a refused body have none; a secret is in none. */
static void
what_happens_is_recorded(void **state)
{
    struct gh_test_house *h = *state;
    struct records before, after;
    gh_test_house_put(h, "/workspaces/w", "{}");
    gh_test_house_put(h, "/identities/ann", "{\"kind\":\"user\"}");
    const char *token = gh_test_house_token(h, "ann");
    before = read_records(h);
    gh_test_house_put(h, "/workspaces/w/secrets/s", "{\"value\":\"" CANARY "\"}");
    after = read_records(h);
    assert_int_equal(after.n, before.n + 1);
    assert_false(after.has_canary);
    assert_int_equal(gh_test_house_ask(h, NULL, "PUT", "/workspaces/v?dryRun=true", "{\"properties\":{}}"), 201);
    assert_int_equal(gh_test_house_ask(h, NULL, "PUT", "/workspaces/v", "{"), 400);
    assert_int_equal(read_records(h).n, after.n);
    assert_int_equal(gh_test_house_ask(h, token, "PUT", "/workspaces/v", "{\"properties\":{}}"), 403);
    assert_int_equal(read_records(h).n_denied, after.n_denied + 1);
}

/* A policy of conditional access for a resource is asked wherever the call is about it, whatever the path says. */
static void
conditions_of_a_scope_are_asked(void **state)
{
    struct gh_test_house *h = *state;
#define ABOUT(scope) "{\"roleDefinitionId\":\"Reader\",\"principalId\":\"/identities/friend\",\"scope\":\"" scope "\"}"
    static const struct request rows[] = {
        {"by the path", "PUT", "/workspaces/guarded", "{}", 403, "conditional access"},
        {"what is given there", "PUT", "/roleAssignments/67617465-686f-4573-8000-000000000021", ABOUT("/workspaces/guarded"), 403,
            "conditional access"},
        {"what could be activated below it", "PUT", "/roleEligibilities/x", ABOUT("/workspaces/guarded/endpoints/e"), 403,
            "conditional access"},
        {"who may do what there", "GET", "/access/check?principal=/identities/friend&action=*/read&scope=/workspaces/guarded", NULL,
            403, "conditional access"},
        {"what is contained there", "POST", "/containments", "{\"target\":\"/workspaces/guarded/endpoints/e\"}", 403,
            "conditional access"},
        {"elsewhere", "POST", "/containments", "{\"target\":\"/workspaces/free/endpoints/e\"}", 201, "switched off"},
        {"another place", "PUT", "/roleAssignments/67617465-686f-4573-8000-000000000022", ABOUT("/workspaces/free"), 201, NULL},
        {"above it", "PUT", "/roleAssignments/67617465-686f-4573-8000-000000000023", ABOUT("/"), 201, NULL},
    };
    gh_test_house_put(h, "/workspaces/guarded", "{}");
    gh_test_house_put(h, "/workspaces/guarded/endpoints/e", "{}");
    gh_test_house_put(h, "/workspaces/free", "{}");
    gh_test_house_put(h, "/workspaces/free/endpoints/e", "{}");
    gh_test_house_put(h, "/identities/chief", "{\"kind\":\"user\"}");
    gh_test_house_put(h, "/identities/friend", "{\"kind\":\"user\"}");
    gh_test_house_put(h, "/roleAssignments/67617465-686f-4573-8000-000000000020",
        "{\"roleDefinitionId\":\"" OWNER_ID "\",\"principalId\":\"/identities/chief\",\"scope\":\"/\"}");
    gh_test_house_put(h, "/conditionalAccess/guarded",
        "{\"displayName\":\"guarded\",\"state\":\"enabled\",\"conditions\":{\"users\":{\"includeUsers\":[\"/identities/chief\"]},"
        "\"applications\":{\"includeApplications\":[\"/workspaces/guarded\"]}},\"grantControls\":{\"operator\":\"OR\","
        "\"builtInControls\":[\"block\"]}}");
    ASK(h, gh_test_house_token(h, "chief"), rows);
    gh_test_house_expect(h, NULL, "PUT", "/conditionalAccess/typo",
        "{\"displayName\":\"typo\",\"state\":\"enabled\",\"conditions\":{\"users\":{\"includeUsers\":[\"All\"]},"
        "\"applications\":{\"includeApplications\":[\"/workspaces/gaurded\"]}},\"grantControls\":{\"operator\":\"OR\","
        "\"builtInControls\":[\"block\"]}}",
        409, "/workspaces/gaurded");
    gh_test_house_expect(h, NULL, "PUT", "/groups/slashed", "{\"members\":[\"/identities/chief/\"]}", 400, "a member is");
#undef ABOUT
}

/* Whoever may ask about access at a scope, and read no policies, hears that there is one, and not which. */
static void
policies_are_named_to_who_may_read_them(void **state)
{
#define WHO "principal=/identities/target&scope=/workspaces/w&action=Microsoft.MachineLearningServices/workspaces/read"
    static const struct {
        const char *who;
        bool is_told;
    } cases[] = {{"low", false}, {"reader", true}};
    static const char *const verbs[] = {"/access/explain?" WHO, "/access/check?" WHO};
    struct gh_test_house *h = *state;
    gh_test_house_put(h, "/workspaces/w", "{}");
    gh_test_house_put(h, "/identities/low", "{\"kind\":\"user\"}");
    gh_test_house_put(h, "/identities/reader", "{\"kind\":\"user\"}");
    gh_test_house_put(h, "/identities/target", "{\"kind\":\"user\"}");
    gh_test_house_put(h, "/roleAssignments/67617465-686f-4573-8000-000000000031",
        "{\"roleDefinitionId\":\"" OWNER_ID "\",\"principalId\":\"/identities/low\",\"scope\":\"/workspaces/w\"}");
    gh_test_house_put(h, "/roleAssignments/67617465-686f-4573-8000-000000000032",
        "{\"roleDefinitionId\":\"Reader\",\"principalId\":\"/identities/reader\",\"scope\":\"/\"}");
    gh_test_house_put(h, "/conditionalAccess/hush",
        "{\"displayName\":\"Hush\",\"state\":\"enabled\",\"conditions\":{\"users\":{\"includeUsers\":[\"/identities/target\"]},"
        "\"applications\":{\"includeApplications\":[\"All\"]}},\"grantControls\":{\"operator\":\"OR\","
        "\"builtInControls\":[\"block\"]}}");
    for (size_t i = 0; i < 4; i++) {
        const char *token = gh_test_house_token(h, cases[i / 2].who);
        gh_test_house_expect(h, token, "GET", verbs[i % 2], NULL, 200, "\"decision\":\"deny\"");
        assert_int_equal(strstr(h->answer, "Hush") != NULL, cases[i / 2].is_told);
        assert_int_equal(strstr(h->answer, "hush") != NULL, cases[i / 2].is_told);
        assert_int_equal(strstr(h->answer, "\"rule\":\"a policy\"") != NULL, !cases[i / 2].is_told);
    }
#undef WHO
}

int
main(int argc, char *argv[])
{
    vault_program = argc > 1 ? argv[1] : NULL;
#define T(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
    const struct CMUnitTest tests[] = {T(a_resource_lives), T(bad_requests_change_nothing), T(pools_and_traffic),
        T(etags_guard_writes), T(a_dry_run_leaves_no_trace), T(lists_come_in_pages), T(backends_and_their_secrets),
        T(a_contributor_is_no_owner), T(a_contributor_escapes_no_policy), T(conditions_of_a_scope_are_asked),
        T(an_it_administrator_does_not_help_himself), T(a_key_for_another_is_an_assignment), T(an_owner_below_stays_below),
        T(people_and_rights), T(the_last_owner_stays), T(keys_are_the_exception), T(without_vault_the_rest_goes_on),
        T(a_vault_that_hangs_holds_nobody_up), T(strangers_and_tokens), T(what_happens_is_recorded),
        T(policies_are_named_to_who_may_read_them)};
    return cmocka_run_group_tests_name("rest", tests, NULL, NULL);
}
