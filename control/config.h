/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control/config: what the supervisor told this process (ipc/layout.h) and what follows from it. Read once at start, never changed.
 */
#ifndef GH_CONTROL_CONFIG_H
#define GH_CONTROL_CONFIG_H

#include "policy/egress.h"

#define GH_CONFIG_PATH_MAX 4096
#define GH_CONFIG_EDGE_KEY_BYTES 32
#define GH_OWN_ISSUER "gatehouse" /* resource name of the installation's own issuer: "gatehouse:NAME" */

struct gh_config {
    char data[GH_CONFIG_PATH_MAX];   /* DIR */
    char memory[GH_CONFIG_PATH_MAX]; /* MEM */
    uint8_t installation[16];
    char installation_hex[33];
    char tenant[37];    /* the installation as a GUID                             */
    char issuer[128];   /* own issuer: https://login.gatehouse.localhost/GUID/v2.0 */
    char audience[64];  /* api://gatehouse/HEX                                     */
    char listen[64];    /* "ADDR:PORT" of the main listener                        */
    char geo[GH_CONFIG_PATH_MAX]; /* database of places (host/geo.h); "": none */
    struct gh_addr listen_addr;
    struct gh_egress_env egress; /* own listeners, loopback, echo model            */
    bool is_demo;
    char separation[16]; /* "full" | "single-user" */
    uint8_t edge_key[GH_CONFIG_EDGE_KEY_BYTES];
    bool has_edge_key;   /* without it no management request through the edge is believed */
};

/* From the environment and DIR/installation. GH_BAD: a setting is missing or malformed; err->what names it. */
GH_MUST_USE enum gh_rc gh_config_read(struct gh_config *out, struct gh_err *err);

/* The part that needs no environment: fills what follows from the installation id (32 hex) and the listener. Used by tests too. */
GH_MUST_USE enum gh_rc gh_config_derive(struct gh_config *c, struct gh_str installation_hex, struct gh_str listen, struct gh_err *err);

#endif
