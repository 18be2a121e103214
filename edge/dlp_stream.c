/* SPDX-License-Identifier: Apache-2.0 */
#include "dlp.h"

#include <stdlib.h>

#include "base/limits.h"
#include "wire/say.h"

/*
 * A streamed answer: pieces of one text are joined in their channel (wire/spoken.h), and each event goes on at once with what of its piece may
 * go on. Bytes that are held back leave with the next piece of their channel; where it ends with some held, they leave in a copy of the event
 * that held them, before the event that ends it.
 */

#define CHANNELS_MAX 256 /* texts of one answer at once: choices and their tools; one that has ended makes room for another */
#define NOWHERE      SIZE_MAX
#define ROOM         (4 * (size_t)GH_SSE_EVENT_BYTES_MAX) /* of one text of an event, with placeholders in it */

struct dlp_channel_s {
    dlp_channel_t *next;
    gh_channel id;
    struct gh_patterns_stream *engine;
    struct gh_dlp_stream text;
    dlp_pass_t pass;
    bool is_begun, is_json;
    struct gh_inner inner;
    /* the last event that holds bytes of this channel: its data but for them, and where they belong */
    struct gh_buf held_event, held_name;
    size_t held_at;
    size_t number_at; /* where the event's number belongs, which is taken out too; NOWHERE: it has none */
    int64_t number;
    struct gh_arena arena; /* of that event */
    char window[GH_DLP_WINDOW_BYTES];
};

typedef struct {
    ngx_http_gatehouse_ctx_t *ctx;
    struct ngx_http_gatehouse_dlp_s *dlp;
    struct gh_arena *a;
    struct gh_str name, data;
    struct gh_spoken said;
    struct gh_edits edits;
    struct gh_buf *before;
    enum gh_dlp_act stop;
    bool is_said; /* something of what goes on stands before the stop */
} event_t;

/* ---- channels ---- */

static dlp_channel_t *
channel_new(event_t *e)
{
    dlp_channel_t *c;

    if (e->dlp->n_channels == CHANNELS_MAX) {
        e->dlp->why = "more texts at once than are looked at";
        return NULL;
    }
    if ((c = calloc(1, sizeof(*c))) == NULL)
        return NULL;
    c->engine = gh_patterns_stream_open(ngx_http_gatehouse_patterns_db(e->ctx->judge->patterns));
    if (c->engine == NULL) {
        free(c);
        return NULL;
    }
    gh_arena_init(&c->arena, ngx_http_gatehouse_heap(), 8 * (size_t)GH_SSE_EVENT_BYTES_MAX);
    c->next = e->dlp->channels;
    e->dlp->channels = c;
    e->dlp->n_channels++;
    return c;
}

/* The one of this text; else one whose text has ended; else a new one. NULL: there may be no more. */
static dlp_channel_t *
channel_find(event_t *e, gh_channel id)
{
    dlp_channel_t *c = e->dlp->channels, *ended = NULL;

    for (; c != NULL && c->id != id; c = c->next)
        if (!c->is_begun)
            ended = c;
    if (c != NULL)
        return c;
    if ((c = ended != NULL ? ended : channel_new(e)) != NULL)
        c->id = id;
    return c;
}

void
ngx_http_gatehouse_dlp_free(ngx_http_gatehouse_judge_t *j)
{
    while (j->dlp != NULL && j->dlp->channels != NULL) {
        dlp_channel_t *c = j->dlp->channels;
        j->dlp->channels = c->next;
        gh_patterns_stream_close(c->engine);
        gh_arena_fini(&c->arena);
        gh_wipe(c->window, sizeof(c->window));
        free(c);
    }
}

/* The next piece of a channel: what of it goes on, in `out`. False: it could not be looked at. */
static bool
feed(event_t *e, dlp_channel_t *c, struct gh_str piece, bool is_last, struct gh_buf *out)
{
    struct gh_dlp_sink sink = ngx_http_gatehouse_dlp_sink;
    struct gh_patterns_scratch *scratch = ngx_http_gatehouse_patterns_scratch(e->ctx->judge->patterns);

    if (!c->is_begun) {
        sink.ctx = &c->pass;
        c->pass = (dlp_pass_t){
            .dlp = e->dlp, .direction = GH_DLP_OUT, .place = e->dlp->n_texts++, .inner = c->is_json ? &c->inner : NULL};
        ngx_memzero(&c->inner, offsetof(struct gh_inner, kind));
        gh_dlp_stream_init(&c->text, &e->dlp->rules[GH_DLP_OUT], &sink, c->window);
        if (gh_patterns_stream_reset(c->engine) != GH_OK)
            return false;
        c->is_begun = true;
    }
    c->pass.out = out;
    if (scratch == NULL || !ngx_http_gatehouse_dlp_feed(&c->pass, &c->text, c->engine, scratch, piece, is_last) || out->rc != GH_OK)
        return false;
    c->pass.out = NULL;
    if (is_last)
        c->is_begun = false;
    if (c->pass.stop != GH_DLP_ACT_OFF)
        e->stop = c->pass.stop;
    return true;
}

static bool
ends_now(const event_t *e, gh_channel id)
{
    for (size_t i = 0; i < e->said.n_ends; i++)
        if ((id & e->said.end[i].mask) == (e->said.end[i].channel & e->said.end[i].mask))
            return true;
    return false;
}

/* ---- events ---- */

static void
put_event(struct gh_buf *out, struct gh_str name, struct gh_str data)
{
    struct gh_str line;

    if (name.n > 0) {
        gh_buf_putz(out, "event: ");
        gh_buf_put(out, name);
        gh_buf_putc(out, '\n');
    }
    while (gh_str_cut(&line, &data, '\n')) {
        gh_buf_putz(out, "data: ");
        gh_buf_put(out, line);
        gh_buf_putc(out, '\n');
    }
    gh_buf_putc(out, '\n');
}

enum { THE_TEXT, THE_NUMBER, PLACES };

/* Takes something out of a copy of the event; at[]: where the places `from` of the event stand in the copy. */
static bool
take_out(struct gh_edits *edits, size_t at[PLACES], const size_t from[PLACES], const struct gh_spoken_text *t, struct gh_str with)
{
    for (unsigned p = 0; p < PLACES; p++)
        if (t->end <= from[p])
            at[p] = at[p] + with.n - (t->end - t->at);
    return gh_edits_add(edits, t->at, t->end, with) == GH_OK;
}

/* A copy of this event that says nothing but, later, what text `i` of it holds back: none of its other texts, which went on once, or were taken
 * out; no logprobs; and a number of its own. */
static bool
keep_event(const event_t *e, dlp_channel_t *c, size_t i)
{
    const struct gh_spoken_text number = {.at = e->said.sequence_at, .end = e->said.sequence_end};
    const size_t from[PLACES] = {[THE_TEXT] = e->said.text[i].at, [THE_NUMBER] = number.at};
    size_t at[PLACES] = {from[THE_TEXT], from[THE_NUMBER]};
    struct gh_edits edits = {.arena = e->a};
    bool is_good = true;

    for (size_t k = 0; is_good && k < e->said.n; k++) {
        struct gh_str nothing = GH_STR("");
        is_good = (k == i || ngx_http_gatehouse_dlp_empty(&nothing, e->a, &e->said, k)) &&
                  take_out(&edits, at, from, &e->said.text[k], nothing);
    }
    for (size_t k = 0; is_good && k < e->said.n_logprobs; k++)
        is_good = take_out(&edits, at, from, &e->said.logprobs[k], GH_STR("null"));
    if (is_good && number.end > 0)
        is_good = take_out(&edits, at, from, &number, GH_STR(""));
    if (!is_good)
        return false;
    gh_arena_fini(&c->arena);
    gh_buf_init(&c->held_event, &c->arena, e->data.n + 4 * e->said.n_logprobs + 16);
    gh_buf_init(&c->held_name, &c->arena, 256);
    gh_buf_put(&c->held_name, e->name);
    c->held_at = at[THE_TEXT];
    c->number_at = number.end > 0 ? at[THE_NUMBER] : NOWHERE;
    c->number = e->said.sequence;
    return gh_dialect_splice(&c->held_event, e->data, edits.item, edits.n) == GH_OK && c->held_name.rc == GH_OK;
}

/* What an event of that number is numbered for the client: events that were added count. */
static struct gh_str
number_of(const event_t *e, int64_t sequence)
{
    struct gh_buf b;

    gh_buf_init(&b, e->a, 24);
    gh_buf_put_i64(&b, sequence + (int64_t)e->dlp->n_added);
    return gh_buf_str(&b);
}

/* What a channel still holds when it ends, as an event of its own. */
static bool
flush(event_t *e, dlp_channel_t *c)
{
    struct gh_edits edits = {.arena = e->a};
    struct gh_buf rest, data;
    struct gh_str quoted;

    gh_buf_init(&rest, e->a, ROOM);
    if (!feed(e, c, GH_STR(""), true, &rest))
        return false;
    if (rest.n == 0)
        return true;
    gh_buf_init(&data, e->a, c->held_event.n + 6 * rest.n + 64);
    if (gh_say_quote(&quoted, e->a, gh_buf_str(&rest)) != GH_OK ||
        gh_edits_add(&edits, (uint32_t)c->held_at, (uint32_t)c->held_at, quoted) != GH_OK)
        return false;
    if (c->number_at != NOWHERE) { /* that of this event, which itself moves on by one */
        int64_t before = e->said.sequence_end > 0 ? e->said.sequence : c->number + 1;
        if (gh_edits_add(&edits, (uint32_t)c->number_at, (uint32_t)c->number_at, number_of(e, before)) != GH_OK)
            return false;
        e->dlp->n_added++;
    }
    if (gh_dialect_splice(&data, gh_buf_str(&c->held_event), edits.item, edits.n) != GH_OK)
        return false;
    put_event(e->before, gh_buf_str(&c->held_name), gh_buf_str(&data));
    return e->before->rc == GH_OK;
}

static bool
is_in_event(const event_t *e, gh_channel id)
{
    for (size_t i = 0; i < e->said.n; i++)
        if (e->said.text[i].channel == id)
            return true;
    return false;
}

/* Channels that end with this event and of which it says nothing itself. */
static bool
flush_ended(event_t *e)
{
    for (dlp_channel_t *c = e->dlp->channels; c != NULL && e->stop == GH_DLP_ACT_OFF; c = c->next)
        if (c->is_begun && ends_now(e, c->id) && !is_in_event(e, c->id) && !flush(e, c))
            return false;
    return true;
}

static bool
replace(event_t *e, const struct gh_spoken_text *t, struct gh_str with)
{
    struct gh_str spelled;

    return ngx_http_gatehouse_dlp_spell(&spelled, e->a, t, with) && gh_edits_add(&e->edits, t->at, t->end, spelled) == GH_OK;
}

static bool
replace_by_nothing(event_t *e, size_t i)
{
    const struct gh_spoken_text *t = &e->said.text[i];
    struct gh_str spelled;

    return ngx_http_gatehouse_dlp_empty(&spelled, e->a, &e->said, i) && gh_edits_add(&e->edits, t->at, t->end, spelled) == GH_OK;
}

/* A piece of a channel. */
static bool
rewrite_piece(event_t *e, size_t i)
{
    const struct gh_spoken_text *t = &e->said.text[i];
    dlp_channel_t *c = channel_find(e, t->channel);
    struct gh_buf out;

    gh_buf_init(&out, e->a, ROOM);
    if (c != NULL)
        c->is_json = t->is_json;
    if (c == NULL || !feed(e, c, t->text, ends_now(e, t->channel), &out))
        return false;
    e->is_said |= out.n > 0;
    bool is_held = gh_dlp_stream_held(&c->text) > 0 || (c->is_json && c->inner.n_pending > 0);
    if (c->is_begun && is_held && !keep_event(e, c, i))
        return false;
    return gh_str_eq(gh_buf_str(&out), t->text) || replace(e, t, gh_buf_str(&out));
}

/* A text of its own. */
static bool
rewrite_whole(event_t *e, const struct gh_spoken_text *t)
{
    struct gh_buf out;
    dlp_pass_t p = {.dlp = e->dlp, .direction = GH_DLP_OUT, .place = e->dlp->n_texts++, .is_echo = t->is_echo, .out = &out};

    gh_buf_init(&out, e->a, ROOM);
    if (!ngx_http_gatehouse_dlp_said(&p, e->ctx->judge->patterns, e->a, t))
        return false;
    if (p.stop != GH_DLP_ACT_OFF)
        e->stop = p.stop;
    return !p.is_changed || replace(e, t, gh_buf_str(&out));
}

static bool
rewrite(event_t *e)
{
    for (size_t i = 0; i < e->said.n; i++) {
        const struct gh_spoken_text *t = &e->said.text[i];
        bool is_good = e->stop != GH_DLP_ACT_OFF ? replace_by_nothing(e, i)
                       : t->channel != 0         ? rewrite_piece(e, i)
                                                 : rewrite_whole(e, t);
        if (!is_good)
            return false;
    }
    for (size_t i = 0; e->dlp->rules[GH_DLP_OUT].held != 0 && i < e->said.n_logprobs; i++)
        if (gh_edits_add(&e->edits, e->said.logprobs[i].at, e->said.logprobs[i].end, GH_STR("null")) != GH_OK)
            return false;
    return true;
}

/* Events that were added took numbers. */
static bool
count_on(event_t *e)
{
    struct gh_str number;

    if (e->dlp->n_added == 0 || e->said.sequence_end == 0)
        return true;
    number = number_of(e, e->said.sequence);
    return number.n > 0 && gh_edits_add(&e->edits, e->said.sequence_at, e->said.sequence_end, number) == GH_OK;
}

/* Choices or blocks that have begun and not ended. */
static void
mark_open(event_t *e)
{
    struct ngx_http_gatehouse_dlp_s *d = e->dlp;

    for (size_t i = 0; i < e->said.n_begun; i++) {
        size_t k = 0;
        while (k < d->n_open && d->open[k] != e->said.begun[i])
            k++;
        if (k == d->n_open && d->n_open < sizeof(d->open) / sizeof(d->open[0]))
            d->open[d->n_open++] = e->said.begun[i];
    }
    for (size_t i = 0; i < e->said.n_ends; i++)
        for (size_t k = 0; k < d->n_open; k++)
            if (e->said.end[i].mask != 0 && d->open[k] == (uint32_t)(e->said.end[i].channel >> 32 & 0xffffff))
                d->open[k--] = d->open[--d->n_open];
}

const char *
ngx_http_gatehouse_dlp_event(
    ngx_http_gatehouse_dlp_event_t *out, ngx_http_gatehouse_ctx_t *ctx, struct gh_arena *a, struct gh_str name, struct gh_str data)
{
    struct ngx_http_gatehouse_dlp_s *d = ctx->judge->dlp;
    struct gh_buf edited;

    *out = (ngx_http_gatehouse_dlp_event_t){.data = data};
    if (d == NULL)
        return NULL;
    gh_buf_init(&out->before, a, 32 * (size_t)GH_SSE_EVENT_BYTES_MAX);
    event_t e = {.ctx = ctx, .dlp = d, .a = a, .name = name, .data = data, .edits = {.arena = a}, .before = &out->before};
    if (gh_spoken_event(&e.said, a, ctx->dialect, data) != GH_OK || !flush_ended(&e) || !rewrite(&e) || !count_on(&e))
        return d->why != NULL ? d->why : "event could not be looked at";
    if (e.edits.n > 0) {
        gh_buf_init(&edited, a, 4 * (size_t)GH_SSE_EVENT_BYTES_MAX);
        if (gh_dialect_splice(&edited, data, e.edits.item, e.edits.n) != GH_OK)
            return "event could not be rewritten";
        out->data = gh_buf_str(&edited);
        out->is_changed = true;
    }
    out->is_cut = e.stop == GH_DLP_ACT_CUT;
    out->is_blocked = e.stop == GH_DLP_ACT_BLOCK;
    out->is_said = e.is_said;
    if (d->first.p == NULL && ctx->dialect->op == GH_OP_RESPONSES && gh_arena_dup(&d->first, d->keep, out->data) != GH_OK)
        return "no memory";
    if (!out->is_cut)
        mark_open(&e);
    return NULL;
}

bool
ngx_http_gatehouse_dlp_cut(
    struct gh_buf *out, ngx_http_gatehouse_ctx_t *ctx, struct gh_arena *a, const ngx_http_gatehouse_dlp_event_t *event)
{
    const struct ngx_http_gatehouse_dlp_s *d = ctx->judge->dlp;
    const struct gh_spoken_rest rest = {d->first, event->data, event->is_said, d->open, d->n_open};

    return gh_spoken_cut(out, a, ctx->dialect, &rest) == GH_OK;
}
