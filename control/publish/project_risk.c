/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of how sure we are of an identity: what its sign-ins showed, and what operators' lists say. */
#include "control/publish/project_int.h"

#include "control/store/signin_state.h"
#include "host/host.h"

struct listed {
    const struct gh_project_env *env;
    struct gh_arena *a;
    enum gh_risk level;
    enum gh_rc rc;
};

static bool
on_list(void *ctx, struct gh_str path, const struct gh_store_link *link)
{
    struct listed *l = ctx;
    struct gh_props p;
    bool exists;
    (void)link;
    if ((l->rc = gh_props_load(&p, &exists, l->a, l->env->tx, path)) != GH_OK || !exists)
        return l->rc == GH_OK;
    struct gh_str name = gh_props_str(&p, "level", GH_STR(""));
    for (int i = (int)l->level; i < GH_RISK_LEVELS; i++)
        if (gh_str_eq(name, gh_str_z(gh_risk_names[i])))
            l->level = (enum gh_risk)i;
    return true;
}

static void
put_words(struct gh_snap_value *v, struct gh_arena *a, uint32_t found)
{
    struct gh_buf b;
    gh_buf_init(&b, a, 512);
    gh_signin_put_words(&b, found);
    v->str = gh_buf_str(&b);
}

/* Who is on a list stays at its level, or at the higher one that his sign-ins gave, for as long as he stands there. */
static void
put_row(struct gh_project_row *out, struct gh_arena *a, const struct gh_signin_state *s, const struct listed *l, int64_t now)
{
    enum gh_risk level = gh_signin_level(s, now);
    bool is_listed = l->level > GH_RISK_LEVEL_NONE;
    out->exists = level > GH_RISK_LEVEL_NONE || is_listed;
    if (!out->exists)
        return;
    level = is_listed && l->level > level ? l->level : level;
    bool is_lost = gh_signin_is_lost(s);
    out->v[GH_RISK_LEVEL].u64 = is_lost ? GH_RISK_UNKNOWN : is_listed ? level : s->level;
    out->v[GH_RISK_SINCE_MS].u64 = (uint64_t)s->since_ms;
    out->v[GH_RISK_UNTIL_MS].u64 = (uint64_t)s->until_ms;
    out->v[GH_RISK_STEP_MS].u64 = is_listed ? 0 : (uint64_t)s->step_ms;
    put_words(&out->v[GH_RISK_REASON], a, s->found | (is_listed ? GH_SIGNIN_BIT(LISTED_PRINCIPAL) : 0));
}

enum gh_rc
gh_project_risk(struct gh_project_row *out, const struct gh_project_env *env, struct gh_arena *a, const struct gh_str *part)
{
    struct gh_signin_state s;
    struct listed l = {.env = env, .a = a};
    bool exists;
    enum gh_rc rc = gh_signin_state_get(&s, &exists, a, env->tx, part[0]);
    if (rc == GH_OK)
        rc = gh_store_link_to(env->tx, GH_STORE_LINK_LISTED, part[0], on_list, &l);
    if (rc != GH_OK || l.rc != GH_OK)
        return rc != GH_OK ? rc : l.rc;
    put_row(out, a, &s, &l, gh_now_ms());
    return GH_OK;
}
