#include "trust/facts.h"

#include "tests/trust/root.h"

static struct facts_member serial = {.name = "serialNumber"}, id = {.name = "deviceId"};

static const struct {
    const char *serial, *id, *json;
} rows[] = {
    {"", "", "{}\n"},
    {"5CD1234XYZ", "", "{\"serialNumber\":\"5CD1234XYZ\"}\n"},
    {"", "1-2", "{\"deviceId\":\"1-2\"}\n"},
    {"a\"b\\c", "1-2", "{\"serialNumber\":\"a\\\"b\\\\c\",\"deviceId\":\"1-2\"}\n"},
    {"\n\033\377", "", "{\"serialNumber\":\"\\u000a\\u001b\\ufffd\"}\n"},
};

START_TEST(prints)
{
    autobuf text = {0};
    struct err err = {0};
    struct facts_member facts[] = {serial, id, {0}};
    buf_add_text(&facts[0].value, rows[_i].serial, NULL);
    buf_add_text(&facts[1].value, rows[_i].id, NULL);
    ck_assert_int_eq(facts_print(facts, &text, &err), 0);
    ck_assert_str_eq(buf_text(&text), rows[_i].json);
    buf_free(&facts[0].value);
    buf_free(&facts[1].value);
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

    root_folder(&root, "var/cache/himmelblaud");
    root_put_text(&root, "var/cache/himmelblaud/himmelblau.conf",
                  "[contoso.com]\ndevice_id=1A2B3C4D-0000-4000-8000-123456789abc\n"
                  "intune_device_id = 2a2b3c4d-0000-4000-8000-123456789abc\n");
    ck_assert_int_eq(facts_write(root.path, run, &root.err), 0);
    assert_facts(&root, "{\"serialNumber\":\"S-1\","
                        "\"aadDeviceId\":\"1a2b3c4d-0000-4000-8000-123456789abc\","
                        "\"deviceId\":\"2a2b3c4d-0000-4000-8000-123456789abc\"}\n");
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
    tcase_add_loop_test(tc, prints, 0, LENGTH(rows));
    tcase_add_test(tc, writes);
    tcase_add_test(tc, is_not_led_astray);
    tcase_add_test(tc, tells_what_fails);
    suite_add_tcase(suite, tc);
    return suite;
}
