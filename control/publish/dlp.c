/* SPDX-License-Identifier: Apache-2.0 */
#include "control/publish/dlp.h"

#include "base/limits.h"
#include "dlp/term.h"

struct reading {
    const struct gh_json *j;
    struct gh_arena *a;
    struct gh_dlp_policy *out;
    struct gh_dlp_lists *lists;
    const char **why;
};

static enum gh_rc
bad(const struct reading *r, const char *why)
{
    *r->why = why;
    return GH_BAD;
}

static enum gh_rc
read_bool(bool *out, const struct reading *r, gh_json_ref v)
{
    enum gh_json_type type = gh_json_type(r->j, v);

    if (type != GH_JSON_TRUE && type != GH_JSON_FALSE)
        return bad(r, "required, reversible and wholeWords are true or false");
    *out = type == GH_JSON_TRUE;
    return GH_OK;
}

static enum gh_rc
read_required(const struct reading *r, gh_json_ref v)
{
    return read_bool(&r->out->is_required, r, v);
}

static enum gh_rc
read_reversible(const struct reading *r, gh_json_ref v)
{
    return read_bool(&r->out->is_reversible, r, v);
}

static enum gh_rc
read_whole_words(const struct reading *r, gh_json_ref v)
{
    return read_bool(&r->out->is_whole_words, r, v);
}

static enum gh_rc
read_list(struct gh_str **out, size_t *n, size_t bytes_max, const struct reading *r, gh_json_ref v, const char *why)
{
    enum gh_rc rc = GH_OK;

    if (gh_json_type(r->j, v) != GH_JSON_ARRAY || r->j->nodes[v].count_hint > GH_DLP_TERMS_MAX)
        return bad(r, why);
    if ((*out = gh_arena_take_array(r->a, r->j->nodes[v].count_hint, sizeof(**out))) == NULL)
        return GH_NOMEM;
    *n = 0;
    for (gh_json_ref e = gh_json_first(r->j, v); rc == GH_OK && e != GH_JSON_NO; e = gh_json_next(r->j, v, e)) {
        if (gh_json_type(r->j, e) != GH_JSON_STRING)
            return bad(r, why);
        struct gh_str *s = &(*out)[(*n)++];
        rc = gh_json_str(s, r->a, r->j, e);
        if (rc == GH_OK && (s->n == 0 || s->n > bytes_max))
            return bad(r, why);
    }
    return rc;
}

static bool
is_host(struct gh_str s)
{
    if (gh_str_starts(s, GH_STR("*.")))
        s = gh_str_sub(s, 2, s.n);
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.'))
            return false;
    }
    return s.n > 0 && s.p[0] != '.';
}

static enum gh_rc
read_hosts(const struct reading *r, gh_json_ref v)
{
    static const char why[] = "allowedHosts are names of hosts, or *.NAME for all below";
    enum gh_rc rc = read_list(&r->lists->hosts, &r->lists->n_hosts, 253, r, v, why);

    for (size_t i = 0; rc == GH_OK && i < r->lists->n_hosts; i++)
        if (!is_host(r->lists->hosts[i]))
            return bad(r, why);
    return rc;
}

/* Kept as they are looked for, and in that order: the edge has less to do on each call. */
static enum gh_rc
read_terms(const struct reading *r, gh_json_ref v)
{
    static const char why[] = "blockList has at most 1000 terms of 1 to 128 bytes";
    enum gh_rc rc = read_list(&r->lists->terms, &r->lists->n_terms, GH_DLP_TERM_BYTES_MAX, r, v, why);

    for (size_t i = 0; rc == GH_OK && i < r->lists->n_terms; i++) {
        struct gh_str folded, *terms = r->lists->terms;
        if ((rc = gh_dlp_term_fold(&folded, r->a, terms[i])) != GH_OK)
            return rc == GH_BAD ? bad(r, why) : rc;
        size_t at = i;
        for (; at > 0 && gh_str_cmp(folded, terms[at - 1]) < 0; at--)
            terms[at] = terms[at - 1];
        terms[at] = folded;
    }
    return rc;
}

/* Categories of what is said ("violence") are the business of a classifier, and none is there: refused by name, so that nobody relies on it. */
static enum gh_rc
read_categories(const struct reading *r, gh_json_ref v)
{
    (void)v;
    return bad(r, "blockCategories wants a classifier of categories, and none is configured: name terms in blockList");
}

static enum gh_rc
read_canary(const struct reading *r, gh_json_ref v)
{
    if (gh_json_type(r->j, v) != GH_JSON_STRING)
        return bad(r, "canary is a string");
    enum gh_rc rc = gh_json_str(&r->lists->canary, r->a, r->j, v);
    if (rc != GH_OK)
        return rc;
    if (r->lists->canary.n < 8 || r->lists->canary.n > GH_DLP_TERM_BYTES_MAX)
        return bad(r, "a canary has 8 to 128 bytes");
    return GH_OK;
}

static enum gh_rc
read_acts(enum gh_dlp_direction d, const struct reading *r, gh_json_ref object)
{
    enum gh_dlp_act *acts = r->out->act[d];
    gh_json_ref all = gh_json_get(r->j, object, GH_STR("all"));
    struct gh_str key, word;
    enum gh_rc rc = GH_OK;

    if (gh_json_type(r->j, object) != GH_JSON_OBJECT)
        return bad(r, "input and output are objects: a type of finding, or all, and its action");
    for (unsigned pass = 0; pass < 2; pass++)
        for (gh_json_ref v = gh_json_first(r->j, object); rc == GH_OK && v != GH_JSON_NO; v = gh_json_next(r->j, object, v)) {
            if ((v == all) != (pass == 0))
                continue;
            if ((rc = gh_json_key(&key, r->a, r->j, v)) != GH_OK)
                return rc;
            if (gh_json_type(r->j, v) != GH_JSON_STRING || gh_json_str(&word, r->a, r->j, v) != GH_OK ||
                gh_dlp_act_find(word) == GH_DLP_ACTS)
                return bad(r, "an action is off, log, annotate, redact, cut or block");
            enum gh_dlp_type type = gh_dlp_type_find(key);
            if (v != all && type == GH_DLP_POLICY_TYPES)
                return bad(r, "no such type of finding: see gatehouse explain endpoint");
            for (unsigned t = 0; t < GH_DLP_POLICY_TYPES; t++)
                if (v == all || t == type)
                    acts[t] = gh_dlp_act_find(word);
        }
    return rc;
}

static enum gh_rc
read_input(const struct reading *r, gh_json_ref v)
{
    return read_acts(GH_DLP_IN, r, v);
}

static enum gh_rc
read_output(const struct reading *r, gh_json_ref v)
{
    return read_acts(GH_DLP_OUT, r, v);
}

static const struct {
    struct gh_str name;
    enum gh_rc (*read)(const struct reading *r, gh_json_ref v);
} members[] = {
    {GH_STR_INIT("required"), read_required},
    {GH_STR_INIT("reversible"), read_reversible},
    {GH_STR_INIT("wholeWords"), read_whole_words},
    {GH_STR_INIT("allowedHosts"), read_hosts},
    {GH_STR_INIT("blockList"), read_terms},
    {GH_STR_INIT("blockCategories"), read_categories},
    {GH_STR_INIT("canary"), read_canary},
    {GH_STR_INIT("input"), read_input},
    {GH_STR_INIT("output"), read_output},
};

static enum gh_rc
read_member(const struct reading *r, gh_json_ref v)
{
    struct gh_str key;
    enum gh_rc rc = gh_json_key(&key, r->a, r->j, v);

    if (rc != GH_OK)
        return rc;
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        if (gh_str_eq(key, members[i].name))
            return gh_json_type(r->j, v) == GH_JSON_NULL ? GH_OK : members[i].read(r, v);
    return bad(r, "dlp has required, reversible, wholeWords, allowedHosts, blockList, canary, input and output");
}

enum gh_rc
gh_dlp_read(struct gh_dlp_policy *out, struct gh_dlp_lists *lists, const struct gh_props *endpoint, const char **why)
{
    const struct reading r = {&endpoint->j, endpoint->a, out, lists, why};
    gh_json_ref object = gh_json_get(r.j, endpoint->root, GH_STR("dlp"));
    enum gh_rc rc = GH_OK;

    *out = (struct gh_dlp_policy){.is_set = false};
    *lists = (struct gh_dlp_lists){.n_hosts = 0};
    if (gh_json_type(r.j, object) != GH_JSON_OBJECT)
        return GH_OK;
    gh_dlp_policy_default(out);
    for (gh_json_ref v = gh_json_first(r.j, object); rc == GH_OK && v != GH_JSON_NO; v = gh_json_next(r.j, object, v))
        rc = read_member(&r, v);
    if (rc == GH_OK && lists->canary.n > 0 &&
        gh_str_find(gh_props_str(endpoint, "systemPrompt", GH_STR("")), lists->canary) == SIZE_MAX)
        return bad(&r, "the canary does not stand in systemPrompt: a model cannot tell what it was not told");
    return rc;
}
