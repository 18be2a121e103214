/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom policies name, the other way round: from a name to the policies that include it. A caller stands for a dozen names and policies are
 * hundreds, of which few concern him; the rest is not looked at. The index is three strings of the row of all policies:
 *
 *   OPEN   a set: the policies that may be for a caller whatever his names are: for all, or by roles
 *   NAMED  slots of le32 tag of a name and le32 number of a set from 1 (0: empty), a power of two of them, open addressing with linear
 *          probing from its lower bits, one for each tag of a name that policies include
 *   SETS   the policies of each tag
 *
 * A tag is made of the end of a name and its length alone: two names of one tag cost a look at policies and nothing else, and who writes
 * policies could only make his own dear.
 *
 * A set is a bit for each policy, in le64 words.
 */
#include "base/limits.h"
#include "policy/conditional_int.h"
#include "policy/snapshot_int.h"

enum { SLOT_BYTES = 8, SLOTS_EACH = 3 /* at least, for each name of a policy */ };

static void
store_le32(uint8_t *p, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

/* ---- making ---- */

static inline uint32_t
tag_of(struct gh_str name)
{
    uint64_t end = 0;

    if (name.n >= sizeof(end))
        end = gh_snap_le64((const uint8_t *)name.p + name.n - sizeof(end));
    else
        for (size_t i = 0; i < name.n; i++)
            end = end << 8 | (unsigned char)name.p[i];
    end = (end + name.n) * UINT64_C(0x9e3779b97f4a7c15); /* Knuth 6.4: the upper half hangs on every byte ... */
    end = (end ^ end >> 32) * UINT64_C(0xd6e8feb86659fd93);
    return (uint32_t)(end >> 32); /* ... and now each bit of it */
}

struct index {
    uint8_t *slots, *sets;
    size_t n_slots, n_sets, set_bytes;
};

static void
add(uint8_t *set, size_t policy)
{
    set[policy / 8] = (uint8_t)(set[policy / 8] | 1u << policy % 8);
}

static void
enter(struct index *in, const struct gh_snap_value *names, size_t policy)
{
    for (size_t k = 0; k < names->n; k++) {
        uint32_t tag = tag_of(names->list[k]), set;
        size_t at = tag & (in->n_slots - 1);

        while ((set = gh_snap_le32(in->slots + at * SLOT_BYTES + 4)) != 0 && gh_snap_le32(in->slots + at * SLOT_BYTES) != tag)
            at = (at + 1) & (in->n_slots - 1);
        if (set == 0) {
            set = (uint32_t)++in->n_sets;
            store_le32(in->slots + at * SLOT_BYTES, tag);
            store_le32(in->slots + at * SLOT_BYTES + 4, set);
        }
        add(in->sets + (set - 1) * in->set_bytes, policy);
    }
}

static size_t
names_of(const struct gh_snap_value *rows, size_t n)
{
    size_t n_names = 1;

    for (size_t i = 0; i < n; i++, rows += GH_COND_POLICY_N)
        n_names += rows[GH_COND_POLICY_USERS].n + rows[GH_COND_POLICY_WORKLOADS].n;
    return n_names;
}

enum gh_rc
gh_cond_index(struct gh_snap_value *all, struct gh_arena *a)
{
    const uint64_t anybody = GH_COND_HAS_ALL_USERS | GH_COND_HAS_ALL_WORKLOADS | GH_COND_HAS_ROLES;
    const struct gh_snap_value *rows = all[GH_COND_POLICIES].recs;
    size_t n = all[GH_COND_POLICIES].n, n_names = names_of(rows, n);
    struct index in = {.n_slots = 1, .set_bytes = (n + 63) / 64 * 8};
    uint8_t *open = gh_arena_take_array(a, in.set_bytes + 1, 1);

    if (n > GH_COND_CANDIDATES) /* nobody would look at the rest */
        return GH_LIMIT;
    while (in.n_slots < n_names * SLOTS_EACH)
        in.n_slots *= 2;
    in.slots = gh_arena_take_array(a, in.n_slots, SLOT_BYTES);
    in.sets = gh_arena_take_array(a, n_names, in.set_bytes + 1);
    if (open == NULL || in.slots == NULL || in.sets == NULL)
        return GH_NOMEM;
    for (size_t i = 0; i < n; i++, rows += GH_COND_POLICY_N) {
        if ((rows[GH_COND_POLICY_FLAGS].u64 & anybody) != 0)
            add(open, i);
        enter(&in, &rows[GH_COND_POLICY_USERS], i);
        enter(&in, &rows[GH_COND_POLICY_WORKLOADS], i);
    }
    all[GH_COND_OPEN].str = gh_str(open, in.set_bytes);
    all[GH_COND_NAMED].str = gh_str(in.slots, in.n_slots * SLOT_BYTES);
    all[GH_COND_SETS].str = gh_str(in.sets, in.n_sets * in.set_bytes);
    return GH_OK;
}

/* ---- reading ---- */

static void
join(uint64_t *mask, const uint8_t *set, size_t bytes)
{
    for (size_t w = 0; w * 8 < bytes; w++)
        mask[w] |= gh_snap_le64(set + w * 8);
}

/* The number of the set of a name, from 0; none: no policy names it, or (of a file that was not made here) beyond all. */
static inline size_t
set_of(const uint8_t *slots, size_t n_slots, uint32_t tag)
{
    size_t at = tag & (n_slots - 1);
    uint64_t slot;

    for (size_t steps = 0; steps < n_slots && (slot = gh_snap_le64(slots + at * SLOT_BYTES)) >> 32 != 0; steps++) {
        if ((uint32_t)slot == tag)
            return (size_t)(slot >> 32) - 1;
        at = (at + 1) & (n_slots - 1);
    }
    return SIZE_MAX;
}

void
gh_cond_candidates(uint64_t mask[GH_COND_CANDIDATES / 64], const struct gh_snap_rec *all, const struct gh_caller *caller)
{
    struct gh_str open = gh_snap_str_of(all, GH_COND_OPEN), named = gh_snap_str_of(all, GH_COND_NAMED);
    struct gh_str sets = gh_snap_str_of(all, GH_COND_SETS);
    size_t n_slots = named.n / SLOT_BYTES, n_sets = open.n == 0 ? 0 : sets.n / open.n;

    memset(mask, 0, GH_COND_CANDIDATES / 8);
    if (caller->groups_unknown || n_slots == 0 || (n_slots & (n_slots - 1)) != 0 || open.n % 8 != 0 ||
        open.n > GH_COND_CANDIDATES / 8) { /* he may be in any that is named */
        memset(mask, 0xff, GH_COND_CANDIDATES / 8);
        return;
    }
    join(mask, (const uint8_t *)open.p, open.n);
    for (size_t i = 0; i < caller->n_principals; i++) {
        size_t set = set_of((const uint8_t *)named.p, n_slots, tag_of(caller->principals[i]));

        if (set < n_sets)
            join(mask, (const uint8_t *)sets.p + set * open.n, open.n);
    }
}
