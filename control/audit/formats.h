/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit/formats: the chain for other systems: a line for each entry. OCSF's API Activity and CEF's keys are lists of fields of ours;
 * what has no name there stands under `unmapped` (OCSF), or is left out (CEF).
 */
#ifndef GH_CONTROL_AUDIT_FORMATS_H
#define GH_CONTROL_AUDIT_FORMATS_H

#include "audit/record.h"

struct gh_audit_format {
    const char *name, *content_type;
    void (*line)(struct gh_buf *out, uint64_t n, const struct gh_record *r); /* without a newline; NULL: jsonl, the verifiable form */
};

/* Empty: jsonl. NULL: there is no such format. */
const struct gh_audit_format *gh_audit_format_find(struct gh_str name);

#endif
