#include "agent/preview_names.h"

#include "agent/certificate.h"
#include "profile/san.h"
#include "profile/subject.h"
#include "scep/csr.h"

#include <openssl/err.h>
#include <string.h>

void preview_fault(struct preview_faults *faults, const struct err *why)
{
    size_t i;
    json_t *told;
    if (!faults->first.class)
        faults->first = *why;
    json_array_foreach (faults->list, i, told) {
        if (strcmp(json_string_value(told), why->text) == 0)
            return;
    }
    json_array_append_new(faults->list, json_line(why->text));
}

static const json_t *find_variable(const json_t *list, const char *name)
{
    size_t i;
    json_t *variable;
    json_array_foreach ((json_t *)list, i, variable) {
        if (strcmp(json_text(variable, "name", ""), name) == 0)
            return variable;
    }
    return NULL;
}

/* Does a variable in it have no value? */
static bool is_lacking(const struct template *text, const json_t *variables)
{
    for (size_t i = 0; i < text->n; i++)
        if (text->v[i].attribute &&
            json_object_get(find_variable(variables, text->v[i].attribute->name), "problem"))
            return true;
    return false;
}

static json_t *variable_object(struct attributes *attributes, const struct attribute *attribute,
                               struct preview_faults *faults)
{
    autobuf value = {0};
    const char *where = NULL;
    struct err why;
    json_t *object = json_pack("{s:s}", "name", attribute->name);
    if (attribute_value(attributes, attribute, &value, &where, &why) < 0) {
        preview_fault(faults, &why);
        json_object_set_new(object, "problem", json_line(why.text));
        return object;
    }
    json_object_set_new(object, "value", json_string(buf_text(&value)));
    json_object_set_new(object, "where", json_line(where));
    return object;
}

static void add_variables(const struct template *text, struct attributes *attributes, json_t *list,
                          struct preview_faults *faults)
{
    for (size_t i = 0; i < text->n; i++) {
        const struct attribute *attribute = text->v[i].attribute;
        if (attribute && !find_variable(list, attribute->name))
            json_array_append_new(list, variable_object(attributes, attribute, faults));
    }
}

json_t *preview_variables(const struct scep_profile *scep, struct attributes *attributes,
                          struct preview_faults *faults)
{
    json_t *list = json_array();
    for (size_t i = 0; scep->subject && i < scep->subject->n; i++)
        add_variables(&scep->subject->v[i].text, attributes, list, faults);
    for (size_t i = 0; i < scep->n_sans; i++)
        add_variables(&scep->sans[i].text, attributes, list, faults);
    return list;
}

static const char *string_name(int type)
{
    static const struct {
        int type;
        const char *name;
    } names[] = {{V_ASN1_UTF8STRING, "UTF8String"},
                 {V_ASN1_PRINTABLESTRING, "PrintableString"},
                 {V_ASN1_IA5STRING, "IA5String"}};
    for (size_t i = 0; i < LENGTH(names); i++)
        if (names[i].type == type)
            return names[i].name;
    return "another type";
}

static json_t *ava_object(const X509_NAME_ENTRY *entry)
{
    char oid[64];
    const ASN1_STRING *value = X509_NAME_ENTRY_get_data(entry);
    OBJ_obj2txt(oid, sizeof oid, X509_NAME_ENTRY_get_object(entry), 1);
    return json_pack("{s:s, s:s, s:s#, s:s}", "type", name_label(oid), "oid", oid, "value",
                     (const char *)ASN1_STRING_get0_data(value), ASN1_STRING_length(value),
                     "string", string_name(ASN1_STRING_type(value)));
}

/* A list of RDNs, each a list of AVAs. */
static json_t *rdn_list(const X509_NAME *name)
{
    json_t *list = json_array(), *rdn = NULL;
    int set = -1;
    for (int i = 0; i < X509_NAME_entry_count(name); i++) {
        const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, i);
        if (!rdn || X509_NAME_ENTRY_set(entry) != set)
            json_array_append_new(list, rdn = json_array());
        set = X509_NAME_ENTRY_set(entry);
        json_array_append_new(rdn, ava_object(entry));
    }
    return list;
}

/* As a server reads it: there and back again, because encoding sorts what stands in one RDN. */
static int encode_name(const struct name *name, X509_NAME **ret, struct err *err)
{
    CLEANUP(X509_NAME_free_p) X509_NAME *made = NULL;
    CLEANUP(bytes_free_p) uint8_t *der = NULL;
    int rc = csr_name(name, &made, err);
    if (rc < 0)
        return rc;
    int len = i2d_X509_NAME(made, &der);
    const uint8_t *p = der;
    if (len < 0 || !d2i_X509_NAME(ret, &p, len))
        return openssl_error(err, ERR_CONFIG, "subject");
    return 0;
}

static bool subject_is_lacking(const struct subject_template *subject, const json_t *variables)
{
    for (size_t i = 0; i < subject->n; i++)
        if (is_lacking(&subject->v[i].text, variables))
            return true;
    return false;
}

void preview_subject(const struct scep_profile *scep, struct attributes *attributes,
                     const json_t *variables, json_t *object, struct preview_faults *faults)
{
    CLEANUP(name_free) struct name name = {0};
    CLEANUP(strings_free) struct strings warnings = {0};
    CLEANUP(X509_NAME_free_p) X509_NAME *encoded = NULL;
    struct err why;
    int rc = 0;
    if (scep->subject && subject_is_lacking(scep->subject, variables))
        return;
    if (scep->subject)
        rc = subject_expand(scep->subject, scep->subject_order == ORDER_FORWARD, attributes, &name,
                            &warnings, &why);
    if (rc < 0)
        err_context(&why, "subject");
    else
        rc = encode_name(&name, &encoded, &why);
    if (rc < 0) {
        preview_fault(faults, &why);
        return;
    }
    json_object_set_new(object, "subject", certificate_name(encoded));
    json_object_set_new(object, "rdns", rdn_list(encoded));
}

static json_t *san_object(const struct san_template *template, struct attributes *attributes,
                          const json_t *variables, struct preview_faults *faults)
{
    struct san san = {0};
    struct err why;
    json_t *object = json_pack("{s:s}", "kind", san_kind_name(template->kind));
    if (san_expand(template, attributes, &san, &why) < 0) {
        json_object_set_new(object, "problem", json_line(why.text));
        err_context(&why, "san");
        if (!is_lacking(&template->text, variables))
            preview_fault(faults, &why);
        return object;
    }
    json_object_set_new(object, "value", json_string(san.value));
    free(san.value);
    return object;
}

json_t *preview_sans(const struct scep_profile *scep, struct attributes *attributes,
                     const json_t *variables, struct preview_faults *faults)
{
    json_t *list = json_array();
    for (size_t i = 0; i < scep->n_sans; i++)
        json_array_append_new(list, san_object(&scep->sans[i], attributes, variables, faults));
    return list;
}
