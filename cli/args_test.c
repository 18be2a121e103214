/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: what is understood, what is refused; and the table of commands itself. */
#include "sweeps.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/command.h"

#define WORDS_MAX 12

/* A line of words separated by blanks; "_" stands for the empty word. */
static int
split(char *argv[WORDS_MAX], char *line)
{
    struct gh_str rest = gh_str_z(line), word;
    int n = 0;

    while (rest.n > 0 && gh_str_cut(&word, &rest, ' ')) {
        line[word.p - line + (ptrdiff_t)word.n] = '\0';
        argv[n] = line + (word.p - line);
        if (argv[n][0] == '_' && argv[n][1] == '\0')
            argv[n][0] = '\0';
        n++;
    }
    return n;
}

static enum gh_rc
read_line(struct gh_cli *c, const char **word, const char *line, struct gh_err *err)
{
    static char mem[512];
    static char *argv[WORDS_MAX];

    (void)snprintf(mem, sizeof mem, "%s", line);
    return gh_cli_args_read(c, word, split(argv, mem), argv, err);
}

static void
test_understood(void **state)
{
    static const struct {
        const char *line, *command, *operand;
        enum gh_option option;
        const char *value;
    } cases[] = {
        {"get /workspaces --data d", "get", "/workspaces", GH_OPTION_DATA, "d"},
        {"get --data d /workspaces", "get", "/workspaces", GH_OPTION_DATA, "d"},
        {"get --data=d /workspaces", "get", "/workspaces", GH_OPTION_DATA, "d"},
        {"get --data=a=b /workspaces", "get", "/workspaces", GH_OPTION_DATA, "a=b"},
        {"get /workspaces -o json", "get", "/workspaces", GH_OPTION_OUTPUT, "json"},
        {"get -- -o", "get", "-o", GH_OPTION_COUNT, NULL},
        {"key create demo --owner x", "key create", "demo", GH_OPTION_OWNER, "x"},
        {"audit verify --head a --head b", "audit verify", NULL, GH_OPTION_HEAD, "a"},
        {"secret set /s --from-file -", "secret set", "/s", GH_OPTION_FROM_FILE, "-"},
        {"audit tail --follow -n 5", "audit tail", NULL, GH_OPTION_LINES, "5"},
        {"token --help", "token", NULL, GH_OPTION_HELP, NULL},
        {"get --help", "get", NULL, GH_OPTION_HELP, NULL},
        {"get -h", "get", NULL, GH_OPTION_HELP, NULL},
        {"up --help", "up", NULL, GH_OPTION_HELP, NULL},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct gh_cli c = {0};
        struct gh_err err = {0};
        const char *word = NULL, *value;

        if (read_line(&c, &word, cases[i].line, &err) != GH_OK)
            fail_msg("%s: refused: %s", cases[i].line, err.what);
        assert_string_equal(c.command->name, cases[i].command);
        if (cases[i].operand != NULL)
            assert_string_equal(c.operand[0], cases[i].operand);
        if (cases[i].option == GH_OPTION_COUNT)
            continue;
        assert_true(gh_cli_has(&c, cases[i].option));
        value = gh_cli_value(&c, cases[i].option);
        if ((value == NULL) != (cases[i].value == NULL) || (value != NULL && strcmp(value, cases[i].value) != 0))
            fail_msg("%s: value %s", cases[i].line, value == NULL ? "(none)" : value);
    }
}

static void
test_refused(void **state)
{
    static const struct {
        const char *line, *word; /* the one that is named; NULL: none */
    } cases[] = {
        {"nonsense", "nonsense"},
        {"key", "key"},
        {"key frobnicate", "key"},
        {"keycreate demo", "keycreate"},
        {"get", NULL},
        {"get /a /b", "/b"},
        {"get /a --nonsense", "--nonsense"},
        {"get /a --as x", "--as"},
        {"get /a --data", "--data"},
        {"get /a --data=", "--data="},
        {"get /a --data _", "--data"},
        {"get /a --data d --data e", "--data"},
        {"apply --dry-run=yes", "--dry-run=yes"},
        {"apply -f", "-f"},
        {"apply -fx", "-fx"},
        {"get /a --token t", "--token"},
        {"get /a --token=t", "--token=t"},
        {"token --as x --server https://h/api", "--server"},
        {"version extra", "extra"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct gh_cli c = {0};
        struct gh_err err = {0};
        const char *word = NULL;

        if (read_line(&c, &word, cases[i].line, &err) != GH_BAD || err.what == NULL)
            fail_msg("accepted: %s", cases[i].line);
        if (cases[i].word == NULL ? word != NULL : word == NULL || (word[0] != '\0' && strcmp(word, cases[i].word) != 0))
            fail_msg("%s: names %s", cases[i].line, word == NULL ? "nothing" : word);
    }
}

static void
test_many_options(void **state)
{
    static char audit[] = "audit", verify[] = "verify", head[] = "--head", x[] = "x";
    char *argv[2 * GH_CLI_GIVEN_MAX + 8] = {audit, verify};
    struct gh_cli c = {0};
    struct gh_err err = {0};
    int n = 2;
    (void)state;

    for (int i = 0; i < GH_CLI_GIVEN_MAX + 1; i++) {
        argv[n++] = head;
        argv[n++] = x;
    }
    assert_int_equal(gh_cli_args_read(&c, NULL, n, argv, &err), GH_BAD);
    assert_int_equal(gh_cli_args_read(&c, NULL, n - 2, argv, &err), GH_OK);
    assert_string_equal(gh_cli_nth(&c, GH_OPTION_HEAD, GH_CLI_GIVEN_MAX - 1), "x");
    assert_null(gh_cli_nth(&c, GH_OPTION_HEAD, GH_CLI_GIVEN_MAX));
}

/* Each command has a function, one line of help, and an example that its own reader understands. */
static void
test_table(void **state)
{
    (void)state;

    for (size_t i = 0; i < gh_command_count; i++) {
        const struct gh_command *k = &gh_command_table[i];
        const char *at;
        size_t n_used;
        char start[64], *argv[WORDS_MAX];

        assert_non_null(k->run);
        assert_true(k->help != NULL && k->help[0] != '\0' && k->max <= GH_CLI_OPERANDS_MAX);
        (void)snprintf(start, sizeof start, "gatehouse %s", k->name);
        if ((at = strstr(k->example, start)) == NULL)
            fail_msg("%s: the example shows another command", k->name);
        (void)snprintf(start, sizeof start, "%s", k->name);
        assert_ptr_equal(gh_cli_args_find(&n_used, split(argv, start), argv), k);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(k->name, gh_command_table[j].name);
        if (strchr(k->example, '"') == NULL && strchr(k->example, '>') == NULL) { /* no shell beside the words */
            struct gh_cli c = {0};
            struct gh_err err = {0};

            if (read_line(&c, NULL, at + sizeof "gatehouse", &err) != GH_OK)
                fail_msg("%s: %s", k->example, err.what);
        }
    }
}

/* Each option has a bit of its own: of a set of one, a command takes that option and no other, wherever in the table it stands. */
static void
test_sets(void **state)
{
    (void)state;
    for (enum gh_option o = 0; o < GH_OPTION_COUNT; o++) {
        struct gh_command one = gh_command_table[0];
        one.options = GH_OPTION_IN(o);
        for (enum gh_option other = 0; other < GH_OPTION_COUNT; other++)
            assert_int_equal((one.options & GH_OPTION_IN(other)) != 0, o == other);
    }
    assert_true(GH_OPTION_IN(127) != 0 && (GH_OPTION_IN(127) & GH_OPTION_IN(63)) == 0 && GH_OPTION_IN(64) != GH_OPTION_IN(0));
}

/* The manual page in docs/ is what the tables say now. */
static void
test_manual(void **state)
{
    struct gh_arena a = gh_test_arena();
    const char *root = getenv("GATEHOUSE_SOURCE");
    struct gh_str page;
    char path[4096], *text = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&text, &n);
    (void)state;

    assert_non_null(f);
    gh_cli_help_roff(f);
    (void)fclose(f);
    assert_non_null(root);
    (void)snprintf(path, sizeof path, "%s/docs/man/gatehouse.1", root);
    page = gh_test_file(&a, path);
    if (!gh_str_eq(page, gh_str(text, n)))
        fail_msg("docs/man/gatehouse.1 is not what the tables say; make it anew: gatehouse help --roff >docs/man/gatehouse.1");
    free(text);
    gh_arena_fini(&a);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(test_understood), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_many_options), cmocka_unit_test(test_table), cmocka_unit_test(test_sets),
        cmocka_unit_test(test_manual)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
