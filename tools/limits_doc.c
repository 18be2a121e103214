/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tools/limits_doc: writes docs/limits.md: the bounds of core (from the text of base/limits.h, given in argv) and, from the route table,
 * which control stands in front of which operation.
 */
#include <stdio.h>
#include <stdlib.h>

#include "wire/coverage.h"

static const char *const method_names[GH_METHOD_COUNT] = {
    [GH_METHOD_NONE] = "any",
    [GH_METHOD_GET] = "GET",
    [GH_METHOD_PUT] = "PUT",
    [GH_METHOD_POST] = "POST",
    [GH_METHOD_DELETE] = "DELETE",
    [GH_METHOD_PATCH] = "PATCH",
    [GH_METHOD_HEAD] = "HEAD",
};

#define REASONS_MAX 32

/* Reasons why a control cannot run, numbered in the order in which they are met. */
static const char *reasons[REASONS_MAX];
static size_t n_reasons;

static size_t
number_of(const char *why)
{
    for (size_t i = 0; i < n_reasons; i++)
        if (strcmp(reasons[i], why) == 0)
            return i + 1;
    if (n_reasons == REASONS_MAX)
        abort();
    reasons[n_reasons++] = why;
    return n_reasons;
}

static const char *
way_of(const struct gh_route_row *row, bool is_stream)
{
    const struct gh_dialect *d = gh_dialect_find(row->surface, row->op);

    if (d == NULL)
        return row->unspoken != NULL ? "refused" : "-";
    return is_stream ? "stream" : "JSON";
}

static void
print_cells(const struct gh_route_row *row, bool is_stream)
{
    const struct gh_dialect *d = gh_dialect_find(row->surface, row->op);

    printf("| `%s %s` | %s | %s |", method_names[row->method], row->pattern, d == NULL ? "-" : d->name, way_of(row, is_stream));
    for (unsigned c = 0; c < GH_CONTROL_COUNT; c++) {
        struct gh_cover cover = gh_coverage_of(row, (enum gh_control)c, is_stream);
        if (cover.why_not == NULL)
            printf(" yes |");
        else
            printf(" no (%zu) |", number_of(cover.why_not));
    }
    printf("\n");
}

static bool
streams(const struct gh_route_row *row)
{
    const struct gh_dialect *d = gh_dialect_find(row->surface, row->op);

    return d != NULL && d->delta != NULL;
}

static void
print_routes(void)
{
    printf("## Operations and their controls\n\nA path that is not here is 404. A call on which a control that is marked `yes` did "
           "not run is ended.\n\n| operation | dialect | answer |");
    for (unsigned c = 0; c < GH_CONTROL_COUNT; c++)
        printf(" %s |", gh_control_names[c]);
    printf("\n| --- | --- | --- |");
    for (unsigned c = 0; c < GH_CONTROL_COUNT; c++)
        printf(" --- |");
    printf("\n");
    for (size_t i = 0; i < gh_route_count; i++) {
        print_cells(&gh_route_table[i], false);
        if (streams(&gh_route_table[i]))
            print_cells(&gh_route_table[i], true);
    }
    printf("\nWhy not:\n\n");
    for (size_t i = 0; i < n_reasons; i++)
        printf("%zu. %s\n", i + 1, reasons[i]);
}

/* The same as one line of JSON a cell row, for the test that walks it. */
static void
print_walk(void)
{
    for (size_t i = 0; i < gh_route_count; i++)
        for (unsigned s = 0; s <= (streams(&gh_route_table[i]) ? 1u : 0u); s++) {
            const struct gh_route_row *row = &gh_route_table[i];
            const struct gh_dialect *d = gh_dialect_find(row->surface, row->op);
            printf("{\"method\":\"%s\",\"pattern\":\"%s\",\"dialect\":\"%s\",\"way\":\"%s\",\"controls\":{",
                method_names[row->method], row->pattern, d == NULL ? "" : d->name, way_of(row, s != 0));
            for (unsigned c = 0; c < GH_CONTROL_COUNT; c++)
                printf("%s\"%s\":%s", c == 0 ? "" : ",", gh_control_names[c],
                    gh_coverage_of(row, (enum gh_control)c, s != 0).why_not == NULL ? "true" : "false");
            printf("}}\n");
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
    if (argc == 2 && strcmp(argv[1], "--walk") == 0) {
        print_walk();
        return 0;
    }
    FILE *f = argc == 2 ? fopen(argv[1], "r") : NULL;

    if (f == NULL) {
        fprintf(stderr, "usage: limits_doc path/to/base/limits.h, or --walk\n");
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
