/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include "policy/egress.h"
#include "policy/signin_risk.h"

#define DAY  INT64_C(86400000)
#define HOUR INT64_C(3600000)
#define MIN  INT64_C(60000)
#define T0   INT64_C(1790000000000)

static const struct gh_signin_place london = {"GB", true, 515000, -1000}, paris = {"FR", true, 488600, 23500},
                                    new_york = {"US", true, 407100, -740000}, sydney = {"AU", true, -338700, 1512100},
                                    fiji = {"FJ", true, -181400, 1784400}, samoa = {"WS", true, -138300, -1717700},
                                    country_only = {"US", false, 0, 0}, nowhere = {{0}, false, 0, 0};

/* One sign-in of a story. */
struct step {
    int64_t at_ms;
    const char *ip; /* NULL: none was told */
    uint64_t device;
    const struct gh_signin_place *place;
    uint32_t found;
    enum gh_risk level;
    bool is_failed, is_trusted;
    enum gh_risk listed;
};
#define BIT(name) GH_SIGNIN_BIT(name)
#define END                                                                                                                        \
    {                                                                                                                              \
        0, NULL, 0, NULL, 0, GH_RISK_LEVEL_NONE, false, false, GH_RISK_LEVEL_NONE                                                  \
    }
#define GOOD    false, false, GH_RISK_LEVEL_NONE
#define FAILED  true, false, GH_RISK_LEVEL_NONE
#define TRUSTED false, true, GH_RISK_LEVEL_NONE
#define NONE    GH_RISK_LEVEL_NONE
#define LOW     GH_RISK_LEVEL_LOW
#define MEDIUM  GH_RISK_LEVEL_MEDIUM
#define HIGH    GH_RISK_LEVEL_HIGH

// clang-format off
static const struct {
    const char *name;
    struct step step[14];
} stories[] = {
    {"the first one is learned", {{T0, "192.0.2.1", 7, &london, 0, NONE, GOOD}, {T0 + MIN, "192.0.2.77", 7, &london, 0, NONE, GOOD}, END}},
    {"a new network", {{T0, "192.0.2.1", 0, &nowhere, 0, NONE, GOOD}, {T0 + MIN, "198.51.100.1", 0, &nowhere, BIT(NEW_NETWORK), LOW, GOOD},
        {T0 + HOUR, "198.51.100.2", 0, &nowhere, 0, LOW, GOOD}, {T0 + MIN + DAY, "192.0.2.1", 0, &nowhere, 0, NONE, GOOD}, END}},
    {"a new device", {{T0, "192.0.2.1", 7, &nowhere, 0, NONE, GOOD}, {T0 + MIN, "192.0.2.1", 8, &nowhere, BIT(NEW_DEVICE), LOW, GOOD}, END}},
    {"both at once are more", {{T0, "192.0.2.1", 7, &nowhere, 0, NONE, GOOD},
        {T0 + MIN, "198.51.100.1", 8, &nowhere, BIT(NEW_DEVICE) | BIT(NEW_NETWORK), MEDIUM, GOOD},
        {T0 + MIN + DAY, "198.51.100.1", 8, &nowhere, 0, LOW, GOOD}, {T0 + MIN + 2 * DAY, "198.51.100.1", 8, &nowhere, 0, NONE, GOOD}, END}},
    {"an unknown device is not a new one", {{T0, "192.0.2.1", 7, &nowhere, 0, NONE, GOOD}, {T0 + MIN, "192.0.2.1", 0, &nowhere, 0, NONE, GOOD}, END}},
    {"without an address", {{T0, "192.0.2.1", 7, &nowhere, 0, NONE, GOOD}, {T0 + MIN, NULL, 7, &nowhere, 0, NONE, GOOD}, END}},
    {"IPv6 by /48", {{T0, "2001:db8:1:2::1", 0, &nowhere, 0, NONE, GOOD}, {T0 + MIN, "2001:db8:1:ffff::9", 0, &nowhere, 0, NONE, GOOD},
        {T0 + 2 * MIN, "2001:db8:2::1", 0, &nowhere, BIT(NEW_NETWORK), LOW, GOOD}, END}},
    {"IPv4 within IPv6 is IPv4", {{T0, "192.0.2.1", 0, &nowhere, 0, NONE, GOOD}, {T0 + MIN, "::ffff:192.0.2.9", 0, &nowhere, 0, NONE, GOOD}, END}},
    {"impossible travel", {{T0, "192.0.2.1", 0, &london, 0, NONE, GOOD},
        {T0 + HOUR, "192.0.2.2", 0, &new_york, BIT(TRAVEL), HIGH, GOOD}, {T0 + HOUR + DAY, "192.0.2.2", 0, &new_york, 0, MEDIUM, GOOD},
        {T0 + HOUR + 2 * DAY, "192.0.2.2", 0, &new_york, 0, LOW, GOOD}, {T0 + HOUR + 3 * DAY, "192.0.2.2", 0, &new_york, 0, NONE, GOOD}, END}},
    {"a flight", {{T0, "192.0.2.1", 0, &london, 0, NONE, GOOD}, {T0 + 8 * HOUR, "192.0.2.1", 0, &new_york, 0, NONE, GOOD}, END}},
    {"a train is near enough", {{T0, "192.0.2.1", 0, &london, 0, NONE, GOOD}, {T0 + MIN, "192.0.2.1", 0, &paris, 0, NONE, GOOD}, END}},
    {"a country has no distance", {{T0, "192.0.2.1", 0, &london, 0, NONE, GOOD}, {T0 + MIN, "192.0.2.1", 0, &country_only, 0, NONE, GOOD}, END}},
    {"an unknown place is no journey", {{T0, "192.0.2.1", 0, &london, 0, NONE, GOOD}, {T0 + MIN, "192.0.2.1", 0, &nowhere, 0, NONE, GOOD},
        {T0 + 2 * MIN, "192.0.2.1", 0, &sydney, BIT(TRAVEL), HIGH, GOOD}, END}},
    {"over the date line it is near", {{T0, "192.0.2.1", 0, &fiji, 0, NONE, GOOD}, {T0 + 2 * HOUR, "192.0.2.1", 0, &samoa, 0, NONE, GOOD}, END}},
    {"a clock stepped back", {{T0, "192.0.2.1", 0, &london, 0, NONE, GOOD}, {T0 - MIN, "192.0.2.1", 0, &new_york, BIT(TRAVEL), HIGH, GOOD},
        {T0 - DAY, "192.0.2.1", 0, &london, 0, HIGH, GOOD}, END}},
    {"both at the same instant", {{T0, "192.0.2.1", 0, &london, 0, NONE, GOOD}, {T0, "192.0.2.1", 0, &sydney, BIT(TRAVEL), HIGH, GOOD}, END}},
    {"a clock at zero", {{0, "192.0.2.1", 0, &nowhere, 0, NONE, GOOD}, {T0, "192.0.2.1", 0, &nowhere, 0, NONE, GOOD}, END}},
    {"a trusted network", {{T0, "192.0.2.1", 0, &london, 0, NONE, GOOD}, {T0 + MIN, "198.51.100.1", 0, &new_york, 0, NONE, TRUSTED},
        {T0 + 2 * MIN, "192.0.2.1", 0, &london, 0, NONE, GOOD}, END}},
    {"a listed network", {{T0, "192.0.2.1", 0, &nowhere, BIT(LISTED_MEDIUM), MEDIUM, false, false, MEDIUM}, END}},
    {"a listed network that is new too", {{T0, "192.0.2.1", 0, &nowhere, 0, NONE, GOOD},
        {T0 + MIN, "198.51.100.1", 0, &nowhere, BIT(LISTED_MEDIUM) | BIT(NEW_NETWORK), MEDIUM, false, false, MEDIUM}, END}},
    {"back after 90 days", {{T0, "192.0.2.1", 0, &nowhere, 0, NONE, GOOD}, {T0 + 90 * DAY, "192.0.2.1", 0, &nowhere, BIT(DORMANT), MEDIUM, GOOD}, END}},
    {"back after 89 days", {{T0, "192.0.2.1", 0, &nowhere, 0, NONE, GOOD}, {T0 + 89 * DAY, "192.0.2.1", 0, &nowhere, 0, NONE, GOOD}, END}},
    {"back, from elsewhere, with something else", {{T0, "192.0.2.1", 7, &nowhere, 0, NONE, GOOD},
        {T0 + 100 * DAY, "198.51.100.1", 8, &nowhere, BIT(DORMANT) | BIT(NEW_DEVICE) | BIT(NEW_NETWORK), HIGH, GOOD}, END}},
    {"nine failures are none", {{T0, NULL, 0, &nowhere, 0, NONE, FAILED}, {T0, NULL, 0, &nowhere, 0, NONE, FAILED}, {T0, NULL, 0, &nowhere, 0, NONE, FAILED},
        {T0, NULL, 0, &nowhere, 0, NONE, FAILED}, {T0, NULL, 0, &nowhere, 0, NONE, FAILED}, {T0, NULL, 0, &nowhere, 0, NONE, FAILED},
        {T0, NULL, 0, &nowhere, 0, NONE, FAILED}, {T0, NULL, 0, &nowhere, 0, NONE, FAILED}, {T0, NULL, 0, &nowhere, 0, NONE, FAILED},
        {T0 + 10 * MIN, NULL, 0, &nowhere, 0, NONE, FAILED}, {T0 + 11 * MIN, "192.0.2.1", 0, &nowhere, 0, NONE, GOOD}, END}},
    {"the tenth is a burst, told once", {{T0, NULL, 0, &nowhere, 0, NONE, FAILED}, {T0, NULL, 0, &nowhere, 0, NONE, FAILED}, {T0, NULL, 0, &nowhere, 0, NONE, FAILED},
        {T0, NULL, 0, &nowhere, 0, NONE, FAILED}, {T0, NULL, 0, &nowhere, 0, NONE, FAILED}, {T0, NULL, 0, &nowhere, 0, NONE, FAILED},
        {T0, NULL, 0, &nowhere, 0, NONE, FAILED}, {T0, NULL, 0, &nowhere, 0, NONE, FAILED}, {T0, NULL, 0, &nowhere, 0, NONE, FAILED},
        {T0 + MIN, NULL, 0, &nowhere, BIT(FAILURES), MEDIUM, FAILED}, {T0 + MIN, NULL, 0, &nowhere, 0, MEDIUM, FAILED}, END}},
};
// clang-format on

static struct gh_signin
signin_of(uint8_t ip[16], const struct step *st)
{
    struct gh_signin in = {.at_ms = st->at_ms,
        .is_failed = st->is_failed,
        .device = st->device,
        .place = *st->place,
        .is_trusted_network = st->is_trusted,
        .listed = st->listed};

    if (st->ip != NULL) {
        assert_int_equal(gh_ip_read(ip, gh_str_z(st->ip)), GH_OK);
        in.ip = ip;
    }
    return in;
}

/* Written and read again it is the same state. */
static void
store_again(const char *name, struct gh_signin_state *s)
{
    char mem[GH_SIGNIN_BYTES_MAX], mem2[GH_SIGNIN_BYTES_MAX];
    struct gh_buf b, b2;
    struct gh_signin_state read = {0};

    gh_buf_init_fixed(&b, mem, sizeof(mem));
    gh_signin_put(&b, s);
    if (b.rc != GH_OK || gh_signin_read(&read, gh_buf_str(&b)) != GH_OK)
        fail_msg("%s: the state cannot be stored", name);
    gh_buf_init_fixed(&b2, mem2, sizeof(mem2));
    gh_signin_put(&b2, &read);
    assert_true(gh_str_eq(gh_buf_str(&b), gh_buf_str(&b2)));
    *s = read;
}

static void
stories_are_judged(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++) {
        struct gh_signin_state s = {0};
        for (size_t k = 0; stories[i].step[k].place != NULL; k++) {
            const struct step *st = &stories[i].step[k];
            uint8_t ip[16];
            struct gh_signin in = signin_of(ip, st);
            struct gh_signin_result r;

            gh_signin_judge(&r, &s, &in);
            if (r.found != st->found || gh_signin_level(&s, st->at_ms) != st->level)
                fail_msg(
                    "%s, step %zu: found %x, level %s", stories[i].name, k, r.found, gh_risk_names[gh_signin_level(&s, st->at_ms)]);
            assert_int_equal(r.is_published, r.found != 0);
            store_again(stories[i].name, &s);
        }
    }
}

static struct gh_signin_state
risky(void)
{
    struct gh_signin_state s = {0};
    struct gh_signin_result r;
    uint8_t ip[16];
    const struct step home = {T0, "192.0.2.1", 7, &london, 0, NONE, GOOD};
    const struct step far = {T0 + MIN, "198.51.100.1", 8, &sydney, 0, NONE, GOOD};
    struct gh_signin in = signin_of(ip, &home);

    gh_signin_judge(&r, &s, &in);
    in = signin_of(ip, &far);
    gh_signin_judge(&r, &s, &in);
    assert_int_equal(gh_signin_level(&s, T0 + MIN), HIGH);
    assert_true(r.km > 16500 && r.km < 17500);
    return s;
}

static void
a_person_decides(void **state)
{
    struct gh_signin_state s = risky();
    struct gh_signin_result r;
    uint8_t ip[16];
    const struct step later = {T0 + 200 * DAY, "203.0.113.1", 9, &london, 0, NONE, GOOD};
    struct gh_signin in = signin_of(ip, &later);

    (void)state;
    gh_signin_confirm(&s, T0 + HOUR);
    store_again("confirmed", &s);
    assert_int_equal(gh_signin_level(&s, T0 + 1000 * DAY), HIGH);
    gh_signin_judge(&r, &s, &in); /* the stranger's habits are not learned, his word does not lower it */
    assert_false(r.is_published);
    assert_int_equal(s.last_ms, T0 + MIN);
    assert_int_equal(gh_signin_level(&s, T0 + 1000 * DAY), HIGH);

    gh_signin_dismiss(&s, T0 + 201 * DAY);
    store_again("dismissed", &s);
    assert_int_equal(gh_signin_level(&s, T0 + 201 * DAY), NONE);
    assert_int_equal(s.event[0].found, GH_SIGNIN_BIT(DISMISSED));

    s = risky();
    gh_signin_dismiss(&s, T0 + HOUR);
    const struct step same = {T0 + 2 * HOUR, "198.51.100.9", 8, &sydney, 0, NONE, GOOD};
    in = signin_of(ip, &same);
    gh_signin_judge(&r, &s, &in);
    assert_int_equal(r.found, 0); /* what he was seen with is usual */
}

/* However many places somebody comes from, the state stays within its bounds, and what was seen last is known. */
static void
memory_is_bounded(void **state)
{
    struct gh_signin_state s = {0};
    struct gh_signin_result r;
    char mem[GH_SIGNIN_BYTES_MAX];
    struct gh_buf b;

    (void)state;
    for (unsigned i = 0; i < 1000; i++) {
        uint8_t ip[16] = {[10] = 0xff, [11] = 0xff, [12] = 10, [13] = (uint8_t)(i / 250), [14] = (uint8_t)i, [15] = 1};
        const struct gh_signin in = {.at_ms = T0 + i * HOUR, .ip = ip, .device = i + 1};
        gh_signin_judge(&r, &s, &in);
        assert_int_equal(r.found != 0, i > 0);
    }
    gh_buf_init_fixed(&b, mem, sizeof(mem));
    gh_signin_put(&b, &s);
    assert_int_equal(b.rc, GH_OK);
    print_message("# state of one principal, full: %zu bytes\n", b.n);
    assert_int_equal(s.n_signins, 1000);
    const struct gh_signin again = {.at_ms = T0 + 1001 * HOUR, .device = 1000};
    gh_signin_judge(&r, &s, &again);
    assert_int_equal(r.found, 0);
}

static void
distances(void **state)
{
    static const struct {
        const struct gh_signin_place *a, *b;
        uint32_t km;
    } cases[] = {
        {&london, &london, 0},
        {&london, &paris, 343},
        {&london, &new_york, 5570},
        {&london, &sydney, 16990},
        {&fiji, &samoa, 1148},
    };
    static const struct gh_signin_place north = {"XX", true, 900000, 0}, south = {"XX", true, -900000, 1000000};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint32_t km = gh_signin_km(cases[i].a, cases[i].b), back = gh_signin_km(cases[i].b, cases[i].a);
        if (km * 100 > cases[i].km * 101 + 200 || km * 100 + 200 < cases[i].km * 99)
            fail_msg("%.2s to %.2s: %u", cases[i].a->country, cases[i].b->country, km);
        assert_true(km <= back + 1 && back <= km + 1);
    }
    assert_true(gh_signin_km(&north, &south) > 19900 && gh_signin_km(&north, &south) < 20100);
}

static void
networks_are_told(void **state)
{
    static const char *const cases[][2] = {
        {"192.0.2.77", "192.0.2.0/24"}, {"2001:db8:1:2::3", "2001:db8:1::/48"}, {"::1", "0:0:0::/48"}};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        char mem[64];
        struct gh_buf b;
        uint8_t ip[16];

        gh_buf_init_fixed(&b, mem, sizeof(mem));
        assert_int_equal(gh_ip_read(ip, gh_str_z(cases[i][0])), GH_OK);
        gh_signin_put_network(&b, gh_signin_network(ip));
        assert_true(gh_str_eq(gh_buf_str(&b), gh_str_z(cases[i][1])));
    }
}

static void
words_of_what_was_found(void **state)
{
    char mem[128];
    struct gh_buf b;

    (void)state;
    gh_buf_init_fixed(&b, mem, sizeof(mem));
    gh_signin_put_words(&b, GH_SIGNIN_BIT(NEW_DEVICE) | GH_SIGNIN_BIT(TRAVEL));
    assert_true(gh_str_eq(gh_buf_str(&b), GH_STR("newDevice,impossibleTravel")));
}

static enum gh_rc
read_and_write(struct gh_buf *meaning, struct gh_arena *a, struct gh_str in)
{
    struct gh_signin_state s;
    enum gh_rc rc = gh_signin_read(&s, in);

    (void)a;
    if (rc != GH_OK)
        return rc;
    gh_signin_put(meaning, &s);
    return GH_OK;
}

static void
damaged_states(void **state)
{
    struct gh_signin_state s = risky();
    char mem[GH_SIGNIN_BYTES_MAX];
    struct gh_buf b;

    (void)state;
    gh_buf_init_fixed(&b, mem, sizeof(mem));
    gh_signin_put(&b, &s);
    gh_test_mangle(read_and_write, gh_buf_str(&b), false);
    gh_test_page(read_and_write, gh_buf_str(&b));
    for (size_t n = 0; n < b.n; n++)
        assert_int_equal(gh_signin_read(&s, gh_str(mem, n)), GH_BAD);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(stories_are_judged), cmocka_unit_test(a_person_decides),
        cmocka_unit_test(memory_is_bounded), cmocka_unit_test(distances), cmocka_unit_test(networks_are_told),
        cmocka_unit_test(words_of_what_was_found), cmocka_unit_test(damaged_states)};
    return cmocka_run_group_tests_name("signin_risk", tests, NULL, NULL);
}
