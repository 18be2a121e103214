/* SPDX-License-Identifier: Apache-2.0 */
/* baseline/input_list: exports: lists of resources, one resource, answers of Resource Graph. Nothing in them is an expression. */
#include "baseline/expr_int.h"
#include "baseline/input_int.h"

#include "base/limits.h"

static struct gh_value
first_of(struct gh_input *in, struct gh_value root, const char *a, const char *b)
{
    struct gh_value v = gh_expr_get(&in->eval, root, gh_str_z(a));

    return gh_value_is_set(v) ? v : gh_expr_get(&in->eval, root, gh_str_z(b));
}

/* "Microsoft.X/accounts/projects" and "account/project" from the provider part of an id, behind its last /providers/. */
static enum gh_rc
split_id(struct gh_str *type, struct gh_str *name, struct gh_arena *a, struct gh_str id)
{
    struct gh_str rest = gh_input_provider_part(id), one;
    struct gh_buf t, n;

    gh_buf_init(&t, a, 1024);
    gh_buf_init(&n, a, 1024);
    for (unsigned i = 0; gh_str_cut(&one, &rest, '/'); i++) {
        struct gh_buf *b = i == 0 || i % 2 == 1 ? &t : &n;
        if (b->n > 0)
            gh_buf_putc(b, '/');
        gh_buf_put(b, one);
    }
    *type = gh_buf_str(&t);
    *name = gh_buf_str(&n);
    return t.rc == GH_NOMEM || n.rc == GH_NOMEM ? GH_NOMEM : GH_OK;
}

static size_t
segments(struct gh_str s)
{
    size_t n = 1;

    for (size_t i = 0; i < s.n; i++)
        n += s.p[i] == '/';
    return n;
}

/* A name that lacks its parents' names (Resource Graph writes the last one alone) is taken from the id. */
static enum gh_rc
whole_name(struct gh_input *in, struct gh_input_resource *r)
{
    struct gh_str type, name;
    enum gh_rc rc;

    if (r->id.n == 0 || (r->type.n > 0 && r->name.kind == GH_VALUE_STR && segments(r->name.s) + 1 == segments(r->type)))
        return GH_OK;
    if ((rc = split_id(&type, &name, in->a, r->id)) != GH_OK)
        return rc;
    if (r->type.n == 0)
        r->type = type;
    if (gh_str_eq_ci(type, r->type))
        r->name = gh_value_str(name);
    return GH_OK;
}

/* `properties` as JSON in a string: a document of its own whose places are that string's. */
static enum gh_rc
open_string(struct gh_input *in, struct gh_input_resource *r)
{
    struct gh_value p = gh_expr_get(&in->eval, r->root, GH_STR("properties"));
    struct gh_member *member;
    struct gh_made *made;
    struct gh_doc *doc;
    struct gh_str key;
    struct gh_value v;
    uint32_t it = 0, n = 0;
    enum gh_rc rc;

    if (p.kind != GH_VALUE_STR || !gh_str_starts(p.s, GH_STR("{")) || p.doc == NULL)
        return GH_OK;
    if ((doc = gh_arena_take(in->a, sizeof *doc)) == NULL)
        return GH_NOMEM;
    if ((rc = gh_doc_read(doc, in->a, p.s, NULL)) == GH_NOMEM)
        return rc;
    if (rc != GH_OK)
        return GH_OK; /* a text that is no JSON stays a text: no object, so nothing in it is decided */
    doc->outer = p.doc;
    doc->outer_at = gh_doc_at(p.doc, p.node);
    while (gh_expr_each(&v, NULL, &in->eval, r->root, &it))
        n++;
    made = gh_arena_take(in->a, sizeof *made);
    member = gh_arena_take_array(in->a, n, sizeof *member);
    if (made == NULL || member == NULL)
        return GH_NOMEM;
    for (it = 0; made->n < n && gh_expr_each(&v, &key, &in->eval, r->root, &it);)
        member[made->n++] = (struct gh_member){
            key, gh_str_eq_ci(key, GH_STR("properties")) ? (struct gh_value){.kind = GH_VALUE_OBJECT, .doc = doc} : v};
    made->member = member;
    r->root.made = made;
    return GH_OK;
}

/* What belongs to access control comes flat from `az role assignment list` and Get-AzRoleAssignment: its members are its properties. */
static enum gh_rc
fold_flat(struct gh_input *in, struct gh_input_resource *r)
{
    struct gh_value kind = gh_expr_get(&in->eval, r->root, GH_STR("objectType")), v;
    struct gh_made *inner, *outer;
    struct gh_str key;
    uint32_t it = 0, n = 0;

    if (!gh_str_eq_ci(r->type, GH_STR("Microsoft.Authorization/roleAssignments")) &&
        !gh_str_eq_ci(r->type, GH_STR("Microsoft.Authorization/roleDefinitions")))
        return GH_OK;
    if (r->root.made != NULL || gh_value_is_set(gh_expr_get(&in->eval, r->root, GH_STR("properties"))))
        return GH_OK;
    while (gh_expr_each(&v, NULL, &in->eval, r->root, &it))
        n++;
    if ((inner = gh_fn_made(&in->eval, n + 1)) == NULL || (outer = gh_fn_made(&in->eval, n + 1)) == NULL)
        return GH_NOMEM;
    for (it = 0; outer->n < n && gh_expr_each(&v, &key, &in->eval, r->root, &it);)
        outer->member[outer->n++] = inner->member[inner->n++] = (struct gh_member){key, v};
    if (gh_value_is_set(kind))
        inner->member[inner->n++] = (struct gh_member){GH_STR("principalType"), kind};
    outer->member[outer->n++] = (struct gh_member){GH_STR("properties"), gh_fn_object(inner)};
    r->root.made = outer;
    return GH_OK;
}

/* TYPE/providers/diagnosticSettings is how a setting of a resource was once named. */
static struct gh_str
plain_type(struct gh_str type)
{
    size_t at = gh_str_find(type, GH_STR("/providers/"));
    struct gh_str own = gh_str_sub(type, at == SIZE_MAX ? 0 : at + 11, SIZE_MAX);

    if (gh_str_eq_ci(own, GH_STR("diagnosticSettings")))
        return GH_STR("Microsoft.Insights/diagnosticSettings");
    return gh_str_chr(own, '.') != SIZE_MAX ? own : type;
}

static enum gh_rc
add(struct gh_input *in, struct gh_value root, uint32_t parent, struct gh_err *err)
{
    struct gh_value type = first_of(in, root, "type", "resourceType"), id = first_of(in, root, "id", "resourceId");
    uint32_t at = root.node == GH_JSON_NO ? 0 : gh_doc_at(root.doc, root.node);
    struct gh_input_resource *r;
    struct gh_value children;
    enum gh_rc rc = GH_OK;

    if (root.kind != GH_VALUE_OBJECT || (type.kind != GH_VALUE_STR && id.kind != GH_VALUE_STR))
        return gh_fail(err, GH_BAD, at, "not a resource: it has neither a type nor an id");
    if ((r = gh_input_add(in, &rc)) == NULL)
        return gh_fail(err, rc, at, rc == GH_LIMIT ? "more resources than allowed" : "no memory");
    r->root = root;
    r->name = first_of(in, root, "name", "resourceName");
    r->type = type.kind == GH_VALUE_STR ? type.s : (struct gh_str){NULL, 0};
    r->id = id.kind == GH_VALUE_STR ? id.s : (struct gh_str){NULL, 0};
    r->parent = parent;
    r->type = plain_type(r->type);
    if ((rc = whole_name(in, r)) != GH_OK || (rc = open_string(in, r)) != GH_OK || (rc = fold_flat(in, r)) != GH_OK)
        return gh_fail(err, rc, at, "no memory");
    if (gh_str_chr(r->type, '/') == SIZE_MAX && !gh_str_eq_ci(r->type, GH_STR("Microsoft.Subscription")))
        return gh_fail(err, GH_BAD, at, "not a resource: its type is no PROVIDER/TYPE");
    r->is_extension = parent != GH_INPUT_NONE && !gh_input_is_child_type(r->type, in->resource[parent].type);
    r->has_no_properties = !gh_value_is_set(gh_expr_get(&in->eval, r->root, GH_STR("properties")));
    children = gh_expr_get(&in->eval, r->root, GH_STR("resources"));
    r->has_children_listed = children.kind == GH_VALUE_ARRAY || children.kind == GH_VALUE_OBJECT;
    return GH_OK;
}

/* Room for a long list at once: doubling would leave the smaller ones in the arena. */
static void
make_room(struct gh_input *in, struct gh_value list)
{
    const struct gh_json *j = &in->doc.json;
    struct gh_input_resource *room;
    uint32_t n = 0;

    if (in->n_resources > 0 || list.doc != &in->doc || list.made != NULL || list.kind != GH_VALUE_ARRAY)
        return;
    for (gh_json_ref v = gh_json_first(j, list.node); v != GH_JSON_NO; v = gh_json_next(j, list.node, v))
        n++;
    if (n > GH_BASELINE_RESOURCES_MAX || (room = gh_arena_take_array(in->a, n, sizeof *room)) == NULL)
        return; /* adding them one by one says why not */
    in->resource = room;
    in->cap_resources = n;
}

static enum gh_rc
add_all(struct gh_input *in, struct gh_value list, uint32_t parent, struct gh_err *err)
{
    struct gh_value v;
    uint32_t it = 0;
    enum gh_rc rc;

    make_room(in, list);
    while (gh_expr_each(&v, NULL, &in->eval, list, &it)) {
        uint32_t n = in->n_resources;
        rc = add(in, v, parent, err);
        if (rc == GH_BAD && parent != GH_INPUT_NONE) { /* the resource around it is one: it is judged, and this is told */
            in->n_resources = n;
            rc = gh_input_note(
                in, "listed under resources, and no resource: not read", v.doc == NULL ? 0 : gh_doc_at(v.doc, v.node));
        }
        if (rc != GH_OK)
            return rc;
    }
    return GH_OK;
}

/* What resources list under `resources`, and what these list: the list grows while it is walked. */
static enum gh_rc
add_children(struct gh_input *in, struct gh_err *err)
{
    enum gh_rc rc;

    for (uint32_t i = 0; i < in->n_resources; i++) {
        if (!in->resource[i].has_children_listed)
            continue;
        rc = add_all(in, gh_expr_get(&in->eval, in->resource[i].root, GH_STR("resources")), i, err);
        if (rc != GH_OK)
            return rc;
    }
    return GH_OK;
}

/* {"columns": [{"name": ...}], "rows": [[...]]}: a row is an object by its columns. */
static enum gh_rc
add_rows(struct gh_input *in, struct gh_value table, struct gh_err *err)
{
    struct gh_value columns = gh_expr_get(&in->eval, table, GH_STR("columns")),
                    rows = gh_expr_get(&in->eval, table, GH_STR("rows"));
    struct gh_value row, cell, column;
    uint32_t it = 0, ci, ri;
    enum gh_rc rc;

    while (gh_expr_each(&row, NULL, &in->eval, rows, &it)) {
        struct gh_made *made = gh_arena_take(in->a, sizeof *made);
        struct gh_member *m = NULL;
        uint32_t cap = 0;
        for (ci = ri = 0; made != NULL && gh_expr_each(&cell, NULL, &in->eval, row, &ri) &&
                          gh_expr_each(&column, NULL, &in->eval, columns, &ci);) {
            if ((m = gh_input_grow(in->a, m, made->n, &cap, sizeof *m)) == NULL)
                return gh_fail(err, GH_NOMEM, 0, "no memory");
            m[made->n++] = (struct gh_member){gh_expr_get(&in->eval, column, GH_STR("name")).s, cell};
        }
        if (made == NULL)
            return gh_fail(err, GH_NOMEM, 0, "no memory");
        made->member = m;
        row.kind = GH_VALUE_OBJECT;
        row.made = made;
        if ((rc = add(in, row, GH_INPUT_NONE, err)) != GH_OK)
            return rc;
    }
    return GH_OK;
}

/* A page that says that there are more is not the whole answer. */
static enum gh_rc
note_pages(struct gh_input *in, struct gh_value root)
{
    static const char *const names[] = {"skipToken", "$skipToken", "skip_token", "nextLink"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct gh_value v = gh_expr_get(&in->eval, root, gh_str_z(names[i]));
        if (gh_value_has_content(v) != GH_TRUTH_FALSE)
            return gh_input_note(in, "this is one page of an answer that has more", gh_doc_at(&in->doc, v.node));
    }
    return GH_OK;
}

static enum gh_rc
add_graph(struct gh_input *in, struct gh_value root, struct gh_err *err)
{
    struct gh_value rows = first_of(in, root, "data", "value");
    enum gh_rc rc;

    if ((rc = note_pages(in, root)) != GH_OK)
        return gh_fail(err, rc, 0, "no memory");
    return rows.kind == GH_VALUE_OBJECT ? add_rows(in, rows, err) : add_all(in, rows, GH_INPUT_NONE, err);
}

enum gh_rc
gh_input_list(struct gh_input *in, struct gh_err *err)
{
    struct gh_value root = gh_expr_node(&in->eval, &in->doc, 0, NULL);
    enum gh_rc rc;

    if (in->shape == GH_INPUT_RESOURCE)
        rc = add(in, root, GH_INPUT_NONE, err);
    else
        rc = in->shape == GH_INPUT_GRAPH ? add_graph(in, root, err) : add_all(in, root, GH_INPUT_NONE, err);
    if (rc == GH_OK)
        rc = add_children(in, err);
    if (rc == GH_OK && in->n_resources == 0)
        return gh_fail(err, GH_BAD, 0, "there is no resource in it: nothing could be judged");
    return rc;
}
