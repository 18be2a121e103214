/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/spki: the SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7, DER) of the key types that the house accepts, taken apart and put
 * together without libcrypto. One encoding for each key: RSA (RFC 8017) with minimal integers, EC as named curve and uncompressed
 * point (RFC 5480), Ed25519 (RFC 8410). Whatever is not byte for byte what _put would write is GH_BAD.
 */
#ifndef GH_BASE_SPKI_H
#define GH_BASE_SPKI_H

#include "base/buf.h"

enum gh_key_kind { GH_KEY_NONE = 0, GH_KEY_RSA, GH_KEY_EC, GH_KEY_ED25519 };

#define GH_SPKI_BYTES_MAX 1100 /* RSA of 8192 bits, an exponent of 32 bits and the frame around them */

/* Numbers are big endian. n and e have no leading zero; x and y have the full size of the curve's field. */
struct gh_spki {
    enum gh_key_kind kind;
    uint32_t bits;           /* RSA: of the modulus; EC: 256, 384, 521; Ed25519: 256 */
    struct gh_str n, e;      /* RSA                                                  */
    struct gh_str x, y;      /* EC; Ed25519 has x alone                              */
    struct gh_str point;     /* EC: 04 || x || y, as it stands                       */
};

/*
 * Slices are borrowed from `der`. RSA: 2048..8192 bits, odd modulus without the ROCA fingerprint (CVE-2017-15361), odd exponent
 * 3..2^32. Whether an EC point lies on its curve is for base/crypto. GH_BAD form or key type, GH_LIMIT a bound.
 */
GH_MUST_USE enum gh_rc gh_spki_read(struct gh_spki *out, struct gh_str der, struct gh_err *err);

/* Appends the DER of `key` (point is not looked at), which need not have passed _read. GH_BAD if x or y have a wrong size or a number is empty. */
GH_MUST_USE enum gh_rc gh_spki_put(struct gh_buf *out, const struct gh_spki *key);

/* RFC 7518 name of an EC curve <-> bits ("P-256"); 0 or the empty slice if it is none of ours. */
uint32_t gh_spki_curve_bits(struct gh_str name);
struct gh_str gh_spki_curve_name(uint32_t bits);

#endif
