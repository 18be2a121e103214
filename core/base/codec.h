/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/codec: hex, base64url and base64 (RFC 4648), UTF-8, RFC 3339 times, CRC-32C. Decoders accept one form only: hex in lower
 * case, base64url without padding, base64 with it, both with zero trailing bits and no whitespace; shortest UTF-8, no surrogates.
 */
#ifndef GH_BASE_CODEC_H
#define GH_BASE_CODEC_H

#include "base/buf.h"

/* Of a hex digit in either case, for formats that allow both; -1 if it is none. */
int gh_hex_value(char c);
/* Exact decoded sizes are (n / 2) and (n * 3 / 4). `out` is taken from the arena. */
GH_MUST_USE enum gh_rc gh_hex_decode(struct gh_str *out, struct gh_arena *a, struct gh_str in);
GH_MUST_USE enum gh_rc gh_b64url_decode(struct gh_str *out, struct gh_arena *a, struct gh_str in);
GH_MUST_USE enum gh_rc gh_b64_decode(struct gh_str *out, struct gh_arena *a, struct gh_str in); /* padded */
/* Length of the run of base64url digits at the front. */
size_t gh_b64url_span(struct gh_str s);
void gh_b64url_encode(struct gh_buf *out, struct gh_str in);
void gh_b64_encode(struct gh_buf *out, struct gh_str in);

bool gh_utf8_is_valid(struct gh_str s);
/* Bytes of the code point at the front of `s`; 0 if there is none that is valid and whole. */
size_t gh_utf8_length(struct gh_str s);
/* Appends code point `cp` (at most U+10FFFF, no surrogate) as UTF-8. */
void gh_utf8_put(struct gh_buf *out, uint32_t cp);

/* Milliseconds since 1970 <-> "2026-01-31T23:59:59.123Z". UTC, years 0000 to 9999 (writing another one is GH_LIMIT in `out`), no
 * leap second. When reading, the fraction is optional and may have one to nine digits, cut to milliseconds. */
void gh_time_put(struct gh_buf *out, int64_t unix_ms);
GH_MUST_USE enum gh_rc gh_time_read(int64_t *unix_ms, struct gh_str s);

uint32_t gh_crc32c(uint32_t crc, struct gh_str s); /* start with 0 (RFC 3720 appendix B.4 vectors) */

#endif
