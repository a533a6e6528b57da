#include "agent/certificate.h"

#include "store/key.h"
#include "tests/suite.h"

#include <openssl/x509v3.h>
#include <string.h>

/* A common name of LEN bytes; text NULL: as usual, or with LEN -1 no subject at all. */
struct common_name {
    const char *text;
    int len, type;
};

/* What is odd about a certificate; the rest is CN=x, 01, 2020 to 2030, no names. */
struct odd {
    const char *serial, *from, *to; /* decimal; as ASN1_TIME_set_string() reads them */
    const char *san;                /* DER */
    size_t san_len;
    bool rsa;
    struct common_name cn;
};

#define DER(text) .san = (text), .san_len = sizeof(text) - 1

static EVP_PKEY *keys[2];

static void make_keys(void)
{
    ck_assert_int_eq(key_generate(true, 256, &keys[0], NULL), 0);
    ck_assert_int_eq(key_generate(false, 1024, &keys[1], NULL), 0);
}

static void free_keys(void)
{
    EVP_PKEY_free(keys[0]);
    EVP_PKEY_free(keys[1]);
}

static void add_san(X509 *made, const struct odd *odd)
{
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    ASN1_OCTET_STRING_set(value, (const uint8_t *)odd->san, (int)odd->san_len);
    X509_EXTENSION *extension = X509_EXTENSION_create_by_NID(NULL, NID_subject_alt_name, 0, value);
    ck_assert_int_eq(X509_add_ext(made, extension, -1), 1);
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(value);
}

static X509 *make(const struct odd *odd)
{
    X509 *made = X509_new();
    BIGNUM *serial = NULL;
    ck_assert_int_gt(BN_dec2bn(&serial, odd->serial ? odd->serial : "1"), 0);
    ck_assert_ptr_nonnull(BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(made)));
    BN_free(serial);
    X509_set_version(made, X509_VERSION_3);
    ck_assert(
        ASN1_TIME_set_string(X509_getm_notBefore(made), odd->from ? odd->from : "20200101000000Z"));
    ck_assert(
        ASN1_TIME_set_string(X509_getm_notAfter(made), odd->to ? odd->to : "20300101000000Z"));
    struct common_name cn = odd->cn;
    if (!cn.text && cn.len == 0)
        cn = (struct common_name){"x", 1, V_ASN1_UTF8STRING};
    if (cn.text)
        ck_assert(X509_NAME_add_entry_by_NID(X509_get_subject_name(made), NID_commonName, cn.type,
                                             (const uint8_t *)cn.text, cn.len, -1, 0));
    if (odd->san)
        add_san(made, odd);
    ck_assert(X509_set_pubkey(made, keys[odd->rsa]));
    ck_assert(X509_sign(made, keys[0], EVP_sha256()));
    return made;
}

static json_t *describe(const struct odd *odd)
{
    CLEANUP(X509_free_p) X509 *made = make(odd);
    json_t *object = NULL;
    struct err err = {0};
    int rc = certificate_describe(made, &object, &err);
    ck_assert_msg(rc == 0, "%s", err.text);
    /* What is stored must be readable again. */
    autobuf text = {0};
    autojson *again = NULL;
    ck_assert_int_eq(json_print(object, &text, NULL), 0);
    rc = json_parse(buf_text(&text), text.len, "meta.json", &again, &err);
    ck_assert_msg(rc == 0, "%s", err.text);
    return object;
}

static const struct {
    struct common_name cn;
    const char *subject;
} subjects[] = {
    {{NULL, 0, 0}, "CN=x"},
    {{NULL, -1, 0}, ""},
    {{"\303\205sa", -1, V_ASN1_UTF8STRING}, "CN=\303\205sa"},
    {{"a,b+c=\"d\"", -1, V_ASN1_UTF8STRING}, "CN=a\\,b\\+c=\\\"d\\\""},
    {{"\0\305\0s", 4, V_ASN1_BMPSTRING}, "CN=\303\205s"},
    {{"\305s", -1, V_ASN1_T61STRING}, "CN=\303\205s"},
    {{"good\0evil", 9, V_ASN1_UTF8STRING}, "CN=good\\00evil"},
    {{"a\nb\033[2J", -1, V_ASN1_UTF8STRING}, "CN=a\\0Ab\\1B[2J"},
};

START_TEST(tells_the_subject)
{
    autojson *told = describe(&(struct odd){.cn = subjects[_i].cn});
    ck_assert_str_eq(json_text(told, "subject", "none"), subjects[_i].subject);
    ck_assert_str_eq(json_text(told, "issuer", "none"), "");
}
END_TEST

static const struct {
    struct odd odd;
    const char *key, *serial;
    int64_t from, to;
} plain[] = {
    {{0}, "ec 256", "01", 1577836800, 1893456000},
    {{.rsa = true}, "rsa 1024", "01", 1577836800, 1893456000},
    {{.serial = "0"}, "ec 256", "0", 1577836800, 1893456000},
    {{.serial = "-171"}, "ec 256", "-AB", 1577836800, 1893456000},
    {{.serial = "1461501637330902918203684832716283019655932542975"}, /* 20 bytes */
     "ec 256",
     "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
     1577836800,
     1893456000},
    {{.from = "500101000000Z", .to = "99991231235959Z"}, "ec 256", "01", -631152000, 253402300799},
    {{.from = "00000101000000Z", .to = "500101000000Z"}, "ec 256", "01", -62167219200, -631152000},
    {{.from = "20300101000000Z", .to = "20200101000000Z"}, "ec 256", "01", 1893456000, 1577836800},
};

START_TEST(tells_key_serial_and_dates)
{
    autojson *told = describe(&plain[_i].odd);
    ck_assert_str_eq(json_text(told, "key", ""), plain[_i].key);
    ck_assert_str_eq(json_text(told, "serial", ""), plain[_i].serial);
    ck_assert_int_eq(json_number(told, "not_before", 0), plain[_i].from);
    ck_assert_int_eq(json_number(told, "not_after", 0), plain[_i].to);
    ck_assert_uint_eq(strlen(json_text(told, "fingerprint", "")), 64);
}
END_TEST

#define UPN "\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x14\x02\x03"

static const struct {
    struct odd odd;
    const char *sans; /* joined by '|' */
} names[] = {
    {{0}, ""},
    {{DER("\x30\x00")}, ""},
    {{DER("\x30\x05\x82\x03"
          "a.b")},
     "dns:a.b"},
    {{DER("\x30\x0a\x81\x03"
          "a@b"
          "\x86\x03"
          "u:x")},
     "email:a@b|uri:u:x"},
    /* An address, a registered id, a directory name. */
    {{DER("\x30\x0d\x87\x04\x7f\x00\x00\x01\x88\x01\x2a\xa4\x02\x30\x00")}, ""},
    {{DER("\x30\x15\xa0\x13" UPN "\xa0\x05\x0c\x03"
          "a@b")},
     "upn:a@b"},
    /* A UPN that is no UTF8String, and an otherName of another kind. */
    {{DER("\x30\x15\xa0\x13" UPN "\xa0\x05\x16\x03"
          "a@b")},
     ""},
    {{DER("\x30\x0e\xa0\x0c\x06\x03\x2a\x03\x04\xa0\x05\x0c\x03"
          "a@b")},
     ""},
    /* The part behind a zero byte is part of the name. */
    {{DER("\x30\x0b\x82\x09"
          "good\0evil")},
     "dns:good?evil"},
    {{DER("\x30\x08\x82\x06"
          "a\033[2Jb")},
     "dns:a?[2Jb"},
    {{DER("\x30\x05\x82\x03"
          "\xe5\xe4\xf6")},
     "dns:???"},
    {{DER("\x30\x02\x82\x00")}, "dns:"},
    /* No SAN at all, though it says so; one cut short; one with more behind it. */
    {{DER("garbage")}, ""},
    {{DER("\x30\x7f\x82\x03"
          "a.b")},
     ""},
    {{DER("")}, ""},
};

START_TEST(tells_the_names)
{
    autojson *told = describe(&names[_i].odd);
    const json_t *sans = json_object_get(told, "sans");
    char joined[256] = "";
    for (size_t i = 0; i < json_array_size(sans); i++)
        snprintf(joined + strlen(joined), sizeof joined - strlen(joined), "%s%s", i ? "|" : "",
                 json_string_value(json_array_get(sans, i)));
    ck_assert_str_eq(joined, names[_i].sans);
}
END_TEST

START_TEST(refuses_one_without_a_key)
{
    CLEANUP(X509_free_p) X509 *empty = X509_new();
    json_t *object = NULL;
    struct err err = {0};
    ck_assert_int_lt(certificate_describe(empty, &object, &err), 0);
    ck_assert_ptr_null(object);
    ck_assert_str_ne(err.text, "");
}
END_TEST

Suite *agent_certificate_suite(void)
{
    Suite *suite = suite_create("agent/certificate");
    TCase *tc = tcase_create("certificate");
    tcase_add_unchecked_fixture(tc, make_keys, free_keys);
    tcase_add_loop_test(tc, tells_the_subject, 0, LENGTH(subjects));
    tcase_add_loop_test(tc, tells_key_serial_and_dates, 0, LENGTH(plain));
    tcase_add_loop_test(tc, tells_the_names, 0, LENGTH(names));
    tcase_add_test(tc, refuses_one_without_a_key);
    suite_add_tcase(suite, tc);
    return suite;
}
