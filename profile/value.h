/* Parsers for the values of keys, each with the signature that the table in keys.c wants: text in,
 * something of the data model out. An error says what is wrong with the value, and marks the part
 * of it that is wrong (err_at()) where that is not the whole; the caller puts file, line and key
 * before it. */
#ifndef SIGNET_PROFILE_VALUE_H
#define SIGNET_PROFILE_VALUE_H

#include "profile/faults.h"
#include "profile/profile.h"

/* The words that a choice allows; ends with a row whose word is NULL. */
struct choice {
    const char *word;
    unsigned value;
};

/* Where a value stands, for those parsers that have to know. */
struct value_place {
    const struct conf_section *section;
    const struct conf_line *line;
    const char *folder;           /* relative file names begin here */
    const struct choice *choices; /* of value_choice() and value_flags() */
    struct strings *warnings;     /* texts without a place */
    struct faults *faults;        /* what is wrong besides the error; NULL: nobody wants it */
};

typedef int value_parser(const struct value_place *place, const char *value, void *target,
                         struct err *err);

value_parser value_text;     /* char *: at most 1024 bytes */
value_parser value_name;     /* char *: text_is_name() */
value_parser value_list;     /* struct strings: words with ',' between them; they may hold blanks.
                                A word that stands twice is there twice */
value_parser value_access;   /* the same, and a bare '@' is refused */
value_parser value_globs;    /* the same, for host names */
value_parser value_choice;   /* unsigned or an enum: one of the choices */
value_parser value_flags;    /* unsigned: the choices named, or-ed; at least one */
value_parser value_number;   /* unsigned: 1 to 65536 */
value_parser value_percent;  /* unsigned: 1 to 99 */
value_parser value_yes;      /* bool: yes or no */
value_parser value_requests; /* unsigned: 1 to 256 */
value_parser value_interval; /* int64_t, seconds: N minutes, hours or days; 5 minutes to 30 days */
value_parser value_limit;    /* in the same way: an hour to 365 days */

/* Calls TAKE for each word of a list with ',' between them, without the blanks around it, also
 * behind one that is wrong. An error is marked as that word's (err_at()). An empty word is CONFIG.
 */
typedef int value_word(const char *word, void *context, struct err *err);
int value_words(const char *value, value_word *take, void *context, struct faults *more,
                struct err *err);

/* A file name for the caller to free: VALUE itself, or below the folder of PLACE. */
int value_path(const struct value_place *place, const char *value, char **ret, struct err *err);

/* "N UNIT" with a unit of the choices, singular or plural: N in ret_count, the choice's value in
 * ret_unit. */
int value_count(const struct choice *units, const char *value, unsigned *ret_count,
                unsigned *ret_unit, struct err *err);

/* Those of SCEP and root profiles (value_profile.c). TARGET is what the name says. */
value_parser value_certificate; /* struct root_profile */
value_parser value_subject;     /* struct scep_profile, like all below */
value_parser value_san;
value_parser value_validity;
value_parser value_eku;
value_parser value_url;
value_parser value_fingerprint;

/* struct assignment: the keys of rule_forms (value_rule.c) */
value_parser value_rule;

/* Those of challenges (value_challenge.c). */
value_parser value_challenge;         /* struct challenge_source */
value_parser value_challenge_auth;    /* enum: a choice; what is none is not repeated */
value_parser value_challenge_user;    /* char *: text of at most 256 bytes */
value_parser value_challenge_secret;  /* char *: file:PATH; the path */
value_parser value_challenge_keytab;  /* char *: a path */
value_parser value_challenge_pattern; /* char *: see pattern_compile() */

/* Those of proxies (value_proxy.c). */
value_parser value_proxy;    /* struct proxy: none, or http://HOST:PORT */
value_parser value_no_proxy; /* struct strings: hosts, domains, addresses */

/* The name that a profile may have for the extended key usage with this OID; NULL when there is
 * none. Static. */
const char *value_eku_name(const char *oid);

#endif
