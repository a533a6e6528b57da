#include "profile/check.h"

#include "profile/problem.h"
#include "profile/san.h"
#include "profile/subject.h"

#include <string.h>
#include <strings.h>

/* A variable that devices have, but that signet.conf makes of one that they have not. */
static int check_setting(struct keys_reading *r, const char *key, struct span at,
                         const struct attribute *attribute, struct err *err)
{
    const struct attribute *variable;
    const struct setting *setting =
        r->settings ? settings_user_only(r->settings, attribute, &variable) : NULL;
    if (!setting)
        return 0;
    return problem_at(r->warnings, r->section->file, at, err,
                      "%s: {{%s}} has no value for a device: %s:%u makes it of {{%s}}, a user's "
                      "variable",
                      key, attribute->name, r->settings->file, setting->line, variable->name);
}

/* The variables of a device's subject or san that only users have. */
static int check_line(const struct conf_line *line, struct keys_reading *r, struct err *err)
{
    const struct attribute *attribute;
    size_t len;
    int rc = 0;
    for (const char *p = line->value; rc == 0 && (p = template_find(p, &len, &attribute)); p += len)
        if (attribute && attribute->user_only)
            rc = keys_problem_at(r, line, p, len, err,
                                 "{{%s}} is a user's variable, and this is a device profile",
                                 attribute->name);
        else if (attribute)
            rc = check_setting(r, line->key, conf_span(line, p, len), attribute, err);
    return rc;
}

static int check_format_variables(const struct template *text, struct keys_reading *r,
                                  struct err *err)
{
    const struct attribute *a = template_user_only(text);
    int rc = a ? keys_problem(r, "subject", err,
                              "{{%s}} is a user's variable, and this is a device profile", a->name)
               : 0;
    for (size_t i = 0; rc == 0 && !a && i < text->n; i++)
        if (text->v[i].attribute)
            rc = check_setting(r, "subject", keys_span(r, "subject"), text->v[i].attribute, err);
    return rc;
}

static int check_variables(const struct scep_profile *scep, struct keys_reading *r, struct err *err)
{
    const struct conf_line *subject = keys_line(r, "subject");
    int rc = 0;
    if (scep->type != TYPE_DEVICE)
        return 0;
    for (size_t i = 0; rc == 0 && i < r->section->n; i++)
        if (strcmp(r->section->lines[i].key, "subject") == 0 ||
            strcmp(r->section->lines[i].key, "san") == 0)
            rc = check_line(&r->section->lines[i], r, err);
    /* The name of a format has variables that do not stand in the file. */
    bool format = scep->subject && !strchr(subject->value, '=');
    for (size_t i = 0; rc == 0 && format && i < scep->subject->n; i++)
        rc = check_format_variables(&scep->subject->v[i].text, r, err);
    return rc;
}

/* A line that names people in a device profile would mean nothing; it must not look as if it did.
 */
static int check_people(const struct scep_profile *scep, struct keys_reading *r, struct err *err)
{
    static const char *const names[] = {"assign-users", "assign-groups", "exclude-users",
                                        "exclude-groups"};
    int rc = 0;
    for (size_t i = 0; rc == 0 && scep->type == TYPE_DEVICE && i < LENGTH(names); i++)
        if (keys_line(r, names[i]))
            rc = keys_problem(r, names[i], err,
                              "a device profile has no users: use assign-hosts or exclude-hosts");
    return rc;
}

static bool wants_tpm(const struct scep_profile *scep)
{
    return scep->key_storage == STORAGE_TPM || scep->key_storage == STORAGE_TPM_PIN;
}

static int check_key(struct scep_profile *scep, struct keys_reading *r, struct err *err)
{
    static const struct {
        unsigned fallback, sizes[5];
        const char *text;
    } known[] = {[KEY_RSA] = {2048, {1024, 2048, 3072, 4096}, "1024, 2048, 3072, 4096"},
                 [KEY_EC] = {256, {256, 384, 521}, "256, 384, 521"}};
    const char *type = scep->key_type == KEY_EC ? "ec" : "rsa";
    int rc = 0;
    bool fits = false;

    if (!keys_line(r, "key-size"))
        scep->key_size = known[scep->key_type].fallback;
    for (const unsigned *size = known[scep->key_type].sizes; *size; size++)
        fits = fits || *size == scep->key_size;
    if (scep->key_size && !fits)
        rc = keys_problem(r, "key-size", err, "%u is not one of %s (key-type %s)", scep->key_size,
                          known[scep->key_type].text, type);
    if (rc == 0 && wants_tpm(scep) && scep->key_type == KEY_RSA &&
        (scep->key_size == 1024 || scep->key_size == 4096))
        rc = keys_problem(r, "key-size", err,
                          "a TPM has no RSA keys of %u bits: use 2048 or 3072, key-type = ec, or "
                          "key-storage = software",
                          scep->key_size);
    else if (rc == 0 && scep->key_type == KEY_RSA && scep->key_size == 1024)
        rc = keys_warning(r, "key-size", err, "RSA of 1024 bits is too short to trust; use 2048");
    if (rc == 0 && scep->hash == HASH_SHA1 && scep->minimum_crypto > MINIMUM_DES3_SHA1)
        rc = keys_problem(r, "hash", err, "sha1 is below what minimum-crypto asks for");
    else if (rc == 0 && scep->hash == HASH_SHA1)
        rc = keys_warning(r, "hash", err, "SHA-1 is broken; many servers refuse it");

    if (!keys_line(r, "key-usage"))
        scep->key_usage =
            USAGE_DIGITAL_SIGNATURE | (scep->key_type == KEY_EC ? 0 : USAGE_KEY_ENCIPHERMENT);
    else if (rc == 0 && scep->key_type == KEY_EC && scep->key_usage & USAGE_KEY_ENCIPHERMENT)
        rc = keys_problem(r, "key-usage", err,
                          "an EC key cannot do key-encipherment (RFC 8813); use digital-signature");
    return rc;
}

/* The key to change is the one that is written down. */
static int check_polls(const struct scep_profile *scep, struct keys_reading *r, struct err *err)
{
    if (scep->poll_interval <= scep->poll_limit)
        return 0;
    if (keys_line(r, "poll-limit"))
        return keys_problem(r, "poll-limit", err,
                            "is shorter than poll-interval: the request would be given up before "
                            "the server is asked about it");
    return keys_problem(r, "poll-interval", err,
                        "is longer than poll-limit, which is %d days where it is not set: the "
                        "request would be given up before the server is asked about it",
                        SCEP_POLL_LIMIT / (24 * 60 * 60));
}

static bool is_https(const char *url)
{
    return strncasecmp(url, "https://", 8) == 0;
}

/* A certificate for TLS that no server of the profile ever sees. */
static int check_tls(const struct scep_profile *scep, struct keys_reading *r, struct err *err)
{
    enum challenge_kind kind = scep->challenge.kind;
    bool https = (kind == CHALLENGE_NDES || kind == CHALLENGE_WEBHOOK) &&
                 is_https(buf_text(&scep->challenge.text));
    for (size_t i = 0; i < scep->urls.n; i++)
        https = https || is_https(scep->urls.v[i]);
    if (https || !scep->tls_certificate || scep->urls.n == 0)
        return 0;
    return keys_warning(r, "tls-certificate", err,
                        "is shown to https:// servers only, and this profile has none");
}

static int check_storage(const struct scep_profile *scep, struct keys_reading *r, struct err *err)
{
    if (scep->key_storage != STORAGE_TPM_PIN || scep->type != TYPE_DEVICE)
        return 0;
    return keys_problem(r, "key-storage", err,
                        "a device has nobody to ask for a PIN: use tpm, or type = user");
}

int check_scep(struct profile *profile, struct keys_reading *reading, struct err *err)
{
    struct scep_profile *scep = &profile->scep;
    int rc = check_variables(scep, reading, err);
    if (rc == 0)
        rc = check_people(scep, reading, err);
    if (rc == 0)
        rc = check_key(scep, reading, err);
    if (rc == 0)
        rc = check_storage(scep, reading, err);
    if (rc == 0)
        rc = check_challenge(&scep->challenge, reading, err);
    if (rc == 0)
        rc = proxy_check(&scep->proxy, reading, err);
    if (rc == 0)
        rc = check_polls(scep, reading, err);
    if (rc == 0)
        rc = check_tls(scep, reading, err);
    if (rc == 0 && !keys_line(reading, "eku"))
        rc = strings_add(&scep->ekus, "1.3.6.1.5.5.7.3.2", err); /* id-kp-clientAuth */
    const struct conf_line *subject = keys_line(reading, "subject");
    if (rc == 0 && subject && strcmp(subject->value, "none") == 0 && !keys_line(reading, "san"))
        rc = keys_warning(reading, "subject", err,
                          "none, and no san either: the server has to name the holder by itself");
    return rc;
}

/* What a line of this kind names: words, or its clauses, which are compared as they are written. */
static size_t count_names(const struct rule *rule)
{
    return rule_forms[rule->kind].subject == ABOUT_PLATFORM ? 1 : rule->words.n;
}

static const char *name_of(const struct rule *rule, size_t i)
{
    return rule_forms[rule->kind].subject == ABOUT_PLATFORM ? rule->text : rule->words.v[i];
}

static bool names(const struct assignment *a, enum rule_kind kind, const char *name)
{
    for (size_t i = 0; i < a->n; i++)
        for (size_t j = 0; a->v[i].kind == kind && j < count_names(&a->v[i]); j++)
            if (strcmp(name_of(&a->v[i], j), name) == 0)
                return true;
    return false;
}

static bool has(const struct assignment *a, enum rule_kind kind)
{
    for (size_t i = 0; i < a->n; i++)
        if (a->v[i].kind == kind)
            return true;
    return false;
}

/* Does ALL name, in lines of this kind, whatever SOME names? */
static bool names_all(const struct assignment *all, const struct assignment *some,
                      enum rule_kind kind)
{
    for (size_t i = 0; i < some->n; i++)
        for (size_t j = 0; some->v[i].kind == kind && j < count_names(&some->v[i]); j++)
            if (!names(all, kind, name_of(&some->v[i], j)))
                return false;
    return true;
}

/* Lines of either kind (which may be the same) narrow ROOT no more than they narrow SCEP. */
static bool includes(const struct assignment *root, const struct assignment *scep,
                     enum rule_kind one, enum rule_kind other)
{
    if (!has(root, one) && !has(root, other))
        return true;
    return (has(scep, one) || has(scep, other)) && names_all(root, scep, one) &&
           names_all(root, scep, other);
}

bool check_covers(const struct assignment *root, const struct assignment *scep)
{
    for (enum rule_kind kind = 0; kind < RULE_KINDS; kind++)
        if (rule_forms[kind].excludes && !names_all(scep, root, kind))
            return false;
    return includes(root, scep, RULE_ASSIGN_USERS, RULE_ASSIGN_GROUPS) &&
           includes(root, scep, RULE_ASSIGN_HOSTS, RULE_ASSIGN_HOSTS) &&
           includes(root, scep, RULE_APPLIES_TO, RULE_APPLIES_TO);
}
