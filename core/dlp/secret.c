/* SPDX-License-Identifier: Apache-2.0 */
/* dlp/secret: keys of providers and clouds, private keys, tokens. */
#include "dlp/secret.h"

#include "base/limits.h"
#include "token/apikey.h"

struct row {
    struct gh_str literal;
    enum gh_dlp_type type;
    enum gh_dlp_body_kind body;
    size_t least, most;
    enum gh_dlp_check check;
    size_t alive;
};

// clang-format off
#define SECRET_ROW(literal, expression, type, body, least, most, check, alive) \
    {GH_STR_INIT(literal), GH_DLP_##type, GH_DLP_BODY_##body, least, most, GH_DLP_CHECK_##check, alive},
static const struct row rows[] = {GH_DLP_SECRET_LIST(SECRET_ROW)};
// clang-format on
#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* Bits: the letters with which literals begin, as they are. Most places are none of theirs. */
// clang-format off
#define FIRST_LOW(literal, expression, type, body, least, most, check, alive) | ((literal)[0] < 64 ? UINT64_C(1) << ((literal)[0] & 63) : 0)
#define FIRST_HIGH(literal, expression, type, body, least, most, check, alive) | ((literal)[0] >= 64 ? UINT64_C(1) << ((literal)[0] & 63) : 0)
static const uint64_t firsts[2] = {0 GH_DLP_SECRET_LIST(FIRST_LOW), 0 GH_DLP_SECRET_LIST(FIRST_HIGH)};
// clang-format on

static bool
is_first(char c)
{
    return (unsigned char)c < 0x80 && (firsts[(unsigned char)c / 64] >> ((unsigned char)c % 64) & 1) != 0;
}

/* The same of each row, in lower case: memchr() tells the next row that may be meant. */
// clang-format off
#define FIRST_OF(literal, expression, type, body, least, most, check, alive) (char)((literal)[0] >= 'A' && (literal)[0] <= 'Z' ? (literal)[0] | 0x20 : (literal)[0]),
static const char first_of[] = {GH_DLP_SECRET_LIST(FIRST_OF)};
// clang-format on

#define NAME_GAP_MAX 8    /* between the name of a secret and its value: `": "` and the like        */
#define HEADER_MAX   1024 /* of a token, in base64url                                               */
#define LABEL_MAX    48   /* of a PEM header                                                        */
#define PEM_GAP_MAX  400  /* headers inside a PEM, before enough of the key has been seen           */

/* ---- characters ---- */

static bool
is_of(enum gh_dlp_body_kind kind, char c)
{
    switch (kind) {
    case GH_DLP_BODY_ALNUM:
        return gh_dlp_is_alnum(c);
    case GH_DLP_BODY_HEX:
        return gh_dlp_is_digit(c) || (c >= 'a' && c <= 'f');
    case GH_DLP_BODY_UPPER:
        return gh_dlp_is_digit(c) || gh_dlp_is_upper(c);
    case GH_DLP_BODY_BASE64:
    case GH_DLP_BODY_NAMED:
        return gh_dlp_is_alnum(c) || c == '+' || c == '/' || (c == '=' && kind == GH_DLP_BODY_BASE64);
    case GH_DLP_BODY_DOTTED:
        return gh_dlp_is_alnum(c) || c == '_' || c == '-' || c == '.';
    case GH_DLP_BODY_AZURE:
        return gh_dlp_is_alnum(c) || c == '_' || c == '-' || c == '.' || c == '~';
    case GH_DLP_BODY_PERCENT:
        return gh_dlp_is_alnum(c) || c == '%' || c == '+' || c == '/' || c == '=';
    case GH_DLP_BODY_WORD:
    case GH_DLP_BODY_URL:
    case GH_DLP_BODY_OURS:
    case GH_DLP_BODY_TOKEN:
    case GH_DLP_BODY_PEM:
    case GH_DLP_BODY_PUTTY:
        break;
    }
    return gh_dlp_is_alnum(c) || c == '_' || c == '-';
}

struct mix {
    size_t digits, uppers, lowers, distinct, run;
};

static struct mix
mix_of(struct gh_str s)
{
    uint64_t seen[4] = {0};
    struct mix x = {0};
    size_t run = 0;

    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        x.digits += gh_dlp_is_digit(s.p[i]);
        x.uppers += gh_dlp_is_upper(s.p[i]);
        x.lowers += gh_dlp_is_lower(s.p[i]);
        x.distinct += (seen[c / 64] >> (c % 64) & 1) == 0;
        seen[c / 64] |= UINT64_C(1) << (c % 64);
        run = i > 0 && s.p[i] == s.p[i - 1] ? run + 1 : 1;
        x.run = run > x.run ? run : x.run;
    }
    return x;
}

/* Drawn by chance, as far as one can see: an example ("your-key-here", "xxxx", "...") is not. */
static bool
is_mixed(struct gh_str s, bool is_cased)
{
    struct mix x = mix_of(s);
    size_t wanted = s.n < 24 ? s.n / 3 + 1 : 10;

    if (x.uppers + x.lowers < 2 || x.distinct < wanted || x.run > 5)
        return false;
    if (is_cased)
        return (x.uppers > 0 && x.lowers > 0 && (x.digits > 1 || x.uppers * 5 >= s.n)) || x.digits * 6 >= s.n;
    return x.digits > 1 || x.lowers == 0;
}

static bool
is_word_of(const struct gh_dlp_view *v, size_t at, size_t i, const char *words)
{
    struct gh_str all = gh_str_z(words), word;

    while (gh_str_cut(&word, &all, '|'))
        if (gh_dlp_lower(v->p[i]) == word.p[0] && i + word.n <= at && gh_str_eq_ci(gh_str(v->p + i, word.n), word) &&
            (i + word.n == at || !gh_dlp_is_alnum(v->p[i + word.n])))
            return true;
    return false;
}

bool
gh_dlp_is_near(const struct gh_dlp_view *v, size_t at, size_t n, const char *words)
{
    for (size_t i = at > n ? at - n : 0; i < at; i++)
        if (gh_dlp_is_word(v->p[i]) && gh_dlp_is_start(v, i) && is_word_of(v, at, i, words))
            return true;
    return false;
}

/* ---- what follows a prefix ---- */

static enum gh_dlp_verdict
found(struct gh_dlp_match *m, size_t at, size_t end)
{
    m->at = at;
    m->end = end;
    return GH_DLP_FOUND;
}

static enum gh_dlp_verdict
more(struct gh_dlp_match *m, const struct gh_dlp_view *v, size_t at)
{
    m->at = at;
    return v->is_last ? GH_DLP_NO : GH_DLP_MORE;
}

/* A signed URL that lets its holder do more than read one thing (the permissions stand before the signature). */
static bool
is_writing(const struct gh_dlp_view *v, size_t at)
{
    size_t from = at > GH_DLP_BEHIND ? at - GH_DLP_BEHIND : 0, sp = gh_str_find(gh_str(v->p + from, at - from), GH_STR("sp="));

    for (size_t i = sp == SIZE_MAX ? at : from + sp + 3; i < at && gh_dlp_is_lower(v->p[i]); i++)
        if (memchr("acdlw", v->p[i], 5) != NULL)
            return true;
    return false;
}

static bool
is_checked(const struct row *r, const struct gh_dlp_view *v, size_t at, struct gh_str body)
{
    struct gh_str id;

    switch (r->check) {
    case GH_DLP_CHECK_OURS:
        return gh_apikey_read(&id, gh_str(v->p + at, r->literal.n + body.n)) == GH_OK;
    case GH_DLP_CHECK_SIGNED:
        return is_mixed(body, true) && is_writing(v, at);
    case GH_DLP_CHECK_CASED:
        return is_mixed(body, true);
    case GH_DLP_CHECK_MIXED:
    case GH_DLP_CHECK_STRUCTURE:
        break;
    }
    return is_mixed(body, false);
}

/* A run of characters behind a prefix: of known length, or open. */
static enum gh_dlp_verdict
judge_run(struct gh_dlp_match *m, const struct row *r, const struct gh_dlp_view *v, size_t begin, size_t at, size_t body)
{
    size_t most = r->most == 0 ? r->least : r->most, n = 0;

    while (n < most && body + n < v->n && is_of(r->body, v->p[body + n]))
        n++;
    if (body + n == v->n && !v->is_last && (n < most || r->most != 0))
        return more(m, v, begin);
    if (n < r->least || !is_checked(r, v, at, gh_str(v->p + body, n)))
        return GH_DLP_NO;
    if (r->most == 0) {
        m->at = begin;
        m->end = body + n;
        return GH_DLP_OPEN;
    }
    if (body + n < v->n && ((is_of(r->body, v->p[body + n]) && v->p[body + n] != '.') || v->p[body + n] == '@'))
        return GH_DLP_NO;
    return found(m, begin, body + n);
}

/* `name": "value`: the value alone. */
static enum gh_dlp_verdict
judge_named(struct gh_dlp_match *m, const struct row *r, const struct gh_dlp_view *v, size_t at)
{
    size_t from = at + r->literal.n, i = from;

    while (i < v->n && i - from < NAME_GAP_MAX && memchr(" \t\"'\\:=>", v->p[i], 9) != NULL)
        i++;
    if (i == v->n)
        return more(m, v, i);
    return i == from ? GH_DLP_NO : judge_run(m, r, v, i, at, i);
}

/* ---- structures ---- */

static enum gh_dlp_verdict
judge_pem(struct gh_dlp_match *m, const struct gh_dlp_view *v, size_t at)
{
    size_t label = at + 11, i = label, seen = 0, dashes = 0;

    while (i < v->n && i - label < LABEL_MAX && (gh_dlp_is_upper(v->p[i]) || gh_dlp_is_digit(v->p[i]) || v->p[i] == ' '))
        i++;
    if (i == v->n)
        return i - label < LABEL_MAX ? more(m, v, at) : GH_DLP_NO;
    if (gh_str_find(gh_str(v->p + label, i - label), GH_STR("PRIVATE KEY")) == SIZE_MAX)
        return GH_DLP_NO;
    for (size_t dash = 0; dash < 5; dash++, i++) {
        if (i == v->n)
            return more(m, v, at);
        if (v->p[i] != '-')
            return GH_DLP_NO;
    }
    for (size_t from = i; seen < 24; i++) { /* a mention of the header alone is no key */
        if (i == v->n)
            return i - from < PEM_GAP_MAX ? more(m, v, at) : GH_DLP_NO;
        char c = v->p[i];
        seen += gh_dlp_is_alnum(c) || c == '+' || c == '/';
        if (c == '.' ? !gh_dlp_is_digit(v->p[i - 1]) : !gh_dlp_is_alnum(c) && memchr(" \t\r\n\\\":,-+/=();", c, 15) == NULL)
            return GH_DLP_NO;
        dashes = c == '-' ? dashes + 1 : 0;
        if (i - from > PEM_GAP_MAX || dashes == 5)
            return GH_DLP_NO;
    }
    m->at = at;
    m->end = i;
    return GH_DLP_OPEN;
}

static enum gh_dlp_verdict
judge_putty(struct gh_dlp_match *m, const struct gh_dlp_view *v, size_t at)
{
    size_t i = at + 20;

    if (v->n - i < 24)
        return more(m, v, at);
    if (!gh_dlp_is_digit(v->p[i]) || v->p[i + 1] != ':')
        return GH_DLP_NO;
    m->at = at;
    m->end = i + 2;
    return GH_DLP_OPEN;
}

static int
b64url_value(char c)
{
    if (gh_dlp_is_upper(c))
        return c - 'A';
    if (gh_dlp_is_lower(c))
        return c - 'a' + 26;
    if (gh_dlp_is_digit(c))
        return c - '0' + 52;
    return c == '-' ? 62 : c == '_' ? 63 : -1;
}

/* The header of a token, decoded, is an object that names its algorithm. */
static bool
is_header(struct gh_str s)
{
    char text[HEADER_MAX];
    uint32_t bits = 0;
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++) {
        bits = bits << 6 | (uint32_t)b64url_value(s.p[i]);
        if (i % 4 != 0)
            text[n++] = (char)(bits >> (6 - 2 * (i % 4)));
    }
    struct gh_str h = gh_str(text, n);
    return h.n > 10 && h.p[0] == '{' && h.p[h.n - 1] == '}' && gh_str_find(h, GH_STR("\"alg\"")) != SIZE_MAX;
}

static enum gh_dlp_verdict
judge_token(struct gh_dlp_match *m, const struct gh_dlp_view *v, size_t at)
{
    size_t i = at, payload;

    while (i < v->n && i - at < HEADER_MAX && b64url_value(v->p[i]) >= 0)
        i++;
    if (i == v->n)
        return i - at < HEADER_MAX ? more(m, v, at) : GH_DLP_NO;
    if (v->p[i] != '.' || !is_header(gh_str(v->p + at, i - at)))
        return GH_DLP_NO;
    for (payload = ++i; i - payload < 10; i++) {
        if (i == v->n)
            return more(m, v, at);
        if (b64url_value(v->p[i]) < 0)
            return GH_DLP_NO;
    }
    m->at = at;
    m->end = i;
    return GH_DLP_OPEN;
}

/* ---- */

/* What may not stand before a prefix; two of them stand inside their secrets. */
static bool
is_begun_well(const struct row *r, const struct gh_dlp_view *v, size_t at)
{
    if (r->type == GH_DLP_PRIVATE_KEY || r->body == GH_DLP_BODY_NAMED || r->body == GH_DLP_BODY_AZURE || r->literal.p[0] == 'J')
        return true;
    return at == 0 || gh_dlp_is_escaped(v, at) || !(gh_dlp_is_alnum(v->p[at - 1]) || v->p[at - 1] == '_' || v->p[at - 1] == '-');
}

static bool
is_here(const struct row *r, const struct gh_dlp_view *v, size_t at)
{
    struct gh_str here = gh_str(v->p + at, v->n - at);

    if (r->body == GH_DLP_BODY_NAMED)
        return gh_str_eq_ci(gh_str_sub(here, 0, r->literal.n), r->literal);
    return gh_str_starts(here, r->literal);
}

static enum gh_dlp_verdict
judge_row(struct gh_dlp_match *m, const struct row *r, const struct gh_dlp_view *v, size_t at)
{
    size_t body = at + r->literal.n, begin = at;

    switch (r->body) {
    case GH_DLP_BODY_NAMED:
        return judge_named(m, r, v, at);
    case GH_DLP_BODY_PEM:
        return judge_pem(m, v, at);
    case GH_DLP_BODY_PUTTY:
        return judge_putty(m, v, at);
    case GH_DLP_BODY_TOKEN:
        return judge_token(m, v, at);
    case GH_DLP_BODY_BASE64:
    case GH_DLP_BODY_PERCENT: /* the name of the value stays */
        return judge_run(m, r, v, body, at, body);
    case GH_DLP_BODY_AZURE: /* three characters stand before its mark */
        if (at < 3 || !is_of(r->body, v->p[at - 1]) || !is_of(r->body, v->p[at - 2]) || !is_of(r->body, v->p[at - 3]))
            return GH_DLP_NO;
        return judge_run(m, r, v, at - 3, at, body);
    case GH_DLP_BODY_ALNUM:
        while (r->literal.p[0] == 'J' && begin > 0 && at - begin < 52 && gh_dlp_is_alnum(v->p[begin - 1]))
            begin--;
        if (r->literal.p[0] == 'J' && at - begin != 52)
            return GH_DLP_NO;
        break;
    case GH_DLP_BODY_WORD:
    case GH_DLP_BODY_URL:
    case GH_DLP_BODY_HEX:
    case GH_DLP_BODY_UPPER:
    case GH_DLP_BODY_DOTTED:
    case GH_DLP_BODY_OURS:
        break;
    }
    return judge_run(m, r, v, begin, at, body);
}

enum gh_dlp_verdict
gh_dlp_secret_judge(struct gh_dlp_match *m, const struct gh_dlp_rules *rules, const struct gh_dlp_view *v, size_t at)
{
    enum gh_dlp_verdict verdict;

    for (const char *next = first_of; at < v->n && next < first_of + ROWS; next++) {
        if ((next = memchr(next, gh_dlp_lower(v->p[at]), ROWS - (size_t)(next - first_of))) == NULL)
            break;
        const struct row *r = &rows[next - first_of];
        if ((rules->types & GH_DLP_BIT(r->type)) == 0 || !is_here(r, v, at) || !is_begun_well(r, v, at))
            continue;
        m->type = r->type;
        if ((verdict = judge_row(m, r, v, at)) != GH_DLP_NO)
            return verdict;
    }
    if ((rules->types & GH_DLP_BIT(GH_DLP_CONNECTION_STRING)) == 0)
        return GH_DLP_NO;
    m->type = GH_DLP_CONNECTION_STRING;
    return gh_dlp_connection_judge(m, v, at);
}

bool
gh_dlp_secret_alive(const struct gh_dlp_rules *rules, const struct gh_dlp_view *v, size_t at)
{
    struct gh_str rest = gh_str(v->p + at, v->n - at);

    for (size_t i = 0; i < ROWS && is_first(rest.p[0]); i++)
        if (rows[i].literal.p[0] == rest.p[0] && (rules->held & GH_DLP_BIT(rows[i].type)) != 0 && rest.n >= rows[i].alive &&
            rest.n < rows[i].literal.n && gh_str_starts(rows[i].literal, rest) && is_begun_well(&rows[i], v, at))
            return true;
    return (rules->held & GH_DLP_BIT(GH_DLP_CONNECTION_STRING)) != 0 && gh_dlp_connection_alive(v, at);
}

size_t
gh_dlp_secret_begin(const struct gh_dlp_view *v, size_t end, struct gh_str literal)
{
    (void)v;
    return end >= literal.n ? end - literal.n : 0;
}

/* ---- bodies that go on ---- */

/* state: dashes seen so far: five begin the last line, ten end it. */
static size_t
pem_body(struct gh_str s, uint32_t *state)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (*state == 10)
            return i;
        if (c == '-')
            (*state)++;
        else if (*state == 5 ? !(gh_dlp_is_upper(c) || c == ' ')
                             : !gh_dlp_is_alnum(c) && memchr(" \t\r\n\\+/=:,;\"()", c, 14) == NULL)
            return i;
        else if (*state != 5)
            *state = 0;
    }
    return s.n;
}

/* state: 1 once the dot between payload and signature was seen, and then none may follow */
static size_t
token_body(struct gh_str s, uint32_t *state)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '.' && *state == 0)
            *state = 1;
        else if (b64url_value(s.p[i]) < 0)
            return i;
    }
    return s.n;
}

size_t
gh_dlp_secret_body(enum gh_dlp_type type, struct gh_str s, uint32_t *state)
{
    size_t i = 0;

    if (type == GH_DLP_PRIVATE_KEY)
        return pem_body(s, state);
    if (type == GH_DLP_JWT)
        return token_body(s, state);
    if (type == GH_DLP_CONNECTION_STRING)
        while (i < s.n && (unsigned char)s.p[i] > ' ' && memchr("\"'`<>)]}", s.p[i], 8) == NULL)
            i++;
    else
        while (i < s.n && is_of(GH_DLP_BODY_WORD, s.p[i]))
            i++;
    return i;
}
