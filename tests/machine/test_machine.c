#include "machine/machine.h"

#include "base/text.h"
#include "tests/temp.h"

static const struct {
    const char *host, *hosts, *expected; /* NULL: there is none */
} rows[] = {
    {"pc.contoso.com", "", "pc.contoso.com"},
    {"pc", "127.0.1.1 pc.contoso.com pc\n", "pc.contoso.com"},
    {"pc", "127.0.1.1\tpc  pc.contoso.com # x", "pc.contoso.com"},
    {"PC", "# no\n\n::1 localhost\n10.0.0.1 pc.contoso.com pc.other.com pc\r\n", "pc.contoso.com"},
    {"pc", "", NULL},
    {"pc", "127.0.1.1 pc\n", NULL},
    {"pc", "# 127.0.1.1 pc.contoso.com pc\n", NULL},
    {"pc", "127.0.1.1 other.contoso.com other\n", NULL},
    {"pc", "127.0.1.1 pc.contoso.com pcx\n", NULL},
    {"pc", "pc\n", NULL},
    {"", "127.0.1.1 pc.contoso.com pc\n", NULL},
    {"localhost", "127.0.0.1 localhost.localdomain localhost\n", NULL},
    {"localhost.localdomain", "", NULL},
    {"(none)", "", NULL},
    {".contoso.com", "", NULL},
};

START_TEST(finds_the_full_name)
{
    autobuf out = {0};
    struct err err = {0};
    int rc = machine_fqdn_of(rows[_i].host, rows[_i].hosts, &out, &err);
    ck_assert_int_eq(rc, rows[_i].expected != NULL);
    ck_assert_str_eq(buf_text(&out), rows[_i].expected ? rows[_i].expected : "");
}
END_TEST

static const struct {
    const char *file, *id; /* NULL: refused. The ids are what systemd-id128 prints for them. */
} ids[] = {
    {"00112233445566778899aabbccddeeff\n", "87cb33a012c647a8a010074f06b9315f"},
    {"00112233445566778899AABBCCDDEEFF", "87cb33a012c647a8a010074f06b9315f"},
    {"0123456789abcdef0123456789abcdef\n", "a8b65bfca4114ba9b27b5c93796f719d"},
    {"", NULL},
    {"\n", NULL},
    {"uninitialized\n", NULL},
    {"00112233445566778899aabbccddeef\n", NULL},
    {"00112233445566778899aabbccddeefff\n", NULL},
    {"00112233-4455-6677-8899-aabbccddeeff\n", NULL},
    {"00112233445566778899aabbccddeefg\n", NULL},
    {"\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10"
     "\x10\x10\x10\x10\x10\x10\x10\x10\x10\n",
     NULL},
    {"00000000000000000000000000000000\n", NULL},
    {"00112233445566778899aabbccddeeff\n\n", NULL},
};

START_TEST(derives_an_id)
{
    autobuf out = {0};
    struct err err = {0};
    int rc = machine_id_of(ids[_i].file, &out, &err);
    ck_assert_int_eq(rc, ids[_i].id != NULL);
    ck_assert_str_eq(buf_text(&out), ids[_i].id ? ids[_i].id : "");
}
END_TEST

/* A file below a root: 1 and what is in it, 0 when it is missing. */
static const struct {
    const char *text; /* of ROOT/serial; NULL: none */
    const char *serial;
} serials[] = {
    {"5CD1234XYZ\n", "5CD1234XYZ"},
    {"  VMware-56 4d 01 \n", "VMware-56 4d 01"},
    {"a\"b\\c", "a\"b\\c"},
    {NULL, NULL},
    {"", NULL},
    {"\n", NULL},
    {"0\n", NULL},
    {"00000000", NULL},
    {"None", NULL},
    {"To Be Filled By O.E.M.\n", NULL},
    {"Default string", NULL},
    {"a\nb", NULL},
    {"\033[2J", NULL},
    {"\303\244", NULL},
    {"\377", NULL},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL},
};

START_TEST(reads_a_serial_number)
{
    autotemp t;
    autobuf out = {0};
    struct err err = {0};
    temp_open(&t);
    if (serials[_i].text)
        temp_file(&t, "serial", 0444, serials[_i].text);
    int rc = machine_serial(t.path, "/serial", &out, &err);
    ck_assert_int_eq(rc, serials[_i].serial != NULL);
    ck_assert_str_eq(buf_text(&out), serials[_i].serial ? serials[_i].serial : "");
}
END_TEST

START_TEST(a_serial_number_ends_at_a_zero_byte)
{
    autotemp t;
    autobuf out = {0};
    temp_open(&t);
    ck_assert_int_eq(fs_create(t.fd, "serial", 0444, "S-1\0x", 6, NULL), 0);
    ck_assert_int_eq(machine_serial(t.path, "/serial", &out, NULL), 1);
    ck_assert_str_eq(buf_text(&out), "S-1");
}
END_TEST

Suite *machine_suite(void)
{
    Suite *suite = suite_create("machine/machine");
    TCase *tc = tcase_create("machine");
    tcase_add_loop_test(tc, finds_the_full_name, 0, LENGTH(rows));
    tcase_add_loop_test(tc, derives_an_id, 0, LENGTH(ids));
    tcase_add_loop_test(tc, reads_a_serial_number, 0, LENGTH(serials));
    tcase_add_test(tc, a_serial_number_ends_at_a_zero_byte);
    suite_add_tcase(suite, tc);
    return suite;
}
