/* SPDX-License-Identifier: Apache-2.0 */
/* baseline/expr_fn_text: functions over texts. What joins texts keeps unknown parts as marks; what cuts them needs them whole. */
#include "baseline/expr_int.h"

#include "base/codec.h"
#include "base/limits.h"

static struct gh_buf
buf(struct gh_call *c)
{
    struct gh_buf b;

    gh_buf_init(&b, c->ev->a, GH_EXPR_TEXT_MAX);
    return b;
}

static struct gh_value
text(struct gh_call *c, struct gh_buf *b)
{
    return gh_expr_finish(c->ev, b, gh_value_str(GH_NO_TEXT));
}

static unsigned char
lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c | 0x20) : (unsigned char)c;
}

/* All texts: one behind the other. All arrays: their elements. An unknown one makes it a text if any text is there. */
static struct gh_value
fn_concat(struct gh_call *c)
{
    struct gh_made *made;
    uint32_t n = 0, arrays = 0;
    struct gh_value e;

    if (c->n == 1)
        return c->arg[0];
    for (uint32_t i = 0; i < c->n; i++) {
        arrays += c->arg[i].kind == GH_VALUE_ARRAY;
        n += gh_fn_count(c->arg[i]);
    }
    if (arrays == 0)
        return gh_expr_join(c->ev, c->arg, c->n, GH_STR(""));
    if ((made = gh_fn_made(c->ev, n)) == NULL)
        return gh_fn_unknown(c, "out of memory");
    made->sym = gh_fn_unknown(c, "").s;
    for (uint32_t i = 0; i < c->n; i++) {
        if (c->arg[i].kind != GH_VALUE_ARRAY || gh_expr_is_open(c->arg[i])) {
            made->is_open = true;
            made->why = c->arg[i].why != NULL ? c->arg[i].why : "elements that are not known";
        }
        for (uint32_t it = 0; c->arg[i].kind == GH_VALUE_ARRAY && gh_expr_next(&e, NULL, c->ev, c->arg[i], &it);)
            made->member[made->n++].value = e;
    }
    return gh_fn_array(made);
}

/* {0}, {1:format} and {{: the number, then perhaps a form, which a text or an integer without one does not need. */
static bool
put_hole(struct gh_call *c, struct gh_buf *b, struct gh_str hole, struct gh_value *result)
{
    struct gh_str number = gh_str_sub(hole, 0, gh_str_chr(hole, ':'));
    uint64_t i;

    if (number.n != hole.n || gh_str_u64(&i, number, 254) != GH_OK || i + 1 >= c->n)
        return false;
    gh_expr_put(b, c->arg[i + 1], result);
    return true;
}

static struct gh_value
fn_format(struct gh_call *c)
{
    struct gh_value result = gh_value_str(GH_NO_TEXT);
    struct gh_str s = c->arg[0].s;
    struct gh_buf b = buf(c);

    if (c->arg[0].kind != GH_VALUE_STR || c->arg[0].is_opaque)
        return gh_fn_unknown(c, "a form that is not known");
    for (size_t i = 0; i < s.n; i++) {
        size_t end;
        if (s.p[i] != '{' && s.p[i] != '}') {
            gh_buf_putc(&b, s.p[i]);
            continue;
        }
        if (i + 1 < s.n && s.p[i + 1] == s.p[i]) {
            gh_buf_putc(&b, s.p[i++]);
            continue;
        }
        end = gh_str_chr(gh_str_sub(s, i, SIZE_MAX), '}');
        if (s.p[i] == '}' || end == SIZE_MAX || !put_hole(c, &b, gh_str_sub(s, i + 1, end - 1), &result))
            return gh_fn_unknown(c, "a form that is not reduced here");
        i += end;
    }
    return gh_expr_finish(c->ev, &b, result);
}

static struct gh_value
change_case(struct gh_call *c, bool is_upper)
{
    struct gh_value v = c->arg[0];
    struct gh_buf b = buf(c);

    if (v.kind == GH_VALUE_UNKNOWN || v.kind != GH_VALUE_STR)
        return v.kind == GH_VALUE_UNKNOWN ? v : gh_fn_unknown(c, "the case of what is no text");
    for (size_t i = 0; i < v.s.n; i++) {
        char l = (char)lower(v.s.p[i]);
        gh_buf_putc(&b, is_upper && l >= 'a' && l <= 'z' ? (char)(l & ~0x20) : l);
    }
    v.s = gh_buf_str(&b);
    if (b.rc == GH_NOMEM)
        c->ev->rc = GH_NOMEM;
    return v;
}

static struct gh_value
fn_to_lower(struct gh_call *c)
{
    return change_case(c, false);
}

static struct gh_value
fn_to_upper(struct gh_call *c)
{
    return change_case(c, true);
}

static struct gh_value
fn_trim(struct gh_call *c)
{
    struct gh_str s = c->arg[0].s;

    if (c->arg[0].kind != GH_VALUE_STR)
        return gh_fn_unknown(c, "trim() of what is no text");
    while (s.n > 0 && (s.p[0] == ' ' || (s.p[0] >= '\t' && s.p[0] <= '\r')))
        s = gh_str_sub(s, 1, SIZE_MAX);
    while (s.n > 0 && (s.p[s.n - 1] == ' ' || (s.p[s.n - 1] >= '\t' && s.p[s.n - 1] <= '\r')))
        s.n--;
    return gh_value_str(s);
}

static bool
are_texts(const struct gh_call *c)
{
    for (uint32_t i = 0; i < c->n; i++)
        if (c->arg[i].kind != GH_VALUE_STR)
            return false;
    return true;
}

static struct gh_value
fn_replace(struct gh_call *c)
{
    struct gh_str s = c->arg[0].s, old = c->arg[1].s;
    struct gh_buf b = buf(c);
    size_t at;

    if (!are_texts(c) || old.n == 0)
        return gh_fn_unknown(c, "replace() of what is no text");
    while ((at = gh_str_find(s, old)) != SIZE_MAX) {
        gh_buf_put(&b, gh_str_sub(s, 0, at));
        gh_buf_put(&b, c->arg[2].s);
        s = gh_str_sub(s, at + old.n, SIZE_MAX);
    }
    gh_buf_put(&b, s);
    return text(c, &b);
}

/* How long the delimiter at the front of `s` is, 0: none is there. */
static size_t
delimiter_at(const struct gh_call *c, struct gh_str s)
{
    const struct gh_value *d = &c->arg[1];

    if (d->kind == GH_VALUE_STR)
        return d->s.n > 0 && gh_str_starts(s, d->s) ? d->s.n : 0;
    for (uint32_t i = 0; d->made != NULL && i < d->made->n; i++) {
        struct gh_value v = d->made->member[i].value;
        if (v.kind == GH_VALUE_STR && v.s.n > 0 && gh_str_starts(s, v.s))
            return v.s.n;
    }
    return 0;
}

static struct gh_value
fn_split(struct gh_call *c)
{
    struct gh_str s = c->arg[0].s;
    struct gh_made *made;
    uint32_t parts = 1;
    size_t from = 0, n;

    if (c->arg[0].kind != GH_VALUE_STR || (c->arg[1].kind != GH_VALUE_STR && c->arg[1].kind != GH_VALUE_ARRAY))
        return gh_fn_unknown(c, "split() of what is no text");
    for (size_t i = 0; i < s.n; i++)
        parts += delimiter_at(c, gh_str_sub(s, i, SIZE_MAX)) > 0;
    if ((made = gh_fn_made(c->ev, parts)) == NULL)
        return gh_fn_unknown(c, "out of memory");
    for (size_t i = 0; i < s.n; i++) {
        if ((n = delimiter_at(c, gh_str_sub(s, i, SIZE_MAX))) == 0)
            continue;
        made->member[made->n++].value = gh_value_str(gh_str_sub(s, from, i - from));
        from = i + n;
        i = from - 1;
    }
    made->member[made->n++].value = gh_value_str(gh_str_sub(s, from, SIZE_MAX));
    made->is_reduced = true;
    return gh_fn_array(made);
}

static struct gh_value
fn_join(struct gh_call *c)
{
    struct gh_value result = gh_value_str(GH_NO_TEXT);
    const struct gh_made *made = c->arg[0].made;
    struct gh_buf b = buf(c);

    if (c->arg[0].kind != GH_VALUE_ARRAY || made == NULL || made->is_open)
        return gh_fn_unknown(c, "join() of what is not wholly known");
    for (uint32_t i = 0; i < made->n; i++) {
        if (i > 0)
            gh_expr_put(&b, c->arg[1], &result);
        gh_expr_put(&b, made->member[i].value, &result);
    }
    return gh_expr_finish(c->ev, &b, result);
}

static struct gh_value
fn_substring(struct gh_call *c)
{
    struct gh_value s = c->arg[0], from = c->arg[1];
    int64_t n = c->n > 2 ? c->arg[2].n : INT64_MAX;

    if (s.kind != GH_VALUE_STR || from.kind != GH_VALUE_INT || (c->n > 2 && c->arg[2].kind != GH_VALUE_INT) || from.n < 0 ||
        n < 0 || (uint64_t)from.n > s.s.n || (c->n > 2 && (uint64_t)n > s.s.n - (uint64_t)from.n))
        return gh_fn_unknown(c, "substring() beyond its text");
    return gh_value_str(gh_str_sub(s.s, (size_t)from.n, (size_t)n));
}

/* startsWith and endsWith take no regard of case. */
static struct gh_value
from_truth(struct gh_call *c, enum gh_truth t)
{
    return t == GH_TRUTH_UNKNOWN ? gh_fn_unknown(c, "a text that is known only in part") : gh_value_bool(t == GH_TRUTH_TRUE);
}

static struct gh_value
fn_starts_with(struct gh_call *c)
{
    return are_texts(c) && !c->arg[1].is_opaque ? from_truth(c, gh_value_begins(c->arg[0], c->arg[1].s))
                                                : gh_fn_unknown(c, "startsWith() of what is no text");
}

static struct gh_value
fn_ends_with(struct gh_call *c)
{
    return are_texts(c) && !c->arg[1].is_opaque ? from_truth(c, gh_value_ends(c->arg[0], c->arg[1].s))
                                                : gh_fn_unknown(c, "endsWith() of what is no text");
}

static struct gh_value
index_of(struct gh_call *c, bool is_last)
{
    struct gh_str s = c->arg[0].s, part = c->arg[1].s;
    int64_t hit = -1;

    if (!are_texts(c))
        return gh_fn_unknown(c, "indexOf() of what is no text");
    for (size_t i = 0; part.n <= s.n && i <= s.n - part.n && (is_last || hit < 0); i++)
        if (gh_str_eq_ci(gh_str_sub(s, i, part.n), part))
            hit = (int64_t)i;
    return gh_value_int(hit);
}

static struct gh_value
fn_index_of(struct gh_call *c)
{
    return index_of(c, false);
}

static struct gh_value
fn_last_index_of(struct gh_call *c)
{
    return index_of(c, true);
}

static struct gh_value
fn_pad_left(struct gh_call *c)
{
    struct gh_value v = c->arg[0], result = gh_value_str(GH_NO_TEXT);
    struct gh_buf one = buf(c), b = buf(c);
    char with = c->n > 2 && c->arg[2].kind == GH_VALUE_STR && c->arg[2].s.n == 1 ? c->arg[2].s.p[0] : ' ';

    if ((v.kind != GH_VALUE_STR && v.kind != GH_VALUE_INT) || c->arg[1].kind != GH_VALUE_INT || c->arg[1].n > 16384)
        return gh_fn_unknown(c, "padLeft() of what is no text");
    gh_expr_put(&one, v, &result);
    for (int64_t n = (int64_t)one.n; n < c->arg[1].n; n++)
        gh_buf_putc(&b, with);
    gh_buf_put(&b, gh_buf_str(&one));
    return text(c, &b);
}

static struct gh_value
fn_string(struct gh_call *c)
{
    if (c->arg[0].kind == GH_VALUE_UNKNOWN)
        return c->arg[0];
    if (c->arg[0].kind == GH_VALUE_ARRAY || c->arg[0].kind == GH_VALUE_OBJECT || c->arg[0].kind == GH_VALUE_NULL)
        return gh_fn_unknown(c, "the text of an array or object");
    if (c->arg[0].kind == GH_VALUE_STR)
        return c->arg[0];
    return gh_expr_join(c->ev, (struct gh_value[2]){c->arg[0], gh_value_str(GH_STR(""))}, 2, GH_STR(""));
}

static struct gh_value
fn_base64(struct gh_call *c)
{
    struct gh_buf b = buf(c);

    if (!are_texts(c))
        return gh_fn_unknown(c, "base64() of what is no text");
    gh_b64_encode(&b, c->arg[0].s);
    return text(c, &b);
}

static struct gh_value
fn_base64_to_string(struct gh_call *c)
{
    struct gh_str out;

    if (!are_texts(c) || gh_b64_decode(&out, c->ev->a, c->arg[0].s) != GH_OK || !gh_utf8_is_valid(out))
        return gh_fn_unknown(c, "base64ToString() of what is no such text");
    return gh_value_str(out);
}

/* uri(base, relative): joined at the base's last slash, as far as that is plain. */
static struct gh_value
fn_uri(struct gh_call *c)
{
    struct gh_str base = c->arg[0].s;
    struct gh_value part[2] = {c->arg[0], c->arg[1]};
    size_t n = base.n;

    if (!are_texts(c) || c->arg[0].is_opaque || gh_str_starts(c->arg[1].s, GH_STR("/")))
        return gh_fn_unknown(c, "uri() of what is not known");
    while (n > 0 && base.p[n - 1] != '/')
        n--;
    part[0].s = n <= 8 ? base : gh_str_sub(base, 0, n);
    return gh_expr_join(c->ev, part, 2, n <= 8 ? GH_STR("/") : GH_STR(""));
}

/* The same for the same arguments, and never empty; what it is, nobody can know here. */
static struct gh_value
fn_opaque(struct gh_call *c)
{
    struct gh_value v = gh_fn_unknown(c, "a text that is made when it is deployed");

    v.is_some = true;
    return v.s.n == 0 ? v : gh_expr_join(c->ev, (struct gh_value[2]){v, gh_value_str(GH_STR(""))}, 2, GH_STR(""));
}

/* Another at each call. */
static struct gh_value
fn_new(struct gh_call *c)
{
    struct gh_value v = gh_fn_unknown(c, "a value that is new at each deployment");

    v.s = GH_NO_TEXT;
    v.is_some = true;
    return v;
}

// clang-format off
const struct gh_fn gh_fn_text[] = {
    {GH_STR_INIT("concat"), 1, 255, GH_FN_UNKNOWN | GH_FN_OPAQUE, 0, fn_concat},
    {GH_STR_INIT("format"), 1, 255, GH_FN_UNKNOWN | GH_FN_OPAQUE, 0, fn_format},
    {GH_STR_INIT("toLower"), 1, 1, GH_FN_UNKNOWN | GH_FN_OPAQUE, 0, fn_to_lower},
    {GH_STR_INIT("toUpper"), 1, 1, GH_FN_UNKNOWN | GH_FN_OPAQUE, 0, fn_to_upper},
    {GH_STR_INIT("trim"), 1, 1, 0, 0, fn_trim},
    {GH_STR_INIT("replace"), 3, 3, 0, 0, fn_replace},
    {GH_STR_INIT("split"), 2, 2, GH_FN_DEEP, 0, fn_split},
    {GH_STR_INIT("join"), 2, 2, GH_FN_DEEP | GH_FN_OPAQUE, 0, fn_join},
    {GH_STR_INIT("substring"), 2, 3, 0, 0, fn_substring},
    {GH_STR_INIT("startsWith"), 2, 2, GH_FN_OPAQUE, 0, fn_starts_with},
    {GH_STR_INIT("endsWith"), 2, 2, GH_FN_OPAQUE, 0, fn_ends_with},
    {GH_STR_INIT("indexOf"), 2, 2, 0, 0, fn_index_of},
    {GH_STR_INIT("lastIndexOf"), 2, 2, 0, 0, fn_last_index_of},
    {GH_STR_INIT("padLeft"), 2, 3, 0, 0, fn_pad_left},
    {GH_STR_INIT("string"), 1, 1, GH_FN_UNKNOWN | GH_FN_OPAQUE, 0, fn_string},
    {GH_STR_INIT("base64"), 1, 1, 0, 0, fn_base64},
    {GH_STR_INIT("base64ToString"), 1, 1, 0, 0, fn_base64_to_string},
    {GH_STR_INIT("uri"), 2, 2, GH_FN_OPAQUE, 0, fn_uri},
    {GH_STR_INIT("guid"), 1, 255, GH_FN_UNKNOWN | GH_FN_OPAQUE, 0, fn_opaque},
    {GH_STR_INIT("uniqueString"), 1, 255, GH_FN_UNKNOWN | GH_FN_OPAQUE, 0, fn_opaque},
    {GH_STR_INIT("newGuid"), 0, 0, 0, 0, fn_new},
    {GH_STR_INIT("utcNow"), 0, 1, 0, 0, fn_new},
    {.name = {NULL, 0}},
};
// clang-format on
