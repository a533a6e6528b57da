/* Apple's configuration profiles (.mobileconfig): a property list in XML or binary form, or one of
 * those inside a CMS signature (RFC 5652). Payloads: com.apple.security.scep, .root, .pkcs1 and
 * .pem; see apple_scep.c, apple_root.c and apple_network.c for what each becomes. */
#ifndef SIGNET_IMPORT_MOBILECONFIG_H
#define SIGNET_IMPORT_MOBILECONFIG_H

#include "import/import.h"

/* As import_document(). A signature is checked for what it says of the content, not for who made
 * it: a line tells its signer, and that nobody was asked whether to believe him. */
int mobileconfig_import(const void *data, size_t len, const struct import_options *options,
                        struct import_result *ret, struct err *err);

#endif
