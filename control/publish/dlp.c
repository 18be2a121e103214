/* SPDX-License-Identifier: Apache-2.0 */
#include "control/publish/dlp.h"

#include "base/limits.h"
#include "control/publish/object.h"
#include "dlp/term.h"

struct written {
    struct gh_dlp_policy *policy;
    struct gh_dlp_lists *lists;
};

static const char why_bool[] = "required, reversible and wholeWords are true or false";

static enum gh_rc
read_required(const struct gh_object *m, gh_json_ref v)
{
    const struct written *w = m->out;

    return gh_object_bool(&w->policy->is_required, m, v, why_bool);
}

static enum gh_rc
read_reversible(const struct gh_object *m, gh_json_ref v)
{
    const struct written *w = m->out;

    return gh_object_bool(&w->policy->is_reversible, m, v, why_bool);
}

static enum gh_rc
read_whole_words(const struct gh_object *m, gh_json_ref v)
{
    const struct written *w = m->out;

    return gh_object_bool(&w->policy->is_whole_words, m, v, why_bool);
}

static enum gh_rc
read_list(struct gh_str **out, size_t *n, size_t bytes_max, const struct gh_object *m, gh_json_ref v, const char *why)
{
    enum gh_rc rc = GH_OK;

    if (gh_json_type(m->j, v) != GH_JSON_ARRAY || m->j->nodes[v].count_hint > GH_DLP_TERMS_MAX)
        return gh_object_bad(m, why);
    if ((*out = gh_arena_take_array(m->a, m->j->nodes[v].count_hint, sizeof(**out))) == NULL)
        return GH_NOMEM;
    *n = 0;
    for (gh_json_ref e = gh_json_first(m->j, v); rc == GH_OK && e != GH_JSON_NO; e = gh_json_next(m->j, v, e)) {
        if (gh_json_type(m->j, e) != GH_JSON_STRING)
            return gh_object_bad(m, why);
        struct gh_str *s = &(*out)[(*n)++];
        rc = gh_json_str(s, m->a, m->j, e);
        if (rc == GH_OK && (s->n == 0 || s->n > bytes_max))
            return gh_object_bad(m, why);
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
read_hosts(const struct gh_object *m, gh_json_ref v)
{
    const struct written *w = m->out;
    static const char why[] = "allowedHosts are names of hosts, or *.NAME for all below";
    enum gh_rc rc = read_list(&w->lists->hosts, &w->lists->n_hosts, 253, m, v, why);

    for (size_t i = 0; rc == GH_OK && i < w->lists->n_hosts; i++)
        if (!is_host(w->lists->hosts[i]))
            return gh_object_bad(m, why);
    return rc;
}

/* Kept as they are looked for, and in that order: the edge has less to do on each call. */
static enum gh_rc
read_terms(const struct gh_object *m, gh_json_ref v)
{
    const struct written *w = m->out;
    static const char why[] = "blockList has at most 1000 terms of 1 to 128 bytes";
    enum gh_rc rc = read_list(&w->lists->terms, &w->lists->n_terms, GH_DLP_TERM_BYTES_MAX, m, v, why);

    for (size_t i = 0; rc == GH_OK && i < w->lists->n_terms; i++) {
        struct gh_str folded, *terms = w->lists->terms;
        if ((rc = gh_dlp_term_fold(&folded, m->a, terms[i])) != GH_OK)
            return rc == GH_BAD ? gh_object_bad(m, why) : rc;
        size_t at = i;
        for (; at > 0 && gh_str_cmp(folded, terms[at - 1]) < 0; at--)
            terms[at] = terms[at - 1];
        terms[at] = folded;
    }
    return rc;
}

/* Categories of what is said ("violence") are the business of a classifier, and none is there: refused by name, so that nobody relies on it. */
static enum gh_rc
read_categories(const struct gh_object *m, gh_json_ref v)
{
    (void)v;
    return gh_object_bad(m, "blockCategories wants a classifier of categories, and none is configured: name terms in blockList");
}

static enum gh_rc
read_canary(const struct gh_object *m, gh_json_ref v)
{
    const struct written *w = m->out;
    enum gh_rc rc = gh_object_str(&w->lists->canary, m, v, "canary is a string");

    if (rc != GH_OK)
        return rc;
    if (w->lists->canary.n < 8 || w->lists->canary.n > GH_DLP_TERM_BYTES_MAX)
        return gh_object_bad(m, "a canary has 8 to 128 bytes");
    return GH_OK;
}

static enum gh_rc
read_acts(enum gh_dlp_direction d, const struct gh_object *m, gh_json_ref object)
{
    const struct written *w = m->out;
    enum gh_dlp_act *acts = w->policy->act[d];
    gh_json_ref all = gh_json_get(m->j, object, GH_STR("all"));
    struct gh_str key, word;
    enum gh_rc rc = GH_OK;

    if (gh_json_type(m->j, object) != GH_JSON_OBJECT)
        return gh_object_bad(m, "input and output are objects: a type of finding, or all, and its action");
    for (unsigned pass = 0; pass < 2; pass++)
        for (gh_json_ref v = gh_json_first(m->j, object); rc == GH_OK && v != GH_JSON_NO; v = gh_json_next(m->j, object, v)) {
            if ((v == all) != (pass == 0))
                continue;
            if ((rc = gh_json_key(&key, m->a, m->j, v)) != GH_OK)
                return rc;
            if (gh_json_type(m->j, v) != GH_JSON_STRING || gh_json_str(&word, m->a, m->j, v) != GH_OK ||
                gh_dlp_act_find(word) == GH_DLP_ACTS)
                return gh_object_bad(m, "an action is off, log, annotate, redact, cut or block");
            enum gh_dlp_type type = gh_dlp_type_find(key);
            if (v != all && type == GH_DLP_POLICY_TYPES)
                return gh_object_bad(m, "no such type of finding: see gatehouse explain endpoint");
            for (unsigned t = 0; t < GH_DLP_POLICY_TYPES; t++)
                if (v == all || t == type)
                    acts[t] = gh_dlp_act_find(word);
        }
    return rc;
}

static enum gh_rc
read_input(const struct gh_object *m, gh_json_ref v)
{
    return read_acts(GH_DLP_IN, m, v);
}

static enum gh_rc
read_output(const struct gh_object *m, gh_json_ref v)
{
    return read_acts(GH_DLP_OUT, m, v);
}

static const struct gh_object_row members[] = {
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

enum gh_rc
gh_dlp_read(struct gh_dlp_policy *out, struct gh_dlp_lists *lists, const struct gh_props *endpoint, const char **why)
{
    struct written w = {out, lists};
    const struct gh_object m = {&endpoint->j, endpoint->a, &w, why};
    gh_json_ref object = gh_json_get(m.j, endpoint->root, GH_STR("dlp"));
    enum gh_rc rc;

    *out = (struct gh_dlp_policy){.is_set = false};
    *lists = (struct gh_dlp_lists){.n_hosts = 0};
    if (gh_json_type(m.j, object) != GH_JSON_OBJECT)
        return GH_OK;
    gh_dlp_policy_default(out);
    rc = gh_object_read(&m, object, members, sizeof members / sizeof members[0],
        "dlp has required, reversible, wholeWords, allowedHosts, blockList, canary, input and output");
    if (rc == GH_OK && lists->canary.n > 0 &&
        gh_str_find(gh_props_str(endpoint, "systemPrompt", GH_STR("")), lists->canary) == SIZE_MAX)
        return gh_object_bad(&m, "the canary does not stand in systemPrompt: a model cannot tell what it was not told");
    return rc;
}
