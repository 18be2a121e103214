/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/redact: the one way by which text that came from outside reaches a log line, an error or a record.
 *
 * Appends `s` with everything shaped like a credential replaced by "[redacted]" (our API keys `gh_...`, `sk-...` and
 * `AKIA...` keys, JWTs `eyJ...`, what follows `Bearer `, `Basic `, `api-key:` or `password=`, PEM private keys, URL user
 * information), control characters and invalid UTF-8 as \xNN, and at most `max` bytes ("..." marks the cut).
 */
#ifndef GH_BASE_REDACT_H
#define GH_BASE_REDACT_H

#include "base/buf.h"

void gh_redact_put(struct gh_buf *out, struct gh_str s, size_t max);

#endif
