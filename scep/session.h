/* One server, from the question what it can do to the answers that it gives: what every operation
 * has in common. */
#ifndef SIGNET_SCEP_SESSION_H
#define SIGNET_SCEP_SESSION_H

#include "scep/answer.h"
#include "scep/authority.h"
#include "scep/server.h"

struct session {
    const struct scep_operation *operation; /* borrowed */
    struct server server;                   /* its URL is the one that answered; NULL: none did */
    struct trust trust;
    unsigned caps;
    const EVP_CIPHER *cipher; /* of the messages, as is the next */
    enum hash hash;
    STACK_OF(X509) *given; /* by the server, trusted or not */
    struct authority authority;
    STACK_OF(X509) *anchors; /* what a certificate that was issued must chain to */
    struct strings warnings; /* what is unwise about the server */
};

/* A session for OPERATION, nothing asked yet. */
struct session session_begin(const struct scep_operation *operation);
void session_end(struct session *session);

/* Capabilities and CA certificate from the first URL that answers at all; trust; algorithms. */
int session_open(struct session *session, struct err *err);

/* What goes out. All borrowed. */
struct session_message {
    enum message_type type;
    const char *transaction_id;
    const struct buf *content;
    const struct signer *signer; /* whose the answer will be too */
};

/* PKIOperation: one message there, one answer back. RET_REFUSED: the server has had the message and
 * wants none of it; one that is busy has not said so. */
int session_exchange(struct session *session, const struct session_message *message,
                     struct answer *ret, bool *ret_refused, struct err *err);

/* GetNextCACert: see rollover_open(). RET stays as it is when the server says that there is none
 * (404). */
int session_next_ca(struct session *session, STACK_OF(X509) **ret, struct err *err);

/* A line for who waits. */
void session_say(const struct session *session, const char *text);

/* The URL that answered before the text. */
void session_name(const struct session *session, struct err *err);

#endif
