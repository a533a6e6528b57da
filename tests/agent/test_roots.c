/* The day after a CA has ended: what it said comes after it is believed, and nothing else. */
#include "agent/roots.h"

#include "base/clock.h"
#include "tests/agent/site.h"

#include <openssl/x509v3.h>
#include <string.h>

#define DAY 86400L

static EVP_PKEY *key;
static X509 *other;

/* A CA; times are seconds from now. */
static X509 *make_ca(const char *name, long begins, long ends)
{
    static const struct {
        int nid;
        const char *value;
    } extensions[] = {{NID_basic_constraints, "critical,CA:TRUE"},
                      {NID_key_usage, "critical,keyCertSign,cRLSign"}};
    X509 *made = X509_new();
    X509_set_version(made, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made), 1);
    X509_NAME_add_entry_by_NID(X509_get_subject_name(made), NID_commonName, MBSTRING_UTF8,
                               (const uint8_t *)name, -1, -1, 0);
    X509_set_issuer_name(made, X509_get_subject_name(made));
    X509_gmtime_adj(X509_getm_notBefore(made), begins);
    X509_gmtime_adj(X509_getm_notAfter(made), ends);
    X509_set_pubkey(made, key);
    for (size_t i = 0; i < LENGTH(extensions); i++) {
        X509_EXTENSION *extension =
            X509V3_EXT_conf_nid(NULL, NULL, extensions[i].nid, extensions[i].value);
        ck_assert(extension && X509_add_ext(made, extension, -1));
        X509_EXTENSION_free(extension);
    }
    ck_assert(X509_sign(made, key, EVP_sha256()));
    return made;
}

static void before(void)
{
    site_ca_start();
    ck_assert_int_eq(key_generate(true, 256, &key, NULL), 0);
    other = make_ca("Other Root", -3000 * DAY, -DAY);
}

static void after(void)
{
    site_ca_stop();
    EVP_PKEY_free(key);
    X509_free(other);
}

/* The CA that the test's server has now. */
static X509 *serving(struct site *site)
{
    X509 *made = NULL;
    autobuf pem = {0};
    autofree char *path = text_format("%s/root.pem", site->conf);
    ck_assert_int_eq(fs_read(AT_FDCWD, path, 65536, &pem, NULL), 0);
    ck_assert_int_eq(certificate_from_pem(&pem, &made, NULL), 0);
    return made;
}

static void put_root(struct site *site, X509 *root)
{
    autobuf pem = {0};
    ck_assert_int_eq(certificate_to_pem(root, &pem, NULL), 0);
    site_put(site, "root.pem", buf_text(&pem));
}

/* In the entry of "wifi": FIRST, then NEXT. */
static int keep_next(struct site *site, X509 *first, X509 *next)
{
    CLEANUP(entry_close) struct entry entry = {.fd = -1, .lock = -1};
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *both = sk_X509_new_null();
    const struct entry_id id = {.owner = {.device = true}, .profile = "wifi"};
    X509_add_cert(both, first, X509_ADD_FLAG_UP_REF);
    X509_add_cert(both, next, X509_ADD_FLAG_UP_REF);
    site_ok(*site, entry_open(&site->agent.store, &id, true, &entry, &site->err));
    site_ok(*site, entry_lock(&entry, PATIENCE, &site->err));
    return roots_keep_next(&entry, both, &site->err);
}

static void put_next(struct site *site, X509 *first, X509 *next)
{
    site_ok(*site, keep_next(site, first, next));
}

static const struct {
    long ends;       /* the root of conf.d, in seconds from now */
    bool of_another; /* what is kept came from another CA than conf.d's root */
    bool kept;
    const char *error; /* NULL: a certificate comes from the next CA */
} rows[] = {
    {-DAY, false, true, NULL},
    {-DAY, false, false, "does not vouch"},
    {-DAY, true, true, "does not vouch"}, /* the administrator has put another root in its place */
    {DAY, false, true, "does not vouch"}, /* its time has not come */
};

START_TEST(what_comes_next_is_believed_when_its_time_has_come)
{
    SITE(s);
    CLEANUP(X509_free_p) X509 *now = serving(&s);
    CLEANUP(X509_free_p) X509 *old = make_ca("Old Root", -3000 * DAY, rows[_i].ends);
    site_profile(&s, "wifi", SITE_BOX);
    put_root(&s, old);
    if (rows[_i].kept)
        put_next(&s, rows[_i].of_another ? other : old, now);
    int rc = site_run(&s, "wifi", ENGINE_CYCLE);
    if (rows[_i].error) {
        ck_assert_int_eq(rc, -ERR_CONFIG);
        ck_assert_msg(strstr(s.err.text, rows[_i].error), "%s", s.err.text);
        ck_assert_uint_eq(site_asked("PKCSReq"), 0);
    } else {
        ck_assert_msg(rc == 0, "%s", s.err.text);
        site_installed(&s, 1);
        site_usable(&s);
    }
}
END_TEST

/* The answer to GetNextCACert has no nonce: whoever has recorded one can give it for ever. */
static const struct {
    long held, next; /* when these CAs begin, in days from now */
    bool of_another; /* what is held came from another CA */
    bool kept;
} replays[] = {
    {-10, -9, false, true}, {-10, -10, false, true}, {-10, -11, false, false},
    {5, -1, false, false},  {-10, -11, true, true},  {5, 6, false, true},
};

START_TEST(an_older_answer_never_replaces_a_younger)
{
    SITE(s);
    CLEANUP(X509_free_p) X509 *ca = make_ca("CA", -3000 * DAY, 100 * DAY);
    CLEANUP(X509_free_p) X509 *held = make_ca("CA", replays[_i].held * DAY, 3000 * DAY);
    CLEANUP(X509_free_p) X509 *next = make_ca("CA", replays[_i].next * DAY, 3000 * DAY);
    autobuf before = {0}, after = {0};
    site_profile(&s, "wifi", SITE_BOX);
    site_load(&s);
    put_next(&s, replays[_i].of_another ? other : ca, held);
    ck_assert_int_eq(fs_read(AT_FDCWD, site_file(&s, "wifi", "next-ca.pem"), 65536, &before, NULL),
                     0);
    int rc = keep_next(&s, ca, next);
    ck_assert_int_eq(rc, replays[_i].kept ? 0 : -ERR_CONFIG);
    if (!replays[_i].kept)
        ck_assert_ptr_nonnull(strstr(s.err.text, "older than the one it told of before"));
    ck_assert_int_eq(fs_read(AT_FDCWD, site_file(&s, "wifi", "next-ca.pem"), 65536, &after, NULL),
                     0);
    ck_assert_int_eq(buf_equal(&before, &after), !replays[_i].kept);
}
END_TEST

START_TEST(a_damaged_file_is_none)
{
    static const char *const damage[] = {"", "-----BEGIN CERTIFICATE-----\nAAAA\n", "rubbish",
                                         "-----BEGIN CERTIFICATE-----\nAAAA\n"
                                         "-----END CERTIFICATE-----\n"};
    for (size_t i = 0; i < LENGTH(damage); i++) {
        SITE(s);
        site_enrolled(&s);
        site_overwrite(site_file(&s, "wifi", "next-ca.pem"), damage[i]);
        site_runs(&s, ENGINE_RENEW);
        site_installed(&s, 2);
    }
}
END_TEST

Suite *roots_suite(void)
{
    Suite *suite = suite_create("agent/roots");
    TCase *tc = tcase_create("roots");
    tcase_add_unchecked_fixture(tc, before, after);
    tcase_add_loop_test(tc, what_comes_next_is_believed_when_its_time_has_come, 0, LENGTH(rows));
    tcase_add_loop_test(tc, an_older_answer_never_replaces_a_younger, 0, LENGTH(replays));
    tcase_add_test(tc, a_damaged_file_is_none);
    suite_add_tcase(suite, tc);
    return suite;
}
