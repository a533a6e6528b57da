/* signet.conf: [attributes] gives variables a value, [agent] says how often the agent looks. */
#ifndef SIGNET_PROFILE_SETTINGS_H
#define SIGNET_PROFILE_SETTINGS_H

#include "profile/attribute.h"
#include "profile/conf.h"

/* Fills RET, defaults where nothing is set. Faults, those of the reader too, go to PROBLEMS; a
 * value with a fault is left out, and RET is marked as damaged: the variable would silently have
 * another value. */
int settings_read(const struct conf *conf, struct settings *ret, struct problems *problems,
                  struct problems *warnings, struct err *err);

#endif
