/* SPDX-License-Identifier: Apache-2.0 */
/* Who gains or loses what between two states: both engines asked for everybody whom either names, where either says something of him. */
#include "control/access/access_diff.h"
#include "control/access/access_int.h"
#include "policy/resource.h"

#define SIDES 2

struct list {
    struct gh_str *p;
    size_t n, cap;
};

struct diff {
    const struct gh_access_diff *ask;
    struct gh_jsonw *w;
    struct list scopes;
    struct gh_caller *caller[SIDES];
    size_t n_gains, n_losses;
};

static enum gh_rc
add(struct list *l, struct gh_arena *a, struct gh_str s)
{
    for (size_t i = 0; i < l->n; i++)
        if (gh_str_eq(l->p[i], s))
            return GH_OK;
    if (l->n == l->cap) {
        size_t cap = l->cap == 0 ? 32 : l->cap * 2;
        struct gh_str *p = gh_arena_take_array(a, cap, sizeof *p);
        if (p == NULL)
            return GH_NOMEM;
        if (l->n > 0)
            memcpy(p, l->p, l->n * sizeof *p);
        l->p = p;
        l->cap = cap;
    }
    l->p[l->n++] = s;
    return GH_OK;
}

static const struct gh_snap *
side(const struct diff *d, size_t i)
{
    return i == 0 ? d->ask->before : d->ask->after;
}

/* Scopes of denials count for everybody: one may name everyone. */
static enum gh_rc
add_denied(struct diff *d, size_t i)
{
    struct gh_snap_rec row;
    struct gh_str key;
    enum gh_rc rc = GH_OK;

    for (size_t it = 0; rc == GH_OK && gh_snap_each(&row, &key, &it, side(d, i), GH_SNAP_DENY);)
        for (size_t k = 0; rc == GH_OK && k < gh_snap_count(&row, GH_DENY_DENIALS); k++) {
            struct gh_snap_rec denial = gh_snap_row(&row, GH_DENY_DENIALS, k);
            rc = add(&d->scopes, d->ask->a, gh_snap_str(&denial, GH_DENIAL_SCOPE));
        }
    return rc;
}

static enum gh_rc
add_granted(struct diff *d, size_t i)
{
    const struct gh_caller *c = d->caller[i];
    enum gh_rc rc = GH_OK;

    for (size_t p = 0; p < c->n_principals; p++) {
        struct gh_snap_rec row;
        if (!gh_snap_find(&row, side(d, i), GH_SNAP_ASSIGNMENT, c->principals[p]))
            continue;
        for (size_t k = 0; rc == GH_OK && k < gh_snap_count(&row, GH_ASSIGNMENT_GRANTS); k++) {
            struct gh_snap_rec grant = gh_snap_row(&row, GH_ASSIGNMENT_GRANTS, k);
            rc = add(&d->scopes, d->ask->a, gh_snap_str(&grant, GH_GRANT_SCOPE));
        }
    }
    return rc;
}

static bool
is_allowed(const struct diff *d, size_t i, enum gh_action action, struct gh_str scope)
{
    const struct gh_question q = {
        .snap = side(d, i), .caller = d->caller[i], .action = action, .path = scope, .now_ms = d->ask->now_ms};
    struct gh_decision decision;

    gh_decide(&decision, &q);
    return decision.verdict == GH_ALLOW;
}

static void
put_actions(struct diff *d, const char *key, const uint8_t *change, uint8_t wanted)
{
    gh_jsonw_key(d->w, key);
    gh_jsonw_arr(d->w);
    for (unsigned i = GH_ACTION_NONE + 1; i < GH_ACTION_COUNT; i++)
        if (change[i] == wanted)
            gh_jsonw_str(d->w, gh_action_table[i].string);
    gh_jsonw_end(d->w, ']');
}

static void
compare_at(struct diff *d, struct gh_str principal, struct gh_str scope)
{
    enum { SAME, GAINED, LOST };
    uint8_t change[GH_ACTION_COUNT] = {0};
    size_t n[LOST + 1] = {0};

    for (unsigned i = GH_ACTION_NONE + 1; i < GH_ACTION_COUNT; i++) {
        bool was = is_allowed(d, 0, (enum gh_action)i, scope), is = is_allowed(d, 1, (enum gh_action)i, scope);
        change[i] = was == is ? SAME : is ? GAINED : LOST;
        n[change[i]]++;
    }
    if (n[GAINED] + n[LOST] == 0)
        return;
    d->n_gains += n[GAINED];
    d->n_losses += n[LOST];
    gh_jsonw_obj(d->w);
    gh_jsonw_kstr(d->w, "principal", principal);
    gh_jsonw_kstr(d->w, "scope", scope);
    put_actions(d, "gains", change, GAINED);
    put_actions(d, "loses", change, LOST);
    gh_jsonw_end(d->w, '}');
}

static enum gh_rc
compare(struct diff *d, struct gh_str principal)
{
    enum gh_rc rc = GH_OK;

    d->scopes.n = 0;
    for (size_t i = 0; rc == GH_OK && i < SIDES; i++) {
        gh_identify_as(d->caller[i], side(d, i), principal, NULL, 0);
        if ((rc = add_granted(d, i)) == GH_OK)
            rc = add_denied(d, i);
    }
    for (size_t i = 0; rc == GH_OK && i < d->scopes.n; i++)
        compare_at(d, principal, d->scopes.p[i]);
    return rc;
}

static bool
has(const struct gh_snap *snap, enum gh_snap_section section, struct gh_str key)
{
    struct gh_snap_rec row;

    return gh_snap_find(&row, snap, section, key);
}

/* Identities by their path, and whom nobody described but something names; each once. */
static bool
is_one(const struct gh_snap *snap, enum gh_snap_section section, struct gh_str key)
{
    if (section == GH_SNAP_IDENTITY)
        return gh_str_starts(key, GH_STR("/identities/"));
    return !gh_str_starts(key, GH_STR("/")) && !has(snap, GH_SNAP_IDENTITY, key);
}

static enum gh_rc
gather(struct list *who, const struct gh_access_diff *ask)
{
    static const enum gh_snap_section sections[] = {GH_SNAP_IDENTITY, GH_SNAP_ASSIGNMENT, GH_SNAP_MEMBERSHIP};
    const struct gh_snap *const snaps[SIDES] = {ask->before, ask->after};
    struct gh_snap_rec row;
    struct gh_str key;
    enum gh_rc rc = GH_OK;

    for (size_t i = 0; i < SIDES; i++)
        for (size_t s = 0; s < sizeof sections / sizeof sections[0]; s++)
            for (size_t it = 0; rc == GH_OK && gh_snap_each(&row, &key, &it, snaps[i], sections[s]);)
                if (is_one(snaps[i], sections[s], key))
                    rc = who->n < GH_ACCESS_ANSWERS_MAX ? add(who, ask->a, key) : GH_LIMIT;
    return rc;
}

enum gh_rc
gh_access_put_diff(struct gh_jsonw *w, size_t *n_gains, size_t *n_losses, const struct gh_access_diff *ask)
{
    struct diff d = {.ask = ask, .w = w};
    struct list who = {0};
    enum gh_rc rc = gather(&who, ask);

    for (size_t i = 0; rc == GH_OK && i < SIDES; i++)
        if ((d.caller[i] = gh_arena_take_raw(ask->a, sizeof *d.caller[i])) == NULL)
            rc = GH_NOMEM;
    gh_jsonw_key(w, "changes");
    gh_jsonw_arr(w);
    for (size_t i = 0; rc == GH_OK && i < who.n; i++)
        rc = compare(&d, who.p[i]);
    gh_jsonw_end(w, ']');
    *n_gains = d.n_gains;
    *n_losses = d.n_losses;
    return rc;
}

bool
gh_access_is_governed(const struct gh_snap *snap, struct gh_arena *a, int64_t now_ms)
{
    struct gh_caller *caller = gh_arena_take_raw(a, sizeof *caller);
    struct gh_snap_rec row;
    struct gh_str key;

    for (size_t it = 0; caller != NULL && gh_snap_each(&row, &key, &it, snap, GH_SNAP_IDENTITY);) {
        const struct gh_question q = {
            .snap = snap, .caller = caller, .action = GH_ACTION_ROLE_ASSIGNMENT_WRITE, .path = GH_STR("/"), .now_ms = now_ms};
        struct gh_decision d;
        gh_identify_as(caller, snap, key, NULL, 0);
        gh_decide(&d, &q);
        if (d.verdict == GH_ALLOW && !gh_conditional_locks_out(snap, caller, now_ms))
            return true;
    }
    return false;
}
