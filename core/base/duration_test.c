/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include "base/duration.h"

#define HOUR INT64_C(3600000)
#define DAY  (24 * HOUR)

static const struct {
    const char *text;
    int64_t ms; /* 0: refused */
    const char *shortest;
} cases[] = {
    {"PT8H", 8 * HOUR, "PT8H"},
    {"PT30M", HOUR / 2, "PT30M"},
    {"PT90M", 3 * HOUR / 2, "PT1H30M"},
    {"PT1H30M5S", 3 * HOUR / 2 + 5000, "PT1H30M5S"},
    {"P365D", 365 * DAY, "P365D"},
    {"P1DT12H", 36 * HOUR, "P1DT12H"},
    {"P2W", 14 * DAY, "P14D"},
    {"PT24H", DAY, "P1D"},
    {"P3660D", 3660 * DAY, "P3660D"},
    {"P3661D", 0, NULL},
    {"P", 0, NULL},
    {"PT", 0, NULL},
    {"PT0S", 0, NULL},
    {"P1Y", 0, NULL},
    {"P1M", 0, NULL},
    {"PT1M1H", 0, NULL},
    {"PT1H1H", 0, NULL},
    {"P1DT", 0, NULL},
    {"PT1H ", 0, NULL},
    {" PT1H", 0, NULL},
    {"PT-1H", 0, NULL},
    {"PT1.5H", 0, NULL},
    {"pt1h", 0, NULL},
    {"PT1HT1M", 0, NULL},
    {"PT99999999999999999999H", 0, NULL},
    {"8h", 0, NULL},
    {"", 0, NULL},
};

static void
reads_and_writes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char mem[64];
        struct gh_buf b;
        int64_t ms;
        enum gh_rc rc = gh_duration_read(&ms, gh_str_z(cases[i].text));

        if ((rc == GH_OK) != (cases[i].ms != 0) || (rc == GH_OK && ms != cases[i].ms))
            fail_msg("%s: %d, %lld", cases[i].text, rc, (long long)ms);
        if (rc != GH_OK)
            continue;
        gh_buf_init_fixed(&b, mem, sizeof(mem));
        gh_duration_put(&b, ms);
        if (!gh_str_eq(gh_buf_str(&b), gh_str_z(cases[i].shortest)))
            fail_msg("%s: %.*s", cases[i].text, (int)b.n, b.p);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads_and_writes)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
