/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The input twice: as it is, and with frame and digests made right, so that the walk over rows sees hostile numbers. What the verifier
 * believes can be read to its last field, looked up and decided upon without leaving the input, and `each` ends.
 */
#include "fuzz.h"
#include "sweeps.h"

#include "policy/decide.h"
#include "policy/snapshot_reseal.h"

static void
put_le(uint8_t *p, uint64_t v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

/* Magic, number of sections, tables and length as ours; the rest is the input's. */
static void
frame(uint8_t *file, size_t n)
{
    if (n < GH_SNAP_SECTIONS_AT)
        return;
    memcpy(file, GH_SNAP_MAGIC, 8);
    put_le(file + 12, GH_SNAP_SECTIONS, 4);
    gh_fuzz_check(gh_snap_tables_digest(file + 72) == GH_OK);
    put_le(file + 104, n, 8);
    (void)gh_snap_reseal(file, n);
}

/* Every byte of a slice is read: a sanitizer sees one that is not ours. */
static unsigned
touch(struct gh_str s)
{
    unsigned sum = 0;

    for (size_t i = 0; i < s.n; i++)
        sum += (unsigned char)s.p[i];
    return sum;
}

static unsigned
touch_row(const struct gh_snap_rec *r)
{
    unsigned sum = 0;

    for (unsigned f = 0; f < gh_snap_schemas[r->section].n_fields; f++) {
        sum += touch(gh_snap_str(r, f)) + (unsigned)gh_snap_u64(r, f);
        for (size_t i = 0; i < gh_snap_count(r, f); i++) {
            struct gh_snap_rec inner = gh_snap_row(r, f, i);

            sum += touch(gh_snap_item(r, f, i));
            for (unsigned g = 0; inner.row != NULL && g < GH_GRANT_N; g++)
                sum += touch(gh_snap_str(&inner, g));
        }
    }
    return sum;
}

static void
use(const struct gh_snap *snap, size_t n)
{
    static const struct gh_caller caller = {.why = GH_IDENTIFY_OK, .principals = {GH_STR_INIT("/identities/x")}, .n_principals = 1};
    struct gh_decision d;
    volatile unsigned sum = 0;

    for (unsigned s = GH_SNAP_NONE + 1; s < GH_SNAP_SECTION_COUNT; s++) {
        struct gh_snap_rec r, found;
        struct gh_str key;
        size_t n_rows = 0;

        for (size_t it = 0; gh_snap_each(&r, &key, &it, snap, (enum gh_snap_section)s); n_rows++) {
            sum += touch(key) + touch_row(&r);
            (void)gh_snap_find(&found, snap, (enum gh_snap_section)s, key);
        }
        gh_fuzz_check(n_rows <= n / GH_SNAP_ROW_HEAD_BYTES);
    }
    gh_decide(&d, &(const struct gh_question){
                      .snap = snap, .caller = &caller, .action = GH_ACTION_CHAT, .path = GH_STR("/workspaces/demo"), .now_ms = 1});
    gh_fuzz_check(d.verdict == GH_ALLOW || d.verdict == GH_DENY);
    gh_fuzz_check(d.verdict == GH_DENY || d.rule.n <= n);
    (void)sum;
}

static void
one(struct gh_str bytes)
{
    struct gh_arena a = gh_test_arena();
    struct gh_snap snap = {NULL, NULL};
    struct gh_snap_file *file;

    if (gh_snap_verify(&file, &a, bytes, NULL, NULL) == GH_OK) {
        if (gh_snap_join(&snap, file, NULL) != GH_OK)
            snap.base = file; /* an overlay is read alone */
        use(&snap, bytes.n);
    } else {
        gh_fuzz_check(file == NULL);
    }
    gh_arena_fini(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size == 0 ? 1 : size);

    gh_fuzz_check(copy != NULL);
    if (size > 0)
        memcpy(copy, data, size);
    one(gh_str(copy, size));
    frame(copy, size);
    one(gh_str(copy, size));
    free(copy);
    return 0;
}
