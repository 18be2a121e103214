/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire/spoken: every text that an answer says, whatever its dialect, and where it stands in the JSON: what the output guard reads and rewrites.
 * A piece of a text that is streamed belongs to a channel: pieces of one channel are joined, and end with the event that says so. Any other
 * string stands for itself, also one that no dialect knows; ids, types, models, roles and the like are not texts, but where a model names the
 * members itself (the input of a tool): there names and long numbers are texts as well, and everywhere names that no provider would choose.
 */
#ifndef GH_WIRE_SPOKEN_H
#define GH_WIRE_SPOKEN_H

#include "wire/dialect.h"

/* 0: no channel: a text of its own. Else unique within an answer: what is said, and where: choice, block or item, part or tool. */
typedef uint64_t gh_channel;

struct gh_spoken_text {
    gh_channel channel;
    uint32_t at, end; /* of the JSON string, quotes included; of the number */
    struct gh_str text;
    bool is_echo; /* the provider repeats the instructions that it was given */
    bool is_json; /* JSON by itself, or a piece of it: arguments of a tool */
    bool is_name; /* of a member that no provider names so */
    bool is_number; /* of somebody's own making, and long enough to be more than a count */
};

/* Channels that end with this event, behind what it says in them itself: those whose bits under `mask` are those of `channel`. */
struct gh_spoken_end {
    gh_channel channel, mask;
};

struct gh_spoken {
    struct gh_spoken_text *text;
    size_t n;
    struct gh_spoken_end *end;
    size_t n_ends;
    struct gh_spoken_text *logprobs; /* members that tell the text again, token by token: `text` is empty */
    size_t n_logprobs;
    uint32_t *begun; /* choices or blocks that have begun by this event, by their index */
    size_t n_begun;
    uint32_t sequence_at, sequence_end; /* the number of an event, to be counted on where one was added; 0, 0: it has none */
    int64_t sequence;
};

/* `data` of one event that the dialect understood. "[DONE]" ends all channels. GH_LIMIT, GH_NOMEM, GH_BAD. */
GH_MUST_USE enum gh_rc gh_spoken_event(struct gh_spoken *out, struct gh_arena *a, const struct gh_dialect *d, struct gh_str data);

/* A whole answer, or the body of an error: no channels. In those of models outside the families of dialects every string is a text. */
GH_MUST_USE enum gh_rc gh_spoken_answer(struct gh_spoken *out, struct gh_arena *a, const struct gh_dialect *d, const struct gh_json *answer);

/*
 * The end of a stream in which nothing more may be said, in the dialect's own words. Chat: a chunk that ends with content_filter, and [DONE]; messages: the
 * blocks are closed, stop_reason is refusal; responses: response.incomplete with content_filter. `first` and `last`: data of the first event, as the
 * client had it, and of the one in which it ends, which goes in front of this (`is_last_sent`) or not at all. `open`: choices or blocks that have
 * begun and not ended. GH_BAD: the dialect does not stream.
 */
struct gh_spoken_rest {
    struct gh_str first, last;
    bool is_last_sent;
    const uint32_t *open;
    size_t n_open;
};
GH_MUST_USE enum gh_rc gh_spoken_cut(struct gh_buf *out, struct gh_arena *a, const struct gh_dialect *d, const struct gh_spoken_rest *rest);

/* The same in a whole answer that says nothing behind `at`: the edits by which it says why. GH_BAD: the dialect has no words for it; such an answer is
 * refused. */
GH_MUST_USE enum gh_rc gh_spoken_cut_answer(struct gh_edits *edits, struct gh_arena *a, const struct gh_dialect *d, struct gh_str text, uint32_t at);

#endif
