/* Values of the challenge's keys. Errors repeat paths, and nothing else: it may be the secret. */
#include "profile/value.h"

#include "base/clean.h"
#include "profile/command.h"
#include "profile/nearest.h"
#include "profile/pattern.h"
#include "profile/url.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define USER_MAX 256

typedef int take_challenge(const struct value_place *place, const char *text,
                           struct challenge_source *source, struct err *err);

static int take_static(const struct value_place *place, const char *secret,
                       struct challenge_source *source, struct err *err)
{
    if (!place->section->secret)
        return err_set(err, ERR_CONFIG,
                       "stands in a file that everyone can read (chmod o-rwx %s); or name a file "
                       "with file:",
                       place->section->file);
    if (!*secret || strlen(secret) > CHALLENGE_MAX)
        return err_set(err, ERR_CONFIG, "holds nothing, or more than %d bytes", CHALLENGE_MAX);
    return buf_add_text(&source->text, secret, err);
}

/* Why the file will not be believed when it is needed (fs_read_secret()); NULL: no reason is seen.
 */
static const char *secret_fault(const char *path)
{
    struct stat st;
    if (lstat(path, &st) < 0)
        return errno == ENOENT ? "no such file" : NULL;
    if (!S_ISREG(st.st_mode))
        return "not a regular file, so it will not be used";
    if (st.st_mode & S_IROTH)
        return "everyone can read it, so it will not be used (chmod o-rwx)";
    if (st.st_mode & (S_IWGRP | S_IWOTH))
        return "others than its owner can write it, so it will not be used (chmod go-w)";
    return NULL;
}

/* Whether it can be read is seen when it is needed; but a slip is better told now. */
static int secret_path(const struct value_place *place, const char *name, char **ret,
                       struct err *err)
{
    autofree char *path = NULL;
    int rc = value_path(place, name, &path, err);
    const char *fault = rc == 0 ? secret_fault(path) : NULL;
    if (fault)
        rc = strings_printf(place->warnings, err, "%s: %s", path, fault);
    if (rc == 0)
        *ret = steal(&path);
    return rc;
}

static int take_file(const struct value_place *place, const char *name,
                     struct challenge_source *source, struct err *err)
{
    autofree char *path = NULL;
    int rc = secret_path(place, name, &path, err);
    return rc < 0 ? rc : buf_add_text(&source->text, path, err);
}

/* A program that is not there now may be there when it is needed. */
static int take_command(const struct value_place *place, const char *line,
                        struct challenge_source *source, struct err *err)
{
    int rc = command_check(line, err);
    if (rc == -ERR_CONFIG || rc == -ERR_RESOURCE)
        return rc;
    if (rc < 0)
        rc = strings_add(place->warnings, err->text, err);
    return rc < 0 ? rc : buf_add_text(&source->text, line, err);
}

static int take_url(const struct value_place *place, const char *url,
                    struct challenge_source *source, struct err *err)
{
    (void)place;
    const struct url_fault fault = url_fault(url);
    if (!fault.text)
        return buf_add_text(&source->text, url, err);
    err_set(err, ERR_CONFIG, "the address %s", fault.text);
    return err_at(err, fault.at, fault.len);
}

static take_challenge *const takers[] = {
    [CHALLENGE_STATIC] = take_static,   [CHALLENGE_FILE] = take_file,
    [CHALLENGE_COMMAND] = take_command, [CHALLENGE_NDES] = take_url,
    [CHALLENGE_WEBHOOK] = take_url,
};

int value_challenge(const struct value_place *place, const char *value, void *target,
                    struct err *err)
{
    struct challenge_source *source = target;
    for (enum challenge_kind kind = CHALLENGE_STATIC; kind < LENGTH(takers); kind++) {
        const char *name = challenge_kind_name(kind);
        size_t len = strlen(name);
        if (strncmp(value, name, len) != 0 || value[len] != ':')
            continue;
        int rc = takers[kind](place, value + len + 1, source, err);
        if (rc < 0)
            return rc;
        source->kind = kind;
        return 0;
    }
    return err_set(err, ERR_CONFIG, "must begin with file:, command:, ndes:, webhook: or static:");
}

/* Not value_choice(), which repeats what stands there: a user:password, say. */
int value_challenge_auth(const struct value_place *place, const char *value, void *target,
                         struct err *err)
{
    struct nearest nearest = {.word = value, .len = strlen(value)};
    autobuf all = {0};
    int rc = 0;
    for (const struct choice *c = place->choices; rc == 0 && c->word; c++) {
        if (strcmp(c->word, value) == 0) {
            *(unsigned *)target = c->value;
            return 0;
        }
        nearest_offer(&nearest, c->word);
        rc = buf_printf(&all, err, "%s%s", all.len ? ", " : "", c->word);
    }
    return rc < 0 ? rc
                  : err_set(err, ERR_CONFIG, "is not one of %s%s", buf_text(&all),
                            nearest_hint(&nearest));
}

int value_challenge_user(const struct value_place *place, const char *value, void *target,
                         struct err *err)
{
    const char *fault =
        strlen(value) > USER_MAX ? "is longer than 256 bytes" : clean_fault(value, strlen(value));
    return fault ? err_set(err, ERR_CONFIG, "%s", fault) : value_text(place, value, target, err);
}

int value_challenge_secret(const struct value_place *place, const char *value, void *target,
                           struct err *err)
{
    char *path = NULL, **ret = target;
    if (strncmp(value, "file:", 5) != 0)
        return err_set(err, ERR_CONFIG,
                       "must begin with file:, and name the file that holds the secret");
    int rc = secret_path(place, value + 5, &path, err);
    if (rc == 0)
        *ret = path;
    return rc;
}

int value_challenge_keytab(const struct value_place *place, const char *value, void *target,
                           struct err *err)
{
    return secret_path(place, value, target, err);
}

int value_challenge_pattern(const struct value_place *place, const char *value, void *target,
                            struct err *err)
{
    regex_t pattern;
    int rc = pattern_compile(value, &pattern, err);
    if (rc < 0)
        return rc;
    regfree(&pattern);
    return value_text(place, value, target, err);
}
