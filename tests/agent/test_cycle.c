#include "agent/cycle.h"

#include "agent/report.h"
#include "base/json.h"
#include "tests/agent/site.h"
#include "tests/profile/place.h"

#include <sys/stat.h>

static const struct owner device = {.device = true}, alice = {.uid = SITE_ALICE},
                          stranger = {.uid = 4242}; /* whom NSS does not know */

/* A cycle as the daemon runs it. */
static int cycle(struct site *s)
{
    autofree struct owner *owners = NULL;
    size_t n = 0;
    site_load(s);
    site_ok(*s, cycle_owners(&s->agent, NULL, &owners, &n, &s->err));
    const struct cycle all = {
        .owners = owners, .n_owners = n, .mode = ENGINE_CYCLE, .anchors = true};
    s->err = (struct err){0};
    s->next = 0;
    return cycle_run(&s->agent, &all, &s->next, &s->err);
}

static int cycle_of(struct site *s, const struct owner *owner, const char *profile)
{
    site_load(s);
    const struct cycle one = {
        .owners = owner, .n_owners = 1, .profile = profile, .mode = ENGINE_CYCLE};
    s->err = (struct err){0};
    return cycle_run(&s->agent, &one, &s->next, &s->err);
}

static bool has_kind(struct site *s, enum anchor_kind kind, const char *profile)
{
    CLEANUP(strings_free) struct strings names = {0};
    site_ok(*s, store_anchors(&s->agent.store, kind, &names, &s->err));
    return strings_contain(&names, profile);
}

static bool has_anchor(struct site *s, const char *profile)
{
    return has_kind(s, ANCHOR_TRUSTED, profile);
}

START_TEST(owners_are_the_device_and_who_has_entries)
{
    SITE(s);
    autofree struct owner *owners = NULL, *more = NULL, *same = NULL;
    size_t n = 0;
    site_ok(s, cycle_owners(&s.agent, NULL, &owners, &n, &s.err));
    ck_assert_uint_eq(n, 1);
    ck_assert(owners[0].device);

    const struct owner seven = {.uid = 7};
    site_entry(&s, &device, "a");
    site_entry(&s, &alice, "a");
    site_entry(&s, &alice, "b");
    site_entry(&s, &seven, "a");
    site_ok(s, cycle_owners(&s.agent, &stranger, &more, &n, &s.err));
    ck_assert_uint_eq(n, 4);
    ck_assert(more[0].device && !more[1].device && !more[2].device && !more[3].device);
    ck_assert_uint_eq(more[1].uid, 7);
    ck_assert_uint_eq(more[2].uid, 4242);
    ck_assert_uint_eq(more[3].uid, SITE_ALICE);
    site_ok(s, cycle_owners(&s.agent, &alice, &same, &n, &s.err));
    ck_assert_uint_eq(n, 3);
}
END_TEST

START_TEST(one_failure_does_not_stop_the_others)
{
    SITE(s);
    autofree char *dead = text_format("[scep dead]\ntype = device\nroot = root\nkey-size = 1024\n"
                                      "url = http://127.0.0.1:1/dead\n" SITE_BOX "\n");
    site_put(&s, "conf.d/dead.conf", dead);
    site_profile(&s, "vague", "subject = CN={{IMEI}}");
    site_profile(&s, "wifi", SITE_BOX);
    site_profile(&s, "zulu", SITE_BOX "\nrenewal-threshold = 10");
    int64_t now = clock_now();
    ck_assert_int_eq(cycle(&s), -ERR_RETRY);
    ck_assert_msg(strstr(s.err.text, "profile dead, device: http://127.0.0.1:1/dead"), "%s",
                  s.err.text);
    ck_assert_uint_eq(site_current(&s, "wifi"), 1);
    ck_assert_uint_eq(site_current(&s, "zulu"), 1);
    ck_assert_int_ge(s.next, now + 30);
    ck_assert_int_le(s.next, clock_now() + 60); /* the first retry comes first */
}
END_TEST

START_TEST(users_get_theirs)
{
    SITE(s);
    site_alice(&s);
    site_mail(&s, "");
    site_profile(&s, "wifi", SITE_BOX);
    site_ok(s, cycle(&s)); /* alice has not signed in yet */
    ck_assert(!site_has_entry(&s, &alice, "mail"));
    site_ok(s, cycle_of(&s, &alice, NULL));
    ck_assert(site_has_entry(&s, &alice, "mail"));
    ck_assert(!site_has_entry(&s, &alice, "wifi"));
    ck_assert(!site_has_entry(&s, &device, "mail"));

    site_mail(&s, "exclude-users = alice");
    site_ok(s, cycle(&s));
    ck_assert(!site_has_entry(&s, &alice, "mail"));
    ck_assert(site_has_entry(&s, &device, "wifi"));
}
END_TEST

/* What becomes of the entry "wifi" and of the anchor "root" after an edit of conf.d. */
static const struct {
    const char *file, *text; /* NULL: removed */
    bool entry, anchor;
} edits[] = {
    {"conf.d/wifi.conf", NULL, false, true},
    {"conf.d/wifi.conf", "", false, true},
    {"conf.d/wifi.conf", "[scep wifi]\nkey-sise = 7\n", true, true},
    {"conf.d/wifi.conf", "not a profile at all", true, true},
    {"conf.d/10-root.conf", NULL, true, true}, /* wifi has a fault then, so conf.d has one */
    {"conf.d/10-root.conf", "[trusted-root root]\ncertificate = nowhere.pem\n", true, true},
    {"conf.d/10-root.conf",
     "[trusted-root root]\ncertificate = root.pem\nassign-hosts = elsewhere\n", true, true},
    {"conf.d/10-root.conf", "[trusted-root ruth]\ncertificate = root.pem\n", true, true},
    {"conf.d/99-other.conf", "[scep other]\n", true, true},
    {"root.pem", "no certificate", true, true},
};

START_TEST(removes_only_what_is_certainly_unwanted)
{
    SITE(s);
    site_profile(&s, "wifi", SITE_BOX);
    site_ok(s, cycle(&s));
    ck_assert(has_anchor(&s, "root"));
    site_put(&s, edits[_i].file, edits[_i].text);
    cycle(&s);
    ck_assert_int_eq(site_has_entry(&s, &device, "wifi"), edits[_i].entry);
    ck_assert_int_eq(has_anchor(&s, "root"), edits[_i].anchor);
    if (edits[_i].entry)
        ck_assert_uint_eq(site_current(&s, "wifi"), 1);
    ck_assert_uint_eq(site_asked("issued"), 1);
}
END_TEST

START_TEST(removes_what_is_not_assigned_any_more)
{
    SITE(s);
    site_profile(&s, "wifi", SITE_BOX);
    site_profile(&s, "vpn", SITE_BOX);
    site_ok(s, cycle(&s));
    site_profile(&s, "vpn", SITE_BOX "\nassign-hosts = elsewhere");
    /* Not while only something else was asked for, and not while conf.d has a fault. */
    site_ok(s, cycle_of(&s, &device, "wifi"));
    ck_assert(site_has_entry(&s, &device, "vpn"));
    site_put(&s, "conf.d/99-other.conf", "[scep other]\n");
    site_ok(s, cycle(&s));
    ck_assert(site_has_entry(&s, &device, "vpn"));
    site_put(&s, "conf.d/99-other.conf", NULL);
    site_ok(s, cycle(&s));
    ck_assert(!site_has_entry(&s, &device, "vpn"));
    ck_assert(site_has_entry(&s, &device, "wifi"));
}
END_TEST

START_TEST(who_cannot_be_looked_up_loses_nothing)
{
    SITE(s);
    site_mail(&s, "");
    site_entry(&s, &stranger, "mail");
    site_entry(&s, &stranger, "gone");
    site_profile(&s, "wifi", SITE_BOX);
    site_ok(s, cycle(&s)); /* that is no fault of anybody's */
    ck_assert(site_has_entry(&s, &stranger, "mail"));
    ck_assert(site_has_entry(&s, &stranger, "gone"));
    ck_assert_uint_eq(site_current(&s, "wifi"), 1);
}
END_TEST

/* Below its root, the machine says what it is; or it does not. */
static void machine_says(struct site *s, const char *script)
{
    static const char *const folders[] = {"machine", "machine/usr", "machine/usr/bin"};
    static const char program[] = "machine/usr/bin/systemd-detect-virt";
    static char root[sizeof s->temp.path + sizeof "/machine"];
    for (size_t i = 0; !s->agent.root && i < LENGTH(folders); i++)
        ck_assert_int_eq(mkdirat(s->temp.fd, folders[i], 0755), 0);
    snprintf(root, sizeof root, "%s/machine", s->temp.path);
    s->agent.root = root;
    unlinkat(s->temp.fd, program, 0);
    temp_file(&s->temp, program, 0755, script);
}

START_TEST(a_machine_that_does_not_say_what_it_is_loses_nothing)
{
    SITE(s);
    machine_says(&s, "#!/bin/sh\nkill -9 $$\n");
    site_profile(&s, "wifi", SITE_BOX);
    site_ok(s, cycle(&s)); /* nobody asked what it is */
    site_profile(&s, "wifi", SITE_BOX "\napplies-to = virtualisation kvm");
    site_profile(&s, "vpn", SITE_BOX);
    ck_assert_int_eq(cycle(&s), -ERR_RETRY);
    ck_assert_msg(strstr(s.err.text, "systemd-detect-virt"), "%s", s.err.text);
    ck_assert(site_has_entry(&s, &device, "wifi"));
    ck_assert(!site_has_entry(&s, &device, "vpn"));
    autojson *list = json_array();
    site_ok(s, report_owner(&s.agent, &device, NULL, false, list, &s.err));
    ck_assert_uint_eq(json_array_size(list), 1);
    ck_assert_ptr_nonnull(strstr(json_text(json_array_get(list, 0), "reason", ""), "detect-virt"));

    machine_says(&s, "#!/bin/sh\necho kvm\n");
    site_ok(s, cycle(&s));
    ck_assert(site_has_entry(&s, &device, "wifi"));
    ck_assert(site_has_entry(&s, &device, "vpn"));
    ck_assert_uint_eq(site_current(&s, "wifi"), 1); /* whom it is for is no edit of the wish */

    machine_says(&s, "#!/bin/sh\necho none\nexit 1\n");
    site_ok(s, cycle(&s));
    ck_assert(!site_has_entry(&s, &device, "wifi"));
    ck_assert(site_has_entry(&s, &device, "vpn"));
}
END_TEST

START_TEST(a_profile_waits_for_its_root)
{
    SITE(s);
    site_put(&s, "conf.d/10-root.conf",
             "[trusted-root root]\ncertificate = root.pem\nassign-hosts = elsewhere\n");
    site_profile(&s, "wifi", SITE_BOX);
    site_ok(s, cycle(&s));
    ck_assert_uint_eq(site_asked(" "), 0);
    ck_assert_int_eq(cycle_of(&s, &device, "wifi"), -ERR_CONFIG);
    autojson *list = json_array();
    site_ok(s, report_owner(&s.agent, &device, NULL, false, list, &s.err));
    ck_assert_str_eq(json_text(json_array_get(list, 0), "state", ""), "waiting");
    const char *reason = json_text(json_array_get(list, 0), "reason", "");
    ck_assert_msg(strstr(reason, "[trusted-root root] is not there for this owner: "), "%s",
                  reason);
    ck_assert_msg(strstr(reason, "10-root.conf:3: assign-hosts does not name this host, "), "%s",
                  reason);
}
END_TEST

START_TEST(anchors_follow_the_profiles)
{
    SITE(s);
    site_put(&s, "other.pem", test_ca_pem);
    site_put(&s, "conf.d/20-other.conf", "[trusted-root other]\ncertificate = other.pem\n");
    site_ok(s, cycle_of(&s, &device, NULL));
    ck_assert(!has_anchor(&s, "other")); /* that was no cycle of root's */
    site_ok(s, cycle(&s));
    ck_assert(has_anchor(&s, "root"));
    ck_assert(has_anchor(&s, "other"));

    site_put(&s, "conf.d/20-other.conf", NULL);
    site_ok(s, cycle(&s));
    ck_assert(has_anchor(&s, "root"));
    ck_assert(!has_anchor(&s, "other"));

    autobuf before = {0}, after = {0};
    site_ok(s, store_anchor_read(&s.agent.store, ANCHOR_TRUSTED, "root", &before, &s.err));
    site_put(&s, "root.pem", test_ca_pem);
    site_ok(s, cycle(&s));
    site_ok(s, store_anchor_read(&s.agent.store, ANCHOR_TRUSTED, "root", &after, &s.err));
    ck_assert(!buf_equal(&before, &after));
}
END_TEST

START_TEST(an_intermediate_is_no_anchor)
{
    SITE(s);
    site_put(&s, "other.pem", test_ca_pem);
    for (int i = 0; i < 3; i++) {
        bool below = i == 1;
        site_put(&s, "conf.d/20-other.conf",
                 below ? "[trusted-root other]\ncertificate = other.pem\nstore = intermediate\n"
                       : "[trusted-root other]\ncertificate = other.pem\n");
        site_ok(s, cycle(&s));
        ck_assert_int_eq(has_anchor(&s, "other"), !below);
        ck_assert_int_eq(has_kind(&s, ANCHOR_ISSUER, "other"), below);
    }
}
END_TEST

START_TEST(a_profile_by_name_must_apply)
{
    static const char *const names[] = {"nobody-knows-it", "elsewhere", "mail", "root"};
    SITE(s);
    site_mail(&s, "");
    site_profile(&s, "elsewhere", SITE_BOX "\nassign-hosts = elsewhere");
    ck_assert_int_eq(cycle_of(&s, &device, names[_i]), -ERR_CONFIG);
    ck_assert_msg(strstr(s.err.text, names[_i]), "%s", s.err.text);
    ck_assert_uint_eq(site_asked(" "), 0);
    ck_assert(!site_has_entry(&s, &device, names[_i]));
}
END_TEST

Suite *cycle_suite(void)
{
    Suite *suite = suite_create("agent/cycle");
    TCase *tc = tcase_create("cycle");
    tcase_add_unchecked_fixture(tc, site_ca_start, site_ca_stop);
    tcase_add_test(tc, owners_are_the_device_and_who_has_entries);
    tcase_add_test(tc, one_failure_does_not_stop_the_others);
    tcase_add_test(tc, users_get_theirs);
    tcase_add_loop_test(tc, removes_only_what_is_certainly_unwanted, 0, LENGTH(edits));
    tcase_add_test(tc, removes_what_is_not_assigned_any_more);
    tcase_add_test(tc, who_cannot_be_looked_up_loses_nothing);
    tcase_add_test(tc, a_machine_that_does_not_say_what_it_is_loses_nothing);
    tcase_add_test(tc, a_profile_waits_for_its_root);
    tcase_add_test(tc, anchors_follow_the_profiles);
    tcase_add_test(tc, an_intermediate_is_no_anchor);
    tcase_add_loop_test(tc, a_profile_by_name_must_apply, 0, 4);
    suite_add_tcase(suite, tc);
    return suite;
}
