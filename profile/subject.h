/* Subject strings, in the grammar that CertStrToName documents. The string is parsed first;
 * variables get their values later, each inside its own leaf, so no value can add an RDN, a SAN or
 * a second variable. */
#ifndef SIGNET_PROFILE_SUBJECT_H
#define SIGNET_PROFILE_SUBJECT_H

#include "profile/faults.h"
#include "profile/name.h"
#include "profile/template.h"

#include <stdbool.h>

#define SUBJECT_MAX     64 /* AVAs */
#define SUBJECT_CN_WARN 64 /* characters (ub-common-name, RFC 5280 appendix A.1) */

struct subject_leaf {
    char oid[64];
    enum name_type type;
    bool joined;   /* '+': in the same RDN as the one before */
    bool whole_dn; /* CN={{OnPrem_Distinguished_Name}}: the RDNs of that DN stand here */
    struct template text;
};

struct subject_template {
    struct subject_leaf *v;
    size_t n;
};

void subject_free(struct subject_template *subject);

/* Parses a subject string, or the name of a format: common-name, common-name-with-email,
 * common-name-as-email, imei, serial-number, device-id. "none" gives a template without leaves.
 *
 * RDNs are separated by ',' or ';' or line breaks, the AVAs of one by '+'. Blanks around keys and
 * values do not count. A value may stand in "..." with "" for a quote. A backslash is an ordinary
 * character, except that one before , + ; = or @ is dropped with a warning: people copy such
 * strings from other systems. CONFIG: unknown keys, empty values, open quotes, unknown variables,
 * static values that their type does not allow, the same key twice in one RDN, and values that
 * begin with '#': they are hex for an OCTET STRING, which X.520 gives to no attribute; OpenSSL
 * refuses to read a certificate whose name has one ("mstring wrong tag"), so what a CA made of it
 * could be of no use to any client. */
int subject_parse(const char *text, struct subject_template *ret, struct strings *warnings,
                  struct faults *more, struct err *err);

/* The name for these attributes, in the order in which it is encoded: FORWARD, as in the text; else
 * the text's last RDN first, as Windows does. Warns about common names that are too long. */
int subject_expand(const struct subject_template *subject, bool forward,
                   struct attributes *attributes, struct name *ret, struct strings *warnings,
                   struct err *err);

#endif
