#include "profile/name.h"

#include "tests/suite.h"
#include <string.h>

static const struct {
    const char *key, *oid; /* NULL: unknown */
    enum name_type type;
} keys[] = {
    {"CN", "2.5.4.3", NAME_UTF8},
    {"cn", "2.5.4.3", NAME_UTF8},
    {"S", "2.5.4.8", NAME_UTF8},
    {"st", "2.5.4.8", NAME_UTF8},
    {"E", "1.2.840.113549.1.9.1", NAME_IA5},
    {"eMail", "1.2.840.113549.1.9.1", NAME_IA5},
    {"DC", "0.9.2342.19200300.100.1.25", NAME_IA5},
    {"C", "2.5.4.6", NAME_PRINTABLE},
    {"2.5.4.6", "2.5.4.6", NAME_PRINTABLE},
    {"OID.2.5.4.6", "2.5.4.6", NAME_PRINTABLE},
    {"oid.1.2.3", "1.2.3", NAME_UTF8},
    {"0.0", "0.0", NAME_UTF8},
    {"2.999.4294967295", "2.999.4294967295", NAME_UTF8},
    {"", NULL, 0},
    {"OID.", NULL, 0},
    {"OID.CN", NULL, 0},
    {"OID.OID.1.2", NULL, 0},
    {"1", NULL, 0},
    {".1.2", NULL, 0},
    {"1..2", NULL, 0},
    {"1.2.", NULL, 0},
    {"01.2", NULL, 0},
    {"1.02", NULL, 0},
    {"1.40", NULL, 0},
    {"3.1", NULL, 0},
    {"1.2.4294967296", NULL, 0},
    {"1.2.18446744073709551617", NULL, 0},
    {"1.-2", NULL, 0},
    {"1.2 ", NULL, 0},
    {"CN ", NULL, 0},
    {"1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.17.18.19.20.21.22.23.24.25.26", NULL, 0},
};

START_TEST(knows_keys)
{
    char oid[64] = "untouched";
    enum name_type type = NAME_OCTETS;
    bool known = name_key(keys[_i].key, oid, &type);
    ck_assert(known == !!keys[_i].oid);
    ck_assert_str_eq(oid, known ? keys[_i].oid : "untouched");
    if (known)
        ck_assert_int_eq(type, keys[_i].type);
}
END_TEST

static const struct {
    const char *value;
    size_t len;
    const char *printed; /* as a CN */
} values[] = {
    {"alice", 5, "CN=alice"},
    {"a,b+c\"d\\e<f>g;h=i", 17, "CN=a\\,b\\+c\\\"d\\\\e\\<f\\>g\\;h=i"},
    {" a ", 3, "CN=\\ a\\ "},
    {" ", 1, "CN=\\ "},
    {"#a#", 3, "CN=\\#a#"},
    {"a\0b", 3, "CN=a\\00b"},
    {"a\nb", 3, "CN=a\\0Ab"},
    {"\x1b[0m", 4, "CN=\\1B[0m"},
    {"\xc3\xa5", 2, "CN=\xc3\xa5"},
    {"\xff\xc3", 2, "CN=\\FF\\C3"},
    {"\xe2\x80\xae", 3, "CN=\\E2\\80\\AE"},
    {"\xe2\x80\x8f", 3, "CN=\\E2\\80\\8F"},
    {"\xc2\x9b", 2, "CN=\\C2\\9B"},
    {"", 0, "CN="},
};

START_TEST(prints_values)
{
    CLEANUP(name_free) struct name name = {0};
    autobuf out = {0};
    ck_assert_int_eq(
        name_add(&name, "2.5.4.3", NAME_UTF8, false, values[_i].value, values[_i].len, NULL), 0);
    ck_assert_int_eq(name_print(&name, &out, NULL), 0);
    ck_assert_str_eq(buf_text(&out), values[_i].printed);
}
END_TEST

START_TEST(prints_the_last_rdn_first)
{
    CLEANUP(name_free) struct name name = {0};
    autobuf out = {0}, octets = {0};
    ck_assert_int_eq(name_print(&name, &out, NULL), 0);
    ck_assert_uint_eq(out.len, 0);
    name_add(&name, "0.9.2342.19200300.100.1.25", NAME_IA5, true, "com", 3, NULL);
    ck_assert(!name.v[0].joined); /* there is nothing to join */
    name_add(&name, "2.5.4.11", NAME_UTF8, false, "b", 1, NULL);
    name_add(&name, "1.2.3", NAME_OCTETS, true, "\x05\x00", 2, NULL);
    name_add(&name, "2.5.4.3", NAME_UTF8, false, "a", 1, NULL);
    name_print(&name, &out, NULL);
    ck_assert_str_eq(buf_text(&out), "CN=a, OU=b+1.2.3=#04020500, DC=com");

    for (int i = 0; i < 300; i++)
        buf_add(&octets, "\xab", 1, NULL);
    name_free(&name);
    buf_clear(&out);
    name_add(&name, "1.2.3", NAME_OCTETS, false, octets.data, octets.len, NULL);
    name_print(&name, &out, NULL);
    ck_assert_uint_eq(out.len, strlen("1.2.3=#") + 2 * 304);
    ck_assert_int_eq(strncmp(buf_text(&out), "1.2.3=#0482012CABAB", 19), 0);
}
END_TEST

START_TEST(refuses_an_endless_oid)
{
    CLEANUP(name_free) struct name name = {0};
    char oid[65];
    memset(oid, '1', sizeof oid);
    oid[64] = 0;
    ck_assert_int_eq(name_add(&name, oid, NAME_UTF8, false, "a", 1, NULL), -ERR_CONFIG);
    ck_assert_uint_eq(name.n, 0);
}
END_TEST

Suite *name_suite(void)
{
    Suite *suite = suite_create("profile/name");
    TCase *tc = tcase_create("name");
    tcase_add_loop_test(tc, knows_keys, 0, LENGTH(keys));
    tcase_add_loop_test(tc, prints_values, 0, LENGTH(values));
    tcase_add_test(tc, prints_the_last_rdn_first);
    tcase_add_test(tc, refuses_an_endless_oid);
    suite_add_tcase(suite, tc);
    return suite;
}
