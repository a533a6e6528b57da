/* The variables of profiles: one table row each, and where Linux has the value. */
#ifndef SIGNET_PROFILE_ATTRIBUTE_H
#define SIGNET_PROFILE_ATTRIBUTE_H

#include "base/text.h"

#include <sys/types.h>

struct attributes;

struct attribute {
    const char *name;
    const char *aliases[4];
    bool user_only; /* not allowed in device profiles */
    /* Appends the value. CONFIG: this machine or user has none; the text says where it was looked for.
     * NULL: this source is not supported yet, only a value from signet.conf works. */
    int (*source)(struct attributes *attributes, struct buf *ret, struct err *err);
};

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

struct settings {
    struct setting *v;
    size_t n;
    int64_t interval; /* seconds between policy cycles, default 8 h */
};

void settings_free(struct settings *settings);

/* Whose and which machine's values. Zeroed plus these members is valid; attributes_free() at the end. */
struct attributes {
    const struct settings *settings;
    const char *user; /* NULL: the device */
    uid_t uid;
    unsigned depth; /* of templates within templates, bounded */
};

/* Appends the value of one attribute: a value from signet.conf wins over the table's source. An empty value is
 * the same as none. Values are UTF-8 without control characters and at most 4096 bytes, or CONFIG. */
int attribute_value(struct attributes *attributes, const struct attribute *attribute,
                    struct buf *ret, struct err *err);

#endif
