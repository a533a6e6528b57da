#include "store/key.h"

#include "store/tpm.h"
#include "store/tpm_pin.h"

#include <ctype.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/decoder.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

/* What is handed to OpenSSL to parse is never larger; also keeps lengths inside its int and long.
 */
#define INPUT_MAX    (1024u * 1024)
#define RSA_SIZE_MIN 1024
#define RSA_SIZE_MAX 8192
/* What the provider "tpm2" reads and writes: the TPM's wrapping, and the public half in the clear.
 */
#define LABEL_TPM "TSS2 PRIVATE KEY"

static const char a_key[] = "a private key in PEM";

DEFINE_CLEANUP(BIGNUM *, BN_free)
DEFINE_CLEANUP(BIO *, BIO_free_all)
DEFINE_CLEANUP(OSSL_DECODER_CTX *, OSSL_DECODER_CTX_free)
DEFINE_CLEANUP(PKCS8_PRIV_KEY_INFO *, PKCS8_PRIV_KEY_INFO_free)

int openssl_error(struct err *err, enum err_class class, const char *what)
{
    char reasons[512] = "";
    size_t used = 0;
    const char *data;
    int flags;
    unsigned long code;

    while ((code = ERR_get_error_all(NULL, NULL, NULL, &data, &flags)) != 0) {
        const char *reason = ERR_reason_error_string(code);
        bool has_data = flags & ERR_TXT_STRING && *data;
        if (used < sizeof reasons)
            used +=
                (size_t)snprintf(reasons + used, sizeof reasons - used, "%s%s%s%s%s",
                                 used ? "; " : "", reason ? reason : "unnamed reason",
                                 has_data ? " (" : "", has_data ? data : "", has_data ? ")" : "");
    }
    return err_set(err, class, "%s: %s", what, used ? reasons : "OpenSSL gave no reason");
}

static const struct curve {
    unsigned size;
    const char *name;
} curves[] = {{256, "P-256"}, {384, "P-384"}, {521, "P-521"}};

static const char *curve_name(unsigned size)
{
    for (size_t i = 0; i < LENGTH(curves); i++)
        if (curves[i].size == size)
            return curves[i].name;
    return NULL;
}

int key_generate(bool ec, unsigned size, EVP_PKEY **ret, struct err *err)
{
    if (ec ? !curve_name(size) : size < RSA_SIZE_MIN || size > RSA_SIZE_MAX)
        return err_set(err, ERR_CONFIG, "there is no %s key of %u bits", ec ? "EC" : "RSA", size);
    ERR_clear_error();
    EVP_PKEY *key = ec ? EVP_EC_gen(curve_name(size)) : EVP_RSA_gen(size);
    if (!key)
        return openssl_error(err, ERR_RESOURCE, "make a key");
    *ret = key;
    return 0;
}

/* One block of PEM. */
struct block {
    char *label, *header;
    unsigned char *data;
    long len;
};

static void block_free(struct block *block)
{
    OPENSSL_free(block->label);
    OPENSSL_free(block->header);
    OPENSSL_clear_free(block->data, block->data ? (size_t)block->len : 0);
}

static int input_open(const struct buf *data, const char *what, BIO **ret, struct err *err)
{
    if (data->len > INPUT_MAX)
        return err_set(err, ERR_RESOURCE, "%s: larger than %u bytes", what, INPUT_MAX);
    ERR_clear_error();
    BIO *bio = BIO_new_mem_buf(data->len ? (const void *)data->data : "", (int)data->len);
    if (!bio)
        return openssl_error(err, ERR_RESOURCE, what);
    *ret = bio;
    return 0;
}

/* 1: a block with this label, or the other (NULL: none); 0: no block is left; negative: anything
 * else. */
static int block_read_either(BIO *bio, const char *label, const char *other, const char *what,
                             struct block *ret, struct err *err)
{
    if (!PEM_read_bio(bio, &ret->label, &ret->header, &ret->data, &ret->len)) {
        if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
            return openssl_error(err, ERR_CONFIG, what);
        ERR_clear_error();
        return 0;
    }
    if (strcmp(ret->label, label) != 0 && (!other || strcmp(ret->label, other) != 0))
        return err_set(err, ERR_CONFIG, "%s: holds a %.64s, not a %s", what, ret->label, label);
    if (*ret->header)
        return err_set(err, ERR_CONFIG, "%s: is encrypted", what);
    return 1;
}

static int block_read(BIO *bio, const char *label, const char *what, struct block *ret,
                      struct err *err)
{
    return block_read_either(bio, label, NULL, what, ret, err);
}

/* Is nothing but white space left to read? */
static bool at_end(BIO *bio)
{
    char *rest;
    long len = BIO_get_mem_data(bio, &rest);
    for (long i = 0; i < len; i++)
        if (!isspace((unsigned char)rest[i]))
            return false;
    return true;
}

static int output_take(BIO *bio, struct buf *ret, struct err *err)
{
    char *text;
    long len = BIO_get_mem_data(bio, &text);
    autobuf pem = {0};
    int rc = buf_add(&pem, text, (size_t)len, err);
    if (rc < 0)
        return rc;
    buf_free(ret);
    *ret = pem;
    pem = (struct buf){0};
    return 0;
}

int key_to_pem(EVP_PKEY *key, struct buf *ret, struct err *err)
{
    ERR_clear_error();
    CLEANUP(BIO_free_all_p) BIO *bio = BIO_new(BIO_s_mem()); /* wiped when freed */
    if (!bio || !PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL))
        return openssl_error(err, ERR_RESOURCE, "write a key as PEM");
    return output_take(bio, ret, err);
}

/* "RSA" or "EC" as the PKCS#8 itself says; NULL for any other. */
static const char *pkcs8_type(const struct block *block)
{
    const unsigned char *p = block->data;
    CLEANUP(PKCS8_PRIV_KEY_INFO_free_p)
    PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, block->len);
    const ASN1_OBJECT *algorithm = NULL;
    if (!info || !PKCS8_pkey_get0(&algorithm, NULL, NULL, NULL, info))
        return NULL;
    switch (OBJ_obj2nid(algorithm)) {
    case NID_rsaEncryption:
        return "RSA";
    case NID_X9_62_id_ecPublicKey:
        return "EC";
    default:
        return NULL;
    }
}

/* The only block of a PEM that holds a key, whoever made it. */
static int key_block(const struct buf *pem, struct block *ret, struct err *err)
{
    CLEANUP(BIO_free_all_p) BIO *bio = NULL;
    int rc = input_open(pem, a_key, &bio, err);
    if (rc == 0)
        rc = block_read_either(bio, PEM_STRING_PKCS8INF, LABEL_TPM, a_key, ret, err);
    if (rc == 0)
        return err_set(err, ERR_CONFIG, "%s: there is none in it", a_key);
    if (rc < 0)
        return rc;
    return at_end(bio) ? 0 : err_set(err, ERR_CONFIG, "%s: there is more behind it", a_key);
}

static bool block_is_of_tpm(const struct block *block)
{
    return strcmp(block->label, LABEL_TPM) == 0;
}

static int pkcs8_load(const struct block *block, EVP_PKEY **ret, struct err *err)
{
    const char *type = pkcs8_type(block);
    ERR_clear_error();
    if (!type)
        return err_set(err, ERR_CONFIG, "%s: is no PKCS#8 of an RSA or EC key", a_key);
    /* Told the type and structure, OpenSSL needs a third of the time that it takes to guess them.
     */
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    CLEANUP(OSSL_DECODER_CTX_free_p)
    OSSL_DECODER_CTX *decoder = OSSL_DECODER_CTX_new_for_pkey(&key, "DER", "PrivateKeyInfo", type,
                                                              EVP_PKEY_KEYPAIR, NULL, NULL);
    const unsigned char *p = block->data;
    size_t left = (size_t)block->len;
    if (!decoder || !OSSL_DECODER_from_data(decoder, &p, &left) || !key)
        return openssl_error(err, ERR_CONFIG, a_key);
    *ret = steal(&key);
    return 0;
}

int key_from_pem(const struct buf *pem, EVP_PKEY **ret, struct err *err)
{
    CLEANUP(block_free) struct block block = {0};
    int rc = key_block(pem, &block, err);
    if (rc < 0)
        return rc;
    return block_is_of_tpm(&block) ? tpm_load(block.data, (size_t)block.len, ret, err)
                                   : pkcs8_load(&block, ret, err);
}

bool key_asks_pin(const struct buf *pem)
{
    CLEANUP(block_free) struct block block = {0};
    return key_block(pem, &block, NULL) == 0 && block_is_of_tpm(&block) &&
           tpm_pin_asked(block.data, (size_t)block.len);
}

int key_from_pem_with_pin(const struct buf *pem, const struct buf *pin, EVP_PKEY **ret,
                          struct err *err)
{
    CLEANUP(block_free) struct block block = {0};
    int rc = key_block(pem, &block, err);
    if (rc < 0)
        return rc;
    if (!block_is_of_tpm(&block) || !tpm_pin_asked(block.data, (size_t)block.len))
        return err_set(err, ERR_CONFIG, "the key asks for no PIN");
    return tpm_load_with_pin(block.data, (size_t)block.len, pin, ret, err);
}

int key_public_from_pem(const struct buf *pem, EVP_PKEY **ret, struct err *err)
{
    CLEANUP(block_free) struct block block = {0};
    int rc = key_block(pem, &block, err);
    if (rc < 0)
        return rc;
    return block_is_of_tpm(&block) ? tpm_load_public(block.data, (size_t)block.len, ret, err)
                                   : pkcs8_load(&block, ret, err);
}

/* Does the block hold the bytes of this number? The public half of a TPM's key lies open in it. */
static bool block_holds(const struct block *block, const EVP_PKEY *public, const char *number)
{
    CLEANUP(BN_free_p) BIGNUM *value = NULL;
    unsigned char bytes[RSA_SIZE_MAX / 8];
    if (EVP_PKEY_get_bn_param(public, number, &value) != 1 ||
        BN_num_bytes(value) > (int)sizeof bytes)
        return false;
    int len = BN_bn2bin(value, bytes);
    return len > 0 && memmem(block->data, (size_t)block->len, bytes, (size_t)len);
}

static bool block_matches(const struct block *block, const EVP_PKEY *public)
{
    if (EVP_PKEY_is_a(public, "RSA"))
        return block_holds(block, public, OSSL_PKEY_PARAM_RSA_N);
    return block_holds(block, public, OSSL_PKEY_PARAM_EC_PUB_X) &&
           block_holds(block, public, OSSL_PKEY_PARAM_EC_PUB_Y);
}

int key_check(const struct buf *pem, const X509 *certificate, struct err *err)
{
    CLEANUP(block_free) struct block block = {0};
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    const EVP_PKEY *public = X509_get0_pubkey(certificate);
    int rc = key_block(pem, &block, err);
    if (rc == 0 && !block_is_of_tpm(&block))
        rc = pkcs8_load(&block, &key, err);
    if (rc < 0)
        return rc;
    if (!public || !(key ? EVP_PKEY_eq(public, key) == 1 : block_matches(&block, public)))
        return err_set(err, ERR_CONFIG, "key.pem and cert.pem do not belong together");
    return 0;
}

int certificate_to_pem(const X509 *certificate, struct buf *ret, struct err *err)
{
    ERR_clear_error();
    CLEANUP(BIO_free_all_p) BIO *bio = BIO_new(BIO_s_mem());
    if (!bio || !PEM_write_bio_X509(bio, certificate))
        return openssl_error(err, ERR_RESOURCE, "write a certificate as PEM");
    return output_take(bio, ret, err);
}

static int certificate_from_der(const unsigned char *der, size_t len, const char *what, X509 **ret,
                                struct err *err)
{
    const unsigned char *p = der;
    CLEANUP(X509_free_p) X509 *certificate = d2i_X509(NULL, &p, (long)len);
    if (!certificate)
        return openssl_error(err, ERR_CONFIG, what);
    if (p != der + len)
        return err_set(err, ERR_CONFIG, "%s: %zu bytes follow the certificate", what,
                       (size_t)(der + len - p));
    *ret = steal(&certificate);
    return 0;
}

/* 1: the next certificate; 0: there is none left; negative: anything else. */
static int certificate_next(BIO *bio, const char *what, X509 **ret, struct err *err)
{
    CLEANUP(block_free) struct block block = {0};
    int rc = block_read(bio, PEM_STRING_X509, what, &block, err);
    if (rc != 1)
        return rc;
    rc = certificate_from_der(block.data, (size_t)block.len, what, ret, err);
    return rc < 0 ? rc : 1;
}

static int certificate_read_pem(const struct buf *pem, const char *what, X509 **ret,
                                struct err *err)
{
    CLEANUP(BIO_free_all_p) BIO *bio = NULL;
    CLEANUP(X509_free_p) X509 *certificate = NULL;
    int rc = input_open(pem, what, &bio, err);
    if (rc == 0)
        rc = certificate_next(bio, what, &certificate, err);
    if (rc == 0)
        return err_set(err, ERR_CONFIG, "%s: holds no certificate", what);
    if (rc < 0)
        return rc;
    if (!at_end(bio))
        return err_set(err, ERR_CONFIG, "%s: holds more than one certificate", what);
    *ret = steal(&certificate);
    return 0;
}

int certificate_from_pem(const struct buf *pem, X509 **ret, struct err *err)
{
    return certificate_read_pem(pem, "a certificate in PEM", ret, err);
}

int certificate_parse(const struct buf *data, const char *what, X509 **ret, struct err *err)
{
    enum { ASN1_SEQUENCE_TAG = 0x30 }; /* '0': no PEM begins with it, and every certificate does */

    if (data->len == 0)
        return err_set(err, ERR_CONFIG, "%s: is empty", what);
    if (data->data[0] != ASN1_SEQUENCE_TAG)
        return certificate_read_pem(data, what, ret, err);
    if (data->len > INPUT_MAX)
        return err_set(err, ERR_RESOURCE, "%s: larger than %u bytes", what, INPUT_MAX);
    ERR_clear_error();
    return certificate_from_der(data->data, data->len, what, ret, err);
}

int chain_to_pem(const STACK_OF(X509) *chain, struct buf *ret, struct err *err)
{
    ERR_clear_error();
    CLEANUP(BIO_free_all_p) BIO *bio = BIO_new(BIO_s_mem());
    if (!bio)
        return openssl_error(err, ERR_RESOURCE, "write a chain as PEM");
    for (int i = 0; i < sk_X509_num(chain); i++)
        if (!PEM_write_bio_X509(bio, sk_X509_value(chain, i)))
            return openssl_error(err, ERR_RESOURCE, "write a chain as PEM");
    return output_take(bio, ret, err);
}
