/* The numbers of this machine's modem: ModemManager on the system bus. */
#ifndef SIGNET_AGENT_MODEM_H
#define SIGNET_AGENT_MODEM_H

#include "agent/bus.h"
#include "base/buf.h"

/* Zeroed is not asked. */
struct modem {
    bool asked;
    int rc; /* 1: asked, whatever it had to say; 0: no ModemManager here; negative: why */
    struct err why;
    struct buf imei, meid; /* empty: none */
};

void modem_free(struct modem *modem);

/* Asks for all modems. IMEI: of the Modem3gpp interface, else the EquipmentIdentifier if that looks
 * like one; MEID: of the ModemCdma interface. Of several modems the one with the lowest number in
 * its path that has a value counts, for each of the two by itself. What is no IMEI (14 to 16
 * digits, 3GPP TS 23.003 section 6.2) or MEID (14 hex digits, 3GPP2 X.S0008) is none. */
void modem_ask(struct modem *modem, struct bus *bus, deadline until);

/* As an attribute_ask(), from what is known: NAME is "imei" or "meid". */
int modem_value(const struct modem *modem, const char *name, struct buf *ret, struct err *err);

#endif
