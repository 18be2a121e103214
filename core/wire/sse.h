/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire/sse: splits a byte stream into server-sent events (WHATWG HTML, section 9.2.6: LF, CR and CRLF end lines; `data` lines
 * are joined by LF; comments and unknown fields are skipped; a leading byte order mark is skipped). The answer does not depend on
 * how the input was cut. Raw bytes of an event are kept, so that it can be passed on as it came or dropped whole.
 */
#ifndef GH_WIRE_SSE_H
#define GH_WIRE_SSE_H

#include "base/buf.h"

/* What stands between two blank lines, also when it is only comments or nothing: then has_data is false. An event ends with its blank
 * line at once, so a CR that ends it is not held back for an LF that may follow: that LF is the first byte of the next raw. */
struct gh_sse_event {
    struct gh_str raw;  /* every byte of the event, its blank line included; borrowed until the next feed */
    struct gh_str name; /* the `event` field, empty if absent; borrowed likewise                          */
    struct gh_str data; /* joined data lines; borrowed likewise. has_data tells empty from absent          */
    bool has_data;
    bool has_others;    /* comments, ids, unknown fields, a second name: raw says more than name and data */
};

struct gh_sse {
    struct gh_buf raw;  /* bytes of the event in progress */
    struct gh_buf data;
    struct gh_buf name;
    size_t line_at;     /* where the line in progress begins in raw */
    uint8_t state;
    bool has_data;
    bool has_name;
    bool has_others;
    bool is_started;
    bool is_complete;   /* the last feed ended an event: the next one starts anew */
};

/* Buffers grow in `arena` up to GH_SSE_EVENT_BYTES_MAX each. */
void gh_sse_init(struct gh_sse *s, struct gh_arena *arena);

/*
 * Takes bytes from *in until an event ends. GH_OK: *event is filled, *in is what is left: call again. GH_MORE: *in is used
 * up. GH_LIMIT or GH_NOMEM: the event is too large; the stream cannot be understood any more.
 */
GH_MUST_USE enum gh_rc gh_sse_feed(struct gh_sse_event *event, struct gh_sse *s, struct gh_str *in);

/* Bytes of an unfinished event at the end of the stream (by the standard such an event is not dispatched). */
struct gh_str gh_sse_rest(const struct gh_sse *s);

#endif
