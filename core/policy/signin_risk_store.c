/* SPDX-License-Identifier: Apache-2.0 */
/* The state of one principal as bytes, little endian: a version, numbers, then lists of what is there, each with its count before it. */
#include "base/cursor.h"
#include "policy/signin_risk.h"

#define VERSION 1

/* ---- writing ---- */

static void
put_known(struct gh_buf *out, const struct gh_signin_known *k, size_t n)
{
    uint16_t count = 0;

    for (size_t i = 0; i < n; i++)
        count = (uint16_t)(count + (k[i].seen_s != 0));
    gh_buf_put_le16(out, count);
    for (size_t i = 0; i < n; i++) {
        if (k[i].seen_s == 0)
            continue;
        gh_buf_put_le64(out, k[i].id);
        gh_buf_put_le32(out, k[i].seen_s);
    }
}

static void
put_events(struct gh_buf *out, const struct gh_signin_event *e)
{
    uint16_t count = 0;

    while (count < GH_SIGNIN_EVENTS_MAX && e[count].at_ms != 0)
        count++;
    gh_buf_put_le16(out, count);
    for (uint16_t i = 0; i < count; i++) {
        gh_buf_put_le64(out, (uint64_t)e[i].at_ms);
        gh_buf_put_le64(out, e[i].network);
        gh_buf_put_le32(out, e[i].found);
        gh_buf_putc(out, (char)e[i].level);
        gh_buf_put(out, gh_str(e[i].country, 2));
    }
}

void
gh_signin_put(struct gh_buf *out, const struct gh_signin_state *s)
{
    gh_buf_putc(out, VERSION);
    gh_buf_put_le64(out, (uint64_t)s->first_ms);
    gh_buf_put_le64(out, (uint64_t)s->last_ms);
    gh_buf_put_le32(out, s->n_signins);
    gh_buf_put(out, gh_str(s->place.country, 2));
    gh_buf_putc(out, (char)s->place.has_coordinates);
    gh_buf_put_le32(out, (uint32_t)s->place.latitude_e4);
    gh_buf_put_le32(out, (uint32_t)s->place.longitude_e4);
    gh_buf_put_le64(out, (uint64_t)s->place_ms);
    gh_buf_put_le64(out, (uint64_t)s->failures_ms);
    gh_buf_put_le32(out, s->n_failures);
    gh_buf_putc(out, (char)s->level);
    gh_buf_putc(out, (char)s->is_confirmed);
    gh_buf_put_le32(out, s->found);
    gh_buf_put_le64(out, (uint64_t)s->since_ms);
    gh_buf_put_le64(out, (uint64_t)s->until_ms);
    gh_buf_put_le64(out, (uint64_t)s->step_ms);
    put_known(out, s->network, GH_SIGNIN_NETWORKS_MAX);
    put_known(out, s->device, GH_SIGNIN_DEVICES_MAX);
    put_events(out, s->event);
}

/* ---- reading: the first failure stays, and is looked at once ---- */

struct reader {
    struct gh_cursor c;
    enum gh_rc rc;
};

static uint64_t
u64(struct reader *r)
{
    uint64_t v = 0;

    r->rc = r->rc != GH_OK ? r->rc : gh_cursor_le64(&v, &r->c);
    return v;
}

static uint32_t
u32(struct reader *r)
{
    uint32_t v = 0;

    r->rc = r->rc != GH_OK ? r->rc : gh_cursor_le32(&v, &r->c);
    return v;
}

static uint16_t
u16(struct reader *r)
{
    uint16_t v = 0;

    r->rc = r->rc != GH_OK ? r->rc : gh_cursor_le16(&v, &r->c);
    return v;
}

static uint8_t
u8(struct reader *r)
{
    uint8_t v = 0;

    r->rc = r->rc != GH_OK ? r->rc : gh_cursor_u8(&v, &r->c);
    return v;
}

static size_t
count(struct reader *r, size_t max)
{
    size_t n = u16(r);

    if (n > max)
        r->rc = GH_BAD;
    return r->rc == GH_OK ? n : 0;
}

static void
read_known(struct reader *r, struct gh_signin_known *k, size_t max)
{
    size_t n = count(r, max);

    for (size_t i = 0; i < n; i++) {
        k[i].id = u64(r);
        k[i].seen_s = u32(r);
    }
}

static void
read_events(struct reader *r, struct gh_signin_event *e)
{
    size_t n = count(r, GH_SIGNIN_EVENTS_MAX);

    for (size_t i = 0; i < n; i++) {
        e[i].at_ms = (int64_t)u64(r);
        e[i].network = u64(r);
        e[i].found = u32(r);
        e[i].level = u8(r);
        e[i].country[0] = (char)u8(r);
        e[i].country[1] = (char)u8(r);
    }
}

enum gh_rc
gh_signin_read(struct gh_signin_state *out, struct gh_str stored)
{
    struct reader r = {.c = gh_cursor(stored)};

    *out = (struct gh_signin_state){0};
    if (u8(&r) != VERSION)
        return GH_BAD;
    out->first_ms = (int64_t)u64(&r);
    out->last_ms = (int64_t)u64(&r);
    out->n_signins = u32(&r);
    out->place.country[0] = (char)u8(&r);
    out->place.country[1] = (char)u8(&r);
    out->place.has_coordinates = u8(&r) != 0;
    out->place.latitude_e4 = (int32_t)u32(&r);
    out->place.longitude_e4 = (int32_t)u32(&r);
    out->place_ms = (int64_t)u64(&r);
    out->failures_ms = (int64_t)u64(&r);
    out->n_failures = u32(&r);
    out->level = u8(&r);
    out->is_confirmed = u8(&r) != 0;
    out->found = u32(&r);
    out->since_ms = (int64_t)u64(&r);
    out->until_ms = (int64_t)u64(&r);
    out->step_ms = (int64_t)u64(&r);
    read_known(&r, out->network, GH_SIGNIN_NETWORKS_MAX);
    read_known(&r, out->device, GH_SIGNIN_DEVICES_MAX);
    read_events(&r, out->event);
    bool is_whole = r.rc == GH_OK && gh_cursor_left(&r.c) == 0 && out->level < GH_RISK_LEVELS;
    return is_whole ? GH_OK : GH_BAD;
}
