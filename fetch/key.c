#include "fetch/key.h"

#include "fetch/tls_scheme.h"

#include <string.h>

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>

DEFINE_CLEANUP(EVP_MD *, EVP_MD_free)
DEFINE_CLEANUP(EVP_PKEY_CTX *, EVP_PKEY_CTX_free)
DEFINE_CLEANUP(OSSL_PARAM *, OSSL_PARAM_free)

/* One per process. Its library context has nothing else in it, so that nothing else of OpenSSL ever
 * finds these algorithms. */
static struct {
    OSSL_LIB_CTX *library;
    OSSL_PROVIDER *provider;
    fetch_key_signer *signer;
    void *context;
} ours;

/* --- the key: of its public half OpenSSL's own provider knows all there is to know --- */

struct key {
    const char *type;
    EVP_PKEY *public;
};

static void *key_new(const char *type)
{
    struct key *key = calloc(1, sizeof *key);
    if (key)
        key->type = type;
    return key;
}

static void *key_new_rsa(void *provider)
{
    (void)provider;
    return key_new("RSA");
}

static void *key_new_ec(void *provider)
{
    (void)provider;
    return key_new("EC");
}

static void key_free(void *data)
{
    struct key *key = data;
    if (key)
        EVP_PKEY_free(key->public);
    free(key);
}

static int key_has(const void *data, int selection)
{
    (void)selection; /* it behaves as a whole key */
    return ((const struct key *)data)->public != NULL;
}

static int key_match(const void *one, const void *other, int selection)
{
    const struct key *a = one, *b = other;
    (void)selection;
    return a->public && b->public && EVP_PKEY_eq(a->public, b->public) == 1;
}

/* The public half, also when OpenSSL looks whether a certificate is of this key. */
static int key_import(void *data, int selection, const OSSL_PARAM params[])
{
    struct key *key = data;
    CLEANUP(EVP_PKEY_CTX_free_p)
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, key->type, NULL);
    (void)selection;
    return !key->public && context && EVP_PKEY_fromdata_init(context) > 0 &&
           EVP_PKEY_fromdata(context, &key->public, EVP_PKEY_PUBLIC_KEY, (OSSL_PARAM *)params) > 0;
}

static const OSSL_PARAM *key_import_types(int selection)
{
    static const OSSL_PARAM types[] = {
        OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_N, NULL, 0),
        OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_E, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
        OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, NULL, 0),
        OSSL_PARAM_END,
    };
    (void)selection;
    return types;
}

static int key_get_params(void *data, OSSL_PARAM params[])
{
    return EVP_PKEY_get_params(((struct key *)data)->public, params);
}

static const OSSL_PARAM *key_gettable(void *provider)
{
    static const OSSL_PARAM params[] = {
        OSSL_PARAM_int(OSSL_PKEY_PARAM_BITS, NULL),
        OSSL_PARAM_int(OSSL_PKEY_PARAM_SECURITY_BITS, NULL),
        OSSL_PARAM_int(OSSL_PKEY_PARAM_MAX_SIZE, NULL),
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
        OSSL_PARAM_END,
    };
    (void)provider;
    return params;
}

static const char *key_operation(int operation)
{
    return operation == OSSL_OP_SIGNATURE ? "ECDSA" : NULL;
}

#define FUNCTION(id, function)                                                                     \
    {                                                                                              \
        (id), (void (*)(void))(function)                                                           \
    }

/* No export: OpenSSL must not take the key to where it would have no private half. */
#define KEY_FUNCTIONS                                                                              \
    FUNCTION(OSSL_FUNC_KEYMGMT_FREE, key_free), FUNCTION(OSSL_FUNC_KEYMGMT_HAS, key_has),          \
        FUNCTION(OSSL_FUNC_KEYMGMT_MATCH, key_match),                                              \
        FUNCTION(OSSL_FUNC_KEYMGMT_IMPORT, key_import),                                            \
        FUNCTION(OSSL_FUNC_KEYMGMT_IMPORT_TYPES, key_import_types),                                \
        FUNCTION(OSSL_FUNC_KEYMGMT_GET_PARAMS, key_get_params),                                    \
        FUNCTION(OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, key_gettable)

static const OSSL_DISPATCH rsa_key[] = {
    FUNCTION(OSSL_FUNC_KEYMGMT_NEW, key_new_rsa), KEY_FUNCTIONS, {0, NULL}};
static const OSSL_DISPATCH ec_key[] = {
    FUNCTION(OSSL_FUNC_KEYMGMT_NEW, key_new_ec),
    KEY_FUNCTIONS,
    FUNCTION(OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, key_operation),
    {0, NULL}};

/* --- the signature --- */

struct signing {
    const struct key *key; /* lives as long as the operation */
    const EVP_MD *digest;
    bool pss;
};

static void *signing_new(void *provider, const char *properties)
{
    (void)provider;
    (void)properties;
    return calloc(1, sizeof(struct signing));
}

static void signing_free(void *data)
{
    struct signing *signing = data;
    if (signing)
        EVP_MD_free((EVP_MD *)signing->digest);
    free(signing);
}

/* OpenSSL says "pss" or 6, and "digest" or -1. */
static int signing_set_params(void *data, const OSSL_PARAM params[])
{
    struct signing *signing = data;
    const OSSL_PARAM *mode = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_PAD_MODE);
    const OSSL_PARAM *salt = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_PSS_SALTLEN);
    const char *word = NULL;
    int number = 0;
    if (mode && mode->data_type == OSSL_PARAM_UTF8_STRING) {
        if (!OSSL_PARAM_get_utf8_string_ptr(mode, &word))
            return 0;
        number = strcmp(word, OSSL_PKEY_RSA_PAD_MODE_PSS) == 0       ? RSA_PKCS1_PSS_PADDING
                 : strcmp(word, OSSL_PKEY_RSA_PAD_MODE_PKCSV15) == 0 ? RSA_PKCS1_PADDING
                                                                     : 0;
    } else if (mode && !OSSL_PARAM_get_int(mode, &number)) {
        return 0;
    }
    if (mode && number != RSA_PKCS1_PSS_PADDING && number != RSA_PKCS1_PADDING)
        return 0;
    if (mode)
        signing->pss = number == RSA_PKCS1_PSS_PADDING;
    if (!salt)
        return 1;
    if (salt->data_type == OSSL_PARAM_UTF8_STRING)
        return OSSL_PARAM_get_utf8_string_ptr(salt, &word) &&
               strcmp(word, OSSL_PKEY_RSA_PSS_SALT_LEN_DIGEST) == 0;
    return OSSL_PARAM_get_int(salt, &number) && number == RSA_PSS_SALTLEN_DIGEST;
}

static const OSSL_PARAM *signing_settable(void *data, void *provider)
{
    static const OSSL_PARAM params[] = {
        OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, NULL, 0),
        OSSL_PARAM_END,
    };
    (void)data;
    (void)provider;
    return params;
}

static int signing_begin(void *data, const char *digest, void *key, const OSSL_PARAM params[])
{
    struct signing *signing = data;
    signing->key = key;
    EVP_MD_free((EVP_MD *)signing->digest);
    signing->digest = EVP_MD_fetch(NULL, digest ? digest : "SHA256", NULL);
    return signing->digest && (!params || signing_set_params(signing, params));
}

static const struct tls_scheme *find_scheme(const struct signing *signing)
{
    static const char *const digests[] = {"SHA256", "SHA384", "SHA512"};
    for (size_t i = 0; i < LENGTH(digests); i++)
        if (EVP_MD_is_a(signing->digest, digests[i]))
            return tls_scheme_of(signing->key->type, signing->pss, digests[i]);
    return NULL;
}

static int signing_sign(void *data, unsigned char *ret, size_t *ret_len, size_t size,
                        const unsigned char *content, size_t len)
{
    const struct signing *signing = data;
    const struct tls_scheme *scheme = find_scheme(signing);
    autobuf signature = {0};
    struct err err = {0};
    size_t most = (size_t)EVP_PKEY_get_size(signing->key->public);
    if (!ret) {
        *ret_len = most;
        return 1;
    }
    if (!scheme || size < most ||
        ours.signer(ours.context, scheme->name, content, len, &signature, &err) < 0 ||
        signature.len == 0 || signature.len > most)
        return 0;
    memcpy(ret, signature.data, signature.len);
    *ret_len = signature.len;
    return 1;
}

static const OSSL_DISPATCH signature[] = {
    FUNCTION(OSSL_FUNC_SIGNATURE_NEWCTX, signing_new),
    FUNCTION(OSSL_FUNC_SIGNATURE_FREECTX, signing_free),
    FUNCTION(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, signing_begin),
    FUNCTION(OSSL_FUNC_SIGNATURE_DIGEST_SIGN, signing_sign),
    FUNCTION(OSSL_FUNC_SIGNATURE_SET_CTX_PARAMS, signing_set_params),
    FUNCTION(OSSL_FUNC_SIGNATURE_SETTABLE_CTX_PARAMS, signing_settable),
    {0, NULL},
};

/* --- the provider --- */

static const OSSL_ALGORITHM *provider_query(void *provider, int operation, int *ret_no_cache)
{
    static const char properties[] = "provider=signet";
    static const OSSL_ALGORITHM keys[] = {
        {"RSA:rsaEncryption:1.2.840.113549.1.1.1", properties, rsa_key, NULL},
        {"EC:id-ecPublicKey:1.2.840.10045.2.1", properties, ec_key, NULL},
        {NULL, NULL, NULL, NULL},
    };
    static const OSSL_ALGORITHM signatures[] = {
        {"RSA:rsaEncryption:1.2.840.113549.1.1.1", properties, signature, NULL},
        {"ECDSA", properties, signature, NULL},
        {NULL, NULL, NULL, NULL},
    };
    (void)provider;
    *ret_no_cache = 0;
    return operation == OSSL_OP_KEYMGMT ? keys : operation == OSSL_OP_SIGNATURE ? signatures : NULL;
}

static int provider_init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in,
                         const OSSL_DISPATCH **ret_out, void **ret_context)
{
    static const OSSL_DISPATCH functions[] = {
        FUNCTION(OSSL_FUNC_PROVIDER_QUERY_OPERATION, provider_query), {0, NULL}};
    (void)in;
    *ret_out = functions;
    *ret_context = (void *)handle; /* we have no need of one; it must be something */
    return 1;
}

static bool open_provider(void)
{
    if (ours.provider)
        return true;
    if (!ours.library)
        ours.library = OSSL_LIB_CTX_new();
    if (!ours.library || !OSSL_PROVIDER_add_builtin(ours.library, "signet", provider_init))
        return false;
    ours.provider = OSSL_PROVIDER_load(ours.library, "signet");
    return ours.provider;
}

int fetch_key_make(EVP_PKEY *public, fetch_key_signer *signer, void *context, EVP_PKEY **ret,
                   struct err *err)
{
    CLEANUP(OSSL_PARAM_free_p) OSSL_PARAM *params = NULL;
    EVP_PKEY *made = NULL;
    const char *type = EVP_PKEY_is_a(public, "RSA")  ? "RSA"
                       : EVP_PKEY_is_a(public, "EC") ? "EC"
                                                     : NULL;
    if (!type)
        return err_set(err, ERR_CONFIG, "the certificate's key is neither RSA nor EC");
    ERR_clear_error();
    bool good = open_provider() && EVP_PKEY_todata(public, EVP_PKEY_PUBLIC_KEY, &params);
    CLEANUP(EVP_PKEY_CTX_free_p)
    EVP_PKEY_CTX *options = good ? EVP_PKEY_CTX_new_from_name(ours.library, type, NULL) : NULL;
    if (!options || EVP_PKEY_fromdata_init(options) <= 0 ||
        EVP_PKEY_fromdata(options, &made, EVP_PKEY_KEYPAIR, params) <= 0)
        return err_set(err, ERR_RESOURCE, "OpenSSL takes no key of ours: %s",
                       ERR_reason_error_string(ERR_peek_last_error()));
    ours.signer = signer;
    ours.context = context;
    *ret = made;
    return 0;
}
