/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/yamldoc.h"

#include <yaml.h>

#include "base/limits.h"
#include "wire/json.h"

#define JSON_MAX (64u << 20) /* escapes may make a text longer */

struct reader {
    yaml_parser_t parser;
    struct gh_arena *a;
    struct gh_yamldoc **tail;
    struct gh_yamldoc *doc; /* the one under construction */
    size_t marks_cap, n_docs;
    struct gh_buf json;
    struct gh_jsonw w;
    struct {
        bool is_map, wants_key;
    } level[GH_JSON_DEPTH_MAX];
    size_t depth;
    struct gh_yamldoc_error *err;
};

static enum gh_rc
fail_at(struct reader *r, enum gh_rc rc, yaml_mark_t m, const char *what)
{
    *r->err = (struct gh_yamldoc_error){(unsigned)m.line + 1, (unsigned)m.column + 1, what};
    return rc;
}

/* ---- scalars ---- */

static size_t
digits(struct gh_str s, size_t at)
{
    size_t n = 0;

    while (at + n < s.n && s.p[at + n] >= '0' && s.p[at + n] <= '9')
        n++;
    return n;
}

static bool
at_one_of(struct gh_str s, size_t at, const char *set)
{
    return at < s.n && s.p[at] != '\0' && strchr(set, s.p[at]) != NULL;
}

/* RFC 8259 section 6: what JSON calls a number, and nothing that only YAML would. */
static bool
is_number(struct gh_str s)
{
    size_t at = at_one_of(s, 0, "-"), n = digits(s, at);

    if (n == 0 || (n > 1 && s.p[at] == '0'))
        return false;
    at += n;
    if (at_one_of(s, at, ".")) {
        if ((n = digits(s, at + 1)) == 0)
            return false;
        at += 1 + n;
    }
    if (at_one_of(s, at, "eE")) {
        at += 1 + (size_t)at_one_of(s, at + 1, "+-");
        if ((n = digits(s, at)) == 0)
            return false;
        at += n;
    }
    return at == s.n;
}

static bool
is_null(struct gh_str s)
{
    return s.n == 0 || gh_str_eq(s, GH_STR("~")) || gh_str_eq(s, GH_STR("null"));
}

static void
put_scalar(struct gh_jsonw *w, struct gh_str s, bool is_plain)
{
    if (is_plain && is_null(s))
        gh_jsonw_null(w);
    else if (is_plain && (gh_str_eq(s, GH_STR("true")) || gh_str_eq(s, GH_STR("false")) || is_number(s)))
        gh_jsonw_raw(w, s);
    else
        gh_jsonw_str(w, s);
}

/* ---- documents ---- */

static enum gh_rc
mark(struct reader *r, yaml_mark_t m)
{
    struct gh_yamldoc *d = r->doc;

    if (d->n_marks == GH_YAMLDOC_NODES_MAX)
        return fail_at(r, GH_LIMIT, m, "too many values in one document");
    if (d->n_marks == r->marks_cap) {
        size_t cap = r->marks_cap == 0 ? 64 : r->marks_cap * 2;
        struct gh_yamldoc_mark *more = gh_arena_take_array(r->a, cap, sizeof *more);

        if (more == NULL)
            return fail_at(r, GH_NOMEM, m, "out of memory");
        if (d->n_marks > 0)
            memcpy(more, d->marks, d->n_marks * sizeof *more);
        d->marks = more;
        r->marks_cap = cap;
    }
    d->marks[d->n_marks++] = (struct gh_yamldoc_mark){r->json.n, (unsigned)m.line + 1, (unsigned)m.column + 1};
    return GH_OK;
}

static enum gh_rc
doc_begin(struct reader *r, const yaml_event_t *e)
{
    bool has_directive = e->data.document_start.version_directive != NULL ||
                         e->data.document_start.tag_directives.start != e->data.document_start.tag_directives.end;

    if (has_directive)
        return fail_at(r, GH_BAD, e->start_mark, "directives are not accepted");
    if (r->n_docs++ == GH_YAMLDOC_DOCS_MAX)
        return fail_at(r, GH_LIMIT, e->start_mark, "too many documents");
    if ((r->doc = gh_arena_take(r->a, sizeof *r->doc)) == NULL)
        return fail_at(r, GH_NOMEM, e->start_mark, "out of memory");
    r->marks_cap = 0;
    r->depth = 0;
    gh_buf_init(&r->json, r->a, JSON_MAX);
    gh_jsonw_init(&r->w, &r->json);
    return GH_OK;
}

static enum gh_rc
doc_end(struct reader *r, const yaml_event_t *e)
{
    if (r->json.rc != GH_OK)
        return fail_at(r, r->json.rc, e->start_mark, "the document is too long");
    r->doc->json = gh_buf_str(&r->json);
    if (gh_str_eq(r->doc->json, GH_STR("null"))) /* `---` and comments alone */
        return GH_OK;
    *r->tail = r->doc;
    r->tail = &r->doc->next;
    return GH_OK;
}

/* In a mapping, keys and values take turns. True if what comes now is a key. */
static bool
take_turn(struct reader *r)
{
    if (r->depth == 0 || !r->level[r->depth - 1].is_map)
        return false;
    r->level[r->depth - 1].wants_key = !r->level[r->depth - 1].wants_key;
    return !r->level[r->depth - 1].wants_key;
}

static enum gh_rc
check_decoration(struct reader *r, const yaml_event_t *e, const yaml_char_t *anchor, const yaml_char_t *tag)
{
    if (anchor != NULL)
        return fail_at(r, GH_BAD, e->start_mark, "anchors and aliases are not accepted");
    return tag == NULL ? GH_OK : fail_at(r, GH_BAD, e->start_mark, "tags are not accepted");
}

static enum gh_rc
on_scalar(struct reader *r, const yaml_event_t *e)
{
    struct gh_str s = gh_str(e->data.scalar.value, e->data.scalar.length);
    bool is_plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE, is_key = take_turn(r);
    enum gh_rc rc = check_decoration(r, e, e->data.scalar.anchor, e->data.scalar.tag);

    if (rc != GH_OK || (rc = mark(r, e->start_mark)) != GH_OK)
        return rc;
    if (is_key && is_plain && gh_str_eq(s, GH_STR("<<")))
        return fail_at(r, GH_BAD, e->start_mark, "merge keys are not accepted");
    if (is_key)
        gh_jsonw_key_str(&r->w, s);
    else
        put_scalar(&r->w, s, is_plain);
    return GH_OK;
}

static enum gh_rc
on_open(struct reader *r, const yaml_event_t *e, bool is_map)
{
    const yaml_char_t *anchor = is_map ? e->data.mapping_start.anchor : e->data.sequence_start.anchor;
    const yaml_char_t *tag = is_map ? e->data.mapping_start.tag : e->data.sequence_start.tag;
    enum gh_rc rc = check_decoration(r, e, anchor, tag);

    if (rc != GH_OK)
        return rc;
    if (take_turn(r))
        return fail_at(r, GH_BAD, e->start_mark, "a key must be a plain word or a string");
    if (r->depth == GH_JSON_DEPTH_MAX)
        return fail_at(r, GH_LIMIT, e->start_mark, "nested too deep");
    if ((rc = mark(r, e->start_mark)) != GH_OK)
        return rc;
    r->level[r->depth].is_map = is_map;
    r->level[r->depth++].wants_key = true;
    if (is_map)
        gh_jsonw_obj(&r->w);
    else
        gh_jsonw_arr(&r->w);
    return GH_OK;
}

static void
on_close(struct reader *r, char bracket)
{
    r->depth--;
    gh_jsonw_end(&r->w, bracket);
}

static enum gh_rc
on_event(struct reader *r, const yaml_event_t *e)
{
    switch (e->type) {
    case YAML_DOCUMENT_START_EVENT:
        return doc_begin(r, e);
    case YAML_DOCUMENT_END_EVENT:
        return doc_end(r, e);
    case YAML_ALIAS_EVENT:
        return fail_at(r, GH_BAD, e->start_mark, "anchors and aliases are not accepted");
    case YAML_SCALAR_EVENT:
        return on_scalar(r, e);
    case YAML_SEQUENCE_START_EVENT:
        return on_open(r, e, false);
    case YAML_MAPPING_START_EVENT:
        return on_open(r, e, true);
    case YAML_SEQUENCE_END_EVENT:
        on_close(r, ']');
        return GH_OK;
    case YAML_MAPPING_END_EVENT:
        on_close(r, '}');
        return GH_OK;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
        return GH_OK;
    }
    return GH_BUG;
}

static enum gh_rc
read_all(struct reader *r)
{
    for (;;) {
        yaml_event_t e;
        yaml_event_type_t type;
        enum gh_rc rc;

        if (!yaml_parser_parse(&r->parser, &e)) /* problem is a literal of libyaml's, or NULL when memory ends */
            return fail_at(r, GH_BAD, r->parser.problem_mark, r->parser.problem == NULL ? "this is no YAML" : r->parser.problem);
        type = e.type;
        rc = on_event(r, &e);
        yaml_event_delete(&e);
        if (rc != GH_OK || type == YAML_STREAM_END_EVENT)
            return rc;
    }
}

enum gh_rc
gh_yamldoc_read(struct gh_yamldoc **out, struct gh_arena *a, struct gh_str text, struct gh_yamldoc_error *err)
{
    struct reader r = {.a = a, .tail = out, .err = err};
    enum gh_rc rc;

    *out = NULL;
    *err = (struct gh_yamldoc_error){1, 1, "out of memory"};
    if (text.n > GH_YAMLDOC_BYTES_MAX) {
        err->what = "the file is too long";
        return GH_LIMIT;
    }
    if (!yaml_parser_initialize(&r.parser))
        return GH_NOMEM;
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)text.p, text.n);
    rc = read_all(&r);
    yaml_parser_delete(&r.parser);
    return rc;
}

struct gh_yamldoc_mark
gh_yamldoc_place(const struct gh_yamldoc *doc, size_t at)
{
    struct gh_yamldoc_mark m = {0, 1, 1};

    for (size_t i = 0; i < doc->n_marks && doc->marks[i].at <= at; i++)
        m = doc->marks[i];
    return m;
}
