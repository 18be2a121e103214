/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control/rest/door: the objects of the management API in the shapes of others: /arm as Azure Resource Manager's role management, /graph as
 * Microsoft Graph's directory. One table of rows over the ordinary resources: what is written by a door is seen by GET /api/..., `apply` and
 * backup, and the other way round.
 *
 * Adding an operation is adding a row to the table of its subject (arm_*.c, graph_*.c), and a new file's table to `tables` in door.c.
 * A handler decides access (gh_auth_decide with call->action set, at its scope), does its work and answers with the helpers here; it
 * refuses with gh_door_refuse, or by the room's own gh_call_problem, which has this surface's shape too.
 *
 * What holds for all: names of the query are decoded; literals of a path are compared without regard to case; /arm wants an api-version;
 * /graph has its version (v1.0, beta) in front of the path, which the patterns leave out.
 */
#ifndef GH_CONTROL_REST_DOOR_H
#define GH_CONTROL_REST_DOOR_H

#include "control/publish/props.h"
#include "control/rest/call.h"

#define GH_DOOR_NAMES_MAX 4

struct gh_door;
struct gh_door_row {
    enum gh_surface surface;
    enum gh_method method;
    /* "{scope...}/providers/Microsoft.Authorization/roleDefinitions/{name}": `{scope...}` stands in front alone and takes any number of segments,
     * also none; another `{}` takes one, any text but "", "." and "..". */
    const char *pattern;
    void (*answer)(struct gh_call *call, const struct gh_door *door);
};
struct gh_door { /* what the path said */
    const struct gh_door_row *row;
    struct gh_str scope;                    /* as it stands in the path, "" for none: see gh_door_scope */
    struct gh_str names[GH_DOOR_NAMES_MAX]; /* in the order of the pattern */
    struct gh_str version;                  /* of ARM: the api-version; of Graph: "v1.0" or "beta" */
};

/* arm_*.c, graph_*.c: a table each */
struct gh_door_table {
    const struct gh_door_row *rows;
    size_t n;
};
extern const struct gh_door_table gh_door_directory; /* door_directory.c */
extern const struct gh_door_table gh_door_conditional, gh_door_evaluate; /* graph_conditional.c, graph_evaluate.c */

/*
 * The row of the call's surface and method for a path without its version; slices of *out lie in `path`. False: there is none, or the path has a step
 * "", "." or ".."; *is_other: one of another method has it.
 */
bool gh_door_find(struct gh_door *out, bool *is_other, const struct gh_call *call, struct gh_str path);
/* The call's surface is ARM or Graph, and who calls is known. */
void gh_door_answer(struct gh_call *call);

/*
 * The answer becomes an error in the surface's shape. `code` NULL: the surface's own for that status. `message` is for the caller, from
 * literals and what was redacted. Always false.
 */
bool gh_door_refuse(struct gh_call *call, unsigned status, const char *code, struct gh_str message);
/* The 403 of a decision that denied: Azure's words, with client, action and scope. Always false. */
bool gh_door_forbid(struct gh_call *call);

/*
 * Our scope of a path's: "" is "/", a path of ours is itself, "/subscriptions/{s}" and management groups are "/". False: the answer is a 400
 * (InvalidScope... no such resource type).
 */
bool gh_door_scope(struct gh_str *out, struct gh_call *call, struct gh_str written);

/* One resource as the store has it; out->path.p NULL: there is none. False: the answer is a fault. */
bool gh_door_load(struct gh_store_resource *out, struct gh_props *props, struct gh_call *call, struct gh_str path);
/*
 * PUT and DELETE of an ordinary resource, with all that they do behind /api: decision, schema, the type's checks, preconditions, ADMIN record,
 * publication. `properties` is JSON. True: call->status is 200, 201 or 204 and call->out is empty, to be filled with the door's own shape;
 * false: the answer is a refusal. *out, if not NULL, is what is stored now.
 */
bool gh_door_put(struct gh_store_resource *out, struct gh_call *call, struct gh_str path, struct gh_str properties);
bool gh_door_delete(struct gh_call *call, struct gh_str path);
/* The same over what gh_door_load gave, of which `properties` were made: 412 if another wrote it since. */
bool gh_door_put_over(struct gh_call *call, struct gh_str path, struct gh_str properties, const struct gh_store_resource *over);

/* "https://host:port/arm", for links that are absolute; by the local socket without the origin. */
struct gh_str gh_door_base(struct gh_call *call);

/*
 * {"value":[...]} of all resources of one type. `put` writes one as an object or leaves it out; it is asked for each in the order of paths and
 * says itself whether the caller may see it (gh_call_may).
 */
typedef void gh_door_put_fn(void *ctx, struct gh_call *call, struct gh_jsonw *w, const struct gh_store_resource *r, const struct gh_props *props);
void gh_door_list(struct gh_call *call, enum gh_resource type, gh_door_put_fn *put, void *ctx);

/* A random GUID in lower case (RFC 9562, version 4); empty without memory. */
struct gh_str gh_door_guid(struct gh_call *call);
/* The same of 16 bytes that are given: equal ones give equal names. */
struct gh_str gh_door_guid_of(struct gh_call *call, const uint8_t from[16]);
/* RFC 3339 in UTC. */
void gh_door_time(struct gh_jsonw *w, struct gh_call *call, const char *key, int64_t ms);
/* The parts as one text in the call's arena. */
#define gh_door_text(call, ...) \
    gh_props_join((call)->a, (const struct gh_str[]){__VA_ARGS__}, sizeof((const struct gh_str[]){__VA_ARGS__}) / sizeof(struct gh_str))

#endif
