/* SPDX-License-Identifier: Apache-2.0 */
/* dlp/anchor: the table. Expressions are short and bounded, so that the engine can find them in pieces at full speed. */
#include "dlp/anchor.h"

#include "dlp/detect.h"
#include "dlp/number.h"

typedef void (*add_fn)(void *ctx, enum gh_dlp_detector d, size_t at);

/* ---- where candidates begin ---- */

#define REGION 48 /* bytes of a number before its eighth digit: the groups in which it may have begun */

// clang-format off
#define BEGIN_ROW(literal, expression, type, body, least, most, check, alive) {GH_STR_INIT(literal), GH_DLP_BIT(GH_DLP_##type)},
static const struct { struct gh_str literal; uint32_t types; } literals[] = {GH_DLP_SECRET_LIST(BEGIN_ROW)};
// clang-format on

/* Every literal that ends here: which row of the engine told it does not matter. */
static void
begin_secret(const struct gh_dlp_view *v, size_t end, add_fn add, void *ctx)
{
    for (size_t i = 0; i < sizeof(literals) / sizeof(literals[0]); i++) {
        struct gh_str l = literals[i].literal;
        if (l.n <= end && gh_dlp_lower(v->p[end - 1]) == gh_dlp_lower(l.p[l.n - 1]) &&
            gh_str_eq_ci(gh_str(v->p + end - l.n, l.n), l))
            add(ctx, GH_DLP_SECRET, end - l.n);
    }
}

static void
begin_url(const struct gh_dlp_view *v, size_t end, add_fn add, void *ctx)
{
    size_t at = end - 3;

    while (at > 0 && end - at < 20 && (gh_dlp_is_alnum(v->p[at - 1]) || v->p[at - 1] == '+'))
        at--;
    add(ctx, GH_DLP_SECRET, at);
}

static void
begin_pairs(const struct gh_dlp_view *v, size_t end, add_fn add, void *ctx)
{
    size_t at = end - 1;

    while (at > 0 && end - at < 32 && (gh_dlp_is_alnum(v->p[at - 1]) || v->p[at - 1] == ' ')) {
        at--;
        if (gh_dlp_is_start(v, at) && v->p[at] != ' ')
            add(ctx, GH_DLP_SECRET, at);
    }
}

static void
begin_mail(const struct gh_dlp_view *v, size_t end, add_fn add, void *ctx)
{
    size_t at = gh_dlp_mail_begin(v, end - 1);

    if (at < end - 1)
        add(ctx, GH_DLP_MAIL, at);
}

static bool
is_numeric(char c)
{
    return gh_dlp_is_digit(c) || memchr(" .-/()+", c, 7) != NULL;
}

/* The beginning of each group of digits in the region. */
static void
begin_number(const struct gh_dlp_view *v, size_t end, add_fn add, void *ctx)
{
    size_t from = end;

    while (from > 0 && end - from < REGION && is_numeric(v->p[from - 1]))
        from--;
    from = from > 0 && gh_dlp_is_upper(v->p[from - 1]) ? from - 1 : from;
    for (size_t i = from; i < end; i++)
        if (gh_dlp_number_begins(v, i))
            add(ctx, GH_DLP_NUMBER, i);
}

/* Capital letters before the first digits. */
static void
begin_letters(const struct gh_dlp_view *v, size_t end, add_fn add, void *ctx)
{
    size_t at = end;

    while (at > 0 && end - at < 5 && !gh_dlp_is_upper(v->p[at - 1]))
        at--;
    for (size_t n = 0; at > 0 && n < 6 && gh_dlp_is_upper(v->p[at - 1]); n++)
        at--;
    if (gh_dlp_is_start(v, at))
        add(ctx, GH_DLP_NUMBER, at);
}

static void
begin_link(const struct gh_dlp_view *v, size_t end, add_fn add, void *ctx)
{
    size_t at = end - 3;

    while (at > 0 && end - at < 9 && gh_dlp_is_alnum(v->p[at - 1]))
        at--;
    add(ctx, GH_DLP_LINK, at);
}

/* The character that the engine saw whole. */
static void
begin_hidden(const struct gh_dlp_view *v, size_t end, add_fn add, void *ctx)
{
    size_t at = end - 1;

    while (at > 0 && ((unsigned char)v->p[at] & 0xc0) == 0x80)
        at--;
    add(ctx, GH_DLP_HIDDEN, at);
}

/* ---- */

#define NUMBERS  (GH_DLP_BIT(GH_DLP_PHONE) | GH_DLP_BIT(GH_DLP_CARD) | GH_DLP_BIT(GH_DLP_NATIONAL_ID))
#define LETTERED (GH_DLP_BIT(GH_DLP_IBAN) | GH_DLP_BIT(GH_DLP_NATIONAL_ID))
#define STRINGS  GH_DLP_BIT(GH_DLP_CONNECTION_STRING)

// clang-format off
#define SECRET_ROW(literal, expression, type, body, least, most, check, alive) {expression, GH_DLP_BIT(GH_DLP_##type), GH_DLP_SECRET, begin_secret},
const struct gh_dlp_anchor_row gh_dlp_anchor_table[] = {
    GH_DLP_SECRET_LIST(SECRET_ROW)
    {"[A-Za-z]://", STRINGS, GH_DLP_SECRET, begin_url},
    {"(?i)(?:server|source|host|hostname|endpoint|protocol|driver|provider|catalog|database|accountname|address)=", STRINGS, GH_DLP_SECRET, begin_pairs},
    {"[A-Za-z0-9_%+\\-']@", GH_DLP_BIT(GH_DLP_EMAIL), GH_DLP_MAIL, begin_mail},
    {"(?:[0-9][ .\\-/()]{0,2}){7}[0-9]", NUMBERS, GH_DLP_NUMBER, begin_number},
    {"\\b[A-Z]{1,2}[ \\-.]?[0-9]{2}", LETTERED, GH_DLP_NUMBER, begin_letters},
    {"[A-Z]{4}[0-9]{2}", GH_DLP_BIT(GH_DLP_NATIONAL_ID), GH_DLP_NUMBER, begin_letters},
    {"(?i)(?:\\]\\(<?|=[\"']?|<|\\]: )https?://", GH_DLP_BIT(GH_DLP_EXFIL_LINK), GH_DLP_LINK, begin_link},
    {"\\xe2\\x80[\\x8b-\\x8f\\xaa-\\xae]|\\xe2\\x81[\\xa0-\\xa9]|\\xef\\xbb\\xbf|\\xef\\xb8[\\x80-\\x8f]|\\xf3\\xa0[\\x80\\x81\\x84-\\x87][\\x80-\\xbf]|"
     "\\xe1\\xa0\\x8e", GH_DLP_BIT(GH_DLP_HIDDEN_TEXT), GH_DLP_HIDDEN, begin_hidden},
};
// clang-format on
const size_t gh_dlp_anchor_count = sizeof(gh_dlp_anchor_table) / sizeof(gh_dlp_anchor_table[0]);
