/* SPDX-License-Identifier: Apache-2.0 */
/* The negative target: a property that is false for some mutation of the corpus. Its test must fail, or the driver does not bite. */
#include "fuzz.h"

#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gh_fuzz_check(size < 3 || memchr(data + 2, '\\', size - 2) == NULL);
    return 0;
}
