/* What a CA made of a request: every difference that the owner of the certificate should know. */
#ifndef SIGNET_SCEP_COMPARE_H
#define SIGNET_SCEP_COMPARE_H

#include "profile/request.h"
#include "scep/openssl.h"

/* Appends a line for each: another subject, alternative names left out or added, usages left out, a
 * validity that is longer or shorter than was asked for (by more than CAs round), a signature with
 * SHA-1 or worse where better was asked for. That a name is encoded as another string type, or that
 * a usage was added, is none. ISSUER is whose end may have cut the validity; NULL: not known. */
int compare_certificate(X509 *certificate, const X509 *issuer, const struct request *request,
                        struct strings *ret, struct err *err);

#endif
