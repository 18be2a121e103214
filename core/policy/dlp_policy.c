/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/dlp_policy.h"

// clang-format off
#define WORD_ROW(name, text) text,
const char *const gh_dlp_act_names[GH_DLP_ACTS] = {GH_DLP_ACT_LIST(WORD_ROW)};
// clang-format on

enum gh_dlp_act
gh_dlp_act_find(struct gh_str word)
{
    unsigned i = 0;

    while (i < GH_DLP_ACTS && !gh_str_eq(gh_str_z(gh_dlp_act_names[i]), word))
        i++;
    return (enum gh_dlp_act)i;
}

enum gh_dlp_type
gh_dlp_type_find(struct gh_str word)
{
    unsigned i = 0;

    while (i < GH_DLP_POLICY_TYPES && !gh_str_eq(gh_str_z(gh_dlp_type_names[i]), word))
        i++;
    return (enum gh_dlp_type)i;
}

void
gh_dlp_policy_default(struct gh_dlp_policy *out)
{
    static const enum gh_dlp_act answers[GH_DLP_POLICY_TYPES] = {
        [GH_DLP_EMAIL] = GH_DLP_ACT_LOG,
        [GH_DLP_PHONE] = GH_DLP_ACT_LOG,
        [GH_DLP_CARD] = GH_DLP_ACT_LOG,
        [GH_DLP_IBAN] = GH_DLP_ACT_LOG,
        [GH_DLP_NATIONAL_ID] = GH_DLP_ACT_LOG,
        [GH_DLP_PROVIDER_KEY] = GH_DLP_ACT_REDACT,
        [GH_DLP_CLOUD_KEY] = GH_DLP_ACT_REDACT,
        [GH_DLP_PRIVATE_KEY] = GH_DLP_ACT_REDACT,
        [GH_DLP_JWT] = GH_DLP_ACT_REDACT,
        [GH_DLP_CONNECTION_STRING] = GH_DLP_ACT_REDACT,
        [GH_DLP_EXFIL_LINK] = GH_DLP_ACT_REDACT,
        [GH_DLP_HIDDEN_TEXT] = GH_DLP_ACT_REDACT,
        [GH_DLP_INSTRUCTIONS] = GH_DLP_ACT_CUT,
        [GH_DLP_CANARY] = GH_DLP_ACT_CUT,
        [GH_DLP_BLOCKED_TERM] = GH_DLP_ACT_CUT,
    };

    *out = (struct gh_dlp_policy){.is_set = true};
    for (unsigned t = 0; t < GH_DLP_POLICY_TYPES; t++) {
        out->act[GH_DLP_IN][t] = t == GH_DLP_BLOCKED_TERM ? GH_DLP_ACT_BLOCK : GH_DLP_ACT_LOG;
        out->act[GH_DLP_OUT][t] = answers[t];
    }
}

/* Each number: 3 bits for each type, from bit 8 on; the first one has the flags below. A type of a later build is 0 there: off. */
#define ACTS_AT  8u
#define ACT_BITS 3u
_Static_assert(ACTS_AT + GH_DLP_POLICY_TYPES * ACT_BITS <= 64 && GH_DLP_ACTS <= 1 << ACT_BITS, "acts fit a number");

void
gh_dlp_policy_pack(uint64_t out[2], const struct gh_dlp_policy *p)
{
    out[0] =
        (uint64_t)p->is_set | (uint64_t)p->is_required << 1 | (uint64_t)p->is_reversible << 2 | (uint64_t)p->is_whole_words << 3;
    out[1] = 0;
    for (unsigned d = 0; d < GH_DLP_DIRECTIONS; d++)
        for (unsigned t = 0; t < GH_DLP_POLICY_TYPES; t++)
            out[d] |= (uint64_t)p->act[d][t] << (ACTS_AT + t * ACT_BITS);
}

void
gh_dlp_policy_read(struct gh_dlp_policy *out, const struct gh_snap_rec *endpoint)
{
    *out = (struct gh_dlp_policy){.is_set = false};
    if (endpoint->row == NULL || endpoint->section != GH_SNAP_ENDPOINT)
        return;
    const uint64_t bits[2] = {gh_snap_u64(endpoint, GH_ENDPOINT_DLP_INPUT), gh_snap_u64(endpoint, GH_ENDPOINT_DLP_OUTPUT)};
    out->is_set = bits[0] & 1;
    out->is_required = bits[0] >> 1 & 1;
    out->is_reversible = bits[0] >> 2 & 1;
    out->is_whole_words = bits[0] >> 3 & 1;
    for (unsigned d = 0; d < GH_DLP_DIRECTIONS; d++)
        for (unsigned t = 0; t < GH_DLP_POLICY_TYPES; t++) {
            unsigned act = (unsigned)(bits[d] >> (ACTS_AT + t * ACT_BITS)) & 7;
            out->act[d][t] = act < GH_DLP_ACTS ? (enum gh_dlp_act)act : GH_DLP_ACT_BLOCK;
        }
}

static uint32_t
at_least(const struct gh_dlp_policy *p, enum gh_dlp_direction d, enum gh_dlp_act act)
{
    uint32_t bits = 0;

    for (unsigned t = 0; p->is_set && t < GH_DLP_POLICY_TYPES; t++)
        if (p->act[d][t] >= act)
            bits |= GH_DLP_BIT(t);
    return bits;
}

uint32_t
gh_dlp_policy_wanted(const struct gh_dlp_policy *p, enum gh_dlp_direction d)
{
    return at_least(p, d, GH_DLP_ACT_LOG);
}

uint32_t
gh_dlp_policy_held(const struct gh_dlp_policy *p, enum gh_dlp_direction d)
{
    return at_least(p, d, GH_DLP_ACT_REDACT);
}
