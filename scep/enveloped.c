#include "scep/enveloped.h"

#include <string.h>

#include <openssl/err.h>

const char enveloped_failed[] =
    "the answer's envelope cannot be opened with our key, which is to say that "
    "it is damaged or meant for another";

int enveloped_unknown(const char *what, const ASN1_OBJECT *object, struct err *err)
{
    char name[128] = "nothing at all";
    if (object)
        OBJ_obj2txt(name, sizeof name, object, 0);
    return err_set(err, ERR_CONFIG,
                   "the answer's envelope: its %s is \"%s\", which is none that is known here",
                   what, name);
}

ENVELOPE *enveloped_parse(const struct buf *der)
{
    const uint8_t *at = der->data;
    CLEANUP(ENVELOPE_free_p)
    ENVELOPE *envelope = der->len ? d2i_ENVELOPE(NULL, &at, (long)der->len) : NULL;
    ERR_clear_error();
    return envelope && OBJ_obj2nid(envelope->type) == NID_pkcs7_enveloped ? steal(&envelope) : NULL;
}

static bool has_serial(const X509 *certificate, const PKCS7_ISSUER_AND_SERIAL *id)
{
    return ASN1_INTEGER_cmp(id->serial, X509_get0_serialNumber(certificate)) == 0 &&
           X509_NAME_cmp(id->issuer, X509_get_issuer_name(certificate)) == 0;
}

/* By the extension, or where it has none by the usual value of one (RFC 5280 section 4.2.1.2). */
static bool has_key_id(X509 *certificate, const ASN1_OCTET_STRING *id)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    const ASN1_OCTET_STRING *extension = X509_get0_subject_key_id(certificate);
    if (extension)
        return ASN1_OCTET_STRING_cmp(id, extension) == 0;
    return X509_pubkey_digest(certificate, EVP_sha1(), digest, &len) &&
           (unsigned)id->length == len && memcmp(id->data, digest, len) == 0;
}

const KEY_TRANSPORT *enveloped_transport(const ENVELOPE *envelope, X509 *certificate)
{
    const STACK_OF(RECIPIENT) *recipients = envelope->data->recipients;
    for (int i = 0; i < sk_RECIPIENT_num(recipients); i++) {
        const RECIPIENT *one = sk_RECIPIENT_value(recipients, i);
        const RECIPIENT_ID *id =
            one->type == RECIPIENT_TRANSPORT ? one->d.transport->recipient : NULL;
        if (id && (id->type == RECIPIENT_BY_SERIAL ? has_serial(certificate, id->d.serial)
                                                   : has_key_id(certificate, id->d.key)))
            return one->d.transport;
    }
    return NULL;
}

static const AGREED_KEY *find_agreed(const KEY_AGREEMENT *agreement, X509 *certificate)
{
    for (int i = 0; i < sk_AGREED_KEY_num(agreement->keys); i++) {
        const AGREED_KEY *one = sk_AGREED_KEY_value(agreement->keys, i);
        const AGREED_ID *id = one->recipient;
        if (id->type == AGREED_BY_SERIAL ? has_serial(certificate, id->d.serial)
                                         : has_key_id(certificate, id->d.key->key))
            return one;
    }
    return NULL;
}

const AGREED_KEY *enveloped_agreed(const ENVELOPE *envelope, X509 *certificate,
                                   const KEY_AGREEMENT **ret)
{
    const STACK_OF(RECIPIENT) *recipients = envelope->data->recipients;
    for (int i = 0; i < sk_RECIPIENT_num(recipients); i++) {
        const RECIPIENT *one = sk_RECIPIENT_value(recipients, i);
        const AGREED_KEY *key =
            one->type == RECIPIENT_AGREEMENT ? find_agreed(one->d.agreement, certificate) : NULL;
        if (key) {
            *ret = one->d.agreement;
            return key;
        }
    }
    return NULL;
}

/* The same once more, for OpenSSL to read and write. */
/* clang-format off */
ASN1_CHOICE(RECIPIENT_ID) = {
    ASN1_SIMPLE(RECIPIENT_ID, d.serial, PKCS7_ISSUER_AND_SERIAL),
    ASN1_IMP(RECIPIENT_ID, d.key, ASN1_OCTET_STRING, 0),
} static_ASN1_CHOICE_END(RECIPIENT_ID)

ASN1_SEQUENCE(KEY_TRANSPORT) = {
    ASN1_SIMPLE(KEY_TRANSPORT, version, ASN1_INTEGER),
    ASN1_SIMPLE(KEY_TRANSPORT, recipient, RECIPIENT_ID),
    ASN1_SIMPLE(KEY_TRANSPORT, algorithm, X509_ALGOR),
    ASN1_SIMPLE(KEY_TRANSPORT, wrapped, ASN1_OCTET_STRING),
} static_ASN1_SEQUENCE_END(KEY_TRANSPORT)

ASN1_SEQUENCE(ORIGINATOR_KEY) = {
    ASN1_SIMPLE(ORIGINATOR_KEY, algorithm, X509_ALGOR),
    ASN1_SIMPLE(ORIGINATOR_KEY, point, ASN1_BIT_STRING),
} static_ASN1_SEQUENCE_END(ORIGINATOR_KEY)

ASN1_CHOICE(ORIGINATOR) = {
    ASN1_SIMPLE(ORIGINATOR, d.serial, PKCS7_ISSUER_AND_SERIAL),
    ASN1_IMP(ORIGINATOR, d.id, ASN1_OCTET_STRING, 0),
    ASN1_IMP(ORIGINATOR, d.key, ORIGINATOR_KEY, 1),
} static_ASN1_CHOICE_END(ORIGINATOR)

ASN1_SEQUENCE(RECIPIENT_KEY_ID) = {
    ASN1_SIMPLE(RECIPIENT_KEY_ID, key, ASN1_OCTET_STRING),
    ASN1_OPT(RECIPIENT_KEY_ID, date, ASN1_GENERALIZEDTIME),
    ASN1_OPT(RECIPIENT_KEY_ID, other, ASN1_ANY),
} static_ASN1_SEQUENCE_END(RECIPIENT_KEY_ID)

ASN1_CHOICE(AGREED_ID) = {
    ASN1_SIMPLE(AGREED_ID, d.serial, PKCS7_ISSUER_AND_SERIAL),
    ASN1_IMP(AGREED_ID, d.key, RECIPIENT_KEY_ID, 0),
} static_ASN1_CHOICE_END(AGREED_ID)

ASN1_SEQUENCE(AGREED_KEY) = {
    ASN1_SIMPLE(AGREED_KEY, recipient, AGREED_ID),
    ASN1_SIMPLE(AGREED_KEY, wrapped, ASN1_OCTET_STRING),
} static_ASN1_SEQUENCE_END(AGREED_KEY)

ASN1_SEQUENCE(KEY_AGREEMENT) = {
    ASN1_SIMPLE(KEY_AGREEMENT, version, ASN1_INTEGER),
    ASN1_EXP(KEY_AGREEMENT, originator, ORIGINATOR, 0),
    ASN1_EXP_OPT(KEY_AGREEMENT, ukm, ASN1_OCTET_STRING, 1),
    ASN1_SIMPLE(KEY_AGREEMENT, scheme, X509_ALGOR),
    ASN1_SEQUENCE_OF(KEY_AGREEMENT, keys, AGREED_KEY),
} static_ASN1_SEQUENCE_END(KEY_AGREEMENT)

ASN1_CHOICE(RECIPIENT) = {
    ASN1_SIMPLE(RECIPIENT, d.transport, KEY_TRANSPORT),
    ASN1_IMP(RECIPIENT, d.agreement, KEY_AGREEMENT, 1),
    ASN1_IMP_SEQUENCE_OF(RECIPIENT, d.other, ASN1_ANY, 2),
    ASN1_IMP_SEQUENCE_OF(RECIPIENT, d.other, ASN1_ANY, 3),
    ASN1_IMP_SEQUENCE_OF(RECIPIENT, d.other, ASN1_ANY, 4),
} static_ASN1_CHOICE_END(RECIPIENT)

ASN1_SEQUENCE(ENCRYPTED_CONTENT) = {
    ASN1_SIMPLE(ENCRYPTED_CONTENT, type, ASN1_OBJECT),
    ASN1_SIMPLE(ENCRYPTED_CONTENT, cipher, X509_ALGOR),
    ASN1_IMP_OPT(ENCRYPTED_CONTENT, data, ASN1_OCTET_STRING, 0),
} static_ASN1_SEQUENCE_END(ENCRYPTED_CONTENT)

ASN1_SEQUENCE(ENVELOPED_DATA) = {
    ASN1_SIMPLE(ENVELOPED_DATA, version, ASN1_INTEGER),
    ASN1_IMP_SEQUENCE_OF_OPT(ENVELOPED_DATA, originator, ASN1_ANY, 0),
    ASN1_SET_OF(ENVELOPED_DATA, recipients, RECIPIENT),
    ASN1_SIMPLE(ENVELOPED_DATA, content, ENCRYPTED_CONTENT),
    ASN1_IMP_SET_OF_OPT(ENVELOPED_DATA, attributes, ASN1_ANY, 1),
} static_ASN1_SEQUENCE_END(ENVELOPED_DATA)

ASN1_SEQUENCE(ENVELOPE) = {
    ASN1_SIMPLE(ENVELOPE, type, ASN1_OBJECT),
    ASN1_EXP(ENVELOPE, data, ENVELOPED_DATA, 0),
} ASN1_SEQUENCE_END(ENVELOPE)

IMPLEMENT_ASN1_FUNCTIONS(ENVELOPE)
