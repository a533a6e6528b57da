#include "profile/attribute.h"

#include "profile/settings.h"
#include "tests/suite.h"
#include <string.h>

static const char *const known[] = {"UserName",
                                    "username",
                                    "USERPRINCIPALNAME",
                                    "EmailAddress",
                                    "GivenName",
                                    "Surname",
                                    "Department",
                                    "OnPremisesSamAccountName",
                                    "OnPrem_Distinguished_Name",
                                    "OnPremisesSecurityIdentifier",
                                    "AAD_Device_ID",
                                    "AzureADDeviceId",
                                    "DeviceId",
                                    "SerialNumber",
                                    "Device_Serial",
                                    "SERIALNUMBER",
                                    "IMEI",
                                    "IMEINumber",
                                    "Device_IMEI",
                                    "MEID",
                                    "WiFiMacAddress",
                                    "DeviceName",
                                    "FullyQualifiedDomainName",
                                    "MachineId"};
static const char *const unknown[] = {"", "User", "UserNames", "User Name", "{{UserName}}", "CN"};

START_TEST(finds_names)
{
    ck_assert_ptr_nonnull(attribute_find(known[_i], strlen(known[_i])));
}
END_TEST

START_TEST(finds_no_others)
{
    ck_assert_ptr_null(attribute_find(unknown[_i], strlen(unknown[_i])));
}
END_TEST

/* signet.conf's [attributes], and what one variable then is for alice or for the device. */
static const struct {
    const char *attributes, *variable;
    bool device;
    const char *expected; /* '!' and a part of the error */
} rows[] = {
    {"", "UserName", false, "alice"},
    {"", "UserName", true, "!{{UserName}}: only users have it"},
    {"UserName = bob", "UserName", false, "bob"},
    {"UserName = bob", "UserName", true, "!only users have it"},
    {"SerialNumber = 1", "Device_Serial", true, "1"},
    {"device_serial = 1", "SerialNumber", true, "1"},
    {"EmailAddress = {{UserName}}@contoso.com", "EmailAddress", false, "alice@contoso.com"},
    {"DeviceId = {{UserName}}", "DeviceId", true, "!{{DeviceId}}: {{UserName}}: only users"},
    {"UserPrincipalName = {{EmailAddress}}\nEmailAddress = {{UserName}}@x", "UserPrincipalName",
     false, "alice@x"},
    {"UserPrincipalName = {{EmailAddress}}", "UserPrincipalName", false,
     "!{{UserPrincipalName}}: {{EmailAddress}}: no value: looked in [attributes] of signet.conf"},
    {"Surname = {{GivenName}} {{GivenName}}\nGivenName = x{{DeviceName}}\nDeviceName = y",
     "Surname", false, "xy xy"},
    {"", "SerialNumber", true, "!no value"},
    {"", "IMEI", true, "!no value"},
    {"DeviceName = pc", "DeviceName", true, "pc"},
};

START_TEST(has_values)
{
    CLEANUP(conf_free) struct conf conf = {0};
    CLEANUP(settings_free) struct settings settings = {0};
    CLEANUP(problems_free) struct problems problems = {0};
    autobuf out = {0};
    struct err err = {0};
    autofree char *text = text_format("[attributes]\n%s\n", rows[_i].attributes);
    ck_assert_int_eq(conf_parse("f", text, strlen(text), &conf, NULL), 0);
    ck_assert_int_eq(settings_read(&conf, "/", &settings, &problems, &problems, NULL), 0);
    ck_assert_msg(problems.n == 0, "%s", problems.n ? problems.v[0].text : "");

    struct attributes attributes = {
        .settings = &settings, .user = rows[_i].device ? NULL : "alice", .uid = 1000};
    const struct attribute *a = attribute_find(rows[_i].variable, strlen(rows[_i].variable));
    int rc = attribute_value(&attributes, a, &out, NULL, &err);
    if (*rows[_i].expected == '!') {
        ck_assert_int_eq(rc, -ERR_CONFIG);
        ck_assert_msg(strstr(err.text, rows[_i].expected + 1), "%s", err.text);
        ck_assert_uint_eq(out.len, 0);
    } else {
        ck_assert_msg(rc == 0, "%s", err.text);
        ck_assert_str_eq(buf_text(&out), rows[_i].expected);
    }
    ck_assert_uint_eq(attributes.depth, 0);
}
END_TEST

/* Values that name one another many times over: refused, and soon. */
START_TEST(does_not_explode)
{
    static const char *const chain[] = {"UserPrincipalName", "EmailAddress", "GivenName",
                                        "Surname",           "Department",   "DeviceId",
                                        "SerialNumber",      "IMEI"};
    struct setting v[LENGTH(chain)];
    struct settings settings = {.v = v, .n = LENGTH(chain)};
    struct attributes attributes = {.settings = &settings, .user = "alice"};
    autobuf out = {0};
    struct err err = {0};
    for (size_t i = 0; i < LENGTH(chain); i++) {
        autobuf text = {0};
        const char *to = i + 1 < LENGTH(chain) ? chain[i + 1] : "UserName";
        for (int n = 0; n < 200; n++)
            buf_printf(&text, NULL, "{{%s}}", to);
        v[i].attribute = attribute_find(chain[i], strlen(chain[i]));
        v[i].value = strdup(buf_text(&text));
    }
    ck_assert_int_eq(attribute_value(&attributes, v[0].attribute, &out, NULL, &err), -ERR_CONFIG);
    ck_assert_ptr_nonnull(strstr(err.text, "more than 4096"));
    for (size_t i = 0; i < LENGTH(chain); i++)
        free(v[i].value);
}
END_TEST

/* signet.conf with a fault: what the problem line says. */
static const struct {
    const char *text, *problem;
} faults[] = {
    {"[attributes]\nUserNam = x\n", "f:2: UserNam: no known variable (did you mean UserName?)"},
    {"[attributes]\nIMEI = 1\nIMEINumber = 2\n", "f:3: IMEINumber: has a value already, on line 2"},
    {"[attributes]\nIMEI =\n", "f:2: IMEI: has no value"},
    {"[attributes]\nDeviceId = {{DeviceId}}\n",
     "f:2: DeviceId: leads back to itself, in a circle of variables; one of them needs a value of "
     "its own"},
    {"[attributes]\nSurname = {{GivenName}}\nGivenName = a {{UserName}} {{Department}}\n"
     "Department = {{surname}}\nIMEI = {{Department}}\n",
     "f:4: Department: leads back to itself, in a circle of variables; one of them needs a value "
     "of its own"},
    {"[attributes]\nIMEI = command:imei\n",
     "f:2: IMEI: command: a program is named by its whole path, such as /usr/local/libexec/imei"},
    {"[attributes]\nIMEI = command:/bin/imei \"x\n", "f:2: IMEI: command: a quote is not closed"},
    {"[agent]\nwifi-mac-format = AABBCCDDEEFg\n",
     "f:2: wifi-mac-format: AABBCCDDEEFg is not one of AABBCCDDEEFF, aabbccddeeff, "
     "AA:BB:CC:DD:EE:FF, aa:bb:cc:dd:ee:ff, AA-BB-CC-DD-EE-FF, aa-bb-cc-dd-ee-ff (did you mean "
     "AABBCCDDEEFF?)"},
    {"[attributes]\nIMEI = {{IME}}\n",
     "f:2: IMEI: {{IME}} is no known variable (did you mean IMEI?)"},
    {"[attributes]\nIMEI = {{IMEI\n", "f:2: IMEI: \"{{\" is not closed by \"}}\""},
    {"[attributes]\nIMEI = 1\n  MEID = 2\n",
     "f:3: IMEI: an indented line continues the value above it; "
     "begin every variable in the first column"},
    {"[agent]\ninterval = 8\n",
     "f:2: interval: 8 is no number with one of minutes, hours, days behind it"},
    {"[agent]\ninterval = 1 minute\n",
     "f:2: interval: 1 minute is not between 5 minutes and 30 days"},
    {"[agent]\ninterval = 99999 days\n",
     "f:2: interval: 99999 days is not between 5 minutes and 30 days"},
    {"[agent]\nintervall = 8 hours\n",
     "f:2: intervall: no key of [agent] (did you mean interval?)"},
    {"[agent]\ninterval = 8 hours\ninterval = 8 hours\n",
     "f:3: interval: stands twice, first on line 2"},
    {"[agent]\nsubject = CN=x\n", "f:2: subject: no key of [agent]; it stands in a [scep] profile"},
    {"[scep x]\n", "f:1: [scep x]: signet.conf has the sections [attributes] and [agent]; profiles "
                   "stand in conf.d"},
};

START_TEST(settings_have_faults)
{
    CLEANUP(conf_free) struct conf conf = {0};
    CLEANUP(settings_free) struct settings settings = {0};
    CLEANUP(problems_free) struct problems problems = {0};
    const char *text = faults[_i].text;
    ck_assert_int_eq(conf_parse("f", text, strlen(text), &conf, NULL), 0);
    ck_assert_int_eq(settings_read(&conf, "/", &settings, &problems, &problems, NULL), 0);
    ck_assert_uint_eq(problems.n, 1);
    ck_assert_str_eq(problems.v[0].text, faults[_i].problem);
    ck_assert_int_eq(settings.interval, SETTINGS_INTERVAL);

    /* A value that was not understood must not quietly become another. */
    bool agent = strncmp(text, "[agent]", 7) == 0;
    struct attributes attributes = {.settings = &settings, .user = "alice"};
    struct err err = {0};
    autobuf out = {0};
    ck_assert(settings.damaged == !agent);
    ck_assert_int_eq(attribute_value(&attributes, attribute_table, &out, NULL, &err),
                     agent ? 0 : -ERR_CONFIG);
}
END_TEST

static const struct {
    const char *text;
    int64_t seconds;
} intervals[] = {{"5 minutes", 300}, {"1 hour", 3600}, {"1hours", 3600}, {"30  days", 2592000}};

START_TEST(settings_have_an_interval)
{
    CLEANUP(conf_free) struct conf conf = {0};
    CLEANUP(settings_free) struct settings settings = {0};
    CLEANUP(problems_free) struct problems problems = {0};
    autofree char *text = text_format("[agent]\ninterval = %s ; spread\n", intervals[_i].text);
    conf_parse("f", text, strlen(text), &conf, NULL);
    ck_assert_int_eq(settings_read(&conf, "/", &settings, &problems, &problems, NULL), 0);
    ck_assert_uint_eq(problems.n, 0);
    ck_assert_int_eq(settings.interval, intervals[_i].seconds);
}
END_TEST

Suite *attribute_suite(void)
{
    Suite *suite = suite_create("profile/attribute");
    TCase *tc = tcase_create("attribute");
    tcase_add_loop_test(tc, finds_names, 0, LENGTH(known));
    tcase_add_loop_test(tc, finds_no_others, 0, LENGTH(unknown));
    tcase_add_loop_test(tc, has_values, 0, LENGTH(rows));
    tcase_add_test(tc, does_not_explode);
    tcase_add_loop_test(tc, settings_have_faults, 0, LENGTH(faults));
    tcase_add_loop_test(tc, settings_have_an_interval, 0, LENGTH(intervals));
    suite_add_tcase(suite, tc);
    return suite;
}
