/* SPDX-License-Identifier: Apache-2.0 */
/*
 * New programs in the place of those that run. The edge's module goes in by a reload: it has a name of its own in DIR/edge, so that the
 * running nginx loads it beside the old one, and the old workers finish their streams with what they have. Vault and control are ended one
 * after the other and come back as the new ones: the edge serves on meanwhile. nginx itself and this supervisor stay as they are until the
 * next start; a module that the running nginx does not take is refused by its test, and then the old one stays.
 */
#include "supervisor/super.h"

#include <signal.h>

#include "host/host.h"

static const struct {
    enum gh_program program;
    enum gh_part_id part;
} order[] = {
    {GH_PROGRAM_VAULT, GH_PART_VAULT},
    {GH_PROGRAM_CONTROL, GH_PART_CONTROL},
    {GH_PROGRAM_ECHO, GH_PART_ECHO},
};
#define PATIENCE_MS 10000
#define N_ORDER     ((int)(sizeof(order) / sizeof(order[0])))

/* All or none. */
static bool
open_all(int fd[GH_PROGRAM_COUNT], const struct gh_super *s, const char **looked)
{
    bool is_whole = true;

    for (int i = 0; i < GH_PROGRAM_COUNT; i++) {
        fd[i] = -1;
        bool is_data = gh_program_is_data((enum gh_program)i);
        if ((s->exe[i] < 0 && !is_data) || i == GH_PROGRAM_NGINX || !is_whole)
            continue;
        fd[i] = gh_supervise_open(s->settings, (enum gh_program)i, looked);
        is_whole = fd[i] >= 0 || is_data; /* of data the one before stays */
    }
    for (int i = 0; i < GH_PROGRAM_COUNT && !is_whole; i++)
        gh_close(fd[i]);
    return is_whole;
}

void
gh_upgrade_begin(struct gh_super *s)
{
    int fd[GH_PROGRAM_COUNT];
    const char *looked = "";

    if (s->stop_stage != 0 || s->upgrade_step != 0)
        return;
    if (!open_all(fd, s, &looked)) {
        gh_log(GH_LOG_ERROR, "no upgrade: a program cannot be opened", GH_KS("program", gh_str_z(looked)), GH_KEND);
        gh_report_event(s, "upgrade refused", looked);
        return;
    }
    for (int i = 0; i < GH_PROGRAM_COUNT; i++) {
        if (fd[i] < 0)
            continue;
        gh_close(s->exe[i]);
        s->exe[i] = fd[i];
    }
    gh_log(GH_LOG_NOTICE, "upgrade begins", GH_KEND);
    gh_report_event(s, "upgrade", "new programs are taken into use, part by part");
    s->upgrade_step = 1;
    s->render.is_done_once = false; /* the module is installed anew */
    gh_renderjob_want(s, 0, false);
}

/* The part that was told to end: is it another one now? One that does not end is ended. */
static bool
is_replaced(struct gh_super *s)
{
    for (int i = 0; i < GH_PART_COUNT && s->upgrade_pid != 0; i++) {
        if (s->part[i].pid != s->upgrade_pid)
            continue;
        if (gh_monotonic_ms() >= s->upgrade_kill_ms)
            (void)kill(s->upgrade_pid, SIGKILL);
        return false;
    }
    s->upgrade_pid = 0;
    return true;
}

static bool
is_calm(const struct gh_super *s)
{
    for (int i = 0; i < GH_PART_COUNT; i++)
        if (!s->part[i].is_ready && (i != GH_PART_ECHO || s->settings->is_demo))
            return false;
    return s->render.pid <= 0;
}

void
gh_upgrade_step(struct gh_super *s)
{
    if (s->upgrade_step == 0 || s->stop_stage != 0 || !is_replaced(s) || !is_calm(s))
        return;
    while (s->upgrade_step <= N_ORDER) {
        int i = s->upgrade_step++ - 1;
        const struct gh_part *p = &s->part[order[i].part];
        if (s->exe[order[i].program] < 0 || p->pid <= 0)
            continue;
        s->upgrade_pid = p->pid;
        s->upgrade_kill_ms = gh_monotonic_ms() + PATIENCE_MS;
        (void)kill(p->pid, SIGTERM);
        return;
    }
    s->upgrade_step = 0;
    gh_log(GH_LOG_NOTICE, "upgrade is done", GH_KEND);
    gh_report_event(s, "upgrade", s->render.reason[0] == '\0' ? "done" : s->render.reason);
}
