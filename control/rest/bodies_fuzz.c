/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every body that says something about access, at the door that reads it, with all that stands behind the door: what is refused is refused in words, nothing
 * is a fault of ours, nothing of a dry run stays, and what is taken, written out again, is taken as the same.
 */
#include "fuzz.h"
#include "sweeps.h"

#include "control/rest/bodies_testing.h"

static struct gh_test_house *h; /* of the whole run: its directory goes with it */

static bool
is_refusal(unsigned status)
{
    static const unsigned known[] = {400, 401, 403, 404, 409};
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (status == known[i])
            return true;
    return false;
}

/* The properties that a dry run would have stored; p NULL: the answer has none. */
static struct gh_str
properties(struct gh_arena *a, struct gh_str answer)
{
    struct gh_json j;
    if (gh_json_parse(&j, a, answer, NULL) != GH_OK)
        return (struct gh_str){NULL, 0};
    gh_json_ref v = gh_json_get(&j, gh_json_get(&j, 0, GH_STR("result")), GH_STR("properties"));
    return v == GH_JSON_NO ? (struct gh_str){NULL, 0} : gh_json_raw(&j, v);
}

/* What was read-only in the answer is no part of a body: those bodies are not put again. */
static bool
is_put_again(const struct gh_test_body *b)
{
    return b->method == GH_METHOD_PUT && b->type != GH_RESOURCE_REVIEW_INSTANCE && b->type != GH_RESOURCE_REVIEW_DECISION;
}

static void
check_again(struct gh_arena *a, const struct gh_test_body *b, struct gh_str taken)
{
    struct gh_buf answer;
    gh_buf_init(&answer, a, GH_CALL_ANSWER_MAX);
    unsigned status = gh_test_bodies_ask(&answer, h, a, b, taken);
    gh_fuzz_check(status == 200 || status == 201);
    gh_fuzz_check(gh_str_eq(properties(a, gh_buf_str(&answer)), taken));
}

static void
close_house(void)
{
    gh_test_house_close(h);
}

static void
open_house(void)
{
    h = gh_test_bodies_house();
    gh_fuzz_check(atexit(close_house) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gh_arena a;
    struct gh_buf answer;
    struct gh_json j;

    if (h == NULL)
        open_house();
    if (size == 0 || data[0] < 'a' || (size_t)(data[0] - 'a') >= gh_test_bodies_n)
        return 0;
    const struct gh_test_body *b = &gh_test_bodies[data[0] - 'a'];
    gh_arena_init(&a, gh_test_heap(), GH_CALL_ARENA_MAX);
    gh_buf_init(&answer, &a, GH_CALL_ANSWER_MAX);
    unsigned status = gh_test_bodies_ask(&answer, h, &a, b, gh_str(data + 1, size - 1));
    bool is_taken = status == 200 || status == 201 || status == 204;
    gh_fuzz_check(is_taken || is_refusal(status));
    gh_fuzz_check(status == 204 || gh_json_parse(&j, &a, gh_buf_str(&answer), NULL) == GH_OK);
    struct gh_str taken = properties(&a, gh_buf_str(&answer));
    if (is_taken && is_put_again(b) && taken.p != NULL)
        check_again(&a, b, taken);
    gh_arena_fini(&a);
    return 0;
}
