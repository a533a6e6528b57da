#include "profile/profile.h"

#include "tests/profile/place.h"
#include "tests/suite.h"
#include <string.h>

#define ROOT "[trusted-root r]\ncertificate = ca.pem\n[trusted-root q]\ncertificate = ca.pem\n"

/* Keys that a profile has unless a row says otherwise. */
static const char *const usual[][2] = {
    {"subject", "CN={{UserName}}, O=Contoso"},
    {"san", "upn:{{UserName}}@contoso.com"},
    {"root", "r"},
    {"url", "https://a/"},
    {"url ", "https://b/"}, /* the blank tells them apart here and is none of the key */
    {"eku", "client-auth, server-auth"},
};

/* The profile with KEY set to VALUE, as alice's request and wish. */
static void wish(const char *key, const char *value, struct request *request, struct buf *ret)
{
    struct profile_set set = {0};
    struct err err = {0};
    autobuf text = {0};
    bool seen = false;
    const char *place = make_place();
    put("ca.pem", 0644, test_ca_pem);
    put("challenge", 0600, "x");
    put("signet.conf", 0644, "[attributes]\nDepartment = IT\n");
    buf_add_text(&text, ROOT "[scep s]\n", NULL);
    for (size_t i = 0; i < LENGTH(usual); i++) {
        bool ours = key && strcmp(usual[i][0], key) == 0;
        seen = seen || ours;
        buf_printf(&text, NULL, "%s = %s\n", usual[i][0], ours ? value : usual[i][1]);
    }
    if (key && !seen)
        buf_printf(&text, NULL, "%s = %s\n", key, value);
    put("conf.d/a.conf", 0600, buf_text(&text));
    ck_assert_int_eq(profile_load(place, &set, &err), 0);
    ck_assert_msg(set.problems.n == 0, "%s", set.problems.n ? set.problems.v[0].text : "");
    const struct profile *s = profile_find(&set, PROFILE_SCEP, "s");
    struct attributes attributes = {.settings = &set.settings, .user = "alice", .uid = 1000};
    ck_assert_msg(profile_request(s, &attributes, request, &err) == 0, "%s", err.text);
    ck_assert_int_eq(profile_wish(s, request, ret, NULL), 0);
    profile_set_free(&set);
    remove_place();
}

static const struct {
    const char *key, *value;
    bool same; /* is it still the same wish? */
} edits[] = {
    {NULL, NULL, true},
    {"description", "x", true},
    {"renewal-threshold", "50", true},
    {"poll-interval", "1 hour", true},
    {"poll-limit", "60 days", true},
    {"on-mismatch", "reject", true},
    {"challenge", "file:challenge", true},
    {"key-access", "@netdev", true},
    {"scope-tags", "x", true},
    {"assign-groups", "staff", true},
    {"minimum-crypto", "aes128-sha256", true},
    {"accept-des", "yes", true},
    {"hash", "sha256", true},
    {"key-size", "2048", true},
    {"eku", "server-auth, client-auth", true},
    {"eku", "1.3.6.1.5.5.7.3.2, server-auth", true},
    {"subject", "cn={{username}}; O=Contoso", true},
    {"subject", "CN={{UserName}}, O=Contoso, C=SE", false},
    {"subject", "CN={{UserName}}+O=Contoso", false},
    {"subject", "O=Contoso, CN={{UserName}}", false},
    {"subject", "CN={{UserName}}, O=contoso", false},
    {"subject", "none", false},
    {"subject-order", "forward", false},
    {"san", "email:{{UserName}}@contoso.com", false},
    {"validity", "1 year", false},
    {"key-storage", "software", false},
    {"key-usage", "digital-signature", false},
    {"key-size", "3072", false},
    {"key-type", "ec", false},
    {"hash", "sha512", false},
    {"eku", "client-auth", false},
    {"eku", "none", false},
    {"root", "q", false},
    {"url", "https://c/", false},
    {"ca-ident", "x", false},
};

START_TEST(tells_edits_that_matter)
{
    CLEANUP(request_free) struct request a = {0}, b = {0};
    autobuf before = {0}, after = {0};
    wish(NULL, NULL, &a, &before);
    wish(edits[_i].key, edits[_i].value, &b, &after);
    ck_assert(buf_equal(&before, &after) == edits[_i].same);
}
END_TEST

START_TEST(ignores_the_order_of_urls)
{
    CLEANUP(request_free) struct request a = {0};
    autobuf out = {0};
    wish(NULL, NULL, &a, &out);
    const char *first = strstr(buf_text(&out), "https://a/"),
               *second = strstr(buf_text(&out), "https://b/");
    ck_assert(first && second && first < second);
}
END_TEST

/* Values that look like lines of the text. */
START_TEST(cannot_be_forged)
{
    struct strings none = {0};
    struct profile profile = {.kind = PROFILE_SCEP};
    struct request one = {0}, two = {0};
    autobuf a = {0}, b = {0};
    profile.scep.root = (char *)"r";
    struct san forged[] = {{SAN_UPN, (char *)"a\nupn 1:b"}},
               honest[] = {{SAN_UPN, (char *)"a"}, {SAN_UPN, (char *)"b"}};
    one.sans = forged;
    one.n_sans = 1;
    two.sans = honest;
    two.n_sans = 2;
    one.ekus = two.ekus = none;
    profile_wish(&profile, &one, &a, NULL);
    profile_wish(&profile, &two, &b, NULL);
    ck_assert(!buf_equal(&a, &b));
}
END_TEST

START_TEST(carries_everything)
{
    CLEANUP(request_free) struct request r = {0};
    autobuf out = {0};
    wish("validity", "18 months", &r, &out);
    ck_assert_uint_eq(r.subject.n, 2);
    ck_assert_str_eq(r.subject.v[0].oid, "2.5.4.10"); /* encoded as Windows does */
    ck_assert_str_eq(buf_text(&r.subject.v[0].value), "Contoso");
    ck_assert_str_eq(buf_text(&r.subject.v[1].value), "alice");
    ck_assert_uint_eq(r.n_sans, 1);
    ck_assert_str_eq(r.sans[0].value, "alice@contoso.com");
    ck_assert_uint_eq(r.ekus.n, 2);
    ck_assert_int_eq(r.validity_unit, VALIDITY_MONTHS);
    ck_assert_uint_eq(r.validity, 18);
    ck_assert_uint_eq(r.key_size, 2048);
    ck_assert_int_eq(r.hash, HASH_SHA256);
    ck_assert_uint_eq(r.warnings.n, 0);
}
END_TEST

START_TEST(names_the_variable_without_value)
{
    struct profile_set set = {0};
    struct request request = {0};
    struct err err = {0};
    const char *place = make_place();
    put("ca.pem", 0644, test_ca_pem);
    put("conf.d/a.conf", 0644,
        ROOT "[scep s]\nsubject = CN={{UserName}}\nsan = upn:{{UserPrincipalName}}\nroot = r\n"
             "url = http://h/\n");
    ck_assert_int_eq(profile_load(place, &set, &err), 0);
    struct attributes attributes = {.settings = &set.settings, .user = "alice"};
    const struct profile *s = profile_find(&set, PROFILE_SCEP, "s"),
                         *r = profile_find(&set, PROFILE_TRUSTED_ROOT, "r");
    ck_assert_int_eq(profile_request(s, &attributes, &request, &err), -ERR_CONFIG);
    ck_assert_str_eq(err.text,
                     "san: {{UserPrincipalName}}: no value: looked in [attributes] of signet.conf, "
                     "SSSD (userPrincipalName), SSSD (krbPrincipalName), the login name; for SSSD "
                     "to tell it, user_attributes of [ifp] in sssd.conf, and often "
                     "ldap_user_extra_attrs of the domain, must name it");
    ck_assert_int_eq(profile_request(r, &attributes, &request, &err), -ERR_BUG);
    ck_assert_ptr_null(request.sans);
    profile_set_free(&set);
    remove_place();
}
END_TEST

Suite *request_suite(void)
{
    Suite *suite = suite_create("profile/request");
    TCase *tc = tcase_create("request");
    tcase_add_loop_test(tc, tells_edits_that_matter, 0, LENGTH(edits));
    tcase_add_test(tc, ignores_the_order_of_urls);
    tcase_add_test(tc, cannot_be_forged);
    tcase_add_test(tc, carries_everything);
    tcase_add_test(tc, names_the_variable_without_value);
    suite_add_tcase(suite, tc);
    return suite;
}
