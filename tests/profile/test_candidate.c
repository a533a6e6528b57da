#include "profile/candidate.h"

#include "base/cleanup.h"
#include "tests/mounts.h"
#include "tests/profile/assignment_of.h"
#include "tests/temp.h"

/* What is read of the machine: only what some line names. */
static const struct {
    const char *lines;
    const char *found;
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
    autobuf said = {0};
    struct err err = {0};
    autotemp temp;
    temp_open(&temp);
    temp_file(&temp, "etc/os-release", 0644, "ID=debian\nVERSION_ID=12\n");
    temp_file(&temp, "proc/sys/kernel/osrelease", 0644, "6.1\n");
    temp_file(&temp, "usr/bin/systemd-detect-virt", 0755, "#!/bin/sh\n: >>$0.ran\necho kvm\n");
    assignment_of(wants[_i].lines, &profile);
    ck_assert_msg(candidate_platform(temp.path, wants[_i].foreign, &set, &found, &err) == 0, "%s",
                  err.text);
    for (size_t i = 0; i < FACTS; i++)
        buf_printf(&said, NULL, "%s%s", i ? " " : "", found.fact[i] ? found.fact[i] : "-");
    ck_assert_str_eq(buf_text(&said), wants[_i].found);
    ck_assert((faccessat(temp.fd, "usr/bin/systemd-detect-virt.ran", F_OK, 0) == 0) ==
              (strstr(buf_text(&said), "vm") != NULL));
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
    ck_assert_uint_eq(candidate_uid_min(defs[_i].text), defs[_i].min);
}
END_TEST

START_TEST(asks_nss)
{
    CLEANUP(candidate_free) struct candidate candidate = {0};
    struct err err = {0};
    ck_assert_msg(candidate_user(NULL, 0, &candidate, &err) == 0, "%s", err.text);
    ck_assert_str_eq(candidate.user, "root");
    ck_assert(strings_contain(&candidate.groups, "root"));
    ck_assert_ptr_null(strchr(candidate.host, '.'));
    ck_assert_uint_ge(candidate.uid_min, 1);
    ck_assert_int_eq(candidate_user(NULL, 4242424242u, &candidate, &err), -ERR_CONFIG);
    ck_assert_str_eq(candidate.user, "root"); /* untouched */
    ck_assert_int_eq(candidate_device(NULL, &candidate, &err), 0);
    ck_assert_ptr_null(candidate.user);
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
    CLEANUP(candidate_free) struct candidate candidate = {0};
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
    ck_assert_msg(candidate_user(NULL, people[_i].uid, &candidate, &err) == 0, "%s", err.text);
    ck_assert_str_eq(candidate.user, people[_i].user);
    ck_assert(strings_contain(&candidate.groups, people[_i].in));
    ck_assert(!strings_contain(&candidate.groups, people[_i].not_in));
    /* A primary group that nobody knows: some directory did not answer. */
    ck_assert_int_eq(candidate_user(NULL, 47114, &candidate, &err), -ERR_RETRY);
    ck_assert_str_eq(candidate.user, people[_i].user);
    for (size_t i = 0; i < 2; i++)
        ck_assert_int_eq(umount(i ? "/etc/passwd" : "/etc/group"), 0);
}
END_TEST

Suite *candidate_suite(void)
{
    Suite *suite = suite_create("profile/candidate");
    TCase *tc = tcase_create("candidate");
    tcase_add_loop_test(tc, reads_what_lines_name, 0, LENGTH(wants));
    tcase_add_loop_test(tc, knows_real_users, 0, LENGTH(people));
    tcase_add_loop_test(tc, reads_login_defs, 0, LENGTH(defs));
    tcase_add_test(tc, asks_nss);
    suite_add_tcase(suite, tc);
    return suite;
}
