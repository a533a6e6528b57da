#include "cli/table.h"

#include "cli/plain.h"
#include "tests/suite.h"

#include <locale.h>

static const struct {
    unsigned used, width;
    const char *utf8, *ascii;
} bars[] = {
    {0, 10, "░░░░░░░░░░", ".........."},
    {50, 10, "█████░░░░░", "#####....."},
    {100, 10, "██████████", "##########"},
    {1000, 10, "██████████", "##########"},
    {99, 10, "█████████▉", "#########."},
    {1, 10, "░░░░░░░░░░", ".........."},
    {2, 10, "▏░░░░░░░░░", ".........."},
    {60, 2, "█▏", "#."},
    {33, 3, "▉░░", "..."},
    {50, 0, "", ""},
};

START_TEST(draws_bars)
{
    autobuf utf8 = {0}, ascii = {0};
    ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C.UTF-8"));
    ck_assert_int_eq(table_draw_bar(bars[_i].used, bars[_i].width, true, &utf8, NULL), 0);
    ck_assert_int_eq(table_draw_bar(bars[_i].used, bars[_i].width, false, &ascii, NULL), 0);
    ck_assert_str_eq(buf_text(&utf8), bars[_i].utf8);
    ck_assert_str_eq(buf_text(&ascii), bars[_i].ascii);
    ck_assert_uint_eq(plain_width(buf_text(&utf8)), bars[_i].width);
}
END_TEST

/* One row: two texts, a bar, and a note. */
static const struct {
    const char *first, *second, *note;
    struct screen screen;
    const char *expected;
} tables[] = {
    {"wifi", "alice", "", {.utf8 = true}, "A     B      BAR\nwifi  alice  █████░░░░░  50%\n"},
    {"wifi", "alice", "", {0}, "A     B      BAR\nwifi  alice  #####.....  50%\n"},
    {"wifi", "", "why", {0}, "A     B  BAR\nwifi     #####.....  50%\n  why\n"},
    {"日本", "x", "", {.utf8 = true}, "A     B  BAR\n日本  x  █████░░░░░  50%\n"},
    {"wifi",
     "a",
     "",
     {.colour = true},
     "\033[2mA\033[0m     \033[2mB\033[0m  \033[2mBAR\033[0m\n"
     "wifi  a  \033[31m#####.....  50%\033[0m\n"},

    /* narrow: the bar first, then names; what may not be cut stays */
    {"wifi",
     "alice",
     "",
     {.width = 24, .utf8 = true},
     "A     B      BAR\nwifi  alice  ███░░░  50%\n"},
    {"a-long-profile-name",
     "alice",
     "",
     {.width = 30, .utf8 = true},
     "A                  B      BAR\na-long-profile-n…  alice  ██░░\n"},
    {"a-long-profile-name",
     "alice",
     "",
     {.width = 20, .utf8 = true},
     "A        B      BAR\na-long…  alice  ██░░\n"},
    {"a-long-profile-name", "alice", "", {.width = 1}, "A     B      BAR\na-l~  alice  ##..\n"},
    {"日本日本日本",
     "alice",
     "",
     {.width = 18, .utf8 = true},
     "A      B      BAR\n日本…  alice  ██░░\n"},

    /* notes are wrapped, at blanks where there are any */
    {"x", "y", "one two three", {.width = 14}, "A  B  BAR\nx  y  ####....\n  one two\n  three\n"},
    {"x",
     "y",
     "onetwothreefourfive",
     {.width = 12},
     "A  B  BAR\nx  y  ###...\n  onetwothre\n  efourfive\n"},

    /* hostile */
    {"\033[2J",
     "\xff",
     "\033]0;x\007\n\n",
     {0},
     "A     B  BAR\n?[2J  ?  #####.....  50%\n  ?]0;x???\n"},
    {"a\tb\n", "\u202e", " ", {.utf8 = true}, "A     B  BAR\na?b?  ?  █████░░░░░  50%\n"},
};

START_TEST(lays_out)
{
    static const struct column columns[] = {
        {.heading = "A", .min = 4}, {.heading = "B"}, {.heading = "BAR", .min = 4, .first = true}};
    CLEANUP(table_free)
    struct table table = {.columns = columns, .n_columns = LENGTH(columns), .headings = true};
    autobuf text = {0};
    ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C.UTF-8"));

    struct row *row = table_row(&table, NULL);
    ck_assert_ptr_nonnull(row);
    ck_assert_int_eq(table_cell(row, 0, COLOUR_NONE, NULL, "%s", tables[_i].first), 0);
    ck_assert_int_eq(table_cell(row, 1, COLOUR_NONE, NULL, "%s", tables[_i].second), 0);
    table_bar(row, 2, COLOUR_BAD, 50);
    if (*tables[_i].note)
        ck_assert_int_eq(strings_add(&row->notes, tables[_i].note, NULL), 0);
    ck_assert_int_eq(table_print(&table, &tables[_i].screen, &text, NULL), 0);
    ck_assert_str_eq(buf_text(&text), tables[_i].expected);
}
END_TEST

Suite *table_suite(void)
{
    Suite *suite = suite_create("cli/table");
    TCase *tc = tcase_create("table");
    tcase_add_loop_test(tc, draws_bars, 0, LENGTH(bars));
    tcase_add_loop_test(tc, lays_out, 0, LENGTH(tables));
    suite_add_tcase(suite, tc);
    return suite;
}
