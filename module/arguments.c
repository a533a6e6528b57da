#include "module/arguments.h"

#include "base/cleanup.h"
#include "base/text.h"

#include <string.h>

struct arguments arguments_default(void)
{
    return (struct arguments){.min_uid = -1, .socket = RUNDIR "/agent.sock"};
}

static bool take_wait(struct arguments *arguments, const char *value)
{
    int64_t seconds;
    if (!text_number(value, 0, ARGUMENTS_WAIT_MAX, &seconds))
        return false;
    arguments->wait = (unsigned)seconds;
    return true;
}

static bool take_min_uid(struct arguments *arguments, const char *value)
{
    return text_number(value, 0, UINT32_MAX - 1, &arguments->min_uid);
}

static bool take_debug(struct arguments *arguments, const char *value)
{
    if (*value)
        return false;
    arguments->debug = true;
    return true;
}

static bool take_socket(struct arguments *arguments, const char *value)
{
    if (*value != '/')
        return false;
    arguments->socket = value;
    return true;
}

static const struct {
    const char *name; /* up to and with its '=', when it takes a value */
    bool (*take)(struct arguments *arguments, const char *value);
} known[] = {
    {"wait=", take_wait},
    {"min-uid=", take_min_uid},
    {"debug", take_debug},
    {"socket=", take_socket},
};

bool arguments_take(struct arguments *arguments, const char *text)
{
    for (size_t i = 0; i < LENGTH(known); i++) {
        size_t len = strlen(known[i].name);
        if (strncmp(text, known[i].name, len) == 0)
            return known[i].take(arguments, text + len);
    }
    return false;
}
