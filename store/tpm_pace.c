#include "store/tpm_pace.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "store/tpm.h"
#include "store/tpm_pin.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Common TPMs forgive one every two hours, and lock after thirty. */
#define HEAL_SECONDS 7200
#define LOCK_MS      10000 /* another program of this user has its PIN tried */
#define NAP_MS       20    /* see fs_lock() for why this is no sleep until woken */

static const char *path;

int64_t tpm_pace_wait(const struct tpm_pace *pace, int64_t now)
{
    static const int64_t pauses[] = {0, 0, 0, 60, 300, 1800, HEAL_SECONDS};
    int64_t pause = pauses[pace->wrong < LENGTH(pauses) ? pace->wrong : LENGTH(pauses) - 1];
    /* A file that has outlived the start of the machine: we cannot tell how long ago it was. */
    int64_t since = pace->last > now ? 0 : now - pace->last;
    return since < pause ? pause - since : 0;
}

struct tpm_pace tpm_pace_after(const struct tpm_pace *pace, int64_t now)
{
    uint64_t healed = pace->last < now ? (uint64_t)(now - pace->last) / HEAL_SECONDS : 0;
    return (struct tpm_pace){.last = now,
                             .wrong = (healed < pace->wrong ? pace->wrong - healed : 0) + 1};
}

void tpm_pace_keep(const char *where)
{
    path = where;
}

static int cannot_count(struct err *err)
{
    return err_set(err, ERR_CONFIG,
                   "%s: %s; wrong PINs are counted there, and without it none is tried: run "
                   "\"systemd-tmpfiles --create\", and restart signet-agent and signet-keyd",
                   path ? path : TPM_PACE_FILE, strerror(errno));
}

int tpm_pace_make(const char *store, struct err *err)
{
    struct stat st;
    autoclose int fd =
        open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);
    if (fd < 0 || geteuid() != 0)
        return 0;
    if (stat(store, &st) < 0 || fchown(fd, st.st_uid, st.st_gid) < 0)
        return err_errno(err, "%s: give it to the owner of %s", path, store);
    return 0;
}

/* On a clock that goes on while the machine sleeps. */
static int64_t seconds_since_start(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_BOOTTIME, &ts);
    return (int64_t)ts.tv_sec;
}

_Static_assert(sizeof(off_t) > sizeof(uid_t), "two users would share a place");

/* Every user has a place of his own in the file, which has holes where nobody was wrong. */
static off_t place_of(uid_t user)
{
    return (off_t)user * (off_t)sizeof(struct tpm_pace);
}

static int lock_place(int fd, uid_t user, struct err *err)
{
    struct flock lock = {.l_type = F_WRLCK,
                         .l_whence = SEEK_SET,
                         .l_start = place_of(user),
                         .l_len = sizeof(struct tpm_pace)};
    deadline until = deadline_in(LOCK_MS);
    while (fcntl(fd, F_OFD_SETLK, &lock) < 0) {
        if (errno != EAGAIN && errno != EACCES && errno != EINTR)
            return err_errno(err, "%s", path);
        if (deadline_left(until) == 0)
            return err_set(err, ERR_RETRY, "another program has a PIN tried; try again later");
        poll(NULL, 0, NAP_MS);
    }
    return 0;
}

static int read_place(int fd, uid_t user, struct tpm_pace *ret, struct err *err)
{
    struct tpm_pace pace = {0};
    ssize_t n = pread(fd, &pace, sizeof pace, place_of(user));
    if (n < 0)
        return err_errno(err, "%s", path);
    *ret = n == sizeof pace && pace.last > 0 ? pace : (struct tpm_pace){0};
    return 0;
}

static int write_place(int fd, uid_t user, const struct tpm_pace *pace, struct err *err)
{
    errno = EIO;
    return pwrite(fd, pace, sizeof *pace, place_of(user)) == sizeof *pace
               ? 0
               : err_errno(err, "%s", path);
}

/* Counted before it is tried: what ends this process in between makes no try that nobody counted.
 */
static int try_counted(int fd, EVP_PKEY *key, uid_t user, const struct tpm_pace *before,
                       enum pin_verdict *ret, struct err *err)
{
    const struct tpm_pace after = tpm_pace_after(before, seconds_since_start());
    enum pin_verdict verdict = 0;
    int rc = write_place(fd, user, &after, err);
    if (rc < 0)
        return rc;
    rc = tpm_pin_try(key, &verdict, err);
    /* One too many is all that this can leave. */
    if (verdict != PIN_WRONG)
        write_place(fd, user, before, NULL);
    if (rc == 0)
        *ret = verdict;
    return rc;
}

/* What the TPM itself can take, whoever has used it up. One that does not tell is left to the pace.
 */
static int64_t wait_for_room(void)
{
    struct tpm_room room;
    return tpm_room(&room, NULL) == 1 ? tpm_room_wait(&room) : 0;
}

int tpm_pace_try(EVP_PKEY *key, uid_t user, enum pin_verdict *ret, int64_t *ret_wait,
                 struct err *err)
{
    struct tpm_pace pace = {0};
    errno = ENOENT;
    autoclose int fd =
        path ? open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY) : -1;
    if (fd < 0)
        return cannot_count(err);
    int rc = lock_place(fd, user, err);
    if (rc == 0)
        rc = read_place(fd, user, &pace, err);
    if (rc < 0)
        return rc;
    int64_t wait = tpm_pace_wait(&pace, seconds_since_start());
    if (wait == 0)
        wait = wait_for_room();
    if (wait == 0)
        return try_counted(fd, key, user, &pace, ret, err);
    *ret = PIN_PAUSED;
    *ret_wait = wait;
    return 0;
}
