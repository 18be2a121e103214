/* SPDX-License-Identifier: Apache-2.0 */
/*
 * baseline/expr_int: what the files of the reducer share alone.
 *     expr.c       what is written at a place, and ways through it
 *     expr_read.c  text of an expression -> operations
 *     expr_run.c   the machine: a stack of values, a stack of frames, no recursion
 *     expr_fn*.c   the functions, one table
 */
#ifndef GH_BASELINE_EXPR_INT_H
#define GH_BASELINE_EXPR_INT_H

#include "baseline/expr.h"

#define GH_NO_TEXT ((struct gh_str){NULL, 0})

/* ---- expr.c ---- */

/* The value written at `v`, not yet reduced: an expression stays GH_VALUE_LAZY. */
struct gh_value gh_expr_lazy(struct gh_eval *ev, const struct gh_doc *doc, gh_json_ref v, const struct gh_env *env);
/* Member by name, not yet reduced. `*copy` is the element of the object's `copy` array that makes it, if that is so. */
struct gh_value gh_expr_member(struct gh_eval *ev, gh_json_ref *copy, struct gh_value v, struct gh_str name);
/* The i-th element or member, not yet reduced; false: there is none. Start with *it = 0. */
bool gh_expr_next(struct gh_value *out, struct gh_str *key, struct gh_eval *ev, struct gh_value v, uint32_t *it);
/* Appends a value as text, an unknown one as a mark; *result collects what the whole becomes (opaque, secret, unknown). */
void gh_expr_put(struct gh_buf *b, struct gh_value v, struct gh_value *result);
struct gh_value gh_expr_finish(struct gh_eval *ev, struct gh_buf *b, struct gh_value v);
/* A text that stands for a value: the same text, the same value. Empty when it has none. */
struct gh_str gh_expr_sym(struct gh_eval *ev, struct gh_value v);

/* ---- expr_read.c ---- */

enum gh_op_code { GH_OP_TEXT, GH_OP_NUMBER, GH_OP_GET /* key over container */, GH_OP_CALL, GH_OP_LAMBDA /* up to `to` */ };

#define GH_LAMBDA_NAMES_MAX 3

struct gh_expr_op {
    uint8_t code; /* enum gh_op_code */
    uint8_t argc;
    uint32_t to;
    const struct gh_fn *fn; /* CALL: NULL when it is not in the table */
    struct gh_str s;        /* TEXT; CALL: the name; LAMBDA: names with | between */
    int64_t n;
};

/* Appends the operations of an expression to ev->op. False: *why, nothing was appended. */
bool gh_expr_read(struct gh_eval *ev, struct gh_str text, const char **why);

/* ---- expr_run.c ---- */

/* Reduces what is lazy. */
struct gh_value gh_expr_force(struct gh_eval *ev, struct gh_value v);
/* Member that a `copy` element makes. */
struct gh_value gh_expr_copied(struct gh_eval *ev, struct gh_value object, gh_json_ref copy);

/* ---- the functions ---- */

struct gh_call {
    struct gh_eval *ev;
    const struct gh_env *env;
    struct gh_str name;
    struct gh_value *arg;
    uint32_t n;
};

enum { GH_FN_UNKNOWN = 1 /* takes unknown arguments */, GH_FN_OPAQUE = 2 /* takes opaque texts */, GH_FN_DEEP = 4 /* elements of arrays are reduced first */,
       GH_FN_DEEP_OBJECTS = 8 /* members of objects too */ };

/* What the machine does itself. */
enum gh_fn_special { GH_FN_PLAIN = 0, GH_FN_PARAMETERS, GH_FN_VARIABLES, GH_FN_LAMBDA_VARIABLES, GH_FN_MAP, GH_FN_FILTER, GH_FN_TO_OBJECT };

struct gh_fn {
    struct gh_str name;
    uint8_t min, max;
    uint8_t flags;
    uint8_t special;
    struct gh_value (*fn)(struct gh_call *c); /* may answer something lazy; reduces nothing itself */
};
const struct gh_fn *gh_fn_find(struct gh_str name);

/* Unknown, with "name(arguments)" as its symbol. */
struct gh_value gh_fn_unknown(struct gh_call *c, const char *why);
/* Room for an array or object of up to `n`; NULL: no memory, ev->rc says so. */
struct gh_made *gh_fn_made(struct gh_eval *ev, uint32_t n);
struct gh_value gh_fn_array(struct gh_made *made);
struct gh_value gh_fn_object(struct gh_made *made);
uint32_t gh_fn_count(struct gh_value v); /* elements or members that are there */

/* The rows of each file; the last has no name. */
extern const struct gh_fn gh_fn_logic[], gh_fn_text[], gh_fn_list[], gh_fn_cloud[];

#endif
