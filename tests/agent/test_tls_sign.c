#include "agent/tls_sign.h"

#include "fetch/key.h"
#include "fetch/tls_scheme.h"
#include "base/cleanup.h"
#include "store/key.h"
#include "tests/swtpm.h"

#include <openssl/rsa.h>
#include <string.h>

#define BLANKS16 "                "
#define BLANKS64 BLANKS16 BLANKS16 BLANKS16 BLANKS16
#define LINE     "TLS 1.3, client CertificateVerify"
#define HASH32   "0123456789abcdef0123456789abcdef"
#define TEXT(t)  t, sizeof(t) - 1

/* A ClientHello of 100 bytes, and what is behind it. */
#define HELLO  "\x01\x00\x00\x64\x03\x03" HASH32 HASH32 HASH32 "ab"
#define SERVER "\x02\x00\x00\x04wxyz"
#define DONE   "\x0e\x00\x00\x00"
#define KEY    "\x10\x00\x00\x02kk"

static const struct {
    const char *content;
    size_t len;
    bool allowed;
} contents[] = {
    {TEXT(BLANKS64 LINE "\0" HASH32), true},
    {TEXT(BLANKS64 LINE "\0" HASH32 "0123456789abcdef"), true},
    {TEXT(HELLO SERVER DONE KEY), true},
    {TEXT(""), false},
    {TEXT(BLANKS64), false},
    {TEXT(BLANKS64 LINE "\0"), false},
    {TEXT(BLANKS64 LINE "\0"
                        "0123456789abcdef"),
     false},
    {TEXT(BLANKS64 LINE " " HASH32), false},
    {TEXT(BLANKS64 "TLS 1.3, server CertificateVerify\0" HASH32), false},
    {TEXT(BLANKS16 BLANKS16 BLANKS16 "               x" LINE "\0" HASH32), false},
    {TEXT(BLANKS64 LINE "\0" HASH32 HASH32 HASH32), false},
    {TEXT(HELLO), false},                        /* nothing behind it */
    {TEXT(HELLO SERVER), false},                 /* not the client's turn */
    {TEXT(HELLO SERVER DONE), false},            /* nor here */
    {TEXT(HELLO SERVER DONE KEY "and"), false},  /* what is no message */
    {TEXT(HELLO SERVER DONE KEY "mail"), false}, /* one that is not all there */
    {TEXT(HELLO SERVER DONE "\x10\x00"), false}, /* its length is not */
    {TEXT(HELLO SERVER DONE "\x10\xff\xff\xff" HASH32), false},
    {TEXT(HELLO SERVER KEY "attack at dawn" KEY), false},
    {TEXT(HELLO "\x0bSERVER"), false}, /* another message behind it */
    {TEXT("\x01\xff\xff\xff\x03\x03" HASH32 HASH32 HASH32), false},
    {TEXT("\x01\x00\x00\x64\x03\x01" HASH32 HASH32 HASH32 SERVER), false},
    {TEXT("\x31\x82\x00\x64\x03\x03" HASH32 HASH32 HASH32), false}, /* CMS attributes */
    {TEXT("\x30\x82\x00\x64\x03\x03" HASH32 HASH32 HASH32), false}, /* a request, a certificate */
    {TEXT(HASH32), false},
};

static EVP_PKEY *rsa, *ec;

static void make_keys(void)
{
    rsa = EVP_RSA_gen(2048);
    ec = EVP_EC_gen("P-256");
}

static void free_keys(void)
{
    EVP_PKEY_free(rsa);
    EVP_PKEY_free(ec);
}

START_TEST(signs_a_handshake_and_nothing_else)
{
    autobuf content = {0}, signature = {0};
    struct err err = {0};
    ck_assert_int_eq(buf_add(&content, contents[_i].content, contents[_i].len, &err), 0);
    ck_assert_int_eq(tls_sign_allows(&content), contents[_i].allowed);
    int rc = tls_sign(ec, "ecdsa_sha256", &content, &signature, &err);
    ck_assert_int_eq(rc, contents[_i].allowed ? 0 : -ERR_DENIED);
    ck_assert_int_eq(signature.len > 0, contents[_i].allowed);
}
END_TEST

static const struct {
    const char *name;
    bool rsa, ec;
} schemes[] = {
    {"rsa_pkcs1_sha256", true, false}, {"rsa_pkcs1_sha512", true, false},
    {"rsa_pss_sha256", true, false},   {"rsa_pss_sha384", true, false},
    {"ecdsa_sha256", false, true},     {"ecdsa_sha384", false, true},
    {"rsa_pkcs1_sha1", false, false},  {"", false, false},
    {"RSA_PSS_SHA256", false, false},
};

static int sign_by(EVP_PKEY *key, const char *scheme)
{
    autobuf content = {0}, signature = {0};
    ck_assert_int_eq(buf_add(&content, TEXT(HELLO SERVER DONE KEY), NULL), 0);
    return tls_sign(key, scheme, &content, &signature, NULL);
}

START_TEST(signs_by_the_schemes_of_the_key)
{
    ck_assert_int_eq(sign_by(rsa, schemes[_i].name), schemes[_i].rsa ? 0 : -ERR_BUG);
    ck_assert_int_eq(sign_by(ec, schemes[_i].name), schemes[_i].ec ? 0 : -ERR_BUG);
}
END_TEST

/* --- a key in a TPM --- */

static const struct {
    bool ec;
    unsigned size;
    const char *scheme;
} tpm_keys[] = {{true, 256, "ecdsa_sha256"},
                {true, 384, "ecdsa_sha384"},
                {false, 2048, "rsa_pkcs1_sha256"},
                {false, 2048, "rsa_pss_sha256"}};

START_TEST(a_tpm_signs)
{
    SWTPM(swtpm);
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    autobuf content = {0}, signature = {0};
    struct err err = {0};
    ck_assert_msg(tpm_generate(tpm_keys[_i].ec, tpm_keys[_i].size, &key, &err) == 0, "%s",
                  err.text);
    ck_assert_int_eq(buf_add(&content, TEXT(BLANKS64 LINE "\0" HASH32), NULL), 0);
    int rc = tls_sign(key, tpm_keys[_i].scheme, &content, &signature, &err);
    /* The salt of PSS is up to the TPM; when it is of no use, that is said. */
    ck_assert_msg(rc == 0 || (strstr(tpm_keys[_i].scheme, "pss") && strstr(err.text, "salt")),
                  "%d %s", rc, err.text);
    ck_assert_int_eq(signature.len > 0, rc == 0);
}
END_TEST

/* --- the other end: a key for OpenSSL that asks --- */

struct asked {
    EVP_PKEY *key;
    unsigned times;
    bool refuses;
};

static int on_sign(void *context, const char *scheme, const void *content, size_t len,
                   struct buf *ret, struct err *err)
{
    struct asked *asked = context;
    autobuf copy = {0};
    asked->times++;
    ck_assert_int_eq(buf_add(&copy, content, len, err), 0);
    return asked->refuses ? err_set(err, ERR_DENIED, "no")
                          : tls_sign(asked->key, scheme, &copy, ret, err);
}

static EVP_PKEY *public_of(EVP_PKEY *key)
{
    unsigned char *der = NULL;
    int len = i2d_PUBKEY(key, &der);
    const unsigned char *at = der;
    EVP_PKEY *public = d2i_PUBKEY(NULL, &at, len);
    OPENSSL_free(der);
    return public;
}

DEFINE_CLEANUP(EVP_MD_CTX *, EVP_MD_CTX_free)

/* As libssl does it. */
static bool sign_through(EVP_PKEY *key, EVP_PKEY *public, bool pss, const char *digest)
{
    unsigned char signature[512];
    size_t len = sizeof signature;
    const uint8_t text[] = BLANKS64 LINE "\0" HASH32;
    EVP_PKEY_CTX *options = NULL;
    CLEANUP(EVP_MD_CTX_free_p) EVP_MD_CTX *made = EVP_MD_CTX_new();
    CLEANUP(EVP_MD_CTX_free_p) EVP_MD_CTX *checked = EVP_MD_CTX_new();
    if (EVP_DigestSignInit_ex(made, &options, digest, NULL, NULL, key, NULL) <= 0 ||
        (pss && (EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) <= 0 ||
                 EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) <= 0)) ||
        EVP_DigestSign(made, signature, &len, text, sizeof text - 1) <= 0)
        return false;
    ck_assert_int_gt(EVP_DigestVerifyInit_ex(checked, &options, digest, NULL, NULL, public, NULL),
                     0);
    if (pss) {
        EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING);
        EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST);
    }
    ck_assert_int_eq(EVP_DigestVerify(checked, signature, len, text, sizeof text - 1), 1);
    return true;
}

static const struct {
    bool rsa, pss;
    const char *digest;
} ways[] = {{true, false, "SHA256"}, {true, true, "SHA256"},   {true, true, "SHA384"},
            {true, false, "SHA512"}, {false, false, "SHA256"}, {false, false, "SHA384"}};

START_TEST(a_key_that_asks_is_a_key)
{
    struct asked asked = {.key = ways[_i].rsa ? rsa : ec};
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *public = public_of(asked.key), *key = NULL;
    struct err err = {0};
    ck_assert_int_eq(fetch_key_make(public, on_sign, &asked, &key, &err), 0);
    ck_assert_int_eq(EVP_PKEY_get_bits(key), EVP_PKEY_get_bits(public));
    ck_assert_int_eq(EVP_PKEY_get_size(key), EVP_PKEY_get_size(public));
    ck_assert_int_eq(EVP_PKEY_eq(public, key), 1);
    ck_assert_int_eq(EVP_PKEY_eq(key, public), 1);
    ck_assert_int_ne(EVP_PKEY_eq(key, ways[_i].rsa ? ec : rsa), 1);
    ck_assert(sign_through(key, public, ways[_i].pss, ways[_i].digest));
    ck_assert_uint_eq(asked.times, 1);
    asked.refuses = true;
    ck_assert(!sign_through(key, public, ways[_i].pss, ways[_i].digest));
    ck_assert(!sign_through(key, public, ways[_i].pss, "SHA1"));
    ck_assert_uint_eq(asked.times, 2);
    /* OpenSSL's own keys are what they were. */
    ck_assert(sign_through(asked.key, public, ways[_i].pss, ways[_i].digest));
    ck_assert_uint_eq(asked.times, 2);
}
END_TEST

Suite *tls_sign_suite(void)
{
    Suite *suite = suite_create("agent/tls_sign");
    TCase *tc = tcase_create("tls_sign");
    tcase_add_unchecked_fixture(tc, make_keys, free_keys);
    tcase_add_loop_test(tc, signs_a_handshake_and_nothing_else, 0, LENGTH(contents));
    tcase_add_loop_test(tc, signs_by_the_schemes_of_the_key, 0, LENGTH(schemes));
    tcase_add_loop_test(tc, a_tpm_signs, 0, LENGTH(tpm_keys));
    tcase_add_loop_test(tc, a_key_that_asks_is_a_key, 0, LENGTH(ways));
    suite_add_tcase(suite, tc);
    return suite;
}
