/* A temporary configuration folder, for tests that load one. */
#ifndef SIGNET_TESTS_PROFILE_PLACE_H
#define SIGNET_TESTS_PROFILE_PLACE_H

#include <stddef.h>

/* Makes an empty folder with conf.d in it; remove_place() takes it away again. */
const char *make_place(void);
void remove_place(void);

/* Writes FILE below the place. */
void put(const char *file, unsigned mode, const char *text);

/* All that stands in the sources' samples/, copied to the place. */
void put_samples(void);

/* A CA certificate, one that is none, and a bundle of two. */
extern const char test_ca_pem[], test_leaf_pem[];

#endif
