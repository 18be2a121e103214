/* SPDX-License-Identifier: Apache-2.0 */
#include "control/rest/handlers.h"

#include "control/assess/assess.h"
#include "control/rest/contained.h"
#include "control/review/recommend.h"
#include "control/review/review.h"
#include "control/risk/risk.h"

const struct gh_handler gh_handler_table[GH_RESOURCE_COUNT] = {
    [GH_RESOURCE_WORKSPACE] = {.check = gh_check_workspace},
    [GH_RESOURCE_OUTBOUND_RULE] = {.prepare = gh_prepare_outbound_rule, .check = gh_check_outbound_rule},
    [GH_RESOURCE_ENDPOINT] = {.check = gh_check_endpoint, .after = gh_after_endpoint, .check_delete = gh_contained_may_delete},
    [GH_RESOURCE_DEPLOYMENT] = {.check = gh_check_deployment},
    [GH_RESOURCE_BACKEND] = {.prepare = gh_prepare_backend, .check = gh_check_backend, .check_delete = gh_contained_may_delete},
    [GH_RESOURCE_SECRET] =
        {
            .prepare = gh_prepare_secret,
            .after = gh_after_secret,
            .render = gh_render_secret,
        },
    [GH_RESOURCE_API_KEY] =
        {
            .prepare = gh_prepare_key,
            .check = gh_check_key,
            .render = gh_render_key,
        },
    [GH_RESOURCE_IDENTITY] = {.check = gh_check_identity, .check_delete = gh_check_delete_identity},
    [GH_RESOURCE_GROUP] = {.check = gh_check_group, .after = gh_after_group, .check_delete = gh_check_delete_group},
    [GH_RESOURCE_ISSUER] =
        {
            .prepare = gh_prepare_issuer,
            .check = gh_check_issuer,
            .after = gh_after_issuer,
            .check_delete = gh_check_delete_issuer,
            .is_guarded = true,
        },
    [GH_RESOURCE_ROLE_DEFINITION] = {.check = gh_check_role, .after = gh_after_role, .check_delete = gh_check_delete_role},
    [GH_RESOURCE_ROLE_ASSIGNMENT] =
        {
            .check = gh_check_assignment,
            .check_delete = gh_check_delete_assignment,
            .scope = gh_scope_assignment,
            .describe = gh_describe_assignment,
        },
    [GH_RESOURCE_DENY_ASSIGNMENT] =
        {
            .check = gh_check_deny,
            .check_delete = gh_check_delete_deny,
            .scope = gh_scope_assignment,
        },
    [GH_RESOURCE_ROLE_ELIGIBILITY] =
        {
            .check = gh_check_eligibility,
            .check_delete = gh_check_delete_eligibility,
            .scope = gh_scope_assignment,
            .describe = gh_describe_assignment,
        },
    [GH_RESOURCE_ROLE_POLICY] = {.check = gh_check_role_policy, .scope = gh_scope_assignment},
    [GH_RESOURCE_ROLE_REQUEST] = {.check = gh_check_role_request, .scope = gh_scope_assignment},
    [GH_RESOURCE_REVOCATION] = {.check = gh_check_revocation, .after = gh_after_revocation},
    [GH_RESOURCE_CONTAINMENT] = {.prepare = gh_prepare_containment, .check = gh_check_containment},
    [GH_RESOURCE_LISTENER] = {.prepare = gh_prepare_listener, .check = gh_check_listener, .check_delete = gh_check_delete_listener},
    [GH_RESOURCE_CONNECTION] = {.prepare = gh_prepare_connection, .check = gh_check_connection},
    [GH_RESOURCE_ASSESSMENT] = {.prepare = gh_prepare_assessment, .check = gh_check_assessment},
    [GH_RESOURCE_RISK] = {.answer = gh_answer_risk},
    [GH_RESOURCE_RISK_DECISION] = {.prepare = gh_prepare_risk_decision,
        .check = gh_check_risk_decision,
        .after = gh_after_risk_decision},
    [GH_RESOURCE_WATCHLIST] = {.check = gh_check_watchlist, .check_delete = gh_check_delete_watchlist},
    [GH_RESOURCE_COND_POLICY] = {.check = gh_check_cond_policy},
    [GH_RESOURCE_COND_PLACE] = {.check = gh_check_cond_place},
    [GH_RESOURCE_COND_STRENGTH] = {.check = gh_check_cond_strength},
    [GH_RESOURCE_COND_CONTEXT] = {.check = gh_check_cond_context},
    [GH_RESOURCE_ACCESS_REVIEW] = {.check = gh_check_review,
        .check_delete = gh_check_delete_review,
        .scope = gh_scope_review,
        .owns_below = true},
    [GH_RESOURCE_REVIEW_INSTANCE] = {.check = gh_check_review_instance, .scope = gh_scope_review, .is_scope_kept = true},
    [GH_RESOURCE_REVIEW_DECISION] = {.check = gh_check_review_decision, .scope = gh_scope_review, .is_scope_kept = true},
    [GH_RESOURCE_RECOMMENDATION] = {.answer = gh_answer_recommendations},
    [GH_RESOURCE_STATUS] = {.answer = gh_answer_status},
    [GH_RESOURCE_AUDIT_RECORDS] = {.answer = gh_answer_audit_records},
    [GH_RESOURCE_AUDIT_HEAD] = {.answer = gh_answer_audit_head},
    [GH_RESOURCE_AUDIT_KEY] = {.answer = gh_answer_audit_key},
    [GH_RESOURCE_AUDIT_EXPORT] = {.answer = gh_answer_audit_export},
    [GH_RESOURCE_ACCESS] = {.answer = gh_answer_access},
    [GH_RESOURCE_API] = {.answer = gh_answer_api},
};
