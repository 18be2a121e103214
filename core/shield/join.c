/* SPDX-License-Identifier: Apache-2.0 */
/* shield/join: "ign" + "ore", and a = "ign"; b = "ore"; a + b: the strings of a text as it would put them together. */
#include "base/limits.h"
#include "shield/decode.h"

#define NAMES_MAX  32
#define STRING_MAX 2048

struct string {
    uint32_t from, to;         /* between the quotes    */
    uint32_t name, name_bytes; /* that it is given to   */
};

/* A quote, and where the string that it may begin ends (behind its last quote), or 0: too far, or not on the line. */
struct quote {
    uint16_t at, end;
};
_Static_assert(GH_SHIELD_PIECE_BYTES < UINT16_MAX, "places in a text have 16 bits");

struct strings {
    struct string s[NAMES_MAX];
    uint32_t n;
    struct gh_signs starts; /* bytes with which a string or the name of one begins */
    const struct quote *quote;
    uint32_t n_quotes;
};

static bool
is_name(uint8_t c)
{
    return ((c | 32) >= 'a' && (c | 32) <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '$';
}

static uint32_t
skip_spaces(const struct gh_source *in, uint32_t i)
{
    while (i < in->n && (in->p[i] == ' ' || in->p[i] == '\t' || in->p[i] == '\n' || in->p[i] == '\r'))
        i++;
    return i;
}

/* What closes the strings of one kind of quotes, from the end of the text on. */
struct closing {
    uint32_t here;   /* the quote that closes a string which has come to the last byte looked at, and one more; 0: none */
    uint32_t behind; /* that has come to the byte behind it */
};

#define NOT_MET UINT32_MAX

/* All quotes of the text to `memory`, which has room for in->n of them. From the end on, for every quote may be where a string is looked for; a
 * byte behind a backslash closes nothing. */
static void
find_quotes(struct strings *out, struct quote *memory, const struct gh_source *in)
{
    struct closing both[2] = {{0, 0}, {0, 0}}; /* of double quotes, of single ones */
    struct quote *first = memory + in->n;
    uint32_t last = NOT_MET; /* the last byte that was looked at: others change nothing */

    for (uint32_t k = in->n; k-- > 0;) {
        const uint8_t c = in->p[k];

        if (c != '"' && c != '\'' && c != '\\' && c != '\n')
            continue;
        for (size_t q = 0; q < 2; q++) {
            struct closing *to = &both[q];
            uint32_t next = to->here, after = last == k + 1 ? to->behind : next;

            to->behind = next;
            to->here = c == '\\' ? after : c == '\n' ? 0 : c == (q == 0 ? '"' : '\'') ? k + 1 : next;
        }
        last = k;
        if (c == '"' || c == '\'') {
            uint32_t end = both[c == '\''].behind;

            *--first = (struct quote){(uint16_t)k, (uint16_t)(end != 0 && end - 1 - k <= STRING_MAX ? end : 0)};
        }
    }
    out->quote = first;
    out->n_quotes = (uint32_t)(memory + in->n - first);
}

/* The string whose quote is at i: where it ends (behind the quote), or 0. */
static uint32_t
string_end(const struct strings *s, uint32_t i)
{
    uint32_t from = 0, to = s->n_quotes;

    while (from < to) {
        uint32_t k = from + (to - from) / 2;

        if (s->quote[k].at == i)
            return s->quote[k].end;
        if (s->quote[k].at < i)
            from = k + 1;
        else
            to = k;
    }
    return 0;
}

static void
put_string(struct gh_sink *out, const struct gh_source *in, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++)
        if (in->p[i] != '\\' || i + 1 == to)
            gh_sink_put(out, (char)in->p[i], gh_source_at(in, i), gh_source_at(in, i + 1));
}

/* What the string whose quote is at i is given to: name = "..." , name: "..." */
static void
note_name(struct strings *out, const struct gh_source *in, uint32_t i, uint32_t end)
{
    uint32_t k = i, name;

    while (k > 0 && in->p[k - 1] == ' ')
        k--;
    if (k <= 1 || (in->p[k - 1] != '=' && in->p[k - 1] != ':'))
        return;
    k--;
    k -= k > 0 && in->p[k - 1] == ':'; /* := */
    while (k > 0 && in->p[k - 1] == ' ')
        k--;
    name = k;
    while (name > 0 && is_name(in->p[name - 1]))
        name--;
    if (k == name)
        return;
    out->s[out->n++] = (struct string){i + 1, end - 1, name, k - name};
    gh_signs_put(&out->starts, in->p[name]);
}

static void
find_names(struct strings *out, const struct gh_source *in)
{
    uint32_t next = 1;

    for (uint32_t k = 0; k < out->n_quotes && out->n < NAMES_MAX; k++) {
        const struct quote *q = &out->quote[k];

        if (q->at < next || q->at + 1u >= in->n || q->end == 0)
            continue;
        note_name(out, in, q->at, q->end);
        next = q->end;
    }
}

static const struct string *
find_name(const struct strings *names, const struct gh_source *in, uint32_t at, uint32_t n)
{
    for (uint32_t k = 0; k < names->n; k++)
        if (names->s[k].name_bytes == n && memcmp(in->p + names->s[k].name, in->p + at, n) == 0)
            return &names->s[k];
    return NULL;
}

/* One string, or the name of one, at i: put; where it ends, or 0. */
static uint32_t
put_item(struct gh_sink *out, const struct gh_source *in, const struct strings *names, uint32_t i)
{
    const struct string *s;
    uint32_t end = i;

    if (i < in->n && (in->p[i] == '"' || in->p[i] == '\'')) {
        end = string_end(names, i);
        if (end != 0)
            put_string(out, in, i + 1, end - 1);
        return end;
    }
    while (end < in->n && is_name(in->p[end]))
        end++;
    if (end == i || (s = find_name(names, in, i, end - i)) == NULL)
        return 0;
    put_string(out, in, s->from, s->to);
    return end;
}

/* item + item + ...: at least two. Where it ends, or 0 with nothing put. */
static uint32_t
put_sum(struct gh_sink *out, const struct gh_source *in, const struct strings *names, uint32_t i)
{
    uint32_t start = out->n, n = 0, end = put_item(out, in, names, i), next;

    for (; end != 0; end = next, n++) {
        next = skip_spaces(in, end);
        if (next >= in->n || (in->p[next] != '+' && in->p[next] != '&' && in->p[next] != '.' && in->p[next] != '~'))
            break;
        while (next < in->n && (in->p[next] == '+' || in->p[next] == '&' || in->p[next] == '.' || in->p[next] == '~'))
            next++;
        next = put_item(out, in, names, skip_spaces(in, next));
        if (next == 0)
            break;
    }
    if (n == 0) {
        out->n = start;
        return 0;
    }
    gh_sink_part(out);
    return end;
}

/* Short strings one after the other, when nothing says how they go together. */
static void
put_all(struct gh_sink *out, const struct gh_source *in, const struct strings *names)
{
    uint32_t start = out->n, n = 0, next = 0;

    for (uint32_t k = 0; k < names->n_quotes; k++) {
        const struct quote *q = &names->quote[k];

        if (q->at < next || q->end == 0)
            continue;
        if (q->end - q->at <= 40) {
            put_string(out, in, q->at + 1u, q->end - 1u);
            n++;
        }
        next = q->end;
    }
    if (n >= 3)
        gh_sink_part(out);
    else
        out->n = start;
}

/* A quote on either side of a plus or an equals sign: only then is something put together. */
static bool
is_put_together(const struct gh_source *in, uint8_t sign)
{
    for (uint32_t i = 0; i < in->n; i++) {
        const uint8_t *found = memchr(in->p + i, sign, in->n - i);
        uint32_t k, next;

        if (found == NULL)
            return false;
        i = k = (uint32_t)(found - in->p);
        while (k > 0 && in->p[k - 1] == ' ')
            k--;
        next = skip_spaces(in, i + 1);
        if ((k > 0 && (in->p[k - 1] == '"' || in->p[k - 1] == '\'')) ||
            (next < in->n && (in->p[next] == '"' || in->p[next] == '\'')))
            return true;
    }
    return false;
}

static void
put_joined(struct gh_sink *out, const struct gh_source *in, struct quote *memory)
{
    struct strings names = {.n = 0};
    uint32_t start = out->n;

    gh_signs_put(&names.starts, '"');
    gh_signs_put(&names.starts, '\'');
    find_quotes(&names, memory, in);
    find_names(&names, in);
    for (uint32_t i = 0; i < in->n; i++) {
        bool is_in_name;
        uint32_t end;

        if (!gh_signs_has(&names.starts, in->p[i]))
            continue;
        is_in_name = is_name(in->p[i]);
        if (is_in_name && i > 0 && is_name(in->p[i - 1]))
            continue;
        end = put_sum(out, in, &names, i);
        if (end == 0 && !is_in_name)
            end = string_end(&names, i);
        if (end > i)
            i = end - 1;
    }
    if (out->n == start && names.n >= 3)
        put_all(out, in, &names);
}

enum gh_rc
gh_decode_joined(struct gh_sink *out, struct gh_arena *scratch, const struct gh_source *in)
{
    struct quote *memory;

    if (in->n == 0 || in->n > GH_SHIELD_PIECE_BYTES || (!gh_source_has(in, '"') && !gh_source_has(in, '\'')))
        return GH_OK;
    if (!(gh_source_has(in, '+') && is_put_together(in, '+')) && !(gh_source_has(in, '=') && is_put_together(in, '=')))
        return GH_OK;
    if ((memory = gh_arena_take_raw(scratch, in->n * sizeof *memory)) == NULL)
        return GH_NOMEM;
    put_joined(out, in, memory);
    return GH_OK;
}
