/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/testing.h"

#include "host/host.h"
#include "vault/state.h"

#define T0 1700000000000LL

static struct gh_state
made(void)
{
    struct gh_state st;

    assert_int_equal(gh_state_make(&st, T0), GH_OK);
    return st;
}

static void
round_trip(void **state)
{
    struct gh_test_dir d = gh_test_dir_make();
    struct gh_seal s = gh_test_seal();
    struct gh_state st = made(), back;
    struct stat file;

    (void)state;
    st.head_n = 77;
    memset(st.head_hash, 9, sizeof(st.head_hash));
    assert_int_equal(gh_state_save(&st, &s, d.fd), GH_OK);
    assert_int_equal(fstatat(d.fd, "vault.state", &file, 0), 0);
    assert_int_equal(file.st_mode & 07777, 0600);
    assert_int_equal(gh_state_load(&back, &s, d.fd, NULL), GH_OK);
    assert_int_equal(back.head_n, 77);
    assert_memory_equal(back.head_hash, st.head_hash, sizeof(st.head_hash));
    assert_memory_equal(&back.audit, &st.audit, sizeof(st.audit));
    assert_int_equal(back.n_token, 1);
    assert_memory_equal(&back.token[0], &st.token[0], sizeof(st.token[0]));
    assert_int_equal(gh_test_dir_entries(d.fd, "", false), 1);
    gh_test_dir_remove(&d);
}

/* Each flipped bit, each truncation, one byte more: told apart from a good file, and left as it is. */
static void
damage_is_seen(void **state)
{
    struct gh_test_dir d = gh_test_dir_make();
    struct gh_arena a = gh_test_arena();
    struct gh_seal s = gh_test_seal(), other = s;
    struct gh_state st = made(), back;
    struct gh_err err = {GH_OK, 0, NULL};
    struct gh_str good, bad;

    (void)state;
    assert_int_equal(gh_state_load(&back, &s, d.fd, &err), GH_DOWN); /* not there */
    assert_non_null(err.what);
    assert_int_equal(gh_state_save(&st, &s, d.fd), GH_OK);
    assert_int_equal(gh_file_read(&good, &a, d.fd, "vault.state", 4096), GH_OK);
    other.master[0] ^= 1;
    assert_int_equal(gh_state_load(&back, &other, d.fd, &err), GH_BAD);
    for (size_t i = 0; i <= good.n + 8; i += 7) { /* every seventh, and all of the magic */
        size_t at = i > good.n ? i - good.n : i;

        assert_int_equal(gh_arena_dup(&bad, &a, good), GH_OK);
        if (at < good.n)
            ((char *)(uintptr_t)bad.p)[at] ^= 4;
        else
            bad.n--;
        assert_int_equal(pwrite(openat(d.fd, "vault.state", O_WRONLY | O_TRUNC | O_CLOEXEC), bad.p, bad.n, 0), (ssize_t)bad.n);
        assert_int_equal(gh_state_load(&back, &s, d.fd, &err), GH_BAD);
        assert_int_equal(back.n_token, 0);
    }
    gh_arena_fini(&a);
    gh_test_dir_remove(&d);
}

/* ---- rotation ---- */

static const struct step {
    const char *name;
    int64_t after_ms; /* since T0 */
    bool changed;
    size_t n, signer; /* keys, and which of those that were ever made signs */
} steps[] = {
    {"new", 0, false, 1, 0},
    {"28 days", 28 * GH_STATE_DAY_MS, false, 1, 0},
    {"29 days: the next one is made", 29 * GH_STATE_DAY_MS, true, 2, 0},
    {"asked again", 29 * GH_STATE_DAY_MS + 1000, false, 2, 0},
    {"a moment before it signs", 30 * GH_STATE_DAY_MS - 1, false, 2, 0},
    {"it signs", 30 * GH_STATE_DAY_MS, false, 2, 1},
    {"the old one is still published", 30 * GH_STATE_DAY_MS + GH_STATE_KEEP_MS - 1, false, 2, 1},
    {"the old one goes", 30 * GH_STATE_DAY_MS + GH_STATE_KEEP_MS, true, 1, 1},
    {"clock far back", -GH_STATE_DAY_MS, false, 1, 1},
    {"29 days of the second", 59 * GH_STATE_DAY_MS, true, 2, 1},
    {"a year of sleep: the one that waited signs, and the next is made", 400 * GH_STATE_DAY_MS, true, 2, 2},
};

static void
rotation(void **state)
{
    struct gh_state st = made();
    struct gh_p256 ever[4];
    size_t n_ever = 1;

    (void)state;
    ever[0] = st.token[0].pair;
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        const struct gh_state_key *newest;
        bool changed;

        print_message("# %s\n", steps[i].name);
        assert_int_equal(gh_state_rotate(&st, &changed, T0 + steps[i].after_ms), GH_OK);
        assert_int_equal(changed, steps[i].changed);
        assert_int_equal(st.n_token, steps[i].n);
        newest = &st.token[st.n_token - 1];
        if (memcmp(&newest->pair, &ever[n_ever - 1], sizeof(ever[0])) != 0)
            ever[n_ever++] = newest->pair;
        assert_memory_equal(&gh_state_signer(&st, T0 + steps[i].after_ms)->pair, &ever[steps[i].signer], sizeof(ever[0]));
    }
    assert_int_equal(n_ever, 4);
}

/* A full list of keys survives the file. */
static void
most_keys(void **state)
{
    struct gh_test_dir d = gh_test_dir_make();
    struct gh_seal s = gh_test_seal();
    struct gh_state st = made(), back;

    (void)state;
    for (size_t i = 1; i < GH_STATE_TOKEN_KEYS_MAX; i++) {
        st.token[i] = st.token[0];
        st.token[i].from_ms += (int64_t)i;
    }
    st.n_token = GH_STATE_TOKEN_KEYS_MAX;
    assert_int_equal(gh_state_save(&st, &s, d.fd), GH_OK);
    assert_int_equal(gh_state_load(&back, &s, d.fd, NULL), GH_OK);
    assert_memory_equal(back.token, st.token, sizeof(st.token));
    gh_test_dir_remove(&d);
}

/* A restored copy signs by another key, which has signed nothing; what tokens are signed with stays. */
static void
new_audit(void **state)
{
    struct gh_state before = made(), st;

    (void)state;
    before.head_n = 77;
    memset(before.head_hash, 9, sizeof(before.head_hash));
    st = before;
    assert_int_equal(gh_state_new_audit(&st), GH_OK);
    assert_int_equal(st.head_n, 0);
    assert_memory_not_equal(&st.audit, &before.audit, sizeof(st.audit));
    assert_int_equal(st.n_token, before.n_token);
    assert_memory_equal(&st.token[0], &before.token[0], sizeof(st.token[0]));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),
        cmocka_unit_test(damage_is_seen),
        cmocka_unit_test(rotation),
        cmocka_unit_test(most_keys),
        cmocka_unit_test(new_audit),
    };

    return cmocka_run_group_tests_name("vault state", tests, NULL, NULL);
}
