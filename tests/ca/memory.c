#include "tests/ca/memory.h"

#include <stdio.h>
#include <string.h>

bool memory_has(const struct memory *memory, const char *word)
{
    for (size_t i = 0; i < MEMORY_WORDS && i < memory->n; i++)
        if (strncmp(memory->words[i], word, sizeof memory->words[i] - 1) == 0)
            return true;
    return false;
}

void memory_add(struct memory *memory, const char *word)
{
    char *place = memory->words[memory->n++ % MEMORY_WORDS];
    snprintf(place, sizeof *memory->words, "%s", word);
}
