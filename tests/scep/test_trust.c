#include "scep/trust.h"

#include "tests/ca/issue.h"
#include "tests/suite.h"

#include <string.h>

/* root -> middle -> leaf, a stranger of the same name as root, and a leaf that acts as a CA. */
enum { ROOT, MIDDLE, LEAF, STRANGER, ABUSED, EXPIRED, N_CERTS };

static struct identity made[N_CERTS];

static struct identity sign(const char *name, const struct identity *issuer, bool ca, long to)
{
    struct identity id = {.certificate = X509_new()};
    ck_assert_int_eq(key_generate(true, 256, &id.key, NULL), 0);
    X509_set_version(id.certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(id.certificate), 5);
    X509_NAME_add_entry_by_NID(X509_get_subject_name(id.certificate), NID_commonName, MBSTRING_UTF8,
                               (const uint8_t *)name, -1, -1, 0);
    X509_set_issuer_name(id.certificate,
                         X509_get_subject_name(issuer ? issuer->certificate : id.certificate));
    X509_gmtime_adj(X509_getm_notBefore(id.certificate), -7200);
    X509_gmtime_adj(X509_getm_notAfter(id.certificate), to);
    X509_set_pubkey(id.certificate, id.key);
    if (ca) {
        X509_EXTENSION *extension =
            X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, "critical,CA:TRUE");
        X509_add_ext(id.certificate, extension, -1);
        X509_EXTENSION_free(extension);
    }
    ck_assert(X509_sign(id.certificate, issuer ? issuer->key : id.key, EVP_sha256()));
    return id;
}

static void make_all(void)
{
    made[ROOT] = sign("Root", NULL, true, 3600);
    made[MIDDLE] = sign("Middle", &made[ROOT], true, 3600);
    made[LEAF] = sign("leaf", &made[MIDDLE], false, 3600);
    made[STRANGER] = sign("Root", NULL, true, 3600);
    made[ABUSED] = sign("abused", &made[LEAF], false, 3600);
    made[EXPIRED] = sign("expired", &made[ROOT], false, -3600);
}

static void free_all(void)
{
    for (int i = 0; i < N_CERTS; i++)
        identity_free(&made[i]);
}

static STACK_OF(X509) *stack_of(unsigned bits)
{
    STACK_OF(X509) *stack = sk_X509_new_null();
    for (int i = 0; i < N_CERTS; i++)
        if (bits & 1u << i)
            X509_add_cert(stack, made[i].certificate, X509_ADD_FLAG_UP_REF);
    return stack;
}

static const struct {
    int certificate;
    unsigned others, roots;
    int issuers;      /* how many the chain has, -1: not trusted */
    const char *text; /* of the error */
} cases[] = {
    {ROOT, 0, 1 << ROOT, 0, NULL},
    {MIDDLE, 0, 1 << ROOT, 0, NULL},
    {LEAF, 1 << MIDDLE, 1 << ROOT, 1, NULL},
    {LEAF, 1 << MIDDLE | 1 << ROOT | 1 << STRANGER, 1 << ROOT, 1, NULL},
    {LEAF, 1 << MIDDLE, 1 << ROOT | 1 << STRANGER, 1, NULL},
    {LEAF, 0, 1 << MIDDLE, 1, NULL}, /* an intermediate as anchor: kept, peers need it */
    {LEAF, 0, 1 << ROOT, -1, "certificate \"CN=leaf\" (SHA-256 "},
    {LEAF, 1 << MIDDLE, 1 << STRANGER, -1, "certificate \"CN=leaf\" (SHA-256 "},
    {LEAF, 1 << MIDDLE | 1 << ROOT, 1 << STRANGER, -1, "does not vouch"},
    {STRANGER, 0, 1 << ROOT, -1, "self-signed certificate"},
    {ABUSED, 1 << LEAF | 1 << MIDDLE, 1 << ROOT, -1, "because of \"CN=leaf\""},
    {EXPIRED, 0, 1 << ROOT, -1, "certificate has expired"},
};

START_TEST(checks)
{
    CLEANUP(x509_stack_free_p)
    STACK_OF(X509) *others = stack_of(cases[_i].others), *roots = stack_of(cases[_i].roots),
                   *chain = NULL;
    struct err err = {0};
    int r = trust_check(made[cases[_i].certificate].certificate, others, roots, &chain, &err);
    if (cases[_i].issuers < 0) {
        ck_assert_int_eq(r, -ERR_CONFIG);
        ck_assert_msg(strstr(err.text, cases[_i].text) != NULL, "%s", err.text);
        ck_assert_ptr_null(chain);
    } else {
        ck_assert_msg(r == 0, "%s", err.text);
        ck_assert_int_eq(sk_X509_num(chain), cases[_i].issuers);
    }
}
END_TEST

START_TEST(filters)
{
    CLEANUP(x509_stack_free_p)
    STACK_OF(X509) *given = stack_of(1 << LEAF | 1 << MIDDLE | 1 << STRANGER | 1 << EXPIRED),
                   *roots = stack_of(1 << ROOT), *trusted = NULL;
    ck_assert_int_eq(trust_filter(given, roots, &trusted, NULL), 0);
    ck_assert_int_eq(sk_X509_num(trusted), 2);
    ck_assert_ptr_eq(sk_X509_value(trusted, 0), made[MIDDLE].certificate);
    ck_assert_ptr_eq(sk_X509_value(trusted, 1), made[LEAF].certificate);
}
END_TEST

START_TEST(when_nothing_is_trusted_it_says_why)
{
    CLEANUP(x509_stack_free_p)
    STACK_OF(X509) *given = stack_of(1 << STRANGER), *roots = stack_of(1 << ROOT), *trusted = NULL,
                   *none = stack_of(0);
    struct err err = {0};
    ck_assert_int_eq(trust_filter(given, roots, &trusted, &err), -ERR_CONFIG);
    ck_assert_ptr_nonnull(strstr(err.text, "\"CN=Root\" (SHA-256 "));
    ck_assert_int_eq(trust_filter(none, roots, &trusted, &err), -ERR_CONFIG);
    ck_assert_int_eq(trust_filter(given, none, &trusted, &err), -ERR_CONFIG);
    ck_assert_ptr_null(trusted);
}
END_TEST

Suite *trust_suite(void)
{
    Suite *suite = suite_create("scep/trust");
    TCase *tc = tcase_create("trust");
    tcase_add_unchecked_fixture(tc, make_all, free_all);
    tcase_add_loop_test(tc, checks, 0, LENGTH(cases));
    tcase_add_test(tc, filters);
    tcase_add_test(tc, when_nothing_is_trusted_it_says_why);
    suite_add_tcase(suite, tc);
    return suite;
}
