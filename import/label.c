#include "import/label.h"

#include "base/utf8.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* U+00C0 to U+00FF without their accents; '-' is what is no letter. */
static const char latin[] = "aaaaaaaceeeeiiiidnooooo-ouuuuytsaaaaaaaceeeeiiiidnooooo-ouuuuyty";

static char plain(uint32_t code)
{
    if (code < 0x80 && (isalnum((int)code) || code == '.' || code == '_'))
        return (char)tolower((int)code);
    return code >= 0xc0 && code <= 0xff ? latin[code - 0xc0] : '-';
}

void label_make(const char *title, unsigned number, char ret[TEXT_NAME_MAX + 1])
{
    char tail[16] = "";
    size_t n = 0, left = strlen(title), step;
    if (number > 1)
        snprintf(tail, sizeof tail, "-%u", number);
    size_t room = TEXT_NAME_MAX - strlen(tail);

    for (; left > 0 && n < room; title += step, left -= step) {
        uint32_t code = 0;
        step = utf8_next(title, left, &code);
        char c = step ? plain(code) : '-';
        step = step ? step : 1;
        bool blank = c == '-' || c == '.';
        if (blank && (n == 0 || ret[n - 1] == '-' || ret[n - 1] == '.'))
            continue;
        ret[n++] = c;
    }
    while (n > 0 && (ret[n - 1] == '-' || ret[n - 1] == '.'))
        n--;
    if (n == 0)
        n = (size_t)snprintf(ret, room + 1, "profile");
    strcpy(ret + n, tail);
}
