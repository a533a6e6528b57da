#include "machine/platform.h"

#include "base/proc.h"
#include "tests/temp.h"

#include <sys/stat.h>

static const struct {
    const char *text, *key, *value; /* NULL: none */
} settings[] = {
    {"ID=debian\n", "ID", "debian"},
    {"ID=debian", "ID", "debian"},
    {"ID=\"debian\"\n", "ID", "debian"},
    {"ID='debian'\n", "ID", "debian"},
    {"NAME=x\nVERSION_ID=\"12\"\nID=debian\n", "VERSION_ID", "12"},
    {"ID=a\nID=b\n", "ID", "b"},
    {"  ID=debian  \r\n", "ID", "debian"},
    {"ID=deb\\ian\n", "ID", "debian"},
    {"ID=\"a \\\"b\\\" \\\\c\"\n", "ID", "a \"b\" \\c"},
    {"ID='a\\b'\n", "ID", "a\\b"},
    {"ID=debian # a comment\n", "ID", "debian"},
    {"", "ID", NULL},
    {"\n\n", "ID", NULL},
    {"ID\n", "ID", NULL},
    {"ID=\n", "ID", NULL},
    {"ID=\"\"\n", "ID", NULL},
    {"ID= debian\n", "ID", NULL},
    {"ID =debian\n", "ID", NULL},
    {"id=debian\n", "ID", NULL},
    {"#ID=debian\n", "ID", NULL},
    {"VERSION_ID=12\n", "ID", NULL},
    {"ID_LIKE=debian\n", "ID", NULL},
    {"ID=\"debian\nVERSION_ID=12\n", "ID", "debian"},
    {"ID=\"debian\\\nx", "ID", "debian\\"},
    {"ID=\\", "ID", "\\"},
    {"ID=\"\\", "ID", "\\"},
    {"ID=a\nID=\n", "ID", NULL},
};

START_TEST(reads_settings)
{
    autobuf value = {0};
    int rc = platform_setting(settings[_i].text, settings[_i].key, &value, NULL);
    ck_assert_int_eq(rc, settings[_i].value != NULL);
    ck_assert_str_eq(buf_text(&value), settings[_i].value ? settings[_i].value : "");
}
END_TEST

static const struct {
    enum platform_fact fact;
    const char *found, *word;
    bool is;
} words[] = {
    {FACT_OS_ID, "debian", "debian", true},
    {FACT_OS_ID, "debian", "Debian", true},
    {FACT_OS_ID, "debian", "deb", false},
    {FACT_OS_ID, "debian", "debian2", false},
    {FACT_OS_ID, "kvm", "vm", false},
    {FACT_CHASSIS, "laptop", "laptop", true},
    {FACT_CHASSIS, "laptop", "convertible", false},
    {FACT_CHASSIS, "vm", "vm", true},
    {FACT_VIRTUALISATION, "none", "none", true},
    {FACT_VIRTUALISATION, "none", "vm", false},
    {FACT_VIRTUALISATION, "none", "container", false},
    {FACT_VIRTUALISATION, "kvm", "kvm", true},
    {FACT_VIRTUALISATION, "kvm", "VM", true},
    {FACT_VIRTUALISATION, "kvm", "container", false},
    {FACT_VIRTUALISATION, "kvm", "none", false},
    {FACT_VIRTUALISATION, "kvm", "qemu", false},
    {FACT_VIRTUALISATION, "docker", "container", true},
    {FACT_VIRTUALISATION, "docker", "vm", false},
    {FACT_VIRTUALISATION, "wsl", "container", true},
    {FACT_VIRTUALISATION, "vm-other", "vm", true},
    {FACT_VIRTUALISATION, "younger-than-us", "vm", true},
    {FACT_VIRTUALISATION, "younger-than-us", "none", false},
};

START_TEST(compares_words)
{
    ck_assert(platform_is(words[_i].fact, words[_i].found, words[_i].word) == words[_i].is);
}
END_TEST

START_TEST(knows_every_technology_that_systemd_does)
{
    char *argv[] = {"/usr/bin/systemd-detect-virt", "--list", NULL};
    const struct buf nothing = {0};
    autobuf list = {0};
    int status;
    if (access(argv[0], X_OK) < 0)
        return;
    ck_assert_int_eq(proc_run(argv, &nothing, 65536, PATIENCE, &list, &status, NULL), 0);
    for (char *rest = (char *)list.data, *word; (word = strsep(&rest, "\n")) && *word;) {
        bool known = false;
        for (size_t i = 0; platform_word(FACT_VIRTUALISATION, i); i++)
            known = known || strcmp(platform_word(FACT_VIRTUALISATION, i), word) == 0;
        ck_assert_msg(known, "%s", word);
    }
}
END_TEST

static const struct {
    unsigned number;
    const char *word; /* NULL: does not tell */
} chassis[] = {
    {0, NULL},        {1, NULL},       {2, NULL},       {3, "desktop"},      {5, NULL},
    {9, "laptop"},    {10, "laptop"},  {11, "handset"}, {12, NULL},          {13, "desktop"},
    {17, "server"},   {23, NULL},      {30, "tablet"},  {31, "convertible"}, {32, "convertible"},
    {34, "embedded"}, {36, "desktop"}, {37, NULL},      {128 + 9, NULL},     {4294967295u, NULL},
};

START_TEST(knows_chassis)
{
    const char *word = platform_chassis(chassis[_i].number);
    ck_assert_str_eq(word ? word : "", chassis[_i].word ? chassis[_i].word : "");
}
END_TEST

/* A machine laid out below a folder. */
static struct temp temp;

static void before(void)
{
    temp_open(&temp);
    temp_folder(&temp, "etc");
}

static void after(void)
{
    temp_close(&temp);
}

#define OS              "etc/os-release"
#define OS_LIB          "usr/lib/os-release"
#define INFO            "etc/machine-info"
#define DMI             "sys/class/dmi/id/chassis_type"
#define RELEASE         "proc/sys/kernel/osrelease"
#define VIRT            "usr/bin/systemd-detect-virt"
#define SAYS(w, status) "#!/bin/sh\necho " w "\nexit " status "\n"
#define ALL             ((1u << FACTS) - 1)

/* Files, and the facts that they make: of all facts, in their order, "-" for none. "!": an error.
 */
static const struct {
    const char *files[5][2];
    unsigned wanted;
    const char *facts;
} machines[] = {
    {{{OS, "ID=debian\nVERSION_ID=\"12\"\n"}}, ALL, "debian 12 - - -"},
    {{{OS, "ID=debian\n"}}, ALL, "debian - - - -"}, /* sid */
    {{{OS_LIB, "ID=arch\n"}}, ALL, "arch - - - -"},
    {{{OS, "ID=debian\n"}, {OS_LIB, "ID=arch\nVERSION_ID=1\n"}}, ALL, "debian - - - -"},
    {{{OS, ""}, {OS_LIB, "ID=arch\n"}}, ALL, "- - - - -"},
    {{{OS, "ID=debian\nVERSION_ID=12\n"}}, 1u << FACT_OS_VERSION, "- 12 - - -"},
    {{{OS, "ID=de\1bian\nVERSION_ID=\xff\n"}}, ALL, "- - - - -"},
    {{{OS, "ID=\"a b\"\n"}}, ALL, "a b - - - -"},
    {{{RELEASE, "6.1.0-31-amd64\n"}}, ALL, "- - 6.1.0-31-amd64 - -"},
    {{{RELEASE, "\n"}}, ALL, "- - - - -"},
    {{{RELEASE, ""}}, ALL, "- - - - -"},
    {{{0}}, ALL, "- - - - -"},
    {{{0}}, 0, "- - - - -"},

    {{{VIRT, SAYS("none", "1")}}, ALL, "- - - - none"},
    {{{VIRT, SAYS("kvm", "0")}}, ALL, "- - - vm kvm"},
    {{{VIRT, SAYS("docker", "0")}}, ALL, "- - - container docker"},
    {{{VIRT, SAYS("hyper-new", "0")}}, ALL, "- - - vm hyper-new"},
    {{{VIRT, SAYS("kvm", "0")}}, 1u << FACT_VIRTUALISATION, "- - - - kvm"},
    {{{VIRT, SAYS("kvm", "0")}}, 1u << FACT_CHASSIS, "- - - vm -"},
    {{{VIRT, SAYS("none", "1")}, {DMI, "10\n"}}, ALL, "- - - laptop none"},
    {{{VIRT, SAYS("none", "1")}, {DMI, "10"}}, ALL, "- - - laptop none"},
    {{{VIRT, SAYS("none", "1")}, {DMI, "1\n"}}, ALL, "- - - - none"},
    {{{VIRT, SAYS("none", "1")}, {DMI, ""}}, ALL, "- - - - none"},
    {{{VIRT, SAYS("none", "1")}, {DMI, "-3\n"}}, ALL, "- - - - none"},
    {{{VIRT, SAYS("none", "1")}, {DMI, "laptop\n"}}, ALL, "- - - - none"},
    {{{VIRT, SAYS("kvm", "0")}, {DMI, "10\n"}}, ALL, "- - - vm kvm"},
    {{{DMI, "17\n"}}, ALL, "- - - server -"},
    {{{INFO, "CHASSIS=tablet\n"}, {DMI, "10\n"}}, ALL, "- - - tablet -"},
    {{{INFO, "CHASSIS=tablet\n"}, {VIRT, SAYS("kvm", "0")}}, ALL, "- - - tablet kvm"},
    {{{INFO, "PRETTY_HOSTNAME=x\n"}, {DMI, "10\n"}}, ALL, "- - - laptop -"},
    {{{INFO, "CHASSIS=\n"}, {DMI, "10\n"}}, ALL, "- - - laptop -"},
    /* What the administrator wrote down needs no program. */
    {{{INFO, "CHASSIS=tablet\n"}, {VIRT, "#!/bin/sh\nkill -9 $$\n"}},
     1u << FACT_CHASSIS,
     "- - - tablet -"},

    {{{VIRT, SAYS("", "1")}}, ALL, "!"},
    {{{VIRT, SAYS("'two words'", "0")}}, ALL, "!"},
    {{{VIRT, SAYS("KVM", "0")}}, ALL, "!"},
    {{{VIRT, SAYS("'kvm\nqemu'", "0")}}, ALL, "!"},
    {{{VIRT, "#!/bin/sh\nkill -9 $$\n"}}, ALL, "!"},
    {{{VIRT, "#!/nowhere\n"}}, ALL, "!"},
    {{{VIRT, "#!/bin/sh\nwhile :; do echo kvm; done\n"}}, ALL, "!"},
    {{{VIRT, "#!/nowhere\n"}, {OS, "ID=debian\n"}}, 1u << FACT_OS_ID, "debian - - - -"},
};

START_TEST(reads_a_machine)
{
    CLEANUP(platform_free) struct platform platform = {0};
    struct err err = {0};
    autobuf facts = {0};
    for (size_t i = 0; machines[_i].files[i][0]; i++)
        temp_file(&temp, machines[_i].files[i][0], 0755, machines[_i].files[i][1]);
    int rc = platform_read(temp.path, machines[_i].wanted, &platform, &err);
    if (*machines[_i].facts == '!') {
        ck_assert_int_eq(rc < 0 ? -1 : rc, -1);
        ck_assert_msg(strstr(err.text, "systemd-detect-virt"), "%s", err.text);
        return;
    }
    ck_assert_msg(rc == 0, "%s", err.text);
    for (size_t i = 0; i < FACTS; i++)
        buf_printf(&facts, NULL, "%s%s", i ? " " : "", platform.fact[i] ? platform.fact[i] : "-");
    ck_assert_str_eq(buf_text(&facts), machines[_i].facts);
}
END_TEST

/* /etc/os-release is a link nearly everywhere; below another ROOT it must not lead to ours. */
static const struct {
    const char *target, *id;
} links[] = {
    {"../usr/lib/os-release", "arch"},
    {"/usr/lib/os-release", "arch"},
    {"../../../../../../etc/os-release", "arch"},
    {"nowhere", "arch"},
    {"os-release", NULL}, /* itself */
};

START_TEST(follows_links_below_root)
{
    CLEANUP(platform_free) struct platform platform = {0};
    struct err err = {0};
    temp_file(&temp, OS_LIB, 0644, "ID=arch\n");
    ck_assert_int_eq(symlinkat(links[_i].target, temp.fd, OS), 0);
    int rc = platform_read(temp.path, 1u << FACT_OS_ID, &platform, &err);
    if (!links[_i].id) {
        ck_assert_int_lt(rc, 0);
        ck_assert_msg(strstr(err.text, OS), "%s", err.text);
        return;
    }
    ck_assert_msg(rc == 0, "%s", err.text);
    ck_assert_str_eq(platform.fact[FACT_OS_ID], links[_i].id);
}
END_TEST

START_TEST(what_cannot_be_read_is_not_absent)
{
    CLEANUP(platform_free) struct platform platform = {0};
    struct err err = {0};
    autobuf large = {0};
    ck_assert_int_eq(mkdirat(temp.fd, OS, 0755), 0);
    ck_assert_int_lt(platform_read(temp.path, 1u << FACT_OS_ID, &platform, &err), 0);
    ck_assert_int_eq(unlinkat(temp.fd, OS, AT_REMOVEDIR), 0);
    while (large.len < 70000)
        buf_add_text(&large, "NAME=debian\n", NULL);
    temp_file(&temp, OS, 0644, buf_text(&large));
    ck_assert_int_eq(platform_read(temp.path, 1u << FACT_OS_ID, &platform, &err), -ERR_RESOURCE);
    ck_assert_ptr_null(platform.fact[FACT_OS_ID]);
}
END_TEST

START_TEST(a_program_that_hangs_costs_its_deadline)
{
    autobuf said = {0};
    struct err err = {0};
    temp_file(&temp, VIRT, 0755, "#!/bin/sh\necho kvm\nexec sleep 1000\n");
    ck_assert_int_eq(platform_virtualisation(temp.path, deadline_in(50), &said, &err), -ERR_RETRY);
    ck_assert_msg(strstr(err.text, "timed out"), "%s", err.text);
    ck_assert_uint_eq(said.len, 0);
}
END_TEST

/* Whatever this machine is, it has a kernel. */
START_TEST(reads_this_machine)
{
    CLEANUP(platform_free) struct platform platform = {0};
    struct err err = {0};
    int rc = platform_read(NULL, 1u << FACT_KERNEL | 1u << FACT_OS_ID, &platform, &err);
    ck_assert_msg(rc == 0, "%s", err.text);
    ck_assert_ptr_nonnull(platform.fact[FACT_KERNEL]);
    ck_assert_ptr_null(platform.fact[FACT_CHASSIS]);
    ck_assert_int_eq(platform_read(NULL, 0, &platform, &err), 0);
    ck_assert_ptr_null(platform.fact[FACT_KERNEL]);
}
END_TEST

Suite *platform_suite(void)
{
    Suite *suite = suite_create("machine/platform");
    TCase *tc = tcase_create("words"), *machine = tcase_create("machine");
    tcase_add_loop_test(tc, reads_settings, 0, LENGTH(settings));
    tcase_add_loop_test(tc, compares_words, 0, LENGTH(words));
    tcase_add_test(tc, knows_every_technology_that_systemd_does);
    tcase_add_loop_test(tc, knows_chassis, 0, LENGTH(chassis));
    suite_add_tcase(suite, tc);
    tcase_add_checked_fixture(machine, before, after);
    tcase_add_loop_test(machine, reads_a_machine, 0, LENGTH(machines));
    tcase_add_loop_test(machine, follows_links_below_root, 0, LENGTH(links));
    tcase_add_test(machine, what_cannot_be_read_is_not_absent);
    tcase_add_test(machine, a_program_that_hangs_costs_its_deadline);
    tcase_add_test(machine, reads_this_machine);
    suite_add_tcase(suite, machine);
    return suite;
}
