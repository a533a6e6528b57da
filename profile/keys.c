#include "profile/keys.h"

#include "profile/nearest.h"
#include "profile/problem.h"
#include "profile/value.h"

#include <stdio.h>
#include <string.h>

static const struct choice stores[] = {
    {"system", ROOT_SYSTEM}, {"signet", ROOT_SIGNET}, {"intermediate", ROOT_INTERMEDIATE}, {0}};
static const struct choice types[] = {{"user", TYPE_USER}, {"device", TYPE_DEVICE}, {0}};
static const struct choice orders[] = {
    {"reversed", ORDER_REVERSED}, {"forward", ORDER_FORWARD}, {0}};
static const struct choice storages[] = {{"tpm-or-software", STORAGE_TPM_OR_SOFTWARE},
                                         {"tpm", STORAGE_TPM},
                                         {"tpm-pin", STORAGE_TPM_PIN},
                                         {"software", STORAGE_SOFTWARE},
                                         {0}};
static const struct choice usages[] = {{"digital-signature", USAGE_DIGITAL_SIGNATURE},
                                       {"key-encipherment", USAGE_KEY_ENCIPHERMENT},
                                       {0}};
static const struct choice key_types[] = {{"rsa", KEY_RSA}, {"ec", KEY_EC}, {0}};
static const struct choice hashes[] = {{"sha1", HASH_SHA1},
                                       {"sha256", HASH_SHA256},
                                       {"sha384", HASH_SHA384},
                                       {"sha512", HASH_SHA512},
                                       {0}};
static const struct choice auths[] = {{"none", AUTH_NONE},     {"negotiate", AUTH_NEGOTIATE},
                                      {"ntlm", AUTH_NTLM},     {"basic", AUTH_BASIC},
                                      {"bearer", AUTH_BEARER}, {0}};
static const struct choice mismatches[] = {
    {"warn", MISMATCH_WARN}, {"reject", MISMATCH_REJECT}, {0}};
static const struct choice minimums[] = {{"des3-sha1", MINIMUM_DES3_SHA1},
                                         {"des3-sha256", MINIMUM_DES3_SHA256},
                                         {"aes128-sha256", MINIMUM_AES128_SHA256},
                                         {"aes256-sha256", MINIMUM_AES256_SHA256},
                                         {0}};
static const struct choice wifi_formats[] = {{"AABBCCDDEEFF", WIFI_PLAIN_UPPER},
                                             {"aabbccddeeff", WIFI_PLAIN_LOWER},
                                             {"AA:BB:CC:DD:EE:FF", WIFI_COLON_UPPER},
                                             {"aa:bb:cc:dd:ee:ff", WIFI_COLON_LOWER},
                                             {"AA-BB-CC-DD-EE-FF", WIFI_DASH_UPPER},
                                             {"aa-bb-cc-dd-ee-ff", WIFI_DASH_LOWER},
                                             {0}};

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
    {ROOT | SCEP, "assign-users", value_rule, AT(assignment), NULL, REPEATED},
    {ROOT | SCEP, "assign-groups", value_rule, AT(assignment), NULL, REPEATED},
    {ROOT | SCEP, "assign-hosts", value_rule, AT(assignment), NULL, REPEATED},
    {ROOT | SCEP, "exclude-users", value_rule, AT(assignment), NULL, REPEATED},
    {ROOT | SCEP, "exclude-groups", value_rule, AT(assignment), NULL, REPEATED},
    {ROOT | SCEP, "exclude-hosts", value_rule, AT(assignment), NULL, REPEATED},
    {ROOT | SCEP, "applies-to", value_rule, AT(assignment), NULL, REPEATED},
    {ROOT | SCEP, "not-applies-to", value_rule, AT(assignment), NULL, REPEATED},

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
    {SCEP, "poll-interval", value_interval, AT(scep.poll_interval), NULL, 0},
    {SCEP, "poll-limit", value_limit, AT(scep.poll_limit), NULL, 0},
    {SCEP, "url", value_url, AT(scep), NULL, REQUIRED | REPEATED},
    {SCEP, "tls-certificate", value_name, AT(scep.tls_certificate), NULL, 0},
    {SCEP, "proxy", value_proxy, AT(scep.proxy), NULL, 0},
    {SCEP, "proxy-secret", value_challenge_secret, AT(scep.proxy.secret), NULL, 0},
    {SCEP, "on-mismatch", value_choice, AT(scep.on_mismatch), mismatches, 0},
    {SCEP, "ca-ident", value_text, AT(scep.ca_ident), NULL, 0},
    {SCEP, "ca-fingerprint", value_fingerprint, AT(scep), NULL, REPEATED},
    {SCEP, "minimum-crypto", value_choice, AT(scep.minimum_crypto), minimums, 0},
    {SCEP, "accept-des", value_yes, AT(scep.accept_des), NULL, 0},
    {SCEP, "challenge", value_challenge, AT(scep.challenge), NULL, 0},
    {SCEP, "challenge-auth", value_challenge_auth, AT(scep.challenge.auth), auths, 0},
    {SCEP, "challenge-user", value_challenge_user, AT(scep.challenge.user), NULL, 0},
    {SCEP, "challenge-secret", value_challenge_secret, AT(scep.challenge.secret), NULL, 0},
    {SCEP, "challenge-keytab", value_challenge_keytab, AT(scep.challenge.keytab), NULL, 0},
    {SCEP, "challenge-pattern", value_challenge_pattern, AT(scep.challenge.pattern), NULL, 0},
    {SCEP, "key-access", value_access, AT(scep.key_access), NULL, REPEATED},

    {SECTION_AGENT, "interval", value_interval, offsetof(struct settings, interval), NULL, 0},
    {SECTION_AGENT, "proxy", value_proxy, offsetof(struct settings, proxy), NULL, 0},
    {SECTION_AGENT, "proxy-secret", value_challenge_secret, offsetof(struct settings, proxy.secret),
     NULL, 0},
    {SECTION_AGENT, "no-proxy", value_no_proxy, offsetof(struct settings, no_proxy), NULL,
     REPEATED},
    {SECTION_AGENT, "max-requests", value_requests, offsetof(struct settings, max_requests), NULL,
     0},
    {SECTION_AGENT, "wifi-mac-format", value_choice, offsetof(struct settings, wifi_format),
     wifi_formats, 0},
};
_Static_assert(LENGTH(keys) <= KEYS_MAX, "KEYS_MAX");

static const struct key *find_key(unsigned kind, const char *name)
{
    for (size_t i = 0; i < LENGTH(keys); i++)
        if (keys[i].sections & kind && strcmp(keys[i].name, name) == 0)
            return &keys[i];
    return NULL;
}

const char *keys_name(size_t index, unsigned *ret_sections)
{
    if (index >= LENGTH(keys))
        return NULL;
    *ret_sections = keys[index].sections;
    return keys[index].name;
}

static int tell(struct keys_reading *r, struct problems *list, const char *key, struct span at,
                struct err *err, const char *format, va_list ap)
{
    char text[ERR_TEXT_MAX];
    vsnprintf(text, sizeof text, format, ap);
    return problem_at(list, r->section->file, at, err, "%s: %s", key, text);
}

int keys_problem(struct keys_reading *reading, const char *key, struct err *err, const char *format,
                 ...)
{
    va_list ap;
    va_start(ap, format);
    int rc = tell(reading, reading->problems, key, keys_span(reading, key), err, format, ap);
    va_end(ap);
    return rc;
}

int keys_warning(struct keys_reading *reading, const char *key, struct err *err, const char *format,
                 ...)
{
    va_list ap;
    va_start(ap, format);
    int rc = tell(reading, reading->warnings, key, keys_span(reading, key), err, format, ap);
    va_end(ap);
    return rc;
}

int keys_problem_at(struct keys_reading *reading, const struct conf_line *line, const char *at,
                    size_t len, struct err *err, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    int rc = tell(reading, reading->problems, line->key, conf_span(line, at, len), err, format, ap);
    va_end(ap);
    return rc;
}

const struct conf_line *keys_line(const struct keys_reading *reading, const char *name)
{
    for (size_t i = 0; i < LENGTH(keys); i++)
        if (reading->seen.line[i] && strcmp(keys[i].name, name) == 0)
            return reading->seen.line[i];
    return NULL;
}

struct span keys_span(const struct keys_reading *reading, const char *name)
{
    const struct conf_line *line = keys_line(reading, name);
    return line ? conf_span(line, NULL, 0) : conf_section_span(reading->section);
}

const char *keys_word(const char *name, unsigned value)
{
    const struct key *key = find_key(SECTION_SCEP | SECTION_TRUSTED_ROOT, name);
    for (const struct choice *c = key ? key->choices : NULL; c && c->word; c++)
        if (c->value == value)
            return c->word;
    return NULL;
}

/* Where a key stands that does not stand here. */
static const char *elsewhere(const char *name)
{
    static const struct {
        unsigned section;
        const char *hint;
    } places[] = {{SECTION_AGENT, "; it stands in [agent] of signet.conf"},
                  {SECTION_SCEP, "; it stands in a [scep] profile"},
                  {SECTION_TRUSTED_ROOT, "; it stands in a [trusted-root] profile"}};
    for (size_t i = 0; i < LENGTH(places); i++)
        if (find_key(places[i].section, name))
            return places[i].hint;
    return NULL;
}

static int unknown(struct keys_reading *r, unsigned kind, const struct conf_line *line,
                   struct err *err)
{
    struct nearest nearest = {.word = line->key, .len = strlen(line->key)};
    const char *place = elsewhere(line->key);
    for (size_t i = 0; i < LENGTH(keys) && !place; i++)
        if (keys[i].sections & kind)
            nearest_offer(&nearest, keys[i].name);
    return problem_at(r->problems, r->section->file, conf_key_span(line), err,
                      "%.100s: no key of [%s]%s", line->key, r->section->kind,
                      place ? place : nearest_hint(&nearest));
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

/* What stands behind the word may be a challenge that slipped into this line, or a part of one. */
static bool may_be_secret(const struct conf_line *line, const char *at)
{
    const char *word = strstr(line->value, "static:");
    return word && at > word;
}

static int tell_faults(struct keys_reading *r, const struct conf_line *line,
                       const struct err *first, const struct faults *more, struct err *err)
{
    int rc = keys_problem_at(r, line, first->at, first->at_len, err, "%s", first->text);
    for (size_t i = 0; rc == 0 && i < more->n && !may_be_secret(line, more->v[i].at); i++)
        rc =
            keys_problem_at(r, line, more->v[i].at, more->v[i].at_len, err, "%s%s", more->v[i].text,
                            i + 1 == FAULTS_MAX ? "; what stands behind it was not looked at" : "");
    return rc;
}

static int read_value(struct keys_reading *r, unsigned kind, const struct key *key,
                      const struct conf_line *line, void *target, struct err *err)
{
    CLEANUP(strings_free) struct strings warnings = {0};
    struct faults faults = {0};
    struct value_place place = {.section = r->section,
                                .line = line,
                                .folder = r->folder,
                                .choices = key->choices,
                                .warnings = &warnings,
                                .faults = &faults};
    struct err why;
    char *stray = key->flags & LINES ? NULL : flatten(kind, line->value);
    if (stray)
        return keys_problem_at(r, line, stray, strlen(stray), err,
                               "an indented line continues the value above it, but \"%.*s\" looks "
                               "like a line of its own: begin it in the first column",
                               shown_length(stray), stray);
    if (!*line->value)
        return keys_problem_at(r, line, line->key, 0, err, "has no value");

    int rc = key->parse(&place, line->value, (char *)target + key->target, &why);
    if (rc < 0)
        return tell_faults(r, line, &why, &faults, err);
    for (size_t i = 0; rc == 0 && i < warnings.n; i++)
        rc = problem_at(r->warnings, r->section->file, conf_span(line, NULL, 0), err, "%s: %s",
                        key->name, warnings.v[i]);
    return rc;
}

static int read_line(struct keys_reading *r, unsigned kind, const struct conf_line *line,
                     void *target, struct err *err)
{
    const struct key *key = find_key(kind, line->key);
    if (!key)
        return unknown(r, kind, line, err);
    const struct conf_line **seen = &r->seen.line[key - keys];
    if (*seen && !(key->flags & REPEATED))
        return keys_problem_at(r, line, line->key, 0, err, "stands twice, first on line %u",
                               (*seen)->number);
    if (!*seen)
        *seen = line;
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
            rc = problem_at(reading->problems, section->file, conf_section_span(section), err,
                            "[%s%s%.100s] has no %s", section->kind, *section->name ? " " : "",
                            section->name, keys[i].name);
    return rc;
}
