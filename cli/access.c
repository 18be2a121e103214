/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/access.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "cli/curl_late.h"
#include "host/host.h"
#include "ipc/layout.h"
#include "wire/json.h"

#define CONNECT_MS 10000
#define TOTAL_MS   60000 /* for one answer held in memory: changes wait for an fsync and a publication, nothing longer */
#define STALL_S    60    /* a stream that is silent for this long has ended                                            */
#define URL_MAX    4096
#define TOKEN_ENV  "GATEHOUSE_TOKEN"

struct gh_access {
    CURL *curl;
    struct curl_slist *auth; /* one header; NULL on the local socket */
    char base[URL_MAX];      /* without a final slash, below it the API */
    bool is_local;
};

/* Where the bytes of an answer go. */
struct sink {
    struct gh_buf *held;
    FILE *f; /* NULL: hold all */
    CURL *curl;
    struct gh_answer *answer;
};

static bool
is_stream_answer(const struct sink *s)
{
    long status = 0;

    (void)curl_easy_getinfo(s->curl, CURLINFO_RESPONSE_CODE, &status);
    return s->f != NULL && status == 200;
}

static size_t
on_body(char *p, size_t size, size_t n, void *ctx)
{
    struct sink *s = ctx;

    n *= size; /* size is 1, as libcurl promises */
    if (is_stream_answer(s))
        return fwrite(p, 1, n, s->f);
    gh_buf_put(s->held, gh_str(p, n));
    return s->held->rc == GH_OK ? n : 0;
}

static size_t
on_header(char *p, size_t size, size_t n, void *ctx)
{
    struct sink *s = ctx;
    struct gh_str line = gh_str(p, n * size), name;

    if (gh_str_cut(&name, &line, ':') && gh_str_eq_ci(name, GH_STR("etag"))) {
        while (line.n > 0 && (line.p[0] == ' ' || line.p[0] == '\t'))
            line = gh_str_sub(line, 1, SIZE_MAX);
        while (line.n > 0 && (unsigned char)line.p[line.n - 1] <= ' ')
            line.n--;
        if (line.n < sizeof s->answer->etag) {
            memcpy(s->answer->etag, line.p, line.n);
            s->answer->etag[line.n] = '\0';
        }
    }
    return n * size;
}

/* ---- opening ---- */

static int
token_of_file(struct gh_str *out, struct gh_arena *a, const char *path)
{
    struct stat st;

    if (gh_file_read(out, a, AT_FDCWD, path, GH_TOKEN_BYTES_MAX) != GH_OK)
        return gh_cli_fail(
            GH_EXIT_UNABLE, "the token file cannot be read", path, "a regular file with one token in it is expected");
    if (stat(path, &st) == 0 && (st.st_mode & 077) != 0)
        gh_cli_note("warning: others can read the token file; chmod 600", path);
    while (out->n > 0 && (unsigned char)out->p[out->n - 1] <= ' ')
        out->n--;
    return GH_EXIT_DONE;
}

/* One line of visible ASCII: what goes into a header must not make two of it. */
static bool
is_token(struct gh_str t)
{
    for (size_t i = 0; i < t.n; i++) {
        if (t.p[i] <= ' ' || t.p[i] > '~')
            return false;
    }
    return t.n > 0 && t.n <= GH_TOKEN_BYTES_MAX;
}

int
gh_access_bearer(struct curl_slist **out, const struct gh_cli *c)
{
    const char *path = gh_cli_value(c, GH_OPTION_TOKEN_FILE);
    gh_auto_arena a;
    struct gh_str token = gh_str_z(getenv(TOKEN_ENV)), line;
    struct gh_buf b;

    gh_arena_init(&a, gh_heap(), 4 * GH_TOKEN_BYTES_MAX);
    a.is_secret = true;
    if (path != NULL && token_of_file(&token, &a, path) != GH_EXIT_DONE)
        return GH_EXIT_UNABLE;
    if (!is_token(token))
        return gh_cli_fail(GH_EXIT_UNABLE, token.n == 0 ? "no token" : "the token is not one line of plain characters", NULL,
            "put it into " TOKEN_ENV ", or into a file and give --token-file FILE");
    gh_buf_init(&b, &a, token.n + 32);
    gh_buf_putz(&b, "Authorization: Bearer ");
    gh_buf_put(&b, token);
    gh_buf_putc(&b, '\0');
    line = gh_buf_str(&b);
    *out = line.p == NULL ? NULL : curl_slist_append(NULL, line.p);
    return *out != NULL ? GH_EXIT_DONE : gh_cli_fail(GH_EXIT_UNABLE, "out of memory", NULL, NULL);
}

static bool
is_loopback(struct gh_str host)
{
    return gh_str_starts(host, GH_STR("127.")) || gh_str_starts(host, GH_STR("[::1]")) || gh_str_starts(host, GH_STR("localhost"));
}

static int
open_server(struct gh_access *x, const struct gh_cli *c, const char *url)
{
    const char *ca = gh_cli_value(c, GH_OPTION_CA);
    struct gh_str u = gh_str_z(url);

    if (!gh_str_starts(u, GH_STR("https://")) || gh_str_chr(u, '@') != SIZE_MAX || gh_str_chr(u, '?') != SIZE_MAX)
        return gh_cli_fail(GH_EXIT_UNABLE, "--server must be https://HOST:PORT/api", url, "the ready file calls it management_url");
    while (gh_str_ends(u, GH_STR("/")))
        u.n--;
    if (u.n >= sizeof x->base / 2)
        return gh_cli_fail(GH_EXIT_UNABLE, "--server is too long", NULL, NULL);
    memcpy(x->base, u.p, u.n);
    x->base[u.n] = '\0';
    (void)curl_easy_setopt(x->curl, CURLOPT_PROTOCOLS_STR, "https");
    (void)curl_easy_setopt(x->curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (ca != NULL)
        (void)curl_easy_setopt(x->curl, CURLOPT_CAINFO, ca);
    if (is_loopback(gh_str_sub(u, 8, SIZE_MAX)))
        (void)curl_easy_setopt(x->curl, CURLOPT_PROXY, "");
    return gh_access_bearer(&x->auth, c);
}

static int
open_local(struct gh_access *x, const char *dir)
{
    char path[108]; /* sun_path */
    int n = snprintf(path, sizeof path, "%s/" GH_LAYOUT_LOCAL_SOCK, dir);
    struct stat st;

    if (n < 0 || (size_t)n >= sizeof path)
        return gh_cli_fail(
            GH_EXIT_UNABLE, "the path of the data directory is too long for a socket", dir, "use a shorter path, or cd to it");
    if (faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) != 0 && errno == EACCES)
        return gh_cli_fail(GH_EXIT_UNABLE, "the owner of the data directory alone may ask there", dir,
            "as its owner (sudo?), or with a token over --server URL --ca FILE");
    if (stat(path, &st) != 0)
        return gh_cli_fail(GH_EXIT_UNABLE, "no installation runs on this data directory", dir, "start it: gatehouse up --data DIR");
    memcpy(x->base, "http://localhost", sizeof "http://localhost");
    x->is_local = true;
    (void)curl_easy_setopt(x->curl, CURLOPT_PROTOCOLS_STR, "http");
    (void)curl_easy_setopt(x->curl, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(x->curl, CURLOPT_UNIX_SOCKET_PATH, path);
    return GH_EXIT_DONE;
}

/* What holds for every exchange on this handle. */
static void
set_common(struct gh_access *x)
{
    (void)curl_easy_setopt(x->curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(x->curl, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(x->curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    (void)curl_easy_setopt(x->curl, CURLOPT_USERAGENT, "gatehouse/" GH_VERSION);
    (void)curl_easy_setopt(x->curl, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl_easy_setopt(x->curl, CURLOPT_HEADERFUNCTION, on_header);
}

int
gh_access_open(struct gh_access **out, const struct gh_cli *c)
{
    const char *data = gh_cli_value(c, GH_OPTION_DATA), *server = gh_cli_value(c, GH_OPTION_SERVER);
    struct gh_access *x;
    int status;

    *out = NULL;
    if ((data == NULL) == (server == NULL))
        return gh_cli_fail(GH_EXIT_UNABLE, data == NULL ? "which installation?" : "--data and --server exclude each other", NULL,
            "give --data DIR on the same machine, or --server URL --ca FILE");
    if (!gh_curl_load())
        return gh_cli_fail(GH_EXIT_UNABLE, "libcurl.so.4 cannot be loaded", NULL, "install it: apt-get install libcurl4");
    if ((x = calloc(1, sizeof *x)) == NULL || (x->curl = curl_easy_init()) == NULL) {
        free(x);
        return gh_cli_fail(GH_EXIT_UNABLE, "out of memory", NULL, NULL);
    }
    set_common(x);
    status = data != NULL ? open_local(x, data) : open_server(x, c, server);
    if (status != GH_EXIT_DONE) {
        gh_access_free(x);
        return status;
    }
    *out = x;
    return GH_EXIT_DONE;
}

void
gh_access_free(struct gh_access *x)
{
    if (x == NULL)
        return;
    curl_easy_cleanup(x->curl);
    if (x->auth != NULL)
        gh_wipe(x->auth->data, strlen(x->auth->data));
    curl_slist_free_all(x->auth);
    free(x);
}

bool
gh_access_is_local(const struct gh_access *x)
{
    return x->is_local;
}

/* ---- one exchange ---- */

/* Headers of this exchange, in front of the one with the token, which stays the access's own. */
static bool
set_headers(struct gh_access *x, struct curl_slist **own, const struct gh_request *r)
{
    char cond[128];
    struct curl_slist *l = curl_slist_append(NULL, "Accept: application/json, */*;q=0.1"), *last;

    if (l != NULL && r->body.p != NULL)
        l = curl_slist_append(l, "Content-Type: application/json");
    if (l != NULL)
        l = curl_slist_append(l, "Expect:");
    if (l != NULL && r->if_match != NULL) {
        (void)snprintf(cond, sizeof cond, r->if_match[0] == '\0' ? "If-None-Match: *%s" : "If-Match: %s", r->if_match);
        l = curl_slist_append(l, cond);
    }
    if ((*own = l) == NULL)
        return false;
    for (last = l; last->next != NULL;)
        last = last->next;
    last->next = x->auth;
    return curl_easy_setopt(x->curl, CURLOPT_HTTPHEADER, l) == CURLE_OK;
}

static void
free_headers(struct gh_access *x, struct curl_slist *own)
{
    for (struct curl_slist *l = own; l != NULL; l = l->next) {
        if (l->next == x->auth)
            l->next = NULL;
    }
    (void)curl_easy_setopt(x->curl, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(own);
}

static void
set_body(struct gh_access *x, const struct gh_request *r)
{
    (void)curl_easy_setopt(x->curl, CURLOPT_HTTPGET, 1L);
    if (r->body.p != NULL) {
        (void)curl_easy_setopt(x->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.n);
        (void)curl_easy_setopt(x->curl, CURLOPT_POSTFIELDS, r->body.p);
    }
    (void)curl_easy_setopt(x->curl, CURLOPT_CUSTOMREQUEST, r->method);
}

/* Why there was no answer, in words that help. */
static int
tell_curl(const struct gh_access *x, CURLcode rc)
{
    if (rc == CURLE_PEER_FAILED_VERIFICATION || rc == CURLE_SSL_CACERT_BADFILE)
        return gh_cli_fail(GH_EXIT_UNABLE, "the server's certificate is not signed by the given authority", x->base,
            "give --ca FILE (the ready file calls it ca); nothing was sent");
    if (rc == CURLE_COULDNT_CONNECT || rc == CURLE_COULDNT_RESOLVE_HOST)
        return gh_cli_fail(
            GH_EXIT_UNABLE, "nobody answers", x->is_local ? "local socket" : x->base, "does it run? gatehouse status --data DIR");
    return gh_cli_fail(GH_EXIT_UNABLE, "no whole answer from the installation", curl_easy_strerror(rc), NULL);
}

static int
exchange(struct sink *s, struct gh_access *x, const struct gh_request *r)
{
    struct curl_slist *own = NULL;
    char url[URL_MAX];
    struct gh_str base = gh_str_z(x->base);
    if (r->is_arm && gh_str_ends(base, GH_STR("/api"))) /* the doors stand beside it */
        base.n -= sizeof "/api" - 1;
    const char *root = r->is_arm ? "/arm" : x->is_local && !r->is_local_root ? "/api" : "";
    int n = snprintf(url, sizeof url, "%.*s%s%s", (int)base.n, base.p, root, r->path);
    CURLcode rc = CURLE_OUT_OF_MEMORY;

    if (n < 0 || (size_t)n >= sizeof url)
        return gh_cli_fail(GH_EXIT_UNABLE, "the path is too long", NULL, NULL);
    s->curl = x->curl;
    (void)curl_easy_setopt(x->curl, CURLOPT_URL, url);
    (void)curl_easy_setopt(x->curl, CURLOPT_WRITEDATA, s);
    (void)curl_easy_setopt(x->curl, CURLOPT_HEADERDATA, s);
    (void)curl_easy_setopt(x->curl, CURLOPT_TIMEOUT_MS, s->f == NULL ? (long)TOTAL_MS : 0L);
    (void)curl_easy_setopt(x->curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    (void)curl_easy_setopt(x->curl, CURLOPT_LOW_SPEED_TIME, (long)STALL_S);
    set_body(x, r);
    if (set_headers(x, &own, r))
        rc = curl_easy_perform(x->curl);
    free_headers(x, own);
    if (s->held->rc != GH_OK)
        return gh_cli_fail(GH_EXIT_UNABLE, "the answer is too long", NULL, NULL);
    if (rc != CURLE_OK)
        return tell_curl(x, rc);
    (void)curl_easy_getinfo(x->curl, CURLINFO_RESPONSE_CODE, &s->answer->status);
    s->answer->body = gh_buf_str(s->held);
    return GH_EXIT_DONE;
}

int
gh_access_stream(struct gh_answer *out, struct gh_access *x, struct gh_arena *a, const struct gh_request *r, FILE *f)
{
    struct gh_buf held;
    struct sink s = {.held = &held, .f = f, .answer = out};

    *out = (struct gh_answer){0};
    gh_buf_init(&held, a, GH_ACCESS_ANSWER_MAX);
    return exchange(&s, x, r);
}

int
gh_access_call(struct gh_answer *out, struct gh_access *x, struct gh_arena *a, const struct gh_request *r)
{
    return gh_access_stream(out, x, a, r, NULL);
}

/* ---- refusals ---- */

static const struct {
    long status;
    const char *next;
} advice[] = {
    {400, "correct the request; nothing was changed"},
    {401, "the token is missing, expired or for another installation; print a new one: gatehouse token --data DIR --as NAME"},
    {403, "the caller has no role that allows this here; see: gatehouse list /roleAssignments"},
    {404, "see what there is: gatehouse list COLLECTION"},
    {405, "this cannot be done with an object of this kind"},
    {409, "something else stands in the way; the reason is above"},
    {412, "somebody changed it meanwhile; look again and repeat"},
    {413, "the object is too large"},
    {503, "a part of the installation is down; see: gatehouse status --data DIR"},
};

static const char *
advice_of(long status)
{
    for (size_t i = 0; i < sizeof advice / sizeof advice[0]; i++) {
        if (advice[i].status == status)
            return advice[i].next;
    }
    return NULL;
}

/* RFC 9457: detail, else title; with what it is about. */
static struct gh_str
problem_text(struct gh_arena *a, struct gh_str body)
{
    struct gh_str text = {NULL, 0}, about = {NULL, 0};
    struct gh_json j;
    struct gh_buf b;

    if (gh_json_parse(&j, a, body, NULL) != GH_OK)
        return GH_STR("no reason given");
    gh_json_ref error = gh_json_get(&j, 0, GH_STR("error")); /* Azure's shape */
    if (error != GH_JSON_NO)
        return gh_json_opt_str(&text, a, &j, error, "message") == GH_OK && text.n > 0 ? text : GH_STR("no reason given");
    if (gh_json_opt_str(&text, a, &j, 0, "detail") != GH_OK || text.n == 0)
        (void)!gh_json_opt_str(&text, a, &j, 0, "title");
    if (gh_json_opt_str(&about, a, &j, 0, "about") != GH_OK || about.n == 0)
        return text;
    gh_buf_init(&b, a, text.n + about.n + 2);
    gh_buf_put(&b, text);
    gh_buf_put(&b, GH_STR(": "));
    gh_buf_put(&b, about);
    return b.rc == GH_OK ? gh_buf_str(&b) : text;
}

int
gh_access_refused(const struct gh_request *r, const struct gh_answer *answer)
{
    gh_auto_arena a;
    struct gh_str text;
    char what[600];

    gh_arena_init(&a, gh_heap(), 1u << 20);
    text = problem_text(&a, answer->body);
    (void)snprintf(what, sizeof what, "%s %.400s: %ld", r->method, r->path, answer->status);
    return gh_cli_fail_str(GH_EXIT_REFUSED, what, text, advice_of(answer->status));
}

void
gh_access_escape(struct gh_buf *out, struct gh_str s)
{
    static const char hex[] = "0123456789ABCDEF";

    for (size_t i = 0; i < s.n; i++) {
        unsigned char ch = (unsigned char)s.p[i];
        bool is_plain =
            (ch >= '0' && ch <= '9') || (ch >= 'A' && ch <= 'Z') || (ch >= 'a' && ch <= 'z') || strchr("-._~", ch) != NULL;

        if (is_plain && ch != '\0') {
            gh_buf_putc(out, (char)ch);
        } else {
            gh_buf_putc(out, '%');
            gh_buf_putc(out, hex[ch >> 4]);
            gh_buf_putc(out, hex[ch & 15]);
        }
    }
}
