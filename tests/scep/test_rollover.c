/* GetNextCACert: when it is asked, what is believed of it, and what becomes of it once the present
 * CA has ended. */
#include "scep/rollover.h"

#include "tests/ca/issue.h"
#include "tests/scep/fixture.h"
#include "tests/scep/line.h"
#include "tests/suite.h"

#include <string.h>

#define URL  "http://ca.test/scep"
#define YEAR (365 * 86400L)

static struct identity present, older, next, stranger, ra;

static void make_all(void)
{
    fixture_keys();
    older = issue_ca("CA", false);
    issue_ca_ending(&older);
    present = issue_ca("CA", false);
    issue_ca_ending(&present);
    next = issue_ca("CA", false);
    stranger = issue_ca("Stranger", true);
    ra = issue_under(&present,
                     &(struct issue_plan){.name = "RA",
                                          .bits = 2048,
                                          .usage = "critical,digitalSignature,keyEncipherment"},
                     7);
}

static void free_all(void)
{
    identity_free(&present);
    identity_free(&older);
    identity_free(&next);
    identity_free(&stranger);
    identity_free(&ra);
}

static const struct {
    long from, to; /* from now */
    bool near;
} lifetimes[] = {
    {-8 * YEAR, 2 * YEAR + 3600, false},
    {-8 * YEAR, 2 * YEAR - 3600, true},
    {-10 * YEAR, 3600, true},
    {-10 * YEAR, -3600, true},
    {-3600, 10 * YEAR, false},
    {YEAR, 2 * YEAR, false},
    {-81, 19, true},
    {-79, 22, false},
    {3600, 0, false}, /* ends before it begins */
};

START_TEST(is_near_in_the_last_fifth)
{
    CLEANUP(X509_free_p) X509 *made = X509_new();
    const time_t now = 1800000000;
    ASN1_TIME_set(X509_getm_notBefore(made), now + lifetimes[_i].from);
    ASN1_TIME_set(X509_getm_notAfter(made), now + lifetimes[_i].to);
    ck_assert_int_eq(rollover_is_near(made, now), lifetimes[_i].near);
}
END_TEST

/* Who is in the bundle, who signs it, and how. */
enum { P = 1, N = 2, S = 4, R = 8, O = 16 };
enum kind { SIGNED, BARE, BESIDE, CUT, CHANGED, NOT_CMS };

static const struct {
    enum kind kind;
    unsigned bundle;
    const struct identity *by;
    const char *text; /* of the error; NULL: it is believed */
    int n;            /* certificates that come out */
} bodies[] = {
    {SIGNED, N, &present, NULL, 2},
    {SIGNED, P | N, &present, NULL, 2}, /* the present one is not new */
    {SIGNED, N | S, &present, NULL, 3}, /* whoever else it vouches for */
    {SIGNED, N | R, &present, NULL, 2},
    {SIGNED, N, &stranger, "not signed by the present CA", 0},
    {SIGNED, N, &next, "its signature is not right", 0}, /* same name and serial, another key */
    {SIGNED, N, &ra, "not signed by the present CA", 0},
    {SIGNED, P, &present, "no new CA certificate", 0},
    {SIGNED, R, &present, "no new CA certificate", 0},
    {SIGNED, O, &present, "no new CA certificate that outlives the present one", 0},
    {SIGNED, O | R, &present, "no new CA certificate", 0},
    {SIGNED, O | N, &present, NULL, 3},
    {SIGNED, 0, &present, "holds no certificates", 0},
    {BARE, N, NULL, "not exactly one signature", 0},
    {BESIDE, N, &present, "holds no certificates", 0},
    {CUT, N, &present, "no SignedData", 0},
    {CHANGED, N, &present, "its signature is not right", 0},
    {NOT_CMS, N, NULL, "no SignedData", 0},
};

static void make_body(int row, struct buf *ret)
{
    const struct identity *const all[] = {&present, &next, &stranger, &ra, &older};
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *in = sk_X509_new_null();
    autobuf bundle = {0};
    for (size_t i = 0; i < LENGTH(all); i++)
        if (bodies[row].bundle >> i & 1)
            X509_add_cert(in, all[i]->certificate, X509_ADD_FLAG_UP_REF);
    ck_assert(pki_bundle(in, &bundle));
    switch (bodies[row].kind) {
    case NOT_CMS:
        ck_assert_int_eq(buf_add_text(ret, "<html>", NULL), 0);
        return;
    case BARE:
        ck_assert_int_eq(buf_add(ret, bundle.data, bundle.len, NULL), 0);
        return;
    case BESIDE: { /* certificates that the signature says nothing about */
        CLEANUP(BIO_free_all_p) BIO *content = BIO_new_mem_buf("", 0);
        CLEANUP(CMS_ContentInfo_free_p)
        CMS_ContentInfo *cms =
            CMS_sign(present.certificate, present.key, in, content, CMS_BINARY | CMS_NOSMIMECAP);
        CLEANUP(bytes_free_p) uint8_t *der = NULL;
        int len = i2d_CMS_ContentInfo(cms, &der);
        ck_assert_int_eq(buf_add(ret, der, (size_t)len, NULL), 0);
        return;
    }
    default:
        ck_assert(pki_sign(&bundle, bodies[row].by, ret));
    }
    if (bodies[row].kind == CUT)
        ret->len -= 5;
    if (bodies[row].kind == CHANGED)
        ret->data[ret->len - 1] ^= 1;
}

START_TEST(believes_the_present_ca_only)
{
    autobuf body = {0};
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *cas = sk_X509_new_null(), *found = NULL;
    const struct strength strength = {.minimum = MINIMUM_AES256_SHA256};
    struct err err = {0};
    X509_add_cert(cas, ra.certificate, X509_ADD_FLAG_UP_REF);
    X509_add_cert(cas, present.certificate, X509_ADD_FLAG_UP_REF);
    make_body(_i, &body);
    int rc = rollover_open(&body, cas, &strength, &found, &err);
    if (bodies[_i].text) {
        ck_assert_int_eq(rc, -ERR_CONFIG);
        ck_assert_msg(strstr(err.text, bodies[_i].text), "%s", err.text);
        ck_assert_ptr_null(found);
        return;
    }
    ck_assert_msg(rc == 0, "%s", err.text);
    ck_assert_int_eq(sk_X509_num(found), bodies[_i].n);
    ck_assert_int_eq(X509_cmp(sk_X509_value(found, 0), present.certificate), 0);
}
END_TEST

static const struct {
    const char *rules[4];
    const char *log;
    bool next;
    const char *warning;
} flows[] = {
    {{"next-ca"}, "caps cacert pki(PKCSReq issued)", false, NULL},
    {{"ending"}, "caps cacert pki(PKCSReq issued)", false, NULL},
    {{"ending", "next-ca"}, "caps cacert pki(PKCSReq issued) next", true, NULL},
    {{"ending", "next-ca", "ra"}, "caps cacert pki(PKCSReq issued) next", true, "ca-fingerprint"},
    {{"ending", "next-ca", "next/404"}, "caps cacert pki(PKCSReq issued) next", false, NULL},
    {{"ending", "next-ca", "next/500"},
     "caps cacert pki(PKCSReq issued) next",
     false,
     "the CA's next certificate is not taken: answered HTTP 500"},
    {{"ending", "next-ca", "next/html"},
     "caps cacert pki(PKCSReq issued) next",
     false,
     "is not taken: it is no SignedData"},
    {{"ending", "next-ca", "next-by-stranger"},
     "caps cacert pki(PKCSReq issued) next",
     false,
     "is not taken: it is not signed by the present CA"},
    {{"ending", "next-ca", "next-bare"},
     "caps cacert pki(PKCSReq issued) next",
     false,
     "is not taken: it has not exactly one signature"},
    {{"ending", "next-ca", "next/close"},
     "caps cacert pki(PKCSReq issued) next",
     false,
     "is not taken: connection closed"},
    {{"ending", "next-ca", "pki/refuse:2"}, "caps cacert pki(PKCSReq refused)", false, NULL},
};

/* Whatever becomes of it, the certificate that was issued is there. */
START_TEST(is_asked_for_at_an_enrolment)
{
    struct ca *ca = ca_new(NULL);
    struct line line = {.ca = ca, .challenge = ""};
    struct fixture fixture;
    CLEANUP(scep_result_free) struct scep_result result = {0};
    struct err err = {0};
    for (size_t i = 0; i < 4 && flows[_i].rules[i]; i++)
        ck_assert_msg(ca_behave(ca, flows[_i].rules[i]), "%s", flows[_i].rules[i]);
    fixture_operation(&fixture, fixture_key(FIXTURE_RSA_A), URL, ca_certificate(ca), NULL);
    fixture.operation.transport = line_call;
    fixture.operation.challenge = NULL;
    fixture.operation.context = &line;
    int rc = scep_enrol(&fixture.operation, &result, &err);
    ck_assert_str_eq(buf_text(&line.log), flows[_i].log);
    ck_assert_int_eq(rc == 0, strstr(flows[_i].log, "issued") != NULL);
    ck_assert_int_eq(sk_X509_num(result.next), flows[_i].next ? 2 : -1);
    ck_assert_uint_eq(result.warnings.n, flows[_i].warning != NULL);
    if (flows[_i].warning)
        ck_assert_msg(strstr(result.warnings.v[0], flows[_i].warning), "%s", result.warnings.v[0]);
    fixture_free(&fixture);
    line_free(&line);
    ca_free(ca);
}
END_TEST

Suite *rollover_suite(void)
{
    Suite *suite = suite_create("scep/rollover");
    TCase *tc = tcase_create("rollover");
    tcase_add_unchecked_fixture(tc, make_all, free_all);
    tcase_add_loop_test(tc, is_near_in_the_last_fifth, 0, LENGTH(lifetimes));
    tcase_add_loop_test(tc, believes_the_present_ca_only, 0, LENGTH(bodies));
    tcase_add_loop_test(tc, is_asked_for_at_an_enrolment, 0, LENGTH(flows));
    suite_add_tcase(suite, tc);
    return suite;
}
