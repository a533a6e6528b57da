/* The conf.d reader: files in, sections of key = value lines out, each line with where it stands.
 *
 * Our own and not libinih: Debian's build of it cuts lines at 200 bytes (subjects and URLs are
 * longer), has no line numbers, and cannot tell a continued line from a repeated key. */
#ifndef SIGNET_PROFILE_CONF_H
#define SIGNET_PROFILE_CONF_H

#include "profile/problem.h"

#define CONF_FILE_MAX (1024u * 1024)

/* Lines are UTF-8; a tab counts as a blank; CR before LF and a byte order mark are passed over. A
 * line whose first character, blanks aside, is '#' or ';' is a comment. In a value, blank, ';',
 * blank (or the end) begins a comment, outside of double quotes that are closed on the same line. A
 * line that begins with a blank continues the value above it; an empty line ends the value. */
struct conf_line {
    unsigned number; /* of the key, which begins in the first column */
    char *key;
    char *value;   /* continued lines joined by '\n', each without blanks at its ends */
    char *comment; /* what a ';' after a blank cut off, NULL for nothing: a subject wants to know */
    struct conf_piece *pieces;
    size_t n_pieces;
};

/* What one line of the file gave to a value, or to its comment: the text from OFFSET on. */
struct conf_piece {
    size_t offset;
    unsigned line, column;
    bool comment;
};

struct conf_section {
    char *kind; /* "scep" of [scep contoso-user] */
    char *name; /* "contoso-user": all behind the kind; "" when there is none */
    char *file; /* full path */
    unsigned number;
    unsigned length; /* of its head, which begins in the first column */
    bool secret;     /* others cannot read the file: static: challenges may stand in it */
    bool damaged;    /* a line of the file cannot be read: to be judged, but not used */
    struct conf_line *lines;
    size_t n;
};

struct conf {
    struct conf_section *sections;
    size_t n;
    struct problems problems;
    bool denied; /* a file or folder is there that we have not the rights to read */
};

/* Is PATH there, and may we not read it? */
bool conf_is_denied(int at, const char *path);

void conf_free(struct conf *conf);

/* Where in the file LEN bytes stand that begin at AT, in the line's key, value or comment; of
 * several lines the part that is on the first. With an AT from anywhere else, NULL for instance:
 * the value, or the key when there is no value. */
struct span conf_span(const struct conf_line *line, const char *at, size_t len);

/* The key's place. */
struct span conf_key_span(const struct conf_line *line);

/* Its head's place. */
struct span conf_section_span(const struct conf_section *section);

/* Reads DIR/NAME.conf of all directories, in order of NAME; a NAME in an earlier directory hides
 * the same in later ones (an empty file there masks it). A directory that is missing is empty.
 * Files that are not trusted (see fs_read_trusted) become problems; so do lines that cannot be
 * read, and all sections of their file are damaged. Fails only for want of memory. */
int conf_read_dirs(const struct strings *dirs, struct conf *ret, struct err *err);

/* Reads one file, under the same rules. One that is missing is empty. */
int conf_read_file(const char *path, struct conf *ret, struct err *err);

/* Parses one file's TEXT; PATH is for problems. Appends to RET. */
int conf_parse(const char *path, const char *text, size_t len, struct conf *ret, struct err *err);

#endif
