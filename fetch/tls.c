#include "fetch/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

DEFINE_CLEANUP(BIO *, BIO_free_all)
DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free)
DEFINE_CLEANUP(X509 *, X509_free)

static int reason(struct err *err, const char *what)
{
    const char *text = ERR_reason_error_string(ERR_peek_last_error());
    return err_set(err, ERR_CONFIG, "%s: %s", what, text ? text : "OpenSSL gave no reason");
}

/* Besides what is there already: the system's. */
static int add_roots(SSL_CTX *context, const struct buf *roots, struct err *err)
{
    X509_STORE *store = SSL_CTX_get_cert_store(context);
    const uint8_t *at = roots->data;
    const uint8_t *end = roots->len ? at + roots->len : at;
    while (at < end) {
        CLEANUP(X509_free_p) X509 *root = d2i_X509(NULL, &at, end - at);
        if (!root || !X509_STORE_add_cert(store, root))
            return reason(err, "the profile's root");
    }
    return 0;
}

/* What OpenSSL makes of it says nothing. */
static int on_sign(void *context, const char *scheme, const void *content, size_t len,
                   struct buf *ret, struct err *err)
{
    struct fetch_tls *tls = context;
    int rc = tls->signer(tls->context, scheme, content, len, ret, err);
    if (rc < 0)
        err_set(&tls->err, err->class, "tls-certificate: %s", err->text);
    return rc;
}

static int use_key(SSL_CTX *context, struct fetch_tls *tls, struct err *err)
{
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    EVP_PKEY *public = X509_get0_pubkey(SSL_CTX_get0_certificate(context));
    if (!public)
        return reason(err, "the key of the certificate for TLS");
    int rc = fetch_key_make(public, on_sign, tls, &key, err);
    if (rc == 0 && SSL_CTX_use_PrivateKey(context, key) != 1)
        return reason(err, "the key of the certificate for TLS");
    return rc;
}

static int use_certificate(SSL_CTX *context, struct fetch_tls *tls, struct err *err)
{
    const struct buf *pem = &tls->request->certificate;
    CLEANUP(BIO_free_all_p) BIO *bio = BIO_new_mem_buf(pem->data, (int)pem->len);
    CLEANUP(X509_free_p) X509 *leaf = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
    if (!leaf || SSL_CTX_use_certificate(context, leaf) != 1)
        return reason(err, "the certificate for TLS");
    for (X509 *more; (more = PEM_read_bio_X509(bio, NULL, NULL, NULL));)
        if (SSL_CTX_add0_chain_cert(context, more) != 1) {
            X509_free(more);
            return reason(err, "the chain of the certificate for TLS");
        }
    ERR_clear_error(); /* that there are no more */
    return use_key(context, tls, err);
}

/* The name for people, as far as there is room. */
static void print_name(const X509_NAME *name, char *ret, size_t size)
{
    CLEANUP(BIO_free_all_p) BIO *bio = BIO_new(BIO_s_mem());
    char *text;
    *ret = 0;
    if (!bio || X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) < 0)
        return;
    long len = BIO_get_mem_data(bio, &text);
    snprintf(ret, size, "%.*s", (int)len, text);
}

static bool is_untrusted(int error)
{
    return error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
           error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT ||
           error == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE ||
           error == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT ||
           error == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN;
}

static void note_fault(X509_STORE_CTX *verified, struct fetch_tls *tls)
{
    int error = X509_STORE_CTX_get_error(verified);
    X509 *at = X509_STORE_CTX_get_current_cert(verified);
    char name[200] = "";
    const char *text = X509_verify_cert_error_string(error);
    if (at)
        print_name(is_untrusted(error) ? X509_get_issuer_name(at) : X509_get_subject_name(at), name,
                   sizeof name);
    if (is_untrusted(error))
        snprintf(tls->fault, sizeof tls->fault,
                 "%s: its issuer \"%s\" chains to neither the profile's root nor one of this "
                 "machine's; have the server send its whole chain, or add that root as a "
                 "[trusted-root] with store = system",
                 text, name);
    else if (error == X509_V_ERR_CERT_HAS_EXPIRED || error == X509_V_ERR_CERT_NOT_YET_VALID)
        snprintf(tls->fault, sizeof tls->fault,
                 "%s: \"%s\"; have the server's certificate renewed, or set this machine's clock",
                 text, name);
    else
        snprintf(tls->fault, sizeof tls->fault, "%s: \"%s\"", text, name);
}

static int on_verify(X509_STORE_CTX *chain, void *context)
{
    int good = X509_verify_cert(chain);
    if (good <= 0)
        note_fault(chain, context);
    return good;
}

static int on_certificate_wanted(SSL *ssl, void *context)
{
    (void)ssl;
    ((struct fetch_tls *)context)->wanted = true;
    return 1;
}

/* libcurl has made its own settings, and connects after this. */
static CURLcode on_context(CURL *curl, void *ssl_context, void *data)
{
    struct fetch_tls *tls = data;
    SSL_CTX *context = ssl_context;
    (void)curl;
    ERR_clear_error();
    SSL_CTX_set_cert_verify_callback(context, on_verify, tls);
    SSL_CTX_set_cert_cb(context, on_certificate_wanted, tls);
    int rc = add_roots(context, &tls->request->roots, &tls->err);
    if (rc == 0 && tls->request->certificate.len)
        rc = use_certificate(context, tls, &tls->err);
    ERR_clear_error();
    return rc < 0 ? CURLE_ABORTED_BY_CALLBACK : CURLE_OK;
}

int fetch_tls_set(CURL *curl, const struct fetch_request *request, struct fetch_tls *tls,
                  struct err *err)
{
    *tls = (struct fetch_tls){.signer = tls->signer, .context = tls->context, .request = request};
    CURLcode rc = curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(curl, CURLOPT_SSL_CTX_FUNCTION, on_context);
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(curl, CURLOPT_SSL_CTX_DATA, tls);
    /* Some servers that want certificates stumble over sessions that are taken up again. */
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(curl, CURLOPT_SSL_SESSIONID_CACHE, 0L);
#if LIBCURL_VERSION_NUM >= 0x075700
    /* A store that libcurl keeps would come in place of the one with the profile's roots. */
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(curl, CURLOPT_CA_CACHE_TIMEOUT, 0L);
#endif
    return rc == CURLE_OK ? 0
                          : err_set(err, ERR_CONFIG,
                                    "this libcurl does not speak TLS through OpenSSL: install the "
                                    "one that does");
}

/* The other side has hung up, and may have said why. */
static int explain_end(const struct fetch_tls *tls, const char *text, struct err *err)
{
    if (strstr(text, "protocol version") || strstr(text, "unsupported protocol"))
        return err_set(err, ERR_CONFIG, "%s: it speaks no TLS 1.2 or later; have it updated", text);
    if (strstr(text, "unsafe legacy renegotiation"))
        return err_set(err, ERR_CONFIG,
                       "%s: it knows no secure renegotiation (RFC 5746); have it updated", text);
    if (!tls->wanted)
        return 0;
    /* Without an alert, which a reset takes away, it may be something else. */
    return err_set(err, strstr(text, "alert") ? ERR_CONFIG : ERR_RETRY, "%s: %s", text,
                   tls->request->certificate.len
                       ? "it may not take the certificate that tls-certificate names"
                       : "it wants a certificate of who asks; name one with tls-certificate");
}

int fetch_tls_explain(const struct fetch_tls *tls, CURLcode rc, const char *text, struct err *err)
{
    if (tls->err.class)
        return err_set(err, tls->err.class, "%s", tls->err.text);
    if (tls->fault[0])
        return err_set(err, ERR_CONFIG, "the certificate of its server: %s", tls->fault);
    if (rc == CURLE_PEER_FAILED_VERIFICATION)
        return err_set(err, ERR_CONFIG, "%s; ask it by a name that its certificate has", text);
    return rc == CURLE_OPERATION_TIMEDOUT || rc == CURLE_PARTIAL_FILE ? 0
                                                                      : explain_end(tls, text, err);
}
