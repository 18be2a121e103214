/* SPDX-License-Identifier: Apache-2.0 */
/* gatehouse-patterns FILE: writes the pattern database, when Gatehouse is built. */
#include <fcntl.h>
#include <stdio.h>

#include "host/host.h"
#include "patterns/patterns.h"

int
main(int argc, char **argv)
{
    gh_auto_arena a;
    struct gh_err err = {0};
    struct gh_buf out;

    gh_arena_init(&a, gh_heap(), 64u << 20);
    gh_buf_init(&out, &a, 16u << 20);
    if (argc != 2) {
        fprintf(stderr, "usage: gatehouse-patterns FILE\n");
        return 2;
    }
    if (gh_patterns_make(&out, &err) != GH_OK) {
        fprintf(stderr, "gatehouse-patterns: %s (row %u)\n", err.what, (unsigned)err.at);
        return 1;
    }
    if (gh_file_replace(AT_FDCWD, argv[1], 0644, gh_buf_str(&out)) != GH_OK) {
        perror(argv[1]);
        return 1;
    }
    return 0;
}
