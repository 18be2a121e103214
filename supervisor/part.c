/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/super.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/host.h"
#include "ipc/layout.h"

#define BACKOFF_FIRST_MS  100
#define BACKOFF_SERVED_MS 1000
#define BACKOFF_MAX_MS    10000
#define HEALTHY_MS        30000 /* who has lived that long starts again without a memory of earlier ends */
#define FIRST_START_TRIES 3

static const struct row {
    const char *name;
    enum gh_program program;
    enum gh_owner owner;
    enum gh_ipc_sender sender;
    bool has_line;    /* to us, descriptor 3 */
    int death_signal; /* nginx's master ends its workers itself */
    int first_fd;     /* offsets into struct gh_super of the descriptors that become 4 and 5; 0: none */
    int second_fd;
} rows[GH_PART_COUNT] = {
    [GH_PART_VAULT] = {"vault", GH_PROGRAM_VAULT, GH_OWNER_VAULT, GH_IPC_FROM_VAULT, true, SIGKILL,
        offsetof(struct gh_super, master_key), 0},
    [GH_PART_CONTROL] = {"control", GH_PROGRAM_CONTROL, GH_OWNER_CONTROL, GH_IPC_FROM_CONTROL, true, SIGKILL,
        offsetof(struct gh_super, management), offsetof(struct gh_super, local)},
    [GH_PART_ECHO] = {"echo", GH_PROGRAM_ECHO, GH_OWNER_NOBODY, GH_IPC_FROM_CHILD, true, SIGKILL, offsetof(struct gh_super, echo),
        0},
    [GH_PART_EDGE] = {"edge", GH_PROGRAM_NGINX, GH_OWNER_EDGE, GH_IPC_FROM_CHILD, false, SIGTERM, 0, 0},
};

const char *
gh_part_name(enum gh_part_id id)
{
    return rows[id].name;
}

enum gh_ipc_sender
gh_part_sender(enum gh_part_id id)
{
    return rows[id].sender;
}

/* --- start --- */

static int
fd_at(const struct gh_super *s, int offset)
{
    int fd = -1;

    if (offset != 0)
        memcpy(&fd, (const char *)s + offset, sizeof(fd));
    return fd;
}

/* Our end does not block for long: a part that stops reading must not stop us. */
static bool
make_line(int *ours, int *theirs)
{
    const struct timeval patience = {.tv_usec = GH_SUPER_SEND_MS * 1000};
    int end[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, end) != 0)
        return false;
    *ours = end[0];
    *theirs = end[1];
    return setsockopt(end[0], SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) == 0;
}

int64_t
gh_part_backoff_ms(int64_t last_ms, int64_t lived_ms, bool has_served)
{
    int64_t max = has_served ? BACKOFF_SERVED_MS : BACKOFF_MAX_MS;

    if (last_ms == 0 || lived_ms >= HEALTHY_MS || lived_ms >= 10 * last_ms)
        return BACKOFF_FIRST_MS;
    return last_ms * 2 > max ? max : last_ms * 2;
}

static void
plan_restart(struct gh_super *s, enum gh_part_id id)
{
    struct gh_part *p = &s->part[id];
    int64_t now = gh_monotonic_ms();

    p->backoff_ms = gh_part_backoff_ms(p->backoff_ms, now - p->started_ms, p->has_served);
    p->restart_at_ms = now + p->backoff_ms;
    p->n_restarts++;
    if (!s->has_served && !s->is_restart && p->n_restarts >= FIRST_START_TRIES) {
        char why[300];
        (void)snprintf(why, sizeof(why), "%s does not start: %s", rows[id].name, p->reason);
        gh_stop_begin(s, why);
    }
}

static pid_t
spawn_part(struct gh_super *s, enum gh_part_id id, int line)
{
    char conf[GH_HOUSE_PATH_MAX + 64] = "", log[GH_HOUSE_PATH_MAX + 64] = "";
    const struct row *r = &rows[id];
    struct gh_env env;

    (void)gh_house_path(conf, sizeof(conf), &s->house, GH_LAYOUT_NGINX_CONF);
    (void)gh_house_path(log, sizeof(log), &s->house, GH_LAYOUT_EDGE "/logs/error.log");
    gh_env_fill(&env, s);
    const char *const words_nginx[] = {"nginx", "-c", conf, "-e", log, NULL}, *const words_own[] = {r->name, NULL};
    const struct gh_spawn spawn = {
        .exe = s->exe[r->program],
        .argv = id == GH_PART_EDGE ? words_nginx : words_own,
        .envp = env.p,
        .owner = r->owner,
        .fd = {line, fd_at(s, r->first_fd), fd_at(s, r->second_fd)},
        .err = -1,
        .keep_bind = id == GH_PART_EDGE, /* a listener below 1024 may come while it runs; workers drop it */
        .death_signal = r->death_signal,
    };
    return gh_spawn(&spawn, &s->house.owners);
}

void
gh_part_start(struct gh_super *s, enum gh_part_id id)
{
    struct gh_part *p = &s->part[id];
    gh_auto_fd theirs = -1;

    p->restart_at_ms = 0;
    p->is_ready = p->is_punished = p->has_served = false;
    p->n_in = 0;
    p->started_ms = gh_monotonic_ms();
    if (rows[id].has_line && !make_line(&p->sock, &theirs)) {
        (void)snprintf(p->reason, sizeof(p->reason), "no socket: %s", strerrordesc_np(errno));
        plan_restart(s, id);
        return;
    }
    if (id == GH_PART_EDGE)
        gh_sockets_forget(&s->house);
    pid_t pid = spawn_part(s, id, theirs);
    if (pid < 0) {
        (void)snprintf(p->reason, sizeof(p->reason), "no process: %s", strerrordesc_np(errno));
        gh_close(p->sock);
        p->sock = -1;
        plan_restart(s, id);
        return;
    }
    p->pid = p->group = pid;
    if (id == GH_PART_CONTROL || id == GH_PART_VAULT)
        gh_talk_join(s);
    gh_report_status(s);
}

/* --- end --- */

static void
say_how(char *out, size_t n, int wait_status)
{
    if (WIFSIGNALED(wait_status))
        (void)snprintf(out, n, "ended by signal %d (%s)", WTERMSIG(wait_status), sigdescr_np(WTERMSIG(wait_status)));
    else
        (void)snprintf(out, n, "exit status %d", WEXITSTATUS(wait_status));
}

void
gh_part_ended(struct gh_super *s, enum gh_part_id id, int wait_status)
{
    struct gh_part *p = &s->part[id];
    char how[96], detail[200];

    p->has_served = p->has_served || p->is_ready;

    say_how(how, sizeof(how), wait_status);
    if (!p->is_punished)
        (void)snprintf(p->reason, sizeof(p->reason), "%s", how);
    gh_close(p->sock);
    p->sock = -1;
    p->pid = 0;
    p->mute_until_ms = 0;
    p->is_ready = false;
    /* Workers without a master would serve an old configuration for ever; echo, control and vault have no children. */
    (void)kill(-p->group, SIGKILL);
    if (s->stop_stage != 0)
        return;
    (void)snprintf(detail, sizeof(detail), "%s: %s", rows[id].name, p->reason);
    gh_log(GH_LOG_WARN, "a part ended and will be started again", GH_KS("part", gh_str_z(rows[id].name)),
        GH_KS("why", gh_str_z(p->reason)), GH_KU("restarts", p->n_restarts + 1), GH_KEND);
    gh_report_event(s, "part restarted", detail);
    plan_restart(s, id);
    gh_report_status(s);
}

void
gh_part_punish(struct gh_super *s, enum gh_part_id id, const char *why)
{
    struct gh_part *p = &s->part[id];

    p->has_served = p->has_served || p->is_ready;
    (void)snprintf(p->reason, sizeof(p->reason), "%s", why);
    p->is_punished = true;
    p->is_ready = false;
    p->mute_until_ms = 0;
    gh_close(p->sock);
    p->sock = -1;
    if (p->pid > 0)
        (void)kill(p->pid, SIGKILL);
}

bool
gh_part_is_left(const struct gh_part *p)
{
    return p->group > 0 && (kill(-p->group, 0) == 0 || errno == EPERM);
}

static void
start_if_due(struct gh_super *s, enum gh_part_id id, int64_t now_ms)
{
    struct gh_part *p = &s->part[id];

    if (p->restart_at_ms > now_ms)
        return;
    /* The old workers still hold the port: nginx would wait half a second for it. */
    if (gh_part_is_left(p))
        p->restart_at_ms = now_ms + 5;
    else
        gh_part_start(s, id);
}

int64_t
gh_part_due(struct gh_super *s, int64_t now_ms)
{
    int64_t next = INT64_MAX;

    for (int i = 0; i < GH_PART_COUNT && s->stop_stage == 0; i++) {
        struct gh_part *p = &s->part[i];
        if (p->mute_until_ms != 0 && p->mute_until_ms <= now_ms)
            gh_part_punish(s, (enum gh_part_id)i, "closed its line");
        if (p->pid > 0 && !p->is_ready && !p->is_punished && now_ms - p->started_ms > GH_SUPER_SILENT_MS)
            gh_part_punish(s, (enum gh_part_id)i, "did not come to serve in 60 s");
        if (p->restart_at_ms != 0)
            start_if_due(s, (enum gh_part_id)i, now_ms);
        if (p->restart_at_ms != 0 && p->restart_at_ms < next)
            next = p->restart_at_ms;
        if (p->mute_until_ms != 0 && p->mute_until_ms < next)
            next = p->mute_until_ms;
    }
    if (next == INT64_MAX)
        return -1;
    return next > now_ms ? next - now_ms : 0;
}
