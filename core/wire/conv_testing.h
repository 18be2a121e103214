/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire/conv_testing: what the tests of the dialects share (built with tests alone): a conversation as a line of text, and cases of reading,
 * planning and forwarding a body. They are called inside a cmocka test and fail it with the name of the case and what came instead.
 */
#ifndef GH_WIRE_CONV_TESTING_H
#define GH_WIRE_CONV_TESTING_H

#include "sweeps.h"

#include "wire/dialect.h"

/*
 * The model, flags, " own=" and " hosted=" tools, " chosen=" ones, stored ids by their letter (response, conversation, file, K a container),
 * " refused=", then each part as |<role><kind>:text, with the letters of "system, user, assistant, tool" and "instruction, Prompt, Document,
 * Arguments, Schema, Media".
 */
enum gh_conv_telling {
    GH_TELL_USAGE = 1,   /* that the caller asked for usage          */
    GH_TELL_STORING = 2, /* whether the provider keeps the answer    */
    GH_TELL_BOUND = 4,   /* " max=" tokens                           */
    GH_TELL_SLASHES = 8  /* LF in a text of a part becomes a slash   */
};
void gh_conv_tell(struct gh_buf *b, const struct gh_conv *c, unsigned telling);

typedef void (*gh_conv_tell_fn)(struct gh_buf *b, const struct gh_conv *c);

/* A dialect, and how its conversations are told. */
struct gh_conv_test {
    const struct gh_dialect *dialect;
    gh_conv_tell_fn tell;
};

/* Parses and reads. */
enum gh_rc gh_conv_test_body(struct gh_conv *c, struct gh_json *j, struct gh_arena *a, const struct gh_dialect *d, struct gh_str body,
    struct gh_err *err);

/* Reading gives `rc`, and `told`: the conversation, or of a failure the reason (NULL: any). */
void gh_conv_test_read(const struct gh_conv_test *t, const char *name, const char *body, enum gh_rc rc, const char *told);

/* The body is forwarded as `out`, which has the same conversation. */
void gh_conv_test_plan(const struct gh_dialect *d, const char *name, const char *body, const struct gh_forward *how, const char *out);

/* Reads, plans, splices and checks: what an edge does with a body. For a gh_test_parse_fn. */
enum gh_rc gh_conv_test_forward(const struct gh_conv_test *t, const struct gh_forward *how, struct gh_buf *meaning, struct gh_arena *a,
    struct gh_str in);

#endif
