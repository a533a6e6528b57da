/* Where the values of variables are found: readers for the rows of attribute_table. Each returns 1
 * and appends the value, 0 when there is none, or negative when it could not be asked. */
#ifndef SIGNET_PROFILE_SOURCE_H
#define SIGNET_PROFILE_SOURCE_H

#include "profile/attribute.h"

typedef int source_reader(struct attributes *attributes, const struct attribute_source *source,
                          struct buf *ret, struct err *err);

/* About the user. */
source_reader source_login_name; /* without the domain that a directory puts around it */
source_reader source_principal;  /* the login name, if it is a name at a domain */
source_reader source_given_name; /* of the GECOS field */
source_reader source_surname;

/* About the machine. */
source_reader source_host_name;
source_reader source_fqdn;
source_reader source_machine_id;
source_reader source_serial; /* source->name: the file in sysfs */
source_reader source_wifi;
source_reader source_entra_id; /* as Himmelblau has it */
source_reader source_intune_id;

source_reader source_service; /* what attributes->ask() says */

#endif
