/* SPDX-License-Identifier: Apache-2.0 */
/* wire/bound_id: making, and checking in constant time. */
#include "wire/bound_id.h"

#include "base/codec.h"
#include "base/crypto.h"
#include "base/cursor.h"
#include "base/limits.h"

#define VERSION       1
#define MAC_BYTES     16
#define NAME_MAX      GH_NAME_BYTES_MAX
#define MAC_INPUT_MAX 2048u /* six parts: three names, an owner, an id, and lengths */

static void
put_part(struct gh_buf *out, struct gh_str part)
{
    gh_buf_put_le32(out, (uint32_t)part.n);
    gh_buf_put(out, part);
}

static enum gh_rc
make_mac(uint8_t mac[GH_SHA256_BYTES], const struct gh_bound_id *b, struct gh_str key)
{
    char mem[MAC_INPUT_MAX];
    struct gh_buf in;

    gh_buf_init_fixed(&in, mem, sizeof(mem));
    gh_buf_putz(&in, "gatehouse bound id");
    gh_buf_putc(&in, VERSION);
    gh_buf_putc(&in, (char)b->kind);
    put_part(&in, b->ws);
    put_part(&in, b->ep);
    put_part(&in, b->deployment);
    put_part(&in, b->backend);
    put_part(&in, b->owner);
    put_part(&in, b->id);
    return in.rc == GH_OK ? gh_hmac_sha256(mac, key, gh_buf_str(&in)) : in.rc;
}

enum gh_rc
gh_bound_id_put(struct gh_buf *out, const struct gh_bound_id *b, struct gh_str key)
{
    size_t prefix = gh_str_chr(b->id, '_'), before = out->n;
    uint8_t mac[GH_SHA256_BYTES];
    char mem[GH_BOUND_ID_BYTES_MAX];
    struct gh_buf in;
    enum gh_rc rc = make_mac(mac, b, key);

    if (rc != GH_OK)
        return rc;
    if (b->deployment.n > NAME_MAX || b->backend.n > NAME_MAX)
        return GH_LIMIT;
    gh_buf_init_fixed(&in, mem, sizeof(mem));
    gh_buf_putc(&in, VERSION);
    gh_buf_put(&in, gh_str(mac, MAC_BYTES));
    gh_buf_putc(&in, (char)b->deployment.n);
    gh_buf_put(&in, b->deployment);
    gh_buf_putc(&in, (char)b->backend.n);
    gh_buf_put(&in, b->backend);
    gh_buf_put(&in, b->id);
    gh_buf_put(out, prefix == SIZE_MAX ? GH_STR("id") : gh_str_sub(b->id, 0, prefix));
    gh_buf_putc(out, '_');
    gh_b64url_encode(out, gh_buf_str(&in));
    if (in.rc != GH_OK || out->rc != GH_OK)
        return in.rc != GH_OK ? in.rc : out->rc;
    return out->n - before <= GH_BOUND_ID_BYTES_MAX ? GH_OK : GH_LIMIT;
}

static enum gh_rc
read_name(struct gh_str *out, struct gh_cursor *c)
{
    struct gh_str n;
    enum gh_rc rc = gh_cursor_bytes(&n, c, 1);

    return rc == GH_OK ? gh_cursor_bytes(out, c, (uint8_t)n.p[0]) : rc;
}

static enum gh_rc
read_inside(struct gh_bound_id *b, struct gh_str *mac, struct gh_str inside)
{
    struct gh_cursor c = gh_cursor(inside);
    struct gh_str version;

    if (gh_cursor_bytes(&version, &c, 1) != GH_OK || version.p[0] != VERSION || gh_cursor_bytes(mac, &c, MAC_BYTES) != GH_OK)
        return GH_BAD;
    if (read_name(&b->deployment, &c) != GH_OK || read_name(&b->backend, &c) != GH_OK)
        return GH_BAD;
    return gh_cursor_bytes(&b->id, &c, gh_cursor_left(&c)) == GH_OK ? GH_OK : GH_BAD;
}

enum gh_rc
gh_bound_id_open(struct gh_bound_id *b, struct gh_arena *a, struct gh_str text, struct gh_str key)
{
    size_t prefix = gh_str_chr(text, '_');
    char again[GH_BOUND_ID_BYTES_MAX];
    uint8_t mac[GH_SHA256_BYTES];
    struct gh_str inside, told;
    struct gh_buf whole;
    enum gh_rc rc;

    if (prefix == SIZE_MAX || text.n > GH_BOUND_ID_BYTES_MAX)
        return GH_BAD;
    if ((rc = gh_b64url_decode(&inside, a, gh_str_sub(text, prefix + 1, SIZE_MAX))) != GH_OK)
        return rc == GH_NOMEM ? rc : GH_BAD;
    if (read_inside(b, &told, inside) != GH_OK || make_mac(mac, b, key) != GH_OK || !gh_str_eq_ct(told, gh_str(mac, MAC_BYTES)))
        return GH_BAD;
    gh_buf_init_fixed(&whole, again, sizeof(again)); /* one thing has one id: no other prefix before the same inside */
    return gh_bound_id_put(&whole, b, key) == GH_OK && gh_str_eq(gh_buf_str(&whole), text) ? GH_OK : GH_BAD;
}
