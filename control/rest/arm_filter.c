/* SPDX-License-Identifier: Apache-2.0 */
#include "control/rest/arm_filter.h"

static const struct {
    const char *name;
    enum gh_arm_term_form form;
} terms[GH_ARM_TERM_COUNT] = {
#define ROW(name, written, form) {written, form},
    GH_ARM_TERM_LIST(ROW)
#undef ROW
};

struct reading {
    struct gh_arm_filter *out;
    struct gh_arena *a;
    struct gh_str rest, term; /* term: from where it begins, while it is read */
    unsigned takes;
    const char *why;
};

static enum gh_rc
bad(struct reading *r, const char *why)
{
    r->why = why;
    return GH_BAD;
}

static bool
is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void
skip_spaces(struct reading *r)
{
    while (r->rest.n > 0 && r->rest.p[0] == ' ')
        r->rest = gh_str_sub(r->rest, 1, SIZE_MAX);
}

static struct gh_str
take_letters(struct reading *r)
{
    size_t n = 0;
    while (n < r->rest.n && is_letter(r->rest.p[n]))
        n++;
    struct gh_str s = gh_str_sub(r->rest, 0, n);
    r->rest = gh_str_sub(r->rest, n, SIZE_MAX);
    return s;
}

static bool
take_char(struct reading *r, char c)
{
    skip_spaces(r);
    if (r->rest.n == 0 || r->rest.p[0] != c)
        return false;
    r->rest = gh_str_sub(r->rest, 1, SIZE_MAX);
    return true;
}

/* 'text', in which '' is one quote. */
static enum gh_rc
take_value(struct gh_str *out, struct reading *r)
{
    size_t n = 0;
    char *p;
    if (!take_char(r, '\''))
        return bad(r, "its value is no text between single quotes");
    if ((p = gh_arena_take(r->a, r->rest.n + 1)) == NULL)
        return GH_NOMEM;
    for (size_t i = 0; i < r->rest.n; i++) {
        bool is_quote = r->rest.p[i] == '\'', is_double = is_quote && i + 1 < r->rest.n && r->rest.p[i + 1] == '\'';
        if (is_quote && !is_double) {
            r->rest = gh_str_sub(r->rest, i + 1, SIZE_MAX);
            *out = gh_str(p, n);
            return GH_OK;
        }
        p[n++] = r->rest.p[i];
        i += is_double;
    }
    return bad(r, "its value has no closing quote");
}

static size_t
find(struct gh_str name)
{
    size_t i = 0;
    while (i < GH_ARM_TERM_COUNT && !gh_str_eq_ci(name, gh_str_z(terms[i].name)))
        i++;
    return i;
}

/* What stands behind the name. */
static enum gh_rc
read_form(struct gh_str *value, struct reading *r, enum gh_arm_term_form form)
{
    enum gh_rc rc;
    if (form == GH_ARM_TERM_EQUALS) {
        skip_spaces(r);
        return gh_str_eq_ci(take_letters(r), GH_STR("eq")) ? take_value(value, r) : bad(r, "only eq compares here");
    }
    if (!take_char(r, '('))
        return bad(r, "its parentheses are missing");
    if (form == GH_ARM_TERM_CALL && (rc = take_value(value, r)) != GH_OK)
        return rc;
    return take_char(r, ')') ? GH_OK : bad(r, "its closing parenthesis is missing");
}

static enum gh_rc
read_term(struct reading *r)
{
    struct gh_str value = {NULL, 0};
    skip_spaces(r);
    r->term = r->rest;
    struct gh_str name = take_letters(r);
    size_t t = find(name);
    if (name.n > 0)
        r->term = name;
    if (t == GH_ARM_TERM_COUNT)
        return bad(r, "is not known here");
    r->term = gh_str_z(terms[t].name);
    if ((r->takes >> t & 1) == 0)
        return bad(r, "is not a condition of this list");
    if ((r->out->has >> t & 1) != 0)
        return bad(r, "stands there twice");
    r->out->has |= 1u << t;
    enum gh_rc rc = read_form(&value, r, terms[t].form);
    r->out->value[t] = value;
    return rc;
}

/* `and`, or the end. */
static enum gh_rc
read_joint(struct reading *r)
{
    skip_spaces(r);
    if (r->rest.n == 0)
        return GH_OK;
    r->term = r->rest;
    struct gh_str word = take_letters(r);
    r->term = word.n > 0 ? word : r->term;
    if (!gh_str_eq_ci(word, GH_STR("and")))
        return bad(r, "does not join conditions here; only `and` does");
    skip_spaces(r);
    return r->rest.n > 0 ? GH_OK : bad(r, "is followed by nothing");
}

enum gh_rc
gh_arm_filter_parse(
    struct gh_arm_filter *out, struct gh_arena *a, struct gh_str text, unsigned takes, const char **why, struct gh_str *term)
{
    struct reading r = {.out = out, .a = a, .rest = text, .takes = takes};
    enum gh_rc rc = GH_OK;
    *out = (struct gh_arm_filter){0};
    skip_spaces(&r);
    while (rc == GH_OK && r.rest.n > 0)
        if ((rc = read_term(&r)) == GH_OK)
            rc = read_joint(&r);
    *why = r.why;
    *term = gh_str_sub(r.term.p == NULL ? GH_STR("") : r.term, 0, 80);
    return rc;
}
