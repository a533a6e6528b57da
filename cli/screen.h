/* Where output goes: what can be shown there, and when. The renderers know nothing else of the
 * world. */
#ifndef SIGNET_CLI_SCREEN_H
#define SIGNET_CLI_SCREEN_H

#include <stdbool.h>
#include <stdint.h>

struct screen {
    unsigned width; /* columns; 0: no limit */
    bool utf8;      /* the locale's encoding */
    bool colour;
    int64_t now; /* seconds since 1970 */
};

/* Of standard output, now. Colour only on a terminal that has it, and without NO_COLOR
 * (no-color.org). */
struct screen screen_stdout(void);

#endif
