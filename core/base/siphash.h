/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/siphash: SipHash (Aumasson and Bernstein, 2012), by which tables find a text again: nobody who does not know the key can make texts that
 * fall together more often than chance has it. With the key anybody can: no digest for what is stored.
 */
#ifndef GH_BASE_SIPHASH_H
#define GH_BASE_SIPHASH_H

#include <stdint.h>

#include "base/str.h"

#define GH_SIPHASH_BYTES     16
#define GH_SIPHASH_KEY_BYTES 16

/* SipHash-2-4 with 128 bits: a print that stands for the text. Two texts of one print take 2^64 tries without the key. */
void gh_siphash(uint8_t out[GH_SIPHASH_BYTES], const uint8_t key[GH_SIPHASH_KEY_BYTES], struct gh_str in);

/* SipHash-1-3 with 64 bits: a place in a table, whose rows are compared. The key as two numbers, least byte first. */
uint64_t gh_siphash_13(const uint64_t key[2], struct gh_str in);

#endif
