/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/sign.h"

#include "audit/chain.h"
#include "base/codec.h"
#include "base/spki.h"
#include "host/host.h"
#include "policy/resource.h"
#include "token/jwks.h"
#include "wire/json.h"

enum { KID_BYTES = 16, GUID_BYTES = 36, PART_BYTES_MAX = 2048 };

/* Kinds of an identity and what a token calls them (Entra ID's optional claim idtyp). */
static const struct kind_row {
    struct gh_str kind, idtyp;
} kind_rows[] = {
    {GH_STR_INIT("user"), GH_STR_INIT("user")},
    {GH_STR_INIT("servicePrincipal"), GH_STR_INIT("app")},
    {GH_STR_INIT("managedIdentity"), GH_STR_INIT("app")},
};

static void
put_guid(struct gh_buf *out, const uint8_t id[16])
{
    static const uint8_t groups[] = {4, 2, 2, 2, 6};

    for (size_t i = 0, at = 0; i < sizeof(groups); at += groups[i++]) {
        if (i > 0)
            gh_buf_putc(out, '-');
        gh_buf_put_hex(out, gh_str(id + at, groups[i]));
    }
}

void
gh_sign_put_issuer(struct gh_buf *out, const uint8_t installation[16])
{
    gh_buf_putz(out, "https://login.gatehouse.localhost/");
    put_guid(out, installation);
    gh_buf_putz(out, "/v2.0");
}

/* ---- keys ---- */

/* The name of a token key: the first 8 bytes of its SPKI's digest. */
static enum gh_rc
key_id(char kid[KID_BYTES], struct gh_buf *spki, const struct gh_state_key *key)
{
    uint8_t digest[GH_SHA256_BYTES];
    struct gh_buf b;
    enum gh_rc rc;

    if ((rc = gh_p256_put_spki(spki, &key->pair)) != GH_OK || (rc = gh_sha256(digest, gh_buf_str(spki))) != GH_OK)
        return rc;
    gh_buf_init_fixed(&b, kid, KID_BYTES);
    gh_buf_put_hex(&b, gh_str(digest, KID_BYTES / 2));
    return b.rc;
}

static enum gh_rc
put_jwk(struct gh_jsonw *w, const struct gh_state_key *key)
{
    char kid[KID_BYTES], memory[GH_SPKI_BYTES_MAX];
    struct gh_buf spki;
    enum gh_rc rc;

    gh_buf_init_fixed(&spki, memory, sizeof(memory));
    if ((rc = key_id(kid, &spki, key)) != GH_OK)
        return rc;
    return gh_jwk_put(w, &(struct gh_jwk){.kid = gh_str(kid, sizeof(kid)), .alg = GH_ALG_ES256, .spki = gh_buf_str(&spki)});
}

enum gh_rc
gh_sign_put_jwks(struct gh_buf *out, const struct gh_state *st)
{
    struct gh_jsonw w;
    enum gh_rc rc;

    gh_jsonw_init(&w, out);
    gh_jsonw_obj(&w);
    gh_jsonw_key(&w, "keys");
    gh_jsonw_arr(&w);
    for (size_t i = 0; i < st->n_token; i++)
        if ((rc = put_jwk(&w, &st->token[i])) != GH_OK)
            return rc;
    gh_jsonw_end(&w, ']');
    gh_jsonw_end(&w, '}');
    return out->rc;
}

/* ---- tokens ---- */

static enum gh_rc
put_header(struct gh_buf *out, const struct gh_state_key *key)
{
    char kid[KID_BYTES], memory[GH_SPKI_BYTES_MAX];
    struct gh_buf spki;
    struct gh_jsonw w;
    enum gh_rc rc;

    gh_buf_init_fixed(&spki, memory, sizeof(memory));
    if ((rc = key_id(kid, &spki, key)) != GH_OK)
        return rc;
    gh_jsonw_init(&w, out);
    gh_jsonw_obj(&w);
    gh_jsonw_kstr(&w, "alg", gh_alg_name(GH_ALG_ES256));
    gh_jsonw_kstr(&w, "typ", GH_STR("JWT"));
    gh_jsonw_kstr(&w, "kid", gh_str(kid, sizeof(kid)));
    gh_jsonw_end(&w, '}');
    return out->rc;
}

struct claims {
    const struct gh_sign_request *request;
    const uint8_t *installation;
    struct gh_str idtyp, jti;
    uint64_t now_s;
};

static enum gh_rc
put_claims(struct gh_buf *out, const struct claims *c)
{
    char issuer[GH_SIGN_ISSUER_BYTES], tenant[GUID_BYTES];
    struct gh_buf iss, tid;
    struct gh_jsonw w;

    gh_buf_init_fixed(&iss, issuer, sizeof(issuer));
    gh_sign_put_issuer(&iss, c->installation);
    gh_buf_init_fixed(&tid, tenant, sizeof(tenant));
    put_guid(&tid, c->installation);
    gh_jsonw_init(&w, out);
    gh_jsonw_obj(&w);
    gh_jsonw_kstr(&w, "iss", gh_buf_str(&iss));
    gh_jsonw_kstr(&w, "aud", c->request->audience);
    gh_jsonw_kstr(&w, "sub", c->request->subject);
    gh_jsonw_kstr(&w, "oid", c->request->subject);
    gh_jsonw_kstr(&w, "tid", gh_buf_str(&tid));
    gh_jsonw_kstr(&w, "idtyp", c->idtyp);
    gh_jsonw_ku64(&w, "iat", c->now_s);
    gh_jsonw_ku64(&w, "nbf", c->now_s);
    gh_jsonw_ku64(&w, "exp", c->now_s + c->request->lifetime_s);
    gh_jsonw_kstr(&w, "jti", c->jti);
    gh_jsonw_kstr(&w, "ver", GH_STR("2.0"));
    gh_jsonw_end(&w, '}');
    return out->rc;
}

static bool
is_printable(struct gh_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= 0x20 || s.p[i] > 0x7e)
            return false;
    return true;
}

static enum gh_rc
check_request(struct gh_str *idtyp, const struct gh_sign_request *r, struct gh_err *err)
{
    if (!gh_resource_name_is_valid(r->subject))
        return gh_fail(err, GH_BAD, 0, "subject is no name of an identity");
    if (r->audience.n == 0 || r->audience.n > GH_SIGN_AUDIENCE_BYTES_MAX || !is_printable(r->audience))
        return gh_fail(err, GH_BAD, 0, "audience is empty, too long or not plain ASCII");
    if (r->lifetime_s == 0 || r->lifetime_s > GH_SIGN_LIFETIME_MAX_S)
        return gh_fail(err, GH_BAD, 0, "lifetime is not 1 to 3600 seconds");
    for (size_t i = 0; i < sizeof(kind_rows) / sizeof(kind_rows[0]); i++) {
        *idtyp = kind_rows[i].idtyp;
        if (gh_str_eq(r->kind, kind_rows[i].kind))
            return GH_OK;
    }
    return gh_fail(err, GH_BAD, 0, "unknown kind of identity");
}

static enum gh_rc
put_signed(struct gh_buf *jwt, const struct gh_state_key *key, struct gh_str header, struct gh_str claims)
{
    uint8_t sig[GH_P256_SIG_BYTES];
    size_t start = jwt->n;
    enum gh_rc rc;

    gh_b64url_encode(jwt, header);
    gh_buf_putc(jwt, '.');
    gh_b64url_encode(jwt, claims);
    if (jwt->rc != GH_OK)
        return jwt->rc;
    if ((rc = gh_p256_sign(sig, &key->pair, gh_str(jwt->p + start, jwt->n - start))) != GH_OK)
        return rc;
    gh_buf_putc(jwt, '.');
    gh_b64url_encode(jwt, gh_str(sig, sizeof(sig)));
    return jwt->rc;
}

enum gh_rc
gh_sign_token(struct gh_buf *jwt, char jti[GH_SIGN_JTI_BYTES], const struct gh_state *st, const uint8_t installation[16],
    const struct gh_sign_request *r, int64_t now_ms, struct gh_err *err)
{
    const struct gh_state_key *key = gh_state_signer(st, now_ms);
    char header_memory[PART_BYTES_MAX], claims_memory[PART_BYTES_MAX];
    struct claims c = {
        .request = r, .installation = installation, .jti = gh_str(jti, GH_SIGN_JTI_BYTES), .now_s = (uint64_t)now_ms / 1000};
    struct gh_buf header, claims, id;
    uint8_t random[GH_SIGN_JTI_BYTES / 2];
    enum gh_rc rc;

    if ((rc = check_request(&c.idtyp, r, err)) != GH_OK)
        return rc;
    gh_random(random, sizeof(random));
    gh_buf_init_fixed(&id, jti, GH_SIGN_JTI_BYTES);
    gh_buf_put_hex(&id, gh_str(random, sizeof(random)));
    gh_buf_init_fixed(&header, header_memory, sizeof(header_memory));
    gh_buf_init_fixed(&claims, claims_memory, sizeof(claims_memory));
    if ((rc = put_header(&header, key)) != GH_OK || (rc = put_claims(&claims, &c)) != GH_OK ||
        (rc = put_signed(jwt, key, gh_buf_str(&header), gh_buf_str(&claims))) != GH_OK)
        return gh_fail(err, rc, 0, "token could not be signed");
    return GH_OK;
}

/* ---- audit heads ---- */

static enum gh_rc
check_head(const struct gh_state *st, uint64_t n, const uint8_t *hash, int64_t time_ms, int64_t now_ms, struct gh_err *err)
{
    if (n == 0 || n < st->head_n)
        return gh_fail(err, GH_BAD, 0, "head is older than the last one signed");
    if (n == st->head_n && memcmp(hash, st->head_hash, GH_SHA256_BYTES) != 0)
        return gh_fail(err, GH_BAD, 0, "another head with this number was signed");
    if (time_ms < now_ms - GH_SIGN_HEAD_SKEW_MS || time_ms > now_ms + GH_SIGN_HEAD_SKEW_MS)
        return gh_fail(err, GH_BAD, 0, "time of the head is not now");
    return GH_OK;
}

/* Once it is on disk, no restart can make vault sign another hash for this n; then it may be signed. */
static enum gh_rc
remember_head(struct gh_state *st, const struct gh_seal *s, int dir, uint64_t n, const uint8_t *hash)
{
    uint8_t old_hash[GH_SHA256_BYTES];
    uint64_t old_n = st->head_n;

    if (n == old_n)
        return GH_OK;
    memcpy(old_hash, st->head_hash, sizeof(old_hash));
    st->head_n = n;
    memcpy(st->head_hash, hash, GH_SHA256_BYTES);
    if (gh_state_save(st, s, dir) == GH_OK)
        return GH_OK;
    st->head_n = old_n;
    memcpy(st->head_hash, old_hash, sizeof(old_hash));
    return GH_DOWN;
}

enum gh_rc
gh_sign_head(uint8_t sig[GH_P256_SIG_BYTES], struct gh_state *st, const struct gh_seal *s, int dir, uint64_t n,
    const uint8_t hash[GH_SHA256_BYTES], int64_t time_ms, int64_t now_ms, struct gh_err *err)
{
    struct gh_chain_head head = {.n = n, .time_ms = time_ms};
    char memory[256];
    struct gh_buf bytes;
    enum gh_rc rc;

    if ((rc = check_head(st, n, hash, time_ms, now_ms, err)) != GH_OK)
        return rc;
    if (remember_head(st, s, dir, n, hash) != GH_OK)
        return gh_fail(err, GH_DOWN, 0, "head could not be remembered");
    memcpy(head.installation, s->installation, sizeof(head.installation));
    memcpy(head.hash, hash, GH_SHA256_BYTES);
    gh_buf_init_fixed(&bytes, memory, sizeof(memory));
    gh_chain_head_bytes(&bytes, &head);
    rc = bytes.rc != GH_OK ? bytes.rc : gh_p256_sign(sig, &st->audit, gh_buf_str(&bytes));
    return rc == GH_OK ? GH_OK : gh_fail(err, rc, 0, "head could not be signed");
}
