/* SPDX-License-Identifier: Apache-2.0 */
/* Paths of the doors: a row that is found has its literals in the path, in order, its names and scope are parts of it, and no step goes up. */
#include "fuzz.h"
#include "sweeps.h"

#include "control/rest/door.h"

static const enum gh_method methods[] = {GH_METHOD_GET, GH_METHOD_PUT, GH_METHOD_POST, GH_METHOD_PATCH, GH_METHOD_DELETE};

static bool
is_part(struct gh_str s, struct gh_str path)
{
    return s.n == 0 || (s.p >= path.p && s.p + s.n <= path.p + path.n);
}

static bool
has_dots(struct gh_str path)
{
    struct gh_str s;
    while (gh_str_cut(&s, &path, '/'))
        if (gh_str_eq(s, GH_STR(".")) || gh_str_eq(s, GH_STR("..")))
            return true;
    return false;
}

/* The pattern with what was found put in again is the path, but for the case of literals. */
static void
check_whole(struct gh_arena *a, const struct gh_door *d, struct gh_str path)
{
    struct gh_str pattern = gh_str_z(d->row->pattern), piece;
    struct gh_buf b;
    size_t n = 0;
    gh_buf_init(&b, a, 2 * path.n + 1024);
    if (gh_str_starts(pattern, GH_STR("{scope...}"))) {
        gh_buf_put(&b, d->scope);
        pattern = gh_str_sub(pattern, sizeof("{scope...}") - 1, SIZE_MAX);
    }
    (void)gh_str_cut(&piece, &pattern, '/');
    while (gh_str_cut(&piece, &pattern, '/')) {
        gh_buf_putc(&b, '/');
        gh_buf_put(&b, piece.n > 0 && piece.p[0] == '{' ? d->names[n++] : piece);
    }
    gh_fuzz_check(gh_str_eq_ci(gh_buf_str(&b), path));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gh_arena a = gh_test_arena();
    struct gh_str path = gh_str(data + (size > 0), size > 0 ? size - 1 : 0), scope;
    struct gh_call call;
    struct gh_door d = {.row = NULL};
    bool is_other = false;

    gh_call_init(&call, NULL, &a);
    call.surface = size > 0 && (data[0] & 1) != 0 ? GH_SURFACE_ARM : GH_SURFACE_GRAPH;
    call.method = methods[size > 0 ? (data[0] >> 1) % (sizeof(methods) / sizeof(methods[0])) : 0];
    if (gh_door_find(&d, &is_other, &call, path)) {
        gh_fuzz_check(d.row != NULL && d.row->method == call.method && d.row->surface == call.surface);
        gh_fuzz_check(is_part(d.scope, path) && !has_dots(path) && gh_str_find(path, GH_STR("//")) == SIZE_MAX);
        for (size_t i = 0; i < GH_DOOR_NAMES_MAX; i++)
            gh_fuzz_check(is_part(d.names[i], path) && gh_str_chr(d.names[i], '/') == SIZE_MAX);
        check_whole(&a, &d, path);
        bool is_scope = gh_door_scope(&scope, &call, d.scope);
        gh_fuzz_check(is_scope ? scope.n > 0 && scope.p[0] == '/' : call.status == 400);
    }
    gh_arena_fini(&a);
    return 0;
}
