/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/render.h"

#include "base/limits.h"
#include "ipc/layout.h"
#include "policy/forwarded.h"
#include "policy/network.h"

/*
 * A template is text with <names>. Each name is looked up among the values at hand, and each value is checked against the class that it
 * was given: what a class does not list cannot reach nginx. No class has white space, quotes, `;`, `{`, `}`, `$`, `#`, `\` or controls.
 */
enum class { PATH, NAME, IP, ENDPOINT, NUMBER, WORD, CLASS_COUNT };

static const struct {
    const char *extra; /* allowed beside letters and digits */
    size_t max;
    const char *what;
} classes[CLASS_COUNT] = {
    [PATH] = {"._/+@-", 1024, "render: a path holds a character that it may not"},
    [NAME] = {"._-", GH_NAME_BYTES_MAX, "render: name of a listener"},
    [IP] = {".:", 45, "render: address of a listener"},
    [ENDPOINT] = {".:[]", 64, "render: address of a listener"},
    [NUMBER] = {"", 20, "render: number"},
    [WORD] = {"", 16, "render: word"},
};

struct value {
    const char *name;
    struct gh_str text;
    enum class class;
};

static const char main_template[] = "# Made by gatehouse from its snapshot; changes here are lost.\n"
                                    "load_module <module>;\n"
                                    "daemon off;\n"
                                    "master_process <master>;\n"
                                    "worker_processes <workers>;\n"
                                    "worker_shutdown_timeout 10m;\n"
                                    "thread_pool gatehouse threads=4 max_queue=1024;\n"
                                    "pcre_jit off;\n"
                                    "pid <data>/edge/nginx.pid;\n"
                                    "lock_file <data>/edge/nginx.lock;\n"
                                    "error_log <data>/edge/logs/error.log <level>;\n";

static const char files_template[] = "worker_rlimit_nofile <files>;\n";

static const char http_template[] =
    "events {\n"
    "    worker_connections 8192;\n"
    "}\n"
    "http {\n"
    "    gatehouse_data <data>;\n"
    "    gatehouse_memory <memory>;\n"
    "    access_log off;\n"
    "    server_tokens off;\n"
    "    absolute_redirect off;\n"
    "    default_type application/octet-stream;\n"
    "    client_body_temp_path <data>/edge/tmp/body;\n"
    "    proxy_temp_path <data>/edge/tmp/proxy;\n"
    "    fastcgi_temp_path <data>/edge/tmp/fastcgi;\n"
    "    uwsgi_temp_path <data>/edge/tmp/uwsgi;\n"
    "    scgi_temp_path <data>/edge/tmp/scgi;\n"
    "    tcp_nodelay on;\n"
    "    merge_slashes off;\n"
    "    large_client_header_buffers 4 16k;\n"
    "    client_header_timeout 15s;\n"
    "    client_body_timeout 30s;\n"
    "    client_max_body_size <body>;\n"
    "    client_body_buffer_size <body>;\n"
    "    send_timeout 60s;\n"
    "    keepalive_timeout 75s;\n"
    "    keepalive_requests 10000;\n"
    "    lingering_time 5s;\n"
    "    lingering_timeout 2s;\n"
    "    reset_timedout_connection on;\n"
    "    ssl_certificate <data>/" GH_LAYOUT_CERT ";\n"
    "    ssl_certificate_key <data>/" GH_LAYOUT_CERT_KEY ";\n"
    "    ssl_protocols TLSv1.2 TLSv1.3;\n"
    "    ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:"
    "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-CHACHA20-POLY1305;\n"
    "    ssl_session_cache shared:gatehouse_tls:4m;\n"
    "    ssl_session_timeout 1h;\n"
    "    ssl_session_tickets off;\n"
    "    proxy_http_version 1.1;\n"
    "    proxy_buffering off;\n"
    "    proxy_request_buffering on;\n"
    "    proxy_buffer_size 16k;\n"
    "    proxy_buffers 4 16k;\n"
    "    proxy_busy_buffers_size 32k;\n"
    "    proxy_max_temp_file_size 0;\n"
    "    proxy_next_upstream off;\n"
    "    proxy_intercept_errors off;\n"
    "    proxy_redirect off;\n"
    "    proxy_connect_timeout 5s;\n"
    "    proxy_pass_request_headers off;\n"
    "    proxy_ignore_headers X-Accel-Redirect X-Accel-Expires X-Accel-Limit-Rate X-Accel-Buffering X-Accel-Charset Expires "
    "Cache-Control"
    " Set-Cookie Vary;\n"
    "    proxy_ssl_verify on;\n"
    "    proxy_ssl_verify_depth 5;\n"
    "    proxy_ssl_server_name on;\n"
    "    proxy_ssl_protocols TLSv1.2 TLSv1.3;\n"
    "    proxy_ssl_trusted_certificate <system_ca>;\n"
    "    upstream gh_management {\n"
    "        server unix:<data>/" GH_LAYOUT_MANAGEMENT_SOCK " max_fails=0;\n"
    "        keepalive 8;\n"
    "    }\n";

/* Whom a backend's connection goes to, and how it is secured, the module takes from the snapshot: the server here is never dialled. */
static const char backends_template[] = "    upstream gh_backends {\n"
                                        "        server 127.0.0.1:9 down;\n"
                                        "        gatehouse_peers;\n"
                                        "    }\n";

static const char tcp_template[] = "    server {\n"
                                   "        listen <ip>:<port> ssl http2;\n";
static const char proxied_template[] = "    server {\n"
                                       "        listen <ip>:<port> ssl http2 proxy_protocol;\n";
static const char unix_template[] = "    server {\n"
                                    "        listen unix:<data>/" GH_LAYOUT_LISTEN "/<listener>;\n";
static const char server_template[] = "        server_name _;\n"
                                      "        gatehouse_listener <listener>;\n";

/* By GH_LISTENER_CERTIFICATES. Whoever the authority is: what counts then is the digest that a private connection pins. */
static const char *const certificates_templates[] = {
    [GH_CERTIFICATES_NONE] = "",
    [GH_CERTIFICATES_REQUESTED] = "        ssl_verify_client optional_no_ca;\n"
                                  "        ssl_verify_depth 5;\n",
    [GH_CERTIFICATES_REQUIRED] = "        ssl_verify_client on;\n"
                                 "        ssl_verify_depth 5;\n"
                                 "        ssl_client_certificate <data>/edge/ca/listener-<listener>.pem;\n",
};
static const char tls13_template[] = "        ssl_protocols TLSv1.3;\n";

static const char location_template[] = "        location / {\n"
                                        "            gatehouse_serve;\n"
                                        "        }\n"
                                        "        location @gh_management {\n"
                                        "            client_max_body_size <management_body>;\n"
                                        "            client_body_buffer_size 128k;\n"
                                        "            proxy_read_timeout 60s;\n"
                                        "            proxy_send_timeout 60s;\n"
                                        "            proxy_set_header Host gatehouse;\n"
                                        "            proxy_set_header Connection \"\";\n"
                                        "            proxy_set_header Accept-Encoding identity;\n"
                                        "            proxy_set_header Authorization $http_authorization;\n"
                                        "            proxy_set_header Content-Type $http_content_type;\n"
                                        "            proxy_set_header If-Match $http_if_match;\n"
                                        "            proxy_set_header If-None-Match $http_if_none_match;\n"
                                        "            proxy_set_header X-Request-Id $gatehouse_request_id;\n"
                                        "            proxy_set_header Gatehouse-Edge $gatehouse_edge;\n"
                                        "            proxy_set_header Gatehouse-Host $http_host;\n"
                                        "            proxy_pass http://gh_management;\n"
                                        "        }\n";

static const char backend_template[] = "        location @gh_backend {\n"
                                       "            proxy_next_upstream error timeout invalid_header non_idempotent;\n"
                                       "            proxy_read_timeout 600000ms;\n"
                                       "            proxy_send_timeout 600000ms;\n"
                                       "            proxy_set_header Host $gatehouse_host;\n"
                                       "            proxy_set_header Connection \"\";\n"
                                       "            proxy_set_header Accept-Encoding identity;\n"
                                       "            proxy_set_header Content-Type application/json;\n"
                                       "            proxy_set_header Accept $gatehouse_accept;\n"
                                       "            proxy_set_header User-Agent gatehouse;\n"
                                       "            proxy_set_header X-Request-Id $gatehouse_request_id;\n"
                                       "            proxy_set_header Authorization $gatehouse_authorization;\n"
                                       "            proxy_set_header api-key $gatehouse_api_key;\n"
                                       "            proxy_set_header x-api-key $gatehouse_x_api_key;\n"
                                       "            proxy_set_header anthropic-version $gatehouse_anthropic_version;\n"
                                       "            proxy_ssl_name $gatehouse_tls_name;\n"
                                       "            proxy_ssl_session_reuse off;\n"
                                       "            proxy_pass https://gh_backends;\n"
                                       "        }\n"
                                       "    }\n";

struct render {
    struct gh_buf *out;
    const struct gh_render_env *env;
    struct gh_err *err;
};

static bool
is_of_class(struct gh_str s, enum class class)
{
    if (s.n == 0 || s.n > classes[class].max)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool is_alnum = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!is_alnum && gh_str_chr(gh_str_z(classes[class].extra), c) == SIZE_MAX)
            return false;
    }
    return true;
}

static const struct value *
value_find(const struct value *values, size_t n, struct gh_str name)
{
    for (size_t i = 0; i < n; i++)
        if (gh_str_eq(gh_str_z(values[i].name), name))
            return &values[i];
    return NULL;
}

/* Appends a template. A placeholder without a value is a fault of this file; a value outside its class is a fault of a row. */
static enum gh_rc
fill(struct render *r, const char *template, const struct value *values, size_t n)
{
    struct gh_str rest = gh_str_z(template), text, name;

    while (gh_str_cut(&text, &rest, '<')) {
        gh_buf_put(r->out, text);
        if (rest.p == NULL)
            break;
        const struct value *v = gh_str_cut(&name, &rest, '>') ? value_find(values, n, name) : NULL;
        if (v == NULL)
            return gh_fail(r->err, GH_BUG, 0, "render: placeholder without a value");
        if (!is_of_class(v->text, v->class))
            return gh_fail(r->err, GH_BAD, 0, classes[v->class].what);
        gh_buf_put(r->out, v->text);
    }
    return r->out->rc == GH_OK ? GH_OK : gh_fail(r->err, r->out->rc, 0, "render: text is too long");
}

/* A number as text, in `mem` of 24 bytes. */
static struct gh_str
number(char *mem, uint64_t v)
{
    struct gh_buf b;

    gh_buf_init_fixed(&b, mem, 24);
    gh_buf_put_u64(&b, v);
    return gh_buf_str(&b);
}

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static enum gh_rc
render_head(struct render *r)
{
    char workers[24], files[24], body[24];
    const struct gh_render_env *env = r->env;
    const struct value v[] = {
        {"module", env->module, PATH},
        {"master", env->single_process ? GH_STR("off") : GH_STR("on"), WORD},
        {"workers", number(workers, env->workers), NUMBER},
        {"files", number(files, env->max_files), NUMBER},
        {"data", env->data, PATH},
        {"memory", env->memory, PATH},
        {"level", env->debug ? GH_STR("debug") : GH_STR("notice"), WORD},
        {"body", number(body, GH_BODY_BYTES_MAX), NUMBER},
        {"system_ca", env->system_ca.n > 0 ? env->system_ca : GH_STR("/etc/ssl/certs/ca-certificates.crt"), PATH},
    };
    enum gh_rc rc;

    if (env->workers == 0 || env->workers > 256)
        return gh_fail(r->err, GH_BAD, 0, "render: number of workers");
    if ((rc = fill(r, main_template, v, COUNT(v))) != GH_OK)
        return rc;
    if (env->max_files > 0 && (rc = fill(r, files_template, v, COUNT(v))) != GH_OK)
        return rc;
    return fill(r, http_template, v, COUNT(v));
}

/* An address as `listen` wants it. */
static struct gh_str
bracketed(char *mem, size_t n, struct gh_str ip)
{
    bool is_v6 = gh_str_chr(ip, ':') != SIZE_MAX;
    struct gh_buf b;

    gh_buf_init_fixed(&b, mem, n);
    gh_buf_putz(&b, is_v6 ? "[" : "");
    gh_buf_put(&b, ip);
    gh_buf_putz(&b, is_v6 ? "]" : "");
    return gh_buf_str(&b);
}

static enum gh_rc
render_listen(struct render *r, const struct gh_snap_rec *row, const struct value *v, size_t n)
{
    uint64_t port = gh_snap_u64(row, GH_LISTENER_PORT), certificates = gh_snap_u64(row, GH_LISTENER_CERTIFICATES);
    bool is_proxied = gh_snap_u64(row, GH_LISTENER_PROXY_MODE) == GH_PROXY_PROTOCOL;
    struct gh_str ip = gh_snap_str(row, GH_LISTENER_ADDRESS);
    enum gh_rc rc;

    if (gh_snap_u64(row, GH_LISTENER_IS_UNIX) != 0)
        return fill(r, unix_template, v, n);
    if (!is_of_class(ip, IP))
        return gh_fail(r->err, GH_BAD, 0, classes[IP].what);
    if (port == 0 || port > 65535)
        return gh_fail(r->err, GH_BAD, 0, "render: port of a listener");
    if (certificates >= COUNT(certificates_templates))
        return gh_fail(r->err, GH_BAD, 0, "render: client certificates of a listener");
    if ((rc = fill(r, is_proxied ? proxied_template : tcp_template, v, n)) != GH_OK ||
        (rc = fill(r, certificates_templates[certificates], v, n)) != GH_OK)
        return rc;
    return gh_snap_u64(row, GH_LISTENER_TLS_MIN) == 13 ? fill(r, tls13_template, v, n) : GH_OK;
}

static enum gh_rc
render_server(struct render *r, struct gh_str listener, const struct gh_snap_rec *row)
{
    char port_mem[24], body_mem[24], ip_mem[64];
    enum gh_rc rc;

    const struct value v[] = {
        {"ip", bracketed(ip_mem, sizeof(ip_mem), gh_snap_str(row, GH_LISTENER_ADDRESS)), ENDPOINT},
        {"port", number(port_mem, gh_snap_u64(row, GH_LISTENER_PORT)), NUMBER},
        {"listener", listener, NAME},
        {"data", r->env->data, PATH},
        {"management_body", number(body_mem, GH_MANAGEMENT_BODY_BYTES_MAX), NUMBER},
    };
    if ((rc = render_listen(r, row, v, COUNT(v))) != GH_OK || (rc = fill(r, server_template, v, COUNT(v))) != GH_OK)
        return rc;
    if ((rc = fill(r, location_template, v, COUNT(v))) != GH_OK)
        return rc;
    return fill(r, backend_template, NULL, 0);
}

enum gh_rc
gh_render_conf(struct gh_buf *out, const struct gh_snap *snap, const struct gh_render_env *env, struct gh_err *err)
{
    struct render r = {out, env, err};
    struct gh_snap_rec row;
    struct gh_str listener;
    size_t it = 0, n = 0;
    enum gh_rc rc;

    if ((rc = render_head(&r)) != GH_OK || (rc = fill(&r, backends_template, NULL, 0)) != GH_OK)
        return rc;
    while (gh_snap_each(&row, &listener, &it, snap, GH_SNAP_LISTENER)) {
        if (env->may_listen != NULL && !env->may_listen(env->ctx, listener, &row))
            continue;
        if ((rc = render_server(&r, listener, &row)) != GH_OK)
            return rc;
        n++;
    }
    if (n == 0)
        return gh_fail(err, GH_BAD, 0, "render: no listener");
    gh_buf_putz(out, "}\n");
    return out->rc == GH_OK ? GH_OK : gh_fail(err, out->rc, 0, "render: text is too long");
}

bool
gh_render_client_ca(struct gh_str *listener, struct gh_str *pem, size_t *it, const struct gh_snap *snap)
{
    struct gh_snap_rec row;

    while (gh_snap_each(&row, listener, it, snap, GH_SNAP_LISTENER)) {
        *pem = gh_snap_str(&row, GH_LISTENER_CLIENT_CA);
        if (pem->n > 0 && is_of_class(*listener, NAME))
            return true;
    }
    return false;
}
