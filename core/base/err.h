/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/err: the one result type of the house.
 *
 * A decision is data, a failure is a code, a bug is an assertion. Every function that can fail returns enum gh_rc and is
 * marked must-use; struct gh_err, the last parameter, says where and why. `what` is always a literal: never input, never
 * a secret. Zeroed memory denies: GH_DENY is 0.
 */
#ifndef GH_BASE_ERR_H
#define GH_BASE_ERR_H

#include <stdint.h>

#define GH_MUST_USE __attribute__((warn_unused_result))

enum gh_rc {
    GH_OK = 0,
    GH_MORE,  /* input ends early: call again with more bytes      */
    GH_BAD,   /* malformed: err->at is the offset                  */
    GH_LIMIT, /* a bound in base/limits.h was reached              */
    GH_NOMEM, /* the arena, or the machine, has no more            */
    GH_DOWN,  /* keys, store, snapshot or a peer is not available  */
    GH_BUG    /* an invariant failed: deny and report              */
};

enum gh_verdict { GH_DENY = 0, GH_ALLOW, GH_REDACT, GH_HOLD };

struct gh_err {
    enum gh_rc rc;
    uint32_t at;      /* byte offset in the input that was being read, 0 if none applies */
    const char *what; /* literal                                                         */
};

/* Fills `err` (which may be NULL) and returns `rc`: `return gh_fail(err, GH_BAD, at, "duplicate key");` */
static inline enum gh_rc
gh_fail(struct gh_err *err, enum gh_rc rc, uint32_t at, const char *what)
{
    if (err != 0) {
        err->rc = rc;
        err->at = at;
        err->what = what;
    }
    return rc;
}

#endif
