/* SPDX-License-Identifier: Apache-2.0 */
/* One thread, one poll: signals, lines of the parts, the render job, the keeper. */
#include "supervisor/super.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/host.h"
#include "ipc/layout.h"
#include "supervisor/tls.h"

#define PROBE_MS 3                    /* between two looks at whether the edge listens: the start has 500 ms in all */
#define RENEW_MS (24 * 3600 * 1000LL) /* between two looks at the certificate */

/* --- certificate --- */

static void
renew(struct gh_super *s, bool is_forced)
{
    struct gh_house_err err = {0};
    bool is_new = false;

    s->renew_at_ms = gh_monotonic_ms() + RENEW_MS;
    if (gh_tls_ensure(&is_new, &s->house, &s->listen, is_forced, &err) != GH_OK) {
        gh_log(GH_LOG_ERROR, "the certificate cannot be renewed", GH_KS("why", gh_str_z(err.what)), GH_KEND);
        gh_report_event(s, "certificate not renewed", err.what);
        return;
    }
    if (!is_new)
        return;
    gh_log(GH_LOG_NOTICE, "the certificate is renewed", GH_KEND);
    gh_report_event(s, "certificate renewed", is_forced ? "asked for by the owner" : "it was about to expire");
    gh_renderjob_want(s, 0, true);
}

/* `recover`: the edge forgets the highest generation and the newest time that it has seen, and so takes what the store now says, be it
 * older (ipc/layout.h: edge/counters). Workers that run keep theirs; those of the reload that follows begin anew. */
static void
forget(struct gh_super *s)
{
    if (unlinkat(s->house.fd, GH_LAYOUT_COUNTERS, 0) == 0)
        gh_report_event(s, "highest generation forgotten", "asked for by the owner");
}

/* --- signals --- */

static void
reap(struct gh_super *s)
{
    int status;

    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        if (pid == s->render.pid) {
            gh_renderjob_ended(s, status);
            continue;
        }
        for (int i = 0; i < GH_PART_COUNT; i++)
            if (s->part[i].pid == pid)
                gh_part_ended(s, (enum gh_part_id)i, status);
        /* others: workers of an edge whose master was killed; they came to us as the nearest subreaper */
    }
}

static void
on_signals(struct gh_super *s)
{
    struct signalfd_siginfo info;

    while (read(s->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (info.ssi_signo == SIGCHLD)
            reap(s);
        else if (info.ssi_signo == SIGHUP) {
            forget(s);
            renew(s, true);
        } else if (info.ssi_signo == SIGUSR1)
            gh_logs_rotate(s, true);
        else if (info.ssi_signo == SIGUSR2)
            gh_upgrade_begin(s);
        else
            gh_stop_begin(s, NULL);
    }
}

/* --- serving --- */

static void
probe_edge(struct gh_super *s)
{
    struct gh_part *edge = &s->part[GH_PART_EDGE];

    if (edge->pid > 0 && !edge->is_ready && gh_sockets_answers(&s->listen)) {
        edge->is_ready = true;
        gh_keeper_note(s, GH_NOTE_EDGE, edge->pid, "");
        gh_report_status(s);
    }
}

static bool
is_serving(const struct gh_super *s)
{
    for (int i = 0; i < GH_PART_COUNT; i++)
        if (!s->part[i].is_ready && (i != GH_PART_ECHO || s->settings->is_demo))
            return false;
    return true;
}

/* Once at the start, and again when control came back with other values for the ready file. */
static void
announce(struct gh_super *s)
{
    if (s->ready_json == NULL || !is_serving(s))
        return;
    bool is_written = s->settings->ready_file == NULL || gh_ready_write(s, gh_str(s->ready_json, s->ready_json_n)) == GH_OK;
    gh_wipe(s->ready_json, s->ready_json_n);
    free(s->ready_json);
    s->ready_json = NULL;
    if (!is_written && !s->has_served) {
        gh_stop_begin(s, "the ready file cannot be written");
        return;
    }
    if (!is_written)
        gh_log(GH_LOG_ERROR, "the ready file cannot be written", GH_KEND);
    if (s->has_served)
        return;
    s->has_served = true;
    gh_report_status(s);
    gh_report_serving(s);
    gh_keeper_note(s, GH_NOTE_SERVES, 0, "");
}

/* --- time --- */

static void
sooner(int64_t *wait, int64_t candidate)
{
    if (candidate >= 0 && (*wait < 0 || candidate < *wait))
        *wait = candidate;
}

static int64_t
until(int64_t at_ms, int64_t now_ms)
{
    return at_ms > now_ms ? at_ms - now_ms : 0;
}

static void
check_render(struct gh_super *s, int64_t now)
{
    struct gh_render_job *r = &s->render;

    if (r->pid > 0 && now >= r->deadline_ms) {
        (void)kill(-r->pid, SIGKILL);
        r->deadline_ms = now + 1000;
    }
    if (r->retry_at_ms != 0 && now >= r->retry_at_ms && r->pid == 0)
        gh_renderjob_start(s);
}

static void
check_start(struct gh_super *s, int64_t now)
{
    if (s->has_served || s->is_restart || now - s->start_ms < GH_SUPER_START_MS)
        return;
    gh_stop_begin(s, s->render.reason[0] != '\0' ? s->render.reason : "not everything came up in 30 s; see the lines above");
}

/* Does what is due; how long the next poll may wait. */
static int64_t
on_time(struct gh_super *s)
{
    int64_t now = gh_monotonic_ms(), wait = -1;

    if (s->stop_stage != 0)
        return until(s->stop_deadline_ms, now) > 10 ? 10 : until(s->stop_deadline_ms, now);
    check_render(s, now);
    check_start(s, now);
    if (now >= s->renew_at_ms)
        renew(s, false);
    if (now >= s->logs_at_ms)
        gh_logs_rotate(s, false);
    gh_upgrade_step(s);
    sooner(&wait, gh_part_due(s, now));
    probe_edge(s);
    announce(s);
    if (s->part[GH_PART_EDGE].pid > 0 && !s->part[GH_PART_EDGE].is_ready)
        sooner(&wait, PROBE_MS);
    if (s->render.pid > 0)
        sooner(&wait, until(s->render.deadline_ms, now));
    if (s->render.retry_at_ms != 0)
        sooner(&wait, until(s->render.retry_at_ms, now));
    if (!s->has_served)
        sooner(&wait, 1000);
    sooner(&wait, until(s->renew_at_ms, now));
    sooner(&wait, until(s->logs_at_ms, now));
    if (s->upgrade_step != 0)
        sooner(&wait, PROBE_MS);
    return wait;
}

/* --- the loop --- */

enum { AT_SIGNALS, AT_KEEPER, AT_RENDER, AT_PARTS, N_POLL = AT_PARTS + GH_PART_COUNT };

static void
on_keeper(struct gh_super *s)
{
    char byte;
    ssize_t n = read(s->keeper, &byte, 1);

    if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)))
        return;
    gh_keeper_lost(s);
}

static void
poll_once(struct gh_super *s, int64_t wait)
{
    struct pollfd p[N_POLL];

    p[AT_SIGNALS] = (struct pollfd){.fd = s->signals, .events = POLLIN};
    p[AT_KEEPER] = (struct pollfd){.fd = s->keeper, .events = POLLIN};
    p[AT_RENDER] = (struct pollfd){.fd = s->render.out, .events = POLLIN};
    for (int i = 0; i < GH_PART_COUNT; i++)
        p[AT_PARTS + i] = (struct pollfd){.fd = s->part[i].sock, .events = POLLIN};
    if (poll(p, N_POLL, (int)wait) <= 0)
        return;
    /* Lines first: what a part said before it ended counts. Its descriptor may have changed through an earlier one's message. */
    for (int i = 0; i < GH_PART_COUNT; i++)
        if (p[AT_PARTS + i].revents != 0 && s->part[i].sock == p[AT_PARTS + i].fd)
            gh_talk_readable(s, (enum gh_part_id)i);
    if (p[AT_RENDER].revents != 0 && s->render.out == p[AT_RENDER].fd)
        gh_renderjob_readable(s);
    if (p[AT_KEEPER].revents != 0)
        on_keeper(s);
    if (p[AT_SIGNALS].revents != 0)
        on_signals(s);
}

int
gh_loop(struct gh_super *s)
{
    for (;;) {
        if (s->stop_stage != 0 && gh_stop_step(s, gh_monotonic_ms()))
            break;
        poll_once(s, on_time(s));
    }
    return s->failure[0] == '\0' ? 0 : 1;
}
