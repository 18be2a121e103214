/* SPDX-License-Identifier: Apache-2.0 */
/* base/str: slices. Everything that reads input stands on these few loops. */
#include "base/str.h"

static unsigned char
lower(char c)
{
    unsigned char u = (unsigned char)c;
    return u >= 'A' && u <= 'Z' ? (unsigned char)(u | 0x20) : u;
}

bool
gh_str_eq_ci(struct gh_str a, struct gh_str b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (lower(a.p[i]) != lower(b.p[i]))
            return false;
    return true;
}

bool
gh_str_eq_ct(struct gh_str a, struct gh_str b)
{
    volatile unsigned char diff = 0;

    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        diff = (unsigned char)(diff | ((unsigned char)a.p[i] ^ (unsigned char)b.p[i]));
    return diff == 0;
}

bool
gh_str_starts(struct gh_str s, struct gh_str prefix)
{
    return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

bool
gh_str_ends(struct gh_str s, struct gh_str suffix)
{
    return s.n >= suffix.n && (suffix.n == 0 || memcmp(s.p + (s.n - suffix.n), suffix.p, suffix.n) == 0);
}

int
gh_str_cmp(struct gh_str a, struct gh_str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n == 0 ? 0 : memcmp(a.p, b.p, n);

    if (c != 0)
        return c;
    return (a.n > b.n) - (a.n < b.n);
}

size_t
gh_str_chr(struct gh_str s, char c)
{
    const char *hit = s.n == 0 ? NULL : memchr(s.p, c, s.n);
    return hit == NULL ? SIZE_MAX : (size_t)(hit - s.p);
}

size_t
gh_str_find(struct gh_str s, struct gh_str needle)
{
    const char *hit;

    if (needle.n == 0)
        return 0;
    hit = s.n < needle.n ? NULL : memmem(s.p, s.n, needle.p, needle.n);
    return hit == NULL ? SIZE_MAX : (size_t)(hit - s.p);
}

struct gh_str
gh_str_sub(struct gh_str s, size_t at, size_t n)
{
    if (at > s.n)
        at = s.n;
    if (n > s.n - at)
        n = s.n - at;
    return (struct gh_str){s.p == NULL ? NULL : s.p + at, n};
}

bool
gh_str_cut(struct gh_str *head, struct gh_str *rest, char c)
{
    size_t at;

    if (rest->p == NULL) {
        *head = (struct gh_str){NULL, 0};
        return false;
    }
    at = gh_str_chr(*rest, c);
    if (at == SIZE_MAX) {
        *head = *rest;
        *rest = (struct gh_str){NULL, 0};
    } else {
        *head = gh_str_sub(*rest, 0, at);
        *rest = gh_str_sub(*rest, at + 1, SIZE_MAX);
    }
    return true;
}

enum gh_rc
gh_str_u64(uint64_t *out, struct gh_str s, uint64_t max)
{
    uint64_t v = 0;

    if (s.n == 0 || (s.n > 1 && s.p[0] == '0'))
        return GH_BAD;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return GH_BAD;
    for (size_t i = 0; i < s.n; i++) {
        uint64_t digit = (uint64_t)(s.p[i] - '0');
        if (digit > max || v > (max - digit) / 10)
            return GH_LIMIT;
        v = v * 10 + digit;
    }
    *out = v;
    return GH_OK;
}

/* Only the last `*` is ever tried again: what an earlier one took is the shortest that fits, so taking more cannot help. */
bool
gh_str_glob_ci(struct gh_str pattern, struct gh_str s)
{
    size_t p = 0, i = 0, star = SIZE_MAX, mark = 0;

    while (i < s.n) {
        if (p < pattern.n && pattern.p[p] == '*') {
            star = p++;
            mark = i;
        } else if (p < pattern.n && lower(pattern.p[p]) == lower(s.p[i])) {
            p++;
            i++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            i = ++mark;
        } else {
            return false;
        }
    }
    while (p < pattern.n && pattern.p[p] == '*')
        p++;
    return p == pattern.n;
}

void
gh_wipe(void *p, size_t n)
{
    if (n == 0)
        return;
    memset(p, 0, n);
    __asm__ volatile("" : : "r"(p) : "memory"); /* the compiler must believe that somebody reads the zeros */
}
