/* SPDX-License-Identifier: Apache-2.0 */
/* cli/token: a token of the installation's own issuer, for the owner of the data directory, on stdout and nowhere else. */
#include "cli/access.h"
#include "host/host.h"
#include "wire/json.h"

#define LIFETIME_MAX 3600

static int
make_body(struct gh_buf *body, const struct gh_cli *c)
{
    const char *audience = gh_cli_value(c, GH_OPTION_AUDIENCE), *lifetime = gh_cli_value(c, GH_OPTION_LIFETIME);
    uint64_t seconds = 0;
    struct gh_jsonw w;

    if (lifetime != NULL && (gh_str_u64(&seconds, gh_str_z(lifetime), LIFETIME_MAX) != GH_OK || seconds == 0))
        return gh_cli_fail(GH_EXIT_UNABLE, "--lifetime is a number of seconds from 1 to 3600", lifetime, NULL);
    gh_jsonw_init(&w, body);
    gh_jsonw_obj(&w);
    gh_jsonw_kstr(&w, "as", gh_str_z(gh_cli_value(c, GH_OPTION_AS)));
    if (audience != NULL)
        gh_jsonw_kstr(&w, "audience", gh_str_z(audience));
    if (seconds > 0)
        gh_jsonw_ku64(&w, "lifetime", seconds);
    gh_jsonw_end(&w, '}');
    return GH_EXIT_DONE;
}

int
gh_cli_token_print(const struct gh_cli *c, const char *path, struct gh_str body)
{
    const struct gh_request r = {.method = "POST", .path = path, .is_local_root = true, .body = body};
    gh_auto_access *x = NULL;
    struct gh_str token = {NULL, 0};
    struct gh_answer answer;
    struct gh_json j;
    gh_auto_arena a;
    int status;

    gh_arena_init(&a, gh_heap(), 4u << 20);
    a.is_secret = true;
    if ((status = gh_access_open(&x, c)) != GH_EXIT_DONE || (status = gh_access_call(&answer, x, &a, &r)) != GH_EXIT_DONE)
        return status;
    if (answer.status != 200)
        return gh_access_refused(&r, &answer);
    if (gh_json_parse(&j, &a, answer.body, NULL) != GH_OK || gh_json_opt_str(&token, &a, &j, 0, "token") != GH_OK || token.n == 0)
        return gh_cli_fail(GH_EXIT_REFUSED, "the answer holds no token", NULL, NULL);
    printf("%.*s\n", (int)token.n, token.p);
    return GH_EXIT_DONE;
}

int
gh_cli_token(struct gh_cli *c)
{
    char mem[4096];
    struct gh_buf body;
    int status;

    gh_buf_init_fixed(&body, mem, sizeof(mem));
    if (gh_cli_value(c, GH_OPTION_AS) == NULL)
        return gh_cli_fail(GH_EXIT_UNABLE, "whose token? give --as NAME", NULL, "names: gatehouse list /identities --data DIR");
    if ((status = make_body(&body, c)) != GH_EXIT_DONE)
        return status;
    if (body.rc != GH_OK)
        return gh_cli_fail(GH_EXIT_UNABLE, "the name or the audience is too long", NULL, NULL);
    return gh_cli_token_print(c, "/local/token", gh_buf_str(&body));
}
