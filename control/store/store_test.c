/* SPDX-License-Identifier: Apache-2.0 */
/* What every engine behind store.h must do. */
#include "control/store/store.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/host.h"

struct fixture {
    char dir[64], path[96];
    struct gh_store *store;
    struct gh_arena a;
};

static int
set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    (void)snprintf(f->dir, sizeof(f->dir), "/tmp/gh-store-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    (void)snprintf(f->path, sizeof(f->path), "%s/gatehouse.db", f->dir);
    gh_arena_init(&f->a, gh_heap(), 1 << 20);
    assert_int_equal(gh_store_open(&f->store, f->path, NULL), GH_OK);
    *state = f;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *f = *state;
    static const char *const suffix[] = {"", "-wal", "-shm"};
    gh_store_close(f->store);
    gh_arena_fini(&f->a);
    for (size_t i = 0; i < 3; i++) {
        char p[128];
        (void)snprintf(p, sizeof(p), "%s%s", f->path, suffix[i]);
        (void)unlink(p);
    }
    assert_int_equal(rmdir(f->dir), 0);
    free(f);
    return 0;
}

static struct gh_store_tx *
begin(struct fixture *f, enum gh_store_mode mode)
{
    struct gh_store_tx *tx;
    assert_int_equal(gh_store_begin(&tx, f->store, mode), GH_OK);
    return tx;
}

static void
assert_str(struct gh_str s, const char *want)
{
    assert_int_equal(s.n, strlen(want));
    assert_memory_equal(s.p, want, s.n);
}

static uint64_t
put(struct gh_store_tx *tx, const char *path, enum gh_resource type, const char *body, int64_t now)
{
    struct gh_store_resource r = {.path = gh_str_z(path),
        .type = type,
        .body = gh_str_z(body),
        .created_ms = now,
        .updated_ms = now,
        .created_by = GH_STR("local:owner"),
        .updated_by = GH_STR("local:owner")};
    assert_int_equal(gh_store_resource_put(tx, &r), GH_OK);
    return r.revision;
}

static void
resource_is_kept_and_replaced(void **state)
{
    struct fixture *f = *state;
    struct gh_store_resource r;
    struct gh_store_tx *tx = begin(f, GH_STORE_FULL);
    uint64_t first = put(tx, "/workspaces/demo", GH_RESOURCE_WORKSPACE, "{\"a\":1}", 10);
    assert_int_equal(gh_store_commit(tx), GH_OK);
    tx = begin(f, GH_STORE_FULL);
    uint64_t second = put(tx, "/workspaces/demo", GH_RESOURCE_WORKSPACE, "{\"a\":2}", 20);
    assert_int_equal(gh_store_commit(tx), GH_OK);
    assert_true(second > first);

    tx = begin(f, GH_STORE_READ);
    assert_int_equal(gh_store_resource_get(&r, &f->a, tx, GH_STR("/workspaces/demo")), GH_OK);
    assert_str(r.body, "{\"a\":2}");
    assert_int_equal(r.type, GH_RESOURCE_WORKSPACE);
    assert_int_equal(r.revision, second);
    assert_int_equal(r.created_ms, 10);
    assert_int_equal(r.updated_ms, 20);
    assert_int_equal(gh_store_resource_get(&r, &f->a, tx, GH_STR("/workspaces/none")), GH_OK);
    assert_null(r.path.p);
    gh_store_rollback(tx);
}

static void
rollback_leaves_no_trace(void **state)
{
    struct fixture *f = *state;
    struct gh_store_resource r;
    struct gh_store_tx *tx = begin(f, GH_STORE_FULL);
    (void)put(tx, "/workspaces/demo", GH_RESOURCE_WORKSPACE, "{}", 1);
    gh_store_rollback(tx);
    tx = begin(f, GH_STORE_READ);
    assert_int_equal(gh_store_resource_get(&r, &f->a, tx, GH_STR("/workspaces/demo")), GH_OK);
    assert_null(r.path.p);
    gh_store_rollback(tx);
}

/* A reader's state does not move under it, and a writer does not wait for it. */
static void
reader_sees_one_state(void **state)
{
    struct fixture *f = *state;
    struct gh_store_resource r;
    struct gh_store_tx *reader = begin(f, GH_STORE_READ);
    struct gh_store_tx *tx = begin(f, GH_STORE_FULL);
    (void)put(tx, "/workspaces/demo", GH_RESOURCE_WORKSPACE, "{}", 1);
    assert_int_equal(gh_store_commit(tx), GH_OK);
    assert_int_equal(gh_store_resource_get(&r, &f->a, reader, GH_STR("/workspaces/demo")), GH_OK);
    assert_null(r.path.p);
    gh_store_rollback(reader);
    reader = begin(f, GH_STORE_READ);
    assert_int_equal(gh_store_resource_get(&r, &f->a, reader, GH_STR("/workspaces/demo")), GH_OK);
    assert_non_null(r.path.p);
    gh_store_rollback(reader);
}

struct names {
    char text[256];
    size_t n, stop_at;
};

static void
append(struct names *names, struct gh_str s)
{
    assert_true(strlen(names->text) + s.n + 2 < sizeof(names->text));
    memcpy(names->text + strlen(names->text), s.p, s.n);
    memcpy(names->text + strlen(names->text), " ", 1);
    names->n++;
}

static bool
on_resource(void *ctx, const struct gh_store_resource *r)
{
    append(ctx, r->path);
    return ((struct names *)ctx)->n != ((struct names *)ctx)->stop_at;
}

static bool
on_link(void *ctx, struct gh_str path, const struct gh_store_link *link)
{
    append(ctx, path);
    append(ctx, link->target);
    return true;
}

static void
lists_page_by_name(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *collection, *after;
        size_t max;
        const char *want;
    } cases[] = {
        {"/workspaces", "", 10, "/workspaces/a /workspaces/b /workspaces/c "},
        {"/workspaces", "", 2, "/workspaces/a /workspaces/b "},
        {"/workspaces", "b", 2, "/workspaces/c "},
        {"/workspaces", "c", 2, ""},
        {"/workspaces/a/endpoints", "", 9, "/workspaces/a/endpoints/x "},
        {"/workspaces/%", "", 9, ""},
    };
    struct gh_store_tx *tx = begin(f, GH_STORE_NORMAL);
    (void)put(tx, "/workspaces/c", GH_RESOURCE_WORKSPACE, "{}", 1);
    (void)put(tx, "/workspaces/a", GH_RESOURCE_WORKSPACE, "{}", 1);
    (void)put(tx, "/workspaces/b", GH_RESOURCE_WORKSPACE, "{}", 1);
    (void)put(tx, "/workspaces/a/endpoints/x", GH_RESOURCE_ENDPOINT, "{}", 1);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct names got = {0};
        assert_int_equal(
            gh_store_resource_list(tx, gh_str_z(cases[i].collection), gh_str_z(cases[i].after), cases[i].max, on_resource, &got),
            GH_OK);
        assert_string_equal(got.text, cases[i].want);
    }
    struct names one = {.stop_at = 1};
    assert_int_equal(gh_store_resource_each(tx, GH_RESOURCE_WORKSPACE, on_resource, &one), GH_OK);
    assert_string_equal(one.text, "/workspaces/a ");
    uint64_t below = 9;
    assert_int_equal(gh_store_resource_below(&below, tx, GH_STR("/workspaces/a")), GH_OK);
    assert_int_equal(below, 1);
    assert_int_equal(gh_store_resource_below(&below, tx, GH_STR("/workspaces/b")), GH_OK);
    assert_int_equal(below, 0);
    assert_int_equal(gh_store_commit(tx), GH_OK);
}

static void
links_are_asked_both_ways_and_go_with_the_resource(void **state)
{
    struct fixture *f = *state;
    struct gh_store_link two[] = {{GH_STORE_LINK_MEMBER, GH_STR("gatehouse:ann")}, {GH_STORE_LINK_MEMBER, GH_STR("/groups/h")}};
    struct gh_store_tx *tx = begin(f, GH_STORE_FULL);
    (void)put(tx, "/groups/g", GH_RESOURCE_GROUP, "{}", 1);
    (void)put(tx, "/groups/h", GH_RESOURCE_GROUP, "{}", 1);
    assert_int_equal(gh_store_link_set(tx, GH_STR("/groups/g"), two, 2), GH_OK);
    assert_int_equal(gh_store_link_set(tx, GH_STR("/groups/h"), two, 1), GH_OK);

    struct names to = {0}, from = {0}, each = {0}, gone = {0};
    assert_int_equal(gh_store_link_to(tx, GH_STORE_LINK_MEMBER, GH_STR("gatehouse:ann"), on_link, &to), GH_OK);
    assert_string_equal(to.text, "/groups/g gatehouse:ann /groups/h gatehouse:ann ");
    assert_int_equal(gh_store_link_from(tx, GH_STR("/groups/g"), on_link, &from), GH_OK);
    assert_string_equal(from.text, "/groups/g /groups/h /groups/g gatehouse:ann ");
    assert_int_equal(gh_store_link_each(tx, GH_STORE_LINK_MEMBER, on_link, &each), GH_OK);
    assert_int_equal(each.n, 6);
    assert_int_equal(gh_store_resource_delete(tx, GH_STR("/groups/g")), GH_OK);
    assert_int_equal(gh_store_link_to(tx, GH_STORE_LINK_MEMBER, GH_STR("gatehouse:ann"), on_link, &gone), GH_OK);
    assert_string_equal(gone.text, "/groups/h gatehouse:ann ");
    assert_int_equal(gh_store_commit(tx), GH_OK);
}

struct closure {
    struct gh_store_tx *tx;
    size_t depth;
};

/* A walk inside a walk over the same statement. */
static bool
walk_deeper(void *ctx, struct gh_str path, const struct gh_store_link *link)
{
    struct closure *c = ctx;
    (void)link;
    c->depth++;
    if (c->depth < 8)
        assert_int_equal(gh_store_link_to(c->tx, GH_STORE_LINK_MEMBER, path, walk_deeper, c), GH_OK);
    return true;
}

static void
walks_may_nest(void **state)
{
    struct fixture *f = *state;
    struct gh_store_link self = {GH_STORE_LINK_MEMBER, GH_STR("/groups/g")};
    struct gh_store_tx *tx = begin(f, GH_STORE_FULL);
    (void)put(tx, "/groups/g", GH_RESOURCE_GROUP, "{}", 1);
    assert_int_equal(gh_store_link_set(tx, GH_STR("/groups/g"), &self, 1), GH_OK);
    struct closure c = {.tx = tx};
    assert_int_equal(gh_store_link_to(tx, GH_STORE_LINK_MEMBER, GH_STR("/groups/g"), walk_deeper, &c), GH_OK);
    assert_int_equal(c.depth, 8);
    assert_int_equal(gh_store_commit(tx), GH_OK);
}

static void
secret_versions(void **state)
{
    struct fixture *f = *state;
    struct gh_store_secret got, s = {.resource = GH_STR("/workspaces/w/secrets/s"),
                                    .version = GH_STR("ff"),
                                    .blob = GH_STR("\0\1\2"),
                                    .created_ms = 5,
                                    .created_by = GH_STR("x")};
    struct gh_store_tx *tx = begin(f, GH_STORE_FULL);
    assert_int_equal(gh_store_secret_add(tx, &s), GH_DOWN); /* a version of what is not there */
    (void)put(tx, "/workspaces/w/secrets/s", GH_RESOURCE_SECRET, "{}", 1);
    assert_int_equal(gh_store_secret_add(tx, &s), GH_OK);
    s.version = GH_STR("aa");
    assert_int_equal(gh_store_secret_add(tx, &s), GH_OK);
    assert_int_equal(gh_store_secret_get(&got, &f->a, tx, s.resource, GH_STR("")), GH_OK);
    assert_str(got.version, "aa");
    assert_int_equal(gh_store_secret_get(&got, &f->a, tx, s.resource, GH_STR("ff")), GH_OK);
    assert_int_equal(got.blob.n, 3);
    assert_int_equal(gh_store_resource_delete(tx, s.resource), GH_OK);
    assert_int_equal(gh_store_secret_get(&got, &f->a, tx, s.resource, GH_STR("")), GH_OK);
    assert_null(got.resource.p);
    assert_int_equal(gh_store_commit(tx), GH_OK);
}

static void
settings_and_counters_outlive_the_process(void **state)
{
    struct fixture *f = *state;
    struct gh_str v;
    uint64_t n;
    struct gh_store_tx *tx = begin(f, GH_STORE_FULL);
    assert_int_equal(gh_store_setting_get(&v, &f->a, tx, GH_STR("k")), GH_OK);
    assert_null(v.p);
    assert_int_equal(gh_store_setting_put(tx, GH_STR("k"), GH_STR("one")), GH_OK);
    assert_int_equal(gh_store_setting_put(tx, GH_STR("k"), GH_STR("two")), GH_OK);
    assert_int_equal(gh_store_counter_draw(&n, tx, GH_STR("generation"), 100), GH_OK);
    assert_int_equal(n, 1);
    assert_int_equal(gh_store_commit(tx), GH_OK);

    gh_store_close(f->store);
    assert_int_equal(gh_store_open(&f->store, f->path, NULL), GH_OK);
    tx = begin(f, GH_STORE_FULL);
    assert_int_equal(gh_store_setting_get(&v, &f->a, tx, GH_STR("k")), GH_OK);
    assert_str(v, "two");
    assert_int_equal(gh_store_counter_draw(&n, tx, GH_STR("generation"), 1), GH_OK);
    assert_int_equal(n, 101);
    assert_int_equal(gh_store_commit(tx), GH_OK);
}

static bool
on_entry(void *ctx, const struct gh_store_entry *e)
{
    append(ctx, e->record);
    return true;
}

static void
chain_only_grows_by_one(void **state)
{
    struct fixture *f = *state;
    struct gh_store_entry last, e = {.n = 1, .record = GH_STR("r1")};
    struct gh_store_tx *tx = begin(f, GH_STORE_NORMAL);
    assert_int_equal(gh_store_chain_last(&last, &f->a, tx), GH_OK);
    assert_int_equal(last.n, 0);
    assert_int_equal(gh_store_chain_add(tx, &e), GH_OK);
    assert_int_equal(gh_store_chain_add(tx, &e), GH_BUG);
    e = (struct gh_store_entry){.n = 3, .record = GH_STR("r3")};
    assert_int_equal(gh_store_chain_add(tx, &e), GH_BUG);
    e = (struct gh_store_entry){.n = 2, .hash = {7}, .record = GH_STR("r2")};
    assert_int_equal(gh_store_chain_add(tx, &e), GH_OK);
    assert_int_equal(gh_store_chain_last(&last, &f->a, tx), GH_OK);
    assert_int_equal(last.n, 2);
    assert_int_equal(last.hash[0], 7);
    assert_str(last.record, "r2");
    struct names up = {0}, down = {0}, one = {0};
    assert_int_equal(gh_store_chain_each(tx, 1, 9, false, on_entry, &up), GH_OK);
    assert_string_equal(up.text, "r1 r2 ");
    assert_int_equal(gh_store_chain_each(tx, UINT64_MAX, 9, true, on_entry, &down), GH_OK);
    assert_string_equal(down.text, "r2 r1 ");
    assert_int_equal(gh_store_chain_each(tx, 2, 1, false, on_entry, &one), GH_OK);
    assert_string_equal(one.text, "r2 ");
    assert_int_equal(gh_store_commit(tx), GH_OK);
}

static bool
on_head(void *ctx, const struct gh_store_head *h)
{
    append(ctx, h->sig);
    return true;
}

static void
heads(void **state)
{
    struct fixture *f = *state;
    struct gh_store_head got, h = {.n = 5, .time_ms = 50, .sig = GH_STR("five")};
    struct gh_store_tx *tx = begin(f, GH_STORE_FULL);
    assert_int_equal(gh_store_head_get(&got, &f->a, tx, UINT64_MAX), GH_OK);
    assert_int_equal(got.n, 0);
    assert_int_equal(gh_store_head_add(tx, &h), GH_OK);
    h = (struct gh_store_head){.n = 9, .time_ms = 90, .sig = GH_STR("nine")};
    assert_int_equal(gh_store_head_add(tx, &h), GH_OK);
    assert_int_equal(gh_store_head_get(&got, &f->a, tx, UINT64_MAX), GH_OK);
    assert_int_equal(got.n, 9);
    assert_int_equal(gh_store_head_get(&got, &f->a, tx, 8), GH_OK);
    assert_int_equal(got.n, 5);
    assert_str(got.sig, "five");
    struct names all = {0};
    assert_int_equal(gh_store_head_each(tx, 5, 9, on_head, &all), GH_OK);
    assert_string_equal(all.text, "five nine ");
    assert_int_equal(gh_store_commit(tx), GH_OK);
}

static bool
on_spool(void *ctx, const struct gh_store_spool *s)
{
    append(ctx, s->name);
    return true;
}

static bool
on_open(void *ctx, const struct gh_store_open *o)
{
    append(ctx, o->record);
    return true;
}

static void
drained_so_far(void **state)
{
    struct fixture *f = *state;
    const uint64_t epoch = 0xfedcba9876543210u; /* above 2^63: the whole range is kept */
    struct gh_store_spool s;
    struct gh_store_worker w;
    struct gh_store_tx *tx = begin(f, GH_STORE_NORMAL);
    assert_int_equal(gh_store_spool_put(tx, &(struct gh_store_spool){GH_STR("a.spool"), epoch, 10}), GH_OK);
    assert_int_equal(gh_store_spool_put(tx, &(struct gh_store_spool){GH_STR("a.spool"), epoch, 20}), GH_OK);
    assert_int_equal(gh_store_spool_get(&s, &f->a, tx, GH_STR("a.spool")), GH_OK);
    assert_int_equal(s.offset, 20);
    assert_true(s.epoch == epoch);
    assert_int_equal(gh_store_worker_put(tx, &(struct gh_store_worker){epoch, 7, 70, false}), GH_OK);
    assert_int_equal(gh_store_worker_get(&w, tx, epoch), GH_OK);
    assert_int_equal(w.next_sequence, 7);
    assert_int_equal(gh_store_worker_get(&w, tx, 1), GH_OK);
    assert_int_equal(w.next_sequence, 0);
    assert_int_equal(gh_store_open_put(tx, &(struct gh_store_open){epoch, 1, GH_STR("o1")}), GH_OK);
    assert_int_equal(gh_store_open_put(tx, &(struct gh_store_open){epoch, 2, GH_STR("o2")}), GH_OK);
    assert_int_equal(gh_store_open_delete(tx, epoch, 1), GH_OK);
    struct names open = {0}, files = {0};
    assert_int_equal(gh_store_open_each(tx, epoch, on_open, &open), GH_OK);
    assert_string_equal(open.text, "o2 ");
    assert_int_equal(gh_store_spool_delete(tx, GH_STR("none")), GH_OK);
    assert_int_equal(gh_store_spool_each(tx, on_spool, &files), GH_OK);
    assert_string_equal(files.text, "a.spool ");
    int64_t used;
    assert_int_equal(gh_store_key_used(tx, GH_STR("k"), 9), GH_OK);
    assert_int_equal(gh_store_key_used(tx, GH_STR("k"), 5), GH_OK);
    assert_int_equal(gh_store_key_last_use(&used, tx, GH_STR("k")), GH_OK);
    assert_int_equal(used, 9);
    assert_int_equal(gh_store_key_last_use(&used, tx, GH_STR("other")), GH_OK);
    assert_int_equal(used, 0);
    assert_int_equal(gh_store_commit(tx), GH_OK);
}

#define WRITERS 4
#define WRITES  25

static void *
draw_many(void *arg)
{
    struct gh_store *s = arg;
    for (int i = 0; i < WRITES; i++) {
        struct gh_store_tx *tx;
        uint64_t n;
        if (gh_store_begin(&tx, s, GH_STORE_NORMAL) != GH_OK)
            return arg;
        if (gh_store_counter_draw(&n, tx, GH_STR("c"), 1) != GH_OK || gh_store_commit(tx) != GH_OK)
            return arg;
    }
    return NULL;
}

static void
writers_take_turns(void **state)
{
    struct fixture *f = *state;
    pthread_t t[WRITERS];
    uint64_t n;
    for (int i = 0; i < WRITERS; i++)
        assert_int_equal(pthread_create(&t[i], NULL, draw_many, f->store), 0);
    for (int i = 0; i < WRITERS; i++) {
        void *failed;
        assert_int_equal(pthread_join(t[i], &failed), 0);
        assert_null(failed);
    }
    struct gh_store_tx *tx = begin(f, GH_STORE_FULL);
    assert_int_equal(gh_store_counter_draw(&n, tx, GH_STR("c"), 1), GH_OK);
    assert_int_equal(n, WRITERS * WRITES + 1);
    gh_store_rollback(tx);
}

static void
what_is_no_store_is_refused(void **state)
{
    struct fixture *f = *state;
    struct gh_store *s;
    struct gh_err err = {0};
    char path[128];
    (void)snprintf(path, sizeof(path), "%s/other", f->dir);
    assert_int_equal(
        gh_file_replace(-100 /* AT_FDCWD */, path, 0600, GH_STR("this is no database, and long enough to be looked at\n")), GH_OK);
    assert_int_equal(gh_store_open(&s, path, &err), GH_DOWN);
    assert_null(s);
    assert_non_null(err.what);
    (void)unlink(path);
}

/* One state, though a writer is in the midst of the next one; a file that needs nothing beside it, and no existing one is touched. */
static void
a_copy_is_one_state(void **state)
{
    struct fixture *f = *state;
    struct gh_store *copy;
    struct gh_str value;
    struct gh_err err = {0};
    char path[128], beside[160];
    (void)snprintf(path, sizeof(path), "%s/copy", f->dir);
    (void)snprintf(beside, sizeof(beside), "%s-wal", path);
    struct gh_store_tx *tx = begin(f, GH_STORE_FULL);
    assert_int_equal(gh_store_setting_put(tx, GH_STR("x"), GH_STR("before")), GH_OK);
    assert_int_equal(gh_store_commit(tx), GH_OK);
    struct gh_store *reader;
    assert_int_equal(gh_store_open_read(&reader, f->path, &err), GH_OK);
    tx = begin(f, GH_STORE_FULL);
    assert_int_equal(gh_store_setting_put(tx, GH_STR("x"), GH_STR("not yet")), GH_OK);
    assert_int_equal(gh_store_copy(reader, path, &err), GH_OK);
    assert_int_equal(gh_store_copy(reader, path, &err), GH_DOWN);
    assert_int_equal(gh_store_commit(tx), GH_OK);
    gh_store_close(reader);
    assert_int_not_equal(access(beside, F_OK), 0);
    assert_int_equal(gh_store_open_read(&copy, path, &err), GH_OK);
    assert_int_equal(gh_store_check(copy, &err), GH_OK);
    assert_int_equal(gh_store_begin(&tx, copy, GH_STORE_READ), GH_OK);
    assert_int_equal(gh_store_setting_get(&value, &f->a, tx, GH_STR("x")), GH_OK);
    assert_true(gh_str_eq(value, GH_STR("before")));
    gh_store_rollback(tx);
    gh_store_close(copy);
    assert_int_equal(unlink(path), 0);
}

int
main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
    const struct CMUnitTest tests[] = {T(resource_is_kept_and_replaced), T(rollback_leaves_no_trace), T(reader_sees_one_state),
        T(lists_page_by_name), T(links_are_asked_both_ways_and_go_with_the_resource), T(walks_may_nest), T(secret_versions),
        T(settings_and_counters_outlive_the_process), T(chain_only_grows_by_one), T(heads), T(drained_so_far),
        T(writers_take_turns), T(what_is_no_store_is_refused), T(a_copy_is_one_state)};
    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
