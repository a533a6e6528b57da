/* Entries (agent/PROTOCOL.md) as text. Pure: what is shown depends on the entries and the screen,
 * which has the time. */
#ifndef SIGNET_CLI_RENDER_H
#define SIGNET_CLI_RENDER_H

#include "base/json.h"
#include "cli/table.h"

/* A table: profile, owner, state, expiry, how much of the lifetime is used, what comes next; below
 * a row its reason and its warnings. ENTRIES may be NULL. */
int render_status(const json_t *entries, const struct screen *screen, struct buf *ret,
                  struct err *err);

/* A line for each certificate: profile, owner, subject, serial, not after, PKCS#11 URI. Never cut:
 * `screen` only says what can be shown. */
int render_list(const json_t *entries, const struct screen *screen, struct buf *ret,
                struct err *err);

/* Percent of the lifetime that is gone, 0 to 100; -1 when the entry has no certificate. */
int render_used(const json_t *entry, int64_t now);

/* The colour that fits a state. */
enum colour render_colour(const char *state);

#endif
