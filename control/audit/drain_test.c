/* SPDX-License-Identifier: Apache-2.0 */
/* What a spool may hold and what becomes of it: nothing is lost, nothing comes twice, and what is wrong is an alert in the chain. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "control/audit/audit_testing.h"

#define EPOCH 0xabcdef0123456789u
#define HOUR  500000u

static void
assert_chain(struct testing *t, const char *want)
{
    char got[4096];

    testing_chain(got, sizeof got, t, 0);
    assert_string_equal(got, want);
}

static uint64_t
alerts(struct testing *t)
{
    struct gh_audit_status s;

    gh_audit_status(&s, t->au);
    return s.alerts;
}

/* ---- good workers ---- */

static void
test_in_order(void **state)
{
    struct testing *t = *state;
    struct testing_worker w = {0};

    testing_worker_open(&w, t, EPOCH, HOUR);
    testing_put(&w, GH_RECORD_WORKER_START, NULL);
    testing_put(&w, GH_RECORD_OPEN, "a");
    testing_drain(t);
    assert_chain(t, "worker_start open:a");
    testing_drain(t);
    testing_put(&w, GH_RECORD_CLOSE, "a");
    testing_put(&w, GH_RECORD_REFUSED, "b");
    testing_drain(t);
    assert_chain(t, "worker_start open:a close:a refused:b");
    assert_int_equal(alerts(t), 0);
    testing_worker_close(&w);
    testing_drain_gone(t);
    assert_chain(t, "worker_start open:a close:a refused:b"); /* everything was closed: nothing is lost */
    assert_int_equal(testing_count_files(t), 0);
}

static void
test_two_workers_and_hours(void **state)
{
    struct testing *t = *state;
    struct testing_worker a = {0}, b = {0};

    testing_worker_open(&a, t, 1, HOUR);
    testing_worker_open(&b, t, 2, HOUR);
    testing_put(&b, GH_RECORD_REFUSED, "b1");
    testing_put(&a, GH_RECORD_REFUSED, "a1");
    testing_worker_open(&a, t, 1, HOUR + 1);
    testing_put(&a, GH_RECORD_REFUSED, "a2");
    testing_drain(t);
    assert_chain(t, "refused:a1 refused:a2 refused:b1");
    testing_drain_gone(t);
    assert_int_equal(testing_count_files(t), 2); /* the old hour went, what is still held stays */
    testing_put(&a, GH_RECORD_REFUSED, "a3");
    testing_drain(t);
    assert_chain(t, "refused:a1 refused:a2 refused:b1 refused:a3");
    assert_int_equal(alerts(t), 0);
    testing_worker_close(&a);
    testing_worker_close(&b);
}

static void
test_many(void **state)
{
    struct testing *t = *state;
    struct testing_worker w = {0};
    char id[32];

    testing_worker_open(&w, t, EPOCH, HOUR);
    for (int i = 0; i < 20000; i++) {
        (void)snprintf(id, sizeof id, "request-%d", i / 2);
        testing_put(&w, i % 2 == 0 ? GH_RECORD_OPEN : GH_RECORD_CLOSE, id);
    }
    testing_drain(t);
    assert_int_equal(testing_last(t), 20000);
    testing_worker_close(&w);
    testing_drain_gone(t);
    assert_int_equal(testing_last(t), 20000);
    assert_int_equal(alerts(t), 0);
}

/* ---- workers that die ---- */

static void
test_worker_lost(void **state)
{
    struct testing *t = *state;
    struct testing_worker w = {0};

    testing_worker_open(&w, t, EPOCH, HOUR);
    testing_put(&w, GH_RECORD_OPEN, "a");
    testing_put(&w, GH_RECORD_OPEN, "b");
    testing_drain(t); /* opens are in the store, their closes never come */
    testing_put(&w, GH_RECORD_OPEN, "c");
    testing_put(&w, GH_RECORD_CLOSE, "b");
    testing_drain_gone(t);
    assert_chain(t, "open:a open:b open:c close:b"); /* alive: it holds its file */
    testing_worker_close(&w);
    testing_restart(t);
    testing_drain_gone(t);
    assert_chain(t, "open:a open:b open:c close:b worker_lost:a worker_lost:c");
    assert_int_equal(testing_count_files(t), 0);
    testing_drain_gone(t);
    assert_chain(t, "open:a open:b open:c close:b worker_lost:a worker_lost:c");
}

static void
test_close_names_open(void **state)
{
    struct testing *t = *state;
    struct testing_worker w = {0};
    struct gh_record_writer rw;
    char mem[GH_RECORD_BYTES_MAX];
    struct gh_str r;

    testing_worker_open(&w, t, EPOCH, HOUR);
    testing_put(&w, GH_RECORD_OPEN, "same");
    testing_put(&w, GH_RECORD_OPEN, "same"); /* a client may repeat its id: the sequence tells them apart */
    testing_drain(t);
    gh_record_begin(&rw, mem, GH_RECORD_CLOSE, EPOCH, w.sequence++, gh_now_ms());
    gh_record_text(&rw, GH_FIELD_REQUEST_ID, GH_STR("same"));
    gh_record_u64(&rw, GH_FIELD_OPEN_SEQUENCE, 2);
    assert_int_equal(gh_record_end(&r, &rw), GH_OK);
    testing_write(&w, r);
    testing_worker_close(&w);
    testing_drain_gone(t);
    assert_chain(t, "open:same open:same close:same worker_lost:same");
}

static void
test_torn_end(void **state)
{
    struct testing *t = *state;
    struct testing_worker w = {0};
    char mem[GH_RECORD_BYTES_MAX];
    struct gh_str r;

    testing_worker_open(&w, t, EPOCH, HOUR);
    testing_put(&w, GH_RECORD_OPEN, "a");
    r = testing_record(mem, &w, GH_RECORD_CLOSE, "a");
    testing_write(&w, gh_str_sub(r, 0, r.n / 2));
    testing_drain_gone(t);
    assert_chain(t, "open:a"); /* alive: the other half may come */
    testing_write(&w, gh_str_sub(r, r.n / 2, SIZE_MAX));
    r = testing_record(mem, &w, GH_RECORD_OPEN, "b");
    testing_write(&w, gh_str_sub(r, 0, 11));
    testing_worker_close(&w);
    testing_drain_gone(t);
    assert_chain(t, "open:a close:a"); /* the last thing a dead worker wrote: no alert */
    assert_int_equal(alerts(t), 0);
    assert_int_equal(testing_count_files(t), 0);
}

/* ---- what is wrong ---- */

static void
test_gap(void **state)
{
    struct testing *t = *state;
    struct testing_worker w = {0};

    testing_worker_open(&w, t, EPOCH, HOUR);
    testing_put(&w, GH_RECORD_REFUSED, "a");
    w.sequence += 2;
    testing_put(&w, GH_RECORD_REFUSED, "d");
    testing_drain(t);
    assert_chain(t, "refused:a spool_gap refused:d");
    assert_int_equal(alerts(t), 1);
    w.sequence = 1;
    testing_put(&w, GH_RECORD_REFUSED, "a");
    testing_drain(t);
    assert_chain(t, "refused:a spool_gap refused:d spool_gap"); /* told, and not taken twice */
    testing_worker_close(&w);
}

static void
test_gap_at_front(void **state)
{
    struct testing *t = *state;
    struct testing_worker w = {0};

    testing_worker_open(&w, t, EPOCH, HOUR);
    w.sequence = 5;
    testing_put(&w, GH_RECORD_REFUSED, "e");
    testing_drain(t);
    assert_chain(t, "spool_gap refused:e");
    testing_worker_close(&w);
}

static void
test_damage(void **state)
{
    struct testing *t = *state;
    struct testing_worker w = {0}, other = {.t = t, .epoch = 77, .sequence = 2};
    char mem[GH_RECORD_BYTES_MAX];
    struct gh_str r;

    testing_worker_open(&w, t, EPOCH, HOUR);
    testing_put(&w, GH_RECORD_REFUSED, "a");
    r = testing_record(mem, &w, GH_RECORD_REFUSED, "b");
    mem[r.n - 1] ^= 1;
    testing_write(&w, r);
    testing_put(&w, GH_RECORD_REFUSED, "c");
    testing_drain(t);
    assert_chain(t, "refused:a spool_gap spool_gap refused:c"); /* damaged bytes, and the record that is missing by them */
    testing_write(&w, testing_record(mem, &other, GH_RECORD_REFUSED, "x"));
    testing_put(&w, GH_RECORD_REFUSED, "d");
    testing_drain(t);
    assert_chain(t, "refused:a spool_gap spool_gap refused:c spool_gap refused:d"); /* another worker's record is damage here */
    testing_worker_close(&w);
}

static void
test_damage_at_each_byte(void **state)
{
    struct testing *t = *state;
    char mem[GH_RECORD_BYTES_MAX], got[4096];
    struct gh_str r;

    for (size_t at = 0; at < 200; at++) {
        struct testing_worker w = {0};
        uint64_t last = testing_last(t);

        testing_worker_open(&w, t, 1000 + at, HOUR);
        r = testing_record(mem, &w, GH_RECORD_REFUSED, "a");
        if (at >= r.n) {
            testing_worker_close(&w);
            break;
        }
        mem[at] = (char)(mem[at] ^ 0x40);
        testing_write(&w, r);
        for (int i = 0; i < 3; i++)
            testing_put(&w, GH_RECORD_REFUSED, "b");
        testing_worker_close(&w);
        testing_drain(t);
        testing_chain(got, sizeof got, t, last);
        /* A length that became too long waits for more, or for the worker's end; every other flip is found at once. */
        if (strcmp(got, "spool_gap spool_gap refused:b refused:b refused:b") != 0 && strcmp(got, "") != 0)
            fail_msg("byte %zu: %s", at, got);
    }
}

static void
test_torn_before_last_file(void **state)
{
    struct testing *t = *state;
    struct testing_worker w = {0};
    char mem[GH_RECORD_BYTES_MAX];
    struct gh_str r;

    testing_worker_open(&w, t, EPOCH, HOUR);
    testing_put(&w, GH_RECORD_REFUSED, "a");
    r = testing_record(mem, &w, GH_RECORD_REFUSED, "b");
    testing_write(&w, gh_str_sub(r, 0, 20));
    w.sequence--;
    testing_worker_open(&w, t, EPOCH, HOUR + 1);
    testing_put(&w, GH_RECORD_REFUSED, "b");
    testing_drain_gone(t);
    assert_chain(t, "refused:a refused:b spool_gap");
    assert_int_equal(testing_count_files(t), 1);
    testing_worker_close(&w);
}

static void
test_cut_file(void **state)
{
    struct testing *t = *state;
    struct testing_worker w = {0};
    struct stat st;

    testing_worker_open(&w, t, EPOCH, HOUR);
    testing_put(&w, GH_RECORD_REFUSED, "a");
    assert_int_equal(fstat(w.fd, &st), 0);
    testing_put(&w, GH_RECORD_REFUSED, "b");
    testing_drain(t);
    assert_int_equal(ftruncate(w.fd, st.st_size), 0);
    testing_drain(t);
    testing_put(&w, GH_RECORD_REFUSED, "c");
    testing_drain(t);
    assert_chain(t, "refused:a refused:b spool_gap spool_gap refused:c"); /* cut; what is left is known; and it goes on */
    testing_worker_close(&w);
}

static void
remove_file(struct testing *t)
{
    char path[160];

    (void)snprintf(path, sizeof path, "%s/%016llx-%u.spool", t->spool, (unsigned long long)EPOCH, HOUR);
    assert_int_equal(unlink(path), 0);
}

static bool
on_known(void *ctx, const struct gh_store_worker *w)
{
    uint64_t *known = ctx;

    known[w->epoch == 7 ? 0 : w->epoch == 8 ? 1 : 2]++;
    return true;
}

/* A week after its last record nobody asks for a worker that is gone; one that is not gone, or not so long, stays known. */
static void
test_old_workers_are_forgotten(void **state)
{
    const struct gh_store_worker rows[] = {{7, 5, gh_now_ms() - DRAIN_FORGET_MS - 1000, true}, {8, 5, gh_now_ms() - 1000, true}};
    struct testing *t = *state;
    struct gh_store_tx *tx;
    uint64_t known[3] = {0};

    assert_int_equal(gh_store_begin(&tx, t->store, GH_STORE_NORMAL), GH_OK);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(gh_store_worker_put(tx, &rows[i]), GH_OK);
    assert_int_equal(gh_store_commit(tx), GH_OK);
    testing_drain(t);
    assert_int_equal(gh_store_begin(&tx, t->store, GH_STORE_READ), GH_OK);
    assert_int_equal(gh_store_worker_each(tx, on_known, known), GH_OK);
    gh_store_rollback(tx);
    assert_int_equal(known[0], 0);
    assert_int_equal(known[1], 1);
    assert_int_equal(testing_last(t), 0);
}

static void
test_vanished_file(void **state)
{
    struct testing *t = *state;
    struct testing_worker w = {0};

    testing_worker_open(&w, t, EPOCH, HOUR);
    testing_put(&w, GH_RECORD_OPEN, "a");
    testing_drain(t);
    remove_file(t);
    testing_restart(t); /* nobody holds it open any more but the worker */
    testing_drain(t);
    testing_drain(t);
    assert_chain(t, "open:a spool_gap worker_lost:a");
    testing_worker_close(&w);
}

/* What a worker writes into a file that somebody removed under its hands is not lost, and it is told. */
static void
test_removed_file_is_read_on(void **state)
{
    struct testing *t = *state;
    struct testing_worker w = {0}, next = {0};
    struct gh_record_writer rw;
    char mem[GH_RECORD_BYTES_MAX];
    struct gh_str r;

    testing_worker_open(&w, t, EPOCH, HOUR);
    testing_put(&w, GH_RECORD_OPEN, "a");
    testing_drain(t);
    remove_file(t);
    testing_put(&w, GH_RECORD_OPEN, "b");
    testing_put(&w, GH_RECORD_OPEN, "c");
    testing_put(&w, GH_RECORD_CLOSE, "a");
    testing_drain_gone(t);
    assert_chain(t, "open:a spool_gap open:b open:c close:a");
    testing_worker_open(&next, t, EPOCH + 1, HOUR); /* the same process, after it noticed */
    gh_record_begin(&rw, mem, GH_RECORD_CLOSE, EPOCH + 1, next.sequence++, gh_now_ms());
    gh_record_text(&rw, GH_FIELD_REQUEST_ID, GH_STR("b"));
    gh_record_u64(&rw, GH_FIELD_OPEN_EPOCH, EPOCH);
    gh_record_u64(&rw, GH_FIELD_OPEN_SEQUENCE, 2);
    assert_int_equal(gh_record_end(&r, &rw), GH_OK);
    testing_write(&next, r);
    testing_drain(t);
    testing_worker_close(&w);
    testing_drain_gone(t);
    assert_chain(t, "open:a spool_gap open:b open:c close:a close:b worker_lost:c");
    assert_int_equal(alerts(t), 1);
    testing_worker_close(&next);
}

static void
test_strange_names(void **state)
{
    static const char *const names[] = {"", "x.spool", "0123456789abcdef-1.spoo", "0123456789ABCDEF-1.spool",
        "0123456789abcdef-.spool", "0123456789abcdef-01.spool", "0123456789abcdef--1.spool", "0123456789abcde-1.spool",
        "0123456789abcdef0-1.spool", "0123456789abcdef-99999999999999999999.spool", "0123456789abcdef-1.spool.spool"};
    struct testing *t = *state;
    uint64_t epoch, hour;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[256];
        int fd;

        if (gh_audit_spool_name(&epoch, &hour, gh_str_z(names[i])) == GH_OK)
            fail_msg("accepted: %s", names[i]);
        (void)snprintf(path, sizeof path, "%s/%s", t->spool, names[i]);
        if (names[i][0] != '\0' && (fd = open(path, O_CREAT | O_WRONLY, 0600)) >= 0)
            gh_close(fd);
    }
    assert_int_equal(gh_audit_spool_name(&epoch, &hour, GH_STR("0123456789abcdef-487000.spool")), GH_OK);
    assert_int_equal(epoch, 0x0123456789abcdef);
    assert_int_equal(hour, 487000);
    assert_int_equal(symlinkat("/etc/passwd", t->au->spool_fd, "0123456789abcdef-1.spool"), 0);
    testing_drain_gone(t);
    assert_int_equal(testing_last(t), 0); /* left alone, all of them */
}

/* ---- what control learns ---- */

static void
test_keys(void **state)
{
    struct testing *t = *state;
    struct testing_worker w = {0};
    struct gh_record_writer rw;
    char mem[GH_RECORD_BYTES_MAX];
    struct gh_store_tx *tx;
    struct gh_str r;
    int64_t used;

    testing_worker_open(&w, t, EPOCH, HOUR);
    for (int i = 0; i < 300; i++) {
        gh_record_begin(&rw, mem, GH_RECORD_KEY_WANTED, EPOCH, w.sequence++, gh_now_ms());
        gh_record_text(&rw, GH_FIELD_ISSUER, GH_STR("entra"));
        gh_record_text(&rw, GH_FIELD_KID, i % 2 == 0 ? GH_STR("k1") : GH_STR("k2"));
        assert_int_equal(gh_record_end(&r, &rw), GH_OK);
        testing_write(&w, r);
    }
    gh_record_begin(&rw, mem, GH_RECORD_OPEN, EPOCH, w.sequence++, 1234567890123);
    gh_record_text(&rw, GH_FIELD_ISSUER, GH_STR("key"));
    gh_record_text(&rw, GH_FIELD_CREDENTIAL_ID, GH_STR("0123456789ab"));
    assert_int_equal(gh_record_end(&r, &rw), GH_OK);
    testing_write(&w, r);
    testing_drain(t);
    assert_string_equal(t->wanted, "entra/k1 entra/k2 ");
    assert_int_equal(gh_store_begin(&tx, t->store, GH_STORE_READ), GH_OK);
    assert_int_equal(gh_store_key_last_use(&used, tx, GH_STR("0123456789ab")), GH_OK);
    gh_store_rollback(tx);
    assert_int_equal(used, 1234567890123);
    testing_worker_close(&w);
}

/* ---- crashes ---- */

/* Everything but the commit was done. */
static void
test_crash_before_commit(void **state)
{
    struct testing *t = *state;
    struct testing_worker w = {0};
    static struct spool_list list;
    struct audit_batch b;
    struct gh_store_tx *tx;
    size_t n;

    testing_worker_open(&w, t, EPOCH, HOUR);
    testing_put(&w, GH_RECORD_OPEN, "a");
    testing_put(&w, GH_RECORD_CLOSE, "a");
    assert_int_equal(gh_audit_spool_list(&list, t->au->spool_fd, t->au->kept), GH_OK);
    assert_int_equal(list.n, 1);
    assert_int_equal(gh_audit_spool_read(&n, t->au->chunk, BATCH_BYTES, t->au->spool_fd, &list.file[0], 0), GH_OK);
    assert_int_equal(gh_store_begin(&tx, t->store, GH_STORE_FULL), GH_OK);
    assert_int_equal(gh_audit_batch_begin(&b, t->au, tx), GH_OK);
    assert_int_equal(gh_audit_batch_file(&b, &list.file[0], gh_str(t->au->chunk, n), false), GH_OK);
    assert_int_equal(gh_audit_batch_end(&b), GH_OK);
    gh_audit_batch_fini(&b);
    gh_store_rollback(tx);
    assert_int_equal(testing_last(t), 0);
    testing_restart(t);
    testing_drain(t);
    assert_chain(t, "open:a close:a");
    testing_worker_close(&w);
}

/* The worker was retired, the file not yet unlinked. */
static void
test_crash_before_unlink(void **state)
{
    struct testing *t = *state;
    struct testing_worker w = {0};
    char from[160], to[160];

    testing_worker_open(&w, t, EPOCH, HOUR);
    testing_put(&w, GH_RECORD_OPEN, "a");
    testing_worker_close(&w);
    (void)snprintf(from, sizeof from, "%s/%016llx-%u.spool", t->spool, (unsigned long long)EPOCH, HOUR);
    (void)snprintf(to, sizeof to, "%s/kept", t->dir);
    assert_int_equal(link(from, to), 0);
    testing_drain(t);
    for (int i = 0; i < 100 && access(from, F_OK) == 0; i++) {
        bool is_more;

        (void)usleep(10000);
        assert_int_equal(gh_audit_drain_pass(t->au, &is_more), GH_OK);
    }
    assert_int_equal(link(to, from), 0);
    testing_restart(t);
    testing_drain_gone(t);
    assert_chain(t, "open:a worker_lost:a");
    assert_int_equal(alerts(t), 0);
    assert_int_equal(testing_count_files(t), 0);
}

/* A control that is killed again and again while a worker writes. */
static void
drain_for_ever(struct testing *t)
{
    bool is_more;

    gh_store_close(t->store);
    gh_audit_free(t->au);
    for (;;) {
        struct gh_audit_config c = {.spool_dir = t->spool};

        memcpy(c.installation, testing_installation, 16);
        if (gh_store_open(&t->store, t->path, NULL) != GH_OK)
            _exit(1);
        c.store = t->store;
        if (gh_audit_new(&t->au, &c) != GH_OK)
            _exit(1);
        for (;;) {
            if (gh_audit_drain_pass(t->au, &is_more) != GH_OK)
                _exit(1);
            (void)usleep(500);
        }
    }
}

static void
test_kill_9(void **state)
{
    struct testing *t = *state;
    struct testing_worker w = {0};
    uint64_t n = 0;

    testing_worker_open(&w, t, EPOCH, HOUR);
    for (int round = 0; round < 15; round++) {
        pid_t pid = fork();
        int status;

        assert_true(pid >= 0);
        if (pid == 0)
            drain_for_ever(t);
        for (int i = 0; i < 300; i++, n++) {
            testing_put(&w, GH_RECORD_REFUSED, NULL);
            if (i % 50 == 0)
                (void)usleep((useconds_t)(round * 700));
        }
        assert_int_equal(kill(pid, SIGKILL), 0);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status));
        if (round % 5 == 4)
            testing_worker_open(&w, t, EPOCH, HOUR + (uint64_t)round);
    }
    testing_restart(t);
    testing_drain_gone(t);
    assert_int_equal(testing_last(t), n); /* each once, and no alert among them */
    assert_int_equal(alerts(t), 0);
    testing_worker_close(&w);
}

/* ---- control's own records ---- */

static struct gh_audit_event
event(const char *operation)
{
    return (struct gh_audit_event){.kind = GH_RECORD_ADMIN,
        .caller = GH_STR("local:owner"),
        .request_id = gh_str_z(operation),
        .operation = gh_str_z(operation),
        .verdict = GH_STR("allow"),
        .status = 200};
}

static void
test_admin(void **state)
{
    struct testing *t = *state;
    struct gh_audit_event one = event("one"), two = event("two"), three = event("three");
    struct gh_store_tx *tx;

    assert_int_equal(gh_audit_admin(t->au, NULL, &one), GH_OK);
    assert_int_equal(gh_store_begin(&tx, t->store, GH_STORE_FULL), GH_OK);
    assert_int_equal(gh_audit_admin(t->au, tx, &two), GH_OK);
    assert_int_equal(gh_audit_admin(t->au, tx, &three), GH_OK);
    gh_store_rollback(tx);
    assert_chain(t, "admin:one"); /* the change did not happen, and neither did its record */
    assert_int_equal(gh_store_begin(&tx, t->store, GH_STORE_FULL), GH_OK);
    assert_int_equal(gh_audit_admin(t->au, tx, &two), GH_OK);
    assert_int_equal(gh_audit_admin(t->au, tx, &three), GH_OK);
    assert_int_equal(gh_store_commit(tx), GH_OK);
    testing_restart(t);
    assert_int_equal(gh_audit_admin(t->au, NULL, &one), GH_OK);
    testing_drain_gone(t); /* control's own epochs are no workers that could be lost */
    assert_chain(t, "admin:one admin:two admin:three admin:one");
}

static void
test_admin_hides_secrets(void **state)
{
    struct testing *t = *state;
    struct gh_audit_event e = event("x");
    struct gh_store_entry last;
    struct gh_store_tx *tx;
    gh_auto_arena a;

    gh_arena_init(&a, gh_heap(), 1u << 16);
    e.detail = GH_STR("Authorization: Bearer eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJlc2lnbmF0dXJl");
    assert_int_equal(gh_audit_admin(t->au, NULL, &e), GH_OK);
    assert_int_equal(gh_store_begin(&tx, t->store, GH_STORE_READ), GH_OK);
    assert_int_equal(gh_store_chain_last(&last, &a, tx), GH_OK);
    gh_store_rollback(tx);
    assert_true(gh_str_find(last.record, GH_STR("eyJzdWI")) == SIZE_MAX);
}

/* ---- heads and the thread ---- */

static void
test_heads(void **state)
{
    struct testing *t = *state;
    struct gh_audit_event e = event("x");
    struct gh_audit_status s;

    gh_audit_sign(t->au, true);
    assert_int_equal(t->n_signed, 0); /* an empty chain has no head */
    assert_int_equal(gh_audit_admin(t->au, NULL, &e), GH_OK);
    t->sign_rc = GH_DOWN;
    gh_audit_sign(t->au, true);
    gh_audit_status(&s, t->au);
    assert_true(s.is_vault_down && s.signed_n == 0 && s.last_n == 1);
    t->sign_rc = GH_BAD;
    gh_audit_sign(t->au, true);
    gh_audit_status(&s, t->au);
    assert_true(s.is_vault_refusing && !s.is_vault_down);
    t->sign_rc = GH_OK;
    gh_audit_sign(t->au, true);
    gh_audit_status(&s, t->au);
    assert_true(!s.is_vault_refusing && s.signed_n == 1);
    gh_audit_sign(t->au, true);
    assert_int_equal(t->n_signed, 1); /* nothing new, nothing to sign */
}

static void
test_thread(void **state)
{
    struct testing *t = *state;
    struct testing_worker w = {0};
    struct gh_audit_status s = {0};

    assert_int_equal(gh_audit_start(t->au), GH_OK);
    testing_worker_open(&w, t, EPOCH, HOUR);
    testing_put(&w, GH_RECORD_REFUSED, "a");
    for (int i = 0; i < 300 && s.signed_n < 1; i++) {
        (void)usleep(10000);
        gh_audit_status(&s, t->au);
    }
    assert_int_equal(s.signed_n, 1);
    testing_put(&w, GH_RECORD_REFUSED, "b");
    gh_audit_stop(t->au);
    gh_audit_status(&s, t->au);
    assert_int_equal(s.signed_n, 2); /* a stop leaves nothing unsigned behind */
    assert_chain(t, "refused:a refused:b");
    testing_worker_close(&w);
}

/* Handlers, the drain and a worker at once: one chain, each record in it once. */
static void *
administrator(void *ctx)
{
    struct testing *t = ctx;
    struct gh_audit_event e = event("x");

    for (int i = 0; i < 50; i++) {
        if (gh_audit_admin(t->au, NULL, &e) != GH_OK)
            return t;
    }
    return NULL;
}

static void
test_all_at_once(void **state)
{
    struct testing *t = *state;
    struct testing_worker w = {0};
    pthread_t thread[4];
    char got[32768];

    assert_int_equal(gh_audit_start(t->au), GH_OK);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, administrator, t), 0);
    testing_worker_open(&w, t, EPOCH, HOUR);
    for (int i = 0; i < 500; i++) {
        testing_put(&w, GH_RECORD_REFUSED, NULL);
        if (i % 20 == 0)
            (void)usleep(1000);
    }
    for (size_t i = 0; i < 4; i++) {
        void *failed;

        assert_int_equal(pthread_join(thread[i], &failed), 0);
        assert_null(failed);
    }
    gh_audit_stop(t->au);
    testing_worker_close(&w);
    testing_chain(got, sizeof got, t, 0); /* checks each hash */
    assert_int_equal(testing_last(t), 4 * 50 + 500);
    assert_int_equal(alerts(t), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, testing_set_up, testing_tear_down)

int
main(void)
{
    static const struct CMUnitTest tests[] = {TEST(test_in_order), TEST(test_two_workers_and_hours), TEST(test_many),
        TEST(test_worker_lost), TEST(test_close_names_open), TEST(test_torn_end), TEST(test_gap), TEST(test_gap_at_front),
        TEST(test_damage), TEST(test_damage_at_each_byte), TEST(test_torn_before_last_file), TEST(test_cut_file),
        TEST(test_vanished_file), TEST(test_old_workers_are_forgotten), TEST(test_removed_file_is_read_on),
        TEST(test_strange_names), TEST(test_keys), TEST(test_crash_before_commit), TEST(test_crash_before_unlink),
        TEST(test_kill_9), TEST(test_admin), TEST(test_admin_hides_secrets), TEST(test_heads), TEST(test_thread),
        TEST(test_all_at_once)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
