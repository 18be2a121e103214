/* SPDX-License-Identifier: Apache-2.0 */
/* wire/conv_read: walking an object by a table, and making parts, tools and stored ids. */
#include "wire/conv_read.h"

#include "base/limits.h"

#define PARTS_FIRST   16u
#define TOOLS_FIRST   8u
#define TOOL_NAME_MAX 128u

struct gh_conv_reader
gh_conv_begin(struct gh_conv *out, struct gh_arena *a, const struct gh_json *body, struct gh_err *err)
{
    *out = (struct gh_conv){.model_node = GH_JSON_NO, .choices = 1, .max_output_tokens = -1};
    return (struct gh_conv_reader){.conv = out, .a = a, .j = body, .err = err};
}

enum gh_rc
gh_conv_bad(struct gh_conv_reader *r, gh_json_ref v, const char *what)
{
    return gh_fail(r->err, GH_BAD, r->j->nodes[v].at, what);
}

enum gh_rc
gh_conv_refuse(struct gh_conv_reader *r, const char *what)
{
    if (r->conv->refused == NULL)
        r->conv->refused = what;
    return GH_OK;
}

/* A backend that folds letters reads another name as one of a table: "N", or "Max_Tokens": null behind the bound that the endpoint sets. */
static bool
is_plain_name(struct gh_str key)
{
    for (size_t i = 0; i < key.n; i++)
        if ((key.p[i] < 'a' || key.p[i] > 'z') && (key.p[i] < '0' || key.p[i] > '9') && key.p[i] != '_')
            return false;
    return true;
}

/* What servers of models call how many answers, and how long they may be. Where a dialect has no row for one, it would go beside the bounds. */
static bool
is_bound(struct gh_str key)
{
    static const struct gh_str names[] = {GH_STR_INIT("n"), GH_STR_INIT("best_of"), GH_STR_INIT("n_predict"),
        GH_STR_INIT("num_predict"), GH_STR_INIT("max_tokens"), GH_STR_INIT("max_completion_tokens"),
        GH_STR_INIT("max_output_tokens"), GH_STR_INIT("max_new_tokens"), GH_STR_INIT("max_tokens_to_sample"),
        GH_STR_INIT("max_gen_len"), GH_STR_INIT("max_length")};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (gh_str_eq(key, names[i]))
            return true;
    return false;
}

static bool
is_harmless(enum gh_json_type type, struct gh_str key, bool has_escape)
{
    if (has_escape || !is_plain_name(key))
        return false;
    return type == GH_JSON_NULL || (type == GH_JSON_NUMBER && !is_bound(key));
}

static enum gh_rc
read_member(struct gh_conv_reader *r, gh_json_ref v, const struct gh_conv_member *rows, size_t n, const char *unknown)
{
    enum gh_json_type type = gh_json_type(r->j, v);
    struct gh_str key = gh_json_inside(r->j, v - 1);
    bool has_escape = r->j->nodes[v - 1].has_escape;

    for (size_t i = 0; i < n; i++)
        if (gh_json_text_eq(key, has_escape, rows[i].name, false))
            return type == GH_JSON_NULL ? GH_OK : rows[i].read(r, v);
    return is_harmless(type, key, has_escape) ? GH_OK : gh_conv_refuse(r, unknown);
}

enum gh_rc
gh_conv_members(struct gh_conv_reader *r, gh_json_ref object, const struct gh_conv_member *rows, size_t n, const char *unknown)
{
    enum gh_rc rc;

    if (gh_json_type(r->j, object) != GH_JSON_OBJECT)
        return gh_conv_bad(r, object, "an object is wanted here");
    for (gh_json_ref v = gh_json_first(r->j, object); v != GH_JSON_NO; v = gh_json_next(r->j, object, v))
        if ((rc = read_member(r, v, rows, n, unknown)) != GH_OK)
            return rc;
    return GH_OK;
}

/* Room for one more element of an array that lies in the arena; false: no memory. */
static bool
grow(void **items, struct gh_arena *a, size_t n, size_t *cap, size_t first, size_t size)
{
    size_t wanted = *cap == 0 ? first : *cap * 2;

    if (n < *cap)
        return true;
    if (*items == NULL || !gh_arena_resize(a, *items, *cap * size, wanted * size)) {
        void *more = gh_arena_take_array(a, wanted, size);
        if (more == NULL)
            return false;
        if (n != 0)
            memcpy(more, *items, n * size);
        *items = more;
    }
    *cap = wanted;
    return true;
}

static enum gh_rc
add_part(struct gh_conv_reader *r, struct gh_part part)
{
    struct gh_conv *c = r->conv;
    void *parts = c->parts;

    if (c->n_parts == GH_CONV_PARTS_MAX)
        return gh_fail(r->err, GH_LIMIT, r->j->nodes[part.node].at, "more parts than one conversation may have");
    if (!grow(&parts, r->a, c->n_parts, &r->parts_cap, PARTS_FIRST, sizeof(part)))
        return GH_NOMEM;
    c->parts = parts;
    c->parts[c->n_parts++] = part;
    return GH_OK;
}

static enum gh_rc
add_tool(struct gh_conv_reader *r, gh_json_ref v, struct gh_tool tool)
{
    struct gh_conv *c = r->conv;
    void *tools = c->tools;

    if (c->n_tools == GH_TOOLS_MAX)
        return gh_fail(r->err, GH_LIMIT, r->j->nodes[v].at, "more tools than one request may declare");
    if (!grow(&tools, r->a, c->n_tools, &r->tools_cap, TOOLS_FIRST, sizeof(tool)))
        return GH_NOMEM;
    c->tools = tools;
    c->tools[c->n_tools++] = tool;
    return GH_OK;
}

enum gh_rc
gh_conv_tool_word(struct gh_str *out, struct gh_conv_reader *r, gh_json_ref v)
{
    static const char marks[] = "_.:-";
    enum gh_rc rc = gh_conv_string(out, r, v);

    if (rc != GH_OK)
        return rc;
    if (out->n == 0 || out->n > TOOL_NAME_MAX)
        return gh_conv_bad(r, v, "a tool's name has 1 to 128 characters");
    for (size_t i = 0; i < out->n; i++) {
        char c = out->p[i];
        bool is_alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (!is_alnum && memchr(marks, c, sizeof(marks) - 1) == NULL)
            return gh_conv_bad(r, v, "a tool's name has letters, digits, underscore, dot, colon and hyphen alone");
    }
    return GH_OK;
}

enum gh_rc
gh_conv_tool(struct gh_conv_reader *r, gh_json_ref name)
{
    struct gh_tool tool = {.is_hosted = false};
    enum gh_rc rc = gh_conv_tool_word(&tool.name, r, name);

    return rc == GH_OK ? add_tool(r, name, tool) : rc;
}

enum gh_rc
gh_conv_chosen(struct gh_conv_reader *r, gh_json_ref name)
{
    struct gh_conv *c = r->conv;
    void *chosen = c->chosen;
    struct gh_str word;
    enum gh_rc rc = gh_conv_tool_word(&word, r, name);

    if (rc != GH_OK)
        return rc;
    if (c->n_chosen == GH_TOOLS_MAX)
        return gh_fail(r->err, GH_LIMIT, r->j->nodes[name].at, "more chosen tools than one request may declare");
    if (!grow(&chosen, r->a, c->n_chosen, &r->chosen_cap, TOOLS_FIRST, sizeof(*c->chosen)))
        return GH_NOMEM;
    c->chosen = chosen;
    c->chosen[c->n_chosen++] = word;
    return GH_OK;
}

enum gh_rc
gh_conv_hosted(struct gh_conv_reader *r, struct gh_str type, gh_json_ref v)
{
    enum gh_rc rc = add_tool(r, v, (struct gh_tool){type, true});

    return rc == GH_OK ? gh_conv_joined(r, GH_ROLE_NONE, GH_PART_TOOL_SCHEMA, v) : rc;
}

enum gh_rc
gh_conv_stored(struct gh_conv_reader *r, enum gh_stored kind, gh_json_ref id)
{
    struct gh_stored_id s = {.kind = kind, .at = r->j->nodes[id].at, .end = r->j->nodes[id].end};
    enum gh_rc rc = gh_conv_string(&s.id, r, id);

    if (rc != GH_OK)
        return rc;
    if (r->conv->n_stored == GH_STORED_IDS_MAX)
        return gh_fail(r->err, GH_LIMIT, s.at, "more stored things than one request may name");
    r->conv->stored[r->conv->n_stored++] = s;
    return GH_OK;
}

enum gh_rc
gh_conv_part(struct gh_conv_reader *r, enum gh_role role, enum gh_part_kind kind, gh_json_ref string)
{
    struct gh_part part = {.role = role, .kind = kind, .node = string, .is_fixed = kind == GH_PART_MEDIA};
    enum gh_rc rc = gh_json_str(&part.text, r->a, r->j, string);

    if (rc == GH_BAD)
        return gh_conv_bad(r, string, "a string is wanted here");
    return rc == GH_OK ? add_part(r, part) : rc;
}

enum gh_rc
gh_conv_joined(struct gh_conv_reader *r, enum gh_role role, enum gh_part_kind kind, gh_json_ref v)
{
    struct gh_part part = {.role = role, .kind = kind, .node = v, .is_fixed = true};
    const struct gh_json_node *nodes = r->j->nodes;
    size_t room = nodes[v].end - nodes[v].at, n = 0;
    char *p = gh_arena_take_raw(r->a, room);

    if (p == NULL)
        return GH_NOMEM;
    for (gh_json_ref k = v; k < nodes[v].next; k++) {
        if (nodes[k].type != GH_JSON_STRING)
            continue;
        n += gh_json_unescape(p + n, gh_json_inside(r->j, k));
        p[n++] = '\n'; /* there is room: the quotes are gone */
    }
    (void)gh_arena_resize(r->a, p, room, n);
    part.text = gh_str(p, n);
    return n == 0 ? GH_OK : add_part(r, part);
}

enum gh_rc
gh_conv_string(struct gh_str *out, struct gh_conv_reader *r, gh_json_ref v)
{
    enum gh_rc rc = gh_json_str(out, r->a, r->j, v);
    return rc == GH_BAD ? gh_conv_bad(r, v, "a string is wanted here") : rc;
}

enum gh_rc
gh_conv_bool(bool *out, struct gh_conv_reader *r, gh_json_ref v)
{
    enum gh_json_type type = gh_json_type(r->j, v);

    if (type != GH_JSON_TRUE && type != GH_JSON_FALSE)
        return gh_conv_bad(r, v, "true or false is wanted here");
    *out = type == GH_JSON_TRUE;
    return GH_OK;
}

enum gh_rc
gh_conv_count(int64_t *out, struct gh_conv_reader *r, gh_json_ref v, int64_t max)
{
    if (gh_json_i64(out, r->j, v) != GH_OK || *out < 1 || *out > max)
        return gh_conv_bad(r, v, "a whole number within its bounds is wanted here");
    return GH_OK;
}

enum gh_rc
gh_conv_each(struct gh_conv_reader *r, gh_json_ref array, enum gh_rc (*read)(struct gh_conv_reader *, gh_json_ref))
{
    enum gh_rc rc;

    if (gh_json_type(r->j, array) != GH_JSON_ARRAY)
        return gh_conv_bad(r, array, "an array is wanted here");
    for (gh_json_ref v = gh_json_first(r->j, array); v != GH_JSON_NO; v = gh_json_next(r->j, array, v))
        if ((rc = read(r, v)) != GH_OK)
            return rc;
    return GH_OK;
}

struct gh_str
gh_conv_type(const struct gh_conv_reader *r, gh_json_ref v)
{
    gh_json_ref type = gh_json_get(r->j, v, GH_STR("type"));

    return gh_json_type(r->j, type) == GH_JSON_STRING ? gh_json_inside(r->j, type) : GH_STR("");
}

bool
gh_conv_type_is(const struct gh_conv_reader *r, gh_json_ref v, struct gh_str type)
{
    return gh_str_eq(gh_conv_type(r, v), type);
}
