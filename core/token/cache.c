/* SPDX-License-Identifier: Apache-2.0 */
#include "token/cache.h"

#include "base/buf.h"

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

/* ---- what a token says, as bytes: alg, numbers, then every text with its length before it ---- */

static const size_t texts[] = {offsetof(struct gh_claims, iss), offsetof(struct gh_claims, sub), offsetof(struct gh_claims, oid),
    offsetof(struct gh_claims, tid), offsetof(struct gh_claims, azp), offsetof(struct gh_claims, jti),
    offsetof(struct gh_claims, scp), offsetof(struct gh_claims, idtyp), offsetof(struct gh_claims, acr),
    offsetof(struct gh_claims, deviceid), offsetof(struct gh_claims, ipaddr), offsetof(struct gh_claims, act_sub)};
enum { N_TEXTS = sizeof(texts) / sizeof(texts[0]) };

struct head {
    int64_t exp_s, nbf_s, iat_s, auth_time_s;
    uint64_t marks_asked;
    uint16_t n_aud, n_amr, n_acrs, n_marks, n_groups;
    uint8_t alg, groups_overflow, marks_overflow, is_cp1;
};

static void
put_text(struct gh_buf *b, struct gh_str s)
{
    uint16_t n = (uint16_t)s.n;

    if (s.n > GH_TOKEN_CACHE_SAID_BYTES) {
        b->rc = GH_LIMIT;
        return;
    }
    gh_buf_put(b, gh_str((const char *)&n, sizeof(n)));
    gh_buf_put(b, s);
}

static void
put_texts(struct gh_buf *b, const struct gh_str *items, size_t n)
{
    for (size_t i = 0; i < n && b->rc == GH_OK; i++)
        put_text(b, items[i]);
}

static void
put_marks(struct gh_buf *b, const struct gh_mark *marks, size_t n)
{
    for (size_t i = 0; i < n && b->rc == GH_OK; i++) {
        gh_buf_putc(b, (char)marks[i].path);
        put_text(b, marks[i].value);
    }
}

static void
pack(struct gh_token_cache_slot *slot, const struct gh_said *said)
{
    const struct gh_claims *c = said->claims;
    const struct head head = {.exp_s = c->exp_s,
        .nbf_s = c->nbf_s,
        .iat_s = c->iat_s,
        .auth_time_s = c->auth_time_s,
        .marks_asked = c->marks_asked,
        .n_aud = (uint16_t)c->n_aud,
        .n_amr = (uint16_t)c->n_amr,
        .n_acrs = (uint16_t)c->n_acrs,
        .n_marks = (uint16_t)c->n_marks,
        .n_groups = (uint16_t)c->n_groups,
        .alg = (uint8_t)said->alg,
        .groups_overflow = c->groups_overflow,
        .marks_overflow = c->marks_overflow,
        .is_cp1 = c->is_cp1};
    struct gh_buf b;

    gh_buf_init_fixed(&b, slot->said, sizeof(slot->said));
    gh_buf_put(&b, gh_str((const char *)&head, sizeof(head)));
    put_text(&b, said->kid);
    for (size_t i = 0; i < N_TEXTS; i++)
        put_text(&b, *(const struct gh_str *)(const void *)((const char *)c + texts[i]));
    put_texts(&b, c->aud, c->n_aud);
    put_texts(&b, c->amr, c->n_amr);
    put_texts(&b, c->acrs, c->n_acrs);
    put_marks(&b, c->marks, c->n_marks);
    put_texts(&b, c->groups, c->n_groups);
    slot->n_said = b.rc == GH_OK ? (uint16_t)b.n : 0;
}

/* The bytes are our own: they are as they were written. */
static void
take_texts(struct gh_str *items, size_t n, struct gh_str *in)
{
    for (size_t i = 0; i < n; i++) {
        uint16_t length;
        memcpy(&length, in->p, sizeof(length));
        items[i] = gh_str_sub(*in, sizeof(length), length);
        *in = gh_str_sub(*in, sizeof(length) + length, in->n);
    }
}

static void
take_marks(struct gh_mark *marks, size_t n, struct gh_str *in)
{
    for (size_t i = 0; i < n; i++) {
        marks[i].path = (unsigned char)in->p[0];
        *in = gh_str_sub(*in, 1, in->n);
        take_texts(&marks[i].value, 1, in);
    }
}

static void
unpack(struct gh_said *out, struct gh_str in)
{
    struct gh_claims *c = out->claims;
    struct head head;

    memset(c, 0, offsetof(struct gh_claims, marks));
    memcpy(&head, in.p, sizeof(head));
    in = gh_str_sub(in, sizeof(head), in.n);
    take_texts(&out->kid, 1, &in);
    for (size_t i = 0; i < N_TEXTS; i++)
        take_texts((struct gh_str *)(void *)((char *)c + texts[i]), 1, &in);
    take_texts(c->aud, head.n_aud, &in);
    take_texts(c->amr, head.n_amr, &in);
    take_texts(c->acrs, head.n_acrs, &in);
    take_marks(c->marks, head.n_marks, &in);
    take_texts(c->groups, head.n_groups, &in);
    out->alg = (enum gh_alg)head.alg;
    c->exp_s = head.exp_s;
    c->nbf_s = head.nbf_s;
    c->iat_s = head.iat_s;
    c->auth_time_s = head.auth_time_s;
    c->marks_asked = head.marks_asked;
    c->n_aud = head.n_aud;
    c->n_amr = head.n_amr;
    c->n_acrs = head.n_acrs;
    c->n_marks = head.n_marks;
    c->n_groups = head.n_groups;
    c->groups_overflow = head.groups_overflow != 0;
    c->marks_overflow = head.marks_overflow != 0;
    c->is_cp1 = head.is_cp1 != 0;
}

bool
gh_token_cache_said(struct gh_said *out, struct gh_token_cache *c, struct gh_arena *a, const uint8_t token[GH_SHA256_BYTES])
{
    const struct gh_token_cache_slot *set = set_of(c, token);
    struct gh_str copy;

    for (size_t i = 0; set != NULL && i < GH_TOKEN_CACHE_WAYS; i++) {
        if (set[i].used == 0 || set[i].n_said == 0 || !is_same(set[i].token, token))
            continue;
        if (gh_arena_dup(&copy, a, gh_str(set[i].said, set[i].n_said)) != GH_OK)
            return false;
        unpack(out, copy);
        return true;
    }
    return false;
}

void
gh_token_cache_put(
    struct gh_token_cache *c, const uint8_t token[GH_SHA256_BYTES], const uint8_t key[GH_SHA256_BYTES], const struct gh_said *said)
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
    slot->n_said = 0;
    slot->used = ++c->tick;
    if (said != NULL)
        pack(slot, said);
}
