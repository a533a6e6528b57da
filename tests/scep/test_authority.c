#include "scep/authority.h"

#include "tests/ca/issue.h"
#include "tests/scep/fixture.h"
#include "tests/suite.h"

/* Certificates that a server may give: a CA, one below it, and end entities of each kind. */
enum {
    CA,
    BELOW,
    RA_BOTH,
    RA_SIGN,
    RA_ENCRYPT,
    RA_DATA,
    RA_ANY,
    CLIENT,
    AGENT,
    MAIL,
    DESK,
    SERVER,
    RA_AGENT,
    RA_EC,
    ELSEWHERE, /* by a CA that is not among these */
    SERVER_ELSEWHERE,
    CA_ENCRYPTS,
    CA_EC,
    RA_EC_BELOW, /* that one */
    RA_EC_ANY,
    RA_EC_SIGN,
    RA_BELOW_EC,
    SIGNS_IN, /* no extended key usage, but a name to sign in with */
    MAILS,    /* or to write to */
    BOX,      /* or a machine's */
    AGENT_OF, /* an RA's, in spite of such a name */
    N_CERTS
};

static X509 *certs[N_CERTS];

static X509 *make_with(int which, const char *name, X509 *issuer, const char *constraints,
                       const char *usage, const char *eku)
{
    X509 *made = X509_new();
    EVP_PKEY *key = fixture_key(which);
    X509_set_version(made, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made), 7);
    X509_NAME_add_entry_by_NID(X509_get_subject_name(made), NID_commonName, MBSTRING_UTF8,
                               (const uint8_t *)name, -1, -1, 0);
    X509_set_issuer_name(made, X509_get_subject_name(issuer ? issuer : made));
    X509_gmtime_adj(X509_getm_notBefore(made), -60);
    X509_gmtime_adj(X509_getm_notAfter(made), 3600);
    X509_set_pubkey(made, key);
    const struct {
        int nid;
        const char *value;
    } extensions[] = {
        {NID_basic_constraints, constraints}, {NID_key_usage, usage}, {NID_ext_key_usage, eku}};
    for (size_t i = 0; i < LENGTH(extensions); i++)
        if (extensions[i].value) {
            X509_EXTENSION *extension =
                X509V3_EXT_conf_nid(NULL, NULL, extensions[i].nid, extensions[i].value);
            ck_assert(extension && X509_add_ext(made, extension, -1));
            X509_EXTENSION_free(extension);
        }
    ck_assert(X509_sign(made, key, EVP_sha256()));
    return made;
}

static X509 *make_named(const char *name, const char *alternative, const char *eku)
{
    X509 *made =
        make_with(FIXTURE_RSA_A, name, certs[CA], NULL, "digitalSignature,keyEncipherment", eku);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, alternative);
    ck_assert(extension && X509_add_ext(made, extension, -1));
    X509_EXTENSION_free(extension);
    ck_assert(X509_sign(made, fixture_key(FIXTURE_RSA_A), EVP_sha256()));
    return made;
}

static X509 *make(const char *name, X509 *issuer, const char *constraints, const char *usage,
                  const char *eku)
{
    return make_with(FIXTURE_RSA_A, name, issuer, constraints, usage, eku);
}

static void make_all(void)
{
    fixture_keys();
    certs[CA] = make("CA", NULL, "CA:TRUE", "keyCertSign", NULL);
    certs[BELOW] = make("Below", certs[CA], "CA:TRUE", NULL, NULL);
    certs[RA_BOTH] = make("RA", certs[CA], NULL, "digitalSignature,keyEncipherment", NULL);
    certs[RA_SIGN] = make("RA s", certs[CA], NULL, "digitalSignature", NULL);
    certs[RA_ENCRYPT] = make("RA e", certs[CA], NULL, "keyEncipherment", NULL);
    certs[RA_DATA] = make("RA d", certs[CA], NULL, "dataEncipherment", NULL);
    certs[RA_ANY] = make("RA any", certs[CA], NULL, NULL, NULL);
    certs[CLIENT] =
        make("alice", certs[CA], NULL, "digitalSignature,keyEncipherment", "clientAuth");
    certs[AGENT] = make("agent", certs[CA], NULL, "digitalSignature,keyEncipherment",
                        "clientAuth,1.3.6.1.4.1.311.20.2.1");
    certs[MAIL] = make("bob", certs[CA], NULL, "digitalSignature,keyEncipherment",
                       "emailProtection,1.3.6.1.4.1.99999.1");
    certs[DESK] = make("desk", certs[CA], NULL, NULL, "1.3.6.1.5.5.7.3.17");
    certs[SERVER] = make("RA s", certs[CA], NULL, "digitalSignature,keyEncipherment", "serverAuth");
    certs[RA_AGENT] = make("RA a", certs[CA], NULL, "dataEncipherment", "1.3.6.1.4.1.311.20.2.1");
    certs[RA_EC] = make_with(FIXTURE_EC_A, "RA ec", certs[CA], NULL,
                             "digitalSignature,keyAgreement,keyEncipherment", NULL);
    certs[ELSEWHERE] = make("x", certs[CLIENT], NULL, "digitalSignature,keyEncipherment", NULL);
    certs[SERVER_ELSEWHERE] =
        make("www", certs[CLIENT], NULL, "digitalSignature,keyEncipherment", "serverAuth");
    certs[SIGNS_IN] =
        make_named("eve", "otherName:1.3.6.1.4.1.311.20.2.3;UTF8:eve@corp.example.com", NULL);
    certs[MAILS] = make_named("mallory", "email:mallory@corp.example.com,DNS:ra.test", NULL);
    certs[BOX] = make_named("ra", "DNS:ra.test", NULL);
    certs[AGENT_OF] = make_named("agent", "email:ra@corp.example.com", "1.3.6.1.4.1.311.20.2.1");
    certs[CA_ENCRYPTS] = make("CA e", NULL, "CA:TRUE", "keyCertSign,keyEncipherment", NULL);
    certs[CA_EC] = make_with(FIXTURE_EC_B, "CA ec", NULL, "CA:TRUE", "keyCertSign", NULL);
    certs[RA_EC_BELOW] =
        make_with(FIXTURE_EC_A, "RA ec", certs[CA_EC], NULL, "digitalSignature,keyAgreement", NULL);
    certs[RA_EC_ANY] = make_with(FIXTURE_EC_A, "RA ec any", certs[CA_EC], NULL, NULL, NULL);
    certs[RA_EC_SIGN] = make_with(FIXTURE_EC_A, "RA ec s", certs[CA_EC], NULL,
                                  "digitalSignature,keyEncipherment", NULL);
    certs[RA_BELOW_EC] = make("RA", certs[CA_EC], NULL, "keyEncipherment", NULL);
    ck_assert(X509_sign(certs[RA_BELOW_EC], fixture_key(FIXTURE_EC_B), EVP_sha256()));
}

static void free_all(void)
{
    for (int i = 0; i < N_CERTS; i++)
        X509_free(certs[i]);
}

#define NONE -1

static const struct {
    int given[5], n;
    int recipient, issuer; /* NONE: no choice */
    unsigned signers;      /* bits */
} choices[] = {
    {{CA}, 1, CA, CA, 1 << CA},
    {{RA_BOTH, CA}, 2, RA_BOTH, CA, 1 << CA | 1 << RA_BOTH},
    {{CA, RA_BOTH}, 2, RA_BOTH, CA, 1 << CA | 1 << RA_BOTH},
    {{RA_SIGN, RA_ENCRYPT, CA}, 3, RA_ENCRYPT, CA, 1 << CA | 1 << RA_SIGN},
    {{CA, RA_ENCRYPT, RA_SIGN}, 3, RA_ENCRYPT, CA, 1 << CA | 1 << RA_SIGN},
    {{RA_SIGN, CA}, 2, CA, CA, 1 << CA | 1 << RA_SIGN},
    {{RA_DATA, CA}, 2, RA_DATA, CA, 1 << CA},
    {{RA_DATA, RA_ENCRYPT, CA}, 3, RA_ENCRYPT, CA, 1 << CA},
    {{RA_ANY, CA}, 2, RA_ANY, CA, 1 << CA | 1 << RA_ANY},
    {{RA_BOTH}, 1, RA_BOTH, NONE, 1 << RA_BOTH},
    {{CA, BELOW}, 2, BELOW, BELOW, 1 << CA | 1 << BELOW},
    {{BELOW, CA}, 2, BELOW, BELOW, 1 << CA | 1 << BELOW},
    /* the certificate of someone who only has one from the same CA */
    {{CLIENT, CA}, 2, CA, CA, 1 << CA},
    {{CLIENT, RA_BOTH, CA}, 3, RA_BOTH, CA, 1 << CA | 1 << RA_BOTH},
    {{CLIENT}, 1, NONE, NONE, 0},
    {{AGENT, CA}, 2, AGENT, CA, 1 << CA | 1 << AGENT},
    {{MAIL, DESK, CA}, 3, CA, CA, 1 << CA},
    {{MAIL, DESK}, 2, NONE, NONE, 0},
    {{SIGNS_IN, CA}, 2, CA, CA, 1 << CA},
    {{MAILS, SIGNS_IN, RA_DATA, CA}, 4, RA_DATA, CA, 1 << CA},
    {{MAILS, SIGNS_IN}, 2, NONE, NONE, 0},
    {{BOX, CA}, 2, BOX, CA, 1 << CA | 1 << BOX},
    {{AGENT_OF, CA}, 2, AGENT_OF, CA, 1 << CA | 1 << AGENT_OF},
    /* what Apple's devices want of an RA */
    {{SERVER, CA}, 2, SERVER, CA, 1 << CA | 1 << SERVER},
    {{RA_SIGN}, 1, NONE, NONE, 0},
    {{SERVER}, 1, NONE, NONE, 0}, /* any web server under the root has one */
    {{SERVER_ELSEWHERE, CA}, 2, CA, CA, 1 << CA},
    /* who is one by its usage, then who has an issuer here, then by what it encrypts */
    {{RA_BOTH, RA_AGENT, CA}, 3, RA_AGENT, CA, 1 << CA | 1 << RA_BOTH},
    {{RA_AGENT, SERVER, CA}, 3, RA_AGENT, CA, 1 << CA | 1 << SERVER},
    {{ELSEWHERE, RA_BOTH, CA}, 3, RA_BOTH, CA, 1 << CA | 1 << RA_BOTH | 1 << ELSEWHERE},
    {{ELSEWHERE, RA_DATA, CA}, 3, RA_DATA, CA, 1 << CA | 1 << ELSEWHERE},
    {{ELSEWHERE, CA}, 2, ELSEWHERE, CA, 1 << CA | 1 << ELSEWHERE},
    {{RA_ANY, RA_DATA, CA}, 3, RA_ANY, CA, 1 << CA | 1 << RA_ANY},
    {{RA_ANY, RA_ENCRYPT, CA}, 3, RA_ENCRYPT, CA, 1 << CA | 1 << RA_ANY},
    /* no message is encrypted to it while there is an RSA key; it may sign */
    {{RA_EC, CA}, 2, CA, CA, 1 << CA | 1 << RA_EC},
    {{RA_EC, RA_DATA, CA}, 3, RA_DATA, CA, 1 << CA | 1 << RA_EC},
    /* of two CAs, the one that is the RA's */
    {{CA_ENCRYPTS, RA_BOTH, CA}, 3, RA_BOTH, CA, 1 << CA | 1 << RA_BOTH | 1 << CA_ENCRYPTS},
    {{CA_ENCRYPTS}, 1, CA_ENCRYPTS, CA_ENCRYPTS, 1 << CA_ENCRYPTS},
    /* where there is none: by key agreement */
    {{CA_EC}, 1, CA_EC, CA_EC, 1 << CA_EC},
    {{RA_EC_BELOW, CA_EC}, 2, RA_EC_BELOW, CA_EC, 1 << CA_EC | 1 << RA_EC_BELOW},
    {{CA_EC, RA_EC_ANY}, 2, RA_EC_ANY, CA_EC, 1 << CA_EC | 1 << RA_EC_ANY},
    {{RA_EC_ANY, RA_EC_BELOW, CA_EC},
     3,
     RA_EC_BELOW,
     CA_EC,
     1 << CA_EC | 1 << RA_EC_ANY | 1 << RA_EC_BELOW},
    {{RA_EC_SIGN, CA_EC}, 2, CA_EC, CA_EC, 1 << CA_EC | 1 << RA_EC_SIGN},
    {{RA_EC_BELOW, RA_BELOW_EC, CA_EC}, 3, RA_BELOW_EC, CA_EC, 1 << CA_EC | 1 << RA_EC_BELOW},
    {{RA_EC_BELOW}, 1, RA_EC_BELOW, NONE, 1 << RA_EC_BELOW},
    {{RA_EC_SIGN}, 1, NONE, NONE, 0},
};

START_TEST(chooses)
{
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *given = sk_X509_new_null();
    for (int i = 0; i < choices[_i].n; i++)
        X509_add_cert(given, certs[choices[_i].given[i]], X509_ADD_FLAG_UP_REF);
    CLEANUP(authority_free) struct authority authority = {0};
    int rc = authority_choose(given, false, given, &authority, NULL);
    if (choices[_i].recipient == NONE) {
        ck_assert_int_eq(rc, -ERR_CONFIG);
        return;
    }
    ck_assert_int_eq(rc, 0);
    ck_assert_ptr_eq(authority.recipient, certs[choices[_i].recipient]);
    ck_assert_ptr_eq(authority.issuer,
                     choices[_i].issuer == NONE ? NULL : certs[choices[_i].issuer]);
    unsigned signers = 0;
    for (int i = 0; i < sk_X509_num(authority.signers); i++)
        for (int j = 0; j < N_CERTS; j++)
            if (sk_X509_value(authority.signers, i) == certs[j])
                signers |= 1u << j;
    ck_assert_uint_eq(signers, choices[_i].signers);
}
END_TEST

static const struct {
    int given[3], n;
    bool named;
    int recipient; /* NONE: no choice */
    bool looks_only;
} looks[] = {
    {{CA}, 1, false, CA, false},
    {{RA_BOTH, CA}, 2, false, RA_BOTH, true},
    {{RA_BOTH, CA}, 2, true, RA_BOTH, false},
    {{SERVER, CA}, 2, false, SERVER, true},
    {{RA_AGENT, CA}, 2, false, RA_AGENT, false},
    {{CLIENT, CA}, 2, false, CA, false},
    /* whom the administrator names is one, whatever it was made out for */
    {{CLIENT, CA}, 2, true, CLIENT, false},
    {{CLIENT}, 1, true, CLIENT, false},
    {{SERVER}, 1, true, SERVER, false},
    {{MAILS, CA}, 2, true, MAILS, false},
    {{CLIENT, RA_AGENT, CA}, 3, true, RA_AGENT, false},
    {{RA_SIGN, CA}, 2, true, CA, false},
};

START_TEST(a_name_says_more_than_looks)
{
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *given = sk_X509_new_null();
    for (int i = 0; i < looks[_i].n; i++)
        X509_add_cert(given, certs[looks[_i].given[i]], X509_ADD_FLAG_UP_REF);
    CLEANUP(authority_free) struct authority authority = {0};
    ck_assert_int_eq(authority_choose(given, looks[_i].named, given, &authority, NULL), 0);
    ck_assert_ptr_eq(authority.recipient, certs[looks[_i].recipient]);
    ck_assert_int_eq(authority.looks_only, looks[_i].looks_only);
}
END_TEST

/* TRUSTED are the first of GIVEN. */
static const struct {
    int given[4], n, n_trusted;
    int recipient, passed_over;
} passed_over[] = {
    {{CA, RA_BOTH}, 2, 1, NONE, RA_BOTH},
    {{CA, RA_ENCRYPT, RA_SIGN}, 3, 1, NONE, RA_ENCRYPT},
    {{CA, RA_AGENT}, 2, 1, NONE, RA_AGENT},
    {{CA, RA_ENCRYPT, RA_BOTH}, 3, 2, RA_ENCRYPT, NONE},
    {{CA, RA_SIGN}, 2, 1, CA, NONE},
    {{CA, CLIENT}, 2, 1, CA, NONE},
    {{CA, SERVER}, 2, 1, CA, NONE},
    {{CA, ELSEWHERE}, 2, 1, CA, NONE},
    {{CA, BELOW}, 2, 1, CA, NONE},
    {{CA_ENCRYPTS, RA_BOTH, CA}, 3, 1, CA_ENCRYPTS, NONE},
    {{CA_EC, RA_BELOW_EC}, 2, 1, NONE, RA_BELOW_EC},
    {{CA_EC, RA_EC_BELOW}, 2, 1, NONE, RA_EC_BELOW},
    {{CA_EC, RA_EC_BELOW, RA_BELOW_EC}, 3, 2, RA_EC_BELOW, NONE},
    {{CA, RA_EC}, 2, 1, CA, NONE},
};

START_TEST(an_ra_that_is_not_trusted_is_told)
{
    CLEANUP(x509_stack_free_p)
    STACK_OF(X509) *given = sk_X509_new_null(), *trusted = sk_X509_new_null();
    for (int i = 0; i < passed_over[_i].n; i++) {
        X509_add_cert(given, certs[passed_over[_i].given[i]], X509_ADD_FLAG_UP_REF);
        if (i < passed_over[_i].n_trusted)
            X509_add_cert(trusted, certs[passed_over[_i].given[i]], X509_ADD_FLAG_UP_REF);
    }
    CLEANUP(authority_free) struct authority authority = {0};
    ck_assert_int_eq(authority_choose(trusted, false, given, &authority, NULL), 0);
    int recipient = passed_over[_i].recipient, other = passed_over[_i].passed_over;
    ck_assert_ptr_eq(authority.recipient, recipient == NONE ? NULL : certs[recipient]);
    ck_assert_ptr_eq(authority.passed_over, other == NONE ? NULL : certs[other]);
}
END_TEST

START_TEST(parses_one_and_many)
{
    autobuf one = {0}, many = {0};
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *both = sk_X509_new_null();
    X509_add_cert(both, certs[CA], X509_ADD_FLAG_UP_REF);
    X509_add_cert(both, certs[RA_BOTH], X509_ADD_FLAG_UP_REF);
    ck_assert(pki_bundle(both, &many));
    CLEANUP(bytes_free_p) uint8_t *der = NULL;
    int len = i2d_X509(certs[CA], &der);
    ck_assert_int_eq(buf_add(&one, der, (size_t)len, NULL), 0);

    CLEANUP(x509_stack_free_p)
    STACK_OF(X509) *a = authority_parse(&one), *b = authority_parse(&many);
    ck_assert_int_eq(sk_X509_num(a), 1);
    ck_assert_int_eq(sk_X509_num(b), 2);

    /* Cut anywhere, it is nothing. */
    for (struct buf *whole = &one; whole; whole = whole == &one ? &many : NULL)
        for (size_t cut = 0; cut < whole->len; cut += 7)
            ck_assert_ptr_null(authority_parse(&(struct buf){whole->data, cut, cut}));
}
END_TEST

static const char *const garbage[] = {
    "", "<html></html>", "0", "0\x80", "0\x84\xff\xff\xff\xff", "-----BEGIN CERTIFICATE-----\n"};

START_TEST(garbage_is_nothing)
{
    autobuf body = {0};
    ck_assert_int_eq(buf_add_text(&body, garbage[_i], NULL), 0);
    ck_assert_ptr_null(authority_parse(&body));
}
END_TEST

/* How many the CA's certificate stands there, and whether that is too few or too many. */
static const struct {
    int n;
    bool good;
} numbers[] = {{0, false}, {1, true}, {32, true}, {33, false}, {1000, false}};

START_TEST(none_and_a_crowd_are_no_authority)
{
    autobuf body = {0};
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *all = sk_X509_new_null();
    for (int i = 0; i < numbers[_i].n; i++)
        ck_assert(X509_add_cert(all, certs[CA], X509_ADD_FLAG_UP_REF));
    ck_assert(pki_bundle(all, &body));
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *given = authority_parse(&body);
    ck_assert_ptr_nonnull(given);
    ck_assert_int_eq(sk_X509_num(given), numbers[_i].n);
    ck_assert_int_eq(authority_check_number(given, NULL) == 0, numbers[_i].good);
}
END_TEST

Suite *authority_suite(void)
{
    Suite *suite = suite_create("scep/authority");
    TCase *tc = tcase_create("authority");
    tcase_add_unchecked_fixture(tc, make_all, free_all);
    tcase_add_loop_test(tc, chooses, 0, LENGTH(choices));
    tcase_add_loop_test(tc, a_name_says_more_than_looks, 0, LENGTH(looks));
    tcase_add_loop_test(tc, an_ra_that_is_not_trusted_is_told, 0, LENGTH(passed_over));
    tcase_add_test(tc, parses_one_and_many);
    tcase_add_loop_test(tc, garbage_is_nothing, 0, LENGTH(garbage));
    tcase_add_loop_test(tc, none_and_a_crowd_are_no_authority, 0, LENGTH(numbers));
    suite_add_tcase(suite, tc);
    return suite;
}
