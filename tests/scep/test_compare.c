#include "scep/compare.h"

#include "scep/csr.h"
#include "tests/ca/issue.h"
#include "tests/scep/fixture.h"
#include "tests/suite.h"

#include <string.h>

#define DAY 86400L

static struct identity authority;

static void make_authority(void)
{
    fixture_keys();
    authority = issue_ca("CA", true);
}

static void free_authority(void)
{
    identity_free(&authority);
}

/* What the CA makes of REQUEST under these rules, words with blanks between them. */
static X509 *issue(const struct request *request, const char *words)
{
    struct rules rules = {0};
    autofree char *copy = strdup(words);
    for (char *rest = copy, *word; (word = strsep(&rest, " "));)
        ck_assert(!*word || rules_add(&rules, word));
    autobuf der = {0};
    struct err err;
    ck_assert_msg(csr_build(fixture_key(FIXTURE_EC_A), request, HASH_SHA256, NULL, &der, &err) == 0,
                  "%s", err.text);
    const uint8_t *at = der.data;
    CLEANUP(X509_REQ_free_p) X509_REQ *csr = d2i_X509_REQ(NULL, &at, (long)der.len);
    X509 *made = issue_for(&authority, csr, &rules, 7);
    ck_assert_ptr_nonnull(made);
    return made;
}

/* Exactly one line for each of EXPECTED, separated by '|', in this order, each with that text. */
static void expect(X509 *certificate, const X509 *issuer, const struct request *request,
                   const char *expected)
{
    CLEANUP(strings_free) struct strings told = {0};
    struct err err;
    ck_assert_msg(compare_certificate(certificate, issuer, request, &told, &err) == 0, "%s",
                  err.text);
    autofree char *copy = strdup(expected);
    size_t n = 0;
    for (char *rest = *copy ? copy : NULL, *part; (part = strsep(&rest, "|")); n++) {
        ck_assert_msg(n < told.n, "nothing tells of %s", part);
        ck_assert_msg(strstr(told.v[n], part), "%s\n%s", part, told.v[n]);
    }
    ck_assert_msg(told.n == n, "%s", n < told.n ? told.v[n] : "");
}

static const struct {
    const char *rules, *expected;
} rules[] = {
    {"", ""},
    {"other-subject", "changed the subject from \"OU=Staff, CN=alice\" to \"CN=someone else\""},
    {"no-san", "left out the alternative name \"email:alice@example.com\"|"
               "left out the alternative name \"upn:alice@corp.example.com\""},
    {"add-san", "added the alternative name \"DNS:added.test\""},
    {"no-eku", "left out the extended key usage client-auth (1.3.6.1.5.5.7.3.2)|"
               "left out the extended key usage 1.2.3.4"},
    {"less-usage",
     "left out the key usage digitalSignature|left out the key usage keyEncipherment"},
    {"sha1", "signed the certificate with SHA-1"},
    {"long", "longer than was asked for"},
    {"short:7200", "valid for 0 days and 2 hours, shorter than was asked for"},
    {"other-subject no-san no-eku less-usage long sha1",
     "subject|email|upn|client-auth|1.2.3.4|digitalSignature|keyEncipherment|longer|SHA-1"},
};

START_TEST(tells_every_difference)
{
    CLEANUP(fixture_request_free) struct request request;
    fixture_request(&request);
    ck_assert_int_eq(strings_add(&request.ekus, "1.2.3.4", NULL), 0);
    request.validity_unit = VALIDITY_YEARS;
    request.validity = 1;
    CLEANUP(X509_free_p) X509 *certificate = issue(&request, rules[_i].rules);
    expect(certificate, NULL, &request, rules[_i].expected);
}
END_TEST

/* An empty wish is fulfilled by any certificate that adds no name. */
START_TEST(what_was_not_asked_for_is_not_missed)
{
    CLEANUP(fixture_request_free) struct request request = {.hash = HASH_SHA1};
    fixture_ava(&request.subject, OID_CN, NAME_UTF8, false, "alice");
    CLEANUP(X509_free_p) X509 *certificate = issue(&request, "sha1 long less-usage");
    expect(certificate, NULL, &request, "");
}
END_TEST

static const struct {
    enum san_kind asked_kind;
    const char *asked;
    enum san_kind got_kind;
    const char *got, *expected;
} names[] = {
    {SAN_DNS, "Box.Test", SAN_DNS, "box.test", ""},
    {SAN_EMAIL, "alice@Example.COM", SAN_EMAIL, "alice@example.com", ""},
    {SAN_EMAIL, "Alice@example.com", SAN_EMAIL, "alice@example.com",
     "left out the alternative name \"email:Alice@|added the alternative name \"email:alice@"},
    {SAN_EMAIL, "alice", SAN_EMAIL, "Alice", "left out|added"},
    {SAN_UPN, "Alice@x", SAN_UPN, "alice@x", "left out the alternative name \"upn:|added"},
    {SAN_URI, "urn:A", SAN_URI, "urn:a", "left out the alternative name \"uri:urn:A|added"},
    {SAN_DNS, "a.test", SAN_URI, "a.test", "left out|added"},
    {SAN_DNS, "a.test", SAN_EMAIL, "a.test", "left out|added"},
    {SAN_DNS, "a.test", SAN_DNS, "a.tes", "left out|added"},
    {SAN_DNS, "a.test", SAN_DNS, "a\n\x1b[2J", "left out|added the alternative name \"DNS:a?"},
};

START_TEST(names_are_the_same_or_not)
{
    CLEANUP(fixture_request_free) struct request asked = {0}, got = {0};
    fixture_san(&asked, names[_i].asked_kind, names[_i].asked);
    fixture_san(&got, names[_i].got_kind, names[_i].got);
    CLEANUP(X509_free_p) X509 *certificate = issue(&got, "");
    expect(certificate, NULL, &asked, names[_i].expected);
}
END_TEST

/* The order of RDNs is part of a name, the string type and the case of letters are not. */
START_TEST(subjects_are_the_same_or_not)
{
    static const struct {
        enum name_type type;
        const char *first, *second, *expected;
    } rows[] = {
        {NAME_UTF8, OID_OU, OID_CN, ""},
        {NAME_PRINTABLE, OID_OU, OID_CN, ""},
        {NAME_UTF8, OID_CN, OID_OU, "changed the subject from \"OU=a, CN=a\" to \"CN=a, OU=a\""},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        CLEANUP(fixture_request_free) struct request asked = {0}, got = {0};
        fixture_ava(&asked.subject, OID_OU, NAME_UTF8, false, "a");
        fixture_ava(&asked.subject, OID_CN, NAME_UTF8, false, "a");
        fixture_ava(&got.subject, rows[i].first, rows[i].type, false, "a");
        fixture_ava(&got.subject, rows[i].second, rows[i].type, false, "a");
        CLEANUP(X509_free_p) X509 *certificate = issue(&got, "");
        expect(certificate, NULL, &asked, rows[i].expected);
    }
}
END_TEST

static const struct {
    enum validity_unit unit;
    unsigned n;
    long lifetime; /* seconds */
    const char *expected;
} validities[] = {
    {VALIDITY_NONE, 0, 1, ""},
    {VALIDITY_NONE, 0, 9999 * DAY, ""},
    {VALIDITY_YEARS, 1, 365 * DAY, ""},
    {VALIDITY_YEARS, 1, 366 * DAY + 600, ""},
    {VALIDITY_YEARS, 1, 364 * DAY, ""},
    {VALIDITY_YEARS, 1, 364 * DAY - 1, "shorter"},
    {VALIDITY_YEARS, 1, 367 * DAY, ""},
    {VALIDITY_YEARS, 1, 367 * DAY + 1, "longer"},
    {VALIDITY_YEARS, 2, 365 * DAY, "valid for 365 days and 0 hours, shorter"},
    {VALIDITY_YEARS, 100, 36525 * DAY, ""},
    {VALIDITY_MONTHS, 1, 28 * DAY, ""},
    {VALIDITY_MONTHS, 1, 31 * DAY, ""},
    {VALIDITY_MONTHS, 1, 27 * DAY, "shorter"},
    {VALIDITY_MONTHS, 1, 33 * DAY, "longer"},
    {VALIDITY_MONTHS, 12, 360 * DAY, ""},
    {VALIDITY_MONTHS, 12, 365 * DAY, ""},
    {VALIDITY_MONTHS, 11, 365 * DAY, "longer"},
    {VALIDITY_DAYS, 365, 365 * DAY, ""},
    {VALIDITY_DAYS, 300, 365 * DAY, "valid for 365 days, longer"},
    {VALIDITY_DAYS, 1, DAY, ""},
    {VALIDITY_DAYS, 1, DAY - 3600, ""},
    {VALIDITY_DAYS, 1, 3600, "valid for 0 days and 1 hours, shorter"},
    {VALIDITY_DAYS, 4294967295u, 365 * DAY, "shorter"},
};

START_TEST(validity_is_compared_with_what_the_wish_can_mean)
{
    struct request request = {.validity_unit = validities[_i].unit, .validity = validities[_i].n};
    CLEANUP(X509_free_p) X509 *certificate = issue(&request, "");
    ASN1_TIME_set(X509_getm_notBefore(certificate), 1700000000);
    ASN1_TIME_set(X509_getm_notAfter(certificate), 1700000000 + validities[_i].lifetime);
    expect(certificate, NULL, &request, validities[_i].expected);
}
END_TEST

START_TEST(a_ca_that_ends_first_is_told)
{
    static const struct {
        long certificate, issuer;
        bool told;
    } rows[] = {{100 * DAY, 100 * DAY, true},
                {100 * DAY - 3600, 100 * DAY, true},
                {100 * DAY, 99 * DAY, true},
                {100 * DAY, 102 * DAY, false}};
    struct request request = {.validity_unit = VALIDITY_YEARS, .validity = 1};
    CLEANUP(X509_free_p) X509 *certificate = issue(&request, "");
    CLEANUP(X509_free_p) X509 *issuer = X509_dup(authority.certificate);
    for (size_t i = 0; i < LENGTH(rows); i++) {
        ASN1_TIME_set(X509_getm_notBefore(certificate), 1700000000);
        ASN1_TIME_set(X509_getm_notAfter(certificate), 1700000000 + rows[i].certificate);
        ASN1_TIME_set(X509_getm_notAfter(issuer), 1700000000 + rows[i].issuer);
        expect(certificate, issuer, &request,
               rows[i].told ? "shorter than was asked for, because the CA's own" : "shorter");
        CLEANUP(strings_free) struct strings lines = {0};
        ck_assert_int_eq(compare_certificate(certificate, issuer, &request, &lines, NULL), 0);
        ck_assert((strstr(lines.v[0], "because") != NULL) == rows[i].told);
    }
}
END_TEST

Suite *compare_suite(void)
{
    Suite *suite = suite_create("scep/compare");
    TCase *tc = tcase_create("compare");
    tcase_add_unchecked_fixture(tc, make_authority, free_authority);
    tcase_add_loop_test(tc, tells_every_difference, 0, LENGTH(rules));
    tcase_add_test(tc, what_was_not_asked_for_is_not_missed);
    tcase_add_loop_test(tc, names_are_the_same_or_not, 0, LENGTH(names));
    tcase_add_test(tc, subjects_are_the_same_or_not);
    tcase_add_loop_test(tc, validity_is_compared_with_what_the_wish_can_mean, 0,
                        LENGTH(validities));
    tcase_add_test(tc, a_ca_that_ends_first_is_told);
    suite_add_tcase(suite, tc);
    return suite;
}
