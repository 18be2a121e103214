/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire/route: the one route table. method + path -> surface, dialect, operation and the names in the path. A path that is not
 * in it is 404; nothing is passed through. Adding a route is adding a row (and, for a new dialect, a row in wire/dialect.c).
 */
#ifndef GH_WIRE_ROUTE_H
#define GH_WIRE_ROUTE_H

#include "base/buf.h"
#include "policy/action.h"

/* Surfaces differ in the shape of their errors and in who answers. */
enum gh_surface { GH_SURFACE_NONE = 0, GH_SURFACE_MANAGEMENT, GH_SURFACE_OPENAI, GH_SURFACE_AZURE_OPENAI, GH_SURFACE_ANTHROPIC, GH_SURFACE_SCORING, GH_SURFACE_KSERVE,
                  GH_SURFACE_ARM /* role management */, GH_SURFACE_GRAPH /* directory */, GH_SURFACE_CONTENT_SAFETY /* of a workspace */,
                  GH_SURFACE_COUNT };

/* Management, in whatever shape: control answers. */
bool gh_surface_is_managed(enum gh_surface s);

enum gh_method { GH_METHOD_NONE = 0, GH_METHOD_GET, GH_METHOD_PUT, GH_METHOD_POST, GH_METHOD_DELETE, GH_METHOD_PATCH, GH_METHOD_HEAD,
                 GH_METHOD_COUNT };

/* What is asked of a model. GH_OP_MANAGE stands for all that control answers: the action depends on what the path names there. */
enum gh_op { GH_OP_NONE = 0, GH_OP_MANAGE, GH_OP_CHAT, GH_OP_MODELS, GH_OP_MODEL, GH_OP_EMBEDDINGS, GH_OP_RESPONSES,
             GH_OP_RESPONSE /* a stored one, by its id */, GH_OP_UNSPOKEN /* refused by name */,
             GH_OP_COUNT_TOKENS, GH_OP_SCORE, GH_OP_INVOCATIONS, GH_OP_INFER,
             GH_OP_SHIELD_PROMPT /* are these texts attacks on a model? */, GH_OP_COUNT };

struct gh_route_row {
    enum gh_surface surface;
    enum gh_op op;
    enum gh_method method;   /* GH_METHOD_NONE: any                                                                 */
    enum gh_action action;   /* GH_ACTION_NONE for GH_OP_MANAGE: see policy/resource.h                             */
    const char *pattern;     /* segments; `{ws}` `{ep}` `{dep}` are names, `{id}` an id, a final `/ **` (no space) takes the rest */
    const char *upstream;    /* path behind the backend's own base path, e.g. "/chat/completions", with `{id}` where the backend's own
                              * id goes; NULL if answered here */
    const char *unspoken;    /* of GH_OP_UNSPOKEN: a sentence for the caller; else NULL */
};

struct gh_route {
    const struct gh_route_row *row;
    struct gh_str ws, ep, dep; /* borrowed from the path; empty if the row has none */
    struct gh_str id;          /* likewise: [A-Za-z0-9._-]{1,512}, believed only as a bound id (wire/bound_id.h) */
    struct gh_str rest;        /* what `**` matched, with its leading slash; empty for the bare prefix; no `.`, `..` or empty segment */
};

/*
 * The domain of the installation. A surface that has a host name of its own, "arm." or "graph." before it, has its paths at the root there: the
 * path is the same one with the surface's prefix. So a host can name nothing that a listener does not serve by path too.
 */
#define GH_DOMAIN "gatehouse.localhost"

/* The path as the table knows it is *prefix and then *rest. Clients of Azure that are given an empty scope write "/arm//providers": one slash is
 * meant. */
void gh_route_at_host(struct gh_str *prefix, struct gh_str *rest, struct gh_str host, struct gh_str path);

extern const struct gh_route_row gh_route_table[];
extern const size_t gh_route_count;

enum gh_method gh_method_find(struct gh_str name);

/*
 * `path` is decoded once, begins with '/', has no query. GH_OK; GH_BAD: no such path (404), out->row is NULL; GH_LIMIT: the path exists,
 * not with this method (405), and *out is filled from a row of another method. Names are [A-Za-z0-9][A-Za-z0-9._-]{0,63}; anything else does not match. One trailing slash is ignored.
 */
GH_MUST_USE enum gh_rc gh_route_find(struct gh_route *out, enum gh_method method, struct gh_str path);

/* Whether its paths name a workspace and no endpoint of it: then the workspace is what is decided on. */
bool gh_surface_is_of_workspace(enum gh_surface s);

/* "/workspaces/{ws}[/endpoints/{ep}[/deployments/{dep}]]" for the names of a route; `dep` (empty: none) is used where the path names no
 * deployment. A `dep` that is no name (it may come from a body) fails `out` with GH_BAD: no other scope can be written with it. */
void gh_route_scope(struct gh_buf *out, const struct gh_route *r, struct gh_str dep);

#endif
