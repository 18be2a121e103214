/* SPDX-License-Identifier: Apache-2.0 */
/* Property: whatever comes in, what goes out is valid UTF-8 without control characters, never longer than asked for; and once it has been
 * through, a second pass finds no credential with a beginning of its own. */
#include "fuzz.h"

#include <string.h>

#include "base/codec.h"
#include "base/redact.h"

static struct gh_str
redact(char *mem, size_t room, struct gh_str in, size_t max)
{
    struct gh_buf b;

    gh_buf_init_fixed(&b, mem, room);
    gh_redact_put(&b, in, max);
    gh_fuzz_check(b.rc == GH_OK && b.n <= max);
    return gh_buf_str(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char mem[1024];
    struct gh_str out = redact(mem, sizeof(mem), gh_str(data, size), size % 700);

    gh_fuzz_check(gh_utf8_is_valid(out));
    for (size_t i = 0; i < out.n; i++)
        gh_fuzz_check((unsigned char)out.p[i] >= 0x20 && out.p[i] != 0x7f);
    for (size_t at = gh_str_find(out, GH_STR("eyJ")); at != SIZE_MAX && at + 11 <= out.n;) {
        bool has_run = true;
        for (size_t k = at + 3; k < at + 23; k++)
            has_run = has_run && k < out.n && ((out.p[k] >= '0' && out.p[k] <= '9') || (out.p[k] >= 'a' && out.p[k] <= 'z'));
        gh_fuzz_check(!has_run);
        size_t next = gh_str_find(gh_str_sub(out, at + 3, SIZE_MAX), GH_STR("eyJ"));
        at = next == SIZE_MAX ? SIZE_MAX : at + 3 + next;
    }
    return 0;
}
