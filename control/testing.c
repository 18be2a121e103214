/* SPDX-License-Identifier: Apache-2.0 */
#include "control/testing.h"

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "control/learn/learn.h"
#include "control/publish/issuers.h"
#include "control/rest/auth.h"
#include "control/rest/provision.h"
#include "control/rest/resources.h"
#include "host/host.h"
#include "ipc/layout.h"
#include "ipc/message.h"

#define WAIT_MS      5000
#define INSTALLATION "0123456789abcdef0123456789abcdef"

static void
at(char out[256], const struct gh_test_house *h, const char *name)
{
    (void)snprintf(out, 256, "%s/%s", h->dir, name);
}

static void
make_dirs(struct gh_test_house *h)
{
    static const char *const dirs[] = {"control", "vault", "memory", "snapshot", "spool"};
    static const char *const places[] = {"/dev/shm", "/tmp"}; /* in memory, where the machine has a file system of it */
    char path[256];
    bool is_made = false;
    for (size_t i = 0; !is_made && i < sizeof(places) / sizeof(places[0]); i++) {
        (void)snprintf(h->dir, sizeof(h->dir), "%s/gatehouse-control-XXXXXX", places[i]);
        is_made = mkdtemp(h->dir) != NULL;
    }
    assert_true(is_made);
    for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
        at(path, h, dirs[i]);
        assert_int_equal(mkdir(path, 0700), 0);
    }
    at(path, h, GH_LAYOUT_INSTALLATION);
    assert_int_equal(gh_file_replace(AT_FDCWD, path, 0644, GH_STR(INSTALLATION "\n")), GH_OK);
}

static void
make_config(struct gh_test_house *h)
{
    assert_int_equal(gh_config_derive(&h->config, GH_STR(INSTALLATION), GH_STR("127.0.0.1:18443"), NULL), GH_OK);
    (void)snprintf(h->config.data, sizeof(h->config.data), "%s", h->dir);
    (void)snprintf(h->config.separation, sizeof(h->config.separation), "single-user");
    h->c.config = &h->config;
}

__attribute__((noreturn)) static void
become_vault(const struct gh_test_house *h, const char *program, int line)
{
    char data[128], memory[160], name[] = "gatehouse-vault";
    char *argv[] = {name, NULL}, *envp[] = {data, memory, NULL};
    (void)snprintf(data, sizeof(data), GH_ENV_DATA "=%s", h->dir);
    (void)snprintf(memory, sizeof(memory), GH_ENV_MEMORY "=%s/memory", h->dir);
    (void)dup2(line, GH_FD_SUPERVISOR);
    int null = open("/dev/null", O_WRONLY);
    (void)dup2(null, STDERR_FILENO); /* what it says at each start is its own business */
    execve(program, argv, envp);
    _exit(127);
}

static void
start_vault(struct gh_test_house *h, const char *program)
{
    int line[2], peer[2];
    struct gh_ipc_msg m = gh_ipc_msg(GH_IPC_PEER, 0);
    struct gh_vault_keys keys;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, peer), 0);
    h->vault_pid = fork();
    assert_true(h->vault_pid >= 0);
    if (h->vault_pid == 0)
        become_vault(h, program, line[1]);
    gh_close(line[1]);
    h->vault_line = line[0];
    gh_ipc_add(&m, GH_STR("control"));
    m.fd = peer[1];
    assert_int_equal(gh_ipc_send(h->vault_line, &m), GH_OK);
    gh_close(peer[1]);
    gh_vault_attach(h->c.vault, peer[0]);
    assert_int_equal(gh_vault_keys(&keys, h->c.vault, &h->a), GH_OK);
    assert_int_equal(gh_audit_set_key(h->c.audit, keys.audit_key), GH_OK);
    assert_int_equal(gh_issuers_own(h->c.issuers, keys.jwks), GH_OK);
}

void
gh_test_house_kill_vault(struct gh_test_house *h)
{
    if (h->vault_pid <= 0)
        return;
    (void)kill(h->vault_pid, SIGKILL);
    (void)waitpid(h->vault_pid, NULL, 0);
    gh_close(h->vault_line);
    h->vault_pid = 0;
}

struct gh_test_house *
gh_test_house_open(const char *vault)
{
    char path[256];
    struct gh_test_house *h = calloc(1, sizeof(*h));
    assert_non_null(h);
    gh_arena_init(&h->a, gh_heap(), (size_t)64 << 20);
    make_dirs(h);
    make_config(h);
    at(path, h, GH_LAYOUT_STORE);
    assert_int_equal(gh_store_open(&h->c.store, path, NULL), GH_OK);
    at(path, h, "spool");
    const struct gh_learn_config learn = {.store = h->c.store, .config = &h->config};
    assert_int_equal(gh_learn_new(&h->learn, &learn), GH_OK);
    struct gh_audit_config audit = {.store = h->c.store, .spool_dir = path, .learner = gh_learn_learner(h->learn)};
    memcpy(audit.installation, h->config.installation, sizeof(audit.installation));
    assert_int_equal(gh_audit_new(&h->c.audit, &audit), GH_OK);
    assert_int_equal(gh_vault_new(&h->c.vault), GH_OK);
    assert_int_equal(gh_verifier_new(&h->c.verifier), GH_OK);
    const struct gh_issuers_config issuers = {.store = h->c.store, .config = &h->config, .audit = h->c.audit};
    assert_int_equal(gh_issuers_new(&h->c.issuers, &issuers), GH_OK);
    if (vault != NULL)
        start_vault(h, vault);
    assert_int_equal(gh_provision_store(&h->c), GH_OK);
    at(path, h, "snapshot");
    const struct gh_publish_config publish = {.store = h->c.store, .config = &h->config, .vault = h->c.vault, .dir = path};
    assert_int_equal(gh_publish_start(&h->c.publish, &publish), GH_OK);
    gh_learn_start(h->learn, h->c.audit, h->c.publish);
    return h;
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st;
    (void)kind;
    (void)ftw;
    return remove(path);
}

void
gh_test_house_close(struct gh_test_house *h)
{
    gh_publish_stop(h->c.publish);
    gh_issuers_stop(h->c.issuers);
    gh_issuers_free(h->c.issuers);
    gh_verifier_free(h->c.verifier);
    gh_audit_free(h->c.audit);
    gh_learn_free(h->learn);
    gh_vault_free(h->c.vault);
    gh_test_house_kill_vault(h);
    gh_store_close(h->c.store);
    gh_arena_fini(&h->a);
    (void)nftw(h->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(h);
}

/* ---- what is there before the test begins ---- */

#define READER "acdd72a7-3385-48ef-bd42-f606fba81ae7"

void
gh_test_store_row(struct gh_store_tx *tx, enum gh_resource type, const char *path, const char *body, const char *principal)
{
    struct gh_store_resource r = {.path = gh_str_z(path),
        .type = type,
        .body = gh_str_z(body),
        .created_ms = 1,
        .updated_ms = 1,
        .created_by = GH_STR("test"),
        .updated_by = GH_STR("test")};
    assert_int_equal(gh_store_resource_put(tx, &r), GH_OK);
    if (principal != NULL) {
        const struct gh_store_link link = {GH_STORE_LINK_PRINCIPAL, gh_str_z(principal)};
        assert_int_equal(gh_store_link_set(tx, r.path, &link, 1), GH_OK);
    }
}

void
gh_test_house_fill(struct gh_test_house *h, const struct gh_test_fill *fill)
{
    gh_auto_store_tx *tx = NULL;
    assert_int_equal(gh_store_begin(&tx, h->c.store, GH_STORE_FULL), GH_OK);
    for (unsigned i = 0; i < fill->n; i++) {
        char path[80], who[32], body[256];
        const char *scope = fill->hundredth != NULL && i % 100 == 0 ? fill->hundredth : fill->scope;
        (void)snprintf(path, sizeof(path), "/roleAssignments/%08x-0000-4000-8000-000000000000", i);
        (void)snprintf(who, sizeof(who), "corp:u%u", fill->is_one ? 0 : i);
        (void)snprintf(
            body, sizeof(body), "{\"roleDefinitionId\":\"" READER "\",\"principalId\":\"%s\",\"scope\":\"%s\"}", who, scope);
        gh_test_store_row(tx, GH_RESOURCE_ROLE_ASSIGNMENT, path, body, who);
    }
    assert_int_equal(gh_store_commit(gh_store_steal(&tx)), GH_OK);
}

void
gh_test_house_learning_since(struct gh_test_house *h, int64_t ms)
{
    gh_auto_store_tx *tx = NULL;
    char mem[8];
    struct gh_buf b;
    gh_buf_init_fixed(&b, mem, sizeof(mem));
    gh_buf_put_le64(&b, (uint64_t)ms);
    assert_int_equal(gh_store_begin(&tx, h->c.store, GH_STORE_FULL), GH_OK);
    assert_int_equal(gh_store_setting_put(tx, GH_STR(GH_LEARN_SINCE), gh_buf_str(&b)), GH_OK);
    assert_int_equal(gh_store_commit(gh_store_steal(&tx)), GH_OK);
}

/* ---- requests ---- */

void
gh_test_house_learn(struct gh_test_house *h, const struct gh_str *records, size_t n)
{
    const struct gh_audit_learner *l = gh_learn_learner(h->learn);
    gh_auto_store_tx *tx = NULL;
    assert_int_equal(gh_store_begin(&tx, h->c.store, GH_STORE_FULL), GH_OK);
    for (size_t i = 0; i < n; i++) {
        struct gh_str at = records[i];
        struct gh_record r;
        assert_int_equal(gh_record_next(&r, &at), GH_OK);
        assert_int_equal(l->record(l->ctx, tx, &r), GH_OK);
    }
    assert_int_equal(l->end(l->ctx, tx), GH_OK);
    assert_int_equal(gh_store_commit(gh_store_steal(&tx)), GH_OK);
    l->done(l->ctx, true);
    assert_true(gh_publish_wait(h->c.publish, WAIT_MS));
}

static char *
copy_z(struct gh_test_house *h, struct gh_str s)
{
    char *z = gh_arena_take(&h->a, s.n + 1);
    assert_non_null(z);
    if (s.n > 0)
        memcpy(z, s.p, s.n);
    return z;
}

static const struct {
    const char *prefix;
    enum gh_surface surface;
} doors[] = {{"/arm/", GH_SURFACE_ARM}, {"/graph/", GH_SURFACE_GRAPH}};

unsigned
gh_test_house_ask(struct gh_test_house *h, const char *token, const char *method, const char *target, const char *body)
{
    struct gh_arena a;
    struct gh_call call;
    struct gh_str query = gh_str_z(target), path;
    char bearer[4096];
    gh_arena_init(&a, gh_heap(), GH_CALL_ARENA_MAX);
    gh_call_init(&call, &h->c, &a);
    (void)gh_str_cut(&path, &query, '?');
    call.path = path;
    for (size_t i = 0; i < sizeof(doors) / sizeof(doors[0]); i++)
        if (gh_str_starts(path, gh_str_z(doors[i].prefix))) {
            call.surface = doors[i].surface;
            call.path = gh_str_sub(path, strlen(doors[i].prefix) - 1, SIZE_MAX);
        }
    call.query = query.p == NULL ? GH_STR("") : query;
    call.method = gh_method_find(gh_str_z(method));
    call.body = gh_str_z(body == NULL ? "" : body);
    call.if_match = gh_str_z(h->if_match);
    call.if_none_match = gh_str_z(h->if_none_match);
    call.is_local = token == NULL;
    (void)snprintf(bearer, sizeof(bearer), "Bearer %s", token == NULL ? "" : token);
    if (token != NULL)
        call.credentials.authorization = gh_str_z(bearer);
    gh_rest_answer(&call);
    h->answer = copy_z(h, gh_buf_str(&call.out));
    h->revision = call.revision;
    h->if_match = h->if_none_match = NULL;
    unsigned status = call.status;
    gh_rest_done(&call);
    gh_arena_fini(&a);
    assert_true(gh_publish_wait(h->c.publish, WAIT_MS));
    return status;
}

void
gh_test_house_expect(struct gh_test_house *h, const char *token, const char *method, const char *target, const char *body,
    unsigned status, const char *holds)
{
    unsigned got = gh_test_house_ask(h, token, method, target, body);
    if (got != status || (holds != NULL && strstr(h->answer, holds) == NULL))
        fail_msg("%s %s: %u, not %u with %s: %.2000s", method, target, got, status, holds == NULL ? "anything" : holds, h->answer);
}

void
gh_test_house_put(struct gh_test_house *h, const char *path, const char *properties)
{
    char *body = gh_arena_take(&h->a, strlen(properties) + 32);
    assert_non_null(body);
    (void)snprintf(body, strlen(properties) + 32, "{\"properties\":%s}", properties);
    unsigned status = gh_test_house_ask(h, NULL, "PUT", path, body);
    if (status != 200 && status != 201)
        fail_msg("PUT %s: %u %s", path, status, h->answer);
}

void
gh_test_house_assign(
    struct gh_test_house *h, const char *in, const char *name, const char *role, const char *principal, const char *scope)
{
    char path[128], properties[512];
    (void)snprintf(path, sizeof(path), "%s/%s", in, name);
    (void)snprintf(properties, sizeof(properties), "{\"roleDefinitionId\":\"%s\",\"principalId\":\"%s\",\"scope\":\"%s\"}", role,
        principal, scope);
    gh_test_house_put(h, path, properties);
}

const char *
gh_test_house_token(struct gh_test_house *h, const char *name)
{
    struct gh_json j;
    struct gh_str token;
    char body[128];
    (void)snprintf(body, sizeof(body), "{\"as\":\"%s\"}", name);
    unsigned status = gh_test_house_ask(h, NULL, "POST", "/local/token", body);
    if (status != 200)
        fail_msg("token for %s: %u %s", name, status, h->answer);
    assert_int_equal(gh_json_parse(&j, &h->a, gh_str_z(h->answer), NULL), GH_OK);
    assert_int_equal(gh_json_str(&token, &h->a, &j, gh_json_get(&j, 0, GH_STR("token"))), GH_OK);
    return copy_z(h, token);
}
