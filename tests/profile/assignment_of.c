#include "tests/profile/assignment_of.h"

#include "base/cleanup.h"
#include "profile/keys.h"
#include "tests/suite.h"

void assignment_of(const char *lines, struct profile *profile)
{
    CLEANUP(conf_free) struct conf conf = {0};
    CLEANUP(problems_free) struct problems said = {0};
    autofree char *text = text_format("[x y]\n%s", lines);
    ck_assert_int_eq(conf_parse("f", text, strlen(text), &conf, NULL), 0);
    struct keys_reading reading = {
        .section = conf.sections, .folder = "/", .problems = &said, .warnings = &said};
    /* Only the assignment counts here: what is missing is said, and not looked at. */
    ck_assert_int_eq(keys_read(&reading, SECTION_SCEP, profile, NULL), 0);
    ck_assert_msg(said.n == 3, "%s", said.v[0].text);
    profile->file = "f";
}
