/* SPDX-License-Identifier: Apache-2.0 */
/* From a fork of the keeper to the loop: opens what is needed, starts what does not depend on anything, and lets events do the rest. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/host.h"
#include "ipc/layout.h"
#include "supervisor/keeper.h"
#include "supervisor/super.h"
#include "supervisor/tls.h"

static struct gh_super super; /* large, and one for each process */

static void
be_born(struct gh_super *s, const struct gh_keeper *k)
{
    const struct gh_listen *l = &k->listen;

    s->settings = k->settings;
    s->house = *k->house;
    s->listen = *l;
    (void)snprintf(s->listen_text, sizeof(s->listen_text), l->is_v6 ? "[%s]:%u" : "%s:%u", l->host, l->port);
    s->keeper = k->line;
    s->keeper_pid = getppid();
    s->is_restart = k->n_starts > 0;
    s->management = s->local = s->echo = s->master_key = s->signals = s->render.out = -1;
    s->start_ms = gh_monotonic_ms();
    s->renew_at_ms = s->start_ms + 3600 * 1000;
    for (int i = 0; i < GH_PART_COUNT; i++)
        s->part[i].sock = -1;
    for (int i = 0; i < GH_PROGRAM_COUNT; i++)
        s->exe[i] = -1;
}

/* The model of the shield may be the operator's own. */
int
gh_supervise_open(const struct gh_up_settings *settings, enum gh_program which, const char **looked)
{
    if (which != GH_PROGRAM_SHIELD_MODEL || settings->shield_model == NULL)
        return gh_program_open(which, looked);
    *looked = settings->shield_model;
    return open(settings->shield_model, O_RDONLY | O_CLOEXEC);
}

static enum gh_rc
open_programs(struct gh_super *s, struct gh_house_err *err)
{
    for (int i = 0; i < GH_PROGRAM_COUNT; i++) {
        const char *looked;
        if (i == GH_PROGRAM_ECHO && !s->settings->is_demo)
            continue;
        s->exe[i] = gh_supervise_open(s->settings, (enum gh_program)i, &looked);
        if (s->exe[i] < 0 && gh_program_is_data((enum gh_program)i)) /* endpoints that demand it answer 503 by themselves */
            gh_log(GH_LOG_WARN, "a file of data cannot be found or opened", GH_KS("file", gh_str_z(looked)), GH_KEND);
        else if (s->exe[i] < 0)
            return gh_house_fail_errno(err, "cannot be found or opened", looked);
    }
    return GH_OK;
}

/* A service manager that keeps the master key puts it where only this user reads it (systemd: LoadCredential=). */
static enum gh_rc
open_credential(struct gh_super *s, struct gh_house_err *err)
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    gh_auto_fd dir = folder == NULL ? -1 : open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (folder == NULL)
        return GH_OK;
    s->master_key = dir < 0 ? -1 : openat(dir, GH_CREDENTIAL_MASTER_KEY, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (s->master_key < 0 && errno != ENOENT)
        return gh_house_fail_errno(err, "the master key cannot be opened", folder);
    return GH_OK;
}

static enum gh_rc
hold_lock(const struct gh_super *s, struct gh_house_err *err)
{
    pid_t holder;
    int fd; /* open for as long as this process lives: closing it would give the lock back */

    if (gh_lock_open(&fd, &s->house, true, err) != GH_OK)
        return GH_BAD;
    if (gh_lock_take(fd, GH_LOCK_SUPERVISOR, &holder) != GH_OK)
        return gh_house_fail(err, "another supervisor holds the lock", s->house.path);
    gh_lock_write(fd, getpid());
    return GH_OK;
}

/* Vault and control start while the certificate is made; the edge follows when control has published. */
static enum gh_rc
begin(struct gh_super *s, struct gh_house_err *err)
{
    bool is_new;
    enum gh_rc rc;

    if ((rc = hold_lock(s, err)) != GH_OK || (rc = open_programs(s, err)) != GH_OK || (rc = open_credential(s, err)) != GH_OK ||
        (rc = gh_house_furnish(&s->house, err)) != GH_OK || (rc = gh_sockets_bind(s, err)) != GH_OK)
        return rc;
    gh_part_start(s, GH_PART_VAULT);
    gh_part_start(s, GH_PART_CONTROL);
    if (s->settings->is_demo)
        gh_part_start(s, GH_PART_ECHO);
    if ((rc = gh_tls_ensure(&is_new, &s->house, &s->listen, false, err)) != GH_OK)
        return rc;
    gh_report_event(s, "separation", gh_owners_separation(&s->house.owners));
    if (s->is_restart)
        gh_report_event(s, "supervisor restarted", "the one before it died");
    /* After a crash the last good configuration serves at once, whatever control does. */
    if (s->is_restart && faccessat(s->house.fd, GH_LAYOUT_NGINX_CONF, F_OK, AT_EACCESS) == 0)
        gh_part_start(s, GH_PART_EDGE);
    return GH_OK;
}

/* Credentials of backends do not outlive what they were unwrapped for. */
static void
tidy_up(struct gh_super *s)
{
    gh_house_forget_memory(&s->house);
    (void)unlinkat(s->house.fd, GH_LAYOUT_MANAGEMENT_SOCK, 0);
    (void)unlinkat(s->house.fd, GH_LAYOUT_LOCAL_SOCK, 0);
    (void)unlinkat(s->house.fd, GH_LAYOUT_STATUS, 0);
}

int
gh_supervise(struct gh_keeper *k)
{
    const struct rlimit none = {0, 0};
    struct gh_super *s = &super;
    struct gh_house_err err = {0};
    int status;

    be_born(s, k);
    (void)umask(077);
    (void)signal(SIGPIPE, SIG_IGN);
    s->signals = gh_keeper_watch_signals();
    if (s->signals < 0 || setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
        prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
        return 1;
    if (begin(s, &err) != GH_OK) {
        char why[420];
        (void)snprintf(why, sizeof(why), "%s: %s", err.about, err.what);
        gh_stop_begin(s, why);
    }
    status = gh_loop(s);
    tidy_up(s);
    gh_keeper_note(s, GH_NOTE_DONE, status, s->failure);
    return status;
}
