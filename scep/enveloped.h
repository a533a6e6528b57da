/* EnvelopedData as ASN.1 (RFC 5652 section 6), with all its parts in view: OpenSSL's CMS keeps the
 * cipher of the content and the keys of an agreement to itself. */
#ifndef SIGNET_SCEP_ENVELOPED_H
#define SIGNET_SCEP_ENVELOPED_H

#include "scep/openssl.h"

#include <openssl/asn1t.h>
#include <openssl/pkcs7.h>

/* Which part of a union below counts, as OpenSSL numbers them: in their order. */
enum { RECIPIENT_BY_SERIAL, RECIPIENT_BY_KEY };
enum { ORIGINATOR_BY_SERIAL, ORIGINATOR_BY_KEY, ORIGINATOR_IS_KEY };
enum { AGREED_BY_SERIAL, AGREED_BY_KEY };
enum { RECIPIENT_TRANSPORT, RECIPIENT_AGREEMENT };

/* RecipientIdentifier */
typedef struct {
    int type;
    union {
        PKCS7_ISSUER_AND_SERIAL *serial;
        ASN1_OCTET_STRING *key; /* SubjectKeyIdentifier */
    } d;
} RECIPIENT_ID;

/* KeyTransRecipientInfo */
typedef struct {
    ASN1_INTEGER *version;
    RECIPIENT_ID *recipient;
    X509_ALGOR *algorithm;
    ASN1_OCTET_STRING *wrapped;
} KEY_TRANSPORT;

/* OriginatorPublicKey */
typedef struct {
    X509_ALGOR *algorithm;
    ASN1_BIT_STRING *point;
} ORIGINATOR_KEY;

/* OriginatorIdentifierOrKey */
typedef struct {
    int type;
    union {
        PKCS7_ISSUER_AND_SERIAL *serial;
        ASN1_OCTET_STRING *id;
        ORIGINATOR_KEY *key;
    } d;
} ORIGINATOR;

/* RecipientKeyIdentifier */
typedef struct {
    ASN1_OCTET_STRING *key; /* SubjectKeyIdentifier */
    ASN1_GENERALIZEDTIME *date;
    ASN1_TYPE *other;
} RECIPIENT_KEY_ID;

/* KeyAgreeRecipientIdentifier */
typedef struct {
    int type;
    union {
        PKCS7_ISSUER_AND_SERIAL *serial;
        RECIPIENT_KEY_ID *key;
    } d;
} AGREED_ID;

/* RecipientEncryptedKey */
typedef struct {
    AGREED_ID *recipient;
    ASN1_OCTET_STRING *wrapped;
} AGREED_KEY;
DEFINE_STACK_OF(AGREED_KEY)

/* KeyAgreeRecipientInfo */
typedef struct {
    ASN1_INTEGER *version;
    ORIGINATOR *originator;
    ASN1_OCTET_STRING *ukm; /* user keying material; NULL: none */
    X509_ALGOR *scheme;     /* its parameter is the key wrap's AlgorithmIdentifier */
    STACK_OF(AGREED_KEY) *keys;
} KEY_AGREEMENT;

/* RecipientInfo. Passwords and shared keys, the last three kinds, are no part of SCEP. */
typedef struct {
    int type;
    union {
        KEY_TRANSPORT *transport;
        KEY_AGREEMENT *agreement;
        STACK_OF(ASN1_TYPE) *other;
    } d;
} RECIPIENT;
DEFINE_STACK_OF(RECIPIENT)

/* EncryptedContentInfo */
typedef struct {
    ASN1_OBJECT *type;
    X509_ALGOR *cipher;
    ASN1_OCTET_STRING *data; /* may be NULL */
} ENCRYPTED_CONTENT;

typedef struct {
    ASN1_INTEGER *version;
    STACK_OF(ASN1_TYPE) *originator; /* certificates that nobody asked for */
    STACK_OF(RECIPIENT) *recipients;
    ENCRYPTED_CONTENT *content;
    STACK_OF(ASN1_TYPE) *attributes;
} ENVELOPED_DATA;

/* ContentInfo */
typedef struct {
    ASN1_OBJECT *type;
    ENVELOPED_DATA *data;
} ENVELOPE;

DECLARE_ASN1_FUNCTIONS(ENVELOPE)
DEFINE_CLEANUP(ENVELOPE *, ENVELOPE_free)

/* NULL when DER is no EnvelopedData. */
ENVELOPE *enveloped_parse(const struct buf *der);

/* The key that is wrapped for the certificate, or NULL. */
const KEY_TRANSPORT *enveloped_transport(const ENVELOPE *envelope, X509 *certificate);

/* In the same way; what it was wrapped with is RET. */
const AGREED_KEY *enveloped_agreed(const ENVELOPE *envelope, X509 *certificate,
                                   const KEY_AGREEMENT **ret);

/* The text of an error: it cannot be opened, and nothing tells why. */
extern const char enveloped_failed[];

/* CONFIG: of the envelope's parts WHAT is not known here; NULL: there is none. */
int enveloped_unknown(const char *what, const ASN1_OBJECT *object, struct err *err);

#endif
