/* Files of Microsoft Graph as a whole: their forms, types, and what in them refers to what. */
#include "import/graph.h"

#include "import/graph_row.h"
#include "tests/import/imported.h"

#include <string.h>

/* $R: a root's certificate, in base64 */
#define ROOT(id, title)                                                                            \
    "{\"@odata.type\": \"#microsoft.graph.windows81TrustedRootCertificate\", \"id\": \"" id        \
    "\", \"displayName\": \"" title "\", \"trustedRootCertificate\": \"$R\"}"
#define SCEP(title, members)                                                                       \
    "{\"@odata.type\": \"#microsoft.graph.windows81SCEPCertificateProfile\", \"displayName\": "    \
    "\"" title                                                                                     \
    "\", \"subjectNameFormat\": \"commonName\", \"scepServerUrls\": [\"https://a/\"]" members "}"
#define TYPED(type)                                                                                \
    "{\"@odata.type\": \"" type                                                                    \
    "\", \"displayName\": \"x\", \"subjectNameFormat\": \"commonName\", \"scepServerUrls\": "      \
    "[\"https://a/\"]}"
#define OTHER(type, members)                                                                       \
    "{\"@odata.type\": \"#microsoft.graph." type "\", \"displayName\": \"N\"" members "}"
#define BIND(id)                                                                                   \
    ", \"rootCertificate@odata.bind\": "                                                           \
    "\"https://graph.microsoft.com/beta/deviceManagement/deviceConfigurations" id "\""

static const struct {
    const char *json, *root; /* --root */
    int rc;
    const char *text[3]; /* parts of what comes of it */
} rows[] = {
    /* forms */
    {ROOT("1", "R"), NULL, 0, {"[trusted-root r]\ncertificate = anchors/r.cer\n"}},
    {"[" ROOT("1", "R") "]", NULL, 0, {"[trusted-root r]\n"}},
    {"{\"value\": [" ROOT("1", "R") ", " ROOT("2", "R") "]}",
     NULL,
     0,
     {"[trusted-root r]\n", "[trusted-root r-2]\n"}},
    {"\xef\xbb\xbf  " ROOT("1", "R"), NULL, 0, {"[trusted-root r]\n"}},
    {"{\"@odata.nextLink\": \"https://x\", \"value\": [" ROOT("1", "R") "]}",
     NULL,
     0,
     {"note: @odata.nextLink: this is one page of several"}},
    {"{\"value\": []}", NULL, -ERR_CONFIG, {"nothing in it can become a profile"}},
    {"[]", NULL, -ERR_CONFIG, {"nothing in it can become a profile"}},
    {"{}", NULL, 0, {"note: \"\": an object without @odata.type: no certificate or network"}},
    {"[1, \"a\", null, [], {}]", NULL, 0, {"an object without @odata.type"}},
    {"{\"value\": {\"a\": 1}}", NULL, 0, {"an object without @odata.type"}},

    /* not such a file */
    {"", NULL, -ERR_CONFIG, {"neither JSON of Microsoft Graph nor"}},
    {" \n\t", NULL, -ERR_CONFIG, {"neither JSON of Microsoft Graph nor"}},
    {"hello", NULL, -ERR_CONFIG, {"neither JSON of Microsoft Graph nor"}},
    {"\xff\xfe{", NULL, -ERR_CONFIG, {"is UTF-16: convert it first"}},
    {"{", NULL, -ERR_CONFIG, {"Graph JSON: line 1"}},
    {"{\"a\": 1, \"a\": 2}", NULL, -ERR_CONFIG, {"duplicate object key"}},
    {"{\"a\": \"\\u0000\"}", NULL, -ERR_CONFIG, {"Graph JSON: line 1"}},
    {"{\"a\": \"\\ud800\"}", NULL, -ERR_CONFIG, {"Graph JSON: line 1"}},
    {"{\"a\": \"\xff\"}", NULL, -ERR_CONFIG, {"Graph JSON: line 1"}},
    {"{\"a\": 99999999999999999999999}", NULL, -ERR_CONFIG, {"too big integer"}},
    {"{} x", NULL, -ERR_CONFIG, {"Graph JSON: line 1"}},
    {"[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]", NULL, -ERR_CONFIG, {"more than 16 levels"}},

    /* types of every platform, in whatever capitals */
    {TYPED("#microsoft.graph.windows81SCEPCertificateProfile"), "r", 0, {"[scep x]\n"}},
    {TYPED("#microsoft.graph.windowsPhone81SCEPCertificateProfile"), "r", 0, {"[scep x]\n"}},
    {TYPED("#microsoft.graph.androidForWorkScepCertificateProfile"), "r", 0, {"[scep x]\n"}},
    {TYPED("#microsoft.graph.androidWorkProfileScepCertificateProfile"), "r", 0, {"[scep x]\n"}},
    {TYPED("#microsoft.graph.androidDeviceOwnerScepCertificateProfile"), "r", 0, {"[scep x]\n"}},
    {TYPED("#microsoft.graph.aospDeviceOwnerScepCertificateProfile"), "r", 0, {"[scep x]\n"}},
    {TYPED("#microsoft.graph.androidScepCertificateProfile"), "r", 0, {"[scep x]\n"}},
    {TYPED("#microsoft.graph.iosScepCertificateProfile"), "r", 0, {"[scep x]\n"}},
    {TYPED("#microsoft.graph.macOSScepCertificateProfile"), "r", 0, {"[scep x]\n"}},
    {TYPED("MICROSOFT.GRAPH.MACOSSCEPCERTIFICATEPROFILE"), "r", 0, {"[scep x]\n"}},
    {TYPED("macOSScepCertificateProfile"), "r", 0, {"[scep x]\n"}},
    {TYPED("#microsoft.graph.windows10XSCEPCertificateProfile"),
     "r",
     0,
     {"windows10XSCEPCertificateProfile: no certificate or network profile, left out"}},
    {TYPED("#microsoft.graph.iosScepCertificateProfileX"), "r", 0, {"left out"}},
    {OTHER("aospDeviceOwnerTrustedRootCertificate", ", \"trustedRootCertificate\": \"$R\""),
     NULL,
     0,
     {"[trusted-root n]\n"}},
    {OTHER("windows10PkcsCertificateProfile", ""), NULL, 0, {"PKCS certificate profile"}},
    {OTHER("iosImportedPFXCertificateProfile", ""), NULL, 0, {"profile of imported keys"}},
    {OTHER("windows10GeneralConfiguration", ""), NULL, 0, {"no certificate or network profile"}},

    /* which root */
    {"[" SCEP("P", BIND("('1')")) ", " ROOT("1", "R") "]",
     NULL,
     0,
     {"root = r\n", "[scep p]\n", "[trusted-root r]\n"}},
    {"[" SCEP("P", BIND("/AB-1")) ", " ROOT("ab-1", "R") "]", NULL, 0, {"root = r\n"}},
    {"[" SCEP("P", BIND("('2')")) ", " ROOT("1", "R") "]",
     NULL,
     0,
     {"left out: p: rootCertificate: 2 is not in this file; name it with --root NAME"}},
    {"[" SCEP("P", BIND("('2')")) ", " ROOT("1", "R") "]", "r", 0, {"root = r\n"}},
    {"[" SCEP("P", BIND("('')")) ", " ROOT("", "R") "]", NULL, 0, {"left out: p"}},
    {SCEP("P", ", \"rootCertificate\": " ROOT("1", "In It")),
     NULL,
     0,
     {"[trusted-root in-it]\n", "root = in-it\n"}},
    {"[" SCEP("P", ", \"rootCertificate\": {\"id\": \"1\"}") ", " ROOT("1", "R") "]",
     NULL,
     0,
     {"root = r\n"}},
    {"[" SCEP("P", ", \"rootCertificate\": {\"displayName\": \"R\"}") ", " ROOT("1", "R") "]",
     NULL,
     0,
     {"root = r\n"}},
    {"[" SCEP("P", ", \"#CustomRef_rootCertificate\": \"R|:|#microsoft.graph.x\"") ", " ROOT(
         "1", "R") "]",
     NULL,
     0,
     {"root = r\n"}},
    {"[" SCEP("P", ", \"#CustomRef_rootCertificate\": \"Q|:|#microsoft.graph.x\"") ", " ROOT(
         "1", "R") "]",
     NULL,
     0,
     {"left out: p: rootCertificate: \"Q\" is not in this file"}},
    {"[" SCEP("P", "") ", " ROOT("1", "R") "]",
     NULL,
     0,
     {"left out: p: rootCertificate: the file does not say which"}},
    {"[" SCEP("P", "") ", " ROOT("1", "R") "]", "r", 0, {"root = r\n"}},
    {SCEP("P", ""),
     "elsewhere",
     0,
     {"root = elsewhere\n", "note: p: root: elsewhere is no root of this file"}},
    {SCEP("P", ", \"rootCertificate\": 7"), NULL, 0, {"left out: p: rootCertificate"}},
    {"[" SCEP("P", BIND("('1')")) ", {\"@odata.type\": "
                                  "\"#microsoft.graph.iosTrustedRootCertificate\", \"id\": \"1\", "
                                  "\"displayName\": \"R\"}]",
     NULL,
     0,
     {"left out: r: trustedRootCertificate", "left out: p: root: r was left out"}},
    /* a root's own name is not one of a SCEP profile */
    {"[" SCEP("R", BIND("('1')")) ", " ROOT("1", "R") "]",
     NULL,
     0,
     {"[trusted-root r]\n", "[scep r-2]\n", "root = r\n"}},

    /* no challenge of its own; never one that could be read */
    {SCEP("P", ""), "r", 0, {"#challenge = file:challenge", "Intune's own cannot be had"}},

    /* networks */
    {"[" ROOT("1", "R") ", " SCEP("P", ", \"id\": \"2\"" BIND("('1')")) ", " OTHER(
         "windowsWifiEnterpriseEAPConfiguration",
         ", \"ssid\": \"corp\", \"trustedServerCertificateNames\": [\"a.b\"], "
         "\"identityCertificateForClientAuthentication@odata.bind\": \"x('2')\", "
         "\"rootCertificatesForServerValidation@odata.bind\": [\"x('1')\", \"x('9')\"]") "]",
     NULL,
     0,
     {"note: \"N\": windowsWifiEnterpriseEAPConfiguration: Wi-Fi profile",
      "signs in with: p\nnote: \"N\": rootCertificatesForServerValidation: trusts: r\n"
      "note: \"N\": rootCertificatesForServerValidation: trusts: 9 is not in this file\n",
      "note: \"N\": ssid: network: corp\nnote: \"N\": trustedServerCertificateNames: names of the "
      "authentication server: a.b\n"}},
    {OTHER("iosWiFiConfiguration", ", \"ssid\": \"a\\nb\""), NULL, 0, {"network: a?b"}},
    {OTHER("macOSWiredNetworkConfiguration", ""), NULL, 0, {"wired network profile"}},
    {OTHER("androidWorkProfileVpnConfiguration",
           ", \"identityCertificate\": {\"displayName\": \"C\"}"),
     NULL,
     0,
     {"VPN profile", "signs in with: \"C\" is not in this file"}},
    {OTHER("windows10VpnConfiguration",
           ", \"rootCertificatesForServerValidation\": [{\"displayName\": \"C\"}, 7, null]"),
     NULL,
     0,
     {"trusts: \"C\" is not in this file"}},
};

/* The base64 of the sample's certificate in place of $R. */
static char *fill(const char *text)
{
    autobuf sample = {0}, filled = {0};
    sample_read("graph-root.json", &sample);
    autojson *root = json_loads(buf_text(&sample), 0, NULL);
    const char *base64 = json_string_value(json_object_get(root, "trustedRootCertificate"));
    ck_assert_ptr_nonnull(base64);
    for (const char *at; (at = strstr(text, "$R")); text = at + 2) {
        buf_add(&filled, text, (size_t)(at - text), NULL);
        buf_add_text(&filled, base64, NULL);
    }
    buf_add_text(&filled, text, NULL);
    return strdup(buf_text(&filled));
}

START_TEST(reads)
{
    CLEANUP(imported_end) struct imported imported;
    struct import_options options = {.root = rows[_i].root, .files = true};
    autofree char *json = fill(rows[_i].json);
    import_text(json, &options, &imported);
    const char *got = buf_text(&imported.text);
    ck_assert_msg(imported.rc == rows[_i].rc, "%s: %d %s", rows[_i].json, imported.rc, got);
    for (size_t i = 0; i < LENGTH(rows[_i].text) && rows[_i].text[i]; i++)
        ck_assert_msg(strstr(got, rows[_i].text[i]), "%s:\n%s\nhas no\n%s", rows[_i].json, got,
                      rows[_i].text[i]);
    ck_assert_msg(imported.rc == 0 || imported.result.n == 0, "an output on failure");
}
END_TEST

#define CERTIFICATE "\"trustedRootCertificate\": \"$R\""

static const struct {
    const char *property, *members;
    const char *expected; /* NULL: left out */
    const char *said;
} root_rows[] = {
    {"trustedRootCertificate", CERTIFICATE, "certificate = anchors/x.cer\n", NULL},
    {"trustedRootCertificate", "\"a\": null", NULL, "trustedRootCertificate: is not in the file"},
    {"trustedRootCertificate", "\"trustedRootCertificate\": 7", NULL, "is not text"},
    {"trustedRootCertificate", "\"trustedRootCertificate\": \"\"", NULL, "is not base64"},
    {"trustedRootCertificate", "\"trustedRootCertificate\": \"!!!!\"", NULL, "is not base64"},
    {"trustedRootCertificate", "\"trustedRootCertificate\": \"AAAA\"", NULL, "trustedRoot"},
    {"trustedRootCertificate", "\"trustedRootCertificate\": \"MAMCAQA=\"", NULL, "trustedRoot"},
    {"description", CERTIFICATE ", \"description\": \"d\"", "description = d\n", NULL},
    {"roleScopeTagIds", CERTIFICATE ", \"roleScopeTagIds\": [\"3\"]", "scope-tags = 3\n", NULL},
    {"assignments",
     CERTIFICATE ", \"assignments\": [{\"target\": {\"@odata.type\": \"x\", \"groupId\": \"g\"}}]",
     "#assign-groups = g   ; Entra's id of the group\n", "group g is Entra's id"},
    {"id", CERTIFICATE ", \"id\": \"7\"", "# iosTrustedRootCertificate \"x\", id 7\n", NULL},
    {"displayName", CERTIFICATE, "[trusted-root x]\n", NULL},
    {"createdDateTime", CERTIFICATE ", \"createdDateTime\": \"x\"", "[trusted-root x]\n", NULL},
    {"lastModifiedDateTime", CERTIFICATE ", \"lastModifiedDateTime\": \"x\"", "[trusted-root x]\n",
     NULL},
    {"version", CERTIFICATE ", \"version\": 1", "[trusted-root x]\n", NULL},
    {"supportsScopeTags", CERTIFICATE ", \"supportsScopeTags\": true", "[trusted-root x]\n", NULL},
    {"managedDeviceCertificateStates", CERTIFICATE ", \"managedDeviceCertificateStates\": [1]",
     "[trusted-root x]\n", NULL},
    {"deviceManagementApplicabilityRuleOsEdition",
     CERTIFICATE ", \"deviceManagementApplicabilityRuleOsEdition\": {\"a\": 1}",
     "[trusted-root x]\n", "is about Windows editions"},
    {"deviceManagementApplicabilityRuleOsVersion",
     CERTIFICATE ", \"deviceManagementApplicabilityRuleOsVersion\": {\"a\": 1}",
     "[trusted-root x]\n", "is about Windows versions"},
    {"deviceManagementApplicabilityRuleDeviceMode",
     CERTIFICATE ", \"deviceManagementApplicabilityRuleDeviceMode\": {\"a\": 1}",
     "[trusted-root x]\n", "is about a mode"},
    {"deploymentChannel", CERTIFICATE ", \"deploymentChannel\": \"deviceChannel\"",
     "[trusted-root x]\n", "is about macOS"},
    {"destinationStore", CERTIFICATE ", \"destinationStore\": \"computerCertStoreRoot\"",
     "store = system\n", NULL},
    {"destinationStore", CERTIFICATE ", \"destinationStore\": \"computerCertStoreIntermediate\"",
     "store = intermediate\n", NULL},
    {"destinationStore", CERTIFICATE ", \"destinationStore\": \"userCertStoreIntermediate\"",
     "store = intermediate\n", "for users only"},
    {"destinationStore", CERTIFICATE ", \"destinationStore\": \"attic\"", NULL, "attic: no value"},
    {"destinationStore", CERTIFICATE ", \"destinationStore\": []", NULL, "is not a word"},
    {"certFileName", CERTIFICATE ", \"certFileName\": \"a.cer\"", "# was a.cer\n", NULL},
    {"certFileName", CERTIFICATE ", \"certFileName\": \"a\\n[scep b]\"", "# was a?[scep b]\n",
     NULL},
};

START_TEST(root_becomes)
{
    static const struct import_options options = {.files = true};
    CLEANUP(imported_end) struct imported imported;
    autofree char *members = fill(root_rows[_i].members);
    autofree char *json = text_format("{\"@odata.type\": "
                                      "\"#microsoft.graph.iosTrustedRootCertificate\", "
                                      "\"displayName\": \"x\", %s}",
                                      members);
    import_text(json, &options, &imported);
    const char *got = buf_text(&imported.text);
    ck_assert_int_eq(imported.rc, 0);
    bool out = !root_rows[_i].expected;
    ck_assert_msg(out || imported_has_line(&imported, root_rows[_i].expected), "%s", got);
    ck_assert_msg((import_result_count(&imported.result, IMPORT_ANCHOR) == 0) == out, "%s", got);
    ck_assert_msg(!root_rows[_i].said || strstr(got, root_rows[_i].said), "%s", got);
    ck_assert_msg(root_rows[_i].said || imported.result.lines == 0, "%s", got);
}
END_TEST

START_TEST(every_property_of_a_root_has_a_test)
{
    for (const struct graph_row *row = graph_root_rows; row->property; row++) {
        bool tested = false;
        for (size_t i = 0; i < LENGTH(root_rows); i++)
            tested = tested || strcmp(root_rows[i].property, row->property) == 0;
        ck_assert_msg(tested, "%s has no test", row->property);
    }
}
END_TEST

/* In a plain list, to standard output, nothing says that a file was written. */
START_TEST(without_files)
{
    static const struct import_options options = {0};
    CLEANUP(imported_end) struct imported imported;
    autofree char *json = fill(ROOT("1", "R"));
    import_text(json, &options, &imported);
    ck_assert_ptr_nonnull(
        strstr(buf_text(&imported.text), "--output DIR writes it to anchors/r.cer"));
}
END_TEST

/* Large and hostile: in bounded time, and with a word about it. */
START_TEST(many_members)
{
    CLEANUP(imported_end) struct imported imported;
    static const struct import_options options = {.root = "r"};
    autobuf json = {0};
    buf_add_text(&json,
                 "{\"@odata.type\": \"#microsoft.graph.iosScepCertificateProfile\", "
                 "\"displayName\": \"x\", \"subjectNameFormat\": \"commonName\", "
                 "\"scepServerUrls\": [\"https://a/\"]",
                 NULL);
    for (int i = 0; i < 100000; i++)
        buf_printf(&json, NULL, ", \"k%d\": 1", i);
    buf_add_text(&json, "}", NULL);
    import_bytes(json.data, json.len, &options, &imported);
    ck_assert_msg(imported.rc == 0, "%s", imported.err.text);
    ck_assert_ptr_nonnull(strstr(buf_text(&imported.text), "[scep x]\n"));
    ck_assert_ptr_nonnull(strstr(buf_text(&imported.text), "the others are left out"));
}
END_TEST

START_TEST(many_profiles)
{
    static const struct import_options options = {.root = "r"};
    for (int n = 1000; n <= 1001; n++) {
        CLEANUP(imported_end) struct imported imported;
        autobuf json = {0};
        for (int i = 0; i < n; i++)
            buf_printf(&json, NULL, "%s" SCEP("Same", ""), i ? "," : "[");
        buf_add_text(&json, "]", NULL);
        import_bytes(json.data, json.len, &options, &imported);
        ck_assert_int_eq(imported.rc, n == 1000 ? 0 : -ERR_RESOURCE);
        ck_assert_uint_eq(import_result_count(&imported.result, IMPORT_CONF), n == 1000 ? 1000 : 0);
    }
}
END_TEST

START_TEST(many_values)
{
    static const struct import_options options = {.root = "r"};
    CLEANUP(imported_end) struct imported imported;
    autobuf json = {0};
    buf_add_text(&json,
                 "{\"@odata.type\": \"#microsoft.graph.iosScepCertificateProfile\", "
                 "\"displayName\": \"x\", \"subjectNameFormat\": \"commonName\", "
                 "\"scepServerUrls\": [",
                 NULL);
    for (int i = 0; i < 100000; i++)
        buf_printf(&json, NULL, "%s\"https://a/%d\"", i ? "," : "", i);
    buf_add_text(&json, "]}", NULL);
    import_bytes(json.data, json.len, &options, &imported);
    ck_assert_int_eq(imported.rc, 0);
    ck_assert_ptr_nonnull(
        strstr(buf_text(&imported.text), "left out: x: scepServerUrls: is one value too many"));
}
END_TEST

Suite *graph_suite(void)
{
    Suite *suite = suite_create("import/graph");
    TCase *tc = tcase_create("graph");
    tcase_add_loop_test(tc, reads, 0, LENGTH(rows));
    tcase_add_loop_test(tc, root_becomes, 0, LENGTH(root_rows));
    tcase_add_test(tc, every_property_of_a_root_has_a_test);
    tcase_add_test(tc, without_files);
    tcase_add_test(tc, many_members);
    tcase_add_test(tc, many_profiles);
    tcase_add_test(tc, many_values);
    suite_add_tcase(suite, tc);
    return suite;
}
