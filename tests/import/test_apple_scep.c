/* Each key of a SCEP payload, in a payload that is complete without it. */
#include "import/apple_row.h"

#include "tests/import/imported.h"

#include <string.h>

#define HEAD                                                                                       \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST "    \
    "1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n<plist version=\"1.0\"><dict>"
#define KEY(name)        "<key>" name "</key>"
#define TEXT(name, text) KEY(name) "<string>" text "</string>"
#define URL              TEXT("URL", "https://a/")
#define PAIR(key, value) "<array><string>" key "</string><string>" value "</string></array>"
#define RDN(key, value)  "<array>" PAIR(key, value) "</array>"
#define SUBJECT(rdns)    URL KEY("Subject") "<array>" rdns "</array>"
#define SAN(members)     URL KEY("SubjectAltName") "<dict>" members "</dict>"

static const struct {
    const char *key;
    const char *content;  /* of PayloadContent */
    const char *expected; /* lines of the section; NULL: it is left out */
    const char *said;     /* in the lines for people; NULL: nothing is said */
} rows[] = {
    {"URL", URL, "url = https://a/\n", NULL},
    {"URL", TEXT("URL", "ftp://a/"), NULL, "URL: url: "},
    {"URL", TEXT("URL", "https://a/\nroot = x"), NULL, "URL: holds a control character"},
    {"URL", TEXT("URL", ""), NULL, "URL: is empty"},
    {"URL", KEY("URL") "<integer>1</integer>", NULL, "URL: is not text"},
    {"URL", KEY("URL") "<array><string>https://a/</string></array>", NULL, "URL: is not text"},
    {"URL", "", NULL, "has no url"},
    {"Name", URL TEXT("Name", "ca 1"), "ca-ident = ca 1\n", NULL},
    {"Name", URL TEXT("Name", "a ; b"), NULL, "Name: cannot stand"},

    {"Subject", URL, "subject = none\n", "subject: none, and no san either"},
    {"Subject", SUBJECT(""), "subject = none\n", "subject: none"},
    {"Subject", SUBJECT(RDN("C", "SE") RDN("O", "A") RDN("CN", "x")),
     "subject = C=\"SE\", O=\"A\", CN=\"x\"\nsubject-order = forward\n", NULL},
    {"Subject", SUBJECT("<array>" PAIR("OU", "a") PAIR("L", "b") "</array>" RDN("CN", "x")),
     "subject = OU=\"a\"+L=\"b\", CN=\"x\"\n", NULL},
    {"Subject", SUBJECT(RDN("O", "A, \"B\" ; C=#x+\\,")),
     "subject = O=\"A, \"\"B\"\" ; C=#x+\\,\"\n", NULL},
    {"Subject", SUBJECT(RDN("1.2.840.113549.1.9.1", "a@b.c") RDN("2.5.4.3", "x") RDN("1.2.3", "y")),
     "subject = E=\"a@b.c\", CN=\"x\", 1.2.3=\"y\"\n", NULL},
    {"Subject", SUBJECT(RDN("emailAddress", "a@b.c")), "subject = E=\"a@b.c\"\n", NULL},
    {"Subject", SUBJECT(RDN("CN", "#0500")), "subject = CN=\"#0500\"\n", NULL},
    {"Subject", SUBJECT(RDN("CN", "$USERNAME at %ComputerName%, $5")),
     "subject = CN=\"{{UserName}} at {{DeviceName}}, $5\"\n", NULL},
    {"Subject", SUBJECT(RDN("CN", "{{UserName}}")), NULL, "Subject: CN: holds \"{{\""},
    {"Subject", SUBJECT(RDN("CN", "%HardwareUUID%")), NULL, "%HardwareUUID% is a variable"},
    {"Subject", SUBJECT(RDN("CN", "a }} b")), NULL, "Subject: subject: CN: "},
    {"Subject", SUBJECT(RDN("CN", "a\nurl = https://evil/")), NULL, "holds a control character"},
    {"Subject", SUBJECT(RDN("CN", "\xe2\x80\xae.evil")), NULL, "direction of the text"},
    {"Subject", SUBJECT(RDN("CN", "")), NULL, "CN has an empty value"},
    {"Subject", SUBJECT(RDN("C", "Sweden")), NULL, "country of two letters"},
    {"Subject", SUBJECT(RDN("XY", "x")), NULL, "XY is no attribute"},
    {"Subject", SUBJECT(RDN("CN=\"y\",O", "x")), NULL, "is no attribute"},
    {"Subject", SUBJECT("<string>CN=x</string>"), NULL, "is not an array of arrays"},
    {"Subject", SUBJECT("<array><string>CN</string><string>x</string></array>"), NULL,
     "pairs of a key and a value"},
    {"Subject", SUBJECT("<array><array><string>CN</string></array></array>"), NULL,
     "pairs of a key and a value"},
    {"Subject", SUBJECT("<array><array><string>CN</string><integer>1</integer></array></array>"),
     NULL, "pairs of a key and a value"},
    {"Subject", SUBJECT("<array/>"), NULL, "is not an array of arrays"},
    {"Subject", URL TEXT("Subject", "CN=x"), NULL, "is not an array of arrays"},
    {"SubjectAltName", SAN(TEXT("dNSName", "a.b")), "san = dns:a.b\n", NULL},
    {"SubjectAltName", SAN(""), "subject = none\n", "subject: none"},
    {"SubjectAltName", URL TEXT("SubjectAltName", "a.b"), NULL, "is no dictionary"},
    {"SubjectAltName", SAN(TEXT("x400Address", "a")), "subject = none\n",
     "x400Address: is not known here"},
    {"rfc822Name", SAN(TEXT("rfc822Name", "$EMAIL")), "san = email:{{EmailAddress}}\n", NULL},
    {"rfc822Name", SAN(TEXT("rfc822Name", "no mail")), NULL, "rfc822Name: san: "},
    {"dNSName",
     SAN(KEY("dNSName") "<array><string>a.b</string><string>%ComputerName%.c</string></array>"),
     "san = dns:a.b\nsan = dns:{{DeviceName}}.c\n", NULL},
    {"dNSName", SAN(KEY("dNSName") "<array><integer>1</integer></array>"), NULL, "is not text"},
    {"dNSName", SAN(TEXT("dNSName", "a.b\nsan = upn:root@b")), NULL, "control character"},
    {"uniformResourceIdentifier", SAN(TEXT("uniformResourceIdentifier", "urn:a:b")),
     "san = uri:urn:a:b\n", NULL},
    {"ntPrincipalName", SAN(TEXT("ntPrincipalName", "$USERNAME@b")), "san = upn:{{UserName}}@b\n",
     NULL},
    {"ntPrincipalName", SAN(TEXT("ntPrincipalName", "{{UserName}}@b")), NULL, "holds \"{{\""},
    {"ntPrincipalName", SAN(KEY("ntPrincipalName") "<dict/>"), NULL, "is not text"},

    {"Keysize", URL KEY("Keysize") "<integer>4096</integer>", "key-size = 4096\n", NULL},
    {"Keysize", URL KEY("Keysize") "<integer>1024</integer>", "key-size = 1024\n", "1024 bits"},
    {"Keysize", URL KEY("Keysize") "<integer>1000</integer>", NULL, "Keysize: key-size: 1000"},
    {"Keysize", URL KEY("Keysize") "<integer>-2048</integer>", NULL, "is not a number of bits"},
    {"Keysize", URL KEY("Keysize") "<integer>18446744073709551616</integer>", NULL, "Keysize"},
    {"Keysize", URL KEY("Keysize") "<string>2048</string>", NULL, "is not a number of bits"},
    {"Key Type", URL TEXT("Key Type", "RSA"), "key-type = rsa\n", NULL},
    {"Key Type", URL TEXT("Key Type", "ECSECPrimeRandom"), NULL, "is not RSA"},
    {"Key Usage", URL KEY("Key Usage") "<integer>1</integer>", "key-usage = digital-signature\n",
     NULL},
    {"Key Usage", URL KEY("Key Usage") "<integer>4</integer>", "key-usage = key-encipherment\n",
     NULL},
    {"Key Usage", URL KEY("Key Usage") "<integer>5</integer>",
     "key-usage = digital-signature, key-encipherment\n", NULL},
    {"Key Usage", URL KEY("Key Usage") "<integer>0</integer>", "url = ", "0: signing and"},
    {"Key Usage", URL KEY("Key Usage") "<integer>2</integer>", NULL, "is none of 0, 1"},
    {"Key Usage", URL KEY("Key Usage") "<integer>256</integer>", NULL, "is none of 0, 1"},
    {"Key Usage", URL KEY("Key Usage") "<true/>", NULL, "is none of 0, 1"},
    {"Challenge", URL TEXT("Challenge", "hunter2"), "challenge = file:x.challenge\n",
     "Challenge: in x.challenge, for your eyes only"},
    {"Challenge", URL TEXT("Challenge", ""), "#challenge = file:challenge", "none in the file"},
    {"Challenge", URL TEXT("Challenge", "a\nb"), NULL, "is not text on one line"},
    {"Challenge", URL KEY("Challenge") "<data>AAAA</data>", NULL, "is not text on one line"},
    {"CAFingerprint", URL KEY("CAFingerprint") "<data>AAAA</data>", "url = ", NULL},
    {"CAFingerprint", URL KEY("CAFingerprint") "<string>AAAA</string>", "url = ", NULL},
    {"Retries", URL KEY("Retries") "<integer>3</integer>", "url = ", "Retries: has no meaning"},
    {"RetryDelay", URL KEY("RetryDelay") "<integer>3</integer>", "url = ", "RetryDelay: has no"},
    {"KeyIsExtractable", URL KEY("KeyIsExtractable") "<true/>", "url = ", "no key can be read out"},
    {"KeyIsExtractable", URL KEY("KeyIsExtractable") "<false/>", "url = ", NULL},
    {"AllowAllAppsAccess", URL KEY("AllowAllAppsAccess") "<true/>", "url = ", "see key-access"},
    {"CertificateRenewalTimeInterval",
     URL KEY("CertificateRenewalTimeInterval") "<integer>14</integer>", "url = ", "is in days"},
    {"other", URL TEXT("New\nThing", "x"), "url = ", "New?Thing: is not known here: left out"},
};

static bool is_usual(const char *line)
{
    return strstr(line, "is no root of this file") || strstr(line, "none in the file") ||
           strstr(line, "PayloadScope: not set") || strstr(line, "subject: none");
}

static bool says_something(const struct imported *imported)
{
    for (size_t i = 0; i < imported->result.n; i++) {
        const struct import_item *item = &imported->result.v[i];
        if (item->kind == IMPORT_FAULT ||
            (item->kind == IMPORT_NOTE && !is_usual(buf_text(&item->data))))
            return true;
    }
    return false;
}

START_TEST(becomes)
{
    static const struct import_options options = {.root = "given", .files = true};
    CLEANUP(imported_end) struct imported imported;
    autofree char *xml = text_format(
        HEAD KEY("PayloadContent") "<array><dict>" TEXT("PayloadType", "com.apple.security.scep")
            TEXT("PayloadDisplayName", "x")
                KEY("PayloadContent") "<dict>%s</dict></dict></array></dict></plist>",
        rows[_i].content);
    import_text(xml, &options, &imported);
    const char *got = buf_text(&imported.text);
    ck_assert_msg(imported.rc == 0, "%s: %s", rows[_i].content, got);
    if (rows[_i].expected)
        ck_assert_msg(imported_has_line(&imported, rows[_i].expected), "%s:\n%s", rows[_i].content,
                      got);
    ck_assert_msg((import_result_count(&imported.result, IMPORT_CONF) == 0) == !rows[_i].expected,
                  "%s:\n%s", rows[_i].content, got);
    ck_assert_msg(!rows[_i].said || strstr(got, rows[_i].said), "%s:\n%s", rows[_i].content, got);
    ck_assert_msg(rows[_i].said || !says_something(&imported), "%s:\n%s", rows[_i].content, got);
}
END_TEST

static bool tested(const char *key)
{
    for (size_t i = 0; i < LENGTH(rows); i++)
        if (strcmp(rows[i].key, key) == 0)
            return true;
    return false;
}

START_TEST(every_key_has_a_test)
{
    for (const struct apple_row *row = apple_scep_rows; row->name; row++)
        ck_assert_msg(tested(row->name), "%s has no test", row->name);
    for (const struct apple_row *row = apple_alternative_rows; row->name; row++)
        ck_assert_msg(tested(row->name), "%s has no test", row->name);
}
END_TEST

Suite *apple_scep_suite(void)
{
    Suite *suite = suite_create("import/apple_scep");
    TCase *tc = tcase_create("keys");
    tcase_add_loop_test(tc, becomes, 0, LENGTH(rows));
    tcase_add_test(tc, every_key_has_a_test);
    suite_add_tcase(suite, tc);
    return suite;
}
