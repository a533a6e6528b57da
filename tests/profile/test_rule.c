#include "profile/rule.h"

#include "base/cleanup.h"
#include "tests/profile/assignment_of.h"
#include "tests/suite.h"

#include <string.h>

enum { ROOT, USER, DEVICE };

/* Lines (the first is line 2), someone on host lab-1, whether it applies, which line decided, and
 * what is said of it. Groups of alice: users, staff, domain users. The machine: Debian 12.10, a
 * laptop, no virtualisation known. */
static const struct {
    int kind;
    const char *lines, *user;
    uid_t uid;
    bool applies;
    unsigned line;
    const char *reason;
} rows[] = {
    {USER, "", "alice", 1000, true, 0, "no line keeps it from anyone"},
    {USER, "", "alice", 999, false, 0, "not a person's account (below UID_MIN of login.defs)"},
    {USER, "", "root", 0, false, 0, "not a person's account"},
    {USER, "", "nobody", 65534, false, 0, "not a person's account"},
    {USER, "", "alice", 1894601111, true, 0, "no line"},
    {USER, "", NULL, 0, false, 0, "a user profile"},
    {DEVICE, "", NULL, 0, true, 0, "no line"},
    {DEVICE, "", "alice", 1000, false, 0, "a device profile"},
    {ROOT, "", NULL, 0, true, 0, "no line"},
    {ROOT, "", "alice", 1000, true, 0, "no line"},
    {ROOT, "", "daemon", 1, false, 0, "not a person's account"},

    {USER, "assign-users = alice\n", "alice", 1000, true, 2, "assign-users names alice"},
    {USER, "assign-users = bob\n", "alice", 1000, false, 2, "assign-users does not name alice"},
    {USER, "assign-users = Alice\n", "alice", 1000, false, 2, "assign-users does not name alice"},
    {USER, "assign-users = ali\n", "alice", 1000, false, 2, "does not name"},
    {USER, "assign-users = *\n", "alice", 1000, false, 2, "does not name"},
    {USER, "assign-users = root\n", "root", 0, false, 0, "not a person's account"},
    {USER, "assign-users = bob\nassign-users = alice\n", "alice", 1000, true, 3, "names alice"},
    {USER, "assign-users = bob\nassign-users = eve\n", "alice", 1000, false, 2,
     "assign-users does not name alice (nor does another such line help)"},
    /* Names are what NSS says, whole. */
    {USER, "assign-users = CONTOSO\\alice\n", "CONTOSO\\alice", 1000, true, 2,
     "names CONTOSO\\alice"},
    {USER, "assign-users = alice\n", "CONTOSO\\alice", 1000, false, 2, "does not name"},
    {USER, "assign-users = alice@contoso.com\n", "alice@contoso.com", 1000, true, 2, "names"},
    {USER, "assign-users = alice\n", "alice@contoso.com", 1000, false, 2, "does not name"},
    {USER, "assign-users = alice@contoso.com\n", "alice", 1000, false, 2, "does not name"},
    {USER, "assign-users = alice\n",
     "ali\xff"
     "ce",
     1000, false, 2, "does not name ali?ce"},
    {USER, "assign-groups = staff\n", "alice", 1000, true, 2,
     "assign-groups names staff, a group of alice"},
    {USER, "assign-groups = domain users\n", "alice", 1000, true, 2, "names domain users"},
    {USER, "assign-groups = it, users\n", "alice", 1000, true, 2, "names users"},
    {USER, "assign-groups = it\n", "alice", 1000, false, 2,
     "assign-groups names no group of alice"},
    {USER, "assign-groups = Staff\n", "alice", 1000, false, 2, "names no group"},
    {USER, "assign-groups = alice\n", "alice", 1000, false, 2, "names no group"},
    {USER, "assign-users = staff\n", "alice", 1000, false, 2, "does not name"},
    {USER, "assign-groups = it\nassign-users = alice\n", "alice", 1000, true, 3, "names alice"},
    {USER, "assign-groups = it\nassign-users = bob\n", "alice", 1000, false, 2,
     "assign-groups names no group of alice"},
    {USER, "assign-hosts = lab-*\n", "alice", 1000, true, 2, "assign-hosts names this host, lab-1"},
    {USER, "assign-hosts = LAB-?\n", "alice", 1000, true, 2, "names this host"},
    {USER, "assign-hosts = lab\n", "alice", 1000, false, 2,
     "assign-hosts does not name this host, lab-1"},
    {USER, "assign-hosts = pc-*\nassign-users = alice\n", "alice", 1000, false, 2, "host"},
    {USER, "assign-users = alice\nassign-hosts = pc-*\n", "alice", 1000, false, 3, "host"},
    {USER, "assign-hosts = pc-*\nassign-hosts = lab-?\n", "alice", 1000, true, 3, "host"},
    {USER, "assign-hosts = lab-*\nassign-users = bob\n", "alice", 1000, false, 3, "alice"},
    {USER, "assign-users = alice\nassign-hosts = lab-*\n", "alice", 1000, true, 2, "alice"},
    {USER, "exclude-users = alice\n", "alice", 1000, false, 2, "exclude-users names alice"},
    {USER, "exclude-users = bob\n", "alice", 1000, true, 0, "no line"},
    {USER, "assign-users = alice\nexclude-users = alice\n", "alice", 1000, false, 3, "exclude"},
    {USER, "exclude-users = alice\nassign-users = alice\n", "alice", 1000, false, 2, "exclude"},
    {USER, "exclude-users = bob\nexclude-users = alice\n", "alice", 1000, false, 3, "exclude"},
    {USER, "assign-users = alice\nexclude-groups = staff\n", "alice", 1000, false, 3,
     "exclude-groups names staff, a group of alice"},
    {USER, "assign-groups = staff\nexclude-hosts = lab-1\n", "alice", 1000, false, 3,
     "exclude-hosts names this host, lab-1"},
    {USER, "exclude-hosts = *\n", "alice", 1000, false, 2, "exclude-hosts"},

    {USER, "applies-to = os-id debian\n", "alice", 1000, true, 2, "applies-to holds"},
    {USER, "applies-to = os-id ubuntu\n", "alice", 1000, false, 2,
     "applies-to does not hold: os-id ubuntu, and this is debian"},
    {USER, "applies-to = os-id debian; os-version >= 13\n", "alice", 1000, false, 2,
     "applies-to does not hold: os-version >= 13, and this is 12.10"},
    {USER, "applies-to = os-id ubuntu\napplies-to = os-id debian\n", "alice", 1000, true, 3,
     "holds"},
    {USER, "applies-to = os-id ubuntu\napplies-to = os-version 13\n", "alice", 1000, false, 2,
     "os-id ubuntu, and this is debian (nor does another such line help)"},
    {USER, "applies-to = virtualisation none\n", "alice", 1000, false, 2,
     "virtualisation none, and this machine has no virtualisation"},
    {USER, "not-applies-to = virtualisation vm, container\n", "alice", 1000, true, 0, "no line"},
    {USER, "not-applies-to = os-id debian\n", "alice", 1000, false, 2, "not-applies-to holds"},
    {USER, "not-applies-to = os-id debian; os-version < 12\n", "alice", 1000, true, 0, "no line"},
    {USER, "applies-to = os-id debian\nnot-applies-to = chassis laptop\n", "alice", 1000, false, 3,
     "not-applies-to holds"},
    {USER, "applies-to = os-id debian\nassign-users = alice\n", "alice", 1000, true, 3, "alice"},
    {USER, "assign-users = alice\napplies-to = os-id ubuntu\n", "alice", 1000, false, 3, "ubuntu"},
    {USER, "applies-to = os-id debian\nassign-users = bob\n", "alice", 1000, false, 3, "alice"},
    {USER, "applies-to = os-id debian\nexclude-users = alice\n", "alice", 1000, false, 3,
     "exclude-users names alice"},
    {USER, "applies-to = os-id debian;\n os-version >= 12\n", "alice", 1000, true, 2, "holds"},

    {DEVICE, "assign-hosts = lab-[0-9]\n", NULL, 0, true, 2, "host"},
    {DEVICE, "assign-hosts = lab-[!0-9]\n", NULL, 0, false, 2, "host"},
    {DEVICE, "exclude-hosts = lab-*\n", NULL, 0, false, 2, "host"},
    {DEVICE, "applies-to = chassis laptop\n", NULL, 0, true, 2, "holds"},
    {DEVICE, "applies-to = chassis server\n", NULL, 0, false, 2, "laptop"},
    {ROOT, "assign-groups = staff\n", NULL, 0, false, 2,
     "assign-groups names people, not the device"},
    {ROOT, "assign-groups = staff\n", "alice", 1000, true, 2, "staff"},
    {ROOT, "exclude-groups = staff\n", NULL, 0, true, 0, "no line"},
    {ROOT, "exclude-groups = staff\n", "alice", 1000, false, 2, "staff"},
    {ROOT, "applies-to = os-version < 12\n", "alice", 1000, false, 2, "12.10"},
};

static const struct platform platform = {.fact = {"debian", "12.10", "6.1.0-31-amd64", "laptop"}};

START_TEST(decides)
{
    static char *group_v[] = {"users", "staff", "domain users"};
    struct profile profile = {.kind = rows[_i].kind == ROOT ? PROFILE_TRUSTED_ROOT : PROFILE_SCEP};
    struct candidate candidate = {.host = "lab-1",
                                  .user = rows[_i].user,
                                  .uid = rows[_i].uid,
                                  .uid_min = 1000,
                                  .platform = &platform};
    struct rule_verdict verdict = {.line = 77};
    autobuf said = {0}, expected = {0};
    if (rows[_i].user)
        candidate.groups = (struct strings){group_v, LENGTH(group_v)};
    if (rows[_i].kind != ROOT)
        profile.scep.type = rows[_i].kind == DEVICE ? TYPE_DEVICE : TYPE_USER;
    assignment_of(rows[_i].lines, &profile);

    bool applies = rule_applies(&profile, &candidate, &verdict);
    ck_assert_msg(applies == rows[_i].applies, "%s", verdict.reason);
    ck_assert(rule_applies(&profile, &candidate, NULL) == applies);
    ck_assert_uint_eq(verdict.line, rows[_i].line);
    ck_assert_msg(strstr(verdict.reason, rows[_i].reason), "%s", verdict.reason);
    ck_assert_int_eq(rule_explain(&profile, &verdict, &said, NULL), 0);
    buf_printf(&expected, NULL, verdict.line ? "f:%u: " : "", verdict.line);
    buf_add_text(&expected, verdict.reason, NULL);
    ck_assert_str_eq(buf_text(&said), buf_text(&expected));
    assignment_free(&profile.assignment);
}
END_TEST

/* A trust store is everyone's: lines about people are passed over. */
static const struct {
    const char *lines;
    bool applies;
} stores[] = {
    {"", true},
    {"assign-users = bob\n", true},
    {"exclude-groups = staff\n", true},
    {"assign-hosts = lab-*\n", true},
    {"assign-hosts = pc-*\n", false},
    {"assign-users = alice\nexclude-hosts = lab-1\n", false},
    {"applies-to = os-id debian\n", true},
    {"applies-to = os-id ubuntu\n", false},
    {"assign-hosts = lab-*\napplies-to = os-version < 12\n", false},
    {"not-applies-to = kernel >= 6\n", false},
};

START_TEST(decides_about_the_machine)
{
    struct profile profile = {.kind = PROFILE_SCEP};
    const struct candidate candidate = {.host = "lab-1", .platform = &platform};
    struct rule_verdict verdict;
    assignment_of(stores[_i].lines, &profile);
    profile.kind = PROFILE_TRUSTED_ROOT;
    ck_assert_msg(rule_applies_here(&profile, &candidate, &verdict) == stores[_i].applies, "%s",
                  verdict.reason);
    assignment_free(&profile.assignment);
}
END_TEST

START_TEST(keeps_its_reason_in_bounds)
{
    struct profile profile = {.kind = PROFILE_SCEP};
    struct candidate candidate = {.host = "lab-1", .uid = 1000, .uid_min = 1000};
    struct rule_verdict verdict;
    autobuf name = {0}, lines = {0};
    while (name.len < 4000)
        buf_add_text(&name, "\xc3\xa5", NULL);
    candidate.user = buf_text(&name);
    buf_printf(&lines, NULL, "assign-users = %s\n", candidate.user);
    assignment_of(buf_text(&lines), &profile);
    ck_assert(rule_applies(&profile, &candidate, &verdict));
    ck_assert_uint_eq(strlen(verdict.reason), sizeof verdict.reason - 1);
    ck_assert(text_is_utf8(verdict.reason, strlen(verdict.reason)));
    assignment_free(&profile.assignment);
}
END_TEST

Suite *rule_suite(void)
{
    Suite *suite = suite_create("profile/rule");
    TCase *tc = tcase_create("rule");
    tcase_add_loop_test(tc, decides, 0, LENGTH(rows));
    tcase_add_loop_test(tc, decides_about_the_machine, 0, LENGTH(stores));
    tcase_add_test(tc, keeps_its_reason_in_bounds);
    suite_add_tcase(suite, tc);
    return suite;
}
