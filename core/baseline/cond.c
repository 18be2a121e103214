/* SPDX-License-Identifier: Apache-2.0 */
/*
 * baseline/cond: conditions of the rows, asked of a value. One function for each operator, in a table. It goes into itself along the nesting of
 * the rows, which are ours; along input it walks.
 */
#include "baseline/judge_int.h"

#define NOTHING ((struct gh_value){.node = GH_JSON_NO})

/* ---- evidence ---- */

static void
put_base(struct gh_buf *b, const struct gh_judge_base *base)
{
    const struct gh_judge_base *list[8];
    size_t n = 0;

    for (; base != NULL && n < 8; base = base->up)
        list[n++] = base;
    while (n-- > 0) {
        gh_buf_put(b, list[n]->path);
        if (list[n]->is_object) {
            gh_buf_putc(b, '.');
            gh_buf_put(b, gh_str_sub(list[n]->key, 0, 128));
        } else {
            gh_buf_putc(b, '[');
            gh_buf_put_u64(b, list[n]->index);
            gh_buf_putc(b, ']');
        }
        gh_buf_putc(b, '.');
    }
}

/* The path as it is from the resource. */
static struct gh_str
whole_path(struct gh_judge *j, struct gh_str path)
{
    struct gh_buf b;

    if (j->base == NULL)
        return path;
    gh_buf_init(&b, j->a, 2048);
    put_base(&b, j->base);
    gh_buf_put(&b, path);
    if (path.n == 0 && b.rc == GH_OK && b.n > 0)
        b.n--;
    if (b.rc == GH_NOMEM)
        j->ev->rc = GH_NOMEM;
    return gh_buf_str(&b);
}

void
gh_judge_saw(struct gh_judge *j, struct gh_str path, struct gh_value found, const char *wanted)
{
    j->seen = (struct gh_evidence){.path = whole_path(j, path),
        .found = found,
        .wanted = gh_str_z(wanted),
        .why = found.kind == GH_VALUE_UNKNOWN ? found.why : NULL};
}

enum gh_truth
gh_judge_undecided(struct gh_judge *j, struct gh_str path, const char *why)
{
    gh_judge_saw(j, path, gh_value_unknown(why, (struct gh_str){NULL, 0}), NULL);
    return GH_TRUTH_UNKNOWN;
}

struct gh_str
gh_judge_path(struct gh_judge *j, const char *prefix, struct gh_str name)
{
    struct gh_buf b;

    gh_buf_init(&b, j->a, 1024);
    gh_buf_putz(&b, prefix);
    gh_buf_put(&b, gh_str_sub(name, 0, 256));
    if (b.rc == GH_NOMEM)
        j->ev->rc = GH_NOMEM;
    return gh_buf_str(&b);
}

/* "a|b" as "a or b", behind a word. */
static struct gh_str
words(struct gh_judge *j, const char *before, const char *list)
{
    struct gh_str rest = gh_str_z(list), one;
    struct gh_buf b;

    if (before[0] == '\0' && gh_str_chr(rest, '|') == SIZE_MAX)
        return rest;
    gh_buf_init(&b, j->a, 4096);
    gh_buf_putz(&b, before);
    while (gh_str_cut(&one, &rest, '|')) {
        gh_buf_put(&b, one);
        if (rest.p != NULL)
            gh_buf_putz(&b, gh_str_chr(rest, '|') == SIZE_MAX ? " or " : ", ");
    }
    if (b.rc == GH_NOMEM)
        j->ev->rc = GH_NOMEM;
    return gh_buf_str(&b);
}

static const char *const wanted_before[GH_COND_COUNT] = {
    [GH_COND_NOT_IN] = "not ",
    [GH_COND_BEGINS] = "begins with ",
    [GH_COND_ENDS] = "ends with ",
    [GH_COND_HOLDS] = "holds ",
    [GH_COND_AT_MOST] = "at most ",
    [GH_COND_AT_LEAST] = "at least ",
    [GH_COND_VERSION] = "at least ",
    [GH_COND_LISTED] = "one of ",
};

static struct gh_str
wanted(struct gh_judge *j, const struct gh_cond *c)
{
    struct gh_judge_words once = {NULL, {NULL, 0}}, *slot;

    if (c->wanted != NULL)
        return gh_str_z(c->wanted);
    if (c->op == GH_COND_SET)
        return GH_STR("set");
    if (c->op == GH_COND_UNSET)
        return GH_STR("not set");
    slot = j->words == NULL ? &once : &j->words[((uintptr_t)c / sizeof *c) % GH_JUDGE_KEPT];
    if (slot->cond != c)
        *slot = (struct gh_judge_words){c, words(j, wanted_before[c->op] == NULL ? "" : wanted_before[c->op], c->value)};
    return slot->text;
}

/* ---- scalars ---- */

/* Dates and date versions order as text; what is not one does not. */
static bool
is_date(struct gh_str s)
{
    return s.n >= 10 && s.p[4] == '-' && s.p[7] == '-' && s.p[0] >= '0' && s.p[0] <= '9';
}

static enum gh_truth
version_from(struct gh_value v, struct gh_str least)
{
    if (v.kind == GH_VALUE_UNKNOWN || v.is_opaque)
        return GH_TRUTH_UNKNOWN;
    if (v.kind != GH_VALUE_STR || !is_date(v.s))
        return GH_TRUTH_FALSE;
    return gh_truth(gh_str_cmp(gh_str_sub(v.s, 0, 10), least) >= 0);
}

static enum gh_truth
is_any(enum gh_truth (*ask)(struct gh_value, struct gh_str), struct gh_value v, struct gh_str list)
{
    enum gh_truth best = GH_TRUTH_FALSE, t;
    struct gh_str one;

    while (gh_str_cut(&one, &list, '|')) {
        if ((t = ask(v, one)) == GH_TRUTH_TRUE)
            return t;
        if (t == GH_TRUTH_UNKNOWN)
            best = t;
    }
    return best;
}

/* An array holds an element that is one of the list; a string one as a part. */
static enum gh_truth
holds(struct gh_judge *j, struct gh_value v, struct gh_str list)
{
    enum gh_truth best = gh_expr_is_open(v) ? GH_TRUTH_UNKNOWN : GH_TRUTH_FALSE, t;
    struct gh_value e;
    uint32_t it = 0;

    if (v.kind != GH_VALUE_ARRAY)
        return is_any(gh_value_holds, v, list);
    while (gh_expr_each(&e, NULL, j->ev, v, &it)) {
        if ((t = gh_value_is_one(e, list)) == GH_TRUTH_TRUE)
            return t;
        if (t == GH_TRUTH_UNKNOWN)
            best = t;
    }
    return best;
}

static enum gh_truth
number_within(struct gh_judge *j, const struct gh_cond *c, struct gh_value v)
{
    struct gh_str bound = gh_str_z(c->value);
    int64_t limit, n;
    uint64_t u;
    enum gh_truth t;

    if (bound.n > 0 && bound.p[0] == '$') {
        if (!gh_config_number(&limit, j->config, gh_str_sub(bound, 1, SIZE_MAX)))
            return GH_TRUTH_UNKNOWN;
    } else if (gh_str_u64(&u, bound, INT64_MAX) == GH_OK) {
        limit = (int64_t)u;
    } else {
        return GH_TRUTH_UNKNOWN;
    }
    if ((t = gh_value_number(&n, v)) != GH_TRUTH_TRUE)
        return t;
    return gh_truth(c->op == GH_COND_AT_MOST ? n <= limit : n >= limit);
}

static enum gh_truth
listed(struct gh_judge *j, const struct gh_cond *c, struct gh_value v)
{
    const struct gh_config_list *list = gh_config_list(j->config, gh_str_z(c->value));

    if (list == NULL || v.kind == GH_VALUE_UNKNOWN || v.is_opaque)
        return GH_TRUTH_UNKNOWN;
    for (uint32_t i = 0; v.kind == GH_VALUE_STR && i < list->n; i++)
        if (gh_str_glob_ci(list->item[i], v.s))
            return GH_TRUTH_TRUE;
    return GH_TRUTH_FALSE;
}

static enum gh_truth
ask_value(struct gh_judge *j, const struct gh_cond *c, struct gh_value v)
{
    struct gh_str value = gh_str_z(c->value);

    switch (c->op) {
    case GH_COND_IN:
        return gh_value_is_one(v, value);
    case GH_COND_NOT_IN:
        return gh_truth_not(gh_value_is_one(v, value));
    case GH_COND_BEGINS:
        return is_any(gh_value_begins, v, value);
    case GH_COND_ENDS:
        return is_any(gh_value_ends, v, value);
    case GH_COND_HOLDS:
        return holds(j, v, value);
    case GH_COND_SET:
        return gh_value_has_content(v);
    case GH_COND_UNSET:
        return gh_truth_not(gh_value_has_content(v));
    case GH_COND_AT_MOST:
    case GH_COND_AT_LEAST:
        return number_within(j, c, v);
    case GH_COND_VERSION:
        return version_from(v, value);
    case GH_COND_LISTED:
        return listed(j, c, v);
    case GH_COND_END:
    case GH_COND_ALL:
    case GH_COND_ANY:
    case GH_COND_NOT:
    case GH_COND_API:
    case GH_COND_EVERY:
    case GH_COND_SOME:
    case GH_COND_RULE:
    case GH_COND_PARENT_RULE:
    case GH_COND_PARENT:
    case GH_COND_CHILD:
    case GH_COND_ENDPOINT:
    case GH_COND_LOGS:
    case GH_COND_IDENTITY:
    case GH_COND_INPUT_HAS:
    case GH_COND_EXPORT:
    case GH_COND_CONFIGURED:
    case GH_COND_CALL:
    case GH_COND_COUNT:
        break;
    }
    return GH_TRUTH_UNKNOWN;
}

/* What an absent value stands for; NULL: nothing. */
static const char *
default_of(const struct gh_judge *j, const struct gh_cond *c)
{
    struct gh_str api;

    if (c->since == NULL || j->resource == GH_INPUT_NONE)
        return c->absent;
    api = gh_judge_resource(j)->api_version;
    if (api.n == 0)
        return gh_input_is_export(j->in) ? c->absent : "?";
    return version_from(gh_value_str(api), gh_str_z(c->since)) == GH_TRUTH_TRUE ? c->absent_then : c->absent;
}

static bool
is_hidden(const struct gh_judge *j, const struct gh_cond *c)
{
    return j->resource != GH_INPUT_NONE && gh_judge_resource(j)->has_no_properties && c->path != NULL &&
           gh_str_starts(gh_str_z(c->path), GH_STR("properties")) && j->base == NULL;
}

/* One value, absent or not, with evidence. */
static enum gh_truth
ask_leaf(struct gh_judge *j, const struct gh_cond *c, struct gh_value v, struct gh_str path)
{
    bool is_absent = !gh_value_is_set(v);
    const char *absent = is_absent ? default_of(j, c) : NULL;
    enum gh_truth t;

    gh_judge_saw(j, path, v, NULL);
    j->seen.wanted = wanted(j, c);
    j->seen.absent = absent;
    if (is_absent && is_hidden(j, c))
        return gh_judge_undecided(j, path, "the export shows no properties of this resource");
    if (absent != NULL && absent[0] == '?')
        return gh_judge_undecided(j, path, "absent, and there is no default that could be judged");
    t = ask_value(j, c, absent != NULL ? gh_value_str(gh_str_z(absent)) : v);
    if (t == GH_TRUTH_UNKNOWN && j->seen.why == NULL)
        j->seen.why = v.is_opaque ? "the value is known only in part"
                      : v.kind == GH_VALUE_ARRAY || v.kind == GH_VALUE_OBJECT
                          ? "an array or object stands where a value is expected"
                          : "the value cannot be decided";
    return t;
}

/* ---- walks ---- */

struct tally {
    enum gh_truth truth;
    struct gh_evidence seen;
    bool has_seen;
};

/* every: the first false decides; some: the first true. True: no need to go on. */
static bool
count(struct tally *t, struct gh_judge *j, enum gh_truth one, bool is_some)
{
    enum gh_truth decides = is_some ? GH_TRUTH_TRUE : GH_TRUTH_FALSE;

    if (one == decides || (one == GH_TRUTH_UNKNOWN && t->truth != GH_TRUTH_UNKNOWN) || !t->has_seen) {
        t->seen = j->seen;
        t->has_seen = true;
    }
    if (one == decides || one == GH_TRUTH_UNKNOWN)
        t->truth = one;
    return one == decides;
}

/* A path with [*] or .* in it: split there. False: none. */
static bool
split_star(struct gh_str *head, struct gh_str *tail, bool *is_object, struct gh_str path)
{
    size_t array = gh_str_find(path, GH_STR("[*]")), object = gh_str_find(path, GH_STR(".*"));

    *is_object = object < array;
    if (array == SIZE_MAX && object == SIZE_MAX)
        return false;
    *head = gh_str_sub(path, 0, *is_object ? object : array);
    *tail = gh_str_sub(path, *is_object ? object + 2 : array + 3, SIZE_MAX);
    if (tail->n > 0 && tail->p[0] == '.')
        *tail = gh_str_sub(*tail, 1, SIZE_MAX);
    return true;
}

static struct gh_value
value_at(struct gh_judge *j, struct gh_value at, struct gh_str path)
{
    struct gh_str segment;

    while (gh_expr_segment(&segment, &path))
        at = gh_expr_get(j->ev, at, segment);
    return at;
}

typedef enum gh_truth (*ask_fn)(struct gh_judge *j, const struct gh_cond *c, struct gh_value v, struct gh_str rest);

/* `ask` for each element at `path` of `at`: all must hold, or one. */
static enum gh_truth
each(struct gh_judge *j, const struct gh_cond *c, struct gh_value at, struct gh_str path, struct gh_str rest, bool is_object,
    bool is_some, ask_fn ask)
{
    struct gh_value v = value_at(j, at, path), e;
    struct gh_judge_base base = {.up = j->base, .path = path, .is_object = is_object};
    struct tally t = {.truth = is_some ? GH_TRUTH_FALSE : GH_TRUTH_TRUE};
    uint32_t it = 0;

    gh_judge_saw(j, path, v, c->wanted != NULL ? c->wanted : is_some ? "an element that meets the rule" : NULL);
    if (!gh_value_is_set(v) && is_hidden(j, c))
        return gh_judge_undecided(j, path, "the export shows no properties of this resource");
    if (v.kind == GH_VALUE_UNKNOWN)
        return GH_TRUTH_UNKNOWN;
    if (gh_value_is_set(v) && v.kind != (is_object ? GH_VALUE_OBJECT : GH_VALUE_ARRAY))
        return gh_judge_undecided(j, path, is_object ? "an object is expected here" : "an array is expected here");
    if (!gh_value_is_set(v) && c->absent != NULL)
        return ask_leaf(j, c, v, path);
    t.seen = j->seen;
    for (; gh_expr_each(&e, &base.key, j->ev, v, &it); base.index++) {
        enum gh_truth one;
        j->base = &base;
        one = ask(j, c, e, rest);
        j->base = base.up;
        if (count(&t, j, one, is_some))
            break;
    }
    if (gh_expr_is_open(v) && t.truth != (is_some ? GH_TRUTH_TRUE : GH_TRUTH_FALSE))
        return gh_judge_undecided(j, path, "there may be further members that the input does not show");
    if (is_some && t.truth == GH_TRUTH_FALSE) /* none is to blame more than another */
        gh_judge_saw(j, path, v, c->wanted != NULL ? c->wanted : "an element that meets the rule");
    else
        j->seen = t.seen;
    return t.truth;
}

static enum gh_truth
ask_path(struct gh_judge *j, const struct gh_cond *c, struct gh_value at, struct gh_str path)
{
    struct gh_str head, tail;
    bool is_object;

    if (split_star(&head, &tail, &is_object, path))
        return each(j, c, at, head, tail, is_object, c->some, ask_path);
    return ask_leaf(j, c, value_at(j, at, path), path);
}

static enum gh_truth
ask_sub(struct gh_judge *j, const struct gh_cond *c, struct gh_value v, struct gh_str rest)
{
    (void)rest;
    return gh_cond_holds(j, c->sub, v);
}

static enum gh_truth
ask_elements(struct gh_judge *j, const struct gh_cond *c, struct gh_value at)
{
    struct gh_value v = gh_expr_path(j->ev, at, c->path);

    return each(j, c, at, gh_str_z(c->path), (struct gh_str){NULL, 0}, v.kind == GH_VALUE_OBJECT, c->op == GH_COND_SOME, ask_sub);
}

/* ---- conditions about conditions ---- */

static enum gh_truth ask(struct gh_judge *j, const struct gh_cond *c, struct gh_value at);

static enum gh_truth
ask_any(struct gh_judge *j, const struct gh_cond *c, struct gh_value at)
{
    struct tally t = {.truth = GH_TRUTH_FALSE};

    for (const struct gh_cond *s = c->sub; s->op != GH_COND_END; s++)
        if (count(&t, j, ask(j, s, at), true))
            break;
    j->seen = t.seen;
    return t.truth;
}

enum gh_truth
gh_cond_holds(struct gh_judge *j, const struct gh_cond *conds, struct gh_value at)
{
    struct tally t = {.truth = GH_TRUTH_TRUE, .seen = j->seen};

    for (const struct gh_cond *s = conds; s != NULL && s->op != GH_COND_END; s++)
        if (count(&t, j, ask(j, s, at), false))
            break;
    j->seen = t.seen;
    return t.truth;
}

static enum gh_truth
ask_not(struct gh_judge *j, const struct gh_cond *c, struct gh_value at)
{
    enum gh_truth t = gh_truth_not(gh_cond_holds(j, c->sub, at));
    struct gh_buf b;

    if (t != GH_TRUTH_TRUE && j->seen.wanted.n > 0 && c->wanted == NULL) {
        gh_buf_init(&b, j->a, 4096);
        gh_buf_putz(&b, "not: ");
        gh_buf_put(&b, j->seen.wanted);
        if (b.rc == GH_NOMEM)
            j->ev->rc = GH_NOMEM;
        j->seen.wanted = gh_buf_str(&b);
    }
    return t;
}

static enum gh_truth
ask_api(struct gh_judge *j, const struct gh_cond *c)
{
    struct gh_str api = j->resource == GH_INPUT_NONE ? (struct gh_str){NULL, 0} : gh_judge_resource(j)->api_version;

    gh_judge_saw(j, GH_STR("apiVersion"), gh_value_str(api), NULL);
    if (gh_input_is_export(j->in))
        return GH_TRUTH_TRUE;
    if (api.n == 0)
        return gh_judge_undecided(j, GH_STR("apiVersion"), "the API version cannot be reduced");
    return version_from(gh_value_str(api), gh_str_z(c->value));
}

static enum gh_truth
ask_input(struct gh_judge *j, const struct gh_cond *c)
{
    struct gh_str rest = gh_str_z(c->value), type;
    uint32_t n;

    if (c->op == GH_COND_EXPORT)
        return gh_truth(gh_input_is_export(j->in));
    if (c->op == GH_COND_CONFIGURED) {
        const struct gh_config_list *list = gh_config_list(j->config, rest);
        return gh_truth(list != NULL && list->n > 0);
    }
    while (gh_str_cut(&type, &rest, '|')) {
        (void)gh_input_of_type(&n, j->in, type);
        if (n > 0)
            return GH_TRUTH_TRUE;
    }
    return GH_TRUTH_FALSE;
}

static enum gh_truth
ask_identity(struct gh_judge *j, struct gh_value at)
{
    static const struct gh_cond present = {.op = GH_COND_IN,
        .path = "identity.type",
        .wanted = "SystemAssigned or UserAssigned",
        .value = "SystemAssigned|UserAssigned|SystemAssigned,UserAssigned|SystemAssigned, UserAssigned"};

    return ask_path(j, &present, at, GH_STR("identity.type"));
}

static enum gh_truth
ask_parent_rule(struct gh_judge *j, const struct gh_cond *c)
{
    uint32_t parent = gh_judge_ancestor(j, j->resource, c->path);

    if (parent == GH_INPUT_NONE)
        return gh_judge_undecided(j, gh_str_z(""), "the resource that it belongs to is outside the input");
    return gh_judge_rule(j, parent, gh_str_z(c->value));
}

static enum gh_truth
ask(struct gh_judge *j, const struct gh_cond *c, struct gh_value at)
{
    switch (c->op) {
    case GH_COND_ALL:
        return gh_cond_holds(j, c->sub, at);
    case GH_COND_ANY:
        return ask_any(j, c, at);
    case GH_COND_NOT:
        return ask_not(j, c, at);
    case GH_COND_EVERY:
    case GH_COND_SOME:
        return ask_elements(j, c, at);
    case GH_COND_API:
        return ask_api(j, c);
    case GH_COND_RULE:
        return gh_judge_rule(j, j->resource, gh_str_z(c->value));
    case GH_COND_PARENT_RULE:
        return ask_parent_rule(j, c);
    case GH_COND_PARENT:
        return gh_cond_parent(j, c);
    case GH_COND_CHILD:
        return gh_cond_child(j, c);
    case GH_COND_ENDPOINT:
        return gh_cond_endpoint(j, c);
    case GH_COND_LOGS:
        return gh_cond_logs(j, c);
    case GH_COND_IDENTITY:
        return ask_identity(j, at);
    case GH_COND_INPUT_HAS:
    case GH_COND_EXPORT:
    case GH_COND_CONFIGURED:
        return ask_input(j, c);
    case GH_COND_CALL:
        return c->fn(j, c, at);
    case GH_COND_IN:
    case GH_COND_NOT_IN:
    case GH_COND_BEGINS:
    case GH_COND_ENDS:
    case GH_COND_HOLDS:
    case GH_COND_SET:
    case GH_COND_UNSET:
    case GH_COND_AT_MOST:
    case GH_COND_AT_LEAST:
    case GH_COND_VERSION:
    case GH_COND_LISTED:
        return ask_path(j, c, at, gh_str_z(c->path));
    case GH_COND_END:
    case GH_COND_COUNT:
        break;
    }
    return GH_TRUTH_UNKNOWN;
}
