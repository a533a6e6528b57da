/* Each property of a SCEP certificate profile, in a profile that is complete without it. */
#include "import/graph_row.h"

#include "tests/import/imported.h"

#include <string.h>
#include <strings.h>

#define TYPE "#microsoft.graph.windows81SCEPCertificateProfile"

static const char usual[] =
    "{\"@odata.type\": \"" TYPE "\", \"id\": \"1\", \"displayName\": \"Wifi\","
    "\"subjectNameFormat\": \"custom\", \"subjectNameFormatString\": \"CN=x,O=y\","
    "\"scepServerUrls\": [\"https://a/\"]}";

static const struct {
    const char *property;
    const char *json;     /* members that are set over the usual ones */
    const char *expected; /* lines of the section; NULL: it is left out */
    const char *said;     /* in the lines for people; NULL: nothing is said */
} rows[] = {
    {"description", "{\"description\": \"For all\"}", "description = For all\n", NULL},
    {"description", "{\"description\": \"\"}", "[scep wifi]\nsubject", NULL},
    {"description", "{\"description\": \"a\\r\\nurl = https://b/\\n[scep b]\"}",
     "description = a url = https://b/ [scep b]\n", NULL},
    {"description", "{\"description\": \"a ; b ;\"}", "description = a; b;\n", NULL},
    {"description", "{\"description\": \"\\u202eevil\\u001b[2J\"}", "description = ?evil [2J\n",
     NULL},
    {"description", "{\"description\": 7}", NULL, "description: is not text"},
    {"roleScopeTagIds", "{\"roleScopeTagIds\": [\"0\", \"7\"]}", "scope-tags = 0, 7\n", NULL},
    {"roleScopeTagIds", "{\"roleScopeTagIds\": []}", "[scep wifi]\nsubject", NULL},
    {"roleScopeTagIds", "{\"roleScopeTagIds\": [\"a\\nb\"]}", NULL,
     "roleScopeTagIds: holds a control character"},
    {"assignments",
     "{\"assignments\": [{\"target\": {\"@odata.type\": "
     "\"#microsoft.graph.allDevicesAssignmentTarget\"}}]}",
     "[scep wifi]\nsubject", NULL},
    {"assignments",
     "{\"assignments\": [{\"target\": {\"@odata.type\": "
     "\"#microsoft.graph.groupAssignmentTarget\", \"groupId\": \"g-1\"}}]}",
     "#assign-groups = g-1   ; Entra's id of the group\n", "group g-1 is Entra's id"},
    {"assignments",
     "{\"assignments\": [{\"target\": {\"@odata.type\": "
     "\"#microsoft.graph.exclusionGroupAssignmentTarget\", \"groupId\": \"g\\nurl = x\"}}]}",
     "#exclude-groups = g url = x   ; Entra's id of the group\n",
     "write a line exclude-groups instead"},
    {"assignments",
     "{\"assignments\": [{\"target\": {\"@odata.type\": "
     "\"#microsoft.graph.allLicensedUsersAssignmentTarget\", "
     "\"deviceAndAppManagementAssignmentFilterId\": \"f\"}}]}",
     "[scep wifi]\nsubject", "its filter is Intune's own"},
    {"assignments",
     "{\"certificateStore\": \"machine\", \"subjectNameFormatString\": \"CN=x\", \"assignments\": "
     "[{\"target\": {\"@odata.type\": \"#microsoft.graph.groupAssignmentTarget\", \"groupId\": "
     "\"g-1\"}}]}",
     "#assign-hosts = g-1   ; Entra's id of the group\n", "write a line assign-hosts instead"},
    {"assignments", "{\"assignments\": [7, null, {}]}", "[scep wifi]\n", "Entra's id"},
    {"assignments", "{\"assignments\": \"all\"}", "[scep wifi]\n", "is not a list"},
    {"id", "{\"id\": \"abc\"}", "# windows81SCEPCertificateProfile \"Wifi\", id abc\n", NULL},
    {"id", "{\"id\": \"a\\n[scep b]\"}",
     "# windows81SCEPCertificateProfile \"Wifi\", id a?[scep b]\n", NULL},
    {"displayName", "{\"displayName\": \"Other One\"}", "[scep other-one]\n", NULL},
    {"displayName", "{\"displayName\": \"a]\\n[scep b\"}", "[scep a-scep-b]\n", NULL},
    {"displayName", "{\"displayName\": 7}", "[scep profile]\n", NULL},
    {"createdDateTime", "{\"createdDateTime\": \"2024\"}", "[scep wifi]\n", NULL},
    {"lastModifiedDateTime", "{\"lastModifiedDateTime\": \"2024\"}", "[scep wifi]\n", NULL},
    {"version", "{\"version\": 3}", "[scep wifi]\n", NULL},
    {"supportsScopeTags", "{\"supportsScopeTags\": true}", "[scep wifi]\n", NULL},
    {"managedDeviceCertificateStates", "{\"managedDeviceCertificateStates\": [{}]}",
     "[scep wifi]\n", NULL},
    {"deviceManagementApplicabilityRuleOsEdition",
     "{\"deviceManagementApplicabilityRuleOsEdition\": {\"ruleType\": \"include\"}}",
     "[scep wifi]\n", "is about Windows editions"},
    {"deviceManagementApplicabilityRuleOsVersion",
     "{\"deviceManagementApplicabilityRuleOsVersion\": {\"minOSVersion\": \"10\"}}",
     "[scep wifi]\n", "is about Windows versions"},
    {"deviceManagementApplicabilityRuleDeviceMode",
     "{\"deviceManagementApplicabilityRuleDeviceMode\": {\"deviceMode\": \"s\"}}", "[scep wifi]\n",
     "is about a mode of Windows"},
    {"deploymentChannel", "{\"deploymentChannel\": \"userChannel\"}", "[scep wifi]\n",
     "is about macOS"},

    {"certificateStore", "{\"certificateStore\": \"user\"}", "type = user\n", NULL},
    {"certificateStore", "{\"certificateStore\": \"Machine\"}", "type = device\n", NULL},
    {"certificateStore", "{\"certificateStore\": \"moon\"}", NULL,
     "certificateStore: moon: no value that is known here"},
    {"certificateStore", "{\"certificateStore\": [\"user\"]}", NULL, "is not a word"},
    {"certificateStore",
     "{\"certificateStore\": \"machine\", \"subjectNameFormat\": \"commonName\"}", NULL,
     "subjectNameFormat: subject: "},
    {"subjectNameFormat", "{\"subjectNameFormat\": \"commonName\"}", "subject = common-name\n",
     NULL},
    {"subjectNameFormat", "{\"subjectNameFormat\": \"commonNameIncludingEmail\"}",
     "subject = common-name-with-email\n", NULL},
    {"subjectNameFormat", "{\"subjectNameFormat\": \"commonNameAsEmail\"}",
     "subject = common-name-as-email\n", NULL},
    {"subjectNameFormat", "{\"subjectNameFormat\": \"commonNameAsIMEI\"}", "subject = imei\n",
     NULL},
    {"subjectNameFormat", "{\"subjectNameFormat\": \"commonNameAsSerialNumber\"}",
     "subject = serial-number\n", NULL},
    {"subjectNameFormat", "{\"subjectNameFormat\": \"commonNameAsAadDeviceId\"}",
     "subject = CN={{AAD_Device_ID}}\n", NULL},
    {"subjectNameFormat", "{\"subjectNameFormat\": \"commonNameAsIntuneDeviceId\"}",
     "subject = device-id\n", NULL},
    {"subjectNameFormat", "{\"subjectNameFormat\": \"commonNameAsDurableDeviceId\"}", NULL,
     "subjectNameFormat: commonNameAsDurableDeviceId: durable device id"},
    {"subjectNameFormat", "{\"subjectNameFormat\": \"whatever\"}", NULL, "no value that is known"},
    {"subjectNameFormat", "{\"subjectNameFormat\": 1}", NULL, "is not a word"},
    {"subjectNameFormat", "{\"subjectNameFormat\": null}", "subject = CN=x,O=y\n", NULL},
    {"subjectNameFormat", "{\"subjectNameFormat\": null, \"subjectNameFormatString\": null}",
     "subject = none\n", "not set: the server names the holder"},
    {"subjectNameFormatString", "{\"subjectNameFormatString\": \"CN={{UserName}}, C=SE\"}",
     "subject = CN={{UserName}}, C=SE\n", NULL},
    {"subjectNameFormatString", "{\"subjectNameFormatString\": \"CN=a ; O=b ;OU=\\\"c ; d\\\"\"}",
     "subject = CN=a , O=b ,OU=\"c ; d\"\n", NULL},
    {"subjectNameFormatString", "{\"subjectNameFormatString\": \"CN=a\\tb\"}", "subject = CN=a b\n",
     NULL},
    {"subjectNameFormatString", "{\"subjectNameFormatString\": \"CN=a\\\\,b\"}",
     "subject = CN=a\\,b\n", "subjectNameFormatString: subject: a backslash is no escape"},
    {"subjectNameFormatString", "{\"subjectNameFormatString\": \"CN={{NoSuch}}\"}", NULL,
     "subjectNameFormatString: subject: CN: {{NoSuch}} is no known variable"},
    {"subjectNameFormatString", "{\"subjectNameFormatString\": \"XY=a\"}", NULL,
     "XY is no known key"},
    {"subjectNameFormatString", "{\"subjectNameFormatString\": \"CN=a\\nurl = https://evil/\"}",
     NULL, "subjectNameFormatString: holds a control character"},
    {"subjectNameFormatString", "{\"subjectNameFormatString\": \"CN=\\\"a\"}", NULL, "not closed"},
    {"subjectNameFormatString", "{\"subjectNameFormatString\": \"\"}", NULL, "is empty"},
    {"subjectNameFormatString", "{\"subjectNameFormatString\": {}}", NULL, "is empty"},
    {"subjectAlternativeNameType", "{\"subjectAlternativeNameType\": \"none\"}",
     "url = https://a/\n", NULL},
    {"subjectAlternativeNameType",
     "{\"subjectAlternativeNameType\": \"emailAddress, userPrincipalName\"}",
     "san = email:{{EmailAddress}}\nsan = upn:{{UserPrincipalName}}\n", NULL},
    {"subjectAlternativeNameType",
     "{\"subjectAlternativeNameType\": \"emailAddress,userPrincipalName\","
     "\"customSubjectAlternativeNames\": [{\"sanType\": \"emailAddress\", \"name\": \"a@b.c\"}]}",
     "san = upn:{{UserPrincipalName}}\nsan = email:a@b.c\n", NULL},
    {"subjectAlternativeNameType", "{\"subjectAlternativeNameType\": \"domainNameService\"}", NULL,
     "domainNameService: needs a name"},
    {"subjectAlternativeNameType", "{\"subjectAlternativeNameType\": \"customAzureADAttribute\"}",
     NULL, "attributes of Entra"},
    {"subjectAlternativeNameType", "{\"subjectAlternativeNameType\": \"x400Address\"}", NULL,
     "x400Address: no value"},
    {"subjectAlternativeNameType", "{\"subjectAlternativeNameType\": 3}", NULL, "is not words"},
    {"customSubjectAlternativeNames",
     "{\"customSubjectAlternativeNames\": [{\"sanType\": \"userPrincipalName\", \"name\": \"a@b\"},"
     "{\"sanType\": \"domainNameService\", \"name\": \"{{DeviceName}}.b.c\"},"
     "{\"sanType\": \"universalResourceIdentifier\", \"name\": "
     "\"{{OnPremisesSecurityIdentifier}}\"}]}",
     "san = upn:a@b\nsan = dns:{{DeviceName}}.b.c\nsan = uri:{{OnPremisesSecurityIdentifier}}\n",
     NULL},
    {"customSubjectAlternativeNames",
     "{\"customSubjectAlternativeNames\": [{\"sanType\": \"domainNameService\", \"name\": \"a "
     "b\"}]}",
     NULL, "customSubjectAlternativeNames: san: "},
    {"customSubjectAlternativeNames",
     "{\"customSubjectAlternativeNames\": [{\"sanType\": \"emailAddress\", \"name\": \"a@b ; "
     "c\"}]}",
     NULL, "would begin a comment"},
    {"customSubjectAlternativeNames",
     "{\"customSubjectAlternativeNames\": [{\"sanType\": \"customAzureADAttribute\"}]}", NULL,
     "attributes of Entra"},
    {"customSubjectAlternativeNames", "{\"customSubjectAlternativeNames\": [\"a\", 1, null]}", NULL,
     "a name without sanType"},
    {"customSubjectAlternativeNames", "{\"customSubjectAlternativeNames\": \"a\"}", NULL,
     "is not a list"},
    {"subjectAlternativeNameFormatString", "{\"subjectAlternativeNameFormatString\": \"{{a}}\"}",
     "[scep wifi]\n", "attributes of Entra"},
    {"certificateValidityPeriodValue",
     "{\"certificateValidityPeriodValue\": 2, \"certificateValidityPeriodScale\": \"years\"}",
     "validity = 2 years\n", NULL},
    {"certificateValidityPeriodValue",
     "{\"certificateValidityPeriodValue\": 1, \"certificateValidityPeriodScale\": \"months\"}",
     "validity = 1 month\n", NULL},
    {"certificateValidityPeriodValue", "{\"certificateValidityPeriodValue\": 1}", NULL,
     "is not a number, with days"},
    {"certificateValidityPeriodValue",
     "{\"certificateValidityPeriodValue\": -1, \"certificateValidityPeriodScale\": \"years\"}",
     NULL, "is not a number, with days"},
    {"certificateValidityPeriodValue",
     "{\"certificateValidityPeriodValue\": 9223372036854775807, "
     "\"certificateValidityPeriodScale\": \"years\"}",
     NULL, "certificateValidityPeriodValue: validity: "},
    {"certificateValidityPeriodScale", "{\"certificateValidityPeriodScale\": \"days\"}",
     "[scep wifi]\n", NULL},
    {"keyStorageProvider", "{\"keyStorageProvider\": \"useTpmKspOtherwiseUseSoftwareKsp\"}",
     "key-storage = tpm-or-software\n", NULL},
    {"keyStorageProvider", "{\"keyStorageProvider\": \"useTpmKspOtherwiseFail\"}",
     "key-storage = tpm\n", NULL},
    {"keyStorageProvider", "{\"keyStorageProvider\": \"usePassportForWorkKspOtherwiseFail\"}",
     "key-storage = tpm-pin\n", NULL},
    {"keyStorageProvider",
     "{\"keyStorageProvider\": \"usePassportForWorkKspOtherwiseFail\", \"certificateStore\": "
     "\"machine\"}",
     NULL, "nobody to ask for a PIN"},
    {"keyStorageProvider", "{\"keyStorageProvider\": \"useSoftwareKsp\"}",
     "key-storage = software\n", NULL},
    {"keyStorageProvider", "{\"keyStorageProvider\": \"useCloud\"}", NULL, "useCloud: no value"},
    {"keyUsage", "{\"keyUsage\": \"keyEncipherment, digitalSignature\"}",
     "key-usage = key-encipherment, digital-signature\n", NULL},
    {"keyUsage", "{\"keyUsage\": \"digitalSignature\"}", "key-usage = digital-signature\n", NULL},
    {"keyUsage", "{\"keyUsage\": \"digitalSignature,cRLSign\"}", NULL, "cRLSign: no value"},
    {"keyUsage", "{\"keyUsage\": \"\"}", NULL, "keyUsage: is empty"},
    {"keyUsage", "{\"keyUsage\": [\"digitalSignature\"]}", NULL, "is not words"},
    {"keySize", "{\"keySize\": \"size1024\"}", "key-size = 1024\n", "RSA of 1024 bits"},
    {"keySize", "{\"keySize\": \"size4096\"}", "key-size = 4096\n", NULL},
    {"keySize", "{\"keySize\": 4096}", NULL, "keySize: is not a word"},
    {"hashAlgorithm", "{\"hashAlgorithm\": \"sha2\"}", "hash = sha256\n", NULL},
    {"hashAlgorithm", "{\"hashAlgorithm\": \"sha1\"}", "hash = sha1\n", "SHA-1 is broken"},
    {"hashAlgorithm", "{\"hashAlgorithm\": \"sha2, sha1\"}", "hash = sha256\n",
     "the strongest is taken: sha256"},
    {"hashAlgorithm", "{\"hashAlgorithm\": \"sha1,md5\"}", NULL, "is neither sha1 nor sha2"},
    {"hashAlgorithm", "{\"hashAlgorithm\": 2}", NULL, "is neither sha1 nor sha2"},
    {"extendedKeyUsages",
     "{\"extendedKeyUsages\": [{\"name\": \"a\\nb\", \"objectIdentifier\": \"1.3.6.1.5.5.7.3.2\"},"
     "{\"objectIdentifier\": \"2.5.29.37.0\"}]}",
     "eku = 1.3.6.1.5.5.7.3.2\neku = 2.5.29.37.0\n", NULL},
    {"extendedKeyUsages", "{\"extendedKeyUsages\": []}", "eku = none\n", NULL},
    {"extendedKeyUsages", "{\"extendedKeyUsages\": [{\"name\": \"Client Authentication\"}]}", NULL,
     "extendedKeyUsages: is empty"},
    {"extendedKeyUsages", "{\"extendedKeyUsages\": [{\"objectIdentifier\": \"1.2.3\\nurl = x\"}]}",
     NULL, "holds a control character"},
    {"extendedKeyUsages", "{\"extendedKeyUsages\": [{\"objectIdentifier\": \"9.9.9\"}]}", NULL,
     "extendedKeyUsages: eku: "},
    {"extendedKeyUsages", "{\"extendedKeyUsages\": {}}", NULL, "is not a list"},
    {"renewalThresholdPercentage", "{\"renewalThresholdPercentage\": 20}",
     "renewal-threshold = 20\n", NULL},
    {"renewalThresholdPercentage", "{\"renewalThresholdPercentage\": 100}", NULL,
     "renewalThresholdPercentage: renewal-threshold: "},
    {"renewalThresholdPercentage", "{\"renewalThresholdPercentage\": -20}", NULL,
     "is not a number"},
    {"renewalThresholdPercentage", "{\"renewalThresholdPercentage\": \"20\"}", NULL,
     "is not a number"},
    {"scepServerUrls", "{\"scepServerUrls\": [\"https://a/\", \"http://b/c?d=e\"]}",
     "url = https://a/\nurl = http://b/c?d=e\n", NULL},
    {"scepServerUrls", "{\"scepServerUrls\": []}", NULL, "has no url"},
    {"scepServerUrls", "{\"scepServerUrls\": [\"ftp://a/\"]}", NULL, "scepServerUrls: url: "},
    {"scepServerUrls", "{\"scepServerUrls\": [\"https://a/\\nchallenge = static:x\"]}", NULL,
     "scepServerUrls: holds a control character"},
    {"scepServerUrls", "{\"scepServerUrls\": [7]}", NULL, "scepServerUrls: is not text"},
    {"rootCertificate", "{\"rootCertificate\": {\"displayName\": \"Nobody\"}}", "root = given\n",
     NULL}, /* --root stands in */
    {"allowAllAppsAccess", "{\"allowAllAppsAccess\": true}", "[scep wifi]\n", "see key-access"},
    {"allowAllAppsAccess", "{\"allowAllAppsAccess\": false}", "[scep wifi]\n", NULL},
    {"certificateAccessType", "{\"certificateAccessType\": \"userApproval\"}", "[scep wifi]\n",
     "is about Android"},
    {"silentCertificateAccessDetails", "{\"silentCertificateAccessDetails\": [{}]}",
     "[scep wifi]\n", "names applications of Android"},

    {"newThing", "{\"newThing\": 1}", "[scep wifi]\n", "newThing: is not known here: left out"},
    {"newThing", "{\"newThing\": null, \"x@odata.context\": \"y\", \"@ObjectFromFile\": true}",
     "[scep wifi]\n", NULL},
    {"newThing", "{\"new\\nThing\": 1}", "[scep wifi]\n", "new?Thing: is not known"},
    {"SCEPSERVERURLS", "{\"scepServerUrls\": null, \"ScepServerURLs\": [\"https://c/\"]}",
     "url = https://c/\n", NULL},
};

/* How often a line says something of its own. */
static size_t count_said(const struct imported *imported)
{
    size_t n = 0;
    for (size_t i = 0; i < imported->result.n; i++) {
        const struct import_item *item = &imported->result.v[i];
        n += item->kind == IMPORT_FAULT ||
             (item->kind == IMPORT_NOTE &&
              !strstr(buf_text(&item->data), "is no root of this file"));
    }
    return n;
}

START_TEST(becomes)
{
    static const struct import_options options = {
        .root = "given", .challenge = "file:challenge", .files = true};
    CLEANUP(imported_end) struct imported imported;
    autojson *object = json_loads(usual, 0, NULL), *over = json_loads(rows[_i].json, 0, NULL);
    ck_assert_msg(object && over, "%s", rows[_i].json);
    json_object_update(object, over);
    autofree char *text = json_dumps(object, 0);
    import_text(text, &options, &imported);
    const char *got = buf_text(&imported.text);
    ck_assert_msg(imported.rc == 0, "%s: %s", rows[_i].json, got);
    if (rows[_i].expected)
        ck_assert_msg(imported_has_line(&imported, rows[_i].expected), "%s:\n%s", rows[_i].json,
                      got);
    ck_assert_msg((import_result_count(&imported.result, IMPORT_CONF) == 0) == !rows[_i].expected,
                  "%s:\n%s", rows[_i].json, got);
    ck_assert_msg((import_result_count(&imported.result, IMPORT_FAULT) > 0) == !rows[_i].expected,
                  "%s:\n%s", rows[_i].json, got);
    ck_assert_msg(!rows[_i].said || strstr(got, rows[_i].said), "%s:\n%s", rows[_i].json, got);
    ck_assert_msg(rows[_i].said || count_said(&imported) == 0, "%s:\n%s", rows[_i].json, got);
}
END_TEST

START_TEST(every_property_has_a_test)
{
    for (const struct graph_row *row = graph_scep_rows; row->property; row++) {
        bool tested = false;
        for (size_t i = 0; i < LENGTH(rows); i++)
            tested = tested || strcmp(rows[i].property, row->property) == 0;
        ck_assert_msg(tested, "%s has no test", row->property);
    }
}
END_TEST

Suite *graph_scep_suite(void)
{
    Suite *suite = suite_create("import/graph_scep");
    TCase *tc = tcase_create("properties");
    tcase_add_loop_test(tc, becomes, 0, LENGTH(rows));
    tcase_add_test(tc, every_property_has_a_test);
    suite_add_tcase(suite, tc);
    return suite;
}
