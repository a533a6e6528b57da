/* What a profile says of usages and validity is what stands in its request: conf.d text in, the DER
 * as OpenSSL reads it out. Names are in test_asn1parse.c. */
#include "profile/profile.h"
#include "scep/csr.h"
#include "tests/profile/place.h"
#include "tests/scep/fixture.h"
#include "tests/suite.h"

#include <string.h>

/* The request of a profile with these lines. */
static X509_REQ *request_of(const char *lines)
{
    CLEANUP(profile_set_free) struct profile_set set = {0};
    CLEANUP(request_free) struct request request = {0};
    autobuf der = {0};
    struct err err = {0};
    const char *place = make_place();
    autofree char *text = text_format("[trusted-root r]\ncertificate = r.pem\n"
                                      "[scep p]\nroot = r\nurl = http://ca/\nsubject = CN=x\n%s",
                                      lines);
    put("r.pem", 0644, test_ca_pem);
    put("conf.d/1.conf", 0644, text);
    ck_assert_int_eq(profile_load(place, &set, &err), 0);
    remove_place();
    ck_assert_msg(set.problems.n == 0, "%s", set.problems.n ? set.problems.v[0].text : "");
    struct attributes attributes = {.settings = &set.settings, .user = "alice", .uid = 1000};
    const struct profile *profile = profile_find(&set, PROFILE_SCEP, "p");
    ck_assert_msg(
        profile_request(profile, &attributes, &request, &err) == 0 &&
            csr_build(fixture_key(FIXTURE_EC_A), &request, request.hash, NULL, &der, &err) == 0,
        "%s", err.text);
    const uint8_t *at = der.data;
    X509_REQ *csr = d2i_X509_REQ(NULL, &at, (long)der.len);
    ck_assert_ptr_nonnull(csr);
    ck_assert_ptr_eq(at, der.data + der.len);
    return csr;
}

/* What `openssl req -text` prints of an extension; "" when it is not there. */
static char *print_extension(X509_REQ *csr, int nid, int *ret_critical)
{
    CLEANUP(extensions_free_p) STACK_OF(X509_EXTENSION) *all = X509_REQ_get_extensions(csr);
    CLEANUP(BIO_free_all_p) BIO *out = BIO_new(BIO_s_mem());
    int at = X509v3_get_ext_by_NID(all, nid, -1);
    if (at < 0)
        return strdup("");
    X509_EXTENSION *extension = X509v3_get_ext(all, at);
    *ret_critical = X509_EXTENSION_get_critical(extension);
    ck_assert_int_eq(X509V3_EXT_print(out, extension, 0, 0), 1);
    ck_assert_int_eq(BIO_write(out, "", 1), 1);
    char *text;
    BIO_get_mem_data(out, &text);
    return strdup(text);
}

static const struct {
    const char *words, *oids; /* of words: in this order */
} ekus[] = {
    {"client-auth", "1.3.6.1.5.5.7.3.2"},
    {"server-auth", "1.3.6.1.5.5.7.3.1"},
    {"email-protection", "1.3.6.1.5.5.7.3.4"},
    {"code-signing", "1.3.6.1.5.5.7.3.3"},
    {"time-stamping", "1.3.6.1.5.5.7.3.8"},
    {"ocsp-signing", "1.3.6.1.5.5.7.3.9"},
    {"eap-over-ppp", "1.3.6.1.5.5.7.3.13"},
    {"eap-over-lan", "1.3.6.1.5.5.7.3.14"},
    {"ipsec-ike", "1.3.6.1.5.5.7.3.17"},
    {"ssh-client", "1.3.6.1.5.5.7.3.21"},
    {"pkinit-client", "1.3.6.1.5.2.3.4"},
    {"smart-card-logon", "1.3.6.1.4.1.311.20.2.2"},
    {"any", "2.5.29.37.0"},
    {"1.2.3.4.5.6", "1.2.3.4.5.6"},
    {"2.999.4294967295", "2.999.4294967295"},
    {"smart-card-logon, client-auth, 1.2.3", "1.3.6.1.4.1.311.20.2.2 1.3.6.1.5.5.7.3.2 1.2.3"},
    {"client-auth\neku = server-auth, client-auth", "1.3.6.1.5.5.7.3.2 1.3.6.1.5.5.7.3.1"},
    {"none", ""},
};

START_TEST(extended_key_usages_are_those_named)
{
    autofree char *line = text_format("eku = %s\n", ekus[_i].words);
    CLEANUP(X509_REQ_free_p) X509_REQ *csr = request_of(line);
    CLEANUP(extensions_free_p) STACK_OF(X509_EXTENSION) *all = X509_REQ_get_extensions(csr);
    CLEANUP(EXTENDED_KEY_USAGE_free_p)
    EXTENDED_KEY_USAGE *usages = X509V3_get_d2i(all, NID_ext_key_usage, NULL, NULL);
    autobuf told = {0};
    for (int i = 0; i < sk_ASN1_OBJECT_num(usages); i++) {
        char oid[64];
        OBJ_obj2txt(oid, sizeof oid, sk_ASN1_OBJECT_value(usages, i), 1);
        buf_printf(&told, NULL, "%s%s", i ? " " : "", oid);
    }
    ck_assert_str_eq(buf_text(&told), ekus[_i].oids);
}
END_TEST

START_TEST(key_usages_are_those_named)
{
    static const struct {
        const char *words, *expected;
    } rows[] = {
        {"digital-signature", "Digital Signature"},
        {"key-encipherment", "Key Encipherment"},
        {"digital-signature, key-encipherment", "Digital Signature, Key Encipherment"},
        {"key-encipherment, digital-signature", "Digital Signature, Key Encipherment"},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        int critical = 0;
        autofree char *line = text_format("key-usage = %s\n", rows[i].words);
        CLEANUP(X509_REQ_free_p) X509_REQ *csr = request_of(line);
        autofree char *told = print_extension(csr, NID_key_usage, &critical);
        ck_assert_str_eq(told, rows[i].expected);
        ck_assert_int_eq(critical, 1);
    }
}
END_TEST

/* The two pairs of the attribute, "NAME=VALUE" each, from their BMPStrings. */
static char *read_validity(X509_REQ *csr)
{
    autobuf told = {0};
    CLEANUP(ASN1_OBJECT_free_p) ASN1_OBJECT *oid = OBJ_txt2obj("1.3.6.1.4.1.311.13.2.1", 1);
    int at = X509_REQ_get_attr_by_OBJ(csr, oid, -1);
    X509_ATTRIBUTE *attribute = at < 0 ? NULL : X509_REQ_get_attr(csr, at);
    for (int i = 0; i < X509_ATTRIBUTE_count(attribute); i++) {
        const ASN1_STRING *pair = X509_ATTRIBUTE_get0_type(attribute, i)->value.sequence;
        const uint8_t *p = ASN1_STRING_get0_data(pair);
        STACK_OF(ASN1_TYPE) *both = d2i_ASN1_SEQUENCE_ANY(NULL, &p, ASN1_STRING_length(pair));
        ck_assert_int_eq(sk_ASN1_TYPE_num(both), 2);
        for (int j = 0; j < 2; j++) {
            const ASN1_TYPE *half = sk_ASN1_TYPE_value(both, j);
            unsigned char *utf8 = NULL;
            ck_assert_int_eq(half->type, V_ASN1_BMPSTRING);
            ck_assert_int_ge(ASN1_STRING_to_UTF8(&utf8, half->value.bmpstring), 0);
            buf_printf(&told, NULL, "%s%s", j ? "=" : i ? " " : "", (char *)utf8);
            OPENSSL_free(utf8);
        }
        sk_ASN1_TYPE_pop_free(both, ASN1_TYPE_free);
    }
    return strdup(buf_text(&told));
}

static const struct {
    const char *line, *expected;
} validities[] = {
    {"", ""},
    {"validity = 1 day\n", "ValidityPeriod=Days ValidityPeriodUnits=1"},
    {"validity = 90 days\n", "ValidityPeriod=Days ValidityPeriodUnits=90"},
    {"validity = 36500 days\n", "ValidityPeriod=Days ValidityPeriodUnits=36500"},
    {"validity = 1 month\n", "ValidityPeriod=Months ValidityPeriodUnits=1"},
    {"validity = 18 months\n", "ValidityPeriod=Months ValidityPeriodUnits=18"},
    {"validity = 1 year\n", "ValidityPeriod=Years ValidityPeriodUnits=1"},
    {"validity = 100 years\n", "ValidityPeriod=Years ValidityPeriodUnits=100"},
};

START_TEST(validity_is_asked_for_in_its_own_unit)
{
    CLEANUP(X509_REQ_free_p) X509_REQ *csr = request_of(validities[_i].line);
    autofree char *told = read_validity(csr);
    ck_assert_str_eq(told, validities[_i].expected);
}
END_TEST

Suite *csr_profile_suite(void)
{
    Suite *suite = suite_create("scep/csr, from profiles");
    TCase *tc = tcase_create("profile");
    tcase_add_unchecked_fixture(tc, fixture_keys, NULL);
    tcase_add_loop_test(tc, extended_key_usages_are_those_named, 0, LENGTH(ekus));
    tcase_add_test(tc, key_usages_are_those_named);
    tcase_add_loop_test(tc, validity_is_asked_for_in_its_own_unit, 0, LENGTH(validities));
    suite_add_tcase(suite, tc);
    return suite;
}
