/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/state.h"

#include "base/cursor.h"
#include "host/host.h"

#define FILE_NAME "vault.state"
#define MAGIC     "GHVAULT1"
#define PURPOSE   "gatehouse-state-1"

enum { PLAIN_BYTES_MAX = 1024, FILE_BYTES_MAX = 4096 };

enum gh_rc
gh_state_make(struct gh_state *st, int64_t now_ms)
{
    enum gh_rc rc;

    memset(st, 0, sizeof(*st));
    if ((rc = gh_p256_make(&st->token[0].pair)) != GH_OK || (rc = gh_p256_make(&st->audit)) != GH_OK)
        return rc;
    st->token[0].from_ms = now_ms;
    st->n_token = 1;
    return GH_OK;
}

/* ---- the file: writer and reader side by side ---- */

static void
put_pair(struct gh_buf *out, const struct gh_p256 *pair)
{
    gh_buf_put(out, gh_str(pair->secret, sizeof(pair->secret)));
    gh_buf_put(out, gh_str(pair->point, sizeof(pair->point)));
}

static void
put_state(struct gh_buf *out, const struct gh_state *st)
{
    gh_buf_put_le64(out, st->head_n);
    gh_buf_put(out, gh_str(st->head_hash, sizeof(st->head_hash)));
    put_pair(out, &st->audit);
    gh_buf_put_le16(out, (uint16_t)st->n_token);
    for (size_t i = 0; i < st->n_token; i++) {
        gh_buf_put_le64(out, (uint64_t)st->token[i].from_ms);
        put_pair(out, &st->token[i].pair);
    }
}

static enum gh_rc
get_bytes(void *out, struct gh_cursor *c, size_t n)
{
    struct gh_str bytes;
    enum gh_rc rc = gh_cursor_bytes(&bytes, c, n);

    if (rc == GH_OK)
        memcpy(out, bytes.p, n);
    return rc;
}

static enum gh_rc
get_pair(struct gh_p256 *out, struct gh_cursor *c)
{
    enum gh_rc rc = get_bytes(out->secret, c, sizeof(out->secret));

    return rc == GH_OK ? get_bytes(out->point, c, sizeof(out->point)) : rc;
}

static enum gh_rc
get_state(struct gh_state *st, struct gh_str plain)
{
    struct gh_cursor c = gh_cursor(plain);
    uint16_t n_token;
    uint64_t from_ms;
    enum gh_rc rc;

    if ((rc = gh_cursor_le64(&st->head_n, &c)) != GH_OK || (rc = get_bytes(st->head_hash, &c, sizeof(st->head_hash))) != GH_OK ||
        (rc = get_pair(&st->audit, &c)) != GH_OK || (rc = gh_cursor_le16(&n_token, &c)) != GH_OK)
        return rc;
    if (n_token == 0 || n_token > GH_STATE_TOKEN_KEYS_MAX)
        return GH_BAD;
    for (st->n_token = 0; st->n_token < n_token; st->n_token++) {
        struct gh_state_key *key = &st->token[st->n_token];

        if ((rc = gh_cursor_le64(&from_ms, &c)) != GH_OK || (rc = get_pair(&key->pair, &c)) != GH_OK)
            return rc;
        key->from_ms = (int64_t)from_ms;
    }
    return gh_cursor_left(&c) == 0 ? GH_OK : GH_BAD;
}

enum gh_rc
gh_state_load(struct gh_state *st, const struct gh_seal *s, int dir, struct gh_err *err)
{
    gh_auto_arena a;
    struct gh_str file;
    struct gh_buf plain;

    gh_arena_init(&a, gh_heap(), 65536);
    a.is_secret = true;
    memset(st, 0, sizeof(*st));
    if (gh_file_read(&file, &a, dir, FILE_NAME, FILE_BYTES_MAX) != GH_OK)
        return gh_fail(err, GH_DOWN, 0, "vault.state is missing or cannot be read, though its master key is there");
    if (!gh_str_starts(file, GH_STR(MAGIC)))
        return gh_fail(err, GH_BAD, 0, "vault.state is damaged: not a state file of this version");
    gh_buf_init(&plain, &a, FILE_BYTES_MAX);
    if (gh_seal_get(&plain, s, PURPOSE, NULL, 0, gh_str_sub(file, sizeof(MAGIC) - 1, file.n)) != GH_OK)
        return gh_fail(err, GH_BAD, 0, "vault.state is damaged, or belongs to another master key or installation");
    if (get_state(st, gh_buf_str(&plain)) == GH_OK)
        return GH_OK;
    gh_wipe(st, sizeof(*st));
    return gh_fail(err, GH_BAD, 0, "vault.state has an unknown form");
}

enum gh_rc
gh_state_save(const struct gh_state *st, const struct gh_seal *s, int dir)
{
    char plain_memory[PLAIN_BYTES_MAX], file_memory[FILE_BYTES_MAX];
    struct gh_buf plain, file;
    enum gh_rc rc;

    gh_buf_init_fixed(&plain, plain_memory, sizeof(plain_memory));
    gh_buf_init_fixed(&file, file_memory, sizeof(file_memory));
    put_state(&plain, st);
    gh_buf_putz(&file, MAGIC);
    rc = plain.rc != GH_OK ? plain.rc : gh_seal_put(&file, s, PURPOSE, NULL, 0, gh_buf_str(&plain));
    gh_wipe(plain_memory, sizeof(plain_memory));
    return rc == GH_OK ? gh_file_replace(dir, FILE_NAME, 0600, gh_buf_str(&file)) : rc;
}

/* ---- rotation ---- */

static enum gh_rc
add_next(struct gh_state *st, bool *changed, int64_t now_ms)
{
    struct gh_state_key *next;
    enum gh_rc rc;

    if (st->n_token == GH_STATE_TOKEN_KEYS_MAX || now_ms - st->token[st->n_token - 1].from_ms < GH_STATE_NEXT_KEY_AFTER_MS)
        return GH_OK;
    next = &st->token[st->n_token];
    if ((rc = gh_p256_make(&next->pair)) != GH_OK)
        return rc;
    next->from_ms = now_ms + GH_STATE_PUBLISH_MS;
    st->n_token++;
    *changed = true;
    return GH_OK;
}

enum gh_rc
gh_state_rotate(struct gh_state *st, bool *changed, int64_t now_ms)
{
    *changed = false;
    while (st->n_token > 1 && now_ms - st->token[1].from_ms >= GH_STATE_KEEP_MS) {
        memmove(&st->token[0], &st->token[1], (st->n_token - 1) * sizeof(st->token[0]));
        gh_wipe(&st->token[--st->n_token], sizeof(st->token[0]));
        *changed = true;
    }
    return add_next(st, changed, now_ms);
}

enum gh_rc
gh_state_new_audit(struct gh_state *st)
{
    enum gh_rc rc = gh_p256_make(&st->audit);

    if (rc != GH_OK)
        return rc;
    st->head_n = 0;
    memset(st->head_hash, 0, sizeof(st->head_hash));
    return GH_OK;
}

const struct gh_state_key *
gh_state_signer(const struct gh_state *st, int64_t now_ms)
{
    size_t i = st->n_token - 1;

    while (i > 0 && st->token[i].from_ms > now_ms)
        i--;
    return &st->token[i];
}
