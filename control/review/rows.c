/* SPDX-License-Identifier: Apache-2.0 */
/* Instances and decisions as resources: their properties, read and written here alone. */
#include "control/review/review_int.h"

#include "base/codec.h"

const char *const review_status_names[REVIEW_STATUSES] = {
#define NAME(name, text) text,
    REVIEW_STATUS_LIST(NAME)
#undef NAME
};

static int64_t
time_of(const struct gh_props *p, const char *name)
{
    int64_t ms = 0;
    struct gh_str text = gh_props_str(p, name, GH_STR(""));
    return text.n > 0 && gh_time_read(&ms, text) == GH_OK ? ms : 0;
}

static void
put_time(struct gh_jsonw *w, struct gh_arena *a, const char *key, int64_t ms)
{
    struct gh_buf b;
    if (ms == 0)
        return;
    gh_buf_init(&b, a, 32);
    gh_time_put(&b, ms);
    gh_jsonw_kstr(w, key, gh_buf_str(&b));
}

static void
put_text(struct gh_jsonw *w, const char *key, struct gh_str s)
{
    if (s.n > 0)
        gh_jsonw_kstr(w, key, s);
}

/* What is lent is copied: readers keep it. */
static enum gh_rc
open_copy(struct gh_props *p, struct gh_str *path, struct gh_arena *a, const struct gh_store_resource *r)
{
    struct gh_str body;
    enum gh_rc rc = gh_arena_dup(path, a, r->path);
    if (rc == GH_OK)
        rc = gh_arena_dup(&body, a, r->body);
    return rc != GH_OK ? rc : gh_props_open(p, a, body);
}

static enum gh_rc
store(struct gh_store_tx *tx, enum gh_resource type, struct gh_str path, const struct gh_buf *body, int64_t now_ms)
{
    struct gh_store_resource r = {.path = path,
        .type = type,
        .body = gh_buf_str(body),
        .created_ms = now_ms,
        .updated_ms = now_ms,
        .created_by = GH_STR("control"),
        .updated_by = GH_STR("control")};
    return body->rc != GH_OK ? body->rc : gh_store_resource_put(tx, &r);
}

/* ---- instances ---- */

enum gh_rc
review_instance_read(struct review_instance *out, struct gh_arena *a, const struct gh_store_resource *r)
{
    struct gh_props p;
    *out = (struct review_instance){0};
    enum gh_rc rc = open_copy(&p, &out->path, a, r);
    if (rc != GH_OK)
        return rc;
    out->scope = gh_props_str(&p, "scope", GH_STR("/"));
    out->by = gh_props_str(&p, "changedBy", GH_STR(""));
    out->number = gh_props_i64(&p, "number", 0);
    out->start_ms = time_of(&p, "startAt");
    out->end_ms = time_of(&p, "endAt");
    out->decisions = gh_props_i64(&p, "decisions", 0);
    out->approved = gh_props_i64(&p, "approved", 0);
    out->denied = gh_props_i64(&p, "denied", 0);
    out->undecided = gh_props_i64(&p, "undecided", 0);
    out->removed = gh_props_i64(&p, "removed", 0);
    out->left_out = gh_props_i64(&p, "leftOut", 0);
    struct gh_str status = gh_props_str(&p, "status", GH_STR(""));
    for (int i = 0; i < REVIEW_STATUSES; i++)
        if (gh_str_eq(status, gh_str_z(review_status_names[i])))
            out->status = (enum review_status)i;
    return GH_OK;
}

void
review_instance_put(struct gh_buf *body, struct gh_arena *a, const struct review_instance *i)
{
    struct gh_jsonw w;
    gh_jsonw_init(&w, body);
    gh_jsonw_obj(&w);
    gh_jsonw_ku64(&w, "number", (uint64_t)i->number);
    gh_jsonw_kstr(&w, "scope", i->scope);
    gh_jsonw_kstr(&w, "status", gh_str_z(review_status_names[i->status]));
    put_time(&w, a, "startAt", i->start_ms);
    put_time(&w, a, "endAt", i->end_ms);
    gh_jsonw_ku64(&w, "decisions", (uint64_t)i->decisions);
    gh_jsonw_ku64(&w, "approved", (uint64_t)i->approved);
    gh_jsonw_ku64(&w, "denied", (uint64_t)i->denied);
    gh_jsonw_ku64(&w, "undecided", (uint64_t)i->undecided);
    gh_jsonw_ku64(&w, "removed", (uint64_t)i->removed);
    gh_jsonw_ku64(&w, "leftOut", (uint64_t)i->left_out);
    put_text(&w, "changedBy", i->by);
    gh_jsonw_end(&w, '}');
}

enum gh_rc
review_instance_store(struct gh_store_tx *tx, struct gh_arena *a, const struct review_instance *i, int64_t now_ms)
{
    struct gh_buf body;
    gh_buf_init(&body, a, REVIEW_BODY_MAX);
    review_instance_put(&body, a, i);
    return store(tx, GH_RESOURCE_REVIEW_INSTANCE, i->path, &body, now_ms);
}

/* ---- decisions ---- */

// clang-format off
#define TEXT(name, member) {name, offsetof(struct review_decision, member)}
static const struct {
    const char *name;
    size_t at;
} texts[] = {
    TEXT("kind", kind), TEXT("target", target), TEXT("principal", principal), TEXT("role", role), TEXT("scope", scope),
    TEXT("recommendation", recommendation), TEXT("recommendationReason", reason), TEXT("decision", decision),
    TEXT("justification", justification), TEXT("reviewedBy", by), TEXT("result", result),
}, times[] = {
    TEXT("lastUsedAt", last_used_ms), TEXT("reviewedAt", decided_ms), TEXT("appliedAt", applied_ms),
};
// clang-format on
#define COUNT(t) (sizeof(t) / sizeof((t)[0]))

enum gh_rc
review_decision_read(struct review_decision *out, struct gh_arena *a, const struct gh_store_resource *r)
{
    struct gh_props p;
    *out = (struct review_decision){0};
    enum gh_rc rc = open_copy(&p, &out->path, a, r);
    if (rc != GH_OK)
        return rc;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct gh_str s = gh_props_str(&p, texts[i].name, GH_STR(""));
        memcpy((char *)out + texts[i].at, &s, sizeof(s));
    }
    for (size_t i = 0; i < COUNT(times); i++) {
        int64_t ms = time_of(&p, times[i].name);
        memcpy((char *)out + times[i].at, &ms, sizeof(ms));
    }
    out->uses = gh_props_i64(&p, "uses", 0);
    out->made_ms = r->created_ms;
    return GH_OK;
}

void
review_decision_put(struct gh_buf *body, struct gh_arena *a, const struct review_decision *d)
{
    struct gh_jsonw w;
    gh_jsonw_init(&w, body);
    gh_jsonw_obj(&w);
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct gh_str s;
        memcpy(&s, (const char *)d + texts[i].at, sizeof(s));
        put_text(&w, texts[i].name, s);
    }
    for (size_t i = 0; i < COUNT(times); i++) {
        int64_t ms;
        memcpy(&ms, (const char *)d + times[i].at, sizeof(ms));
        put_time(&w, a, times[i].name, ms);
    }
    gh_jsonw_ku64(&w, "uses", (uint64_t)d->uses);
    gh_jsonw_end(&w, '}');
}

enum gh_rc
review_decision_store(struct gh_store_tx *tx, struct gh_arena *a, const struct review_decision *d, int64_t now_ms)
{
    struct gh_buf body;
    gh_buf_init(&body, a, REVIEW_BODY_MAX);
    review_decision_put(&body, a, d);
    return store(tx, GH_RESOURCE_REVIEW_DECISION, d->path, &body, now_ms);
}

struct load {
    struct review_decisions *out;
    struct gh_arena *a;
    size_t cap;
    enum gh_rc rc;
};

static bool
on_decision(void *ctx, const struct gh_store_resource *r)
{
    struct load *l = ctx;
    if (l->out->n == l->cap) {
        size_t cap = l->cap == 0 ? 64 : l->cap * 2;
        struct review_decision *p = gh_arena_take_array(l->a, cap, sizeof(*p));
        if (p == NULL) {
            l->rc = GH_NOMEM;
            return false;
        }
        if (l->out->n > 0)
            memcpy(p, l->out->p, l->out->n * sizeof(*p));
        l->out->p = p;
        l->cap = cap;
    }
    l->rc = review_decision_read(&l->out->p[l->out->n++], l->a, r);
    return l->rc == GH_OK;
}

enum gh_rc
review_decisions_load(struct review_decisions *out, struct gh_store_tx *tx, struct gh_arena *a, struct gh_str instance)
{
    struct load l = {.out = out, .a = a};
    *out = (struct review_decisions){0};
    enum gh_rc rc =
        gh_store_resource_list(tx, gh_project_path(a, instance, GH_STR("/decisions")), GH_STR(""), SIZE_MAX, on_decision, &l);
    return rc != GH_OK ? rc : l.rc;
}
