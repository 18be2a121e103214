/* SPDX-License-Identifier: Apache-2.0 */
/*
 * baseline/expr_run: the machine. A frame is something that is being reduced; it is stepped until it leaves one value on the stack and is
 * gone. What it needs first it puts on top of itself. Steps, frames, operations and text are bounded: what is beyond is unknown.
 */
#include "baseline/expr_int.h"

#include "base/limits.h"

enum frame_kind {
    RUN,    /* operations of one expression           */
    MEMO,   /* keeps the value of a parameter/variable */
    LOOP,   /* `copy` of a property: waits for its count */
    DEEP,   /* reduces the elements of an argument     */
    LAMBDAS /* map, filter, toObject                   */
};

struct gh_frame {
    uint8_t kind; /* enum frame_kind */
    uint8_t special;
    uint8_t phase;   /* LAMBDAS: which lambda runs */
    bool is_waiting; /* a value for it is on the stack */
    bool is_secret;  /* MEMO: whatever comes is secret */
    bool owns_ops;   /* RUN: its operations end with it */
    const struct gh_env *env;
    const struct gh_doc *doc; /* RUN: where the expression stands; LOOP: the element */
    gh_json_ref node;
    uint32_t pc, to, from;
    struct gh_memo *memo;
    struct gh_str sym;
    uint32_t it, slot;
    struct gh_made *out;
    struct gh_value source, current, key;
    struct gh_made *lambda[2];
};

static const char no_memory[] = "out of memory";

/* ---- stacks ---- */

static void
push(struct gh_eval *ev, struct gh_value v)
{
    uint32_t cap = ev->cap_stack == 0 ? 64 : ev->cap_stack * 2;
    struct gh_value *more;

    if (ev->n_stack == ev->cap_stack) {
        if ((more = gh_arena_take_array(ev->a, cap, sizeof *more)) == NULL) {
            ev->rc = GH_NOMEM;
            return;
        }
        if (ev->n_stack > 0)
            memcpy(more, ev->stack, ev->n_stack * sizeof *more);
        ev->stack = more;
        ev->cap_stack = cap;
    }
    ev->stack[ev->n_stack++] = v;
}

static struct gh_value
pop(struct gh_eval *ev)
{
    if (ev->n_stack == 0)
        return gh_value_unknown(no_memory, GH_NO_TEXT);
    return ev->stack[--ev->n_stack];
}

static void
push_unknown(struct gh_eval *ev, const char *why)
{
    push(ev, gh_value_unknown(why, GH_NO_TEXT));
}

/* Room for one more frame; NULL: the value on the stack says why there is none. */
static struct gh_frame *
enter(struct gh_eval *ev, enum frame_kind kind, const struct gh_env *env)
{
    uint32_t cap = ev->cap_frame == 0 ? 16 : ev->cap_frame * 2;
    struct gh_frame *more;

    if (ev->n_frame == GH_EXPR_FRAMES_MAX) {
        push_unknown(ev, "expressions that lead to one another more deeply than allowed");
        return NULL;
    }
    if (ev->n_frame == ev->cap_frame) {
        if ((more = gh_arena_take_array(ev->a, cap, sizeof *more)) == NULL) {
            ev->rc = GH_NOMEM;
            push_unknown(ev, no_memory);
            return NULL;
        }
        if (ev->n_frame > 0)
            memcpy(more, ev->frame, ev->n_frame * sizeof *more);
        ev->frame = more;
        ev->cap_frame = cap;
    }
    more = &ev->frame[ev->n_frame++];
    *more = (struct gh_frame){.kind = (uint8_t)kind, .env = env, .node = GH_JSON_NO};
    return more;
}

static struct gh_frame *
top(struct gh_eval *ev)
{
    return &ev->frame[ev->n_frame - 1];
}

static void
leave(struct gh_eval *ev)
{
    struct gh_frame *f = top(ev);

    if (f->kind == RUN && f->owns_ops)
        ev->n_op = f->from;
    ev->n_frame--;
}

/* A value that will be on the stack: at once, or when a new frame is through. */
static void
demand(struct gh_eval *ev, struct gh_value v)
{
    uint32_t from = ev->n_op;
    const char *why;
    struct gh_frame *f;

    if (v.kind != GH_VALUE_LAZY) {
        push(ev, v);
        return;
    }
    if (!gh_expr_read(ev, v.doc == NULL ? v.s : gh_str_sub(v.s, 1, v.s.n - 2), &why)) {
        push_unknown(ev, why);
        return;
    }
    if ((f = enter(ev, RUN, v.env)) == NULL) {
        ev->n_op = from;
        return;
    }
    f->owns_ops = true;
    f->pc = f->from = from;
    f->to = ev->n_op;
    f->doc = v.doc;
    f->node = v.node;
}

/* ---- parameters and variables ---- */

static struct gh_str
symbol(struct gh_eval *ev, const char *kind, struct gh_str name, uint32_t id)
{
    struct gh_buf b;

    gh_buf_init(&b, ev->a, 512);
    gh_buf_putz(&b, kind);
    gh_buf_putz(&b, "('");
    gh_buf_put(&b, gh_str_sub(name, 0, 128));
    gh_buf_putz(&b, "')");
    if (id > 0) {
        gh_buf_putz(&b, "#");
        gh_buf_put_u64(&b, id);
    }
    if (b.rc == GH_NOMEM)
        ev->rc = GH_NOMEM;
    return gh_buf_str(&b);
}

/* The number of a member among its siblings, for its place in the memo. */
static uint32_t
ordinal(const struct gh_json *j, gh_json_ref object, gh_json_ref member)
{
    uint32_t n = 0;

    for (gh_json_ref m = gh_json_first(j, object); m != GH_JSON_NO && m != member; m = gh_json_next(j, object, m))
        n++;
    return n;
}

static uint32_t
count(const struct gh_json *j, gh_json_ref object)
{
    return ordinal(j, object, GH_JSON_NO);
}

/* What was kept, or a frame that keeps what will come. True: it is to be reduced now. */
static bool
remember(struct gh_eval *ev, const struct gh_env *env, uint32_t slot, const char *kind, struct gh_str name, bool is_secret)
{
    struct gh_memo *memo = slot < env->scope->n_memo ? &env->scope->memo[slot] : NULL;
    struct gh_frame *f;

    if (memo != NULL && memo->state == 2) {
        push(ev, memo->value);
        return false;
    }
    if (memo != NULL && memo->state == 1) {
        push_unknown(ev, "it leads back to itself");
        return false;
    }
    if ((f = enter(ev, MEMO, env)) == NULL)
        return false;
    if (memo != NULL)
        memo->state = 1;
    f->memo = memo;
    f->is_secret = is_secret;
    f->sym = symbol(ev, kind, name, env->scope->id);
    return true;
}

static void
step_memo(struct gh_eval *ev)
{
    struct gh_frame *f = top(ev);
    struct gh_value v = pop(ev);

    v.is_secret |= f->is_secret;
    if (v.kind == GH_VALUE_UNKNOWN && v.s.n == 0)
        v.s = f->sym;
    if (f->memo != NULL) {
        f->memo->value = v;
        f->memo->state = 2;
    }
    leave(ev);
    push(ev, v);
}

static struct gh_value
raw(struct gh_eval *ev, struct gh_value object, const char *name)
{
    gh_json_ref copy;

    return gh_expr_member(ev, &copy, object, gh_str_z(name));
}

/* What a parameter is bound to: a parameter file's or a deployment's value, its default, or nothing. */
static struct gh_value
parameter_source(struct gh_eval *ev, const struct gh_scope *scope, struct gh_value declared, struct gh_str name)
{
    gh_json_ref copy;
    struct gh_value bound = gh_expr_member(ev, &copy, scope->bound, name), v;

    if (bound.kind == GH_VALUE_UNKNOWN || bound.kind == GH_VALUE_LAZY)
        return gh_value_unknown("a parameter that is given by an expression", GH_NO_TEXT);
    if (bound.kind == GH_VALUE_OBJECT) {
        v = raw(ev, bound, "value");
        if (v.kind != GH_VALUE_ABSENT)
            return v;
        v = gh_value_unknown("a parameter whose value comes from a key vault", GH_NO_TEXT);
        v.is_secret = true;
        return v;
    }
    v = raw(ev, declared, "defaultValue");
    if (v.kind != GH_VALUE_ABSENT)
        return v;
    if (scope->outer != NULL && gh_value_is(raw(ev, declared, "nullable"), GH_STR("true")) == GH_TRUTH_TRUE)
        return (struct gh_value){.kind = GH_VALUE_NULL, .node = GH_JSON_NO};
    return gh_value_unknown("a parameter without a value", GH_NO_TEXT);
}

static void
call_parameters(struct gh_eval *ev, const struct gh_env *env, struct gh_value name)
{
    const struct gh_scope *scope = env->scope;
    struct gh_value section = gh_expr_lazy(ev, scope->doc, scope->parameters, scope->base), declared;
    gh_json_ref copy;
    bool is_secret;

    if (name.kind != GH_VALUE_STR || name.is_opaque) {
        push_unknown(ev, "a parameter whose name is not known");
        return;
    }
    ev->steps += scope->n_memo / 4; /* they are looked through one by one */
    if (scope->is_function) {
        struct gh_value v = gh_expr_member(ev, &copy, scope->bound, name.s);
        demand(ev, v.kind == GH_VALUE_ABSENT ? gh_value_unknown("a parameter that is not declared", GH_NO_TEXT) : v);
        return;
    }
    declared = gh_expr_member(ev, &copy, section, name.s);
    if (declared.kind != GH_VALUE_OBJECT) {
        push_unknown(ev, "a parameter that is not declared");
        return;
    }
    is_secret = gh_value_is_one(raw(ev, declared, "type"), GH_STR("secureString|secureObject")) == GH_TRUTH_TRUE;
    if (remember(ev, scope->base, ordinal(&scope->doc->json, scope->parameters, declared.node), "parameters", name.s, is_secret))
        demand(ev, parameter_source(ev, scope, declared, name.s));
}

static void enter_loop(struct gh_eval *ev, struct gh_value object, gh_json_ref copy);

static void
call_variables(struct gh_eval *ev, const struct gh_env *env, struct gh_value name)
{
    const struct gh_scope *scope = env->scope;
    struct gh_value section = gh_expr_lazy(ev, scope->doc, scope->variables, scope->base), v;
    uint32_t slot;
    gh_json_ref copy;

    if (name.kind != GH_VALUE_STR || name.is_opaque) {
        push_unknown(ev, "a variable whose name is not known");
        return;
    }
    ev->steps += scope->n_memo / 4;
    v = gh_expr_member(ev, &copy, section, name.s);
    if (copy != GH_JSON_NO) {
        enter_loop(ev, section, copy);
        return;
    }
    if (v.kind == GH_VALUE_ABSENT || v.kind == GH_VALUE_UNKNOWN) {
        push_unknown(ev, "a variable that is not declared");
        return;
    }
    if (v.kind != GH_VALUE_LAZY) {
        push(ev, v);
        return;
    }
    slot = count(&scope->doc->json, scope->parameters) + ordinal(&scope->doc->json, scope->variables, v.node);
    if (remember(ev, scope->base, slot, "variables", name.s, false))
        demand(ev, v);
}

static struct gh_value
lambda_variable(const struct gh_env *env, struct gh_value name)
{
    for (const struct gh_env *e = env; e != NULL; e = e->up)
        if (e->is_lambda && name.kind == GH_VALUE_STR && gh_str_eq_ci(e->name, name.s))
            return e->value;
    return gh_value_unknown("a lambda's variable that is not there", GH_NO_TEXT);
}

/* ---- loops of properties ---- */

static void
enter_loop(struct gh_eval *ev, struct gh_value object, gh_json_ref copy)
{
    struct gh_frame *f = enter(ev, LOOP, object.env);

    if (f == NULL)
        return;
    f->doc = object.doc;
    f->node = copy;
    demand(ev, raw(ev, gh_expr_lazy(ev, object.doc, copy, object.env), "count"));
}

/* One element for each turn, not yet reduced. */
static struct gh_value
turns(struct gh_eval *ev, struct gh_value element, int64_t n)
{
    struct gh_value name = raw(ev, element, "name"), input = raw(ev, element, "input");
    struct gh_made *made = gh_fn_made(ev, (uint32_t)n);
    struct gh_env *env = gh_arena_take_array(ev->a, (size_t)n, sizeof *env);

    if (made == NULL || env == NULL) {
        ev->rc = GH_NOMEM;
        return gh_value_unknown(no_memory, GH_NO_TEXT);
    }
    for (int64_t i = 0; i < n; i++) {
        env[i] = (struct gh_env){.scope = element.env->scope, .up = element.env, .name = name.s, .index = i, .is_property = true};
        made->member[made->n++].value = gh_expr_lazy(ev, element.doc, input.node, &env[i]);
    }
    return gh_fn_array(made);
}

static void
step_loop(struct gh_eval *ev)
{
    struct gh_frame *f = top(ev);
    struct gh_value n_turns = pop(ev), element = gh_expr_lazy(ev, f->doc, f->node, f->env);
    int64_t n;

    leave(ev);
    if (gh_value_number(&n, n_turns) != GH_TRUTH_TRUE || n < 0 || n > GH_BASELINE_COPIES_MAX)
        push_unknown(ev, "a loop whose number of turns is not known");
    else
        push(ev, turns(ev, element, n));
}

/* ---- arguments whose elements are wanted ---- */

static void
enter_deep(struct gh_eval *ev, uint32_t slot)
{
    struct gh_value v = ev->stack[slot];
    struct gh_made *made;
    struct gh_frame *f;

    if (ev->n_frame == GH_EXPR_FRAMES_MAX) { /* checked here: enter() would put its reason behind the arguments */
        ev->stack[slot] = gh_value_unknown("expressions that lead to one another more deeply than allowed", GH_NO_TEXT);
        return;
    }
    if ((made = gh_fn_made(ev, gh_fn_count(v))) == NULL || (f = enter(ev, DEEP, NULL)) == NULL)
        return;
    if (v.made != NULL) {
        made->is_open = v.made->is_open;
        made->why = v.made->why;
        made->sym = v.made->sym;
    } else {
        made->sym = gh_expr_sym(ev, v);
    }
    f->out = made;
    f->slot = slot;
    f->source = v;
}

static void
step_deep(struct gh_eval *ev)
{
    struct gh_frame *f = top(ev);
    struct gh_value v;
    struct gh_str key;

    if (f->is_waiting)
        f->out->member[f->out->n++].value = pop(ev);
    f->is_waiting = gh_expr_next(&v, &key, ev, f->source, &f->it);
    if (f->is_waiting) {
        f->out->member[f->out->n].key = key;
        demand(ev, v);
        return;
    }
    f->out->is_reduced = true;
    v = f->source;
    v.made = f->out;
    ev->stack[f->slot] = v;
    leave(ev);
}

/* ---- lambdas ---- */

static void
enter_lambdas(struct gh_eval *ev, const struct gh_env *env, uint8_t special, uint32_t argc)
{
    struct gh_value arg[3] = {{.kind = GH_VALUE_ABSENT}, {.kind = GH_VALUE_ABSENT}, {.kind = GH_VALUE_ABSENT}};
    struct gh_made *made;
    struct gh_frame *f;

    for (uint32_t i = argc; i-- > 0;)
        arg[i] = pop(ev);
    if ((arg[0].kind != GH_VALUE_ARRAY) || arg[1].kind != GH_VALUE_LAMBDA || (argc > 2 && arg[2].kind != GH_VALUE_LAMBDA)) {
        push_unknown(ev, arg[0].kind == GH_VALUE_UNKNOWN ? arg[0].why : "a lambda over something that is no array");
        return;
    }
    if ((made = gh_fn_made(ev, gh_fn_count(arg[0]))) == NULL) {
        push_unknown(ev, no_memory);
        return;
    }
    made->is_open = gh_expr_is_open(arg[0]);
    made->why = "elements that are not known";
    if ((f = enter(ev, LAMBDAS, env)) == NULL)
        return;
    f->special = special;
    f->out = made;
    f->source = arg[0];
    for (uint32_t i = 1; i < argc; i++) {
        union {
            const struct gh_made *given;
            struct gh_made *kept;
        } u = {arg[i].made}; /* the machine made it */
        f->lambda[i - 1] = u.kept;
    }
}

/* Runs the body for an element: its name, and the number of the turn if it has a second one. */
static void
run_lambda(struct gh_eval *ev, struct gh_frame *f, const struct gh_made *lambda)
{
    struct gh_str rest = lambda->names, name;
    struct gh_value values[2] = {f->current, gh_value_int((int64_t)f->slot)};
    const struct gh_env *env = lambda->env;
    uint32_t from = lambda->from, to = lambda->to;

    for (size_t i = 0; i < 2 && gh_str_cut(&name, &rest, '\''); i++) {
        struct gh_env *e = gh_arena_take(ev->a, sizeof *e);
        if (e == NULL) {
            ev->rc = GH_NOMEM;
            push_unknown(ev, no_memory);
            return;
        }
        *e = (struct gh_env){.scope = env->scope, .up = env, .name = name, .is_lambda = true, .value = values[i]};
        env = e;
        (void)gh_str_cut(&name, &rest, '\''); /* ', ' between the quotes */
    }
    if ((f = enter(ev, RUN, env)) == NULL)
        return;
    f->pc = f->from = from;
    f->to = to;
}

static void
take_answer(struct gh_frame *f, struct gh_value v)
{
    struct gh_member *m = &f->out->member[f->out->n];
    enum gh_truth keeps = GH_TRUTH_TRUE;

    if (f->special == GH_FN_FILTER) {
        keeps = gh_value_is(v, GH_STR("true"));
        v = f->current;
    }
    if (f->special == GH_FN_TO_OBJECT && (f->key.kind != GH_VALUE_STR || f->key.is_opaque))
        keeps = GH_TRUTH_UNKNOWN;
    if (keeps == GH_TRUTH_TRUE) {
        m->value = v;
        m->key = f->key.s;
        f->out->n++;
    }
    f->out->is_open |= keeps == GH_TRUTH_UNKNOWN;
}

static void
step_lambdas(struct gh_eval *ev)
{
    struct gh_frame *f = top(ev);
    struct gh_value v;

    if (f->is_waiting) {
        v = pop(ev);
        if (f->special == GH_FN_TO_OBJECT && f->phase == 0) {
            f->key = v;
            f->phase = 1;
            v = f->current;
            if (f->lambda[1] != NULL) {
                run_lambda(ev, f, f->lambda[1]);
                return;
            }
        }
        f->phase = 0;
        take_answer(f, v);
        f->slot++;
    }
    f->is_waiting = gh_expr_next(&f->current, NULL, ev, f->source, &f->it);
    if (f->is_waiting) {
        run_lambda(ev, f, f->lambda[0]);
        return;
    }
    v = f->special == GH_FN_TO_OBJECT ? gh_fn_object(f->out) : gh_fn_array(f->out);
    leave(ev);
    push(ev, v);
}

/* ---- the template's own functions ---- */

/* The object of function NS.NAME in the section `functions`. */
static struct gh_value
find_function(struct gh_eval *ev, const struct gh_scope *scope, struct gh_str name)
{
    struct gh_value list = gh_expr_lazy(ev, scope->doc, scope->functions, scope->base), group;
    struct gh_str ns;
    gh_json_ref copy;
    uint32_t it = 0;

    (void)gh_str_cut(&ns, &name, '.');
    while (gh_expr_next(&group, NULL, ev, list, &it))
        if (gh_value_is(raw(ev, group, "namespace"), ns) == GH_TRUTH_TRUE)
            return gh_expr_member(ev, &copy, raw(ev, group, "members"), name);
    return (struct gh_value){.node = GH_JSON_NO};
}

/* A scope that sees nothing but the arguments, and other functions. */
static struct gh_env *
function_env(struct gh_eval *ev, const struct gh_scope *outer, struct gh_made *bound)
{
    struct gh_scope *scope = gh_arena_take(ev->a, sizeof *scope);
    struct gh_env *env = gh_arena_take(ev->a, sizeof *env);

    if (scope == NULL || env == NULL)
        return NULL;
    *scope = (struct gh_scope){.doc = outer->doc,
        .base = env,
        .root = outer->root,
        .parameters = GH_JSON_NO,
        .variables = GH_JSON_NO,
        .functions = outer->functions,
        .bound = gh_fn_object(bound),
        .outer = outer->outer,
        .id = outer->id,
        .is_function = true};
    env->scope = scope;
    return env;
}

/* False: it is none of the template's. */
static bool
call_own(struct gh_eval *ev, struct gh_call *c)
{
    struct gh_value f, parameters, p;
    struct gh_made *bound;
    struct gh_env *env;
    uint32_t it = 0;

    if (gh_str_chr(c->name, '.') == SIZE_MAX || (f = find_function(ev, c->env->scope, c->name)).kind != GH_VALUE_OBJECT)
        return false;
    if ((bound = gh_fn_made(ev, c->n)) == NULL)
        return false;
    parameters = raw(ev, f, "parameters");
    for (uint32_t i = 0; i < c->n && gh_expr_next(&p, NULL, ev, parameters, &it); i++)
        bound->member[bound->n++] = (struct gh_member){raw(ev, p, "name").s, c->arg[i]};
    if ((env = function_env(ev, c->env->scope, bound)) == NULL) {
        ev->rc = GH_NOMEM;
        return false;
    }
    f = raw(ev, f, "output");
    f.env = env;
    ev->n_stack -= c->n;
    demand(ev, raw(ev, f, "value"));
    return true;
}

/* ---- operations ---- */

/* An element by number, a member by name. */
static void
get(struct gh_eval *ev)
{
    struct gh_value key = pop(ev), v = pop(ev), out = {.node = GH_JSON_NO}, part[2];
    gh_json_ref copy = GH_JSON_NO;
    uint32_t it = 0;

    if (v.kind == GH_VALUE_ARRAY) {
        bool is_there = key.kind == GH_VALUE_INT && key.n >= 0;
        ev->steps += is_there ? (uint64_t)(key.n < gh_fn_count(v) ? key.n : gh_fn_count(v)) / 4 : 0;
        for (int64_t i = 0; is_there && i <= key.n; i++)
            is_there = gh_expr_next(&out, NULL, ev, v, &it);
        out.is_secret |= v.is_secret;
        demand(ev, is_there ? out : gh_value_unknown("an element that is not known", GH_NO_TEXT));
        return;
    }
    if (v.kind == GH_VALUE_UNKNOWN) { /* its part is as unknown, and as secret */
        part[0] = gh_value_str(v.s);
        part[1] = key;
        v.s = v.s.n == 0 ? v.s : gh_expr_join(ev, part, 2, GH_STR(".")).s;
        push(ev, v);
        return;
    }
    if (key.kind != GH_VALUE_STR || key.is_opaque) {
        push_unknown(ev, "a member whose name is not known");
        return;
    }
    out = gh_expr_member(ev, &copy, v, key.s);
    out.is_secret |= v.is_secret;
    if (copy != GH_JSON_NO)
        enter_loop(ev, v, copy);
    else if (out.kind == GH_VALUE_ABSENT)
        push_unknown(ev, "a member that is not there");
    else
        demand(ev, out);
}

static void
make_lambda(struct gh_eval *ev, struct gh_frame *f, const struct gh_expr_op *op)
{
    struct gh_made *made = gh_fn_made(ev, 0);

    if (made == NULL) {
        push_unknown(ev, no_memory);
        return;
    }
    made->names = op->s;
    made->from = f->pc;
    made->to = op->to;
    made->env = f->env;
    f->pc = op->to;
    push(ev, (struct gh_value){.kind = GH_VALUE_LAMBDA, .made = made, .node = GH_JSON_NO});
}

static bool
is_list_function(struct gh_str name)
{
    return name.n > 4 && gh_str_eq_ci(gh_str_sub(name, 0, 4), GH_STR("list"));
}

static struct gh_value
call_unknown(struct gh_call *c)
{
    bool is_list = is_list_function(c->name);
    struct gh_value v =
        gh_fn_unknown(c, is_list ? "list*() answers only when it is deployed" : "a function that is not reduced here");

    v.is_secret = is_list;
    return v;
}

/* Why an argument keeps the function from being reduced; NULL: it does not. */
static const char *
obstacle(const struct gh_fn *fn, struct gh_value v)
{
    if (v.kind == GH_VALUE_UNKNOWN && (fn->flags & GH_FN_UNKNOWN) == 0)
        return v.why;
    if (v.kind == GH_VALUE_LAMBDA)
        return "a lambda where a value is expected";
    if (v.is_opaque && (fn->flags & GH_FN_OPAQUE) == 0)
        return "a text that is known only in part";
    if (v.made != NULL && v.made->is_open && (fn->flags & GH_FN_UNKNOWN) == 0)
        return v.made->why;
    return NULL;
}

static struct gh_value
call_plain(struct gh_call *c, const struct gh_fn *fn)
{
    struct gh_value v;
    const char *why = NULL;
    bool is_secret = false;

    for (uint32_t i = 0; i < c->n; i++) {
        why = why != NULL ? why : obstacle(fn, c->arg[i]);
        is_secret |= c->arg[i].is_secret;
    }
    v = why != NULL ? gh_fn_unknown(c, why) : fn->fn(c);
    v.is_secret |= is_secret;
    return v;
}

/* True: an argument's elements are reduced first, and the call is made again. */
static bool
goes_deep(struct gh_eval *ev, const struct gh_fn *fn, uint32_t argc)
{
    for (uint32_t i = ev->n_stack - argc; (fn->flags & GH_FN_DEEP) != 0 && i < ev->n_stack; i++) {
        struct gh_value v = ev->stack[i];
        bool is_wanted = v.kind == GH_VALUE_ARRAY || (v.kind == GH_VALUE_OBJECT && (fn->flags & GH_FN_DEEP_OBJECTS) != 0);
        if (!is_wanted || (v.made != NULL && v.made->is_reduced))
            continue;
        enter_deep(ev, i);
        return ev->rc == GH_OK;
    }
    return false;
}

static void
call(struct gh_eval *ev, struct gh_frame *f, const struct gh_expr_op *op)
{
    const struct gh_fn *fn = op->fn;
    struct gh_call c = {ev, f->env, op->s, &ev->stack[ev->n_stack - op->argc], op->argc};
    struct gh_value v;

    if (fn != NULL && (op->argc < fn->min || op->argc > fn->max)) {
        v = gh_fn_unknown(&c, "a function with too few or too many arguments");
    } else if (fn != NULL && goes_deep(ev, fn, op->argc)) {
        return;
    } else if (fn != NULL && (fn->special == GH_FN_MAP || fn->special == GH_FN_FILTER || fn->special == GH_FN_TO_OBJECT)) {
        f->pc++;
        enter_lambdas(ev, f->env, fn->special, op->argc);
        return;
    } else if (fn != NULL && (fn->special == GH_FN_PARAMETERS || fn->special == GH_FN_VARIABLES)) {
        f->pc++;
        v = pop(ev);
        (fn->special == GH_FN_PARAMETERS ? call_parameters : call_variables)(ev, c.env, v);
        return;
    } else if (fn == NULL) {
        f->pc++;
        if (call_own(ev, &c))
            return;
        f = top(ev);
        f->pc--;
        v = call_unknown(&c);
    } else {
        v = fn->special == GH_FN_LAMBDA_VARIABLES ? lambda_variable(f->env, c.arg[0]) : call_plain(&c, fn);
    }
    f->pc++;
    ev->n_stack -= op->argc;
    demand(ev, v);
}

/* What came out of an expression stands where the expression does; only what is written out keeps its own place. */
static void
finish_run(struct gh_eval *ev)
{
    struct gh_frame *f = top(ev);
    struct gh_value *v = &ev->stack[ev->n_stack - 1];

    if (f->doc != NULL && (v->made != NULL || (v->kind != GH_VALUE_ARRAY && v->kind != GH_VALUE_OBJECT))) {
        v->doc = f->doc;
        v->node = f->node;
        v->is_expr = true;
    }
    leave(ev);
}

static void
step_run(struct gh_eval *ev)
{
    struct gh_frame *f = top(ev);
    struct gh_expr_op op;

    if (f->pc == f->to) {
        finish_run(ev);
        return;
    }
    op = ev->op[f->pc];
    switch ((enum gh_op_code)op.code) {
    case GH_OP_TEXT:
        f->pc++;
        push(ev, gh_value_str(op.s));
        return;
    case GH_OP_NUMBER:
        f->pc++;
        push(ev, gh_value_int(op.n));
        return;
    case GH_OP_GET:
        f->pc++;
        get(ev);
        return;
    case GH_OP_LAMBDA:
        f->pc++;
        make_lambda(ev, f, &op);
        return;
    case GH_OP_CALL:
        call(ev, f, &op);
        return;
    }
}

static void (*const steps[])(struct gh_eval *ev) = {
    [RUN] = step_run, [MEMO] = step_memo, [LOOP] = step_loop, [DEEP] = step_deep, [LAMBDAS] = step_lambdas};

/* Until what was demanded is there. Everything is given up when the steps are used up, or memory. */
static struct gh_value
run(struct gh_eval *ev)
{
    struct gh_value v;

    while (ev->n_frame > 0 && ev->rc == GH_OK && ev->steps < GH_EXPR_STEPS_MAX) {
        ev->steps++;
        steps[top(ev)->kind](ev);
    }
    v = ev->n_frame > 0 || ev->rc != GH_OK
            ? gh_value_unknown(ev->rc != GH_OK ? no_memory : "expressions that take more steps than allowed", GH_NO_TEXT)
            : pop(ev);
    ev->n_frame = ev->n_stack = ev->n_op = 0;
    return v;
}

struct gh_value
gh_expr_force(struct gh_eval *ev, struct gh_value v)
{
    struct gh_value out;

    if (v.kind != GH_VALUE_LAZY)
        return v;
    demand(ev, v);
    out = run(ev);
    if (out.kind == GH_VALUE_UNKNOWN && out.doc == NULL) {
        out.doc = v.doc;
        out.node = v.node;
    }
    return out;
}

struct gh_value
gh_expr_copied(struct gh_eval *ev, struct gh_value object, gh_json_ref copy)
{
    enter_loop(ev, object, copy);
    return run(ev);
}

struct gh_value
gh_expr_text(struct gh_eval *ev, struct gh_str text, const struct gh_env *env)
{
    return gh_expr_force(ev, (struct gh_value){.kind = GH_VALUE_LAZY, .s = text, .env = env, .node = GH_JSON_NO});
}
