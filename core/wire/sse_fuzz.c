/* SPDX-License-Identifier: Apache-2.0 */
/* Property: the events do not depend on how the input was cut, and each byte is in exactly one event's raw or in the rest. */
#include "fuzz.h"
#include "sweeps.h"

#include "wire/sse.h"

static void
put_event(struct gh_buf *trace, const struct gh_sse_event *e)
{
    gh_buf_put_u64(trace, e->raw.n);
    gh_buf_putc(trace, e->has_data ? '+' : '-');
    gh_buf_put_u64(trace, e->name.n);
    gh_buf_put(trace, e->name);
    gh_buf_putc(trace, ':');
    gh_buf_put_u64(trace, e->data.n);
    gh_buf_put(trace, e->data);
}

/* Feeds pieces of lengths drawn from `seed` (0: all at once). */
static void
run(struct gh_buf *trace, struct gh_str in, uint64_t seed)
{
    struct gh_arena a;
    struct gh_sse s;
    struct gh_sse_event e;
    size_t at = 0;

    gh_arena_init(&a, gh_test_heap(), 64u << 20);
    gh_sse_init(&s, &a);
    for (size_t fed = 0; fed < in.n;) {
        size_t n = in.n - fed;
        seed = seed * UINT64_C(6364136223846793005) + (seed != 0);
        if (seed != 0 && n > (seed >> 60) + 1)
            n = (size_t)(seed >> 60) + 1;
        struct gh_str piece = gh_str_sub(in, fed, n);
        fed += n;
        while (gh_sse_feed(&e, &s, &piece) == GH_OK) {
            gh_fuzz_check(gh_str_eq(e.raw, gh_str_sub(in, at, e.raw.n)) && e.raw.n > 0);
            at += e.raw.n;
            put_event(trace, &e);
        }
        gh_fuzz_check(piece.n == 0);
    }
    gh_fuzz_check(gh_str_eq(gh_sse_rest(&s), gh_str_sub(in, at, SIZE_MAX)));
    gh_arena_fini(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gh_arena a;
    struct gh_buf whole, cut;
    struct gh_str in = gh_str(data, size > 1u << 19 ? 1u << 19 : size); /* below the bound of one event */

    gh_arena_init(&a, gh_test_heap(), 256u << 20);
    gh_buf_init(&whole, &a, 64u << 20);
    run(&whole, in, 0);
    for (uint64_t seed = 1; seed < 4; seed++) {
        gh_buf_init(&cut, &a, 64u << 20);
        run(&cut, in, seed + size * 4);
        gh_fuzz_check(whole.rc == GH_OK && gh_str_eq(gh_buf_str(&whole), gh_buf_str(&cut)));
    }
    gh_arena_fini(&a);
    return 0;
}
