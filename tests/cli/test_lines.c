#include "cli/lines.h"

#include "base/text.h"
#include "tests/temp.h"

#include <limits.h>
#include <sys/stat.h>

static const char text[] = "\xef\xbb\xbf[scep x]\r\n"
                           "challenge = static:geheim\n"
                           "\twith more of it\n"
                           "\n"
                           "  indented\n"
                           "hash = sha1\n"
                           "  plain\n"
                           "challenge =\n"
                           "  geheim\n"
                           "# a note\n"
                           "  ; another\n"
                           "  more\n"
                           "challenge\n"
                           "\tgeheim\n"
                           "\n"
                           "  geheim\n"
                           "type = user\n"
                           "  plain\n"
                           "last";

static const struct {
    unsigned number;
    const char *expected; /* '|' stands where a secret may begin; NULL: no such line */
} rows[] = {
    {1, "[scep x]|"},
    {2, "challenge = static:|geheim"},
    {3, "|\twith more of it"},
    {4, "|"},
    {5, "|  indented"},
    {6, "hash = sha1|"},
    {7, "  plain|"},
    {8, "challenge =|"},
    {9, "|  geheim"},
    {10, "# a note|"},
    {11, "|  ; another"},
    {12, "|  more"},
    {13, "challenge|"},
    {14, "|\tgeheim"},
    {15, "|"},
    {16, "|  geheim"},
    {17, "type = user|"},
    {18, "  plain|"},
    {19, "last|"},
    {20, NULL},
    {UINT_MAX, NULL},
};

static void check(struct lines *lines, size_t row)
{
    struct line line;
    if (!rows[row].expected) {
        ck_assert(!lines_seek(lines, rows[row].number, &line));
        return;
    }
    ck_assert(lines_seek(lines, rows[row].number, &line));
    autofree char *got = text_format("%.*s|%.*s", (int)line.secret, line.text,
                                     (int)(line.len - line.secret), line.text + line.secret);
    ck_assert_str_eq(got, rows[row].expected);
}

/* In their order, twice each, then backwards. */
START_TEST(finds_lines)
{
    CLEANUP(lines_free) struct lines lines = {0};
    buf_add(&lines.text, text, sizeof text - 1, NULL);
    for (size_t i = 0; i < LENGTH(rows); i++) {
        check(&lines, i);
        check(&lines, i);
    }
    for (size_t i = LENGTH(rows); i-- > 0;)
        check(&lines, i);
}
END_TEST

START_TEST(has_no_lines_without_text)
{
    CLEANUP(lines_free) struct lines lines = {0};
    struct line line;
    ck_assert(!lines_seek(&lines, 1, &line));
    lines_free(&lines);
    buf_add_text(&lines.text, "\xef\xbb\xbf", NULL);
    ck_assert(!lines_seek(&lines, 1, &line));
}
END_TEST

START_TEST(shows_only_what_was_judged)
{
    CLEANUP(lines_free) struct lines lines = {.since = {.tv_sec = LONG_MAX}};
    autotemp temp;
    struct line line;
    temp_open(&temp);
    temp_file(&temp, "good", 0644, "one\ntwo\n");
    temp_file(&temp, "bad", 0666, "one\ntwo\n");
    autofree char *good = text_format("%s/good", temp.path),
                  *bad = text_format("%s/bad", temp.path),
                  *none = text_format("%s/none", temp.path);
    ck_assert(lines_find(&lines, good, 2, &line));
    ck_assert(line.len == 3 && memcmp(line.text, "two", 3) == 0);
    ck_assert(!lines_find(&lines, bad, 1, &line)); /* everyone may write it: the rules of conf.d */
    ck_assert(!lines_find(&lines, none, 1, &line));
    ck_assert(!lines_find(&lines, temp.path, 1, &line));
    ck_assert(lines_find(&lines, good, 1, &line));

    lines_free(&lines);
    struct stat st;
    ck_assert_int_eq(stat(good, &st), 0);
    lines.since = st.st_ctim;
    ck_assert(lines_find(&lines, good, 1, &line));
    lines_free(&lines);
    lines.since = st.st_ctim;
    lines.since.tv_sec--; /* it changed after it was judged */
    ck_assert(!lines_find(&lines, good, 1, &line));
}
END_TEST

Suite *lines_suite(void)
{
    Suite *suite = suite_create("cli/lines");
    TCase *tc = tcase_create("lines");
    tcase_add_test(tc, finds_lines);
    tcase_add_test(tc, has_no_lines_without_text);
    tcase_add_test(tc, shows_only_what_was_judged);
    suite_add_tcase(suite, tc);
    return suite;
}
