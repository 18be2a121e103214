/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ipc/layout: where everything lies, and who may touch it. The supervisor makes all of it before it starts a child; the others only open
 * what is theirs. Owners are those of full separation; in single-user separation there is one.
 *
 *   DIR/                      root                  0755  as root: refused if others can write to it, or if it holds a symbolic link
 *   DIR/lock                  root                  0600  flock held by the supervisor, its pid inside
 *   DIR/installation          root                  0644  32 hex digits, drawn once
 *   DIR/control/              gatehouse-control     0700  gatehouse.db
 *   DIR/vault/                gatehouse-vault       0700  master.key, vault.state, restored (the mark of a copy, until vault has seen it)
 *   DIR/snapshot/             gatehouse-control:gatehouse-edge  2750  current, base-*.snap, overlay-*.snap
 *   DIR/spool/                gatehouse-edge:gatehouse-control  2770  <epoch>-<number>.spool
 *   DIR/edge/                 gatehouse-edge        0700  nginx.conf, module-*.so, shield.model, patterns.db, counters, logs/, tmp/
 *   DIR/tls/                  root                  0755  ca.pem 0644; ca.key root 0600; server.pem, server.key gatehouse-edge 0600
 *   DIR/run/                  root                  0755  management.sock (edge -> control), local.sock (CLI -> control), status.json
 *   DIR/run/listen/           gatehouse-edge        0755  sockets of listeners that are unix sockets, by the listener's name
 *   MEM/                      gatehouse-vault:gatehouse-edge  2751  on a memory file system: credentials-*.snap, edge.key (0640)
 *
 * MEM is /dev/shm/gatehouse-<installation> (16 hex digits), with a drawn suffix where somebody else has taken that name, or DIR/run/memory
 * with a warning where /dev/shm is no tmpfs.
 */
#ifndef GH_IPC_LAYOUT_H
#define GH_IPC_LAYOUT_H

#define GH_LAYOUT_LOCK "lock"
#define GH_LAYOUT_INSTALLATION "installation"
#define GH_LAYOUT_CONTROL "control"
#define GH_LAYOUT_STORE "control/gatehouse.db"
#define GH_LAYOUT_VAULT "vault"
#define GH_LAYOUT_MASTER_KEY "vault/master.key"
#define GH_LAYOUT_VAULT_STATE "vault/vault.state"
#define GH_LAYOUT_RESTORED "vault/restored" /* made by the owner: this is a copy, vault takes a new audit key at its next start and removes it */
#define GH_LAYOUT_SNAPSHOT "snapshot"
#define GH_LAYOUT_CURRENT "snapshot/current"
#define GH_LAYOUT_SPOOL "spool"
#define GH_LAYOUT_EDGE "edge"
#define GH_LAYOUT_NGINX_CONF "edge/nginx.conf"
#define GH_LAYOUT_MODULE "edge/module-" /* and 16 hex digits of its digest, ".so": nginx loads another build beside the one that runs */
#define GH_LAYOUT_SHIELD "edge/shield.model" /* a copy of the model that is installed; replaced by rename, believed by its digest */
#define GH_LAYOUT_PATTERNS "edge/patterns.db" /* likewise of the pattern database */
#define GH_LAYOUT_COUNTERS "edge/counters"
#define GH_LAYOUT_TLS "tls"
#define GH_LAYOUT_CA "tls/ca.pem"
#define GH_LAYOUT_CA_KEY "tls/ca.key"
#define GH_LAYOUT_CERT "tls/server.pem"
#define GH_LAYOUT_CERT_KEY "tls/server.key"
#define GH_LAYOUT_RUN "run"
#define GH_LAYOUT_LISTEN "run/listen"
#define GH_LAYOUT_MANAGEMENT_SOCK "run/management.sock"
#define GH_LAYOUT_LOCAL_SOCK "run/local.sock"
#define GH_LAYOUT_STATUS "run/status.json"
#define GH_LAYOUT_EDGE_KEY "edge.key" /* in MEM: 32 random bytes, drawn by the supervisor at each start */

/* Inherited descriptors of every child. */
enum {
    GH_FD_SUPERVISOR = 3,  /* socket to the supervisor (ipc/message.h)                     */
    GH_FD_LISTEN = 4,      /* control: management.sock; echo: its loopback listener        */
    GH_FD_MASTER_KEY = 4,  /* vault: the service manager's credential `gatehouse-master-key`; closed if there is none: then DIR/vault/master.key */
    GH_FD_LISTEN_LOCAL = 5 /* control: local.sock                                          */
};

/* The credential's name: systemd's LoadCredential=gatehouse-master-key:FILE, 32 bytes. */
#define GH_CREDENTIAL_MASTER_KEY "gatehouse-master-key"

#define GH_USER_EDGE "gatehouse-edge"
#define GH_USER_CONTROL "gatehouse-control"
#define GH_USER_VAULT "gatehouse-vault"

/* Settings of a child are environment variables, never secrets, set by the supervisor alone (the child's whole environment). */
#define GH_ENV_DATA "GATEHOUSE_DATA"               /* DIR, absolute                                            */
#define GH_ENV_MEMORY "GATEHOUSE_MEMORY"           /* MEM, absolute                                            */
#define GH_ENV_LISTEN "GATEHOUSE_LISTEN"           /* "ADDR:PORT" of the main listener, port resolved          */
#define GH_ENV_LOOPBACK "GATEHOUSE_ALLOW_LOOPBACK" /* "1" or absent                                            */
#define GH_ENV_DEMO "GATEHOUSE_DEMO_PORT"          /* port of the echo model, only with --demo                 */
#define GH_ENV_SEPARATION "GATEHOUSE_SEPARATION"   /* "full" | "single-user"                                   */
#define GH_ENV_GEO "GATEHOUSE_GEO"                 /* database of places (host/geo.h), absolute; absent: none  */

#endif
