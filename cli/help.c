/* SPDX-License-Identifier: Apache-2.0 */
/* cli/help: `help`, `--help` and the manual page, all from the tables of commands and options. */
#include "cli/command.h"
#include "supervisor/settings.h"

void
gh_cli_help_all(FILE *f)
{
    fputs("gatehouse: a gatehouse in front of AI models, secrets and sessions\n\n", f);
    for (size_t i = 0; i < gh_command_count; i++) {
        const struct gh_command *k = &gh_command_table[i];
        int n = fprintf(f, "  gatehouse %s%s%s", k->name, k->operands[0] != '\0' ? " " : "", k->operands);

        fprintf(f, "%*s%s\n", n < 42 ? 42 - n : 1, "", k->help);
    }
    fputs("\nAccess: --data DIR on the same machine, or --server URL --ca FILE with GATEHOUSE_TOKEN or --token-file.\n"
          "More about one command: gatehouse help COMMAND\n",
        f);
}

void
gh_cli_help_group(FILE *f, const char *group)
{
    struct gh_str g = gh_str_z(group);

    for (size_t i = 0; i < gh_command_count; i++) {
        const struct gh_command *k = &gh_command_table[i];
        struct gh_str name = gh_str_z(k->name);

        if (g.n > 0 && name.n > g.n && name.p[g.n] == ' ' && gh_str_starts(name, g))
            fprintf(f, "  gatehouse %s %s\n", k->name, k->operands);
    }
}

/* The supervisor's own table for `up`, ours for the rest: option, its value, what it does; false behind the last. */
static bool
option_row(char *left, size_t n, const char **text, const struct gh_command *k, size_t *i)
{
    const char *word;

    if (k->is_raw) {
        if (!gh_settings_help(&word, text, (*i)++))
            return false;
        (void)snprintf(left, n, "%s", word);
        return true;
    }
    while (*i < GH_OPTION_COUNT && (k->options & GH_OPTION_IN(*i)) == 0)
        (*i)++;
    if (*i == GH_OPTION_COUNT)
        return false;
    (void)snprintf(left, n, "%s%s%s", gh_option_table[*i].word, gh_option_table[*i].value != NULL ? " " : "",
        gh_option_table[*i].value != NULL ? gh_option_table[*i].value : "");
    *text = gh_option_table[(*i)++].help;
    return true;
}

void
gh_cli_help_one(FILE *f, const struct gh_command *k)
{
    const char *text;
    char left[80];
    size_t i = 0;

    fprintf(f, "gatehouse %s%s%s: %s\n", k->name, k->operands[0] != '\0' ? " " : "", k->operands, k->help);
    if (k->detail != NULL)
        fprintf(f, "\n%s\n", k->detail);
    fputs("\n", f);
    while (option_row(left, sizeof left, &text, k, &i))
        fprintf(f, "  %-24s %s\n", left, text);
    fprintf(f, "\nExample:\n  %s\n", k->example);
}

/* Text in roff: a leading dot or quote and each backslash or hyphen would mean something. */
static void
roff(FILE *f, const char *s)
{
    if (s[0] == '.' || s[0] == '\'')
        fputs("\\&", f);
    for (; *s != '\0'; s++) {
        if (*s == '\\')
            fputs("\\e", f);
        else if (*s == '-')
            fputs("\\-", f);
        else
            fputc(*s, f);
    }
}

static void
roff_line(FILE *f, const char *macro, const char *s)
{
    fputs(macro, f);
    roff(f, s);
    fputc('\n', f);
}

static void
roff_command(FILE *f, const struct gh_command *k)
{
    const char *text;
    char left[80];
    size_t i = 0;

    fputs(".SS gatehouse ", f);
    roff(f, k->name);
    fputs(k->operands[0] != '\0' ? " " : "", f);
    roff_line(f, "", k->operands);
    roff_line(f, "", k->help);
    fputs(".br\n", f);
    if (k->detail != NULL)
        roff_line(f, "", k->detail);
    while (option_row(left, sizeof left, &text, k, &i)) {
        roff_line(f, ".TP\n.B ", left);
        roff_line(f, "", text);
    }
    roff_line(f, ".PP\nExample:\n.PP\n.nf\n.RS\n", k->example);
    fputs(".RE\n.fi\n", f);
}

void
gh_cli_help_roff(FILE *f)
{
    fputs(".\\\" SPDX-License-Identifier: Apache-2.0\n.\\\" Made by `gatehouse help --roff` from the table of commands.\n"
          ".TH GATEHOUSE 1 \"\" \"gatehouse\" \"User Commands\"\n.SH NAME\ngatehouse \\- run and manage a gatehouse for AI "
          "workloads\n"
          ".SH SYNOPSIS\n.B gatehouse\n.I COMMAND\n[\\fIOPTION\\fR...] [\\fIOPERAND\\fR...]\n.SH DESCRIPTION\n"
          "Starts an installation, changes what it enforces, and reads what it recorded. A command reaches an installation through "
          "its\n"
          "data directory on the same machine (\\fB\\-\\-data\\fR, owner only, each use recorded), or over HTTPS "
          "(\\fB\\-\\-server\\fR, "
          "\\fB\\-\\-ca\\fR)\nwith a token from the environment or a file. A token is never taken from the command line.\n.SH "
          "COMMANDS\n",
        f);
    for (size_t i = 0; i < gh_command_count; i++)
        roff_command(f, &gh_command_table[i]);
    fputs(".SH ENVIRONMENT\n.TP\n.B GATEHOUSE_TOKEN\nbearer token for \\fB\\-\\-server\\fR\n.TP\n.B NO_COLOR\nno colours, even on "
          "a terminal\n"
          ".SH EXIT STATUS\n0 done; 1 tried and failed; 2 could not be tried (wrong words, bad input, nobody there). "
          "\\fBstatus\\fR: 1 when "
          "nothing\nruns. \\fBaudit verify\\fR: 0 intact, 1 tampered with, 2 cannot decide.\n",
        f);
}

int
gh_cli_help(struct gh_cli *c)
{
    const struct gh_command *k;
    size_t n = 0;

    if (gh_cli_has(c, GH_OPTION_ROFF)) {
        gh_cli_help_roff(stdout);
        return GH_EXIT_DONE;
    }
    if (c->n_operands == 0) {
        gh_cli_help_all(stdout);
        return GH_EXIT_DONE;
    }
    k = gh_cli_args_find(&n, c->n_rest, c->rest);
    if (k == NULL) {
        gh_cli_help_group(stdout, c->operand[0]);
        return gh_cli_fail(GH_EXIT_UNABLE, "there is no such command", c->operand[0], "see: gatehouse help");
    }
    gh_cli_help_one(stdout, k);
    return GH_EXIT_DONE;
}
