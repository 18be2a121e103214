/* SPDX-License-Identifier: Apache-2.0 */
#include "control/rest/pem.h"

#include <limits.h>

#include <openssl/err.h>
#include <openssl/pem.h>

/* PEM_read skips what it does not know, so private keys and stray text are looked for first. */
static bool
has_only_certificate_marks(struct gh_str pem)
{
    size_t n = 0, at = 0, next;
    struct gh_str rest = pem;
    while ((next = gh_str_find(rest, GH_STR("-----BEGIN "))) != SIZE_MAX) {
        at = next + sizeof("-----BEGIN ") - 1;
        rest = gh_str_sub(rest, at, rest.n);
        if (!gh_str_starts(rest, GH_STR("CERTIFICATE-----")))
            return false;
        n++;
    }
    return n > 0;
}

bool
gh_pem_is_certificates(struct gh_str pem)
{
    if (pem.n > INT_MAX || !has_only_certificate_marks(pem))
        return false;
    BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
    X509 *cert = NULL;
    size_t n = 0;
    while (bio != NULL && (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
        X509_free(cert);
        n++;
    }
    bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    BIO_free(bio);
    return n > 0 && at_end;
}
