/* SPDX-License-Identifier: Apache-2.0 */
#include "token/cache.h"

void
gh_token_cache_init(struct gh_token_cache *c, struct gh_token_cache_slot *slots, size_t n_sets)
{
    *c = (struct gh_token_cache){.slots = slots, .n_sets = n_sets};
}

/* The ways of a token's set; the digest is uniform, so its first bytes choose. NULL for a cache without memory. */
static struct gh_token_cache_slot *
set_of(const struct gh_token_cache *c, const uint8_t *token)
{
    uint64_t index;

    if (c->n_sets == 0)
        return NULL;
    memcpy(&index, token, sizeof(index));
    return &c->slots[(index & (c->n_sets - 1)) * GH_TOKEN_CACHE_WAYS];
}

/* Comparing in plain time is fine: a stranger who could steer a SHA-256 digest byte by byte would not need our cache. */
static bool
is_same(const uint8_t *a, const uint8_t *b)
{
    return memcmp(a, b, GH_SHA256_BYTES) == 0;
}

bool
gh_token_cache_has(struct gh_token_cache *c, const uint8_t token[GH_SHA256_BYTES], const uint8_t key[GH_SHA256_BYTES])
{
    struct gh_token_cache_slot *set = set_of(c, token);

    for (size_t i = 0; set != NULL && i < GH_TOKEN_CACHE_WAYS; i++) {
        if (set[i].used == 0 || !is_same(set[i].token, token) || !is_same(set[i].key, key))
            continue;
        set[i].used = ++c->tick;
        c->hits++;
        return true;
    }
    c->misses++;
    return false;
}

void
gh_token_cache_put(struct gh_token_cache *c, const uint8_t token[GH_SHA256_BYTES], const uint8_t key[GH_SHA256_BYTES])
{
    struct gh_token_cache_slot *set = set_of(c, token), *slot = set;

    if (set == NULL)
        return;
    /* the token's own row if it has one (its key changed), else the oldest, of which empty ones are the first */
    for (size_t i = 0; i < GH_TOKEN_CACHE_WAYS; i++) {
        if (set[i].used != 0 && is_same(set[i].token, token)) {
            slot = &set[i];
            break;
        }
        if (set[i].used < slot->used)
            slot = &set[i];
    }
    memcpy(slot->token, token, GH_SHA256_BYTES);
    memcpy(slot->key, key, GH_SHA256_BYTES);
    slot->used = ++c->tick;
}
