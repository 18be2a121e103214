/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tools/limits_doc: writes docs/limits.md: the bounds of core (from the text of base/limits.h, given in argv) and, from the route table,
 * which control stands in front of which operation.
 */
#include <stdio.h>

#include "audit/record.h"
#include "wire/dialect.h"

/* How a row of the route table is served. */
enum served { MANAGED, ANSWERED_HERE, FORWARDED, REFUSED, N_SERVED };

static enum served
served_how(const struct gh_route_row *row)
{
    if (row->surface == GH_SURFACE_MANAGEMENT)
        return MANAGED;
    if (row->op == GH_OP_UNSPOKEN)
        return REFUSED;
    return row->upstream == NULL ? ANSWERED_HERE : FORWARDED;
}

/* Which control runs for which way of serving. */
static const bool runs[][N_SERVED] = {
    [GH_CONTROL_ROUTE] = {true, true, true, true},
    [GH_CONTROL_AUTHENTICATION] = {true, true, true, true},
    [GH_CONTROL_AUTHORIZATION] = {true, true, true, true},
    [GH_CONTROL_BODY] = {true, false, true, false},
    [GH_CONTROL_DIALECT] = {false, false, true, false},
    [GH_CONTROL_SPLICE] = {false, false, true, false},
    [GH_CONTROL_CREDENTIAL] = {false, false, true, false},
    [GH_CONTROL_HEADERS] = {true, true, true, false},
    [GH_CONTROL_RESPONSE] = {false, false, true, false},
    [GH_CONTROL_STREAM] = {false, false, true, false},
    [GH_CONTROL_USAGE] = {false, false, true, false},
    [GH_CONTROL_TOOLS] = {false, false, true, false},
    [GH_CONTROL_INSTRUCTIONS] = {false, false, true, false},
    [GH_CONTROL_BOUNDS] = {false, false, true, false},
    [GH_CONTROL_END_USER] = {false, false, true, false},
};
_Static_assert(sizeof(runs) / sizeof(*runs) == GH_CONTROL_COUNT, "a control without a column");

static const char *const method_names[GH_METHOD_COUNT] = {
    [GH_METHOD_NONE] = "any",
    [GH_METHOD_GET] = "GET",
    [GH_METHOD_PUT] = "PUT",
    [GH_METHOD_POST] = "POST",
    [GH_METHOD_DELETE] = "DELETE",
    [GH_METHOD_PATCH] = "PATCH",
    [GH_METHOD_HEAD] = "HEAD",
};

static void
print_routes(void)
{
    printf("## Operations and their controls\n\nA path that is not here is 404. An operation whose controls cannot run is "
           "refused.\n\n| operation | dialect |");
    for (unsigned c = 0; c < GH_CONTROL_COUNT; c++)
        printf(" %s |", gh_control_names[c]);
    printf("\n| --- | --- |");
    for (unsigned c = 0; c < GH_CONTROL_COUNT; c++)
        printf(" --- |");
    printf("\n");
    for (size_t i = 0; i < gh_route_count; i++) {
        const struct gh_route_row *row = &gh_route_table[i];
        const struct gh_dialect *d = gh_dialect_find(row->surface, row->op);
        printf("| `%s %s` | %s |", method_names[row->method], row->pattern,
            d != NULL               ? d->name
            : row->unspoken != NULL ? "refused by name"
                                    : "-");
        for (unsigned c = 0; c < GH_CONTROL_COUNT; c++)
            printf(" %s |", runs[c][served_how(row)] ? "yes" : "-");
        printf("\n");
    }
}

/* One line of limits.h: "#define NAME value" and its comment become a row, a comment alone becomes a heading. */
static void
print_line(struct gh_str line)
{
    const struct gh_str define = GH_STR("#define "), open = GH_STR("/* "), close = GH_STR(" */");
    size_t comment = gh_str_find(line, open), name_end, value_end;

    if (!gh_str_starts(line, define)) {
        if (gh_str_starts(line, open) && gh_str_ends(line, close) && gh_str_find(line, GH_STR("SPDX")) == SIZE_MAX)
            printf("\n### %.*s\n| bound | value | what and why |\n| --- | --- | --- |\n", (int)(line.n - open.n - close.n),
                line.p + open.n);
        return;
    }
    line = gh_str_sub(line, define.n, SIZE_MAX);
    name_end = gh_str_chr(line, ' ');
    if (comment == SIZE_MAX || name_end == SIZE_MAX)
        return; /* the include guard */
    comment -= define.n;
    value_end = comment;
    while (value_end > name_end && line.p[value_end - 1] == ' ')
        value_end--;
    printf("| `%.*s` | %.*s | %.*s |\n", (int)name_end, line.p, (int)(value_end - name_end - 1), line.p + name_end + 1,
        (int)(line.n - comment - open.n - close.n), line.p + comment + open.n);
}

int
main(int argc, char **argv)
{
    char mem[512];
    FILE *f = argc == 2 ? fopen(argv[1], "r") : NULL;

    if (f == NULL) {
        fprintf(stderr, "usage: limits_doc path/to/base/limits.h\n");
        return 2;
    }
    printf("# Limits\n\nMade by `tools/limits-doc` from the route table and `core/base/limits.h`; do not edit.\n\n");
    print_routes();
    printf("\n## Bounds on input\n");
    while (fgets(mem, sizeof(mem), f) != NULL) {
        size_t n = strlen(mem);
        print_line(gh_str(mem, n > 0 && mem[n - 1] == '\n' ? n - 1 : n));
    }
    fclose(f);
    return 0;
}
