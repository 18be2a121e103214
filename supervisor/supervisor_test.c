/* SPDX-License-Identifier: Apache-2.0 */
/* What can be judged of the supervisor without processes; those are met in tests/supervisor. */
#include "supervisor/super.h"

#include "sweeps.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/host.h"
#include "ipc/layout.h"
#include "supervisor/tls.h"
#include "supervisor/walk.h"
#include "wire/json.h"

/* ---- settings ---- */

static const struct {
    const char *name, *words; /* separated by one blank */
    enum gh_rc rc;
    const char *listen, *ready_file;
    uint64_t n_workers;
    bool is_demo, allow_loopback, is_detached;
    const char *what;
} settings[] = {
    {"least", "--data /d", GH_OK, GH_UP_LISTEN_DEFAULT, NULL, 0, false, false, false, NULL},
    {"all", "--data /d --listen 0.0.0.0:443 --demo --allow-loopback --ready-file r --detach --workers 3", GH_OK, "0.0.0.0:443", "r",
        3, true, true, true, NULL},
    {"with equals", "--data=/d --workers=64 --listen=[::1]:1", GH_OK, "[::1]:1", NULL, 64, false, false, false, NULL},
    {"no data", "--demo", GH_BAD, NULL, NULL, 0, false, false, false, "which data directory? give --data DIR"},
    {"unknown", "--data /d --debug", GH_BAD, NULL, NULL, 0, false, false, false, "no such option"},
    {"an operand", "--data /d more", GH_BAD, NULL, NULL, 0, false, false, false, "no such option"},
    {"part of a name", "--dat /d", GH_BAD, NULL, NULL, 0, false, false, false, "no such option"},
    {"twice", "--data /d --data /e", GH_BAD, NULL, NULL, 0, false, false, false, "given twice"},
    {"value missing", "--data", GH_BAD, NULL, NULL, 0, false, false, false, "the value is missing"},
    {"value empty", "--data=", GH_BAD, NULL, NULL, 0, false, false, false, "the value is empty"},
    {"switch with a value", "--data /d --demo=yes", GH_BAD, NULL, NULL, 0, false, false, false, "this option takes no value"},
    {"too many workers", "--data /d --workers 65", GH_BAD, NULL, NULL, 0, false, false, false, "not a number in its bounds"},
    {"a relative database", "--data /d --geo-database here.mmdb", GH_BAD, NULL, NULL, 0, false, false, false,
        "give the whole path of the database, from / on, at most 480 bytes"},
    {"a relative model", "--data /d --shield-model shield.bin", GH_BAD, NULL, NULL, 0, false, false, false,
        "give the whole path of the model, from / on"},
    {"no number", "--data /d --workers two", GH_BAD, NULL, NULL, 0, false, false, false, "not a number in its bounds"},
    {"listen without a port", "--data /d --listen 127.0.0.1", GH_BAD, NULL, NULL, 0, false, false, false, NULL},
};

static int
split(char *room, char *argv[], size_t max)
{
    int n = 0;

    for (char *blank; (size_t)n < max; room = blank + 1) {
        argv[n++] = room;
        if ((blank = strchr(room, ' ')) == NULL)
            break;
        *blank = '\0';
    }
    return n;
}

static bool
is_same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void
test_settings(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
        char room[200], *argv[20];
        struct gh_up_settings s = {0};
        struct gh_err err = {0};
        const char *word;
        (void)snprintf(room, sizeof(room), "%s", settings[i].words);
        enum gh_rc rc = gh_settings_read(&s, &word, split(room, argv, 20), argv, &err);
        if (rc != settings[i].rc || (settings[i].what != NULL && !is_same(err.what, settings[i].what)))
            fail_msg("%s: %d, %s", settings[i].name, (int)rc, err.what == NULL ? "" : err.what);
        if (rc == GH_OK && (!is_same(s.listen, settings[i].listen) || !is_same(s.ready_file, settings[i].ready_file) ||
                               !is_same(s.data, "/d") || s.n_workers != settings[i].n_workers || s.is_demo != settings[i].is_demo ||
                               s.allow_loopback != settings[i].allow_loopback || s.is_detached != settings[i].is_detached))
            fail_msg("%s: a value is another", settings[i].name);
    }
}

static const struct {
    const char *text, *host; /* host NULL: refused */
    uint16_t port;
    bool is_v6;
} listens[] = {
    {"127.0.0.1:8443", "127.0.0.1", 8443, false},
    {"localhost:0", "127.0.0.1", 0, false},
    {"0.0.0.0:65535", "0.0.0.0", 65535, false},
    {"[::1]:8443", "::1", 8443, true},
    {"[::]:443", "::", 443, true},
    {"", NULL, 0, false},
    {":8443", NULL, 0, false},
    {"127.0.0.1:", NULL, 0, false},
    {"127.0.0.1:65536", NULL, 0, false},
    {"127.0.0.1:08", NULL, 0, false},
    {"127.0.0.1:-1", NULL, 0, false},
    {"127.1:80", NULL, 0, false},
    {"example.com:443", NULL, 0, false},
    {"::1:80", NULL, 0, false},
    {"[::1]", NULL, 0, false},
    {"[::1]80", NULL, 0, false},
    {"[127.0.0.1]:80", NULL, 0, false},
    {"127.0.0.1:80;", NULL, 0, false},
};

static void
test_listen(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(listens) / sizeof(listens[0]); i++) {
        struct gh_listen l;
        enum gh_rc rc = gh_settings_listen(&l, gh_str_z(listens[i].text), NULL);
        if ((rc == GH_OK) != (listens[i].host != NULL))
            fail_msg("'%s': %d", listens[i].text, (int)rc);
        if (rc == GH_OK && (!is_same(l.host, listens[i].host) || l.port != listens[i].port || l.is_v6 != listens[i].is_v6))
            fail_msg("'%s': %s %d", listens[i].text, l.host, l.port);
    }
}

/* ---- ready file ---- */

static const struct {
    const char *name, *control;
    enum gh_rc rc;
    const char *file;
} readies[] = {
    {"nothing", "{}", GH_OK,
        "{\"ca\":\"/ca\",\"management_url\":\"https://h:1/api\",\"arm_endpoint\":\"https://h:1/arm\",\"graph_base_url\":\"https://"
        "h:1/graph\"}\n"},
    {"names", "{\"workspace\":\"w\",\"endpoint\":\"e\",\"deployment\":\"d\"}", GH_OK,
        "{\"ca\":\"/ca\",\"workspace\":\"w\",\"endpoint\":\"e\",\"deployment\":\"d\",\"management_url\":\"https://h:1/"
        "api\",\"arm_endpoint\":\"https://h:1/arm\",\"graph_base_url\":\"https://h:1/graph\","
        "\"openai_base_url\":\"https://h:1/workspaces/w/endpoints/e/openai/v1\",\"azure_endpoint\":\"https://h:1/workspaces/w/"
        "endpoints/e\",\"anthropic_base_url\":\"https://h:1/workspaces/w/endpoints/e/anthropic\",\"score_url\":\"https://h:1/"
        "workspaces/w/"
        "endpoints/e/score\",\"content_safety_endpoint\":\"https://h:1/workspaces/w\"}\n"},
    {"credentials", "{\"admin_token\":\"a\",\"api_key\":\"k\",\"other\":\"x\"}", GH_OK,
        "{\"ca\":\"/ca\",\"management_url\":\"https://h:1/api\",\"arm_endpoint\":\"https://h:1/arm\",\"graph_base_url\":\"https://"
        "h:1/graph\",\"admin_token\":\"a\",\"api_key\":\"k\"}\n"},
    {"control knows better", "{\"management_url\":\"https://api/x\"}", GH_OK,
        "{\"ca\":\"/ca\",\"management_url\":\"https://api/x\",\"arm_endpoint\":\"https://h:1/arm\",\"graph_base_url\":\"https://"
        "h:1/graph\"}\n"},
    {"a number is no value", "{\"workspace\":7,\"endpoint\":\"e\"}", GH_OK,
        "{\"ca\":\"/ca\",\"endpoint\":\"e\",\"management_url\":\"https://h:1/api\",\"arm_endpoint\":\"https://h:1/"
        "arm\",\"graph_base_url\":\"https://h:1/graph\"}\n"},
    {"not an object", "[]", GH_BAD, NULL},
    {"not JSON", "{", GH_MORE, NULL},
    {"twice", "{\"ca\":\"a\",\"ca\":\"b\"}", GH_BAD, NULL},
};

static void
test_ready(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(readies) / sizeof(readies[0]); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_buf b;
        gh_buf_init(&b, &a, 65536);
        enum gh_rc rc = gh_ready_compose(&b, &a, gh_str_z(readies[i].control), GH_STR("https://h:1"), GH_STR("/ca"), NULL);
        if (rc != readies[i].rc || (rc == GH_OK && !gh_str_eq(gh_buf_str(&b), gh_str_z(readies[i].file))))
            fail_msg("%s: %d %.*s", readies[i].name, (int)rc, (int)b.n, b.p);
        gh_arena_fini(&a);
    }
}

/* ---- the way to the data directory ---- */

static const struct {
    const char *path, *tidy; /* NULL: refused */
} paths[] = {
    {"/a/b", "/a/b"},
    {"//a///b/", "/a/b"},
    {"/./a/./b/.", "/a/b"},
    {"/", NULL},
    {"", NULL},
    {"a", NULL},
    {"/a/../b", NULL},
    {"/..", NULL},
    {"/a/..b", "/a/..b"},
};

static void
test_tidy(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        char path[64];
        (void)snprintf(path, sizeof(path), "%s", paths[i].path);
        enum gh_rc rc = gh_walk_tidy(path);
        if ((rc == GH_OK) != (paths[i].tidy != NULL) || (rc == GH_OK && !is_same(path, paths[i].tidy)))
            fail_msg("'%s': %d '%s'", paths[i].path, (int)rc, path);
    }
}

/* ---- back-off ---- */

static const struct {
    int64_t last_ms, lived_ms;
    bool has_served;
    int64_t next_ms;
} backoffs[] = {
    {0, 0, false, 100},
    {100, 0, false, 200},
    {100, 999, false, 200},
    {100, 1000, false, 100},
    {200, 1000, false, 400},
    {3200, 0, false, 6400},
    {6400, 0, false, 10000},
    {10000, 0, false, 10000},
    {10000, 29999, false, 10000},
    {10000, 30000, false, 100},
    {400, 0, true, 800},
    {800, 0, true, 1000},
    {10000, 0, true, 1000},
};

static void
test_backoff(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(backoffs) / sizeof(backoffs[0]); i++)
        if (gh_part_backoff_ms(backoffs[i].last_ms, backoffs[i].lived_ms, backoffs[i].has_served) != backoffs[i].next_ms)
            fail_msg("row %zu", i);
}

struct place {
    char root[40]; /* below /tmp, 0755 */
};

static int
place_up(void **state)
{
    static struct place p;

    (void)snprintf(p.root, sizeof(p.root), "/tmp/gatehouse-test-XXXXXX");
    if (mkdtemp(p.root) == NULL || chmod(p.root, 0755) != 0)
        return -1;
    *state = &p;
    return 0;
}

static void
remove_tree(const char *path)
{
    pid_t pid = fork();

    if (pid == 0) {
        (void)execlp("rm", "rm", "-rf", "--", path, (char *)NULL);
        _exit(127);
    }
    (void)waitpid(pid, NULL, 0);
}

static int
place_down(void **state)
{
    struct place *p = *state;

    remove_tree(p->root);
    return 0;
}

static const char *
below(const struct place *p, const char *name)
{
    static char path[200];

    (void)snprintf(path, sizeof(path), "%s/%s", p->root, name);
    return path;
}

static void
make_dir(const struct place *p, const char *name, mode_t mode)
{
    const char *path = below(p, name);

    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(chmod(path, mode), 0);
}

/* What stands on the way; the walk to "x/data" is strict or not. */
static void
way_others_write(const struct place *p)
{
    make_dir(p, "x", 0777);
}
static void
way_sticky(const struct place *p)
{
    make_dir(p, "x", 01777);
}
static void
way_closed(const struct place *p)
{
    make_dir(p, "x", 0700);
}
static void
way_link(const struct place *p)
{
    make_dir(p, "y", 0755);
    assert_int_equal(symlink("y", below(p, "x")), 0);
}
static void
way_file(const struct place *p)
{
    int fd = open(below(p, "x"), O_CREAT | O_WRONLY, 0644);
    assert_true(fd >= 0);
    gh_close(fd);
}
static void
way_missing(const struct place *p)
{
    (void)p;
}

static const struct {
    const char *name;
    void (*make)(const struct place *p);
    bool is_strict, is_allowed;
} ways[] = {
    {"missing parents are made", way_missing, true, true},
    {"others can write", way_others_write, true, false},
    {"others can write, not strict", way_others_write, false, true},
    {"sticky, as /tmp", way_sticky, true, true},
    {"system users cannot enter", way_closed, true, false},
    {"system users cannot enter, not strict", way_closed, false, true},
    {"a link", way_link, true, false},
    {"a link, not strict", way_link, false, true},
    {"a file", way_file, true, false},
    {"a file, not strict", way_file, false, false},
};

static void
test_walk(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        struct gh_house_err err = {0};
        void *place;
        int fd = -1;
        assert_int_equal(place_up(&place), 0);
        ways[i].make(place);
        enum gh_rc rc = gh_walk_open(&fd, below(place, "x/data"), ways[i].is_strict, &err);
        if ((rc == GH_OK) != ways[i].is_allowed)
            fail_msg("%s: %d %s %s", ways[i].name, (int)rc, err.what, err.about);
        if (rc != GH_OK)
            assert_true(err.what[0] != '\0' && err.about[0] == '/');
        gh_close(fd);
        assert_int_equal(place_down(&place), 0);
    }
}

static void
test_links_inside(void **state)
{
    struct place *p = *state;
    struct gh_house_err err = {0};

    make_dir(p, "d", 0755);
    make_dir(p, "d/e", 0755);
    assert_int_equal(gh_walk_no_links(below(p, "d"), &err), GH_OK);
    assert_int_equal(symlink("/etc/passwd", below(p, "d/e/l")), 0);
    assert_int_equal(gh_walk_no_links(below(p, "d"), &err), GH_BAD);
    assert_non_null(strstr(err.about, "d/e/l"));
}

static const struct {
    const char *name, *below;
    const char *what; /* part of the reason */
} refused_names[] = {
    {"a blank", "da ta", "letters"},
    {"a quote", "da\"ta", "letters"},
    {"a semicolon", "data;", "letters"},
    {"a dollar", "$data", "letters"},
    {"two dots", "x/../data", ".."},
    {"too long", "0123456789012345678901234567890123456789012345678901234567890123456789", "too long"},
};

static void
test_refused_names(void **state)
{
    struct place *p = *state;

    for (size_t i = 0; i < sizeof(refused_names) / sizeof(refused_names[0]); i++) {
        struct gh_house h = {.fd = -1, .memory_fd = -1};
        struct gh_house_err err = {0};
        assert_int_equal(gh_house_open(&h, below(p, refused_names[i].below), &err), GH_BAD);
        if (strstr(err.what, refused_names[i].what) == NULL)
            fail_msg("%s: %s", refused_names[i].name, err.what);
    }
}

static void
test_writable_by_others(void **state)
{
    struct place *p = *state;
    struct gh_house h = {.fd = -1, .memory_fd = -1};
    struct gh_house_err err = {0};

    make_dir(p, "data", 0775);
    assert_int_equal(gh_house_open(&h, below(p, "data"), &err), GH_BAD);
    assert_non_null(strstr(err.what, "others can write"));
    gh_house_close(&h);
}

/* ---- the house ---- */

/* As the single user that this test is, also when that is root. */
static void
open_house(struct gh_house *h, const struct place *p)
{
    struct gh_house_err err = {0};

    memset(h, 0, sizeof(*h));
    for (int i = 0; i < GH_OWNER_COUNT; i++) {
        h->owners.of[i].uid = geteuid();
        h->owners.of[i].gid = getegid();
    }
    if (gh_house_open(h, below(p, "data"), &err) != GH_OK || gh_house_furnish(h, &err) != GH_OK)
        fail_msg("%s: %s", err.about, err.what);
}

static void
test_furnish(void **state)
{
    static const char *const private[] = {GH_LAYOUT_CONTROL, GH_LAYOUT_VAULT, GH_LAYOUT_SNAPSHOT, GH_LAYOUT_SPOOL, GH_LAYOUT_EDGE};
    struct gh_house h, again;
    struct stat st;

    open_house(&h, *state);
    for (size_t i = 0; i < sizeof(private) / sizeof(private[0]); i++) {
        assert_int_equal(fstatat(h.fd, private[i], &st, AT_SYMLINK_NOFOLLOW), 0);
        assert_true(S_ISDIR(st.st_mode));
        assert_int_equal(st.st_mode & 077, 0);
    }
    assert_int_equal(strlen(h.installation), 32);
    assert_int_equal(fstatat(h.memory_fd, GH_LAYOUT_EDGE_KEY, &st, AT_SYMLINK_NOFOLLOW), 0);
    assert_int_equal(st.st_size, 32);
    assert_int_equal(st.st_mode & 0777, 0600);
    open_house(&again, *state);
    assert_string_equal(h.installation, again.installation);
    gh_house_forget_memory(&again);
    assert_int_equal(access(h.memory, F_OK), -1);
    gh_house_close(&again);
    gh_house_close(&h);
}

static void
test_damaged_installation(void **state)
{
    struct gh_house h;
    struct gh_house_err err = {0};

    open_house(&h, *state);
    assert_int_equal(gh_file_replace(h.fd, GH_LAYOUT_INSTALLATION, 0644, GH_STR("not hexadecimal at all, 32 bytes")), GH_OK);
    gh_house_forget_memory(&h);
    assert_int_equal(gh_house_furnish(&h, &err), GH_BAD);
    assert_string_equal(err.about, GH_LAYOUT_INSTALLATION);
    gh_house_close(&h);
}

/* A POSIX lock is of the process, so the second taker has to be another one. */
static void
test_lock(void **state)
{
    struct gh_house_err err = {0};
    struct gh_house h;
    pid_t holder, pid;
    int fd, status;

    open_house(&h, *state);
    assert_int_equal(gh_lock_open(&fd, &h, true, &err), GH_OK);
    assert_int_equal(gh_lock_take(fd, GH_LOCK_KEEPER, &holder), GH_OK);
    pid = fork();
    if (pid == 0) {
        bool is_refused = gh_lock_take(fd, GH_LOCK_KEEPER, &holder) == GH_BAD && holder == getppid();
        bool is_free = gh_lock_holder(fd, GH_LOCK_SUPERVISOR) == 0 && gh_lock_take(fd, GH_LOCK_SUPERVISOR, &holder) == GH_OK;
        _exit(is_refused && is_free ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    gh_lock_write(fd, 4711);
    gh_close(fd);
    gh_house_forget_memory(&h);
    gh_house_close(&h);
}

/* ---- certificates ---- */

static X509 *
read_cert(const struct gh_house *h, const char *path)
{
    struct gh_arena a = gh_test_arena();
    struct gh_str pem;

    assert_int_equal(gh_file_read(&pem, &a, h->fd, path, 65536), GH_OK);
    BIO *b = BIO_new_mem_buf(pem.p, (int)pem.n);
    X509 *cert = PEM_read_bio_X509(b, NULL, NULL, NULL);
    BIO_free(b);
    gh_arena_fini(&a);
    assert_non_null(cert);
    return cert;
}

static void
check_server(const struct gh_house *h)
{
    static const char *const names[] = {
        "localhost", "gatehouse.localhost", "api.gatehouse.localhost", "demo.vault.gatehouse.localhost"};
    static const char *const addresses[] = {"127.0.0.1", "::1", "192.0.2.7"};
    X509 *ca = read_cert(h, GH_LAYOUT_CA), *server = read_cert(h, GH_LAYOUT_CERT);
    int days, seconds;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        assert_int_equal(X509_check_host(server, names[i], 0, 0, NULL), 1);
    for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
        assert_int_equal(X509_check_ip_asc(server, addresses[i], 0), 1);
    assert_int_equal(X509_check_host(server, "example.com", 0, 0, NULL), 0);
    assert_int_equal(X509_verify(server, X509_get0_pubkey(ca)), 1);
    assert_int_equal(X509_check_purpose(server, X509_PURPOSE_SSL_SERVER, 0), 1);
    assert_int_equal(X509_check_purpose(server, X509_PURPOSE_SSL_SERVER, 1), 0);
    assert_int_equal(X509_check_ca(ca), 1);
    assert_int_equal(ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(server), X509_get0_notAfter(server)), 1);
    assert_true(days <= 825);
    X509_free(ca);
    X509_free(server);
}

static void
test_certificates(void **state)
{
    const struct gh_listen here = {.host = "192.0.2.7", .port = 443}, there = {.host = "192.0.2.8", .port = 443};
    struct gh_house_err err = {0};
    struct gh_house h;
    struct stat st;
    bool is_new;

    open_house(&h, *state);
    assert_int_equal(gh_tls_ensure(&is_new, &h, &here, false, &err), GH_OK);
    assert_true(is_new);
    check_server(&h);
    assert_int_equal(fstatat(h.fd, GH_LAYOUT_CA_KEY, &st, AT_SYMLINK_NOFOLLOW), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    X509 *ca = read_cert(&h, GH_LAYOUT_CA);
    assert_int_equal(gh_tls_ensure(&is_new, &h, &here, false, &err), GH_OK);
    assert_false(is_new); /* good ones stay */
    assert_int_equal(gh_tls_ensure(&is_new, &h, &here, true, &err), GH_OK);
    assert_true(is_new); /* forced */
    check_server(&h);
    assert_int_equal(gh_tls_ensure(&is_new, &h, &there, false, &err), GH_OK);
    assert_true(is_new); /* another address */
    assert_int_equal(gh_file_replace(h.fd, GH_LAYOUT_CERT, 0600, GH_STR("damaged")), GH_OK);
    assert_int_equal(gh_tls_ensure(&is_new, &h, &here, false, &err), GH_OK);
    assert_true(is_new); /* damaged */
    check_server(&h);
    X509 *same = read_cert(&h, GH_LAYOUT_CA);
    assert_int_equal(X509_cmp(ca, same), 0); /* clients keep their trust through all that */
    X509_free(ca);
    X509_free(same);
    gh_house_forget_memory(&h);
    gh_house_close(&h);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_settings),
        cmocka_unit_test(test_listen),
        cmocka_unit_test(test_ready),
        cmocka_unit_test(test_tidy),
        cmocka_unit_test(test_backoff),
        cmocka_unit_test(test_walk),
        cmocka_unit_test_setup_teardown(test_links_inside, place_up, place_down),
        cmocka_unit_test_setup_teardown(test_refused_names, place_up, place_down),
        cmocka_unit_test_setup_teardown(test_writable_by_others, place_up, place_down),
        cmocka_unit_test_setup_teardown(test_furnish, place_up, place_down),
        cmocka_unit_test_setup_teardown(test_damaged_installation, place_up, place_down),
        cmocka_unit_test_setup_teardown(test_lock, place_up, place_down),
        cmocka_unit_test_setup_teardown(test_certificates, place_up, place_down),
    };

    return cmocka_run_group_tests_name("supervisor", tests, NULL, NULL);
}
