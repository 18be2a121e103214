/* SPDX-License-Identifier: Apache-2.0 */
#include "baseline/rule_apim.h"

#include "baseline/policy_doc.h"
#include "baseline/rule_part.h"

#define SERVICE GH_RULE_APIM_SERVICE

/* Documents together: what they hold, and whether there may be more than the input shows. */
struct sum {
    uint32_t bits;
    uint32_t n; /* documents      */
    bool is_open;
};

static enum gh_truth
has(const struct sum *s, uint32_t bit)
{
    if (s->bits & bit)
        return GH_TRUTH_TRUE;
    return s->is_open ? GH_TRUTH_UNKNOWN : GH_TRUTH_FALSE;
}

/* ---- one document ---- */

/* Its text, or none: a link, or not reduced. */
static bool
text_of(struct gh_str *out, struct gh_judge *j, uint32_t policy)
{
    struct gh_value root = j->in->resource[policy].root, v = gh_expr_path(j->ev, root, "properties.value");
    struct gh_value format = gh_expr_path(j->ev, root, "properties.format");

    if (v.kind != GH_VALUE_STR || gh_value_ends(format, GH_STR("-link")) != GH_TRUTH_FALSE)
        return false;
    *out = v.s;
    return true;
}

/* Marks between tags may stand for elements; within a tag they are a value. */
static bool
has_open_text(struct gh_str text)
{
    struct gh_policy_tag t;
    size_t at = 0;

    while (gh_policy_doc_next(&t, text, &at))
        if (gh_str_chr(t.text, GH_MARK_END) != SIZE_MAX)
            return true;
    return text.n > 0 && (text.p[0] == GH_MARK_ANY || text.p[0] == GH_MARK_SOME);
}

static bool
is_child_of(const struct gh_judge *j, uint32_t resource, uint32_t parent)
{
    uint32_t up = j->in->resource[resource].parent;

    return parent == GH_INPUT_NONE || up == GH_INPUT_NONE || up == parent;
}

/* The child of `service` of this type and name, or GH_INPUT_NONE. */
static uint32_t
find_named(const struct gh_judge *j, uint32_t service, struct gh_str type, struct gh_str name)
{
    uint32_t n;
    const uint32_t *list = gh_input_of_type(&n, j->in, type);

    for (uint32_t i = 0; i < n; i++)
        if (is_child_of(j, list[i], service) &&
            gh_value_is(gh_rule_part_last(j->in->resource[list[i]].name), gh_rule_part_last(gh_value_str(name)).s) == GH_TRUTH_TRUE)
            return list[i];
    return GH_INPUT_NONE;
}

/* Adds the fragments that a document includes. Fragments in fragments are not followed: they leave it open. */
static void
add_fragments(struct sum *s, struct gh_judge *j, uint32_t service, struct gh_str text)
{
    struct gh_policy_tag t;
    size_t at = 0;

    while (gh_policy_doc_next(&t, text, &at)) {
        uint32_t fragment;
        struct gh_str inner;
        if (t.is_end || !gh_str_eq_ci(t.name, GH_STR("include-fragment")))
            continue;
        fragment = find_named(j, service, GH_STR(SERVICE "/policyFragments"), gh_policy_doc_attribute(&t, GH_STR("fragment-id")));
        if (fragment == GH_INPUT_NONE || !text_of(&inner, j, fragment)) {
            s->is_open = true;
            continue;
        }
        uint32_t bits = gh_policy_doc_scan(inner);
        s->is_open |= (bits & GH_POLICY_FRAGMENT) != 0 || has_open_text(inner);
        s->bits |= bits & ~(uint32_t)(GH_POLICY_BASE | GH_POLICY_INBOUND_BASE | GH_POLICY_ROOT);
    }
}

static void
add_document(struct sum *s, struct gh_judge *j, uint32_t service, uint32_t policy)
{
    struct gh_str text;

    s->n++;
    if (!text_of(&text, j, policy)) {
        s->is_open = true;
        return;
    }
    s->bits |= gh_policy_doc_scan(text);
    s->is_open |= (s->bits & GH_POLICY_BROKEN) != 0 || has_open_text(text) || j->in->resource[policy].is_if_deployed;
    add_fragments(s, j, service, text);
}

static void
add_children(struct sum *s, struct gh_judge *j, uint32_t service, uint32_t owner, struct gh_str type)
{
    for (uint32_t i = j->in->resource[owner].first_child; i != GH_INPUT_NONE; i = j->in->resource[i].next_child)
        if (gh_str_eq_ci(j->in->resource[i].type, type))
            add_document(s, j, service, i);
}

static uint32_t
service_of(const struct gh_judge *j, uint32_t resource)
{
    return gh_judge_ancestor(j, resource, SERVICE);
}

/* What holds for an API or product: its own document, and the global one where that is taken in. */
static struct sum
effective(struct gh_judge *j, uint32_t owner)
{
    uint32_t service = service_of(j, owner);
    struct sum s = {0};

    add_children(&s, j, service, owner, GH_STR(SERVICE "/apis/policies"));
    add_children(&s, j, service, owner, GH_STR(SERVICE "/products/policies"));
    if (service != GH_INPUT_NONE && (s.n == 0 || (s.bits & GH_POLICY_INBOUND_BASE)))
        add_children(&s, j, service, service, GH_STR(SERVICE "/policies"));
    if (s.n == 0 && gh_input_is_export(j->in))
        s.is_open = true;
    return s;
}

/* ---- policy documents ---- */

enum gh_truth
gh_rule_apim_policy_has_parent(struct gh_judge *j, const struct gh_cond *c, struct gh_value at)
{
    const struct gh_input_resource *r = gh_judge_resource(j);
    struct gh_str text;

    (void)c;
    (void)at;
    if (gh_str_eq_ci(r->type, GH_STR(SERVICE "/policies")))
        return GH_TRUTH_FALSE;
    if (!gh_str_eq_ci(r->type, GH_STR(SERVICE "/apis/resolvers/policies")) || !text_of(&text, j, j->resource))
        return GH_TRUTH_TRUE;
    return gh_truth(gh_policy_doc_scan(text) & GH_POLICY_ROOT);
}

/* A document that may hold a credential is not shown. */
static bool
may_hold_secret(struct gh_str text)
{
    static const char *const words[] = {
        "*key*", "*password*", "*secret*", "*token*", "*authorization*", "*authentication-basic*", "*sig=*"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (gh_str_glob_ci(gh_str_z(words[i]), text))
            return true;
    return false;
}

enum gh_truth
gh_rule_apim_policy(struct gh_judge *j, const struct gh_cond *c, struct gh_value at)
{
    struct gh_value v = gh_expr_path(j->ev, at, "properties.value");
    struct sum s = {0};
    struct gh_str text;
    enum gh_truth star;

    add_document(&s, j, service_of(j, j->resource), j->resource);
    if (!text_of(&text, j, j->resource))
        return gh_rule_part_undecided(
            j, GH_STR("properties.value"), "the policy document is outside the input, or cannot be reduced");
    v.is_secret |= may_hold_secret(text);
    if (gh_policy_doc_scan(text) & GH_POLICY_BROKEN)
        return gh_rule_part_undecided(j, GH_STR("properties.value"), "the policy document is not well-formed");
    if (gh_str_eq(gh_str_z(c->value), GH_STR("base"))) {
        gh_judge_saw(j, GH_STR("properties.value"), v, "<base /> in inbound, backend, outbound and on-error");
        return gh_truth(gh_policy_doc_scan(text) & GH_POLICY_BASE);
    }
    if (gh_str_eq(gh_str_z(c->value), GH_STR("cors"))) {
        gh_judge_saw(j, GH_STR("properties.value"), v, "a cors policy");
        return gh_truth(s.bits & GH_POLICY_CORS);
    }
    gh_judge_saw(j, GH_STR("properties.value"), v, "no * in origins, methods and headers of cors");
    star = gh_truth(s.bits & GH_POLICY_CORS_STAR);
    return gh_rule_part_not(star);
}

/* ---- models ---- */

/* Host of a URL, marks and all. */
static struct gh_value
host_of(struct gh_value url)
{
    size_t at, end;
    bool is_marked = false;

    if (url.kind != GH_VALUE_STR)
        return url;
    at = gh_str_find(url.s, GH_STR("://"));
    url.s = gh_str_sub(url.s, at == SIZE_MAX ? 0 : at + 3, SIZE_MAX);
    for (end = 0; end < url.s.n; end++) {
        char c = url.s.p[end];
        if (c == GH_MARK_ANY || c == GH_MARK_SOME)
            is_marked = true;
        else if (c == GH_MARK_END)
            is_marked = false;
        else if (!is_marked && (c == '/' || c == ':' || c == '?'))
            break;
    }
    url.s.n = end;
    url.is_opaque = gh_str_chr(url.s, GH_MARK_END) != SIZE_MAX;
    return url;
}

static enum gh_truth
is_model_host(struct gh_value host)
{
    static const struct gh_str suffixes[] = {
        GH_STR_INIT("openai.azure.com"), GH_STR_INIT("cognitiveservices.azure.com"), GH_STR_INIT("services.ai.azure.com")};
    enum gh_truth best = GH_TRUTH_FALSE;

    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++)
        best = gh_rule_part_or(best, gh_value_ends(host, suffixes[i]));
    return best;
}

static enum gh_truth
url_is_model(struct gh_value url)
{
    return gh_value_is_set(url) ? is_model_host(host_of(url)) : GH_TRUTH_FALSE;
}

/* A backend of the input; a pool is a model when one of its members is. */
static enum gh_truth
backend_is_model(struct gh_judge *j, uint32_t backend)
{
    struct gh_value root = j->in->resource[backend].root, list = gh_expr_path(j->ev, root, "properties.pool.services"), e;
    enum gh_truth best = url_is_model(gh_expr_path(j->ev, root, "properties.url"));
    uint32_t it = 0;

    while (best != GH_TRUTH_TRUE && gh_expr_each(&e, NULL, j->ev, list, &it)) {
        struct gh_value id = gh_rule_part_last(gh_expr_get(j->ev, e, GH_STR("id")));
        uint32_t member = id.kind == GH_VALUE_STR && !id.is_opaque
                              ? find_named(j, service_of(j, backend), GH_STR(SERVICE "/backends"), id.s)
                              : GH_INPUT_NONE;
        best = gh_rule_part_or(best, member == GH_INPUT_NONE
                                         ? GH_TRUTH_UNKNOWN
                                         : url_is_model(gh_expr_path(j->ev, j->in->resource[member].root, "properties.url")));
    }
    return best;
}

enum gh_truth
gh_rule_apim_backend_is_model(struct gh_judge *j, const struct gh_cond *c, struct gh_value at)
{
    (void)c;
    gh_judge_saw(j, GH_STR("properties.url"), gh_expr_path(j->ev, at, "properties.url"), "a model service");
    return backend_is_model(j, j->resource);
}

/* The document sends to a model: by a backend of the input, or by an address. */
static enum gh_truth
document_is_model(struct gh_judge *j, uint32_t service, struct gh_str text)
{
    enum gh_truth best = GH_TRUTH_FALSE;
    struct gh_policy_tag t;
    size_t at = 0;

    while (best != GH_TRUTH_TRUE && gh_policy_doc_next(&t, text, &at)) {
        struct gh_str id, url;
        uint32_t backend;
        if (t.is_end || !gh_str_eq_ci(t.name, GH_STR("set-backend-service")))
            continue;
        id = gh_policy_doc_attribute(&t, GH_STR("backend-id"));
        url = gh_policy_doc_attribute(&t, GH_STR("base-url"));
        if (url.n > 0) {
            struct gh_value v = gh_value_str(url);
            v.is_opaque = gh_str_chr(url, GH_MARK_END) != SIZE_MAX;
            best = gh_rule_part_or(best, url_is_model(v));
        }
        if (id.n == 0)
            continue;
        backend = find_named(j, service, GH_STR(SERVICE "/backends"), id);
        best = gh_rule_part_or(best, backend == GH_INPUT_NONE ? GH_TRUTH_UNKNOWN : backend_is_model(j, backend));
    }
    return best;
}

static enum gh_truth
children_are_model(struct gh_judge *j, uint32_t service, uint32_t owner, struct gh_str type)
{
    enum gh_truth best = GH_TRUTH_FALSE;
    struct gh_str text;

    for (uint32_t i = j->in->resource[owner].first_child; i != GH_INPUT_NONE; i = j->in->resource[i].next_child)
        if (gh_str_eq_ci(j->in->resource[i].type, type) && text_of(&text, j, i))
            best = gh_rule_part_or(best, document_is_model(j, service, text));
    return best;
}

enum gh_truth
gh_rule_apim_api_is_model(struct gh_judge *j, const struct gh_cond *c, struct gh_value at)
{
    struct gh_value url = gh_expr_path(j->ev, at, "properties.serviceUrl");
    uint32_t service = service_of(j, j->resource);
    enum gh_truth best = url_is_model(url);

    (void)c;
    gh_judge_saw(j, GH_STR("properties.serviceUrl"), url, "a model service");
    best = gh_rule_part_or(best, children_are_model(j, service, j->resource, GH_STR(SERVICE "/apis/policies")));
    for (uint32_t i = gh_judge_resource(j)->first_child; i != GH_INPUT_NONE; i = j->in->resource[i].next_child)
        best = gh_rule_part_or(best, children_are_model(j, service, i, GH_STR(SERVICE "/apis/operations/policies")));
    return best;
}

enum gh_truth
gh_rule_apim_api_policy(struct gh_judge *j, const struct gh_cond *c, struct gh_value at)
{
    static const struct {
        const char *what;
        uint32_t bit;
        const char *wanted;
    } asked[] = {
        {"validated", GH_POLICY_VALIDATES, "validate-azure-ad-token or validate-jwt"},
        {"shield", GH_POLICY_SHIELD, "llm-content-safety with shield-prompt=\"true\""},
        {"limit", GH_POLICY_LIMIT, "llm-token-limit or azure-openai-token-limit"},
        {"metric", GH_POLICY_METRIC, "llm-emit-token-metric or azure-openai-emit-token-metric"},
    };
    struct sum s = effective(j, j->resource);

    (void)at;
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        if (!gh_str_eq(gh_str_z(c->value), gh_str_z(asked[i].what)))
            continue;
        gh_judge_saw(j, GH_STR("policies"), (struct gh_value){.node = GH_JSON_NO}, asked[i].wanted);
        if (has(&s, asked[i].bit) == GH_TRUTH_UNKNOWN)
            return gh_rule_part_undecided(
                j, GH_STR("policies"), "a policy or fragment of it is outside the input, or cannot be reduced");
        return has(&s, asked[i].bit);
    }
    return GH_TRUTH_UNKNOWN;
}

enum gh_truth
gh_rule_apim_token_is_validated(struct gh_judge *j, const struct gh_cond *c, struct gh_value at)
{
    struct sum s = effective(j, j->resource);

    (void)c;
    (void)at;
    if (s.n == 0) /* nothing was said: the property alone decides */
        return GH_TRUTH_FALSE;
    return has(&s, GH_POLICY_VALIDATES);
}

/* ---- backends ---- */

/* The document sends to this backend by its id, or to its host. */
static bool
names_backend(struct gh_judge *j, struct gh_str text, struct gh_value name, struct gh_value host)
{
    struct gh_policy_tag t;
    size_t at = 0;

    while (gh_policy_doc_next(&t, text, &at)) {
        struct gh_str id = gh_policy_doc_attribute(&t, GH_STR("backend-id")), url = gh_policy_doc_attribute(&t, GH_STR("base-url"));
        if (t.is_end || !gh_str_eq_ci(t.name, GH_STR("set-backend-service")))
            continue;
        if (id.n > 0 && name.kind == GH_VALUE_STR && gh_str_eq_ci(id, name.s))
            return true;
        if (url.n > 0 && host.kind == GH_VALUE_STR && gh_str_eq_ci(host_of(gh_value_str(url)).s, host.s))
            return true;
    }
    (void)j;
    return false;
}

/* The API that the policy stands on sends to this host by itself. */
static bool
api_has_host(struct gh_judge *j, uint32_t policy, struct gh_value host)
{
    uint32_t api = gh_judge_ancestor(j, policy, SERVICE "/apis");
    struct gh_value own;

    if (api == GH_INPUT_NONE || host.kind != GH_VALUE_STR)
        return false;
    own = host_of(gh_expr_path(j->ev, j->in->resource[api].root, "properties.serviceUrl"));
    return own.kind == GH_VALUE_STR && gh_str_eq_ci(own.s, host.s);
}

/* All documents of the input that send to the backend. */
static struct sum
callers(struct gh_judge *j, enum gh_truth *identity)
{
    const struct gh_input_resource *r = gh_judge_resource(j);
    struct gh_value name = gh_rule_part_last(r->name), host = host_of(gh_expr_path(j->ev, r->root, "properties.url"));
    struct gh_str rest = GH_STR(SERVICE "/policies|" GH_RULE_APIM_POLICIES), type, text;
    uint32_t service = service_of(j, j->resource), n;
    struct sum all = {0};

    *identity = GH_TRUTH_TRUE;
    while (gh_str_cut(&type, &rest, '|')) {
        const uint32_t *list = gh_input_of_type(&n, j->in, type);
        for (uint32_t i = 0; i < n; i++) {
            struct sum one = {0};
            if (!text_of(&text, j, list[i]) || (!names_backend(j, text, name, host) && !api_has_host(j, list[i], host)))
                continue;
            add_document(&one, j, service, list[i]);
            *identity = gh_rule_part_and(
                *identity, gh_rule_part_and(has(&one, GH_POLICY_IDENTITY), gh_truth(!(one.bits & GH_POLICY_API_KEY))));
            all.bits |= one.bits;
            all.is_open |= one.is_open;
            all.n++;
        }
    }
    return all;
}

/* A key stands in the backend's own headers or query. */
static bool
holds_key(struct gh_judge *j, struct gh_value at)
{
    return gh_value_is_set(gh_expr_path(j->ev, at, "properties.credentials.header.api-key")) ||
           gh_value_is_set(gh_expr_path(j->ev, at, "properties.credentials.query.api-key")) ||
           gh_value_is_set(gh_expr_path(j->ev, at, "properties.credentials.header.Ocp-Apim-Subscription-Key"));
}

enum gh_truth
gh_rule_apim_backend_policy(struct gh_judge *j, const struct gh_cond *c, struct gh_value at)
{
    enum gh_truth identity, own;
    struct sum s = callers(j, &identity);

    if (gh_str_eq(gh_str_z(c->value), GH_STR("authenticated"))) {
        gh_judge_saw(j, GH_STR("properties.credentials"), gh_expr_path(j->ev, at, "properties.credentials"),
            "a certificate, an authorization, a managed identity, or a policy that authenticates");
        return has(&s, GH_POLICY_AUTHENTICATES);
    }
    gh_judge_saw(j, GH_STR("properties.credentials"), gh_expr_path(j->ev, at, "properties.credentials"),
        "authentication-managed-identity in its policy, and no api-key");
    if (holds_key(j, at))
        return GH_TRUTH_FALSE;
    own = gh_value_has_content(gh_expr_path(j->ev, at, "properties.credentials.managedIdentity"));
    if (s.n == 0 && own != GH_TRUTH_TRUE)
        return gh_rule_part_undecided(j, GH_STR("policies"), "no policy of the input sends to this backend");
    if (s.bits & GH_POLICY_API_KEY)
        return GH_TRUTH_FALSE;
    return gh_rule_part_or(own, identity);
}
