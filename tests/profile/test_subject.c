#include "profile/subject.h"

#include "base/text.h"
#include "profile/settings.h"
#include "tests/suite.h"
#include <string.h>

/* Values as a directory might hold them; each is set as if in signet.conf, but static: not parsed
 * again by us. */
static const struct {
    const char *name, *value;
} usual[] = {
    {"EmailAddress", "alice@contoso.com"},
    {"UserPrincipalName", "alice@contoso.com"},
    {"OnPremisesSamAccountName", "CONTOSO\\alice"},
    {"AAD_Device_ID", "1a2b"},
    {"DeviceId", "3c4d"},
    {"SerialNumber", "PF2ABC"},
    {"IMEI", "356938035643809"},
    {"MEID", "A0000000002329"},
    {"WiFiMacAddress", "02-00-5e-10-00-01"},
    {"DeviceName", "lab-1"},
    {"FullyQualifiedDomainName", "lab-1.corp.contoso.com"},
    {"OnPrem_Distinguished_Name", "CN=Jane Doe,OU=UserAccounts,DC=corp,DC=contoso,DC=com"},
};

static void set(struct settings *settings, const char *name, const char *value)
{
    struct setting *v = reallocarray(settings->v, settings->n + 1, sizeof *v);
    ck_assert_ptr_nonnull(v);
    settings->v = v;
    v[settings->n++] =
        (struct setting){.attribute = attribute_find(name, strlen(name)), .value = strdup(value)};
    ck_assert_ptr_nonnull(v[settings->n - 1].attribute);
}

static void set_usual(struct settings *settings)
{
    for (size_t i = 0; i < LENGTH(usual); i++)
        set(settings, usual[i].name, usual[i].value);
}

/* The name in encoding order: "OID-label=value", ", " between RDNs, '+' within. */
static char *show(const struct name *name)
{
    autobuf out = {0};
    for (size_t i = 0; i < name->n; i++) {
        const struct name_ava *ava = &name->v[i];
        buf_printf(&out, NULL, "%s%s=",
                   i == 0        ? ""
                   : ava->joined ? "+"
                                 : " / ",
                   name_label(ava->oid));
        buf_add(&out, ava->value.data, ava->value.len, NULL);
    }
    return strdup(buf_text(&out));
}

/* Parses and expands for alice, in the order of the text. The result, or '!' and the error. */
static char *outcome(const char *text, const char *user, const struct settings *settings,
                     struct strings *warnings)
{
    CLEANUP(subject_free) struct subject_template subject = {0};
    CLEANUP(name_free) struct name name = {0};
    struct attributes attributes = {.settings = settings, .user = user, .uid = 1000};
    struct err err = {0};
    if (subject_parse(text, &subject, warnings, NULL, &err) < 0)
        return text_format("!%s", err.text);
    if (subject_expand(&subject, true, &attributes, &name, warnings, &err) < 0)
        return text_format("!!%s", err.text);
    return show(&name);
}

/* "!" expects an error when parsed, "!!" one when expanded, then what the error must contain. */
static void expect(const char *got, const char *expected)
{
    size_t marks = strspn(expected, "!");
    if (!marks) {
        ck_assert_str_eq(got, expected);
        return;
    }
    ck_assert_msg(strspn(got, "!") == marks, "got %s, expected %s", got, expected);
    ck_assert_msg(strstr(got, expected + marks), "got %s, expected %s", got, expected);
}

static const struct {
    const char *text, *expected;
} rows[] = {
    /* The formats. */
    {"common-name", "CN=alice"},
    {"common-name-with-email", "CN=alice / E=alice@contoso.com"},
    {"common-name-as-email", "CN=alice@contoso.com"},
    {"imei", "CN=356938035643809"},
    {"serial-number", "CN=PF2ABC"},
    {"device-id", "CN=3c4d"},
    {"none", ""},

    /* Every example of the article. */
    {"CN={{UserName}}", "CN=alice"},
    {"CN={{UserPrincipalName}}", "CN=alice@contoso.com"},
    {"CN={{AAD_Device_ID}}", "CN=1a2b"},
    {"CN={{SERIALNUMBER}}", "CN=PF2ABC"},
    {"CN={{IMEINumber}}", "CN=356938035643809"},
    {"CN={{OnPrem_Distinguished_Name}}",
     "CN=Jane Doe / OU=UserAccounts / DC=corp / DC=contoso / DC=com"},
    {"CN={{onPremisesSamAccountName}}", "CN=CONTOSO\\alice"},
    {"CN={{UserName}},E={{EmailAddress}},OU=Mobile,O=Finance Group,L=Redmond,ST=Washington,C=US",
     "CN=alice / E=alice@contoso.com / OU=Mobile / O=Finance Group / L=Redmond / ST=Washington / "
     "C=US"},
    {"CN={{UserName}}\\@contoso.com", "CN=alice@contoso.com"},
    {"CN={{AzureADDeviceId}}", "CN=1a2b"},
    {"CN={{Device_Serial}}", "CN=PF2ABC"},
    {"CN={{Device_IMEI}}", "CN=356938035643809"},
    {"CN={{SerialNumber}}", "CN=PF2ABC"},
    {"CN={{WiFiMacAddress}}", "CN=02-00-5e-10-00-01"},
    {"CN={{IMEI}}", "CN=356938035643809"},
    {"CN={{DeviceName}}", "CN=lab-1"},
    {"CN={{FullyQualifiedDomainName}}", "CN=lab-1.corp.contoso.com"},
    {"CN={{MEID}}", "CN=A0000000002329"},
    {"CN={{DeviceName}}Device1", "CN=lab-1Device1"},
    {"CN=\"Test User (TestCompany, LLC)\",OU=UserAccounts,DC=corp,DC=contoso,DC=com",
     "CN=Test User (TestCompany, LLC) / OU=UserAccounts / DC=corp / DC=contoso / DC=com"},
    {"CN=Test User (TestCompany LLC),OU=UserAccounts,DC=corp,DC=contoso,DC=com",
     "CN=Test User (TestCompany LLC) / OU=UserAccounts / DC=corp / DC=contoso / DC=com"},
    {"CN=Test User (TestCompany\\, LLC),OU=UserAccounts,DC=corp,DC=contoso,DC=com",
     "CN=Test User (TestCompany, LLC) / OU=UserAccounts / DC=corp / DC=contoso / DC=com"},
    {"CN=Test User (TestCompany, LLC),OU=UserAccounts", "!\"LLC)\" is no KEY=VALUE"},

    /* Separators and blanks. */
    {"cn=a;ou=b,O=c\nL=d", "CN=a / OU=b / O=c / L=d"},
    {"  CN =  a b  ,  OU = c  ", "CN=a b / OU=c"},
    {"CN=a,\nOU=b", "CN=a / OU=b"},
    {"CN=a\n,OU=b", "CN=a / OU=b"},
    {"CN=a\n\n\nOU=b", "CN=a / OU=b"},
    {"CN=a +\nOU=b", "CN=a+OU=b"},
    {"CN=a+OU=b,C=SE", "CN=a+OU=b / C=SE"},
    {"CN=a=b", "CN=a=b"},
    {"CN=a\\+b\\;c\\=d", "CN=a+b;c=d"},
    {"CN=CORP\\alice", "CN=CORP\\alice"},
    {"CN=a\\\\,OU=b", "CN=a\\,OU=b"}, /* the second backslash stands before the comma */
    {"CN=\\", "CN=\\"},

    /* Quotes. */
    {"CN=\"a\"", "CN=a"},
    {"CN=\" a \"", "CN= a "},
    {"CN=\"say \"\"hi\"\"\"", "CN=say \"hi\""},
    {"CN=\"\"\"\"", "CN=\""},
    {"CN=\"a,b;c+d=e#f\\,g\" , OU=x", "CN=a,b;c+d=e#f\\,g / OU=x"},
    {"CN=\"{{UserName}}, LLC\"", "CN=alice, LLC"},
    {"CN=\"{{OnPrem_Distinguished_Name}}\"",
     "CN=Jane Doe / OU=UserAccounts / DC=corp / DC=contoso / DC=com"},
    {"CN={{OnPrem_Distinguished_Name}},O=x",
     "CN=Jane Doe / OU=UserAccounts / DC=corp / DC=contoso / DC=com / O=x"},
    {"OU={{OnPrem_Distinguished_Name}}",
     "OU=CN=Jane Doe,OU=UserAccounts,DC=corp,DC=contoso,DC=com"},
    {"CN={{OnPrem_Distinguished_Name}}+OU=x",
     "CN=CN=Jane Doe,OU=UserAccounts,DC=corp,DC=contoso,DC=com+OU=x"},
    {"CN=x{{OnPrem_Distinguished_Name}}",
     "CN=xCN=Jane Doe,OU=UserAccounts,DC=corp,DC=contoso,DC=com"},
    {"\"", "!neither the name of a format"},
    {"CN=\"", "!is not closed"},
    {"CN=\"a", "!is not closed"},
    {"CN=\"a\nb\"", "!is not closed on its line"},
    {"CN=\"a\"b", "!stands behind a closing quote"},
    {"CN=a\"b\"", "!a quote inside a value"},
    {"CN=a\"", "!a quote inside a value"},
    {"CN=\"a\"\"", "!is not closed"},
    {"CN=\"\"", "!CN has an empty value"},
    {"CN=\"  \"", "!CN has an empty value"},

    /* Octets. */
    {"CN=#0500", "!CN=#0500: a value that begins with # means octets, and OpenSSL reads no"},
    {"1.2.3=#AB cd 01", "!means octets"},
    {"CN=#", "!means octets"},
    {"CN= #xy", "!means octets"},
    {"CN=#{{UserName}}", "!means octets"},
    {"CN=\"#0500\"", "CN=#0500"},
    {"CN=\\#0500", "CN=\\#0500"},
    {"CN=a#b", "CN=a#b"},

    /* Keys. */
    {"OID.2.5.4.3=a", "CN=a"},
    {"oid.1.2.3=a,1.3.6.1.4.1.311=b", "1.2.3=a / 1.3.6.1.4.1.311=b"},
    {"S=a,T=b,G=c,I=d,SN=e,STREET=f,Email=g@h",
     "ST=a / T=b / GN=c / I=d / SN=e / STREET=f / E=g@h"},
    {"Description=a,PostalCode=b,POBox=c,Phone=1,X21Address=2,DnQualifier=x,UnstructuredName=y,UID="
     "z",
     "Description=a / PostalCode=b / POBox=c / Phone=1 / X21Address=2 / DnQualifier=x / "
     "UnstructuredName=y / UID=z"},
    {"CM=a", "!CM is no known key of a subject (did you mean CN?)"},
    {"GivnName=a", "!(did you mean GivenName?)"},
    {"=a", "!\"\" is no known key"},
    {"1=a", "!no known key"},
    {"1.2.=a", "!no known key"},
    {"3.1.2=a", "!no known key"},
    {"1.40.1=a", "!no known key"},
    {"1.2.03=a", "!no known key"},
    {"1.2.99999999999=a", "!no known key"},
    {"OID.CN=a", "!no known key"},
    {"{{UserName}}=a", "!no known key"},
    {"CN", "!neither the name of a format"},
    {"comon-name", "!(did you mean common-name?)"},
    {"CN=a,", "!nothing stands where"},
    {"CN=a,,OU=b", "!is no KEY=VALUE"},
    {",CN=a", "!is no KEY=VALUE"},
    {"CN=a+", "!nothing stands where"},
    {"CN=", "!CN has an empty value"},
    {"CN=,OU=b", "!CN has an empty value"},
    {"CN=\nOU=b", "!CN has an empty value"},
    {"", "!neither the name of a format"},

    /* Types. */
    {"C=SE", "C=SE"},
    {"C=SWE", "!two letters"},
    {"C=S1", "!two letters"},
    {"C=\xc3\x85", "!PrintableString"},
    {"E=\xc3\xa5ke@contoso.com", "!must be ASCII: E can hold no other address"},
    {"E=\xc3\xa5ke@\xc3\xa5.se", "!must be ASCII: E can hold no other address"},
    {"E=\xc3\xa5ke", "!must be ASCII: E can hold no other address"},
    {"E=ake@\xc3\xa5.se", "!must be ASCII: write its host in punycode (xn--...)"},
    {"E=ake@xn--5ca.se", "E=ake@xn--5ca.se"},
    {"DC=\xc3\xa5", "!must be ASCII"},
    {"SERIALNUMBER=a_b", "!PrintableString"},
    {"CN=\xc3\x85sa", "CN=\xc3\x85sa"},
    {"CN=\xff", "!is not UTF-8"},
    {"CN=a\tb", "!control character"},
    {"CN=\xe2\x80\xae"
     "ecila",
     "!direction"},
    {"CN=\xe2\x80\x8f\xd7\x90", "CN=\xe2\x80\x8f\xd7\x90"},

    /* Variables. */
    {"CN={{username}}", "CN=alice"},
    {"CN={{ UserName }}", "CN=alice"},
    {"CN={{UserName}}-{{DeviceName}}", "CN=alice-lab-1"},
    {"CN={{UserNam}}", "!{{UserNam}} is no known variable (did you mean UserName?)"},
    {"CN={{}}", "!is no known variable"},
    {"CN={{UserName", "!is not closed by"},
    {"CN={UserName}", "!two braces: {{UserName}}"},
    {"CN=UserName}}", "!without a \"{{\""},
    {"CN={{{UserName}}}", "!{{{UserName}} is no known variable"},
    {"CN={{{{UserName}}}}", "!is no known variable"},
    {"CN={{User,Name}}", "!is not closed by"},
    {"CN={x}", "CN={x}"},
    {"CN={{GivenName}}", "!!{{GivenName}}: no value: looked in [attributes] of signet.conf"},
    {"CN={{OnPremisesSecurityIdentifier}}", "!belongs in a SAN"},
    {"C={{UserName}}", "!!two letters"},
};

START_TEST(reads)
{
    CLEANUP(settings_free) struct settings settings = {0};
    CLEANUP(strings_free) struct strings warnings = {0};
    set_usual(&settings);
    autofree char *got = outcome(rows[_i].text, "alice", &settings, &warnings);
    expect(got, rows[_i].expected);
}
END_TEST

/* What a user is called never changes the form of the name. */
static const struct {
    const char *user, *expected; /* of CN={{UserName}},OU=x */
} hostile[] = {
    {"alice,OU=Admins", "CN=alice,OU=Admins / OU=x"},
    {"alice+OU=Admins", "CN=alice+OU=Admins / OU=x"},
    {"alice;OU=Admins", "CN=alice;OU=Admins / OU=x"},
    {"\"", "CN=\" / OU=x"},
    {"\",OU=Admins,CN=\"", "CN=\",OU=Admins,CN=\" / OU=x"},
    {"#0500", "CN=#0500 / OU=x"},
    {"{{UserName}}", "CN={{UserName}} / OU=x"},
    {"{{EmailAddress}}", "CN={{EmailAddress}} / OU=x"},
    {"a\\,b", "CN=,b / OU=x"}, /* all before a backslash is a domain */
    {"CONTOSO\\alice", "CN=alice / OU=x"},
    {"alice@contoso.com", "CN=alice / OU=x"},
    {"CORP\\alice@x@y", "CN=alice / OU=x"},
    {"%s%n", "CN=%s%n / OU=x"},
    {"*", "CN=* / OU=x"},
    {" alice ", "CN= alice  / OU=x"},
    {"\xe2\x80\x8f\xd7\x90", "CN=\xe2\x80\x8f\xd7\x90 / OU=x"},
    {"", "!!{{UserName}}: no value"},
    {"@contoso.com", "!!{{UserName}}: no value"},
    {"CONTOSO\\", "!!{{UserName}}: no value"},
    {" ", "!!CN has an empty value"},
    {"a\nOU=Admins", "!!control character"},
    {"a\x7f", "!!control character"},
    {"\x1b[2J", "!!control character"},
    {"a\xc2\x9b", "!!control character"},
    {"a\xe2\x80\xa8", "!!control character"},
    {"\xff", "!!is not UTF-8"},
    {"\xc0\xaf", "!!is not UTF-8"},
    {"\xed\xa0\x80", "!!is not UTF-8"},
    {"\xf4\x90\x80\x80", "!!is not UTF-8"},
    {"\xe2\x80\xae"
     "nimda",
     "!!direction"},
    {"\xe2\x81\xa7"
     "nimda",
     "!!direction"},
};

START_TEST(keeps_values_opaque)
{
    CLEANUP(settings_free) struct settings settings = {0};
    CLEANUP(strings_free) struct strings warnings = {0};
    set_usual(&settings);
    autofree char *got = outcome("CN={{UserName}},OU=x", hostile[_i].user, &settings, &warnings);
    expect(got, hostile[_i].expected);
}
END_TEST

/* DNs of a directory, for CN={{OnPrem_Distinguished_Name}},O=x. They come as values, so a template
 * in signet.conf is no way in: braces are not offered here. */
static const struct {
    const char *dn, *expected;
} dns[] = {
    {"CN=a", "CN=a / O=x"},
    {"CN=Doe\\, Jane,OU=b", "CN=Doe, Jane / OU=b / O=x"},
    {"CN=a\\2Cb\\C3\\A5", "CN=a,b\xc3\xa5 / O=x"},
    {"cn=a+uid=b , dc=c", "CN=a+UID=b / DC=c / O=x"},
    {"CN=a\\ ,OU=\\#b\\\\c\\\"", "CN=a  / OU=#b\\c\" / O=x"},
    {"2.5.4.3=a", "CN=a / O=x"},
    {"CN=\"a\"", "!!unescaped quote"},
    {"CN=a\\", "!!escapes nothing"},
    {"CN=a\\x", "!!escapes nothing"},
    {"CN=a,", "!!not a distinguished name"},
    {"alice", "!!not a distinguished name"},
    {"CN=", "!!empty value"},
    {"CN=a,XX=b", "!!unknown attribute type XX"},
    {"CN=#0c0161", "!!in # form"},
    {"CN=a\\00b", "!!zero byte"},
    {"CN=a\\ff", "!!is not UTF-8"},
    {"CN=a\\0a", "!!control character"},
    {"C=SWE", "!!two letters"},
    {"=", "!!not a distinguished name"},
};

START_TEST(takes_a_whole_dn)
{
    CLEANUP(settings_free) struct settings settings = {0};
    CLEANUP(strings_free) struct strings warnings = {0};
    set(&settings, "OnPrem_Distinguished_Name", dns[_i].dn);
    autofree char *got =
        outcome("CN={{OnPrem_Distinguished_Name}},O=x", "alice", &settings, &warnings);
    expect(got, dns[_i].expected);
}
END_TEST

static const struct {
    const char *text, *reversed;
} orders[] = {
    {"CN=a", "CN=a"},
    {"CN=a,OU=b,DC=c", "DC=c / OU=b / CN=a"},
    {"CN=a+UID=b,OU=c+L=d,DC=e", "DC=e / OU=c+L=d / CN=a+UID=b"},
    {"OU=c,CN=a+UID=b+E=c", "CN=a+UID=b+E=c / OU=c"},
    {"CN={{OnPrem_Distinguished_Name}},O=x",
     "O=x / DC=com / DC=contoso / DC=corp / OU=UserAccounts / CN=Jane Doe"},
    {"none", ""},
};

START_TEST(encodes_the_last_first)
{
    CLEANUP(settings_free) struct settings settings = {0};
    CLEANUP(strings_free) struct strings warnings = {0};
    CLEANUP(subject_free) struct subject_template subject = {0};
    CLEANUP(name_free) struct name name = {0};
    struct attributes attributes = {.settings = &settings, .user = "alice"};
    set_usual(&settings);
    ck_assert_int_eq(subject_parse(orders[_i].text, &subject, &warnings, NULL, NULL), 0);
    ck_assert_int_eq(subject_expand(&subject, false, &attributes, &name, &warnings, NULL), 0);
    autofree char *got = show(&name);
    ck_assert_str_eq(got, orders[_i].reversed);
}
END_TEST

START_TEST(warns)
{
    CLEANUP(settings_free) struct settings settings = {0};
    CLEANUP(strings_free) struct strings warnings = {0};
    char user[4098] = "";
    memset(user, 'a', 64);
    free(outcome("CN={{UserName}}", user, &settings, &warnings));
    ck_assert_uint_eq(warnings.n, 0);
    user[64] = 'a';
    autofree char *got = outcome("CN={{UserName}}", user, &settings, &warnings);
    ck_assert(*got == 'C');
    ck_assert_uint_eq(warnings.n, 1);
    ck_assert_ptr_nonnull(strstr(warnings.v[0], "CN has 65 characters"));
    free(outcome("CN=a\\,b", "alice", &settings, &warnings));
    ck_assert_uint_eq(warnings.n, 2);
    ck_assert_ptr_nonnull(strstr(warnings.v[1], "backslash"));
    free(outcome("CN=CORP\\alice", "alice", &settings, &warnings));
    ck_assert_uint_eq(warnings.n, 2);
}
END_TEST

START_TEST(has_limits)
{
    CLEANUP(settings_free) struct settings settings = {0};
    CLEANUP(strings_free) struct strings warnings = {0};
    char long_name[10001] = "";
    memset(long_name, 'a', sizeof long_name - 1);
    autofree char *got = outcome("CN={{UserName}}", long_name, &settings, &warnings);
    expect(got, "!!has 10000 bytes, more than 4096");
    autofree char *text = text_format("CN=%s", long_name);
    autofree char *static_got = outcome(text, "alice", &settings, &warnings);
    expect(static_got, "!CN: longer than 4096 bytes");

    autobuf many = {0};
    for (int i = 0; i < SUBJECT_MAX; i++)
        buf_add_text(&many, i ? ",OU=a" : "OU=a", NULL);
    autofree char *fits = outcome(buf_text(&many), "alice", &settings, &warnings);
    ck_assert(*fits == 'O');
    buf_add_text(&many, ",OU=a", NULL);
    autofree char *full = outcome(buf_text(&many), "alice", &settings, &warnings);
    expect(full, "!more than 64 parts");
}
END_TEST

Suite *subject_suite(void)
{
    Suite *suite = suite_create("profile/subject");
    TCase *tc = tcase_create("subject");
    tcase_add_loop_test(tc, reads, 0, LENGTH(rows));
    tcase_add_loop_test(tc, keeps_values_opaque, 0, LENGTH(hostile));
    tcase_add_loop_test(tc, takes_a_whole_dn, 0, LENGTH(dns));
    tcase_add_loop_test(tc, encodes_the_last_first, 0, LENGTH(orders));
    tcase_add_test(tc, warns);
    tcase_add_test(tc, has_limits);
    suite_add_tcase(suite, tc);
    return suite;
}
