/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/access: the management API from the command line: over HTTPS with a token (--server, --ca), or over DIR/run/local.sock (--data).
 * The token is read from the environment or a file, sent in one header, and wiped. Redirects are not followed, plain HTTP is refused,
 * the server's certificate is always checked.
 */
#ifndef GH_CLI_ACCESS_H
#define GH_CLI_ACCESS_H

#include "base/buf.h"
#include "cli/command.h"

#define GH_ACCESS_ANSWER_MAX (64u << 20) /* bytes of one answer that is held in memory */

struct gh_access;

struct gh_answer {
    long status;        /* HTTP                                        */
    struct gh_str body; /* in the arena of the call                    */
    char etag[72];      /* with its quotes; empty: none                */
};

/* Reads the options of access. Fails with a told reason: the exit status, else GH_EXIT_DONE and *out, which _free gives back. */
GH_MUST_USE int gh_access_open(struct gh_access **out, const struct gh_cli *c);
void gh_access_free(struct gh_access *x);
static inline void
gh_cleanup_access(struct gh_access **x)
{
    gh_access_free(*x);
}
#define gh_auto_access __attribute__((cleanup(gh_cleanup_access))) struct gh_access

bool gh_access_is_local(const struct gh_access *x);

struct gh_request {
    const char *method;
    const char *path;     /* "/workspaces/demo?after=3", below /api                         */
    bool is_local_root;   /* path is not below /api: "/local/token"                         */
    bool is_arm;          /* path is below /arm, beside /api: role management in Azure's shapes */
    struct gh_str body;   /* JSON; p NULL: none                                             */
    const char *if_match; /* an ETag; "" makes it If-None-Match: *; NULL: no condition      */
};

/* One exchange. An answer of any status is GH_EXIT_DONE; else the reason was told (nobody there, certificate, answer too long). */
GH_MUST_USE int gh_access_call(struct gh_answer *out, struct gh_access *x, struct gh_arena *a, const struct gh_request *r);
/* The same, the body of a 200 goes to `f` as it comes; another answer is in out->body. */
GH_MUST_USE int gh_access_stream(struct gh_answer *out, struct gh_access *x, struct gh_arena *a, const struct gh_request *r, FILE *f);

/* Tells why control refused (its problem details), and what to do; returns GH_EXIT_REFUSED. */
int gh_access_refused(const struct gh_request *r, const struct gh_answer *answer);

struct curl_slist;
/* The header with the token of --token-file or the environment (an API key is one as well); the caller wipes and frees the list. libcurl is loaded. */
GH_MUST_USE int gh_access_bearer(struct curl_slist **out, const struct gh_cli *c);

/* Appends one path segment or query value, percent-encoded. */
void gh_access_escape(struct gh_buf *out, struct gh_str s);

#endif
