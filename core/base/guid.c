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

void
gh_guid_put(char out[GH_GUID_BYTES + 1], const uint8_t from[16])
{
    static const char hex[] = "0123456789abcdef";
    size_t n = 0;

    for (size_t i = 0; i < 16; i++) {
        uint8_t b = i == 6 ? (uint8_t)((from[i] & 0x0f) | 0x40) : i == 8 ? (uint8_t)((from[i] & 0x3f) | 0x80) : from[i];

        if (i == 4 || i == 6 || i == 8 || i == 10)
            out[n++] = '-';
        out[n++] = hex[b >> 4];
        out[n++] = hex[b & 15];
    }
    out[n] = '\0';
}
