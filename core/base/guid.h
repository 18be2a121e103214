/* SPDX-License-Identifier: Apache-2.0 */
/* base/guid: GUIDs as text (RFC 9562 section 4): 36 bytes, hex digits in either case and four dashes. */
#ifndef GH_BASE_GUID_H
#define GH_BASE_GUID_H

#include "base/str.h"

#define GH_GUID_BYTES 36

bool gh_guid_is_valid(struct gh_str s);

/* 16 bytes as a GUID of version 4 (lower case): 36 bytes and a NUL. */
void gh_guid_put(char out[GH_GUID_BYTES + 1], const uint8_t from[16]);

/* The GUID that is, or ends, an id: "GUID", "/.../roleDefinitions/GUID", "issuer:GUID". Empty if there is none. */
struct gh_str gh_guid_of(struct gh_str id);

#endif
