/* Everything about one entry, a line for each thing that is known. Pure, as cli/render.h. */
#ifndef SIGNET_CLI_DETAIL_H
#define SIGNET_CLI_DETAIL_H

#include "base/json.h"
#include "cli/screen.h"

int detail_render(const json_t *entry, const struct screen *screen, struct buf *ret,
                  struct err *err);

#endif
