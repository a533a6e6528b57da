/* What a peer may see of one entry, read in one consistent piece. */
#ifndef SIGNET_PKCS11_VISIBLE_H
#define SIGNET_PKCS11_VISIBLE_H

#include "pkcs11/fields.h"
#include "pkcs11/peer.h"

struct visible {
    bool permitted;
    unsigned current, previous; /* generations, 0: none */
    struct fields leaf, before; /* their certificates */
    bool pin, pin_before;       /* their keys ask for a PIN */
    struct fields_chain chain;  /* of the current one */
    struct err remark;          /* class 0, or what is damaged beside the current certificate */
};

void visible_free(struct visible *visible);

/* Reads an entry without its keys. A renewal in between is noticed and the new generation read
 * instead. Not visible: returns 0 with nothing in RET. Fails when the current certificate cannot be
 * read; a chain or a generation before that cannot is left out with a remark. */
int visible_read(const struct store *store, struct peer *peer, const struct entry_id *id,
                 struct visible *ret, struct err *err);

#endif
