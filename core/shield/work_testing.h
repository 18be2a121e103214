/* SPDX-License-Identifier: Apache-2.0 */
/* shield/work_testing: how many basic blocks a shield has run that was built with -fsanitize-coverage=trace-pc. */
#ifndef GH_SHIELD_WORK_TESTING_H
#define GH_SHIELD_WORK_TESTING_H

#include <stdint.h>

extern uint64_t gh_work_testing_blocks;

/* What such a build calls at each block. */
void __sanitizer_cov_trace_pc(void);

#endif
