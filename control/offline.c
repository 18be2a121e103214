/* SPDX-License-Identifier: Apache-2.0 */
#include "control/offline.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control/publish/issuers.h"
#include "control/rest/auth.h"
#include "control/rest/provision.h"
#include "control/rest/resources.h"
#include "host/host.h"
#include "ipc/layout.h"

#define WAIT_MS      60000
#define INSTALLATION "00000000000000000000000000000000"
#define ADDRESS      "127.0.0.1:1" /* of a listener that nobody opens */

struct gh_offline {
    char dir[64];
    struct gh_config config;
    struct gh_controller c;
    struct gh_arena answers; /* of the last call */
    bool has_answers;
};

/* Memory, where the machine has a file system of it: nothing here is worth a disk's wait. */
static bool
make_dir(struct gh_offline *o)
{
    static const char *const places[] = {"/dev/shm", "/tmp"};
    static const char *const dirs[] = {"control", "snapshot", "spool"};
    char path[128];

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        (void)snprintf(o->dir, sizeof o->dir, "%s/gatehouse-offline-XXXXXX", places[i]);
        if (mkdtemp(o->dir) != NULL)
            break;
        o->dir[0] = '\0';
    }
    for (size_t i = 0; o->dir[0] != '\0' && i < sizeof(dirs) / sizeof(dirs[0]); i++) {
        (void)snprintf(path, sizeof path, "%s/%s", o->dir, dirs[i]);
        if (mkdir(path, 0700) != 0)
            return false;
    }
    return o->dir[0] != '\0';
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st;
    (void)kind;
    (void)ftw;
    return remove(path);
}

static enum gh_rc
start(struct gh_offline *o)
{
    char path[128];
    enum gh_rc rc = gh_config_derive(&o->config, GH_STR(INSTALLATION), GH_STR(ADDRESS), NULL);

    if (rc != GH_OK)
        return rc;
    (void)snprintf(o->config.data, sizeof o->config.data, "%s", o->dir);
    (void)snprintf(o->config.separation, sizeof o->config.separation, "single-user");
    o->c.config = &o->config;
    o->c.is_offline = true;
    (void)snprintf(path, sizeof path, "%s/%s", o->dir, GH_LAYOUT_STORE);
    if ((rc = gh_store_open(&o->c.store, path, NULL)) != GH_OK)
        return rc;
    (void)snprintf(path, sizeof path, "%s/spool", o->dir);
    struct gh_audit_config audit = {.store = o->c.store, .spool_dir = path};
    memcpy(audit.installation, o->config.installation, sizeof audit.installation);
    const struct gh_issuers_config issuers = {.store = o->c.store, .config = &o->config};
    if ((rc = gh_audit_new(&o->c.audit, &audit)) != GH_OK || (rc = gh_vault_new(&o->c.vault)) != GH_OK ||
        (rc = gh_verifier_new(&o->c.verifier)) != GH_OK || (rc = gh_issuers_new(&o->c.issuers, &issuers)) != GH_OK ||
        (rc = gh_provision_store(&o->c)) != GH_OK)
        return rc;
    (void)snprintf(path, sizeof path, "%s/snapshot", o->dir);
    const struct gh_publish_config publish = {.store = o->c.store, .config = &o->config, .dir = path};
    return gh_publish_start(&o->c.publish, &publish);
}

enum gh_rc
gh_offline_open(struct gh_offline **out, struct gh_err *err)
{
    struct gh_offline *o = calloc(1, sizeof *o);

    *out = o;
    if (o == NULL)
        return GH_NOMEM;
    enum gh_rc rc = make_dir(o) ? start(o) : GH_DOWN;
    if (rc == GH_OK)
        return GH_OK;
    gh_offline_close(o);
    *out = NULL;
    return gh_fail(err, rc, 0, "no installation could be made in memory: /dev/shm or /tmp must be writable");
}

void
gh_offline_close(struct gh_offline *o)
{
    if (o == NULL)
        return;
    if (o->c.publish != NULL)
        gh_publish_stop(o->c.publish);
    if (o->c.issuers != NULL)
        gh_issuers_free(o->c.issuers);
    if (o->c.verifier != NULL)
        gh_verifier_free(o->c.verifier);
    if (o->c.audit != NULL)
        gh_audit_free(o->c.audit);
    if (o->c.vault != NULL)
        gh_vault_free(o->c.vault);
    gh_store_close(o->c.store);
    if (o->has_answers)
        gh_arena_fini(&o->answers);
    if (o->dir[0] != '\0')
        (void)nftw(o->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(o);
}

bool
gh_offline_takes(enum gh_resource type)
{
    return type != GH_RESOURCE_SECRET && type != GH_RESOURCE_API_KEY && type != GH_RESOURCE_ASSESSMENT;
}

unsigned
gh_offline_put(struct gh_offline *o, struct gh_str path, struct gh_str body, struct gh_str *answer)
{
    struct gh_arena a;
    struct gh_call call;

    if (o->has_answers)
        gh_arena_fini(&o->answers);
    gh_arena_init(&o->answers, gh_heap(), GH_CALL_ANSWER_MAX);
    o->has_answers = true;
    gh_arena_init(&a, gh_heap(), GH_CALL_ARENA_MAX);
    gh_call_init(&call, &o->c, &a);
    call.method = GH_METHOD_PUT;
    call.path = path;
    call.query = GH_STR("");
    call.body = body;
    call.is_local = true;
    gh_rest_answer(&call);
    if (gh_arena_dup(answer, &o->answers, gh_buf_str(&call.out)) != GH_OK)
        *answer = GH_STR("");
    unsigned status = call.status;
    gh_rest_done(&call);
    gh_arena_fini(&a);
    return status;
}

enum gh_rc
gh_offline_view(struct gh_view **out, struct gh_offline *o)
{
    if (!gh_publish_wait(o->c.publish, WAIT_MS))
        return GH_DOWN;
    *out = gh_publish_view(o->c.publish);
    return *out == NULL ? GH_DOWN : GH_OK;
}
