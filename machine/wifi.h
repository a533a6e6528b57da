/* The hardware address of the wireless interface. */
#ifndef SIGNET_MACHINE_WIFI_H
#define SIGNET_MACHINE_WIFI_H

#include "base/buf.h"

#include <stdint.h>

/* How {{WiFiMacAddress}} is written; signet.conf's wifi-mac-format. The first is how Intune has it.
 */
enum wifi_format {
    WIFI_PLAIN_UPPER, /* AABBCCDDEEFF */
    WIFI_PLAIN_LOWER,
    WIFI_COLON_UPPER, /* AA:BB:CC:DD:EE:FF */
    WIFI_COLON_LOWER,
    WIFI_DASH_UPPER, /* AA-BB-CC-DD-EE-FF */
    WIFI_DASH_LOWER,
};

/* Six octets in hex with ':' between them, and perhaps a line's end: the address of one station,
 * not nobody's (all zero) and not a group's. */
bool wifi_parse(const char *text, uint8_t ret[6]);

int wifi_print(const uint8_t address[6], enum wifi_format format, struct buf *ret, struct err *err);

/* Appends the permanent address below ROOT: that of the radio (phy80211/macaddress), which stays
 * the same when the interface on it carries a random one. Of several radios it is the one with the
 * lowest ifindex; only interfaces of a device count. Returns 1, 0 when there is none, or negative.
 */
int wifi_address(const char *root, enum wifi_format format, struct buf *ret, struct err *err);

#endif
