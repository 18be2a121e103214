/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/snapshot_int.h"

struct sip {
    uint64_t v0, v1, v2, v3;
};

static inline uint64_t
rotl(uint64_t x, unsigned n)
{
    return x << n | x >> (64 - n);
}

static inline void
sip_round(struct sip *s)
{
    s->v0 += s->v1;
    s->v1 = rotl(s->v1, 13) ^ s->v0;
    s->v0 = rotl(s->v0, 32);
    s->v2 += s->v3;
    s->v3 = rotl(s->v3, 16) ^ s->v2;
    s->v0 += s->v3;
    s->v3 = rotl(s->v3, 21) ^ s->v0;
    s->v2 += s->v1;
    s->v1 = rotl(s->v1, 17) ^ s->v2;
    s->v2 = rotl(s->v2, 32);
}

static inline void
sip_word(struct sip *s, uint64_t m)
{
    s->v3 ^= m;
    sip_round(s);
    s->v0 ^= m;
}

static inline uint64_t
sip(uint64_t k0, uint64_t k1, struct gh_str key)
{
    const uint8_t *p = (const uint8_t *)key.p;
    uint64_t last = (uint64_t)key.n << 56;
    struct sip s = {UINT64_C(0x736f6d6570736575) ^ k0, UINT64_C(0x646f72616e646f6d) ^ k1, UINT64_C(0x6c7967656e657261) ^ k0,
        UINT64_C(0x7465646279746573) ^ k1};
    size_t whole = key.n / 8 * 8;

    for (size_t i = 0; i < whole; i += 8)
        sip_word(&s, gh_snap_le64(p + i));
    if (key.n > whole && key.n > 8) /* the bytes that are left are the upper ones of the last eight */
        last |= gh_snap_le64(p + key.n - 8) >> (64 - 8 * (key.n - whole));
    else
        for (size_t i = whole; i < key.n; i++)
            last |= (uint64_t)p[i] << (8 * (i - whole));
    sip_word(&s, last);
    s.v2 ^= 0xff;
    sip_round(&s);
    sip_round(&s);
    sip_round(&s);
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

uint64_t
gh_snap_hash_long(const struct gh_snap_keys *k, struct gh_str key)
{
    return sip(k->sip[0], k->sip[1], key);
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
            all[i][k] = sip(out->sip[0], out->sip[1], gh_str(count, sizeof(count)));
}
