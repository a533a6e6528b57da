#include "fuzz/fuzz.h"

#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fuzz_broken(const char *file, int line, const char *property, const char *text)
{
    fflush(stdout);
    fprintf(stderr, "%s:%d: does not hold: %s%s%s\n", file, line, property, text ? ": " : "",
            text ? text : "");
    abort();
}

bool fuzz_is_line(const char *text)
{
    for (size_t len = strlen(text), n; len > 0; text += n, len -= n) {
        uint32_t code;
        n = utf8_next(text, len, &code);
        if (n == 0 || utf8_is_hidden(code))
            return false;
    }
    return true;
}
