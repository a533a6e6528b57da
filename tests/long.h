/* Tests that take minutes run with TESTS_LONG=1 only, which `./check --long` sets. */
#ifndef SIGNET_TESTS_LONG_H
#define SIGNET_TESTS_LONG_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static inline bool tests_long(void)
{
    const char *word = getenv("TESTS_LONG");
    return word && strcmp(word, "1") == 0;
}

#endif
