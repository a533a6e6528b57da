/* The one request to which every answer of the SCEP harness is one, and the CA that answers it. */
#ifndef SIGNET_FUZZ_SCEP_FRAME_H
#define SIGNET_FUZZ_SCEP_FRAME_H

#include "tests/ca/pki.h"

#define FRAME_TRANSACTION "00112233"
#define FRAME_NONCE       "sixteen letters."
#define FRAME_SECRET      "hunter2&<more>+%" /* went out with it */

struct scep_frame {
    struct identity ca, asker;
    struct identity ec_asker; /* who asks the same with an EC key */
    STACK_OF(X509) *signers;  /* the CA */
};

/* Static. */
const struct scep_frame *scep_frame(void);

/* Appends an answer that the CA has signed, of this pkiStatus, around CONTENT. TEXT: failInfoText,
 * or NULL. */
void scep_frame_seal(const struct buf *content, int status, const char *text, struct buf *ret);

#endif
