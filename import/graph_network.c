/* Wi-Fi, wired and VPN profiles: there are no such sections yet, so all that can be done is to say
 * what they were, and which certificates they used. */
#include "import/graph_row.h"

static const struct {
    const char *property, *what;
} said[] = {
    {"ssid", "network"},
    {"networkName", "network"},
    {"connectionName", "connection"},
    {"trustedServerCertificateNames", "names of the authentication server"},
    {"eapType", "EAP method"},
    {"authenticationMethod", "authentication"},
};

static const struct {
    const char *property, *what;
    enum profile_kind kind;
} references[] = {
    {"identityCertificateForClientAuthentication", "signs in with", PROFILE_SCEP},
    {"identityCertificate", "signs in with", PROFILE_SCEP},
    {"secondaryIdentityCertificateForClientAuthentication", "signs in with", PROFILE_SCEP},
    {"rootCertificateForServerValidation", "trusts", PROFILE_TRUSTED_ROOT},
    {"rootCertificatesForServerValidation", "trusts", PROFILE_TRUSTED_ROOT},
    {"rootCertificateForClientValidation", "trusts", PROFILE_TRUSTED_ROOT},
};

static int say(struct sections *sections, const json_t *object, const char *property,
               struct err *err, const char *what, const char *value)
{
    const char *title = graph_text(object, "displayName");
    autofree char *name = text_format("\"%.100s\"", title);
    return name ? import_result_line(sections->result, IMPORT_NOTE, name, property, err,
                                     "%s%s%.200s", what, *value ? ": " : "", value)
                : err_memory(err);
}

static int say_value(struct sections *sections, const json_t *object, size_t i, struct err *err)
{
    const json_t *value = graph_member(object, said[i].property);
    size_t n;
    json_t *item;
    int rc = 0;
    if (json_is_string(value))
        rc = say(sections, object, said[i].property, err, said[i].what, json_string_value(value));
    json_array_foreach ((json_t *)value, n, item) {
        if (rc == 0 && json_is_string(item))
            rc =
                say(sections, object, said[i].property, err, said[i].what, json_string_value(item));
    }
    return rc;
}

static int say_reference(struct sections *sections, const json_t *object, const json_t *relation,
                         size_t i, struct err *err)
{
    char why[256] = "";
    const struct section *found = graph_reference(sections, references[i].kind, relation,
                                                  references[i].property, why, sizeof why);
    if (!found && !*why)
        return 0;
    return say(sections, object, references[i].property, err, references[i].what,
               found ? found->name : why);
}

/* A relation to one other object, or to each of a list. */
static int say_references(struct sections *sections, const json_t *object, size_t i,
                          struct err *err)
{
    autofree char *bind = text_format("%s@odata.bind", references[i].property);
    if (!bind)
        return err_memory(err);
    const char *const names[] = {bind, references[i].property};
    int rc = say_reference(sections, object, object, i, err);
    for (size_t k = 0; rc == 0 && k < LENGTH(names); k++) {
        size_t n;
        json_t *item;
        json_array_foreach ((json_t *)graph_member(object, names[k]), n, item) {
            autojson *one = json_pack("{sO}", names[k], item);
            if (rc == 0)
                rc = one ? say_reference(sections, object, one, i, err) : err_memory(err);
        }
    }
    return rc;
}

int graph_network(struct sections *sections, const json_t *object, const char *type,
                  const char *kind, struct err *err)
{
    int rc = say(sections, object, type, err, kind, "left out, conf.d has no such sections yet");
    for (size_t i = 0; rc == 0 && i < LENGTH(said); i++)
        rc = say_value(sections, object, i, err);
    for (size_t i = 0; rc == 0 && i < LENGTH(references); i++)
        rc = say_references(sections, object, i, err);
    return rc;
}
