/* SPDX-License-Identifier: Apache-2.0 */
/* What diff passes over without asking the engine is the same: against every question asked twice, over drawn pairs of states. */
#include "sweeps.h"

#include "control/access/access_diff.h"
#include "policy/decide.h"
#include "policy/snapshot_maker.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

enum { PEOPLE = 4, GROUPS = 3, ROLES = 3, GRANTS_MAX = 4, ROUNDS = 150 };

static const char *const people[PEOPLE] = {"/identities/a", "/identities/b", "/identities/c", "/identities/d"};
static const char *const aliases[PEOPLE] = {"gatehouse:a", "gatehouse:b", "gatehouse:c", "gatehouse:d"};
static const char *const groups[GROUPS] = {"/groups/one", "/groups/two", "/groups/three"};
static const char *const roles[ROLES] = {"r0", "r1", "r2"};
static const char *const tree[] = {
    "/", "/workspaces/a", "/workspaces/ab", "/workspaces/a/endpoints/e", "/workspaces/ab/endpoints/e"};
static const struct gh_str spared[] = {GH_STR_INIT("/groups/two")};

static uint64_t rng;

static unsigned
draw(unsigned n)
{
    rng ^= rng << 13;
    rng ^= rng >> 7;
    rng ^= rng << 17;
    return (unsigned)((rng >> 11) % n);
}

static struct gh_role_bits
draw_bits(void)
{
    struct gh_role_bits bits = {{0}};

    for (unsigned i = GH_ACTION_NONE + 1; i < GH_ACTION_COUNT; i++)
        bits.w[i / 64] |= (uint64_t)(draw(6) == 0) << (i % 64);
    return bits;
}

static void
put_person(struct gh_maker *m, size_t i)
{
    struct gh_str mine[GROUPS];
    size_t n = 0;
    bool is_enabled = draw(20) != 0;

    for (unsigned k = 0; k < 2; k++)
        gh_maker_put(m, GH_SNAP_IDENTITY, gh_str_z(k == 0 ? people[i] : aliases[i]),
            (const struct gh_snap_value[GH_IDENTITY_N]){[GH_IDENTITY_PATH] = {.str = gh_str_z(people[i])},
                [GH_IDENTITY_FLAGS] = {.u64 = is_enabled ? GH_IDENTITY_FLAG_ENABLED : 0},
                [GH_IDENTITY_KIND] = {.str = GH_STR("user")},
                [GH_IDENTITY_ALIAS] = {.str = gh_str_z(aliases[i])}});
    for (size_t g = 0; g < GROUPS; g++)
        if (draw(2) == 0)
            mine[n++] = gh_str_z(groups[g]);
    if (n > 0)
        gh_maker_membership(m, gh_str_z(people[i]), mine, n);
}

static void
put_grants(struct gh_maker *m, const char *whom)
{
    static const char *const ids[GRANTS_MAX] = {
        "/roleAssignments/0", "/roleAssignments/1", "/roleAssignments/2", "/roleAssignments/3"};
    struct gh_maker_grant grants[GRANTS_MAX];
    size_t n = draw(GRANTS_MAX);

    for (size_t i = 0; i < n; i++)
        grants[i] = (struct gh_maker_grant){ids[i], tree[draw(COUNT(tree))], roles[draw(ROLES)], draw(4) == 0 ? 5 : 0, 0};
    if (n > 0)
        gh_maker_assign(m, gh_str_z(whom), grants, n);
}

/* Drawn by what `common` says, but for some parts, which are drawn anew: two states of one `common` differ in few things. */
static struct gh_snap
draw_state(struct gh_arena *a, uint64_t common, uint64_t own)
{
    struct gh_maker m = gh_maker_new(a, 1, false);
    struct gh_snap snap = {NULL, NULL};
    unsigned part = 0;
#define PART(chance)                                                                                                               \
    (rng = (own + part * 977) | 1, rng = draw(chance) == 0 ? (own * 31 + part) | 1 : (common + part) | 1, part++, (void)draw(2))

    for (size_t i = 0; i < ROLES; i++) {
        PART(12);
        struct gh_role_bits bits = draw_bits();
        gh_maker_role(&m, gh_str_z(roles[i]), gh_str_z(roles[i]), &bits);
    }
    for (size_t i = 0; i < PEOPLE; i++) {
        PART(6);
        put_person(&m, i);
        PART(6);
        put_grants(&m, aliases[i]);
    }
    for (size_t i = 0; i < GROUPS; i++) {
        PART(6);
        put_grants(&m, groups[i]);
    }
    PART(8);
    if (draw(3) == 0) {
        const struct gh_maker_denial denial = {.id = "/denyAssignments/d",
            .scope = tree[draw(COUNT(tree))],
            .bits = draw_bits(),
            .excluded = spared,
            .n_excluded = draw(2)};
        gh_maker_deny(&m, draw(2) == 0 ? GH_STR("*") : gh_str_z(groups[draw(GROUPS)]), &denial, 1);
    }
#undef PART
    snap.base = gh_maker_finish(&m);
    assert_int_equal(m.rc, GH_OK);
    return snap;
}

static bool
is_allowed(const struct gh_snap *snap, const char *who, unsigned action, const char *path)
{
    static struct gh_caller c;
    struct gh_decision d;

    gh_identify_as(&c, snap, gh_str_z(who), NULL, 0);
    gh_decide(&d, &(const struct gh_question){
                      .snap = snap, .caller = &c, .action = (enum gh_action)action, .path = gh_str_z(path), .now_ms = 1});
    return d.verdict == GH_ALLOW;
}

/* At every place where either state gives him something or denies anything, as the answer's contract has it. */
static bool
is_told_of(const struct gh_snap *snap, const char *who, const char *path)
{
    static struct gh_caller c;
    struct gh_snap_rec row;
    struct gh_str key;

    gh_identify_as(&c, snap, gh_str_z(who), NULL, 0);
    for (size_t p = 0; p < c.n_principals; p++)
        for (size_t i = 0;
             gh_snap_find(&row, snap, GH_SNAP_ASSIGNMENT, c.principals[p]) && i < gh_snap_count(&row, GH_ASSIGNMENT_GRANTS); i++) {
            struct gh_snap_rec grant = gh_snap_row(&row, GH_ASSIGNMENT_GRANTS, i);
            if (gh_str_eq(gh_snap_str(&grant, GH_GRANT_SCOPE), gh_str_z(path)))
                return true;
        }
    for (size_t it = 0; gh_snap_each(&row, &key, &it, snap, GH_SNAP_DENY);) {
        struct gh_snap_rec denial = gh_snap_row(&row, GH_DENY_DENIALS, 0);
        if (gh_str_eq(gh_snap_str(&denial, GH_DENIAL_SCOPE), gh_str_z(path)))
            return true;
    }
    return false;
}

static void
count_all(size_t *gains, size_t *losses, const struct gh_snap *before, const struct gh_snap *after)
{
    *gains = *losses = 0;
    for (size_t i = 0; i < PEOPLE; i++)
        for (size_t s = 0; s < COUNT(tree); s++) {
            if (!is_told_of(before, people[i], tree[s]) && !is_told_of(after, people[i], tree[s]))
                continue;
            for (unsigned action = GH_ACTION_NONE + 1; action < GH_ACTION_COUNT; action++) {
                bool was = is_allowed(before, people[i], action, tree[s]), is = is_allowed(after, people[i], action, tree[s]);
                *gains += !was && is;
                *losses += was && !is;
            }
        }
}

static void
one_pair(uint64_t seed, size_t *n_changed)
{
    struct gh_arena a = gh_test_arena();
    uint64_t common = seed * UINT64_C(0x9e3779b97f4a7c15);
    struct gh_snap before = draw_state(&a, common, common ^ UINT64_C(0x5bf03635)), after = draw_state(&a, common, common * 7 + 3);
    size_t gains, losses, want_gains, want_losses;
    struct gh_jsonw w;
    struct gh_buf b;

    gh_buf_init(&b, &a, 8u << 20);
    gh_jsonw_init(&w, &b);
    gh_jsonw_obj(&w);
    const struct gh_access_diff ask = {.before = &before, .after = &after, .a = &a, .now_ms = 1};
    assert_int_equal(gh_access_put_diff(&w, &gains, &losses, &ask), GH_OK);
    count_all(&want_gains, &want_losses, &before, &after);
    if (gains != want_gains || losses != want_losses)
        fail_msg(
            "pair %llu: %zu gains of %zu, %zu losses of %zu", (unsigned long long)seed, gains, want_gains, losses, want_losses);
    *n_changed += gains + losses > 0;
    gh_arena_fini(&a);
}

static void
agrees_with_asking_everything(void **state)
{
    size_t n_changed = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= ROUNDS; seed++)
        one_pair(seed, &n_changed);
    assert_in_range(n_changed, ROUNDS / 4, ROUNDS - 1); /* some pairs are the same */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(agrees_with_asking_everything)};
    return cmocka_run_group_tests_name("access_diff", tests, NULL, NULL);
}
