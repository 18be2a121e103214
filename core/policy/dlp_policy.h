/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy/dlp_policy: what an endpoint does about secrets, personal data, terms and its own instructions in the texts that pass it: type by
 * type, for each direction. Pure: a row of ENDPOINT in, a policy out. An endpoint that says nothing has no output guard.
 */
#ifndef GH_POLICY_DLP_POLICY_H
#define GH_POLICY_DLP_POLICY_H

#include "dlp/dlp.h"
#include "policy/snapshot.h"

/*
 * In the order of their strength. X(name, "in properties")
 *   annotate  the answer says that something was found (docs: header or comment), and passes
 *   redact    a placeholder stands in its place
 *   cut       answers: what stood before it passes, and the answer ends there in the words of its dialect; requests: as block
 *   block     nothing passes: an error, also in the middle of a stream
 */
#define GH_DLP_ACT_LIST(X) X(OFF, "off") X(LOG, "log") X(ANNOTATE, "annotate") X(REDACT, "redact") X(CUT, "cut") X(BLOCK, "block")
enum gh_dlp_act {
#define GH_DLP_ACT_ENUM(name, text) GH_DLP_ACT_##name,
    GH_DLP_ACT_LIST(GH_DLP_ACT_ENUM)
#undef GH_DLP_ACT_ENUM
    GH_DLP_ACTS
};
extern const char *const gh_dlp_act_names[GH_DLP_ACTS];

enum gh_dlp_direction { GH_DLP_IN = 0, GH_DLP_OUT, GH_DLP_DIRECTIONS };

/* Types that a policy can name: all but placeholders, which are found for their own sake. */
#define GH_DLP_POLICY_TYPES GH_DLP_PLACEHOLDER

struct gh_dlp_policy {
    bool is_set;         /* false: the endpoint has no output guard                               */
    bool is_required;    /* without the pattern database nothing is answered                      */
    bool is_reversible;  /* placeholders of a request become what they stand for in its answer     */
    bool is_whole_words; /* text is held back to the end of each word, for addresses (dlp.h)       */
    enum gh_dlp_act act[GH_DLP_DIRECTIONS][GH_DLP_POLICY_TYPES];
};

/* By its word in properties: GH_DLP_ACTS, GH_DLP_POLICY_TYPES for another word. */
enum gh_dlp_act gh_dlp_act_find(struct gh_str word);
enum gh_dlp_type gh_dlp_type_find(struct gh_str word);

/*
 * What `"dlp": {}` means. Requests: everything is logged, terms are blocked. Answers: secrets, links that carry data and hidden characters
 * are redacted, personal data is logged, canaries, instructions and terms cut the answer.
 */
void gh_dlp_policy_default(struct gh_dlp_policy *out);

/* The two numbers of an ENDPOINT row, there and back. */
void gh_dlp_policy_pack(uint64_t out[2], const struct gh_dlp_policy *p);
void gh_dlp_policy_read(struct gh_dlp_policy *out, const struct gh_snap_rec *endpoint);

/* Types with any act but off, as bits; those whose act changes or ends a text. */
uint32_t gh_dlp_policy_wanted(const struct gh_dlp_policy *p, enum gh_dlp_direction d);
uint32_t gh_dlp_policy_held(const struct gh_dlp_policy *p, enum gh_dlp_direction d);

#endif
