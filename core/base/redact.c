/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/redact: text from outside on its way into a log line, an error or a record. Two tables say what a credential looks like: values
 * known by their own beginning, and values known by the word in front of them. When in doubt it hides too much.
 */
#include "base/redact.h"

#include "base/codec.h"

#define MARK             "[redacted]"
#define CUT              "..."
#define RUN_ANYWHERE_MIN 20u /* a value of at least this length is hidden even in the middle of a word */
#define LABEL_BYTES_MAX  64u /* of a PEM label: "-----BEGIN OPENSSH PRIVATE KEY-----" has 35 */

static bool
is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_key_byte(char c)
{
    return is_alnum(c) || c == '_' || c == '-';
}

static bool
is_token_byte(char c)
{
    return is_key_byte(c) || c == '.' || c == '=' || c == '+' || c == '/' || c == '~';
}

static bool
is_value_byte(char c)
{
    return (unsigned char)c > ' ' && strchr("\"'`,;&<>(){}[]", c) == NULL;
}

/* Values known by their beginning. */
static const struct {
    struct gh_str prefix;
    bool (*is_part)(char);
    size_t run_min; /* shortest run behind the prefix, where the prefix begins a word */
} shape_row[] = {
    {GH_STR_INIT("gh_"), is_key_byte, 16},
    {GH_STR_INIT("sk-"), is_key_byte, 8},
    {GH_STR_INIT("AKIA"), is_alnum, 12},
    {GH_STR_INIT("eyJ"), is_token_byte, 8},
};

/* Values known by the word in front. `needs_mark`: a colon or an equals sign stands between them. The schemes stand first. */
#define N_SCHEMES 2
static const struct {
    struct gh_str word;
    bool needs_mark;
} word_row[] = {
    {GH_STR_INIT("bearer "), false},
    {GH_STR_INIT("basic "), false},
    {GH_STR_INIT("api-key"), true},
    {GH_STR_INIT("api_key"), true},
    {GH_STR_INIT("apikey"), true},
    {GH_STR_INIT("password"), true},
    {GH_STR_INIT("client_secret"), true},
    {GH_STR_INIT("client_assertion"), true},
};

static bool
starts_ci(struct gh_str s, struct gh_str prefix)
{
    return s.n >= prefix.n && gh_str_eq_ci(gh_str_sub(s, 0, prefix.n), prefix);
}

static size_t
run_length(struct gh_str s, size_t at, bool (*is_part)(char))
{
    size_t i = at;

    while (i < s.n && is_part(s.p[i]))
        i++;
    return i - at;
}

/* Each finder looks at position `at` and answers how many bytes there are a credential, 0 for none; *keep is how many bytes in front
 * of it are shown. */
static size_t
find_shape(struct gh_str s, size_t at, size_t *keep)
{
    bool is_word_start = at == 0 || !is_key_byte(s.p[at - 1]);
    struct gh_str here = gh_str_sub(s, at, SIZE_MAX);

    *keep = 0;
    for (size_t r = 0; r < sizeof(shape_row) / sizeof(*shape_row); r++) {
        struct gh_str prefix = shape_row[r].prefix;
        size_t run;
        if (!gh_str_starts(here, prefix))
            continue;
        run = run_length(here, prefix.n, shape_row[r].is_part);
        if (run >= (is_word_start ? shape_row[r].run_min : RUN_ANYWHERE_MIN))
            return prefix.n + run;
    }
    return 0;
}

static size_t
find_word(struct gh_str s, size_t at, size_t *keep)
{
    struct gh_str here = gh_str_sub(s, at, SIZE_MAX);

    for (size_t r = 0; r < sizeof(word_row) / sizeof(*word_row); r++) {
        bool has_mark = !word_row[r].needs_mark;
        size_t i = word_row[r].word.n;
        if (!starts_ci(here, word_row[r].word))
            continue;
        for (; i < here.n && here.p[i] != '\0' && strchr(" \"'\\:=", here.p[i]) != NULL; i++)
            has_mark = has_mark || here.p[i] == ':' || here.p[i] == '=';
        for (size_t k = 0; k < N_SCHEMES; k++) /* "api-key: Bearer x": the value is x */
            if (starts_ci(gh_str_sub(here, i, SIZE_MAX), word_row[k].word))
                i += word_row[k].word.n;
        *keep = i;
        return has_mark ? run_length(here, i, is_value_byte) : 0;
    }
    return 0;
}

/* "-----BEGIN ... PRIVATE KEY-----" to the end of its END line, or to the end of the text. */
static size_t
find_pem(struct gh_str s, size_t at, size_t *keep)
{
    const struct gh_str begin = GH_STR("-----BEGIN "), key = GH_STR("PRIVATE KEY-----"), end = GH_STR("-----END ");
    struct gh_str here = gh_str_sub(s, at, SIZE_MAX);
    size_t stop;

    *keep = 0;
    if (!gh_str_starts(here, begin) || gh_str_find(gh_str_sub(here, begin.n, LABEL_BYTES_MAX), key) == SIZE_MAX)
        return 0;
    if ((stop = gh_str_find(here, end)) == SIZE_MAX)
        return here.n;
    here = gh_str_sub(here, stop + end.n, SIZE_MAX);
    return stop + end.n + (gh_str_find(here, GH_STR("-----")) == SIZE_MAX ? here.n : gh_str_find(here, GH_STR("-----")) + 5);
}

/* User information of a URL: what stands between "://" and the last "@" of the authority. */
static size_t
find_userinfo(struct gh_str s, size_t at, size_t *keep)
{
    struct gh_str here = gh_str_sub(s, at, SIZE_MAX);
    size_t last = 0;

    *keep = 3;
    if (!gh_str_starts(here, GH_STR("://")))
        return 0;
    for (size_t i = 3; i < here.n && is_value_byte(here.p[i]) && strchr("/?#", here.p[i]) == NULL; i++)
        if (here.p[i] == '@')
            last = i;
    return last > 3 ? last - 3 : 0;
}

static size_t (*const finder[])(struct gh_str, size_t, size_t *) = {find_shape, find_word, find_pem, find_userinfo};

/* The output and how much of `max` is used. `mark` is where CUT still fits. */
struct sink {
    struct gh_buf *out;
    size_t start, mark, max;
};

/* False when the piece does not fit: the text then ends with CUT. */
static bool
sink_put(struct sink *k, struct gh_str piece)
{
    size_t used = k->out->n - k->start;

    if (piece.n > k->max - used) {
        k->out->n = k->mark;
        gh_buf_put(k->out, gh_str_sub(GH_STR(CUT), 0, k->max));
        return false;
    }
    gh_buf_put(k->out, piece);
    if (k->out->rc != GH_OK)
        return false;
    if (used + piece.n + sizeof(CUT) - 1 <= k->max)
        k->mark = k->out->n;
    return true;
}

/* One code point as it is, or one byte as \xNN. */
static bool
sink_put_visible(struct sink *k, struct gh_str s, size_t at, size_t *used)
{
    static const char digit[] = "0123456789abcdef";
    unsigned char c = (unsigned char)s.p[at];
    size_t n = gh_utf8_length(gh_str_sub(s, at, SIZE_MAX));
    bool is_control = c < 0x20 || c == 0x7f || (n == 2 && c == 0xc2 && (unsigned char)s.p[at + 1] < 0xa0);

    if (n != 0 && !is_control) {
        *used = n;
        return sink_put(k, gh_str_sub(s, at, n));
    }
    *used = 1;
    return sink_put(k, gh_str((const char[4]){'\\', 'x', digit[c >> 4], digit[c & 15]}, 4));
}

/* How every row of the tables above, a PEM block and a URL begin, whatever the case: what begins otherwise is not looked at closer. A bit
 * for each of them, at the place of each of its first three bytes. */
// clang-format off
enum { GH = 1, SK = 2, AKI = 4, EYJ = 8, BEA = 16, BAS = 32, API = 64, PAS = 128, CLI = 256, PEM = 512, URL = 1024, NOT_PLAIN = 2048 };
#define LETTER(lower, upper, rows) [lower] = (rows), [upper] = (rows)
static const uint16_t beginning[3][256] = {
    {
        [0 ... 0x1f] = NOT_PLAIN, [0x7f ... 0xff] = NOT_PLAIN,
        LETTER('a', 'A', AKI | API), LETTER('b', 'B', BEA | BAS), LETTER('c', 'C', CLI), LETTER('e', 'E', EYJ), LETTER('g', 'G', GH),
        LETTER('p', 'P', PAS), LETTER('s', 'S', SK), ['-'] = PEM, [':'] = URL,
    },
    {
        LETTER('a', 'A', BAS | PAS), LETTER('e', 'E', BEA), LETTER('h', 'H', GH), LETTER('k', 'K', SK | AKI), LETTER('l', 'L', CLI),
        LETTER('p', 'P', API), LETTER('y', 'Y', EYJ), ['-'] = PEM, ['/'] = URL,
    },
    {
        LETTER('a', 'A', BEA), LETTER('i', 'I', AKI | API | CLI), LETTER('j', 'J', EYJ), LETTER('s', 'S', BAS | PAS), ['-'] = SK | PEM,
        ['_'] = GH, ['/'] = URL,
    },
};
#undef LETTER
// clang-format on

/* Bytes from `at` that are shown as they are: printable ASCII in which nothing begins. Almost all text is one such run. */
static size_t
plain_run(struct gh_str s, size_t at)
{
    const unsigned char *u = (const unsigned char *)s.p;
    size_t i = at;

    for (; i < s.n; i++) {
        unsigned rows = beginning[0][u[i]];
        if (rows != 0 &&
            ((rows & NOT_PLAIN) != 0 || (s.n - i >= 3 && (rows & beginning[1][u[i + 1]] & beginning[2][u[i + 2]]) != 0)))
            break;
    }
    return i - at;
}

/* As much of a run as leaves room for CUT; its length. */
static size_t
sink_put_run(struct sink *k, struct gh_str run)
{
    size_t used = k->out->n - k->start + sizeof(CUT) - 1;
    struct gh_str piece = gh_str_sub(run, 0, used < k->max ? k->max - used : 0);

    return piece.n > 0 && sink_put(k, piece) ? piece.n : 0;
}

static size_t
find_any(struct gh_str s, size_t at, size_t *keep)
{
    size_t n = 0;

    for (size_t f = 0; n == 0 && f < sizeof(finder) / sizeof(*finder); f++)
        n = finder[f](s, at, keep);
    return n;
}

void
gh_redact_put(struct gh_buf *out, struct gh_str s, size_t max)
{
    struct sink k = {.out = out, .start = out->n, .mark = out->n, .max = max};
    size_t at = 0, keep = 0, hide = 0, used;

    while (at < s.n) {
        if (hide == 0 && (used = sink_put_run(&k, gh_str_sub(s, at, plain_run(s, at)))) > 0) {
            at += used;
            continue;
        }
        if (hide == 0)
            hide = find_any(s, at, &keep);
        if (hide != 0 && keep == 0) {
            if (!sink_put(&k, GH_STR(MARK)))
                return;
            at += hide;
            hide = 0;
            continue;
        }
        if (!sink_put_visible(&k, s, at, &used))
            return;
        at += used;
        keep = hide != 0 ? keep - used : 0;
    }
}
