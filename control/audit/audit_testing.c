/* SPDX-License-Identifier: Apache-2.0 */
#include "control/audit/audit_testing.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

const uint8_t testing_installation[16] = {'t', 'e', 's', 't', 'i', 'n', 'g', 0, 1, 2, 3, 4, 5, 6, 7, 8};

/* ---- vault ---- */

struct testing_signer {
    EVP_PKEY *key;
    unsigned char *der;
    int n;
};

struct testing_signer *
testing_signer_new(void)
{
    struct testing_signer *s = calloc(1, sizeof *s);

    assert_non_null(s);
    s->key = EVP_EC_gen("P-256");
    s->n = i2d_PUBKEY(s->key, &s->der);
    assert_true(s->n > 0);
    return s;
}

void
testing_signer_free(struct testing_signer *s)
{
    EVP_PKEY_free(s->key);
    OPENSSL_free(s->der);
    free(s);
}

struct gh_str
testing_signer_spki(struct testing_signer *s)
{
    return gh_str(s->der, (size_t)s->n);
}

void
testing_sign(struct testing_signer *s, uint8_t sig[64], struct gh_str bytes)
{
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    unsigned char der[80];
    const unsigned char *p = der;
    size_t n = sizeof der;
    ECDSA_SIG *rs;

    assert_int_equal(EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, s->key), 1);
    assert_int_equal(EVP_DigestSign(md, der, &n, (const unsigned char *)bytes.p, bytes.n), 1);
    rs = d2i_ECDSA_SIG(NULL, &p, (long)n);
    assert_non_null(rs);
    BN_bn2binpad(ECDSA_SIG_get0_r(rs), sig, 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(rs), sig + 32, 32);
    ECDSA_SIG_free(rs);
    EVP_MD_CTX_free(md);
}

static enum gh_rc
on_sign(void *ctx, uint8_t sig[64], uint64_t n, const uint8_t hash[GH_SHA256_BYTES], int64_t time_ms)
{
    struct testing *t = ctx;
    struct gh_chain_head h = {.n = n, .time_ms = time_ms};
    struct gh_buf b;
    char mem[256];

    if (t->sign_rc != GH_OK)
        return t->sign_rc;
    memcpy(h.installation, testing_installation, 16);
    memcpy(h.hash, hash, sizeof h.hash);
    gh_buf_init_fixed(&b, mem, sizeof mem);
    gh_chain_head_bytes(&b, &h);
    testing_sign(t->signer, sig, gh_buf_str(&b));
    t->n_signed++;
    return GH_OK;
}

static void
on_wanted(void *ctx, struct gh_str issuer, struct gh_str kid)
{
    struct testing *t = ctx;
    size_t n = strlen(t->wanted);

    t->n_wanted++;
    (void)snprintf(t->wanted + n, sizeof t->wanted - n, "%.*s/%.*s ", (int)issuer.n, issuer.p, (int)kid.n, kid.p);
}

/* ---- the house ---- */

static void
open_all(struct testing *t)
{
    struct gh_audit_config c = {.spool_dir = t->spool, .sign = on_sign, .key_wanted = on_wanted, .ctx = t};

    assert_int_equal(gh_store_open(&t->store, t->path, NULL), GH_OK);
    c.store = t->store;
    memcpy(c.installation, testing_installation, 16);
    assert_int_equal(gh_audit_new(&t->au, &c), GH_OK);
    t->au->gone_ms = TESTING_GONE_MS;
    assert_int_equal(gh_audit_set_key(t->au, testing_signer_spki(t->signer)), GH_OK);
}

static void
close_all(struct testing *t)
{
    gh_audit_free(t->au);
    gh_store_close(t->store);
}

void
testing_restart(struct testing *t)
{
    close_all(t);
    open_all(t);
}

int
testing_set_up(void **state)
{
    struct testing *t = calloc(1, sizeof *t);

    gh_log_init("test");
    (void)snprintf(t->dir, sizeof t->dir, "/tmp/gh-audit-XXXXXX");
    assert_non_null(mkdtemp(t->dir));
    (void)snprintf(t->spool, sizeof t->spool, "%s/spool", t->dir);
    (void)snprintf(t->path, sizeof t->path, "%s/gatehouse.db", t->dir);
    assert_int_equal(mkdir(t->spool, 0700), 0);
    t->signer = testing_signer_new();
    open_all(t);
    *state = t;
    return 0;
}

static int
on_remove(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st;
    (void)flag;
    (void)ftw;
    return remove(path);
}

int
testing_tear_down(void **state)
{
    struct testing *t = *state;

    close_all(t);
    testing_signer_free(t->signer);
    assert_int_equal(nftw(t->dir, on_remove, 8, FTW_DEPTH | FTW_PHYS), 0);
    free(t);
    return 0;
}

void
testing_drain(struct testing *t)
{
    bool is_more = true;

    for (int i = 0; i < 1000 && is_more; i++)
        assert_int_equal(gh_audit_drain_pass(t->au, &is_more), GH_OK);
    assert_false(is_more);
}

void
testing_drain_gone(struct testing *t)
{
    for (int i = 0; i < 4; i++) {
        (void)usleep(TESTING_GONE_MS * 1000 + 5000);
        testing_drain(t);
    }
}

/* ---- workers ---- */

void
testing_worker_open(struct testing_worker *w, struct testing *t, uint64_t epoch, uint64_t hour)
{
    char path[160];

    if (w->t == NULL)
        *w = (struct testing_worker){.t = t, .epoch = epoch, .sequence = 1, .fd = -1};
    gh_close(w->fd);
    w->hour = hour;
    (void)snprintf(path, sizeof path, "%s/%016llx-%llu.spool", t->spool, (unsigned long long)epoch, (unsigned long long)hour);
    w->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    assert_true(w->fd >= 0);
    assert_int_equal(flock(w->fd, LOCK_EX), 0);
}

void
testing_worker_close(struct testing_worker *w)
{
    gh_close(w->fd);
    w->fd = -1;
}

struct gh_str
testing_record(char mem[GH_RECORD_BYTES_MAX], struct testing_worker *w, enum gh_record_kind kind, const char *id)
{
    struct gh_record_writer rw;
    struct gh_str out;

    gh_record_begin(&rw, mem, kind, w->epoch, w->sequence++, gh_now_ms());
    gh_record_text(&rw, GH_FIELD_REQUEST_ID, gh_str_z(id));
    gh_record_text(&rw, GH_FIELD_CALLER, GH_STR("gatehouse:somebody"));
    assert_int_equal(gh_record_end(&out, &rw), GH_OK);
    return out;
}

void
testing_write(struct testing_worker *w, struct gh_str bytes)
{
    assert_int_equal(gh_write_all(w->fd, bytes), GH_OK);
}

void
testing_put(struct testing_worker *w, enum gh_record_kind kind, const char *id)
{
    char mem[GH_RECORD_BYTES_MAX];

    testing_write(w, testing_record(mem, w, kind, id));
}

/* ---- the chain ---- */

struct chain_text {
    struct gh_chain_state s;
    char *out;
    size_t n, cap;
    uint64_t after;
};

static bool
on_entry(void *ctx, const struct gh_store_entry *e)
{
    struct chain_text *c = ctx;
    struct gh_str bytes = e->record, id;
    struct gh_record r;

    assert_int_equal(gh_chain_add(&c->s, e->record), GH_OK);
    assert_int_equal(c->s.n, e->n);
    assert_memory_equal(c->s.hash, e->hash, sizeof e->hash);
    assert_int_equal(gh_record_next(&r, &bytes), GH_OK);
    id = gh_record_get(&r, GH_FIELD_REQUEST_ID);
    if (e->n > c->after)
        c->n += (size_t)snprintf(c->out + c->n, c->cap - c->n, "%s%s%s%.*s", c->n > 0 ? " " : "", gh_record_kind_names[r.kind],
            id.n > 0 ? ":" : "", (int)id.n, id.n > 0 ? id.p : "");
    assert_true(c->n < c->cap);
    return true;
}

void
testing_chain(char *out, size_t n, struct testing *t, uint64_t after)
{
    struct chain_text c = {.out = out, .cap = n, .after = after};
    struct gh_store_tx *tx;

    out[0] = '\0';
    assert_int_equal(gh_chain_init(&c.s, testing_installation), GH_OK);
    assert_int_equal(gh_store_begin(&tx, t->store, GH_STORE_READ), GH_OK);
    assert_int_equal(gh_store_chain_each(tx, 1, SIZE_MAX, false, on_entry, &c), GH_OK);
    gh_store_rollback(tx);
}

uint64_t
testing_last(struct testing *t)
{
    struct gh_store_entry last;
    struct gh_store_tx *tx;
    gh_auto_arena a;

    gh_arena_init(&a, gh_heap(), 1u << 16);
    assert_int_equal(gh_store_begin(&tx, t->store, GH_STORE_READ), GH_OK);
    assert_int_equal(gh_store_chain_last(&last, &a, tx), GH_OK);
    gh_store_rollback(tx);
    return last.n;
}

size_t
testing_count_files(struct testing *t)
{
    DIR *d = opendir(t->spool);
    struct dirent *e;
    size_t n = 0;

    assert_non_null(d);
    while ((e = readdir(d)) != NULL)
        n += e->d_name[0] != '.';
    (void)closedir(d);
    return n;
}

void
testing_exec(struct testing *t, const char *sql)
{
    sqlite3 *db;

    assert_int_equal(sqlite3_open(t->path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    sqlite3_close(db);
}
