/* SPDX-License-Identifier: Apache-2.0 */
/* What people write: definitions, requests about an instance, decisions. */
#include "control/review/review_int.h"

#include "control/rest/rights.h"
#include "host/host.h"

struct gh_str
gh_scope_review(const struct gh_props *props)
{
    return gh_props_str(props, "scope", GH_STR("/"));
}

/* ---- definitions ---- */

static bool
count_one(void *ctx, const struct gh_store_resource *r)
{
    (void)r;
    ++*(size_t *)ctx;
    return true;
}

static bool
check_count(struct gh_write *w)
{
    size_t n = 0;
    enum gh_rc rc = w->old.path.p != NULL ? GH_OK : gh_store_resource_each(w->tx, GH_RESOURCE_ACCESS_REVIEW, count_one, &n);
    if (rc != GH_OK)
        return gh_call_failed(w->call, rc);
    return n < GH_REVIEWS_MAX || gh_call_problem(w->call, 409, "there are too many reviews already (256)", w->r.path);
}

static bool
check_scope(struct gh_write *w, struct gh_str scope)
{
    struct gh_resource_path r;
    if (gh_str_eq(scope, GH_STR("/")))
        return true;
    if (gh_resource_find(&r, scope) != GH_OK || r.is_collection || !gh_str_eq(r.path, scope))
        return gh_call_problem(w->call, 400, "a scope is / or the path of a resource", scope);
    return gh_write_needs(w, scope, "the scope does not exist") && gh_write_link(w, GH_STORE_LINK_RESOURCE, scope);
}

/* Each instance looks at everything that was given, in one transaction: one a second would leave time for nothing else. */
static bool
check_pace(struct gh_write *w, const struct gh_review *r)
{
    return r->every_ms == 0 || r->every_ms >= GH_REVIEW_EVERY_MS_MIN ||
           gh_call_problem(w->call, 400, "reviews do not recur more often than every PT30M", GH_STR("recurrence"));
}

/* Whoever lets denied access be taken away by itself could take it away himself. */
static bool
check_auto_apply(struct gh_write *w, const struct gh_review *r)
{
    if (!r->is_auto_applied)
        return true;
    if (!gh_call_may(w->call, GH_ACTION_ROLE_ASSIGNMENT_DELETE, r->scope))
        return gh_call_problem(w->call, 403, "autoApply needs the right to remove role assignments at the scope", r->scope);
    return (r->subjects & GH_REVIEW_KEYS) == 0 || gh_call_may(w->call, GH_ACTION_KEY_DELETE, r->scope) ||
           gh_call_problem(w->call, 403, "autoApply needs the right to remove API keys at the scope", r->scope);
}

static bool
check_reviewers(struct gh_write *w, const struct gh_review *r)
{
    for (size_t i = 0; i < r->n_reviewers; i++) {
        bool is_path = gh_str_starts(r->reviewers[i], GH_STR("/identities/")) || gh_str_starts(r->reviewers[i], GH_STR("/groups/"));
        if (is_path ? !gh_write_needs(w, r->reviewers[i], "a reviewer does not exist")
                    : gh_str_chr(r->reviewers[i], ':') == SIZE_MAX)
            return is_path
                       ? false
                       : gh_call_problem(w->call, 400, "a reviewer is /identities/x, /groups/g or issuer:subject", r->reviewers[i]);
        if (!gh_write_link(w, GH_STORE_LINK_PRINCIPAL, r->reviewers[i])) /* nobody else gets the name */
            return false;
    }
    return true;
}

/* Until it is carried out, a word against somebody is not his to undo: not by another policy for it, not by taking the review away. */
static bool
check_own(struct gh_write *w)
{
    bool denies = false;
    enum gh_rc rc = w->old.path.p == NULL ? GH_OK : review_denies_caller(&denies, w->tx, w->call, w->r.path);
    if (rc != GH_OK)
        return gh_call_failed(w->call, rc);
    return !denies ||
           gh_call_problem(w->call, 403, "it denies your own access: until that is applied, somebody else changes it", w->r.path);
}

bool
gh_check_delete_review(struct gh_write *w)
{
    return check_own(w);
}

bool
gh_check_review(struct gh_write *w)
{
    struct gh_review r;
    const char *why = NULL, *where = NULL;
    enum gh_rc rc = gh_review_read(&r, &w->props, gh_now_ms(), &why, &where);
    if (rc == GH_BAD && why != NULL)
        return gh_call_problem(w->call, 400, why, gh_str_z(where));
    if (rc != GH_OK)
        return gh_call_failed(w->call, rc);
    return check_count(w) && check_pace(w, &r) && check_scope(w, r.scope) && check_reviewers(w, &r) && check_auto_apply(w, &r) &&
           check_own(w);
}

/* ---- requests about an instance ---- */

static bool
may_apply(struct gh_write *w, struct gh_str scope)
{
    return (gh_call_may(w->call, GH_ACTION_ROLE_ASSIGNMENT_DELETE, scope) && gh_call_may(w->call, GH_ACTION_KEY_DELETE, scope)) ||
           gh_call_problem(
               w->call, 403, "applying removes assignments and keys: that needs the rights to delete both at the scope", scope);
}

static bool
is_reviewer(const struct gh_write *w, const struct gh_review *r)
{
    bool is_named = r->n_reviewers == 0 || w->call->is_local;
    for (size_t i = 0; !is_named && i < r->n_reviewers; i++)
        is_named = gh_rights_is_self(w->call, r->reviewers[i]);
    return is_named;
}

/* What is said of all of them at once takes what it takes for one. */
static bool
may_decide(struct gh_write *w, struct gh_str scope)
{
    return gh_call_may(w->call, GH_ACTION_REVIEW_DECIDE, scope) ||
           gh_call_problem(w->call, 403, "taking words back, or recommendations over, decides: that needs the right to", scope);
}

/* And for each what its own decision would take: what was given above the review's scope is decided there, and nobody decides about himself. */
static bool
may_decide_on(const void *ctx, const struct review_decision *d)
{
    const struct gh_call *call = ctx;
    return !gh_rights_is_self(call, d->principal) && gh_call_may(call, GH_ACTION_REVIEW_DECIDE, d->scope);
}

static bool
accept(struct gh_write *w, struct review_instance *i, const struct gh_review *r)
{
    if (!may_decide(w, i->scope))
        return false;
    if (!is_reviewer(w, r))
        return gh_call_problem(w->call, 403, "the review names other reviewers", w->r.path);
    enum gh_rc rc = review_accept(i, w->tx, w->call->a, i->by, may_decide_on, w->call, gh_now_ms());
    return rc == GH_OK || gh_call_failed(w->call, rc);
}

/* Reviewers and whoever else manages reviews here may: it undoes words, it gives none. Those about himself stay, and the chain says so. */
static bool
reset(struct gh_write *w, struct review_instance *i, const struct gh_review *r)
{
    int64_t left;
    (void)r;
    if (!may_decide(w, i->scope))
        return false;
    enum gh_rc rc = review_reset(i, &left, w->tx, w->call->a, may_decide_on, w->call, gh_now_ms());
    if (rc == GH_OK && left > 0 && !w->is_dry_run)
        rc = gh_call_record(
            w->call, w->tx, GH_RECORD_ADMIN, "review reset, but not what he may not decide on", w->r.path, GH_STR(""));
    return rc == GH_OK || gh_call_failed(w->call, rc);
}

static bool
stop(struct gh_write *w, struct review_instance *i, const struct gh_review *r)
{
    enum gh_rc rc = review_complete(i, w->tx, w->call->a, r, gh_now_ms());
    i->end_ms = gh_now_ms();
    return rc == GH_OK || gh_call_failed(w->call, rc);
}

static bool
apply(struct gh_write *w, struct review_instance *i, const struct gh_review *r)
{
    (void)r;
    i->status = REVIEW_APPLYING; /* the clock does it, within a second */
    return may_apply(w, i->scope);
}

struct request {
    const char *word;
    enum review_status from;
    const char *why_not;
    bool (*run)(struct gh_write *w, struct review_instance *i, const struct gh_review *r);
};
static const struct request requests[] = {
    {"stop", REVIEW_IN_PROGRESS, "it is not in progress", stop},
    {"applyDecisions", REVIEW_COMPLETED, "it is not completed, or was applied already", apply},
    {"resetDecisions", REVIEW_IN_PROGRESS, "it is not in progress", reset},
    {"acceptRecommendations", REVIEW_IN_PROGRESS, "it is not in progress", accept},
};

static bool
carry_out(struct gh_write *w, struct review_instance *i, const struct request *what)
{
    struct gh_review review;
    enum gh_rc rc = review_of(&review, w->tx, w->call->a, i->path);
    i->by = w->call->caller->name;
    return rc == GH_OK ? what->run(w, i, &review) : gh_call_failed(w->call, rc);
}

static bool
keep_body(struct gh_write *w, const struct gh_buf *body)
{
    w->stored_body = gh_buf_str(body);
    return body->rc == GH_OK || gh_call_failed(w->call, body->rc);
}

bool
gh_check_review_instance(struct gh_write *w)
{
    struct review_instance i;
    struct gh_str word = gh_props_str(&w->props, "request", GH_STR(""));
    struct gh_buf body;
    size_t what = 0;
    if (w->old.path.p == NULL)
        return gh_call_problem(w->call, 409, "instances are made by the review's clock", w->r.path);
    enum gh_rc rc = review_instance_read(&i, w->call->a, &w->old);
    if (rc != GH_OK)
        return gh_call_failed(w->call, rc);
    while (what < sizeof(requests) / sizeof(requests[0]) && !gh_str_eq(word, gh_str_z(requests[what].word)))
        what++;
    if (what == sizeof(requests) / sizeof(requests[0]))
        return gh_call_problem(
            w->call, 400, "request is stop, applyDecisions, resetDecisions or acceptRecommendations", GH_STR("request"));
    if (i.status != requests[what].from)
        return gh_call_problem(w->call, 409, requests[what].why_not, w->r.path);
    if (!carry_out(w, &i, &requests[what]))
        return false;
    gh_buf_init(&body, w->call->a, REVIEW_BODY_MAX);
    review_instance_put(&body, w->call->a, &i);
    return keep_body(w, &body);
}

/* ---- decisions ---- */

static bool
check_word(struct gh_write *w, const struct gh_review *r, const struct review_decision *d)
{
    bool is_approved = gh_str_eq(d->decision, GH_STR("Approve"));
    if (!is_reviewer(w, r))
        return gh_call_problem(w->call, 403, "the review names other reviewers", w->r.path);
    if (gh_rights_is_self(w->call, d->principal))
        return gh_call_problem(w->call, 403, "nobody decides about his own access", d->principal);
    return !is_approved || !r->wants_justification || d->justification.n > 0 ||
           gh_call_problem(w->call, 400, "an approval needs a justification", GH_STR("justification"));
}

/* Its instance, which must be in progress. */
static bool
load_instance(struct review_instance *i, struct gh_write *w)
{
    struct gh_store_resource r;
    size_t cut = gh_str_find(w->r.path, GH_STR("/decisions/"));
    enum gh_rc rc = gh_store_resource_get(&r, w->call->a, w->tx, gh_str_sub(w->r.path, 0, cut));
    if (rc == GH_OK && r.path.p != NULL)
        rc = review_instance_read(i, w->call->a, &r);
    if (rc != GH_OK)
        return gh_call_failed(w->call, rc);
    return (r.path.p != NULL && i->status == REVIEW_IN_PROGRESS) ||
           gh_call_problem(w->call, 409, "the review's instance is not in progress", w->r.path);
}

bool
gh_check_review_decision(struct gh_write *w)
{
    struct review_instance i;
    struct review_decision d;
    struct gh_review review;
    struct gh_buf body;
    if (w->old.path.p == NULL)
        return gh_call_problem(w->call, 409, "there is nothing to decide under this name", w->r.path);
    if (!load_instance(&i, w))
        return false;
    enum gh_rc rc = review_decision_read(&d, w->call->a, &w->old);
    if (rc == GH_OK)
        rc = review_of(&review, w->tx, w->call->a, w->r.path);
    if (rc != GH_OK)
        return gh_call_failed(w->call, rc);
    d.decision = gh_props_str(&w->props, "decision", GH_STR(""));
    d.justification = gh_props_str(&w->props, "justification", GH_STR(""));
    d.by = w->call->caller->name;
    d.decided_ms = gh_now_ms();
    if (!check_word(w, &review, &d))
        return false;
    gh_buf_init(&body, w->call->a, REVIEW_BODY_MAX);
    review_decision_put(&body, w->call->a, &d);
    return keep_body(w, &body);
}
