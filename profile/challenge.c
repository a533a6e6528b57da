#include "profile/profile.h"

#include "base/fs.h"
#include "profile/clean.h"

#include <fcntl.h>
#include <string.h>

#define CHALLENGE_FILE_MAX 4096

/* The one line of a secret file. No error repeats any of it. */
static int read_file(const char *path, struct buf *ret, struct err *err)
{
    autobuf file = {0};
    int rc = fs_read_secret(AT_FDCWD, path, CHALLENGE_FILE_MAX, &file, err);
    if (rc < 0)
        return rc;
    while (file.len > 0 && strchr("\r\n", file.data[file.len - 1]))
        file.data[--file.len] = 0;
    const char *fault = file.len ? clean_fault(buf_text(&file), file.len) : "is empty";
    if (fault)
        return err_set(err, ERR_CONFIG, "%s: %s; it must hold the challenge on one line", path,
                       fault);
    return buf_add(ret, file.data, file.len, err);
}

int profile_challenge(const struct profile *profile, struct buf *ret, struct err *err)
{
    const struct scep_profile *scep = &profile->scep;
    int rc = 0;
    if (profile->kind != PROFILE_SCEP)
        return err_set(err, ERR_BUG, "%s: a root profile has no challenge", profile->name);
    if (scep->challenge_kind == CHALLENGE_STATIC)
        return buf_add(ret, scep->challenge.data, scep->challenge.len, err);
    if (scep->challenge_kind == CHALLENGE_FILE)
        rc = read_file(buf_text(&scep->challenge), ret, err);
    return rc < 0 ? err_context(err, "challenge") : 0;
}
