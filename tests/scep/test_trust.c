#include "scep/trust.h"

#include "tests/ca/issue.h"
#include "tests/suite.h"

#include <string.h>

/* root -> middle -> leaf, a stranger of the same name as root, and a leaf that acts as a CA;
 * and what nobody should believe any more. */
enum {
    ROOT,
    MIDDLE,
    LEAF,
    STRANGER,
    ABUSED,
    EXPIRED,
    SHA1_CA,  /* below root, signed with SHA-1 */
    OF_SHA1,  /* below it */
    MD5_CA,   /* below root, signed with MD5 */
    OF_MD5,   /* below it */
    MD5_ROOT, /* its own signature is MD5: nobody looks at that of a root */
    OF_OLD,   /* below it */
    SHORT_CA, /* below root, RSA of 512 bits */
    OF_SHORT, /* below it */
    N_CERTS
};

static struct identity made[N_CERTS];

/* With a key of BITS (256: EC) and DIGEST. */
static struct identity sign_with(const char *name, const struct identity *issuer, bool ca, long to,
                                 unsigned bits, const EVP_MD *digest)
{
    struct identity id = {.certificate = X509_new()};
    if (bits == 256)
        ck_assert_int_eq(key_generate(true, bits, &id.key, NULL), 0);
    else
        ck_assert_ptr_nonnull((id.key = EVP_RSA_gen(bits)));
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
    ck_assert(X509_sign(id.certificate, issuer ? issuer->key : id.key, digest));
    return id;
}

static struct identity sign(const char *name, const struct identity *issuer, bool ca, long to)
{
    return sign_with(name, issuer, ca, to, 256, EVP_sha256());
}

static void make_all(void)
{
    made[ROOT] = sign("Root", NULL, true, 3600);
    made[MIDDLE] = sign("Middle", &made[ROOT], true, 3600);
    made[LEAF] = sign("leaf", &made[MIDDLE], false, 3600);
    made[STRANGER] = sign("Root", NULL, true, 3600);
    made[ABUSED] = sign("abused", &made[LEAF], false, 3600);
    made[EXPIRED] = sign("expired", &made[ROOT], false, -3600);
    made[SHA1_CA] = sign_with("SHA-1 CA", &made[ROOT], true, 3600, 256, EVP_sha1());
    made[OF_SHA1] = sign("of it", &made[SHA1_CA], false, 3600);
    made[MD5_ROOT] = sign_with("Old Root", NULL, true, 3600, 1024, EVP_md5());
    made[OF_OLD] = sign("of it", &made[MD5_ROOT], false, 3600);
    made[MD5_CA] = sign_with("MD5 CA", &made[MD5_ROOT], true, 3600, 1024, EVP_md5());
    made[OF_MD5] = sign("of it", &made[MD5_CA], false, 3600);
    made[SHORT_CA] = sign_with("Short CA", &made[ROOT], true, 3600, 512, EVP_sha256());
    made[OF_SHORT] = sign("of it", &made[SHORT_CA], false, 3600);
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
    const struct strength any = {0};
    int rc = trust_check(made[cases[_i].certificate].certificate, others, roots, &any, &chain, NULL,
                         &err);
    if (cases[_i].issuers < 0) {
        ck_assert_int_eq(rc, -ERR_CONFIG);
        ck_assert_msg(strstr(err.text, cases[_i].text) != NULL, "%s", err.text);
        ck_assert_ptr_null(chain);
    } else {
        ck_assert_msg(rc == 0, "%s", err.text);
        ck_assert_int_eq(sk_X509_num(chain), cases[_i].issuers);
    }
}
END_TEST

/* What conf.d knows of a CA fills a gap, and is itself neither trusted nor chosen. */
START_TEST(an_issuer_that_is_known_helps)
{
    CLEANUP(x509_stack_free_p)
    STACK_OF(X509) *given = stack_of(1 << LEAF), *issuers = stack_of(1 << MIDDLE | 1 << STRANGER),
                   *roots = stack_of(1 << ROOT), *trusted = NULL;
    struct err err = {0};
    struct trust trust = {.roots = roots};
    ck_assert_int_eq(trust_filter(&trust, given, &trusted, NULL, &err), -ERR_CONFIG);
    trust.issuers = issuers;
    ck_assert_msg(trust_filter(&trust, given, &trusted, NULL, &err) == 0, "%s", err.text);
    ck_assert_int_eq(sk_X509_num(trusted), 1);
    ck_assert_int_lt(trust_vouch(&trust, made[STRANGER].certificate, NULL, NULL, &err), 0);
    ck_assert_int_lt(trust_vouch(&trust, made[ABUSED].certificate, given, NULL, &err), 0);
}
END_TEST

START_TEST(filters)
{
    CLEANUP(x509_stack_free_p)
    STACK_OF(X509) *given = stack_of(1 << LEAF | 1 << MIDDLE | 1 << STRANGER | 1 << EXPIRED),
                   *roots = stack_of(1 << ROOT), *trusted = NULL;
    ck_assert_int_eq(trust_filter(&(struct trust){.roots = roots}, given, &trusted, NULL, NULL), 0);
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
    ck_assert_int_eq(trust_filter(&(struct trust){.roots = roots}, given, &trusted, NULL, &err),
                     -ERR_CONFIG);
    ck_assert_ptr_nonnull(strstr(err.text, "\"CN=Root\" (SHA-256 "));
    ck_assert_int_eq(trust_filter(&(struct trust){.roots = roots}, none, &trusted, NULL, &err),
                     -ERR_CONFIG);
    ck_assert_int_eq(trust_filter(&(struct trust){.roots = none}, given, &trusted, NULL, &err),
                     -ERR_CONFIG);
    ck_assert_ptr_null(trusted);
}
END_TEST

#define BELOW_SHA1 MINIMUM_DES3_SHA256

/* Whatever the chain rests on; the anchor's own signature is none of it. */
static const struct {
    int certificate;
    unsigned others, roots;
    enum minimum_crypto minimum;
    const char *text, *warning; /* of the error; of a warning without one */
} strengths[] = {
    {OF_SHA1, 1 << SHA1_CA, 1 << ROOT, MINIMUM_DES3_SHA1, NULL, "certificate \"CN=SHA-1 CA\""},
    {OF_SHA1, 1 << SHA1_CA, 1 << ROOT, BELOW_SHA1, "certificate \"CN=SHA-1 CA\" (SHA-256 ", NULL},
    {SHA1_CA, 0, 1 << ROOT, MINIMUM_AES256_SHA256, "minimum-crypto = aes256-sha256", NULL},
    {OF_SHA1, 0, 1 << SHA1_CA, BELOW_SHA1, NULL, NULL},
    {OF_MD5, 1 << MD5_CA, 1 << MD5_ROOT, MINIMUM_DES3_SHA1, "\"CN=MD5 CA\" (SHA-256 ", NULL},
    {MD5_CA, 0, 1 << MD5_ROOT, MINIMUM_DES3_SHA1, "with md5, which is accepted nowhere", NULL},
    {OF_OLD, 0, 1 << MD5_ROOT, MINIMUM_AES256_SHA256, NULL, NULL},
    {OF_SHORT, 1 << SHORT_CA, 1 << ROOT, MINIMUM_DES3_SHA1, "has a key of 512 bits", NULL},
    {OF_SHORT, 0, 1 << SHORT_CA, MINIMUM_DES3_SHA1, "has a key of 512 bits", NULL},
};

START_TEST(every_link_is_strong_enough)
{
    CLEANUP(x509_stack_free_p)
    STACK_OF(X509) *others = stack_of(strengths[_i].others), *roots = stack_of(strengths[_i].roots);
    CLEANUP(strings_free) struct strings warnings = {0};
    const struct strength strength = {.minimum = strengths[_i].minimum};
    struct err err = {0};
    int rc = trust_check(made[strengths[_i].certificate].certificate, others, roots, &strength,
                         NULL, &warnings, &err);
    if (strengths[_i].text) {
        ck_assert_int_eq(rc, -ERR_CONFIG);
        ck_assert_msg(strstr(err.text, strengths[_i].text), "%s", err.text);
        return;
    }
    ck_assert_msg(rc == 0, "%s", err.text);
    ck_assert_uint_eq(warnings.n, strengths[_i].warning != NULL);
    if (strengths[_i].warning)
        ck_assert_msg(strstr(warnings.v[0], strengths[_i].warning), "%s", warnings.v[0]);
}
END_TEST

/* The roots are MIDDLE's, whoever is pinned. */
static const struct {
    unsigned given, named;
    unsigned trusted; /* 0: an error with TEXT */
    const char *text;
} pins[] = {
    {1 << ROOT | 1 << MIDDLE | 1 << LEAF, 1 << LEAF, 1 << LEAF, NULL},
    {1 << ROOT | 1 << MIDDLE | 1 << LEAF, 1 << LEAF | 1 << MIDDLE, 1 << LEAF | 1 << MIDDLE, NULL},
    {1 << LEAF, 1 << LEAF, 1 << LEAF, NULL},             /* nothing leads from it to a root */
    {1 << STRANGER, 1 << STRANGER, 1 << STRANGER, NULL}, /* nor from this one */
    {1 << MIDDLE | 1 << LEAF, 1 << STRANGER, 0, "none of the fingerprints that ca-fingerprint"},
    {1 << ABUSED | 1 << LEAF, 1 << LEAF, 1 << LEAF, NULL}, /* what it issued is not named */
    {1 << EXPIRED, 1 << EXPIRED, 0, "certificate has expired"},
    {1 << SHORT_CA, 1 << SHORT_CA, 0, "has a key of 512 bits"},
    {1 << SHA1_CA, 1 << SHA1_CA, 1 << SHA1_CA, NULL}, /* its signature vouches for nothing */
};

START_TEST(fingerprints_decide)
{
    CLEANUP(x509_stack_free_p)
    STACK_OF(X509) *given = stack_of(pins[_i].given), *roots = stack_of(1 << ROOT), *trusted = NULL;
    CLEANUP(strings_free) struct strings names = {0};
    for (int i = 0; i < N_CERTS; i++) {
        uint8_t digest[32];
        char hex[65];
        X509_digest(made[i].certificate, EVP_sha256(), digest, NULL);
        text_hex(digest, sizeof digest, hex);
        if (pins[_i].named >> i & 1)
            strings_add(&names, hex, NULL);
    }
    const struct trust trust = {
        .roots = roots, .fingerprints = &names, .strength = {.minimum = MINIMUM_AES256_SHA256}};
    struct err err = {0};
    int rc = trust_filter(&trust, given, &trusted, NULL, &err);
    if (!pins[_i].trusted) {
        ck_assert_int_eq(rc, -ERR_CONFIG);
        ck_assert_msg(strstr(err.text, pins[_i].text), "%s", err.text);
        return;
    }
    ck_assert_msg(rc == 0, "%s", err.text);
    unsigned got = 0;
    for (int i = 0; i < sk_X509_num(trusted); i++)
        for (int j = 0; j < N_CERTS; j++)
            got |= (unsigned)(sk_X509_value(trusted, i) == made[j].certificate) << j;
    ck_assert_uint_eq(got, pins[_i].trusted);

    /* A pinned CA is an anchor for what it issues; a pinned RA is not. */
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *anchors = NULL;
    ck_assert_int_eq(trust_anchors(&trust, trusted, &anchors, NULL), 0);
    const unsigned cas = 1 << MIDDLE | 1 << STRANGER | 1 << SHA1_CA;
    ck_assert_int_eq(sk_X509_num(anchors), 1 + __builtin_popcount(got & cas));
}
END_TEST

Suite *trust_suite(void)
{
    Suite *suite = suite_create("scep/trust");
    TCase *tc = tcase_create("trust");
    tcase_add_unchecked_fixture(tc, make_all, free_all);
    tcase_add_loop_test(tc, checks, 0, LENGTH(cases));
    tcase_add_loop_test(tc, every_link_is_strong_enough, 0, LENGTH(strengths));
    tcase_add_loop_test(tc, fingerprints_decide, 0, LENGTH(pins));
    tcase_add_test(tc, an_issuer_that_is_known_helps);
    tcase_add_test(tc, filters);
    tcase_add_test(tc, when_nothing_is_trusted_it_says_why);
    suite_add_tcase(suite, tc);
    return suite;
}
