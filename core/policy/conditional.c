/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/conditional.h"

#include "base/codec.h"
#include "base/limits.h"
#include "policy/conditional_filter.h"
#include "policy/conditional_int.h"
#include "policy/ranges.h"
#include "policy/resource.h"
#include "policy/snapshot_int.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define WORD(name, word) word,
const char *const gh_cond_client_words[GH_COND_CLIENT_COUNT] = {NULL, GH_COND_CLIENT_LIST(WORD)};
const char *const gh_cond_platform_words[GH_COND_PLATFORM_COUNT] = {NULL, GH_COND_PLATFORM_LIST(WORD)};
const char *const gh_cond_result_words[GH_COND_RESULTS] = {GH_COND_RESULT_LIST(WORD)};
const char *const gh_cond_why_words[GH_COND_WHYS] = {GH_COND_WHY_LIST(WORD)};
#undef WORD

/* One judgement in progress: the call, and what several policies may ask of it, found once. */
struct judge {
    const struct gh_cond_call *call;
    struct gh_snap_rec all;
    struct gh_risk_now risk;
    bool has_risk;
    uint64_t place_is_known[GH_COND_PLACES_MAX / 64], place_has[GH_COND_PLACES_MAX / 64], place_is_unsure[GH_COND_PLACES_MAX / 64];
};

typedef enum gh_cond_match condition_fn(struct judge *j, const struct gh_snap_rec *p, uint64_t flags);

static inline enum gh_cond_match
match_of(bool is)
{
    return is ? GH_COND_YES : GH_COND_NO;
}

/* Included, and what is certainly excluded taken away. */
static inline enum gh_cond_match
without(enum gh_cond_match included, enum gh_cond_match excluded)
{
    return excluded == GH_COND_YES ? GH_COND_NO : included;
}

static bool
is_among(struct gh_str s, const struct gh_snap_rec *p, unsigned field)
{
    size_t n = gh_snap_count_of(p, field);

    for (size_t i = 0; i < n; i++)
        if (gh_str_eq(gh_snap_item_of(p, field, i), s))
            return true;
    return false;
}

static bool
is_any_among(const struct gh_caller *c, const struct gh_snap_rec *p, unsigned field)
{
    size_t n = gh_snap_count_of(p, field);

    for (size_t i = 0; i < n; i++) {
        struct gh_str wanted = gh_snap_item_of(p, field, i);
        for (size_t k = 0; k < c->n_principals; k++)
            if (gh_str_eq(c->principals[k], wanted))
                return true;
    }
    return false;
}

/* ---- who ---- */

static bool
is_live(const struct gh_snap_rec *grant, int64_t now_ms)
{
    uint64_t start = gh_snap_u64_of(grant, GH_GRANT_START_MS), end = gh_snap_u64_of(grant, GH_GRANT_END_MS), now = (uint64_t)now_ms;

    return now >= start && (end == 0 || now < end);
}

/* Whether the caller holds one of these roles anywhere, by an assignment that counts now. */
static bool
holds_any(struct judge *j, const struct gh_snap_rec *p, unsigned field)
{
    const struct gh_caller *c = j->call->caller;
    struct gh_snap_rec row;

    if (gh_snap_count_of(p, field) == 0)
        return false;
    for (size_t k = 0; k < c->n_principals; k++) {
        if (!gh_snap_find(&row, j->call->snap, GH_SNAP_ASSIGNMENT, c->principals[k]))
            continue;
        for (size_t i = 0; i < gh_snap_count(&row, GH_ASSIGNMENT_GRANTS); i++) {
            struct gh_snap_rec grant = gh_snap_row(&row, GH_ASSIGNMENT_GRANTS, i);
            if (is_live(&grant, j->call->now_ms) && is_among(gh_snap_str_of(&grant, GH_GRANT_ROLE), p, field))
                return true;
        }
    }
    return false;
}

static inline bool
has_role(struct judge *j, const struct gh_snap_rec *p, uint64_t flags, unsigned field)
{
    return (flags & GH_COND_HAS_ROLES) != 0 && holds_any(j, p, field);
}

/* An excluded list that somebody is not certainly on does not take the policy away: groups that overflowed never exclude. */
static inline bool
is_user_excluded(struct judge *j, const struct gh_snap_rec *p, uint64_t flags)
{
    return is_any_among(j->call->caller, p, GH_COND_POLICY_NOT_USERS) || has_role(j, p, flags, GH_COND_POLICY_NOT_ROLES);
}

/* Where not all groups are known he may be in one that is included, or hold an included role through one. */
static bool
may_be_included(const struct gh_caller *c, const struct gh_snap_rec *p, uint64_t flags)
{
    return c->groups_unknown && ((flags & GH_COND_HAS_GROUPS) != 0 || gh_snap_count_of(p, GH_COND_POLICY_ROLES) > 0);
}

static inline bool
is_user_included(struct judge *j, const struct gh_snap_rec *p, uint64_t flags)
{
    const struct gh_caller *c = j->call->caller;

    if ((flags & GH_COND_HAS_USERS) == 0 || c->sort == GH_CALLER_WORKLOAD)
        return false;
    if ((flags & GH_COND_HAS_ALL_USERS) != 0 || may_be_included(c, p, flags))
        return true;
    return is_any_among(c, p, GH_COND_POLICY_USERS) || has_role(j, p, flags, GH_COND_POLICY_ROLES);
}

static inline bool
is_workload_included(struct judge *j, const struct gh_snap_rec *p, uint64_t flags)
{
    const struct gh_caller *c = j->call->caller;

    if ((flags & GH_COND_HAS_WORKLOADS) == 0 || c->sort == GH_CALLER_USER)
        return false;
    return ((flags & GH_COND_HAS_ALL_WORKLOADS) != 0 || is_any_among(c, p, GH_COND_POLICY_WORKLOADS)) &&
           !is_any_among(c, p, GH_COND_POLICY_NOT_WORKLOADS);
}

/* Who is excluded by name or group is asked last of all (apply, below): what such a policy would have done is what an alert needs. */
static inline enum gh_cond_match
who(struct judge *j, const struct gh_snap_rec *p, uint64_t flags)
{
    return match_of(is_user_included(j, p, flags) || is_workload_included(j, p, flags));
}

/* ---- what ---- */

static bool
is_below(struct judge *j, const struct gh_snap_rec *p, unsigned field)
{
    size_t n = gh_snap_count_of(p, field);

    for (size_t i = 0; i < n; i++)
        if (gh_scope_covers(gh_snap_item_of(p, field, i), j->call->path))
            return true;
    return false;
}

static inline enum gh_cond_match
application(struct judge *j, const struct gh_snap_rec *p, uint64_t flags)
{
    uint64_t target = j->call->target;
    bool has_paths = (flags & GH_COND_HAS_PATHS) != 0;

    if ((flags & GH_COND_HAS_CONTEXTS) != 0)
        return GH_COND_YES; /* it is for whatever asks for the context */
    if ((flags >> GH_COND_NOT_TARGETS_AT & target) != 0 || (has_paths && is_below(j, p, GH_COND_POLICY_NOT_PATHS)))
        return GH_COND_NO;
    return match_of(
        (flags >> GH_COND_TARGETS_AT & GH_COND_ALL & target) != 0 || (has_paths && is_below(j, p, GH_COND_POLICY_PATHS)));
}

static enum gh_cond_match
context(struct judge *j, const struct gh_snap_rec *p, uint64_t flags)
{
    (void)flags;
    return match_of(j->call->context.n > 0 && is_among(j->call->context, p, GH_COND_POLICY_CONTEXTS));
}

/* ---- from where, and how ---- */

static enum gh_cond_match
is_in_countries(const struct gh_cond_call *call, const struct gh_snap_rec *place)
{
    struct gh_str pairs = gh_snap_str(place, GH_COND_PLACE_COUNTRIES);

    if (call->country_is == GH_COND_COUNTRY_NO_ANSWER)
        return GH_COND_UNKNOWN; /* also of a place with unknown countries: a damaged database must not exclude anybody */
    if (call->country_is == GH_COND_COUNTRY_NONE)
        return match_of(gh_snap_u64(place, GH_COND_PLACE_UNKNOWN) != 0);
    for (size_t i = 0; i + 2 <= pairs.n; i += 2)
        if (memcmp(pairs.p + i, call->country, 2) == 0)
            return GH_COND_YES;
    return GH_COND_NO;
}

static enum gh_cond_match
is_in_place(const struct gh_cond_call *call, const struct gh_snap_rec *place)
{
    struct gh_str ranges = gh_snap_str(place, GH_COND_PLACE_RANGES);

    if (ranges.n == 0)
        return is_in_countries(call, place);
    return call->has_ip ? match_of(gh_ranges_have(ranges, call->ip)) : GH_COND_UNKNOWN;
}

/* Places of word `w`, by the bits of `left`, until one has him. Asked once of most calls, and so not a part of what each policy asks. */
static __attribute__((noinline)) void
look_at_places(struct judge *j, size_t w, uint64_t left)
{
    enum gh_cond_match m = GH_COND_NO;

    for (; left != 0 && m != GH_COND_YES; left &= left - 1) {
        struct gh_snap_rec place = gh_snap_row(&j->all, GH_COND_PLACES, w * 64 + (size_t)__builtin_ctzll(left));
        uint64_t bit = left & -left;

        m = is_in_place(j->call, &place);
        j->place_is_known[w] |= bit;
        j->place_has[w] |= m == GH_COND_YES ? bit : 0;
        j->place_is_unsure[w] |= m == GH_COND_UNKNOWN ? bit : 0;
    }
}

/* Any of the places whose bits are set. */
static enum gh_cond_match
any_place(struct judge *j, struct gh_str bits)
{
    enum gh_cond_match found = GH_COND_NO;

    for (size_t w = 0; w * 8 + 8 <= bits.n && w < GH_COND_PLACES_MAX / 64; w++) {
        uint64_t asked = gh_snap_le64((const uint8_t *)bits.p + w * 8);

        if ((asked & j->place_has[w]) == 0 && (asked & ~j->place_is_known[w]) != 0)
            look_at_places(j, w, asked & ~j->place_is_known[w]);
        if ((asked & j->place_has[w]) != 0)
            return GH_COND_YES;
        if ((asked & j->place_is_unsure[w]) != 0)
            found = GH_COND_UNKNOWN;
    }
    return found;
}

static enum gh_cond_match
location(struct judge *j, const struct gh_snap_rec *p, uint64_t flags)
{
    enum gh_cond_match included;

    included = (flags & GH_COND_HAS_ALL_PLACES) != 0 ? GH_COND_YES : any_place(j, gh_snap_str_of(p, GH_COND_POLICY_PLACES));
    return included == GH_COND_NO ? GH_COND_NO : without(included, any_place(j, gh_snap_str_of(p, GH_COND_POLICY_NOT_PLACES)));
}

static enum gh_cond_match
clients(struct judge *j, const struct gh_snap_rec *p, uint64_t flags)
{
    uint64_t bits = gh_snap_u64_of(p, GH_COND_POLICY_CLIENTS);

    (void)flags;
    if (bits == 0)
        return GH_COND_YES;
    return j->call->client == GH_COND_CLIENT_UNKNOWN ? GH_COND_UNKNOWN : match_of((bits >> j->call->client & 1) != 0);
}

static enum gh_cond_match
platform(struct judge *j, const struct gh_snap_rec *p, uint64_t flags)
{
    unsigned on = j->call->platform;

    if (on == GH_COND_PLATFORM_UNKNOWN)
        return (flags & GH_COND_HAS_ALL_PLATFORMS) != 0 ? GH_COND_YES : GH_COND_UNKNOWN;
    if ((gh_snap_u64_of(p, GH_COND_POLICY_NOT_PLATFORMS) >> on & 1) != 0)
        return GH_COND_NO;
    return match_of((flags & GH_COND_HAS_ALL_PLATFORMS) != 0 || (gh_snap_u64_of(p, GH_COND_POLICY_PLATFORMS) >> on & 1) != 0);
}

static struct gh_str
filter_step(void *ctx, size_t i)
{
    return gh_snap_item(ctx, GH_COND_POLICY_FILTER, i);
}

static uint64_t
proofs_of(const struct gh_cond_call *call)
{
    return call->caller->proofs | call->device_proofs;
}

static enum gh_cond_match
device_by(struct judge *j, const struct gh_snap_rec *p, uint64_t flags, struct gh_str id)
{
    const struct gh_cond_call *call = j->call;
    uint64_t proofs = proofs_of(call);
    struct gh_str device[GH_COND_DEVICE_N] = {[GH_COND_DEVICE_ID] = id, [GH_COND_DEVICE_TRUST] = call->trust_type};
    struct gh_snap_rec row = *p;

    if ((proofs & GH_PROOF_BIT(COMPLIANT_DEVICE)) != 0)
        device[GH_COND_DEVICE_COMPLIANT] = GH_STR("True");
    else if (call->is_known_not_compliant)
        device[GH_COND_DEVICE_COMPLIANT] = GH_STR("False");
    if (device[GH_COND_DEVICE_TRUST].n == 0 && (proofs & GH_PROOF_BIT(JOINED_DEVICE)) != 0)
        device[GH_COND_DEVICE_TRUST] = GH_STR("ServerAD");
    enum gh_cond_match m = gh_cond_filter_judge(filter_step, gh_snap_count_of(p, GH_COND_POLICY_FILTER), &row, device);
    return (flags & GH_COND_HAS_FILTER_OUT) != 0 ? without(GH_COND_YES, m) : m;
}

/* A device that its token names and one that its certificate proves need not be the same: a policy passes over the call only if it does so for both. */
static enum gh_cond_match
devices(struct judge *j, const struct gh_snap_rec *p, uint64_t flags)
{
    struct gh_str told = j->call->caller->device_id, proved = j->call->device;
    enum gh_cond_match m = device_by(j, p, flags, proved.n > 0 ? proved : told), other = m;

    if (proved.n > 0 && told.n > 0)
        other = device_by(j, p, flags, told);
    if (m == GH_COND_YES || other == GH_COND_YES)
        return GH_COND_YES;
    return m == GH_COND_NO && other == GH_COND_NO ? GH_COND_NO : GH_COND_UNKNOWN;
}

/* ---- risk, flow, time ---- */

static const struct gh_risk_now *
risk(struct judge *j)
{
    const struct gh_caller *c = j->call->caller;

    if (!j->has_risk) {
        gh_risk_of(&j->risk, j->call->snap, c->name, j->call->now_ms);
        for (size_t i = 1; i < c->n_principals; i++) { /* an identity may be judged under its path or its alias: the worst counts */
            struct gh_risk_now other;
            gh_risk_of(&other, j->call->snap, c->principals[i], j->call->now_ms);
            if (other.level > j->risk.level || other.is_unknown)
                j->risk = other;
        }
        j->has_risk = true;
    }
    return &j->risk;
}

/* At one of the levels whose bits are set: the one that was told, or that of the caller. One that nobody knows may be any of them. */
static enum gh_cond_match
at_level(struct judge *j, const struct gh_snap_rec *p, unsigned shift, enum gh_risk told)
{
    uint64_t bits = gh_snap_u64_of(p, GH_COND_POLICY_RISKS) >> shift & 0xff;

    if (j->call->is_risk_told)
        return match_of((bits >> told & 1) != 0);
    return risk(j)->is_unknown ? GH_COND_UNKNOWN : match_of((bits >> risk(j)->level & 1) != 0);
}

static enum gh_cond_match
user_risk(struct judge *j, const struct gh_snap_rec *p, uint64_t flags)
{
    (void)flags;
    return at_level(j, p, 0, j->call->user_risk);
}

static enum gh_cond_match
sign_in_risk(struct judge *j, const struct gh_snap_rec *p, uint64_t flags)
{
    (void)flags;
    return at_level(j, p, 8, j->call->sign_in_risk);
}

static enum gh_cond_match
workload_risk(struct judge *j, const struct gh_snap_rec *p, uint64_t flags)
{
    (void)flags;
    return at_level(j, p, 16, j->call->user_risk);
}

static enum gh_cond_match
flow(struct judge *j, const struct gh_snap_rec *p, uint64_t flags)
{
    uint64_t wanted = gh_snap_u64_of(p, GH_COND_POLICY_FLOWS);

    (void)flags;
    if (wanted == 0 || (j->call->caller->proofs & wanted) != 0)
        return GH_COND_YES;
    return j->call->caller->is_flow_known ? GH_COND_NO : GH_COND_UNKNOWN;
}

static bool
is_at(struct judge *j, const struct gh_snap_rec *p, unsigned field)
{
    size_t n = gh_snap_count_of(p, field);

    for (size_t i = 0; i < n; i++)
        if (gh_cond_time_has(gh_snap_item_of(p, field, i), j->call->now_ms))
            return true;
    return false;
}

static enum gh_cond_match
time_of_day(struct judge *j, const struct gh_snap_rec *p, uint64_t flags)
{
    (void)flags;
    bool is_any = gh_snap_count_of(p, GH_COND_POLICY_TIMES) == 0; /* only excluded ones: all but these */
    return match_of((is_any || is_at(j, p, GH_COND_POLICY_TIMES)) && !is_at(j, p, GH_COND_POLICY_NOT_TIMES));
}

/* ---- one policy ---- */

/* Conditions that only some policies have, by the number of their flag from GH_COND_MORE_AT on: in the order in which they are cheap to ask. */
static const struct {
    enum gh_cond_why why;
    condition_fn *match;
} more[GH_COND_MORE_N] = {
    {GH_COND_WHY_CONTEXT, context},
    {GH_COND_WHY_CLIENTS, clients},
    {GH_COND_WHY_PLATFORM, platform},
    {GH_COND_WHY_FLOW, flow},
    {GH_COND_WHY_TIME, time_of_day},
    {GH_COND_WHY_USER_RISK, user_risk},
    {GH_COND_WHY_SIGN_IN_RISK, sign_in_risk},
    {GH_COND_WHY_WORKLOAD_RISK, workload_risk},
    {GH_COND_WHY_LOCATION, location},
    {GH_COND_WHY_DEVICES, devices},
};

/* The first that certainly does not match; NOT_SET: all do. */
static enum gh_cond_why
mismatch(struct judge *j, const struct gh_snap_rec *p, uint64_t flags)
{
    if (application(j, p, flags) == GH_COND_NO)
        return GH_COND_WHY_APPLICATION;
    if (who(j, p, flags) == GH_COND_NO)
        return (flags & GH_COND_HAS_WORKLOADS) != 0 ? GH_COND_WHY_WORKLOADS : GH_COND_WHY_USERS;
    for (uint64_t left = flags & GH_COND_HAS_MORE; left != 0; left &= left - 1) {
        size_t i = (size_t)__builtin_ctzll(left) - GH_COND_MORE_AT;

        if (more[i].match(j, p, flags) == GH_COND_NO)
            return more[i].why;
    }
    return GH_COND_WHY_NOT_SET;
}

/* Whether it applies; `is_excluded`: but for an exclusion of this person it would. */
static bool
applies(enum gh_cond_why *why, bool *is_excluded, struct judge *j, const struct gh_snap_rec *p, uint64_t flags)
{
    *why = mismatch(j, p, flags);
    *is_excluded = *why == GH_COND_WHY_NOT_SET && (flags & GH_COND_HAS_USERS) != 0 && is_user_excluded(j, p, flags);
    if (*is_excluded)
        *why = GH_COND_WHY_USERS;
    return *why == GH_COND_WHY_NOT_SET;
}

/* What is still asked for: of OR the first that could be met, in the order in which Graph asks; 0: satisfied. */
static uint64_t
unmet_grants(const struct judge *j, const struct gh_snap_rec *p, uint64_t flags)
{
    uint64_t asked = gh_snap_u64_of(p, GH_COND_POLICY_GRANTS), missing = asked & ~proofs_of(j->call);
    struct gh_str strength = gh_snap_str_of(p, GH_COND_POLICY_STRENGTH);
    bool is_met = missing != asked;

    if (strength.n > 0 && gh_cond_is_strong(proofs_of(j->call), strength))
        is_met = true;
    else if (strength.n > 0)
        missing |= GH_PROOF_BIT(MFA);
    if ((flags & GH_COND_HAS_OR) == 0 || missing == 0)
        return missing;
    return is_met ? 0 : missing & ~(missing - 1);
}

static bool
is_too_long_ago(const struct gh_cond_call *call, uint64_t max_age_s)
{
    int64_t at = call->caller->auth_time_ms, when = call->begun_ms > 0 ? call->begun_ms : call->now_ms;

    return max_age_s > 0 && (at <= 0 || when + GH_TOKEN_LEEWAY_S * 1000 < at || when - at > (int64_t)max_age_s * 1000);
}

static enum gh_cond_result
report(bool is_denied, bool is_blocked)
{
    if (!is_denied)
        return GH_COND_RESULT_REPORT_SUCCESS;
    return is_blocked ? GH_COND_RESULT_REPORT_FAILURE : GH_COND_RESULT_REPORT_INTERRUPTED;
}

static void
deny(struct gh_cond_decision *out, const struct gh_snap_rec *p, const struct gh_cond_outcome *o, uint64_t max_age_s)
{
    if (out->verdict == GH_ALLOW || (o->is_blocked && !out->is_blocked)) {
        out->policy = o->id;
        out->reason = o->is_blocked   ? "blocked by a conditional access policy"
                      : o->unmet != 0 ? "a conditional access policy asks for more proof"
                                      : "the sign-in is too long ago for a conditional access policy";
    }
    out->verdict = GH_DENY;
    out->is_blocked = out->is_blocked || o->is_blocked;
    out->unmet |= o->unmet;
    if ((o->unmet & GH_PROOF_BIT(MFA)) != 0 && gh_snap_str_of(p, GH_COND_POLICY_STRENGTH).n > 0)
        out->strength = gh_snap_str_of(p, GH_COND_POLICY_STRENGTH);
    if (max_age_s > 0 && (out->max_age_s == 0 || (int64_t)max_age_s < out->max_age_s))
        out->max_age_s = (int64_t)max_age_s;
}

/* Whether it applies. Of one that does not, result and why. */
static bool
judge_policy(struct gh_cond_decision *out, struct gh_cond_outcome *o, struct judge *j, const struct gh_snap_rec *p)
{
    uint64_t flags = gh_snap_u64_of(p, GH_COND_POLICY_FLAGS);
    bool is_reporting = (flags & GH_COND_HAS_REPORT) != 0, is_excluded;

    o->unmet = 0;
    o->is_blocked = false;
    if (!applies(&o->why, &is_excluded, j, p, flags)) {
        o->result = is_reporting ? GH_COND_RESULT_REPORT_NOT_APPLIED : GH_COND_RESULT_NOT_APPLIED;
        if (is_excluded && !is_reporting && j->call->caller->is_emergency)
            out->emergency = gh_snap_str_of(p, GH_COND_POLICY_ID);
        return false;
    }
    o->id = gh_snap_str_of(p, GH_COND_POLICY_ID);
    o->is_blocked = (flags & GH_COND_HAS_BLOCK) != 0;
    if (!o->is_blocked)
        o->unmet = unmet_grants(j, p, flags);
    uint64_t max_age_s = gh_snap_u64_of(p, GH_COND_POLICY_MAX_AGE_S);
    max_age_s = is_too_long_ago(j->call, max_age_s) ? max_age_s : 0;
    bool is_denied = o->is_blocked || o->unmet != 0 || max_age_s > 0;
    o->result = is_reporting ? report(is_denied, o->is_blocked) : is_denied ? GH_COND_RESULT_FAILURE : GH_COND_RESULT_SUCCESS;
    if (is_denied && !is_reporting)
        deny(out, p, o, max_age_s);
    return true;
}

bool
gh_conditional_has(const struct gh_snap *snap)
{
    struct gh_snap_rec all;

    return gh_snap_find_only(&all, snap, GH_SNAP_COND) && gh_snap_count(&all, GH_COND_POLICIES) > 0;
}

bool
gh_conditional_has_countries(const struct gh_snap *snap)
{
    struct gh_snap_rec all;

    return gh_snap_find_only(&all, snap, GH_SNAP_COND) && gh_snap_u64(&all, GH_COND_HAS_COUNTRIES) != 0;
}

/* One policy; what is told of it goes to *o, whose id and name are filled here alone if it did not apply. */
static void
judge_one(struct gh_cond_decision *out, struct judge *j, const struct gh_snap_rec *p, struct gh_cond_outcome *o, bool is_told)
{
    if (!judge_policy(out, o, j, p) && !is_told)
        return;
    o->id = gh_snap_str_of(p, GH_COND_POLICY_ID);
    o->name = gh_snap_str_of(p, GH_COND_POLICY_NAME);
    out->n_outcomes++;
}

void
gh_conditional(
    struct gh_cond_decision *out, const struct gh_cond_call *call, struct gh_cond_outcome *outcomes, size_t max, bool want_all)
{
    struct judge j = {.call = call};
    struct gh_cond_outcome spare;
    uint64_t mask[GH_COND_CANDIDATES / 64];

    *out = (struct gh_cond_decision){.verdict = GH_ALLOW};
    if (!gh_snap_find_only(&j.all, call->snap, GH_SNAP_COND) || gh_snap_count_of(&j.all, GH_COND_POLICIES) == 0)
        return;
    size_t n = gh_snap_count_of(&j.all, GH_COND_POLICIES), row_bytes = j.all.file->part[GH_SNAP_COND_POLICY].row_bytes;
    const struct gh_snap_rec first = gh_snap_row(&j.all, GH_COND_POLICIES, 0);
    if (want_all)
        memset(mask, 0xff, sizeof(mask));
    else
        gh_cond_candidates(mask, &j.all, call->caller);
    for (size_t w = 0; w * 64 < n && w < GH_COND_CANDIDATES / 64; w++)
        for (uint64_t left = mask[w]; left != 0; left &= left - 1) {
            size_t i = w * 64 + (size_t)__builtin_ctzll(left);
            struct gh_snap_rec p = {first.file, first.row + i * row_bytes, first.section}; /* rows of one run lie side by side */
            if (i < n)
                judge_one(out, &j, &p, outcomes != NULL && out->n_outcomes < max ? &outcomes[out->n_outcomes] : &spare, want_all);
        }
}

/* Nothing about the call could make it not apply: not where, when, how or with what. */
static bool
is_unconditional(const struct gh_snap_rec *p, uint64_t flags)
{
    const uint64_t asks = GH_COND_HAS_FILTER | GH_COND_HAS_PLATFORMS | GH_COND_HAS_TIMES | GH_COND_HAS_CONTEXTS;
    bool is_anywhere = (flags & GH_COND_HAS_PLACES) == 0 ||
                       ((flags & GH_COND_HAS_ALL_PLACES) != 0 && gh_snap_str_of(p, GH_COND_POLICY_NOT_PLACES).n == 0);

    return (flags & asks) == 0 && is_anywhere && gh_snap_u64_of(p, GH_COND_POLICY_CLIENTS) == 0 &&
           gh_snap_u64_of(p, GH_COND_POLICY_RISKS) == 0 && gh_snap_u64_of(p, GH_COND_POLICY_FLOWS) == 0;
}

bool
gh_conditional_locks_out(const struct gh_snap *snap, const struct gh_caller *caller, int64_t now_ms)
{
    const struct gh_cond_call call = {
        .snap = snap, .caller = caller, .now_ms = now_ms, .target = GH_COND_MANAGEMENT, .path = GH_STR("/")};
    struct judge j = {.call = &call};
    size_t n = gh_snap_find_only(&j.all, snap, GH_SNAP_COND) ? gh_snap_count(&j.all, GH_COND_POLICIES) : 0;

    for (size_t i = 0; i < n; i++) {
        struct gh_snap_rec p = gh_snap_row(&j.all, GH_COND_POLICIES, i);
        uint64_t flags = gh_snap_u64_of(&p, GH_COND_POLICY_FLAGS);
        if (gh_snap_u64_of(&p, GH_COND_POLICY_STATE) == GH_COND_ENABLED && (flags & GH_COND_HAS_BLOCK) != 0 &&
            is_unconditional(&p, flags) && application(&j, &p, flags) != GH_COND_NO && who(&j, &p, flags) != GH_COND_NO &&
            !is_user_excluded(&j, &p, flags))
            return true;
    }
    return false;
}
