/* From lines of conf.d to DER: every name that the documentation shows, and names that somebody
 * would like to smuggle in, as `openssl asn1parse` reads them out of the request. */
#include "tests/scep/asn1parse.h"

#include "base/clean.h"
#include "profile/profile.h"
#include "scep/csr.h"
#include "tests/profile/place.h"
#include "tests/scep/fixture.h"
#include "tests/suite.h"

#include <string.h>

#define SID "S-1-5-21-3623811015-3361044348-30300820-1013"
#define DN  "CN=Jane Doe,OU=UserAccounts,DC=corp,DC=contoso,DC=com"

/* What the machine and its directory know. */
static const struct {
    const char *name, *value;
} known[] = {
    {"UserPrincipalName", "janedoe@contoso.com"},
    {"EmailAddress", "jane.doe@contoso.com"},
    {"Surname", "Doe"},
    {"OnPremisesSamAccountName", "Domain\\testUser"},
    {"OnPrem_Distinguished_Name", DN},
    {"OnPremisesSecurityIdentifier", SID},
    {"AAD_Device_ID", "8b1ce4f2-0d2e-4f3a-9c55-3c6f0e6a7d11"},
    {"DeviceId", "0f9d7c3e-5a41-4b6c-8f57-0a8f2b1c9e20"},
    {"SerialNumber", "PF2ABCDE"},
    {"IMEI", "356938035643809"},
    {"MEID", "A0000000002329"},
    {"WiFiMacAddress", "02-00-5E-10-00-01"},
    {"DeviceName", "lab-1"},
    {"FullyQualifiedDomainName", "lab-1.corp.contoso.com"},
};
static struct setting settings[LENGTH(known)];

/* What SSSD answers: any bytes, which no file could hold. */
static const struct {
    const char *name, *value;
    size_t len;
} directory[] = {
    {"department", "R&D, Labs; {{UserName}}", 23},
    {"givenname", "Jane\0Doe", 8},
};

/* An AVA and an RDN with one, as asn1_fold() writes them. */
#define AVA(oid, type, value) "(" oid " " type " " value ")"
#define UTF8(oid, value)      "{" AVA(oid, "UTF8STRING", value) "}"
#define IA5(oid, value)       "{" AVA(oid, "IA5STRING", value) "}"
#define PRINTABLE(oid, value) "{" AVA(oid, "PRINTABLESTRING", value) "}"

#define CN(value) UTF8("commonName", value)
#define OU(value) UTF8("organizationalUnitName", value)
#define O(value)  UTF8("organizationName", value)
#define L(value)  UTF8("localityName", value)
#define ST(value) UTF8("stateOrProvinceName", value)
#define C(value)  PRINTABLE("countryName", value)
#define DC(value) IA5("domainComponent", value)
#define E(value)  IA5("emailAddress", value)

#define CONTOSO    DC("com") DC("contoso") DC("corp") OU("UserAccounts")
#define UPN(value) "[0](Microsoft User Principal Name [0](UTF8STRING " value "))"

/* Lines of a profile. */
#define SUBJECT(text) "subject = " text "\n"
#define SAN(text)     "san = " text "\n"
#define ONLY(san)     SUBJECT("none") SAN(san)
#define FORWARD       "subject-order = forward\n"
#define DEVICE        "type = device\n"

#define A8     "aaaaaaaa"
#define A56    A8 A8 A8 A8 A8 A8 A8
#define A64    A56 A8
#define A512   A64 A64 A64 A64 A64 A64 A64 A64
#define A4096  A512 A512 A512 A512 A512 A512 A512 A512
#define A10000 A4096 A4096 A512 A512 A512 A64 A64 A64 A64 A8 A8

/* SUBJECT begins with "!": the file is refused with this text; with "!!": the request is. */
static const struct {
    const char *user, *lines, *subject, *san;
} rows[] = {
    /* The article's user profiles. */
    {"janedoe", SUBJECT("CN={{UserName}}"), CN("janedoe"), ""},
    {"janedoe", SUBJECT("CN={{UserPrincipalName}}"), CN("janedoe@contoso.com"), ""},
    {"janedoe", SUBJECT("CN={{AAD_Device_ID}}"), CN("8b1ce4f2-0d2e-4f3a-9c55-3c6f0e6a7d11"), ""},
    {"janedoe", SUBJECT("CN={{SERIALNUMBER}}"), CN("PF2ABCDE"), ""},
    {"janedoe", SUBJECT("CN={{IMEINumber}}"), CN("356938035643809"), ""},
    {"janedoe", SUBJECT("CN={{OnPrem_Distinguished_Name}}"), CONTOSO CN("Jane Doe"), ""},
    {"janedoe", FORWARD SUBJECT("CN={{OnPrem_Distinguished_Name}}"),
     CN("Jane Doe") OU("UserAccounts") DC("corp") DC("contoso") DC("com"), ""},
    {"janedoe", SUBJECT("CN={{onPremisesSamAccountName}}"), CN("Domain\\testUser"), ""},
    {"janedoe",
     SUBJECT("CN={{UserName}},E={{EmailAddress}},OU=Mobile,O=Finance Group,L=Redmond,"
             "ST=Washington,C=US"),
     C("US") ST("Washington") L("Redmond") O("Finance Group") OU("Mobile") E("jane.doe@contoso.com")
         CN("janedoe"),
     ""},
    {"janedoe",
     FORWARD SUBJECT("CN={{UserName}},E={{EmailAddress}},OU=Mobile,O=Finance Group,L=Redmond,"
                     "ST=Washington,C=US"),
     CN("janedoe") E("jane.doe@contoso.com") OU("Mobile") O("Finance Group") L("Redmond")
         ST("Washington") C("US"),
     ""},
    {"janedoe", SUBJECT("CN={{UserName}}\\@contoso.com"), CN("janedoe@contoso.com"), ""},

    /* Its predefined formats. */
    {"janedoe", SUBJECT("none"), "", ""},
    {"janedoe", SUBJECT("common-name"), CN("janedoe"), ""},
    {"janedoe", SUBJECT("common-name-with-email"), E("jane.doe@contoso.com") CN("janedoe"), ""},
    {"janedoe", SUBJECT("common-name-as-email"), CN("jane.doe@contoso.com"), ""},
    {"janedoe", SUBJECT("imei"), CN("356938035643809"), ""},
    {"janedoe", SUBJECT("serial-number"), CN("PF2ABCDE"), ""},
    {"janedoe", SUBJECT("device-id"), CN("0f9d7c3e-5a41-4b6c-8f57-0a8f2b1c9e20"), ""},

    /* Its device profiles. */
    {NULL, DEVICE SUBJECT("CN={{AAD_Device_ID}}"), CN("8b1ce4f2-0d2e-4f3a-9c55-3c6f0e6a7d11"), ""},
    {NULL, DEVICE SUBJECT("CN={{AzureADDeviceId}}"), CN("8b1ce4f2-0d2e-4f3a-9c55-3c6f0e6a7d11"),
     ""},
    {NULL, DEVICE SUBJECT("CN={{Device_Serial}}"), CN("PF2ABCDE"), ""},
    {NULL, DEVICE SUBJECT("CN={{Device_IMEI}}"), CN("356938035643809"), ""},
    {NULL, DEVICE SUBJECT("CN={{SerialNumber}}"), CN("PF2ABCDE"), ""},
    {NULL, DEVICE SUBJECT("CN={{IMEINumber}}"), CN("356938035643809"), ""},
    {NULL, DEVICE SUBJECT("CN={{WiFiMacAddress}}"), CN("02-00-5E-10-00-01"), ""},
    {NULL, DEVICE SUBJECT("CN={{IMEI}}"), CN("356938035643809"), ""},
    {NULL, DEVICE SUBJECT("CN={{DeviceName}}"), CN("lab-1"), ""},
    {NULL, DEVICE SUBJECT("CN={{FullyQualifiedDomainName}}"), CN("lab-1.corp.contoso.com"), ""},
    {NULL, DEVICE SUBJECT("CN={{MEID}}"), CN("A0000000002329"), ""},
    {NULL, DEVICE SUBJECT("CN={{DeviceName}}Device1"), CN("lab-1Device1"), ""},
    {NULL, DEVICE SUBJECT("CN={{UserName}}"), "!{{UserName}} is a user's variable", ""},
    {NULL, DEVICE ONLY("upn:{{UserPrincipalName}}"), "!is a user's variable", ""},

    /* Its alternative names. */
    {"janedoe", ONLY("email:{{EmailAddress}}"), "", "[1] jane.doe@contoso.com"},
    {"janedoe", ONLY("upn:{{UserPrincipalName}}"), "", UPN("janedoe@contoso.com")},
    {NULL, DEVICE ONLY("dns:{{AzureADDeviceId}}.domain.com"), "",
     "[2] 8b1ce4f2-0d2e-4f3a-9c55-3c6f0e6a7d11.domain.com"},
    {NULL, DEVICE ONLY("email:{{FullyQualifiedDomainName}}User1@Contoso.com"), "",
     "[1] lab-1.corp.contoso.comUser1@Contoso.com"},
    {NULL, DEVICE ONLY("upn:{{DeviceName}}$@contoso.com"), "", UPN("lab-1$@contoso.com")},
    {NULL, DEVICE ONLY("dns:{{Device_Serial}}"), "", "[2] PF2ABCDE"},
    {NULL, DEVICE ONLY("dns:{{SerialNumber}}.x"), "", "[2] PF2ABCDE.x"},
    {NULL, DEVICE ONLY("dns:{{Device_IMEI}}.x"), "", "[2] 356938035643809.x"},
    {NULL, DEVICE ONLY("dns:{{IMEINumber}}.x"), "", "[2] 356938035643809.x"},
    {NULL, DEVICE ONLY("dns:{{IMEI}}.x"), "", "[2] 356938035643809.x"},
    {NULL, DEVICE ONLY("dns:{{MEID}}.x"), "", "[2] A0000000002329.x"},
    {NULL, DEVICE ONLY("dns:{{WiFiMacAddress}}.x"), "", "[2] 02-00-5E-10-00-01.x"},
    {NULL, DEVICE ONLY("dns:{{DeviceName}}"), "", "[2] lab-1"},
    {NULL, DEVICE ONLY("dns:{{FullyQualifiedDomainName}}"), "", "[2] lab-1.corp.contoso.com"},
    {NULL, DEVICE ONLY("dns:{{DeviceName}};x"), "!holds one of { } | ; behind a variable", ""},
    {NULL, DEVICE ONLY("dns:{{DeviceName}}|x"), "!holds one of { } | ; behind a variable", ""},
    {NULL, DEVICE ONLY("dns:{DeviceName}"), "!a variable stands in two braces", ""},

    /* Its known problem: commas. */
    {"jane",
     SUBJECT("CN=\"Test User (TestCompany, LLC)\",OU=UserAccounts,DC=corp,DC=contoso,DC=com"),
     CONTOSO CN("Test User (TestCompany, LLC)"), ""},
    {"jane", SUBJECT("CN=Test User (TestCompany LLC),OU=UserAccounts,DC=corp,DC=contoso,DC=com"),
     CONTOSO CN("Test User (TestCompany LLC)"), ""},
    {"jane", SUBJECT("CN=Test User (TestCompany\\, LLC),OU=UserAccounts,DC=corp,DC=contoso,DC=com"),
     CONTOSO CN("Test User (TestCompany, LLC)"), ""},
    {"jane", SUBJECT("CN=Test User (TestCompany, LLC),OU=UserAccounts,DC=corp,DC=contoso,DC=com"),
     "!\"LLC)\" is no KEY=VALUE", ""},
    {"jane", SUBJECT("CN=a\\+b\\;c\\=d,OU=x"), OU("x") CN("a+b;c=d"), ""},

    /* Several names of each kind, in the order of the file. */
    {"janedoe",
     SUBJECT("CN={{UserName}}") SAN("email:{{EmailAddress}}") SAN("uri:https://a/{{UserName}}")
         SAN("upn:{{UserPrincipalName}}") SAN("dns:a.example") SAN("email:second@contoso.com")
             SAN("upn:{{UserName}}@corp.contoso.com") SAN("dns:b.example")
                 SAN("uri:urn:uuid:{{DeviceId}}"),
     CN("janedoe"),
     "[1] jane.doe@contoso.com [6] https://a/janedoe " UPN(
         "janedoe@contoso.com") "[2] a.example [1] second@contoso.com " UPN("janedoe@corp.contoso."
                                                                            "com") "[2] b.example "
                                                                                   "[6] "
                                                                                   "urn:uuid:"
                                                                                   "0f9d7c3e-5a41-"
                                                                                   "4b6c-8f57-"
                                                                                   "0a8f2b1c9e20"},
    {"jane", ONLY("uri:{{OnPremisesSecurityIdentifier}}"), "",
     "[6] tag:microsoft.com,2022-09-14:sid:" SID},
    {NULL, DEVICE ONLY("uri:{{OnPremisesSecurityIdentifier}}"), "",
     "[6] tag:microsoft.com,2022-09-14:sid:" SID},
    {"jane", ONLY("upn:{{OnPremisesSecurityIdentifier}}@x"), "!belongs in uri: only", ""},
    {"\xc3\xa5sa", ONLY("upn:{{UserName}}@contoso.com"), "", UPN("\xc3\xa5sa@contoso.com")},

    /* Keys and their types. */
    {"jane", FORWARD SUBJECT("CN=a,L=b,O=c,OU=d,S=e,ST=f,STREET=g,T=h,Title=i"),
     CN("a") L("b") O("c") OU("d") ST("e") ST("f") UTF8("streetAddress", "g") UTF8("title", "h")
         UTF8("title", "i"),
     ""},
    {"jane", FORWARD SUBJECT("G=a,GN=b,GivenName=c,I=d,Initials=e,SN=f,C=SE,E=g,Email=h,DC=i"),
     UTF8("givenName", "a") UTF8("givenName", "b") UTF8("givenName", "c") UTF8("initials", "d")
         UTF8("initials", "e") UTF8("surname", "f") C("SE") E("g") E("h") DC("i"),
     ""},
    {"jane",
     FORWARD SUBJECT("SERIALNUMBER=a,Description=b,PostalCode=c,POBox=d,Phone=\"+46 8\",UID=u"),
     PRINTABLE("serialNumber", "a") UTF8("description", "b") UTF8("postalCode", "c")
         UTF8("postOfficeBox", "d") PRINTABLE("telephoneNumber", "+46 8") UTF8("userId", "u"),
     ""},
    {"jane", FORWARD SUBJECT("X21Address=1,DnQualifier=q,UnstructuredName=n,OID.1.2.3=a,1.2.3=b"),
     UTF8("x121Address", "1") PRINTABLE("dnQualifier", "q") UTF8("unstructuredName", "n")
         UTF8("1.2.3", "a") UTF8("1.2.3", "b"),
     ""},
    {"jane", SUBJECT("OID.2.5.4.6=SE,2.999.4294967295=x"), UTF8("2.999.4294967295", "x") C("SE"),
     ""},
    {"jane", SUBJECT("C=SWE"), "!two letters", ""},
    {"jane", SUBJECT("CN=#0500"), "!means octets", ""},
    {"jane", SUBJECT("CN=\"#0500\""), CN("#0500"), ""},

    /* RDNs of several values: a SET in DER stands in the order of its bytes. */
    {"jane", SUBJECT("CN=a+UID=b,OU=c"),
     OU("c") "{" AVA("commonName", "UTF8STRING", "a") AVA("userId", "UTF8STRING", "b") "}", ""},
    {"jane", SUBJECT("E=j@x+UID=b"),
     "{" AVA("userId", "UTF8STRING", "b") AVA("emailAddress", "IA5STRING", "j@x") "}", ""},
    {"jane", FORWARD SUBJECT("OU=cc+CN=d+DC=e;C=SE"),
     "{" AVA("commonName", "UTF8STRING", "d") AVA("organizationalUnitName", "UTF8STRING", "cc")
         AVA("domainComponent", "IA5STRING", "e") "}" C("SE"),
     ""},
    {"jane", SUBJECT("CN={{OnPrem_Distinguished_Name}},O=x"), O("x") CONTOSO CN("Jane Doe"), ""},
    {"jane", SUBJECT("CN=\"{{OnPrem_Distinguished_Name}}\""), CONTOSO CN("Jane Doe"), ""},
    {"jane", SUBJECT("OU={{OnPrem_Distinguished_Name}}"), OU(DN), ""},

    /* Blanks, line breaks, quotes. */
    {"jane", SUBJECT("  CN =  a b  ;\n  OU = c  "), OU("c") CN("a b"), ""},
    {"jane", SUBJECT("CN=a\n  OU=b\n  ,O=c"), O("c") OU("b") CN("a"), ""},
    {"jane", SUBJECT("CN=\" a \""), CN(" a "), ""},
    {"jane", SUBJECT("CN=\"say \"\"hi\"\"\""), CN("say \"hi\""), ""},
    {"jane", SUBJECT("CN=CORP\\jane,OU=x"), OU("x") CN("CORP\\jane"), ""},
    {"jane", SUBJECT("CN={{UserName}} {{Surname}}"), CN("jane Doe"), ""},

    /* Users of any name: never one RDN more. */
    {"alice,OU=Admins", SUBJECT("CN={{UserName}},OU=x"), OU("x") CN("alice,OU=Admins"), ""},
    {"alice+OU=Admins", SUBJECT("CN={{UserName}},OU=x"), OU("x") CN("alice+OU=Admins"), ""},
    {"alice;OU=Admins", SUBJECT("CN={{UserName}},OU=x"), OU("x") CN("alice;OU=Admins"), ""},
    {"alice/OU=Admins", SUBJECT("CN={{UserName}},OU=x"), OU("x") CN("alice/OU=Admins"), ""},
    {"a=b", SUBJECT("CN={{UserName}},OU=x"), OU("x") CN("a=b"), ""},
    {"\"", SUBJECT("CN={{UserName}},OU=x"), OU("x") CN("\""), ""},
    {"\",OU=\"Admins", SUBJECT("CN=\"{{UserName}}\",OU=x"), OU("x") CN("\",OU=\"Admins"), ""},
    {"#0500", SUBJECT("CN={{UserName}}"), CN("#0500"), ""},
    {"{{UserName}}", SUBJECT("CN={{UserName}}"), CN("{{UserName}}"), ""},
    {"{{OnPrem_Distinguished_Name}}", SUBJECT("CN={{UserName}}"),
     CN("{{OnPrem_Distinguished_Name}}"), ""},
    {DN, SUBJECT("CN={{UserName}}"), CN(DN), ""},
    {" alice ", SUBJECT("CN={{UserName}}"), CN(" alice "), ""},
    {"\xe2\x80\x8f\xd7\x90\xd7\x91", SUBJECT("CN={{UserName}}"), CN("\xe2\x80\x8f\xd7\x90\xd7\x91"),
     ""},
    {"e\xcc\x81\xcc\xa7", SUBJECT("CN={{UserName}}"), CN("e\xcc\x81\xcc\xa7"), ""},
    {"\xf0\x9f\x94\x91", SUBJECT("CN={{UserName}}"), CN("\xf0\x9f\x94\x91"), ""},
    {"\xe2\x80\xae\x65\x63ila", SUBJECT("CN={{UserName}}"), "!!direction of the text", ""},
    {"jane", SUBJECT("OU={{Department}}"), OU("R&D, Labs; {{UserName}}"), ""},
    {"jane", SUBJECT("CN={{GivenName}}"), "!!{{GivenName}}: its value holds a zero byte", ""},
    {"jane", ONLY("upn:{{GivenName}}@b"), "!!{{GivenName}}: its value holds a zero byte", ""},
    {"alice\xff", SUBJECT("CN={{UserName}}"), "!!is not UTF-8", ""},
    {"\xc0\x80", SUBJECT("CN={{UserName}}"), "!!is not UTF-8", ""},
    {"a\nOU=Admins", SUBJECT("CN={{UserName}}"), "!!control character", ""},
    {A64, SUBJECT("CN={{UserName}}"), CN(A64), ""},
    {A64 "\xc3\xa5", SUBJECT("CN={{UserName}}"), CN(A64 "\xc3\xa5"), ""},
    {A4096, SUBJECT("CN={{UserName}}"), CN(A4096), ""},
    {A10000, SUBJECT("CN={{UserName}}"), "!!has 10000 bytes, more than 4096", ""},
    {"j\xc3\xb6rg", SUBJECT("E={{UserName}}@contoso.com"), "!!E can hold no other address", ""},
    {"jorg", SUBJECT("E={{UserName}}@b\xc3\xbc\x63her.example"), "!!host in punycode", ""},
    {"jorg", SUBJECT("E={{UserName}}@xn--bcher-kva.example"), E("jorg@xn--bcher-kva.example"), ""},
    {"j_rg", SUBJECT("SERIALNUMBER={{UserName}}"), "!!(PrintableString)", ""},

    {"a,email:root@b.se", ONLY("upn:{{UserName}}@c"), "", UPN("a,email:root@c")},
    {"a,dns:evil", ONLY("uri:x:{{UserName}}"), "", "[6] x:a,dns:evil"},
    {"alice", ONLY("upn:{{UserName}}"), "!!exactly one '@'", ""},
    {"alice", ONLY("upn:x{{UserPrincipalName}}@c"), "!!exactly one '@'", ""},
    {"j\xc3\xb6rg", ONLY("email:{{UserName}}@contoso.com"), "!!can be no other", ""},
    {"a_b", ONLY("dns:{{UserName}}.contoso.com"), "!!is no DNS name", ""},
    {".", ONLY("dns:a{{UserName}}.b"), "!!a part between its dots that is empty", ""},
    {A64, ONLY("dns:{{UserName}}.b"), "!!longer than 63", ""},
    {"a", ONLY("dns:" A56 "." A56 "." A56 "." A56 "." A8 A8 "aaaaaaa.{{UserName}}"), "",
     "[2] " A56 "." A56 "." A56 "." A56 "." A8 A8 "aaaaaaa.a"}, /* 253 in all */
    {"aa", ONLY("dns:" A56 "." A56 "." A56 "." A56 "." A8 A8 "aaaaaaa.{{UserName}}"),
     "!!longer than 253", ""},
};

/* What came of each row. */
static struct result {
    size_t line;      /* of conf.d, where it begins */
    struct buf error; /* "!..." or "!!..." */
    struct buf subject, san, warnings;
} results[LENGTH(rows)];

static void add_texts(const struct strings *texts, struct buf *ret)
{
    for (size_t i = 0; i < texts->n; i++)
        buf_printf(ret, NULL, "%s\n", texts->v[i]);
}

/* All rows as profiles of one file. */
static void write_profiles(void)
{
    autobuf text = {0};
    size_t line = 3;
    buf_add_text(&text, "[trusted-root r]\ncertificate = ca.pem\n", NULL);
    for (size_t i = 0; i < LENGTH(rows); i++) {
        size_t begin = text.len;
        buf_printf(&text, NULL, "[scep p%zu]\nroot = r\nurl = http://h/\n%s", i, rows[i].lines);
        results[i].line = line;
        for (size_t c = begin; c < text.len; c++)
            line += text.data[c] == '\n';
    }
    put("ca.pem", 0644, test_ca_pem);
    put("conf.d/a.conf", 0644, buf_text(&text));
}

/* Hands each problem to the row on whose lines it lies. */
static void share_problems(const struct profile_set *set)
{
    for (size_t i = 0; i < set->problems.n; i++) {
        const struct problem *problem = &set->problems.v[i];
        size_t row = 0;
        while (row + 1 < LENGTH(rows) && results[row + 1].line <= problem->at.line)
            row++;
        ck_assert_msg(problem->at.line >= results[0].line, "%s", problem->text);
        buf_printf(&results[row].error, NULL, "!%s", problem->text);
    }
}

static int ask(void *context, enum attribute_service service, const char *user, uid_t uid,
               const char *name, struct buf *ret, struct err *err)
{
    (void)context;
    (void)user;
    (void)uid;
    for (size_t i = 0; service == SERVICE_DIRECTORY && i < LENGTH(directory); i++)
        if (strcmp(name, directory[i].name) == 0)
            return buf_add(ret, directory[i].value, directory[i].len, err) < 0 ? -ERR_RESOURCE : 1;
    return 0;
}

/* Appends row I's request to DER, unless there is an error. */
static void request(size_t i, const struct profile_set *set, struct buf *der)
{
    const struct settings values = {.v = settings, .n = LENGTH(settings)};
    struct attributes attributes = {.settings = &values, .user = rows[i].user, .ask = ask};
    CLEANUP(request_free) struct request request = {0};
    struct err err = {0};
    char name[16];
    snprintf(name, sizeof name, "p%zu", i);
    const struct profile *profile = profile_find(set, PROFILE_SCEP, name);
    ck_assert((profile == NULL) == (results[i].error.len > 0));
    if (!profile)
        return;
    if (profile_request(profile, &attributes, &request, &err) < 0) {
        buf_printf(&results[i].error, NULL, "!!%s", err.text);
        return;
    }
    add_texts(&request.warnings, &results[i].warnings);
    ck_assert_msg(csr_build(fixture_key(FIXTURE_EC_A), &request, HASH_SHA256, NULL, der, &err) == 0,
                  "%s: %s", rows[i].lines, err.text);
}

/* From the lines of one request: its subject as text, and its alternative names, an OCTET STRING
 * behind the extension's OBJECT, copied to SANS. */
static void read_request(const struct asn1_lines *lines, size_t begin, const struct buf *der,
                         struct result *result, struct buf *sans)
{
    /* CertificationRequest, CertificationRequestInfo, version, subject (RFC 2986 section 4) */
    size_t subject = begin + 3;
    ck_assert_str_eq(lines->v[begin + 2].type, "INTEGER");
    ck_assert_str_eq(lines->v[subject].type, "SEQUENCE");
    asn1_fold(lines, subject + 1, asn1_end(lines, subject), der, &result->subject);
    for (size_t i = begin; i < asn1_end(lines, begin); i++)
        if (strcmp(lines->v[i].name, "X509v3 Subject Alternative Name") == 0) {
            while (strcmp(lines->v[i].type, "OCTET STRING") != 0)
                i++;
            buf_add(sans, der->data + lines->v[i].content, lines->v[i].len, NULL);
            result->san.len = 1; /* there is one: see read_sans() */
        }
}

static void read_sans(const struct buf *sans)
{
    CLEANUP(asn1_free) struct asn1_lines lines = {0};
    size_t begin = 0;
    asn1_parse(sans, &lines);
    for (size_t i = 0; i < LENGTH(rows); i++)
        if (results[i].san.len) {
            results[i].san.len = 0;
            asn1_fold(&lines, begin + 1, asn1_end(&lines, begin), sans, &results[i].san);
            begin = asn1_end(&lines, begin);
        }
    ck_assert_uint_eq(begin, lines.n);
}

/* Before Check forks: the program runs twice for all rows. */
static void make_all(void)
{
    CLEANUP(profile_set_free) struct profile_set set = {0};
    CLEANUP(asn1_free) struct asn1_lines lines = {0};
    autobuf der = {0}, sans = {0};
    size_t begin = 0;
    if (results[0].line)
        return;
    fixture_keys();
    for (size_t i = 0; i < LENGTH(known); i++)
        settings[i] =
            (struct setting){.attribute = attribute_find(known[i].name, strlen(known[i].name)),
                             .value = (char *)known[i].value};
    const char *place = make_place();
    write_profiles();
    ck_assert_int_eq(profile_load(place, &set, NULL), 0);
    remove_place();
    share_problems(&set);
    for (size_t i = 0; i < LENGTH(rows); i++)
        request(i, &set, &der);
    asn1_parse(&der, &lines);
    for (size_t i = 0; i < LENGTH(rows); i++)
        if (!results[i].error.len) {
            read_request(&lines, begin, &der, &results[i], &sans);
            begin = asn1_end(&lines, begin);
        }
    ck_assert_uint_eq(begin, lines.n);
    read_sans(&sans);
}

static void forget_all(void)
{
    for (size_t i = 0; i < LENGTH(rows); i++) {
        buf_free(&results[i].error);
        buf_free(&results[i].subject);
        buf_free(&results[i].san);
        buf_free(&results[i].warnings);
    }
}

START_TEST(the_der_is_what_the_profile_says)
{
    const struct result *result = &results[_i];
    const char *expected = rows[_i].subject, *error = buf_text(&result->error);
    size_t marks = strspn(expected, "!");
    if (marks) {
        ck_assert_msg(strspn(error, "!") == marks && strstr(error, expected + marks), "%sgave %s%s",
                      rows[_i].lines, error, buf_text(&result->subject));
        return;
    }
    ck_assert_msg(!*error, "%sgave %s", rows[_i].lines, error);
    ck_assert_str_eq(buf_text(&result->subject), expected);
    ck_assert_str_eq(buf_text(&result->san), rows[_i].san);
    /* Every name of more than 64 characters in these rows is a common name. */
    const char *user = rows[_i].user ? rows[_i].user : "";
    size_t n = clean_length(user, strlen(user));
    autofree char *warning = text_format("CN has %zu characters; many certificate authorities "
                                         "refuse more than 64\n",
                                         n);
    ck_assert_str_eq(buf_text(&result->warnings), n > 64 ? warning : "");
}
END_TEST

Suite *asn1parse_suite(void)
{
    Suite *suite = suite_create("scep/asn1parse");
    TCase *tc = tcase_create("asn1parse");
    tcase_add_unchecked_fixture(tc, make_all, forget_all);
    tcase_add_loop_test(tc, the_der_is_what_the_profile_says, 0, LENGTH(rows));
    suite_add_tcase(suite, tc);
    return suite;
}
