/* SPDX-License-Identifier: Apache-2.0 */
/* dlp/detect: the detectors beside those of secrets and numbers: addresses, links, hidden characters. Each judges one candidate. */
#ifndef GH_DLP_DETECT_H
#define GH_DLP_DETECT_H

#include "dlp/secret.h"

/* mail.c: `at` is the first byte of the local part. */
enum gh_dlp_verdict gh_dlp_mail_judge(struct gh_dlp_match *m, const struct gh_dlp_view *v, size_t at);
/* Where the local part begins whose `@` is at `sign`; `sign` itself if there is none. */
size_t gh_dlp_mail_begin(const struct gh_dlp_view *v, size_t sign);
/* Whether the word from `at` to the end of the view must be held back for an address: it looks like one, or is_any. */
bool gh_dlp_mail_alive(const struct gh_dlp_view *v, size_t at, bool is_any);

/* link.c: `at` is the first byte of the address, in Markdown or HTML. */
enum gh_dlp_verdict gh_dlp_link_judge(struct gh_dlp_match *m, const struct gh_dlp_hosts *hosts, const struct gh_dlp_view *v, size_t at);
/* Whether an address that stands at `at` is one of Markdown or HTML. */
bool gh_dlp_link_is_led(const struct gh_dlp_view *v, size_t at);
/* Whether the view ends inside the beginning of an address that begins at `at`. */
bool gh_dlp_link_alive(const struct gh_dlp_view *v, size_t at);

/* hidden.c: `at` is the first byte of the character. */
enum gh_dlp_verdict gh_dlp_hidden_judge(struct gh_dlp_match *m, const struct gh_dlp_view *v, size_t at);
/* How many bytes of `s` (whole characters) go on with a run. */
size_t gh_dlp_hidden_body(struct gh_str s);

#endif
