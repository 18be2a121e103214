/* SPDX-License-Identifier: Apache-2.0 */
/* wire/spoken: how an answer that may not go on ends in its dialect's own words. */
#include "wire/say.h"
#include "wire/spoken.h"

/* ---- streams ---- */

/* A member of the event that is not sent, else of the first one. */
static struct gh_str
member(struct gh_arena *a, struct gh_str last, struct gh_str first, struct gh_str name, struct gh_str otherwise)
{
    const struct gh_str texts[] = {last, first};
    struct gh_json j;

    for (size_t i = 0; i < 2; i++)
        if (gh_say_object(&j, a, texts[i]) == GH_OK && gh_json_get(&j, 0, name) != GH_JSON_NO)
            return gh_json_raw(&j, gh_json_get(&j, 0, name));
    return otherwise;
}

static enum gh_rc
cut_chat(struct gh_buf *out, struct gh_arena *a, const struct gh_spoken_rest *r)
{
    gh_buf_putz(out, "data: {\"id\":");
    gh_buf_put(out, member(a, r->last, r->first, GH_STR("id"), GH_STR("\"\"")));
    gh_buf_putz(out, ",\"object\":\"chat.completion.chunk\",\"created\":");
    gh_buf_put(out, member(a, r->last, r->first, GH_STR("created"), GH_STR("0")));
    gh_buf_putz(out, ",\"model\":");
    gh_buf_put(out, member(a, r->last, r->first, GH_STR("model"), GH_STR("\"\"")));
    gh_buf_putz(out, ",\"choices\":[");
    for (size_t i = 0; i < r->n_open || i == 0; i++) {
        gh_buf_putz(out, i == 0 ? "{\"index\":" : ",{\"index\":");
        gh_buf_put_u64(out, r->n_open == 0 ? 0 : r->open[i]);
        gh_buf_putz(out, ",\"delta\":{},\"finish_reason\":\"content_filter\"}");
    }
    gh_buf_putz(out, "]}\n\ndata: [DONE]\n\n");
    return out->rc;
}

static enum gh_rc
cut_messages(struct gh_buf *out, const struct gh_spoken_rest *r)
{
    for (size_t i = 0; i < r->n_open; i++) {
        gh_buf_putz(out, "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":");
        gh_buf_put_u64(out, r->open[i]);
        gh_buf_putz(out, "}\n\n");
    }
    gh_buf_putz(out,
        "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"refusal\",\"stop_sequence\":null},"
        "\"usage\":{\"output_tokens\":0}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n");
    return out->rc;
}

#define INCOMPLETE "{\"reason\":\"content_filter\"}"

/* The response object of `j` below `response`, said to be incomplete. */
static enum gh_rc
edit_response(struct gh_edits *edits, const struct gh_json *j, gh_json_ref response)
{
    gh_json_ref status = gh_json_get(j, response, GH_STR("status")),
                details = gh_json_get(j, response, GH_STR("incomplete_details"));
    uint32_t inside = j->nodes[response].at + 1;
    enum gh_rc rc;

    if (gh_json_type(j, response) != GH_JSON_OBJECT || gh_json_first(j, response) == GH_JSON_NO)
        return GH_BAD;
    rc = details == GH_JSON_NO ? gh_edits_add(edits, inside, inside, GH_STR("\"incomplete_details\":" INCOMPLETE ","))
                               : gh_edits_add(edits, j->nodes[details].at, j->nodes[details].end, GH_STR(INCOMPLETE));
    if (rc != GH_OK)
        return rc;
    return status == GH_JSON_NO ? gh_edits_add(edits, inside, inside, GH_STR("\"status\":\"incomplete\","))
                                : gh_edits_add(edits, j->nodes[status].at, j->nodes[status].end, GH_STR("\"incomplete\""));
}

/* The number of the event that says so. */
static uint64_t
sequence_of(struct gh_arena *a, const struct gh_spoken_rest *r)
{
    uint64_t n = 0;

    if (gh_str_u64(&n, member(a, r->last, r->first, GH_STR("sequence_number"), GH_STR("0")), INT64_MAX) != GH_OK)
        n = 0;
    return r->is_last_sent ? n + 1 : n;
}

static enum gh_rc
cut_responses(struct gh_buf *out, struct gh_arena *a, const struct gh_spoken_rest *r)
{
    struct gh_edits edits = {.arena = a};
    struct gh_json j;
    struct gh_buf response;
    struct gh_str first = r->first;
    enum gh_rc rc = gh_say_object(&j, a, first);

    if (rc != GH_OK)
        return rc;
    gh_json_ref v = gh_json_get(&j, 0, GH_STR("response"));
    if ((rc = edit_response(&edits, &j, v)) != GH_OK)
        return rc;
    gh_buf_init(&response, a, first.n + 256);
    if ((rc = gh_dialect_splice(&response, first, edits.item, edits.n)) != GH_OK)
        return rc;
    size_t grown = response.n - first.n; /* may wrap: it is added again */
    gh_buf_putz(out, "event: response.incomplete\ndata: {\"type\":\"response.incomplete\",\"sequence_number\":");
    gh_buf_put_u64(out, sequence_of(a, r));
    gh_buf_putz(out, ",\"response\":");
    gh_buf_put(out, gh_str_sub(gh_buf_str(&response), j.nodes[v].at, j.nodes[v].end - j.nodes[v].at + grown));
    gh_buf_putz(out, "}\n\n");
    return out->rc;
}

enum gh_rc
gh_spoken_cut(struct gh_buf *out, struct gh_arena *a, const struct gh_dialect *d, const struct gh_spoken_rest *rest)
{
    if (d->delta == NULL)
        return GH_BAD;
    if (d->family == GH_FAMILY_ANTHROPIC)
        return cut_messages(out, rest);
    return d->op == GH_OP_RESPONSES ? cut_responses(out, a, rest) : cut_chat(out, a, rest);
}

/* ---- whole answers ---- */

static enum gh_rc
edit_choices(struct gh_edits *edits, const struct gh_json *j, uint32_t at)
{
    gh_json_ref choices = gh_json_get(j, 0, GH_STR("choices"));
    enum gh_rc rc = GH_OK;

    if (gh_json_first(j, choices) == GH_JSON_NO)
        return GH_BAD;
    for (gh_json_ref c = gh_json_first(j, choices); rc == GH_OK && c != GH_JSON_NO; c = gh_json_next(j, choices, c)) {
        gh_json_ref reason = gh_json_get(j, c, GH_STR("finish_reason"));
        if (reason != GH_JSON_NO && j->nodes[c].end > at)
            rc = gh_edits_add(edits, j->nodes[reason].at, j->nodes[reason].end, GH_STR("\"content_filter\""));
    }
    return rc;
}

enum gh_rc
gh_spoken_cut_answer(struct gh_edits *edits, struct gh_arena *a, const struct gh_dialect *d, struct gh_str text, uint32_t at)
{
    struct gh_json j;
    gh_json_ref reason;
    enum gh_rc rc = gh_say_object(&j, a, text);

    if (rc != GH_OK)
        return rc;
    if (d->op == GH_OP_RESPONSES || d->op == GH_OP_RESPONSE)
        return edit_response(edits, &j, 0);
    if (d->op != GH_OP_CHAT)
        return GH_BAD;
    if (d->family != GH_FAMILY_ANTHROPIC)
        return edit_choices(edits, &j, at);
    reason = gh_json_get(&j, 0, GH_STR("stop_reason"));
    return reason == GH_JSON_NO ? GH_BAD : gh_edits_add(edits, j.nodes[reason].at, j.nodes[reason].end, GH_STR("\"refusal\""));
}
