/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vault/wrap: a secret's value in a box that control may store and nobody but vault can open, bound to its installation, its resource and its
 * version: moved to another row it does not open. A blob is the byte 1 and a box of vault/seal for the purpose "gatehouse-secret-1".
 */
#ifndef GH_VAULT_WRAP_H
#define GH_VAULT_WRAP_H

#include "vault/seal.h"

#define GH_WRAP_OVERHEAD (1 + GH_SEAL_OVERHEAD)

/* GH_BAD: resource or version is empty. */
GH_MUST_USE enum gh_rc gh_wrap_put(struct gh_buf *blob, const struct gh_seal *s, struct gh_str resource, struct gh_str version, struct gh_str plain);
GH_MUST_USE enum gh_rc gh_wrap_get(struct gh_buf *plain, const struct gh_seal *s, struct gh_str resource, struct gh_str version, struct gh_str blob);

#endif
