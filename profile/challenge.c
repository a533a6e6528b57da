#include "profile/challenge.h"

#include "base/fs.h"
#include "base/clean.h"
#include "profile/profile.h"

#include <fcntl.h>
#include <string.h>

#define SECRET_FILE_MAX 16384 /* tokens can be long */

const char *challenge_kind_name(enum challenge_kind kind)
{
    static const char *const names[] = {[CHALLENGE_NONE] = "none", [CHALLENGE_STATIC] = "static",
                                        [CHALLENGE_FILE] = "file", [CHALLENGE_COMMAND] = "command",
                                        [CHALLENGE_NDES] = "ndes", [CHALLENGE_WEBHOOK] = "webhook"};
    return names[kind];
}

void challenge_source_free(struct challenge_source *source)
{
    buf_free(&source->text);
    free(source->user);
    free(source->secret);
    free(source->keytab);
    free(source->pattern);
    *source = (struct challenge_source){0};
}

int challenge_read_file(const char *path, struct buf *ret, struct err *err)
{
    autobuf file = {0};
    int rc = fs_read_secret(AT_FDCWD, path, SECRET_FILE_MAX, &file, err);
    if (rc < 0)
        return rc;
    while (file.len > 0 && strchr("\r\n", file.data[file.len - 1]))
        file.data[--file.len] = 0;
    const char *fault = file.len ? clean_fault(buf_text(&file), file.len) : "is empty";
    if (fault)
        return err_set(err, ERR_CONFIG, "%s: %s; it must hold the secret on one line", path, fault);
    return buf_add(ret, file.data, file.len, err);
}

int challenge_check(const struct buf *text, struct err *err)
{
    const char *fault = text->len == 0              ? "is empty"
                        : text->len > CHALLENGE_MAX ? "is longer than 255 bytes"
                                                    : clean_fault(buf_text(text), text->len);
    return fault ? err_set(err, ERR_CONFIG, "what came as the challenge %s", fault) : 0;
}

int profile_challenge(const struct profile *profile, struct buf *ret, struct err *err)
{
    const struct challenge_source *source = &profile->scep.challenge;
    if (profile->kind != PROFILE_SCEP || source->kind > CHALLENGE_FILE)
        return err_set(err, ERR_BUG, "%s: no challenge that is written down", profile->name);
    if (source->kind == CHALLENGE_STATIC)
        return buf_add(ret, source->text.data, source->text.len, err);
    int rc =
        source->kind == CHALLENGE_FILE ? challenge_read_file(buf_text(&source->text), ret, err) : 0;
    return rc < 0 ? err_context(err, "challenge") : 0;
}
