/* SPDX-License-Identifier: Apache-2.0 */
/* Lines as a list of addresses: what is accepted is a valid set, holds its own ends, and is the same set in reverse order. */
#include "fuzz.h"
#include "sweeps.h"

#include "base/limits.h"
#include "policy/ranges.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gh_arena a = gh_test_arena();
    struct gh_str texts[64], back[64], rest = gh_str(data, size), packed, again;
    struct gh_err err = {0};
    size_t n = 0;

    while (n < 64 && gh_str_cut(&texts[n], &rest, '\n'))
        n++;
    for (size_t i = 0; i < n; i++)
        back[i] = texts[n - 1 - i];
    if (gh_ranges_read(&packed, &a, texts, n, &err) == GH_OK) {
        gh_fuzz_check(gh_ranges_are_valid(packed) && packed.n <= 2 * n * GH_RANGE_BYTES);
        for (size_t i = 0; i < packed.n; i += GH_RANGE_BYTES / 2)
            gh_fuzz_check(gh_ranges_have(packed, (const uint8_t *)packed.p + i));
        gh_fuzz_check(gh_ranges_read(&again, &a, back, n, NULL) == GH_OK && gh_str_eq(packed, again));
    } else {
        gh_fuzz_check(err.at < n && packed.n == 0);
    }
    gh_arena_fini(&a);
    return 0;
}
