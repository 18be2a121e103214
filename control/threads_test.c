/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Readers decide while a writer publishes: each sees one whole policy, the old or the new, and what it holds stays as it is. Worth most under
 * a thread sanitizer (make check).
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "sweeps.h"

#include "control/offline.h"
#include "host/host.h"
#include "policy/decide.h"

#define READERS 3
#define CHANGES 60

static struct {
    struct gh_offline *house;
    atomic_bool is_over;
    atomic_int n_allowed, n_denied, n_torn;
} self;

static enum gh_verdict
decided(const struct gh_snap *snap, const char *who)
{
    struct gh_caller caller;
    struct gh_decision d;

    gh_identify_as(&caller, snap, gh_str_z(who), NULL, 0);
    gh_decide(&d, &(const struct gh_question){.snap = snap,
                      .caller = &caller,
                      .action = GH_ACTION_WORKSPACE_READ,
                      .path = GH_STR("/workspaces/w"),
                      .now_ms = gh_now_ms()});
    return d.verdict;
}

/* Both are members of one group, so that no policy that was ever published lets one in and not the other. */
static void *
read_on(void *unused)
{
    (void)unused;
    while (!atomic_load(&self.is_over)) {
        struct gh_view *view;

        if (gh_offline_view(&view, self.house) != GH_OK)
            continue;
        enum gh_verdict ann = decided(&view->snap, "/identities/ann"), bob = decided(&view->snap, "/identities/bob");
        atomic_fetch_add(ann == GH_ALLOW ? &self.n_allowed : &self.n_denied, 1);
        atomic_fetch_add(&self.n_torn, ann != bob || decided(&view->snap, "/identities/ann") != ann);
        gh_view_unref(view);
    }
    return NULL;
}

static void
put(const char *path, const char *properties)
{
    struct gh_str answer;
    char body[512];

    (void)snprintf(body, sizeof body, "{\"properties\":%s}", properties);
    unsigned status = gh_offline_put(self.house, gh_str_z(path), gh_str_z(body), &answer);
    if (status != 200 && status != 201)
        fail_msg("%s: %u %.*s", path, status, (int)answer.n, answer.p);
}

static void
readers_see_whole_policies(void **state)
{
    pthread_t readers[READERS];

    (void)state;
    assert_int_equal(gh_offline_open(&self.house, NULL), GH_OK);
    put("/workspaces/w", "{}");
    put("/identities/ann", "{\"kind\":\"user\"}");
    put("/identities/bob", "{\"kind\":\"user\"}");
    put("/groups/readers", "{\"members\":[]}");
    put("/roleAssignments/00000000-0000-4000-8000-000000000001",
        "{\"roleDefinitionId\":\"Reader\",\"principalId\":\"/groups/readers\",\"scope\":\"/workspaces/w\"}");
    for (size_t i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&readers[i], NULL, read_on, NULL), 0);
    for (size_t i = 0; i < CHANGES; i++) {
        put("/groups/readers", i % 2 == 0 ? "{\"members\":[\"/identities/ann\",\"/identities/bob\"]}" : "{\"members\":[]}");
        (void)nanosleep(&(const struct timespec){.tv_nsec = 2000000}, NULL);
    }
    atomic_store(&self.is_over, true);
    for (size_t i = 0; i < READERS; i++)
        assert_int_equal(pthread_join(readers[i], NULL), 0);
    assert_int_equal(atomic_load(&self.n_torn), 0);
    assert_true(atomic_load(&self.n_allowed) > 0);
    assert_true(atomic_load(&self.n_denied) > 0);
    gh_offline_close(self.house);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(readers_see_whole_policies)};
    return cmocka_run_group_tests_name("threads", tests, NULL, NULL);
}
