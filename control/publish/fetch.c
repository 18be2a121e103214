/* SPDX-License-Identifier: Apache-2.0 */
#include "control/publish/fetch.h"

#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/limits.h"
#include "host/host.h"

struct fetch {
    const struct gh_egress_env *env;
    struct gh_buf body;
    const char *refused; /* why an address was not dialled */
};

enum gh_rc
gh_fetch_init(void)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? GH_OK : GH_DOWN;
}

static bool
read_address(struct gh_addr *out, const struct curl_sockaddr *s)
{
    memset(out, 0, sizeof(*out));
    if (s->family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, &s->addr, sizeof(in));
        out->ip[10] = out->ip[11] = 0xff;
        memcpy(out->ip + 12, &in.sin_addr, 4);
        out->port = ntohs(in.sin_port);
        return true;
    }
    if (s->family != AF_INET6 || s->addrlen < sizeof(struct sockaddr_in6))
        return false;
    struct sockaddr_in6 in6;
    memcpy(&in6, &s->addr, sizeof(in6));
    memcpy(out->ip, &in6.sin6_addr, 16);
    out->port = ntohs(in6.sin6_port);
    return true;
}

/* The last moment before a connection: this address, after every look-up, is the one that is dialled. */
static curl_socket_t
open_checked(void *ctx, curlsocktype purpose, struct curl_sockaddr *s)
{
    struct fetch *f = ctx;
    struct gh_addr addr;
    if (purpose != CURLSOCKTYPE_IPCXN || !read_address(&addr, s)) {
        f->refused = "the address is of no known kind";
        return CURL_SOCKET_BAD;
    }
    const char *why = gh_egress_refuses(f->env, &addr);
    if (why != NULL) {
        f->refused = why;
        return CURL_SOCKET_BAD;
    }
    return socket(s->family, s->socktype | SOCK_CLOEXEC, s->protocol);
}

static size_t
take_body(char *p, size_t size, size_t n, void *ctx)
{
    struct fetch *f = ctx;
    gh_buf_put(&f->body, gh_str(p, size * n));
    return f->body.rc == GH_OK ? size * n : 0;
}

static CURLcode
set_options(CURL *c, struct fetch *f, const char *url, struct gh_str ca_pem)
{
    const struct curl_blob ca = {.data = (void *)(uintptr_t)ca_pem.p, .len = ca_pem.n, .flags = CURL_BLOB_COPY};
    CURLcode rc = CURLE_OK;
#define SET(option, value) rc = rc == CURLE_OK ? curl_easy_setopt(c, option, value) : rc
    SET(CURLOPT_URL, url);
    SET(CURLOPT_PROTOCOLS_STR, f->env->loopback_allowed ? "https,http" : "https");
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_NOPROXY, "*");
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_TIMEOUT_MS, (long)GH_FETCH_TIMEOUT_MS);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_FRESH_CONNECT, 1L);
    SET(CURLOPT_FORBID_REUSE, 1L);
    SET(CURLOPT_USERAGENT, "gatehouse");
    SET(CURLOPT_OPENSOCKETFUNCTION, open_checked);
    SET(CURLOPT_OPENSOCKETDATA, f);
    SET(CURLOPT_WRITEFUNCTION, take_body);
    SET(CURLOPT_WRITEDATA, f);
    if (ca_pem.n > 0)
        SET(CURLOPT_CAINFO_BLOB, &ca);
#undef SET
    return rc;
}

static const char *
failure(CURLcode rc, long status, const struct fetch *f)
{
    if (f->refused != NULL)
        return f->refused;
    if (f->body.rc != GH_OK)
        return "the document is too large";
    if (rc != CURLE_OK)
        return curl_easy_strerror(rc);
    return status == 200 ? NULL : "the answer is not 200";
}

enum gh_rc
gh_fetch(struct gh_str *out, const char **why, struct gh_arena *a, const struct gh_egress_env *env, struct gh_str url,
    struct gh_str ca_pem)
{
    struct fetch f = {.env = env};
    struct gh_str url_z;
    long status = 0;
    gh_buf_init(&f.body, a, GH_FETCH_BYTES_MAX);
    if (gh_arena_dup(&url_z, a, url) != GH_OK)
        return GH_NOMEM;
    CURL *c = curl_easy_init();
    if (c == NULL)
        return GH_NOMEM;
    CURLcode rc = set_options(c, &f, url_z.p, ca_pem);
    if (rc == CURLE_OK)
        rc = curl_easy_perform(c);
    if (rc == CURLE_OK)
        rc = curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
    *why = failure(rc, status, &f);
    curl_easy_cleanup(c);
    *out = gh_buf_str(&f.body);
    return *why == NULL ? GH_OK : GH_DOWN;
}
