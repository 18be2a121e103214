/* SPDX-License-Identifier: Apache-2.0 */
/* For tests and benches alone: policies and places as JSON texts, compiled into a snapshot as control does it. */
#ifndef GH_POLICY_CONDITIONAL_TESTING_H
#define GH_POLICY_CONDITIONAL_TESTING_H

#include "policy/conditional_read.h"
#include "policy/snapshot_maker.h"

struct gh_test_place {
    const char *id, *json;
};

/* False: a policy or place is refused; *err says why. Policies are named p0, p1, ... */
static inline bool
gh_test_conditional(struct gh_maker *m, const char *const *policies, size_t n, const struct gh_test_place *places, size_t n_places,
    struct gh_err *err)
{
    struct gh_arena *a = m->arena;
    struct gh_snap_value *rows = gh_arena_take_array(a, n + 1, GH_COND_POLICY_N * sizeof(*rows)),
                         *lands = gh_arena_take_array(a, n_places + 1, GH_COND_PLACE_N * sizeof(*lands));
    struct gh_cond_place *read = gh_arena_take_array(a, n_places + 1, sizeof(*read));
    struct gh_cond_names names = {read, n_places, NULL, 0};
    struct gh_json j;

    for (size_t i = 0; i < n_places; i++) {
        read[i].id = gh_str_z(places[i].id);
        if (gh_json_parse(&j, a, gh_str_z(places[i].json), err) != GH_OK || gh_cond_place_read(&read[i], a, &j, 0, err) != GH_OK)
            return false;
        gh_cond_place_row(lands + i * GH_COND_PLACE_N, &read[i]);
    }
    for (size_t i = 0; i < n; i++) {
        struct gh_cond_policy p;
        struct gh_buf id;
        gh_buf_init(&id, a, 16);
        gh_buf_putc(&id, 'p');
        gh_buf_put_u64(&id, i);
        if (gh_json_parse(&j, a, gh_str_z(policies[i]), err) != GH_OK || gh_cond_policy_read(&p, a, &j, 0, err) != GH_OK ||
            gh_cond_row(rows + i * GH_COND_POLICY_N, a, gh_buf_str(&id), &p, &names, err) != GH_OK)
            return false;
    }
    struct gh_snap_value all[GH_COND_N] = {
        [GH_COND_POLICIES] = {.recs = rows, .n = n}, [GH_COND_PLACES] = {.recs = lands, .n = n_places}};
    gh_maker_put(m, GH_SNAP_COND, GH_STR("all"), all);
    return m->rc == GH_OK;
}

#endif
