#include "machine/gecos.h"

#include "base/text.h"

#include <string.h>

/* "Surname, Given Name": what stands behind the comma, NULL when that is not a name. */
static char *behind_comma(char *name)
{
    char *comma = strchr(name, ',');
    if (!comma || comma[1] != ' ')
        return NULL;
    *comma = 0;
    char *rest = comma + 1;
    rest[strcspn(rest, ",")] = 0;
    rest = text_trim(rest);
    return *rest && !strpbrk(rest, "0123456789") ? rest : NULL;
}

int gecos_name(const char *gecos, enum gecos_part part, struct buf *ret, struct err *err)
{
    autofree char *copy = strdup(gecos);
    if (!copy)
        return err_memory(err);
    const char *given = behind_comma(copy), *surname = NULL;
    copy[strcspn(copy, ",")] = 0;
    char *name = text_trim(copy), *space = strrchr(name, ' ');
    if (given && !space)
        surname = name;
    else if (given)
        return 0;
    else if (space) {
        *space = 0;
        surname = space + 1;
        given = text_trim(name);
    } else {
        given = name;
    }
    const char *value = part == GECOS_SURNAME ? surname : given;
    if (!value || !*value)
        return 0;
    int rc = buf_add_text(ret, value, err);
    return rc < 0 ? rc : 1;
}
