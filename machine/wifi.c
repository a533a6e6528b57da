#include "machine/wifi.h"

#include "base/fs.h"

#include <ctype.h>
#include <fcntl.h>
#include <string.h>

#define ATTRIBUTE_SIZE 4096 /* of every file in sysfs */

bool wifi_parse(const char *text, uint8_t ret[6])
{
    uint8_t address[6];
    unsigned sum = 0;
    size_t len = strcspn(text, "\n");
    if (len != strlen("aa:bb:cc:dd:ee:ff") || (text[len] && text[len + 1]))
        return false;
    for (size_t i = 0; i < len; i++)
        if (i % 3 == 2 ? text[i] != ':' : !isxdigit((unsigned char)text[i]))
            return false;
    for (size_t i = 0; i < 6; i++)
        sum |= address[i] = (uint8_t)strtoul(text + 3 * i, NULL, 16);
    if (!sum || address[0] & 1)
        return false;
    memcpy(ret, address, sizeof address);
    return true;
}

int wifi_print(const uint8_t address[6], enum wifi_format format, struct buf *ret, struct err *err)
{
    static const struct {
        bool upper;
        const char *between;
    } formats[] = {
        [WIFI_PLAIN_UPPER] = {true, ""},  [WIFI_PLAIN_LOWER] = {false, ""},
        [WIFI_COLON_UPPER] = {true, ":"}, [WIFI_COLON_LOWER] = {false, ":"},
        [WIFI_DASH_UPPER] = {true, "-"},  [WIFI_DASH_LOWER] = {false, "-"},
    };
    int rc = 0;
    for (unsigned i = 0; rc == 0 && i < 6; i++)
        rc = buf_printf(ret, err, formats[format].upper ? "%s%02X" : "%s%02x",
                        i ? formats[format].between : "", address[i]);
    return rc;
}

/* A file of one interface; what cannot be read is not there. */
static bool read_attribute(int net, const char *interface, const char *name, struct buf *ret)
{
    autofree char *path = text_format("%s/%s", interface, name);
    buf_clear(ret);
    return path && fs_read(net, path, ATTRIBUTE_SIZE, ret, NULL) == 0;
}

static bool of_a_device(int net, const char *interface)
{
    autofree char *path = text_format("%s/device", interface);
    return path && faccessat(net, path, F_OK, 0) == 0;
}

int wifi_address(const char *root, enum wifi_format format, struct buf *ret, struct err *err)
{
    CLEANUP(strings_free) struct strings interfaces = {0};
    autofree char *path = text_format("%s/sys/class/net", root);
    autoclose int net = -1;
    int64_t lowest = INT64_MAX;
    uint8_t address[6];

    if (!path)
        return err_memory(err);
    net = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (net < 0)
        return 0;
    int rc = fs_list(net, &interfaces, err);
    for (size_t i = 0; rc == 0 && i < interfaces.n; i++) {
        const char *interface = interfaces.v[i];
        autobuf mac = {0}, index = {0};
        int64_t number;
        if (read_attribute(net, interface, "phy80211/macaddress", &mac) &&
            of_a_device(net, interface) && read_attribute(net, interface, "ifindex", &index) &&
            text_number(text_trim((char *)index.data), 1, lowest - 1, &number) &&
            wifi_parse(buf_text(&mac), address))
            lowest = number;
        else
            continue;
        buf_clear(ret);
        rc = wifi_print(address, format, ret, err);
    }
    return rc < 0 ? rc : lowest < INT64_MAX;
}
