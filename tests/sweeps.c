/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARENA_BYTES (64u << 20)

#define LAST_LINE "\004\n" /* of the tests' output: a child that outlives them may hold the pipe open */

/* Copies lines, with the skips among them mended. A process of its own, so that no line is lost when a test ends the program. */
static void
filter_lines(int from)
{
    static const char wrong[] = "not ok ", mark[] = " # SKIP ";
    FILE *in = fdopen(from, "r");
    char line[8192];

    while (in != NULL && fgets(line, sizeof(line), in) != NULL && strcmp(line, LAST_LINE) != 0) {
        bool is_skip = strncmp(line, wrong, sizeof(wrong) - 1) == 0 && strstr(line, mark) != NULL;
        fputs(is_skip ? line + 4 : line, stdout);
        fflush(stdout);
    }
}

int
gh_test_run(const char *group, const struct CMUnitTest *tests, size_t n, CMFixtureFunction setup, CMFixtureFunction teardown)
{
    int ends[2], failed;
    pid_t filter;

    if (pipe(ends) != 0 || (filter = fork()) < 0)
        return 1;
    if (filter == 0) {
        close(ends[1]);
        filter_lines(ends[0]);
        _exit(0);
    }
    close(ends[0]);
    if (dup2(ends[1], STDOUT_FILENO) < 0)
        return 1;
    close(ends[1]);
    setvbuf(stdout, NULL, _IOLBF, 0);
    failed = _cmocka_run_group_tests(group, tests, n, setup, teardown);
    fputs(LAST_LINE, stdout);
    fflush(stdout);
    close(STDOUT_FILENO);
    waitpid(filter, NULL, 0);
    return failed;
}

static void *
heap_get(void *ctx, size_t n)
{
    (void)ctx;
    return malloc(n);
}

static void
heap_put(void *ctx, void *p, size_t n)
{
    (void)ctx;
    (void)n;
    free(p);
}

struct gh_alloc
gh_test_heap(void)
{
    return (struct gh_alloc){heap_get, heap_put, NULL};
}

static void *
failing_get(void *ctx, size_t n)
{
    struct gh_test_failing *f = ctx;
    bool fails = f->fail_at != 0 && (++f->calls == f->fail_at || (f->for_good && f->calls > f->fail_at));

    return fails ? NULL : malloc(n);
}

struct gh_alloc
gh_test_failing_alloc(struct gh_test_failing *f)
{
    f->calls = 0;
    return (struct gh_alloc){failing_get, heap_put, f};
}

struct gh_arena
gh_test_arena(void)
{
    struct gh_arena a;

    gh_arena_init(&a, gh_test_heap(), ARENA_BYTES);
    return a;
}

const char *
gh_test_shared(const char *rel)
{
    static char path[4096];
    const char *root = getenv("GATEHOUSE_SHARED");
    int n = root == NULL || *root == '\0' ? -1 : snprintf(path, sizeof(path), "%s/%s", root, rel);

    return n < 0 || (size_t)n >= sizeof(path) || access(path, R_OK) != 0 ? NULL : path;
}

struct gh_str
gh_test_file(struct gh_arena *a, const char *path)
{
    struct gh_str none = {NULL, 0}, all;
    FILE *f = fopen(path, "rb");
    long n = -1;
    char *p = NULL;

    if (f == NULL)
        return none;
    if (fseek(f, 0, SEEK_END) == 0 && (n = ftell(f)) >= 0 && fseek(f, 0, SEEK_SET) == 0)
        p = gh_arena_take(a, (size_t)n + 1);
    all = p == NULL || fread(p, 1, (size_t)n, f) != (size_t)n ? none : gh_str(p, (size_t)n);
    fclose(f);
    return all;
}

/* One run of the parser on a copy of exactly the input's size, so that a sanitizer sees a read behind it. */
static enum gh_rc
run(gh_test_parse_fn parse, struct gh_buf *meaning, struct gh_alloc alloc, struct gh_str in)
{
    struct gh_arena a;
    char *copy = malloc(in.n == 0 ? 1 : in.n);
    enum gh_rc rc;

    assert_non_null(copy);
    if (in.n != 0)
        memcpy(copy, in.p, in.n);
    gh_arena_init(&a, alloc, ARENA_BYTES);
    rc = parse(meaning, &a, gh_str(copy, in.n));
    gh_arena_fini(&a);
    free(copy);
    return rc;
}

static void
trace_pieces(gh_test_feed_fn feed, struct gh_buf *trace, const struct gh_str *pieces, size_t n)
{
    trace->n = 0;
    feed(trace, pieces, n);
    assert_int_equal(trace->rc, GH_OK);
}

static void
same_trace(const struct gh_buf *whole, const struct gh_buf *cut, const char *how, size_t at)
{
    if (!gh_str_eq(gh_buf_str(whole), gh_buf_str(cut)))
        fail_msg(
            "splits: %s at %zu: trace differs\nwhole: %.*s\ncut:   %.*s", how, at, (int)whole->n, whole->p, (int)cut->n, cut->p);
}

void
gh_test_splits(gh_test_feed_fn feed, struct gh_str golden)
{
    struct gh_arena a = gh_test_arena();
    struct gh_buf whole, cut;
    struct gh_str *bytes = gh_arena_take_array(&a, golden.n + 1, sizeof(*bytes));

    assert_non_null(bytes);
    gh_buf_init(&whole, &a, ARENA_BYTES);
    gh_buf_init(&cut, &a, ARENA_BYTES);
    trace_pieces(feed, &whole, &golden, 1);
    for (size_t i = 0; i < golden.n; i++)
        bytes[i] = gh_str_sub(golden, i, 1);
    trace_pieces(feed, &cut, bytes, golden.n);
    same_trace(&whole, &cut, "byte by byte", 0);
    for (size_t i = 0; i <= golden.n; i++) {
        trace_pieces(feed, &cut, (struct gh_str[]){gh_str_sub(golden, 0, i), gh_str_sub(golden, i, SIZE_MAX)}, 2);
        same_trace(&whole, &cut, "cut in two", i);
    }
    gh_arena_fini(&a);
}

/* One damaged input. */
static void
mangled(gh_test_parse_fn parse, struct gh_buf *meaning, struct gh_str want, struct gh_str in, bool is_sealed, size_t round)
{
    meaning->n = 0;
    if (run(parse, meaning, gh_test_heap(), in) == GH_OK && is_sealed && !gh_str_eq(want, gh_buf_str(meaning)))
        fail_msg("mangle: round %zu (bit, then lengths): accepted with another meaning", round);
}

void
gh_test_mangle(gh_test_parse_fn parse, struct gh_str golden, bool is_sealed)
{
    struct gh_arena a = gh_test_arena();
    struct gh_buf want, meaning;
    struct gh_str copy;

    gh_buf_init(&want, &a, ARENA_BYTES);
    gh_buf_init(&meaning, &a, ARENA_BYTES);
    assert_int_equal(gh_arena_dup(&copy, &a, golden), GH_OK);
    assert_int_equal(run(parse, &want, gh_test_heap(), golden), GH_OK);
    char *bytes = gh_arena_take(&a, golden.n);
    assert_non_null(bytes);
    memcpy(bytes, golden.p, golden.n);
    for (size_t bit = 0; bit < golden.n * 8; bit++) {
        bytes[bit / 8] = (char)(unsigned char)((unsigned char)bytes[bit / 8] ^ 1u << bit % 8);
        mangled(parse, &meaning, gh_buf_str(&want), gh_str(bytes, golden.n), is_sealed, bit);
        bytes[bit / 8] = golden.p[bit / 8];
    }
    for (size_t n = 0; n < golden.n; n++)
        mangled(parse, &meaning, gh_buf_str(&want), gh_str(bytes, n), is_sealed, golden.n * 8 + n);
    gh_arena_fini(&a);
}

static void
oom_rounds(gh_test_parse_fn parse, struct gh_str golden, bool for_good)
{
    struct gh_arena a = gh_test_arena();
    struct gh_test_failing f = {.for_good = for_good};
    struct gh_buf meaning;
    enum gh_rc rc;

    gh_buf_init(&meaning, &a, ARENA_BYTES);
    for (f.fail_at = 1; f.fail_at < 100000; f.fail_at++) {
        meaning.n = 0;
        rc = run(parse, &meaning, gh_test_failing_alloc(&f), golden);
        if (f.calls < f.fail_at)
            break;
        if (rc != GH_NOMEM)
            fail_msg("oom: allocation %zu fails (%s): result %d, not GH_NOMEM", f.fail_at, for_good ? "for good" : "once", (int)rc);
    }
    assert_int_equal(rc, GH_OK);
    assert_true(f.fail_at > 1); /* a parser that takes no memory has no business in this sweep */
    gh_arena_fini(&a);
}

void
gh_test_oom(gh_test_parse_fn parse, struct gh_str golden)
{
    oom_rounds(parse, golden, false);
    oom_rounds(parse, golden, true);
}

void
gh_test_page(gh_test_parse_fn parse, struct gh_str golden)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), span = (golden.n / page + 1) * page;
    char *mem = mmap(NULL, span + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct gh_arena meanings = gh_test_arena(), a;
    struct gh_buf meaning;
    enum gh_rc rc = GH_BUG;

    assert_true(mem != MAP_FAILED);
    assert_int_equal(mprotect(mem + span, page, PROT_NONE), 0);
    gh_buf_init(&meaning, &meanings, ARENA_BYTES);
    for (size_t n = 0; n <= golden.n; n++) {
        memcpy(mem + (span - n), golden.p, n);
        gh_arena_init(&a, gh_test_heap(), ARENA_BYTES);
        meaning.n = 0;
        rc = parse(&meaning, &a, gh_str(mem + (span - n), n));
        gh_arena_fini(&a);
    }
    assert_int_equal(rc, GH_OK);
    assert_int_equal(munmap(mem, span + page), 0);
    gh_arena_fini(&meanings);
}
