/* The SCEP certificate profiles of all platforms: they differ in which of these properties they
 * have. Names and values are those that Graph documents for windows81SCEPCertificateProfile,
 * androidDeviceOwnerScepCertificateProfile, iosScepCertificateProfile and their like. */
#include "import/graph_row.h"

#include <string.h>
#include <strings.h>

static const struct graph_word stores[] = {
    {"user", "user", NULL}, {"machine", "device", NULL}, {0}};

static const struct graph_word storages[] = {
    {"useTpmKspOtherwiseUseSoftwareKsp", "tpm-or-software", NULL},
    {"useTpmKspOtherwiseFail", "tpm", NULL},
    {"usePassportForWorkKspOtherwiseFail", "tpm-pin", NULL},
    {"useSoftwareKsp", "software", NULL},
    {0}};

static const struct graph_word usages[] = {{"digitalSignature", "digital-signature", NULL},
                                           {"keyEncipherment", "key-encipherment", NULL},
                                           {0}};

static const struct graph_word sizes[] = {{"size1024", "1024", NULL},
                                          {"size2048", "2048", NULL},
                                          {"size3072", "3072", NULL},
                                          {"size4096", "4096", NULL},
                                          {0}};

/* The strongest last. */
static const struct graph_word hashes[] = {{"sha1", "sha1", NULL},     {"sha2", "sha256", NULL},
                                           {"sha256", "sha256", NULL}, {"sha384", "sha384", NULL},
                                           {"sha512", "sha512", NULL}, {0}};

/* What was not configured has no name: the server gives one. */
static const struct graph_word formats[] = {
    {"commonName", "common-name", NULL},
    {"commonNameIncludingEmail", "common-name-with-email", NULL},
    {"commonNameAsEmail", "common-name-as-email", NULL},
    {"commonNameAsIMEI", "imei", NULL},
    {"commonNameAsSerialNumber", "serial-number", NULL},
    {"commonNameAsAadDeviceId", "CN={{AAD_Device_ID}}", NULL},
    {"commonNameAsIntuneDeviceId", "device-id", NULL},
    {"commonNameAsDurableDeviceId", NULL, "durable device id: has no documented meaning"},
    {0}};

static const struct graph_word scales[] = {
    {"days", "days", NULL}, {"months", "months", NULL}, {"years", "years", NULL}, {0}};

#define NEEDS_NAME "needs a name, as in customSubjectAlternativeNames"
#define NO_ENTRA   "attributes of Entra are not known here: write it as a variable of signet.conf"

/* Names without a value of their own. */
static const struct graph_word san_types[] = {
    {"none", "", NULL},
    {"emailAddress", "email:{{EmailAddress}}", NULL},
    {"userPrincipalName", "upn:{{UserPrincipalName}}", NULL},
    {"customAzureADAttribute", NULL, NO_ENTRA},
    {"domainNameService", NULL, NEEDS_NAME},
    {"universalResourceIdentifier", NULL, NEEDS_NAME},
    {0}};

static const struct graph_word san_kinds[] = {
    {"emailAddress", "email:", NULL},           {"userPrincipalName", "upn:", NULL},
    {"domainNameService", "dns:", NULL},        {"universalResourceIdentifier", "uri:", NULL},
    {"customAzureADAttribute", NULL, NO_ENTRA}, {0}};

static int put(struct graph_reading *r, const struct graph_row *row, const char *value,
               struct err *err)
{
    return section_put(r->sections, r->section, row->key, row->property, value, err);
}

/* In a subject ';' separates as ',' does, but behind a blank it would begin a comment. */
static char *respell_subject(const char *text)
{
    char *copy = strdup(text);
    bool quoted = false;
    for (char *p = copy; p && *p; p++) {
        quoted ^= *p == '"';
        if (*p == ';' && !quoted)
            *p = ',';
    }
    return copy;
}

static int take_subject(struct graph_reading *r, const struct graph_row *row, const json_t *value,
                        struct err *err)
{
    const char *format = json_string_value(value);
    if (!format || strcasecmp(format, "custom") != 0)
        return graph_take_word(r, row, value, err);
    struct graph_row custom = *row;
    custom.property = "subjectNameFormatString";
    autofree char *text = respell_subject(graph_text(r->object, custom.property));
    return text ? put(r, &custom, text, err) : err_memory(err);
}

struct san_types_reading {
    struct graph_reading *r;
    const struct graph_row *row;
    struct err *err;
};

static bool has_name(const json_t *object, const struct graph_word *type)
{
    size_t i;
    json_t *item;
    json_array_foreach ((json_t *)graph_member(object, "customSubjectAlternativeNames"), i, item) {
        if (strcasecmp(graph_text(item, "sanType"), type->theirs) == 0)
            return true;
    }
    return false;
}

/* A kind that has a name in the list needs none of ours. */
static int take_san_type(void *context, const char *type, size_t len)
{
    struct san_types_reading *s = context;
    struct graph_reading *r = s->r;
    const struct graph_word *word = graph_word_find(san_types, type, len);
    if (word && has_name(r->object, word))
        return 0;
    if (!word || !word->ours)
        return graph_refuse_word(r, s->row, type, len, word, s->err);
    return *word->ours ? put(r, s->row, word->ours, s->err) : 0;
}

static int take_san_types(struct graph_reading *r, const struct graph_row *row, const json_t *value,
                          struct err *err)
{
    struct san_types_reading s = {r, row, err};
    if (!json_is_string(value))
        return section_refuse(r->sections, r->section, row->property, err,
                              "is not words with commas between them");
    return graph_split(json_string_value(value), take_san_type, &s);
}

static int take_san(struct graph_reading *r, const struct graph_row *row, const json_t *item,
                    struct err *err)
{
    const char *type = graph_text(item, "sanType"), *name = graph_text(item, "name");
    const struct graph_word *word = graph_word_find(san_kinds, type, strlen(type));
    if (!word || !word->ours)
        return section_refuse(r->sections, r->section, row->property, err, "%.60s: %s",
                              *type ? type : "a name without sanType",
                              word ? word->why : "no kind of name that is known here");
    autofree char *text = text_format("%s%s", word->ours, name + strspn(name, " "));
    return text ? put(r, row, text, err) : err_memory(err);
}

static int take_sans(struct graph_reading *r, const struct graph_row *row, const json_t *value,
                     struct err *err)
{
    return graph_take_list(r, row, value, take_san, err);
}

static int take_validity(struct graph_reading *r, const struct graph_row *row, const json_t *value,
                         struct err *err)
{
    const char *scale = graph_text(r->object, "certificateValidityPeriodScale");
    const struct graph_word *word = graph_word_find(scales, scale, strlen(scale));
    if (!json_is_integer(value) || json_integer_value(value) < 1 || !word)
        return section_refuse(r->sections, r->section, row->property, err,
                              "is not a number, with days, months or years in "
                              "certificateValidityPeriodScale");
    long long n = json_integer_value(value);
    autofree char *text = text_format("%lld %s", n, word->ours);
    if (text && n == 1) /* "1 year" */
        text[strlen(text) - 1] = 0;
    return text ? put(r, row, text, err) : err_memory(err);
}

struct hash_reading {
    const struct graph_word *best;
    unsigned n;
    bool unknown;
};

static int take_hash_word(void *context, const char *theirs, size_t len)
{
    struct hash_reading *h = context;
    const struct graph_word *word = graph_word_find(hashes, theirs, len);
    h->unknown = h->unknown || !word;
    h->n++;
    if (word && (!h->best || word > h->best))
        h->best = word;
    return 0;
}

/* Graph names all that the profile's devices may use; we need one. */
static int take_hash(struct graph_reading *r, const struct graph_row *row, const json_t *value,
                     struct err *err)
{
    struct hash_reading h = {0};
    const char *text = json_string_value(value);
    if (text)
        graph_split(text, take_hash_word, &h);
    if (!h.best || h.unknown)
        return section_refuse(r->sections, r->section, row->property, err,
                              "is neither sha1 nor sha2 (nor both, with a comma)");
    int rc = h.n > 1 ? section_note(r->sections, r->section, row->property, err,
                                    "of several, the strongest is taken: %s", h.best->ours)
                     : 0;
    return rc < 0 ? rc : put(r, row, h.best->ours, err);
}

static int take_eku(struct graph_reading *r, const struct graph_row *row, const json_t *value,
                    struct err *err)
{
    return put(r, row, graph_text(value, "objectIdentifier"), err);
}

static int take_ekus(struct graph_reading *r, const struct graph_row *row, const json_t *value,
                     struct err *err)
{
    int rc = graph_take_list(r, row, value, take_eku, err);
    if (rc == 0 && json_is_array(value) && json_array_size(value) == 0)
        rc = put(r, row, "none", err);
    return rc;
}

const struct graph_row graph_scep_rows[] = {
    GRAPH_COMMON,
    {"certificateStore", graph_take_word, "type", stores, NULL},
    {"subjectNameFormat", take_subject, "subject", formats, NULL},
    GRAPH_BOOK_KEEPING("subjectNameFormatString"),
    {"subjectAlternativeNameType", take_san_types, "san", NULL, NULL},
    {"customSubjectAlternativeNames", take_sans, "san", NULL, NULL},
    GRAPH_SAID("subjectAlternativeNameFormatString", NO_ENTRA),
    {"certificateValidityPeriodValue", take_validity, "validity", NULL, NULL},
    GRAPH_BOOK_KEEPING("certificateValidityPeriodScale"),
    {"keyStorageProvider", graph_take_word, "key-storage", storages, NULL},
    {"keyUsage", graph_take_words, "key-usage", usages, NULL},
    {"keySize", graph_take_word, "key-size", sizes, NULL},
    {"hashAlgorithm", take_hash, "hash", NULL, NULL},
    {"extendedKeyUsages", take_ekus, "eku", NULL, NULL},
    {"renewalThresholdPercentage", graph_take_number, "renewal-threshold", NULL, NULL},
    {"scepServerUrls", graph_take_texts, "url", NULL, NULL},
    GRAPH_BOOK_KEEPING("rootCertificate"),
    GRAPH_SAID("allowAllAppsAccess", "no application has access to the key: see key-access"),
    GRAPH_SAID("certificateAccessType", "is about Android: see key-access"),
    GRAPH_SAID("silentCertificateAccessDetails", "names applications of Android: see key-access"),
    {NULL, NULL, NULL, NULL, NULL},
};

/* Without a format, a string that stands there all the same is the one. */
static int complete_subject(struct graph_reading *r, struct err *err)
{
    static const struct graph_row row = {"subjectNameFormatString", NULL, "subject", NULL, NULL};
    if (graph_member(r->object, "subjectNameFormat"))
        return 0;
    const char *text = graph_text(r->object, row.property);
    autofree char *subject = respell_subject(*text ? text : "none");
    int rc = subject ? put(r, &row, subject, err) : err_memory(err);
    if (rc == 0 && !*text)
        rc = section_note(r->sections, r->section, "subjectNameFormat", err,
                          "not set: the server names the holder");
    return rc;
}

int graph_scep(struct graph_reading *r, struct err *err)
{
    char why[256] = "";
    int rc = graph_read(r, graph_scep_rows, err);
    if (rc == 0)
        rc = complete_subject(r, err);
    if (rc < 0)
        return rc;
    const struct section *root = graph_reference(r->sections, PROFILE_TRUSTED_ROOT, r->object,
                                                 "rootCertificate", why, sizeof why);
    rc = section_root(r->sections, r->section, "rootCertificate", root,
                      *why ? why : "the file does not say which", err);
    return rc < 0 ? rc
                  : section_challenge(r->sections, r->section,
                                      "Intune's own cannot be had outside Intune: name a source "
                                      "with --challenge, or write the line",
                                      err);
}
