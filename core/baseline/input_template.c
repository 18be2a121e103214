/* SPDX-License-Identifier: Apache-2.0 */
/*
 * baseline/input_template: templates: each `resources` section goes to a list of work, so that nesting of deployments and children is a queue and
 * not recursion. A loop makes its resource once for each turn, in an environment that knows the turn.
 */
#include "baseline/expr_int.h"
#include "baseline/input_int.h"

#include "base/limits.h"

struct work {
    struct gh_value list; /* the section; its env is where it is reduced */
    uint32_t parent;      /* nested children: of this resource */
    uint32_t template;
    bool is_if_deployed;
};

struct reader {
    struct gh_input *in;
    struct gh_eval *ev;
    struct work *work;
    uint32_t n, cap;
    struct gh_str symbol; /* of the resource that is read */
    struct gh_err *err;
};

static enum gh_rc
fail(struct reader *r, enum gh_rc rc, struct gh_value at, const char *what)
{
    return gh_fail(r->err, rc, at.doc == NULL ? 0 : gh_doc_at(at.doc, at.node), what);
}

static enum gh_rc
push(struct reader *r, struct work w)
{
    struct work *p;

    if (!gh_value_is_set(w.list))
        return GH_OK;
    if (w.list.kind != GH_VALUE_ARRAY && w.list.kind != GH_VALUE_OBJECT)
        return fail(r, GH_BAD, w.list, "resources are neither an array nor an object");
    if ((p = gh_input_grow(r->in->a, r->work, r->n, &r->cap, sizeof *p)) == NULL)
        return fail(r, GH_NOMEM, w.list, "no memory");
    r->work = p;
    p[r->n++] = w;
    return GH_OK;
}

static struct gh_value
get(struct reader *r, struct gh_value v, const char *name)
{
    return gh_expr_get(r->ev, v, gh_str_z(name));
}

/* ---- scopes ---- */

static gh_json_ref
section(struct reader *r, struct gh_value root, const char *name)
{
    gh_json_ref copy;
    struct gh_value v = gh_expr_member(r->ev, &copy, root, gh_str_z(name));

    return (v.kind == GH_VALUE_OBJECT || v.kind == GH_VALUE_ARRAY) && v.made == NULL ? v.node : GH_JSON_NO;
}

static uint32_t
count_members(const struct gh_json *j, gh_json_ref v)
{
    uint32_t n = 0;

    for (gh_json_ref m = gh_json_first(j, v); m != GH_JSON_NO; m = gh_json_next(j, v, m))
        n++;
    return n;
}

/* A scope over the template object `root`; NULL: no memory. */
static struct gh_scope *
scope_new(struct reader *r, struct gh_value root, struct gh_value bound, const struct gh_scope *outer)
{
    struct gh_scope *s = gh_arena_take(r->in->a, sizeof *s);
    struct gh_env *base = gh_arena_take(r->in->a, sizeof *base);

    if (s == NULL || base == NULL)
        return NULL;
    base->scope = s;
    *s = (struct gh_scope){
        .doc = root.doc, .base = base, .root = root.node, .bound = bound, .outer = outer, .id = r->in->n_templates};
    s->parameters = section(r, root, "parameters");
    s->variables = section(r, root, "variables");
    s->functions = section(r, root, "functions");
    s->n_memo = count_members(&root.doc->json, s->parameters) + count_members(&root.doc->json, s->variables);
    s->memo = gh_arena_take_array(r->in->a, s->n_memo, sizeof *s->memo);
    return s->memo == NULL ? NULL : s;
}

static enum gh_rc
template_add(struct reader *r, struct gh_scope *scope, struct gh_value root, uint32_t deployment, bool is_inner)
{
    struct gh_template *p = gh_input_grow(r->in->a, r->in->template, r->in->n_templates, &r->in->cap_templates, sizeof *p);

    if (p == NULL)
        return fail(r, GH_NOMEM, root, "no memory");
    r->in->template = p;
    p[r->in->n_templates++] = (struct gh_template){scope, root.node, deployment, r->symbol, is_inner};
    return GH_OK;
}

/* ---- one resource ---- */

/* A value at the template's own place, but reduced elsewhere. */
static struct gh_value
within(struct gh_value v, const struct gh_env *env)
{
    v.env = env;
    return v;
}

/* TYPE/providers/Microsoft.X/kind named NAME/Microsoft.X/name is an extension of TYPE NAME: the old way of writing a scope. */
static void
split_old_extension(struct reader *r, struct gh_input_resource *res)
{
    size_t at = gh_str_find(res->type, GH_STR("/providers/")), n = 0, i = 0;
    struct gh_str own = gh_str_sub(res->type, at == SIZE_MAX ? 0 : at + 11, SIZE_MAX), type, name = res->name.s;
    struct gh_value v[3] = {{.kind = GH_VALUE_STR}};

    if (at == SIZE_MAX || res->name.kind != GH_VALUE_STR)
        return;
    type = gh_str_sub(res->type, 0, at);
    for (size_t k = 0; k < type.n; k++)
        n += type.p[k] == '/';
    for (; i < name.n && n > 0; i++)
        n -= name.p[i] == '/';
    res->scope = gh_input_id(r->in, type, gh_str_sub(name, 0, i == 0 ? 0 : i - 1));
    name = gh_str_sub(name, i, SIZE_MAX);
    n = gh_str_chr(name, '/'); /* behind the provider's name */
    if (n == SIZE_MAX)
        return;
    v[0] = gh_value_str(gh_str_sub(name, 0, n));
    v[1] = gh_value_str(own);
    res->type = gh_str_chr(own, '.') != SIZE_MAX ? own : gh_expr_join(r->ev, v, 2, GH_STR("/")).s;
    res->name.s = gh_str_sub(name, n + 1, SIZE_MAX);
}

/* PROVIDER/type/NAME/type/NAME; empty when the names are not as many as the types. */
struct gh_str
gh_input_id(struct gh_input *in, struct gh_str type, struct gh_str name)
{
    struct gh_str t, n;
    struct gh_buf b;

    gh_buf_init(&b, in->a, 8192);
    (void)gh_str_cut(&t, &type, '/');
    gh_buf_put(&b, t);
    while (gh_str_cut(&t, &type, '/')) {
        if (!gh_str_cut(&n, &name, '/') || n.n == 0)
            return (struct gh_str){NULL, 0};
        gh_buf_putc(&b, '/');
        gh_buf_put(&b, t);
        gh_buf_putc(&b, '/');
        gh_buf_put(&b, n);
    }
    if (b.rc == GH_NOMEM)
        in->eval.rc = GH_NOMEM;
    return name.p != NULL ? (struct gh_str){NULL, 0} : gh_buf_str(&b);
}

/* Type and name are whole: nested ones get their parent's in front. */
static void
name_resource(struct reader *r, struct gh_input_resource *res, struct gh_value type, struct gh_value name)
{
    const struct gh_input_resource *parent = res->parent == GH_INPUT_NONE ? NULL : &r->in->resource[res->parent];
    bool is_relative = parent != NULL && (gh_str_chr(gh_str_sub(type.s, 0, gh_str_chr(type.s, '/')), '.') == SIZE_MAX);
    struct gh_value t[2], n[2];

    res->type = type.s;
    res->name = gh_expr_join(r->ev, &name, 1, GH_STR(""));
    if (is_relative) {
        t[0] = gh_value_str(parent->type);
        t[1] = type;
        n[0] = parent->name;
        n[1] = name;
        res->type = gh_expr_join(r->ev, t, 2, GH_STR("/")).s;
        res->name = gh_expr_join(r->ev, n, 2, GH_STR("/"));
    }
    if (!is_relative)
        res->parent = GH_INPUT_NONE;
    if (is_relative && gh_str_find(res->type, GH_STR("/providers/")) != SIZE_MAX)
        res->parent = GH_INPUT_NONE;
    split_old_extension(r, res);
    if (res->name.kind == GH_VALUE_STR)
        res->id = gh_input_id(r->in, res->type, res->name.s);
}

static void
read_scope(struct reader *r, struct gh_input_resource *res)
{
    struct gh_value scope = get(r, res->root, "scope");

    if (!gh_value_is_set(scope))
        return;
    if (scope.kind == GH_VALUE_STR)
        res->scope = scope.s;
    else
        res->has_unknown_scope = true;
}

/* An extension's own id has its scope in front, so that two of one name are two. */
static void
prefix_scope(struct reader *r, struct gh_input_resource *res)
{
    struct gh_value part[2];

    if (res->scope.n == 0 || res->id.n == 0)
        return;
    part[0] = gh_value_str(res->scope);
    part[1] = gh_value_str(res->id);
    res->id = gh_expr_join(r->ev, part, 2, GH_STR("/providers/")).s;
}

static enum gh_rc open_deployment(struct reader *r, uint32_t index);

/* One turn of one resource; `root` is reduced where the turn is known. */
static enum gh_rc
read_one(struct reader *r, struct gh_value root, struct work w)
{
    struct gh_value condition = get(r, root, "condition"), type = get(r, root, "type"), api = get(r, root, "apiVersion");
    enum gh_truth is_deployed = gh_value_is_set(condition) ? gh_value_is(condition, GH_STR("true")) : GH_TRUTH_TRUE;
    struct gh_input_resource *res;
    enum gh_rc rc = GH_OK;
    uint32_t index = r->in->n_resources;

    if (root.kind != GH_VALUE_OBJECT)
        return fail(r, GH_BAD, root, "a resource is no object");
    if (is_deployed == GH_TRUTH_FALSE)
        return GH_OK;
    if (type.kind != GH_VALUE_STR || type.s.n == 0)
        return fail(r, GH_BAD, root, "a resource without a type");
    if ((res = gh_input_add(r->in, &rc)) == NULL)
        return fail(r, rc, root, rc == GH_LIMIT ? "more resources than allowed" : "no memory");
    res->root = root;
    res->parent = w.parent;
    res->template = w.template;
    res->is_if_deployed = w.is_if_deployed || is_deployed == GH_TRUTH_UNKNOWN;
    res->is_existing = gh_value_is(get(r, root, "existing"), GH_STR("true")) == GH_TRUTH_TRUE;
    res->api_version = api.kind == GH_VALUE_STR && !api.is_opaque ? api.s : (struct gh_str){NULL, 0};
    read_scope(r, res);
    name_resource(r, res, type, get(r, root, "name"));
    prefix_scope(r, res);
    w = (struct work){get(r, root, "resources"), index, w.template, res->is_if_deployed};
    if ((rc = push(r, w)) != GH_OK)
        return rc;
    return gh_str_eq_ci(r->in->resource[index].type, GH_STR("Microsoft.Resources/deployments")) ? open_deployment(r, index) : GH_OK;
}

/* ---- deployments within ---- */

static enum gh_rc
open_deployment(struct reader *r, uint32_t index)
{
    struct gh_input_resource *res = &r->in->resource[index];
    struct gh_value properties = get(r, res->root, "properties"), root = get(r, properties, "template");
    struct gh_value evaluation = gh_expr_path(r->ev, properties, "expressionEvaluationOptions.scope");
    bool is_inner = gh_value_is(evaluation, GH_STR("inner")) == GH_TRUTH_TRUE;
    struct gh_scope *scope = res->root.env->scope;
    enum gh_rc rc;

    if (root.kind != GH_VALUE_OBJECT || root.made != NULL) {
        rc = gh_input_note(
            r->in, "a linked template is not in this file: what it deploys was not read", gh_doc_at(res->root.doc, res->root.node));
        return rc == GH_OK ? rc : fail(r, rc, res->root, "no memory");
    }
    if (is_inner) {
        struct gh_scope *inner = scope_new(r, within(root, NULL), get(r, properties, "parameters"), scope);
        if (inner == NULL)
            return fail(r, GH_NOMEM, root, "no memory");
        scope = inner;
    }
    if ((rc = template_add(r, scope, root, index, is_inner)) != GH_OK)
        return rc;
    struct gh_value inside = within(root, is_inner ? scope->base : res->root.env);
    return push(r,
        (struct work){get(r, inside, "resources"), GH_INPUT_NONE, r->in->n_templates - 1, r->in->resource[index].is_if_deployed});
}

/* ---- loops ---- */

static enum gh_rc
read_turn(struct reader *r, struct gh_value root, struct work w, struct gh_str loop, int64_t turn)
{
    struct gh_env *env = gh_arena_take(r->in->a, sizeof *env);

    if (env == NULL)
        return fail(r, GH_NOMEM, root, "no memory");
    *env = (struct gh_env){.scope = root.env->scope, .up = root.env, .name = loop, .index = turn};
    return read_one(r, within(root, env), w);
}

static enum gh_rc
read_resource(struct reader *r, struct gh_value root, struct work w)
{
    struct gh_value copy = root.kind == GH_VALUE_OBJECT ? get(r, root, "copy") : (struct gh_value){.node = GH_JSON_NO}, name, count;
    struct gh_str loop;
    int64_t n = 0;
    enum gh_rc rc = GH_OK;

    if (copy.kind != GH_VALUE_OBJECT)
        return read_one(r, root, w);
    name = get(r, copy, "name");
    loop = name.kind == GH_VALUE_STR ? name.s : (struct gh_str){NULL, 0};
    count = get(r, copy, "count");
    if (gh_value_number(&n, count) != GH_TRUTH_TRUE) {
        w.is_if_deployed = true; /* how often is not known, perhaps never */
        return read_turn(r, root, w, loop, GH_ENV_TURN_UNKNOWN);
    }
    if (n < 0 || n > GH_BASELINE_COPIES_MAX)
        return fail(r, GH_LIMIT, copy, "a loop of more turns than a deployment may have");
    for (int64_t i = 0; rc == GH_OK && i < n; i++)
        rc = read_turn(r, root, w, loop, i);
    return rc;
}

static enum gh_rc
read_all(struct reader *r)
{
    enum gh_rc rc;

    for (uint32_t i = 0; i < r->n; i++) {
        struct work w = r->work[i];
        struct gh_value v;
        uint32_t it = 0;
        while (gh_expr_each(&v, &r->symbol, r->ev, w.list, &it))
            if ((rc = read_resource(r, v, w)) != GH_OK)
                return rc;
        if (gh_expr_is_open(w.list) && gh_input_note(r->in, "resources that an expression makes cannot be read", 0) != GH_OK)
            return fail(r, GH_NOMEM, w.list, "no memory");
    }
    return GH_OK;
}

/* ---- what deployments put out ---- */

/* Is `id` the deployment that made this template: its symbolic name, or its id? One within a loop is not told apart by a symbolic name. */
static bool
is_deployed_by(const struct gh_input *in, const struct gh_template *t, struct gh_value id, const struct gh_env *env)
{
    const struct gh_input_resource *r = t->deployment == GH_INPUT_NONE ? NULL : &in->resource[t->deployment];

    if (r == NULL || r->root.env->scope != env->scope)
        return false;
    if (t->symbol.n > 0 && r->root.env->up == NULL && !id.is_opaque && gh_str_eq_ci(t->symbol, id.s))
        return true;
    return r->id.n > 0 && gh_str_eq_ci(gh_input_provider_part(id.s), gh_input_provider_part(r->id));
}

/* {outputs: ...} of a deployment of the same template, as its own template writes them. */
static bool
read_outputs(struct gh_value *out, struct gh_eval *ev, struct gh_value id, const struct gh_env *env)
{
    const struct gh_input *in = ev->ctx;

    ev->steps += in->n_templates / 8;
    for (uint32_t i = 0; i < in->n_templates; i++) {
        const struct gh_template *t = &in->template[i];
        struct gh_value root;
        struct gh_made *made;
        gh_json_ref copy;
        if (!is_deployed_by(in, t, id, env))
            continue;
        root = gh_expr_lazy(ev, t->scope->doc, t->root, t->is_inner ? t->scope->base : in->resource[t->deployment].root.env);
        if ((made = gh_fn_made(ev, 1)) == NULL)
            return false;
        made->member[made->n++] = (struct gh_member){GH_STR("outputs"), gh_expr_member(ev, &copy, root, GH_STR("outputs"))};
        made->is_open = true;
        made->why = "reference() answers only when it is deployed";
        *out = gh_fn_object(made);
        return true;
    }
    return false;
}

static bool
is_unknown_language(struct reader *r, struct gh_value root)
{
    struct gh_value v = get(r, root, "languageVersion");

    return gh_value_is_set(v) && gh_value_begins(v, GH_STR("1.")) != GH_TRUTH_TRUE &&
           gh_value_begins(v, GH_STR("2.")) != GH_TRUTH_TRUE;
}

enum gh_rc
gh_input_template(struct gh_input *in, const struct gh_doc *parameters, struct gh_err *err)
{
    struct reader r = {.in = in, .ev = &in->eval, .err = err};
    struct gh_value root = gh_expr_node(&in->eval, &in->doc, 0, NULL), bound = {.node = GH_JSON_NO};
    struct gh_scope *scope;
    enum gh_rc rc;

    in->eval.reference = read_outputs;
    in->eval.ctx = in;
    if (is_unknown_language(&r, root))
        return fail(&r, GH_BAD, get(&r, root, "languageVersion"), "a languageVersion that is not known here");
    if (parameters != NULL)
        bound = get(&r, gh_expr_node(&in->eval, parameters, 0, NULL), "parameters");
    if ((scope = scope_new(&r, root, bound, NULL)) == NULL)
        return fail(&r, GH_NOMEM, root, "no memory");
    if ((rc = template_add(&r, scope, root, GH_INPUT_NONE, true)) != GH_OK)
        return rc;
    root.env = scope->base;
    if ((rc = push(&r, (struct work){get(&r, root, "resources"), GH_INPUT_NONE, 0, false})) != GH_OK)
        return rc;
    return read_all(&r);
}
