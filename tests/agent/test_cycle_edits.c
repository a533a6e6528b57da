/* What becomes of entries when conf.d, or the people it speaks of, change. */
#include "agent/cycle.h"

#include "agent/job.h"
#include "agent/report.h"
#include "agent/removal.h"
#include "tests/agent/site.h"

#include <sys/stat.h>

static const struct owner device = {.device = true}, alice = {.uid = SITE_ALICE};

/* A cycle as the daemon runs it, and for alice as if she had signed in. */
static int cycle(struct site *s)
{
    autofree struct owner *owners = NULL;
    size_t n = 0;
    site_load(s);
    site_ok(*s, cycle_owners(&s->agent, &alice, &owners, &n, &s->err));
    const struct cycle all = {
        .owners = owners, .n_owners = n, .mode = ENGINE_CYCLE, .anchors = true};
    s->err = (struct err){0};
    s->next = 0;
    return cycle_run(&s->agent, &all, &s->next, &s->err);
}

/* What is told of an entry: a new reference, with members of its own where there is none. */
static json_t *told(struct site *s, const struct owner *owner, const char *profile)
{
    autojson *list = json_array();
    site_load(s);
    site_ok(*s, report_owner(&s->agent, owner, profile, false, list, &s->err));
    ck_assert_uint_eq(json_array_size(list), 1);
    return json_incref(json_array_get(list, 0));
}

static void is_told(struct site *s, const struct owner *owner, const char *profile,
                    const char *state, const char *reason)
{
    autojson *entry = told(s, owner, profile);
    ck_assert_str_eq(json_text(entry, "state", "-"), state);
    const char *text = json_text(entry, "reason", "");
    ck_assert_msg(*reason ? strstr(text, reason) != NULL : !*text, "'%s' has no '%s'", text,
                  reason);
}

/* The entry "wifi" after its file was edited: LINES of it, or, with NULL, TEXT of another FILE. */
static const struct {
    const char *lines;
    const char *file, *text;
    unsigned generation; /* 0: removed */
    const char *state, *reason;
} edits[] = {
    /* No edit of what is wanted. */
    {SITE_BOX, NULL, NULL, 1, "installed", ""},
    {"description = Wi-Fi\nscope-tags = a\n" SITE_BOX, NULL, NULL, 1, "installed", ""},
    {SITE_BOX "\nrenewal-threshold = 50", NULL, NULL, 1, "installed", ""},
    {SITE_BOX "\nassign-hosts = *", NULL, NULL, 1, "installed", ""},
    {SITE_BOX "\nkey-access = daemon", NULL, NULL, 1, "installed", ""},
    /* Another certificate. */
    {"subject = CN={{DeviceName}},O=Contoso", NULL, NULL, 2, "installed", ""},
    {SITE_BOX "\nsan = dns:box.test", NULL, NULL, 2, "installed", ""},
    {SITE_BOX "\neku = server-auth", NULL, NULL, 2, "installed", ""},
    {SITE_BOX "\nkey-usage = digital-signature", NULL, NULL, 2, "installed", ""},
    {SITE_BOX "\nhash = sha512", NULL, NULL, 2, "installed", ""},
    {SITE_BOX "\nvalidity = 1 month", NULL, NULL, 2, "installed", ""},
    {SITE_BOX "\nca-ident = other", NULL, NULL, 2, "installed", ""},
    {NULL, "signet.conf", "[attributes]\nDeviceName = crate\n", 2, "installed", ""},
    /* Not wanted any more. */
    {SITE_BOX "\nassign-hosts = elsewhere", NULL, NULL, 0, "removed", "wifi.conf:"},
    {SITE_BOX "\nassign-hosts = elsewhere", NULL, NULL, 0, "removed", "assign-hosts"},
    {SITE_BOX "\nexclude-hosts = *", NULL, NULL, 0, "removed", "exclude-hosts"},
    {NULL, "conf.d/wifi.conf", NULL, 0, "removed", "there is no [scep wifi]"},
    {NULL, "conf.d/wifi.conf", "", 0, "removed", "there is no [scep wifi]"},
    /* Nobody can know. */
    {SITE_BOX "\nkey-sise = 7", NULL, NULL, 1, "not-applicable", "key-sise"},
    {SITE_BOX "\nassign-hosts =", NULL, NULL, 1, "not-applicable", "assign-hosts"},
    {NULL, "conf.d/wifi.conf", "[scep wifi\n", 1, "not-applicable", "could be read"},
    {NULL, "conf.d/wifi.conf", "\377\376", 1, "not-applicable", "could be read"},
    {NULL, "conf.d/99-other.conf", "[scep other]\n", 1, "installed", ""},
    {NULL, "conf.d/99-other.conf", "rubbish", 1, "installed", ""},
    {NULL, "signet.conf", "[attributes]\nIMIE = 1\nDeviceName = box\n", 1, "installed",
     "signet.conf"},
    {NULL, "conf.d/10-root.conf", NULL, 1, "waiting", "there is no [trusted-root root]"},
    {NULL, "conf.d/10-root.conf", "[trusted-root ruth]\ncertificate = root.pem\n", 1, "waiting",
     "there is no [trusted-root root]"},
    {NULL, "root.pem", "no certificate", 1, "waiting", "has a problem of its own"},
    {NULL, "root.pem", NULL, 1, "waiting", "has a problem of its own"},
    {NULL, "conf.d/10-root.conf",
     "[trusted-root root]\ncertificate = root.pem\nassign-hosts = elsewhere\n", 1, "waiting",
     "10-root.conf:3: assign-hosts"},
};

static void edit(struct site *s, int i)
{
    if (edits[i].lines)
        site_profile(s, "wifi", edits[i].lines);
    else
        site_put(s, edits[i].file, edits[i].text);
}

static int sign_in(struct site *s)
{
    site_load(s);
    struct job job = site_job(s, "wifi", ENGINE_ROUTINE);
    job.asker = ASKER_SIGN_IN;
    return job_run(&job, &s->next, &s->err);
}

/* What an administrator does about a request that failed a moment ago: to FILE below the
 * configuration. */
static const struct {
    const char *lines; /* of the profile; NULL: as before */
    const char *file, *text;
    bool tried;
} mendings[] = {
    {SITE_BOX "\naccept-des = yes", NULL, NULL, true},
    {SITE_BOX "\nminimum-crypto = aes128-sha256", NULL, NULL, true},
    {SITE_BOX "\nsan = dns:box.test", NULL, NULL, true},
    {NULL, "signet.conf", "[attributes]\nDeviceName = crate\n", true},
    {NULL, "conf.d/10-root.conf", "[trusted-root root]\n\ncertificate = root.pem\n", true},
    {NULL, "challenge", "another\n", true},
    {NULL, "conf.d/99-other.conf", "# nothing of this profile's\n", false},
    {NULL, NULL, NULL, false},
};

START_TEST(what_was_mended_is_tried_at_the_next_sign_in)
{
    SITE(s);
    autofree char *challenge = site_challenge(&s);
    autofree char *before = text_format(SITE_BOX "\nchallenge = file:%s", challenge);
    site_profile(&s, "wifi", before);
    site_behave("des pki/404");
    ck_assert_int_lt(sign_in(&s), 0);
    unsigned asked = site_asked("PKIOperation");
    site_behave("");
    ck_assert_int_eq(sign_in(&s), -ERR_RETRY);
    ck_assert_uint_eq(site_asked("PKIOperation"), asked);

    if (mendings[_i].lines)
        site_profile(&s, "wifi", mendings[_i].lines);
    if (mendings[_i].file) {
        autofree char *path = text_format("%s/%s", s.conf, mendings[_i].file);
        site_put(&s, mendings[_i].file, mendings[_i].text);
        if (strcmp(mendings[_i].file, "challenge") == 0)
            ck_assert_int_eq(chmod(path, 0600), 0);
    }
    int rc = sign_in(&s);
    if (mendings[_i].tried) {
        site_ok(s, rc);
        site_installed(&s, 1);
    } else {
        ck_assert_int_eq(rc, -ERR_RETRY);
        ck_assert_msg(strstr(s.err.text, "seconds ago"), "%s", s.err.text);
        ck_assert_uint_eq(site_asked("PKIOperation"), asked);
    }
}
END_TEST

START_TEST(an_edit_has_its_consequence)
{
    SITE(s);
    site_profile(&s, "wifi", SITE_BOX);
    site_ok(s, cycle(&s));
    int64_t since = site_state(&s, "wifi").since;
    ck_assert_int_gt(since, 0);
    edit(&s, _i);
    if (edits[_i].generation == 2) /* as soon as it is edited */
        is_told(&s, &device, "wifi", "renewing", "was edited");
    cycle(&s);
    cycle(&s); /* once is enough */
    ck_assert_int_eq(site_has_entry(&s, &device, "wifi"), edits[_i].generation != 0);
    if (edits[_i].generation)
        ck_assert_uint_eq(site_current(&s, "wifi"), edits[_i].generation);
    ck_assert_uint_eq(site_asked("issued"), edits[_i].generation == 2 ? 2 : 1);
    is_told(&s, &device, "wifi", edits[_i].state, edits[_i].reason);

    /* And back again. */
    site_put(&s, "conf.d/99-other.conf", NULL);
    site_put(&s, "conf.d/10-root.conf", "[trusted-root root]\ncertificate = root.pem\n");
    site_ca_root(&s);
    site_put(&s, "signet.conf", "[attributes]\nDeviceName = box\n");
    site_profile(&s, "wifi", SITE_BOX);
    site_ok(s, cycle(&s));
    site_installed(&s, edits[_i].generation == 2 ? 3 : 1);
    is_told(&s, &device, "wifi", "installed", "");
}
END_TEST

/* The one before works until the new one is there, whatever that takes. */
START_TEST(an_edit_replaces_when_the_new_one_is_there)
{
    SITE(s);
    site_profile(&s, "wifi", SITE_BOX);
    site_ok(s, cycle(&s));
    site_profile(&s, "wifi", SITE_BOX "\nsan = dns:box.test");
    site_behave("pki/500");
    ck_assert_int_lt(cycle(&s), 0);
    ck_assert_uint_eq(site_current(&s, "wifi"), 1);
    is_told(&s, &device, "wifi", "renewing", "HTTP 500");
    site_behave("pending:1");
    site_ok(s, cycle(&s));
    ck_assert_uint_eq(site_current(&s, "wifi"), 1);
    is_told(&s, &device, "wifi", "pending", "not decided");
    site_behave("");
    struct entry_state state = site_state(&s, "wifi");
    state.next_attempt = 1;
    site_state_put(&s, "wifi", &state);
    site_ok(s, cycle(&s));
    site_installed(&s, 2);
}
END_TEST

START_TEST(a_new_profile_comes_with_a_cycle)
{
    SITE(s);
    site_ok(s, cycle(&s));
    site_profile(&s, "wifi", SITE_BOX);
    site_load(&s);
    const struct cycle due = {.owners = &device, .n_owners = 1, .mode = ENGINE_DUE};
    site_ok(s, cycle_run(&s.agent, &due, &s.next, &s.err));
    ck_assert(!site_has_entry(&s, &device, "wifi"));
    is_told(&s, &device, "wifi", "requesting", "nothing was asked yet");
    site_ok(s, cycle(&s));
    site_installed(&s, 1);
}
END_TEST

START_TEST(another_name_is_another_profile)
{
    SITE(s);
    site_profile(&s, "wifi", SITE_BOX);
    site_ok(s, cycle(&s));
    site_put(&s, "conf.d/wifi.conf", NULL);
    site_profile(&s, "wlan", SITE_BOX);
    site_ok(s, cycle(&s));
    ck_assert(!site_has_entry(&s, &device, "wifi"));
    ck_assert_uint_eq(site_current(&s, "wlan"), 1);
    is_told(&s, &device, "wifi", "removed", "there is no [scep wifi]");
}
END_TEST

START_TEST(what_is_pending_goes_too)
{
    SITE(s);
    site_profile(&s, "wifi", SITE_BOX);
    site_behave("pending:1");
    site_ok(s, cycle(&s));
    ck_assert_int_eq(access(site_file(&s, "wifi", "pending/key.pem"), F_OK), 0);
    site_put(&s, "conf.d/wifi.conf", NULL);
    site_ok(s, cycle(&s));
    ck_assert_int_ne(access(site_file(&s, "wifi", ""), F_OK), 0);
    is_told(&s, &device, "wifi", "removed", "there is no");
}
END_TEST

/* Without a certificate and without a server: that waits, and is no error. */
START_TEST(an_edit_of_the_url_is_one)
{
    SITE(s);
    site_put(&s, "conf.d/wifi.conf",
             "[scep wifi]\ntype = device\nroot = root\nkey-size = 1024\n" SITE_BOX
             "\nurl = http://127.0.0.1:1/nobody\n");
    ck_assert_int_eq(cycle(&s), -ERR_RETRY);
    is_told(&s, &device, "wifi", "waiting", "127.0.0.1:1");
    autojson *waiting = told(&s, &device, "wifi");
    ck_assert_str_eq(json_text(waiting, "next_action", ""), "retry");
    ck_assert_int_gt(json_number(waiting, "since", 0), 0);
    ck_assert_int_gt(json_number(waiting, "next", 0), clock_now());

    site_profile(&s, "wifi", SITE_BOX);
    site_behave("pki/500");
    ck_assert_int_eq(cycle(&s), -ERR_RETRY);
    is_told(&s, &device, "wifi", "error", "HTTP 500");
    site_behave("");
    site_ok(s, cycle(&s));
    site_installed(&s, 1);

    site_put(&s, "conf.d/wifi.conf",
             "[scep wifi]\ntype = device\nroot = root\nkey-size = 1024\n" SITE_BOX
             "\nurl = http://127.0.0.1:1/nobody\n");
    ck_assert_int_eq(cycle(&s), -ERR_RETRY);
    is_told(&s, &device, "wifi", "renewing", "127.0.0.1:1");
    ck_assert_uint_eq(site_current(&s, "wifi"), 1);
}
END_TEST

START_TEST(expired_and_not_assigned)
{
    SITE(s);
    site_profile(&s, "wifi", SITE_BOX);
    site_behave("short:1");
    site_ok(s, cycle(&s));
    SITE_GENERATION(g, s, "wifi");
    json_object_set_new(g.meta, "not_after", json_integer(1700000000));
    autobuf meta = {0};
    site_ok(s, json_print(g.meta, &meta, &s.err));
    site_overwrite(site_file(&s, "wifi", "generations/1/meta.json"), buf_text(&meta));
    is_told(&s, &device, "wifi", "expired", "");
    autojson *expired = told(&s, &device, "wifi");
    ck_assert_int_eq(json_number(expired, "since", 0), 1700000000);
    site_profile(&s, "wifi", SITE_BOX "\nassign-hosts = elsewhere");
    site_ok(s, cycle(&s));
    ck_assert(!site_has_entry(&s, &device, "wifi"));
    is_told(&s, &device, "wifi", "removed", "assign-hosts");
}
END_TEST

START_TEST(a_root_that_is_not_there_is_waited_for)
{
    SITE(s);
    site_put(&s, "conf.d/10-root.conf",
             "[trusted-root root]\ncertificate = root.pem\nassign-hosts = elsewhere\n");
    site_profile(&s, "wifi", SITE_BOX);
    site_ok(s, cycle(&s));
    is_told(&s, &device, "wifi", "waiting", "[trusted-root root] is not there for this owner");
    struct entry_state first = site_state(&s, "wifi");
    ck_assert_int_eq(first.wait, WAIT_ROOT);
    ck_assert_int_gt(first.since, 0);
    first.since = 7;
    site_state_put(&s, "wifi", &first);
    site_ok(s, cycle(&s));
    ck_assert_int_eq(site_state(&s, "wifi").since, 7); /* one wait, and not a new one each time */
    ck_assert_uint_eq(site_asked(" "), 0);
    autojson *entry = told(&s, &device, "wifi");
    ck_assert_ptr_null(json_object_get(entry, "next"));

    site_put(&s, "conf.d/10-root.conf", "[trusted-root root]\ncertificate = root.pem\n");
    site_ok(s, cycle(&s));
    site_installed(&s, 1);
    ck_assert_int_gt(site_state(&s, "wifi").since, 7);
}
END_TEST

/* --- people --- */

START_TEST(a_group_that_is_left_and_joined_again)
{
    SITE(s);
    site_alice(&s);
    site_mail(&s, "exclude-users = alice");
    site_ok(s, cycle(&s));
    ck_assert(!site_has_entry(&s, &alice, "mail"));
    site_mail(&s, "assign-users = alice");
    site_ok(s, cycle(&s));
    ck_assert(site_has_entry(&s, &alice, "mail"));
    site_mail(&s, "assign-users = bob");
    site_ok(s, cycle(&s));
    is_told(&s, &alice, "mail", "removed", "mail.conf:");
    autojson *entry = told(&s, &alice, "mail");
    ck_assert_str_eq(json_text(entry, "owner", ""), "alice");
    ck_assert_int_eq(json_number(entry, "uid", 0), SITE_ALICE);
    site_mail(&s, "assign-users = alice");
    site_ok(s, cycle(&s));
    is_told(&s, &alice, "mail", "installed", "");
    ck_assert_uint_eq(site_asked("issued"), 2);
}
END_TEST

/* Somebody was killed while he removed it: the folder is there, and whose it was is not. */
START_TEST(half_a_removal_is_brought_to_its_end)
{
    SITE(s);
    site_alice(&s);
    site_mail(&s, "assign-users = alice");
    site_ok(s, cycle(&s));
    site_mail(&s, "assign-users = bob");
    site_ok(s, cycle(&s));
    autofree char *folder = text_format("%s/users/%d/mail", s.store, SITE_ALICE);
    ck_assert_int_eq(mkdir(folder, 0700), 0);
    site_ok(s, cycle(&s));
    ck_assert(!site_has_entry(&s, &alice, "mail"));
    is_told(&s, &alice, "mail", "removed", "mail.conf:");
}
END_TEST

/* A name service of which something does not answer: not "no such user", and not "in no group".
 * What answers may know all of alice's groups that it has, and another the rest. */
static const struct {
    const char *lines, *group; /* which she is not in: but who knows, now */
} failures[] = {
    {"passwd: nosuchmodule\ngroup: nosuchmodule\n", "staff"},
    {"passwd: nosuchmodule\ngroup: files\n", "staff"},
    {"passwd: files\ngroup: nosuchmodule\n", "staff"},
    {"passwd: files\ngroup: files faulty\n", "contoso-staff"},
};

START_TEST(a_name_service_that_is_down_removes_nothing)
{
    SITE(s);
    site_alice(&s);
    site_mail(&s, "");
    site_profile(&s, "wifi", SITE_BOX);
    site_ok(s, cycle(&s));
    unsigned asked = site_asked(" ");
    autofree char *assigned = text_format("assign-groups = %s", failures[_i].group);
    site_mail(&s, assigned);
    site_nss(&s, failures[_i].lines);
    ck_assert_int_eq(cycle(&s), -ERR_RETRY);
    ck_assert(site_has_entry(&s, &alice, "mail"));
    ck_assert_uint_eq(site_asked(" "), asked);
    is_told(&s, &device, "wifi", "installed", "");

    site_nss(&s, "passwd: files\ngroup: files\n");
    site_ok(s, cycle(&s));
    is_told(&s, &alice, "mail", "removed", "assign-groups");
}
END_TEST

/* Whom a line excludes is not let in by it. */
START_TEST(a_name_service_that_is_down_lets_nobody_in)
{
    SITE(s);
    site_alice(&s);
    autofree char *excluded = text_format("exclude-groups = %s", failures[_i].group);
    site_mail(&s, excluded);
    site_nss(&s, failures[_i].lines);
    ck_assert_int_eq(cycle(&s), -ERR_RETRY);
    ck_assert(!site_has_entry(&s, &alice, "mail"));
    site_nss(&s, "passwd: files\ngroup: files\n");
    site_ok(s, cycle(&s));
    ck_assert(site_has_entry(&s, &alice, "mail"));
}
END_TEST

/* What needs no directory goes on without it. */
START_TEST(a_directory_that_is_down_holds_up_its_own_profiles_only)
{
    SITE(s);
    site_alice(&s);
    site_mail(&s, "assign-groups = contoso-staff");
    autofree char *vpn = text_format("[scep vpn]\ntype = user\nroot = root\nurl = %s\n"
                                     "key-size = 1024\nsubject = CN={{UserName}}\n"
                                     "assign-users = alice\n",
                                     site_url());
    site_put(&s, "conf.d/vpn.conf", vpn);
    site_nss(&s, "passwd: files\ngroup: files faulty\n");
    ck_assert_int_eq(cycle(&s), -ERR_RETRY);
    ck_assert_msg(strncmp(s.err.text, "profile mail, alice: looking up group contoso-staff", 51) ==
                      0,
                  "%s", s.err.text);
    ck_assert(site_has_entry(&s, &alice, "vpn"));
    ck_assert(!site_has_entry(&s, &alice, "mail"));
}
END_TEST

/* A variable without a value is no reason to take away what works. */
START_TEST(a_variable_that_is_lost_removes_nothing)
{
    SITE(s);
    site_put(&s, "signet.conf", "[attributes]\nIMEI = 490154203237518\n");
    site_profile(&s, "wifi", "subject = CN={{IMEI}}");
    site_ok(s, cycle(&s));
    site_put(&s, "signet.conf", "");
    is_told(&s, &device, "wifi", "installed", "IMEI"); /* before a cycle has seen it */
    is_told(&s, &device, "wifi", "installed", "works on");
    ck_assert_int_lt(cycle(&s), 0);
    ck_assert_uint_eq(site_current(&s, "wifi"), 1);
    is_told(&s, &device, "wifi", "installed", "IMEI");
    is_told(&s, &device, "wifi", "installed", "works on");
    site_put(&s, "signet.conf", "[attributes]\nIMEI = 490154203237519\n");
    is_told(&s, &device, "wifi", "renewing", "another value");
    site_put(&s, "signet.conf", "[attributes]\nIMEI = 490154203237518\n");
    is_told(&s, &device, "wifi", "installed", "");
    site_ok(s, cycle(&s));
    site_installed(&s, 1);
}
END_TEST

START_TEST(an_account_made_anew_begins_anew)
{
    SITE(s);
    site_alice(&s);
    site_mail(&s, "key-access = daemon");
    site_profile(&s, "wifi", SITE_BOX);
    site_ok(s, cycle(&s));
    autofree char *key = text_format("%s/users/%d/mail/generations/1/key.pem", s.store, SITE_ALICE);
    autofree char *hers = site_read(key);

    site_person(&s, "bob");
    is_told(&s, &alice, "mail", "requesting",
            "nothing was asked yet"); /* not hers is told to him */
    site_ok(s, cycle(&s));
    ck_assert_uint_eq(site_asked("RenewalReq"), 0);
    ck_assert_uint_eq(site_asked("PKCSReq issued"), 3);
    autofree char *his = site_read(key);
    ck_assert_str_ne(hers, his);
    autojson *entry = told(&s, &alice, "mail");
    ck_assert_str_eq(json_text(entry, "subject", ""), "CN=bob");
    ck_assert_int_eq(json_number(entry, "generation", 0), 1);

    /* Also where nothing applies to him, and where conf.d has a fault. */
    site_person(&s, "carol");
    site_mail(&s, "key-sise = 1");
    cycle(&s);
    ck_assert(!site_has_entry(&s, &alice, "mail"));
    is_told(&s, &alice, "mail", "not-applicable", "key-sise");
    ck_assert_uint_eq(site_current(&s, "wifi"), 1);
}
END_TEST

START_TEST(what_was_removed_is_told_to_its_owner_alone)
{
    SITE(s);
    site_alice(&s);
    site_mail(&s, "");
    site_ok(s, cycle(&s));
    site_mail(&s, "assign-users = nobody-else");
    site_ok(s, cycle(&s));
    is_told(&s, &alice, "mail", "removed", "assign-users");
    site_person(&s, "bob");
    is_told(&s, &alice, "mail", "not-applicable", "assign-users");
}
END_TEST

Suite *cycle_edits_suite(void)
{
    Suite *suite = suite_create("agent/cycle, edits");
    TCase *tc = tcase_create("edits");
    tcase_add_unchecked_fixture(tc, site_ca_start, site_ca_stop);
    tcase_add_loop_test(tc, what_was_mended_is_tried_at_the_next_sign_in, 0, LENGTH(mendings));
    tcase_add_loop_test(tc, an_edit_has_its_consequence, 0, LENGTH(edits));
    tcase_add_test(tc, an_edit_replaces_when_the_new_one_is_there);
    tcase_add_test(tc, a_new_profile_comes_with_a_cycle);
    tcase_add_test(tc, another_name_is_another_profile);
    tcase_add_test(tc, what_is_pending_goes_too);
    tcase_add_test(tc, an_edit_of_the_url_is_one);
    tcase_add_test(tc, expired_and_not_assigned);
    tcase_add_test(tc, a_root_that_is_not_there_is_waited_for);
    tcase_add_test(tc, a_group_that_is_left_and_joined_again);
    tcase_add_test(tc, half_a_removal_is_brought_to_its_end);
    tcase_add_loop_test(tc, a_name_service_that_is_down_removes_nothing, 0, LENGTH(failures));
    tcase_add_loop_test(tc, a_name_service_that_is_down_lets_nobody_in, 0, LENGTH(failures));
    tcase_add_test(tc, a_directory_that_is_down_holds_up_its_own_profiles_only);
    tcase_add_test(tc, a_variable_that_is_lost_removes_nothing);
    tcase_add_test(tc, an_account_made_anew_begins_anew);
    tcase_add_test(tc, what_was_removed_is_told_to_its_owner_alone);
    suite_add_tcase(suite, tc);
    return suite;
}
