/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/oracle: the engine as the second evaluator's partner. Reads lines, answers each with one line:
 *   W {"objects":[{"path":"/groups/g","properties":{...}}, ...]}   a world, put through the management API's own checks: "ok", or which was refused
 *   Q {"as":"/identities/x","action":"...","path":"/...","at":MS, ...}   "allow RULE" or "deny RULE"; "explained otherwise RULE": `access explain` contradicts it
 *   C {"as":"/identities/x","target":"models","path":"/...", ...}        "allow" or "deny", and the policies that deny or would: "deny a b | c"
 *   A                                                              the actions: [{"name":"...","isData":true}, ...]
 */
#include <stdio.h>
#include <stdlib.h>

#include "control/access/access_int.h"
#include "control/offline.h"
#include "host/host.h"
#include "policy/conditional.h"
#include "policy/decide.h"
#include "policy/egress.h"
#include "wire/json.h"

#define LINE_MAX_BYTES  (64u << 20)
#define LIST_MAX        64
#define EXPLAINED_EVERY 8 /* of so many questions, one is explained too: that takes longer than to decide */

static struct {
    struct gh_offline *house;
    struct gh_view *view;
    unsigned n_asked;
} self;

static struct gh_str
text(const struct gh_json *j, gh_json_ref at, struct gh_str key, struct gh_arena *a)
{
    struct gh_str s = GH_STR("");
    gh_json_ref v = gh_json_get(j, at, key);

    if (v != GH_JSON_NO && gh_json_str(&s, a, j, v) != GH_OK)
        s = GH_STR("");
    return s;
}

/* ---- worlds ---- */

static bool
put_object(const struct gh_json *j, gh_json_ref object, struct gh_arena *a)
{
    gh_json_ref properties = gh_json_get(j, object, GH_STR("properties"));
    struct gh_str path = text(j, object, GH_STR("path"), a), answer;
    struct gh_buf body;

    gh_buf_init(&body, a, LINE_MAX_BYTES);
    gh_buf_putz(&body, "{\"properties\":");
    gh_buf_put(&body, gh_json_raw(j, properties));
    gh_buf_putz(&body, "}");
    unsigned status = gh_offline_put(self.house, path, gh_buf_str(&body), &answer);
    if (status == 200 || status == 201)
        return true;
    printf("refused %.*s %u %.*s\n", (int)path.n, path.p, status, (int)answer.n, answer.p);
    return false;
}

static void
make_world(struct gh_str line, struct gh_arena *a)
{
    struct gh_json j;
    struct gh_err err = {0};

    gh_view_unref(self.view);
    self.view = NULL;
    gh_offline_close(self.house);
    if (gh_offline_open(&self.house, &err) != GH_OK || gh_json_parse(&j, a, line, &err) != GH_OK) {
        printf("bad %s\n", err.what);
        return;
    }
    gh_json_ref objects = gh_json_get(&j, 0, GH_STR("objects"));
    for (gh_json_ref o = gh_json_first(&j, objects); o != GH_JSON_NO; o = gh_json_next(&j, objects, o))
        if (!put_object(&j, o, a))
            return;
    printf(gh_offline_view(&self.view, self.house) == GH_OK ? "ok\n" : "bad snapshot\n");
}

/* ---- questions ---- */

static struct gh_assignment_facts *
facts(const struct gh_json *j, gh_json_ref at, struct gh_arena *a)
{
    struct gh_assignment_facts *f = at == GH_JSON_NO ? NULL : gh_arena_take(a, sizeof *f);

    if (f != NULL)
        *f = (struct gh_assignment_facts){
            text(j, at, GH_STR("role"), a), text(j, at, GH_STR("principal"), a), text(j, at, GH_STR("type"), a)};
    return f;
}

/* How it came; nothing is known where the question does not say. */
static void
read_way(struct gh_attributes *out, uint8_t ip[16], const struct gh_json *j, gh_json_ref way, struct gh_arena *a)
{
    if (way == GH_JSON_NO)
        return;
    struct gh_str address = text(j, way, GH_STR("ip"), a);
    out->knows_way = true;
    out->listener = text(j, way, GH_STR("listener"), a);
    out->connection = text(j, way, GH_STR("connection"), a);
    if (gh_ip_read(ip, address) == GH_OK)
        out->ip = ip;
}

static size_t
read_groups(struct gh_str *out, const struct gh_json *j, struct gh_arena *a)
{
    gh_json_ref list = gh_json_get(j, 0, GH_STR("groups"));
    size_t n = 0;

    for (gh_json_ref g = gh_json_first(j, list); g != GH_JSON_NO && n < LIST_MAX; g = gh_json_next(j, list, g))
        if (gh_json_str(&out[n], a, j, g) == GH_OK)
            n++;
    return n;
}

/* ---- what `access explain` says of the same question ---- */

struct told {            /* of one considered list */
    bool grants, denies; /* anything does                   */
    bool has_rule;       /* ... and it is the rule that decided */
};

static struct told
read_considered(struct gh_str json, struct gh_str rule, struct gh_arena *a)
{
    struct told t = {false, false, false};
    struct gh_json j;

    if (gh_json_parse(&j, a, json, NULL) != GH_OK)
        return t;
    gh_json_ref list = gh_json_get(&j, 0, GH_STR("considered"));
    for (gh_json_ref c = gh_json_first(&j, list); c != GH_JSON_NO; c = gh_json_next(&j, list, c)) {
        struct gh_str outcome = text(&j, c, GH_STR("outcome"), a);
        bool grants = gh_str_eq(outcome, GH_STR("grants it")), denies = gh_str_starts(outcome, GH_STR("denies it"));
        t.grants = t.grants || grants;
        t.denies = t.denies || denies;
        t.has_rule = t.has_rule || ((grants || denies) && gh_str_eq(text(&j, c, GH_STR("rule"), a), rule));
    }
    return t;
}

/* What is told to deny or grant is what decided; where nothing is, nothing did. */
static bool
is_explained(const struct gh_decision *d, const struct gh_question *q, struct gh_arena *a)
{
    struct gh_access_ask ask = {.snap = q->snap, .a = a, .now_ms = q->now_ms};
    struct gh_access *x = gh_arena_take(a, sizeof *x);
    struct gh_buf b;
    struct gh_jsonw w;

    if (x == NULL || q->caller->why != GH_IDENTIFY_OK || q->action == GH_ACTION_NONE)
        return x != NULL;
    *x = (struct gh_access){.ask = &ask, .scope = q->path, .action = q->action, .attributes = *q->attributes, .caller = *q->caller};
    gh_buf_init(&b, a, LINE_MAX_BYTES);
    gh_jsonw_init(&w, &b);
    gh_jsonw_obj(&w);
    gh_access_put_considered(&w, x);
    gh_jsonw_end(&w, '}');
    struct told t = read_considered(gh_buf_str(&b), d->rule, a);
    if (d->verdict == GH_ALLOW)
        return t.has_rule && t.grants && !t.denies;
    bool is_denial = gh_str_starts(d->rule, GH_STR("/denyAssignments/"));
    return is_denial ? t.has_rule && t.denies : !t.grants && !t.denies;
}

static void
answer(struct gh_str line, struct gh_arena *a)
{
    struct gh_attributes attributes = {0};
    struct gh_question q = {.snap = &self.view->snap, .attributes = &attributes};
    struct gh_str groups[LIST_MAX];
    struct gh_decision d;
    struct gh_caller *caller = gh_arena_take_raw(a, sizeof *caller);
    struct gh_json j;
    uint8_t ip[16];
    bool unknown = false;

    if (self.view == NULL || caller == NULL || gh_json_parse(&j, a, line, NULL) != GH_OK ||
        gh_json_opt_i64(&q.now_ms, &j, 0, "at") != GH_OK || gh_json_opt_bool(&unknown, &j, 0, "groupsUnknown") != GH_OK) {
        printf("bad question\n");
        return;
    }
    gh_identify_as(caller, q.snap, text(&j, 0, GH_STR("as"), a), groups, read_groups(groups, &j, a));
    caller->groups_unknown = caller->groups_unknown || unknown;
    q.caller = caller;
    q.action = gh_action_find(text(&j, 0, GH_STR("action"), a));
    q.path = text(&j, 0, GH_STR("path"), a);
    read_way(&attributes, ip, &j, gh_json_get(&j, 0, GH_STR("way")), a);
    attributes.request = facts(&j, gh_json_get(&j, 0, GH_STR("request")), a);
    attributes.resource = facts(&j, gh_json_get(&j, 0, GH_STR("resource")), a);
    gh_decide(&d, &q);
    if (++self.n_asked % EXPLAINED_EVERY == 0 && !is_explained(&d, &q, a)) {
        printf("explained otherwise %.*s\n", (int)d.rule.n, d.rule.p);
        return;
    }
    printf("%s %.*s\n", d.verdict == GH_ALLOW ? "allow" : "deny", (int)d.rule.n, d.rule.p);
}

/* ---- sign-ins ---- */

static unsigned
word_of(struct gh_str s, const char *const *words, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (words[i] != NULL && gh_str_eq(s, gh_str_z(words[i])))
            return i;
    return 0;
}

static unsigned
target_of(struct gh_str s)
{
    static const struct {
        struct gh_str name;
        unsigned target;
    } rows[] = {{GH_STR_INIT("models"), GH_COND_MODELS}, {GH_STR_INIT("management"), GH_COND_MANAGEMENT},
        {GH_STR_INIT("arm"), GH_COND_ARM}, {GH_STR_INIT("graph"), GH_COND_GRAPH}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (gh_str_eq(s, rows[i].name))
            return rows[i].target;
    return 0;
}

static uint64_t
proofs_of(const struct gh_json *j, struct gh_arena *a)
{
    gh_json_ref list = gh_json_get(j, 0, GH_STR("proofs"));
    uint64_t bits = 0;
    struct gh_str s;

    for (gh_json_ref p = gh_json_first(j, list); p != GH_JSON_NO; p = gh_json_next(j, list, p))
        if (gh_json_str(&s, a, j, p) == GH_OK)
            bits |= gh_proof_find(s);
    return bits;
}

static void
read_caller(struct gh_caller *c, const struct gh_cond_call *call, const struct gh_json *j, struct gh_arena *a)
{
    struct gh_str groups[LIST_MAX];
    bool unknown = false;
    int64_t age_s = -1;

    gh_identify_as(c, call->snap, text(j, 0, GH_STR("as"), a), groups, read_groups(groups, j, a));
    if (gh_json_opt_bool(&unknown, j, 0, "groupsUnknown") != GH_OK ||
        gh_json_opt_bool(&c->is_flow_known, j, 0, "flowKnown") != GH_OK || gh_json_opt_i64(&age_s, j, 0, "authAgeS") != GH_OK)
        c->why = GH_IDENTIFY_INTERNAL;
    c->groups_unknown = c->groups_unknown || unknown;
    c->proofs = proofs_of(j, a);
    c->is_mfa = (c->proofs & GH_PROOF_BIT(MFA)) != 0;
    c->auth_time_ms = age_s < 0 ? 0 : call->now_ms - age_s * 1000;
}

static void
read_place(struct gh_cond_call *call, const struct gh_json *j, struct gh_arena *a)
{
    gh_json_ref country = gh_json_get(j, 0, GH_STR("country"));
    struct gh_str code;

    call->has_ip = gh_ip_read(call->ip, text(j, 0, GH_STR("ip"), a)) == GH_OK;
    if (gh_json_type(j, country) == GH_JSON_NULL)
        call->country_is = GH_COND_COUNTRY_NONE;
    if (country != GH_JSON_NO && gh_json_str(&code, a, j, country) == GH_OK && code.n == sizeof call->country) {
        call->country_is = GH_COND_COUNTRY_KNOWN;
        memcpy(call->country, code.p, code.n);
    }
}

static void
tell_denied(const struct gh_cond_outcome *all, size_t n, bool is_reported)
{
    for (size_t i = 0; i < n; i++) {
        bool is_denied = all[i].result == GH_COND_RESULT_FAILURE,
             is_would = all[i].result == GH_COND_RESULT_REPORT_FAILURE || all[i].result == GH_COND_RESULT_REPORT_INTERRUPTED;
        if (is_reported ? is_would : is_denied)
            printf(" %.*s", (int)all[i].id.n, all[i].id.p);
    }
}

static void
judge(struct gh_str line, struct gh_arena *a)
{
    struct gh_caller *caller = gh_arena_take_raw(a, sizeof *caller);
    struct gh_cond_call call = {.caller = caller, .is_risk_told = true};
    struct gh_cond_outcome outcomes[LIST_MAX];
    struct gh_cond_decision d;
    struct gh_json j;

    if (self.view == NULL || caller == NULL || gh_json_parse(&j, a, line, NULL) != GH_OK ||
        gh_json_opt_i64(&call.now_ms, &j, 0, "at") != GH_OK) {
        printf("bad question\n");
        return;
    }
    call.snap = &self.view->snap;
    read_caller(caller, &call, &j, a);
    read_place(&call, &j, a);
    call.target = target_of(text(&j, 0, GH_STR("target"), a));
    call.path = text(&j, 0, GH_STR("path"), a);
    call.client = (enum gh_cond_client)word_of(text(&j, 0, GH_STR("client"), a), gh_cond_client_words, GH_COND_CLIENT_COUNT);
    call.platform =
        (enum gh_cond_platform)word_of(text(&j, 0, GH_STR("platform"), a), gh_cond_platform_words, GH_COND_PLATFORM_COUNT);
    call.user_risk = (enum gh_risk)word_of(text(&j, 0, GH_STR("userRisk"), a), gh_risk_names, GH_RISK_LEVELS);
    call.sign_in_risk = (enum gh_risk)word_of(text(&j, 0, GH_STR("signInRisk"), a), gh_risk_names, GH_RISK_LEVELS);
    gh_conditional(&d, &call, outcomes, LIST_MAX, false);
    printf("%s", d.verdict == GH_ALLOW ? "allow" : "deny");
    tell_denied(outcomes, d.n_outcomes, false);
    printf(" |");
    tell_denied(outcomes, d.n_outcomes, true);
    printf("\n");
}

static void
tell_actions(void)
{
    printf("[");
    for (unsigned i = GH_ACTION_NONE + 1; i < GH_ACTION_COUNT; i++)
        printf("%s{\"name\":\"%.*s\",\"isData\":%s}", i > GH_ACTION_NONE + 1 ? "," : "", (int)gh_action_table[i].string.n,
            gh_action_table[i].string.p, gh_action_table[i].plane == GH_PLANE_DATA ? "true" : "false");
    printf("]\n");
}

int
main(void)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t n;

    while ((n = getline(&line, &size, stdin)) > 0) {
        struct gh_arena a;
        struct gh_str rest = gh_str(line + 1, (size_t)n - 1);

        gh_arena_init(&a, gh_heap(), (size_t)256 << 20);
        if (line[0] == 'W')
            make_world(rest, &a);
        else if (line[0] == 'Q')
            answer(rest, &a);
        else if (line[0] == 'C')
            judge(rest, &a);
        else
            tell_actions();
        gh_arena_fini(&a);
        if (line[0] != 'Q' && line[0] != 'C')
            fflush(stdout);
    }
    free(line);
    gh_view_unref(self.view);
    gh_offline_close(self.house);
    return 0;
}
