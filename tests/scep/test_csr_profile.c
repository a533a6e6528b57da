/* What a profile says is what stands in its request: conf.d text in, the DER as OpenSSL reads it
 * out. */
#include "profile/profile.h"
#include "scep/csr.h"
#include "tests/profile/place.h"
#include "tests/scep/fixture.h"
#include "tests/suite.h"

#include <string.h>

static const char values[] =
    "[attributes]\n"
    "EmailAddress = alice@contoso.com\n"
    "UserPrincipalName = alice@contoso.com\n"
    "OnPremisesSamAccountName = CONTOSO\\alice\n"
    "OnPrem_Distinguished_Name = CN=Jane Doe,OU=UserAccounts,DC=corp,DC=contoso,DC=com\n"
    "OnPremisesSecurityIdentifier = S-1-5-21-1-2-3\n"
    "AAD_Device_ID = 1a2b\n"
    "DeviceId = 3c4d\n"
    "SerialNumber = PF2ABC\n"
    "IMEI = 356938035643809\n"
    "MEID = A0000000002329\n"
    "WiFiMacAddress = 02-00-5e-10-00-01\n"
    "DeviceName = lab-1\n"
    "FullyQualifiedDomainName = lab-1.corp.contoso.com\n";

/* The request of a profile with these lines, for a user of this name, or 0 and what is wrong. */
static X509_REQ *request_of(const char *lines, const char *user, int key, struct err *err)
{
    CLEANUP(profile_set_free) struct profile_set set = {0};
    CLEANUP(request_free) struct request request = {0};
    autobuf der = {0};
    const char *place = make_place();
    autofree char *text = text_format("[trusted-root r]\ncertificate = r.pem\n"
                                      "[scep p]\nroot = r\nurl = http://ca/\n%s\n%s",
                                      strstr(lines, "subject =") ? "" : "subject = CN=x", lines);
    put("r.pem", 0644, test_ca_pem);
    put("signet.conf", 0644, values);
    put("conf.d/1.conf", 0644, text);
    ck_assert_int_eq(profile_load(place, &set, err), 0);
    remove_place();
    ck_assert_msg(set.problems.n == 0, "%s", set.problems.n ? set.problems.v[0].text : "");
    struct attributes attributes = {.settings = &set.settings, .user = user, .uid = 1000};
    const struct profile *profile = profile_find(&set, PROFILE_SCEP, "p");
    if (profile_request(profile, &attributes, &request, err) < 0 ||
        csr_build(fixture_key(key), &request, request.hash, NULL, &der, err) < 0)
        return NULL;
    const uint8_t *at = der.data;
    X509_REQ *csr = d2i_X509_REQ(NULL, &at, (long)der.len);
    ck_assert_ptr_nonnull(csr);
    ck_assert_ptr_eq(at, der.data + der.len);
    ck_assert_int_eq(X509_REQ_verify(csr, fixture_key(key)), 1);
    return csr;
}

static X509_REQ *request_for_alice(const char *lines)
{
    struct err err = {0};
    X509_REQ *csr = request_of(lines, "alice", FIXTURE_EC_A, &err);
    ck_assert_msg(csr != NULL, "%s", err.text);
    return csr;
}

/* What `openssl asn1parse` says of a name, shortened: "objectName=TYPE:value", '+' within an RDN,
 * " / " between two. */
static char *dump_name(const X509_NAME *name)
{
    CLEANUP(BIO_free_all_p) BIO *out = BIO_new(BIO_s_mem());
    autobuf text = {0};
    const uint8_t *der;
    size_t len;
    bool first = true;
    ck_assert_int_eq(X509_NAME_get0_der(name, &der, &len), 1);
    ck_assert_int_eq(ASN1_parse_dump(out, der, (long)len, 0, 0), 1);
    ck_assert_int_eq(BIO_write(out, "", 1), 1);
    char *said;
    BIO_get_mem_data(out, &said);
    for (char *line; (line = strsep(&said, "\n"));) {
        char *what = strstr(line, ": ");
        if (!what)
            continue;
        what += 2;
        char *value = strchr(what, ':');
        value = value ? value + 1 : "";
        what[strcspn(what, " ")] = 0;
        if (strcmp(what, "SET") == 0) {
            buf_add_text(&text, text.len ? " / " : "", NULL);
            first = true;
        } else if (strcmp(what, "OBJECT") == 0) {
            buf_printf(&text, NULL, "%s%s=", first ? "" : "+", value);
            first = false;
        } else if (strcmp(what, "SEQUENCE") != 0) {
            buf_printf(&text, NULL, "%s:%s", what, value);
        }
    }
    return strdup(buf_text(&text));
}

#define DC(x) "domainComponent=IA5STRING:" x
#define CN(x) "commonName=UTF8STRING:" x
#define OU(x) "organizationalUnitName=UTF8STRING:" x
#define E(x)  "emailAddress=IA5STRING:" x

static const struct {
    const char *subject, *expected; /* the last RDN of the text comes first, as on Windows */
} subjects[] = {
    /* The formats, and the examples of the documentation that people copy from. */
    {"none", ""},
    {"common-name", CN("alice")},
    {"common-name-with-email", E("alice@contoso.com") " / " CN("alice")},
    {"common-name-as-email", CN("alice@contoso.com")},
    {"imei", CN("356938035643809")},
    {"serial-number", CN("PF2ABC")},
    {"device-id", CN("3c4d")},
    {"CN={{UserName}}", CN("alice")},
    {"CN={{UserPrincipalName}}", CN("alice@contoso.com")},
    {"CN={{AAD_Device_ID}}", CN("1a2b")},
    {"CN={{AzureADDeviceId}}", CN("1a2b")},
    {"CN={{SERIALNUMBER}}", CN("PF2ABC")},
    {"CN={{Device_Serial}}", CN("PF2ABC")},
    {"CN={{IMEINumber}}", CN("356938035643809")},
    {"CN={{Device_IMEI}}", CN("356938035643809")},
    {"CN={{IMEI}}", CN("356938035643809")},
    {"CN={{MEID}}", CN("A0000000002329")},
    {"CN={{WiFiMacAddress}}", CN("02-00-5e-10-00-01")},
    {"CN={{DeviceName}}", CN("lab-1")},
    {"CN={{DeviceName}}Device1", CN("lab-1Device1")},
    {"CN={{FullyQualifiedDomainName}}", CN("lab-1.corp.contoso.com")},
    {"CN={{onPremisesSamAccountName}}", CN("CONTOSO\\alice")},
    {"CN={{UserName}}\\@contoso.com", CN("alice@contoso.com")},
    {"CN={{OnPrem_Distinguished_Name}}",
     DC("com") " / " DC("contoso") " / " DC("corp") " / " OU("UserAccounts") " / " CN("Jane Doe")},
    {"CN=\"{{OnPrem_Distinguished_Name}}\",O=x",
     "organizationName=UTF8STRING:x / " DC("com") " / " DC("contoso") " / " DC("corp") " / " OU(
         "UserAccounts") " / " CN("Jane Doe")},
    {"CN={{UserName}},E={{EmailAddress}},OU=Mobile,O=Finance Group,L=Redmond,ST=Washington,C=US",
     "countryName=PRINTABLESTRING:US / stateOrProvinceName=UTF8STRING:Washington / "
     "localityName=UTF8STRING:Redmond / organizationName=UTF8STRING:Finance Group / " OU(
         "Mobile") " / " E("alice@contoso.com") " / " CN("alice")},
    {"CN=\"Test User (TestCompany, LLC)\",OU=UserAccounts,DC=corp,DC=contoso,DC=com",
     DC("com") " / " DC("contoso") " / " DC("corp") " / " OU("UserAccounts") " / " CN(
         "Test User (TestCompany, LLC)")},
    {"CN=Test User (TestCompany LLC),OU=UserAccounts,DC=corp,DC=contoso,DC=com",
     DC("com") " / " DC("contoso") " / " DC("corp") " / " OU("UserAccounts") " / " CN(
         "Test User (TestCompany LLC)")},
    {"CN=Test User (TestCompany\\, LLC),OU=UserAccounts,DC=corp,DC=contoso,DC=com",
     DC("com") " / " DC("contoso") " / " DC("corp") " / " OU("UserAccounts") " / " CN(
         "Test User (TestCompany, LLC)")},

    /* Every key, with the string type that it has. */
    {"CN=a", CN("a")},
    {"L=a", "localityName=UTF8STRING:a"},
    {"O=a", "organizationName=UTF8STRING:a"},
    {"OU=a", OU("a")},
    {"S=a", "stateOrProvinceName=UTF8STRING:a"},
    {"ST=a", "stateOrProvinceName=UTF8STRING:a"},
    {"STREET=a", "streetAddress=UTF8STRING:a"},
    {"T=a", "title=UTF8STRING:a"},
    {"Title=a", "title=UTF8STRING:a"},
    {"G=a", "givenName=UTF8STRING:a"},
    {"GN=a", "givenName=UTF8STRING:a"},
    {"GivenName=a", "givenName=UTF8STRING:a"},
    {"I=a", "initials=UTF8STRING:a"},
    {"Initials=a", "initials=UTF8STRING:a"},
    {"SN=a", "surname=UTF8STRING:a"},
    {"C=SE", "countryName=PRINTABLESTRING:SE"},
    {"E=a@b", E("a@b")},
    {"Email=a@b", E("a@b")},
    {"DC=a", DC("a")},
    {"SERIALNUMBER=a", "serialNumber=PRINTABLESTRING:a"},
    {"Description=a", "description=UTF8STRING:a"},
    {"PostalCode=a", "postalCode=UTF8STRING:a"},
    {"POBox=a", "postOfficeBox=UTF8STRING:a"},
    {"Phone=1", "telephoneNumber=PRINTABLESTRING:1"},
    {"X21Address=1", "x121Address=UTF8STRING:1"},
    {"DnQualifier=a", "dnQualifier=PRINTABLESTRING:a"},
    {"UnstructuredName=a", "unstructuredName=UTF8STRING:a"},
    {"OID.1.2.3.4=a", "1.2.3.4=UTF8STRING:a"},
    {"1.2.3.4=a,2.5.4.6=SE", "countryName=PRINTABLESTRING:SE / 1.2.3.4=UTF8STRING:a"},

    /* Separators, quotes, several in one RDN: DER sorts those by their bytes. */
    {"CN=a;OU=b", OU("b") " / " CN("a")},
    {"cn = a b , ou = c", OU("c") " / " CN("a b")},
    {"CN=a+OU=b,DC=c", DC("c") " / " CN("a") "+" OU("b")},
    {"OU=b+CN=a,DC=c", DC("c") " / " CN("a") "+" OU("b")},
    {"CN=zz+OU=b", OU("b") "+" CN("zz")},
    {"CN=\"say \"\"hi\"\"; a=b + c\"", CN("say \"hi\"; a=b + c")},
    {"CN=\" a \"", CN(" a ")},
    {"CN=\xc3\x85sa \xe5\xb1\xb1", CN("\xc3\x85sa \xe5\xb1\xb1")},
    {"CN=a\nsubject-order = forward\n#", CN("a")},
    {"CN=a,OU=b+L=c,DC=d\nsubject-order = forward\n#",
     CN("a") " / localityName=UTF8STRING:c+" OU("b") " / " DC("d")},
};

START_TEST(the_subject_is_encoded_as_written)
{
    autofree char *line = text_format("subject = %s\n", subjects[_i].subject);
    CLEANUP(X509_REQ_free_p) X509_REQ *csr = request_for_alice(line);
    autofree char *told = dump_name(X509_REQ_get_subject_name(csr));
    ck_assert_str_eq(told, subjects[_i].expected);
}
END_TEST

/* Of CN={{UserName}},OU=x: the form is the template's, whatever the value. */
static const struct {
    const char *user, *cn; /* NULL: no request, and */
    const char *error;
} hostile[] = {
    {"alice,OU=Admins", "alice,OU=Admins", NULL},
    {"alice+OU=Admins", "alice+OU=Admins", NULL},
    {"alice;OU=Admins", "alice;OU=Admins", NULL},
    {"alice/OU=Admins", "alice/OU=Admins", NULL},
    {"\"", "\"", NULL},
    {"\",OU=Admins,CN=\"", "\",OU=Admins,CN=\"", NULL},
    {"#0500", "#0500", NULL},
    {"{{UserName}}", "{{UserName}}", NULL},
    {"{{EmailAddress}}", "{{EmailAddress}}", NULL},
    {"a|b", "a|b", NULL},
    {"%n%s", "%n%s", NULL},
    {"e\xcc\x81", "e\xcc\x81", NULL}, /* a combining accent */
    {"\xe2\x80\x8f\xd7\x90", "\xe2\x80\x8f\xd7\x90", NULL},
    {"\xe2\x80\xaetxt.exe", NULL, "direction"},
    {"a\nOU=Admins", NULL, "control character"},
    {"a\x7f", NULL, "control character"},
    {"\xff", NULL, "UTF-8"},
    {"\xc0\x80", NULL, "UTF-8"}, /* a zero byte in disguise */
    {"", NULL, "no value"},
};

START_TEST(a_value_stays_within_its_leaf)
{
    struct err err = {0};
    CLEANUP(X509_REQ_free_p)
    X509_REQ *csr =
        request_of("subject = CN={{UserName}},OU=x\n", hostile[_i].user, FIXTURE_EC_A, &err);
    if (!hostile[_i].cn) {
        ck_assert_ptr_null(csr);
        ck_assert_int_eq(err.class, ERR_CONFIG);
        ck_assert_msg(strstr(err.text, hostile[_i].error), "%s", err.text);
        return;
    }
    ck_assert_msg(csr != NULL, "%s", err.text);
    autofree char *told = dump_name(X509_REQ_get_subject_name(csr));
    autofree char *expected = text_format(OU("x") " / " CN("%s"), hostile[_i].cn);
    ck_assert_str_eq(told, expected);
}
END_TEST

START_TEST(a_value_without_end_makes_no_request)
{
    char user[10001];
    struct err err = {0};
    memset(user, 'a', sizeof user - 1);
    user[sizeof user - 1] = 0;
    ck_assert_ptr_null(request_of("subject = CN={{UserName}}\n", user, FIXTURE_EC_A, &err));
    ck_assert_msg(strstr(err.text, "has 10000 bytes, more than 4096"), "%s", err.text);
}
END_TEST

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
    const char *lines, *expected;
} sans[] = {
    {"", ""},
    {"san = email:{{EmailAddress}}\n", "email:alice@contoso.com"},
    {"san = upn:{{UserPrincipalName}}\n", "othername: UPN::alice@contoso.com"},
    {"san = dns:{{AzureADDeviceId}}.domain.com\n", "DNS:1a2b.domain.com"},
    {"san = dns:{{FullyQualifiedDomainName}}\n", "DNS:lab-1.corp.contoso.com"},
    {"san = email:{{FullyQualifiedDomainName}}User1@Contoso.com\n",
     "email:lab-1.corp.contoso.comUser1@Contoso.com"},
    {"san = uri:{{OnPremisesSecurityIdentifier}}\n",
     "URI:tag:microsoft.com,2022-09-14:sid:S-1-5-21-1-2-3"},
    {"san = uri:https://x/?a=b,c;d&e=f+g\n", "URI:https://x/?a=b,c;d&e=f+g"},
    {"san = dns:b.test\nsan = upn:a@b\nsan = dns:a.test\nsan = email:{{EmailAddress}}\n"
     "san = uri:urn:x\nsan = upn:c@d\n",
     "DNS:b.test, othername: UPN::a@b, DNS:a.test, email:alice@contoso.com, URI:urn:x, "
     "othername: UPN::c@d"},
};

START_TEST(alternative_names_stand_in_their_order)
{
    int critical = 0;
    CLEANUP(X509_REQ_free_p) X509_REQ *csr = request_for_alice(sans[_i].lines);
    autofree char *told = print_extension(csr, NID_subject_alt_name, &critical);
    ck_assert_str_eq(told, sans[_i].expected);
    ck_assert_int_eq(critical, 0);
}
END_TEST

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
    CLEANUP(X509_REQ_free_p) X509_REQ *csr = request_for_alice(line);
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
        CLEANUP(X509_REQ_free_p) X509_REQ *csr = request_for_alice(line);
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
    CLEANUP(X509_REQ_free_p) X509_REQ *csr = request_for_alice(validities[_i].line);
    autofree char *told = read_validity(csr);
    ck_assert_str_eq(told, validities[_i].expected);
}
END_TEST

Suite *csr_profile_suite(void)
{
    Suite *suite = suite_create("scep/csr, from profiles");
    TCase *tc = tcase_create("profile");
    tcase_add_unchecked_fixture(tc, fixture_keys, NULL);
    tcase_add_loop_test(tc, the_subject_is_encoded_as_written, 0, LENGTH(subjects));
    tcase_add_loop_test(tc, a_value_stays_within_its_leaf, 0, LENGTH(hostile));
    tcase_add_test(tc, a_value_without_end_makes_no_request);
    tcase_add_loop_test(tc, alternative_names_stand_in_their_order, 0, LENGTH(sans));
    tcase_add_loop_test(tc, extended_key_usages_are_those_named, 0, LENGTH(ekus));
    tcase_add_test(tc, key_usages_are_those_named);
    tcase_add_loop_test(tc, validity_is_asked_for_in_its_own_unit, 0, LENGTH(validities));
    suite_add_tcase(suite, tc);
    return suite;
}
