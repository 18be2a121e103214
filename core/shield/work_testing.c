/* SPDX-License-Identifier: Apache-2.0 */
#include "shield/work_testing.h"

uint64_t gh_work_testing_blocks;

void
__sanitizer_cov_trace_pc(void)
{
    gh_work_testing_blocks++;
}
