#include "scep/csr.h"

#include "scep/print.h"

#include "tests/scep/fixture.h"
#include "tests/scep/heap.h"
#include "tests/suite.h"

#include <string.h>

static X509_REQ *build(const struct request *request, enum hash hash, const char *challenge,
                       int key)
{
    autobuf der = {0}, secret = {0};
    struct err err = {0};
    ck_assert_int_eq(buf_add_text(&secret, challenge, NULL), 0);
    ck_assert_msg(csr_build(fixture_key(key), request, hash, &secret, &der, &err) == 0, "%s",
                  err.text);
    const uint8_t *at = der.data;
    X509_REQ *csr = d2i_X509_REQ(NULL, &at, (long)der.len);
    ck_assert_ptr_nonnull(csr);
    ck_assert_ptr_eq(at, der.data + der.len);
    ck_assert_int_eq(X509_REQ_verify(csr, fixture_key(key)), 1);
    return csr;
}

static void *extension(X509_REQ *csr, int nid, int *critical)
{
    CLEANUP(extensions_free_p) STACK_OF(X509_EXTENSION) *all = X509_REQ_get_extensions(csr);
    return X509V3_get_d2i(all, nid, critical, NULL);
}

START_TEST(subjects_are_structures)
{
    CLEANUP(fixture_request_free) struct request request = {.key_usage = 1};
    fixture_ava(&request.subject, OID_DC, NAME_IA5, false, "com");
    fixture_ava(&request.subject, OID_C, NAME_PRINTABLE, false, "SE");
    fixture_ava(&request.subject, OID_OU, NAME_UTF8, false, "R+D, \"Labs\"; CN=root");
    fixture_ava(&request.subject, OID_CN, NAME_UTF8, false, "a=\xc3\xa5,CN=b/CN=c");
    fixture_ava(&request.subject, OID_EMAIL, NAME_IA5, true, "a@example.com");
    fixture_ava(&request.subject, "1.2.3.4", NAME_UTF8, false, "a_b");
    CLEANUP(X509_REQ_free_p) X509_REQ *csr = build(&request, HASH_SHA256, "", FIXTURE_RSA_A);
    const X509_NAME *name = X509_REQ_get_subject_name(csr);
    static const struct {
        int type, set;
    } wanted[] = {{V_ASN1_IA5STRING, 0},  {V_ASN1_PRINTABLESTRING, 1}, {V_ASN1_UTF8STRING, 2},
                  {V_ASN1_UTF8STRING, 3}, {V_ASN1_IA5STRING, 3},       {V_ASN1_UTF8STRING, 4}};
    ck_assert_int_eq(X509_NAME_entry_count(name), LENGTH(wanted));
    int found = 0;
    for (size_t i = 0; i < LENGTH(wanted); i++)
        for (int j = 0; j < X509_NAME_entry_count(name); j++) {
            X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, j);
            ASN1_STRING *value = X509_NAME_ENTRY_get_data(entry);
            const struct buf *put = &request.subject.v[i].value;
            if ((size_t)value->length == put->len &&
                memcmp(value->data, put->data, put->len) == 0) {
                ck_assert_int_eq(value->type, wanted[i].type);
                ck_assert_int_eq(X509_NAME_ENTRY_set(entry), wanted[i].set);
                found++;
            }
        }
    ck_assert_int_eq(found, LENGTH(wanted));
    autobuf text = {0};
    ck_assert_int_eq(print_name(name, &text, NULL), 0);
    ck_assert_ptr_nonnull(strstr(buf_text(&text), "R\\+D\\, \\\"Labs\\\"\\; CN=root"));
}
END_TEST

START_TEST(extensions_say_what_was_asked)
{
    CLEANUP(fixture_request_free) struct request request;
    fixture_request(&request);
    fixture_san(&request, SAN_DNS, "host.example.com");
    fixture_san(&request, SAN_URI, "tag:example.com,2022:sid:S-1-5");
    CLEANUP(X509_REQ_free_p) X509_REQ *csr = build(&request, HASH_SHA384, "", FIXTURE_EC_A);
    ck_assert_int_eq(X509_REQ_get_signature_nid(csr), NID_ecdsa_with_SHA384);
    int critical;

    CLEANUP(ASN1_BIT_STRING_free_p)
    ASN1_BIT_STRING *usage = extension(csr, NID_key_usage, &critical);
    ck_assert_int_eq(critical, 1);
    ck_assert_int_eq(usage->length, 1);
    ck_assert_int_eq(usage->data[0], 0xa0);

    CLEANUP(EXTENDED_KEY_USAGE_free_p)
    EXTENDED_KEY_USAGE *ekus = extension(csr, NID_ext_key_usage, &critical);
    ck_assert_int_eq(sk_ASN1_OBJECT_num(ekus), 1);
    ck_assert_int_eq(OBJ_obj2nid(sk_ASN1_OBJECT_value(ekus, 0)), NID_client_auth);

    CLEANUP(GENERAL_NAMES_free_p)
    GENERAL_NAMES *names = extension(csr, NID_subject_alt_name, &critical);
    ck_assert_int_eq(critical, 0);
    static const int kinds[] = {GEN_EMAIL, GEN_OTHERNAME, GEN_DNS, GEN_URI};
    ck_assert_int_eq(sk_GENERAL_NAME_num(names), LENGTH(kinds));
    for (int i = 0; i < (int)LENGTH(kinds); i++)
        ck_assert_int_eq(sk_GENERAL_NAME_value(names, i)->type, kinds[i]);
    OTHERNAME *upn = sk_GENERAL_NAME_value(names, 1)->d.otherName;
    ck_assert_int_eq(OBJ_obj2nid(upn->type_id), NID_ms_upn);
    ck_assert_int_eq(upn->value->type, V_ASN1_UTF8STRING);
    ck_assert_int_eq(upn->value->value.utf8string->length, (int)strlen("alice@corp.example.com"));
}
END_TEST

START_TEST(a_nameless_request_has_critical_names)
{
    CLEANUP(fixture_request_free) struct request request = {.key_usage = 1};
    fixture_san(&request, SAN_DNS, "host");
    CLEANUP(X509_REQ_free_p) X509_REQ *csr = build(&request, HASH_SHA256, "", FIXTURE_EC_A);
    int critical;
    GENERAL_NAMES_free(extension(csr, NID_subject_alt_name, &critical));
    ck_assert_int_eq(critical, 1);
    ck_assert_int_eq(X509_NAME_entry_count(X509_REQ_get_subject_name(csr)), 0);
}
END_TEST

static const struct {
    const char *challenge;
    int type; /* 0: no attribute */
} challenges[] = {
    {"", 0},
    {"1ED0DD50F7459D6E", V_ASN1_PRINTABLESTRING},
    {"open sesame (please)?", V_ASN1_PRINTABLESTRING},
    {"with_underscore", V_ASN1_UTF8STRING},
    {"p@ss*word", V_ASN1_UTF8STRING},
    {"\xc3\xa5ngstr\xc3\xb6m", V_ASN1_UTF8STRING},
};

START_TEST(challenges_have_the_simplest_type)
{
    CLEANUP(fixture_request_free) struct request request;
    fixture_request(&request);
    CLEANUP(X509_REQ_free_p)
    X509_REQ *csr = build(&request, HASH_SHA256, challenges[_i].challenge, FIXTURE_EC_A);
    int at = X509_REQ_get_attr_by_NID(csr, NID_pkcs9_challengePassword, -1);
    ck_assert_int_eq(at, challenges[_i].type ? 0 : -1); /* the first of all */
    if (at < 0)
        return;
    ASN1_TYPE *value = X509_ATTRIBUTE_get0_type(X509_REQ_get_attr(csr, at), 0);
    ck_assert_int_eq(value->type, challenges[_i].type);
    ck_assert_int_eq(value->value.asn1_string->length, (int)strlen(challenges[_i].challenge));
}
END_TEST

START_TEST(validity_is_asked_for_as_microsoft_does)
{
    static const uint8_t period[] =
        "\x30\x2c\x1e\x1c\0V\0a\0l\0i\0d\0i\0t\0y\0P\0e\0r\0i\0o\0d\x1e\x0c\0M\0o\0n\0t\0h\0s";
    CLEANUP(fixture_request_free) struct request request;
    fixture_request(&request);
    request.validity_unit = VALIDITY_MONTHS;
    request.validity = 18;
    CLEANUP(X509_REQ_free_p) X509_REQ *csr = build(&request, HASH_SHA256, "x", FIXTURE_EC_A);
    CLEANUP(ASN1_OBJECT_free_p) ASN1_OBJECT *oid = OBJ_txt2obj("1.3.6.1.4.1.311.13.2.1", 1);
    int at = X509_REQ_get_attr_by_OBJ(csr, oid, -1);
    ck_assert_int_ge(at, 0);
    X509_ATTRIBUTE *attribute = X509_REQ_get_attr(csr, at);
    ck_assert_int_eq(X509_ATTRIBUTE_count(attribute), 2);
    ASN1_STRING *value = X509_ATTRIBUTE_get0_type(attribute, 0)->value.asn1_string;
    ck_assert_int_eq(value->length, sizeof period - 1);
    ck_assert_int_eq(memcmp(value->data, period, sizeof period - 1), 0);
}
END_TEST

static const struct {
    const char *oid, *value;
    enum name_type type;
    const char *text;
} bad_names[] = {
    {OID_EMAIL, "\xc3\xa5@example.com", NAME_IA5, "must be ASCII"},
    {OID_CN, "\xff\xfe", NAME_UTF8, "not UTF-8"},
    {OID_C, "\xff\xfe", NAME_PRINTABLE, "a PrintableString has not"},
    {OID_CN, "", NAME_UTF8, "has 0 bytes"},
    {"2.5.4.5", "a_b", NAME_PRINTABLE, "has characters that a PrintableString has not"},
    {"CN", "x", NAME_UTF8, "subject"},
    {"1.2.x", "x", NAME_UTF8, "subject"},
    {"", "x", NAME_UTF8, "subject"},
};

START_TEST(bad_names_are_errors)
{
    CLEANUP(fixture_request_free) struct request request = {.key_usage = 1};
    fixture_ava(&request.subject, bad_names[_i].oid, bad_names[_i].type, false,
                bad_names[_i].value);
    autobuf der = {0};
    struct err err = {0};
    ck_assert_int_eq(csr_build(fixture_key(FIXTURE_EC_A), &request, HASH_SHA256, NULL, &der, &err),
                     -ERR_CONFIG);
    ck_assert_msg(strstr(err.text, bad_names[_i].text) != NULL, "%s", err.text);
    ck_assert_uint_eq(der.len, 0);
}
END_TEST

static const struct {
    enum san_kind kind;
    const char *value;
} bad_sans[] = {{SAN_DNS, ""},
                {SAN_DNS, "\xc3\xa5.example.com"},
                {SAN_EMAIL, "\xff@x"},
                {SAN_UPN, "\xff@x"},
                {SAN_URI, "http://\xc3\xa5/"}};

START_TEST(bad_alternative_names_are_errors)
{
    CLEANUP(fixture_request_free) struct request request = {.key_usage = 1};
    fixture_san(&request, bad_sans[_i].kind, bad_sans[_i].value);
    autobuf der = {0};
    struct err err = {0};
    ck_assert_int_eq(csr_build(fixture_key(FIXTURE_EC_A), &request, HASH_SHA256, NULL, &der, &err),
                     -ERR_CONFIG);
    ck_assert_ptr_nonnull(strstr(err.text, "san: "));
}
END_TEST

/* Every kind of key with every hash. */
static const struct {
    bool ec;
    unsigned size;
    int type, nids[4]; /* by enum hash */
} kinds[] = {
    {false,
     1024,
     EVP_PKEY_RSA,
     {NID_sha1WithRSAEncryption, NID_sha256WithRSAEncryption, NID_sha384WithRSAEncryption,
      NID_sha512WithRSAEncryption}},
    {false,
     2048,
     EVP_PKEY_RSA,
     {NID_sha1WithRSAEncryption, NID_sha256WithRSAEncryption, NID_sha384WithRSAEncryption,
      NID_sha512WithRSAEncryption}},
    {false,
     3072,
     EVP_PKEY_RSA,
     {NID_sha1WithRSAEncryption, NID_sha256WithRSAEncryption, NID_sha384WithRSAEncryption,
      NID_sha512WithRSAEncryption}},
    {true,
     256,
     EVP_PKEY_EC,
     {NID_ecdsa_with_SHA1, NID_ecdsa_with_SHA256, NID_ecdsa_with_SHA384, NID_ecdsa_with_SHA512}},
    {true,
     384,
     EVP_PKEY_EC,
     {NID_ecdsa_with_SHA1, NID_ecdsa_with_SHA256, NID_ecdsa_with_SHA384, NID_ecdsa_with_SHA512}},
    {true,
     521,
     EVP_PKEY_EC,
     {NID_ecdsa_with_SHA1, NID_ecdsa_with_SHA256, NID_ecdsa_with_SHA384, NID_ecdsa_with_SHA512}},
};

START_TEST(every_key_signs_with_every_hash)
{
    CLEANUP(fixture_request_free) struct request request;
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    fixture_request(&request);
    ck_assert_int_eq(key_generate(kinds[_i].ec, kinds[_i].size, &key, NULL), 0);
    for (enum hash hash = HASH_SHA1; hash <= HASH_SHA512; hash++) {
        autobuf der = {0};
        struct err err = {0};
        ck_assert_msg(csr_build(key, &request, hash, NULL, &der, &err) == 0, "%s", err.text);
        const uint8_t *at = der.data;
        CLEANUP(X509_REQ_free_p) X509_REQ *csr = d2i_X509_REQ(NULL, &at, (long)der.len);
        EVP_PKEY *its = X509_REQ_get0_pubkey(csr);
        ck_assert_int_eq(X509_REQ_verify(csr, its), 1);
        ck_assert_int_eq(EVP_PKEY_get_base_id(its), kinds[_i].type);
        ck_assert_int_eq(EVP_PKEY_get_bits(its), (int)kinds[_i].size);
        ck_assert_int_eq(X509_REQ_get_signature_nid(csr), kinds[_i].nids[hash]);
    }
}
END_TEST

#ifndef __SANITIZE_ADDRESS__ /* whose heap is elsewhere */

START_TEST(a_challenge_leaves_nothing_behind)
{
    CLEANUP(fixture_request_free) struct request request;
    fixture_request(&request);
    request.validity_unit = VALIDITY_YEARS;
    request.validity = 1;
    autobuf secret = {0}, der = {0};
    heap_secret((unsigned)_i, &secret);
    ck_assert_int_eq(heap_count((unsigned)_i), 1);
    ck_assert_int_eq(
        csr_build(fixture_key(FIXTURE_RSA_A), &request, HASH_SHA256, &secret, &der, NULL), 0);
    ck_assert_int_eq(heap_count((unsigned)_i), 2); /* the two buffers, and nothing else */
    buf_free(&der);
    buf_free(&secret);
    ck_assert_int_eq(heap_count((unsigned)_i), 0);
}
END_TEST

#endif

Suite *csr_suite(void)
{
    Suite *suite = suite_create("scep/csr");
    TCase *tc = tcase_create("csr");
    tcase_add_unchecked_fixture(tc, fixture_keys, NULL);
    tcase_add_test(tc, subjects_are_structures);
    tcase_add_test(tc, extensions_say_what_was_asked);
    tcase_add_test(tc, a_nameless_request_has_critical_names);
    tcase_add_loop_test(tc, challenges_have_the_simplest_type, 0, LENGTH(challenges));
    tcase_add_test(tc, validity_is_asked_for_as_microsoft_does);
    tcase_add_loop_test(tc, every_key_signs_with_every_hash, 0, LENGTH(kinds));
    tcase_add_loop_test(tc, bad_names_are_errors, 0, LENGTH(bad_names));
    tcase_add_loop_test(tc, bad_alternative_names_are_errors, 0, LENGTH(bad_sans));
    suite_add_tcase(suite, tc);
#ifndef __SANITIZE_ADDRESS__
    TCase *own_heap = tcase_create("own heap");
    tcase_set_tags(own_heap, "no-valgrind"); /* whose heap is elsewhere, too */
    tcase_add_unchecked_fixture(own_heap, fixture_keys, NULL);
    tcase_add_loop_test(own_heap, a_challenge_leaves_nothing_behind, 0, 3);
    suite_add_tcase(suite, own_heap);
#endif
    return suite;
}
