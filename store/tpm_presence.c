#include "store/tpm_presence.h"

#include "base/fs.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define FILE_MAX 4096

static bool is_there(const char *root, const char *path)
{
    autofree char *name = text_format("%s%s", root, path);
    return name && access(name, F_OK) == 0;
}

/* The whole number that a file begins with; 0: there is none. */
static int64_t number_in(const char *root, const char *path)
{
    autofree char *name = text_format("%s%s", root, path);
    autobuf text = {0};
    return name && fs_read(AT_FDCWD, name, FILE_MAX, &text, NULL) == 0
               ? strtoll(buf_text(&text), NULL, 10)
               : 0;
}

struct tpm_presence tpm_presence_read(const char *root)
{
    return (struct tpm_presence){
        .device = is_there(root, TPM_DEVICE),
        .driver = is_there(root, "/sys/class/tpm/tpm0"),
        .old = number_in(root, "/sys/class/tpm/tpm0/tpm_version_major") == 1,
        .table = is_there(root, "/sys/firmware/acpi/tables/TPM2"),
        .up_s = number_in(root, "/proc/uptime"),
    };
}

bool tpm_presence_is_announced(const struct tpm_presence *presence)
{
    return presence->device || (!presence->old && (presence->driver || presence->table));
}

int tpm_presence_check(const struct tpm_presence *presence, struct err *err)
{
    if (presence->device)
        return 0;
    if (presence->old)
        return err_set(err, ERR_CONFIG,
                       "there is no TPM 2.0: this machine's is of version 1.2, or set to that in "
                       "the firmware");
    if (!tpm_presence_is_announced(presence))
        return err_set(err, ERR_CONFIG, "there is no TPM: no " TPM_DEVICE);
    if (presence->up_s > 0 && presence->up_s < TPM_PRESENCE_SETTLED_S)
        return err_set(err, ERR_RETRY, "the TPM's driver has not made " TPM_DEVICE " yet");
    return err_set(err, ERR_CONFIG,
                   "there is a TPM, but no " TPM_DEVICE
                   ": its driver is missing (look into \"journalctl -k -g tpm\"), or this is a "
                   "container that was not given it");
}
