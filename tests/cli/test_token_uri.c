#include "cli/token_uri.h"

#include "tests/cli/json.h"

static const struct {
    const char *entry, *type;
    int rc;
    const char *uri;
} rows[] = {
    {"{'profile':'wifi','token':'signet user','token_serial':'1000','id':'0aff'}", "cert", 0,
     "pkcs11:token=signet%20user;serial=1000;object=wifi;id=%0a%ff;type=cert"},
    {"{'profile':'a.b_c-d','token':'signet device','token_serial':'device','id':''}", "private", 0,
     "pkcs11:token=signet%20device;serial=device;object=a.b_c-d;id=;type=private"},

    /* values cannot add attributes */
    {"{'profile':'x;type=secret','token':'a/b?c&pin-value=1','token_serial':'%41','id':'00'}",
     "cert", 0,
     "pkcs11:token=a%2Fb%3Fc%26pin-value%3D1;serial=%2541;object=x%3Btype%3Dsecret;id=%00;type="
     "cert"},
    {"{'profile':'åäö','token':'\\n','token_serial':'','id':'00'}", "cert", 0,
     "pkcs11:token=%0A;serial=;object=%C3%A5%C3%A4%C3%B6;id=%00;type=cert"},

    {"{'profile':'wifi','token':'t','token_serial':'1','id':'0'}", "cert", -ERR_BUG, ""},
    {"{'profile':'wifi','token':'t','token_serial':'1','id':'0x'}", "cert", -ERR_BUG, ""},
    {"{'profile':'wifi','token':'t','token_serial':'1','id':'%0'}", "cert", -ERR_BUG, ""},
    {"{'profile':'wifi','token':'t','token_serial':'1','id':7}", "cert", -ERR_CONFIG, ""},
    {"{'profile':'wifi','token':'t','id':'00'}", "cert", -ERR_CONFIG, ""},
    {"{'profile':'wifi'}", "cert", -ERR_CONFIG, ""},
    {"{}", "cert", -ERR_CONFIG, ""},
};

START_TEST(makes_uris)
{
    autojson *entry = json(rows[_i].entry);
    autobuf uri = {0};
    struct err err;
    ck_assert_int_eq(token_uri(entry, rows[_i].type, &uri, &err), rows[_i].rc);
    ck_assert_str_eq(buf_text(&uri), rows[_i].uri);
}
END_TEST

#define A(owner) "{'owner':'" owner "','token':'t'}"
static const struct {
    const char *result;
    int rc;
    const char *owner, *error;
} picks[] = {
    {"{'entries':[" A("alice") "]}", 0, "alice", ""},
    {"{'entries':[{'owner':'device','state':'not-applicable'}," A("alice") "]}", 0, "alice", ""},
    {"{'entries':[" A("device") ",{'owner':'alice','state':'requesting'}]}", 0, "device", ""},
    {"{'entries':[" A("alice") "," A("bob") ",{'owner':'device'}]}", -ERR_CONFIG, NULL,
     "wifi: 2 owners have it; say --user NAME or --device"},
    {"{'entries':[{'owner':'alice','state':'error'},{'owner':'device'}]}", -ERR_CONFIG, NULL,
     "wifi: no such certificate (signet status shows what there is)"},
    {"{'entries':[]}", -ERR_CONFIG, NULL,
     "wifi: no such certificate (signet status shows what there is)"},
    {"{'entries':[7,'x',null]}", -ERR_CONFIG, NULL,
     "wifi: no such certificate (signet status shows what there is)"},
    {"{'entries':{}}", -ERR_CONFIG, NULL,
     "wifi: no such certificate (signet status shows what there is)"},
};

START_TEST(finds_the_one_that_has_a_token)
{
    autojson *result = json(picks[_i].result);
    const json_t *entry = NULL;
    struct err err = {0};
    ck_assert_int_eq(token_uri_entry(json_object_get(result, "entries"), "wifi", &entry, &err),
                     picks[_i].rc);
    ck_assert_str_eq(err.text, picks[_i].error);
    ck_assert_pstr_eq(entry ? json_text(entry, "owner", "") : NULL, picks[_i].owner);
}
END_TEST

Suite *token_uri_suite(void)
{
    Suite *suite = suite_create("cli/token_uri");
    TCase *tc = tcase_create("token_uri");
    tcase_add_loop_test(tc, makes_uris, 0, LENGTH(rows));
    tcase_add_loop_test(tc, finds_the_one_that_has_a_token, 0, LENGTH(picks));
    suite_add_tcase(suite, tc);
    return suite;
}
