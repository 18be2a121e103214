/* SPDX-License-Identifier: Apache-2.0 */
/* The net: AVX2 and the portable form are one; a window's answer does not depend on what lies around it. */
#include "sweeps.h"

#include "shield/model_testing.h"

static struct gh_arena arena;
static struct gh_shield_model *model;

static int
setup(void **state)
{
    (void)state;
    arena = gh_test_arena();
    assert_int_equal(GH_OK, gh_shield_open(&model, &arena, gh_model_testing(&arena), NULL));
    assert_non_null(model->net.word);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    gh_arena_fini(&arena);
    return 0;
}

static void
test_same_answers(void **state)
{
    uint64_t random = 1;

    (void)state;
    for (unsigned round = 0; round < 400; round++) {
        struct gh_net_word w[GH_NET_WORDS];
        int32_t fast[GH_NET_OUTPUTS], slow[GH_NET_OUTPUTS];
        size_t n = round % (GH_NET_WORDS + 1);

        for (size_t i = 0; i < n; i++) {
            random = random * UINT64_C(6364136223846793005) + 1;
            w[i] = (struct gh_net_word){
                (uint16_t)(random >> 50), (uint16_t)(random >> 38 & 4095), (uint8_t)(random >> 32 & 63), (uint8_t)(random >> 24)};
        }
        gh_net_ask(fast, &model->net, w, n, round % 32);
        gh_net_ask_portable(slow, &model->net, w, n, round % 32);
        assert_memory_equal(fast, slow, sizeof fast);
    }
}

/* Activations and weights at their bounds: sums of pairs are the greatest that there can be, and nothing saturates. */
static void
test_extremes(void **state)
{
    static const int8_t values[] = {127, -127, -128};

    (void)state;
    for (size_t v = 0; v < sizeof values; v++) {
        char *mem = gh_arena_take_raw(&arena, GH_NET_BYTES);
        int32_t fast[GH_NET_OUTPUTS], slow[GH_NET_OUTPUTS];
        struct gh_net_word w[GH_NET_WORDS] = {{0, 0, 0, 0}};
        struct gh_net net;
        size_t tables = 16 + 4 * GH_NET_BIASES, convolutions = tables + GH_NET_ROWS * GH_NET_WIDTH;

        assert_non_null(mem);
        memset(mem, 0, tables);
        memset(mem + tables, 127, convolutions - tables);
        memset(mem + convolutions, values[v], GH_NET_BYTES - convolutions);
        assert_int_equal(GH_OK, gh_net_read(&net, gh_str(mem, GH_NET_BYTES)));
        gh_net_ask(fast, &net, w, GH_NET_WORDS, 0);
        gh_net_ask_portable(slow, &net, w, GH_NET_WORDS, 0);
        assert_memory_equal(fast, slow, sizeof fast);
    }
}

static void
test_refused(void **state)
{
    static char mem[GH_NET_BYTES];
    struct gh_net net;

    (void)state;
    assert_int_equal(GH_OK, gh_net_read(&net, gh_str(mem, 0)));
    assert_null(net.word);
    assert_int_equal(GH_BAD, gh_net_read(&net, gh_str(mem, GH_NET_BYTES - 1)));
    mem[0] = 25; /* a shift beyond the sums */
    assert_int_equal(GH_BAD, gh_net_read(&net, gh_str(mem, GH_NET_BYTES)));
    mem[0] = 0;
    mem[19] = 0x40; /* a bias with which sums could overflow */
    assert_int_equal(GH_BAD, gh_net_read(&net, gh_str(mem, GH_NET_BYTES)));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_answers),
        cmocka_unit_test(test_extremes),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests_name("shield_net", tests, setup, teardown);
}
