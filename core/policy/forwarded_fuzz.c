/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever a client writes in front of what a named proxy added, the address is the same: a header with the fuzzed text before the proxy's
 * own element gives that element's address. And what is believed at all is never the text of a peer that is no named proxy.
 */
#include "fuzz.h"
#include "sweeps.h"

#include "policy/egress.h"
#include "policy/forwarded.h"
#include "policy/ranges.h"

static void
check(struct gh_arena *a, enum gh_proxy_mode mode, struct gh_str text, const char *element)
{
    const struct gh_str proxies = GH_STR("10.0.0.0/8");
    uint8_t proxy[16], stranger[16], got[16];
    struct gh_str trusted;
    struct gh_buf header;

    gh_buf_init(&header, a, text.n + 64);
    gh_buf_put(&header, text);
    gh_buf_putz(&header, ", ");
    gh_buf_putz(&header, element);
    gh_fuzz_check(header.rc == GH_OK && gh_ranges_read(&trusted, a, &proxies, 1, NULL) == GH_OK);
    gh_fuzz_check(gh_ip_read(proxy, GH_STR("10.0.0.1")) == GH_OK && gh_ip_read(stranger, GH_STR("192.0.2.1")) == GH_OK);
    gh_fuzz_check(gh_forwarded_client(got, mode, gh_buf_str(&header), proxy, trusted) == GH_OK && memcmp(got, stranger, 16) == 0);
    gh_fuzz_check(gh_forwarded_client(got, mode, text, stranger, trusted) == GH_OK && memcmp(got, stranger, 16) == 0);
    gh_fuzz_check(gh_forwarded_client(got, mode, text, proxy, trusted) <= GH_LIMIT);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gh_arena a = gh_test_arena();

    check(&a, GH_PROXY_X_FORWARDED_FOR, gh_str(data, size), "192.0.2.1");
    check(&a, GH_PROXY_FORWARDED, gh_str(data, size), "for=192.0.2.1;proto=https");
    gh_arena_fini(&a);
    return 0;
}
