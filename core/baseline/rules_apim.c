/* SPDX-License-Identifier: Apache-2.0 */
/* baseline/rules_apim: rules about API Management: service, APIs, backends, named values, policies. How to write a row: rule.h. */
#include "baseline/rule_apim.h"
#include "baseline/rule_part.h"

/* False by truth value: absent, false, zero or the empty text. */
static enum gh_truth
is_falsy(struct gh_judge *j, const struct gh_cond *c, struct gh_value at)
{
    struct gh_value v = gh_rule_part_at(j, c, at);

    if (v.kind == GH_VALUE_UNKNOWN)
        return GH_TRUTH_UNKNOWN;
    return gh_truth(!gh_value_is_set(v) || (v.kind == GH_VALUE_BOOL && !v.is_true) || (v.kind == GH_VALUE_INT && v.n == 0) ||
                    (v.kind == GH_VALUE_STR && v.s.n == 0));
}

static enum gh_truth
is_product(struct gh_judge *j, const struct gh_cond *c, struct gh_value at)
{
    (void)c;
    (void)at;
    return gh_truth(gh_str_eq_ci(gh_judge_resource(j)->type, GH_STR("Microsoft.ApiManagement/service/products")));
}

/* Not one of the two products that a new service comes with. */
static enum gh_truth
is_own_product(struct gh_judge *j, const struct gh_cond *c, struct gh_value at)
{
    struct gh_value name = gh_rule_part_last(gh_judge_resource(j)->name);

    (void)at;
    gh_judge_saw(j, gh_str_z(c->path), name, "not starter or unlimited");
    return gh_rule_part_not(gh_value_is_one(name, GH_STR("starter|unlimited")));
}

/* A backend's url, an API's serviceUrl. */
static enum gh_truth
is_plain_http(struct gh_judge *j, const struct gh_cond *c, struct gh_value at)
{
    bool is_api = gh_str_eq_ci(gh_judge_resource(j)->type, GH_STR("Microsoft.ApiManagement/service/apis"));
    struct gh_str path = is_api ? GH_STR("properties.serviceUrl") : GH_STR("properties.url");
    struct gh_value v = gh_expr_path(j->ev, at, is_api ? "properties.serviceUrl" : "properties.url");

    (void)c;
    gh_judge_saw(j, path, v, "begins with http://");
    return gh_value_begins(v, GH_STR("http://"));
}

// clang-format off
static const struct gh_rule rows[] = {
    {.id = "GH-APIM-001", .title = "Public network access off", .severity = GH_SEVERITY_HIGH, .control = "NS-2", .seed = "NOPUB", .well_architected = "SE:06",
        .type = "Microsoft.ApiManagement/service",
        .guard = GH_IF(GH_NOT_IN("sku.name", "Consumption")), .guard_why = "the Consumption tier has no network",
        .pass = GH_IF(GH_IN("properties.publicNetworkAccess", "Disabled", .absent = "Enabled")),
        .fix = "set Disabled", .edit = {{"properties.publicNetworkAccess", "\"Disabled\""}},
        .equal = (const struct gh_equal[]){GH_CHECKOV("CKV_AZURE_174", '='),
            GH_POLICY("df73bd95", '~', .pass = GH_IF(GH_IN("properties.publicNetworkAccess", "Disabled", .absent = "Enabled")), .difference = "also asks the Consumption tier"), {0}}},
    {.id = "GH-APIM-002", .title = "In a virtual network", .severity = GH_SEVERITY_MEDIUM, .control = "NS-2", .seed = "NOPUB", .well_architected = "SE:06",
        .type = "Microsoft.ApiManagement/service",
        .guard = GH_IF(GH_NOT_IN("sku.name", "Consumption")), .guard_why = "the Consumption tier has no network",
        .pass = GH_IF(GH_IN("properties.virtualNetworkType", "Internal|External", .absent = "None")),
        .fix = "set a network",
        .equal = (const struct gh_equal[]){GH_CHECKOV("CKV_AZURE_107", 't'), GH_POLICY("ef619a2c", '='), {0}}},
    {.id = "GH-APIM-003", .title = "Private endpoint approved", .severity = GH_SEVERITY_MEDIUM, .control = "NS-2", .seed = "PE", .well_architected = "SE:06",
        .type = "Microsoft.ApiManagement/service",
        .pass = GH_IF(GH_ANY(GH_ENDPOINT(NULL), GH_IN("properties.virtualNetworkType", "Internal", .absent = "None"))),
        .fix = "add one"},
    {.id = "GH-APIM-004", .title = "Managed identity present", .severity = GH_SEVERITY_HIGH, .control = "IM-3", .seed = "MI", .well_architected = "SE:05",
        .type = "Microsoft.ApiManagement/service",
        .pass = GH_IF(GH_IDENTITY),
        .fix = "add an identity", .edit = {{"identity.type", "\"SystemAssigned\""}},
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.APIM.ManagedIdentity", '='), {0}}},
    {.id = "GH-APIM-005", .title = "TLS 1.2 or later only", .severity = GH_SEVERITY_CRITICAL, .control = "DP-3", .seed = "TLS", .well_architected = "SE:07",
        .type = "Microsoft.ApiManagement/service",
        .pass = GH_IF(GH_NOT_IN("properties.customProperties['Microsoft.WindowsAzure.ApiManagement.Gateway.Security.Protocols.Tls10']", "true", .absent = "False"),
            GH_NOT_IN("properties.customProperties['Microsoft.WindowsAzure.ApiManagement.Gateway.Security.Protocols.Tls11']", "true", .absent = "False"),
            GH_NOT_IN("properties.customProperties['Microsoft.WindowsAzure.ApiManagement.Gateway.Security.Protocols.Ssl30']", "true", .absent = "False"),
            GH_NOT_IN("properties.customProperties['Microsoft.WindowsAzure.ApiManagement.Gateway.Security.Backend.Protocols.Tls10']", "true", .absent = "False"),
            GH_NOT_IN("properties.customProperties['Microsoft.WindowsAzure.ApiManagement.Gateway.Security.Backend.Protocols.Tls11']", "true", .absent = "False"),
            GH_NOT_IN("properties.customProperties['Microsoft.WindowsAzure.ApiManagement.Gateway.Security.Backend.Protocols.Ssl30']", "true", .absent = "False")),
        .fix = "remove or set False",
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.APIM.Protocols", '='),
            GH_CHECKOV("CKV_AZURE_173", '~', .pass = GH_IF(GH_CALL(is_falsy, .path = "properties.customProperties['Microsoft.WindowsAzure.ApiManagement.Gateway.Security.Protocols.Tls10']"), GH_CALL(is_falsy, .path = "properties.customProperties['Microsoft.WindowsAzure.ApiManagement.Gateway.Security.Protocols.Tls11']"), GH_CALL(is_falsy, .path = "properties.customProperties['Microsoft.WindowsAzure.ApiManagement.Gateway.Security.Protocols.Ssl30']"), GH_CALL(is_falsy, .path = "properties.customProperties['Microsoft.WindowsAzure.ApiManagement.Gateway.Security.Backend.Protocols.Tls10']"), GH_CALL(is_falsy, .path = "properties.customProperties['Microsoft.WindowsAzure.ApiManagement.Gateway.Security.Backend.Protocols.Ssl30']"))), {0}}},
    {.id = "GH-APIM-006", .title = "No weak cipher", .severity = GH_SEVERITY_CRITICAL, .control = "DP-3", .seed = "TLS", .well_architected = "SE:07",
        .type = "Microsoft.ApiManagement/service",
        .pass = GH_IF(GH_NOT_IN("properties.customProperties['Microsoft.WindowsAzure.ApiManagement.Gateway.Security.Ciphers.TripleDes168']", "true", .absent = "False"),
            GH_FALSE("properties.customProperties['Microsoft.WindowsAzure.ApiManagement.Gateway.Security.Ciphers.TLS_RSA_WITH_AES_128_CBC_SHA']", .absent = "on"),
            GH_FALSE("properties.customProperties['Microsoft.WindowsAzure.ApiManagement.Gateway.Security.Ciphers.TLS_RSA_WITH_AES_256_CBC_SHA']", .absent = "on"),
            GH_FALSE("properties.customProperties['Microsoft.WindowsAzure.ApiManagement.Gateway.Security.Ciphers.TLS_RSA_WITH_AES_128_CBC_SHA256']", .absent = "on"),
            GH_FALSE("properties.customProperties['Microsoft.WindowsAzure.ApiManagement.Gateway.Security.Ciphers.TLS_RSA_WITH_AES_256_CBC_SHA256']", .absent = "on"),
            GH_FALSE("properties.customProperties['Microsoft.WindowsAzure.ApiManagement.Gateway.Security.Ciphers.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA']", .absent = "on"),
            GH_FALSE("properties.customProperties['Microsoft.WindowsAzure.ApiManagement.Gateway.Security.Ciphers.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA']", .absent = "on"),
            GH_FALSE("properties.customProperties['Microsoft.WindowsAzure.ApiManagement.Gateway.Security.Ciphers.TLS_RSA_WITH_AES_128_GCM_SHA256']", .absent = "on")),
        .fix = "set False",
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.APIM.Ciphers", '='), {0}}},
    {.id = "GH-APIM-007", .title = "APIs use encrypted protocols", .severity = GH_SEVERITY_HIGH, .control = "DP-3", .seed = "TLS", .well_architected = "SE:07",
        .type = "Microsoft.ApiManagement/service/apis",
        .pass = GH_IF(GH_NOT(GH_HOLDS("properties.protocols", "http|ws"))),
        .fix = "https/wss only", .edit = {{"properties.protocols", "[\"https\"]"}},
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.APIM.HTTPEndpoint", '>', .pass = GH_IF(GH_NOT(GH_HOLDS("properties.protocols", "http")))),
            GH_POLICY("ee7495e7", '='), {0}}},
    {.id = "GH-APIM-008", .title = "Backends over HTTPS", .severity = GH_SEVERITY_CRITICAL, .control = "DP-3", .seed = "TLS", .well_architected = "SE:07",
        .type = "Microsoft.ApiManagement/service/backends|Microsoft.ApiManagement/service/apis",
        .pass = GH_IF(GH_NOT(GH_CALL(is_plain_http, .wanted = "its url or serviceUrl begins with http://"))),
        .fix = "use https",
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.APIM.HTTPBackend", '='), GH_CHECKOV("CKV_AZURE_215", 't'), {0}}},
    {.id = "GH-APIM-009", .title = "Backend certificate checked", .severity = GH_SEVERITY_HIGH, .control = "IM-4", .seed = "TLS", .well_architected = "SE:05",
        .type = "Microsoft.ApiManagement/service/backends",
        .pass = GH_IF(GH_NOT_IN("properties.tls.validateCertificateChain", "false"), GH_NOT_IN("properties.tls.validateCertificateName", "false")),
        .fix = "set true", .edit = {{"properties.tls.validateCertificateChain", "true"}, {"properties.tls.validateCertificateName", "true"}},
        .equal = (const struct gh_equal[]){GH_POLICY("92bb331d", '='), {0}}},
    {.id = "GH-APIM-010", .title = "Backend is authenticated", .severity = GH_SEVERITY_HIGH, .control = "IM-4", .seed = "EPAUTH", .well_architected = "SE:05",
        .type = "Microsoft.ApiManagement/service/backends",
        .pass = GH_IF(GH_ANY(GH_SET("properties.credentials.certificate"), GH_SET("properties.credentials.certificateIds"), GH_SET("properties.credentials.authorization"), GH_SET("properties.credentials.managedIdentity"), GH_CALL(gh_rule_apim_backend_policy, .value = "authenticated", .wanted = "a policy that sends to it authenticates"))),
        .fix = "authenticate",
        .equal = (const struct gh_equal[]){GH_POLICY("c15dcc82", '~', .pass = GH_IF(GH_ANY(GH_SET("properties.credentials.certificate"), GH_SET("properties.credentials.certificateIds"), GH_SET("properties.credentials.authorization"))), .difference = "does not know managed identities and policies"), {0}},
        .note = "a policy is for the backend when it names it by backend-id or stands on an API whose serviceUrl has its host"},
    {.id = "GH-APIM-011", .title = "Model backend by identity, not key", .severity = GH_SEVERITY_HIGH, .control = "IM-3", .seed = "NOKEY", .well_architected = "SE:05",
        .type = "Microsoft.ApiManagement/service/backends",
        .guard = GH_IF(GH_CALL(gh_rule_apim_backend_is_model, .wanted = "its host ends in openai.azure.com, cognitiveservices.azure.com or services.ai.azure.com")), .guard_why = "for backends that are a model service alone",
        .pass = GH_IF(GH_CALL(gh_rule_apim_backend_policy, .value = "identity", .wanted = "the policies that send to it use authentication-managed-identity and set no api-key")),
        .fix = "use the managed identity",
        .note = "no policy of the input names the backend: unknown, unless the backend itself holds a key (fail) or an identity (pass)"},
    {.id = "GH-APIM-012", .title = "Secret named values in a vault", .severity = GH_SEVERITY_HIGH, .control = "IM-8", .seed = "KV", .well_architected = "SE:09",
        .type = "Microsoft.ApiManagement/service/namedValues",
        .guard = GH_IF(GH_TRUE("properties.secret")), .guard_why = "for secret named values alone",
        .pass = GH_IF(GH_SET("properties.keyVault.secretIdentifier")),
        .fix = "reference a vault secret",
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.APIM.EncryptValues", '~', .pass = GH_IF(GH_SET("properties.keyVault.secretIdentifier"))),
            GH_POLICY("f1cc7827", '='), {0}}},
    {.id = "GH-APIM-013", .title = "Subscription required", .severity = GH_SEVERITY_HIGH, .control = "PA-7", .seed = "EPAUTH", .well_architected = "SE:05",
        .type = "Microsoft.ApiManagement/service/products|Microsoft.ApiManagement/service/apis",
        .pass = GH_IF(GH_ANY(GH_TRUE("properties.subscriptionRequired"), GH_CALL(gh_rule_apim_token_is_validated, .wanted = "its policy validates a token"))),
        .fix = "require it", .edit = {{"properties.subscriptionRequired", "true"}},
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.APIM.ProductSubscription", '~', .guard = GH_IF(GH_CALL(is_product)), .pass = GH_IF(GH_TRUE("properties.subscriptionRequired")), .difference = "asks products alone, and does not look at policies"), {0}}},
    {.id = "GH-APIM-014", .title = "Product needs approval", .severity = GH_SEVERITY_MEDIUM, .control = "PA-7", .seed = "RBAC", .well_architected = "SE:05",
        .type = "Microsoft.ApiManagement/service/products",
        .pass = GH_IF(GH_TRUE("properties.approvalRequired")),
        .fix = "require it", .edit = {{"properties.approvalRequired", "true"}},
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.APIM.ProductApproval", '='), {0}}},
    {.id = "GH-APIM-015", .title = "Sample products removed", .severity = GH_SEVERITY_LOW, .control = "AM-2", .well_architected = "SE:01",
        .type = "Microsoft.ApiManagement/service/products",
        .pass = GH_IF(GH_CALL(is_own_product, .path = "name", .wanted = "not starter or unlimited")),
        .fix = "delete",
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.APIM.SampleProducts", '='), {0}}},
    {.id = "GH-APIM-016", .title = "No subscription to all APIs", .severity = GH_SEVERITY_HIGH, .control = "PA-7", .seed = "RBAC", .well_architected = "SE:05",
        .type = "Microsoft.ApiManagement/service/subscriptions",
        .guard = GH_IF(GH_IN("properties.state", "active", .absent = "active")), .guard_why = "the subscription is not active",
        .pass = GH_IF(GH_NOT(GH_ENDS("properties.scope", "/apis"))),
        .fix = "scope to a product",
        .equal = (const struct gh_equal[]){GH_POLICY("3aa03346", '='), {0}}},
    {.id = "GH-APIM-017", .title = "Direct management off", .severity = GH_SEVERITY_HIGH, .control = "PV-2", .seed = "NOKEY", .well_architected = "SE:08",
        .type = "Microsoft.ApiManagement/service/tenant",
        .pass = GH_IF(GH_NOT_IN("properties.enabled", "true")),
        .fix = "disable", .edit = {{"properties.enabled", "false"}},
        .equal = (const struct gh_equal[]){GH_POLICY("b741306c", '='), {0}}},
    {.id = "GH-APIM-018", .title = "Portal password sign-in off", .severity = GH_SEVERITY_HIGH, .control = "IM-1", .seed = "NOKEY", .well_architected = "SE:05",
        .type = "Microsoft.ApiManagement/service/portalconfigs",
        .pass = GH_IF(GH_FALSE("properties.enableBasicAuth")),
        .fix = "disable", .edit = {{"properties.enableBasicAuth", "false"}},
        .equal = (const struct gh_equal[]){GH_POLICY("ffe25541", '='), {0}}},
    {.id = "GH-APIM-019", .title = "Policies keep the parent's", .severity = GH_SEVERITY_MEDIUM, .control = "PV-2", .well_architected = "SE:08",
        .type = "Microsoft.ApiManagement/service/policies|" GH_RULE_APIM_POLICIES,
        .guard = GH_IF(GH_CALL(gh_rule_apim_policy_has_parent, .wanted = "it is not the global policy")), .guard_why = "the global policy has no parent",
        .pass = GH_IF(GH_CALL(gh_rule_apim_policy, .value = "base", .wanted = "inbound, backend, outbound and on-error hold <base />")),
        .fix = "add base",
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.APIM.PolicyBase", '='), GH_POLICY("d5448c98", '='), {0}}},
    {.id = "GH-APIM-020", .title = "CORS without wildcard", .severity = GH_SEVERITY_HIGH, .control = "NS-2", .seed = "NOPUB", .well_architected = "SE:06",
        .type = "Microsoft.ApiManagement/service/policies|" GH_RULE_APIM_POLICIES,
        .guard = GH_IF(GH_CALL(gh_rule_apim_policy, .value = "cors", .wanted = "it has a cors policy")), .guard_why = "the document has no cors policy",
        .pass = GH_IF(GH_CALL(gh_rule_apim_policy, .value = "cors named", .wanted = "no * in its origins, methods and headers")),
        .fix = "list them",
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.APIM.CORSPolicy", '='), {0}}},
    {.id = "GH-APIM-021", .title = "Caller token validated on model APIs", .severity = GH_SEVERITY_HIGH, .control = "IM-4", .seed = "EPAUTH", .well_architected = "SE:05",
        .type = "Microsoft.ApiManagement/service/apis",
        .guard = GH_IF(GH_CALL(gh_rule_apim_api_is_model, .wanted = "a model stands behind it, by serviceUrl or by a backend that its policies name")), .guard_why = "for APIs with a model backend alone",
        .pass = GH_IF(GH_CALL(gh_rule_apim_api_policy, .value = "validated", .wanted = "its policy holds validate-azure-ad-token or validate-jwt")),
        .fix = "validate the token",
        .equal = (const struct gh_equal[]){GH_POLICY("8ac833bd", '~', .difference = "asks Defender for APIs what calls it saw"), {0}}},
    {.id = "GH-APIM-022", .title = "Prompt checked before the model", .severity = GH_SEVERITY_HIGH, .control = "AI-2", .seed = "FILTER", .well_architected = "SE:08",
        .type = "Microsoft.ApiManagement/service/apis",
        .guard = GH_IF(GH_CALL(gh_rule_apim_api_is_model, .wanted = "a model stands behind it, by serviceUrl or by a backend that its policies name")), .guard_why = "for APIs with a model backend alone",
        .pass = GH_IF(GH_CALL(gh_rule_apim_api_policy, .value = "shield", .wanted = "its policy holds llm-content-safety with shield-prompt true")),
        .fix = "add the policy"},
    {.id = "GH-APIM-023", .title = "Token limit set", .severity = GH_SEVERITY_MEDIUM, .control = "AI-6", .seed = "LIMIT", .well_architected = "SE:10",
        .type = "Microsoft.ApiManagement/service/apis",
        .guard = GH_IF(GH_CALL(gh_rule_apim_api_is_model, .wanted = "a model stands behind it, by serviceUrl or by a backend that its policies name")), .guard_why = "for APIs with a model backend alone",
        .pass = GH_IF(GH_CALL(gh_rule_apim_api_policy, .value = "limit", .wanted = "its policy holds llm-token-limit or azure-openai-token-limit")),
        .fix = "add a limit"},
    {.id = "GH-APIM-024", .title = "Token use measured", .severity = GH_SEVERITY_LOW, .control = "AI-6", .seed = "LOGS", .well_architected = "SE:10",
        .type = "Microsoft.ApiManagement/service/apis",
        .guard = GH_IF(GH_CALL(gh_rule_apim_api_is_model, .wanted = "a model stands behind it, by serviceUrl or by a backend that its policies name")), .guard_why = "for APIs with a model backend alone",
        .pass = GH_IF(GH_CALL(gh_rule_apim_api_policy, .value = "metric", .wanted = "its policy holds llm-emit-token-metric or azure-openai-emit-token-metric")),
        .fix = "emit it"},
    {.id = "GH-APIM-025", .title = "Resource logs on", .severity = GH_SEVERITY_MEDIUM, .control = "LT-3", .seed = "LOGS", .well_architected = "SE:10",
        .type = "Microsoft.ApiManagement/service",
        .pass = GH_IF(GH_LOGS(NULL)),
        .fix = "add a setting"},
    {.id = "GH-APIM-026", .title = "Current platform, minimum API version", .severity = GH_SEVERITY_LOW, .control = "PV-2", .well_architected = "SE:08",
        .type = "Microsoft.ApiManagement/service",
        .pass = GH_IF(GH_NOT_IN("properties.platformVersion", "stv1"), GH_VERSION_FROM("properties.apiVersionConstraint.minApiVersion", "2021-08-01")),
        .fix = "upgrade", .edit = {{"properties.apiVersionConstraint.minApiVersion", "\"2021-08-01\""}},
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.APIM.MinAPIVersion", '~', .pass = GH_IF(GH_API_FROM("2021-08-01"), GH_VERSION_FROM("properties.apiVersionConstraint.minApiVersion", "2021-08-01")), .difference = "also asks the apiVersion of the template, not the platform"),
            GH_POLICY("1dc2fc00", '>', .pass = GH_IF(GH_NOT_IN("properties.platformVersion", "stv1"))), {0}}},
};
// clang-format on

const struct gh_rule_set gh_rules_apim = {rows, sizeof rows / sizeof rows[0]};
