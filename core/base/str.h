/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/str: a borrowed run of bytes, passed and returned by value. Not terminated, may hold NUL. Whoever declares one
 * says from what it is borrowed and for how long.
 */
#ifndef GH_BASE_STR_H
#define GH_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"

struct gh_str {
    const char *p;
    size_t n;
};

/* A literal as a slice; GH_STR_INIT is the same for static tables. */
#define GH_STR(lit) ((struct gh_str){"" lit, sizeof(lit) - 1})
#define GH_STR_INIT(lit) {"" lit, sizeof(lit) - 1}

static inline struct gh_str
gh_str(const void *p, size_t n)
{
    return (struct gh_str){(const char *)p, n};
}

/* From a terminated string that the program itself owns (argv, literals), never from input. NULL gives the empty slice. */
static inline struct gh_str
gh_str_z(const char *z)
{
    return (struct gh_str){z, z == NULL ? 0 : strlen(z)};
}

static inline bool
gh_str_eq(struct gh_str a, struct gh_str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool gh_str_eq_ci(struct gh_str a, struct gh_str b);        /* ASCII letters without regard to case        */
bool gh_str_eq_ct(struct gh_str a, struct gh_str b);        /* constant time in the content, not in length */
bool gh_str_starts(struct gh_str s, struct gh_str prefix);
bool gh_str_ends(struct gh_str s, struct gh_str suffix);
int gh_str_cmp(struct gh_str a, struct gh_str b);           /* order of bytes, shorter first on a tie      */

/* Offset of the first `c` or `needle`, or SIZE_MAX. */
size_t gh_str_chr(struct gh_str s, char c);
size_t gh_str_find(struct gh_str s, struct gh_str needle);

/* The bytes from `at`, at most `n` of them; both are clamped to the slice. */
struct gh_str gh_str_sub(struct gh_str s, size_t at, size_t n);

/* Takes the part before the first `c` off the front of *rest, and the `c` with it. False when *rest was empty (p NULL). */
bool gh_str_cut(struct gh_str *head, struct gh_str *rest, char c);

/* The one checked parser of numbers: digits alone, no sign, no leading zero but "0" itself, at most `max`. */
GH_MUST_USE enum gh_rc gh_str_u64(uint64_t *out, struct gh_str s, uint64_t max);

/* Wildcard match: `*` stands for any run of bytes, also empty, also over `/`; ASCII case is ignored. At most pattern.n * s.n
 * steps, no recursion. The wildcard of Azure role definitions. */
bool gh_str_glob_ci(struct gh_str pattern, struct gh_str s);

/* Wipes memory in a way that the compiler may not remove. */
void gh_wipe(void *p, size_t n);

#endif
