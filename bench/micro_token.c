/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/micro_token: what a bearer token costs a request, on one core, as one JSON object on stdout (microseconds, median of rounds):
 *   hit_us   digest of the token, cache look-up, split, claims and their check: every request
 *   miss_us  the same and the key loaded from its DER, the signature, the row of the cache: the first request with a token
 */
#include <stdio.h>

#include "bench/micro.h"
#include "../tests/jose_vectors.h"
#include "base/codec.h"
#include "token/cache.h"
#include "token/jwt.h"

enum { ROUNDS = 31, HITS = 2000, MISSES = 100, SETS = 256, ARENA_BYTES = 1 << 20 };

static const struct subject {
    const char *name, *token, *spki;
} subjects[] = {
    {"RS256", RFC7515_A2_TOKEN, RFC7515_A2_SPKI},
    {"ES256", RFC7515_A3_TOKEN, RFC7515_A3_SPKI},
    {"EdDSA", RFC8037_A4_TOKEN, RFC8037_A4_SPKI},
};

enum { SUBJECTS = sizeof(subjects) / sizeof(subjects[0]) };

/* Claims as a large issuer sends them; the RFC's tokens have next to none. */
static const char payload[] =
    "{\"aud\":\"api://gatehouse/0123456789abcdef0123456789abcdef\",\"iss\":\"https://sts.example/0123/v2.0\",\"iat\":1700000000,"
    "\"nbf\":1700000000,\"exp\":1700003600,\"azp\":\"00000000-0000-0000-0000-000000000001\",\"azpacr\":\"2\",\"idtyp\":\"app\","
    "\"groups\":[\"00000000-0000-0000-0000-000000000002\",\"00000000-0000-0000-0000-000000000003\"],"
    "\"oid\":\"00000000-0000-0000-0000-000000000004\",\"sub\":\"00000000-0000-0000-0000-000000000004\","
    "\"tid\":\"00000000-0000-0000-0000-000000000005\",\"uti\":\"abcdefghijklmnop\",\"ver\":\"2.0\"}";

struct bench {
    struct gh_token_cache cache;
    struct gh_str token, spki;
    uint8_t key_digest[GH_SHA256_BYTES];
    struct gh_micro_pool pool; /* of one request */
};

static void
read_and_verify(struct gh_said *said, struct bench *b, struct gh_arena *a, const uint8_t *digest)
{
    struct gh_pubkey *key;
    struct gh_jwt jwt;

    gh_micro_must(gh_jwt_split(&jwt, a, b->token, NULL) == GH_OK);
    gh_micro_must(gh_jwt_claims(said->claims, a, gh_str_z(payload), NULL) == GH_OK);
    said->alg = jwt.alg;
    said->kid = jwt.kid;
    gh_micro_must(gh_pubkey_read_der(&key, b->spki, NULL) == GH_OK);
    gh_micro_must(gh_jwt_verify(&jwt, key, GH_ALG_NONE, NULL) == GH_OK);
    gh_pubkey_free(key);
    gh_token_cache_put(&b->cache, digest, b->key_digest, said);
}

static void
one_request(struct bench *b, bool expect_hit)
{
    static const struct gh_str audience = GH_STR_INIT("api://gatehouse/0123456789abcdef0123456789abcdef");
    uint8_t digest[GH_SHA256_BYTES];
    struct gh_claims claims;
    struct gh_said said = {.claims = &claims};
    struct gh_arena a;

    gh_micro_pool_begin(&a, &b->pool);
    gh_micro_must(gh_sha256(digest, b->token) == GH_OK);
    bool is_hit = gh_token_cache_said(&said, &b->cache, &a, digest) && gh_token_cache_has(&b->cache, digest, b->key_digest);
    gh_micro_must(is_hit == expect_hit);
    if (!expect_hit)
        read_and_verify(&said, b, &a, digest);
    gh_micro_must(gh_claims_check(&claims, GH_STR("https://sts.example/0123/v2.0"), &audience, 1, 1700000001, GH_TOKEN_LEEWAY_S,
                      NULL) == GH_OK);
    gh_arena_fini(&a);
}

static double
round_us(struct bench *b, bool is_hit)
{
    size_t n = is_hit ? HITS : MISSES;
    double start = gh_micro_ns(CLOCK_MONOTONIC) / 1e3;

    for (size_t i = 0; i < n; i++) {
        one_request(b, is_hit);
        if (!is_hit) /* forget it again: another key digest makes the row worthless */
            b->key_digest[0]++;
    }
    return (gh_micro_ns(CLOCK_MONOTONIC) / 1e3 - start) / (double)n;
}

static double
median_us(struct bench *b, bool is_hit)
{
    double rounds[ROUNDS];

    for (size_t i = 0; i < ROUNDS; i++)
        rounds[i] = round_us(b, is_hit);
    qsort(rounds, ROUNDS, sizeof(*rounds), gh_micro_by_value);
    return rounds[ROUNDS / 2];
}

static void
measure(double *hit_us, double *miss_us, const struct subject *s)
{
    static struct gh_token_cache_slot slots[SETS * GH_TOKEN_CACHE_WAYS];
    static char memory[ARENA_BYTES], key_memory[GH_TOKEN_BYTES_MAX];
    struct bench b = {.token = gh_str_z(s->token), .pool = {memory, sizeof(memory), 0, 0}};
    struct gh_micro_pool keys = {key_memory, sizeof(key_memory), 0, 0};
    struct gh_arena a;

    gh_micro_pool_begin(&a, &keys);
    gh_micro_must(gh_b64url_decode(&b.spki, &a, gh_str_z(s->spki)) == GH_OK);
    memset(slots, 0, sizeof(slots));
    gh_token_cache_init(&b.cache, slots, SETS);
    *miss_us = median_us(&b, false);
    one_request(&b, false);
    *hit_us = median_us(&b, true);
}

static void
print_row(const char *name, const double *values, const char *end)
{
    printf("\"%s\":{", name);
    for (size_t i = 0; i < SUBJECTS; i++)
        printf("%s\"%s\":%.2f", i == 0 ? "" : ",", subjects[i].name, values[i]);
    printf("}%s", end);
}

int
main(void)
{
    double hit_us[SUBJECTS], miss_us[SUBJECTS];

    for (size_t i = 0; i < SUBJECTS; i++)
        measure(&hit_us[i], &miss_us[i], &subjects[i]);
    printf("{\"bench\":\"token\",\"compiler\":\"%s\",\"openssl\":\"%s\",", __VERSION__, GATEHOUSE_OPENSSL);
    print_row("hit_us", hit_us, ",");
    print_row("miss_us", miss_us, "}\n");
    return 0;
}
