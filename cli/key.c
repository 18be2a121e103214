/* SPDX-License-Identifier: Apache-2.0 */
/* cli/key: API keys. The key itself is printed by `create`, once; after that only its id is known. */
#include <string.h>

#include "base/codec.h"
#include "cli/objects.h"
#include "cli/tree.h"
#include "host/host.h"
#include "wire/json.h"

#define DEFAULT_DAYS 90
#define DAY_MS       ((int64_t)24 * 3600 * 1000)

static int
collection(char *out, size_t n, const char *ws, const char *id)
{
    int k = snprintf(out, n, "/workspaces/%s/apiKeys%s%s", ws, id == NULL ? "" : "/", id == NULL ? "" : id);

    return k > 0 && (size_t)k < n ? GH_EXIT_DONE : gh_cli_fail(GH_EXIT_UNABLE, "the name is too long", ws, NULL);
}

static int
make_body(struct gh_buf *body, const struct gh_cli *c)
{
    const char *owner = gh_cli_value(c, GH_OPTION_OWNER), *scope = gh_cli_value(c, GH_OPTION_SCOPE);
    struct gh_str expires = gh_str_z(gh_cli_value(c, GH_OPTION_EXPIRES));
    char mem[40];
    struct gh_buf time;
    struct gh_jsonw w;
    int64_t ms;

    if (owner == NULL || scope == NULL)
        return gh_cli_fail(GH_EXIT_UNABLE, "whose key, and for what? give --owner NAME and --scope PATH", NULL, NULL);
    if (expires.n > 0 && gh_time_read(&ms, expires) != GH_OK)
        return gh_cli_fail(GH_EXIT_UNABLE, "--expires is a time like 2026-12-31T00:00:00Z", expires.p, NULL);
    gh_buf_init_fixed(&time, mem, sizeof mem);
    gh_time_put(&time, gh_now_ms() + DEFAULT_DAYS * DAY_MS);
    gh_jsonw_init(&w, body);
    gh_jsonw_obj(&w);
    gh_jsonw_kstr(&w, "owner", gh_str_z(owner));
    gh_jsonw_kstr(&w, "scope", gh_str_z(scope));
    gh_jsonw_kstr(&w, "expires", expires.n > 0 ? expires : gh_buf_str(&time));
    gh_jsonw_end(&w, '}');
    return GH_EXIT_DONE;
}

/* The one line that a script wants goes to stdout, the rest to stderr. */
static int
print_created(struct gh_cli *c, const struct gh_answer *answer, const char *ws)
{
    gh_auto_json *object = gh_tree_read(answer->body);
    const json_t *key = json_object_get(object, "key"), *id = json_object_get(object, "id");

    if (gh_cli_objects_format(c, GH_FORMAT_TABLE) == GH_FORMAT_JSON) {
        gh_cli_objects_print(object, GH_FORMAT_JSON);
        return GH_EXIT_DONE;
    }
    if (key == NULL)
        key = json_object_get(json_object_get(object, "properties"), "key");
    if (!json_is_string(key))
        return gh_cli_fail(GH_EXIT_REFUSED, "the answer holds no key", NULL, NULL);
    printf("%s\n", json_string_value(key));
    const char *path = json_is_string(id) ? json_string_value(id) : "a key", *name = strrchr(path, '/');
    fprintf(stderr, "made %s; this key is not shown again\n  end it: gatehouse key revoke %s %s\n", path, ws,
        name == NULL ? "ID" : name + 1);
    return GH_EXIT_DONE;
}

int
gh_cli_key_create(struct gh_cli *c)
{
    char path[256];
    struct gh_request r = {.method = "POST", .path = path};
    gh_auto_access *x = NULL;
    struct gh_answer answer;
    struct gh_buf body;
    gh_auto_arena a;
    int status;

    gh_arena_init(&a, gh_heap(), 4u << 20);
    a.is_secret = true;
    gh_buf_init(&body, &a, 1u << 16);
    if (gh_cli_objects_format(c, GH_FORMAT_TABLE) == GH_FORMAT_NONE)
        return GH_EXIT_UNABLE;
    if ((status = collection(path, sizeof path, c->operand[0], NULL)) != GH_EXIT_DONE ||
        (status = make_body(&body, c)) != GH_EXIT_DONE || (status = gh_access_open(&x, c)) != GH_EXIT_DONE)
        return status;
    r.body = gh_cli_objects_body(&a, gh_buf_str(&body));
    if ((status = gh_cli_objects_call(&answer, x, &a, &r)) != GH_EXIT_DONE)
        return status;
    if (answer.status != 200 && answer.status != 201)
        return gh_access_refused(&r, &answer);
    return print_created(c, &answer, c->operand[0]);
}

int
gh_cli_key_list(struct gh_cli *c)
{
    char path[256];
    int status = collection(path, sizeof path, c->operand[0], NULL);

    return status != GH_EXIT_DONE ? status : gh_cli_objects_list_path(c, path);
}

int
gh_cli_key_revoke(struct gh_cli *c)
{
    char path[256];
    int status = collection(path, sizeof path, c->operand[0], c->operand[1]);

    return status != GH_EXIT_DONE ? status : gh_cli_objects_delete_path(c, path);
}
