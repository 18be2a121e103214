/* SPDX-License-Identifier: Apache-2.0 */
/* dlp/dlp: names. */
#include "dlp/dlp.h"

// clang-format off
#define NAME_ROW(name, text, holder) [GH_DLP_##name] = text,
#define HOLDER_ROW(name, text, holder) [GH_DLP_##name] = holder,
const char *const gh_dlp_type_names[GH_DLP_TYPES] = {GH_DLP_TYPE_LIST(NAME_ROW)};
const char *const gh_dlp_holder_names[GH_DLP_TYPES] = {GH_DLP_TYPE_LIST(HOLDER_ROW)};
// clang-format on
