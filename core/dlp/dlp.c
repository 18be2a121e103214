/* SPDX-License-Identifier: Apache-2.0 */
/* dlp/dlp: detectors by their number, and what at the end of a text may be the beginning of something. */
#include "dlp/dlp.h"

#include "base/limits.h"
#include "dlp/detect.h"
#include "dlp/number.h"
#include "dlp/shingle.h"
#include "dlp/term.h"

enum gh_dlp_verdict
gh_dlp_judge(
    struct gh_dlp_match *m, enum gh_dlp_detector d, const struct gh_dlp_rules *rules, const struct gh_dlp_view *v, size_t at)
{
    switch (d) {
    case GH_DLP_SECRET:
        return gh_dlp_secret_judge(m, rules, v, at);
    case GH_DLP_NUMBER:
        return gh_dlp_number_judge(m, rules, v, at);
    case GH_DLP_MAIL:
        return gh_dlp_mail_judge(m, v, at);
    case GH_DLP_LINK:
        return gh_dlp_link_judge(m, &rules->hosts, v, at);
    case GH_DLP_HIDDEN:
        return gh_dlp_hidden_judge(m, v, at);
    case GH_DLP_TERM:
        return gh_dlp_term_judge(m, rules->terms, v, at);
    case GH_DLP_SHINGLE:
        return gh_dlp_shingle_judge(m, rules->shingles, v, at);
    case GH_DLP_DETECTORS:
        break;
    }
    return GH_DLP_NO;
}

size_t
gh_dlp_body(enum gh_dlp_type type, struct gh_str s, uint32_t *state)
{
    return type == GH_DLP_HIDDEN_TEXT ? gh_dlp_hidden_body(s) : gh_dlp_secret_body(type, s, state);
}

/* Words that begin something and are words of their own: a text that ends with one is not held back. */
static bool
is_common(struct gh_str rest)
{
    static const struct gh_str words[] = {
        GH_STR_INIT("A"), GH_STR_INIT("I"), GH_STR_INIT("a"), GH_STR_INIT("s"), GH_STR_INIT("x"), GH_STR_INIT("h")};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (gh_str_eq(words[i], rest))
            return true;
    return false;
}

static bool
is_number_alive(const struct gh_dlp_rules *rules, const struct gh_dlp_view *v, size_t at)
{
    static const uint32_t numbers =
        GH_DLP_BIT(GH_DLP_PHONE) | GH_DLP_BIT(GH_DLP_CARD) | GH_DLP_BIT(GH_DLP_IBAN) | GH_DLP_BIT(GH_DLP_NATIONAL_ID);
    struct gh_dlp_rules held = *rules;
    struct gh_dlp_match m;

    held.types = rules->held & numbers;
    return held.types != 0 && gh_dlp_number_begins(v, at) && gh_dlp_number_judge(&m, &held, v, at) == GH_DLP_MORE;
}

static bool
is_alive(const struct gh_dlp_rules *rules, const struct gh_dlp_view *v, size_t at, bool is_numeric)
{
    if (gh_dlp_secret_alive(rules, v, at) || (is_numeric && is_number_alive(rules, v, at)))
        return true;
    if ((rules->held & GH_DLP_BIT(GH_DLP_EXFIL_LINK)) != 0 && gh_dlp_link_alive(v, at))
        return true;
    return (rules->held & GH_DLP_BIT(GH_DLP_EMAIL)) != 0 && gh_dlp_mail_alive(v, at, rules->is_whole_words);
}

/* Where the last run of characters without a space begins. */
static size_t
last_word(const struct gh_dlp_view *v, size_t from)
{
    size_t at = v->n;

    while (at > from && (unsigned char)v->p[at - 1] > ' ')
        at--;
    return at;
}

/* Where the last run of characters of numbers begins: whatever stands before it is no beginning of one. The last character may be any: it may end
 * a number. */
static size_t
last_number(const struct gh_dlp_view *v, size_t from)
{
    size_t at = v->n > from ? v->n - 1 : from;

    while (at > from && gh_dlp_is_numeric(v->p[at - 1]))
        at--;
    return at;
}

/* What has spaces in it: numbers in groups, and the header of a key. */
static bool
may_have_spaces(char c)
{
    return gh_dlp_is_digit(c) || gh_dlp_is_upper(c) || c == '+' || c == '(' || c == '-';
}

size_t
gh_dlp_alive_at_least(const struct gh_dlp_rules *rules, const struct gh_dlp_view *v, size_t from)
{
    size_t longest = rules->is_whole_words ? 2 * GH_DLP_PREFIX_MAX : GH_DLP_PREFIX_MAX;

    if ((rules->held & GH_DLP_PATTERNS) == 0 || v->is_last)
        return v->n;
    return v->n > longest && v->n - longest > from ? v->n - longest : from;
}

size_t
gh_dlp_alive(const struct gh_dlp_rules *rules, const struct gh_dlp_view *v, size_t from)
{
    size_t at = gh_dlp_alive_at_least(rules, v, from);

    size_t word = last_word(v, at), number = last_number(v, at);
    for (; at < v->n; at++) {
        char c = v->p[at];
        if ((unsigned char)c <= ' ' || (unsigned char)c >= 0x80 || (at < word && !may_have_spaces(c)))
            continue;
        if (at > 0 && gh_dlp_is_alnum(v->p[at - 1]) && gh_dlp_is_alnum(c) && !gh_dlp_is_escaped(v, at))
            continue;
        if (is_alive(rules, v, at, at >= number) && (rules->is_whole_words || !is_common(gh_str(v->p + at, v->n - at))))
            return at;
    }
    return v->n;
}
