/* SPDX-License-Identifier: Apache-2.0 */
/*
 * echo/answer: what the demo's model says. It is no model: it returns the last message, word by word, counts words as tokens, and calls a
 * tool when it is asked to. Pure: a request's bytes in, JSON or events out, in the dialects of OpenAI's chat completions and Anthropic's
 * messages; to who scores it gives back what it was given.
 */
#ifndef GH_ECHO_ANSWER_H
#define GH_ECHO_ANSWER_H

#include "base/buf.h"

struct gh_echo {
    struct gh_str model, text; /* borrowed from the request or the arena; text is what is said */
    struct gh_str tool;        /* name of the tool to call; empty: none                         */
    struct gh_str arguments;   /* of the call: {"text": ...}                                    */
    struct gh_str unsaid;      /* what of them the stream still has to say                      */
    bool is_stream, has_usage; /* stream_options.include_usage                                  */
    bool is_cut;               /* max_tokens was reached                                        */
    uint64_t prompt_words, answer_words;
    uint64_t id;               /* the caller's, makes ids of answers and calls                  */
    int64_t created_s;
};

/* Reads a request. GH_BAD: err->what is a literal for the caller of the model. GH_NOMEM, GH_LIMIT. */
GH_MUST_USE enum gh_rc gh_echo_read(struct gh_echo *out, struct gh_arena *a, struct gh_str body, struct gh_err *err);

/* The whole answer. */
void gh_echo_put(struct gh_buf *out, const struct gh_echo *e);

/* Event i of the stream ("data: ...\n\n"), asked for in order from 0; false behind the last ("data: [DONE]"). */
bool gh_echo_put_event(struct gh_buf *out, struct gh_echo *e, size_t i);

/* The same in Anthropic's dialect (anthropic.c); and its count of tokens. */
void gh_echo_put_message(struct gh_buf *out, const struct gh_echo *e);
bool gh_echo_put_message_event(struct gh_buf *out, struct gh_echo *e, size_t i);
void gh_echo_put_count(struct gh_buf *out, const struct gh_echo *e);

/* The same as a response (responses.c), and embeddings of a body's texts. GH_BAD: it has none. */
void gh_echo_put_response(struct gh_buf *out, const struct gh_echo *e);
bool gh_echo_put_response_event(struct gh_buf *out, struct gh_echo *e, size_t i);
GH_MUST_USE enum gh_rc gh_echo_put_embeddings(struct gh_buf *out, struct gh_arena *a, struct gh_str body);

/* {"predictions":[body]}. GH_BAD and the other codes of the JSON reader: the body is none. */
GH_MUST_USE enum gh_rc gh_echo_put_score(struct gh_buf *out, struct gh_arena *a, struct gh_str body);

/* GET /v1/models, and an error in the dialect's shape. */
void gh_echo_put_models(struct gh_buf *out);
void gh_echo_put_error(struct gh_buf *out, const char *message, const char *type);

/* Takes one piece (blanks and the word behind them) off the front; false at the end. All pieces together are the text. */
bool gh_echo_piece(struct gh_str *piece, struct gh_str *rest);

#endif
