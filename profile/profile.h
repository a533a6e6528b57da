/* The data model: every profile that conf.d describes, validated. */
#ifndef SIGNET_PROFILE_PROFILE_H
#define SIGNET_PROFILE_PROFILE_H

#include "profile/assignment.h"
#include "profile/attribute.h"
#include "profile/challenge.h"
#include "profile/conf.h"
#include "profile/proxy.h"
#include "profile/request.h"
#include "profile/settings.h"

/* text_is_name(). Also the PKCS#11 label of its objects. */
#define PROFILE_NAME_MAX TEXT_NAME_MAX

enum profile_kind { PROFILE_TRUSTED_ROOT, PROFILE_SCEP };
enum profile_type { TYPE_USER, TYPE_DEVICE };
enum subject_order { ORDER_REVERSED, ORDER_FORWARD }; /* encoded as Windows does, or as written */
enum root_store { ROOT_SYSTEM, ROOT_SIGNET, ROOT_INTERMEDIATE };
enum key_storage { STORAGE_TPM_OR_SOFTWARE, STORAGE_TPM, STORAGE_TPM_PIN, STORAGE_SOFTWARE };
enum mismatch { MISMATCH_WARN, MISMATCH_REJECT };

/* The certificate's form is known, and that it claims to be a CA. Whether it is one, and whether it
 * verifies a server's CA, is for those to check who have a cryptographic library. */
struct root_profile {
    char *certificate; /* path of the file that conf.d named */
    struct buf der;    /* what it held, as DER: exactly one certificate */
    enum root_store store;
};

/* Who approves requests by hand may be away for a holiday of two weeks; what nobody has decided by
 * then was overlooked, or its server does not know it any more. */
#define SCEP_POLL_LIMIT (14 * 24 * 60 * 60)

struct subject_template; /* profile/subject.h */
struct san_template;     /* profile/san.h */

/* What is not set has the value that managements commonly give it: type user, key-usage both (EC:
 * digital-signature only, RFC 8813 section 3), key-type rsa, key-size 2048 (EC: 256), hash sha256,
 * renewal-threshold 20, poll-limit SCEP_POLL_LIMIT, key-storage tpm-or-software, eku client-auth
 * (`eku = none` asks for none), validity: the server's, challenge-auth none (ndes: negotiate),
 * minimum-crypto des3-sha1. subject, root and url must be set. */
struct scep_profile {
    enum profile_type type;
    struct subject_template *subject; /* NULL: an empty subject was asked for */
    enum subject_order subject_order;
    struct san_template *sans;
    size_t n_sans;
    enum validity_unit validity_unit;
    unsigned validity;
    enum key_storage key_storage;
    unsigned key_usage;
    enum key_type key_type;
    unsigned key_size;
    enum hash hash;
    char *root; /* name of the trusted-root profile */
    struct strings ekus;
    unsigned renewal_threshold; /* percent of the lifetime that is left when renewal starts, 1-99 */
    int64_t poll_interval;      /* seconds; 0 when not set: slower and slower */
    int64_t poll_limit;         /* seconds, after which a pending request is given up */
    struct strings urls;
    struct proxy proxy;
    char *tls_certificate; /* name of the SCEP profile whose certificate is shown to a server
                              that wants one, of the device or of the same owner; NULL: none */
    char *ca_ident;        /* NULL when not set */
    struct strings ca_fingerprints; /* SHA-256, lower-case hex without colons */
    enum minimum_crypto minimum_crypto;
    bool accept_des;           /* answers that are encrypted with single DES are opened */
    enum mismatch on_mismatch; /* what a certificate that is not as asked for comes to */
    struct challenge_source challenge;
    struct strings key_access; /* user names and @groups */
};

struct profile {
    enum profile_kind kind;
    char name[PROFILE_NAME_MAX + 1];
    char *file;
    unsigned line;
    char *description; /* "" when not set */
    struct strings scope_tags;
    struct assignment assignment;
    union {
        struct root_profile root;
        struct scep_profile scep;
    };
};

/* A section that is no profile, because it has a fault. */
struct faulty_profile {
    enum profile_kind kind;
    char name[PROFILE_NAME_MAX + 1];
    char *file;
    unsigned line;
    bool rootless; /* for no other reason than that its trusted root is not there */
    char *problem; /* the first of its problems */
};

/* All of conf.d and signet.conf, sorted by kind and name. `problems` has every fault, sorted by
 * file and line, and so has `warnings`; profiles with a fault are not in the list, and `complete`
 * is false then: nothing may be removed on the strength of such a set. */
struct profile_set {
    struct profile *v;
    size_t n;
    struct faulty_profile *faulty; /* in no order */
    size_t n_faulty;
    struct problems problems, warnings;
    struct settings settings;
    bool complete;
    bool denied; /* not complete, and for one for want of our rights to read it: who has more may
                    find more profiles */
};

/* "trusted-root", "scep": the first word of a section's head. */
const char *profile_kind_name(enum profile_kind kind);

void profile_set_free(struct profile_set *set);
void profile_free(struct profile *profile);

/* By kind, then by name. */
int profile_compare(const struct profile *a, const struct profile *b);

/* By kind and name; NULL when there is none. */
const struct profile *profile_find(const struct profile_set *set, enum profile_kind kind,
                                   const char *name);

/* How many others a SCEP profile's certificate for TLS rests upon, one upon the other: those come
 * first. */
unsigned profile_depth(const struct profile_set *set, const struct profile *profile);

/* CONFIG, for a NAME that nothing of the kinds KINDS (1u << PROFILE_..., or-ed) has: names the
 * nearest that there is, and says when there may be others. */
int profile_unknown(const struct profile_set *set, unsigned kinds, const char *name,
                    struct err *err);

/* Why this profile is not in the set; NULL when no readable file names it. */
const struct faulty_profile *profile_find_faulty(const struct profile_set *set,
                                                 enum profile_kind kind, const char *name);

/* Reads CONF/signet.conf and CONF/conf.d/ *.conf, or, when CONF is NULL, the machine's:
 * /etc/signet, /run/signet/conf.d, /usr/lib/signet/conf.d. Relative file names in profiles are
 * relative to the folder CONF (or /etc/signet). Fails only for want of memory or when CONF is no
 * folder. */
int profile_load(const char *conf, struct profile_set *ret, struct err *err);

/* Replaces every variable: the request that this profile makes for these attributes. A variable
 * without a value is CONFIG and names the variable and where it was looked for. */
int profile_request(const struct profile *profile, struct attributes *attributes,
                    struct request *ret, struct err *err);

/* Appends a canonical text of all that, when edited, calls for a new certificate (subject, SANs,
 * key, usage, EKU, validity, URLs, root, hash). Two requests with equal text are the same wish. */
int profile_wish(const struct profile *profile, const struct request *request, struct buf *ret,
                 struct err *err);

/* Appends the challenge that is written down, read now; nothing when there is none. For the kinds
 * CHALLENGE_NONE, _STATIC and _FILE only. */
int profile_challenge(const struct profile *profile, struct buf *ret, struct err *err);

#endif
