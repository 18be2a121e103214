/* SPDX-License-Identifier: Apache-2.0 */
/* From text to program: operators wait on a stack of fixed depth until their operands are written (Dijkstra's shunting yard). */
#include "policy/condition.h"

#include "base/codec.h"
#include "base/guid.h"
#include "policy/condition_int.h"
#include "policy/ranges.h"
#include "policy/role.h"

struct reader {
    struct gh_str text;
    struct gh_arena *a;
    struct gh_err *err;
    struct gh_buf out;
    uint32_t at;
    struct gh_cond_lexeme now;
    struct {
        char op; /* '(' or the operation that is written when its operands are */
        uint32_t at;
    } wait[GH_CONDITION_DEPTH_MAX];
    size_t n_wait;
};

static enum gh_rc
bad(const struct reader *r, const char *what)
{
    return gh_fail(r->err, GH_BAD, r->now.at, what);
}

static enum gh_rc
next(struct reader *r)
{
    return gh_cond_next(&r->now, &r->at, r->text, r->err);
}

static bool
is_word(const struct reader *r, const char *word)
{
    return r->now.token == GH_TOKEN_WORD && gh_str_eq_ci(r->now.s, gh_str_z(word));
}

static void
put16(struct gh_buf *b, size_t at, size_t v)
{
    if (b->rc != GH_OK)
        return;
    b->p[at] = (char)(v & 0xff);
    b->p[at + 1] = (char)(v >> 8 & 0xff);
}

/* ---- values ---- */

static enum gh_rc
put_string(struct reader *r)
{
    if (r->now.token != GH_TOKEN_STRING)
        return bad(r, "a string in quotes is missing");
    gh_buf_put(&r->out, r->now.s);
    return GH_OK;
}

static enum gh_rc
put_guid(struct reader *r)
{
    if (!gh_guid_is_valid(r->now.s))
        return bad(r, "not a GUID");
    gh_buf_put(&r->out, r->now.s);
    return GH_OK;
}

static enum gh_rc
put_number(struct reader *r)
{
    bool is_negative = r->now.s.n > 0 && r->now.s.p[0] == '-';
    uint64_t n;

    if (gh_str_u64(&n, gh_str_sub(r->now.s, is_negative, SIZE_MAX), INT64_MAX) != GH_OK)
        return bad(r, "not a whole number");
    gh_buf_put_le64(&r->out, is_negative ? 0 - n : n);
    return GH_OK;
}

static enum gh_rc
put_time(struct reader *r)
{
    int64_t ms;

    if (gh_time_read(&ms, r->now.s) != GH_OK)
        return bad(r, "not a time as in '2026-01-31T23:59:59Z'");
    gh_buf_put_le64(&r->out, (uint64_t)ms);
    return GH_OK;
}

static enum gh_rc
put_bool(struct reader *r)
{
    bool is_true = gh_str_eq_ci(r->now.s, GH_STR("true"));

    if (!is_true && !gh_str_eq_ci(r->now.s, GH_STR("false")))
        return bad(r, "neither true nor false");
    gh_buf_putc(&r->out, is_true ? 1 : 0);
    return GH_OK;
}

static enum gh_rc
put_ip(struct reader *r)
{
    struct gh_str packed;
    enum gh_rc rc = gh_ranges_read(&packed, r->a, &r->now.s, 1, NULL);

    if (rc == GH_BAD)
        return bad(r, "not an address or prefix (CIDR)");
    gh_buf_put(&r->out, packed);
    return rc;
}

static enum gh_rc (*const put_value[GH_KIND_COUNT])(struct reader *) = {
    [GH_KIND_STRING] = put_string,
    [GH_KIND_GUID] = put_guid,
    [GH_KIND_NUMBER] = put_number,
    [GH_KIND_TIME] = put_time,
    [GH_KIND_BOOL] = put_bool,
    [GH_KIND_IP] = put_ip,
};

static enum gh_rc
literal(struct reader *r, enum gh_cond_kind kind)
{
    size_t at = r->out.n;
    enum gh_rc rc;

    if (r->now.token != GH_TOKEN_STRING && r->now.token != GH_TOKEN_WORD)
        return bad(r, "a value is missing");
    gh_buf_put_le16(&r->out, 0);
    if ((rc = put_value[kind](r)) != GH_OK)
        return rc;
    put16(&r->out, at, r->out.n - at - 2);
    return next(r);
}

/* Behind the brace. */
static enum gh_rc
literals(size_t *n, struct reader *r, enum gh_cond_kind kind)
{
    enum gh_rc rc;

    for (;;) {
        if ((rc = literal(r, kind)) != GH_OK)
            return rc;
        (*n)++;
        if (r->now.token == GH_TOKEN_UNBRACE)
            return next(r);
        if (r->now.token != GH_TOKEN_COMMA)
            return bad(r, "a comma or } is missing");
        if ((rc = next(r)) != GH_OK)
            return rc;
    }
}

/* ---- terms ---- */

static bool
names(const struct gh_cond_attr *a, const struct gh_cond_lexeme *l)
{
    if (!gh_str_eq_ci(l->source, a->source))
        return false;
    if (a->is_prefix)
        return l->s.n > a->name.n && gh_str_eq_ci(gh_str_sub(l->s, 0, a->name.n), a->name);
    return gh_str_eq_ci(l->s, a->name) || (a->also.n > 0 && gh_str_eq_ci(l->s, a->also));
}

/* The attribute at hand; its row in *row. */
static enum gh_rc
attribute(const struct gh_cond_attr **row, struct reader *r)
{
    unsigned i = 0;

    if (r->now.token != GH_TOKEN_ATTRIBUTE)
        return bad(r, "an attribute is missing");
    while (i < GH_ATTR_COUNT && !names(&gh_cond_attrs[i], &r->now))
        i++;
    if (i == GH_ATTR_COUNT) /* what protocols.md 6.2 does not name; how he signed in, and on what, is told to another reader */
        return bad(r, gh_str_eq_ci(r->now.source, GH_STR("Principal")) || gh_str_eq_ci(r->now.source, GH_STR("Environment"))
                          ? "this attribute is not supported: MFA, device, place and risk are asked for by conditional access"
                          : "this attribute is not supported");
    *row = &gh_cond_attrs[i];
    gh_buf_putc(&r->out, (char)i);
    if ((*row)->is_prefix) {
        struct gh_str rest = gh_str_sub(r->now.s, (*row)->name.n, SIZE_MAX);
        if (rest.n > GH_NAME_BYTES_MAX)
            return bad(r, "name of an attribute is too long");
        gh_buf_putc(&r->out, (char)rest.n);
        gh_buf_put(&r->out, rest);
    }
    return next(r);
}

/* "ForAnyOfAnyValues:GuidEquals" at hand -> its cross product and its operator. */
static enum gh_rc
operator_of(size_t *out, enum gh_cond_cross *cross, const struct reader *r)
{
    struct gh_str name = r->now.s;
    size_t colon = gh_str_chr(name, ':');

    if (r->now.token != GH_TOKEN_WORD)
        return bad(r, "an operator is missing");
    *cross = GH_CROSS_NONE;
    if (colon != SIZE_MAX) {
        unsigned i = GH_CROSS_NONE + 1;
        while (i < GH_CROSS_COUNT && !gh_str_eq_ci(gh_str_sub(name, 0, colon), gh_cond_crosses[i]))
            i++;
        *cross = i < GH_CROSS_COUNT ? (enum gh_cond_cross)i : GH_CROSS_NONE;
        if (i == GH_CROSS_COUNT)
            return bad(r, "this operator is not supported");
        name = gh_str_sub(name, colon + 1, SIZE_MAX);
    }
    for (*out = 0; *out < gh_cond_operator_count; (*out)++)
        if (gh_str_eq_ci(name, gh_cond_operators[*out].name))
            return GH_OK;
    return bad(r, "this operator is not supported");
}

static enum gh_rc
operand(struct reader *r, enum gh_cond_kind kind, enum gh_cond_cross cross)
{
    const struct gh_cond_attr *right;
    size_t at, n = 0;
    uint32_t place = r->now.at;
    enum gh_rc rc;

    if (r->now.token == GH_TOKEN_ATTRIBUTE) {
        gh_buf_putc(&r->out, GH_COND_ATTRIBUTE);
        if ((rc = attribute(&right, r)) != GH_OK)
            return rc;
        return (right->kinds >> kind & 1) != 0
                   ? GH_OK
                   : gh_fail(r->err, GH_BAD, place, "the operator does not fit the attribute on its right");
    }
    gh_buf_putc(&r->out, GH_COND_LITERALS);
    at = r->out.n;
    gh_buf_put_le16(&r->out, 0);
    if (r->now.token != GH_TOKEN_BRACE) {
        rc = literal(r, kind);
        put16(&r->out, at, 1);
        return rc;
    }
    if (cross == GH_CROSS_NONE)
        return bad(r, "a list needs one of ForAnyOfAnyValues, ForAllOfAnyValues, ForAnyOfAllValues, ForAllOfAllValues");
    if ((rc = next(r)) == GH_OK)
        rc = literals(&n, r, kind);
    put16(&r->out, at, n);
    return rc;
}

static enum gh_rc
comparison(struct reader *r)
{
    const struct gh_cond_attr *left;
    enum gh_cond_cross cross;
    size_t op, head;
    enum gh_rc rc;

    gh_buf_putc(&r->out, GH_COND_COMPARE);
    head = r->out.n;
    gh_buf_put_le16(&r->out, 0);
    if ((rc = attribute(&left, r)) != GH_OK || (rc = operator_of(&op, &cross, r)) != GH_OK)
        return rc;
    if ((left->kinds >> gh_cond_operators[op].kind & 1) == 0)
        return bad(r, "the operator does not fit the attribute");
    put16(&r->out, head, op | (size_t)cross << 8);
    if ((rc = next(r)) != GH_OK)
        return rc;
    return operand(r, gh_cond_operators[op].kind, cross);
}

/* Behind ActionMatches or SubOperationMatches. */
static enum gh_rc
braced(struct gh_str *out, struct reader *r)
{
    enum gh_rc rc = next(r);

    if (rc != GH_OK)
        return rc;
    if (r->now.token != GH_TOKEN_BRACE)
        return bad(r, "{ is missing");
    if ((rc = next(r)) != GH_OK)
        return rc;
    if (r->now.token != GH_TOKEN_STRING || r->now.s.n == 0)
        return bad(r, "a string in quotes is missing");
    *out = r->now.s;
    if ((rc = next(r)) != GH_OK)
        return rc;
    return r->now.token == GH_TOKEN_UNBRACE ? next(r) : bad(r, "} is missing");
}

/* Matched here, once: what is kept is a bit for each action. */
static enum gh_rc
action_matches(struct reader *r)
{
    struct gh_role_bits bits = {{0}};
    uint8_t stored[GH_ROLE_STORED_BYTES];
    struct gh_str pattern;
    enum gh_rc rc = braced(&pattern, r);

    if (rc != GH_OK)
        return rc;
    for (unsigned i = GH_ACTION_NONE + 1; i < GH_ACTION_COUNT; i++)
        if (gh_str_glob_ci(pattern, gh_action_table[i].string))
            bits.w[i / 64] |= UINT64_C(1) << (i % 64);
    gh_role_store(stored, &bits);
    gh_buf_putc(&r->out, GH_COND_ACTION);
    gh_buf_put(&r->out, gh_str(stored, sizeof(stored)));
    return GH_OK;
}

static enum gh_rc
term(struct reader *r)
{
    const struct gh_cond_attr *row;
    struct gh_str name;
    enum gh_rc rc;

    if (r->now.token == GH_TOKEN_ATTRIBUTE)
        return comparison(r);
    if (is_word(r, "ActionMatches"))
        return action_matches(r);
    if (is_word(r, "SubOperationMatches")) {
        gh_buf_putc(&r->out, GH_COND_NEVER);
        return braced(&name, r);
    }
    if (!is_word(r, "Exists"))
        return bad(r, "ActionMatches, SubOperationMatches, Exists, an attribute or a bracket is missing");
    gh_buf_putc(&r->out, GH_COND_EXISTS);
    return (rc = next(r)) != GH_OK ? rc : attribute(&row, r);
}

/* ---- operators between terms ---- */

static unsigned
rank(char op)
{
    return op == GH_COND_NOT ? 3 : op == GH_COND_AND ? 2 : op == GH_COND_OR ? 1 : 0;
}

static enum gh_rc
push(struct reader *r, char op)
{
    if (r->n_wait == GH_CONDITION_DEPTH_MAX)
        return gh_fail(r->err, GH_LIMIT, r->now.at, "condition is nested too deeply");
    r->wait[r->n_wait].op = op;
    r->wait[r->n_wait++].at = r->now.at;
    return next(r);
}

/* Writes what waits and binds at least as closely as `least`. */
static void
settle(struct reader *r, unsigned least)
{
    while (r->n_wait > 0 && rank(r->wait[r->n_wait - 1].op) >= least)
        gh_buf_putc(&r->out, r->wait[--r->n_wait].op);
}

static enum gh_rc
before_operand(struct reader *r, bool *wants_operand)
{
    if (r->now.token == GH_TOKEN_OPEN)
        return push(r, '(');
    if (r->now.token == GH_TOKEN_BANG || is_word(r, "NOT"))
        return push(r, GH_COND_NOT);
    *wants_operand = false;
    return term(r);
}

static enum gh_rc
behind_operand(struct reader *r, bool *wants_operand)
{
    bool is_and = is_word(r, "AND");

    if (r->now.token == GH_TOKEN_CLOSE) {
        settle(r, 1);
        if (r->n_wait == 0)
            return bad(r, ") without (");
        r->n_wait--;
        return next(r);
    }
    if (!is_and && !is_word(r, "OR"))
        return bad(r, "AND, OR or ) is missing");
    settle(r, is_and ? 2 : 1);
    *wants_operand = true;
    return push(r, is_and ? GH_COND_AND : GH_COND_OR);
}

static enum gh_rc
read_all(struct reader *r)
{
    bool wants_operand = true;
    enum gh_rc rc = next(r);

    while (rc == GH_OK && (wants_operand || r->now.token != GH_TOKEN_END))
        rc = wants_operand ? before_operand(r, &wants_operand) : behind_operand(r, &wants_operand);
    if (rc != GH_OK)
        return rc;
    settle(r, 1);
    if (r->n_wait > 0)
        return gh_fail(r->err, GH_BAD, r->wait[r->n_wait - 1].at, "( without )");
    return r->out.rc == GH_OK ? GH_OK : gh_fail(r->err, r->out.rc, 0, "condition is too long when compiled");
}

enum gh_rc
gh_condition_compile(struct gh_str *program, struct gh_arena *a, struct gh_str text, struct gh_err *err)
{
    struct reader r = {.text = text, .a = a, .err = err};
    enum gh_rc rc;

    *program = gh_str(NULL, 0);
    if (text.n > GH_CONDITION_BYTES_MAX)
        return gh_fail(err, GH_LIMIT, GH_CONDITION_BYTES_MAX, "condition is longer than 8192 bytes");
    gh_buf_init(&r.out, a, GH_CONDITION_PROGRAM_MAX);
    gh_buf_putc(&r.out, GH_CONDITION_FORMAT);
    if ((rc = read_all(&r)) == GH_OK)
        *program = gh_buf_str(&r.out);
    return rc;
}
