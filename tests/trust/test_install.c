#include "trust/install.h"

#include "tests/store/ca.h"
#include "tests/trust/root.h"
#include "trust/manifest.h"

#define ANCHORS  "usr/local/share/ca-certificates"
#define MANIFEST "var/lib/signet-apply/anchors"

static void machine_open(struct root *root)
{
    root_open(root);
    root_folder(root, "etc/signet/conf.d");
    root_folder(root, ANCHORS);
    root_folder(root, "var/lib");
    root_put_text(root, "etc/signet/signet.conf", "");
}
#define MACHINE(root)                                                                              \
    CLEANUP(root_close) struct root root;                                                          \
    machine_open(&root)

/* conf.d/NAME.conf with a root of its own in etc/signet/NAME.cer, and MORE lines. */
static void profile(struct root *root, const char *name, const struct order *order,
                    const char *more)
{
    char path[128], text[1024];
    autobuf der = ca_make(order);
    snprintf(path, sizeof path, "etc/signet/%s.cer", name);
    root_put(root, path, der.data, der.len);
    snprintf(path, sizeof path, "etc/signet/conf.d/%s.conf", name);
    snprintf(text, sizeof text, "[trusted-root %s]\ncertificate = %s.cer\n%s\n", name, name, more);
    root_put_text(root, path, text);
}

static const struct order good = {.version = 3, .constraints = "critical,CA:TRUE"};

static int apply(struct root *root, struct install_report *report)
{
    CLEANUP(profile_set_free) struct profile_set set = {0};
    install_report_free(report);
    *report = (struct install_report){0};
    ck_assert_msg(profile_load(in_root(root, "etc/signet"), &set, &root->err) == 0, "%s",
                  root->err.text);
    static const struct platform platform = {.fact = {"debian", "12"}};
    const struct candidate candidate = {.host = "desk7", .platform = &platform};
    return install_anchors(root->path, &set, &candidate, report, &root->err);
}

#define applied(root, report)                                                                      \
    do {                                                                                           \
        int rc_ = apply(&(root), &(report));                                                       \
        ck_assert_msg(rc_ == 0, "%s", (root).err.text);                                            \
    } while (0)

static void remove_profile(struct root *root, const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "etc/signet/conf.d/%s.conf", name);
    ck_assert_int_eq(unlink(in_root(root, path)), 0);
}

START_TEST(installs_replaces_and_removes)
{
    MACHINE(root);
    CLEANUP(install_report_free) struct install_report report = {0};
    profile(&root, "one", &good, "");
    profile(&root, "two", &good, "store = system");
    applied(root, report);
    ck_assert_uint_eq(report.done.n, 2);
    ck_assert(strstr(report.done.v[0], "signet-one.crt: installed"));
    autobuf pem = {0};
    X509 *cert = NULL;
    ck_assert_int_eq(
        fs_read(AT_FDCWD, in_root(&root, ANCHORS "/signet-one.crt"), 65536, &pem, NULL), 0);
    ck_assert_int_eq(certificate_from_pem(&pem, &cert, NULL), 0);
    X509_free(cert);
    struct stat st;
    ck_assert_int_eq(stat(in_root(&root, ANCHORS "/signet-one.crt"), &st), 0);
    ck_assert_int_eq(st.st_mode & 07777, 0644);

    applied(root, report); /* nothing to do */
    ck_assert_uint_eq(report.done.n + report.warnings.n + report.problems.n, 0);

    profile(&root, "one", &good, ""); /* a new key */
    remove_profile(&root, "two");
    applied(root, report);
    ck_assert_uint_eq(report.done.n, 2);
    ck_assert(strstr(report.done.v[0], "signet-one.crt: replaced"));
    ck_assert(strstr(report.done.v[1], "signet-two.crt: removed"));
    ck_assert(!root_has(&root, ANCHORS "/signet-two.crt"));

    remove_profile(&root, "one");
    applied(root, report);
    ck_assert(!root_has(&root, ANCHORS "/signet-one.crt"));
}
END_TEST

static const struct {
    const char *more;
    bool installed;
} assignments[] = {
    {"", true},
    {"store = system", true},
    {"store = signet", false},
    {"store = intermediate", false},
    {"assign-hosts = desk*", true},
    {"assign-hosts = kiosk*", false},
    {"exclude-hosts = desk7", false},
    {"assign-users = alice", true},
    {"assign-groups = staff", true},
    {"exclude-users = alice", true},
    {"assign-users = alice\nassign-hosts = kiosk*", false},
    {"applies-to = os-id debian; os-version >= 12", true},
    {"applies-to = os-id ubuntu", false},
    {"applies-to = os-id ubuntu\napplies-to = os-id debian\nassign-users = alice", true},
    {"applies-to = chassis laptop", false},
    {"not-applies-to = chassis laptop", true},
    {"not-applies-to = os-version < 13", false},
};

START_TEST(follows_the_assignment)
{
    MACHINE(root);
    CLEANUP(install_report_free) struct install_report report = {0};
    profile(&root, "one", &good, assignments[_i].more);
    applied(root, report);
    ck_assert(root_has(&root, ANCHORS "/signet-one.crt") == assignments[_i].installed);
    ck_assert_uint_eq(report.problems.n, 0);
}
END_TEST

/* A lock needs no more than leave to read. */
START_TEST(nobody_else_can_hold_its_lock)
{
    MACHINE(root);
    CLEANUP(install_report_free) struct install_report report = {0};
    struct stat st;
    root_folder(&root, "var/lib/signet-apply");
    ck_assert_int_eq(chmod(in_root(&root, "var/lib/signet-apply"), 0755), 0);
    applied(root, report);
    ck_assert_int_eq(stat(in_root(&root, "var/lib/signet-apply"), &st), 0);
    ck_assert_int_eq(st.st_mode & 07777, 0700);
}
END_TEST

START_TEST(removes_nothing_while_a_profile_cannot_be_read)
{
    MACHINE(root);
    CLEANUP(install_report_free) struct install_report report = {0};
    profile(&root, "one", &good, "");
    profile(&root, "two", &good, "");
    applied(root, report);
    remove_profile(&root, "two");
    profile(&root, "three", &good, "");
    root_put_text(&root, "etc/signet/conf.d/broken.conf", "[trusted-root x]\nnonsense = 1\n");
    applied(root, report);
    ck_assert(root_has(&root, ANCHORS "/signet-two.crt"));
    ck_assert(root_has(&root, ANCHORS "/signet-three.crt")); /* installing is safe */
    remove_profile(&root, "broken");
    applied(root, report);
    ck_assert(!root_has(&root, ANCHORS "/signet-two.crt"));
}
END_TEST

/* Refused here, though the profile's reader may let them pass; what was installed before stays. */
static const struct order bad[] = {
    {.version = 3, .constraints = "critical,CA:TRUE", .usage = "digitalSignature"},
    {.version = 3, .constraints = "critical,CA:TRUE", .signature = FORGED},
    {.version = 3, .constraints = "CA:FALSE"},
    {.version = 1},
};

START_TEST(a_root_that_is_no_ca_changes_nothing)
{
    MACHINE(root);
    CLEANUP(install_report_free) struct install_report report = {0};
    profile(&root, "one", &good, "");
    applied(root, report);
    profile(&root, "one", &bad[_i], "");
    profile(&root, "two", &bad[_i], "");
    profile(&root, "zzz", &good, "");
    applied(root, report);
    ck_assert(root_has(&root, ANCHORS "/signet-one.crt"));
    ck_assert(!root_has(&root, ANCHORS "/signet-two.crt"));
    ck_assert(root_has(&root, ANCHORS "/signet-zzz.crt"));
    ck_assert_uint_eq(report.done.n, 1);
}
END_TEST

START_TEST(leaves_alone_what_is_not_ours)
{
    MACHINE(root);
    CLEANUP(install_report_free) struct install_report report = {0};
    root_put_text(&root, ANCHORS "/signet-theirs.crt", "x");
    root_put_text(&root, ANCHORS "/company.crt", "x");
    root_put_text(&root, ANCHORS "/signet-notes.txt", "x");
    root_folder(&root, ANCHORS "/signet-folder.crt");
    ck_assert_int_eq(symlink("/etc/hostname", in_root(&root, ANCHORS "/signet-link.crt")), 0);
    profile(&root, "theirs", &good, "");
    profile(&root, "link", &good, "");
    applied(root, report);
    ck_assert_uint_eq(report.done.n, 0);
    ck_assert_uint_eq(report.warnings.n, 1);
    ck_assert(strstr(report.warnings.v[0], "signet-folder.crt: not installed by signet"));
    ck_assert_uint_eq(report.problems.n, 2);
    ck_assert(strstr(report.problems.v[0], "signet-link.crt"));
    ck_assert(strstr(report.problems.v[1], "signet-theirs.crt"));
    ck_assert(root_has(&root, ANCHORS "/company.crt"));
    ck_assert(root_has(&root, ANCHORS "/signet-notes.txt"));
}
END_TEST

START_TEST(lets_go_of_what_somebody_changed)
{
    MACHINE(root);
    CLEANUP(install_report_free) struct install_report report = {0};
    profile(&root, "one", &good, "");
    applied(root, report);
    root_put_text(&root, ANCHORS "/signet-one.crt", "the administrator's own");
    remove_profile(&root, "one");
    applied(root, report);
    ck_assert(root_has(&root, ANCHORS "/signet-one.crt"));
    ck_assert_uint_eq(report.warnings.n, 1);
    applied(root, report);
    ck_assert(root_has(&root, ANCHORS "/signet-one.crt"));
}
END_TEST

/* A run that was killed between any two of its steps is finished by the next. */
START_TEST(finishes_what_was_begun)
{
    MACHINE(root);
    CLEANUP(install_report_free) struct install_report report = {0};
    autobuf before = {0}, after = {0};
    profile(&root, "one", &good, "");
    applied(root, report);
    ck_assert_int_eq(fs_read(AT_FDCWD, in_root(&root, MANIFEST), 65536, &before, NULL), 0);

    FILE *manifest = fopen(in_root(&root, MANIFEST), "a");
    fputs("unfinished\n", manifest);
    for (int i = 0; i < 64; i++)
        fputc('0', manifest);
    fputs("  signet-two.crt\n", manifest); /* announced, and not yet there */
    fclose(manifest);
    applied(root, report);
    ck_assert_int_eq(fs_read(AT_FDCWD, in_root(&root, MANIFEST), 65536, &after, NULL), 0);
    ck_assert_str_eq(buf_text(&after), buf_text(&before));
    ck_assert_uint_eq(report.done.n, 0);
}
END_TEST

static const struct {
    const char *text;
    mode_t mode;
    int rc;
} manifests[] = {
    {"garbage\n", 0644, -ERR_CONFIG},
    {"", 0666, -ERR_DENIED},
    {"", 0664, -ERR_DENIED},
};

START_TEST(believes_no_other_manifest)
{
    MACHINE(root);
    CLEANUP(install_report_free) struct install_report report = {0};
    profile(&root, "one", &good, "");
    root_folder(&root, "var/lib/signet-apply");
    root_put_text(&root, MANIFEST, manifests[_i].text);
    ck_assert_int_eq(chmod(in_root(&root, MANIFEST), manifests[_i].mode), 0);
    ck_assert_int_eq(apply(&root, &report), manifests[_i].rc);
    ck_assert_ptr_nonnull(strstr(root.err.text, "/var/lib/signet-apply"));
    ck_assert(!root_has(&root, ANCHORS "/signet-one.crt"));
}
END_TEST

START_TEST(a_machine_without_a_trust_store)
{
    MACHINE(root);
    CLEANUP(install_report_free) struct install_report report = {0};
    ck_assert_int_eq(rmdir(in_root(&root, ANCHORS)), 0);
    applied(root, report); /* nothing is asked for */
    profile(&root, "one", &good, "");
    ck_assert_int_eq(apply(&root, &report), -ERR_CONFIG);
    ck_assert_ptr_nonnull(strstr(root.err.text, "ca-certificates"));
}
END_TEST

Suite *install_suite(void)
{
    Suite *suite = suite_create("trust/install");
    TCase *tc = tcase_create("install");
    tcase_add_test(tc, installs_replaces_and_removes);
    tcase_add_loop_test(tc, follows_the_assignment, 0, LENGTH(assignments));
    tcase_add_test(tc, nobody_else_can_hold_its_lock);
    tcase_add_test(tc, removes_nothing_while_a_profile_cannot_be_read);
    tcase_add_loop_test(tc, a_root_that_is_no_ca_changes_nothing, 0, LENGTH(bad));
    tcase_add_test(tc, leaves_alone_what_is_not_ours);
    tcase_add_test(tc, lets_go_of_what_somebody_changed);
    tcase_add_test(tc, finishes_what_was_begun);
    tcase_add_loop_test(tc, believes_no_other_manifest, 0, LENGTH(manifests));
    tcase_add_test(tc, a_machine_without_a_trust_store);
    suite_add_tcase(suite, tc);
    return suite;
}
