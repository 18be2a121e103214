/* SPDX-License-Identifier: Apache-2.0 */
/* Property: each tag lies in the document behind the one before, names hold no bracket of their own, attributes and texts are parts of it. */
#include "fuzz.h"

#include "baseline/policy_doc.h"

static bool
is_within(struct gh_str part, struct gh_str whole)
{
    return part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gh_str text = gh_str(data, size);
    struct gh_policy_tag t;
    size_t at = 0, before = 0;

    while (gh_policy_doc_next(&t, text, &at)) {
        gh_fuzz_check(at > before && at <= size);
        before = at;
        gh_fuzz_check(gh_str_chr(t.name, '>') == SIZE_MAX);
        gh_fuzz_check(is_within(t.name, text) && is_within(t.attributes, text) && is_within(t.text, text));
        gh_fuzz_check(is_within(gh_policy_doc_attribute(&t, GH_STR("name")), t.attributes));
    }
    (void)gh_policy_doc_scan(text);
    return 0;
}
