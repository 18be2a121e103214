/* SPDX-License-Identifier: Apache-2.0 */
/* wire/json: the writer. It keeps one bit for each open level: whether a comma is due. */
#include "wire/json.h"

#include "base/codec.h"

#define LEVELS_MAX 64u /* bits of need_comma */

void
gh_jsonw_init(struct gh_jsonw *w, struct gh_buf *out)
{
    *w = (struct gh_jsonw){.out = out};
}

/* The bit of the open level; the outermost value has none. */
static uint64_t
level_bit(const struct gh_jsonw *w)
{
    return w->depth == 0 ? 0 : UINT64_C(1) << ((w->depth - 1) % LEVELS_MAX);
}

/* Called in front of each value and key. */
static void
separate(struct gh_jsonw *w)
{
    uint64_t level = level_bit(w);

    if (w->after_key) {
        w->after_key = false;
        return;
    }
    if ((w->need_comma & level) != 0)
        gh_buf_putc(w->out, ',');
    w->need_comma |= level;
}

static void
open_level(struct gh_jsonw *w, char bracket)
{
    separate(w);
    gh_buf_putc(w->out, bracket);
    if (++w->depth > LEVELS_MAX && w->out->rc == GH_OK)
        w->out->rc = GH_LIMIT;
    w->need_comma &= ~level_bit(w);
}

void
gh_jsonw_obj(struct gh_jsonw *w)
{
    open_level(w, '{');
}

void
gh_jsonw_arr(struct gh_jsonw *w)
{
    open_level(w, '[');
}

void
gh_jsonw_end(struct gh_jsonw *w, char bracket)
{
    if (w->depth > 0)
        w->depth--;
    else if (w->out->rc == GH_OK)
        w->out->rc = GH_BUG; /* more ends than beginnings */
    gh_buf_putc(w->out, bracket);
}

/* A control character, a quote or a backslash. */
static void
put_escape(struct gh_buf *out, unsigned char c)
{
    static const char letter[] = "\"\\bfnrt", value[] = "\"\\\b\f\n\r\t";
    const char *hit = memchr(value, c, sizeof(value) - 1);

    if (hit != NULL) {
        gh_buf_putc(out, '\\');
        gh_buf_putc(out, letter[hit - value]);
        return;
    }
    gh_buf_putz(out, "\\u00");
    gh_buf_put_hex(out, gh_str(&c, 1));
}

/* Bytes at the front of `s` that go out as they are. */
static size_t
plain_run(struct gh_str s)
{
    size_t i = 0, n;

    while (i < s.n) {
        unsigned char c = (unsigned char)s.p[i];
        if (c < 0x20 || c == '"' || c == '\\')
            break;
        if ((n = c < 0x80 ? 1 : gh_utf8_length(gh_str_sub(s, i, SIZE_MAX))) == 0)
            break;
        i += n;
    }
    return i;
}

static void
put_text(struct gh_buf *out, struct gh_str s)
{
    gh_buf_putc(out, '"');
    while (s.n > 0 && out->rc == GH_OK) {
        size_t n = plain_run(s);
        gh_buf_put(out, gh_str_sub(s, 0, n));
        s = gh_str_sub(s, n, SIZE_MAX);
        if (s.n == 0)
            break;
        if ((unsigned char)s.p[0] < 0x80)
            put_escape(out, (unsigned char)s.p[0]);
        else
            gh_utf8_put(out, 0xfffd);
        s = gh_str_sub(s, 1, SIZE_MAX);
    }
    gh_buf_putc(out, '"');
}

void
gh_jsonw_key_str(struct gh_jsonw *w, struct gh_str key)
{
    separate(w);
    put_text(w->out, key);
    gh_buf_putc(w->out, ':');
    w->after_key = true;
}

void
gh_jsonw_key(struct gh_jsonw *w, const char *key)
{
    gh_jsonw_key_str(w, gh_str_z(key));
}

void
gh_jsonw_str(struct gh_jsonw *w, struct gh_str s)
{
    separate(w);
    put_text(w->out, s);
}

void
gh_jsonw_i64(struct gh_jsonw *w, int64_t v)
{
    separate(w);
    gh_buf_put_i64(w->out, v);
}

void
gh_jsonw_u64(struct gh_jsonw *w, uint64_t v)
{
    separate(w);
    gh_buf_put_u64(w->out, v);
}

void
gh_jsonw_raw(struct gh_jsonw *w, struct gh_str json)
{
    separate(w);
    gh_buf_put(w->out, json);
}

void
gh_jsonw_bool(struct gh_jsonw *w, bool v)
{
    gh_jsonw_raw(w, v ? GH_STR("true") : GH_STR("false"));
}

void
gh_jsonw_null(struct gh_jsonw *w)
{
    gh_jsonw_raw(w, GH_STR("null"));
}

void
gh_jsonw_kstr(struct gh_jsonw *w, const char *key, struct gh_str v)
{
    gh_jsonw_key(w, key);
    gh_jsonw_str(w, v);
}

void
gh_jsonw_ku64(struct gh_jsonw *w, const char *key, uint64_t v)
{
    gh_jsonw_key(w, key);
    gh_jsonw_u64(w, v);
}

void
gh_jsonw_kbool(struct gh_jsonw *w, const char *key, bool v)
{
    gh_jsonw_key(w, key);
    gh_jsonw_bool(w, v);
}

void
gh_jsonw_words(struct gh_jsonw *w, const char *list)
{
    struct gh_str rest = gh_str_z(list), one;

    while (gh_str_cut(&one, &rest, '|'))
        gh_jsonw_str(w, one);
}

void
gh_jsonw_kwords(struct gh_jsonw *w, const char *key, const char *list)
{
    gh_jsonw_key(w, key);
    gh_jsonw_arr(w);
    gh_jsonw_words(w, list);
    gh_jsonw_end(w, ']');
}
