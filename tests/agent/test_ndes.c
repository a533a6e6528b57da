#include "agent/ndes.h"

#include "tests/suite.h"

#include <string.h>

/* As NDES writes it: the thumbprint is in bold, too. */
#define HEAD                                                                                       \
    "<HTML><Head><Meta HTTP-Equiv=\"Content-Type\" Content=\"text/html; charset=UTF-16\">"         \
    "<Title>Network Device Enrollment Service</Title></Head><Body BgColor=#FFFFFF><Font ID=loc>"   \
    "<P ID=locPageTitle> Network Device Enrollment Service allows you to obtain certificates for " \
    "routers or other network devices using the Simple Certificate Enrollment Protocol (SCEP). "
#define THUMBPRINT                                                                                 \
    "<P> The thumbprint (hash value) for the CA certificate is: <B> 0F2A3B4C DB1E4F55 A1B2C3D4 "   \
    "00112233 </B> "
#define ENGLISH                                                                                    \
    HEAD "<P> To complete certificate enrollment for your network device you will need the "       \
         "following information: " THUMBPRINT                                                      \
         "<P> The enrollment challenge password is: <B> 1ED0DD50F7459D6E </B> "                    \
         "<P> This password can be used only once and will expire within 60 minutes. "             \
         "</Font></Body></HTML>"
#define PASSWORD "1ED0DD50F7459D6E"
#define GERMAN                                                                                     \
    HEAD "<P> Der Fingerabdruck (Hashwert) des Zertifizierungsstellenzertifikats lautet: "         \
         "<B> 0F2A3B4C DB1E4F55 A1B2C3D4 00112233 </B>"                                            \
         "<P> Das Kennwort f\xc3\xbcr die Registrierungsanforderung lautet: <B> " PASSWORD " </B>"

enum form { AS_UTF8, AS_UTF8_MARKED, AS_LITTLE, AS_LITTLE_MARKED, AS_BIG, AS_BIG_MARKED, FORMS };

/* TEXT, of which the characters past ASCII are below U+0800, in one of the forms. */
static void encode(const char *text, enum form form, struct buf *ret)
{
    static const char *const marks[FORMS] = {"", "\xef\xbb\xbf", "", "\xff\xfe", "", "\xfe\xff"};
    buf_add_text(ret, marks[form], NULL);
    if (form <= AS_UTF8_MARKED) {
        buf_add_text(ret, text, NULL);
        return;
    }
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        unsigned code = *p;
        if (code >= 0xc0)
            code = (code & 0x1f) << 6 | (*++p & 0x3f);
        uint8_t low = (uint8_t)code, high = (uint8_t)(code >> 8);
        uint8_t little[] = {low, high}, big[] = {high, low};
        buf_add(ret, form >= AS_BIG ? big : little, 2, NULL);
    }
}

static const struct {
    const char *page, *pattern, *password;
} good[] = {
    {ENGLISH, NULL, PASSWORD},
    {GERMAN, NULL, PASSWORD}, /* the one word alone in bold */
    {ENGLISH, "password is: ([0-9A-F]+) ", PASSWORD},
    {GERMAN, "Registrierungsanforderung lautet: ([^ ]+)", PASSWORD},
    {GERMAN, "f\xc3\xbcr .*: ([0-9A-F]{16})", PASSWORD},
    {"<p>Kennwort:\r\n\t<i>s3cret-word</i><p>", "Kennwort: ([^ ]+)", "s3cret-word"},
    {"the enrollment challenge password is: 0123abCD.", "is: ([0-9a-fA-F]+)", "0123abCD"},
    /* without bold, other lengths, other case */
    {"The enrollment challenge Password is:\r\n<SPAN>0123abCD </SPAN>", NULL, "0123abCD"},
    {HEAD "<P>The enrollment challenge password is:<B>" PASSWORD PASSWORD "</B>", NULL,
     PASSWORD PASSWORD},
    {"<b class=\"x\">\n" PASSWORD "\n</b>", NULL, PASSWORD},
    {"<STRONG>&nbsp;" PASSWORD "&#160;</STRONG>", NULL, PASSWORD},
    {"<b>&#x31;ED0DD50F7459D6&#69;</b>", NULL, PASSWORD},
    /* what is announced goes before what is merely bold */
    {"<b>AAAAAAAA</b> password is: <b>" PASSWORD "</b> <b>BBBBBBBB</b>", NULL, PASSWORD},
    /* what no person sees */
    {"<!-- <b>AAAAAAAA</b> --><script>\"<b>BBBBBBBB</b>\"</script><style>b{}</style>"
     "<b>" PASSWORD "</b>",
     NULL, PASSWORD},
    {"<title><b>AAAAAAAA</b></title><b>" PASSWORD "</b>", NULL, PASSWORD},
    {"<br>AAAAAAAA<br/><body>BBBBBBBB</body><b>" PASSWORD "</b>", NULL, PASSWORD},
    {"<b>" PASSWORD "</b><script>for (;;", NULL, PASSWORD},
    {"<b>" PASSWORD "</b><", NULL, PASSWORD},
    {"a < b && c <b>" PASSWORD "</b> &", NULL, PASSWORD},
};

START_TEST(finds_the_password_in_every_encoding)
{
    struct err err;
    for (int form = 0; form < FORMS; form++) {
        autobuf page = {0}, found = {0};
        encode(good[_i].page, form, &page);
        int rc = ndes_password(&page, good[_i].pattern, &found, &err);
        ck_assert_msg(rc == 0, "%d: %s", form, err.text);
        ck_assert_msg(strcmp(buf_text(&found), good[_i].password) == 0, "%d: %s", form,
                      buf_text(&found));
    }
}
END_TEST

static const struct {
    const char *page, *pattern;
    enum err_class class;
    const char *text;
} bad[] = {
    {"", NULL, ERR_RETRY, "empty"},
    {HEAD "<P> The password cache is full. <P> The Network Device Enrollment Service stores unused "
          "passwords for later use.",
     NULL, ERR_RETRY, "the password cache is full: "},
    {HEAD "<P> You do not have sufficient permission to enroll with SCEP. Please contact your "
          "system administrator. ",
     NULL, ERR_DENIED, "does not have sufficient permission"},
    {HEAD "<P> The\r\npassword  cache is &#102;ull", "(.+)", ERR_RETRY, "cache is full"},
    {"<html><head><title>Sign\tin &amp; \x1b[31mout</title><body><form>User <b>name</b>", NULL,
     ERR_CONFIG, "shows no password, the page \"Sign in & [31mout\": name the page"},
    {"<html>Welcome to the hotel", NULL, ERR_CONFIG, "shows no password: name the page"},
    {THUMBPRINT, NULL, ERR_CONFIG, "shows no password: name the page"},
    {"<b>1ED0DD50F7459D6</b>", NULL, ERR_CONFIG, "shows no password"},   /* 15 digits */
    {"<b>1ED0DD50F7459D6E1</b>", NULL, ERR_CONFIG, "shows no password"}, /* 17 */
    {"<b>1ED0DD50F7459D6G</b>", NULL, ERR_CONFIG, "shows no password"},
    {"<b>1ED0DD50 F7459D6E</b>", NULL, ERR_CONFIG, "shows no password"},
    {"<b>1ED0DD50</b> or <b>F7459D6E</b>", NULL, ERR_CONFIG, "shows 2 words that could be"},
    {ENGLISH, "Kennwort: (.*)", ERR_CONFIG, "challenge-pattern finds nothing in it"},
    {ENGLISH, "password is: (X*)", ERR_CONFIG, "challenge-pattern finds nothing in it"},
    {ENGLISH, "(", ERR_CONFIG, "is no regular expression"},
    {"secret hunter2", NULL, ERR_CONFIG, "shows no password"},
};

START_TEST(says_what_page_it_is)
{
    struct err err;
    for (int form = 0; form < FORMS; form++) {
        autobuf page = {0}, found = {0};
        encode(bad[_i].page, form, &page);
        if (page.len < 8 && form)
            continue; /* a mark and nothing else is a row of its own */
        ck_assert_int_eq(ndes_password(&page, bad[_i].pattern, &found, &err), -(int)bad[_i].class);
        ck_assert_msg(strstr(err.text, bad[_i].text), "%d: %s", form, err.text);
        ck_assert_uint_eq(found.len, 0);
        /* For all we know it has the password. */
        ck_assert_msg(!strstr(err.text, "hunter2") && !strstr(err.text, PASSWORD) &&
                          !strchr(err.text, '\x1b'),
                      "%s", err.text);
    }
}
END_TEST

START_TEST(a_page_cut_anywhere_gives_the_password_or_nothing)
{
    for (int form = 0; form < FORMS; form++) {
        autobuf page = {0};
        encode(ENGLISH, form, &page);
        for (size_t len = page.len; len-- > 0;) {
            autobuf found = {0};
            struct buf part = {.data = page.data, .len = len, .size = page.size};
            int rc = ndes_password(&part, NULL, &found, NULL);
            ck_assert_int_eq(rc == 0, found.len > 0);
            ck_assert_msg(rc < 0 || strcmp(buf_text(&found), PASSWORD) == 0, "%zu: %s", len,
                          buf_text(&found));
        }
    }
}
END_TEST

static const struct {
    const char *bytes;
    size_t len;
    const char *text;
} odd[] = {
    {"<\0a\0>", 5, "<a"}, /* half a character */
    {"\xff\xfe", 2, ""},  /* a mark and nothing else */
    {"\xff\xfe"
     "a",
     3, ""},               /* and half a character */
    {"\xfe\xff\0", 3, ""}, /* the same, big */
    {"\xff\xfe\0\xd8"
     "a\0",
     6,
     "\xef\xbf\xbd"
     "a"}, /* a high surrogate alone */
    {"\xff\xfe\0\xdc"
     "a\0",
     6,
     "\xef\xbf\xbd"
     "a"},                                                   /* a low one */
    {"\xff\xfe\0\xd8", 4, "\xef\xbf\xbd"},                   /* a high one at the end */
    {"\xff\xfe\0\xd8\0\xd8", 6, "\xef\xbf\xbd\xef\xbf\xbd"}, /* two */
    {"\xff\xfe\x3d\xd8\0\xde", 6, "\xf0\x9f\x98\x80"},       /* a pair: U+1F600 */
    {"\xfe\xff\xd8\x3d\xde\0", 6, "\xf0\x9f\x98\x80"},
    {"\xff\xfe\xff\xdb\xff\xdf", 6, "\xf4\x8f\xbf\xbf"}, /* U+10FFFF */
    {"\xff\xfe\0\0", 4, "\xef\xbf\xbd"},                 /* a zero */
    {"\xff\xfe\xac\x20\xe5\0", 6, "\xe2\x82\xac\xc3\xa5"},
    {"\xff", 1, "\xef\xbf\xbd"},
    {"abc\xe5", 4, "abc\xef\xbf\xbd"}, /* Windows-1252 */
    {"\xc0\xaf\xed\xa0\x80", 5, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
    {"abcdefghijklmnopqrstuvwxyz\0", 27, "abcdefghijklmnopqrstuvwxyz\xef\xbf\xbd"},
    {"\xef\xbb\xbf", 3, ""},
};

START_TEST(decodes_what_is_odd)
{
    autobuf page = {0}, text = {0};
    buf_add(&page, odd[_i].bytes, odd[_i].len, NULL);
    ck_assert_int_eq(ndes_decode(&page, &text, NULL), 0);
    ck_assert_str_eq(buf_text(&text), odd[_i].text);
}
END_TEST

/* What makes a careless reader, or a pattern's matcher, slow or large. */
static const struct {
    const char *piece;
    size_t size;
    const char *pattern;
} hostile[] = {
    {"A", 4 << 20, NULL},
    {"A", 200 << 10, NULL},
    {"<b>", 200 << 10, NULL},
    {"<", 200 << 10, NULL},
    {"<script>", 200 << 10, NULL},
    {"<!--", 200 << 10, NULL},
    {"&", 200 << 10, NULL},
    {"&#", 200 << 10, NULL},
    {"&aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 200 << 10, NULL},
    {"<b>12345678</b>", 15 << 10, NULL},
    {"password is: ", 15 << 10, NULL},
    {"a", 15 << 10, "(a*)*b"},
    {"a", 15 << 10, "((a|aa)+)$"},
    {"a", 15 << 10, "(a?a?a?a?a?a?a?a?a?a?b)"},
    {"ab ", 15 << 10, "([ab ]+)+c"},
    {"a", 15 << 10, "(.*.*.*.*=.*)"},
};

START_TEST(a_hostile_page_costs_little)
{
    autobuf page = {0}, found = {0};
    struct err err;
    while (page.len < hostile[_i].size)
        buf_add_text(&page, hostile[_i].piece, NULL);
    int rc = ndes_password(&page, hostile[_i].pattern, &found, &err);
    ck_assert_msg(rc == 0 || rc == -ERR_CONFIG || rc == -ERR_RESOURCE, "%s", err.text);
}
END_TEST

Suite *ndes_suite(void)
{
    Suite *suite = suite_create("agent/ndes");
    TCase *tc = tcase_create("ndes");
    tcase_add_loop_test(tc, finds_the_password_in_every_encoding, 0, LENGTH(good));
    tcase_add_loop_test(tc, says_what_page_it_is, 0, LENGTH(bad));
    tcase_add_test(tc, a_page_cut_anywhere_gives_the_password_or_nothing);
    tcase_add_loop_test(tc, decodes_what_is_odd, 0, LENGTH(odd));
    tcase_add_loop_test(tc, a_hostile_page_costs_little, 0, LENGTH(hostile));
    suite_add_tcase(suite, tc);
    return suite;
}
