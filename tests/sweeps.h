/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/sweeps: four sweeps that turn one good vector into thousands of tests, and the few helpers that all unit tests share.
 * Every parser runs all four. They are called inside a cmocka test and fail it with the name, the round and what differed.
 */
#ifndef GH_TESTS_SWEEPS_H
#define GH_TESTS_SWEEPS_H

/* cmocka wants these before itself */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"

/* Runs the tests as cmocka does, but writes a skip as TAP wants it: cmocka 1.1.5 prints `not ok`, which harnesses count as a failure. */
int gh_test_run(const char *group, const struct CMUnitTest *tests, size_t n, CMFixtureFunction setup, CMFixtureFunction teardown);
#undef cmocka_run_group_tests
#undef cmocka_run_group_tests_name
#define cmocka_run_group_tests_name(name, tests, setup, teardown) gh_test_run(name, tests, sizeof(tests) / sizeof((tests)[0]), setup, teardown)
#define cmocka_run_group_tests(tests, setup, teardown) gh_test_run(#tests, tests, sizeof(tests) / sizeof((tests)[0]), setup, teardown)

/* Memory of the heap, each block of exactly the size asked for. */
struct gh_alloc gh_test_heap(void);

/* The heap that fails at call number `fail_at` (from 1; 0: never), once or from there on. `calls` counts. */
struct gh_test_failing {
    size_t fail_at, calls;
    bool for_good;
};
struct gh_alloc gh_test_failing_alloc(struct gh_test_failing *f);

/* An arena on the heap with a cap of 64 MiB. The caller runs gh_arena_fini. */
struct gh_arena gh_test_arena(void);

/* Path of a file or folder of the shared test data, e.g. gh_test_shared("data/json/test_parsing"): below $GATEHOUSE_SHARED. NULL if it is
 * not there: the test then prints a comment with the reason and calls skip(). Valid until the next call. */
const char *gh_test_shared(const char *rel);

/* The whole file in the arena; p is NULL when it cannot be read. */
struct gh_str gh_test_file(struct gh_arena *a, const char *path);

/*
 * A parser under test: reads `in` with memory of `a` alone and, when it accepts, writes to `meaning` what it understood, so that equal
 * meanings have equal bytes. `meaning` has memory of its own that does not fail.
 */
typedef enum gh_rc (*gh_test_parse_fn)(struct gh_buf *meaning, struct gh_arena *a, struct gh_str in);

/* A reader of a stream: takes the pieces in order and writes each event and the final state to `trace`. */
typedef void (*gh_test_feed_fn)(struct gh_buf *trace, const struct gh_str *pieces, size_t n);

/* Whole, byte by byte, and each two-way cut give the same trace. */
void gh_test_splits(gh_test_feed_fn feed, struct gh_str golden);

/*
 * Each flip of one bit and each truncation. Never GH_OK with another meaning than that of `golden` when `is_sealed` (signed or
 * checksummed forms); otherwise another meaning may be read and `parse` itself asserts what must hold.
 */
void gh_test_mangle(gh_test_parse_fn parse, struct gh_str golden, bool is_sealed);

/* The nth allocation fails, once and for good, for each n until a run meets no failure: GH_NOMEM each time, then GH_OK. */
void gh_test_oom(gh_test_parse_fn parse, struct gh_str golden);

/* The input, whole and each prefix of it, ends where an unreadable page begins. */
void gh_test_page(gh_test_parse_fn parse, struct gh_str golden);

#endif
