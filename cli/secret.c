/* SPDX-License-Identifier: Apache-2.0 */
/* cli/secret: a value travels from a file or a pipe into one request, and is wiped. It is never an argument and never printed. */
#include <fcntl.h>
#include <unistd.h>

#include "cli/objects.h"
#include "cli/tree.h"
#include "host/host.h"
#include "wire/json.h"

#define VALUE_MAX 65536 /* more than the schema allows: its own check gives the better message */

static int
read_value(struct gh_str *out, struct gh_arena *a, const struct gh_cli *c)
{
    const char *file = gh_cli_value(c, GH_OPTION_FROM_FILE);
    gh_auto_fd fd = -1;
    enum gh_rc rc;

    if (file == NULL)
        return gh_cli_fail(GH_EXIT_UNABLE, "where is the value? give --from-file FILE, or - for standard input", NULL, NULL);
    if (!gh_str_eq(gh_str_z(file), GH_STR("-")) && (fd = open(file, O_RDONLY | O_CLOEXEC)) < 0)
        return gh_cli_fail(GH_EXIT_UNABLE, "the file cannot be read", file, NULL);
    rc = gh_read_all(out, a, fd < 0 ? STDIN_FILENO : fd, VALUE_MAX);
    if (rc != GH_OK)
        return gh_cli_fail(GH_EXIT_UNABLE, rc == GH_LIMIT ? "the value is too long" : "the value cannot be read", file, NULL);
    if (gh_str_ends(*out, GH_STR("\n")))
        out->n -= gh_str_ends(*out, GH_STR("\r\n")) ? 2 : 1;
    return out->n > 0 ? GH_EXIT_DONE : gh_cli_fail(GH_EXIT_UNABLE, "the value is empty", file, NULL);
}

/* Those given, else those that it has: setting a new value must not silently take its hosts away. */
static void
put_hosts(struct gh_jsonw *w, const struct gh_cli *c, const json_t *old)
{
    const char *host;
    json_t *v;
    size_t i;

    gh_jsonw_key(w, "hosts");
    gh_jsonw_arr(w);
    for (i = 0; (host = gh_cli_nth(c, GH_OPTION_HOST, i)) != NULL; i++)
        gh_jsonw_str(w, gh_str_z(host));
    if (i == 0) {
        json_array_foreach(json_object_get(json_object_get(old, "properties"), "hosts"), i, v)
            gh_jsonw_str(w, gh_str_z(json_string_value(v)));
    }
    gh_jsonw_end(w, ']');
}

int
gh_cli_secret_set(struct gh_cli *c)
{
    struct gh_request r = {.method = "GET", .path = c->operand[0]};
    gh_auto_access *x = NULL;
    gh_auto_json *old = NULL;
    struct gh_resource_path p;
    struct gh_answer answer;
    struct gh_str value;
    struct gh_jsonw w;
    struct gh_buf body;
    gh_auto_arena a;
    int status;

    gh_arena_init(&a, gh_heap(), 8u << 20);
    a.is_secret = true;
    if (gh_cli_objects_path(&p, r.path) != GH_EXIT_DONE)
        return GH_EXIT_UNABLE;
    if (p.type != GH_RESOURCE_SECRET || p.is_collection)
        return gh_cli_fail(GH_EXIT_UNABLE, "this is no path of a secret", r.path, "for example /workspaces/demo/secrets/provider");
    if ((status = read_value(&value, &a, c)) != GH_EXIT_DONE || (status = gh_access_open(&x, c)) != GH_EXIT_DONE ||
        (status = gh_cli_objects_call(&answer, x, &a, &r)) != GH_EXIT_DONE)
        return status;
    old = answer.status == 200 ? gh_tree_read(answer.body) : NULL;
    gh_buf_init(&body, &a, 8 * VALUE_MAX);
    gh_jsonw_init(&w, &body);
    gh_jsonw_obj(&w);
    gh_jsonw_kstr(&w, "value", value);
    put_hosts(&w, c, old);
    gh_jsonw_end(&w, '}');
    r.method = "PUT";
    r.body = gh_cli_objects_body(&a, gh_buf_str(&body));
    if ((status = gh_cli_objects_call(&answer, x, &a, &r)) != GH_EXIT_DONE)
        return status;
    if (answer.status != 200 && answer.status != 201)
        return gh_access_refused(&r, &answer);
    fprintf(stderr, "set %s\n", r.path);
    return GH_EXIT_DONE;
}
