/* SPDX-License-Identifier: Apache-2.0 */
#include "base/duration.h"

static const struct unit {
    char letter;
    bool is_time; /* behind the T */
    int64_t ms;
} units[] = {{'W', false, INT64_C(604800000)}, {'D', false, 86400000}, {'H', true, 3600000}, {'M', true, 60000}, {'S', true, 1000}};
#define N_UNITS (sizeof(units) / sizeof(units[0]))

/* Index of the unit of this letter, from `from` on; N_UNITS: none. */
static size_t
find(char letter, bool is_time, size_t from)
{
    for (size_t i = from; i < N_UNITS; i++)
        if (units[i].letter == letter && units[i].is_time == is_time)
            return i;
    return N_UNITS;
}

/* One "12H" off the front of *s; units come in their order, each once. */
static enum gh_rc
take(int64_t *ms, size_t *unit, struct gh_str *s, bool is_time)
{
    uint64_t n;
    size_t digits = 0;

    while (digits < s->n && s->p[digits] >= '0' && s->p[digits] <= '9')
        digits++;
    if (digits == s->n || gh_str_u64(&n, gh_str_sub(*s, 0, digits), (uint64_t)GH_DURATION_MS_MAX / 1000) != GH_OK)
        return GH_BAD;
    if ((*unit = find(s->p[digits], is_time, *unit)) == N_UNITS)
        return GH_BAD;
    if ((int64_t)n > (GH_DURATION_MS_MAX - *ms) / units[*unit].ms)
        return GH_BAD;
    *ms += (int64_t)n * units[*unit].ms;
    ++*unit;
    *s = gh_str_sub(*s, digits + 1, SIZE_MAX);
    return GH_OK;
}

enum gh_rc
gh_duration_read(int64_t *ms, struct gh_str s)
{
    bool is_time = false;
    size_t unit = 0;

    *ms = 0;
    if (s.n < 3 || s.p[0] != 'P')
        return GH_BAD;
    s = gh_str_sub(s, 1, SIZE_MAX);
    while (s.n > 0) {
        if (s.p[0] == 'T' && !is_time) {
            is_time = true;
            s = gh_str_sub(s, 1, SIZE_MAX);
        }
        if (take(ms, &unit, &s, is_time) != GH_OK)
            return GH_BAD;
    }
    return *ms > 0 ? GH_OK : GH_BAD;
}

void
gh_duration_put(struct gh_buf *out, int64_t ms)
{
    bool is_time = false;

    gh_buf_putc(out, 'P');
    for (size_t i = 1; i < N_UNITS; i++) { /* weeks are read, not written */
        int64_t n = ms / units[i].ms;
        if (n == 0)
            continue;
        if (units[i].is_time && !is_time)
            gh_buf_putc(out, 'T');
        is_time = units[i].is_time;
        gh_buf_put_u64(out, (uint64_t)n);
        gh_buf_putc(out, units[i].letter);
        ms -= n * units[i].ms;
    }
}
