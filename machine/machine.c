#include "machine/machine.h"

#include "base/fs.h"
#include "base/text.h"
#include "machine/serial.h"
#include "base/sha256.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>

#define HOSTS_MAX       (1024u * 1024)
#define SERIAL_FILE_MAX 4096 /* of every file in sysfs */
#define ID_FILE_MAX     64

static const uint8_t application_id[16] = {0x5b, 0x0c, 0xfd, 0x2c, 0x41, 0xa7, 0x4d, 0x0e,
                                           0x9b, 0x83, 0xc2, 0xf1, 0xd8, 0x5f, 0x7a, 0x16};

static int host_name(char *ret, size_t size, struct err *err)
{
    if (gethostname(ret, size) < 0)
        return err_errno(err, "gethostname");
    ret[size - 1] = 0;
    return 0;
}

int machine_host(struct buf *ret, struct err *err)
{
    char host[HOST_NAME_MAX + 1];
    int rc = host_name(host, sizeof host, err);
    return rc < 0 ? rc : buf_add(ret, host, strcspn(host, "."), err);
}

int machine_name_of(const char *host, struct buf *ret, struct err *err)
{
    size_t len = strcspn(host, ".");
    if (len == 0 || strcmp(host, "(none)") == 0 ||
        (len == strlen("localhost") && strncasecmp(host, "localhost", len) == 0))
        return 0;
    int rc = buf_add(ret, host, len, err);
    return rc < 0 ? rc : 1;
}

int machine_name(struct buf *ret, struct err *err)
{
    char host[HOST_NAME_MAX + 1];
    int rc = host_name(host, sizeof host, err);
    return rc < 0 ? rc : machine_name_of(host, ret, err);
}

/* The canonical name on one line of a hosts file: its first name with a dot, if HOST is one of its
 * names. */
static const char *line_names(char *line, const char *host)
{
    char *save = NULL;
    const char *full = NULL;
    bool ours = false;
    line[strcspn(line, "#")] = 0;
    if (!strtok_r(line, " \t\r", &save)) /* the address */
        return NULL;
    for (const char *name; (name = strtok_r(NULL, " \t\r", &save));) {
        if (!full && strchr(name, '.'))
            full = name;
        ours = ours || strcasecmp(name, host) == 0;
    }
    return ours ? full : NULL;
}

int machine_fqdn_of(const char *host, const char *hosts, struct buf *ret, struct err *err)
{
    autobuf name = {0};
    int rc = machine_name_of(host, &name, err); /* every machine is called localhost.localdomain */
    const char *full = rc > 0 && strchr(host, '.') ? host : NULL;
    if (rc <= 0)
        return rc;

    autofree char *copy = strdup(hosts);
    if (!copy)
        return err_memory(err);
    for (char *rest = copy, *line; !full && (line = strsep(&rest, "\n"));)
        full = line_names(line, host);
    rc = full ? buf_add_text(ret, full, err) : 0;
    return rc < 0 ? rc : full != NULL;
}

/* What stands below the root may be missing. */
static int read_below(const char *root, const char *path, size_t max, struct buf *ret,
                      struct err *err)
{
    struct err why = {0};
    autofree char *whole = text_format("%s%s", root, path);
    if (!whole)
        return err_memory(err);
    int rc = fs_read(AT_FDCWD, whole, max, ret, &why);
    if (rc == 0)
        return 1;
    return why.class == ERR_CONFIG || why.class == ERR_DENIED
               ? 0
               : err_set(err, why.class, "%s", why.text);
}

int machine_fqdn(const char *root, struct buf *ret, struct err *err)
{
    char host[HOST_NAME_MAX + 1];
    autobuf hosts = {0};
    int rc = host_name(host, sizeof host, err);
    if (rc == 0 && !strchr(host, '.'))
        rc = read_below(root, "/etc/hosts", HOSTS_MAX, &hosts, err);
    return rc < 0 ? rc : machine_fqdn_of(host, buf_text(&hosts), ret, err);
}

int machine_serial(const char *root, const char *path, struct buf *ret, struct err *err)
{
    autobuf text = {0};
    int rc = read_below(root, path, SERIAL_FILE_MAX, &text, err);
    return rc <= 0 ? rc : serial_of(buf_text(&text), ret, err);
}

/* 32 hex digits and perhaps a line's end. */
static bool read_id(const char *text, uint8_t ret[16])
{
    static const char digits[] = "0123456789abcdef";
    unsigned sum = 0;
    for (unsigned i = 0; i < 32; i++) {
        const char *digit = text[i] ? strchr(digits, text[i] | 0x20) : NULL;
        if (!digit)
            return false;
        ret[i / 2] = (uint8_t)(ret[i / 2] << 4 | (digit - digits));
        sum |= ret[i / 2];
    }
    return sum && (!text[32] || strcmp(text + 32, "\n") == 0);
}

int machine_id_of(const char *text, struct buf *ret, struct err *err)
{
    uint8_t key[16] = {0}, mac[SHA256_SIZE];
    char hex[33];
    if (!read_id(text, key))
        return 0;
    sha256_hmac(key, sizeof key, application_id, sizeof application_id, mac);
    explicit_bzero(key, sizeof key);
    mac[6] = (mac[6] & 0x0f) | 0x40;
    mac[8] = (mac[8] & 0x3f) | 0x80;
    text_hex(mac, 16, hex);
    int rc = buf_add_text(ret, hex, err);
    return rc < 0 ? rc : 1;
}

int machine_id(const char *root, struct buf *ret, struct err *err)
{
    autobuf text = {0};
    int rc = read_below(root, "/etc/machine-id", ID_FILE_MAX, &text, err);
    return rc <= 0 ? rc : machine_id_of(buf_text(&text), ret, err);
}
