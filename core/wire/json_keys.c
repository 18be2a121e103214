/* SPDX-License-Identifier: Apache-2.0 */
/* wire/json: no name twice in an object, compared after unescaping. The reader asks when it closes one. */
#include "wire/json_int.h"

#define SMALL_OBJECT 12u /* up to here the keys are compared pairwise, beyond they are sorted */

static int
key_cmp(const struct gh_json *j, uint32_t a, uint32_t b)
{
    return gh_json_text_cmp(gh_json_inside(j, a), j->nodes[a].has_escape, gh_json_inside(j, b), j->nodes[b].has_escape);
}

static inline bool
key_same(const struct gh_json *j, uint32_t a, uint32_t b)
{
    return gh_json_text_eq(gh_json_inside(j, a), j->nodes[a].has_escape, gh_json_inside(j, b), j->nodes[b].has_escape);
}

static int
key_order(const struct gh_json *j, struct gh_json_key a, struct gh_json_key b)
{
    return a.hash != b.hash ? (a.hash < b.hash ? -1 : 1) : key_cmp(j, a.node, b.node);
}

/* from[0, half) and from[half, n) are sorted: to[0, n) becomes both. */
static void
merge(const struct gh_json *j, struct gh_json_key *to, const struct gh_json_key *from, uint32_t half, uint32_t n)
{
    uint32_t a = 0, b = half;

    for (uint32_t i = 0; i < n; i++)
        to[i] = b == n || (a < half && key_order(j, from[a], from[b]) <= 0) ? from[a++] : from[b++];
}

/* Merge sort from small runs to large ones: no recursion, and no input makes it quadratic (a hash table without a secret seed would
 * have one that does). `other` is as long as `keys`; the sorted one of the two is returned. */
static const struct gh_json_key *
sort_keys(const struct gh_json *j, struct gh_json_key *keys, struct gh_json_key *other, uint32_t n)
{
    for (uint32_t run = 1; run < n; run *= 2) {
        struct gh_json_key *t = keys;
        for (uint32_t i = 0; i < n; i += 2 * run) {
            uint32_t left = n - i;
            merge(j, other + i, keys + i, run < left ? run : left, 2 * run < left ? 2 * run : left);
        }
        keys = other;
        other = t;
    }
    return keys;
}

static enum gh_rc
duplicate(const struct gh_json *j, uint32_t a, uint32_t b, struct gh_err *err)
{
    return gh_fail(err, GH_BAD, j->nodes[a > b ? a : b].at, "duplicate key in a JSON object");
}

/* A large object: keys by walking, sorted, then neighbours compared. */
static enum gh_rc
check_many(struct gh_json_keys *scratch, struct gh_arena *a, const struct gh_json *j, gh_json_ref object, struct gh_err *err)
{
    const struct gh_json_key *sorted;
    uint32_t n = 0;

    for (uint32_t k = object + 1; k < j->n; k = j->nodes[k].next)
        n++;
    if (n > scratch->cap && (scratch->p = gh_arena_take_array(a, 2 * (size_t)n, sizeof(*scratch->p))) == NULL)
        return gh_fail(err, GH_NOMEM, j->nodes[object].at, "no memory for the keys of a JSON object");
    if (n > scratch->cap)
        scratch->cap = n;
    n = 0;
    for (uint32_t k = object + 1; k < j->n; k = j->nodes[k].next)
        scratch->p[n++] = (struct gh_json_key){gh_json_text_hash(gh_json_inside(j, k), j->nodes[k].has_escape), k};
    sorted = sort_keys(j, scratch->p, scratch->p + scratch->cap, n);
    for (uint32_t i = 1; i < n; i++)
        if (sorted[i - 1].hash == sorted[i].hash && key_same(j, sorted[i - 1].node, sorted[i].node))
            return duplicate(j, sorted[i - 1].node, sorted[i].node, err);
    return GH_OK;
}

enum gh_rc
gh_json_keys_check(
    struct gh_json_keys *scratch, struct gh_arena *a, const struct gh_json *j, gh_json_ref object, struct gh_err *err)
{
    uint32_t key[SMALL_OBJECT], n = 0;

    if (j->nodes[object].count_hint > SMALL_OBJECT)
        return check_many(scratch, a, j, object, err);
    for (uint32_t k = object + 1; k < j->n; k = j->nodes[k].next) {
        for (uint32_t i = 0; i < n; i++)
            if (key_same(j, key[i], k))
                return duplicate(j, key[i], k, err);
        key[n++] = k;
    }
    return GH_OK;
}
