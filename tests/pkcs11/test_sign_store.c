#include "pkcs11/sign_store.h"

#include "tests/pkcs11/issue.h"
#include "tests/suite.h"

#include <openssl/ec.h>
#include <openssl/rsa.h>

enum which { RSA_KEY, EC256, EC384, EC521 };

static struct sign_key key_of(enum which which)
{
    EVP_PKEY *const keys[] = {issue_keys.rsa, issue_keys.ec256, issue_keys.ec384, issue_keys.ec521};
    EVP_PKEY_up_ref(keys[which]);
    return (struct sign_key){.key = keys[which], .may_sign = true, .may_decrypt = true};
}
#define KEY(which) CLEANUP(sign_key_free) struct sign_key key = key_of(which)

static void fill(struct buf *data, size_t len)
{
    ck_assert_int_eq(buf_reserve(data, len, NULL), 0);
    for (size_t i = 0; i < len; i++)
        data->data[i] = (uint8_t)(i * 7 + 1);
    data->len = len;
}

/* r and s side by side, back to what OpenSSL verifies. */
static void to_der(struct buf *signature)
{
    int half = (int)(signature->len / 2);
    ECDSA_SIG *sig = ECDSA_SIG_new();
    ECDSA_SIG_set0(sig, BN_bin2bn(signature->data, half, NULL),
                   BN_bin2bn(signature->data + half, half, NULL));
    uint8_t *der = NULL;
    int len = i2d_ECDSA_SIG(sig, &der);
    ck_assert_int_gt(len, 0);
    buf_clear(signature);
    ck_assert_int_eq(buf_add(signature, der, (size_t)len, NULL), 0);
    OPENSSL_free(der);
    ECDSA_SIG_free(sig);
}

/* MD: the mechanism hashes; NULL: the data goes to the key as it is. */
static const struct signature_row {
    enum which key;
    CK_MECHANISM_TYPE mechanism, hash;
    CK_RSA_PKCS_MGF_TYPE mgf;
    uint32_t salt;
    const EVP_MD *(*md)(void);
    size_t data_len, signature_len;
    int padding;
} signature_rows[] = {
    {RSA_KEY, CKM_RSA_PKCS, 0, 0, 0, NULL, 1, 256, RSA_PKCS1_PADDING},
    {RSA_KEY, CKM_RSA_PKCS, 0, 0, 0, NULL, 51, 256, RSA_PKCS1_PADDING},
    {RSA_KEY, CKM_RSA_PKCS, 0, 0, 0, NULL, 245, 256, RSA_PKCS1_PADDING},
    {RSA_KEY, CKM_RSA_X_509, 0, 0, 0, NULL, 255, 256, RSA_NO_PADDING},
    {RSA_KEY, CKM_RSA_X_509, 0, 0, 0, NULL, 20, 256, RSA_NO_PADDING},
    {RSA_KEY, CKM_SHA1_RSA_PKCS, 0, 0, 0, EVP_sha1, 1000, 256, RSA_PKCS1_PADDING},
    {RSA_KEY, CKM_SHA224_RSA_PKCS, 0, 0, 0, EVP_sha224, 1000, 256, RSA_PKCS1_PADDING},
    {RSA_KEY, CKM_SHA256_RSA_PKCS, 0, 0, 0, EVP_sha256, 100000, 256, RSA_PKCS1_PADDING},
    {RSA_KEY, CKM_SHA256_RSA_PKCS, 0, 0, 0, EVP_sha256, 0, 256, RSA_PKCS1_PADDING},
    {RSA_KEY, CKM_SHA384_RSA_PKCS, 0, 0, 0, EVP_sha384, 1, 256, RSA_PKCS1_PADDING},
    {RSA_KEY, CKM_SHA512_RSA_PKCS, 0, 0, 0, EVP_sha512, 1, 256, RSA_PKCS1_PADDING},
    {RSA_KEY, CKM_SHA1_RSA_PKCS_PSS, CKM_SHA_1, CKG_MGF1_SHA1, 20, EVP_sha1, 9, 256,
     RSA_PKCS1_PSS_PADDING},
    {RSA_KEY, CKM_SHA224_RSA_PKCS_PSS, CKM_SHA224, CKG_MGF1_SHA224, 28, EVP_sha224, 9, 256,
     RSA_PKCS1_PSS_PADDING},
    {RSA_KEY, CKM_SHA256_RSA_PKCS_PSS, CKM_SHA256, CKG_MGF1_SHA256, 32, EVP_sha256, 9, 256,
     RSA_PKCS1_PSS_PADDING},
    {RSA_KEY, CKM_SHA256_RSA_PKCS_PSS, CKM_SHA256, CKG_MGF1_SHA256, 0, EVP_sha256, 9, 256,
     RSA_PKCS1_PSS_PADDING},
    {RSA_KEY, CKM_SHA384_RSA_PKCS_PSS, CKM_SHA384, CKG_MGF1_SHA384, 48, EVP_sha384, 9, 256,
     RSA_PKCS1_PSS_PADDING},
    {RSA_KEY, CKM_SHA512_RSA_PKCS_PSS, CKM_SHA512, CKG_MGF1_SHA512, 64, EVP_sha512, 9, 256,
     RSA_PKCS1_PSS_PADDING},
    {RSA_KEY, CKM_SHA512_RSA_PKCS_PSS, CKM_SHA512, CKG_MGF1_SHA1, 20, EVP_sha512, 9, 256,
     RSA_PKCS1_PSS_PADDING},
    {RSA_KEY, CKM_RSA_PKCS_PSS, CKM_SHA256, CKG_MGF1_SHA256, 32, NULL, 32, 256,
     RSA_PKCS1_PSS_PADDING},
    {RSA_KEY, CKM_RSA_PKCS_PSS, CKM_SHA_1, CKG_MGF1_SHA1, 20, NULL, 20, 256, RSA_PKCS1_PSS_PADDING},
    {EC256, CKM_ECDSA, 0, 0, 0, NULL, 32, 64, 0},
    {EC256, CKM_ECDSA, 0, 0, 0, NULL, 64, 64, 0},
    {EC256, CKM_ECDSA, 0, 0, 0, NULL, 1, 64, 0},
    {EC256, CKM_ECDSA_SHA1, 0, 0, 0, EVP_sha1, 5, 64, 0},
    {EC256, CKM_ECDSA_SHA224, 0, 0, 0, EVP_sha224, 5, 64, 0},
    {EC256, CKM_ECDSA_SHA256, 0, 0, 0, EVP_sha256, 0, 64, 0},
    {EC256, CKM_ECDSA_SHA512, 0, 0, 0, EVP_sha512, 5, 64, 0},
    {EC384, CKM_ECDSA, 0, 0, 0, NULL, 48, 96, 0},
    {EC384, CKM_ECDSA_SHA384, 0, 0, 0, EVP_sha384, 5, 96, 0},
    {EC521, CKM_ECDSA, 0, 0, 0, NULL, 64, 132, 0},
    {EC521, CKM_ECDSA_SHA512, 0, 0, 0, EVP_sha512, 5, 132, 0},
};

static const EVP_MD *md_of(const struct signature_row *row)
{
    if (row->md)
        return row->md();
    return row->hash == CKM_SHA256 ? EVP_sha256() : row->hash == CKM_SHA_1 ? EVP_sha1() : NULL;
}

static const EVP_MD *mgf_of(const struct signature_row *row)
{
    return row->mgf == CKG_MGF1_SHA1 ? EVP_sha1() : md_of(row);
}

static bool verifies(const struct signature_row *row, EVP_PKEY *key, const struct buf *data,
                     const struct buf *signature)
{
    uint8_t hash[EVP_MAX_MD_SIZE], padded[256] = {0};
    const uint8_t *input = data->data;
    size_t len = data->len;
    if (row->md) {
        unsigned hash_len;
        EVP_Digest(data->data, data->len, hash, &hash_len, row->md(), NULL);
        input = hash;
        len = hash_len;
    } else if (row->padding == RSA_NO_PADDING) {
        memcpy(padded + sizeof padded - len, data->data, len);
        input = padded;
        len = sizeof padded;
    }

    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    ck_assert_int_eq(EVP_PKEY_verify_init(context), 1);
    if (row->padding)
        ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_padding(context, row->padding), 1);
    if (row->padding && md_of(row))
        ck_assert_int_eq(EVP_PKEY_CTX_set_signature_md(context, md_of(row)), 1);
    if (row->padding == RSA_PKCS1_PSS_PADDING) {
        ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_pss_saltlen(context, (int)row->salt), 1);
        ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_mgf1_md(context, mgf_of(row)), 1);
    }
    int rc = EVP_PKEY_verify(context, signature->data, signature->len, input, len);
    EVP_PKEY_CTX_free(context);
    return rc == 1;
}

START_TEST(signs_what_openssl_verifies)
{
    const struct signature_row *row = &signature_rows[_i];
    const struct key_operation operation = {
        .mechanism = row->mechanism, .hash = row->hash, .mgf = row->mgf, .salt_len = row->salt};
    autobuf data = {0};
    KEY(row->key);
    fill(&data, row->data_len);
    for (int i = 0; i < 3; i++) { /* anew, prepared, and with different data */
        autobuf signature = {0};
        struct err err = {0};
        int rc = sign_store_sign(&key, &operation, &data, &signature, &err);
        ck_assert_msg(rc == 0, "%s", err.text);
        ck_assert_uint_eq(signature.len, row->signature_len);
        if (row->padding == 0)
            to_der(&signature);
        ck_assert(verifies(row, key.key, &data, &signature));
        if (data.len)
            data.data[data.len - 1] ^= 1;
    }
}
END_TEST

/* What one key was prepared for must not leak into the next operation. */
START_TEST(changes_mechanisms)
{
    KEY(RSA_KEY);
    for (size_t i = 0; i < 2 * LENGTH(signature_rows); i++) {
        const struct signature_row *row = &signature_rows[i * 11 % LENGTH(signature_rows)];
        const struct key_operation operation = {
            .mechanism = row->mechanism, .hash = row->hash, .mgf = row->mgf, .salt_len = row->salt};
        autobuf data = {0}, signature = {0};
        fill(&data, row->data_len);
        int rc = sign_store_sign(&key, &operation, &data, &signature, NULL);
        ck_assert_int_eq(rc, row->key == RSA_KEY ? 0 : -ERR_CONFIG);
        ck_assert(rc < 0 || verifies(row, key.key, &data, &signature));
    }
}
END_TEST

static const struct refused_row {
    enum which key;
    struct key_operation operation;
    size_t len;
} refused_rows[] = {
    {RSA_KEY, {.mechanism = CKM_RSA_PKCS}, 246},
    {RSA_KEY, {.mechanism = CKM_RSA_PKCS}, 60000},
    {RSA_KEY, {.mechanism = CKM_RSA_X_509}, 257},
    {RSA_KEY, {.mechanism = CKM_RSA_PKCS_PSS, .hash = CKM_SHA256, .mgf = CKG_MGF1_SHA256}, 31},
    {RSA_KEY, {.mechanism = CKM_RSA_PKCS_PSS, .hash = CKM_SHA256, .mgf = CKG_MGF1_SHA256}, 33},
    {RSA_KEY, {.mechanism = CKM_RSA_PKCS_PSS, .hash = CKM_SHA256, .mgf = CKG_MGF1_SHA256}, 0},
    {RSA_KEY, {.mechanism = CKM_RSA_PKCS_PSS, .hash = CKM_MD5, .mgf = CKG_MGF1_SHA256}, 16},
    {RSA_KEY, {.mechanism = CKM_RSA_PKCS_PSS, .hash = 0, .mgf = 0}, 0},
    {RSA_KEY, {.mechanism = CKM_RSA_PKCS_PSS, .hash = CKM_SHA256, .mgf = 99}, 32},
    {RSA_KEY,
     {.mechanism = CKM_RSA_PKCS_PSS,
      .hash = CKM_SHA256,
      .mgf = CKG_MGF1_SHA256,
      .salt_len = UINT32_MAX},
     32},
    {RSA_KEY,
     {.mechanism = CKM_RSA_PKCS_PSS, .hash = CKM_SHA256, .mgf = CKG_MGF1_SHA256, .salt_len = 223},
     32},
    {RSA_KEY,
     {.mechanism = CKM_SHA256_RSA_PKCS_PSS, .hash = CKM_SHA384, .mgf = CKG_MGF1_SHA384},
     10},
    {RSA_KEY, {.mechanism = CKM_ECDSA}, 32},
    {RSA_KEY, {.mechanism = CKM_RSA_PKCS_OAEP, .hash = CKM_SHA_1, .mgf = CKG_MGF1_SHA1}, 20},
    {RSA_KEY, {.mechanism = CKM_MD5_RSA_PKCS}, 20},
    {RSA_KEY, {.mechanism = 0}, 20},
    {RSA_KEY, {.mechanism = CK_UNAVAILABLE_INFORMATION}, 20},
    {EC256, {.mechanism = CKM_ECDSA}, 0},
    {EC256, {.mechanism = CKM_ECDSA}, 129},
    {EC256, {.mechanism = CKM_RSA_PKCS}, 32},
    {EC256, {.mechanism = CKM_SHA256_RSA_PKCS_PSS, .hash = CKM_SHA256, .mgf = CKG_MGF1_SHA256}, 9},
};

START_TEST(refuses_what_does_not_fit)
{
    const struct refused_row *row = &refused_rows[_i];
    autobuf data = {0}, signature = {0};
    struct err err = {0};
    KEY(row->key);
    fill(&data, row->len);
    ck_assert_int_eq(sign_store_sign(&key, &row->operation, &data, &signature, &err), -ERR_CONFIG);
    ck_assert_uint_eq(signature.len, 0);
    ck_assert_str_ne(err.text, "");

    /* The key is none the worse for it. */
    const struct key_operation plain = {.mechanism =
                                            row->key == RSA_KEY ? CKM_RSA_PKCS : CKM_ECDSA};
    buf_clear(&data);
    fill(&data, 32);
    ck_assert_int_eq(sign_store_sign(&key, &plain, &data, &signature, &err), 0);
}
END_TEST

static const struct decrypt_row {
    CK_MECHANISM_TYPE mechanism, hash;
    CK_RSA_PKCS_MGF_TYPE mgf;
    const EVP_MD *(*md)(void), *(*mgf_md)(void);
    const char *label;
} decrypt_rows[] = {
    {CKM_RSA_PKCS, 0, 0, NULL, NULL, NULL},
    {CKM_RSA_PKCS_OAEP, CKM_SHA_1, CKG_MGF1_SHA1, EVP_sha1, EVP_sha1, NULL},
    {CKM_RSA_PKCS_OAEP, CKM_SHA256, CKG_MGF1_SHA256, EVP_sha256, EVP_sha256, NULL},
    {CKM_RSA_PKCS_OAEP, CKM_SHA256, CKG_MGF1_SHA1, EVP_sha256, EVP_sha1, "label"},
    {CKM_RSA_PKCS_OAEP, CKM_SHA512, CKG_MGF1_SHA512, EVP_sha512, EVP_sha512, NULL},
};

static void encrypt(const struct decrypt_row *row, const char *plain, struct buf *ret)
{
    size_t len = 256;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(issue_keys.rsa, NULL);
    ck_assert_int_eq(EVP_PKEY_encrypt_init(context), 1);
    ck_assert_int_eq(
        EVP_PKEY_CTX_set_rsa_padding(context, row->md ? RSA_PKCS1_OAEP_PADDING : RSA_PKCS1_PADDING),
        1);
    if (row->md) {
        ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_oaep_md(context, row->md()), 1);
        ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_mgf1_md(context, row->mgf_md()), 1);
    }
    if (row->label)
        ck_assert_int_eq(EVP_PKEY_CTX_set0_rsa_oaep_label(context, OPENSSL_strdup(row->label),
                                                          (int)strlen(row->label)),
                         1);
    ck_assert_int_eq(buf_reserve(ret, len, NULL), 0);
    ck_assert_int_eq(
        EVP_PKEY_encrypt(context, ret->data, &len, (const uint8_t *)plain, strlen(plain)), 1);
    ret->len = len;
    EVP_PKEY_CTX_free(context);
}

START_TEST(decrypts)
{
    const struct decrypt_row *row = &decrypt_rows[_i];
    CLEANUP(buf_free) struct buf label = {0};
    autobuf data = {0}, plain = {0};
    struct err err = {0};
    KEY(RSA_KEY);
    if (row->label)
        ck_assert_int_eq(buf_add_text(&label, row->label, NULL), 0);
    struct key_operation operation = {
        .mechanism = row->mechanism, .hash = row->hash, .mgf = row->mgf, .label = label};

    encrypt(row, "the session key", &data);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(sign_store_decrypt(&key, &operation, &data, &plain, &err), 0);
        ck_assert_str_eq(buf_text(&plain), "the session key");
    }
    if (row->label) {
        operation.label = (struct buf){0};
        ck_assert_int_eq(sign_store_decrypt(&key, &operation, &data, &plain, &err), -ERR_CONFIG);
    }
    data.data[10] ^= 1;
    operation.label = label;
    if (row->md)
        ck_assert_int_eq(sign_store_decrypt(&key, &operation, &data, &plain, &err), -ERR_CONFIG);
    data.len--;
    ck_assert_int_eq(sign_store_decrypt(&key, &operation, &data, &plain, &err), -ERR_CONFIG);
    operation.mechanism = CKM_RSA_X_509;
    ck_assert_int_eq(sign_store_decrypt(&key, &operation, &data, &plain, &err), -ERR_CONFIG);
}
END_TEST

START_TEST(follows_key_usage)
{
    static const struct key_operation sign_op = {.mechanism = CKM_RSA_PKCS};
    autobuf data = {0}, secret = {0}, result = {0};
    KEY(RSA_KEY);
    key.may_sign = _i & 1;
    key.may_decrypt = _i & 2;
    fill(&data, 32);
    ck_assert_int_eq(sign_store_sign(&key, &sign_op, &data, &result, NULL),
                     key.may_sign ? 0 : -ERR_DENIED);
    encrypt(&decrypt_rows[0], "x", &secret);
    ck_assert_int_eq(sign_store_decrypt(&key, &sign_op, &secret, &result, NULL),
                     key.may_decrypt ? 0 : -ERR_DENIED);
}
END_TEST

Suite *sign_store_suite(void)
{
    Suite *suite = suite_create("pkcs11/sign_store");
    TCase *tc = tcase_create("sign_store");
    tcase_add_unchecked_fixture(tc, issue_setup, issue_teardown);
    tcase_add_loop_test(tc, signs_what_openssl_verifies, 0, LENGTH(signature_rows));
    tcase_add_test(tc, changes_mechanisms);
    tcase_add_loop_test(tc, refuses_what_does_not_fit, 0, LENGTH(refused_rows));
    tcase_add_loop_test(tc, decrypts, 0, LENGTH(decrypt_rows));
    tcase_add_loop_test(tc, follows_key_usage, 0, 4);
    suite_add_tcase(suite, tc);
    return suite;
}
