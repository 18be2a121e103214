/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include "policy/pool.h"
#include "policy/snapshot_maker.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define ROUNDS 20000

/* Shares of a hundred, within two. */
static const struct {
    const char *name;
    size_t n;
    uint32_t weight[4];
    unsigned percent[4];
} picks[] = {
    {"one", 1, {5}, {100}},
    {"two alike", 2, {1, 1}, {50, 50}},
    {"ninety and ten", 2, {90, 10}, {90, 10}},
    {"none for the middle", 3, {1, 0, 3}, {25, 0, 75}},
    {"four", 4, {10, 20, 30, 40}, {10, 20, 30, 40}},
    {"large ones", 2, {UINT32_MAX, UINT32_MAX}, {50, 50}},
};

static void
picks_by_weight(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(picks); i++) {
        unsigned seen[4] = {0};
        for (uint64_t number = 0; number < ROUNDS; number++) {
            size_t at = gh_pool_pick(picks[i].weight, picks[i].n, number);
            assert_true(at < picks[i].n);
            assert_int_equal(at, gh_pool_pick(picks[i].weight, picks[i].n, number));
            seen[at]++;
        }
        for (size_t k = 0; k < picks[i].n; k++)
            if (seen[k] * 100 / ROUNDS + 2 < picks[i].percent[k] || seen[k] * 100 / ROUNDS > picks[i].percent[k] + 2)
                fail_msg("%s: number %zu was chosen %u times", picks[i].name, k, seen[k]);
    }
    assert_int_equal(gh_pool_pick((const uint32_t[]){0, 0}, 2, 7), 2);
    assert_int_equal(gh_pool_pick(NULL, 0, 7), 0);
}

/* Priorities as digits, and the order that must come out of them whatever the number is. */
static const struct {
    const char *name, *priorities;
    uint32_t down;
    const char *order;
} orders[] = {
    {"one", "0", 0, "0"},
    {"as listed by priority", "012", 0, "012"},
    {"backwards", "210", 0, "210"},
    {"the best is down", "012", 1, "120"},
    {"all are down", "012", 7, "012"},
    {"the last is down", "201", 4, "102"},
    {"two of three are down", "012", 3, "201"},
};

static size_t
make(struct gh_pool_member *m, const char *priorities)
{
    size_t n = strlen(priorities);

    for (size_t i = 0; i < n; i++)
        m[i] = (struct gh_pool_member){.priority = (uint32_t)(priorities[i] - '0'), .weight = 1};
    return n;
}

static void
orders_by_priority(void **state)
{
    struct gh_pool_member m[GH_POOL_MAX];
    uint8_t order[GH_POOL_MAX];

    (void)state;
    for (size_t i = 0; i < COUNT(orders); i++) {
        size_t n = make(m, orders[i].priorities);
        for (uint64_t number = 0; number < 50; number++) {
            gh_pool_order(order, m, n, number, orders[i].down);
            for (size_t k = 0; k < n; k++)
                if (order[k] != orders[i].order[k] - '0')
                    fail_msg("%s: place %zu is %u", orders[i].name, k, order[k]);
        }
    }
}

/* Inside one priority: each comes once, by weight first; who has no weight comes last of it. */
static void
orders_by_weight(void **state)
{
    struct gh_pool_member m[4];
    uint8_t order[GH_POOL_MAX];
    unsigned first[4] = {0};

    (void)state;
    make(m, "0001");
    m[0].weight = 3;
    m[2].weight = 0;
    for (uint64_t number = 0; number < ROUNDS; number++) {
        unsigned seen = 0;
        gh_pool_order(order, m, 4, number, 0);
        for (size_t k = 0; k < 4; k++)
            seen |= 1u << order[k];
        assert_int_equal(seen, 15);
        assert_int_equal(order[2], 2);
        assert_int_equal(order[3], 3);
        first[order[0]]++;
    }
    assert_in_range(first[0], ROUNDS * 73 / 100, ROUNDS * 77 / 100);
    make(m, "00");
    m[0].weight = m[1].weight = 0;
    gh_pool_order(order, m, 2, 1, 0);
    assert_int_equal(order[0], 0);
}

static struct gh_snap
snapshot(struct gh_arena *a)
{
    static const struct gh_snap_value pool[] = {{.str = GH_STR_INIT("b1")}, {.str = GH_STR_INIT("m1")}, {.u64 = 0}, {.u64 = 9},
        {.str = GH_STR_INIT("b2")}, {.str = GH_STR_INIT("m2")}, {.u64 = 4}, {.u64 = 1}};
    static const struct gh_snap_value shares[] = {
        {.str = GH_STR_INIT("blue")}, {.u64 = 0}, {.str = GH_STR_INIT("green")}, {.u64 = 100}};
    struct gh_snap_value deployment[GH_DEPLOYMENT_N] = {{.str = GH_STR("m1")}, {.str = GH_STR("b1")}},
                         endpoint[GH_ENDPOINT_N] = {0};
    struct gh_maker maker = gh_maker_new(a, 1, false);

    gh_maker_put(&maker, GH_SNAP_DEPLOYMENT, GH_STR("one"), deployment);
    gh_maker_put(&maker, GH_SNAP_ENDPOINT, GH_STR("none"), endpoint);
    deployment[GH_DEPLOYMENT_POOL] = (struct gh_snap_value){.recs = pool, .n = 2};
    endpoint[GH_ENDPOINT_TRAFFIC] = (struct gh_snap_value){.recs = shares, .n = 2};
    gh_maker_put(&maker, GH_SNAP_DEPLOYMENT, GH_STR("two"), deployment);
    gh_maker_put(&maker, GH_SNAP_ENDPOINT, GH_STR("split"), endpoint);
    struct gh_snap snap = {.base = gh_maker_finish(&maker)};
    assert_int_equal(maker.rc, GH_OK);
    return snap;
}

static void
reads_rows(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_snap snap = snapshot(&a);
    struct gh_pool_member m[GH_POOL_MAX];
    struct gh_snap_rec r;

    (void)state;
    assert_true(gh_snap_find(&r, &snap, GH_SNAP_DEPLOYMENT, GH_STR("one")));
    assert_int_equal(gh_pool_read(m, &r), 1);
    assert_true(gh_str_eq(m[0].backend, GH_STR("b1")) && gh_str_eq(m[0].model, GH_STR("m1")));
    assert_true(gh_snap_find(&r, &snap, GH_SNAP_DEPLOYMENT, GH_STR("two")));
    assert_int_equal(gh_pool_read(m, &r), 2);
    assert_true(gh_str_eq(m[1].backend, GH_STR("b2")) && gh_str_eq(m[1].model, GH_STR("m2")));
    assert_int_equal(m[0].weight, 9);
    assert_int_equal(m[1].priority, 4);
    assert_true(gh_snap_find(&r, &snap, GH_SNAP_ENDPOINT, GH_STR("none")));
    assert_int_equal(gh_pool_deployment(&r, 5).n, 0);
    assert_true(gh_snap_find(&r, &snap, GH_SNAP_ENDPOINT, GH_STR("split")));
    for (uint64_t number = 0; number < 20; number++)
        assert_true(gh_str_eq(gh_pool_deployment(&r, number), GH_STR("green")));
    gh_arena_fini(&a);
}

static void
rests_and_comes_back(void **state)
{
    struct gh_breaker b = {0};
    int64_t now = 1000000;

    (void)state;
    for (unsigned i = 1; i < GH_BREAKER_FAILURES; i++) {
        gh_breaker_failed(&b, now, 0);
        assert_false(gh_breaker_rests(&b, now));
    }
    gh_breaker_failed(&b, now, 0);
    assert_true(gh_breaker_rests(&b, now + 999));
    assert_false(gh_breaker_rests(&b, now + 1000));
    gh_breaker_asked(&b, now + 1000);
    assert_true(gh_breaker_rests(&b, now + 1500)); /* one at a time asks */
    gh_breaker_failed(&b, now + 1600, 0);
    assert_true(gh_breaker_rests(&b, now + 3599));
    for (unsigned i = 0; i < 100; i++)
        gh_breaker_failed(&b, now + 10000, 0);
    assert_true(gh_breaker_rests(&b, now + 10000 + GH_BREAKER_REST_MS_MAX - 1));
    assert_false(gh_breaker_rests(&b, now + 10000 + GH_BREAKER_REST_MS_MAX));
    gh_breaker_served(&b);
    assert_false(gh_breaker_rests(&b, now));
    gh_breaker_asked(&b, now);
    assert_false(gh_breaker_rests(&b, now));
}

static void
rests_as_long_as_it_asked_for(void **state)
{
    struct gh_breaker b = {0};

    (void)state;
    gh_breaker_failed(&b, 0, 7000);
    assert_true(gh_breaker_rests(&b, 6999));
    assert_false(gh_breaker_rests(&b, 7000));
    gh_breaker_failed(&b, 0, INT64_MAX);
    assert_false(gh_breaker_rests(&b, GH_RETRY_AFTER_MS_MAX));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(picks_by_weight),
        cmocka_unit_test(orders_by_priority),
        cmocka_unit_test(orders_by_weight),
        cmocka_unit_test(reads_rows),
        cmocka_unit_test(rests_and_comes_back),
        cmocka_unit_test(rests_as_long_as_it_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
