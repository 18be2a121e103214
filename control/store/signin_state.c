/* SPDX-License-Identifier: Apache-2.0 */
#include "control/store/signin_state.h"

enum gh_rc
gh_signin_state_id(uint8_t out[GH_STORE_SIGNIN_ID_BYTES], struct gh_str principal)
{
    uint8_t hash[GH_SHA256_BYTES];
    enum gh_rc rc = gh_sha256(hash, principal);
    memcpy(out, hash, GH_STORE_SIGNIN_ID_BYTES);
    return rc;
}

void
gh_signin_state_read(struct gh_signin_state *out, struct gh_str stored)
{
    if (gh_signin_read(out, stored) != GH_OK)
        gh_signin_lose(out);
}

enum gh_rc
gh_signin_state_get(struct gh_signin_state *out, bool *exists, struct gh_arena *a, struct gh_store_tx *tx, struct gh_str principal)
{
    uint8_t id[GH_STORE_SIGNIN_ID_BYTES];
    struct gh_store_signin s;
    enum gh_rc rc = gh_signin_state_id(id, principal);
    *out = (struct gh_signin_state){0};
    *exists = false;
    if (rc != GH_OK || (rc = gh_store_signin_get(&s, a, tx, gh_str(id, sizeof(id)))) != GH_OK || s.id.p == NULL)
        return rc;
    *exists = true;
    gh_signin_state_read(out, s.state);
    return GH_OK;
}

enum gh_rc
gh_signin_state_keep(struct gh_store_tx *tx, struct gh_str principal, const struct gh_signin_state *s)
{
    uint8_t id[GH_STORE_SIGNIN_ID_BYTES];
    char mem[GH_SIGNIN_BYTES_MAX];
    struct gh_buf b;
    enum gh_rc rc = gh_signin_state_id(id, principal);
    gh_buf_init_fixed(&b, mem, sizeof(mem));
    gh_signin_put(&b, s);
    if (rc != GH_OK || b.rc != GH_OK)
        return rc != GH_OK ? rc : b.rc;
    const struct gh_store_signin row = {.id = gh_str(id, sizeof(id)),
        .principal = principal,
        .level = s->level,
        .seen_ms = s->last_ms > s->failures_ms ? s->last_ms : s->failures_ms,
        .state = gh_buf_str(&b)};
    return gh_store_signin_put(tx, &row);
}
