#include "profile/attribute.h"

#include "base/clean.h"
#include "profile/helper.h"
#include "profile/settings.h"
#include "profile/source.h"
#include "profile/template.h"

#include <string.h>

#define DEPTH_MAX 32 /* of values in signet.conf that name one another: more than there are */

#define USER             .user_only = true
#define SSSD(name)       source_service, "SSSD (" name ")", SERVICE_DIRECTORY, name
#define MODEM(name)      source_service, "ModemManager", SERVICE_MODEM, name
#define FACT(name)       source_service, "facts.json of signet-apply (" name ")", SERVICE_FACTS, name
#define FIRMWARE(path)   source_serial, path, .name = path
#define HIMMELBLAU(read) read, "Himmelblau's registration"

static const char ifp_help[] = "for SSSD to tell it, user_attributes of [ifp] in sssd.conf, and "
                               "often ldap_user_extra_attrs of the domain, must name it";

/* SSSD's names are those of its cache, which has some of its own: originalDN, objectSIDString. */
const struct attribute attribute_table[] = {
    {"UserName", .sources = {{source_login_name, "the login name"}}, USER},
    {"UserPrincipalName",
     .sources = {{SSSD("userPrincipalName")},
                 {SSSD("krbPrincipalName")},
                 {source_principal, "the login name"}},
     USER, .help = ifp_help},
    {"EmailAddress", .sources = {{SSSD("mail")}}, USER, .help = ifp_help},
    {"GivenName", .sources = {{SSSD("givenname")}, {source_given_name, "the GECOS field"}}, USER,
     .help = ifp_help},
    {"Surname", .sources = {{SSSD("sn")}, {source_surname, "the GECOS field"}}, USER,
     .help = ifp_help},
    {"Department", .sources = {{SSSD("department")}}, USER, .help = ifp_help},
    {"OnPremisesSamAccountName", .sources = {{SSSD("name")}}, USER},
    {"OnPrem_Distinguished_Name", .sources = {{SSSD("originalDN")}}, USER, .help = ifp_help},
    {"OnPremisesSecurityIdentifier", .sources = {{SSSD("objectSIDString")}}, .help = ifp_help},
    {"AAD_Device_ID",
     {"AzureADDeviceId"},
     .sources = {{FACT("aadDeviceId")}, {HIMMELBLAU(source_entra_id)}}},
    {"DeviceId", .sources = {{FACT("deviceId")}, {HIMMELBLAU(source_intune_id)}}},
    {"SerialNumber",
     {"Device_Serial"},
     .sources = {{FACT("serialNumber")},
                 {FIRMWARE("/sys/class/dmi/id/product_serial")},
                 {FIRMWARE("/sys/firmware/devicetree/base/serial-number")}}},
    {"IMEI", {"IMEINumber", "Device_IMEI"}, .sources = {{MODEM("imei")}}},
    {"MEID", .sources = {{MODEM("meid")}}},
    {"WiFiMacAddress", .sources = {{source_wifi, "the wireless interfaces"}}},
    {"DeviceName", .sources = {{source_host_name, "the host name"}},
     .help = "hostnamectl hostname NAME gives this machine a name of its own"},
    {"FullyQualifiedDomainName", .sources = {{source_fqdn, "the host name and /etc/hosts"}},
     .help = "a line of /etc/hosts can name the host with its domain"},
    {"MachineId", .sources = {{source_machine_id, "/etc/machine-id"}},
     .help = "systemd-machine-id-setup makes one"},
    {NULL},
};

static bool named(const char *name, const char *word, size_t len)
{
    return name && strlen(name) == len && strncasecmp(name, word, len) == 0;
}

const struct attribute *attribute_find(const char *name, size_t len)
{
    for (const struct attribute *a = attribute_table; a->name; a++) {
        if (named(a->name, name, len))
            return a;
        for (size_t i = 0; i < LENGTH(a->aliases); i++)
            if (named(a->aliases[i], name, len))
                return a;
    }
    return NULL;
}

void attribute_offer_names(struct nearest *nearest)
{
    for (const struct attribute *a = attribute_table; a->name; a++) {
        nearest_offer(nearest, a->name);
        for (size_t i = 0; i < LENGTH(a->aliases) && a->aliases[i]; i++)
            nearest_offer(nearest, a->aliases[i]);
    }
}

static const struct setting *find_setting(const struct settings *settings,
                                          const struct attribute *attribute)
{
    for (size_t i = 0; settings && i < settings->n; i++)
        if (settings->v[i].attribute == attribute)
            return &settings->v[i];
    return NULL;
}

/* A value of signet.conf: fixed text, or a template over other variables. */
static int from_template(struct attributes *attributes, const struct setting *setting,
                         struct buf *ret, struct err *err)
{
    CLEANUP(template_free) struct template template = {0};
    if (attributes->depth >= DEPTH_MAX)
        return err_set(err, ERR_CONFIG,
                       "the values in [attributes] of signet.conf name one "
                       "another in a circle");
    int rc = template_parse(setting->value, strlen(setting->value), &template, err);
    if (rc < 0)
        return rc;
    attributes->depth++;
    rc = template_expand(&template, attributes, ret, err);
    attributes->depth--;
    return rc;
}

static int from_setting(struct attributes *attributes, const struct setting *setting,
                        struct buf *ret, const char **ret_where, struct err *err)
{
    const char *line = helper_line(setting->value);
    *ret_where = line ? "signet.conf's command" : "signet.conf";
    return line ? helper_value(attributes, setting->attribute, line, ret, err)
                : from_template(attributes, setting, ret, err);
}

/* The first of the sources that has a value. Those without one are told in TRIED. */
static int from_sources(struct attributes *attributes, const struct attribute *attribute,
                        struct buf *ret, const char **ret_where, struct buf *tried, struct err *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < ATTRIBUTE_SOURCES && attribute->sources[i].read; i++) {
        const struct attribute_source *source = &attribute->sources[i];
        buf_clear(ret);
        rc = source->read(attributes, source, ret, err);
        if (rc < 0)
            return err_context(err, "%s", source->where);
        if (rc > 0 && ret->len == 0)
            rc = 0;
        *ret_where = source->where;
        if (rc == 0 && buf_printf(tried, err, ", %s", source->where) < 0)
            return -ERR_RESOURCE;
    }
    return rc;
}

static int find_value(struct attributes *attributes, const struct attribute *attribute,
                      struct buf *ret, const char **ret_where, struct err *err)
{
    const struct setting *setting = find_setting(attributes->settings, attribute);
    autobuf tried = {0};
    if (attributes->settings && attributes->settings->damaged)
        return err_set(err, ERR_CONFIG,
                       "signet.conf has a problem (signet check), so its value is "
                       "not certain");
    if (attribute->user_only && !attributes->user)
        return err_set(err, ERR_CONFIG, "only users have it, and this is for the device");
    int rc = setting ? from_setting(attributes, setting, ret, ret_where, err)
                     : from_sources(attributes, attribute, ret, ret_where, &tried, err);
    if (rc < 0 || ret->len > 0)
        return rc < 0 ? rc : 0;
    if (setting)
        return err_set(err, ERR_CONFIG, "no value: %s gave none", *ret_where);
    return err_set(err, ERR_CONFIG, "no value: looked in [attributes] of signet.conf%.600s%s%s",
                   buf_text(&tried), attribute->help ? "; " : "",
                   attribute->help ? attribute->help : "");
}

int attribute_value(struct attributes *attributes, const struct attribute *attribute,
                    struct buf *ret, const char **ret_where, struct err *err)
{
    autobuf value = {0};
    const char *fault = NULL, *where = NULL;
    int rc = find_value(attributes, attribute, &value, &where, err);
    if (rc == 0 && value.len > ATTRIBUTE_MAX)
        rc = err_set(err, ERR_CONFIG, "its value has %zu bytes, more than %d", value.len,
                     ATTRIBUTE_MAX);
    else if (rc == 0 && (fault = clean_fault(buf_text(&value), value.len)))
        rc = err_set(err, ERR_CONFIG, "its value %s", fault);
    if (rc < 0)
        return err_context(err, "{{%s}}", attribute->name);
    rc = buf_add(ret, value.data, value.len, err);
    if (rc == 0 && ret_where)
        *ret_where = where;
    return rc;
}
