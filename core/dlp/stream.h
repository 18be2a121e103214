/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dlp/stream: one text that comes in pieces: what of it may go on now, and what was found. Text is held back only from the earliest place on
 * where something may have begun (dlp.h: gh_dlp_alive, and candidates that want more), and only for types of rules->held; what is certain
 * and has no known end (a private key, a token) goes on at once as part of its finding. Findings do not depend on the pieces.
 */
#ifndef GH_DLP_STREAM_H
#define GH_DLP_STREAM_H

#include "base/limits.h"
#include "dlp/anchor.h"
#include "dlp/mark.h"
#include "dlp/shingle.h"

/* Takes what a stream gives, in the order of the text. Each byte of it comes once, in text() or in found(). */
struct gh_dlp_sink {
    void *ctx;
    void (*text)(void *ctx, struct gh_str s); /* no part of a finding */
    /* Bytes of a finding that were not given yet; f->end is right only when `is_end`. `known`: the finding from its first byte as far as it is
     * known, when is_begin; at least what made it certain. */
    void (*found)(void *ctx, const struct gh_dlp_finding *f, struct gh_str s, struct gh_str known, bool is_begin, bool is_end);
};

struct gh_dlp_stream {
    const struct gh_dlp_rules *rules;
    struct gh_dlp_sink sink;
    char *window; /* GH_DLP_WINDOW_BYTES: what was behind, what is held, what came */
    size_t n;
    uint64_t base, released, done; /* offsets in the text: of the window, of what was given, of the end of the last finding */
    size_t n_cand; /* in cand */
    struct gh_dlp_words words;
    struct gh_dlp_finding open; /* if is_open */
    uint32_t state;
    bool is_open;
    bool is_lost; /* more may have begun than can be kept: such a text is not looked at */
    uint32_t cand[GH_DLP_CANDIDATES_MAX]; /* (place in the window) * 8 + detector, sorted; the last member, and not zeroed */
};

/* `window` is the caller's, GH_DLP_WINDOW_BYTES of it. */
void gh_dlp_stream_init(struct gh_dlp_stream *s, const struct gh_dlp_rules *rules, const struct gh_dlp_sink *sink, char *window);

/* What comes behind a piece: nobody knows, so what may go on does; more of the text, at once, so it may wait for that; nothing. */
enum gh_dlp_behind { GH_DLP_UNKNOWN = 0, GH_DLP_GOES_ON, GH_DLP_ENDS };

/*
 * The next piece, at most GH_DLP_PIECE_BYTES and whole characters, with the anchors that the engine found in it (in the order of their ends). Everything is given
 * when the text ends with it.
 */
void gh_dlp_stream_feed(struct gh_dlp_stream *s, struct gh_str piece, const struct gh_dlp_anchor *anchors, size_t n, enum gh_dlp_behind behind);

/* Bytes that are held back. */
size_t gh_dlp_stream_held(const struct gh_dlp_stream *s);

/* How many bytes of `text` to feed next: as many as fit, and whole characters. */
size_t gh_dlp_piece(struct gh_str text);

#endif
