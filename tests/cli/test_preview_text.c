#include "cli/preview_text.h"

#include "tests/cli/json.h"

#include <locale.h>

static const struct {
    const char *preview;
    struct screen screen;
    const char *expected;
} rows[] = {
    {"{'result':'ok','profile':'wifi','owner':'alice','description':'Wi-Fi','file':'/c/1.conf',"
     "'line':7,'applies':true,'applies_reason':'assigned','applies_line':9,"
     "'subject':'CN=Åsa,C=SE','rdns':[[{'type':'C','value':'SE','string':'PrintableString'}],"
     "[{'type':'CN','value':'Åsa','string':'UTF8String'},"
     "{'type':'OU','value':'x','string':'UTF8String'}]],"
     "'sans':[{'kind':'email','value':'a@b'},{'kind':'upn','problem':'x'}],"
     "'key':{'type':'rsa','size':2048,'storage':'software'},"
     "'key_usage':['digital-signature','key-encipherment'],"
     "'ekus':[{'name':'client-auth','oid':'1.3'},{'oid':'1.2'}],'hash':'sha256',"
     "'validity':{'count':1,'unit':'years'},'renewal_threshold':20,'on_mismatch':'warn',"
     "'root':{'profile':'r','subject':'CN=R','fingerprint':'ab','applies':false,"
     "'applies_reason':'nobody'},'urls':['http://a/','http://b/'],'urls_shuffled':true,"
     "'ca_ident':'i','proxy':{'url':'http://p:1','where':'signet.conf','login':true,"
     "'direct':['http://b/']},'tls_certificate':'box','ca_fingerprints':['ab','cd'],"
     "'minimum_crypto':'aes128-sha256','accept_des':true,'poll_limit':1209600,"
     "'challenge':'file','variables':[{'name':'UserName','value':'Åsa',"
     "'where':'the login name'},{'name':'IMEI','problem':'none'}],'warnings':['w'],"
     "'problems':['p','q']}",
     {.utf8 = true},
     "wifi for alice\n"
     "  Description  Wi-Fi\n"
     "  Profile      /c/1.conf:7\n"
     "  Applies      yes: assigned (line 9)\n"
     "  Subject      CN=Åsa,C=SE\n"
     "  Encoded      C=SE (PrintableString)\n"
     "               CN=Åsa (UTF8String) + OU=x (UTF8String)\n"
     "  Names        email:a@b\n"
     "               upn: not known\n"
     "  Key          rsa 2048, software\n"
     "  Key usage    digital-signature, key-encipherment\n"
     "  EKU          client-auth (1.3)\n"
     "               1.2\n"
     "  Hash         sha256\n"
     "  Validity     1 year, if the server agrees\n"
     "  Renewal      once 20 % of the lifetime are left\n"
     "  On mismatch  warn\n"
     "  Root         r: CN=R\n"
     "               SHA-256 ab\n"
     "               which does not apply: nobody\n"
     "  Servers      http://a/\n"
     "               http://b/\n"
     "               (in a new order for each request)\n"
     "  Proxy        http://p:1 (signet.conf), with a name and a password\n"
     "               not for http://b/\n"
     "  TLS          the certificate of box is shown to https:// servers\n"
     "  CA ident     i\n"
     "  CA SHA-256   ab\n"
     "               cd\n"
     "  Crypto       aes128-sha256 or better; answers in single DES are opened\n"
     "  Approval     asked about slower and slower, given up after 14 d\n"
     "  Challenge    file\n"
     "  Variables    UserName = Åsa (the login name)\n"
     "               IMEI has no value\n"
     "  Warnings     w\n"
     "  Problems     p\n"
     "               q\n"},
    {"{'result':'error','problems':['x.conf:1: no','y.conf: what a long line of text this is']}",
     {.width = 40},
     "  Problems     x.conf:1: no\n"
     "               y.conf: what a long line\n"
     "               of text this is\n"},
    {"{'profile':'a','subject':'CN=a','proxy':{},'tls_certificate':7,'minimum_crypto':[],"
     "'ca_fingerprints':[7],'poll_interval':3600,'poll_limit':'x'}",
     {0},
     "a for ?\n  Applies      not known: \n  Subject      CN=a\n  Key          ? 0, ?\n"
     "  Validity     as the server decides\n  Root         ?: not known\n  Proxy        ? (?)\n"
     "  Approval     asked about every 60 min, given up after 0 s\n"},
    {"{}", {0}, ""},
    {"{'profile':'a','subject':''}",
     {0},
     "a for ?\n  Applies      not known: \n  Subject      none\n  Key          ? 0, ?\n"
     "  Validity     as the server decides\n  Root         ?: not known\n"},
    {"{'profile':'a','validity':{'count':2,'unit':'days'},'key':7,'rdns':'x','sans':[7],'ekus':7,"
     "'key_usage':[7],'urls':{},'variables':[[]],'problems':7,'root':7,'file':7}",
     {0},
     "a for ?\n  Applies      not known: \n  Subject      not known\n  Names        ?: not known\n"
     "  Key          ? 0, ?\n  Validity     2 days, if the server agrees\n"
     "  Root         ?: not known\n  Variables    ? has no value\n"},
    {"{'profile':'\\u001b[2J','owner':'\\u202e','subject':'CN=\\u0007\\n',"
     "'problems':['\\u009b','å']}",
     {0},
     "?[2J for ?\n  Applies      not known: \n  Subject      CN=??\n  Key          ? 0, ?\n"
     "  Validity     as the server decides\n  Root         ?: not known\n  Problems     ?\n"
     "               ?\n"},
};

START_TEST(renders_one)
{
    autobuf text = {0};
    struct err err = {0};
    autojson *preview = json(rows[_i].preview);
    setlocale(LC_CTYPE, "C.UTF-8");
    ck_assert_msg(preview_text(preview, &rows[_i].screen, &text, &err) == 0, "%s", err.text);
    ck_assert_str_eq(buf_text(&text), rows[_i].expected);
}
END_TEST

Suite *preview_text_suite(void)
{
    Suite *suite = suite_create("cli/preview_text");
    TCase *tc = tcase_create("preview_text");
    tcase_add_loop_test(tc, renders_one, 0, LENGTH(rows));
    suite_add_tcase(suite, tc);
    return suite;
}
