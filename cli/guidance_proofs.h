/* SPDX-License-Identifier: Apache-2.0 */
/* cli/guidance_proofs: one function for each recommendation that an installation can prove. */
#ifndef GH_CLI_GUIDANCE_PROOFS_H
#define GH_CLI_GUIDANCE_PROOFS_H

#include "cli/guidance.h"

/* X(name) */
#define GH_GUIDANCE_PROOF_LIST(X)                                                                                                       \
    X(zt_1) X(zt_2) X(zt_3) X(ac_1) X(ac_2) X(ac_3) X(ac_4) X(ac_5) X(ac_6) X(ac_7) X(ac_8) X(ac_9) X(ac_10) X(ac_12) X(se_1) X(se_2) X(nw_1) X(nw_2) \
    X(nw_3) X(nw_4) X(gw_1) X(gw_2) X(gw_4) X(gw_5) X(gw_7) X(mo_2) X(mo_3) X(ll_1) X(ll_2) X(ll_3) X(ll_4) X(ll_5) X(ll_6) X(ll_7) X(ll_8) X(ll_9) X(go_1) X(go_2) X(go_3) \
    X(go_4) X(go_6) X(go_8) X(go_9)

#define GH_GUIDANCE_PROOF_DECLARE(name) enum gh_standing gh_guidance_prove_##name(const struct gh_facts *f, struct gh_guidance_proof *e);
GH_GUIDANCE_PROOF_LIST(GH_GUIDANCE_PROOF_DECLARE)
#undef GH_GUIDANCE_PROOF_DECLARE

#endif
