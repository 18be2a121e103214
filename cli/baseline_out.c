/* SPDX-License-Identifier: Apache-2.0 */
/* baseline_out: the forms in which a scan is written. */
#include "cli/baseline_out.h"

const struct gh_baseline_out gh_baseline_out_table[] = {
    {"table", gh_baseline_out_table_form, "for people", true},
    {"json", gh_baseline_out_json, "one object with score and results", false},
    {"sarif", gh_baseline_out_sarif, "SARIF 2.1.0, for code scanning", false},
    {"junit", gh_baseline_out_junit, "a JUnit report, for test tabs", false},
    {"markdown", gh_baseline_out_markdown, "a summary with a table of fails", true},
};
const size_t gh_baseline_out_count = sizeof gh_baseline_out_table / sizeof gh_baseline_out_table[0];
