/* SPDX-License-Identifier: Apache-2.0 */
/* Every body that says something about access, damaged in each way: a bit, an end, memory that is short, a page that ends. */
#include "control/rest/bodies_testing.h"

#include <stdio.h>

static struct {
    struct gh_test_house *h;
    const struct gh_test_body *b;
} self;

static bool
is_refusal(unsigned status)
{
    return status >= 400 && status < 500;
}

/* What is taken is told by its answer, which holds times and random names: its status is meaning enough. Short of memory, nothing else may be said than that. */
static enum gh_rc
parse(struct gh_buf *meaning, struct gh_arena *a, struct gh_str in)
{
    unsigned status = gh_test_bodies_ask(NULL, self.h, a, self.b, in);

    gh_buf_put_u64(meaning, status);
    if (status == 500 || status == 503)
        return GH_NOMEM;
    if (!is_refusal(status) && status != 200 && status != 201 && status != 204)
        fail_msg("%c: status %u of: %.*s", self.b->letter, status, (int)in.n, in.p);
    return is_refusal(status) ? GH_BAD : GH_OK;
}

static void
taken(void **state)
{
    (void)state;
    for (size_t i = 0; i < gh_test_bodies_n; i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_buf answer;

        gh_buf_init(&answer, &a, GH_CALL_ANSWER_MAX);
        unsigned status = gh_test_bodies_ask(&answer, self.h, &a, &gh_test_bodies[i], gh_str_z(gh_test_bodies[i].golden));
        if (status >= 300)
            fail_msg("%c: %u %.*s", gh_test_bodies[i].letter, status, (int)answer.n, answer.p);
        gh_arena_fini(&a);
    }
}

#define CAP_STEP 64 /* bytes: few takes are shorter */

/* At each byte of what it needs (the source of blocks is asked seldom): it says that memory is short, and nothing else. */
static void
short_at_each_byte(struct gh_str golden)
{
    struct gh_arena a = gh_test_arena(), meanings = gh_test_arena();
    struct gh_buf meaning;

    gh_buf_init(&meaning, &meanings, 1u << 20);
    assert_int_equal(parse(&meaning, &a, golden), GH_OK);
    size_t used = a.used;
    gh_arena_fini(&a);
    for (size_t cap = 0; cap < used; cap += CAP_STEP) {
        gh_arena_init(&a, gh_test_heap(), cap);
        if (parse(&meaning, &a, golden) != GH_NOMEM)
            fail_msg("%c: with %zu of %zu bytes it says something else than that memory is short", self.b->letter, cap, used);
        gh_arena_fini(&a);
    }
    gh_arena_fini(&meanings);
}

static void
swept(void **state)
{
    (void)state;
    for (size_t i = 0; i < gh_test_bodies_n; i++) {
        struct gh_str golden = gh_str_z(gh_test_bodies[i].golden);

        self.b = &gh_test_bodies[i];
        print_message("# %c: %s\n", self.b->letter, self.b->path);
        short_at_each_byte(golden);
        gh_test_oom(parse, golden);
        gh_test_mangle(parse, golden, false);
        gh_test_page(parse, golden);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(taken), cmocka_unit_test(swept)};

    self.h = gh_test_bodies_house();
    int failed = cmocka_run_group_tests_name("bodies", tests, NULL, NULL);
    gh_test_house_close(self.h);
    return failed;
}
