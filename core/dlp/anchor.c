/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dlp/anchor: the table. Expressions are literals of three bytes and more: where each of them is one the engine looks at sixteen bytes at a
 * time; one shorter, or one class before a literal, makes it look at each. What must stand before a literal is asked here.
 */
#include "dlp/anchor.h"

#include "dlp/detect.h"

typedef void (*add_fn)(void *ctx, enum gh_dlp_detector d, size_t at);

/* ---- where candidates begin ---- */

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

    if (at == 0 || !(gh_dlp_is_upper(v->p[at - 1]) || gh_dlp_is_lower(v->p[at - 1])))
        return;
    while (at > 0 && end - at < 20 && (gh_dlp_is_alnum(v->p[at - 1]) || v->p[at - 1] == '+') && !gh_dlp_is_escaped(v, at))
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
begin_link(const struct gh_dlp_view *v, size_t end, add_fn add, void *ctx)
{
    static const struct gh_str schemes[] = {GH_STR_INIT("http://"), GH_STR_INIT("https://")};

    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        size_t n = schemes[i].n;
        if (end > n && gh_str_eq_ci(gh_str(v->p + end - n, n), schemes[i]) && gh_dlp_link_is_led(v, end - n))
            add(ctx, GH_DLP_LINK, end - n);
    }
}

/* ---- */

#define STRINGS GH_DLP_BIT(GH_DLP_CONNECTION_STRING)

// clang-format off
#define SECRET_ROW(literal, expression, type, body, least, most, check, alive) {expression, GH_DLP_BIT(GH_DLP_##type), GH_DLP_SECRET, begin_secret},
const struct gh_dlp_anchor_row gh_dlp_anchor_table[] = {
    GH_DLP_SECRET_LIST(SECRET_ROW)
    {"://", STRINGS, GH_DLP_SECRET, begin_url},
    {"(?i)(?:server|source|host|hostname|endpoint|protocol|driver|provider|catalog|database|accountname|address)=", STRINGS, GH_DLP_SECRET, begin_pairs},
    {"://", GH_DLP_BIT(GH_DLP_EXFIL_LINK), GH_DLP_LINK, begin_link},
};
// clang-format on
const size_t gh_dlp_anchor_count = sizeof(gh_dlp_anchor_table) / sizeof(gh_dlp_anchor_table[0]);
