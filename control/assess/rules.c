/* SPDX-License-Identifier: Apache-2.0 */
/* control/assess: the rules GH-GW-*, one function each over the objects that it is about. */
#include "control/assess/assess.h"

#include "control/audit/audit.h"
#include "control/control.h"
#include "control/rest/write.h"
#include "policy/egress.h"

#define DAY_MS INT64_C(86400000)

/* ---- walking ---- */

/* One object: its outcome, or GH_OUTCOME_NONE: it is not about this one. *found is a literal or lies in the arena. */
typedef enum gh_outcome (*object_fn)(
    struct gh_assess *as, const struct gh_store_resource *r, const struct gh_props *p, struct gh_str *found);

struct walk {
    struct gh_assess *as;
    object_fn judge;
};

static bool
on_object(void *ctx, const struct gh_store_resource *r)
{
    struct walk *k = ctx;
    struct gh_str found = GH_STR("");
    struct gh_props p;
    enum gh_outcome outcome;

    if ((k->as->rc = gh_props_open(&p, k->as->a, r->body)) != GH_OK)
        return false;
    if ((outcome = k->judge(k->as, r, &p, &found)) != GH_OUTCOME_NONE)
        gh_assess_tell(k->as, outcome, r->path, found);
    return k->as->rc == GH_OK;
}

static enum gh_rc
each(struct gh_assess *as, enum gh_resource type, object_fn judge)
{
    struct walk k = {as, judge};
    enum gh_rc rc = gh_store_resource_each(as->tx, type, on_object, &k);

    return rc == GH_OK ? as->rc : rc;
}

static struct gh_str
days(struct gh_assess *as, int64_t ms, const char *words)
{
    struct gh_buf b;

    gh_buf_init(&b, as->a, 128);
    gh_buf_put_i64(&b, ms / DAY_MS);
    gh_buf_putz(&b, words);
    return gh_buf_str(&b);
}

/* ---- identity, keys, credentials ---- */

static enum gh_outcome
endpoint_identity(struct gh_assess *as, const struct gh_store_resource *r, const struct gh_props *p, struct gh_str *found)
{
    (void)as;
    (void)r;
    (void)p;
    *found = GH_STR("a token or a key is asked for"); /* there is no other way in the route table */
    return GH_OUTCOME_PASS;
}

static enum gh_rc
routes_need_identity(struct gh_assess *as)
{
    return each(as, GH_RESOURCE_ENDPOINT, endpoint_identity);
}

static enum gh_outcome
key_age(struct gh_assess *as, const struct gh_store_resource *r, const struct gh_props *p, struct gh_str *found)
{
    int64_t age_ms = as->now_ms - r->created_ms;

    if (gh_props_str(p, "expires", GH_STR("")).n == 0) {
        *found = GH_STR("a key without an end");
        return GH_OUTCOME_FAIL;
    }
    *found = days(as, age_ms, " days old");
    return age_ms > as->limits.key_age_days * DAY_MS ? GH_OUTCOME_FAIL : GH_OUTCOME_PASS;
}

static enum gh_rc
keys_are_young(struct gh_assess *as)
{
    return each(as, GH_RESOURCE_API_KEY, key_age);
}

static enum gh_outcome
backend_credential(struct gh_assess *as, const struct gh_store_resource *r, const struct gh_props *p, struct gh_str *found)
{
    (void)as;
    (void)r;
    bool has_auth = !gh_str_eq(gh_props_str(p, "auth", GH_STR("none")), GH_STR("none"));

    *found = has_auth ? GH_STR("authenticates without a secret of the vault") : GH_STR("no credential");
    return has_auth && gh_props_str(p, "secret", GH_STR("")).n == 0 ? GH_OUTCOME_FAIL : GH_OUTCOME_PASS;
}

static enum gh_rc
credentials_from_vault(struct gh_assess *as)
{
    return each(as, GH_RESOURCE_BACKEND, backend_credential);
}

static enum gh_outcome
secret_age(struct gh_assess *as, const struct gh_store_resource *r, const struct gh_props *p, struct gh_str *found)
{
    struct gh_store_secret newest;

    (void)p;
    if ((as->rc = gh_store_secret_get(&newest, as->a, as->tx, r->path, GH_STR(""))) != GH_OK || newest.resource.p == NULL)
        return GH_OUTCOME_NONE; /* a name without a value yet */
    *found = days(as, as->now_ms - newest.created_ms, " days since its newest version");
    return as->now_ms - newest.created_ms > as->limits.secret_age_days * DAY_MS ? GH_OUTCOME_FAIL : GH_OUTCOME_PASS;
}

static enum gh_rc
secrets_rotate(struct gh_assess *as)
{
    return each(as, GH_RESOURCE_SECRET, secret_age);
}

/* ---- what a call may do ---- */

/* Instructions of the endpoint: reviewed means that somebody gave them a version. Without any, it is no application's endpoint. */
static enum gh_outcome
owned_instructions(struct gh_assess *as, const struct gh_store_resource *r, const struct gh_props *p, struct gh_str *found)
{
    (void)as;
    (void)r;
    if (gh_props_str(p, "systemPrompt", GH_STR("")).n == 0)
        return GH_OUTCOME_NONE;
    if (gh_str_eq(gh_props_str(p, "callerInstructions", GH_STR("refuse")), GH_STR("allow"))) {
        *found = GH_STR("callers may add instructions of their own");
        return GH_OUTCOME_FAIL;
    }
    *found = GH_STR("instructions without a version");
    return gh_props_str(p, "systemPromptVersion", GH_STR("")).n == 0 ? GH_OUTCOME_FAIL : GH_OUTCOME_PASS;
}

static enum gh_rc
instructions_are_owned(struct gh_assess *as)
{
    return each(as, GH_RESOURCE_ENDPOINT, owned_instructions);
}

static bool
holds_wildcard(struct gh_assess *as, const struct gh_props *p, const char *name)
{
    struct gh_str *items;
    size_t n;

    if ((as->rc = gh_props_list(&items, &n, p, name)) != GH_OK)
        return true;
    for (size_t i = 0; i < n; i++)
        if (gh_str_chr(items[i], '*') != SIZE_MAX)
            return true;
    return false;
}

static enum gh_outcome
tool_list(struct gh_assess *as, const struct gh_store_resource *r, const struct gh_props *p, struct gh_str *found)
{
    (void)r;
    if (gh_json_get(&p->j, p->root, GH_STR("allowedTools")) == GH_JSON_NO) {
        *found = GH_STR("no list: callers declare any function");
        return GH_OUTCOME_FAIL;
    }
    *found = GH_STR("a list with a wildcard");
    return holds_wildcard(as, p, "allowedTools") || holds_wildcard(as, p, "hostedTools") ? GH_OUTCOME_FAIL : GH_OUTCOME_PASS;
}

static enum gh_rc
tools_by_list(struct gh_assess *as)
{
    return each(as, GH_RESOURCE_ENDPOINT, tool_list);
}

/* ---- the record ---- */

static enum gh_rc
record_verifies(struct gh_assess *as)
{
    struct gh_audit_status s;

    gh_audit_status(&s, as->control->audit);
    if (s.alerts > 0)
        gh_assess_tell(
            as, GH_OUTCOME_FAIL, GH_STR("/audit/records"), GH_STR("records are missing: look for entries of kind spool_gap"));
    else if (s.is_vault_down || s.is_vault_refusing || s.signed_n == 0)
        gh_assess_tell(as, GH_OUTCOME_FAIL, GH_STR("/audit/head"), GH_STR("the newest entries are not signed"));
    else
        return gh_assess_chain(as);
    return GH_OK;
}

/* ---- administrators ---- */

static enum gh_outcome
standing_administrator(struct gh_assess *as, const struct gh_store_resource *r, const struct gh_props *p, struct gh_str *found)
{
    static const struct gh_str roles[] = {GH_STR_INIT("8e3af657-a8ff-443c-a75c-2fe8c4bcb635"),
        GH_STR_INIT("18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"), GH_STR_INIT("f58310d9-a9f6-439a-9e8d-f62e7b41a168"),
        GH_STR_INIT("Owner"), GH_STR_INIT("User Access Administrator"), GH_STR_INIT("Role Based Access Control Administrator")};
    struct gh_str role = gh_props_str(p, "roleDefinitionId", GH_STR(""));

    (void)r;
    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
        if (!gh_str_ends(role, roles[i]))
            continue;
        *found = gh_props_join(as->a,
            (const struct gh_str[]){
                gh_props_str(p, "principalId", GH_STR("")), GH_STR(" at "), gh_props_str(p, "scope", GH_STR(""))},
            3);
        return GH_OUTCOME_UNKNOWN; /* counted first: two are the sealed ones */
    }
    return GH_OUTCOME_NONE;
}

struct count {
    struct gh_assess *as;
    uint64_t n;
};

static bool
on_administrator(void *ctx, const struct gh_store_resource *r)
{
    struct count *c = ctx;
    struct gh_str found;
    struct gh_props p;

    if ((c->as->rc = gh_props_open(&p, c->as->a, r->body)) != GH_OK)
        return false;
    if (standing_administrator(c->as, r, &p, &found) != GH_OUTCOME_NONE && ++c->n > 2)
        gh_assess_tell(c->as, GH_OUTCOME_FAIL, r->path, found);
    return c->as->rc == GH_OK;
}

/* Without just-in-time elevation two standing ones are left for emergencies; each further one fails. */
static enum gh_rc
few_administrators(struct gh_assess *as)
{
    struct count c = {as, 0};
    enum gh_rc rc = gh_store_resource_each(as->tx, GH_RESOURCE_ROLE_ASSIGNMENT, on_administrator, &c);

    if (rc == GH_OK && as->rc == GH_OK && c.n <= 2)
        gh_assess_tell(as, GH_OUTCOME_PASS, GH_STR("/roleAssignments"), GH_STR("two at most"));
    return rc == GH_OK ? as->rc : rc;
}

/* ---- networks ---- */

static bool
is_private_address(struct gh_str address)
{
    static const struct gh_str begins[] = {GH_STR_INIT("127."), GH_STR_INIT("10."), GH_STR_INIT("192.168."), GH_STR_INIT("::1"),
        GH_STR_INIT("fc"), GH_STR_INIT("fd"), GH_STR_INIT("fe80:")};
    uint64_t second;

    for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
        if (gh_str_starts(address, begins[i]))
            return true;
    if (!gh_str_starts(address, GH_STR("172.")))
        return false;
    struct gh_str rest = gh_str_sub(address, 4, SIZE_MAX), part;
    return gh_str_cut(&part, &rest, '.') && gh_str_u64(&second, part, 255) == GH_OK && second >= 16 && second <= 31;
}

/* TLS 1.2 is the floor of every listener; what counts is where administration answers. */
static enum gh_outcome
listener_place(struct gh_assess *as, const struct gh_store_resource *r, const struct gh_props *p, struct gh_str *found)
{
    struct gh_str kind = gh_props_str(p, "kind", GH_STR("combined")), address = gh_props_str(p, "address", GH_STR(""));
    bool serves = gh_str_eq(kind, GH_STR("combined")) || gh_str_eq(kind, GH_STR("administration"));

    (void)as;
    (void)r;
    *found = address;
    return !serves || gh_props_bool(p, "unixSocket", false) || is_private_address(address) ? GH_OUTCOME_PASS : GH_OUTCOME_FAIL;
}

static enum gh_rc
administration_is_private(struct gh_assess *as)
{
    return each(as, GH_RESOURCE_LISTENER, listener_place);
}

static enum gh_outcome
outbound_mode(struct gh_assess *as, const struct gh_store_resource *r, const struct gh_props *p, struct gh_str *found)
{
    gh_json_ref network = gh_json_get(&p->j, p->root, GH_STR("managedNetwork"));
    gh_json_ref mode = gh_json_get(&p->j, network, GH_STR("isolationMode"));

    (void)r;
    *found = GH_STR("absent, default Disabled");
    if (mode != GH_JSON_NO && (as->rc = gh_json_str(found, as->a, &p->j, mode)) != GH_OK)
        return GH_OUTCOME_UNKNOWN;
    return gh_str_eq_ci(*found, GH_STR("AllowOnlyApprovedOutbound")) ? GH_OUTCOME_PASS : GH_OUTCOME_FAIL;
}

static enum gh_rc
egress_by_list(struct gh_assess *as)
{
    return each(as, GH_RESOURCE_WORKSPACE, outbound_mode);
}

// clang-format off
const struct gh_assess_row gh_assess_table[] = {
    {"GH-GW-001", routes_need_identity, NULL, "a token or a key on every endpoint"},
    {"GH-GW-002", keys_are_young, "no API key is there", "younger than keyAgeDays, with an end"},
    {"GH-GW-003", credentials_from_vault, "no backend is there", "a secret's name"},
    {"GH-GW-004", NULL, "this version sends secrets of the vault to backends; it fetches no tokens", NULL},
    {"GH-GW-005", NULL, "this version has no content filter and no prompt shield", NULL},
    {"GH-GW-006", instructions_are_owned, "no endpoint has instructions of its own (systemPrompt)", "systemPrompt with systemPromptVersion, callers' instructions refused"},
    {"GH-GW-007", tools_by_list, "no endpoint is there", "allowedTools, without a wildcard"},
    {"GH-GW-008", NULL, "this version has no approval of single tool calls; hosted tools are refused unless an endpoint lists them", NULL},
    {"GH-GW-009", NULL, "this version bounds single calls; it has no limits over time", NULL},
    {"GH-GW-010", NULL, "this version has no register of approved models", NULL},
    {"GH-GW-011", record_verifies, NULL, "no gap, signed to its end, hashes that follow from each other"},
    {"GH-GW-012", NULL, "this version has no sink outside the host; keep heads elsewhere (gatehouse audit head)", NULL},
    {"GH-GW-013", few_administrators, NULL, "at most two standing administrators, for emergencies"},
    {"GH-GW-014", NULL, "this version does not learn which grants are used", NULL},
    {"GH-GW-015", secrets_rotate, "no secret has a value", "a version younger than secretAgeDays"},
    {"GH-GW-016", administration_is_private, "no listener is there", "a private address or a unix socket where administration answers"},
    {"GH-GW-017", egress_by_list, "no workspace is there", "managedNetwork.isolationMode AllowOnlyApprovedOutbound"},
    {"GH-GW-018", NULL, "this version has no detections", NULL},
    {"GH-GW-019", NULL, "this version has no probes of its own", NULL},
};
// clang-format on
const size_t gh_assess_count = sizeof gh_assess_table / sizeof gh_assess_table[0];
