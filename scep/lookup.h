/* What a CA has on record: a certificate that it issued (GetCert, RFC 8894 section 3.3.4), its
 * revocation list (GetCRL, section 3.3.5). */
#ifndef SIGNET_SCEP_LOOKUP_H
#define SIGNET_SCEP_LOOKUP_H

#include "scep/client.h"
#include "scep/openssl.h"

/* Both are asked with the operation's old_certificate and its key where those can sign, else with a
 * self-signed certificate and a temporary key, which is tried as well where the first answer cannot
 * be opened with an EC key. Of the operation nothing else is looked at but what reaches the server
 * and says what to believe; there is no challenge. A refusal by the CA is an error as with
 * scep_enrol(); errors name the URL. */

/* The certificate with this serial number (hex digits, which may have colons between them; anything
 * else is CONFIG) by the CA that the operation's roots vouch for. It may have expired. */
int lookup_certificate(const struct scep_operation *operation, const char *serial, X509 **ret,
                       struct err *err);

/* The CA's list. It is asked for old_certificate, whatever the list says of that; without one, for
 * the CA's own. */
int lookup_crl(const struct scep_operation *operation, X509_CRL **ret, struct err *err);

#endif
