#include "cli/token_uri.h"

#include "base/text.h"

#include <string.h>

/* CKA_ID in hex, as pairs behind percent signs. */
static int add_id(const char *hex, struct buf *ret, struct err *err)
{
    size_t len = strlen(hex);
    if (len % 2 || hex[strspn(hex, "0123456789abcdefABCDEF")])
        return err_set(err, ERR_BUG, "agent: an id that is not hexadecimal");
    int rc = buf_add_text(ret, ";id=", err);
    for (size_t i = 0; rc == 0 && i < len; i += 2)
        rc = buf_printf(ret, err, "%%%.2s", hex + i);
    return rc;
}

static int add_attribute(const char *name, const char *value, struct buf *ret, struct err *err)
{
    int rc = buf_add_text(ret, name, err);
    return rc < 0 ? rc : text_percent(value, strlen(value), ret, err);
}

int token_uri(const json_t *entry, const char *type, struct buf *ret, struct err *err)
{
    const char *profile = json_text(entry, "profile", ""), *token = json_text(entry, "token", NULL);
    const char *serial = json_text(entry, "token_serial", NULL), *id = json_text(entry, "id", NULL);
    if (!token || !serial || !id)
        return err_set(err, ERR_CONFIG, "%s: has no certificate yet", profile);

    autobuf uri = {0};
    int rc = add_attribute("pkcs11:token=", token, &uri, err);
    if (rc == 0)
        rc = add_attribute(";serial=", serial, &uri, err);
    if (rc == 0)
        rc = add_attribute(";object=", profile, &uri, err);
    if (rc == 0)
        rc = add_id(id, &uri, err);
    if (rc == 0)
        rc = add_attribute(";type=", type, &uri, err);
    return rc < 0 ? rc : buf_add(ret, uri.data, uri.len, err);
}

/* Root is told of owners, too, whom the profile is not for. */
int token_uri_entry(const json_t *entries, const char *profile, const json_t **ret, struct err *err)
{
    const json_t *found = NULL;
    size_t i, n = 0;
    json_t *entry;
    json_array_foreach (entries, i, entry)
        if (json_object_get(entry, "token")) {
            found = entry;
            n++;
        }
    if (n == 0)
        return err_set(err, ERR_CONFIG,
                       "%s: no such certificate (signet status shows what there is)", profile);
    if (n > 1)
        return err_set(err, ERR_CONFIG, "%s: %zu owners have it; say --user NAME or --device",
                       profile, n);
    *ret = found;
    return 0;
}
