/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dlp/dlp: what must not leave in a text, or enter with one: secrets, personal data, links that carry data away, characters that hide
 * text, an endpoint's own instructions, canaries, terms of block lists. Pure: text in, findings out.
 *
 *   text -> anchors (anchor.h: the pattern engine tells where to look) -> candidates: a place where a detector may begin
 *        -> its detector judges the text from there on: no, yes up to here, or more text is needed
 *
 * A verdict depends on the text from the candidate on and on at most GH_DLP_BEHIND bytes before it, never on how the text was cut: every
 * finding is found at every split. "More is needed" is what holds bytes back (stream.h); nothing else does.
 */
#ifndef GH_DLP_DLP_H
#define GH_DLP_DLP_H

#include "base/str.h"

/* X(name, "as policies, records and `gatehouse dlp scan` say it", "as placeholders say it"). Stored in snapshots as bits: append only. */
#define GH_DLP_TYPE_LIST(X)                                                                                          \
    X(EMAIL, "email", "EMAIL") X(PHONE, "phone", "PHONE") X(CARD, "card", "CARD") X(IBAN, "iban", "IBAN")            \
    X(NATIONAL_ID, "national_id", "NATIONAL_ID") X(PROVIDER_KEY, "provider_key", "PROVIDER_KEY")                     \
    X(CLOUD_KEY, "cloud_key", "CLOUD_KEY") X(PRIVATE_KEY, "private_key", "PRIVATE_KEY") X(JWT, "jwt", "JWT")         \
    X(CONNECTION_STRING, "connection_string", "CONNECTION_STRING") X(EXFIL_LINK, "exfil_link", "LINK")               \
    X(HIDDEN_TEXT, "hidden_text", "HIDDEN_TEXT") /* from here on: of an endpoint, not of the table of anchors */     \
    X(INSTRUCTIONS, "instructions", "INSTRUCTIONS") X(CANARY, "canary", "CANARY")                                    \
    X(BLOCKED_TERM, "blocked_term", "BLOCKED_TERM") X(PLACEHOLDER, "placeholder", "PLACEHOLDER")

enum gh_dlp_type {
#define GH_DLP_ENUM(name, text, holder) GH_DLP_##name,
    GH_DLP_TYPE_LIST(GH_DLP_ENUM)
#undef GH_DLP_ENUM
    GH_DLP_TYPES
};
#define GH_DLP_BIT(type) (UINT32_C(1) << (type))
#define GH_DLP_PATTERNS (GH_DLP_BIT(GH_DLP_HIDDEN_TEXT + 1) - 1) /* those that the pattern engine serves */

extern const char *const gh_dlp_type_names[GH_DLP_TYPES];
extern const char *const gh_dlp_holder_names[GH_DLP_TYPES];

/* A part of a text by offsets of its bytes, end exclusive. */
struct gh_dlp_finding {
    enum gh_dlp_type type;
    uint64_t at, end;
};

/* What is known of a text: `p` holds its bytes [base, base + n). */
struct gh_dlp_view {
    const char *p;
    size_t n;
    uint64_t base;
    bool is_last; /* nothing follows */
};

enum gh_dlp_verdict {
    GH_DLP_NO = 0,
    GH_DLP_MORE,  /* what follows decides                                                       */
    GH_DLP_FOUND, /* up to match.end                                                            */
    GH_DLP_OPEN   /* certain, and goes on for as long as gh_dlp_body says: match.end is so far  */
};

struct gh_dlp_match {
    enum gh_dlp_type type;
    size_t at, end; /* in the view */
};

/* Who judges a candidate. */
enum gh_dlp_detector { GH_DLP_SECRET = 0, GH_DLP_NUMBER, GH_DLP_MAIL, GH_DLP_LINK, GH_DLP_HIDDEN, GH_DLP_TERM, GH_DLP_SHINGLE, GH_DLP_DETECTORS };

/* Hosts that links may lead to: names, and "*.name" for all below. */
struct gh_dlp_hosts {
    const struct gh_str *item;
    size_t n;
};

struct gh_dlp_terms;    /* term.h    */
struct gh_dlp_shingles; /* shingle.h */

/* What is looked for. Borrowed for as long as it is used. */
struct gh_dlp_rules {
    uint32_t types;      /* bits: reported                                                       */
    uint32_t held;       /* bits, of these: their prefixes hold text back                        */
    bool is_whole_words; /* an address may begin in any word: hold each until its end (stream.h) */
    struct gh_dlp_hosts hosts;
    const struct gh_dlp_terms *terms;       /* NULL: none */
    const struct gh_dlp_shingles *shingles; /* NULL: none */
};

/* Judges the candidate at `at` of the view. */
enum gh_dlp_verdict gh_dlp_judge(struct gh_dlp_match *m, enum gh_dlp_detector d, const struct gh_dlp_rules *rules,
    const struct gh_dlp_view *v, size_t at);

/* The first place at or behind `from` (what lies before it was found to be something) where something may have begun that no anchor has told of
 * yet; v->n: nowhere. */
size_t gh_dlp_alive(const struct gh_dlp_rules *rules, const struct gh_dlp_view *v, size_t from);
/* A place that does not lie behind that one, told without a look at the text. */
size_t gh_dlp_alive_at_least(const struct gh_dlp_rules *rules, const struct gh_dlp_view *v, size_t from);

/* How many bytes of `s` go on with an open match of this type; s.n: all of them, and it is still open. *state is 0 at first. */
size_t gh_dlp_body(enum gh_dlp_type type, struct gh_str s, uint32_t *state);

#endif
