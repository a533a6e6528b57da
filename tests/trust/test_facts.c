#include "trust/facts.h"

#include "tests/trust/root.h"

static const struct {
    const char *serial, *json;
} serials[] = {
    {"5CD1234XYZ\n", "{\"serialNumber\":\"5CD1234XYZ\"}\n"},
    {"  VMware-56 4d 01 \n", "{\"serialNumber\":\"VMware-56 4d 01\"}\n"},
    {"a\"b\\c", "{\"serialNumber\":\"a\\\"b\\\\c\"}\n"},
    {"", "{}\n"},
    {"\n", "{}\n"},
    {"0\n", "{}\n"},
    {"00000000", "{}\n"},
    {"None", "{}\n"},
    {"To Be Filled By O.E.M.\n", "{}\n"},
    {"Default string", "{}\n"},
    {"a\nb", "{}\n"},
    {"\033[2J", "{}\n"},
    {"\303\244", "{}\n"},
    {"\377", "{}\n"},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "{}\n"},
};

START_TEST(prints)
{
    autobuf text = {0};
    struct err err = {0};
    ck_assert_int_eq(facts_print(serials[_i].serial, &text, &err), 0);
    ck_assert_str_eq(buf_text(&text), serials[_i].json);
}
END_TEST

static void assert_facts(struct root *root, const char *expected)
{
    struct stat st;
    autobuf text = {0};
    ck_assert_int_eq(fs_read(AT_FDCWD, in_root(root, "run/signet/facts.json"), 4096, &text, NULL),
                     0);
    ck_assert_str_eq(buf_text(&text), expected);
    ck_assert_int_eq(lstat(in_root(root, "run/signet/facts.json"), &st), 0);
    ck_assert_int_eq(st.st_mode & 07777, 0640);
    ck_assert(!root_has(root, "run/signet/facts.json.new"));
}

START_TEST(writes)
{
    ROOT(root);
    char run[128];
    snprintf(run, sizeof run, "%s/run/signet", root.path);
    root_folder(&root, "run");
    ck_assert_msg(facts_write(root.path, run, &root.err) == 0, "%s", root.err.text);
    assert_facts(&root, "{}\n"); /* a machine without DMI */

    root_folder(&root, "sys/class/dmi/id");
    root_put_text(&root, "sys/class/dmi/id/product_serial", "S-1\n");
    ck_assert_int_eq(facts_write(root.path, run, &root.err), 0);
    assert_facts(&root, "{\"serialNumber\":\"S-1\"}\n");
}
END_TEST

/* The run folder is the agent's: what it puts in the way is neither written nor given away. */
START_TEST(is_not_led_astray)
{
    ROOT(root);
    char run[128];
    snprintf(run, sizeof run, "%s/run/signet", root.path);
    root_folder(&root, "run/signet/facts.json.new");
    root_put_text(&root, "victim", "victim");
    ck_assert_int_eq(chmod(in_root(&root, "victim"), 0600), 0);
    ck_assert_int_eq(symlink("../../victim", in_root(&root, "run/signet/facts.json")), 0);
    ck_assert_int_eq(symlink("../../../victim", in_root(&root, "run/signet/facts.json.new/x")), 0);
    ck_assert_msg(facts_write(root.path, run, &root.err) == 0, "%s", root.err.text);
    assert_facts(&root, "{}\n");
    ck_assert_int_eq(link(in_root(&root, "victim"), in_root(&root, "run/signet/facts.json.new")),
                     0);
    ck_assert_int_eq(facts_write(root.path, run, &root.err), 0);
    assert_facts(&root, "{}\n");

    struct stat st;
    autobuf text = {0};
    ck_assert_int_eq(stat(in_root(&root, "victim"), &st), 0);
    ck_assert_int_eq(st.st_mode & 07777, 0600);
    ck_assert_int_eq(fs_read(AT_FDCWD, in_root(&root, "victim"), 64, &text, NULL), 0);
    ck_assert_str_eq(buf_text(&text), "victim");
}
END_TEST

START_TEST(tells_what_fails)
{
    ROOT(root);
    char run[128];
    snprintf(run, sizeof run, "%s/no/where", root.path);
    ck_assert_int_lt(facts_write(root.path, run, &root.err), 0);
    ck_assert_ptr_nonnull(strstr(root.err.text, "/no/where"));
}
END_TEST

Suite *facts_suite(void)
{
    Suite *suite = suite_create("trust/facts");
    TCase *tc = tcase_create("facts");
    tcase_add_loop_test(tc, prints, 0, LENGTH(serials));
    tcase_add_test(tc, writes);
    tcase_add_test(tc, is_not_led_astray);
    tcase_add_test(tc, tells_what_fails);
    suite_add_tcase(suite, tc);
    return suite;
}
