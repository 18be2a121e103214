/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Property: any text has a verdict within the bounds of memory, its window lies in the text, and the same text has the same verdict again. The first
 * byte chooses the kind. The model is made here: weights are a pattern, so that every path is walked without a file.
 */
#include "fuzz.h"
#include "sweeps.h"

#include "base/limits.h"
#include "shield/model_testing.h"
#include "shield/shield.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct gh_arena keep;
    static struct gh_shield_model *model;
    struct gh_shield_verdict v[2];
    struct gh_str text;

    if (size < 1)
        return 0;
    if (model == NULL) {
        gh_arena_init(&keep, gh_test_heap(), 32u << 20);
        gh_fuzz_check(gh_shield_open(&model, &keep, gh_model_testing(&keep), NULL) == GH_OK);
    }
    text = gh_str(data + 1, size - 1 > GH_SHIELD_TEXT_MAX ? GH_SHIELD_TEXT_MAX : size - 1);
    for (size_t i = 0; i < 2; i++) {
        struct gh_arena a;

        gh_arena_init(&a, gh_test_heap(), GH_SHIELD_SCRATCH_MAX);
        gh_fuzz_check(gh_shield_scan(&v[i], model, &a, (enum gh_shield_kind)(data[0] % GH_SHIELD_KINDS), text, 0) == GH_OK);
        gh_fuzz_check(v[i].at <= v[i].end && v[i].end <= text.n);
        gh_fuzz_check(v[i].is_attack == (v[i].class_ != GH_SHIELD_NONE) && v[i].score >= 0 && v[i].score <= 1);
        gh_arena_fini(&a);
    }
    gh_fuzz_check(memcmp(&v[0].score, &v[1].score, sizeof v[0].score) == 0 && v[0].at == v[1].at && v[0].end == v[1].end);
    return 0;
}
