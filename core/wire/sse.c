/* SPDX-License-Identifier: Apache-2.0 */
/* wire/sse: the splitter through which every streamed answer passes. Lines are found in the raw bytes; fields are copied out. */
#include "wire/sse.h"

#include "base/limits.h"

enum { IN_LINE, AFTER_CR };

void
gh_sse_init(struct gh_sse *s, struct gh_arena *arena)
{
    *s = (struct gh_sse){.state = IN_LINE};
    gh_buf_init(&s->raw, arena, GH_SSE_EVENT_BYTES_MAX);
    gh_buf_init(&s->data, arena, GH_SSE_EVENT_BYTES_MAX);
    gh_buf_init(&s->name, arena, GH_SSE_EVENT_BYTES_MAX);
}

static void
start_event(struct gh_sse *s)
{
    s->raw.n = s->data.n = s->name.n = s->line_at = 0;
    s->has_data = s->has_name = s->has_others = false;
    s->is_complete = false;
}

/* Offset of the first CR or LF, or SIZE_MAX. */
static size_t
line_end(struct gh_str s)
{
    size_t lf = gh_str_chr(s, '\n'), cr = gh_str_chr(gh_str_sub(s, 0, lf), '\r');
    return cr < lf ? cr : lf;
}

/* Moves n bytes from the front of *in to the raw bytes of the event. */
static enum gh_rc
take(struct gh_sse *s, struct gh_str *in, size_t n)
{
    gh_buf_put(&s->raw, gh_str_sub(*in, 0, n));
    *in = gh_str_sub(*in, n, SIZE_MAX);
    return s->raw.rc;
}

/* A line that is not blank. Only `data` and `event` matter to us; of the rest it is told that it is there. */
static enum gh_rc
read_field(struct gh_sse *s, struct gh_str line)
{
    size_t colon = gh_str_chr(line, ':');
    struct gh_str name = gh_str_sub(line, 0, colon);
    struct gh_str value = gh_str_sub(line, colon == SIZE_MAX ? SIZE_MAX : colon + 1, SIZE_MAX);

    if (value.n != 0 && value.p[0] == ' ')
        value = gh_str_sub(value, 1, SIZE_MAX);
    if (gh_str_eq(name, GH_STR("event"))) {
        s->name.n = 0;
        s->has_others |= s->has_name;
        s->has_name = true;
        gh_buf_put(&s->name, value);
        return s->name.rc;
    }
    if (!gh_str_eq(name, GH_STR("data"))) {
        s->has_others = true;
        return GH_OK;
    }
    if (s->has_data)
        gh_buf_putc(&s->data, '\n');
    s->has_data = true;
    gh_buf_put(&s->data, value);
    return s->data.rc;
}

/* The line in progress is whole: its end, one byte, is the last of raw. */
static enum gh_rc
line_done(struct gh_sse *s)
{
    struct gh_str line = gh_str_sub(gh_buf_str(&s->raw), s->line_at, s->raw.n - 1 - s->line_at);

    s->line_at = s->raw.n;
    if (!s->is_started && gh_str_starts(line, GH_STR("\xef\xbb\xbf")))
        line = gh_str_sub(line, 3, SIZE_MAX);
    s->is_started = true;
    if (line.n != 0)
        return read_field(s, line);
    s->is_complete = true;
    return GH_OK;
}

/* Takes bytes up to the end of one line, or all of them. */
static enum gh_rc
feed_line(struct gh_sse *s, struct gh_str *in)
{
    size_t end;
    enum gh_rc rc;

    if (s->state == AFTER_CR && in->p[0] == '\n') {
        s->state = IN_LINE;
        rc = take(s, in, 1);
        s->line_at = s->raw.n;
        return rc;
    }
    s->state = IN_LINE;
    end = line_end(*in);
    if (end == SIZE_MAX)
        return take(s, in, in->n);
    s->state = in->p[end] == '\r' ? AFTER_CR : IN_LINE;
    if ((rc = take(s, in, end + 1)) != GH_OK)
        return rc;
    return line_done(s);
}

enum gh_rc
gh_sse_feed(struct gh_sse_event *event, struct gh_sse *s, struct gh_str *in)
{
    enum gh_rc rc;

    if (s->is_complete)
        start_event(s);
    while (in->n > 0) {
        if ((rc = feed_line(s, in)) != GH_OK)
            return rc;
        if (!s->is_complete)
            continue;
        *event = (struct gh_sse_event){gh_buf_str(&s->raw), gh_buf_str(&s->name), gh_buf_str(&s->data), s->has_data, s->has_others};
        return GH_OK;
    }
    return GH_MORE;
}

struct gh_str
gh_sse_rest(const struct gh_sse *s)
{
    return s->is_complete ? (struct gh_str){NULL, 0} : gh_buf_str(&s->raw);
}
