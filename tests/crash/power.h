/* What of a folder would be there after a power cut: only what was fsynced is sure to be. */
#ifndef SIGNET_TESTS_CRASH_POWER_H
#define SIGNET_TESTS_CRASH_POWER_H

/* A file system may write more than it was told to, in any order. These are the two ends. */
enum power_cut {
    CUT_LAZY,  /* names and contents are those of their last fsync */
    CUT_EAGER, /* names are on the disk at once, contents only when they were fsynced: how files of
                  no bytes come about */
};

struct power;

/* All that is in ROOT now is on the disk. */
struct power *power_on(const char *root);
void power_free(struct power *power);

/* FD, a file or folder, is being fsynced. */
void power_sync(struct power *power, int fd);

/* All that is in ROOT is. */
void power_sync_all(struct power *power);

/* Makes TO, which must not exist: the folder as it is after a power cut now. */
void power_cut(const struct power *power, enum power_cut cut, const char *to);

#endif
