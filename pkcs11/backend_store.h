/* The back end over a store: what keyd serves to one peer, and what tests load in-process. */
#ifndef SIGNET_PKCS11_BACKEND_STORE_H
#define SIGNET_PKCS11_BACKEND_STORE_H

#include "pkcs11/backend.h"
#include "pkcs11/peer.h"

/* Told what was left out of a snapshot: one damaged entry hides no other. May be NULL. */
typedef void backend_store_report(const struct err *what, void *context);

/* Opens the back end for PEER (copied). A store that is not there yet is looked for again at each
 * snapshot, and until then there is the device's token with nothing on it. Which tokens and objects
 * PEER sees:
 *
 *   the device's token, trusted roots   everyone
 *   the device's entries                root, and who stands in the entry's access list
 *   a user's token, and its entries     that user, by uid and, for the entries, by name; root; of
 *                                       the others, who stands in an entry's access list sees that
 *                                       entry alone
 */
int backend_store_open(const char *path, const struct peer *peer, backend_store_report *report,
                       void *context, struct backend **ret, struct err *err);

#endif
