/* SPDX-License-Identifier: Apache-2.0 */
/* baseline/rules_storage: rules about Storage: accounts, blob services, containers. How to write a row: rule.h. */
#include "baseline/rule_part.h"

#define ACCOUNT "Microsoft.Storage/storageAccounts"
#define SERVICE ACCOUNT "/blobServices"

/* Neither a hierarchical namespace, nor files alone, nor the share of a cloud shell. */
static enum gh_truth
has_plain_blobs_at(struct gh_judge *j, struct gh_value account)
{
    enum gh_truth is_tree = gh_value_is(gh_expr_path(j->ev, account, "properties.isHnsEnabled"), GH_STR("true"));
    enum gh_truth is_files = gh_value_is(gh_expr_get(j->ev, account, GH_STR("kind")), GH_STR("FileStorage"));
    struct gh_value usage = gh_expr_path(j->ev, account, "tags.ms-resource-usage");
    bool is_shell = gh_value_is(usage, GH_STR("azure-cloud-shell")) == GH_TRUTH_TRUE;

    return gh_rule_part_not(gh_rule_part_or(gh_rule_part_or(is_tree, is_files), gh_truth(is_shell)));
}

/* Of an account, or of the account that a blob service belongs to. */
static enum gh_truth
has_plain_blobs(struct gh_judge *j, const struct gh_cond *c, struct gh_value at)
{
    uint32_t parent;

    (void)c;
    if (!gh_str_eq_ci(gh_judge_resource(j)->type, GH_STR(SERVICE)))
        return has_plain_blobs_at(j, at);
    parent = gh_judge_ancestor(j, j->resource, ACCOUNT);
    return parent == GH_INPUT_NONE ? GH_TRUTH_TRUE : has_plain_blobs_at(j, j->in->resource[parent].root);
}

/* A blob service keeps what is deleted; an account does when each of its blob services does. */
static enum gh_truth
keeps_deleted(struct gh_judge *j, const struct gh_cond *c, struct gh_value at)
{
    const struct gh_input_resource *r = gh_judge_resource(j);
    struct gh_value v = gh_rule_part_at(j, c, at);
    enum gh_truth all = GH_TRUTH_TRUE, t;
    uint32_t n = 0;

    if (gh_str_eq_ci(r->type, GH_STR(SERVICE)))
        return gh_value_is(v, GH_STR("true"));
    for (uint32_t i = r->first_child; i != GH_INPUT_NONE && all != GH_TRUTH_FALSE; i = j->in->resource[i].next_child) {
        const struct gh_input_resource *child = &j->in->resource[i];
        if (!gh_str_eq_ci(child->type, GH_STR(SERVICE)) || child->is_existing)
            continue;
        n++;
        v = gh_expr_path(j->ev, child->root, c->path);
        t = gh_value_is(v, GH_STR("true"));
        if (t != GH_TRUTH_TRUE || n == 1)
            gh_judge_saw(j, GH_STR("blobServices.properties.deleteRetentionPolicy.enabled"), v, c->wanted);
        all = gh_rule_part_and(all, t == GH_TRUTH_TRUE && child->is_if_deployed ? GH_TRUTH_UNKNOWN : t);
    }
    return n == 0 ? GH_TRUTH_FALSE : all;
}

// clang-format off
static const struct gh_rule rows[] = {
    {.id = "GH-STG-001", .title = "HTTPS only", .severity = GH_SEVERITY_HIGH, .control = "DP-3", .seed = "TLS", .well_architected = "SE:07",
        .type = "Microsoft.Storage/storageAccounts",
        .pass = GH_IF(GH_TRUE("properties.supportsHttpsTrafficOnly", .absent = "false", .since = "2019-04-01", .absent_then = "true")),
        .fix = "set true", .edit = {{"properties.supportsHttpsTrafficOnly", "true"}},
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.Storage.SecureTransfer", '~', .pass = GH_IF(GH_TRUE("properties.supportsHttpsTrafficOnly"))),
            GH_CHECKOV("CKV_AZURE_3", '='),
            GH_POLICY("404c3081", '~', .pass = GH_IF(GH_TRUE("properties.supportsHttpsTrafficOnly"))), {0}}},
    {.id = "GH-STG-002", .title = "TLS 1.2 or later", .severity = GH_SEVERITY_HIGH, .control = "DP-3", .seed = "TLS", .well_architected = "SE:07",
        .type = "Microsoft.Storage/storageAccounts",
        .pass = GH_IF(GH_IN("properties.minimumTlsVersion", "TLS1_2|TLS1_3", .absent = "TLS1_0")),
        .fix = "set TLS1_2", .edit = {{"properties.minimumTlsVersion", "\"TLS1_2\""}},
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.Storage.MinTLS", '~', .pass = GH_IF(GH_IN("properties.minimumTlsVersion", "TLS1_2"))),
            GH_CHECKOV("CKV_AZURE_44", '~', .pass = GH_IF(GH_IN("properties.minimumTlsVersion", "TLS1_2"))),
            GH_POLICY("fe83a0eb", '~', .pass = GH_IF(GH_IN("properties.minimumTlsVersion", "TLS1_2")), .difference = "compares with the version of the assignment (default TLS1_2)"), {0}}},
    {.id = "GH-STG-003", .title = "Anonymous blobs not allowed", .severity = GH_SEVERITY_HIGH, .control = "NS-2", .seed = "NOPUB", .well_architected = "SE:06",
        .type = "Microsoft.Storage/storageAccounts",
        .guard = GH_IF(GH_NOT_IN("kind", "FileStorage")), .guard_why = "file storage has no blobs",
        .pass = GH_IF(GH_FALSE("properties.allowBlobPublicAccess")),
        .fix = "set false", .edit = {{"properties.allowBlobPublicAccess", "false"}},
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.Storage.BlobPublicAccess", '='), GH_POLICY("4fa4b6c0", '='), {0}}},
    {.id = "GH-STG-004", .title = "Containers private", .severity = GH_SEVERITY_HIGH, .control = "NS-2", .seed = "NOPUB", .well_architected = "SE:06",
        .type = "Microsoft.Storage/storageAccounts/blobServices/containers",
        .pass = GH_IF(GH_IN("properties.publicAccess", "None", .absent = "None")),
        .fix = "set None", .edit = {{"properties.publicAccess", "\"None\""}},
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.Storage.BlobAccessType", '='), GH_CHECKOV("CKV_AZURE_34", '='), {0}}},
    {.id = "GH-STG-005", .title = "Public network access off", .severity = GH_SEVERITY_HIGH, .control = "NS-2", .seed = "NOPUB", .well_architected = "SE:06",
        .type = "Microsoft.Storage/storageAccounts",
        .pass = GH_IF(GH_IN("properties.publicNetworkAccess", "Disabled", .absent = "Enabled")),
        .fix = "set Disabled", .edit = {{"properties.publicNetworkAccess", "\"Disabled\""}},
        .equal = (const struct gh_equal[]){GH_CHECKOV("CKV_AZURE_59", '~', .pass = GH_IF(GH_NOT_IN("properties.publicNetworkAccess", "Enabled"))),
            GH_POLICY("b2982f36", '='), {0}}},
    {.id = "GH-STG-006", .title = "Firewall denies by default", .severity = GH_SEVERITY_MEDIUM, .control = "NS-2", .seed = "NOPUB", .well_architected = "SE:06",
        .type = "Microsoft.Storage/storageAccounts",
        .pass = GH_IF(GH_ANY(GH_IN("properties.networkAcls.defaultAction", "Deny", .absent = "Allow"), GH_PASSES("GH-STG-005"))),
        .fix = "deny by default", .edit = {{"properties.networkAcls.defaultAction", "\"Deny\""}},
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.Storage.Firewall", '~', .guard = GH_IF(GH_NOT_IN("tags.ms-resource-usage", "azure-cloud-shell")), .pass = GH_IF(GH_IN("properties.networkAcls.defaultAction", "Deny"))),
            GH_CHECKOV("CKV_AZURE_35", '~', .pass = GH_IF(GH_API_FROM("2017-01-01"), GH_IN("properties.networkAcls.defaultAction", "Deny"))),
            GH_POLICY("34c877ad", '~', .pass = GH_IF(GH_IN("properties.networkAcls.defaultAction", "Deny")), .difference = "wants the Deny written out"), {0}}},
    {.id = "GH-STG-007", .title = "Shared keys off", .severity = GH_SEVERITY_HIGH, .control = "IM-1", .seed = "NOKEY", .well_architected = "SE:05",
        .type = "Microsoft.Storage/storageAccounts",
        .pass = GH_IF(GH_FALSE("properties.allowSharedKeyAccess", .absent = "true")),
        .fix = "set false", .edit = {{"properties.allowSharedKeyAccess", "false"}},
        .equal = (const struct gh_equal[]){GH_POLICY("8c6a50c6", '='), {0}}},
    {.id = "GH-STG-008", .title = "Trusted services pass", .severity = GH_SEVERITY_LOW, .control = "NS-2", .seed = "NOPUB", .well_architected = "SE:06",
        .type = "Microsoft.Storage/storageAccounts",
        .pass = GH_IF(GH_ANY(GH_NOT_IN("properties.networkAcls.defaultAction", "Deny", .absent = "Allow"), GH_HOLDS("properties.networkAcls.bypass", "AzureServices"))),
        .fix = "allow them", .edit = {{"properties.networkAcls.bypass", "\"AzureServices\""}},
        .equal = (const struct gh_equal[]){GH_CHECKOV("CKV_AZURE_36", '~', .pass = GH_IF(GH_API_FROM("2017-01-01"), GH_ANY(GH_IN("properties.networkAcls.defaultAction", "Allow"), GH_ALL(GH_SET("properties.networkAcls.defaultAction"), GH_IN("properties.networkAcls.bypass", "AzureServices"))))),
            GH_POLICY("c9d007d0", '~', .pass = GH_IF(GH_HOLDS("properties.networkAcls.bypass", "AzureServices")), .difference = "asks whatever the default action is"), {0}}},
    {.id = "GH-STG-009", .title = "Private endpoint approved", .severity = GH_SEVERITY_HIGH, .control = "NS-2", .seed = "PE", .well_architected = "SE:06",
        .type = "Microsoft.Storage/storageAccounts",
        .pass = GH_IF(GH_ENDPOINT(NULL)),
        .fix = "add one",
        .equal = (const struct gh_equal[]){GH_POLICY("6edd7eda", '='), {0}}},
    {.id = "GH-STG-010", .title = "Customer-managed key", .severity = GH_SEVERITY_MEDIUM, .control = "DP-5", .seed = "CMK", .well_architected = "SE:07",
        .type = "Microsoft.Storage/storageAccounts",
        .pass = GH_IF(GH_IN("properties.encryption.keySource", "Microsoft.Keyvault")),
        .fix = "set a vault key",
        .equal = (const struct gh_equal[]){GH_POLICY("6fac406b", '='), {0}}},
    {.id = "GH-STG-011", .title = "Double encryption", .severity = GH_SEVERITY_LOW, .control = "DP-4", .seed = "CMK", .well_architected = "SE:07",
        .type = "Microsoft.Storage/storageAccounts",
        .pass = GH_IF(GH_TRUE("properties.encryption.requireInfrastructureEncryption")),
        .fix = "set at creation", .edit = {{"properties.encryption.requireInfrastructureEncryption", "true"}},
        .equal = (const struct gh_equal[]){GH_POLICY("4733ea7b", '='), {0}}},
    {.id = "GH-STG-012", .title = "Blobs can be restored", .severity = GH_SEVERITY_MEDIUM, .control = "DP-8", .well_architected = "SE:09",
        .type = "Microsoft.Storage/storageAccounts/blobServices|Microsoft.Storage/storageAccounts",
        .guard = GH_IF(GH_CALL(has_plain_blobs, .wanted = "no hierarchical namespace, not FileStorage, no cloud shell")), .guard_why = "not for hierarchical namespaces, file storage and the share of a cloud shell",
        .pass = GH_IF(GH_CALL(keeps_deleted, .path = "properties.deleteRetentionPolicy.enabled", .wanted = "true")),
        .fix = "enable", .edit = {{"properties.deleteRetentionPolicy.enabled", "true"}},
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.Storage.SoftDelete", '='), {0}},
        .note = "an account is judged by its blobServices; without any in the input it fails: the service keeps nothing unless it is told to"},
    {.id = "GH-STG-013", .title = "No replication across tenants", .severity = GH_SEVERITY_MEDIUM, .control = "DP-2", .seed = "OUT", .well_architected = "SE:03",
        .type = "Microsoft.Storage/storageAccounts",
        .pass = GH_IF(GH_FALSE("properties.allowCrossTenantReplication")),
        .fix = "set false", .edit = {{"properties.allowCrossTenantReplication", "false"}},
        .equal = (const struct gh_equal[]){GH_POLICY("92a89a79", '='), {0}}},
    {.id = "GH-STG-014", .title = "SAS lifetime limited", .severity = GH_SEVERITY_MEDIUM, .control = "IM-8", .seed = "NOKEY", .well_architected = "SE:09",
        .type = "Microsoft.Storage/storageAccounts",
        .pass = GH_IF(GH_SET("properties.sasPolicy.sasExpirationPeriod"), GH_IN("properties.sasPolicy.expirationAction", "Block")),
        .fix = "set a policy",
        .equal = (const struct gh_equal[]){GH_POLICY("7aa1c9d5", '~', .difference = "also compares the period with seven days"), {0}}},
};
// clang-format on

const struct gh_rule_set gh_rules_storage = {rows, sizeof rows / sizeof rows[0]};
