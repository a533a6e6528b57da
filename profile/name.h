/* Distinguished names as structures: what a profile's subject string means once it was parsed and
 * its variables have values. Encoding to DER is scep/csr's. Names are never glued together as text
 * and parsed again. */
#ifndef SIGNET_PROFILE_NAME_H
#define SIGNET_PROFILE_NAME_H

#include "base/buf.h"
#include "profile/nearest.h"

enum name_type { NAME_UTF8, NAME_PRINTABLE, NAME_IA5 };

/* An AttributeTypeAndValue (RFC 5280 section 4.1.2.4). */
struct name_ava {
    char oid[64]; /* dotted */
    enum name_type type;
    bool joined; /* in the same RDN as the one before it */
    struct buf value;
};

/* RDNs in the order in which they are encoded. */
struct name {
    struct name_ava *v;
    size_t n;
};

void name_free(struct name *name);

/* Appends a copy of VALUE. */
int name_add(struct name *name, const char *oid, enum name_type type, bool joined,
             const void *value, size_t len, struct err *err);

/* Is this a value that an attribute of this type can have? CONFIG says why not: empty, not UTF-8,
 * control characters, past its character set, a country that is not two letters. */
int name_check(const char *oid, enum name_type type, const void *value, size_t len,
               struct err *err);

/* The attribute table: the dotted OID and type of a key such as "CN", "E", "OID.1.2.3" or "1.2.3";
 * keys match without regard to case. False when there is none. RET_OID holds 64 bytes. */
bool name_key(const char *key, char *ret_oid, enum name_type *ret_type);

/* The short name of an attribute, "CN"; its OID when it has none. */
const char *name_label(const char *oid);

/* Offers every key of the table. */
void name_offer_keys(struct nearest *nearest);

#endif
