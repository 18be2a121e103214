/* SPDX-License-Identifier: Apache-2.0 */
/* What the demo's model says in the dialect of Anthropic's messages, and to who scores. */
#include "echo/answer.h"

#include <stdio.h>

#include "wire/json.h"

static void
put_usage(struct gh_jsonw *w, const struct gh_echo *e, uint64_t said)
{
    gh_jsonw_key(w, "usage");
    gh_jsonw_obj(w);
    gh_jsonw_ku64(w, "input_tokens", e->prompt_words);
    gh_jsonw_ku64(w, "output_tokens", said);
    gh_jsonw_end(w, '}');
}

static struct gh_str
stop_reason(const struct gh_echo *e)
{
    if (e->tool.n > 0)
        return GH_STR("tool_use");
    return e->is_cut ? GH_STR("max_tokens") : GH_STR("end_turn");
}

/* The one block of an answer: a call of the tool, or text. */
static void
put_block(struct gh_jsonw *w, const struct gh_echo *e, struct gh_str text, struct gh_str input)
{
    char id[48];

    gh_jsonw_obj(w);
    if (e->tool.n == 0) {
        gh_jsonw_kstr(w, "type", GH_STR("text"));
        gh_jsonw_kstr(w, "text", text);
    } else {
        (void)snprintf(id, sizeof(id), "toolu_%016llx", (unsigned long long)e->id);
        gh_jsonw_kstr(w, "type", GH_STR("tool_use"));
        gh_jsonw_kstr(w, "id", gh_str_z(id));
        gh_jsonw_kstr(w, "name", e->tool);
        gh_jsonw_key(w, "input");
        gh_jsonw_raw(w, input);
    }
    gh_jsonw_end(w, '}');
}

/* Everything of a message but its last bracket; a stream's first event has neither content nor an end. */
static void
put_message(struct gh_jsonw *w, const struct gh_echo *e, bool is_whole)
{
    char id[48];

    (void)snprintf(id, sizeof(id), "msg_%016llx", (unsigned long long)e->id);
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "id", gh_str_z(id));
    gh_jsonw_kstr(w, "type", GH_STR("message"));
    gh_jsonw_kstr(w, "role", GH_STR("assistant"));
    gh_jsonw_kstr(w, "model", e->model);
    gh_jsonw_key(w, "content");
    gh_jsonw_arr(w);
    if (is_whole)
        put_block(w, e, e->text, e->arguments);
    gh_jsonw_end(w, ']');
    gh_jsonw_key(w, "stop_reason");
    if (is_whole)
        gh_jsonw_str(w, stop_reason(e));
    else
        gh_jsonw_null(w);
    gh_jsonw_key(w, "stop_sequence");
    gh_jsonw_null(w);
    put_usage(w, e, is_whole ? e->answer_words : 0);
    gh_jsonw_end(w, '}');
}

void
gh_echo_put_message(struct gh_buf *out, const struct gh_echo *e)
{
    struct gh_jsonw w;

    gh_jsonw_init(&w, out);
    put_message(&w, e, true);
}

/* ---- stream: start, block, pieces, end of the block, end of the message ---- */

static void
on_start(struct gh_jsonw *w, struct gh_echo *e)
{
    gh_jsonw_key(w, "message");
    put_message(w, e, false);
}

static void
on_block(struct gh_jsonw *w, struct gh_echo *e)
{
    gh_jsonw_ku64(w, "index", 0);
    gh_jsonw_key(w, "content_block");
    put_block(w, e, GH_STR(""), GH_STR("{}"));
}

static void
on_piece(struct gh_jsonw *w, struct gh_echo *e)
{
    struct gh_str piece = GH_STR("");

    (void)gh_echo_piece(&piece, &e->unsaid);
    gh_jsonw_ku64(w, "index", 0);
    gh_jsonw_key(w, "delta");
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "type", e->tool.n > 0 ? GH_STR("input_json_delta") : GH_STR("text_delta"));
    gh_jsonw_kstr(w, e->tool.n > 0 ? "partial_json" : "text", piece);
    gh_jsonw_end(w, '}');
}

static void
on_block_stop(struct gh_jsonw *w, struct gh_echo *e)
{
    (void)e;
    gh_jsonw_ku64(w, "index", 0);
}

static void
on_delta(struct gh_jsonw *w, struct gh_echo *e)
{
    gh_jsonw_key(w, "delta");
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "stop_reason", stop_reason(e));
    gh_jsonw_key(w, "stop_sequence");
    gh_jsonw_null(w);
    gh_jsonw_end(w, '}');
    put_usage(w, e, e->answer_words);
}

static void
on_stop(struct gh_jsonw *w, struct gh_echo *e)
{
    (void)w;
    (void)e;
}

bool
gh_echo_put_message_event(struct gh_buf *out, struct gh_echo *e, size_t i)
{
    static const struct {
        const char *type;
        void (*put)(struct gh_jsonw *, struct gh_echo *);
    } events[] = {
        {"message_start", on_start},
        {"content_block_start", on_block},
        {"content_block_delta", on_piece},
        {"content_block_stop", on_block_stop},
        {"message_delta", on_delta},
        {"message_stop", on_stop},
    };
    size_t n = (size_t)e->answer_words, k = i < 2 ? i : i < 2 + n ? 2 : i - n + 1;
    struct gh_jsonw w;

    if (k >= sizeof(events) / sizeof(events[0]))
        return false;
    gh_buf_putz(out, "event: ");
    gh_buf_putz(out, events[k].type);
    gh_buf_putz(out, "\ndata: ");
    gh_jsonw_init(&w, out);
    gh_jsonw_obj(&w);
    gh_jsonw_kstr(&w, "type", gh_str_z(events[k].type));
    events[k].put(&w, e);
    gh_jsonw_end(&w, '}');
    gh_buf_putz(out, "\n\n");
    return true;
}

/* ---- the rest ---- */

void
gh_echo_put_count(struct gh_buf *out, const struct gh_echo *e)
{
    struct gh_jsonw w;

    gh_jsonw_init(&w, out);
    gh_jsonw_obj(&w);
    gh_jsonw_ku64(&w, "input_tokens", e->prompt_words);
    gh_jsonw_end(&w, '}');
}

enum gh_rc
gh_echo_put_score(struct gh_buf *out, struct gh_arena *a, struct gh_str body)
{
    struct gh_json j;
    struct gh_jsonw w;
    enum gh_rc rc = gh_json_parse(&j, a, body, NULL);

    if (rc != GH_OK)
        return rc;
    gh_jsonw_init(&w, out);
    gh_jsonw_obj(&w);
    gh_jsonw_key(&w, "predictions");
    gh_jsonw_arr(&w);
    gh_jsonw_raw(&w, body);
    gh_jsonw_end(&w, ']');
    gh_jsonw_end(&w, '}');
    return out->rc;
}
