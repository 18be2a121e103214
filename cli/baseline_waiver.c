/* SPDX-License-Identifier: Apache-2.0 */
/*
 * baseline_waiver: who accepted which fail, why, and until when. JSON or YAML: a list of {rule, resource, reason, owner, expires}, or an object
 * with that list under `waivers`. All five must be there. rule and resource may have `*`; resource is matched with the name, the
 * type and name (TYPE/NAME) and the id. A day without a time is good until its end (UTC).
 */
#include <fcntl.h>
#include <stdlib.h>

#include "base/codec.h"
#include "cli/baseline_int.h"
#include "cli/yamldoc.h"
#include "host/host.h"

#define DAY_MS 86400000

static int
fail_waiver(const char *path, const struct gh_yamldoc *d, size_t at, const char *what)
{
    struct gh_yamldoc_mark m = gh_yamldoc_place(d, at);

    return gh_baseline_fail_at(path, (struct gh_doc_place){m.line, m.column}, what);
}

/* The first moment at which the waiver holds no more. False: no time. */
static bool
read_expiry(int64_t *ms, struct gh_str s)
{
    char mem[32];
    struct gh_buf b;

    if (s.n != 10)
        return gh_time_read(ms, s) == GH_OK;
    gh_buf_init_fixed(&b, mem, sizeof mem);
    gh_buf_put(&b, s);
    gh_buf_putz(&b, "T00:00:00Z");
    if (gh_time_read(ms, gh_buf_str(&b)) != GH_OK)
        return false;
    *ms += DAY_MS;
    return true;
}

static bool
is_a_rule(struct gh_str pattern)
{
    const struct gh_rule *rule;

    for (size_t i = 0; (rule = gh_rule_at(i)) != NULL; i++)
        if (gh_str_glob_ci(pattern, gh_str_z(rule->id)))
            return true;
    return false;
}

static const struct {
    const char *name;
    size_t at;
} members[] = {
    {"rule", offsetof(struct gh_waiver, rule)},
    {"resource", offsetof(struct gh_waiver, resource)},
    {"reason", offsetof(struct gh_waiver, reason)},
    {"owner", offsetof(struct gh_waiver, owner)},
    {"expires", offsetof(struct gh_waiver, expires)},
};
#define N_MEMBERS (sizeof members / sizeof members[0])

/* The text of a waiver that has this name; NULL: there is none. "expiry" is the same as "expires". */
static struct gh_str *
member_of(struct gh_waiver *w, struct gh_str name)
{
    if (gh_str_eq(name, GH_STR("expiry")))
        name = GH_STR("expires");
    for (size_t i = 0; i < N_MEMBERS; i++)
        if (gh_str_eq(name, gh_str_z(members[i].name)))
            return (struct gh_str *)(void *)((char *)w + members[i].at);
    return NULL;
}

static int
read_one(struct gh_waiver *w, struct gh_arena *a, const char *path, const struct gh_yamldoc *d, const struct gh_json *j,
    gh_json_ref v, int64_t now)
{
    int64_t until;

    if (gh_json_type(j, v) != GH_JSON_OBJECT)
        return fail_waiver(path, d, j->nodes[v].at, "a waiver is rule, resource, reason, owner and expires");
    for (gh_json_ref m = gh_json_first(j, v); m != GH_JSON_NO; m = gh_json_next(j, v, m)) {
        struct gh_str key, *text;
        if (gh_json_key(&key, a, j, m) != GH_OK || (text = member_of(w, key)) == NULL)
            return fail_waiver(path, d, j->nodes[m - 1].at, "a waiver has no such member");
        if (gh_json_str(text, a, j, m) != GH_OK || text->n == 0)
            return fail_waiver(path, d, j->nodes[m].at, "a text is wanted here");
    }
    for (size_t i = 0; i < N_MEMBERS; i++)
        if (member_of(w, gh_str_z(members[i].name))->n == 0)
            return fail_waiver(path, d, j->nodes[v].at, "a waiver needs rule, resource, reason, owner and expires");
    if (!read_expiry(&until, w->expires))
        return fail_waiver(path, d, j->nodes[v].at, "expires is a day (2027-01-31) or a time (2027-01-31T10:00:00Z)");
    if (!is_a_rule(w->rule))
        return fail_waiver(path, d, j->nodes[v].at, "there is no such rule: see gatehouse baseline rules");
    w->is_expired = now >= until;
    return GH_EXIT_DONE;
}

static int
read_doc(struct gh_report *rep, struct gh_arena *a, const char *path, const struct gh_yamldoc *d, int64_t now)
{
    struct gh_err err = {.what = ""};
    struct gh_json j;
    gh_json_ref list = 0;
    size_t n = 0;

    if (gh_json_parse(&j, a, d->json, &err) != GH_OK)
        return fail_waiver(path, d, err.at, err.what);
    if (gh_json_type(&j, 0) == GH_JSON_OBJECT)
        list = gh_json_get(&j, 0, GH_STR("waivers"));
    if (gh_json_type(&j, list) != GH_JSON_ARRAY)
        return fail_waiver(path, d, 0, "a list of waivers is wanted, or an object with `waivers`");
    for (gh_json_ref v = gh_json_first(&j, list); v != GH_JSON_NO; v = gh_json_next(&j, list, v))
        n++;
    if ((rep->waiver = calloc(n + 1, sizeof *rep->waiver)) == NULL)
        return gh_cli_fail(GH_EXIT_UNABLE, "out of memory", NULL, NULL);
    for (gh_json_ref v = gh_json_first(&j, list); v != GH_JSON_NO; v = gh_json_next(&j, list, v))
        if (read_one(&rep->waiver[rep->n_waivers++], a, path, d, &j, v, now) != GH_EXIT_DONE)
            return GH_EXIT_UNABLE;
    return GH_EXIT_DONE;
}

int
gh_baseline_waivers(struct gh_report *rep, struct gh_arena *a, const char *path, int64_t now_ms)
{
    struct gh_yamldoc_error err;
    struct gh_yamldoc *d;
    struct gh_str text;

    if (gh_file_read(&text, a, AT_FDCWD, path, GH_YAMLDOC_BYTES_MAX) != GH_OK)
        return gh_cli_fail(GH_EXIT_UNABLE, "the waivers cannot be read", path, NULL);
    if (gh_yamldoc_read(&d, a, text, &err) != GH_OK) /* JSON is YAML */
        return gh_baseline_fail_at(path, (struct gh_doc_place){err.line, err.column}, err.what);
    if (d == NULL || d->next != NULL)
        return gh_cli_fail(GH_EXIT_UNABLE, "one document with waivers is wanted", path, NULL);
    return read_doc(rep, a, path, d, now_ms);
}

static bool
covers(const struct gh_waiver *w, const struct gh_report *rep, const struct gh_report_result *r)
{
    struct gh_str name, type = gh_report_type(rep, r);
    char mem[512], both[1024];
    struct gh_buf b;

    if (!gh_str_glob_ci(w->rule, gh_str_z(r->r.rule->id)))
        return false;
    name = gh_report_resource(rep, r, mem);
    gh_buf_init_fixed(&b, both, sizeof both);
    gh_buf_put(&b, type);
    gh_buf_putc(&b, '/');
    gh_buf_put(&b, name);
    return gh_str_glob_ci(w->resource, name) || gh_str_glob_ci(w->resource, gh_buf_str(&b)) ||
           (r->r.resource != GH_INPUT_NONE && gh_str_glob_ci(w->resource, rep->file[r->file]->input.resource[r->r.resource].id)) ||
           (r->r.path.n > 0 && r->r.resource == GH_INPUT_NONE && gh_str_glob_ci(w->resource, r->r.path));
}

const struct gh_waiver *
gh_baseline_waiver_of(struct gh_report *rep, const struct gh_report_result *r)
{
    struct gh_waiver *hit = NULL;

    for (size_t i = 0; i < rep->n_waivers; i++) {
        struct gh_waiver *w = &rep->waiver[i];
        if ((hit != NULL && w->is_expired) || !covers(w, rep, r))
            continue;
        hit = w;
        if (!w->is_expired)
            break;
    }
    if (hit != NULL)
        hit->n_used++;
    return hit;
}
