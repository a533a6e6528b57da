#include "cli/why.h"

#include "profile/keys.h"
#include "tests/temp.h"

static char *group_v[] = {"users", "staff"};
static const struct platform platform = {.fact = {"debian", "12"}};

/* Lines of a user profile, who asks, and the text that comes of it; '|' stands for a line's end. */
static const struct {
    const char *lines;
    const char *user; /* NULL: the device */
    const char *text;
} rows[] = {
    {"", "alice", "[scep p] applies to alice: no line keeps it from anyone|"},
    {"", NULL, "[scep p] does not apply to the device: a user profile|"},
    {"", "root",
     "[scep p] does not apply to root: not a person's account (below UID_MIN of "
     "login.defs)|"},
    {"assign-groups = it, staff\n", "alice",
     "c.conf:2: assign-groups = it, staff|    names staff, a group of alice|"
     "[scep p] applies to alice: c.conf:2: assign-groups names staff, a group of alice|"},
    {"description = x\n# a comment\nassign-users = bob\n", "alice",
     "c.conf:4: assign-users = bob|    does not name alice|"
     "[scep p] does not apply to alice: c.conf:4: assign-users does not name alice|"},
    {"assign-users = alice\nexclude-hosts = LAB-*\napplies-to = os-id debian;\n  os-version > 12\n",
     "alice",
     "c.conf:2: assign-users = alice|    names alice|"
     "c.conf:3: exclude-hosts = LAB-*|    names this host, lab-1|"
     "c.conf:4: applies-to = os-id debian; os-version > 12|"
     "    does not hold: os-version > 12, and this is 12|"
     "[scep p] does not apply to alice: c.conf:3: exclude-hosts names this host, lab-1|"},
    {"applies-to = chassis laptop\nnot-applies-to = os-version < 12\n", "alice",
     "c.conf:2: applies-to = chassis laptop|"
     "    does not hold: chassis laptop, and this machine has no chassis|"
     "c.conf:3: not-applies-to = os-version < 12|"
     "    does not hold: os-version < 12, and this is 12|"
     "[scep p] does not apply to alice: c.conf:2: applies-to does not hold: chassis laptop, and "
     "this machine has no chassis|"},
    {"assign-users = \xc3\xa5sa\n", "\xff\x1b[31mroot",
     "c.conf:2: assign-users = ?sa|    does not name ??[31mroot|"
     "[scep p] does not apply to ??[31mroot: c.conf:2: assign-users does not name ??[31mroot|"},
};

static void read_lines(const char *lines, struct profile *profile)
{
    CLEANUP(conf_free) struct conf conf = {0};
    CLEANUP(problems_free) struct problems said = {0};
    autofree char *text = text_format("[scep p]\n%s", lines);
    ck_assert_int_eq(conf_parse("c.conf", text, strlen(text), &conf, NULL), 0);
    struct keys_reading reading = {
        .section = conf.sections, .folder = "/", .problems = &said, .warnings = &said};
    ck_assert_int_eq(keys_read(&reading, SECTION_SCEP, profile, NULL), 0);
    ck_assert_msg(said.n == 3, "%s", said.v[0].text); /* no subject, root and URL */
    strcpy(profile->name, "p");
    profile->file = strdup("c.conf");
}

START_TEST(explains)
{
    CLEANUP(profile_free) struct profile profile = {.kind = PROFILE_SCEP};
    struct candidate candidate = {
        .host = "lab-1", .user = rows[_i].user, .uid_min = 1000, .platform = &platform};
    const struct screen screen = {.width = 20};
    autojson *answer = NULL;
    autobuf text = {0};
    struct err err = {0};
    if (rows[_i].user) {
        candidate.groups = (struct strings){group_v, LENGTH(group_v)};
        candidate.uid = strcmp(rows[_i].user, "root") == 0 ? 0 : 1000;
    }
    read_lines(rows[_i].lines, &profile);
    ck_assert_msg(why_explain(&profile, &candidate, &answer, &err) == 0, "%s", err.text);
    ck_assert_int_eq(why_render(answer, &screen, &text, &err), 0);
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] == '\n')
            text.data[i] = '|';
    ck_assert_str_eq(buf_text(&text), rows[_i].text);
}
END_TEST

/* Of the root there is talk when it is what is missing. */
START_TEST(tells_of_a_root_that_does_not_apply)
{
    CLEANUP(profile_free) struct profile profile = {.kind = PROFILE_SCEP};
    CLEANUP(profile_free) struct profile root = {.kind = PROFILE_SCEP};
    struct candidate candidate = {.host = "lab-1", .user = "alice", .uid = 1000, .uid_min = 1000};
    const struct screen screen = {.utf8 = true};
    autojson *answer = NULL, *about_root = NULL;
    autobuf text = {0}, without = {0};
    read_lines("", &profile);
    read_lines(_i ? "assign-hosts = pc-*\n" : "assign-hosts = lab-*\n", &root);
    root.kind = PROFILE_TRUSTED_ROOT;
    ck_assert_int_eq(why_explain(&profile, &candidate, &answer, NULL), 0);
    ck_assert_int_eq(why_explain(&root, &candidate, &about_root, NULL), 0);
    ck_assert_int_eq(why_render(answer, &screen, &without, NULL), 0);
    json_object_set(answer, "root", about_root);
    ck_assert_int_eq(why_render(answer, &screen, &text, NULL), 0);
    root.kind = PROFILE_SCEP; /* what it was made as */
    ck_assert_int_eq(strncmp(buf_text(&text), buf_text(&without), without.len), 0);
    ck_assert_str_eq(buf_text(&text) + without.len,
                     _i ? "c.conf:2: assign-hosts = pc-*\n"
                          "    does not name this host, lab-1\n"
                          "[trusted-root p] does not apply to alice: c.conf:2: assign-hosts does "
                          "not name this host, lab-1\n"
                          "[scep p] waits for its root\n"
                        : "");
}
END_TEST

Suite *why_suite(void)
{
    Suite *suite = suite_create("cli/why");
    TCase *tc = tcase_create("why");
    tcase_add_loop_test(tc, explains, 0, LENGTH(rows));
    tcase_add_loop_test(tc, tells_of_a_root_that_does_not_apply, 0, 2);
    suite_add_tcase(suite, tc);
    return suite;
}
