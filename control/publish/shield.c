/* SPDX-License-Identifier: Apache-2.0 */
#include "control/publish/shield.h"

struct reading {
    const struct gh_json *j;
    struct gh_arena *a;
    struct gh_shield_policy *out;
    const char **why;
};

static enum gh_rc
bad(const struct reading *r, const char *why)
{
    *r->why = why;
    return GH_BAD;
}

static enum gh_rc
read_word(struct gh_str *out, const struct reading *r, gh_json_ref v)
{
    if (gh_json_type(r->j, v) != GH_JSON_STRING)
        return bad(r, "each action, and spotlight, is a word");
    return gh_json_str(out, r->a, r->j, v);
}

static enum gh_rc
read_act(enum gh_shield_act *out, const struct reading *r, gh_json_ref v)
{
    struct gh_str word;
    enum gh_rc rc = read_word(&word, r, v);

    if (rc != GH_OK)
        return rc;
    *out = gh_shield_act_find(word);
    return *out == GH_SHIELD_ACTS ? bad(r, "an action is off, log, annotate or block") : GH_OK;
}

/* "0.4", or what a program that reads and writes it makes of that: "0.40000000000000002". The fifth digit rounds. */
static enum gh_rc
read_threshold(unsigned *out, const struct reading *r, gh_json_ref v)
{
    struct gh_str raw = gh_json_raw(r->j, v), digits = gh_str_sub(raw, 2, SIZE_MAX);
    unsigned n = 0;
    bool is_good = gh_json_type(r->j, v) == GH_JSON_NUMBER && gh_str_starts(raw, GH_STR("0.")) && digits.n > 0;

    for (size_t i = 0; is_good && i < digits.n; i++)
        is_good = digits.p[i] >= '0' && digits.p[i] <= '9';
    for (size_t i = 0; is_good && i < 4; i++)
        n = n * 10 + (i < digits.n ? (unsigned)(digits.p[i] - '0') : 0);
    if (is_good && digits.n > 4 && digits.p[4] >= '5' && n + 1 < GH_SHIELD_THRESHOLD_ONE)
        n++;
    if (!is_good || n == 0)
        return bad(r, "a threshold is a number between 0 and 1, like 0.4; four decimals count");
    *out = n;
    return GH_OK;
}

static enum gh_rc
read_kind(const struct reading *r, enum gh_shield_kind kind, gh_json_ref object)
{
    enum gh_shield_act *acts = r->out->act[kind], all = GH_SHIELD_ACT_BLOCK;
    gh_json_ref action = gh_json_get(r->j, object, GH_STR("action"));
    struct gh_str key;
    enum gh_rc rc = GH_OK;

    if (gh_json_type(r->j, object) != GH_JSON_OBJECT)
        return bad(r, "user, document and toolOutput are objects: action, classes, threshold");
    if (action != GH_JSON_NO && (rc = read_act(&all, r, action)) != GH_OK)
        return rc;
    for (unsigned c = GH_SHIELD_NONE + 1; c < GH_SHIELD_CLASSES; c++)
        acts[c] = all;
    for (gh_json_ref v = gh_json_first(r->j, object); rc == GH_OK && v != GH_JSON_NO; v = gh_json_next(r->j, object, v)) {
        if ((rc = gh_json_key(&key, r->a, r->j, v)) != GH_OK || v == action)
            continue;
        enum gh_shield_class class = gh_shield_class_find(key);
        if (class != GH_SHIELD_CLASSES)
            rc = read_act(&acts[class], r, v);
        else if (gh_str_eq(key, GH_STR("threshold")))
            rc = read_threshold(&r->out->threshold[kind], r, v);
        else
            rc = bad(r, "a kind has action, threshold, and the classes jailbreak, direct, indirect, extraction and obfuscated");
    }
    return rc;
}

static enum gh_rc
read_required(const struct reading *r, gh_json_ref v)
{
    enum gh_json_type type = gh_json_type(r->j, v);

    if (type != GH_JSON_TRUE && type != GH_JSON_FALSE)
        return bad(r, "required is true or false");
    r->out->is_required = type == GH_JSON_TRUE;
    return GH_OK;
}

static enum gh_rc
read_spotlight(const struct reading *r, gh_json_ref v)
{
    struct gh_str word;
    enum gh_rc rc = read_word(&word, r, v);

    if (rc != GH_OK)
        return rc;
    r->out->spotlight = gh_spotlight_find(word);
    return r->out->spotlight == GH_SPOTLIGHTS ? bad(r, "spotlight is off, delimit, datamark or encode") : GH_OK;
}

static enum gh_rc
read_user(const struct reading *r, gh_json_ref v)
{
    return read_kind(r, GH_SHIELD_USER, v);
}

static enum gh_rc
read_document(const struct reading *r, gh_json_ref v)
{
    return read_kind(r, GH_SHIELD_DOCUMENT, v);
}

static enum gh_rc
read_tool_output(const struct reading *r, gh_json_ref v)
{
    return read_kind(r, GH_SHIELD_TOOL_OUTPUT, v);
}

static const struct {
    struct gh_str name;
    enum gh_rc (*read)(const struct reading *r, gh_json_ref v);
} members[] = {
    {GH_STR_INIT("required"), read_required},
    {GH_STR_INIT("spotlight"), read_spotlight},
    {GH_STR_INIT("user"), read_user},
    {GH_STR_INIT("document"), read_document},
    {GH_STR_INIT("toolOutput"), read_tool_output},
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
    return bad(r, "a shield has required, spotlight, user, document and toolOutput");
}

enum gh_rc
gh_shield_read(struct gh_shield_policy *out, const struct gh_props *endpoint, const char **why)
{
    const struct reading r = {&endpoint->j, endpoint->a, out, why};
    gh_json_ref object = gh_json_get(r.j, endpoint->root, GH_STR("shield"));
    enum gh_rc rc = GH_OK;

    *out = (struct gh_shield_policy){.is_set = false};
    if (gh_json_type(r.j, object) != GH_JSON_OBJECT)
        return GH_OK;
    gh_shield_policy_default(out);
    for (gh_json_ref v = gh_json_first(r.j, object); rc == GH_OK && v != GH_JSON_NO; v = gh_json_next(r.j, object, v))
        rc = read_member(&r, v);
    return rc;
}
