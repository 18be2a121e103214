/* SPDX-License-Identifier: Apache-2.0 */
/* Definitions: how they are read, and when their instances begin. */
#include "control/review/review_int.h"

#include "base/codec.h"
#include "base/duration.h"

#define DAY_MS     INT64_C(86400000)
#define MONTHS_MAX 120

static const struct {
    const char *word;
    unsigned bit;
} subject_words[] = {{"roleAssignments", GH_REVIEW_ASSIGNMENTS}, {"apiKeys", GH_REVIEW_KEYS},
    {"keyCreators", GH_REVIEW_KEY_CREATORS}, {"roleEligibilities", GH_REVIEW_ELIGIBILITIES}};

static enum gh_rc
bad(const char **why, const char **where, const char *text, const char *name)
{
    *why = text;
    *where = name;
    return GH_BAD;
}

static enum gh_rc
read_texts(struct gh_str **out, size_t *n, const struct gh_props *p, const char *name, const char **why, const char **where)
{
    enum gh_rc rc = gh_props_list(out, n, p, name);
    return rc == GH_BAD ? bad(why, where, "not a list of texts", name) : rc;
}

static enum gh_rc
read_subjects(struct gh_review *out, const struct gh_props *p, const char **why, const char **where)
{
    struct gh_str *words;
    size_t n;
    enum gh_rc rc = read_texts(&words, &n, p, "subjects", why, where);
    if (rc != GH_OK)
        return rc;
    out->subjects = n == 0 ? GH_REVIEW_ASSIGNMENTS : 0;
    for (size_t i = 0; i < n; i++) {
        unsigned bit = 0;
        for (size_t k = 0; k < sizeof(subject_words) / sizeof(subject_words[0]); k++)
            if (gh_str_eq(words[i], gh_str_z(subject_words[k].word)))
                bit = subject_words[k].bit;
        if (bit == 0)
            return bad(why, where, "subjects are roleAssignments, roleEligibilities, apiKeys and keyCreators", "subjects");
        out->subjects |= bit;
    }
    return GH_OK;
}

/* "P3M": months have no fixed length, so they are counted in the calendar. Anything else is a duration. */
static enum gh_rc
read_recurrence(struct gh_review *out, struct gh_str text)
{
    uint64_t n;
    if (text.n == 0)
        return GH_OK;
    bool is_months = gh_str_starts(text, GH_STR("P")) && gh_str_ends(text, GH_STR("M")) && gh_str_chr(text, 'T') == SIZE_MAX;
    if (!is_months)
        return gh_duration_read(&out->every_ms, text);
    if (gh_str_u64(&n, gh_str_sub(text, 1, text.n - 2), MONTHS_MAX) != GH_OK || n == 0)
        return GH_BAD;
    out->every_months = (int64_t)n;
    return GH_OK;
}

static enum gh_rc
read_times(struct gh_review *out, const struct gh_props *p, int64_t created_ms, const char **why, const char **where)
{
    struct gh_str start = gh_props_str(p, "startDate", GH_STR(""));
    out->start_ms = created_ms;
    if (start.n > 0 && gh_time_read(&out->start_ms, start) != GH_OK)
        return bad(why, where, "not a time like 2026-01-31T00:00:00Z", "startDate");
    if (gh_duration_read(&out->duration_ms, gh_props_str(p, "instanceDuration", GH_STR("P14D"))) != GH_OK)
        return bad(why, where, "not a duration like P14D (or PT30M)", "instanceDuration");
    if (gh_duration_read(&out->lookback_ms, gh_props_str(p, "lookBack", GH_STR("P30D"))) != GH_OK)
        return bad(why, where, "not a duration like P30D", "lookBack");
    if (read_recurrence(out, gh_props_str(p, "recurrence", GH_STR(""))) != GH_OK)
        return bad(why, where, "not a duration like P7D or P3M", "recurrence");
    int64_t every = out->every_months > 0 ? out->every_months * 28 * DAY_MS : out->every_ms;
    return every == 0 || every >= out->duration_ms
               ? GH_OK
               : bad(why, where, "an instance must end before the next one begins", "instanceDuration");
}

enum gh_rc
gh_review_read(struct gh_review *out, const struct gh_props *p, int64_t created_ms, const char **why, const char **where)
{
    *out = (struct gh_review){.scope = gh_scope_review(p)};
    enum gh_rc rc = read_subjects(out, p, why, where);
    if (rc == GH_OK)
        rc = read_times(out, p, created_ms, why, where);
    if (rc == GH_OK)
        rc = read_texts(&out->reviewers, &out->n_reviewers, p, "reviewers", why, where);
    out->occurrences = gh_props_i64(p, "occurrences", 0);
    out->default_decision = gh_props_str(p, "defaultDecision", GH_STR("None"));
    out->is_auto_applied = gh_props_bool(p, "autoApply", false);
    out->wants_justification = gh_props_bool(p, "justificationRequired", true);
    out->is_enabled = gh_props_bool(p, "enabled", true);
    return rc;
}

/* ---- the calendar ---- */

/* `months` later at the same time of day; the 31st of a shorter month is its last day. */
static int64_t
add_months(int64_t ms, int64_t months)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    char mem[40];
    struct gh_buf b;
    uint64_t year, month, day;
    int64_t out = INT64_MAX;
    gh_buf_init_fixed(&b, mem, sizeof(mem));
    gh_time_put(&b, ms);
    struct gh_str s = gh_buf_str(&b); /* "2026-01-31T23:59:59.123Z" */
    if (s.n < 20)
        return INT64_MAX;
    year =
        (uint64_t)(s.p[0] - '0') * 1000 + (uint64_t)(s.p[1] - '0') * 100 + (uint64_t)(s.p[2] - '0') * 10 + (uint64_t)(s.p[3] - '0');
    month = (uint64_t)(s.p[5] - '0') * 10 + (uint64_t)(s.p[6] - '0') - 1 + (uint64_t)months;
    day = (uint64_t)(s.p[8] - '0') * 10 + (uint64_t)(s.p[9] - '0');
    year += month / 12;
    month %= 12;
    bool is_leap = month == 1 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    uint64_t longest = (uint64_t)days[month] + is_leap;
    day = day > longest ? longest : day;
    if (year > 9999)
        return INT64_MAX;
    for (int i = 0; i < 4; i++, year /= 10)
        mem[3 - i] = (char)('0' + year % 10);
    mem[5] = (char)('0' + (month + 1) / 10);
    mem[6] = (char)('0' + (month + 1) % 10);
    mem[8] = (char)('0' + day / 10);
    mem[9] = (char)('0' + day % 10);
    return gh_time_read(&out, s) == GH_OK ? out : INT64_MAX;
}

int64_t
gh_review_begins(const struct gh_review *r, int64_t n)
{
    bool is_recurring = r->every_ms > 0 || r->every_months > 0;
    if (n > 0 && (!is_recurring || (r->occurrences > 0 && n >= r->occurrences)))
        return INT64_MAX;
    if (r->every_months > 0)
        return n > MONTHS_MAX * 100 ? INT64_MAX : add_months(r->start_ms, n * r->every_months);
    if (r->every_ms > 0 && n > (INT64_MAX - (r->start_ms > 0 ? r->start_ms : 0)) / r->every_ms)
        return INT64_MAX;
    return r->start_ms + n * r->every_ms;
}

enum gh_rc
review_of(struct gh_review *out, struct gh_store_tx *tx, struct gh_arena *a, struct gh_str path)
{
    struct gh_resource_path names;
    struct gh_store_resource r;
    struct gh_props p;
    const char *why, *where;
    enum gh_rc rc = gh_resource_find(&names, path);
    if (rc == GH_OK)
        rc = gh_store_resource_get(&r, a, tx, gh_project_path(a, GH_STR("/accessReviews/"), names.names[0]));
    if (rc != GH_OK)
        return rc;
    if (r.path.p == NULL)
        return GH_BUG;
    rc = gh_props_open(&p, a, r.body);
    return rc != GH_OK ? rc : gh_review_read(out, &p, r.created_ms, &why, &where);
}
