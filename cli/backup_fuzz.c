/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a backup: as they are, and once more with the digest at their end that makes them whole, so that what stands behind it is
 * read too. What is accepted lies within the file, member behind member; what is refused is told why.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/backup_file.h"
#include "fuzz.h"
#include "sweeps.h"

static void
read_one(struct gh_arena *a, struct gh_str file)
{
    struct gh_err err = {0};
    struct gh_backup b;
    enum gh_rc rc = gh_backup_read(&b, a, file, &err);
    size_t sum = 0;

    if (rc != GH_OK) {
        gh_fuzz_check(err.what != NULL || rc == GH_NOMEM);
        return;
    }
    for (size_t i = 0; i < GH_BACKUP_MEMBERS; i++) {
        if (b.member[i].p == NULL) {
            gh_fuzz_check(!gh_backup_table[i].is_needed);
            continue;
        }
        gh_fuzz_check(b.member[i].p >= file.p && b.member[i].p + b.member[i].n <= file.p + file.n - GH_SHA256_BYTES);
        sum += b.member[i].n;
    }
    gh_fuzz_check(sum < file.n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gh_arena a = gh_test_arena();
    char *whole = gh_arena_take(&a, size + GH_SHA256_BYTES);

    read_one(&a, gh_str((const char *)data, size));
    if (whole != NULL) {
        if (size > 0)
            memcpy(whole, data, size);
        gh_fuzz_check(gh_sha256((uint8_t *)whole + size, gh_str(whole, size)) == GH_OK);
        read_one(&a, gh_str(whole, size + GH_SHA256_BYTES));
    }
    gh_arena_fini(&a);
    return 0;
}
