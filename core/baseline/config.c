/* SPDX-License-Identifier: Apache-2.0 */
/* baseline/config: what an owner may set, by name, and what holds when nothing is said. */
#include "baseline/judge.h"

enum { ALLOWED_REGIONS, REQUIRED_TAGS, APPROVED_MODELS, APPROVED_REGISTRIES, N_LISTS };
enum { MAX_CONCURRENT_SESSIONS, OWNERS_MAX, N_NUMBERS };

static const struct gh_str list_names[N_LISTS] = {
    [ALLOWED_REGIONS] = GH_STR_INIT("allowedRegions"),
    [REQUIRED_TAGS] = GH_STR_INIT("requiredTags"),
    [APPROVED_MODELS] = GH_STR_INIT("approvedModels"),
    [APPROVED_REGISTRIES] = GH_STR_INIT("approvedRegistries"),
};
static const struct gh_str number_names[N_NUMBERS] = {
    [MAX_CONCURRENT_SESSIONS] = GH_STR_INIT("maxConcurrentSessions"),
    [OWNERS_MAX] = GH_STR_INIT("ownersMax"),
};
_Static_assert(N_LISTS <= sizeof(((struct gh_baseline_config *)0)->list) / sizeof(struct gh_config_list), "more lists than room");
_Static_assert(N_NUMBERS <= sizeof(((struct gh_baseline_config *)0)->number) / sizeof(int64_t), "more numbers than room");

static const struct gh_str default_tags[] = {GH_STR_INIT("owner"), GH_STR_INIT("environment"), GH_STR_INIT("dataClassification")};

void
gh_config_init(struct gh_baseline_config *c)
{
    *c = (struct gh_baseline_config){.list[REQUIRED_TAGS] = {default_tags, sizeof default_tags / sizeof default_tags[0], false}};
    c->number[MAX_CONCURRENT_SESSIONS] = 100;
    c->has_number[MAX_CONCURRENT_SESSIONS] = true;
    c->number[OWNERS_MAX] = 3;
    c->has_number[OWNERS_MAX] = true;
}

static size_t
find_name(const struct gh_str *names, size_t n, struct gh_str name)
{
    for (size_t i = 0; i < n; i++)
        if (gh_str_eq_ci(names[i], name))
            return i;
    return n;
}

const struct gh_config_list *
gh_config_list(const struct gh_baseline_config *c, struct gh_str name)
{
    size_t i = find_name(list_names, N_LISTS, name);
    return i == N_LISTS ? NULL : &c->list[i];
}

bool
gh_config_number(int64_t *out, const struct gh_baseline_config *c, struct gh_str name)
{
    size_t i = find_name(number_names, N_NUMBERS, name);

    if (i == N_NUMBERS || !c->has_number[i])
        return false;
    *out = c->number[i];
    return true;
}

static enum gh_rc
read_list(struct gh_config_list *out, struct gh_arena *a, const struct gh_json *j, gh_json_ref v, struct gh_err *err)
{
    uint32_t n = 0;
    struct gh_str *item;

    if (gh_json_type(j, v) != GH_JSON_ARRAY)
        return gh_fail(err, GH_BAD, j->nodes[v].at, "a list of texts is wanted here");
    for (gh_json_ref e = gh_json_first(j, v); e != GH_JSON_NO; e = gh_json_next(j, v, e))
        n++;
    if ((item = gh_arena_take_array(a, n, sizeof *item)) == NULL)
        return gh_fail(err, GH_NOMEM, 0, "no memory");
    *out = (struct gh_config_list){item, n, true};
    n = 0;
    for (gh_json_ref e = gh_json_first(j, v); e != GH_JSON_NO; e = gh_json_next(j, v, e))
        if (gh_json_str(&item[n++], a, j, e) != GH_OK)
            return gh_fail(err, GH_BAD, j->nodes[e].at, "a text is wanted here");
    return GH_OK;
}

enum gh_rc
gh_config_parse(struct gh_baseline_config *c, struct gh_arena *a, const struct gh_json *json, struct gh_err *err)
{
    if (gh_json_type(json, 0) != GH_JSON_OBJECT)
        return gh_fail(err, GH_BAD, 0, "the configuration is no object");
    for (gh_json_ref v = gh_json_first(json, 0); v != GH_JSON_NO; v = gh_json_next(json, 0, v)) {
        struct gh_str key;
        enum gh_rc rc = gh_json_key(&key, a, json, v);
        size_t list = rc == GH_OK ? find_name(list_names, N_LISTS, key) : N_LISTS;
        size_t number = rc == GH_OK ? find_name(number_names, N_NUMBERS, key) : N_NUMBERS;

        if (rc != GH_OK || (list == N_LISTS && number == N_NUMBERS))
            return gh_fail(err, rc == GH_OK ? GH_BAD : rc, json->nodes[v - 1].at, "there is no such setting");
        if (list < N_LISTS && (rc = read_list(&c->list[list], a, json, v, err)) != GH_OK)
            return rc;
        if (number < N_NUMBERS && gh_json_i64(&c->number[number], json, v) != GH_OK)
            return gh_fail(err, GH_BAD, json->nodes[v].at, "a whole number is wanted here");
    }
    return GH_OK;
}
