/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include "base/codec.h"

/* How backends of pools served lately, as this worker saw it. Two that share a slot take turns; a good one never needs its slot. */

#define SLOTS 1024

static struct {
    char upstream[NGX_HTTP_GATEHOUSE_UPSTREAM_BYTES];
    struct gh_breaker breaker;
} slots[SLOTS];

/* NULL: nothing is known of it, and `is_wanted` is false. */
static struct gh_breaker *
find(struct gh_str upstream, bool is_wanted)
{
    size_t at = gh_crc32c(0, upstream) % SLOTS;

    if (upstream.n >= sizeof(slots[at].upstream))
        return NULL;
    if (gh_str_eq(gh_str_z(slots[at].upstream), upstream))
        return &slots[at].breaker;
    if (!is_wanted)
        return NULL;
    ngx_memzero(&slots[at], sizeof(slots[at]));
    ngx_memcpy(slots[at].upstream, upstream.p, upstream.n);
    return &slots[at].breaker;
}

static int64_t
now_ms(void)
{
    return ngx_http_gatehouse_monotonic_us() / 1000;
}

bool
ngx_http_gatehouse_health_rests(struct gh_str upstream)
{
    const struct gh_breaker *b = find(upstream, false);

    return b != NULL && gh_breaker_rests(b, now_ms());
}

void
ngx_http_gatehouse_health_asked(struct gh_str upstream)
{
    struct gh_breaker *b = find(upstream, false);

    if (b != NULL)
        gh_breaker_asked(b, now_ms());
}

void
ngx_http_gatehouse_health_served(struct gh_str upstream)
{
    struct gh_breaker *b = find(upstream, false);

    if (b != NULL)
        gh_breaker_served(b);
}

void
ngx_http_gatehouse_health_failed(struct gh_str upstream, int64_t retry_after_ms)
{
    struct gh_breaker *b = find(upstream, true);

    if (b != NULL)
        gh_breaker_failed(b, now_ms(), retry_after_ms);
}
