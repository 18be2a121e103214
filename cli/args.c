/* SPDX-License-Identifier: Apache-2.0 */
/* cli/args: words of the command line -> a row of the command table and its arguments. Pure: no output, nothing is opened. */
#include "cli/command.h"

const struct gh_option_row gh_option_table[GH_OPTION_COUNT] = {
#define GH_OPTION_ROW(name, w, v, many, text) [GH_OPTION_##name] = {.word = (w), .value = (v), .is_many = (many), .help = (text)},
    GH_OPTION_LIST(GH_OPTION_ROW)
#undef GH_OPTION_ROW
};

/* How many of the words make up `name`, 0 if they do not. */
static size_t
name_words(const char *name, int argc, char *const argv[])
{
    struct gh_str rest = gh_str_z(name), head;
    size_t n = 0;

    while (gh_str_cut(&head, &rest, ' ')) {
        if (n >= (size_t)argc || !gh_str_eq(head, gh_str_z(argv[n])))
            return 0;
        n++;
    }
    return n;
}

const struct gh_command *
gh_cli_args_find(size_t *n_used, int argc, char *const argv[])
{
    for (size_t i = 0; i < gh_command_count; i++) {
        if ((*n_used = name_words(gh_command_table[i].name, argc, argv)) > 0)
            return &gh_command_table[i];
    }
    *n_used = 0;
    return NULL;
}

bool
gh_cli_has(const struct gh_cli *c, enum gh_option o)
{
    for (size_t i = 0; i < c->n_given; i++) {
        if (c->given[i].option == o)
            return true;
    }
    return false;
}

const char *
gh_cli_nth(const struct gh_cli *c, enum gh_option o, size_t nth)
{
    for (size_t i = 0; i < c->n_given; i++) {
        if (c->given[i].option == o && nth-- == 0)
            return c->given[i].value;
    }
    return NULL;
}

const char *
gh_cli_value(const struct gh_cli *c, enum gh_option o)
{
    return gh_cli_nth(c, o, 0);
}

/* "--name" or "--name=value"; short options take no '='. GH_OPTION_COUNT: unknown. */
static enum gh_option
option_find(struct gh_str *value, struct gh_str word)
{
    size_t eq = gh_str_starts(word, GH_STR("--")) ? gh_str_chr(word, '=') : SIZE_MAX;
    struct gh_str name = gh_str_sub(word, 0, eq);

    *value = eq == SIZE_MAX ? (struct gh_str){NULL, 0} : gh_str(word.p + eq + 1, word.n - eq - 1);
    for (enum gh_option o = 0; o < GH_OPTION_COUNT; o++) {
        if (gh_str_eq(name, gh_str_z(gh_option_table[o].word)))
            return o;
    }
    return GH_OPTION_COUNT;
}

static enum gh_rc
option_check(const struct gh_cli *c, enum gh_option o, struct gh_err *err)
{
    if (o == GH_OPTION_COUNT)
        return gh_fail(err, GH_BAD, 0, "unknown option");
    if (o != GH_OPTION_HELP && (c->command->options & GH_OPTION_IN(o)) == 0)
        return gh_fail(err, GH_BAD, 0, "this command has no such option");
    if (gh_cli_has(c, o) && !gh_option_table[o].is_many)
        return gh_fail(err, GH_BAD, 0, "given twice");
    if (c->n_given == GH_CLI_GIVEN_MAX)
        return gh_fail(err, GH_BAD, 0, "too many options");
    return GH_OK;
}

/* Takes the option at argv[*i] and its value. */
static enum gh_rc
option_take(struct gh_cli *c, int *i, int argc, char *const argv[], struct gh_err *err)
{
    struct gh_str value;
    enum gh_option o = option_find(&value, gh_str_z(argv[*i]));
    const char *v = value.p;
    enum gh_rc rc;

    /* Everybody on the machine can read argv: the mistake is named before the token is used even once. */
    if (o == GH_OPTION_COUNT && gh_str_starts(gh_str_z(argv[*i]), GH_STR("--token")))
        return gh_fail(err, GH_BAD, 0, "a token in the command line is visible to others: use GATEHOUSE_TOKEN or --token-file");
    if ((rc = option_check(c, o, err)) != GH_OK)
        return rc;
    if (gh_option_table[o].value == NULL && v != NULL)
        return gh_fail(err, GH_BAD, 0, "this option takes no value");
    if (gh_option_table[o].value != NULL && v == NULL) {
        if (*i + 1 >= argc)
            return gh_fail(err, GH_BAD, 0, "this option needs a value");
        v = argv[++*i];
    }
    if (gh_option_table[o].value != NULL && v[0] == '\0')
        return gh_fail(err, GH_BAD, 0, "this option needs a value");
    c->given[c->n_given].option = o;
    c->given[c->n_given].value = v;
    c->n_given++;
    return GH_OK;
}

/* A lone "-" is a value (standard input), everything else that starts with '-' is an option until "--". */
static bool
is_option(const char *word, bool is_over)
{
    return !is_over && word[0] == '-' && word[1] != '\0';
}

static enum gh_rc
operand_take(struct gh_cli *c, const char *word, struct gh_err *err)
{
    if (c->n_operands >= c->command->max || c->n_operands >= GH_CLI_OPERANDS_MAX)
        return gh_fail(err, GH_BAD, 0, "one word too many");
    c->operand[c->n_operands++] = word;
    return GH_OK;
}

static enum gh_rc
words_take(struct gh_cli *c, const char **word, int argc, char *const argv[], struct gh_err *err)
{
    bool is_over = false;

    for (int i = 0; i < argc; i++) {
        enum gh_rc rc;

        *word = argv[i];
        if (!is_over && gh_str_eq(gh_str_z(argv[i]), GH_STR("--"))) {
            is_over = true;
            continue;
        }
        rc = is_option(argv[i], is_over) ? option_take(c, &i, argc, argv, err) : operand_take(c, argv[i], err);
        if (rc != GH_OK)
            return rc;
    }
    *word = NULL;
    if (c->n_operands < c->command->min && !gh_cli_has(c, GH_OPTION_HELP))
        return gh_fail(err, GH_BAD, 0, "something is missing");
    return GH_OK;
}

static bool
asks_help(int argc, char *const argv[])
{
    return argc > 0 && (gh_str_eq(gh_str_z(argv[0]), GH_STR("--help")) || gh_str_eq(gh_str_z(argv[0]), GH_STR("-h")));
}

enum gh_rc
gh_cli_args_read(struct gh_cli *c, const char **word, int argc, char *const argv[], struct gh_err *err)
{
    const char *ignored = NULL;
    size_t n = 0;

    word = word == NULL ? &ignored : word;
    *word = argc > 0 ? argv[0] : NULL;
    *c = (struct gh_cli){.is_colour = c->is_colour};
    if (argc == 0)
        return GH_OK;
    if ((c->command = gh_cli_args_find(&n, argc, argv)) == NULL)
        return gh_fail(err, GH_BAD, 0, "there is no such command");
    argc -= (int)n;
    argv += n;
    c->rest = argv;
    c->n_rest = argc;
    if (asks_help(argc, argv)) {
        c->given[c->n_given++].option = GH_OPTION_HELP;
        return GH_OK;
    }
    return c->command->is_raw ? GH_OK : words_take(c, word, argc, argv, err);
}
