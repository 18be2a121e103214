/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dlp/secret: keys by the letters with which their issuers begin them. A row is a prefix and what must follow it; what follows is
 * checked (checksum, mix of characters, structure), so that a mention of a prefix, or an example, is none.
 */
#ifndef GH_DLP_SECRET_H
#define GH_DLP_SECRET_H

#include "dlp/dlp.h"

/*
 * X(literal, expression, type, body, least, most, check, alive)
 *   body    which characters follow: enum gh_dlp_body_kind; most 0: no end is known: certain after `least` of them, and then open
 *   check   enum gh_dlp_check
 *   alive   from how many bytes of the literal on text is held back for it: what is shorter stands in too many words
 */
#define GH_DLP_SECRET_LIST(X)                                                                    \
    X("sk-", "sk-", PROVIDER_KEY, WORD, 32, 0, MIXED, 1) /* OpenAI, Anthropic, OpenRouter, DeepSeek */ \
    X("AIza", "AIza", PROVIDER_KEY, URL, 35, 35, MIXED, 1)                                    \
    X("hf_", "hf_", PROVIDER_KEY, ALNUM, 30, 40, CASED, 1)                                    \
    X("gh_", "gh_", PROVIDER_KEY, OURS, 65, 65, OURS, 1)                                      \
    X("ghp_", "ghp_", PROVIDER_KEY, ALNUM, 36, 36, CASED, 1)                                  \
    X("gho_", "gho_", PROVIDER_KEY, ALNUM, 36, 36, CASED, 1)                                  \
    X("ghu_", "ghu_", PROVIDER_KEY, ALNUM, 36, 36, CASED, 1)                                  \
    X("ghs_", "ghs_", PROVIDER_KEY, ALNUM, 36, 36, CASED, 1)                                  \
    X("ghr_", "ghr_", PROVIDER_KEY, ALNUM, 36, 36, CASED, 1)                                  \
    X("github_pat_", "github_pat_", PROVIDER_KEY, WORD, 60, 82, CASED, 7)                     \
    X("glpat-", "glpat-", PROVIDER_KEY, URL, 20, 64, MIXED, 2)                                \
    X("gsk_", "gsk_", PROVIDER_KEY, ALNUM, 48, 56, CASED, 2)                                  \
    X("xai-", "xai-", PROVIDER_KEY, ALNUM, 64, 96, CASED, 2)                                  \
    X("pplx-", "pplx-", PROVIDER_KEY, ALNUM, 40, 64, CASED, 2)                                \
    X("nvapi-", "nvapi-", PROVIDER_KEY, URL, 60, 80, CASED, 2)                                \
    X("r8_", "r8_", PROVIDER_KEY, ALNUM, 37, 40, CASED, 2)                                    \
    X("xoxb-", "xoxb-", PROVIDER_KEY, URL, 24, 120, MIXED, 2)                                 \
    X("xoxp-", "xoxp-", PROVIDER_KEY, URL, 24, 160, MIXED, 2)                                 \
    X("xapp-", "xapp-", PROVIDER_KEY, URL, 24, 160, MIXED, 2)                                 \
    X("sk_live_", "sk_live_", PROVIDER_KEY, ALNUM, 24, 120, CASED, 3)                         \
    X("sk_test_", "sk_test_", PROVIDER_KEY, ALNUM, 24, 120, CASED, 3)                         \
    X("rk_live_", "rk_live_", PROVIDER_KEY, ALNUM, 24, 120, CASED, 3)                         \
    X("SG.", "SG\\.", PROVIDER_KEY, DOTTED, 66, 66, CASED, 2)                                 \
    X("npm_", "npm_", PROVIDER_KEY, ALNUM, 36, 36, CASED, 4)                                  \
    X("pypi-AgEI", "pypi-AgEI", PROVIDER_KEY, URL, 50, 0, CASED, 5)                           \
    X("hvs.", "hvs\\.", PROVIDER_KEY, URL, 24, 0, CASED, 3)                                   \
    X("shpat_", "shpat_", PROVIDER_KEY, HEX, 32, 32, MIXED, 3)                                \
    X("ATATT3", "ATATT3", PROVIDER_KEY, URL, 60, 0, CASED, 3)                                 \
    X("AKIA", "AKIA", CLOUD_KEY, UPPER, 16, 16, MIXED, 1)                                     \
    X("ASIA", "ASIA", CLOUD_KEY, UPPER, 16, 16, MIXED, 4)                                     \
    X("ABIA", "ABIA", CLOUD_KEY, UPPER, 16, 16, MIXED, 4)                                     \
    X("ACCA", "ACCA", CLOUD_KEY, UPPER, 16, 16, MIXED, 4)                                     \
    X("LTAI", "LTAI", CLOUD_KEY, ALNUM, 16, 24, CASED, 3)                                     \
    X("AKID", "AKID", CLOUD_KEY, ALNUM, 32, 32, CASED, 4)                                     \
    X("GOCSPX-", "GOCSPX-", CLOUD_KEY, URL, 28, 28, CASED, 2)                                 \
    X("ya29.", "ya29\\.", CLOUD_KEY, URL, 40, 0, CASED, 3)                                    \
    X("dop_v1_", "dop_v1_", CLOUD_KEY, HEX, 64, 64, MIXED, 3)                                 \
    X("dapi", "dapi", CLOUD_KEY, HEX, 32, 32, MIXED, 3)                                       \
    X("8Q~", "8Q~", CLOUD_KEY, AZURE, 31, 34, CASED, 3)                                          \
    X("JQQJ99", "JQQJ99", CLOUD_KEY, ALNUM, 26, 26, CASED, 6)                                    \
    X("AccountKey=", "AccountKey=", CLOUD_KEY, BASE64, 88, 88, CASED, 11)                        \
    X("sig=", "[?&]sig=", CLOUD_KEY, PERCENT, 43, 64, SIGNED, 5)                                 \
    X("secret_access_key", "(?i)secret_access_key", CLOUD_KEY, NAMED, 40, 40, CASED, 17)         \
    X("secretaccesskey", "(?i)secretaccesskey", CLOUD_KEY, NAMED, 40, 40, CASED, 15)             \
    X("aws_secret_key", "(?i)aws_secret_key", CLOUD_KEY, NAMED, 40, 40, CASED, 14)               \
    X("-----BEGIN ", "-----BEGIN ", PRIVATE_KEY, PEM, 24, 0, STRUCTURE, 6)                       \
    X("PuTTY-User-Key-File-", "PuTTY-User-Key-File-", PRIVATE_KEY, PUTTY, 24, 0, STRUCTURE, 5)   \
    X("eyJ", "eyJ", JWT, TOKEN, 10, 0, STRUCTURE, 2)

enum gh_dlp_body_kind { GH_DLP_BODY_WORD, GH_DLP_BODY_URL, GH_DLP_BODY_ALNUM, GH_DLP_BODY_HEX, GH_DLP_BODY_UPPER, GH_DLP_BODY_BASE64,
                        GH_DLP_BODY_DOTTED, GH_DLP_BODY_AZURE, GH_DLP_BODY_PERCENT, GH_DLP_BODY_OURS, GH_DLP_BODY_NAMED, GH_DLP_BODY_PEM,
                        GH_DLP_BODY_PUTTY, GH_DLP_BODY_TOKEN };
enum gh_dlp_check { GH_DLP_CHECK_MIXED /* letters and digits, many different ones */, GH_DLP_CHECK_CASED /* and both cases, or hex digits */,
                    GH_DLP_CHECK_OURS /* checksum of our own keys */, GH_DLP_CHECK_SIGNED /* beside the other members of a signed URL */,
                    GH_DLP_CHECK_STRUCTURE };

enum gh_dlp_verdict gh_dlp_secret_judge(struct gh_dlp_match *m, const struct gh_dlp_rules *rules, const struct gh_dlp_view *v, size_t at);
/* Whether the text from `at` to the end of the view is the beginning of a prefix. */
bool gh_dlp_secret_alive(const struct gh_dlp_rules *rules, const struct gh_dlp_view *v, size_t at);
/* Where a candidate begins whose literal (row of the list) ends at `end`. */
size_t gh_dlp_secret_begin(const struct gh_dlp_view *v, size_t end, struct gh_str literal);
size_t gh_dlp_secret_body(enum gh_dlp_type type, struct gh_str s, uint32_t *state);

/* connection.c: URLs with a password, and lists of `key=value;` with one. */
enum gh_dlp_verdict gh_dlp_connection_judge(struct gh_dlp_match *m, const struct gh_dlp_view *v, size_t at);
bool gh_dlp_connection_alive(const struct gh_dlp_view *v, size_t at);

/* ---- characters ---- */

static inline bool
gh_dlp_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool
gh_dlp_is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static inline bool
gh_dlp_is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static inline bool
gh_dlp_is_alnum(char c)
{
    return gh_dlp_is_digit(c) || gh_dlp_is_upper(c) || gh_dlp_is_lower(c);
}

/* Of a word: bytes of other scripts count. */
static inline bool
gh_dlp_is_word(char c)
{
    return gh_dlp_is_alnum(c) || c == '_' || (unsigned char)c >= 0x80;
}

/* letter.c: whether the character outside ASCII that begins `s` is a letter of a word. */
bool gh_dlp_is_letter(const char *s, size_t n);

static inline char
gh_dlp_lower(char c)
{
    return gh_dlp_is_upper(c) ? (char)(c - 'A' + 'a') : c;
}

/* Whether `s` is one of the list, which is in lower case, ASCII letters without regard to case. */
static inline bool
gh_dlp_is_one_of(struct gh_str s, const struct gh_str *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (s.n == list[i].n && gh_dlp_lower(s.p[0]) == list[i].p[0] && gh_str_eq_ci(s, list[i]))
            return true;
    return false;
}

/* Whether a word stands, or goes on, at `at`. */
static inline bool
gh_dlp_is_word_at(const struct gh_dlp_view *v, size_t at)
{
    return (unsigned char)v->p[at] < 0x80 ? gh_dlp_is_word(v->p[at]) : gh_dlp_is_letter(v->p + at, v->n - at);
}

/* Whether what stands before `at` is the end of an escape, as texts that are JSON or source have it: the n of "\n" is of no word. */
static inline bool
gh_dlp_is_escaped(const struct gh_dlp_view *v, size_t at)
{
    return at >= 2 && v->p[at - 2] == '\\' && memchr("nrtbf", v->p[at - 1], 5) != NULL;
}

/* Whether nothing of a word stands before `at`. */
static inline bool
gh_dlp_is_start(const struct gh_dlp_view *v, size_t at)
{
    size_t from = at;

    if (at == 0 || !gh_dlp_is_word(v->p[at - 1]) || gh_dlp_is_escaped(v, at))
        return true;
    if ((unsigned char)v->p[at - 1] < 0x80)
        return false;
    while (from > 0 && at - from < 4 && ((unsigned char)v->p[--from] & 0xc0) == 0x80) {
    }
    return !gh_dlp_is_letter(v->p + from, at - from);
}

/* Whether one of the words (a list "a|b", lower case) stands, as a word of its own, in the `n` bytes before `at`. */
bool gh_dlp_is_near(const struct gh_dlp_view *v, size_t at, size_t n, const char *words);

#endif
