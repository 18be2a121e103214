/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire/filtered: what the controls of content found, in the words of Azure's content filter (protocols.md 1.4): as the reason of a refusal,
 * and as an annotation of an answer.
 */
#ifndef GH_WIRE_FILTERED_H
#define GH_WIRE_FILTERED_H

#include "wire/dialect.h"

/* X(name, "member"). Each is {"filtered": bool, "detected": bool}. */
#define GH_FILTER_LIST(X) X(JAILBREAK, "jailbreak") X(INDIRECT_ATTACK, "indirect_attack")

enum gh_filter {
#define GH_FILTER_ENUM(name, text) GH_FILTER_##name,
    GH_FILTER_LIST(GH_FILTER_ENUM)
#undef GH_FILTER_ENUM
    GH_FILTER_COUNT
};

struct gh_filtered {
    struct {
        bool is_judged, is_detected, is_filtered; /* one that nobody judged is not said to be clean: it is left out */
    } of[GH_FILTER_COUNT];
};

/* The object of all that were judged. */
void gh_filtered_put(struct gh_jsonw *w, const struct gh_filtered *f);

/* The body of a refusal as GH_PROBLEM_FILTERED, with what was found where the surface has words for it. */
void gh_filtered_put_problem(struct gh_buf *out, enum gh_surface surface, const struct gh_filtered *f, struct gh_str request_id);

/*
 * The edits that put the results into a whole answer of Azure's chat (protocols.md 1.3) as `prompt_filter_results`; what its backend says there
 * of other filters stays, what it says of these is ours from now on. GH_NOMEM, GH_LIMIT.
 */
GH_MUST_USE enum gh_rc gh_filtered_annotate(struct gh_edits *edits, struct gh_arena *a, const struct gh_json *answer, const struct gh_filtered *f);

/* The chunk that goes before all others of a stream: no choices, and the results; its data. */
void gh_filtered_put_chunk(struct gh_buf *out, const struct gh_filtered *f);

#endif
