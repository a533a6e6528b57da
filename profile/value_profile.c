#include "profile/value.h"

#include "base/array.h"
#include "base/fs.h"
#include "profile/root_file.h"
#include "profile/nearest.h"
#include "profile/oid.h"
#include "profile/san.h"
#include "profile/subject.h"
#include "profile/url.h"

#include <ctype.h>
#include <fcntl.h>
#include <string.h>

int value_certificate(const struct value_place *place, const char *value, void *target,
                      struct err *err)
{
    struct root_profile *root = target;
    autofree char *path = NULL;
    autobuf file = {0};
    int rc = value_path(place, value, &path, err);
    if (rc == 0)
        rc = fs_read_trusted(AT_FDCWD, path, ROOT_FILE_MAX, &file, err);
    if (rc < 0 && path && conf_is_denied(AT_FDCWD, path))
        return err_set(err, ERR_DENIED,
                       "%s: Permission denied; a certificate is no secret, and everyone must be "
                       "able to read it (chmod a+r)",
                       path);
    if (rc < 0)
        return rc;
    rc = root_file_decode(buf_text(&file), file.len, &root->der, err);
    if (rc < 0)
        return err_context(err, "%s", path);
    free(root->certificate);
    root->certificate = steal(&path);
    return 0;
}

/* A comment that reads like a part of the subject was meant as one: dropping it would make another
 * name. */
static int check_comment(const char *comment, struct err *err)
{
    for (const char *line = comment; line; line = strchr(line, '\n')) {
        char key[64], oid[64];
        enum name_type type;
        line += strspn(line, " \n");
        size_t len = strcspn(line, "= \n");
        if (line[len + strspn(line + len, " ")] != '=' || len >= sizeof key)
            continue;
        memcpy(key, line, len);
        key[len] = 0;
        if (name_key(key, oid, &type)) {
            err_set(err, ERR_CONFIG,
                    "\" ; %s=\" begins a comment, so this would not be in the subject: write ',', "
                    "or ';' without a blank before it (comments: begin a line with #)",
                    key);
            return err_at(err, line, len);
        }
    }
    return 0;
}

static void subject_free_p(struct subject_template **subject)
{
    if (*subject)
        subject_free(*subject);
    free(*subject);
}

int value_subject(const struct value_place *place, const char *value, void *target, struct err *err)
{
    struct scep_profile *scep = target;
    int rc = check_comment(place->line->comment, err);
    if (rc < 0 || strcmp(value, "none") == 0)
        return rc;
    CLEANUP(subject_free_p) struct subject_template *subject = calloc(1, sizeof *subject);
    if (!subject)
        return err_memory(err);
    rc = subject_parse(value, subject, place->warnings, place->faults, err);
    if (rc == 0)
        scep->subject = steal(&subject);
    return rc;
}

int value_san(const struct value_place *place, const char *value, void *target, struct err *err)
{
    (void)place;
    struct scep_profile *scep = target;
    int rc = array_room(&scep->sans, scep->n_sans, sizeof *scep->sans, err);
    if (rc == 0)
        rc = san_parse(value, &scep->sans[scep->n_sans], err);
    if (rc == 0)
        scep->n_sans++;
    return rc;
}

int value_validity(const struct value_place *place, const char *value, void *target,
                   struct err *err)
{
    static const struct choice units[] = {
        {"days", VALIDITY_DAYS}, {"months", VALIDITY_MONTHS}, {"years", VALIDITY_YEARS}, {0}};
    static const unsigned longest[] = {
        [VALIDITY_DAYS] = 36500, [VALIDITY_MONTHS] = 1200, [VALIDITY_YEARS] = 100};
    (void)place;
    struct scep_profile *scep = target;
    unsigned count, unit;
    int rc = value_count(units, value, &count, &unit, err);
    if (rc < 0)
        return rc;
    if (count > longest[unit])
        return err_set(err, ERR_CONFIG, "%s is longer than 100 years", value);
    scep->validity = count;
    scep->validity_unit = (enum validity_unit)unit;
    return 0;
}

/* Names for what RFC 5280 section 4.2.1.12 and users of certificates define. */
static const struct {
    const char *name, *oid;
} ekus[] = {
    {"client-auth", "1.3.6.1.5.5.7.3.2"},
    {"server-auth", "1.3.6.1.5.5.7.3.1"},
    {"email-protection", "1.3.6.1.5.5.7.3.4"},
    {"code-signing", "1.3.6.1.5.5.7.3.3"},
    {"time-stamping", "1.3.6.1.5.5.7.3.8"},
    {"ocsp-signing", "1.3.6.1.5.5.7.3.9"},
    {"eap-over-ppp", "1.3.6.1.5.5.7.3.13"},
    {"eap-over-lan", "1.3.6.1.5.5.7.3.14"},
    {"ipsec-ike", "1.3.6.1.5.5.7.3.17"},
    {"ssh-client", "1.3.6.1.5.5.7.3.21"},
    {"pkinit-client", "1.3.6.1.5.2.3.4"},
    {"smart-card-logon", "1.3.6.1.4.1.311.20.2.2"},
    {"any", "2.5.29.37.0"},
};

const char *value_eku_name(const char *oid)
{
    for (size_t i = 0; i < LENGTH(ekus); i++)
        if (strcmp(ekus[i].oid, oid) == 0)
            return ekus[i].name;
    return NULL;
}

static int add_eku(const char *word, void *context, struct err *err)
{
    struct strings *ret = context;
    struct nearest nearest = {.word = word, .len = strlen(word)};
    const char *oid = oid_valid(word) ? word : NULL;
    for (size_t i = 0; i < LENGTH(ekus) && !oid; i++) {
        nearest_offer(&nearest, ekus[i].name);
        if (strcmp(word, ekus[i].name) == 0)
            oid = ekus[i].oid;
    }
    if (!oid && strcmp(word, "none") == 0)
        return err_set(err, ERR_CONFIG, "none stands alone");
    if (!oid)
        return err_set(err, ERR_CONFIG, "%.100s is neither a known usage nor a dotted OID%s", word,
                       nearest_hint(&nearest));
    return strings_add(ret, oid, err);
}

int value_eku(const struct value_place *place, const char *value, void *target, struct err *err)
{
    struct scep_profile *scep = target;
    size_t lines = 0;
    bool none = strcmp(value, "none") == 0;
    for (size_t i = 0; none && i < place->section->n; i++)
        lines += strcmp(place->section->lines[i].key, place->line->key) == 0;
    return lines == 1 ? 0 : value_words(value, add_eku, &scep->ekus, place->faults, err);
}

int value_url(const struct value_place *place, const char *value, void *target, struct err *err)
{
    (void)place;
    struct scep_profile *scep = target;
    const struct url_fault fault = url_fault(value);
    if (fault.text) { /* what stands before an '@' is not repeated */
        err_set(err, ERR_CONFIG, "%.200s %s", strchr(value, '@') ? "the address" : value,
                fault.text);
        return err_at(err, fault.at, fault.len);
    }
    return strings_add(&scep->urls, value, err);
}

#define FINGERPRINT_DIGITS 64 /* of SHA-256 */

/* The hex digits of VALUE, lower-case; colons and blanks between them are how tools print it. False
 * when anything else stands there. */
static bool take_digits(const char *value, char ret[FINGERPRINT_DIGITS + 1], size_t *ret_n)
{
    *ret_n = 0;
    for (const char *at = value; *at; at++) {
        if (*at == ':' || *at == ' ')
            continue;
        if (!isxdigit((unsigned char)*at))
            return false;
        if (*ret_n < FINGERPRINT_DIGITS)
            ret[*ret_n] = (char)tolower((unsigned char)*at);
        ++*ret_n;
    }
    ret[*ret_n < FINGERPRINT_DIGITS ? *ret_n : FINGERPRINT_DIGITS] = 0;
    return true;
}

/* By which hash it was made, when it is another one's; NULL: no fingerprint is as long. */
static const char *other_hash(size_t digits)
{
    return digits == 40 ? "SHA-1" : digits == 32 ? "MD5" : NULL;
}

int value_fingerprint(const struct value_place *place, const char *value, void *target,
                      struct err *err)
{
    (void)place;
    struct scep_profile *scep = target;
    char digits[FINGERPRINT_DIGITS + 1];
    size_t n;
    bool hex = take_digits(value, digits, &n);
    if (hex && other_hash(n))
        return err_set(err, ERR_CONFIG,
                       "%.100s has %zu hex digits: it looks like %s; give the SHA-256 fingerprint, "
                       "as \"openssl x509 -noout -fingerprint -sha256\" prints it",
                       value, n, other_hash(n));
    if (!hex || n != FINGERPRINT_DIGITS)
        return err_set(
            err, ERR_CONFIG,
            "%.100s is no SHA-256 fingerprint of 64 hex digits, as \"openssl x509 -noout "
            "-fingerprint -sha256\" prints it",
            value);
    return strings_contain(&scep->ca_fingerprints, digits)
               ? 0
               : strings_add(&scep->ca_fingerprints, digits, err);
}
