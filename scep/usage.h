/* Extended key usages (RFC 5280 section 4.2.1.12). */
#ifndef SIGNET_SCEP_USAGE_H
#define SIGNET_SCEP_USAGE_H

#include "scep/openssl.h"

#include <stdbool.h>

/* Does the dotted OID stand among USAGES? */
bool usage_has(const EXTENDED_KEY_USAGE *usages, const char *oid);

#endif
