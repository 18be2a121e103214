/* SPDX-License-Identifier: Apache-2.0 */
/* cli/redteam: the command, and its probes as they are read. */
#include "cli/redteam.h"

#include <fcntl.h>
#include <stdlib.h>

#include "base/codec.h"
#include "host/host.h"
#include "supervisor/spawn.h"

#define FILE_MAX (16u << 20)

const char *const gh_redteam_outcomes[GH_REDTEAM_OUTCOMES] = {
#define GH_REDTEAM_TEXT(name, text) text,
    GH_REDTEAM_LIST(GH_REDTEAM_TEXT)
#undef GH_REDTEAM_TEXT
};

static bool
is_wanted(const struct gh_cli *c, const char *family)
{
    const char *one;
    size_t i = 0;

    for (; (one = gh_cli_nth(c, GH_OPTION_FAMILY, i)) != NULL; i++) {
        if (strcmp(one, family) == 0)
            return true;
    }
    return i == 0;
}

static bool
read_expect(enum gh_redteam_expect *out, const char *word)
{
    static const char *const words[] = {"blocked", "kept", "answered"};

    for (size_t i = 0; word != NULL && i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(word, words[i]) == 0) {
            *out = (enum gh_redteam_expect)i;
            return true;
        }
    }
    return false;
}

/* One line. False: it is no probe. A probe of a family that is not wanted is left out. */
static bool
read_probe(struct gh_redteam *r, const struct gh_cli *c, struct gh_str line)
{
    json_t *j = gh_tree_read(line);
    struct gh_probe p = {
        .line = j, .id = json_string_value(json_object_get(j, "id")), .family = json_string_value(json_object_get(j, "family"))};

    if (p.id == NULL || p.family == NULL || json_array_size(json_object_get(j, "messages")) == 0 ||
        !read_expect(&p.expect, json_string_value(json_object_get(j, "expect"))) || r->n == GH_REDTEAM_PROBES_MAX) {
        json_decref(j);
        return false;
    }
    if (is_wanted(c, p.family))
        r->probe[r->n++] = p;
    else
        json_decref(j);
    return true;
}

/* A word that no model says by itself. */
static void
make_canary(char out[GH_REDTEAM_CANARY])
{
    static const char digits[] = "bcdfghjklmnpqrst";
    uint8_t bytes[12];

    gh_random(bytes, sizeof bytes);
    memcpy(out, "gh-", 3);
    for (size_t i = 0; i < sizeof bytes; i++) {
        out[3 + 2 * i] = digits[bytes[i] >> 4];
        out[4 + 2 * i] = digits[bytes[i] & 15];
    }
    out[GH_REDTEAM_CANARY - 1] = '\0';
}

int
gh_redteam_read(struct gh_redteam *r, const struct gh_cli *c, const char *path)
{
    const char *looked = path;
    gh_auto_fd fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : gh_program_open(GH_PROGRAM_PROBES, &looked);
    gh_auto_arena a;
    struct gh_str rest, line;

    gh_arena_init(&a, gh_heap(), FILE_MAX + 4096);
    make_canary(r->canary);
    if (fd < 0 || gh_read_all(&rest, &a, fd, FILE_MAX) != GH_OK)
        return gh_cli_fail(GH_EXIT_UNABLE, "the probes cannot be read", looked,
            "name a file of probes, or install the one that comes with this program");
    if ((r->probe = calloc(GH_REDTEAM_PROBES_MAX, sizeof *r->probe)) == NULL)
        return gh_cli_fail(GH_EXIT_UNABLE, "out of memory", NULL, NULL);
    while (rest.n > 0) {
        if (!gh_str_cut(&line, &rest, '\n')) {
            line = rest;
            rest.n = 0;
        }
        if (line.n > 0 && !read_probe(r, c, line))
            return gh_cli_fail_str(GH_EXIT_UNABLE, "a line is no probe", gh_str_sub(line, 0, 80),
                "id, family, expect (blocked, kept, answered) and messages are wanted");
    }
    if (r->n == 0)
        return gh_cli_fail(
            GH_EXIT_UNABLE, "no probe is of that family", gh_cli_nth(c, GH_OPTION_FAMILY, 0), "leave --family out to see them all");
    return GH_EXIT_DONE;
}

void
gh_redteam_free(struct gh_redteam *r)
{
    for (size_t i = 0; i < r->n; i++)
        json_decref(r->probe[i].line);
    free(r->probe);
}

static int
count(const struct gh_redteam *r, enum gh_redteam_outcome outcome)
{
    int n = 0;

    for (size_t i = 0; i < r->n; i++)
        n += r->probe[i].outcome == outcome;
    return n;
}

/* Sent, reported, held against the baseline. */
static int
run(struct gh_redteam *r, const struct gh_cli *c)
{
    const char *format = gh_cli_value(c, GH_OPTION_OUTPUT), *baseline = gh_cli_value(c, GH_OPTION_BASELINE);
    gh_auto_json *worse = json_array();
    int status = gh_redteam_send(r, c, gh_cli_value(c, GH_OPTION_ENDPOINT));

    if (status != GH_EXIT_DONE)
        return status;
    if (baseline != NULL && count(r, GH_REDTEAM_UNDECIDED) == 0)
        status = gh_redteam_baseline(worse, r, baseline);
    gh_redteam_report(r, worse, format != NULL && strcmp(format, "json") == 0, c->is_colour);
    if (count(r, GH_REDTEAM_UNDECIDED) > 0)
        return gh_cli_fail(
            GH_EXIT_UNABLE, "some probes got no answer that tells", NULL, "see \"undecided\" above; nothing was saved or compared");
    return status;
}

int
gh_cli_redteam_run(struct gh_cli *c)
{
    const char *format = gh_cli_value(c, GH_OPTION_OUTPUT);
    struct gh_redteam r = {0};
    int status;

    if (gh_cli_value(c, GH_OPTION_ENDPOINT) == NULL)
        return gh_cli_fail(GH_EXIT_UNABLE, "which endpoint?", NULL, "give --endpoint URL; the ready file calls it openai_base_url");
    if (format != NULL && strcmp(format, "json") != 0 && strcmp(format, "table") != 0)
        return gh_cli_fail(GH_EXIT_UNABLE, "-o is table or json", format, NULL);
    status = gh_redteam_read(&r, c, c->n_operands > 0 ? c->operand[0] : NULL);
    if (status == GH_EXIT_DONE)
        status = run(&r, c);
    gh_redteam_free(&r);
    return status;
}
