/* One table of every key that a section can have: kinds of section, name, parser, target. */
#ifndef SIGNET_PROFILE_KEYS_H
#define SIGNET_PROFILE_KEYS_H

#include "profile/profile.h"

enum section_kind { SECTION_TRUSTED_ROOT = 1, SECTION_SCEP = 2, SECTION_AGENT = 4 };

/* The rows of the table, at most. */
#define KEYS_MAX 64

/* The line on which each key was seen first, NULL: not at all. */
struct keys_seen {
    const struct conf_line *line[KEYS_MAX];
};

/* The key of row INDEX of the table, and the kinds of section that have it, or-ed; NULL behind the
 * last row. */
const char *keys_name(size_t index, unsigned *ret_sections);

/* Reads every line of SECTION into TARGET, a struct profile (or, for SECTION_AGENT, a struct
 * settings) that already holds its defaults. Faults go to `problems` (unknown keys with the nearest
 * known one, keys that stand twice, keys that are missing, values that do not parse), slips to
 * `warnings`; both as "FILE:LINE: key: text", with the place. FOLDER is where relative file names
 * begin. Fails only for want of memory. */
struct keys_reading {
    const struct conf_section *section;
    const char *folder;
    const struct settings *settings; /* of variables; NULL: none */
    struct problems *problems, *warnings;
    struct keys_seen seen; /* filled */
};

int keys_read(struct keys_reading *reading, enum section_kind kind, void *target, struct err *err);

/* The first line of a key, NULL when it does not stand in the section. Keys of one name in two
 * kinds of section are two rows, of which a section has one. */
const struct conf_line *keys_line(const struct keys_reading *reading, const char *name);

/* Where its value stands; the section's head when the key is not there. */
struct span keys_span(const struct keys_reading *reading, const char *name);

/* The word that stands for VALUE of a key with a choice of words: keys_word("hash", HASH_SHA256) is
 * "sha256". Of a key with flags: the word of that one flag. NULL when there is none. Static. */
const char *keys_word(const char *name, unsigned value);

/* A problem, or a warning, at a key's value (see keys_span()). */
int keys_problem(struct keys_reading *reading, const char *key, struct err *err, const char *format,
                 ...) __attribute__((format(printf, 4, 5)));
int keys_warning(struct keys_reading *reading, const char *key, struct err *err, const char *format,
                 ...) __attribute__((format(printf, 4, 5)));

/* A problem with LEN bytes at AT of a line's value. */
int keys_problem_at(struct keys_reading *reading, const struct conf_line *line, const char *at,
                    size_t len, struct err *err, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

#endif
