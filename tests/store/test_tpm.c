#include "store/tpm.h"

#include "store/key.h"
#include "tests/swtpm.h"

#include <openssl/err.h>

static X509 *certificate_of(EVP_PKEY *key)
{
    X509 *certificate = X509_new_ex(tpm_library(key), tpm_properties(key));
    ck_assert_int_eq(X509_set_pubkey(certificate, key), 1);
    ck_assert_int_eq(ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 60);
    ck_assert_int_gt(X509_sign(certificate, key, EVP_sha256()), 0);
    return certificate;
}

/* As everybody else sees it: what is verified here is verified without the TPM. */
static X509 *in_software(X509 *certificate)
{
    autobuf pem = {0};
    X509 *plain;
    ck_assert_int_eq(certificate_to_pem(certificate, &pem, NULL), 0);
    ck_assert_int_eq(certificate_from_pem(&pem, &plain, NULL), 0);
    return plain;
}

static const struct {
    bool ec;
    unsigned size;
    enum err_class class; /* 0: it is made */
} kinds[] = {
    {false, 2048, 0},
    {false, 3072, 0},
    {true, 256, 0},
    {true, 384, 0},
    {true, 521, 0},
    {true, 255, ERR_CONFIG},
    {false, 4096, ERR_CONFIG},
    {false, 0, ERR_CONFIG},
};

START_TEST(a_key_outlives_its_process)
{
    SWTPM(swtpm);
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *again = NULL;
    CLEANUP(X509_free_p) X509 *certificate = NULL;
    CLEANUP(X509_free_p) X509 *plain = NULL;
    autobuf pem = {0};
    struct err err = {0};

    int rc = tpm_generate(kinds[_i].ec, kinds[_i].size, &key, &err);
    ck_assert_msg(rc == -(int)kinds[_i].class, "%d %s", rc, err.text);
    ck_assert_uint_eq(ERR_peek_error(), 0);
    if (rc < 0) {
        ck_assert_ptr_nonnull(strstr(err.text, "makes no"));
        return;
    }
    ck_assert(tpm_holds(key));
    ck_assert_int_eq(EVP_PKEY_get_bits(key), (int)kinds[_i].size);
    ck_assert_int_eq(key_to_pem(key, &pem, &err), 0);
    ck_assert_ptr_nonnull(strstr(buf_text(&pem), "-----BEGIN TSS2 PRIVATE KEY-----"));
    EVP_PKEY_free(steal(&key));

    ck_assert_msg(key_from_pem(&pem, &again, &err) == 0, "%s", err.text);
    certificate = certificate_of(again);
    plain = in_software(certificate);
    ck_assert_int_eq(X509_verify(plain, X509_get0_pubkey(plain)), 1);

    /* The TPM is not asked for this. */
    swtpm_kill(&swtpm);
    ck_assert_msg(key_check(&pem, plain, &err) == 0, "%s", err.text);
}
END_TEST

START_TEST(a_key_of_software_is_none_of_a_tpm)
{
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    ck_assert_int_eq(key_generate(true, 256, &key, NULL), 0);
    ck_assert(!tpm_holds(key));
    ck_assert_ptr_null(tpm_library(key));
    ck_assert_ptr_null(tpm_properties(key));
}
END_TEST

static void make(const struct swtpm *swtpm, struct buf *ret_pem, X509 **ret_certificate)
{
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    CLEANUP(X509_free_p) X509 *certificate = NULL;
    struct err err;
    tpm_choose(swtpm->name);
    ck_assert_msg(tpm_generate(true, 256, &key, &err) == 0, "%s", err.text);
    ck_assert_int_eq(key_to_pem(key, ret_pem, &err), 0);
    certificate = certificate_of(key);
    *ret_certificate = in_software(certificate);
}

START_TEST(another_tpm_does_not_know_the_key)
{
    SWTPM(first);
    SWTPM(second);
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    CLEANUP(X509_free_p) X509 *certificate = NULL;
    autobuf pem = {0};
    struct err err = {0};
    make(&first, &pem, &certificate);
    tpm_choose(second.name);
    ck_assert_int_eq(key_from_pem(&pem, &key, &err), -ERR_CONFIG);
    ck_assert_msg(strstr(err.text, "another TPM made it"), "%s", err.text);
    ck_assert_int_eq(key_check(&pem, certificate, &err), 0);
}
END_TEST

START_TEST(what_is_damaged_is_told)
{
    SWTPM(swtpm);
    CLEANUP(X509_free_p) X509 *certificate = NULL;
    CLEANUP(X509_free_p) X509 *other = NULL;
    autobuf pem = {0}, other_pem = {0};
    make(&swtpm, &pem, &certificate);
    make(&swtpm, &other_pem, &other);
    struct err err = {0};
    ck_assert_int_eq(key_check(&pem, other, &err), -ERR_CONFIG);
    ck_assert_ptr_nonnull(strstr(err.text, "do not belong together"));

    for (size_t at = 40; at + 40 < pem.len; at += 7) {
        CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
        char was = (char)pem.data[at];
        pem.data[at] = was == 'A' ? 'B' : 'A';
        /* The name of the key's kind and its authorisation are not in the TPM's seal. */
        if (key_from_pem(&pem, &key, &err) < 0)
            ck_assert_int_eq(err.class, ERR_CONFIG);
        ck_assert_uint_eq(ERR_peek_error(), 0);
        pem.data[at] = (uint8_t)was;
    }
}
END_TEST

static const char *const hostile[] = {
    "-----BEGIN TSS2 PRIVATE KEY-----\n-----END TSS2 PRIVATE KEY-----\n",
    "-----BEGIN TSS2 PRIVATE KEY-----\nAAAA\n-----END TSS2 PRIVATE KEY-----\n",
    "-----BEGIN TSS2 PRIVATE KEY-----\nMIIC/w==\n-----END TSS2 PRIVATE KEY-----\n",
    "-----BEGIN TSS2 PRIVATE KEY-----\nMAoGBmeBBQoBAwIB\n-----END TSS2 PRIVATE KEY-----\n",
    "-----BEGIN TSS2 PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n"
    "-----END TSS2 PRIVATE KEY-----\n",
    "-----BEGIN TSS2 PRIVATE KEY-----\nMIIC",
};

START_TEST(what_is_no_key_is_refused)
{
    SWTPM(swtpm);
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    autobuf pem = {0};
    struct err err = {0};
    ck_assert_int_eq(buf_add_text(&pem, hostile[_i], NULL), 0);
    ck_assert_int_eq(key_from_pem(&pem, &key, &err), -ERR_CONFIG);
    ck_assert_uint_eq(ERR_peek_error(), 0);
}
END_TEST

START_TEST(a_tpm_that_does_not_answer_may_do_so_later)
{
    SWTPM(swtpm);
    CLEANUP(X509_free_p) X509 *certificate = NULL;
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    autobuf pem = {0};
    struct err err = {0};
    make(&swtpm, &pem, &certificate);
    tpm_choose(swtpm.name);
    swtpm_kill(&swtpm);
    ck_assert(tpm_is_there(&err));
    ck_assert_int_eq(tpm_generate(true, 256, &key, &err), -ERR_RETRY);
    ck_assert_msg(strstr(err.text, "no TPM answers at swtpm:path="), "%s", err.text);
    ck_assert_int_eq(key_from_pem(&pem, &key, &err), -ERR_RETRY);
}
END_TEST

START_TEST(a_machine_without_one)
{
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    struct err err = {0};
    tpm_choose(NULL);
    if (access(TPM_DEVICE, F_OK) == 0)
        return;
    setenv("TPM2OPENSSL_TCTI", "swtpm:port=1", 1); /* does not count */
    ck_assert(!tpm_is_a_device());
    ck_assert(!tpm_is_there(&err));
    ck_assert_int_eq(tpm_generate(true, 256, &key, &err), -ERR_CONFIG);
    ck_assert_str_eq(err.text, "there is no TPM: " TPM_DEVICE ": No such file or directory");
}
END_TEST

/* A test that fails leaves no TPM running. */
START_TEST(a_tpm_ends_with_its_test)
{
    int pipes[2];
    struct swtpm swtpm = {0};
    char path[300];
    ck_assert_int_eq(pipe(pipes), 0);
    pid_t test = fork();
    if (test == 0) {
        swtpm_open(&swtpm);
        _exit(write(pipes[1], &swtpm.temp.path, sizeof swtpm.temp.path) < 0);
    }
    ck_assert_int_eq(read(pipes[0], &swtpm.temp.path, sizeof swtpm.temp.path),
                     sizeof swtpm.temp.path);
    ck_assert_int_eq(waitpid(test, NULL, 0), test);
    snprintf(path, sizeof path, "%s/s", swtpm.temp.path);
    deadline until = deadline_in(SWTPM_WAIT_MS);
    for (bool gone = false; !gone;) {
        autoclose int fd = -1;
        gone = io_connect(path, &fd, NULL) < 0;
        ck_assert(gone || deadline_left(until) > 0);
    }
    fs_remove_tree(AT_FDCWD, swtpm.temp.path, NULL);
    close(pipes[0]);
    close(pipes[1]);
}
END_TEST

Suite *tpm_suite(void)
{
    Suite *s = suite_create("tpm");
    TCase *c = tcase_create("keys");
    tcase_set_timeout(c, 60);
    tcase_add_loop_test(c, a_key_outlives_its_process, 0, LENGTH(kinds));
    tcase_add_test(c, a_key_of_software_is_none_of_a_tpm);
    tcase_add_test(c, another_tpm_does_not_know_the_key);
    tcase_add_test(c, what_is_damaged_is_told);
    tcase_add_loop_test(c, what_is_no_key_is_refused, 0, LENGTH(hostile));
    tcase_add_test(c, a_tpm_that_does_not_answer_may_do_so_later);
    tcase_add_test(c, a_tpm_ends_with_its_test);
    tcase_add_test(c, a_machine_without_one);
    suite_add_tcase(s, c);
    return s;
}
