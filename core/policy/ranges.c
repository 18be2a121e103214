/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/ranges.h"

#include "base/limits.h"
#include "policy/egress.h"

enum { IP_BYTES = 16, MAPPED_BITS = 96, V4_BITS = 32, V6_BITS = 128 };

/* ::ffff:0:0/96, first and last; and its neighbours outside. */
static const uint8_t mapped_first[IP_BYTES] = {[10] = 0xff, [11] = 0xff};
static const uint8_t mapped_last[IP_BYTES] = {[10] = 0xff, [11] = 0xff, [12] = 0xff, [13] = 0xff, [14] = 0xff, [15] = 0xff};
static const uint8_t before_mapped[IP_BYTES] = {[10] = 0xff, [11] = 0xfe, [12] = 0xff, [13] = 0xff, [14] = 0xff, [15] = 0xff};
static const uint8_t behind_mapped[IP_BYTES] = {[9] = 1};

struct range {
    uint8_t first[IP_BYTES], last[IP_BYTES];
};
_Static_assert(sizeof(struct range) == GH_RANGE_BYTES, "a range is what is packed");

static int
cmp(const uint8_t *a, const uint8_t *b)
{
    return memcmp(a, b, IP_BYTES);
}

static enum gh_rc
read_length(unsigned *bits, struct gh_str text, bool is_v6)
{
    uint64_t n;

    if (gh_str_u64(&n, text, is_v6 ? V6_BITS : V4_BITS) != GH_OK)
        return GH_BAD;
    *bits = (unsigned)n + (is_v6 ? 0 : MAPPED_BITS);
    return GH_OK;
}

static enum gh_rc
read_range(struct range *out, bool *is_v6, struct gh_str text)
{
    struct gh_str ip, rest = text;
    unsigned bits = V6_BITS;

    *is_v6 = gh_str_chr(text, ':') != SIZE_MAX;
    if (!gh_str_cut(&ip, &rest, '/') || gh_ip_read(out->first, ip) != GH_OK)
        return GH_BAD;
    if (rest.p != NULL && read_length(&bits, rest, *is_v6) != GH_OK)
        return GH_BAD;
    for (unsigned i = 0; i < IP_BYTES; i++) {
        unsigned kept = bits >= 8 * (i + 1) ? 8 : bits > 8 * i ? bits - 8 * i : 0;
        uint8_t behind = (uint8_t)(0xff >> kept);
        if ((out->first[i] & behind) != 0)
            return GH_BAD;
        out->last[i] = out->first[i] | behind;
    }
    return GH_OK;
}

/* One text may become two ranges: an IPv6 prefix around the mapped addresses leaves these out. */
static size_t
split(struct range out[2], const struct range *r, bool is_v6)
{
    bool is_around = is_v6 && cmp(r->first, mapped_first) <= 0 && cmp(r->last, mapped_last) > 0;

    out[0] = out[1] = *r;
    if (!is_around)
        return 1;
    memcpy(out[0].last, before_mapped, IP_BYTES);
    memcpy(out[1].first, behind_mapped, IP_BYTES);
    return 2;
}

/* Keeps the runs sorted while they come; a set is some dozens. */
static void
insert(struct range *all, size_t *n, const struct range *r)
{
    size_t at = *n;

    while (at > 0 && cmp(all[at - 1].first, r->first) > 0)
        at--;
    memmove(all + at + 1, all + at, (*n - at) * sizeof(*all));
    all[at] = *r;
    (*n)++;
}

static size_t
merge(struct range *all, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        if (kept == 0 || cmp(all[kept - 1].last, all[i].first) < 0)
            all[kept++] = all[i];
        else if (cmp(all[kept - 1].last, all[i].last) < 0)
            memcpy(all[kept - 1].last, all[i].last, IP_BYTES);
    }
    return kept;
}

enum gh_rc
gh_ranges_read(struct gh_str *packed, struct gh_arena *a, const struct gh_str *texts, size_t n, struct gh_err *err)
{
    struct range one, two[2], *all;
    size_t n_all = 0;
    bool is_v6;

    *packed = GH_STR("");
    if (n > GH_RANGES_MAX)
        return gh_fail(err, GH_LIMIT, GH_RANGES_MAX, "too many addresses and prefixes in one list");
    if (n == 0)
        return GH_OK;
    if ((all = gh_arena_take_array(a, 2 * n, sizeof(*all))) == NULL)
        return gh_fail(err, GH_NOMEM, 0, "no memory");
    for (size_t i = 0; i < n; i++) {
        if (read_range(&one, &is_v6, texts[i]) != GH_OK)
            return gh_fail(err, GH_BAD, (uint32_t)i, "neither an address nor a CIDR prefix (bits behind its length must be zero)");
        size_t parts = split(two, &one, is_v6);
        for (size_t k = 0; k < parts; k++)
            insert(all, &n_all, &two[k]);
    }
    *packed = gh_str(all, merge(all, n_all) * sizeof(*all));
    return GH_OK;
}

bool
gh_ranges_are_valid(struct gh_str packed)
{
    const uint8_t *p = (const uint8_t *)packed.p;

    if (packed.n % GH_RANGE_BYTES != 0)
        return false;
    for (size_t i = 0; i < packed.n; i += GH_RANGE_BYTES) {
        if (cmp(p + i, p + i + IP_BYTES) > 0)
            return false;
        if (i > 0 && cmp(p + i - IP_BYTES, p + i) >= 0)
            return false;
    }
    return true;
}

bool
gh_ranges_have(struct gh_str packed, const uint8_t ip[16])
{
    const uint8_t *p = (const uint8_t *)packed.p;
    size_t low = 0, high = packed.n / GH_RANGE_BYTES;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (cmp(p + mid * GH_RANGE_BYTES + IP_BYTES, ip) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low < packed.n / GH_RANGE_BYTES && cmp(p + low * GH_RANGE_BYTES, ip) <= 0;
}
