#include "agent/libsystemd.h"

#include "base/cleanup.h"
#include "tests/suite.h"

#define LIBSYSTEMD_PLACE(function) {#function, (void *const *)&libsystemd.function},
static const struct {
    const char *name;
    void *const *place;
} functions[] = {LIBSYSTEMD_FUNCTIONS(LIBSYSTEMD_PLACE)};

START_TEST(has_every_function)
{
    for (int i = 0; i < 2; i++) {
        struct err err = {0};
        ck_assert_msg(libsystemd_load(&err) == 0, "%s", err.text);
        ck_assert_msg(*functions[_i].place != NULL, "%s", functions[_i].name);
    }
}
END_TEST

Suite *libsystemd_suite(void)
{
    Suite *suite = suite_create("agent/libsystemd");
    TCase *tc = tcase_create("libsystemd");
    tcase_add_loop_test(tc, has_every_function, 0, LENGTH(functions));
    suite_add_tcase(suite, tc);
    return suite;
}
