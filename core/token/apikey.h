/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token/apikey: static keys, the exception. `gh_<id>_<random>_<crc>`: id is 12 lower-case hex digits (public, names the key in
 * records), random is 43 characters of base64url (256 bits), crc is 8 hex digits of CRC-32C over what stands before its
 * underscore, so that a mistyped key and a leaked one can be told without a look-up. The snapshot holds SHA-256 of the whole.
 */
#ifndef GH_TOKEN_APIKEY_H
#define GH_TOKEN_APIKEY_H

#include "base/crypto.h"

#define GH_APIKEY_BYTES (3 + 12 + 1 + 43 + 1 + 8)

/* GH_BAD unless the form and the checksum are right. *id is borrowed from `key`. */
GH_MUST_USE enum gh_rc gh_apikey_read(struct gh_str *id, struct gh_str key);

/* Writes a key made of 6 and 32 random bytes that the caller drew. */
void gh_apikey_put(struct gh_buf *out, const uint8_t id[6], const uint8_t secret[32]);

#endif
