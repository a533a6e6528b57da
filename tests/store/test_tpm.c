#include "store/tpm.h"

#include "base/io.h"
#include "store/key.h"
#include "tests/tpm_between.h"

#include <openssl/err.h>
#include <openssl/provider.h>
#include <sys/wait.h>

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

static void make_kind(const struct swtpm *swtpm, bool ec, unsigned size, struct buf *ret_pem,
                      X509 **ret_certificate)
{
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    CLEANUP(X509_free_p) X509 *certificate = NULL;
    struct err err;
    tpm_choose(swtpm->name);
    ck_assert_msg(tpm_generate(ec, size, &key, &err) == 0, "%s", err.text);
    ck_assert_int_eq(key_to_pem(key, ret_pem, &err), 0);
    certificate = certificate_of(key);
    *ret_certificate = in_software(certificate);
}

static void make(const struct swtpm *swtpm, struct buf *ret_pem, X509 **ret_certificate)
{
    make_kind(swtpm, true, 256, ret_pem, ret_certificate);
}

START_TEST(another_tpm_does_not_know_the_key)
{
    SWTPM(first);
    SWTPM(second);
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    CLEANUP(X509_free_p) X509 *certificate = NULL;
    autobuf pem = {0};
    struct err err = {0};
    make_kind(&first, _i, _i ? 256 : 2048, &pem, &certificate);
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
    ck_assert_int_eq(tpm_find(&err), 0);
    swtpm_expect_leak(true);
    ck_assert_int_eq(tpm_generate(true, 256, &key, &err), -ERR_RETRY);
    ck_assert_msg(strstr(err.text, "no TPM answers at swtpm:path="), "%s", err.text);
    ck_assert_int_eq(key_from_pem(&pem, &key, &err), -ERR_RETRY);
    swtpm_expect_leak(false);
}
END_TEST

START_TEST(a_tpm_that_hangs_holds_nobody)
{
    SWTPM(swtpm);
    CLEANUP(X509_free_p) X509 *certificate = NULL;
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    autobuf pem = {0};
    struct err err = {0};
    make(&swtpm, &pem, &certificate);
    TPM_BETWEEN(between, &swtpm, TPM_ANY, TPM_SILENCE);
    tpm_wait(50);
    ck_assert_int_eq(key_from_pem(&pem, &key, &err), -ERR_RETRY);
    ck_assert_msg(strstr(err.text, "does not answer; if that stays so"), "%s", err.text);
}
END_TEST

static const struct {
    uint32_t command, answer;
    enum err_class generate, load; /* 0: it is done */
    const char *text;
} faults[] = {
    {TPM_ANY, 0x100, ERR_RETRY, ERR_RETRY, "the firmware has not started it"},
    {TPM_ANY, TPM_RC_FAILURE, ERR_RETRY, ERR_RETRY, "switch the machine off and on"},
    {TPM_CREATE, TPM_RC_FAILURE, ERR_RETRY, 0, "switch the machine off and on"},
    {TPM_LOAD, TPM_RC_FAILURE, ERR_RETRY, ERR_RETRY, "switch the machine off and on"},
    {TPM_LOAD, TPM_RC_LOCKOUT, ERR_RETRY, ERR_RETRY, "tpm2_dictionarylockout --clear-lockout"},
    {TPM_LOAD, 0x902, ERR_RETRY, ERR_RETRY, "no room for another key"},
    {TPM_LOAD, 0x1df, ERR_CONFIG, ERR_CONFIG, "another TPM made it"},
    {TPM_CREATE_PRIMARY, 0x185, ERR_CONFIG, ERR_CONFIG, "is switched off"},
    {TPM_CREATE_PRIMARY, 0x98e, ERR_CONFIG, ERR_CONFIG, "tpm2_changeauth -c owner"},
    {TPM_CREATE_PRIMARY, 0x9a2, ERR_CONFIG, ERR_CONFIG, "tpm2_changeauth -c owner"},
    {TPM_CREATE, 0x2c4, ERR_RETRY, 0, "makes no EC key of 256 bits: "}, /* which every TPM makes */
};

START_TEST(tells_what_is_wrong_with_a_tpm)
{
    SWTPM(swtpm);
    CLEANUP(X509_free_p) X509 *certificate = NULL;
    autobuf pem = {0};
    make(&swtpm, &pem, &certificate);
    TPM_BETWEEN(between, &swtpm, faults[_i].command, faults[_i].answer);
    /* More often than a TPM has room for what a failure leaves in it. */
    for (int i = 0; i < 4; i++) {
        CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
        struct err err = {0};
        int rc = tpm_generate(true, 256, &key, &err);
        ck_assert_msg(rc == -(int)faults[_i].generate, "%d %s", rc, err.text);
        ck_assert_msg(strstr(err.text, faults[_i].text), "%s", err.text);
        rc = key_from_pem(&pem, &key, &err);
        ck_assert_msg(rc == -(int)faults[_i].load, "%d %s", rc, err.text);
        ck_assert_msg(rc == 0 || strstr(err.text, faults[_i].text), "%s", err.text);
        ck_assert_uint_eq(ERR_peek_error(), 0);
    }
}
END_TEST

START_TEST(a_machine_without_one)
{
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    struct err err = {0};
    swtpm_none();
    setenv("TPM2OPENSSL_TCTI", "swtpm:port=1", 1); /* does not count */
    ck_assert(!tpm_is_announced());
    ck_assert_int_eq(tpm_find(&err), -ERR_CONFIG);
    ck_assert_int_eq(tpm_generate(true, 256, &key, &err), -ERR_CONFIG);
    ck_assert_str_eq(err.text, "there is no TPM: no " TPM_DEVICE);
}
END_TEST

/* Only the owner of the device may open it, and we are not. */
static bool is_told_what_to_do(void)
{
    EVP_PKEY *key = NULL;
    struct err err = {0};
    return setuid(65534) == 0 && tpm_generate(true, 256, &key, &err) == -ERR_DENIED &&
           strstr(err.text, "/dev/tpmrm0: permission denied") &&
           strstr(err.text, "usermod -aG tss signet");
}

START_TEST(a_device_that_we_may_not_open)
{
    autotemp root;
    int status;
    temp_open(&root);
    ck_assert_int_eq(fchmod(root.fd, 0755), 0);
    temp_file(&root, "dev/tpmrm0", 0600, "");
    tpm_look_below(root.path);
    pid_t pid = fork();
    if (pid == 0)
        _exit(is_told_what_to_do() ? 0 : 1);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
}
END_TEST

/* As when openssl.cnf loads the provider for everybody, and before any other. */
START_TEST(keys_of_software_stay_out_of_it)
{
    SWTPM(swtpm);
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *again = NULL;
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *in_tpm = NULL;
    autobuf pem = {0};
    setenv("TPM2OPENSSL_TCTI", swtpm.name, 1);
    OSSL_PROVIDER *first = OSSL_PROVIDER_load(NULL, "tpm2");
    OSSL_PROVIDER *second = OSSL_PROVIDER_load(NULL, "default");
    ck_assert(first && second);
    ck_assert_int_eq(tpm_keep_apart(NULL), 0);
    swtpm_kill(&swtpm);
    ck_assert_int_eq(key_generate(true, 256, &key, NULL), 0);
    ck_assert_str_eq(OSSL_PROVIDER_get0_name(EVP_PKEY_get0_provider(key)), "default");
    ck_assert_int_eq(key_to_pem(key, &pem, NULL), 0);
    ck_assert_int_eq(key_from_pem(&pem, &again, NULL), 0);
    ck_assert_str_eq(OSSL_PROVIDER_get0_name(EVP_PKEY_get0_provider(again)), "default");
    ck_assert_int_eq(
        EVP_Digest("", 0, (unsigned char[EVP_MAX_MD_SIZE]){0}, NULL, EVP_sha256(), NULL), 1);
    swtpm_start(&swtpm);
    ck_assert_int_eq(tpm_generate(true, 256, &in_tpm, NULL), 0);
    ck_assert(tpm_holds(in_tpm));
    OSSL_PROVIDER_unload(first);
    OSSL_PROVIDER_unload(second);
}
END_TEST

static bool is_served(const char *path)
{
    autoclose int fd = -1;
    return io_connect(path, &fd, NULL) == 0;
}

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
    UNTIL(!is_served(path), "%s is still there", path);
    fs_remove_tree(AT_FDCWD, swtpm.temp.path, NULL);
    close(pipes[0]);
    close(pipes[1]);
}
END_TEST

Suite *tpm_suite(void)
{
    Suite *s = suite_create("store/tpm");
    TCase *c = tcase_create("keys");
    tcase_add_loop_test(c, a_key_outlives_its_process, 0, LENGTH(kinds));
    tcase_add_test(c, a_key_of_software_is_none_of_a_tpm);
    tcase_add_test(c, keys_of_software_stay_out_of_it);
    tcase_add_loop_test(c, another_tpm_does_not_know_the_key, 0, 2);
    tcase_add_test(c, what_is_damaged_is_told);
    tcase_add_loop_test(c, what_is_no_key_is_refused, 0, LENGTH(hostile));
    tcase_add_test(c, a_tpm_that_does_not_answer_may_do_so_later);
    tcase_add_test(c, a_tpm_that_hangs_holds_nobody);
    tcase_add_loop_test(c, tells_what_is_wrong_with_a_tpm, 0, LENGTH(faults));
    tcase_add_test(c, a_tpm_ends_with_its_test);
    tcase_add_test(c, a_machine_without_one);
    if (geteuid() == 0)
        tcase_add_test(c, a_device_that_we_may_not_open);
    suite_add_tcase(s, c);
    return s;
}
