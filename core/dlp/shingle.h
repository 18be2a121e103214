/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dlp/shingle: whether a text repeats another one that must not be told: an endpoint's instructions. The other one is kept as keyed hashes
 * of three words in a row; a run of GH_DLP_SHINGLE_WORDS words of which every three stand in it is a finding. Words are letters and digits:
 * case, spaces, line breaks, punctuation and Markdown do not count. A text of fewer words is not guarded.
 */
#ifndef GH_DLP_SHINGLE_H
#define GH_DLP_SHINGLE_H

#include "base/arena.h"
#include "dlp/dlp.h"

#define GH_DLP_SHINGLE_WORDS 8

/* *out NULL: too few words. The texts are not kept. */
GH_MUST_USE enum gh_rc gh_dlp_shingles_make(struct gh_dlp_shingles **out, struct gh_arena *a, uint64_t key, const struct gh_str *texts, size_t n);

/* What was read of a stream so far; zeroed at first. */
struct gh_dlp_words {
    uint64_t hash[3];  /* of the last whole words, the newest at 0 */
    uint64_t begin[3]; /* offsets in the text                      */
    uint64_t inside;   /* of the word in the making, if is_inside  */
    unsigned n;        /* whole words, 3 at most                   */
    bool is_inside;
};
/* Reads on to the end of the view; calls add() with the offset in the view for each three words that stand in the other text. */
void gh_dlp_shingles_read(struct gh_dlp_words *w, const struct gh_dlp_shingles *s, const struct gh_dlp_view *v, size_t from,
    void (*add)(void *ctx, enum gh_dlp_detector d, size_t at), void *ctx);
enum gh_dlp_verdict gh_dlp_shingle_judge(struct gh_dlp_match *m, const struct gh_dlp_shingles *s, const struct gh_dlp_view *v, size_t at);

#endif
