/* The variables of profiles: one table row each, and where Linux has the value. */
#ifndef SIGNET_PROFILE_ATTRIBUTE_H
#define SIGNET_PROFILE_ATTRIBUTE_H

#include "base/text.h"
#include "profile/known.h"
#include "profile/nearest.h"

#include <sys/types.h>

struct attributes;

/* Services that know what libc does not. profile/ opens no bus and links no library: whoever wants
 * values brings somebody who asks (agent/sources.h). */
enum attribute_service {
    SERVICE_DIRECTORY, /* about a user, by the directory's own name of the attribute */
    SERVICE_MODEM,     /* "imei", "meid" */
    SERVICE_FACTS,     /* what signet-apply wrote down, by the member's name: "serialNumber" */
};

/* Returns 1 and appends the value; 0 when there is no such service on this machine, or it has no
 * such value; negative when the service is there and did not answer (RETRY) or did not want to
 * (DENIED). USER is NULL for the device; by UID a directory's namesake is told from it. */
typedef int attribute_ask(void *context, enum attribute_service service, const char *user,
                          uid_t uid, const char *name, struct buf *ret, struct err *err);

/* Reads what one place has. Returns as attribute_ask() does; that this machine cannot have such a
 * value is 0 as well, never an error. */
struct attribute_source;
typedef int attribute_reader(struct attributes *attributes, const struct attribute_source *source,
                             struct buf *ret, struct err *err);

/* One place where a value may be. */
struct attribute_source {
    attribute_reader *read;
    const char *where;              /* for people: "SSSD (mail)", "the GECOS field" */
    enum attribute_service service; /* what read() needs to know, if it asks a service */
    const char *name;
};
#define ATTRIBUTE_SOURCES 4

struct attribute {
    const char *name;
    const char *aliases[4];
    bool user_only;                                     /* not allowed in device profiles */
    struct attribute_source sources[ATTRIBUTE_SOURCES]; /* in this order; the first value counts */
    const char *help; /* what to do when none has a value; NULL: nothing but signet.conf */
};

/* Offers every name and alias, for misspelt ones. */
void attribute_offer_names(struct nearest *nearest);

/* Case-insensitive, by name or alias, LEN bytes. NULL when there is none. */
const struct attribute *attribute_find(const char *name, size_t len);

/* The table, for listings and tests; ends with a row whose name is NULL. */
extern const struct attribute attribute_table[];

/* Whose and which machine's values. All is borrowed. */
struct attributes {
    const struct settings *settings; /* of profile/settings.h; NULL: none */
    const char *user;                /* NULL: the device */
    uid_t uid;
    const char *root;    /* put before every path of the machine's; NULL: "" */
    attribute_ask *ask;  /* NULL: no service is asked */
    void *context;       /* of ask() */
    struct known *known; /* of commands, so that each is run once; NULL: every time */
    int64_t command_ms;  /* how long a command may take; 0: COMMAND_TIMEOUT_MS */
    unsigned depth;      /* of templates within templates, bounded */
};

/* No variable has a value of more bytes. */
#define ATTRIBUTE_MAX 4096

/* Appends the value of one attribute: a value from signet.conf wins over the table's sources. An
 * empty value is the same as none. Values are UTF-8 without control characters (see clean_fault())
 * and at most ATTRIBUTE_MAX bytes, or CONFIG. No value is CONFIG and tells every place where it was
 * looked for. A source that did not answer is RETRY, and the next one is not asked: its value would
 * be another one tomorrow. ret_where (may be NULL) is where it was found, as long as the settings
 * live. */
int attribute_value(struct attributes *attributes, const struct attribute *attribute,
                    struct buf *ret, const char **ret_where, struct err *err);

#endif
