/* SPDX-License-Identifier: Apache-2.0 */
/*
 * supervisor/render: nginx.conf from a verified snapshot, as a pure function. The template is fixed; listeners are typed rows; every
 * value that is put in passes one character-class check of its own kind, so that no row can become a directive. What does not pass fails
 * the whole rendering: the last good file stays in force. Backends are not in it: the module takes them from the snapshot.
 *
 * The caller (a child under the edge's user) verifies the snapshot, makes DIR/edge/{logs,tmp}, renders, runs `nginx -t -c NEW`, renames
 * and signals. Everything that nginx needs is in the text, `daemon off` too:
 * start it with `nginx -c DIR/edge/nginx.conf -e DIR/edge/logs/error.log` and nothing else.
 */
#ifndef GH_SUPERVISOR_RENDER_H
#define GH_SUPERVISOR_RENDER_H

#include "base/buf.h"
#include "policy/snapshot.h"

#define GH_RENDER_BYTES_MAX (8u << 20) /* ceiling for the caller's buffer: about 2 KiB for each listener */

struct gh_render_env {          /* paths are absolute, of [A-Za-z0-9._/+@-] (a space or a quote is refused, never escaped) */
    struct gh_str data;         /* DIR (ipc/layout.h)                                                          */
    struct gh_str memory;       /* MEM                                                                         */
    struct gh_str module;       /* ngx_http_gatehouse_module.so                                                */
    struct gh_str system_ca;    /* PEM bundle for backends without a CA of their own; empty: Debian's          */
    unsigned workers;           /* 1..256                                                                      */
    unsigned max_files;         /* descriptors for each worker, at most the hard limit; 0: leave as inherited  */
    bool debug;                 /* error_log at level debug (ids and lengths, never bodies)                    */
    bool single_process;        /* master_process off: for runs under sanitizers                               */
    /* Whether a listener can be bound here and now; one that cannot is left out, so that it does not keep all else from coming into force.
     * NULL: all can. */
    bool (*may_listen)(void *ctx, struct gh_str listener, const struct gh_snap_rec *row);
    void *ctx;
};

/*
 * Appends the configuration. Listeners: every LISTENER row, on TCP (TLS with DIR/tls/server.pem and server.key; the authority of its
 * clients, if it has one, in DIR/edge/ca/listener-<name>.pem) or on the unix socket DIR/run/listen/<name>.
 * GH_BAD: a value outside its class (err->what says which), or no listener; GH_LIMIT, GH_NOMEM: `out`.
 */
GH_MUST_USE enum gh_rc gh_render_conf(struct gh_buf *out, const struct gh_snap *snap, const struct gh_render_env *env, struct gh_err *err);

/* The authorities of the listeners' clients, one a call: *it starts at 0; false at the end. `listener` is safe in a file name; one that is
 * not is skipped here and refused by gh_render_conf. Both slices are borrowed from the snapshot. */
bool gh_render_client_ca(struct gh_str *listener, struct gh_str *pem, size_t *it, const struct gh_snap *snap);

#endif
