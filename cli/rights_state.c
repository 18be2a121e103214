/* SPDX-License-Identifier: Apache-2.0 */
/* Objects of files and of a server as an installation in memory. */
#include <string.h>

#include "base/limits.h"
#include "cli/objects.h"
#include "cli/rights.h"
#include "cli/tree.h"
#include "control/config.h"
#include "host/host.h"
#include "wire/json.h"

#define BODY_MAX (16u << 20)

/* What decides about access. Scopes may lie in the rest of it, which is not held (control/offline.h). */
static bool
is_policy(enum gh_resource type)
{
    static const enum gh_resource types[] = {GH_RESOURCE_WORKSPACE, GH_RESOURCE_ENDPOINT, GH_RESOURCE_IDENTITY, GH_RESOURCE_GROUP,
        GH_RESOURCE_ISSUER, GH_RESOURCE_ROLE_DEFINITION, GH_RESOURCE_ROLE_ASSIGNMENT, GH_RESOURCE_DENY_ASSIGNMENT,
        GH_RESOURCE_COND_POLICY, GH_RESOURCE_COND_PLACE, GH_RESOURCE_COND_STRENGTH, GH_RESOURCE_COND_CONTEXT};

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (types[i] == type)
            return true;
    return false;
}

/* That it is there, and which authentication context it asks for, is all that access asks; the rest may be of yesterday, as a time that is over. */
static struct gh_str
of_endpoint(struct gh_arena *a, struct gh_str properties)
{
    gh_auto_json *all = gh_tree_read(properties);
    const char *context = json_string_value(json_object_get(all, "authenticationContext"));
    struct gh_jsonw w;
    struct gh_buf b;

    gh_buf_init(&b, a, 1024);
    gh_jsonw_init(&w, &b);
    gh_jsonw_obj(&w);
    if (context != NULL)
        gh_jsonw_kstr(&w, "authenticationContext", gh_str_z(context));
    gh_jsonw_end(&w, '}');
    return gh_buf_str(&b);
}

static int
put(struct gh_offline *o, enum gh_resource type, const char *path, struct gh_str properties)
{
    struct gh_str answer;
    gh_auto_arena a = {0};

    if (!is_policy(type))
        return GH_EXIT_DONE;
    gh_arena_init(&a, gh_heap(), 2 * BODY_MAX);
    if (type == GH_RESOURCE_ENDPOINT)
        properties = of_endpoint(&a, properties);
    struct gh_str body = gh_cli_objects_body(&a, properties);
    unsigned status = body.p == NULL ? 0 : gh_offline_put(o, gh_str_z(path), body, &answer);
    if (status == 200 || status == 201)
        return GH_EXIT_DONE;
    gh_auto_json *problem = status == 0 ? NULL : gh_tree_read(answer);
    const char *detail = json_string_value(json_object_get(problem, "detail"));
    gh_cli_note(detail != NULL ? detail : "the object was not accepted", path);
    return gh_cli_fail(GH_EXIT_UNABLE, "the objects do not make a policy", path, "gatehouse explain TYPE says how one is written");
}

/* Built-in roles, the own issuer, ... are there already. */
static bool
is_own(enum gh_resource type, const char *path, const json_t *properties)
{
    const char *kind = json_string_value(json_object_get(properties, "type"));

    if (type == GH_RESOURCE_ROLE_DEFINITION)
        return kind != NULL && strcmp(kind, "BuiltInRole") == 0;
    return type == GH_RESOURCE_ISSUER && strcmp(path, "/issuers/" GH_OWN_ISSUER) == 0;
}

int
gh_rights_put_files(struct gh_offline *o, const struct apply_list *files)
{
    int status = GH_EXIT_DONE;

    for (size_t i = 0; status == GH_EXIT_DONE && i < files->n; i++) {
        const struct apply_object *f = &files->object[i];
        bool is_there = f->current != NULL && !f->is_changed;

        if (!is_there && !is_own(f->type, f->path, f->wanted))
            status = put(o, f->type, f->path, f->body);
    }
    return status;
}

static int
open_empty(struct gh_offline **out)
{
    struct gh_err err = {0};

    if (gh_offline_open(out, &err) == GH_OK)
        return GH_EXIT_DONE;
    return gh_cli_fail(GH_EXIT_UNABLE, err.what != NULL ? err.what : "out of memory", NULL, NULL);
}

int
gh_rights_of_files(struct gh_offline **out, const struct apply_list *files)
{
    int status = open_empty(out);

    return status == GH_EXIT_DONE ? gh_rights_put_files(*out, files) : status;
}

/* ---- of a server ---- */

/* Where its objects are put: each of them. */
struct targets {
    struct gh_offline **o;
    size_t n;
};

static int
put_each(const struct targets *t, enum gh_resource type, const char *path, struct gh_str properties)
{
    int status = GH_EXIT_DONE;

    for (size_t i = 0; status == GH_EXIT_DONE && i < t->n; i++)
        status = put(t->o[i], type, path, properties);
    return status;
}

/* An answer's properties as a request has them: without what only the server says. */
static void
drop_read_only(json_t *properties, enum gh_resource type)
{
    const struct gh_resource_row *row = &gh_resource_table[type];

    for (size_t i = 0; i < row->n_props; i++)
        if ((row->props[i].flags & GH_PROP_READ_ONLY) != 0)
            (void)json_object_del(properties, row->props[i].name);
}

static int
put_object(const struct targets *t, enum gh_resource type, const json_t *object)
{
    const char *path = json_string_value(json_object_get(object, "id"));
    gh_auto_json *properties = json_deep_copy(json_object_get(object, "properties"));
    int status;

    if (path == NULL || properties == NULL)
        return gh_cli_fail(GH_EXIT_UNABLE, "the server's answer is no object", path, NULL);
    if (is_own(type, path, properties))
        return GH_EXIT_DONE;
    drop_read_only(properties, type);
    char *text = json_dumps(properties, JSON_COMPACT);
    if (text == NULL)
        return gh_cli_fail(GH_EXIT_UNABLE, "out of memory", NULL, NULL);
    status = put_each(t, type, path, gh_str_z(text));
    free(text);
    return status;
}

/* Groups hold one another, so that each must be there before any has members. */
static int
put_all(const struct targets *t, enum gh_resource type, const json_t *all)
{
    const json_t *object;
    size_t i;
    int status = GH_EXIT_DONE;

    json_array_foreach(all, i, object)
    {
        const char *path = json_string_value(json_object_get(object, "id"));
        if (type == GH_RESOURCE_GROUP && path != NULL && status == GH_EXIT_DONE)
            status = put_each(t, type, path, GH_STR("{\"members\":[]}"));
    }
    json_array_foreach(all, i, object)
    {
        if (status == GH_EXIT_DONE)
            status = put_object(t, type, object);
    }
    return status;
}

static int
put_collection(const struct targets *t, bool *is_hidden, struct gh_access *x, enum gh_resource type, const char *path, json_t *all)
{
    int status = gh_cli_objects_list_seen(all, is_hidden, x, path);

    if (status != GH_EXIT_DONE || *is_hidden)
        return status;
    return put_all(t, type, all);
}

/* What lies in each of `parents`: "/workspaces/w" + "/endpoints". */
static int
put_below(const struct targets *t, bool *is_hidden, struct gh_access *x, enum gh_resource type, const char *name,
    const json_t *parents, json_t *all)
{
    const json_t *parent;
    int status = GH_EXIT_DONE;
    size_t i;

    json_array_foreach(parents, i, parent)
    {
        char path[GH_RESOURCE_PATH_MAX];
        gh_auto_json *some = json_array();
        (void)snprintf(path, sizeof path, "%s/%s", json_string_value(json_object_get(parent, "id")), name);
        if (status == GH_EXIT_DONE && !*is_hidden)
            status = put_collection(t, is_hidden, x, type, path, some);
        if (all != NULL)
            (void)json_array_extend(all, some);
    }
    return status;
}

int
gh_rights_of_server(struct gh_offline **out, size_t n, bool *is_hidden, struct gh_access *x)
{
    static const struct {
        enum gh_resource type;
        const char *path;
    } flat[] = {{GH_RESOURCE_ISSUER, "/issuers"}, {GH_RESOURCE_IDENTITY, "/identities"}, {GH_RESOURCE_GROUP, "/groups"},
        {GH_RESOURCE_ROLE_DEFINITION, "/roleDefinitions"}, {GH_RESOURCE_ROLE_ASSIGNMENT, "/roleAssignments"},
        {GH_RESOURCE_DENY_ASSIGNMENT, "/denyAssignments"}, {GH_RESOURCE_COND_PLACE, "/namedLocations"},
        {GH_RESOURCE_COND_STRENGTH, "/authenticationStrengths"}, {GH_RESOURCE_COND_POLICY, "/conditionalAccess"}};
    gh_auto_json *workspaces = json_array(), *endpoints = json_array(), *contexts = json_array();
    const struct targets t = {out, n};
    int status = GH_EXIT_DONE;

    *is_hidden = false;
    for (size_t i = 0; status == GH_EXIT_DONE && i < n; i++)
        status = open_empty(&out[i]);
    if (status == GH_EXIT_DONE) /* endpoints name them */
        status = put_collection(&t, is_hidden, x, GH_RESOURCE_COND_CONTEXT, "/authenticationContexts", contexts);
    if (status == GH_EXIT_DONE && !*is_hidden)
        status = put_collection(&t, is_hidden, x, GH_RESOURCE_WORKSPACE, "/workspaces", workspaces);
    if (status == GH_EXIT_DONE && !*is_hidden)
        status = put_below(&t, is_hidden, x, GH_RESOURCE_BACKEND, "backends", workspaces, NULL);
    if (status == GH_EXIT_DONE && !*is_hidden)
        status = put_below(&t, is_hidden, x, GH_RESOURCE_ENDPOINT, "endpoints", workspaces, endpoints);
    if (status == GH_EXIT_DONE && !*is_hidden)
        status = put_below(&t, is_hidden, x, GH_RESOURCE_DEPLOYMENT, "deployments", endpoints, NULL);
    for (size_t i = 0; status == GH_EXIT_DONE && !*is_hidden && i < sizeof flat / sizeof flat[0]; i++) {
        gh_auto_json *all = json_array();
        status = put_collection(&t, is_hidden, x, flat[i].type, flat[i].path, all);
    }
    for (size_t i = 0; i < n && (status != GH_EXIT_DONE || *is_hidden); i++) {
        gh_offline_close(out[i]);
        out[i] = NULL;
    }
    return status;
}
