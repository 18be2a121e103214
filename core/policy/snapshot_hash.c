/* SPDX-License-Identifier: Apache-2.0 */
#include "base/siphash.h"
#include "policy/snapshot_int.h"

uint64_t
gh_snap_hash_long(const struct gh_snap_keys *k, struct gh_str key)
{
    return gh_siphash_13(k->sip, key);
}

/* Counted numbers, hashed: nobody who does not know the seed can tell one from the other (SipHash is a pseudo-random function). */
void
gh_snap_keys_make(struct gh_snap_keys *out, const uint8_t seed[GH_SNAP_SEED_BYTES])
{
    uint64_t *const all[] = {out->pair, out->length, out->last};
    const size_t n[] = {sizeof(out->pair) / 8, sizeof(out->length) / 8, sizeof(out->last) / 8};
    uint8_t count[8] = {0};

    out->sip[0] = gh_snap_le64(seed);
    out->sip[1] = gh_snap_le64(seed + 8);
    for (size_t i = 0; i < sizeof(n) / sizeof(n[0]); i++)
        for (size_t k = 0; k < n[i]; k++, count[0]++)
            all[i][k] = gh_siphash_13(out->sip, gh_str(count, sizeof(count)));
}
