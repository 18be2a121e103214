/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/doctor: can the gate be walked around? Calls every backend from where it runs, not through the gateway: without a credential, and, if
 * the operator gives one, with a caller's. Both must fail. And prints the rules that close the way: only the gateway's addresses reach the
 * backends' ports. A caller's credential is sent nowhere unless --credential-file says so: a backend might keep it.
 */
#include <curl/curl.h>
#include <fcntl.h>

#include "cli/objects.h"
#include "cli/tree.h"
#include "control/publish/url.h"
#include "host/host.h"
#include "policy/egress.h"

#define TIMEOUT_MS     5000L
#define CREDENTIAL_MAX 16384
#define GATEWAYS_MAX   16

enum verdict { NOT_RUN, UNREACHABLE, REFUSED, UNDECIDED, OPEN };
static const char *const verdict_names[] = {"not run", "unreachable", "refused", "undecided", "open"};

struct probe {
    enum verdict verdict;
    long status;
};

/* ---- one call around the gate ---- */

static size_t
drop(char *p, size_t size, size_t n, void *ctx)
{
    (void)p;
    (void)ctx;
    return size * n;
}

/* The certificate is looked at only where something secret is sent: without it, whoever answers is worth knowing. */
static CURLcode
set_options(CURL *c, const char *url, const struct curl_slist *headers, const char *ca_pem, bool has_credential)
{
    const struct curl_blob ca = {
        .data = (void *)(uintptr_t)ca_pem, .len = ca_pem == NULL ? 0 : strlen(ca_pem), .flags = CURL_BLOB_COPY};
    CURLcode rc = CURLE_OK;
#define SET(option, value) rc = rc == CURLE_OK ? curl_easy_setopt(c, option, value) : rc
    SET(CURLOPT_URL, url);
    SET(CURLOPT_PROTOCOLS_STR, "https,http");
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_NOPROXY, "*");
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_TIMEOUT_MS, TIMEOUT_MS);
    SET(CURLOPT_SSL_VERIFYPEER, has_credential ? 1L : 0L);
    SET(CURLOPT_SSL_VERIFYHOST, has_credential ? 2L : 0L);
    SET(CURLOPT_USERAGENT, "gatehouse-doctor");
    SET(CURLOPT_WRITEFUNCTION, drop);
    if (headers != NULL)
        SET(CURLOPT_HTTPHEADER, headers);
    if (has_credential && ca.len > 0)
        SET(CURLOPT_CAINFO_BLOB, &ca);
#undef SET
    return rc;
}

static struct probe
probe(const char *url, const char *ca_pem, const char *credential)
{
    struct probe p = {.verdict = NOT_RUN};
    struct curl_slist *headers = NULL;
    char line[CREDENTIAL_MAX + 32];
    CURL *c = curl_easy_init();

    if (c == NULL)
        return p;
    if (credential != NULL && snprintf(line, sizeof(line), "Authorization: Bearer %s", credential) < (int)sizeof(line))
        headers = curl_slist_append(NULL, line);
    if ((credential == NULL || headers != NULL) && set_options(c, url, headers, ca_pem, credential != NULL) == CURLE_OK) {
        CURLcode rc = curl_easy_perform(c);
        (void)curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &p.status);
        bool is_refused = p.status == 401 || p.status == 403;
        p.verdict = rc != CURLE_OK ? UNREACHABLE : p.status >= 200 && p.status < 300 ? OPEN : is_refused ? REFUSED : UNDECIDED;
    }
    gh_wipe(line, sizeof(line));
    curl_slist_free_all(headers);
    curl_easy_cleanup(c);
    return p;
}

/* ---- the installation's backends ---- */

static int
find_backends(json_t *all, struct gh_access *x)
{
    gh_auto_json *workspaces = json_array();
    const json_t *ws;
    size_t i;
    int status = gh_cli_objects_list_all(workspaces, x, "/workspaces");

    json_array_foreach(workspaces, i, ws)
    {
        char path[256];
        const char *id = json_string_value(json_object_get(ws, "id"));
        if (status != GH_EXIT_DONE || id == NULL)
            break;
        (void)snprintf(path, sizeof(path), "%s/backends", id);
        status = gh_cli_objects_list_all(all, x, path);
    }
    return status;
}

static const char *
property(const json_t *backend, const char *name)
{
    return json_string_value(json_object_get(json_object_get(backend, "properties"), name));
}

/* ---- --bypass ---- */

static json_t *
told(struct probe p)
{
    return json_pack("{s:s, s:I}", "result", verdict_names[p.verdict], "status", (json_int_t)p.status);
}

static int
read_credential(struct gh_str *out, struct gh_arena *a, const struct gh_cli *c)
{
    const char *file = gh_cli_value(c, GH_OPTION_CREDENTIAL_FILE);

    *out = (struct gh_str){NULL, 0};
    if (file == NULL)
        return GH_EXIT_DONE;
    if (gh_file_read(out, a, AT_FDCWD, file, CREDENTIAL_MAX) != GH_OK)
        return gh_cli_fail(GH_EXIT_UNABLE, "the credential cannot be read", file, NULL);
    while (out->n > 0 && (out->p[out->n - 1] == '\n' || out->p[out->n - 1] == '\r'))
        out->n--;
    return gh_arena_dup(out, a, *out) == GH_OK ? GH_EXIT_DONE : gh_cli_fail(GH_EXIT_UNABLE, "no memory", NULL, NULL);
}

static bool
look_at(json_t *out, const json_t *backend, const char *credential, bool is_json)
{
    const char *id = json_string_value(json_object_get(backend, "id")), *url = property(backend, "url");
    char path[2048];

    if (id == NULL || url == NULL || snprintf(path, sizeof(path), "%s/models", url) >= (int)sizeof(path))
        return false;
    struct probe without = probe(path, NULL, NULL), with = {.verdict = NOT_RUN};
    if (credential != NULL)
        with = probe(path, property(backend, "caCertificate"), credential);
    bool is_open = without.verdict == OPEN || with.verdict == OPEN;
    (void)json_array_append_new(out, json_pack("{s:s, s:s, s:o, s:o, s:b}", "backend", id, "url", url, "withoutCredential",
                                         told(without), "withCredential", told(with), "finding", is_open));
    if (!is_json)
        printf("%-7s  %s  %s: without a credential %s, with a caller's %s\n", is_open ? "FINDING" : "ok", id, url,
            verdict_names[without.verdict], verdict_names[with.verdict]);
    return is_open;
}

static int
bypass(const struct gh_cli *c, const json_t *backends)
{
    gh_auto_arena a;
    gh_auto_json *out = json_array();
    bool is_json = gh_cli_objects_format(c, GH_FORMAT_TABLE) == GH_FORMAT_JSON;
    struct gh_str credential;
    const json_t *b;
    size_t i, n_findings = 0;

    gh_arena_init(&a, gh_heap(), 1 << 20);
    a.is_secret = true;
    int status = read_credential(&credential, &a, c);
    if (status != GH_EXIT_DONE)
        return status;
    json_array_foreach(backends, i, b) n_findings += look_at(out, b, credential.p, is_json);
    if (is_json)
        gh_cli_objects_print(out, GH_FORMAT_JSON);
    if (n_findings > 0)
        gh_cli_note("a backend answers those who do not come through the gateway; see gatehouse doctor --print", NULL);
    return n_findings > 0 ? GH_EXIT_REFUSED : GH_EXIT_DONE;
}

/* ---- --print ---- */

struct place {
    const char *name; /* last part of the backend's id */
    uint16_t port;
};

struct gateways {
    const char *at[GATEWAYS_MAX];
    size_t n;
};

static void
print_addresses(const struct gateways *g, bool v6)
{
    const char *comma = "";

    for (size_t i = 0; i < g->n; i++)
        if ((strchr(g->at[i], ':') != NULL) == v6) {
            printf("%s%s", comma, g->at[i]);
            comma = ", ";
        }
}

static bool
has_family(const struct gateways *g, bool v6)
{
    for (size_t i = 0; i < g->n; i++)
        if ((strchr(g->at[i], ':') != NULL) == v6)
            return true;
    return false;
}

/* For the backend's machine: nft -f FILE. */
static void
print_nftables(const struct gateways *g, const struct place *p)
{
    static const struct {
        bool is_v6;
        const char *family, *match;
    } families[] = {{false, "ipv4", "ip saddr"}, {true, "ipv6", "ip6 saddr"}};

    printf("# on the machine of backend %s\ntable inet gatehouse_%u {\n    chain input {\n        type filter hook input priority "
           "filter; "
           "policy accept;\n",
        p->name, (unsigned)p->port);
    for (size_t i = 0; i < 2; i++) {
        if (has_family(g, families[i].is_v6)) {
            printf("        tcp dport %u %s { ", (unsigned)p->port, families[i].match);
            print_addresses(g, families[i].is_v6);
            printf(" } accept\n");
        }
    }
    printf("        tcp dport %u drop\n    }\n}\n", (unsigned)p->port);
}

static void
print_kubernetes(const struct gateways *g, const struct place *p)
{
    printf(
        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: gatehouse-%s\nspec:\n  podSelector:\n    "
        "matchLabels:\n      app: \"%s\"\n  policyTypes: [Ingress]\n  ingress:\n    - from:\n",
        p->name, p->name);
    for (size_t i = 0; i < g->n; i++)
        printf("        - ipBlock:\n            cidr: \"%s/%d\"\n", g->at[i], strchr(g->at[i], ':') != NULL ? 128 : 32);
    printf("      ports:\n        - protocol: TCP\n          port: %u\n", (unsigned)p->port);
}

/* Two rules of a network security group, as an ARM template's securityRules takes them. */
static void
print_nsg(const struct gateways *g, const struct place *p)
{
    gh_auto_json *rules = json_array(), *sources = json_array();

    for (size_t i = 0; i < g->n; i++)
        (void)json_array_append_new(sources, json_string(g->at[i]));
    for (int is_deny = 0; is_deny < 2; is_deny++) {
        char name[128], port[8];
        (void)snprintf(name, sizeof(name), "%s-%s", is_deny ? "deny-others" : "allow-gatehouse", p->name);
        (void)snprintf(port, sizeof(port), "%u", (unsigned)p->port);
        json_t *properties = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:i}", "access", is_deny ? "Deny" : "Allow", "direction",
            "Inbound", "protocol", "Tcp", "sourcePortRange", "*", "destinationPortRange", port, "destinationAddressPrefix", "*",
            "priority", is_deny ? 210 : 200);
        if (is_deny)
            (void)json_object_set_new(properties, "sourceAddressPrefix", json_string("*"));
        else
            (void)json_object_set(properties, "sourceAddressPrefixes", sources);
        (void)json_array_append_new(rules, json_pack("{s:s, s:o}", "name", name, "properties", properties));
    }
    gh_cli_objects_print(rules, GH_FORMAT_JSON);
}

static const struct {
    const char *name;
    void (*print)(const struct gateways *g, const struct place *p);
} forms[] = {{"nftables", print_nftables}, {"kubernetes", print_kubernetes}, {"nsg", print_nsg}};

static int
read_gateways(struct gateways *g, const struct gh_cli *c)
{
    uint8_t ip[16];

    g->n = 0;
    for (const char *v; g->n < GATEWAYS_MAX && (v = gh_cli_nth(c, GH_OPTION_GATEWAY, g->n)) != NULL; g->n++) {
        if (gh_ip_read(ip, gh_str_z(v)) != GH_OK)
            return gh_cli_fail(GH_EXIT_UNABLE, "not an address", v, NULL);
        g->at[g->n] = v;
    }
    return g->n > 0 ? GH_EXIT_DONE
                    : gh_cli_fail(
                          GH_EXIT_UNABLE, "rules need the addresses from which the gateway calls", NULL, "give --gateway ADDRESS");
}

static int
print_rules(const struct gh_cli *c, const json_t *backends, const char *form)
{
    struct gateways g;
    const json_t *b;
    size_t i, f = 0;
    int status = read_gateways(&g, c);

    while (f < sizeof(forms) / sizeof(forms[0]) && strcmp(forms[f].name, form) != 0)
        f++;
    if (status != GH_EXIT_DONE)
        return status;
    if (f == sizeof(forms) / sizeof(forms[0]))
        return gh_cli_fail(GH_EXIT_UNABLE, "no such form of rules", form, "nftables, kubernetes or nsg");
    json_array_foreach(backends, i, b)
    {
        const char *id = json_string_value(json_object_get(b, "id")), *url = property(b, "url");
        struct gh_url u;
        if (id == NULL || url == NULL || gh_url_read(&u, gh_str_z(url), NULL) != GH_OK)
            continue;
        const char *slash = strrchr(id, '/');
        forms[f].print(&g, &(struct place){slash == NULL ? id : slash + 1, u.port});
    }
    return GH_EXIT_DONE;
}

int
gh_cli_doctor(struct gh_cli *c)
{
    gh_auto_access *x = NULL;
    gh_auto_json *backends = json_array();
    const char *form = gh_cli_value(c, GH_OPTION_PRINT);
    int status;

    if (form == NULL && !gh_cli_has(c, GH_OPTION_BYPASS))
        return gh_cli_fail(GH_EXIT_UNABLE, "what shall be looked at?", NULL, "give --bypass, or --print FORM");
    if ((status = gh_access_open(&x, c)) != GH_EXIT_DONE || (status = find_backends(backends, x)) != GH_EXIT_DONE)
        return status == GH_EXIT_DONE ? GH_EXIT_DONE : GH_EXIT_UNABLE;
    return form != NULL ? print_rules(c, backends, form) : bypass(c, backends);
}
