/* SPDX-License-Identifier: Apache-2.0 */
/*
 * baseline/expr: expressions of templates, reduced as far as the input alone allows. "[concat(parameters('a'), 'x')]" becomes a value; what
 * depends on the cloud (reference(), list*()), on a parameter without a value, or on a function that is not in the table becomes unknown,
 * with the reason. Nothing is guessed.
 *
 * An expression belongs to a scope: a template's parameters and variables. An environment is a scope with the loops around the place.
 * The machine has a stack of its own: no recursion over input, and steps, depth and text are bounded (GH_EXPR_* in base/limits.h);
 * what is beyond is unknown.
 */
#ifndef GH_BASELINE_EXPR_H
#define GH_BASELINE_EXPR_H

#include "baseline/value.h"

struct gh_eval;

/* One evaluation of parameters or variables by name, kept so that it is done once. */
struct gh_memo {
    struct gh_str name;
    uint8_t state;     /* 0 free, 1 being reduced, 2 done */
    struct gh_value value;
};

/* A template: what its expressions can see. */
struct gh_scope {
    const struct gh_doc *doc;
    const struct gh_env *base;    /* the scope without loops                                                   */
    gh_json_ref root;             /* the template object                                                       */
    gh_json_ref parameters, variables, functions; /* sections of it, or GH_JSON_NO                             */
    struct gh_value bound;        /* object NAME -> {value: ...}: parameter file or a deployment's parameters   */
    const struct gh_scope *outer; /* the template that deploys this one, or NULL                               */
    uint32_t id;                  /* counts from 0 in the input; part of symbols                               */
    bool is_function;             /* a user-defined function: `bound` are its arguments                         */
    struct gh_memo *memo;         /* one for each parameter, then one for each variable                        */
    uint32_t n_memo;
};

#define GH_ENV_TURN_UNKNOWN (-1)

/* A scope and the loops (or lambdas) around a place in it, innermost first. */
struct gh_env {
    struct gh_scope *scope;
    const struct gh_env *up;  /* NULL: no loop */
    struct gh_str name;       /* of the loop, may be empty; of the lambda's variable */
    bool is_lambda;
    bool is_property;         /* a loop within a resource: not what copyIndex() without a name means */
    int64_t index;            /* turn of the loop, or GH_ENV_TURN_UNKNOWN */
    struct gh_value value;    /* of the lambda's variable */
};

struct gh_frame;
struct gh_expr_op;

/* State of all reductions of one input. */
struct gh_eval {
    struct gh_arena *a;
    enum gh_rc rc;            /* sticky: GH_NOMEM */
    uint64_t steps;           /* done so far      */
    struct gh_value *stack;
    uint32_t n_stack, cap_stack;
    struct gh_frame *frame;
    uint32_t n_frame, cap_frame;
    struct gh_expr_op *op;
    uint32_t n_op, cap_op;
    /* What `reference(id)` of one of the input's own deployments says; NULL: never. False when the id is none of them. */
    bool (*reference)(struct gh_value *out, struct gh_eval *ev, struct gh_value id, const struct gh_env *env);
    void *ctx;
};

void gh_expr_init(struct gh_eval *ev, struct gh_arena *a);

/* The value written at node `v` of `doc`, reduced (an array or object: its members still lazy). env NULL: text is text. */
struct gh_value gh_expr_node(struct gh_eval *ev, const struct gh_doc *doc, gh_json_ref v, const struct gh_env *env);

/* Reduces an expression without its brackets, e.g. "concat('a', 'b')". */
struct gh_value gh_expr_text(struct gh_eval *ev, struct gh_str text, const struct gh_env *env);

/*
 * Member of an object by name without regard to case, reduced. ABSENT when there is none or `v` is null or absent; UNKNOWN when `v` is, when it is
 * no object, or when two members differ in case alone.
 */
struct gh_value gh_expr_get(struct gh_eval *ev, struct gh_value v, struct gh_str name);

/* Along "properties.networkAcls.defaultAction"; a segment may be quoted as ['a.b']. Stops at the first that is not an object. */
struct gh_value gh_expr_path(struct gh_eval *ev, struct gh_value v, const char *path);

/* The texts one behind the other with `between`; unknown ones as marks, so that the same parts make the same text. */
struct gh_value gh_expr_join(struct gh_eval *ev, const struct gh_value *part, uint32_t n, struct gh_str between);

/* Takes the next segment off a path: a name, a quoted name, "[*]" or "*". False at the end. */
bool gh_expr_segment(struct gh_str *segment, struct gh_str *path);

/*
 * Walk of an array's elements or an object's members, reduced: start with *it = 0. False at the end. `key` (may be NULL) is empty in arrays.
 * `is_open` of gh_expr_is_open: there may be further ones that the input does not show.
 */
bool gh_expr_each(struct gh_value *out, struct gh_str *key, struct gh_eval *ev, struct gh_value v, uint32_t *it);
bool gh_expr_is_open(struct gh_value v);

#endif
