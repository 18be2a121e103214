/* SPDX-License-Identifier: Apache-2.0 */
/* The narrow form of URL, and what keys may be fetched from. */
#include "sweeps.h"

#include <stdlib.h>

#include "control/publish/issuers.h"
#include "control/publish/url.h"

static void
forms(void **state)
{
    static const struct {
        const char *url; /* NULL host: refused */
        const char *host, *origin, *path;
        unsigned port;
    } rows[] = {
        {"https://api.example.com", "api.example.com", "api.example.com", "", 443},
        {"https://api.example.com/", "api.example.com", "api.example.com", "", 443},
        {"https://api.example.com:8443/v1/x", "api.example.com", "api.example.com", "/v1/x", 8443},
        {"http://127.0.0.1:80/v1/", "127.0.0.1", "127.0.0.1", "/v1", 80},
        {"https://[2001:db8::1]:1/", "2001:db8::1", "[2001:db8::1]", "", 1},
        {"https://x/text:shield~a_b-c.d", "x", "x", "/text:shield~a_b-c.d", 443},
        {"", NULL, NULL, NULL, 0},
        {"api.example.com", NULL, NULL, NULL, 0},
        {"HTTPS://api.example.com", NULL, NULL, NULL, 0},
        {"ftp://api.example.com", NULL, NULL, NULL, 0},
        {"https://", NULL, NULL, NULL, 0},
        {"https:///x", NULL, NULL, NULL, 0},
        {"https://API.example.com", NULL, NULL, NULL, 0},
        {"https://a..b", NULL, NULL, NULL, 0},
        {"https://.a", NULL, NULL, NULL, 0},
        {"https://a-", NULL, NULL, NULL, 0},
        {"https://u@a", NULL, NULL, NULL, 0},
        {"https://a:0", NULL, NULL, NULL, 0},
        {"https://a:65536", NULL, NULL, NULL, 0},
        {"https://a:", NULL, NULL, NULL, 0},
        {"https://a:80x", NULL, NULL, NULL, 0},
        {"https://a:+80", NULL, NULL, NULL, 0},
        {"https://[::1", NULL, NULL, NULL, 0},
        {"https://[]", NULL, NULL, NULL, 0},
        {"https://[::1]x", NULL, NULL, NULL, 0},
        {"https://[fe80::1%eth0]/", NULL, NULL, NULL, 0},
        {"https://a/?q", NULL, NULL, NULL, 0},
        {"https://a/#f", NULL, NULL, NULL, 0},
        {"https://a//b", NULL, NULL, NULL, 0},
        {"https://a/./b", NULL, NULL, NULL, 0},
        {"https://a/../b", NULL, NULL, NULL, 0},
        {"https://a/%2e%2e/b", NULL, NULL, NULL, 0},
        {"https://a/b;c", NULL, NULL, NULL, 0},
        {"https://a/b c", NULL, NULL, NULL, 0},
        {"https://a/b\nc", NULL, NULL, NULL, 0},
        {"https://a/{b}", NULL, NULL, NULL, 0},
        {"https://a/$b", NULL, NULL, NULL, 0},
        {"https://a/\"b", NULL, NULL, NULL, 0},
        {"https://a\\b", NULL, NULL, NULL, 0},
        {"https://m\xc3\xbcller.example", NULL, NULL, NULL, 0},
    };
    struct gh_url u;
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct gh_err err = {0};
        enum gh_rc rc = gh_url_read(&u, gh_str_z(rows[i].url), &err);
        if ((rc == GH_OK) != (rows[i].host != NULL))
            fail_msg("%s: rc %d", rows[i].url, (int)rc);
        if (rc != GH_OK) {
            assert_non_null(err.what);
            continue;
        }
        assert_true(gh_str_eq(u.host, gh_str_z(rows[i].host)));
        assert_true(gh_str_eq(u.origin_host, gh_str_z(rows[i].origin)));
        assert_true(gh_str_eq(u.path, gh_str_z(rows[i].path)));
        assert_int_equal(u.port, rows[i].port);
    }
}

/* Every prefix, in memory of just its size. */
static void
prefixes(void **state)
{
    static const char whole[] = "https://[2001:db8::1]:8443/v1/models";
    (void)state;
    for (size_t n = 0; n < sizeof(whole); n++) {
        char *copy = malloc(n == 0 ? 1 : n);
        assert_non_null(copy);
        memcpy(copy, whole, n);
        struct gh_url u;
        enum gh_rc rc = gh_url_read(&u, gh_str(copy, n), NULL);
        assert_true(rc == GH_OK || rc == GH_BAD);
        free(copy);
    }
}

static void
key_sources(void **state)
{
    static const struct {
        const char *url;
        bool loopback, is_refused;
    } rows[] = {
        {"https://idp.example/keys", false, false},
        {"http://idp.example/keys", false, true},
        {"http://127.0.0.1/keys", false, true},
        {"http://127.0.0.1/keys", true, false},
        {"http://127.9.0.1:81/keys", true, false},
        {"http://[::1]:81/keys", true, false},
        {"http://localhost:81/keys", true, false},
        {"http://idp.example/keys", true, true},
        {"http://localhost.example/keys", true, true},
        {"http://10.0.0.1/keys", true, true},
        {"http://[::2]/keys", true, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct gh_egress_env env = {.loopback_allowed = rows[i].loopback};
        struct gh_url u;
        assert_int_equal(gh_url_read(&u, gh_str_z(rows[i].url), NULL), GH_OK);
        assert_int_equal(gh_issuers_url_refused(&env, &u) != NULL, rows[i].is_refused);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(forms), cmocka_unit_test(prefixes), cmocka_unit_test(key_sources)};
    return cmocka_run_group_tests_name("url", tests, NULL, NULL);
}
