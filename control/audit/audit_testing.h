/* SPDX-License-Identifier: Apache-2.0 */
/* audit_testing: a data directory, a store, a vault that signs, and workers of an edge: what tests of the audit share. */
#ifndef GH_CONTROL_AUDIT_TESTING_H
#define GH_CONTROL_AUDIT_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "control/audit/audit_int.h"
#include "host/host.h"

#define TESTING_GONE_MS 30 /* in place of DRAIN_GONE_MS */

struct testing_signer; /* a P-256 key */
struct testing_signer *testing_signer_new(void);
void testing_signer_free(struct testing_signer *s);
void testing_sign(struct testing_signer *s, uint8_t sig[64], struct gh_str bytes);
struct gh_str testing_signer_spki(struct testing_signer *s); /* DER, lives as long as the signer */

struct testing {
    char dir[64], spool[96], path[96];
    struct gh_store *store;
    struct gh_audit *au;
    struct testing_signer *signer;
    enum gh_rc sign_rc; /* what vault answers */
    size_t n_signed, n_wanted;
    char wanted[256]; /* "issuer/kid " of each call */
};
extern const uint8_t testing_installation[16];

int testing_set_up(void **state);
int testing_tear_down(void **state);
/* Closes and opens store and audit, as a restart of control does; the epoch of control changes. */
void testing_restart(struct testing *t);
/* Passes until nothing more comes. */
void testing_drain(struct testing *t);
/* The same, long enough for abandoned files to be retired. */
void testing_drain_gone(struct testing *t);

/* ---- a worker of the edge ---- */
struct testing_worker {
    struct testing *t;
    uint64_t epoch, hour, sequence; /* of the next record */
    int fd;
};
/* Begins (or goes on) with the file of this hour, holding its lock. */
void testing_worker_open(struct testing_worker *w, struct testing *t, uint64_t epoch, uint64_t hour);
void testing_worker_close(struct testing_worker *w); /* also how it dies */
/* A record of this kind, with request id `id` unless NULL; the sequence rises. */
struct gh_str testing_record(char mem[GH_RECORD_BYTES_MAX], struct testing_worker *w, enum gh_record_kind kind, const char *id);
void testing_put(struct testing_worker *w, enum gh_record_kind kind, const char *id);
void testing_write(struct testing_worker *w, struct gh_str bytes);

/* ---- what the chain holds ---- */
/* "open:a close:a spool_gap ..." from entry `after` on; checks each hash. */
void testing_chain(char *out, size_t n, struct testing *t, uint64_t after);
uint64_t testing_last(struct testing *t);
size_t testing_count_files(struct testing *t);
void testing_exec(struct testing *t, const char *sql); /* as somebody with the file in his hands would */

#endif
