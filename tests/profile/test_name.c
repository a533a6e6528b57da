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
    enum name_type type = NAME_IA5;
    bool known = name_key(keys[_i].key, oid, &type);
    ck_assert(known == !!keys[_i].oid);
    ck_assert_str_eq(oid, known ? keys[_i].oid : "untouched");
    if (known)
        ck_assert_int_eq(type, keys[_i].type);
}
END_TEST

START_TEST(joins_only_to_what_is_there)
{
    CLEANUP(name_free) struct name name = {0};
    name_add(&name, "0.9.2342.19200300.100.1.25", NAME_IA5, true, "com", 3, NULL);
    ck_assert(!name.v[0].joined);
    name_add(&name, "1.2.3", NAME_UTF8, true, "\x05\x00", 2, NULL);
    ck_assert(name.v[1].joined);
    ck_assert_uint_eq(name.v[1].value.len, 2);
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
    tcase_add_test(tc, joins_only_to_what_is_there);
    tcase_add_test(tc, refuses_an_endless_oid);
    suite_add_tcase(suite, tc);
    return suite;
}
