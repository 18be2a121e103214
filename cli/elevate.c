/* SPDX-License-Identifier: Apache-2.0 */
/* cli/elevate: just-in-time elevation: `access request|approve|deny|list|end`, over the paths of Azure's role management (/arm). */
#include <string.h>

#include "base/guid.h"
#include "cli/objects.h"
#include "cli/tree.h"
#include "host/host.h"
#include "wire/json.h"

#define AUTH           "/providers/Microsoft.Authorization/"
#define VERSION        "api-version=2020-10-01"
#define PATH_MAX_BYTES 1024

/* ---- one call ---- */

struct door {
    struct gh_access *x;
    struct gh_arena a;
};

static int
door_open(struct door *d, struct gh_cli *c)
{
    gh_arena_init(&d->a, gh_heap(), 64u << 20);
    return gh_access_open(&d->x, c);
}

static void
door_close(struct door *d)
{
    gh_access_free(d->x);
    gh_arena_fini(&d->a);
}

/* *out (may be NULL) is owned by the caller. */
static int
call(json_t **out, struct door *d, const char *method, const char *path, struct gh_str body)
{
    const struct gh_request r = {.method = method, .path = path, .is_arm = true, .body = body};
    struct gh_answer answer;
    int status = gh_access_call(&answer, d->x, &d->a, &r);

    if (status != GH_EXIT_DONE)
        return status;
    if (answer.status >= 300)
        return gh_access_refused(&r, &answer);
    if (out != NULL)
        *out = gh_tree_read(answer.body.n > 0 ? answer.body : GH_STR("{}"));
    return out == NULL || *out != NULL ? GH_EXIT_DONE : gh_cli_fail(GH_EXIT_REFUSED, "the answer cannot be read", NULL, NULL);
}

static const char *
text(const json_t *object, const char *name)
{
    const char *s = json_string_value(json_object_get(object, name));

    return s == NULL ? "" : s;
}

static const json_t *
properties(const json_t *object)
{
    return json_object_get(object, "properties");
}

/* A path below a scope, "/" for none; what people typed is a path already, and the server looks at it. */
static int
make_path(char out[PATH_MAX_BYTES], const char *scope, const char *rest)
{
    struct gh_str s = gh_str_z(scope == NULL ? "/" : scope);
    int n;

    while (s.n > 0 && s.p[s.n - 1] == '/')
        s.n--;
    if (s.n > 0 && s.p[0] != '/')
        return gh_cli_fail(GH_EXIT_UNABLE, "a scope is a path such as /workspaces/demo", scope, NULL);
    n = snprintf(out, PATH_MAX_BYTES, "%.*s" AUTH "%s", (int)s.n, s.p, rest);
    return n > 0 && n < PATH_MAX_BYTES ? GH_EXIT_DONE : gh_cli_fail(GH_EXIT_UNABLE, "the path is too long", NULL, NULL);
}

static int
take_id(const char *id)
{
    return gh_resource_name_is_valid(gh_str_z(id))
               ? GH_EXIT_DONE
               : gh_cli_fail(GH_EXIT_UNABLE, "no id of a request", id, "see: gatehouse access list");
}

static void
draw_id(char out[GH_GUID_BYTES + 1])
{
    uint8_t raw[16];

    gh_random(raw, sizeof raw);
    gh_guid_put(out, raw);
}

/* ---- request ---- */

static int
put_ticket(struct gh_jsonw *w, const char *ticket)
{
    struct gh_str number = gh_str_z(ticket), system;

    if (ticket == NULL)
        return GH_EXIT_DONE;
    if (!gh_str_cut(&system, &number, ':') || system.n == 0 || number.n == 0)
        return gh_cli_fail(GH_EXIT_UNABLE, "--ticket is SYSTEM:NUMBER, as in jira:INC-42", ticket, NULL);
    gh_jsonw_key(w, "ticketInfo");
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "ticketSystem", system);
    gh_jsonw_kstr(w, "ticketNumber", number);
    gh_jsonw_end(w, '}');
    return GH_EXIT_DONE;
}

static void
put_schedule(struct gh_jsonw *w, const char *duration)
{
    if (duration == NULL)
        return;
    gh_jsonw_key(w, "scheduleInfo");
    gh_jsonw_obj(w);
    gh_jsonw_key(w, "expiration");
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "type", GH_STR("AfterDuration"));
    gh_jsonw_kstr(w, "duration", gh_str_z(duration));
    gh_jsonw_end(w, '}');
    gh_jsonw_end(w, '}');
}

static int
make_request(struct gh_buf *body, const struct gh_cli *c)
{
    const char *role = gh_cli_value(c, GH_OPTION_ROLE), *reason = gh_cli_value(c, GH_OPTION_REASON);
    struct gh_jsonw w;
    int status;

    if (role == NULL || gh_cli_value(c, GH_OPTION_SCOPE) == NULL)
        return gh_cli_fail(
            GH_EXIT_UNABLE, "which role, and where? give --role ROLE and --scope PATH", NULL, "see: gatehouse access list");
    gh_jsonw_init(&w, body);
    gh_jsonw_obj(&w);
    gh_jsonw_key(&w, "properties");
    gh_jsonw_obj(&w);
    gh_jsonw_kstr(&w, "requestType", GH_STR("SelfActivate"));
    gh_jsonw_kstr(&w, "roleDefinitionId", gh_str_z(role));
    if (reason != NULL)
        gh_jsonw_kstr(&w, "justification", gh_str_z(reason));
    put_schedule(&w, gh_cli_value(c, GH_OPTION_FOR));
    if ((status = put_ticket(&w, gh_cli_value(c, GH_OPTION_TICKET))) != GH_EXIT_DONE)
        return status;
    gh_jsonw_end(&w, '}');
    gh_jsonw_end(&w, '}');
    return GH_EXIT_DONE;
}

static const char *
end_of(const json_t *p)
{
    const json_t *expiration = json_object_get(json_object_get(p, "scheduleInfo"), "expiration");

    return text(expiration, "endDateTime");
}

int
gh_cli_elevate_request(struct gh_cli *c)
{
    char path[PATH_MAX_BYTES], rest[160], id[37];
    gh_auto_json *answer = NULL;
    struct door d = {.x = NULL};
    struct gh_buf body;
    int status;

    draw_id(id);
    (void)snprintf(rest, sizeof rest, "roleAssignmentScheduleRequests/%s?" VERSION, id);
    if (gh_cli_objects_format(c, GH_FORMAT_TABLE) == GH_FORMAT_NONE)
        return GH_EXIT_UNABLE;
    if ((status = door_open(&d, c)) == GH_EXIT_DONE) {
        gh_buf_init(&body, &d.a, 65536);
        status = make_request(&body, c);
    }
    if (status == GH_EXIT_DONE && (status = make_path(path, gh_cli_value(c, GH_OPTION_SCOPE), rest)) == GH_EXIT_DONE)
        status = call(&answer, &d, "PUT", path, gh_buf_str(&body));
    if (status == GH_EXIT_DONE && gh_cli_objects_format(c, GH_FORMAT_TABLE) != GH_FORMAT_TABLE)
        gh_cli_objects_print(answer, gh_cli_objects_format(c, GH_FORMAT_TABLE));
    else if (status == GH_EXIT_DONE && strncmp(text(properties(answer), "status"), "Pending", 7) == 0)
        printf("%s waits for approval\n", id);
    else if (status == GH_EXIT_DONE)
        printf("%s is active until %s\n", id, end_of(properties(answer)));
    door_close(&d);
    return status;
}

/* ---- approve, deny ---- */

static int
answer_request(struct gh_cli *c, const char *word)
{
    const char *reason = gh_cli_value(c, GH_OPTION_REASON);
    char path[PATH_MAX_BYTES], rest[320];
    struct door d = {.x = NULL};
    struct gh_buf body;
    struct gh_jsonw w;
    int status;

    if ((status = take_id(c->operand[0])) != GH_EXIT_DONE)
        return status;
    (void)snprintf(rest, sizeof rest, "roleAssignmentApprovals/%.64s/stages/%.64s?api-version=2021-01-01-preview", c->operand[0],
        c->operand[0]);
    if ((status = door_open(&d, c)) == GH_EXIT_DONE) {
        gh_buf_init(&body, &d.a, 65536);
        gh_jsonw_init(&w, &body);
        gh_jsonw_obj(&w);
        gh_jsonw_key(&w, "properties");
        gh_jsonw_obj(&w);
        gh_jsonw_kstr(&w, "reviewResult", gh_str_z(word));
        gh_jsonw_kstr(&w, "justification", gh_str_z(reason == NULL ? "" : reason));
        gh_jsonw_end(&w, '}');
        gh_jsonw_end(&w, '}');
        if ((status = make_path(path, NULL, rest)) == GH_EXIT_DONE)
            status = call(NULL, &d, "PATCH", path, gh_buf_str(&body));
    }
    door_close(&d);
    if (status == GH_EXIT_DONE)
        printf("%s %s\n", c->operand[0], strcmp(word, "Approve") == 0 ? "approved" : "denied");
    return status;
}

int
gh_cli_elevate_approve(struct gh_cli *c)
{
    return answer_request(c, "Approve");
}

int
gh_cli_elevate_deny(struct gh_cli *c)
{
    return answer_request(c, "Deny");
}

/* ---- list ---- */

static const struct {
    const char *key, *path, *filter;
} lists[] = {
    {"eligible", "roleEligibilityScheduleInstances", "asTarget()"},
    {"active", "roleAssignmentScheduleInstances", "asTarget()"},
    {"requests", "roleAssignmentScheduleRequests", "asRequestor()"},
    {"toAnswer", "roleAssignmentScheduleRequests", "asApprover()"},
};
#define N_LISTS (sizeof lists / sizeof lists[0])

static const char *
last_segment(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

static bool
is_pending(const json_t *item)
{
    return strncmp(text(properties(item), "status"), "Pending", 7) == 0;
}

static void
print_list(const char *key, const json_t *items)
{
    const json_t *item;
    size_t i;

    json_array_foreach((json_t *)(uintptr_t)items, i, item)
    {
        const json_t *p = properties(item);
        const char *end = text(p, "endDateTime");
        printf("%-10s %-36s %-36s %-24s %-24s %-20s %s\n", key, text(item, "name"), last_segment(text(p, "roleDefinitionId")),
            text(p, "scope"), text(p, "principalId"), text(p, "status"), end[0] != '\0' ? end : end_of(p));
    }
}

static int
fetch_lists(json_t *all, struct door *d)
{
    for (size_t i = 0; i < N_LISTS; i++) {
        bool is_owner = gh_access_is_local(d->x);
        gh_auto_json *page = NULL;
        char path[PATH_MAX_BYTES];
        json_t *kept = json_array(), *item;
        size_t k;
        int status;

        (void)snprintf(path, sizeof path, AUTH "%s?" VERSION "%s%s", lists[i].path,
            is_owner ? "" : "&$filter=", is_owner ? "" : lists[i].filter);
        if ((status = call(&page, d, "GET", path, gh_str(NULL, 0))) != GH_EXIT_DONE) {
            json_decref(kept);
            return status;
        }
        bool is_to_answer = strcmp(lists[i].key, "toAnswer") == 0;
        json_array_foreach(json_object_get(page, "value"), k, item)
        {
            if (!is_to_answer || is_pending(item))
                (void)json_array_append(kept, item);
        }
        (void)json_object_set_new(all, lists[i].key, kept);
    }
    return GH_EXIT_DONE;
}

int
gh_cli_elevate_list(struct gh_cli *c)
{
    enum gh_format format = gh_cli_objects_format(c, GH_FORMAT_TABLE);
    gh_auto_json *all = json_object();
    struct door d = {.x = NULL};
    int status;

    if (format == GH_FORMAT_NONE)
        return GH_EXIT_UNABLE;
    if ((status = door_open(&d, c)) == GH_EXIT_DONE)
        status = fetch_lists(all, &d);
    door_close(&d);
    if (status != GH_EXIT_DONE)
        return status;
    if (format != GH_FORMAT_TABLE) {
        gh_cli_objects_print(all, format);
        return status;
    }
    printf("%-10s %-36s %-36s %-24s %-24s %-20s %s\n", "WHAT", "ID", "ROLE", "SCOPE", "WHO", "STATUS", "UNTIL");
    for (size_t i = 0; i < N_LISTS; i++)
        print_list(lists[i].key, json_object_get(all, lists[i].key));
    return status;
}

/* ---- end ---- */

static int
deactivate(struct door *d, const json_t *request)
{
    char path[PATH_MAX_BYTES], rest[160], id[37];
    const json_t *p = properties(request);
    struct gh_buf body;
    struct gh_jsonw w;
    int status;

    draw_id(id);
    (void)snprintf(rest, sizeof rest, "roleAssignmentScheduleRequests/%s?" VERSION, id);
    if ((status = make_path(path, text(p, "scope"), rest)) != GH_EXIT_DONE)
        return status;
    gh_buf_init(&body, &d->a, 65536);
    gh_jsonw_init(&w, &body);
    gh_jsonw_obj(&w);
    gh_jsonw_key(&w, "properties");
    gh_jsonw_obj(&w);
    gh_jsonw_kstr(&w, "requestType", GH_STR("SelfDeactivate"));
    gh_jsonw_kstr(&w, "roleDefinitionId", gh_str_z(text(p, "roleDefinitionId")));
    gh_jsonw_kstr(&w, "targetRoleAssignmentScheduleId", gh_str_z(text(p, "targetRoleAssignmentScheduleId")));
    gh_jsonw_end(&w, '}');
    gh_jsonw_end(&w, '}');
    return call(NULL, d, "PUT", path, gh_buf_str(&body));
}

int
gh_cli_elevate_end(struct gh_cli *c)
{
    char path[PATH_MAX_BYTES], rest[160];
    gh_auto_json *request = NULL;
    struct door d = {.x = NULL};
    int status;

    if ((status = take_id(c->operand[0])) != GH_EXIT_DONE)
        return status;
    (void)snprintf(rest, sizeof rest, "roleAssignmentScheduleRequests/%.64s?" VERSION, c->operand[0]);
    if ((status = door_open(&d, c)) == GH_EXIT_DONE && (status = make_path(path, NULL, rest)) == GH_EXIT_DONE)
        status = call(&request, &d, "GET", path, gh_str(NULL, 0));
    if (status == GH_EXIT_DONE && is_pending(request)) {
        (void)snprintf(rest, sizeof rest, "roleAssignmentScheduleRequests/%.64s/cancel?" VERSION, c->operand[0]);
        if ((status = make_path(path, text(properties(request), "scope"), rest)) == GH_EXIT_DONE)
            status = call(NULL, &d, "POST", path, GH_STR("{}"));
    } else if (status == GH_EXIT_DONE)
        status = deactivate(&d, request);
    door_close(&d);
    if (status == GH_EXIT_DONE)
        printf("%s ended\n", c->operand[0]);
    return status;
}
