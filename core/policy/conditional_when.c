/* SPDX-License-Identifier: Apache-2.0 */
/* Days and hours: the member `times` of conditions, which Graph does not have. */
#include "policy/conditional_int.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

enum { TEXT_MAX = 64, DAY_MIN = 24 * 60, WINDOW_BYTES = 8, OFFSET_MAX_MIN = 14 * 60 };

/* As the snapshot has it: le16 each. */
struct window {
    uint16_t days, start, end, ahead; /* ahead: minutes + OFFSET_MAX_MIN */
};

static enum gh_rc
read_digits(unsigned *out, struct gh_str two, unsigned max)
{
    if (two.n != 2 || two.p[0] < '0' || two.p[0] > '9' || two.p[1] < '0' || two.p[1] > '9')
        return GH_BAD;
    *out = (unsigned)(two.p[0] - '0') * 10 + (unsigned)(two.p[1] - '0');
    return *out <= max ? GH_OK : GH_BAD;
}

/* "08:30" -> minutes; 24:00 is the end of the day. */
static enum gh_rc
read_clock(uint16_t *out, const struct gh_cond_reader *r, gh_json_ref v)
{
    unsigned hours, minutes;
    struct gh_str s = {NULL, 0};
    enum gh_rc rc = gh_cond_text(&s, r, v, TEXT_MAX);

    if (rc == GH_NOMEM)
        return rc;
    if (rc != GH_OK || s.n != 5 || s.p[2] != ':' || read_digits(&hours, gh_str_sub(s, 0, 2), 24) != GH_OK ||
        read_digits(&minutes, gh_str_sub(s, 3, 2), 59) != GH_OK || hours * 60 + minutes > DAY_MIN)
        return gh_cond_bad(r, v, "a time of day is written 08:30, 24:00 at the latest");
    *out = (uint16_t)(hours * 60 + minutes);
    return GH_OK;
}

/* "+01:00", "-05:30", "Z". */
static enum gh_rc
read_offset(uint16_t *out, const struct gh_cond_reader *r, gh_json_ref v)
{
    unsigned hours, minutes;
    struct gh_str s = {NULL, 0};
    enum gh_rc rc = gh_cond_text(&s, r, v, TEXT_MAX);

    if (rc == GH_NOMEM)
        return rc;
    *out = OFFSET_MAX_MIN;
    if (rc == GH_OK && gh_str_eq(s, GH_STR("Z")))
        return GH_OK;
    if (rc != GH_OK || s.n != 6 || (s.p[0] != '+' && s.p[0] != '-') || s.p[3] != ':' ||
        read_digits(&hours, gh_str_sub(s, 1, 2), 14) != GH_OK || read_digits(&minutes, gh_str_sub(s, 4, 2), 59) != GH_OK ||
        hours * 60 + minutes > OFFSET_MAX_MIN)
        return gh_cond_bad(r, v, "utcOffset is written +01:00, -05:30 or Z");
    unsigned ahead = hours * 60 + minutes;
    *out = (uint16_t)(s.p[0] == '+' ? OFFSET_MAX_MIN + ahead : OFFSET_MAX_MIN - ahead);
    return GH_OK;
}

static enum gh_rc
read_days(uint16_t *out, const struct gh_cond_reader *r, gh_json_ref list)
{
    static const char *const names[] = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
    struct gh_str s;

    for (gh_json_ref v = gh_json_first(r->json, list); v != GH_JSON_NO; v = gh_json_next(r->json, list, v)) {
        size_t i = 0;
        enum gh_rc rc = gh_cond_text(&s, r, v, TEXT_MAX);
        if (rc != GH_OK)
            return rc;
        while (i < COUNT(names) && !gh_str_eq_ci(s, gh_str_z(names[i])))
            i++;
        if (i == COUNT(names))
            return gh_cond_bad(r, v, "a day is monday to sunday");
        *out = (uint16_t)(*out | 1u << i);
    }
    return gh_json_type(r->json, list) == GH_JSON_ARRAY ? GH_OK : gh_cond_bad(r, list, "days is a list");
}

static enum gh_rc
read_window(struct window *w, struct gh_cond_reader *r, gh_json_ref v)
{
    static const struct gh_cond_member members[] = {
        {"days", NULL, NULL}, {"start", NULL, NULL}, {"end", NULL, NULL}, {"utcOffset", NULL, NULL}};
    gh_json_ref days = gh_json_get(r->json, v, GH_STR("days")), start = gh_json_get(r->json, v, GH_STR("start")),
                end = gh_json_get(r->json, v, GH_STR("end")), offset = gh_json_get(r->json, v, GH_STR("utcOffset"));
    enum gh_rc rc = gh_cond_walk(r, v, members, COUNT(members), "a window of times has days, start, end, utcOffset");

    *w = (struct window){0, 0, DAY_MIN, OFFSET_MAX_MIN};
    if (rc == GH_OK && !gh_cond_is_nothing(r, days))
        rc = read_days(&w->days, r, days);
    if (rc == GH_OK && !gh_cond_is_nothing(r, start))
        rc = read_clock(&w->start, r, start);
    if (rc == GH_OK && !gh_cond_is_nothing(r, end))
        rc = read_clock(&w->end, r, end);
    if (rc == GH_OK && !gh_cond_is_nothing(r, offset))
        rc = read_offset(&w->ahead, r, offset);
    if (w->days == 0)
        w->days = 0x7f;
    return rc;
}

static enum gh_rc
read_windows(struct gh_cond_list *out, struct gh_cond_reader *r, gh_json_ref list)
{
    struct window w;
    struct gh_buf b;
    enum gh_rc rc;

    if (gh_json_type(r->json, list) != GH_JSON_ARRAY)
        return gh_cond_bad(r, list, "includeTimes and excludeTimes are lists");
    for (gh_json_ref v = gh_json_first(r->json, list); v != GH_JSON_NO; v = gh_json_next(r->json, list, v)) {
        if (out->n == GH_COND_TIMES_MAX)
            return gh_fail(r->err, GH_LIMIT, r->json->nodes[v].at, "too many windows of times");
        if ((rc = read_window(&w, r, v)) != GH_OK)
            return rc;
        gh_buf_init(&b, r->arena, WINDOW_BYTES);
        gh_buf_put_le16(&b, w.days);
        gh_buf_put_le16(&b, w.start);
        gh_buf_put_le16(&b, w.end);
        gh_buf_put_le16(&b, w.ahead);
        if ((rc = b.rc) != GH_OK || (rc = gh_cond_add(out, r, v, gh_buf_str(&b))) != GH_OK)
            return rc;
    }
    r->policy->flags |= GH_COND_HAS_TIMES;
    return GH_OK;
}

static enum gh_rc
include_times(struct gh_cond_reader *r, gh_json_ref v)
{
    return read_windows(&r->policy->times, r, v);
}

static enum gh_rc
exclude_times(struct gh_cond_reader *r, gh_json_ref v)
{
    return read_windows(&r->policy->not_times, r, v);
}

enum gh_rc
gh_cond_read_times(struct gh_cond_reader *r, gh_json_ref v)
{
    static const struct gh_cond_member members[] = {{"includeTimes", include_times, NULL}, {"excludeTimes", exclude_times, NULL}};

    return gh_cond_walk(r, v, members, COUNT(members), "times has includeTimes and excludeTimes alone");
}

/* ---- judging ---- */

static unsigned
le16(struct gh_str s, size_t at)
{
    return (unsigned char)s.p[at] | (unsigned)(unsigned char)s.p[at + 1] << 8;
}

bool
gh_cond_time_has(struct gh_str window, int64_t now_ms)
{
    if (window.n != WINDOW_BYTES || now_ms < 0)
        return false;
    unsigned days = le16(window, 0), start = le16(window, 2), end = le16(window, 4);
    int64_t minutes = now_ms / 60000 + (int64_t)le16(window, 6) - OFFSET_MAX_MIN + 4 * DAY_MIN;
    unsigned of_day = (unsigned)(minutes % DAY_MIN);
    unsigned day = (unsigned)((minutes / DAY_MIN + 6) % 7); /* minute 0 of 1970, after four days: a Monday */
    unsigned before = (day + 6) % 7;

    if (start < end)
        return (days >> day & 1) != 0 && of_day >= start && of_day < end;
    return ((days >> day & 1) != 0 && of_day >= start) || ((days >> before & 1) != 0 && of_day < end);
}
