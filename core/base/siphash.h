/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/siphash: SipHash-2-4 with 128 bits (Aumasson and Bernstein, 2012): a keyed print of a text by which tables find it again. Nobody who does
 * not know the key can make two texts with one print, short of trying 2^64 of them; with the key anybody can: no digest for what is stored.
 */
#ifndef GH_BASE_SIPHASH_H
#define GH_BASE_SIPHASH_H

#include <stdint.h>

#include "base/str.h"

#define GH_SIPHASH_BYTES     16
#define GH_SIPHASH_KEY_BYTES 16

void gh_siphash(uint8_t out[GH_SIPHASH_BYTES], const uint8_t key[GH_SIPHASH_KEY_BYTES], struct gh_str in);

#endif
