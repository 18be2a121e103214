/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control/publish: from committed changes to files that every edge worker believes.
 *
 *   a handler commits, then names the rows that it touched -> the publisher's thread makes these rows anew from the store, writes the
 *   overlay (all rows touched since the base), verifies it as an edge would, and renames `current` in. Changes that arrive while it
 *   writes go together into the next one. When the overlay has grown, another thread builds a new base from one read transaction;
 *   meanwhile overlays go on.
 *
 * `current` is renewed each second (the heartbeat). Generations never go back, over restarts too: they are drawn from the store in
 * blocks. If the store, the disk or memory fails, the last files stay in force and the thread tries again each second.
 *
 * It trusts the store and what gh_project_row makes of it; it decides nothing. Secrets pass it only as vault wrapped them.
 */
#ifndef GH_CONTROL_PUBLISH_PUBLISH_H
#define GH_CONTROL_PUBLISH_PUBLISH_H

#include "control/config.h"
#include "control/link/vault.h"
#include "control/publish/touched.h"
#include "control/publish/view.h"

#define GH_PUBLISH_HEARTBEAT_MS 1000
#define GH_PUBLISH_OVERLAY_ROWS 512 /* above this a new base is built; an overlay of this size takes about a millisecond */

struct gh_publish;

struct gh_publish_config {
    struct gh_store *store;         /* borrowed, as all here */
    const struct gh_config *config;
    struct gh_vault *vault;         /* NULL: no credential files (tests) */
    const char *dir;                /* DIR/snapshot; copied              */
    /* See gh_project_env. NULL: no addresses are known. */
    enum gh_rc (*addresses)(void *ctx, struct gh_str **out, size_t *n, struct gh_arena *a, struct gh_str host, uint16_t port);
    /* Listeners or backends changed; `current` names it already. Called from the publisher's thread. May be NULL. */
    void (*render)(void *ctx, uint64_t generation);
    void *ctx;
    size_t overlay_rows;            /* 0: GH_PUBLISH_OVERLAY_ROWS */
    bool is_held;                   /* what is published is too old from its first second: the edge refuses everything */
};

/* Writes the first base and `current` before it answers; then starts the thread. */
GH_MUST_USE enum gh_rc gh_publish_start(struct gh_publish **out, const struct gh_publish_config *config);
/* Publishes what is still pending, ends the threads. NULL is ignored. */
void gh_publish_stop(struct gh_publish *p);

/* After commit. Copies the keys; never blocks on a disk. */
void gh_publish_touch(struct gh_publish *p, const struct gh_touched *t);
/* The credentials, too: vault came back. */
void gh_publish_credentials(struct gh_publish *p);
/* Everything anew, as after damage: a new base, RENDER, credentials (gatehouse recover). */
void gh_publish_all(struct gh_publish *p);
/* Until everything touched so far is in force, at most timeout_ms. False: not yet. */
bool gh_publish_wait(struct gh_publish *p, int timeout_ms);

/* The newest view; the caller gives it back by gh_view_unref. */
struct gh_view *gh_publish_view(struct gh_publish *p);

#endif
