/* SPDX-License-Identifier: Apache-2.0 */
/* What calls pass through: endpoints, deployments, backends, secrets; and the confused-deputy rules of architecture step 8. */
#include "control/rest/handlers.h"

#include "control/publish/members.h"
#include "control/publish/resolve.h"
#include "control/publish/url.h"
#include "control/rest/contained.h"
#include "control/rest/pem.h"
#include "host/host.h"

#define VERSION_BYTES 16

/* "/workspaces/{ws}/<kind>/{name}" beside the resource at hand. */
static struct gh_str
sibling(struct gh_write *w, struct gh_str kind, struct gh_str name)
{
    return gh_props_join(w->call->a, (const struct gh_str[]){GH_STR("/workspaces/"), w->r.names[0], kind, name}, 4);
}

bool
gh_check_endpoint(struct gh_write *w)
{
    struct gh_shares shares;
    struct gh_str *audiences;
    const char *why;
    size_t n;
    enum gh_rc rc = gh_props_list(&audiences, &n, &w->props, "audiences");
    if (rc != GH_OK)
        return gh_call_failed(w->call, rc);
    for (size_t i = 0; i < n; i++)
        if (audiences[i].n == 0)
            return gh_call_problem(w->call, 400, "an audience may not be empty", GH_STR("audiences"));
    if (!gh_contained_may_write(w) || !gh_check_endpoint_network(w) || !gh_check_endpoint_context(w))
        return false;
    if ((rc = gh_shares_read(&shares, &w->props, &why)) == GH_OK)
        return gh_check_guards(w);
    return rc == GH_BAD ? gh_call_problem(w->call, 400, why, GH_STR("traffic")) : gh_call_failed(w->call, rc);
}

/* Who makes a deployment makes its callers use the backend: so the maker must at least be allowed to see that. */
static bool
check_member(struct gh_write *w, struct gh_str backend)
{
    if (!gh_call_may(w->call, GH_ACTION_BACKEND_READ, backend))
        return gh_call_problem(w->call, 403, "a deployment needs the right to read its backend", backend);
    return gh_write_needs(w, backend, "the deployment's backend does not exist") &&
           gh_write_link(w, GH_STORE_LINK_RESOURCE, backend);
}

static bool
is_named_before(const struct gh_members *m, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (gh_str_eq(m->at[k].backend, m->at[i].backend))
            return true;
    return false;
}

bool
gh_check_deployment(struct gh_write *w)
{
    struct gh_members members;
    const char *why, *where;
    enum gh_rc rc = gh_members_read(&members, &w->props, &why, &where);
    if (rc != GH_OK)
        return rc == GH_BAD ? gh_call_problem(w->call, 400, why, gh_str_z(where)) : gh_call_failed(w->call, rc);
    for (size_t i = 0; i < members.n; i++)
        if (!is_named_before(&members, i) && !check_member(w, sibling(w, GH_STR("/backends/"), members.at[i].backend)))
            return false;
    return true;
}

/* ---- backends ---- */

static bool
all_of(struct gh_str s, const char *extra)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool is_alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_alnum && gh_str_chr(gh_str_z(extra), c) == SIZE_MAX)
            return false;
    }
    return true;
}

/* "/words/{model}/more": what stands between the slots are segments of a path, none of which goes up. */
static bool
is_template(struct gh_str s)
{
    const struct gh_str slot = GH_STR("{model}");
    size_t at;
    if (s.n > 0 && (s.p[0] != '/' || gh_str_find(s, GH_STR("/..")) != SIZE_MAX || gh_str_find(s, GH_STR("//")) != SIZE_MAX))
        return false;
    while ((at = gh_str_find(s, slot)) != SIZE_MAX) {
        if (!all_of(gh_str_sub(s, 0, at), "/._~:-"))
            return false;
        s = gh_str_sub(s, at + slot.n, SIZE_MAX);
    }
    return all_of(s, "/._~:-");
}

/* Values that reach nginx's configuration or a request line, each in its narrow form. */
static bool
check_backend_forms(struct gh_write *w)
{
    static const struct {
        const char *name, *extra;
    } forms[] = {{"apiVersion", ".-"}, {"tlsServerName", ".-"}};
    struct gh_str pem = gh_props_str(&w->props, "caCertificate", GH_STR(""));
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
        if (!all_of(gh_props_str(&w->props, forms[i].name, GH_STR("")), forms[i].extra))
            return gh_call_problem(w->call, 400, "only letters, digits, dots and hyphens", gh_str_z(forms[i].name));
    if (!is_template(gh_props_str(&w->props, "path", GH_STR(""))))
        return gh_call_problem(
            w->call, 400, "a path begins with / and has letters, digits, ._~:- and {model} alone", GH_STR("path"));
    return pem.n == 0 || gh_pem_is_certificates(pem) ||
           gh_call_problem(w->call, 400, "not one or more certificates in PEM", GH_STR("caCertificate"));
}

/* Plain http is for a model on this machine: the echo model, or whatever its owner opened loopback for. It never leaves the machine. */
static bool
check_scheme(struct gh_write *w, const struct gh_url *url)
{
    const struct gh_egress_env *env = &w->call->c->config->egress;
    bool is_demo = env->demo_port != 0 && url->port == env->demo_port;
    bool is_here = (env->loopback_allowed || is_demo) && gh_url_is_loopback(url);
    return url->is_tls || is_here ||
           gh_call_problem(w->call, 400,
               "the URL must begin with https://; http:// is for this machine alone, with gatehouse up --allow-loopback",
               GH_STR("url"));
}

/* Only who may read the secret may have it sent. Asked before any address is looked at: who may not learns nothing about those. */
static bool
check_secret_right(struct gh_write *w)
{
    struct gh_str name = gh_props_str(&w->props, "secret", GH_STR(""));
    if (name.n == 0)
        return true;
    struct gh_str secret = sibling(w, GH_STR("/secrets/"), name);
    return gh_call_may(w->call, GH_ACTION_SECRET_GET, secret) ||
           gh_call_problem(w->call, 403, "a backend that sends a secret needs the right to get that secret", secret);
}

bool
gh_prepare_backend(struct gh_write *w)
{
    struct gh_url url;
    struct gh_err err = {0};
    const char *why = NULL;
    if (!check_secret_right(w))
        return false;
    if (gh_url_read(&url, gh_props_str(&w->props, "url", GH_STR("")), &err) != GH_OK)
        return gh_call_bad(w->call, &err, GH_STR("url"));
    if (!check_scheme(w, &url) || !check_backend_forms(w))
        return false;
    if (w->call->c->resolve != NULL)
        why = gh_resolve_check(w->call->c->resolve, url.host, url.port);
    return why == NULL || gh_call_problem(w->call, 400, why, GH_STR("url"));
}

/* The secret goes where its owner said. The right to send it was asked in gh_prepare_backend. */
static bool
check_backend_secret(struct gh_write *w, struct gh_str secret)
{
    struct gh_props p;
    struct gh_url url;
    struct gh_buf hostport;
    struct gh_str *hosts;
    size_t n;
    bool exists, is_listed = false;
    enum gh_rc rc = gh_props_load(&p, &exists, w->call->a, w->tx, secret);
    if (rc != GH_OK)
        return gh_call_failed(w->call, rc);
    if (!exists)
        return gh_call_problem(w->call, 409, "the backend's secret does not exist", secret);
    gh_buf_init(&hostport, w->call->a, 512);
    if (gh_url_read(&url, gh_props_str(&w->props, "url", GH_STR("")), NULL) != GH_OK ||
        gh_props_list(&hosts, &n, &p, "hosts") != GH_OK)
        return gh_call_failed(w->call, GH_BUG);
    gh_url_put_hostport(&hostport, &url);
    for (size_t i = 0; i < n; i++)
        is_listed |= gh_str_eq(hosts[i], gh_buf_str(&hostport));
    if (!is_listed)
        return gh_call_problem(
            w->call, 409, "the secret may not be sent to this host and port (see its hosts)", gh_buf_str(&hostport));
    return gh_write_link(w, GH_STORE_LINK_RESOURCE, secret);
}

bool
gh_check_backend(struct gh_write *w)
{
    struct gh_str auth = gh_props_str(&w->props, "auth", GH_STR("none"));
    struct gh_str name = gh_props_str(&w->props, "secret", GH_STR(""));
    bool needs = !gh_str_eq(auth, GH_STR("none"));
    if (!gh_contained_may_write(w))
        return false;
    if (needs && name.n == 0)
        return gh_call_problem(w->call, 400, "this kind of authentication needs a secret", GH_STR("secret"));
    return name.n == 0 || check_backend_secret(w, sibling(w, GH_STR("/secrets/"), name));
}

/* ---- secrets ---- */

static bool
check_hosts(struct gh_write *w)
{
    struct gh_str *hosts;
    size_t n;
    enum gh_rc rc = gh_props_list(&hosts, &n, &w->props, "hosts");
    for (size_t i = 0; rc == GH_OK && i < n; i++) {
        struct gh_url url;
        struct gh_buf again;
        struct gh_str as_url = gh_props_join(w->call->a, (const struct gh_str[]){GH_STR("https://"), hosts[i]}, 2);
        gh_buf_init(&again, w->call->a, 512);
        bool is_read = gh_url_read(&url, as_url, NULL) == GH_OK && url.path.n == 0;
        if (is_read)
            gh_url_put_hostport(&again, &url);
        if (!is_read || !gh_str_eq(gh_buf_str(&again), hosts[i]))
            return gh_call_problem(w->call, 400, "each host must be \"host:port\", in lower case", hosts[i]);
    }
    return rc == GH_OK || gh_call_failed(w->call, rc);
}

/* The value, if there is a new one, goes to vault and comes back wrapped; the call's arena, and with it the body, is wiped at the end.
 * Without a value only the hosts are written: files name a secret and say where it may go, and its value is set apart from them. */
bool
gh_prepare_secret(struct gh_write *w)
{
    uint8_t raw[VERSION_BYTES];
    struct gh_buf version;
    struct gh_str value = gh_props_str(&w->props, "value", GH_STR(""));
    if (!check_hosts(w))
        return false;
    w->has_secret = value.n > 0;
    if (w->is_dry_run || !w->has_secret)
        return true;
    gh_random(raw, sizeof(raw));
    gh_buf_init(&version, w->call->a, 2 * VERSION_BYTES);
    gh_buf_put_hex(&version, gh_str(raw, sizeof(raw)));
    w->secret_version = gh_buf_str(&version);
    enum gh_rc rc = gh_vault_wrap(&w->secret_blob, w->call->c->vault, w->call->a, w->r.path, w->secret_version, value);
    return rc == GH_OK || gh_call_failed(w->call, rc);
}

bool
gh_after_secret(struct gh_write *w)
{
    if (w->is_dry_run || !w->has_secret)
        return true;
    const struct gh_store_secret s = {.resource = w->r.path,
        .version = w->secret_version,
        .blob = w->secret_blob,
        .created_ms = gh_now_ms(),
        .created_by = w->call->caller->name};
    enum gh_rc rc = gh_store_secret_add(w->tx, &s);
    return rc == GH_OK || gh_call_failed(w->call, rc);
}

void
gh_render_secret(struct gh_call *call, struct gh_jsonw *w, struct gh_store_tx *tx, const struct gh_store_resource *r)
{
    struct gh_store_secret s;
    if (gh_store_secret_get(&s, call->a, tx, r->path, GH_STR("")) == GH_OK && s.resource.p != NULL)
        gh_jsonw_kstr(w, "version", s.version);
}
