#include "profile/source.h"

#include "base/nss.h"
#include "machine/gecos.h"
#include "machine/himmelblau.h"
#include "machine/machine.h"
#include "profile/settings.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Most readers need no more than whose value it is. */
#define READER(name)                                                                               \
    int name(struct attributes *attributes,                                                        \
             const struct attribute_source *source __attribute__((unused)), struct buf *ret,       \
             struct err *err)

static const char *root_of(const struct attributes *attributes)
{
    return attributes->root ? attributes->root : "";
}

/* CORP\\alice, alice@corp.example. */
READER(source_login_name)
{
    const char *name = attributes->user, *slash = strrchr(name, '\\');
    if (slash)
        name = slash + 1;
    int rc = buf_add(ret, name, strcspn(name, "@"), err);
    return rc < 0 ? rc : 1;
}

READER(source_principal)
{
    const char *name = attributes->user, *at = strchr(name, '@');
    if (!at || at == name || !at[1] || strchr(at + 1, '@') || strchr(name, '\\'))
        return 0;
    int rc = buf_add_text(ret, name, err);
    return rc < 0 ? rc : 1;
}

/* Does the account stand in passwd(5)? Then chfn(1) lets its user write what is behind the first
 * comma of its GECOS field: that is the room, and never a name. */
static bool is_local(const char *name)
{
    CLEANUP(fclose_p) FILE *file = fopen("/etc/passwd", "re");
    const struct passwd *user;
    if (!file)
        return errno != ENOENT;
    while ((user = fgetpwent(file)) && strcmp(user->pw_name, name) != 0)
        ;
    return user;
}

static int read_gecos(const struct attributes *attributes, enum gecos_part part, struct buf *ret,
                      struct err *err)
{
    autobuf buffer = {0};
    struct passwd user;
    int rc = nss_user(attributes->uid, &user, &buffer, err);
    if (rc <= 0 || !user.pw_gecos)
        return rc;
    if (is_local(user.pw_name))
        user.pw_gecos[strcspn(user.pw_gecos, ",")] = 0;
    return gecos_name(user.pw_gecos, part, ret, err);
}

READER(source_given_name)
{
    return read_gecos(attributes, GECOS_GIVEN_NAME, ret, err);
}

READER(source_surname)
{
    return read_gecos(attributes, GECOS_SURNAME, ret, err);
}

READER(source_host_name)
{
    (void)attributes;
    return machine_name(ret, err);
}

READER(source_fqdn)
{
    return machine_fqdn(root_of(attributes), ret, err);
}

READER(source_machine_id)
{
    return machine_id(root_of(attributes), ret, err);
}

READER(source_serial)
{
    return machine_serial(root_of(attributes), source->name, ret, err);
}

READER(source_wifi)
{
    const struct settings *settings = attributes->settings;
    return wifi_address(root_of(attributes), settings ? settings->wifi_format : WIFI_PLAIN_UPPER,
                        ret, err);
}

READER(source_entra_id)
{
    return himmelblau_id(root_of(attributes), HIMMELBLAU_ENTRA, ret, err);
}

READER(source_intune_id)
{
    return himmelblau_id(root_of(attributes), HIMMELBLAU_INTUNE, ret, err);
}

READER(source_service)
{
    if (!attributes->ask)
        return 0;
    return attributes->ask(attributes->context, source->service, attributes->user, attributes->uid,
                           source->name, ret, err);
}
