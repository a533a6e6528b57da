/* CertRep (RFC 8894 section 3.3.2): what the CA said, believed only after its signature, its
 * transactionID and its recipientNonce were found right. */
#ifndef SIGNET_SCEP_ANSWER_H
#define SIGNET_SCEP_ANSWER_H

#include "base/secrets.h"
#include "scep/message.h"
#include "scep/trust.h"

enum pki_status { STATUS_SUCCESS = 0, STATUS_FAILURE = 2, STATUS_PENDING = 3 };

struct answer {
    enum pki_status status;
    STACK_OF(X509) *certificates; /* STATUS_SUCCESS: all that the answer holds, in its order */
    STACK_OF(X509_CRL) *crls;     /* and its revocation lists; NULL: none */
    struct err closed; /* STATUS_SUCCESS: why there is nothing of these two, though the CA granted
                          what was asked: envelope_marks.not_agreed; class 0: all is well */
    bool des;          /* the envelope was encrypted with single DES */
    enum err_class class; /* STATUS_FAILURE: what can be done about it */
    struct buf reason;    /* STATUS_FAILURE: failInfo and what the server adds, as text */
};

void answer_free(struct answer *answer);

/* What an answer must fit. All borrowed. */
struct answer_frame {
    STACK_OF(X509) *signers; /* who may sign it */
    STACK_OF(X509) *given;   /* all that the server showed, to tell who signed instead; or NULL */
    const struct trust *trust;
    const char *transaction_id;
    const uint8_t *nonce;          /* the senderNonce of the request */
    const struct signer *signer;   /* who asked: opens the envelope */
    const struct secrets *secrets; /* of which a refusal tells none; NULL: there are none */
};

/* BODY as a CMS SignedData; NULL when it is none. */
CMS_ContentInfo *answer_parse(const struct buf *body);

/* Checks and opens. Whatever is wrong with the answer is an error; a CA that says no is not, nor is
 * an envelope that our EC key cannot open (answer.closed). */
int answer_open(CMS_ContentInfo *cms, const struct answer_frame *frame, struct answer *ret,
                struct err *err);

#endif
