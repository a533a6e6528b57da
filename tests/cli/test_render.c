#include "cli/render.h"

#include "tests/cli/json.h"

#include <locale.h>
#include <string.h>
#include <time.h>

/* 2024-11-23 14:51:00 UTC; a certificate from 100 days ago to 300 days from here is a quarter used.
 */
#define NOW   1732373460
#define CERT  "'not_before':1723733460,'not_after':1758293460,"
#define TOKEN "'token':'signet user','token_serial':'1000','id':'0aff',"
#define HEAD  "PROFILE  OWNER  STATE"

static const struct {
    const char *entries;
    struct screen screen;
    const char *expected;
} statuses[] = {
    {"[]", {0}, "No profile applies here, and there is no certificate.\n"},
    {"[{" CERT "'profile':'wifi','owner':'alice','state':'installed','next':1751381460,"
     "'next_action':'renew'}]",
     {.utf8 = true},
     "PROFILE  OWNER  STATE      EXPIRES             USED             NEXT\n"
     "wifi     alice  installed  2025-09-19 (300 d)  ██▌░░░░░░░  25%  renew 2025-07-01\n"},
    {"[{" CERT "'profile':'wifi','owner':'alice','state':'installed','next':1751381460,"
     "'next_action':'renew'}]",
     {0},
     "PROFILE  OWNER  STATE      EXPIRES             USED             NEXT\n"
     "wifi     alice  installed  2025-09-19 (300 d)  ##........  25%  renew 2025-07-01\n"},

    /* 0, 50, 100 percent, and past expiry */
    {"[{'profile':'a','owner':'device','state':'installed','not_before':1732373460,"
     "'not_after':1732459860}]",
     {0},
     "PROFILE  OWNER   STATE      EXPIRES            USED             NEXT\n"
     "a        device  installed  2024-11-24 (24 h)  ..........   0%\n"},
    {"[{'profile':'a','owner':'device','state':'installed','not_before':1732369860,"
     "'not_after':1732377060}]",
     {0},
     "PROFILE  OWNER   STATE      EXPIRES              USED             NEXT\n"
     "a        device  installed  2024-11-23 (60 min)  #####.....  50%\n"},
    {"[{'profile':'a','owner':'device','state':'expired','not_before':0,"
     "'not_after':1732373460}]",
     {0},
     "PROFILE  OWNER   STATE    EXPIRES               USED             NEXT\n"
     "a        device  expired  2024-11-23 (0 s ago)  ########## 100%\n"},
    {"[{'profile':'a','owner':'device','state':'expired','not_before':1700000000,"
     "'not_after':1732114260,'next':1732373460,'next_action':'retry','reason':'no answer'}]",
     {.colour = true},
     "\033[2mPROFILE\033[0m  \033[2mOWNER\033[0m   \033[2mSTATE\033[0m    \033[2mEXPIRES\033[0m   "
     "            \033[2mUSED\033[0m             \033[2mNEXT\033[0m\n"
     "a        device  \033[31mexpired\033[0m  \033[31m2024-11-20 (3 d ago)\033[0m  "
     "\033[31m########## 100%\033[0m  retry now\n"
     "  no answer\n"},

    /* for how long; a time that cannot be is left out */
    {"[{'profile':'vpn','owner':'bob','state':'removed','since':1732114260,'reason':'removed by "
     "bob'},"
     "{'profile':'web','owner':'bob','state':'waiting','since':1732373461,'reason':'no root'},"
     "{'profile':'lan','owner':'bob','state':'waiting','since':0,'reason':'no root'},"
     "{'profile':'ssh','owner':'bob','state':'pending','since':1732373400,'reason':'wait'},"
     "{'profile':'sea','owner':'bob','state':'pending','since':1732373400,'reason':'wait',"
     "'pending_since':1732114260,'pending_until':1733576400},"
     "{'profile':'sun','owner':'bob','state':'pending','since':1732373400,'reason':'wait',"
     "'pending_since':1732114260,'pending_until':1732377060},"
     "{'profile':'ice','owner':'bob','state':'pending','since':1732373400,'reason':'wait',"
     "'pending_since':1732114260,'pending_until':1732373400},"
     "{'profile':'new','owner':'bob','state':'error','since':1732373455,'reason':'no'}]",
     {0},
     HEAD "    EXPIRES  USED  NEXT\n"
          "vpn      bob    removed  -\n"
          "  removed by bob (for 3 d)\n"
          "web      bob    waiting  -\n"
          "  no root\n"
          "lan      bob    waiting  -\n"
          "  no root\n"
          "ssh      bob    pending  -\n"
          "  wait (for 60 s)\n"
          "sea      bob    pending  -\n"
          "  wait (for 3 d; a new request on 2024-12-07)\n"
          "sun      bob    pending  -\n"
          "  wait (for 3 d; a new request on 2024-11-23 15:51)\n"
          "ice      bob    pending  -\n"
          "  wait (for 3 d; a new request after the next poll)\n"
          "new      bob    error    -\n"
          "  no\n"},

    /* without a certificate; reasons and warnings */
    {"[{'profile':'vpn','owner':'bob','state':'error','next':1732373700,'next_action':'retry',"
     "'reason':'http://ca: connection refused','warnings':['validity: 30 days','cn: x']}]",
     {0},
     "PROFILE  OWNER  STATE  EXPIRES  USED  NEXT\n"
     "vpn      bob    error  -              retry in 4 min\n"
     "  http://ca: connection refused\n"
     "  warning: validity: 30 days\n"
     "  warning: cn: x\n"},

    /* a narrow screen: the bar gives way, then names, but no date */
    {"[{" CERT "'profile':'contoso-people-and-guests','owner':'alice.of.wonderland',"
     "'state':'installed','next':1751381460,'next_action':'renew','reason':'a word or two more "
     "than would fit into one line of so few columns'}]",
     {.width = 72, .utf8 = true},
     "PROFILE   OWNER   STATE      EXPIRES             USED   NEXT\n"
     "contoso…  alice…  installed  2025-09-19 (300 d)  █▎░░░  renew 2025-07-01\n"
     "  a word or two more than would fit into one line of so few columns\n"},

    /* hostile entries */
    {"[{'profile':'\\u001b[2J','owner':'\\u202eroot','state':'\\u0007','reason':'\\r\\n\\u009b'}]",
     {.utf8 = true},
     "PROFILE  OWNER  STATE  EXPIRES  USED  NEXT\n"
     "?[2J     ?root  ?      -\n"
     "  ???\n"},
    {"[{}]", {0}, HEAD "  EXPIRES  USED  NEXT\n?        ?      ?      -\n"},
    {"[7,null,'x',[]]",
     {0},
     HEAD "  EXPIRES  USED  NEXT\n?        ?      ?      -\n?        ?      ?      -\n"
          "?        ?      ?      -\n?        ?      ?      -\n"},
    {"[{'profile':7,'owner':{},'state':[],'not_before':'x','not_after':1,'next':'y',"
     "'reason':3,'warnings':'none'}]",
     {0},
     HEAD "  EXPIRES  USED  NEXT\n?        ?      ?      -\n"},
    {"[{'profile':'a','not_before':-9223372036854775808,'not_after':9223372036854775807,"
     "'next':9223372036854775807,'warnings':[1]}]",
     {0},
     HEAD "  EXPIRES  USED  NEXT\na        ?      ?      -\n  warning: \n"},
    {"[{'profile':'a','not_before':1800000000,'not_after':1700000000}]",
     {0},
     "PROFILE  OWNER  STATE  EXPIRES                 USED             NEXT\n"
     "a        ?      ?      2023-11-14 (374 d ago)  ########## 100%\n"},
};

static void use_utc(void)
{
    setenv("TZ", "UTC", 1);
    tzset();
    ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C.UTF-8"));
}

static json_t *entries(const char *text)
{
    autofree char *object = text_format("{'entries':%s}", text);
    autojson *parsed = json(object);
    return json_incref(json_object_get(parsed, "entries"));
}

START_TEST(renders_status)
{
    struct screen screen = statuses[_i].screen;
    autojson *list = entries(statuses[_i].entries);
    autobuf text = {0};
    screen.now = NOW;
    ck_assert_int_eq(render_status(list, &screen, &text, NULL), 0);
    ck_assert_str_eq(buf_text(&text), statuses[_i].expected);
}
END_TEST

static const struct {
    const char *entries, *expected;
} lists[] = {
    {"[]", ""},
    {"[{'profile':'no-certificate','owner':'alice','state':'error'}]", ""},
    {"[{" CERT TOKEN "'profile':'wifi','owner':'alice','subject':'CN=alice','serial':'0a'},"
     "{" CERT TOKEN
     "'profile':'vpn','owner':'device','subject':'CN=host.example','serial':'ffff'}]",
     "wifi  alice   CN=alice         0a    2025-09-19 14:51  "
     "pkcs11:token=signet%20user;serial=1000;object=wifi;id=%0a%ff;type=cert\n"
     "vpn   device  CN=host.example  ffff  2025-09-19 14:51  "
     "pkcs11:token=signet%20user;serial=1000;object=vpn;id=%0a%ff;type=cert\n"},
    {"[{" CERT TOKEN
     "'profile':'w\\n','owner':'\\t','subject':'CN=\\u001b[31m','serial':'\\u0000'}]",
     NULL},
    {"[{" CERT TOKEN "'profile':'w\\n','owner':'\\t','subject':'CN=\\u001b[31m'}]",
     "w?  ?  CN=?[31m  ?  2025-09-19 14:51  "
     "pkcs11:token=signet%20user;serial=1000;object=w%0A;id=%0a%ff;type=cert\n"},
};

START_TEST(renders_lists)
{
    if (!lists[_i].expected) /* a zero byte: jansson refuses the whole answer */
        return;
    struct screen screen = {.now = NOW, .width = 20};
    autojson *list = entries(lists[_i].entries);
    autobuf text = {0};
    ck_assert_int_eq(render_list(list, &screen, &text, NULL), 0);
    ck_assert_str_eq(buf_text(&text), lists[_i].expected);
}
END_TEST

START_TEST(takes_no_entries_at_all)
{
    struct screen screen = {0};
    autobuf text = {0};
    ck_assert_int_eq(render_list(NULL, &screen, &text, NULL), 0);
    ck_assert_str_eq(buf_text(&text), "");
    ck_assert_int_eq(render_status(NULL, &screen, &text, NULL), 0);
    ck_assert_ptr_nonnull(strstr(buf_text(&text), "No profile"));
}
END_TEST

Suite *render_suite(void)
{
    Suite *suite = suite_create("cli/render");
    TCase *tc = tcase_create("render");
    tcase_add_checked_fixture(tc, use_utc, NULL);
    tcase_add_loop_test(tc, renders_status, 0, LENGTH(statuses));
    tcase_add_loop_test(tc, renders_lists, 0, LENGTH(lists));
    tcase_add_test(tc, takes_no_entries_at_all);
    suite_add_tcase(suite, tc);
    return suite;
}
