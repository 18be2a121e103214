/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include "base/limits.h"
#include "policy/observe.h"
#include "policy/spotlight.h"
#include "wire/shield_prompt.h"

/*
 * The shield at work (policy/shield_policy.h, shield/shield.h), in the judge's thread: every text of the conversation is judged, the ones that
 * were judged before by memory; what the endpoint says of the worst finding is done. Then texts of others are marked on their way on.
 */

#define OVERLAP 4096 /* bytes that two pieces of a long text share: no window of an attack is cut in both */

struct scan {
    ngx_http_gatehouse_judge_t *j;
    const struct gh_shield_model *model;
    struct gh_shield_policy policy;
    struct gh_str key;
    uint64_t judge[GH_SHIELD_KINDS]; /* who judges texts of this kind, to memory.c; 0: not asked for yet */
    struct gh_str worst;             /* the text that is worst so far; p NULL: none is bad */
    float doubt;                     /* the greatest score of a text of the user that is no attack, in parts of its threshold */
};

#define DOUBT 0.5f /* from here on the user's last turns are judged together too: nineteen texts of twenty stay below */

static void
ran(ngx_http_gatehouse_judge_t *j, enum gh_control control, enum gh_ran how, const char *reason)
{
    j->controls.ran[control] = (uint8_t)how;
    j->controls.reason[control] = reason;
}

static bool
stop(ngx_http_gatehouse_judge_t *j, enum gh_problem problem, enum gh_ran how, const char *reason)
{
    ran(j, GH_CONTROL_SHIELD, how, reason);
    j->problem = problem;
    j->reason = reason;
    return false;
}

struct gh_str
ngx_http_gatehouse_text_key(ngx_http_gatehouse_judge_t *j)
{
    static const struct gh_str all = GH_STR_INIT("/");
    struct gh_snap_rec rec;

    if (j->secrets.base == NULL)
        return GH_STR("");
    if (gh_snap_find_v(&rec, &j->secrets, GH_SNAP_TEXT_KEY, &j->route->ws, 1))
        return gh_snap_str(&rec, GH_TEXT_KEY_VALUE);
    if (!gh_snap_find_v(&rec, &j->secrets, GH_SNAP_TEXT_KEY, &all, 1) ||
        gh_hmac_sha256(j->text_key, gh_snap_str(&rec, GH_TEXT_KEY_VALUE), j->route->ws) != GH_OK)
        return GH_STR("");
    return gh_str(j->text_key, sizeof(j->text_key));
}

/* ---- one text ---- */

static float
threshold_of(const struct scan *s, enum gh_shield_kind kind)
{
    return (float)s->policy.threshold[kind] / (float)GH_SHIELD_THRESHOLD_ONE;
}

/* In pieces that overlap, if it is long; the worst of them counts. */
static enum gh_rc
judge_text(ngx_http_gatehouse_verdict_t *out, const struct scan *s, const struct gh_shield_text *t)
{
    struct gh_shield_verdict v;
    struct gh_arena scratch;
    struct gh_str piece;
    enum gh_rc rc = GH_OK;

    *out = (ngx_http_gatehouse_verdict_t){.found = GH_SHIELD_NONE};
    for (size_t at = 0; rc == GH_OK; at += piece.n - OVERLAP) {
        piece = gh_str_sub(t->text, at, GH_SHIELD_TEXT_MAX);
        gh_arena_init(&scratch, ngx_http_gatehouse_heap(), GH_SHIELD_SCRATCH_MAX);
        rc = gh_shield_scan(&v, s->model, &scratch, t->kind, piece, threshold_of(s, t->kind));
        gh_arena_fini(&scratch);
        if (rc == GH_OK && (at == 0 || v.score > out->score))
            *out = (ngx_http_gatehouse_verdict_t){v.is_attack ? v.class_ : GH_SHIELD_NONE, v.score};
        if (at + piece.n == t->text.n)
            break;
    }
    return rc;
}

/* All that a verdict depends on but the text. */
static uint64_t
judge_of(struct scan *s, enum gh_shield_kind kind)
{
    unsigned threshold = s->policy.threshold[kind];
    const uint8_t how[] = {(uint8_t)kind, (uint8_t)threshold, (uint8_t)(threshold >> 8)};
    const struct gh_str parts[] = {
        GH_STR("shield"), gh_str(gh_shield_info(s->model)->digest, GH_SHA256_BYTES), gh_str(how, sizeof(how))};

    if (s->judge[kind] == 0)
        s->judge[kind] = ngx_http_gatehouse_judge_name(parts, sizeof(parts) / sizeof(parts[0]));
    return s->judge[kind];
}

/* A seam is the same as long as its turns are: their prints, which are there already, make its own. */
static enum gh_rc
print_of_seam(uint8_t out[GH_SIPHASH_BYTES], struct scan *s, const struct gh_shield_text *t)
{
    const struct gh_conv *conv = s->j->texts.conv;
    uint8_t of_turns[GH_SHIELD_TURNS_MAX][GH_SIPHASH_BYTES];
    size_t n = 0;

    for (size_t i = t->first; i <= t->part; i++) {
        const struct gh_part *p = &conv->parts[i];
        if (!gh_shield_is_turn(p))
            continue;
        if (n == GH_SHIELD_TURNS_MAX)
            return GH_BUG;
        const uint8_t *made = ngx_http_gatehouse_print_made(s->j, i, p->text);
        if (made != NULL)
            ngx_memcpy(of_turns[n], made, GH_SIPHASH_BYTES);
        else if (ngx_http_gatehouse_print(of_turns[n], s->j, i, p->text) != GH_OK)
            return GH_BUG;
        n++;
    }
    return ngx_http_gatehouse_print_all(out, s->j, gh_str(of_turns, n * GH_SIPHASH_BYTES));
}

/* Every text has a print of its own bytes, but a seam, which is joined only where nobody remembers it. */
static enum gh_rc
print_of(uint8_t out[GH_SIPHASH_BYTES], struct scan *s, struct gh_shield_text *t)
{
    enum gh_rc rc;

    if (t->is_seam)
        return print_of_seam(out, s, t);
    rc = gh_shield_join(t, &s->j->work, s->j->texts.conv);
    return rc == GH_OK ? ngx_http_gatehouse_print(out, s->j, t->part, t->text) : rc;
}

static enum gh_rc
recall_text(ngx_http_gatehouse_verdict_t *out, struct scan *s, struct gh_shield_text *t)
{
    uint8_t print[GH_SIPHASH_BYTES];
    uint64_t judge = judge_of(s, t->kind);
    enum gh_rc rc = print_of(print, s, t);

    if (rc != GH_OK)
        return rc;
    if (ngx_http_gatehouse_memory_find(out, print, judge)) {
        s->j->n_recalled++;
        return GH_OK;
    }
    if ((rc = gh_shield_join(t, &s->j->work, s->j->texts.conv)) == GH_OK && (rc = judge_text(out, s, t)) == GH_OK) {
        ngx_http_gatehouse_memory_put(print, judge, out);
        s->j->n_judged++;
    }
    return rc;
}

/* An operator's instructions hide nothing, or they are somebody else's. */
static enum gh_rc
look_for_hidden(ngx_http_gatehouse_verdict_t *out, const struct gh_shield_text *t)
{
    size_t at, end;

    *out = (ngx_http_gatehouse_verdict_t){.found = GH_SHIELD_NONE};
    if (gh_shield_is_smuggled(&at, &end, t->text))
        *out = (ngx_http_gatehouse_verdict_t){GH_SHIELD_OBFUSCATED, 1.0f};
    return GH_OK;
}

/* ---- all of them ---- */

/* The worst one so far is what records and answers tell. */
static void
take(struct scan *s, const struct gh_shield_text *t, const ngx_http_gatehouse_verdict_t *v)
{
    enum gh_shield_kind kind = t->is_instruction ? GH_SHIELD_KINDS : t->kind;
    enum gh_shield_act act = gh_shield_act_on(&s->policy, kind, v->found);
    ngx_http_gatehouse_attack_t *a = &s->j->attack;

    if (act >= GH_SHIELD_ACT_ANNOTATE)
        s->j->filtered.of[gh_shield_filter_of(kind)].is_detected = true;
    if (act == GH_SHIELD_ACT_OFF || act < a->act || (act == a->act && v->score <= a->score))
        return;
    *a = (ngx_http_gatehouse_attack_t){.act = act, .found = v->found, .kind = kind, .score = v->score, .part = t->part};
    s->worst = t->text;
}

static bool
is_wanted(const struct scan *s, const struct gh_shield_text *t)
{
    return gh_shield_wants(&s->policy, t->is_instruction ? GH_SHIELD_USER : t->kind) && (!t->is_for_doubt || s->doubt >= DOUBT);
}

/* What is judged together for doubt stands behind all else. */
static void
doubt(struct scan *s, const struct gh_shield_text *t, const ngx_http_gatehouse_verdict_t *v)
{
    float threshold = threshold_of(s, t->kind), own = gh_shield_info(s->model)->threshold[t->kind];

    threshold = threshold > 0 ? threshold : own;
    if (!t->is_instruction && t->kind == GH_SHIELD_USER && v->found == GH_SHIELD_NONE && v->score > s->doubt * threshold)
        s->doubt = v->score / threshold;
}

static enum gh_rc
judge_texts(struct scan *s, const struct gh_conv *conv)
{
    ngx_http_gatehouse_verdict_t v;
    struct gh_shield_text *texts;
    size_t n;
    enum gh_rc rc = gh_shield_texts(&texts, &n, &s->j->work, conv);

    for (size_t i = 0; rc == GH_OK && i < n; i++) {
        struct gh_shield_text *t = &texts[i];
        if (!is_wanted(s, t))
            continue;
        if ((rc = t->is_instruction ? look_for_hidden(&v, t) : recall_text(&v, s, t)) != GH_OK)
            break;
        doubt(s, t, &v);
        if (v.found != GH_SHIELD_NONE && (rc = gh_shield_join(t, &s->j->work, conv)) == GH_OK)
            take(s, t, &v);
    }
    return rc;
}

/* What a record names it by. */
static void
hash_worst(struct scan *s)
{
    ngx_http_gatehouse_attack_t *a = &s->j->attack;

    if (s->worst.p != NULL && s->key.n > 0)
        a->has_hash = gh_hmac_sha256(a->hash, s->key, s->worst) == GH_OK;
}

static void
say_what_is_judged(struct scan *s)
{
    for (unsigned k = 0; k < GH_SHIELD_KINDS; k++)
        if (gh_shield_wants(&s->policy, (enum gh_shield_kind)k))
            s->j->filtered.of[gh_shield_filter_of((enum gh_shield_kind)k)].is_judged = true;
}

/* What the endpoint wants done about the worst finding. */
static bool
act(ngx_http_gatehouse_judge_t *j)
{
    static const char *const says[GH_SHIELD_ACTS] = {[GH_SHIELD_ACT_LOG] = "an attack was found, and is logged",
        [GH_SHIELD_ACT_ANNOTATE] = "an attack was found, and is annotated",
        [GH_SHIELD_ACT_BLOCK] = "an attack on the model was found"};
    const char *why = says[j->attack.act];

    ran(j, GH_CONTROL_SHIELD, GH_RAN_PASSED, why);
    if (j->attack.act != GH_SHIELD_ACT_BLOCK)
        return true;
    if (gh_observe(&j->endpoint, GH_OBSERVE_CONTENT, j->now_ms)) {
        ran(j, GH_CONTROL_SHIELD, GH_RAN_OBSERVED, why);
        return true;
    }
    for (unsigned f = 0; f < GH_FILTER_COUNT; f++)
        j->filtered.of[f].is_filtered = j->filtered.of[f].is_detected;
    return stop(j, GH_PROBLEM_FILTERED, GH_RAN_BLOCKED, why);
}

bool
ngx_http_gatehouse_shield_request(ngx_http_gatehouse_judge_t *j, const struct gh_conv *conv)
{
    struct scan s = {.j = j, .model = ngx_http_gatehouse_shield_model(j->shield), .key = ngx_http_gatehouse_text_key(j)};

    gh_shield_policy_read(&s.policy, &j->endpoint);
    if (!s.policy.is_set) {
        ran(j, GH_CONTROL_SHIELD, GH_RAN_NOT, "the endpoint has no shield");
        return true;
    }
    if (s.model == NULL) {
        if (s.policy.is_required)
            return stop(j, GH_PROBLEM_UNAVAILABLE, GH_RAN_NOT, j->shield_why);
        ran(j, GH_CONTROL_SHIELD, GH_RAN_NOT, j->shield_why);
        return true;
    }
    say_what_is_judged(&s);
    j->is_annotated = gh_shield_annotates(&s.policy);
    if (judge_texts(&s, conv) != GH_OK)
        return stop(j, GH_PROBLEM_INTERNAL, GH_RAN_BLOCKED, "a text could not be judged");
    hash_worst(&s);
    return act(j);
}

/* ---- texts that are only asked about ---- */

/* A service, not an endpoint: at the model's own thresholds, everything is told, nothing is blocked. */
static void
policy_of_service(struct gh_shield_policy *out)
{
    gh_shield_policy_default(out);
    for (unsigned k = 0; k < GH_SHIELD_KINDS; k++)
        for (unsigned c = GH_SHIELD_NONE + 1; c < GH_SHIELD_CLASSES; c++)
            out->act[k][c] = GH_SHIELD_ACT_ANNOTATE;
}

static enum gh_rc
answer_prompt(struct scan *s, const struct gh_shield_prompt *asked)
{
    bool attacks[1 + GH_SHIELD_PROMPT_DOCUMENTS_MAX];
    size_t n = 0, first = asked->has_prompt ? 1 : 0;
    ngx_http_gatehouse_verdict_t v;
    struct gh_buf out;
    enum gh_rc rc = GH_OK;

    for (; rc == GH_OK && n < first + asked->n_documents; n++) {
        struct gh_shield_text t = {.part = n,
            .text = n < first ? asked->prompt : asked->document[n - first],
            .kind = n < first ? GH_SHIELD_USER : GH_SHIELD_DOCUMENT};
        if ((rc = recall_text(&v, s, &t)) != GH_OK)
            break;
        attacks[n] = v.found != GH_SHIELD_NONE;
        if (attacks[n])
            take(s, &t, &v);
    }
    gh_buf_init(&out, &s->j->keep, 1024);
    hash_worst(s);
    if (rc == GH_OK)
        gh_shield_prompt_put(&out, asked, attacks);
    s->j->answer = gh_buf_str(&out);
    return rc == GH_OK ? out.rc : rc;
}

void
ngx_http_gatehouse_shield_prompt(ngx_http_gatehouse_judge_t *j, const struct gh_json *body)
{
    struct scan s = {.j = j, .model = ngx_http_gatehouse_shield_model(j->shield), .key = ngx_http_gatehouse_text_key(j)};
    struct gh_shield_prompt asked;
    struct gh_err err = {0};
    enum gh_rc rc = gh_shield_prompt_read(&asked, &j->work, body, &err);

    if (rc == GH_BAD) {
        ran(j, GH_CONTROL_BODY, GH_RAN_BLOCKED, err.what);
        j->problem = GH_PROBLEM_BAD_BODY;
        j->reason = j->detail = err.what;
        return;
    }
    if (s.model == NULL) {
        (void)stop(j, GH_PROBLEM_UNAVAILABLE, GH_RAN_NOT, j->shield_why);
        return;
    }
    policy_of_service(&s.policy);
    if (rc == GH_OK)
        rc = answer_prompt(&s, &asked);
    if (rc != GH_OK)
        (void)stop(j, GH_PROBLEM_INTERNAL, GH_RAN_BLOCKED, "a text could not be judged");
    else
        (void)act(j);
}

ngx_int_t
ngx_http_gatehouse_shield_prompt_answer(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx)
{
    ctx->response_bytes = (off_t)ctx->judge->answer.n;
    if (ngx_http_gatehouse_record_open(ctx) != NGX_OK || ngx_http_gatehouse_record_close(ctx, NGX_HTTP_OK, "complete") != NGX_OK)
        return ngx_http_gatehouse_refuse(r, ctx, GH_PROBLEM_UNAVAILABLE, ngx_http_gatehouse_record_fault(ctx), NULL);
    return ngx_http_gatehouse_answer_send(r, NGX_HTTP_OK, "application/json", ctx->judge->answer);
}

/* ---- marks ---- */

/* A sentence about the marks behind the endpoint's own instructions. */
static bool
add_sentence(ngx_http_gatehouse_judge_t *j, enum gh_spotlight way, struct gh_str tag)
{
    struct gh_buf b;

    gh_buf_init(&b, &j->keep, j->how.instructions.n + 1024);
    gh_buf_put(&b, j->how.instructions);
    gh_buf_putz(&b, j->how.instructions.n > 0 ? "\n\n" : "");
    gh_spotlight_instructions(&b, way, tag);
    j->how.instructions = gh_buf_str(&b);
    return b.rc == GH_OK;
}

bool
ngx_http_gatehouse_spotlight(ngx_http_gatehouse_judge_t *j)
{
    struct gh_str tag = gh_str(j->tag, sizeof(j->tag));
    struct gh_shield_policy policy;
    size_t marked, left;

    gh_shield_policy_read(&policy, &j->endpoint);
    ran(j, GH_CONTROL_SPOTLIGHT, GH_RAN_NOT,
        policy.spotlight == GH_SPOTLIGHT_OFF ? "the endpoint marks nothing" : "no text of a model comes back");
    if (policy.spotlight == GH_SPOTLIGHT_OFF || gh_dialect_is_silent(j->dialect))
        return true;
    if (gh_spotlight_texts(&j->texts, &marked, &left, policy.spotlight, tag) != GH_OK ||
        (marked > 0 && !add_sentence(j, policy.spotlight, tag))) {
        ran(j, GH_CONTROL_SPOTLIGHT, GH_RAN_BLOCKED, "texts could not be marked");
        j->problem = GH_PROBLEM_INTERNAL;
        j->reason = "texts could not be marked";
        return false;
    }
    ran(j, GH_CONTROL_SPOTLIGHT, marked > 0 ? GH_RAN_CHANGED : GH_RAN_PASSED,
        left > 0 ? "a text that is made of several strings cannot be marked" : NULL);
    return true;
}
