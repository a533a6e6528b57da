#include "machine/himmelblau.h"

#include "base/fs.h"

#include <ctype.h>
#include <fcntl.h>
#include <string.h>

#define FILE_SIZE (256u * 1024)

static const char *const keys[] = {
    [HIMMELBLAU_ENTRA] = "device_id", [HIMMELBLAU_INTUNE] = "intune_device_id"};

/* RFC 9562 section 4. */
static bool is_uuid(const char *text)
{
    static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    unsigned char sum = 0;
    for (size_t i = 0; shape[i]; i++) {
        if (shape[i] == 'x' ? !isxdigit((unsigned char)text[i]) : text[i] != '-')
            return false;
        sum |= shape[i] == 'x' ? (unsigned char)(text[i] ^ '0') : 0;
    }
    return sum && !text[sizeof shape - 1];
}

/* The value of LINE if it is `KEY = VALUE` with that key; NULL otherwise. */
static char *value_of(char *line, const char *key)
{
    char *equals = line + strcspn(line, "=:");
    if (!*equals)
        return NULL;
    *equals = 0;
    return strcasecmp(text_trim(line), key) == 0 ? text_trim(equals + 1) : NULL;
}

int himmelblau_id_of(const char *text, enum himmelblau_id id, struct buf *ret, struct err *err)
{
    autofree char *copy = strdup(text);
    bool domain = false;
    if (!copy)
        return err_memory(err);
    for (char *rest = copy, *line; (line = strsep(&rest, "\n"));) {
        line = text_trim(line);
        if (*line == '[')
            domain = strncasecmp(line, "[global]", 8) != 0;
        if (!domain || *line == '#' || *line == ';' || *line == '[')
            continue;
        char *value = value_of(line, keys[id]);
        if (!value || !is_uuid(value))
            continue;
        for (char *p = value; *p; p++)
            *p = (char)tolower((unsigned char)*p);
        int rc = buf_add_text(ret, value, err);
        return rc < 0 ? rc : 1;
    }
    return 0;
}

int himmelblau_id(const char *root, enum himmelblau_id id, struct buf *ret, struct err *err)
{
    static const char *const files[] = {"/var/cache/himmelblaud/himmelblau.conf",
                                        "/etc/himmelblau/himmelblau.conf"};
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < LENGTH(files); i++) {
        autofree char *path = text_format("%s%s", root, files[i]);
        autobuf text = {0};
        if (!path)
            return err_memory(err);
        if (fs_read(AT_FDCWD, path, FILE_SIZE, &text, NULL) == 0)
            rc = himmelblau_id_of(buf_text(&text), id, ret, err);
    }
    return rc;
}
