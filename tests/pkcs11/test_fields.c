#include "pkcs11/fields.h"

#include "tests/pkcs11/issue.h"
#include "tests/suite.h"

static EVP_PKEY *const *const keys[] = {&issue_keys.rsa, &issue_keys.ec256, &issue_keys.ec384,
                                        &issue_keys.ec521};

START_TEST(reads_what_openssl_reads)
{
    EVP_PKEY *key = *keys[_i];
    CLEANUP(fields_free) struct fields fields = issue_fields(key, "alice", "digitalSignature");
    const uint8_t *p = fields.der.data;
    CLEANUP(X509_free_p) X509 *x509 = d2i_X509(NULL, &p, (long)fields.der.len);
    uint8_t hash[32];

    ck_assert_int_eq(X509_NAME_cmp(fields.subject, X509_get_subject_name(x509)), 0);
    ck_assert_int_eq(X509_NAME_cmp(fields.issuer, X509_get_issuer_name(x509)), 0);
    ck_assert_int_eq(ASN1_INTEGER_cmp(fields.serial, X509_get0_serialNumber(x509)), 0);
    ck_assert_int_eq(ASN1_STRING_cmp(fields.not_after, X509_get0_notAfter(x509)), 0);
    ck_assert_int_eq(ASN1_STRING_cmp(fields.not_before, X509_get0_notBefore(x509)), 0);
    ck_assert_int_eq(X509_digest(x509, EVP_sha256(), hash, NULL), 1);
    ck_assert_mem_eq(fields.fingerprint, hash, sizeof hash);
    ck_assert_int_eq(fields.key, _i == 0 ? FIELDS_RSA : FIELDS_EC);

    unsigned char *ours = NULL, *theirs = NULL;
    int ours_len = fields_spki_der(&fields, &ours);
    int theirs_len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x509), &theirs);
    ck_assert_int_eq(ours_len, theirs_len);
    ck_assert_mem_eq(ours, theirs, (size_t)theirs_len);
    OPENSSL_free(ours);
    OPENSSL_free(theirs);
    for (size_t i = 0; i < LENGTH(keys); i++)
        ck_assert_int_eq(fields_match(&fields, *keys[i]), i == (size_t)_i);
}
END_TEST

static const struct usage_row {
    bool rsa;
    const char *usage;
    bool sign, decrypt;
} usage_rows[] = {
    {true, NULL, true, true},
    {true, "digitalSignature", true, false},
    {true, "keyEncipherment", false, true},
    {true, "digitalSignature,keyEncipherment", true, true},
    {true, "nonRepudiation", true, false},
    {true, "dataEncipherment", false, true},
    {true, "keyCertSign,cRLSign", false, false},
    {false, NULL, true, false},
    {false, "keyAgreement", false, false},
    {false, "critical,digitalSignature,keyEncipherment", true, false},
};

START_TEST(reads_key_usage)
{
    const struct usage_row *row = &usage_rows[_i];
    EVP_PKEY *key = row->rsa ? issue_keys.rsa : issue_keys.ec256;
    CLEANUP(fields_free) struct fields fields = issue_fields(key, "alice", row->usage);
    ck_assert_int_eq(fields.may_sign, row->sign);
    ck_assert_int_eq(fields.may_decrypt, row->decrypt);
}
END_TEST

START_TEST(other_keys_are_other)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    CLEANUP(fields_free) struct fields fields = issue_fields(key, "alice", NULL);
    ck_assert_int_eq(fields.key, FIELDS_OTHER);
    ck_assert(!fields_match(&fields, key));
    EVP_PKEY_free(key);
}
END_TEST

#define BEGIN "-----BEGIN CERTIFICATE-----\n"
#define END   "-----END CERTIFICATE-----\n"

static const char *const rubbish[] = {
    "",
    "rubbish",
    BEGIN,
    BEGIN END,
    BEGIN "AAAA\n" END,
    BEGIN "MAA=\n" END,
    BEGIN "MAQwADAA\n" END,
    BEGIN "!!!!\n" END,
    "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n",
};

START_TEST(refuses_rubbish)
{
    CLEANUP(fields_free) struct fields fields = {0};
    autobuf text = text_buf(rubbish[_i]);
    struct err err = {0};
    ck_assert_int_eq(fields_from_pem(&text, "cert.pem", &fields, &err), -ERR_CONFIG);
    ck_assert_msg(strncmp(err.text, "cert.pem", 8) == 0, "%s", err.text);
    ck_assert_ptr_null(fields.parsed);
}
END_TEST

/* Every prefix, and every byte changed: read or refused, never worse. */
START_TEST(survives_every_damage)
{
    CLEANUP(fields_free) struct fields whole = issue_fields(*keys[_i], "alice", "keyAgreement");
    for (size_t i = 0; i <= whole.der.len; i++) {
        CLEANUP(fields_free) struct fields fields = {0};
        autobuf der = {0};
        ck_assert_int_eq(buf_add(&der, whole.der.data, i, NULL), 0);
        int rc = fields_from_der(&der, "x", &fields, NULL);
        ck_assert_int_eq(rc == 0, i == whole.der.len);
    }
    for (size_t i = 0; i < whole.der.len; i++)
        for (unsigned bit = 0; bit < 8; bit++) {
            CLEANUP(fields_free) struct fields fields = {0};
            autobuf der = {0};
            ck_assert_int_eq(buf_add(&der, whole.der.data, whole.der.len, NULL), 0);
            der.data[i] ^= (uint8_t)(1 << bit);
            if (fields_from_der(&der, "x", &fields, NULL) == 0) {
                unsigned char *spki = NULL;
                fields_match(&fields, issue_keys.rsa);
                fields_spki_der(&fields, &spki);
                OPENSSL_free(spki);
            }
        }
}
END_TEST

START_TEST(reads_chains)
{
    static const struct {
        size_t n;
        int rc;
    } rows[] = {
        {0, 0}, {1, 0}, {3, 0}, {FIELDS_CHAIN_MAX, 0}, {FIELDS_CHAIN_MAX + 1, -ERR_RESOURCE}};
    autobuf one = {0};
    ck_assert_int_eq(certificate_to_pem(issue_keys.ca_certificate, &one, NULL), 0);
    for (size_t i = 0; i < LENGTH(rows); i++) {
        CLEANUP(fields_chain_free) struct fields_chain chain = {0};
        autobuf all = {0};
        for (size_t j = 0; j < rows[i].n; j++)
            ck_assert_int_eq(buf_add(&all, one.data, one.len, NULL), 0);
        ck_assert_int_eq(fields_chain_from_pem(&all, "chain.pem", &chain, NULL), rows[i].rc);
        ck_assert_uint_eq(chain.n, rows[i].rc == 0 ? rows[i].n : 0);

        CLEANUP(fields_free) struct fields fields = {0};
        int rc = fields_from_pem(&all, "cert.pem", &fields, NULL);
        ck_assert_int_eq(rc == 0, rows[i].n == 1);
    }
}
END_TEST

Suite *fields_suite(void)
{
    Suite *suite = suite_create("pkcs11/fields");
    TCase *tc = tcase_create("fields");
    tcase_add_unchecked_fixture(tc, issue_setup, issue_teardown);
    tcase_add_loop_test(tc, reads_what_openssl_reads, 0, LENGTH(keys));
    tcase_add_loop_test(tc, reads_key_usage, 0, LENGTH(usage_rows));
    tcase_add_test(tc, other_keys_are_other);
    tcase_add_loop_test(tc, refuses_rubbish, 0, LENGTH(rubbish));
    tcase_add_loop_test(tc, survives_every_damage, 0, 2);
    tcase_add_test(tc, reads_chains);
    suite_add_tcase(suite, tc);
    return suite;
}
