/* SPDX-License-Identifier: Apache-2.0 */
/*
 * restore_accept: the owner's word. Control takes it when vault has an audit key that has signed nothing. A vault that has signed later heads
 * (somebody brought an old store back) is marked and ended here; its supervisor starts it again, and it takes a new key.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "cli/access.h"
#include "cli/restore.h"
#include "host/host.h"
#include "ipc/layout.h"
#include "supervisor/house.h"
#include "wire/json.h"

#define WAIT_MS    20000
#define LOOK_MS    200
#define ANEW_MS    1000 /* control ends within that, and is started again */
#define STATUS_MAX 65536

static void
pause_ms(long ms)
{
    const struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    (void)nanosleep(&t, NULL);
}

static int
ask(long *http, const struct gh_cli *c, const char *method, const char *path, struct gh_str body)
{
    const struct gh_request r = {
        .method = method, .path = path, .is_local_root = gh_str_starts(gh_str_z(path), GH_STR("/local/")), .body = body};
    gh_auto_access *x = NULL;
    struct gh_answer answer = {0};
    gh_auto_arena a;
    int status;

    gh_arena_init(&a, gh_heap(), 8u << 20);
    if ((status = gh_access_open(&x, c)) != GH_EXIT_DONE || (status = gh_access_call(&answer, x, &a, &r)) != GH_EXIT_DONE)
        return status;
    *http = answer.status;
    return answer.status == 200 || answer.status == 409 || answer.status == 503 ? GH_EXIT_DONE : gh_access_refused(&r, &answer);
}

/* ---- vault ---- */

static pid_t
vault_pid(const struct gh_house *h)
{
    gh_auto_arena a;
    struct gh_str text;
    struct gh_json j;
    gh_json_ref parts;
    int64_t pid = 0;

    gh_arena_init(&a, gh_heap(), 16 * STATUS_MAX);
    if (gh_file_read(&text, &a, h->fd, GH_LAYOUT_STATUS, STATUS_MAX) != GH_OK || gh_json_parse(&j, &a, text, NULL) != GH_OK)
        return 0;
    parts = gh_json_get(&j, 0, GH_STR("parts"));
    for (gh_json_ref p = gh_json_first(&j, parts); p != GH_JSON_NO; p = gh_json_next(&j, parts, p)) {
        struct gh_str name = {NULL, 0};

        if (gh_json_opt_str(&name, &a, &j, p, "name") == GH_OK && gh_str_eq(name, GH_STR("vault")))
            (void)!gh_json_opt_i64(&pid, &j, p, "pid");
    }
    return (pid_t)pid;
}

static int
renew_vault(const struct gh_cli *c)
{
    struct gh_house house = {.fd = -1, .memory_fd = -1};
    struct gh_house_err err = {0};
    int status = GH_EXIT_DONE;

    if (gh_house_find(&house, gh_cli_value(c, GH_OPTION_DATA), &err) != GH_OK)
        return gh_cli_fail(GH_EXIT_UNABLE, err.what, err.about, NULL);
    gh_auto_fd mark = openat(house.fd, GH_LAYOUT_RESTORED, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    pid_t pid = vault_pid(&house);
    if (mark < 0)
        status = gh_cli_fail(GH_EXIT_UNABLE, "vault cannot be told: its mark cannot be made", GH_LAYOUT_RESTORED, NULL);
    else if (pid <= 1 || kill(pid, SIGTERM) != 0)
        status = gh_cli_fail(GH_EXIT_REFUSED, "vault cannot be started anew", NULL, "see: gatehouse status --data DIR");
    gh_house_close(&house);
    return status;
}

/* ---- the word ---- */

static int
say_it(const struct gh_cli *c, struct gh_str body)
{
    int64_t deadline = gh_monotonic_ms() + WAIT_MS;
    bool is_renewed = false;
    long http = 0;
    int status;

    while ((status = ask(&http, c, "POST", "/local/accept-restore", body)) == GH_EXIT_DONE && http != 200) {
        if (gh_monotonic_ms() > deadline)
            return gh_cli_fail(
                GH_EXIT_REFUSED, "vault does not come back with a new audit key", NULL, "see the log of the supervisor");
        if (http == 409 && !is_renewed && (status = renew_vault(c)) != GH_EXIT_DONE)
            return status;
        is_renewed |= http == 409;
        pause_ms(LOOK_MS);
    }
    return status;
}

static int
wait_until_served(const struct gh_cli *c)
{
    int64_t deadline = gh_monotonic_ms() + WAIT_MS;
    long http = 0;

    for (pause_ms(ANEW_MS); gh_monotonic_ms() < deadline; pause_ms(LOOK_MS))
        if (ask(&http, c, "GET", "/status", (struct gh_str){NULL, 0}) == GH_EXIT_DONE && http == 200)
            return GH_EXIT_DONE;
    return gh_cli_fail(
        GH_EXIT_REFUSED, "the word is recorded, but control does not serve yet", NULL, "see: gatehouse status --data DIR");
}

int
gh_restore_accept(const struct gh_cli *c)
{
    const char *reason = gh_cli_value(c, GH_OPTION_REASON);
    struct gh_jsonw w;
    struct gh_buf body;
    gh_auto_arena a = {0};
    long http = 0;
    int status;

    if (reason == NULL || reason[0] == '\0')
        return gh_cli_fail(GH_EXIT_UNABLE, "why? --reason TEXT stands in the record", NULL, NULL);
    if ((status = ask(&http, c, "GET", "/status", (struct gh_str){NULL, 0})) != GH_EXIT_DONE)
        return status;
    if (http != 503)
        return gh_cli_fail(GH_EXIT_REFUSED, "this is no restored copy: there is nothing to accept", NULL, NULL);
    gh_arena_init(&a, gh_heap(), 1u << 20);
    gh_buf_init(&body, &a, 65536);
    gh_jsonw_init(&w, &body);
    gh_jsonw_obj(&w);
    gh_jsonw_kstr(&w, "reason", gh_str_z(reason));
    gh_jsonw_end(&w, '}');
    if ((status = say_it(c, gh_buf_str(&body))) != GH_EXIT_DONE)
        return status;
    return wait_until_served(c);
}
