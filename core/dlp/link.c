/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dlp/detect: links and images that carry data away: an address in Markdown or HTML whose query was built from data, on a host that the
 * endpoint does not list. The address is judged whole; what is held back for it begins at its first letter.
 */
#include "dlp/detect.h"

#include "base/codec.h"
#include "base/limits.h"

#define ADDRESS_MAX 1024
#define QUERY_DATA  16 /* bytes of a member's value from which on it may be data */

struct address {
    struct gh_str all, query;
    const struct gh_dlp_view *v; /* what stands before it */
    size_t at;
};

/* What an address is made of: all but control characters, spaces and the signs that stand around it. */
static inline bool
is_address(char c)
{
    static const bool is_none[256] = {
        ['"'] = true, ['\''] = true, ['<'] = true, ['>'] = true, [')'] = true, ['`'] = true, ['\\'] = true};

    return (unsigned char)c > ' ' && !is_none[(unsigned char)c];
}

/* Behind the scheme and its slashes. */
static struct gh_str
authority_of(struct gh_str all)
{
    size_t from = gh_str_chr(all, '/') + 2, end = from;

    while (end < all.n && all.p[end] != '/' && all.p[end] != '?' && all.p[end] != '#')
        end++;
    return gh_str_sub(all, from, end - from);
}

static struct gh_str
host_of(struct gh_str all)
{
    struct gh_str host = authority_of(all);
    size_t user = gh_str_chr(host, '@');

    host = user == SIZE_MAX ? host : gh_str_sub(host, user + 1, host.n);
    return gh_str_sub(host, 0, gh_str_chr(host, ':'));
}

/* Up to the query, which there is. */
static struct gh_str
path_of(struct gh_str all)
{
    struct gh_str before = gh_str_sub(all, 0, gh_str_chr(all, '?'));

    return gh_str_sub(before, (size_t)(authority_of(all).p - all.p), before.n);
}

/* Whether what stands before the address makes it one that is loaded, not only offered. */
static bool
is_image(const struct gh_dlp_view *v, size_t at)
{
    size_t from = at > GH_DLP_BEHIND ? at - GH_DLP_BEHIND : 0;
    struct gh_str before = gh_str(v->p + from, at - from);

    if (before.n >= 2 && before.p[before.n - 1] != '(' && gh_str_ends(before, GH_STR("<")) == false) {
        for (size_t i = before.n; i-- > 0;)
            if (before.p[i] == '<')
                return gh_str_eq_ci(gh_str_sub(before, i, 4), GH_STR("<img")) ||
                       gh_str_eq_ci(gh_str_sub(before, i, 7), GH_STR("<iframe")) ||
                       gh_str_eq_ci(gh_str_sub(before, i, 5), GH_STR("<link")) ||
                       gh_str_eq_ci(gh_str_sub(before, i, 7), GH_STR("<script"));
        return false;
    }
    for (size_t i = before.n; i-- > 0;)
        if (before.p[i] == '[')
            return i > 0 && before.p[i - 1] == '!';
    return false;
}

static bool
is_host_listed(struct gh_str host, const struct gh_dlp_hosts *hosts)
{
    for (size_t i = 0; i < hosts->n; i++) {
        struct gh_str h = hosts->item[i];
        if (gh_str_eq_ci(host, h))
            return true;
        if (h.n > 2 && h.p[0] == '*' && host.n >= h.n &&
            gh_str_eq_ci(gh_str_sub(host, host.n - (h.n - 1), h.n - 1), gh_str_sub(h, 1, h.n)))
            return true;
    }
    return false;
}

/* What is left when percent signs and pluses are undone; at most ADDRESS_MAX bytes. */
static struct gh_str
decode(char out[ADDRESS_MAX], struct gh_str s)
{
    size_t n = 0;

    for (size_t i = 0; i < s.n && n < ADDRESS_MAX; i++) {
        int high, low;
        if (s.p[i] == '%' && i + 2 < s.n && (high = gh_hex_value(s.p[i + 1])) >= 0 && (low = gh_hex_value(s.p[i + 2])) >= 0) {
            out[n++] = (char)(high * 16 + low);
            i += 2;
        } else
            out[n++] = s.p[i] == '+' ? ' ' : s.p[i];
    }
    return gh_str(out, n);
}

/* A run of base64 or hex that looks drawn by chance. */
static bool
is_encoded(struct gh_str s, size_t least)
{
    size_t digits = 0, uppers = 0, lowers = 0, others = 0;

    if (s.n < least)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        digits += gh_dlp_is_digit(s.p[i]);
        uppers += gh_dlp_is_upper(s.p[i]);
        lowers += gh_dlp_is_lower(s.p[i]);
        others += !gh_dlp_is_alnum(s.p[i]) && memchr("+/=_- ", s.p[i], 6) == NULL;
    }
    if (others > 0)
        return false;
    bool is_hex = uppers == 0 && digits >= s.n / 4 && lowers > 0 && s.n >= 32;
    return is_hex || (uppers >= 3 && lowers >= 3 && uppers * 8 >= s.n && (digits > 0 || s.p[s.n - 1] == '='));
}

static size_t
count_words(struct gh_str s)
{
    struct gh_str rest = s, word;
    size_t words = 0;

    while (gh_str_cut(&word, &rest, ' '))
        words += word.n >= 2;
    return words;
}

/* Something to be filled in, or filled in already: an address, a key. */
static bool
is_personal(struct gh_str s)
{
    struct gh_dlp_view v = {s.p, s.n, 0, true};
    struct gh_dlp_match m;
    size_t sign = gh_str_chr(s, '@');

    if (sign != SIZE_MAX && sign > 0 && gh_dlp_mail_judge(&m, &v, gh_dlp_mail_begin(&v, sign)) == GH_DLP_FOUND)
        return true;
    return s.n > 4 && ((s.p[0] == '{' && s.p[s.n - 1] == '}') || gh_str_starts(s, GH_STR("${")) ||
                          (s.p[0] == '[' && s.p[s.n - 1] == ']') || (s.p[0] == '<' && s.p[s.n - 1] == '>'));
}

/* Names by which data is handed over. */
static bool
is_carrier(struct gh_str name)
{
    static const struct gh_str names[] = {GH_STR_INIT("d"), GH_STR_INIT("data"), GH_STR_INIT("payload"), GH_STR_INIT("exfil"),
        GH_STR_INIT("leak"), GH_STR_INIT("secret"), GH_STR_INIT("secrets"), GH_STR_INIT("info"), GH_STR_INIT("msg"),
        GH_STR_INIT("message"), GH_STR_INIT("text"), GH_STR_INIT("content"), GH_STR_INIT("prompt"), GH_STR_INIT("chat"),
        GH_STR_INIT("history"), GH_STR_INIT("conversation"), GH_STR_INIT("context"), GH_STR_INIT("log"), GH_STR_INIT("dump"),
        GH_STR_INIT("stolen"), GH_STR_INIT("password"), GH_STR_INIT("token"), GH_STR_INIT("key"), GH_STR_INIT("apikey"),
        GH_STR_INIT("api_key"), GH_STR_INIT("cookie"), GH_STR_INIT("session"), GH_STR_INIT("user"), GH_STR_INIT("email"),
        GH_STR_INIT("mail"), GH_STR_INIT("body"), GH_STR_INIT("p"), GH_STR_INIT("c"), GH_STR_INIT("x"), GH_STR_INIT("value"),
        GH_STR_INIT("summary"), GH_STR_INIT("answer"), GH_STR_INIT("b64"), GH_STR_INIT("q")};

    return gh_dlp_is_one_of(name, names, sizeof(names) / sizeof(names[0]));
}

/* Signatures and what they sign are for the host that made them. */
static bool
is_signature(struct gh_str name)
{
    static const struct gh_str names[] = {GH_STR_INIT("sig"), GH_STR_INIT("signature"), GH_STR_INIT("rscd"), GH_STR_INIT("rsct"),
        GH_STR_INIT("rscc"), GH_STR_INIT("hmac"), GH_STR_INIT("hash"), GH_STR_INIT("integrity"), GH_STR_INIT("policy"),
        GH_STR_INIT("key-pair-id"), GH_STR_INIT("expires"), GH_STR_INIT("oh"), GH_STR_INIT("_nc_ohc"), GH_STR_INIT("style")};

    return gh_dlp_is_one_of(name, names, sizeof(names) / sizeof(names[0])) ||
           gh_str_eq_ci(gh_str_sub(name, 0, 6), GH_STR("x-amz-")) || gh_str_eq_ci(gh_str_sub(name, 0, 7), GH_STR("x-goog-"));
}

/* Where people share a text with others: such a link shows what it carries before it is sent. */
static bool
is_offer(const struct address *a)
{
    static const struct gh_str hosts[] = {GH_STR_INIT("twitter.com"), GH_STR_INIT("x.com"), GH_STR_INIT("*.facebook.com"),
        GH_STR_INIT("*.linkedin.com"), GH_STR_INIT("*.reddit.com"), GH_STR_INIT("*.pinterest.com"), GH_STR_INIT("*.tumblr.com"),
        GH_STR_INIT("t.me"), GH_STR_INIT("*.loom.com")};
    static const struct gh_dlp_hosts listed = {hosts, sizeof(hosts) / sizeof(hosts[0])};
    struct gh_str path = path_of(a->all);

    return (gh_str_find(path, GH_STR("/intent/")) != SIZE_MAX || gh_str_find(path, GH_STR("/share")) != SIZE_MAX) &&
           is_host_listed(host_of(a->all), &listed);
}

/* `s` without escapes. */
static bool
is_plain_data(const struct address *a, struct gh_str name, struct gh_str s)
{
    if (is_personal(s))
        return true;
    if (s.n < QUERY_DATA || is_signature(name))
        return false;
    bool is_named = is_carrier(name), is_search = gh_str_eq_ci(name, GH_STR("q"));
    bool is_loaded = is_image(a->v, a->at);
    if (is_encoded(s, is_loaded && is_named ? QUERY_DATA : is_loaded ? 24 : 40) && (is_named || is_loaded))
        return true;
    if (is_loaded)
        return is_named ? count_words(s) >= 3 : count_words(s) >= 6;
    return is_named && !is_search && !is_offer(a) && count_words(s) >= 5;
}

/* `raw` as it stands in the query. */
static bool
is_escaped_data(const struct address *a, struct gh_str name, struct gh_str raw)
{
    char mem[ADDRESS_MAX];

    return is_plain_data(a, name, decode(mem, raw));
}

static bool
is_data(const struct address *a, struct gh_str name, struct gh_str raw)
{
    if (raw.n <= ADDRESS_MAX && gh_str_chr(raw, '%') == SIZE_MAX && gh_str_chr(raw, '+') == SIZE_MAX)
        return is_plain_data(a, name, raw);
    return is_escaped_data(a, name, raw);
}

static bool
is_carrying(const struct address *a)
{
    struct gh_str rest = a->query, member, name;

    if (rest.p == NULL)
        return false;
    while (gh_str_cut(&member, &rest, '&')) {
        struct gh_str value = member;
        if (!gh_str_cut(&name, &value, '=') || name.n == member.n) {
            value = member;
            name = GH_STR("");
        }
        if (is_data(a, name, value))
            return true;
    }
    return false;
}

enum gh_dlp_verdict
gh_dlp_link_judge(struct gh_dlp_match *m, const struct gh_dlp_hosts *hosts, const struct gh_dlp_view *v, size_t at)
{
    size_t i = at;

    while (i < v->n && i - at < ADDRESS_MAX && is_address(v->p[i]))
        i++;
    struct address a = {.all = gh_str(v->p + at, i - at), .v = v, .at = at};
    size_t question = gh_str_chr(a.all, '?');
    *m = (struct gh_dlp_match){GH_DLP_EXFIL_LINK, at, i};
    if (hosts->n > 0) {
        struct gh_str host = host_of(a.all);
        bool is_whole = question != SIZE_MAX || host.n + 8 < i - at;
        if (is_whole && is_host_listed(host, hosts))
            return GH_DLP_NO;
    }
    if (i == v->n && !v->is_last && i - at < ADDRESS_MAX)
        return GH_DLP_MORE;
    if (question == SIZE_MAX)
        return GH_DLP_NO;
    a.query = gh_str_sub(a.all, question + 1, SIZE_MAX);
    a.query = gh_str_sub(a.query, 0, gh_str_chr(a.query, '#'));
    return is_carrying(&a) ? GH_DLP_FOUND : GH_DLP_NO;
}

/* Whether `](`, `="`, `<` or `]: ` stands before `at`. */
bool
gh_dlp_link_is_led(const struct gh_dlp_view *v, size_t at)
{
    char before = at > 0 ? v->p[at - 1] : 0, second = at > 1 ? v->p[at - 2] : 0;

    if (before == '<' || before == '=')
        return true;
    if (before == '"' || before == '\'')
        return second == '=';
    return before == '(' ? second == ']' : before == ' ' && second == ':' && at > 2 && v->p[at - 3] == ']';
}

/* Behind those the first letters of a scheme. */
bool
gh_dlp_link_alive(const struct gh_dlp_view *v, size_t at)
{
    struct gh_str rest = gh_str(v->p + at, v->n - at);

    if (rest.n > 8 || gh_dlp_lower(rest.p[0]) != 'h')
        return false;
    if (!gh_str_eq_ci(gh_str_sub(GH_STR("https://"), 0, rest.n), rest) &&
        !gh_str_eq_ci(gh_str_sub(GH_STR("http://"), 0, rest.n), rest))
        return false;
    return gh_dlp_link_is_led(v, at);
}
