/* SPDX-License-Identifier: Apache-2.0 */
/* Arena and buffer: what all memory of core rests on. */
#include "sweeps.h"

#include <stdlib.h>

#include "base/buf.h"

static void
takes(void **state)
{
    struct gh_arena a;
    char *last = NULL;

    (void)state;
    gh_arena_init(&a, gh_test_heap(), 1u << 20);
    for (size_t n = 0; n < 300; n++) {
        char *p = gh_arena_take(&a, n);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
        assert_true(p != last);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(p[i], 0);
        memset(p, 0xff, n);
        last = p;
    }
    assert_non_null(gh_arena_take(&a, 500000)); /* a block of its own */
    assert_non_null(gh_arena_take(&a, 16));
    gh_arena_fini(&a);
    assert_int_equal(a.used, 0);
    assert_non_null(gh_arena_take(&a, 16)); /* as after init */
    gh_arena_fini(&a);
}

static void
cap(void **state)
{
    struct gh_arena a;

    (void)state;
    gh_arena_init(&a, gh_test_heap(), 1024);
    assert_null(gh_arena_take(&a, 1025));
    assert_non_null(gh_arena_take(&a, 1000));
    assert_null(gh_arena_take(&a, 32));
    assert_non_null(gh_arena_take(&a, 16));
    assert_null(gh_arena_take(&a, 0));
    assert_null(gh_arena_take(&a, SIZE_MAX));
    assert_null(gh_arena_take(&a, SIZE_MAX - 15));
    assert_null(gh_arena_take_array(&a, SIZE_MAX / 2, 3));
    gh_arena_fini(&a);
}

static void
no_memory(void **state)
{
    struct gh_test_failing f = {.fail_at = 1, .for_good = true};
    struct gh_arena a;
    struct gh_str s;
    struct gh_buf b;

    (void)state;
    gh_arena_init(&a, gh_test_failing_alloc(&f), 1024);
    assert_null(gh_arena_take(&a, 1));
    assert_int_equal(gh_arena_dup(&s, &a, GH_STR("x")), GH_NOMEM);
    assert_null(s.p);
    gh_buf_init(&b, &a, 100);
    gh_buf_putc(&b, 'x');
    assert_int_equal(b.rc, GH_NOMEM);
    assert_null(gh_buf_str(&b).p);
    gh_arena_fini(&a);
}

static void
resizes(void **state)
{
    struct gh_arena a;
    char *p, *q;

    (void)state;
    gh_arena_init(&a, gh_test_heap(), 8192);
    p = gh_arena_take(&a, 100);
    assert_non_null(p);
    memset(p, 'x', 100);
    assert_true(gh_arena_resize(&a, p, 100, 200));
    assert_int_equal(p[99], 'x');
    for (size_t i = 100; i < 200; i++)
        assert_int_equal(p[i], 0);
    memset(p, 'y', 200);
    assert_true(gh_arena_resize(&a, p, 200, 50));
    q = gh_arena_take(&a, 100);
    assert_true(q == p + 64);
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(q[i], 0);
    assert_false(gh_arena_resize(&a, p, 50, 60));      /* no longer the newest */
    assert_false(gh_arena_resize(&a, q, 100, 100000)); /* beyond the block and the cap */
    assert_int_equal(a.used, 64 + 112);
    gh_arena_fini(&a);
    assert_false(gh_arena_resize(&a, NULL, 0, 1));
}

/* A block's content at the moment it is given back. */
static void
put_checked(void *ctx, void *p, size_t n)
{
    *(bool *)ctx = memmem(p, n, "very secret", 11) == NULL;
    free(p);
}

static void *
get_checked(void *ctx, size_t n)
{
    (void)ctx;
    return malloc(n);
}

static void
secrets(void **state)
{
    bool is_wiped = false;
    struct gh_arena a;
    struct gh_str s;

    (void)state;
    gh_arena_init(&a, (struct gh_alloc){get_checked, put_checked, &is_wiped}, 8192);
    a.is_secret = true;
    assert_int_equal(gh_arena_dup(&s, &a, GH_STR("very secret")), GH_OK);
    assert_int_equal(s.p[s.n], 0);
    gh_arena_fini(&a);
    assert_true(is_wiped);
}

static void
appends(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_buf b;

    (void)state;
    gh_buf_init(&b, &a, 1u << 20);
    gh_buf_put_u64(&b, 0);
    gh_buf_putc(&b, ' ');
    gh_buf_put_u64(&b, UINT64_MAX);
    gh_buf_putc(&b, ' ');
    gh_buf_put_i64(&b, INT64_MIN);
    gh_buf_putc(&b, ' ');
    gh_buf_put_i64(&b, 42);
    gh_buf_putc(&b, ' ');
    gh_buf_put_hex(&b, GH_STR("\x00\x9f\xff"));
    gh_buf_putz(&b, " ");
    gh_buf_put_le16(&b, 0x4142);
    gh_buf_put_le32(&b, 0x41424344);
    gh_buf_put_le64(&b, UINT64_C(0x4142434445464748));
    gh_buf_put(&b, gh_str_z(NULL));
    assert_true(gh_str_eq(gh_buf_str(&b), GH_STR("0 18446744073709551615 -9223372036854775808 42 009fff BADCBAHGFEDCBA")));
    gh_arena_fini(&a);
}

static void
grows(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_buf b, other;

    (void)state;
    gh_buf_init(&b, &a, 100000);
    gh_buf_init(&other, &a, 100000);
    for (unsigned i = 0; i < 100000; i++) {
        gh_buf_putc(&b, (char)(i & 0x7f));
        if (i % 1000 == 0)
            gh_buf_putc(&other, 'x'); /* so that growing in place is not always possible */
    }
    assert_int_equal(b.rc, GH_OK);
    for (unsigned i = 0; i < 100000; i++)
        assert_int_equal(gh_buf_str(&b).p[i], i & 0x7f);
    gh_buf_putc(&b, 'x');
    assert_int_equal(b.rc, GH_LIMIT);
    gh_buf_put(&b, GH_STR(""));
    assert_null(gh_buf_str(&b).p);
    assert_null(gh_buf_reserve(&b, 0));
    gh_arena_fini(&a);
}

static void
fixed(void **state)
{
    char mem[4] = "????";
    struct gh_buf b;

    (void)state;
    gh_buf_init_fixed(&b, mem, 3);
    gh_buf_putz(&b, "ab");
    gh_buf_putz(&b, "cd");
    assert_int_equal(b.rc, GH_LIMIT);
    assert_memory_equal(mem, "ab??", 4);
    gh_buf_putc(&b, 'c'); /* there would be room, but the error sticks */
    assert_memory_equal(mem, "ab??", 4);
    gh_buf_init_fixed(&b, NULL, 0);
    gh_buf_putc(&b, 'x');
    assert_int_equal(b.rc, GH_LIMIT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes),
        cmocka_unit_test(cap),
        cmocka_unit_test(no_memory),
        cmocka_unit_test(resizes),
        cmocka_unit_test(secrets),
        cmocka_unit_test(appends),
        cmocka_unit_test(grows),
        cmocka_unit_test(fixed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
