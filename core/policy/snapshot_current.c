/* SPDX-License-Identifier: Apache-2.0 */
#include "base/codec.h"
#include "base/cursor.h"
#include "policy/snapshot.h"

#define MAGIC "GHCURR01"
enum { CRC_AT = GH_SNAP_CURRENT_BYTES - 4 };

/* magic 8, installation 16, le64 base, le64 overlay, le64 credentials, le64 now, zeros, le32 CRC-32C of all before it */
void
gh_snap_current_put(uint8_t out[GH_SNAP_CURRENT_BYTES], const struct gh_snap_current *c)
{
    struct gh_buf b;

    memset(out, 0, GH_SNAP_CURRENT_BYTES);
    gh_buf_init_fixed(&b, out, CRC_AT);
    gh_buf_putz(&b, MAGIC);
    gh_buf_put(&b, gh_str(c->installation, sizeof(c->installation)));
    gh_buf_put_le64(&b, c->base_generation);
    gh_buf_put_le64(&b, c->overlay_generation);
    gh_buf_put_le64(&b, c->credentials_generation);
    gh_buf_put_le64(&b, (uint64_t)c->now_ms);
    gh_buf_init_fixed(&b, out + CRC_AT, 4);
    gh_buf_put_le32(&b, gh_crc32c(0, gh_str(out, CRC_AT)));
}

enum gh_rc
gh_snap_current_read(struct gh_snap_current *out, struct gh_str bytes)
{
    struct gh_cursor c = gh_cursor(bytes), end = {bytes, CRC_AT};
    struct gh_str magic, installation;
    uint64_t now;
    uint32_t crc;

    *out = (struct gh_snap_current){.now_ms = 0};
    if (bytes.n != GH_SNAP_CURRENT_BYTES || gh_cursor_le32(&crc, &end) != GH_OK ||
        crc != gh_crc32c(0, gh_str_sub(bytes, 0, CRC_AT)))
        return GH_BAD;
    if (gh_cursor_bytes(&magic, &c, sizeof(MAGIC) - 1) != GH_OK || !gh_str_eq(magic, GH_STR(MAGIC)) ||
        gh_cursor_bytes(&installation, &c, sizeof(out->installation)) != GH_OK ||
        gh_cursor_le64(&out->base_generation, &c) != GH_OK || gh_cursor_le64(&out->overlay_generation, &c) != GH_OK ||
        gh_cursor_le64(&out->credentials_generation, &c) != GH_OK || gh_cursor_le64(&now, &c) != GH_OK)
        return GH_BAD;
    memcpy(out->installation, installation.p, sizeof(out->installation));
    out->now_ms = (int64_t)now;
    return GH_OK;
}
