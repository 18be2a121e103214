/* SPDX-License-Identifier: Apache-2.0 */
/* wire/openai_plan: setting members of a body by edits, and taking one out. */
#include "wire/openai_plan.h"

#include "base/limits.h"
#include "wire/say.h"

enum gh_rc
gh_openai_plan_begin(
    struct gh_openai_plan *p, struct gh_edits *edits, struct gh_arena *a, const struct gh_json *body, struct gh_str model)
{
    *p = (struct gh_openai_plan){.edits = edits, .a = a, .body = body};
    gh_buf_init(&p->head, a, GH_BODY_BYTES_MAX);
    return gh_openai_plan_text(p, GH_STR("model"), model);
}

enum gh_rc
gh_openai_plan_member(struct gh_openai_plan *p, struct gh_str name, struct gh_str json)
{
    gh_json_ref node = gh_json_get(p->body, 0, name);

    if (node != GH_JSON_NO && gh_str_eq(gh_json_raw(p->body, node), json))
        return GH_OK; /* it says so already */
    if (node != GH_JSON_NO)
        return gh_edits_add(p->edits, p->body->nodes[node].at, p->body->nodes[node].end, json);
    gh_buf_putc(&p->head, '"');
    gh_buf_put(&p->head, name);
    gh_buf_putz(&p->head, "\":");
    gh_buf_put(&p->head, json);
    gh_buf_putc(&p->head, ',');
    return p->head.rc;
}

enum gh_rc
gh_openai_plan_text(struct gh_openai_plan *p, struct gh_str name, struct gh_str text)
{
    struct gh_str quoted;
    enum gh_rc rc = gh_say_quote(&quoted, p->a, text);

    return rc == GH_OK ? gh_openai_plan_member(p, name, quoted) : rc;
}

enum gh_rc
gh_openai_plan_bound(struct gh_openai_plan *p, struct gh_str name, const struct gh_conv *conv, const struct gh_forward *how)
{
    struct gh_buf digits;

    if (how->max_output_tokens <= 0 || conv->max_output_tokens >= 0)
        return GH_OK;
    gh_buf_init(&digits, p->a, 24);
    gh_buf_put_i64(&digits, how->max_output_tokens);
    return digits.rc == GH_OK ? gh_openai_plan_member(p, name, gh_buf_str(&digits)) : digits.rc;
}

enum gh_rc
gh_openai_plan_end(struct gh_openai_plan *p)
{
    uint32_t inside = p->body->nodes[0].at + 1;
    struct gh_str head = gh_buf_str(&p->head);

    if (head.n == 0)
        return GH_OK;
    if (gh_json_first(p->body, 0) == GH_JSON_NO) /* an empty object wants no comma behind */
        head.n--;
    return gh_edits_add(p->edits, inside, inside, head);
}

struct gh_edit
gh_openai_plan_without(const struct gh_json *j, gh_json_ref v)
{
    uint32_t at = j->nodes[v - 1].at, end = j->nodes[v].end, behind = j->nodes[v].next;
    uint32_t before = at;

    if (behind < j->nodes[0].next)
        return (struct gh_edit){at, j->nodes[behind].at, GH_STR("")};
    while (before > 0 && j->text.p[before - 1] != ',' && j->text.p[before - 1] != '{')
        before--;
    return (struct gh_edit){j->text.p[before - 1] == ',' ? before - 1 : at, end, GH_STR("")};
}
