#include "profile/rule.h"

#include "base/cleanup.h"
#include "profile/keys.h"
#include "tests/suite.h"
#include <string.h>

enum { ROOT, USER, DEVICE };

/* Assignment lines, someone on host lab-1, and whether it applies. Groups of alice: users, staff,
 * domain users. */
static const struct {
    int kind;
    const char *lines, *user;
    uid_t uid;
    bool applies;
} rows[] = {
    {USER, "", "alice", 1000, true},
    {USER, "", "alice", 999, false},
    {USER, "", "root", 0, false},
    {USER, "", "nobody", 65534, false},
    {USER, "", "alice", 1894601111, true},
    {USER, "", NULL, 0, false},
    {DEVICE, "", NULL, 0, true},
    {DEVICE, "", "alice", 1000, false},
    {ROOT, "", NULL, 0, true},
    {ROOT, "", "alice", 1000, true},
    {ROOT, "", "daemon", 1, false},

    {USER, "assign-users = alice\n", "alice", 1000, true},
    {USER, "assign-users = bob\n", "alice", 1000, false},
    {USER, "assign-users = Alice\n", "alice", 1000, false},
    {USER, "assign-users = ali\n", "alice", 1000, false},
    {USER, "assign-users = *\n", "alice", 1000, false},
    {USER, "assign-users = root\n", "root", 0, false},
    {USER, "assign-users = bob\nassign-users = alice\n", "alice", 1000, true},
    {USER, "assign-groups = staff\n", "alice", 1000, true},
    {USER, "assign-groups = domain users\n", "alice", 1000, true},
    {USER, "assign-groups = it, users\n", "alice", 1000, true},
    {USER, "assign-groups = it\n", "alice", 1000, false},
    {USER, "assign-groups = it\nassign-users = alice\n", "alice", 1000, true},
    {USER, "assign-hosts = lab-*\n", "alice", 1000, true},
    {USER, "assign-hosts = LAB-?\n", "alice", 1000, true},
    {USER, "assign-hosts = lab\n", "alice", 1000, false},
    {USER, "assign-hosts = pc-*\nassign-users = alice\n", "alice", 1000, false},
    {USER, "assign-hosts = lab-*\nassign-users = bob\n", "alice", 1000, false},
    {USER, "exclude-users = alice\n", "alice", 1000, false},
    {USER, "exclude-users = bob\n", "alice", 1000, true},
    {USER, "assign-users = alice\nexclude-users = alice\n", "alice", 1000, false},
    {USER, "assign-users = alice\nexclude-groups = staff\n", "alice", 1000, false},
    {USER, "assign-groups = staff\nexclude-hosts = lab-1\n", "alice", 1000, false},
    {USER, "exclude-hosts = *\n", "alice", 1000, false},

    {DEVICE, "assign-hosts = lab-[0-9]\n", NULL, 0, true},
    {DEVICE, "assign-hosts = lab-[!0-9]\n", NULL, 0, false},
    {DEVICE, "exclude-hosts = lab-*\n", NULL, 0, false},
    {ROOT, "assign-groups = staff\n", NULL, 0, false},
    {ROOT, "assign-groups = staff\n", "alice", 1000, true},
    {ROOT, "exclude-groups = staff\n", NULL, 0, true},
    {ROOT, "exclude-groups = staff\n", "alice", 1000, false},
};

START_TEST(decides)
{
    static const char *const groups[] = {"users", "staff", "domain users"};
    static char *group_v[] = {"users", "staff", "domain users"};
    CLEANUP(conf_free) struct conf conf = {0};
    CLEANUP(problems_free) struct problems said = {0};
    struct profile profile = {.kind = rows[_i].kind == ROOT ? PROFILE_TRUSTED_ROOT : PROFILE_SCEP};
    struct rule_facts facts = {
        .host = "lab-1", .user = rows[_i].user, .uid = rows[_i].uid, .uid_min = 1000};
    struct rule_verdict verdict = {0};
    autofree char *text = text_format("[x y]\n%s", rows[_i].lines);
    if (rows[_i].user)
        facts.groups = (struct strings){group_v, LENGTH(groups)};
    if (rows[_i].kind != ROOT)
        profile.scep.type = rows[_i].kind == DEVICE ? TYPE_DEVICE : TYPE_USER;

    ck_assert_int_eq(conf_parse("f", text, strlen(text), &conf, NULL), 0);
    struct keys_reading reading = {
        .section = conf.sections, .folder = "/", .problems = &said, .warnings = &said};
    /* Only the assignment counts here: what is missing is said, and not looked at. */
    ck_assert_int_eq(keys_read(&reading, SECTION_SCEP, &profile, NULL), 0);
    ck_assert_uint_eq(said.n, 3);

    bool applies = rule_applies(&profile, &facts, &verdict);
    ck_assert_msg(applies == rows[_i].applies, "%s", verdict.reason);
    ck_assert_ptr_nonnull(verdict.reason);
    ck_assert(rule_applies(&profile, &facts, NULL) == applies);
    struct strings *lists[] = {&profile.assignment.users,      &profile.assignment.groups,
                               &profile.assignment.hosts,      &profile.assignment.not_users,
                               &profile.assignment.not_groups, &profile.assignment.not_hosts};
    for (size_t i = 0; i < LENGTH(lists); i++)
        strings_free(lists[i]);
}
END_TEST

static const struct {
    const char *text;
    uid_t min;
} defs[] = {
    {"", 1000},
    {"UID_MIN 500\n", 500},
    {"# UID_MIN 1\nSYS_UID_MIN 100\n\tUID_MIN\t\t 2000 \nUID_MAX 60000\n", 2000},
    {"UID_MIN 700", 700},
    {"UID_MIN\n", 1000},
    {"UID_MIN ", 1000},
    {"UID_MIN", 1000},
    {"UID_MIN x\nUID_MIN 600\n", 600},
    {"UID_MIN -1\n", 1000},
    {"UID_MIN 0\n", 1000},
    {"UID_MIN 99999999999\n", 1000},
    {"UID_MINIMUM 5\n", 1000},
    {"UID_MIN5\n", 1000},
};

START_TEST(reads_login_defs)
{
    ck_assert_uint_eq(rule_uid_min(defs[_i].text), defs[_i].min);
}
END_TEST

START_TEST(asks_nss)
{
    CLEANUP(rule_facts_free) struct rule_facts facts = {0};
    struct err err = {0};
    ck_assert_msg(rule_facts_user(NULL, 0, &facts, &err) == 0, "%s", err.text);
    ck_assert_str_eq(facts.user, "root");
    ck_assert(strings_contain(&facts.groups, "root"));
    ck_assert_ptr_null(strchr(facts.host, '.'));
    ck_assert_uint_ge(facts.uid_min, 1);
    ck_assert_int_eq(rule_facts_user(NULL, 4242424242u, &facts, &err), -ERR_CONFIG);
    ck_assert_str_eq(facts.user, "root"); /* untouched */
    ck_assert_int_eq(rule_facts_device(NULL, &facts, &err), 0);
    ck_assert_ptr_null(facts.user);
}
END_TEST

Suite *rule_suite(void)
{
    Suite *suite = suite_create("profile/rule");
    TCase *tc = tcase_create("rule");
    tcase_add_loop_test(tc, decides, 0, LENGTH(rows));
    tcase_add_loop_test(tc, reads_login_defs, 0, LENGTH(defs));
    tcase_add_test(tc, asks_nss);
    suite_add_tcase(suite, tc);
    return suite;
}
