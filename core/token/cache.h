/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token/cache: remembers only "this signature is good under this key": SHA-256 of the whole token -> digest of the key (SHA-256
 * over issuer, kid and SPKI). Claims are read anew on every request (about a microsecond), so nothing that a cache holds can be
 * out of date: issuer, audience, times, revocation and the principal are judged each time, and a key that left the snapshot
 * makes its entries worthless. Bounded, four ways, oldest out; the memory is the caller's, zeroed.
 */
#ifndef GH_TOKEN_CACHE_H
#define GH_TOKEN_CACHE_H

#include "base/crypto.h"

#define GH_TOKEN_CACHE_WAYS 4

struct gh_token_cache_slot {
    uint8_t token[GH_SHA256_BYTES];
    uint8_t key[GH_SHA256_BYTES];
    uint64_t used; /* 0: empty; else the tick of its last use */
};

struct gh_token_cache {
    struct gh_token_cache_slot *slots;
    size_t n_sets; /* a power of two */
    uint64_t tick;
    uint64_t hits, misses;
};

/* `slots` holds n_sets * GH_TOKEN_CACHE_WAYS zeroed rows. */
void gh_token_cache_init(struct gh_token_cache *c, struct gh_token_cache_slot *slots, size_t n_sets);
/* True if this token was found good under exactly this key. */
bool gh_token_cache_has(struct gh_token_cache *c, const uint8_t token[GH_SHA256_BYTES], const uint8_t key[GH_SHA256_BYTES]);
void gh_token_cache_put(struct gh_token_cache *c, const uint8_t token[GH_SHA256_BYTES], const uint8_t key[GH_SHA256_BYTES]);

#endif
