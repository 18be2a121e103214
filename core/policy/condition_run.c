/* SPDX-License-Identifier: Apache-2.0 */
/* Running a program. Every read of it goes through a cursor: what is damaged ends as unknown. */
#include "policy/condition.h"

#include "base/codec.h"
#include "base/cursor.h"
#include "base/guid.h"
#include "policy/condition_attr.h"
#include "policy/condition_int.h"
#include "policy/decide.h"
#include "policy/ranges.h"

/* Operands wait at most one deeper than operators did. */
#define STACK_MAX (GH_CONDITION_DEPTH_MAX + 1)

struct machine {
    struct gh_cursor in;
    const struct gh_question *q;
    bool is_below;
    enum gh_holds stack[STACK_MAX];
    size_t n;
};

/* ---- three values, and what is settled later ---- */

static enum gh_holds
not_(enum gh_holds v)
{
    return v == GH_HOLDS_YES ? GH_HOLDS_NO : v == GH_HOLDS_NO ? GH_HOLDS_YES : v;
}

/* The first of these that is among the two: for AND no, later, unknown; for OR yes, later, unknown. Else what both are. */
static enum gh_holds
join(enum gh_holds a, enum gh_holds b, enum gh_holds wins)
{
    if (a == wins || b == wins)
        return wins;
    if (a == GH_HOLDS_LATER || b == GH_HOLDS_LATER)
        return GH_HOLDS_LATER;
    return a == GH_HOLDS_UNKNOWN ? a : b;
}

static enum gh_holds
truth(bool v)
{
    return v ? GH_HOLDS_YES : GH_HOLDS_NO;
}

/* ---- two values ---- */

/* `*` any run, `?` any character, a backslash takes the next one as it is. At most pattern.n * s.n steps. */
static bool
is_like(struct gh_str p, struct gh_str s, bool is_ci)
{
    size_t i = 0, k = 0, star = SIZE_MAX, back = 0;

    while (k < s.n) {
        bool is_escape = i + 1 < p.n && p.p[i] == '\\';
        struct gh_str one = gh_str_sub(p, i + is_escape, 1), other = gh_str_sub(s, k, 1);

        if (i < p.n && !is_escape && p.p[i] == '*') {
            star = ++i;
            back = k;
        } else if (i < p.n && ((!is_escape && p.p[i] == '?') || (is_ci ? gh_str_eq_ci(one, other) : gh_str_eq(one, other)))) {
            i += 1 + (size_t)is_escape;
            k++;
        } else if (star != SIZE_MAX) {
            i = star;
            k = ++back;
        } else {
            return false;
        }
    }
    while (i < p.n && p.p[i] == '*')
        i++;
    return i == p.n;
}

static enum gh_holds
compare_texts(enum gh_cond_test test, struct gh_str left, struct gh_str right)
{
    struct gh_str head = gh_str_sub(left, 0, right.n);

    switch (test) {
    case GH_TEST_EQUAL:
        return truth(gh_str_eq(left, right));
    case GH_TEST_EQUAL_CI:
        return truth(gh_str_eq_ci(left, right));
    case GH_TEST_LIKE:
    case GH_TEST_LIKE_CI:
        return truth(is_like(right, left, test == GH_TEST_LIKE_CI));
    case GH_TEST_STARTS:
        return truth(gh_str_eq(head, right));
    case GH_TEST_STARTS_CI:
        return truth(gh_str_eq_ci(head, right));
    case GH_TEST_LESS:
    case GH_TEST_LESS_EQUAL:
    case GH_TEST_GREATER:
    case GH_TEST_GREATER_EQUAL:
    case GH_TEST_WITHIN:
        break;
    }
    return GH_HOLDS_UNKNOWN;
}

static enum gh_holds
compare_numbers(enum gh_cond_test test, int64_t left, int64_t right)
{
    switch (test) {
    case GH_TEST_EQUAL:
        return truth(left == right);
    case GH_TEST_LESS:
        return truth(left < right);
    case GH_TEST_LESS_EQUAL:
        return truth(left <= right);
    case GH_TEST_GREATER:
        return truth(left > right);
    case GH_TEST_GREATER_EQUAL:
        return truth(left >= right);
    case GH_TEST_EQUAL_CI:
    case GH_TEST_LIKE:
    case GH_TEST_LIKE_CI:
    case GH_TEST_STARTS:
    case GH_TEST_STARTS_CI:
    case GH_TEST_WITHIN:
        break;
    }
    return GH_HOLDS_UNKNOWN;
}

static enum gh_holds
compare(const struct gh_cond_operator *op, struct gh_str left, struct gh_str right)
{
    struct gh_cursor l = gh_cursor(left), r = gh_cursor(right);
    uint64_t a, b;
    enum gh_holds v = GH_HOLDS_UNKNOWN;

    switch (op->kind) {
    case GH_KIND_STRING:
    case GH_KIND_GUID:
        v = compare_texts(op->test, left, right);
        break;
    case GH_KIND_BOOL:
        v = left.n == 1 && right.n == 1 ? truth(left.p[0] == right.p[0]) : GH_HOLDS_UNKNOWN;
        break;
    case GH_KIND_NUMBER:
    case GH_KIND_TIME:
        if (left.n == 8 && right.n == 8 && gh_cursor_le64(&a, &l) == GH_OK && gh_cursor_le64(&b, &r) == GH_OK)
            v = compare_numbers(op->test, (int64_t)a, (int64_t)b);
        break;
    case GH_KIND_IP:
        if (left.n == 16 && right.n % GH_RANGE_BYTES == 0)
            v = truth(gh_ranges_have(right, (const uint8_t *)left.p));
        break;
    case GH_KIND_COUNT:
        break;
    }
    return op->is_negated ? not_(v) : v;
}

/* ---- the two sides ---- */

/* Values of an attribute, or literals as they stand in the program. */
struct side {
    struct gh_cond_values values;
    struct gh_cursor literals;
    bool is_literal;
    size_t n;
};

/* Value number `i`; of literals they come one behind the other from `*c` on. */
static bool
value_at(struct gh_str *out, const struct side *s, struct gh_cursor *c, size_t i)
{
    uint16_t n;

    if (s->is_literal)
        return gh_cursor_le16(&n, c) == GH_OK && gh_cursor_bytes(out, c, n) == GH_OK;
    *out = s->values.v[i];
    return true;
}

static bool
skip_literals(struct side *s, struct gh_cursor *in)
{
    uint16_t n;
    struct gh_str v;

    if (gh_cursor_le16(&n, in) != GH_OK)
        return false;
    s->is_literal = true;
    s->n = n;
    s->literals = *in;
    for (size_t i = 0; i < s->n; i++)
        if (!value_at(&v, s, in, i))
            return false;
    return true;
}

static bool
read_attribute(struct gh_cond_name *out, struct gh_cursor *in)
{
    uint8_t row, n;

    *out = (struct gh_cond_name){.row = GH_ATTR_COUNT};
    if (gh_cursor_u8(&row, in) != GH_OK || row >= GH_ATTR_COUNT)
        return false;
    out->row = (enum gh_cond_row)row;
    return !gh_cond_attrs[row].is_prefix || (gh_cursor_u8(&n, in) == GH_OK && gh_cursor_bytes(&out->rest, in, n) == GH_OK);
}

static bool
read_values(struct side *s, struct machine *m, enum gh_cond_kind kind)
{
    struct gh_cond_name name;

    s->is_literal = false;
    if (!read_attribute(&name, &m->in))
        return false;
    gh_cond_values(&s->values, &name, kind, m->q, m->is_below);
    s->n = s->values.n;
    return true;
}

static bool
read_operand(struct side *s, struct machine *m, enum gh_cond_kind kind)
{
    uint8_t form;

    if (gh_cursor_u8(&form, &m->in) != GH_OK)
        return false;
    if (form == GH_COND_LITERALS)
        return skip_literals(s, &m->in);
    return form == GH_COND_ATTRIBUTE && read_values(s, m, kind);
}

/* One value of the left against all of the right: any of them, or each. */
static enum gh_holds
against(const struct gh_cond_operator *op, struct gh_str left, const struct side *right, bool is_any)
{
    enum gh_holds v = truth(!is_any);
    struct gh_cursor c = right->literals;

    for (size_t i = 0; i < right->n; i++) {
        struct gh_str one;

        if (!value_at(&one, right, &c, i))
            return GH_HOLDS_UNKNOWN;
        v = join(v, compare(op, left, one), truth(is_any));
    }
    return v;
}

static enum gh_holds
cross_product(const struct gh_cond_operator *op, enum gh_cond_cross cross, const struct side *left, const struct side *right)
{
    bool any_left = cross == GH_CROSS_ANY_ANY || cross == GH_CROSS_ANY_ALL;
    bool any_right = cross == GH_CROSS_ANY_ANY || cross == GH_CROSS_ALL_ANY;
    enum gh_holds v = truth(!any_left);

    if (left->values.state == GH_HOLDS_LATER || (!right->is_literal && right->values.state == GH_HOLDS_LATER))
        return GH_HOLDS_LATER;
    if (left->n == 0 || right->n == 0 || (cross == GH_CROSS_NONE && (left->n > 1 || right->n > 1)))
        return GH_HOLDS_UNKNOWN;
    for (size_t i = 0; i < left->n; i++)
        v = join(v, against(op, left->values.v[i], right, any_right), truth(any_left));
    return v;
}

/* ---- operations ---- */

static bool
push(struct machine *m, enum gh_holds v)
{
    if (m->n == STACK_MAX)
        return false;
    m->stack[m->n++] = v;
    return true;
}

static bool
run_action(struct machine *m)
{
    struct gh_str bits;

    return gh_cursor_bytes(&bits, &m->in, GH_ROLE_STORED_BYTES) == GH_OK &&
           push(m, truth(gh_role_stored_allows(bits, m->q->action)));
}

static bool
run_exists(struct machine *m)
{
    struct gh_cond_name name;
    struct gh_cond_values v;

    if (!read_attribute(&name, &m->in))
        return false;
    gh_cond_values(&v, &name, GH_KIND_COUNT, m->q, m->is_below);
    return push(m, v.state);
}

static bool
run_compare(struct machine *m)
{
    uint8_t op, cross;
    struct side left, right;

    if (gh_cursor_u8(&op, &m->in) != GH_OK || op >= gh_cond_operator_count || gh_cursor_u8(&cross, &m->in) != GH_OK ||
        cross >= GH_CROSS_COUNT)
        return false;
    enum gh_cond_kind kind = gh_cond_operators[op].kind;
    return read_values(&left, m, kind) && read_operand(&right, m, kind) &&
           push(m, cross_product(&gh_cond_operators[op], (enum gh_cond_cross)cross, &left, &right));
}

static bool
run_logic(struct machine *m, uint8_t op)
{
    size_t takes = op == GH_COND_NOT ? 1 : 2;

    if (m->n < takes)
        return false;
    enum gh_holds *top = &m->stack[m->n - 1];
    if (op == GH_COND_NOT) {
        *top = not_(*top);
        return true;
    }
    top[-1] = join(top[-1], top[0], op == GH_COND_AND ? GH_HOLDS_NO : GH_HOLDS_YES);
    m->n--;
    return true;
}

static bool
step(struct machine *m)
{
    uint8_t op;

    if (gh_cursor_u8(&op, &m->in) != GH_OK)
        return false;
    switch (op) {
    case GH_COND_ACTION:
        return run_action(m);
    case GH_COND_NEVER:
        return push(m, GH_HOLDS_NO);
    case GH_COND_EXISTS:
        return run_exists(m);
    case GH_COND_COMPARE:
        return run_compare(m);
    case GH_COND_NOT:
    case GH_COND_AND:
    case GH_COND_OR:
        return run_logic(m, op);
    default:
        return false;
    }
}

static enum gh_holds
run(struct gh_str program, const struct gh_question *q, bool is_below)
{
    struct machine m = {.in = gh_cursor(program), .q = q, .is_below = is_below};
    uint8_t format;

    if (gh_cursor_u8(&format, &m.in) != GH_OK || format != GH_CONDITION_FORMAT)
        return GH_HOLDS_UNKNOWN;
    while (gh_cursor_left(&m.in) > 0)
        if (!step(&m))
            return GH_HOLDS_UNKNOWN;
    return m.n == 1 ? m.stack[0] : GH_HOLDS_UNKNOWN;
}

enum gh_holds
gh_condition_run(struct gh_str program, const struct gh_question *q, bool is_below)
{
    return program.n == 0 ? GH_HOLDS_YES : run(program, q, is_below); /* most have none */
}
