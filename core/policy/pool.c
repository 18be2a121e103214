/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/pool.h"

/* splitmix64: neighbouring numbers (a counter, digits of an id) give unrelated choices. */
static uint64_t
mix(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

size_t
gh_pool_pick(const uint32_t *weight, size_t n, uint64_t number)
{
    uint64_t sum = 0, at;

    for (size_t i = 0; i < n; i++)
        sum += weight[i];
    if (sum == 0)
        return n;
    at = mix(number) % sum;
    for (size_t i = 0; i < n; i++) {
        if (at < weight[i])
            return i;
        at -= weight[i];
    }
    return n;
}

size_t
gh_pool_read(struct gh_pool_member out[GH_POOL_MAX], const struct gh_snap_rec *deployment)
{
    size_t n = gh_snap_count(deployment, GH_DEPLOYMENT_POOL);

    if (n == 0) {
        out[0] = (struct gh_pool_member){.backend = gh_snap_str(deployment, GH_DEPLOYMENT_BACKEND),
            .model = gh_snap_str(deployment, GH_DEPLOYMENT_MODEL),
            .weight = 1};
        return 1;
    }
    n = n > GH_POOL_MAX ? GH_POOL_MAX : n;
    for (size_t i = 0; i < n; i++) {
        struct gh_snap_rec m = gh_snap_row(deployment, GH_DEPLOYMENT_POOL, i);
        out[i] = (struct gh_pool_member){.backend = gh_snap_str(&m, GH_POOL_BACKEND),
            .model = gh_snap_str(&m, GH_POOL_MODEL),
            .priority = (uint32_t)gh_snap_u64(&m, GH_POOL_PRIORITY),
            .weight = (uint32_t)gh_snap_u64(&m, GH_POOL_WEIGHT)};
    }
    return n;
}

struct order {
    const struct gh_pool_member *m;
    size_t n;
    uint32_t left; /* bits of those that have no place yet */
};

/* Those of the best priority among `set`. */
static uint32_t
best(const struct order *o, uint32_t set)
{
    uint32_t found = 0, priority = UINT32_MAX;

    for (size_t i = 0; i < o->n; i++) {
        if ((set & UINT32_C(1) << i) == 0 || o->m[i].priority > priority)
            continue;
        found = o->m[i].priority < priority ? 0 : found;
        priority = o->m[i].priority;
        found |= UINT32_C(1) << i;
    }
    return found;
}

/* One of `set`: by weight, or the first where none has any. */
static size_t
one_of(const struct order *o, uint32_t set, uint64_t number)
{
    uint32_t weight[GH_POOL_MAX];
    size_t first = o->n;

    for (size_t i = 0; i < o->n; i++) {
        bool is_in = (set & UINT32_C(1) << i) != 0;
        weight[i] = is_in ? o->m[i].weight : 0;
        first = is_in && first == o->n ? i : first;
    }
    size_t i = gh_pool_pick(weight, o->n, number);
    return i < o->n ? i : first;
}

void
gh_pool_order(uint8_t out[GH_POOL_MAX], const struct gh_pool_member *m, size_t n, uint64_t number, uint32_t down)
{
    struct order o = {m, n, 0};

    for (size_t i = 0; i < n; i++)
        o.left |= UINT32_C(1) << i;
    for (size_t k = 0; k < n; k++) {
        uint32_t up = o.left & ~down;
        size_t i = one_of(&o, best(&o, up != 0 ? up : o.left), number + k);
        out[k] = (uint8_t)i;
        o.left &= ~(UINT32_C(1) << i);
    }
}

struct gh_str
gh_pool_deployment(const struct gh_snap_rec *endpoint, uint64_t number)
{
    uint32_t weight[GH_TRAFFIC_MAX];
    size_t n = gh_snap_count(endpoint, GH_ENDPOINT_TRAFFIC);

    n = n > GH_TRAFFIC_MAX ? GH_TRAFFIC_MAX : n;
    for (size_t i = 0; i < n; i++) {
        struct gh_snap_rec share = gh_snap_row(endpoint, GH_ENDPOINT_TRAFFIC, i);
        weight[i] = (uint32_t)gh_snap_u64(&share, GH_TRAFFIC_PERCENT);
    }
    size_t i = gh_pool_pick(weight, n, number);
    if (i == n)
        return GH_STR("");
    struct gh_snap_rec share = gh_snap_row(endpoint, GH_ENDPOINT_TRAFFIC, i);
    return gh_snap_str(&share, GH_TRAFFIC_DEPLOYMENT);
}

/* ---- health ---- */

#define REST_FIRST_MS 1000
#define ASKING_MS     1000 /* how long the others stay away from one that is being asked */

bool
gh_breaker_rests(const struct gh_breaker *b, int64_t now_ms)
{
    return now_ms < b->rest_until_ms;
}

void
gh_breaker_asked(struct gh_breaker *b, int64_t now_ms)
{
    if (b->failures >= GH_BREAKER_FAILURES)
        b->rest_until_ms = now_ms + ASKING_MS;
}

void
gh_breaker_served(struct gh_breaker *b)
{
    *b = (struct gh_breaker){0};
}

void
gh_breaker_failed(struct gh_breaker *b, int64_t now_ms, int64_t retry_after_ms)
{
    int64_t rest_ms = 0;

    if (b->failures < UINT32_MAX)
        b->failures++;
    if (b->failures >= GH_BREAKER_FAILURES) {
        uint32_t doublings = b->failures - GH_BREAKER_FAILURES;
        rest_ms = doublings > 10 ? GH_BREAKER_REST_MS_MAX : (int64_t)REST_FIRST_MS << doublings;
        rest_ms = rest_ms > GH_BREAKER_REST_MS_MAX ? GH_BREAKER_REST_MS_MAX : rest_ms;
    }
    if (retry_after_ms > rest_ms)
        rest_ms = retry_after_ms > GH_RETRY_AFTER_MS_MAX ? GH_RETRY_AFTER_MS_MAX : retry_after_ms;
    if (rest_ms > 0 && now_ms + rest_ms > b->rest_until_ms)
        b->rest_until_ms = now_ms + rest_ms;
}
