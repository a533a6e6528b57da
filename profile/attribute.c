#include "profile/attribute.h"

#include "profile/clean.h"
#include "profile/machine.h"
#include "profile/template.h"

#include <string.h>

#define DEPTH_MAX 8 /* of values in signet.conf that name one another */

/* The login name without the domain that a directory puts around it: CORP\alice,
 * alice@corp.example. */
static int user_name(struct attributes *attributes, struct buf *ret, struct err *err)
{
    const char *name = attributes->user, *slash = strrchr(name, '\\');
    if (slash)
        name = slash + 1;
    return buf_add(ret, name, strcspn(name, "@"), err);
}

static int device_name(struct attributes *attributes, struct buf *ret, struct err *err)
{
    (void)attributes;
    return machine_name(ret, err);
}

static int fqdn(struct attributes *attributes, struct buf *ret, struct err *err)
{
    (void)attributes;
    return machine_fqdn(ret, err);
}

static int id_of_machine(struct attributes *attributes, struct buf *ret, struct err *err)
{
    (void)attributes;
    return machine_id(ret, err);
}

#define USER .user_only = true
const struct attribute attribute_table[] = {
    {"UserName", .source = user_name, .where = "the login name", USER},
    {"UserPrincipalName", .where = "SSSD", USER},
    {"EmailAddress", .where = "SSSD", USER},
    {"GivenName", .where = "SSSD and the GECOS field", USER},
    {"Surname", .where = "SSSD and the GECOS field", USER},
    {"Department", .where = "SSSD", USER},
    {"OnPremisesSamAccountName", .where = "SSSD", USER},
    {"OnPrem_Distinguished_Name", .where = "SSSD", USER},
    {"OnPremisesSecurityIdentifier", .where = "SSSD"},
    {"AAD_Device_ID",
     {"AzureADDeviceId"},
     .where = "the registration files of Himmelblau and Intune"},
    {"DeviceId", .where = "the registration files of Himmelblau and Intune"},
    {"SerialNumber", {"Device_Serial"}, .where = "DMI and the device tree"},
    {"IMEI", {"IMEINumber", "Device_IMEI"}, .where = "ModemManager"},
    {"MEID", .where = "ModemManager"},
    {"WiFiMacAddress", .where = "the wireless interface"},
    {"DeviceName", .source = device_name, .where = "the host name"},
    {"FullyQualifiedDomainName", .source = fqdn, .where = "the host name and /etc/hosts"},
    {"MachineId", .source = id_of_machine, .where = "/etc/machine-id"},
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
static int from_setting(struct attributes *attributes, const struct setting *setting,
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

static int find_value(struct attributes *attributes, const struct attribute *attribute,
                      struct buf *ret, struct err *err)
{
    const struct setting *setting = find_setting(attributes->settings, attribute);
    if (attributes->settings && attributes->settings->damaged)
        return err_set(err, ERR_CONFIG,
                       "signet.conf has a problem (signet check), so its value is "
                       "not certain");
    if (attribute->user_only && !attributes->user)
        return err_set(err, ERR_CONFIG, "only users have it, and this is for the device");
    if (setting)
        return from_setting(attributes, setting, ret, err);
    if (attribute->source)
        return attribute->source(attributes, ret, err);
    return err_set(err, ERR_CONFIG,
                   "no value: looked in [attributes] of signet.conf; looking in %s is not "
                   "supported yet",
                   attribute->where);
}

int attribute_value(struct attributes *attributes, const struct attribute *attribute,
                    struct buf *ret, struct err *err)
{
    autobuf value = {0};
    const char *fault = NULL;
    int rc = find_value(attributes, attribute, &value, err);
    if (rc == 0 && value.len == 0)
        rc = err_set(err, ERR_CONFIG, "no value: looked in [attributes] of signet.conf and in %s",
                     attribute->where);
    else if (rc == 0 && value.len > ATTRIBUTE_MAX)
        rc = err_set(err, ERR_CONFIG, "its value has %zu bytes, more than %d", value.len,
                     ATTRIBUTE_MAX);
    else if (rc == 0 && (fault = clean_fault(buf_text(&value), value.len)))
        rc = err_set(err, ERR_CONFIG, "its value %s", fault);
    if (rc < 0)
        return err_context(err, "{{%s}}", attribute->name);
    return buf_add(ret, value.data, value.len, err);
}
