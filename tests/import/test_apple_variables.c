#include "import/apple_variables.h"

#include "base/cleanup.h"
#include "profile/template.h"
#include "tests/suite.h"

#include <string.h>

static const struct {
    const char *text, *expected; /* NULL: refused */
} rows[] = {
    {"", ""},
    {"plain", "plain"},
    {"$USERNAME", "{{UserName}}"},
    {"$USERNAMEadmin", "{{UserName}}admin"},
    {"%SerialNumber%", "{{SerialNumber}}"},
    {"%serialnumber%-%COMPUTERNAME%", "{{SerialNumber}}-{{DeviceName}}"},
    {"a%b", "a%b"},
    {"100%", "100%"},
    {"%%", "%%"},
    {"50% off, 20% more", "50% off, 20% more"},
    {"$", "$"},
    {"$5", "$5"},
    {"US$", "US$"},
    {"$US", "$US"},
    {"$Username", "$Username"},
    {"{x}", "{x}"},

    {"%HardwareUUID%", NULL},
    {"%NoSuchThing%", NULL},
    {"$NOSUCHTHING", NULL},
    {"$EXTENSION_ATTRIBUTE", NULL},
    {"$USERNAMEX", NULL},
    {"a {{UserName}}", NULL},
    {"{{", NULL},
};

START_TEST(maps)
{
    autobuf mapped = {0};
    struct err err;
    int rc = apple_variables_map(rows[_i].text, &mapped, &err);
    ck_assert_int_eq(rc, rows[_i].expected ? 0 : -ERR_CONFIG);
    if (rows[_i].expected)
        ck_assert_str_eq(buf_text(&mapped), rows[_i].expected);
}
END_TEST

/* Each row becomes a template of ours, or is refused by name. */
START_TEST(every_variable)
{
    for (const struct apple_variable *v = apple_variables; v->theirs; v++) {
        CLEANUP(template_free) struct template template = {0};
        autobuf mapped = {0};
        struct err err;
        int rc = apple_variables_map(v->theirs, &mapped, &err);
        ck_assert_msg(rc == (v->ours ? 0 : -ERR_CONFIG), "%s: %d", v->theirs, rc);
        ck_assert_msg(rc == 0 || strstr(err.text, v->theirs), "%s", err.text);
        if (rc == 0) {
            ck_assert_str_eq(buf_text(&mapped), v->ours);
            ck_assert_msg(template_parse(v->ours, strlen(v->ours), &template, &err) == 0, "%s",
                          err.text);
        }
    }
}
END_TEST

Suite *apple_variables_suite(void)
{
    Suite *suite = suite_create("import/apple_variables");
    TCase *tc = tcase_create("variables");
    tcase_add_loop_test(tc, maps, 0, LENGTH(rows));
    tcase_add_test(tc, every_variable);
    suite_add_tcase(suite, tc);
    return suite;
}
