#include "profile/attribute.h"

#include "profile/clean.h"
#include "profile/source.h"
#include "profile/template.h"

#include <string.h>

#define DEPTH_MAX 8 /* of values in signet.conf that name one another */

#define USER .user_only = true
const struct attribute attribute_table[] = {
    {"UserName", .sources = {{source_login_name, "the login name"}}, USER},
    {"UserPrincipalName", USER},
    {"EmailAddress", USER},
    {"GivenName", USER},
    {"Surname", USER},
    {"Department", USER},
    {"OnPremisesSamAccountName", USER},
    {"OnPrem_Distinguished_Name", USER},
    {.name = "OnPremisesSecurityIdentifier"},
    {"AAD_Device_ID", .aliases = {"AzureADDeviceId"}},
    {.name = "DeviceId"},
    {"SerialNumber", .aliases = {"Device_Serial"}},
    {"IMEI", .aliases = {"IMEINumber", "Device_IMEI"}},
    {.name = "MEID"},
    {.name = "WiFiMacAddress"},
    {"DeviceName", .sources = {{source_host_name, "the host name"}}},
    {"FullyQualifiedDomainName", .sources = {{source_fqdn, "the host name and /etc/hosts"}}},
    {"MachineId", .sources = {{source_machine_id, "/etc/machine-id"}}},
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
    *ret_where = "signet.conf";
    int rc = setting ? from_setting(attributes, setting, ret, err)
                     : from_sources(attributes, attribute, ret, ret_where, &tried, err);
    if (rc < 0 || ret->len > 0)
        return rc < 0 ? rc : 0;
    return err_set(err, ERR_CONFIG, "no value: looked in [attributes] of signet.conf%.600s",
                   setting ? "" : buf_text(&tried));
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
