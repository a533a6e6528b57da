/* The module as it is built, loaded by dlopen, over a socket to the real signet-keyd. */
#include "pkcs11/provider.h"
#include "tests/pkcs11/issue.h"
#include "tests/temp.h"

#include <dlfcn.h>
#include <grp.h>
#include <openssl/rsa.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#define MODULE TEST_BUILDDIR "/pkcs11/.libs/signet-pkcs11.so"
#define NOBODY 65534

static struct fixture f;
static struct temp temp;
static char path[96];
static int listener;
static pid_t keyd;
static CK_FUNCTION_LIST *p11;
static CK_SESSION_HANDLE session;

/* With the socket handed over as systemd does, so that it is there while keyd is not. */
static void start_keyd(void)
{
    char program[] = TEST_BUILDDIR "/signet-keyd", pid[16];
    char *argv[] = {program, "--store", f.path, NULL};
    keyd = fork();
    setpgid(keyd, keyd); /* on both sides: whoever is first, the group exists before a kill */
    if (keyd != 0)
        return;
    snprintf(pid, sizeof pid, "%d", (int)getpid());
    setenv("LISTEN_PID", pid, 1);
    setenv("LISTEN_FDS", "1", 1);
    dup2(listener, 3);
    dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* nothing is left behind when a test crashes */
    execv(program, argv);
    _exit(127);
}

/* The children of its connections go with it, as they do when systemd stops the service. */
static void stop_keyd(void)
{
    if (keyd > 0) {
        kill(-keyd, SIGKILL);
        waitpid(keyd, NULL, 0);
    }
    keyd = 0;
}

static struct entry_id mine(const char *profile)
{
    struct entry_id id = {.owner = {.uid = geteuid()}};
    snprintf(id.profile, sizeof id.profile, "%s", profile);
    return id;
}

static CK_SESSION_HANDLE open_session(void)
{
    CK_ULONG n;
    CK_SESSION_HANDLE opened = 0;
    ck_assert_uint_eq(p11->C_GetSlotList(CK_TRUE, NULL, &n), CKR_OK);
    ck_assert_uint_ge(n, 2);
    ck_assert_uint_eq(
        p11->C_OpenSession(2 + geteuid(), CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &opened),
        CKR_OK);
    return opened;
}

static void load(void)
{
    void *library = dlopen(MODULE, RTLD_NOW | RTLD_LOCAL);
    ck_assert_msg(library != NULL, "%s", dlerror());
    CK_C_GetFunctionList get = (CK_C_GetFunctionList)dlsym(library, "C_GetFunctionList");
    ck_assert_ptr_nonnull(get);
    ck_assert_uint_eq(get(&p11), CKR_OK);
    dlclose(library);
}

static void setup(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const struct entry_id wifi_entry = mine("wifi"), vpn_entry = mine("vpn");
    fixture_open(&f);
    issue_entry(&f, &wifi_entry, issue_keys.rsa, NULL);
    issue_entry(&f, &vpn_entry, issue_keys.ec256, NULL);

    temp_open(&temp);
    ck_assert_int_eq(chmod(temp.path, 0755), 0);
    snprintf(path, sizeof path, "%s/keyd.sock", temp.path);
    strcpy(address.sun_path, path);
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(chmod(path, 0666), 0);
    ck_assert_int_eq(listen(listener, 64), 0);
    ck_assert_int_eq(setenv("SIGNET_KEYD_SOCKET", path, 1), 0);
    start_keyd();
    load();
    ck_assert_uint_eq(p11->C_Initialize(NULL), CKR_OK);
    session = open_session();
}

static void teardown(void)
{
    p11->C_Finalize(NULL);
    stop_keyd();
    close(listener);
    temp_close(&temp);
    unsetenv("SIGNET_KEYD_SOCKET");
    fixture_close(&f);
}

/* The one object of CLASS with LABEL. */
static CK_OBJECT_HANDLE find(CK_OBJECT_CLASS class, const char *label)
{
    CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof class},
                               {CKA_LABEL, (void *)(uintptr_t)label, strlen(label)}};
    CK_OBJECT_HANDLE found[2];
    CK_ULONG n = 0;
    ck_assert_uint_eq(p11->C_FindObjectsInit(session, template, 2), CKR_OK);
    ck_assert_uint_eq(p11->C_FindObjects(session, found, 2, &n), CKR_OK);
    ck_assert_uint_eq(p11->C_FindObjectsFinal(session), CKR_OK);
    ck_assert_uint_eq(n, 1);
    return found[0];
}

static X509 *certificate_of(const char *label)
{
    CK_BYTE der[4096];
    const unsigned char *at = der;
    CK_ATTRIBUTE value = {CKA_VALUE, der, sizeof der};
    ck_assert_uint_eq(p11->C_GetAttributeValue(session, find(CKO_CERTIFICATE, label), &value, 1),
                      CKR_OK);
    X509 *certificate = d2i_X509(NULL, &at, (long)value.ulValueLen);
    ck_assert_ptr_nonnull(certificate);
    return certificate;
}

#define DATA_LEN 1000
static CK_BYTE data[DATA_LEN];

/* SHA-256 of the data, with or without its DigestInfo (RFC 8017 section 9.2). */
static CK_ULONG hash_data(bool info, CK_BYTE *ret)
{
    static const CK_BYTE prefix[] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                     0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};
    CK_ULONG len = info ? sizeof prefix : 0;
    memcpy(ret, prefix, len);
    ck_assert_int_eq(EVP_Digest(data, sizeof data, ret + len, NULL, EVP_sha256(), NULL), 1);
    return len + 32;
}

/* SIGNATURE of the data, in PKCS#11's form, against the public key of a certificate. */
static bool verifies(const char *label, int padding, const CK_BYTE *signature, size_t len)
{
    CLEANUP(X509_free_p) X509 *certificate = certificate_of(label);
    EVP_PKEY *key = X509_get0_pubkey(certificate);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *key_context;
    unsigned char der[160], *at = der;
    int good = EVP_DigestVerifyInit(context, &key_context, EVP_sha256(), NULL, key);
    if (EVP_PKEY_get_base_id(key) == EVP_PKEY_EC) {
        ECDSA_SIG *pair = ECDSA_SIG_new();
        ECDSA_SIG_set0(pair, BN_bin2bn(signature, (int)len / 2, NULL),
                       BN_bin2bn(signature + len / 2, (int)len / 2, NULL));
        len = (size_t)i2d_ECDSA_SIG(pair, &at);
        ECDSA_SIG_free(pair);
        signature = der;
    } else {
        good = good && EVP_PKEY_CTX_set_rsa_padding(key_context, padding);
    }
    good = good && EVP_DigestVerify(context, signature, len, data, sizeof data) == 1;
    EVP_MD_CTX_free(context);
    return good;
}

static CK_RSA_PKCS_PSS_PARAMS pss = {CKM_SHA256, CKG_MGF1_SHA256, 32};
static CK_RSA_PKCS_OAEP_PARAMS oaep = {CKM_SHA_1, CKG_MGF1_SHA1, CKZ_DATA_SPECIFIED, NULL, 0},
                               oaep_label = {CKM_SHA_1, CKG_MGF1_SHA1, CKZ_DATA_SPECIFIED,
                                             (void *)"label", 5};

enum input { MESSAGE, PARTS, HASH, INFO };

static const struct {
    const char *what, *label;
    CK_MECHANISM mechanism;
    enum input input;
    int padding;
} ways[] = {
    {"PKCS#1", "wifi", {CKM_RSA_PKCS, NULL, 0}, INFO, RSA_PKCS1_PADDING},
    {"hashing PKCS#1", "wifi", {CKM_SHA256_RSA_PKCS, NULL, 0}, MESSAGE, RSA_PKCS1_PADDING},
    {"PKCS#1 in parts", "wifi", {CKM_SHA256_RSA_PKCS, NULL, 0}, PARTS, RSA_PKCS1_PADDING},
    {"PSS", "wifi", {CKM_RSA_PKCS_PSS, &pss, sizeof pss}, HASH, RSA_PKCS1_PSS_PADDING},
    {"hashing PSS",
     "wifi",
     {CKM_SHA256_RSA_PKCS_PSS, &pss, sizeof pss},
     PARTS,
     RSA_PKCS1_PSS_PADDING},
    {"ECDSA", "vpn", {CKM_ECDSA, NULL, 0}, HASH, 0},
    {"hashing ECDSA", "vpn", {CKM_ECDSA_SHA256, NULL, 0}, MESSAGE, 0},
    {"ECDSA in parts", "vpn", {CKM_ECDSA_SHA256, NULL, 0}, PARTS, 0},
};

static CK_RV sign(CK_SESSION_HANDLE with, size_t way, CK_OBJECT_HANDLE key, CK_BYTE *ret,
                  CK_ULONG *ret_len)
{
    CK_MECHANISM mechanism = ways[way].mechanism;
    enum input input = ways[way].input;
    CK_BYTE hash[64];
    CK_RV rv = p11->C_SignInit(with, &mechanism, key);
    if (rv != CKR_OK)
        return rv;
    if (input == HASH || input == INFO)
        return p11->C_Sign(with, hash, hash_data(input == INFO, hash), ret, ret_len);
    if (input == MESSAGE)
        return p11->C_Sign(with, data, sizeof data, ret, ret_len);
    rv = p11->C_SignUpdate(with, data, 1);
    if (rv == CKR_OK)
        rv = p11->C_SignUpdate(with, data + 1, sizeof data - 1);
    return rv == CKR_OK ? p11->C_SignFinal(with, ret, ret_len) : rv;
}

START_TEST(signs_in_every_way)
{
    CK_BYTE signature[512];
    CK_ULONG len = sizeof signature;
    const char *label = ways[_i].label;
    ck_assert_uint_eq(sign(session, (size_t)_i, find(CKO_PRIVATE_KEY, label), signature, &len),
                      CKR_OK);
    ck_assert_msg(verifies(label, ways[_i].padding, signature, len), "%s", ways[_i].what);
    data[0] ^= 1;
    ck_assert(!verifies(label, ways[_i].padding, signature, len));
    data[0] ^= 1;
}
END_TEST

/* Padded by hand, signed raw, and recovered: the block must come back. */
START_TEST(signs_raw)
{
    CK_MECHANISM mechanism = {CKM_RSA_X_509, NULL, 0};
    CK_BYTE block[256] = {0, 1, 2, 3}, signature[256], back[256];
    CK_ULONG len = sizeof signature;
    size_t back_len = sizeof back;
    CLEANUP(X509_free_p) X509 *certificate = certificate_of("wifi");
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(X509_get0_pubkey(certificate), NULL);
    ck_assert_uint_eq(p11->C_SignInit(session, &mechanism, find(CKO_PRIVATE_KEY, "wifi")), CKR_OK);
    ck_assert_uint_eq(p11->C_Sign(session, block, sizeof block, signature, &len), CKR_OK);
    ck_assert_int_eq(EVP_PKEY_verify_recover_init(context), 1);
    ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING), 1);
    ck_assert_int_eq(EVP_PKEY_verify_recover(context, back, &back_len, signature, len), 1);
    ck_assert_mem_eq(back, block, sizeof block);
    EVP_PKEY_CTX_free(context);
}
END_TEST

static const struct {
    CK_MECHANISM encrypted, decrypted;
    CK_RV expected;
} secrets[] = {
    {{CKM_RSA_PKCS, NULL, 0}, {CKM_RSA_PKCS, NULL, 0}, CKR_OK},
    {{CKM_RSA_PKCS_OAEP, &oaep, sizeof oaep}, {CKM_RSA_PKCS_OAEP, &oaep, sizeof oaep}, CKR_OK},
    {{CKM_RSA_PKCS_OAEP, &oaep, sizeof oaep},
     {CKM_RSA_PKCS_OAEP, &oaep_label, sizeof oaep_label},
     CKR_ENCRYPTED_DATA_INVALID},
};

START_TEST(decrypts)
{
    CK_MECHANISM mechanism = secrets[_i].decrypted;
    CK_BYTE secret[512], plain[512];
    size_t secret_len = sizeof secret;
    CK_ULONG len = sizeof plain;
    CLEANUP(X509_free_p) X509 *certificate = certificate_of("wifi");
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(X509_get0_pubkey(certificate), NULL);
    ck_assert_int_eq(EVP_PKEY_encrypt_init(context), 1);
    ck_assert_int_eq(
        EVP_PKEY_CTX_set_rsa_padding(context, secrets[_i].encrypted.mechanism == CKM_RSA_PKCS
                                                  ? RSA_PKCS1_PADDING
                                                  : RSA_PKCS1_OAEP_PADDING),
        1);
    ck_assert_int_eq(EVP_PKEY_encrypt(context, secret, &secret_len, (const CK_BYTE *)"secret", 6),
                     1);
    EVP_PKEY_CTX_free(context);

    ck_assert_uint_eq(p11->C_DecryptInit(session, &mechanism, find(CKO_PRIVATE_KEY, "wifi")),
                      CKR_OK);
    ck_assert_uint_eq(p11->C_Decrypt(session, secret, secret_len, plain, &len),
                      secrets[_i].expected);
    if (secrets[_i].expected == CKR_OK) {
        ck_assert_uint_eq(len, 6);
        ck_assert_mem_eq(plain, "secret", 6);
    }
}
END_TEST

START_TEST(keyd_may_be_restarted_between_signatures)
{
    CK_BYTE signature[512];
    CK_OBJECT_HANDLE key = find(CKO_PRIVATE_KEY, "vpn");
    for (int i = 0; i < 3; i++) {
        CK_ULONG len = sizeof signature;
        ck_assert_uint_eq(sign(session, 5, key, signature, &len), CKR_OK);
        ck_assert(verifies("vpn", 0, signature, len));
        stop_keyd();
        start_keyd();
    }
}
END_TEST

START_TEST(a_handle_outlives_a_renewal)
{
    CK_BYTE signature[512], id[64], new_id[64];
    CK_ULONG len = sizeof signature;
    CK_ATTRIBUTE before = {CKA_ID, id, sizeof id}, after = {CKA_ID, new_id, sizeof new_id};
    const struct entry_id vpn_entry = mine("vpn");
    CK_OBJECT_HANDLE key = find(CKO_PRIVATE_KEY, "vpn");
    ck_assert_uint_eq(p11->C_GetAttributeValue(session, key, &before, 1), CKR_OK);
    issue_entry(&f, &vpn_entry, issue_keys.ec384, NULL);

    CK_OBJECT_HANDLE renewed = find(CKO_PRIVATE_KEY, "vpn");
    ck_assert_uint_ne(renewed, key);
    ck_assert_uint_eq(p11->C_GetAttributeValue(session, renewed, &after, 1), CKR_OK);
    ck_assert_uint_eq(before.ulValueLen, after.ulValueLen);
    ck_assert_mem_eq(id, new_id, before.ulValueLen);

    ck_assert_uint_eq(sign(session, 5, key, signature, &len), CKR_OK);
    ck_assert_uint_eq(len, 64);
    len = sizeof signature;
    ck_assert_uint_eq(sign(session, 5, renewed, signature, &len), CKR_OK);
    ck_assert_uint_eq(len, 96);
    ck_assert(verifies("vpn", 0, signature, len));
}
END_TEST

#define THREADS 4
#define ROUNDS  25

static void *sign_many(void *context)
{
    CK_OBJECT_HANDLE key = *(CK_OBJECT_HANDLE *)context;
    CK_SESSION_HANDLE own;
    uintptr_t failures = 0;
    if (p11->C_OpenSession(2 + geteuid(), CKF_SERIAL_SESSION, NULL, NULL, &own) != CKR_OK)
        return (void *)1;
    for (int i = 0; i < ROUNDS; i++) {
        CK_BYTE signature[512];
        CK_ULONG len = sizeof signature;
        failures += sign(own, 6, key, signature, &len) != CKR_OK || len != 64;
    }
    p11->C_CloseSession(own);
    return (void *)failures;
}

START_TEST(threads_share_the_connection)
{
    CK_OBJECT_HANDLE key = find(CKO_PRIVATE_KEY, "vpn");
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, sign_many, &key), 0);
    for (int i = 0; i < THREADS; i++) {
        void *failures;
        pthread_join(threads[i], &failures);
        ck_assert_ptr_null(failures);
    }
}
END_TEST

START_TEST(parent_and_child_each_have_their_own)
{
    CK_BYTE signature[512];
    CK_ULONG len = sizeof signature;
    int status;
    CK_OBJECT_HANDLE key = find(CKO_PRIVATE_KEY, "vpn");
    pid_t pid = fork();
    if (pid == 0) {
        if (sign(session, 5, key, signature, &len) != CKR_CRYPTOKI_NOT_INITIALIZED ||
            p11->C_Initialize(NULL) != CKR_OK)
            _exit(1);
        session = open_session();
        _exit(sign(session, 5, key, signature, &len) == CKR_OK ? 0 : 2);
    }
    ck_assert_uint_eq(sign(session, 5, key, signature, &len), CKR_OK);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    len = sizeof signature;
    ck_assert_uint_eq(sign(session, 5, key, signature, &len), CKR_OK);
}
END_TEST

/* A daemon connects as root and goes on as nobody: the connection is root's. */
START_TEST(privileges_may_be_dropped)
{
    int status;
    if (geteuid() != 0)
        return;
    pid_t pid = fork();
    if (pid == 0) {
        CK_BYTE signature[512];
        CK_ULONG len = sizeof signature;
        if (p11->C_Initialize(NULL) != CKR_OK)
            _exit(1);
        session = open_session();
        CK_OBJECT_HANDLE key = find(CKO_PRIVATE_KEY, "vpn");
        if (chroot(temp.path) < 0 || setgroups(0, NULL) < 0 || setgid(NOBODY) < 0 ||
            setuid(NOBODY) < 0)
            _exit(2);
        _exit(sign(session, 5, key, signature, &len) == CKR_OK ? 0 : 3);
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(without_keyd_there_is_a_token_and_a_device_error)
{
    CK_BYTE signature[512];
    CK_ULONG len = sizeof signature;
    CK_OBJECT_HANDLE key = find(CKO_PRIVATE_KEY, "vpn");
    stop_keyd();
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_uint_eq(find(CKO_PRIVATE_KEY, "vpn"), key); /* known, and not known to have aged */
    ck_assert_uint_eq(sign(session, 5, key, signature, &len), CKR_DEVICE_ERROR);
    ck_assert_uint_eq(p11->C_Finalize(NULL), CKR_OK);

    CK_SLOT_ID slots[2];
    CK_ULONG n = 2;
    CK_OBJECT_HANDLE found;
    ck_assert_uint_eq(p11->C_Initialize(NULL), CKR_OK);
    ck_assert_uint_eq(p11->C_GetSlotList(CK_TRUE, slots, &n), CKR_OK);
    ck_assert_uint_eq(n, 1);
    ck_assert_uint_eq(p11->C_OpenSession(slots[0], CKF_SERIAL_SESSION, NULL, NULL, &session),
                      CKR_OK);
    ck_assert_uint_eq(p11->C_FindObjectsInit(session, NULL, 0), CKR_OK);
    ck_assert_uint_eq(p11->C_FindObjects(session, &found, 1, &n), CKR_OK);
    ck_assert_uint_eq(n, 0);
}
END_TEST

static const struct {
    const char *symbol;
    bool there;
} symbols[] = {
    {"C_GetFunctionList", true}, {"C_GetInterface", true}, {"C_GetInterfaceList", true},
    {"C_Initialize", false},     {"C_Sign", false},        {"core_enter", false},
    {"buf_add", false},          {"_init", false},         {"_fini", false},
};

START_TEST(shows_three_names_and_stays_loaded)
{
    void *library = dlopen(MODULE, RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD);
    ck_assert_ptr_nonnull(library); /* load() has closed it */
    for (size_t i = 0; i < LENGTH(symbols); i++)
        ck_assert_msg((dlsym(library, symbols[i].symbol) != NULL) == symbols[i].there, "%s",
                      symbols[i].symbol);
    dlclose(library);
}
END_TEST

Suite *module_suite(void)
{
    Suite *suite = suite_create("pkcs11/module");
    TCase *tc = tcase_create("module");
    tcase_add_unchecked_fixture(tc, issue_setup, issue_teardown);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, signs_in_every_way, 0, LENGTH(ways));
    tcase_add_test(tc, signs_raw);
    tcase_add_loop_test(tc, decrypts, 0, LENGTH(secrets));
    tcase_add_test(tc, keyd_may_be_restarted_between_signatures);
    tcase_add_test(tc, a_handle_outlives_a_renewal);
    tcase_add_test(tc, threads_share_the_connection);
    tcase_add_test(tc, parent_and_child_each_have_their_own);
    tcase_add_test(tc, privileges_may_be_dropped);
    tcase_add_test(tc, without_keyd_there_is_a_token_and_a_device_error);
    tcase_add_test(tc, shows_three_names_and_stays_loaded);
    suite_add_tcase(suite, tc);
    return suite;
}
