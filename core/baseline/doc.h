/* SPDX-License-Identifier: Apache-2.0 */
/*
 * baseline: is it secure? Reads Azure resource templates and exports, and judges each resource by a table of rules.
 *
 * The journey: doc.h (text -> document that knows its places) -> input.h (document -> resources, whatever shape it came in) -> value.h and
 * expr.h (what a property is, expressions reduced as far as they can be) -> rule.h (one row a rule) -> judge.h (row and resource -> outcome
 * with evidence). It trusts nothing in the input, guesses nothing, and opens nothing: files, clock and terminal are the caller's.
 *
 * baseline/doc: the text of one file, read by wire/json within the bounds of templates. Offsets are into the file as it came.
 * Beyond JSON: one byte order mark in front is skipped, and comments (// and slash-star), which templates may have, are blanked.
 */
#ifndef GH_BASELINE_DOC_H
#define GH_BASELINE_DOC_H

#include "wire/json.h"

/* Line and column (in characters) from 1. */
struct gh_doc_place {
    uint32_t line, column;
};

struct gh_doc {
    struct gh_json json;
    uint32_t skipped;            /* bytes of the file in front of json.text: a byte order mark                       */
    struct gh_doc_place *mark;       /* place of each 512 bytes of the text: what lies behind is counted from there         */
    const struct gh_doc *outer;  /* this document stood in a string of that one, at outer_at: its places are that string's; or NULL */
    uint32_t outer_at;
};

/* Borrows `text`, which must outlive the document. GH_BAD (also for a text that ends early), GH_LIMIT, GH_NOMEM; err->at is the offset. */
GH_MUST_USE enum gh_rc gh_doc_read(struct gh_doc *out, struct gh_arena *a, struct gh_str text, struct gh_err *err);

struct gh_doc_place gh_doc_place(const struct gh_doc *d, uint32_t at);

/* The same for a text that was not accepted: counts from its start. */
struct gh_doc_place gh_doc_text_place(struct gh_str text, uint32_t at);

/* Offset of a value in the outermost document. */
uint32_t gh_doc_at(const struct gh_doc *d, gh_json_ref v);

#endif
