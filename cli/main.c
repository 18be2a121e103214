/* SPDX-License-Identifier: Apache-2.0 */
/* gatehouse: the door. Words become a row of the table (commands.c), the row's function does the rest. */
#include <stdlib.h>
#include <unistd.h>

#include "cli/command.h"

/* "key" alone, or with a word that is none of its commands: what could have been meant. */
static int
unknown(const char *word)
{
    int status = gh_cli_fail(GH_EXIT_UNABLE, "there is no such command", word, "see: gatehouse help");

    gh_cli_help_group(stderr, word);
    return status;
}

/* What is shown of a wrong word: of an option its name alone, for its value may be what somebody should not have typed. */
static struct gh_str
shown(const char *word)
{
    struct gh_str w = gh_str_z(word);

    return gh_str_starts(w, GH_STR("-")) ? gh_str_sub(w, 0, gh_str_chr(w, '=')) : w;
}

static int
dispatch(struct gh_cli *c, int argc, char *argv[])
{
    struct gh_err err = {0};
    const char *word = NULL;
    enum gh_rc rc = gh_cli_args_read(c, &word, argc, argv, &err);

    if (rc != GH_OK && c->command == NULL)
        return unknown(word);
    if (rc != GH_OK) {
        (void)gh_cli_fail_str(GH_EXIT_UNABLE, err.what, shown(word), NULL);
        fprintf(stderr, "  for example: %s\n  all options: gatehouse help %s\n", c->command->example, c->command->name);
        return GH_EXIT_UNABLE;
    }
    if (c->command == NULL) {
        gh_cli_help_all(stdout);
        return GH_EXIT_UNABLE;
    }
    if (gh_cli_has(c, GH_OPTION_HELP)) {
        gh_cli_help_one(stdout, c->command);
        return GH_EXIT_DONE;
    }
    return c->command->run(c);
}

/* `gatehouse --help` and `gatehouse --version` are what a stranger types first. */
static char *
as_command(char *word)
{
    static char help[] = "help", version[] = "version";

    if (gh_str_eq(gh_str_z(word), GH_STR("--help")) || gh_str_eq(gh_str_z(word), GH_STR("-h")))
        return help;
    return gh_str_eq(gh_str_z(word), GH_STR("--version")) ? version : word;
}

int
main(int argc, char *argv[])
{
    struct gh_cli c = {.is_colour = isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL};
    int status;

    if (argc > 1)
        argv[1] = as_command(argv[1]);
    status = dispatch(&c, argc - 1, argv + 1);
    if (fflush(stdout) != 0 || ferror(stdout))
        return gh_cli_fail(GH_EXIT_REFUSED, "the output could not be written whole", NULL, NULL);
    return status;
}
