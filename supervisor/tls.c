/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/tls.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "host/host.h"
#include "ipc/layout.h"

#define DAY         86400L
#define CA_DAYS     3650
#define SERVER_DAYS 824 /* and one day before now, for clocks that are behind: 825 */
#define RENEW_DAYS  30
#define PEM_MAX     65536

struct pair {
    X509 *cert;
    EVP_PKEY *key;
};

static void
pair_fini(struct pair *p)
{
    X509_free(p->cert);
    EVP_PKEY_free(p->key);
    p->cert = NULL;
    p->key = NULL;
}
#define auto_pair __attribute__((cleanup(pair_fini))) struct pair

static void
bio_fini(BIO **b)
{
    BIO_free_all(*b); /* a memory BIO of the secure kind wipes itself */
}
#define auto_bio __attribute__((cleanup(bio_fini))) BIO

/* --- what is there --- */

static BIO *
read_pem(struct gh_arena *a, const struct gh_house *h, const char *path)
{
    struct gh_str pem;

    if (gh_file_read(&pem, a, h->fd, path, PEM_MAX) != GH_OK)
        return NULL;
    return BIO_new_mem_buf(pem.p, (int)pem.n);
}

/* Both halves, and they belong together; nothing in *out otherwise. */
static bool
load(struct pair *out, const struct gh_house *h, const char *cert_path, const char *key_path)
{
    gh_auto_arena a;

    gh_arena_init(&a, gh_heap(), 4 * PEM_MAX);
    a.is_secret = true;
    auto_bio *cert = read_pem(&a, h, cert_path);
    auto_bio *key = read_pem(&a, h, key_path);
    if (cert == NULL || key == NULL)
        return false;
    out->cert = PEM_read_bio_X509(cert, NULL, NULL, NULL);
    out->key = PEM_read_bio_PrivateKey(key, NULL, NULL, NULL);
    if (out->cert != NULL && out->key != NULL && X509_check_private_key(out->cert, out->key) == 1)
        return true;
    pair_fini(out);
    return false;
}

static bool
lasts(const X509 *cert)
{
    time_t soon = time(NULL) + RENEW_DAYS * DAY;

    return X509_cmp_time(X509_get0_notAfter(cert), &soon) > 0;
}

static bool
is_any(const struct gh_listen *l)
{
    return strcmp(l->host, "0.0.0.0") == 0 || strcmp(l->host, "::") == 0;
}

static bool
is_server_good(const struct pair *server, const struct pair *ca, const struct gh_listen *listen)
{
    return server->cert != NULL && lasts(server->cert) && X509_verify(server->cert, ca->key) == 1 &&
           (is_any(listen) || X509_check_ip_asc(server->cert, listen->host, 0) == 1);
}

/* --- what is made --- */

static bool
add_ext(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;

    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    bool is_added = e != NULL && X509_add_ext(cert, e, -1) == 1;
    X509_EXTENSION_free(e);
    return is_added;
}

/* 159 random bits: positive, and unique without a register of serials (CA/Browser Forum baseline requirements 7.1). */
static bool
set_serial(X509 *cert)
{
    unsigned char raw[20];
    BIGNUM *n;

    gh_random(raw, sizeof(raw));
    raw[0] &= 0x7f;
    n = BN_bin2bn(raw, sizeof(raw), NULL);
    bool is_set = n != NULL && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert)) != NULL;
    BN_free(n);
    return is_set;
}

static bool
begin(struct pair *out, const char *name, long days)
{
    out->key = EVP_EC_gen("P-256");
    out->cert = X509_new();
    if (out->key == NULL || out->cert == NULL || X509_set_version(out->cert, X509_VERSION_3) != 1 || !set_serial(out->cert))
        return false;
    X509_NAME *subject = X509_get_subject_name(out->cert);
    const unsigned char *cn = (const unsigned char *)name;
    return X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, cn, -1, -1, 0) == 1 &&
           X509_gmtime_adj(X509_getm_notBefore(out->cert), -DAY) != NULL &&
           X509_gmtime_adj(X509_getm_notAfter(out->cert), days * DAY) != NULL && X509_set_pubkey(out->cert, out->key) == 1;
}

static bool
make_ca(struct pair *out, const struct gh_house *h)
{
    char name[64];

    (void)snprintf(name, sizeof(name), "Gatehouse local authority %.8s", h->installation);
    return begin(out, name, CA_DAYS) && X509_set_issuer_name(out->cert, X509_get_subject_name(out->cert)) == 1 &&
           add_ext(out->cert, out->cert, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
           add_ext(out->cert, out->cert, NID_key_usage, "critical,keyCertSign,cRLSign") &&
           add_ext(out->cert, out->cert, NID_subject_key_identifier, "hash") && X509_sign(out->cert, out->key, EVP_sha256()) != 0;
}

/* Names of the demo's surfaces, loopback, and the address that it listens on (all addresses: this machine's name instead). */
static void
put_names(struct gh_buf *b, const struct gh_listen *listen)
{
    char host[256] = "";

    gh_buf_putz(
        b, "DNS:localhost,DNS:gatehouse.localhost,DNS:*.gatehouse.localhost,DNS:*.vault.gatehouse.localhost,IP:127.0.0.1,IP:::1");
    if (!is_any(listen)) {
        gh_buf_putz(b, ",IP:");
        gh_buf_putz(b, listen->host);
    } else if (gethostname(host, sizeof(host) - 1) == 0 && host[0] != '\0' &&
               strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") == strlen(host)) {
        gh_buf_putz(b, ",DNS:");
        gh_buf_putz(b, host);
    }
    gh_buf_putc(b, '\0');
}

static bool
make_server(struct pair *out, const struct pair *ca, const struct gh_listen *listen)
{
    char mem[600];
    struct gh_buf names;

    gh_buf_init_fixed(&names, mem, sizeof(mem));
    put_names(&names, listen);
    return names.rc == GH_OK && begin(out, "gatehouse.localhost", SERVER_DAYS) &&
           X509_set_issuer_name(out->cert, X509_get_subject_name(ca->cert)) == 1 &&
           add_ext(out->cert, ca->cert, NID_basic_constraints, "critical,CA:FALSE") &&
           add_ext(out->cert, ca->cert, NID_key_usage, "critical,digitalSignature") &&
           add_ext(out->cert, ca->cert, NID_ext_key_usage, "serverAuth") &&
           add_ext(out->cert, ca->cert, NID_subject_key_identifier, "hash") &&
           add_ext(out->cert, ca->cert, NID_authority_key_identifier, "keyid") &&
           add_ext(out->cert, ca->cert, NID_subject_alt_name, mem) && X509_sign(out->cert, ca->key, EVP_sha256()) != 0;
}

/* --- files --- */

static bool
save_bio(const struct gh_house *h, const char *path, BIO *pem, enum gh_owner owner, mode_t mode)
{
    const struct gh_file_owner o = {.uid = h->owners.of[owner].uid, .gid = h->owners.of[owner].gid, .mode = mode};
    char *p;
    long n = BIO_get_mem_data(pem, &p);

    return n > 0 && gh_file_replace_as(h->fd, path, &o, gh_str(p, (size_t)n)) == GH_OK;
}

/* The key first: a certificate without its key is what `load` refuses, and the next start mends. */
static bool
save(const struct gh_house *h, const struct pair *p, const char *cert_path, const char *key_path, enum gh_owner owner,
    mode_t cert_mode)
{
    auto_bio *key = BIO_new(BIO_s_secmem());
    auto_bio *cert = BIO_new(BIO_s_mem());

    return key != NULL && cert != NULL && PEM_write_bio_PrivateKey(key, p->key, NULL, NULL, 0, NULL, NULL) == 1 &&
           PEM_write_bio_X509(cert, p->cert) == 1 && save_bio(h, key_path, key, owner, 0600) &&
           save_bio(h, cert_path, cert, owner, cert_mode);
}

enum gh_rc
gh_tls_ensure(bool *is_new, const struct gh_house *h, const struct gh_listen *listen, bool is_forced, struct gh_house_err *err)
{
    auto_pair ca = {0};
    auto_pair server = {0};

    *is_new = is_forced;
    if (!load(&ca, h, GH_LAYOUT_CA, GH_LAYOUT_CA_KEY) || !lasts(ca.cert)) {
        pair_fini(&ca);
        if (!make_ca(&ca, h) || !save(h, &ca, GH_LAYOUT_CA, GH_LAYOUT_CA_KEY, GH_OWNER_SELF, 0644)) {
            (void)gh_house_fail_errno(err, "the certificate authority cannot be made", GH_LAYOUT_CA);
            return GH_DOWN;
        }
        *is_new = true;
    }
    if (!*is_new && load(&server, h, GH_LAYOUT_CERT, GH_LAYOUT_CERT_KEY) && is_server_good(&server, &ca, listen))
        return GH_OK;
    pair_fini(&server);
    if (!make_server(&server, &ca, listen) || !save(h, &server, GH_LAYOUT_CERT, GH_LAYOUT_CERT_KEY, GH_OWNER_EDGE, 0600)) {
        (void)gh_house_fail_errno(err, "the certificate cannot be made", GH_LAYOUT_CERT);
        return GH_DOWN;
    }
    *is_new = true;
    return GH_OK;
}
