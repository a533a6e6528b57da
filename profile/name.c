#include "profile/name.h"

#include "base/array.h"
#include "base/clean.h"
#include "profile/oid.h"

#include <stdio.h>
#include <string.h>

/* Every key that CertStrToName documents, and UID, which LDAP directories use. The first row of an
 * OID is the name that people are shown. */
static const struct {
    const char *key, *oid;
    enum name_type type;
} keys[] = {
    {"CN", "2.5.4.3", NAME_UTF8},
    {"L", "2.5.4.7", NAME_UTF8},
    {"O", "2.5.4.10", NAME_UTF8},
    {"OU", "2.5.4.11", NAME_UTF8},
    {"ST", "2.5.4.8", NAME_UTF8},
    {"S", "2.5.4.8", NAME_UTF8},
    {"STREET", "2.5.4.9", NAME_UTF8},
    {"T", "2.5.4.12", NAME_UTF8},
    {"Title", "2.5.4.12", NAME_UTF8},
    {"GN", "2.5.4.42", NAME_UTF8},
    {"G", "2.5.4.42", NAME_UTF8},
    {"GivenName", "2.5.4.42", NAME_UTF8},
    {"I", "2.5.4.43", NAME_UTF8},
    {"Initials", "2.5.4.43", NAME_UTF8},
    {"SN", "2.5.4.4", NAME_UTF8},
    {"C", "2.5.4.6", NAME_PRINTABLE},
    {"E", "1.2.840.113549.1.9.1", NAME_IA5},
    {"Email", "1.2.840.113549.1.9.1", NAME_IA5},
    {"DC", "0.9.2342.19200300.100.1.25", NAME_IA5},
    {"SERIALNUMBER", "2.5.4.5", NAME_PRINTABLE},
    {"Description", "2.5.4.13", NAME_UTF8},
    {"PostalCode", "2.5.4.17", NAME_UTF8},
    {"POBox", "2.5.4.18", NAME_UTF8},
    {"Phone", "2.5.4.20", NAME_PRINTABLE},
    {"X21Address", "2.5.4.24", NAME_UTF8},
    {"DnQualifier", "2.5.4.46", NAME_PRINTABLE}, /* RFC 5280 appendix A.1 allows nothing else */
    {"UnstructuredName", "1.2.840.113549.1.9.2", NAME_UTF8},
    {"UID", "0.9.2342.19200300.100.1.1", NAME_UTF8},
};

void name_free(struct name *name)
{
    for (size_t i = 0; i < name->n; i++)
        buf_free(&name->v[i].value);
    free(name->v);
    *name = (struct name){0};
}

int name_add(struct name *name, const char *oid, enum name_type type, bool joined,
             const void *value, size_t len, struct err *err)
{
    struct name_ava ava = {.type = type, .joined = joined && name->n > 0};
    if ((size_t)snprintf(ava.oid, sizeof ava.oid, "%s", oid) >= sizeof ava.oid)
        return err_set(err, ERR_CONFIG, "%s: an object identifier of more than 63 characters", oid);
    int rc = array_room(&name->v, name->n, sizeof *name->v, err);
    if (rc < 0)
        return rc;
    rc = buf_add(&ava.value, value, len, err);
    if (rc < 0)
        return rc;
    name->v[name->n++] = ava;
    return 0;
}

bool name_key(const char *key, char *ret_oid, enum name_type *ret_type)
{
    bool dotted = strncasecmp(key, "OID.", 4) == 0;
    if (dotted)
        key += 4;
    for (size_t i = 0; i < LENGTH(keys); i++)
        if ((!dotted && strcasecmp(key, keys[i].key) == 0) || strcmp(key, keys[i].oid) == 0) {
            strcpy(ret_oid, keys[i].oid);
            *ret_type = keys[i].type;
            return true;
        }
    if (!oid_valid(key))
        return false;
    strcpy(ret_oid, key);
    *ret_type = NAME_UTF8;
    return true;
}

void name_offer_keys(struct nearest *nearest)
{
    for (size_t i = 0; i < LENGTH(keys); i++)
        nearest_offer(nearest, keys[i].key);
}

const char *name_label(const char *oid)
{
    for (size_t i = 0; i < LENGTH(keys); i++)
        if (strcmp(oid, keys[i].oid) == 0)
            return keys[i].key;
    return oid;
}

/* X.680 section 41.4. */
static bool is_printable(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c && strchr(" '()+,-./:=?", c));
}

int name_check(const char *oid, enum name_type type, const void *value, size_t len, struct err *err)
{
    const uint8_t *p = value;
    const char *label = name_label(oid);
    if (len == 0)
        return err_set(err, ERR_CONFIG, "%s has an empty value", label);
    const char *fault = clean_fault(value, len);
    if (fault)
        return err_set(err, ERR_CONFIG, "the value of %s %s", label, fault);
    size_t blanks = 0;
    while (blanks < len && p[blanks] == ' ')
        blanks++;
    if (blanks == len)
        return err_set(err, ERR_CONFIG, "%s has an empty value", label);
    for (size_t i = 0; i < len; i++) {
        if (type == NAME_IA5 && p[i] > 0x7f)
            return err_set(err, ERR_CONFIG, "the value of %s must be ASCII%s", label,
                           strcmp(label, "E") != 0 ? ""
                           : memchr(p, '@', i)
                               ? ": write its host in punycode (xn--...)"
                               : ": E can hold no other address (RFC 5280 section 4.1.2.6)");
        if (type == NAME_PRINTABLE && !is_printable(p[i]))
            return err_set(err, ERR_CONFIG,
                           "the value of %s may hold letters A-Z, digits, blanks and '()+,-./:=? "
                           "only (PrintableString)",
                           label);
    }
    if (strcmp(label, "C") == 0 && (len != 2 || p[0] < 'A' || p[1] < 'A'))
        return err_set(err, ERR_CONFIG, "C is a country of two letters, such as SE (ISO 3166)");
    return 0;
}
