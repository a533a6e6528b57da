/* The sections of conf.d that an import makes. There is one way to write a line, and one to print:
 * whatever a file says, it cannot add a line, a key or a section; and nothing is printed that our
 * own reader does not read back as it was meant. */
#ifndef SIGNET_IMPORT_SECTION_H
#define SIGNET_IMPORT_SECTION_H

#include "import/import.h"
#include "profile/profile.h"

/* More profiles than this are no export of anybody's. */
#define SECTIONS_MAX 1000

struct section_line {
    const char *key; /* of the code's own */
    char *value;
    char *property; /* of the file that was read, for complaints */
    char *remark;   /* behind the value; NULL: none */
    bool off;       /* a comment, for people to complete */
    unsigned number;
};

struct section {
    enum profile_kind kind;
    char name[PROFILE_NAME_MAX + 1]; /* no two sections of an import have the same */
    const char *title;               /* as people know it, borrowed from the file; "" */
    const char *id;                  /* by which others in the file refer to it, borrowed; "" */
    const void *source;              /* of the reader's own */
    struct strings comments;
    struct section_line *lines;
    size_t n;
    struct buf certificate; /* DER, of a root */
    struct buf secret;      /* the challenge, where the file holds it */
    bool refused;           /* a line of the result says why */
};

struct sections {
    struct section *v;
    size_t n;
    const struct import_options *options;
    struct import_result *result; /* lines go here at once, files at the end */
};

void sections_free(struct sections *sections);

/* A section whose name is made of TITLE: small letters, everything else as '-', made unique. The
 * pointer is good until the next call. RESOURCE past SECTIONS_MAX. */
int sections_add(struct sections *sections, enum profile_kind kind, const char *title,
                 const char *id, const void *source, struct section **ret, struct err *err);

/* Adds "KEY = VALUE". A value that cannot stand on a line as it is refuses the section, with a
 * line that names PROPERTY. */
int section_put(struct sections *sections, struct section *section, const char *key,
                const char *property, const char *value, struct err *err);

/* Adds the comment "#KEY = VALUE ; REMARK". Of VALUE control characters and the like become '?'. */
int section_put_off(struct section *section, const char *key, const char *value, const char *remark,
                    struct err *err);

/* Text for people: control characters and line breaks become blanks, what is too long is cut. */
int section_describe(struct sections *sections, struct section *section, const char *property,
                     const char *text, struct err *err);

/* A comment above the section, on one line. */
int section_comment(struct section *section, struct err *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Lines for the person who imports: something was not carried over, or the section is refused. */
int section_note(struct sections *sections, const struct section *section, const char *property,
                 struct err *err, const char *format, ...) __attribute__((format(printf, 5, 6)));
int section_refuse(struct sections *sections, struct section *section, const char *property,
                   struct err *err, const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Completes a SCEP section: its root (NULL: the file tells none, and WHY), and its challenge (WHY:
 * what is said when neither the file nor the options have one; nothing of one that is refused). */
int section_root(struct sections *sections, struct section *section, const char *property,
                 const struct section *root, const char *why, struct err *err);
int section_challenge(struct sections *sections, struct section *section, const char *why,
                      struct err *err);

/* Proves every section, refuses those that fail and those whose root was refused, and adds what
 * stands to the result. CONFIG when none does and nothing was said about why. */
int sections_finish(struct sections *sections, struct err *err);

#endif
