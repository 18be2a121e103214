/* SPDX-License-Identifier: Apache-2.0 */
#include "dlp.h"

#include "base/limits.h"
#include "dlp/shingle.h"
#include "policy/observe.h"
#include "wire/say.h"

#define HOLDER_BUCKETS 4096  /* of placeholders, by what they stand for and by their own text */
#define HASHED_MAX     64    /* bytes of a finding that its hash is of */
#define HOLDERS_MAX    65536 /* texts that placeholders of one call stand for: with them and a body its memory is full */

/* ---- findings ---- */

static void
note(dlp_pass_t *p, const struct gh_dlp_finding *f, enum gh_dlp_act act, struct gh_str known)
{
    struct ngx_http_gatehouse_dlp_s *d = p->dlp;
    enum gh_dlp_direction way = p->direction;
    uint8_t hash[GH_SHA256_BYTES];

    d->count[way][f->type]++;
    d->worst[way] = act > d->worst[way] ? act : d->worst[way];
    if (f->type == GH_DLP_BLOCKED_TERM)
        d->worst_term = act > d->worst_term ? act : d->worst_term;
    if (d->n_findings[way] == FINDINGS_MAX)
        return;
    dlp_finding_t *n = &d->finding[way][d->n_findings[way]++];
    *n = (dlp_finding_t){.type = f->type, .at = f->at, .place = p->place};
    n->has_hash = d->key.n > 0 && gh_hmac_sha256(hash, d->key, gh_str_sub(known, 0, HASHED_MAX)) == GH_OK;
    if (n->has_hash)
        ngx_memcpy(n->hash, hash, sizeof(n->hash));
}

/* ---- placeholders ---- */

/* What a placeholder stands for leads to it, and (GH_DLP_PLACEHOLDER) its own text: a request may have one for each address of a long list. */
static uint32_t *
bucket(const struct ngx_http_gatehouse_dlp_s *d, enum gh_dlp_type type, struct gh_str name)
{
    struct gh_str secret = ngx_http_gatehouse_memory_key();
    uint64_t h;

    ngx_memcpy(&h, secret.p, sizeof(h));
    h ^= type;
    for (size_t i = 0; i < name.n; i++) {
        h = (h ^ (u_char)name.p[i]) * UINT64_C(0x9e3779b97f4a7c15);
        h ^= h >> 29;
    }
    return &d->buckets[(type == GH_DLP_PLACEHOLDER ? HOLDER_BUCKETS : 0) + h % HOLDER_BUCKETS];
}

static const dlp_holder_t *
holder_find(const struct ngx_http_gatehouse_dlp_s *d, enum gh_dlp_type type, struct gh_str original)
{
    uint32_t i = d->buckets == NULL ? 0 : *bucket(d, type, original);

    while (i != 0 && !(d->holder[i - 1].type == type && gh_str_eq(d->holder[i - 1].original, original)))
        i = d->holder[i - 1].next;
    return i == 0 ? NULL : &d->holder[i - 1];
}

static struct gh_str
original_of(const struct ngx_http_gatehouse_dlp_s *d, struct gh_str holder)
{
    uint32_t i = d->buckets == NULL ? 0 : *bucket(d, GH_DLP_PLACEHOLDER, holder);

    while (i != 0 && !gh_str_eq(d->holder[i - 1].text, holder))
        i = d->holder[i - 1].next_text;
    return i == 0 ? holder : d->holder[i - 1].original;
}

static bool
holder_room(struct ngx_http_gatehouse_dlp_s *d)
{
    size_t cap = d->cap_holders == 0 ? 16 : 2 * d->cap_holders;

    if (d->buckets == NULL && (d->buckets = gh_arena_take_array(d->keep, (size_t)2 * HOLDER_BUCKETS, sizeof(*d->buckets))) == NULL)
        return false;
    if (d->n_holders < d->cap_holders)
        return true;
    if (d->n_holders == HOLDERS_MAX) {
        d->why = "more is to be taken out than can be kept";
        return false;
    }
    dlp_holder_t *more = gh_arena_take_array(d->keep, cap, sizeof(*more));
    if (more == NULL)
        return false;
    if (d->n_holders > 0)
        ngx_memcpy(more, d->holder, d->n_holders * sizeof(*more));
    d->holder = more;
    d->cap_holders = cap;
    return true;
}

/* The one of this text; the same text has the same one throughout a call. NULL: no memory. */
static const dlp_holder_t *
holder_of(struct ngx_http_gatehouse_dlp_s *d, enum gh_dlp_type type, struct gh_str original)
{
    const dlp_holder_t *known = holder_find(d, type, original);
    struct gh_buf name;

    if (known != NULL || !holder_room(d))
        return known;
    dlp_holder_t *h = &d->holder[d->n_holders];
    *h = (dlp_holder_t){.type = type};
    gh_buf_init(&name, d->keep, 64);
    gh_buf_putc(&name, '[');
    gh_buf_putz(&name, gh_dlp_holder_names[type]);
    gh_buf_putc(&name, '_');
    gh_buf_put_u64(&name, d->n_of[type] + 1);
    gh_buf_putc(&name, ']');
    h->text = gh_buf_str(&name);
    if (name.rc != GH_OK || gh_arena_dup(&h->original, d->keep, original) != GH_OK)
        return NULL;
    uint32_t *by_original = bucket(d, type, h->original), *by_text = bucket(d, GH_DLP_PLACEHOLDER, h->text);
    h->next = *by_original;
    *by_original = (uint32_t)++d->n_holders;
    h->next_text = *by_text;
    *by_text = (uint32_t)d->n_holders;
    d->n_of[type]++;
    return h;
}

/* ---- a text on its way ---- */

static void
put_on(dlp_pass_t *p, struct gh_str s)
{
    if (p->inner != NULL)
        gh_inner_write(p->inner, p->out, s);
    else
        gh_buf_put(p->out, s);
}

/* What was found does not go on; of JSON its structure does. */
static void
drop(dlp_pass_t *p, struct gh_str s)
{
    if (p->inner != NULL)
        gh_inner_drop(p->inner, p->out, s);
}

static void
on_text(void *ctx, struct gh_str s)
{
    dlp_pass_t *p = ctx;

    if (p->stop == GH_DLP_ACT_OFF)
        put_on(p, s);
}

static enum gh_dlp_act
act_on(const dlp_pass_t *p, enum gh_dlp_type type)
{
    enum gh_dlp_act act = p->dlp->policy.act[p->direction][type];

    if (p->is_echo && act > GH_DLP_ACT_REDACT)
        return GH_DLP_ACT_REDACT;
    return act == GH_DLP_ACT_CUT && p->direction == GH_DLP_IN ? GH_DLP_ACT_BLOCK : act;
}

static void
put_holder(dlp_pass_t *p, enum gh_dlp_type type, struct gh_str original)
{
    const dlp_holder_t *h = holder_of(p->dlp, type, original);

    p->is_failed |= h == NULL;
    if (h != NULL)
        gh_buf_put(p->out, h->text);
}

/* Whether a placeholder can stand where the next byte does: a number of JSON becomes another number. */
static bool
has_place(const dlp_pass_t *p)
{
    return p->inner == NULL || gh_inner_in_string(p->inner, 1) == 1;
}

/* The placeholder, where the finding begins. One without an end has in an answer a placeholder of its beginning, which does not wait; in a
 * request, where all of it comes at once, one of the whole, which can be put back. */
static void
redact(dlp_pass_t *p, const struct gh_dlp_finding *f, struct gh_str known, bool is_end)
{
    p->is_changed = true;
    p->is_gathering = !is_end && p->direction == GH_DLP_IN && has_place(p);
    if (p->is_gathering)
        gh_buf_init(&p->whole, p->out->arena, GH_JSON_BYTES_MAX);
    else if (has_place(p))
        put_holder(p, f->type, known);
}

/* As far as it stands in one string. */
static void
gather(dlp_pass_t *p, const struct gh_dlp_finding *f, struct gh_str *s, bool is_end)
{
    size_t n = p->inner == NULL ? s->n : gh_inner_in_string(p->inner, s->n);

    gh_buf_put(&p->whole, gh_str_sub(*s, 0, n));
    drop(p, gh_str_sub(*s, 0, n));
    if (n == s->n && !is_end)
        n = s->n;
    else {
        p->is_gathering = false;
        p->is_failed |= p->whole.rc != GH_OK;
        put_holder(p, f->type, gh_buf_str(&p->whole));
    }
    *s = gh_str_sub(*s, n, SIZE_MAX);
}

/* What a placeholder stands for, in its place: as JSON has it where that is a string of JSON. */
static void
restore(dlp_pass_t *p, struct gh_str original)
{
    if (p->inner == NULL)
        gh_buf_put(p->out, original);
    else if (has_place(p))
        gh_inner_spell(p->out, original);
}

static void
begin(dlp_pass_t *p, const struct gh_dlp_finding *f, struct gh_str known, bool is_end)
{
    bool is_observed = p->dlp->is_observed;

    p->n_found++;
    if (f->type == GH_DLP_PLACEHOLDER) {
        restore(p, original_of(p->dlp, known));
        p->act = GH_DLP_ACT_REDACT;
        p->is_changed = true;
        return;
    }
    p->act = act_on(p, f->type);
    note(p, f, p->act, known);
    if (is_observed)
        p->act = GH_DLP_ACT_LOG;
    if (p->act == GH_DLP_ACT_REDACT)
        redact(p, f, known, is_end);
    if (p->act > GH_DLP_ACT_REDACT) {
        p->stop = p->act;
        p->is_changed = true;
    }
}

static void
on_found(void *ctx, const struct gh_dlp_finding *f, struct gh_str s, struct gh_str known, bool is_begin, bool is_end)
{
    dlp_pass_t *p = ctx;

    if (p->stop != GH_DLP_ACT_OFF)
        return;
    if (is_begin)
        begin(p, f, known, is_end);
    if (p->is_gathering)
        gather(p, f, &s, is_end);
    if (p->act == GH_DLP_ACT_REDACT)
        drop(p, s);
    else if (p->stop == GH_DLP_ACT_OFF)
        put_on(p, s);
}

const struct gh_dlp_sink ngx_http_gatehouse_dlp_sink = {NULL, on_text, on_found};

bool
ngx_http_gatehouse_dlp_feed(dlp_pass_t *p, struct gh_dlp_stream *s, struct gh_patterns_stream *engine,
    struct gh_patterns_scratch *scratch, struct gh_str piece, bool is_last)
{
    char meaning[GH_DLP_PIECE_BYTES];
    bool is_end;

    if (p->inner == NULL)
        return gh_patterns_feed(s, engine, scratch, piece, is_last) == GH_OK && !p->is_failed;
    do {
        size_t n = gh_inner_read(p->inner, meaning, sizeof(meaning), &piece, is_last);
        is_end = piece.n == 0 && (!is_last || p->inner->n_pending == 0);
        if (gh_patterns_feed(s, engine, scratch, gh_str(meaning, n), is_last && is_end) != GH_OK)
            return false;
    } while (!is_end);
    return !p->is_failed;
}

bool
ngx_http_gatehouse_dlp_spell(struct gh_str *out, struct gh_arena *a, const struct gh_spoken_text *t, struct gh_str with)
{
    *out = GH_STR("0");
    return t->is_number || gh_say_quote(out, a, with) == GH_OK;
}

bool
ngx_http_gatehouse_dlp_empty(struct gh_str *out, struct gh_arena *a, const struct gh_spoken *said, size_t i)
{
    struct gh_buf name;

    gh_buf_init(&name, a, 24);
    if (said->text[i].is_name) {
        gh_buf_putc(&name, '_');
        gh_buf_put_u64(&name, i);
    }
    return ngx_http_gatehouse_dlp_spell(out, a, &said->text[i], gh_buf_str(&name));
}

/* Zeros, when there is need of it. */
static bool
make_inner(struct gh_inner **out, struct ngx_http_gatehouse_dlp_s *d)
{
    if (d->whole_inner == NULL)
        d->whole_inner = gh_arena_take_raw(d->keep, sizeof(*d->whole_inner));
    if (d->whole_inner != NULL)
        ngx_memzero(d->whole_inner, offsetof(struct gh_inner, kind));
    return (*out = d->whole_inner) != NULL;
}

bool
ngx_http_gatehouse_dlp_whole(dlp_pass_t *p, const ngx_http_gatehouse_file_t *patterns, struct gh_str text, bool is_json)
{
    struct gh_patterns_scratch *scratch = ngx_http_gatehouse_patterns_scratch(patterns);
    struct gh_patterns_stream *engine = scratch == NULL ? NULL : ngx_http_gatehouse_patterns_engine(patterns);
    struct gh_dlp_sink sink = ngx_http_gatehouse_dlp_sink;
    struct ngx_http_gatehouse_dlp_s *d = p->dlp;

    if (d->whole == NULL) {
        d->whole_window = gh_arena_take_raw(d->keep, GH_DLP_WINDOW_BYTES);
        d->whole = gh_arena_take_raw(d->keep, sizeof(*d->whole));
    }
    if (engine == NULL || d->whole == NULL || d->whole_window == NULL || (is_json && !make_inner(&p->inner, d)) ||
        gh_patterns_stream_reset(engine) != GH_OK)
        return false;
    struct gh_dlp_stream *s = d->whole;
    sink.ctx = p;
    gh_dlp_stream_init(s, &d->rules[p->direction], &sink, d->whole_window);
    return ngx_http_gatehouse_dlp_feed(p, s, engine, scratch, text, true) && p->out->rc == GH_OK;
}

/* ---- the request ---- */

static void
ran(ngx_http_gatehouse_judge_t *j, enum gh_control control, enum gh_ran how, const char *reason)
{
    j->controls.ran[control] = (uint8_t)how;
    j->controls.reason[control] = reason;
}

static bool
stop(ngx_http_gatehouse_judge_t *j, enum gh_problem problem, enum gh_control control, enum gh_ran how, const char *reason)
{
    ran(j, control, how, reason);
    j->problem = problem;
    j->reason = reason;
    return false;
}

static bool
skip(ngx_http_gatehouse_judge_t *j, const char *why)
{
    ran(j, GH_CONTROL_DLP, GH_RAN_NOT, why);
    ran(j, GH_CONTROL_BLOCKLIST, GH_RAN_NOT, why);
    return true;
}

/* Terms of the endpoint; with the placeholders of this call where its answer is to be put right. */
static bool
make_terms(ngx_http_gatehouse_judge_t *j, struct ngx_http_gatehouse_dlp_s *d, enum gh_dlp_direction way)
{
    struct gh_str canary = gh_snap_str(&j->endpoint, GH_ENDPOINT_DLP_CANARY);
    size_t n_terms = gh_snap_count(&j->endpoint, GH_ENDPOINT_DLP_TERMS), n = 0;
    size_t n_holders = way == GH_DLP_OUT && d->policy.is_reversible ? d->n_holders : 0;
    struct gh_dlp_term *t = gh_arena_take_array(&j->work, n_terms + n_holders + 1, sizeof(*t));
    struct gh_dlp_terms *made;

    if (t == NULL)
        return false;
    for (size_t i = 0; i < n_terms; i++)
        t[n++] = (struct gh_dlp_term){gh_snap_item(&j->endpoint, GH_ENDPOINT_DLP_TERMS, i), GH_DLP_BLOCKED_TERM, true};
    for (size_t i = 0; i < n_holders; i++)
        t[n++] = (struct gh_dlp_term){d->holder[i].text, GH_DLP_PLACEHOLDER, false};
    if (canary.n > 0)
        t[n++] = (struct gh_dlp_term){canary, GH_DLP_CANARY, false};
    d->has_terms = n_terms > 0;
    if (n == 0)
        return true;
    if (gh_dlp_terms_make(&made, d->keep, t, n) != GH_OK)
        return false;
    d->rules[way].terms = made;
    if (n_holders > 0) {
        d->rules[way].types |= GH_DLP_BIT(GH_DLP_PLACEHOLDER);
        d->rules[way].held |= GH_DLP_BIT(GH_DLP_PLACEHOLDER);
    }
    return true;
}

/* Instructions, the endpoint's and the caller's, that its answers are not to repeat. */
static bool
make_shingles(ngx_http_gatehouse_judge_t *j, struct ngx_http_gatehouse_dlp_s *d, const struct gh_conv *conv)
{
    size_t n = 0, n_parts = conv == NULL ? 0 : conv->n_parts;
    struct gh_str *texts = gh_arena_take_array(&j->work, n_parts + 1, sizeof(*texts));
    struct gh_dlp_shingles *made;
    uint64_t key = 0;
    struct gh_str secret = d->key.n > 0 ? d->key : ngx_http_gatehouse_memory_key();

    if ((d->rules[GH_DLP_OUT].types & GH_DLP_BIT(GH_DLP_INSTRUCTIONS)) == 0)
        return true;
    if (texts == NULL)
        return false;
    ngx_memcpy(&key, secret.p, ngx_min(sizeof(key), secret.n));
    texts[n++] = gh_snap_str(&j->endpoint, GH_ENDPOINT_INSTRUCTIONS);
    for (size_t i = 0; i < n_parts; i++)
        if (conv->parts[i].kind == GH_PART_INSTRUCTION)
            texts[n++] = conv->parts[i].text;
    if (gh_dlp_shingles_make(&made, d->keep, key, texts, n) != GH_OK)
        return false;
    d->rules[GH_DLP_OUT].shingles = made;
    return true;
}

static bool
make_rules(ngx_http_gatehouse_judge_t *j, struct ngx_http_gatehouse_dlp_s *d)
{
    size_t n = gh_snap_count(&j->endpoint, GH_ENDPOINT_DLP_HOSTS);
    struct gh_str *hosts = gh_arena_take_array(d->keep, n, sizeof(*hosts));

    if (hosts == NULL)
        return false;
    for (size_t i = 0; i < n; i++)
        hosts[i] = gh_snap_item(&j->endpoint, GH_ENDPOINT_DLP_HOSTS, i);
    for (unsigned way = 0; way < GH_DLP_DIRECTIONS; way++) {
        uint32_t held = d->is_observed ? 0 : gh_dlp_policy_held(&d->policy, (enum gh_dlp_direction)way);
        d->rules[way] = (struct gh_dlp_rules){.types = gh_dlp_policy_wanted(&d->policy, (enum gh_dlp_direction)way),
            .held = held,
            .is_whole_words = d->policy.is_whole_words,
            .hosts = {hosts, n}};
    }
    return true;
}

/* All that the guard's verdict on a text of a request depends on: the patterns, and the row of the endpoint, by the place and the file in which it
 * stands. */
static uint64_t
judge_of(const ngx_http_gatehouse_judge_t *j)
{
    const struct gh_snap_meta *file = gh_snap_file_meta(j->endpoint.file);
    const uint64_t of[] = {
        j->patterns->number, file->generation, (uint64_t)file->made_ms, file->is_overlay, (uint64_t)(uintptr_t)j->endpoint.row};
    const struct gh_str parts[] = {GH_STR("guard"), gh_str(of, sizeof(of))};

    return ngx_http_gatehouse_judge_name(parts, sizeof(parts) / sizeof(parts[0]));
}

/* One part: what is to be taken out of it is; GH_DLP_ACT_OFF, or why it may not go on. One in which nothing was found before is not looked
 * at again, where the shield has made its print: to make one takes as long as to look. */
static bool
judge_part(ngx_http_gatehouse_judge_t *j, const struct gh_conv *conv, size_t part, enum gh_dlp_act *stopped)
{
    struct gh_str text = conv->parts[part].kind == GH_PART_MEDIA ? gh_shield_media_text(&j->work, conv->parts[part].text)
                                                                 : gh_texts_get(&j->texts, part);
    struct gh_buf out;
    dlp_pass_t p = {.dlp = j->dlp, .direction = GH_DLP_IN, .place = (uint32_t)part, .out = &out};
    ngx_http_gatehouse_verdict_t nothing = {.found = GH_SHIELD_NONE};
    const uint8_t *print = ngx_http_gatehouse_print_made(j, part, text);

    if (text.n == 0) /* a file that is no text */
        return true;
    if (print != NULL && ngx_http_gatehouse_memory_find(&nothing, print, j->dlp->judge))
        return true;
    gh_buf_init(&out, &j->work, GH_JSON_BYTES_MAX);
    bool is_json = conv->parts[part].kind == GH_PART_TOOL_ARGUMENTS && !conv->parts[part].is_fixed;
    if (!ngx_http_gatehouse_dlp_whole(&p, j->patterns, text, is_json)) {
        if (out.rc == GH_LIMIT)
            j->dlp->why = "a text is too long with placeholders in it";
        return false;
    }
    if (print != NULL && p.n_found == 0)
        ngx_http_gatehouse_memory_put(print, j->dlp->judge, &nothing);
    *stopped = p.stop;
    if (!p.is_changed || p.stop != GH_DLP_ACT_OFF)
        return true;
    if (conv->parts[part].is_fixed) {
        *stopped = GH_DLP_ACT_REDACT;
        return true;
    }
    return gh_texts_set(&j->texts, part, gh_buf_str(&out)) == GH_OK;
}

static bool
judge_parts(ngx_http_gatehouse_judge_t *j, const struct gh_conv *conv)
{
    for (size_t i = 0; i < conv->n_parts; i++) {
        enum gh_dlp_act stopped = GH_DLP_ACT_OFF;
        if (conv->parts[i].text.n == 0)
            continue;
        if (!judge_part(j, conv, i, &stopped))
            return j->dlp->why != NULL
                       ? stop(j, GH_PROBLEM_TOO_LARGE, GH_CONTROL_DLP, GH_RAN_BLOCKED, j->dlp->why)
                       : stop(j, GH_PROBLEM_INTERNAL, GH_CONTROL_DLP, GH_RAN_BLOCKED, "a text could not be looked at");
        if (stopped == GH_DLP_ACT_OFF)
            continue;
        bool is_term = j->dlp->worst_term > GH_DLP_ACT_REDACT;
        return stop(j, GH_PROBLEM_FILTERED, is_term ? GH_CONTROL_BLOCKLIST : GH_CONTROL_DLP, GH_RAN_BLOCKED,
            stopped == GH_DLP_ACT_REDACT ? "a text that cannot be changed says what must not go on"
            : is_term                    ? "a blocked term stands in the request"
                                         : "the request says what must not go on");
    }
    return true;
}

bool
ngx_http_gatehouse_dlp_request(ngx_http_gatehouse_judge_t *j, const struct gh_conv *conv)
{
    struct gh_dlp_policy policy;

    gh_dlp_policy_read(&policy, &j->endpoint);
    if (!policy.is_set)
        return skip(j, "the endpoint has no output guard");
    if (j->patterns == NULL)
        return policy.is_required ? stop(j, GH_PROBLEM_UNAVAILABLE, GH_CONTROL_DLP, GH_RAN_NOT, j->patterns_why)
                                  : skip(j, j->patterns_why);
    struct ngx_http_gatehouse_dlp_s *d = gh_arena_take(&j->keep, sizeof(*d));
    if (d == NULL)
        return stop(j, GH_PROBLEM_INTERNAL, GH_CONTROL_DLP, GH_RAN_BLOCKED, "no memory");
    d->policy = policy;
    d->keep = &j->keep;
    d->key = ngx_http_gatehouse_text_key(j);
    d->is_observed = gh_observe(&j->endpoint, GH_OBSERVE_CONTENT, j->now_ms);
    d->judge = judge_of(j);
    j->dlp = d;
    if (!make_rules(j, d) || !make_terms(j, d, GH_DLP_IN))
        return stop(j, GH_PROBLEM_INTERNAL, GH_CONTROL_DLP, GH_RAN_BLOCKED, "no memory");
    if (conv != NULL && !judge_parts(j, conv))
        return false;
    if (!ngx_http_gatehouse_dlp_has_texts(j->dialect))
        return true;
    if (!make_terms(j, d, GH_DLP_OUT) || !make_shingles(j, d, conv))
        return stop(j, GH_PROBLEM_INTERNAL, GH_CONTROL_DLP, GH_RAN_BLOCKED, "no memory");
    return true;
}

/* ---- what is told of it ---- */

const char *
ngx_http_gatehouse_dlp_reason(enum gh_dlp_act stop)
{
    return stop == GH_DLP_ACT_CUT ? "the answer was cut before what must not leave" : "the answer says what must not leave";
}

static enum gh_ran
ran_as(const struct ngx_http_gatehouse_dlp_s *d, enum gh_dlp_act worst)
{
    if (worst < GH_DLP_ACT_REDACT)
        return GH_RAN_PASSED;
    if (d->is_observed)
        return GH_RAN_OBSERVED;
    return worst == GH_DLP_ACT_REDACT ? GH_RAN_CHANGED : GH_RAN_BLOCKED;
}

static const char *
told_as(enum gh_dlp_act worst)
{
    static const char *const says[GH_DLP_ACTS] = {[GH_DLP_ACT_LOG] = "something was found, and is logged",
        [GH_DLP_ACT_ANNOTATE] = "something was found, and is annotated",
        [GH_DLP_ACT_REDACT] = "what was found was taken out",
        [GH_DLP_ACT_CUT] = "the answer ends before what was found",
        [GH_DLP_ACT_BLOCK] = "what was found may not pass"};

    return says[worst];
}

void
ngx_http_gatehouse_dlp_close(ngx_http_gatehouse_ctx_t *ctx)
{
    const struct ngx_http_gatehouse_dlp_s *d = ctx->judge == NULL ? NULL : ctx->judge->dlp;

    if (d == NULL)
        return;
    enum gh_dlp_act worst = d->worst[0] > d->worst[1] ? d->worst[0] : d->worst[1];
    ngx_http_gatehouse_control(ctx, GH_CONTROL_DLP, ran_as(d, worst), told_as(worst));
    ngx_http_gatehouse_control(ctx, GH_CONTROL_BLOCKLIST, d->has_terms ? ran_as(d, d->worst_term) : GH_RAN_NOT,
        d->has_terms ? told_as(d->worst_term) : "the endpoint lists no terms");
}

/* "in email 2 redact; out card 1 log": words and numbers of ours. */
static void
put_counts(struct gh_buf *b, const struct ngx_http_gatehouse_dlp_s *d, enum gh_dlp_direction way)
{
    for (unsigned t = 0; t < GH_DLP_POLICY_TYPES; t++) {
        if (d->count[way][t] == 0)
            continue;
        gh_buf_putz(b, b->n > 0 ? "; " : "");
        gh_buf_putz(b, way == GH_DLP_IN ? "in " : "out ");
        gh_buf_putz(b, gh_dlp_type_names[t]);
        gh_buf_putc(b, ' ');
        gh_buf_put_u64(b, d->count[way][t]);
        gh_buf_putc(b, ' ');
        gh_buf_putz(b, gh_dlp_act_names[d->policy.act[way][t]]);
    }
}

static void
put_places(struct gh_buf *b, struct gh_buf *hashes, const struct ngx_http_gatehouse_dlp_s *d, enum gh_dlp_direction way)
{
    for (size_t i = 0; i < d->n_findings[way]; i++) {
        const dlp_finding_t *f = &d->finding[way][i];
        gh_buf_putz(b, b->n > 0 ? "; " : "");
        gh_buf_putz(b, way == GH_DLP_IN ? "in " : "out ");
        gh_buf_putz(b, gh_dlp_type_names[f->type]);
        gh_buf_putc(b, ' ');
        gh_buf_put_u64(b, f->place);
        gh_buf_putc(b, '@');
        gh_buf_put_u64(b, f->at);
        if (f->has_hash)
            gh_buf_put(hashes, gh_str(f->hash, sizeof(f->hash)));
    }
}

static void
put_findings(struct gh_record_writer *w, const struct ngx_http_gatehouse_dlp_s *d)
{
    char counts_mem[1024], places_mem[2048];
    uint8_t hashes_mem[2 * FINDINGS_MAX * 8];
    struct gh_buf counts, places, hashes;

    gh_buf_init_fixed(&counts, counts_mem, sizeof(counts_mem));
    gh_buf_init_fixed(&places, places_mem, sizeof(places_mem));
    gh_buf_init_fixed(&hashes, hashes_mem, sizeof(hashes_mem));
    for (unsigned way = 0; way < GH_DLP_DIRECTIONS; way++) {
        put_counts(&counts, d, (enum gh_dlp_direction)way);
        put_places(&places, &hashes, d, (enum gh_dlp_direction)way);
    }
    gh_record_word(w, GH_FIELD_DLP_FOUND, gh_buf_str(&counts));
    gh_record_word(w, GH_FIELD_DLP_PLACES, gh_buf_str(&places));
    gh_record_bytes(w, GH_FIELD_DLP_HMACS, gh_buf_str(&hashes));
}

void
ngx_http_gatehouse_dlp_record(struct gh_record_writer *w, const ngx_http_gatehouse_judge_t *j)
{
    if (j != NULL && j->dlp != NULL && j->dlp->n_findings[GH_DLP_IN] + j->dlp->n_findings[GH_DLP_OUT] > 0)
        put_findings(w, j->dlp);
}

struct gh_str
ngx_http_gatehouse_dlp_annotation(const ngx_http_gatehouse_ctx_t *ctx, struct gh_arena *a)
{
    const struct ngx_http_gatehouse_dlp_s *d = ctx->judge == NULL ? NULL : ctx->judge->dlp;
    struct gh_buf b;

    gh_buf_init(&b, a, 1024);
    for (unsigned t = 0; d != NULL && t < GH_DLP_POLICY_TYPES; t++) {
        unsigned n = 0;
        for (unsigned way = 0; way < GH_DLP_DIRECTIONS; way++)
            n += d->policy.act[way][t] >= GH_DLP_ACT_ANNOTATE ? d->count[way][t] : 0;
        if (n == 0)
            continue;
        gh_buf_putz(&b, b.n > 0 ? ", " : "");
        gh_buf_putz(&b, gh_dlp_type_names[t]);
        gh_buf_putc(&b, '=');
        gh_buf_put_u64(&b, n);
    }
    return gh_buf_str(&b);
}
