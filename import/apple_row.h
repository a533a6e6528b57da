/* Tables of the keys that Apple's payloads have, and what becomes of each. */
#ifndef SIGNET_IMPORT_APPLE_ROW_H
#define SIGNET_IMPORT_APPLE_ROW_H

#include "import/property_list.h"
#include "import/section.h"

struct apple_row;

/* A payload that is being read, into its section. */
struct apple_reading {
    struct sections *sections;
    struct section *section;
    plist_t file;    /* the whole profile */
    plist_t payload; /* the one that is read */
    plist_t content; /* the dictionary that the rows are about */
};

/* Returns negative for want of memory only; what is wrong with NODE refuses the section. */
typedef int apple_handler(struct apple_reading *r, const struct apple_row *row, plist_t node,
                          struct err *err);

struct apple_row {
    const char *name;
    apple_handler *take;
    const char *key;  /* ours */
    const char *text; /* what is said about it, or a handler's own */
};

apple_handler apple_take_text; /* text as it is */
apple_handler apple_nothing;   /* read elsewhere, or of the management's own book-keeping */
apple_handler apple_say;       /* said: row->text */

/* Reads the members of r->content by TABLE (which ends with a row without a name); says which
 * others there are. Of a key that stands twice libplist has kept one. */
int apple_read(struct apple_reading *r, const struct apple_row *table, struct err *err);

extern const struct apple_row apple_scep_rows[], apple_alternative_rows[];

int apple_scep(struct apple_reading *r, struct err *err);
int apple_root(struct apple_reading *r, struct err *err);

/* Is PAYLOAD a Wi-Fi, wired or VPN payload? What people call it, or NULL. */
const char *apple_network_kind(plist_t payload);

/* Says what a network payload is, and which certificates it uses. */
int apple_network(struct sections *sections, plist_t payload, struct err *err);

/* Does a network payload sign in with the certificate of the payload UUID? */
bool apple_network_uses(plist_t payload, const char *uuid);

/* Does it trust the certificate of the payload UUID? */
bool apple_network_trusts(plist_t payload, const char *uuid);

/* The payload number I of a profile, NULL behind the last. */
plist_t apple_payload(plist_t file, uint32_t i);

/* The root of r's payload: that of its fingerprint, or of the networks that use it, or the only one
 * there is. NULL, and WHY, when that does not tell. */
const struct section *apple_root_of(const struct apple_reading *r, const char **ret_why);

#endif
