/* SPDX-License-Identifier: Apache-2.0 */
/* The pure half of ipc/message: bytes <-> message, by the table in the header. */
#include "ipc/message_int.h"

#include "base/cursor.h"

#define BEHIND_LENGTH 4 /* what the length does not count: itself */

struct row {
    struct gh_str name;
    enum gh_ipc_sender sender;
    uint16_t n_fields;
    uint32_t max;
    bool has_fd;
};

static const struct row rows[GH_IPC_COUNT] = {
#define ROW(name_, sender_, fields_, max_, fd_) [GH_IPC_##name_] = {GH_STR_INIT(#name_), GH_IPC_FROM_##sender_, fields_, max_, fd_},
    GH_IPC_LIST(ROW)
#undef ROW
};

#define FITS(name, sender, fields, max, fd)                                                                                        \
    _Static_assert((fields) <= GH_IPC_FIELDS_MAX && (max) <= GH_IPC_BYTES_MAX, "row " #name);
GH_IPC_LIST(FITS)
#undef FITS

static const struct row *
row_of(unsigned type)
{
    return type > GH_IPC_NONE && type < GH_IPC_COUNT ? &rows[type] : NULL;
}

bool
gh_ipc_is_from(enum gh_ipc_type type, enum gh_ipc_sender who)
{
    const struct row *r = row_of(type);

    if (r == NULL)
        return false;
    if (r->sender == GH_IPC_FROM_CHILD)
        return who != GH_IPC_FROM_SUPERVISOR;
    return r->sender == GH_IPC_FROM_ANY || r->sender == who;
}

struct gh_str
gh_ipc_name(enum gh_ipc_type type)
{
    const struct row *r = row_of(type);

    return r == NULL ? GH_STR("?") : r->name;
}

bool
gh_ipc_has_fd(enum gh_ipc_type type)
{
    const struct row *r = row_of(type);

    return r != NULL && r->has_fd;
}

/* The head decides alone whether the rest is worth waiting for: a stranger cannot make the reader take more than the row's payload. */
static enum gh_rc
parse_head(struct gh_ipc_msg *out, size_t *frame, struct gh_cursor *c)
{
    uint32_t length;
    uint16_t type, n_fields;

    if (gh_cursor_le32(&length, c) != GH_OK || gh_cursor_le16(&type, c) != GH_OK || gh_cursor_le16(&n_fields, c) != GH_OK ||
        gh_cursor_le32(&out->id, c) != GH_OK)
        return GH_MORE;
    const struct row *r = row_of(type);
    if (r == NULL || n_fields != r->n_fields)
        return GH_BAD;
    size_t least = GH_IPC_HEAD_BYTES - BEHIND_LENGTH + (size_t)n_fields * 4;
    if (length < least || length - least > r->max)
        return GH_BAD;
    out->type = (enum gh_ipc_type)type;
    out->n_fields = n_fields;
    *frame = (size_t)length + BEHIND_LENGTH;
    return GH_OK;
}

enum gh_rc
gh_ipc_parse(struct gh_ipc_msg *out, struct gh_str bytes, size_t *need)
{
    struct gh_cursor c = gh_cursor(bytes);
    struct gh_ipc_msg m = gh_ipc_msg(GH_IPC_NONE, 0);
    size_t frame = 0;
    enum gh_rc rc;

    *need = 0;
    if ((rc = parse_head(&m, &frame, &c)) != GH_OK)
        return rc;
    *need = frame;
    if (bytes.n < frame)
        return GH_MORE;
    c.in.n = frame;
    for (size_t i = 0; i < m.n_fields; i++) {
        uint32_t n;
        if (gh_cursor_le32(&n, &c) != GH_OK || gh_cursor_bytes(&m.field[i], &c, n) != GH_OK)
            return GH_BAD;
    }
    if (gh_cursor_left(&c) != 0)
        return GH_BAD;
    *out = m;
    return GH_OK;
}

enum gh_rc
gh_ipc_measure(uint32_t *length, const struct gh_ipc_msg *m)
{
    const struct row *r = row_of(m->type);
    size_t left, payload = 0;

    if (r == NULL || m->n_fields != r->n_fields)
        return GH_BUG;
    left = r->max;
    for (size_t i = 0; i < m->n_fields; i++) {
        if (m->field[i].n > left)
            return GH_LIMIT;
        left -= m->field[i].n;
        payload += m->field[i].n;
    }
    *length = (uint32_t)(GH_IPC_HEAD_BYTES - BEHIND_LENGTH + m->n_fields * 4 + payload);
    return GH_OK;
}

void
gh_ipc_put_head(struct gh_buf *out, const struct gh_ipc_msg *m, uint32_t length)
{
    gh_buf_put_le32(out, length);
    gh_buf_put_le16(out, (uint16_t)m->type);
    gh_buf_put_le16(out, (uint16_t)m->n_fields);
    gh_buf_put_le32(out, m->id);
}

enum gh_rc
gh_ipc_write(struct gh_buf *out, const struct gh_ipc_msg *m)
{
    uint32_t length;
    enum gh_rc rc;

    if ((rc = gh_ipc_measure(&length, m)) != GH_OK)
        return rc;
    gh_ipc_put_head(out, m, length);
    for (size_t i = 0; i < m->n_fields; i++) {
        gh_buf_put_le32(out, (uint32_t)m->field[i].n);
        gh_buf_put(out, m->field[i]);
    }
    return out->rc;
}

/* What cannot be a message any more: no row has this type. */
static void
spoil(struct gh_ipc_msg *m)
{
    m->type = GH_IPC_NONE;
}

void
gh_ipc_add(struct gh_ipc_msg *m, struct gh_str field)
{
    if (m->n_fields < GH_IPC_FIELDS_MAX)
        m->field[m->n_fields++] = field;
    else
        spoil(m);
}

void
gh_ipc_add_u64(struct gh_ipc_msg *m, struct gh_arena *a, uint64_t v)
{
    struct gh_buf b;
    char *mem = gh_arena_take(a, 8);

    if (mem == NULL) {
        spoil(m);
        return;
    }
    gh_buf_init_fixed(&b, mem, 8);
    gh_buf_put_le64(&b, v);
    gh_ipc_add(m, gh_buf_str(&b));
}

enum gh_rc
gh_ipc_u64(uint64_t *out, const struct gh_ipc_msg *m, size_t field)
{
    if (field >= m->n_fields || m->field[field].n != 8)
        return GH_BAD;
    struct gh_cursor c = gh_cursor(m->field[field]);
    return gh_cursor_le64(out, &c);
}

struct gh_ipc_msg
gh_ipc_error(struct gh_arena *a, uint32_t id, enum gh_rc rc, const char *text)
{
    struct gh_ipc_msg m = gh_ipc_msg(GH_IPC_ERROR, id);

    gh_ipc_add_u64(&m, a, (uint64_t)rc);
    gh_ipc_add(&m, gh_str_z(text));
    return m;
}
