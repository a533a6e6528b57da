#include "profile/helper.h"

#include "profile/command.h"

#include <string.h>

static const char prefix[] = "command:";

const char *helper_line(const char *value)
{
    size_t len = sizeof prefix - 1;
    return strncmp(value, prefix, len) == 0 ? value + len : NULL;
}

static int print_input(const struct attributes *attributes, const struct attribute *attribute,
                       struct buf *ret, struct err *err)
{
    int rc = buf_add_text(ret, "{\"variable\":", err);
    if (rc == 0)
        rc = text_json(attribute->name, ret, err);
    if (rc == 0 && attributes->user && (rc = buf_add_text(ret, ",\"user\":", err)) == 0 &&
        (rc = text_json(attributes->user, ret, err)) == 0)
        rc = buf_printf(ret, err, ",\"uid\":%u", attributes->uid);
    return rc < 0 ? rc : buf_add_text(ret, "}\n", err);
}

int helper_value(struct attributes *attributes, const struct attribute *attribute, const char *line,
                 struct buf *ret, struct err *err)
{
    autobuf input = {0}, value = {0};
    struct err why = {0};
    int64_t ms = attributes->command_ms ? attributes->command_ms : COMMAND_TIMEOUT_MS;
    int rc = print_input(attributes, attribute, &input, err);
    if (rc < 0)
        return rc;
    const struct known_value *known =
        attributes->known ? known_find(attributes->known, buf_text(&input)) : NULL;
    if (known)
        return known_give(known, ret, err);

    rc = command_run(line, &input, COMMAND_OUTPUT_MAX, ms, &value, &why);
    const struct known_value answer = {.rc = rc < 0 ? rc : 1, .value = value, .why = why.text};
    rc = attributes->known
             ? known_keep(attributes->known, buf_text(&input), answer.rc, &value, &why, err)
             : 0;
    return rc < 0 ? rc : known_give(&answer, ret, err);
}
