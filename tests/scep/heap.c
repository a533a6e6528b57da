#include "tests/scep/heap.h"

#include "tests/suite.h"

#include <stdio.h>
#include <string.h>

#define BEGINNING 60
#define END       40

static char letter(unsigned n, unsigned i)
{
    return (char)('A' + (n + i) % 26);
}

void heap_secret(unsigned n, struct buf *ret)
{
    for (unsigned i = 0; i < BEGINNING; i++)
        ck_assert_int_eq(buf_add(ret, &(char){letter(n, i)}, 1, NULL), 0);
    for (unsigned i = 0; i < END; i++)
        ck_assert_int_eq(buf_add(ret, &(char){letter(n, i * i)}, 1, NULL), 0);
}

int heap_count(unsigned n)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    unsigned long from, to;
    char line[256];
    int found = 0;
    while (fgets(line, sizeof line, maps))
        if (strstr(line, "[heap]") && sscanf(line, "%lx-%lx", &from, &to) == 2)
            for (const char *at = (const char *)from; at + END <= (const char *)to; at++) {
                unsigned i = 0;
                while (i < END && at[i] == letter(n, i * i))
                    i++;
                found += i == END;
            }
    fclose(maps);
    return found;
}
