/* Serial numbers of machines, as firmware gives them. */
#ifndef SIGNET_MACHINE_SERIAL_H
#define SIGNET_MACHINE_SERIAL_H

#include "base/buf.h"

/* Appends TEXT without blanks around it, if that is a serial number: 1 to 64 printable ASCII
 * characters (the upper bound of serialNumber, RFC 5280 appendix A.1), not only zeroes, and none of
 * the phrases that makers leave in the field when they have nothing to say. Returns 1 then, 0
 * otherwise. */
int serial_of(const char *text, struct buf *ret, struct err *err);

#endif
