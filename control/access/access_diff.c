/* SPDX-License-Identifier: Apache-2.0 */
/* Who gains or loses what between two states: both engines asked for everybody whom either names, where either says something of him. */
#include "control/access/access_diff.h"
#include "control/access/access_changed.h"
#include "control/access/access_int.h"
#include "policy/resource.h"

#define SIDES GH_ACCESS_SIDES

struct diff {
    const struct gh_access_diff *ask;
    struct gh_jsonw *w;
    struct gh_access_scopes scopes;
    size_t n_denied; /* of them, at the front: a denial may name everyone */
    struct gh_caller *caller[SIDES];
    struct gh_access_changed changed;
    size_t n_gains, n_losses;
};

static const struct gh_snap *
side(const struct diff *d, size_t i)
{
    return i == 0 ? d->ask->before : d->ask->after;
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

/* Actions that anything given to him in either state could allow there; all others are denied in both. */
static void
find_given(bool given[GH_ACTION_COUNT], const struct diff *d, size_t i, struct gh_str principal, struct gh_str scope)
{
    struct gh_snap_rec row, role;

    if (!gh_snap_find(&row, side(d, i), GH_SNAP_ASSIGNMENT, principal))
        return;
    for (size_t k = 0; k < gh_snap_count(&row, GH_ASSIGNMENT_GRANTS); k++) {
        struct gh_snap_rec grant = gh_snap_row(&row, GH_ASSIGNMENT_GRANTS, k);

        if (!gh_scope_covers(gh_snap_str(&grant, GH_GRANT_SCOPE), scope) ||
            !gh_snap_find(&role, side(d, i), GH_SNAP_ROLE, gh_snap_str(&grant, GH_GRANT_ROLE)))
            continue;
        for (unsigned a = GH_ACTION_NONE + 1; a < GH_ACTION_COUNT; a++)
            given[a] = given[a] || gh_role_stored_allows(gh_snap_str(&role, GH_ROLE_BITS), (enum gh_action)a);
        for (size_t p = 0; p < gh_snap_count(&role, GH_ROLE_PARTS); p++) {
            struct gh_snap_rec part = gh_snap_row(&role, GH_ROLE_PARTS, p);
            for (unsigned a = GH_ACTION_NONE + 1; a < GH_ACTION_COUNT; a++)
                given[a] = given[a] || gh_role_stored_allows(gh_snap_str(&part, GH_ROLE_PART_BITS), (enum gh_action)a);
        }
    }
}

static void
compare_at(struct diff *d, struct gh_str principal, struct gh_str scope)
{
    enum { SAME, GAINED, LOST };
    uint8_t change[GH_ACTION_COUNT] = {0};
    size_t n[LOST + 1] = {0};
    bool given[GH_ACTION_COUNT] = {false};

    for (size_t i = 0; i < SIDES; i++)
        for (size_t k = 0; k < d->caller[i]->n_principals; k++)
            find_given(given, d, i, d->caller[i]->principals[k], scope);
    for (unsigned i = GH_ACTION_NONE + 1; i < GH_ACTION_COUNT; i++) {
        if (!given[i])
            continue;
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

    for (size_t i = 0; i < SIDES; i++)
        gh_identify_as(d->caller[i], side(d, i), principal, NULL, 0);
    if ((rc = gh_access_changed_find(&d->changed, d->caller[0], d->caller[1])) != GH_OK ||
        (d->changed.scopes.n == 0 && !d->changed.is_everywhere))
        return rc;
    const struct gh_access_scopes *where = gh_access_changed_where(&d->changed);
    d->scopes.n = d->n_denied;
    for (size_t i = 0; rc == GH_OK && i < SIDES; i++)
        rc = gh_access_add_granted(&d->scopes, side(d, i), d->caller[i], where);
    for (size_t i = 0; rc == GH_OK && i < d->scopes.n; i++)
        if (gh_access_scopes_cover(where, d->scopes.p[i]))
            compare_at(d, principal, d->scopes.p[i]);
    return rc;
}

/* Everybody of each side; whom the first names too, was asked there. */
static enum gh_rc
compare_all(struct diff *d)
{
    size_t n = 0;
    enum gh_rc rc = GH_OK;

    for (size_t i = 0; i < SIDES; i++) {
        struct gh_access_walk walk = {.snap = side(d, i)};
        struct gh_str principal;

        while (rc == GH_OK && gh_access_next(&principal, &walk)) {
            if (i > 0 && gh_access_names(side(d, 0), principal))
                continue;
            rc = n++ < GH_ACCESS_ANSWERS_MAX ? compare(d, principal) : GH_LIMIT;
        }
    }
    return rc;
}

enum gh_rc
gh_access_put_diff(struct gh_jsonw *w, size_t *n_gains, size_t *n_losses, const struct gh_access_diff *ask)
{
    struct diff d = {.ask = ask, .w = w, .scopes = {.a = ask->a, .most = SIZE_MAX}};
    enum gh_rc rc = GH_OK;

    for (size_t i = 0; rc == GH_OK && i < SIDES; i++) {
        d.caller[i] = gh_arena_take_raw(ask->a, sizeof *d.caller[i]);
        rc = d.caller[i] == NULL ? GH_NOMEM : gh_access_add_denied(&d.scopes, side(&d, i));
    }
    d.n_denied = d.scopes.n;
    gh_access_changed_init(&d.changed, ask->a, ask->before, ask->after);
    gh_jsonw_key(w, "changes");
    gh_jsonw_arr(w);
    if (rc == GH_OK)
        rc = compare_all(&d);
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
