#include "scep/openable.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#define GROUP_NAME_MAX 64
#define RSA_BYTES_MAX  512

DEFINE_CLEANUP(EVP_PKEY_CTX *, EVP_PKEY_CTX_free)

static EVP_PKEY_CTX *context_of(EVP_PKEY *key)
{
    return EVP_PKEY_CTX_new_from_pkey(tpm_library(key), key, tpm_properties(key));
}

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
    CLEANUP(EVP_PKEY_CTX_free_p) EVP_PKEY_CTX *from = context_of(key);
    return to && from && EVP_PKEY_get_size(key) <= RSA_BYTES_MAX && EVP_PKEY_encrypt_init(to) > 0 &&
           EVP_PKEY_CTX_set_rsa_padding(to, RSA_PKCS1_PADDING) > 0 &&
           EVP_PKEY_encrypt(to, sealed, &sealed_len, text, sizeof text) > 0 &&
           EVP_PKEY_decrypt_init(from) > 0 &&
           EVP_PKEY_CTX_set_rsa_padding(from, RSA_PKCS1_PADDING) > 0 &&
           EVP_PKEY_decrypt(from, opened, &opened_len, sealed, sealed_len) > 0;
}

static bool agrees(EVP_PKEY *key)
{
    char group[GROUP_NAME_MAX];
    uint8_t secret[(521 + 7) / 8];
    size_t len = sizeof secret;
    CLEANUP(EVP_PKEY_free_p)
    EVP_PKEY *peer = EVP_PKEY_get_group_name(key, group, sizeof group, NULL)
                         ? EVP_PKEY_Q_keygen(NULL, NULL, "EC", group)
                         : NULL;
    CLEANUP(EVP_PKEY_CTX_free_p) EVP_PKEY_CTX *context = context_of(key);
    return peer && context && EVP_PKEY_derive_init(context) > 0 &&
           EVP_PKEY_derive_set_peer(context, peer) > 0 &&
           EVP_PKEY_derive(context, secret, &len) > 0;
}

bool openable_with(EVP_PKEY *key)
{
    if (!tpm_holds(key))
        return true;
    bool can = EVP_PKEY_is_a(key, "EC") ? agrees(key) : decrypts(key);
    ERR_clear_error();
    return can;
}
