/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include <sys/mman.h>

#include "ipc/layout.h"

/*
 * What time it is, and what must not be forgotten by a restart. floor_ms is the newest time that control told, carried on by the monotonic
 * clock. "Now" is never earlier, so a clock that was stepped back revives no token, no key and no assignment. The newest time and the
 * highest generation stand in DIR/edge/counters, shared by all workers; `gatehouse recover` removes that file.
 */

static const char magic[16] = "gatehouse-count1";

static int64_t floor_ms, floor_mono_ms;
static ngx_http_gatehouse_counters_t spare;
ngx_http_gatehouse_counters_t *ngx_http_gatehouse_counters = &spare;

int64_t
ngx_http_gatehouse_monotonic_us(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static int64_t
floor_now(int64_t mono_ms)
{
    return floor_ms + (mono_ms - floor_mono_ms);
}

int64_t
ngx_http_gatehouse_now_ms(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_REALTIME, &ts);
    int64_t real = (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
    int64_t least = floor_now(ngx_http_gatehouse_monotonic_us() / 1000);
    return real > least ? real : least;
}

void
ngx_http_gatehouse_clock_told(int64_t told_ms)
{
    int64_t mono = ngx_http_gatehouse_monotonic_us() / 1000;

    if (told_ms <= floor_now(mono))
        return;
    floor_ms = told_ms;
    floor_mono_ms = mono;
    if ((int64_t)ngx_http_gatehouse_counters->now_ms < told_ms)
        ngx_http_gatehouse_counters->now_ms = (ngx_atomic_uint_t)told_ms;
}

static void *
map(int fd)
{
    struct stat st;

    if (fstat(fd, &st) != 0 || (st.st_size < (off_t)sizeof(spare) && ftruncate(fd, 4096) != 0))
        return MAP_FAILED;
    return mmap(NULL, sizeof(spare), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
}

ngx_int_t
ngx_http_gatehouse_clock_init(const char *data)
{
    static const char nothing[sizeof(magic)];
    char path[1024];

    *ngx_snprintf((u_char *)path, sizeof(path) - 1, "%s/" GH_LAYOUT_COUNTERS, data) = '\0';
    int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return NGX_ERROR;
    ngx_http_gatehouse_counters_t *c = map(fd);
    close(fd);
    if (c == MAP_FAILED)
        return NGX_ERROR;
    if (ngx_memcmp(c->magic, nothing, sizeof(magic)) == 0)
        ngx_memcpy(c->magic, magic, sizeof(magic));
    if (ngx_memcmp(c->magic, magic, sizeof(magic)) != 0) { /* damaged: what it protected may not be forgotten by itself */
        (void)munmap(c, sizeof(*c));
        return NGX_ERROR;
    }
    ngx_http_gatehouse_counters = c;
    floor_mono_ms = ngx_http_gatehouse_monotonic_us() / 1000;
    floor_ms = (int64_t)c->now_ms;
    return NGX_OK;
}
