/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy/condition: conditions of role assignments, role permissions and deny assignments (Azure's language, version 2.0; protocols.md 6.2).
 * Control compiles a text once, when it is written and when it is published; the snapshot holds the program; the edge only runs it.
 *
 *   condition  := term | NOT condition | !condition | condition AND condition | condition OR condition | ( condition )
 *   term       := ActionMatches{'pattern'} | SubOperationMatches{'name'} | Exists attribute | attribute [cross:]operator operand
 *   attribute  := @Request[name] | @Resource[name] | @Principal[name] | @Environment[name]
 *   operand    := attribute | value | {value, value}          a list needs a cross product, as ForAnyOfAnyValues:GuidEquals
 *
 * NOT binds closer than AND, AND closer than OR; words are compared without regard to case. What is not in the tables of condition_words.c
 * is refused when it is compiled, with its place: nothing is ignored. Which attributes there are, and of what kind, stands there too.
 *
 * Three values: what is not known, not there, or not of the kind that the operator compares makes a comparison unknown, and unknown stays so
 * through NOT. A grant needs yes. A denial does not need it: only a plain no lifts it.
 */
#ifndef GH_POLICY_CONDITION_H
#define GH_POLICY_CONDITION_H

#include "base/buf.h"
#include "base/limits.h"

struct gh_question;

/*
 * `program` is taken from the arena; `text` is not kept. GH_BAD: not of the language, or not supported; GH_LIMIT: longer than
 * GH_CONDITION_BYTES_MAX or deeper than GH_CONDITION_DEPTH_MAX; err->at is the offset in `text`.
 */
GH_MUST_USE enum gh_rc gh_condition_compile(struct gh_str *program, struct gh_arena *a, struct gh_str text, struct gh_err *err);

/* LATER: it depends on the resource, and the question is about everything below one (gh_decide_below). */
enum gh_holds { GH_HOLDS_UNKNOWN = 0, GH_HOLDS_NO, GH_HOLDS_YES, GH_HOLDS_LATER };

/* An empty program holds; a damaged one is unknown. Takes no memory; time is bounded by the length of the program. */
enum gh_holds gh_condition_run(struct gh_str program, const struct gh_question *q, bool is_below);

#endif
