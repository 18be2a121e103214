/* SPDX-License-Identifier: Apache-2.0 */
/* A definition that is read has a name, allows nothing that is no action, and means the same when read again. */
#include "fuzz.h"
#include "sweeps.h"

#include "policy/role.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gh_arena a = gh_test_arena();
    struct gh_role_def def, again;
    struct gh_err err = {0};
    enum gh_rc rc = gh_role_read(&def, &a, gh_str(data, size), &err);

    if (rc != GH_OK) {
        static const struct gh_role_bits none = {{0}};

        gh_fuzz_check(memcmp(&def.bits, &none, sizeof(none)) == 0);
        gh_fuzz_check(err.at <= size);
    } else {
        gh_fuzz_check(def.name.n > 0 && (def.id.n == 0 || def.id.n == 36));
        gh_fuzz_check((def.bits.w[0] & 1) == 0);
        for (unsigned i = GH_ACTION_COUNT; i < GH_ACTIONS_MAX; i++)
            gh_fuzz_check((def.bits.w[i / 64] >> (i % 64) & 1) == 0);
        gh_fuzz_check(gh_role_read(&again, &a, gh_str(data, size), NULL) == GH_OK);
        gh_fuzz_check(memcmp(&def.bits, &again.bits, sizeof(def.bits)) == 0 && gh_str_eq(def.name, again.name));
    }
    gh_arena_fini(&a);
    return 0;
}
