/* The last words of some kind that the test CA was told. */
#ifndef SIGNET_TESTS_CA_MEMORY_H
#define SIGNET_TESTS_CA_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

#define MEMORY_WORDS 64

/* Zeroed is empty. */
struct memory {
    char words[MEMORY_WORDS][129]; /* of a longer one, the beginning */
    size_t n;                      /* ever */
};

bool memory_has(const struct memory *memory, const char *word);
void memory_add(struct memory *memory, const char *word);

#endif
