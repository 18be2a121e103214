/* SPDX-License-Identifier: Apache-2.0 */
/* The path of gh_crc32c for processors without the instruction: the real file is built in here with that answer. */
#define __builtin_cpu_supports(feature) 0
#include "base/codec.c"

#include "sweeps.h"

static void
vectors(void **state)
{
    unsigned char b[32];

    (void)state;
    memset(b, 0, sizeof(b));
    assert_int_equal(gh_crc32c(0, gh_str(b, sizeof(b))), 0x8a9136aa);
    memset(b, 0xff, sizeof(b));
    assert_int_equal(gh_crc32c(0, gh_str(b, sizeof(b))), 0x62a8ab43);
    for (unsigned i = 0; i < sizeof(b); i++)
        b[i] = (unsigned char)i;
    assert_int_equal(gh_crc32c(0, gh_str(b, sizeof(b))), 0x46dd794e);
    assert_int_equal(gh_crc32c(gh_crc32c(0, GH_STR("1234")), GH_STR("56789")), 0xe3069283);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(vectors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
