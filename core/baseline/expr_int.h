/* SPDX-License-Identifier: Apache-2.0 */
/* baseline/expr_int: what the files of the reducer share alone. expr_read.c: text -> code; expr_run.c: the machine; expr_fn*.c: its functions. */
#ifndef GH_BASELINE_EXPR_INT_H
#define GH_BASELINE_EXPR_INT_H

#include "baseline/expr.h"

/* The value written at `v`, not yet reduced: an expression stays GH_VALUE_LAZY. */
struct gh_value gh_expr_lazy(struct gh_eval *ev, const struct gh_doc *doc, gh_json_ref v, const struct gh_env *env);

/* Member by name, not yet reduced. `*copy` is the element of the object's `copy` array that makes it, if that is so. */
struct gh_value gh_expr_member(struct gh_eval *ev, gh_json_ref *copy, struct gh_value v, struct gh_str name);

/* Appends a value as text, an unknown one as a mark; *result collects what the whole becomes (opaque, secret, unknown). */
void gh_expr_put(struct gh_buf *b, struct gh_value v, struct gh_value *result);
struct gh_value gh_expr_finish(struct gh_eval *ev, struct gh_buf *b, struct gh_value v);

/* Reduces what is lazy. */
struct gh_value gh_expr_force(struct gh_eval *ev, struct gh_value v);

#endif
