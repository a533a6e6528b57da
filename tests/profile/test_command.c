#include "profile/command.h"

#include "tests/temp.h"

#include <sys/stat.h>
#include <sys/wait.h>

/* "PROGRAM" in a line is a script in a folder of the test's own that says what its arguments are.
 */
static void put_program(struct temp *temp, mode_t mode, const char *script)
{
    autofree char *text = text_format("#!/bin/sh\n%s\n", script);
    temp_open(temp);
    temp_file(temp, "program", mode, text);
}

static char *place(const struct temp *temp, const char *line)
{
    const char *at = strstr(line, "PROGRAM");
    if (!at)
        return strdup(line);
    return text_format("%.*s%s/program%s", (int)(at - line), line, temp->path, at + 7);
}

static const struct {
    const char *line, *expected; /* '!' and a part of the error */
} lines[] = {
    {"PROGRAM", "0"},
    {"  PROGRAM\t a  b ", "2 <a> <b>"},
    {"PROGRAM \"a b\" c", "2 <a b> <c>"},
    {"PROGRAM a\"b c\"d", "1 <ab cd>"},
    {"PROGRAM \"\" x", "2 <> <x>"},
    {"PROGRAM \"say \"\"hi\"\"\"", "1 <say \"hi\">"},
    {"PROGRAM $HOME `id` ; | & > * \\ 'a b'",
     "10 <$HOME> <`id`> <;> <|> <&> <>> <*> <\\> <'a> <b'>"},
    {"\"PROGRAM\" x", "1 <x>"},
    {"", "!whole path"},
    {"   ", "!whole path"},
    {"\"\" a", "!whole path"},
    {"program", "!/usr/local/libexec/program"},
    {"./program", "!whole path"},
    {"~/program", "!whole path"},
    {"PROGRAM \"a", "!a quote is not closed"},
    {"PROGRAM a\"", "!a quote is not closed"},
    {"/nonexistent/program", "!/nonexistent/program: no such program"},
    {"/tmp", "!/tmp: is no program"},
    {"/dev/null", "!others write it"},
    {"/etc/hostname/x", "!Not a directory"},
    {"PROGRAM 1 2 3 4 5 6 7 8 9 10 1 2 3 4 5 6 7 8 9 20 1 2 3 4 5 6 7 8 9 30 1 2 3 4 5 6 7 8 9 40 "
     "1 2 3 4 5 6 7 8 9 50 1 2 3 4 5 6 7 8 9 60 1 2 3 4",
     "!more than 64 words"},
};

START_TEST(splits_its_line)
{
    autotemp t;
    autobuf input = {0}, out = {0};
    struct err err = {0};
    put_program(&t, 0755, "printf %s $#; for a; do printf ' <%s>' \"$a\"; done; echo");
    autofree char *line = place(&t, lines[_i].line);
    struct err why;
    int checked = command_check(line, &why);
    int rc = command_run(line, &input, 4096, PATIENCE_MS, &out, &err);
    ck_assert_int_eq(checked, rc);
    if (*lines[_i].expected == '!') {
        ck_assert_int_lt(rc, 0);
        ck_assert_msg(strstr(err.text, lines[_i].expected + 1), "%s", err.text);
        ck_assert_uint_eq(out.len, 0);
        return;
    }
    ck_assert_msg(rc == 0, "%s", err.text);
    ck_assert_str_eq(buf_text(&out), lines[_i].expected);
}
END_TEST

static const struct {
    const char *script;
    size_t max;
    int rc;
    const char *expected; /* or a part of the error */
} scripts[] = {
    {"echo value", 4096, 0, "value"},
    {"printf 'value'", 4096, 0, "value"},
    {"printf ' value \\t\\r\\nmore\\n'", 4096, 0, " value"},
    {"cat", 4096, 0, "{\"variable\":\"x\"}"},
    {"exit 0", 4096, 0, ""},
    {"echo; echo value", 4096, 0, ""},
    {"printf '   \\n'", 4096, 0, ""},
    {"env | sort | head -n 1", 4096, 0, "LC_ALL=C.UTF-8"},
    {"echo value; exit 7", 4096, -ERR_RETRY, "ended with exit status 7"},
    {"kill -9 $$", 4096, -ERR_RETRY, "killed by signal 9"},
    {"exec /nonexistent/x 2>/dev/null", 4096, -ERR_RETRY, "ended with exit status 127"},
    {"yes", 4096, -ERR_RESOURCE, "more than 4096 bytes"},
    {"echo 12345678", 8, -ERR_RESOURCE, "more than 8 bytes"},
};

START_TEST(takes_the_first_line)
{
    autotemp t;
    autobuf input = {0}, out = {0};
    struct err err = {0};
    put_program(&t, 0755, scripts[_i].script);
    autofree char *line = place(&t, "PROGRAM");
    ck_assert_int_eq(buf_add_text(&input, "{\"variable\":\"x\"}\n", NULL), 0);
    int rc = command_run(line, &input, scripts[_i].max, PATIENCE_MS, &out, &err);
    ck_assert_msg(rc == scripts[_i].rc, "%d %s", rc, err.text);
    ck_assert_str_eq(buf_text(&out), rc == 0 ? scripts[_i].expected : "");
    if (rc < 0) {
        ck_assert_msg(strstr(err.text, scripts[_i].expected), "%s", err.text);
        ck_assert_msg(strncmp(err.text, line, strlen(line)) == 0, "%s", err.text);
    }
}
END_TEST

/* What it says before it falls silent is worth nothing. */
START_TEST(one_that_hangs_costs_its_deadline)
{
    autotemp t;
    autobuf input = {0}, out = {0};
    struct err err = {0};
    put_program(&t, 0755, "echo value; sleep 1000 & sleep 1000");
    autofree char *line = place(&t, "PROGRAM");
    ck_assert_int_eq(command_run(line, &input, 4096, 50, &out, &err), -ERR_RETRY);
    ck_assert_msg(strstr(err.text, "/program: timed out"), "%s", err.text);
    ck_assert_uint_eq(out.len, 0);
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1); /* nobody is left */
}
END_TEST

/* Modes of the program and of the folder around it. */
static const struct {
    mode_t program, folder;
    const char *error; /* NULL: it is believed */
} modes[] = {
    {0755, 0755, NULL},
    {0555, 0755, NULL},
    {0755, 01777, NULL}, /* nobody may remove there what is not his */
    {0775, 0755, "mode 0775 lets others write it"},
    {0757, 0755, "mode 0757 lets others write it"},
    {0755, 0775, "mode 0775 lets others write it"},
    {0755, 0757, "mode 0757 lets others write it"},
    {0644, 0755, "Permission denied"},
};

START_TEST(believes_what_others_cannot_change)
{
    autotemp t;
    autobuf input = {0}, out = {0};
    struct err err = {0};
    put_program(&t, 0600, "echo value");
    autofree char *line = place(&t, "PROGRAM");
    ck_assert_int_eq(chmod(line, modes[_i].program), 0);
    ck_assert_int_eq(chmod(t.path, modes[_i].folder), 0);
    int rc = command_run(line, &input, 4096, PATIENCE_MS, &out, &err);
    ck_assert_msg(rc == (modes[_i].error ? -ERR_DENIED : 0), "%s", err.text);
    if (modes[_i].error)
        ck_assert_msg(strstr(err.text, modes[_i].error), "%s", err.text);
    ck_assert_int_eq(chmod(t.path, 0700), 0);
}
END_TEST

START_TEST(believes_no_program_of_somebody_else)
{
    autotemp t;
    struct err err = {0};
    if (geteuid() != 0)
        return;
    put_program(&t, 0755, "echo value");
    autofree char *line = place(&t, "PROGRAM x");
    ck_assert_int_eq(fchownat(t.fd, "program", 4711, 4711, 0), 0);
    ck_assert_int_eq(command_check(line, &err), -ERR_DENIED);
    ck_assert_msg(strstr(err.text, "owned by uid 4711"), "%s", err.text);
    ck_assert_int_eq(fchownat(t.fd, "program", 0, 0, 0), 0);
    ck_assert_int_eq(command_check(line, &err), 0);
    ck_assert_int_eq(fchown(t.fd, 4711, 0), 0);
    ck_assert_int_eq(command_check(line, &err), -ERR_DENIED);
}
END_TEST

/* "link" stands beside the program, and leads to TARGET, from a folder of mode ELSEWHERE back to
 * the program. */
static const struct {
    const char *target; /* "FOLDER": elsewhere */
    mode_t elsewhere;
    uid_t owner; /* of "link" */
    const char *error;
} links[] = {
    {"program", 0755, 0, NULL},
    {"./program", 0755, 0, NULL},
    {"FOLDER/back", 0755, 0, NULL},
    {"FOLDER/program", 0755, 0, NULL},
    {"FOLDER/back", 01777, 0, NULL},
    {"FOLDER/back", 0777, 0, "mode 0777 lets others write it"},
    {"FOLDER/program", 0777, 0, "mode 0777 lets others write it"},
    {"program", 0755, 4711, "/link: owned by uid 4711"},
    {"link", 0755, 0, "too many symbolic links"},
    {"nowhere", 0755, 0, "no such program"},
    {"FOLDER", 0755, 0, "is no program"},
};

START_TEST(believes_what_a_link_leads_to)
{
    autotemp t, elsewhere;
    struct err err = {0};
    if (geteuid() != 0)
        return;
    put_program(&t, 0755, "echo value");
    put_program(&elsewhere, 0755, "echo value");
    ck_assert_int_eq(chmod(elsewhere.path, links[_i].elsewhere), 0);
    autofree char *program = place(&t, "PROGRAM");
    autofree char *line = text_format("%s/link", t.path);
    bool away = strncmp(links[_i].target, "FOLDER", 6) == 0;
    autofree char *target =
        text_format("%s%s", away ? elsewhere.path : "", links[_i].target + 6 * away);
    ck_assert_int_eq(symlink(target, line), 0);
    ck_assert_int_eq(lchown(line, links[_i].owner, 0), 0);
    ck_assert_int_eq(symlinkat(program, elsewhere.fd, "back"), 0);
    int rc = command_check(line, &err);
    ck_assert_msg(rc == (links[_i].error ? -ERR_DENIED : 0), "%s", err.text);
    if (links[_i].error)
        ck_assert_msg(strstr(err.text, links[_i].error), "%s", err.text);
}
END_TEST

Suite *command_suite(void)
{
    Suite *suite = suite_create("profile/command");
    TCase *tc = tcase_create("command");
    tcase_add_loop_test(tc, splits_its_line, 0, LENGTH(lines));
    tcase_add_loop_test(tc, takes_the_first_line, 0, LENGTH(scripts));
    tcase_add_test(tc, one_that_hangs_costs_its_deadline);
    tcase_add_loop_test(tc, believes_what_others_cannot_change, 0, LENGTH(modes));
    tcase_add_test(tc, believes_no_program_of_somebody_else);
    tcase_add_loop_test(tc, believes_what_a_link_leads_to, 0, LENGTH(links));
    suite_add_tcase(suite, tc);
    return suite;
}
