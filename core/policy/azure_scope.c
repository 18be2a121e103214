/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/azure_scope.h"

#include "base/buf.h"
#include "base/limits.h"
#include "policy/resource.h"

/* Types behind "providers", in the order of their nesting; `ours` NULL: it takes the place of what stood before. */
static const struct {
    struct gh_str parent, type;
    const char *ours;
} types[] = {
    {GH_STR_INIT(""), GH_STR_INIT("Microsoft.MachineLearningServices/workspaces"), NULL},
    {GH_STR_INIT("workspaces"), GH_STR_INIT("onlineEndpoints"), "/endpoints/"},
    {GH_STR_INIT("onlineEndpoints"), GH_STR_INIT("deployments"), "/deployments/"},
    {GH_STR_INIT("workspaces"), GH_STR_INIT("connections"), "/backends/"},
    {GH_STR_INIT("workspaces"), GH_STR_INIT("outboundRules"), "/outboundRules/"},
    {GH_STR_INIT("workspaces"), GH_STR_INIT("privateEndpointConnections"), "/privateConnections/"},
    {GH_STR_INIT(""), GH_STR_INIT("Microsoft.CognitiveServices/accounts"), NULL},
    {GH_STR_INIT("accounts"), GH_STR_INIT("projects"), NULL},
    {GH_STR_INIT(""), GH_STR_INIT("Microsoft.KeyVault/vaults"), NULL},
    {GH_STR_INIT("vaults"), GH_STR_INIT("secrets"), "/secrets/"},
};

struct reader {
    struct gh_str scope, rest; /* rest: behind the segments that were read */
    struct gh_buf out;
    struct gh_err *err;
};

static enum gh_rc
bad(const struct reader *r, const char *what)
{
    return gh_fail(r->err, GH_BAD, (uint32_t)(r->scope.n - r->rest.n), what);
}

/* The next segment; false at the end, and where it is empty. */
static bool
take(struct gh_str *out, struct reader *r)
{
    if (r->rest.n < 2 || r->rest.p[0] != '/')
        return false;
    struct gh_str behind = gh_str_sub(r->rest, 1, SIZE_MAX);
    *out = gh_str_sub(behind, 0, gh_str_chr(behind, '/'));
    r->rest = gh_str_sub(behind, out->n, SIZE_MAX);
    return out->n > 0;
}

/* `word` and a name behind it, if they are next. */
static bool
take_pair(struct reader *r, struct gh_str word)
{
    struct reader ahead = *r;
    struct gh_str segment, name;

    if (!take(&segment, &ahead) || !gh_str_eq_ci(segment, word) || !take(&name, &ahead))
        return false;
    r->rest = ahead.rest;
    return true;
}

static enum gh_rc
take_type(struct gh_str *parent, struct reader *r, struct gh_str type, struct gh_str name)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        size_t slash = gh_str_chr(types[i].type, '/');

        if (!gh_str_eq_ci(*parent, types[i].parent) || !gh_str_eq_ci(type, types[i].type))
            continue;
        if (!gh_resource_name_is_valid(name))
            return bad(r, "this name cannot be one here");
        if (types[i].ours == NULL)
            r->out.n = 0;
        gh_buf_putz(&r->out, types[i].ours == NULL ? "/workspaces/" : types[i].ours);
        gh_buf_put(&r->out, name);
        *parent = gh_str_sub(types[i].type, slash == SIZE_MAX ? 0 : slash + 1, SIZE_MAX);
        return GH_OK;
    }
    return bad(r, "there is no such resource type here");
}

/* {namespace}/{type}/{name}[/{type}/{name}]... */
static enum gh_rc
take_provider(struct reader *r)
{
    struct gh_str parent = GH_STR(""), namespace, type, name;
    enum gh_rc rc;

    if (!take(&namespace, r) || !take(&type, r) || !take(&name, r))
        return bad(r, "a provider is followed by a type and a name");
    type = gh_str(namespace.p, namespace.n + 1 + type.n);
    while ((rc = take_type(&parent, r, type, name)) == GH_OK && r->rest.n > 0)
        if (!take(&type, r) || !take(&name, r))
            return bad(r, "a type is followed by a name");
    return rc;
}

static enum gh_rc
read_azure(struct reader *r)
{
    struct gh_str word;

    gh_buf_putz(&r->out, "/");
    if (take_pair(r, GH_STR("subscriptions")))
        (void)take_pair(r, GH_STR("resourceGroups"));
    else if (take_pair(r, GH_STR("providers"))) {
        r->rest = r->scope; /* one that no subscription holds */
        (void)take(&word, r);
        if (!take(&word, r) || !gh_str_eq_ci(word, GH_STR("Microsoft.Management")) || !take_pair(r, GH_STR("managementGroups")))
            return bad(r, "neither a management group nor within a subscription");
    } else
        return bad(r, "neither a scope of Azure nor a path here");
    if (r->rest.n == 0)
        return GH_OK;
    if (!take(&word, r) || !gh_str_eq_ci(word, GH_STR("providers")))
        return bad(r, "a provider is missing");
    return take_provider(r);
}

enum gh_rc
gh_azure_scope(struct gh_str *out, struct gh_arena *a, struct gh_str scope, struct gh_err *err)
{
    struct reader r = {.scope = scope, .rest = scope, .err = err};
    struct gh_resource_path ours;
    enum gh_rc rc;

    *out = GH_STR("/");
    if (scope.n == 0 || gh_str_eq(scope, *out))
        return GH_OK;
    if (scope.n > GH_PATH_BYTES_MAX)
        return gh_fail(err, GH_LIMIT, GH_PATH_BYTES_MAX, "scope is too long");
    if (gh_resource_find(&ours, scope) == GH_OK && !ours.is_collection && gh_str_eq(ours.path, scope)) {
        *out = scope;
        return GH_OK;
    }
    gh_buf_init(&r.out, a, GH_RESOURCE_PATH_MAX);
    if ((rc = read_azure(&r)) != GH_OK)
        return rc;
    *out = gh_buf_str(&r.out);
    return r.out.rc == GH_OK ? GH_OK : gh_fail(err, r.out.rc, 0, "scope is too long");
}
