/* SPDX-License-Identifier: Apache-2.0 */
/* accessReviewScheduleDefinition: what of it we have, by name; what we have not is refused by name. */
#include "control/rest/graph_reviews.h"

#define INTERVAL_MAX 3660 /* of any pattern: ten years of days */

struct reading {
    struct gh_call *call;
    struct gh_json j;
    struct gh_jsonw w;
};

typedef bool read_fn(struct reading *r, gh_json_ref v);
struct member {
    const char *name;
    read_fn *read; /* NULL: accepted, and means nothing here */
};

static bool
refuse(struct reading *r, const char *what, const char *why)
{
    return gh_door_refuse(r->call, 400, NULL, gh_door_text(r->call, GH_STR("Not supported: "), gh_str_z(what), gh_str_z(why)));
}

static struct gh_str
text(struct reading *r, gh_json_ref v)
{
    struct gh_str s = {NULL, 0};
    return gh_json_str(&s, r->call->a, &r->j, v) == GH_OK ? s : (struct gh_str){NULL, 0};
}

static bool
is_null(const struct reading *r, gh_json_ref v)
{
    enum gh_json_type t = gh_json_type(&r->j, v);
    return t == GH_JSON_NULL || t == GH_JSON_NONE;
}

/* Every member of the object has a row, and its row takes it. What is no object says nothing, and so is not taken for one that does. */
static bool
read_members(struct reading *r, gh_json_ref o, const struct member *rows, size_t n)
{
    if (gh_json_type(&r->j, o) != GH_JSON_OBJECT)
        return false;
    for (gh_json_ref v = gh_json_first(&r->j, o); v != GH_JSON_NO; v = gh_json_next(&r->j, o, v)) {
        struct gh_str key;
        size_t i = 0;
        if (gh_json_key(&key, r->call->a, &r->j, v) != GH_OK)
            return gh_call_failed(r->call, GH_NOMEM);
        while (i < n && !gh_str_eq(key, gh_str_z(rows[i].name)))
            i++;
        if (i == n)
            return gh_door_refuse(r->call, 400, NULL, gh_door_text(r->call, GH_STR("Not supported: "), key));
        if (rows[i].read != NULL && !is_null(r, v) && !rows[i].read(r, v))
            return r->call->status >= 400 ? false : refuse(r, rows[i].name, " has another form");
    }
    return true;
}
#define MEMBERS(r, o, rows) read_members(r, o, rows, sizeof(rows) / sizeof((rows)[0]))

/* ---- plain members ---- */

static bool
put_text(struct reading *r, const char *name, gh_json_ref v)
{
    struct gh_str s = text(r, v);
    if (s.p != NULL)
        gh_jsonw_kstr(&r->w, name, s);
    return s.p != NULL;
}

static bool
put_bool(struct reading *r, const char *name, gh_json_ref v)
{
    enum gh_json_type t = gh_json_type(&r->j, v);
    if (t == GH_JSON_TRUE || t == GH_JSON_FALSE)
        gh_jsonw_kbool(&r->w, name, t == GH_JSON_TRUE);
    return t == GH_JSON_TRUE || t == GH_JSON_FALSE;
}

static bool
display_name(struct reading *r, gh_json_ref v)
{
    return put_text(r, "displayName", v);
}

static bool
description(struct reading *r, gh_json_ref v)
{
    return put_text(r, "description", v);
}

static bool
description_for_admins(struct reading *r, gh_json_ref v)
{
    return put_text(r, "descriptionForAdmins", v);
}

static bool
enabled(struct reading *r, gh_json_ref v)
{
    return put_bool(r, "enabled", v);
}

static bool
only_false(struct reading *r, gh_json_ref v)
{
    return gh_json_type(&r->j, v) == GH_JSON_FALSE || refuse(r, "mail", ": nothing here sends any");
}

static bool
only_true(struct reading *r, gh_json_ref v)
{
    return gh_json_type(&r->j, v) == GH_JSON_TRUE ||
           refuse(r, "recommendationsEnabled", ": records recommend always; nobody must follow");
}

static bool
is_empty(const struct reading *r, gh_json_ref v)
{
    return gh_json_type(&r->j, v) == GH_JSON_ARRAY && gh_json_first(&r->j, v) == GH_JSON_NO;
}

static bool
only_empty(struct reading *r, gh_json_ref v)
{
    return is_empty(r, v) || refuse(r, "stages, fallback and further reviewers", ": a review has one stage");
}

/* ---- scope ---- */

static bool
query(struct reading *r, gh_json_ref v)
{
    struct gh_str path = text(r, v), scope;
    if (path.p == NULL || !gh_door_scope(&scope, r->call, gh_str_eq(path, GH_STR("/")) ? GH_STR("") : path))
        return false;
    gh_jsonw_kstr(&r->w, "scope", scope);
    return true;
}

static const struct member query_scope[] = {{"@odata.type", NULL}, {"query", query}, {"queryType", NULL}, {"queryRoot", NULL}};

static bool
resource_scopes(struct reading *r, gh_json_ref v)
{
    gh_json_ref first = gh_json_first(&r->j, v);
    if (gh_json_type(&r->j, v) != GH_JSON_ARRAY || first == GH_JSON_NO || gh_json_next(&r->j, v, first) != GH_JSON_NO)
        return refuse(r, "resourceScopes", ": exactly one, whose query is / or the path of a resource");
    return MEMBERS(r, first, query_scope);
}

static bool
principal_scopes(struct reading *r, gh_json_ref v)
{
    return is_empty(r, v) || refuse(r, "principalScopes", ": everybody who was given something there is reviewed");
}

static bool
scope(struct reading *r, gh_json_ref v)
{
    static const struct member rows[] = {{"@odata.type", NULL}, {"query", query}, {"queryType", NULL}, {"queryRoot", NULL},
        {"resourceScopes", resource_scopes}, {"principalScopes", principal_scopes}};
    bool has_query = !is_null(r, gh_json_get(&r->j, v, GH_STR("query"))),
         has_list = !is_null(r, gh_json_get(&r->j, v, GH_STR("resourceScopes")));
    if (has_query && has_list)
        return refuse(r, "scope", ": query or resourceScopes, not both");
    return (has_query || has_list) && MEMBERS(r, v, rows); /* one of nothing would be the whole installation */
}

/* ---- reviewers ---- */

static bool
reviewers(struct reading *r, gh_json_ref v)
{
    if (gh_json_type(&r->j, v) != GH_JSON_ARRAY)
        return false;
    gh_jsonw_key(&r->w, "reviewers");
    gh_jsonw_arr(&r->w);
    for (gh_json_ref e = gh_json_first(&r->j, v); e != GH_JSON_NO; e = gh_json_next(&r->j, v, e)) {
        struct gh_str who = text(r, gh_json_get(&r->j, e, GH_STR("query")));
        if (gh_str_starts(who, GH_STR("/v1.0/")))
            who = gh_str_sub(who, 5, SIZE_MAX);
        if (gh_str_starts(who, GH_STR("/users/")))
            who = gh_door_text(r->call, GH_STR("/identities/"), gh_str_sub(who, 7, SIZE_MAX));
        if (who.n == 0)
            return refuse(r, "reviewers", ": each is {query: /users/NAME, /groups/NAME or issuer:subject}");
        gh_jsonw_str(&r->w, who);
    }
    gh_jsonw_end(&r->w, ']');
    return true;
}

/* ---- settings ---- */

static bool
justification(struct reading *r, gh_json_ref v)
{
    return put_bool(r, "justificationRequired", v);
}

static bool
auto_apply(struct reading *r, gh_json_ref v)
{
    return put_bool(r, "autoApply", v);
}

static bool
look_back(struct reading *r, gh_json_ref v)
{
    return put_text(r, "lookBack", v);
}

static bool
put_days(struct reading *r, const char *name, const char *unit, int64_t n)
{
    struct gh_buf b;
    if (n < 1 || n > 3660)
        return false;
    gh_buf_init(&b, r->call->a, 32);
    gh_buf_putc(&b, 'P');
    gh_buf_put_i64(&b, n);
    gh_buf_putz(&b, unit);
    gh_jsonw_kstr(&r->w, name, gh_buf_str(&b));
    return true;
}

static bool
duration(struct reading *r, gh_json_ref v)
{
    int64_t n;
    return gh_json_i64(&n, &r->j, v) == GH_OK && put_days(r, "instanceDuration", "D", n);
}

static bool
apply_actions(struct reading *r, gh_json_ref v)
{
    if (gh_json_type(&r->j, v) != GH_JSON_ARRAY)
        return false;
    for (gh_json_ref e = gh_json_first(&r->j, v); e != GH_JSON_NO; e = gh_json_next(&r->j, v, e)) {
        struct gh_str type = text(r, gh_json_get(&r->j, e, GH_STR("@odata.type")));
        if (!gh_str_eq(type, GH_STR("#microsoft.graph.removeAccessApplyAction")))
            return refuse(r, "applyActions", ": only removeAccessApplyAction");
    }
    return true;
}

/* Absent or enabled: the word given; not enabled: what nobody decides stays. */
static bool
default_decision(struct reading *r, gh_json_ref settings)
{
    gh_json_ref is_on = gh_json_get(&r->j, settings, GH_STR("defaultDecisionEnabled"));
    gh_json_ref word = gh_json_get(&r->j, settings, GH_STR("defaultDecision"));
    if (gh_json_type(&r->j, is_on) != GH_JSON_TRUE || is_null(r, word))
        return true;
    return put_text(r, "defaultDecision", word);
}

static const struct {
    const char *type, *unit;
    int64_t factor;
} patterns[] = {{"daily", "D", 1}, {"weekly", "D", 7}, {"absoluteMonthly", "M", 1}};

/* Each instance begins on the day of the month, or of the week, on which the first did. */
static bool
only_as_begun(struct reading *r, gh_json_ref v)
{
    int64_t n = 0;
    bool is_unsaid = gh_json_type(&r->j, v) == GH_JSON_ARRAY ? gh_json_first(&r->j, v) == GH_JSON_NO
                                                             : gh_json_i64(&n, &r->j, v) == GH_OK && n == 0;
    return is_unsaid || refuse(r, "recurrence.pattern", ": days of a week or month; each instance begins on that of startDate");
}

static bool
pattern(struct reading *r, gh_json_ref v)
{
    static const struct member rows[] = {{"type", NULL}, {"interval", NULL}, {"month", only_as_begun},
        {"dayOfMonth", only_as_begun}, {"daysOfWeek", only_as_begun}, {"firstDayOfWeek", NULL}, {"index", NULL}};
    struct gh_str type = text(r, gh_json_get(&r->j, v, GH_STR("type")));
    int64_t interval = 1;
    if (!MEMBERS(r, v, rows) || gh_json_opt_i64(&interval, &r->j, v, "interval") != GH_OK || interval > INTERVAL_MAX)
        return false;
    for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
        if (gh_str_eq(type, gh_str_z(patterns[i].type)))
            return put_days(r, "recurrence", patterns[i].unit, interval * patterns[i].factor);
    return refuse(r, "recurrence.pattern.type", ": daily, weekly or absoluteMonthly");
}

static bool
start_date(struct reading *r, gh_json_ref v)
{
    struct gh_str start = text(r, v);
    if (start.n == 10)
        start = gh_door_text(r->call, start, GH_STR("T00:00:00Z"));
    if (start.n > 0)
        gh_jsonw_kstr(&r->w, "startDate", start);
    return start.n > 0;
}

static bool
occurrences(struct reading *r, gh_json_ref v)
{
    int64_t n;
    if (gh_json_i64(&n, &r->j, v) != GH_OK || n < 0)
        return false;
    if (n > 0) /* 0: not said */
        gh_jsonw_ku64(&r->w, "occurrences", (uint64_t)n);
    return true;
}

static bool
only_utc(struct reading *r, gh_json_ref v)
{
    struct gh_str zone = text(r, v);
    return gh_str_eq(zone, GH_STR("")) || gh_str_eq_ci(zone, GH_STR("UTC")) ||
           refuse(r, "recurrence.range.recurrenceTimeZone", ": times are UTC");
}

static bool
range(struct reading *r, gh_json_ref v)
{
    static const struct member numbered[] = {{"type", NULL}, {"startDate", start_date}, {"endDate", NULL},
        {"numberOfOccurrences", occurrences}, {"recurrenceTimeZone", only_utc}},
                               endless[] = {{"type", NULL}, {"startDate", start_date}, {"endDate", NULL},
                                   {"numberOfOccurrences", NULL}, {"recurrenceTimeZone", only_utc}};
    struct gh_str type = text(r, gh_json_get(&r->j, v, GH_STR("type")));
    if (gh_str_eq(type, GH_STR("endDate")))
        return refuse(r, "recurrence.range.type", ": noEnd or numbered");
    return gh_str_eq(type, GH_STR("numbered")) ? MEMBERS(r, v, numbered) : MEMBERS(r, v, endless);
}

static bool
recurrence(struct reading *r, gh_json_ref v)
{
    static const struct member rows[] = {{"pattern", pattern}, {"range", range}};
    return MEMBERS(r, v, rows);
}

static bool
settings(struct reading *r, gh_json_ref v)
{
    static const struct member rows[] = {{"mailNotificationsEnabled", only_false}, {"reminderNotificationsEnabled", only_false},
        {"justificationRequiredOnApproval", justification}, {"defaultDecisionEnabled", NULL}, {"defaultDecision", NULL},
        {"instanceDurationInDays", duration}, {"autoApplyDecisionsEnabled", auto_apply}, {"recommendationsEnabled", only_true},
        {"recommendationLookBackDuration", look_back}, {"recurrence", recurrence}, {"applyActions", apply_actions},
        {"decisionHistoriesForReviewersEnabled", only_false}};
    return MEMBERS(r, v, rows) && default_decision(r, v);
}

static bool
subjects(struct reading *r, gh_json_ref v)
{
    gh_jsonw_key(&r->w, "subjects");
    gh_jsonw_raw(&r->w, gh_json_raw(&r->j, v));
    return gh_json_type(&r->j, v) == GH_JSON_ARRAY;
}

bool
gh_graph_review_read(struct gh_str *properties, struct gh_call *call, struct gh_str json)
{
    static const struct member rows[] = {{"displayName", display_name}, {"descriptionForReviewers", description},
        {"descriptionForAdmins", description_for_admins}, {"scope", scope}, {"reviewers", reviewers},
        {"fallbackReviewers", only_empty}, {"stageSettings", only_empty}, {"additionalNotificationRecipients", only_empty},
        {"settings", settings}, {"id", NULL}, {"status", NULL}, {"createdDateTime", NULL}, {"lastModifiedDateTime", NULL},
        {"createdBy", NULL}, {"@odata.type", NULL}, {"@odata.context", NULL}, {"@odata.etag", NULL},
        {"gatehouseSubjects", subjects}, {"gatehouseEnabled", enabled}};
    struct reading r = {.call = call};
    struct gh_err err = {0};
    struct gh_buf b;
    if (gh_json_parse(&r.j, call->a, json, &err) != GH_OK || gh_json_type(&r.j, 0) != GH_JSON_OBJECT)
        return gh_door_refuse(call, 400, NULL, GH_STR("The body is not a JSON object."));
    gh_buf_init(&b, call->a, 1u << 16);
    gh_jsonw_init(&r.w, &b);
    gh_jsonw_obj(&r.w);
    if (!MEMBERS(&r, 0, rows))
        return false;
    gh_jsonw_end(&r.w, '}');
    *properties = gh_buf_str(&b);
    return b.rc == GH_OK || gh_call_failed(call, b.rc);
}
