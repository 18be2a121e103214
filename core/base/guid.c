/* SPDX-License-Identifier: Apache-2.0 */
#include "base/guid.h"

#include "base/codec.h"

bool
gh_guid_is_valid(struct gh_str s)
{
    for (size_t i = 0; i < s.n && i < GH_GUID_BYTES; i++) {
        bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;

        if (is_dash ? s.p[i] != '-' : gh_hex_value(s.p[i]) < 0)
            return false;
    }
    return s.n == GH_GUID_BYTES;
}

struct gh_str
gh_guid_of(struct gh_str id)
{
    struct gh_str end = id.n < GH_GUID_BYTES ? id : gh_str_sub(id, id.n - GH_GUID_BYTES, GH_GUID_BYTES);
    bool is_apart = id.n <= GH_GUID_BYTES || id.p[id.n - GH_GUID_BYTES - 1] == '/' || id.p[id.n - GH_GUID_BYTES - 1] == ':';

    return is_apart && gh_guid_is_valid(end) ? end : gh_str(NULL, 0);
}
