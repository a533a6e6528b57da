/* One table of every key that a section can have: kinds of section, name, parser, target. */
#ifndef SIGNET_PROFILE_KEYS_H
#define SIGNET_PROFILE_KEYS_H

#include "profile/profile.h"

enum section_kind { SECTION_TRUSTED_ROOT = 1, SECTION_SCEP = 2, SECTION_AGENT = 4 };

/* The rows of the table, at most. */
#define KEYS_MAX 48

/* On which line each key was seen, 0: not at all. */
struct keys_seen {
    unsigned line[KEYS_MAX];
};

/* Reads every line of SECTION into TARGET, a struct profile (or, for SECTION_AGENT, a struct
 * settings) that already holds its defaults. Faults go to `problems` (unknown keys with the nearest
 * known one, keys that stand twice, keys that are missing, values that do not parse), slips to
 * `warnings`; both as "FILE:LINE: key: text". FOLDER is where relative file names begin. Fails only
 * for want of memory. */
struct keys_reading {
    const struct conf_section *section;
    const char *folder;
    struct strings *problems, *warnings;
    struct keys_seen seen; /* filled */
};

int keys_read(struct keys_reading *reading, enum section_kind kind, void *target, struct err *err);

/* The line of a key, 0 when it does not stand in the section. */
unsigned keys_line(const struct keys_reading *reading, const char *name);

/* The word that stands for VALUE of a key with a choice of words: keys_word("hash", HASH_SHA256) is
 * "sha256". Of a key with flags: the word of that one flag. NULL when there is none. Static. */
const char *keys_word(const char *name, unsigned value);

/* A problem, or a warning, at a key's line; at the section's when the key is not there. */
int keys_problem(struct keys_reading *reading, const char *key, struct err *err, const char *format,
                 ...) __attribute__((format(printf, 4, 5)));
int keys_warning(struct keys_reading *reading, const char *key, struct err *err, const char *format,
                 ...) __attribute__((format(printf, 4, 5)));

#endif
