#include "cli/excerpt.h"

#include "base/text.h"
#include "cli/plain.h"
#include "tests/suite.h"

#include <locale.h>
#include <string.h>

#define ALL SIZE_MAX

static const struct {
    const char *text;
    struct span at;
    size_t secret;
    unsigned width;
    const char *expected;
} rows[] = {
    {"key-size = 1000", {7, 12, 4}, ALL, 0, "    7 | key-size = 1000\n      |            ^~~~\n"},
    {"x", {7, 1, 1}, ALL, 0, "    7 | x\n      | ^\n"},
    {"whole line", {12345, 0, 0}, ALL, 0, "12345 | whole line\n"},
    {"", {1, 1, 0}, ALL, 0, "    1 | \n      | ^\n"},
    /* something is missing: in the middle, at the end */
    {"a,,b", {1, 3, 0}, ALL, 0, "    1 | a,,b\n      |   ^\n"},
    {"CN=a,", {1, 6, 0}, ALL, 0, "    1 | CN=a,\n      |      ^\n"},
    {"ab", {1, 99, 7}, ALL, 0, "    1 | ab\n      |   ^\n"},
    {"ab", {1, 2, 4000000000}, ALL, 0, "    1 | ab\n      |  ^\n"},
    /* what is not one column wide */
    {"\tk =\tv", {1, 6, 1}, ALL, 0, "    1 |         k =     v\n      |                 ^\n"},
    {"a\tb", {1, 2, 1}, ALL, 0, "    1 | a       b\n      |  ^~~~~~~\n"},
    {"日本 x", {1, 8, 1}, ALL, 0, "    1 | 日本 x\n      |      ^\n"},
    {"日本 x", {1, 4, 3}, ALL, 0, "    1 | 日本 x\n      |   ^~\n"},
    {"e\u0301 x", {1, 5, 1}, ALL, 0, "    1 | e\u0301 x\n      |   ^\n"},
    {"å x", {1, 2, 1}, ALL, 0, "    1 | å x\n      | ^\n"}, /* inside a character */
    {"a\033[31mb\x7f\u202e c", {1, 12, 1}, ALL, 0, "    1 | a?[31mb?? c\n      |          ^\n"},
    {"a\xff\xc3 b", {1, 5, 1}, ALL, 0, "    1 | a?? b\n      |     ^\n"},
    /* secrets */
    {"challenge = static:geheim",
     {1, 13, 13},
     19,
     0,
     "    1 | challenge = static:...\n      |             ^~~~~~~~~~\n"},
    {"challenge = geheim", {1, 13, 6}, 12, 0, "    1 | challenge = ...\n      |             ^~~\n"},
    {"chalenge = geheim", {1, 1, 8}, 11, 0, "    1 | chalenge = ...\n      | ^~~~~~~~\n"},
    {"static:a", {1, 9, 0}, 7, 0, "    1 | static:...\n      |           ^\n"},
    {"  geheim", {1, 3, 6}, 0, 0, "    1 | ...\n      | ^~~\n"},
    /* long lines: 28 columns have room for 20 */
    {"0123456789abcdefghijklmnopqrstuvwxyz",
     {1, 3, 2},
     ALL,
     28,
     "    1 | 0123456789abcdefg...\n      |   ^~\n"},
    {"0123456789abcdefghijklmnopqrstuvwxyz",
     {1, 20, 2},
     ALL,
     28,
     "    1 | ...ghijklmnopqrst...\n      |       ^~\n"},
    {"0123456789abcdefghijklmnopqrstuvwxyz",
     {1, 35, 2},
     ALL,
     28,
     "    1 | ...jklmnopqrstuvwxyz\n      |                   ^~\n"},
    {"0123456789abcdefghijklmnopqrstuvwxyz",
     {1, 37, 0},
     ALL,
     28,
     "    1 | ...klmnopqrstuvwxyz\n      |                    ^\n"},
    {"0123456789abcdefghijklmnopqrstuvwxyz",
     {1, 3, 34},
     ALL,
     28,
     "    1 | 0123456789abcdefg...\n      |   ^~~~~~~~~~~~~~~~~~\n"},
    {"0123456789abcdefghij",
     {1, 20, 1},
     ALL,
     28,
     "    1 | 0123456789abcdefghij\n      |                    ^\n"},
    {"日本日本日本日本日本日本日本日本",
     {1, 31, 3},
     ALL,
     28,
     "    1 | ... 日本日本日本日本\n      |         ^~\n"},
};

static struct line line_of(const char *text, size_t secret)
{
    size_t len = strlen(text);
    return (struct line){.text = text, .len = len, .secret = secret < len ? secret : len};
}

START_TEST(underlines)
{
    autobuf got = {0};
    struct screen screen = {.utf8 = true, .width = rows[_i].width};
    const struct line line = line_of(rows[_i].text, rows[_i].secret);
    ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C.UTF-8"));
    ck_assert_int_eq(excerpt_add(&line, rows[_i].at, false, &screen, &got, NULL), 0);
    ck_assert_str_eq(buf_text(&got), rows[_i].expected);
}
END_TEST

START_TEST(knows_its_screen)
{
    autobuf got = {0};
    struct screen screen = {.colour = true};
    const struct line line = line_of("å b", ALL);
    excerpt_add(&line, (struct span){1, 4, 1}, false, &screen, &got, NULL);
    ck_assert_str_eq(buf_text(&got), "    1 | ? b\n      |   \033[31m^\033[0m\n");
    buf_clear(&got);
    excerpt_add(&line, (struct span){1, 4, 1}, true, &screen, &got, NULL);
    ck_assert_str_eq(buf_text(&got), "    1 | ? b\n      |   \033[33m^\033[0m\n");
}
END_TEST

/* Zero bytes are shown as what they are not. */
START_TEST(takes_any_bytes)
{
    autobuf got = {0};
    struct screen screen = {.utf8 = true};
    const struct line line = {.text = "k\0=\xc3", .len = 4, .secret = 4};
    ck_assert_int_eq(excerpt_add(&line, (struct span){1, 2, 1}, false, &screen, &got, NULL), 0);
    ck_assert_str_eq(buf_text(&got), "    1 | k?=?\n      |  ^\n");
}
END_TEST

/* Whatever is wrong, and however narrow it is: the underline begins below what is wrong, and no
 * line is longer than the screen. A line of a megabyte costs no more than a short one. */
START_TEST(fits_the_screen)
{
    autobuf text = {0};
    while (text.len < 5000)
        buf_printf(&text, NULL, "%zu ", text.len);
    const struct line line = line_of(buf_text(&text), ALL);
    for (unsigned width = 20; width < 200; width += 13)
        for (unsigned column = 1; column < 5000; column += 97) {
            autobuf got = {0};
            struct screen screen = {.width = width};
            struct span at = {1, column, column % 300};
            ck_assert_int_eq(excerpt_add(&line, at, false, &screen, &got, NULL), 0);
            const char *first = buf_text(&got), *second = strchr(first, '\n') + 1;
            unsigned room = width < 28 ? 28 : width;
            ck_assert_uint_le((size_t)(second - first) - 1, room);
            ck_assert_uint_le(strlen(second) - 1, room);
            ck_assert_int_eq(first[strcspn(second, "^")], line.text[column - 1]);
        }
}
END_TEST

static unsigned chance(unsigned *state, unsigned limit)
{
    *state = *state * 1664525 + 1013904223;
    return (*state >> 8) % limit;
}

/* Bytes and places by chance, the same ones each time: two lines of text that a terminal can be
 * given come of them, and nothing of what is secret. */
START_TEST(takes_anything)
{
    static const char pool[] = "aZ= \t\0\033\x7f\xc3\xa5\xe6\x97\xa5\xcc\x81\xe2\x80\xae\xff";
    unsigned state = (unsigned)_i + 1;
    ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C.UTF-8"));
    for (int round = 0; round < 500; round++) {
        size_t len = chance(&state, round % 10 ? 40 : 5000);
        autofree char *exact = malloc(len ? len : 1); /* not a byte more than are looked at */
        for (size_t i = 0; i < len; i++)
            exact[i] = pool[chance(&state, sizeof pool - 1)];
        size_t secret = chance(&state, 3) ? len : chance(&state, (unsigned)len + 1);
        memset(exact + secret, 'S', len - secret);
        const struct line line = {.text = exact, .len = len, .secret = secret};
        const struct span at = {1 + chance(&state, 99999), chance(&state, (unsigned)len + 9),
                                chance(&state, 60)};
        struct screen screen = {.width = chance(&state, 150), .utf8 = chance(&state, 2)};
        autobuf got = {0}, plain = {0};
        ck_assert_int_eq(excerpt_add(&line, at, false, &screen, &got, NULL), 0);

        autofree char *text = strdup(buf_text(&got));
        ck_assert(!strchr(text, 'S'));
        unsigned lines = 0;
        for (char *p = text, *eol; (eol = strchr(p, '\n')); p = eol + 1, lines++) {
            *eol = 0;
            unsigned room = screen.width ? screen.width : 128;
            ck_assert_uint_le(plain_width(p), room < 28 ? 28 : room);
            buf_clear(&plain);
            ck_assert_int_eq(plain_add(p, screen.utf8, &plain, NULL), 0);
            ck_assert_str_eq(buf_text(&plain), p);
        }
        ck_assert_uint_eq(lines, at.column ? 2 : 1);
    }
}
END_TEST

Suite *excerpt_suite(void)
{
    Suite *suite = suite_create("cli/excerpt");
    TCase *tc = tcase_create("excerpt");
    tcase_add_loop_test(tc, underlines, 0, LENGTH(rows));
    tcase_add_test(tc, knows_its_screen);
    tcase_add_test(tc, takes_any_bytes);
    tcase_add_test(tc, fits_the_screen);
    tcase_add_loop_test(tc, takes_anything, 0, 8);
    suite_add_tcase(suite, tc);
    return suite;
}
