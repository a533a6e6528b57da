#include "profile/keys.h"

#include "profile/nearest.h"
#include "profile/problem.h"
#include "profile/value.h"

#include <stdio.h>
#include <string.h>

static const struct choice stores[] = {{"system", ROOT_SYSTEM, false},
                                       {"signet", ROOT_SIGNET, false},
                                       {"intermediate", ROOT_INTERMEDIATE, false},
                                       {0}};
static const struct choice types[] = {
    {"user", TYPE_USER, false}, {"device", TYPE_DEVICE, false}, {0}};
static const struct choice orders[] = {
    {"reversed", ORDER_REVERSED, false}, {"forward", ORDER_FORWARD, false}, {0}};
static const struct choice storages[] = {{"tpm-or-software", STORAGE_TPM_OR_SOFTWARE, false},
                                         {"tpm", STORAGE_TPM, true},
                                         {"tpm-pin", STORAGE_TPM_PIN, true},
                                         {"software", STORAGE_SOFTWARE, false},
                                         {0}};
static const struct choice usages[] = {{"digital-signature", USAGE_DIGITAL_SIGNATURE, false},
                                       {"key-encipherment", USAGE_KEY_ENCIPHERMENT, false},
                                       {0}};
static const struct choice key_types[] = {{"rsa", KEY_RSA, false}, {"ec", KEY_EC, false}, {0}};
static const struct choice hashes[] = {{"sha1", HASH_SHA1, false},
                                       {"sha256", HASH_SHA256, false},
                                       {"sha384", HASH_SHA384, false},
                                       {"sha512", HASH_SHA512, false},
                                       {0}};
static const struct choice auths[] = {
    {"none", AUTH_NONE, false},   {"negotiate", AUTH_NEGOTIATE, false}, {"ntlm", AUTH_NTLM, false},
    {"basic", AUTH_BASIC, false}, {"bearer", AUTH_BEARER, false},       {0}};
static const struct choice mismatches[] = {
    {"warn", MISMATCH_WARN, false}, {"reject", MISMATCH_REJECT, false}, {0}};

enum { REQUIRED = 1, REPEATED = 2, LINES = 4 /* its line breaks mean something */ };

struct key {
    unsigned sections;
    const char *name;
    value_parser *parse;
    size_t target; /* offset in struct profile or struct settings */
    const struct choice *choices;
    unsigned flags;
};

#define ROOT  SECTION_TRUSTED_ROOT
#define SCEP  SECTION_SCEP
#define AT(m) offsetof(struct profile, m)

static const struct key keys[] = {
    {ROOT | SCEP, "description", value_text, AT(description), NULL, 0},
    {ROOT | SCEP, "scope-tags", value_list, AT(scope_tags), NULL, REPEATED},
    {ROOT | SCEP, "assign-users", value_list, AT(assignment.users), NULL, REPEATED},
    {ROOT | SCEP, "assign-groups", value_list, AT(assignment.groups), NULL, REPEATED},
    {ROOT | SCEP, "assign-hosts", value_globs, AT(assignment.hosts), NULL, REPEATED},
    {ROOT | SCEP, "exclude-users", value_list, AT(assignment.not_users), NULL, REPEATED},
    {ROOT | SCEP, "exclude-groups", value_list, AT(assignment.not_groups), NULL, REPEATED},
    {ROOT | SCEP, "exclude-hosts", value_globs, AT(assignment.not_hosts), NULL, REPEATED},
    {ROOT | SCEP, "applies-to", value_applies, 0, NULL, REPEATED},
    {ROOT | SCEP, "not-applies-to", value_applies, 0, NULL, REPEATED},

    {ROOT, "certificate", value_certificate, AT(root), NULL, REQUIRED},
    {ROOT, "store", value_choice, AT(root.store), stores, 0},

    {SCEP, "type", value_choice, AT(scep.type), types, 0},
    {SCEP, "subject", value_subject, AT(scep), NULL, REQUIRED | LINES},
    {SCEP, "subject-order", value_choice, AT(scep.subject_order), orders, 0},
    {SCEP, "san", value_san, AT(scep), NULL, REPEATED},
    {SCEP, "validity", value_validity, AT(scep), NULL, 0},
    {SCEP, "key-storage", value_choice, AT(scep.key_storage), storages, 0},
    {SCEP, "key-usage", value_flags, AT(scep.key_usage), usages, 0},
    {SCEP, "key-type", value_choice, AT(scep.key_type), key_types, 0},
    {SCEP, "key-size", value_number, AT(scep.key_size), NULL, 0},
    {SCEP, "hash", value_choice, AT(scep.hash), hashes, 0},
    {SCEP, "root", value_text, AT(scep.root), NULL, REQUIRED},
    {SCEP, "eku", value_eku, AT(scep), NULL, REPEATED},
    {SCEP, "renewal-threshold", value_percent, AT(scep.renewal_threshold), NULL, 0},
    {SCEP, "url", value_url, AT(scep), NULL, REQUIRED | REPEATED},
    {SCEP, "on-mismatch", value_choice, AT(scep.on_mismatch), mismatches, 0},
    {SCEP, "ca-ident", value_text, AT(scep.ca_ident), NULL, 0},
    {SCEP, "challenge", value_challenge, AT(scep.challenge), NULL, 0},
    {SCEP, "challenge-auth", value_choice, AT(scep.challenge.auth), auths, 0},
    {SCEP, "challenge-user", value_challenge_user, AT(scep.challenge.user), NULL, 0},
    {SCEP, "challenge-secret", value_challenge_secret, AT(scep.challenge.secret), NULL, 0},
    {SCEP, "challenge-keytab", value_challenge_keytab, AT(scep.challenge.keytab), NULL, 0},
    {SCEP, "challenge-pattern", value_challenge_pattern, AT(scep.challenge.pattern), NULL, 0},
    {SCEP, "key-access", value_access, AT(scep.key_access), NULL, REPEATED},

    {SECTION_AGENT, "interval", value_interval, offsetof(struct settings, interval), NULL, 0},
};
_Static_assert(LENGTH(keys) <= KEYS_MAX, "KEYS_MAX");

static const struct key *find_key(unsigned kind, const char *name)
{
    for (size_t i = 0; i < LENGTH(keys); i++)
        if (keys[i].sections & kind && strcmp(keys[i].name, name) == 0)
            return &keys[i];
    return NULL;
}

static int add_line(struct keys_reading *r, struct strings *list, const char *key, struct err *err,
                    const char *format, va_list ap)
{
    char text[ERR_TEXT_MAX];
    unsigned line = keys_line(r, key);
    vsnprintf(text, sizeof text, format, ap);
    return problem_add(list, r->section->file, line ? line : r->section->number, err, "%s: %s", key,
                       text);
}

int keys_problem(struct keys_reading *reading, const char *key, struct err *err, const char *format,
                 ...)
{
    va_list ap;
    va_start(ap, format);
    int rc = add_line(reading, reading->problems, key, err, format, ap);
    va_end(ap);
    return rc;
}

int keys_warning(struct keys_reading *reading, const char *key, struct err *err, const char *format,
                 ...)
{
    va_list ap;
    va_start(ap, format);
    int rc = add_line(reading, reading->warnings, key, err, format, ap);
    va_end(ap);
    return rc;
}

unsigned keys_line(const struct keys_reading *reading, const char *name)
{
    for (size_t i = 0; i < LENGTH(keys); i++)
        if (strcmp(keys[i].name, name) == 0)
            return reading->seen.line[i];
    return 0;
}

static int unknown(struct keys_reading *r, unsigned kind, const struct conf_line *line,
                   struct err *err)
{
    struct nearest nearest = {.word = line->key, .len = strlen(line->key)};
    for (size_t i = 0; i < LENGTH(keys); i++)
        if (keys[i].sections & kind)
            nearest_offer(&nearest, keys[i].name);
    return problem_add(r->problems, r->section->file, line->number, err, "%.100s: no key of [%s]%s",
                       line->key, r->section->kind, nearest_hint(&nearest));
}

/* Line breaks become blanks. An indented KEY = VALUE, [section] or challenge would silently become
 * a part of the value above it: returns the line that looks like one, NULL when all is well. */
static char *flatten(unsigned kind, char *value)
{
    for (char *eol = strchr(value, '\n'); eol; eol = strchr(eol, '\n')) {
        char name[64];
        *eol++ = ' ';
        size_t len = strcspn(eol, " =\n");
        bool assigns = eol[len + strspn(eol + len, " ")] == '=' && len < sizeof name;
        memcpy(name, eol, assigns ? len : 0);
        name[assigns ? len : 0] = 0;
        const char *challenge = strstr(eol, "static:"), *end = strchr(eol, '\n');
        if (*eol == '[' || find_key(kind, name) || (challenge && (!end || challenge < end)))
            return eol;
    }
    return NULL;
}

/* Of a line that may be a challenge's, no more than its key. */
static int shown_length(const char *line)
{
    return strncmp(line, "challenge", 9) == 0 ? (int)strcspn(line, " =") : 40;
}

static int read_value(struct keys_reading *r, unsigned kind, const struct key *key,
                      const struct conf_line *line, void *target, struct err *err)
{
    CLEANUP(strings_free) struct strings warnings = {0};
    struct value_place place = {.section = r->section,
                                .line = line,
                                .folder = r->folder,
                                .choices = key->choices,
                                .warnings = &warnings};
    struct err why;
    char *stray = key->flags & LINES ? NULL : flatten(kind, line->value);
    if (stray)
        return problem_add(r->problems, r->section->file, line->number, err,
                           "%s: an indented line continues this value, but \"%.*s\" looks like a "
                           "line of its own: begin it in the first column",
                           key->name, shown_length(stray), stray);
    if (!*line->value)
        return problem_add(r->problems, r->section->file, line->number, err, "%s: has no value",
                           key->name);

    int rc = key->parse(&place, line->value, (char *)target + key->target, &why);
    if (rc < 0)
        return problem_add(r->problems, r->section->file, line->number, err, "%s: %s", key->name,
                           why.text);
    for (size_t i = 0; rc == 0 && i < warnings.n; i++)
        rc = problem_add(r->warnings, r->section->file, line->number, err, "%s: %s", key->name,
                         warnings.v[i]);
    return rc;
}

static int read_line(struct keys_reading *r, unsigned kind, const struct conf_line *line,
                     void *target, struct err *err)
{
    const struct key *key = find_key(kind, line->key);
    if (!key)
        return unknown(r, kind, line, err);
    unsigned *seen = &r->seen.line[key - keys];
    if (*seen && !(key->flags & REPEATED))
        return problem_add(r->problems, r->section->file, line->number, err,
                           "%s: stands twice, first on line %u", key->name, *seen);
    if (!*seen)
        *seen = line->number;
    return read_value(r, kind, key, line, target, err);
}

int keys_read(struct keys_reading *reading, enum section_kind kind, void *target, struct err *err)
{
    const struct conf_section *section = reading->section;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < section->n; i++)
        rc = read_line(reading, kind, &section->lines[i], target, err);
    for (size_t i = 0; rc == 0 && i < LENGTH(keys); i++)
        if (keys[i].sections & kind && keys[i].flags & REQUIRED && !reading->seen.line[i])
            rc = problem_add(reading->problems, section->file, section->number, err,
                             "[%s %s] has no %s", section->kind, section->name, keys[i].name);
    return rc;
}
