#include "scep/refusal.h"

#include "tests/suite.h"

static const struct {
    const char *fail_info, *text, *hresult;
    enum err_class class;
    const char *reason;
} refusals[] = {
    {"0", "", "", ERR_CONFIG, "badAlg (the server does not know an algorithm that was used)"},
    {"1", "", "", ERR_DENIED, "badMessageCheck (it could not verify the message or the challenge)"},
    {"2", "no", "", ERR_DENIED, "badRequest (it does not permit or support the request): no"},
    {"2", "", "", ERR_DENIED,
     "badRequest (it does not permit or support the request); the server's own log should say why; "
     "if it has issued a certificate of the same name before, perhaps one that never arrived, "
     "revoke that one there, or let it issue another (scepserver: -allowrenew 0)"},
    {"2", "", "17", ERR_DENIED,
     "badRequest (it does not permit or support the request), HRESULT 0x00000011"},
    {"3", "", "", ERR_RETRY, "badTime (the clocks of server and client are too far apart)"},
    {"4", "", "", ERR_DENIED, "badCertId (it found no certificate for what was asked)"},
    {"5", "", "", ERR_DENIED, "unknown failInfo \"5\""},
    {"-1", "", "", ERR_DENIED, "unknown failInfo \"-1\""},
    {"2 ", "", "", ERR_DENIED, "unknown failInfo \"2 \""},
    {"99999999999999999999999999999", "", "", ERR_DENIED,
     "unknown failInfo \"99999999999999999999\""},
    {"", "", "", ERR_DENIED, "no reason given"},
    {"", "quota", "", ERR_DENIED, "no reason given: quota"},
    {"", "", "-2147024809", ERR_DENIED, "no reason given, HRESULT 0x80070057 E_INVALIDARG"},
    {"", "", "2147942487", ERR_DENIED, "no reason given, HRESULT 0x80070057 E_INVALIDARG"},
    {"", "", "17", ERR_DENIED, "no reason given, HRESULT 0x00000011"},
    {"", "", "-99999999999", ERR_DENIED, "no reason given, HRESULT \"-99999999999\""},
    {"", "", "abc", ERR_DENIED, "no reason given, HRESULT \"abc\""},
};

START_TEST(describes)
{
    autobuf reason = {0};
    ck_assert_int_eq(refusal_describe(refusals[_i].fail_info, refusals[_i].text,
                                      refusals[_i].hresult, &reason, NULL),
                     0);
    ck_assert_str_eq(buf_text(&reason), refusals[_i].reason);
    ck_assert_int_eq(refusal_class(refusals[_i].fail_info), refusals[_i].class);
}
END_TEST

Suite *refusal_suite(void)
{
    Suite *suite = suite_create("scep/refusal");
    TCase *tc = tcase_create("refusal");
    tcase_add_loop_test(tc, describes, 0, LENGTH(refusals));
    suite_add_tcase(suite, tc);
    return suite;
}
