/* SPDX-License-Identifier: Apache-2.0 */
/*
 * baseline/expr_read: "concat(parameters('a').b[0], 'x')" into operations for the machine, in the order in which they are done.
 *     expression := term ('.' name | '[' expression ']')*
 *     term       := name '(' [expression (',' expression)*] ')' | 'text' | number
 * Open brackets are on a small stack.
 */
#include "baseline/expr_int.h"

#include "base/limits.h"

enum bracket { CALL, INDEX, LAMBDA };

struct open {
    enum bracket bracket;
    struct gh_str name;
    uint8_t argc;
    uint32_t op; /* LAMBDA: its operation, whose end is not known yet */
};

struct reader {
    struct gh_eval *ev;
    struct gh_str s;
    size_t at;
    struct open open[GH_EXPR_DEPTH_MAX];
    uint32_t depth;
    bool is_value; /* a whole term stands behind us */
    const char *why;
};

static bool
fail(struct reader *r, const char *why)
{
    r->why = why;
    return false;
}

static bool
no_memory(struct reader *r)
{
    r->ev->rc = GH_NOMEM;
    return fail(r, "out of memory");
}

static char
peek(struct reader *r)
{
    while (r->at < r->s.n && (r->s.p[r->at] == ' ' || r->s.p[r->at] == '\t' || r->s.p[r->at] == '\n' || r->s.p[r->at] == '\r'))
        r->at++;
    return r->at < r->s.n ? r->s.p[r->at] : '\0';
}

static bool
is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$';
}

static bool
emit(struct reader *r, struct gh_expr_op op)
{
    struct gh_eval *ev = r->ev;
    uint32_t cap = ev->cap_op == 0 ? 256 : ev->cap_op * 2;
    struct gh_expr_op *more;

    if (ev->n_op == ev->cap_op) {
        if (cap > GH_EXPR_OPS_MAX)
            return fail(r, "an expression of more parts than allowed");
        if ((more = gh_arena_take_array(ev->a, cap, sizeof *more)) == NULL)
            return no_memory(r);
        if (ev->n_op > 0)
            memcpy(more, ev->op, ev->n_op * sizeof *more);
        ev->op = more;
        ev->cap_op = cap;
    }
    ev->op[ev->n_op++] = op;
    return true;
}

static bool
push(struct reader *r, struct open o)
{
    if (r->depth == GH_EXPR_DEPTH_MAX)
        return fail(r, "an expression nested more deeply than allowed");
    r->open[r->depth++] = o;
    r->is_value = false;
    return true;
}

/* The reader stands on the quote; two quotes within are one. */
static bool
read_text(struct reader *r, struct gh_str *out)
{
    size_t from = ++r->at, n = 0;
    bool has_quotes = false;
    char *copy;

    for (; r->at < r->s.n; r->at++) {
        if (r->s.p[r->at] != '\'')
            continue;
        if (r->at + 1 == r->s.n || r->s.p[r->at + 1] != '\'')
            break;
        has_quotes = true;
        r->at++;
    }
    if (r->at == r->s.n)
        return fail(r, "an expression whose text does not end");
    *out = gh_str_sub(r->s, from, r->at - from);
    r->at++;
    if (!has_quotes)
        return true;
    if ((copy = gh_arena_take(r->ev->a, out->n)) == NULL)
        return no_memory(r);
    for (size_t i = 0; i < out->n; i++) {
        copy[n++] = out->p[i];
        i += out->p[i] == '\'';
    }
    *out = gh_str(copy, n);
    return true;
}

static struct gh_str
read_name(struct reader *r)
{
    size_t from = r->at;

    while (r->at < r->s.n && is_name(r->s.p[r->at]))
        r->at++;
    return gh_str_sub(r->s, from, r->at - from);
}

static bool
read_number(struct reader *r)
{
    bool is_negative = r->s.p[r->at] == '-';
    struct gh_str digits;
    uint64_t n;

    r->at += is_negative;
    digits = read_name(r);
    if (gh_str_u64(&n, digits, INT64_MAX) != GH_OK)
        return fail(r, "an expression with a number that is none");
    r->is_value = true;
    return emit(r, (struct gh_expr_op){.code = GH_OP_NUMBER, .n = is_negative ? -(int64_t)n : (int64_t)n});
}

/* lambda('x', ['i',] body): the names are taken here, the body becomes operations of its own. */
static bool
open_lambda(struct reader *r)
{
    struct gh_str name, names = {NULL, 0};
    size_t from = 0, n = 0;

    while (peek(r) == '\'') {
        size_t before = r->at;
        if (!read_text(r, &name))
            return false;
        if (peek(r) != ',') { /* that was the body */
            r->at = before;
            break;
        }
        r->at++;
        from = n++ == 0 ? (size_t)(name.p - r->s.p) : from;
        if (n > GH_LAMBDA_NAMES_MAX || name.p < r->s.p || name.p > r->s.p + r->s.n)
            return fail(r, "a lambda whose variables cannot be read");
        names = gh_str_sub(r->s, from, (size_t)(name.p - r->s.p) + name.n - from);
    }
    if (n == 0)
        return fail(r, "a lambda without a variable");
    if (!push(r, (struct open){.bracket = LAMBDA, .op = r->ev->n_op, .argc = 1}))
        return false;
    return emit(r, (struct gh_expr_op){.code = GH_OP_LAMBDA, .s = names});
}

/* A function's name: its bracket must follow. A name with a dot is one of the template's own. */
static bool
read_call(struct reader *r)
{
    size_t from = r->at;
    struct gh_str name = read_name(r);

    if (peek(r) == '.') {
        r->at++;
        (void)peek(r);
        (void)read_name(r);
        name = gh_str_sub(r->s, from, r->at - from);
    }
    if (name.n == 0 || peek(r) != '(')
        return fail(r, "an expression that cannot be read");
    r->at++;
    if (gh_str_eq_ci(name, GH_STR("lambda")))
        return open_lambda(r);
    if (!push(r, (struct open){.bracket = CALL, .name = name, .argc = 1}))
        return false;
    if (peek(r) == ')') {
        r->open[r->depth - 1].argc = 0;
        r->is_value = true;
    }
    return true;
}

static bool
read_term(struct reader *r, char c)
{
    struct gh_expr_op op = {.code = GH_OP_TEXT};

    if (c == '\'') {
        r->is_value = true;
        return read_text(r, &op.s) && emit(r, op);
    }
    if (c == '-' || (c >= '0' && c <= '9'))
        return read_number(r);
    return read_call(r);
}

static bool
close_call(struct reader *r)
{
    struct open o = r->open[r->depth - 1];

    r->at++;
    r->depth--;
    if (o.bracket == LAMBDA) {
        r->ev->op[o.op].to = r->ev->n_op;
        return true;
    }
    return emit(r, (struct gh_expr_op){.code = GH_OP_CALL, .s = o.name, .fn = gh_fn_find(o.name), .argc = o.argc});
}

static bool
read_member(struct reader *r)
{
    struct gh_expr_op op = {.code = GH_OP_TEXT};

    r->at++;
    (void)peek(r);
    op.s = read_name(r);
    if (op.s.n == 0)
        return fail(r, "an expression with a dot and no name");
    return emit(r, op) && emit(r, (struct gh_expr_op){.code = GH_OP_GET});
}

/* What may stand behind a whole term. */
static bool
read_behind(struct reader *r, char c)
{
    struct open *o = r->depth == 0 ? NULL : &r->open[r->depth - 1];

    if (c == '.')
        return read_member(r);
    if (c == '[') {
        r->at++;
        return push(r, (struct open){.bracket = INDEX});
    }
    if (o == NULL)
        return fail(r, "an expression with something behind its end");
    if (c == ']' && o->bracket == INDEX) {
        r->at++;
        r->depth--;
        return emit(r, (struct gh_expr_op){.code = GH_OP_GET});
    }
    if (c == ')' && o->bracket != INDEX)
        return close_call(r);
    if (c == ',' && o->bracket == CALL && o->argc < UINT8_MAX) {
        r->at++;
        o->argc++;
        r->is_value = false;
        return true;
    }
    return fail(r, "an expression that cannot be read");
}

bool
gh_expr_read(struct gh_eval *ev, struct gh_str text, const char **why)
{
    struct reader r;
    uint32_t before = ev->n_op;
    char c;

    r.ev = ev;
    r.s = text;
    r.at = r.depth = 0;
    r.is_value = false;
    r.why = "an expression that ends early";
    while ((c = peek(&r)) != '\0' || r.at < r.s.n) {
        if (r.is_value ? read_behind(&r, c) : read_term(&r, c))
            continue;
        ev->n_op = before;
        *why = r.why;
        return false;
    }
    if (r.depth > 0 || !r.is_value) {
        ev->n_op = before;
        *why = r.why;
        return false;
    }
    return true;
}
