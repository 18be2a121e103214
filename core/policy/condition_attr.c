/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/condition_attr.h"

#include "base/buf.h"
#include "base/codec.h"
#include "base/guid.h"

struct source {
    struct gh_cond_values *out;
    const struct gh_cond_name *name;
    enum gh_cond_kind kind;
    const struct gh_question *q;
    bool is_below;
};

/* ---- putting values ---- */

static void
unknown(struct gh_cond_values *out)
{
    out->state = GH_HOLDS_UNKNOWN;
    out->n = 0;
}

static void
put_le64(struct source *s, uint64_t v)
{
    struct gh_buf b;

    gh_buf_init_fixed(&b, s->out->mem[s->out->n], sizeof(s->out->mem[0]));
    gh_buf_put_le64(&b, v);
    s->out->v[s->out->n] = gh_buf_str(&b);
}

/* As a number, a time, a truth, a GUID: in the form of literals. False: it is none. */
static bool
put_as(struct source *s, struct gh_str text)
{
    bool is_negative = text.n > 0 && text.p[0] == '-', is_true = gh_str_eq_ci(text, GH_STR("true"));
    uint64_t n;
    int64_t ms;

    switch (s->kind) {
    case GH_KIND_STRING:
    case GH_KIND_COUNT:
        s->out->v[s->out->n] = text;
        return true;
    case GH_KIND_GUID:
        s->out->v[s->out->n] = gh_guid_of(text);
        return s->out->v[s->out->n].n > 0;
    case GH_KIND_NUMBER:
        if (gh_str_u64(&n, gh_str_sub(text, is_negative, SIZE_MAX), INT64_MAX) != GH_OK)
            return false;
        put_le64(s, is_negative ? 0 - n : n);
        return true;
    case GH_KIND_TIME:
        if (gh_time_read(&ms, text) != GH_OK)
            return false;
        put_le64(s, (uint64_t)ms);
        return true;
    case GH_KIND_BOOL:
        s->out->mem[s->out->n][0] = is_true;
        s->out->v[s->out->n] = gh_str(s->out->mem[s->out->n], 1);
        return is_true || gh_str_eq_ci(text, GH_STR("false"));
    case GH_KIND_IP:
        break;
    }
    return false;
}

/* Empty: not known. */
static void
put_text(struct source *s, struct gh_str text)
{
    if (text.n == 0 || s->out->n == GH_CONDITION_VALUES_MAX || !put_as(s, text)) {
        unknown(s->out);
        return;
    }
    s->out->n++;
    s->out->state = GH_HOLDS_YES;
}

static void
put_bytes(struct source *s, const void *p, size_t n)
{
    s->out->v[0] = gh_str(p, n);
    s->out->n = 1;
    s->out->state = GH_HOLDS_YES;
}

/* ---- where they come from ---- */

static void
assignment(struct source *s)
{
    const struct gh_attributes *a = s->q->attributes;
    bool is_request = s->name->row <= GH_ATTR_REQUEST_PRINCIPAL_TYPE;
    const struct gh_assignment_facts *f = a == NULL ? NULL : is_request ? a->request : a->resource;

    if (f == NULL) { /* whoever asks for all below does not know it yet: the body tells, and the store */
        s->out->state = s->is_below ? GH_HOLDS_LATER : GH_HOLDS_UNKNOWN;
        return;
    }
    if (s->name->row == GH_ATTR_REQUEST_ROLE || s->name->row == GH_ATTR_RESOURCE_ROLE)
        put_text(s, f->role_id);
    else if (s->name->row == GH_ATTR_REQUEST_PRINCIPAL || s->name->row == GH_ATTR_RESOURCE_PRINCIPAL)
        put_text(s, f->principal_id);
    else
        put_text(s, f->principal_type);
}

/* The segment behind one of these, where the path of the resource has it at that depth. Everything below has what the path itself has; what
 * it has not, they may. */
static void
path(struct source *s)
{
    static const struct gh_str collections[] = {GH_STR_INIT("workspaces"), GH_STR_INIT("endpoints"), GH_STR_INIT("deployments")};
    struct gh_str rest = gh_str_sub(s->q->path, 1, SIZE_MAX), collection, name = {NULL, 0};
    size_t depth = (size_t)s->name->row - GH_ATTR_WORKSPACE;

    s->out->state = s->is_below ? GH_HOLDS_LATER : GH_HOLDS_NO;
    if (s->name->row == GH_ATTR_PATH) {
        if (!s->is_below)
            put_text(s, s->q->path);
        return;
    }
    for (size_t i = 0; i <= depth; i++)
        if (!gh_str_cut(&collection, &rest, '/') || !gh_str_eq(collection, collections[i]) || !gh_str_cut(&name, &rest, '/'))
            return;
    put_text(s, name);
}

static void
principal(struct source *s)
{
    struct gh_snap_rec identity;

    if (s->name->row == GH_ATTR_PRINCIPAL_ID) {
        put_text(s, s->q->caller->name);
        return;
    }
    if (!gh_snap_find(&identity, s->q->snap, GH_SNAP_IDENTITY, s->q->caller->name))
        return;
    if (s->name->row == GH_ATTR_PRINCIPAL_KIND) {
        put_text(s, gh_snap_str(&identity, GH_IDENTITY_KIND));
        return;
    }
    s->out->state = GH_HOLDS_NO;
    for (size_t i = 0; i + 1 < gh_snap_count(&identity, GH_IDENTITY_ATTRIBUTES); i += 2) {
        if (!gh_str_eq_ci(gh_snap_item(&identity, GH_IDENTITY_ATTRIBUTES, i), s->name->rest))
            continue;
        put_text(s, gh_snap_item(&identity, GH_IDENTITY_ATTRIBUTES, i + 1));
        if (s->out->state != GH_HOLDS_YES)
            return;
    }
}

static void
way(struct source *s)
{
    const struct gh_attributes *a = s->q->attributes;

    if (a == NULL || !a->knows_way)
        return;
    if (s->name->row == GH_ATTR_PRIVATE_LINK) {
        s->out->mem[0][0] = a->connection.n > 0;
        put_bytes(s, s->out->mem[0], 1);
    } else if (s->name->row == GH_ATTR_SUBNET) {
        s->out->state = GH_HOLDS_NO;
        if (a->ip != NULL)
            put_bytes(s, a->ip, 16);
    } else {
        struct gh_str text = s->name->row == GH_ATTR_LISTENER ? a->listener : a->connection;
        s->out->state = GH_HOLDS_NO;
        if (text.n > 0)
            put_text(s, text);
    }
}

static void
time_now(struct source *s)
{
    put_le64(s, (uint64_t)s->q->now_ms);
    s->out->n = 1;
    s->out->state = GH_HOLDS_YES;
}

static void (*const sources[GH_ATTR_COUNT])(struct source *s) = {
    [GH_ATTR_REQUEST_ROLE] = assignment,
    [GH_ATTR_REQUEST_PRINCIPAL] = assignment,
    [GH_ATTR_REQUEST_PRINCIPAL_TYPE] = assignment,
    [GH_ATTR_RESOURCE_ROLE] = assignment,
    [GH_ATTR_RESOURCE_PRINCIPAL] = assignment,
    [GH_ATTR_RESOURCE_PRINCIPAL_TYPE] = assignment,
    [GH_ATTR_PATH] = path,
    [GH_ATTR_WORKSPACE] = path,
    [GH_ATTR_ENDPOINT] = path,
    [GH_ATTR_DEPLOYMENT] = path,
    [GH_ATTR_PRINCIPAL_ID] = principal,
    [GH_ATTR_PRINCIPAL_KIND] = principal,
    [GH_ATTR_PRINCIPAL_CUSTOM] = principal,
    [GH_ATTR_PRIVATE_LINK] = way,
    [GH_ATTR_PRIVATE_ENDPOINT] = way,
    [GH_ATTR_SUBNET] = way,
    [GH_ATTR_TIME] = time_now,
    [GH_ATTR_LISTENER] = way,
};

void
gh_cond_values(
    struct gh_cond_values *out, const struct gh_cond_name *name, enum gh_cond_kind kind, const struct gh_question *q, bool is_below)
{
    struct source s = {out, name, kind, q, is_below};

    out->state = GH_HOLDS_UNKNOWN;
    out->n = 0;
    sources[name->row](&s);
}
