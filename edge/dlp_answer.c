/* SPDX-License-Identifier: Apache-2.0 */
#include "dlp.h"

#include "base/codec.h"
#include "base/limits.h"
#include "policy/shield_policy.h"
#include "wire/say.h"

/*
 * A whole answer: each of its texts is looked at, and rewritten where it stands. What ends the answer ends it there: the texts behind are
 * empty, and the answer says why in its dialect's own words; where it has none, or nothing may pass, the answer is refused.
 */

typedef struct {
    ngx_http_gatehouse_ctx_t *ctx;
    struct ngx_http_gatehouse_dlp_s *dlp;
    struct gh_arena *a;
    struct gh_edits edits;
    enum gh_dlp_act stop;
    uint32_t stop_at; /* byte of the answer */
} rewrite_t;

static enum gh_rc
replace(rewrite_t *w, const struct gh_spoken_text *t, struct gh_str with)
{
    struct gh_str spelled;

    if (!ngx_http_gatehouse_dlp_spell(&spelled, w->a, t, with))
        return GH_NOMEM;
    return gh_edits_add(&w->edits, t->at, t->end, spelled);
}

static enum gh_rc
replace_by_nothing(rewrite_t *w, const struct gh_spoken *said, size_t i)
{
    struct gh_str spelled;

    if (!ngx_http_gatehouse_dlp_empty(&spelled, w->a, said, i))
        return GH_NOMEM;
    return gh_edits_add(&w->edits, said->text[i].at, said->text[i].end, spelled);
}

/* The file in an address, if there is one: what remains of it takes its place. */
static bool
look_into_file(struct gh_str *address, dlp_pass_t *p, const ngx_http_gatehouse_file_t *patterns, struct gh_arena *a)
{
    struct gh_str file = gh_shield_media_text(a, *address);
    struct gh_buf whole;

    if (file.n == 0)
        return true;
    size_t from = gh_str_chr(*address, ',') + 1;
    if (file.p == address->p + from) /* it is read as it stands */
        return true;
    if (!ngx_http_gatehouse_dlp_whole(p, patterns, file, false))
        return false;
    if (!p->is_changed || p->stop != GH_DLP_ACT_OFF)
        return true;
    gh_buf_init(&whole, a, from + 2 * p->out->n + 4);
    gh_buf_put(&whole, gh_str_sub(*address, 0, from));
    gh_b64_encode(&whole, gh_buf_str(p->out));
    *address = gh_buf_str(&whole);
    return whole.rc == GH_OK;
}

bool
ngx_http_gatehouse_dlp_said(
    dlp_pass_t *p, const ngx_http_gatehouse_file_t *patterns, struct gh_arena *a, const struct gh_spoken_text *t)
{
    struct gh_str text = t->text;

    if (!look_into_file(&text, p, patterns, a))
        return false;
    p->out->n = 0;
    return p->stop != GH_DLP_ACT_OFF || ngx_http_gatehouse_dlp_whole(p, patterns, text, t->is_json);
}

static enum gh_rc
rewrite(rewrite_t *w, const struct gh_spoken *said, size_t i)
{
    const struct gh_spoken_text *t = &said->text[i];
    struct gh_buf out;
    dlp_pass_t p = {.dlp = w->dlp, .direction = GH_DLP_OUT, .place = w->dlp->n_texts++, .is_echo = t->is_echo, .out = &out};

    if (w->stop != GH_DLP_ACT_OFF)
        return replace_by_nothing(w, said, i);
    gh_buf_init(&out, w->a, GH_ANSWER_BYTES_MAX);
    if (!ngx_http_gatehouse_dlp_said(&p, w->ctx->judge->patterns, w->a, t))
        return GH_BUG;
    if (p.stop != GH_DLP_ACT_OFF) {
        w->stop = p.stop;
        w->stop_at = t->at;
    }
    return p.is_changed ? replace(w, t, gh_buf_str(&out)) : GH_OK;
}

static enum gh_rc
rewrite_all(rewrite_t *w, const struct gh_spoken *said)
{
    enum gh_rc rc = GH_OK;

    for (size_t i = 0; rc == GH_OK && i < said->n; i++)
        rc = rewrite(w, said, i);
    for (size_t i = 0; rc == GH_OK && w->dlp->rules[GH_DLP_OUT].held != 0 && i < said->n_logprobs; i++)
        rc = gh_edits_add(&w->edits, said->logprobs[i].at, said->logprobs[i].end, GH_STR("null"));
    return rc;
}

const char *
ngx_http_gatehouse_dlp_answer(struct gh_buf *out, ngx_http_gatehouse_ctx_t *ctx, const struct gh_json *answer, bool *is_blocked)
{
    struct ngx_http_gatehouse_dlp_s *d = ctx->judge == NULL ? NULL : ctx->judge->dlp;
    struct gh_arena a;
    struct gh_spoken said;
    const char *why = NULL;

    *is_blocked = false;
    if (d == NULL || !ngx_http_gatehouse_dlp_has_texts(ctx->dialect)) {
        ngx_http_gatehouse_dlp_close(ctx);
        return NULL;
    }
    gh_arena_init(&a, ngx_http_gatehouse_heap(), 64 * (size_t)GH_ANSWER_BYTES_MAX);
    rewrite_t w = {.ctx = ctx, .dlp = d, .a = &a, .edits = {.arena = &a}};
    if (gh_spoken_answer(&said, &a, ctx->dialect, answer) != GH_OK || rewrite_all(&w, &said) != GH_OK)
        why = d->why != NULL ? d->why : "answer could not be looked at";
    if (why == NULL && w.stop == GH_DLP_ACT_CUT &&
        gh_spoken_cut_answer(&w.edits, &a, ctx->dialect, answer->text, w.stop_at) == GH_BAD)
        w.stop = GH_DLP_ACT_BLOCK;
    if (why == NULL && w.stop == GH_DLP_ACT_BLOCK) {
        *is_blocked = true;
        why = ngx_http_gatehouse_dlp_reason(w.stop);
    }
    if (why == NULL && w.edits.n > 0 && gh_dialect_splice(out, answer->text, w.edits.item, w.edits.n) != GH_OK)
        why = "answer could not be rewritten";
    if (why == NULL && w.stop == GH_DLP_ACT_CUT)
        ctx->reason = ngx_http_gatehouse_dlp_reason(w.stop);
    ngx_http_gatehouse_dlp_close(ctx);
    gh_arena_fini(&a);
    return why;
}
