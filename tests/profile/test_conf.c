#include "profile/conf.h"

#include "tests/profile/place.h"
#include "tests/suite.h"
#include <string.h>
#include <sys/stat.h>

/* What was read, as one text: "[kind name]N key@N=value ..." with '|' for joined lines, '~' before
 * a comment. */
static char *show(const struct conf *conf)
{
    autobuf out = {0};
    for (size_t i = 0; i < conf->n; i++) {
        const struct conf_section *s = &conf->sections[i];
        buf_printf(&out, NULL, "%s%s[%s %s]", i ? " " : "", s->damaged ? "damaged " : "", s->kind,
                   s->name);
        for (size_t j = 0; j < s->n; j++)
            buf_printf(&out, NULL, " %s@%u=%s%s%s", s->lines[j].key, s->lines[j].number,
                       s->lines[j].value, s->lines[j].comment ? "~" : "",
                       s->lines[j].comment ? s->lines[j].comment : "");
    }
    for (size_t i = 0; i < conf->problems.n; i++)
        buf_printf(&out, NULL, "%s!%s", out.len ? " " : "", conf->problems.v[i].text);
    char *text = strdup(buf_text(&out));
    for (char *p = text; *p; p++)
        if (*p == '\n')
            *p = '|';
    return text;
}

#define TEXT(s) s, sizeof s - 1
#define HEAD    "[scep a]\n"

static const struct {
    const char *text;
    size_t len;
    const char *expected; /* begins with '!' : the beginning of the first problem, and no more */
} rows[] = {
    {TEXT(""), ""},
    {TEXT("\n\n# x\n; y\n"), ""},
    {TEXT(HEAD "k = v\n"), "[scep a] k@2=v"},
    {TEXT("[agent]\nk=v"), "[agent ] k@2=v"},
    {TEXT("[ scep  a ] # why\nk=v"), "[scep a] k@2=v"},
    {TEXT("[scep a  b]\nk=v"), "[scep a  b] k@2=v"}, /* no name, but its lines are to be judged */
    {TEXT("\xef\xbb\xbf[scep a]\r\nk\t=\tv\r\n"), "[scep a] k@2=v"},
    {TEXT(HEAD "k=\n"), "[scep a] k@2="},
    {TEXT(HEAD "k=a=b=c\n"), "[scep a] k@2=a=b=c"},
    {TEXT(HEAD "k=v ; c\n"), "[scep a] k@2=v~c"},
    {TEXT(HEAD "k=v ;\n"), "[scep a] k@2=v"},
    {TEXT(HEAD "k=v ;c\n"), "[scep a] k@2=v ;c"},
    {TEXT(HEAD "k=v; c\n"), "[scep a] k@2=v; c"},
    {TEXT(HEAD "k=v;c ; d ; e\n"), "[scep a] k@2=v;c~d ; e"},
    {TEXT(HEAD "k= ; c\n"), "[scep a] k@2=~c"},
    {TEXT(HEAD "k=v # c\n"), "[scep a] k@2=v # c"},
    {TEXT(HEAD "k=\"a ; b\" ; c\n"), "[scep a] k@2=\"a ; b\"~c"},
    {TEXT(HEAD "k=\"a\"\" ; b\" ; c\n"), "[scep a] k@2=\"a\"\" ; b\"~c"},
    {TEXT(HEAD "k=5\" disk ; c\n"), "[scep a] k@2=5\" disk~c"},
    {TEXT(HEAD "k = a\n  b\n\tc\nl = d\n"), "[scep a] k@2=a|b|c l@5=d"},
    {TEXT(HEAD "k = a ; x\n  b ; y\n"), "[scep a] k@2=a|b~x|y"},
    {TEXT(HEAD "k = a\n# x\n  b\n"), "[scep a] k@2=a|b"},
    {TEXT(HEAD "k = a\n  ; OU=x\n  # OU=y\n  b\n"), "[scep a] k@2=a|b~OU=x"},
    {TEXT(HEAD "k =\n  a\n"), "[scep a] k@2=|a"},
    {TEXT(HEAD "k = a\n  [scep b]\n"), "[scep a] k@2=a|[scep b]"},
    {TEXT(HEAD "k=1\n[scep b]\n[scep c]\nk=2\nk=3\n"),
     "[scep a] k@2=1 [scep b] [scep c] k@5=2 k@6=3"},
    {TEXT(HEAD "k=\xc3\xa5\n"), "[scep a] k@2=\xc3\xa5"},

    {TEXT("k = v\n"), "!f:1: stands before the first [section]"},
    {TEXT(HEAD "\n  v\n"), "!f:3: begins with a blank"},
    {TEXT(HEAD "k=a\n\n  b\n"), "!f:4: begins with a blank"},
    {TEXT("  [scep a]\n"), "!f:1: begins with a blank"},
    {TEXT(HEAD "nonsense\n"), "!f:2: neither a [section], nor KEY = VALUE"},
    {TEXT(HEAD "= v\n"), "!f:2: a key is one word"},
    {TEXT(HEAD "a b = v\n"), "!f:2: a key is one word"},
    {TEXT("[scep a\n"), "!f:1: a section begins"},
    {TEXT("[scep a] b\n"), "!f:1: a section begins"},
    {TEXT("[]\n"), "!f:1: a section's brackets"},
    {TEXT("["), "!f:1: a section begins"},
    {TEXT(HEAD "k=a\0b\n"), "!f:2: the line holds a zero byte"},
    {TEXT(HEAD "\0\n"), "!f:2: the line holds a zero byte"},
    {TEXT(HEAD "k=a\x1b[31m\n"), "!f:2: the line holds a control character"},
    {TEXT(HEAD "k=a\rb\n"), "!f:2: the line holds a control character"},
    {TEXT(HEAD "k=\xc2\x85\n"), "!f:2: the line holds a control character"},
    {TEXT(HEAD "k=\xff\n"), "!f:2: the line is not UTF-8 text"},
    {TEXT(HEAD "k=\xc3"), "!f:2: the line is not UTF-8 text"},
    {TEXT(HEAD "k=\xed\xa0\x80\n"), "!f:2: the line is not UTF-8 text"},
    {TEXT(HEAD "k=\xe2\x80\xae"
               "cexe\n"),
     "!f:2: the line holds an invisible character"},
    {TEXT("\xff\xfe[\0s\0"), "!f:1: the line is not UTF-8 text"},

    /* Nothing of the file counts, but all of it is there to be judged. */
    {TEXT(HEAD "k=v\nbad\n[scep b]\nk=v\n"),
     "damaged [scep a] k@2=v damaged [scep b] k@5=v !f:3: neither a [section], nor KEY = VALUE, "
     "nor a comment (#)"},
    {TEXT("[scep a\nk=v\n  w\n\n[scep b]\nk=w\n"),
     "damaged [scep b] k@6=w !f:1: a section begins with a line such as [scep NAME], and nothing "
     "but a comment stands behind the bracket"},
    {TEXT(HEAD "k=v\n[]\nl=w\n"),
     "damaged [scep a] k@2=v !f:3: a section's brackets hold one word for the kind and one for the "
     "name, such as [scep NAME]"},
};

START_TEST(parses)
{
    CLEANUP(conf_free) struct conf conf = {0};
    struct err err = {0};
    ck_assert_int_eq(conf_parse("f", rows[_i].text, rows[_i].len, &conf, &err), 0);
    autofree char *shown = show(&conf);
    if (*rows[_i].expected == '!')
        ck_assert_msg(conf.problems.n > 0 && strncmp(conf.problems.v[0].text, rows[_i].expected + 1,
                                                     strlen(rows[_i].expected + 1)) == 0,
                      "%s", shown);
    else
        ck_assert_str_eq(shown, rows[_i].expected);
}
END_TEST

/* Where things stand: in LINES, the NEEDLE of the value (or of its comment, behind '~'; of the key,
 * behind '@'; "": the value as a whole) is at line, column, length. */
static const struct {
    const char *lines, *needle;
    struct span at;
} places[] = {
    {"key = value\n", "", {2, 7, 5}},
    {"key = value\n", "@", {2, 1, 3}},
    {"key = value\n", "lu", {2, 9, 2}},
    {"key\t=\t\tvalue\t\r\n", "", {2, 8, 5}},
    {"key=value ; note", "~note", {2, 13, 4}},
    {"key=\n", "", {2, 1, 3}},
    {"key = ; note\n", "", {2, 1, 3}},
    {"\n\nkey = a\n\tbc\n# not this\n    def\n", "", {4, 7, 1}},
    {"key = a\n\tbc\n# not this\n    def\n", "bc", {3, 2, 2}},
    {"key = a\n\tbc\n# not this\n    def\n", "ef", {5, 6, 2}},
    {"key = a\n\tbc\n# not this\n    def\n", "c\nd", {3, 3, 1}},
    {"key = a\n\tbc\n# not this\n    def\n", "\nd", {3, 4, 0}},
    {"key =\n  a ; x\n  b ; y\n", "", {3, 3, 1}},
    {"key =\n  a ; x\n  b ; y\n", "~y", {4, 7, 1}},
    {"key =\n  a ; x\n  ; y\n  b\n", "~y", {4, 5, 1}},
    {"key =\n  a ; x\n  ; y\n  b\n", "b", {5, 3, 1}},
    {"key = \xc3\xa5\xc3\xa4 b\n", "b", {2, 12, 1}},
};

START_TEST(knows_where_things_stand)
{
    CLEANUP(conf_free) struct conf conf = {0};
    autofree char *text = text_format("\xef\xbb\xbf%s%s", HEAD, places[_i].lines);
    ck_assert_int_eq(conf_parse("f", text, strlen(text), &conf, NULL), 0);
    const struct conf_line *line = conf.sections[0].lines;
    const char *needle = places[_i].needle;
    const char *at = *needle == '@'   ? line->key
                     : *needle == '~' ? strstr(line->comment, needle + 1)
                     : *needle        ? strstr(line->value, needle)
                                      : NULL;
    struct span got = conf_span(line, at, strlen(needle) - (*needle == '~'));
    ck_assert_uint_eq(got.line, places[_i].at.line);
    ck_assert_uint_eq(got.column, places[_i].at.column);
    ck_assert_uint_eq(got.length, places[_i].at.length);

    struct span head = conf_section_span(conf.sections);
    ck_assert(head.line == 1 && head.column == 1 && head.length == strlen(HEAD) - 1);
}
END_TEST

/* Lines that cannot be read: what of them is wrong. */
static const struct {
    const char *line;
    struct span at;
} unreadable[] = {
    {"nonsense", {2, 1, 8}},      {"  indented too far ", {2, 3, 17}}, {"[scep", {2, 1, 5}},
    {"k = a\x1b[31m", {2, 6, 1}}, {"k = \xc3\xa5\xff", {2, 7, 1}},     {"a b = c", {2, 1, 7}},
};

START_TEST(marks_what_it_cannot_read)
{
    CLEANUP(conf_free) struct conf conf = {0};
    autofree char *text = text_format("%s%s\n", HEAD, unreadable[_i].line);
    ck_assert_int_eq(conf_parse("f", text, strlen(text), &conf, NULL), 0);
    ck_assert_uint_eq(conf.problems.n, 1);
    ck_assert_str_eq(conf.problems.v[0].file, "f");
    struct span got = conf.problems.v[0].at, at = unreadable[_i].at;
    ck_assert_msg(got.line == at.line && got.column == at.column && got.length == at.length,
                  "%u:%u-%u", got.line, got.column, got.length);
}
END_TEST

START_TEST(knows_no_line_limit_but_a_file_limit)
{
    CLEANUP(conf_free) struct conf conf = {0};
    autobuf text = {0};
    buf_add_text(&text, HEAD "k = ", NULL);
    while (text.len < CONF_FILE_MAX)
        buf_add(&text, "x", 1, NULL);
    ck_assert_int_eq(conf_parse("f", buf_text(&text), text.len, &conf, NULL), 0);
    ck_assert_uint_eq(strlen(conf.sections[0].lines[0].value), CONF_FILE_MAX - sizeof HEAD + 1 - 4);
    buf_add(&text, "x", 1, NULL);
    ck_assert_int_eq(conf_parse("f", buf_text(&text), text.len, &conf, NULL), 0);
    ck_assert_uint_eq(conf.n, 1);
    ck_assert_str_eq(conf.problems.v[0].text, "f: larger than 1048576 bytes");
}
END_TEST

/* Half a million continued lines, or a million faults, must not take for ever. */
START_TEST(stays_linear)
{
    CLEANUP(conf_free) struct conf conf = {0};
    autobuf text = {0};
    buf_add_text(&text, HEAD "k = v\n", NULL);
    while (text.len + 3 < CONF_FILE_MAX)
        buf_add_text(&text, " a\n", NULL);
    ck_assert_int_eq(conf_parse("f", buf_text(&text), text.len, &conf, NULL), 0);
    ck_assert_uint_eq(conf.n, 1);
    memset(text.data, '\n', text.len);
    for (size_t i = 0; i < text.len; i += 2)
        text.data[i] = 'x';
    ck_assert_int_eq(conf_parse("g", buf_text(&text), text.len, &conf, NULL), 0);
    ck_assert_uint_eq(conf.problems.n, 21);
    ck_assert_ptr_nonnull(strstr(conf.problems.v[20].text, "too many problems"));
}
END_TEST

START_TEST(earlier_directories_hide_later_ones)
{
    CLEANUP(conf_free) struct conf conf = {0};
    CLEANUP(strings_free) struct strings dirs = {0};
    const char *place = make_place();
    autofree char *one = text_format("%s/conf.d", place), *two = text_format("%s/two", place),
                  *none = text_format("%s/none", place);
    ck_assert_int_eq(mkdir(two, 0755), 0);
    strings_add(&dirs, one, NULL);
    strings_add(&dirs, none, NULL);
    strings_add(&dirs, two, NULL);
    put("conf.d/20.conf", 0644, "[a x]\nk=first\n");
    put("two/20.conf", 0644, "[a x]\nk=hidden\n");
    put("two/10.conf", 0600, "[a y]\n");
    put("conf.d/30.conf", 0644, "");
    put("two/30.conf", 0644, "[a masked]\n");
    put("two/40.conf.bak", 0644, "[a z]\n");
    put("two/.40.conf", 0644, "[a z]\n");
    put("two/.conf", 0644, "[a z]\n");
    ck_assert_int_eq(conf_read_dirs(&dirs, &conf, NULL), 0);
    autofree char *shown = show(&conf);
    ck_assert_str_eq(shown, "[a y] [a x] k@2=first");
    ck_assert(conf.sections[0].secret && !conf.sections[1].secret);
    remove_place();
}
END_TEST

START_TEST(believes_trusted_files_only)
{
    CLEANUP(conf_free) struct conf conf = {0};
    CLEANUP(strings_free) struct strings dirs = {0};
    const char *place = make_place();
    autofree char *dir = text_format("%s/conf.d", place), *link = text_format("%s/3.conf", dir),
                  *fifo = text_format("%s/4.conf", dir), *folder = text_format("%s/5.conf", dir);
    strings_add(&dirs, dir, NULL);
    put("conf.d/1.conf", 0664, "[a x]\n");
    put("conf.d/2.conf", 0646, "[a x]\n");
    ck_assert_int_eq(symlink("/etc/passwd", link), 0);
    ck_assert_int_eq(mkfifo(fifo, 0644), 0);
    ck_assert_int_eq(mkdir(folder, 0755), 0);
    ck_assert_int_eq(conf_read_dirs(&dirs, &conf, NULL), 0);
    ck_assert_uint_eq(conf.n, 0);
    static const char *const said[] = {"/1.conf: mode 0664", "/2.conf: mode 0646",
                                       "/3.conf: is a symbolic link", "/4.conf: not a regular",
                                       "/5.conf: not a regular"};
    ck_assert_uint_eq(conf.problems.n, LENGTH(said));
    for (size_t i = 0; i < LENGTH(said); i++) {
        ck_assert_msg(strncmp(conf.problems.v[i].text, dir, strlen(dir)) == 0, "%s",
                      conf.problems.v[i].text);
        ck_assert_msg(strncmp(conf.problems.v[i].text + strlen(dir), said[i], strlen(said[i])) == 0,
                      "%s", conf.problems.v[i].text);
    }

    conf_free(&conf);
    ck_assert_int_eq(chmod(dir, 0775), 0);
    ck_assert_int_eq(conf_read_dirs(&dirs, &conf, NULL), 0);
    ck_assert_uint_eq(conf.problems.n, 1);
    ck_assert_ptr_nonnull(strstr(conf.problems.v[0].text, "conf.d: mode 0775"));
    remove_place();
}
END_TEST

Suite *conf_suite(void)
{
    Suite *suite = suite_create("profile/conf");
    TCase *tc = tcase_create("conf");
    tcase_add_loop_test(tc, parses, 0, LENGTH(rows));
    tcase_add_loop_test(tc, knows_where_things_stand, 0, LENGTH(places));
    tcase_add_loop_test(tc, marks_what_it_cannot_read, 0, LENGTH(unreadable));
    tcase_add_test(tc, knows_no_line_limit_but_a_file_limit);
    tcase_add_test(tc, stays_linear);
    tcase_add_test(tc, earlier_directories_hide_later_ones);
    tcase_add_test(tc, believes_trusted_files_only);
    suite_add_tcase(suite, tc);
    return suite;
}
