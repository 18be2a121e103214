/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gatehoused. In this order: what the supervisor told it is read, the store opened, privileges and system calls given up; then vault is
 * met, the first base is published, the sockets are served, READY is said. From there the main thread acts on the supervisor's
 * messages; the end of that line, or SIGTERM, ends the process in good order.
 */
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control/confine.h"
#include "control/copy.h"
#include "control/learn/learn.h"
#include "control/link/supervisor.h"
#include "control/publish/fetch.h"
#include "control/publish/issuers.h"
#include "control/publish/resolve.h"
#include "control/rest/auth.h"
#include "control/rest/provision.h"
#include "control/rest/server.h"
#include "control/review/review.h"
#include "host/host.h"
#include "ipc/layout.h"

#define VAULT_WAIT_MS 5000             /* for the first PEER; after that the house opens without vault */
#define POLL_MS       500              /* how soon SIGTERM is seen                                     */
#define KEYS_EVERY_MS INT64_C(3600000) /* a new token key is told a day before it signs */
#define READY_MAX     32768

static volatile sig_atomic_t want_end;

struct daemon {
    struct gh_config config;
    struct gh_controller control;
    struct gh_supervisor *supervisor;
    struct gh_learn *learn;
    struct gh_reviews *reviews;
    struct gh_server *management, *local;
    bool has_vault, is_held; /* is_held: started on a copy, serves nobody */
    uid_t edge_uid, owner_uid;
};

static void
on_term(int sig)
{
    (void)sig;
    want_end = 1;
}

/* ---- what parts ask of each other ---- */

static enum gh_rc
sign_head(void *ctx, uint8_t sig[64], uint64_t n, const uint8_t hash[GH_SHA256_BYTES], int64_t time_ms)
{
    struct daemon *d = ctx;
    return gh_vault_head(sig, d->control.vault, n, hash, time_ms);
}

static void
key_wanted(void *ctx, struct gh_str issuer, struct gh_str kid)
{
    struct daemon *d = ctx;
    gh_issuers_wanted(d->control.issuers, issuer, kid);
}

static enum gh_rc
addresses(void *ctx, struct gh_str **out, size_t *n, struct gh_arena *a, struct gh_str host, uint16_t port)
{
    struct daemon *d = ctx;
    return gh_resolve_addresses(d->control.resolve, out, n, a, host, port);
}

static void
render(void *ctx, uint64_t generation)
{
    struct daemon *d = ctx;
    gh_supervisor_render(d->supervisor, generation);
}

/* ---- messages of the supervisor ---- */

static bool
is_copy(struct daemon *d)
{
    return __atomic_load_n(&d->control.copy, __ATOMIC_ACQUIRE) != GH_COPY_NONE;
}

/* Is the store what vault last saw? Who already serves and finds that it is not starts anew, and then serves nobody. */
static enum gh_rc
compare(struct daemon *d, const struct gh_vault_keys *keys)
{
    enum gh_copy copy;
    enum gh_rc rc = gh_copy_look(&copy, d->control.store, keys);
    if (rc != GH_OK)
        return rc;
    if (copy != GH_COPY_NONE)
        gh_log(GH_LOG_ERROR, "nobody is served: gatehouse recover --data DIR --accept-restore --reason TEXT",
            GH_KS("why", gh_str_z(gh_copy_text(copy))), GH_KEND);
    __atomic_store_n(&d->control.copy, (int)copy, __ATOMIC_RELEASE);
    if (copy != GH_COPY_NONE && !d->is_held && d->control.publish != NULL)
        __atomic_store_n(&d->control.want_anew, true, __ATOMIC_RELEASE);
    return GH_OK;
}

/* Vault is there, for the first time or again: its public keys, and the credentials that it writes for the edge. */
static void
meet_vault(struct daemon *d)
{
    gh_auto_arena a;
    struct gh_vault_keys keys;
    gh_arena_init(&a, gh_heap(), 1 << 20);
    enum gh_rc rc = gh_vault_keys(&keys, d->control.vault, &a);
    if (rc == GH_OK)
        rc = compare(d, &keys);
    if (rc == GH_OK && is_copy(d)) {
        d->has_vault = true;
        return;
    }
    if (rc == GH_OK)
        rc = gh_audit_set_key(d->control.audit, keys.audit_key);
    if (rc == GH_OK && !gh_str_eq(keys.issuer, gh_str_z(d->config.issuer)))
        rc = GH_BAD;
    if (rc == GH_OK)
        rc = gh_issuers_own(d->control.issuers, keys.jwks);
    if (rc != GH_OK)
        gh_log(GH_LOG_ERROR, "vault's keys are not to be had", GH_KU("rc", rc), GH_KEND);
    else
        d->has_vault = true;
    if (d->control.publish != NULL)
        gh_publish_credentials(d->control.publish);
}

static void
on_peer(void *ctx, struct gh_str name, int fd)
{
    struct daemon *d = ctx;
    if (!gh_str_eq(name, GH_STR("vault"))) {
        gh_close(fd);
        return;
    }
    gh_vault_attach(d->control.vault, fd);
    meet_vault(d);
}

static void
on_event(void *ctx, struct gh_str what, struct gh_str detail)
{
    struct daemon *d = ctx;
    if (d->is_held)
        return; /* the copy's chain stays as it is until its owner says the word; the log has it */
    const struct gh_audit_event e = {.kind = GH_RECORD_SYSTEM, .operation = what, .detail = detail, .caller = GH_STR("supervisor")};
    if (gh_audit_admin(d->control.audit, NULL, &e) != GH_OK)
        gh_log(GH_LOG_ERROR, "event not recorded", GH_KS("what", what), GH_KEND);
}

/* ---- start ---- */

static int
give_up(const char *what, enum gh_rc rc)
{
    gh_log(GH_LOG_ERROR, "cannot start", GH_KS("what", gh_str_z(what)), GH_KU("rc", rc), GH_KEND);
    return 1;
}

/* Who may speak to us; looked up while user names can still be read. */
static void
read_peers(struct daemon *d)
{
    struct stat st;
    const struct passwd *edge = getpwnam(GH_USER_EDGE);
    bool is_full = strcmp(d->config.separation, "full") == 0;
    d->edge_uid = is_full && edge != NULL ? edge->pw_uid : geteuid();
    d->owner_uid = stat(d->config.data, &st) == 0 ? st.st_uid : geteuid();
}

static const char *
make_parts(struct daemon *d, enum gh_rc *rc)
{
    struct gh_controller *c = &d->control;
    char path[GH_CONFIG_PATH_MAX + 32];
    struct gh_err err = {0};
    (void)snprintf(path, sizeof(path), "%s/" GH_LAYOUT_STORE, d->config.data);
    if ((*rc = gh_store_open(&c->store, path, &err)) != GH_OK)
        return err.what;
    (void)snprintf(path, sizeof(path), "%s/" GH_LAYOUT_SPOOL, d->config.data);
    const struct gh_learn_config learn = {.store = c->store, .config = &d->config};
    if ((*rc = gh_learn_new(&d->learn, &learn)) != GH_OK)
        return "memory";
    struct gh_audit_config audit = {.store = c->store,
        .spool_dir = path,
        .sign = sign_head,
        .key_wanted = key_wanted,
        .ctx = d,
        .learner = gh_learn_learner(d->learn)};
    memcpy(audit.installation, d->config.installation, sizeof(audit.installation));
    if ((*rc = gh_audit_new(&c->audit, &audit)) != GH_OK)
        return "audit";
    if ((*rc = gh_vault_new(&c->vault)) != GH_OK || (*rc = gh_verifier_new(&c->verifier)) != GH_OK)
        return "memory";
    if ((*rc = gh_resolve_new(&c->resolve, c->store, &d->config)) != GH_OK)
        return "resolver";
    const struct gh_issuers_config issuers = {.store = c->store, .config = &d->config, .audit = c->audit};
    if ((*rc = gh_issuers_new(&c->issuers, &issuers)) != GH_OK)
        return "issuers";
    const struct gh_supervisor_on on = {on_peer, on_event, d};
    if ((*rc = gh_supervisor_new(&d->supervisor, GH_FD_SUPERVISOR, &on)) != GH_OK)
        return "supervisor";
    return NULL;
}

/* The first message is the way to vault. Without it the house opens too: what needs vault answers 503. */
static void
wait_for_vault(struct daemon *d)
{
    int64_t until = gh_monotonic_ms() + VAULT_WAIT_MS;
    while (!d->has_vault && !want_end && gh_monotonic_ms() < until)
        if (gh_supervisor_serve(d->supervisor, POLL_MS) == GH_DOWN)
            want_end = 1;
}

static const char *
publish(struct daemon *d, enum gh_rc *rc)
{
    char dir[GH_CONFIG_PATH_MAX + 32];
    struct gh_controller *c = &d->control;
    (void)snprintf(dir, sizeof(dir), "%s/" GH_LAYOUT_SNAPSHOT, d->config.data);
    if ((*rc = gh_provision_store(c)) != GH_OK)
        return "first rows";
    const struct gh_publish_config config = {.store = c->store,
        .config = &d->config,
        .vault = d->is_held ? NULL : c->vault,
        .dir = dir,
        .addresses = addresses,
        .render = render,
        .ctx = d,
        .is_held = d->is_held};
    if ((*rc = gh_publish_start(&c->publish, &config)) != GH_OK)
        return "snapshot";
    if (d->is_held)
        return NULL;
    if ((*rc = gh_issuers_start(c->issuers, c->publish)) != GH_OK || (*rc = gh_resolve_start(c->resolve, c->publish)) != GH_OK)
        return "threads";
    gh_learn_start(d->learn, c->audit, c->publish);
    if ((*rc = gh_audit_start(c->audit)) != GH_OK)
        return "audit thread";
    if ((*rc = gh_provision_resources(c)) != GH_OK)
        return "first resources";
    if ((*rc = gh_reviews_start(&d->reviews, c)) != GH_OK)
        return "clock of reviews";
    return NULL;
}

static const char *
serve(struct daemon *d, enum gh_rc *rc)
{
    const struct gh_server_config management = {.fd = GH_FD_LISTEN, .peers = {d->edge_uid, geteuid()}};
    const struct gh_server_config local = {.fd = GH_FD_LISTEN_LOCAL, .is_local = true, .peers = {d->owner_uid, 0}};
    if ((*rc = gh_server_start(&d->management, &d->control, &management)) != GH_OK)
        return "management socket";
    if ((*rc = gh_server_start(&d->local, &d->control, &local)) != GH_OK)
        return "local socket";
    return NULL;
}

/* With everything published that it names. */
static const char *
say_ready(struct daemon *d, enum gh_rc *rc)
{
    gh_auto_arena a;
    struct gh_buf values;
    gh_arena_init(&a, gh_heap(), 1 << 20);
    a.is_secret = true;
    gh_buf_init(&values, &a, READY_MAX);
    if (d->is_held)
        gh_buf_putz(&values, "{}");
    else if ((*rc = gh_provision_ready(&values, &d->control, &a)) != GH_OK)
        return "values of the ready file";
    (void)gh_publish_wait(d->control.publish, VAULT_WAIT_MS);
    *rc = gh_supervisor_ready(d->supervisor, gh_buf_str(&values));
    return *rc == GH_OK ? NULL : "supervisor";
}

static void
record(struct daemon *d, struct gh_str what)
{
    on_event(d, what, gh_str_z(d->config.separation));
}

static void
end(struct daemon *d)
{
    struct gh_controller *c = &d->control;
    gh_server_stop(d->management);
    gh_server_stop(d->local);
    gh_reviews_stop(d->reviews);
    gh_resolve_stop(c->resolve);
    gh_issuers_stop(c->issuers);
    record(d, GH_STR("control stopped"));
    gh_audit_stop(c->audit); /* before the publisher: what it learns is published */
    gh_publish_stop(c->publish);
    gh_audit_free(c->audit);
    gh_learn_free(d->learn);
    gh_resolve_free(c->resolve);
    gh_issuers_free(c->issuers);
    gh_verifier_free(c->verifier);
    gh_vault_free(c->vault);
    gh_supervisor_free(d->supervisor);
    gh_store_close(c->store);
}

static void
watch_signals(void)
{
    struct sigaction end_it = {.sa_handler = on_term}, ignore = {.sa_handler = SIG_IGN};
    (void)sigaction(SIGTERM, &end_it, NULL);
    (void)sigaction(SIGINT, &ignore, NULL); /* a terminal's; the supervisor ends us in order */
    (void)sigaction(SIGPIPE, &ignore, NULL);
}

static bool
wants_anew(struct daemon *d)
{
    return __atomic_load_n(&d->control.want_anew, __ATOMIC_ACQUIRE);
}

static int
run(struct daemon *d)
{
    const char *what;
    enum gh_rc rc = GH_OK;
    d->control.started_ms = gh_now_ms();
    if ((what = make_parts(d, &rc)) != NULL)
        return give_up(what, rc);
    gh_harden(GH_FD_LISTEN_LOCAL);
    if ((rc = gh_confine()) != GH_OK)
        return give_up("seccomp", rc);
    wait_for_vault(d);
    d->is_held = is_copy(d);
    record(d, GH_STR("control started"));
    if (want_end || (what = publish(d, &rc)) != NULL || (what = serve(d, &rc)) != NULL || (what = say_ready(d, &rc)) != NULL)
        return want_end ? 0 : give_up(what, rc);
    for (int64_t asked_ms = gh_monotonic_ms(); !want_end && !wants_anew(d) && rc != GH_DOWN;) {
        rc = gh_supervisor_serve(d->supervisor, POLL_MS);
        if (gh_monotonic_ms() - asked_ms < KEYS_EVERY_MS)
            continue;
        meet_vault(d); /* its keys rotate when they are asked for */
        asked_ms = gh_monotonic_ms();
    }
    end(d);
    return 0;
}

int
main(void)
{
    static struct daemon d; /* large, and one */
    struct gh_err err = {0};
    gh_log_init("gatehoused");
    watch_signals();
    if (gh_config_read(&d.config, &err) != GH_OK)
        return give_up(err.what, GH_BAD);
    if (gh_fetch_init() != GH_OK)
        return give_up("libcurl", GH_DOWN);
    read_peers(&d);
    d.control.config = &d.config;
    return run(&d);
}
