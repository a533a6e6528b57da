#include "machine/platform.h"

#include <string.h>

enum sort { NONE, VM, CONTAINER };

static const char *const names[] = {
    [FACT_OS_ID] = "os-id",     [FACT_OS_VERSION] = "os-version",         [FACT_KERNEL] = "kernel",
    [FACT_CHASSIS] = "chassis", [FACT_VIRTUALISATION] = "virtualisation",
};

static const char *const chassis[] = {"desktop", "laptop", "convertible", "server", "tablet",
                                      "handset", "watch",  "embedded",    "vm",     "container"};

/* The two sorts, and what `systemd-detect-virt --list` knows. */
static const struct {
    const char *word;
    enum sort sort;
} technologies[] = {
    {"none", NONE},
    {"vm", VM},
    {"container", CONTAINER},
    {"kvm", VM},
    {"amazon", VM},
    {"qemu", VM},
    {"bochs", VM},
    {"xen", VM},
    {"uml", VM},
    {"vmware", VM},
    {"oracle", VM},
    {"microsoft", VM},
    {"zvm", VM},
    {"parallels", VM},
    {"bhyve", VM},
    {"qnx", VM},
    {"acrn", VM},
    {"powervm", VM},
    {"apple", VM},
    {"sre", VM},
    {"google", VM},
    {"vm-other", VM},
    {"systemd-nspawn", CONTAINER},
    {"lxc-libvirt", CONTAINER},
    {"lxc", CONTAINER},
    {"openvz", CONTAINER},
    {"docker", CONTAINER},
    {"podman", CONTAINER},
    {"rkt", CONTAINER},
    {"wsl", CONTAINER},
    {"proot", CONTAINER},
    {"pouch", CONTAINER},
    {"container-other", CONTAINER},
};

void platform_free(struct platform *platform)
{
    for (size_t i = 0; i < FACTS; i++)
        free(platform->fact[i]);
    *platform = (struct platform){0};
}

const char *platform_name(enum platform_fact fact)
{
    return names[fact];
}

bool platform_is_version(enum platform_fact fact)
{
    return fact == FACT_OS_VERSION || fact == FACT_KERNEL;
}

const char *platform_word(enum platform_fact fact, size_t i)
{
    if (fact == FACT_CHASSIS)
        return i < LENGTH(chassis) ? chassis[i] : NULL;
    if (fact == FACT_VIRTUALISATION)
        return i < LENGTH(technologies) ? technologies[i].word : NULL;
    return NULL;
}

static enum sort sort_of(const char *technology)
{
    for (size_t i = 0; i < LENGTH(technologies); i++)
        if (strcasecmp(technologies[i].word, technology) == 0)
            return technologies[i].sort;
    return VM;
}

bool platform_is(enum platform_fact fact, const char *found, const char *word)
{
    if (strcasecmp(found, word) == 0)
        return true;
    if (fact != FACT_VIRTUALISATION)
        return false;
    enum sort sort = sort_of(found);
    return (sort == VM && strcasecmp(word, "vm") == 0) ||
           (sort == CONTAINER && strcasecmp(word, "container") == 0);
}

const char *platform_chassis(unsigned smbios)
{
    static const struct {
        unsigned number;
        const char *word;
    } known[] = {
        {0x03, "desktop"},     /* desktop */
        {0x04, "desktop"},     /* low profile desktop */
        {0x06, "desktop"},     /* mini tower */
        {0x07, "desktop"},     /* tower */
        {0x08, "laptop"},      /* portable */
        {0x09, "laptop"},      /* laptop */
        {0x0a, "laptop"},      /* notebook */
        {0x0b, "handset"},     /* hand held */
        {0x0d, "desktop"},     /* all in one */
        {0x0e, "laptop"},      /* sub notebook */
        {0x11, "server"},      /* main server chassis */
        {0x1c, "server"},      /* blade */
        {0x1d, "server"},      /* blade enclosure */
        {0x1e, "tablet"},      /* tablet */
        {0x1f, "convertible"}, /* convertible */
        {0x20, "convertible"}, /* detachable */
        {0x21, "embedded"},    /* IoT gateway */
        {0x22, "embedded"},    /* embedded PC */
        {0x23, "desktop"},     /* mini PC */
        {0x24, "desktop"},     /* stick PC */
    };
    for (size_t i = 0; i < LENGTH(known); i++)
        if (known[i].number == smbios)
            return known[i].word;
    return NULL;
}

/* The value of one assignment, as far as its line goes: "..." with backslashes, '...' without, or
 * one bare word. */
static int add_value(const char *text, struct buf *ret, struct err *err)
{
    char quote = *text == '"' || *text == '\'' ? *text++ : 0;
    int rc = 0;
    for (; rc == 0 && *text && *text != '\n' && *text != quote; text++) {
        if (!quote && strchr(" \t\r", *text))
            break;
        if (*text == '\\' && quote != '\'' && text[1] && text[1] != '\n')
            text++;
        rc = buf_add(ret, text, 1, err);
    }
    return rc;
}

int platform_setting(const char *text, const char *key, struct buf *ret, struct err *err)
{
    size_t len = strlen(key);
    const char *value = NULL;
    for (const char *line = text; *line; line += *line == '\n') {
        line += strspn(line, " \t\r");
        if (strncmp(line, key, len) == 0 && line[len] == '=')
            value = line + len + 1;
        line += strcspn(line, "\n");
    }
    size_t before = ret->len;
    int rc = value ? add_value(value, ret, err) : 0;
    return rc < 0 ? rc : ret->len > before;
}
