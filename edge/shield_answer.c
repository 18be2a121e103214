/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include "base/limits.h"
#include "policy/shield_policy.h"

/*
 * What a caller is told of the shield: its verdict in a header of every answer that it found something for, and where an endpoint annotates,
 * on Azure's surface, the results of all that was judged.
 */

static bool
is_annotated(const ngx_http_gatehouse_ctx_t *ctx)
{
    const struct gh_route_row *row = ctx->route.row;

    return ctx->judge != NULL && ctx->judge->is_annotated && row->surface == GH_SURFACE_AZURE_OPENAI && row->op == GH_OP_CHAT;
}

bool
ngx_http_gatehouse_shield_annotate(ngx_http_gatehouse_ctx_t *ctx)
{
    struct gh_edits edits;
    struct gh_json json;
    struct gh_arena a;
    struct gh_buf out;
    bool is_done = false;

    if (!is_annotated(ctx) || ctx->request->headers_out.status != NGX_HTTP_OK)
        return true;
    gh_arena_init(&a, ngx_http_gatehouse_heap(), 32 * (size_t)GH_ANSWER_BYTES_MAX);
    gh_buf_init(&out, &ctx->held_arena, 2 * (size_t)GH_ANSWER_BYTES_MAX);
    edits = (struct gh_edits){.arena = &a};
    if (gh_json_parse(&json, &a, gh_buf_str(&ctx->held), NULL) == GH_OK &&
        gh_filtered_annotate(&edits, &a, &json, &ctx->judge->filtered) == GH_OK &&
        gh_dialect_splice(&out, json.text, edits.item, edits.n) == GH_OK) {
        ctx->held = out;
        is_done = true;
    }
    gh_arena_fini(&a);
    return is_done;
}

bool
ngx_http_gatehouse_shield_chunk(struct gh_buf *out, const ngx_http_gatehouse_ctx_t *ctx)
{
    if (!is_annotated(ctx))
        return false;
    gh_buf_putz(out, "data: ");
    gh_filtered_put_chunk(out, &ctx->judge->filtered);
    gh_buf_putz(out, "\n\n");
    return true;
}

ngx_str_t
ngx_http_gatehouse_shield_verdict(ngx_http_gatehouse_ctx_t *ctx)
{
    const ngx_http_gatehouse_attack_t *a = ctx->judge == NULL ? NULL : &ctx->judge->attack;
    bool is_told = a != NULL && a->act >= GH_SHIELD_ACT_ANNOTATE && ctx->judge->controls.ran[GH_CONTROL_SHIELD] != GH_RAN_OBSERVED;
    struct gh_buf b;

    if (!is_told)
        return (ngx_str_t){0, NULL};
    gh_buf_init(&b, &ctx->arena, 64);
    gh_buf_putz(&b, gh_shield_class_names[a->found]);
    gh_buf_putz(&b, "; kind=");
    gh_buf_putz(&b, a->kind < GH_SHIELD_KINDS ? gh_shield_kind_names[a->kind] : "instructions");
    return (ngx_str_t){gh_buf_str(&b).n, (u_char *)b.p};
}
