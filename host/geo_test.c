/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include <stdio.h>

#include "host/geo.h"

/* The small databases of MaxMind's own tests, beside the project; without them the test is skipped. */
static const char *
database(char mem[512], const char *name)
{
    char rel[128];

    (void)snprintf(rel, sizeof(rel), "data/geo/%s", name);
    (void)snprintf(mem, 512, "%s", gh_test_shared(rel));
    return mem;
}

static void
places(void **state)
{
    static const struct {
        const char *database, *address, *country;
        bool has_coordinates;
        int32_t latitude_e4, longitude_e4;
    } cases[] = {
        {"GeoIP2-City-Test.mmdb", "2.125.160.216", "GB", true, 517500, -12500},
        {"GeoIP2-City-Test.mmdb", "::ffff:2.125.160.216", "GB", true, 517500, -12500},
        {"GeoIP2-City-Test.mmdb", "2001:218::1", "JP", true, 356853, 1397531},
        {"GeoIP2-City-Test.mmdb", "127.0.0.1", "", false, 0, 0},
        {"GeoIP2-City-Test.mmdb", "not an address", "", false, 0, 0},
        {"GeoIP2-City-Test.mmdb", "", "", false, 0, 0},
        {"GeoIP2-City-Test.mmdb", "2.125.160.216:80", "", false, 0, 0},
        {"GeoIP2-Country-Test.mmdb", "2.125.160.216", "GB", false, 0, 0},
        {"GeoLite2-ASN-Test.mmdb", "1.128.0.1", "", false, 0, 0},
    };
    char path[512];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct gh_geo *g;
        struct gh_geo_place p;

        assert_int_equal(gh_geo_open(&g, database(path, cases[i].database), NULL), GH_OK);
        gh_geo_find(&p, g, gh_str_z(cases[i].address));
        gh_geo_close(g);
        if (strcmp(p.country, cases[i].country) != 0 || p.has_coordinates != cases[i].has_coordinates ||
            p.latitude_e4 / 10 != cases[i].latitude_e4 / 10 || p.longitude_e4 / 10 != cases[i].longitude_e4 / 10)
            fail_msg("%s in %s: '%s' %d %d", cases[i].address, cases[i].database, p.country, p.latitude_e4, p.longitude_e4);
    }
}

/* A file that is damaged is refused, or what is wrong in it is unknown; it ends nothing. */
static void
damaged(void **state)
{
    static const char *const names[] = {"GeoIP2-City-Test-Broken-Double-Format.mmdb", "GeoIP2-City-Test-Invalid-Node-Count.mmdb"};
    char path[512];

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct gh_geo *g;
        struct gh_geo_place p;

        if (gh_geo_open(&g, database(path, names[i]), NULL) != GH_OK)
            continue;
        for (unsigned n = 0; n < 256; n++) {
            char address[32];
            (void)snprintf(address, sizeof(address), "%u.%u.%u.1", n, (n * 7) % 256, (n * 13) % 256);
            gh_geo_find(&p, g, gh_str_z(address));
            assert_true(p.latitude_e4 >= -900000 && p.latitude_e4 <= 900000);
            assert_true(p.country[0] == '\0' || (p.country[0] >= 'A' && p.country[0] <= 'Z'));
        }
        gh_geo_close(g);
    }
}

static void
no_database(void **state)
{
    struct gh_geo *g;
    struct gh_geo_place p;
    struct gh_err err = {0};

    (void)state;
    assert_int_equal(gh_geo_open(&g, "/nonexistent/places.mmdb", &err), GH_DOWN);
    assert_non_null(err.what);
    assert_null(g);
    assert_int_equal(gh_geo_open(&g, "/proc/self/exe", &err), GH_BAD);
    gh_geo_find(&p, NULL, GH_STR("2.125.160.216"));
    assert_int_equal(p.country[0], '\0');
    gh_geo_close(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(places), cmocka_unit_test(damaged), cmocka_unit_test(no_database)};
    return cmocka_run_group_tests_name("geo", tests, NULL, NULL);
}
