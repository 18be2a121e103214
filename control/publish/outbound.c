/* SPDX-License-Identifier: Apache-2.0 */
#include "control/publish/outbound.h"

#include <idn2.h>

#include "control/publish/project_int.h"
#include "host/host.h"
#include "policy/ranges.h"

#define NAMES_MAX 64
#define PORTS_MAX 32
#define OWN_MAX   64

struct reading {
    struct gh_outbound_rule *rule;
    const struct gh_props *p;
    gh_json_ref destination; /* the object, or GH_JSON_NO */
    struct gh_str *names;
    const char *why, *where;
};

static enum gh_rc
bad(struct reading *r, const char *why, const char *where)
{
    r->why = why;
    r->where = where;
    return GH_BAD;
}

/* One name as A-labels, without its last dot. */
static enum gh_rc
add_name(struct reading *r, struct gh_str text)
{
    struct gh_str in;
    char *ascii = NULL;
    bool has_star = gh_str_starts(text, GH_STR("*."));
    if (gh_arena_dup(&in, r->p->a, gh_str_sub(text, has_star ? 2 : 0, text.n)) != GH_OK)
        return GH_NOMEM;
    if (in.n == 0 || memchr(in.p, 0, in.n) != NULL || r->rule->n_names == NAMES_MAX)
        return GH_BAD;
    if (idn2_to_ascii_8z(in.p, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL | IDN2_USE_STD3_ASCII_RULES) != IDN2_OK)
        return GH_BAD;
    struct gh_str name = gh_props_join(r->p->a, (const struct gh_str[]){has_star ? GH_STR("*.") : GH_STR(""), gh_str_z(ascii)}, 2);
    idn2_free(ascii);
    if (name.p == NULL)
        return GH_NOMEM;
    if (name.n > 0 && name.p[name.n - 1] == '.')
        name.n--;
    if (!gh_host_pattern_is_valid(name))
        return GH_BAD;
    r->names[r->rule->n_names++] = name;
    return GH_OK;
}

static enum gh_rc
read_ports(struct reading *r, struct gh_str text, const char *where)
{
    struct gh_port_range *ports = gh_arena_take_array(r->p->a, PORTS_MAX, sizeof(*ports));
    if (ports == NULL)
        return GH_NOMEM;
    r->rule->ports = ports;
    if (gh_str_eq(text, GH_STR("*")))
        text = GH_STR("1-65535");
    return gh_ports_read(ports, &r->rule->n_ports, PORTS_MAX, text) ? GH_OK
                                                                    : bad(r, "ports are wanted, as in \"80,443,8000-8100\"", where);
}

static enum gh_rc
member(struct gh_str *out, struct reading *r, const char *name, struct gh_str otherwise)
{
    gh_json_ref v = gh_json_get(&r->p->j, r->destination, gh_str_z(name));
    *out = otherwise;
    if (v == GH_JSON_NO)
        return GH_OK;
    if (gh_json_type(&r->p->j, v) != GH_JSON_STRING)
        return bad(r, "must be a string", name);
    return gh_json_str(out, r->p->a, &r->p->j, v);
}

static enum gh_rc
read_prefixes(struct reading *r)
{
    const struct gh_json *j = &r->p->j;
    gh_json_ref list = gh_json_get(j, r->destination, GH_STR("addressPrefixes"));
    struct gh_strs texts = {.a = r->p->a};
    if (gh_json_type(j, list) != GH_JSON_ARRAY)
        return bad(r, "this installation knows no set of that name: list its addresses", "addressPrefixes");
    for (gh_json_ref v = gh_json_first(j, list); v != GH_JSON_NO; v = gh_json_next(j, list, v)) {
        struct gh_str text;
        if (gh_json_type(j, v) != GH_JSON_STRING)
            return bad(r, "must be strings", "addressPrefixes");
        enum gh_rc rc = gh_json_str(&text, r->p->a, j, v);
        if (rc != GH_OK)
            return rc;
        gh_strs_add(&texts, text);
    }
    if (texts.rc != GH_OK)
        return texts.rc;
    if (texts.n == 0 || gh_ranges_read(&r->rule->ranges, r->p->a, texts.p, texts.n, NULL) != GH_OK)
        return bad(r, "addresses and CIDR prefixes are wanted, at least one", "addressPrefixes");
    return GH_OK;
}

static enum gh_rc
read_fqdn(struct reading *r)
{
    struct gh_str name = gh_props_str(r->p, "destination", GH_STR(""));
    enum gh_rc rc = add_name(r, name);
    if (rc != GH_OK)
        return rc == GH_BAD ? bad(r, "a host name is wanted, or \"*.\" and a name", "destination") : rc;
    return read_ports(r, gh_props_str(r->p, "ports", GH_STR("80,443")), "ports");
}

static enum gh_rc
read_tag(struct reading *r)
{
    struct gh_str tag, protocol, ports, action;
    enum gh_rc rc = member(&tag, r, "serviceTag", GH_STR(""));
    if (rc == GH_OK)
        rc = member(&protocol, r, "protocol", GH_STR("TCP"));
    if (rc == GH_OK)
        rc = member(&ports, r, "portRanges", GH_STR("443"));
    if (rc == GH_OK)
        rc = member(&action, r, "action", GH_STR("Allow"));
    if (rc != GH_OK)
        return rc;
    if (tag.n == 0)
        return bad(r, "the set of addresses has no name", "serviceTag");
    if (!gh_str_eq(protocol, GH_STR("TCP")) && !gh_str_eq(protocol, GH_STR("*")))
        return bad(r, "nothing here speaks another protocol than TCP", "protocol");
    r->rule->is_deny = gh_str_eq(action, GH_STR("Deny"));
    if (!r->rule->is_deny && !gh_str_eq(action, GH_STR("Allow")))
        return bad(r, "must be Allow or Deny", "action");
    return (rc = read_prefixes(r)) != GH_OK ? rc : read_ports(r, ports, "portRanges");
}

static enum gh_rc
read_private_endpoint(struct reading *r)
{
    struct gh_str *fqdns, ports;
    size_t n;
    enum gh_rc rc = gh_props_list(&fqdns, &n, r->p, "fqdns");
    if (rc == GH_OK)
        rc = member(&ports, r, "portRanges", GH_STR("443"));
    if (rc == GH_OK && n == 0)
        rc = bad(r, "name at least one host", "fqdns");
    for (size_t i = 0; rc == GH_OK && i < n; i++)
        if ((rc = add_name(r, fqdns[i])) == GH_BAD)
            (void)bad(r, "a host name is wanted, or \"*.\" and a name", "fqdns");
    return rc != GH_OK || (rc = read_prefixes(r)) != GH_OK ? rc : read_ports(r, ports, "portRanges");
}

static const struct {
    const char *name;
    enum gh_outbound_type type;
    enum gh_json_type destination;
    enum gh_rc (*read)(struct reading *r);
} types[] = {
    {"FQDN", GH_OUTBOUND_FQDN, GH_JSON_STRING, read_fqdn},
    {"ServiceTag", GH_OUTBOUND_SERVICE_TAG, GH_JSON_OBJECT, read_tag},
    {"PrivateEndpoint", GH_OUTBOUND_PRIVATE_ENDPOINT, GH_JSON_OBJECT, read_private_endpoint},
};

enum gh_rc
gh_outbound_rule_read(struct gh_outbound_rule *out, const struct gh_props *p, const char **why, const char **where)
{
    struct reading r = {.rule = out, .p = p, .names = gh_arena_take_array(p->a, NAMES_MAX, sizeof(struct gh_str))};
    struct gh_str type = gh_props_str(p, "type", GH_STR(""));
    enum gh_rc rc = GH_BAD;
    if (r.names == NULL)
        return GH_NOMEM;
    *out = (struct gh_outbound_rule){.names = r.names, .ranges = GH_STR("")};
    r.destination = gh_json_get(&p->j, p->root, GH_STR("destination"));
    r.why = "must be FQDN, ServiceTag or PrivateEndpoint";
    r.where = "type";
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (!gh_str_eq(gh_str_z(types[i].name), type))
            continue;
        out->type = types[i].type;
        rc = gh_json_type(&p->j, r.destination) == types[i].destination
                 ? types[i].read(&r)
                 : bad(&r, "a name (FQDN), or an object (the other types)", "destination");
    }
    *why = r.why;
    *where = r.where;
    return rc;
}

enum gh_rc
gh_outbound_isolation_read(enum gh_isolation *out, const struct gh_props *workspace, const char **why)
{
    const struct gh_json *j = &workspace->j;
    gh_json_ref v = gh_json_get(j, workspace->root, GH_STR("managedNetwork"));
    struct gh_str mode;
    *out = GH_ISOLATION_DISABLED;
    *why = "isolationMode must be Disabled, AllowInternetOutbound or AllowOnlyApprovedOutbound, and is the only member that is "
           "written";
    if (v == GH_JSON_NO || gh_json_type(j, v) == GH_JSON_NULL)
        return GH_OK;
    gh_json_ref mode_ref = gh_json_get(j, v, GH_STR("isolationMode"));
    if (gh_json_type(j, mode_ref) != GH_JSON_STRING || gh_json_next(j, v, gh_json_first(j, v)) != GH_JSON_NO)
        return GH_BAD;
    enum gh_rc rc = gh_json_str(&mode, workspace->a, j, mode_ref);
    if (rc != GH_OK)
        return rc;
    *out = gh_isolation_find(mode);
    return *out == GH_ISOLATION_COUNT ? GH_BAD : GH_OK;
}

/* ---- for what dials ---- */

struct rules {
    struct gh_arena *a;
    struct gh_outbound_rule at[GH_OUTBOUND_RULES_MAX];
    size_t n;
    enum gh_rc rc;
};

static bool
add_rule(void *ctx, const struct gh_store_resource *r)
{
    struct rules *rules = ctx;
    struct gh_props *p = gh_arena_take(rules->a, sizeof(*p));
    struct gh_str body;
    const char *why, *where;
    if (rules->n == GH_OUTBOUND_RULES_MAX)
        return false;
    rules->rc = p == NULL ? GH_NOMEM : gh_arena_dup(&body, rules->a, r->body);
    if (rules->rc == GH_OK)
        rules->rc = gh_props_open(p, rules->a, body);
    if (rules->rc == GH_OK)
        rules->rc = gh_outbound_rule_read(&rules->at[rules->n], p, &why, &where);
    if (rules->rc == GH_OK)
        rules->rc = gh_arena_dup(&rules->at[rules->n].id, rules->a, r->path);
    rules->n += rules->rc == GH_OK;
    return rules->rc == GH_OK;
}

struct own {
    struct gh_addr at[OWN_MAX];
    size_t n;
};

static bool
add_own(void *ctx, const struct gh_store_resource *r)
{
    struct own *own = ctx;
    struct gh_arena a;
    struct gh_props p;
    if (own->n == OWN_MAX)
        return false;
    gh_arena_init(&a, gh_heap(), 1 << 20);
    if (gh_props_open(&p, &a, r->body) == GH_OK &&
        gh_ip_read(own->at[own->n].ip, gh_props_str(&p, "address", GH_STR(""))) == GH_OK) {
        own->at[own->n].port = (uint16_t)gh_props_i64(&p, "port", 0);
        own->n++;
    }
    gh_arena_fini(&a);
    return true;
}

struct filter {
    struct gh_egress_env egress;
    struct own own;
    struct rules rules;
    enum gh_isolation isolation;
};

static enum gh_rc
load(struct filter *f, struct gh_arena *a, struct gh_store_tx *tx, const struct gh_config *config, struct gh_str ws)
{
    struct gh_props p;
    bool exists;
    const char *why;
    struct gh_str path = gh_project_path(a, GH_STR("/workspaces/"), ws);
    enum gh_rc rc = gh_props_load(&p, &exists, a, tx, path);
    if (rc == GH_OK && exists)
        rc = gh_outbound_isolation_read(&f->isolation, &p, &why);
    if (rc == GH_OK)
        rc = gh_store_resource_each(tx, GH_RESOURCE_LISTENER, add_own, &f->own);
    if (rc == GH_OK && f->isolation != GH_ISOLATION_DISABLED)
        rc = gh_store_resource_list(
            tx, gh_project_path(a, path, GH_STR("/outboundRules")), GH_STR(""), SIZE_MAX, add_rule, &f->rules);
    f->egress = config->egress;
    f->egress.own = f->own.at;
    f->egress.n_own = f->own.n;
    return rc != GH_OK ? rc : f->rules.rc;
}

enum gh_rc
gh_outbound_filter(struct gh_str *addresses, size_t *n, enum gh_outbound_why *why, struct gh_arena *a, struct gh_store_tx *tx,
    const struct gh_config *config, struct gh_str ws, struct gh_str host)
{
    struct filter *f = gh_arena_take(a, sizeof(*f));
    size_t kept = 0;
    *why = GH_OUTBOUND_NO_ADDRESS;
    if (f == NULL)
        return GH_NOMEM;
    memset(f, 0, sizeof(*f));
    f->rules.a = a;
    enum gh_rc rc = load(f, a, tx, config, ws);
    for (size_t i = 0; rc == GH_OK && i < *n; i++) {
        struct gh_addr addr;
        if ((rc = gh_addr_read(&addr, addresses[i])) != GH_OK)
            break;
        enum gh_outbound_why one = gh_egress_refuses(&f->egress, &addr) != NULL
                                       ? GH_OUTBOUND_EGRESS
                                       : gh_outbound_decide(NULL, f->isolation, f->rules.at, f->rules.n, host, &addr);
        if (one == GH_OUTBOUND_OK)
            addresses[kept++] = addresses[i];
        else
            *why = one;
    }
    *n = kept;
    if (kept > 0)
        *why = GH_OUTBOUND_OK;
    return rc;
}
