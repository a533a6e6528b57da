#include "scep/openable.h"

#include "scep/ecdh.h"

#include <openssl/err.h>
#include <openssl/rsa.h>

#define RSA_BYTES_MAX 512

DEFINE_CLEANUP(EVP_PKEY_CTX *, EVP_PKEY_CTX_free)

/* Without the TPM. */
static EVP_PKEY *public_half(EVP_PKEY *key)
{
    CLEANUP(bytes_free_p) uint8_t *der = NULL;
    int len = i2d_PUBKEY(key, &der);
    const uint8_t *at = der;
    return len > 0 ? d2i_PUBKEY(NULL, &at, len) : NULL;
}

static bool decrypts(EVP_PKEY *key)
{
    static const uint8_t text[] = "whatever";
    uint8_t sealed[RSA_BYTES_MAX], opened[RSA_BYTES_MAX];
    size_t sealed_len = sizeof sealed, opened_len = sizeof opened;
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *half = public_half(key);
    CLEANUP(EVP_PKEY_CTX_free_p)
    EVP_PKEY_CTX *to = half ? EVP_PKEY_CTX_new_from_pkey(NULL, half, NULL) : NULL;
    CLEANUP(EVP_PKEY_CTX_free_p)
    EVP_PKEY_CTX *from = EVP_PKEY_CTX_new_from_pkey(tpm_library(key), key, tpm_properties(key));
    return to && from && EVP_PKEY_get_size(key) <= RSA_BYTES_MAX && EVP_PKEY_encrypt_init(to) > 0 &&
           EVP_PKEY_CTX_set_rsa_padding(to, RSA_PKCS1_PADDING) > 0 &&
           EVP_PKEY_encrypt(to, sealed, &sealed_len, text, sizeof text) > 0 &&
           EVP_PKEY_decrypt_init(from) > 0 &&
           EVP_PKEY_CTX_set_rsa_padding(from, RSA_PKCS1_PADDING) > 0 &&
           EVP_PKEY_decrypt(from, opened, &opened_len, sealed, sealed_len) > 0;
}

bool openable_with(EVP_PKEY *key)
{
    if (!tpm_holds(key))
        return true;
    bool can = EVP_PKEY_is_a(key, "EC") ? ecdh_works(key) : decrypts(key);
    ERR_clear_error();
    return can;
}
