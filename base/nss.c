#include "base/nss.h"

#include "base/text.h"

#include <errno.h>
#include <string.h>

#define ANSWER_MAX (4u * 1024 * 1024) /* a group of many thousand members is one answer */

/* One of the functions below: what it asks for in KEY, what it is told in ENTRY. Returns errno. */
typedef int nss_lookup(const void *key, void *entry, char *memory, size_t size, bool *ret_found);

static int ask(nss_lookup *lookup, const void *key, void *entry, struct buf *buffer,
               const char *what, struct err *err)
{
    for (size_t size = 4096; size <= ANSWER_MAX; size *= 2) {
        bool found = false;
        int rc = buf_reserve(buffer, size, err);
        if (rc < 0)
            return rc;
        /* A module that is not there, or cannot say why it failed, leaves errno as it was; and what
         * is 0 then means "no such one". */
        errno = EAGAIN;
        int number = lookup(key, entry, (char *)buffer->data, buffer->size, &found);
        if (number == 0)
            return found;
        if (number != ERANGE && number != EINTR)
            return err_set(err, ERR_RETRY, "looking up %s: %s", what, strerror(number));
    }
    return err_set(err, ERR_RETRY, "looking up %s: the answer is longer than %u bytes", what,
                   ANSWER_MAX);
}

static int by_uid(const void *key, void *entry, char *memory, size_t size, bool *ret_found)
{
    struct passwd *answer = NULL;
    int number = getpwuid_r(*(const uid_t *)key, entry, memory, size, &answer);
    *ret_found = answer;
    return number;
}

static int by_user_name(const void *key, void *entry, char *memory, size_t size, bool *ret_found)
{
    struct passwd *answer = NULL;
    int number = getpwnam_r(key, entry, memory, size, &answer);
    *ret_found = answer;
    return number;
}

static int by_gid(const void *key, void *entry, char *memory, size_t size, bool *ret_found)
{
    struct group *answer = NULL;
    int number = getgrgid_r(*(const gid_t *)key, entry, memory, size, &answer);
    *ret_found = answer;
    return number;
}

static int by_group_name(const void *key, void *entry, char *memory, size_t size, bool *ret_found)
{
    struct group *answer = NULL;
    int number = getgrnam_r(key, entry, memory, size, &answer);
    *ret_found = answer;
    return number;
}

int nss_user(uid_t uid, struct passwd *ret, struct buf *buffer, struct err *err)
{
    char what[32];
    snprintf(what, sizeof what, "user %u", uid);
    return ask(by_uid, &uid, ret, buffer, what, err);
}

int nss_user_named(const char *name, struct passwd *ret, struct buf *buffer, struct err *err)
{
    char what[128];
    snprintf(what, sizeof what, "user %s", name);
    return ask(by_user_name, name, ret, buffer, what, err);
}

int nss_group(gid_t gid, struct group *ret, struct buf *buffer, struct err *err)
{
    char what[32];
    snprintf(what, sizeof what, "group %u", gid);
    return ask(by_gid, &gid, ret, buffer, what, err);
}

int nss_group_named(const char *name, struct group *ret, struct buf *buffer, struct err *err)
{
    char what[128];
    snprintf(what, sizeof what, "group %s", name);
    return ask(by_group_name, name, ret, buffer, what, err);
}

int nss_uid(const char *text, uid_t *ret, struct err *err)
{
    autobuf buffer = {0};
    struct passwd user;
    int64_t number;
    int rc = nss_user_named(text, &user, &buffer, err);
    if (rc < 0)
        return rc;
    if (rc == 0 && !text_number(text, 0, UINT32_MAX - 1, &number))
        return err_set(err, ERR_CONFIG, "no such user");
    *ret = rc > 0 ? user.pw_uid : (uid_t)number;
    return 0;
}
