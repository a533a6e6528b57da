/* A preview (agent/PREVIEW.md) as text. Pure. */
#ifndef SIGNET_CLI_PREVIEW_TEXT_H
#define SIGNET_CLI_PREVIEW_TEXT_H

#include "base/json.h"
#include "cli/screen.h"

/* Appends what is known, a labelled line for each thing, wrapped to the screen. */
int preview_text(const json_t *preview, const struct screen *screen, struct buf *ret,
                 struct err *err);

#endif
