/* SPDX-License-Identifier: Apache-2.0 */
#include "token/jwks.h"

#include "base/codec.h"
#include "base/spki.h"
#include "token/token_int.h"

enum { KID_BYTES_MAX = 256 }; /* part of a look-up key; real ones are below 100 */

/* What became of one key of a set. */
enum verdict { SKIP = 0, KEEP, CONTRADICTS };

/* RFC 7518 sections 6.2.2, 6.3.2, 6.4: whoever publishes one of these has published a secret. No key beside it is to be trusted. */
static const struct gh_str private_members[] = {
    GH_STR_INIT("d"),
    GH_STR_INIT("p"),
    GH_STR_INIT("q"),
    GH_STR_INIT("dp"),
    GH_STR_INIT("dq"),
    GH_STR_INIT("qi"),
    GH_STR_INIT("oth"),
    GH_STR_INIT("k"),
};

struct reader {
    struct gh_arena *arena;
    const struct gh_json *json;
    gh_json_ref key; /* the JWK at hand */
};

static bool
has_private_member(const struct reader *r)
{
    for (size_t i = 0; i < sizeof(private_members) / sizeof(private_members[0]); i++)
        if (gh_json_get(r->json, r->key, private_members[i]) != GH_JSON_NO)
            return true;
    return false;
}

static enum gh_rc
read_text(struct gh_str *out, const struct reader *r, const char *name)
{
    *out = gh_str(NULL, 0);
    return gh_json_opt_str(out, r->arena, r->json, r->key, name);
}

/* A number in base64url; absent, empty or badly encoded is GH_BAD. */
static enum gh_rc
read_number(struct gh_str *out, const struct reader *r, const char *name)
{
    struct gh_str text;
    enum gh_rc rc;

    if ((rc = read_text(&text, r, name)) != GH_OK)
        return rc;
    if (text.n == 0 || text.n > GH_SPKI_BYTES_MAX * 2)
        return GH_BAD;
    return gh_b64url_decode(out, r->arena, text);
}

/* RFC 7518 section 6.3.1: as few bytes as possible. */
static bool
is_minimal(struct gh_str number)
{
    return number.n > 0 && number.p[0] != 0;
}

static enum gh_rc
read_rsa(struct gh_spki *out, const struct reader *r)
{
    enum gh_rc rc;

    out->kind = GH_KEY_RSA;
    if ((rc = read_number(&out->n, r, "n")) != GH_OK || (rc = read_number(&out->e, r, "e")) != GH_OK)
        return rc;
    return is_minimal(out->n) && is_minimal(out->e) ? GH_OK : GH_BAD;
}

static enum gh_rc
read_ec(struct gh_spki *out, const struct reader *r)
{
    struct gh_str curve;
    enum gh_rc rc;

    out->kind = GH_KEY_EC;
    if ((rc = read_text(&curve, r, "crv")) != GH_OK)
        return rc;
    if ((out->bits = gh_spki_curve_bits(curve)) == 0)
        return GH_BAD;
    if ((rc = read_number(&out->x, r, "x")) != GH_OK)
        return rc;
    return read_number(&out->y, r, "y");
}

static enum gh_rc
read_okp(struct gh_spki *out, const struct reader *r)
{
    struct gh_str curve;
    enum gh_rc rc;

    out->kind = GH_KEY_ED25519;
    out->bits = 256;
    if ((rc = read_text(&curve, r, "crv")) != GH_OK)
        return rc;
    return gh_str_eq(curve, GH_STR("Ed25519")) ? read_number(&out->x, r, "x") : GH_BAD;
}

/* Key types. A row is a type, its name in JSON and its reader. */
static const struct key_type {
    struct gh_str kty;
    enum gh_key_kind kind;
    enum gh_rc (*read)(struct gh_spki *out, const struct reader *r);
} key_types[] = {
    {GH_STR_INIT("RSA"), GH_KEY_RSA, read_rsa},
    {GH_STR_INIT("EC"), GH_KEY_EC, read_ec},
    {GH_STR_INIT("OKP"), GH_KEY_ED25519, read_okp},
};

static const struct key_type *
type_named(struct gh_str kty)
{
    for (size_t i = 0; i < sizeof(key_types) / sizeof(key_types[0]); i++)
        if (gh_str_eq(kty, key_types[i].kty))
            return &key_types[i];
    return NULL;
}

/* Whether `key_ops` (RFC 7517 section 4.3), where present, holds "verify". GH_BAD: it is no list of strings. */
static enum gh_rc
allows_verify(bool *out, const struct reader *r)
{
    gh_json_ref ops = gh_json_get(r->json, r->key, GH_STR("key_ops"));
    struct gh_str op;
    enum gh_rc rc;

    *out = ops == GH_JSON_NO;
    if (ops == GH_JSON_NO)
        return GH_OK;
    if (gh_json_type(r->json, ops) != GH_JSON_ARRAY)
        return GH_BAD;
    for (gh_json_ref v = gh_json_first(r->json, ops); v != GH_JSON_NO; v = gh_json_next(r->json, ops, v)) {
        if ((rc = gh_json_str(&op, r->arena, r->json, v)) != GH_OK)
            return rc;
        *out = *out || gh_str_eq(op, GH_STR("verify"));
    }
    return GH_OK;
}

/* What a key says about itself beside its numbers: RFC 7517 section 4. *type is NULL for a key that we have no use for. */
static enum gh_rc
read_labels(struct gh_jwk *out, const struct key_type **type, const struct reader *r)
{
    struct gh_str kty, use, alg;
    bool may_verify;
    enum gh_rc rc;

    *type = NULL;
    if ((rc = read_text(&kty, r, "kty")) != GH_OK || (rc = read_text(&use, r, "use")) != GH_OK ||
        (rc = read_text(&alg, r, "alg")) != GH_OK || (rc = read_text(&out->kid, r, "kid")) != GH_OK ||
        (rc = allows_verify(&may_verify, r)) != GH_OK)
        return rc;
    if (!may_verify || (use.n > 0 && !gh_str_eq(use, GH_STR("sig"))))
        return GH_OK;
    if (out->kid.n > KID_BYTES_MAX || !gh_token_is_plain(out->kid))
        return GH_OK;
    out->alg = gh_alg_find(alg);
    if (alg.n == 0 || out->alg != GH_ALG_NONE)
        *type = type_named(kty);
    return GH_OK;
}

static void
put_base64url(struct gh_jsonw *w, const char *name, struct gh_str number)
{
    char text[GH_SPKI_BYTES_MAX * 2];
    struct gh_buf b;

    gh_buf_init_fixed(&b, text, sizeof(text));
    gh_b64url_encode(&b, number);
    gh_jsonw_kstr(w, name, gh_buf_str(&b));
}

/* The members that make the key what it is, in the order of RFC 7638 section 3.2. */
static void
put_required_members(struct gh_jsonw *w, const struct gh_spki *key)
{
    if (key->kind == GH_KEY_RSA) {
        put_base64url(w, "e", key->e);
        gh_jsonw_kstr(w, "kty", GH_STR("RSA"));
        put_base64url(w, "n", key->n);
        return;
    }
    gh_jsonw_kstr(w, "crv", key->kind == GH_KEY_EC ? gh_spki_curve_name(key->bits) : GH_STR("Ed25519"));
    gh_jsonw_kstr(w, "kty", key->kind == GH_KEY_EC ? GH_STR("EC") : GH_STR("OKP"));
    put_base64url(w, "x", key->x);
    if (key->kind == GH_KEY_EC)
        put_base64url(w, "y", key->y);
}

static enum gh_rc
put_thumbprint(struct gh_str *out, struct gh_arena *a, const struct gh_spki *key)
{
    uint8_t digest[GH_SHA256_BYTES];
    struct gh_jsonw w;
    struct gh_buf b;
    enum gh_rc rc;

    gh_buf_init(&b, a, GH_SPKI_BYTES_MAX * 2);
    gh_jsonw_init(&w, &b);
    gh_jsonw_obj(&w);
    put_required_members(&w, key);
    gh_jsonw_end(&w, '}');
    if (b.rc != GH_OK)
        return b.rc;
    if ((rc = gh_sha256(digest, gh_buf_str(&b))) != GH_OK)
        return rc;
    gh_buf_init(&b, a, GH_SHA256_BYTES * 2);
    gh_b64url_encode(&b, gh_str(digest, sizeof(digest)));
    *out = gh_buf_str(&b);
    return b.rc;
}

/* Numbers -> DER, proved to be a usable key. GH_BAD: not one of ours, or out of bounds. */
static enum gh_rc
encode_key(struct gh_str *out, struct gh_arena *a, const struct gh_spki *spki, enum gh_alg alg, bool *fits)
{
    struct gh_pubkey *key;
    struct gh_buf der;
    enum gh_rc rc;

    gh_buf_init(&der, a, GH_SPKI_BYTES_MAX);
    if ((rc = gh_spki_put(&der, spki)) != GH_OK)
        return rc;
    *out = gh_buf_str(&der);
    if ((rc = gh_pubkey_read_der(&key, *out, NULL)) != GH_OK)
        return rc;
    *fits = alg == GH_ALG_NONE || gh_pubkey_fits(key, alg);
    gh_pubkey_free(key);
    return GH_OK;
}

/* GH_BAD and GH_LIMIT: malformed, off its curve, or out of bounds. */
static enum gh_rc
read_usable(struct gh_jwk *out, enum verdict *verdict, const struct reader *r)
{
    const struct key_type *type;
    struct gh_spki spki = {.kind = GH_KEY_NONE};
    bool fits = false;
    enum gh_rc rc;

    if ((rc = read_labels(out, &type, r)) != GH_OK || type == NULL)
        return rc;
    if ((rc = type->read(&spki, r)) != GH_OK || (rc = encode_key(&out->spki, r->arena, &spki, out->alg, &fits)) != GH_OK)
        return rc;
    *verdict = fits ? KEEP : CONTRADICTS;
    return out->kid.n > 0 ? GH_OK : put_thumbprint(&out->kid, r->arena, &spki);
}

/* RFC 7517 section 5: a key that we do not understand is passed over. What makes the whole set suspect is GH_BAD. */
static enum gh_rc
read_key(struct gh_jwk *out, enum verdict *verdict, const struct reader *r, struct gh_err *err)
{
    enum gh_rc rc;

    *verdict = SKIP;
    if (gh_json_type(r->json, r->key) != GH_JSON_OBJECT)
        return gh_fail(err, GH_BAD, 0, "a key of the set is no object");
    if (has_private_member(r))
        return gh_fail(err, GH_BAD, 0, "key set holds a secret or private key");
    rc = read_usable(out, verdict, r);
    if (rc == GH_BAD || rc == GH_LIMIT)
        return GH_OK;
    if (rc != GH_OK)
        return gh_fail(err, rc, 0, "key could not be kept");
    return *verdict == CONTRADICTS ? gh_fail(err, GH_BAD, 0, "a key of the set contradicts its alg") : GH_OK;
}

static bool
has_kid(const struct gh_jwks *set, struct gh_str kid)
{
    for (size_t i = 0; i < set->n; i++)
        if (gh_str_eq(set->keys[i].kid, kid))
            return true;
    return false;
}

static enum gh_rc
read_keys(struct gh_jwks *out, struct reader *r, gh_json_ref keys, struct gh_err *err)
{
    for (r->key = gh_json_first(r->json, keys); r->key != GH_JSON_NO; r->key = gh_json_next(r->json, keys, r->key)) {
        struct gh_jwk key = {.alg = GH_ALG_NONE};
        enum verdict verdict;
        enum gh_rc rc;

        if (out->n + out->n_skipped == GH_JWKS_KEYS_MAX)
            return gh_fail(err, GH_LIMIT, 0, "too many keys in the set");
        if ((rc = read_key(&key, &verdict, r, err)) != GH_OK)
            return rc;
        if (verdict == SKIP) {
            out->n_skipped++;
            continue;
        }
        if (has_kid(out, key.kid))
            return gh_fail(err, GH_BAD, 0, "two keys of the set have one kid");
        out->keys[out->n++] = key;
    }
    return GH_OK;
}

enum gh_rc
gh_jwks_read(struct gh_jwks *out, struct gh_arena *a, struct gh_str json, struct gh_err *err)
{
    struct gh_json j;
    struct reader r = {.arena = a, .json = &j};
    gh_json_ref keys;
    enum gh_rc rc;

    memset(out, 0, sizeof(*out));
    if (json.n > GH_JWKS_BYTES_MAX)
        return gh_fail(err, GH_LIMIT, 0, "key set is too long");
    if ((rc = gh_json_parse(&j, a, json, err)) != GH_OK)
        return rc == GH_MORE ? GH_BAD : rc;
    keys = gh_json_get(&j, 0, GH_STR("keys"));
    if (gh_json_type(&j, keys) != GH_JSON_ARRAY)
        return gh_fail(err, GH_BAD, 0, "key set has no list of keys");
    if ((rc = read_keys(out, &r, keys, err)) != GH_OK)
        memset(out, 0, sizeof(*out));
    return rc;
}

enum gh_rc
gh_jwk_put(struct gh_jsonw *w, const struct gh_jwk *key)
{
    struct gh_spki spki;
    enum gh_rc rc;

    if ((rc = gh_spki_read(&spki, key->spki, NULL)) != GH_OK)
        return rc;
    gh_jsonw_obj(w);
    put_required_members(w, &spki);
    if (key->kid.n > 0)
        gh_jsonw_kstr(w, "kid", key->kid);
    if (key->alg != GH_ALG_NONE)
        gh_jsonw_kstr(w, "alg", gh_alg_name(key->alg));
    gh_jsonw_kstr(w, "use", GH_STR("sig"));
    gh_jsonw_end(w, '}');
    return w->out->rc;
}
