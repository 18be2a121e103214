/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy/action: the one action table: what can be done, under which name, on which plane. Azure's names where Azure has the
 * operation, `Gatehouse.*` otherwise. Adding an action is adding a row here; a route or a resource type that has no row does not
 * build. Role definitions are compiled against this table (policy/role.h); its digest stands in every snapshot, so that an edge
 * with another table refuses it.
 */
#ifndef GH_POLICY_ACTION_H
#define GH_POLICY_ACTION_H

#include "base/str.h"

enum gh_plane { GH_PLANE_CONTROL = 0, GH_PLANE_DATA };

/* X(name, plane, string). Append only within a release line: the number is stored in snapshots and records. */
#define GH_ACTION_LIST(X)                                                                                                    \
    X(CHAT, DATA, "Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action")                         \
    X(MODELS_READ, DATA, "Microsoft.CognitiveServices/accounts/OpenAI/models/read")                                          \
    X(WORKSPACE_READ, CONTROL, "Microsoft.MachineLearningServices/workspaces/read")                                          \
    X(WORKSPACE_WRITE, CONTROL, "Microsoft.MachineLearningServices/workspaces/write")                                        \
    X(WORKSPACE_DELETE, CONTROL, "Microsoft.MachineLearningServices/workspaces/delete")                                      \
    X(ENDPOINT_READ, CONTROL, "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/read")                           \
    X(ENDPOINT_WRITE, CONTROL, "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/write")                         \
    X(ENDPOINT_DELETE, CONTROL, "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/delete")                       \
    X(DEPLOYMENT_READ, CONTROL, "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments/read")             \
    X(DEPLOYMENT_WRITE, CONTROL, "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments/write")           \
    X(DEPLOYMENT_DELETE, CONTROL, "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments/delete")         \
    X(BACKEND_READ, CONTROL, "Microsoft.MachineLearningServices/workspaces/connections/read")                                \
    X(BACKEND_WRITE, CONTROL, "Microsoft.MachineLearningServices/workspaces/connections/write")                              \
    X(BACKEND_DELETE, CONTROL, "Microsoft.MachineLearningServices/workspaces/connections/delete")                            \
    X(KEY_CREATE, CONTROL, "Microsoft.MachineLearningServices/workspaces/listKeys/action")                                   \
    X(KEY_READ, CONTROL, "Gatehouse.Keys/apiKeys/read")                                                                      \
    X(KEY_DELETE, CONTROL, "Gatehouse.Keys/apiKeys/delete")                                                                  \
    X(SECRET_READ, DATA, "Microsoft.KeyVault/vaults/secrets/readMetadata/action")                                            \
    X(SECRET_GET, DATA, "Microsoft.KeyVault/vaults/secrets/getSecret/action")                                                \
    X(SECRET_SET, DATA, "Microsoft.KeyVault/vaults/secrets/setSecret/action")                                                \
    X(SECRET_DELETE, DATA, "Microsoft.KeyVault/vaults/secrets/delete")                                                       \
    X(IDENTITY_READ, CONTROL, "Gatehouse.Identity/identities/read")                                                          \
    X(IDENTITY_WRITE, CONTROL, "Gatehouse.Identity/identities/write")                                                        \
    X(IDENTITY_DELETE, CONTROL, "Gatehouse.Identity/identities/delete")                                                      \
    X(GROUP_READ, CONTROL, "Gatehouse.Identity/groups/read")                                                                 \
    X(GROUP_WRITE, CONTROL, "Gatehouse.Identity/groups/write")                                                               \
    X(GROUP_DELETE, CONTROL, "Gatehouse.Identity/groups/delete")                                                             \
    X(ISSUER_READ, CONTROL, "Gatehouse.Identity/issuers/read")                                                               \
    X(ISSUER_WRITE, CONTROL, "Gatehouse.Identity/issuers/write")                                                             \
    X(ISSUER_DELETE, CONTROL, "Gatehouse.Identity/issuers/delete")                                                           \
    X(ROLE_DEFINITION_READ, CONTROL, "Microsoft.Authorization/roleDefinitions/read")                                         \
    X(ROLE_DEFINITION_WRITE, CONTROL, "Microsoft.Authorization/roleDefinitions/write")                                       \
    X(ROLE_DEFINITION_DELETE, CONTROL, "Microsoft.Authorization/roleDefinitions/delete")                                     \
    X(ROLE_ASSIGNMENT_READ, CONTROL, "Microsoft.Authorization/roleAssignments/read")                                         \
    X(ROLE_ASSIGNMENT_WRITE, CONTROL, "Microsoft.Authorization/roleAssignments/write")                                       \
    X(ROLE_ASSIGNMENT_DELETE, CONTROL, "Microsoft.Authorization/roleAssignments/delete")                                     \
    X(LISTENER_READ, CONTROL, "Gatehouse.Network/listeners/read")                                                            \
    X(STATUS_READ, CONTROL, "Gatehouse.Installation/status/read")                                                            \
    X(AUDIT_READ, CONTROL, "Gatehouse.Audit/records/read")                                                                   \
    X(AUDIT_HEAD_READ, CONTROL, "Gatehouse.Audit/heads/read")                                                                \
    X(API_READ, CONTROL, "Gatehouse.Installation/api/read")                                                                  \
    X(COMPLETIONS, DATA, "Microsoft.CognitiveServices/accounts/OpenAI/deployments/completions/action")                       \
    X(EMBEDDINGS, DATA, "Microsoft.CognitiveServices/accounts/OpenAI/deployments/embeddings/action")                         \
    X(RESPONSE_READ, DATA, "Microsoft.CognitiveServices/accounts/OpenAI/responses/read")                                     \
    X(RESPONSE_WRITE, DATA, "Microsoft.CognitiveServices/accounts/OpenAI/responses/write")                                   \
    X(RESPONSE_DELETE, DATA, "Microsoft.CognitiveServices/accounts/OpenAI/responses/delete")                                   \
    X(ENDPOINT_OBSERVE, CONTROL, "Gatehouse.Endpoints/observe/action")                                                       \
    X(LISTENER_WRITE, CONTROL, "Gatehouse.Network/listeners/write")                                                          \
    X(LISTENER_DELETE, CONTROL, "Gatehouse.Network/listeners/delete")                                                        \
    X(CONNECTION_READ, CONTROL, "Microsoft.MachineLearningServices/workspaces/privateEndpointConnections/read")              \
    X(CONNECTION_WRITE, CONTROL, "Microsoft.MachineLearningServices/workspaces/privateEndpointConnections/write")            \
    X(CONNECTION_DELETE, CONTROL, "Microsoft.MachineLearningServices/workspaces/privateEndpointConnections/delete")          \
    X(CONNECTION_APPROVE, CONTROL, "Microsoft.CognitiveServices/accounts/privateEndpointConnectionsApproval/action")          \
    X(ASSESSMENT_READ, CONTROL, "Gatehouse.Baseline/assessments/read")                                                      \
    X(ASSESSMENT_WRITE, CONTROL, "Gatehouse.Baseline/assessments/write")                                                    \
    X(ASSESSMENT_DELETE, CONTROL, "Gatehouse.Baseline/assessments/delete")                                                  \
    X(SCORE, CONTROL, "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/score/action")                                     \
    X(OUTBOUND_READ, CONTROL, "Microsoft.MachineLearningServices/workspaces/outboundRules/read")                             \
    X(OUTBOUND_WRITE, CONTROL, "Microsoft.MachineLearningServices/workspaces/outboundRules/write")                           \
    X(OUTBOUND_DELETE, CONTROL, "Microsoft.MachineLearningServices/workspaces/outboundRules/delete")                         \
    X(RISK_READ, CONTROL, "Gatehouse.Risk/identities/read")                                                                  \
    X(RISK_DECIDE, CONTROL, "Gatehouse.Risk/identities/decide/action")                                                       \
    X(WATCHLIST_READ, CONTROL, "Gatehouse.Risk/watchlists/read")                                                                  \
    X(WATCHLIST_WRITE, CONTROL, "Gatehouse.Risk/watchlists/write")                                                                \
    X(WATCHLIST_DELETE, CONTROL, "Gatehouse.Risk/watchlists/delete") \
    X(SHIELD_PROMPT, DATA, "Microsoft.CognitiveServices/accounts/ContentSafety/text:shieldprompt/action") \
    X(COND_POLICY_READ, CONTROL, "Microsoft.Authorization/conditionalAccessPolicies/read") \
    X(COND_POLICY_WRITE, CONTROL, "Microsoft.Authorization/conditionalAccessPolicies/write") \
    X(COND_POLICY_DELETE, CONTROL, "Microsoft.Authorization/conditionalAccessPolicies/delete") \
    X(COND_PLACE_READ, CONTROL, "Microsoft.Authorization/namedLocations/read") \
    X(COND_PLACE_WRITE, CONTROL, "Microsoft.Authorization/namedLocations/write") \
    X(COND_PLACE_DELETE, CONTROL, "Microsoft.Authorization/namedLocations/delete") \
    X(COND_STRENGTH_READ, CONTROL, "Microsoft.Authorization/authenticationStrengths/read") \
    X(COND_STRENGTH_WRITE, CONTROL, "Microsoft.Authorization/authenticationStrengths/write") \
    X(COND_STRENGTH_DELETE, CONTROL, "Microsoft.Authorization/authenticationStrengths/delete") \
    X(COND_CONTEXT_READ, CONTROL, "Microsoft.Authorization/authenticationContexts/read") \
    X(COND_CONTEXT_WRITE, CONTROL, "Microsoft.Authorization/authenticationContexts/write") \
    X(COND_CONTEXT_DELETE, CONTROL, "Microsoft.Authorization/authenticationContexts/delete")                                 \
    X(ROLE_POLICY_READ, CONTROL, "Microsoft.Authorization/roleManagementPolicies/read")                                       \
    X(ROLE_POLICY_WRITE, CONTROL, "Microsoft.Authorization/roleManagementPolicies/write")                                     \
    X(REVOCATION_READ, CONTROL, "Gatehouse.Identity/revocations/read")                                                        \
    X(REVOCATION_WRITE, CONTROL, "Gatehouse.Identity/revocations/write") \
    X(REVIEW_READ, CONTROL, "Microsoft.Authorization/accessReviewScheduleDefinitions/read")                                  \
    X(REVIEW_WRITE, CONTROL, "Microsoft.Authorization/accessReviewScheduleDefinitions/write")                                \
    X(REVIEW_DELETE, CONTROL, "Microsoft.Authorization/accessReviewScheduleDefinitions/delete")                              \
    X(REVIEW_DECIDE, CONTROL, "Microsoft.Authorization/accessReviewScheduleDefinitions/instances/decisions/write")           \
    X(USE_READ, CONTROL, "Gatehouse.Access/recommendations/read")                                                            \
    X(DENY_READ, CONTROL, "Microsoft.Authorization/denyAssignments/read")                                                    \
    X(DENY_WRITE, CONTROL, "Microsoft.Authorization/denyAssignments/write")                                                  \
    X(DENY_DELETE, CONTROL, "Microsoft.Authorization/denyAssignments/delete")                                                \
    X(PERMISSION_READ, CONTROL, "Microsoft.Authorization/permissions/read")                                                  \
    X(PROVIDER_OPERATION_READ, CONTROL, "Microsoft.Authorization/providerOperations/read")                                   \
    X(CONTAIN, CONTROL, "Gatehouse.Installation/contain/action")

enum gh_action {
    GH_ACTION_NONE = 0,
#define GH_ACTION_ENUM(name, plane, string) GH_ACTION_##name,
    GH_ACTION_LIST(GH_ACTION_ENUM)
#undef GH_ACTION_ENUM
    GH_ACTION_COUNT
};

struct gh_action_row {
    enum gh_plane plane;
    struct gh_str string;
};
extern const struct gh_action_row gh_action_table[GH_ACTION_COUNT];

/* GH_ACTION_NONE for an unknown string; ASCII case is ignored. */
enum gh_action gh_action_find(struct gh_str string);

/* SHA-256 over all rows in order. */
GH_MUST_USE enum gh_rc gh_action_digest(uint8_t out[32]);

#endif
