/* Who is logged in to a token whose key asks for a PIN: the process, as PKCS#11 has it, for as long
 * as a session of it is open there. What counts is what keyd's end of the connection has open; here
 * is only noted what it said last. No PIN is kept. */
#ifndef SIGNET_PKCS11_LOGIN_H
#define SIGNET_PKCS11_LOGIN_H

#include "pkcs11/core.h"

/* Does the slot's token want a login that it has not had? */
bool login_is_missing(const struct core *core, CK_SLOT_ID slot);

/* keyd says that the login is gone. */
void login_forget(struct core *core, CK_SLOT_ID slot);

/* Logs out when no session of the slot is left (PKCS#11 2.40 section 5.6, C_CloseSession). Lets the
 * lock go meanwhile. */
void login_end_unused(struct core *core, CK_SLOT_ID slot);

#endif
