/* SPDX-License-Identifier: Apache-2.0 */
/*
 * edge/dlp: the output guard at work: policy/dlp_policy.h and dlp/stream.h on the texts of a request, in the judge's thread, and on those of
 * its answer, whole (dlp_answer.c) or streamed (dlp_stream.c). What was found goes into records as type, place and keyed hash, never as text.
 */
#ifndef GH_EDGE_DLP_H
#define GH_EDGE_DLP_H

#include "module.h"

#include "dlp/stream.h"
#include "dlp/term.h"
#include "policy/dlp_policy.h"
#include "wire/inner.h"
#include "wire/spoken.h"

#define FINDINGS_MAX 16 /* of one direction, in a record; more are counted */

/* A text that stands for another one. */
typedef struct {
    enum gh_dlp_type type;
    struct gh_str text, original; /* "[EMAIL_1]", what it stands for */
    uint32_t next, next_text;     /* in their buckets: from 1 on, 0 is none */
} dlp_holder_t;

typedef struct {
    enum gh_dlp_type type;
    uint64_t at;    /* byte of the text          */
    uint32_t place; /* which text: part, or nth  */
    uint8_t hash[8];
    bool has_hash;
} dlp_finding_t;

typedef struct dlp_channel_s dlp_channel_t;

/* Of one call; in the judge's arena that lives as long as the request. */
struct ngx_http_gatehouse_dlp_s {
    struct gh_dlp_policy policy;
    struct gh_arena *keep;
    struct gh_str key;                          /* for hashes; empty: none is made        */
    struct gh_dlp_rules rules[GH_DLP_DIRECTIONS];
    bool is_observed;                           /* nothing is changed, blocked or cut     */
    bool has_terms;
    uint64_t judge;                             /* of requests, to memory.c               */
    struct gh_dlp_stream *whole;                /* of ngx_http_gatehouse_dlp_whole, one text after the other; NULL: not yet */
    char *whole_window;
    struct gh_inner *whole_inner;
    dlp_holder_t *holder;
    size_t n_holders, cap_holders;
    uint32_t *buckets; /* of originals, then of texts; NULL: no placeholder yet */
    unsigned n_of[GH_DLP_TYPES];
    unsigned count[GH_DLP_DIRECTIONS][GH_DLP_TYPES];
    enum gh_dlp_act worst[GH_DLP_DIRECTIONS], worst_term;
    dlp_finding_t finding[GH_DLP_DIRECTIONS][FINDINGS_MAX];
    size_t n_findings[GH_DLP_DIRECTIONS];
    /* of the answer */
    dlp_channel_t *channels;
    size_t n_channels;
    uint32_t open[GH_CHOICES_MAX];
    size_t n_open;
    struct gh_str first; /* data of the first event, as the client had it */
    uint64_t n_added;    /* events that the backend did not send: the numbers of those behind them are that much higher */
    const char *why;     /* literal: the bound that was met, where a text could not be looked at; NULL: none */
    uint32_t n_texts;
};

/* One text on its way through the detectors. */
typedef struct {
    struct ngx_http_gatehouse_dlp_s *dlp;
    enum gh_dlp_direction direction;
    uint32_t place;
    bool is_echo;        /* what would end the answer is only taken out: the provider repeats what it was told */
    struct gh_inner *inner; /* the text is JSON by itself, and its strings are looked at as they mean; NULL: it is not */
    struct gh_buf *out;  /* what goes on                                                                        */
    bool is_changed;
    enum gh_dlp_act stop; /* GH_DLP_ACT_CUT, GH_DLP_ACT_BLOCK: nothing goes on any more; else GH_DLP_ACT_OFF     */
    enum gh_dlp_act act; /* of the finding that is open                                                         */
    struct gh_buf whole; /* of one in a request, while it goes on: what its placeholder will stand for          */
    bool is_gathering;
    unsigned n_found;
    bool is_failed;
} dlp_pass_t;

extern const struct gh_dlp_sink ngx_http_gatehouse_dlp_sink; /* ctx: a dlp_pass_t */

/* The next piece of a text that came to `s` so far. False: it could not be looked at. */
bool ngx_http_gatehouse_dlp_feed(dlp_pass_t *p, struct gh_dlp_stream *s, struct gh_patterns_stream *engine,
    struct gh_patterns_scratch *scratch, struct gh_str piece, bool is_last);

/* A whole text, JSON by itself or not; p->out has room for it. False: it could not be looked at. */
bool ngx_http_gatehouse_dlp_whole(dlp_pass_t *p, const ngx_http_gatehouse_file_t *patterns, struct gh_str text, bool is_json);

/* A whole text of an answer. Where it is the "data:" address of a text in base64, that file is looked at as well, and what remains of it encoded again. `a`: for the file.
 * False: it could not be looked at. */
bool ngx_http_gatehouse_dlp_said(dlp_pass_t *p, const ngx_http_gatehouse_file_t *patterns, struct gh_arena *a, const struct gh_spoken_text *t);

/* What stands in the place of text `i` of an answer that says nothing any more, as JSON: names of members stay apart. */
bool ngx_http_gatehouse_dlp_empty(struct gh_str *out, struct gh_arena *a, const struct gh_spoken *said, size_t i);
/* `with` in the place of a text, as JSON. */
bool ngx_http_gatehouse_dlp_spell(struct gh_str *out, struct gh_arena *a, const struct gh_spoken_text *t, struct gh_str with);

/* Whether an answer says texts: numbers of tokens and vectors are none. Scores may be. */
static inline bool
ngx_http_gatehouse_dlp_has_texts(const struct gh_dialect *d)
{
    return d->op != GH_OP_EMBEDDINGS && d->op != GH_OP_COUNT_TOKENS;
}

/* Why an answer goes no further; a literal. */
const char *ngx_http_gatehouse_dlp_reason(enum gh_dlp_act stop);

#endif
