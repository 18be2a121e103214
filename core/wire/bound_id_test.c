/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include "base/codec.h"
#include "base/limits.h"
#include "wire/bound_id.h"

static const char key_bytes[GH_BOUND_KEY_BYTES + 1] = "0123456789abcdef0123456789abcdef";
#define KEY gh_str(key_bytes, GH_BOUND_KEY_BYTES)

static const struct gh_bound_id made = {
    .kind = GH_STORED_RESPONSE,
    .ws = GH_STR_INIT("demo"),
    .ep = GH_STR_INIT("chat"),
    .owner = GH_STR_INIT("gatehouse:ann"),
    .deployment = GH_STR_INIT("gpt"),
    .backend = GH_STR_INIT("east"),
    .id = GH_STR_INIT("resp_68a1b2c3d4e5f60718293a4b5c6d7e8f"),
};

static struct gh_str
put(struct gh_arena *a, const struct gh_bound_id *b)
{
    struct gh_buf out;

    gh_buf_init(&out, a, 2 * GH_BOUND_ID_BYTES_MAX);
    assert_int_equal(gh_bound_id_put(&out, b, KEY), GH_OK);
    return gh_buf_str(&out);
}

static enum gh_rc
open_as(struct gh_bound_id *b, struct gh_arena *a, const struct gh_bound_id *who, struct gh_str text)
{
    *b = (struct gh_bound_id){.kind = who->kind, .ws = who->ws, .ep = who->ep, .owner = who->owner};
    return gh_bound_id_open(b, a, text, KEY);
}

static void
comes_back(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_str text = put(&a, &made);
    struct gh_bound_id b;

    (void)state;
    assert_true(gh_str_starts(text, GH_STR("resp_")));
    assert_int_equal(gh_b64url_span(text), text.n); /* letters, digits, '-' and '_' alone */
    assert_true(gh_str_eq(text, put(&a, &made)));   /* one thing has one id */
    assert_int_equal(open_as(&b, &a, &made, text), GH_OK);
    assert_true(gh_str_eq(b.deployment, made.deployment) && gh_str_eq(b.backend, made.backend) && gh_str_eq(b.id, made.id));
    gh_arena_fini(&a);
}

static void
nobody_elses(void **state)
{
    static const struct {
        const char *name;
        enum gh_stored kind;
        struct gh_str ws, ep, owner;
    } rows[] = {
        {"another caller", GH_STORED_RESPONSE, GH_STR_INIT("demo"), GH_STR_INIT("chat"), GH_STR_INIT("gatehouse:bob")},
        {"an issuer's caller of that name", GH_STORED_RESPONSE, GH_STR_INIT("demo"), GH_STR_INIT("chat"), GH_STR_INIT("entra:ann")},
        {"no caller", GH_STORED_RESPONSE, GH_STR_INIT("demo"), GH_STR_INIT("chat"), GH_STR_INIT("")},
        {"another endpoint", GH_STORED_RESPONSE, GH_STR_INIT("demo"), GH_STR_INIT("chat2"), GH_STR_INIT("gatehouse:ann")},
        {"another workspace", GH_STORED_RESPONSE, GH_STR_INIT("dem"), GH_STR_INIT("chat"), GH_STR_INIT("gatehouse:ann")},
        {"names that join to the same", GH_STORED_RESPONSE, GH_STR_INIT("democ"), GH_STR_INIT("hat"), GH_STR_INIT("gatehouse:ann")},
        {"another kind", GH_STORED_FILE, GH_STR_INIT("demo"), GH_STR_INIT("chat"), GH_STR_INIT("gatehouse:ann")},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct gh_arena a = gh_test_arena();
        const struct gh_bound_id who = {.kind = rows[i].kind, .ws = rows[i].ws, .ep = rows[i].ep, .owner = rows[i].owner};
        struct gh_bound_id b;
        if (open_as(&b, &a, &who, put(&a, &made)) != GH_BAD)
            fail_msg("%s: accepted", rows[i].name);
        gh_arena_fini(&a);
    }
}

static void
forged(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_str text = put(&a, &made);
    struct gh_bound_id b = made, other = made;
    char copy[2 * GH_BOUND_ID_BYTES_MAX];

    (void)state;
    assert_int_equal(open_as(&b, &a, &made, made.id), GH_BAD); /* the provider's own, guessed or seen */
    assert_int_equal(open_as(&b, &a, &made, GH_STR("")), GH_BAD);
    assert_int_equal(open_as(&b, &a, &made, GH_STR("resp_")), GH_BAD);
    for (size_t n = 0; n < text.n; n++)
        assert_int_equal(open_as(&b, &a, &made, gh_str_sub(text, 0, n)), GH_BAD);
    for (size_t i = 0; i < text.n; i++) {
        memcpy(copy, text.p, text.n);
        copy[i] = copy[i] == 'A' ? 'B' : 'A';
        assert_int_equal(open_as(&b, &a, &made, gh_str(copy, text.n)), GH_BAD);
    }
    memset(copy, 'A', sizeof(copy));
    memcpy(copy, text.p, text.n);
    assert_int_equal(open_as(&b, &a, &made, gh_str(copy, text.n + 4)), GH_BAD);
    assert_int_equal(open_as(&b, &a, &made, gh_str(copy, sizeof(copy))), GH_BAD);
    b = made;
    assert_int_equal(gh_bound_id_open(&b, &a, text, GH_STR("another key of thirty-two bytes!")), GH_BAD);
    other.deployment = GH_STR("gpteast"); /* parts that join to the same bytes are other parts */
    other.backend = GH_STR("");
    assert_false(gh_str_eq(put(&a, &other), text));
    gh_arena_fini(&a);
}

static void
bounds(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_bound_id b = made;
    char mem[GH_BOUND_ID_BYTES_MAX + 1], name[GH_NAME_BYTES_MAX + 1];
    struct gh_buf out;

    (void)state;
    memset(mem, 'x', sizeof(mem));
    memset(name, 'n', sizeof(name));
    b.deployment = b.backend = gh_str(name, GH_NAME_BYTES_MAX);
    b.id = gh_str(mem, 128);
    assert_true(gh_str_starts(put(&a, &b), GH_STR("id_"))); /* an id without a prefix gets one */
    gh_buf_init(&out, &a, 4096);
    b.id = gh_str(mem, sizeof(mem));
    assert_int_equal(gh_bound_id_put(&out, &b, KEY), GH_LIMIT);
    b.id = made.id;
    b.deployment = gh_str(name, sizeof(name));
    assert_int_equal(gh_bound_id_put(&out, &b, KEY), GH_LIMIT);
    gh_arena_fini(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back),
        cmocka_unit_test(nobody_elses),
        cmocka_unit_test(forged),
        cmocka_unit_test(bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
