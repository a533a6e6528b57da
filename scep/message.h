/* pkiMessage (RFC 8894 section 3): a SignedData around an EnvelopedData. This is what goes out;
 * what comes back is scep/answer. */
#ifndef SIGNET_SCEP_MESSAGE_H
#define SIGNET_SCEP_MESSAGE_H

#include "scep/signer.h"

enum message_type {
    MESSAGE_CERT_REP = 3,
    MESSAGE_RENEWAL_REQ = 17,
    MESSAGE_PKCS_REQ = 19,
    MESSAGE_CERT_POLL = 20,
    MESSAGE_GET_CERT = 21,
    MESSAGE_GET_CRL = 22,
};

/* Object identifiers of the attributes (RFC 8894 section 3.2.1). */
#define OID_MESSAGE_TYPE    "2.16.840.1.113733.1.9.2"
#define OID_PKI_STATUS      "2.16.840.1.113733.1.9.3"
#define OID_FAIL_INFO       "2.16.840.1.113733.1.9.4"
#define OID_SENDER_NONCE    "2.16.840.1.113733.1.9.5"
#define OID_RECIPIENT_NONCE "2.16.840.1.113733.1.9.6"
#define OID_TRANSACTION_ID  "2.16.840.1.113733.1.9.7"
#define OID_FAIL_INFO_TEXT  "1.3.6.1.5.5.7.24.1"

#define NONCE_SIZE 16

/* All borrowed. */
struct message {
    enum message_type type;
    const char *transaction_id;
    const struct signer *signer;
    X509 *recipient; /* with an RSA or an EC key */
    const EVP_CIPHER *cipher;
    enum hash hash;            /* of the signature, and of the key derivation for an EC key */
    const struct buf *content; /* a CSR, an IssuerAndSubject or an IssuerAndSerialNumber */
};

/* Appends the DER. RET_NONCE is the fresh senderNonce that the answer must repeat. CONFIG: nothing
 * can be encrypted to the recipient. */
int message_build(const struct message *message, struct buf *ret, uint8_t ret_nonce[NONCE_SIZE],
                  struct err *err);

/* Appends an IssuerAndSubject (RFC 8894 section 3.3.3), the content of a CertPoll. */
int message_issuer_and_subject(const X509_NAME *issuer, const X509_NAME *subject, struct buf *ret,
                               struct err *err);

/* Appends an IssuerAndSerialNumber (RFC 5652 section 10.2.4), the content of a GetCert and of a
 * GetCRL. */
int message_issuer_and_serial(const X509_NAME *issuer, const ASN1_INTEGER *serial, struct buf *ret,
                              struct err *err);

#endif
