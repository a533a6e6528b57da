#include "trust/family.h"

#include "base/proc.h"
#include "base/text.h"

#include <sys/stat.h>

#define COMMAND_MS  120000
#define OUTPUT_MAX  (1024u * 1024)
#define OUTPUT_TOLD 400 /* of the end of what a failed command printed */

#define COMMAND(...) ((char *const[]){__VA_ARGS__, NULL})

static const struct family families[] = {
    /* Without --fresh, Debian's command leaves the links of a removed anchor dangling, and does not
     * hash one anew whose file has changed. */
    {
        .name = "Debian",
        .folder = "/usr/local/share/ca-certificates",
        .suffix = ".crt",
        .add = COMMAND("/usr/sbin/update-ca-certificates"),
        .rebuild = COMMAND("/usr/sbin/update-ca-certificates", "--fresh"),
    },
    {
        .name = "Red Hat",
        .folder = "/etc/pki/ca-trust/source/anchors",
        .suffix = ".pem",
        .add = COMMAND("/usr/bin/update-ca-trust", "extract"),
        .rebuild = COMMAND("/usr/bin/update-ca-trust", "extract"),
    },
    {
        .name = "SUSE",
        .folder = "/etc/pki/trust/anchors",
        .suffix = ".pem",
        .add = COMMAND("/usr/sbin/update-ca-certificates"),
        .rebuild = COMMAND("/usr/sbin/update-ca-certificates"),
    },
    {
        .name = "Arch",
        .folder = "/etc/ca-certificates/trust-source/anchors",
        .suffix = ".crt",
        .add = COMMAND("/usr/bin/update-ca-trust"),
        .rebuild = COMMAND("/usr/bin/update-ca-trust"),
    },
};

int family_detect(const char *root, const struct family **ret, struct err *err)
{
    for (size_t i = 0; i < LENGTH(families); i++) {
        struct stat st;
        autofree char *folder = text_format("%s%s", root, families[i].folder);
        if (!folder)
            return err_memory(err);
        if (stat(folder, &st) == 0 && S_ISDIR(st.st_mode)) {
            *ret = &families[i];
            return 0;
        }
    }
    return err_set(err, ERR_CONFIG,
                   "no place for trust anchors is known on this system, such as %s (install the "
                   "package ca-certificates)",
                   families[0].folder);
}

int family_update(const struct family *family, bool rebuild, struct err *err)
{
    char *const *command = rebuild ? family->rebuild : family->add;
    const struct buf nothing = {0};
    autobuf output = {0};
    int status = 0;
    int rc =
        proc_run(command, &nothing, OUTPUT_MAX, deadline_in(COMMAND_MS), &output, &status, err);
    if (rc < 0)
        return rc;
    if (status == 0) {
        /* It does no fsync of its own, and in a power cut the whole trust store could be left
         * empty. Where it writes is its own affair. */
        sync();
        return 0;
    }
    if (buf_reserve(&output, 0, err) < 0)
        return -ERR_RESOURCE;
    char *told = (char *)output.data;
    if (output.len > OUTPUT_TOLD)
        told += output.len - OUTPUT_TOLD;
    told = text_trim(told);
    return err_set(err, ERR_RETRY, "%s failed with exit status %d: %s", command[0], status,
                   *told ? told : "it printed nothing");
}
