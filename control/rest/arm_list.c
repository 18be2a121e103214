/* SPDX-License-Identifier: Apache-2.0 */
#include "control/rest/arm_list.h"

#include "control/rest/auth.h"

struct page {
    struct gh_arm_view view;
    struct gh_jsonw w;
    gh_arm_fits_fn *fits;
    gh_arm_put_fn *put;
    size_t n;
    bool has_more;
    struct gh_str last; /* name of the last one shown */
    enum gh_rc rc;
};

static bool
on_resource(void *ctx, const struct gh_store_resource *r)
{
    struct page *k = ctx;
    struct gh_call *call = k->view.call;
    struct gh_props p;
    if ((k->rc = gh_props_open(&p, call->a, r->body)) != GH_OK || !k->fits(&k->view, r, &p))
        return k->rc == GH_OK;
    k->has_more = k->n == GH_ARM_PAGE;
    if (k->has_more)
        return false;
    k->put(&k->w, call, r, &p);
    k->n++;
    k->rc = gh_arena_dup(&k->last, call->a, gh_arm_name(r->path));
    k->rc = k->rc != GH_OK ? k->rc : call->out.rc;
    return k->rc == GH_OK;
}

/* What the caller asked, but for the token: from where the next page goes on. */
static void
put_next_link(struct page *k, const struct gh_door *d)
{
    struct gh_call *call = k->view.call;
    struct gh_str rest = call->query, pair, base = gh_door_base(call);
    struct gh_buf b;
    if (!k->has_more)
        return;
    gh_buf_init(&b, call->a, 8192);
    gh_buf_put(&b, base);
    gh_buf_put(&b, call->path);
    gh_buf_putz(&b, "?api-version=");
    gh_buf_put(&b, d->version);
    while (rest.n > 0 && gh_str_cut(&pair, &rest, '&'))
        if (gh_str_starts(pair, GH_STR("$filter=")) || gh_str_starts(pair, GH_STR("%24filter="))) {
            gh_buf_putc(&b, '&');
            gh_buf_put(&b, pair);
        }
    gh_buf_putz(&b, "&$skiptoken=");
    gh_buf_put(&b, k->last);
    k->rc = b.rc;
    gh_jsonw_kstr(&k->w, "nextLink", gh_buf_str(&b));
}

void
gh_arm_list(struct gh_call *call, const struct gh_door *d, struct gh_str collection, gh_arm_fits_fn *fits, gh_arm_put_fn *put)
{
    gh_auto_store_tx *tx = NULL;
    struct page k = {.view = {.call = call}, .fits = fits, .put = put};
    struct gh_str after = gh_call_arg(call, "$skiptoken");
    if (!gh_door_scope(&k.view.scope, call, d->scope) || !gh_auth_decide(call, k.view.scope) ||
        !gh_arm_filter_read(&k.view.filter, call))
        return;
    if (k.view.filter.principal.p != NULL && !gh_arm_who(&k.view.filter.principal, call, k.view.filter.principal))
        return;
    if (after.n > 0 && !gh_resource_name_is_valid(after)) {
        (void)gh_door_refuse(call, 400, "InvalidSkipToken", GH_STR("The $skiptoken is not one of ours."));
        return;
    }
    gh_jsonw_init(&k.w, &call->out);
    gh_jsonw_obj(&k.w);
    gh_jsonw_key(&k.w, "value");
    gh_jsonw_arr(&k.w);
    enum gh_rc rc = gh_store_begin(&tx, call->c->store, GH_STORE_READ);
    k.view.tx = tx;
    if (rc == GH_OK)
        rc = gh_store_resource_list(tx, collection, after, SIZE_MAX, on_resource, &k);
    gh_jsonw_end(&k.w, ']');
    rc = rc != GH_OK ? rc : k.rc;
    if (rc == GH_OK)
        put_next_link(&k, d);
    gh_jsonw_end(&k.w, '}');
    call->status = 200;
    rc = rc != GH_OK ? rc : k.rc;
    if (rc != GH_OK)
        (void)gh_call_failed(call, rc);
}

void
gh_arm_answer(
    struct gh_call *call, unsigned status, gh_arm_put_fn *put, const struct gh_store_resource *r, const struct gh_props *p)
{
    struct gh_jsonw w;
    gh_buf_init(&call->out, call->a, GH_CALL_ANSWER_MAX);
    gh_jsonw_init(&w, &call->out);
    put(&w, call, r, p);
    call->status = status;
    call->type = "application/json";
    call->revision = 0;
}

void
gh_arm_put_times(struct gh_jsonw *w, struct gh_call *call, const struct gh_store_resource *r)
{
    gh_door_time(w, call, "createdOn", r->created_ms);
    gh_door_time(w, call, "updatedOn", r->updated_ms);
    gh_jsonw_kstr(w, "createdBy", r->created_by);
    gh_jsonw_kstr(w, "updatedBy", r->updated_by);
}

void
gh_arm_put_member(struct gh_jsonw *w, const struct gh_props *p, const char *name)
{
    gh_json_ref v = gh_json_get(&p->j, p->root, gh_str_z(name));
    if (v == GH_JSON_NO)
        return;
    gh_jsonw_key(w, name);
    gh_jsonw_raw(w, gh_json_raw(&p->j, v));
}

bool
gh_arm_body(struct gh_props *out, struct gh_call *call)
{
    struct gh_err err = {0};
    out->a = call->a;
    if (gh_json_parse(&out->j, call->a, call->body, &err) != GH_OK || gh_json_type(&out->j, 0) != GH_JSON_OBJECT)
        return gh_door_refuse(
            call, 400, "InvalidRequestContent", GH_STR("The request content was invalid: it must be a JSON object."));
    gh_json_ref properties = gh_json_get(&out->j, 0, GH_STR("properties"));
    out->root = gh_json_type(&out->j, properties) == GH_JSON_OBJECT ? properties : 0;
    return true;
}

bool
gh_arm_who(struct gh_str *out, struct gh_call *call, struct gh_str written)
{
    struct gh_store_resource r;
    struct gh_str ours = gh_arm_principal(call, written);
    *out = ours;
    if (!gh_str_starts(ours, GH_STR("/identities/")) || !gh_resource_name_is_valid(gh_arm_name(ours)))
        return true;
    if (!gh_door_load(&r, NULL, call, ours))
        return false;
    if (r.path.p != NULL)
        return true;
    struct gh_str group = gh_door_text(call, GH_STR("/groups/"), gh_arm_name(ours));
    if (!gh_door_load(&r, NULL, call, group))
        return false;
    *out = r.path.p != NULL ? group : ours;
    return true;
}
