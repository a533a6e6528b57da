#include "import/signature.h"

#include "tests/import/imported.h"

#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <string.h>

DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free)
DEFINE_CLEANUP(X509 *, X509_free)
DEFINE_CLEANUP(BIO *, BIO_free_all)
DEFINE_CLEANUP(CMS_ContentInfo *, CMS_ContentInfo_free)

/* A certificate of CN=NAME with its key. */
static X509 *make_signer(const char *name, EVP_PKEY **ret_key)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    X509_NAME *subject = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const uint8_t *)name, -1, -1, 0);
    X509_set_issuer_name(certificate, subject);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    ck_assert_int_gt(X509_sign(certificate, key, EVP_sha256()), 0);
    *ret_key = key;
    return certificate;
}

static void to_der(CMS_ContentInfo *cms, struct buf *ret)
{
    uint8_t *der = NULL;
    int n = i2d_CMS_ContentInfo(cms, &der);
    ck_assert_int_gt(n, 0);
    buf_add(ret, der, (size_t)n, NULL);
    OPENSSL_free(der);
}

static void sign(const void *data, size_t len, const char *name, unsigned flags, struct buf *ret)
{
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    CLEANUP(X509_free_p) X509 *certificate = make_signer(name, &key);
    CLEANUP(BIO_free_all_p) BIO *in = BIO_new_mem_buf(data, (int)len);
    CLEANUP(CMS_ContentInfo_free_p)
    CMS_ContentInfo *cms = CMS_sign(certificate, key, NULL, in, CMS_BINARY | flags);
    ck_assert_ptr_nonnull(cms);
    to_der(cms, ret);
}

static void unwrap(const struct buf *der, int rc, const char *text)
{
    autobuf content = {0}, signer = {0};
    struct err err = {0};
    int got = signature_unwrap(der->data, der->len, &content, &signer, &err);
    ck_assert_msg(got == rc, "%d %s", got, err.text);
    ck_assert_msg(strstr(rc ? err.text : buf_text(&signer), text), "%s %s", err.text,
                  buf_text(&signer));
}

START_TEST(signed_profile)
{
    static const struct import_options options = {.files = true};
    CLEANUP(imported_end) struct imported plain;
    CLEANUP(imported_end) struct imported imported;
    autobuf file = {0}, der = {0};
    sample_read("user.mobileconfig", &file);
    sign(file.data, file.len, "Contoso MDM\nevil", 0, &der);
    import_bytes(file.data, file.len, &options, &plain);
    import_bytes(der.data, der.len, &options, &imported);
    ck_assert_msg(imported.rc == 0, "%s", imported.err.text);
    ck_assert_ptr_nonnull(strstr(buf_text(&imported.text), "note: signed by CN=Contoso MDM"));
    ck_assert_uint_eq(imported.result.n, plain.result.n + 1);
    for (size_t i = 0; i < plain.result.n; i++)
        ck_assert(buf_equal(&plain.result.v[i].data, &imported.result.v[i + 1].data));
}
END_TEST

START_TEST(changed_after_it_was_signed)
{
    autobuf der = {0};
    sign("<plist>content to be found</plist>", 34, "A", 0, &der);
    unwrap(&der, 0, "CN=A");
    uint8_t *at = memmem(der.data, der.len, "content", 7);
    ck_assert_ptr_nonnull(at);
    *at = 'C';
    unwrap(&der, -ERR_CONFIG, "changed after it was signed");
}
END_TEST

START_TEST(other_kinds_of_cms)
{
    CLEANUP(BIO_free_all_p) BIO *in = BIO_new_mem_buf("x", 1);
    CLEANUP(CMS_ContentInfo_free_p) CMS_ContentInfo *data = CMS_data_create(in, 0);
    autobuf detached = {0}, plain = {0}, none = {0};
    sign("x", 1, "A", CMS_DETACHED, &detached);
    unwrap(&detached, -ERR_CONFIG, "a signature alone");
    to_der(data, &plain);
    unwrap(&plain, -ERR_CONFIG, "no SignedData");
    buf_add(&none, "0\x03\x02\x01\x05", 5, NULL);
    unwrap(&none, -ERR_CONFIG, "neither XML nor CMS");
}
END_TEST

/* A signature inside a signature is none of a profile. */
START_TEST(signed_twice)
{
    static const struct import_options options = {0};
    CLEANUP(imported_end) struct imported imported;
    autobuf once = {0}, twice = {0};
    sign("<plist/>", 8, "A", 0, &once);
    sign(once.data, once.len, "B", 0, &twice);
    import_bytes(twice.data, twice.len, &options, &imported);
    ck_assert_int_eq(imported.rc, -ERR_CONFIG);
}
END_TEST

START_TEST(cut_off)
{
    autobuf der = {0};
    sign("<plist/>", 8, "A", 0, &der);
    for (size_t len = 0; len < der.len; len++) {
        struct buf part = {.data = der.data, .len = len};
        autobuf content = {0}, signer = {0};
        struct err err;
        ck_assert_int_eq(signature_unwrap(part.data, part.len, &content, &signer, &err),
                         -ERR_CONFIG);
    }
}
END_TEST

Suite *signature_suite(void)
{
    Suite *suite = suite_create("import/signature");
    TCase *tc = tcase_create("signature");
    tcase_add_test(tc, signed_profile);
    tcase_add_test(tc, changed_after_it_was_signed);
    tcase_add_test(tc, other_kinds_of_cms);
    tcase_add_test(tc, signed_twice);
    tcase_add_test(tc, cut_off);
    suite_add_tcase(suite, tc);
    return suite;
}
