/* SPDX-License-Identifier: Apache-2.0 */
/* Properties: an accepted set has loadable keys under different, printable names that fit their alg; written and read again it is the same. */
#include "fuzz.h"

#include "base/spki.h"
#include "sweeps.h"
#include "token/jwks.h"

static void
check_key(const struct gh_jwk *jwk)
{
    struct gh_pubkey *key;

    gh_fuzz_check(gh_pubkey_read_der(&key, jwk->spki, NULL) == GH_OK);
    gh_fuzz_check(jwk->alg == GH_ALG_NONE || gh_pubkey_fits(key, jwk->alg));
    gh_fuzz_check(jwk->kid.n > 0);
    for (size_t i = 0; i < jwk->kid.n; i++)
        gh_fuzz_check((unsigned char)jwk->kid.p[i] >= 0x20);
    gh_pubkey_free(key);
}

static struct gh_str
write_set(struct gh_arena *a, const struct gh_jwks *set)
{
    struct gh_jsonw w;
    struct gh_buf b;

    gh_buf_init(&b, a, GH_JWKS_BYTES_MAX);
    gh_jsonw_init(&w, &b);
    gh_jsonw_obj(&w);
    gh_jsonw_key(&w, "keys");
    gh_jsonw_arr(&w);
    for (size_t i = 0; i < set->n; i++)
        gh_fuzz_check(gh_jwk_put(&w, &set->keys[i]) == GH_OK);
    gh_jsonw_end(&w, ']');
    gh_jsonw_end(&w, '}');
    return gh_buf_str(&b);
}

/* The bytes as a DER key too: read, written, the same. */
static void
check_der(struct gh_arena *a, struct gh_str der)
{
    struct gh_spki key;
    struct gh_buf b;

    if (gh_spki_read(&key, der, NULL) != GH_OK)
        return;
    gh_buf_init(&b, a, GH_SPKI_BYTES_MAX);
    gh_fuzz_check(gh_spki_put(&b, &key) == GH_OK && gh_str_eq(gh_buf_str(&b), der));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gh_arena a = gh_test_arena();
    struct gh_jwks set, back;

    check_der(&a, gh_str(data, size));
    if (gh_jwks_read(&set, &a, gh_str(data, size), NULL) == GH_OK) {
        for (size_t i = 0; i < set.n; i++)
            check_key(&set.keys[i]);
        gh_fuzz_check(gh_jwks_read(&back, &a, write_set(&a, &set), NULL) == GH_OK && back.n == set.n && back.n_skipped == 0);
        for (size_t i = 0; i < set.n; i++)
            gh_fuzz_check(gh_str_eq(set.keys[i].kid, back.keys[i].kid) && gh_str_eq(set.keys[i].spki, back.keys[i].spki) &&
                          set.keys[i].alg == back.keys[i].alg);
    } else {
        gh_fuzz_check(set.n == 0);
    }
    gh_arena_fini(&a);
    return 0;
}
