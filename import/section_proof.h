/* A section as text, and the proof that our own reader understands it as it was meant. */
#ifndef SIGNET_IMPORT_SECTION_PROOF_H
#define SIGNET_IMPORT_SECTION_PROOF_H

#include "import/section.h"

/* Appends the section as it stands in conf.d, and notes in its lines where each of them stands. */
int section_print(struct section *section, struct buf *ret, struct err *err);

/* Reads it back. What is not as it was written, and what the reader of profiles refuses, refuses
 * the section, with the property that it came from; the reader's warnings become notes. */
int section_prove(struct sections *sections, struct section *section, struct err *err);

#endif
