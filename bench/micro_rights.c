/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/micro_rights: what questions about access and their publication cost in control, as one JSON object on stdout; `make bench` runs it
 * for access.json. Times are of the wall clock, by round.
 *
 *   build_s     a base made from the store, written, mapped and verified: 500,000 identities, each with two names, so 1,000,000 principals,
 *               of whom 100,000 are in ten of 10,000 groups; 100,000 assignments
 *   whocan_ms   who may chat at one of 1,000 endpoints, of 10,000 identities
 *   diff_ms     who gains or loses what between two such states, which differ in one assignment of a hundred
 *
 *     micro_rights [ROUNDS]
 *     micro_rights questions ROUNDS
 *     micro_rights fill STORE     that world, put into the store of an installation that does not run
 */
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/micro.h"
#include "control/access/access.h"
#include "control/access/access_diff.h"
#include "control/publish/publish_int.h"
#include "control/publish/view.h"
#include "host/host.h"
#include "policy/snapshot_maker.h"

enum {
    IDENTITIES = 500000,
    GROUPS = 10000,
    MEMBERS_EACH = 100,
    GROUPS_OF_ONE = 10,
    ASSIGNMENTS_EACH = 10,
    WORKSPACES = 100,
    ENDPOINTS_EACH = 10,
    SMALL_IDENTITIES = 10000,
    SMALL_GROUPS = 1000,
    ROUNDS = 5,
    TEXT_BYTES = 128
};
#define ARENA_BYTES ((size_t)4 << 30)
#define ANSWER_MAX  (64u << 20)
#define CHATS       "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd"

static struct gh_str
text(char mem[TEXT_BYTES], const char *prefix, unsigned i)
{
    struct gh_buf b;

    gh_buf_init_fixed(&b, mem, TEXT_BYTES);
    gh_buf_putz(&b, prefix);
    gh_buf_put_u64(&b, i);
    gh_buf_putc(&b, '\0');
    gh_micro_must(b.rc == GH_OK);
    return gh_str(mem, b.n - 1);
}

static const char *
scope(char mem[TEXT_BYTES], unsigned at)
{
    (void)snprintf(mem, TEXT_BYTES, "/workspaces/ws-%u/endpoints/ep-%u", at / ENDPOINTS_EACH, at % ENDPOINTS_EACH);
    return mem;
}

/* ---- the large world, in a store ---- */

static void
put(struct gh_store_tx *tx, enum gh_resource type, struct gh_str path, struct gh_str body, const struct gh_store_link *links,
    size_t n)
{
    struct gh_store_resource r = {.path = path,
        .type = type,
        .body = body,
        .created_ms = 1,
        .updated_ms = 1,
        .created_by = GH_STR("bench"),
        .updated_by = GH_STR("bench")};

    gh_micro_must(gh_store_resource_put(tx, &r) == GH_OK && gh_store_link_set(tx, path, links, n) == GH_OK);
}

static void
fill_identities(struct gh_store_tx *tx)
{
    char path[TEXT_BYTES], alias[TEXT_BYTES];

    for (unsigned i = 0; i < IDENTITIES; i++) {
        struct gh_store_link link = {GH_STORE_LINK_ALIAS, text(alias, "gatehouse:user-", i)};
        put(tx, GH_RESOURCE_IDENTITY, text(path, "/identities/user-", i), GH_STR("{\"kind\":\"user\"}"), &link, 1);
    }
}

/* Member number `m` of a group: the first tenth of a million, ten times round. */
static void
fill_group(struct gh_store_tx *tx, unsigned group)
{
    static char names[MEMBERS_EACH][TEXT_BYTES];
    struct gh_store_link links[MEMBERS_EACH];
    char path[TEXT_BYTES], mem[MEMBERS_EACH * 40];
    struct gh_buf body;

    gh_buf_init_fixed(&body, mem, sizeof(mem));
    gh_buf_putz(&body, "{\"members\":[");
    for (unsigned m = 0; m < MEMBERS_EACH; m++) {
        unsigned who = (group * MEMBERS_EACH + m) % (GROUPS * MEMBERS_EACH / GROUPS_OF_ONE);
        links[m] = (struct gh_store_link){GH_STORE_LINK_MEMBER, text(names[m], "/identities/user-", who)};
        gh_buf_putz(&body, m == 0 ? "\"" : ",\"");
        gh_buf_put(&body, links[m].target);
        gh_buf_putc(&body, '"');
    }
    gh_buf_putz(&body, "]}");
    gh_micro_must(body.rc == GH_OK);
    put(tx, GH_RESOURCE_GROUP, text(path, "/groups/team-", group), gh_buf_str(&body), links, MEMBERS_EACH);
}

static void
fill_assignment(struct gh_store_tx *tx, unsigned group, unsigned k)
{
    char path[TEXT_BYTES], who[TEXT_BYTES], at[TEXT_BYTES], body[TEXT_BYTES * 3];
    struct gh_store_link links[] = {
        {GH_STORE_LINK_PRINCIPAL, text(who, "/groups/team-", group)}, {GH_STORE_LINK_ROLE, GH_STR(CHATS)}};
    int n = snprintf(body, sizeof(body), "{\"roleDefinitionId\":\"" CHATS "\",\"principalId\":\"%s\",\"scope\":\"%s\"}", who,
        scope(at, gh_micro_fixed(group, k, WORKSPACES * ENDPOINTS_EACH)));

    (void)snprintf(path, sizeof(path), "/roleAssignments/%08x-0000-4000-8000-%012x", group, k);
    put(tx, GH_RESOURCE_ROLE_ASSIGNMENT, gh_str_z(path), gh_str(body, (size_t)n), links, 2);
}

static void
fill(struct gh_store *store)
{
    struct gh_store_tx *tx;

    gh_micro_must(gh_store_begin(&tx, store, GH_STORE_NORMAL) == GH_OK);
    fill_identities(tx);
    for (unsigned g = 0; g < GROUPS; g++) {
        fill_group(tx, g);
        for (unsigned k = 0; k < ASSIGNMENTS_EACH; k++)
            fill_assignment(tx, g, k);
    }
    gh_micro_must(gh_store_commit(tx) == GH_OK);
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st;
    (void)kind;
    (void)ftw;
    return remove(path);
}

static void
print_build(unsigned rounds)
{
    char dir[] = "/tmp/gatehouse-bench-XXXXXX", path[TEXT_BYTES];
    struct gh_config config;
    struct gh_store *store;
    int dirfd;

    gh_micro_must(gh_config_derive(&config, GH_STR("00000000000000000000000000000000"), GH_STR("127.0.0.1:1"), NULL) == GH_OK);
    gh_micro_must(mkdtemp(dir) != NULL && (dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) >= 0);
    (void)snprintf(path, sizeof(path), "%s/store", dir);
    gh_micro_must(gh_store_open(&store, path, NULL) == GH_OK);
    fill(store);
    const struct gh_publish_config publish = {.store = store, .config = &config, .dir = dir};
    printf("\"build_s\":[");
    for (unsigned i = 0; i < rounds; i++) {
        struct gh_view_file *file = NULL;
        double start = gh_micro_ns(CLOCK_MONOTONIC) / 1e6;
        gh_micro_must(gh_publish_base(&file, &publish, dirfd, i + 1, 1) == GH_OK);
        printf("%s%.3f", i == 0 ? "" : ",", (gh_micro_ns(CLOCK_MONOTONIC) / 1e6 - start) / 1e3);
        gh_view_file_unref(file);
    }
    printf("],");
    gh_store_close(store);
    (void)close(dirfd);
    (void)nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* ---- the small one, in memory ---- */

static void
put_identity(struct gh_maker *m, unsigned i)
{
    char path[TEXT_BYTES], alias[TEXT_BYTES], names[GROUPS_OF_ONE][TEXT_BYTES];
    struct gh_str groups[GROUPS_OF_ONE], key = text(path, "/identities/user-", i);

    for (unsigned k = 0; k < GROUPS_OF_ONE; k++)
        groups[k] = text(names[k], "/groups/team-", (gh_micro_fixed(i, 1, SMALL_GROUPS) + k * 97) % SMALL_GROUPS);
    for (unsigned k = 0; k < 2; k++)
        gh_maker_put(m, GH_SNAP_IDENTITY, k == 0 ? key : text(alias, "gatehouse:user-", i),
            (const struct gh_snap_value[GH_IDENTITY_N]){[GH_IDENTITY_PATH] = {.str = key},
                [GH_IDENTITY_FLAGS] = {.u64 = GH_IDENTITY_FLAG_ENABLED},
                [GH_IDENTITY_KIND] = {.str = GH_STR("user")},
                [GH_IDENTITY_ALIAS] = {.str = text(alias, "gatehouse:user-", i)}});
    gh_maker_membership(m, key, groups, GROUPS_OF_ONE);
}

/* `is_after`: one assignment of a hundred stands elsewhere. */
static struct gh_snap
small_world(struct gh_arena *a, bool is_after)
{
    struct gh_maker m = gh_maker_new(a, 1, false);
    struct gh_snap snap = {NULL, NULL};
    char name[TEXT_BYTES];

    gh_maker_builtin_roles(&m);
    for (unsigned i = 0; i < SMALL_IDENTITIES; i++)
        put_identity(&m, i);
    for (unsigned g = 0; g < SMALL_GROUPS; g++) {
        struct gh_maker_grant grants[ASSIGNMENTS_EACH];
        char scopes[ASSIGNMENTS_EACH][TEXT_BYTES], ids[ASSIGNMENTS_EACH][TEXT_BYTES];
        for (unsigned k = 0; k < ASSIGNMENTS_EACH; k++) {
            bool is_moved = is_after && (g * ASSIGNMENTS_EACH + k) % 100 == 0;
            (void)text(ids[k], "/roleAssignments/", g * ASSIGNMENTS_EACH + k);
            grants[k] = (struct gh_maker_grant){
                ids[k], scope(scopes[k], gh_micro_fixed(g, k + (is_moved ? 1000 : 0), WORKSPACES * ENDPOINTS_EACH)), CHATS, 0, 0};
        }
        gh_maker_assign(&m, text(name, "/groups/team-", g), grants, ASSIGNMENTS_EACH);
    }
    snap.base = gh_maker_finish(&m);
    gh_micro_must(m.rc == GH_OK);
    return snap;
}

static struct gh_str
word(void *ctx, const char *name)
{
    if (strcmp(name, "action") == 0)
        return GH_STR("Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action");
    return strcmp(name, "scope") == 0 ? gh_str_z(ctx) : gh_str(NULL, 0);
}

static void
print_who(const struct gh_snap *snap, unsigned rounds)
{
    char at[TEXT_BYTES];

    printf("\"whocan_ms\":[");
    for (unsigned i = 0; i < rounds; i++) {
        struct gh_arena a;
        struct gh_buf b;
        struct gh_jsonw w;
        struct gh_err err = {0};
        (void)scope(at, i * 37);
        gh_arena_init(&a, gh_heap(), ARENA_BYTES);
        gh_buf_init(&b, &a, ANSWER_MAX);
        gh_jsonw_init(&w, &b);
        gh_jsonw_obj(&w);
        const struct gh_access_ask ask = {.snap = snap, .a = &a, .now_ms = 1, .value = word, .ctx = at};
        double start = gh_micro_ns(CLOCK_MONOTONIC) / 1e6;
        gh_micro_must(gh_access_answer(&w, GH_ACCESS_WHO_CAN, &ask, &err) == GH_OK && b.n > 1000);
        printf("%s%.1f", i == 0 ? "" : ",", gh_micro_ns(CLOCK_MONOTONIC) / 1e6 - start);
        gh_arena_fini(&a);
    }
    printf("],");
}

static void
print_diff(const struct gh_snap *before, const struct gh_snap *after, unsigned rounds)
{
    size_t gains = 0, losses = 0;

    printf("\"diff_ms\":[");
    for (unsigned i = 0; i < rounds; i++) {
        struct gh_arena a;
        struct gh_buf b;
        struct gh_jsonw w;
        gh_arena_init(&a, gh_heap(), ARENA_BYTES);
        gh_buf_init(&b, &a, ANSWER_MAX);
        gh_jsonw_init(&w, &b);
        gh_jsonw_obj(&w);
        const struct gh_access_diff ask = {.before = before, .after = after, .a = &a, .now_ms = 1};
        double start = gh_micro_ns(CLOCK_MONOTONIC) / 1e6;
        gh_micro_must(gh_access_put_diff(&w, &gains, &losses, &ask) == GH_OK && gains > 0 && losses > 0);
        printf("%s%.1f", i == 0 ? "" : ",", gh_micro_ns(CLOCK_MONOTONIC) / 1e6 - start);
        gh_arena_fini(&a);
    }
    printf("],\"gains\":%zu,\"losses\":%zu}\n", gains, losses);
}

static int
fill_store(const char *path)
{
    struct gh_store *store;

    if (gh_store_open(&store, path, NULL) != GH_OK)
        return 2;
    fill(store);
    gh_store_close(store);
    return 0;
}

int
main(int argc, char **argv)
{
    uint64_t rounds = ROUNDS;
    struct gh_arena a, b;
    bool is_all = argc < 3;

    if (argc == 3 && strcmp(argv[1], "fill") == 0)
        return fill_store(argv[2]);
    gh_micro_must(argc < 2 || gh_str_u64(&rounds, gh_str_z(argv[argc - 1]), 100) == GH_OK);
    gh_arena_init(&a, gh_heap(), ARENA_BYTES);
    gh_arena_init(&b, gh_heap(), ARENA_BYTES);
    struct gh_snap before = small_world(&a, false), after = small_world(&b, true);
    printf("{\"bench\":\"rights\",");
    if (is_all)
        print_build((unsigned)rounds);
    print_who(&before, (unsigned)rounds);
    print_diff(&before, &after, (unsigned)rounds);
    gh_arena_fini(&a);
    gh_arena_fini(&b);
    return 0;
}
