/* SPDX-License-Identifier: Apache-2.0 */
/* base/codec: RFC 3339 times in UTC, by arithmetic on the proleptic Gregorian calendar; no time zone, no locale. */
#include "base/codec.h"

#define DAY_MS          INT64_C(86400000)
#define YEAR_0_DAYS     INT64_C(-719528) /* 0000-01-01 counted from 1970-01-01 */
#define YEAR_10000_DAYS INT64_C(2932897)

struct date {
    unsigned year, month, day;
};

static bool
is_leap(unsigned y)
{
    return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
}

static unsigned
month_days(unsigned y, unsigned m)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return m == 2 && is_leap(y) ? 29 : days[m - 1];
}

/* Days from 0000-01-01 to the first of January of `y`. */
static int64_t
days_before_year(unsigned y)
{
    unsigned last = y - 1;
    return y == 0 ? 0 : (int64_t)365 * y + 1 + last / 4 - last / 100 + last / 400;
}

static int64_t
days_of(struct date d)
{
    int64_t days = YEAR_0_DAYS + days_before_year(d.year) + d.day - 1;

    for (unsigned m = 1; m < d.month; m++)
        days += month_days(d.year, m);
    return days;
}

static struct date
date_of(int64_t days)
{
    struct date d = {0, 1, 1};

    days -= YEAR_0_DAYS;
    d.year = (unsigned)(days * 400 / 146097); /* by the mean year: off by one at most */
    if (days_before_year(d.year) > days)
        d.year--;
    if (days_before_year(d.year + 1) <= days)
        d.year++;
    days -= days_before_year(d.year);
    for (; days >= month_days(d.year, d.month); d.month++)
        days -= month_days(d.year, d.month);
    d.day = (unsigned)days + 1;
    return d;
}

/* v with exactly `width` digits. */
static void
put_padded(struct gh_buf *out, unsigned v, unsigned width)
{
    char *p = gh_buf_reserve(out, width);

    for (; p != NULL && width > 0; v /= 10)
        p[--width] = (char)('0' + v % 10);
}

void
gh_time_put(struct gh_buf *out, int64_t unix_ms)
{
    int64_t days = unix_ms / DAY_MS - (unix_ms % DAY_MS < 0);
    unsigned ms = (unsigned)(unix_ms - days * DAY_MS);
    struct date d;

    if (days < YEAR_0_DAYS || days >= YEAR_10000_DAYS) {
        if (out->rc == GH_OK)
            out->rc = GH_LIMIT;
        return;
    }
    d = date_of(days);
    put_padded(out, d.year, 4);
    gh_buf_putc(out, '-');
    put_padded(out, d.month, 2);
    gh_buf_putc(out, '-');
    put_padded(out, d.day, 2);
    gh_buf_putc(out, 'T');
    put_padded(out, ms / 3600000, 2);
    gh_buf_putc(out, ':');
    put_padded(out, ms / 60000 % 60, 2);
    gh_buf_putc(out, ':');
    put_padded(out, ms / 1000 % 60, 2);
    gh_buf_putc(out, '.');
    put_padded(out, ms % 1000, 3);
    gh_buf_putc(out, 'Z');
}

/* Reads the digits and marks of `s` as the shape says ('0' a digit, all else itself) into `n` numbers, one for each run of digits. */
static bool
read_shape(unsigned *numbers, struct gh_str s, struct gh_str shape)
{
    size_t k = 0;

    if (s.n != shape.n)
        return false;
    numbers[0] = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (shape.p[i] != '0') {
            if (s.p[i] != shape.p[i])
                return false;
            numbers[++k] = 0;
        } else {
            if (s.p[i] < '0' || s.p[i] > '9')
                return false;
            numbers[k] = numbers[k] * 10 + (unsigned)(s.p[i] - '0');
        }
    }
    return true;
}

/* "Z" or ".1Z" to ".123456789Z". */
static bool
read_fraction(unsigned *ms, struct gh_str s)
{
    unsigned weight = 100;

    *ms = 0;
    if (gh_str_eq(s, GH_STR("Z")))
        return true;
    if (s.n < 3 || s.n > 11 || s.p[0] != '.' || s.p[s.n - 1] != 'Z')
        return false;
    for (size_t i = 1; i + 1 < s.n; i++, weight /= 10) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        *ms += (unsigned)(s.p[i] - '0') * weight;
    }
    return true;
}

enum gh_rc
gh_time_read(int64_t *unix_ms, struct gh_str s)
{
    const struct gh_str shape = GH_STR("0000-00-00T00:00:00");
    unsigned v[6], ms;

    if (!read_shape(v, gh_str_sub(s, 0, shape.n), shape) || !read_fraction(&ms, gh_str_sub(s, shape.n, SIZE_MAX)))
        return GH_BAD;
    if (v[1] < 1 || v[1] > 12 || v[2] < 1 || v[2] > month_days(v[0], v[1]) || v[3] > 23 || v[4] > 59 || v[5] > 59)
        return GH_BAD;
    *unix_ms = days_of((struct date){v[0], v[1], v[2]}) * DAY_MS + (int64_t)v[3] * 3600000 + (int64_t)v[4] * 60000 +
               (int64_t)v[5] * 1000 + (int64_t)ms;
    return GH_OK;
}
