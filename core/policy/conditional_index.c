/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom policies name, the other way round: from a name to the policies that include it. A caller stands for a dozen names and policies are
 * hundreds, of which few concern him; the rest is not looked at. The index is two strings of the row of all policies:
 *
 *   OPEN   a bit for each policy that may be for a caller whatever his names are: for all, or by roles
 *   NAMED  slots of le32 CRC-32C of a name and le32 number of the policy from 1 (0: empty), a power of two of them, open addressing with
 *          linear probing, a slot for each (name, policy). Two names of one checksum cost a look at a policy and nothing else.
 */
#include "base/codec.h"
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

static void
enter(uint8_t *slots, size_t n_slots, struct gh_str name, size_t policy)
{
    uint32_t crc = gh_crc32c(0, name);
    size_t at = crc & (n_slots - 1);

    while (gh_snap_le32(slots + at * SLOT_BYTES + 4) != 0)
        at = (at + 1) & (n_slots - 1);
    store_le32(slots + at * SLOT_BYTES, crc);
    store_le32(slots + at * SLOT_BYTES + 4, (uint32_t)policy + 1);
}

static size_t
slots_for(const struct gh_snap_value *rows, size_t n)
{
    size_t n_names = 1, n_slots = 1;

    for (size_t i = 0; i < n; i++, rows += GH_COND_POLICY_N)
        n_names += rows[GH_COND_POLICY_USERS].n + rows[GH_COND_POLICY_WORKLOADS].n;
    while (n_slots < n_names * SLOTS_EACH)
        n_slots *= 2;
    return n_slots;
}

enum gh_rc
gh_cond_index(struct gh_snap_value *all, struct gh_arena *a)
{
    const uint64_t anybody = GH_COND_HAS_ALL_USERS | GH_COND_HAS_ALL_WORKLOADS | GH_COND_HAS_ROLES;
    const struct gh_snap_value *rows = all[GH_COND_POLICIES].recs;
    size_t n = all[GH_COND_POLICIES].n, n_slots = slots_for(rows, n), n_open = (n + 7) / 8;
    uint8_t *open = gh_arena_take_array(a, n_open + 1, 1), *slots = gh_arena_take_array(a, n_slots, SLOT_BYTES);

    if (open == NULL || slots == NULL)
        return GH_NOMEM;
    for (size_t i = 0; i < n; i++, rows += GH_COND_POLICY_N) {
        const struct gh_snap_value *users = &rows[GH_COND_POLICY_USERS], *workloads = &rows[GH_COND_POLICY_WORKLOADS];

        if ((rows[GH_COND_POLICY_FLAGS].u64 & anybody) != 0)
            open[i / 8] = (uint8_t)(open[i / 8] | 1u << i % 8);
        for (size_t k = 0; k < users->n; k++)
            enter(slots, n_slots, users->list[k], i);
        for (size_t k = 0; k < workloads->n; k++)
            enter(slots, n_slots, workloads->list[k], i);
    }
    all[GH_COND_OPEN].str = gh_str(open, n_open);
    all[GH_COND_NAMED].str = gh_str(slots, n_slots * SLOT_BYTES);
    return GH_OK;
}

/* ---- reading ---- */

static void
add_named(uint64_t *mask, struct gh_str named, uint32_t crc)
{
    const uint8_t *slots = (const uint8_t *)named.p;
    size_t n_slots = named.n / SLOT_BYTES, at = crc & (n_slots - 1);
    uint32_t policy;

    for (size_t steps = 0; steps < n_slots && (policy = gh_snap_le32(slots + at * SLOT_BYTES + 4)) != 0; steps++) {
        if (gh_snap_le32(slots + at * SLOT_BYTES) == crc && policy <= GH_COND_CANDIDATES)
            mask[(policy - 1) / 64] |= UINT64_C(1) << (policy - 1) % 64;
        at = (at + 1) & (n_slots - 1);
    }
}

void
gh_cond_candidates(uint64_t mask[GH_COND_CANDIDATES / 64], const struct gh_snap_rec *all, const struct gh_caller *caller)
{
    struct gh_str open = gh_snap_str(all, GH_COND_OPEN), named = gh_snap_str(all, GH_COND_NAMED);
    size_t n_slots = named.n / SLOT_BYTES;

    memset(mask, 0, GH_COND_CANDIDATES / 8);
    if (caller->groups_unknown || n_slots == 0 || (n_slots & (n_slots - 1)) != 0) { /* he may be in any that is named */
        memset(mask, 0xff, GH_COND_CANDIDATES / 8);
        return;
    }
    for (size_t i = 0; i < open.n && i < GH_COND_CANDIDATES / 8; i++)
        mask[i / 8] |= (uint64_t)(unsigned char)open.p[i] << (i % 8 * 8);
    for (size_t i = 0; i < caller->n_principals; i++)
        add_named(mask, named, gh_crc32c(0, caller->principals[i]));
}
