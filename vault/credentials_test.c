/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/testing.h"

#include "policy/snapshot.h"
#include "vault/credentials.h"
#include "vault/wrap.h"

#define NOW    1700000000000LL
#define SECRET "/workspaces/w/secrets/s"

struct row {
    const char *workspace, *backend, *resource, *version, *header, *plain, *hosts;
    const char *wrapped_as; /* version that the blob was made for, if another */
};

static struct gh_seal seal;

static void
put_field(struct gh_buf *out, struct gh_str s)
{
    gh_buf_put_le32(out, (uint32_t)s.n);
    gh_buf_put(out, s);
}

static struct gh_str
pack(struct gh_arena *a, const struct row *rows, size_t n)
{
    struct gh_buf out, blob;

    gh_buf_init(&out, a, 1u << 20);
    for (size_t i = 0; i < n; i++) {
        const struct row *r = &rows[i];

        gh_buf_init(&blob, a, 65536);
        assert_int_equal(gh_wrap_put(&blob, &seal, gh_str_z(r->resource),
                             gh_str_z(r->wrapped_as != NULL ? r->wrapped_as : r->version), gh_str_z(r->plain)),
            GH_OK);
        put_field(&out, gh_str_z(r->workspace));
        put_field(&out, gh_str_z(r->backend));
        put_field(&out, gh_str_z(r->resource));
        put_field(&out, gh_str_z(r->version));
        put_field(&out, gh_str_z(r->header));
        put_field(&out, gh_buf_str(&blob));
        put_field(&out, gh_str_z(r->hosts));
    }
    return gh_buf_str(&out);
}

static enum gh_rc
write_generation(size_t *left_out, int dir, uint64_t generation, struct gh_str rows, struct gh_text_root *text, int64_t now_ms)
{
    struct gh_arena a = gh_test_arena();
    struct gh_credentials_job job = {
        .seal = &seal, .text = text, .dir = dir, .generation = generation, .rows = rows, .now_ms = now_ms};
    enum gh_rc rc = gh_credentials_write(left_out, &job, &a, NULL);

    gh_arena_fini(&a);
    return rc;
}

/* The file as the edge reads it. */
static struct gh_snap
open_generation(struct gh_arena *a, const struct gh_test_dir *d, uint64_t generation)
{
    char path[160];
    struct gh_snap_file *file;
    struct stat st;

    (void)snprintf(path, sizeof(path), "%s/credentials-%016llx.snap", d->path, (unsigned long long)generation);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
    assert_int_equal(gh_snap_verify(&file, a, gh_test_file(a, path), seal.installation, NULL), GH_OK);
    assert_true(gh_snap_file_meta(file)->is_credentials);
    assert_int_equal(gh_snap_file_meta(file)->generation, generation);
    return (struct gh_snap){.base = file};
}

static bool
find(struct gh_snap_rec *out, const struct gh_snap *s, const char *workspace, const char *backend, const char *version)
{
    const struct gh_str parts[] = {gh_str_z(workspace), gh_str_z(backend), gh_str_z(version)};

    return gh_snap_find_v(out, s, GH_SNAP_CREDENTIAL, parts, 3);
}

static void
edge_reads_what_control_sent(void **state)
{
    static const struct row rows[] = {
        {"w", "openai", SECRET, "1", "authorization", "sk-0123", "api.openai.com:443\n[::1]:8443", NULL},
        {"w", "azure", SECRET, "1", "api-key", "0123", "x.openai.azure.com:443", NULL},
        {"v", "openai", "/workspaces/v/secrets/s", "2", "api-key", "4567", "h:1", NULL},
    };
    struct gh_test_dir d = gh_test_dir_make();
    struct gh_arena a = gh_test_arena();
    struct gh_text_root text = {.day = 0};
    struct gh_snap_rec rec;
    struct gh_snap snap;
    size_t left_out;

    (void)state;
    assert_int_equal(write_generation(&left_out, d.fd, 7, pack(&a, rows, 3), &text, NOW), GH_OK);
    assert_int_equal(left_out, 0);
    snap = open_generation(&a, &d, 7);
    assert_true(find(&rec, &snap, "w", "openai", "1"));
    assert_true(gh_str_eq(gh_snap_str(&rec, GH_CREDENTIAL_HEADER), GH_STR("authorization")));
    assert_true(gh_str_eq(gh_snap_str(&rec, GH_CREDENTIAL_VALUE), GH_STR("Bearer sk-0123")));
    assert_int_equal(gh_snap_count(&rec, GH_CREDENTIAL_HOSTS), 2);
    assert_true(gh_str_eq(gh_snap_item(&rec, GH_CREDENTIAL_HOSTS, 1), GH_STR("[::1]:8443")));
    assert_true(find(&rec, &snap, "w", "azure", "1"));
    assert_true(gh_str_eq(gh_snap_str(&rec, GH_CREDENTIAL_VALUE), GH_STR("0123")));
    assert_true(find(&rec, &snap, "v", "openai", "2"));
    assert_false(find(&rec, &snap, "v", "openai", "1"));
    assert_false(find(&rec, &snap, "v", "azure", "1"));
    gh_arena_fini(&a);
    gh_test_dir_remove(&d);
}

/* One bad secret leaves its own backend without, and no other. */
static void
bad_rows_are_left_out(void **state)
{
    static const struct row rows[] = {
        {"w", "good", SECRET, "1", "api-key", "0123", "h:1", NULL},
        {"w", "other-version", SECRET, "2", "api-key", "0123", "h:1", "1"},
        {"w", "newline", SECRET, "1", "api-key", "01\r\nhost: evil", "h:1", NULL},
        {"w", "blank", SECRET, "1", "authorization", "01 23", "h:1", NULL},
        {"w", "empty", SECRET, "1", "authorization", "", "h:1", NULL},
        {"w", "header", SECRET, "1", "cookie", "0123", "h:1", NULL},
        {"w", "no-hosts", SECRET, "1", "api-key", "0123", "", NULL},
        {"w", "empty-host", SECRET, "1", "api-key", "0123", "h:1\n\nh:2", NULL},
        {"w", "also-good", SECRET, "1", "api-key", "4567", "h:1", NULL},
    };
    struct gh_test_dir d = gh_test_dir_make();
    struct gh_arena a = gh_test_arena();
    struct gh_text_root text = {.day = 0};
    struct gh_snap_rec rec;
    struct gh_snap snap;
    size_t left_out, n = sizeof(rows) / sizeof(rows[0]);

    (void)state;
    assert_int_equal(write_generation(&left_out, d.fd, 1, pack(&a, rows, n), &text, NOW), GH_OK);
    assert_int_equal(left_out, n - 2);
    snap = open_generation(&a, &d, 1);
    for (size_t i = 0; i < n; i++) {
        print_message("# %s\n", rows[i].backend);
        assert_int_equal(find(&rec, &snap, "w", rows[i].backend, rows[i].version), i == 0 || i == n - 1);
    }
    gh_arena_fini(&a);
    gh_test_dir_remove(&d);
}

static void
broken_rows_change_nothing(void **state)
{
    static const struct row row = {"w", "b", SECRET, "1", "api-key", "0123", "h:1", NULL};
    struct gh_test_dir d = gh_test_dir_make();
    struct gh_arena a = gh_test_arena();
    struct gh_text_root text = {.day = 0};
    struct gh_str rows = pack(&a, &row, 1);
    size_t left_out;

    (void)state;
    for (size_t n = 1; n < rows.n; n++)
        assert_int_equal(write_generation(&left_out, d.fd, 1, gh_str_sub(rows, 0, n), &text, NOW), GH_BAD);
    assert_int_equal(gh_test_dir_entries(d.fd, "", false), 0);
    assert_int_equal(write_generation(&left_out, d.fd, 1, gh_str(NULL, 0), &text, NOW), GH_OK); /* no backend with a secret */
    assert_int_equal(gh_test_dir_entries(d.fd, "", false), 1);
    gh_arena_fini(&a);
    gh_test_dir_remove(&d);
}

static void
last_two_generations_stay(void **state)
{
    struct gh_test_dir d = gh_test_dir_make();
    struct gh_text_root text = {.day = 0};
    size_t left_out;

    (void)state;
    assert_true(openat(d.fd, "edge.key", O_CREAT | O_WRONLY | O_CLOEXEC, 0600) >= 0);
    assert_true(openat(d.fd, "credentials-zz.snap", O_CREAT | O_WRONLY | O_CLOEXEC, 0600) >= 0);
    for (uint64_t g = 0xfe; g <= 0x102; g++) {
        assert_int_equal(write_generation(&left_out, d.fd, g, gh_str(NULL, 0), &text, NOW), GH_OK);
        assert_int_equal(gh_test_dir_entries(d.fd, "credentials-0", false), g == 0xfe ? 1 : 2);
    }
    assert_int_equal(gh_test_dir_entries(d.fd, "credentials-0000000000000101.snap", false), 1);
    assert_int_equal(gh_test_dir_entries(d.fd, "credentials-0000000000000102.snap", false), 1);
    assert_int_equal(gh_test_dir_entries(d.fd, "edge.key", false), 1);
    assert_int_equal(gh_test_dir_entries(d.fd, "", false), 4);
    /* the same generation once more, and one from an older store */
    assert_int_equal(write_generation(&left_out, d.fd, 0x102, gh_str(NULL, 0), &text, NOW), GH_OK);
    assert_int_equal(write_generation(&left_out, d.fd, 0x50, gh_str(NULL, 0), &text, NOW), GH_OK);
    assert_int_equal(gh_test_dir_entries(d.fd, "credentials-0000000000000050.snap", false), 1);
    gh_test_dir_remove(&d);
}

static struct gh_str
text_key(struct gh_arena *a, const struct gh_test_dir *d, uint64_t generation, const char *workspace, uint64_t *day)
{
    struct gh_snap snap = open_generation(a, d, generation);
    struct gh_snap_rec rec;

    assert_true(gh_snap_find(&rec, &snap, GH_SNAP_TEXT_KEY, gh_str_z(workspace)));
    *day = gh_snap_u64(&rec, GH_TEXT_KEY_DAY);
    return gh_snap_str(&rec, GH_TEXT_KEY_VALUE);
}

/* One for each workspace, the same all day, another one on the next. */
static void
text_keys(void **state)
{
    static const struct row rows[] = {
        {"w", "a", SECRET, "1", "api-key", "0123", "h:1", NULL},
        {"v", "a", SECRET, "1", "api-key", "0123", "h:1", NULL},
        {"w", "b", SECRET, "1", "api-key", "0123", "h:1", NULL},
    };
    struct gh_test_dir d = gh_test_dir_make();
    struct gh_arena a = gh_test_arena();
    struct gh_text_root text = {.day = 0};
    struct gh_str packed = pack(&a, rows, 3), w1, v1;
    uint64_t day, later;
    size_t left_out;

    (void)state;
    assert_int_equal(write_generation(&left_out, d.fd, 1, packed, &text, NOW), GH_OK);
    w1 = text_key(&a, &d, 1, "w", &day);
    v1 = text_key(&a, &d, 1, "v", &day);
    assert_int_equal(day, NOW / 86400000);
    assert_int_equal(w1.n, 32);
    assert_false(gh_str_eq(w1, v1));
    assert_false(gh_str_eq(w1, text_key(&a, &d, 1, "/", &later)));
    assert_int_equal(write_generation(&left_out, d.fd, 4, gh_str(NULL, 0), &text, NOW), GH_OK);
    assert_int_equal(text_key(&a, &d, 4, "/", &later).n, 32); /* also where no backend has a credential */
    assert_int_equal(write_generation(&left_out, d.fd, 2, packed, &text, NOW + 1000), GH_OK);
    assert_true(gh_str_eq(w1, text_key(&a, &d, 2, "w", &later)));
    assert_int_equal(write_generation(&left_out, d.fd, 3, packed, &text, NOW + 86400000), GH_OK);
    assert_false(gh_str_eq(w1, text_key(&a, &d, 3, "w", &later)));
    assert_int_equal(later, day + 1);
    gh_arena_fini(&a);
    gh_test_dir_remove(&d);
}

static struct gh_str
bound_key(struct gh_arena *a, const struct gh_test_dir *d, uint64_t generation)
{
    struct gh_snap snap = open_generation(a, d, generation);
    struct gh_snap_rec rec;

    assert_true(gh_snap_find(&rec, &snap, GH_SNAP_BOUND_KEY, GH_STR("installation")));
    return gh_snap_str(&rec, GH_BOUND_KEY_VALUE);
}

/* Ids in callers' hands stay good: one key, with and without backends, on another day, after a restart of vault. */
static void
bound_keys(void **state)
{
    struct gh_test_dir d = gh_test_dir_make();
    struct gh_arena a = gh_test_arena();
    struct gh_text_root before = {.day = 0}, after = {.day = 0};
    size_t left_out;
    struct gh_str key;

    (void)state;
    assert_int_equal(write_generation(&left_out, d.fd, 1, gh_str(NULL, 0), &before, NOW), GH_OK);
    key = bound_key(&a, &d, 1);
    assert_int_equal(key.n, 32);
    assert_false(gh_str_eq(key, gh_str(seal.master, sizeof(seal.master))));
    assert_int_equal(write_generation(&left_out, d.fd, 2, gh_str(NULL, 0), &after, NOW + 86400000), GH_OK);
    assert_true(gh_str_eq(key, bound_key(&a, &d, 2)));
    gh_arena_fini(&a);
    gh_test_dir_remove(&d);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edge_reads_what_control_sent),
        cmocka_unit_test(bad_rows_are_left_out),
        cmocka_unit_test(broken_rows_change_nothing),
        cmocka_unit_test(last_two_generations_stay),
        cmocka_unit_test(text_keys),
        cmocka_unit_test(bound_keys),
    };

    seal = gh_test_seal();
    return cmocka_run_group_tests_name("vault credentials", tests, NULL, NULL);
}
