/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dlp/number: cards, accounts, phones and numbers of persons: a layout, and a check over what stands in it.
 *
 * A layout is a text: d a digit, L a capital letter, X either; ~ the separator or nothing, _ the separator (the same one throughout: space,
 * hyphen or, for ~, dot); any other character stands for itself.
 */
#ifndef GH_DLP_NUMBER_H
#define GH_DLP_NUMBER_H

#include "dlp/secret.h"

#define GH_DLP_NUMBER_MAX 40 /* characters of the longest layout and of an IBAN with its spaces */

/* When words near it are wanted: never; unless its separators stand in it; always. */
enum gh_dlp_context { GH_DLP_FREE, GH_DLP_WORDS_IF_BARE, GH_DLP_WORDS };

struct gh_dlp_layout {
    const char *layout;
    enum gh_dlp_type type;
    /* Whether these characters, `n` of them so far, can be one; `is_whole`: they are all. */
    bool (*check)(const char *c, size_t n, bool is_whole);
    enum gh_dlp_context context;
    const char *words; /* beside those that go for all; lower case, "a|b" */
};
extern const struct gh_dlp_layout gh_dlp_national_table[];
extern const size_t gh_dlp_national_count;

bool gh_dlp_is_luhn(const char *c, size_t n);
/* Whether these digits are a day that was: two-digit years when yn is 2. */
bool gh_dlp_is_date(unsigned month, unsigned day);

enum gh_dlp_verdict gh_dlp_number_judge(struct gh_dlp_match *m, const struct gh_dlp_rules *rules, const struct gh_dlp_view *v, size_t at);
/* Whether it may stand in a number: digits, capital letters, what separates them. */
static inline bool
gh_dlp_is_numeric(char c)
{
    return gh_dlp_is_digit(c) || gh_dlp_is_upper(c) || c == ' ' || (c >= '(' && c <= '/');
}

/* Whether a candidate may stand at `at`: something that begins with a digit, a plus or a bracket, or capital letters before digits. */
bool gh_dlp_number_begins(const struct gh_dlp_view *v, size_t at);

#endif
