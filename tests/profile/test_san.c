#include "profile/san.h"

#include "profile/settings.h"
#include "tests/suite.h"
#include <string.h>

#define SID "S-1-5-21-3623811015-3361044348-30300820-1013"

static struct setting set[] = {{.value = "alice@contoso.com"},
                               {.value = "1a2b"},
                               {.value = SID},
                               {.value = "lab-1.corp.contoso.com"},
                               {.value = "lab_1"}};
static const char *const set_names[] = {"UserPrincipalName", "AAD_Device_ID",
                                        "OnPremisesSecurityIdentifier", "FullyQualifiedDomainName",
                                        "DeviceName"};

static const struct {
    const char *text, *user, *expected; /* '!': refused when parsed, "!!" when expanded */
} rows[] = {
    {"upn:{{UserPrincipalName}}", "alice", "upn:alice@contoso.com"},
    {"UPN: {{UserPrincipalName}}", "alice", "upn:alice@contoso.com"},
    {"email:{{UserName}}@contoso.com", "alice", "email:alice@contoso.com"},
    {"dns:{{AzureADDeviceId}}.domain.com", NULL, "dns:1a2b.domain.com"},
    {"email:{{FullyQualifiedDomainName}}User1@Contoso.com", NULL,
     "email:lab-1.corp.contoso.comUser1@Contoso.com"},
    {"uri:{{OnPremisesSecurityIdentifier}}", NULL, "uri:tag:microsoft.com,2022-09-14:sid:" SID},
    {"uri:tag:microsoft.com,2022-09-14:sid:{{OnPremisesSecurityIdentifier}}", NULL,
     "uri:tag:microsoft.com,2022-09-14:sid:" SID},
    {"uri:https://contoso.com/{{UserName}}", "alice", "uri:https://contoso.com/alice"},
    {"uri:urn:uuid:{{AAD_Device_ID}}", NULL, "uri:urn:uuid:1a2b"},
    {"dns:contoso.com", NULL, "dns:contoso.com"},
    {"upn:\xc3\xa5sa@contoso.com", NULL, "upn:\xc3\xa5sa@contoso.com"},

    {"", NULL, "!must begin with email:, upn:, dns: or uri:"},
    {"alice", NULL, "!must begin with"},
    {"emial:a@b", NULL, "!(did you mean email?)"},
    {"ip:1.2.3.4", NULL, "!must begin with"},
    {":a", NULL, "!must begin with"},
    {"dns:", NULL, "!is empty"},
    {"upn:{{UserName}};x@contoso.com", NULL, "!holds one of"},
    {"upn:{{UserName}}|x", NULL, "!holds one of"},
    {"upn:{{UserName}}{x}", NULL, "!holds one of"},
    {"upn:x{{UserName}}}@y", NULL, "!holds one of"},
    {"upn:{UserName}@contoso.com", NULL, "!two braces"},
    {"upn:{{UserNme}}@contoso.com", NULL, "!(did you mean UserName?)"},
    {"upn:{{OnPremisesSecurityIdentifier}}", NULL, "!belongs in uri: only"},
    {"upn:alice", NULL, "!exactly one '@'"},
    {"upn:@contoso.com", NULL, "!exactly one '@'"},
    {"upn:alice@", NULL, "!exactly one '@'"},
    {"email:a@b@c", NULL, "!exactly one '@'"},
    {"email:a b@c", NULL, "!must not hold a blank"},
    {"email:\xc3\xa5sa@contoso.com", NULL, "!must be ASCII: an email: name can be no other"},
    {"email:asa@\xc3\xa5.se", NULL, "!must be ASCII: write its host in punycode"},
    {"email:asa@xn--5ca.se", NULL, "email:asa@xn--5ca.se"},
    {"email:a@-x.com", NULL, "!begins or ends with '-'"},
    {"dns:a..b", NULL, "!empty or longer than 63"},
    {"dns:a.b.", NULL, "!empty or longer than 63"},
    {"dns:.a", NULL, "!empty or longer than 63"},
    {"dns:a_b", NULL, "!no DNS name"},
    {"dns:a b", NULL, "!no DNS name"},
    {"dns:*.contoso.com", NULL, "!no DNS name"},
    {"dns:\xc3\xa5.se", NULL, "!no DNS name"},
    {"dns:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.se", NULL,
     "!longer than 63"},
    {"uri:contoso.com/x", NULL, "!is no URI"},
    {"uri:1x:y", NULL, "!is no URI"},
    {"uri:x:", NULL, "!is no URI"},
    {"uri:x:a b", NULL, "!must not hold"},
    {"uri:x:<y>", NULL, "!must not hold"},
    {"uri:x:\xc3\xa5", NULL, "!must not hold"},
    {"dns:a\nb", NULL, "!control character"},
    {"dns:\xff", NULL, "!is not UTF-8"},

    {"dns:{{DeviceName}}.corp", NULL, "!!no DNS name"},
    {"upn:{{UserName}}", "alice", "!!exactly one '@'"},
    {"upn:{{UserName}}@contoso.com", "alice,email:root", "upn:alice,email:root@contoso.com"},
    {"email:{{UserName}}@contoso.com", "{{UserName}}", "email:{{UserName}}@contoso.com"},
    {"email:{{UserName}}@contoso.com", "a b", "!!must not hold a blank"},
    {"email:{{UserName}}@contoso.com", "\xc3\xa5sa", "!!must be ASCII"},
    {"uri:https://contoso.com/{{UserName}}", "\"", "!!must not hold"},
    {"uri:https://contoso.com/{{UserName}}", "a b", "!!must not hold"},
    {"dns:{{UserName}}.contoso.com", "alice,dns:evil", "!!no DNS name"},
    {"dns:{{UserName}}.contoso.com", "a\r\nb", "!!control character"},
    {"upn:{{UserName}}@contoso.com", NULL, "!!{{UserName}}: only users have it"},
    {"email:{{EmailAddress}}", "alice", "!!{{EmailAddress}}: no value: looked in"},
};

static char *outcome(const char *text, const char *user)
{
    CLEANUP(san_free) struct san_template san = {0};
    struct settings settings = {.v = set, .n = LENGTH(set)};
    struct attributes attributes = {.settings = &settings, .user = user};
    struct san out = {0};
    struct err err = {0};
    for (size_t i = 0; i < LENGTH(set); i++)
        set[i].attribute = attribute_find(set_names[i], strlen(set_names[i]));
    if (san_parse(text, &san, &err) < 0)
        return text_format("!%s", err.text);
    if (san_expand(&san, &attributes, &out, &err) < 0)
        return text_format("!!%s", err.text);
    autofree char *value = out.value;
    return text_format("%s:%s", san_kind_name(out.kind), value);
}

START_TEST(reads)
{
    autofree char *got = outcome(rows[_i].text, rows[_i].user);
    size_t marks = strspn(rows[_i].expected, "!");
    if (!marks)
        ck_assert_str_eq(got, rows[_i].expected);
    else
        ck_assert_msg(strspn(got, "!") == marks && strstr(got, rows[_i].expected + marks), "%s",
                      got);
}
END_TEST

static const char *const no_sids[] = {"S-1-",   "S-1",   "S-2-5",  "S-1-5-",
                                      "S-1--5", "s-1-5", "S-1-5x", "alice"};

START_TEST(maps_sids_only)
{
    set[2].value = (char *)no_sids[_i];
    autofree char *got = outcome("uri:{{OnPremisesSecurityIdentifier}}", "alice");
    ck_assert_msg(strstr(got, "its value is no SID"), "%s", got);
    set[2].value = SID;
}
END_TEST

Suite *san_suite(void)
{
    Suite *suite = suite_create("profile/san");
    TCase *tc = tcase_create("san");
    tcase_add_loop_test(tc, reads, 0, LENGTH(rows));
    tcase_add_loop_test(tc, maps_sids_only, 0, LENGTH(no_sids));
    suite_add_tcase(suite, tc);
    return suite;
}
