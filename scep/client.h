/* SCEP (RFC 8894), the client's side of one operation, told once and in order by scep_enrol(). How
 * bytes get to a server is the transport's affair: the engine opens no socket. */
#ifndef SIGNET_SCEP_CLIENT_H
#define SIGNET_SCEP_CLIENT_H

#include "base/buf.h"
#include "base/secrets.h"
#include "profile/request.h"
#include "scep/strength.h"

/* One HTTP exchange. */
struct scep_http {
    const char *url;          /* complete, with the query */
    const struct buf *body;   /* NULL: GET; else POST */
    const char *content_type; /* of the body */
    bool last;                /* of the operation, unless its answer makes for more */
};

struct scep_answer {
    int status;          /* HTTP status */
    int64_t retry_after; /* seconds that the server wants to be left alone for (RFC 9110 section
                            10.2.3); 0: it says nothing */
    struct buf body;
    const char *proxy; /* through which it came, borrowed; NULL: none */
    /* What went with the request and is not to be told of the answer. Borrowed. */
    struct secrets secrets;
    bool timed_out; /* beside a failure, and then all that is filled: nothing came in time */
};

/* Fails (RETRY) only when no HTTP answer was had: refused, unresolved, timed out, cut off. */
typedef int scep_transport(void *context, const struct scep_http *call, struct scep_answer *ret,
                           struct err *err);

/* Appends the challengePassword; nothing for none. */
typedef int scep_challenge(void *context, struct buf *ret, struct err *err);

/* What a certificate is asked with. All is borrowed. */
struct scep_operation {
    const struct strings *urls; /* in the order in which to try them: shuffle before */
    const char *ca_ident;       /* NULL or "": none */
    STACK_OF(X509) *roots;      /* the profile's trust anchors, at least one */
    STACK_OF(X509) *known;   /* of the CA, to be chosen from besides what it gives; may be NULL */
    STACK_OF(X509) *issuers; /* see scep/trust.h */
    const struct strings *ca_fingerprints; /* see scep/trust.h; NULL: none */
    struct strength strength;              /* what is below it is neither sent nor accepted */
    enum hash hash; /* of the CSR and of the messages, where the server can */

    EVP_PKEY *key;  /* of the certificate wanted */
    bool key_apart; /* it signs the CSR alone, and for a poll its public half will do: the messages
                     * are signed and opened with a temporary key, as they are for an EC key */
    const struct request *request; /* what to ask for */
    X509 *old_certificate;         /* renewal: what is replaced, and its key; else NULL */
    EVP_PKEY *old_key;             /* for a poll: where they have signed the request */
    EVP_PKEY *message_key;         /* for a poll: what the request's result gave; else NULL */
    const char *transaction_id; /* scep_transaction_id(); the same for every retry with this key */
    bool strict;                /* a certificate that is not as asked for is not taken */
    bool poll;                  /* CertPoll for a request that was PENDING, instead of asking */

    /* NULL: none. Called when a message with a challenge is really to be sent to a server that the
     * roots vouch for, and once at most: it may be good for one use only. */
    scep_challenge *challenge;
    scep_transport *transport;
    void (*progress)(void *context, const char *text); /* a line for who waits; may be NULL */
    void *context;                                     /* of all three */
};

/* SCEP_REJECTED: what came cannot be used, as it is another key's, expired or under no root, or is
 * not as asked for and the operation was strict. The CA is done with this transaction: another try
 * is another one. */
enum scep_outcome { SCEP_ISSUED, SCEP_PENDING, SCEP_REJECTED };

struct scep_result {
    enum scep_outcome outcome;
    struct err rejection; /* SCEP_REJECTED: why; class 0: for the differences */
    char *url;            /* the one that answered; owned */
    X509 *certificate;    /* SCEP_ISSUED: the leaf, checked: our key, chains to a root, now valid */
    STACK_OF(X509) *chain; /* its issuers, nearest first, without the root when it is an anchor */
    STACK_OF(X509) *next;  /* SCEP_ISSUED by a CA that ends soon and has told its next certificate:
                              the present one, then what comes after it; else NULL */
    /* SCEP_PENDING: who has signed the request, and so has to sign the polls (RFC 8894
     * section 2.3). There are CAs that take them from nobody else, and others that encrypt to
     * nobody else. */
    bool by_old;                /* the old certificate */
    EVP_PKEY *message_key;      /* a temporary key; NULL: none */
    int64_t key_ms;             /* spent making temporary keys, for requests with an EC key */
    int64_t server_ms;          /* spent waiting for the server, all calls together */
    struct strings warnings;    /* what is unwise about the server */
    struct strings differences; /* what the CA changed (scep/compare.h) */
};

void scep_result_free(struct scep_result *result);

/* 64 hex digits: SHA-256 of the public key's SubjectPublicKeyInfo (RFC 8894 section 3.2.1.1 asks
 * for a value unique to the transaction; a new key is made per transaction, and a retry with the
 * same key is the same one). */
int scep_transaction_id(EVP_PKEY *key, char ret[65], struct err *err);

/* Capabilities, CA certificate, trust against the roots, request, answer, checks. The first URL
 * that answers at all serves every call of the operation. A refusal by the CA is DENIED for
 * badRequest, badCertId and badMessageCheck, CONFIG for badAlg, RETRY for badTime, with failInfo
 * and failInfoText in the text. Errors name the URL, but for what the challenge's source says. */
int scep_enrol(const struct scep_operation *operation, struct scep_result *ret, struct err *err);

#endif
