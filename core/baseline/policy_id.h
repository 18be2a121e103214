/* SPDX-License-Identifier: Apache-2.0 */
/*
 * baseline/policy_id: the built-in definitions of Azure Policy that rows name by the first eight digits. Only ids that are known whole stand here;
 * the others are looked up by their beginning where there is a network.
 */
#ifndef GH_BASELINE_POLICY_ID_H
#define GH_BASELINE_POLICY_ID_H

/* The whole id, or NULL when it is not known. */
const char *gh_policy_id_find(const char *first_eight);

#endif
