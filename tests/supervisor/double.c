/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stand-in for control, vault and echo in the supervisor's process tests: it keeps to the contracts (ipc/layout.h, ipc/message.h) and
 * does nothing else. Its role is argv[0]. As control it publishes a snapshot with the main listener, writes each EVENT as a line of
 * DIR/control/events, and a PEER as "peer NAME"; SIGUSR1 publishes a listener that cannot be rendered, SIGUSR2 the good one again.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/codec.h"
#include "host/host.h"
#include "ipc/layout.h"
#include "ipc/message.h"
#include "policy/network.h"
#include "policy/snapshot.h"

static int data; /* DIR */
static uint64_t generation;

__attribute__((noreturn)) static void
die(const char *what)
{
    gh_log(GH_LOG_ERROR, what, GH_KU("errno", errno), GH_KEND);
    exit(1);
}

static void
note(const char *what, struct gh_str detail)
{
    gh_auto_fd fd = openat(data, GH_LAYOUT_CONTROL "/events", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

    if (fd < 0 || dprintf(fd, "%s %.*s\n", what, (int)detail.n, detail.p) < 0)
        die("events");
}

static void
put_rows(struct gh_snap_writer *w, struct gh_str installation, const char *listener)
{
    struct gh_str listen = gh_str_z(getenv(GH_ENV_LISTEN));
    size_t colon = listen.n;
    uint64_t port;

    while (colon > 0 && listen.p[colon - 1] != ':')
        colon--;
    if (gh_str_u64(&port, gh_str_sub(listen, colon, SIZE_MAX), UINT16_MAX) != GH_OK)
        die("listen");
    const struct gh_snap_value place[GH_LISTENER_N] = {[GH_LISTENER_ADDRESS] = {.str = gh_str_sub(listen, 0, colon - 1)},
        [GH_LISTENER_PORT] = {.u64 = port},
        [GH_LISTENER_KIND] = {.u64 = GH_LISTENER_KIND_COMBINED}};
    const struct gh_snap_value self[GH_INSTALLATION_N] = {
        [GH_INSTALLATION_ID] = {.str = installation}, [GH_INSTALLATION_MAX_AGE_MS] = {.u64 = 3600000}};
    if (gh_snap_put(w, GH_SNAP_INSTALLATION, GH_STR("installation"), self) != GH_OK ||
        gh_snap_put(w, GH_SNAP_LISTENER, gh_str_z(listener), place) != GH_OK)
        die("rows");
}

static void
publish(const char *listener)
{
    gh_auto_arena a;
    struct gh_snap_writer *w;
    struct gh_str hex, id, file;
    uint8_t current[GH_SNAP_CURRENT_BYTES];
    char path[96];

    gh_arena_init(&a, gh_heap(), 16u << 20);
    if (gh_file_read(&hex, &a, data, GH_LAYOUT_INSTALLATION, 64) != GH_OK ||
        gh_hex_decode(&id, &a, gh_str_sub(hex, 0, 32)) != GH_OK)
        die("installation");
    generation++;
    struct gh_snap_meta meta = {.generation = generation, .base_generation = generation, .made_ms = gh_now_ms()};
    memcpy(meta.installation, id.p, 16);
    struct gh_snap_current c = {.base_generation = generation, .now_ms = gh_now_ms()};
    memcpy(c.installation, id.p, 16);
    if (gh_snap_writer_new(&w, &a, &meta) != GH_OK)
        die("snapshot");
    put_rows(w, hex, listener);
    gh_snap_current_put(current, &c);
    (void)snprintf(path, sizeof(path), GH_LAYOUT_SNAPSHOT "/base-%016llx.snap", (unsigned long long)generation);
    if (gh_snap_finish(&file, w) != GH_OK || gh_file_replace(data, path, 0640, file) != GH_OK ||
        gh_file_replace(data, GH_LAYOUT_CURRENT, 0640, gh_str(current, sizeof(current))) != GH_OK)
        die("publication");
}

static void
say(enum gh_ipc_type type, const void *p, size_t n)
{
    struct gh_ipc_msg m = gh_ipc_msg(type, 0);

    gh_ipc_add(&m, gh_str(p, n));
    if (gh_ipc_send(GH_FD_SUPERVISOR, &m) != GH_OK)
        die("supervisor");
}

static void
publish_again(const char *listener)
{
    uint8_t le[8];
    struct gh_buf b;

    publish(listener);
    gh_buf_init_fixed(&b, le, sizeof(le));
    gh_buf_put_le64(&b, generation);
    say(GH_IPC_RENDER, le, sizeof(le));
}

static void
listen_to_supervisor(bool is_control)
{
    gh_auto_arena a;
    struct gh_ipc_msg m;

    gh_arena_init(&a, gh_heap(), 1u << 20);
    if (gh_ipc_recv(&m, &a, GH_FD_SUPERVISOR, 1000) != GH_OK)
        exit(0);
    if (m.type == GH_IPC_EVENT && is_control)
        note(m.field[0].n > 0 ? "event" : "?", m.field[0]);
    if (m.type == GH_IPC_EVENT && is_control)
        note("  detail", m.field[1]);
    if (m.type == GH_IPC_PEER && is_control)
        note("peer", m.field[0]);
    gh_close(m.fd);
}

int
main(int argc, char **argv)
{
    bool is_control = argc == 1 && strcmp(argv[0], "control") == 0;
    struct signalfd_siginfo info;
    sigset_t set;

    gh_log_init("double");
    gh_harden(GH_FD_LISTEN_LOCAL);
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGUSR1);
    (void)sigaddset(&set, SIGUSR2);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    int signals = signalfd(-1, &set, SFD_CLOEXEC);
    data = open(getenv(GH_ENV_DATA), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (data < 0 || signals < 0)
        die("data");
    generation = (uint64_t)gh_now_ms(); /* above that of an earlier run */
    if (is_control)
        publish("main");
    const char *values = is_control ? "{\"workspace\":\"w\",\"endpoint\":\"e\",\"deployment\":\"d\"}" : "{}";
    say(GH_IPC_READY, values, strlen(values));
    for (;;) {
        struct pollfd p[] = {{.fd = GH_FD_SUPERVISOR, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
        if (poll(p, 2, -1) < 0 && errno != EINTR)
            die("poll");
        if (p[0].revents != 0)
            listen_to_supervisor(is_control);
        if (p[1].revents != 0 && read(signals, &info, sizeof(info)) == (ssize_t)sizeof(info) && is_control)
            publish_again(info.ssi_signo == SIGUSR1 ? "bad; listener" : "main");
    }
}
