/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gatehouse-vault: the process that holds keys. It has no network, reads no byte of a stranger and answers the short table of serve.c. Start-up
 * is a straight line: open what is needed, lock memory, harden, load keys, confine; only then the first message.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "base/codec.h"
#include "host/host.h"
#include "ipc/layout.h"
#include "ipc/message.h"
#include "vault/sandbox.h"
#include "vault/serve.h"

enum { EXIT_START = 1, INSTALLATION_BYTES = 32 };

#ifdef GH_NO_SECCOMP
/* The leak checker attaches to the process at its end, which a process that is not dumpable does not allow. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *
__asan_default_options(void)
{
    return "detect_leaks=0";
}
#endif

__attribute__((noreturn)) static void
give_up(const char *why)
{
    gh_log(GH_LOG_ERROR, "cannot start", GH_KS("why", gh_str_z(why)), GH_KU("errno", errno), GH_KEND);
    _exit(EXIT_START);
}

static void
must(bool is_done, const char *why)
{
    if (!is_done)
        give_up(why);
}

static int
open_dir(int at, const char *path, const char *why)
{
    int fd = path == NULL ? -1 : openat(at, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    must(fd >= 0, why);
    return fd;
}

static void
read_installation(uint8_t id[16], int data_dir)
{
    gh_auto_arena a;
    struct gh_str text, bytes;

    gh_arena_init(&a, gh_heap(), 65536);
    must(gh_file_read(&text, &a, data_dir, GH_LAYOUT_INSTALLATION, INSTALLATION_BYTES + 1) == GH_OK,
        "DIR/installation cannot be read");
    if (text.n == INSTALLATION_BYTES + 1 && text.p[INSTALLATION_BYTES] == '\n')
        text.n--;
    must(text.n == INSTALLATION_BYTES && gh_hex_decode(&bytes, &a, text) == GH_OK, "DIR/installation is not 32 hex digits");
    memcpy(id, bytes.p, 16);
}

/* The owner's mark that this is a copy. It goes when the new key is on disk; a crash in between makes one more key, which nobody knew yet. */
static void
heed_mark(struct gh_serve_secrets *s, int vault_dir)
{
    const char *mark = strrchr(GH_LAYOUT_RESTORED, '/') + 1;

    if (faccessat(vault_dir, mark, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
        return;
    must(gh_state_new_audit(&s->state) == GH_OK, "no new audit key for a restored copy");
    must(gh_state_save(&s->state, &s->seal, vault_dir) == GH_OK, "vault.state cannot be written");
    must(unlinkat(vault_dir, mark, 0) == 0, "the mark of a restored copy cannot be removed");
    gh_log(GH_LOG_NOTICE, "a restored copy: heads are signed by a new audit key", GH_KEND);
}

/* Fail closed: what is damaged stays as it is, for a person to look at. */
static void
load_secrets(struct gh_serve_secrets *s, int vault_dir, int data_dir, int credential)
{
    struct gh_err err = {GH_OK, 0, "keys cannot be loaded"};
    bool is_first;

    read_installation(s->seal.installation, data_dir);
    if (gh_seal_open(&s->seal, &is_first, vault_dir, credential, &err) != GH_OK)
        give_up(err.what);
    if (!is_first && gh_state_load(&s->state, &s->seal, vault_dir, &err) != GH_OK)
        give_up(err.what);
    if (!is_first) {
        heed_mark(s, vault_dir);
        return;
    }
    must(gh_state_make(&s->state, gh_now_ms()) == GH_OK, "keys cannot be made");
    must(gh_state_save(&s->state, &s->seal, vault_dir) == GH_OK, "vault.state cannot be written");
    must(gh_seal_keep(vault_dir) == GH_OK, "master.key cannot be written");
    gh_log(GH_LOG_NOTICE, "first start: keys made", GH_KEND);
}

/* Whatever OpenSSL reads or asks of the kernel the first time happens before the sandbox. */
static void
warm_up(const struct gh_serve_secrets *s)
{
    uint8_t sig[GH_P256_SIG_BYTES];
    struct gh_p256 pair;

    must(gh_p256_sign(sig, &s->state.audit, GH_STR("warm up")) == GH_OK && gh_p256_make(&pair) == GH_OK, "keys cannot sign");
    gh_wipe(&pair, sizeof(pair));
}

static void
say_ready(int supervisor)
{
    struct gh_ipc_msg m = gh_ipc_msg(GH_IPC_READY, 0);

    gh_ipc_add(&m, GH_STR("{}"));
    must(gh_ipc_send(supervisor, &m) == GH_OK, "supervisor does not answer");
}

int
main(void)
{
    struct gh_serve v = {.supervisor = GH_FD_SUPERVISOR, .control = -1};

    /* before anything else is opened and takes its number */
    gh_auto_fd credential = fcntl(GH_FD_MASTER_KEY, F_GETFD) < 0 ? -1 : GH_FD_MASTER_KEY;
    gh_log_init("gatehouse-vault");
    (void)signal(SIGPIPE, SIG_IGN);
    gh_auto_fd data_dir = open_dir(AT_FDCWD, getenv(GH_ENV_DATA), "the data directory cannot be opened");
    gh_auto_fd vault_dir = open_dir(data_dir, GH_LAYOUT_VAULT, "DIR/vault cannot be opened");
    gh_auto_fd memory_dir = open_dir(AT_FDCWD, getenv(GH_ENV_MEMORY), "the memory directory cannot be opened");
    v.vault_dir = vault_dir;
    v.memory_dir = memory_dir;
    must(OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) == 1, "OpenSSL cannot be set up");
    must((v.secrets = gh_sandbox_pages(sizeof(*v.secrets))) != NULL, "memory for keys cannot be locked");
    gh_sandbox_lock_memory();
    gh_harden(GH_FD_SUPERVISOR);
    load_secrets(v.secrets, vault_dir, data_dir, credential);
    warm_up(v.secrets);
    gh_close(gh_steal_fd(&data_dir));
    gh_close(gh_steal_fd(&credential));
    gh_sandbox_files(vault_dir, memory_dir);
    gh_sandbox_calls();
    say_ready(v.supervisor);
    int status = gh_serve_run(&v);
    gh_wipe(v.secrets, sizeof(*v.secrets));
    return status;
}
