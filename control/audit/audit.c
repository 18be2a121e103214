/* SPDX-License-Identifier: Apache-2.0 */
/* audit: the object and its thread: wake when the spool moves, drain, sign, sleep. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "control/audit/audit_int.h"
#include "host/host.h"

#define GATHER_MS      20  /* after a wake: records of this time share one transaction          */
#define STORE_RETRY_MS 500 /* store or spool could not be used                                  */
#define STOP_PASSES    64  /* a stop drains at most this many passes, then leaves the rest lying */

enum gh_rc
gh_audit_new(struct gh_audit **out, const struct gh_audit_config *config)
{
    struct gh_audit *au = calloc(1, sizeof *au);

    *out = NULL;
    if (au == NULL)
        return GH_NOMEM;
    au->config = *config;
    au->config.spool_dir = NULL;
    au->gone_ms = DRAIN_GONE_MS;
    au->wake_fd = au->notify_fd = -1;
    pthread_mutex_init(&au->lock, NULL);
    gh_random(&au->epoch, sizeof au->epoch);
    au->list = calloc(1, sizeof *au->list);
    au->free_files = calloc(SPOOL_FILES_MAX, sizeof *au->free_files);
    au->free_before = calloc(SPOOL_FILES_MAX, sizeof *au->free_before);
    au->chunk = malloc(BATCH_BYTES);
    au->spool_fd = open(config->spool_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    au->spool_dir = strdup(config->spool_dir);
    if (au->spool_dir == NULL || au->list == NULL || au->free_files == NULL || au->free_before == NULL || au->chunk == NULL ||
        au->spool_fd < 0) {
        enum gh_rc rc = au->spool_fd < 0 ? GH_DOWN : GH_NOMEM;
        gh_audit_free(au);
        return rc;
    }
    au->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    au->notify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    *out = au;
    return GH_OK;
}

void
gh_audit_free(struct gh_audit *au)
{
    if (au == NULL)
        return;
    gh_audit_spool_drop(au->kept, NULL);
    gh_close(au->spool_fd);
    gh_close(au->wake_fd);
    gh_close(au->notify_fd);
    free(au->spool_dir);
    free(au->list);
    free(au->free_files);
    free(au->free_before);
    free(au->chunk);
    pthread_mutex_destroy(&au->lock);
    free(au);
}

/* ---- the thread ---- */

/* Hears of the next write, of one alone: whoever writes a record then pays for no other notice until we have looked. What it says is only
 * "look": the directory itself tells the rest. */
static void
listen_once(struct gh_audit *au)
{
    char mem[4096];

    while (au->notify_fd >= 0 && read(au->notify_fd, mem, sizeof mem) > 0)
        ;
    if (au->notify_fd >= 0)
        (void)inotify_add_watch(au->notify_fd, au->spool_dir, IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_ONESHOT);
}

/* False: told to stop. */
static bool
sleep_until(struct gh_audit *au, int ms, bool hears_spool)
{
    struct pollfd p[2] = {{.fd = au->wake_fd, .events = POLLIN}, {.fd = au->notify_fd, .events = POLLIN}};
    int n = poll(p, hears_spool && au->notify_fd >= 0 ? 2 : 1, ms);

    return n <= 0 || p[0].revents == 0;
}

static void
note_store(struct gh_audit *au, enum gh_rc rc)
{
    bool was;

    pthread_mutex_lock(&au->lock);
    was = au->status.is_store_down;
    au->status.is_store_down = rc != GH_OK;
    pthread_mutex_unlock(&au->lock);
    if (rc != GH_OK && !was)
        gh_log(GH_LOG_ERROR, "records cannot be moved from the spool to the store; the spool keeps them", GH_KU("rc", rc), GH_KEND);
    if (rc == GH_OK && was)
        gh_log(GH_LOG_NOTICE, "records reach the store again", GH_KEND);
}

static void *
thread_main(void *ctx)
{
    struct gh_audit *au = ctx;
    bool is_more = false, goes_on = true;

    for (;;) {
        listen_once(au);
        enum gh_rc rc = gh_audit_drain_pass(au, &is_more);
        note_store(au, rc);
        gh_audit_sign(au, false);
        if (!goes_on)
            break;
        if (rc != GH_OK)
            goes_on = sleep_until(au, STORE_RETRY_MS, false);
        else if (!is_more)
            goes_on = sleep_until(au, GH_AUDIT_POLL_MS, true) && sleep_until(au, GATHER_MS, false);
        else
            goes_on = sleep_until(au, 0, false);
    }
    for (int i = 0; i < STOP_PASSES && is_more && gh_audit_drain_pass(au, &is_more) == GH_OK; i++)
        ;
    gh_audit_sign(au, true);
    return NULL;
}

enum gh_rc
gh_audit_start(struct gh_audit *au)
{
    if (pthread_create(&au->thread, NULL, thread_main, au) != 0)
        return GH_DOWN;
    au->is_running = true;
    return GH_OK;
}

void
gh_audit_stop(struct gh_audit *au)
{
    uint64_t one = 1;

    if (au == NULL || !au->is_running)
        return;
    (void)!write(au->wake_fd, &one, sizeof one);
    (void)pthread_join(au->thread, NULL);
    au->is_running = false;
}

/* ---- the rest of the contract ---- */

enum gh_rc
gh_audit_set_key(struct gh_audit *au, struct gh_str spki)
{
    gh_auto_store_tx *tx = NULL;
    struct gh_pubkey *key;
    enum gh_rc rc;
    bool fits;

    if ((rc = gh_pubkey_read_der(&key, spki, NULL)) != GH_OK)
        return rc;
    fits = gh_pubkey_fits(key, GH_ALG_ES256);
    gh_pubkey_free(key);
    if (!fits)
        return GH_BAD;
    if ((rc = gh_store_begin(&tx, au->config.store, GH_STORE_FULL)) != GH_OK)
        return rc;
    if ((rc = gh_store_setting_put(tx, GH_STR(GH_AUDIT_SETTING_KEY), spki)) != GH_OK)
        return rc;
    return gh_store_commit(gh_store_steal(&tx));
}

void
gh_audit_status(struct gh_audit_status *out, struct gh_audit *au)
{
    pthread_mutex_lock(&au->lock);
    *out = au->status;
    pthread_mutex_unlock(&au->lock);
}
