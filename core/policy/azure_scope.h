/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy/azure_scope: what a scope of Azure stands for here (protocols.md 6.1, architecture section 3). The one mapping: of scopes in
 * ARM paths, in assignableScopes of imported roles, in assignments.
 *
 *   "" and "/", /providers/Microsoft.Management/managementGroups/{mg}, /subscriptions/{s}, .../resourceGroups/{rg}    /
 *   .../providers/Microsoft.MachineLearningServices/workspaces/{w}                     /workspaces/{w}
 *       .../onlineEndpoints/{e}[/deployments/{d}]                                      /workspaces/{w}/endpoints/{e}[/deployments/{d}]
 *       .../connections/{b}  .../outboundRules/{r}  .../privateEndpointConnections/{c} .../backends/{b} ...
 *   .../providers/Microsoft.CognitiveServices/accounts/{a}[/projects/{p}]              /workspaces/{a}, or /workspaces/{p}
 *   .../providers/Microsoft.KeyVault/vaults/{v}[/secrets/{n}]                          /workspaces/{v}[/secrets/{n}]
 *   a path of ours                                                                     itself
 *
 * Anything else is refused: what is not known here never widens to "/". Words are compared without regard to case; names are kept.
 */
#ifndef GH_POLICY_AZURE_SCOPE_H
#define GH_POLICY_AZURE_SCOPE_H

#include "base/arena.h"
#include "base/str.h"

/* *out is "/" or the path of a resource type of ours, borrowed from `scope` or in the arena. GH_BAD: neither Azure's nor ours, at err->at;
 * GH_LIMIT: longer than GH_PATH_BYTES_MAX. */
GH_MUST_USE enum gh_rc gh_azure_scope(struct gh_str *out, struct gh_arena *a, struct gh_str scope, struct gh_err *err);

#endif
