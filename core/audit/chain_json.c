/* SPDX-License-Identifier: Apache-2.0 */
/* A head as JSON: {"installation": hex, "n": number, "hash": hex, "time_ms": number, "signature": base64url}. */
#include "audit/chain.h"
#include "base/codec.h"
#include "wire/json.h"

static void
put_hex(struct gh_jsonw *w, const char *key, const uint8_t *p, size_t n)
{
    char mem[2 * GH_SHA256_BYTES];
    struct gh_buf text;

    gh_buf_init_fixed(&text, mem, sizeof(mem));
    gh_buf_put_hex(&text, gh_str(p, n));
    gh_jsonw_kstr(w, key, gh_buf_str(&text));
}

void
gh_chain_head_json(struct gh_buf *out, const struct gh_chain_head *h)
{
    char mem[128];
    struct gh_buf sig;
    struct gh_jsonw w;

    gh_buf_init_fixed(&sig, mem, sizeof(mem));
    gh_b64url_encode(&sig, h->sig);
    gh_jsonw_init(&w, out);
    gh_jsonw_obj(&w);
    put_hex(&w, "installation", h->installation, sizeof(h->installation));
    gh_jsonw_ku64(&w, "n", h->n);
    put_hex(&w, "hash", h->hash, sizeof(h->hash));
    gh_jsonw_key(&w, "time_ms");
    gh_jsonw_i64(&w, h->time_ms);
    gh_jsonw_kstr(&w, "signature", gh_buf_str(&sig));
    gh_jsonw_end(&w, '}');
}

/* A member of exactly `n` bytes in hex. */
static enum gh_rc
read_hex(uint8_t *out, size_t n, struct gh_arena *a, const struct gh_json *j, const char *key)
{
    struct gh_str text = {NULL, 0}, bytes;
    enum gh_rc rc;

    if ((rc = gh_json_opt_str(&text, a, j, 0, key)) != GH_OK || (rc = gh_hex_decode(&bytes, a, text)) != GH_OK)
        return rc;
    if (bytes.n != n)
        return GH_BAD;
    memcpy(out, bytes.p, n);
    return GH_OK;
}

static enum gh_rc
read_members(struct gh_chain_head *h, struct gh_arena *a, const struct gh_json *j)
{
    struct gh_str sig = {NULL, 0};
    int64_t n = -1;
    enum gh_rc rc;

    h->time_ms = -1;
    if ((rc = read_hex(h->installation, sizeof(h->installation), a, j, "installation")) != GH_OK ||
        (rc = read_hex(h->hash, sizeof(h->hash), a, j, "hash")) != GH_OK || (rc = gh_json_opt_i64(&n, j, 0, "n")) != GH_OK ||
        (rc = gh_json_opt_i64(&h->time_ms, j, 0, "time_ms")) != GH_OK ||
        (rc = gh_json_opt_str(&sig, a, j, 0, "signature")) != GH_OK)
        return rc;
    if (n < 0 || h->time_ms < 0 || sig.n == 0)
        return GH_BAD;
    h->n = (uint64_t)n;
    return gh_b64url_decode(&h->sig, a, sig);
}

enum gh_rc
gh_chain_head_read(struct gh_chain_head *out, struct gh_arena *a, struct gh_str json, struct gh_err *err)
{
    struct gh_json j;
    enum gh_rc rc;

    memset(out, 0, sizeof(*out));
    if ((rc = gh_json_parse(&j, a, json, err)) != GH_OK)
        return rc == GH_MORE ? GH_BAD : rc;
    if (gh_json_type(&j, 0) != GH_JSON_OBJECT)
        return gh_fail(err, GH_BAD, 0, "a head is an object");
    if ((rc = read_members(out, a, &j)) == GH_OK)
        return GH_OK;
    memset(out, 0, sizeof(*out));
    return gh_fail(err, rc, 0, "a head needs installation, n, hash, time_ms and signature");
}
