/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fuzz: what a fuzz target includes. A target checks a property, not only survival: gh_fuzz_check ends the process when it does
 * not hold. Linked with libFuzzer (meson option `fuzzer`) or with the plain driver tests/fuzz_driver.c.
 */
#ifndef GH_TESTS_FUZZ_H
#define GH_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define gh_fuzz_check(property)                                                                                              \
    do {                                                                                                                     \
        if (!(property)) {                                                                                                   \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #property);                                    \
            abort();                                                                                                         \
        }                                                                                                                    \
    } while (0)

#endif
