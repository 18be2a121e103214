/* SPDX-License-Identifier: Apache-2.0 */
/* cli/revoke: tokens and sessions that are called back. A token that is given is read for its issuer, id and end, and goes nowhere. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/crypto.h"
#include "cli/objects.h"
#include "cli/tree.h"
#include "host/host.h"
#include "token/jwt.h"
#include "wire/json.h"

#define TOKEN_FILE_MAX 65536
#define DEFAULT_MS                                                                                                                 \
    (INT64_C(366) * 24 * 3600 * 1000) /* a token whose end nobody knows: one that is forgotten too early is good again */

struct named {
    struct gh_str issuer, id;
    int64_t until_ms;
};

/* By its form alone: whether it is a good token is nothing to us. */
static int
read_token(struct named *out, struct gh_arena *a, struct gh_str text)
{
    struct gh_claims *claims = gh_arena_take(a, sizeof *claims);
    struct gh_jwt jwt;

    while (text.n > 0 && (text.p[text.n - 1] == '\n' || text.p[text.n - 1] == '\r' || text.p[text.n - 1] == ' '))
        text.n--;
    if (claims == NULL || gh_jwt_split(&jwt, a, text, NULL) != GH_OK || gh_jwt_claims(claims, a, jwt.payload, NULL) != GH_OK)
        return gh_cli_fail(GH_EXIT_UNABLE, "that is no token that can be read", NULL, "name it by --issuer and --token-id");
    if (claims->jti.n == 0)
        return gh_cli_fail(
            GH_EXIT_UNABLE, "the token has no id (jti or uti)", NULL, "void all of its identity: gatehouse revoke sessions NAME");
    *out = (struct named){claims->iss, claims->jti, claims->exp_s * 1000};
    return GH_EXIT_DONE;
}

static int
read_file(struct named *out, struct gh_arena *a, const char *path)
{
    struct gh_str text;
    bool is_input = strcmp(path, "-") == 0;
    enum gh_rc rc =
        is_input ? gh_read_all(&text, a, STDIN_FILENO, TOKEN_FILE_MAX) : gh_file_read(&text, a, AT_FDCWD, path, TOKEN_FILE_MAX);

    return rc == GH_OK ? read_token(out, a, text) : gh_cli_fail(GH_EXIT_UNABLE, "the token cannot be read", path, NULL);
}

static int
take_names(struct named *out, struct gh_arena *a, const struct gh_cli *c)
{
    const char *file = gh_cli_value(c, GH_OPTION_FROM_FILE), *issuer = gh_cli_value(c, GH_OPTION_ISSUER),
               *id = gh_cli_value(c, GH_OPTION_TOKEN_ID), *until = gh_cli_value(c, GH_OPTION_EXPIRES);

    if (file != NULL)
        return read_file(out, a, file);
    if (issuer == NULL || id == NULL)
        return gh_cli_fail(GH_EXIT_UNABLE, "which token? give --issuer and --token-id, or --from-file", NULL, NULL);
    *out = (struct named){gh_str_z(issuer), gh_str_z(id), gh_now_ms() + DEFAULT_MS};
    return until == NULL || gh_time_read(&out->until_ms, gh_str_z(until)) == GH_OK
               ? GH_EXIT_DONE
               : gh_cli_fail(GH_EXIT_UNABLE, "--expires is a time like 2026-12-31T00:00:00Z", until, NULL);
}

static void
put_time(struct gh_jsonw *w, const char *key, int64_t ms)
{
    char mem[40];
    struct gh_buf b;

    gh_buf_init_fixed(&b, mem, sizeof mem);
    gh_time_put(&b, ms);
    gh_jsonw_kstr(w, key, gh_buf_str(&b));
}

static int
put(struct gh_cli *c, struct gh_arena *a, const char *path, struct gh_str properties)
{
    const struct gh_request r = {.method = "PUT", .path = path, .body = gh_cli_objects_body(a, properties)};
    gh_auto_access *x = NULL;
    struct gh_answer answer;
    int status;

    if ((status = gh_access_open(&x, c)) != GH_EXIT_DONE || (status = gh_cli_objects_call(&answer, x, a, &r)) != GH_EXIT_DONE)
        return status;
    return answer.status < 300 ? GH_EXIT_DONE : gh_access_refused(&r, &answer);
}

int
gh_cli_revoke_token(struct gh_cli *c)
{
    const char *reason = gh_cli_value(c, GH_OPTION_REASON);
    uint8_t hash[GH_SHA256_BYTES];
    struct named token;
    struct gh_buf path, body;
    struct gh_jsonw w;
    gh_auto_arena a;
    int status;

    gh_arena_init(&a, gh_heap(), 4u << 20);
    a.is_secret = true;
    gh_buf_init(&path, &a, 128);
    gh_buf_init(&body, &a, 65536);
    if ((status = take_names(&token, &a, c)) != GH_EXIT_DONE)
        return status;
    if (gh_sha256_v(hash, (const struct gh_str[]){token.issuer, GH_STR("\0"), token.id}, 3) != GH_OK)
        return gh_cli_fail(GH_EXIT_REFUSED, "no digest could be made", NULL, NULL);
    gh_buf_putz(&path, "/revocations/");
    gh_buf_put_hex(&path, gh_str(hash, 16));
    gh_buf_putc(&path, '\0');
    gh_jsonw_init(&w, &body);
    gh_jsonw_obj(&w);
    gh_jsonw_kstr(&w, "issuer", token.issuer);
    gh_jsonw_kstr(&w, "tokenId", token.id);
    put_time(&w, "until", token.until_ms);
    if (reason != NULL)
        gh_jsonw_kstr(&w, "reason", gh_str_z(reason));
    gh_jsonw_end(&w, '}');
    if ((status = put(c, &a, path.p, gh_buf_str(&body))) == GH_EXIT_DONE)
        printf("revoked %.*s\n", (int)token.id.n, token.id.p);
    return status;
}

int
gh_cli_revoke_sessions(struct gh_cli *c)
{
    const char *name = strncmp(c->operand[0], "/identities/", 12) == 0 ? c->operand[0] + 12 : c->operand[0];
    struct gh_request r = {.method = "GET"};
    gh_auto_access *x = NULL;
    gh_auto_json *object = NULL;
    struct gh_answer answer, written;
    char path[128], now[40];
    struct gh_buf b;
    gh_auto_arena a;
    int status;

    gh_arena_init(&a, gh_heap(), 4u << 20);
    if (!gh_resource_name_is_valid(gh_str_z(name)))
        return gh_cli_fail(GH_EXIT_UNABLE, "no name of an identity", name, "names: gatehouse list /identities");
    (void)snprintf(path, sizeof path, "/identities/%.100s", name);
    r.path = path;
    if ((status = gh_access_open(&x, c)) != GH_EXIT_DONE || (status = gh_cli_objects_call(&answer, x, &a, &r)) != GH_EXIT_DONE)
        return status;
    if (answer.status != 200)
        return gh_access_refused(&r, &answer);
    gh_buf_init_fixed(&b, now, sizeof now - 1);
    gh_time_put(&b, gh_now_ms());
    now[b.n] = '\0';
    if ((object = gh_tree_read(answer.body)) == NULL ||
        json_object_set_new(json_object_get(object, "properties"), "validFrom", json_string(now)) != 0)
        return gh_cli_fail(GH_EXIT_REFUSED, "the answer cannot be read", NULL, NULL);
    char *text = json_dumps(json_object_get(object, "properties"), JSON_COMPACT);
    if (text == NULL)
        return gh_cli_fail(GH_EXIT_REFUSED, "out of memory", NULL, NULL);
    r = (struct gh_request){
        .method = "PUT", .path = path, .body = gh_cli_objects_body(&a, gh_str_z(text)), .if_match = answer.etag};
    status = gh_cli_objects_call(&written, x, &a, &r);
    free(text);
    if (status != GH_EXIT_DONE)
        return status;
    if (written.status >= 300)
        return gh_access_refused(&r, &written);
    printf("tokens of %s from before %s are void\n", path, now);
    return GH_EXIT_DONE;
}
