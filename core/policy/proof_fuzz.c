/* SPDX-License-Identifier: Apache-2.0 */
/* A claimsMap: whatever is accepted stays within its bounds, names only paths that it has, and reads the same twice. */
#include "fuzz.h"
#include "sweeps.h"

#include "policy/proof.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gh_arena a = gh_test_arena();
    struct gh_proof_map *m = gh_arena_take(&a, 2 * sizeof(*m));
    struct gh_json j;

    if (gh_json_parse(&j, &a, gh_str(data, size), NULL) == GH_OK && gh_proof_map_read(m, &a, &j, 0, NULL) == GH_OK) {
        gh_fuzz_check(
            m->n_rules <= GH_PROOF_RULES_MAX && m->n_paths <= GH_PROOF_PATHS_MAX && (m->n_paths > 0) == (m->paths_id != 0));
        for (size_t i = 0; i < m->n_rules; i++)
            gh_fuzz_check(m->rules[i].means != 0 && m->rules[i].means >> GH_PROOF_COUNT == 0 && m->rules[i].value.n > 0 &&
                          m->rules[i].claim < GH_PROOF_CLAIM_PATH + m->n_paths);
        gh_fuzz_check(
            gh_proof_map_read(&m[1], &a, &j, 0, NULL) == GH_OK && m[1].n_rules == m->n_rules && m[1].paths_id == m->paths_id);
    }
    gh_arena_fini(&a);
    return 0;
}
