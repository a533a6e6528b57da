#include "cli/detail.h"

#include "tests/cli/json.h"

#include <locale.h>
#include <time.h>

#define NOW 1732373460

static const struct {
    const char *entry;
    struct screen screen;
    const char *expected;
} rows[] = {
    {"{'profile':'wifi','owner':'alice','description':'Wi-Fi','scope_tags':['a','b'],"
     "'state':'installed','since':1732370000,'next':1751381460,'next_action':'renew',"
     "'not_before':1723733460,'not_after':1758293460,'subject':'CN=Åsa','issuer':'CN=CA',"
     "'serial':'0a','sans':['email:a@b','upn:a@c'],'key':'rsa "
     "2048','key_storage':'tpm','generation':3,"
     "'url':'http://ca/','transaction_id':'ab','fingerprint':'cd','key_ms':120,'server_ms':35,"
     "'own_ms':4,'token':'signet user','token_serial':'1000','id':'0aff','warnings':['short']}",
     {.utf8 = true},
     "wifi of alice\n"
     "  Description  Wi-Fi\n"
     "  Scope tags   a, b\n"
     "  State        installed since 2024-11-23 13:53\n"
     "  Next         renew at 2025-07-01 14:51\n"
     "  Subject      CN=Åsa\n"
     "  Names        email:a@b, upn:a@c\n"
     "  Issuer       CN=CA\n"
     "  Serial       0a\n"
     "  Valid        2024-08-15 14:51 to 2025-09-19 14:51 (300 d left)\n"
     "  Lifetime     █████░░░░░░░░░░░░░░░ 25% used\n"
     "  Warnings     short\n"
     "  Key          rsa 2048\n"
     "  Kept in      tpm\n"
     "  Generation   3\n"
     "  Server       http://ca/\n"
     "  Transaction  ab\n"
     "  SHA-256      cd\n"
     "  Took         key 120 ms, server 35 ms, the rest 4 ms\n"
     "  Certificate  pkcs11:token=signet%20user;serial=1000;object=wifi;id=%0a%ff;type=cert\n"
     "  Private key  pkcs11:token=signet%20user;serial=1000;object=wifi;id=%0a%ff;type=private\n"},
    {"{'profile':'vpn','owner':'device','state':'error','reason':'http://ca: refused'}",
     {.colour = true},
     "vpn of device\n"
     "  State        \033[31merror\033[0m\n"
     "  Reason       http://ca: refused\n"},
    {"{'profile':'vpn','owner':'device','state':'pending','since':1732370000,"
     "'pending_since':1732366800,'pending_until':1733576400,'next':1732373999,"
     "'next_action':'poll'}",
     {0},
     "vpn of device\n"
     "  State        pending since 2024-11-23 13:53\n"
     "  Approval     waited for since 2024-11-23 13:00, until 2024-12-07 13:00\n"
     "  Next         poll at 2024-11-23 14:59\n"},
    {"{'state':'pending','pending_since':1732366800}",
     {0},
     " of \n  State        pending\n  Approval     waited for since 2024-11-23 13:00\n"},
    {"{}", {0}, " of \n  State        ?\n"},
    {"{'profile':'a','owner':'b','state':'\\u001b[2J','reason':'\\n\\u202e','sans':[7,'\\u0007'],"
     "'since':'x','next':9223372036854775807,'generation':'y','not_after':5}",
     {.utf8 = true},
     "a of b\n"
     "  State        ?[2J\n"
     "  Reason       ??\n"
     "  Next          at ?\n"
     "  Names        ?, ?\n"},
};

START_TEST(renders_one)
{
    struct screen screen = rows[_i].screen;
    autojson *entry = json(rows[_i].entry);
    autobuf text = {0};
    setenv("TZ", "UTC", 1);
    tzset();
    ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C.UTF-8"));
    screen.now = NOW;
    ck_assert_int_eq(detail_render(entry, &screen, &text, NULL), 0);
    ck_assert_str_eq(buf_text(&text), rows[_i].expected);
}
END_TEST

START_TEST(a_broken_id_is_an_error)
{
    autojson *entry =
        json("{'profile':'a','token':'t','token_serial':'1','id':'xyz','not_after':1}");
    struct screen screen = {0};
    struct err err;
    autobuf text = {0};
    ck_assert_int_eq(detail_render(entry, &screen, &text, &err), -ERR_BUG);
}
END_TEST

Suite *detail_suite(void)
{
    Suite *suite = suite_create("cli/detail");
    TCase *tc = tcase_create("detail");
    tcase_add_loop_test(tc, renders_one, 0, LENGTH(rows));
    tcase_add_test(tc, a_broken_id_is_an_error);
    suite_add_tcase(suite, tc);
    return suite;
}
