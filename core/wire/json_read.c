/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire/json: the reader. It runs on every request body, before anything in it is believed. One pass, one loop: the reader knows what
 * it expects next, reads that, and goes on; open containers are indices on a small stack. Whatever another parser could read in two
 * ways is refused here.
 */
#include "wire/json_int.h"

#include "base/codec.h"
#include "base/lanes.h"
#include "base/limits.h"

#define NODES_FIRST_MAX  1024u
#define COUNT_FROM_BYTES (4u << 20) /* from here on nodes are counted first: doubling would hold them twice */

enum expect { VALUE, VALUE_OR_END, KEY, KEY_OR_END, COLON, COMMA_OR_END, NOTHING };

struct reader {
    struct gh_json j;
    uint32_t at, n_text, cap;
    enum expect expect;
    const struct gh_json_bounds *max;
    uint32_t depth;
    uint32_t open[GH_JSON_DEPTH_FILE_MAX]; /* nodes of the containers that are open */
    struct gh_json_keys keys;
    struct gh_arena *arena;
    struct gh_err *err;
};

static enum gh_rc
fail(struct reader *r, enum gh_rc rc, uint32_t at, const char *what)
{
    return gh_fail(r->err, rc, at, what);
}

static enum gh_rc
more(struct reader *r)
{
    return fail(r, GH_MORE, r->n_text, "JSON ends early");
}

static struct gh_str
rest(const struct reader *r)
{
    return (struct gh_str){r->j.text.p + r->at, r->n_text - r->at};
}

/* At least as many as the text can have: each value or key but the first stands behind one of these. */
static uint32_t
count_nodes(struct gh_str text)
{
    uint32_t n = 1;
    size_t i = 0;

    while (text.n - i >= sizeof(gh_lanes)) {
        gh_lanes sum = {0};
        for (int k = 0; k < 127 && text.n - i >= sizeof(gh_lanes); k++, i += sizeof(gh_lanes)) { /* a lane counts to 127 */
            gh_lanes v = gh_lanes_load(text.p + i);
            sum -= (v == ',') | (v == ':') | (v == '[') | (v == '{');
        }
        for (size_t k = 0; k < sizeof(gh_lanes); k++)
            n += (uint8_t)sum[k];
    }
    for (; i < text.n; i++)
        n += (uint32_t)((text.p[i] == ',') + (text.p[i] == ':') + (text.p[i] == '[') + (text.p[i] == '{'));
    return n;
}

static enum gh_rc
grow(struct reader *r)
{
    uint32_t cap = r->cap == 0 ? r->n_text / 24 + 16 : r->cap * 2;
    struct gh_json_node *nodes;

    if (r->cap == 0 && r->n_text >= COUNT_FROM_BYTES)
        cap = count_nodes(r->j.text);
    else if (r->cap == 0 && cap > NODES_FIRST_MAX)
        cap = NODES_FIRST_MAX;
    if (cap > r->max->nodes)
        cap = r->max->nodes;
    if (r->j.n == cap)
        return fail(r, GH_LIMIT, r->at, "more JSON values than allowed");
    if (r->cap != 0 && gh_arena_resize(r->arena, r->j.nodes, r->cap * sizeof(*nodes), cap * sizeof(*nodes))) {
        r->cap = cap;
        return GH_OK;
    }
    if ((nodes = gh_arena_take_raw(r->arena, cap * sizeof(*nodes))) == NULL)
        return fail(r, GH_NOMEM, r->at, "no memory for the JSON document");
    if (r->j.n != 0)
        memcpy(nodes, r->j.nodes, r->j.n * sizeof(*nodes));
    r->j.nodes = nodes;
    r->cap = cap;
    return GH_OK;
}

/* A node that begins here; its end is set when it is known. */
static inline enum gh_rc
push(struct reader *r, enum gh_json_type type)
{
    enum gh_rc rc;

    if (r->j.n == r->cap && (rc = grow(r)) != GH_OK)
        return rc;
    r->j.nodes[r->j.n++] = (struct gh_json_node){.at = r->at, .type = (uint8_t)type};
    return GH_OK;
}

/* The value at node `v` is whole and the reader stands behind it. */
static inline void
value_done(struct reader *r, uint32_t v)
{
    struct gh_json_node *container;

    r->j.nodes[v].end = r->at;
    r->j.nodes[v].next = r->j.n;
    if (r->depth == 0) {
        r->expect = NOTHING;
        return;
    }
    container = &r->j.nodes[r->open[r->depth - 1]];
    if (container->type == GH_JSON_OBJECT)
        r->j.nodes[v - 1].next = r->j.n;
    container->count_hint = (uint16_t)(container->count_hint + (container->count_hint != UINT16_MAX));
    r->expect = COMMA_OR_END;
}

/* What is no plain ASCII text of a string: a quote, a backslash, a control or the start of UTF-8. */
static inline gh_lanes
special(const char *p)
{
    gh_lanes v = gh_lanes_load(p);

    return (v < 0x20) | (v == '"') | (v == '\\');
}

/* Where the next byte stands that is special. */
static inline uint32_t
plain_end(const struct reader *r, uint32_t at)
{
    const char *p = r->j.text.p;
    const uint32_t step = sizeof(gh_lanes);

    for (uint32_t n = step; n == step && r->n_text - at >= step; at += n)
        n = gh_lanes_before(special(p + at));
    while (at < r->n_text && (signed char)p[at] >= 0x20 && p[at] != '"' && p[at] != '\\')
        at++;
    return at;
}

/* A run of code points beyond ASCII. */
static enum gh_rc
read_beyond_ascii(struct reader *r)
{
    while (r->at < r->n_text && (signed char)r->j.text.p[r->at] < 0) {
        size_t used = gh_utf8_length(rest(r));
        if (used == 0)
            return fail(r, GH_BAD, r->at, "bad UTF-8 in a JSON string");
        r->at += (uint32_t)used;
    }
    return GH_OK;
}

/* One escape, or text beyond ASCII. */
static enum gh_rc
read_special(struct reader *r, struct gh_json_node *node)
{
    struct gh_str s = rest(r);
    uint32_t cp;
    size_t used;
    enum gh_rc rc;

    if ((unsigned char)s.p[0] < 0x20)
        return fail(r, GH_BAD, r->at, "control character in a JSON string");
    if (s.p[0] != '\\')
        return read_beyond_ascii(r);
    if ((rc = gh_json_escape_read(&cp, &used, s)) == GH_MORE)
        return more(r);
    if (rc != GH_OK)
        return fail(r, GH_BAD, r->at, "bad escape, or half a surrogate pair, in a JSON string");
    node->has_escape = 1;
    r->at += (uint32_t)used;
    return GH_OK;
}

/* The reader stands on the opening quote. */
static enum gh_rc
read_string(struct reader *r)
{
    enum gh_rc rc = push(r, GH_JSON_STRING);
    struct gh_json_node *node;

    if (rc != GH_OK)
        return rc;
    node = &r->j.nodes[r->j.n - 1];
    r->at++;
    for (;;) {
        r->at = plain_end(r, r->at);
        if (r->at == r->n_text)
            return more(r);
        if (r->j.text.p[r->at] == '"')
            break;
        if ((rc = read_special(r, node)) != GH_OK)
            return rc;
    }
    r->at++;
    node->end = r->at;
    return GH_OK;
}

static inline bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* At least one digit; *out is the value of the run, saturating. */
static enum gh_rc
read_digits(struct reader *r, uint32_t *out)
{
    const char *p = r->j.text.p;

    *out = 0;
    if (r->at == r->n_text)
        return more(r);
    if (!is_digit(p[r->at]))
        return fail(r, GH_BAD, r->at, "JSON number without a digit");
    for (; r->at < r->n_text && is_digit(p[r->at]); r->at++)
        if (*out <= GH_JSON_EXPONENT_MAX)
            *out = *out * 10 + (uint32_t)(p[r->at] - '0');
    return GH_OK;
}

static enum gh_rc
read_number(struct reader *r)
{
    const char *p = r->j.text.p;
    uint32_t start = r->at, v;
    enum gh_rc rc = push(r, GH_JSON_NUMBER);

    if (rc != GH_OK)
        return rc;
    r->at += p[r->at] == '-';
    if (r->at < r->n_text && p[r->at] == '0')
        r->at++; /* a digit behind it is caught by who reads what follows the value */
    else if ((rc = read_digits(r, &v)) != GH_OK)
        return rc;
    if (r->at < r->n_text && p[r->at] == '.') {
        r->at++;
        if ((rc = read_digits(r, &v)) != GH_OK)
            return rc;
    }
    if (r->at < r->n_text && (p[r->at] == 'e' || p[r->at] == 'E')) {
        r->at++;
        r->at += r->at < r->n_text && (p[r->at] == '+' || p[r->at] == '-');
        if ((rc = read_digits(r, &v)) != GH_OK)
            return rc;
        if (v > GH_JSON_EXPONENT_MAX)
            return fail(r, GH_LIMIT, start, "JSON number with too large an exponent");
    }
    return r->at - start > GH_JSON_NUMBER_BYTES_MAX ? fail(r, GH_LIMIT, start, "JSON number too long") : GH_OK;
}

static enum gh_rc
read_literal(struct reader *r, struct gh_str word, enum gh_json_type type)
{
    struct gh_str here = gh_str_sub(rest(r), 0, word.n);
    enum gh_rc rc;

    if (!gh_str_starts(word, here))
        return fail(r, GH_BAD, r->at, "unknown word in JSON");
    if (here.n < word.n)
        return more(r);
    if ((rc = push(r, type)) != GH_OK)
        return rc;
    r->at += (uint32_t)word.n;
    return GH_OK;
}

static enum gh_rc
open_container(struct reader *r, enum gh_json_type type)
{
    enum gh_rc rc;

    if (r->depth == r->max->depth)
        return fail(r, GH_LIMIT, r->at, "JSON nested too deeply");
    if ((rc = push(r, type)) != GH_OK)
        return rc;
    r->open[r->depth++] = r->j.n - 1;
    r->at++;
    r->expect = type == GH_JSON_OBJECT ? KEY_OR_END : VALUE_OR_END;
    return GH_OK;
}

static enum gh_rc
close_container(struct reader *r, char bracket)
{
    uint32_t v = r->open[r->depth - 1];
    bool is_object = r->j.nodes[v].type == GH_JSON_OBJECT;
    enum gh_rc rc;

    if (bracket != (is_object ? '}' : ']'))
        return fail(r, GH_BAD, r->at, "wrong closing bracket in JSON");
    if (is_object && (rc = gh_json_keys_check(&r->keys, r->arena, &r->j, v, r->err)) != GH_OK)
        return rc;
    r->at++;
    r->depth--;
    value_done(r, v);
    return GH_OK;
}

static enum gh_rc
read_value(struct reader *r)
{
    uint32_t v = r->j.n;
    enum gh_rc rc;

    switch (r->j.text.p[r->at]) {
    case '{':
        return open_container(r, GH_JSON_OBJECT);
    case '[':
        return open_container(r, GH_JSON_ARRAY);
    case '"':
        rc = read_string(r);
        break;
    case 't':
        rc = read_literal(r, GH_STR("true"), GH_JSON_TRUE);
        break;
    case 'f':
        rc = read_literal(r, GH_STR("false"), GH_JSON_FALSE);
        break;
    case 'n':
        rc = read_literal(r, GH_STR("null"), GH_JSON_NULL);
        break;
    default:
        if (r->j.text.p[r->at] != '-' && !is_digit(r->j.text.p[r->at]))
            return fail(r, GH_BAD, r->at, "no JSON value here");
        rc = read_number(r);
        break;
    }
    if (rc == GH_OK)
        value_done(r, v);
    return rc;
}

static enum gh_rc
read_key(struct reader *r)
{
    enum gh_rc rc;

    if (r->j.text.p[r->at] != '"')
        return fail(r, GH_BAD, r->at, "JSON object without a key here");
    if ((rc = read_string(r)) == GH_OK)
        r->expect = COLON;
    return rc;
}

/* The reader stands on a byte that is not white space. */
static inline enum gh_rc
step(struct reader *r)
{
    char c = r->j.text.p[r->at];

    switch (r->expect) {
    case VALUE_OR_END:
        return c == ']' ? close_container(r, c) : read_value(r);
    case VALUE:
        return read_value(r);
    case KEY_OR_END:
        return c == '}' ? close_container(r, c) : read_key(r);
    case KEY:
        return read_key(r);
    case COLON:
        if (c != ':')
            return fail(r, GH_BAD, r->at, "JSON key without a colon");
        r->at++;
        r->expect = VALUE;
        return GH_OK;
    case COMMA_OR_END:
        if (c != ',')
            return close_container(r, c);
        r->at++;
        r->expect = r->j.nodes[r->open[r->depth - 1]].type == GH_JSON_OBJECT ? KEY : VALUE;
        return GH_OK;
    case NOTHING:
        return fail(r, GH_BAD, r->at, "bytes behind the JSON value");
    }
    return fail(r, GH_BUG, r->at, "reader of JSON in no state");
}

static inline void
skip_space(struct reader *r)
{
    const char *p = r->j.text.p;

    while (r->at < r->n_text && (p[r->at] == ' ' || p[r->at] == '\n' || p[r->at] == '\r' || p[r->at] == '\t'))
        r->at++;
}

enum gh_rc
gh_json_parse(struct gh_json *out, struct gh_arena *a, struct gh_str text, struct gh_err *err)
{
    static const struct gh_json_bounds of_requests = {GH_JSON_BYTES_MAX, GH_JSON_NODES_MAX, GH_JSON_DEPTH_MAX};

    return gh_json_parse_within(out, a, text, &of_requests, err);
}

enum gh_rc
gh_json_parse_within(
    struct gh_json *out, struct gh_arena *a, struct gh_str text, const struct gh_json_bounds *bounds, struct gh_err *err)
{
    struct reader r;
    enum gh_rc rc;

    r.j = (struct gh_json){.text = text};
    r.at = r.cap = r.depth = 0;
    r.expect = VALUE;
    r.keys = (struct gh_json_keys){.cap = 0};
    r.max = bounds;
    r.arena = a;
    r.err = err;
    *out = (struct gh_json){.n = 0};
    if (bounds->depth > GH_JSON_DEPTH_FILE_MAX)
        return gh_fail(err, GH_BUG, 0, "JSON bounds deeper than the reader's own");
    if (text.n > bounds->bytes)
        return gh_fail(err, GH_LIMIT, 0, "JSON document too long");
    r.n_text = (uint32_t)text.n;
    for (skip_space(&r); r.at < r.n_text; skip_space(&r))
        if ((rc = step(&r)) != GH_OK)
            return rc;
    if (r.expect != NOTHING)
        return more(&r);
    (void)gh_arena_resize(a, r.j.nodes, r.cap * sizeof(*r.j.nodes), r.j.n * sizeof(*r.j.nodes));
    *out = r.j;
    return GH_OK;
}
