/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/micro_access: what one decision costs, as one JSON object on stdout; `make bench` runs it for access.json.
 *
 * The world: groups that hold ten assignments each, drawn over 1,000 endpoints of 100 workspaces, their workspaces and deployments, by five
 * roles; 20 denials; names of identities; conditional access. A caller stands for his two names and ten groups, drawn anew for each
 * decision, so that what it reads lies cold in memory as it does in life. He asks for a deployment where one of his groups may chat
 * (allowed), or for one drawn at random (refused, nearly always; the others are drawn again).
 *
 *   decide        by round: allowed, refused, both mixed: median and p99 of single decisions, the clock's own time taken off. A decision
 *                 is conditional access and roles, as the edge asks them; `roles` and `conditional` are the two apart
 *   few           the same with 100 assignments
 *   policies      conditional access alone with 0, 10, 50, 100 policies
 *   load_ms       the large world believed by gh_snap_verify, by round, wall clock; file_mib is its size
 *
 *     micro_access [ROUNDS]
 */
#include <stdio.h>

#include "bench/micro.h"
#include "policy/conditional_testing.h"
#include "policy/decide.h"
#include "policy/snapshot_maker.h"

enum {
    GRANTS_EACH = 10,
    GROUPS_EACH = 10,
    WORKSPACES = 100,
    ENDPOINTS_EACH = 10,
    DENIALS = 20,
    DECISIONS = 50000, /* of a round and a kind */
    POLICIES_MAX = 100,
    POLICY_BYTES = 512,
    PRINCIPALS = 1000000,
    PATH_BYTES = 96,
    ROUNDS = 9
};
#define ARENA_BYTES (UINT64_C(4) << 30)

static const char *const roles[] = {"5e0bd9bd-7b93-4f28-af87-19fc36ad61bd" /* OpenAI User: may chat */,
    "acdd72a7-3385-48ef-bd42-f606fba81ae7" /* Reader */, "4633458b-17de-408a-b874-0445c86b69e6",
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "53ca6127-db72-4b80-b1b0-d745d6d5456d" /* Azure AI User: may chat */};
enum { ROLES = sizeof(roles) / sizeof(roles[0]) };

static uint64_t seed = GH_MICRO_SEED;

/* ---- the world ---- */

struct world {
    struct gh_arena a;
    struct gh_snap snap;
    struct gh_str file;
    unsigned n_groups;
};

/* Assignment number `k` of a group: at a workspace, an endpoint or a deployment. */
static const char *
scope(char mem[PATH_BYTES], unsigned group, unsigned k)
{
    unsigned at = gh_micro_fixed(group, k, WORKSPACES * ENDPOINTS_EACH), kind = gh_micro_fixed(group, k + 100, 10);
    struct gh_buf b;

    gh_buf_init_fixed(&b, mem, PATH_BYTES);
    gh_buf_putz(&b, "/workspaces/ws-");
    gh_buf_put_u64(&b, at / ENDPOINTS_EACH);
    if (kind >= 2) {
        gh_buf_putz(&b, "/endpoints/ep-");
        gh_buf_put_u64(&b, at % ENDPOINTS_EACH);
    }
    gh_buf_putz(&b, kind == 9 ? "/deployments/one" : "");
    gh_buf_putc(&b, '\0');
    gh_micro_must(b.rc == GH_OK);
    return mem;
}

static unsigned
role(unsigned group, unsigned k)
{
    return k == 0 ? 0 : gh_micro_fixed(group, k + 200, ROLES); /* the first lets him chat */
}

static void
put_groups(struct gh_maker *m, unsigned n)
{
    char mem[GH_MICRO_NAME_BYTES], scopes[GRANTS_EACH][PATH_BYTES], ids[GRANTS_EACH][GH_MICRO_NAME_BYTES * 2];

    for (unsigned g = 0; g < n; g++) {
        struct gh_maker_grant grants[GRANTS_EACH];

        for (unsigned k = 0; k < GRANTS_EACH; k++) {
            (void)snprintf(ids[k], sizeof(ids[k]), "/roleAssignments/%08x-0000-4000-8000-%012x", g, k);
            grants[k] = (struct gh_maker_grant){ids[k], scope(scopes[k], g, k), roles[role(g, k)], 0, 0};
        }
        gh_maker_assign(m, gh_micro_name(mem, "/groups/team-", g), grants, GRANTS_EACH);
    }
}

static void
put_denials(struct gh_maker *m, unsigned n_groups)
{
    char mem[GH_MICRO_NAME_BYTES], path[PATH_BYTES];

    for (unsigned i = 0; i < DENIALS; i++) {
        const struct gh_maker_denial denial = {
            .id = "/denyAssignments/d", .scope = scope(path, i, 77), .bits = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}}};
        gh_maker_deny(m,
            i == 0 ? GH_STR("*")
                   : gh_micro_name(mem, "/groups/team-", gh_micro_fixed(i, 7, n_groups / DENIALS) + i * (n_groups / DENIALS)),
            &denial, 1);
    }
}

/* By group, one in ten for all, so that this many apply; half of them with a place. */
static void
put_policies(struct gh_maker *m, size_t n)
{
    static const struct gh_test_place places[] = {
        {"office", "{\"@odata.type\":\"#microsoft.graph.ipNamedLocation\",\"displayName\":\"O\","
                   "\"isTrusted\":true,\"ipRanges\":[{\"cidrAddress\":\"192.0.2.0/24\"}]}"}};
    static char mem[POLICIES_MAX][POLICY_BYTES];
    const char *texts[POLICIES_MAX];

    for (size_t i = 0; i < n; i++) {
        char people[GH_MICRO_NAME_BYTES * 4];

        (void)snprintf(people, sizeof(people),
            "\"includeGroups\":[\"dept-%zu\",\"unit-%zu\",\"guests\"],\"excludeUsers\":[\"somebody\"]", i, i / 3);
        (void)snprintf(mem[i], sizeof(mem[i]),
            "{\"displayName\":\"P\",\"state\":\"enabled\",\"conditions\":{\"users\":{%s},"
            "\"applications\":{\"includeApplications\":[\"All\"]}%s},\"grantControls\":{\"operator\":\"OR\",\"builtInControls\":["
            "\"mfa\"]}}",
            i % 10 == 0 ? "\"includeUsers\":[\"All\"]" : people,
            i % 2 == 0 ? ",\"locations\":{\"includeLocations\":[\"All\"],\"excludeLocations\":[\"AllTrusted\"]}" : "");
        texts[i] = mem[i];
    }
    gh_micro_must(gh_test_conditional(m, texts, n, places, 1, NULL));
}

static void
make(struct world *w, unsigned n_groups, unsigned n_principals, size_t n_policies)
{
    char key[GH_MICRO_NAME_BYTES], path[GH_MICRO_NAME_BYTES];
    struct gh_snap_file *file = NULL;

    w->a = gh_micro_heap(ARENA_BYTES);
    w->n_groups = n_groups;
    struct gh_maker m = gh_maker_new(&w->a, 1, false);
    gh_maker_builtin_roles(&m);
    put_groups(&m, n_groups);
    put_denials(&m, n_groups);
    put_policies(&m, n_policies);
    for (unsigned i = 0; i < n_principals; i++)
        gh_maker_identity(&m, gh_micro_name(key, "gatehouse:user-", i), gh_micro_name(path, "/identities/user-", i), true, 0);
    gh_micro_must(m.rc == GH_OK && gh_snap_finish(&w->file, m.writer) == GH_OK);
    gh_micro_must(gh_snap_verify(&file, &w->a, w->file, NULL, NULL) == GH_OK);
    w->snap = (struct gh_snap){.base = file};
}

/* ---- who asks, and for what ---- */

struct asker {
    struct gh_caller c;
    unsigned group[GROUPS_EACH];
    char mem[GROUPS_EACH + 2][GH_MICRO_NAME_BYTES], path[PATH_BYTES + GH_MICRO_NAME_BYTES], at[PATH_BYTES];
};

static void
draw_caller(struct asker *k, const struct world *w)
{
    k->c.sort = GH_CALLER_USER;
    k->c.proofs = GH_PROOF_BIT(MFA);
    k->c.principals[0] = gh_micro_name(k->mem[0], "gatehouse:user-", gh_micro_draw(&seed, PRINCIPALS));
    k->c.principals[1] = gh_micro_name(k->mem[1], "/identities/user-", gh_micro_draw(&seed, PRINCIPALS));
    for (unsigned g = 0; g < GROUPS_EACH; g++) {
        k->group[g] = gh_micro_draw(&seed, w->n_groups);
        k->c.principals[2 + g] = gh_micro_name(k->mem[2 + g], "/groups/team-", k->group[g]);
    }
    k->c.n_principals = 2 + GROUPS_EACH;
}

/* Where one of his groups may chat, or anywhere. */
static struct gh_str
draw_path(struct asker *k, bool is_wanted)
{
    unsigned at = gh_micro_draw(&seed, WORKSPACES * ENDPOINTS_EACH);
    const char *from = scope(k->at, k->group[gh_micro_draw(&seed, GROUPS_EACH)], 0), *rest;

    if (!is_wanted) {
        (void)snprintf(k->at, sizeof(k->at), "/workspaces/ws-%u/endpoints/ep-%u", at / ENDPOINTS_EACH, at % ENDPOINTS_EACH);
        from = k->at;
    }
    rest = strstr(from, "/deployments") != NULL ? ""
           : strstr(from, "/endpoints") != NULL ? "/deployments/one"
                                                : "/endpoints/ep-3/deployments/one";
    (void)snprintf(k->path, sizeof(k->path), "%s%s", from, rest);
    return gh_str_z(k->path);
}

/* ---- times ---- */

struct times {
    double *roles, *conditional, *both;
    size_t n;
};

static enum gh_verdict
time_one(struct times *t, const struct world *w, const struct asker *k, struct gh_str path, double clock)
{
    const struct gh_cond_call call = {.snap = &w->snap,
        .caller = &k->c,
        .now_ms = 1,
        .target = GH_COND_MODELS,
        .path = path,
        .has_ip = true,
        .ip = {[10] = 0xff, 0xff, 203, 0, 113, 5}};
    const struct gh_question q = {.snap = &w->snap, .caller = &k->c, .action = GH_ACTION_CHAT, .path = path, .now_ms = 1};
    struct gh_cond_outcome outcomes[64];
    struct gh_cond_decision c;
    struct gh_decision d;
    double start = gh_micro_ns(CLOCK_MONOTONIC);

    gh_conditional(&c, &call, outcomes, 64, false);
    double half = gh_micro_ns(CLOCK_MONOTONIC);
    gh_decide(&d, &q);
    double end = gh_micro_ns(CLOCK_MONOTONIC);
    gh_micro_must(c.verdict == GH_ALLOW);
    t->conditional[t->n] = half - start - clock;
    t->roles[t->n] = end - half - clock;
    t->both[t->n] = end - start - 2 * clock;
    return d.verdict;
}

static void
take_times(struct times *t, const struct world *w, enum gh_verdict want)
{
    static struct asker k;
    double clock = gh_micro_clock_ns();

    for (t->n = 0; t->n < DECISIONS;) {
        draw_caller(&k, w);
        t->n += time_one(t, w, &k, draw_path(&k, want == GH_ALLOW), clock) == want;
    }
}

static void
print(const char *what, double *took, size_t n, const char *end)
{
    qsort(took, n, sizeof(*took), gh_micro_by_value);
    printf("\"%s\":{\"median\":%.0f,\"p99\":%.0f}%s", what, took[n / 2], took[n / 100 * 99], end);
}

static void
print_round(const struct world *w)
{
    static double both[2 * DECISIONS], roles_took[DECISIONS], conditional[DECISIONS];
    struct times t = {roles_took, conditional, both, 0};

    take_times(&t, w, GH_ALLOW);
    print("allowed_roles", roles_took, DECISIONS, ",");
    t.both = both + DECISIONS;
    take_times(&t, w, GH_DENY);
    print("refused_roles", roles_took, DECISIONS, ",");
    print("conditional", conditional, DECISIONS, ",");
    print("mixed", memcpy(malloc(sizeof(both)), both, sizeof(both)), 2 * DECISIONS, ",");
    print("allowed", both, DECISIONS, ",");
    print("refused", both + DECISIONS, DECISIONS, "}");
}

static void
print_rounds(const char *what, const struct world *w, unsigned n)
{
    printf("\"%s\":[", what);
    for (unsigned i = 0; i < n; i++) {
        printf(i == 0 ? "{" : ",{");
        print_round(w);
    }
    printf("],");
}

/* ---- conditional access by number of policies ---- */

static void
print_policies(void)
{
    static const size_t counts[] = {0, 10, 50, 100};
    static double took[DECISIONS], unused[DECISIONS], more[DECISIONS];
    char text[8];

    printf("\"policies\":{");
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        struct world w = {.n_groups = 0};
        struct times t = {unused, took, more, 0};

        make(&w, 1000, 0, counts[i]);
        take_times(&t, &w, GH_DENY);
        (void)snprintf(text, sizeof(text), "%zu", counts[i]);
        print(text, took, DECISIONS, i + 1 < sizeof(counts) / sizeof(counts[0]) ? "," : "},");
        gh_arena_fini(&w.a);
    }
}

static void
print_load(const struct world *w, unsigned n)
{
    printf("\"file_mib\":%.1f,\"load_ms\":[", (double)w->file.n / (1 << 20));
    for (unsigned i = 0; i < n; i++) {
        struct gh_arena a = gh_micro_heap(ARENA_BYTES);
        struct gh_snap_file *file = NULL;
        double start = gh_micro_ns(CLOCK_MONOTONIC);

        gh_micro_must(gh_snap_verify(&file, &a, w->file, NULL, NULL) == GH_OK);
        printf("%s%.1f", i == 0 ? "" : ",", (gh_micro_ns(CLOCK_MONOTONIC) - start) / 1e6);
        gh_arena_fini(&a);
    }
    printf("],");
}

int
main(int argc, char **argv)
{
    uint64_t rounds = ROUNDS;
    struct world many = {.n_groups = 0}, few = {.n_groups = 0};

    gh_micro_must(argc < 2 || gh_str_u64(&rounds, gh_str_z(argv[1]), 100) == GH_OK);
    printf("{\"bench\":\"access\",\"assignments\":%d,\"groups\":%d,\"principals\":%d,", 10000 * GRANTS_EACH, 10000, PRINCIPALS);
    make(&many, 10000, PRINCIPALS, 50);
    print_rounds("many", &many, (unsigned)rounds);
    print_load(&many, (unsigned)rounds);
    make(&few, 10 * 2, 1000, 50);
    print_rounds("few", &few, (unsigned)rounds);
    print_policies();
    printf("\"policies_in_force\":50}\n");
    gh_arena_fini(&few.a);
    gh_arena_fini(&many.a);
    return 0;
}
