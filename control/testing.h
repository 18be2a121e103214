/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control/testing: for tests alone: a controller with all its parts in a directory of its own, beside a real gatehouse-vault (argv[1] of the
 * test). Requests go through gh_rest_answer as the server would send them.
 */
#ifndef GH_CONTROL_TESTING_H
#define GH_CONTROL_TESTING_H

#include "sweeps.h"

#include "control/control.h"

struct gh_test_house {
    char dir[64];
    struct gh_config config;
    struct gh_controller c;
    struct gh_learn *learn;
    int vault_pid, vault_line; /* our end of the supervisor's socket to vault */
    struct gh_arena a;         /* tokens and answers, until close             */
    /* for the next request alone */
    const char *if_match, *if_none_match;
    /* of the last answer */
    char *answer;
    uint64_t revision;
};

/* Everything runs: vault, store, publisher. `vault` NULL: without vault. Fails the test on any trouble. */
struct gh_test_house *gh_test_house_open(const char *vault);
void gh_test_house_close(struct gh_test_house *h);
/* Vault dies, and does not come back. */
void gh_test_house_kill_vault(struct gh_test_house *h);

/* A token of the own issuer for an identity that is there. */
const char *gh_test_house_token(struct gh_test_house *h, const char *name);

/* One request; `token` NULL: by the owner's socket. `target`: path and query, of /api, or with /arm or /graph/v1.0 before it. Answers the status. */
unsigned gh_test_house_ask(struct gh_test_house *h, const char *token, const char *method, const char *target, const char *body);
/* The same; fails the test unless the status is that one and the answer holds this text (NULL: any). */
void gh_test_house_expect(struct gh_test_house *h, const char *token, const char *method, const char *target, const char *body, unsigned status,
    const char *holds);
/* PUT of properties by the owner; fails the test unless 200 or 201. */
void gh_test_house_put(struct gh_test_house *h, const char *path, const char *properties);
/* The same of an assignment or an eligibility: `in`: /roleAssignments or /roleEligibilities. */
void gh_test_house_assign(struct gh_test_house *h, const char *in, const char *name, const char *role, const char *principal, const char *scope);

/* A row as it is kept, long ago and by nobody asked: nothing is published. `principal`: whom it is a link to (NULL: none). */
void gh_test_store_row(struct gh_store_tx *tx, enum gh_resource type, const char *path, const char *body, const char *principal);

/* n assignments of the role Reader to corp:u0, corp:u1, ... (is_one: all to corp:u0), made long ago, in the order of their names; put into the store as
 * they are: nothing is published, and nobody needs to know the principals. */
struct gh_test_fill {
    unsigned n;
    bool is_one;
    const char *scope, *hundredth; /* hundredth: of every hundredth, from the first on; NULL: as all */
};
void gh_test_house_fill(struct gh_test_house *h, const struct gh_test_fill *fill);

/* Uses are counted since then. */
void gh_test_house_learning_since(struct gh_test_house *h, int64_t ms);
/* What an edge recorded, as the drain would learn it: in one transaction, published when it comes back. */
void gh_test_house_learn(struct gh_test_house *h, const struct gh_str *records, size_t n);

#endif
