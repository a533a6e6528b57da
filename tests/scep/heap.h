/* What stands in the heap of this process, freed memory included: a core file, or whoever reads a
 * process's memory, sees no less. Not with AddressSanitizer or under valgrind, whose heaps are
 * elsewhere. */
#ifndef SIGNET_TESTS_SCEP_HEAP_H
#define SIGNET_TESTS_SCEP_HEAP_H

#include "base/buf.h"

/* Appends a secret that is made of N, and of no other number below 26. */
void heap_secret(unsigned n, struct buf *ret);

/* How often it stands there. What malloc() writes into freed memory goes over its beginning, so it
 * is the end that is looked for. */
int heap_count(unsigned n);

#endif
