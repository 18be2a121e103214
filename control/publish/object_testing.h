/* SPDX-License-Identifier: Apache-2.0 */
/* control/publish/object: readers of one object of a resource, held against what they are to make of it, told in a few signs. */
#ifndef GH_CONTROL_PUBLISH_OBJECT_TESTING_H
#define GH_CONTROL_PUBLISH_OBJECT_TESTING_H

#include "sweeps.h"

#include "control/publish/props.h"

struct gh_object_case {
    const char *name, *properties, *told; /* told NULL: refused, with a reason */
};

/* `tell` reads and tells. */
static inline void
gh_object_check(const struct gh_object_case *c, enum gh_rc (*tell)(struct gh_buf *b, const struct gh_props *p, const char **why))
{
    struct gh_arena a = gh_test_arena();
    const char *why = NULL;
    struct gh_props p;
    struct gh_buf b;

    gh_buf_init(&b, &a, 256);
    assert_int_equal(gh_props_open(&p, &a, gh_str_z(c->properties)), GH_OK);
    enum gh_rc rc = tell(&b, &p, &why);
    assert_true((rc == GH_BAD) == (why != NULL));
    if (rc != (c->told == NULL ? GH_BAD : GH_OK) || (rc == GH_OK && !gh_str_eq(gh_buf_str(&b), gh_str_z(c->told))))
        fail_msg("%s: %.*s %s", c->name, (int)b.n, b.p, why == NULL ? "" : why);
    gh_arena_fini(&a);
}

#endif
