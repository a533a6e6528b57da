#include "machine/himmelblau.h"

#include "base/text.h"
#include "tests/temp.h"

#include <sys/stat.h>

#define A "1a2b3c4d-0000-4000-8000-123456789abc"
#define B "2a2b3c4d-0000-4000-8000-123456789abc"

static const struct {
    const char *text, *entra, *intune; /* NULL: none */
} rows[] = {
    /* What the daemon writes when it joins. */
    {"[contoso.com]\nauthority_host=login.microsoftonline.com\ndevice_id=" A "\nintune_device_id=" B
     "\ngraph_url=https://graph.microsoft.com\ntenant_id=" B "\n\n",
     A, B},
    {"[contoso.com]\ndevice_id = 1A2B3C4D-0000-4000-8000-123456789ABC\r\n", A, NULL},
    {"[contoso.com]\n\tDevice_ID : " A "\n", A, NULL},
    {"[one.example]\nintune_device_id=" B "\n[two.example]\ndevice_id=" A "\n", A, B},
    {"[one.example]\ndevice_id=" A "\n[two.example]\ndevice_id=" B "\n", A, NULL},
    {"[one.example]\ndevice_id=\n[two.example]\ndevice_id=" B "\n", B, NULL},
    {"", NULL, NULL},
    {"device_id=" A "\n", NULL, NULL},
    {"[global]\ndevice_id=" A "\n", NULL, NULL},
    {"[GLOBAL]\ndevice_id=" A "\n", NULL, NULL},
    {"[contoso.com]\n#device_id=" A "\n; device_id=" A "\n", NULL, NULL},
    {"[contoso.com]\ndevice_id\n", NULL, NULL},
    {"[contoso.com]\ndevice_id=root:$6$salt$hash:19000:0\n", NULL, NULL},
    {"[contoso.com]\ndevice_id=" A "0\n", NULL, NULL},
    {"[contoso.com]\ndevice_id=" A " x\n", NULL, NULL},
    {"[contoso.com]\ndevice_id=1a2b3c4d000040008000123456789abc\n", NULL, NULL},
    {"[contoso.com]\ndevice_id={" A "}\n", NULL, NULL},
    {"[contoso.com]\ndevice_id=00000000-0000-0000-0000-000000000000\n", NULL, NULL},
    {"[contoso.com]\ndevice_id=1a2b3c4d-0000-4000-8000-12345678", NULL, NULL},
    {"[contoso.com]\nx_device_id=" A "\ndevice_ids=" A "\n", NULL, NULL},
    {"[\n]\n[contoso.com\n=\n:\n\377\376\n", NULL, NULL},
};

static void check_id(const char *text, enum himmelblau_id id, const char *expected)
{
    autobuf out = {0};
    ck_assert_int_eq(himmelblau_id_of(text, id, &out, NULL), expected != NULL);
    ck_assert_str_eq(buf_text(&out), expected ? expected : "");
}

START_TEST(finds_ids)
{
    check_id(rows[_i].text, HIMMELBLAU_ENTRA, rows[_i].entra);
    check_id(rows[_i].text, HIMMELBLAU_INTUNE, rows[_i].intune);
}
END_TEST

static void expect(const struct temp *t, enum himmelblau_id id, const char *expected)
{
    autobuf out = {0};
    ck_assert_int_eq(himmelblau_id(t->path, id, &out, NULL), expected != NULL);
    ck_assert_str_eq(buf_text(&out), expected ? expected : "");
}

/* What the daemon wrote goes before what the administrator did, key by key. */
START_TEST(reads_both_files)
{
    autotemp t;
    temp_open(&t);
    expect(&t, HIMMELBLAU_ENTRA, NULL);
    temp_file(&t, "etc/himmelblau/himmelblau.conf", 0644,
              "[global]\ndomains = contoso.com\n[contoso.com]\ndevice_id = " B
              "\nintune_device_id = " B "\n");
    expect(&t, HIMMELBLAU_ENTRA, B);
    temp_file(&t, "var/cache/himmelblaud/himmelblau.conf", 0600,
              "[contoso.com]\ndevice_id=" A "\n");
    expect(&t, HIMMELBLAU_ENTRA, A);
    expect(&t, HIMMELBLAU_INTUNE, B);
}
END_TEST

Suite *himmelblau_suite(void)
{
    Suite *suite = suite_create("machine/himmelblau");
    TCase *tc = tcase_create("himmelblau");
    tcase_add_loop_test(tc, finds_ids, 0, LENGTH(rows));
    tcase_add_test(tc, reads_both_files);
    suite_add_tcase(suite, tc);
    return suite;
}
