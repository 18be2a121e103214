/* SPDX-License-Identifier: Apache-2.0 */
/* wire/dialect: refusals in the words of each surface (protocols of Azure OpenAI and OpenAI; RFC 9457 for the management API). */
#include "wire/dialect.h"

// clang-format off
const struct gh_problem_row gh_problem_table[GH_PROBLEM_COUNT] = {
    [GH_PROBLEM_NONE] = {500, "internal_error", "The gateway failed.", false, "InternalServerError"},
    [GH_PROBLEM_UNAUTHENTICATED] = {401, "unauthorized", "Access needs a valid credential for this resource.", false, "401"},
    [GH_PROBLEM_FORBIDDEN] = {403, "permission_denied", "The caller is not allowed to do this here.", false, "PermissionDenied"},
    [GH_PROBLEM_KEYS_OFF] = {403, "authentication_type_disabled", "Key based authentication is disabled for this resource.", false, "AuthenticationTypeDisabled"},
    [GH_PROBLEM_NOT_FOUND] = {404, "not_found", "Resource not found.", false, "404"},
    [GH_PROBLEM_DEPLOYMENT_NOT_FOUND] = {404, "model_not_found", "The deployment does not exist for this resource.", false, "DeploymentNotFound"},
    [GH_PROBLEM_METHOD] = {405, "method_not_allowed", "The resource does not have this method.", false, "MethodNotAllowed"},
    [GH_PROBLEM_BAD_BODY] = {400, "invalid_body", "The request body cannot be read.", false, "BadRequest"},
    [GH_PROBLEM_BAD_REQUEST] = {400, "invalid_request", "The request cannot be read.", false, "BadRequest"},
    [GH_PROBLEM_UNSUPPORTED] = {400, "unsupported_feature", "The request asks for something that no control here can inspect.", false, "UnsupportedFeature"},
    [GH_PROBLEM_TOO_LARGE] = {413, "request_too_large", "The request is larger than allowed.", false, "RequestEntityTooLarge"},
    [GH_PROBLEM_TIMEOUT] = {408, "request_timeout", "The request did not arrive in time.", true, "RequestTimeout"},
    [GH_PROBLEM_UPSTREAM] = {502, "bad_gateway", "The model backend did not give a usable answer.", true, "BadGateway"},
    [GH_PROBLEM_UPSTREAM_TIMEOUT] = {504, "gateway_timeout", "The model backend did not answer in time.", true, "GatewayTimeout"},
    [GH_PROBLEM_UNAVAILABLE] = {503, "unavailable", "The gateway cannot serve this request at the moment.", true, "ServiceUnavailable"},
    [GH_PROBLEM_NETWORK] = {403, "network_denied", "Access denied by the network rules of this endpoint.", false, "AccessDenied"},
    [GH_PROBLEM_INTERNAL] = {500, "internal_error", "The gateway failed.", false, "InternalServerError"},
    [GH_PROBLEM_TOOL] = {403, "tool_not_allowed", "The request uses a tool that this endpoint does not allow.", false, "ToolNotAllowed"},
    [GH_PROBLEM_TOOL_CALL] = {502, "tool_call_not_allowed", "The model called a tool that the request did not declare; its answer was blocked.", false, "ToolCallNotAllowed"},
    [GH_PROBLEM_INSTRUCTIONS] = {403, "instructions_not_allowed", "This endpoint has instructions of its own.", false, "InstructionsNotAllowed"},
    [GH_PROBLEM_BOUND] = {403, "bound_exceeded", "The request asks for more than this endpoint allows.", false, "BoundExceeded"},
    [GH_PROBLEM_END_USER] = {400, "end_user_required", "This endpoint needs to know the end user.", false, "EndUserRequired"},
    [GH_PROBLEM_FILTERED] = {400, "content_filter", "What this call says was filtered by the content policy of its endpoint.", false, "content_filter"},
    [GH_PROBLEM_UNSPOKEN] = {400, "unsupported_operation", "The operation is not offered.", false, "OperationNotSupported"},
    [GH_PROBLEM_CONDITIONAL] = {403, "conditional_access", "Access is not allowed by a conditional access policy.", false, "ConditionalAccess"},
    [GH_PROBLEM_STEP_UP] = {401, "insufficient_claims", "The token does not prove enough for a conditional access policy.", false, "InsufficientClaims"},
};
// clang-format on

/* What a client of OpenAI expects beside the code. */
static const char *
openai_type(unsigned status)
{
    if (status == 401)
        return "authentication_error";
    if (status == 403)
        return "permission_error";
    return status >= 500 ? "server_error" : "invalid_request_error";
}

/* "message: detail (request id)" as one string of the writer. */
static void
put_message_as(struct gh_jsonw *w, const char *key, const struct gh_problem_row *row, const char *detail, struct gh_str request_id)
{
    char mem[512];
    struct gh_buf b;

    gh_buf_init_fixed(&b, mem, sizeof(mem));
    gh_buf_putz(&b, row->message);
    if (detail != NULL) {
        gh_buf_putc(&b, ' ');
        gh_buf_putz(&b, detail);
    }
    if (request_id.n != 0) {
        gh_buf_putz(&b, " (request ");
        gh_buf_put(&b, request_id);
        gh_buf_putc(&b, ')');
    }
    gh_jsonw_kstr(w, key, b.rc == GH_OK ? gh_buf_str(&b) : gh_str_z(row->message));
}

static void
put_message(struct gh_jsonw *w, const struct gh_problem_row *row, const char *detail, struct gh_str request_id)
{
    put_message_as(w, "message", row, detail, request_id);
}

/* The open inference protocol has one word for all. */
static void
put_kserve(struct gh_jsonw *w, const struct gh_problem_row *row, const char *detail, struct gh_str request_id)
{
    put_message_as(w, "error", row, detail, request_id);
}

static void
put_openai(struct gh_jsonw *w, const struct gh_problem_row *row, const char *detail, struct gh_str request_id)
{
    gh_jsonw_key(w, "error");
    gh_jsonw_obj(w);
    put_message(w, row, detail, request_id);
    gh_jsonw_kstr(w, "type", gh_str_z(openai_type(row->status)));
    gh_jsonw_key(w, "param");
    gh_jsonw_null(w);
    gh_jsonw_kstr(w, "code", gh_str_z(row->code));
    gh_jsonw_end(w, '}');
}

static void
put_azure(struct gh_jsonw *w, const struct gh_problem_row *row, const char *detail, struct gh_str request_id)
{
    gh_jsonw_key(w, "error");
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "code", gh_str_z(row->azure_code));
    put_message(w, row, detail, request_id);
    gh_jsonw_end(w, '}');
}

/* Azure's form; what cannot be read has a code of its own. */
static void
put_content_safety(struct gh_jsonw *w, const struct gh_problem_row *row, const char *detail, struct gh_str request_id)
{
    struct gh_problem_row as = *row;

    if (row == &gh_problem_table[GH_PROBLEM_BAD_BODY] || row == &gh_problem_table[GH_PROBLEM_TOO_LARGE])
        as.azure_code = "InvalidRequestBody";
    put_azure(w, &as, detail, request_id);
}

/* Statuses that Anthropic's clients have an error class for. */
static const char *
anthropic_type(unsigned status)
{
    static const struct {
        unsigned status;
        const char *type;
    } rows[] = {{401, "authentication_error"}, {403, "permission_error"}, {404, "not_found_error"}, {409, "conflict_error"},
        {413, "request_too_large"}, {429, "rate_limit_error"}, {408, "timeout_error"}, {504, "timeout_error"}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        if (rows[i].status == status)
            return rows[i].type;
    return status >= 500 ? "api_error" : "invalid_request_error";
}

static void
put_anthropic(struct gh_jsonw *w, const struct gh_problem_row *row, const char *detail, struct gh_str request_id)
{
    gh_jsonw_kstr(w, "type", GH_STR("error"));
    gh_jsonw_key(w, "error");
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "type", gh_str_z(anthropic_type(row->status)));
    put_message(w, row, detail, request_id);
    gh_jsonw_key(w, "details");
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "error_code", gh_str_z(row->code));
    gh_jsonw_end(w, '}');
    gh_jsonw_end(w, '}');
    gh_jsonw_kstr(w, "request_id", request_id);
}

/* RFC 9457 section 3.1, with `code` and `requestId` as extension members. */
static void
put_details(struct gh_jsonw *w, const struct gh_problem_row *row, const char *detail, struct gh_str request_id)
{
    gh_jsonw_kstr(w, "type", GH_STR("about:blank"));
    gh_jsonw_kstr(w, "title", gh_str_z(row->message));
    gh_jsonw_ku64(w, "status", row->status);
    if (detail != NULL)
        gh_jsonw_kstr(w, "detail", gh_str_z(detail));
    gh_jsonw_kstr(w, "code", gh_str_z(row->code));
    if (request_id.n != 0)
        gh_jsonw_kstr(w, "requestId", request_id);
}

/* ---- role management and directory: a code for each status ---- */

static const struct {
    unsigned status;
    const char *arm, *graph;
} door_codes[] = {
    {400, "BadRequest", "BadRequest"},
    {401, "AuthenticationFailed", "InvalidAuthenticationToken"},
    {403, "AuthorizationFailed", "Authorization_RequestDenied"},
    {404, "NotFound", "Request_ResourceNotFound"},
    {405, "MethodNotAllowed", "Request_BadRequest"},
    {408, "RequestTimeout", "RequestTimeout"},
    {409, "Conflict", "Request_MultipleObjectsWithSameKeyValue"},
    {412, "PreconditionFailed", "PreconditionFailed"},
    {413, "RequestEntityTooLarge", "RequestEntityTooLarge"},
    {503, "ServiceUnavailable", "ServiceUnavailable"},
    {500, "InternalServerError", "InternalServerError"},
};

const char *
gh_problem_door_code(enum gh_surface surface, unsigned status)
{
    size_t i = 0, n = sizeof(door_codes) / sizeof(*door_codes);

    while (i + 1 < n && door_codes[i].status != status)
        i++;
    return surface == GH_SURFACE_GRAPH ? door_codes[i].graph : door_codes[i].arm;
}

void
gh_problem_put_door(struct gh_jsonw *w, enum gh_surface surface, const char *code, struct gh_str message, struct gh_str request_id)
{
    gh_jsonw_key(w, "error");
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "code", gh_str_z(code));
    gh_jsonw_kstr(w, "message", message);
    if (surface == GH_SURFACE_GRAPH) {
        gh_jsonw_key(w, "innerError");
        gh_jsonw_obj(w);
        gh_jsonw_kstr(w, "request-id", request_id);
        gh_jsonw_kstr(w, "client-request-id", request_id);
        gh_jsonw_end(w, '}');
    }
    gh_jsonw_end(w, '}');
}

/* The message as other surfaces have it, without the request: that stands in a header, and for Graph in innerError. */
static void
put_door(
    struct gh_jsonw *w, enum gh_surface surface, const struct gh_problem_row *row, const char *detail, struct gh_str request_id)
{
    char mem[512];
    struct gh_buf b;

    gh_buf_init_fixed(&b, mem, sizeof(mem));
    gh_buf_putz(&b, row->message);
    if (detail != NULL) {
        gh_buf_putc(&b, ' ');
        gh_buf_putz(&b, detail);
    }
    gh_problem_put_door(w, surface, gh_problem_door_code(surface, row->status),
        b.rc == GH_OK ? gh_buf_str(&b) : gh_str_z(row->message), request_id);
}

static void
put_arm(struct gh_jsonw *w, const struct gh_problem_row *row, const char *detail, struct gh_str request_id)
{
    put_door(w, GH_SURFACE_ARM, row, detail, request_id);
}

static void
put_graph(struct gh_jsonw *w, const struct gh_problem_row *row, const char *detail, struct gh_str request_id)
{
    put_door(w, GH_SURFACE_GRAPH, row, detail, request_id);
}

static void (*const put_shape[GH_SURFACE_COUNT])(struct gh_jsonw *, const struct gh_problem_row *, const char *, struct gh_str) = {
    [GH_SURFACE_NONE] = put_details,
    [GH_SURFACE_MANAGEMENT] = put_details,
    [GH_SURFACE_OPENAI] = put_openai,
    [GH_SURFACE_AZURE_OPENAI] = put_azure,
    [GH_SURFACE_ANTHROPIC] = put_anthropic,
    [GH_SURFACE_SCORING] = put_azure,
    [GH_SURFACE_KSERVE] = put_kserve,
    [GH_SURFACE_CONTENT_SAFETY] = put_content_safety,
    [GH_SURFACE_ARM] = put_arm,
    [GH_SURFACE_GRAPH] = put_graph,
};

void
gh_problem_put(struct gh_buf *out, enum gh_surface surface, enum gh_problem problem, const char *detail, struct gh_str request_id)
{
    struct gh_jsonw w;

    if (problem == GH_PROBLEM_UNAUTHENTICATED)
        detail = NULL;
    gh_jsonw_init(&w, out);
    gh_jsonw_obj(&w);
    put_shape[surface](&w, &gh_problem_table[problem], detail, request_id);
    gh_jsonw_end(&w, '}');
}

const char *
gh_problem_type(enum gh_surface surface)
{
    return put_shape[surface] == put_details ? "application/problem+json" : "application/json";
}
