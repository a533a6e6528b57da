/* A key in a TPM, through what keyd calls. */
#include "pkcs11/sign_tpm.h"

#include "pkcs11/sign_store.h"
#include "tests/swtpm.h"

#include <openssl/rsa.h>
#include <openssl/x509.h>

struct sign_key_in {
    struct swtpm swtpm;
    struct sign_key key;
    EVP_PKEY *public; /* as everybody else has it */
};

static void key_open(struct sign_key_in *in, bool ec, unsigned size)
{
    struct err err;
    EVP_PKEY *key;
    unsigned char *der = NULL;
    swtpm_open(&in->swtpm);
    ck_assert_msg(tpm_generate(ec, size, &key, &err) == 0, "%s", err.text);
    in->key = (struct sign_key){.key = key, .may_sign = true, .may_decrypt = true};
    int len = i2d_PUBKEY(key, &der);
    const unsigned char *at = der;
    in->public = d2i_PUBKEY(NULL, &at, len);
    ck_assert_ptr_nonnull(in->public);
    OPENSSL_free(der);
}

static void key_close(struct sign_key_in *in)
{
    sign_key_free(&in->key);
    EVP_PKEY_free(in->public);
    swtpm_close(&in->swtpm);
}
#define KEY(in, ec, size)                                                                          \
    CLEANUP(key_close) struct sign_key_in in = {0};                                                \
    key_open(&in, ec, size)

/* What TLS 1.2 and earlier, and OpenSSH, give to CKM_RSA_PKCS. */
#define INFO_SHA1   "\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14"
#define INFO_SHA256 "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"
#define INFO_SHA512 "\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40"

static const struct row {
    unsigned size; /* below 1024: EC */
    struct key_operation operation;
    const char *before; /* the data begins so */
    size_t before_len, len;
    const EVP_MD *(*hashes)(void); /* the mechanism does */
    const EVP_MD *(*md)(void);     /* what the signature is verified with */
    const char *refused;
} rows[] = {
    {2048, {.mechanism = CKM_RSA_PKCS}, INFO_SHA1, 15, 35, NULL, EVP_sha1, NULL},
    {2048, {.mechanism = CKM_RSA_PKCS}, INFO_SHA256, 19, 51, NULL, EVP_sha256, NULL},
    {2048, {.mechanism = CKM_RSA_PKCS}, INFO_SHA512, 19, 83, NULL, EVP_sha512, NULL},
    {3072, {.mechanism = CKM_SHA256_RSA_PKCS}, "", 0, 1000, EVP_sha256, EVP_sha256, NULL},
    {2048, {.mechanism = CKM_SHA384_RSA_PKCS}, "", 0, 0, EVP_sha384, EVP_sha384, NULL},
    {2048,
     {.mechanism = CKM_RSA_PKCS_PSS, .hash = CKM_SHA256, .mgf = CKG_MGF1_SHA256, .salt_len = 32},
     "",
     0,
     32,
     NULL,
     EVP_sha256,
     NULL},
    {2048,
     {.mechanism = CKM_SHA384_RSA_PKCS_PSS,
      .hash = CKM_SHA384,
      .mgf = CKG_MGF1_SHA384,
      .salt_len = 48},
     "",
     0,
     5,
     EVP_sha384,
     EVP_sha384,
     NULL},
    {256, {.mechanism = CKM_ECDSA}, "", 0, 32, NULL, NULL, NULL},
    {256, {.mechanism = CKM_ECDSA}, "", 0, 1, NULL, NULL, NULL},
    {256, {.mechanism = CKM_ECDSA}, "", 0, 28, NULL, NULL, NULL},
    {256, {.mechanism = CKM_ECDSA}, "", 0, 64, NULL, NULL, NULL},
    {256, {.mechanism = CKM_ECDSA_SHA256}, "", 0, 500, EVP_sha256, NULL, NULL},
    {256, {.mechanism = CKM_ECDSA_SHA224}, "", 0, 500, EVP_sha224, NULL, NULL},
    {384, {.mechanism = CKM_ECDSA}, "", 0, 32, NULL, NULL, NULL},
    {384, {.mechanism = CKM_ECDSA}, "", 0, 64, NULL, NULL, NULL},
    {521, {.mechanism = CKM_ECDSA}, "", 0, 20, NULL, NULL, NULL},
    {521, {.mechanism = CKM_ECDSA}, "", 0, 64, NULL, NULL, NULL},

    {521, {.mechanism = CKM_ECDSA}, "", 0, 66, NULL, NULL, "more than 64 bytes"},
    {256, {.mechanism = CKM_RSA_PKCS}, "", 0, 51, NULL, NULL, "needs an RSA key"},
    {2048, {.mechanism = CKM_ECDSA}, "", 0, 32, NULL, NULL, "needs an EC key"},
    {2048, {.mechanism = CKM_RSA_X_509}, "", 0, 256, NULL, NULL, "with this mechanism"},
    {2048, {.mechanism = CKM_RSA_PKCS}, "", 0, 36, NULL, NULL, "but a DigestInfo"},
    {2048, {.mechanism = CKM_RSA_PKCS}, "", 0, 0, NULL, NULL, "but a DigestInfo"},
    {2048, {.mechanism = CKM_RSA_PKCS}, "", 0, 256, NULL, NULL, "this key takes 0 to 245"},
    {2048, {.mechanism = CKM_RSA_PKCS}, INFO_SHA256, 19, 50, NULL, NULL, "but a DigestInfo"},
    {2048, {.mechanism = CKM_RSA_PKCS}, INFO_SHA256, 19, 52, NULL, NULL, "but a DigestInfo"},
    {2048,
     {.mechanism = CKM_RSA_PKCS},
     "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x20",
     19,
     51,
     NULL,
     NULL,
     "but a hash of"},
    {2048,
     {.mechanism = CKM_RSA_PKCS},
     "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x7f\x05\x00\x04\x20",
     19,
     51,
     NULL,
     NULL,
     "but a hash of"},
    /* Other DER for the same hash: the TPM would sign what it was not given. */
    {2048,
     {.mechanism = CKM_RSA_PKCS},
     "\x30\x2f\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x04\x20",
     17,
     49,
     NULL,
     NULL,
     "but a DigestInfo"},
    {2048,
     {.mechanism = CKM_RSA_PKCS},
     "\x30\x32\x30\x0e\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x04\x01\x07\x04\x20",
     20,
     52,
     NULL,
     NULL,
     "but a DigestInfo"},
    {2048,
     {.mechanism = CKM_RSA_PKCS},
     "\x30\x81\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20",
     20,
     52,
     NULL,
     NULL,
     "but a DigestInfo"},
    {2048, {.mechanism = CKM_SHA224_RSA_PKCS}, "", 0, 5, NULL, NULL, "does not sign in this way"},
    {2048,
     {.mechanism = CKM_RSA_PKCS_PSS, .hash = CKM_SHA256, .mgf = CKG_MGF1_SHA1, .salt_len = 32},
     "",
     0,
     32,
     NULL,
     NULL,
     "mask generation function"},
    {2048,
     {.mechanism = CKM_RSA_PKCS_PSS, .hash = CKM_SHA256, .mgf = CKG_MGF1_SHA256, .salt_len = 20},
     "",
     0,
     32,
     NULL,
     NULL,
     "salt"},
    {2048,
     {.mechanism = CKM_RSA_PKCS_PSS, .hash = CKM_SHA256, .mgf = CKG_MGF1_SHA256, .salt_len = 32},
     "",
     0,
     31,
     NULL,
     NULL,
     "31 bytes to sign"},
    {2048,
     {.mechanism = CKM_SHA256_RSA_PKCS_PSS,
      .hash = CKM_SHA384,
      .mgf = CKG_MGF1_SHA384,
      .salt_len = 48},
     "",
     0,
     5,
     NULL,
     NULL,
     "does not sign"},
};

/* r and s side by side, back to what OpenSSL verifies. */
static void to_der(struct buf *signature)
{
    int half = (int)(signature->len / 2);
    ECDSA_SIG *sig = ECDSA_SIG_new();
    uint8_t *der = NULL;
    ECDSA_SIG_set0(sig, BN_bin2bn(signature->data, half, NULL),
                   BN_bin2bn(signature->data + half, half, NULL));
    int len = i2d_ECDSA_SIG(sig, &der);
    buf_clear(signature);
    ck_assert_int_eq(buf_add(signature, der, (size_t)len, NULL), 0);
    OPENSSL_free(der);
    ECDSA_SIG_free(sig);
}

static bool verifies(const struct row *row, EVP_PKEY *key, const struct buf *data,
                     const struct buf *signature)
{
    uint8_t hash[EVP_MAX_MD_SIZE];
    unsigned hash_len = 0;
    const uint8_t *input = data->data + row->before_len;
    size_t len = data->len - row->before_len;
    if (row->hashes) {
        EVP_Digest(data->len ? data->data : hash, data->len, hash, &hash_len, row->hashes(), NULL);
        input = hash;
        len = hash_len;
    }
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    ck_assert_int_eq(EVP_PKEY_verify_init(context), 1);
    if (row->size >= 1024) {
        int padding = row->operation.salt_len ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING;
        ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_padding(context, padding), 1);
        ck_assert_int_eq(EVP_PKEY_CTX_set_signature_md(context, row->md()), 1);
        if (row->operation.salt_len)
            EVP_PKEY_CTX_set_rsa_pss_saltlen(context, (int)row->operation.salt_len);
    }
    int rc = EVP_PKEY_verify(context, signature->data, signature->len, input, len);
    EVP_PKEY_CTX_free(context);
    return rc == 1;
}

START_TEST(signs_what_others_verify)
{
    const struct row *row = &rows[_i];
    KEY(in, row->size < 1024, row->size);
    autobuf data = {0};
    ck_assert_int_eq(buf_reserve(&data, row->len, NULL), 0);
    for (size_t i = 0; i < row->len; i++)
        data.data[i] = (uint8_t)(i * 7 + 1);
    memcpy(data.data, row->before, row->before_len < row->len ? row->before_len : row->len);
    data.len = row->len;

    for (int i = 0; i < 2; i++) {
        autobuf signature = {0};
        struct err err = {0};
        int rc = sign_store_sign(&in.key, &row->operation, &data, &signature, &err);
        if (row->refused) {
            ck_assert_int_eq(rc, -ERR_CONFIG);
            ck_assert_msg(strstr(err.text, row->refused), "%s", err.text);
            continue;
        }
        ck_assert_msg(rc == 0, "%s", err.text);
        if (row->size < 1024)
            to_der(&signature);
        ck_assert(verifies(row, in.public, &data, &signature));
    }
}
END_TEST

START_TEST(decrypts_each_time_what_it_is_given)
{
    static const char *const texts[] = {"one", "something else"};
    static const struct key_operation pkcs = {.mechanism = CKM_RSA_PKCS};
    KEY(in, false, 2048);
    struct err err = {0};
    for (size_t i = 0; i < LENGTH(texts); i++) {
        autobuf data = {0}, plain = {0};
        size_t len = 256;
        ck_assert_int_eq(buf_reserve(&data, len, NULL), 0);
        EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(in.public, NULL);
        ck_assert_int_eq(EVP_PKEY_encrypt_init(context), 1);
        ck_assert_int_eq(
            EVP_PKEY_encrypt(context, data.data, &len, (const uint8_t *)texts[i], strlen(texts[i])),
            1);
        EVP_PKEY_CTX_free(context);
        data.len = len;
        ck_assert_msg(sign_store_decrypt(&in.key, &pkcs, &data, &plain, &err) == 0, "%s", err.text);
        ck_assert_str_eq(buf_text(&plain), texts[i]);

        data.data[9] ^= 1;
        ck_assert_int_eq(sign_store_decrypt(&in.key, &pkcs, &data, &plain, &err), -ERR_CONFIG);
    }
    static const struct key_operation oaep = {
        .mechanism = CKM_RSA_PKCS_OAEP, .hash = CKM_SHA_1, .mgf = CKG_MGF1_SHA1};
    autobuf data = {0}, plain = {0};
    ck_assert_int_eq(sign_store_decrypt(&in.key, &oaep, &data, &plain, &err), -ERR_CONFIG);
    ck_assert_msg(strstr(err.text, "is in a TPM"), "%s", err.text);
}
END_TEST

START_TEST(a_tpm_that_is_gone_may_come_back)
{
    static const struct key_operation ecdsa = {.mechanism = CKM_ECDSA};
    KEY(in, true, 256);
    autobuf data = {0}, signature = {0};
    struct err err = {0};
    ck_assert_int_eq(buf_add(&data, "0123456789abcdef0123456789abcdef", 32, NULL), 0);
    swtpm_kill(&in.swtpm);
    ck_assert_int_eq(sign_store_sign(&in.key, &ecdsa, &data, &signature, &err), -ERR_RETRY);
    ck_assert_msg(strstr(err.text, "the TPM did not sign"), "%s", err.text);
}
END_TEST

Suite *sign_tpm_suite(void)
{
    Suite *s = suite_create("pkcs11/sign_tpm");
    TCase *c = tcase_create("mechanisms");
    tcase_add_loop_test(c, signs_what_others_verify, 0, LENGTH(rows));
    tcase_add_test(c, decrypts_each_time_what_it_is_given);
    tcase_add_test(c, a_tpm_that_is_gone_may_come_back);
    suite_add_tcase(s, c);
    return s;
}
