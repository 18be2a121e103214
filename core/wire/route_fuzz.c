/* SPDX-License-Identifier: Apache-2.0 */
/* Property: a path that is found has one reading: the row's pattern with the names put back is the path, and no name or rest can leave
 * its place (`..`, slash, control characters). */
#include "fuzz.h"

#include "wire/route.h"

static void
put_pattern(struct gh_buf *b, const struct gh_route *r)
{
    struct gh_str pattern = gh_str_sub(gh_str_z(r->row->pattern), 1, SIZE_MAX), segment;

    while (gh_str_cut(&segment, &pattern, '/')) {
        if (gh_str_eq(segment, GH_STR("**"))) {
            gh_buf_put(b, r->rest);
            return;
        }
        gh_buf_putc(b, '/');
        gh_buf_put(b, gh_str_eq(segment, GH_STR("{ws}"))    ? r->ws
                      : gh_str_eq(segment, GH_STR("{ep}"))  ? r->ep
                      : gh_str_eq(segment, GH_STR("{dep}")) ? r->dep
                      : gh_str_eq(segment, GH_STR("{id}"))  ? r->id
                                                            : segment);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char mem[8192];
    struct gh_str path = gh_str(data, size);

    for (unsigned m = GH_METHOD_NONE; m < GH_METHOD_COUNT; m++) {
        struct gh_route r;
        struct gh_buf b;
        enum gh_rc rc = gh_route_find(&r, (enum gh_method)m, path);
        gh_fuzz_check((rc == GH_BAD) == (r.row == NULL) && (rc == GH_OK || rc == GH_BAD || rc == GH_LIMIT));
        if (rc != GH_OK)
            continue;
        gh_fuzz_check(r.row->method == (enum gh_method)m || r.row->method == GH_METHOD_NONE);
        gh_buf_init_fixed(&b, mem, sizeof(mem));
        put_pattern(&b, &r);
        if (size == b.n + 1)
            gh_buf_putc(&b, '/');
        gh_fuzz_check(gh_str_eq(gh_buf_str(&b), path));
        gh_fuzz_check(gh_str_find(path, GH_STR("/../")) == SIZE_MAX && gh_str_find(path, GH_STR("//")) == SIZE_MAX);
    }
    return 0;
}
