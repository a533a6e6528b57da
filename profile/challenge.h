/* Where a SCEP profile's challenge comes from. Those that no program and no network is needed for
 * are read here; the others are the agent's affair. */
#ifndef SIGNET_PROFILE_CHALLENGE_H
#define SIGNET_PROFILE_CHALLENGE_H

#include "base/buf.h"

#define CHALLENGE_MAX 255 /* ub-challengePassword (PKCS#9, RFC 2985 appendix A) */

enum challenge_kind {
    CHALLENGE_NONE,
    CHALLENGE_STATIC,
    CHALLENGE_FILE,
    CHALLENGE_COMMAND,
    CHALLENGE_NDES,
    CHALLENGE_WEBHOOK,
};

/* How a server is told who asks. */
enum challenge_auth {
    AUTH_NONE,
    AUTH_NEGOTIATE, /* Kerberos, with a keytab (RFC 4559) */
    AUTH_NTLM,
    AUTH_BASIC,  /* RFC 7617 */
    AUTH_BEARER, /* a token (RFC 6750) */
};

struct challenge_source {
    enum challenge_kind kind;
    struct buf text; /* the secret itself, a file's path, a command line, or a URL */
    enum challenge_auth auth;
    char *user;    /* NULL when not set, like the rest: DOMAIN\user or user@REALM */
    char *secret;  /* path of the file with the password or token */
    char *keytab;  /* path */
    char *pattern; /* pattern_compile(): finds the password on a page in another language */
};

/* "none", "static", "file", "command", "ndes", "webhook". */
const char *challenge_kind_name(enum challenge_kind kind);

void challenge_source_free(struct challenge_source *source);

/* Appends the one line of a file that others may not read. No error repeats any of it. */
int challenge_read_file(const char *path, struct buf *ret, struct err *err);

/* 0 when TEXT can be a challenge: 1 to CHALLENGE_MAX bytes of text. The error does not repeat it.
 */
int challenge_check(const struct buf *text, struct err *err);

#endif
