/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control/link/vault: the questions that control may ask of vault (ipc/message.h), one at a time, from any thread. The socket comes from
 * the supervisor and is replaced when vault was restarted. Without one, or for a second after vault was silent for GH_VAULT_WAIT_MS, every
 * question is answered GH_DOWN at once: secrets and tokens 503, the rest of the house goes on.
 */
#ifndef GH_CONTROL_LINK_VAULT_H
#define GH_CONTROL_LINK_VAULT_H

#include "base/arena.h"
#include "base/crypto.h"

#define GH_VAULT_WAIT_MS 5000
#define GH_VAULT_SIG_BYTES 64

struct gh_vault;

GH_MUST_USE enum gh_rc gh_vault_new(struct gh_vault **out);
void gh_vault_free(struct gh_vault *v);
/* Takes `fd` over. */
void gh_vault_attach(struct gh_vault *v, int fd);
/* Whether the last question was answered. Never waits. */
bool gh_vault_is_up(struct gh_vault *v);

/* Results live in `a`; secrets that travel are wiped here, and by the caller where it holds them. Each may answer GH_DOWN. */
GH_MUST_USE enum gh_rc gh_vault_wrap(struct gh_str *blob, struct gh_vault *v, struct gh_arena *a, struct gh_str resource, struct gh_str version,
    struct gh_str plain);
/* `rows`: packed fields as ipc/message.h says. */
GH_MUST_USE enum gh_rc gh_vault_credentials(struct gh_vault *v, uint64_t generation, struct gh_str rows);

struct gh_vault_token_request {
    struct gh_str subject, audience, kind;
    uint64_t lifetime_s; /* at most 3600 */
};
GH_MUST_USE enum gh_rc gh_vault_token(struct gh_str *jwt, struct gh_str *jti, struct gh_vault *v, struct gh_arena *a,
    const struct gh_vault_token_request *r);
/* GH_BAD: vault signed another hash for this n, or a later n. */
GH_MUST_USE enum gh_rc gh_vault_head(uint8_t sig[GH_VAULT_SIG_BYTES], struct gh_vault *v, uint64_t n, const uint8_t hash[GH_SHA256_BYTES],
    int64_t time_ms);

struct gh_vault_keys {
    struct gh_str jwks;      /* token keys                     */
    struct gh_str audit_key; /* SPKI                           */
    uint64_t head_n;         /* last head that it signed       */
    struct gh_str head_hash;
    struct gh_str issuer;
};
GH_MUST_USE enum gh_rc gh_vault_keys(struct gh_vault_keys *out, struct gh_vault *v, struct gh_arena *a);

#endif
