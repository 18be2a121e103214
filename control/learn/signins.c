/* SPDX-License-Identifier: Apache-2.0 */
/* Sign-ins: what of a record is one, what is known of its network and place, and what the pure function makes of it. */
#include "control/learn/learn_int.h"
#include "control/publish/project_int.h"
#include "control/store/signin_state.h"
#include "host/geo.h"
#include "host/host.h"
#include "policy/egress.h"
#include "policy/identify.h"
#include "policy/ranges.h"

#define LISTS_MAX 64 /* operator's lists; more are not written (rest/check_risk.c) */

/* ---- what of a record is a sign-in ---- */

enum { NO_SIGNIN = 0, GOOD = 1, FAILED = 2 };

/*
 * A refusal by the decision counts as a failure beside the sign-in that it is. One by conditional access does not: it may follow from the
 * level itself, which would then never end. Neither does a token that is too old or too young: its owner's program is only late.
 */
static unsigned
kind_of(const struct gh_record *r)
{
    struct gh_str controls = gh_record_get(r, GH_FIELD_CONTROLS), reason;
    enum gh_control control;
    enum gh_ran ran;
    bool is_known = false, is_denied = false;

    if (gh_record_get(r, GH_FIELD_CALLER).n == 0)
        return NO_SIGNIN;
    if (r->kind == GH_RECORD_OPEN)
        return GOOD;
    for (size_t at = 0; gh_record_control(&control, &ran, &reason, &at, controls);) {
        if (control == GH_CONTROL_AUTHENTICATION && ran == GH_RAN_BLOCKED)
            return gh_str_eq(reason, gh_str_z(gh_identify_text(GH_IDENTIFY_EXPIRED))) ||
                           gh_str_eq(reason, gh_str_z(gh_identify_text(GH_IDENTIFY_NOT_YET)))
                       ? NO_SIGNIN
                       : FAILED;
        is_known |= control == GH_CONTROL_AUTHENTICATION && ran == GH_RAN_PASSED;
        is_denied |= control == GH_CONTROL_AUTHORIZATION && ran == GH_RAN_BLOCKED;
    }
    return (is_known || is_denied ? GOOD : NO_SIGNIN) | (is_denied ? FAILED : NO_SIGNIN);
}

/* Whether this credential was used from this network and device lately. If not, it is remembered in place of an older one of its set. */
static bool
was_seen(struct gh_learn *l, const struct gh_record *r, const struct gh_signin *in)
{
    uint8_t hash[GH_SHA256_BYTES];
    uint64_t network = in->ip == NULL ? 0 : gh_signin_network(in->ip), mark, set;
    const struct gh_str parts[] = {gh_str(l->seed, sizeof(l->seed)), gh_record_get(r, GH_FIELD_CALLER), GH_STR("\0"),
        gh_record_get(r, GH_FIELD_CREDENTIAL_ID), GH_STR("\0"), gh_str(&network, sizeof(network)),
        gh_str(&in->device, sizeof(in->device))};

    if (gh_sha256_v(hash, parts, sizeof(parts) / sizeof(parts[0])) != GH_OK)
        return false;
    memcpy(&mark, hash, sizeof(mark));
    memcpy(&set, hash + sizeof(mark), sizeof(set));
    uint64_t *way = l->seen[set % LEARN_SEEN_SETS];
    for (int i = 0; i < LEARN_SEEN_WAYS; i++)
        if (way[i] == mark)
            return true;
    memmove(way + 1, way, (LEARN_SEEN_WAYS - 1) * sizeof(*way));
    way[0] = mark;
    return false;
}

static uint64_t
device_of(const struct gh_record *r)
{
    struct gh_str device = gh_record_get(r, GH_FIELD_DEVICE);
    uint8_t hash[GH_SHA256_BYTES];
    uint64_t id = 0;

    if (device.n == 0 || gh_sha256(hash, device) != GH_OK)
        return 0;
    memcpy(&id, hash, sizeof(id));
    return id == 0 ? 1 : id;
}

static void
find_place(struct gh_signin_place *out, const struct gh_learn *l, struct gh_str peer)
{
    struct gh_geo_place found;

    gh_geo_find(&found, l->geo, peer);
    memcpy(out->country, found.country, sizeof(out->country));
    out->has_coordinates = found.has_coordinates;
    out->latitude_e4 = found.latitude_e4;
    out->longitude_e4 = found.longitude_e4;
}

static enum gh_rc
add(struct learn_batch *b, struct gh_str principal, struct learn_signin *s)
{
    struct learn_person *p = NULL;

    HASH_FIND(hh, b->people, principal.p, principal.n, p);
    if (p == NULL) {
        if ((p = gh_arena_take(&b->a, sizeof(*p))) == NULL || gh_arena_dup(&p->principal, &b->a, principal) != GH_OK)
            return GH_NOMEM;
        p->last = &p->first;
        HASH_ADD_KEYPTR(hh, b->people, p->principal.p, p->principal.n, p);
    }
    *p->last = s;
    p->last = &s->next;
    return GH_OK;
}

static enum gh_rc
keep(struct gh_learn *l, const struct gh_record *r, const struct gh_signin *in)
{
    struct learn_signin *s = gh_arena_take(&l->b.a, sizeof(*s));

    if (s == NULL)
        return GH_NOMEM;
    s->in = *in;
    s->has_ip = in->ip != NULL;
    if (s->has_ip)
        memcpy(s->ip, in->ip, sizeof(s->ip));
    find_place(&s->in.place, l, gh_record_get(r, GH_FIELD_PEER));
    return add(&l->b, gh_record_get(r, GH_FIELD_CALLER), s);
}

enum gh_rc
learn_signins_record(struct gh_learn *l, const struct gh_record *r)
{
    unsigned kind = kind_of(r);
    struct gh_signin in = {.at_ms = r->time_ms, .device = device_of(r)};
    uint8_t ip[16];
    enum gh_rc rc = GH_OK;

    if (kind == NO_SIGNIN)
        return GH_OK;
    in.ip = gh_ip_read(ip, gh_record_get(r, GH_FIELD_PEER)) == GH_OK ? ip : NULL;
    if ((kind & GOOD) != 0 && !was_seen(l, r, &in))
        rc = keep(l, r, &in);
    in.is_failed = true;
    return rc == GH_OK && (kind & FAILED) != 0 ? keep(l, r, &in) : rc;
}

/* ---- operator's lists of networks ---- */

struct lists {
    struct gh_arena *a;
    struct {
        struct gh_str ranges;
        enum gh_risk level;
    } list[LISTS_MAX];
    size_t n;
    enum gh_rc rc;
};

static enum gh_risk
level_named(struct gh_str name)
{
    for (int i = 0; i < GH_RISK_LEVELS; i++)
        if (gh_str_eq(name, gh_str_z(gh_risk_names[i])))
            return (enum gh_risk)i;
    return GH_RISK_LEVEL_NONE;
}

static bool
read_list(void *ctx, const struct gh_store_resource *r)
{
    struct lists *l = ctx;
    struct gh_props p;
    struct gh_str *texts, body;
    size_t n;

    if (l->n == LISTS_MAX)
        return false;
    if ((l->rc = gh_arena_dup(&body, l->a, r->body)) != GH_OK || (l->rc = gh_props_open(&p, l->a, body)) != GH_OK ||
        (l->rc = gh_props_list(&texts, &n, &p, "networks")) != GH_OK)
        return false;
    if ((l->rc = gh_ranges_read(&l->list[l->n].ranges, l->a, texts, n, NULL)) != GH_OK)
        return false;
    l->list[l->n++].level = level_named(gh_props_str(&p, "level", GH_STR("")));
    return true;
}

static void
look_into_lists(struct gh_signin *in, const struct lists *l)
{
    bool is_listed = false;

    for (size_t i = 0; in->ip != NULL && i < l->n; i++) {
        if (!gh_ranges_have(l->list[i].ranges, in->ip))
            continue;
        is_listed = true;
        in->listed = l->list[i].level > in->listed ? l->list[i].level : in->listed;
    }
    in->is_trusted_network = is_listed && in->listed == GH_RISK_LEVEL_NONE;
}

/* ---- the end of a batch ---- */

/* What was found is evidence: it stands in the chain, beside the record that told it. */
static enum gh_rc
tell(struct gh_learn *l, struct gh_store_tx *tx, struct gh_str principal, const struct gh_signin_state *s, int64_t now_ms)
{
    char mem[256];
    struct gh_buf words;

    if (l->audit == NULL)
        return GH_OK;
    gh_buf_init_fixed(&words, mem, sizeof(mem));
    gh_signin_put_words(&words, s->event[0].found);
    const struct gh_audit_event e = {.kind = GH_RECORD_SYSTEM,
        .operation = GH_STR("risk found"),
        .caller = principal,
        .reason = gh_buf_str(&words),
        .detail = gh_str_z(gh_risk_names[gh_signin_level(s, now_ms)])};
    return gh_audit_admin(l->audit, tx, &e);
}

static enum gh_rc
judge(struct gh_learn *l, struct gh_store_tx *tx, const struct learn_person *p, const struct lists *lists)
{
    struct gh_signin_state s;
    bool exists;
    enum gh_rc rc = gh_signin_state_get(&s, &exists, &l->b.a, tx, p->principal);

    if (rc != GH_OK)
        return rc;
    if (gh_signin_is_lost(&s)) { /* what cannot be read is not written over, and its level stands until a person decides */
        gh_touched_add(&l->b.touched, GH_SNAP_RISK, &p->principal, 1);
        return GH_OK;
    }
    for (struct learn_signin *one = p->first; rc == GH_OK && one != NULL; one = one->next) {
        struct gh_signin_result result;
        one->in.ip = one->has_ip ? one->ip : NULL;
        look_into_lists(&one->in, lists);
        gh_signin_judge(&result, &s, &one->in);
        if (!result.is_published)
            continue;
        gh_touched_add(&l->b.touched, GH_SNAP_RISK, &p->principal, 1);
        rc = tell(l, tx, p->principal, &s, one->in.at_ms);
    }
    l->n_principals += !exists;
    return rc != GH_OK ? rc : gh_signin_state_keep(tx, p->principal, &s);
}

enum gh_rc
learn_signins_end(struct gh_learn *l, struct gh_store_tx *tx)
{
    struct lists lists = {.a = &l->b.a};
    enum gh_rc rc = GH_OK;

    if (l->b.people == NULL)
        return GH_OK;
    if ((rc = gh_store_resource_each(tx, GH_RESOURCE_WATCHLIST, read_list, &lists)) != GH_OK || lists.rc != GH_OK)
        return rc != GH_OK ? rc : lists.rc;
    for (struct learn_person *p = l->b.people; rc == GH_OK && p != NULL; p = p->hh.next)
        rc = judge(l, tx, p, &lists);
    return rc != GH_OK ? rc : l->b.touched.rc;
}

/* ---- at the start ---- */

static bool
on_stored(void *ctx, const struct gh_store_signin *row)
{
    struct gh_strs *lost = ctx;
    struct gh_signin_state s;

    if (row->level == GH_RISK_LEVEL_NONE && gh_signin_read(&s, row->state) != GH_OK)
        gh_strs_add(lost, row->id);
    return lost->rc == GH_OK;
}

enum gh_rc
learn_signins_find_lost(struct gh_arena *a, struct gh_store_tx *tx)
{
    struct gh_strs lost = {.a = a};
    enum gh_rc rc = gh_store_signin_each(tx, false, GH_STR(""), SIZE_MAX, on_stored, &lost);

    rc = rc != GH_OK ? rc : lost.rc;
    for (size_t i = 0; rc == GH_OK && i < lost.n; i++) {
        struct gh_store_signin row;
        rc = gh_store_signin_get(&row, a, tx, lost.p[i]);
        row.level = GH_RISK_LEVEL_HIGH;
        if (rc == GH_OK && row.id.p != NULL)
            rc = gh_store_signin_put(tx, &row);
    }
    return rc;
}
