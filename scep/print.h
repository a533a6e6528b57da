/* Names, numbers and certificates as people read them. */
#ifndef SIGNET_SCEP_PRINT_H
#define SIGNET_SCEP_PRINT_H

#include "scep/openssl.h"

/* Appends "CN=alice, OU=Staff", in the order of its encoding; "" for an empty name. */
int print_name(const X509_NAME *name, struct buf *ret, struct err *err);

/* Appends the serial number in hex. */
int print_serial(const ASN1_INTEGER *serial, struct buf *ret, struct err *err);

/* Appends the subject in quotes and the SHA-256 fingerprint: enough to find a certificate with. */
int print_certificate(const X509 *certificate, struct buf *ret, struct err *err);

#endif
