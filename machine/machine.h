/* What this machine is called, and its numbers, without asking the network: the agent opens no
 * socket, and a resolver may take half a minute to say no.
 *
 * But for machine_host(), each returns 1 and appends the value, 0 when the machine has no such
 * thing or it is not for us to read, or negative when it could not be had. ROOT is put before every
 * path. */
#ifndef SIGNET_MACHINE_MACHINE_H
#define SIGNET_MACHINE_MACHINE_H

#include "base/buf.h"

/* The host name up to its first dot, whatever it is. Returns 0 or negative. */
int machine_host(struct buf *ret, struct err *err);

/* The same, fit for a certificate: none when it is empty or "localhost". */
int machine_name(struct buf *ret, struct err *err);

/* The same as a pure function of the host name. */
int machine_name_of(const char *host, struct buf *ret, struct err *err);

/* The host name if it has a dot; else the first name with a dot on a line of /etc/hosts that names
 * the host, which is what `hostname --fqdn` gives where no DNS is asked. */
int machine_fqdn(const char *root, struct buf *ret, struct err *err);

/* The same as a pure function: HOST and the text of /etc/hosts. */
int machine_fqdn_of(const char *host, const char *hosts, struct buf *ret, struct err *err);

/* The serial number in the file PATH of sysfs, if it is one (machine/serial.h). */
int machine_serial(const char *root, const char *path, struct buf *ret, struct err *err);

/* An id of this machine that does not give the machine-id away: HMAC-SHA256 of our application id
 * under the machine-id, its first 16 bytes marked as a version 4 UUID, in hex. That is
 * machine-id(5)'s own recipe: `systemd-id128 machine-id
 * --app-specific=5b0cfd2c-41a7-4d0e-9b83-c2f1d85f7a16` prints the same. */
int machine_id(const char *root, struct buf *ret, struct err *err);

/* The same for the text of a machine-id file. */
int machine_id_of(const char *text, struct buf *ret, struct err *err);

#endif
