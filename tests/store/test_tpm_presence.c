#include "store/tpm_presence.h"

#include "tests/temp.h"

#define JUST  "12.34 20.00\n"
#define LONG  "120.00 99.00\n"
#define FIRMS "sys/firmware/acpi/tables/TPM2"

static const struct {
    const char *up; /* proc/uptime; NULL: cannot be read */
    bool device, driver, table;
    const char *version;
    enum err_class class; /* 0: it is there */
    bool announced;
    const char *text;
} rows[] = {
    {LONG, true, true, true, "2\n", 0, true, NULL},
    {JUST, true, true, true, "2\n", 0, true, NULL},
    {JUST, true, false, false, NULL, 0, true, NULL},
    {JUST, false, false, false, NULL, ERR_CONFIG, false, "there is no TPM: no /dev/tpmrm0"},
    {LONG, false, false, false, NULL, ERR_CONFIG, false, "there is no TPM: no /dev/tpmrm0"},
    {JUST, false, false, true, NULL, ERR_RETRY, true, "has not made /dev/tpmrm0 yet"},
    {JUST, false, true, true, "2\n", ERR_RETRY, true, "has not made /dev/tpmrm0 yet"},
    {JUST, false, true, false, NULL, ERR_RETRY, true, "has not made /dev/tpmrm0 yet"},
    {"119.99 1\n", false, false, true, NULL, ERR_RETRY, true, "yet"},
    {LONG, false, false, true, NULL, ERR_CONFIG, true, "its driver is missing"},
    {LONG, false, true, false, "2\n", ERR_CONFIG, true, "its driver is missing"},
    {JUST, false, true, false, "1\n", ERR_CONFIG, false, "of version 1.2"},
    {LONG, false, true, true, "1\n", ERR_CONFIG, false, "of version 1.2"},
    {LONG, false, true, true, "", ERR_CONFIG, true, "its driver is missing"},
    {LONG, false, true, true, "one\n", ERR_CONFIG, true, "its driver is missing"},
    {"soon\n", false, false, true, NULL, ERR_CONFIG, true, "its driver is missing"},
    {NULL, false, false, true, NULL, ERR_CONFIG, true, "its driver is missing"},
};

START_TEST(each_machine)
{
    autotemp root;
    struct err err = {0};
    temp_open(&root);
    if (rows[_i].up)
        temp_file(&root, "proc/uptime", 0644, rows[_i].up);
    if (rows[_i].device)
        temp_file(&root, "dev/tpmrm0", 0644, "");
    if (rows[_i].driver)
        temp_file(&root, "sys/class/tpm/tpm0/dev", 0644, "");
    if (rows[_i].version)
        temp_file(&root, "sys/class/tpm/tpm0/tpm_version_major", 0644, rows[_i].version);
    if (rows[_i].table)
        temp_file(&root, FIRMS, 0644, "");
    const struct tpm_presence presence = tpm_presence_read(root.path);
    ck_assert_int_eq(tpm_presence_check(&presence, &err), -(int)rows[_i].class);
    ck_assert_int_eq(tpm_presence_is_announced(&presence), rows[_i].announced);
    ck_assert_msg(!rows[_i].text || strstr(err.text, rows[_i].text), "%s", err.text);
}
END_TEST

Suite *tpm_presence_suite(void)
{
    Suite *s = suite_create("store/tpm_presence");
    TCase *c = tcase_create("machines");
    tcase_add_loop_test(c, each_machine, 0, LENGTH(rows));
    suite_add_tcase(s, c);
    return s;
}
