/* signet.conf: [attributes] gives variables a value, [agent] says how often the agent looks. */
#ifndef SIGNET_PROFILE_SETTINGS_H
#define SIGNET_PROFILE_SETTINGS_H

#include "profile/attribute.h"
#include "profile/conf.h"
#include "profile/proxy.h"
#include "machine/wifi.h"

/* A line of [attributes]: fixed text, a template, or command:LINE. */
struct setting {
    const struct attribute *attribute;
    char *value;
    unsigned line;
};

#define SETTINGS_INTERVAL (8 * 60 * 60)
#define SETTINGS_REQUESTS 8

struct settings {
    struct setting *v;
    size_t n;
    char *file;            /* in which they stand; NULL: there are none */
    int64_t interval;      /* seconds between policy cycles, default SETTINGS_INTERVAL */
    unsigned max_requests; /* at one time, default SETTINGS_REQUESTS */
    enum wifi_format wifi_format;
    struct proxy proxy;      /* for profiles that say nothing of one */
    struct strings no_proxy; /* what it is not for: proxy_excepts() */
    bool damaged; /* signet.conf has a fault: no value is given, it might be the wrong one */
};

void settings_free(struct settings *settings);

/* The line by which ATTRIBUTE is made, through whatever other lines, of a variable that only users
 * have: then a device has no value of it. NULL: there is none. */
const struct setting *settings_user_only(const struct settings *settings,
                                         const struct attribute *attribute,
                                         const struct attribute **ret_variable);

/* Fills RET, defaults where nothing is set. Relative file names begin at FOLDER. Faults, those of
 * the reader too, go to PROBLEMS; a value with a fault is left out, and RET is marked as damaged:
 * the variable would silently have another value. */
int settings_read(const struct conf *conf, const char *folder, struct settings *ret,
                  struct problems *problems, struct problems *warnings, struct err *err);

#endif
