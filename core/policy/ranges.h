/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy/ranges: sets of addresses. Written by people as addresses and CIDR prefixes; kept, also in the snapshot, as runs of 32 bytes (first
 * and last address, 16 bytes each, IPv4 as ::ffff:a.b.c.d), sorted and without overlap, so that a look-up is a binary search and parses
 * nothing.
 *
 * IPv4 and IPv6 stay apart: ::/0 is every IPv6 address and no IPv4 one, although IPv4 lies inside it in its mapped form. An IPv6 text
 * within ::ffff:0:0/96 is the IPv4 address that it maps.
 */
#ifndef GH_POLICY_RANGES_H
#define GH_POLICY_RANGES_H

#include "base/arena.h"
#include "base/str.h"

#define GH_RANGE_BYTES 32

/*
 * Packs `n` texts ("10.0.0.0/8", "192.0.2.7", "2001:db8::/32") into the arena. GH_BAD: not an address or prefix, bits set behind the
 * prefix's length, a zone; err->at is then the index of the text. No texts: the empty set.
 */
GH_MUST_USE enum gh_rc gh_ranges_read(struct gh_str *packed, struct gh_arena *a, const struct gh_str *texts, size_t n, struct gh_err *err);

/* Whether `packed` may be looked into: whole runs, each in order, sorted, apart. */
bool gh_ranges_are_valid(struct gh_str packed);

bool gh_ranges_have(struct gh_str packed, const uint8_t ip[16]);

#endif
