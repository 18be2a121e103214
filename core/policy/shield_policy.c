/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/shield_policy.h"

// clang-format off
#define WORD_ROW(name, text) text,
static const char *const acts[] = {GH_SHIELD_ACT_LIST(WORD_ROW)};
static const char *const spotlights[] = {GH_SPOTLIGHT_LIST(WORD_ROW)};
static const char *const classes[] = {GH_SHIELD_CLASS_LIST(WORD_ROW)};
// clang-format on

static unsigned
find(const char *const *words, unsigned n, struct gh_str word)
{
    unsigned i = 0;

    while (i < n && !gh_str_eq(gh_str_z(words[i]), word))
        i++;
    return i;
}

enum gh_shield_act
gh_shield_act_find(struct gh_str word)
{
    return (enum gh_shield_act)find(acts, GH_SHIELD_ACTS, word);
}

enum gh_spotlight
gh_spotlight_find(struct gh_str word)
{
    return (enum gh_spotlight)find(spotlights, GH_SPOTLIGHTS, word);
}

enum gh_shield_class
gh_shield_class_find(struct gh_str word)
{
    unsigned i = find(classes, GH_SHIELD_CLASSES, word);

    return i == GH_SHIELD_NONE ? GH_SHIELD_CLASSES : (enum gh_shield_class)i;
}

void
gh_shield_policy_default(struct gh_shield_policy *out)
{
    *out = (struct gh_shield_policy){.is_set = true};
    for (unsigned k = 0; k < GH_SHIELD_KINDS; k++)
        for (unsigned c = GH_SHIELD_NONE + 1; c < GH_SHIELD_CLASSES; c++)
            out->act[k][c] = GH_SHIELD_ACT_BLOCK;
}

/*
 * First number: bit 0 set, bit 1 required, bits 2 and 3 spotlight; from bit 8 on 16 bits for each kind, two for each class. A class of a
 * later build is 0 there: off. Second number: 16 bits for each kind.
 */
#define ACTS_AT    8u
#define KIND_BITS  16u
#define CLASS_BITS 2u
_Static_assert(
    (GH_SHIELD_CLASSES - 1) * CLASS_BITS <= KIND_BITS && ACTS_AT + GH_SHIELD_KINDS * KIND_BITS <= 64, "acts fit a number");
_Static_assert(GH_SHIELD_ACTS <= 1 << CLASS_BITS && GH_SPOTLIGHTS <= 4 && GH_SHIELD_THRESHOLD_ONE < 1 << 16, "fields fit");

static unsigned
place_of(unsigned kind, unsigned class)
{
    return ACTS_AT + kind * KIND_BITS + (class - 1) * CLASS_BITS;
}

void
gh_shield_policy_pack(uint64_t out[2], const struct gh_shield_policy *p)
{
    out[0] = (uint64_t)p->is_set | (uint64_t)p->is_required << 1 | (uint64_t)p->spotlight << 2;
    out[1] = 0;
    for (unsigned k = 0; k < GH_SHIELD_KINDS; k++) {
        out[1] |= (uint64_t)p->threshold[k] << (16 * k);
        for (unsigned c = GH_SHIELD_NONE + 1; c < GH_SHIELD_CLASSES; c++)
            out[0] |= (uint64_t)p->act[k][c] << place_of(k, c);
    }
}

void
gh_shield_policy_read(struct gh_shield_policy *out, const struct gh_snap_rec *endpoint)
{
    uint64_t bits = gh_snap_u64(endpoint, GH_ENDPOINT_SHIELD), thresholds = gh_snap_u64(endpoint, GH_ENDPOINT_SHIELD_THRESHOLDS);

    *out = (struct gh_shield_policy){
        .is_set = bits & 1, .is_required = bits >> 1 & 1, .spotlight = (enum gh_spotlight)(bits >> 2 & 3)};
    for (unsigned k = 0; k < GH_SHIELD_KINDS; k++) {
        out->threshold[k] = thresholds >> (16 * k) & 0xffff;
        for (unsigned c = GH_SHIELD_NONE + 1; c < GH_SHIELD_CLASSES; c++)
            out->act[k][c] = (enum gh_shield_act)(bits >> place_of(k, c) & 3);
    }
}

enum gh_shield_act
gh_shield_act_on(const struct gh_shield_policy *p, enum gh_shield_kind kind, enum gh_shield_class found)
{
    if (found == GH_SHIELD_NONE || found >= GH_SHIELD_CLASSES)
        return GH_SHIELD_ACT_OFF;
    return p->act[kind < GH_SHIELD_KINDS ? kind : GH_SHIELD_USER][found];
}

bool
gh_shield_wants(const struct gh_shield_policy *p, enum gh_shield_kind kind)
{
    for (unsigned c = GH_SHIELD_NONE + 1; c < GH_SHIELD_CLASSES; c++)
        if (p->act[kind][c] != GH_SHIELD_ACT_OFF)
            return true;
    return false;
}

bool
gh_shield_annotates(const struct gh_shield_policy *p)
{
    for (unsigned k = 0; k < GH_SHIELD_KINDS; k++)
        for (unsigned c = GH_SHIELD_NONE + 1; c < GH_SHIELD_CLASSES; c++)
            if (p->act[k][c] == GH_SHIELD_ACT_ANNOTATE)
                return true;
    return false;
}

enum gh_filter
gh_shield_filter_of(enum gh_shield_kind kind)
{
    return kind == GH_SHIELD_DOCUMENT || kind == GH_SHIELD_TOOL_OUTPUT ? GH_FILTER_INDIRECT_ATTACK : GH_FILTER_JAILBREAK;
}
