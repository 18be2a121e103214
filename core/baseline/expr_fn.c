/* SPDX-License-Identifier: Apache-2.0 */
/* baseline/expr_fn: the table of functions, what all of them use, and those of logic and numbers. */
#include "baseline/expr_int.h"

#include "base/limits.h"

const struct gh_fn *
gh_fn_find(struct gh_str name)
{
    static const struct gh_fn *const tables[] = {gh_fn_logic, gh_fn_text, gh_fn_list, gh_fn_cloud};

    for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++)
        for (const struct gh_fn *f = tables[t]; f->name.n > 0; f++)
            if (gh_str_eq_ci(f->name, name))
                return f;
    return NULL;
}

struct gh_value
gh_fn_unknown(struct gh_call *c, const char *why)
{
    struct gh_value v = gh_value_unknown(why, GH_NO_TEXT);
    bool has_sym = true;
    struct gh_buf b;

    gh_buf_init(&b, c->ev->a, 4096);
    gh_buf_put(&b, gh_str_sub(c->name, 0, 64));
    gh_buf_putc(&b, '(');
    for (uint32_t i = 0; i < c->n; i++) {
        struct gh_str sym = gh_expr_sym(c->ev, c->arg[i]);
        has_sym &= sym.n > 0;
        if (i > 0)
            gh_buf_putc(&b, ',');
        gh_buf_put(&b, sym);
    }
    gh_buf_putc(&b, ')');
    if (b.rc == GH_NOMEM)
        c->ev->rc = GH_NOMEM;
    if (has_sym)
        v.s = gh_buf_str(&b);
    v.s = gh_expr_sym(c->ev, v);
    return v;
}

struct gh_made *
gh_fn_made(struct gh_eval *ev, uint32_t n)
{
    struct gh_made *made = gh_arena_take(ev->a, sizeof *made);

    if (made == NULL || (made->member = gh_arena_take_array(ev->a, n, sizeof *made->member)) == NULL) {
        ev->rc = GH_NOMEM;
        return NULL;
    }
    return made;
}

struct gh_value
gh_fn_array(struct gh_made *made)
{
    return (struct gh_value){.kind = GH_VALUE_ARRAY, .made = made, .node = GH_JSON_NO};
}

struct gh_value
gh_fn_object(struct gh_made *made)
{
    return (struct gh_value){.kind = GH_VALUE_OBJECT, .made = made, .node = GH_JSON_NO};
}

uint32_t
gh_fn_count(struct gh_value v)
{
    uint32_t n = 0;

    if (v.kind != GH_VALUE_ARRAY && v.kind != GH_VALUE_OBJECT)
        return 0;
    if (v.made != NULL)
        return v.made->n;
    for (gh_json_ref m = gh_json_first(&v.doc->json, v.node); m != GH_JSON_NO; m = gh_json_next(&v.doc->json, v.node, m))
        n++;
    return n;
}

/* ---- logic ---- */

static struct gh_value
from_truth(struct gh_call *c, enum gh_truth t)
{
    return t == GH_TRUTH_UNKNOWN ? gh_fn_unknown(c, "a condition that is not decided") : gh_value_bool(t == GH_TRUTH_TRUE);
}

static enum gh_truth
truth_of(struct gh_value v)
{
    return v.kind == GH_VALUE_INT ? gh_truth(v.n != 0) : gh_value_is(v, GH_STR("true"));
}

static struct gh_value
fn_and(struct gh_call *c)
{
    enum gh_truth all = GH_TRUTH_TRUE, t;

    for (uint32_t i = 0; i < c->n; i++) {
        if ((t = truth_of(c->arg[i])) == GH_TRUTH_FALSE)
            return gh_value_bool(false);
        all = t == GH_TRUTH_UNKNOWN ? t : all;
    }
    return from_truth(c, all);
}

static struct gh_value
fn_or(struct gh_call *c)
{
    enum gh_truth any = GH_TRUTH_FALSE, t;

    for (uint32_t i = 0; i < c->n; i++) {
        if ((t = truth_of(c->arg[i])) == GH_TRUTH_TRUE)
            return gh_value_bool(true);
        any = t == GH_TRUTH_UNKNOWN ? t : any;
    }
    return from_truth(c, any);
}

static struct gh_value
fn_not(struct gh_call *c)
{
    enum gh_truth t = truth_of(c->arg[0]);

    return from_truth(c, t == GH_TRUTH_UNKNOWN ? t : gh_truth(t == GH_TRUTH_FALSE));
}

/* When the condition is not decided, two branches that are the same still tell. */
static struct gh_value
fn_if(struct gh_call *c)
{
    enum gh_truth t = truth_of(c->arg[0]);

    if (t == GH_TRUTH_TRUE)
        return c->arg[1];
    if (t == GH_TRUTH_FALSE)
        return c->arg[2];
    if (gh_value_same(c->arg[1], c->arg[2], false) == GH_TRUTH_TRUE)
        return c->arg[1];
    return gh_fn_unknown(c, c->arg[0].why != NULL ? c->arg[0].why : "a condition that is not decided");
}

static struct gh_value
fn_equals(struct gh_call *c)
{
    struct gh_value a = c->arg[0], b = c->arg[1];

    if ((a.kind == GH_VALUE_ARRAY || a.kind == GH_VALUE_OBJECT) && a.kind == b.kind && gh_value_has_content(a) == GH_TRUTH_FALSE &&
        gh_value_has_content(b) == GH_TRUTH_FALSE)
        return gh_value_bool(true);
    return from_truth(c, gh_value_same(a, b, false));
}

static struct gh_value
fn_coalesce(struct gh_call *c)
{
    for (uint32_t i = 0; i < c->n; i++) {
        if (c->arg[i].kind == GH_VALUE_UNKNOWN)
            return c->n - i == 1 ? c->arg[i] : gh_fn_unknown(c, c->arg[i].why);
        if (gh_value_is_set(c->arg[i]))
            return c->arg[i];
    }
    return (struct gh_value){.kind = GH_VALUE_NULL, .node = GH_JSON_NO};
}

static struct gh_value
fn_true(struct gh_call *c)
{
    (void)c;
    return gh_value_bool(true);
}

static struct gh_value
fn_false(struct gh_call *c)
{
    (void)c;
    return gh_value_bool(false);
}

static struct gh_value
fn_null(struct gh_call *c)
{
    (void)c;
    return (struct gh_value){.kind = GH_VALUE_NULL, .node = GH_JSON_NO};
}

static struct gh_value
fn_bool(struct gh_call *c)
{
    struct gh_value v = c->arg[0];

    if (v.kind == GH_VALUE_BOOL)
        return v;
    if (v.kind == GH_VALUE_INT)
        return gh_value_bool(v.n != 0);
    if (gh_value_is_one(v, GH_STR("true|1")) == GH_TRUTH_TRUE)
        return gh_value_bool(true);
    return gh_value_is_one(v, GH_STR("false|0")) == GH_TRUTH_TRUE ? gh_value_bool(false)
                                                                  : gh_fn_unknown(c, "bool() of another text");
}

/* ---- order: integers by size, texts by their bytes ---- */

static struct gh_value
compare(struct gh_call *c, bool is_less, bool is_equal)
{
    struct gh_value a = c->arg[0], b = c->arg[1];
    int order;

    if (a.kind == GH_VALUE_INT && b.kind == GH_VALUE_INT)
        order = (a.n > b.n) - (a.n < b.n);
    else if (a.kind == GH_VALUE_STR && b.kind == GH_VALUE_STR)
        order = gh_str_cmp(a.s, b.s);
    else
        return gh_fn_unknown(c, "a comparison of what has no order");
    return gh_value_bool(order == 0 ? is_equal : (order < 0) == is_less);
}

static struct gh_value
fn_less(struct gh_call *c)
{
    return compare(c, true, false);
}

static struct gh_value
fn_less_or_equals(struct gh_call *c)
{
    return compare(c, true, true);
}

static struct gh_value
fn_greater(struct gh_call *c)
{
    return compare(c, false, false);
}

static struct gh_value
fn_greater_or_equals(struct gh_call *c)
{
    return compare(c, false, true);
}

/* ---- numbers ---- */

static struct gh_value
calculate(struct gh_call *c, char sign)
{
    int64_t a = c->arg[0].n, b = c->arg[1].n, out = 0;
    bool is_bad = c->arg[0].kind != GH_VALUE_INT || c->arg[1].kind != GH_VALUE_INT;

    if (!is_bad && (sign == '/' || sign == '%'))
        is_bad = b == 0 || (a == INT64_MIN && b == -1);
    if (is_bad)
        return gh_fn_unknown(c, "a calculation with what is no integer, or by zero");
    switch (sign) {
    case '+':
        is_bad = __builtin_add_overflow(a, b, &out);
        break;
    case '-':
        is_bad = __builtin_sub_overflow(a, b, &out);
        break;
    case '*':
        is_bad = __builtin_mul_overflow(a, b, &out);
        break;
    case '/':
        out = a / b;
        break;
    default:
        out = a % b;
        break;
    }
    return is_bad ? gh_fn_unknown(c, "a calculation that is too large") : gh_value_int(out);
}

static struct gh_value
fn_add(struct gh_call *c)
{
    return calculate(c, '+');
}

static struct gh_value
fn_sub(struct gh_call *c)
{
    return calculate(c, '-');
}

static struct gh_value
fn_mul(struct gh_call *c)
{
    return calculate(c, '*');
}

static struct gh_value
fn_div(struct gh_call *c)
{
    return calculate(c, '/');
}

static struct gh_value
fn_mod(struct gh_call *c)
{
    return calculate(c, '%');
}

static struct gh_value
fn_int(struct gh_call *c)
{
    struct gh_value v = c->arg[0];
    bool is_negative = v.kind == GH_VALUE_STR && gh_str_starts(v.s, GH_STR("-"));
    uint64_t n;

    if (v.kind == GH_VALUE_INT)
        return v;
    if (v.kind != GH_VALUE_STR || gh_str_u64(&n, gh_str_sub(v.s, is_negative, SIZE_MAX), INT64_MAX) != GH_OK)
        return gh_fn_unknown(c, "int() of what is no number");
    return gh_value_int(is_negative ? -(int64_t)n : (int64_t)n);
}

/* min and max, of arguments or of one array. */
static struct gh_value
extreme(struct gh_call *c, bool is_max)
{
    const struct gh_made *made = c->n == 1 ? c->arg[0].made : NULL;
    uint32_t n = made != NULL ? made->n : c->n;
    struct gh_value best = {.kind = GH_VALUE_ABSENT};

    for (uint32_t i = 0; i < n; i++) {
        struct gh_value v = made != NULL ? made->member[i].value : c->arg[i];
        if (v.kind != GH_VALUE_INT)
            return gh_fn_unknown(c, "the largest or smallest of what are no integers");
        if (i == 0 || (is_max ? v.n > best.n : v.n < best.n))
            best = v;
    }
    return n == 0 ? gh_fn_unknown(c, "the largest or smallest of nothing") : best;
}

static struct gh_value
fn_min(struct gh_call *c)
{
    return extreme(c, false);
}

static struct gh_value
fn_max(struct gh_call *c)
{
    return extreme(c, true);
}

static struct gh_value
fn_range(struct gh_call *c)
{
    int64_t from = c->arg[0].n, n = c->arg[1].n, last;
    struct gh_made *made;

    if (c->arg[0].kind != GH_VALUE_INT || c->arg[1].kind != GH_VALUE_INT || n < 0 || n > GH_EXPR_RANGE_MAX ||
        __builtin_add_overflow(from, n, &last))
        return gh_fn_unknown(c, "a range that is too long or no range");
    if ((made = gh_fn_made(c->ev, (uint32_t)n)) == NULL)
        return gh_fn_unknown(c, "out of memory");
    for (int64_t i = 0; i < n; i++)
        made->member[made->n++].value = gh_value_int(from + i);
    made->is_reduced = true;
    return gh_fn_array(made);
}

/* copyIndex([name], [offset]): the turn of the loop of that name; without a name, of the resource's. */
static struct gh_value
fn_copy_index(struct gh_call *c)
{
    bool has_name = c->n > 0 && c->arg[0].kind == GH_VALUE_STR;
    int64_t offset = c->n > 0 && c->arg[c->n - 1].kind == GH_VALUE_INT ? c->arg[c->n - 1].n : 0, n;
    const struct gh_env *hit = NULL;

    for (const struct gh_env *e = c->env; e != NULL && hit == NULL; e = e->up) {
        if (e->is_lambda || e->up == NULL)
            continue;
        if (has_name ? gh_str_eq_ci(e->name, c->arg[0].s) : !e->is_property)
            hit = e;
    }
    if (hit == NULL && !has_name)
        for (const struct gh_env *e = c->env; e != NULL && hit == NULL; e = e->up)
            hit = e->is_lambda || e->up == NULL ? NULL : e;
    if (hit == NULL || hit->index == GH_ENV_TURN_UNKNOWN || __builtin_add_overflow(hit->index, offset, &n))
        return gh_fn_unknown(c, "the turn of a loop that is not known");
    return gh_value_int(n);
}

// clang-format off
const struct gh_fn gh_fn_logic[] = {
    {GH_STR_INIT("and"), 1, 255, GH_FN_UNKNOWN | GH_FN_OPAQUE, 0, fn_and},
    {GH_STR_INIT("or"), 1, 255, GH_FN_UNKNOWN | GH_FN_OPAQUE, 0, fn_or},
    {GH_STR_INIT("not"), 1, 1, GH_FN_UNKNOWN | GH_FN_OPAQUE, 0, fn_not},
    {GH_STR_INIT("if"), 3, 3, GH_FN_UNKNOWN | GH_FN_OPAQUE, 0, fn_if},
    {GH_STR_INIT("equals"), 2, 2, GH_FN_UNKNOWN | GH_FN_OPAQUE, 0, fn_equals},
    {GH_STR_INIT("coalesce"), 1, 255, GH_FN_UNKNOWN | GH_FN_OPAQUE, 0, fn_coalesce},
    {GH_STR_INIT("true"), 0, 0, 0, 0, fn_true},
    {GH_STR_INIT("false"), 0, 0, 0, 0, fn_false},
    {GH_STR_INIT("null"), 0, 0, 0, 0, fn_null},
    {GH_STR_INIT("bool"), 1, 1, 0, 0, fn_bool},
    {GH_STR_INIT("less"), 2, 2, 0, 0, fn_less},
    {GH_STR_INIT("lessOrEquals"), 2, 2, 0, 0, fn_less_or_equals},
    {GH_STR_INIT("greater"), 2, 2, 0, 0, fn_greater},
    {GH_STR_INIT("greaterOrEquals"), 2, 2, 0, 0, fn_greater_or_equals},
    {GH_STR_INIT("add"), 2, 2, 0, 0, fn_add},
    {GH_STR_INIT("sub"), 2, 2, 0, 0, fn_sub},
    {GH_STR_INIT("mul"), 2, 2, 0, 0, fn_mul},
    {GH_STR_INIT("div"), 2, 2, 0, 0, fn_div},
    {GH_STR_INIT("mod"), 2, 2, 0, 0, fn_mod},
    {GH_STR_INIT("int"), 1, 1, 0, 0, fn_int},
    {GH_STR_INIT("min"), 1, 255, GH_FN_DEEP, 0, fn_min},
    {GH_STR_INIT("max"), 1, 255, GH_FN_DEEP, 0, fn_max},
    {GH_STR_INIT("range"), 2, 2, 0, 0, fn_range},
    {GH_STR_INIT("copyIndex"), 0, 2, 0, 0, fn_copy_index},
    {GH_STR_INIT("parameters"), 1, 1, 0, GH_FN_PARAMETERS, NULL},
    {GH_STR_INIT("variables"), 1, 1, 0, GH_FN_VARIABLES, NULL},
    {GH_STR_INIT("lambdaVariables"), 1, 1, 0, GH_FN_LAMBDA_VARIABLES, NULL},
    {GH_STR_INIT("map"), 2, 2, 0, GH_FN_MAP, NULL},
    {GH_STR_INIT("filter"), 2, 2, 0, GH_FN_FILTER, NULL},
    {GH_STR_INIT("toObject"), 2, 3, 0, GH_FN_TO_OBJECT, NULL},
    {.name = {NULL, 0}},
};
// clang-format on
