/* Values that a program of the administrator's gives: signet.conf's [attributes] NAME =
 * command:LINE. */
#ifndef SIGNET_PROFILE_HELPER_H
#define SIGNET_PROFILE_HELPER_H

#include "profile/attribute.h"

/* LINE behind "command:"; NULL when VALUE is another kind of value. */
const char *helper_line(const char *value);

/* Appends what the program says: the first line of its output, or nothing when it has none. On its
 * standard input it finds one line of JSON: {"variable":NAME,"user":LOGIN-NAME,"uid":NUMBER}, the
 * last two only for a user. RETRY when it fails or takes longer than attributes->command_ms; then,
 * too, it is not run again for this variable and user while attributes->known lives. */
int helper_value(struct attributes *attributes, const struct attribute *attribute, const char *line,
                 struct buf *ret, struct err *err);

#endif
