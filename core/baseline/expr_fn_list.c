/* SPDX-License-Identifier: Apache-2.0 */
/* baseline/expr_fn_list: functions over arrays and objects (and those that take a text as well). What an argument does not show stays open. */
#include "baseline/expr_int.h"

static const char not_known[] = "elements that are not known";

static struct gh_value
no_memory(struct gh_call *c)
{
    return gh_fn_unknown(c, "out of memory");
}

static struct gh_value
from_truth(struct gh_call *c, enum gh_truth t)
{
    return t == GH_TRUTH_UNKNOWN ? gh_fn_unknown(c, not_known) : gh_value_bool(t == GH_TRUTH_TRUE);
}

static bool
is_container(struct gh_value v)
{
    return v.kind == GH_VALUE_ARRAY || v.kind == GH_VALUE_OBJECT;
}

static struct gh_value
fn_create_array(struct gh_call *c)
{
    struct gh_made *made = gh_fn_made(c->ev, c->n);

    if (made == NULL)
        return no_memory(c);
    made->sym = gh_fn_unknown(c, "").s;
    made->is_reduced = true;
    for (uint32_t i = 0; i < c->n; i++)
        made->member[made->n++].value = c->arg[i];
    return gh_fn_array(made);
}

static struct gh_value
fn_create_object(struct gh_call *c)
{
    struct gh_made *made = gh_fn_made(c->ev, c->n / 2);

    if (made == NULL)
        return no_memory(c);
    made->sym = gh_fn_unknown(c, "").s;
    for (uint32_t i = 0; i + 1 < c->n; i += 2) {
        if (c->arg[i].kind == GH_VALUE_STR && !c->arg[i].is_opaque)
            made->member[made->n++] = (struct gh_member){c->arg[i].s, c->arg[i + 1]};
        else
            made->is_open = true;
    }
    made->why = not_known;
    return gh_fn_object(made);
}

static struct gh_value
fn_array(struct gh_call *c)
{
    return c->arg[0].kind == GH_VALUE_ARRAY ? c->arg[0] : fn_create_array(c);
}

static struct gh_value
fn_empty(struct gh_call *c)
{
    enum gh_truth t = gh_value_has_content(c->arg[0]);

    if (c->arg[0].kind == GH_VALUE_BOOL || c->arg[0].kind == GH_VALUE_INT)
        return gh_fn_unknown(c, "empty() of a number");
    return from_truth(c, t == GH_TRUTH_UNKNOWN ? t : gh_truth(t == GH_TRUTH_FALSE));
}

static struct gh_value
fn_length(struct gh_call *c)
{
    int64_t n = 0;

    if (is_container(c->arg[0]))
        return gh_value_int(gh_fn_count(c->arg[0]));
    if (c->arg[0].kind != GH_VALUE_STR)
        return gh_fn_unknown(c, "the length of what has none");
    for (size_t i = 0; i < c->arg[0].s.n; i++) /* characters, not bytes */
        n += ((unsigned char)c->arg[0].s.p[i] & 0xc0) != 0x80;
    return gh_value_int(n);
}

/* Of an array: an element; of an object: a name; of a text: a part, here with regard to case. */
static struct gh_value
fn_contains(struct gh_call *c)
{
    struct gh_value in = c->arg[0], what = c->arg[1];
    enum gh_truth t = gh_expr_is_open(in) ? GH_TRUTH_UNKNOWN : GH_TRUTH_FALSE, one;
    gh_json_ref copy;

    if (in.kind == GH_VALUE_STR && what.kind == GH_VALUE_STR && !in.is_opaque && !what.is_opaque)
        return gh_value_bool(gh_str_find(in.s, what.s) != SIZE_MAX);
    if (in.kind == GH_VALUE_OBJECT && what.kind == GH_VALUE_STR && !what.is_opaque) {
        struct gh_value v = gh_expr_member(c->ev, &copy, in, what.s);
        if (v.kind == GH_VALUE_ABSENT && copy == GH_JSON_NO)
            return from_truth(c, t);
        return from_truth(c, v.kind == GH_VALUE_UNKNOWN && gh_expr_is_open(in) ? t : GH_TRUTH_TRUE);
    }
    if (in.kind != GH_VALUE_ARRAY || in.made == NULL)
        return gh_fn_unknown(c, in.why != NULL ? in.why : not_known);
    for (uint32_t i = 0; i < in.made->n; i++) {
        if ((one = gh_value_same(in.made->member[i].value, what, false)) == GH_TRUTH_TRUE)
            return gh_value_bool(true);
        t = one == GH_TRUTH_UNKNOWN ? one : t;
    }
    return from_truth(c, t);
}

static struct gh_value
element(struct gh_call *c, struct gh_value v, int64_t i)
{
    struct gh_value e;
    uint32_t it = 0;

    while (gh_expr_next(&e, NULL, c->ev, v, &it))
        if (i-- == 0)
            return e;
    return gh_fn_unknown(c, "an element that is not there");
}

static struct gh_value
fn_first(struct gh_call *c)
{
    if (c->arg[0].kind == GH_VALUE_STR)
        return gh_value_str(gh_str_sub(c->arg[0].s, 0, 1));
    return element(c, c->arg[0], 0);
}

static struct gh_value
fn_last(struct gh_call *c)
{
    struct gh_value v = c->arg[0];

    if (v.kind == GH_VALUE_STR)
        return gh_value_str(gh_str_sub(v.s, v.s.n == 0 ? 0 : v.s.n - 1, 1));
    return element(c, v, (int64_t)gh_fn_count(v) - 1);
}

/* Elements from..to of an array, or characters of a text (ASCII alone: others are cut elsewhere than in Azure). */
static struct gh_value
part(struct gh_call *c, int64_t from, int64_t to)
{
    struct gh_value v = c->arg[0], e;
    struct gh_made *made;
    uint32_t it = 0;

    if (v.kind == GH_VALUE_STR) {
        for (size_t i = 0; i < v.s.n; i++)
            if ((unsigned char)v.s.p[i] >= 0x80)
                return gh_fn_unknown(c, "a part of a text beyond ASCII");
        return gh_value_str(gh_str_sub(v.s, (size_t)from, (size_t)(to - from)));
    }
    if (v.kind != GH_VALUE_ARRAY || (made = gh_fn_made(c->ev, gh_fn_count(v))) == NULL)
        return gh_fn_unknown(c, "a part of what has none");
    for (int64_t i = 0; gh_expr_next(&e, NULL, c->ev, v, &it); i++)
        if (i >= from && i < to)
            made->member[made->n++].value = e;
    made->sym = gh_fn_unknown(c, "").s;
    return gh_fn_array(made);
}

static struct gh_value
fn_take(struct gh_call *c)
{
    return c->arg[1].kind == GH_VALUE_INT ? part(c, 0, c->arg[1].n > 0 ? c->arg[1].n : 0) : gh_fn_unknown(c, not_known);
}

static struct gh_value
fn_skip(struct gh_call *c)
{
    return c->arg[1].kind == GH_VALUE_INT ? part(c, c->arg[1].n > 0 ? c->arg[1].n : 0, INT64_MAX) : gh_fn_unknown(c, not_known);
}

static bool
has_same(const struct gh_made *made, struct gh_value v, bool *is_decided)
{
    for (uint32_t i = 0; i < made->n; i++) {
        enum gh_truth t = gh_value_same(made->member[i].value, v, false);
        if (t == GH_TRUTH_TRUE)
            return true;
        *is_decided &= t == GH_TRUTH_FALSE;
    }
    return false;
}

/* Arrays: each element once. What is not decided to be the same stays beside the other. */
static struct gh_value
union_arrays(struct gh_call *c, struct gh_made *made)
{
    bool is_decided = true;

    for (uint32_t i = 0; i < c->n; i++) {
        const struct gh_made *from = c->arg[i].made;
        made->is_open |= from == NULL || from->is_open;
        for (uint32_t k = 0; from != NULL && k < from->n; k++)
            if (!has_same(made, from->member[k].value, &is_decided))
                made->member[made->n++].value = from->member[k].value;
    }
    made->is_reduced = true;
    return gh_fn_array(made);
}

/* Where an earlier object has the name already. */
static struct gh_member *
slot_of(struct gh_made *made, struct gh_str key)
{
    for (uint32_t i = 0; i < made->n; i++)
        if (gh_str_eq_ci(made->member[i].key, key))
            return &made->member[i];
    made->member[made->n].key = key;
    return &made->member[made->n++];
}

/* An object with members, or what may turn out to be one. */
static bool
may_be_object(struct gh_value v)
{
    return v.kind == GH_VALUE_UNKNOWN || (v.kind == GH_VALUE_OBJECT && gh_value_has_content(v) != GH_TRUTH_FALSE);
}

/*
 * Objects: a later one's member replaces an earlier one's; where both are objects union() would join them too, which is left undecided but for
 * empty ones. An unknown one may replace whatever came before it.
 */
static struct gh_value
union_objects(struct gh_call *c, struct gh_made *made, bool is_deep)
{
    struct gh_value v;
    struct gh_str key;

    for (uint32_t i = 0; i < c->n; i++) {
        uint32_t it = 0;
        if (c->arg[i].kind != GH_VALUE_OBJECT || gh_expr_is_open(c->arg[i])) {
            made->n = 0;
            made->is_open = true;
            made->why = c->arg[i].why != NULL ? c->arg[i].why : not_known;
        }
        while (gh_expr_next(&v, &key, c->ev, c->arg[i], &it)) {
            struct gh_member *m = slot_of(made, key);
            bool is_joined = is_deep && may_be_object(m->value) && may_be_object(v);
            m->value = is_joined ? gh_value_unknown("two objects that are joined", GH_NO_TEXT) : v;
        }
    }
    return gh_fn_object(made);
}

static struct gh_value
unite(struct gh_call *c, bool is_deep)
{
    struct gh_made *made;
    uint32_t n = 0, arrays = 0, objects = 0;

    for (uint32_t i = 0; i < c->n; i++) {
        n += gh_fn_count(c->arg[i]);
        arrays += c->arg[i].kind == GH_VALUE_ARRAY;
        objects += c->arg[i].kind == GH_VALUE_OBJECT;
        if (!is_container(c->arg[i]) && c->arg[i].kind != GH_VALUE_UNKNOWN)
            return gh_fn_unknown(c, "union() of what is neither array nor object");
    }
    if ((arrays > 0) == (objects > 0))
        return gh_fn_unknown(c, c->arg[0].why != NULL ? c->arg[0].why : not_known);
    if ((made = gh_fn_made(c->ev, n)) == NULL)
        return no_memory(c);
    made->why = not_known;
    made->sym = gh_fn_unknown(c, "").s;
    c->ev->steps += (uint64_t)n * n / 64; /* each against each */
    return arrays > 0 ? union_arrays(c, made) : union_objects(c, made, is_deep);
}

static struct gh_value
fn_union(struct gh_call *c)
{
    return unite(c, true);
}

/* shallowMerge([a, b, ...]) */
static struct gh_value
fn_shallow_merge(struct gh_call *c)
{
    struct gh_call inner = *c;
    struct gh_value *arg;

    if (c->arg[0].kind != GH_VALUE_ARRAY || c->arg[0].made == NULL || c->arg[0].made->is_open || c->arg[0].made->n == 0)
        return gh_fn_unknown(c, not_known);
    if ((arg = gh_arena_take_array(c->ev->a, c->arg[0].made->n, sizeof *arg)) == NULL) {
        c->ev->rc = GH_NOMEM;
        return no_memory(c);
    }
    for (uint32_t i = 0; i < c->arg[0].made->n; i++)
        arg[i] = c->arg[0].made->member[i].value;
    inner.arg = arg;
    inner.n = c->arg[0].made->n;
    return unite(&inner, false);
}

static struct gh_value
fn_intersection(struct gh_call *c)
{
    const struct gh_made *a = c->arg[0].made, *b = c->arg[1].made;
    struct gh_made *made;
    bool is_decided = true;

    if (c->n != 2 || c->arg[0].kind != GH_VALUE_ARRAY || c->arg[1].kind != GH_VALUE_ARRAY || a == NULL || b == NULL ||
        (made = gh_fn_made(c->ev, a->n)) == NULL)
        return gh_fn_unknown(c, "intersection() that is not reduced here");
    c->ev->steps += (uint64_t)a->n * b->n / 64;
    for (uint32_t i = 0; i < a->n; i++)
        if (has_same(b, a->member[i].value, &is_decided))
            made->member[made->n++].value = a->member[i].value;
    made->is_reduced = true;
    return is_decided ? gh_fn_array(made) : gh_fn_unknown(c, not_known);
}

/* items(object): [{key, value}] in the order of the keys. */
static struct gh_value
fn_items(struct gh_call *c)
{
    struct gh_made *made = gh_fn_made(c->ev, gh_fn_count(c->arg[0]));
    struct gh_value v;
    struct gh_str key;
    uint32_t it = 0;

    if (c->arg[0].kind != GH_VALUE_OBJECT || made == NULL)
        return gh_fn_unknown(c, "items() of what is no object");
    made->sym = gh_fn_unknown(c, "").s;
    while (gh_expr_next(&v, &key, c->ev, c->arg[0], &it)) {
        struct gh_made *one = gh_fn_made(c->ev, 2);
        uint32_t at = made->n++;
        if (one == NULL)
            return no_memory(c);
        one->member[one->n++] = (struct gh_member){GH_STR("key"), gh_value_str(key)};
        one->member[one->n++] = (struct gh_member){GH_STR("value"), v};
        for (; at > 0 && gh_str_cmp(made->member[at - 1].value.made->member[0].value.s, key) > 0; at--)
            made->member[at] = made->member[at - 1];
        made->member[at].value = gh_fn_object(one);
    }
    c->ev->steps += (uint64_t)made->n * made->n / 64;
    return gh_fn_array(made);
}

static struct gh_value
fn_object_keys(struct gh_call *c)
{
    struct gh_made *made = gh_fn_made(c->ev, gh_fn_count(c->arg[0]));
    struct gh_value v;
    struct gh_str key;
    uint32_t it = 0;

    if (c->arg[0].kind != GH_VALUE_OBJECT || made == NULL)
        return gh_fn_unknown(c, "objectKeys() of what is no object");
    while (gh_expr_next(&v, &key, c->ev, c->arg[0], &it))
        made->member[made->n++].value = gh_value_str(key);
    made->is_reduced = true;
    return gh_fn_array(made);
}

/* tryGet(object, 'a', 'b'): null where a name is not there. One name is looked up here; what lies deeper must be written out. */
static struct gh_value
fn_try_get(struct gh_call *c)
{
    struct gh_value v = c->arg[0], null = {.kind = GH_VALUE_NULL, .node = GH_JSON_NO};
    gh_json_ref copy = GH_JSON_NO;

    for (uint32_t i = 1; i < c->n; i++) {
        if (v.kind == GH_VALUE_NULL)
            return null;
        if (v.kind == GH_VALUE_ARRAY && c->arg[i].kind == GH_VALUE_INT)
            v = c->arg[i].n >= 0 && c->arg[i].n < (int64_t)gh_fn_count(v) ? element(c, v, c->arg[i].n) : null;
        else if (v.kind == GH_VALUE_OBJECT && c->arg[i].kind == GH_VALUE_STR && !c->arg[i].is_opaque)
            v = gh_expr_member(c->ev, &copy, v, c->arg[i].s);
        else
            return gh_fn_unknown(c, "a member that is not known");
        if (copy != GH_JSON_NO)
            return gh_fn_unknown(c, "a member that a loop makes");
        v = v.kind == GH_VALUE_ABSENT ? null : v;
    }
    return v;
}

/* json('true'), json('null'), json('{}'), json('[]'), numbers and texts; larger documents stay closed. */
static struct gh_value
fn_json(struct gh_call *c)
{
    struct gh_doc *doc = gh_arena_take(c->ev->a, sizeof *doc);
    enum gh_rc rc;

    if (c->arg[0].kind != GH_VALUE_STR)
        return gh_fn_unknown(c, "json() of what is no text");
    if ((rc = doc == NULL ? GH_NOMEM : gh_doc_read(doc, c->ev->a, c->arg[0].s, NULL)) == GH_NOMEM)
        c->ev->rc = rc;
    if (rc != GH_OK)
        return gh_fn_unknown(c, "json() of a text that is none");
    return gh_expr_lazy(c->ev, doc, 0, NULL);
}

// clang-format off
const struct gh_fn gh_fn_list[] = {
    {GH_STR_INIT("createArray"), 0, 255, GH_FN_UNKNOWN | GH_FN_OPAQUE, 0, fn_create_array},
    {GH_STR_INIT("createObject"), 0, 254, GH_FN_UNKNOWN | GH_FN_OPAQUE, 0, fn_create_object},
    {GH_STR_INIT("array"), 1, 1, GH_FN_OPAQUE, 0, fn_array},
    {GH_STR_INIT("empty"), 1, 1, GH_FN_UNKNOWN | GH_FN_OPAQUE, 0, fn_empty},
    {GH_STR_INIT("length"), 1, 1, 0, 0, fn_length},
    {GH_STR_INIT("contains"), 2, 2, GH_FN_UNKNOWN | GH_FN_OPAQUE | GH_FN_DEEP, 0, fn_contains},
    {GH_STR_INIT("first"), 1, 1, 0, 0, fn_first},
    {GH_STR_INIT("last"), 1, 1, 0, 0, fn_last},
    {GH_STR_INIT("take"), 2, 2, 0, 0, fn_take},
    {GH_STR_INIT("skip"), 2, 2, 0, 0, fn_skip},
    {GH_STR_INIT("union"), 1, 255, GH_FN_UNKNOWN | GH_FN_DEEP | GH_FN_DEEP_OBJECTS, 0, fn_union},
    {GH_STR_INIT("shallowMerge"), 1, 1, GH_FN_DEEP, 0, fn_shallow_merge},
    {GH_STR_INIT("intersection"), 2, 255, GH_FN_DEEP, 0, fn_intersection},
    {GH_STR_INIT("items"), 1, 1, 0, 0, fn_items},
    {GH_STR_INIT("objectKeys"), 1, 1, 0, 0, fn_object_keys},
    {GH_STR_INIT("tryGet"), 2, 255, 0, 0, fn_try_get},
    {GH_STR_INIT("json"), 1, 1, 0, 0, fn_json},
    {.name = {NULL, 0}},
};
// clang-format on
