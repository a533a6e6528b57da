#include "store/key.h"

#include "tests/suite.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <string.h>

static const struct {
    bool ec;
    unsigned size;
    int rc;
} sizes[] = {
    {true, 256, 0},
    {true, 384, 0},
    {true, 521, 0},
    {false, 1024, 0},
    {false, 2048, 0},
    {true, 0, -ERR_CONFIG},
    {true, 255, -ERR_CONFIG},
    {true, 512, -ERR_CONFIG},
    {true, 2048, -ERR_CONFIG},
    {false, 0, -ERR_CONFIG},
    {false, 256, -ERR_CONFIG},
    {false, 1023, -ERR_CONFIG},
    {false, 1u << 30, -ERR_CONFIG},
};

START_TEST(generates_and_comes_back)
{
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *again = NULL;
    autobuf pem = {0};
    struct err err = {0};
    ck_assert_int_eq(key_generate(sizes[_i].ec, sizes[_i].size, &key, &err), sizes[_i].rc);
    if (sizes[_i].rc < 0) {
        ck_assert_ptr_null(key);
        return;
    }
    ck_assert_int_eq(EVP_PKEY_bits(key), sizes[_i].size);
    ck_assert_int_eq(key_to_pem(key, &pem, &err), 0);
    ck_assert(strncmp(buf_text(&pem), "-----BEGIN PRIVATE KEY-----\n", 28) == 0);
    ck_assert_msg(key_from_pem(&pem, &again, &err) == 0, "%s", err.text);
    ck_assert_int_eq(EVP_PKEY_eq(key, again), 1);
    ck_assert_str_eq(EVP_PKEY_get0_type_name(again), sizes[_i].ec ? "EC" : "RSA");
}
END_TEST

/* Certificates for the tables below, made once. */
static char *key_text, *encrypted_text, *pkcs1_text, *ed25519_text, *cert_text;
static struct buf cert_der;

static char *taken(BIO *bio)
{
    char *p;
    long len = BIO_get_mem_data(bio, &p);
    char *text = strndup(p, (size_t)len);
    BIO_free(bio);
    return text;
}

static X509 *make_certificate(EVP_PKEY *key)
{
    X509 *cert = X509_new();
    X509_set_version(cert, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
                               (const unsigned char *)"test", -1, -1, 0);
    X509_set_issuer_name(cert, X509_get_subject_name(cert));
    ASN1_TIME_set_string(X509_getm_notBefore(cert), "20200101000000Z");
    ASN1_TIME_set_string(X509_getm_notAfter(cert), "20400101000000Z");
    X509_set_pubkey(cert, key);
    ck_assert_int_gt(X509_sign(cert, key, EVP_sha256()), 0);
    return cert;
}

static void make_texts(void)
{
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *rsa = EVP_RSA_gen(1024);
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *edwards = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    CLEANUP(X509_free_p) X509 *cert = make_certificate(rsa);
    BIO *bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PKCS8PrivateKey(bio, rsa, NULL, NULL, 0, NULL, NULL);
    key_text = taken(bio);
    bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PKCS8PrivateKey(bio, rsa, EVP_aes_128_cbc(), "secret", 6, NULL, NULL);
    encrypted_text = taken(bio);
    bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey_traditional(bio, rsa, EVP_aes_128_cbc(), (unsigned char *)"secret", 6,
                                         NULL, NULL);
    pkcs1_text = taken(bio);
    bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PKCS8PrivateKey(bio, edwards, NULL, NULL, 0, NULL, NULL);
    ed25519_text = taken(bio);
    bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(bio, cert);
    cert_text = taken(bio);
    unsigned char *der = NULL;
    int len = i2d_X509(cert, &der);
    ck_assert_int_eq(buf_add(&cert_der, der, (size_t)len, NULL), 0);
    OPENSSL_free(der);
}

static void free_texts(void)
{
    char *const texts[] = {key_text, encrypted_text, pkcs1_text, ed25519_text, cert_text};
    for (size_t i = 0; i < LENGTH(texts); i++)
        free(texts[i]);
    buf_free(&cert_der);
}

/* TEXT with every %k, %e, ... replaced by the texts above. */
static void expand(const char *text, struct buf *ret)
{
    for (; *text; text++) {
        const char *part = text[0] != '%'   ? NULL
                           : text[1] == 'k' ? key_text
                           : text[1] == 'e' ? encrypted_text
                           : text[1] == 't' ? pkcs1_text
                           : text[1] == '5' ? ed25519_text
                                            : cert_text;
        ck_assert_int_eq(part ? buf_add_text(ret, part, NULL) : buf_add(ret, text, 1, NULL), 0);
        text += part != NULL;
    }
}

static const char empty_block[] = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n";
static const char junk_block[] = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

static const struct {
    const char *text;
    const char *key_error; /* what the error of key_from_pem() says; NULL: it succeeds */
    const char *cert_error;
} inputs[] = {
    {"", "none", "holds no certificate"},
    {"\n \n", "none", "holds no certificate"},
    {"hello", "none", "holds no certificate"},
    {"%k", NULL, "holds a PRIVATE KEY"},
    {"some words\n%k\n\n", NULL, "holds a PRIVATE KEY"},
    {"%k%k", "more behind", "holds a PRIVATE KEY"},
    {"%kx", "more behind", "holds a PRIVATE KEY"},
    {"%e", "ENCRYPTED PRIVATE KEY", "ENCRYPTED"},
    {"%t", "RSA PRIVATE KEY", "RSA PRIVATE KEY"},
    {"%5", "RSA or EC", "PRIVATE KEY"},
    {"%c", "CERTIFICATE", NULL},
    {"# my root\n%c\n", "CERTIFICATE", NULL},
    {"%c%c", "CERTIFICATE", "more than one"},
    {"%c\n\n%c%c\n", "CERTIFICATE", "more than one"},
    {"%c%k", "CERTIFICATE", "more than one"},
    {"%c<html>", "CERTIFICATE", "more than one"},
    {"%c%c%c%c%c%c%c%c%c%c%c%c%c%c%c%c", "CERTIFICATE", "more than one"},
    {"%c%c%c%c%c%c%c%c%c%c%c%c%c%c%c%c%c", "CERTIFICATE", "more than one"},
    {"-----BEGIN CERTIFICATE-----\nMIIB", "a private key in PEM: ", "a certificate in PEM: "},
    {"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "RSA or EC", "PRIVATE"},
    {"-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n", "", ""},
    {empty_block, "", ""},
    {junk_block, "", ""},
};

static void assert_error(int rc, const struct err *err, const char *expected, const char *text)
{
    ck_assert_msg(expected ? rc < 0 && strstr(err->text, expected) : rc == 0, "%.60s: %d %s", text,
                  rc, err->text);
    ck_assert_uint_eq(ERR_peek_error(), 0);
}

START_TEST(reads_pem)
{
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    CLEANUP(X509_free_p) X509 *cert = NULL;
    autobuf pem = {0}, again = {0};
    struct err err = {0};
    expand(inputs[_i].text, &pem);
    int rc = key_from_pem(&pem, &key, &err);
    assert_error(rc, &err, inputs[_i].key_error, inputs[_i].text);
    rc = certificate_from_pem(&pem, &cert, &err);
    assert_error(rc, &err, inputs[_i].cert_error, inputs[_i].text);
    if (cert) {
        ck_assert_int_eq(certificate_to_pem(cert, &again, &err), 0);
        ck_assert_str_eq(buf_text(&again), cert_text);
    }
}
END_TEST

START_TEST(writes_a_chain)
{
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *chain = sk_X509_new_null();
    autobuf one = {0}, pem = {0}, twice = {0};
    X509 *cert = NULL;
    ck_assert_int_eq(chain_to_pem(chain, &pem, NULL), 0);
    ck_assert_uint_eq(pem.len, 0);
    ck_assert_int_eq(buf_add_text(&one, cert_text, NULL), 0);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(certificate_from_pem(&one, &cert, NULL), 0);
        ck_assert(sk_X509_push(chain, cert));
        ck_assert_int_eq(buf_add_text(&twice, cert_text, NULL), 0);
    }
    ck_assert_int_eq(chain_to_pem(chain, &pem, NULL), 0);
    ck_assert_str_eq(buf_text(&pem), buf_text(&twice));
}
END_TEST

static const struct {
    size_t cut, more; /* bytes taken away from the DER, and added behind it */
    bool good;
} ders[] = {
    {0, 0, true},  {1, 0, false},   {100, 0, false},
    {0, 1, false}, {0, 400, false}, {0, 2000000, false},
};

START_TEST(reads_der)
{
    CLEANUP(X509_free_p) X509 *cert = NULL;
    autobuf der = {0};
    struct err err = {0};
    ck_assert_int_eq(buf_add(&der, cert_der.data, cert_der.len - ders[_i].cut, NULL), 0);
    for (size_t i = 0; i < ders[_i].more; i++)
        ck_assert_int_eq(buf_add(&der, "\0", 1, NULL), 0);
    int rc = certificate_parse(&der, "root.cer", &cert, &err);
    ck_assert_msg((rc == 0) == ders[_i].good, "%s", err.text);
    if (rc < 0)
        ck_assert_msg(strncmp(err.text, "root.cer: ", 10) == 0, "%s", err.text);
}
END_TEST

START_TEST(parses_either)
{
    static const char *const bad[] = {"", "0", "0\x82\xff\xff", "\x80", "<html>", "\xff\xfe-"};
    CLEANUP(X509_free_p) X509 *cert = NULL;
    autobuf pem = {0};
    struct err err = {0};
    expand("%c", &pem);
    ck_assert_msg(certificate_parse(&pem, "x", &cert, &err) == 0, "%s", err.text);
    for (size_t i = 0; i < LENGTH(bad); i++) {
        buf_clear(&pem);
        ck_assert_int_eq(buf_add_text(&pem, bad[i], NULL), 0);
        X509 *none = NULL;
        ck_assert_int_eq(certificate_parse(&pem, "x", &none, &err), -ERR_CONFIG);
        ck_assert_ptr_null(none);
    }
}
END_TEST

START_TEST(tells_the_reasons)
{
    struct err err = {0};
    ERR_clear_error();
    ck_assert_int_eq(openssl_error(&err, ERR_RETRY, "doing it"), -ERR_RETRY);
    ck_assert_str_eq(err.text, "doing it: OpenSSL gave no reason");
    for (int i = 0; i < 100; i++) /* more than fits: cut, not overrun */
        ERR_raise_data(ERR_LIB_PEM, PEM_R_BAD_DECRYPT, "piece %d of a long story", i);
    ck_assert_int_eq(openssl_error(&err, ERR_DENIED, "doing it"), -ERR_DENIED);
    ck_assert_ptr_nonnull(strstr(err.text, "doing it: bad decrypt (piece "));
    ck_assert_uint_eq(ERR_peek_error(), 0);
}
END_TEST

Suite *key_suite(void)
{
    Suite *suite = suite_create("store/key");
    TCase *tc = tcase_create("key");
    tcase_add_unchecked_fixture(tc, make_texts, free_texts);
    tcase_add_loop_test(tc, generates_and_comes_back, 0, LENGTH(sizes));
    tcase_add_loop_test(tc, reads_pem, 0, LENGTH(inputs));
    tcase_add_test(tc, writes_a_chain);
    tcase_add_loop_test(tc, reads_der, 0, LENGTH(ders));
    tcase_add_test(tc, parses_either);
    tcase_add_test(tc, tells_the_reasons);
    suite_add_tcase(suite, tc);
    return suite;
}
