/* SPDX-License-Identifier: Apache-2.0 */
/* echo/answer in the dialect of OpenAI's responses, whole and streamed, and embeddings. Nothing is kept: `store` is false in each answer. */
#include "echo/answer.h"

#include <stdio.h>

#include "base/codec.h"
#include "base/limits.h"
#include "wire/json.h"

static void
put_id(struct gh_jsonw *w, const char *key, const char *kind, uint64_t id)
{
    char text[48];

    (void)snprintf(text, sizeof(text), "%s_%016llx", kind, (unsigned long long)id);
    gh_jsonw_kstr(w, key, gh_str_z(text));
}

/* The one item of the output; `is_done` false: as it is when it begins. */
static void
put_item(struct gh_jsonw *w, const struct gh_echo *e, bool is_done)
{
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "status", is_done ? GH_STR("completed") : GH_STR("in_progress"));
    if (e->tool.n > 0) {
        put_id(w, "id", "fc", e->id);
        gh_jsonw_kstr(w, "type", GH_STR("function_call"));
        put_id(w, "call_id", "call", e->id);
        gh_jsonw_kstr(w, "name", e->tool);
        gh_jsonw_kstr(w, "arguments", is_done ? e->arguments : GH_STR(""));
        gh_jsonw_end(w, '}');
        return;
    }
    put_id(w, "id", "msg", e->id);
    gh_jsonw_kstr(w, "type", GH_STR("message"));
    gh_jsonw_kstr(w, "role", GH_STR("assistant"));
    gh_jsonw_key(w, "content");
    gh_jsonw_arr(w);
    if (is_done) {
        gh_jsonw_obj(w);
        gh_jsonw_kstr(w, "type", GH_STR("output_text"));
        gh_jsonw_kstr(w, "text", e->text);
        gh_jsonw_key(w, "annotations");
        gh_jsonw_arr(w);
        gh_jsonw_end(w, ']');
        gh_jsonw_end(w, '}');
    }
    gh_jsonw_end(w, ']');
    gh_jsonw_end(w, '}');
}

static void
put_usage(struct gh_jsonw *w, const struct gh_echo *e)
{
    gh_jsonw_obj(w);
    gh_jsonw_ku64(w, "input_tokens", e->prompt_words);
    gh_jsonw_ku64(w, "output_tokens", e->answer_words);
    gh_jsonw_ku64(w, "total_tokens", e->prompt_words + e->answer_words);
    gh_jsonw_end(w, '}');
}

static void
put_whole(struct gh_jsonw *w, const struct gh_echo *e, bool is_done)
{
    gh_jsonw_obj(w);
    put_id(w, "id", "resp", e->id);
    gh_jsonw_kstr(w, "object", GH_STR("response"));
    gh_jsonw_key(w, "created_at");
    gh_jsonw_i64(w, e->created_s);
    gh_jsonw_kstr(w, "status", !is_done ? GH_STR("in_progress") : e->is_cut ? GH_STR("incomplete") : GH_STR("completed"));
    gh_jsonw_kstr(w, "model", e->model);
    gh_jsonw_kbool(w, "store", false);
    gh_jsonw_key(w, "error");
    gh_jsonw_null(w);
    gh_jsonw_key(w, "output");
    gh_jsonw_arr(w);
    if (is_done)
        put_item(w, e, true);
    gh_jsonw_end(w, ']');
    gh_jsonw_key(w, "usage");
    if (is_done)
        put_usage(w, e);
    else
        gh_jsonw_null(w);
    gh_jsonw_end(w, '}');
}

void
gh_echo_put_response(struct gh_buf *out, const struct gh_echo *e)
{
    struct gh_jsonw w;

    gh_jsonw_init(&w, out);
    put_whole(&w, e, true);
}

/* created, item added, one delta for each word, item done, completed. */
bool
gh_echo_put_response_event(struct gh_buf *out, struct gh_echo *e, size_t i)
{
    size_t words = (size_t)e->answer_words, item_done = words + 2, last = words + 3;
    const char *delta = e->tool.n > 0 ? "response.function_call_arguments.delta" : "response.output_text.delta";
    const char *end = e->is_cut ? "response.incomplete" : "response.completed";
    const char *type = i == 0 ? "response.created" : i == 1 ? "response.output_item.added" : i == last ? end : delta;
    struct gh_str piece = GH_STR("");
    struct gh_jsonw w;

    if (i > last)
        return false;
    if (i == item_done)
        type = "response.output_item.done";
    gh_buf_putz(out, "event: ");
    gh_buf_putz(out, type);
    gh_buf_putz(out, "\ndata: ");
    gh_jsonw_init(&w, out);
    gh_jsonw_obj(&w);
    gh_jsonw_kstr(&w, "type", gh_str_z(type));
    gh_jsonw_ku64(&w, "sequence_number", i);
    if (i == 0 || i == last) {
        gh_jsonw_key(&w, "response");
        put_whole(&w, e, i == last);
    } else {
        gh_jsonw_ku64(&w, "output_index", 0);
        if (i == 1 || i == item_done) {
            gh_jsonw_key(&w, "item");
            put_item(&w, e, i == item_done);
        } else if (gh_echo_piece(&piece, &e->unsaid)) {
            put_id(&w, "item_id", e->tool.n > 0 ? "fc" : "msg", e->id);
            gh_jsonw_ku64(&w, "content_index", 0);
            gh_jsonw_kstr(&w, "delta", piece);
        }
    }
    gh_jsonw_end(&w, '}');
    gh_buf_putz(out, "\n\n");
    return true;
}

/* ---- embeddings ---- */

#define DIMENSIONS 8

/* How many words fall into each of a few drawers: texts with the same words are near each other. */
static uint64_t
count_drawers(uint32_t drawers[DIMENSIONS], struct gh_str text)
{
    struct gh_str piece;
    uint64_t n = 0;

    memset(drawers, 0, DIMENSIONS * sizeof(*drawers));
    for (; gh_echo_piece(&piece, &text); n++) {
        while (piece.n > 0 && (uint8_t)piece.p[0] <= ' ') /* the blanks before the word */
            piece = gh_str_sub(piece, 1, SIZE_MAX);
        drawers[gh_crc32c(0, piece) % DIMENSIONS]++;
    }
    return n;
}

static void
put_vector(struct gh_jsonw *w, const uint32_t drawers[DIMENSIONS], bool is_base64)
{
    char mem[DIMENSIONS * 8];
    float vector[DIMENSIONS];
    struct gh_buf text;

    if (is_base64) {
        for (size_t i = 0; i < DIMENSIONS; i++)
            vector[i] = (float)drawers[i];
        gh_buf_init_fixed(&text, mem, sizeof(mem));
        gh_b64_encode(&text, gh_str(vector, sizeof(vector)));
        gh_jsonw_str(w, gh_buf_str(&text));
        return;
    }
    gh_jsonw_arr(w);
    for (size_t i = 0; i < DIMENSIONS; i++)
        gh_jsonw_u64(w, drawers[i]);
    gh_jsonw_end(w, ']');
}

static enum gh_rc
put_embedding(struct gh_jsonw *w, uint64_t *words, struct gh_arena *a, const struct gh_json *j, gh_json_ref text, uint64_t index)
{
    struct gh_str format = GH_STR(""), s;
    uint32_t drawers[DIMENSIONS];

    if (gh_json_str(&s, a, j, text) != GH_OK || gh_json_opt_str(&format, a, j, 0, "encoding_format") != GH_OK)
        return GH_BAD;
    *words += count_drawers(drawers, s);
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "object", GH_STR("embedding"));
    gh_jsonw_ku64(w, "index", index);
    gh_jsonw_key(w, "embedding");
    put_vector(w, drawers, gh_str_eq(format, GH_STR("base64")));
    gh_jsonw_end(w, '}');
    return GH_OK;
}

enum gh_rc
gh_echo_put_embeddings(struct gh_buf *out, struct gh_arena *a, struct gh_str body)
{
    struct gh_str model = GH_STR("");
    uint64_t words = 0, index = 0;
    struct gh_jsonw w;
    struct gh_json j;
    gh_json_ref input;
    enum gh_rc rc = gh_json_parse(&j, a, body, NULL);

    if (rc != GH_OK || (rc = gh_json_opt_str(&model, a, &j, 0, "model")) != GH_OK)
        return rc;
    input = gh_json_get(&j, 0, GH_STR("input"));
    gh_jsonw_init(&w, out);
    gh_jsonw_obj(&w);
    gh_jsonw_kstr(&w, "object", GH_STR("list"));
    gh_jsonw_kstr(&w, "model", model);
    gh_jsonw_key(&w, "data");
    gh_jsonw_arr(&w);
    if (gh_json_type(&j, input) != GH_JSON_ARRAY)
        rc = put_embedding(&w, &words, a, &j, input, 0);
    else
        for (gh_json_ref v = gh_json_first(&j, input); rc == GH_OK && v != GH_JSON_NO; v = gh_json_next(&j, input, v))
            rc = put_embedding(&w, &words, a, &j, v, index++);
    gh_jsonw_end(&w, ']');
    gh_jsonw_key(&w, "usage");
    gh_jsonw_obj(&w);
    gh_jsonw_ku64(&w, "prompt_tokens", words);
    gh_jsonw_ku64(&w, "total_tokens", words);
    gh_jsonw_end(&w, '}');
    gh_jsonw_end(&w, '}');
    return rc == GH_OK ? out->rc : rc;
}
