/* SPDX-License-Identifier: Apache-2.0 */
/* The body of a write: what was asked, and what of it is stored. */
#include "control/rest/write.h"

bool
gh_write_open_body(struct gh_write *w)
{
    struct gh_call *call = w->call;
    struct gh_err err = {0};
    struct gh_json *j = &w->props.j;
    struct gh_str name = GH_STR("");
    w->props.a = call->a;
    if (gh_json_parse(j, call->a, call->body, &err) != GH_OK)
        return gh_call_bad(call, &err, GH_STR("body"));
    if (gh_json_type(j, 0) != GH_JSON_OBJECT)
        return gh_call_problem(call, 400, "the body must be an object", GH_STR("body"));
    gh_json_ref wrapped = gh_json_get(j, 0, GH_STR("properties"));
    gh_json_ref only = gh_json_first(j, 0);
    if (wrapped != GH_JSON_NO && (only != wrapped || gh_json_next(j, 0, only) != GH_JSON_NO))
        return gh_call_problem(call, 400, "beside \"properties\" the body may hold nothing", GH_STR("body"));
    w->props.root = wrapped == GH_JSON_NO ? 0 : wrapped;
    if (gh_resource_check(w->r.type, call->a, j, w->props.root, &name, &err) != GH_OK)
        return gh_call_bad(call, &err, name);
    return true;
}

/* Without the white space between tokens: the text was accepted by the reader, so a quote begins or ends a string. */
static void
put_minified(struct gh_buf *out, struct gh_str json)
{
    bool in_string = false;
    for (size_t i = 0; i < json.n; i++) {
        char c = json.p[i];
        bool is_space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
        if (in_string && c == '\\') {
            gh_buf_put(out, gh_str_sub(json, i++, 2));
            continue;
        }
        if (c == '"')
            in_string = !in_string;
        if (in_string || !is_space)
            gh_buf_putc(out, c);
    }
}

static void
put_stored(struct gh_write *w, struct gh_jsonw *jw, struct gh_buf *out)
{
    const struct gh_resource_row *row = &gh_resource_table[w->r.type];
    bool is_told = w->stored_name == NULL;
    for (size_t i = 0; i < row->n_props; i++) {
        const struct gh_prop *p = &row->props[i];
        gh_json_ref v = gh_json_get(&w->props.j, w->props.root, gh_str_z(p->name));
        bool is_replaced = !is_told && strcmp(p->name, w->stored_name) == 0;
        is_told |= is_replaced;
        if (!is_replaced && (v == GH_JSON_NO || gh_json_type(&w->props.j, v) == GH_JSON_NULL || (p->flags & GH_PROP_SECRET) != 0))
            continue;
        struct gh_buf raw;
        gh_buf_init(&raw, w->call->a, GH_CALL_BODY_MAX);
        put_minified(&raw, is_replaced ? w->stored_json : gh_json_raw(&w->props.j, v));
        gh_jsonw_key(jw, p->name);
        gh_jsonw_raw(jw, gh_buf_str(&raw));
        out->rc = out->rc == GH_OK ? raw.rc : out->rc;
    }
    if (is_told)
        return;
    gh_jsonw_key(jw, w->stored_name);
    gh_jsonw_raw(jw, w->stored_json);
}

enum gh_rc
gh_write_stored_body(struct gh_str *out, struct gh_write *w)
{
    struct gh_buf b;
    struct gh_jsonw jw;
    if (w->stored_body.p != NULL) {
        *out = w->stored_body;
        return GH_OK;
    }
    gh_buf_init(&b, w->call->a, GH_CALL_BODY_MAX * 2);
    gh_jsonw_init(&jw, &b);
    gh_jsonw_obj(&jw);
    put_stored(w, &jw, &b);
    gh_jsonw_end(&jw, '}');
    *out = gh_buf_str(&b);
    return b.rc;
}
