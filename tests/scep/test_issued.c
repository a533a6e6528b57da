#include "scep/issued.h"

#include "tests/ca/issue.h"
#include "tests/scep/fixture.h"
#include "tests/suite.h"

#include <string.h>

/* OLD and NEW are of one CA; SAME_KEY is a renewal of OLD that kept its key, SAME_SERIAL one that
 * kept its number, and ANOTHERS has that number from another CA. The others are ours, and nobody
 * should have them. */
enum { OLD, NEW, SAME_KEY, SAME_SERIAL, ANOTHERS, ROOT, ITS_OWN_CA, ZERO, LARGE, N_CERTS };

static X509 *certs[N_CERTS];

static X509 *issue(const struct identity *ca, int key, long serial, const char *rule)
{
    struct rules rules = {0};
    if (rule)
        ck_assert(rules_add(&rules, rule));
    CLEANUP(X509_REQ_free_p) X509_REQ *csr = X509_REQ_new();
    X509_REQ_set_pubkey(csr, fixture_key(key));
    CLEANUP(extensions_free_p) STACK_OF(X509_EXTENSION) *extensions = sk_X509_EXTENSION_new_null();
    sk_X509_EXTENSION_push(extensions,
                           X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "DNS:box.test"));
    X509_REQ_add_extensions(csr, extensions);
    X509_REQ_sign(csr, fixture_key(key), EVP_sha256());
    return issue_for(ca, csr, &rules, serial);
}

static void make_all(void)
{
    struct identity ca = issue_ca("CA", true), other = issue_ca("Other CA", true);
    certs[OLD] = issue(&ca, FIXTURE_EC_A, 10, NULL);
    certs[NEW] = issue(&ca, FIXTURE_EC_B, 11, NULL);
    certs[SAME_KEY] = issue(&ca, FIXTURE_EC_A, 12, NULL);
    certs[SAME_SERIAL] = issue(&ca, FIXTURE_EC_B, 10, NULL);
    certs[ANOTHERS] = issue(&other, FIXTURE_EC_B, 10, NULL);
    certs[ITS_OWN_CA] = issue(&ca, FIXTURE_EC_B, 13, "is-ca");
    certs[ZERO] = issue(&ca, FIXTURE_EC_B, 14, "zero-in-name");
    certs[LARGE] = issue(&ca, FIXTURE_EC_B, 15, "many-sans:2000");
    certs[ROOT] = ca.certificate;
    EVP_PKEY_free(ca.key);
    identity_free(&other);
}

static void free_all(void)
{
    for (int i = 0; i < N_CERTS; i++)
        X509_free(certs[i]);
}

#define NONE -1

static const struct {
    int given[3], n, key, old, found;
    const char *text;
} cases[] = {
    {{NEW}, 1, FIXTURE_EC_B, NONE, NEW, NULL},
    {{ROOT, NEW}, 2, FIXTURE_EC_B, NONE, NEW, NULL},
    {{NEW, ROOT}, 2, FIXTURE_EC_B, OLD, NEW, NULL},
    {{OLD, NEW, ROOT}, 3, FIXTURE_EC_B, OLD, NEW, NULL}, /* the old one as a mere companion */
    {{SAME_KEY}, 1, FIXTURE_EC_A, OLD, SAME_KEY, NULL},
    {{OLD, SAME_KEY}, 2, FIXTURE_EC_A, OLD, SAME_KEY, NULL},
    {{OLD}, 1, FIXTURE_EC_A, OLD, NONE, "the old certificate (serial 0A)"},
    {{OLD}, 1, FIXTURE_EC_B, OLD, NONE, "the old certificate (serial 0A)"},
    {{ROOT, OLD}, 2, FIXTURE_EC_B, OLD, NONE, "the old certificate (serial 0A)"},
    {{OLD}, 1, FIXTURE_EC_B, NONE, NONE, "for another key: \"\" (SHA-256 "},
    {{ROOT}, 1, FIXTURE_EC_B, OLD, NONE, "for another key: \"CN=CA\" (SHA-256 "},
    {{NEW, ROOT}, 2, FIXTURE_RSA_A, OLD, NONE, "for another key"},
    {{ROOT, SAME_KEY}, 2, FIXTURE_EC_B, OLD, NONE, "renewed the old key, not the new one"},
    {{SAME_KEY, OLD}, 2, FIXTURE_EC_B, OLD, NONE, "the old certificate (serial 0A)"},
    {{SAME_SERIAL}, 1, FIXTURE_EC_B, OLD, NONE, "the serial number of the old one (0A)"},
    {{SAME_SERIAL}, 1, FIXTURE_EC_B, NONE, SAME_SERIAL, NULL},
    {{ANOTHERS}, 1, FIXTURE_EC_B, OLD, ANOTHERS, NULL}, /* the CA has changed */
    {{SAME_SERIAL, NEW}, 2, FIXTURE_EC_B, OLD, NEW, NULL},
    {{ITS_OWN_CA, ROOT}, 2, FIXTURE_EC_B, OLD, NONE, "may issue others"},
    {{ZERO}, 1, FIXTURE_EC_B, NONE, NONE, "zero byte in one of its names"},
    {{ROOT, LARGE}, 2, FIXTURE_EC_B, NONE, NONE, "more than 16384"},
    {{SAME_KEY}, 1, FIXTURE_EC_B, NONE, NONE, "for another key"},
};

START_TEST(finds_ours)
{
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *given = sk_X509_new_null();
    for (int i = 0; i < cases[_i].n; i++)
        X509_add_cert(given, certs[cases[_i].given[i]], X509_ADD_FLAG_UP_REF);
    X509 *old = cases[_i].old == NONE ? NULL : certs[cases[_i].old], *found = NULL;
    struct err err = {0};
    int rc = issued_find(given, fixture_key(cases[_i].key), old, &found, &err);
    if (rc == 0)
        rc = issued_check(found, &err);
    if (rc < 0)
        found = NULL;
    if (cases[_i].found == NONE) {
        ck_assert_int_eq(rc, -ERR_CONFIG);
        ck_assert_ptr_null(found);
        ck_assert_msg(strstr(err.text, cases[_i].text) != NULL, "%s", err.text);
    } else {
        ck_assert_int_eq(rc, 0);
        ck_assert_ptr_eq(found, certs[cases[_i].found]);
    }
}
END_TEST

Suite *issued_suite(void)
{
    Suite *suite = suite_create("scep/issued");
    TCase *tc = tcase_create("issued");
    tcase_add_unchecked_fixture(tc, make_all, free_all);
    tcase_add_loop_test(tc, finds_ours, 0, LENGTH(cases));
    suite_add_tcase(suite, tc);
    return suite;
}
