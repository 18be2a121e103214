/* SPDX-License-Identifier: Apache-2.0 */
/* Definitions of reviews, ours and Graph's: what Graph's becomes is JSON that is read as a definition; instances begin one behind the other. */
#include "fuzz.h"
#include "sweeps.h"

#include "control/rest/graph_reviews.h"
#include "control/review/review.h"

static void
check(struct gh_arena *a, struct gh_str json)
{
    struct gh_props p;
    struct gh_review r;
    const char *why = NULL, *where = NULL;
    if (gh_props_open(&p, a, json) != GH_OK)
        return;
    enum gh_rc rc = gh_review_read(&r, &p, INT64_C(1700000000000), &why, &where);
    gh_fuzz_check(rc != GH_BAD || (why != NULL && where != NULL));
    if (rc != GH_OK)
        return;
    gh_fuzz_check(r.subjects != 0 && r.subjects <= 7 && r.duration_ms > 0 && r.every_ms >= 0 && r.every_months >= 0);
    int64_t before = gh_review_begins(&r, 0);
    for (int64_t n = 1; n < 40 && before != INT64_MAX; n++) {
        int64_t at = gh_review_begins(&r, n);
        gh_fuzz_check(at > before);
        before = at;
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gh_arena a = gh_test_arena();
    struct gh_str text = gh_str(data + (size > 0), size > 0 ? size - 1 : 0), ours;
    struct gh_call call;

    gh_call_init(&call, NULL, &a);
    call.surface = GH_SURFACE_GRAPH;
    if (size > 0 && (data[0] & 1) == 0) {
        check(&a, text);
    } else if (gh_graph_review_read(&ours, &call, text)) {
        struct gh_json j;
        gh_fuzz_check(gh_json_parse(&j, &a, ours, NULL) == GH_OK && gh_json_type(&j, 0) == GH_JSON_OBJECT);
        check(&a, ours);
    } else {
        gh_fuzz_check(call.status == 400);
    }
    gh_arena_fini(&a);
    return 0;
}
