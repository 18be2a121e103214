/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/keeper.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/host.h"
#include "supervisor/super.h"

#define LEFTOVERS_MS 3000
#define STOP_MS      25000 /* longer than all stages of stop.c together */

/* One datagram of a SOCK_SEQPACKET pair; between two processes of one program. */
struct note {
    int kind; /* enum gh_note */
    int value;
    char text[400];
};

/* ---- the supervisor's side ---- */

void
gh_keeper_note(const struct gh_super *s, enum gh_note kind, int value, const char *text)
{
    struct note n = {.kind = (int)kind, .value = value};

    (void)snprintf(n.text, sizeof(n.text), "%s", text);
    (void)send(s->keeper, &n, sizeof(n), MSG_NOSIGNAL | MSG_DONTWAIT); /* a keeper that is gone is noticed by the loop */
}

int
gh_keeper_watch_signals(void)
{
    static const int watched[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGCHLD};
    sigset_t set;

    (void)sigemptyset(&set);
    for (size_t i = 0; i < sizeof(watched) / sizeof(watched[0]); i++)
        (void)sigaddset(&set, watched[i]);
    if (sigprocmask(SIG_SETMASK, &set, NULL) != 0)
        return -1;
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* The new keeper is our child, and yet outlives us: it watches the line, not its parent. */
static void
become_keeper_of(const struct gh_super *s, int line)
{
    struct gh_keeper k = {
        .settings = s->settings, .listen = s->listen, .report = -1, .line = line, .n_starts = 1, .has_served = s->has_served};
    struct gh_house house = s->house;
    struct gh_house_err err;
    pid_t supervisor = getppid(), holder;

    k.house = &house;
    k.supervisor = supervisor;
    k.edge_group = s->part[GH_PART_EDGE].group;
    (void)setsid();
    gh_close(s->signals);
    if (gh_lock_open(&k.lock, &house, false, &err) != GH_OK)
        _exit(1);
    for (int tries = 0; gh_lock_take(k.lock, GH_LOCK_KEEPER, &holder) != GH_OK; tries++) {
        if (tries == 100)
            _exit(1);
        (void)usleep(10000);
    }
    gh_lock_write(k.lock, supervisor);
    _exit(gh_keeper_run(&k));
}

void
gh_keeper_lost(struct gh_super *s)
{
    int end[2];

    gh_close(s->keeper);
    s->keeper = -1;
    if (!s->settings->is_detached) {
        gh_stop_begin(s, s->stop_stage == 0 ? "the process that was started is gone" : NULL);
        return;
    }
    if (s->stop_stage != 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, end) != 0)
        return;
    gh_report_event(s, "keeper restarted", "the one before it died");
    gh_log(GH_LOG_WARN, "the keeper is gone; another one is started", GH_KEND);
    pid_t pid = fork();
    if (pid == 0) {
        gh_close(end[0]);
        become_keeper_of(s, end[1]);
    }
    gh_close(end[1]);
    s->keeper = end[0];
    s->keeper_pid = pid;
    gh_report_status(s);
}

/* ---- the keeper's side ---- */

static pid_t
start_supervisor(struct gh_keeper *k, int signals)
{
    int end[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, end) != 0)
        return -1;
    pid_t pid = fork();
    if (pid == 0) {
        gh_close(end[0]);
        gh_close(signals);
        gh_close(k->report);
        k->report = -1;
        k->line = end[1];
        _exit(gh_supervise(k));
    }
    gh_close(end[1]);
    k->line = end[0];
    k->supervisor = pid;
    k->n_starts++;
    return pid;
}

static void
report_start(struct gh_keeper *k, const char *text)
{
    if (k->report < 0)
        return;
    enum gh_rc rc = gh_write_all(k->report, gh_str_z(text));
    (void)rc; /* who waited for it has gone: not our concern */
    gh_close(k->report);
    k->report = -1;
}

/* Reads notes until the line ends; true: it was told that this is the end, *status is ours. */
static bool
read_notes(struct gh_keeper *k, int *status, bool *is_closed)
{
    struct note n;
    ssize_t got;

    while ((got = recv(k->line, &n, sizeof(n), MSG_DONTWAIT)) == (ssize_t)sizeof(n)) {
        n.text[sizeof(n.text) - 1] = '\0';
        if (n.kind == GH_NOTE_EDGE)
            k->edge_group = n.value;
        else if (n.kind == GH_NOTE_SERVES) {
            k->has_served = true;
            report_start(k, "ok");
        } else if (n.kind == GH_NOTE_DONE) {
            report_start(k, n.text);
            *status = n.value;
            return true;
        }
    }
    *is_closed = got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
    return false;
}

static void
forward_signals(const struct gh_keeper *k, int signals, int64_t *kill_at_ms)
{
    struct signalfd_siginfo info;

    while (read(signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (info.ssi_signo == SIGCHLD || k->supervisor <= 0)
            continue;
        bool is_end = info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT;
        (void)kill(k->supervisor, is_end ? SIGTERM : (int)info.ssi_signo);
        if (is_end && *kill_at_ms == 0)
            *kill_at_ms = gh_monotonic_ms() + STOP_MS;
    }
}

/* True: ended in an orderly way. */
static bool
keep(struct gh_keeper *k, int signals, int *status)
{
    int64_t kill_at_ms = 0;
    bool is_closed = false;

    for (;;) {
        struct pollfd p[] = {{.fd = k->line, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
        (void)poll(p, 2, kill_at_ms == 0 ? -1 : 1000);
        if (read_notes(k, status, &is_closed))
            return true;
        if (is_closed && kill_at_ms != 0) {
            *status = 1; /* it was told to end, and did, if not as it should */
            return true;
        }
        if (is_closed)
            return false;
        forward_signals(k, signals, &kill_at_ms);
        if (kill_at_ms != 0 && gh_monotonic_ms() > kill_at_ms)
            (void)kill(k->supervisor, SIGKILL);
    }
}

/* Parts die with their supervisor; the edge's workers may take their time, and the next one needs their port. */
static void
end_leftovers(const struct gh_keeper *k)
{
    int64_t deadline = gh_monotonic_ms() + LEFTOVERS_MS;

    if (k->edge_group > 0)
        (void)kill(-k->edge_group, SIGKILL);
    while (gh_monotonic_ms() < deadline) {
        pid_t pid = waitpid(-1, NULL, WNOHANG);
        bool has_children = pid >= 0 || errno != ECHILD;
        bool has_workers = k->edge_group > 0 && kill(-k->edge_group, 0) == 0;
        if (!has_children && !has_workers)
            return;
        if (pid <= 0)
            (void)usleep(2000);
    }
}

/* Sleeps, unless told to end. */
static bool
is_ended_while_waiting(int signals, int64_t ms)
{
    struct pollfd p = {.fd = signals, .events = POLLIN};
    struct signalfd_siginfo info;
    int64_t until = gh_monotonic_ms() + ms;

    for (int64_t left; (left = until - gh_monotonic_ms()) > 0;) {
        (void)poll(&p, 1, (int)left);
        while (read(signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
            if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
                return true;
    }
    return false;
}

static int
run(struct gh_keeper *k, int signals)
{
    int64_t backoff = 0;
    int status = 1;

    for (;;) {
        int64_t started = gh_monotonic_ms();
        if (k->line < 0 && start_supervisor(k, signals) < 0)
            return 1;
        k->has_served = false;
        bool is_done = keep(k, signals, &status);
        gh_close(k->line);
        k->line = -1;
        if (!is_done)
            end_leftovers(k);
        else
            (void)waitpid(k->supervisor, NULL, 0);
        if (is_done)
            return status;
        backoff = gh_part_backoff_ms(backoff, gh_monotonic_ms() - started, k->has_served);
        gh_log(GH_LOG_ERROR, "the supervisor died and is started again", GH_KU("after_ms", backoff), GH_KEND);
        if (is_ended_while_waiting(signals, backoff))
            return 0;
    }
}

int
gh_keeper_run(struct gh_keeper *k)
{
    gh_auto_fd signals = gh_keeper_watch_signals();

    (void)signal(SIGPIPE, SIG_IGN);
    if (signals < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
        return 1;
    int status = run(k, signals);
    report_start(k, "the supervisor ended before it served");
    return status;
}
