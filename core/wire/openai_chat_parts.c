/* SPDX-License-Identifier: Apache-2.0 */
/* wire/openai_chat: the tools of its reader: walking an object by a table, and making parts. */
#include "wire/openai_chat_int.h"

#include "base/limits.h"

#define PARTS_FIRST   16u
#define TOOL_NAME_MAX 128u

enum gh_rc
gh_chat_bad(struct gh_chat_reader *r, gh_json_ref v, const char *what)
{
    return gh_fail(r->err, GH_BAD, r->j->nodes[v].at, what);
}

enum gh_rc
gh_chat_refuse(struct gh_chat_reader *r, const char *what)
{
    if (r->conv->refused == NULL)
        r->conv->refused = what;
    return GH_OK;
}

static enum gh_rc
read_member(struct gh_chat_reader *r, gh_json_ref v, const struct gh_chat_member *rows, size_t n, const char *unknown)
{
    enum gh_json_type type = gh_json_type(r->j, v);
    struct gh_str key = gh_json_inside(r->j, v - 1);
    bool has_escape = r->j->nodes[v - 1].has_escape;

    if (type == GH_JSON_NULL)
        return GH_OK;
    for (size_t i = 0; i < n; i++)
        if (gh_json_text_eq(key, has_escape, rows[i].name, false))
            return rows[i].read(r, v);
    return type == GH_JSON_NUMBER ? GH_OK : gh_chat_refuse(r, unknown);
}

enum gh_rc
gh_chat_members(struct gh_chat_reader *r, gh_json_ref object, const struct gh_chat_member *rows, size_t n, const char *unknown)
{
    enum gh_rc rc;

    if (gh_json_type(r->j, object) != GH_JSON_OBJECT)
        return gh_chat_bad(r, object, "an object is wanted here");
    for (gh_json_ref v = gh_json_first(r->j, object); v != GH_JSON_NO; v = gh_json_next(r->j, object, v))
        if ((rc = read_member(r, v, rows, n, unknown)) != GH_OK)
            return rc;
    return GH_OK;
}

static enum gh_rc
add_part(struct gh_chat_reader *r, struct gh_part part)
{
    struct gh_conv *c = r->conv;
    size_t cap = r->parts_cap == 0 ? PARTS_FIRST : r->parts_cap * 2;
    struct gh_part *parts = c->parts;

    if (c->n_parts == GH_CONV_PARTS_MAX)
        return gh_fail(r->err, GH_LIMIT, r->j->nodes[part.node].at, "more parts than one conversation may have");
    if (c->n_parts == r->parts_cap) {
        if (parts == NULL || !gh_arena_resize(r->a, parts, r->parts_cap * sizeof(*parts), cap * sizeof(*parts))) {
            if ((parts = gh_arena_take_array(r->a, cap, sizeof(*parts))) == NULL)
                return GH_NOMEM;
            if (c->n_parts != 0)
                memcpy(parts, c->parts, c->n_parts * sizeof(*parts));
        }
        c->parts = parts;
        r->parts_cap = cap;
    }
    parts[c->n_parts++] = part;
    return GH_OK;
}

enum gh_rc
gh_chat_part(struct gh_chat_reader *r, enum gh_role role, enum gh_part_kind kind, gh_json_ref string)
{
    struct gh_part part = {.role = role, .kind = kind, .node = string};
    enum gh_rc rc = gh_json_str(&part.text, r->a, r->j, string);

    if (rc == GH_BAD)
        return gh_chat_bad(r, string, "a string is wanted here");
    return rc == GH_OK ? add_part(r, part) : rc;
}

enum gh_rc
gh_chat_joined(struct gh_chat_reader *r, enum gh_role role, enum gh_part_kind kind, gh_json_ref v)
{
    struct gh_part part = {.role = role, .kind = kind, .node = v};
    const struct gh_json_node *nodes = r->j->nodes;
    size_t room = nodes[v].end - nodes[v].at, n = 0;
    char *p = gh_arena_take(r->a, room);

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
gh_chat_scalar(struct gh_chat_reader *r, gh_json_ref v)
{
    enum gh_json_type type = gh_json_type(r->j, v);

    if (type != GH_JSON_NUMBER && type != GH_JSON_TRUE && type != GH_JSON_FALSE)
        return gh_chat_bad(r, v, "a number or a truth value is wanted here");
    return GH_OK;
}

enum gh_rc
gh_chat_string(struct gh_str *out, struct gh_chat_reader *r, gh_json_ref v)
{
    enum gh_rc rc = gh_json_str(out, r->a, r->j, v);
    return rc == GH_BAD ? gh_chat_bad(r, v, "a string is wanted here") : rc;
}

enum gh_rc
gh_chat_mark(struct gh_chat_reader *r, gh_json_ref v)
{
    struct gh_str s;
    enum gh_rc rc = gh_chat_string(&s, r, v);

    if (rc == GH_OK && s.n > GH_MARK_BYTES_MAX)
        return gh_chat_bad(r, v, "a shorter string is wanted here");
    return rc;
}

enum gh_rc
gh_chat_tool_name(struct gh_chat_reader *r, gh_json_ref v)
{
    static const char marks[] = "_.:-";
    struct gh_str s;
    enum gh_rc rc = gh_chat_string(&s, r, v);

    if (rc != GH_OK)
        return rc;
    if (s.n == 0 || s.n > TOOL_NAME_MAX)
        return gh_chat_bad(r, v, "a tool's name has 1 to 128 characters");
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool is_alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (!is_alnum && memchr(marks, c, sizeof(marks) - 1) == NULL)
            return gh_chat_bad(r, v, "a tool's name has letters, digits, underscore, dot, colon and hyphen alone");
    }
    return GH_OK;
}
