/* SPDX-License-Identifier: Apache-2.0 */
/* "pattern\nhost\nports": a valid pattern without a star stands for itself alone; with one, never for its own suffix; ports are in order. */
#include "fuzz.h"
#include "sweeps.h"

#include "policy/outbound.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gh_str rest = gh_str(data, size), pattern, host, text;
    struct gh_port_range ports[8];
    size_t n;

    if (!gh_str_cut(&pattern, &rest, '\n') || !gh_str_cut(&host, &rest, '\n'))
        return 0;
    text = rest;
    if (gh_host_pattern_is_valid(pattern)) {
        bool has_star = pattern.p[0] == '*';
        gh_fuzz_check(pattern.n <= 253 && gh_host_matches(pattern, pattern));
        if (has_star)
            gh_fuzz_check(!gh_host_matches(pattern, gh_str_sub(pattern, 2, pattern.n)));
        else if (gh_host_matches(pattern, host))
            gh_fuzz_check(gh_str_eq_ci(gh_str_sub(host, 0, pattern.n), pattern) && host.n <= pattern.n + 1);
    }
    if (gh_ports_read(ports, &n, 8, text))
        for (size_t i = 0; i < n; i++)
            gh_fuzz_check(ports[i].first > 0 && ports[i].first <= ports[i].last);
    return 0;
}
