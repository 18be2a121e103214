/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Azure's built-in roles as Azure publishes them, by their GUIDs, so that assignments written for Azure mean here what they mean there.
 */
#include "policy/role.h"

// clang-format off
#define J(...) #__VA_ARGS__
#define ROLE(id, name, description, permissions) \
    {id, name, "{\"name\":\"" id "\",\"type\":\"Microsoft.Authorization/roleDefinitions\",\"properties\":{\"roleName\":\"" name \
        "\",\"description\":\"" description "\",\"type\":\"BuiltInRole\",\"permissions\":[" permissions \
        "],\"assignableScopes\":[\"/\"]}}"}

/* What most of Azure's service roles may do beside their service. */
#define COMMON_READS \
    "\"Microsoft.Insights/alertRules/read\",\"Microsoft.Insights/diagnosticSettings/read\",\"Microsoft.Insights/logDefinitions/read\"," \
    "\"Microsoft.Insights/metricdefinitions/read\",\"Microsoft.Insights/metrics/read\"," \
    "\"Microsoft.ResourceHealth/availabilityStatuses/read\",\"Microsoft.Resources/subscriptions/operationresults/read\"," \
    "\"Microsoft.Resources/subscriptions/read\",\"Microsoft.Resources/subscriptions/resourceGroups/read\",\"Microsoft.Support/*\""
#define VAULT_READS \
    "\"Microsoft.Authorization/*/read\",\"Microsoft.Insights/alertRules/*\",\"Microsoft.Resources/deployments/*\"," \
    "\"Microsoft.Resources/subscriptions/resourceGroups/read\",\"Microsoft.Support/*\",\"Microsoft.KeyVault/checkNameAvailability/read\"," \
    "\"Microsoft.KeyVault/deletedVaults/read\",\"Microsoft.KeyVault/locations/*/read\",\"Microsoft.KeyVault/vaults/*/read\"," \
    "\"Microsoft.KeyVault/operations/read\""
/* Assigning roles, but Azure AI User alone. */
#define AI_USER_ID "53ca6127-db72-4b80-b1b0-d745d6d5456d"
#define ONLY_AI_USER(verb, source) \
    "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/" verb "'})) OR " \
    "(@" source "[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals{" AI_USER_ID "}))"
#define DELEGATED \
    "{\"actions\":[\"Microsoft.Authorization/roleAssignments/write\",\"Microsoft.Authorization/roleAssignments/delete\"]," \
    "\"notActions\":[],\"dataActions\":[],\"notDataActions\":[],\"conditionVersion\":\"2.0\"," \
    "\"condition\":\"" ONLY_AI_USER("write", "Request") " AND " ONLY_AI_USER("delete", "Resource") "\"}"
#define VAULT(data) "{\"actions\":[" VAULT_READS "],\"notActions\":[],\"dataActions\":" data ",\"notDataActions\":[]}"

const struct gh_role_builtin gh_role_builtins[] = {
    /* ---- everything ---- */
    ROLE("8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "Owner",
        "Full control of resources, and the right to assign roles.",
        J({"actions":["*"],"notActions":[],"dataActions":[],"notDataActions":[]})),
    ROLE("b24988ac-6180-42a0-ab88-20f7382dd24c", "Contributor",
        "Full control of resources, without the right to assign roles.",
        J({"actions":["*"],
           "notActions":["Microsoft.Authorization/*/Delete","Microsoft.Authorization/*/Write",
                         "Microsoft.Authorization/elevateAccess/Action","Microsoft.Blueprint/blueprintAssignments/write",
                         "Microsoft.Blueprint/blueprintAssignments/delete","Microsoft.Compute/galleries/share/action",
                         "Microsoft.Purview/consents/write","Microsoft.Purview/consents/delete"],
           "dataActions":[],"notDataActions":[]})),
    ROLE("acdd72a7-3385-48ef-bd42-f606fba81ae7", "Reader",
        "Reads all resources, changes none.",
        J({"actions":["*/read"],"notActions":[],"dataActions":[],"notDataActions":[]})),
    ROLE("18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", "User Access Administrator",
        "Manages who has access.",
        J({"actions":["*/read","Microsoft.Authorization/*","Microsoft.Support/*"],
           "notActions":[],"dataActions":[],"notDataActions":[]})),
    ROLE("f58310d9-a9f6-439a-9e8d-f62e7b41a168", "Role Based Access Control Administrator",
        "Manages who has access by assigning roles.",
        J({"actions":["Microsoft.Authorization/roleAssignments/write","Microsoft.Authorization/roleAssignments/delete","*/read",
                      "Microsoft.Support/*"],
           "notActions":[],"dataActions":[],"notDataActions":[]})),

    /* ---- machine learning ---- */
    ROLE("f6c7c914-8db3-469d-8ca1-694a8f32e121", "AzureML Data Scientist",
        "All actions within a workspace, except for compute, and for the workspace itself.",
        J({"actions":["Microsoft.MachineLearningServices/workspaces/*/read","Microsoft.MachineLearningServices/workspaces/*/action",
                      "Microsoft.MachineLearningServices/workspaces/*/delete","Microsoft.MachineLearningServices/workspaces/*/write"],
           "notActions":["Microsoft.MachineLearningServices/workspaces/delete","Microsoft.MachineLearningServices/workspaces/write",
                         "Microsoft.MachineLearningServices/workspaces/computes/*/write",
                         "Microsoft.MachineLearningServices/workspaces/computes/*/delete",
                         "Microsoft.MachineLearningServices/workspaces/computes/listKeys/action",
                         "Microsoft.MachineLearningServices/workspaces/listKeys/action",
                         "Microsoft.MachineLearningServices/workspaces/hubs/write",
                         "Microsoft.MachineLearningServices/workspaces/hubs/delete",
                         "Microsoft.MachineLearningServices/workspaces/featurestores/write",
                         "Microsoft.MachineLearningServices/workspaces/featurestores/delete"],
           "dataActions":[],"notDataActions":[]})),
    ROLE("e503ece1-11d0-4e8e-8e2c-7a6c3bf38815", "AzureML Compute Operator",
        "Works with compute and notebook machines of a workspace.",
        J({"actions":["Microsoft.MachineLearningServices/workspaces/computes/*",
                      "Microsoft.MachineLearningServices/workspaces/notebooks/vm/*"],
           "notActions":[],"dataActions":[],"notDataActions":[]})),
    ROLE("1823dd4f-9b8c-4ab6-ab4e-7397a3684615", "AzureML Registry User",
        "Works with the assets of a registry.",
        J({"actions":["Microsoft.MachineLearningServices/registries/read","Microsoft.MachineLearningServices/registries/assets/*"],
           "notActions":[],"dataActions":[],"notDataActions":[]})),

    /* ---- AI services ---- */
    ROLE("64702f94-c441-49e6-a78b-ef80e0188fee", "Azure AI Developer",
        "All actions within a project, except for the project itself; calls models.",
        J({"actions":["Microsoft.MachineLearningServices/workspaces/*/read","Microsoft.MachineLearningServices/workspaces/*/action",
                      "Microsoft.MachineLearningServices/workspaces/*/delete","Microsoft.MachineLearningServices/workspaces/*/write",
                      "Microsoft.MachineLearningServices/locations/*/read","Microsoft.Authorization/*/read",
                      "Microsoft.Resources/deployments/*"],
           "notActions":["Microsoft.MachineLearningServices/workspaces/delete","Microsoft.MachineLearningServices/workspaces/write",
                         "Microsoft.MachineLearningServices/workspaces/listKeys/action",
                         "Microsoft.MachineLearningServices/workspaces/hubs/*",
                         "Microsoft.MachineLearningServices/workspaces/featurestores/write",
                         "Microsoft.MachineLearningServices/workspaces/featurestores/delete"],
           "dataActions":["Microsoft.CognitiveServices/accounts/OpenAI/*","Microsoft.CognitiveServices/accounts/SpeechServices/*",
                          "Microsoft.CognitiveServices/accounts/ContentSafety/*"],
           "notDataActions":[]})),
    ROLE("53ca6127-db72-4b80-b1b0-d745d6d5456d", "Azure AI User",
        "Reads AI resources, lists their keys, and calls them.",
        "{\"actions\":[\"Microsoft.CognitiveServices/*/read\",\"Microsoft.CognitiveServices/accounts/listkeys/action\","
        "\"Microsoft.Resources/deployments/*\"," COMMON_READS "],\"notActions\":[],"
        "\"dataActions\":[\"Microsoft.CognitiveServices/*\"],\"notDataActions\":[]}"),
    ROLE("eadc314b-1a2d-4efa-be10-5d325db5065e", "Azure AI Project Manager",
        "Manages projects, calls their models, and gives others the role Azure AI User.",
        DELEGATED ",{\"actions\":[\"Microsoft.Authorization/*/read\",\"Microsoft.CognitiveServices/accounts/*/read\","
        "\"Microsoft.CognitiveServices/accounts/projects/*\",\"Microsoft.CognitiveServices/locations/*/read\","
        "\"Microsoft.Insights/alertRules/*\",\"Microsoft.Resources/deployments/*\"," COMMON_READS "],\"notActions\":[],"
        "\"dataActions\":[\"Microsoft.CognitiveServices/*\"],\"notDataActions\":[]}"),
    ROLE("e47c6f54-e4a2-4754-9501-8e0985b135e1", "Azure AI Account Owner",
        "Manages accounts and projects, and gives others the role Azure AI User; calls no model.",
        DELEGATED ",{\"actions\":[\"Microsoft.Authorization/*/read\",\"Microsoft.CognitiveServices/*\","
        "\"Microsoft.Features/features/read\",\"Microsoft.Features/providers/features/read\","
        "\"Microsoft.Features/providers/features/register/action\",\"Microsoft.Insights/alertRules/*\","
        "\"Microsoft.Insights/diagnosticSettings/*\",\"Microsoft.Resources/deployments/*\","
        "\"Microsoft.Resources/subscriptions/resourcegroups/deployments/*\"," COMMON_READS "],\"notActions\":[],"
        "\"dataActions\":[],\"notDataActions\":[]}"),
    ROLE("a97b65f3-24c7-4388-baec-2e87135dc908", "Cognitive Services User",
        "Reads AI resources, lists their keys, and calls them.",
        "{\"actions\":[\"Microsoft.CognitiveServices/*/read\",\"Microsoft.CognitiveServices/accounts/listkeys/action\","
        "\"Microsoft.Resources/deployments/operations/read\"," COMMON_READS "],\"notActions\":[],"
        "\"dataActions\":[\"Microsoft.CognitiveServices/*\"],\"notDataActions\":[]}"),
    ROLE("25fbc0a9-bd7c-42a3-aa1a-3b75d497ee68", "Cognitive Services Contributor",
        "Manages AI resources and their keys; calls none of them.",
        "{\"actions\":[\"Microsoft.Authorization/*/read\",\"Microsoft.CognitiveServices/*\",\"Microsoft.Features/features/read\","
        "\"Microsoft.Features/providers/features/read\",\"Microsoft.Features/providers/features/register/action\","
        "\"Microsoft.Insights/alertRules/*\",\"Microsoft.Insights/diagnosticSettings/*\",\"Microsoft.Resources/deployments/*\","
        "\"Microsoft.Resources/subscriptions/resourcegroups/deployments/*\"," COMMON_READS "],\"notActions\":[],"
        "\"dataActions\":[],\"notDataActions\":[]}"),
    ROLE("5e0bd9bd-7b93-4f28-af87-19fc36ad61bd", "Cognitive Services OpenAI User",
        "Reads AI resources, and calls OpenAI models.",
        J({"actions":["Microsoft.CognitiveServices/*/read","Microsoft.Authorization/roleAssignments/read",
                      "Microsoft.Authorization/roleDefinitions/read"],
           "notActions":[],
           "dataActions":["Microsoft.CognitiveServices/accounts/OpenAI/*/read",
                          "Microsoft.CognitiveServices/accounts/OpenAI/engines/completions/action",
                          "Microsoft.CognitiveServices/accounts/OpenAI/engines/search/action",
                          "Microsoft.CognitiveServices/accounts/OpenAI/engines/generate/action",
                          "Microsoft.CognitiveServices/accounts/OpenAI/deployments/audio/action",
                          "Microsoft.CognitiveServices/accounts/OpenAI/deployments/search/action",
                          "Microsoft.CognitiveServices/accounts/OpenAI/deployments/completions/action",
                          "Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action",
                          "Microsoft.CognitiveServices/accounts/OpenAI/deployments/extensions/chat/completions/action",
                          "Microsoft.CognitiveServices/accounts/OpenAI/deployments/embeddings/action",
                          "Microsoft.CognitiveServices/accounts/OpenAI/images/generations/action",
                          "Microsoft.CognitiveServices/accounts/OpenAI/responses/write",
                          "Microsoft.CognitiveServices/accounts/OpenAI/responses/delete"],
           "notDataActions":[]})),
    ROLE("a001fd3d-188f-4b5d-821b-7da978bf7442", "Cognitive Services OpenAI Contributor",
        "Calls OpenAI models, fine-tunes and deploys them.",
        J({"actions":["Microsoft.CognitiveServices/*/read","Microsoft.CognitiveServices/accounts/deployments/write",
                      "Microsoft.CognitiveServices/accounts/deployments/delete","Microsoft.CognitiveServices/accounts/raiPolicies/read",
                      "Microsoft.CognitiveServices/accounts/raiPolicies/write","Microsoft.CognitiveServices/accounts/raiPolicies/delete",
                      "Microsoft.CognitiveServices/accounts/commitmentplans/read",
                      "Microsoft.CognitiveServices/accounts/commitmentplans/write",
                      "Microsoft.CognitiveServices/accounts/commitmentplans/delete","Microsoft.Authorization/roleAssignments/read",
                      "Microsoft.Authorization/roleDefinitions/read"],
           "notActions":[],"dataActions":["Microsoft.CognitiveServices/accounts/OpenAI/*"],"notDataActions":[]})),

    /* ---- vault ---- */
    ROLE("00482a5a-887f-4fb3-b363-3b7fe8e74483", "Key Vault Administrator", "All data of a vault.",
        VAULT("[\"Microsoft.KeyVault/vaults/*\"]")),
    ROLE("b86a8fe4-44ce-4948-aee5-eccb2c155cd7", "Key Vault Secrets Officer", "All operations on the secrets of a vault.",
        VAULT("[\"Microsoft.KeyVault/vaults/secrets/*\"]")),
    ROLE("4633458b-17de-408a-b874-0445c86b69e6", "Key Vault Secrets User", "Reads secrets and their values.",
        J({"actions":[],"notActions":[],
           "dataActions":["Microsoft.KeyVault/vaults/secrets/getSecret/action","Microsoft.KeyVault/vaults/secrets/readMetadata/action"],
           "notDataActions":[]})),
    ROLE("21090545-7ca7-4776-b22c-e363652d74d2", "Key Vault Reader", "Reads what a vault holds, without the values.",
        VAULT("[\"Microsoft.KeyVault/vaults/*/read\",\"Microsoft.KeyVault/vaults/secrets/readMetadata/action\"]")),

    /* ---- sessions ---- */
    ROLE("0fb8eba5-a2bb-4abe-b1c1-49dfad359bb0", "Azure ContainerApps Session Executor",
        "Runs code in the sessions of a pool, and works with their files.",
        J({"actions":["Microsoft.App/sessionPools/*/read","Microsoft.App/sessionPools/read"],"notActions":[],
           "dataActions":["Microsoft.App/sessionPools/interpreters/execute/action","Microsoft.App/sessionPools/executions/*",
                          "Microsoft.App/sessionPools/files/*","Microsoft.App/sessionPools/sessions/*"],
           "notDataActions":[]})),

    /* ---- ours ---- */
    ROLE("9eeba23c-ff22-49d2-95a5-fcec7ac49990", "Gatehouse IT Administrator",
        "Manages all resources and access; lists or makes no keys, calls no model, reads no secret.",
        J({"actions":["*"],
           "notActions":["*/list*Keys/action","*/listKey/action","*/regenerate*Key/action","*/regenerate*Keys/action",
                         "*/onlineEndpoints/score/action"],
           "dataActions":[],"notDataActions":[]})),
    ROLE("5f1d4c0a-7a83-4f0e-9a55-2f6a0c1b7d31", "Gatehouse Content Safety User", "Asks whether texts are attacks on a model; calls no model.",
        J({"actions":[],"notActions":[],"dataActions":["Microsoft.CognitiveServices/accounts/ContentSafety/*"],"notDataActions":[]})),
};
// clang-format on

const size_t gh_role_builtin_count = sizeof(gh_role_builtins) / sizeof(gh_role_builtins[0]);
