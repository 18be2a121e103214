/* SPDX-License-Identifier: Apache-2.0 */
/* wire/inner: every byte goes through `pending`: what stands there is the beginning of an escape, or one byte that is none. */
#include "wire/inner.h"

#include "base/codec.h"
#include "wire/json_int.h"

static void
put(struct gh_inner *x, char *out, size_t *n, struct gh_str s, enum gh_inner_kind kind)
{
    for (size_t i = 0; i < s.n; i++) {
        x->kind[x->n_read++ % GH_INNER_BYTES_MAX] = (uint8_t)kind;
        out[(*n)++] = s.p[i];
    }
}

static void
shift(struct gh_inner *x, size_t n)
{
    x->n_pending -= n;
    memmove(x->pending, x->pending + n, x->n_pending);
}

/* One byte that is no escape. */
static void
put_byte(struct gh_inner *x, char *out, size_t *n)
{
    char c = x->pending[0];
    enum gh_inner_kind kind = x->is_in_string ? GH_INNER_STRING : GH_INNER_OTHER;

    if (c == '"') {
        x->is_in_string = !x->is_in_string;
        kind = GH_INNER_SIGN;
    } else if (!x->is_in_string && memchr("{}[]:, \t\r\n", c, 10) != NULL)
        kind = GH_INNER_SIGN;
    put(x, out, n, gh_str(&c, 1), kind);
    shift(x, 1);
}

/* Half of a pair, which some readers take, and write as U+FFFD. */
static bool
read_half(uint32_t *cp, size_t *used, struct gh_str s)
{
    uint32_t unit = 0;
    bool is_half = s.n >= 6 && gh_json_escape_read(&unit, used, gh_str_sub(s, 0, 6)) != GH_OK && unit >= 0xd800 && unit <= 0xdfff;

    *cp = 0xfffd;
    *used = 6;
    return is_half;
}

/* False: more is wanted to tell what is pending. */
static bool
put_pending(struct gh_inner *x, char *out, size_t *n, bool is_last)
{
    char mem[4];
    struct gh_buf meaning;
    struct gh_str s = gh_str(x->pending, x->n_pending);
    uint32_t cp;
    size_t used;

    if (s.n == 0)
        return false;
    if (!x->is_in_string || s.p[0] != '\\') {
        put_byte(x, out, n);
        return true;
    }
    enum gh_rc rc = gh_json_escape_read(&cp, &used, s);
    if (rc == GH_MORE && !is_last)
        return false;
    if (rc != GH_OK && !read_half(&cp, &used, s)) {
        put_byte(x, out, n);
        return true;
    }
    gh_buf_init_fixed(&meaning, mem, sizeof(mem));
    gh_utf8_put(&meaning, cp);
    put(x, out, n, gh_buf_str(&meaning), GH_INNER_STRING);
    shift(x, used);
    return true;
}

static bool
is_inside_character(struct gh_str s)
{
    return s.n > 0 && ((unsigned char)s.p[0] & 0xc0) == 0x80;
}

size_t
gh_inner_read(struct gh_inner *x, char *out, size_t cap, struct gh_str *rest, bool is_last)
{
    size_t n = 0;

    while (n < cap && (n + 4 <= cap || is_inside_character(x->n_pending > 0 ? gh_str(x->pending, 1) : *rest))) {
        if (put_pending(x, out, &n, is_last && rest->n == 0))
            continue;
        if (rest->n == 0)
            break;
        x->pending[x->n_pending++] = rest->p[0];
        *rest = gh_str_sub(*rest, 1, SIZE_MAX);
    }
    return n;
}

/* ---- */

static enum gh_inner_kind
next_kind(struct gh_inner *x)
{
    return x->n_given < x->n_read ? (enum gh_inner_kind)x->kind[x->n_given++ % GH_INNER_BYTES_MAX] : GH_INNER_STRING;
}

static void
spell(struct gh_buf *out, char c)
{
    static const char named[] = "b\bf\fn\nr\rt\t\"\"\\\\";

    for (size_t i = 0; i + 1 < sizeof(named); i += 2)
        if (named[i + 1] == c) {
            gh_buf_putc(out, '\\');
            gh_buf_putc(out, named[i]);
            return;
        }
    if ((unsigned char)c < ' ') {
        gh_buf_putz(out, "\\u00");
        gh_buf_put_hex(out, gh_str(&c, 1));
    } else
        gh_buf_putc(out, c);
}

void
gh_inner_spell(struct gh_buf *out, struct gh_str s)
{
    for (size_t i = 0; i < s.n; i++)
        spell(out, s.p[i]);
}

/* Behind what was dropped of a number, more digits would make another number of it, or none: 045. */
static void
write_other(struct gh_inner *x, struct gh_buf *out, char c)
{
    bool is_digit = c >= '0' && c <= '9';

    x->is_dropping = x->is_dropping && (is_digit || c == '+' || c == '-');
    x->is_behind_digit = x->is_dropping || is_digit;
    if (!x->is_dropping)
        gh_buf_putc(out, c);
}

static void
drop_other(struct gh_inner *x, struct gh_buf *out)
{
    if (!x->is_behind_digit)
        gh_buf_putc(out, '0');
    x->is_dropping = x->is_behind_digit = true;
}

void
gh_inner_write(struct gh_inner *x, struct gh_buf *out, struct gh_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        enum gh_inner_kind kind = next_kind(x);
        if (kind == GH_INNER_OTHER) {
            write_other(x, out, s.p[i]);
            continue;
        }
        x->is_dropping = x->is_behind_digit = false;
        if (kind == GH_INNER_STRING)
            spell(out, s.p[i]);
        else
            gh_buf_putc(out, s.p[i]);
    }
}

void
gh_inner_drop(struct gh_inner *x, struct gh_buf *out, struct gh_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        enum gh_inner_kind kind = next_kind(x);
        if (kind == GH_INNER_OTHER) {
            drop_other(x, out);
            continue;
        }
        x->is_dropping = x->is_behind_digit = false;
        if (kind == GH_INNER_SIGN)
            gh_buf_putc(out, s.p[i]);
    }
}

size_t
gh_inner_in_string(const struct gh_inner *x, size_t n)
{
    size_t i = 0;

    while (i < n && x->n_given + i < x->n_read && x->kind[(x->n_given + i) % GH_INNER_BYTES_MAX] >= GH_INNER_STRING)
        i++;
    return i;
}
