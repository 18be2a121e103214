/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/supervise: the commands of the supervisor, which reads its own settings and prints its own results. Recovery has two halves: the
 * supervisor renews the certificate, control publishes again and gives the token.
 */
#include "cli/command.h"
#include "cli/restore.h"
#include "supervisor/supervisor.h"

int
gh_cli_supervise_up(struct gh_cli *c)
{
    struct gh_up_settings s;
    struct gh_err err = {0};
    const char *word = NULL;

    if (gh_settings_read(&s, &word, c->n_rest, c->rest, &err) != GH_OK)
        return gh_cli_fail(GH_EXIT_UNABLE, err.what, word, "see: gatehouse help up");
    return gh_supervisor_up(&s);
}

static const char *
data_of(const struct gh_cli *c)
{
    const char *data = gh_cli_value(c, GH_OPTION_DATA);

    if (data == NULL)
        (void)gh_cli_fail(GH_EXIT_UNABLE, "which installation? give --data DIR", NULL, NULL);
    return data;
}

int
gh_cli_supervise_status(struct gh_cli *c)
{
    const char *data = data_of(c), *format = gh_cli_value(c, GH_OPTION_OUTPUT);

    if (format != NULL && !gh_str_eq(gh_str_z(format), GH_STR("json")))
        return gh_cli_fail(GH_EXIT_UNABLE, "status prints lines for people, or with -o json the whole state", format, NULL);
    return data == NULL ? GH_EXIT_UNABLE : gh_supervisor_status(data, format != NULL);
}

int
gh_cli_supervise_down(struct gh_cli *c)
{
    const char *data = data_of(c);

    return data == NULL ? GH_EXIT_UNABLE : gh_supervisor_down(data);
}

int
gh_cli_supervise_recover(struct gh_cli *c)
{
    const char *data = data_of(c);
    int status = data == NULL ? GH_EXIT_UNABLE : GH_EXIT_DONE;

    if (status == GH_EXIT_DONE && gh_cli_has(c, GH_OPTION_ACCEPT_RESTORE))
        status = gh_restore_accept(c);
    if (status == GH_EXIT_DONE)
        status = gh_supervisor_recover(data);
    return status != GH_EXIT_DONE ? status : gh_cli_token_print(c, "/local/recover", GH_STR("{}"));
}

int
gh_cli_supervise_rotate(struct gh_cli *c)
{
    const char *data = data_of(c);

    return data == NULL ? GH_EXIT_UNABLE : gh_supervisor_rotate(data);
}

int
gh_cli_supervise_upgrade(struct gh_cli *c)
{
    const char *data = data_of(c);

    return data == NULL ? GH_EXIT_UNABLE : gh_supervisor_upgrade(data);
}
