/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of an issuer, from a key source that this test plays on loopback: good, late, large, another's, away. */
#include "control/testing.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <microhttpd.h>

#include "control/publish/fetch.h"
#include "control/publish/issuers.h"
#include "host/host.h"

#define WAIT_MS 8000

/* RFC 7517 appendix A.1, the EC key; and the key of RFC 8037 appendix A.2. */
#define KEY_ONE                                                                                                                    \
    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4\",\"y\":"                               \
    "\"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM\","                                                                             \
    "\"use\":\"sig\",\"kid\":\"one\"}"
#define KEY_TWO "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\",\"kid\":\"two\"}"

struct source {
    struct MHD_Daemon *daemon;
    unsigned port;
    const char *jwks;
    const char *issuer; /* told by the discovery document; NULL: its own */
    unsigned status;    /* of the key set */
    unsigned n_fetched; /* key sets       */
};

struct fixture {
    struct gh_test_house *h;
    struct source s;
    char url[64], properties[256];
};

static enum MHD_Result
on_request(void *ctx, struct MHD_Connection *connection, const char *url, const char *method, const char *version,
    const char *upload, size_t *upload_n, void **state)
{
    struct source *s = ctx;
    char doc[512];
    bool is_discovery = strcmp(url, "/t/.well-known/openid-configuration") == 0;
    (void)method;
    (void)version;
    (void)upload;
    (void)upload_n;
    (void)state;
    if (is_discovery && s->issuer != NULL)
        (void)snprintf(doc, sizeof(doc), "{\"issuer\":\"%s\",\"jwks_uri\":\"http://127.0.0.1:%u/keys\"}", s->issuer, s->port);
    else
        (void)snprintf(
            doc, sizeof(doc), "{\"issuer\":\"http://127.0.0.1:%u/t\",\"jwks_uri\":\"http://127.0.0.1:%u/keys\"}", s->port, s->port);
    if (!is_discovery)
        (void)__atomic_add_fetch(&s->n_fetched, 1, __ATOMIC_RELAXED);
    const char *text = is_discovery ? doc : s->jwks;
    struct MHD_Response *r = MHD_create_response_from_buffer(strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY);
    if (!is_discovery && s->status / 100 == 3)
        (void)MHD_add_response_header(r, "location", "/elsewhere");
    enum MHD_Result result = MHD_queue_response(connection, is_discovery ? 200 : s->status, r);
    MHD_destroy_response(r);
    return result;
}

static void
start_source(struct source *s)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t n = sizeof(in);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
    assert_int_equal(listen(fd, 16), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &n), 0);
    s->port = ntohs(in.sin_port);
    s->status = 200;
    s->daemon =
        MHD_start_daemon(MHD_USE_AUTO_INTERNAL_THREAD, 0, NULL, NULL, on_request, s, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_END);
    assert_non_null(s->daemon);
}

static int
set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    f->h = gh_test_house_open(NULL);
    f->h->config.egress.loopback_allowed = true;
    start_source(&f->s);
    (void)snprintf(f->url, sizeof(f->url), "http://127.0.0.1:%u/t", f->s.port);
    (void)snprintf(f->properties, sizeof(f->properties), "{\"issuer\":\"%s\"}", f->url);
    *state = f;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *f = *state;
    gh_issuers_stop(f->h->c.issuers);
    gh_test_house_close(f->h);
    MHD_stop_daemon(f->s.daemon);
    free(f);
    return 0;
}

static bool
has_key(struct fixture *f, const char *kid)
{
    struct gh_snap_rec r;
    struct gh_view *v = gh_publish_view(f->h->c.publish);
    bool has = gh_snap_find_v(&r, &v->snap, GH_SNAP_ISSUER_KEY, (const struct gh_str[]){gh_str_z(f->url), gh_str_z(kid)}, 2);
    gh_view_unref(v);
    return has;
}

static bool
comes(struct fixture *f, const char *kid, int wait_ms)
{
    int64_t until = gh_monotonic_ms() + wait_ms;
    while (!has_key(f, kid) && gh_monotonic_ms() < until)
        (void)usleep(10000);
    return has_key(f, kid);
}

static void
keys_come_and_rotate(void **state)
{
    struct fixture *f = *state;
    struct gh_snap_rec r;
    f->s.jwks = "{\"keys\":[" KEY_ONE "]}";
    gh_test_house_put(f->h, "/issuers/idp", f->properties);
    assert_int_equal(gh_issuers_start(f->h->c.issuers, f->h->c.publish), GH_OK);
    assert_true(comes(f, "one", WAIT_MS));
    struct gh_view *v = gh_publish_view(f->h->c.publish);
    assert_true(gh_snap_find(&r, &v->snap, GH_SNAP_ISSUER, gh_str_z(f->url)));
    int64_t left = (int64_t)gh_snap_u64(&r, GH_ISSUER_KEYS_UNTIL_MS) - gh_now_ms();
    assert_true(left > GH_ISSUERS_KEEP_MS - 60000 && left <= GH_ISSUERS_KEEP_MS);
    gh_view_unref(v);
    assert_int_equal(__atomic_load_n(&f->s.n_fetched, __ATOMIC_RELAXED), 1);

    /* A storm of unknown key ids costs one fetch, not before the pause has passed; then both keys are there. */
    f->s.jwks = "{\"keys\":[" KEY_ONE "," KEY_TWO "]}";
    for (int i = 0; i < 1000; i++)
        gh_issuers_wanted(f->h->c.issuers, GH_STR("idp"), GH_STR("two"));
    assert_false(comes(f, "two", 1500));
    assert_int_equal(__atomic_load_n(&f->s.n_fetched, __ATOMIC_RELAXED), 1);
    assert_true(comes(f, "two", (int)GH_ISSUERS_WANTED_MS));
    assert_true(has_key(f, "one"));
    assert_int_equal(__atomic_load_n(&f->s.n_fetched, __ATOMIC_RELAXED), 2);

    /* An issuer that is pointed elsewhere does not keep the keys of before. */
    gh_test_house_put(f->h, "/issuers/idp", "{\"issuer\":\"https://elsewhere.example\"}");
    assert_false(has_key(f, "one"));
}

static void
bad_sources_give_nothing(void **state)
{
    struct fixture *f = *state;
    char *large = malloc(GH_FETCH_BYTES_MAX + 2);
    static const struct {
        const char *name, *jwks, *issuer;
        unsigned status;
    } rows[] = {
        {"not JSON", "<html>", NULL, 200},
        {"private key",
            "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\",\"d\":\"AAAA\","
            "\"kid\":\"two\"}]}",
            NULL, 200},
        {"duplicate kid", "{\"keys\":[" KEY_TWO "," KEY_TWO "]}", NULL, 200},
        {"not found", "{\"keys\":[" KEY_TWO "]}", NULL, 404},
        {"redirect", "{\"keys\":[" KEY_TWO "]}", NULL, 302},
        {"another issuer", "{\"keys\":[" KEY_TWO "]}", "https://evil.example", 200},
        {"too large", NULL, NULL, 200},
    };
    assert_non_null(large);
    memset(large, ' ', GH_FETCH_BYTES_MAX + 1);
    large[GH_FETCH_BYTES_MAX + 1] = '\0';
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        f->s.jwks = rows[i].jwks == NULL ? large : rows[i].jwks;
        f->s.issuer = rows[i].issuer;
        f->s.status = rows[i].status;
        gh_issuers_free(f->h->c.issuers);
        const struct gh_issuers_config c = {.store = f->h->c.store, .config = &f->h->config, .audit = f->h->c.audit};
        assert_int_equal(gh_issuers_new(&f->h->c.issuers, &c), GH_OK);
        gh_test_house_put(f->h, "/issuers/idp", f->properties);
        assert_int_equal(gh_issuers_start(f->h->c.issuers, f->h->c.publish), GH_OK);
        if (comes(f, "two", 300))
            fail_msg("%s: believed", rows[i].name);
        gh_issuers_stop(f->h->c.issuers);
    }
    free(large);
}

/* What a key source's name leads to is looked at when it is dialled: a name that passed when it was written does not help. */
static void
the_dialled_address_is_checked(void **state)
{
    struct fixture *f = *state;
    char url[128];
    struct gh_str doc;
    const char *why = NULL;
    struct gh_egress_env shut = {.loopback_allowed = false}, open = {.loopback_allowed = true};
    struct gh_addr own;
    f->s.jwks = "{\"keys\":[" KEY_ONE "]}";
    (void)snprintf(url, sizeof(url), "http://localhost:%u/keys", f->s.port);
    assert_int_equal(gh_fetch(&doc, &why, &f->h->a, &open, gh_str_z(url), GH_STR("")), GH_OK);
    assert_int_equal(gh_fetch(&doc, &why, &f->h->a, &shut, gh_str_z(url), GH_STR("")), GH_DOWN); /* http needs loopback */
    (void)snprintf(url, sizeof(url), "127.0.0.1:%u", f->s.port);
    assert_int_equal(gh_addr_read(&own, gh_str_z(url)), GH_OK);
    open.own = &own;
    open.n_own = 1;
    (void)snprintf(url, sizeof(url), "http://localhost:%u/keys", f->s.port);
    assert_int_equal(gh_fetch(&doc, &why, &f->h->a, &open, gh_str_z(url), GH_STR("")), GH_DOWN);
    assert_non_null(why);
    assert_int_equal(__atomic_load_n(&f->s.n_fetched, __ATOMIC_RELAXED), 1);
}

int
main(void)
{
    assert_int_equal(gh_fetch_init(), GH_OK);
#define T(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
    const struct CMUnitTest tests[] = {T(keys_come_and_rotate), T(bad_sources_give_nothing), T(the_dialled_address_is_checked)};
    return cmocka_run_group_tests_name("issuers", tests, NULL, NULL);
}
