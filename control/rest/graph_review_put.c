/* SPDX-License-Identifier: Apache-2.0 */
/* Definitions of access reviews as Graph shows them, and what an update of one makes of ours. */
#include "base/duration.h"
#include "control/rest/graph_odata.h"
#include "control/rest/graph_reviews.h"
#include "control/review/review.h"

#define DAY_MS   INT64_C(86400000)
#define BODY_MAX (1u << 16)

static void
put_scope(struct gh_jsonw *w, const struct gh_props *p)
{
    gh_jsonw_key(w, "scope");
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "@odata.type", GH_STR("#microsoft.graph.accessReviewQueryScope"));
    gh_jsonw_kstr(w, "query", gh_scope_review(p));
    gh_jsonw_kstr(w, "queryType", GH_STR("MicrosoftGraph"));
    gh_jsonw_end(w, '}');
}

static void
put_reviewers(struct gh_jsonw *w, const struct gh_props *p)
{
    struct gh_str *who;
    size_t n;
    gh_jsonw_key(w, "reviewers");
    gh_jsonw_arr(w);
    if (gh_props_list(&who, &n, p, "reviewers") == GH_OK)
        for (size_t i = 0; i < n; i++) {
            gh_jsonw_obj(w);
            gh_jsonw_kstr(w, "query", who[i]);
            gh_jsonw_kstr(w, "queryType", GH_STR("MicrosoftGraph"));
            gh_jsonw_end(w, '}');
        }
    gh_jsonw_end(w, ']');
}

/* ---- recurrence ---- */

static uint64_t
days_of(int64_t ms)
{
    return (uint64_t)((ms + DAY_MS - 1) / DAY_MS);
}

/* null: once. */
static void
put_pattern(struct gh_jsonw *w, const struct gh_review *r)
{
    uint64_t days = days_of(r->every_ms);
    bool is_weeks = days % 7 == 0;
    gh_jsonw_key(w, "pattern");
    if (r->every_ms == 0 && r->every_months == 0) {
        gh_jsonw_null(w);
        return;
    }
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "type", r->every_months > 0 ? GH_STR("absoluteMonthly") : is_weeks ? GH_STR("weekly") : GH_STR("daily"));
    gh_jsonw_ku64(w, "interval", r->every_months > 0 ? (uint64_t)r->every_months : is_weeks ? days / 7 : days);
    gh_jsonw_end(w, '}');
}

static void
put_recurrence(struct gh_jsonw *w, struct gh_call *call, const struct gh_review *r)
{
    gh_jsonw_key(w, "recurrence");
    gh_jsonw_obj(w);
    put_pattern(w, r);
    gh_jsonw_key(w, "range");
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "type", r->occurrences > 0 ? GH_STR("numbered") : GH_STR("noEnd"));
    gh_door_time(w, call, "startDate", r->start_ms);
    gh_jsonw_ku64(w, "numberOfOccurrences", (uint64_t)r->occurrences);
    gh_jsonw_kstr(w, "recurrenceTimeZone", GH_STR("UTC"));
    gh_jsonw_end(w, '}');
    gh_jsonw_end(w, '}');
}

/* ---- settings ---- */

static void
put_apply_actions(struct gh_jsonw *w, bool is_auto_applied)
{
    gh_jsonw_key(w, "applyActions");
    gh_jsonw_arr(w);
    if (is_auto_applied) {
        gh_jsonw_obj(w);
        gh_jsonw_kstr(w, "@odata.type", GH_STR("#microsoft.graph.removeAccessApplyAction"));
        gh_jsonw_end(w, '}');
    }
    gh_jsonw_end(w, ']');
}

static void
put_settings(struct gh_jsonw *w, struct gh_call *call, const struct gh_review *r, const struct gh_props *p)
{
    gh_jsonw_key(w, "settings");
    gh_jsonw_obj(w);
    gh_jsonw_kbool(w, "mailNotificationsEnabled", false);
    gh_jsonw_kbool(w, "reminderNotificationsEnabled", false);
    gh_jsonw_kbool(w, "justificationRequiredOnApproval", r->wants_justification);
    gh_jsonw_kbool(w, "defaultDecisionEnabled", !gh_str_eq(r->default_decision, GH_STR("None")));
    gh_jsonw_kstr(w, "defaultDecision", r->default_decision);
    gh_jsonw_ku64(w, "instanceDurationInDays", days_of(r->duration_ms));
    gh_jsonw_kbool(w, "autoApplyDecisionsEnabled", r->is_auto_applied);
    gh_jsonw_kbool(w, "recommendationsEnabled", true);
    gh_jsonw_kstr(w, "recommendationLookBackDuration", gh_props_str(p, "lookBack", GH_STR("P30D")));
    put_recurrence(w, call, r);
    put_apply_actions(w, r->is_auto_applied);
    gh_jsonw_end(w, '}');
}

/* ---- all ---- */

void
gh_graph_review_put(struct gh_jsonw *w, struct gh_call *call, const struct gh_store_resource *r, const struct gh_props *p)
{
    gh_json_ref subjects = gh_json_get(&p->j, p->root, GH_STR("subjects"));
    struct gh_review review;
    const char *why, *where;
    enum gh_rc rc = gh_review_read(&review, p, r->created_ms, &why, &where);
    if (rc != GH_OK) { /* what is stored was read before it was */
        (void)gh_call_failed(call, rc);
        return;
    }
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "id", gh_str_sub(r->path, sizeof("/accessReviews/") - 1, SIZE_MAX));
    gh_jsonw_kstr(w, "displayName", gh_props_str(p, "displayName", GH_STR("")));
    gh_jsonw_kstr(w, "descriptionForReviewers", gh_props_str(p, "description", GH_STR("")));
    gh_jsonw_kstr(w, "descriptionForAdmins", gh_props_str(p, "descriptionForAdmins", GH_STR("")));
    gh_jsonw_kstr(w, "status", review.is_enabled ? GH_STR("InProgress") : GH_STR("Completed"));
    put_scope(w, p);
    put_reviewers(w, p);
    put_settings(w, call, &review, p);
    gh_jsonw_kbool(w, "gatehouseEnabled", review.is_enabled);
    gh_jsonw_key(w, "gatehouseSubjects");
    gh_jsonw_raw(w, subjects == GH_JSON_NO ? GH_STR("[\"roleAssignments\"]") : gh_json_raw(&p->j, subjects));
    gh_door_time(w, call, "createdDateTime", r->created_ms);
    gh_door_time(w, call, "lastModifiedDateTime", r->updated_ms);
    gh_jsonw_end(w, '}');
}

/* ---- an update ---- */

/* The stored one as Graph shows it, with the body's members over it. */
static bool
merge(
    struct gh_str *shown, struct gh_str *merged, struct gh_call *call, const struct gh_store_resource *r, const struct gh_props *p)
{
    struct gh_err err = {0};
    struct gh_json old, body;
    struct gh_buf text, out;
    struct gh_jsonw w;
    if (gh_json_parse(&body, call->a, call->body, &err) != GH_OK || gh_json_type(&body, 0) != GH_JSON_OBJECT)
        return gh_door_refuse(call, 400, NULL, GH_STR("The body is not a JSON object."));
    gh_buf_init(&text, call->a, BODY_MAX);
    gh_jsonw_init(&w, &text);
    gh_graph_review_put(&w, call, r, p);
    *shown = gh_buf_str(&text);
    enum gh_rc rc = text.rc == GH_OK ? gh_json_parse(&old, call->a, *shown, &err) : text.rc;
    if (rc != GH_OK)
        return gh_call_failed(call, rc);
    gh_buf_init(&out, call->a, 2 * BODY_MAX);
    gh_jsonw_init(&w, &out);
    gh_graph_odata(call, &w, &old, 0, &body, 0, 0);
    *merged = gh_buf_str(&out);
    return out.rc == GH_OK || gh_call_failed(call, out.rc);
}

static struct gh_str
value_of(const struct gh_props *p, const char *name)
{
    gh_json_ref v = gh_json_get(&p->j, p->root, gh_str_z(name));
    return v == GH_JSON_NO ? GH_STR("") : gh_json_raw(&p->j, v);
}

bool
gh_graph_review_update(struct gh_str *properties, struct gh_call *call, const struct gh_store_resource *r, const struct gh_props *p)
{
    const struct gh_resource_row *row = &gh_resource_table[GH_RESOURCE_ACCESS_REVIEW];
    struct gh_str shown, merged, told_json, asked_json;
    struct gh_props told, asked;
    struct gh_buf out;
    struct gh_jsonw w;
    if (!merge(&shown, &merged, call, r, p) || !gh_graph_review_read(&told_json, call, shown) ||
        !gh_graph_review_read(&asked_json, call, merged))
        return false;
    enum gh_rc rc = gh_props_open(&told, call->a, told_json);
    if (rc == GH_OK)
        rc = gh_props_open(&asked, call->a, asked_json);
    if (rc != GH_OK)
        return gh_call_failed(call, rc);
    gh_buf_init(&out, call->a, BODY_MAX);
    gh_jsonw_init(&w, &out);
    gh_jsonw_obj(&w);
    for (size_t i = 0; i < row->n_props; i++) {
        struct gh_str value = value_of(&asked, row->props[i].name);
        if (gh_str_eq(value, value_of(&told, row->props[i].name)))
            value = value_of(p, row->props[i].name);
        if (value.n == 0)
            continue;
        gh_jsonw_key(&w, row->props[i].name);
        gh_jsonw_raw(&w, value);
    }
    gh_jsonw_end(&w, '}');
    *properties = gh_buf_str(&out);
    return out.rc == GH_OK || gh_call_failed(call, out.rc);
}
