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

struct strings {
    struct string s[NAMES_MAX];
    uint32_t n;
    /* [0] of double quotes, [1] of single ones: how far behind byte k the next one stands that closes a string which has come to k, and one
     * more; 0: too far, or none on the line. Found from the end on, once, for every byte may be where a string is looked for. */
    uint16_t close[2][GH_SHIELD_PIECE_BYTES + 2];
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

static void
find_ends(struct strings *out, const struct gh_source *in)
{
    static const uint8_t quotes[2] = {'"', '\''};

    for (size_t q = 0; q < 2; q++) {
        uint16_t *close = out->close[q];

        close[in->n] = close[in->n + 1] = 0;
        for (uint32_t k = in->n; k-- > 0;) {
            uint32_t step = in->p[k] == '\\' ? 2 : 1, behind = close[k + step];

            close[k] = (uint16_t)(behind == 0 || behind > STRING_MAX ? 0 : behind + step);
            if (in->p[k] == quotes[q])
                close[k] = 1;
            else if (in->p[k] == '\n')
                close[k] = 0;
        }
    }
}

/* The string whose quote is at i: where it ends (behind the quote), or 0. */
static uint32_t
string_end(const struct strings *s, const struct gh_source *in, uint32_t i)
{
    uint32_t far = s->close[in->p[i] == '\''][i + 1];

    return far == 0 || far > STRING_MAX ? 0 : i + 1 + far;
}

static void
put_string(struct gh_sink *out, const struct gh_source *in, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++)
        if (in->p[i] != '\\' || i + 1 == to)
            gh_sink_put(out, (char)in->p[i], gh_source_at(in, i), gh_source_at(in, i + 1));
}

/* name = "..." , name: "..." */
static void
find_names(struct strings *out, const struct gh_source *in)
{
    for (uint32_t i = 1; i + 1 < in->n && out->n < NAMES_MAX; i++) {
        uint32_t end, k = i, name;

        if ((in->p[i] != '"' && in->p[i] != '\'') || (end = string_end(out, in, i)) == 0)
            continue;
        while (k > 0 && in->p[k - 1] == ' ')
            k--;
        if (k > 1 && (in->p[k - 1] == '=' || in->p[k - 1] == ':')) {
            k--;
            k -= k > 0 && in->p[k - 1] == ':'; /* := */
            while (k > 0 && in->p[k - 1] == ' ')
                k--;
            name = k;
            while (name > 0 && is_name(in->p[name - 1]))
                name--;
            if (k > name)
                out->s[out->n++] = (struct string){i + 1, end - 1, name, k - name};
        }
        i = end - 1;
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
        end = string_end(names, in, i);
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
    uint32_t start = out->n, n = 0, end;

    for (uint32_t i = 0; i < in->n; i++) {
        if ((in->p[i] != '"' && in->p[i] != '\'') || (end = string_end(names, in, i)) == 0)
            continue;
        if (end - i <= 40) {
            put_string(out, in, i + 1, end - 1);
            n++;
        }
        i = end - 1;
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
put_joined(struct gh_sink *out, const struct gh_source *in)
{
    struct strings names;
    uint32_t start = out->n;

    names.n = 0;
    find_ends(&names, in);
    find_names(&names, in);
    for (uint32_t i = 0; i < in->n; i++) {
        bool is_start =
            in->p[i] == '"' || in->p[i] == '\'' || (is_name(in->p[i]) && (i == 0 || !is_name(in->p[i - 1])) && names.n > 0);
        uint32_t end = is_start ? put_sum(out, in, &names, i) : 0;

        if (end > i)
            i = end - 1;
        else if (is_start && !is_name(in->p[i]) && (end = string_end(&names, in, i)) != 0)
            i = end - 1;
    }
    if (out->n == start && names.n >= 3)
        put_all(out, in, &names);
}

void
gh_decode_joined(struct gh_sink *out, const struct gh_source *in)
{
    if (in->n > GH_SHIELD_PIECE_BYTES || (!gh_source_has(in, '"') && !gh_source_has(in, '\'')))
        return;
    if ((gh_source_has(in, '+') && is_put_together(in, '+')) || (gh_source_has(in, '=') && is_put_together(in, '=')))
        put_joined(out, in);
}
