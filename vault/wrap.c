/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/wrap.h"

#define PURPOSE "gatehouse-secret-1"

enum { FORM = 1 };

enum gh_rc
gh_wrap_put(struct gh_buf *blob, const struct gh_seal *s, struct gh_str resource, struct gh_str version, struct gh_str plain)
{
    const struct gh_str parts[] = {resource, version};

    if (resource.n == 0 || version.n == 0)
        return GH_BAD;
    gh_buf_putc(blob, FORM);
    return gh_seal_put(blob, s, PURPOSE, parts, 2, plain);
}

enum gh_rc
gh_wrap_get(struct gh_buf *plain, const struct gh_seal *s, struct gh_str resource, struct gh_str version, struct gh_str blob)
{
    const struct gh_str parts[] = {resource, version};

    if (resource.n == 0 || version.n == 0 || blob.n == 0 || blob.p[0] != FORM)
        return GH_BAD;
    return gh_seal_get(plain, s, PURPOSE, parts, 2, gh_str_sub(blob, 1, blob.n));
}
