/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire/inner: JSON inside of a string, in pieces: the arguments of a tool. What its strings mean is what is looked at ("\u0040" is an @), and what
 * goes on is spelled as JSON again: a text that loses some of its strings, or numbers, is valid if it was. Whoever reads it reads what was looked at, also of what is no JSON:
 * a backslash that means nothing stands for itself, half of a pair of surrogates is U+FFFD.
 *
 *   piece -> gh_inner_read -> what it means, byte by byte with its kind -> (a detector) -> gh_inner_write, gh_inner_drop: each byte once, in order
 */
#ifndef GH_WIRE_INNER_H
#define GH_WIRE_INNER_H

#include "base/buf.h"
#include "base/limits.h"

enum gh_inner_kind {
    GH_INNER_SIGN = 0, /* of the structure: braces, commas, quotes, spaces: never dropped */
    GH_INNER_OTHER,    /* a number or a word outside of strings: what is dropped of it becomes 0, or nothing behind a digit; digits and signs behind go with it */
    GH_INNER_STRING    /* what a string means */
};

/* Zeros at first. */
struct gh_inner {
    uint64_t n_read, n_given; /* bytes of the meaning: told, and gone on or dropped */
    size_t n_pending;
    char pending[12]; /* an escape that is not whole */
    bool is_in_string;
    bool is_dropping;     /* a number, which stands as some digits already */
    bool is_behind_digit; /* of a number that goes on                      */
    uint8_t kind[GH_INNER_BYTES_MAX]; /* of the bytes between n_given and n_read, by their place modulo this */
};

/* What of *rest fits into `cap` bytes (4 at least), whole characters; takes it off. `is_last`: an escape that is not whole is none. At most GH_INNER_BYTES_MAX bytes may be told and
 * neither written nor dropped. */
size_t gh_inner_read(struct gh_inner *x, char *out, size_t cap, struct gh_str *rest, bool is_last);

/* The next bytes: go on. */
void gh_inner_write(struct gh_inner *x, struct gh_buf *out, struct gh_str s);
/* The next bytes: do not, but for the structure in which they stand. Of a word (true, null) all or nothing. */
void gh_inner_drop(struct gh_inner *x, struct gh_buf *out, struct gh_str s);
/* How many of the next n bytes stand in one string. */
size_t gh_inner_in_string(const struct gh_inner *x, size_t n);
/* `s` as it is spelled inside of a string. */
void gh_inner_spell(struct gh_buf *out, struct gh_str s);

#endif
