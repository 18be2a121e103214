/* SPDX-License-Identifier: Apache-2.0 */
/* baseline/expr_fn_cloud: what belongs to Azure: ids of resources, the group and subscription that a deployment goes to. */
#include "baseline/expr_int.h"

#include "base/limits.h"

/* Never empty, the same throughout, and not known here: "subscription().subscriptionId". */
static struct gh_value
some_text(struct gh_eval *ev, const char *sym)
{
    struct gh_value v = gh_value_unknown("it is known when it is deployed", gh_str_z(sym));

    v.is_some = true;
    return gh_expr_join(ev, (struct gh_value[2]){v, gh_value_str(GH_STR(""))}, 2, GH_STR(""));
}

static bool
is_type(struct gh_value v)
{
    return v.kind == GH_VALUE_STR && gh_str_chr(v.s, '/') != SIZE_MAX &&
           gh_str_chr(gh_str_sub(v.s, 0, gh_str_chr(v.s, '/')), '.') != SIZE_MAX;
}

/* "PROVIDER/type/NAME/type/NAME" from the type at arg[at] and the names behind it. False: they are not as many. */
static bool
put_path(struct gh_call *c, struct gh_buf *b, uint32_t at, struct gh_value *result)
{
    struct gh_str type = c->arg[at].s, one;

    (void)gh_str_cut(&one, &type, '/');
    gh_buf_put(b, one);
    for (uint32_t i = at + 1; gh_str_cut(&one, &type, '/'); i++) {
        if (i >= c->n)
            return false;
        gh_buf_putc(b, '/');
        gh_buf_put(b, one);
        gh_buf_putc(b, '/');
        gh_expr_put(b, c->arg[i], result);
    }
    return true;
}

static struct gh_value
make_id(struct gh_call *c, struct gh_buf *b, uint32_t at, struct gh_value result)
{
    struct gh_str type = c->arg[at].s;
    size_t slashes = 0;

    for (size_t i = 0; i < type.n; i++)
        slashes += type.p[i] == '/';
    if (at + 1 + slashes != c->n || c->arg[at].is_opaque)
        return gh_fn_unknown(c, "an id whose names are not as many as its types");
    gh_buf_putz(b, "/providers/");
    if (!put_path(c, b, at, &result))
        return gh_fn_unknown(c, "an id that cannot be made");
    return gh_expr_finish(c->ev, b, result);
}

/* The first argument that is a type; c->n: none. */
static uint32_t
find_type(const struct gh_call *c)
{
    uint32_t at = 0;

    while (at < c->n && !is_type(c->arg[at]))
        at++;
    return at;
}

/* resourceId([subscription], [group], type, names...) */
static struct gh_value
fn_resource_id(struct gh_call *c)
{
    struct gh_value result = gh_value_str(GH_NO_TEXT);
    uint32_t at = find_type(c);
    struct gh_buf b;

    if (at == c->n || at > 2)
        return gh_fn_unknown(c, "an id whose type is not known");
    gh_buf_init(&b, c->ev->a, GH_EXPR_TEXT_MAX);
    gh_buf_putz(&b, "/subscriptions/");
    gh_expr_put(&b, at == 2 ? c->arg[0] : some_text(c->ev, "subscription().subscriptionId"), &result);
    gh_buf_putz(&b, "/resourceGroups/");
    gh_expr_put(&b, at >= 1 ? c->arg[at - 1] : some_text(c->ev, "resourceGroup().name"), &result);
    return make_id(c, &b, at, result);
}

static struct gh_value
fn_subscription_resource_id(struct gh_call *c)
{
    struct gh_value result = gh_value_str(GH_NO_TEXT);
    uint32_t at = find_type(c);
    struct gh_buf b;

    if (at == c->n || at > 1)
        return gh_fn_unknown(c, "an id whose type is not known");
    gh_buf_init(&b, c->ev->a, GH_EXPR_TEXT_MAX);
    gh_buf_putz(&b, "/subscriptions/");
    gh_expr_put(&b, at == 1 ? c->arg[0] : some_text(c->ev, "subscription().subscriptionId"), &result);
    return make_id(c, &b, at, result);
}

static struct gh_value
fn_tenant_resource_id(struct gh_call *c)
{
    struct gh_buf b;

    if (find_type(c) != 0)
        return gh_fn_unknown(c, "an id whose type is not known");
    gh_buf_init(&b, c->ev->a, GH_EXPR_TEXT_MAX);
    return make_id(c, &b, 0, gh_value_str(GH_NO_TEXT));
}

/* extensionResourceId(scope, type, names...) */
static struct gh_value
fn_extension_resource_id(struct gh_call *c)
{
    struct gh_value result = gh_value_str(GH_NO_TEXT);
    struct gh_buf b;

    if (!is_type(c->arg[1]))
        return gh_fn_unknown(c, "an id whose type is not known");
    gh_buf_init(&b, c->ev->a, GH_EXPR_TEXT_MAX);
    gh_expr_put(&b, c->arg[0], &result);
    return make_id(c, &b, 1, result);
}

/* An object whose members are known by name alone. */
static struct gh_value
cloud_object(struct gh_call *c, const char *sym, bool is_some)
{
    struct gh_made *made = gh_fn_made(c->ev, 4);
    struct gh_value text[2] = {gh_value_str(GH_STR("/subscriptions/")), some_text(c->ev, "subscription().subscriptionId")},
                    group[3];

    if (made == NULL)
        return gh_fn_unknown(c, "out of memory");
    made->is_open = true;
    made->is_some = is_some;
    made->why = "it is known when it is deployed";
    made->sym = gh_str_z(sym);
    if (sym[0] == 's' && c->n == 0) {
        made->member[made->n++] = (struct gh_member){GH_STR("id"), gh_expr_join(c->ev, text, 2, GH_STR(""))};
        made->member[made->n++] = (struct gh_member){GH_STR("subscriptionId"), text[1]};
        made->member[made->n++] = (struct gh_member){GH_STR("tenantId"), some_text(c->ev, "subscription().tenantId")};
    }
    if (sym[0] == 'r' && c->n == 0) {
        group[0] = gh_expr_join(c->ev, text, 2, GH_STR(""));
        group[1] = gh_value_str(GH_STR("/resourceGroups/"));
        group[2] = some_text(c->ev, "resourceGroup().name");
        made->member[made->n++] = (struct gh_member){GH_STR("id"), gh_expr_join(c->ev, group, 3, GH_STR(""))};
        made->member[made->n++] = (struct gh_member){GH_STR("name"), group[2]};
        made->member[made->n++] = (struct gh_member){GH_STR("location"), some_text(c->ev, "resourceGroup().location")};
    }
    return gh_fn_object(made);
}

static struct gh_value
fn_subscription(struct gh_call *c)
{
    return cloud_object(c, "subscription()", false);
}

static struct gh_value
fn_resource_group(struct gh_call *c)
{
    return cloud_object(c, "resourceGroup()", false);
}

static struct gh_value
fn_deployment(struct gh_call *c)
{
    return cloud_object(c, "deployment()", false);
}

static struct gh_value
fn_environment(struct gh_call *c)
{
    return cloud_object(c, "environment()", true);
}

static struct gh_value
fn_tenant(struct gh_call *c)
{
    return cloud_object(c, "tenant()", true);
}

/* What the input's own deployments put out can be read; everything else is the cloud's. */
static struct gh_value
fn_reference(struct gh_call *c)
{
    struct gh_value v;

    if (c->ev->reference != NULL && c->arg[0].kind == GH_VALUE_STR && c->ev->reference(&v, c->ev, c->arg[0], c->env))
        return v;
    return gh_fn_unknown(c, "reference() answers only when it is deployed");
}

static struct gh_value
fn_deployed_only(struct gh_call *c)
{
    return gh_fn_unknown(c, "it is known only when it is deployed");
}

// clang-format off
const struct gh_fn gh_fn_cloud[] = {
    {GH_STR_INIT("resourceId"), 2, 255, GH_FN_UNKNOWN | GH_FN_OPAQUE, 0, fn_resource_id},
    {GH_STR_INIT("subscriptionResourceId"), 2, 255, GH_FN_UNKNOWN | GH_FN_OPAQUE, 0, fn_subscription_resource_id},
    {GH_STR_INIT("tenantResourceId"), 2, 255, GH_FN_UNKNOWN | GH_FN_OPAQUE, 0, fn_tenant_resource_id},
    {GH_STR_INIT("extensionResourceId"), 3, 255, GH_FN_UNKNOWN | GH_FN_OPAQUE, 0, fn_extension_resource_id},
    {GH_STR_INIT("subscription"), 0, 1, GH_FN_UNKNOWN | GH_FN_OPAQUE, 0, fn_subscription},
    {GH_STR_INIT("resourceGroup"), 0, 2, GH_FN_UNKNOWN | GH_FN_OPAQUE, 0, fn_resource_group},
    {GH_STR_INIT("deployment"), 0, 0, 0, 0, fn_deployment},
    {GH_STR_INIT("deployer"), 0, 0, 0, 0, fn_deployed_only},
    {GH_STR_INIT("environment"), 0, 0, 0, 0, fn_environment},
    {GH_STR_INIT("tenant"), 0, 0, 0, 0, fn_tenant},
    {GH_STR_INIT("managementGroup"), 0, 1, GH_FN_UNKNOWN | GH_FN_OPAQUE, 0, fn_tenant},
    {GH_STR_INIT("reference"), 1, 3, GH_FN_UNKNOWN | GH_FN_OPAQUE, 0, fn_reference},
    {GH_STR_INIT("pickZones"), 3, 5, GH_FN_UNKNOWN | GH_FN_OPAQUE, 0, fn_deployed_only},
    {.name = {NULL, 0}},
};
// clang-format on
