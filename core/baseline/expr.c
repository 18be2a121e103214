/* SPDX-License-Identifier: Apache-2.0 */
/* baseline/expr: what is written at a place, and ways through it. A member that is an expression goes through the machine (expr_run.c) when it is asked for. */
#include "baseline/expr_int.h"

#include "base/codec.h"
#include "base/limits.h"

void
gh_expr_init(struct gh_eval *ev, struct gh_arena *a)
{
    *ev = (struct gh_eval){.a = a};
}

static struct gh_value
string_at(struct gh_eval *ev, struct gh_value v, gh_json_ref node)
{
    bool is_template = v.env != NULL;

    if (gh_json_str(&v.s, ev->a, &v.doc->json, node) != GH_OK) {
        ev->rc = GH_NOMEM;
        return gh_value_unknown("out of memory", (struct gh_str){NULL, 0});
    }
    v.kind = GH_VALUE_STR;
    if (is_template && v.s.n >= 2 && v.s.p[0] == '[' && v.s.p[v.s.n - 1] == ']') {
        if (v.s.p[1] == '[') /* the escape of templates */
            v.s = gh_str_sub(v.s, 1, SIZE_MAX);
        else
            v.kind = GH_VALUE_LAZY;
    }
    return v;
}

struct gh_value
gh_expr_lazy(struct gh_eval *ev, const struct gh_doc *doc, gh_json_ref node, const struct gh_env *env)
{
    struct gh_value v = {.doc = doc, .node = node, .env = env};

    switch (gh_json_type(&doc->json, node)) {
    case GH_JSON_NONE:
        return (struct gh_value){.node = GH_JSON_NO};
    case GH_JSON_NULL:
        v.kind = GH_VALUE_NULL;
        return v;
    case GH_JSON_FALSE:
    case GH_JSON_TRUE:
        v.kind = GH_VALUE_BOOL;
        v.is_true = gh_json_type(&doc->json, node) == GH_JSON_TRUE;
        return v;
    case GH_JSON_NUMBER:
        v.kind = gh_json_i64(&v.n, &doc->json, node) == GH_OK ? GH_VALUE_INT : GH_VALUE_REAL;
        v.s = gh_json_raw(&doc->json, node);
        return v;
    case GH_JSON_STRING:
        return string_at(ev, v, node);
    case GH_JSON_ARRAY:
        v.kind = GH_VALUE_ARRAY;
        return v;
    case GH_JSON_OBJECT:
        v.kind = GH_VALUE_OBJECT;
        return v;
    }
    return (struct gh_value){.node = GH_JSON_NO};
}

struct gh_value
gh_expr_node(struct gh_eval *ev, const struct gh_doc *doc, gh_json_ref v, const struct gh_env *env)
{
    return gh_expr_force(ev, gh_expr_lazy(ev, doc, v, env));
}

/* ---- members ---- */

static bool
key_is(struct gh_eval *ev, const struct gh_json *j, gh_json_ref value, struct gh_str name)
{
    const struct gh_json_node *key = &j->nodes[value - 1];
    struct gh_str text;

    if (!key->has_escape)
        return key->end - key->at - 2 == name.n && gh_str_eq_ci(gh_str(j->text.p + key->at + 1, name.n), name);
    if (gh_json_key(&text, ev->a, j, value) != GH_OK) {
        ev->rc = GH_NOMEM;
        return false;
    }
    return gh_str_eq_ci(text, name);
}

/* GH_JSON_NO: none. *is_twice: two that differ in case alone. */
static gh_json_ref
find_key(struct gh_eval *ev, bool *is_twice, const struct gh_json *j, gh_json_ref object, struct gh_str name)
{
    gh_json_ref hit = GH_JSON_NO;

    *is_twice = false;
    for (gh_json_ref m = gh_json_first(j, object); m != GH_JSON_NO; m = gh_json_next(j, object, m)) {
        if (!key_is(ev, j, m, name))
            continue;
        *is_twice = hit != GH_JSON_NO;
        hit = m;
    }
    return hit;
}

/* The element of `copy` in a template's object that makes a member of this name. */
static gh_json_ref
find_copy(struct gh_eval *ev, const struct gh_json *j, gh_json_ref object, struct gh_str name)
{
    bool is_twice;
    gh_json_ref copy = find_key(ev, &is_twice, j, object, GH_STR("copy"));

    if (gh_json_type(j, copy) != GH_JSON_ARRAY)
        return GH_JSON_NO;
    for (gh_json_ref e = gh_json_first(j, copy); e != GH_JSON_NO; e = gh_json_next(j, copy, e)) {
        struct gh_str n = {NULL, 0};
        enum gh_rc rc = gh_json_str(&n, ev->a, j, find_key(ev, &is_twice, j, e, GH_STR("name")));
        if (rc == GH_NOMEM)
            ev->rc = rc;
        if (rc == GH_OK && gh_str_eq_ci(n, name))
            return e;
    }
    return GH_JSON_NO;
}

static struct gh_value
made_member(struct gh_eval *ev, struct gh_value v, struct gh_str name)
{
    struct gh_value part[2];

    for (uint32_t i = v.made->n; i-- > 0;)
        if (gh_str_eq_ci(v.made->member[i].key, name))
            return v.made->member[i].value;
    if (!v.made->is_open)
        return (struct gh_value){.node = GH_JSON_NO};
    part[0] = gh_value_str(v.made->sym);
    part[1] = gh_value_str(name);
    part[0] = gh_value_unknown(v.made->why, v.made->sym.n == 0 ? GH_NO_TEXT : gh_expr_join(ev, part, 2, GH_STR(".")).s);
    part[0].is_some = v.made->is_some;
    return part[0];
}

struct gh_value
gh_expr_member(struct gh_eval *ev, gh_json_ref *copy, struct gh_value v, struct gh_str name)
{
    gh_json_ref hit;
    bool is_twice;

    *copy = GH_JSON_NO;
    if (!gh_value_is_set(v))
        return (struct gh_value){.node = GH_JSON_NO};
    if (v.kind == GH_VALUE_UNKNOWN) {
        struct gh_value part[2] = {gh_value_str(v.s), gh_value_str(name)};
        v.s = v.s.n == 0 ? v.s : gh_expr_join(ev, part, 2, GH_STR(".")).s;
        return v;
    }
    if (v.kind != GH_VALUE_OBJECT)
        return gh_value_unknown("an object is expected here, and it is something else", (struct gh_str){NULL, 0});
    if (v.made != NULL)
        return made_member(ev, v, name);
    hit = find_key(ev, &is_twice, &v.doc->json, v.node, name);
    if (is_twice)
        return gh_value_unknown("the name stands here twice, in different case", (struct gh_str){NULL, 0});
    if (hit == GH_JSON_NO && v.env != NULL)
        *copy = find_copy(ev, &v.doc->json, v.node, name);
    return gh_expr_lazy(ev, v.doc, hit, v.env);
}

struct gh_value
gh_expr_get(struct gh_eval *ev, struct gh_value v, struct gh_str name)
{
    gh_json_ref copy;
    struct gh_value m = gh_expr_member(ev, &copy, v, name);

    return copy != GH_JSON_NO ? gh_expr_copied(ev, v, copy) : gh_expr_force(ev, m);
}

/* ---- ways ---- */

/* The next segment of "a.b['c.d'].e"; false at the end. */
bool
gh_expr_segment(struct gh_str *segment, struct gh_str *path)
{
    size_t n = 0;

    if (path->n == 0)
        return false;
    if (gh_str_starts(*path, GH_STR("['"))) {
        n = gh_str_find(*path, GH_STR("']"));
        *segment = gh_str_sub(*path, 2, n == SIZE_MAX ? SIZE_MAX : n - 2);
        *path = gh_str_sub(*path, n == SIZE_MAX ? path->n : n + 2, SIZE_MAX);
    } else if (gh_str_starts(*path, GH_STR("[*]"))) {
        *segment = gh_str_sub(*path, 0, 3);
        *path = gh_str_sub(*path, 3, SIZE_MAX);
    } else {
        for (n = 1; n < path->n && path->p[n] != '.' && path->p[n] != '['; n++) /* "[0]" is a name: it moves on */
            ;
        *segment = gh_str_sub(*path, 0, n);
        *path = gh_str_sub(*path, n, SIZE_MAX);
    }
    if (path->n > 0 && path->p[0] == '.')
        *path = gh_str_sub(*path, 1, SIZE_MAX);
    return true;
}

struct gh_value
gh_expr_path(struct gh_eval *ev, struct gh_value v, const char *path)
{
    struct gh_str rest = gh_str_z(path), segment;

    while (gh_expr_segment(&segment, &rest))
        v = gh_expr_get(ev, v, segment);
    return v;
}

/* ---- walks: *it is the number of the member in what was made, the node behind the last one in what is written ---- */

static bool
next_made(struct gh_value *out, struct gh_str *key, struct gh_value v, uint32_t *it)
{
    if (*it >= v.made->n)
        return false;
    *out = v.made->member[*it].value;
    if (key != NULL)
        *key = v.made->member[*it].key;
    ++*it;
    return true;
}

static bool
next_written(struct gh_value *out, struct gh_str *key, struct gh_eval *ev, struct gh_value v, uint32_t *it)
{
    const struct gh_json *j = &v.doc->json;
    gh_json_ref m = *it == 0 ? gh_json_first(j, v.node) : gh_json_next(j, v.node, *it);

    if (m == GH_JSON_NO)
        return false;
    *it = m;
    *out = gh_expr_lazy(ev, v.doc, m, v.env);
    if (key != NULL) {
        *key = (struct gh_str){NULL, 0};
        if (v.kind == GH_VALUE_OBJECT && gh_json_key(key, ev->a, j, m) != GH_OK)
            ev->rc = GH_NOMEM;
    }
    return true;
}

bool
gh_expr_next(struct gh_value *out, struct gh_str *key, struct gh_eval *ev, struct gh_value v, uint32_t *it)
{
    if (v.kind != GH_VALUE_ARRAY && v.kind != GH_VALUE_OBJECT)
        return false;
    return v.made != NULL ? next_made(out, key, v, it) : next_written(out, key, ev, v, it);
}

bool
gh_expr_each(struct gh_value *out, struct gh_str *key, struct gh_eval *ev, struct gh_value v, uint32_t *it)
{
    if (!gh_expr_next(out, key, ev, v, it))
        return false;
    *out = gh_expr_force(ev, *out);
    return true;
}

bool
gh_expr_is_open(struct gh_value v)
{
    return v.kind == GH_VALUE_UNKNOWN || (v.made != NULL && v.made->is_open);
}

/* ---- texts ---- */

/* What is not known becomes a mark around its symbol; a slash would look like one more segment of a name. */
static void
put_mark(struct gh_buf *b, struct gh_value v)
{
    gh_buf_putc(b, v.is_some ? GH_MARK_SOME : GH_MARK_ANY);
    for (size_t i = 0; i < v.s.n; i++)
        gh_buf_putc(b, v.s.p[i] == '/' ? '|' : (unsigned char)v.s.p[i] <= GH_MARK_END ? '?' : v.s.p[i]);
    gh_buf_putc(b, GH_MARK_END);
}

/* A known text must not bring marks of its own. */
static void
put_known(struct gh_buf *b, struct gh_str s)
{
    for (size_t i = 0; i < s.n; i++)
        gh_buf_putc(b, (unsigned char)s.p[i] <= GH_MARK_END ? '?' : s.p[i]);
}

void
gh_expr_put(struct gh_buf *b, struct gh_value v, struct gh_value *result)
{
    result->is_secret |= v.is_secret;
    switch ((enum gh_value_kind)v.kind) {
    case GH_VALUE_STR:
    case GH_VALUE_REAL:
        if (v.is_opaque)
            gh_buf_put(b, v.s);
        else
            put_known(b, v.s);
        result->is_opaque |= v.is_opaque;
        return;
    case GH_VALUE_INT:
        gh_buf_put_i64(b, v.n);
        return;
    case GH_VALUE_BOOL:
        gh_buf_putz(b, v.is_true ? "True" : "False");
        return;
    case GH_VALUE_ABSENT:
    case GH_VALUE_NULL:
        return;
    case GH_VALUE_UNKNOWN:
    case GH_VALUE_ARRAY:
    case GH_VALUE_OBJECT:
    case GH_VALUE_LAMBDA:
    case GH_VALUE_LAZY:
        break;
    }
    if (v.kind == GH_VALUE_UNKNOWN && v.s.n > 0) {
        put_mark(b, v);
        result->is_opaque = true;
        return;
    }
    result->kind = GH_VALUE_UNKNOWN;
    result->why = v.why != NULL ? v.why : "a text with something in it that is no text";
}

struct gh_value
gh_expr_join(struct gh_eval *ev, const struct gh_value *part, uint32_t n, struct gh_str between)
{
    struct gh_value v = gh_value_str((struct gh_str){NULL, 0});
    struct gh_buf b;

    if (n == 1 && (part->kind == GH_VALUE_STR || part->kind == GH_VALUE_UNKNOWN) && (part->kind == GH_VALUE_STR || part->s.n == 0))
        return *part;
    gh_buf_init(&b, ev->a, GH_EXPR_TEXT_MAX);
    for (uint32_t i = 0; i < n; i++) {
        if (i > 0)
            gh_buf_put(&b, between);
        gh_expr_put(&b, part[i], &v);
        v.is_secret |= part[i].is_secret;
    }
    return gh_expr_finish(ev, &b, v);
}

/* The text in `b` as the value that `v` was made for: unknown when a part was, or the text is too long. */
struct gh_value
gh_expr_finish(struct gh_eval *ev, struct gh_buf *b, struct gh_value v)
{
    if (b->rc == GH_NOMEM)
        ev->rc = GH_NOMEM;
    if (b->rc != GH_OK)
        return gh_value_unknown("a text longer than allowed", (struct gh_str){NULL, 0});
    v.s = v.kind == GH_VALUE_STR ? gh_buf_str(b) : (struct gh_str){NULL, 0};
    return v;
}

/* ---- symbols ---- */

#define SYM_MAX 256u

/* A long one is told by its length and two sums over it. */
static struct gh_str
shorten(struct gh_eval *ev, struct gh_str s)
{
    uint64_t h = 14695981039346656037u;
    struct gh_buf b;

    if (s.n <= SYM_MAX)
        return s;
    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (unsigned char)s.p[i]) * 1099511628211u;
    gh_buf_init(&b, ev->a, 64);
    gh_buf_putz(&b, "#");
    gh_buf_put_u64(&b, s.n);
    gh_buf_putz(&b, "-");
    gh_buf_put_u64(&b, h);
    gh_buf_putz(&b, "-");
    gh_buf_put_u64(&b, gh_crc32c(0, s));
    if (b.rc != GH_OK)
        ev->rc = GH_NOMEM;
    return gh_buf_str(&b);
}

/* Where an array or object is written, and the turns of the loops around it. */
static void
put_place(struct gh_buf *b, struct gh_value v)
{
    gh_buf_putc(b, '@');
    gh_buf_put_u64(b, v.node);
    for (const struct gh_env *e = v.env; e != NULL; e = e->up) {
        gh_buf_putc(b, '-');
        if (e->is_lambda)
            gh_buf_put_u64(b, (uint64_t)(uintptr_t)e);
        else
            gh_buf_put_i64(b, e->up == NULL ? (int64_t)e->scope->id : e->index);
    }
}

struct gh_str
gh_expr_sym(struct gh_eval *ev, struct gh_value v)
{
    struct gh_value ignored = {.kind = GH_VALUE_STR};
    struct gh_buf b;

    if (v.kind == GH_VALUE_UNKNOWN)
        return shorten(ev, v.s);
    gh_buf_init(&b, ev->a, GH_EXPR_TEXT_MAX);
    if (v.kind == GH_VALUE_ARRAY || v.kind == GH_VALUE_OBJECT) {
        if (v.made != NULL)
            return shorten(ev, v.made->sym);
        put_place(&b, v);
    } else {
        gh_buf_putc(&b, '\'');
        gh_expr_put(&b, v, &ignored);
        gh_buf_putc(&b, '\'');
    }
    if (b.rc == GH_NOMEM)
        ev->rc = GH_NOMEM;
    return shorten(ev, gh_buf_str(&b));
}
