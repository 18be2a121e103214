/* SPDX-License-Identifier: Apache-2.0 */
#include "base/siphash.h"

struct sip {
    uint64_t v0, v1, v2, v3;
};

static inline uint64_t
rotl(uint64_t x, unsigned n)
{
    return x << n | x >> (64 - n);
}

static inline void
rounds(struct sip *s, unsigned n)
{
    for (; n > 0; n--) {
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
}

static inline uint64_t
le64(const uint8_t *p)
{
    uint64_t v;

    memcpy(&v, p, sizeof(v));
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? v : __builtin_bswap64(v);
}

static inline void
take(struct sip *s, uint64_t m)
{
    s->v3 ^= m;
    rounds(s, 2);
    s->v0 ^= m;
}

/* Half of the result. */
static void
give(uint8_t out[8], const struct sip *s)
{
    uint64_t v = s->v0 ^ s->v1 ^ s->v2 ^ s->v3;

    for (unsigned i = 0; i < 8; i++)
        out[i] = (uint8_t)(v >> (8 * i));
}

void
gh_siphash(uint8_t out[GH_SIPHASH_BYTES], const uint8_t key[GH_SIPHASH_KEY_BYTES], struct gh_str in)
{
    const uint8_t *p = (const uint8_t *)in.p;
    uint64_t k0 = le64(key), k1 = le64(key + 8), last = (uint64_t)in.n << 56;
    struct sip s = {UINT64_C(0x736f6d6570736575) ^ k0, UINT64_C(0x646f72616e646f6d) ^ k1 ^ 0xee, UINT64_C(0x6c7967656e657261) ^ k0,
        UINT64_C(0x7465646279746573) ^ k1};
    size_t whole = in.n / 8 * 8;

    for (size_t i = 0; i < whole; i += 8)
        take(&s, le64(p + i));
    for (size_t i = whole; i < in.n; i++)
        last |= (uint64_t)p[i] << (8 * (i - whole));
    take(&s, last);
    s.v2 ^= 0xee;
    rounds(&s, 4);
    give(out, &s);
    s.v1 ^= 0xdd;
    rounds(&s, 4);
    give(out + 8, &s);
}
