/* SPDX-License-Identifier: Apache-2.0 */
#include "control/review/activations.h"

#include <stdlib.h>

#include "control/rest/elevation.h"
#include "host/host.h"

#define OBJECT_ARENA ((size_t)1 << 20) /* of one request: there may be a million */

static bool
grow(struct gh_activations *all)
{
    size_t cap = all->cap == 0 ? 64 : all->cap * 2;
    struct gh_activation *p = gh_arena_take_array(all->a, cap, sizeof(*p));
    if (p == NULL)
        return false;
    if (all->n > 0)
        memcpy(p, all->p, all->n * sizeof(*p));
    all->p = p;
    all->cap = cap;
    return true;
}

/* It began if something was made by it: what waits, was denied or was taken back did not. */
static bool
on_request(void *ctx, const struct gh_store_resource *r)
{
    struct gh_activations *all = ctx;
    struct gh_props p;
    gh_auto_arena a;
    gh_arena_init(&a, gh_heap(), OBJECT_ARENA);
    if ((all->rc = gh_props_open(&p, &a, r->body)) != GH_OK)
        return false;
    int64_t began = gh_elevation_time(&p, "startDateTime");
    bool is_activation = gh_str_eq(gh_props_str(&p, "requestType", GH_STR("")), gh_str_z(gh_ask_words[GH_ASK_SELF_ACTIVATE])) &&
                         gh_str_starts(gh_props_str(&p, "result", GH_STR("")), GH_STR("/roleAssignments/"));
    if (!is_activation || began < all->from_ms)
        return true;
    if (all->n == all->cap && !grow(all)) {
        all->rc = GH_NOMEM;
        return false;
    }
    all->p[all->n] = (struct gh_activation){.n = 1, .last_ms = began};
    all->rc = gh_arena_dup(&all->p[all->n].eligibility, all->a, gh_props_str(&p, "eligibility", GH_STR("")));
    all->n++;
    return all->rc == GH_OK;
}

static int
by_path(const void *a, const void *b)
{
    const struct gh_activation *x = a, *y = b;
    return gh_str_cmp(x->eligibility, y->eligibility);
}

/* Those of one eligibility become one. */
static void
join(struct gh_activations *all)
{
    size_t n = 0;
    for (size_t i = 0; i < all->n; i++) {
        struct gh_activation *last = n > 0 ? &all->p[n - 1] : NULL;
        if (last == NULL || !gh_str_eq(last->eligibility, all->p[i].eligibility)) {
            all->p[n++] = all->p[i];
            continue;
        }
        last->n++;
        last->last_ms = all->p[i].last_ms > last->last_ms ? all->p[i].last_ms : last->last_ms;
    }
    all->n = n;
}

enum gh_rc
gh_activations_load(struct gh_activations *out, struct gh_store_tx *tx, struct gh_arena *a, int64_t from_ms)
{
    *out = (struct gh_activations){.a = a, .from_ms = from_ms};
    enum gh_rc rc = gh_store_resource_each(tx, GH_RESOURCE_ROLE_REQUEST, on_request, out);
    if (rc != GH_OK || out->rc != GH_OK)
        return rc != GH_OK ? rc : out->rc;
    if (out->n > 0)
        qsort(out->p, out->n, sizeof(*out->p), by_path);
    join(out);
    return GH_OK;
}

struct gh_activation
gh_activations_of(const struct gh_activations *all, struct gh_str eligibility)
{
    const struct gh_activation none = {.eligibility = eligibility};
    const struct gh_activation *found = all->n == 0 ? NULL : bsearch(&none, all->p, all->n, sizeof(*all->p), by_path);
    return found == NULL ? none : *found;
}
