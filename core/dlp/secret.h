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
    X("sk-", "\\bsk-", PROVIDER_KEY, WORD, 32, 0, MIXED, 1) /* OpenAI, Anthropic, OpenRouter, DeepSeek */ \
    X("AIza", "\\bAIza", PROVIDER_KEY, URL, 35, 35, MIXED, 1)                                    \
    X("hf_", "\\bhf_", PROVIDER_KEY, ALNUM, 30, 40, CASED, 1)                                    \
    X("gh_", "\\bgh_", PROVIDER_KEY, OURS, 65, 65, OURS, 1)                                      \
    X("ghp_", "\\bghp_", PROVIDER_KEY, ALNUM, 36, 36, CASED, 1)                                  \
    X("gho_", "\\bgho_", PROVIDER_KEY, ALNUM, 36, 36, CASED, 1)                                  \
    X("ghu_", "\\bghu_", PROVIDER_KEY, ALNUM, 36, 36, CASED, 1)                                  \
    X("ghs_", "\\bghs_", PROVIDER_KEY, ALNUM, 36, 36, CASED, 1)                                  \
    X("ghr_", "\\bghr_", PROVIDER_KEY, ALNUM, 36, 36, CASED, 1)                                  \
    X("github_pat_", "\\bgithub_pat_", PROVIDER_KEY, WORD, 60, 82, CASED, 7)                     \
    X("glpat-", "\\bglpat-", PROVIDER_KEY, URL, 20, 64, MIXED, 2)                                \
    X("gsk_", "\\bgsk_", PROVIDER_KEY, ALNUM, 48, 56, CASED, 2)                                  \
    X("xai-", "\\bxai-", PROVIDER_KEY, ALNUM, 64, 96, CASED, 2)                                  \
    X("pplx-", "\\bpplx-", PROVIDER_KEY, ALNUM, 40, 64, CASED, 2)                                \
    X("nvapi-", "\\bnvapi-", PROVIDER_KEY, URL, 60, 80, CASED, 2)                                \
    X("r8_", "\\br8_", PROVIDER_KEY, ALNUM, 37, 40, CASED, 2)                                    \
    X("xoxb-", "\\bxoxb-", PROVIDER_KEY, URL, 24, 120, MIXED, 2)                                 \
    X("xoxp-", "\\bxoxp-", PROVIDER_KEY, URL, 24, 160, MIXED, 2)                                 \
    X("xapp-", "\\bxapp-", PROVIDER_KEY, URL, 24, 160, MIXED, 2)                                 \
    X("sk_live_", "\\bsk_live_", PROVIDER_KEY, ALNUM, 24, 120, CASED, 3)                         \
    X("sk_test_", "\\bsk_test_", PROVIDER_KEY, ALNUM, 24, 120, CASED, 3)                         \
    X("rk_live_", "\\brk_live_", PROVIDER_KEY, ALNUM, 24, 120, CASED, 3)                         \
    X("SG.", "\\bSG\\.", PROVIDER_KEY, DOTTED, 66, 66, CASED, 2)                                 \
    X("npm_", "\\bnpm_", PROVIDER_KEY, ALNUM, 36, 36, CASED, 4)                                  \
    X("pypi-AgEI", "\\bpypi-AgEI", PROVIDER_KEY, URL, 50, 0, CASED, 5)                           \
    X("hvs.", "\\bhvs\\.", PROVIDER_KEY, URL, 24, 0, CASED, 3)                                   \
    X("shpat_", "\\bshpat_", PROVIDER_KEY, HEX, 32, 32, MIXED, 3)                                \
    X("ATATT3", "\\bATATT3", PROVIDER_KEY, URL, 60, 0, CASED, 3)                                 \
    X("AKIA", "\\bAKIA", CLOUD_KEY, UPPER, 16, 16, MIXED, 1)                                     \
    X("ASIA", "\\bASIA", CLOUD_KEY, UPPER, 16, 16, MIXED, 4)                                     \
    X("ABIA", "\\bABIA", CLOUD_KEY, UPPER, 16, 16, MIXED, 4)                                     \
    X("ACCA", "\\bACCA", CLOUD_KEY, UPPER, 16, 16, MIXED, 4)                                     \
    X("LTAI", "\\bLTAI", CLOUD_KEY, ALNUM, 16, 24, CASED, 3)                                     \
    X("AKID", "\\bAKID", CLOUD_KEY, ALNUM, 32, 32, CASED, 4)                                     \
    X("GOCSPX-", "\\bGOCSPX-", CLOUD_KEY, URL, 28, 28, CASED, 2)                                 \
    X("ya29.", "\\bya29\\.", CLOUD_KEY, URL, 40, 0, CASED, 3)                                    \
    X("dop_v1_", "\\bdop_v1_", CLOUD_KEY, HEX, 64, 64, MIXED, 3)                                 \
    X("dapi", "\\bdapi", CLOUD_KEY, HEX, 32, 32, MIXED, 3)                                       \
    X("8Q~", "8Q~", CLOUD_KEY, AZURE, 31, 34, CASED, 3)                                          \
    X("JQQJ99", "JQQJ99", CLOUD_KEY, ALNUM, 26, 26, CASED, 6)                                    \
    X("AccountKey=", "AccountKey=", CLOUD_KEY, BASE64, 88, 88, CASED, 11)                        \
    X("sig=", "[?&]sig=", CLOUD_KEY, PERCENT, 43, 64, SIGNED, 5)                                 \
    X("secret_access_key", "(?i)secret_access_key", CLOUD_KEY, NAMED, 40, 40, CASED, 17)         \
    X("secretaccesskey", "(?i)secretaccesskey", CLOUD_KEY, NAMED, 40, 40, CASED, 15)             \
    X("aws_secret_key", "(?i)aws_secret_key", CLOUD_KEY, NAMED, 40, 40, CASED, 14)               \
    X("-----BEGIN ", "-----BEGIN ", PRIVATE_KEY, PEM, 24, 0, STRUCTURE, 6)                       \
    X("PuTTY-User-Key-File-", "PuTTY-User-Key-File-", PRIVATE_KEY, PUTTY, 24, 0, STRUCTURE, 5)   \
    X("eyJ", "\\beyJ", JWT, TOKEN, 10, 0, STRUCTURE, 2)

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

/* Of a word: letters of other scripts count. */
static inline bool
gh_dlp_is_word(char c)
{
    return gh_dlp_is_alnum(c) || c == '_' || (unsigned char)c >= 0x80;
}

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

/* Whether nothing of a word stands before `at`. */
static inline bool
gh_dlp_is_start(const struct gh_dlp_view *v, size_t at)
{
    return at == 0 || !gh_dlp_is_word(v->p[at - 1]);
}

/* Whether one of the words (a list "a|b", lower case) stands, as a word of its own, in the `n` bytes before `at`. */
bool gh_dlp_is_near(const struct gh_dlp_view *v, size_t at, size_t n, const char *words);

#endif
