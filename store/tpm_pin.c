#include "store/tpm_pin.h"

#include "store/key.h"
#include "store/tpm.h"

#include <stdlib.h>

#include <openssl/asn1.h>
#include <openssl/err.h>

DEFINE_CLEANUP(EVP_PKEY_CTX *, EVP_PKEY_CTX_free)

/* Steps into what P points at, if it is this tag; returns where it ends, or NULL. */
static const unsigned char *enter(const unsigned char **p, const unsigned char *end, int tag,
                                  int class)
{
    const unsigned char *at = *p;
    int found_tag, found_class;
    long len;
    if (at >= end || ASN1_get_object(&at, &len, &found_tag, &found_class, end - at) & 0x80 ||
        found_tag != tag || found_class != class)
        return NULL;
    *p = at;
    return at + len;
}

/* TPMKey ::= SEQUENCE { type OBJECT IDENTIFIER, emptyAuth [0] EXPLICIT BOOLEAN OPTIONAL, ... } */
bool tpm_pin_asked(const unsigned char *der, size_t len)
{
    const unsigned char *end = enter(&der, der + len, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL);
    const unsigned char *type_end = end ? enter(&der, end, V_ASN1_OBJECT, V_ASN1_UNIVERSAL) : NULL;
    bool asks = type_end != NULL;
    if (type_end) {
        der = type_end;
        bool is_told = enter(&der, end, 0, V_ASN1_CONTEXT_SPECIFIC) &&
                       enter(&der, end, V_ASN1_BOOLEAN, V_ASN1_UNIVERSAL) && der < end;
        asks = !is_told || !*der;
    }
    ERR_clear_error();
    return asks;
}

static bool sign_something(EVP_PKEY *key)
{
    static const unsigned char digest[32];
    CLEANUP(EVP_PKEY_CTX_free_p)
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(tpm_library(key), key, tpm_properties(key));
    unsigned char signature[1024];
    size_t len = sizeof signature;
    return context && EVP_PKEY_sign_init(context) > 0 &&
           EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) > 0 &&
           EVP_PKEY_sign(context, signature, &len, digest, sizeof digest) > 0;
}

/* The provider's errors carry the TPM's own response code in front of their text. */
static enum pin_verdict verdict_of(unsigned long code)
{
    enum { LAYERS = 0xff0000, RESOURCE_MANAGER = 0x0b0000, FORMAT_ONE = 0x080, NUMBER = 0x0bf };
    enum { AUTH_FAIL = 0x08e, BAD_AUTH = 0x0a2, LOCKOUT = 0x921 };
    if (code & LAYERS && (code & LAYERS) != RESOURCE_MANAGER)
        return 0;
    code &= 0xffff;
    if (code == LOCKOUT)
        return PIN_LOCKED;
    bool refused = (code & NUMBER) == AUTH_FAIL || (code & NUMBER) == BAD_AUTH;
    return code & FORMAT_ONE && refused ? PIN_WRONG : 0;
}

/* What the error queue says of a PIN; 0: nothing. Leaves the queue as it is. */
static enum pin_verdict look_for_verdict(void)
{
    const char *data;
    int flags;
    if (!ERR_peek_error_all(NULL, NULL, NULL, &data, &flags) || !(flags & ERR_TXT_STRING))
        return 0;
    return verdict_of(strtoul(data, NULL, 10));
}

int tpm_pin_try(EVP_PKEY *key, enum pin_verdict *ret, struct err *err)
{
    ERR_clear_error();
    bool signed_ = sign_something(key);
    enum pin_verdict verdict = signed_ ? PIN_ACCEPTED : look_for_verdict();
    if (!verdict)
        return tpm_failed(ERR_RETRY, "the TPM did not sign", err);
    ERR_clear_error();
    *ret = verdict;
    return 0;
}
