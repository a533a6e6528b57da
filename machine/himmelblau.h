/* The ids of a device that Himmelblau has registered with Entra ID and Intune.
 *
 * Himmelblau (himmelblau-idm/himmelblau, src/common/src/config.rs and constants.rs) reads
 * /etc/himmelblau/himmelblau.conf and then, over it, /var/cache/himmelblaud/himmelblau.conf, where
 * its daemon writes when it joins: INI files with a section for each domain, in which the keys
 * device_id (Entra ID) and intune_device_id stand. The daemon's cache is its own (DynamicUser in
 * its unit), so only root can read the second: signet-apply does, and tells the agent.
 *
 * The Intune portal writes its ids into ~/.config/intune/registration.toml of whoever enrolled the
 * machine (aad_device_hint, device_hint). That is a file of a person's, who can write there what he
 * likes, so nothing that acts for the machine reads it; such ids are set in signet.conf. */
#ifndef SIGNET_MACHINE_HIMMELBLAU_H
#define SIGNET_MACHINE_HIMMELBLAU_H

#include "base/buf.h"

enum himmelblau_id { HIMMELBLAU_ENTRA, HIMMELBLAU_INTUNE };

/* Appends the id that the first section with one has, in lower case; only what is a UUID is one.
 * Returns 1, or 0 when there is none. */
int himmelblau_id_of(const char *text, enum himmelblau_id id, struct buf *ret, struct err *err);

/* The same from both files below ROOT. One that is missing, or that we may not read, has none. */
int himmelblau_id(const char *root, enum himmelblau_id id, struct buf *ret, struct err *err);

#endif
