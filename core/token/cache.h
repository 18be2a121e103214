/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token/cache: remembers, under the SHA-256 of a whole token, "this signature is good under this key" (SHA-256 over issuer, kid and SPKI)
 * and what the token says: its claims, as the good signature vouches for them. Whoever asks still judges issuer, key, audience, times,
 * revocation and the principal on every request, so nothing that a cache holds can be out of date, and a key that left the snapshot
 * makes its entries worthless. Bounded, four ways, oldest out; the memory is the caller's, zeroed.
 */
#ifndef GH_TOKEN_CACHE_H
#define GH_TOKEN_CACHE_H

#include "base/crypto.h"
#include "token/jwt.h"

#define GH_TOKEN_CACHE_WAYS 4
/* Room for what a token says; one that says more (hundreds of groups) is read anew each time, and only its signature is remembered. */
#define GH_TOKEN_CACHE_SAID_BYTES 1536

struct gh_token_cache_slot {
    uint8_t token[GH_SHA256_BYTES];
    uint8_t key[GH_SHA256_BYTES];
    uint64_t used; /* 0: empty; else the tick of its last use */
    uint16_t n_said;
    char said[GH_TOKEN_CACHE_SAID_BYTES];
};

struct gh_token_cache {
    struct gh_token_cache_slot *slots;
    size_t n_sets; /* a power of two */
    uint64_t tick;
    uint64_t hits, misses;
};

/* What a token says: of its header what chooses the key, and its claims. */
struct gh_said {
    enum gh_alg alg;
    struct gh_str kid;
    struct gh_claims *claims; /* the caller's memory */
};

/* `slots` holds n_sets * GH_TOKEN_CACHE_WAYS zeroed rows. */
void gh_token_cache_init(struct gh_token_cache *c, struct gh_token_cache_slot *slots, size_t n_sets);
/* True if this token was found good under exactly this key. */
bool gh_token_cache_has(struct gh_token_cache *c, const uint8_t token[GH_SHA256_BYTES], const uint8_t key[GH_SHA256_BYTES]);
/* What a token that was found good says; false: not remembered, or no memory. Slices are borrowed from the arena. It counts for
 * nothing before gh_token_cache_has agrees on the key that the snapshot gives to its issuer and kid now. */
bool gh_token_cache_said(struct gh_said *out, struct gh_token_cache *c, struct gh_arena *a, const uint8_t token[GH_SHA256_BYTES]);
/* `said` NULL: the signature alone. */
void gh_token_cache_put(struct gh_token_cache *c, const uint8_t token[GH_SHA256_BYTES], const uint8_t key[GH_SHA256_BYTES],
    const struct gh_said *said);

#endif
