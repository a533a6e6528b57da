/* Where the facts about a machine stand. */
#include "machine/platform.h"

#include "base/fs.h"
#include "base/proc.h"
#include "base/clean.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/utsname.h>

#define FILE_MAX          (64u * 1024)
#define FACT_MAX          128 /* what is longer is no fact that a profile could name */
#define PROGRAM_MAX       256
#define VIRTUALISATION_MS 2000 /* it takes 5 */

/* Appends ROOT/PATH, links followed: /etc/os-release is one. 0: there is none, or the link leads
 * out of ROOT, where it is about another machine. */
static int read_file(const char *root, const char *path, struct buf *ret, struct err *err)
{
    autofree char *name = text_format("%s/%s", root, path);
    if (!name)
        return err_memory(err);
    autofree char *top = *root ? realpath(root, NULL) : NULL, *real = realpath(name, NULL);
    if (!real)
        return errno == ENOENT || errno == ENOTDIR ? 0 : err_errno(err, "%s", name);
    if (top && (strncmp(real, top, strlen(top)) != 0 || real[strlen(top)] != '/'))
        return 0;
    int rc = fs_read(AT_FDCWD, real, FILE_MAX, ret, err);
    return rc < 0 ? rc : 1;
}

/* The text becomes the fact, unless it is none that could be shown. */
static int take(struct platform *platform, enum platform_fact fact, const char *text,
                struct err *err)
{
    size_t len = strlen(text);
    if (len == 0 || len > FACT_MAX || clean_fault(text, len))
        return 0;
    free(platform->fact[fact]);
    platform->fact[fact] = strdup(text);
    return platform->fact[fact] ? 0 : err_memory(err);
}

static int take_setting(struct platform *platform, enum platform_fact fact, const char *text,
                        const char *key, struct err *err)
{
    autobuf value = {0};
    int rc = platform_setting(text, key, &value, err);
    return rc <= 0 ? rc : take(platform, fact, text_trim((char *)value.data), err);
}

static int read_os(const char *root, unsigned wanted, struct platform *ret, struct err *err)
{
    static const struct {
        enum platform_fact fact;
        const char *key;
    } keys[] = {{FACT_OS_ID, "ID"}, {FACT_OS_VERSION, "VERSION_ID"}};
    autobuf text = {0};
    int rc = read_file(root, "etc/os-release", &text, err);
    if (rc == 0)
        rc = read_file(root, "usr/lib/os-release", &text, err);
    rc = rc < 0 ? rc : 0;
    for (size_t i = 0; rc == 0 && i < LENGTH(keys); i++)
        if (wanted & 1u << keys[i].fact)
            rc = take_setting(ret, keys[i].fact, buf_text(&text), keys[i].key, err);
    return rc;
}

static int read_kernel(const char *root, struct platform *ret, struct err *err)
{
    autobuf text = {0};
    struct utsname name;
    int rc = read_file(root, "proc/sys/kernel/osrelease", &text, err);
    if (rc > 0 && text.len)
        return take(ret, FACT_KERNEL, text_trim((char *)text.data), err);
    if (rc < 0 || *root || uname(&name) < 0)
        return rc < 0 ? rc : 0;
    return take(ret, FACT_KERNEL, name.release, err); /* a /proc with processes only */
}

int platform_virtualisation(const char *root, deadline until, struct buf *ret, struct err *err)
{
    autofree char *path = text_format("%s/usr/bin/systemd-detect-virt", root ? root : "");
    char *argv[] = {path, NULL};
    const struct buf nothing = {0};
    autobuf output = {0};
    int status = 0;
    if (!path)
        return err_memory(err);
    if (access(path, F_OK) < 0 && (errno == ENOENT || errno == ENOTDIR))
        return 0;
    int rc = proc_run(argv, &nothing, PROGRAM_MAX, until, &output, &status, err);
    if (rc < 0)
        return rc;
    /* "none" comes with a status of 1; an error has no output, or none of one word. */
    const char *word = output.len ? text_trim((char *)output.data) : "";
    if (!*word || word[strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789-_")])
        return err_set(err, ERR_RETRY, "%s: said nothing of use (exit status %d)", path, status);
    rc = buf_add_text(ret, word, err);
    return rc < 0 ? rc : 1;
}

/* The firmware's word; not asked in a virtual machine, whose firmware is an imitation. */
static int read_firmware(const char *root, struct platform *ret, struct err *err)
{
    autobuf number = {0};
    int64_t smbios;
    int rc = read_file(root, "sys/class/dmi/id/chassis_type", &number, err);
    if (rc <= 0 || !number.len ||
        !text_number(text_trim((char *)number.data), 0, UINT32_MAX, &smbios))
        return rc < 0 ? rc : 0;
    const char *word = platform_chassis((unsigned)smbios);
    return word ? take(ret, FACT_CHASSIS, word, err) : 0;
}

static int read_hardware(const char *root, unsigned wanted, struct platform *ret, struct err *err)
{
    autobuf info = {0}, found = {0};
    bool chassis = wanted & 1u << FACT_CHASSIS;
    int rc = chassis ? read_file(root, "etc/machine-info", &info, err) : 0;
    if (rc > 0) /* what the administrator wrote down is what the machine is */
        rc = take_setting(ret, FACT_CHASSIS, buf_text(&info), "CHASSIS", err);
    chassis = chassis && !ret->fact[FACT_CHASSIS];
    if (rc == 0 && !(wanted & PLATFORM_FOREIGN) && (chassis || wanted & 1u << FACT_VIRTUALISATION))
        rc = platform_virtualisation(root, deadline_in(VIRTUALISATION_MS), &found, err);
    if (rc > 0 && wanted & 1u << FACT_VIRTUALISATION)
        rc = take(ret, FACT_VIRTUALISATION, buf_text(&found), err);
    if (rc < 0 || !chassis)
        return rc < 0 ? rc : 0;
    if (found.len && platform_is(FACT_VIRTUALISATION, buf_text(&found), "vm"))
        return take(ret, FACT_CHASSIS, "vm", err);
    if (found.len && platform_is(FACT_VIRTUALISATION, buf_text(&found), "container"))
        return take(ret, FACT_CHASSIS, "container", err);
    return read_firmware(root, ret, err);
}

int platform_read(const char *root, unsigned wanted, struct platform *ret, struct err *err)
{
    CLEANUP(platform_free) struct platform found = {0};
    const char *top = root ? root : "";
    int rc = 0;
    if (wanted & (1u << FACT_OS_ID | 1u << FACT_OS_VERSION))
        rc = read_os(top, wanted, &found, err);
    if (rc == 0 && wanted & 1u << FACT_KERNEL)
        rc = read_kernel(top, &found, err);
    if (rc == 0)
        rc = read_hardware(top, wanted, &found, err);
    if (rc < 0)
        return rc;
    platform_free(ret);
    *ret = found;
    found = (struct platform){0};
    return 0;
}
