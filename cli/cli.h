/* What the command line asked for: filled once by options, read by every verb. */
#ifndef SIGNET_CLI_CLI_H
#define SIGNET_CLI_CLI_H

#include "base/buf.h"
#include "cli/screen.h"

#include <stdbool.h>
#include <sys/types.h>

enum whose { WHOSE_DEFAULT, WHOSE_USER, WHOSE_DEVICE };

struct cli {
    const char *conf, *store, *run; /* NULL: where they are on an installed machine */
    const char *agent; /* executable to start when no agent listens; NULL: the installed one */
    bool json, verbose;
    bool why;    /* list: which line of the profile decides */
    bool strict; /* check: warnings count as problems */
    enum whose whose;
    uid_t uid;        /* when WHOSE_USER */
    const char *tag;  /* only entries with this scope tag; NULL: all */
    const char *csr;  /* preview: where the request goes; "-": standard output; NULL: nowhere */
    const char *root; /* import: the root of profiles that name none; NULL: none */
    const char *challenge; /* import: their challenge; NULL: none */
    const char *output;    /* import: folder to write to, get-*: file; NULL: it is printed */
    bool force;            /* import: over files that are there, too */
    const char *type;      /* uri: "cert" or "private"; NULL: both */
    const char *profile;   /* the argument; NULL when there is none */
    const char *second;    /* the argument behind it, of verbs that have two */
    const struct buf *pin; /* pin: what was read; NULL: nothing */
    const char *instead;   /* options: the verb that --help or --version stands for */
    struct screen screen;  /* of standard output */
};

enum {
    EXIT_PROBLEMS = 1,
    EXIT_USAGE = 2
}; /* the rest follows from the class of an error: see main.c */

/* 0, or negative with ERR filled; a positive number is an exit status that needs no message. */
typedef int verb_function(const struct cli *cli, struct err *err);

/* Options that not every verb takes. */
enum {
    TAKES_OWNER = 1,
    TAKES_TAG = 2,
    TAKES_TYPE = 4,
    TAKES_STRICT = 8,
    TAKES_CSR = 16,
    TAKES_IMPORT = 32,
    TAKES_WHY = 64,
    TAKES_OUTPUT = 128,
};

struct verb {
    const char *name;
    verb_function *run;
    const char *argument; /* what help calls it; in [brackets]: may be left out; "TWO WORDS": two
                             arguments; NULL: none */
    unsigned takes;       /* TAKES_* */
    const char *help;     /* one line */
};

/* The table of main.c, ended by a row without a name. */
extern const struct verb verbs[];

#endif
