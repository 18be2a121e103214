/* SPDX-License-Identifier: Apache-2.0 */
/* dlp/number: layouts against a text; cards, IBANs, phones. */
#include "dlp/number.h"

#define CONTEXT_BYTES 64
#define WORDS_FOR_ALL                                                                                                              \
    "id|ids|identity|identification|national|citizen|personal|taxpayer|tin|ssn|passport|personnummer|identificación"

/* ---- layouts ---- */

struct taken {
    size_t n, end;
    bool is_separated;
    char c[GH_DLP_NUMBER_MAX]; /* the first n of them */
};

/* One character of the layout: 1 taken, 0 not this, -1 the text ends here. `sep` is the separator in use, 0 before the first chance. */
static int
step(struct taken *t, char l, const struct gh_dlp_view *v, int *sep)
{
    bool is_there = t->end < v->n;
    char c = is_there ? v->p[t->end] : 0;

    if (l == '~' || l == '_') {
        if (!is_there)
            return -1;
        bool is_sep = c == ' ' || c == '-' || (l == '~' && c == '.');
        if (*sep == 0)
            *sep = is_sep ? c : l == '_' ? 0 : 1;
        if (*sep == 0 || (*sep > 1 && *sep != c))
            return 0;
        t->end += *sep > 1;
        t->is_separated |= *sep > 1;
        return 1;
    }
    if (!is_there)
        return -1;
    if (l == 'd'   ? !gh_dlp_is_digit(c)
        : l == 'L' ? !gh_dlp_is_upper(c)
        : l == 'X' ? !gh_dlp_is_upper(c) && !gh_dlp_is_digit(c)
                   : c != l)
        return 0;
    if (l == 'd' || l == 'L' || l == 'X')
        t->c[t->n++] = c;
    else
        t->is_separated = true;
    t->end++;
    return 1;
}

/* What may not follow: more of a word, or of a number. */
static enum gh_dlp_verdict
ends(const struct gh_dlp_view *v, size_t end)
{
    if (end == v->n)
        return v->is_last ? GH_DLP_FOUND : GH_DLP_MORE;
    char c = v->p[end];
    if (gh_dlp_is_word_at(v, end) || c == '@')
        return GH_DLP_NO;
    if (c != '-' && c != '.')
        return GH_DLP_FOUND;
    if (end + 1 == v->n)
        return v->is_last ? GH_DLP_FOUND : GH_DLP_MORE;
    return gh_dlp_is_alnum(v->p[end + 1]) ? GH_DLP_NO : GH_DLP_FOUND;
}

/* What may not stand before: the rest of a word, or of a longer number. */
static bool
begins(const struct gh_dlp_view *v, size_t at)
{
    if (!gh_dlp_is_start(v, at))
        return false;
    if (at < 2 || (v->p[at - 1] != '-' && v->p[at - 1] != '.'))
        return true;
    return !gh_dlp_is_alnum(v->p[at - 2]);
}

/* Whether a layout's words stand near: asked once for each list of words at one place. */
struct near {
    const char *words[2];
    bool is[2], is_asked[2];
};

static bool
is_near(struct near *near, const struct gh_dlp_layout *l, const struct gh_dlp_view *v, size_t at)
{
    const char *const lists[] = {WORDS_FOR_ALL, l->words};

    for (size_t i = 0; i < 2; i++) {
        if (lists[i] == NULL)
            continue;
        if (!near->is_asked[i] || (i == 1 && near->words[i] != lists[i])) {
            near->is[i] = gh_dlp_is_near(v, at, CONTEXT_BYTES, lists[i]);
            near->words[i] = lists[i];
            near->is_asked[i] = true;
        }
        if (near->is[i])
            return true;
    }
    return false;
}

static enum gh_dlp_verdict
judge_layout(struct taken *t, struct near *near, const struct gh_dlp_layout *l, const struct gh_dlp_view *v, size_t at)
{
    int sep = 0, took = 1;

    t->n = 0;
    t->end = at;
    t->is_separated = false;
    for (const char *p = l->layout; *p != '\0' && took > 0; p++)
        took = step(t, *p, v, &sep);
    if (took == 0 || !l->check(t->c, t->n, took > 0))
        return GH_DLP_NO;
    bool wants_words = l->context == GH_DLP_WORDS || (l->context == GH_DLP_WORDS_IF_BARE && !t->is_separated && took > 0);
    if (wants_words && !is_near(near, l, v, at))
        return GH_DLP_NO;
    if (took < 0)
        return v->is_last ? GH_DLP_NO : GH_DLP_MORE;
    if (sep > 1 && strchr(l->layout, '_') != NULL) { /* groups of a longer row of them */
        if (at > 1 && v->p[at - 1] == sep && gh_dlp_is_digit(v->p[at - 2]))
            return GH_DLP_NO;
        if (t->end + 1 >= v->n && !v->is_last)
            return GH_DLP_MORE;
        if (t->end + 1 < v->n && v->p[t->end] == sep && gh_dlp_is_digit(v->p[t->end + 1]))
            return GH_DLP_NO;
    }
    return ends(v, t->end);
}

/* ---- cards ---- */

bool
gh_dlp_is_luhn(const char *c, size_t n)
{
    unsigned sum = 0;

    for (size_t i = 0; i < n; i++) {
        unsigned d = (unsigned)(c[n - 1 - i] - '0') * (i % 2 == 1 ? 2 : 1);
        sum += d > 9 ? d - 9 : d;
    }
    return sum % 10 == 0;
}

static const struct {
    unsigned from, to; /* the first four digits */
    size_t lengths[3];
} issuers[] = {
    {4000, 4999, {13, 16, 19}}, /* Visa */
    {5100, 5599, {16, 0, 0}},   /* Mastercard */
    {2221, 2720, {16, 0, 0}},
    {3400, 3499, {15, 0, 0}}, /* American Express */
    {3700, 3799, {15, 0, 0}},
    {6011, 6011, {16, 19, 0}}, /* Discover */
    {6440, 6599, {16, 19, 0}},
    {3528, 3589, {16, 19, 0}}, /* JCB */
    {3000, 3059, {14, 0, 0}},  /* Diners Club */
    {3600, 3699, {14, 0, 0}},
    {3800, 3899, {14, 0, 0}},
    {6200, 6299, {16, 19, 0}}, /* UnionPay */
    {5018, 5018, {16, 0, 0}},  /* Maestro */
    {5020, 5020, {16, 0, 0}},
    {5038, 5038, {16, 0, 0}},
    {6304, 6304, {16, 0, 0}},
    {6759, 6759, {16, 0, 0}},
    {6761, 6763, {16, 0, 0}},
};

/* Digits of a card of this length, as far as they are there. */
static bool
is_card(const char *c, size_t n, bool is_whole, size_t length)
{
    unsigned low = 0, high = 0, same = 0;

    for (size_t i = 0; i < 4; i++) {
        low = low * 10 + (i < n ? (unsigned)(c[i] - '0') : 0);
        high = high * 10 + (i < n ? (unsigned)(c[i] - '0') : 9);
    }
    for (size_t i = 1; i < n; i++)
        same += c[i] == c[i - 1];
    if (is_whole && (same + 1 >= n || !gh_dlp_is_luhn(c, n)))
        return false;
    for (size_t i = 0; i < sizeof(issuers) / sizeof(issuers[0]); i++)
        for (size_t k = 0; k < 3; k++)
            if (issuers[i].lengths[k] == length && low <= issuers[i].to && high >= issuers[i].from)
                return true;
    return false;
}

#define CARD(length)                                                                                                               \
    static bool is_card_##length(const char *c, size_t n, bool is_whole)                                                           \
    {                                                                                                                              \
        return is_card(c, n, is_whole, length);                                                                                    \
    }
CARD(13)
CARD(14)
CARD(15)
CARD(16)
CARD(19)

/* American numbers: no area begins with 0 or 1. */
static bool
is_american(const char *c, size_t n, bool is_whole)
{
    (void)is_whole;
    return n < 1 || c[0] >= '2';
}

static bool
is_american_one(const char *c, size_t n, bool is_whole)
{
    (void)is_whole;
    return (n < 1 || c[0] == '1') && (n < 2 || c[1] >= '2');
}

/* With the zero that stands before a number within one's own country. */
static bool
is_domestic(const char *c, size_t n, bool is_whole)
{
    (void)is_whole;
    return (n < 1 || c[0] == '0') && (n < 2 || c[1] != '0');
}

#define PHONE_WORDS "phone|tel|telephone|telefon|mobile|cell|call|fax|whatsapp|handy|teléfono|téléphone|telefono|contact|sms|text"
#define CARD_WORDS  "card|visa|mastercard|amex|credit|debit|cc|pan|karte|carte|tarjeta|cvv"

// clang-format off
static const struct gh_dlp_layout layouts[] = {
    {"dddd~dddd~dddd~dddd~ddd", GH_DLP_CARD, is_card_19, GH_DLP_WORDS_IF_BARE, CARD_WORDS},
    {"dddd~dddd~dddd~dddd", GH_DLP_CARD, is_card_16, GH_DLP_FREE, NULL},
    {"dddd~dddddd~ddddd", GH_DLP_CARD, is_card_15, GH_DLP_FREE, NULL},
    {"dddd~dddddd~dddd", GH_DLP_CARD, is_card_14, GH_DLP_WORDS_IF_BARE, CARD_WORDS},
    {"ddddddddddddd", GH_DLP_CARD, is_card_13, GH_DLP_WORDS, CARD_WORDS},
    {"(ddd) ddd-dddd", GH_DLP_PHONE, is_american, GH_DLP_FREE, NULL},
    {"(ddd)ddd-dddd", GH_DLP_PHONE, is_american, GH_DLP_FREE, NULL},
    {"ddd-ddd-dddd", GH_DLP_PHONE, is_american, GH_DLP_FREE, NULL},
    {"d-ddd-ddd-dddd", GH_DLP_PHONE, is_american_one, GH_DLP_FREE, NULL},
    {"ddd.ddd.dddd", GH_DLP_PHONE, is_american, GH_DLP_FREE, NULL},
    {"ddd ddd dddd", GH_DLP_PHONE, is_american, GH_DLP_WORDS, PHONE_WORDS},
    {"dddddddddd", GH_DLP_PHONE, is_american, GH_DLP_WORDS, PHONE_WORDS},
    {"dddd~ddddddd", GH_DLP_PHONE, is_domestic, GH_DLP_WORDS, PHONE_WORDS},
    {"dddd~dddddd", GH_DLP_PHONE, is_domestic, GH_DLP_WORDS, PHONE_WORDS},
    {"ddd~dddddddd", GH_DLP_PHONE, is_domestic, GH_DLP_WORDS, PHONE_WORDS},
    {"ddd~dddd~dddd", GH_DLP_PHONE, is_domestic, GH_DLP_WORDS, PHONE_WORDS},
    {"dd~dd~dd~dd~dd", GH_DLP_PHONE, is_domestic, GH_DLP_WORDS, PHONE_WORDS},
    {"ddd~ddddddd", GH_DLP_PHONE, is_domestic, GH_DLP_WORDS, PHONE_WORDS},
};
// clang-format on

/* ---- phones with their country ---- */

/* Countries whose code is one or two digits; all other codes are three. */
static const char short_codes[] =
    "1 7 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 "
    "86 90 91 92 93 94 95 98";

static bool
is_country(const char *digits, size_t n)
{
    struct gh_str all = gh_str_z(short_codes), code;

    while (gh_str_cut(&code, &all, ' '))
        if (n < code.n ? gh_str_starts(code, gh_str(digits, n)) : gh_str_starts(gh_str(digits, n), code))
            return true;
    return memchr("2345689", digits[0], 7) != NULL; /* three digits: 21x to 99x, where no short code stands */
}

static enum gh_dlp_verdict
judge_international(struct gh_dlp_match *m, const struct gh_dlp_view *v, size_t at)
{
    char digits[16];
    size_t n = 0, i = at + 1, end = at, most = 15;
    bool is_open = false;

    if (at > 0 && (!gh_dlp_is_start(v, at) || v->p[at - 1] == '+' || v->p[at - 1] == ')'))
        return GH_DLP_NO;
    for (; i < v->n; i++) {
        char c = v->p[i];
        if (gh_dlp_is_digit(c)) {
            if (n == most)
                break;
            digits[n++] = c;
            end = i + 1;
            most = digits[0] == '1' ? 11 : 15;
        } else if (c == '(' && !is_open && n > 0)
            is_open = true;
        else if (c == ')' && is_open)
            is_open = false;
        else if (memchr(" .-/", c, 4) == NULL || n == 0 || (i > end + 1))
            break;
        if (i - at > 24)
            break;
    }
    if (n > 0 && (digits[0] == '0' || !is_country(digits, n)))
        return GH_DLP_NO;
    if (i == v->n && !v->is_last && n < most) {
        m->at = at;
        return GH_DLP_MORE;
    }
    if (n < 9 || (digits[0] == '1' && n != 11))
        return GH_DLP_NO;
    m->end = end;
    return ends(v, end);
}

/* ---- accounts ---- */

static const char ibans[] = "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 "
                            "EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 "
                            "GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 "
                            "LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 "
                            "MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 "
                            "SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 "
                            "VA22 VG24 XK20 YE30";

static size_t
iban_length(const char *country)
{
    struct gh_str all = gh_str_z(ibans), row;

    while (gh_str_cut(&row, &all, ' '))
        if (row.p[0] == country[0] && row.p[1] == country[1])
            return (size_t)(row.p[2] - '0') * 10 + (size_t)(row.p[3] - '0');
    return 0;
}

static bool
is_mod97(const char *c, size_t n)
{
    unsigned r = 0;

    for (size_t i = 0; i < n; i++) {
        char x = c[(i + 4) % n];
        r = gh_dlp_is_digit(x) ? (r * 10 + (unsigned)(x - '0')) % 97 : (r * 100 + (unsigned)(x - 'A') + 10) % 97;
    }
    return r == 1;
}

static enum gh_dlp_verdict
judge_iban(struct gh_dlp_match *m, const struct gh_dlp_view *v, size_t at)
{
    char c[36];
    size_t n = 0, i = at, length = 0;
    int sep = 0;

    for (; i < v->n && (length == 0 || n < length); i++) {
        bool is_gap = n > 0 && n % 4 == 0 && (v->p[i] == ' ' || v->p[i] == '-');
        if (is_gap && i > at && v->p[i - 1] != v->p[i] && (sep == 0 ? n == 4 : sep == v->p[i])) {
            sep = v->p[i];
            continue;
        }
        if (n < 2   ? !gh_dlp_is_upper(v->p[i])
            : n < 4 ? !gh_dlp_is_digit(v->p[i])
                    : !gh_dlp_is_digit(v->p[i]) && !gh_dlp_is_upper(v->p[i]))
            return GH_DLP_NO;
        c[n++] = v->p[i];
        if (n == 2 && (length = iban_length(c)) == 0)
            return GH_DLP_NO;
    }
    if (length == 0 || n < length) {
        m->at = at;
        return v->is_last ? GH_DLP_NO : GH_DLP_MORE;
    }
    if (!is_mod97(c, n))
        return GH_DLP_NO;
    m->end = i;
    return ends(v, i);
}

/* ---- */

static enum gh_dlp_verdict
judge_layouts(struct gh_dlp_match *m, struct near *near, const struct gh_dlp_rules *rules, const struct gh_dlp_layout *table,
    size_t n, const struct gh_dlp_view *v, size_t at)
{
    bool is_digit = gh_dlp_is_digit(v->p[at]), is_upper = gh_dlp_is_upper(v->p[at]);
    enum gh_dlp_verdict verdict;
    struct taken t;

    for (size_t i = 0; i < n; i++) {
        char first = table[i].layout[0];
        if ((rules->types & GH_DLP_BIT(table[i].type)) == 0 || (first == 'd') != is_digit || (first == 'L') != is_upper)
            continue;
        m->type = table[i].type;
        if ((verdict = judge_layout(&t, near, &table[i], v, at)) == GH_DLP_NO)
            continue;
        m->end = t.end;
        return verdict;
    }
    return GH_DLP_NO;
}

enum gh_dlp_verdict
gh_dlp_number_judge(struct gh_dlp_match *m, const struct gh_dlp_rules *rules, const struct gh_dlp_view *v, size_t at)
{
    enum gh_dlp_verdict verdict;
    struct near near = {.is_asked = {false, false}};

    if (at >= v->n || !begins(v, at))
        return GH_DLP_NO;
    m->at = at;
    if (v->p[at] == '+') {
        m->type = GH_DLP_PHONE;
        return (rules->types & GH_DLP_BIT(GH_DLP_PHONE)) != 0 ? judge_international(m, v, at) : GH_DLP_NO;
    }
    if (gh_dlp_is_upper(v->p[at]) && (rules->types & GH_DLP_BIT(GH_DLP_IBAN)) != 0) {
        m->type = GH_DLP_IBAN;
        if ((verdict = judge_iban(m, v, at)) != GH_DLP_NO)
            return verdict;
    }
    if ((verdict = judge_layouts(m, &near, rules, layouts, sizeof(layouts) / sizeof(layouts[0]), v, at)) != GH_DLP_NO)
        return verdict;
    return judge_layouts(m, &near, rules, gh_dlp_national_table, gh_dlp_national_count, v, at);
}

bool
gh_dlp_number_begins(const struct gh_dlp_view *v, size_t at)
{
    size_t i = at;

    if (!gh_dlp_is_start(v, at))
        return false;
    if (gh_dlp_is_digit(v->p[at]) || (v->p[at] == '(' && at + 1 < v->n && gh_dlp_is_digit(v->p[at + 1])))
        return true;
    if (v->p[at] == '+')
        return at + 1 < v->n && gh_dlp_is_digit(v->p[at + 1]);
    while (i < v->n && i - at < 7 && gh_dlp_is_upper(v->p[i]))
        i++;
    i += i > at && i < v->n && i - at <= 2 && (v->p[i] == ' ' || v->p[i] == '-');
    return i > at && i < v->n && gh_dlp_is_digit(v->p[i]);
}
