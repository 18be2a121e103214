/* SPDX-License-Identifier: Apache-2.0 */
/* The order of ending: first the edge, which finishes what it has; then control, which drains the spool; then vault, which signs the end. */
#include "supervisor/super.h"

#include <signal.h>
#include <stdio.h>

#include "host/host.h"

#define BIT(part) (1u << GH_PART_##part)

static const struct {
    unsigned parts;
    int signal;
    bool is_group;
    int64_t patience_ms;
} stages[] = {
    {BIT(EDGE), SIGQUIT, false, 3000}, /* nginx: finish requests, close idle connections */
    {BIT(EDGE), SIGTERM, false, 2000},
    {BIT(EDGE), SIGKILL, true, 1000},
    {BIT(CONTROL), SIGTERM, false, 5000},
    {BIT(CONTROL), SIGKILL, true, 1000},
    {BIT(VAULT) | BIT(ECHO), SIGTERM, false, 2000},
    {BIT(VAULT) | BIT(ECHO), SIGKILL, true, 1000},
};
#define N_STAGES ((int)(sizeof(stages) / sizeof(stages[0])))

static bool
is_any_left(const struct gh_super *s, unsigned parts)
{
    for (unsigned i = 0; i < GH_PART_COUNT; i++)
        if ((parts & 1u << i) != 0 && (s->part[i].pid > 0 || gh_part_is_left(&s->part[i])))
            return true;
    return false;
}

static void
send_signals(struct gh_super *s, int stage, int64_t now_ms)
{
    for (unsigned i = 0; i < GH_PART_COUNT; i++) {
        const struct gh_part *p = &s->part[i];
        if ((stages[stage].parts & 1u << i) == 0)
            continue;
        if (stages[stage].is_group && p->group > 0)
            (void)kill(-p->group, stages[stage].signal);
        else if (p->pid > 0)
            (void)kill(p->pid, stages[stage].signal);
    }
    s->stop_deadline_ms = now_ms + stages[stage].patience_ms;
}

void
gh_stop_begin(struct gh_super *s, const char *failure)
{
    if (s->stop_stage != 0)
        return;
    if (failure != NULL) {
        (void)snprintf(s->failure, sizeof(s->failure), "%s", failure);
        gh_log(GH_LOG_ERROR, "giving up", GH_KS("why", gh_str_z(failure)), GH_KEND);
    }
    s->stop_stage = 1;
    if (s->render.pid > 0)
        (void)kill(-s->render.pid, SIGKILL);
    send_signals(s, 0, gh_monotonic_ms());
}

bool
gh_stop_step(struct gh_super *s, int64_t now_ms)
{
    while (s->stop_stage <= N_STAGES) {
        int stage = s->stop_stage - 1;
        if (is_any_left(s, stages[stage].parts) && now_ms < s->stop_deadline_ms)
            return false;
        s->stop_stage++;
        if (s->stop_stage <= N_STAGES)
            send_signals(s, s->stop_stage - 1, now_ms);
    }
    return true;
}
