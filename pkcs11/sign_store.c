#include "pkcs11/sign_store.h"

#include "pkcs11/sign_tpm.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <string.h>

#define RSA_BYTES_MAX  1024 /* 8192 bits */
#define ECDSA_DATA_MAX 128  /* more than any hash; ECDSA takes its leftmost bits */

DEFINE_CLEANUP(ECDSA_SIG *, ECDSA_SIG_free)

static const struct hash {
    CK_MECHANISM_TYPE mechanism;
    CK_RSA_PKCS_MGF_TYPE mgf;
    const EVP_MD *(*md)(void);
} hashes[] = {
    {CKM_SHA_1, CKG_MGF1_SHA1, EVP_sha1},      {CKM_SHA224, CKG_MGF1_SHA224, EVP_sha224},
    {CKM_SHA256, CKG_MGF1_SHA256, EVP_sha256}, {CKM_SHA384, CKG_MGF1_SHA384, EVP_sha384},
    {CKM_SHA512, CKG_MGF1_SHA512, EVP_sha512},
};

/* PADDING 0: ECDSA. HASH: done here before signing. */
struct method {
    CK_MECHANISM_TYPE mechanism;
    int padding;
    CK_MECHANISM_TYPE hash;
};

#define NO_HASH CK_UNAVAILABLE_INFORMATION

static const struct method sign_methods[] = {
    {CKM_RSA_PKCS, RSA_PKCS1_PADDING, NO_HASH},
    {CKM_RSA_X_509, RSA_NO_PADDING, NO_HASH},
    {CKM_RSA_PKCS_PSS, RSA_PKCS1_PSS_PADDING, NO_HASH},
    {CKM_SHA1_RSA_PKCS, RSA_PKCS1_PADDING, CKM_SHA_1},
    {CKM_SHA224_RSA_PKCS, RSA_PKCS1_PADDING, CKM_SHA224},
    {CKM_SHA256_RSA_PKCS, RSA_PKCS1_PADDING, CKM_SHA256},
    {CKM_SHA384_RSA_PKCS, RSA_PKCS1_PADDING, CKM_SHA384},
    {CKM_SHA512_RSA_PKCS, RSA_PKCS1_PADDING, CKM_SHA512},
    {CKM_SHA1_RSA_PKCS_PSS, RSA_PKCS1_PSS_PADDING, CKM_SHA_1},
    {CKM_SHA224_RSA_PKCS_PSS, RSA_PKCS1_PSS_PADDING, CKM_SHA224},
    {CKM_SHA256_RSA_PKCS_PSS, RSA_PKCS1_PSS_PADDING, CKM_SHA256},
    {CKM_SHA384_RSA_PKCS_PSS, RSA_PKCS1_PSS_PADDING, CKM_SHA384},
    {CKM_SHA512_RSA_PKCS_PSS, RSA_PKCS1_PSS_PADDING, CKM_SHA512},
    {CKM_ECDSA, 0, NO_HASH},
    {CKM_ECDSA_SHA1, 0, CKM_SHA_1},
    {CKM_ECDSA_SHA224, 0, CKM_SHA224},
    {CKM_ECDSA_SHA256, 0, CKM_SHA256},
    {CKM_ECDSA_SHA384, 0, CKM_SHA384},
    {CKM_ECDSA_SHA512, 0, CKM_SHA512},
};

static const struct method decrypt_methods[] = {
    {CKM_RSA_PKCS, RSA_PKCS1_PADDING, NO_HASH},
    {CKM_RSA_PKCS_OAEP, RSA_PKCS1_OAEP_PADDING, NO_HASH},
};

static const EVP_MD *hash_md(CK_MECHANISM_TYPE mechanism)
{
    for (size_t i = 0; i < LENGTH(hashes); i++)
        if (hashes[i].mechanism == mechanism)
            return hashes[i].md();
    return NULL;
}

static const EVP_MD *mgf_md(CK_RSA_PKCS_MGF_TYPE mgf)
{
    for (size_t i = 0; i < LENGTH(hashes); i++)
        if (hashes[i].mgf == mgf)
            return hashes[i].md();
    return NULL;
}

void sign_key_free(struct sign_key *key)
{
    EVP_PKEY_CTX_free(key->context);
    EVP_PKEY_free(key->key);
    *key = (struct sign_key){0};
}

static int find_method(const struct sign_key *key, bool signs,
                       const struct key_operation *operation, const struct method **ret,
                       struct err *err)
{
    const struct method *methods = signs ? sign_methods : decrypt_methods;
    size_t n = signs ? LENGTH(sign_methods) : LENGTH(decrypt_methods);
    const char *verb = signs ? "signing" : "decryption";

    for (size_t i = 0; i < n; i++) {
        const struct method *m = &methods[i];
        if (m->mechanism != operation->mechanism)
            continue;
        const char *type = m->padding ? "RSA" : "EC";
        if (!EVP_PKEY_is_a(key->key, type))
            return err_set(err, ERR_CONFIG, "mechanism 0x%lx needs an %s key", m->mechanism, type);
        if (signs ? !key->may_sign : !key->may_decrypt)
            return err_set(err, ERR_DENIED, "the key usage of the certificate does not allow %s",
                           verb);
        if (tpm_holds(key->key) && !signs && m->padding != RSA_PKCS1_PADDING)
            return err_set(err, ERR_CONFIG, "the key is in a TPM, which has no mechanism 0x%lx",
                           m->mechanism);
        *ret = m;
        return 0;
    }
    return err_set(err, ERR_CONFIG, "mechanism 0x%lx is not supported for %s", operation->mechanism,
                   verb);
}

static bool is_prepared(const struct sign_key *key, bool signs,
                        const struct key_operation *operation)
{
    const struct key_operation *p = &key->prepared;
    return key->context && key->context_signs == signs && operation->label.len == 0 &&
           p->mechanism == operation->mechanism && p->hash == operation->hash &&
           p->mgf == operation->mgf && p->salt_len == operation->salt_len;
}

static bool set_label(EVP_PKEY_CTX *context, const struct buf *label)
{
    if (label->len == 0)
        return true;
    void *copy = OPENSSL_memdup(label->data, label->len); /* OpenSSL keeps it on success */
    if (copy && EVP_PKEY_CTX_set0_rsa_oaep_label(context, copy, (int)label->len) > 0)
        return true;
    OPENSSL_free(copy);
    return false;
}

/* PSS and OAEP: hash and mask generation function as the client names them. */
static int set_hashes(EVP_PKEY_CTX *context, const struct method *method,
                      const struct key_operation *operation, struct err *err)
{
    const EVP_MD *md = hash_md(operation->hash), *mgf1 = mgf_md(operation->mgf);
    if (!md || !mgf1 || (method->hash != NO_HASH && method->hash != operation->hash))
        return err_set(err, ERR_CONFIG,
                       "mechanism 0x%lx with hash 0x%lx and mask generation function 0x%lx",
                       operation->mechanism, operation->hash, operation->mgf);

    bool done;
    if (method->padding == RSA_PKCS1_PSS_PADDING)
        done = operation->salt_len <= RSA_BYTES_MAX &&
               EVP_PKEY_CTX_set_signature_md(context, md) > 0 &&
               EVP_PKEY_CTX_set_rsa_pss_saltlen(context, (int)operation->salt_len) > 0;
    else
        done =
            EVP_PKEY_CTX_set_rsa_oaep_md(context, md) > 0 && set_label(context, &operation->label);
    if (!done || EVP_PKEY_CTX_set_rsa_mgf1_md(context, mgf1) <= 0)
        return openssl_error(err, ERR_CONFIG, "parameters of the mechanism");
    return 0;
}

static int prepare(struct sign_key *key, bool signs, const struct method *method,
                   const struct key_operation *operation, struct err *err)
{
    if (is_prepared(key, signs, operation))
        return 0;
    EVP_PKEY_CTX_free(steal(&key->context));
    EVP_PKEY_CTX *context = key->context =
        EVP_PKEY_CTX_new_from_pkey(tpm_library(key->key), key->key, tpm_properties(key->key));
    key->context_signs = signs;
    key->prepared = *operation;
    key->prepared.label = (struct buf){0};

    if (!context || (signs ? EVP_PKEY_sign_init(context) : EVP_PKEY_decrypt_init(context)) <= 0 ||
        (method->padding && EVP_PKEY_CTX_set_rsa_padding(context, method->padding) <= 0))
        return openssl_error(err, ERR_RESOURCE, "prepare the key");
    if (method->padding == RSA_PKCS1_PSS_PADDING || method->padding == RSA_PKCS1_OAEP_PADDING)
        return set_hashes(context, method, operation, err);
    /* Makes the DigestInfo. ECDSA needs no such thing. */
    if (method->padding && method->hash != NO_HASH &&
        EVP_PKEY_CTX_set_signature_md(context, hash_md(method->hash)) <= 0)
        return openssl_error(err, ERR_CONFIG, "parameters of the mechanism");
    return 0;
}

/* What is given to the key: the data, its hash, or the data filled up to the key's length. */
struct input {
    uint8_t memory[RSA_BYTES_MAX];
    const uint8_t *data;
    size_t len;
};

/* Of an RSA key the length of its modulus: the TPM's provider tells that of the longest. */
static size_t key_bytes(EVP_PKEY *key)
{
    return EVP_PKEY_is_a(key, "RSA") ? ((size_t)EVP_PKEY_get_bits(key) + 7) / 8
                                     : (size_t)EVP_PKEY_get_size(key);
}

static int input_fill(const struct method *method, const struct key_operation *operation,
                      EVP_PKEY *key, const struct buf *data, struct input *ret, struct err *err)
{
    size_t size = key_bytes(key), min = 0, max = size;
    ret->data = data->len ? data->data : ret->memory;
    ret->len = data->len;

    if (method->hash != NO_HASH) {
        unsigned len;
        if (EVP_Digest(ret->data, ret->len, ret->memory, &len, hash_md(method->hash), NULL) != 1)
            return openssl_error(err, ERR_CONFIG, "hash the data");
        ret->data = ret->memory;
        ret->len = len;
        return 0;
    }
    if (method->padding == RSA_PKCS1_PADDING)
        max = size - RSA_PKCS1_PADDING_SIZE;
    else if (method->padding == RSA_PKCS1_PSS_PADDING)
        min = max = (size_t)EVP_MD_get_size(hash_md(operation->hash));
    else if (method->padding == 0)
        min = 1, max = ECDSA_DATA_MAX;
    if (data->len < min || data->len > max || size > sizeof ret->memory)
        return err_set(err, ERR_CONFIG,
                       "%zu bytes to sign, mechanism 0x%lx of this key takes %zu to %zu", data->len,
                       method->mechanism, min, max);

    if (method->padding == RSA_NO_PADDING) {
        memset(ret->memory, 0, size - data->len);
        if (data->len)
            memcpy(ret->memory + size - data->len, data->data, data->len);
        ret->data = ret->memory;
        ret->len = size;
    }
    return 0;
}

/* Says how much of the reserved memory OpenSSL has filled. */
static void set_len(struct buf *buf, size_t len)
{
    buf->len = len;
    buf->data[len] = 0;
}

/* DER as OpenSSL makes it to r and s side by side as PKCS#11 wants it. */
static int signature_flatten(EVP_PKEY *key, struct buf *signature, struct err *err)
{
    int half = (EVP_PKEY_get_bits(key) + 7) / 8;
    const uint8_t *der = signature->data;
    CLEANUP(ECDSA_SIG_free_p) ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)signature->len);
    if (!sig)
        return openssl_error(err, ERR_BUG, "ECDSA signature");

    buf_clear(signature);
    int rc = buf_reserve(signature, (size_t)half * 2, err);
    if (rc < 0)
        return rc;
    if (BN_bn2binpad(ECDSA_SIG_get0_r(sig), signature->data, half) != half ||
        BN_bn2binpad(ECDSA_SIG_get0_s(sig), signature->data + half, half) != half)
        return openssl_error(err, ERR_BUG, "ECDSA signature");
    set_len(signature, (size_t)half * 2);
    return 0;
}

static void hand_over(struct buf *from, struct buf *ret)
{
    buf_free(ret);
    *ret = *from;
    *from = (struct buf){0};
}

/* The method and what it signs, for a key in a TPM. */
static int sign_in_tpm(EVP_PKEY *key, const struct method *method,
                       const struct key_operation *operation, const struct input *input,
                       struct buf *ret, struct err *err)
{
    bool pss = method->padding == RSA_PKCS1_PSS_PADDING;
    const struct sign_tpm_input tpm = {
        .padding = method->padding,
        .md = hash_md(pss ? operation->hash : method->hash),
        .mgf1 = pss ? mgf_md(operation->mgf) : NULL,
        .salt_len = operation->salt_len,
        .data = input->data,
        .len = input->len,
    };
    return sign_tpm(key, &tpm, ret, err);
}

static int sign_in_software(struct sign_key *key, const struct input *input, struct buf *ret,
                            struct err *err)
{
    size_t len = key_bytes(key->key);
    int rc = buf_reserve(ret, len, err);
    if (rc == 0 && EVP_PKEY_sign(key->context, ret->data, &len, input->data, input->len) <= 0)
        rc = openssl_error(err, ERR_CONFIG, "sign");
    if (rc == 0)
        set_len(ret, len);
    return rc;
}

int sign_store_sign(struct sign_key *key, const struct key_operation *operation,
                    const struct buf *data, struct buf *ret_signature, struct err *err)
{
    ERR_clear_error();
    const struct method *method;
    struct input input;
    autobuf signature = {0};
    bool in_tpm = tpm_holds(key->key);

    int rc = find_method(key, true, operation, &method, err);
    if (rc < 0)
        return rc;
    if (!in_tpm)
        rc = prepare(key, true, method, operation, err);
    if (rc == 0)
        rc = input_fill(method, operation, key->key, data, &input, err);
    if (rc == 0)
        rc = in_tpm ? sign_in_tpm(key->key, method, operation, &input, &signature, err)
                    : sign_in_software(key, &input, &signature, err);
    if (rc == 0 && !method->padding)
        rc = signature_flatten(key->key, &signature, err);
    if (rc < 0) {
        EVP_PKEY_CTX_free(steal(&key->context));
        return rc;
    }
    hand_over(&signature, ret_signature);
    return 0;
}

int sign_store_decrypt(struct sign_key *key, const struct key_operation *operation,
                       const struct buf *data, struct buf *ret_plain, struct err *err)
{
    ERR_clear_error();
    const struct method *method;
    autobuf plain = {0};
    size_t len = key_bytes(key->key);

    int rc = find_method(key, false, operation, &method, err);
    if (rc < 0)
        return rc;
    if (data->len != len)
        return err_set(err, ERR_CONFIG, "%zu bytes to decrypt, this key takes %zu", data->len, len);

    rc = prepare(key, false, method, operation, err);
    if (rc == 0)
        rc = buf_reserve(&plain, len, err);
    /* One text for every way to fail: the reasons would tell an attacker about the padding. */
    if (rc == 0 && EVP_PKEY_decrypt(key->context, plain.data, &len, data->data, data->len) <= 0) {
        if (tpm_holds(key->key))
            tpm_failed(ERR_CONFIG, "decrypt", NULL);
        ERR_clear_error();
        rc = err_set(err, ERR_CONFIG, "the data cannot be decrypted with this key");
    }
    /* The TPM's provider gives the same answer again to whatever is asked with the same context. */
    if (rc < 0 || operation->label.len || tpm_holds(key->key))
        EVP_PKEY_CTX_free(steal(&key->context));
    if (rc < 0)
        return rc;
    set_len(&plain, len);
    hand_over(&plain, ret_plain);
    return 0;
}
