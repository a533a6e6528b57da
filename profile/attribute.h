/* The variables of profiles: one table row each, and where Linux has the value. */
#ifndef SIGNET_PROFILE_ATTRIBUTE_H
#define SIGNET_PROFILE_ATTRIBUTE_H

#include "base/text.h"
#include "profile/nearest.h"

#include <sys/types.h>

struct attributes;

struct attribute {
    const char *name;
    const char *aliases[4];
    bool user_only;    /* not allowed in device profiles */
    const char *where; /* where its source looks, or will: for error texts */
    /* Appends the value. CONFIG: this machine or user has none; the text says where it was looked
     * for. NULL: this source is not supported yet, only a value from signet.conf works. */
    int (*source)(struct attributes *attributes, struct buf *ret, struct err *err);
};

/* Offers every name and alias, for misspelt ones. */
void attribute_offer_names(struct nearest *nearest);

/* Case-insensitive, by name or alias, LEN bytes. NULL when there is none. */
const struct attribute *attribute_find(const char *name, size_t len);

/* The table, for listings and tests; ends with a row whose name is NULL. */
extern const struct attribute attribute_table[];

/* signet.conf: [attributes] NAME = fixed value or template; [agent] interval and the like. */
struct setting {
    const struct attribute *attribute;
    char *value;
    unsigned line;
};

#define SETTINGS_INTERVAL (8 * 60 * 60)

struct settings {
    struct setting *v;
    size_t n;
    int64_t interval; /* seconds between policy cycles, default 8 h */
    bool damaged;     /* signet.conf has a fault: no value is given, it might be the wrong one */
};

void settings_free(struct settings *settings); /* profile/settings.h */

/* Whose and which machine's values. All is borrowed. */
struct attributes {
    const struct settings *settings;
    const char *user; /* NULL: the device */
    uid_t uid;
    unsigned depth; /* of templates within templates, bounded */
};

/* No variable has a value of more bytes. */
#define ATTRIBUTE_MAX 4096

/* Appends the value of one attribute: a value from signet.conf wins over the table's source. An
 * empty value is the same as none. Values are UTF-8 without control characters (see clean_fault())
 * and at most ATTRIBUTE_MAX bytes, or CONFIG. */
int attribute_value(struct attributes *attributes, const struct attribute *attribute,
                    struct buf *ret, struct err *err);

#endif
