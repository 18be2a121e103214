/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dlp/term: lists of terms of an endpoint: those that it blocks, its canary, and the placeholders that a request has brought. A term is
 * found whatever its case and width, its runs of white space are one space, and characters without width inside it do not count. A word is
 * found as a word: letters and digits beside it make it another one; scripts without spaces have no such bounds.
 */
#ifndef GH_DLP_TERM_H
#define GH_DLP_TERM_H

#include "base/arena.h"
#include "dlp/dlp.h"

struct gh_dlp_term {
    struct gh_str text;
    enum gh_dlp_type type;
    bool is_word; /* with bounds, whatever its case; false: these very bytes, anywhere */
};

/* Copies what it needs. GH_BAD: a term is empty or longer than GH_DLP_TERM_BYTES_MAX. GH_NOMEM. */
GH_MUST_USE enum gh_rc gh_dlp_terms_make(struct gh_dlp_terms **out, struct gh_arena *a, const struct gh_dlp_term *terms, size_t n);

/* A term's text as it is looked for; such texts in the order of gh_str_cmp are made into terms fastest. GH_BAD: nothing of it counts. */
GH_MUST_USE enum gh_rc gh_dlp_term_fold(struct gh_str *out, struct gh_arena *a, struct gh_str text);

/* Whether a term may begin at `at`. */
bool gh_dlp_terms_begin(const struct gh_dlp_terms *t, const struct gh_dlp_view *v, size_t at);
enum gh_dlp_verdict gh_dlp_term_judge(struct gh_dlp_match *m, const struct gh_dlp_terms *t, const struct gh_dlp_view *v, size_t at);

#endif
