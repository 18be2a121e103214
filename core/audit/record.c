/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/record.h"

#include "base/codec.h"
#include "base/redact.h"

enum {
    VERSION = 1,
    CRC_AT = 4,     /* what stands behind the length      */
    BODY_AT = 8,    /* what the checksum is over          */
    REASON_MAX = 96 /* bytes of a control's reason        */
};

_Static_assert(GH_CONTROL_COUNT <= GH_CONTROLS_MAX, "controls fit into a record");
_Static_assert(GH_RECORD_BYTES_MAX <= UINT16_MAX, "lengths of fields have 16 bits");

// clang-format off
#define FIELD_ROW(name, type, json) [GH_FIELD_##name] = {GH_FIELD_TYPE_##type, json},
const struct gh_field_row gh_field_table[GH_FIELD_COUNT] = {GH_RECORD_FIELD_LIST(FIELD_ROW)};

#define KIND_ROW(name, json) [GH_RECORD_##name] = json,
const char *const gh_record_kind_names[GH_RECORD_KIND_COUNT] = {GH_RECORD_KIND_LIST(KIND_ROW)};

#define CONTROL_ROW(name, json) [GH_CONTROL_##name] = json,
const char *const gh_control_names[GH_CONTROL_COUNT] = {GH_CONTROL_LIST(CONTROL_ROW)};

const char *const gh_ran_names[GH_RAN_COUNT] = {
    [GH_RAN_NOT] = "not run", [GH_RAN_PASSED] = "passed", [GH_RAN_BLOCKED] = "blocked", [GH_RAN_CHANGED] = "changed",
    [GH_RAN_OBSERVED] = "observed",
};
// clang-format on

static bool
is_number(enum gh_field_type type)
{
    return type == GH_FIELD_TYPE_U64 || type == GH_FIELD_TYPE_TIME || type == GH_FIELD_TYPE_EPOCH;
}

/* ---- writing ---- */

static void
store_le(char *p, uint64_t v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p[i] = (char)(v >> (8 * i));
}

void
gh_record_begin(struct gh_record_writer *w, void *mem, enum gh_record_kind kind, uint64_t epoch, uint64_t sequence, int64_t time_ms)
{
    gh_buf_init_fixed(&w->buf, mem, GH_RECORD_BYTES_MAX);
    w->seen = (struct gh_field_set){0};
    gh_buf_put_le32(&w->buf, 0); /* length and checksum are known at the end */
    gh_buf_put_le32(&w->buf, 0);
    gh_buf_put_le16(&w->buf, VERSION);
    gh_buf_put_le16(&w->buf, (uint16_t)kind);
    gh_buf_put_le64(&w->buf, epoch);
    gh_buf_put_le64(&w->buf, sequence);
    gh_buf_put_le64(&w->buf, (uint64_t)time_ms);
}

/* Each field stands in a record once: false the second time. */
static bool
take(struct gh_field_set *seen, unsigned f)
{
    uint64_t bit = UINT64_C(1) << f % 64;

    if ((seen->w[f / 64] & bit) != 0)
        return false;
    seen->w[f / 64] |= bit;
    return true;
}

/* The field's number and room for its length; false, and the record is spoilt, if the caller may not write it. */
static bool
field_open(struct gh_record_writer *w, enum gh_field f, bool fits)
{
    if (!fits || !take(&w->seen, f)) {
        w->buf.rc = GH_BUG;
        return false;
    }
    gh_buf_put_le16(&w->buf, (uint16_t)f);
    gh_buf_put_le16(&w->buf, 0);
    return w->buf.rc == GH_OK;
}

/* `at` is where the field's number stands. */
static void
field_close(struct gh_record_writer *w, size_t at)
{
    if (w->buf.rc == GH_OK)
        store_le(w->buf.p + at + 2, w->buf.n - at - 4, 2);
}

static bool
is_field(enum gh_field f)
{
    return f > GH_FIELD_NONE && f < GH_FIELD_COUNT;
}

void
gh_record_text(struct gh_record_writer *w, enum gh_field f, struct gh_str s)
{
    size_t at = w->buf.n;

    if (s.n == 0 || !field_open(w, f, is_field(f) && gh_field_table[f].type == GH_FIELD_TYPE_TEXT))
        return;
    gh_redact_put(&w->buf, s, GH_RECORD_TEXT_MAX);
    field_close(w, at);
}

void
gh_record_word(struct gh_record_writer *w, enum gh_field f, struct gh_str s)
{
    size_t at = w->buf.n;

    if (s.n == 0 || !field_open(w, f, is_field(f) && gh_field_table[f].type == GH_FIELD_TYPE_TEXT))
        return;
    gh_buf_put(&w->buf, gh_str_sub(s, 0, GH_RECORD_TEXT_MAX));
    field_close(w, at);
}

void
gh_record_u64(struct gh_record_writer *w, enum gh_field f, uint64_t v)
{
    size_t at = w->buf.n;

    if (!field_open(w, f, is_field(f) && is_number(gh_field_table[f].type)))
        return;
    gh_buf_put_le64(&w->buf, v);
    field_close(w, at);
}

void
gh_record_bytes(struct gh_record_writer *w, enum gh_field f, struct gh_str s)
{
    size_t at = w->buf.n;

    if (s.n == 0 || !field_open(w, f, is_field(f) && gh_field_table[f].type == GH_FIELD_TYPE_BYTES))
        return;
    gh_buf_put(&w->buf, s);
    field_close(w, at);
}

void
gh_record_controls(struct gh_record_writer *w, const struct gh_controls *c)
{
    size_t at = w->buf.n;

    if (!field_open(w, GH_FIELD_CONTROLS, true))
        return;
    for (unsigned i = 0; i < GH_CONTROL_COUNT; i++) {
        struct gh_str reason = c->reason[i] == NULL ? GH_STR("") : gh_str_sub(gh_str_z(c->reason[i]), 0, REASON_MAX);
        char *p = gh_buf_reserve(&w->buf, 3 + reason.n);

        if (p == NULL)
            return;
        p[0] = (char)i;
        p[1] = (char)c->ran[i];
        p[2] = (char)reason.n;
        memcpy(p + 3, reason.p, reason.n);
    }
    field_close(w, at);
}

enum gh_rc
gh_record_end(struct gh_str *out, struct gh_record_writer *w)
{
    *out = gh_str(NULL, 0);
    if (w->buf.rc != GH_OK)
        return w->buf.rc;
    store_le(w->buf.p, w->buf.n, 4);
    store_le(w->buf.p + CRC_AT, gh_crc32c(0, gh_str(w->buf.p + BODY_AT, w->buf.n - BODY_AT)), 4);
    *out = gh_buf_str(&w->buf);
    return GH_OK;
}

/* ---- reading ---- */

bool
gh_record_control(enum gh_control *c, enum gh_ran *ran, struct gh_str *reason, size_t *at, struct gh_str value)
{
    struct gh_cursor cursor = {value, *at};
    uint8_t control, how, n;

    if (gh_cursor_u8(&control, &cursor) != GH_OK || gh_cursor_u8(&how, &cursor) != GH_OK || gh_cursor_u8(&n, &cursor) != GH_OK)
        return false;
    if (control >= GH_CONTROL_COUNT || how >= GH_RAN_COUNT || gh_cursor_bytes(reason, &cursor, n) != GH_OK)
        return false;
    *c = (enum gh_control)control;
    *ran = (enum gh_ran)how;
    *at = cursor.at;
    return true;
}

/* Each control at most once, in order, and nothing behind them. */
static bool
are_controls(struct gh_str value)
{
    enum gh_control c, last = 0;
    struct gh_str reason;
    enum gh_ran ran;
    size_t at = 0;

    for (bool is_first = true; gh_record_control(&c, &ran, &reason, &at, value); is_first = false, last = c)
        if (!is_first && c <= last)
            return false;
    return at == value.n;
}

static bool
has_form(enum gh_field f, struct gh_str value)
{
    if (is_number(gh_field_table[f].type))
        return value.n == 8;
    return gh_field_table[f].type == GH_FIELD_TYPE_CONTROLS ? are_controls(value) : value.n > 0;
}

static bool
are_fields(struct gh_str fields)
{
    struct gh_cursor c = gh_cursor(fields);
    struct gh_field_set seen = {0};

    while (gh_cursor_left(&c) > 0) {
        struct gh_str value;
        uint16_t f, n;

        if (gh_cursor_le16(&f, &c) != GH_OK || gh_cursor_le16(&n, &c) != GH_OK || gh_cursor_bytes(&value, &c, n) != GH_OK)
            return false;
        if (!is_field(f) || !take(&seen, f) || !has_form(f, value))
            return false;
    }
    return true;
}

static enum gh_rc
read_header(struct gh_record *r)
{
    struct gh_cursor c = {r->bytes, CRC_AT};
    uint16_t version, kind;
    uint32_t crc;
    uint64_t time;

    if (gh_cursor_le32(&crc, &c) != GH_OK || crc != gh_crc32c(0, gh_str_sub(r->bytes, BODY_AT, r->bytes.n)))
        return GH_BAD;
    if (gh_cursor_le16(&version, &c) != GH_OK || gh_cursor_le16(&kind, &c) != GH_OK || gh_cursor_le64(&r->epoch, &c) != GH_OK ||
        gh_cursor_le64(&r->sequence, &c) != GH_OK || gh_cursor_le64(&time, &c) != GH_OK)
        return GH_BAD;
    if (version != VERSION || kind <= GH_RECORD_NONE || kind >= GH_RECORD_KIND_COUNT)
        return GH_BAD;
    r->kind = (enum gh_record_kind)kind;
    r->time_ms = (int64_t)time;
    return GH_OK;
}

enum gh_rc
gh_record_next(struct gh_record *out, struct gh_str *in)
{
    struct gh_cursor c = gh_cursor(*in);
    struct gh_record r = {.kind = GH_RECORD_NONE};
    uint32_t n;

    *out = r;
    if (gh_cursor_le32(&n, &c) != GH_OK)
        return GH_MORE;
    if (n < GH_RECORD_HEADER_BYTES || n > GH_RECORD_BYTES_MAX)
        return GH_BAD;
    if (n > in->n)
        return GH_MORE;
    r.bytes = gh_str_sub(*in, 0, n);
    r.fields = gh_str_sub(*in, GH_RECORD_HEADER_BYTES, n - GH_RECORD_HEADER_BYTES);
    if (read_header(&r) != GH_OK || !are_fields(r.fields))
        return GH_BAD;
    *in = gh_str_sub(*in, n, in->n - n);
    *out = r;
    return GH_OK;
}

bool
gh_record_field(enum gh_field *f, struct gh_str *value, size_t *at, const struct gh_record *r)
{
    struct gh_cursor c = {r->fields, *at};
    uint16_t number, n;

    if (gh_cursor_le16(&number, &c) != GH_OK || gh_cursor_le16(&n, &c) != GH_OK || gh_cursor_bytes(value, &c, n) != GH_OK)
        return false;
    *f = (enum gh_field)number;
    *at = c.at;
    return true;
}

struct gh_str
gh_record_get(const struct gh_record *r, enum gh_field f)
{
    struct gh_str value;
    enum gh_field g;
    size_t at = 0;

    while (gh_record_field(&g, &value, &at, r))
        if (g == f)
            return value;
    return gh_str(NULL, 0);
}

uint64_t
gh_record_get_u64(const struct gh_record *r, enum gh_field f)
{
    struct gh_cursor c = gh_cursor(gh_record_get(r, f));
    uint64_t v;

    if (!is_field(f) || !is_number(gh_field_table[f].type) || gh_cursor_le64(&v, &c) != GH_OK)
        return 0;
    return v;
}
