/* SPDX-License-Identifier: Apache-2.0 */
/* control/rest/pem: is this text one or more X.509 certificates in PEM and nothing else? What nginx and libcurl will be given as authority. */
#ifndef GH_CONTROL_REST_PEM_H
#define GH_CONTROL_REST_PEM_H

#include "base/str.h"

bool gh_pem_is_certificates(struct gh_str pem);

#endif
