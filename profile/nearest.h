/* The known word nearest to a misspelt one. */
#ifndef SIGNET_PROFILE_NEAREST_H
#define SIGNET_PROFILE_NEAREST_H

#include <stddef.h>

#define NEAREST_WORD_MAX 48 /* longer ones have no neighbours */

/* Fill `word` and `len`, offer every known word, then ask for the hint. */
struct nearest {
    const char *word;
    size_t len;
    const char *best; /* NULL: none is near */
    unsigned distance;
    char hint[NEAREST_WORD_MAX + 24];
};

/* Insertions, deletions, replacements and swaps of neighbours, without regard to case; '-' equals
 * '_'. One in three letters may differ, and one in short words. */
void nearest_offer(struct nearest *nearest, const char *candidate);

/* " (did you mean WORD?)", or "". Lives as long as NEAREST. */
const char *nearest_hint(struct nearest *nearest);

#endif
