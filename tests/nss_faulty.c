/* A service of NSS that does not answer: what "faulty" stands for in nsswitch.conf. */
#include <errno.h>
#include <grp.h>
#include <nss.h>
#include <pwd.h>

#pragma GCC visibility push(default)

#define UNAVAILABLE(function, key, entry)                                                          \
    enum nss_status function(key, entry *ret, char *memory, size_t size, int *number);             \
    enum nss_status function(key, entry *ret, char *memory, size_t size, int *number)              \
    {                                                                                              \
        (void)what, (void)ret, (void)memory, (void)size;                                           \
        *number = ECONNREFUSED;                                                                    \
        return NSS_STATUS_UNAVAIL;                                                                 \
    }

UNAVAILABLE(_nss_faulty_getpwuid_r, uid_t what, struct passwd)
UNAVAILABLE(_nss_faulty_getpwnam_r, const char *what, struct passwd)
UNAVAILABLE(_nss_faulty_getgrgid_r, gid_t what, struct group)
UNAVAILABLE(_nss_faulty_getgrnam_r, const char *what, struct group)
