/* Where the values of variables are found: readers for the rows of attribute_table. */
#ifndef SIGNET_PROFILE_SOURCE_H
#define SIGNET_PROFILE_SOURCE_H

#include "profile/attribute.h"

/* About the user. */
attribute_reader source_login_name; /* without the domain that a directory puts around it */
attribute_reader source_principal;  /* the login name, if it is a name at a domain */
attribute_reader source_given_name; /* of the GECOS field */
attribute_reader source_surname;

/* About the machine. */
attribute_reader source_host_name;
attribute_reader source_fqdn;
attribute_reader source_machine_id;
attribute_reader source_serial; /* source->name: the file in sysfs */
attribute_reader source_wifi;
attribute_reader source_entra_id; /* as Himmelblau has it */
attribute_reader source_intune_id;

attribute_reader source_service; /* what attributes->ask() says */

#endif
