/* A small SCEP responder for tests, scriptable: it can be a good CA and many kinds of bad one. Its
 * own implementation of the server's side, over OpenSSL's PKCS7 API, so that it shares no mistake
 * with scep/ (which uses CMS).
 *
 * Rules are words such as "html", "pending:2" or "cacert/404": see the table in behave.c. */
#ifndef SIGNET_TESTS_CA_CA_H
#define SIGNET_TESTS_CA_CA_H

#include "scep/openssl.h"

struct ca;

/* What happens to the answer on its way out. */
enum ca_delivery { CA_WHOLE, CA_HANG, CA_CLOSE, CA_CUT_HEADERS, CA_CUT_OFF, CA_HUGE, CA_DRIP };

struct ca_answer {
    enum ca_delivery delivery;
    int status;
    const char *type;
    const char *location; /* NULL: none; "": the URL that was asked */
    int retry_after;      /* seconds; 0: nothing is said of it */
    struct buf body;
};

/* A CA with a fresh RSA key. CHALLENGE NULL: every request is granted. Aborts when it cannot: this
 * is for tests. */
struct ca *ca_new(const char *challenge);
void ca_free(struct ca *ca);

/* Adds a rule; false when there is none of that name. */
bool ca_behave(struct ca *ca, const char *rule);
void ca_behave_well(struct ca *ca); /* forgets all rules */

X509 *ca_certificate(const struct ca *ca); /* borrowed */

/* Issues a certificate for KEY without any protocol. */
X509 *ca_issue(struct ca *ca, EVP_PKEY *key, const char *common_name);

/* The answer to one HTTP request. MESSAGE is the decoded parameter of that name, or the body of a
 * POST. */
void ca_respond(struct ca *ca, const char *operation, const struct buf *message, bool post,
                struct ca_answer *ret);

/* The message of a GET: plain base64. */
bool ca_decode(const char *base64, struct buf *ret);

/* One word about the last PKIOperation: "PKCSReq issued", "RenewalReq refused", ... */
const char *ca_last(const struct ca *ca);

#endif
