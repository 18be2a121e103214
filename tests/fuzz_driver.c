/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fuzz_driver: runs a fuzz target without a fuzzer, in every normal test run. For each file of the folders (or files) named in
 * argv: the file itself, each truncation of it, and some thousand mutations from a fixed seed, within a bound of time for all. TAP on
 * stdout; an input that breaks the target is printed in hex, and that line given to a file replays it.
 */
#include "fuzz.h"

#include <dirent.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FILES_MAX       4096
#define FILE_BYTES_MAX  (1u << 20)
#define TRUNCATIONS_MAX 2048u /* of a longer file, evenly spread */
#define MUTATIONS       12000u
#define EDITS_MAX       4u
#define BUDGET_MS       4000 /* for the mutations of all files; files and truncations are always run */

static char *files[FILES_MAX];
static size_t n_files;

/* The input that is being tried, for the last words. */
static struct {
    const uint8_t *p;
    size_t n;
    const char *file;
} now;

static void
say(const char *s, size_t n)
{
    if (write(STDERR_FILENO, s, n) < 0)
        _exit(1);
}

static void
last_words(int sig)
{
    static const char digit[] = "0123456789abcdef";

    say("# broken by a mutation of ", 26);
    say(now.file, strlen(now.file));
    say(", in hex: ", 10);
    for (size_t i = 0; i < now.n && i < 4096; i++)
        say((const char[2]){digit[now.p[i] >> 4], digit[now.p[i] & 15]}, 2);
    say("\n", 1);
    if (write(STDOUT_FILENO, "not ok - target ended the process\n", 34) < 0 || sig != 0)
        _exit(1);
}

/* A copy of exactly the input's size, so that a sanitizer sees a read behind it. */
static void
try_input(const char *file, const uint8_t *p, size_t n)
{
    uint8_t *copy = malloc(n == 0 ? 1 : n);

    if (copy == NULL)
        abort();
    memcpy(copy, p, n);
    now.p = copy;
    now.n = n;
    now.file = file;
    (void)LLVMFuzzerTestOneInput(copy, n);
    free(copy);
}

static uint64_t
xorshift(uint64_t *s)
{
    *s ^= *s << 13;
    *s ^= *s >> 7;
    *s ^= *s << 17;
    return *s;
}

/* One random edit in place; the length may shrink or grow within `room`. */
static size_t
edit(uint8_t *p, size_t n, size_t room, uint64_t *seed)
{
    static const char spice[] = "\"\\{}[]:,.0-eE\r\n\t \0\xff\xc0\xed\xa0u";
    size_t at = n == 0 ? 0 : xorshift(seed) % n, len = n == 0 ? 0 : 1 + xorshift(seed) % (n - at < 32 ? n - at : 32);

    switch (xorshift(seed) % 5) {
    case 0: /* flip */
        if (n != 0)
            p[at] = (uint8_t)(p[at] ^ 1u << xorshift(seed) % 8);
        return n;
    case 1: /* a byte that parsers care for */
        if (n != 0)
            p[at] = (uint8_t)spice[xorshift(seed) % (sizeof(spice) - 1)];
        return n;
    case 2: /* remove a run */
        memmove(p + at, p + at + len, n - at - len);
        return n - len;
    case 3: /* repeat a run */
        if (len > room - n)
            return n;
        memmove(p + at + len, p + at, n - at);
        return n + len;
    default: /* insert */
        if (n == room)
            return n;
        memmove(p + at + 1, p + at, n - at);
        p[at] = (uint8_t)xorshift(seed);
        return n + 1;
    }
}

static long
elapsed_ms(const struct timespec *since)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (t.tv_sec - since->tv_sec) * 1000 + (t.tv_nsec - since->tv_nsec) / 1000000;
}

static unsigned
mutate(const char *file, const uint8_t *p, size_t n, long budget_ms)
{
    uint64_t seed = UINT64_C(0x9e3779b97f4a7c15);
    uint8_t *work = malloc(n + 64);
    struct timespec start;
    unsigned done = 0;

    if (work == NULL)
        abort();
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (; done < MUTATIONS && (done % 16 != 0 || elapsed_ms(&start) < budget_ms); done++) {
        size_t m = n;
        memcpy(work, p, n);
        for (size_t edits = 1 + xorshift(&seed) % EDITS_MAX; edits > 0; edits--)
            m = edit(work, m, n + 64, &seed);
        try_input(file, work, m);
    }
    free(work);
    return done;
}

static void
run_file(size_t number, const char *file)
{
    static uint8_t bytes[FILE_BYTES_MAX];
    FILE *f = fopen(file, "rb");
    size_t n, step;
    unsigned mutations;

    if (f == NULL) {
        printf("not ok %zu - %s cannot be read\n", number, file);
        exit(1);
    }
    n = fread(bytes, 1, sizeof(bytes), f);
    fclose(f);
    try_input(file, bytes, n);
    step = n / TRUNCATIONS_MAX + 1;
    for (size_t k = 0; k < n; k += step)
        try_input(file, bytes, k);
    mutations = mutate(file, bytes, n, BUDGET_MS / (long)n_files);
    printf("ok %zu - %s: %zu truncations, %u mutations\n", number, file, n / step, mutations);
}

static void
add_file(const char *dir, const char *name)
{
    char path[4096];
    int n = name == NULL ? snprintf(path, sizeof(path), "%s", dir) : snprintf(path, sizeof(path), "%s/%s", dir, name);

    if (n < 0 || (size_t)n >= sizeof(path) || n_files == FILES_MAX || (files[n_files] = strdup(path)) == NULL)
        abort();
    n_files++;
}

static void
add(const char *path)
{
    DIR *d = opendir(path);
    struct dirent *e;

    if (d == NULL) {
        add_file(path, NULL);
        return;
    }
    while ((e = readdir(d)) != NULL)
        if (e->d_name[0] != '.')
            add_file(path, e->d_name);
    closedir(d);
}

static int
by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int
main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        add(argv[i]);
    qsort(files, n_files, sizeof(*files), by_name);
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("1..%zu\n", n_files == 0 ? 1 : n_files);
    if (n_files == 0) {
        printf("not ok 1 - no corpus: a target without one proves nothing\n");
        return 1;
    }
    signal(SIGABRT, last_words);
    signal(SIGSEGV, last_words);
    signal(SIGBUS, last_words);
    signal(SIGFPE, last_words);
    for (size_t i = 0; i < n_files; i++)
        run_file(i + 1, files[i]);
    for (size_t i = 0; i < n_files; i++)
        free(files[i]);
    return 0;
}
