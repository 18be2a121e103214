/* SPDX-License-Identifier: Apache-2.0 */
#include "ipc/edge_header.h"

#include "base/codec.h"
#include "base/crypto.h"
#include "base/limits.h"

#define MAC_HEX    (2 * GH_SHA256_BYTES)
#define SIGNED_MAX (GH_PATH_BYTES_MAX + 1024)

/* What may stand in a part: visible ASCII without ';', so that a value has one reading. */
static bool
is_part(struct gh_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < 0x21 || s.p[i] > 0x7e || s.p[i] == ';')
            return false;
    return s.n > 0 && s.n <= 128;
}

static struct gh_str
evidence_of(const struct gh_edge_header *h)
{
    return h->evidence.n > 0 ? h->evidence : GH_STR("-");
}

static bool
are_parts(const struct gh_edge_header *h)
{
    return h->time_ms >= 0 && is_part(h->listener) && is_part(h->peer) && is_part(h->request_id) && is_part(evidence_of(h));
}

static enum gh_rc
mac(char out[MAC_HEX], const struct gh_edge_header *h, struct gh_str key, struct gh_str method, struct gh_str target)
{
    char mem[SIGNED_MAX];
    uint8_t digest[GH_SHA256_BYTES];
    struct gh_buf b, hex;
    enum gh_rc rc;

    if (key.n == 0)
        return GH_BUG;
    gh_buf_init_fixed(&b, mem, sizeof(mem));
    gh_buf_putz(&b, "v2\n");
    gh_buf_put_i64(&b, h->time_ms);
    const struct gh_str parts[] = {h->listener, h->peer, h->request_id, evidence_of(h), method, target};
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        gh_buf_putc(&b, '\n');
        gh_buf_put(&b, parts[i]);
    }
    gh_buf_putc(&b, '\n');
    if (b.rc != GH_OK)
        return b.rc;
    if ((rc = gh_hmac_sha256(digest, key, gh_buf_str(&b))) != GH_OK)
        return rc;
    gh_buf_init_fixed(&hex, out, MAC_HEX);
    gh_buf_put_hex(&hex, gh_str(digest, sizeof(digest)));
    return hex.rc;
}

enum gh_rc
gh_edge_header_put(
    struct gh_buf *out, const struct gh_edge_header *h, struct gh_str key, struct gh_str method, struct gh_str target)
{
    char m[MAC_HEX];
    enum gh_rc rc;

    if (!are_parts(h))
        return GH_BAD;
    if ((rc = mac(m, h, key, method, target)) != GH_OK)
        return rc;
    gh_buf_putz(out, "v2;t=");
    gh_buf_put_i64(out, h->time_ms);
    gh_buf_putz(out, ";l=");
    gh_buf_put(out, h->listener);
    gh_buf_putz(out, ";p=");
    gh_buf_put(out, h->peer);
    gh_buf_putz(out, ";r=");
    gh_buf_put(out, h->request_id);
    gh_buf_putz(out, ";c=");
    gh_buf_put(out, evidence_of(h));
    gh_buf_putz(out, ";m=");
    gh_buf_put(out, gh_str(m, sizeof(m)));
    return out->rc;
}

/* Takes "name=value;" off the front; the last one has no semicolon. */
static bool
take(struct gh_str *value, struct gh_str *rest, struct gh_str name)
{
    struct gh_str part;

    if (!gh_str_cut(&part, rest, ';') || !gh_str_starts(part, name))
        return false;
    *value = gh_str_sub(part, name.n, part.n);
    return true;
}

enum gh_rc
gh_edge_header_read(
    struct gh_edge_header *out, struct gh_str value, struct gh_str key, struct gh_str method, struct gh_str target, int64_t now_ms)
{
    struct gh_str rest = value, version, time, m;
    char want[MAC_HEX];
    uint64_t t;
    enum gh_rc rc;

    if (!gh_str_cut(&version, &rest, ';') || !gh_str_eq(version, GH_STR("v2")))
        return GH_BAD;
    if (!take(&time, &rest, GH_STR("t=")) || !take(&out->listener, &rest, GH_STR("l=")) || !take(&out->peer, &rest, GH_STR("p=")) ||
        !take(&out->request_id, &rest, GH_STR("r=")) || !take(&out->evidence, &rest, GH_STR("c=")) ||
        !take(&m, &rest, GH_STR("m=")) || rest.p != NULL)
        return GH_BAD;
    if (gh_str_u64(&t, time, INT64_MAX / 2) != GH_OK)
        return GH_BAD;
    out->time_ms = (int64_t)t;
    if (!are_parts(out))
        return GH_BAD;
    if ((rc = mac(want, out, key, method, target)) != GH_OK)
        return rc == GH_LIMIT ? GH_BAD : rc;
    if (!gh_str_eq_ct(m, gh_str(want, sizeof(want))))
        return GH_BAD;
    int64_t age = now_ms - out->time_ms;
    return age > GH_EDGE_HEADER_SKEW_MS || age < -GH_EDGE_HEADER_SKEW_MS ? GH_BAD : GH_OK;
}
