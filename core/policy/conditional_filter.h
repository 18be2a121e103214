/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy/conditional_filter: rules of device filters, as in Graph's conditionalAccessFilter:
 *     device.isCompliant -eq True -and (device.trustType -in ["AzureAD", "ServerAD"] -or device.deviceId -startsWith "lab-")
 * Attributes that are known here: isCompliant, trustType, deviceId; another one is refused by name. Operators: -eq -ne -startsWith
 * -notStartsWith -contains -notContains -in -notIn, -and, -or (weaker), -not, parentheses. Texts compare without regard to case, as Entra ID's do.
 *
 * Compiled into a list of steps in postfix order, so judging needs a small stack and no recursion. Judging is three-valued: of an attribute that
 * is not known every comparison is unknown.
 */
#ifndef GH_POLICY_CONDITIONAL_FILTER_H
#define GH_POLICY_CONDITIONAL_FILTER_H

#include "base/arena.h"
#include "base/str.h"

enum gh_cond_match { GH_COND_NO = 0, GH_COND_YES, GH_COND_UNKNOWN };

enum gh_cond_device { GH_COND_DEVICE_COMPLIANT = 0, GH_COND_DEVICE_TRUST, GH_COND_DEVICE_ID, GH_COND_DEVICE_N };

/* The steps in the arena, *n of them, at most GH_COND_FILTER_MAX. GH_BAD, GH_LIMIT: err->what and err->at, an offset in the rule. */
GH_MUST_USE enum gh_rc gh_cond_filter_read(struct gh_str **steps, size_t *n, struct gh_arena *a, struct gh_str rule, struct gh_err *err);

/* The text of attribute `at` of the device ("True", "AzureAD"); the empty slice: unknown. Steps that are none of ours: unknown. */
enum gh_cond_match gh_cond_filter_judge(struct gh_str (*step)(void *ctx, size_t i), size_t n, void *ctx,
    const struct gh_str device[GH_COND_DEVICE_N]);

#endif
