/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/conditional_filter.h"

#include "base/buf.h"
#include "base/limits.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/*
 * A step is one byte and what belongs to it: '&' '|' '!' alone; a comparison is '?', attribute, operator, and its values with a NUL behind each.
 * Attribute and operator are digits from '0' on.
 */
enum op { OP_EQ = 0, OP_NE, OP_STARTS, OP_NOT_STARTS, OP_CONTAINS, OP_NOT_CONTAINS, OP_IN, OP_NOT_IN, OP_N };

static const char *const ops[OP_N] = {"-eq", "-ne", "-startswith", "-notstartswith", "-contains", "-notcontains", "-in", "-notin"};
static const char *const attributes[GH_COND_DEVICE_N] = {[GH_COND_DEVICE_COMPLIANT] = "device.iscompliant",
    [GH_COND_DEVICE_TRUST] = "device.trusttype",
    [GH_COND_DEVICE_ID] = "device.deviceid"};

/* ---- reading: operators wait on a stack until what they join has been written (the shunting yard) ---- */

struct reader {
    struct gh_str text;
    size_t at;
    struct gh_arena *arena;
    struct gh_str *steps;
    size_t n_steps;
    char waiting[GH_COND_FILTER_MAX]; /* '&' '|' '!' '(' */
    size_t n_waiting;
    struct gh_err *err;
};

static enum gh_rc
bad(const struct reader *r, const char *what)
{
    return gh_fail(r->err, GH_BAD, (uint32_t)r->at, what);
}

static void
skip_space(struct reader *r)
{
    while (r->at < r->text.n &&
           (r->text.p[r->at] == ' ' || r->text.p[r->at] == '\t' || r->text.p[r->at] == '\n' || r->text.p[r->at] == '\r'))
        r->at++;
}

static bool
is_word_end(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '(' || c == ')' || c == '[' || c == ']' || c == ',' || c == '"';
}

static struct gh_str
peek_word(struct reader *r)
{
    size_t n = r->at;

    while (n < r->text.n && !is_word_end(r->text.p[n]))
        n++;
    return gh_str_sub(r->text, r->at, n - r->at);
}

static bool
take(struct reader *r, char c)
{
    skip_space(r);
    if (r->at == r->text.n || r->text.p[r->at] != c)
        return false;
    r->at++;
    return true;
}

static bool
take_word(struct reader *r, const char *word)
{
    skip_space(r);
    struct gh_str w = peek_word(r);
    if (!gh_str_eq_ci(w, gh_str_z(word)))
        return false;
    r->at += w.n;
    return true;
}

static enum gh_rc
add_step(struct reader *r, struct gh_str step)
{
    if (r->n_steps == GH_COND_FILTER_MAX)
        return gh_fail(r->err, GH_LIMIT, (uint32_t)r->at, "too many comparisons in a device filter");
    r->steps[r->n_steps++] = step;
    return GH_OK;
}

static struct gh_str
operator_step(char c)
{
    return c == '&' ? GH_STR("&") : c == '|' ? GH_STR("|") : GH_STR("!");
}

static enum gh_rc
wait_for(struct reader *r, char c)
{
    if (r->n_waiting == sizeof(r->waiting))
        return gh_fail(r->err, GH_LIMIT, (uint32_t)r->at, "a device filter is nested too deeply");
    r->waiting[r->n_waiting++] = c;
    return GH_OK;
}

/* Those that bind at least as strongly as `c` go out: '!' before '&' before '|'. */
static enum gh_rc
settle(struct reader *r, char c)
{
    static const char order[] = "(|&!";
    enum gh_rc rc = GH_OK;

    while (rc == GH_OK && r->n_waiting > 0 && strchr(order, r->waiting[r->n_waiting - 1]) >= strchr(order, c) &&
           r->waiting[r->n_waiting - 1] != '(')
        rc = add_step(r, operator_step(r->waiting[--r->n_waiting]));
    return rc;
}

/* "text", True, False, or a list of these where the operator takes one. */
static enum gh_rc
read_value(struct reader *r, struct gh_buf *out)
{
    struct gh_str word;

    if (take(r, '"')) {
        size_t end = gh_str_chr(gh_str_sub(r->text, r->at, SIZE_MAX), '"');
        if (end == SIZE_MAX)
            return bad(r, "a text of a device filter has no end");
        word = gh_str_sub(r->text, r->at, end);
        r->at += end + 1;
    } else {
        word = peek_word(r);
        if (!gh_str_eq_ci(word, GH_STR("true")) && !gh_str_eq_ci(word, GH_STR("false")))
            return bad(r, "a value of a device filter is a text in quotes, True or False");
        r->at += word.n;
    }
    if (word.n == 0 || gh_str_chr(word, '\0') != SIZE_MAX)
        return bad(r, "a value of a device filter is empty");
    gh_buf_put(out, word);
    gh_buf_putc(out, '\0');
    return out->rc;
}

static enum gh_rc
read_list(struct reader *r, struct gh_buf *out)
{
    enum gh_rc rc;

    if (!take(r, '['))
        return bad(r, "-in and -notIn of a device filter need a list in brackets");
    do {
        skip_space(r);
        if ((rc = read_value(r, out)) != GH_OK)
            return rc;
    } while (take(r, ','));
    return take(r, ']') ? GH_OK : bad(r, "a list of a device filter has no end");
}

static enum gh_rc
read_comparison(struct reader *r)
{
    struct gh_buf out;
    size_t attribute = 0, op = 0;
    enum gh_rc rc;

    while (attribute < GH_COND_DEVICE_N && !take_word(r, attributes[attribute]))
        attribute++;
    if (attribute == GH_COND_DEVICE_N)
        return bad(r, "a device filter knows device.isCompliant, device.trustType and device.deviceId alone");
    while (op < OP_N && !take_word(r, ops[op]))
        op++;
    if (op == OP_N)
        return bad(r, "an operator of a device filter is not known");
    gh_buf_init(&out, r->arena, r->text.n + 8);
    gh_buf_putc(&out, '?');
    gh_buf_putc(&out, (char)('0' + attribute));
    gh_buf_putc(&out, (char)('0' + op));
    skip_space(r);
    rc = op == OP_IN || op == OP_NOT_IN ? read_list(r, &out) : read_value(r, &out);
    return rc == GH_OK ? add_step(r, gh_buf_str(&out)) : rc;
}

/* Up to and with one comparison: what may stand before it. */
static enum gh_rc
read_operand(struct reader *r)
{
    enum gh_rc rc = GH_OK;

    for (;;) {
        if (take(r, '('))
            rc = wait_for(r, '(');
        else if (take_word(r, "-not"))
            rc = wait_for(r, '!');
        else
            return read_comparison(r);
        if (rc != GH_OK)
            return rc;
    }
}

static enum gh_rc
close_brackets(struct reader *r)
{
    enum gh_rc rc;

    while (take(r, ')')) {
        if ((rc = settle(r, '|')) != GH_OK)
            return rc;
        if (r->n_waiting == 0)
            return bad(r, "a bracket of a device filter was never opened");
        r->n_waiting--;
    }
    return GH_OK;
}

static enum gh_rc
read_rule(struct reader *r)
{
    enum gh_rc rc;

    for (;;) {
        if ((rc = read_operand(r)) != GH_OK || (rc = close_brackets(r)) != GH_OK)
            return rc;
        skip_space(r);
        if (r->at == r->text.n)
            break;
        char joint = take_word(r, "-and") ? '&' : take_word(r, "-or") ? '|' : '\0';
        if (joint == '\0')
            return bad(r, "-and or -or is expected in a device filter");
        if ((rc = settle(r, joint)) != GH_OK || (rc = wait_for(r, joint)) != GH_OK)
            return rc;
    }
    if ((rc = settle(r, '|')) != GH_OK)
        return rc;
    return r->n_waiting == 0 ? GH_OK : bad(r, "a bracket of a device filter is not closed");
}

enum gh_rc
gh_cond_filter_read(struct gh_str **steps, size_t *n, struct gh_arena *a, struct gh_str rule, struct gh_err *err)
{
    struct reader r = {.text = rule, .arena = a, .err = err};
    enum gh_rc rc;

    *n = 0;
    if ((r.steps = *steps = gh_arena_take_array(a, GH_COND_FILTER_MAX, sizeof(**steps))) == NULL)
        return gh_fail(err, GH_NOMEM, 0, "no memory");
    if ((rc = read_rule(&r)) != GH_OK)
        return rc;
    *n = r.n_steps;
    return GH_OK;
}

/* ---- judging ---- */

static bool
is_one(enum op op, struct gh_str has, struct gh_str value)
{
    if (op == OP_STARTS || op == OP_NOT_STARTS)
        return gh_str_eq_ci(gh_str_sub(has, 0, value.n), value);
    if (op != OP_CONTAINS && op != OP_NOT_CONTAINS)
        return gh_str_eq_ci(has, value);
    for (size_t i = 0; i + value.n <= has.n; i++)
        if (gh_str_eq_ci(gh_str_sub(has, i, value.n), value))
            return true;
    return false;
}

static enum gh_cond_match
compare(struct gh_str step, const struct gh_str *device)
{
    size_t attribute = (size_t)(unsigned char)step.p[1] - '0', op = (size_t)(unsigned char)step.p[2] - '0';
    struct gh_str values = gh_str_sub(step, 3, SIZE_MAX), value;
    bool is_any = false, is_negative = op == OP_NE || op == OP_NOT_STARTS || op == OP_NOT_CONTAINS || op == OP_NOT_IN;

    if (attribute >= GH_COND_DEVICE_N || op >= OP_N || device[attribute].n == 0)
        return GH_COND_UNKNOWN;
    while (!is_any && gh_str_cut(&value, &values, '\0'))
        is_any = value.n > 0 && is_one((enum op)op, device[attribute], value);
    return is_any != is_negative ? GH_COND_YES : GH_COND_NO;
}

static enum gh_cond_match
join(char how, enum gh_cond_match x, enum gh_cond_match y)
{
    enum gh_cond_match decides = how == '&' ? GH_COND_NO : GH_COND_YES;

    if (x == decides || y == decides)
        return decides;
    return x == GH_COND_UNKNOWN || y == GH_COND_UNKNOWN ? GH_COND_UNKNOWN : x;
}

static enum gh_cond_match
opposite(enum gh_cond_match m)
{
    return m == GH_COND_UNKNOWN ? m : m == GH_COND_YES ? GH_COND_NO : GH_COND_YES;
}

enum gh_cond_match
gh_cond_filter_judge(struct gh_str (*step)(void *ctx, size_t i), size_t n, void *ctx, const struct gh_str device[GH_COND_DEVICE_N])
{
    enum gh_cond_match stack[GH_COND_FILTER_MAX];
    size_t depth = 0;

    if (n > GH_COND_FILTER_MAX)
        return GH_COND_UNKNOWN;
    for (size_t i = 0; i < n; i++) {
        struct gh_str s = step(ctx, i);
        char what = s.n == 0 ? '\0' : s.p[0];
        if (what == '?' && s.n > 3)
            stack[depth++] = compare(s, device);
        else if (what == '!' && depth > 0)
            stack[depth - 1] = opposite(stack[depth - 1]);
        else if ((what == '&' || what == '|') && depth > 1)
            depth--, stack[depth - 1] = join(what, stack[depth - 1], stack[depth]);
        else
            return GH_COND_UNKNOWN;
    }
    return depth == 1 ? stack[0] : GH_COND_UNKNOWN;
}
