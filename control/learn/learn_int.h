/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this room share: one batch of records, gathered while it is read and written at its end. */
#ifndef GH_CONTROL_LEARN_INT_H
#define GH_CONTROL_LEARN_INT_H

#include <stdlib.h>

#define uthash_fatal(msg) abort()  /* no memory for a bucket table: the supervisor starts us anew, the records are read again */
#define HASH_FUNCTION     HASH_OAT /* the usual one falls through its switch, which clang warns about */
#include <uthash.h>

#include "control/learn/learn.h"

#define LEARN_SEEN_SETS 16384 /* credentials and networks that were seen lately: 512 KiB */
#define LEARN_SEEN_WAYS 4

struct learn_use {
    struct gh_store_use use;
    UT_hash_handle hh;
    size_t n;
    char key[]; /* principal NUL action NUL scope */
};

struct learn_signin { /* as a record told it, oldest first */
    struct learn_signin *next;
    struct gh_signin in;
    uint8_t ip[16];
    bool has_ip;
};
struct learn_person {
    struct gh_str principal;
    struct learn_signin *first, **last;
    UT_hash_handle hh;
};

struct learn_batch { /* empty between batches */
    struct gh_arena a;
    struct learn_use *uses;
    struct learn_person *people;
    struct gh_touched touched;
};

struct gh_geo;
struct gh_learn {
    struct gh_learn_config c;
    struct gh_audit_learner learner;
    struct gh_audit *audit;
    struct gh_publish *publish;
    struct gh_geo *geo;
    /* The drain thread's alone. */
    struct learn_batch b;
    uint8_t seed[16]; /* nobody outside can make two credentials that look alike here */
    uint64_t seen[LEARN_SEEN_SETS][LEARN_SEEN_WAYS];
    uint64_t n_principals; /* 0: not counted yet */
    int64_t forgot_ms;
};

/* uses.c */
GH_MUST_USE enum gh_rc learn_uses_record(struct learn_batch *b, const struct gh_record *r);
GH_MUST_USE enum gh_rc learn_uses_own(struct gh_store_tx *tx, const struct gh_audit_event *e);
GH_MUST_USE enum gh_rc learn_uses_end(struct learn_batch *b, struct gh_store_tx *tx);

/* signins.c */
GH_MUST_USE enum gh_rc learn_signins_record(struct gh_learn *l, const struct gh_record *r);
GH_MUST_USE enum gh_rc learn_signins_end(struct gh_learn *l, struct gh_store_tx *tx);
/* Finds lost states (gh_signin_lose), and has them found among the risky ones; their bytes stay, for a version that can read them. */
GH_MUST_USE enum gh_rc learn_signins_find_lost(struct gh_arena *a, struct gh_store_tx *tx);

#endif
