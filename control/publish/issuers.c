/* SPDX-License-Identifier: Apache-2.0 */
#include "control/publish/issuers.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "control/publish/fetch.h"
#include "control/publish/project_int.h"
#include "host/host.h"
#include "token/jwks.h"

#define TICK_MS          1000
#define ARENA_MAX        ((size_t)32 << 20)
#define DISCOVERY_SUFFIX "/.well-known/openid-configuration"

struct known {                        /* when a source was last asked; one for each issuer */
    char name[GH_NAME_BYTES_MAX + 1]; /* of its resource, as records name it */
    int64_t asked_ms, good_ms;        /* monotonic; 0: never */
    bool is_wanted;
};

struct gh_issuers {
    struct gh_issuers_config c;
    pthread_t thread;
    bool is_running;
    pthread_mutex_t lock; /* guards the rest */
    pthread_cond_t wake;
    bool want_stop;
    struct known known[GH_ISSUERS_MAX];
    size_t n_known;
};

enum gh_rc
gh_issuers_new(struct gh_issuers **out, const struct gh_issuers_config *c)
{
    pthread_condattr_t attr;
    struct gh_issuers *s = calloc(1, sizeof(*s));
    *out = s;
    if (s == NULL)
        return GH_NOMEM;
    s->c = *c;
    pthread_mutex_init(&s->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&s->wake, &attr);
    pthread_condattr_destroy(&attr);
    return GH_OK;
}

void
gh_issuers_free(struct gh_issuers *s)
{
    if (s == NULL)
        return;
    pthread_cond_destroy(&s->wake);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

const char *
gh_issuers_url_refused(const struct gh_egress_env *env, const struct gh_url *url)
{
    bool is_here = env->loopback_allowed && gh_url_is_loopback(url);
    return url->is_tls || is_here ? NULL : "keys are fetched by https only, from an allowed loopback also by http";
}

/* ---- what is kept ---- */

enum gh_rc
gh_issuers_forget(struct gh_store_tx *tx, struct gh_arena *a, struct gh_str path)
{
    return gh_store_setting_put(tx, gh_project_path(a, GH_STR(GH_PROJECT_ISSUER_KEYS), path), GH_STR(""));
}

static enum gh_rc
store_keys(struct gh_store_tx *tx, struct gh_arena *a, struct gh_str path, struct gh_str jwks, uint64_t until_ms)
{
    struct gh_buf b;
    gh_buf_init(&b, a, jwks.n + 8);
    gh_buf_put_le64(&b, until_ms);
    gh_buf_put(&b, jwks);
    if (b.rc != GH_OK)
        return b.rc;
    return gh_store_setting_put(tx, gh_project_path(a, GH_STR(GH_PROJECT_ISSUER_KEYS), path), gh_buf_str(&b));
}

/* In one transaction with its record, if the set is another than before. */
static enum gh_rc
keep_keys(struct gh_issuers *s, struct gh_arena *a, struct gh_touched *t, struct gh_str path, struct gh_str jwks, uint64_t until_ms)
{
    gh_auto_store_tx *tx = NULL;
    struct gh_str old;
    uint64_t old_until;
    enum gh_rc rc = gh_store_begin(&tx, s->c.store, GH_STORE_FULL);
    if (rc == GH_OK)
        rc = gh_project_issuer_keys(&old, &old_until, tx, a, path);
    if (rc == GH_OK)
        rc = gh_touched_before(t, tx, GH_RESOURCE_ISSUER, path);
    if (rc == GH_OK)
        rc = store_keys(tx, a, path, jwks, until_ms);
    if (rc == GH_OK)
        rc = gh_touched_after(t, tx, GH_RESOURCE_ISSUER, path);
    if (rc == GH_OK && !gh_str_eq(old, jwks) && s->c.audit != NULL) {
        const struct gh_audit_event e = {.kind = GH_RECORD_SYSTEM,
            .operation = GH_STR("issuer keys"),
            .resource = path,
            .detail = GH_STR("the key set is another one")};
        rc = gh_audit_admin(s->c.audit, tx, &e);
    }
    return rc == GH_OK ? gh_store_commit(gh_store_steal(&tx)) : rc;
}

/* The own issuer is no resource: its rows are named by hand, those of the old set and those of the new. */
static void
touch_own(struct gh_touched *t, struct gh_issuers *s, const struct gh_jwks *set)
{
    struct gh_str iss = gh_str_z(s->c.config->issuer);
    gh_touched_add(t, GH_SNAP_ISSUER, &iss, 1);
    for (size_t i = 0; i < set->n; i++)
        gh_touched_add(t, GH_SNAP_ISSUER_KEY, (const struct gh_str[]){iss, set->keys[i].kid}, 2);
}

enum gh_rc
gh_issuers_own(struct gh_issuers *s, struct gh_str jwks)
{
    gh_auto_arena a;
    gh_auto_store_tx *tx = NULL;
    struct gh_touched t;
    struct gh_str path = GH_STR("/issuers/" GH_OWN_ISSUER), old;
    uint64_t until_ms;
    gh_arena_init(&a, gh_heap(), ARENA_MAX);
    gh_touched_init(&t, &a);
    struct gh_jwks *set = gh_arena_take(&a, 2 * sizeof(*set));
    enum gh_rc rc = set == NULL ? GH_NOMEM : gh_jwks_read(&set[1], &a, jwks, NULL);
    if (rc == GH_OK)
        rc = gh_store_begin(&tx, s->c.store, GH_STORE_FULL);
    if (rc == GH_OK)
        rc = gh_project_issuer_keys(&old, &until_ms, tx, &a, path);
    if (rc != GH_OK || gh_str_eq(old, jwks))
        return rc;
    if (old.p != NULL && gh_jwks_read(&set[0], &a, old, NULL) == GH_OK)
        touch_own(&t, s, &set[0]);
    touch_own(&t, s, &set[1]);
    rc = store_keys(tx, &a, path, jwks, (uint64_t)GH_PROJECT_KEYS_FOREVER_MS);
    if (rc == GH_OK)
        rc = gh_store_commit(gh_store_steal(&tx));
    if (rc == GH_OK && s->c.publish != NULL)
        gh_publish_touch(s->c.publish, &t);
    return rc;
}

/* ---- fetching ---- */

static enum gh_rc
jwks_url(struct gh_str *out, const char **why, struct gh_issuers *s, const struct gh_props *p)
{
    struct gh_json j;
    struct gh_str doc, iss = gh_props_str(p, "issuer", GH_STR("")), found = GH_STR("");
    struct gh_str cut = gh_str_ends(iss, GH_STR("/")) ? gh_str_sub(iss, 0, iss.n - 1) : iss;
    struct gh_str discovery = gh_props_str(p, "discovery", gh_project_path(p->a, cut, GH_STR(DISCOVERY_SUFFIX)));
    *out = gh_props_str(p, "jwksUri", GH_STR(""));
    if (out->n > 0)
        return GH_OK;
    enum gh_rc rc = gh_fetch(&doc, why, p->a, &s->c.config->egress, discovery, gh_props_str(p, "caCertificate", GH_STR("")));
    if (rc != GH_OK)
        return rc;
    *why = "the discovery document is malformed";
    if (gh_json_parse(&j, p->a, doc, NULL) != GH_OK || gh_json_opt_str(&found, p->a, &j, 0, "issuer") != GH_OK ||
        gh_json_opt_str(out, p->a, &j, 0, "jwks_uri") != GH_OK)
        return GH_BAD;
    if (!gh_str_eq(found, iss))
        *why = "the discovery document is another issuer's";
    return gh_str_eq(found, iss) && out->n > 0 ? GH_OK : GH_BAD;
}

static enum gh_rc
fetch_keys(struct gh_str *jwks, const char **why, struct gh_issuers *s, const struct gh_props *p)
{
    struct gh_url url;
    struct gh_str text;
    struct gh_err err = {0};
    struct gh_jwks *set = gh_arena_take(p->a, sizeof(*set));
    enum gh_rc rc = set == NULL ? GH_NOMEM : jwks_url(&text, why, s, p);
    if (rc != GH_OK)
        return rc;
    if (gh_url_read(&url, text, &err) != GH_OK) {
        *why = err.what;
        return GH_BAD;
    }
    if ((*why = gh_issuers_url_refused(&s->c.config->egress, &url)) != NULL)
        return GH_BAD;
    if ((rc = gh_fetch(jwks, why, p->a, &s->c.config->egress, text, gh_props_str(p, "caCertificate", GH_STR("")))) != GH_OK)
        return rc;
    if ((rc = gh_jwks_read(set, p->a, *jwks, &err)) != GH_OK)
        *why = err.what;
    return rc;
}

static bool
refresh(struct gh_issuers *s, struct gh_str path)
{
    gh_auto_arena a;
    gh_auto_store_tx *tx = NULL;
    struct gh_props p;
    struct gh_touched t;
    struct gh_str jwks;
    const char *why = "the store is not available";
    bool exists = false;
    gh_arena_init(&a, gh_heap(), ARENA_MAX);
    gh_touched_init(&t, &a);
    enum gh_rc rc = gh_store_begin(&tx, s->c.store, GH_STORE_READ);
    if (rc == GH_OK)
        rc = gh_props_load(&p, &exists, &a, tx, path);
    gh_store_rollback(gh_store_steal(&tx));
    if (rc == GH_OK && exists)
        rc = fetch_keys(&jwks, &why, s, &p);
    if (rc == GH_OK && exists)
        rc = keep_keys(s, &a, &t, path, jwks, (uint64_t)(gh_now_ms() + GH_ISSUERS_KEEP_MS));
    if (rc != GH_OK)
        gh_log(GH_LOG_WARN, "keys not fetched", GH_KS("issuer", path), GH_KS("why", gh_str_z(why)), GH_KEND);
    else
        gh_publish_touch(s->c.publish, &t);
    return rc == GH_OK;
}

/* ---- when ---- */

static struct gh_str
name_of(struct gh_str path)
{
    return gh_str_sub(path, sizeof("/issuers/") - 1, path.n);
}

/* The row of this issuer, made when new. NULL: too many. The lock is held. */
static struct known *
known(struct gh_issuers *s, struct gh_str name)
{
    for (size_t i = 0; i < s->n_known; i++)
        if (gh_str_eq(gh_str_z(s->known[i].name), name))
            return &s->known[i];
    if (s->n_known == GH_ISSUERS_MAX || name.n >= sizeof(s->known[0].name))
        return NULL;
    struct known *k = &s->known[s->n_known++];
    *k = (struct known){0};
    memcpy(k->name, name.p, name.n);
    return k;
}

void
gh_issuers_wanted(struct gh_issuers *s, struct gh_str issuer, struct gh_str kid)
{
    (void)kid; /* whichever it is, the whole set is fetched */
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->n_known; i++)
        if (gh_str_eq(gh_str_z(s->known[i].name), issuer))
            s->known[i].is_wanted = true;
    pthread_cond_signal(&s->wake);
    pthread_mutex_unlock(&s->lock);
}

/* Due: never had, old, or wanted; but after each attempt a pause, so that neither a storm of unknown ids nor a dead source costs more. */
static bool
is_due(const struct known *k, bool has_keys, int64_t now)
{
    bool is_paused = k->asked_ms != 0 && now - k->asked_ms < GH_ISSUERS_WANTED_MS;
    bool is_old = k->good_ms == 0 || now - k->good_ms >= GH_ISSUERS_EVERY_MS;
    return !is_paused && (!has_keys || is_old || k->is_wanted);
}

struct round {
    struct gh_issuers *s;
    struct gh_store_tx *tx;
    struct gh_arena *a;
    struct gh_strs paths;
};

static bool
gather(void *ctx, const struct gh_store_resource *r)
{
    struct round *round = ctx;
    struct gh_str jwks;
    uint64_t until_ms;
    if (gh_project_issuer_keys(&jwks, &until_ms, round->tx, round->a, r->path) != GH_OK)
        return true;
    pthread_mutex_lock(&round->s->lock);
    struct known *k = known(round->s, name_of(r->path));
    int64_t now = gh_monotonic_ms();
    bool due = k != NULL && is_due(k, jwks.p != NULL, now);
    if (due) {
        k->asked_ms = now;
        k->is_wanted = false;
    }
    pthread_mutex_unlock(&round->s->lock);
    if (due)
        gh_strs_add(&round->paths, r->path);
    return true;
}

static void
look_at_all(struct gh_issuers *s)
{
    gh_auto_arena a;
    gh_auto_store_tx *tx = NULL;
    gh_arena_init(&a, gh_heap(), ARENA_MAX);
    if (gh_store_begin(&tx, s->c.store, GH_STORE_READ) != GH_OK)
        return;
    struct round round = {.s = s, .tx = tx, .a = &a, .paths = {.a = &a}};
    enum gh_rc rc = gh_store_resource_each(tx, GH_RESOURCE_ISSUER, gather, &round);
    gh_store_rollback(gh_store_steal(&tx));
    for (size_t i = 0; rc == GH_OK && i < round.paths.n; i++) {
        bool is_good = refresh(s, round.paths.p[i]);
        pthread_mutex_lock(&s->lock);
        struct known *k = known(s, name_of(round.paths.p[i]));
        if (k != NULL && is_good)
            k->good_ms = gh_monotonic_ms();
        pthread_mutex_unlock(&s->lock);
    }
}

static void *
run(void *arg)
{
    struct gh_issuers *s = arg;
    pthread_mutex_lock(&s->lock);
    while (!s->want_stop) {
        struct timespec until;
        pthread_mutex_unlock(&s->lock);
        look_at_all(s);
        pthread_mutex_lock(&s->lock);
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += TICK_MS / 1000;
        if (!s->want_stop)
            (void)pthread_cond_timedwait(&s->wake, &s->lock, &until);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

enum gh_rc
gh_issuers_start(struct gh_issuers *s, struct gh_publish *publish)
{
    s->c.publish = publish;
    s->is_running = pthread_create(&s->thread, NULL, run, s) == 0;
    return s->is_running ? GH_OK : GH_NOMEM;
}

void
gh_issuers_stop(struct gh_issuers *s)
{
    if (s == NULL || !s->is_running)
        return;
    pthread_mutex_lock(&s->lock);
    s->want_stop = true;
    pthread_cond_signal(&s->wake);
    pthread_mutex_unlock(&s->lock);
    (void)pthread_join(s->thread, NULL);
    s->is_running = false;
}
