/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy/shield_policy: what an endpoint does about attacks on its model, kind of text by kind and class by class, and which texts of a
 * conversation are which kind. Pure: a row of ENDPOINT and verdicts in, an act out. An endpoint that says nothing has no shield; one that
 * has it blocks whatever it does not say otherwise of.
 *
 * Kinds (protocols.md 1.2, 1.5, 1.6): what users write is `user`; results of tools are `tool_output`; whatever else can be written by others
 * is `document`: files, search results, replayed answers and arguments (the caller can forge them), descriptions and schemas of tools, texts
 * to be embedded, and what an application marks as documents inside a user's message. Operators' instructions are looked at for hidden
 * characters alone. Media are not read, but for files that are text.
 */
#ifndef GH_POLICY_SHIELD_POLICY_H
#define GH_POLICY_SHIELD_POLICY_H

#include "policy/snapshot.h"
#include "shield/shield.h"
#include "wire/filtered.h"

/* In the order of their strength. X(name, "in properties") */
#define GH_SHIELD_ACT_LIST(X) X(OFF, "off") X(LOG, "log") X(ANNOTATE, "annotate") X(BLOCK, "block")
enum gh_shield_act {
#define GH_SHIELD_ACT_ENUM(name, text) GH_SHIELD_ACT_##name,
    GH_SHIELD_ACT_LIST(GH_SHIELD_ACT_ENUM)
#undef GH_SHIELD_ACT_ENUM
    GH_SHIELD_ACTS
};

/* How texts of others are marked for the model (policy/spotlight.h). X(name, "in properties") */
#define GH_SPOTLIGHT_LIST(X) X(OFF, "off") X(DELIMIT, "delimit") X(DATAMARK, "datamark") X(ENCODE, "encode")
enum gh_spotlight {
#define GH_SPOTLIGHT_ENUM(name, text) GH_SPOTLIGHT_##name,
    GH_SPOTLIGHT_LIST(GH_SPOTLIGHT_ENUM)
#undef GH_SPOTLIGHT_ENUM
    GH_SPOTLIGHTS
};

/* By its word in properties: GH_SHIELD_ACTS, GH_SPOTLIGHTS, GH_SHIELD_CLASSES for another word ("none" is no class of an attack). */
enum gh_shield_act gh_shield_act_find(struct gh_str word);
enum gh_spotlight gh_spotlight_find(struct gh_str word);
enum gh_shield_class gh_shield_class_find(struct gh_str word);

#define GH_SHIELD_THRESHOLD_ONE 10000u /* thresholds are stored in these parts of one */

struct gh_shield_policy {
    bool is_set;      /* false: the endpoint has no shield                          */
    bool is_required; /* without its model nothing is answered                      */
    enum gh_spotlight spotlight;
    enum gh_shield_act act[GH_SHIELD_KINDS][GH_SHIELD_CLASSES];
    unsigned threshold[GH_SHIELD_KINDS]; /* parts of GH_SHIELD_THRESHOLD_ONE; 0: the model's own */
};

/* What `"shield": {}` means: everything is blocked, nothing is marked, and it goes on (recorded as not run) where the model is not there. */
void gh_shield_policy_default(struct gh_shield_policy *out);

/* The two numbers of an ENDPOINT row, there and back. */
void gh_shield_policy_pack(uint64_t out[2], const struct gh_shield_policy *p);
void gh_shield_policy_read(struct gh_shield_policy *out, const struct gh_snap_rec *endpoint);

/* ---- texts ---- */

#define GH_SHIELD_TURNS_MAX   6    /* turns of the user, one behind the other, that are also judged together, for what was split over them ... */
#define GH_SHIELD_TURNS_BYTES 2048 /* ... and how much of their end */
#define GH_SHIELD_SEAM_BYTES  256  /* on each side of where a turn follows on others: more than the windows of an attack that crosses it */

struct gh_shield_text {
    size_t part;           /* of the conversation; of texts that were joined the last one */
    size_t first;          /* the first one, of those; else `part`                        */
    size_t at;             /* where in it `text` begins; 0 where it was joined or decoded */
    struct gh_str text;    /* borrowed from the conversation or the arena; of one that is joined empty before gh_shield_join */
    enum gh_shield_kind kind;
    bool is_instruction;   /* looked at for hidden characters alone; kind says nothing     */
    bool is_whole;         /* `text` is the part, byte for byte                            */
    bool is_seam;          /* joined of the turns in [first, part], and the same whatever else the conversation says */
    bool is_for_doubt;     /* joined: judged where anything of the user's is not plainly harmless */
};

/*
 * All texts of a conversation that can be judged, in its order. Behind them, for what was split over turns of the user: each of his turns
 * where it follows on those before it (a seam), which for a conversation that comes again is one new text for one new turn; and at last
 * the end of all of them together, unless that is the last seam. GH_NOMEM.
 */
GH_MUST_USE enum gh_rc gh_shield_texts(struct gh_shield_text **out, size_t *n, struct gh_arena *a, const struct gh_conv *conv);

/* The turns of a text that is joined, as one text: nobody pays for one that was judged before. Of others nothing changes. GH_NOMEM. */
GH_MUST_USE enum gh_rc gh_shield_join(struct gh_shield_text *t, struct gh_arena *a, const struct gh_conv *conv);

/* Whether a part is a turn of the user: seams are joined of such parts. */
bool gh_shield_is_turn(const struct gh_part *p);

/* The next stretch of a user's message, from `at` on, that its application marks as documents: [*from, *to). */
bool gh_shield_embedded(size_t *from, size_t *to, struct gh_str text, size_t at);

/* What a "data:" address holds, if that is text by its type, or has no type (RFC 2397 section 2): decoded in the arena, or borrowed; else empty. */
struct gh_str gh_shield_media_text(struct gh_arena *a, struct gh_str uri);

/* Whether bytes are hidden in a text: tag characters outside of flags, or more variation selectors in a row than any letter has. *at, *end:
 * where the first run of them stands. */
bool gh_shield_is_smuggled(size_t *at, size_t *end, struct gh_str text);

/* ---- acts ---- */

/* What a finding is worth here. `kind` GH_SHIELD_KINDS: of instructions, which are the caller's as prompts are. */
enum gh_shield_act gh_shield_act_on(const struct gh_shield_policy *p, enum gh_shield_kind kind, enum gh_shield_class found);

/* Whether any class of this kind is looked for at all. */
bool gh_shield_wants(const struct gh_shield_policy *p, enum gh_shield_kind kind);

/* Whether anything that is found is told in answers. */
bool gh_shield_annotates(const struct gh_shield_policy *p);

/* As an annotation or refusal says it: attacks of users and of documents. */
enum gh_filter gh_shield_filter_of(enum gh_shield_kind kind);

#endif
