#include "import/property_list.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "tests/suite.h"

#include <string.h>

#define XML(body) "<?xml version=\"1.0\"?><plist version=\"1.0\">" body "</plist>"

static const struct {
    const char *text;
    int rc;
    const char *error;
} rows[] = {
    {XML("<dict/>"), 0, NULL},
    {XML("<dict><key>a</key><string>b&amp;c&#65;</string></dict>"), 0, NULL},
    {XML("<dict><key>a</key><string><![CDATA[<b>]]></string></dict>"), 0, NULL},
    {"<plist><dict></dict></plist>", 0, NULL},

    {"", -ERR_CONFIG, "damaged"},
    {"<", -ERR_CONFIG, "damaged"},
    {"<plist>", -ERR_CONFIG, "damaged"},
    {XML(""), -ERR_CONFIG, "damaged"},
    {XML("<dict>"), -ERR_CONFIG, "damaged"},
    {XML("<dict><string>a</string></dict>"), -ERR_CONFIG, "damaged"},
    {XML("<array/>"), -ERR_CONFIG, "no dictionary"},
    {XML("<string>a</string>"), -ERR_CONFIG, "no dictionary"},
    {XML("<true/>"), -ERR_CONFIG, "no dictionary"},
    {"<html><body>no</body></html>", -ERR_CONFIG, "damaged"},
    /* a billion laughs, and a file of the machine's */
    {"<?xml version=\"1.0\"?><!DOCTYPE plist [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\">"
     "<!ENTITY c \"&b;&b;&b;&b;\">]><plist><dict><key>a</key><string>&c;</string></dict></plist>",
     -ERR_CONFIG, "damaged"},
    {"<?xml version=\"1.0\"?><!DOCTYPE plist [<!ENTITY a SYSTEM \"/etc/passwd\">]>"
     "<plist><dict><key>a</key><string>&a;</string></dict></plist>",
     -ERR_CONFIG, "damaged"},
    {XML("<dict><key>a</key><string>x&#0;y</string></dict>"), -ERR_CONFIG, "damaged"},
    {"bplist", -ERR_CONFIG, "damaged"},
    {"bplist00", -ERR_CONFIG, "damaged"},
    {"bplist00xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", -ERR_CONFIG, "damaged"},
};

static void parse(const void *data, size_t len, int rc, const char *error)
{
    CLEANUP(plist_free_p) plist_t list = NULL;
    struct err err = {0};
    int got = property_list_parse(data, len, &list, &err);
    ck_assert_msg(got == rc, "%d %s", got, err.text);
    ck_assert_msg(rc == 0 ? list != NULL : !list && strstr(err.text, error), "%s", err.text);
}

START_TEST(parses)
{
    parse(rows[_i].text, strlen(rows[_i].text), rows[_i].rc, rows[_i].error);
}
END_TEST

START_TEST(a_zero_byte)
{
    static const char text[] = XML("<dict><key>a</key><string>x\0y</string></dict>");
    parse(text, sizeof text - 1, -ERR_CONFIG, "zero byte");
}
END_TEST

static void repeat(struct buf *ret, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ck_assert_int_eq(buf_add_text(ret, text, NULL), 0);
}

START_TEST(too_much_xml)
{
    static const struct {
        const char *open, *close;
        size_t n;
    } floods[] = {{"<array>", "</array>", 60000},
                  {"<array>", "", 60000},
                  {"<dict><key>a</key>", "", 60000},
                  {"<true/>", "", 120000}};
    for (size_t i = 0; i < LENGTH(floods); i++) {
        autobuf text = {0};
        buf_add_text(&text, "<plist><dict><key>a</key><array>", NULL);
        repeat(&text, floods[i].open, floods[i].n);
        repeat(&text, floods[i].close, floods[i].n);
        parse(text.data, text.len, -ERR_RESOURCE, "more than");
    }
}
END_TEST

/* As deep as is let through: libplist must bear it. */
START_TEST(deep_xml)
{
    autobuf text = {0};
    buf_add_text(&text, "<plist><dict><key>a</key>", NULL);
    repeat(&text, "<array>", 15000);
    repeat(&text, "</array>", 15000);
    buf_add_text(&text, "</dict></plist>", NULL);
    parse(text.data, text.len, 0, NULL);
}
END_TEST

/* --- binary ones, of objects by hand: offsets and references of one byte */

struct skeleton {
    const char *objects[40];
    size_t lengths[40];
    uint8_t top, offset_size, reference_size;
};

static void assemble(const struct skeleton *s, size_t n, struct buf *ret)
{
    uint8_t offsets[40], trailer[32] = {0};
    buf_add_text(ret, "bplist00", NULL);
    for (size_t i = 0; i < n; i++) {
        offsets[i] = (uint8_t)ret->len;
        buf_add(ret, s->objects[i], s->lengths[i], NULL);
    }
    trailer[6] = s->offset_size;
    trailer[7] = s->reference_size;
    trailer[15] = (uint8_t)n;
    trailer[23] = s->top;
    trailer[31] = (uint8_t)ret->len;
    buf_add(ret, offsets, n, NULL);
    buf_add(ret, trailer, sizeof trailer, NULL);
}

static const struct {
    struct skeleton skeleton;
    size_t n;
    int rc;
    const char *error;
} binaries[] = {
    /* {"a": "b"} */
    {{{"\xd1\1\2", "\x51\x61", "\x51\x62"}, {3, 2, 2}, 0, 1, 1}, 3, 0, NULL},
    {{{"\xd0"}, {1}, 0, 1, 1}, 1, 0, NULL},
    {{{"\xd1\1\2", "\x51\x61", "\xa2\1\1"}, {3, 2, 3}, 0, 1, 1}, 3, 0, NULL},
    {{{"\xd1\1\2", "\x51\x61", "\x12\0\0\1\0"}, {3, 2, 5}, 0, 1, 1}, 3, 0, NULL},

    {{{"\xa1\0"}, {2}, 0, 1, 1}, 1, -ERR_CONFIG, "part of itself"},
    {{{"\xd1\1\0", "\x51\x61"}, {3, 2}, 0, 1, 1}, 2, -ERR_CONFIG, "part of itself"},
    {{{"\xd1\1\2", "\x51\x61", "\xa1\3", "\xa1\2"}, {3, 2, 2, 2}, 0, 1, 1},
     4,
     -ERR_CONFIG,
     "part of itself"},
    {{{"\xd1\1\2", "\x51\x61"}, {3, 2}, 0, 1, 1}, 2, -ERR_CONFIG, "damaged"},
    {{{"\xd1\1\2", "\x51\x61", "\x5e\x62"}, {3, 2, 2}, 0, 1, 1}, 3, -ERR_CONFIG, "damaged"},
    {{{"\xdf\x13\xff\xff\xff\xff\xff\xff\xff\xff"}, {10}, 0, 1, 1}, 1, -ERR_CONFIG, "damaged"},
    {{{"\xdf\x13\x80\0\0\0\0\0\0\0"}, {10}, 0, 1, 1}, 1, -ERR_CONFIG, "damaged"},
    {{{"\xdf\x14"}, {2}, 0, 1, 1}, 1, -ERR_CONFIG, "damaged"},
    {{{"\xdf"}, {1}, 0, 1, 1}, 1, -ERR_CONFIG, "damaged"},
    {{{"\x6f\x13\x7f\xff\xff\xff\xff\xff\xff\xff"}, {10}, 0, 1, 1}, 1, -ERR_CONFIG, "damaged"},
    {{{"\x4f\x13\xff\xff\xff\xff\xff\xff\xff\xff"}, {10}, 0, 1, 1}, 1, -ERR_CONFIG, "damaged"},
    {{{"\xd1\1\2", "\x51\x61", "\x1f"}, {3, 2, 1}, 0, 1, 1}, 3, -ERR_CONFIG, "damaged"},
    {{{"\xd1\1\2", "\x51\x61", "\x70"}, {3, 2, 1}, 0, 1, 1}, 3, -ERR_CONFIG, "damaged"},
    {{{"\xd1\1\2", "\x51\x61", "\xc0"}, {3, 2, 1}, 0, 1, 1}, 3, -ERR_CONFIG, "damaged"},
    {{{"\xd0"}, {1}, 1, 1, 1}, 1, -ERR_CONFIG, "damaged"},
    {{{"\xd0"}, {1}, 0, 0, 1}, 1, -ERR_CONFIG, "damaged"},
    {{{"\xd0"}, {1}, 0, 9, 1}, 1, -ERR_CONFIG, "damaged"},
    {{{"\xd0"}, {1}, 0, 1, 0}, 1, -ERR_CONFIG, "damaged"},
    {{{"\xd0"}, {1}, 0, 4, 1}, 1, -ERR_CONFIG, "damaged"},
    {{{"\xa0"}, {1}, 0, 1, 1}, 1, -ERR_CONFIG, "no dictionary"},
};

START_TEST(reads_binary)
{
    autobuf data = {0};
    assemble(&binaries[_i].skeleton, binaries[_i].n, &data);
    parse(data.data, data.len, binaries[_i].rc, binaries[_i].error);
}
END_TEST

/* Each object names the next one twice: 2^35 of them, if they were copied. */
START_TEST(doubling)
{
    struct skeleton s = {{"\xd1\1\2", "\x51\x61"}, {3, 2}, 0, 1, 1};
    char items[40][3];
    autobuf data = {0};
    for (size_t i = 2; i < 38; i++) {
        items[i][0] = (char)0xa2;
        items[i][1] = items[i][2] = (char)(i + 1);
        s.objects[i] = items[i];
        s.lengths[i] = 3;
    }
    s.objects[38] = "\x51x";
    s.lengths[38] = 2;
    assemble(&s, 39, &data);
    parse(data.data, data.len, -ERR_RESOURCE, "more than it could hold");
}
END_TEST

START_TEST(deep_binary)
{
    /* arrays of one item, each in the next, with references of two bytes */
    for (size_t n = 60; n <= 70; n += 10) {
        autobuf data = {0}, table = {0};
        uint8_t trailer[32] = {0};
        buf_add_text(&data, "bplist00", NULL);
        for (size_t i = 0; i <= n + 1; i++) {
            uint8_t item[5] = {i ? 0xa1 : 0xd1, 0, (uint8_t)(i + 1), 0, (uint8_t)(i + 2)};
            uint8_t offset[2] = {(uint8_t)(data.len >> 8), (uint8_t)data.len};
            buf_add(&table, offset, 2, NULL);
            if (i == 0)
                buf_add(&data, item, 5, NULL);
            else if (i == 1 || i == n + 1)
                buf_add(&data, "\x51x", 2, NULL);
            else
                buf_add(&data, item, 3, NULL);
        }
        trailer[6] = trailer[7] = 2;
        trailer[15] = (uint8_t)(n + 2);
        trailer[30] = (uint8_t)(data.len >> 8);
        trailer[31] = (uint8_t)data.len;
        buf_add(&data, table.data, table.len, NULL);
        buf_add(&data, trailer, sizeof trailer, NULL);
        parse(data.data, data.len, n == 60 ? 0 : -ERR_RESOURCE, "more than 64 levels");
    }
}
END_TEST

START_TEST(gives_text_and_numbers)
{
    CLEANUP(plist_free_p) plist_t list = NULL;
    static const char text[] = XML("<dict><key>t</key><string>&#229;</string><key>e</key><string/>"
                                   "<key>n</key><integer>7</integer><key>m</key><integer>-7"
                                   "</integer><key>a</key><array><true/></array></dict>");
    uint64_t n = 0;
    struct err err;
    ck_assert_msg(property_list_parse(text, strlen(text), &list, &err) == 0, "%s", err.text);
    ck_assert_str_eq(property_list_member_text(list, "t"), "\xc3\xa5");
    ck_assert_str_eq(property_list_text(property_list_member(list, "e")), "");
    ck_assert_str_eq(property_list_member_text(list, "n"), "");
    ck_assert_ptr_null(property_list_text(property_list_member(list, "n")));
    ck_assert_ptr_null(property_list_member(list, "none"));
    ck_assert_ptr_null(property_list_member(property_list_member(list, "t"), "t"));
    ck_assert(property_list_number(property_list_member(list, "n"), 7, &n) && n == 7);
    ck_assert(!property_list_number(property_list_member(list, "n"), 6, &n));
    ck_assert(!property_list_number(property_list_member(list, "m"), 1000, &n));
    ck_assert(!property_list_number(property_list_member(list, "t"), 1000, &n));
    ck_assert_uint_eq(property_list_size(property_list_member(list, "a")), 1);
    ck_assert_uint_eq(property_list_size(list), 0);
}
END_TEST

Suite *property_list_suite(void)
{
    Suite *suite = suite_create("import/property_list");
    TCase *tc = tcase_create("property_list");
    tcase_add_loop_test(tc, parses, 0, LENGTH(rows));
    tcase_add_test(tc, a_zero_byte);
    tcase_add_test(tc, too_much_xml);
    tcase_add_test(tc, deep_xml);
    tcase_add_loop_test(tc, reads_binary, 0, LENGTH(binaries));
    tcase_add_test(tc, doubling);
    tcase_add_test(tc, deep_binary);
    tcase_add_test(tc, gives_text_and_numbers);
    suite_add_tcase(suite, tc);
    return suite;
}
