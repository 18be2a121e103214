/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/micro_policy: the policy engine on one core, as one JSON object on stdout.
 *   decide_ns       one decision, callers drawn at random among 100,000 assignments (so caches are cold as they are in life): a caller
 *                   stands for 12 principals, allowed and refused; each decision is timed by itself, the clock's own time taken off
 * The rest in CPU time:
 *   conditional_ns  conditional access with 0, 10, 50, 100 policies, each by a group, half of them with a place, of which one in ten applies;
 *                   callers drawn at random, who stand for 12 principals
 *   verify_ms       a base with 1,000,000 principals believed: every digest and every row; file_mib is its size
 *   find_ns         one look-up of a random principal in it
 *   record_ns       a close record with its controls written and sealed
 */
#include <stdio.h>

#include "bench/micro.h"
#include "audit/record.h"
#include "policy/conditional_testing.h"
#include "policy/decide.h"
#include "policy/snapshot_maker.h"

enum {
    GRANTS_EACH = 5,
    HOLDERS = 20000, /* with GRANTS_EACH grants: 100,000 assignments */
    GROUPS_EACH = 10,
    DECISIONS = 200000,
    PRINCIPALS = 1000000,
    VERIFY_ROUNDS = 7,
    LOOKUPS = 500000,
    RECORDS = 200000
};
#define ARENA_BYTES (UINT64_C(4) << 30)

static uint64_t seed = GH_MICRO_SEED;

/* ---- decide ---- */

static struct gh_snap
assignments(struct gh_arena *a)
{
    static const struct gh_maker_grant grants[GRANTS_EACH] = {
        {"/roleAssignments/one", "/workspaces/alpha", "acdd72a7-3385-48ef-bd42-f606fba81ae7", 0, 0},
        {"/roleAssignments/two", "/workspaces/alpha/endpoints/chat", "4633458b-17de-408a-b874-0445c86b69e6", 0, 0},
        {"/roleAssignments/three", "/workspaces/beta", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", 0, 0},
        {"/roleAssignments/four", "/workspaces/gamma/endpoints/chat", "b86a8fe4-44ce-4948-aee5-eccb2c155cd7", 0, 0},
        {"/roleAssignments/five", "/workspaces/gamma", "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd", 0, 0}};
    struct gh_maker m = gh_maker_new(a, 1, false);
    struct gh_snap snap = {NULL, NULL};
    char mem[GH_MICRO_NAME_BYTES];

    gh_maker_builtin_roles(&m);
    for (unsigned i = 0; i < HOLDERS; i++)
        gh_maker_assign(&m, gh_micro_name(mem, "/groups/team-", i), grants, GRANTS_EACH);
    snap.base = gh_maker_finish(&m);
    gh_micro_must(m.rc == GH_OK);
    return snap;
}

static void
draw_caller(struct gh_caller *c, char mem[GROUPS_EACH + 2][GH_MICRO_NAME_BYTES])
{
    c->principals[0] = gh_micro_name(mem[0], "gatehouse:", gh_micro_draw(&seed, PRINCIPALS));
    c->principals[1] = gh_micro_name(mem[1], "/identities/", gh_micro_draw(&seed, PRINCIPALS));
    for (unsigned g = 0; g < GROUPS_EACH; g++)
        c->principals[2 + g] = gh_micro_name(mem[2 + g], "/groups/team-", gh_micro_draw(&seed, HOLDERS));
    c->n_principals = 2 + GROUPS_EACH;
}

static void
decide(double *median, double *p99, const struct gh_snap *snap, struct gh_str path, enum gh_verdict want)
{
    static double took[DECISIONS];
    static struct gh_caller c;
    char mem[GROUPS_EACH + 2][GH_MICRO_NAME_BYTES];
    double clock = gh_micro_clock_ns();

    for (unsigned i = 0; i < DECISIONS; i++) {
        struct gh_decision d;
        double start;

        draw_caller(&c, mem);
        start = gh_micro_ns(CLOCK_MONOTONIC);
        gh_decide(&d, &(const struct gh_question){.snap = snap, .caller = &c, .action = GH_ACTION_CHAT, .path = path, .now_ms = 1});
        took[i] = gh_micro_ns(CLOCK_MONOTONIC) - start - clock;
        gh_micro_must(d.verdict == want);
    }
    qsort(took, DECISIONS, sizeof(*took), gh_micro_by_value);
    *median = took[DECISIONS / 2];
    *p99 = took[DECISIONS / 100 * 99];
}

static void
bench_decide(void)
{
    struct gh_arena a = gh_micro_heap(ARENA_BYTES);
    struct gh_snap snap = assignments(&a);
    double median, p99;

    decide(&median, &p99, &snap, GH_STR("/workspaces/gamma/endpoints/chat/deployments/one"), GH_ALLOW);
    printf("\"decide_allow_ns\":{\"median\":%.0f,\"p99\":%.0f},", median, p99);
    decide(&median, &p99, &snap, GH_STR("/workspaces/delta/endpoints/chat/deployments/one"), GH_DENY);
    printf("\"decide_deny_ns\":{\"median\":%.0f,\"p99\":%.0f},", median, p99);
    gh_arena_fini(&a);
}

/* ---- conditional access ---- */

enum { POLICIES = 100, POLICY_BYTES = 512 };

static struct gh_snap
conditions(struct gh_arena *a, size_t n)
{
    static const struct gh_test_place places[] = {
        {"office", "{\"@odata.type\":\"#microsoft.graph.ipNamedLocation\",\"displayName\":\"O\","
                   "\"isTrusted\":true,\"ipRanges\":[{\"cidrAddress\":\"192.0.2.0/24\"}]}"}};
    static char mem[POLICIES][POLICY_BYTES];
    const char *texts[POLICIES];
    struct gh_maker m = gh_maker_new(a, 1, false);
    struct gh_snap snap = {NULL, NULL};

    for (size_t i = 0; i < n; i++) {
        (void)snprintf(mem[i], sizeof(mem[i]),
            "{\"displayName\":\"P\",\"state\":\"enabled\",\"conditions\":{\"users\":{%s},"
            "\"applications\":{\"includeApplications\":[\"All\"]}%s},\"grantControls\":{\"operator\":\"OR\",\"builtInControls\":["
            "\"mfa\"]}}",
            i % 10 == 0 ? "\"includeUsers\":[\"All\"]"
                        : "\"includeGroups\":[\"one\",\"two\",\"three\"],\"excludeUsers\":[\"somebody\"]",
            i % 2 == 0 ? ",\"locations\":{\"includeLocations\":[\"All\"],\"excludeLocations\":[\"AllTrusted\"]}" : "");
        texts[i] = mem[i];
    }
    gh_micro_must(gh_test_conditional(&m, texts, n, places, 1, NULL));
    snap.base = gh_maker_finish(&m);
    gh_micro_must(m.rc == GH_OK);
    return snap;
}

static void
conditional(size_t n, const char *comma)
{
    static double took[DECISIONS];
    static struct gh_caller c;
    struct gh_arena a = gh_micro_heap(ARENA_BYTES);
    struct gh_snap snap = conditions(&a, n);
    char mem[GROUPS_EACH + 2][GH_MICRO_NAME_BYTES];
    double clock = gh_micro_clock_ns();

    c.sort = GH_CALLER_USER;
    c.proofs = GH_PROOF_BIT(MFA);
    for (unsigned i = 0; i < DECISIONS; i++) {
        const struct gh_cond_call call = {.snap = &snap,
            .caller = &c,
            .now_ms = 1,
            .target = GH_COND_MODELS,
            .path = GH_STR("/workspaces/gamma/endpoints/chat"),
            .has_ip = true,
            .ip = {[10] = 0xff, 0xff, 203, 0, 113, 5}};
        struct gh_cond_outcome outcomes[64];
        struct gh_cond_decision d;
        double start;

        draw_caller(&c, mem);
        start = gh_micro_ns(CLOCK_MONOTONIC);
        gh_conditional(&d, &call, outcomes, 64, false);
        took[i] = gh_micro_ns(CLOCK_MONOTONIC) - start - clock;
        gh_micro_must(d.verdict == GH_ALLOW);
    }
    qsort(took, DECISIONS, sizeof(*took), gh_micro_by_value);
    printf("\"%zu\":{\"median\":%.0f,\"p99\":%.0f}%s", n, took[DECISIONS / 2], took[DECISIONS / 100 * 99], comma);
    gh_arena_fini(&a);
}

static void
bench_conditional(void)
{
    printf("\"conditional_ns\":{");
    conditional(0, ",");
    conditional(10, ",");
    conditional(50, ",");
    conditional(100, "},");
}

/* ---- a large base ---- */

static struct gh_str
large_base(struct gh_arena *a)
{
    struct gh_maker m = gh_maker_new(a, 1, false);
    struct gh_str file = {NULL, 0};
    char key[GH_MICRO_NAME_BYTES], path[GH_MICRO_NAME_BYTES];

    for (unsigned i = 0; i < PRINCIPALS; i++)
        gh_maker_identity(&m, gh_micro_name(key, "gatehouse:user-", i), gh_micro_name(path, "/identities/user-", i), true, 0);
    gh_micro_must(m.rc == GH_OK && gh_snap_finish(&file, m.writer) == GH_OK);
    return file;
}

static const struct gh_snap_file *
verify(struct gh_arena *a, struct gh_str file)
{
    struct gh_snap_file *out;

    gh_micro_must(gh_snap_verify(&out, a, file, NULL, NULL) == GH_OK);
    return out;
}

static double
find_ns(const struct gh_snap *snap)
{
    char mem[GH_MICRO_NAME_BYTES];
    double start = gh_micro_ns(CLOCK_THREAD_CPUTIME_ID);

    for (unsigned i = 0; i < LOOKUPS; i++) {
        struct gh_snap_rec r;

        gh_micro_must(
            gh_snap_find(&r, snap, GH_SNAP_IDENTITY, gh_micro_name(mem, "gatehouse:user-", gh_micro_draw(&seed, PRINCIPALS))));
    }
    return (gh_micro_ns(CLOCK_THREAD_CPUTIME_ID) - start) / LOOKUPS;
}

static void
bench_verify(void)
{
    struct gh_arena a = gh_micro_heap(ARENA_BYTES);
    double start = gh_micro_ns(CLOCK_THREAD_CPUTIME_ID), took[VERIFY_ROUNDS];
    struct gh_str file = large_base(&a);
    struct gh_snap snap = {NULL, NULL};

    printf(
        "\"write_ms\":%.1f,\"file_mib\":%.1f,", (gh_micro_ns(CLOCK_THREAD_CPUTIME_ID) - start) / 1e6, (double)file.n / (1 << 20));
    for (unsigned i = 0; i < VERIFY_ROUNDS; i++) {
        start = gh_micro_ns(CLOCK_THREAD_CPUTIME_ID);
        snap.base = verify(&a, file);
        took[i] = (gh_micro_ns(CLOCK_THREAD_CPUTIME_ID) - start) / 1e6;
    }
    qsort(took, VERIFY_ROUNDS, sizeof(*took), gh_micro_by_value);
    printf("\"principals\":%d,\"verify_ms\":%.1f,\"find_ns\":%.0f,", PRINCIPALS, took[VERIFY_ROUNDS / 2], find_ns(&snap));
    gh_arena_fini(&a);
}

/* ---- records ---- */

static void
bench_record(void)
{
    static const struct gh_controls controls = {.ran = {GH_RAN_PASSED, GH_RAN_PASSED, GH_RAN_PASSED, GH_RAN_PASSED, GH_RAN_PASSED},
        .reason = {[GH_CONTROL_STREAM] = "not a stream"}};
    char mem[GH_RECORD_BYTES_MAX];
    size_t bytes = 0;
    double start = gh_micro_ns(CLOCK_THREAD_CPUTIME_ID);

    for (unsigned i = 0; i < RECORDS; i++) {
        struct gh_record_writer w;
        struct gh_str out;

        gh_record_begin(&w, mem, GH_RECORD_CLOSE, 1, i, 1700000000123);
        gh_record_text(&w, GH_FIELD_REQUEST_ID, GH_STR("0123456789abcdef0123456789abcdef"));
        gh_record_text(&w, GH_FIELD_CALLER, GH_STR("gatehouse:demo-client"));
        gh_record_text(&w, GH_FIELD_SCOPE, GH_STR("/workspaces/demo/endpoints/chat/deployments/echo"));
        gh_record_text(&w, GH_FIELD_ROUTE, GH_STR("/workspaces/{ws}/endpoints/{ep}/openai/v1/chat/completions"));
        gh_record_text(&w, GH_FIELD_END, GH_STR("complete"));
        gh_record_u64(&w, GH_FIELD_STATUS, 200);
        gh_record_u64(&w, GH_FIELD_INPUT_TOKENS, 512);
        gh_record_u64(&w, GH_FIELD_OUTPUT_TOKENS, 128);
        gh_record_u64(&w, GH_FIELD_DURATION_US, 1234);
        gh_record_controls(&w, &controls);
        gh_micro_must(gh_record_end(&out, &w) == GH_OK);
        bytes = out.n;
    }
    printf("\"record_ns\":%.0f,\"record_bytes\":%zu}\n", (gh_micro_ns(CLOCK_THREAD_CPUTIME_ID) - start) / RECORDS, bytes);
}

int
main(void)
{
    printf("{\"bench\":\"policy\",\"compiler\":\"%s\",\"openssl\":\"%s\",", __VERSION__, GATEHOUSE_OPENSSL);
    bench_decide();
    bench_conditional();
    bench_verify();
    bench_record();
    return 0;
}
