/* SPDX-License-Identifier: Apache-2.0 */
#include "token/apikey.h"

#include "base/codec.h"

enum {
    ID_AT = 3,
    ID_BYTES = 12,
    RANDOM_AT = ID_AT + ID_BYTES + 1,
    RANDOM_BYTES = 43,
    CRC_AT = RANDOM_AT + RANDOM_BYTES + 1,
    CRC_BYTES = 8
};

_Static_assert(CRC_AT + CRC_BYTES == GH_APIKEY_BYTES, "the parts make the whole");

static bool
is_hex(struct gh_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f')))
            return false;
    return true;
}

static void
put_checksum(struct gh_buf *out, struct gh_str before)
{
    uint32_t crc = gh_crc32c(0, before);
    uint8_t bytes[4] = {(uint8_t)(crc >> 24), (uint8_t)(crc >> 16), (uint8_t)(crc >> 8), (uint8_t)crc};

    gh_buf_put_hex(out, gh_str(bytes, sizeof(bytes)));
}

enum gh_rc
gh_apikey_read(struct gh_str *id, struct gh_str key)
{
    char crc[CRC_BYTES];
    struct gh_buf expected;

    *id = gh_str(NULL, 0);
    if (key.n != GH_APIKEY_BYTES || !gh_str_starts(key, GH_STR("gh_")))
        return GH_BAD;
    if (key.p[RANDOM_AT - 1] != '_' || key.p[CRC_AT - 1] != '_' || !is_hex(gh_str_sub(key, ID_AT, ID_BYTES)))
        return GH_BAD;
    gh_buf_init_fixed(&expected, crc, sizeof(crc));
    put_checksum(&expected, gh_str_sub(key, 0, CRC_AT - 1));
    if (!gh_str_eq(gh_buf_str(&expected), gh_str_sub(key, CRC_AT, CRC_BYTES)))
        return GH_BAD;
    *id = gh_str_sub(key, ID_AT, ID_BYTES);
    return GH_OK;
}

void
gh_apikey_put(struct gh_buf *out, const uint8_t id[6], const uint8_t secret[32])
{
    char text[GH_APIKEY_BYTES];
    struct gh_str before;
    struct gh_buf key;

    gh_buf_init_fixed(&key, text, sizeof(text));
    gh_buf_putz(&key, "gh_");
    gh_buf_put_hex(&key, gh_str(id, 6));
    gh_buf_putc(&key, '_');
    gh_b64url_encode(&key, gh_str(secret, 32));
    before = gh_buf_str(&key);
    gh_buf_putc(&key, '_');
    put_checksum(&key, before);
    gh_buf_put(out, gh_buf_str(&key));
    gh_wipe(text, sizeof(text));
}
