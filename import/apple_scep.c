/* com.apple.security.scep: the keys of its PayloadContent, as Apple documents them. */
#include "import/apple_row.h"

#include "import/apple_variables.h"
#include "profile/name.h"

#include <string.h>
#include <strings.h>

#define RDNS_MAX 64

/* Names of attributes that our grammar spells in another way. */
static const struct {
    const char *theirs, *ours;
} attributes[] = {
    {"emailAddress", "E"}, {"surname", "SN"},         {"commonName", "CN"},
    {"userid", "UID"},     {"domainComponent", "DC"},
};

static int refuse(struct apple_reading *r, const struct apple_row *row, const char *what,
                  struct err *err)
{
    return section_refuse(r->sections, r->section, row->name, err, "%s", what);
}

/* The key as our grammar knows it, in RET (64 bytes). */
static bool attribute_key(const char *theirs, char *ret)
{
    enum name_type type;
    for (size_t i = 0; i < LENGTH(attributes); i++)
        if (strcasecmp(theirs, attributes[i].theirs) == 0)
            theirs = attributes[i].ours;
    return theirs && name_key(theirs, ret, &type);
}

/* KEY="value", with every quote doubled: whatever the value holds, it stays one. */
static int add_ava(plist_t pair, bool joined, struct buf *ret, struct err *err)
{
    char oid[64];
    autobuf value = {0};
    const char *key =
        property_list_text(property_list_size(pair) == 2 ? plist_array_get_item(pair, 0) : NULL);
    const char *text = key ? property_list_text(plist_array_get_item(pair, 1)) : NULL;
    if (!text)
        return err_set(err, ERR_CONFIG, "holds something other than pairs of a key and a value");
    if (!attribute_key(key, oid))
        return err_set(err, ERR_CONFIG, "%.60s is no attribute that is known here", key);
    int rc = apple_variables_map(text, &value, err);
    if (rc < 0)
        return err_context(err, "%.60s", key);
    rc = buf_printf(ret, err, "%s%s=\"", ret->len == 0 ? "" : joined ? "+" : ", ", name_label(oid));
    for (const char *p = buf_text(&value); rc == 0 && *p; p++)
        rc = buf_add(ret, *p == '"' ? "\"\"" : p, *p == '"' ? 2 : 1, err);
    return rc < 0 ? rc : buf_add(ret, "\"", 1, err);
}

/* An array of RDNs, each an array of pairs. */
static int spell_subject(plist_t rdns, struct buf *ret, struct err *err)
{
    int rc = 0;
    if (property_list_size(rdns) > RDNS_MAX)
        return err_set(err, ERR_CONFIG, "more than %d parts", RDNS_MAX);
    for (uint32_t i = 0; rc == 0 && i < property_list_size(rdns); i++) {
        plist_t rdn = plist_array_get_item(rdns, i);
        uint32_t n = property_list_size(rdn);
        if (n == 0 || n > RDNS_MAX)
            return err_set(err, ERR_CONFIG, "is not an array of arrays");
        for (uint32_t j = 0; rc == 0 && j < n; j++)
            rc = add_ava(plist_array_get_item(rdn, j), j > 0, ret, err);
    }
    return rc;
}

/* The first RDN is the first that is encoded, so our order is forward. */
static int take_subject(struct apple_reading *r, const struct apple_row *row, plist_t node,
                        struct err *err)
{
    autobuf text = {0};
    struct err why;
    if (!property_list_is(node, PLIST_ARRAY))
        return refuse(r, row, "is not an array of arrays", err);
    if (spell_subject(node, &text, &why) < 0)
        return refuse(r, row, why.text, err);
    int rc = section_put(r->sections, r->section, row->key, row->name,
                         text.len ? buf_text(&text) : "none", err);
    return rc < 0 || text.len == 0
               ? rc
               : section_put(r->sections, r->section, "subject-order", row->name, "forward", err);
}

static int take_san(struct apple_reading *r, const struct apple_row *row, plist_t node,
                    struct err *err)
{
    autobuf text = {0};
    struct err why;
    const char *name = property_list_text(node);
    if (!name)
        return refuse(r, row, "is not text", err);
    int rc = buf_add_text(&text, row->text, err);
    if (rc == 0 && apple_variables_map(name, &text, &why) < 0)
        return refuse(r, row, why.text, err);
    return rc < 0 ? rc
                  : section_put(r->sections, r->section, row->key, row->name, buf_text(&text), err);
}

/* One name, or an array of them. */
static int take_sans(struct apple_reading *r, const struct apple_row *row, plist_t node,
                     struct err *err)
{
    int rc = 0;
    if (!property_list_is(node, PLIST_ARRAY))
        return take_san(r, row, node, err);
    for (uint32_t i = 0; rc == 0 && !r->section->refused && i < property_list_size(node); i++)
        rc = take_san(r, row, plist_array_get_item(node, i), err);
    return rc;
}

const struct apple_row apple_alternative_rows[] = {
    {"rfc822Name", take_sans, "san", "email:"},
    {"dNSName", take_sans, "san", "dns:"},
    {"uniformResourceIdentifier", take_sans, "san", "uri:"},
    {"ntPrincipalName", take_sans, "san", "upn:"},
    {NULL, NULL, NULL, NULL},
};

static int take_alternatives(struct apple_reading *r, const struct apple_row *row, plist_t node,
                             struct err *err)
{
    struct apple_reading inner = *r;
    inner.content = node;
    if (!property_list_is(node, PLIST_DICT))
        return refuse(r, row, "is no dictionary", err);
    return apple_read(&inner, apple_alternative_rows, err);
}

/* Into a buffer that wipes itself; it is printed nowhere. */
static int take_challenge(struct apple_reading *r, const struct apple_row *row, plist_t node,
                          struct err *err)
{
    const char *text = property_list_text(node);
    if (!text || strpbrk(text, "\r\n"))
        return refuse(r, row, "is not text on one line", err);
    return *text ? buf_add_text(&r->section->secret, text, err) : 0;
}

static int take_size(struct apple_reading *r, const struct apple_row *row, plist_t node,
                     struct err *err)
{
    uint64_t bits;
    char text[16];
    if (!property_list_number(node, 65536, &bits))
        return refuse(r, row, "is not a number of bits", err);
    snprintf(text, sizeof text, "%u", (unsigned)bits);
    return section_put(r->sections, r->section, row->key, row->name, text, err);
}

static int take_type(struct apple_reading *r, const struct apple_row *row, plist_t node,
                     struct err *err)
{
    const char *text = property_list_text(node);
    if (!text || strcasecmp(text, "RSA") != 0)
        return refuse(r, row, "is not RSA, which is the only type that Apple knows", err);
    return section_put(r->sections, r->section, row->key, row->name, "rsa", err);
}

/* Bits: 1 to sign, 4 to encrypt; 0 leaves it to the server. */
static int take_usage(struct apple_reading *r, const struct apple_row *row, plist_t node,
                      struct err *err)
{
    static const char *const usages[] = {[1] = "digital-signature",
                                         [4] = "key-encipherment",
                                         [5] = "digital-signature, key-encipherment"};
    uint64_t bits;
    if (!property_list_number(node, 5, &bits) || (bits && !usages[bits]))
        return refuse(r, row, "is none of 0, 1 (signing), 4 (encryption) and 5 (both)", err);
    return bits ? section_put(r->sections, r->section, row->key, row->name, usages[bits], err)
                : section_note(r->sections, r->section, row->name, err,
                               "0: signing and encryption are asked for");
}

static int take_extractable(struct apple_reading *r, const struct apple_row *row, plist_t node,
                            struct err *err)
{
    uint8_t flag = 0;
    if (property_list_is(node, PLIST_BOOLEAN))
        plist_get_bool_val(node, &flag);
    return flag ? apple_say(r, row, node, err) : 0;
}

#define RETRIED "has no meaning here: a request is repeated until it succeeds"

const struct apple_row apple_scep_rows[] = {
    {"Subject", take_subject, "subject", NULL},
    {"SubjectAltName", take_alternatives, "san", NULL},
    {"Keysize", take_size, "key-size", NULL},
    {"Key Type", take_type, "key-type", NULL},
    {"Key Usage", take_usage, "key-usage", NULL},
    {"URL", apple_take_text, "url", NULL},
    {"Name", apple_take_text, "ca-ident", NULL},
    {"Challenge", take_challenge, NULL, NULL},
    {"CAFingerprint", apple_nothing, NULL, NULL}, /* apple_root_of() */
    {"Retries", apple_say, NULL, RETRIED},
    {"RetryDelay", apple_say, NULL, RETRIED},
    {"KeyIsExtractable", take_extractable, NULL, "no key can be read out here"},
    {"AllowAllAppsAccess", take_extractable, NULL,
     "no application has access to the key: see key-access"},
    {"CertificateRenewalTimeInterval", apple_say, NULL,
     "is in days, renewal-threshold in percent of the lifetime: write it by hand"},
    {NULL, NULL, NULL, NULL},
};

/* Who installed it decides whose it is; a profile for the machine says so. */
static int put_type(struct apple_reading *r, struct err *err)
{
    const char *scope = property_list_member_text(r->file, "PayloadScope");
    bool device = strcasecmp(scope, "System") == 0;
    int rc = section_put(r->sections, r->section, "type", "PayloadScope",
                         device ? "device" : "user", err);
    if (rc == 0 && !*scope)
        rc = section_note(r->sections, r->section, "PayloadScope", err,
                          "not set, so for users: type = device makes it the machine's");
    return rc;
}

int apple_scep(struct apple_reading *r, struct err *err)
{
    const char *why = NULL;
    if (!property_list_is(r->content, PLIST_DICT))
        return section_refuse(r->sections, r->section, "PayloadContent", err, "is no dictionary");
    int rc = section_describe(r->sections, r->section, "PayloadDescription",
                              property_list_member_text(r->payload, "PayloadDescription"), err);
    if (rc == 0)
        rc = put_type(r, err);
    if (rc == 0)
        rc = apple_read(r, apple_scep_rows, err);
    if (rc == 0 && !property_list_member(r->content, "Subject"))
        rc = section_put(r->sections, r->section, "subject", "Subject", "none", err);
    if (rc < 0)
        return rc;
    const struct section *root = apple_root_of(r, &why);
    rc = section_root(r->sections, r->section, "root", root, why, err);
    return rc < 0 ? rc
                  : section_challenge(r->sections, r->section,
                                      "none in the file: if the server wants one, name a source "
                                      "with --challenge, or write the line",
                                      err);
}
