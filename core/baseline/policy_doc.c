/* SPDX-License-Identifier: Apache-2.0 */
#include "baseline/policy_doc.h"

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Behind the expression that begins at `at` ("@(" or "@{"), its brackets balanced, its own strings skipped. */
static size_t
behind_expression(struct gh_str s, size_t at)
{
    uint32_t depth = 0;

    for (at++; at < s.n; at++) {
        char c = s.p[at];
        if (c == '"' || c == '\'') {
            for (at++; at < s.n && s.p[at] != c; at++)
                if (s.p[at] == '\\')
                    at++;
        } else if (c == '(' || c == '{') {
            depth++;
        } else if ((c == ')' || c == '}') && --depth == 0) {
            return at + 1;
        }
    }
    return s.n;
}

static bool
is_expression(struct gh_str s, size_t at)
{
    return at + 1 < s.n && s.p[at] == '@' && (s.p[at + 1] == '(' || s.p[at + 1] == '{');
}

/* Behind the closing mark, or the end. */
static size_t
behind(struct gh_str s, size_t at, struct gh_str mark)
{
    size_t found = gh_str_find(gh_str_sub(s, at, SIZE_MAX), mark);

    return found == SIZE_MAX ? s.n : at + found + mark.n;
}

/* The '<' of the next tag from `at` on, or the end. Expressions, comments, CDATA and processing instructions are none. */
static size_t
find_tag(struct gh_str s, size_t at)
{
    while (at < s.n) {
        struct gh_str rest = gh_str_sub(s, at, SIZE_MAX);
        if (is_expression(s, at))
            at = behind_expression(s, at);
        else if (gh_str_starts(rest, GH_STR("<!--")))
            at = behind(s, at, GH_STR("-->"));
        else if (gh_str_starts(rest, GH_STR("<![CDATA[")))
            at = behind(s, at, GH_STR("]]>"));
        else if (gh_str_starts(rest, GH_STR("<?")))
            at = behind(s, at, GH_STR("?>"));
        else if (s.p[at] == '<')
            return at;
        else
            at++;
    }
    return s.n;
}

/* Behind a quoted value whose quote is at `at`. */
static size_t
behind_quoted(struct gh_str s, size_t at)
{
    char quote = s.p[at++];

    if (is_expression(s, at))
        at = behind_expression(s, at);
    while (at < s.n && s.p[at] != quote)
        at++;
    return at < s.n ? at + 1 : s.n;
}

static struct gh_str
trim(struct gh_str s)
{
    while (s.n > 0 && is_blank(s.p[0]))
        s = gh_str_sub(s, 1, SIZE_MAX);
    while (s.n > 0 && is_blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

bool
gh_policy_doc_next(struct gh_policy_tag *out, struct gh_str text, size_t *at)
{
    size_t from = find_tag(text, *at), name, end;

    if (from >= text.n)
        return false;
    *out = (struct gh_policy_tag){.is_end = from + 1 < text.n && text.p[from + 1] == '/'};
    name = from + 1 + out->is_end;
    for (end = name; end < text.n && !is_blank(text.p[end]) && text.p[end] != '>' && text.p[end] != '/'; end++)
        ;
    out->name = gh_str_sub(text, name, end - name);
    for (from = end; end < text.n && text.p[end] != '>';)
        end = text.p[end] == '"' || text.p[end] == '\'' ? behind_quoted(text, end) : end + 1;
    out->is_empty = end > from && end <= text.n && text.p[end - 1] == '/';
    out->attributes = gh_str_sub(text, from, end - from);
    *at = end < text.n ? end + 1 : text.n;
    out->text = trim(gh_str_sub(text, *at, find_tag(text, *at) - *at));
    return true;
}

struct gh_str
gh_policy_doc_attribute(const struct gh_policy_tag *tag, struct gh_str name)
{
    struct gh_str s = tag->attributes;
    size_t at = 0;

    while (at < s.n) {
        size_t from, end;
        while (at < s.n && (is_blank(s.p[at]) || s.p[at] == '/'))
            at++;
        for (from = at; at < s.n && s.p[at] != '=' && !is_blank(s.p[at]); at++)
            ;
        end = at;
        while (at < s.n && (is_blank(s.p[at]) || s.p[at] == '='))
            at++;
        if (at >= s.n || (s.p[at] != '"' && s.p[at] != '\''))
            continue;
        size_t value = at + 1;
        at = behind_quoted(s, at);
        if (gh_str_eq_ci(gh_str_sub(s, from, end - from), name))
            return gh_str_sub(s, value, at - value - 1);
    }
    return (struct gh_str){NULL, 0};
}

static bool
is(struct gh_str s, const char *word)
{
    return gh_str_eq_ci(s, gh_str_z(word));
}

/* What the presence of an element says by itself. */
static uint32_t
bits_of(const struct gh_policy_tag *t)
{
    static const struct {
        const char *name;
        uint32_t bits;
    } elements[] = {
        {"policies", GH_POLICY_ROOT},
        {"cors", GH_POLICY_CORS},
        {"validate-azure-ad-token", GH_POLICY_VALIDATES},
        {"validate-jwt", GH_POLICY_VALIDATES},
        {"llm-token-limit", GH_POLICY_LIMIT},
        {"azure-openai-token-limit", GH_POLICY_LIMIT},
        {"llm-emit-token-metric", GH_POLICY_METRIC},
        {"azure-openai-emit-token-metric", GH_POLICY_METRIC},
        {"include-fragment", GH_POLICY_FRAGMENT},
        {"authentication-managed-identity", GH_POLICY_IDENTITY | GH_POLICY_AUTHENTICATES},
        {"authentication-certificate", GH_POLICY_AUTHENTICATES},
        {"authentication-basic", GH_POLICY_AUTHENTICATES},
    };

    for (size_t i = 0; i < sizeof elements / sizeof elements[0]; i++)
        if (is(t->name, elements[i].name))
            return elements[i].bits;
    if (is(t->name, "llm-content-safety") && is(gh_policy_doc_attribute(t, GH_STR("shield-prompt")), "true"))
        return GH_POLICY_SHIELD;
    if (is(t->name, "set-header") && is(gh_policy_doc_attribute(t, GH_STR("name")), "api-key") &&
        !is(gh_policy_doc_attribute(t, GH_STR("exists-action")), "delete"))
        return GH_POLICY_API_KEY;
    return 0;
}

enum { SECTION_INBOUND = 1, SECTION_BACKEND = 2, SECTION_OUTBOUND = 4, SECTION_ERROR = 8, SECTION_ALL = 15 };

static uint32_t
section_of(struct gh_str name)
{
    return is(name, "inbound")    ? SECTION_INBOUND
           : is(name, "backend")  ? SECTION_BACKEND
           : is(name, "outbound") ? SECTION_OUTBOUND
           : is(name, "on-error") ? SECTION_ERROR
                                  : 0;
}

uint32_t
gh_policy_doc_scan(struct gh_str text)
{
    uint32_t bits = 0, depth = 0, section = 0, with_base = 0, cors_depth = 0;
    struct gh_policy_tag t;
    size_t at = 0;

    while (gh_policy_doc_next(&t, text, &at)) {
        if (t.is_end) {
            bits |= depth == 0 ? GH_POLICY_BROKEN : 0;
            depth -= depth > 0;
            if (depth < cors_depth)
                cors_depth = 0;
            continue;
        }
        bits |= bits_of(&t);
        if (depth == 1)
            section = section_of(t.name);
        if (depth == 2 && is(t.name, "base"))
            with_base |= section;
        if (cors_depth > 0 && gh_str_eq(t.text, GH_STR("*")) &&
            (is(t.name, "origin") || is(t.name, "method") || is(t.name, "header")))
            bits |= GH_POLICY_CORS_STAR;
        if (!t.is_empty) {
            depth++;
            if (is(t.name, "cors"))
                cors_depth = depth;
        }
    }
    bits |= depth != 0 ? GH_POLICY_BROKEN : 0;
    bits |= with_base == SECTION_ALL ? GH_POLICY_BASE : 0;
    return bits | (with_base & SECTION_INBOUND ? GH_POLICY_INBOUND_BASE : 0);
}
