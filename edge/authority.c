/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include <openssl/pem.h>

#include "base/codec.h"

/*
 * TLS contexts of backends that name certificate authorities of their own. They come out of the snapshot when one is first dialled, and are
 * kept for as long as the row says the same; what nginx was configured with stands for all others. A context lives on in the connections
 * that were opened with it.
 */

#define SLOTS 256
#define DEPTH 5

typedef struct {
    char upstream[NGX_HTTP_GATEHOUSE_UPSTREAM_BYTES];
    char *pem;
    size_t n;
    SSL_CTX *ctx;
} slot_t;

static slot_t slots[SLOTS];

static void
clear(slot_t *s)
{
    SSL_CTX_free(s->ctx);
    ngx_free(s->pem);
    ngx_memzero(s, sizeof(*s));
}

void
ngx_http_gatehouse_authority_exit(void)
{
    for (size_t i = 0; i < SLOTS; i++)
        clear(&slots[i]);
}

/* Every certificate of the bundle; there must be one. */
static ngx_int_t
trust(SSL_CTX *ctx, struct gh_str pem)
{
    BIO *bio = pem.n > INT_MAX ? NULL : BIO_new_mem_buf(pem.p, (int)pem.n);
    X509_STORE *store = SSL_CTX_get_cert_store(ctx);
    ngx_uint_t n = 0;

    ERR_clear_error();
    for (X509 *x; bio != NULL && (x = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL; X509_free(x))
        n += X509_STORE_add_cert(store, x) == 1;
    ERR_clear_error(); /* the reader ends with "no start line" */
    BIO_free(bio);
    return n > 0 ? NGX_OK : NGX_ERROR;
}

static SSL_CTX *
make(struct gh_str pem)
{
    ngx_ssl_t ssl = {.log = ngx_cycle->log};

    if (ngx_ssl_create(&ssl, NGX_SSL_TLSv1_2 | NGX_SSL_TLSv1_3, NULL) != NGX_OK)
        return NULL;
    if (trust(ssl.ctx, pem) == NGX_OK) {
        SSL_CTX_set_verify(ssl.ctx, SSL_VERIFY_PEER, NULL);
        SSL_CTX_set_verify_depth(ssl.ctx, DEPTH);
        return ssl.ctx;
    }
    SSL_CTX_free(ssl.ctx);
    return NULL;
}

SSL_CTX *
ngx_http_gatehouse_authority(const char upstream[NGX_HTTP_GATEHOUSE_UPSTREAM_BYTES], struct gh_str pem)
{
    slot_t *s = &slots[gh_crc32c(0, gh_str(upstream, NGX_HTTP_GATEHOUSE_UPSTREAM_BYTES)) % SLOTS];

    if (s->ctx != NULL && s->n == pem.n && ngx_memcmp(s->upstream, upstream, sizeof(s->upstream)) == 0 &&
        ngx_memcmp(s->pem, pem.p, pem.n) == 0)
        return s->ctx;
    clear(s);
    if ((s->pem = ngx_alloc(pem.n, ngx_cycle->log)) == NULL || (s->ctx = make(pem)) == NULL) {
        clear(s);
        return NULL;
    }
    ngx_memcpy(s->pem, pem.p, pem.n);
    ngx_memcpy(s->upstream, upstream, sizeof(s->upstream));
    s->n = pem.n;
    return s->ctx;
}
