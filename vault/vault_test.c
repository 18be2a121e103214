/* SPDX-License-Identifier: Apache-2.0 */
/* A real gatehouse-vault (argv[1]) between a supervisor and a control that this test plays. */
#include "vault/testing.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "host/host.h"
#include "ipc/layout.h"
#include "ipc/message.h"
#include "policy/snapshot.h"
#include "token/jwks.h"
#include "token/jwt.h"
#include "vault/credentials.h"

enum { WAIT_MS = 10000 };

static const char *program;

struct house {
    char path[64];
    int dir, supervisor, control, credential;
    pid_t pid;
};

/* ---- the house ---- */

static void
make_house(struct house *h)
{
    *h = (struct house){.path = "/tmp/gatehouse-vault-XXXXXX", .supervisor = -1, .control = -1, .credential = -1, .pid = -1};
    assert_non_null(mkdtemp(h->path));
    h->dir = open(h->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(mkdirat(h->dir, "vault", 0700), 0);
    assert_int_equal(mkdirat(h->dir, "memory", 0750), 0);
    assert_int_equal(gh_file_replace(h->dir, GH_LAYOUT_INSTALLATION, 0644, GH_STR("0123456789abcdef0123456789abcdef\n")), GH_OK);
}

static void
remove_house(struct house *h)
{
    static const char *const below[] = {"vault", "memory"};

    for (size_t i = 0; i < 2; i++) {
        int fd = openat(h->dir, below[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        (void)gh_test_dir_entries(fd, "", true);
        (void)close(fd);
        assert_int_equal(unlinkat(h->dir, below[i], AT_REMOVEDIR), 0);
    }
    assert_int_equal(unlinkat(h->dir, GH_LAYOUT_INSTALLATION, 0), 0);
    (void)close(h->dir);
    assert_int_equal(rmdir(h->path), 0);
}

__attribute__((noreturn)) static void
become_vault(const struct house *h, int socket)
{
    char data[128], memory[160], name[] = "gatehouse-vault";
    char *argv[] = {name, NULL}, *envp[] = {data, memory, NULL};

    (void)snprintf(data, sizeof(data), GH_ENV_DATA "=%s", h->path);
    (void)snprintf(memory, sizeof(memory), GH_ENV_MEMORY "=%s/memory", h->path);
    int line = fcntl(socket, F_DUPFD_CLOEXEC, 10), credential = fcntl(h->credential, F_DUPFD_CLOEXEC, 10);
    (void)dup2(line, GH_FD_SUPERVISOR);
    if (credential >= 0)
        (void)dup2(credential, GH_FD_MASTER_KEY);
    else
        (void)close(GH_FD_MASTER_KEY);
    execve(program, argv, envp);
    _exit(127);
}

static void
spawn(struct house *h)
{
    int pair[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    h->pid = fork();
    assert_true(h->pid >= 0);
    if (h->pid == 0)
        become_vault(h, pair[1]);
    (void)close(pair[1]);
    h->supervisor = pair[0];
}

static void
send_peer(struct house *h)
{
    struct gh_ipc_msg m = gh_ipc_msg(GH_IPC_PEER, 0);
    int pair[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    gh_ipc_add(&m, GH_STR("control"));
    m.fd = pair[1];
    assert_int_equal(gh_ipc_send(h->supervisor, &m), GH_OK);
    (void)close(pair[1]);
    gh_close(h->control);
    h->control = pair[0];
}

static void
start(struct house *h)
{
    struct gh_arena a = gh_test_arena();
    struct gh_ipc_msg m;

    spawn(h);
    assert_int_equal(gh_ipc_recv(&m, &a, h->supervisor, WAIT_MS), GH_OK);
    assert_int_equal(m.type, GH_IPC_READY);
    send_peer(h);
    gh_arena_fini(&a);
}

/* Its exit status, or minus the signal that ended it. A vault that does not end within the time is a failure. */
static int
wait_end(struct house *h)
{
    int status = 0;

    for (int i = 0; i < WAIT_MS / 10 && waitpid(h->pid, &status, WNOHANG) == 0; i++)
        (void)usleep(10000);
    gh_close(h->supervisor);
    gh_close(h->control);
    h->supervisor = h->control = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void
stop(struct house *h)
{
    (void)shutdown(h->supervisor, SHUT_RDWR);
    assert_int_equal(wait_end(h), 0);
}

static void
kill_hard(struct house *h)
{
    assert_int_equal(kill(h->pid, SIGKILL), 0);
    assert_int_equal(wait_end(h), -SIGKILL);
}

/* ---- questions ---- */

static enum gh_rc
ask(struct gh_ipc_msg *reply, struct gh_arena *a, const struct house *h, enum gh_ipc_type type, const struct gh_str *fields,
    size_t n)
{
    static uint32_t id = 100;
    struct gh_ipc_msg q = gh_ipc_msg(type, ++id);

    for (size_t i = 0; i < n; i++)
        gh_ipc_add(&q, fields[i]);
    return gh_ipc_call(reply, a, h->control, &q, WAIT_MS);
}

static struct gh_str
number(struct gh_arena *a, uint64_t v)
{
    struct gh_buf b;

    gh_buf_init(&b, a, 8);
    gh_buf_put_le64(&b, v);
    return gh_buf_str(&b);
}

static enum gh_rc
ask_head(const struct house *h, uint64_t n, uint8_t hash)
{
    struct gh_arena a = gh_test_arena();
    struct gh_ipc_msg reply;
    char bytes[32];
    enum gh_rc rc;

    memset(bytes, hash, sizeof(bytes));
    const struct gh_str fields[] = {number(&a, n), gh_str(bytes, sizeof(bytes)), number(&a, (uint64_t)gh_now_ms())};
    rc = ask(&reply, &a, h, GH_IPC_HEAD, fields, 3);
    gh_arena_fini(&a);
    return rc;
}

static struct gh_str
ask_wrap(struct gh_arena *a, const struct house *h, const char *plain)
{
    const struct gh_str fields[] = {GH_STR("/workspaces/w/secrets/s"), GH_STR("1"), gh_str_z(plain)};
    struct gh_ipc_msg reply;

    assert_int_equal(ask(&reply, a, h, GH_IPC_WRAP, fields, 3), GH_OK);
    return reply.field[0];
}

static enum gh_rc
ask_unwrap(struct gh_str *plain, struct gh_arena *a, const struct house *h, const char *version, struct gh_str blob)
{
    const struct gh_str fields[] = {GH_STR("/workspaces/w/secrets/s"), gh_str_z(version), blob};
    struct gh_ipc_msg reply;
    enum gh_rc rc = ask(&reply, a, h, GH_IPC_UNWRAP, fields, 3);

    *plain = rc == GH_OK ? reply.field[0] : gh_str(NULL, 0);
    return rc;
}

/* ---- tests ---- */

static void
secrets(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_str blob, plain;
    struct house h;

    (void)state;
    make_house(&h);
    start(&h);
    blob = ask_wrap(&a, &h, "canary-4711");
    assert_int_equal(gh_str_find(blob, GH_STR("canary")), SIZE_MAX);
    assert_int_equal(ask_unwrap(&plain, &a, &h, "1", blob), GH_OK);
    assert_true(gh_str_eq(plain, GH_STR("canary-4711")));
    assert_int_equal(ask_unwrap(&plain, &a, &h, "2", blob), GH_BAD);
    assert_int_equal(ask_unwrap(&plain, &a, &h, "1", gh_str_sub(blob, 0, blob.n - 1)), GH_BAD);
    stop(&h);
    start(&h); /* another process, the same master key */
    assert_int_equal(ask_unwrap(&plain, &a, &h, "1", blob), GH_OK);
    stop(&h);
    remove_house(&h);
    gh_arena_fini(&a);
}

static void
tokens_and_keys(void **state)
{
    struct gh_arena a = gh_test_arena();
    const struct gh_str fields[] = {GH_STR("demo-admin"), GH_STR("api://x"), number(&a, 600), GH_STR("user")};
    const struct gh_str too_long[] = {GH_STR("demo-admin"), GH_STR("api://x"), number(&a, 3601), GH_STR("user")};
    struct gh_ipc_msg keys, token, again;
    struct gh_claims claims;
    struct gh_pubkey *key;
    struct gh_jwks set;
    struct gh_jwt jwt;
    struct house h;

    (void)state;
    make_house(&h);
    start(&h);
    assert_int_equal(ask(&keys, &a, &h, GH_IPC_KEYS, NULL, 0), GH_OK);
    assert_int_equal(ask(&token, &a, &h, GH_IPC_TOKEN, fields, 4), GH_OK);
    assert_int_equal(ask(&again, &a, &h, GH_IPC_TOKEN, too_long, 4), GH_BAD);
    assert_int_equal(gh_jwks_read(&set, &a, keys.field[0], NULL), GH_OK);
    assert_int_equal(gh_jwt_split(&jwt, &a, token.field[0], NULL), GH_OK);
    assert_int_equal(gh_pubkey_read_der(&key, set.keys[0].spki, NULL), GH_OK);
    assert_int_equal(gh_jwt_verify(&jwt, key, set.keys[0].alg, NULL), GH_OK);
    gh_pubkey_free(key);
    assert_int_equal(gh_jwt_claims(&claims, &a, jwt.payload, NULL), GH_OK);
    assert_true(gh_str_eq(claims.iss, keys.field[4]));
    assert_true(gh_str_eq(claims.iss, GH_STR("https://login.gatehouse.localhost/01234567-89ab-cdef-0123-456789abcdef/v2.0")));
    assert_true(gh_str_eq(claims.jti, token.field[1]));
    assert_int_equal(gh_pubkey_read_der(&key, keys.field[1], NULL), GH_OK); /* the audit key */
    assert_true(gh_pubkey_fits(key, GH_ALG_ES256));
    gh_pubkey_free(key);
    kill_hard(&h);
    start(&h); /* the same keys */
    assert_int_equal(ask(&again, &a, &h, GH_IPC_KEYS, NULL, 0), GH_OK);
    assert_true(gh_str_eq(again.field[0], keys.field[0]) && gh_str_eq(again.field[1], keys.field[1]));
    stop(&h);
    remove_house(&h);
    gh_arena_fini(&a);
}

/* Killed at any moment, it never signs two heads for one number. */
static void
heads_survive_kills(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_ipc_msg keys;
    uint64_t last_n;
    struct house h;

    (void)state;
    make_house(&h);
    for (uint8_t round = 1; round <= 5; round++) {
        start(&h);
        assert_int_equal(ask_head(&h, round * 10u, round), GH_OK);
        assert_int_equal(ask_head(&h, round * 10u, round), GH_OK);
        assert_int_equal(ask_head(&h, round * 10u, (uint8_t)(round + 1)), GH_BAD);
        kill_hard(&h);
        start(&h);
        assert_int_equal(ask_head(&h, round * 10u, (uint8_t)(round + 1)), GH_BAD);
        assert_int_equal(ask_head(&h, round * 10u - 1, round), GH_BAD);
        assert_int_equal(ask(&keys, &a, &h, GH_IPC_KEYS, NULL, 0), GH_OK);
        assert_int_equal(gh_ipc_u64(&last_n, &keys, 2), GH_OK);
        assert_int_equal(last_n, round * 10u);
        assert_int_equal(keys.field[3].p[0], round);
        kill_hard(&h);
    }
    remove_house(&h);
    gh_arena_fini(&a);
}

static struct gh_str
pack(struct gh_arena *a, const struct gh_str *row)
{
    struct gh_buf rows;

    gh_buf_init(&rows, a, GH_IPC_BYTES_MAX);
    for (size_t i = 0; i < GH_CREDENTIALS_ROW_FIELDS; i++) {
        gh_buf_put_le32(&rows, (uint32_t)row[i].n);
        gh_buf_put(&rows, row[i]);
    }
    assert_int_equal(rows.rc, GH_OK);
    return gh_buf_str(&rows);
}

static void
credentials(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_str row[] = {GH_STR("w"), GH_STR("b"), GH_STR("/workspaces/w/secrets/s"), GH_STR("1"), GH_STR("authorization"),
        {NULL, 0}, GH_STR("h:443")};
    struct gh_str fields[2];
    struct gh_snap_file *file;
    struct gh_ipc_msg reply;
    struct gh_snap_rec rec;
    char path[160];
    struct house h;

    (void)state;
    make_house(&h);
    start(&h);
    row[5] = ask_wrap(&a, &h, "canary-4711");
    fields[0] = number(&a, 3);
    fields[1] = pack(&a, row);
    assert_int_equal(ask(&reply, &a, &h, GH_IPC_CREDENTIALS, fields, 2), GH_OK);
    (void)snprintf(path, sizeof(path), "%s/memory/credentials-0000000000000003.snap", h.path);
    assert_int_equal(gh_snap_verify(&file, &a, gh_test_file(&a, path), NULL, NULL), GH_OK);
    assert_true(gh_snap_find_v(
        &rec, &(struct gh_snap){.base = file}, GH_SNAP_CREDENTIAL, (const struct gh_str[]){row[0], row[1], row[3]}, 3));
    assert_true(gh_str_eq(gh_snap_str(&rec, GH_CREDENTIAL_VALUE), GH_STR("Bearer canary-4711")));
    fields[1] = gh_str_sub(fields[1], 0, fields[1].n - 1);
    assert_int_equal(ask(&reply, &a, &h, GH_IPC_CREDENTIALS, fields, 2), GH_BAD);
    stop(&h);
    remove_house(&h);
    gh_arena_fini(&a);
}

/* About the largest message that may come, through the sandbox: growing memory is among the allowed calls. Its one secret does not open. */
static void
largest_message(void **state)
{
    struct gh_arena a = gh_test_arena();
    char *blank = gh_arena_take(&a, GH_IPC_BYTES_MAX - 1024);
    const struct gh_str row[] = {GH_STR("w"), GH_STR("b"), GH_STR("/workspaces/w/secrets/s"), GH_STR("1"), GH_STR("api-key"),
        gh_str(blank, GH_IPC_BYTES_MAX - 1024), GH_STR("h:443")};
    const struct gh_str fields[] = {number(&a, 1), pack(&a, row)};
    struct gh_ipc_msg reply;
    struct house h;

    (void)state;
    make_house(&h);
    start(&h);
    assert_int_equal(ask(&reply, &a, &h, GH_IPC_CREDENTIALS, fields, 2), GH_OK);
    assert_int_equal(ask_head(&h, 1, 1), GH_OK);
    stop(&h);
    remove_house(&h);
    gh_arena_fini(&a);
}

/* A restarted control gets a new socket; the old one means nothing any more. */
static void
new_peer_replaces_old(void **state)
{
    struct house h;
    int old;

    (void)state;
    make_house(&h);
    start(&h);
    assert_int_equal(ask_head(&h, 1, 1), GH_OK);
    gh_close(h.control); /* control died */
    h.control = -1;
    send_peer(&h);
    assert_int_equal(ask_head(&h, 2, 1), GH_OK);
    old = dup(h.control);
    send_peer(&h);
    assert_int_equal(ask_head(&h, 3, 1), GH_OK);
    assert_true(recv(old, &(char){0}, 1, 0) == 0); /* closed by vault */
    gh_close(old);
    stop(&h);
    remove_house(&h);
}

/* A control that asks and never reads, or stops in the middle of a question, does not hold vault for ever: it ends, and is joined anew. */
static void
stuck_control(void **state)
{
    struct gh_arena a = gh_test_arena();
    char *plain = gh_arena_take(&a, 60000);
    const struct timeval soon = {.tv_usec = 100000};
    struct gh_ipc_msg q = gh_ipc_msg(GH_IPC_WRAP, 1);
    struct house h;

    (void)state;
    make_house(&h);
    start(&h);
    assert_int_equal(setsockopt(h.control, SOL_SOCKET, SO_SNDTIMEO, &soon, sizeof(soon)), 0);
    gh_ipc_add(&q, GH_STR("/workspaces/w/secrets/s"));
    gh_ipc_add(&q, GH_STR("1"));
    gh_ipc_add(&q, gh_str(plain, 60000));
    for (size_t i = 0; i < 100 && gh_ipc_send(h.control, &q) == GH_OK; i++)
        continue;
    assert_int_equal(wait_end(&h), 1);
    start(&h);
    assert_int_equal(gh_write_all(h.control, GH_STR("\x40")), GH_OK);
    assert_int_equal(wait_end(&h), 1);
    start(&h);
    assert_int_equal(ask_head(&h, 1, 1), GH_OK);
    stop(&h);
    remove_house(&h);
    gh_arena_fini(&a);
}

static const struct breach {
    const char *name;
    bool is_from_control;
    enum gh_ipc_type type; /* GH_IPC_NONE: bytes that are no frame */
    size_t n_fields;
} breaches[] = {
    {"control sends no frame", true, GH_IPC_NONE, 0},
    {"control answers instead of asking", true, GH_IPC_OK_HEAD, 1},
    {"control plays the supervisor", true, GH_IPC_EVENT, 2},
    {"control sends an error", true, GH_IPC_ERROR, 2},
    {"supervisor sends no frame", false, GH_IPC_NONE, 0},
    {"supervisor asks for keys", false, GH_IPC_KEYS, 0},
    {"supervisor sends what is for control", false, GH_IPC_EVENT, 2},
};

static void
breaches_end_it(void **state)
{
    struct house h;

    (void)state;
    make_house(&h);
    for (size_t i = 0; i < sizeof(breaches) / sizeof(breaches[0]); i++) {
        struct gh_ipc_msg m = gh_ipc_msg(breaches[i].type, 1);
        int to;

        print_message("# %s\n", breaches[i].name);
        start(&h);
        to = breaches[i].is_from_control ? h.control : h.supervisor;
        for (size_t k = 0; k < breaches[i].n_fields; k++)
            gh_ipc_add(&m, GH_STR("01234567"));
        if (breaches[i].type == GH_IPC_NONE)
            assert_int_equal(gh_write_all(to, GH_STR("GET / HTTP/1.1\r\n\r\n")), GH_OK);
        else
            assert_int_equal(gh_ipc_send(to, &m), GH_OK);
        assert_int_equal(wait_end(&h), 1);
    }
    remove_house(&h);
}

/* What is damaged stops it, with its bytes as they were. */
static void
damage_stops_it(void **state)
{
    static const struct {
        const char *file;
        struct gh_str content;
    } damages[] = {
        {"vault/vault.state", GH_STR_INIT("GHVAULT1 and then nothing that was sealed")},
        {"vault/vault.state", GH_STR_INIT("")},
        {"vault/master.key", GH_STR_INIT("short")},
        {"vault/master.key", GH_STR_INIT("another key that opens nothing..")},
        {GH_LAYOUT_INSTALLATION, GH_STR_INIT("no hex digits")},
        {GH_LAYOUT_INSTALLATION, GH_STR_INIT("ffffffffffffffffffffffffffffffff")},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_str good, found;
        struct house h;

        print_message("# %s: %s\n", damages[i].file, damages[i].content.p);
        make_house(&h);
        start(&h);
        stop(&h);
        assert_int_equal(gh_file_read(&good, &a, h.dir, damages[i].file, 4096), GH_OK);
        assert_int_equal(gh_file_replace(h.dir, damages[i].file, 0600, damages[i].content), GH_OK);
        spawn(&h);
        assert_int_equal(wait_end(&h), 1);
        assert_int_equal(gh_file_read(&found, &a, h.dir, damages[i].file, 4096), GH_OK);
        assert_true(gh_str_eq(found, damages[i].content));
        assert_int_equal(gh_file_replace(h.dir, damages[i].file, 0600, good), GH_OK);
        start(&h); /* put right, it serves again */
        stop(&h);
        remove_house(&h);
        gh_arena_fini(&a);
    }
}

static void
lost_state_stops_it(void **state)
{
    static const char *const files[] = {"vault/vault.state", "vault/master.key"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct house h;

        make_house(&h);
        start(&h);
        stop(&h);
        assert_int_equal(unlinkat(h.dir, files[i], 0), 0);
        spawn(&h);
        assert_int_equal(wait_end(&h), 1);
        assert_int_equal(faccessat(h.dir, files[i], F_OK, 0), -1); /* not made anew */
        remove_house(&h);
    }
}

/* The service manager's key, handed over as a descriptor: no key file is made, and without it nothing starts. */
static void
sealed_by_credential(void **state)
{
    struct house h;
    char path[160];

    (void)state;
    make_house(&h);
    (void)snprintf(path, sizeof(path), "%s/credential", h.path);
    assert_int_equal(gh_file_replace(AT_FDCWD, path, 0400, GH_STR("0123456789abcdef0123456789abcdef")), GH_OK);
    h.credential = open(path, O_RDONLY | O_CLOEXEC);
    for (uint64_t n = 1; n <= 2; n++) {
        start(&h);
        assert_int_equal(ask_head(&h, n, 1), GH_OK);
        kill_hard(&h);
        assert_int_equal(faccessat(h.dir, "vault/master.key", F_OK, 0), -1);
    }
    gh_close(h.credential);
    h.credential = -1;
    spawn(&h);
    assert_int_equal(wait_end(&h), 1);
    assert_int_equal(unlink(path), 0);
    remove_house(&h);
}

/* The kernel's word for it. */
static void
is_confined(void **state)
{
    struct gh_arena a = gh_test_arena();
    char path[64];
    struct gh_str status;
    struct house h;

    (void)state;
    make_house(&h);
    start(&h);
    assert_int_equal(ask_head(&h, 1, 1), GH_OK);
    (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)h.pid);
    assert_int_equal(gh_file_read(&status, &a, AT_FDCWD, path, 65536), GH_OK);
    assert_true(gh_str_find(status, GH_STR("\nNoNewPrivs:\t1\n")) != SIZE_MAX);
#ifndef GH_NO_SECCOMP /* under a sanitizer nothing is locked either */
    assert_true(gh_str_find(status, GH_STR("\nSeccomp:\t2\n")) != SIZE_MAX);
    assert_true(gh_str_find(status, GH_STR("\nVmLck:\t       0 kB\n")) == SIZE_MAX);
#endif
    stop(&h);
    remove_house(&h);
    gh_arena_fini(&a);
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(secrets),
        cmocka_unit_test(tokens_and_keys),
        cmocka_unit_test(heads_survive_kills),
        cmocka_unit_test(credentials),
        cmocka_unit_test(largest_message),
        cmocka_unit_test(new_peer_replaces_old),
        cmocka_unit_test(stuck_control),
        cmocka_unit_test(breaches_end_it),
        cmocka_unit_test(damage_stops_it),
        cmocka_unit_test(lost_state_stops_it),
        cmocka_unit_test(sealed_by_credential),
        cmocka_unit_test(is_confined),
    };

    if (argc != 2)
        return 1;
    program = argv[1];
    (void)signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests_name("vault", tests, NULL, NULL);
}
