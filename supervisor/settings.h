/* SPDX-License-Identifier: Apache-2.0 */
/*
 * supervisor/settings: what `gatehouse up` can be told. One table in settings.c: a row is an option, where its value goes and its line
 * of help. `--name value` and `--name=value` are the same; anything else is refused with its name.
 */
#ifndef GH_SUPERVISOR_SETTINGS_H
#define GH_SUPERVISOR_SETTINGS_H

#include "base/str.h"

#define GH_UP_LISTEN_DEFAULT "127.0.0.1:8443"
#define GH_UP_GEO_MAX 480    /* longest path of the database of places: it fits into a variable of a child */
#define GH_UP_WORKERS_MAX 64 /* more workers than cores of any machine we know only cost memory */

struct gh_up_settings {
    const char *data;       /* --data DIR, required                                               */
    const char *listen;     /* --listen ADDR:PORT, numeric or localhost, [::1]:443, port 0: a free one */
    const char *ready_file; /* --ready-file FILE, NULL: none                                      */
    uint64_t n_workers;     /* --workers N, 0: one for each core                                  */
    const char *geo;        /* --geo-database FILE, absolute; NULL: none                          */
    const char *shield_model; /* --shield-model FILE, absolute; NULL: the one that is installed  */
    bool is_demo;           /* --demo: demo workspace and echo model                              */
    bool allow_loopback;    /* --allow-loopback: issuers and backends on loopback are accepted    */
    bool is_detached;       /* --detach: back to the caller once it serves                        */
};

/* The words behind `up` (borrowed by *out). GH_BAD: err->what says why, *word (may be NULL) is the word that was wrong. */
GH_MUST_USE enum gh_rc gh_settings_read(struct gh_up_settings *out, const char **word, int argc, char *const argv[], struct gh_err *err);

/* Row i of the help: option with its value's name, and what it does; false behind the last. */
bool gh_settings_help(const char **option, const char **text, size_t i);

/* "ADDR:PORT" in parts: `host` has no brackets. */
struct gh_listen {
    char host[64];
    uint16_t port;
    bool is_v6;
};
/* GH_BAD unless numeric IPv4, [IPv6] or "localhost" (127.0.0.1), with a port. */
GH_MUST_USE enum gh_rc gh_settings_listen(struct gh_listen *out, struct gh_str s, struct gh_err *err);

#endif
