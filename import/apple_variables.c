#include "import/apple_variables.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

const struct apple_variable apple_variables[] = {
    /* macOS itself, and Profile Manager */
    {"%ComputerName%", "{{DeviceName}}"},
    {"%LocalHostName%", "{{DeviceName}}"},
    {"%HostName%", "{{FullyQualifiedDomainName}}"},
    {"%SerialNumber%", "{{SerialNumber}}"},
    {"%IMEI%", "{{IMEI}}"},
    {"%WIFIMacAddress%", "{{WiFiMacAddress}}"},
    {"%short_name%", "{{UserName}}"},
    {"%email%", "{{EmailAddress}}"},
    {"%first_name%", "{{GivenName}}"},
    {"%last_name%", "{{Surname}}"},
    {"%HardwareUUID%", NULL},
    {"%MACAddress%", NULL},
    {"%AD_ComputerID%", NULL},
    {"%AD_Domain%", NULL},
    {"%full_name%", NULL},
    {"%GUID%", NULL},
    /* Jamf */
    {"$USERNAME", "{{UserName}}"},
    {"$EMAIL", "{{EmailAddress}}"},
    {"$COMPUTERNAME", "{{DeviceName}}"},
    {"$DEVICENAME", "{{DeviceName}}"},
    {"$SERIALNUMBER", "{{SerialNumber}}"},
    {"$IMEI", "{{IMEI}}"},
    {"$DEPARTMENTNAME", "{{Department}}"},
    {"$UDID", NULL},
    {"$MANAGEMENTID", NULL},
    {"$REALNAME", NULL},
    {"$FULLNAME", NULL},
    {"$MACADDRESS", NULL},
    {"$ASSETTAG", NULL},
    {NULL, NULL},
};

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
#define CAPITALS 26

/* Bytes of what looks like a variable and begins at TEXT, 0 for none: %Name%, or $ and three
 * capitals at least. */
static size_t variable_length(const char *text)
{
    if (*text == '%') {
        size_t n = strspn(text + 1, letters);
        return n > 0 && text[n + 1] == '%' ? n + 2 : 0;
    }
    size_t n = 0;
    while (text[n + 1] && (memchr(letters, text[n + 1], CAPITALS) || (n && text[n + 1] == '_')))
        n++;
    return *text == '$' && n >= 3 ? n + 1 : 0;
}

static const char *find(const char *text, size_t len)
{
    for (const struct apple_variable *v = apple_variables; v->theirs; v++)
        if (strlen(v->theirs) == len && strncasecmp(v->theirs, text, len) == 0)
            return v->ours;
    return NULL;
}

int apple_variables_map(const char *text, struct buf *ret, struct err *err)
{
    int rc = 0;
    if (strstr(text, "{{"))
        return err_set(err, ERR_CONFIG,
                       "holds \"{{\", which would be a variable here: write the value by hand");
    while (rc == 0 && *text) {
        size_t len = variable_length(text);
        const char *ours = len ? find(text, len) : NULL;
        if (len && !ours)
            return err_set(err, ERR_CONFIG, "%.*s is a variable that has no value here",
                           (int)(len < 60 ? len : 60), text);
        rc = ours ? buf_add_text(ret, ours, err) : buf_add(ret, text, 1, err);
        text += len ? len : 1;
    }
    return rc;
}
