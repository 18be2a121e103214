/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include "base/siphash.h"

/* The vectors of the reference implementation (vectors_sip128): key 00 to 0f, texts 00, 01, 02 ... */
static void
gives_the_vectors_of_the_reference(void **state)
{
    static const struct {
        size_t n;
        uint8_t print[GH_SIPHASH_BYTES];
    } cases[] = {
        {0, {0xa3, 0x81, 0x7f, 0x04, 0xba, 0x25, 0xa8, 0xe6, 0x6d, 0xf6, 0x72, 0x14, 0xc7, 0x55, 0x02, 0x93}},
        {1, {0xda, 0x87, 0xc1, 0xd8, 0x6b, 0x99, 0xaf, 0x44, 0x34, 0x76, 0x59, 0x11, 0x9b, 0x22, 0xfc, 0x45}},
        {8, {0x3b, 0x62, 0xa9, 0xba, 0x62, 0x58, 0xf5, 0x61, 0x0f, 0x83, 0xe2, 0x64, 0xf3, 0x14, 0x97, 0xb4}},
        {15, {0x54, 0x93, 0xe9, 0x99, 0x33, 0xb0, 0xa8, 0x11, 0x7e, 0x08, 0xec, 0x0f, 0x97, 0xcf, 0xc3, 0xd9}},
        {63, {0x51, 0x50, 0xd1, 0x77, 0x2f, 0x50, 0x83, 0x4a, 0x50, 0x3e, 0x06, 0x9a, 0x97, 0x3f, 0xbd, 0x7c}},
    };
    uint8_t bytes[64], out[GH_SIPHASH_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)i;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        gh_siphash(out, bytes, gh_str(bytes, cases[i].n));
        assert_memory_equal(out, cases[i].print, sizeof(out));
    }
}

/* No byte, and no length, is without weight; nor does the text's place in memory have any. */
static void
tells_every_change(void **state)
{
    uint8_t key[GH_SIPHASH_KEY_BYTES] = {7}, other[GH_SIPHASH_KEY_BYTES] = {8}, bytes[41] = {0}, a[GH_SIPHASH_BYTES],
            b[GH_SIPHASH_BYTES];

    (void)state;
    for (size_t n = 0; n < 40; n++) {
        gh_siphash(a, key, gh_str(bytes, n));
        gh_siphash(b, key, gh_str(bytes + 1, n));
        assert_memory_equal(a, b, sizeof(a));
        gh_siphash(b, key, gh_str(bytes, n + 1));
        assert_memory_not_equal(a, b, sizeof(a));
        gh_siphash(b, other, gh_str(bytes, n));
        assert_memory_not_equal(a, b, sizeof(a));
        for (size_t i = 0; i < n; i++) {
            bytes[i] = 1;
            gh_siphash(b, key, gh_str(bytes, n));
            assert_memory_not_equal(a, b, sizeof(a));
            bytes[i] = 0;
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(gives_the_vectors_of_the_reference), cmocka_unit_test(tells_every_change)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
