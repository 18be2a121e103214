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

static inline struct sip
begin(uint64_t k0, uint64_t k1)
{
    return (struct sip){UINT64_C(0x736f6d6570736575) ^ k0, UINT64_C(0x646f72616e646f6d) ^ k1, UINT64_C(0x6c7967656e657261) ^ k0,
        UINT64_C(0x7465646279746573) ^ k1};
}

static inline void
take(struct sip *s, uint64_t m, unsigned n)
{
    s->v3 ^= m;
    rounds(s, n);
    s->v0 ^= m;
}

/* The whole text, n rounds for each eight bytes; its length stands in the last one. */
static inline void
take_all(struct sip *s, struct gh_str in, unsigned n)
{
    const uint8_t *p = (const uint8_t *)in.p;
    uint64_t last = (uint64_t)in.n << 56;
    size_t whole = in.n / 8 * 8;

    for (size_t i = 0; i < whole; i += 8)
        take(s, le64(p + i), n);
    if (in.n > whole && in.n > 8) /* the bytes that are left are the upper ones of the last eight */
        last |= le64(p + in.n - 8) >> (64 - 8 * (in.n - whole));
    else
        for (size_t i = whole; i < in.n; i++)
            last |= (uint64_t)p[i] << (8 * (i - whole));
    take(s, last, n);
}

static inline uint64_t
sum(const struct sip *s)
{
    return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

/* Half of the result. */
static void
give(uint8_t out[8], const struct sip *s)
{
    uint64_t v = sum(s);

    for (unsigned i = 0; i < 8; i++)
        out[i] = (uint8_t)(v >> (8 * i));
}

void
gh_siphash(uint8_t out[GH_SIPHASH_BYTES], const uint8_t key[GH_SIPHASH_KEY_BYTES], struct gh_str in)
{
    struct sip s = begin(le64(key), le64(key + 8));

    s.v1 ^= 0xee;
    take_all(&s, in, 2);
    s.v2 ^= 0xee;
    rounds(&s, 4);
    give(out, &s);
    s.v1 ^= 0xdd;
    rounds(&s, 4);
    give(out + 8, &s);
}

uint64_t
gh_siphash_13(const uint64_t key[2], struct gh_str in)
{
    struct sip s = begin(key[0], key[1]);

    take_all(&s, in, 1);
    s.v2 ^= 0xff;
    rounds(&s, 3);
    return sum(&s);
}
