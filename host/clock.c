/* SPDX-License-Identifier: Apache-2.0 */
#include "host/host.h"

#include <time.h>

static int64_t
clock_ms(clockid_t id)
{
    struct timespec t;

    (void)clock_gettime(id, &t); /* cannot fail for these two clocks */
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t
gh_now_ms(void)
{
    return clock_ms(CLOCK_REALTIME);
}

int64_t
gh_monotonic_ms(void)
{
    return clock_ms(CLOCK_MONOTONIC);
}
