/* SPDX-License-Identifier: Apache-2.0 */
/* Property: a frame that is read is written back byte for byte; one that is not whole says how much is missing, within its row's bound. */
#include "ipc/message.h"

#include "fuzz.h"

static void
check_round_trip(const struct gh_ipc_msg *m, struct gh_str frame)
{
    char *mem = malloc(frame.n);
    struct gh_buf out;

    gh_fuzz_check(mem != NULL);
    gh_buf_init_fixed(&out, mem, frame.n);
    gh_fuzz_check(gh_ipc_write(&out, m) == GH_OK);
    gh_fuzz_check(gh_str_eq(gh_buf_str(&out), frame));
    free(mem);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gh_ipc_msg m;
    size_t need = 1;
    enum gh_rc rc = gh_ipc_parse(&m, gh_str(data, size), &need);

    gh_fuzz_check(rc == GH_OK || rc == GH_MORE || rc == GH_BAD);
    gh_fuzz_check(need <= (size_t)GH_IPC_BYTES_MAX + 12 + 4 * GH_IPC_FIELDS_MAX);
    if (rc == GH_MORE)
        gh_fuzz_check(need == 0 || need > size);
    if (rc == GH_OK) {
        gh_fuzz_check(need <= size);
        check_round_trip(&m, gh_str(data, need));
    }
    return 0;
}
