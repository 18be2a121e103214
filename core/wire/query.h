/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire/query: the query of a path, name by name. Names and values are percent-decoded (clients send `api%2Dversion`), a `+` is a blank
 * (WHATWG URL section 5.1). A decoded slice may hold any byte.
 */
#ifndef GH_WIRE_QUERY_H
#define GH_WIRE_QUERY_H

#include "base/buf.h"

/* Undoes the escapes of `s` once. A NUL stands behind what comes out. GH_BAD: a percent sign without two hex digits; GH_NOMEM. */
GH_MUST_USE enum gh_rc gh_query_decode(struct gh_str *out, struct gh_arena *a, struct gh_str s, bool plus_is_space);

/* Takes one pair off the front of *rest. GH_OK; GH_MORE: there is none left; GH_BAD: a percent sign without two hex digits; GH_NOMEM. */
GH_MUST_USE enum gh_rc gh_query_next(struct gh_str *name, struct gh_str *value, struct gh_arena *a, struct gh_str *rest);

#endif
