#include "agent/report.h"

#include "base/json.h"
#include "tests/agent/site.h"

static const struct owner device = {.device = true}, alice = {.uid = SITE_ALICE},
                          stranger = {.uid = 4242}; /* whom NSS does not know */

/* "OWNER PROFILE STATE" of each, joined by '|'. */
static void report(struct site *s, const struct owner *owner, const char *profile, char *ret,
                   size_t size)
{
    autojson *list = json_array();
    site_load(s);
    site_ok(*s, report_owner(&s->agent, owner, profile, false, list, &s->err));
    *ret = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *entry = json_array_get(list, i);
        snprintf(ret + strlen(ret), size - strlen(ret), "%s%s %s %s", i ? "|" : "",
                 json_text(entry, "owner", "?"), json_text(entry, "profile", "?"),
                 json_text(entry, "state", "?"));
    }
}

START_TEST(reports_what_there_is_and_why_not)
{
    SITE(s);
    site_alice(&s);
    char said[512];
    site_mail(&s, "");
    site_profile(&s, "wifi", SITE_BOX);
    site_profile(&s, "elsewhere", SITE_BOX "\nassign-hosts = elsewhere");
    report(&s, &device, NULL, said, sizeof said);
    ck_assert_str_eq(said, "device wifi requesting");
    report(&s, &device, "elsewhere", said, sizeof said);
    ck_assert_str_eq(said, "device elsewhere not-applicable");
    report(&s, &device, "nowhere", said, sizeof said);
    ck_assert_str_eq(said, ""); /* nobody knows of such a one */
    ck_assert(!report_knows(&s.agent, "nowhere") && report_knows(&s.agent, "elsewhere"));
    report(&s, &alice, NULL, said, sizeof said);
    ck_assert_str_eq(said, "alice mail requesting");
    report(&s, &alice, "wifi", said, sizeof said);
    ck_assert_str_eq(said, "alice wifi not-applicable");

    site_entry(&s, &device, "gone");
    site_entry(&s, &device, "elsewhere");
    report(&s, &device, NULL, said, sizeof said);
    ck_assert_str_eq(
        said, "device elsewhere not-applicable|device wifi requesting|device gone not-applicable");
    autojson *list = json_array();
    site_ok(s, report_owner(&s.agent, &device, "elsewhere", false, list, &s.err));
    const char *reason = json_text(json_array_get(list, 0), "reason", "");
    ck_assert_msg(strstr(reason, "conf.d/elsewhere.conf:7: assign-hosts does not name this host, "),
                  "%s", reason);
}
END_TEST

START_TEST(reports_owners_whom_nobody_knows)
{
    SITE(s);
    char said[512];
    autojson *list = json_array();
    site_mail(&s, "");
    site_load(&s);
    ck_assert_int_lt(report_owner(&s.agent, &stranger, NULL, false, list, &s.err), 0);
    site_entry(&s, &stranger, "mail");
    site_entry(&s, &stranger, "gone");
    site_entry(&s, &device, "gone");
    report(&s, &stranger, NULL, said, sizeof said);
    ck_assert_str_eq(said, "4242 gone not-applicable|4242 mail not-applicable");
    report(&s, &stranger, "mail", said, sizeof said);
    ck_assert_str_eq(said, "4242 mail not-applicable");
    site_ok(s, report_owner(&s.agent, &stranger, "mail", false, list, &s.err));
    ck_assert_int_eq(json_number(json_array_get(list, 0), "uid", 0), 4242);
    ck_assert_ptr_nonnull(strstr(json_text(json_array_get(list, 0), "reason", ""), "4242"));
    ck_assert_int_lt(report_owner(&s.agent, &stranger, "wifi", false, list, &s.err), 0);
}
END_TEST

/* What the machine is cannot be told, but who alice is. */
START_TEST(shows_nobody_what_was_anothers)
{
    SITE(s);
    autojson *list = json_array();
    site_alice(&s);
    site_mail(&s, "");
    site_entry(&s, &alice, "mail"); /* of whom nobody knows */
    site_load(&s);
    err_set(&s.agent.platform_err, ERR_RETRY, "down");
    ck_assert_int_eq(report_owner(&s.agent, &alice, NULL, false, list, &s.err), -ERR_RETRY);
    ck_assert_str_eq(s.err.text, "down");
    ck_assert_uint_eq(json_array_size(list), 0);
}
END_TEST

Suite *report_suite(void)
{
    Suite *suite = suite_create("agent/report");
    TCase *tc = tcase_create("report");
    tcase_add_unchecked_fixture(tc, site_ca_start, site_ca_stop);
    tcase_add_test(tc, reports_what_there_is_and_why_not);
    tcase_add_test(tc, reports_owners_whom_nobody_knows);
    tcase_add_test(tc, shows_nobody_what_was_anothers);
    suite_add_tcase(suite, tc);
    return suite;
}
