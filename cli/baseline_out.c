/* SPDX-License-Identifier: Apache-2.0 */
/* baseline_out: the forms in which a scan is written. */
#include "cli/baseline_out.h"

const struct gh_baseline_out gh_baseline_out_table[] = {
    {"table", gh_baseline_out_table_form, "for people"},
    {"json", gh_baseline_out_json, "one object with score and results"},
};
const size_t gh_baseline_out_count = sizeof gh_baseline_out_table / sizeof gh_baseline_out_table[0];
