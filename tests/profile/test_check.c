/* What stands in two places and does not go together. */
#include "profile/profile.h"

#include "tests/profile/place.h"
#include "tests/suite.h"
#include <string.h>

static const char *place;
static struct profile_set set;

static void before(void)
{
    place = make_place();
    put("ca.pem", 0644, test_ca_pem);
}

static void after(void)
{
    profile_set_free(&set);
    remove_place();
}

/* [attributes] of signet.conf from its second line on; lines of a profile from the fifth on; the
 * one warning about it, NULL: none. */
static const struct {
    const char *attributes, *lines, *warning;
} hidden[] = {
    {"DeviceId = {{UserName}}", "type = device\nsubject = CN={{DeviceId}}",
     "6: subject: {{DeviceId}} has no value for a device: SIGNET:2 makes it of {{UserName}}, a "
     "user's variable"},
    {"IMEI = 1\nDeviceId = x-{{EmailAddress}}-y", "type = device\nsubject = device-id",
     "6: subject: {{DeviceId}} has no value for a device: SIGNET:3 makes it of {{EmailAddress}}, a "
     "user's variable"},
    {"DeviceName = {{UserName}}.lan\nDeviceId = {{DeviceName}}",
     "type = device\nsubject = CN={{DeviceId}}",
     "6: subject: {{DeviceId}} has no value for a device: SIGNET:2 makes it of {{UserName}}, a "
     "user's variable"},
    {"DeviceName = {{UserName}}", "type = device\nsubject = none\nsan = dns:{{devicename}}.lan",
     "7: san: {{DeviceName}} has no value for a device: SIGNET:2 makes it of {{UserName}}, a "
     "user's variable"},
    {"AAD_Device_ID = {{UserName}}", "type = device\nsubject = CN={{AzureADDeviceId}}",
     "6: subject: {{AAD_Device_ID}} has no value for a device: SIGNET:2 makes it of {{UserName}}, "
     "a user's variable"},
    {"DeviceId = {{UserName}}", "type = user\nsubject = CN={{DeviceId}}", NULL},
    {"DeviceId = {{DeviceName}}", "type = device\nsubject = CN={{DeviceId}}", NULL},
    {"DeviceId = {{UserName}}", "type = device\nsubject = CN={{DeviceName}}", NULL},
    {"DeviceId = command:/bin/echo {{UserName}}", "type = device\nsubject = CN={{DeviceId}}", NULL},
    {"EmailAddress = {{UserName}}@h", "type = device\nsubject = CN={{DeviceId}}", NULL},
};

START_TEST(warns_of_users_behind_a_device)
{
    autofree char *conf = text_format("[attributes]\n%s\n", hidden[_i].attributes);
    autofree char *profile = text_format("[trusted-root r]\ncertificate = ca.pem\n[scep s]\n"
                                         "root = r\n%s\nurl = https://h/\n",
                                         hidden[_i].lines);
    put("signet.conf", 0644, conf);
    put("conf.d/a.conf", 0644, profile);
    ck_assert_int_eq(profile_load(place, &set, NULL), 0);
    ck_assert_msg(set.problems.n == 0, "%s", set.problems.v[0].text);
    ck_assert_uint_eq(set.warnings.n, hidden[_i].warning != NULL);
    if (!hidden[_i].warning)
        return;
    const char *there = strstr(hidden[_i].warning, "SIGNET");
    autofree char *expected =
        text_format("%s/conf.d/a.conf:%.*s%s/signet.conf%s", place,
                    (int)(there - hidden[_i].warning), hidden[_i].warning, place, there + 6);
    ck_assert_str_eq(set.warnings.v[0].text, expected);
    ck_assert_uint_gt(set.warnings.v[0].at.column, 0);
}
END_TEST

/* What names itself in a circle is a fault, and no endless search. */
START_TEST(a_circle_ends)
{
    put("signet.conf", 0644,
        "[attributes]\nDeviceId = {{DeviceName}}\nDeviceName = {{DeviceId}}{{DeviceName}}\n");
    put("conf.d/a.conf", 0644,
        "[trusted-root r]\ncertificate = ca.pem\n[scep s]\nroot = r\ntype = device\n"
        "subject = CN={{DeviceId}}\nurl = https://h/\n");
    ck_assert_int_eq(profile_load(place, &set, NULL), 0);
    ck_assert_uint_eq(set.problems.n, 1);
    ck_assert_uint_eq(set.warnings.n, 0);
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("profile/check");
    TCase *tc = tcase_create("check");
    tcase_add_checked_fixture(tc, before, after);
    tcase_add_loop_test(tc, warns_of_users_behind_a_device, 0, LENGTH(hidden));
    tcase_add_test(tc, a_circle_ends);
    suite_add_tcase(suite, tc);
    return suite;
}
