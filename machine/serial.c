#include "machine/serial.h"

#include "base/text.h"

#include <string.h>
#include <strings.h>

#define SERIAL_MAX 64

static const char *const placeholders[] = {
    "None",
    "N/A",
    "NA",
    "Unknown",
    "Default string",
    "Not Applicable",
    "Not Present",
    "Not Specified",
    "O.E.M.",
    "OEM",
    "To be filled by O.E.M.",
    "System Serial Number",
    "Chassis Serial Number",
    "0123456789",
    "123456789",
    "1234567890",
};

static bool is_serial(const char *text)
{
    for (const char *p = text; *p; p++)
        if (*p < 0x20 || *p > 0x7e)
            return false;
    for (size_t i = 0; i < LENGTH(placeholders); i++)
        if (strcasecmp(text, placeholders[i]) == 0)
            return false;
    return *text && strlen(text) <= SERIAL_MAX && strspn(text, "0. ") != strlen(text);
}

int serial_of(const char *text, struct buf *ret, struct err *err)
{
    autofree char *copy = strdup(text);
    if (!copy)
        return err_memory(err);
    const char *trimmed = text_trim(copy);
    if (!is_serial(trimmed))
        return 0;
    int rc = buf_add_text(ret, trimmed, err);
    return rc < 0 ? rc : 1;
}
