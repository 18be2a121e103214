/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/chain.h"

#define CHAIN_LABEL "gatehouse-chain-1"
#define HEAD_LABEL  "gatehouse-head-1"
#define HEAD_BYTES  (sizeof(HEAD_LABEL) - 1 + 16 + 8 + GH_SHA256_BYTES + 8)

enum gh_rc
gh_chain_init(struct gh_chain_state *s, const uint8_t installation[16])
{
    memset(s, 0, sizeof(*s));
    memcpy(s->installation, installation, sizeof(s->installation));
    return gh_sha256_v(s->hash, (const struct gh_str[]){GH_STR(CHAIN_LABEL), gh_str(s->installation, sizeof(s->installation))}, 2);
}

enum gh_rc
gh_chain_add(struct gh_chain_state *s, struct gh_str record)
{
    uint8_t number[8], hash[GH_SHA256_BYTES];
    struct gh_buf b;
    enum gh_rc rc;

    gh_buf_init_fixed(&b, number, sizeof(number));
    gh_buf_put_le64(&b, s->n + 1);
    rc = gh_sha256_v(hash,
        (const struct gh_str[]){GH_STR(CHAIN_LABEL), gh_str(s->hash, sizeof(s->hash)), gh_str(number, sizeof(number)), record}, 4);
    if (rc != GH_OK)
        return rc;
    memcpy(s->hash, hash, sizeof(s->hash));
    s->n++;
    return GH_OK;
}

/* ---- heads ---- */

void
gh_chain_head_bytes(struct gh_buf *out, const struct gh_chain_head *h)
{
    gh_buf_putz(out, HEAD_LABEL);
    gh_buf_put(out, gh_str(h->installation, sizeof(h->installation)));
    gh_buf_put_le64(out, h->n);
    gh_buf_put(out, gh_str(h->hash, sizeof(h->hash)));
    gh_buf_put_le64(out, (uint64_t)h->time_ms);
}

enum gh_rc
gh_chain_head_verify(const struct gh_chain_head *h, const struct gh_pubkey *key)
{
    char mem[HEAD_BYTES];
    struct gh_buf b;

    gh_buf_init_fixed(&b, mem, sizeof(mem));
    gh_chain_head_bytes(&b, h);
    if (b.rc != GH_OK)
        return GH_BUG;
    return gh_sig_verify(key, GH_ALG_ES256, gh_buf_str(&b), h->sig);
}

/* ---- a verification ---- */

/* The first finding stands; a later one would only be its echo. */
static void
find(struct gh_chain_check *c, enum gh_chain_result result, uint64_t n, const char *why)
{
    if (c->result != GH_CHAIN_INTACT)
        return;
    c->result = result;
    c->bad_n = n;
    c->why = why;
}

enum gh_rc
gh_chain_check_init(struct gh_chain_check *c, const uint8_t installation[16])
{
    memset(c, 0, sizeof(*c));
    return gh_chain_init(&c->state, installation);
}

void
gh_chain_check_entry(struct gh_chain_check *c, uint64_t n, struct gh_str record, const uint8_t hash[GH_SHA256_BYTES])
{
    uint64_t expected = c->state.n + 1;

    if (c->result != GH_CHAIN_INTACT)
        return;
    if (n > expected)
        find(c, GH_CHAIN_TAMPERED, expected, "a record is missing");
    else if (n < expected)
        find(c, GH_CHAIN_TAMPERED, n, "a sequence number comes again");
    else if (gh_chain_add(&c->state, record) != GH_OK)
        find(c, GH_CHAIN_UNDECIDED, n, "a hash could not be computed");
    else if (memcmp(c->state.hash, hash, GH_SHA256_BYTES) != 0)
        find(c, GH_CHAIN_TAMPERED, n, "record or hash was changed, moved or replaced");
}

/* Whether head and signature are what they say; a key that is not given proves nothing. */
static bool
check_signature(struct gh_chain_check *c, const struct gh_chain_head *h, const struct gh_pubkey *key)
{
    enum gh_rc rc = key == NULL ? GH_OK : gh_chain_head_verify(h, key);

    if (rc == GH_BAD)
        find(c, GH_CHAIN_TAMPERED, h->n, "a head is not signed by the pinned key");
    else if (rc != GH_OK)
        find(c, GH_CHAIN_UNDECIDED, h->n, "a signature could not be checked");
    c->is_key_pinned = c->is_key_pinned || key != NULL;
    return rc == GH_OK;
}

void
gh_chain_check_head(struct gh_chain_check *c, const struct gh_chain_head *h, const struct gh_pubkey *key)
{
    if (c->result != GH_CHAIN_INTACT || !check_signature(c, h, key))
        return;
    if (memcmp(h->installation, c->state.installation, sizeof(h->installation)) != 0)
        find(c, GH_CHAIN_TAMPERED, h->n, "a head of another installation");
    else if (h->n > c->state.n)
        find(c, GH_CHAIN_TAMPERED, c->state.n + 1, "a head stands behind the last record");
    else if (h->n < c->state.n)
        find(c, GH_CHAIN_TAMPERED, h->n, "a head stands at another place");
    else if (memcmp(h->hash, c->state.hash, GH_SHA256_BYTES) != 0)
        find(c, GH_CHAIN_TAMPERED, h->n, "a head was signed for other records");
    c->last_head_n = h->n;
    c->last_time_ms = h->time_ms;
}

void
gh_chain_check_pin(
    struct gh_chain_check *c, const struct gh_chain_head *pinned, const uint8_t *hash_at, const struct gh_pubkey *key)
{
    if (c->result != GH_CHAIN_INTACT)
        return;
    if (memcmp(pinned->installation, c->state.installation, sizeof(pinned->installation)) != 0) {
        find(c, GH_CHAIN_UNDECIDED, pinned->n, "the pinned head is of another installation");
        return;
    }
    if (key != NULL && gh_chain_head_verify(pinned, key) != GH_OK) {
        find(c, GH_CHAIN_UNDECIDED, pinned->n, "the pinned head is not signed by the pinned key");
        return;
    }
    c->is_head_pinned = true;
    c->is_key_pinned = c->is_key_pinned || key != NULL;
    if (pinned->n > c->state.n)
        find(c, GH_CHAIN_TAMPERED, c->state.n + 1, "the chain ends before the pinned head: cut, or an old copy");
    else if (hash_at == NULL)
        find(c, GH_CHAIN_UNDECIDED, pinned->n, "the pinned head lies before the first record of the export");
    else if (memcmp(pinned->hash, hash_at, GH_SHA256_BYTES) != 0)
        find(c, GH_CHAIN_TAMPERED, pinned->n, "the chain differs from the pinned head: made again");
}

void
gh_chain_check_end(struct gh_chain_check *c)
{
    if (c->is_key_pinned || c->result != GH_CHAIN_INTACT)
        return;
    find(c, GH_CHAIN_UNDECIDED, 0, "no head could be held against a key");
}
