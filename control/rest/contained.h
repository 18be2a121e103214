/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control/rest/contained: what a containment switched off stays off. A containment links to its target for as long as nobody undid it; until then
 * whoever switches the target on again, deletes it (it could be made anew), or gives an identity another name in tokens (its old one would be
 * nobody's) gives access back: that needs the right to assign roles at /, which is more than the right to contain (a Contributor has that). Who
 * may and does so ends the containment: from then on the target is as any other.
 */
#ifndef GH_CONTROL_REST_CONTAINED_H
#define GH_CONTROL_REST_CONTAINED_H

#include "control/rest/write.h"

/* Asked by the checks of types that can be contained. False: the answer is set (403 or a fault). */
bool gh_contained_may_write(struct gh_write *w);
bool gh_contained_may_delete(struct gh_write *w);

#endif
