#include "profile/source.h"

#include "profile/machine.h"

#include <string.h>

/* CORP\alice, alice@corp.example. */
int source_login_name(struct attributes *attributes, const struct attribute_source *source,
                      struct buf *ret, struct err *err)
{
    const char *name = attributes->user, *slash = strrchr(name, '\\');
    (void)source;
    if (slash)
        name = slash + 1;
    int rc = buf_add(ret, name, strcspn(name, "@"), err);
    return rc < 0 ? rc : 1;
}

int source_host_name(struct attributes *attributes, const struct attribute_source *source,
                     struct buf *ret, struct err *err)
{
    (void)attributes;
    (void)source;
    int rc = machine_name(ret, err);
    return rc < 0 ? rc : 1;
}

int source_fqdn(struct attributes *attributes, const struct attribute_source *source,
                struct buf *ret, struct err *err)
{
    (void)attributes;
    (void)source;
    int rc = machine_fqdn(ret, err);
    return rc < 0 ? rc : 1;
}

int source_machine_id(struct attributes *attributes, const struct attribute_source *source,
                      struct buf *ret, struct err *err)
{
    (void)attributes;
    (void)source;
    int rc = machine_id(ret, err);
    return rc < 0 ? rc : 1;
}

int source_service(struct attributes *attributes, const struct attribute_source *source,
                   struct buf *ret, struct err *err)
{
    if (!attributes->ask)
        return 0;
    return attributes->ask(attributes->context, source->service, attributes->user, source->name,
                           ret, err);
}
