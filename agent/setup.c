#include "agent/setup.h"

#include <sys/stat.h>

/* A file that is not there counts as one, too: it may come. */
static int add_file(const char *path, struct buf *ret, struct err *err)
{
    struct stat st = {0};
    if (!path)
        return 0;
    if (stat(path, &st) < 0)
        st = (struct stat){0};
    return buf_printf(ret, err, "%s\n%llu %lld %lld.%09ld %lld.%09ld\n", path,
                      (unsigned long long)st.st_ino, (long long)st.st_size,
                      (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec,
                      (long long)st.st_ctim.tv_sec, st.st_ctim.tv_nsec);
}

static int describe(const struct agent *agent, const struct profile *profile, struct buf *ret,
                    struct err *err)
{
    const struct scep_profile *scep = &profile->scep;
    const struct profile *root = profile_find(&agent->profiles, PROFILE_TRUSTED_ROOT, scep->root);
    const struct settings *settings = &agent->profiles.settings;
    const char *challenge =
        scep->challenge.kind == CHALLENGE_FILE ? buf_text(&scep->challenge.text) : NULL;
    const char *const files[] = {
        profile->file,
        root ? root->file : NULL,
        root ? root->root.certificate : NULL,
        settings->file,
        challenge,
        scep->challenge.secret,
        scep->challenge.keytab,
        scep->proxy.secret,
        settings->proxy.secret,
    };
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < LENGTH(files); i++)
        rc = add_file(files[i], ret, err);
    return rc;
}

int setup_digest(const struct agent *agent, const struct profile *profile, char ret[SHA256_HEX],
                 struct err *err)
{
    autobuf text = {0};
    int rc = describe(agent, profile, &text, err);
    if (rc == 0)
        sha256_hex(text.data, text.len, ret);
    return rc;
}
