/* SPDX-License-Identifier: Apache-2.0 */
/* baseline/value: questions about one value. Each answer is true, false or not decided; an opaque string is decided by its known parts alone. */
#include "baseline/value.h"

#include "base/redact.h"

/* The known text in front of the first mark, or behind the last one. */
static struct gh_str
known_head(struct gh_str s)
{
    size_t n = 0;

    while (n < s.n && s.p[n] != GH_MARK_ANY && s.p[n] != GH_MARK_SOME)
        n++;
    return gh_str_sub(s, 0, n);
}

static struct gh_str
known_tail(struct gh_str s)
{
    size_t at = s.n;

    while (at > 0 && s.p[at - 1] != GH_MARK_END)
        at--;
    return gh_str_sub(s, at, SIZE_MAX);
}

/* How many bytes are known to be in an opaque string at least. */
static size_t
known_length(struct gh_str s)
{
    size_t n = 0;
    bool is_inside = false;

    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == GH_MARK_SOME)
            n++;
        if (s.p[i] == GH_MARK_ANY || s.p[i] == GH_MARK_SOME)
            is_inside = true;
        else if (s.p[i] == GH_MARK_END)
            is_inside = false;
        else
            n += !is_inside;
    }
    return n;
}

static bool
begins_ci(struct gh_str s, struct gh_str prefix)
{
    return s.n >= prefix.n && gh_str_eq_ci(gh_str_sub(s, 0, prefix.n), prefix);
}

static bool
ends_ci(struct gh_str s, struct gh_str suffix)
{
    return s.n >= suffix.n && gh_str_eq_ci(gh_str_sub(s, s.n - suffix.n, SIZE_MAX), suffix);
}

/* Could an opaque string begin with `head`, by its known front? */
static bool
may_begin(struct gh_str opaque, struct gh_str head)
{
    struct gh_str known = known_head(opaque);
    size_t n = known.n < head.n ? known.n : head.n;

    return gh_str_eq_ci(gh_str_sub(known, 0, n), gh_str_sub(head, 0, n));
}

static bool
may_end(struct gh_str opaque, struct gh_str tail)
{
    struct gh_str known = known_tail(opaque);
    size_t n = known.n < tail.n ? known.n : tail.n;

    return gh_str_eq_ci(gh_str_sub(known, known.n - n, n), gh_str_sub(tail, tail.n - n, n));
}

/* The digits of an integer; the text of a string, bool or real. False: not a scalar. */
static bool
scalar_text(struct gh_str *out, char mem[24], struct gh_value v)
{
    struct gh_buf b;

    switch ((enum gh_value_kind)v.kind) {
    case GH_VALUE_BOOL:
        *out = v.is_true ? GH_STR("true") : GH_STR("false");
        return true;
    case GH_VALUE_INT:
        gh_buf_init_fixed(&b, mem, 24);
        gh_buf_put_i64(&b, v.n);
        *out = gh_buf_str(&b);
        return true;
    case GH_VALUE_REAL:
    case GH_VALUE_STR:
        *out = v.s;
        return true;
    case GH_VALUE_ABSENT:
    case GH_VALUE_UNKNOWN:
    case GH_VALUE_NULL:
    case GH_VALUE_ARRAY:
    case GH_VALUE_OBJECT:
    case GH_VALUE_LAMBDA:
    case GH_VALUE_LAZY:
        return false;
    }
    return false;
}

enum gh_truth
gh_value_is(struct gh_value v, struct gh_str want)
{
    struct gh_str text;
    char mem[24];

    if (!gh_value_is_set(v))
        return GH_TRUTH_FALSE;
    if (!scalar_text(&text, mem, v))
        return GH_TRUTH_UNKNOWN;
    if (!v.is_opaque)
        return gh_truth(gh_str_eq_ci(text, want));
    if (!may_begin(text, want) || !may_end(text, want) || known_length(text) > want.n)
        return GH_TRUTH_FALSE;
    return GH_TRUTH_UNKNOWN;
}

enum gh_truth
gh_value_is_one(struct gh_value v, struct gh_str list)
{
    enum gh_truth best = GH_TRUTH_FALSE, t;
    struct gh_str one;

    while (gh_str_cut(&one, &list, '|')) {
        if ((t = gh_value_is(v, one)) == GH_TRUTH_TRUE)
            return t;
        if (t == GH_TRUTH_UNKNOWN)
            best = t;
    }
    return best;
}

enum gh_truth
gh_value_begins(struct gh_value v, struct gh_str prefix)
{
    struct gh_str text;
    char mem[24];

    if (!gh_value_is_set(v))
        return GH_TRUTH_FALSE;
    if (!scalar_text(&text, mem, v))
        return GH_TRUTH_UNKNOWN;
    if (!v.is_opaque)
        return gh_truth(begins_ci(text, prefix));
    if (begins_ci(known_head(text), prefix))
        return GH_TRUTH_TRUE;
    return may_begin(text, prefix) ? GH_TRUTH_UNKNOWN : GH_TRUTH_FALSE;
}

enum gh_truth
gh_value_ends(struct gh_value v, struct gh_str suffix)
{
    struct gh_str text;
    char mem[24];

    if (!gh_value_is_set(v))
        return GH_TRUTH_FALSE;
    if (!scalar_text(&text, mem, v))
        return GH_TRUTH_UNKNOWN;
    if (!v.is_opaque)
        return gh_truth(ends_ci(text, suffix));
    if (ends_ci(known_tail(text), suffix))
        return GH_TRUTH_TRUE;
    return may_end(text, suffix) ? GH_TRUTH_UNKNOWN : GH_TRUTH_FALSE;
}

static bool
holds_ci(struct gh_str s, struct gh_str part)
{
    for (size_t at = 0; s.n >= part.n && at <= s.n - part.n; at++)
        if (gh_str_eq_ci(gh_str_sub(s, at, part.n), part))
            return true;
    return false;
}

/* `part` within one known run of an opaque string. */
static bool
known_holds(struct gh_str s, struct gh_str part)
{
    while (s.n > 0) {
        struct gh_str head = known_head(s);
        size_t end;

        if (holds_ci(head, part))
            return true;
        s = gh_str_sub(s, head.n, SIZE_MAX);
        end = gh_str_chr(s, GH_MARK_END);
        s = gh_str_sub(s, end == SIZE_MAX ? s.n : end + 1, SIZE_MAX);
    }
    return part.n == 0;
}

enum gh_truth
gh_value_holds(struct gh_value v, struct gh_str part)
{
    struct gh_str text;
    char mem[24];

    if (!gh_value_is_set(v))
        return GH_TRUTH_FALSE;
    if (!scalar_text(&text, mem, v))
        return GH_TRUTH_UNKNOWN;
    if (!v.is_opaque)
        return gh_truth(holds_ci(text, part));
    return known_holds(text, part) ? GH_TRUTH_TRUE : GH_TRUTH_UNKNOWN;
}

static enum gh_truth
container_has_content(struct gh_value v)
{
    if (v.made != NULL)
        return v.made->n > 0 ? GH_TRUTH_TRUE : v.made->is_open ? GH_TRUTH_UNKNOWN : GH_TRUTH_FALSE;
    return gh_truth(v.doc->json.nodes[v.node].count_hint > 0);
}

enum gh_truth
gh_value_has_content(struct gh_value v)
{
    switch ((enum gh_value_kind)v.kind) {
    case GH_VALUE_ABSENT:
    case GH_VALUE_NULL:
        return GH_TRUTH_FALSE;
    case GH_VALUE_UNKNOWN:
        return v.is_some ? GH_TRUTH_TRUE : GH_TRUTH_UNKNOWN;
    case GH_VALUE_BOOL:
    case GH_VALUE_INT:
    case GH_VALUE_REAL:
    case GH_VALUE_LAMBDA:
    case GH_VALUE_LAZY:
        return GH_TRUTH_TRUE;
    case GH_VALUE_STR:
        if (!v.is_opaque)
            return gh_truth(v.s.n > 0);
        return known_length(v.s) > 0 ? GH_TRUTH_TRUE : GH_TRUTH_UNKNOWN;
    case GH_VALUE_ARRAY:
    case GH_VALUE_OBJECT:
        return container_has_content(v);
    }
    return GH_TRUTH_UNKNOWN;
}

enum gh_truth
gh_value_number(int64_t *out, struct gh_value v)
{
    uint64_t n;

    if (v.kind == GH_VALUE_INT) {
        *out = v.n;
        return GH_TRUTH_TRUE;
    }
    if (v.kind == GH_VALUE_STR && !v.is_opaque && gh_str_u64(&n, v.s, INT64_MAX) == GH_OK) {
        *out = (int64_t)n;
        return GH_TRUTH_TRUE;
    }
    if (v.kind == GH_VALUE_UNKNOWN || (v.kind == GH_VALUE_STR && v.is_opaque))
        return GH_TRUTH_UNKNOWN;
    return GH_TRUTH_FALSE;
}

static enum gh_truth
same_text(struct gh_value a, struct gh_value b, bool ci)
{
    struct gh_value known = a.is_opaque ? b : a, other = a.is_opaque ? a : b;

    if (ci ? gh_str_eq_ci(a.s, b.s) : gh_str_eq(a.s, b.s))
        return GH_TRUTH_TRUE;
    if (!other.is_opaque)
        return GH_TRUTH_FALSE;
    if (known.is_opaque) /* both: their known fronts and ends may still tell them apart */
        return may_begin(other.s, known_head(known.s)) && may_end(other.s, known_tail(known.s)) ? GH_TRUTH_UNKNOWN : GH_TRUTH_FALSE;
    return gh_value_is(other, known.s);
}

enum gh_truth
gh_value_same(struct gh_value a, struct gh_value b, bool ci)
{
    if (a.kind == GH_VALUE_UNKNOWN || b.kind == GH_VALUE_UNKNOWN) {
        bool is_same = a.kind == b.kind && a.s.n > 0 && gh_str_eq_ci(a.s, b.s);
        return is_same ? GH_TRUTH_TRUE : GH_TRUTH_UNKNOWN;
    }
    if (!gh_value_is_set(a) || !gh_value_is_set(b))
        return gh_truth(!gh_value_is_set(a) && !gh_value_is_set(b));
    if (a.kind == GH_VALUE_STR && b.kind == GH_VALUE_STR)
        return same_text(a, b, ci);
    if (a.kind != b.kind)
        return GH_TRUTH_FALSE;
    switch ((enum gh_value_kind)a.kind) {
    case GH_VALUE_BOOL:
        return gh_truth(a.is_true == b.is_true);
    case GH_VALUE_INT:
        return gh_truth(a.n == b.n);
    case GH_VALUE_REAL:
        return gh_str_eq(a.s, b.s) ? GH_TRUTH_TRUE : GH_TRUTH_UNKNOWN;
    case GH_VALUE_ABSENT:
    case GH_VALUE_UNKNOWN:
    case GH_VALUE_NULL:
    case GH_VALUE_STR:
    case GH_VALUE_ARRAY:
    case GH_VALUE_OBJECT:
    case GH_VALUE_LAMBDA:
    case GH_VALUE_LAZY:
        break;
    }
    return GH_TRUTH_UNKNOWN;
}

#define SYMBOL_SHOWN 40u

/* {name('x')}, or of a long symbol {name(...)}. */
static void
show_mark(struct gh_buf *b, struct gh_str body)
{
    gh_buf_putc(b, '{');
    if (body.n <= SYMBOL_SHOWN) {
        gh_buf_put(b, body);
    } else {
        gh_buf_put(b, gh_str_sub(gh_str_sub(body, 0, SYMBOL_SHOWN), 0, gh_str_chr(body, '(')));
        gh_buf_putz(b, "(...)");
    }
    gh_buf_putc(b, '}');
}

/* Marks become braces; the redacting formatter does the rest. */
static void
show_text(struct gh_buf *out, struct gh_str s, bool is_opaque, size_t max)
{
    char mem[1024];
    struct gh_buf b;

    if (!is_opaque) {
        gh_redact_put(out, s, max);
        return;
    }
    gh_buf_init_fixed(&b, mem, sizeof mem);
    while (s.n > 0 && b.n < sizeof mem / 2) {
        struct gh_str known = known_head(s), body;
        size_t end;
        gh_buf_put(&b, gh_str_sub(known, 0, sizeof mem / 4));
        s = gh_str_sub(s, known.n + 1, SIZE_MAX);
        if ((end = gh_str_chr(s, GH_MARK_END)) == SIZE_MAX)
            break;
        body = gh_str_sub(s, 0, end);
        show_mark(&b, body);
        s = gh_str_sub(s, end + 1, SIZE_MAX);
    }
    gh_redact_put(out, gh_buf_str(&b), max);
}

void
gh_value_show(struct gh_buf *out, struct gh_value v, size_t max)
{
    struct gh_str text;
    char mem[24];

    if (scalar_text(&text, mem, v)) {
        show_text(out, text, v.is_opaque, max);
        return;
    }
    switch ((enum gh_value_kind)v.kind) {
    case GH_VALUE_ABSENT:
        gh_buf_putz(out, "absent");
        return;
    case GH_VALUE_NULL:
        gh_buf_putz(out, "null");
        return;
    case GH_VALUE_UNKNOWN:
        gh_buf_putz(out, "unknown: ");
        gh_buf_putz(out, v.why == NULL ? "cannot be reduced" : v.why);
        return;
    case GH_VALUE_ARRAY:
    case GH_VALUE_OBJECT:
        if (gh_value_has_content(v) == GH_TRUTH_FALSE)
            gh_buf_putz(out, v.kind == GH_VALUE_ARRAY ? "[]" : "{}");
        else
            gh_buf_putz(out, v.kind == GH_VALUE_ARRAY ? "an array" : "an object");
        return;
    case GH_VALUE_BOOL:
    case GH_VALUE_INT:
    case GH_VALUE_REAL:
    case GH_VALUE_STR:
    case GH_VALUE_LAMBDA:
    case GH_VALUE_LAZY:
        return;
    }
}
