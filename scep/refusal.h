/* Why a CA said no, in words: failInfo (RFC 8894 section 3.2.1.4), its text, and Microsoft's
 * HRESULT. */
#ifndef SIGNET_SCEP_REFUSAL_H
#define SIGNET_SCEP_REFUSAL_H

#include "base/buf.h"

/* A decimal HRESULT, from Microsoft's NDES. */
#define OID_REQUEST_HRESULT "1.3.6.1.4.1.311.21.33"

/* CONFIG for badAlg, RETRY for badTime, else DENIED. FAIL_INFO is the attribute's text. */
enum err_class refusal_class(const char *fail_info);

/* Appends a line such as "badMessageCheck (integrity check failed): wrong password, HRESULT
 * 0x80070057 E_INVALIDARG". Any part may be "". */
int refusal_describe(const char *fail_info, const char *text, const char *hresult, struct buf *ret,
                     struct err *err);

#endif
