/* SPDX-License-Identifier: Apache-2.0 */
#include "control/publish/shield.h"

#include "control/publish/object.h"

static enum gh_rc
read_act(enum gh_shield_act *out, const struct gh_object *m, gh_json_ref v)
{
    struct gh_str word;
    enum gh_rc rc = gh_object_str(&word, m, v, "an action is a word");

    if (rc != GH_OK)
        return rc;
    *out = gh_shield_act_find(word);
    return *out == GH_SHIELD_ACTS ? gh_object_bad(m, "an action is off, log, annotate or block") : GH_OK;
}

/* "0.4", or what a program that reads and writes it makes of that: "0.40000000000000002". The fifth digit rounds. */
static enum gh_rc
read_threshold(unsigned *out, const struct gh_object *m, gh_json_ref v)
{
    struct gh_str raw = gh_json_raw(m->j, v), digits = gh_str_sub(raw, 2, SIZE_MAX);
    unsigned n = 0;
    bool is_good = gh_json_type(m->j, v) == GH_JSON_NUMBER && gh_str_starts(raw, GH_STR("0.")) && digits.n > 0;

    for (size_t i = 0; is_good && i < digits.n; i++)
        is_good = digits.p[i] >= '0' && digits.p[i] <= '9';
    for (size_t i = 0; is_good && i < 4; i++)
        n = n * 10 + (i < digits.n ? (unsigned)(digits.p[i] - '0') : 0);
    if (is_good && digits.n > 4 && digits.p[4] >= '5' && n + 1 < GH_SHIELD_THRESHOLD_ONE)
        n++;
    if (!is_good || n == 0)
        return gh_object_bad(m, "a threshold is a number between 0 and 1, like 0.4; four decimals count");
    *out = n;
    return GH_OK;
}

static enum gh_rc
read_kind(const struct gh_object *m, enum gh_shield_kind kind, gh_json_ref object)
{
    struct gh_shield_policy *policy = m->out;
    enum gh_shield_act *acts = policy->act[kind], all = GH_SHIELD_ACT_BLOCK;
    gh_json_ref action = gh_json_get(m->j, object, GH_STR("action"));
    struct gh_str key;
    enum gh_rc rc = GH_OK;

    if (gh_json_type(m->j, object) != GH_JSON_OBJECT)
        return gh_object_bad(m, "user, document and toolOutput are objects: action, classes, threshold");
    if (action != GH_JSON_NO && (rc = read_act(&all, m, action)) != GH_OK)
        return rc;
    for (unsigned c = GH_SHIELD_NONE + 1; c < GH_SHIELD_CLASSES; c++)
        acts[c] = all;
    for (gh_json_ref v = gh_json_first(m->j, object); rc == GH_OK && v != GH_JSON_NO; v = gh_json_next(m->j, object, v)) {
        if ((rc = gh_json_key(&key, m->a, m->j, v)) != GH_OK || v == action)
            continue;
        enum gh_shield_class class = gh_shield_class_find(key);
        if (class != GH_SHIELD_CLASSES)
            rc = read_act(&acts[class], m, v);
        else if (gh_str_eq(key, GH_STR("threshold")))
            rc = read_threshold(&policy->threshold[kind], m, v);
        else
            rc = gh_object_bad(
                m, "a kind has action, threshold, and the classes jailbreak, direct, indirect, extraction and obfuscated");
    }
    return rc;
}

static enum gh_rc
read_required(const struct gh_object *m, gh_json_ref v)
{
    struct gh_shield_policy *policy = m->out;

    return gh_object_bool(&policy->is_required, m, v, "required is true or false");
}

static enum gh_rc
read_spotlight(const struct gh_object *m, gh_json_ref v)
{
    struct gh_shield_policy *policy = m->out;
    struct gh_str word;
    enum gh_rc rc = gh_object_str(&word, m, v, "spotlight is a word");

    if (rc != GH_OK)
        return rc;
    policy->spotlight = gh_spotlight_find(word);
    return policy->spotlight == GH_SPOTLIGHTS ? gh_object_bad(m, "spotlight is off, delimit, datamark or encode") : GH_OK;
}

static enum gh_rc
read_user(const struct gh_object *m, gh_json_ref v)
{
    return read_kind(m, GH_SHIELD_USER, v);
}

static enum gh_rc
read_document(const struct gh_object *m, gh_json_ref v)
{
    return read_kind(m, GH_SHIELD_DOCUMENT, v);
}

static enum gh_rc
read_tool_output(const struct gh_object *m, gh_json_ref v)
{
    return read_kind(m, GH_SHIELD_TOOL_OUTPUT, v);
}

static const struct gh_object_row members[] = {
    {GH_STR_INIT("required"), read_required},
    {GH_STR_INIT("spotlight"), read_spotlight},
    {GH_STR_INIT("user"), read_user},
    {GH_STR_INIT("document"), read_document},
    {GH_STR_INIT("toolOutput"), read_tool_output},
};

enum gh_rc
gh_shield_read(struct gh_shield_policy *out, const struct gh_props *endpoint, const char **why)
{
    const struct gh_object m = {&endpoint->j, endpoint->a, out, why};
    gh_json_ref object = gh_json_get(m.j, endpoint->root, GH_STR("shield"));

    *out = (struct gh_shield_policy){.is_set = false};
    if (gh_json_type(m.j, object) != GH_JSON_OBJECT)
        return GH_OK;
    gh_shield_policy_default(out);
    return gh_object_read(
        &m, object, members, sizeof members / sizeof members[0], "a shield has required, spotlight, user, document and toolOutput");
}
