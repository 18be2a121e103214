/* SPDX-License-Identifier: Apache-2.0 */
/* What a single write (write.c) and a change of several resources (change.c) share. */
#ifndef GH_CONTROL_REST_WRITE_INT_H
#define GH_CONTROL_REST_WRITE_INT_H

#include "control/rest/write.h"

/* Each false with the answer set. */
bool gh_write_load_old(struct gh_write *w);
bool gh_write_check_parent(struct gh_write *w);
bool gh_write_check_immutable(struct gh_write *w, struct gh_str new_body);
/* Row, links, the type's `after`, and the keys that it touches. */
bool gh_write_store_row(struct gh_write *w, struct gh_store_resource *r, struct gh_touched *t);

#endif
