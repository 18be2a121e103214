/* SPDX-License-Identifier: Apache-2.0 */
/* A database of places that its owner did not check: whatever stands in the file, an answer is a country of two capital letters, on the globe, or none. */
#include "fuzz.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host/geo.h"

/* libmaxminddb 1.7 forgets the lists of metadata that it cannot read; what we take ourselves is given back, and a file is opened once. */
__attribute__((visibility("default"))) int __lsan_is_turned_off(void);
int
__lsan_is_turned_off(void)
{
    return 1;
}

static void
check(const struct gh_geo *g, struct gh_str address)
{
    struct gh_geo_place p;

    gh_geo_find(&p, g, address);
    gh_fuzz_check(
        p.country[0] == '\0' || (p.country[0] >= 'A' && p.country[0] <= 'Z' && p.country[1] >= 'A' && p.country[1] <= 'Z'));
    gh_fuzz_check(p.country[2] == '\0' && (p.is_answered || p.country[0] == '\0'));
    gh_fuzz_check(p.latitude_e4 >= -900000 && p.latitude_e4 <= 900000 && p.longitude_e4 >= -1800000 && p.longitude_e4 <= 1800000);
    gh_fuzz_check(p.has_coordinates || (p.latitude_e4 == 0 && p.longitude_e4 == 0));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const addresses[] = {
        "2.125.160.216", "::ffff:2.125.160.216", "2001:218::1", "127.0.0.1", "255.255.255.255", "::"};
    static int fd = -1;
    char path[64];
    struct gh_geo *g;

    if (fd < 0)
        fd = memfd_create("geo", MFD_CLOEXEC);
    gh_fuzz_check(fd >= 0 && ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    if (gh_geo_open(&g, path, NULL) == GH_OK) {
        for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
            check(g, gh_str_z(addresses[i]));
        check(g, gh_str(data, size < 64 ? size : 64));
        gh_geo_close(g);
    }
    return 0;
}
