/* SPDX-License-Identifier: Apache-2.0 */
/* Any text: the reader ends, and what it accepts is JSON that our own reader takes, but for keys that come twice. */
#include <stdlib.h>

#include "cli/yamldoc.h"
#include "sweeps.h"
#include "wire/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct gh_arena a = gh_test_arena();
    struct gh_yamldoc_error yerr;
    struct gh_yamldoc *d;

    if (gh_yamldoc_read(&d, &a, gh_str(p, n), &yerr) == GH_OK) {
        for (; d != NULL; d = d->next) {
            struct gh_err err = {0};
            struct gh_json j;
            enum gh_rc rc = gh_json_parse(&j, &a, d->json, &err);

            if (rc != GH_OK && rc != GH_NOMEM && rc != GH_LIMIT && strstr(err.what, "duplicate") == NULL)
                abort();
            if (gh_yamldoc_place(d, d->json.n).line == 0)
                abort();
        }
    } else if (yerr.what == NULL) {
        abort();
    }
    gh_arena_fini(&a);
    return 0;
}
