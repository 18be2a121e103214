/* SPDX-License-Identifier: Apache-2.0 */
#include "control/rest/door.h"

#include "base/codec.h"
#include "base/guid.h"
#include "control/rest/arm_pim.h"
#include "control/rest/auth.h"
#include "control/rest/graph_reviews.h"
#include "control/rest/write.h"
#include "host/host.h"
#include "policy/azure_scope.h"
#include "wire/dialect.h"

static const struct gh_door_table *const tables[] = {
    &gh_door_directory,
    &gh_door_arm_roles,
    &gh_door_arm_assignments,
    &gh_door_arm_access,
    &gh_door_arm_requests,
    &gh_door_arm_schedules,
    &gh_door_arm_policies,
    &gh_door_graph_reviews,
    &gh_door_graph_risk,
    &gh_door_conditional,
    &gh_door_evaluate,
};
#define N_TABLES (sizeof(tables) / sizeof(tables[0]))

/* ---- refusals ---- */

bool
gh_door_refuse(struct gh_call *call, unsigned status, const char *code, struct gh_str message)
{
    struct gh_jsonw w;
    call->status = status;
    call->type = "application/json";
    call->revision = 0;
    gh_buf_init(&call->out, call->a, GH_CALL_ANSWER_MAX);
    gh_jsonw_init(&w, &call->out);
    gh_jsonw_obj(&w);
    gh_problem_put_door(
        &w, call->surface, code != NULL ? code : gh_problem_door_code(call->surface, status), message, call->request_id);
    gh_jsonw_end(&w, '}');
    return false;
}

bool
gh_door_forbid(struct gh_call *call)
{
    struct gh_str action = gh_action_table[call->action].string, who = call->caller->name;
    if (call->surface != GH_SURFACE_ARM)
        return gh_door_refuse(call, 403, NULL, GH_STR("Insufficient privileges to complete the operation."));
    return gh_door_refuse(call, 403, NULL,
        gh_door_text(call, GH_STR("The client '"), who, GH_STR("' with object id '"), who,
            GH_STR("' does not have authorization to perform action '"), action, GH_STR("' over scope '"), call->scope,
            GH_STR("' or the scope is invalid. If access was recently granted, please refresh your credentials.")));
}

/* ---- paths ---- */

/* The first segment of a path, without its slash; false at the end. */
static bool
next(struct gh_str *segment, struct gh_str *path)
{
    size_t n;
    if (path->n == 0)
        return false;
    n = gh_str_chr(gh_str_sub(*path, 1, SIZE_MAX), '/');
    *segment = gh_str_sub(*path, 1, n);
    *path = gh_str_sub(*path, n == SIZE_MAX ? SIZE_MAX : n + 1, SIZE_MAX);
    return true;
}

static size_t
count(struct gh_str path)
{
    struct gh_str segment;
    size_t n = 0;
    while (next(&segment, &path))
        n++;
    return n;
}

/* The edge has looked at it, and control undoes its own escapes: so it is looked at again. */
static bool
is_clean(struct gh_str path)
{
    struct gh_str s;
    if (path.n > 0 && path.p[0] != '/')
        return false;
    while (next(&s, &path))
        if (s.n == 0 || gh_str_eq(s, GH_STR(".")) || gh_str_eq(s, GH_STR("..")))
            return false;
    return true;
}

/* Takes the segments that are more than the rest of the pattern off the front of *path. */
static bool
take_scope(struct gh_str *scope, struct gh_str *path, struct gh_str pattern)
{
    struct gh_str segment, all = *path;
    size_t n = count(*path), n_rest = count(pattern);
    if (n < n_rest)
        return false;
    for (size_t i = n_rest; i < n; i++)
        (void)next(&segment, path);
    *scope = gh_str_sub(all, 0, all.n - path->n);
    return true;
}

static bool
matches(struct gh_door *out, const struct gh_door_row *row, struct gh_str path)
{
    static const struct gh_str any = GH_STR_INIT("{scope...}");
    struct gh_str pattern = gh_str_z(row->pattern), want, got;
    size_t n = 0;
    out->row = row;
    if (gh_str_starts(pattern, any)) {
        pattern = gh_str_sub(pattern, any.n, SIZE_MAX);
        if (!take_scope(&out->scope, &path, pattern))
            return false;
    }
    while (next(&want, &pattern)) {
        if (!next(&got, &path))
            return false;
        if (want.p[0] == '{' && n < GH_DOOR_NAMES_MAX)
            out->names[n++] = got;
        else if (!gh_str_eq_ci(want, got))
            return false;
    }
    return path.n == 0;
}

bool
gh_door_find(struct gh_door *out, bool *is_other, const struct gh_call *call, struct gh_str path)
{
    *is_other = false;
    if (!is_clean(path))
        return false;
    for (size_t t = 0; t < N_TABLES; t++)
        for (size_t i = 0; i < tables[t]->n; i++) {
            struct gh_door d = {.scope = GH_STR(""), .version = out->version};
            if (tables[t]->rows[i].surface != call->surface || !matches(&d, &tables[t]->rows[i], path))
                continue;
            if (d.row->method == call->method) {
                *out = d;
                return true;
            }
            *is_other = true;
        }
    return false;
}

/* ---- versions ---- */

/* "2022-04-01", "2020-10-01-preview" */
static bool
is_version(struct gh_str s)
{
    static const char form[] = "dddd-dd-dd";
    for (size_t i = 0; i < sizeof(form) - 1; i++)
        if (i >= s.n || (form[i] == 'd' ? s.p[i] < '0' || s.p[i] > '9' : s.p[i] != '-'))
            return false;
    s = gh_str_sub(s, sizeof(form) - 1, SIZE_MAX);
    return s.n == 0 || gh_str_eq_ci(s, GH_STR("-preview"));
}

static bool
read_arm_version(struct gh_door *d, struct gh_call *call)
{
    d->version = gh_call_arg(call, "api-version");
    if (d->version.p == NULL)
        return gh_door_refuse(call, 400, "MissingApiVersionParameter",
            GH_STR("The api-version query parameter (?api-version=) is required for all requests."));
    return is_version(d->version) ||
           gh_door_refuse(call, 400, "InvalidApiVersionParameter", GH_STR("The api-version is not a date such as 2022-04-01."));
}

/* Takes the version off the front of *path. */
static bool
read_graph_version(struct gh_door *d, struct gh_call *call, struct gh_str *path)
{
    if (next(&d->version, path) && (gh_str_eq_ci(d->version, GH_STR("v1.0")) || gh_str_eq_ci(d->version, GH_STR("beta"))))
        return true;
    return gh_door_refuse(call, 400, NULL, GH_STR("Invalid version: a path begins with /v1.0 or /beta."));
}

/* ---- the call ---- */

static const char *
methods_text(enum gh_surface surface)
{
    return surface == GH_SURFACE_ARM ? "GET, PUT, PATCH, POST, DELETE" : "GET, POST, PATCH, DELETE";
}

void
gh_door_answer(struct gh_call *call)
{
    struct gh_door d = {.row = NULL};
    struct gh_str path = call->path;
    bool is_other, is_arm = call->surface == GH_SURFACE_ARM;
    if (path.n > 0 && path.p[path.n - 1] == '/')
        path.n--;
    if (is_arm ? !read_arm_version(&d, call) : !read_graph_version(&d, call, &path))
        return;
    if (gh_door_find(&d, &is_other, call, path)) {
        d.row->answer(call, &d);
        return;
    }
    if (is_other) {
        (void)gh_call_problem(call, 405, "The resource does not have that method.", GH_STR(""));
        call->allow = methods_text(call->surface);
        return;
    }
    (void)gh_door_refuse(call, 404, is_arm ? "InvalidResourceType" : NULL, GH_STR("There is no such path here."));
}

/* ---- for handlers: paths ---- */

bool
gh_door_scope(struct gh_str *out, struct gh_call *call, struct gh_str written)
{
    struct gh_err err = {0};
    if (gh_azure_scope(out, call->a, written, &err) == GH_OK)
        return true;
    return gh_door_refuse(call, 400, "InvalidScope",
        gh_door_text(call, GH_STR("There is no such scope here ("), gh_str_z(err.what), GH_STR("): "), written));
}

struct gh_str
gh_door_base(struct gh_call *call)
{
    return gh_door_text(call, call->origin, gh_str_z(gh_call_base(call->surface)));
}

struct gh_str
gh_door_guid(struct gh_call *call)
{
    uint8_t raw[16];
    gh_random(raw, sizeof(raw));
    return gh_door_guid_of(call, raw);
}

struct gh_str
gh_door_guid_of(struct gh_call *call, const uint8_t from[16])
{
    char *out = gh_arena_take(call->a, GH_GUID_BYTES + 1);
    if (out == NULL)
        return GH_STR("");
    gh_guid_put(out, from);
    return gh_str(out, GH_GUID_BYTES);
}

void
gh_door_time(struct gh_jsonw *w, struct gh_call *call, const char *key, int64_t ms)
{
    struct gh_buf b;
    gh_buf_init(&b, call->a, 32);
    gh_time_put(&b, ms);
    gh_jsonw_kstr(w, key, gh_buf_str(&b));
}

/* ---- for handlers: resources ---- */

bool
gh_door_load(struct gh_store_resource *out, struct gh_props *props, struct gh_call *call, struct gh_str path)
{
    gh_auto_store_tx *tx = NULL;
    enum gh_rc rc = gh_store_begin(&tx, call->c->store, GH_STORE_READ);
    if (rc == GH_OK)
        rc = gh_store_resource_get(out, call->a, tx, path);
    if (rc == GH_OK && out->path.p != NULL && props != NULL)
        rc = gh_props_open(props, call->a, out->body);
    return rc == GH_OK || gh_call_failed(call, rc);
}

/* The write itself is that of /api: its answer is thrown away, its refusal is not. */
static bool
write(struct gh_call *call, struct gh_str path, enum gh_verb verb, void (*work)(struct gh_call *, const struct gh_resource_path *))
{
    struct gh_resource_path r;
    struct gh_str query = call->query;
    if (gh_resource_find(&r, path) != GH_OK || r.is_collection)
        return gh_door_refuse(call, 400, NULL, gh_door_text(call, GH_STR("This name cannot be one: "), path));
    call->action = gh_resource_action(&r, verb);
    call->query = GH_STR(""); /* what it means to /api, it does not mean here */
    work(call, &r);
    call->query = query;
    call->location = GH_STR("");
    if (call->status >= 300)
        return false;
    if (call->out.rc != GH_OK)
        return gh_call_failed(call, call->out.rc);
    gh_buf_init(&call->out, call->a, GH_CALL_ANSWER_MAX);
    return true;
}

bool
gh_door_put(struct gh_store_resource *out, struct gh_call *call, struct gh_str path, struct gh_str properties)
{
    struct gh_str body = call->body;
    call->body = properties;
    bool is_done = properties.p == NULL ? gh_call_failed(call, GH_NOMEM) : write(call, path, GH_VERB_WRITE, gh_write_put);
    call->body = body;
    return is_done && (out == NULL || gh_door_load(out, NULL, call, path));
}

/* The tag of what was loaded, where the caller names none or that one; else one that nothing has: the write itself answers 412, after its decision. */
static struct gh_str
tag_of(struct gh_call *call, const struct gh_store_resource *over)
{
    struct gh_buf b;
    if (call->if_match.n > 0 && !gh_call_etag_matches(call->if_match, over->revision, false))
        return GH_STR("\"\"");
    gh_buf_init(&b, call->a, 32);
    gh_call_put_etag(&b, over->revision);
    return b.rc == GH_OK ? gh_buf_str(&b) : GH_STR("\"\"");
}

bool
gh_door_put_over(struct gh_call *call, struct gh_str path, struct gh_str properties, const struct gh_store_resource *over)
{
    struct gh_str match = call->if_match, none_match = call->if_none_match;
    if (over->path.p != NULL)
        call->if_match = tag_of(call, over);
    else if (match.n == 0)
        call->if_none_match = GH_STR("*");
    bool is_done = gh_door_put(NULL, call, path, properties);
    call->if_match = match;
    call->if_none_match = none_match;
    return is_done;
}

bool
gh_door_delete(struct gh_call *call, struct gh_str path)
{
    return write(call, path, GH_VERB_DELETE, gh_write_delete);
}

/* ---- lists ---- */

struct walk {
    struct gh_call *call;
    struct gh_jsonw w;
    gh_door_put_fn *put;
    void *ctx;
    enum gh_rc rc;
};

static bool
on_resource(void *ctx, const struct gh_store_resource *r)
{
    struct walk *k = ctx;
    struct gh_props p;
    if ((k->rc = gh_props_open(&p, k->call->a, r->body)) == GH_OK)
        k->put(k->ctx, k->call, &k->w, r, &p);
    k->rc = k->rc != GH_OK ? k->rc : k->call->out.rc;
    return k->rc == GH_OK;
}

void
gh_door_list(struct gh_call *call, enum gh_resource type, gh_door_put_fn *put, void *ctx)
{
    gh_auto_store_tx *tx = NULL;
    struct walk k = {.call = call, .put = put, .ctx = ctx};
    gh_jsonw_init(&k.w, &call->out);
    gh_jsonw_obj(&k.w);
    gh_jsonw_key(&k.w, "value");
    gh_jsonw_arr(&k.w);
    enum gh_rc rc = gh_store_begin(&tx, call->c->store, GH_STORE_READ);
    if (rc == GH_OK)
        rc = gh_store_resource_each(tx, type, on_resource, &k);
    gh_jsonw_end(&k.w, ']');
    gh_jsonw_end(&k.w, '}');
    call->status = 200;
    rc = rc != GH_OK ? rc : k.rc;
    if (rc != GH_OK)
        (void)gh_call_failed(call, rc);
}
