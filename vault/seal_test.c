/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/testing.h"

#include "host/host.h"
#include "vault/state.h"

static struct gh_str
box_of(struct gh_arena *a, const struct gh_seal *s, const char *purpose, const struct gh_str *parts, size_t n, struct gh_str plain)
{
    struct gh_buf b;

    gh_buf_init(&b, a, 4096);
    assert_int_equal(gh_seal_put(&b, s, purpose, parts, n, plain), GH_OK);
    assert_int_equal(b.n, plain.n + GH_SEAL_OVERHEAD);
    return gh_buf_str(&b);
}

static enum gh_rc
try_open(struct gh_arena *a, const struct gh_seal *s, const char *purpose, const struct gh_str *parts, size_t n, struct gh_str box)
{
    struct gh_buf b;

    gh_buf_init(&b, a, 4096);
    return gh_seal_get(&b, s, purpose, parts, n, box);
}

/* A box opens for what it was sealed for and for nothing else. */
static void
boxes_are_bound(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_seal s = gh_test_seal(), other_key = s, other_house = s;
    const struct gh_str ab_c[] = {GH_STR("ab"), GH_STR("c")}, a_bc[] = {GH_STR("a"), GH_STR("bc")};
    struct gh_str box = box_of(&a, &s, "p1", ab_c, 2, GH_STR("plain"));

    (void)state;
    other_key.master[31] ^= 1;
    other_house.installation[0] ^= 1;
    assert_int_equal(try_open(&a, &s, "p1", ab_c, 2, box), GH_OK);
    assert_int_equal(try_open(&a, &s, "p2", ab_c, 2, box), GH_BAD);
    assert_int_equal(try_open(&a, &s, "p1", a_bc, 2, box), GH_BAD); /* the same bytes, cut elsewhere */
    assert_int_equal(try_open(&a, &s, "p1", ab_c, 1, box), GH_BAD);
    assert_int_equal(try_open(&a, &other_key, "p1", ab_c, 2, box), GH_BAD);
    assert_int_equal(try_open(&a, &other_house, "p1", ab_c, 2, box), GH_BAD);
    for (size_t i = 0; i < box.n; i++)
        assert_int_equal(try_open(&a, &s, "p1", ab_c, 2, gh_str_sub(box, 0, i)), GH_BAD);
    gh_arena_fini(&a);
}

static void
nonces_differ(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_seal s = gh_test_seal();
    struct gh_str one = box_of(&a, &s, "p", NULL, 0, GH_STR("x")), two = box_of(&a, &s, "p", NULL, 0, GH_STR("x"));

    (void)state;
    assert_false(gh_str_eq(one, two));
    gh_arena_fini(&a);
}

/* ---- the master key ---- */

static void
first_start(void **state)
{
    struct gh_test_dir d = gh_test_dir_make();
    struct gh_seal s = gh_test_seal(), again = gh_test_seal();
    struct stat st;
    bool is_first;

    (void)state;
    assert_int_equal(gh_seal_open(&s, &is_first, d.fd, -1, NULL), GH_OK);
    assert_true(is_first);
    assert_int_equal(faccessat(d.fd, "master.key", F_OK, 0), -1); /* not before the rest is there */
    assert_int_equal(gh_seal_keep(d.fd), GH_OK);
    assert_int_equal(fstatat(d.fd, "master.key", &st, 0), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(st.st_size, 32);
    assert_int_equal(gh_seal_open(&again, &is_first, d.fd, -1, NULL), GH_OK);
    assert_false(is_first);
    assert_memory_equal(s.master, again.master, sizeof(s.master));
    gh_test_dir_remove(&d);
}

/* Killed between any two steps of a first start, the next start is a first start again. */
static void
interrupted_first_start(void **state)
{
    struct gh_test_dir d = gh_test_dir_make();
    struct gh_seal s = gh_test_seal();
    struct gh_state keys;
    bool is_first;

    (void)state;
    assert_int_equal(gh_seal_open(&s, &is_first, d.fd, -1, NULL), GH_OK);
    assert_int_equal(gh_seal_open(&s, &is_first, d.fd, -1, NULL), GH_OK);
    assert_true(is_first);
    assert_int_equal(gh_state_make(&keys, 1), GH_OK);
    assert_int_equal(gh_state_save(&keys, &s, d.fd), GH_OK);
    assert_int_equal(gh_seal_open(&s, &is_first, d.fd, -1, NULL), GH_OK);
    assert_true(is_first);
    assert_int_equal(gh_test_dir_entries(d.fd, "vault.state", false), 0);
    gh_test_dir_remove(&d);
}

static void
refused_keys(void **state)
{
    struct gh_test_dir d = gh_test_dir_make();
    struct gh_seal s = gh_test_seal();
    struct gh_err err = {GH_OK, 0, NULL};
    struct gh_state keys;
    bool is_first;

    (void)state;
    assert_int_equal(gh_file_replace(d.fd, "master.key", 0600, GH_STR("0123456789abcdef0123456789abcde")), GH_OK);
    assert_int_equal(gh_seal_open(&s, &is_first, d.fd, -1, &err), GH_BAD);
    assert_int_equal(gh_file_replace(d.fd, "master.key", 0600, GH_STR("0123456789abcdef0123456789abcdef0")), GH_OK);
    assert_int_equal(gh_seal_open(&s, &is_first, d.fd, -1, &err), GH_BAD);
    assert_int_equal(gh_file_replace(d.fd, "master.key", 0640, GH_STR("0123456789abcdef0123456789abcdef")), GH_OK);
    assert_int_equal(gh_seal_open(&s, &is_first, d.fd, -1, &err), GH_BAD);
    assert_non_null(strstr(err.what, "others"));
    assert_int_equal(unlinkat(d.fd, "master.key", 0), 0);
    assert_int_equal(symlinkat("/etc/hostname", d.fd, "master.key"), 0);
    assert_int_equal(gh_seal_open(&s, &is_first, d.fd, -1, &err), GH_DOWN);
    assert_int_equal(unlinkat(d.fd, "master.key", 0), 0);

    /* there is a state, but its key is gone: nothing is made anew */
    s = gh_test_seal();
    assert_int_equal(gh_state_make(&keys, 1), GH_OK);
    assert_int_equal(gh_state_save(&keys, &s, d.fd), GH_OK);
    assert_int_equal(gh_seal_open(&s, &is_first, d.fd, -1, &err), GH_BAD);
    assert_int_equal(gh_test_dir_entries(d.fd, "master.key", false), 0);
    gh_test_dir_remove(&d);
}

static void
credential_comes_first(void **state)
{
    struct gh_test_dir d = gh_test_dir_make(), credentials = gh_test_dir_make();
    struct gh_seal s = gh_test_seal();
    struct gh_state keys;
    bool is_first;
    int fd;

    (void)state;
    assert_int_equal(gh_file_replace(credentials.fd, "key", 0440, GH_STR("0123456789abcdef0123456789abcdef")), GH_OK);
    fd = openat(credentials.fd, "key", O_RDONLY | O_CLOEXEC);
    assert_int_equal(gh_seal_open(&s, &is_first, d.fd, fd, NULL), GH_OK);
    assert_true(is_first);
    assert_memory_equal(s.master, "0123456789abcdef0123456789abcdef", 32);
    assert_int_equal(gh_seal_keep(d.fd), GH_OK);
    assert_int_equal(gh_test_dir_entries(d.fd, "", false), 0); /* the key itself is not copied */
    assert_int_equal(gh_state_make(&keys, 1), GH_OK);
    assert_int_equal(gh_state_save(&keys, &s, d.fd), GH_OK);
    memset(s.master, 0, sizeof(s.master));
    assert_int_equal(gh_seal_open(&s, &is_first, d.fd, fd, NULL), GH_OK); /* the same descriptor, read once already */
    assert_false(is_first);
    assert_int_equal(gh_state_load(&keys, &s, d.fd, NULL), GH_OK);
    assert_int_equal(gh_seal_open(&s, &is_first, d.fd, -1, NULL), GH_BAD); /* it went missing: no new key */
    assert_int_equal(fchmod(fd, 0444), 0);
    assert_int_equal(gh_seal_open(&s, &is_first, d.fd, fd, NULL), GH_BAD);
    (void)close(fd);
    gh_test_dir_remove(&credentials);
    gh_test_dir_remove(&d);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boxes_are_bound),
        cmocka_unit_test(nonces_differ),
        cmocka_unit_test(first_start),
        cmocka_unit_test(interrupted_first_start),
        cmocka_unit_test(refused_keys),
        cmocka_unit_test(credential_comes_first),
    };

    return cmocka_run_group_tests_name("vault seal", tests, NULL, NULL);
}
