/* SPDX-License-Identifier: Apache-2.0 */
/* control/confine: what gatehoused may ask of the kernel: an allow-list of system calls, put on before the first foreign byte is read. */
#ifndef GH_CONTROL_CONFINE_H
#define GH_CONTROL_CONFINE_H

#include "base/err.h"

/* For all threads to come; call it while there is one. What is not listed fails with EPERM; starting programs or tracing kills. */
GH_MUST_USE enum gh_rc gh_confine(void);

#endif
