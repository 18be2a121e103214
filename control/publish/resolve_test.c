/* SPDX-License-Identifier: Apache-2.0 */
/* Names whose answers change while everything runs: told by a resolver that the test holds. */
#include <stdio.h>
#include <time.h>

#include "control/testing.h"

#include "control/publish/resolve.h"
#include "host/host.h"

#define WITHIN_MS 2000 /* a change is in force by then */

struct resolver {
    int last;  /* of 192.0.2.LAST; 0: no answer */
    int asked; /* how often                     */
};

static bool
answer(void *ctx, struct gh_addr *out, size_t *n, size_t max, const char *host, uint16_t port)
{
    struct resolver *r = ctx;
    char text[64];
    int last = __atomic_load_n(&r->last, __ATOMIC_SEQ_CST);
    (void)__atomic_add_fetch(&r->asked, 1, __ATOMIC_SEQ_CST);
    if (last == 0 || max < 2)
        return false;
    assert_true(gh_str_eq(gh_str_z(host), GH_STR("model.example.com")));
    (void)snprintf(text, sizeof(text), "192.0.2.%d:%u", last, (unsigned)port);
    assert_int_equal(gh_addr_read(&out[0], gh_str_z(text)), GH_OK);
    (void)snprintf(text, sizeof(text), "169.254.169.254:%u", (unsigned)port); /* what some name is made to say */
    assert_int_equal(gh_addr_read(&out[1], gh_str_z(text)), GH_OK);
    *n = 2;
    return true;
}

/* Waits until the one address that may be dialled is 192.0.2.LAST. */
static void
becomes(struct gh_resolve *r, int last)
{
    int64_t end = gh_monotonic_ms() + WITHIN_MS;
    char want[32];
    (void)snprintf(want, sizeof(want), "192.0.2.%d:443", last);
    for (;;) {
        gh_auto_arena a;
        struct gh_str *got;
        size_t n;
        gh_arena_init(&a, gh_heap(), 1 << 20);
        assert_int_equal(gh_resolve_addresses(r, &got, &n, &a, GH_STR("model.example.com"), 443), GH_OK);
        if (n == 1 && gh_str_eq(got[0], gh_str_z(want)))
            return;
        if (gh_monotonic_ms() > end)
            fail_msg("not %s in %d ms: %zu addresses", want, WITHIN_MS, n);
        struct timespec nap = {.tv_nsec = 20000000};
        (void)nanosleep(&nap, NULL);
    }
}

static void
a_name_moves(void **state)
{
    struct gh_test_house *h = gh_test_house_open(NULL);
    struct resolver resolver = {.last = 1};
    struct gh_resolve *r;
    assert_int_equal(gh_resolve_new(&r, h->c.store, &h->config), GH_OK);
    gh_resolve_use(r, answer, &resolver);
    assert_non_null(gh_resolve_check(r, GH_STR("model.example.com"), 443)); /* one of its addresses may not be dialled */
    const char *body = "{\"url\":\"https://model.example.com\",\"dialect\":\"openai\",\"auth\":\"none\"}";
    gh_test_house_put(h, "/workspaces/moving", "{}");
    gh_test_house_put(h, "/workspaces/moving/backends/one", body);
    gh_test_house_put(h, "/workspaces/moving/backends/two", body);
    assert_int_equal(gh_resolve_start(r, h->c.publish), GH_OK);
    for (int i = 1; i < 4; i++) {
        __atomic_store_n(&resolver.last, i, __ATOMIC_SEQ_CST);
        becomes(r, i);
    }
    (void)state;
    int before = __atomic_load_n(&resolver.asked, __ATOMIC_SEQ_CST);
    struct timespec nap = {.tv_sec = 1, .tv_nsec = 500000000};
    (void)nanosleep(&nap, NULL);
    int asked = __atomic_load_n(&resolver.asked, __ATOMIC_SEQ_CST) - before;
    assert_in_range(asked, 1, 3); /* one look-up a second, for however many backends */
    __atomic_store_n(&resolver.last, 0, __ATOMIC_SEQ_CST);
    (void)nanosleep(&nap, NULL);
    becomes(r, 3); /* no answer takes nothing away */
    gh_resolve_stop(r);
    gh_resolve_free(r);
    gh_test_house_close(h);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_name_moves)};

    return cmocka_run_group_tests_name("resolve", tests, NULL, NULL);
}
