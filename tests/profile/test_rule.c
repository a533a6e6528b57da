#include "profile/rule.h"

#include "base/cleanup.h"
#include "profile/keys.h"
#include "tests/mounts.h"
#include "tests/temp.h"

#include <sys/stat.h>

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

/* The profile of these lines. */
static void read_lines(const char *lines, struct profile *profile)
{
    CLEANUP(conf_free) struct conf conf = {0};
    CLEANUP(problems_free) struct problems said = {0};
    autofree char *text = text_format("[x y]\n%s", lines);
    ck_assert_int_eq(conf_parse("f", text, strlen(text), &conf, NULL), 0);
    struct keys_reading reading = {
        .section = conf.sections, .folder = "/", .problems = &said, .warnings = &said};
    /* Only the assignment counts here: what is missing is said, and not looked at. */
    ck_assert_int_eq(keys_read(&reading, SECTION_SCEP, profile, NULL), 0);
    ck_assert_msg(said.n == 3, "%s", said.v[0].text);
    profile->file = "f";
}

static const struct platform platform = {.fact = {"debian", "12.10", "6.1.0-31-amd64", "laptop"}};

START_TEST(decides)
{
    static char *group_v[] = {"users", "staff", "domain users"};
    struct profile profile = {.kind = rows[_i].kind == ROOT ? PROFILE_TRUSTED_ROOT : PROFILE_SCEP};
    struct rule_facts facts = {.host = "lab-1",
                               .user = rows[_i].user,
                               .uid = rows[_i].uid,
                               .uid_min = 1000,
                               .platform = &platform};
    struct rule_verdict verdict = {.line = 77};
    autobuf said = {0}, expected = {0};
    if (rows[_i].user)
        facts.groups = (struct strings){group_v, LENGTH(group_v)};
    if (rows[_i].kind != ROOT)
        profile.scep.type = rows[_i].kind == DEVICE ? TYPE_DEVICE : TYPE_USER;
    read_lines(rows[_i].lines, &profile);

    bool applies = rule_applies(&profile, &facts, &verdict);
    ck_assert_msg(applies == rows[_i].applies, "%s", verdict.reason);
    ck_assert(rule_applies(&profile, &facts, NULL) == applies);
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
    const struct rule_facts facts = {.host = "lab-1", .platform = &platform};
    struct rule_verdict verdict;
    read_lines(stores[_i].lines, &profile);
    profile.kind = PROFILE_TRUSTED_ROOT;
    ck_assert_msg(rule_applies_here(&profile, &facts, &verdict) == stores[_i].applies, "%s",
                  verdict.reason);
    assignment_free(&profile.assignment);
}
END_TEST

START_TEST(keeps_its_reason_in_bounds)
{
    struct profile profile = {.kind = PROFILE_SCEP};
    struct rule_facts facts = {.host = "lab-1", .uid = 1000, .uid_min = 1000};
    struct rule_verdict verdict;
    autobuf name = {0}, lines = {0};
    while (name.len < 4000)
        buf_add_text(&name, "\xc3\xa5", NULL);
    facts.user = buf_text(&name);
    buf_printf(&lines, NULL, "assign-users = %s\n", facts.user);
    read_lines(buf_text(&lines), &profile);
    ck_assert(rule_applies(&profile, &facts, &verdict));
    ck_assert_uint_eq(strlen(verdict.reason), sizeof verdict.reason - 1);
    ck_assert(text_is_utf8(verdict.reason, strlen(verdict.reason)));
    assignment_free(&profile.assignment);
}
END_TEST

/* Which facts are read: only those that some line names. */
static const struct {
    const char *lines;
    const char *facts;
    bool foreign; /* nothing of that machine's may run */
} wants[] = {
    {"", "- - - - -", false},
    {"assign-hosts = lab-*\n", "- - - - -", false},
    {"applies-to = os-id debian\n", "debian - - - -", false},
    {"not-applies-to = os-version 1; kernel > 1\n", "- 12 6.1 - -", false},
    {"applies-to = chassis vm\n", "- - - vm -", false},
    {"applies-to = os-id debian\nassign-users = bob\napplies-to = virtualisation vm\n",
     "debian - - - kvm", false},
    {"applies-to = os-id debian; virtualisation vm; chassis vm\n", "debian - - - -", true},
};

START_TEST(reads_what_lines_name)
{
    struct profile profile = {.kind = PROFILE_SCEP};
    const struct profile_set set = {.v = &profile, .n = 1};
    CLEANUP(platform_free) struct platform found = {0};
    autobuf facts = {0};
    struct err err = {0};
    autotemp temp;
    temp_open(&temp);
    temp_file(&temp, "etc/os-release", 0644, "ID=debian\nVERSION_ID=12\n");
    temp_file(&temp, "proc/sys/kernel/osrelease", 0644, "6.1\n");
    temp_file(&temp, "usr/bin/systemd-detect-virt", 0755, "#!/bin/sh\n: >>$0.ran\necho kvm\n");
    read_lines(wants[_i].lines, &profile);
    ck_assert_msg(rule_facts_platform(temp.path, wants[_i].foreign, &set, &found, &err) == 0, "%s",
                  err.text);
    for (size_t i = 0; i < FACTS; i++)
        buf_printf(&facts, NULL, "%s%s", i ? " " : "", found.fact[i] ? found.fact[i] : "-");
    ck_assert_str_eq(buf_text(&facts), wants[_i].facts);
    ck_assert((faccessat(temp.fd, "usr/bin/systemd-detect-virt.ran", F_OK, 0) == 0) ==
              (strstr(buf_text(&facts), "vm") != NULL));
    assignment_free(&profile.assignment);
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

/* In a mount namespace of the test's own, /etc/FILE has more lines; NSS reads it as ever. */
static void add_to(const char *file, const char *lines, const struct temp *temp)
{
    autobuf text = {0};
    autofree char *path = text_format("/etc/%s", file),
                  *copy = text_format("%s/%s", temp->path, file);
    ck_assert_int_eq(fs_read(AT_FDCWD, path, 1 << 20, &text, NULL), 0);
    buf_add_text(&text, lines, NULL);
    temp_file(temp, file, 0644, buf_text(&text));
    mounts_put(copy, path);
}

/* Real users and groups. alice's primary group lists nobody, and is hers all the same; names that
 * are only like hers are others'. */
static const struct {
    uid_t uid;
    const char *user, *in, *not_in;
} people[] = {
    {47110, "alice", "folk", "admins"},
    {47110, "alice", "domain users", "bob"},
    {47110, "alice", "wheely", "folk2"},
    {47111, "bob", "admins", "folk"},
    {47111, "bob", "domain users", "wheely"},
    {47112, "CONTOSO\\carol", "CONTOSO\\domain users", "domain users"},
    {47113, "dave@contoso.com", "domain users@contoso.com", "CONTOSO\\domain users"},
};

START_TEST(knows_real_users)
{
    CLEANUP(rule_facts_free) struct rule_facts facts = {0};
    struct err err = {0};
    autotemp temp;
    if (geteuid() != 0)
        return;
    temp_open(&temp);
    mounts_own();
    add_to("passwd",
           "alice:x:47110:47200:Alice:/:/bin/sh\nbob:x:47111:47201:Bob:/:/bin/sh\n"
           "CONTOSO\\carol:x:47112:47202:Carol:/:/bin/sh\n"
           "dave@contoso.com:x:47113:47203:Dave:/:/bin/sh\n"
           "lost:x:47114:47299:Lost:/:/bin/sh\n",
           &temp);
    add_to("group",
           "folk:x:47200:\nadmins:x:47201:\nCONTOSO\\domain users:x:47202:\n"
           "domain users@contoso.com:x:47203:\ndomain users:x:47204:alice,bob\n"
           "wheely:x:47205:bobby,alice\nfolk2:x:47206:ali,alice2\n",
           &temp);
    ck_assert_msg(rule_facts_user(NULL, people[_i].uid, &facts, &err) == 0, "%s", err.text);
    ck_assert_str_eq(facts.user, people[_i].user);
    ck_assert(strings_contain(&facts.groups, people[_i].in));
    ck_assert(!strings_contain(&facts.groups, people[_i].not_in));
    /* A primary group that nobody knows: some directory did not answer. */
    ck_assert_int_eq(rule_facts_user(NULL, 47114, &facts, &err), -ERR_RETRY);
    ck_assert_str_eq(facts.user, people[_i].user);
    for (size_t i = 0; i < 2; i++)
        ck_assert_int_eq(umount(i ? "/etc/passwd" : "/etc/group"), 0);
}
END_TEST

Suite *rule_suite(void)
{
    Suite *suite = suite_create("profile/rule");
    TCase *tc = tcase_create("rule");
    tcase_add_loop_test(tc, decides, 0, LENGTH(rows));
    tcase_add_loop_test(tc, decides_about_the_machine, 0, LENGTH(stores));
    tcase_add_test(tc, keeps_its_reason_in_bounds);
    tcase_add_loop_test(tc, reads_what_lines_name, 0, LENGTH(wants));
    tcase_add_loop_test(tc, knows_real_users, 0, LENGTH(people));
    tcase_add_loop_test(tc, reads_login_defs, 0, LENGTH(defs));
    tcase_add_test(tc, asks_nss);
    suite_add_tcase(suite, tc);
    return suite;
}
