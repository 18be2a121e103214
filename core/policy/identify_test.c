/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include "policy/identify.h"
#include "policy/snapshot_maker.h"
#include "sign.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* ---- a small world: its issuers, keys and identities ---- */

#define OWN      "https://login.gatehouse.localhost/i/v2.0"
#define AUDIENCE "api://gatehouse/i"
#define IDP      "https://idp.example/"
#define NOW_S    1700000000
#define NOW_MS   (NOW_S * INT64_C(1000))
#define FOREVER  INT64_C(253402300799000)

enum { CACHE_SETS = 16 };

struct world {
    struct gh_arena arena;
    EVP_PKEY *key, *other_key;
    struct gh_snap snap;
    struct gh_token_cache cache;
    struct gh_token_cache_slot slots[CACHE_SETS * GH_TOKEN_CACHE_WAYS];
    struct gh_keyring keyring;
    struct gh_str api_key, late_key, orphan_key, ws_key, off_key;
};

static void
put_issuer(struct gh_maker *m, struct gh_str iss, struct gh_str name, struct gh_str claim, int64_t until, const struct gh_str *auds,
    size_t n, const struct gh_str *tenants, size_t n_tenants)
{
    const struct gh_snap_value v[GH_ISSUER_N] = {[GH_ISSUER_NAME] = {.str = name},
        [GH_ISSUER_AUDIENCES] = {.list = auds, .n = n},
        [GH_ISSUER_SUBJECT_CLAIM] = {.str = claim},
        [GH_ISSUER_KEYS_UNTIL_MS] = {.u64 = (uint64_t)until},
        [GH_ISSUER_TENANTS] = {.list = tenants, .n = n_tenants}};

    gh_maker_put(m, GH_SNAP_ISSUER, iss, v);
}

static void
put_key(struct gh_maker *m, struct gh_str iss, struct gh_str kid, struct gh_str alg, struct gh_str spki)
{
    uint8_t digest[GH_SHA256_BYTES];
    struct gh_str key = gh_maker_key(m, iss, kid);
    const struct gh_snap_value v[GH_ISSUER_KEY_N] = {{.str = alg}, {.str = spki}, {.str = gh_str(digest, sizeof(digest))}};

    assert_int_equal(gh_sha256_v(digest, (const struct gh_str[]){key, spki}, 2), GH_OK);
    gh_maker_put(m, GH_SNAP_ISSUER_KEY, key, v);
}

static struct gh_str
put_api_key(struct gh_maker *m, uint8_t number, struct gh_str principal, struct gh_str scope, int64_t expires)
{
    uint8_t id[6] = {number}, secret[32] = {number}, digest[GH_SHA256_BYTES];
    struct gh_str text, key_id;
    struct gh_buf b;

    gh_buf_init(&b, m->arena, GH_APIKEY_BYTES);
    gh_apikey_put(&b, id, secret);
    text = gh_buf_str(&b);
    assert_int_equal(gh_apikey_read(&key_id, text), GH_OK);
    assert_int_equal(gh_sha256(digest, text), GH_OK);
    const struct gh_snap_value v[GH_API_KEY_N] = {
        {.str = gh_str(digest, sizeof(digest))}, {.str = principal}, {.str = scope}, {.u64 = (uint64_t)expires}};
    gh_maker_put(m, GH_SNAP_API_KEY, key_id, v);
    return text;
}

static void
put_issuers(struct world *w, struct gh_maker *m)
{
    static const struct gh_str tenants[] = {GH_STR_INIT("AAAA-bbbb"), GH_STR_INIT("cccc"), GH_STR_INIT("")},
                               audiences[] = {GH_STR_INIT("api://theirs")};
    struct gh_str spki = gh_test_spki(&w->arena, w->key);

    put_issuer(m, GH_STR(OWN), GH_STR("gatehouse"), GH_STR("sub"), FOREVER, NULL, 0, NULL, 0);
    put_issuer(m, GH_STR(IDP), GH_STR("idp"), GH_STR("oid"), FOREVER, NULL, 0, tenants, COUNT(tenants));
    put_issuer(m, GH_STR("https://aud"), GH_STR("aud"), GH_STR("sub"), FOREVER, audiences, 1, NULL, 0);
    put_issuer(m, GH_STR("https://stale"), GH_STR("stale"), GH_STR("sub"), NOW_MS, NULL, 0, NULL, 0);
    put_issuer(m, GH_STR("https://evil"), GH_STR("gatehouse"), GH_STR("sub"), FOREVER, NULL, 0, NULL, 0);
    put_issuer(m, GH_STR("https://evil2"), GH_STR("local"), GH_STR("sub"), FOREVER, NULL, 0, NULL, 0);
    put_issuer(m, GH_STR("https://evil3"), GH_STR("idp:x"), GH_STR("sub"), FOREVER, NULL, 0, NULL, 0);
    put_key(m, GH_STR(OWN), GH_STR("k"), GH_STR("ES256"), spki);
    put_key(m, GH_STR(OWN), GH_STR("other-alg"), GH_STR("ES384"), spki);
    put_key(m, GH_STR(OWN), GH_STR("unknown-alg"), GH_STR("XS256"), spki);
    put_key(m, GH_STR(OWN), GH_STR("no-key"), GH_STR(""), GH_STR("no DER"));
    put_key(m, GH_STR(IDP), GH_STR("k"), GH_STR(""), spki);
    put_key(m, GH_STR("https://aud"), GH_STR("k"), GH_STR(""), spki);
    put_key(m, GH_STR("https://stale"), GH_STR("k"), GH_STR(""), spki);
    put_key(m, GH_STR("https://evil"), GH_STR("k"), GH_STR(""), spki);
    put_key(m, GH_STR("https://evil2"), GH_STR("k"), GH_STR(""), spki);
    put_key(m, GH_STR("https://evil3"), GH_STR("k"), GH_STR(""), spki);
}

static void
put_people(struct world *w, struct gh_maker *m)
{
    static const struct gh_str ann_groups[] = {GH_STR_INIT("/groups/one"), GH_STR_INIT("/groups/two")},
                               team[] = {GH_STR_INIT("/groups/team")};

    gh_maker_identity(m, GH_STR("gatehouse:ann"), GH_STR("/identities/ann"), true, 0);
    gh_maker_identity(m, GH_STR("/identities/ann"), GH_STR("/identities/ann"), true, 0);
    gh_maker_identity(m, GH_STR("gatehouse:off"), GH_STR("/identities/off"), false, 0);
    gh_maker_identity(m, GH_STR("gatehouse:late"), GH_STR("/identities/late"), true, NOW_MS + 1);
    gh_maker_identity(m, GH_STR("idp:ext"), GH_STR("/identities/ext"), true, 0);
    gh_maker_identity(m, GH_STR("idp:ext-off"), GH_STR("/identities/ext-off"), false, 0);
    gh_maker_membership(m, GH_STR("gatehouse:ann"), ann_groups, COUNT(ann_groups));
    gh_maker_membership(m, GH_STR("/identities/ann"), ann_groups, 1);
    gh_maker_membership(m, GH_STR("idp/groups:staff"), team, 1);
    w->api_key = put_api_key(m, 1, GH_STR("gatehouse:ann"), GH_STR("/workspaces/demo/endpoints/chat"), NOW_MS + 1);
    w->late_key = put_api_key(m, 2, GH_STR("gatehouse:ann"), GH_STR("/workspaces/demo/endpoints/chat"), NOW_MS);
    w->orphan_key = put_api_key(m, 3, GH_STR("gatehouse:gone"), GH_STR("/workspaces/demo/endpoints/chat"), NOW_MS + 1);
    w->ws_key = put_api_key(m, 4, GH_STR("gatehouse:ann"), GH_STR("/workspaces/demo"), NOW_MS + 1);
    w->off_key = put_api_key(m, 5, GH_STR("gatehouse:off"), GH_STR("/workspaces/demo"), NOW_MS + 1);
}

static struct world *
world(void)
{
    static struct world w;
    struct gh_maker m;

    memset(&w, 0, sizeof(w));
    w.arena = gh_test_arena();
    assert_non_null(w.key = gh_test_key_new());
    assert_non_null(w.other_key = gh_test_key_new());
    gh_token_cache_init(&w.cache, w.slots, CACHE_SETS);
    m = gh_maker_new(&w.arena, 1, false);
    gh_maker_put(&m, GH_SNAP_INSTALLATION, GH_STR("installation"),
        (const struct gh_snap_value[GH_INSTALLATION_N]){
            [GH_INSTALLATION_ISSUER] = {.str = GH_STR(OWN)}, [GH_INSTALLATION_AUDIENCE] = {.str = GH_STR(AUDIENCE)}});
    put_issuers(&w, &m);
    put_people(&w, &m);
    gh_maker_put(&m, GH_SNAP_REVOKED, gh_maker_key(&m, GH_STR(OWN), GH_STR("withdrawn")),
        (const struct gh_snap_value[GH_REVOKED_N]){{.u64 = 1}});
    w.snap.base = gh_maker_finish(&m);
    assert_int_equal(m.rc, GH_OK);
    return &w;
}

static void
drop(struct world *w)
{
    EVP_PKEY_free(w->key);
    EVP_PKEY_free(w->other_key);
    gh_keyring_fini(&w->keyring);
    gh_arena_fini(&w->arena);
}

static const struct gh_place management = {.tokens_allowed = true};
static const struct gh_str ep_audiences[] = {GH_STR_INIT("api://chat"), GH_STR_INIT("api://chat2")};
static const struct gh_place chat = {
    .ws = GH_STR_INIT("demo"), .ep = GH_STR_INIT("chat"), .tokens_allowed = true, .keys_allowed = true};
static const struct gh_place chat_audience = {
    .ws = GH_STR_INIT("demo"), .ep = GH_STR_INIT("chat"), .audiences = ep_audiences, .n_audiences = 2, .tokens_allowed = true};
static const struct gh_place nothing_allowed = {.ws = GH_STR_INIT("demo"), .ep = GH_STR_INIT("chat")};
static const struct gh_place other_ep = {.ws = GH_STR_INIT("demo"), .ep = GH_STR_INIT("chat2"), .keys_allowed = true};
static const struct gh_place other_ws = {.ws = GH_STR_INIT("demo2"), .ep = GH_STR_INIT("chat"), .keys_allowed = true};
static const struct gh_place ws_alone = {.ws = GH_STR_INIT("demo"), .keys_allowed = true};
static const struct gh_place management_keys = {.keys_allowed = true};

static struct gh_caller
identify(struct world *w, const struct gh_credentials *cred, const struct gh_place *place, int64_t now_ms)
{
    struct gh_identify_env env = {&w->snap, &w->cache, &w->keyring, now_ms};
    struct gh_caller c = {.why = GH_IDENTIFY_INTERNAL};

    gh_identify(&c, &w->arena, &env, cred, place);
    return c;
}

static struct gh_str
bearer(struct world *w, struct gh_str token)
{
    struct gh_buf b;

    gh_buf_init(&b, &w->arena, 1u << 20);
    gh_buf_putz(&b, "Bearer ");
    gh_buf_put(&b, token);
    return gh_buf_str(&b);
}

static bool
stands_for(const struct gh_caller *c, struct gh_str principal)
{
    for (size_t i = 0; i < c->n_principals; i++)
        if (gh_str_eq(c->principals[i], principal))
            return true;
    return false;
}

static void
expect(const char *name, const struct gh_caller *c, enum gh_identify want)
{
    if (c->why != want)
        fail_msg("%s: %s, want: %s", name, gh_identify_text(c->why), gh_identify_text(want));
    if (want != GH_IDENTIFY_OK)
        assert_int_equal(c->n_principals, 0);
}

/* ---- tokens ---- */

#define HEADER             "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"k\"}"
#define KID(k)             "{\"alg\":\"ES256\",\"kid\":\"" k "\"}"
#define TIMES              "\"iat\":1700000000,\"nbf\":1700000000,\"exp\":1700003600"
#define BY(iss, aud, rest) "{\"iss\":\"" iss "\",\"aud\":\"" aud "\"," rest "}"
#define ANN                BY(OWN, AUDIENCE, "\"sub\":\"ann\",\"jti\":\"t\"," TIMES)
#define EXT(rest)          BY(IDP, AUDIENCE, "\"oid\":\"ext\",\"tid\":\"aaaa-BBBB\"," TIMES rest)

static const struct token_row {
    const char *name, *header, *payload;
    const struct gh_place *place;
    int64_t now_s;
    enum gh_identify want;
    const char *who; /* of a good one */
} token_rows[] = {
    {"own", HEADER, ANN, &management, NOW_S, GH_IDENTIFY_OK, "gatehouse:ann"},
    {"own at an endpoint", HEADER, ANN, &chat, NOW_S, GH_IDENTIFY_OK, "gatehouse:ann"},
    {"external, declared", HEADER, EXT(""), &chat, NOW_S, GH_IDENTIFY_OK, "idp:ext"},
    {"external, undeclared", HEADER, BY(IDP, AUDIENCE, "\"oid\":\"new\",\"tid\":\"cccc\"," TIMES), &chat, NOW_S, GH_IDENTIFY_OK,
        "idp:new"},
    {"audience in a list", HEADER, "{\"iss\":\"" OWN "\",\"aud\":[\"x\",\"" AUDIENCE "\"],\"sub\":\"ann\"," TIMES "}", &chat, NOW_S,
        GH_IDENTIFY_OK, "gatehouse:ann"},
    {"endpoint's audience", HEADER, BY(OWN, "api://chat2", "\"sub\":\"ann\"," TIMES), &chat_audience, NOW_S, GH_IDENTIFY_OK,
        "gatehouse:ann"},
    {"issuer's audience", HEADER, BY("https://aud", "api://theirs", "\"sub\":\"x\"," TIMES), &chat, NOW_S, GH_IDENTIFY_OK, "aud:x"},
    {"a minute before nbf", HEADER, ANN, &chat, NOW_S - 60, GH_IDENTIFY_OK, "gatehouse:ann"},
    {"in the last second of the leeway", HEADER, ANN, &chat, NOW_S + 3659, GH_IDENTIFY_OK, "gatehouse:ann"},

    {"own audience where the endpoint has its own", HEADER, ANN, &chat_audience, NOW_S, GH_IDENTIFY_WRONG_AUDIENCE, NULL},
    {"endpoint's audience at another endpoint", HEADER, BY(OWN, "api://chat", "\"sub\":\"ann\"," TIMES), &chat, NOW_S,
        GH_IDENTIFY_WRONG_AUDIENCE, NULL},
    {"endpoint's audience at management", HEADER, BY(OWN, "api://chat", "\"sub\":\"ann\"," TIMES), &management, NOW_S,
        GH_IDENTIFY_WRONG_AUDIENCE, NULL},
    {"issuer's audience where the endpoint has its own", HEADER, BY("https://aud", "api://theirs", "\"sub\":\"x\"," TIMES),
        &chat_audience, NOW_S, GH_IDENTIFY_WRONG_AUDIENCE, NULL},
    {"installation's audience of an issuer with its own", HEADER, BY("https://aud", AUDIENCE, "\"sub\":\"x\"," TIMES), &chat, NOW_S,
        GH_IDENTIFY_WRONG_AUDIENCE, NULL},
    {"no audience", HEADER, "{\"iss\":\"" OWN "\",\"sub\":\"ann\"," TIMES "}", &chat, NOW_S, GH_IDENTIFY_WRONG_AUDIENCE, NULL},
    {"empty audience", HEADER, BY(OWN, "", "\"sub\":\"ann\"," TIMES), &chat, NOW_S, GH_IDENTIFY_WRONG_AUDIENCE, NULL},
    {"longer audience", HEADER, BY(OWN, AUDIENCE "2", "\"sub\":\"ann\"," TIMES), &chat, NOW_S, GH_IDENTIFY_WRONG_AUDIENCE, NULL},
    {"unknown issuer", HEADER, BY("https://nobody", AUDIENCE, "\"sub\":\"ann\"," TIMES), &chat, NOW_S, GH_IDENTIFY_UNKNOWN_ISSUER,
        NULL},
    {"issuer with a slash more", HEADER, BY(OWN "/", AUDIENCE, "\"sub\":\"ann\"," TIMES), &chat, NOW_S, GH_IDENTIFY_UNKNOWN_ISSUER,
        NULL},
    {"another issuer that calls itself gatehouse", HEADER, BY("https://evil", AUDIENCE, "\"sub\":\"ann\"," TIMES), &chat, NOW_S,
        GH_IDENTIFY_UNKNOWN_ISSUER, NULL},
    {"another issuer that calls itself local", HEADER, BY("https://evil2", AUDIENCE, "\"sub\":\"owner\"," TIMES), &chat, NOW_S,
        GH_IDENTIFY_UNKNOWN_ISSUER, NULL},
    {"an issuer whose name has a colon", HEADER, BY("https://evil3", AUDIENCE, "\"sub\":\"ext\"," TIMES), &chat, NOW_S,
        GH_IDENTIFY_UNKNOWN_ISSUER, NULL},
    {"unknown kid", KID("k2"), ANN, &chat, NOW_S, GH_IDENTIFY_UNKNOWN_KID, NULL},
    {"no kid", "{\"alg\":\"ES256\"}", ANN, &chat, NOW_S, GH_IDENTIFY_UNKNOWN_KID, NULL},
    {"kid of another issuer", KID("other-alg"), EXT(""), &chat, NOW_S, GH_IDENTIFY_UNKNOWN_KID, NULL},
    {"stale keys", HEADER, BY("https://stale", AUDIENCE, "\"sub\":\"x\"," TIMES), &chat, NOW_S, GH_IDENTIFY_KEYS_STALE, NULL},
    {"key is for another algorithm", KID("other-alg"), ANN, &chat, NOW_S, GH_IDENTIFY_BAD_SIGNATURE, NULL},
    {"key with an algorithm that is none", KID("unknown-alg"), ANN, &chat, NOW_S, GH_IDENTIFY_INTERNAL, NULL},
    {"key that is none", KID("no-key"), ANN, &chat, NOW_S, GH_IDENTIFY_INTERNAL, NULL},
    {"alg none", "{\"alg\":\"none\",\"kid\":\"k\"}", ANN, &chat, NOW_S, GH_IDENTIFY_MALFORMED, NULL},
    {"alg HS256", "{\"alg\":\"HS256\",\"kid\":\"k\"}", ANN, &chat, NOW_S, GH_IDENTIFY_MALFORMED, NULL},
    {"crit", "{\"alg\":\"ES256\",\"kid\":\"k\",\"crit\":[\"b64\"]}", ANN, &chat, NOW_S, GH_IDENTIFY_MALFORMED, NULL},
    {"claims are no object", HEADER, "[]", &chat, NOW_S, GH_IDENTIFY_BAD_CLAIMS, NULL},
    {"claims with a duplicate", HEADER,
        "{\"iss\":\"" OWN "\",\"iss\":\"" OWN "\",\"aud\":\"" AUDIENCE "\",\"sub\":\"ann\"," TIMES "}", &chat, NOW_S,
        GH_IDENTIFY_BAD_CLAIMS, NULL},
    {"no exp", HEADER, BY(OWN, AUDIENCE, "\"sub\":\"ann\",\"iat\":1700000000"), &chat, NOW_S, GH_IDENTIFY_BAD_CLAIMS, NULL},
    {"no sub", HEADER, BY(OWN, AUDIENCE, TIMES), &chat, NOW_S, GH_IDENTIFY_BAD_CLAIMS, NULL},
    {"sub where oid counts", HEADER, BY(IDP, AUDIENCE, "\"sub\":\"ext\",\"tid\":\"cccc\"," TIMES), &chat, NOW_S,
        GH_IDENTIFY_BAD_CLAIMS, NULL},
    {"expired", HEADER, ANN, &chat, NOW_S + 3660, GH_IDENTIFY_EXPIRED, NULL},
    {"not yet", HEADER, ANN, &chat, NOW_S - 61, GH_IDENTIFY_NOT_YET, NULL},
    {"another tenant", HEADER, BY(IDP, AUDIENCE, "\"oid\":\"ext\",\"tid\":\"dddd\"," TIMES), &chat, NOW_S, GH_IDENTIFY_WRONG_TENANT,
        NULL},
    {"no tenant", HEADER, BY(IDP, AUDIENCE, "\"oid\":\"ext\"," TIMES), &chat, NOW_S, GH_IDENTIFY_WRONG_TENANT, NULL},
    {"withdrawn", HEADER, BY(OWN, AUDIENCE, "\"sub\":\"ann\",\"jti\":\"withdrawn\"," TIMES), &chat, NOW_S, GH_IDENTIFY_REVOKED,
        NULL},
    {"issued before valid_from", HEADER, BY(OWN, AUDIENCE, "\"sub\":\"late\"," TIMES), &chat, NOW_S, GH_IDENTIFY_REVOKED, NULL},
    {"issued at no time, with valid_from", HEADER, BY(OWN, AUDIENCE, "\"sub\":\"late\",\"exp\":1700003600"), &chat, NOW_S,
        GH_IDENTIFY_REVOKED, NULL},
    {"issued after valid_from", HEADER, BY(OWN, AUDIENCE, "\"sub\":\"late\",\"iat\":1700000001,\"exp\":1700003600"), &chat, NOW_S,
        GH_IDENTIFY_OK, "gatehouse:late"},
    {"unknown own subject", HEADER, BY(OWN, AUDIENCE, "\"sub\":\"zoe\"," TIMES), &chat, NOW_S, GH_IDENTIFY_UNKNOWN_PRINCIPAL, NULL},
    {"disabled", HEADER, BY(OWN, AUDIENCE, "\"sub\":\"off\"," TIMES), &chat, NOW_S, GH_IDENTIFY_DISABLED, NULL},
    {"disabled, external", HEADER, BY(IDP, AUDIENCE, "\"oid\":\"ext-off\",\"tid\":\"cccc\"," TIMES), &chat, NOW_S,
        GH_IDENTIFY_DISABLED, NULL},
    {"tokens off", HEADER, ANN, &nothing_allowed, NOW_S, GH_IDENTIFY_TOKENS_OFF, NULL},
};

/* Each row twice: the second time the signature comes from the cache, and nothing else may change. */
static void
tokens(void **state)
{
    struct world *w = world();

    (void)state;
    for (size_t i = 0; i < COUNT(token_rows); i++) {
        const struct token_row *r = &token_rows[i];
        struct gh_str token = gh_test_jwt(&w->arena, w->key, gh_str_z(r->header), gh_str_z(r->payload));
        struct gh_credentials cred = {.authorization = bearer(w, token)};

        for (int round = 0; round < 2; round++) {
            struct gh_caller c = identify(w, &cred, r->place, r->now_s * 1000);

            expect(r->name, &c, r->want);
            assert_false(c.is_key);
            if (r->who != NULL && !gh_str_eq(c.name, gh_str_z(r->who)))
                fail_msg("%s: %.*s", r->name, (int)c.name.n, c.name.p);
            assert_true(r->who == NULL || (c.n_principals > 0 && gh_str_eq(c.principals[0], c.name)));
        }
    }
    assert_true(w->cache.hits > 0);
    drop(w);
}

/* Signed by a stranger under a known kid, and every way of changing a good one. */
static void
signatures(void **state)
{
    struct world *w = world();
    struct gh_str good = gh_test_jwt(&w->arena, w->key, GH_STR(HEADER), GH_STR(ANN));
    struct gh_str forged = gh_test_jwt(&w->arena, w->other_key, GH_STR(HEADER), GH_STR(ANN)), text = bearer(w, good);
    struct gh_credentials cred = {.authorization = bearer(w, forged)};
    struct gh_caller c = identify(w, &cred, &chat, NOW_MS);
    char *bytes = gh_arena_take(&w->arena, text.n);

    (void)state;
    expect("forged", &c, GH_IDENTIFY_BAD_SIGNATURE);
    assert_int_equal(c.credential_id.n, 0); /* nothing of it is believed */
    cred.authorization = text;
    c = identify(w, &cred, &chat, NOW_MS);
    expect("good", &c, GH_IDENTIFY_OK);
    memcpy(bytes, text.p, text.n);
    for (size_t i = 7; i < text.n; i++) {
        bytes[i] = bytes[i] == 'A' ? 'B' : 'A';
        cred.authorization = gh_str(bytes, text.n);
        c = identify(w, &cred, &chat, NOW_MS);
        if (c.why == GH_IDENTIFY_OK)
            fail_msg("byte %zu changed, accepted", i);
        bytes[i] = text.p[i];
    }
    drop(w);
}

/* A key that leaves the snapshot takes its cached signatures with it; another key under the same kid does not inherit them. */
static void
cache_follows_the_snapshot(void **state)
{
    struct world *w = world();
    struct gh_str token = gh_test_jwt(&w->arena, w->key, GH_STR(HEADER), GH_STR(ANN));
    struct gh_credentials cred = {.authorization = bearer(w, token)};
    struct gh_caller c = identify(w, &cred, &chat, NOW_MS);
    struct gh_maker gone = gh_maker_new(&w->arena, 2, true), changed = gh_maker_new(&w->arena, 3, true),
                    other_alg = gh_maker_new(&w->arena, 4, true);

    (void)state;
    expect("before", &c, GH_IDENTIFY_OK);
    gh_maker_put(&gone, GH_SNAP_ISSUER_KEY, gh_maker_key(&gone, GH_STR(OWN), GH_STR("k")), NULL);
    assert_non_null(w->snap.overlay = gh_maker_finish(&gone));
    c = identify(w, &cred, &chat, NOW_MS);
    expect("key gone", &c, GH_IDENTIFY_UNKNOWN_KID);
    put_key(&changed, GH_STR(OWN), GH_STR("k"), GH_STR("ES256"), gh_test_spki(&w->arena, w->other_key));
    assert_non_null(w->snap.overlay = gh_maker_finish(&changed));
    c = identify(w, &cred, &chat, NOW_MS);
    expect("key changed", &c, GH_IDENTIFY_BAD_SIGNATURE);
    put_key(&other_alg, GH_STR(OWN), GH_STR("k"), GH_STR("ES384"), gh_test_spki(&w->arena, w->key)); /* the same digest */
    assert_non_null(w->snap.overlay = gh_maker_finish(&other_alg));
    c = identify(w, &cred, &chat, NOW_MS);
    expect("key is now for another algorithm", &c, GH_IDENTIFY_BAD_SIGNATURE);
    w->snap.overlay = NULL;
    c = identify(w, &cred, &chat, NOW_MS);
    expect("as before", &c, GH_IDENTIFY_OK);
    drop(w);
}

/* ---- who one stands for ---- */

static void
principals_of_an_own_token(void **state)
{
    struct world *w = world();
    struct gh_str token = gh_test_jwt(&w->arena, w->key, GH_STR(HEADER),
        GH_STR(BY(OWN, AUDIENCE, "\"sub\":\"ann\",\"jti\":\"t\",\"groups\":[\"admin\"]," TIMES)));
    struct gh_credentials cred = {.authorization = bearer(w, token)};
    struct gh_caller c = identify(w, &cred, &chat, NOW_MS);

    (void)state;
    expect("own", &c, GH_IDENTIFY_OK);
    assert_int_equal(c.n_principals, 4);
    assert_true(stands_for(&c, GH_STR("gatehouse:ann")) && stands_for(&c, GH_STR("/identities/ann")));
    assert_true(stands_for(&c, GH_STR("/groups/one")) && stands_for(&c, GH_STR("/groups/two")));
    assert_false(stands_for(&c, GH_STR("gatehouse:admin"))); /* a group of the token would be somebody's name here */
    assert_true(
        gh_str_eq(c.issuer, GH_STR("gatehouse")) && gh_str_eq(c.credential_id, GH_STR("t")) && gh_str_eq(c.kid, GH_STR("k")));
    assert_int_equal(c.expires_ms, (1700003600 + GH_TOKEN_LEEWAY_S) * INT64_C(1000));
    drop(w);
}

static void
principals_of_an_external_token(void **state)
{
    struct world *w = world();
    struct gh_str token =
        gh_test_jwt(&w->arena, w->key, GH_STR(HEADER), GH_STR(EXT(",\"groups\":[\"staff\",\"nobody\",\"staff\"]")));
    struct gh_credentials cred = {.authorization = bearer(w, token)};
    struct gh_caller c = identify(w, &cred, &chat, NOW_MS);

    (void)state;
    expect("external", &c, GH_IDENTIFY_OK);
    assert_int_equal(c.n_principals, 5);
    assert_true(stands_for(&c, GH_STR("idp:ext")) && stands_for(&c, GH_STR("/identities/ext")) &&
                stands_for(&c, GH_STR("idp/groups:staff")));
    assert_true(stands_for(&c, GH_STR("idp/groups:nobody")) && stands_for(&c, GH_STR("/groups/team")));
    assert_false(c.groups_unknown);
    drop(w);
}

/* Who is the person, and which application acts for him? */
static const struct {
    const char *name, *claims, *actor;
    bool is_user;
} actor_cases[] = {
    {"a person by himself", ANN, "", true},
    {"delegated, Entra ID", EXT(",\"azp\":\"app-1\",\"scp\":\"Chat.Use\""), "idp:app-1", true},
    {"delegated, somebody unknown here",
        BY(IDP, AUDIENCE, "\"oid\":\"new\",\"tid\":\"cccc\",\"azp\":\"app-1\",\"scp\":\"Chat.Use\"," TIMES), "idp:app-1", true},
    {"an application by itself", BY(IDP, AUDIENCE, "\"oid\":\"app\",\"tid\":\"cccc\",\"azp\":\"app-1\"," TIMES), "", false},
    {"an application that says so",
        BY(IDP, AUDIENCE, "\"oid\":\"app\",\"tid\":\"cccc\",\"azp\":\"app-1\",\"scp\":\"x\",\"idtyp\":\"app\"," TIMES), "", false},
    {"a client's scope without oid",
        BY("https://aud", "api://theirs", "\"sub\":\"x\",\"azp\":\"app-1\",\"scope\":\"email\"," TIMES), "", false},
    {"act", BY("https://aud", "api://theirs", "\"sub\":\"x\",\"act\":{\"sub\":\"app-2\",\"act\":{\"sub\":\"app-1\"}}," TIMES),
        "aud:app-2", true},
    {"act without sub", BY("https://aud", "api://theirs", "\"sub\":\"x\",\"act\":{}," TIMES), "", false},
};

static void
actors(void **state)
{
    struct world *w = world();
    struct gh_str token = {NULL, 0};

    (void)state;
    for (size_t i = 0; i < 2 * COUNT(actor_cases); i++) { /* read, then from the cache */
        if (i % 2 == 0)
            token = gh_test_jwt(&w->arena, w->key, GH_STR(HEADER), gh_str_z(actor_cases[i / 2].claims));
        struct gh_credentials cred = {.authorization = bearer(w, token)};
        struct gh_caller c = identify(w, &cred, &chat, NOW_MS);

        expect(actor_cases[i / 2].name, &c, GH_IDENTIFY_OK);
        if (!gh_str_eq(c.actor, gh_str_z(actor_cases[i / 2].actor)) || c.is_user != actor_cases[i / 2].is_user)
            fail_msg(
                "%s: actor \"%.*s\", %s", actor_cases[i / 2].name, (int)c.actor.n, c.actor.p, c.is_user ? "a person" : "nobody");
    }
    drop(w);
}

/* ---- what the token says of the sign-in ---- */

/* IDP, told by an overlay what its claims mean. */
static void
teach(struct world *w, uint64_t generation, const char *map)
{
    struct gh_maker m = gh_maker_new(&w->arena, generation, true);
    struct gh_proof_map *proofs = gh_arena_take(&w->arena, sizeof(*proofs));
    struct gh_json j;

    assert_int_equal(gh_json_parse(&j, &w->arena, gh_str_z(map), NULL), GH_OK);
    assert_int_equal(gh_proof_map_read(proofs, &w->arena, &j, 0, NULL), GH_OK);
    struct gh_snap_value rows[GH_PROOF_RULES_MAX * GH_PROOF_N] = {0};
    for (size_t i = 0; i < proofs->n_rules; i++) {
        rows[i * GH_PROOF_N + GH_PROOF_CLAIM].u64 = proofs->rules[i].claim;
        rows[i * GH_PROOF_N + GH_PROOF_VALUE].str = proofs->rules[i].value;
        rows[i * GH_PROOF_N + GH_PROOF_MEANS].u64 = proofs->rules[i].means;
    }
    const struct gh_snap_value v[GH_ISSUER_N] = {[GH_ISSUER_NAME] = {.str = GH_STR("idp")},
        [GH_ISSUER_SUBJECT_CLAIM] = {.str = GH_STR("oid")},
        [GH_ISSUER_KEYS_UNTIL_MS] = {.u64 = (uint64_t)FOREVER},
        [GH_ISSUER_PATHS] = {.list = proofs->paths, .n = proofs->n_paths},
        [GH_ISSUER_PATHS_ID] = {.u64 = proofs->paths_id},
        [GH_ISSUER_PROOFS] = {.recs = rows, .n = proofs->n_rules},
        [GH_ISSUER_TELLS_FLOW] = {.u64 = proofs->tells_flow}};
    gh_maker_put(&m, GH_SNAP_ISSUER, GH_STR(IDP), v);
    assert_non_null(w->snap.overlay = gh_maker_finish(&m));
}

/* One token, remembered from the first row on: each map judges it anew, and one that names other claims has them read. */
static void
proofs_follow_the_map(void **state)
{
    static const struct {
        const char *map;
        bool is_mfa, is_compliant, is_flow_known;
    } rows[] = {
        {"{}", false, false, false},
        {"{\"preset\":\"entra\"}", true, false, false},
        {"{\"rules\":[{\"claim\":\"dev\",\"values\":[\"ok\"],\"means\":[\"compliantDevice\"]}]}", false, true, false},
        {"{\"rules\":[{\"claim\":\"other\",\"values\":[\"ok\"],\"means\":[\"compliantDevice\"]}]}", false, false, false},
        {"{\"rules\":[{\"claim\":\"dev\",\"values\":[\"no\"],\"means\":[\"compliantDevice\"]}],\"noTransferFlows\":true}", false,
            false, true},
        {"{\"preset\":\"entra\",\"rules\":[{\"claim\":\"dev\",\"values\":[\"ok\"],\"means\":[\"compliantDevice\"]}]}", true, true,
            false},
    };
    struct world *w = world();
    struct gh_str token = gh_test_jwt(&w->arena, w->key, GH_STR(HEADER),
        GH_STR(BY(IDP, AUDIENCE,
            "\"oid\":\"ext\",\"tid\":\"cccc\",\"amr\":[\"pwd\",\"mfa\"],\"acrs\":[\"c1\"],\"dev\":[\"ok\"],\"xms_cc\":[\"CP1\"],"
            "\"deviceid\":\"d-1\",\"auth_time\":1699999000,\"azp\":\"app\",\"ipaddr\":\"192.0.2.7\"," TIMES)));
    struct gh_credentials cred = {.authorization = bearer(w, token)};

    (void)state;
    for (size_t i = 0; i < 2 * COUNT(rows); i++) { /* each map, then each again */
        size_t k = i % COUNT(rows);
        teach(w, 2 + i, rows[k].map);
        struct gh_caller c = identify(w, &cred, &management, NOW_MS);
        expect(rows[k].map, &c, GH_IDENTIFY_OK);
        if (c.is_mfa != rows[k].is_mfa || c.is_compliant_device != rows[k].is_compliant || c.is_flow_known != rows[k].is_flow_known)
            fail_msg("%s: %d %d %d", rows[k].map, c.is_mfa, c.is_compliant_device, c.is_flow_known);
        assert_true(c.is_cp1 && c.n_acrs == 1 && gh_str_eq(c.acrs[0], GH_STR("c1")) && !c.is_joined);
        assert_true(gh_str_eq(c.device_id, GH_STR("d-1")) && gh_str_eq(c.client_id, GH_STR("app")));
        assert_true(gh_str_eq(c.token_address, GH_STR("192.0.2.7")) && c.auth_time_ms == INT64_C(1699999000000));
    }
    drop(w);
}

/* A person, a program, or nobody knows. */
static const struct {
    const char *name, *claims;
    enum gh_caller_sort want;
} sort_cases[] = {
    {"an identity that is a person", ANN, GH_CALLER_USER},
    {"a stranger who says nothing", BY("https://aud", "api://theirs", "\"sub\":\"x\"," TIMES), GH_CALLER_UNKNOWN},
    {"a stranger who signed in with something", BY("https://aud", "api://theirs", "\"sub\":\"x\",\"amr\":[\"pwd\"]," TIMES),
        GH_CALLER_USER},
    {"a stranger who signed in at a time", BY("https://aud", "api://theirs", "\"sub\":\"x\",\"auth_time\":5," TIMES),
        GH_CALLER_USER},
    {"a client that is its own subject", BY("https://aud", "api://theirs", "\"sub\":\"x\",\"client_id\":\"x\"," TIMES),
        GH_CALLER_WORKLOAD},
    {"an application that says so", BY("https://aud", "api://theirs", "\"sub\":\"x\",\"idtyp\":\"app\",\"amr\":[\"x\"]," TIMES),
        GH_CALLER_WORKLOAD},
    {"Entra ID, application alone", BY(IDP, AUDIENCE, "\"oid\":\"new\",\"sub\":\"new\",\"tid\":\"cccc\",\"azp\":\"app\"," TIMES),
        GH_CALLER_WORKLOAD},
    {"Entra ID, delegated",
        BY(IDP, AUDIENCE, "\"oid\":\"new\",\"sub\":\"p\",\"tid\":\"cccc\",\"azp\":\"app\",\"scp\":\"x\"," TIMES), GH_CALLER_USER},
};

static void
sorts(void **state)
{
    struct world *w = world();

    (void)state;
    for (size_t i = 0; i < COUNT(sort_cases); i++) {
        struct gh_str token = gh_test_jwt(&w->arena, w->key, GH_STR(HEADER), gh_str_z(sort_cases[i].claims));
        struct gh_credentials cred = {.authorization = bearer(w, token)}, key = {.api_key = w->api_key};
        struct gh_caller c = identify(w, &cred, &chat, NOW_MS);
        expect(sort_cases[i].name, &c, GH_IDENTIFY_OK);
        if (c.sort != sort_cases[i].want)
            fail_msg("%s: %d", sort_cases[i].name, c.sort);
        c = identify(w, &key, &chat, NOW_MS);
        assert_int_equal(c.sort, GH_CALLER_WORKLOAD); /* whoever owns it */
        assert_true(c.proofs == 0 && !c.is_mfa);
    }
    drop(w);
}

static void
overage_makes_groups_unknown(void **state)
{
    static const char *const rows[] = {EXT(",\"hasgroups\":true"), EXT(",\"_claim_names\":{\"groups\":\"src1\"}")};
    struct world *w = world();

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct gh_str token = gh_test_jwt(&w->arena, w->key, GH_STR(HEADER), gh_str_z(rows[i]));
        struct gh_credentials cred = {.authorization = bearer(w, token)};
        struct gh_caller c = identify(w, &cred, &chat, NOW_MS);

        expect("overage", &c, GH_IDENTIFY_OK);
        assert_true(c.groups_unknown);
    }
    drop(w);
}

/* More groups than a decision takes: the rest is left out and said to be unknown, nothing is written behind the end. */
static void
too_many_groups(void **state)
{
    enum { N = GH_PRINCIPALS_MAX + 50 };
    struct world *w = world();
    struct gh_str *groups = gh_arena_take_array(&w->arena, N, sizeof(*groups));
    struct gh_maker m = gh_maker_new(&w->arena, 2, true);
    struct gh_str token = gh_test_jwt(&w->arena, w->key, GH_STR(HEADER), GH_STR(ANN));
    struct gh_credentials cred = {.authorization = bearer(w, token)};
    struct gh_caller c;

    (void)state;
    for (size_t i = 0; i < N; i++) {
        struct gh_buf b;

        gh_buf_init(&b, &w->arena, 64);
        gh_buf_putz(&b, "/groups/g");
        gh_buf_put_u64(&b, i);
        groups[i] = gh_buf_str(&b);
    }
    gh_maker_membership(&m, GH_STR("gatehouse:ann"), groups, N);
    assert_non_null(w->snap.overlay = gh_maker_finish(&m));
    c = identify(w, &cred, &chat, NOW_MS);
    expect("many groups", &c, GH_IDENTIFY_OK);
    assert_int_equal(c.n_principals, GH_PRINCIPALS_MAX);
    assert_true(c.groups_unknown);
    drop(w);
}

/* ---- keys, and which credential ---- */

static void
keys(void **state)
{
    struct world *w = world();
    struct gh_str wrong = {NULL, 0}, other = {NULL, 0};
    char flipped[GH_APIKEY_BYTES], secret[32] = {9};
    struct gh_buf b;

    (void)state;
    memcpy(flipped, w->api_key.p, sizeof(flipped));
    flipped[20] = flipped[20] == 'A' ? 'B' : 'A';
    other = gh_str(flipped, sizeof(flipped)); /* its checksum is wrong */
    gh_buf_init(&b, &w->arena, GH_APIKEY_BYTES);
    gh_apikey_put(&b, (const uint8_t[6]){1}, (const uint8_t *)secret);
    wrong = gh_buf_str(&b); /* known id, another secret */
    const struct {
        const char *name;
        struct gh_str key;
        const struct gh_place *place;
        enum gh_identify want;
    } rows[] = {
        {"good", w->api_key, &chat, GH_IDENTIFY_OK},
        {"workspace key at its endpoint", w->ws_key, &chat, GH_IDENTIFY_OK},
        {"workspace key at another endpoint", w->ws_key, &other_ep, GH_IDENTIFY_OK},
        {"workspace key at the workspace", w->ws_key, &ws_alone, GH_IDENTIFY_OK},
        {"another endpoint", w->api_key, &other_ep, GH_IDENTIFY_WRONG_SCOPE},
        {"another workspace", w->api_key, &other_ws, GH_IDENTIFY_WRONG_SCOPE},
        {"workspace key at another workspace", w->ws_key, &other_ws, GH_IDENTIFY_WRONG_SCOPE},
        {"endpoint key at the workspace", w->api_key, &ws_alone, GH_IDENTIFY_WRONG_SCOPE},
        {"management", w->ws_key, &management_keys, GH_IDENTIFY_WRONG_SCOPE},
        {"keys off", w->api_key, &management, GH_IDENTIFY_KEYS_OFF},
        {"expired", w->late_key, &chat, GH_IDENTIFY_EXPIRED},
        {"owner is gone", w->orphan_key, &chat, GH_IDENTIFY_UNKNOWN_PRINCIPAL},
        {"owner is disabled", w->off_key, &chat, GH_IDENTIFY_DISABLED},
        {"wrong secret", wrong, &chat, GH_IDENTIFY_UNKNOWN_KEY},
        {"wrong checksum", other, &chat, GH_IDENTIFY_MALFORMED},
        {"no key at all", GH_STR("sk-something"), &chat, GH_IDENTIFY_MALFORMED},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct gh_credentials by_header = {.api_key = rows[i].key}, by_bearer = {.authorization = bearer(w, rows[i].key)};
        struct gh_caller c = identify(w, &by_header, rows[i].place, NOW_MS), d = identify(w, &by_bearer, rows[i].place, NOW_MS);

        expect(rows[i].name, &c, rows[i].want);
        expect(rows[i].name, &d, rows[i].want);
        assert_true(c.is_key && d.is_key && gh_str_eq(c.issuer, GH_STR("key")));
        if (rows[i].want != GH_IDENTIFY_OK)
            continue;
        assert_true(gh_str_eq(c.name, GH_STR("gatehouse:ann")) && stands_for(&c, GH_STR("/groups/two")));
        assert_int_equal(c.credential_id.n, 12);
        assert_int_equal(c.expires_ms, NOW_MS + 1);
    }
    drop(w);
}

static void
which_credential(void **state)
{
    struct world *w = world();
    struct gh_str token = gh_test_jwt(&w->arena, w->key, GH_STR(HEADER), GH_STR(ANN)), good = bearer(w, token);
    char *huge = gh_arena_take(&w->arena, GH_TOKEN_BYTES_MAX + 100);

    (void)state;
    memset(huge, 'a', GH_TOKEN_BYTES_MAX + 100);
    memcpy(huge, "Bearer ", 7);
    const struct {
        const char *name;
        struct gh_credentials cred;
        enum gh_identify want;
    } rows[] = {
        {"none", {.has_duplicates = false}, GH_IDENTIFY_NO_CREDENTIAL},
        {"token", {.authorization = good}, GH_IDENTIFY_OK},
        {"both", {.authorization = good, .api_key = w->api_key}, GH_IDENTIFY_TWO_CREDENTIALS},
        {"a header twice", {.authorization = good, .has_duplicates = true}, GH_IDENTIFY_TWO_CREDENTIALS},
        {"token in the key's header", {.api_key = token}, GH_IDENTIFY_MALFORMED},
        {"without a scheme", {.authorization = token}, GH_IDENTIFY_MALFORMED},
        {"Basic", {.authorization = GH_STR_INIT("Basic YTpi")}, GH_IDENTIFY_MALFORMED},
        {"Bearer alone", {.authorization = GH_STR_INIT("Bearer")}, GH_IDENTIFY_MALFORMED},
        {"Bearer and a space", {.authorization = GH_STR_INIT("Bearer ")}, GH_IDENTIFY_MALFORMED},
        {"Bearer and spaces", {.authorization = GH_STR_INIT("Bearer    ")}, GH_IDENTIFY_MALFORMED},
        {"three dots", {.authorization = GH_STR_INIT("Bearer a.b.c")}, GH_IDENTIFY_MALFORMED},
        {"nested, five parts", {.authorization = GH_STR_INIT("Bearer a.b.c.d.e")}, GH_IDENTIFY_MALFORMED},
        {"too long", {.authorization = gh_str(huge, GH_TOKEN_BYTES_MAX + 100)}, GH_IDENTIFY_MALFORMED},
        {"a space behind", {.authorization = GH_STR_INIT("Bearer eyJ.eyJ.AA ")}, GH_IDENTIFY_MALFORMED},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct gh_caller c = identify(w, &rows[i].cred, &chat, NOW_MS);

        expect(rows[i].name, &c, rows[i].want);
    }
    memcpy(huge, "bEaReR   ", 9);
    memcpy(huge + 9, token.p, token.n);
    struct gh_caller c = identify(w, &(struct gh_credentials){.authorization = gh_str(huge, 9 + token.n)}, &chat, NOW_MS);
    expect("scheme in any case, several spaces", &c, GH_IDENTIFY_OK);
    drop(w);
}

/* Without memory nobody is identified, and nothing else happens. */
static void
without_memory(void **state)
{
    struct world *w = world();
    struct gh_str token = gh_test_jwt(&w->arena, w->key, GH_STR(HEADER), GH_STR(EXT(",\"groups\":[\"staff\"]")));
    struct gh_credentials cred = {.authorization = bearer(w, token)};
    struct gh_identify_env env = {&w->snap, &w->cache, &w->keyring, NOW_MS};
    struct gh_test_failing f = {.fail_at = 1};
    struct gh_caller c = {.why = GH_IDENTIFY_INTERNAL};

    (void)state;
    for (; c.why != GH_IDENTIFY_OK; f.fail_at++) {
        struct gh_arena a;

        assert_in_range(f.fail_at, 1, 100);
        gh_arena_init(&a, gh_test_failing_alloc(&f), 1u << 20);
        gh_identify(&c, &a, &env, &cred, &chat);
        if (c.why != GH_IDENTIFY_OK)
            expect("no memory", &c, GH_IDENTIFY_INTERNAL);
        gh_arena_fini(&a);
    }
    assert_true(f.fail_at > 2);
    drop(w);
}

/* The ring is full: the oldest key is given back, the new one is used, no key is lost or freed twice (see it under a sanitizer). */
static void
keyring_turns_over(void **state)
{
    struct world *w = world();
    struct gh_str spki = gh_test_spki(&w->arena, w->key);
    const struct gh_pubkey *key;

    (void)state;
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < 2 * GH_KEYRING_SLOTS; i++) {
            uint8_t digest[GH_SHA256_BYTES] = {(uint8_t)i, 1};

            assert_int_equal(gh_keyring_get(&key, &w->keyring, digest, spki), GH_OK);
            assert_non_null(key);
        }
    }
    assert_int_equal(gh_keyring_get(&key, &w->keyring, (const uint8_t[GH_SHA256_BYTES]){0xff}, GH_STR("no DER")), GH_BAD);
    drop(w);
}

static void
every_reason_has_a_text(void **state)
{
    (void)state;
    for (unsigned i = 0; i < GH_IDENTIFY_COUNT; i++)
        assert_non_null(gh_identify_text((enum gh_identify)i));
    assert_string_equal(gh_identify_text(GH_IDENTIFY_COUNT), gh_identify_text(GH_IDENTIFY_INTERNAL));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens),
        cmocka_unit_test(signatures),
        cmocka_unit_test(cache_follows_the_snapshot),
        cmocka_unit_test(principals_of_an_own_token),
        cmocka_unit_test(principals_of_an_external_token),
        cmocka_unit_test(actors),
        cmocka_unit_test(proofs_follow_the_map),
        cmocka_unit_test(sorts),
        cmocka_unit_test(overage_makes_groups_unknown),
        cmocka_unit_test(too_many_groups),
        cmocka_unit_test(keys),
        cmocka_unit_test(which_credential),
        cmocka_unit_test(without_memory),
        cmocka_unit_test(keyring_turns_over),
        cmocka_unit_test(every_reason_has_a_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
