#include "agent/removal.h"

#include "tests/agent/site.h"

static const struct entry_id wifi = {.owner = {.device = true}, .profile = "wifi"},
                             mail = {.owner = {.uid = SITE_ALICE}, .profile = "mail"};

/* The entry "mail" of whoever is called so; NULL: nobody has written it down. */
static void put_mail(struct site *s, const char *name)
{
    static const struct strings nobody = {0};
    CLEANUP(entry_close) struct entry entry = {.fd = -1, .lock = -1};
    site_entry(s, &mail.owner, "mail");
    site_ok(*s, entry_open(&s->agent.store, &mail, false, &entry, &s->err));
    site_ok(*s, entry_lock(&entry, PATIENCE, &s->err));
    site_ok(*s, entry_access_put(&entry, name, &nobody, &s->err));
}

START_TEST(removes_and_notes_why)
{
    SITE(s);
    struct removed removed;
    int64_t now = clock_now();
    site_enrolled(&s);
    site_ok(s, removal_run(&s.agent, &wifi, "removed by root", &s.err));
    ck_assert(!site_has_entry(&s, &wifi.owner, "wifi"));
    site_ok(s, removal_read(&s.agent, &wifi, NULL, &removed, &s.err));
    ck_assert_str_eq(removed.reason, "removed by root");
    ck_assert_int_ge(removed.since, now);
    ck_assert_int_ge(removed.asked, now);
    ck_assert_int_eq(removal_run(&s.agent, &wifi, "again", &s.err), -ERR_CONFIG);
    ck_assert_str_eq(s.err.text, "wifi: no certificate of this profile is there to remove");
    site_ok(s, removal_read(&s.agent, &wifi, NULL, &removed, &s.err));
    ck_assert_str_eq(removed.reason, "removed by root");
}
END_TEST

/* A note that cannot be written keeps nothing. */
START_TEST(removes_without_a_note)
{
    SITE(s);
    site_enrolled(&s);
    autofree char *path = text_format("%s/removed", s.store);
    site_overwrite(path, "no folder");
    site_ok(s, removal_run(&s.agent, &wifi, "removed by root", &s.err));
    ck_assert(!site_has_entry(&s, &wifi.owner, "wifi"));
}
END_TEST

static const struct {
    const char *name, *now; /* in the entry; as NSS has it */
    bool stays;
} others[] = {
    {"alice", "alice", true}, {"alice", "bob", false}, {NULL, "bob", false},
    {"alice", "alic", false}, {"", "alice", false},
};

START_TEST(removes_what_is_anothers)
{
    SITE(s);
    struct removed removed;
    put_mail(&s, others[_i].name && *others[_i].name ? others[_i].name : NULL);
    site_ok(s, removal_of_others(&s.agent, &mail, others[_i].now, &s.err));
    ck_assert_int_eq(site_has_entry(&s, &mail.owner, "mail"), others[_i].stays);
    /* It is nobody's business any more. */
    ck_assert_int_eq(removal_read(&s.agent, &mail, others[_i].now, &removed, &s.err), -ERR_CONFIG);
    site_ok(s, removal_of_others(&s.agent, &mail, others[_i].now, &s.err));
}
END_TEST

START_TEST(the_device_is_never_anothers)
{
    SITE(s);
    site_enrolled(&s);
    site_ok(s, removal_of_others(&s.agent, &wifi, NULL, &s.err));
    ck_assert(site_has_entry(&s, &wifi.owner, "wifi"));
}
END_TEST

START_TEST(is_told_to_its_owner)
{
    SITE(s);
    struct removed removed;
    put_mail(&s, "alice");
    site_ok(s, removal_run(&s.agent, &mail, "removed by root", &s.err));
    site_ok(s, removal_read(&s.agent, &mail, "alice", &removed, &s.err));
    ck_assert_int_eq(removal_read(&s.agent, &mail, "bob", &removed, &s.err), -ERR_CONFIG);
    ck_assert_int_eq(removal_read(&s.agent, &mail, NULL, &removed, &s.err), -ERR_CONFIG);
    ck_assert_int_eq(removal_read(&s.agent, &wifi, NULL, &removed, &s.err), -ERR_CONFIG);
}
END_TEST

#define NOW 1700000000

static const struct {
    int64_t since;
    bool entry; /* one has been made anew */
    bool stays;
} ages[] = {
    {NOW, false, true},
    {NOW - REMOVAL_TOLD, false, true},
    {NOW - REMOVAL_TOLD - 1, false, false},
    {0, false, false},
    {NOW + 7 * REMOVAL_TOLD, false, true}, /* the clock was set back */
    {NOW, true, false},
};

START_TEST(forgets_in_time)
{
    SITE(s);
    struct removed removed = {.id = wifi, .since = ages[_i].since, .reason = "removed by root"};
    site_ok(s, removed_put(&s.agent.store, &removed, &s.err));
    if (ages[_i].entry)
        site_entry(&s, &wifi.owner, "wifi");
    site_ok(s, removal_forget(&s.agent, NOW, &s.err));
    int rc = removal_read(&s.agent, &wifi, NULL, &removed, &s.err);
    ck_assert_int_eq(rc, ages[_i].stays ? 0 : -ERR_CONFIG);
}
END_TEST

START_TEST(forgets_what_is_damaged)
{
    SITE(s);
    autofree struct entry_id *ids = NULL;
    size_t n = 99;
    struct removed removed = {.id = wifi, .since = NOW, .reason = "removed by root"};
    site_ok(s, removed_put(&s.agent.store, &removed, &s.err));
    autofree char *path = text_format("%s/removed/device.wifi.json", s.store);
    site_overwrite(path, "{");
    site_ok(s, removal_forget(&s.agent, NOW, &s.err));
    site_ok(s, removed_list(&s.agent.store, &ids, &n, &s.err));
    ck_assert_uint_eq(n, 0);
}
END_TEST

Suite *removal_suite(void)
{
    Suite *suite = suite_create("agent/removal");
    TCase *tc = tcase_create("removal");
    tcase_add_unchecked_fixture(tc, site_ca_start, site_ca_stop);
    tcase_add_test(tc, removes_and_notes_why);
    tcase_add_test(tc, removes_without_a_note);
    tcase_add_loop_test(tc, removes_what_is_anothers, 0, LENGTH(others));
    tcase_add_test(tc, the_device_is_never_anothers);
    tcase_add_test(tc, is_told_to_its_owner);
    tcase_add_loop_test(tc, forgets_in_time, 0, LENGTH(ages));
    tcase_add_test(tc, forgets_what_is_damaged);
    suite_add_tcase(suite, tc);
    return suite;
}
